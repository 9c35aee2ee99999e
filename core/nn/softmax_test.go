package nn_test

import (
	"testing"

	"github.com/stretchr/testify/assert"

	"github.com/jaxgo/jaxgo/core"
	"github.com/jaxgo/jaxgo/core/dtype"
	"github.com/jaxgo/jaxgo/core/nn"
	"github.com/jaxgo/jaxgo/lowering/lowertest"
	"github.com/jaxgo/jaxgo/transforms/ad"
)

// The derivative that jax_softmax_custom_jvp turns on is that of the formula.
func TestSoftmaxCustomJVP(t *testing.T) {
	x := lowertest.Of(dtype.Float32, []int{2, 3}, 1, 2, 4, -1, 0, 7)
	dx := lowertest.Of(dtype.Float32, []int{2, 3}, 1, -2, 3, 0, 5, 1)
	where := lowertest.Of(dtype.Bool, []int{2, 3}, 1, 0, 1, 1, 1, 0)
	defer func() { nn.SoftmaxCustomJVP = false }()
	for _, masked := range []bool{false, true} {
		var got [2][]lowertest.Array
		for i, custom := range []bool{false, true} {
			nn.SoftmaxCustomJVP = custom
			got[i] = lowertest.Jit(t, func(in []core.Value) []core.Value {
				var mask core.Value
				if masked {
					mask = in[2]
				}
				y, dy := ad.JVP(func(x []core.Value) []core.Value {
					return []core.Value{nn.Softmax(x[0], []int{-1}, mask)}
				}, in[:1], in[1:2])
				return append(y, dy...)
			}, x, dx, where)
		}
		for i := range got[0] {
			assert.InDeltaSlice(t, got[0][i].Floats(), got[1][i].Floats(), 1e-6)
		}
	}
}
