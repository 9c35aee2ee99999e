package lax

import (
	"slices"

	"github.com/jaxgo/jaxgo/core"
	"github.com/jaxgo/jaxgo/core/dtype"
	"github.com/jaxgo/jaxgo/core/stablehlo"
)

type sliceParams struct {
	LimitIndices []int
	StartIndices []int
	Strides      []int // nil: all 1
}

var sliceOp = core.Declare[sliceParams]("slice")

// Slice takes the elements start, start+stride, … below limit along each axis; nil strides are all 1.
func Slice(x Value, start, limit, strides []int) Value {
	if strides != nil && !slices.ContainsFunc(strides, func(s int) bool { return s != 1 }) {
		strides = nil
	}
	if strides == nil && sameShape(limit, x.Aval().Shape) && !slices.ContainsFunc(start, func(s int) bool { return s != 0 }) {
		if _, ok := x.(*core.Literal); !ok {
			return x
		}
	}
	return sliceOp.Bind1(sliceParams{limit, start, strides}, x)
}

func (p sliceParams) stride(i int) int {
	if p.Strides == nil {
		return 1
	}
	return p.Strides[i]
}

func init() {
	j, t := linearUnary(sliceOp, func(p sliceParams, ct Value, x *core.Aval) Value {
		config := make([]PadConfig, len(x.Shape))
		s := ct.Aval().Shape
		for i, n := range x.Shape {
			st := p.stride(i)
			end := p.StartIndices[i]
			if s[i] > 0 {
				end += (s[i]-1)*st + 1
			}
			config[i] = PadConfig{p.StartIndices[i], n - end, st - 1}
		}
		return Pad(ct, core.NewLiteral(ct.Aval().DType, 0, false), config)
	})
	sliceOp.Define(core.Rules[sliceParams]{
		Doc: "Takes a strided rectangle of an array.",
		Abstract: func(p sliceParams, in []*core.Aval) []*core.Aval {
			a := in[0]
			if len(p.StartIndices) != len(a.Shape) {
				core.Errorf(core.TypeError, "slice start_indices must have length equal to the number of dimensions of the operand, got indices %s for operand shape %s.", core.ShapeString(p.StartIndices), core.ShapeString(a.Shape))
			}
			if len(p.StartIndices) != len(p.LimitIndices) {
				core.Errorf(core.TypeError, "slice limit_indices must have the same length as start_indices, got start_indices %s and limit_indices %s.", core.ShapeString(p.StartIndices), core.ShapeString(p.LimitIndices))
			}
			if p.Strides != nil && len(p.Strides) != len(a.Shape) {
				core.Errorf(core.TypeError, "slice strides must have length equal to the number of dimensions of the operand, got strides %s for operand shape %s.", core.ShapeString(p.Strides), core.ShapeString(a.Shape))
			}
			s := make([]int, len(a.Shape))
			for i, n := range a.Shape {
				lo, hi, st := p.StartIndices[i], p.LimitIndices[i], p.stride(i)
				if lo < 0 {
					core.Errorf(core.TypeError, "slice start_indices must be greater than or equal to zero, got start_indices of %s.", core.ShapeString(p.StartIndices))
				}
				if hi < lo {
					core.Errorf(core.TypeError, "slice limit_indices must be greater than or equal to start_indices, got start_indices %s and limit_indices %s.", core.ShapeString(p.StartIndices), core.ShapeString(p.LimitIndices))
				}
				if hi > n {
					core.Errorf(core.TypeError, "slice limit_indices must be less than or equal to operand shape, got limit_indices %s for operand shape %s.", core.ShapeString(p.LimitIndices), core.ShapeString(a.Shape))
				}
				if st <= 0 {
					core.Errorf(core.TypeError, "slice strides must be positive, got %s", core.ShapeString(p.Strides))
				}
				s[i] = (hi - lo + st - 1) / st
			}
			return []*core.Aval{a.WithShape(s)}
		},
		JVP: j, Transpose: t,
		Batch: func(c core.BatchCtx, p sliceParams, in []Value, dims []int) ([]Value, []int) {
			d := dims[0]
			lo, hi := slices.Insert(slices.Clone(p.StartIndices), d, 0), slices.Insert(slices.Clone(p.LimitIndices), d, in[0].Aval().Shape[d])
			var st []int
			if p.Strides != nil {
				st = slices.Insert(slices.Clone(p.Strides), d, 1)
			}
			return []Value{Slice(in[0], lo, hi, st)}, dims
		},
		Lower: func(c core.LowerCtx, p sliceParams, in []stablehlo.Value) []stablehlo.Value {
			lo, hi, st := slices.Clone(p.StartIndices), slices.Clone(p.LimitIndices), ones(len(p.StartIndices))
			if p.Strides != nil {
				copy(st, p.Strides)
			}
			if a := c.In()[0]; a.DType.IsKey() {
				lo, hi, st = append(lo, 0), append(hi, a.DType.KeyShape()[0]), append(st, 1)
			}
			attrs := "limit_indices = " + stablehlo.Ints(hi) + ", start_indices = " + stablehlo.Ints(lo) + ", strides = " + stablehlo.Ints(st)
			return c.B().Op("stablehlo.slice", attrs, nil, in, c.Out()[0].HLO())
		},
		Samples: []core.Sample[sliceParams]{
			{Params: sliceParams{[]int{5, 3}, []int{1, 0}, []int{2, 1}}, In: []*core.Aval{core.NewAval(dtype.Float32, 6, 3)}},
		},
	})
}
