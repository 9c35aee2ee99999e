package dtype

import (
	"bytes"
	"testing"
)

// FuzzFromName holds names and short names to their dtypes.
func FuzzFromName(f *testing.F) {
	for d := Bool; d < Float0; d++ {
		f.Add(d.Name())
		f.Add(d.Short())
	}
	f.Fuzz(func(t *testing.T, name string) {
		if d, ok := FromName(name); ok && d.Name() != name {
			t.Fatalf("%q is %v", name, d)
		}
		if d, ok := FromShort(name); ok && d.Short() != name {
			t.Fatalf("%q is %v", name, d)
		}
		if d, ok := KeyFromImpl(name); ok && d.KeyImpl() != name {
			t.Fatalf("%q is the key type of %q", name, d.KeyImpl())
		}
	})
}

// FuzzScalar reads bytes as a scalar of every dtype and writes what it read: it is read again as the same, and a dtype that
// is not a float of several NaNs gives the same bytes.
func FuzzScalar(f *testing.F) {
	f.Add([]byte{0, 0, 0xc0, 0x7f, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12})
	f.Add(bytes.Repeat([]byte{0xff}, 16))
	f.Add(bytes.Repeat([]byte{0x80}, 16))
	f.Fuzz(func(t *testing.T, b []byte) {
		src := make([]byte, 16)
		copy(src, b)
		for d := Bool; d < Float0; d++ {
			re, im, i, u := Scalar(d, src[:d.Size()])
			dst := make([]byte, d.Size())
			switch {
			case d.IsInexact():
				PutScalar(d, dst, re, im)
			case d.IsUnsigned():
				PutUint(d, dst, u)
			default:
				PutInt(d, dst, i)
			}
			re2, im2, i2, u2 := Scalar(d, dst)
			if same := func(a, b float64) bool { return a == b || a != a && b != b }; !same(re, re2) || !same(im, im2) || i != i2 || u != u2 {
				t.Fatalf("%v: % x is (%v, %v, %d, %d), written % x and read (%v, %v, %d, %d)", d, src[:d.Size()], re, im, i, u, dst, re2, im2, i2, u2)
			}
			if d.IsInteger() && d.Bits() >= 8 && !bytes.Equal(dst, src[:d.Size()]) {
				t.Fatalf("%v: % x was written % x", d, src[:d.Size()], dst)
			}
		}
	})
}
