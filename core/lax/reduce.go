package lax

import (
	"slices"
	"strconv"

	"github.com/jaxgo/jaxgo/core"
	"github.com/jaxgo/jaxgo/core/dtype"
	"github.com/jaxgo/jaxgo/core/stablehlo"
)

type axesParams struct {
	Axes        []int
	OutSharding core.None
}

var reduceSumOp = core.Declare[axesParams]("reduce_sum")

// ReduceSum sums x over axes.
func ReduceSum(x Value, axes []int) Value {
	if len(axes) == 0 {
		return x
	}
	return reduceSumOp.Bind1(axesParams{Axes: axes}, x)
}

func itoa(n int) string { return strconv.Itoa(n) }

// reducedShape checks axes and removes them from a shape.
func reducedShape(name string, shape, axes []int) []int {
	for i, d := range axes {
		if slices.Contains(axes[:i], d) {
			core.Errorf(core.ValueError, "duplicate value in 'axes' of %s: %s", name, core.ShapeString(axes))
		}
		if d < 0 || d >= len(shape) {
			core.Errorf(core.ValueError, "%s: axis %d is out of bounds for array of dimension %d", name, d, len(shape))
		}
	}
	s := make([]int, 0, len(shape))
	for i, n := range shape {
		if !slices.Contains(axes, i) {
			s = append(s, n)
		}
	}
	return s
}

// lowerReduce writes stablehlo.reduce with a one-operation body.
func lowerReduce(c core.LowerCtx, hlo string, init stablehlo.Value, x stablehlo.Value, axes []int, out *stablehlo.Type) stablehlo.Value {
	s := x.Type.WithShape(nil)
	return c.B().Op("stablehlo.reduce", "dimensions = "+stablehlo.Ints(axes), []stablehlo.Region{{
		Args: []*stablehlo.Type{s, s},
		Body: func(b *stablehlo.Builder, a []stablehlo.Value) []stablehlo.Value {
			return []stablehlo.Value{b.Elementwise(hlo, s, a...)}
		},
	}}, []stablehlo.Value{x, init}, out)[0]
}

// batchAxes moves reduction axes past a batch axis.
func batchAxes(axes []int, d int) (shiftedAxes []int, outDim int) {
	shiftedAxes = make([]int, len(axes))
	outDim = d
	for i, a := range axes {
		if a >= d {
			shiftedAxes[i] = a + 1
		} else {
			shiftedAxes[i] = a
			outDim--
		}
	}
	return
}

// restoreAxes broadcasts the result of a reduction over axes back to the operand's shape.
func restoreAxes(y Value, shape, axes []int) Value {
	var keep []int
	for i := range shape {
		if !slices.Contains(axes, i) {
			keep = append(keep, i)
		}
	}
	if keep == nil {
		keep = []int{}
	}
	return BroadcastInDim(y, shape, keep)
}

func init() {
	j, t := linearUnary(reduceSumOp, func(p axesParams, ct Value, x *core.Aval) Value {
		return restoreAxes(ct, x.Shape, p.Axes)
	})
	reduceSumOp.Define(core.Rules[axesParams]{
		Doc: "Sum over axes.",
		Abstract: func(p axesParams, in []*core.Aval) []*core.Aval {
			numbers.check("reduce_sum", in)
			return []*core.Aval{in[0].WithShape(reducedShape("reduce_sum", in[0].Shape, p.Axes))}
		},
		JVP: j, Transpose: t,
		Batch: func(c core.BatchCtx, p axesParams, in []Value, dims []int) ([]Value, []int) {
			axes, d := batchAxes(p.Axes, dims[0])
			return reduceSumOp.Bind(axesParams{Axes: axes}, in[0]), []int{d}
		},
		Lower: func(c core.LowerCtx, p axesParams, in []stablehlo.Value) []stablehlo.Value {
			out := c.Out()[0]
			zero := c.Const(0, core.NewAval(out.DType))
			return []stablehlo.Value{lowerReduce(c, "stablehlo.add", zero, in[0], p.Axes, out.HLO())}
		},
		Samples: []core.Sample[axesParams]{{Params: axesParams{Axes: []int{1}}, In: []*core.Aval{core.NewAval(dtype.Float32, 2, 3)}}},
	})
}
