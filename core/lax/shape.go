package lax

import (
	"slices"
	"strings"

	"github.com/jaxgo/jaxgo/core"
	"github.com/jaxgo/jaxgo/core/dtype"
	"github.com/jaxgo/jaxgo/core/stablehlo"
)

// BroadcastParams are the parameters of broadcast_in_dim.
type BroadcastParams struct {
	Shape               []int     `jx:",noprint"`
	BroadcastDimensions []int     `jx:",omitempty"`
	Sharding            core.None `jx:",noprint"`
}

type reshapeParams struct {
	Dimensions []int // nil: in order
	NewSizes   []int
	Sharding   core.None
}

type permParams struct{ Permutation []int }

type dimsParams struct{ Dimensions []int }

type dimParams struct{ Dimension int }

// PadConfig is the (low, high, interior) padding of one axis; low and high may be negative.
type PadConfig [3]int

type padParams struct{ PaddingConfig []PadConfig }

var (
	broadcastInDimOp = core.Declare[BroadcastParams]("broadcast_in_dim")
	reshapeOp        = core.Declare[reshapeParams]("reshape")
	transposeOp      = core.Declare[permParams]("transpose")
	squeezeOp        = core.Declare[dimsParams]("squeeze")
	revOp            = core.Declare[dimsParams]("rev")
	concatenateOp    = core.Declare[dimParams]("concatenate")
	padOp            = core.Declare[padParams]("pad")
)

// BroadcastInDim places axis i of x at axis dims[i] of an array of the given shape and repeats x along the others
// and along axes of size 1 (StableHLO broadcast_in_dim).
func BroadcastInDim(x Value, shape, dims []int) Value {
	if sameShape(x.Aval().Shape, shape) && slices.Equal(dims, iota(len(shape))) && !isLiteral(x) {
		return x
	}
	return broadcastInDimOp.Bind1(BroadcastParams{Shape: shape, BroadcastDimensions: dims}, x)
}

// Broadcast adds leading axes of the given sizes.
func Broadcast(x Value, sizes []int) Value {
	if len(sizes) == 0 {
		return x
	}
	s := x.Aval().Shape
	dims := make([]int, len(s))
	for i := range dims {
		dims[i] = len(sizes) + i
	}
	return BroadcastInDim(x, append(append([]int{}, sizes...), s...), dims)
}

// Reshape gives x another shape with as many elements, in row-major order. JAX keeps the reshape of a scalar to a
// scalar as an equation, and so does this.
func Reshape(x Value, shape []int) Value {
	if len(shape) > 0 && sameShape(x.Aval().Shape, shape) {
		return x
	}
	return reshapeOp.Bind1(reshapeParams{NewSizes: nonNil(shape)}, x)
}

// ReshapeOrder is Reshape after a transposition: the elements of x are read with its axes in the order dims.
func ReshapeOrder(x Value, shape, dims []int) Value {
	if dims == nil || slices.Equal(dims, iota(x.Aval().Ndim())) {
		return Reshape(x, shape)
	}
	return reshapeOp.Bind1(reshapeParams{Dimensions: dims, NewSizes: nonNil(shape)}, x)
}

// Transpose permutes the axes: axis i of the result is axis perm[i] of x.
func Transpose(x Value, perm []int) Value {
	if slices.Equal(perm, iota(x.Aval().Ndim())) && !isLiteral(x) {
		return x
	}
	return transposeOp.Bind1(permParams{perm}, x)
}

// Squeeze removes axes of size 1.
func Squeeze(x Value, dims []int) Value {
	if len(dims) == 0 && !isLiteral(x) {
		return x
	}
	n := x.Aval().Ndim()
	norm := make([]int, len(dims))
	for i, d := range dims {
		norm[i] = normAxis("squeeze", d, n)
	}
	slices.Sort(norm)
	return squeezeOp.Bind1(dimsParams{norm}, x)
}

// ExpandDims inserts axes of size 1 at the given positions of the result.
func ExpandDims(x Value, dims ...int) Value {
	s := x.Aval().Shape
	n := len(s) + len(dims)
	isNew := make([]bool, n)
	norm := make([]int, len(dims))
	for i, d := range dims {
		if slices.Contains(dims[:i], d) {
			core.Errorf(core.ValueError, "repeated axis in lax.expand_dims: %s", core.ShapeString(dims))
		}
		norm[i] = normAxis("expand_dims", d, n)
	}
	for _, d := range norm {
		if isNew[d] {
			core.Errorf(core.ValueError, "repeated axis in lax.expand_dims: %s", stablehlo.List(norm))
		}
		isNew[d] = true
	}
	shape, from := make([]int, 0, n), make([]int, 0, len(s))
	for i := range n {
		if isNew[i] {
			shape = append(shape, 1)
		} else {
			shape = append(shape, s[len(from)])
			from = append(from, i)
		}
	}
	return BroadcastInDim(x, shape, from)
}

// MoveAxis moves one axis of x to another place.
func MoveAxis(x Value, from, to int) Value {
	if from == to {
		return x
	}
	n := x.Aval().Ndim()
	perm := make([]int, 0, n)
	for i := range n {
		if i != from {
			perm = append(perm, i)
		}
	}
	return Transpose(x, slices.Insert(perm, to, from))
}

// Rev reverses x along the given axes.
func Rev(x Value, dims []int) Value {
	return revOp.Bind1(dimsParams{nonNil(dims)}, x)
}

// Concatenate joins arrays along an axis.
func Concatenate(xs []Value, dim int) Value {
	if len(xs) == 0 {
		core.Errorf(core.ValueError, "concatenate requires a non-empty sequences of arrays")
	}
	if len(xs) == 1 && !isLiteral(xs[0]) {
		return xs[0]
	}
	return concatenateOp.Bind1(dimParams{dim}, xs...)
}

// Pad pads x with the scalar value (StableHLO pad).
func Pad(x, value Value, config []PadConfig) Value {
	return padOp.Bind1(padParams{append(make([]PadConfig, 0, len(config)), config...)}, x, value)
}

func isLiteral(x Value) bool { _, ok := x.(*core.Literal); return ok }

// Full is an array filled with a scalar.
func Full(shape []int, v Value) Value { return Broadcast(v, shape) }

// ZerosLike is an array of zeros with the aval of a.
func ZerosLike(a *core.Aval) Value {
	return Full(a.Shape, core.NewLiteral(a.DType, 0, a.Weak))
}

// InstantiateZeros replaces a symbolic zero by an array of zeros.
func InstantiateZeros(v Value, a *core.Aval) Value {
	if v != nil {
		return v
	}
	return ZerosLike(a)
}

// batchDim is d where it is mapped, for operands that are broadcast on axis 0 otherwise.
func batchOne(x Value, d, size int) Value {
	if d == core.Unmapped {
		return Broadcast(x, []int{size})
	}
	return MoveAxis(x, d, 0)
}

// BatchToFront gives every operand a leading batch axis, broadcasting those that have none.
func BatchToFront(size int, in []Value, dims []int) []Value {
	out := make([]Value, len(in))
	for i, v := range in {
		out[i] = batchOne(v, dims[i], size)
	}
	return out
}

func init() {
	bj, bt := linearUnary(broadcastInDimOp, func(p BroadcastParams, ct Value, x *core.Aval) Value {
		var axes, unit, order []int // order are the operand's axes that remain, as the result has them
		for i := range p.Shape {
			if k := slices.Index(p.BroadcastDimensions, i); k < 0 || x.Shape[k] == 1 {
				axes = append(axes, i)
			} else {
				order = append(order, k)
			}
		}
		for i, n := range x.Shape {
			if n == 1 {
				unit = append(unit, i)
			}
		}
		return ExpandDims(Transpose(ReduceSum(ct, axes), argsort(order)), unit...)
	})
	broadcastInDimOp.Define(core.Rules[BroadcastParams]{
		Doc: "Repeats an array along new axes and axes of size 1.",
		Abstract: func(p BroadcastParams, in []*core.Aval) []*core.Aval {
			a := in[0]
			nonNegative("broadcast_in_dim shape", p.Shape)
			nonNegative("broadcast_in_dim broadcast_dimensions", p.BroadcastDimensions)
			if len(p.BroadcastDimensions) != len(a.Shape) {
				core.Errorf(core.TypeError, "broadcast_in_dim broadcast_dimensions must have length equal to operand ndim; got broadcast_dimensions %s for operand ndim %d.", core.ShapeString(p.BroadcastDimensions), len(a.Shape))
			}
			if len(p.Shape) < len(a.Shape) {
				core.Errorf(core.TypeError, "broadcast_in_dim target broadcast shape must have equal or higher rank to the operand shape; got operand ndim %d and target broadcast ndim %d.", len(a.Shape), len(p.Shape))
			}
			for _, d := range p.BroadcastDimensions {
				if d >= len(p.Shape) {
					core.Errorf(core.TypeError, "broadcast_in_dim broadcast_dimensions must be a subset of output dimensions, got %s for operand ndim %d and shape %s.", core.ShapeString(p.BroadcastDimensions), len(a.Shape), core.ShapeString(p.Shape))
				}
			}
			for i, d := range p.BroadcastDimensions {
				if a.Shape[i] != 1 && a.Shape[i] != p.Shape[d] {
					core.Errorf(core.TypeError, "broadcast_in_dim operand dimension sizes must either be 1, or be equal to their corresponding dimensions in the target broadcast shape; got operand of shape %s, target broadcast shape %s, broadcast_dimensions %s ", core.ShapeString(a.Shape), core.ShapeString(p.Shape), core.ShapeString(p.BroadcastDimensions))
				}
			}
			if !distinct(p.BroadcastDimensions) {
				core.Errorf(core.TypeError, "broadcast_in_dim broadcast_dimensions must not contain duplicates, got broadcast_dimensions %s", core.ShapeString(p.BroadcastDimensions))
			}
			return []*core.Aval{a.WithShape(p.Shape)}
		},
		JVP: bj, Transpose: bt,
		Batch: func(c core.BatchCtx, p BroadcastParams, in []Value, dims []int) ([]Value, []int) {
			x := MoveAxis(in[0], dims[0], 0)
			bd := []int{0}
			for _, d := range p.BroadcastDimensions {
				bd = append(bd, d+1)
			}
			shape := append([]int{x.Aval().Shape[0]}, p.Shape...)
			return []Value{BroadcastInDim(x, shape, bd)}, []int{0}
		},
		Lower: func(c core.LowerCtx, p BroadcastParams, in []stablehlo.Value) []stablehlo.Value {
			dims := p.BroadcastDimensions
			if c.Out()[0].DType.IsKey() {
				dims = append(slices.Clone(dims), len(p.Shape))
			}
			return []stablehlo.Value{c.B().Pretty("stablehlo.broadcast_in_dim", ", dims = "+stablehlo.List(dims), c.Out()[0].HLO(), in[0])}
		},
		Samples: []core.Sample[BroadcastParams]{
			{Params: BroadcastParams{Shape: []int{2, 3}, BroadcastDimensions: []int{}}, In: []*core.Aval{core.NewAval(dtype.Float32)}},
			{Params: BroadcastParams{Shape: []int{4, 2, 3}, BroadcastDimensions: []int{1, 2}}, In: []*core.Aval{core.NewAval(dtype.Float32, 1, 3)}},
		},
	})

	rj, rt := linearUnary(reshapeOp, func(p reshapeParams, ct Value, x *core.Aval) Value {
		if p.Dimensions == nil {
			return Reshape(ct, x.Shape)
		}
		s := make([]int, len(x.Shape))
		for i, d := range p.Dimensions {
			s[i] = x.Shape[d]
		}
		return Transpose(Reshape(ct, s), inversePerm(p.Dimensions))
	})
	reshapeOp.Define(core.Rules[reshapeParams]{
		Doc: "Gives an array another shape with as many elements.",
		Abstract: func(p reshapeParams, in []*core.Aval) []*core.Aval {
			a := in[0]
			for _, n := range p.NewSizes {
				if n < 0 {
					core.Errorf(core.TypeError, "reshape new_sizes must all be positive, got %s.", core.ShapeString(p.NewSizes))
				}
			}
			if p.Dimensions != nil && !slices.Equal(sorted(p.Dimensions), iota(len(a.Shape))) {
				core.Errorf(core.TypeError, "reshape dimensions must be a permutation of operand dimensions, got dimensions %s for shape %s.", core.ShapeString(p.Dimensions), core.ShapeString(a.Shape))
			}
			// JAX finds a wrong number of elements only when it lowers; the check here gives its older message, and in time.
			out := a.WithShape(p.NewSizes)
			if out.Size() != a.Size() {
				core.Errorf(core.ValueError, "reshape total size must be unchanged, got new_sizes %s for shape %s.", core.ShapeString(p.NewSizes), core.ShapeString(a.Shape))
			}
			return []*core.Aval{out}
		},
		JVP: rj, Transpose: rt,
		Batch: func(c core.BatchCtx, p reshapeParams, in []Value, dims []int) ([]Value, []int) {
			x := MoveAxis(in[0], dims[0], 0)
			order := p.Dimensions
			if order != nil {
				order = append([]int{0}, shifted(order, 1)...)
			}
			return []Value{ReshapeOrder(x, append([]int{x.Aval().Shape[0]}, p.NewSizes...), order)}, []int{0}
		},
		Lower: func(c core.LowerCtx, p reshapeParams, in []stablehlo.Value) []stablehlo.Value {
			x := in[0]
			if p.Dimensions != nil {
				x = transposeHLO(c.B(), x, p.Dimensions)
			}
			return []stablehlo.Value{c.B().Pretty("stablehlo.reshape", "", c.Out()[0].HLO(), x)}
		},
		Samples: []core.Sample[reshapeParams]{
			{Params: reshapeParams{NewSizes: []int{3, 2}}, In: []*core.Aval{core.NewAval(dtype.Float32, 2, 3)}},
			{Params: reshapeParams{Dimensions: []int{1, 0}, NewSizes: []int{6}}, In: []*core.Aval{core.NewAval(dtype.Float32, 2, 3)}},
		},
	})

	tj, tt := linearUnary(transposeOp, func(p permParams, ct Value, x *core.Aval) Value {
		return Transpose(ct, inversePerm(p.Permutation))
	})
	transposeOp.Define(core.Rules[permParams]{
		Doc: "Permutes the axes of an array.",
		Abstract: func(p permParams, in []*core.Aval) []*core.Aval {
			a := in[0]
			if len(p.Permutation) != len(a.Shape) || !slices.Equal(sorted(p.Permutation), iota(len(a.Shape))) {
				core.Errorf(core.TypeError, "transpose permutation isn't a permutation of operand dimensions, got permutation %s for operand shape %s.", core.ShapeString(p.Permutation), core.ShapeString(a.Shape))
			}
			s := make([]int, len(a.Shape))
			for i, d := range p.Permutation {
				s[i] = a.Shape[d]
			}
			return []*core.Aval{a.WithShape(s)}
		},
		JVP: tj, Transpose: tt,
		Batch: func(c core.BatchCtx, p permParams, in []Value, dims []int) ([]Value, []int) {
			perm := []int{dims[0]}
			for _, i := range p.Permutation {
				if i >= dims[0] {
					i++
				}
				perm = append(perm, i)
			}
			return []Value{Transpose(in[0], perm)}, []int{0}
		},
		Lower: func(c core.LowerCtx, p permParams, in []stablehlo.Value) []stablehlo.Value {
			if d := c.In()[0].DType; d.Bits() < 8 && !d.IsBool() {
				return c.Fn(func(in []Value) []Value { return []Value{transposeByIndex(in[0], p.Permutation)} }, in, c.In())
			}
			return []stablehlo.Value{transposeHLO(c.B(), in[0], p.Permutation)}
		},
		Samples: []core.Sample[permParams]{{Params: permParams{[]int{1, 2, 0}}, In: []*core.Aval{core.NewAval(dtype.Float32, 2, 3, 4)}}},
	})

	sj, st := linearUnary(squeezeOp, func(p dimsParams, ct Value, x *core.Aval) Value {
		return ExpandDims(ct, p.Dimensions...)
	})
	squeezeOp.Define(core.Rules[dimsParams]{
		Doc: "Removes axes of size 1.",
		Abstract: func(p dimsParams, in []*core.Aval) []*core.Aval {
			a := in[0]
			if !distinct(p.Dimensions) {
				core.Errorf(core.ValueError, "dimensions are not unique: %s", core.ShapeString(p.Dimensions))
			}
			for _, d := range p.Dimensions {
				if d < 0 || d >= len(a.Shape) {
					core.Errorf(core.ValueError, "dimensions outside range [0, ndim): %s", core.ShapeString(p.Dimensions))
				}
			}
			var s []int
			for i, n := range a.Shape {
				if !slices.Contains(p.Dimensions, i) {
					s = append(s, n)
				} else if n != 1 {
					core.Errorf(core.ValueError, "cannot select an axis to squeeze out which has size not equal to one, got shape=%s and dimensions=%s", core.ShapeString(a.Shape), core.ShapeString(p.Dimensions))
				}
			}
			return []*core.Aval{a.WithShape(s)}
		},
		JVP: sj, Transpose: st,
		Batch: func(c core.BatchCtx, p dimsParams, in []Value, dims []int) ([]Value, []int) {
			x := MoveAxis(in[0], dims[0], 0)
			return []Value{squeezeOp.Bind1(dimsParams{shifted(p.Dimensions, 1)}, x)}, []int{0}
		},
		Lower: func(c core.LowerCtx, p dimsParams, in []stablehlo.Value) []stablehlo.Value {
			return []stablehlo.Value{c.B().Pretty("stablehlo.reshape", "", c.Out()[0].HLO(), in[0])}
		},
		Samples: []core.Sample[dimsParams]{{Params: dimsParams{[]int{1}}, In: []*core.Aval{core.NewAval(dtype.Float32, 2, 1, 4)}}},
	})

	vj, vt := linearUnary(revOp, func(p dimsParams, ct Value, x *core.Aval) Value { return Rev(ct, p.Dimensions) })
	revOp.Define(core.Rules[dimsParams]{
		Doc: "Reverses an array along axes.",
		Abstract: func(p dimsParams, in []*core.Aval) []*core.Aval {
			n := in[0].Ndim()
			nonNegative("rev dimensions", p.Dimensions)
			if !distinct(p.Dimensions) {
				core.Errorf(core.TypeError, "rev dimensions must be unique, got %s.", core.ShapeString(p.Dimensions))
			}
			for _, d := range p.Dimensions {
				if d >= n {
					core.Errorf(core.TypeError, "rev dimensions must all be less than operand ndim, got dimensions %s for operand ndim %d.", core.ShapeString(p.Dimensions), n)
				}
			}
			return in[:1]
		},
		JVP: vj, Transpose: vt,
		Batch: func(c core.BatchCtx, p dimsParams, in []Value, dims []int) ([]Value, []int) {
			ds := slices.Clone(p.Dimensions)
			for i, d := range ds {
				if d >= dims[0] {
					ds[i]++
				}
			}
			return []Value{Rev(in[0], ds)}, dims
		},
		Lower: func(c core.LowerCtx, p dimsParams, in []stablehlo.Value) []stablehlo.Value {
			return c.B().Op("stablehlo.reverse", "dimensions = "+stablehlo.Ints(p.Dimensions), nil, in, c.Out()[0].HLO())
		},
		Samples: []core.Sample[dimsParams]{{Params: dimsParams{[]int{0}}, In: []*core.Aval{core.NewAval(dtype.Float32, 2, 3)}}},
	})

	concatenateOp.Define(core.Rules[dimParams]{
		Doc: "Joins arrays along an axis.",
		Abstract: func(p dimParams, in []*core.Aval) []*core.Aval {
			a := in[0]
			for _, b := range in[1:] {
				if len(b.Shape) != len(a.Shape) {
					core.Errorf(core.TypeError, "Cannot concatenate arrays with different numbers of dimensions: got %s.", allShapes(in))
				}
			}
			if p.Dimension < 0 || p.Dimension >= len(a.Shape) {
				core.Errorf(core.TypeError, "concatenate dimension out of bounds: dimension %d for shapes %s.", p.Dimension, allShapes(in))
			}
			s := slices.Clone(a.Shape)
			weak := a.Weak
			for _, b := range in[1:] {
				for i, n := range b.Shape {
					if i != p.Dimension && n != s[i] {
						core.Errorf(core.TypeError, "Cannot concatenate arrays with shapes that differ in dimensions other than the one being concatenated: concatenating along dimension %d for shapes %s.", p.Dimension, allShapes(in))
					}
				}
				s[p.Dimension] = core.AddSizes(s[p.Dimension], b.Shape[p.Dimension])
				weak = weak && b.Weak
			}
			sameDTypes("concatenate", in)
			return []*core.Aval{core.MakeAval(a.DType, s, weak)}
		},
		JVP: func(_ core.JVPCtx, p dimParams, x, t []Value) ([]Value, []Value) {
			ts := make([]Value, len(t))
			for i := range t {
				ts[i] = InstantiateZeros(t[i], x[i].Aval())
			}
			return []Value{concatenateOp.Bind1(p, x...)}, []Value{concatenateOp.Bind1(p, ts...)}
		},
		Transpose: func(_ core.TransposeCtx, p dimParams, ct, in []Value) []Value {
			sizes := make([]int, len(in))
			for i, v := range in {
				sizes[i] = v.Aval().Shape[p.Dimension]
			}
			return Split(ct[0], sizes, p.Dimension)
		},
		Batch: func(c core.BatchCtx, p dimParams, in []Value, dims []int) ([]Value, []int) {
			return []Value{concatenateOp.Bind1(dimParams{p.Dimension + 1}, BatchToFront(c.Size(), in, dims)...)}, []int{0}
		},
		Lower: func(c core.LowerCtx, p dimParams, in []stablehlo.Value) []stablehlo.Value {
			return []stablehlo.Value{concatenateHLO(c.B(), in, p.Dimension)}
		},
		Samples: []core.Sample[dimParams]{{Params: dimParams{1}, In: []*core.Aval{core.NewAval(dtype.Float32, 2, 3), core.NewAval(dtype.Float32, 2, 1)}}},
	})

	padOp.Define(core.Rules[padParams]{
		Doc: "Pads an array at its edges and between its elements.",
		Abstract: func(p padParams, in []*core.Aval) []*core.Aval {
			a, v := in[0], in[1]
			if len(v.Shape) != 0 {
				core.Errorf(core.ValueError, "padding_value must be a scalar; got np.shape(padding_value)=%s", core.ShapeString(v.Shape))
			}
			if len(p.PaddingConfig) != len(a.Shape) {
				core.Errorf(core.ValueError, "length of padding_config must equal the number of axes of operand, got padding_config %s for operand shape %s", core.FormatParam(p.PaddingConfig), core.ShapeString(a.Shape))
			}
			s := make([]int, len(a.Shape))
			for _, c := range p.PaddingConfig {
				if c[2] < 0 {
					core.Errorf(core.ValueError, "interior padding in padding_config must be nonnegative, got padding_config %s", core.FormatParam(p.PaddingConfig))
				}
			}
			for i, c := range p.PaddingConfig {
				s[i] = c[0] + c[1]
				if n := a.Shape[i]; n > 0 {
					s[i] += n + (n-1)*c[2]
				}
			}
			if slices.ContainsFunc(s, func(n int) bool { return n < 0 }) {
				core.Errorf(core.ValueError, "Dimension size after padding is not at least 0, got result shape %s, for padding_config %s and operand shape %s", core.ShapeString(s), core.FormatParam(p.PaddingConfig), core.ShapeString(a.Shape))
			}
			if a.DType != v.DType {
				core.Errorf(core.TypeError, "pad operand and padding_value must be same dtype: got %s and %s.", a.DType.Name(), v.DType.Name())
			}
			return []*core.Aval{core.MakeAval(a.DType, s, a.Weak && v.Weak)}
		},
		JVP: func(_ core.JVPCtx, p padParams, x, t []Value) ([]Value, []Value) {
			return []Value{padOp.Bind1(p, x...)}, []Value{padOp.Bind1(p,
				InstantiateZeros(t[0], x[0].Aval()), InstantiateZeros(t[1], x[1].Aval()))}
		},
		Transpose: func(_ core.TransposeCtx, p padParams, ct, in []Value) []Value {
			// The cotangent of the operand is what pad wrote it to: negative padding undoes the edges, a strided slice the
			// interior. The rest belongs to the padding value.
			x := in[0].Aval()
			n := len(x.Shape)
			unpad, stride := make([]PadConfig, n), make([]int, n)
			for i, c := range p.PaddingConfig {
				unpad[i], stride[i] = PadConfig{-c[0], -c[1], 0}, c[2]+1
			}
			zero := core.NewLiteral(ct[0].Aval().DType, 0, false)
			y := Pad(ct[0], zero, unpad)
			ys := y.Aval().Shape
			dx := Slice(y, make([]int, n), ys, stride)
			out := []Value{dx, nil}
			if core.IsUndef(in[1]) {
				all := iota(n)
				out[1] = Sub(ReduceSum(ct[0], all), ReduceSum(dx, all))
			}
			return out
		},
		Batch: func(c core.BatchCtx, p padParams, in []Value, dims []int) ([]Value, []int) {
			x, d := in[0], dims[0]
			if d == core.Unmapped {
				x, d = Broadcast(x, []int{c.Size()}), 0
			}
			config := slices.Insert(slices.Clone(p.PaddingConfig), d, PadConfig{})
			if dims[1] == core.Unmapped {
				return []Value{Pad(x, in[1], config)}, []int{d}
			}
			zero := core.NewLiteral(x.Aval().DType, 0, false)
			y := Pad(x, zero, config)
			mask := Pad(Full(x.Aval().Shape, core.NewIntLiteral(dtype.Bool, 1, false)), core.NewIntLiteral(dtype.Bool, 0, false), config)
			v := BroadcastInDim(in[1], y.Aval().Shape, []int{d})
			return []Value{SelectN(mask, v, y)}, []int{d}
		},
		Lower: func(c core.LowerCtx, p padParams, in []stablehlo.Value) []stablehlo.Value {
			n := len(p.PaddingConfig)
			lo, hi, mid := make([]int, n), make([]int, n), make([]int, n)
			for i, c := range p.PaddingConfig {
				lo[i], hi[i], mid[i] = c[0], c[1], c[2]
			}
			attrs := ", low = " + stablehlo.List(lo) + ", high = " + stablehlo.List(hi) + ", interior = " + stablehlo.List(mid)
			return []stablehlo.Value{c.B().Pretty("stablehlo.pad", attrs, c.Out()[0].HLO(), in...)}
		},
		Samples: []core.Sample[padParams]{
			{Params: padParams{[]PadConfig{{1, 2, 1}, {-1, 0, 0}}}, In: []*core.Aval{core.NewAval(dtype.Float32, 2, 3), core.NewAval(dtype.Float32)}},
		},
	})

	// (operand, shape, broadcast_dimensions)
	core.Export1("lax.broadcast_in_dim", "xss", func(a *core.Args) Value {
		x, shape, dims := a.X(0), a.Ints(1), a.Ints(2)
		if len(dims) == 0 && x.Aval().Ndim() == len(shape) && !isLiteral(x) {
			return x
		}
		return BroadcastInDim(x, nonNil(shape), nonNil(dims))
	})
	// (operand, sizes)
	core.Export1("lax.broadcast", "xs", func(a *core.Args) Value { return Broadcast(a.X(0), a.Ints(1)) })
	// (operand, new_sizes, dimensions or None)
	core.Export1("lax.reshape", "xss", func(a *core.Args) Value { return ReshapeOrder(a.X(0), a.Ints(1), a.Ints(2)) })
	// (operand, permutation)
	core.Export1("lax.transpose", "xs", func(a *core.Args) Value { return Transpose(a.X(0), nonNil(a.Ints(1))) })
	// (array, dimensions)
	core.Export1("lax.squeeze", "xs", func(a *core.Args) Value { return Squeeze(a.X(0), a.Ints(1)) })
	core.Export1("lax.expand_dims", "xs", func(a *core.Args) Value { return ExpandDims(a.X(0), a.Ints(1)...) })
	// (operand, dimensions)
	core.Export1("lax.rev", "xs", func(a *core.Args) Value { return Rev(a.X(0), a.Ints(1)) })
	// (operands, dimension)
	core.Export1("lax.concatenate", "Xs", func(a *core.Args) Value { return Concatenate(a.Xs(0), a.Int(1)) })
	// (operand, padding_value, padding_config: a sequence of (low, high, interior))
	core.Export1("lax.pad", "xxs", func(a *core.Args) Value {
		seq := a.Sub(2)
		config := make([]PadConfig, seq.Len())
		for i := range config {
			c := seq.Ints(i)
			if len(c) != 3 {
				core.Errorf(core.ValueError, "padding_config must hold (low, high, interior) for each axis, got %s", core.ShapeString(c))
			}
			config[i] = PadConfig(c)
		}
		return Pad(a.X(0), a.X(1), config)
	})
}

func inversePerm(p []int) []int {
	q := make([]int, len(p))
	for i, j := range p {
		q[j] = i
	}
	return q
}

func sorted(xs []int) []int {
	ys := slices.Clone(xs)
	slices.Sort(ys)
	return ys
}

func shifted(xs []int, by int) []int {
	ys := make([]int, len(xs))
	for i, x := range xs {
		ys[i] = x + by
	}
	return ys
}

// allShapes lists every operand's shape, scalars too.
func allShapes(in []*core.Aval) string {
	s := make([]string, len(in))
	for i, a := range in {
		s[i] = core.ShapeString(a.Shape)
	}
	return strings.Join(s, ", ")
}

// transposeByIndex transposes elements smaller than a byte: where XLA's CPU copies them to another layout it ends the process.
func transposeByIndex(x Value, perm []int) Value {
	a := x.Aval()
	flat := []int{a.Size()}
	from := Transpose(Reshape(Iota(dtype.Int32, a.Size()), a.Shape), perm)
	return Reshape(IndexTake(Reshape(x, flat), []Value{Reshape(from, flat)}, []int{0}), from.Aval().Shape)
}

// transposeHLO permutes leading axes; the words of keys stay behind.
func transposeHLO(b *stablehlo.Builder, x stablehlo.Value, perm []int) stablehlo.Value {
	perm = slices.Clone(perm)
	for i := len(perm); i < len(x.Type.Shape); i++ {
		perm = append(perm, i)
	}
	s := make([]int, len(perm))
	for i, d := range perm {
		s[i] = x.Type.Shape[d]
	}
	return b.Pretty("stablehlo.transpose", ", dims = "+stablehlo.List(perm), x.Type.WithShape(s), x)
}

// concatenateHLO joins arrays by sixteen: wide concatenations are slow to compile (jax-ml/jax#653).
func concatenateHLO(b *stablehlo.Builder, xs []stablehlo.Value, dim int) stablehlo.Value {
	if elem := xs[0].Type.Elem; len(xs) > 1 && (elem == "i2" || elem == "ui2") {
		// XLA's concatenation of two-bit integers ends the process.
		wide := make([]stablehlo.Value, len(xs))
		for i, x := range xs {
			wide[i] = b.Pretty("stablehlo.convert", "", x.Type.WithElem("i8"), x)
		}
		y := concatenateHLO(b, wide, dim)
		return b.Pretty("stablehlo.convert", "", y.Type.WithElem(elem), y)
	}
	for first := true; first || len(xs) > 1; first = false {
		var joined []stablehlo.Value
		for part := range slices.Chunk(xs, 16) {
			s := slices.Clone(part[0].Type.Shape)
			for _, x := range part[1:] {
				s[dim] += x.Type.Shape[dim]
			}
			joined = append(joined, b.Pretty("stablehlo.concatenate", ", dim = "+itoa(dim), part[0].Type.WithShape(s), part...))
		}
		xs = joined
	}
	return xs[0]
}

// sliceAxisHLO takes [lo, hi) along one axis.
func sliceAxisHLO(b *stablehlo.Builder, x stablehlo.Value, axis, lo, hi int) stablehlo.Value {
	n := len(x.Type.Shape)
	start, limit := make([]int, n), slices.Clone(x.Type.Shape)
	start[axis], limit[axis] = lo, hi
	s := slices.Clone(limit)
	s[axis] = hi - lo
	attrs := "limit_indices = " + stablehlo.Ints(limit) + ", start_indices = " + stablehlo.Ints(start) + ", strides = " + stablehlo.Ints(ones(n))
	return b.Op("stablehlo.slice", attrs, nil, []stablehlo.Value{x}, x.Type.WithShape(s))[0]
}
