package numpy

import (
	"errors"
	"testing"
	"unicode/utf8"

	"github.com/jaxgo/jaxgo/core"
)

// FuzzEinsum reads subscripts: a wrong one gets an exception of Python's, a right one labels that all have a size.
func FuzzEinsum(f *testing.F) {
	for _, s := range []string{"ij,jk->ik", "ii", "i...,j...->...ij", "ij,ij->", "...", "->", "a,b,c", "i.j", "ij->ijk", "ab,bc->,", "Ωa,aβ", " i j , j k "} {
		f.Add(s, uint8(2), uint8(2))
	}
	f.Fuzz(func(t *testing.T, subscripts string, rank1, rank2 uint8) {
		if !utf8.ValidString(subscripts) {
			return // no text of Python's
		}
		shape := func(n uint8) []int {
			s := make([]int, n%5)
			for i := range s {
				s[i] = 2
			}
			return s
		}
		shapes := [][]int{shape(rank1), shape(rank2)}
		defer func() {
			if r := recover(); r != nil {
				if err, ok := r.(error); !ok || !errors.As(err, new(*core.Error)) {
					panic(r)
				}
			}
		}()
		inputs, output := parseEinsum(subscripts, shapes)
		if len(inputs) != len(shapes) {
			t.Fatalf("%q: %d operands, not %d", subscripts, len(inputs), len(shapes))
		}
		size := labelSizes(inputs, shapes)
		for i, in := range inputs {
			if len([]rune(in)) != len(shapes[i]) {
				t.Fatalf("%q: operand %d has %d axes and the labels %q", subscripts, i, len(shapes[i]), in)
			}
		}
		for _, r := range output {
			if size[r] == 0 {
				t.Fatalf("%q: the result's label %q has no size", subscripts, r)
			}
		}
	})
}
