package lax_test

import (
	"encoding/json"
	"fmt"
	"os"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/jaxgo/jaxgo/core"
	"github.com/jaxgo/jaxgo/core/dtype"
	"github.com/jaxgo/jaxgo/core/lax"
	"github.com/jaxgo/jaxgo/lowering"
	"github.com/jaxgo/jaxgo/lowering/lowertest"
	"github.com/jaxgo/jaxgo/transforms/batch"
)

// testdata/elementwise.json holds calls of the elementwise functions with what JAX gives for them; elementwise.py
// writes it.

type elementwiseCase struct {
	oracleCase
	X64 bool
}

func (c *elementwiseCase) String() string {
	a, _ := json.Marshal(c.Args)
	s := c.Fn + string(a)
	for _, in := range c.In {
		s += fmt.Sprint(" ", in.host().Aval)
	}
	return s
}

// operands are all arrays that the case's program takes.
func (c *elementwiseCase) operands() []lowertest.Array {
	in := append(hosts(c.In), append(hosts(c.T), hosts(c.CT)...)...)
	for _, m := range c.VMap {
		in = append(in, hosts(m.In)...)
	}
	return in
}

func (c *elementwiseCase) check(t *testing.T, got []lowertest.Array) {
	got = assertArrays(t, "value", c.Want, got)
	if c.T != nil {
		got = assertArrays(t, "jvp", c.JVP, got)
		got = assertArrays(t, "vjp", c.VJP, got)
	}
	for k, m := range c.VMap {
		got = assertArrays(t, fmt.Sprint("vmap", k), m.Want, got)
	}
	assert.Empty(t, got)
}

func elementwiseCases(t *testing.T, errors bool) []*elementwiseCase {
	b, err := os.ReadFile("testdata/elementwise.json")
	require.NoError(t, err)
	var all, some []*elementwiseCase
	require.NoError(t, json.Unmarshal(b, &all))
	for _, c := range all {
		require.NotNil(t, core.FindFunc(c.Fn), c.Fn)
		if (c.Error != nil) == errors {
			some = append(some, c)
		}
	}
	return some
}

func TestElementwiseErrors(t *testing.T) {
	for _, c := range elementwiseCases(t, true) {
		var avals []*core.Aval
		for _, a := range c.In {
			avals = append(avals, a.host().Aval)
		}
		err := core.Try(func() { core.MakeJaxpr("jit", "test", avals, c.call) })
		var e *core.Error
		if assert.ErrorAs(t, err, &e, c) {
			assert.Equal(t, c.Error, []string{string(e.Kind), e.Msg}, c)
		}
	}
}

func TestElementwiseValues(t *testing.T) {
	defer func(x64 bool) { core.X64 = x64 }(core.X64)
	for cases := elementwiseCases(t, false); len(cases) > 0; {
		// Many cases share a program: compiling is what takes the time.
		n := 1
		for n < len(cases) && n < 32 && cases[n].X64 == cases[0].X64 {
			n++
		}
		group := cases[:n]
		cases = cases[n:]
		core.X64 = group[0].X64
		var in []lowertest.Array
		for _, c := range group {
			in = append(in, c.operands()...)
		}
		results := make([]int, n)
		got := lowertest.Jit(t, func(vs []core.Value) (out []core.Value) {
			for i, c := range group {
				k := len(c.operands())
				var r []core.Value
				err := core.Try(func() { r = c.program(vs[:k]) })
				assert.NoError(t, err, c)
				vs, results[i], out = vs[k:], len(r), append(out, r...)
			}
			return out
		}, in...)
		for i, c := range group {
			k := results[i]
			t.Run(c.String(), func(t *testing.T) { c.check(t, got[:k]) })
			got = got[k:]
		}
	}
}

// keys makes an array of threefry keys of two words each.
func keys(shape []int, words ...byte) core.Value {
	b := make([]byte, 4*len(words))
	for i, w := range words {
		b[4*i] = w
	}
	return lowering.FromBytes(b, core.NewAval(dtype.KeyFry, shape...))
}

func TestKeysCompareByAllWords(t *testing.T) {
	a, b := keys([]int{3}, 1, 2, 3, 4, 5, 6), keys([]int{3}, 1, 2, 3, 7, 8, 6)
	one := keys(nil, 3, 4)
	floats := func(v core.Value) []float64 { return lowertest.Get(t, v).Floats() }
	assert.Equal(t, []float64{1, 0, 0}, floats(lax.Eq(a, b)))
	assert.Equal(t, []float64{0, 1, 1}, floats(lax.Ne(a, b)))
	assert.Equal(t, []float64{0, 1, 0}, floats(lax.Eq(one, a)))
	chosen := lax.SelectN(lax.Eq(a, b), b, a)
	assert.Equal(t, []float64{1, 1, 1}, floats(lax.Eq(chosen, keys([]int{3}, 1, 2, 3, 7, 8, 6))))
	scalar := lax.Select(core.NewIntLiteral(dtype.Bool, 1, false), a, b)
	assert.Equal(t, []float64{1, 1, 1}, floats(lax.Eq(scalar, a)))
	out, dims := batch.Map(func(v []core.Value) []core.Value { return []core.Value{lax.Eq(v[0], v[1])} }, []core.Value{a, one}, []int{0, core.Unmapped}, 3, "")
	assert.Equal(t, []float64{0, 1, 0}, floats(batch.MatchAxis(out[0], dims[0], 0, 3)))
	err := core.Try(func() { lax.ConvertElementType(a, dtype.Uint32) })
	assert.EqualError(t, err, "Cannot convert_element_type from key<fry> to uint32")
}

func TestConstantsAreConvertedAtOnce(t *testing.T) {
	for _, c := range []struct {
		from *core.Literal
		to   dtype.DType
		want string
	}{
		{core.NewLiteral(dtype.Float32, 2.75, true), dtype.Int32, "2"},
		{core.NewLiteral(dtype.Float32, -0.5, true), dtype.Bool, "True"},
		{core.NewLiteral(dtype.Float32, 0.1, true), dtype.Float64, "0.1"},
		{core.NewLiteral(dtype.Float32, 0.1, false), dtype.Float64, "0.10000000149011612"},
		{core.NewIntLiteral(dtype.Int32, 300, true), dtype.Int8, "44"},
		{core.NewIntLiteral(dtype.Int32, -1, false), dtype.Uint64, "18446744073709551615"},
		{core.NewIntLiteral(dtype.Uint64, -1, false), dtype.Float64, "1.8446744073709552e+19"},
		{core.NewLiteral(dtype.Complex64, 3+4i, true), dtype.Float32, "3.0"},
	} {
		got, ok := lax.ConvertElementType(c.from, c.to).(*core.Literal)
		if assert.True(t, ok, c.want) {
			assert.Equal(t, c.want, got.String())
			assert.Equal(t, core.NewAval(c.to), got.Aval())
		}
	}
}

func TestAccuracyIsAnAttribute(t *testing.T) {
	f := core.FindFunc("lax.tan")
	program := func(accuracy core.Arg) *core.ClosedJaxpr {
		return core.MakeJaxpr("jit", "f", []*core.Aval{core.NewAval(dtype.Float32, 3)}, func(v []core.Value) []core.Value {
			return f.F(&core.Args{Fn: f, List: []core.Arg{{Kind: core.ArgValue, V: v[0]}, accuracy}})
		})
	}
	assert.Contains(t, program(core.Arg{}).String(), "tan a")
	highest := program(core.Arg{Kind: core.ArgStr, S: "HIGHEST"})
	assert.Contains(t, highest.String(), "tan[accuracy=AccuracyMode.HIGHEST] a")
	assert.Contains(t, string(lowering.Lower(highest, "f")), "result_accuracy_mode<HIGHEST>")
	in := lowertest.Put(lowertest.Of(dtype.Float32, []int{3}, 0, 0.5, 1))
	tolerance := program(core.Arg{Kind: core.ArgSeq, Items: []core.Arg{{Kind: core.ArgFloat, F: 1e-5}, {Kind: core.ArgFloat}, {Kind: core.ArgInt, I: 2}}})
	for _, j := range []*core.ClosedJaxpr{highest, tolerance} {
		got := lowertest.Get(t, lowering.ExecutableOf(j, "f").Run([]core.Value{in})[0])
		assert.InDeltaSlice(t, []float64{0, 0.5463025, 1.5574077}, got.Floats(), 1e-5)
	}
}

func TestBarrierAndTieAreTransparent(t *testing.T) {
	f := func(v []core.Value) []core.Value {
		b := lax.OptimizationBarrier(lax.Copy(v[0]), core.NewIntLiteral(dtype.Int32, 1, false))
		return []core.Value{lax.ReduceSum(lax.Mul(lax.StopGradient(v[0]), lax.Tie(v[0], lax.Square(b[0]))), []int{0})}
	}
	x := lowertest.Of(dtype.Float32, []int{2}, 3, 5)
	assert.InDeltaSlice(t, []float64{18, 50}, lowertest.Jit(t, grad(f), x)[0].Floats(), 1e-4) // x · 2x
	assert.InDeltaSlice(t, []float64{18, 50}, lowertest.Run(t, grad(f), x)[0].Floats(), 1e-4)
}
