package lax

import (
	"slices"

	"github.com/jaxgo/jaxgo/core"
	"github.com/jaxgo/jaxgo/core/dtype"
	"github.com/jaxgo/jaxgo/core/stablehlo"
)

type axisParams struct{ Axis int }

type cutParams struct {
	Axis  int
	Sizes []int
}

type tileParams struct{ Reps []int }

var (
	splitOp   = core.Declare[cutParams]("split")
	stackOp   = core.Declare[axisParams]("stack")
	unstackOp = core.Declare[axisParams]("unstack")
	tileOp    = core.Declare[tileParams]("tile")
)

// Split cuts x along an axis into pieces of the given sizes.
func Split(x Value, sizes []int, axis int) []Value {
	return splitOp.Bind(cutParams{normAxis("split", axis, x.Aval().Ndim()), nonNil(sizes)}, x)
}

// Stack joins arrays of one shape along a new axis.
func Stack(xs []Value, axis int) Value {
	if len(xs) == 0 {
		core.Errorf(core.ValueError, "stack expects at least one operand, got 0.")
	}
	return stackOp.Bind1(axisParams{normAxis("stack", axis, xs[0].Aval().Ndim()+1)}, xs...)
}

// UnstackAxis cuts x into the arrays that lie along an axis, which is removed.
func UnstackAxis(x Value, axis int) []Value {
	return unstackOp.Bind(axisParams{normAxis("unstack", axis, x.Aval().Ndim())}, x)
}

// Tile repeats x reps[i] times along axis i.
func Tile(x Value, reps []int) Value { return tileOp.Bind1(tileParams{nonNil(reps)}, x) }

func init() {
	splitOp.Define(core.Rules[cutParams]{
		Doc: "Cuts an array along an axis.",
		Abstract: func(p cutParams, in []*core.Aval) []*core.Aval {
			a, sum := in[0], 0
			for _, n := range p.Sizes {
				if n < 0 {
					core.Errorf(core.ValueError, "Sizes passed to split must be nonnegative, got %s", stablehlo.List(p.Sizes))
				}
				sum += n
			}
			if sum != a.Shape[p.Axis] {
				core.Errorf(core.ValueError, "Sum of sizes %d must be equal to dimension %d of the operand shape %s", sum, p.Axis, stablehlo.List(a.Shape))
			}
			out := make([]*core.Aval, len(p.Sizes))
			for i, n := range p.Sizes {
				s := slices.Clone(a.Shape)
				s[p.Axis] = n
				out[i] = a.WithShape(s)
			}
			return out
		},
		JVP: func(_ core.JVPCtx, p cutParams, x, t []Value) ([]Value, []Value) {
			return splitOp.Bind(p, x...), splitOp.Bind(p, t...)
		},
		Transpose: func(_ core.TransposeCtx, p cutParams, ct, in []Value) []Value {
			x := in[0].Aval()
			cts := make([]Value, len(ct))
			for i, c := range ct {
				s := slices.Clone(x.Shape)
				s[p.Axis] = p.Sizes[i]
				cts[i] = InstantiateZeros(c, core.NewAval(x.DType, s...))
			}
			return []Value{Concatenate(cts, p.Axis)}
		},
		Batch: func(_ core.BatchCtx, p cutParams, in []Value, dims []int) ([]Value, []int) {
			axis := p.Axis
			if axis >= dims[0] {
				axis++
			}
			return splitOp.Bind(cutParams{axis, p.Sizes}, in...), repeatDim(dims[0], len(p.Sizes))
		},
		Lower: func(c core.LowerCtx, p cutParams, in []stablehlo.Value) []stablehlo.Value {
			out := make([]stablehlo.Value, len(p.Sizes))
			lo := 0
			for i, n := range p.Sizes {
				out[i] = sliceAxisHLO(c.B(), in[0], p.Axis, lo, lo+n)
				lo += n
			}
			return out
		},
		Samples: []core.Sample[cutParams]{{Params: cutParams{1, []int{1, 2}}, In: []*core.Aval{core.NewAval(dtype.Float32, 2, 3)}}},
	})

	stackOp.Define(core.Rules[axisParams]{
		Doc: "Joins arrays along a new axis.",
		Abstract: func(p axisParams, in []*core.Aval) []*core.Aval {
			a := in[0]
			weak := true
			for _, b := range in {
				if len(b.Shape) != len(a.Shape) {
					core.Errorf(core.ValueError, "Cannot stack arrays with different numbers of dimensions: got %s.", allShapes(in))
				}
				weak = weak && b.Weak
			}
			for _, b := range in {
				if !sameShape(b.Shape, a.Shape) {
					core.Errorf(core.ValueError, "All input arrays must have the same shape. Got %s.", allShapes(in))
				}
			}
			sameDTypes("stack", in)
			return []*core.Aval{core.MakeAval(a.DType, slices.Insert(slices.Clone(a.Shape), p.Axis, len(in)), weak)}
		},
		JVP: func(_ core.JVPCtx, p axisParams, x, t []Value) ([]Value, []Value) {
			ts := make([]Value, len(t))
			for i := range t {
				ts[i] = InstantiateZeros(t[i], x[i].Aval())
			}
			return stackOp.Bind(p, x...), stackOp.Bind(p, ts...)
		},
		Transpose: func(_ core.TransposeCtx, p axisParams, ct, in []Value) []Value { return unstackOp.Bind(p, ct[0]) },
		Batch: func(c core.BatchCtx, p axisParams, in []Value, dims []int) ([]Value, []int) {
			d := dims[0]
			if d != core.Unmapped && !slices.ContainsFunc(dims, func(e int) bool { return e != d }) {
				if p.Axis <= d {
					return stackOp.Bind(p, in...), []int{d + 1}
				}
				return stackOp.Bind(axisParams{p.Axis + 1}, in...), []int{d}
			}
			return stackOp.Bind(axisParams{p.Axis + 1}, BatchToFront(c.Size(), in, dims)...), []int{0}
		},
		Lower: func(c core.LowerCtx, p axisParams, in []stablehlo.Value) []stablehlo.Value {
			xs := make([]stablehlo.Value, len(in))
			for i, x := range in {
				s := slices.Insert(slices.Clone(x.Type.Shape), p.Axis, 1)
				dims := slices.Delete(iota(len(s)), p.Axis, p.Axis+1)
				xs[i] = c.B().Pretty("stablehlo.broadcast_in_dim", ", dims = "+stablehlo.List(dims), x.Type.WithShape(s), x)
			}
			return []stablehlo.Value{concatenateHLO(c.B(), xs, p.Axis)}
		},
		Samples: []core.Sample[axisParams]{{Params: axisParams{1}, In: []*core.Aval{core.NewAval(dtype.Float32, 3), core.NewAval(dtype.Float32, 3)}}},
	})

	unstackOp.Define(core.Rules[axisParams]{
		Doc: "Cuts an array into those that lie along an axis.",
		Abstract: func(p axisParams, in []*core.Aval) []*core.Aval {
			a := in[0]
			if len(a.Shape) == 0 {
				core.Errorf(core.ValueError, "unstack requires arrays with rank > 0, however a scalar array of shape () was passed.")
			}
			piece := a.WithShape(slices.Delete(slices.Clone(a.Shape), p.Axis, p.Axis+1))
			out := make([]*core.Aval, a.Shape[p.Axis])
			for i := range out {
				out[i] = piece
			}
			return out
		},
		JVP: func(_ core.JVPCtx, p axisParams, x, t []Value) ([]Value, []Value) {
			return unstackOp.Bind(p, x...), unstackOp.Bind(p, t...)
		},
		Transpose: func(_ core.TransposeCtx, p axisParams, ct, in []Value) []Value {
			x := in[0].Aval()
			s := slices.Delete(slices.Clone(x.Shape), p.Axis, p.Axis+1)
			cts := make([]Value, len(ct))
			for i, c := range ct {
				cts[i] = InstantiateZeros(c, core.NewAval(x.DType, s...))
			}
			return stackOp.Bind(p, cts...)
		},
		Batch: func(_ core.BatchCtx, p axisParams, in []Value, dims []int) ([]Value, []int) {
			axis, d := p.Axis, dims[0]
			if axis < d {
				d--
			} else {
				axis++
			}
			out := unstackOp.Bind(axisParams{axis}, in...)
			return out, repeatDim(d, len(out))
		},
		Lower: func(c core.LowerCtx, p axisParams, in []stablehlo.Value) []stablehlo.Value {
			out := make([]stablehlo.Value, len(c.Out()))
			for i, a := range c.Out() {
				out[i] = c.B().Pretty("stablehlo.reshape", "", a.HLO(), sliceAxisHLO(c.B(), in[0], p.Axis, i, i+1))
			}
			return out
		},
		Samples: []core.Sample[axisParams]{{Params: axisParams{1}, In: []*core.Aval{core.NewAval(dtype.Float32, 2, 3)}}},
	})

	tj, tt := linearUnary(tileOp, func(p tileParams, ct Value, x *core.Aval) Value {
		s, axes := tiled(p.Reps, x.Shape)
		return ReduceSum(Reshape(ct, s), axes)
	})
	tileOp.Define(core.Rules[tileParams]{
		Doc: "Repeats an array along its axes.",
		Abstract: func(p tileParams, in []*core.Aval) []*core.Aval {
			a := in[0]
			if len(p.Reps) != len(a.Shape) {
				core.Errorf(core.TypeError, "reps length must be equal to the ndim of x, got len(reps)=%d and x.ndim=%d.", len(p.Reps), len(a.Shape))
			}
			s := slices.Clone(a.Shape)
			for i, r := range p.Reps {
				s[i] = core.MulSizes(s[i], r)
			}
			return []*core.Aval{a.WithShape(s)}
		},
		JVP: tj, Transpose: tt,
		Batch: func(_ core.BatchCtx, p tileParams, in []Value, dims []int) ([]Value, []int) {
			return []Value{Tile(in[0], slices.Insert(slices.Clone(p.Reps), dims[0], 1))}, dims
		},
		Lower: func(c core.LowerCtx, p tileParams, in []stablehlo.Value) []stablehlo.Value {
			x := in[0]
			reps := slices.Clone(p.Reps)
			for len(reps) < len(x.Type.Shape) { // the words of keys
				reps = append(reps, 1)
			}
			s, axes := tiled(ones(len(reps)), x.Type.Shape)
			y := c.B().Pretty("stablehlo.reshape", "", x.Type.WithShape(s), x)
			s, _ = tiled(reps, x.Type.Shape)
			y = c.B().Pretty("stablehlo.broadcast_in_dim", ", dims = "+stablehlo.List(iota(2*len(axes))), x.Type.WithShape(s), y)
			return []stablehlo.Value{c.B().Pretty("stablehlo.reshape", "", c.Out()[0].HLO(), y)}
		},
		Samples: []core.Sample[tileParams]{{Params: tileParams{[]int{2, 3}}, In: []*core.Aval{core.NewAval(dtype.Float32, 2, 3)}}},
	})

	// (operand, sizes, axis)
	core.Export("lax.split", "xss", func(a *core.Args) []Value { return Split(a.X(0), a.Ints(1), a.IntOr(2, 0)) }).List()
	// (operands, axis)
	core.Export1("lax.stack", "Xs", func(a *core.Args) Value { return Stack(a.Xs(0), a.IntOr(1, 0)) })
	// (operand, axis)
	core.Export("lax.unstack", "xs", func(a *core.Args) []Value { return UnstackAxis(a.X(0), a.IntOr(1, 0)) }).List()
	// (operand, reps)
	core.Export1("lax.tile", "xs", func(a *core.Args) Value { return Tile(a.X(0), a.Ints(1)) })
}

// tiled interleaves repetitions and sizes, (r0, n0, r1, n1, …), and lists the axes of the repetitions.
func tiled(reps, shape []int) (s, axes []int) {
	for i, n := range shape {
		s, axes = append(s, reps[i], n), append(axes, 2*i)
	}
	return
}

func repeatDim(d, n int) []int {
	dims := make([]int, n)
	for i := range dims {
		dims[i] = d
	}
	return dims
}
