package lax_test

import (
	"testing"

	"github.com/stretchr/testify/assert"

	"github.com/jaxgo/jaxgo/core"
	"github.com/jaxgo/jaxgo/core/dtype"
	"github.com/jaxgo/jaxgo/core/lax"
	"github.com/jaxgo/jaxgo/lowering/lowertest"
	"github.com/jaxgo/jaxgo/transforms/batch"
)

// keyed applies a function of keys to the words of keys, and gives words.
func keyed(d dtype.DType, f func(k core.Value) core.Value) func([]core.Value) []core.Value {
	return func(in []core.Value) []core.Value {
		out := f(lax.RandomWrap(in[0], d))
		if out.Aval().DType.IsKey() {
			out = lax.RandomUnwrap(out)
		}
		return []core.Value{out}
	}
}

func TestThreefryKnownAnswers(t *testing.T) {
	// The vectors of Random123 for threefry2x32 with 20 rounds.
	hash := func(in []core.Value) []core.Value {
		y0, y1 := lax.Threefry2x32(in[0], in[1], in[2], in[3])
		return []core.Value{y0, y1}
	}
	for _, c := range [][6]float64{
		{0, 0, 0, 0, 0x6b200159, 0x99ba4efe},
		{0xffffffff, 0xffffffff, 0xffffffff, 0xffffffff, 0x1cb996fc, 0xbb002be7},
		{0x13198a2e, 0x03707344, 0x243f6a88, 0x85a308d3, 0xc4923a9c, 0x483df7a0},
	} {
		var in []lowertest.Array
		for _, x := range c[:4] {
			in = append(in, lowertest.Of(dtype.Uint32, nil, x))
		}
		out := lowertest.Jit(t, hash, in...)
		assert.Equal(t, c[4:], append(out[0].Floats(), out[1].Floats()...))
	}
}

func TestMappedKeysDrawWhatSingleKeysDo(t *testing.T) {
	keys := lowertest.Of(dtype.Uint32, []int{3, 2}, 0, 1, 2, 3, 4, 5)
	ops := map[string]func(core.Value) core.Value{
		"bits8":  func(k core.Value) core.Value { return lax.RandomBits(k, 8, []int{2, 3}) },
		"bits16": func(k core.Value) core.Value { return lax.RandomBits(k, 16, []int{5}) },
		"bits32": func(k core.Value) core.Value { return lax.RandomBits(k, 32, nil) },
		"bits64": func(k core.Value) core.Value { return lax.RandomBits(k, 64, []int{3}) },
		"split":  func(k core.Value) core.Value { return lax.RandomSplit(k, []int{2, 2}) },
		"fold": func(k core.Value) core.Value {
			return lax.RandomFoldIn(k, core.NewIntLiteral(dtype.Uint32, 7, false))
		},
	}
	for name, op := range ops {
		mapped := func(in []core.Value) []core.Value {
			out, dims := batch.Map(keyed(dtype.KeyFry, op), in, []int{0}, 3, "")
			return []core.Value{batch.MatchAxis(out[0], dims[0], 0, 3)}
		}
		got := lowertest.Jit(t, mapped, keys)[0].Floats()
		var want []float64
		for i := range 3 {
			one := lowertest.Of(dtype.Uint32, []int{2}, float64(2*i), float64(2*i+1))
			want = append(want, lowertest.Jit(t, keyed(dtype.KeyFry, op), one)[0].Floats()...)
		}
		assert.Equal(t, want, got, name)
	}
}
