package lax_test

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

// mapped is f under vmap along axis 0 of all operands, an axis named i.
func mapped(f fn, size int) fn {
	return func(v []core.Value) []core.Value {
		out, dims := batch.Map(f, v, make([]int, len(v)), size, "i")
		for k, y := range out {
			out[k] = batch.MatchAxis(y, dims[k], 0, size)
		}
		return out
	}
}

func TestCollectives(t *testing.T) {
	i := []string{"i"}
	x3 := f64([]int{3}, 1, 2, 5)
	x33 := f64([]int{3, 3}, 1, 2, 3, 4, 5, 6, 7, 8, 9)
	for _, c := range []struct {
		name  string
		f     func(x core.Value) core.Value
		x     lowertest.Array
		shape []int
		want  []float64
	}{
		{"psum", func(x core.Value) core.Value { return lax.PSum(x, lax.NamedAxes("i")...) }, x3, []int{3}, []float64{8, 8, 8}},
		{"psum of a constant", func(x core.Value) core.Value { return lax.Add(x, lax.PSum(lit(2), lax.NamedAxes("i")...)) }, x3, []int{3}, []float64{7, 8, 11}},
		{"pmean", func(x core.Value) core.Value { return lax.PMean(x, "i") }, x33, []int{3, 3}, []float64{4, 5, 6, 4, 5, 6, 4, 5, 6}},
		{"pmax", func(x core.Value) core.Value { return lax.PMax(x, lax.NamedAxes("i")...) }, x3, []int{3}, []float64{5, 5, 5}},
		{"pmin", func(x core.Value) core.Value { return lax.PMin(x, lax.NamedAxes("i")...) }, x3, []int{3}, []float64{1, 1, 1}},
		{"axis_index", func(x core.Value) core.Value {
			return lax.Add(x, lax.ConvertElementType(lax.AxisIndex("i"), dtype.Float64))
		}, x3, []int{3}, []float64{1, 3, 7}},
		{"all_gather", func(x core.Value) core.Value { return lax.AllGather(x, i, 0, false) }, x3, []int{3, 3}, []float64{1, 2, 5, 1, 2, 5, 1, 2, 5}},
		{"all_gather tiled", func(x core.Value) core.Value { return lax.AllGather(x, i, 0, true) }, f64([]int{2, 2}, 1, 2, 3, 4), []int{2, 4}, []float64{1, 2, 3, 4, 1, 2, 3, 4}},
		{"psum_scatter", func(x core.Value) core.Value { return lax.PSumScatter(x, i, 0, false) }, x33, []int{3}, []float64{12, 15, 18}},
		{"all_to_all", func(x core.Value) core.Value { return lax.AllToAll(x, "i", 0, 0, false) }, x33, []int{3, 3}, []float64{1, 4, 7, 2, 5, 8, 3, 6, 9}},
		{"all_to_all tiled", func(x core.Value) core.Value { return lax.AllToAll(x, "i", 0, 0, true) }, f64([]int{2, 4}, 0, 1, 2, 3, 4, 5, 6, 7), []int{2, 4}, []float64{0, 1, 4, 5, 2, 3, 6, 7}},
		{"ppermute", func(x core.Value) core.Value { return lax.PPermute(x, i, [][2]int{{0, 1}, {1, 2}, {2, 0}}) }, x3, []int{3}, []float64{5, 1, 2}},
		{"pbroadcast", func(x core.Value) core.Value { return lax.PBroadcast(x, "i", 1) }, x3, []int{3}, []float64{2, 2, 2}},
	} {
		t.Run(c.name, func(t *testing.T) {
			size := c.x.Aval.Shape[0]
			f := func(v []core.Value) []core.Value { return []core.Value{c.f(v[0])} }
			for _, run := range []func(testing.TB, fn, ...lowertest.Array) []lowertest.Array{lowertest.Jit, lowertest.Run} {
				y := run(t, mapped(f, size), c.x)[0]
				assert.Equal(t, c.shape, y.Aval.Shape)
				assert.Equal(t, c.want, y.Floats())
			}
			// In jit and scan the axis is found when their jaxprs are mapped.
			g := func(v []core.Value) []core.Value {
				_, ys := lax.Scan(func(_, _ []core.Value) ([]core.Value, []core.Value) { return nil, f(v) }, nil, nil, 1, false, 1)
				return []core.Value{lax.Squeeze(ys[0], []int{0})}
			}
			assert.Equal(t, c.want, lowertest.Jit(t, mapped(g, size), c.x)[0].Floats())
			if c.name == "pmax" || c.name == "pmin" {
				return
			}
			checkAD(t, mapped(f, size), 1, true, c.x)
		})
	}
	err := core.Try(func() {
		lowertest.Jit(t, func(v []core.Value) []core.Value { return []core.Value{lax.PSum(v[0], lax.NamedAxes("j")...)} }, x3)
	})
	require.EqualError(t, err, "Found an unbound axis name: j. To fix this, please call psum under `jax.shard_map`.")
}

func TestAllToAllMovesAxes(t *testing.T) {
	// all_to_all(x, split 0, concat 1) of members (a, b) is x[s, r, b] -> [r, b, s] untiled.
	x := lowertest.Array{Aval: core.NewAval(dtype.Float64, 2, 2, 3)}
	for k := range 12 {
		x.Data = append(x.Data, complex(float64(k), 0))
	}
	f := mapped(func(v []core.Value) []core.Value { return []core.Value{lax.AllToAll(v[0], "i", 0, 1, false)} }, 2)
	y := lowertest.Jit(t, f, x)[0]
	require.Equal(t, []int{2, 3, 2}, y.Aval.Shape)
	for s := range 2 {
		for r := range 2 {
			for b := range 3 {
				assert.Equal(t, x.Data[(s*2+r)*3+b], y.Data[(r*3+b)*2+s])
			}
		}
	}
	checkAD(t, f, 1, true, x)
}
