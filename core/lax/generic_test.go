package lax_test

import (
	"github.com/jaxgo/jaxgo/core"
	"github.com/jaxgo/jaxgo/core/dtype"
	"github.com/jaxgo/jaxgo/core/lax"
)

// Functions for the oracle's cases: reductions by a jaxpr, and what of a factorization doesn't depend on signs.

func scalarJaxpr(f func(in []core.Value) []core.Value, ds ...dtype.DType) (j *core.ClosedJaxpr) {
	avals := make([]*core.Aval, len(ds))
	for i, d := range ds {
		avals[i] = core.NewAval(d)
	}
	core.WithTrace(core.Evaluator(), func() { j = core.MakeJaxpr("reduce", "computation", avals, f) })
	return j
}

// product is an associative operation with an inner call: x * y.
func product() *core.ClosedJaxpr {
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
		return lax.Reduce([]core.Value{a.X(0)}, []core.Value{one}, product(), a.Ints(1))
	})
	core.Export("test.reduce_greatest", "xxs", func(a *core.Args) []core.Value {
		return lax.Reduce([]core.Value{a.X(0), a.X(1)}, []core.Value{least, zero}, greatest(), a.Ints(2))
	})
	core.Export("test.window_product", "xss", func(a *core.Args) []core.Value {
		return lax.ReduceWindow([]core.Value{a.X(0)}, []core.Value{one}, product(), window(a, 1))
	})
	core.Export("test.window_greatest", "xxss", func(a *core.Args) []core.Value {
		return lax.ReduceWindow([]core.Value{a.X(0), a.X(1)}, []core.Value{least, zero}, greatest(), window(a, 2))
	})
	core.Export1("test.eigenvalues", "x", func(a *core.Args) core.Value {
		_, w := lax.Eigh(a.X(0), true, true, true, "")
		return w
	})
	core.Export1("test.eigenspaces", "x", func(a *core.Args) core.Value {
		v, _ := lax.Eigh(a.X(0), true, true, true, "")
		return lax.Square(lax.Abs(v))
	})
	core.Export("test.qr", "xs", func(a *core.Args) []core.Value {
		out := lax.QR(a.X(0), a.Bool(1), false)
		return []core.Value{lax.Abs(out[0]), lax.Abs(out[1])}
	})
}
