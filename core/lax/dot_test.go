package lax_test

import (
	"testing"

	"github.com/stretchr/testify/assert"

	"github.com/jaxgo/jaxgo/core"
	"github.com/jaxgo/jaxgo/core/lax"
)

func TestParamsPrintAsInJAX(t *testing.T) {
	for want, v := range map[string]any{
		"(([1], [0]), ([], []))":                 lax.DotDims{LhsContract: []int{1}, RhsContract: []int{0}},
		"None":                                   lax.CanonicalPrecision(""),
		"(Precision.HIGHEST, Precision.HIGHEST)": lax.CanonicalPrecision("float32"),
		"(Precision.DEFAULT, Precision.HIGH)":    lax.CanonicalPrecision("fastest,tensorfloat32"),
		"BF16_BF16_F32":                          lax.CanonicalPrecision("BF16_BF16_F32"),
		"((1, 0), (-1, 2))":                      [][2]int{{1, 0}, {-1, 2}},
		"ConvDimensionNumbers(lhs_spec=(0, 2, 1), rhs_spec=(2, 1, 0), out_spec=(0, 2, 1))": lax.ConvDims{
			LhsSpec: []int{0, 2, 1}, RhsSpec: []int{2, 1, 0}, OutSpec: []int{0, 2, 1}},
	} {
		assert.Equal(t, want, core.FormatParam(v))
	}
	assert.ErrorContains(t, core.Try(func() { lax.CanonicalPrecision("exact") }), "but got exact.")
}

func TestPadTypeToPads(t *testing.T) {
	in, window, strides := []int{5, 4}, []int{2, 3}, []int{1, 2}
	assert.Equal(t, [][2]int{{0, 0}, {0, 0}}, lax.PadTypeToPads(in, window, strides, "VALID"))
	assert.Equal(t, [][2]int{{0, 1}, {0, 1}}, lax.PadTypeToPads(in, window, strides, "same"))
	assert.Equal(t, [][2]int{{1, 0}, {1, 0}}, lax.PadTypeToPads(in, window, strides, "SAME_LOWER"))
	assert.ErrorContains(t, core.Try(func() { lax.PadTypeToPads(in, window, strides, "FULL") }), "Unrecognized padding type")
}
