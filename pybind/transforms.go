package pybind

import (
	"strings"
	"time"

	"github.com/jaxgo/jaxgo/core"
	"github.com/jaxgo/jaxgo/core/dtype"
	"github.com/jaxgo/jaxgo/core/lax"
	"github.com/jaxgo/jaxgo/core/numpy"
	"github.com/jaxgo/jaxgo/lowering"
	"github.com/jaxgo/jaxgo/transforms/ad"
	"github.com/jaxgo/jaxgo/transforms/batch"
)

// The transformations as Python calls them. A function comes as a Python callable from a list of values to a list of
// values; pytrees are Python's affair. None stands for a symbolic zero.

// pyFun makes a Go function of argument i, a Python callable.
func pyFun(a *core.Args, i int) func([]core.Value) []core.Value {
	g := &a.List[i]
	if g.Kind != core.ArgObject {
		core.Errorf(core.TypeError, "jaxgo: a callable is needed, got %s", g.Describe())
	}
	fn := g.Obj
	return func(in []core.Value) []core.Value { return callValues(fn, in) }
}

// values are the operands of list i; None is nil.
func values(a *core.Args, i int) []core.Value { return operands(a.Seq(i)) }

func bools(a *core.Args, i int) []bool {
	items := a.Seq(i)
	bs := make([]bool, len(items))
	for k := range items {
		bs[k] = items[k].I != 0
	}
	return bs
}

func closed(a *core.Args, i int) *core.ClosedJaxpr {
	switch j := a.List[i].Go.(type) {
	case *core.ClosedJaxpr:
		return j
	case *pyJaxpr:
		return j.ClosedJaxpr
	case *borrowedJaxpr:
		return j.ClosedJaxpr
	}
	core.Errorf(core.TypeError, "jaxgo: a jaxpr is needed, got %s", a.List[i].Describe())
	return nil
}

// pyJaxpr is a jaxpr that Python owns: dropping it gives up its constants.
type pyJaxpr struct{ *core.ClosedJaxpr }

func init() {
	// jvp(fun, primals, tangents) -> [outs, tangents]
	provide("jvp", func(a *core.Args) []any {
		out, dout := ad.JVP(pyFun(a, 0), values(a, 1), values(a, 2))
		return []any{out, dout}
	})
	// linearize(fun, primals, nonzero) -> [outs, linear, nonzero outs, for each residual the primal that it is, or -1]
	provide("linearize", func(a *core.Args) []any {
		primals := values(a, 1)
		out, lin := ad.Linearize(pyFun(a, 0), primals, bools(a, 2))
		place := make(map[core.Value]int, len(primals))
		for i, v := range primals {
			place[v] = i
		}
		from := make([]int, len(lin.Jaxpr.Consts))
		for k, v := range lin.Jaxpr.Consts {
			from[k] = -1
			if i, ok := place[v]; ok {
				from[k] = i
			}
		}
		return []any{out, lin, lin.OutNonzero, from}
	})
	// vjp(linear, cotangents, consume) -> cotangents of the inputs
	provide("vjp", func(a *core.Args) []any {
		return []any{a.List[0].Go.(*ad.Linear).VJP(values(a, 1), a.Bool(2))}
	})
	// linear_jvp(linear, tangents) -> tangents of the results
	provide("linear_jvp", func(a *core.Args) []any {
		return []any{a.List[0].Go.(*ad.Linear).JVP(values(a, 1))}
	})
	provide1("linear_jaxpr", func(a *core.Args) any { return borrowed(a.List[0].Go.(*ad.Linear).Jaxpr) })
	// value_and_grad(fun, primals, nonzero) -> [out leaves, gradients]; the first leaf is the scalar to differentiate.
	provide("value_and_grad", func(a *core.Args) []any {
		out, lin := ad.Linearize(pyFun(a, 0), values(a, 1), bools(a, 2))
		cts := make([]core.Value, len(out))
		y := out[0].Aval()
		one := core.NewLiteral(y.DType, 1, y.Weak)
		cts[0] = one
		if y.Ndim() > 0 {
			core.Errorf(core.TypeError, "Gradient only defined for scalar-output functions. Output had shape: %s.", core.ShapeString(y.Shape))
		}
		return []any{out, lin.VJP(cts, true)}
	})
	// vmap(fun, values, dims, size, axis name) -> [outs, out dims]
	provide("vmap", func(a *core.Args) []any {
		out, dims := batch.Map(pyFun(a, 0), values(a, 1), dimsOf(a, 2), a.Int(3), a.Str(4))
		return []any{out, dims}
	})
	// match_axis(value, dim, to, size)
	provide1("match_axis", func(a *core.Args) any {
		return batch.MatchAxis(a.X(0), a.Int(1), a.Int(2), a.Int(3))
	})
	// make_jaxpr(fun, aval ids, what, where, named axes as pairs or None) -> jaxpr
	provide1("make_jaxpr", func(a *core.Args) any {
		ids := a.Ints(1)
		avals := make([]*core.Aval, len(ids))
		for i, id := range ids {
			avals[i] = avalOf(id)
		}
		th := core.Current()
		depth := len(th.Axes)
		defer func() { th.Axes = th.Axes[:depth] }()
		if a.Len() > 4 {
			for _, it := range a.Seq(4) {
				axis := core.Args{Fn: a.Fn, List: it.Items}
				th.Axes = append(th.Axes, core.Axis{Name: axis.Str(0), Size: axis.Int(1)})
			}
		}
		start, what := time.Now(), a.Str(2)
		j := core.MakeJaxpr(what, a.Str(3), avals, pyFun(a, 0))
		if what == "jit" {
			core.AskLogLevel()
			name, _, _ := strings.Cut(a.Str(3), " at ")
			core.LogElapsed("trace", "Finished tracing %s for jit in %.9f sec", name, start)
		}
		return &pyJaxpr{j}
	})
	// bind_jit(jaxpr, operands, name) -> results; the jaxpr's constants become operands
	provide("bind_jit", func(a *core.Args) []any {
		j, consts := lax.Hoist(closed(a, 0))
		in := append(append([]core.Value{}, consts...), values(a, 1)...)
		return []any{lax.Jit(lax.JitParams{Jaxpr: j, Name: a.Str(2)}, in...)}
	})
	// eval_jaxpr(jaxpr, operands) -> results, equation by equation
	provide("eval_jaxpr", func(a *core.Args) []any { return []any{closed(a, 0).Eval(values(a, 1))} })
	// compile(jaxpr, name, donated, compiler options as pairs or None) -> program
	provide1("compile", func(a *core.Args) any {
		o := lowering.ProgramOptions{Donated: donatedOf(a, 2), Copies: true}
		for _, it := range a.Seq(3) {
			if o.Overrides == nil {
				o.Overrides = map[string]any{}
			}
			name := string([]byte(it.Items[0].S))
			switch v := it.Items[1]; v.Kind {
			case core.ArgBool:
				o.Overrides[name] = v.I != 0
			case core.ArgInt:
				o.Overrides[name] = v.I
			case core.ArgFloat:
				o.Overrides[name] = real(v.F)
			default:
				o.Overrides[name] = string([]byte(v.S))
			}
		}
		return lowering.CompileProgram(closed(a, 0), a.Str(1), o)
	})
	// unused_donations(program) -> the donated inputs that no result takes the place of
	provide("unused_donations", func(a *core.Args) []any {
		var out []any
		for _, i := range a.List[0].Go.(*lowering.Executable).Unused() {
			out = append(out, i)
		}
		return out
	})
	// execute(program, operands) -> results
	provide("execute", func(a *core.Args) []any {
		return []any{a.List[0].Go.(*lowering.Executable).Run(values(a, 1))}
	})
	// lower(jaxpr, name, donated) -> StableHLO text
	provide1("lower", func(a *core.Args) any { return string(lowering.LowerText(closed(a, 0), a.Str(1), donatedOf(a, 2))) })
	provide1("is_evaluating", func(a *core.Args) any { return core.IsEvaluating() })
	provide1("clear_caches", func(a *core.Args) any {
		forgetShown()
		clearCaches()
		return nil
	})
	// aval(dtype, shape, weak) -> aval number
	provide1("aval", func(a *core.Args) any {
		return int(core.MakeAval(a.List[0].D, a.Ints(1), a.Bool(2)).ID())
	})
	// set_plugin_finder(fun): fun([]) -> [path, [[option, value], …]] is asked when the client starts. Python keeps fun alive.
	provide1("set_plugin_finder", func(a *core.Args) any {
		fn := a.List[0].Obj
		lowering.PluginPath = func() (string, map[string]any) {
			out := callPython(fn, nil)
			opts := map[string]any{}
			for _, o := range out.Items[1].Items {
				v := o.Items[1]
				switch v.Kind {
				case core.ArgInt:
					opts[o.Items[0].S] = v.I
				case core.ArgStr:
					opts[o.Items[0].S] = v.S
				case core.ArgBool:
					opts[o.Items[0].S] = v.I != 0
				}
			}
			return out.Items[0].S, opts
		}
		return nil
	})
	// dtype_table() -> names by number
	provide("dtype_table", func(a *core.Args) []any {
		var names []any
		for d := range dtype.Count {
			names = append(names, dtype.DType(d).Name())
		}
		return names
	})
	provide("aval_info", func(a *core.Args) []any {
		v := avalOf(a.Int(0))
		return []any{v.DType, v.Shape, v.Weak, v.String()}
	})
	provide1("is_eager", func(a *core.Args) any { return core.CurrentTrace().Eager() })
	provide("axis_env", func(a *core.Args) []any {
		var out []any
		for _, x := range core.Current().Axes {
			out = append(out, []any{x.Name, x.Size})
		}
		return out
	})
	// tracer_info(tracer) -> [kind words for repr, dead]
	provide("tracer_info", func(a *core.Args) []any {
		v := a.X(0)
		switch t := v.(type) {
		case *core.JaxprTracer:
			return []any{"JitTracer", t.JaxprTrace().What, t.JaxprTrace().Where, t.JaxprTrace().Dead(), v.Aval().Name(), v.Aval().Weak}
		case *ad.JVPTracer:
			return []any{"JVPTracer", t.Primal, t.Tangent}
		case *ad.LinTracer:
			return []any{"GradTracer", t.Primal, t.Aval().Tangent().String()}
		case *batch.Tracer:
			return []any{"VmapTracer", v.Aval().Name(), t.Val.Aval().Name(), t.Dim}
		}
		return []any{"Tracer"}
	})
	// full_lower(tracer): the value of a tracer that turns out to be concrete, or None
	provide1("concrete", func(a *core.Args) any {
		v := a.X(0)
		for {
			switch t := v.(type) {
			case *ad.JVPTracer:
				v = t.Primal
				continue
			case *ad.LinTracer:
				v = t.Primal
				continue
			case *lowering.Array:
				return v
			case *core.Literal:
				return v
			}
			return nil
		}
	})
	// stop_gradient_concrete and others are lax functions.
}

func dimsOf(a *core.Args, i int) []int {
	items := a.Seq(i)
	dims := make([]int, len(items))
	for k := range items {
		dims[k] = core.Unmapped
		if items[k].Kind == core.ArgInt {
			dims[k] = int(items[k].I)
		}
	}
	return dims
}

func donatedOf(a *core.Args, i int) []bool {
	if a.IsNone(i) {
		return nil
	}
	return bools(a, i)
}

func avalOf(id int) *core.Aval {
	a := core.AvalByID(uint32(id))
	if a == nil {
		core.Errorf(core.InternalError, "jaxgo: no aval has the number %d", id)
	}
	return a
}

// borrowed is a jaxpr whose constants belong to somebody else.
func borrowed(j *core.ClosedJaxpr) any { return &borrowedJaxpr{j} }

type borrowedJaxpr struct{ *core.ClosedJaxpr }

// Drop gives up nothing.
func (*borrowedJaxpr) Drop() {}

// clearCaches forgets every compiled program.
func clearCaches() {
	clear(units)
	forgetJits()
	numpy.ClearCalls()
	lowering.ClearCaches()
}
