package lax

import (
	"math"

	"github.com/jaxgo/jaxgo/core"
	"github.com/jaxgo/jaxgo/core/dtype"
	"github.com/jaxgo/jaxgo/core/stablehlo"
)

// The logarithm of 1+x in float32. XLA computes it as log(1+x) where |x| is at least √2-1, and by a rational function
// below. In the plugin's XLA the first is compiled into other instructions than log(1+x) is in loops that are
// vectorised, and rounds other ways than JAX's does. Written out, the two agree.
//
// The select inside the logarithm gives x a second use wherever 1+x is computed. Without it a kernel that holds 1+x alone
// would contract it with the product that x often is (1-u² in erf_inv), which the whole log1p, using x often, never is.

const log1pSmall = "0.414213568" // √2-1

func lowerLog1p(c core.LowerCtx, a *Accuracy, x stablehlo.Value, out *core.Aval) stablehlo.Value {
	y := withAccuracy(c, "stablehlo.log_plus_one", a, x, out)
	if out.DType != dtype.Float32 {
		return y
	}
	b, t := c.B(), out.HLO()
	abs := b.Elementwise("stablehlo.abs", t, x)
	small := b.Pretty("stablehlo.compare LT,", ", FLOAT", t.WithElem("i1"), abs, b.Constant(log1pSmall, t))
	choose := func(x, y stablehlo.Value) stablehlo.Value {
		return b.Op("stablehlo.select", "", nil, []stablehlo.Value{small, x, y}, t)[0]
	}
	one := b.Constant("1.0", t)
	return choose(y, withAccuracy(c, "stablehlo.log", a, choose(one, b.Elementwise("stablehlo.add", t, x, one)), out))
}

// lowerErfInv writes the expansion of chlo.erf_inv in float32, for the sake of the logarithm in it.
func lowerErfInv(c core.LowerCtx, x stablehlo.Value, out *core.Aval) stablehlo.Value {
	if out.DType != dtype.Float32 {
		return elementwise(c, "chlo.erf_inv", out, x)
	}
	return inline(c, erfInv, x)
}

// Giles, Approximating the erfinv function, 2012: polynomials in w = -log(1-x²), for w below 5 and above.
var (
	erfInvCentral = []float64{2.81022636e-08, 3.43273939e-07, -3.5233877e-06, -4.39150654e-06, 0.00021858087, -0.00125372503, -0.00417768164, 0.246640727, 1.50140941}
	erfInvTail    = []float64{-0.000200214257, 0.000100950558, 0.00134934322, -0.00367342844, 0.00573950773, -0.0076224613, 0.00943887047, 1.00167406, 2.83297682}
)

func erfInv(in []Value) Value {
	x := in[0]
	all := func(f float64) Value { return FullLike(x, f) }
	w := Neg(Log1p(Mul(x, Neg(x))))
	central := Lt(w, all(5))
	w = Select(central, Sub(w, all(2.5)), Sub(Sqrt(w), all(3)))
	coefficient := func(i int) Value { return Select(central, all(erfInvCentral[i]), all(erfInvTail[i])) }
	p := coefficient(0)
	for i := range erfInvCentral[1:] {
		p = Add(coefficient(i+1), Mul(p, w))
	}
	infinite := Mul(x, all(math.Inf(1)))
	return Select(Eq(Abs(x), all(1)), infinite, Mul(p, x))
}
