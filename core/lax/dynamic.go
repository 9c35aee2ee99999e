package lax

import (
	"slices"
	"strings"

	"github.com/jaxgo/jaxgo/core"
	"github.com/jaxgo/jaxgo/core/dtype"
	"github.com/jaxgo/jaxgo/core/stablehlo"
)

type dynamicSliceParams struct{ SliceSizes []int }

var (
	dynamicSliceOp       = core.Declare[dynamicSliceParams]("dynamic_slice")
	dynamicUpdateSliceOp = core.Declare[none]("dynamic_update_slice")
)

// DynamicSlice takes a rectangle of the given sizes that begins at starts, one scalar an axis. Negative starts count
// from the end; a rectangle that would not fit is moved so that it does.
func DynamicSlice(x Value, starts []Value, sizes []int) Value {
	return dynamicSlice(x, starts, sizes, nil)
}

// DynamicUpdateSlice overwrites the rectangle of x that begins at starts with update; starts as for DynamicSlice.
func DynamicUpdateSlice(x, update Value, starts []Value) Value {
	return dynamicUpdateSlice(x, update, starts, nil)
}

// DynamicSliceInDim is DynamicSlice along one axis.
func DynamicSliceInDim(x, start Value, size, axis int) Value {
	return dynamicSliceInDim(x, start, size, axis, true)
}

// DynamicIndexInDim takes one position of an axis, which stays with size 1 if keepdims is set.
func DynamicIndexInDim(x, index Value, axis int, keepdims bool) Value {
	return dynamicIndexInDim(x, index, axis, keepdims, true)
}

// DynamicUpdateSliceInDim is DynamicUpdateSlice along one axis.
func DynamicUpdateSliceInDim(x, update, start Value, axis int) Value {
	return dynamicUpdateSliceInDim(x, update, start, axis, true)
}

// DynamicUpdateIndexInDim overwrites one position of an axis. update has size 1 there, or lacks the axis.
func DynamicUpdateIndexInDim(x, update, index Value, axis int) Value {
	return dynamicUpdateIndexInDim(x, update, index, axis, true)
}

func dynamicSlice(x Value, starts []Value, sizes []int, allowNegative []bool) Value {
	in := append([]Value{x}, sliceStarts(x, starts, allowNegative)...)
	return dynamicSliceOp.Bind1(dynamicSliceParams{nonNil(sizes)}, in...)
}

func dynamicUpdateSlice(x, update Value, starts []Value, allowNegative []bool) Value {
	return dynamicUpdateSliceOp.Bind1(none{}, append([]Value{x, update}, sliceStarts(x, starts, allowNegative)...)...)
}

func dynamicSliceInDim(x, start Value, size, axis int, allowNegative bool) Value {
	axis = listIndex(axis, x.Aval().Ndim())
	starts, allow := startsInDim(x, start, axis, allowNegative)
	sizes := slices.Clone(x.Aval().Shape)
	sizes[axis] = size
	return dynamicSlice(x, starts, sizes, allow)
}

func dynamicIndexInDim(x, index Value, axis int, keepdims, allowNegative bool) Value {
	y := dynamicSliceInDim(x, index, 1, axis, allowNegative)
	if keepdims {
		return y
	}
	return Squeeze(y, []int{axis})
}

func dynamicUpdateSliceInDim(x, update, start Value, axis int, allowNegative bool) Value {
	starts, allow := startsInDim(x, start, listIndex(axis, x.Aval().Ndim()), allowNegative)
	return dynamicUpdateSlice(x, update, starts, allow)
}

func dynamicUpdateIndexInDim(x, update, index Value, axis int, allowNegative bool) Value {
	if n := x.Aval().Ndim(); update.Aval().Ndim() != n {
		core.Check(update.Aval().Ndim()+1 == n, core.AssertionError, "")
		update = ExpandDims(update, axis)
	}
	return dynamicUpdateSliceInDim(x, update, index, axis, allowNegative)
}

// startsInDim puts start at one axis and zeros at the others, where nothing is to be said about negative ones.
func startsInDim(x, start Value, axis int, allowNegative bool) ([]Value, []bool) {
	n := x.Aval().Ndim()
	starts, allow := make([]Value, n), make([]bool, n)
	for i := range starts {
		starts[i] = core.NewIntLiteral(start.Aval().DType, 0, false)
	}
	starts[axis], allow[axis] = start, allowNegative
	return starts, allow
}

// sliceStarts makes negative starts count from the end: those of Python numbers at once, others by equations. Unsigned
// ones, and those of axes that allowNegative excludes (nil: none), stay as they are.
func sliceStarts(x Value, starts []Value, allowNegative []bool) []Value {
	shape := x.Aval().Shape
	if len(starts) != len(shape) {
		core.Errorf(core.ValueError, "Length of slice indices must match number of operand dimensions (%d vs %s)", len(starts), core.ShapeString(shape))
	}
	out := make([]Value, len(starts))
	for k, i := range starts {
		a, allow := i.Aval(), k >= len(allowNegative) || allowNegative[k]
		out[k] = i
		l, isLit := i.(*core.Literal)
		switch {
		case !a.DType.IsSigned():
		case isLit && l.I < 0 && !allow:
			core.Errorf(core.ValueError, "Index %d is out of bounds for dimension %d if allow_negative_indices=False", l.I, shape[k])
		case isLit && l.I < 0:
			out[k] = core.NewIntLiteral(a.DType, l.I+int64(shape[k]), false)
		case isLit:
			out[k] = core.NewIntLiteral(a.DType, l.I, false)
		case allow:
			negative := Lt(i, core.NewIntLiteral(a.DType, 0, a.Weak))
			j := i
			if a.Weak {
				j = ConvertElementType(i, a.DType)
			}
			out[k] = SelectN(negative, i, Add(j, core.NewIntLiteral(a.DType, wrapInt(a.DType, shape[k]), false)))
		}
	}
	return out
}

// wrapInt is n modulo the range of d, as a conversion wraps it.
func wrapInt(d dtype.DType, n int) int64 {
	b := make([]byte, d.Size())
	dtype.PutInt(d, b, int64(n))
	_, _, i, _ := dtype.Scalar(d, b)
	return i
}

// avalTuple prints avals as a Python tuple of ShapedArrays.
func avalTuple(in []*core.Aval) string {
	s := make([]string, len(in))
	for i, a := range in {
		s[i] = "ShapedArray(" + a.Name() + ")"
		if a.Weak {
			s[i] = "ShapedArray(" + a.Name() + ", weak_type=True)"
		}
	}
	if len(in) == 1 {
		return "(" + s[0] + ",)"
	}
	return "(" + strings.Join(s, ", ") + ")"
}

// checkStarts checks that start indices are integers of one dtype.
func checkStarts(name, colon string, starts []*core.Aval) {
	names := make([]string, len(starts))
	bad := false
	for i, a := range starts {
		names[i] = a.DType.Name()
		bad = bad || !a.DType.IsInteger() || a.DType != starts[0].DType
	}
	if bad {
		core.Errorf(core.TypeError, "index arguments to %s must be integers of the same type, got%s %s", name, colon, strings.Join(names, ", "))
	}
}

// checkUpdates checks that an update has the dtype of what it updates.
func checkUpdates(name string, x, updates *core.Aval) {
	if x.DType != updates.DType && !x.DType.IsKey() && !updates.DType.IsKey() {
		core.Errorf(core.TypeError, "lax.%s requires arguments to have the same dtypes, got %s, %s.", name, x.DType.Name(), updates.DType.Name())
	}
}

// batchStarts joins start indices, some of them mapped, to one array of index vectors.
func batchStarts(size int, starts []Value, dims []int) (Value, int) {
	if len(starts) == 0 {
		return Full([]int{0}, core.NewIntLiteral(dtype.Int32, 0, false)), core.Unmapped
	}
	mapped := slices.ContainsFunc(dims, func(d int) bool { return d != core.Unmapped })
	rows := make([]Value, len(starts))
	for i, s := range starts {
		switch {
		case !mapped:
			rows[i] = Broadcast(s, []int{1})
		case dims[i] == core.Unmapped:
			rows[i] = BroadcastInDim(s, []int{size, 1}, []int{})
		default:
			rows[i] = BroadcastInDim(s, []int{size, 1}, []int{0})
		}
	}
	if !mapped {
		return Concatenate(rows, 0), core.Unmapped
	}
	return Concatenate(rows, 1), 0
}

// startsHLO appends the start of the words of keys.
func startsHLO(c core.LowerCtx, starts []stablehlo.Value) []stablehlo.Value {
	a := c.In()[0]
	if !a.DType.IsKey() {
		return starts
	}
	t := stablehlo.NewType("i32", nil)
	if len(starts) > 0 {
		t = starts[0].Type
	}
	return append(slices.Clone(starts), c.B().Constant("0", t))
}

func init() {
	f32, i32 := core.NewAval(dtype.Float32, 4, 5), core.NewAval(dtype.Int32)
	dynamicSliceOp.Define(core.Rules[dynamicSliceParams]{
		Doc: "Takes a rectangle of static size at a position that is computed.",
		Abstract: func(p dynamicSliceParams, in []*core.Aval) []*core.Aval {
			a, starts := in[0], in[1:]
			if n := len(p.SliceSizes); n != len(a.Shape) {
				than := "shorter"
				if n > len(a.Shape) {
					than = "longer"
				}
				core.Errorf(core.ValueError, "safe_map() argument 2 is %s than argument 1", than)
			}
			for i, n := range p.SliceSizes {
				if n > a.Shape[i] {
					core.Errorf(core.TypeError, "slice slice_sizes must be less than or equal to operand shape, got slice_sizes %s for operand shape %s.", core.ShapeString(p.SliceSizes), core.ShapeString(a.Shape))
				}
			}
			for _, n := range p.SliceSizes {
				if n < 0 {
					core.Errorf(core.TypeError, "slice slice_sizes must be greater than or equal to zero, got slice_sizes of %s.", core.ShapeString(p.SliceSizes))
				}
			}
			for _, s := range starts {
				if len(s.Shape) != 0 {
					core.Errorf(core.TypeError, "start_indices arguments to dynamic_slice must be scalars,  got indices %s", avalTuple(starts))
				}
			}
			checkStarts("dynamic_slice", ":", starts)
			return []*core.Aval{a.WithShape(p.SliceSizes)}
		},
		JVP: func(_ core.JVPCtx, p dynamicSliceParams, x, t []Value) ([]Value, []Value) {
			dy := dynamicSliceOp.Bind1(p, append([]Value{t[0]}, x[1:]...)...)
			return dynamicSliceOp.Bind(p, x...), []Value{dy}
		},
		Transpose: func(_ core.TransposeCtx, p dynamicSliceParams, ct, in []Value) []Value {
			out := make([]Value, len(in))
			zeros := ZerosLike(in[0].Aval().Strong())
			out[0] = dynamicUpdateSliceOp.Bind1(none{}, append([]Value{zeros, ct[0]}, in[1:]...)...)
			return out
		},
		Batch: func(c core.BatchCtx, p dynamicSliceParams, in []Value, dims []int) ([]Value, []int) {
			all := iota(len(p.SliceSizes))
			idx, d := batchStarts(c.Size(), in[1:], dims[1:])
			return batchGather(gatherParams{
				DimensionNumbers: GatherDims{OffsetDims: all, StartIndexMap: all}.normal(), SliceSizes: p.SliceSizes,
				Mode: Clip, UniqueIndices: true, IndicesAreSorted: true,
			}, in[0], idx, dims[0], d)
		},
		Lower: func(c core.LowerCtx, p dynamicSliceParams, in []stablehlo.Value) []stablehlo.Value {
			out := c.Out()[0].HLO()
			args := append([]stablehlo.Value{in[0]}, startsHLO(c, in[1:])...)
			return c.B().Op("stablehlo.dynamic_slice", "slice_sizes = "+stablehlo.Ints(out.Shape), nil, args, out)
		},
		Samples: []core.Sample[dynamicSliceParams]{{Params: dynamicSliceParams{[]int{2, 3}}, In: []*core.Aval{f32, i32, i32}}},
	})

	dynamicUpdateSliceOp.Define(core.Rules[none]{
		Doc: "Overwrites a rectangle of an array at a position that is computed.",
		Abstract: func(_ none, in []*core.Aval) []*core.Aval {
			a, u, starts := in[0], in[1], in[2:]
			if len(u.Shape) != len(a.Shape) {
				core.Errorf(core.TypeError, "dynamic_update_slice update must have the same rank as operand, got update shape %s for operand shape %s.", core.ShapeString(u.Shape), core.ShapeString(a.Shape))
			}
			if len(starts) != len(a.Shape) {
				core.Errorf(core.TypeError, "dynamic_update_slice start_indices must have length equal to the rank of operand, got indices %s for operand shape %s.", avalTuple(starts), core.ShapeString(a.Shape))
			}
			for i, n := range u.Shape {
				if n > a.Shape[i] {
					core.Errorf(core.TypeError, "dynamic_update_slice update shape must be smaller than operand shape, got update shape %s for operand shape %s.", core.ShapeString(u.Shape), core.ShapeString(a.Shape))
				}
			}
			weak := a.Weak && u.Weak
			for _, s := range starts {
				if len(s.Shape) != 0 {
					core.Errorf(core.TypeError, "start_indices arguments to dynamic_update_slice must be scalars, got indices %s", avalTuple(starts))
				}
				weak = weak && s.Weak
			}
			checkUpdates("dynamic_update_slice", a, u)
			checkStarts("dynamic_update_slice", "", starts)
			return []*core.Aval{core.MakeAval(a.DType, a.Shape, weak)}
		},
		JVP: func(_ core.JVPCtx, p none, x, t []Value) ([]Value, []Value) {
			y := dynamicUpdateSliceOp.Bind(p, x...)
			dx, du := InstantiateZeros(t[0], x[0].Aval()), InstantiateZeros(t[1], x[1].Aval())
			return y, dynamicUpdateSliceOp.Bind(p, append([]Value{dx, du}, x[2:]...)...)
		},
		Transpose: func(_ core.TransposeCtx, p none, ct, in []Value) []Value {
			out, u, starts := make([]Value, len(in)), in[1].Aval(), in[2:]
			if core.IsUndef(in[0]) {
				zeros := ZerosLike(ct[0].Aval().WithShape(u.Shape))
				out[0] = dynamicUpdateSliceOp.Bind1(p, append([]Value{ct[0], zeros}, starts...)...)
			}
			if core.IsUndef(in[1]) {
				out[1] = dynamicSliceOp.Bind1(dynamicSliceParams{u.Shape}, append([]Value{ct[0]}, starts...)...)
			}
			return out
		},
		Batch: func(c core.BatchCtx, _ none, in []Value, dims []int) ([]Value, []int) {
			all := iota(len(in) - 2)
			idx, d := batchStarts(c.Size(), in[2:], dims[2:])
			return batchScatter(scatterOp, c, scatterParams{
				DimensionNumbers: ScatterDims{UpdateWindowDims: all, ScatterDimsToOperandDims: all}.normal(),
				Mode:             Clip, UniqueIndices: true, IndicesAreSorted: true,
			}, []Value{in[0], idx, in[1]}, []int{dims[0], d, dims[1]})
		},
		Lower: func(c core.LowerCtx, _ none, in []stablehlo.Value) []stablehlo.Value {
			args := append([]stablehlo.Value{in[0], in[1]}, startsHLO(c, in[2:])...)
			return c.B().Op("stablehlo.dynamic_update_slice", "", nil, args, c.Out()[0].HLO())
		},
		Samples: []core.Sample[none]{{In: []*core.Aval{f32, core.NewAval(dtype.Float32, 2, 3), i32, i32}}},
	})

	// allow_negative_indices is True, False, None (which is True) or a sequence of such.
	allow := func(a *core.Args, i, n int) []bool {
		if a.IsNone(i) {
			return nil
		}
		out := make([]bool, n)
		if a.List[i].Kind == core.ArgSeq {
			seq := a.Sub(i)
			for k := range min(n, seq.Len()) {
				out[k] = seq.Bool(k)
			}
			return out
		}
		for k := range out {
			out[k] = a.Bool(i)
		}
		return out
	}
	// (operand, start_indices: a sequence of scalars, slice_sizes, allow_negative_indices)
	core.Export1("lax.dynamic_slice", "xXss", func(a *core.Args) Value {
		x, starts := a.X(0), a.Xs(1)
		return dynamicSlice(x, starts, a.Ints(2), allow(a, 3, len(starts)))
	})
	// (operand, update, start_indices: a sequence of scalars, allow_negative_indices)
	core.Export1("lax.dynamic_update_slice", "xxXs", func(a *core.Args) Value {
		x, u, starts := a.X(0), a.X(1), a.Xs(2)
		return dynamicUpdateSlice(x, u, starts, allow(a, 3, len(starts)))
	})
	// (operand, start_index, slice_size, axis, allow_negative_indices)
	core.Export1("lax.dynamic_slice_in_dim", "xxsss", func(a *core.Args) Value {
		return dynamicSliceInDim(a.X(0), a.X(1), a.Int(2), a.IntOr(3, 0), boolOr(a, 4, true))
	})
	// (operand, index, axis, keepdims, allow_negative_indices)
	core.Export1("lax.dynamic_index_in_dim", "xxsss", func(a *core.Args) Value {
		return dynamicIndexInDim(a.X(0), a.X(1), a.IntOr(2, 0), boolOr(a, 3, true), boolOr(a, 4, true))
	}).Jit("dynamic_index_in_dim")
	// (operand, update, start_index, axis, allow_negative_indices)
	core.Export1("lax.dynamic_update_slice_in_dim", "xxxss", func(a *core.Args) Value {
		return dynamicUpdateSliceInDim(a.X(0), a.X(1), a.X(2), a.Int(3), boolOr(a, 4, true))
	})
	// (operand, update, index, axis, allow_negative_indices)
	core.Export1("lax.dynamic_update_index_in_dim", "xxxss", func(a *core.Args) Value {
		return dynamicUpdateIndexInDim(a.X(0), a.X(1), a.X(2), a.Int(3), boolOr(a, 4, true))
	}).Jit("dynamic_update_index_in_dim")
}
