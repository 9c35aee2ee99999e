package dtype

import (
	"encoding/hex"
	"math"
	"strconv"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

// same compares floats with NaN equal to itself and the zeros told apart.
func same(a, b float64) bool {
	return a == b && math.Signbit(a) == math.Signbit(b) || math.IsNaN(a) && math.IsNaN(b)
}

func TestCasts(t *testing.T) {
	for _, line := range lines(t, "casts.txt") {
		f := strings.Fields(line)
		d := named(t, f[1])
		for _, pair := range f[2:] {
			l, r, _ := strings.Cut(pair, "=")
			buf := make([]byte, d.Size())
			if f[0] == "decode" {
				code, err := strconv.ParseUint(l, 16, 64)
				require.NoError(t, err)
				put(Uint8+DType(d.Size()-1), buf, code)
				if got, _, _, _ := Scalar(d, buf); !same(got, float(t, r)) {
					t.Errorf("%v: code %s is %v, want %v", d, l, got, float(t, r))
				}
				continue
			}
			x := float(t, l)
			PutScalar(d, buf, x, 0)
			want, err := strconv.ParseUint(r, 16, 64)
			require.NoError(t, err)
			if got := get(d, buf); got != want {
				t.Errorf("%v: %v (%s) gives %x, want %x", d, x, l, got, want)
			}
		}
	}
}

func TestIntegers(t *testing.T) {
	for _, line := range lines(t, "integers.txt") {
		f := strings.Fields(line)
		d := named(t, f[1])
		for _, pair := range f[2:] {
			l, want, _ := strings.Cut(pair, "=")
			got := element(t, d, func(dst []byte) {
				switch f[0] {
				case "int":
					v, err := strconv.ParseInt(l, 10, 64)
					require.NoError(t, err)
					PutInt(d, dst, v)
				case "uint":
					v, err := strconv.ParseUint(l, 10, 64)
					require.NoError(t, err)
					PutUint(d, dst, v)
				case "float":
					PutScalar(d, dst, float(t, l), 0)
				}
			})
			if got != want {
				t.Errorf("%s %s to %v: got %s, want %s", f[0], l, d, got, want)
			}
			if f[0] == "int" && d.IsInteger() {
				raw, err := hex.DecodeString(want)
				require.NoError(t, err)
				_, _, i, u := Scalar(d, raw)
				require.Equal(t, want, element(t, d, func(dst []byte) { PutInt(d, dst, i) }))
				require.Equal(t, want, element(t, d, func(dst []byte) { PutUint(d, dst, u) }))
				l := Limits(d)
				require.True(t, d.IsUnsigned() && u <= l.MaxInt || d.IsSigned() && i >= l.MinInt && i <= int64(l.MaxInt), "%v %d", d, i)
			}
		}
	}
}

func TestLimits(t *testing.T) {
	for _, line := range lines(t, "limits.txt") {
		f := strings.Fields(line)
		d := named(t, f[1])
		l := Limits(d)
		if f[0] == "int" {
			assert.Equal(t, f[2], strconv.FormatInt(l.MinInt, 10), d)
			assert.Equal(t, f[3], strconv.FormatUint(l.MaxInt, 10), d)
			continue
		}
		for i, got := range []any{l.Bits, l.Eps, l.EpsNeg, l.Machep, l.Max, l.MaxExp, l.Min, l.MinExp, l.Negep, l.Nexp,
			l.Nmant, l.Precision, l.Resolution, l.SmallestSubnormal, l.Tiny} {
			if x, ok := got.(float64); ok {
				assert.Equal(t, float(t, f[2+i]), x, "%v field %d", d, i)
			} else {
				assert.Equal(t, number(t, f[2+i]), got, "%v field %d", d, i)
			}
		}
	}
	assert.Zero(t, Limits(Bool))
	assert.Zero(t, Limits(KeyFry))
}

func TestComplexAndSpecial(t *testing.T) {
	buf := make([]byte, 16)
	PutScalar(Complex64, buf, 1.5, -2)
	re, im, _, _ := Scalar(Complex64, buf)
	assert.Equal(t, complex(1.5, -2), complex(re, im))
	PutScalar(Complex128, buf, math.Pi, math.E)
	re, im, _, _ = Scalar(Complex128, buf)
	assert.Equal(t, complex(math.Pi, math.E), complex(re, im))

	PutScalar(Bool, buf, 0, 1)
	_, _, i, _ := Scalar(Bool, buf)
	assert.Equal(t, int64(1), i, "a complex number is true if either part is not zero")

	PutScalar(Float0, nil, 1, 0)
	assert.Panics(t, func() { PutScalar(KeyFry, buf, 1, 0) })
	assert.Panics(t, func() { Scalar(KeyFry, buf) })
}
