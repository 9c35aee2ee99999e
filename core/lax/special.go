package lax

import (
	"math"

	"github.com/jaxgo/jaxgo/core"
	"github.com/jaxgo/jaxgo/core/dtype"
	"github.com/jaxgo/jaxgo/core/stablehlo"
)

var (
	erfOp       = core.Declare[none]("erf")
	erfcOp      = core.Declare[none]("erfc")
	erfInvOp    = core.Declare[none]("erf_inv")
	lgammaOp    = core.Declare[none]("lgamma")
	digammaOp   = core.Declare[none]("digamma")
	besselI0eOp = core.Declare[none]("bessel_i0e")
	besselI1eOp = core.Declare[none]("bessel_i1e")

	polygammaOp   = core.Declare[none]("polygamma")
	zetaOp        = core.Declare[none]("zeta")
	igammaOp      = core.Declare[none]("igamma")
	igammacOp     = core.Declare[none]("igammac")
	igammaGradAOp = core.Declare[none]("igamma_grad_a")
	betaincOp     = core.Declare[none]("regularized_incomplete_beta")
)

// Erf is the error function.
func Erf(x Value) Value { return erfOp.Bind1(none{}, x) }

// Erfc is 1 - erf(x), precise for large x.
func Erfc(x Value) Value { return erfcOp.Bind1(none{}, x) }

// ErfInv is the inverse of the error function.
func ErfInv(x Value) Value { return erfInvOp.Bind1(none{}, x) }

// Lgamma is the logarithm of |gamma(x)|.
func Lgamma(x Value) Value { return lgammaOp.Bind1(none{}, x) }

// Digamma is the logarithmic derivative of the gamma function.
func Digamma(x Value) Value { return digammaOp.Bind1(none{}, x) }

// BesselI0e is exp(-|x|) times the modified Bessel function of order 0.
func BesselI0e(x Value) Value { return besselI0eOp.Bind1(none{}, x) }

// BesselI1e is exp(-|x|) times the modified Bessel function of order 1.
func BesselI1e(x Value) Value { return besselI1eOp.Bind1(none{}, x) }

// Polygamma is the derivative of order m of Digamma.
func Polygamma(m, x Value) Value { return polygammaOp.Bind1(none{}, m, x) }

// Zeta is the Hurwitz zeta function.
func Zeta(x, q Value) Value { return zetaOp.Bind1(none{}, x, q) }

// Igamma is the regularized lower incomplete gamma function.
func Igamma(a, x Value) Value { return igammaOp.Bind1(none{}, a, x) }

// Igammac is the regularized upper incomplete gamma function.
func Igammac(a, x Value) Value { return igammacOp.Bind1(none{}, a, x) }

// IgammaGradA is the derivative of Igamma by a.
func IgammaGradA(a, x Value) Value { return igammaGradAOp.Bind1(none{}, a, x) }

// Betainc is the regularized incomplete beta function.
func Betainc(a, b, x Value) Value { return betaincOp.Bind1(none{}, a, b, x) }

// RandomGammaGrad is the derivative by a of a sample x from Gamma(a, 1).
func RandomGammaGrad(a, x Value) Value {
	return upcast(randomGammaGrad)([]Value{a, x})
}

// mixed applies op as the operators of JAX arrays do: beside a strongly typed operand a weakly typed one loses its weak
// type first.
func mixed(op func(x, y Value) Value, x, y Value) Value {
	if a, b := x.Aval(), y.Aval(); a.Weak && !b.Weak {
		x = ConvertElementType(x, b.DType)
	} else if b.Weak && !a.Weak {
		y = ConvertElementType(y, a.DType)
	}
	return op(x, y)
}

// igammaTangentX is the derivative of Igamma by x, the density of Gamma(a, 1).
func igammaTangentX(a, x, _, d Value) Value {
	e := mixed(Add, Neg(x), mixed(Mul, mixed(Sub, a, FullLike(a, 1)), Log(x)))
	return mixed(Mul, d, Exp(mixed(Sub, e, Lgamma(a))))
}

func igammaTangentA(a, x, _, d Value) Value { return mixed(Mul, d, IgammaGradA(a, x)) }

func negated(f binaryDeriv) binaryDeriv {
	return func(x, y, z, d Value) Value { return Neg(f(x, y, z, d)) }
}

// Exported with arguments (x), but lax.polygamma (m, x), lax.zeta (x, q), lax.igamma, lax.igammac, lax.igamma_grad_a
// and lax.random_gamma_grad (a, x), lax.betainc (a, b, x).
func init() {
	for _, r := range []struct {
		op  core.Op[none]
		hlo string
		doc string
		d   unaryDeriv
	}{
		{erfOp, "chlo.erf", "Elementwise error function.",
			func(x, y, dx Value) Value {
				return Mul(konst(x, 2/math.Sqrt(math.Pi)), Mul(dx, Exp(Neg(Square(x)))))
			}},
		{erfcOp, "chlo.erfc", "Elementwise complementary error function.",
			func(x, y, dx Value) Value {
				return Mul(konst(x, -2/math.Sqrt(math.Pi)), Mul(dx, Exp(Neg(Square(x)))))
			}},
		{lgammaOp, "chlo.lgamma", "Elementwise logarithm of the absolute value of the gamma function.",
			func(x, y, dx Value) Value { return Mul(dx, Digamma(x)) }},
		{digammaOp, "chlo.digamma", "Elementwise digamma function.",
			func(x, y, dx Value) Value { return Mul(dx, Polygamma(konst(x, 1), x)) }},
		{besselI1eOp, "chlo.bessel_i1e", "Elementwise exponentially scaled modified Bessel function of order 1.",
			func(x, y, dx Value) Value {
				// The derivative is i0e - y(sign + 1/x), which tends to 1/2 at 0.
				eps := core.NewLiteral(x.Aval().DType, complex(dtype.Limits(x.Aval().DType).Eps, 0), false)
				big := Gt(ConvertElementType(Abs(x), x.Aval().DType), eps)
				safe := Select(big, x, FullLike(x, real(eps.F)))
				d := mixed(Sub, BesselI0e(safe), mixed(Mul, y, mixed(Add, Sign(safe), Reciprocal(safe))))
				return mixed(Mul, dx, Select(big, d, FullLike(x, 0.5)))
			}},
	} {
		unary(r.op, r.hlo, r.doc, floats, r.d)
		export1(r.op)
	}
	unaryWith(erfInvOp, "Elementwise inverse of the error function.", floats, nil,
		func(x, y, dx Value) Value { return Mul(konst(x, math.Sqrt(math.Pi)/2), Mul(dx, Exp(Square(y)))) },
		lowerErfInv)
	export1(erfInvOp)
	unaryWith(besselI0eOp, "Elementwise exponentially scaled modified Bessel function of order 0.", floats, nil,
		func(x, y, dx Value) Value { return mixed(Mul, dx, mixed(Sub, BesselI1e(x), mixed(Mul, Sign(x), y))) },
		func(c core.LowerCtx, x stablehlo.Value, _ *core.Aval) stablehlo.Value { return inline(c, besselI0e, x) })
	export1(besselI0eOp)

	formula := func(f func(in []Value) Value) func(core.LowerCtx, stablehlo.Value, stablehlo.Value, *core.Aval) stablehlo.Value {
		f = upcast(f)
		return func(c core.LowerCtx, x, y stablehlo.Value, out *core.Aval) stablehlo.Value {
			return c.Fn(func(v []Value) []Value { return []Value{f(v)} }, []stablehlo.Value{x, y}, []*core.Aval{out, out})[0]
		}
	}
	for _, r := range []binaryRow{
		{op: polygammaOp, hlo: "chlo.polygamma", doc: "Elementwise polygamma function.", accept: floats,
			dx: func(m, x, z, d Value) Value {
				core.Errorf(core.ValueError, "polygamma gradient with respect to m is not supported")
				return nil
			},
			dy: func(m, x, z, d Value) Value { return mixed(Mul, d, Polygamma(Add(m, konst(m, 1)), x)) }},
		{op: zetaOp, hlo: "chlo.zeta", doc: "Elementwise Hurwitz zeta function.", accept: floats, noRule: true},
		{op: igammaOp, lower: formula(igamma), doc: "Elementwise regularized lower incomplete gamma function.", accept: floats,
			dx: igammaTangentA, dy: igammaTangentX},
		{op: igammacOp, lower: formula(igammac), doc: "Elementwise regularized upper incomplete gamma function.", accept: floats,
			dx: negated(igammaTangentA), dy: negated(igammaTangentX)},
		{op: igammaGradAOp, lower: formula(igammaGradA), doc: "Elementwise derivative of igamma by a.", accept: floats, noRule: true},
	} {
		binary(r)
		export2(r.op)
	}
	core.Export1("lax.random_gamma_grad", "xx", func(a *core.Args) Value { return RandomGammaGrad(a.X(0), a.X(1)) })

	f32 := core.NewAval(dtype.Float32, 2, 3)
	betaincOp.Define(core.Rules[none]{
		Doc: "Elementwise regularized incomplete beta function.",
		Abstract: func(_ none, in []*core.Aval) []*core.Aval {
			return []*core.Aval{naryAval("regularized_incomplete_beta", floats, nil, in)}
		},
		JVP: func(_ core.JVPCtx, p none, in, t []Value) ([]Value, []Value) {
			y := betaincOp.Bind1(p, in...)
			if t[0] != nil || t[1] != nil {
				core.Errorf(core.ValueError, "Betainc gradient with respect to a and b not supported.")
			}
			a, b, x := in[0], in[1], in[2]
			lbeta := mixed(Sub, mixed(Add, Lgamma(a), Lgamma(b)), Lgamma(mixed(Add, a, b)))
			e := mixed(Add, mixed(Mul, Sub(b, like(b, 1)), Log1p(Neg(x))), mixed(Mul, Sub(a, like(a, 1)), Log(x)))
			return []Value{y}, []Value{mixed(Mul, Exp(mixed(Sub, e, lbeta)), t[2])}
		},
		Batch: batchBroadcasting(betaincOp),
		Lower: func(c core.LowerCtx, _ none, in []stablehlo.Value) []stablehlo.Value {
			out := c.Out()[0]
			f := upcast(betainc)
			return c.Fn(func(v []Value) []Value { return []Value{f(v)} }, broadcastOperands(c, in, out.Shape), []*core.Aval{out, out, out})
		},
		Samples: []core.Sample[none]{{In: []*core.Aval{f32, f32, f32}}},
	})
	core.Export1("lax.betainc", "xxx", func(a *core.Args) Value { return Betainc(a.X(0), a.X(1), a.X(2)) })
}

// upcast lets f compute in at least single precision, on operands of equal shapes.
func upcast(f func(in []Value) Value) func(in []Value) Value {
	return func(in []Value) Value {
		shape := commonShape(in)
		d := in[0].Aval().DType
		up := d == dtype.BFloat16 || d == dtype.Float16
		args := make([]Value, len(in))
		for i, v := range in {
			args[i] = BroadcastInDim(v, shape, span(0, v.Aval().Ndim()))
			if up {
				args[i] = ConvertElementType(args[i], dtype.Float32)
			}
		}
		y := f(args)
		if up {
			y = ConvertElementType(y, d)
		}
		return y
	}
}

// commonShape is the common shape of the operands in NumPy's sense: missing leading axes have size 1.
func commonShape(in []Value) []int {
	var shape []int
	avals := make([]*core.Aval, len(in))
	for i, v := range in {
		avals[i] = v.Aval()
		if n := avals[i].Ndim() - len(shape); n > 0 {
			shape = append(ones(n), shape...)
		}
	}
	for _, a := range avals {
		tail := shape[len(shape)-len(a.Shape):]
		for k, n := range a.Shape {
			if tail[k] == 1 {
				tail[k] = n
			} else if n != 1 && n != tail[k] {
				core.Errorf(core.ValueError, "Incompatible shapes for broadcasting: shapes=[%s]", caseShapes(avals))
			}
		}
	}
	return shape
}

// chebyshev evaluates a series of Chebyshev polynomials at x.
func chebyshev(x Value, coeffs []float64) Value {
	b0, b1, b2 := FullLike(x, 0), FullLike(x, 0), FullLike(x, 0)
	for _, c := range coeffs {
		b0, b1, b2 = Add(Sub(Mul(x, b0), b1), FullLike(x, c)), b0, b1
	}
	return Mul(konst(x, 0.5), Sub(b0, b2))
}

// besselI0e follows Cephes: a Chebyshev series up to 8 and another in 1/x above.
func besselI0e(in []Value) Value {
	x, d := in[0], in[0].Aval().DType
	near, far := i0eNear32, i0eFar32
	if d == dtype.Float64 {
		near, far = i0eNear64, i0eFar64
	}
	if d != dtype.Float64 && d != dtype.Float32 { // the coefficients need more precision than a half has
		x = ConvertElementType(x, dtype.Float32)
	}
	x = Abs(x)
	two := FullLike(x, 2)
	below := chebyshev(Sub(Mul(FullLike(x, 0.5), x), two), near)
	above := Div(chebyshev(Sub(Div(FullLike(x, 32), x), two), far), Sqrt(x))
	return ConvertElementType(Select(Le(x, konst(x, 8)), below, above), d)
}

var (
	i0eNear32 = []float64{-1.30002500998624804212e-8, 6.04699502254191894932e-8,
		-2.67079385394061173391e-7, 1.11738753912010371815e-6,
		-4.41673835845875056359e-6, 1.64484480707288970893e-5,
		-5.75419501008210370398e-5, 1.88502885095841655729e-4,
		-5.76375574538582365885e-4, 1.63947561694133579842e-3,
		-4.32430999505057594430e-3, 1.05464603945949983183e-2,
		-2.37374148058994688156e-2, 4.93052842396707084878e-2,
		-9.49010970480476444210e-2, 1.71620901522208775349e-1,
		-3.04682672343198398683e-1, 6.76795274409476084995e-1}
	i0eFar32 = []float64{3.39623202570838634515e-9, 2.26666899049817806459e-8,
		2.04891858946906374183e-7, 2.89137052083475648297e-6,
		6.88975834691682398426e-5, 3.36911647825569408990e-3,
		8.04490411014108831608e-1}
	i0eNear64 = append([]float64{-4.41534164647933937950e-18, 3.33079451882223809783e-17,
		-2.43127984654795469359e-16, 1.71539128555513303061e-15,
		-1.16853328779934516808e-14, 7.67618549860493561688e-14,
		-4.85644678311192946090e-13, 2.95505266312963983461e-12,
		-1.72682629144155570723e-11, 9.67580903537323691224e-11,
		-5.18979560163526290666e-10, 2.65982372468238665035e-9}, i0eNear32...)
	i0eFar64 = append([]float64{-7.23318048787475395456e-18, -4.83050448594418207126e-18,
		4.46562142029675999901e-17, 3.46122286769746109310e-17,
		-2.82762398051658348494e-16, -3.42548561967721913462e-16,
		1.77256013305652638360e-15, 3.81168066935262242075e-15,
		-9.55484669882830764870e-15, -4.15056934728722208663e-14,
		1.54008621752140982691e-14, 3.85277838274214270114e-13,
		7.18012445138366623367e-13, -1.79417853150680611778e-12,
		-1.32158118404477131188e-11, -3.14991652796324136454e-11,
		1.18891471078464383424e-11, 4.94060238822496958910e-10}, i0eFar32...)
)
