package lax_test

import (
	"testing"

	"github.com/stretchr/testify/assert"

	"github.com/jaxgo/jaxgo/core"
	"github.com/jaxgo/jaxgo/core/dtype"
	"github.com/jaxgo/jaxgo/core/lax"
	"github.com/jaxgo/jaxgo/lowering/lowertest"
	"github.com/jaxgo/jaxgo/transforms/ad"
	"github.com/jaxgo/jaxgo/transforms/batch"
)

func loss(v []core.Value) []core.Value {
	return []core.Value{lax.ReduceSum(lax.Mul(lax.Sin(v[0]), v[0]), []int{0})}
}

// grad is the gradient of a scalar function of one operand.
func grad(f func([]core.Value) []core.Value) func([]core.Value) []core.Value {
	return func(v []core.Value) []core.Value {
		out, lin := ad.Linearize(f, v, []bool{true})
		return lin.VJP([]core.Value{lax.Full(out[0].Aval().Shape, core.NewLiteral(dtype.Float32, 1, false))}, true)
	}
}

func TestGradEagerAndCompiled(t *testing.T) {
	x := lowertest.Of(dtype.Float32, []int{3}, 0, 1, 2)
	want := []float64{0, 1.3817732906760363, 0.07700375731539567}
	assert.InDeltaSlice(t, want, lowertest.Run(t, grad(loss), x)[0].Floats(), 1e-5)
	assert.InDeltaSlice(t, want, lowertest.Jit(t, grad(loss), x)[0].Floats(), 1e-5)
}

func TestHessianVectorProductByVmap(t *testing.T) {
	x := lowertest.Of(dtype.Float32, []int{2, 3}, 0, 1, 2, 3, 4, 5)
	f := func(v []core.Value) []core.Value {
		out, dims := batch.Map(grad(func(v []core.Value) []core.Value {
			return []core.Value{lax.ReduceSum(grad(loss)(v)[0], []int{0})}
		}), v, []int{0}, 2, "")
		return []core.Value{batch.MatchAxis(out[0], dims[0], 0, 2)}
	}
	a, b := lowertest.Run(t, f, x)[0].Floats(), lowertest.Jit(t, f, x)[0].Floats()
	assert.InDeltaSlice(t, b, a, 1e-5)
	assert.InDelta(t, 2, a[0], 1e-5) // 2 cos 0 - 0 sin 0
}
