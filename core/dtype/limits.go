package dtype

import "math"

// Info holds the fields of jnp.iinfo and jnp.finfo. For a complex type they are those of its real type.
type Info struct {
	Bits int // of the real type

	// MinInt and MaxInt bound an integer type; they are 0 for others.
	MinInt int64
	MaxInt uint64

	// Min and Max are the least and greatest finite values; for integers, the bounds rounded to float64.
	Min, Max float64

	// The rest is about floats, and zero for others.
	Eps, EpsNeg             float64 // distance from 1 to the next larger, and to the next smaller value
	Tiny, SmallestSubnormal float64 // smallest positive normal and subnormal value; Tiny is finfo.smallest_normal too
	Resolution              float64 // 10**-Precision, in the type
	Precision               int     // reliable decimal digits
	MinExp, MaxExp          int     // exponents of Tiny, and of the power of two that overflows
	Machep, Negep           int     // exponents of Eps and EpsNeg
	Nmant, Nexp             int     // bits of mantissa and exponent
}

// Limits gives the limits of d. Types without a range (Bool, Float0, keys) have the zero Info.
func Limits(d DType) Info {
	d = d.Real()
	l := Info{Bits: d.Bits()}
	switch d.Kind() {
	case KindInt:
		l.MinInt, l.MaxInt = -1<<(l.Bits-1), 1<<(l.Bits-1)-1
	case KindUint:
		l.MaxInt = math.MaxUint64 >> (64 - l.Bits)
	case KindFloat:
		return floatLimits(d)
	default:
		return Info{}
	}
	l.Min, l.Max = float64(l.MinInt), float64(l.MaxInt)
	return l
}

func floatLimits(d DType) Info {
	f := table[d].float
	mant := int(f.mant)
	l := Info{
		Bits:      d.Bits(),
		Max:       floatValue(d, f.maxCode()),
		Eps:       math.Ldexp(1, -mant),
		Tiny:      math.Ldexp(1, f.minExp()),
		Precision: int(f.precision),
		MinExp:    f.minExp(),
		Machep:    -mant,
		Nmant:     mant,
		Nexp:      int(f.exp),
	}
	l.Min = -l.Max
	l.SmallestSubnormal = math.Ldexp(l.Tiny, -mant)
	l.EpsNeg = max(l.Eps/2, l.SmallestSubnormal) // Float4E2M1FN is subnormal just below 1
	l.Negep = exponent(l.EpsNeg)
	l.MaxExp = exponent(l.Max) + 1
	l.Resolution = floatValue(d, floatBits(d, math.Pow10(-l.Precision)))
	if f.special == exponentOnly {
		l.Min = l.Tiny // no sign
	}
	return l
}

// PutMin writes the identity of max over d: the least value, -Inf where JAX takes d to have it.
func PutMin(d DType, dst []byte) {
	l := Limits(d)
	if d.SupportsInf() {
		l.Min = math.Inf(-1)
	}
	if d.IsInteger() {
		PutInt(d, dst, l.MinInt)
	} else {
		PutScalar(d, dst, l.Min, 0)
	}
}

// PutMax writes the identity of min over d: the greatest value, +Inf where JAX takes d to have it.
func PutMax(d DType, dst []byte) {
	l := Limits(d)
	if d.SupportsInf() {
		l.Max = math.Inf(1)
	}
	switch {
	case d.IsInteger():
		PutUint(d, dst, l.MaxInt)
	case d.IsBool():
		PutInt(d, dst, 1)
	default:
		PutScalar(d, dst, l.Max, 0)
	}
}
