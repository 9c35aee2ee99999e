package ad_test

import (
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/jaxgo/jaxgo/core"
	"github.com/jaxgo/jaxgo/core/dtype"
	"github.com/jaxgo/jaxgo/core/lax"
	"github.com/jaxgo/jaxgo/lowering/lowertest"
	"github.com/jaxgo/jaxgo/transforms/ad"
)

// Derivatives of each primitive are checked in package lax; here is what the transformations themselves promise.

type fn = func([]core.Value) []core.Value

func f64(data ...float64) lowertest.Array {
	if len(data) == 1 {
		return lowertest.Of(dtype.Float64, nil, data...)
	}
	return lowertest.Of(dtype.Float64, []int{len(data)}, data...)
}

func lit(x float64) core.Value { return core.NewLiteral(dtype.Float64, complex(x, 0), false) }

// two is (x·sin y, 2, x), whose second result does not depend on anything.
func two(v []core.Value) []core.Value {
	return []core.Value{lax.Mul(v[0], lax.Sin(v[1])), lit(2), v[0]}
}

func TestZerosAreSymbolic(t *testing.T) {
	both := func(v []core.Value) []core.Value {
		_, dy := ad.JVP(two, v[:2], []core.Value{nil, v[2]})
		assert.NotNil(t, dy[0])
		assert.Nil(t, dy[1], "a constant")
		assert.Nil(t, dy[2], "an operand without tangent")
		_, lin := ad.Linearize(two, v[:2], []bool{false, true})
		assert.Equal(t, []bool{true, false, false}, lin.OutNonzero)
		ct := lin.VJP([]core.Value{lit(1), lit(1), lit(1)}, true)
		assert.Nil(t, ct[0])
		return []core.Value{dy[0], ct[1]}
	}
	// d/dy x sin y = x cos y, for the tangent 3.
	for _, run := range []func(testing.TB, fn, ...lowertest.Array) []lowertest.Array{lowertest.Run, lowertest.Jit} {
		out := run(t, both, f64(2), f64(0), f64(3))
		assert.InDelta(t, 6, out[0].Floats()[0], 1e-12)
		assert.InDelta(t, 2, out[1].Floats()[0], 1e-12)
	}
}

func TestALinearProgramRunsAgain(t *testing.T) {
	out := lowertest.Run(t, func(v []core.Value) []core.Value {
		_, lin := ad.Linearize(two, v, []bool{true, true})
		a := lin.JVP([]core.Value{lit(1), lit(0)})[0]
		b := lin.VJP([]core.Value{lit(1), nil, lit(1)}, false)
		c := lin.JVP([]core.Value{lit(0), lit(1)})[0]
		d := lin.VJP([]core.Value{lit(1), nil, nil}, true)
		return []core.Value{a, b[0], b[1], c, d[0], d[1]}
	}, f64(3), f64(.5))
	const sin, cos = 0.479425538604203, 0.8775825618903728
	for i, want := range []float64{sin, sin + 1, 3 * cos, 3 * cos, sin, 3 * cos} {
		assert.InDelta(t, want, out[i].Floats()[0], 1e-12, i)
	}
}

func TestJaxprsOfDerivativesAreKept(t *testing.T) {
	x := core.NewAval(dtype.Float64)
	j := core.MakeJaxpr("jit", "two", []*core.Aval{x, x}, two)
	a, nz := ad.JVPJaxpr(j, []bool{true, false}, nil)
	b, _ := ad.JVPJaxpr(j, []bool{true, false}, nil)
	assert.Same(t, a, b)
	assert.Equal(t, []bool{true, false, true}, nz)
	assert.Len(t, a.InAvals(), 3)
	c, nz := ad.JVPJaxpr(j, []bool{true, false}, []bool{false, true, false})
	assert.NotSame(t, a, c)
	assert.Equal(t, []bool{true, true, true}, nz, "a zero that is asked for")
	assert.Len(t, c.OutAvals(), 6)
}

func TestResidualsAreFew(t *testing.T) {
	x := core.NewAval(dtype.Float64)
	j := core.MakeJaxpr("jit", "f", []*core.Aval{x, x}, func(v []core.Value) []core.Value {
		y := lax.Mul(v[0], v[1]) // its residuals are operands
		lax.Exp(y)               // nobody needs it
		return []core.Value{lax.Exp(y)}
	})
	l := ad.LinearizeJaxpr(j, []bool{true, true}, nil)
	assert.Equal(t, 1, l.NumOut)
	require.Len(t, l.Fwd.OutAvals(), 1, "exp's residual is its result")
	inputs, outputs := 0, 0
	for _, r := range l.Res {
		if r.From == core.FromInput {
			inputs++
		} else if r.From == core.FromOutput {
			outputs++
		}
	}
	assert.Equal(t, [2]int{2, 1}, [2]int{inputs, outputs})
	assert.Len(t, l.Fwd.Eqns, 2)
}

func TestIntegersHaveNoTangents(t *testing.T) {
	assert.True(t, ad.IsFloat0(core.NewAval(dtype.Int32, 3).Tangent()))
	lowertest.Run(t, func(v []core.Value) []core.Value {
		y, dy := ad.JVP(func(v []core.Value) []core.Value {
			return []core.Value{lax.ConvertElementType(v[0], dtype.Int32), lax.Lt(v[0], lit(1))}
		}, v, v)
		assert.Nil(t, dy[0])
		assert.Nil(t, dy[1])
		return y
	}, f64(2.5))
}

func TestTracersThatLeakAreFound(t *testing.T) {
	var leaked core.Value
	keep := func(v []core.Value) []core.Value {
		leaked = v[0]
		core.Retain(leaked)
		return v
	}
	x := lowertest.Put(f64(1))
	for what, f := range map[string]func(){
		"jvp":       func() { ad.JVP(keep, []core.Value{x}, []core.Value{x}) },
		"linearize": func() { ad.Linearize(keep, []core.Value{x}, []bool{true}) },
	} {
		f()
		err := core.Try(func() { lax.Sin(leaked) })
		require.Error(t, err, what)
		assert.Equal(t, core.UnexpectedTracerError, err.(*core.Error).Kind, what)
		err = core.Try(func() {
			core.MakeJaxpr("jit", "f", nil, func([]core.Value) []core.Value { return []core.Value{lax.Sin(leaked)} })
		})
		require.Error(t, err, what)
		assert.Equal(t, core.UnexpectedTracerError, err.(*core.Error).Kind, what)
	}
}

func TestAnErrorLeavesTheTraceOfBefore(t *testing.T) {
	before := core.CurrentTrace()
	x := lowertest.Put(f64(1))
	fails := func([]core.Value) []core.Value { core.Errorf(core.ValueError, "no"); return nil }
	require.EqualError(t, core.Try(func() { ad.JVP(fails, []core.Value{x}, []core.Value{x}) }), "no")
	require.EqualError(t, core.Try(func() { ad.Linearize(fails, []core.Value{x}, []bool{true}) }), "no")
	assert.Equal(t, before, core.CurrentTrace())
}
