package batch_test

import (
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/jaxgo/jaxgo/core"
	"github.com/jaxgo/jaxgo/core/dtype"
	"github.com/jaxgo/jaxgo/core/lax"
	"github.com/jaxgo/jaxgo/lowering/lowertest"
	"github.com/jaxgo/jaxgo/transforms/batch"
)

// Batching rules are checked in package lax; here is what the transformation itself promises.

func matrix() lowertest.Array { return lowertest.Of(dtype.Float32, []int{2, 3}, 0, 1, 2, 3, 4, 5) }

func TestAxesOfOperandsAndResults(t *testing.T) {
	for _, c := range []struct {
		in, out int
		want    []float64
	}{
		{0, 0, []float64{0, 1, 2, 3, 4, 5}},
		{0, 1, []float64{0, 3, 1, 4, 2, 5}},
		{1, 0, []float64{0, 3, 1, 4, 2, 5}},
		{1, 1, []float64{0, 1, 2, 3, 4, 5}},
	} {
		got := lowertest.Run(t, func(v []core.Value) []core.Value {
			size := v[0].Aval().Shape[c.in]
			out, dims := batch.Map(func(v []core.Value) []core.Value {
				assert.Len(t, v[0].Aval().Shape, 1, "one member")
				return []core.Value{lax.Neg(lax.Neg(v[0]))}
			}, v, []int{c.in}, size, "")
			return []core.Value{batch.MatchAxis(out[0], dims[0], c.out, size)}
		}, matrix())
		assert.Equal(t, c.want, got[0].Floats(), "%d to %d", c.in, c.out)
	}
}

func TestResultsThatAreNotMapped(t *testing.T) {
	out := lowertest.Run(t, func(v []core.Value) []core.Value {
		out, dims := batch.Map(func(m []core.Value) []core.Value {
			return []core.Value{lax.Sin(m[1]), m[0], core.NewLiteral(dtype.Float32, 7, false)}
		}, v, []int{0, core.Unmapped}, 2, "")
		assert.Equal(t, []int{core.Unmapped, 0, core.Unmapped}, dims)
		return []core.Value{batch.MatchAxis(out[2], dims[2], 0, 2), batch.MatchAxis(out[0], dims[0], 1, 2)}
	}, matrix(), lowertest.Of(dtype.Float32, []int{3}, 0, 0, 0))
	assert.Equal(t, []float64{7, 7}, out[0].Floats())
	assert.Equal(t, []int{3, 2}, out[1].Aval.Shape)
}

func TestNamedAxes(t *testing.T) {
	out := lowertest.Run(t, func(v []core.Value) []core.Value {
		out, dims := batch.Map(func(row []core.Value) []core.Value {
			assert.Equal(t, 2, lax.AxisSize("rows"))
			inner, dims := batch.Map(func(x []core.Value) []core.Value {
				return []core.Value{lax.PSum(x[0], lax.NamedAxes("rows")...), lax.PSum(x[0], lax.NamedAxes("columns")...), lax.PSum(x[0], lax.NamedAxes("rows", "columns")...)}
			}, row, []int{0}, 3, "columns")
			for i := range inner {
				inner[i] = batch.MatchAxis(inner[i], dims[i], 0, 3)
			}
			return inner
		}, v, []int{0}, 2, "rows")
		for i := range out {
			out[i] = batch.MatchAxis(out[i], dims[i], 0, 2)
		}
		return out
	}, matrix())
	assert.Equal(t, []float64{3, 5, 7, 3, 5, 7}, out[0].Floats())
	assert.Equal(t, []float64{3, 3, 3, 12, 12, 12}, out[1].Floats())
	assert.Equal(t, []float64{15, 15, 15, 15, 15, 15}, out[2].Floats())

	err := core.Try(func() { lax.PSum(lowertest.Put(matrix()), lax.NamedAxes("rows")...) })
	require.Error(t, err, "the name is unbound outside")
	assert.Equal(t, core.NameError, err.(*core.Error).Kind)
	assert.Empty(t, core.Current().Axes)
}

func TestAnErrorLeavesTraceAndAxesOfBefore(t *testing.T) {
	before := core.CurrentTrace()
	x := lowertest.Put(matrix())
	err := core.Try(func() {
		batch.Map(func([]core.Value) []core.Value { core.Errorf(core.ValueError, "no"); return nil }, []core.Value{x}, []int{0}, 2, "rows")
	})
	require.EqualError(t, err, "no")
	assert.Equal(t, before, core.CurrentTrace())
	assert.Empty(t, core.Current().Axes)
}

func TestJaxprsAreKeptByNameAndMask(t *testing.T) {
	x := core.NewAval(dtype.Float32, 3)
	j := core.MakeJaxpr("jit", "f", []*core.Aval{x, x}, func(v []core.Value) []core.Value {
		return []core.Value{lax.Mul(v[0], v[1]), lax.Sin(v[1])}
	})
	a, mapped := batch.Jaxpr(j, 2, "", []bool{true, false}, nil)
	b, _ := batch.Jaxpr(j, 2, "", []bool{true, false}, nil)
	assert.Same(t, a, b)
	assert.Equal(t, []bool{true, false}, mapped)
	assert.Equal(t, []int{2, 3}, a.OutAvals()[0].Shape)
	assert.Equal(t, []int{3}, a.OutAvals()[1].Shape)
	for _, c := range []struct {
		size        int
		name        string
		mask, force []bool
	}{
		{3, "", []bool{true, false}, nil}, {2, "i", []bool{true, false}, nil}, {2, "", []bool{true, true}, nil},
		{2, "", []bool{true, false}, []bool{false, true}},
	} {
		other, _ := batch.Jaxpr(j, c.size, c.name, c.mask, c.force)
		assert.NotSame(t, a, other, c)
	}
	_, mapped = batch.Jaxpr(j, 2, "", []bool{true, false}, []bool{false, true})
	assert.Equal(t, []bool{true, true}, mapped, "a result that is asked for mapped")
}

func TestTracersThatLeakAreFound(t *testing.T) {
	var leaked core.Value
	batch.Map(func(v []core.Value) []core.Value {
		leaked = v[0]
		core.Retain(leaked)
		return v
	}, []core.Value{lowertest.Put(matrix())}, []int{0}, 2, "")
	err := core.Try(func() { lax.Sin(leaked) })
	require.Error(t, err)
	assert.Equal(t, core.UnexpectedTracerError, err.(*core.Error).Kind)
}
