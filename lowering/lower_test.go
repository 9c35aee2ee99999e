package lowering_test

import (
	"math"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/jaxgo/jaxgo/core"
	"github.com/jaxgo/jaxgo/core/dtype"
	"github.com/jaxgo/jaxgo/core/lax"
	"github.com/jaxgo/jaxgo/lowering"
	"github.com/jaxgo/jaxgo/lowering/lowertest"
)

func f32(shape ...int) *core.Aval { return core.NewAval(dtype.Float32, shape...) }

func TestDonatedInputsArePairedByType(t *testing.T) {
	// Results: f32[3], f32[2], f32[3]; inputs: f32[3], i32[3], f32[3], f32[3].
	j := core.MakeJaxpr("jit", "f", []*core.Aval{f32(3), core.NewAval(dtype.Int32, 3), f32(3), f32(3)}, func(v []core.Value) []core.Value {
		return []core.Value{lax.Neg(v[0]), lax.Slice(v[2], []int{0}, []int{2}, []int{1}), lax.Sin(v[3])}
	})
	text := string(lowering.LowerText(j, "f", []bool{true, true, true, true}))
	main, _, _ := strings.Cut(text[strings.Index(text, "@main"):], "->")
	assert.Contains(t, main, "%arg0: tensor<3xf32> {tf.aliasing_output = 0 : i32}")
	assert.Contains(t, main, "%arg1: tensor<3xi32>,", "no result has its type")
	assert.Contains(t, main, "%arg2: tensor<3xf32> {tf.aliasing_output = 2 : i32}")
	assert.Contains(t, main, "%arg3: tensor<3xf32>)", "the results of its type are taken")
	assert.NotContains(t, string(lowering.Lower(j, "f")), "aliasing")
}

func TestDonationDeletesAndReports(t *testing.T) {
	j := core.MakeJaxpr("jit", "f", []*core.Aval{f32(3), core.NewAval(dtype.Int32, 3)}, func(v []core.Value) []core.Value {
		return []core.Value{lax.Add(v[0], v[0])}
	})
	e := lowering.CompileJaxpr(j, "f", []bool{true, true})
	assert.Equal(t, []int{1}, e.Unused())
	x := lowertest.Put(lowertest.Of(dtype.Float32, []int{3}, 1, 2, 3))
	i := lowertest.Put(lowertest.Of(dtype.Int32, []int{3}, 1, 2, 3))
	out := e.Run([]core.Value{x, i})
	assert.Equal(t, []float64{2, 4, 6}, lowertest.Get(t, out[0]).Floats())
	err := core.Try(func() { lax.Neg(x) })
	require.ErrorContains(t, err, "deleted")
	assert.Equal(t, []float64{1, 2, 3}, lowertest.Get(t, i).Floats(), "what no result took the place of stays")
}

func TestConstantsComeFirst(t *testing.T) {
	c := lowertest.Put(lowertest.Of(dtype.Float32, []int{2}, 10, 20))
	j := core.MakeJaxpr("jit", "f", []*core.Aval{f32(2)}, func(v []core.Value) []core.Value {
		return []core.Value{lax.Sub(v[0], c)}
	})
	assert.Contains(t, string(lowering.Lower(j, "f")), "subtract %arg1, %arg0")
	x := lowertest.Put(lowertest.Of(dtype.Float32, []int{2}, 1, 2))
	assert.Equal(t, []float64{-9, -18}, lowertest.Get(t, lowering.ExecutableOf(j, "f").Run([]core.Value{x})[0]).Floats())
	text := string(lowering.LowerExport(j, "f"))
	assert.Contains(t, text, `dense<"0x000020410000A041">`, "an export holds them")
}

func TestWhatNeedsNoProgramGetsNone(t *testing.T) {
	j := core.MakeJaxpr("jit", "f", []*core.Aval{f32(2), f32(2)}, func(v []core.Value) []core.Value {
		return []core.Value{v[1], core.NewLiteral(dtype.Float32, 3, false), v[1]}
	})
	e := lowering.CompileJaxpr(j, "f", nil)
	assert.Nil(t, e.Program())
	x, y := lowertest.Put(lowertest.Of(dtype.Float32, []int{2}, 1, 2)), lowertest.Put(lowertest.Of(dtype.Float32, []int{2}, 3, 4))
	out := e.Run([]core.Value{x, y})
	assert.Same(t, y, out[0], "an input that is a result is returned as it is")
	assert.Equal(t, []float64{3}, lowertest.Get(t, out[1]).Floats())

	e = lowering.CompileProgram(j, "f", lowering.ProgramOptions{Copies: true})
	assert.NotNil(t, e.Program())
	assert.NotSame(t, y, e.Run([]core.Value{x, y})[0], "unless copies are asked for")
}

func TestSharedJaxprsAreOneFunction(t *testing.T) {
	inner := core.MakeJaxpr("jit", "inner", []*core.Aval{f32(2)}, func(v []core.Value) []core.Value { return []core.Value{lax.Sin(lax.Cos(v[0]))} })
	call := func(v core.Value) core.Value { return lax.Jit(lax.JitParams{Jaxpr: inner, Name: "inner"}, v)[0] }
	j := core.MakeJaxpr("jit", "f", []*core.Aval{f32(2)}, func(v []core.Value) []core.Value { return []core.Value{call(call(v[0]))} })
	text := string(lowering.Lower(j, "f"))
	assert.Equal(t, 1, strings.Count(text, "func.func private @inner"))
	assert.Equal(t, 2, strings.Count(text, "call @inner"))
}

func TestNumbersInText(t *testing.T) {
	for want, l := range map[string]*core.Literal{
		"dense<1.000000e-01> : tensor<f32>":   core.NewLiteral(dtype.Float32, 0.1, false),
		"dense<0x7FC00000> : tensor<f32>":     core.NewLiteral(dtype.Float32, complex(math.NaN(), 0), false),
		"dense<0xFF80> : tensor<bf16>":        core.NewLiteral(dtype.BFloat16, complex(math.Inf(-1), 0), false),
		"dense<-0.000000e+00> : tensor<f64>":  core.NewLiteral(dtype.Float64, complex(math.Copysign(0, -1), 0), false),
		"dense<18446744073709551615> : ":      core.NewIntLiteral(dtype.Uint64, -1, false),
		"dense<true> : tensor<i1>":            core.NewIntLiteral(dtype.Bool, 1, false),
		"dense<0x7F800000> : tensor<f32>":     core.NewLiteral(dtype.Float32, 1e39, false),
		"dense<1.0000000000000002e+00> : ten": core.NewLiteral(dtype.Float64, 1.0000000000000002, false),
	} {
		j := core.MakeJaxpr("jit", "f", nil, func([]core.Value) []core.Value { return []core.Value{lax.Full([]int{2}, l)} })
		assert.Contains(t, string(lowering.Lower(j, "f")), want)
	}
}
