package numpy_test

import (
	"testing"

	"github.com/stretchr/testify/assert"

	"github.com/jaxgo/jaxgo/core"
	"github.com/jaxgo/jaxgo/core/dtype"
	"github.com/jaxgo/jaxgo/core/lax"
	"github.com/jaxgo/jaxgo/core/numpy"
	"github.com/jaxgo/jaxgo/lowering/lowertest"
	"github.com/jaxgo/jaxgo/transforms/ad"
)

// derivative is that of a function of one array, element by element.
func derivative(f func(x Value) Value) func(x Value) Value {
	return func(x Value) Value {
		out, lin := ad.Linearize(func(in []Value) []Value { return []Value{f(in[0])} }, []Value{x}, []bool{true})
		one := lax.Full(out[0].Aval().Shape, core.NewLiteral(out[0].Aval().DType, 1, false))
		return lin.VJP([]Value{one}, true)[0]
	}
}

func TestDerivativesWithRules(t *testing.T) {
	zero := func(x Value) Value { return numpy.ZerosLike(x) }
	for _, c := range []struct {
		name string
		f    func(x Value) Value
		want []float64 // at 0, 1, -2, from JAX
	}{
		{"sinc", numpy.Sinc, []float64{0, -1, -0.5}},
		{"sinc''", derivative(numpy.Sinc), []float64{-3.2898681, 2, -0.5}},
		{"logaddexp", func(x Value) Value { return numpy.Logaddexp(x, zero(x)) }, []float64{0.5, 0.7310586, 0.11920292}},
		{"logaddexp2", func(x Value) Value { return numpy.Logaddexp2(x, zero(x)) }, []float64{0.5, 0.6666667, 0.2}},
		{"i0", numpy.I0, []float64{0, 0.5651591, -1.5906369}},
		{"frexp", func(x Value) Value { m, _ := numpy.Frexp(x); return m }, []float64{1, 0.5, 0.25}},
		{"std", func(x Value) Value {
			return numpy.Std(x, numpy.Reduction{}, core.NewIntLiteral(dtype.Int32, 0, true), nil)
		}, []float64{0.08908708, 0.35634834, -0.44543543}},
		{"logsumexp", func(x Value) Value { y, _ := numpy.Logsumexp(x, nil, numpy.Reduction{}, false); return y }, []float64{0.25949648, 0.7053845, 0.03511903}},
	} {
		x := lowertest.Of(dtype.Float32, []int{3}, 0, 1, -2)
		f := func(in []Value) []Value { return []Value{derivative(c.f)(in[0])} }
		assert.InDeltaSlice(t, c.want, lowertest.Jit(t, f, x)[0].Floats(), 2e-6, c.name)
		if c.name == "sinc" { // one operation after the other, which compiles each
			assert.InDeltaSlice(t, c.want, lowertest.Run(t, f, x)[0].Floats(), 2e-6)
		}
	}
}
