package pybind

/*
#include "jgpy.h"
*/
import "C"

import (
	"github.com/jaxgo/jaxgo/core"
)

// What jax_check_tracer_leaks does: when a trace has ended, no Python object may hold one of its tracers.

var leaks struct {
	find    *pyRef // explains who holds the tracers that are leaking; None: nobody, after all
	leaking map[core.Tracer]bool
}

func leaking(t core.Trace) map[core.Tracer]bool {
	jgRelease()
	var found map[core.Tracer]bool
	for i := range slab {
		if tr, ok := slab[i].v.(core.Tracer); ok && tr.Trace() == t {
			if found == nil {
				found = map[core.Tracer]bool{}
			}
			found[tr] = true
		}
	}
	return found
}

func checkLeaks(t core.Trace) {
	if leaks.leaking != nil || leaking(t) == nil {
		return
	}
	callPython(leaks.find.obj, []any{"collect"}) // reference cycles are no leaks
	if leaks.leaking = leaking(t); leaks.leaking == nil {
		return
	}
	defer func() { leaks.leaking = nil }()
	out := callPython(leaks.find.obj, []any{"explain"})
	if out.Kind == core.ArgStr {
		core.Errorf("Exception", "%s", out.S)
	}
}

func init() {
	// set_leak_finder(fun): fun(["collect"]) collects garbage, fun(["explain"]) gives the message for the tracers of which
	// is_leaking says so
	provide1("set_leak_finder", func(a *core.Args) any {
		leaks.find = keepArg(a, 0)
		return nil
	})
	provide1("is_leaking", func(a *core.Args) any {
		t, ok := a.X(0).(core.Tracer)
		return ok && leaks.leaking[t]
	})
	configSetters["check_tracer_leaks"] = func(v *core.Arg) {
		core.LeakCheck = nil
		if v.I != 0 {
			core.LeakCheck = checkLeaks
		}
	}
}
