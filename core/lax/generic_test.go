package lax_test

import (
	"github.com/jaxgo/jaxgo/core"
	"github.com/jaxgo/jaxgo/core/dtype"
	"github.com/jaxgo/jaxgo/core/lax"
)

// Reductions by a jaxpr have no exported function yet. These are for the oracle's cases.

func scalarJaxpr(f func(in []core.Value) []core.Value, ds ...dtype.DType) (j *core.ClosedJaxpr) {
	avals := make([]*core.Aval, len(ds))
	for i, d := range ds {
		avals[i] = core.NewAval(d)
	}
	core.WithTrace(core.Evaluator(), func() { j = core.MakeJaxpr("reduce", "computation", avals, f) })
	return j
}

// productSin is an associative operation with an inner call: x * y.
func productSin() *core.ClosedJaxpr {
	f32 := dtype.Float32
	inner := scalarJaxpr(func(in []core.Value) []core.Value { return []core.Value{lax.Mul(in[0], in[1])} }, f32, f32)
	return scalarJaxpr(func(in []core.Value) []core.Value {
		return lax.Jit(lax.JitParams{Jaxpr: inner, Name: "inner"}, in...)
	}, f32, f32)
}

// greatest keeps the greater number and what comes with it.
func greatest() *core.ClosedJaxpr {
	return scalarJaxpr(func(in []core.Value) []core.Value {
		which := lax.Ge(in[0], in[2])
		return []core.Value{lax.Select(which, in[0], in[2]), lax.Select(which, in[1], in[3])}
	}, dtype.Float32, dtype.Float32, dtype.Float32, dtype.Float32)
}

func init() {
	one := core.NewLiteral(dtype.Float32, 1, false)
	least, zero := core.NewLiteral(dtype.Float32, -1e30, false), core.NewLiteral(dtype.Float32, 0, false)
	window := func(a *core.Args, i int) lax.WindowParams {
		return lax.WindowParams{WindowDimensions: a.Ints(i), WindowStrides: a.Ints(i + 1)}
	}
	core.Export("test.reduce_product", "xs", func(a *core.Args) []core.Value {
		return lax.Reduce([]core.Value{a.X(0)}, []core.Value{one}, productSin(), a.Ints(1))
	})
	core.Export("test.reduce_greatest", "xxs", func(a *core.Args) []core.Value {
		return lax.Reduce([]core.Value{a.X(0), a.X(1)}, []core.Value{least, zero}, greatest(), a.Ints(2))
	})
	core.Export("test.window_product", "xss", func(a *core.Args) []core.Value {
		return lax.ReduceWindow([]core.Value{a.X(0)}, []core.Value{one}, productSin(), window(a, 1))
	})
	core.Export("test.window_greatest", "xxss", func(a *core.Args) []core.Value {
		return lax.ReduceWindow([]core.Value{a.X(0), a.X(1)}, []core.Value{least, zero}, greatest(), window(a, 2))
	})
}
