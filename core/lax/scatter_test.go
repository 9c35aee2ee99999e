package lax_test

import (
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"

	"github.com/jaxgo/jaxgo/core"
	"github.com/jaxgo/jaxgo/core/dtype"
	"github.com/jaxgo/jaxgo/core/lax"
	"github.com/jaxgo/jaxgo/lowering/lowertest"
	"github.com/jaxgo/jaxgo/transforms/ad"
)

func TestScatter(t *testing.T) {
	slicing(t, func(fn string) bool { return strings.HasPrefix(fn, "lax.scatter") })
}

// toElements are the dimension numbers that update x[i] for each i in idx[:, 0].
var toElements = lax.ScatterDims{InsertedWindowDims: []int{0}, ScatterDimsToOperandDims: []int{0}}

func TestScatterOfKeys(t *testing.T) {
	for _, mode := range []lax.GatherScatterMode{lax.DefaultMode, lax.Clip, lax.PromiseInBounds} {
		onKeys(t, []float64{0, 1, 2, 3, 0, 1, 6, 7, 8, 9, 10, 4294967295}, func(k, i core.Value) core.Value {
			return lax.Scatter(k, lax.Broadcast(i, []int{1, 1}), lax.SliceInDim(k, 0, 1, 1, 0), toElements, lax.ScatterOpts{Mode: mode})
		})
	}
}

func TestScatterApply(t *testing.T) {
	apply := func(in []core.Value) []core.Value {
		square := func(x core.Value) core.Value { return lax.Mul(x, x) }
		return []core.Value{lax.ScatterApply(in[0], in[1], square, []int{2}, toElements, lax.ScatterOpts{})}
	}
	x, idx := lowertest.Of(dtype.Float32, []int{3}, 3, 4, 5), lowertest.Of(dtype.Int32, []int{2, 1}, 2, 0)
	got := lowertest.Jit(t, apply, x, idx)
	assert.Equal(t, []float64{9, 4, 25}, got[0].Floats())

	err := core.Try(func() {
		lowertest.Jit(t, func(in []core.Value) []core.Value {
			_, dy := ad.JVP(apply, in[:2], []core.Value{in[0], nil})
			return dy
		}, x, idx)
	})
	assert.EqualError(t, err, "scatter_apply JVP not implemented")
}

func TestScatterMulNeedsUniqueIndices(t *testing.T) {
	err := core.Try(func() {
		lowertest.Jit(t, func(in []core.Value) []core.Value {
			mul := func(in []core.Value) []core.Value {
				return []core.Value{lax.ScatterMul(in[0], in[1], in[2], toElements, lax.ScatterOpts{})}
			}
			_, dy := ad.JVP(mul, in, []core.Value{nil, nil, in[2]})
			return dy
		}, lowertest.Of(dtype.Float32, []int{3}, 3, 4, 5), lowertest.Of(dtype.Int32, []int{2, 1}, 2, 0), lowertest.Of(dtype.Float32, []int{2}, 1, 2))
	})
	assert.EqualError(t, err, "scatter_mul gradients are only implemented if `unique_indices=True`")
}
