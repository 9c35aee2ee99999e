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
	return sliceOp.Bind1(sliceParams{nonNil(limit), nonNil(start), strides}, x)
}

// SliceInDim is Slice along one axis. Negative bounds count from the end.
func SliceInDim(x Value, start, limit, stride, axis int) Value {
	s := x.Aval().Shape
	axis = listIndex(axis, len(s))
	if start < 0 {
		start += s[axis]
	}
	if limit < 0 {
		limit += s[axis]
	}
	lo, hi, st := make([]int, len(s)), slices.Clone(s), ones(len(s))
	lo[axis], hi[axis], st[axis] = start, limit, stride
	return Slice(x, lo, hi, st)
}

// IndexInDim takes one position of an axis, which stays with size 1 if keepdims is set.
func IndexInDim(x Value, index, axis int, keepdims bool) Value {
	n := x.Aval().Shape[listIndex(axis, x.Aval().Ndim())]
	k := index
	if k < 0 {
		k += n
	}
	if k < 0 || k >= n {
		core.Errorf(core.IndexError, "index %d is out of bounds for axis %d with size %d", index, axis, n)
	}
	y := SliceInDim(x, k, k+1, 1, axis)
	if keepdims {
		return y
	}
	return Squeeze(y, []int{axis})
}

// listIndex makes an index of a Python list of n items positive.
func listIndex(i, n int) int {
	if i < -n || i >= n {
		core.Errorf(core.IndexError, "tuple index out of range")
	}
	if i < 0 {
		i += n
	}
	return i
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
			nonNegative("slice start_indices", p.StartIndices)
			nonNegative("slice limit_indices", p.LimitIndices)
			if len(p.StartIndices) != len(a.Shape) {
				core.Errorf(core.TypeError, "slice start_indices must have length equal to the number of dimensions of the operand, got indices %s for operand shape %s.", core.ShapeString(p.StartIndices), core.ShapeString(a.Shape))
			}
			if len(p.StartIndices) != len(p.LimitIndices) {
				core.Errorf(core.TypeError, "slice limit_indices must have the same length as start_indices, got start_indices %s and limit_indices %s.", core.ShapeString(p.StartIndices), core.ShapeString(p.LimitIndices))
			}
			for i, n := range a.Shape {
				if p.LimitIndices[i] > n {
					core.Errorf(core.TypeError, "slice limit_indices must be less than or equal to operand shape, got limit_indices %s for operand shape %s.", core.ShapeString(p.LimitIndices), core.ShapeString(a.Shape))
				}
			}
			s := make([]int, len(a.Shape))
			for i, lo := range p.StartIndices {
				if s[i] = p.LimitIndices[i] - lo; s[i] < 0 {
					core.Errorf(core.TypeError, "slice limit_indices must be greater than or equal to start_indices, got start_indices %s and limit_indices %s.", core.ShapeString(p.StartIndices), core.ShapeString(p.LimitIndices))
				}
			}
			if p.Strides != nil {
				nonNegative("slice strides", p.Strides)
				if len(p.Strides) != len(a.Shape) {
					core.Errorf(core.TypeError, "slice strides must have length equal to the number of dimensions of the operand, got strides %s for operand shape %s.", core.ShapeString(p.Strides), core.ShapeString(a.Shape))
				}
				for i, st := range p.Strides {
					if st == 0 {
						core.Errorf(core.ZeroDivisionError, "integer division or modulo by zero")
					}
					s[i] = (s[i] + st - 1) / st
				}
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
	// (operand, start_indices, limit_indices, strides or None)
	core.Export1("lax.slice", "xsss", func(a *core.Args) Value { return Slice(a.X(0), a.Ints(1), a.Ints(2), a.Ints(3)) })
	// (operand, start_index or None, limit_index or None, stride, axis)
	core.Export1("lax.slice_in_dim", "xssss", func(a *core.Args) Value {
		x, axis := a.X(0), a.IntOr(4, 0)
		n := x.Aval().Shape[listIndex(axis, x.Aval().Ndim())]
		return SliceInDim(x, a.IntOr(1, 0), a.IntOr(2, n), a.IntOr(3, 1), axis)
	})
	// (operand, index, axis, keepdims)
	core.Export1("lax.index_in_dim", "xsss", func(a *core.Args) Value {
		return IndexInDim(a.X(0), a.Int(1), a.IntOr(2, 0), boolOr(a, 3, true))
	})
}

// nonNegative is JAX's _check_shapelike.
func nonNegative(what string, xs []int) {
	for _, x := range xs {
		if x < 0 {
			core.Errorf(core.TypeError, "%s must have every element be nonnegative, got %s.", what, core.ShapeString(xs))
		}
	}
}

// boolOr is the static truth value i, or a default for None.
func boolOr(a *core.Args, i int, or bool) bool {
	if a.IsNone(i) {
		return or
	}
	return a.Bool(i)
}
