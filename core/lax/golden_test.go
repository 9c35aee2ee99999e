package lax_test

import (
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/jaxgo/jaxgo/core"
	"github.com/jaxgo/jaxgo/core/dtype"
	"github.com/jaxgo/jaxgo/core/lax"
	"github.com/jaxgo/jaxgo/lowering"
	"github.com/jaxgo/jaxgo/transforms/ad"
	"github.com/jaxgo/jaxgo/transforms/batch"
)

// Small programs with the text of their jaxprs, which is JAX's (testdata/jaxprs.py), and of their StableHLO modules, which
// is what a change to a lowering rule must change on purpose: JAXGO_UPDATE=1 writes it anew.

type golden struct {
	in []*core.Aval
	f  fn
}

func one(f func(v []core.Value) core.Value) fn {
	return func(v []core.Value) []core.Value { return []core.Value{f(v)} }
}

func goldens() map[string]golden {
	x, m := core.NewAval(dtype.Float32, 3), core.NewAval(dtype.Float32, 2, 3)
	i, n := core.NewAval(dtype.Int32, 4), core.NewAval(dtype.Int32)
	f32 := func(v float64) core.Value { return core.NewLiteral(dtype.Float32, complex(v, 0), false) }
	i32 := func(v int64) core.Value { return core.NewIntLiteral(dtype.Int32, v, false) }
	avals := func(as ...*core.Aval) []*core.Aval { return as }
	square := one(func(v []core.Value) core.Value { return lax.Mul(lax.Sin(v[0]), v[0]) })
	return map[string]golden{
		"elementwise": {avals(x, x), one(func(v []core.Value) core.Value { return lax.Add(lax.Mul(f32(2), lax.Sin(v[0])), lax.Exp(v[1])) })},
		"several": {avals(x), func(v []core.Value) []core.Value {
			return []core.Value{lax.Max(v[0], lax.Abs(v[0])), v[0], lax.Sign(v[0])}
		}},
		"unused": {avals(x, x), one(func(v []core.Value) core.Value { return lax.Neg(v[0]) })},
		"reduce": {avals(m), func(v []core.Value) []core.Value {
			return []core.Value{lax.ReduceSum(v[0], []int{0}), lax.ReduceMax(v[0], []int{0, 1})}
		}},
		"dot": {avals(m, x), one(func(v []core.Value) core.Value {
			return lax.DotGeneral(v[0], v[1], lax.DotDims{LhsContract: []int{1}, RhsContract: []int{0}}, "", dtype.Invalid)
		})},
		"reshape":     {avals(m), one(func(v []core.Value) core.Value { return lax.Transpose(lax.Reshape(v[0], []int{3, 2}), []int{1, 0}) })},
		"broadcast":   {avals(x), one(func(v []core.Value) core.Value { return lax.BroadcastInDim(v[0], []int{2, 3}, []int{1}) })},
		"slice":       {avals(m), one(func(v []core.Value) core.Value { return lax.Slice(v[0], []int{0, 1}, []int{2, 3}, []int{1, 1}) })},
		"pad":         {avals(x), one(func(v []core.Value) core.Value { return lax.Pad(v[0], f32(0), []lax.PadConfig{{1, 2, 0}}) })},
		"concatenate": {avals(x, x), one(func(v []core.Value) core.Value { return lax.Concatenate(v, 0) })},
		"compare":     {avals(x, x), one(func(v []core.Value) core.Value { return lax.Select(lax.Lt(v[0], v[1]), v[0], v[1]) })},
		"convert":     {avals(i), one(func(v []core.Value) core.Value { return lax.ConvertElementType(v[0], dtype.Float32) })},
		"iota":        {nil, one(func([]core.Value) core.Value { return lax.BroadcastedIota(dtype.Int32, []int{2, 3}, 1) })},
		"sort":        {avals(x), func(v []core.Value) []core.Value { return lax.Sort(v, 0, true, 1) }},
		"cumulative":  {avals(x), one(func(v []core.Value) core.Value { return lax.Cumsum(v[0], 0, false) })},
		"integer_pow": {avals(x), one(func(v []core.Value) core.Value { return lax.IntegerPow(v[0], 3) })},
		"scan": {avals(x), func(v []core.Value) []core.Value {
			c, ys := lax.Scan(func(c, a []core.Value) (next, y []core.Value) {
				return []core.Value{lax.Add(c[0], a[0])}, []core.Value{lax.Mul(c[0], a[0])}
			}, []core.Value{f32(0)}, v, 3, false, 1)
			return append(c, ys...)
		}},
		"cond": {avals(n, x), func(v []core.Value) []core.Value {
			return lax.Switch(v[0], []fn{
				one(func(v []core.Value) core.Value { return lax.Sin(v[0]) }),
				one(func(v []core.Value) core.Value { return lax.Cos(v[0]) }),
				one(func(v []core.Value) core.Value { return lax.Neg(v[0]) }),
			}, v[1])
		}},
		"while": {avals(x), func(v []core.Value) []core.Value {
			return lax.WhileLoop(
				one(func(c []core.Value) core.Value { return lax.Lt(c[0], i32(5)) }),
				func(c []core.Value) []core.Value { return []core.Value{lax.Add(c[0], i32(1)), lax.Mul(c[1], c[1])} },
				[]core.Value{i32(0), v[0]})
		}},
		"jvp": {avals(x, x), func(v []core.Value) []core.Value {
			y, dy := ad.JVP(square, v[:1], v[1:])
			return append(y, dy...)
		}},
		"grad": {avals(x), func(v []core.Value) []core.Value {
			_, lin := ad.Linearize(one(func(v []core.Value) core.Value { return lax.ReduceSum(square(v)[0], []int{0}) }), v, []bool{true})
			return lin.VJP([]core.Value{f32(1)}, true)
		}},
		"vmap": {avals(m, x), func(v []core.Value) []core.Value {
			out, dims := batch.Map(one(func(v []core.Value) core.Value { return lax.ReduceSum(lax.Mul(v[0], v[1]), []int{0}) }),
				v, []int{0, core.Unmapped}, 2, "")
			return []core.Value{batch.MatchAxis(out[0], dims[0], 0, 2)}
		}},
		"vmap_psum": {avals(m), func(v []core.Value) []core.Value {
			out, dims := batch.Map(one(func(v []core.Value) core.Value { return lax.PSum(v[0], lax.NamedAxes("i")...) }), v, []int{0}, 2, "i")
			return []core.Value{batch.MatchAxis(out[0], dims[0], 0, 2)}
		}},
	}
}

func TestGoldenPrograms(t *testing.T) {
	const marker = "-- stablehlo --\n"
	all := goldens()
	files, err := filepath.Glob("testdata/jaxprs/*.txt")
	require.NoError(t, err)
	require.Len(t, files, len(all), "each program has a file")
	for _, file := range files {
		name := strings.TrimSuffix(filepath.Base(file), ".txt")
		t.Run(name, func(t *testing.T) {
			g, ok := all[name]
			require.True(t, ok, "no program has this name")
			b, err := os.ReadFile(file)
			require.NoError(t, err)
			want, hlo, _ := strings.Cut(string(b), marker)
			j := core.MakeJaxpr("jit", name, g.in, g.f)
			assert.Equal(t, want, "-- jaxpr --\n"+j.String()+"\n")
			got := string(lowering.Lower(j, name))
			if os.Getenv("JAXGO_UPDATE") != "" {
				require.NoError(t, os.WriteFile(file, []byte(want+marker+got), 0o600))
				return
			}
			assert.Equal(t, hlo, got)
		})
	}
}
