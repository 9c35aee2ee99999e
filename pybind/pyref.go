package pybind

/*
#include "jgpy.h"
*/
import "C"

import (
	"runtime"
	"sync"
	"unsafe"

	"github.com/jaxgo/jaxgo/core"
)

// A pyRef keeps a Python object alive for as long as Go refers to it. Go's collector, which runs without the GIL, only
// notes that the reference can go; the next crossing gives it up.
type pyRef struct{ obj unsafe.Pointer }

var deadRefs struct {
	sync.Mutex
	list []unsafe.Pointer
}

// keep takes a reference to a Python object.
func keep(obj unsafe.Pointer) *pyRef {
	dropDeadRefs()
	C.jg_py_incref(obj)
	r := &pyRef{obj}
	runtime.AddCleanup(r, func(obj unsafe.Pointer) {
		deadRefs.Lock()
		deadRefs.list = append(deadRefs.list, obj)
		deadRefs.Unlock()
	}, obj)
	return r
}

// keepArg is keep for argument i, a Python callable.
func keepArg(a *core.Args, i int) *pyRef {
	g := &a.List[i]
	if g.Kind != core.ArgObject {
		core.Errorf(core.TypeError, "jaxgo: a callable is needed, got %s", g.Describe())
	}
	return keep(g.Obj)
}

// dropDeadRefs gives up the references that Go has lost. The GIL is held.
func dropDeadRefs() {
	deadRefs.Lock()
	dead := deadRefs.list
	deadRefs.list = nil
	deadRefs.Unlock()
	for _, obj := range dead {
		decref(obj)
	}
}

// decref gives up a reference. What that runs may let other threads run, so the calling one is made current again.
func decref(obj unsafe.Pointer) {
	th := core.Current()
	C.jg_py_decref(obj)
	core.SetCurrent(th)
}

// call calls the object with a list of values; None is nil, both ways.
func (r *pyRef) call(in []core.Value) []core.Value {
	out := callValues(r.obj, in)
	runtime.KeepAlive(r)
	return out
}
