package pybind

/*
#include "jgpy.h"
*/
import "C"

import (
	"unsafe"

	"github.com/jaxgo/jaxgo/core"
	"github.com/jaxgo/jaxgo/lowering"
	"github.com/jaxgo/jaxgo/lowering/pjrt"
)

// The signatures of jitted functions that have a program. Tracing and compiling are asked for by Python's slow path;
// here a call finds its program.
type jitEntry struct {
	exec   *lowering.Executable
	simple *pjrt.Executable
	avals  []*core.Aval
	tree   unsafe.Pointer // PyObject*, a reference
	epoch  int
}

var jits = map[uint64]map[string]*jitEntry{}

// jgJitCall runs the program of a signature. It returns 0 where there is none, or where a transformation is around.
//
//export jgJitCall
func jgJitCall(tid C.int64_t, id C.uint64_t, key *C.uchar, nkey C.int, list *C.jg_arg, n C.int, res *C.jg_result) (hit C.int) {
	th, m := enter(tid)
	defer leave(th, m, res)
	if !core.IsEvaluating() {
		return 0
	}
	e := jits[uint64(id)][unsafe.String((*byte)(unsafe.Pointer(key)), int(nkey))]
	if e == nil {
		return 0
	}
	raw := unsafe.Slice(list, max(int(n), 1))[:n]
	res.tree = e.tree
	if e.simple != nil {
		sc := takeLists()
		defer giveLists(sc)
		ops := sc.ops[:0]
		for i := range raw {
			if raw[i].kind == C.JA_ARRAY {
				ops = append(ops, raw[i].p)
				continue
			}
			var g core.Arg
			decode(&raw[i], &g)
			ops = append(ops, unsafe.Pointer(lowering.Concrete(g.Operand())))
		}
		if cap(ops) > cap(sc.ops) {
			sc.ops = ops[:cap(ops)]
		}
		runSimple(e.simple, e.avals, ops, sc, res)
		return 1
	}
	in := make([]core.Value, len(raw))
	for i := range raw {
		var g core.Arg
		decode(&raw[i], &g)
		in[i] = g.Operand()
	}
	C.jg_py_incref(e.tree) // other threads may run meanwhile, and forget the function
	res.tree_owned = 1
	encodeAll(e.exec.Run(in), res)
	return 1
}

//export jgJitInstall
func jgJitInstall(tid C.int64_t, id C.uint64_t, key *C.uchar, nkey C.int, handle, gen C.uint32_t, tree unsafe.Pointer, res *C.jg_result) {
	th, m := enter(tid)
	defer leave(th, m, res)
	e := lookup(uint32(handle), uint32(gen)).(*lowering.Executable)
	c := jits[uint64(id)]
	if c == nil {
		c = map[string]*jitEntry{}
		jits[uint64(id)] = c
	}
	k := C.GoStringN((*C.char)(unsafe.Pointer(key)), nkey)
	if old := c[k]; old != nil {
		defer decref(old.tree)
	}
	C.jg_py_incref(tree)
	c[k] = &jitEntry{exec: e, simple: e.Simple(), avals: e.OutAvals(), tree: tree}
}

//export jgJitForget
func jgJitForget(id C.uint64_t) {
	c := jits[uint64(id)]
	delete(jits, uint64(id))
	for _, e := range c {
		decref(e.tree)
	}
}

//export jgJitSize
func jgJitSize(id C.uint64_t) C.long { return C.long(len(jits[uint64(id)])) }

// forgetJits drops every program of jitted functions.
func forgetJits() {
	for id := range jits {
		jgJitForget(C.uint64_t(id))
	}
}
