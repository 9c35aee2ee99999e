package lax_test

import (
	"math"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"

	"github.com/jaxgo/jaxgo/core"
	"github.com/jaxgo/jaxgo/core/dtype"
	"github.com/jaxgo/jaxgo/core/lax"
	"github.com/jaxgo/jaxgo/lowering/lowertest"
)

func TestGather(t *testing.T) {
	slicing(t, func(fn string) bool { return strings.HasPrefix(fn, "lax.gather") })
}

// elements are the dimension numbers that take x[i] for each i in idx[:, 0].
var elements = lax.GatherDims{CollapsedSliceDims: []int{0}, StartIndexMap: []int{0}}

func TestGatherOfKeys(t *testing.T) {
	for mode, want := range map[lax.GatherScatterMode][]float64{
		lax.Clip:       {4, 5, 10, 4294967295},
		lax.FillOrDrop: {4, 5, 4294967295, 4294967295},
	} {
		onKeys(t, want, func(k, i core.Value) core.Value {
			far := lax.Mul(i, lax.Mul(i, i))
			idx := lax.Reshape(lax.Stack([]core.Value{i, far}, 0), []int{2, 1})
			return lax.Gather(k, idx, elements, []int{1}, lax.GatherOpts{Mode: mode})
		})
	}
}

func TestFillValues(t *testing.T) {
	for d, want := range map[dtype.DType]string{
		dtype.Float32: "nan", dtype.BFloat16: "nan", dtype.Complex64: "nan", dtype.Int8: "-128", dtype.Int64: "-9223372036854775808",
		dtype.Uint8: "255", dtype.Uint64: "18446744073709551615", dtype.Bool: "True", dtype.KeyFry: "4294967295",
	} {
		j := core.MakeJaxpr("jit", "test", []*core.Aval{core.NewAval(d, 3), core.NewAval(dtype.Int32, 1, 1)}, func(in []core.Value) []core.Value {
			return []core.Value{lax.Gather(in[0], in[1], elements, []int{1}, lax.GatherOpts{Mode: lax.FillOrDrop})}
		})
		assert.Contains(t, equations(j.Jaxpr)[0], "fill_value="+want+" ", d)
	}
	for text, v := range map[string]lax.FillValue{"None": {}, "-3": lax.FillInt(-3), "2.5": lax.FillFloat(2.5), "False": lax.FillBool(false), "(1+2j)": lax.FillComplex(1 + 2i)} {
		assert.Equal(t, text, v.PyString())
	}
	got := lowertest.Jit(t, func(in []core.Value) []core.Value {
		return []core.Value{lax.Gather(in[0], in[1], elements, []int{1}, lax.GatherOpts{Mode: lax.FillOrDrop, Fill: lax.FillComplex(1 + 2i)})}
	}, lowertest.Of(dtype.Complex64, []int{2}, 3, 4), lowertest.Of(dtype.Int32, []int{2, 1}, 1, 2))
	assert.Equal(t, []complex128{4, 1 + 2i}, got[0].Data)
}

// Gathers that are the same but for the fill value are not the same program.
func TestFillValueIsPartOfKey(t *testing.T) {
	x, idx := lowertest.Of(dtype.Float32, []int{2}, 1, 2), lowertest.Of(dtype.Int32, []int{1, 1}, 5)
	for _, f := range []float64{0, 1, math.Inf(1)} {
		got := lowertest.Run(t, func(in []core.Value) []core.Value {
			return []core.Value{lax.Gather(in[0], in[1], elements, []int{1}, lax.GatherOpts{Mode: lax.FillOrDrop, Fill: lax.FillFloat(f)})}
		}, x, idx)
		assert.Equal(t, []float64{f}, got[0].Floats())
	}
}

func TestOneHotIsNotLowered(t *testing.T) {
	err := core.Try(func() {
		lowertest.Run(t, func(in []core.Value) []core.Value {
			return []core.Value{lax.Gather(in[0], in[1], elements, []int{1}, lax.GatherOpts{Mode: lax.OneHot})}
		}, lowertest.Of(dtype.Float32, []int{2}, 1, 2), lowertest.Of(dtype.Int32, []int{1, 1}, 1))
	})
	assert.EqualError(t, err, "GatherScatterMode.ONE_HOT")
}
