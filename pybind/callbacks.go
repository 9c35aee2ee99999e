package pybind

/*
#include "jgpy.h"
extern void *jg_host_handler(void);
*/
import "C"

import (
	"runtime"
	"sync"
	"unsafe"

	"github.com/jaxgo/jaxgo/core"
	"github.com/jaxgo/jaxgo/core/lax"
	"github.com/jaxgo/jaxgo/lowering"
)

// Functions of Python that programs call. Python makes one with host_function; equations and programs refer to it. The
// custom call carries its number, by which jg_host_handler (callbacks.c) finds it on whatever thread XLA runs it.

// A hostFunc is a lax.HostFunc in Python: fun([operands..., None, avals of the results]) -> results.
type hostFunc struct {
	eager, staged *pyRef
	id            int64
	text          string
}

var hosts struct {
	sync.Mutex
	next int64
	m    map[int64]unsafe.Pointer // what a program calls
}

func newHostFunc(eager, staged *pyRef, text string) *hostFunc {
	hosts.Lock()
	defer hosts.Unlock()
	hosts.next++
	if hosts.m == nil {
		hosts.m = map[int64]unsafe.Pointer{}
	}
	hosts.m[hosts.next] = staged.obj
	f := &hostFunc{eager, staged, hosts.next, text}
	runtime.AddCleanup(f, func(id int64) {
		hosts.Lock()
		delete(hosts.m, id)
		hosts.Unlock()
	}, f.id)
	return f
}

// Call implements lax.HostFunc.
func (f *hostFunc) Call(in []core.Value, out []*core.Aval) []core.Value {
	args := make([]any, len(in)+1)
	for i, v := range in {
		args[i] = v
	}
	args[len(in)] = ids(out)
	res := callPython(f.eager.obj, args)
	runtime.KeepAlive(f)
	return operands(res.Items)
}

// ID implements lax.HostFunc.
func (f *hostFunc) ID() int64 { return f.id }

// String implements lax.HostFunc.
func (f *hostFunc) String() string { return f.text }

// PyString is how a jaxpr shows the function.
func (f *hostFunc) PyString() string { return f.text }

// jgHostFunction finds the Python function of a program by its number; NULL: there is none. The reference is borrowed: the
// program that calls keeps it.
//
//export jgHostFunction
func jgHostFunction(id C.int64_t) unsafe.Pointer {
	hosts.Lock()
	defer hosts.Unlock()
	return hosts.m[int64(id)]
}

func hostArg(a *core.Args, i int) *hostFunc {
	f, ok := a.List[i].Go.(*hostFunc)
	if !ok {
		core.Errorf(core.TypeError, "jaxgo: a host function is needed, got %s", a.List[i].Describe())
	}
	return f
}

func init() {
	lowering.HostHandler = C.jg_host_handler()
	// host_function(eager, staged, text): eager([operands..., avals of the results]) -> results is called at once;
	// staged(avals, operands, results), all of the latter memoryviews, is called by programs.
	provide1("host_function", func(a *core.Args) any { return newHostFunc(keepArg(a, 0), keepArg(a, 1), a.Str(2)) })
	// pure_callback(function, operands, avals of the results, vmap_method) -> results
	provide("pure_callback", func(a *core.Args) []any {
		return []any{lax.PureCallback(lax.PureCallbackParams{Callback: hostArg(a, 0), ResultAvals: avalList(a, 2), VmapMethod: a.Str(3)}, values(a, 1)...)}
	})
	// io_callback(function, operands, avals of the results, ordered) -> results
	provide("io_callback", func(a *core.Args) []any {
		return []any{lax.IOCallback(lax.IOCallbackParams{Callback: hostArg(a, 0), ResultAvals: avalList(a, 2), Ordered: a.Bool(3)}, values(a, 1)...)}
	})
	// debug_callback(function, operands, ordered, partitioned)
	provide1("debug_callback", func(a *core.Args) any {
		lax.DebugCallback(lax.DebugCallbackParams{Callback: hostArg(a, 0), Effect: lax.DebugEffect(a.Bool(2)), Partitioned: a.Bool(3)}, values(a, 1)...)
		return nil
	})
	// debug_print(function, operands, ordered, partitioned, format, whether it has placeholders, tree, static arguments, options)
	provide1("debug_print", func(a *core.Args) any {
		lax.DebugPrint(lax.DebugPrintParams{Callback: hostArg(a, 0), Ordered: a.Bool(2), Partitioned: a.Bool(3), Fmt: a.Str(4),
			HasPlaceholders: a.Bool(5), InTree: a.Str(6), StaticArgs: a.Str(7), NpPrintoptions: a.Str(8)}, values(a, 1)...)
		return nil
	})
	// jaxpr_effects(jaxpr) -> the names of its effects
	provide("jaxpr_effects", func(a *core.Args) []any {
		var out []any
		for _, e := range lax.Effects(closed(a, 0).Jaxpr) {
			out = append(out, e)
		}
		return out
	})
}

func avalList(a *core.Args, i int) []*core.Aval {
	as := []*core.Aval{}
	for _, id := range a.Ints(i) {
		as = append(as, avalOf(id))
	}
	return as
}
