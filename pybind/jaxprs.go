package pybind

import (
	"reflect"
	"unsafe"

	"github.com/jaxgo/jaxgo/core"
	"github.com/jaxgo/jaxgo/core/dtype"
	"github.com/jaxgo/jaxgo/lowering"
	"github.com/jaxgo/jaxgo/transforms/ad"
	"github.com/jaxgo/jaxgo/transforms/batch"
)

// Jaxprs as Python looks at them, and small questions about avals.

func ids(avals []*core.Aval) []int {
	out := make([]int, len(avals))
	for i, a := range avals {
		out[i] = int(a.ID())
	}
	return out
}

func init() {
	// func_names() -> names of the exported functions, each with its spec
	provide("func_names", func(a *core.Args) []any {
		var out []any
		for _, n := range core.FuncNames() {
			out = append(out, []any{n, core.FindFunc(n).Spec})
		}
		return out
	})
	provide1("jaxpr_out_avals", func(a *core.Args) any { return ids(closed(a, 0).OutAvals()) })
	provide1("jaxpr_in_avals", func(a *core.Args) any { return ids(closed(a, 0).InAvals()) })
	provide1("jaxpr_text", func(a *core.Args) any { return closed(a, 0).String() })
	provide1("jaxpr_consts", func(a *core.Args) any { return append([]core.Value{}, closed(a, 0).Consts...) })
	// jaxpr_has_tracers: whether it closed over values of a trace around
	provide1("jaxpr_has_tracers", func(a *core.Args) any {
		for _, c := range closed(a, 0).Consts {
			if _, ok := c.(core.Tracer); ok {
				return true
			}
		}
		return false
	})
	// jaxpr_parts(jaxpr) -> [constvars, invars, eqns, outvars]; a variable is (number, aval), a literal (None, value, aval)
	provide("jaxpr_parts", func(a *core.Args) []any {
		j := closed(a, 0).Jaxpr
		number := map[*core.Var]int{}
		atom := func(x core.Atom) any {
			switch x := x.(type) {
			case *core.Var:
				n, ok := number[x]
				if !ok {
					n = len(number)
					number[x] = n
				}
				return []any{n, int(x.Aval().ID())}
			case *core.Literal:
				return []any{nil, literalValue(x), int(x.Aval().ID())}
			}
			return nil
		}
		vars := func(vs []*core.Var) []any {
			out := make([]any, len(vs))
			for i, v := range vs {
				out[i] = atom(v)
			}
			return out
		}
		consts, in := vars(j.ConstVars), vars(j.In)
		var eqns []any
		for _, e := range j.Eqns {
			var params []any
			for _, p := range paramList(e) {
				params = append(params, []any{p.Name, paramValue(p.Value)})
			}
			if len(params) > 0 {
				remember(e)
			}
			ins := make([]any, len(e.In))
			for i, x := range e.In {
				ins[i] = atom(x)
			}
			name, all := any(e.Prim.Name), any(params)
			if q := pyPrims[e.Prim]; q != nil {
				name, all = pyObject(q.obj.obj), pyObject(e.Params.(pyPrimParams).Params.ref.obj)
			}
			eqns = append(eqns, []any{name, all, ins, vars(e.Out)})
		}
		outs := make([]any, len(j.Out))
		for i, x := range j.Out {
			outs[i] = atom(x)
		}
		return []any{consts, in, eqns, outs}
	})
	provide("eval_jaxpr_consts", func(a *core.Args) []any {
		return core2any(core.EvalJaxpr(closed(a, 0).Jaxpr, values(a, 1), values(a, 2)))
	})
	provide1("aval_kind", func(a *core.Args) any {
		d := avalOf(a.Int(0)).DType
		switch {
		case d.IsFloating():
			return "f"
		case d.IsComplex():
			return "c"
		case d.IsBool():
			return "b"
		case d.IsKey():
			return "k"
		case d == dtype.Float0:
			return "0"
		case d.IsUnsigned():
			return "u"
		}
		return "i"
	})
	// zeros_aval(aval number): zeros, made without compiling
	provide1("zeros_aval", func(a *core.Args) any {
		v := avalOf(a.Int(0))
		return lowering.Constant(v, func(b []byte) {})
	})
	// vmap0(fun, values, dims, size, axis name) -> results, all with the mapped axis in front
	provide1("vmap0", func(a *core.Args) any {
		size := a.Int(3)
		out, dims := batch.Map(pyFun(a, 0), values(a, 1), dimsOf(a, 2), size, a.Str(4))
		for i, v := range out {
			out[i] = batch.MatchAxis(v, dims[i], 0, size)
		}
		return out
	})
	// linear_transpose(jaxpr, cotangents, constants) -> cotangents of the inputs
	provide("linear_transpose", func(a *core.Args) []any {
		j := closed(a, 0)
		linear := make([]bool, len(j.In))
		for i := range linear {
			linear[i] = true
		}
		return []any{ad.Backward(j.Jaxpr, linear, values(a, 2), make([]core.Value, len(j.In)), values(a, 1), nil)}
	})
	provide1("tracer_is_traced", func(a *core.Args) any {
		_, ok := a.X(0).(*core.JaxprTracer)
		return ok
	})
	provide1("push_eval", func(a *core.Args) any { core.Current().Push(core.Evaluator()); return nil })
	provide1("pop_eval", func(a *core.Args) any { core.Current().Pop(); return nil })
}

func core2any(vs []core.Value) []any {
	out := make([]any, len(vs))
	for i, v := range vs {
		out[i] = v
	}
	return out
}

func literalValue(l *core.Literal) any {
	d := l.Aval().DType
	switch {
	case d.IsBool():
		return l.I != 0
	case d.IsComplex():
		return l.F
	case d.IsInexact():
		return real(l.F)
	case d == dtype.Uint64:
		return uint64(l.I)
	}
	return l.I
}

// paramValue makes a parameter a Python value: jaxprs become handles, everything unknown its text.
func paramValue(v any) any {
	switch v := v.(type) {
	case nil, core.None:
		return nil
	case *core.ClosedJaxpr:
		if v == nil {
			return nil
		}
		return borrowed(v)
	case []*core.ClosedJaxpr:
		out := make([]any, len(v))
		for i, j := range v {
			out[i] = borrowed(j)
		}
		return out
	case bool, int, int64, float64, complex128, string, dtype.DType:
		return v
	case interface{ PyValue() any }:
		return v.PyValue()
	case []int:
		if v == nil {
			return nil
		}
		return v
	case []bool:
		return v
	case pyObject:
		return v
	case unsafe.Pointer:
		return nil
	}
	switch r := reflect.ValueOf(v); {
	case r.Kind() == reflect.Pointer && r.IsNil():
		return nil
	case r.Type().Name() == "" && (r.Kind() == reflect.Slice && !r.IsNil() || r.Kind() == reflect.Array):
		out := make([]any, r.Len())
		for i := range out {
			out[i] = paramValue(r.Index(i).Interface())
		}
		return out
	}
	return core.FormatParam(v)
}

// paramList are the parameters that Python sees as pairs; those of Python's own primitives it has itself.
func paramList(e *core.Eqn) []core.Param {
	if pyPrims[e.Prim] != nil {
		return nil
	}
	return core.ParamList(e.Params)
}
