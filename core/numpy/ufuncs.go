package numpy

import (
	"math"

	"github.com/jaxgo/jaxgo/core"
	"github.com/jaxgo/jaxgo/core/dtype"
	"github.com/jaxgo/jaxgo/core/lax"
)

type (
	unaryFunc  = func(x Value) Value
	binaryFunc = func(x, y Value) Value
)

// A row of the table makes the Go function and its export "jnp.NAME" of one or two operands. What a row is made with says
// how operands are promoted; see package-level functions below for the ops that need more than a promotion.

// export1 exports f under one or more names.
func export1(f unaryFunc, names ...string) unaryFunc {
	for _, n := range names {
		core.Export1("jnp."+n, "x", func(a *core.Args) Value { return f(a.X(0)) })
	}
	return f
}

func export2(f binaryFunc, names ...string) binaryFunc {
	for _, n := range names {
		core.Export1("jnp."+n, "xx", func(a *core.Args) Value { return f(a.X(0), a.X(1)) })
	}
	return f
}

// inexact1 is an op on floating and complex operands.
func inexact1(name string, op unaryFunc) unaryFunc {
	return export1(func(x Value) Value { return op(PromoteInexact1(name, x)) }, name)
}

// alike1 is an op on operands of any dtype, which it keeps.
func alike1(name string, op unaryFunc) unaryFunc {
	return export1(func(x Value) Value { return op(promote1(name, unchanged, x)) }, name)
}

func inexact2(name string, op binaryFunc) binaryFunc {
	return export2(func(x, y Value) Value { return op(PromoteInexact(name, x, y)) }, name)
}

func numeric2(name string, op binaryFunc) binaryFunc {
	return export2(func(x, y Value) Value { return op(PromoteNumeric(name, x, y)) }, name)
}

func alike2(name string, op binaryFunc) binaryFunc {
	return export2(func(x, y Value) Value { return op(PromoteArgs(name, x, y)) }, name)
}

// jitted1 is a function that JAX decorates with jit: a call in jaxprs.
func jitted1(name string, f unaryFunc) unaryFunc {
	core.Export1("jnp."+name, "x", func(a *core.Args) Value { return f(a.X(0)) }).Jit(name)
	return func(x Value) Value { return call1(name, f, x) }
}

func jitted2(name string, f binaryFunc) binaryFunc {
	core.Export1("jnp."+name, "xx", func(a *core.Args) Value { return f(a.X(0), a.X(1)) }).Jit(name)
	return func(x, y Value) Value { return call2(name, f, x, y) }
}

// Elementwise functions of one operand.
var (
	Negative = alike1("negative", lax.Neg)
	Positive = alike1("positive", func(x Value) Value { return x })
	Sign     = alike1("sign", lax.Sign)
	Absolute = export1(absolute, "absolute", "abs")
	Fabs     = export1(fabs, "fabs")
	Square   = export1(func(x Value) Value { return lax.Square(convertAll(DType.ToNumeric, []Value{x})[0]) }, "square")
	Sqrt     = inexact1("sqrt", lax.Sqrt)
	Cbrt     = inexact1("cbrt", lax.Cbrt)

	Exp   = inexact1("exp", lax.Exp)
	Exp2  = inexact1("exp2", lax.Exp2)
	Expm1 = inexact1("expm1", lax.Expm1)
	Log   = inexact1("log", lax.Log)
	Log1p = inexact1("log1p", lax.Log1p)
	Log2  = inexact1("log2", log2)
	Log10 = inexact1("log10", log10)

	Sin     = inexact1("sin", lax.Sin)
	Cos     = inexact1("cos", lax.Cos)
	Tan     = inexact1("tan", lax.Tan)
	Arcsin  = inexact1("arcsin", lax.Asin)
	Arccos  = inexact1("arccos", lax.Acos)
	Arctan  = inexact1("arctan", lax.Atan)
	Sinh    = inexact1("sinh", lax.Sinh)
	Cosh    = inexact1("cosh", lax.Cosh)
	Tanh    = inexact1("tanh", lax.Tanh)
	Arcsinh = inexact1("arcsinh", lax.Asinh)
	Arccosh = jitted1("arccosh", arccosh)
	Arctanh = inexact1("arctanh", lax.Atanh)

	Acos  = alike1("acos", Arccos)
	Asin  = alike1("asin", Arcsin)
	Atan  = alike1("atan", Arctan)
	Acosh = alike1("acosh", Arccosh)
	Asinh = alike1("asinh", Arcsinh)
	Atanh = alike1("atanh", Arctanh)

	Deg2rad = export1(scale("deg2rad", math.Pi/180), "deg2rad", "radians")
	Rad2deg = export1(scale("rad2deg", 180/math.Pi), "rad2deg", "degrees")

	Floor = export1(rounding("floor", lax.Floor), "floor")
	Ceil  = export1(rounding("ceil", lax.Ceil), "ceil")
	Trunc = jitted1("trunc", trunc)
	Rint  = jitted1("rint", rint)

	Reciprocal = export1(func(x Value) Value { return lax.IntegerPow(PromoteDTypesInexact(x)[0], -1) }, "reciprocal")
	Spacing    = inexact1("spacing", spacing)
	Signbit    = jitted1("signbit", signbit)
	Sinc       = jitted1("sinc", sinc)
	I0         = jitted1("i0", i0)

	Isfinite = export1(isfinite, "isfinite")
	Isinf    = jitted1("isinf", isinf)
	Isnan    = export1(isnan, "isnan")
	Isposinf = export1(func(x Value) Value { return isSignedInf(x, math.Inf(1)) }, "isposinf")
	Isneginf = export1(func(x Value) Value { return isSignedInf(x, math.Inf(-1)) }, "isneginf")

	Conjugate = export1(conjugate, "conjugate", "conj")
	Real      = export1(realPart, "real")
	Imag      = export1(imagPart, "imag")
	Iscomplex = jitted1("iscomplex", func(x Value) Value { i := Imag(x); return lax.Ne(i, constLike(i, 0)) })
	Isreal    = jitted1("isreal", func(x Value) Value { i := Imag(x); return lax.Eq(i, constLike(i, 0)) })

	LogicalNot    = alike1("logical_not", func(x Value) Value { return lax.Not(toBool(x)) })
	Invert        = alike1("invert", lax.Not)
	BitwiseNot    = alike1("bitwise_not", lax.Not)
	BitwiseInvert = alike1("bitwise_invert", lax.Not)
	BitwiseCount  = jitted1("bitwise_count", func(x Value) Value {
		return AsType(lax.PopulationCount(Absolute(PromoteNumeric1("bitwise_count", x))), dtype.Uint8)
	})
)

// Elementwise functions of two operands, with broadcasting and promotion.
var (
	Add        = alike2("add", add)
	Subtract   = alike2("subtract", lax.Sub)
	Multiply   = alike2("multiply", multiply)
	TrueDivide = export2(divide, "true_divide", "divide")
	FloatPower = inexact2("float_power", lax.Pow)

	FloorDivide = jitted2("floor_divide", floorDivide)
	Remainder   = jitted2("remainder", remainder)
	Fmod        = jitted2("fmod", fmod)

	Arctan2    = inexact2("arctan2", lax.Atan2)
	Atan2      = alike2("atan2", Arctan2)
	Hypot      = jitted2("hypot", hypot)
	Logaddexp  = inexact2("logaddexp", logaddexp)
	Logaddexp2 = inexact2("logaddexp2", logaddexp2)
	Maximum    = alike2("maximum", lax.Max)
	Minimum    = alike2("minimum", lax.Min)
	Fmax       = jitted2("fmax", func(x, y Value) Value { return Where(BitwiseOr(Greater(x, y), Isnan(y)), x, y) })
	Fmin       = jitted2("fmin", func(x, y Value) Value { return Where(BitwiseOr(Less(x, y), Isnan(y)), x, y) })
	Heaviside  = jitted2("heaviside", heaviside)
	Copysign   = jitted2("copysign", copysign)
	Nextafter  = inexact2("nextafter", lax.Nextafter)
	Ldexp      = jitted2("ldexp", ldexp)
	Gcd        = jitted2("gcd", gcd)
	Lcm        = jitted2("lcm", lcm)

	Equal        = alike2("equal", lax.Eq)
	NotEqual     = alike2("not_equal", lax.Ne)
	Greater      = alike2("greater", comparison(lax.Gt))
	GreaterEqual = alike2("greater_equal", comparison(lax.Ge))
	Less         = alike2("less", comparison(lax.Lt))
	LessEqual    = alike2("less_equal", comparison(lax.Le))

	LogicalAnd = alike2("logical_and", func(x, y Value) Value { return lax.And(toBool(x), toBool(y)) })
	LogicalOr  = alike2("logical_or", func(x, y Value) Value { return lax.Or(toBool(x), toBool(y)) })
	LogicalXor = alike2("logical_xor", func(x, y Value) Value { return lax.Xor(toBool(x), toBool(y)) })
	BitwiseAnd = alike2("bitwise_and", lax.And)
	BitwiseOr  = alike2("bitwise_or", lax.Or)
	BitwiseXor = alike2("bitwise_xor", lax.Xor)

	LeftShift         = numeric2("left_shift", lax.ShiftLeft)
	BitwiseLeftShift  = numeric2("bitwise_left_shift", lax.ShiftLeft)
	RightShift        = export2(rightShift, "right_shift", "bitwise_right_shift")
	BitwiseRightShift = RightShift
)

func init() {
	core.Export("jnp.divmod", "xx", pair2(divmod)).Jit("divmod")
	core.Export("jnp.modf", "x", pair1(modf)).Jit("modf")
	core.Export("jnp.frexp", "x", pair1(frexp)).Jit("frexp")
	core.Export1("jnp.mod", "xx", func(a *core.Args) Value { return remainder(a.X(0), a.X(1)) }).Jit("remainder")
	// An exponent that is a Python int decides what is computed, so these are not compiled as a unit as they stand.
	for _, name := range []string{"power", "pow"} {
		core.Export1("jnp."+name, "xn", powerArgs)
	}
	// angle takes z and deg.
	core.Export1("jnp.angle", "xs", func(a *core.Args) Value { return angle(a.X(0), a.Bool(1)) }).Jit("angle")
	for _, name := range []string{"round", "around"} { // a, decimals
		core.Export1("jnp."+name, "xs", func(a *core.Args) Value {
			if a.Fn.Name == "jnp.around" {
				return Round(a.X(0), a.Int(1))
			}
			return round(a.X(0), a.Int(1))
		}).Jit(name)
	}
	// clip takes arr, min, max; None: no bound.
	core.Export1("jnp.clip", "xoo", func(a *core.Args) Value { return clip(a.X(0), a.Opt(1), a.Opt(2)) }).Jit("clip")
	// where takes condition, x, y.
	core.Export1("jnp.where", "xxx", func(a *core.Args) Value { return where(a.X(0), a.X(1), a.X(2)) }).Jit("_where")
	// select takes condlist, choicelist, default.
	core.Export1("jnp.select", "XXx", func(a *core.Args) Value { return Select(a.Xs(0), a.Xs(1), a.X(2)) })
	// nan_to_num takes x, nan, posinf, neginf; None: the default.
	core.Export1("jnp.nan_to_num", "xooo", func(a *core.Args) Value {
		return nanToNum(a.X(0), a.Opt(1), a.Opt(2), a.Opt(3))
	}).Jit("nan_to_num")
	// isclose and allclose take a, b, rtol, atol, equal_nan; rtol and atol are None where the caller gave none.
	core.Export1("jnp.isclose", "xxoos", func(a *core.Args) Value {
		return isclose(a.X(0), a.X(1), a.Opt(2), a.Opt(3), a.Bool(4))
	}).Jit("isclose")
	core.Export1("jnp.allclose", "xxoos", func(a *core.Args) Value {
		return allclose(a.X(0), a.X(1), a.Opt(2), a.Opt(3), a.Bool(4))
	}).Jit("allclose")
	// array_equal takes a1, a2, equal_nan.
	core.Export1("jnp.array_equal", "xxs", func(a *core.Args) Value { return ArrayEqual(a.X(0), a.X(1), a.Bool(2)) })
	core.Export1("jnp.array_equiv", "xx", func(a *core.Args) Value { return ArrayEquiv(a.X(0), a.X(1)) })
}

func pair1(f func(x Value) (Value, Value)) func(a *core.Args) []Value {
	return func(a *core.Args) []Value { p, q := f(a.X(0)); return []Value{p, q} }
}

func pair2(f func(x, y Value) (Value, Value)) func(a *core.Args) []Value {
	return func(a *core.Args) []Value { p, q := f(a.X(0), a.X(1)); return []Value{p, q} }
}

func add(x, y Value) Value {
	if x.Aval().DType.IsBool() {
		return lax.Or(x, y)
	}
	return lax.Add(x, y)
}

func multiply(x, y Value) Value {
	if x.Aval().DType.IsBool() {
		return lax.And(x, y)
	}
	return lax.Mul(x, y)
}

func divide(x, y Value) Value { return lax.Div(PromoteInexact("true_divide", x, y)) }

// Divide is TrueDivide.
func Divide(x, y Value) Value { return TrueDivide(x, y) }

// Mod is Remainder.
func Mod(x, y Value) Value { return Remainder(x, y) }

// comparison orders complex numbers by their real, then by their imaginary parts.
func comparison(op binaryFunc) binaryFunc {
	return func(x, y Value) Value {
		if !x.Aval().DType.IsComplex() {
			return op(x, y)
		}
		same := lax.Eq(Real(x), Real(y))
		return lax.Select(same, op(Imag(x), Imag(y)), op(Real(x), Real(y)))
	}
}

func toBool(x Value) Value {
	if x.Aval().DType.IsBool() {
		return x
	}
	return lax.Ne(x, constLike(x, 0))
}

func rightShift(x, y Value) Value {
	x, y = PromoteNumeric("right_shift", x, y)
	if x.Aval().DType.IsUnsigned() {
		return lax.ShiftRightLogical(x, y)
	}
	return lax.ShiftRightArithmetic(x, y)
}

func absolute(x Value) Value {
	if d := x.Aval().DType; d.IsBool() || d.IsUnsigned() {
		return x
	}
	return lax.Abs(x)
}

func fabs(x Value) Value {
	if x.Aval().DType.IsComplex() {
		core.Errorf(core.TypeError, "ufunc 'fabs' does not support complex dtypes")
	}
	return lax.Abs(PromoteInexact1("fabs", x))
}

// rounding is an op that leaves integers and booleans alone.
func rounding(name string, op unaryFunc) unaryFunc {
	return func(x Value) Value {
		if d := x.Aval().DType; d.IsInteger() || d.IsBool() {
			return x
		}
		return op(PromoteInexact1(name, x))
	}
}

func scale(name string, factor float64) unaryFunc {
	return func(x Value) Value {
		x = PromoteDTypesInexact(x)[0]
		return lax.Mul(x, constLike(x, factor))
	}
}

func log2(x Value) Value {
	r := lax.Log(x)
	if x.Aval().DType.IsComplex() {
		re, im := lax.Real(r), lax.Imag(r)
		ln2 := lax.Log(scalarLike(re, 2))
		return lax.Complex(lax.Div(re, ln2), lax.Div(im, ln2))
	}
	return lax.Div(r, lax.Log(scalarLike(x, 2)))
}

func log10(x Value) Value {
	r := lax.Log(x)
	k := literal(x.Aval().DType.Real(), 0.4342944819032518)
	if x.Aval().DType.IsComplex() {
		re, im := lax.Real(r), lax.Imag(r)
		return lax.Complex(lax.Mul(re, k), lax.Mul(im, k))
	}
	return lax.Mul(r, k)
}

func arccosh(x Value) Value {
	y := lax.Acosh(PromoteInexact1("arccosh", x))
	if y.Aval().DType.IsComplex() { // the branch cut is NumPy's: results lie in the right half-plane
		y = Where(Less(Real(y), integer(0)), lax.Neg(y), y)
	}
	return y
}

func conjugate(x Value) Value {
	if x.Aval().DType.IsComplex() {
		return lax.Conj(x)
	}
	return x
}

func realPart(x Value) Value {
	if x.Aval().DType.IsComplex() {
		return lax.Real(x)
	}
	return x
}

func imagPart(x Value) Value {
	if x.Aval().DType.IsComplex() {
		return lax.Imag(x)
	}
	return fullLike(x, 0)
}

// scalarLike is a strongly typed constant of x's dtype.
func scalarLike(x Value, f float64) Value { return literal(x.Aval().DType, f) }

// fullLike is an array of x's aval that is filled with f.
func fullLike(x Value, f float64) Value {
	a := x.Aval()
	return fill(a.Shape, core.NewLiteral(a.DType, complex(f, 0), a.Weak))
}

// fullBool is a boolean array of x's shape.
func fullBool(x Value, b bool) Value {
	v := int64(0)
	if b {
		v = 1
	}
	return fill(x.Aval().Shape, core.NewIntLiteral(dtype.Bool, v, false))
}

func isfinite(x Value) Value {
	switch d := x.Aval().DType; {
	case d.IsFloating():
		return lax.IsFinite(x)
	case d.IsComplex():
		return lax.And(lax.IsFinite(Real(x)), lax.IsFinite(Imag(x)))
	}
	return fullBool(x, true)
}

func isinf(x Value) Value {
	inf := func(x Value) Value { return lax.Eq(lax.Abs(x), scalarLike(x, math.Inf(1))) }
	switch d := x.Aval().DType; {
	case d.IsFloating():
		return inf(x)
	case d.IsComplex():
		re, im := lax.Real(x), lax.Imag(x)
		return lax.Or(inf(re), inf(im))
	}
	return fullBool(x, false)
}

func isnan(x Value) Value { return lax.Ne(x, x) }

func isSignedInf(x Value, inf float64) Value {
	switch d := x.Aval().DType; {
	case d.IsFloating():
		return lax.Eq(x, scalarLike(x, inf))
	case d.IsComplex():
		core.Errorf(core.ValueError, "isposinf/isneginf are not well defined for complex types")
	}
	return fullBool(x, false)
}

// Where takes x where the condition holds and y elsewhere.
func Where(condition, x, y Value) Value {
	return Call("_where", "", func(in []Value) []Value { return []Value{where(in[0], in[1], in[2])} }, condition, x, y)[0]
}

func where(condition, x, y Value) Value {
	if !condition.Aval().DType.IsBool() {
		condition = lax.Ne(condition, constLike(condition, 0))
	}
	x, y = promoteDTypes2(x, y)
	if condition.Aval().Ndim() == 0 { // select takes scalar conditions
		x, y = broadcast2(x, y)
	} else {
		out := BroadcastArrays(condition, x, y)
		condition, x, y = out[0], out[1], out[2]
	}
	if x.Aval().Size() == 0 {
		return x
	}
	return lax.Select(condition, x, y)
}

func broadcast2(x, y Value) (Value, Value) {
	if sameShape(x.Aval().Shape, y.Aval().Shape) {
		return x, y
	}
	out := BroadcastArrays(x, y)
	return out[0], out[1]
}

// Select takes from the choice of the first condition that holds, and the default where none does.
func Select(conditions, choices []Value, otherwise Value) Value {
	if len(conditions) != len(choices) {
		core.Errorf(core.ValueError, "condlist must have length equal to choicelist (%d vs %d)", len(conditions), len(choices))
	}
	if len(conditions) == 0 {
		core.Errorf(core.ValueError, "condlist must be non-empty")
	}
	// The first place is a condition that never holds; argmax finds the first that does, or this one.
	cases := PromoteDTypes(append([]Value{otherwise}, choices...)...)
	never := Value(core.NewIntLiteral(dtype.Bool, 0, false))
	conditions = BroadcastArrays(append([]Value{never}, conditions...)...)
	if d := latticeOf(conditions); d != dtype.Bool {
		conditions = PromoteDTypes(conditions...)
	}
	which := lax.Argmax(AsType(lax.Stack(conditions, 0), dtype.Bool), 0, defaultInt())
	all := BroadcastArrays(append([]Value{which}, cases...)...)
	return lax.SelectN(all[0], all[1:]...)
}

func latticeOf(xs []Value) DType { d, _ := latticeN(xs); return d }

// Clip limits x to the interval from lo to hi; either may be nil.
func Clip(x, lo, hi Value) Value {
	return CallOptional("clip", "", func(in []Value) []Value { return []Value{clip(in[0], in[1], in[2])} }, x, lo, hi)[0]
}

func clip(x, lo, hi Value) Value {
	for _, v := range []Value{x, lo, hi} {
		if v != nil && v.Aval().DType.IsComplex() {
			core.Errorf(core.ValueError, "Clip received a complex value either through the input or the min/max keywords. Complex values have no ordering and cannot be clipped. Please convert to a real value or array by taking the real or imaginary components via jax.numpy.real/imag respectively.")
		}
	}
	if lo != nil {
		x = Maximum(lo, x)
	}
	if hi != nil {
		x = Minimum(hi, x)
	}
	return x
}

// NanToNum replaces NaN and infinities; nil arguments are the defaults 0, and the greatest and least finite values.
func NanToNum(x, nan, posinf, neginf Value) Value {
	return CallOptional("nan_to_num", "", func(in []Value) []Value {
		return []Value{nanToNum(in[0], in[1], in[2], in[3])}
	}, x, nan, posinf, neginf)[0]
}

func nanToNum(x, nan, posinf, neginf Value) Value {
	d := x.Aval().DType
	if !d.IsInexact() {
		return x
	}
	if d.IsComplex() {
		if nan == nil { // JAX passes its default on
			nan = number(0)
		}
		return lax.Complex(NanToNum(lax.Real(x), nan, posinf, neginf), NanToNum(lax.Imag(x), nan, posinf, neginf))
	}
	return finite(x, nan, posinf, neginf)
}

func finite(x, nan, posinf, neginf Value) Value {
	d := x.Aval().DType
	info := dtype.Limits(d)
	or := func(v Value, f float64) Value {
		if v == nil {
			return literal(d, f)
		}
		return AsType(v, d)
	}
	x = Where(Isnan(x), or(nan, 0), x)
	x = Where(Isposinf(x), or(posinf, info.Max), x)
	return Where(Isneginf(x), or(neginf, info.Min), x)
}

// Isclose reports where a and b are equal within rtol·|b| + atol; nil tolerances are 1e-5 and 1e-8.
func Isclose(a, b, rtol, atol Value, equalNaN bool) Value {
	key := ""
	if equalNaN {
		key = "nan"
	}
	return CallOptional("isclose", key, func(in []Value) []Value {
		return []Value{isclose(in[0], in[1], in[2], in[3], equalNaN)}
	}, a, b, rtol, atol)[0]
}

func isclose(a, b, rtol, atol Value, equalNaN bool) Value {
	a, b = PromoteArgs("isclose", a, b)
	if a.Aval().DType.IsKey() {
		return lax.Eq(a, b)
	}
	a, b = PromoteInexact("isclose", a, b)
	d := a.Aval().DType.Real()
	if rtol == nil {
		rtol = number(1e-5)
	}
	if atol == nil {
		atol = number(1e-8)
	}
	rtol, atol = Convert(rtol, d, false), Convert(atol, d, false)
	bothNaN, isFinite := LogicalAnd(Isnan(a), Isnan(b)), Isfinite(b)
	near := lax.Le(lax.Abs(lax.Sub(a, b)), lax.Add(atol, lax.Mul(rtol, lax.Abs(b))))
	close := LogicalOr(lax.Eq(a, b), LogicalAnd(isFinite, near))
	if equalNaN {
		return LogicalOr(close, bothNaN)
	}
	return close
}

func allclose(a, b, rtol, atol Value, equalNaN bool) Value {
	if rtol == nil {
		rtol = number(1e-5)
	}
	if atol == nil {
		atol = number(1e-8)
	}
	return All(Isclose(a, b, rtol, atol, equalNaN), Reduction{})
}

// ArrayEqual reports whether two arrays have the same shape and elements.
func ArrayEqual(a, b Value, equalNaN bool) Value {
	if !sameShape(a.Aval().Shape, b.Aval().Shape) {
		return core.NewIntLiteral(dtype.Bool, 0, false)
	}
	eq := Equal(a, b)
	if equalNaN {
		eq = LogicalOr(eq, LogicalAnd(Isnan(a), Isnan(b)))
	}
	return All(eq, Reduction{})
}

// ArrayEquiv reports whether two arrays broadcast to equal ones.
func ArrayEquiv(a, b Value) Value {
	if core.Try(func() { BroadcastShapes(a.Aval().Shape, b.Aval().Shape) }) != nil && a.Aval().Ndim() != b.Aval().Ndim() {
		return core.NewIntLiteral(dtype.Bool, 0, false)
	}
	return All(Equal(a, b), Reduction{})
}
