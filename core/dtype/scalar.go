package dtype

import (
	"encoding/binary"
	"math"
)

// Elements are little-endian, as they are on every platform that XLA runs on.
var order = binary.LittleEndian

// PutScalar writes re+im·i as one element of type d to dst.
//
// Real types drop im. Floats round to nearest even; the narrow ones by way of float32, as in ml_dtypes, so that a
// value is rounded twice just where numpy's astype does it. Integers truncate and saturate, and NaN becomes 0:
// this is XLA's conversion, and where numpy's differs it is undefined. Bool is whether the number is not zero.
// Nothing is written for Float0; a key has no scalar value, and asking for one panics.
func PutScalar(d DType, dst []byte, re, im float64) {
	switch d.Kind() {
	case KindBool:
		put(d, dst, flag(re != 0 || im != 0))
	case KindInt:
		put(d, dst, uint64(saturate(re, -int64(1)<<(d.Bits()-1), int64(1)<<(d.Bits()-1)-1)))
	case KindUint:
		put(d, dst, saturateUnsigned(re, math.MaxUint64>>(64-d.Bits())))
	case KindFloat:
		put(d, dst, floatBits(d, re))
	case KindComplex:
		half := d.Size() / 2
		put(d.Real(), dst[:half], floatBits(d.Real(), re))
		put(d.Real(), dst[half:], floatBits(d.Real(), im))
	case KindFloat0:
	default:
		panic("dtype: " + d.Name() + " has no scalar values")
	}
}

// PutInt writes v as one element of type d to dst. Integers wrap, as in numpy and XLA; floats round as numpy's
// astype does; otherwise it is PutScalar.
func PutInt(d DType, dst []byte, v int64) {
	switch d.Kind() {
	case KindBool:
		put(d, dst, flag(v != 0))
	case KindInt, KindUint:
		put(d, dst, uint64(v))
	default:
		if d.narrowed() {
			PutScalar(d, dst, float64(float32(v)), 0)
		} else {
			PutScalar(d, dst, float64(v), 0)
		}
	}
}

// PutUint is PutInt for values that int64 does not hold.
func PutUint(d DType, dst []byte, v uint64) {
	switch d.Kind() {
	case KindBool:
		put(d, dst, flag(v != 0))
	case KindInt, KindUint:
		put(d, dst, v)
	default:
		if d.narrowed() {
			PutScalar(d, dst, float64(float32(v)), 0)
		} else {
			PutScalar(d, dst, float64(v), 0)
		}
	}
}

// narrowed reports whether integers reach d through float32. Going through float64 first could round twice.
func (d DType) narrowed() bool { return d.IsInexact() && d != Float64 && d != Complex128 }

// Scalar reads one element of type d from src. re and im are its value, rounded to nearest even for 64-bit
// integers beyond 2**53; i and u are the value of an integer or bool, reduced modulo 2**64, and 0 for others.
func Scalar(d DType, src []byte) (re, im float64, i int64, u uint64) {
	switch d.Kind() {
	case KindBool:
		u = flag(src[0] != 0)
		return float64(u), 0, int64(u), u
	case KindInt:
		shift := 64 - d.Bits()
		i = int64(get(d, src)<<shift) >> shift
		return float64(i), 0, i, uint64(i)
	case KindUint:
		u = get(d, src) & (math.MaxUint64 >> (64 - d.Bits()))
		return float64(u), 0, int64(u), u
	case KindFloat:
		return floatValue(d, get(d, src)), 0, 0, 0
	case KindComplex:
		half := d.Size() / 2
		return floatValue(d.Real(), get(d.Real(), src)), floatValue(d.Real(), get(d.Real(), src[half:])), 0, 0
	case KindFloat0:
		return 0, 0, 0, 0
	}
	panic("dtype: " + d.Name() + " has no scalar values")
}

// floatBits is the code of x in the floating type d.
func floatBits(d DType, x float64) uint64 {
	switch d {
	case Float64:
		return math.Float64bits(x)
	case Float32:
		return uint64(math.Float32bits(float32(x)))
	case Float16:
		return table[d].float.encode(x) // numpy rounds it once
	}
	return table[d].float.encode(float64(float32(x)))
}

// floatValue is the value of a code of the floating type d.
func floatValue(d DType, code uint64) float64 {
	switch d {
	case Float64:
		return math.Float64frombits(code)
	case Float32:
		return float64(math.Float32frombits(uint32(code)))
	}
	return table[d].float.decode(code)
}

// put writes the low bits of v. ml_dtypes keeps the unused bits of a sub-byte element zero.
func put(d DType, dst []byte, v uint64) {
	switch d.Size() {
	case 1:
		dst[0] = byte(v) & (0xff >> (8 - d.Bits()))
	case 2:
		order.PutUint16(dst, uint16(v))
	case 4:
		order.PutUint32(dst, uint32(v))
	default:
		order.PutUint64(dst, v)
	}
}

// get reads what put wrote.
func get(d DType, src []byte) uint64 {
	switch d.Size() {
	case 1:
		return uint64(src[0])
	case 2:
		return uint64(order.Uint16(src))
	case 4:
		return uint64(order.Uint32(src))
	}
	return order.Uint64(src)
}

func flag(b bool) uint64 {
	if b {
		return 1
	}
	return 0
}

// saturate truncates x and keeps it within lo and hi. It compares before converting: in Go, as in C, a value
// out of range converts to something that depends on the processor. float64(hi) may be hi+1, never less.
func saturate(x float64, lo, hi int64) int64 {
	switch {
	case math.IsNaN(x):
		return 0
	case x <= float64(lo):
		return lo
	case x >= float64(hi):
		return hi
	}
	return int64(x)
}

func saturateUnsigned(x float64, hi uint64) uint64 {
	switch {
	case !(x > 0):
		return 0
	case x >= float64(hi):
		return hi
	}
	return uint64(x)
}
