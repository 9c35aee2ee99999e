package dtype

import (
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

func TestNames(t *testing.T) {
	seen := 0
	for _, line := range lines(t, "names.txt") {
		f := strings.Fields(line)
		d := named(t, f[0])
		seen++
		assert.Equal(t, f[0], d.Name())
		assert.Equal(t, f[1], d.Short())
		assert.Equal(t, f[2], d.HLO(), d)
		assert.Equal(t, number(t, f[3]), d.Size(), d)
		assert.Equal(t, number(t, f[4]), d.Bits(), d)
		assert.Equal(t, f[5], d.ToInexact().Name(), d)
		assert.Equal(t, f[6], d.Complex().Name(), d)
		assert.Equal(t, f[7], Canonicalize(d, false).Name(), d)
		assert.Equal(t, d, Canonicalize(d, true))
		assert.Equal(t, f[8] == "True", d.SupportsInf(), d)
		if f[9] != "-" {
			assert.Equal(t, f[9], element(t, d, func(b []byte) { PutMin(d, b) }), "max identity of %v", d)
			assert.Equal(t, f[10], element(t, d, func(b []byte) { PutMax(d, b) }), "min identity of %v", d)
		}

		short, ok := FromShort(f[1])
		assert.True(t, ok)
		assert.Equal(t, d, short)
		back, ok := FromPJRT(d.PJRT())
		assert.True(t, ok)
		assert.Equal(t, d, back)
	}
	assert.Equal(t, int(Float0-Bool), seen)
}

func TestKeys(t *testing.T) {
	for _, line := range lines(t, "keys.txt") {
		f := strings.Fields(line)
		d := named(t, f[0])
		assert.True(t, d.IsKey())
		assert.Equal(t, f[1], d.Short())
		assert.Equal(t, f[2], d.KeyImpl())
		assert.Equal(t, f[3], d.KeyTag())
		assert.Equal(t, []int{number(t, f[4])}, d.KeyShape())
		assert.Equal(t, number(t, f[5]), d.Size())
		assert.Equal(t, "ui32", d.HLO())
		impl, ok := KeyFromImpl(f[2])
		assert.True(t, ok)
		assert.Equal(t, d, impl)
	}
	assert.Nil(t, Float32.KeyShape())
	assert.Empty(t, Float32.KeyImpl())
	_, ok := KeyFromImpl("fry")
	assert.False(t, ok)
}

// TestTableIsComplete guards the rows against a type that was added without one.
func TestTableIsComplete(t *testing.T) {
	for d := Bool; int(d) < Count; d++ {
		require.NotEmpty(t, d.Name(), int(d))
		assert.NotEqual(t, KindInvalid, d.Kind(), d)
		assert.NotEmpty(t, d.HLO(), d)
		assert.NotZero(t, d.PJRT(), d)
		assert.Equal(t, d.IsFloating(), table[d].float.exp > 0, d)
	}
}

func TestUnknown(t *testing.T) {
	for _, code := range []int{-1, 0, 23, 30, 1000} { // 23 is the token type
		_, ok := FromPJRT(code)
		assert.False(t, ok, code)
	}
	_, ok := FromName("float128")
	assert.False(t, ok)
	_, ok = FromName("invalid")
	assert.False(t, ok)
}

func TestKinds(t *testing.T) {
	for d := Invalid; int(d) < Count; d++ {
		n := 0
		for _, is := range []bool{d.IsBool(), d.IsSigned(), d.IsUnsigned(), d.IsFloating(), d.IsComplex(), d.IsKey(), d == Float0, d == Invalid} {
			if is {
				n++
			}
		}
		assert.Equal(t, 1, n, "%v is of one kind", d)
	}
	assert.True(t, Int4.IsInteger() && Uint2.IsInteger() && !Bool.IsInteger())
	assert.True(t, BFloat16.IsInexact() && Complex64.IsInexact() && !Float0.IsInexact())
	assert.True(t, Int8.IsNumeric() && !Bool.IsNumeric() && !KeyFry.IsNumeric())
	assert.Equal(t, Float32, Complex64.Real())
	assert.Equal(t, Float64, Complex128.Real())
	assert.Equal(t, BFloat16, BFloat16.Real())
	assert.Equal(t, Int32, Bool.ToNumeric())
	assert.Equal(t, Int32, Default(KindInt, false))
	assert.Equal(t, Complex128, Default(KindComplex, true))
	assert.Equal(t, "signed integer", KindInt.String())
}
