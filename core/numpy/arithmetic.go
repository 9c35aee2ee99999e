package numpy

import (
	"math"
	"strconv"

	"github.com/jaxgo/jaxgo/core"
	"github.com/jaxgo/jaxgo/core/dtype"
	"github.com/jaxgo/jaxgo/core/lax"
)

// The ufuncs that take more than one operation: division with remainder, powers, rounding, and the parts of floats.

func floorDivide(x, y Value) Value {
	x, y = PromoteNumeric("floor_divide", x, y)
	switch d := x.Aval().DType; {
	case d.IsUnsigned():
		return lax.Div(x, y)
	case d.IsInteger():
		q := lax.Div(x, y)
		down := LogicalAnd(NotEqual(lax.Sign(x), lax.Sign(y)), NotEqual(lax.Rem(x, y), integer(0)))
		return Where(down, Subtract(q, integer(1)), q)
	case d.IsComplex():
		core.Errorf(core.TypeError, "floor_divide does not support complex-valued inputs")
	}
	q, _ := floatDivmod(x, y)
	return q
}

func divmod(x, y Value) (Value, Value) {
	x, y = PromoteNumeric("divmod", x, y)
	if x.Aval().DType.IsInteger() {
		return FloorDivide(x, y), Remainder(x, y)
	}
	return floatDivmod(x, y)
}

// Divmod is the floor of x/y and what remains.
func Divmod(x, y Value) (Value, Value) {
	out := call("divmod", func(in []Value) []Value { q, r := divmod(in[0], in[1]); return []Value{q, r} }, x, y)
	return out[0], out[1]
}

func floatDivmod(x, y Value) (Value, Value) {
	mod := lax.Rem(x, y)
	// Subtracting NaN, the remainder by 0, would hide the infinite quotient.
	whole := Where(Equal(y, integer(0)), x, lax.Sub(x, mod))
	div := lax.Div(whole, y)
	down := lax.And(NotEqual(mod, integer(0)), NotEqual(lax.Sign(y), lax.Sign(mod)))
	mod = lax.Select(down, Add(mod, y), mod)
	div = lax.Select(down, Subtract(div, number(1)), div)
	return lax.Round(div, lax.AwayFromZero), mod
}

func remainder(x, y Value) Value {
	x, y = PromoteNumeric("remainder", x, y)
	zero := scalarLike(x, 0)
	if y.Aval().DType.IsInteger() {
		y = Where(Equal(y, integer(0)), fullLike(y, 1), y)
	}
	mod := lax.Rem(x, y)
	some := lax.Ne(mod, zero)
	up := lax.And(lax.Ne(lax.Lt(mod, zero), lax.Lt(y, zero)), some)
	return lax.Select(up, lax.Add(mod, y), mod)
}

func fmod(x, y Value) Value {
	if ResultType(x, y).IsInteger() {
		y = Where(Equal(y, integer(0)), fullLike(y, 1), y)
	}
	return lax.Rem(PromoteNumeric("fmod", x, y))
}

// powerArgs is jnp.power, whose exponent may be a Python int.
func powerArgs(a *core.Args) Value {
	x := a.X(0)
	switch e := &a.List[1]; {
	case e.Kind == core.ArgInt, e.Kind == core.ArgBool && e.D == dtype.Invalid:
		checkFloat0("power", x.Aval())
		return IntegerPower(x, int(e.I))
	}
	return Power(x, a.X(1))
}

// IntegerPower is x to a power known while tracing.
func IntegerPower(x Value, n int) Value {
	return lax.IntegerPow(PromoteDTypesNumeric(x)[0], n)
}

// Power is x to the power y.
func Power(x, y Value) Value {
	checkFloat0("power", x.Aval())
	checkFloat0("power", y.Aval())
	return fused("_power", "", func(in []Value) []Value { return []Value{power(in[0], in[1])} }, x, y)[0]
}

func power(x, y Value) Value {
	x, y = PromoteShapes("power", x, y)
	px, py := PromoteNumeric("power", x, y)
	if px.Aval().DType.IsInteger() {
		return powerOfInts(px, py)
	}
	if x.Aval().DType.IsInexact() && y.Aval().DType.IsInteger() {
		return lax.Pow(x, y)
	}
	return lax.Pow(px, py)
}

// powerOfInts multiplies by squaring; 6 bits hold every exponent that does not overflow 64 bits.
func powerOfInts(x, y Value) Value {
	zero, one := scalarLike(y, 0), scalarLike(y, 1)
	acc := Where(lax.And(lax.Eq(x, zero), lax.Ne(y, zero)), zero, one)
	for range 6 {
		acc = Where(lax.And(y, one), lax.Mul(acc, x), acc)
		x = lax.Mul(x, x)
		y = lax.ShiftRightLogical(y, one)
	}
	return acc
}

func trunc(x Value) Value {
	if d := x.Aval().DType; d.IsInteger() || d.IsBool() {
		return x
	}
	return Where(lax.Lt(x, constLike(x, 0)), rounding("ceil", lax.Ceil)(x), rounding("floor", lax.Floor)(x))
}

func rint(x Value) Value {
	switch d := x.Aval().DType; {
	case d.IsBool() || d.IsInteger():
		return Convert(x, defaultFloat(), false)
	case d.IsComplex():
		even := func(x Value) Value { return lax.Round(x, lax.ToNearestEven) }
		return lax.Complex(call1("rint", even, lax.Real(x)), call1("rint", even, lax.Imag(x)))
	}
	return lax.Round(x, lax.ToNearestEven)
}

// Round rounds to the given number of decimals, halves to even.
func Round(x Value, decimals int) Value {
	return Call("round", strconv.Itoa(decimals), func(in []Value) []Value { return []Value{round(in[0], decimals)} }, x)[0]
}

func round(x Value, decimals int) Value {
	d := x.Aval().DType
	if d.IsInteger() {
		if decimals < 0 {
			core.Errorf(core.NotImplementedError, "integer np.round not implemented for decimals < 0")
		}
		return x
	}
	part := func(x Value) Value {
		if decimals == 0 {
			return lax.Round(x, lax.ToNearestEven)
		}
		if d == dtype.Float16 {
			x = Convert(x, dtype.Float32, false)
		}
		factor := constLike(x, math.Pow10(decimals))
		y := lax.Div(lax.Round(lax.Mul(x, factor), lax.ToNearestEven), factor)
		if d == dtype.Float16 {
			return Convert(y, d, false)
		}
		return y
	}
	switch {
	case d.IsInexact() && float64(decimals) > math.Log10(dtype.Limits(d).Max):
		return x
	case d.IsComplex():
		return lax.Complex(part(lax.Real(x)), part(lax.Imag(x)))
	}
	return part(x)
}

func angle(z Value, deg bool) Value {
	re, im := Real(z), Imag(z)
	a := z.Aval()
	if !re.Aval().DType.IsInexact() || a.DType.IsFloating() && a.Ndim() == 0 {
		re, im = Convert(re, defaultFloat(), false), Convert(im, defaultFloat(), false)
	}
	y := lax.Atan2(im, re)
	if deg {
		return Rad2deg(y)
	}
	return y
}

func hypot(x, y Value) Value {
	x, y = PromoteInexact("hypot", x, y)
	if x.Aval().DType.IsComplex() {
		core.Errorf(core.ValueError, "jnp.hypot is not well defined for complex-valued inputs. Please convert to real values first, such as by using abs(x)")
	}
	x, y = lax.Abs(x), lax.Abs(y)
	inf := lax.Or(Isposinf(x), Isposinf(y))
	x, y = Maximum(x, y), Minimum(x, y)
	is0, div0 := Equal(x, integer(0)), Equal(x, integer(0))
	ratio := lax.Div(y, Where(div0, fullLike(x, 1), x))
	h := Where(is0, x, Multiply(x, lax.Sqrt(Add(integer(1), lax.Square(ratio)))))
	return Where(inf, constLike(h, math.Inf(1)), h)
}

func heaviside(x, y Value) Value {
	both := PromoteDTypesInexact(x, y)
	x, y = both[0], both[1]
	zero, one := constLike(x, 0), constLike(x, 1)
	return Where(lax.Lt(x, zero), zero, Where(lax.Gt(x, zero), one, Where(isnan(x), x, y)))
}

func copysign(x, y Value) Value {
	x, y = PromoteInexact("copysign", x, y)
	if x.Aval().DType.IsComplex() {
		core.Errorf(core.TypeError, "copysign does not support complex-valued inputs")
	}
	return Where(Signbit(y), lax.Neg(lax.Abs(x)), lax.Abs(x))
}

// bitsOf is the signed integer type that the bits of a float are read as.
func bitsOf(d DType) (DType, bool) {
	switch d.Bits() {
	case 16:
		return dtype.Int16, true
	case 32:
		return dtype.Int32, true
	case 64:
		return dtype.Int64, true
	}
	return dtype.Invalid, false
}

func signbit(x Value) Value {
	d := x.Aval().DType
	switch {
	case d.IsInteger():
		return lax.Lt(x, scalarLike(x, 0))
	case d.IsBool():
		return fullBool(x, false)
	case !d.IsFloating():
		core.Errorf(core.ValueError, "jax.numpy.signbit is not well defined for %s", d.Name())
	}
	info := dtype.Limits(d)
	bits, ok := bitsOf(d)
	if !ok {
		core.Errorf(core.NotImplementedError, "jax.numpy.signbit only supports 16, 32, and 64-bit types.")
	}
	return Convert(RightShift(lax.BitcastConvertType(x, bits), integer(info.Nexp+info.Nmant)), dtype.Bool, false)
}

func spacing(x Value) Value {
	d := x.Aval().DType
	if d.IsComplex() {
		core.Errorf(core.ValueError, "jnp.spacing is not defined for complex inputs.")
	}
	inf := constLike(x, math.Inf(1))
	if d == dtype.Float16 { // NumPy's float16 spacing is that towards infinity
		return Subtract(lax.Nextafter(x, inf), x)
	}
	y := Subtract(lax.Nextafter(x, Copysign(inf, x)), x)
	least := literal(d, dtype.Limits(d).SmallestSubnormal)
	return Where(Equal(y, integer(0)), Copysign(least, x), y)
}

func modf(x Value) (Value, Value) {
	x = PromoteDTypesInexact(x)[0]
	whole := Where(lax.Ge(x, constLike(x, 0)), Floor(x), Ceil(x))
	return Subtract(x, whole), whole
}

// Modf splits x into its fractional and its whole part.
func Modf(x Value) (Value, Value) {
	out := call("modf", func(in []Value) []Value { f, w := modf(in[0]); return []Value{f, w} }, x)
	return out[0], out[1]
}

// Frexp splits x into a mantissa of magnitude 0.5 to 1 and the exponent of a power of two.
func Frexp(x Value) (Value, Value) {
	out := call("frexp", func(in []Value) []Value { m, e := frexp(in[0]); return []Value{m, e} }, x)
	return out[0], out[1]
}

func frexp(x Value) (Value, Value) {
	x = PromoteDTypesInexact(x)[0]
	if x.Aval().DType.IsComplex() {
		core.Errorf(core.TypeError, "frexp does not support complex-valued inputs")
	}
	out := frexpRule(x)
	return out[0], out[1]
}

// frexpBits takes mantissa and exponent apart where they stand in the bits.
func frexpBits(x Value) []Value {
	d := x.Aval().DType
	if !d.IsFloating() { // the integers without a float to promote to
		core.Errorf(core.ValueError, "frexp: data type %s not inexact", d.Name())
	}
	info := dtype.Limits(d)
	bits, ok := bitsOf(d)
	if !ok {
		core.Errorf(core.KeyError, "%d", d.Bits())
	}
	mask, bias := 1<<info.Nexp-1, 1-info.MinExp
	m, e := normalized(x, bits)
	e = Add(e, Add(Subtract(BitwiseAnd(RightShift(m, integer(info.Nmant)), integer(mask)), integer(bias)), integer(1)))
	m = BitwiseAnd(m, core.NewIntLiteral(bits, int64(^(mask<<info.Nmant)), true))
	m = BitwiseOr(m, core.NewIntLiteral(bits, int64((bias-1)<<info.Nmant), true))
	m = lax.BitcastConvertType(m, d)
	special := BitwiseOr(BitwiseOr(Isinf(x), Isnan(x)), Equal(x, integer(0)))
	e = Where(special, fullLike(e, 0), e)
	return []Value{Where(special, x, m), Convert(e, dtype.Int32, false)}
}

// normalized gives the bits of x and an exponent to add: subnormals are scaled until they are normal.
func normalized(x Value, bits DType) (Value, Value) {
	info := dtype.Limits(x.Aval().DType)
	small := Less(lax.Abs(x), literal(x.Aval().DType, info.Tiny))
	y := Where(small, Multiply(x, constLike(x, float64(uint64(1)<<info.Nmant))), x)
	e := Where(small, core.NewIntLiteral(bits, int64(-info.Nmant), false), core.NewIntLiteral(bits, 0, false))
	return lax.BitcastConvertType(y, bits), e
}

func ldexp(x, y Value) Value {
	dx, dy := x.Aval().DType, y.Aval().DType
	if dx.IsComplex() || dy.IsInexact() {
		core.Errorf(core.ValueError, "ldexp not supported for input types (%s, %s)", repr(dx), repr(dy))
	}
	x = PromoteInexact1("ldexp", x)
	d := x.Aval().DType
	y = Convert(y, d, false)
	m, e := Frexp(x)
	e = AsType(Add(AsType(e, d), y), d)
	// The mantissa takes one power of two, so that the other does not overflow before the product does.
	m = Where(Greater(e, integer(0)), Multiply(m, integer(2)), m)
	e = Where(Greater(e, integer(0)), Subtract(e, integer(1)), e)
	z := Multiply(m, Power(integer(2), AsType(e, m.Aval().DType)))
	return Where(BitwiseOr(Isinf(x), Equal(x, integer(0))), x, z)
}

func gcd(x, y Value) Value {
	x, y = promoteDTypes2(x, y)
	if !x.Aval().DType.IsInteger() {
		core.Errorf(core.ValueError, "Arguments to jax.numpy.gcd must be integers.")
	}
	x, y = broadcast2(x, y)
	out := lax.WhileLoop(func(in []Value) []Value {
		return []Value{Any(NotEqual(in[1], integer(0)), Reduction{})}
	}, func(in []Value) []Value {
		x, y := in[0], in[1]
		some := func() Value { return NotEqual(y, integer(0)) }
		x, y = Where(some(), y, x), Where(some(), lax.Rem(x, y), constLike(y, 0))
		return []Value{Where(Less(x, y), y, x), Where(Less(x, y), x, y)}
	}, []Value{absolute(x), absolute(y)})
	return out[0]
}

func lcm(x, y Value) Value {
	x, y = promoteDTypes2(x, y)
	x, y = absolute(x), absolute(y)
	if !x.Aval().DType.IsInteger() {
		core.Errorf(core.ValueError, "Arguments to jax.numpy.lcm must be integers.")
	}
	d := Gcd(x, y)
	return Where(Equal(d, integer(0)), constLike(d, 0), Multiply(x, FloorDivide(y, d)))
}
