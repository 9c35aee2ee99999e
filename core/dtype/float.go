package dtype

import "math"

// format is the layout of a binary floating-point type: from the top a sign bit, exp exponent bits and mant
// mantissa bits, the exponent offset by bias.
type format struct {
	exp, mant uint8
	bias      int16
	special   special
	precision uint8 // decimal digits as finfo gives them; ml_dtypes follows no formula for the narrow types
}

// special says which codes are not plain numbers, and with that what becomes of a value out of range.
type special uint8

const (
	ieee         special = iota // the top exponent means infinity and NaN
	fn                          // no infinity; all ones means NaN
	fnuz                        // no infinity, no negative zero: its code is the only NaN
	finiteOnly                  // neither: what is too large becomes the largest, NaN the negative zero
	exponentOnly                // powers of two: no sign, no zero; all ones means NaN
)

// maxCode is the code of the largest finite value.
func (f format) maxCode() uint64 {
	ones := uint64(1)<<(f.exp+f.mant) - 1
	switch f.special {
	case ieee:
		return ones - 1<<f.mant
	case fn, exponentOnly:
		return ones - 1
	}
	return ones
}

// minExp is the exponent of the smallest normal value.
func (f format) minExp() int {
	if f.special == exponentOnly {
		return -int(f.bias)
	}
	return 1 - int(f.bias)
}

// encode rounds x to the nearest value of the format, ties to even.
func (f format) encode(x float64) uint64 {
	if f.special == exponentOnly {
		return f.encodePower(x)
	}
	sign := uint64(0)
	if math.Signbit(x) {
		sign = 1 << (f.exp + f.mant)
	}
	inf := f.maxCode() + 1 // of ieee; else the sole NaN of fn, and the sign bit of fnuz
	if math.IsNaN(x) {
		switch f.special {
		case ieee:
			return sign | inf | 1<<(f.mant-1)
		case fn:
			return sign | inf
		}
		return 1 << (f.exp + f.mant)
	}
	code := inf
	if a := math.Abs(x); !math.IsInf(x, 0) {
		e := f.minExp()
		if a != 0 {
			e = max(e, exponent(a))
		}
		// In units of the last place the significand is an integer after rounding. If that carries into the next
		// power of two, so does the sum; below the smallest normal the two exponent terms cancel.
		ulps := uint64(math.RoundToEven(math.Ldexp(a, int(f.mant)-e)))
		code = uint64(e+int(f.bias))<<f.mant + ulps - 1<<f.mant
	}
	if code > f.maxCode() {
		switch f.special {
		case fnuz:
			return 1 << (f.exp + f.mant)
		case finiteOnly:
			return sign | f.maxCode()
		}
		return sign | inf
	}
	if f.special == fnuz && code == 0 {
		return 0
	}
	return sign | code
}

// encodePower is encode for powers of two. A value halfway between two of them goes to the larger; one below
// the smallest becomes the smallest. Between the two smallest, where float32 is subnormal, ml_dtypes and XLA
// both round up whatever is not a power of two.
func (f format) encodePower(x float64) uint64 {
	nan := f.maxCode() + 1
	if !(x > 0) || math.IsInf(x, 0) {
		return nan
	}
	e := exponent(x)
	if m := math.Ldexp(x, -e); m >= 1.5 || m > 1 && e == f.minExp() {
		e++
	}
	return min(uint64(max(e+int(f.bias), 0)), nan)
}

// exponent is the e for which 2**e <= a < 2**(e+1).
func exponent(a float64) int {
	_, e := math.Frexp(a)
	return e - 1
}

// decode is the value that code stands for.
func (f format) decode(code uint64) float64 {
	magnitude := code & (1<<(f.exp+f.mant) - 1)
	if f.special == exponentOnly {
		if magnitude > f.maxCode() {
			return math.NaN()
		}
		return math.Ldexp(1, int(magnitude)-int(f.bias))
	}
	negative := code>>(f.exp+f.mant)&1 == 1
	var x float64
	switch top := f.maxCode() + 1; {
	case f.special == fnuz && negative && magnitude == 0:
		return math.NaN()
	case f.special == ieee && magnitude == top:
		x = math.Inf(1)
	case (f.special == ieee || f.special == fn) && magnitude >= top:
		x = math.NaN()
	default:
		e := int(magnitude >> f.mant)
		m := int(magnitude & (1<<f.mant - 1))
		if e == 0 {
			e = 1
		} else {
			m |= 1 << f.mant
		}
		x = math.Ldexp(float64(m), e-int(f.bias)-int(f.mant))
	}
	if negative {
		return math.Copysign(x, -1)
	}
	return x
}
