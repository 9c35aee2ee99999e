package lax

import (
	"testing"

	"github.com/stretchr/testify/assert"
)

func TestFirstStep(t *testing.T) {
	for _, c := range []struct {
		name    string
		shape   []int
		axes    []int
		axis, k int
	}{
		{"few elements", []int{100, 100}, []int{1}, 0, 0},
		{"a short axis", []int{10000, 10}, []int{1}, 0, 0},
		{"a vector", []int{10_000_000}, []int{0}, 0, 25},
		{"rows", []int{1000, 512}, []int{1}, 1, 32},
		{"rows that 32 does not divide", []int{4000, 1000}, []int{1}, 1, 25},
		{"short rows", []int{1000, 64}, []int{1}, 1, 8},
		{"rows of a prime length", []int{100, 1009}, []int{1}, 1, 28},
		{"columns", []int{2000, 2000}, []int{0}, 0, 25},
		{"columns, few of them", []int{50_000, 2}, []int{0}, 0, 25},
		{"a whole axis, the others are left", []int{8, 32, 32, 16}, []int{0, 1, 2}, 1, 32},
		{"last axes that fill no vector", []int{100_000, 2, 2}, []int{1, 2}, 0, 0},
		{"no elements", []int{0, 100_000}, []int{1}, 0, 0},
	} {
		t.Run(c.name, func(t *testing.T) {
			axis, k := firstStep(c.shape, c.axes)
			assert.Equal(t, []int{c.axis, c.k}, []int{axis, k})
		})
	}
}
