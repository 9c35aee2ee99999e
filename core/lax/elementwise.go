package lax

import (
	"fmt"
	"math"
	"strconv"

	"github.com/jaxgo/jaxgo/core"
	"github.com/jaxgo/jaxgo/core/dtype"
	"github.com/jaxgo/jaxgo/core/stablehlo"
)

type none = core.NoParams

// An Accuracy asks for more or less precise elementary functions; nil leaves it to the compiler.
type Accuracy struct {
	// Mode is HIGHEST or DEFAULT, or empty for a tolerance.
	Mode       string
	Atol, Rtol float64
	ULPs       int
}

// accuracies holds one pointer for each value, so that parameters are equal when they are the same.
var accuracies = map[Accuracy]*Accuracy{}

// MakeAccuracy returns the Accuracy with these fields.
func MakeAccuracy(a Accuracy) *Accuracy {
	p := accuracies[a]
	if p == nil {
		p = &a
		accuracies[a] = p
	}
	return p
}

// PyString is a as jaxprs print it.
func (a *Accuracy) PyString() string {
	if a.Mode != "" {
		return "AccuracyMode." + a.Mode
	}
	return fmt.Sprintf("Tolerance(atol=%v, rtol=%v, ulps=%d)", a.Atol, a.Rtol, a.ULPs)
}

func (a *Accuracy) highest() bool { return a != nil && a.Mode == "HIGHEST" }

// attr is the accuracy as an attribute of a StableHLO operation; empty: the default.
func (a *Accuracy) attr() string {
	if a == nil || a.Mode == "DEFAULT" {
		return ""
	}
	f := func(x float64) string { return strconv.FormatFloat(x, 'e', 6, 64) }
	if a.Mode != "" {
		return "result_accuracy = #stablehlo.result_accuracy<mode = #stablehlo.result_accuracy_mode<" + a.Mode + ">>"
	}
	return "result_accuracy = #stablehlo.result_accuracy<atol = " + f(a.Atol) + ", rtol = " + f(a.Rtol) + ", ulps = " + itoa(a.ULPs) +
		", mode = #stablehlo.result_accuracy_mode<TOLERANCE>>"
}

// accuracyArg reads an accuracy from Python: None, the name of a mode, or a sequence (atol, rtol, ulps).
func accuracyArg(a *core.Args, i int) *Accuracy {
	switch {
	case a.IsNone(i):
		return nil
	case a.List[i].Kind == core.ArgStr:
		return MakeAccuracy(Accuracy{Mode: a.Str(i)})
	}
	t := a.Sub(i)
	return MakeAccuracy(Accuracy{Atol: t.Float(0), Rtol: t.Float(1), ULPs: t.Int(2)})
}

// accurate are the parameters of the elementary functions. A pointer in an interface costs no allocation.
type accurate struct {
	Accuracy *Accuracy `jx:"accuracy,omitempty"`
}

type integerPowParams struct{ Y int }

type mulParams struct {
	OutDtype dtype.DType `jx:"out_dtype,omitempty"`
}

// A RoundingMethod says where Round takes numbers halfway between two integers.
type RoundingMethod int

// The rounding methods, with the numbers that JAX gives them.
const (
	AwayFromZero  RoundingMethod = 0
	ToNearestEven RoundingMethod = 1
)

type roundParams struct{ RoundingMethod RoundingMethod }

var (
	negOp      = core.Declare[none]("neg")
	signOp     = core.Declare[none]("sign")
	floorOp    = core.Declare[none]("floor")
	ceilOp     = core.Declare[none]("ceil")
	roundOp    = core.Declare[roundParams]("round")
	isFiniteOp = core.Declare[none]("is_finite")
	absOp      = core.Declare[none]("abs")
	squareOp   = core.Declare[none]("square")

	expOp      = core.Declare[accurate]("exp")
	exp2Op     = core.Declare[accurate]("exp2")
	expm1Op    = core.Declare[accurate]("expm1")
	logOp      = core.Declare[accurate]("log")
	log1pOp    = core.Declare[accurate]("log1p")
	tanhOp     = core.Declare[accurate]("tanh")
	logisticOp = core.Declare[accurate]("logistic")
	sinOp      = core.Declare[accurate]("sin")
	cosOp      = core.Declare[accurate]("cos")
	tanOp      = core.Declare[accurate]("tan")
	sqrtOp     = core.Declare[accurate]("sqrt")
	rsqrtOp    = core.Declare[accurate]("rsqrt")
	cbrtOp     = core.Declare[accurate]("cbrt")

	asinOp  = core.Declare[none]("asin")
	acosOp  = core.Declare[none]("acos")
	atanOp  = core.Declare[none]("atan")
	sinhOp  = core.Declare[none]("sinh")
	coshOp  = core.Declare[none]("cosh")
	asinhOp = core.Declare[none]("asinh")
	acoshOp = core.Declare[none]("acosh")
	atanhOp = core.Declare[none]("atanh")

	addOp        = core.Declare[none]("add")
	addAnyOp     = core.Declare[none]("add_any")
	subOp        = core.Declare[none]("sub")
	mulOp        = core.Declare[mulParams]("mul")
	mulhiOp      = core.Declare[none]("mulhi")
	divOp        = core.Declare[none]("div")
	remOp        = core.Declare[none]("rem")
	atan2Op      = core.Declare[none]("atan2")
	nextafterOp  = core.Declare[none]("nextafter")
	powOp        = core.Declare[none]("pow")
	integerPowOp = core.Declare[integerPowParams]("integer_pow")
)

// Neg is -x.
func Neg(x Value) Value { return negOp.Bind1(none{}, x) }

// Sign is -1, 0 or 1; z/|z| for complex numbers; nan for nan.
func Sign(x Value) Value { return signOp.Bind1(none{}, x) }

// Floor rounds towards minus infinity.
func Floor(x Value) Value { return floorOp.Bind1(none{}, x) }

// Ceil rounds towards infinity.
func Ceil(x Value) Value { return ceilOp.Bind1(none{}, x) }

// Round rounds to the nearest integer.
func Round(x Value, m RoundingMethod) Value { return roundOp.Bind1(roundParams{m}, x) }

// IsFinite reports which elements are neither infinite nor nan.
func IsFinite(x Value) Value { return isFiniteOp.Bind1(none{}, x) }

// Abs is the absolute value.
func Abs(x Value) Value { return absOp.Bind1(none{}, x) }

// Square is x * x.
func Square(x Value) Value { return squareOp.Bind1(none{}, x) }

// Exp is e to the power of x.
func Exp(x Value) Value { return expOp.Bind1(accurate{}, x) }

// Exp2 is 2 to the power of x.
func Exp2(x Value) Value { return exp2Op.Bind1(accurate{}, x) }

// Expm1 is exp(x) - 1, precise near 0.
func Expm1(x Value) Value { return expm1Op.Bind1(accurate{}, x) }

// Log is the natural logarithm.
func Log(x Value) Value { return logOp.Bind1(accurate{}, x) }

// Log1p is log(1 + x), precise near 0.
func Log1p(x Value) Value { return log1pOp.Bind1(accurate{}, x) }

// Tanh is the hyperbolic tangent.
func Tanh(x Value) Value { return tanhOp.Bind1(accurate{}, x) }

// Logistic is 1 / (1 + exp(-x)).
func Logistic(x Value) Value { return logisticOp.Bind1(accurate{}, x) }

// Sin is the sine of x, in radians.
func Sin(x Value) Value { return sinOp.Bind1(accurate{}, x) }

// Cos is the cosine of x, in radians.
func Cos(x Value) Value { return cosOp.Bind1(accurate{}, x) }

// Tan is the tangent of x, in radians.
func Tan(x Value) Value { return tanOp.Bind1(accurate{}, x) }

// Sqrt is the square root.
func Sqrt(x Value) Value { return sqrtOp.Bind1(accurate{}, x) }

// Rsqrt is 1 / sqrt(x).
func Rsqrt(x Value) Value { return rsqrtOp.Bind1(accurate{}, x) }

// Cbrt is the cube root.
func Cbrt(x Value) Value { return cbrtOp.Bind1(accurate{}, x) }

// Asin is the inverse sine.
func Asin(x Value) Value { return asinOp.Bind1(none{}, x) }

// Acos is the inverse cosine.
func Acos(x Value) Value { return acosOp.Bind1(none{}, x) }

// Atan is the inverse tangent.
func Atan(x Value) Value { return atanOp.Bind1(none{}, x) }

// Sinh is the hyperbolic sine.
func Sinh(x Value) Value { return sinhOp.Bind1(none{}, x) }

// Cosh is the hyperbolic cosine.
func Cosh(x Value) Value { return coshOp.Bind1(none{}, x) }

// Asinh is the inverse hyperbolic sine.
func Asinh(x Value) Value { return asinhOp.Bind1(none{}, x) }

// Acosh is the inverse hyperbolic cosine.
func Acosh(x Value) Value { return acoshOp.Bind1(none{}, x) }

// Atanh is the inverse hyperbolic tangent.
func Atanh(x Value) Value { return atanhOp.Bind1(none{}, x) }

// Add is x + y.
func Add(x, y Value) Value { return addOp.Bind1(none{}, x, y) }

// AddAny adds tangents or cotangents of one aval.
func AddAny(x, y Value) Value { return addAnyOp.Bind1(none{}, x, y) }

// Sub is x - y.
func Sub(x, y Value) Value { return subOp.Bind1(none{}, x, y) }

// Mul is x * y.
func Mul(x, y Value) Value { return mulOp.Bind1(mulParams{}, x, y) }

// MulAs is x * y with both converted to d first; their dtypes may differ.
func MulAs(x, y Value, d dtype.DType) Value { return mulOp.Bind1(mulParams{d}, x, y) }

// Mulhi is the upper half of the product of integers.
func Mulhi(x, y Value) Value { return mulhiOp.Bind1(none{}, x, y) }

// Div is x / y; integers are divided towards zero.
func Div(x, y Value) Value { return divOp.Bind1(none{}, x, y) }

// Rem is the remainder of x / y, with the sign of x.
func Rem(x, y Value) Value { return remOp.Bind1(none{}, x, y) }

// Atan2 is the angle of the point (y, x) whose ordinate comes first: atan2(x, y) is the argument of y + ix.
func Atan2(x, y Value) Value { return atan2Op.Bind1(none{}, x, y) }

// Nextafter is the number next to x in the direction of y.
func Nextafter(x, y Value) Value { return nextafterOp.Bind1(none{}, x, y) }

// Pow is x to the power of y; y has x's dtype or is an integer.
func Pow(x, y Value) Value { return powOp.Bind1(none{}, x, y) }

// IntegerPow is x to the power of a static integer.
func IntegerPow(x Value, y int) Value { return integerPowOp.Bind1(integerPowParams{y}, x) }

// Reciprocal is 1 / x.
func Reciprocal(x Value) Value { return IntegerPow(x, -1) }

// replaceZero is x with ones for zeros.
func replaceZero(x Value) Value { return Select(Eq(x, konst(x, 0)), FullLike(x, 1), x) }

// accurateRow defines an elementary function.
type accurateRow struct {
	op     core.Op[accurate]
	hlo    string
	accept dtypes
	doc    string
	d      func(a *Accuracy, x, y, dx Value) Value
	lower  func(c core.LowerCtx, a *Accuracy, x stablehlo.Value, out *core.Aval) stablehlo.Value
}

func (r accurateRow) define() {
	lower := r.lower
	if lower == nil {
		lower = func(c core.LowerCtx, a *Accuracy, x stablehlo.Value, out *core.Aval) stablehlo.Value {
			return withAccuracy(c, r.hlo, a, x, out)
		}
	}
	samples := make([]core.Sample[accurate], 0, 2)
	for _, s := range unarySamples(r.accept) {
		samples = append(samples, core.Sample[accurate]{In: s.In})
	}
	unaryRow[accurate]{op: r.op, doc: r.doc, accept: r.accept,
		d: func(p accurate, x, y, dx Value) Value { return r.d(p.Accuracy, x, y, dx) },
		lower: func(c core.LowerCtx, p accurate, x stablehlo.Value, out *core.Aval) stablehlo.Value {
			return lower(c, p.Accuracy, x, out)
		}}.define(samples)
	core.Export1("lax."+r.op.Name, "xs", func(a *core.Args) Value { return r.op.Bind1(accurate{accuracyArg(a, 1)}, a.X(0)) })
}

// withAccuracy writes an op of the stablehlo dialect that takes a result_accuracy.
func withAccuracy(c core.LowerCtx, hlo string, a *Accuracy, x stablehlo.Value, out *core.Aval) stablehlo.Value {
	if s := a.attr(); s != "" {
		return c.B().Op(hlo, s, nil, []stablehlo.Value{x}, out.HLO())[0]
	}
	return c.B().Elementwise(hlo, out.HLO(), x)
}

// inline writes a formula over operands of the equation's avals.
func inline(c core.LowerCtx, f func(in []Value) Value, in ...stablehlo.Value) stablehlo.Value {
	return c.Fn(func(v []Value) []Value { return []Value{f(v)} }, in, c.In())[0]
}

// trig splits a complex x for the sine and cosine: the sine and cosine of the real part, sinh and cosh of the imaginary
// part. expm1 keeps them precise where |x| is small.
func trig(x Value) (re, sin, cos, sinh, cosh Value) {
	re, im := Real(x), Imag(x)
	two := konst(re, 2)
	up, down := Expm1(im), Expm1(Neg(im))
	return re, Sin(re), Cos(re), Div(Sub(up, down), two), Div(Add(Add(up, down), two), two)
}

// sinComplex is sin(a+ib) = sin(a)cosh(b) + i cos(a)sinh(b). Where a is 0 the real part is 0 even if cosh(b) overflows.
func sinComplex(v []Value) Value {
	re, sin, cos, sinh, cosh := trig(v[0])
	r, i := Mul(sin, cosh), Mul(cos, sinh)
	return Select(Eq(re, konst(re, 0)), Complex(konst(re, 0), i), Complex(r, i))
}

// cosComplex is cos(a+ib) = cos(a)cosh(b) - i sin(a)sinh(b).
func cosComplex(v []Value) Value {
	re, sin, cos, sinh, cosh := trig(v[0])
	r, i := Mul(cos, cosh), Mul(Neg(sin), sinh)
	return Select(Eq(re, konst(re, 0)), Complex(r, konst(re, 0)), Complex(r, i))
}

// lowerTrig lowers sine or cosine; complex ones by a formula, which is more precise than XLA's.
func lowerTrig(hlo string, formula func([]Value) Value) func(core.LowerCtx, *Accuracy, stablehlo.Value, *core.Aval) stablehlo.Value {
	return func(c core.LowerCtx, a *Accuracy, x stablehlo.Value, out *core.Aval) stablehlo.Value {
		if out.DType.IsComplex() {
			return inline(c, formula, x)
		}
		return withAccuracy(c, hlo, a, x, out)
	}
}

// transposeAdd transposes an op that is linear in each of its operands by itself (add, sub).
func transposeAdd(fx, fy func(Value) Value) func(ct Value, in []Value) []Value {
	return func(ct Value, in []Value) []Value {
		out := make([]Value, 2)
		if core.IsUndef(in[0]) {
			out[0] = unbroadcast(fx(ct), in[0].Aval())
		}
		if core.IsUndef(in[1]) {
			out[1] = unbroadcast(fy(ct), in[1].Aval())
		}
		return out
	}
}

func same(x Value) Value { return x }

// The exported functions of one operand take (x), those with an accuracy (x, accuracy), those of two operands (x, y).
// lax.round takes (x, rounding_method), lax.integer_pow (x, y), lax.mul (x, y, out_dtype).
func init() {
	for _, r := range []struct {
		op     core.Op[none]
		hlo    string
		accept dtypes
		doc    string
		d      unaryDeriv
	}{
		{negOp, "stablehlo.negate", numbers, "Elementwise negation.", func(x, y, dx Value) Value { return Neg(dx) }},
		{floorOp, "stablehlo.floor", floats, "Elementwise floor.", nil},
		{ceilOp, "stablehlo.ceil", floats, "Elementwise ceiling.", nil},
		{asinOp, "chlo.asin", inexacts, "Elementwise inverse sine.",
			func(x, y, dx Value) Value { return Mul(dx, Rsqrt(Sub(konst(x, 1), Square(x)))) }},
		{acosOp, "chlo.acos", inexacts, "Elementwise inverse cosine.",
			func(x, y, dx Value) Value { return Mul(dx, Neg(Rsqrt(Sub(konst(x, 1), Square(x))))) }},
		{atanOp, "chlo.atan", inexacts, "Elementwise inverse tangent.",
			func(x, y, dx Value) Value { return Div(dx, Add(konst(x, 1), Square(x))) }},
		{sinhOp, "chlo.sinh", inexacts, "Elementwise hyperbolic sine.", func(x, y, dx Value) Value { return Mul(dx, Cosh(x)) }},
		{coshOp, "chlo.cosh", inexacts, "Elementwise hyperbolic cosine.", func(x, y, dx Value) Value { return Mul(dx, Sinh(x)) }},
		{asinhOp, "chlo.asinh", inexacts, "Elementwise inverse hyperbolic sine.",
			func(x, y, dx Value) Value { return Mul(dx, Rsqrt(Add(Square(x), like(x, 1)))) }},
		{acoshOp, "chlo.acosh", inexacts, "Elementwise inverse hyperbolic cosine.",
			func(x, y, dx Value) Value { return Mul(dx, Rsqrt(Sub(Square(x), like(x, 1)))) }},
		{atanhOp, "chlo.atanh", inexacts, "Elementwise inverse hyperbolic tangent.",
			func(x, y, dx Value) Value { return Mul(Reciprocal(Add(like(x, 1), x)), Div(dx, Sub(like(x, 1), x))) }},
	} {
		unary(r.op, r.hlo, r.doc, r.accept, r.d)
		export1(r.op)
	}
	transposeUnary(negOp, Neg)

	for _, r := range []accurateRow{
		{op: expOp, hlo: "stablehlo.exponential", accept: inexacts, doc: "Elementwise exponential.",
			d: func(_ *Accuracy, x, y, dx Value) Value { return Mul(dx, y) }},
		{op: exp2Op, accept: inexacts, doc: "Elementwise power of two.",
			d: func(_ *Accuracy, x, y, dx Value) Value { return Mul(Log(konst(x, 2)), Mul(dx, y)) },
			lower: func(c core.LowerCtx, a *Accuracy, x stablehlo.Value, out *core.Aval) stablehlo.Value {
				return withAccuracy(c, "stablehlo.exponential", a, elementwise(c, "stablehlo.multiply", out, c.Const(math.Ln2, out), x), out)
			}},
		{op: expm1Op, hlo: "stablehlo.exponential_minus_one", accept: inexacts, doc: "Elementwise exp(x) - 1.",
			d: func(a *Accuracy, x, y, dx Value) Value {
				if a.highest() {
					return Mul(dx, expOp.Bind1(accurate{a}, x))
				}
				return Mul(dx, Add(y, like(y, 1)))
			}},
		{op: logOp, hlo: "stablehlo.log", accept: inexacts, doc: "Elementwise natural logarithm.",
			d: func(_ *Accuracy, x, y, dx Value) Value { return Div(dx, x) }},
		{op: log1pOp, lower: lowerLog1p, accept: inexacts, doc: "Elementwise log(1 + x).",
			d: func(_ *Accuracy, x, y, dx Value) Value { return Div(dx, Add(x, like(x, 1))) }},
		{op: tanhOp, hlo: "stablehlo.tanh", accept: inexacts, doc: "Elementwise hyperbolic tangent.",
			d: func(a *Accuracy, x, y, dx Value) Value {
				if a.highest() {
					up, down := logisticOp.Bind1(accurate{a}, Mul(konst(x, 2), x)), logisticOp.Bind1(accurate{a}, Mul(konst(x, -2), x))
					return Mul(dx, Mul(konst(x, 4), Mul(up, down)))
				}
				// (1 + y)(1 - y) rather than 1 - y², which cancels for |y| near 1.
				return Mul(Add(dx, Mul(dx, y)), Sub(like(x, 1), y))
			}},
		{op: logisticOp, accept: inexacts, doc: "Elementwise 1 / (1 + exp(-x)).",
			d: func(a *Accuracy, x, y, dx Value) Value {
				if a.highest() {
					return Mul(dx, Mul(y, Logistic(Neg(x))))
				}
				return Mul(dx, Mul(y, Sub(like(y, 1), y)))
			},
			lower: func(c core.LowerCtx, _ *Accuracy, x stablehlo.Value, out *core.Aval) stablehlo.Value {
				one := c.Const(1, out)
				e := elementwise(c, "stablehlo.exponential", out, elementwise(c, "stablehlo.negate", out, x))
				return elementwise(c, "stablehlo.divide", out, one, elementwise(c, "stablehlo.add", out, one, e))
			}},
		{op: sinOp, accept: inexacts, doc: "Elementwise sine.", lower: lowerTrig("stablehlo.sine", sinComplex),
			d: func(a *Accuracy, x, y, dx Value) Value { return Mul(dx, cosOp.Bind1(accurate{a}, x)) }},
		{op: cosOp, accept: inexacts, doc: "Elementwise cosine.", lower: lowerTrig("stablehlo.cosine", cosComplex),
			d: func(a *Accuracy, x, y, dx Value) Value { return Neg(Mul(dx, sinOp.Bind1(accurate{a}, x))) }},
		{op: tanOp, hlo: "stablehlo.tan", accept: inexacts, doc: "Elementwise tangent.",
			d: func(_ *Accuracy, x, y, dx Value) Value { return Mul(dx, Add(konst(x, 1), Square(y))) }},
		{op: sqrtOp, hlo: "stablehlo.sqrt", accept: inexacts, doc: "Elementwise square root.",
			d: func(_ *Accuracy, x, y, dx Value) Value { return Mul(dx, Div(konst(x, 0.5), y)) }},
		{op: rsqrtOp, hlo: "stablehlo.rsqrt", accept: inexacts, doc: "Elementwise reciprocal square root.",
			d: func(_ *Accuracy, x, y, dx Value) Value { return Mul(dx, Mul(konst(x, -0.5), Div(y, x))) }},
		{op: cbrtOp, hlo: "stablehlo.cbrt", accept: floats, doc: "Elementwise cube root.",
			d: func(_ *Accuracy, x, y, dx Value) Value { return Mul(dx, Mul(konst(x, 1./3), IntegerPow(y, -2))) }},
	} {
		r.define()
	}

	unaryWith(signOp, "Elementwise sign.", numbers, nil, nil,
		func(c core.LowerCtx, x stablehlo.Value, out *core.Aval) stablehlo.Value {
			if !out.DType.IsUnsigned() {
				return elementwise(c, "stablehlo.sign", out, x)
			}
			zero := c.Const(0, out)
			return c.B().Op("stablehlo.select", "", nil, []stablehlo.Value{compareHLO(c, "EQ", false, out.DType, x, zero), zero, c.Const(1, out)}, out.HLO())[0]
		})
	export1(signOp)
	unaryWith(isFiniteOp, "Elementwise test for numbers that are neither infinite nor nan.", floats, toBool, nil,
		func(c core.LowerCtx, x stablehlo.Value, out *core.Aval) stablehlo.Value {
			return c.B().Pretty("stablehlo.is_finite", "", out.HLO(), x)
		})
	export1(isFiniteOp)
	unaryWith(squareOp, "Elementwise square.", numbers, nil,
		func(x, y, dx Value) Value { return Mul(dx, Mul(konst(x, 2), x)) },
		func(c core.LowerCtx, x stablehlo.Value, out *core.Aval) stablehlo.Value {
			if out.DType.IsInteger() {
				return elementwise(c, "stablehlo.multiply", out, x, x)
			}
			return elementwise(c, "chlo.square", out, x)
		})
	export1(squareOp)
	unaryRow[none]{op: absOp, doc: "Elementwise absolute value.", accept: signed,
		check: func(_ none, x *core.Aval) {
			if x.DType == dtype.Int2 || x.DType == dtype.Int4 {
				core.Errorf(core.TypeError, "abs does not accept dtype %s. Support for narrow-width integers is platform-dependent and limited to a few specific operations, e.g. basic arithmetic and type casting.", x.DType.Name())
			}
		},
		result: func(_ none, d dtype.DType) dtype.DType { return d.Real() },
		d: func(_ none, x, y, dx Value) Value {
			if d := x.Aval().DType; d.IsComplex() {
				return Real(Mul(dx, Div(Conj(x), replaceZero(ConvertElementType(y, d)))))
			}
			return Select(Ge(x, like(x, 0)), dx, Neg(dx))
		},
		lower: func(c core.LowerCtx, _ none, x stablehlo.Value, out *core.Aval) stablehlo.Value {
			if c.In()[0].DType.IsComplex() {
				return c.B().Pretty("stablehlo.abs", "", out.HLO(), x)
			}
			return elementwise(c, "stablehlo.abs", out, x)
		}}.define(unarySamples(signed))
	export1(absOp)
	unaryRow[roundParams]{op: roundOp, doc: "Elementwise rounding to integers.", accept: floats,
		lower: func(c core.LowerCtx, p roundParams, x stablehlo.Value, out *core.Aval) stablehlo.Value {
			if p.RoundingMethod == AwayFromZero {
				return elementwise(c, "stablehlo.round_nearest_afz", out, x)
			}
			return elementwise(c, "stablehlo.round_nearest_even", out, x)
		}}.define([]core.Sample[roundParams]{{Params: roundParams{ToNearestEven}, In: []*core.Aval{core.NewAval(dtype.Float32, 2, 3)}}})
	core.Export1("lax.round", "xs", func(a *core.Args) Value { return Round(a.X(0), RoundingMethod(a.IntOr(1, 0))) })

	for _, r := range []binaryRow{
		{op: addOp, hlo: "stablehlo.add", doc: "Elementwise sum.", accept: numbers,
			dx: keepTangent, dy: keepTangent, both: Add, transpose: transposeAdd(same, same)},
		{op: addAnyOp, hlo: "stablehlo.add", doc: "Sum of tangents or cotangents.", accept: numbers,
			dx: keepTangent, dy: keepTangent, transpose: transposeAdd(same, same)},
		{op: subOp, hlo: "stablehlo.subtract", doc: "Elementwise difference.", accept: numbers,
			dx: keepTangent, dy: func(x, y, z, d Value) Value { return broadcastTangent(Neg(d), z.Aval()) }, both: Sub, transpose: transposeAdd(same, Neg)},
		{op: mulhiOp, lower: lowerMulhi, doc: "Upper half of the product of integers.", accept: ints},
		{op: divOp, hlo: "stablehlo.divide", doc: "Elementwise quotient.", accept: numbers,
			dx: func(x, y, z, d Value) Value { return Div(d, y) },
			dy: func(x, y, z, d Value) Value { return Mul(Mul(Neg(d), x), IntegerPow(y, -2)) },
			transpose: func(ct Value, in []Value) []Value {
				if core.IsUndef(in[1]) {
					core.Errorf(core.RuntimeError, "nonlinear div can't be transposed")
				}
				return []Value{unbroadcast(Div(ct, in[1]), in[0].Aval()), nil}
			}},
		{op: remOp, hlo: "stablehlo.remainder", doc: "Elementwise remainder, with the sign of the dividend.", accept: reals,
			dx: keepTangent,
			dy: func(x, y, z, d Value) Value { return Mul(Neg(d), Mul(Sign(Div(x, y)), Floor(Abs(Div(x, y))))) }},
		{op: atan2Op, hlo: "stablehlo.atan2", doc: "Elementwise angle of the point (y, x).", accept: inexacts,
			dx: func(x, y, z, d Value) Value { return Mul(d, Div(y, Add(Square(x), Square(y)))) },
			dy: func(x, y, z, d Value) Value { return Mul(d, Div(Neg(x), Add(Square(x), Square(y)))) }},
		{op: nextafterOp, hlo: "chlo.next_after", doc: "Next representable number in the direction of the second operand.", accept: floats, noRule: true},
	} {
		binary(r)
		export2(r.op)
	}

	mulOp.Define(core.Rules[mulParams]{
		Doc: "Elementwise product.",
		Abstract: func(p mulParams, in []*core.Aval) []*core.Aval {
			if p.OutDtype == dtype.Invalid {
				return []*core.Aval{naryAval("mul", numbers, nil, in)}
			}
			shape := broadcastShape("mul", in)
			numbers.check("mul", in)
			return []*core.Aval{core.MakeAval(p.OutDtype, shape, in[0].Weak && in[1].Weak)}
		},
		JVP: func(_ core.JVPCtx, p mulParams, x, t []Value) ([]Value, []Value) {
			z := mulOp.Bind1(p, x...)
			var dz Value
			if t[0] != nil {
				dz = mulOp.Bind1(p, t[0], x[1])
			}
			if t[1] != nil {
				if d := mulOp.Bind1(p, x[0], t[1]); dz == nil {
					dz = d
				} else {
					dz = AddAny(dz, d)
				}
			}
			return []Value{z}, []Value{dz}
		},
		Transpose: func(_ core.TransposeCtx, p mulParams, ct, in []Value) []Value {
			as := func(v Value) mulParams {
				if p.OutDtype == dtype.Invalid {
					return p
				}
				return mulParams{v.Aval().DType}
			}
			out := make([]Value, 2)
			if core.IsUndef(in[0]) {
				out[0] = unbroadcast(mulOp.Bind1(as(in[0]), ct[0], in[1]), in[0].Aval())
			} else {
				out[1] = unbroadcast(mulOp.Bind1(as(in[1]), in[0], ct[0]), in[1].Aval())
			}
			return out
		},
		Batch: batchBroadcasting(mulOp),
		Lower: func(c core.LowerCtx, p mulParams, in []stablehlo.Value) []stablehlo.Value {
			out := c.Out()[0]
			in = broadcastOperands(c, in, out.Shape)
			if p.OutDtype != dtype.Invalid {
				in = []stablehlo.Value{c.B().Pretty("stablehlo.convert", "", out.HLO(), in[0]), c.B().Pretty("stablehlo.convert", "", out.HLO(), in[1])}
			}
			return []stablehlo.Value{elementwise(c, "stablehlo.multiply", out, in...)}
		},
		Samples: []core.Sample[mulParams]{
			{In: []*core.Aval{core.NewAval(dtype.Float32, 2, 3), core.NewAval(dtype.Float32, 2, 3)}},
			{In: []*core.Aval{core.NewAval(dtype.Complex64), core.NewAval(dtype.Complex64, 2, 3)}},
			{Params: mulParams{dtype.Float32}, In: []*core.Aval{core.NewAval(dtype.BFloat16, 2, 3), core.NewAval(dtype.BFloat16, 2, 3)}},
		},
	})
	core.Export1("lax.mul", "xxs", func(a *core.Args) Value { return mulOp.Bind1(mulParams{a.DType(2)}, a.X(0), a.X(1)) })

	powOp.Define(core.Rules[none]{
		Doc: "Elementwise power.",
		Abstract: func(_ none, in []*core.Aval) []*core.Aval {
			shape := broadcastShape("pow", in)
			x, y := in[0], in[1]
			inexacts.checkAt("pow", 0, x)
			numbers.checkAt("pow", 1, y)
			if !y.DType.IsInteger() && x.DType != y.DType {
				core.Errorf(core.TypeError, "the first argument to pow must have an inexact dtype (float or complex), and the second argument must have an inexact or integer dtype, and two inexact dtypes must match, but got %s and %s respectively.", x.DType.Name(), y.DType.Name())
			}
			return []*core.Aval{core.MakeAval(x.DType, shape, x.Weak && y.Weak)}
		},
		JVP: func(_ core.JVPCtx, p none, in, t []Value) ([]Value, []Value) {
			z := powOp.Bind1(p, in...)
			var dz Value
			if t[0] != nil {
				dz = Mul(t[0], powDerivative(in[0], in[1]))
			}
			if t[1] != nil {
				d := ConvertElementType(Mul(t[1], Mul(Log(replaceZero(in[0])), z)), in[1].Aval().DType)
				if dz == nil {
					dz = d
				} else {
					dz = AddAny(dz, d)
				}
			}
			return []Value{z}, []Value{dz}
		},
		Batch: batchBroadcasting(powOp),
		Lower: func(c core.LowerCtx, _ none, in []stablehlo.Value) []stablehlo.Value {
			out := c.Out()[0]
			if c.In()[1].DType != out.DType {
				in = []stablehlo.Value{in[0], c.B().Pretty("stablehlo.convert", "", in[1].Type.WithElem(out.HLO().Elem), in[1])}
			}
			return []stablehlo.Value{elementwise(c, "stablehlo.power", out, broadcastOperands(c, in, out.Shape)...)}
		},
		Samples: []core.Sample[none]{
			{In: []*core.Aval{core.NewAval(dtype.Float32, 2, 3), core.NewAval(dtype.Float32, 2, 3)}},
			{In: []*core.Aval{core.NewAval(dtype.Float32, 2, 3), core.NewAval(dtype.Int32)}},
			{In: []*core.Aval{core.NewAval(dtype.Complex64, 2, 3), core.NewAval(dtype.Complex64, 2, 3)}},
		},
	})
	export2(powOp)

	unaryRow[integerPowParams]{op: integerPowOp, doc: "Elementwise power with a static integer exponent.", accept: numbers,
		check: func(p integerPowParams, x *core.Aval) {
			if p.Y < 0 && x.DType.IsInteger() {
				weak := ""
				if x.Weak {
					weak = "~"
				}
				core.Errorf(core.TypeError, "Integers cannot be raised to negative powers, got integer_pow(%s%s, %d)", weak, x.Name(), p.Y)
			}
		},
		d: func(p integerPowParams, x, _, dx Value) Value {
			switch p.Y {
			case 0:
				return FullLike(dx, 0)
			case 1:
				return dx
			case 2:
				return Mul(dx, Mul(konst(x, 2), x))
			}
			return Mul(dx, Mul(konst(x, float64(p.Y)), IntegerPow(x, p.Y-1)))
		},
		lower: func(c core.LowerCtx, p integerPowParams, x stablehlo.Value, out *core.Aval) stablehlo.Value {
			return powerBySquaring(c, x, p.Y, out)
		}}.define([]core.Sample[integerPowParams]{
		{Params: integerPowParams{3}, In: []*core.Aval{core.NewAval(dtype.Float32, 2, 3)}},
		{Params: integerPowParams{-2}, In: []*core.Aval{core.NewAval(dtype.Complex64, 2, 3)}},
		{Params: integerPowParams{5}, In: []*core.Aval{core.NewAval(dtype.Int32, 2, 3)}},
	})
	core.Export1("lax.integer_pow", "xs", func(a *core.Args) Value { return IntegerPow(a.X(0), a.Int(1)) })
	core.Export1("lax.reciprocal", "x", func(a *core.Args) Value { return Reciprocal(a.X(0)) })
}

func keepTangent(_, _, z, d Value) Value { return broadcastTangent(d, z.Aval()) }

// powDerivative is y * x^(y-1), which for an integer y of 0 must be 0 even where x is 0.
func powDerivative(x, y Value) Value {
	isInt := y.Aval().DType.IsInteger()
	d, _, err := dtype.ResultType([]dtype.Typed{x.Aval().Typed(), y.Aval().Typed()}, core.X64, dtype.Standard)
	if err != nil {
		core.Errorf(core.TypeError, "%s", err.Error())
	}
	x, y = ConvertElementType(x, d), ConvertElementType(y, d)
	if !isInt {
		return Mul(y, Pow(x, Sub(y, FullLike(y, 1))))
	}
	if a, b := x.Aval(), y.Aval(); !sameShape(a.Shape, b.Shape) {
		shape := broadcastShape("pow", []*core.Aval{a, b})
		x, y = broadcastTo(x, shape), broadcastTo(y, shape)
	}
	return Select(Eq(y, konst(y, 0)), FullLike(y, 0), Mul(replaceZero(y), Pow(x, Sub(y, FullLike(y, 1)))))
}

// powerBySquaring multiplies in JAX's order, so that roundings agree.
func powerBySquaring(c core.LowerCtx, x stablehlo.Value, n int, out *core.Aval) stablehlo.Value {
	mul := func(x, y stablehlo.Value) stablehlo.Value { return elementwise(c, "stablehlo.multiply", out, x, y) }
	switch n {
	case 0:
		return c.Const(1, out)
	case 3: // x*x*x where the loop below would write x*(x*x)
		return mul(mul(x, x), x)
	}
	var acc *stablehlo.Value
	for k := max(n, -n); ; x = mul(x, x) {
		if k&1 == 1 {
			if y := x; acc == nil {
				acc = &y
			} else {
				y = mul(*acc, x)
				acc = &y
			}
		}
		if k >>= 1; k == 0 {
			break
		}
	}
	if n > 0 {
		return *acc
	}
	return elementwise(c, "stablehlo.divide", out, c.Const(1, out), *acc)
}

// lowerMulhi multiplies in twice the width. The plugin's CHLO has no mulhi.
func lowerMulhi(c core.LowerCtx, x, y stablehlo.Value, out *core.Aval) stablehlo.Value {
	f := func(v []Value) []Value {
		d := out.DType
		bits := d.Bits()
		if bits == 64 {
			return []Value{mulhi64(v[0], v[1])}
		}
		wide := map[int]dtype.DType{2: dtype.Int8, 4: dtype.Int8, 8: dtype.Int16, 16: dtype.Int32, 32: dtype.Int64}[bits]
		shift := ShiftRightArithmetic
		if d.IsUnsigned() {
			wide = map[int]dtype.DType{2: dtype.Uint8, 4: dtype.Uint8, 8: dtype.Uint16, 16: dtype.Uint32, 32: dtype.Uint64}[bits]
			shift = ShiftRightLogical
		}
		z := Mul(ConvertElementType(v[0], wide), ConvertElementType(v[1], wide))
		return []Value{ConvertElementType(shift(z, konst(z, float64(bits))), d)}
	}
	return c.Fn(f, []stablehlo.Value{x, y}, []*core.Aval{out, out})[0]
}

// mulhi64 adds up the four products of 32-bit halves.
func mulhi64(x, y Value) Value {
	d := x.Aval().DType
	u, w := ConvertElementType(x, dtype.Uint64), ConvertElementType(y, dtype.Uint64)
	lo := func(v Value) Value { return And(v, core.NewIntLiteral(dtype.Uint64, 0xffffffff, false)) }
	hi := func(v Value) Value { return ShiftRightLogical(v, core.NewIntLiteral(dtype.Uint64, 32, false)) }
	lolo, lohi, hilo, hihi := Mul(lo(u), lo(w)), Mul(lo(u), hi(w)), Mul(hi(u), lo(w)), Mul(hi(u), hi(w))
	cross := Add(Add(lo(lohi), lo(hilo)), hi(lolo))
	z := ConvertElementType(Add(hihi, Add(hi(lohi), Add(hi(hilo), hi(cross)))), d)
	if d.IsSigned() { // -1 where the number is negative takes the other one away
		sign := func(v Value) Value { return ShiftRightArithmetic(v, konst(v, 63)) }
		z = Add(z, Add(Mul(sign(x), y), Mul(sign(y), x)))
	}
	return z
}

func toBool(dtype.DType) dtype.DType { return dtype.Bool }

// export1 and export2 export an op of one or two operands under its own name.
func export1(op core.Op[none]) { export1As(op, op.Name) }

func export1As(op core.Op[none], name string) {
	core.Export1("lax."+name, "x", func(a *core.Args) Value { return op.Bind1(none{}, a.X(0)) })
}

func export2(op core.Op[none]) { export2As(op, op.Name) }

func export2As(op core.Op[none], name string) {
	core.Export1("lax."+name, "xx", func(a *core.Args) Value { return op.Bind1(none{}, a.X(0), a.X(1)) })
}

// transposeUnary adds a transpose rule to an op that unary defined.
func transposeUnary(op core.Op[none], f func(ct Value) Value) {
	op.Rules().Transpose = func(_ core.TransposeCtx, _ any, ct, in []Value) []Value { return []Value{f(ct[0])} }
}
