package lax

import (
	"math"
	"slices"
	"strconv"

	"github.com/jaxgo/jaxgo/core"
	"github.com/jaxgo/jaxgo/core/dtype"
	"github.com/jaxgo/jaxgo/core/stablehlo"
)

type sortParams struct {
	Dimension int
	IsStable  bool
	NumKeys   int
}

type topKParams struct {
	Axis int
	K    int
}

type approxTopKParams struct {
	AggregateToTopk            bool
	IsMaxK                     bool
	K                          int
	RecallTarget               float64
	ReductionDimension         int
	ReductionInputSizeOverride int
}

var (
	sortOp       = core.Declare[sortParams]("sort")
	topKOp       = core.Declare[topKParams]("top_k")
	approxTopKOp = core.Declare[approxTopKParams]("approx_top_k")
)

// Sort sorts along an axis. The first numKeys arrays are compared, the first one before the others; all are permuted.
// NaNs come last, -0 equals 0, complex numbers compare by real part and then by imaginary part.
func Sort(xs []Value, dim int, stable bool, numKeys int) []Value {
	core.Check(len(xs) > 0, core.TypeError, "Sort requires at least one operand")
	core.Check(1 <= numKeys && numKeys <= len(xs), core.ValueError, "num_keys=%d must be between 1 and len(operand)=%d", numKeys, len(xs))
	return sortOp.Bind(sortParams{normAxis("sort", dim, xs[0].Aval().Ndim()), stable, numKeys}, xs...)
}

// TopK gives the k greatest elements along an axis, in descending order, and their indices.
func TopK(x Value, k, axis int) (values, indices Value) {
	core.Check(k >= 0, core.ValueError, "k argument to top_k must be nonnegative, got %d", k)
	out := topKOp.Bind(topKParams{normAxis("top_k", axis, x.Aval().Ndim()), k}, x)
	return out[0], out[1]
}

// canonicalFloat gives all zeros one representation, and all NaNs: the total order tells them apart.
func canonicalFloat(x Value) Value {
	zero := FullLike(x, 0)
	return Select(IsNaN(x), FullLike(x, math.NaN()), Select(Eq(x, zero), zero, x))
}

// sortKeys are what stands for x in comparisons.
func sortKeys(x Value) []Value {
	switch d := x.Aval().DType; {
	case d.IsComplex():
		return []Value{canonicalFloat(Real(x)), canonicalFloat(Imag(x))}
	case d.IsFloating():
		return []Value{canonicalFloat(x)}
	}
	return []Value{x}
}

// sortBefore compares the keys in pairs, x0, y0, x1, y1, …: those of x come before those of y.
func sortBefore(pairs []Value) Value {
	var xs, ys []Value
	for i := 0; i < len(pairs); i += 2 {
		xs, ys = append(xs, sortKeys(pairs[i])...), append(ys, sortKeys(pairs[i+1])...)
	}
	k := len(xs) - 1
	before := LtTo(xs[k], ys[k])
	for k--; k >= 0; k-- {
		before = Or(LtTo(xs[k], ys[k]), And(EqTo(xs[k], ys[k]), before))
	}
	return before
}

// takeAlong takes x[…, index[…], …] along an axis; the other axes of index go in step with those of x.
func takeAlong(x, index Value, axis int, mode GatherScatterMode) Value {
	n := x.Aval().Ndim()
	others := remaining(n, []int{axis})
	return Gather(x, ExpandDims(index, n), GatherDims{
		OffsetDims: []int{}, CollapsedSliceDims: []int{axis}, StartIndexMap: []int{axis},
		OperandBatchingDims: others, StartIndicesBatchingDims: others,
	}, ones(n), GatherOpts{Mode: mode})
}

// indexDType is the unsigned dtype that holds the indices of an array of the given shape.
func indexDType(shape []int) dtype.DType {
	for _, n := range shape {
		if n > math.MaxUint32 {
			return dtype.Uint64
		}
	}
	return dtype.Uint32
}

// topKJVP is the JVP of the selections that give values and indices.
func topKJVP(y []Value, dx Value, axis int) ([]Value, []Value) {
	return y, []Value{takeAlong(dx, y[1], axis, DefaultMode), nil}
}

func init() {
	f32, i32 := core.NewAval(dtype.Float32, 4, 3), core.NewAval(dtype.Int32, 4, 3)
	sortOp.Define(core.Rules[sortParams]{
		Doc: "Sorts arrays together along an axis.",
		Abstract: func(p sortParams, in []*core.Aval) []*core.Aval {
			for _, a := range in {
				if !sameShape(a.Shape, in[0].Shape) {
					core.Errorf(core.TypeError, "Arguments to sort must have equal shapes, got: %s", spacedShapes(in))
				}
			}
			return in
		},
		JVP: func(_ core.JVPCtx, p sortParams, x, t []Value) ([]Value, []Value) {
			s := x[0].Aval().Shape
			y := sortOp.Bind(p, append(slices.Clone(x), BroadcastedIota(indexDType(s), s, p.Dimension))...)
			n := len(x)
			dy := make([]Value, n)
			for i, dx := range t {
				if dx != nil {
					dy[i] = takeAlong(dx, y[n], p.Dimension, PromiseInBounds)
				}
			}
			return y[:n], dy
		},
		Batch: func(c core.BatchCtx, p sortParams, in []Value, dims []int) ([]Value, []int) {
			first := slices.IndexFunc(dims, func(d int) bool { return d != core.Unmapped })
			d, shape := dims[first], in[first].Aval().Shape
			xs, out := make([]Value, len(in)), make([]int, len(in))
			for i, v := range in {
				out[i] = d
				if dims[i] == core.Unmapped {
					xs[i] = BroadcastInDim(v, shape, remaining(len(shape), []int{d}))
				} else {
					xs[i] = MoveAxis(v, dims[i], d)
				}
			}
			p.Dimension = bumpDims([]int{p.Dimension}, d)[0]
			return sortOp.Bind(p, xs...), out
		},
		Lower: func(c core.LowerCtx, p sortParams, in []stablehlo.Value) []stablehlo.Value {
			var ds []dtype.DType
			for _, a := range c.In() {
				ds = append(ds, a.DType, a.DType)
			}
			before := scalarRegion(c, ds, func(in []Value) []Value { return []Value{sortBefore(in[:2*p.NumKeys])} })
			attrs := "dimension = " + itoa(p.Dimension) + " : i64, is_stable = " + strconv.FormatBool(p.IsStable)
			return c.B().Op("stablehlo.sort", attrs, []stablehlo.Region{before}, in, hloTypes(c.Out())...)
		},
		Samples: []core.Sample[sortParams]{
			{Params: sortParams{0, true, 1}, In: []*core.Aval{f32}},
			{Params: sortParams{1, true, 2}, In: []*core.Aval{i32, f32, f32}},
		},
	})

	topKOp.Define(core.Rules[topKParams]{
		Doc: "The greatest elements along an axis and their indices.",
		Abstract: func(p topKParams, in []*core.Aval) []*core.Aval {
			a := in[0]
			s := slices.Clone(a.Shape)
			core.Check(!a.DType.IsComplex(), core.ValueError, "top_k is not compatible with complex inputs.")
			core.Check(p.K >= 0, core.ValueError, "k argument to top_k must be nonnegative, got %d", p.K)
			core.Check(len(s) > 0, core.TypeError, "top_k operand must have >= 1 dimension, got ()")
			core.Check(0 <= p.Axis && p.Axis < len(s), core.ValueError, "axis argument out of range: axis=%d for operand.shape=%s", p.Axis, core.ShapeString(s))
			core.Check(s[p.Axis] >= p.K, core.ValueError, "k argument to top_k must be no larger than size along axis; got k=%d with shape=%s and axis=%d", p.K, stablehlo.List(s), p.Axis)
			core.Check(s[p.Axis] <= math.MaxInt32+1, core.ValueError, "top_k returns int32 indices, which will overflow for array dimensions larger than the maximum int32 (2147483647). Got operand.shape=%s", core.ShapeString(s))
			s[p.Axis] = p.K
			return []*core.Aval{a.WithShape(s), core.MakeAval(dtype.Int32, s, a.Weak)}
		},
		JVP: func(_ core.JVPCtx, p topKParams, x, t []Value) ([]Value, []Value) {
			return topKJVP(topKOp.Bind(p, x[0]), t[0], p.Axis)
		},
		Batch: func(_ core.BatchCtx, p topKParams, in []Value, dims []int) ([]Value, []int) {
			p.Axis = bumpDims([]int{p.Axis}, dims[0])[0]
			return topKOp.Bind(p, in[0]), []int{dims[0], dims[0]}
		},
		Lower: func(c core.LowerCtx, p topKParams, in []stablehlo.Value) []stablehlo.Value {
			// chlo.top_k works on the last axis.
			b := c.B()
			n := len(c.In()[0].Shape)
			perm := iota(n)
			perm[p.Axis], perm[n-1] = n-1, p.Axis
			move := func(v stablehlo.Value) stablehlo.Value {
				if p.Axis == n-1 {
					return v
				}
				return b.Pretty("stablehlo.transpose", ", dims = "+stablehlo.List(perm), v.Type.WithShape(take(v.Type.Shape, perm)), v)
			}
			x := move(in[0])
			s := slices.Clone(x.Type.Shape)
			s[n-1] = p.K
			out := b.Op("chlo.top_k", "k = "+itoa(p.K)+" : i64", nil, []stablehlo.Value{x}, x.Type.WithShape(s), stablehlo.NewType("i32", s))
			return []stablehlo.Value{move(out[0]), move(out[1])}
		},
		Samples: []core.Sample[topKParams]{{Params: topKParams{0, 2}, In: []*core.Aval{f32}}},
	})

	approxTopKOp.Define(core.Rules[approxTopKParams]{
		Doc: "The greatest or least elements along an axis, and their indices, with a chance to miss some.",
		Abstract: func(p approxTopKParams, in []*core.Aval) []*core.Aval {
			a := in[0]
			s := slices.Clone(a.Shape)
			core.Check(p.K > 0, core.ValueError, "k must be positive, got %d", p.K)
			core.Check(len(s) > 0, core.TypeError, "approx_top_k operand must have >= 1 dimension, got ()")
			d := normAxis("approx_top_k", p.ReductionDimension, len(s))
			core.Check(s[d] >= p.K, core.ValueError, "k must be smaller than the size of reduction_dim %d, got %d", s[d], p.K)
			core.Check(a.DType.IsFloating(), core.ValueError, "operand must be a floating type")
			core.Check(p.AggregateToTopk, core.NotImplementedError, "approx_top_k with aggregate_to_topk=False is not implemented")
			s[d] = p.K
			return []*core.Aval{a.WithShape(s), core.MakeAval(dtype.Int32, s, a.Weak)}
		},
		JVP: func(_ core.JVPCtx, p approxTopKParams, x, t []Value) ([]Value, []Value) {
			return topKJVP(approxTopKOp.Bind(p, x[0]), t[0], normAxis("approx_top_k", p.ReductionDimension, x[0].Aval().Ndim()))
		},
		Batch: func(_ core.BatchCtx, p approxTopKParams, in []Value, dims []int) ([]Value, []int) {
			p.ReductionDimension = bumpDims([]int{normAxis("approx_top_k", p.ReductionDimension, in[0].Aval().Ndim()-1)}, dims[0])[0]
			return approxTopKOp.Bind(p, in[0]), []int{dims[0], dims[0]}
		},
		Lower: lowerApproxTopK,
		Samples: []core.Sample[approxTopKParams]{
			{Params: approxTopKParams{true, true, 2, 0.95, 0, -1}, In: []*core.Aval{f32}},
		},
	})

	// operands, dimension, is_stable, num_keys
	core.Export("lax.sort", "Xsss", func(a *core.Args) []core.Value {
		return Sort(a.Xs(0), a.Int(1), a.Bool(2), a.IntOr(3, 1))
	}).List()
	// x, k, axis
	core.Export("lax.top_k", "xss", func(a *core.Args) []core.Value {
		v, i := TopK(a.X(0), a.Int(1), a.IntOr(2, -1))
		return []core.Value{v, i}
	})
	// x, k, reduction_dimension, recall_target, is_max_k, reduction_input_size_override, aggregate_to_topk
	core.Export("lax.approx_top_k", "xssssss", func(a *core.Args) []core.Value {
		return approxTopKOp.Bind(approxTopKParams{
			K: a.Int(1), ReductionDimension: a.Int(2), RecallTarget: a.Float(3), IsMaxK: a.Bool(4), ReductionInputSizeOverride: a.Int(5), AggregateToTopk: a.Bool(6),
		}, a.X(0))
	})
}

// lowerApproxTopK writes XLA's custom call; where a device has no approximate algorithm it sorts.
func lowerApproxTopK(c core.LowerCtx, p approxTopKParams, in []stablehlo.Value) []stablehlo.Value {
	x, a := in[0], c.In()[0]
	d := normAxis("approx_top_k", p.ReductionDimension, a.Ndim())
	worst, direction, name := math.Inf(-1), "GT", "top_k_gt_"
	if !p.IsMaxK {
		worst, direction, name = math.Inf(1), "LT", "top_k_lt_"
	}
	name += x.Type.Elem + "_comparator"
	m := c.B().Module()
	f := m.Lookup(name)
	if f == nil {
		s, i := x.Type.WithShape(nil), stablehlo.NewType("i32", nil)
		f = m.Func(name, name, false, []*stablehlo.Type{s, s, i, i})
		args := f.Args()
		f.Return([]stablehlo.Value{f.B.Pretty("stablehlo.compare "+direction+",", ", FLOAT", s.WithElem("i1"), args[0], args[1])})
	}
	index := iotaHLO(c.B(), x.Type.WithElem("i32"), d)
	attrs := "call_target_name = \"ApproxTopK\", called_computations = [@" + f.Name + "], backend_config = \"\", mhlo.backend_config = {aggregate_to_topk = true, is_fallback = true, recall_target = " +
		core.FormatParam(p.RecallTarget) + " : f32, reduction_dim = " + itoa(d) + " : i64, reduction_input_size_override = " + itoa(p.ReductionInputSizeOverride) + " : i64, top_k = " + itoa(p.K) + " : i64}"
	return c.B().Op("stablehlo.custom_call", attrs, nil,
		[]stablehlo.Value{x, index, c.Const(worst, core.NewAval(a.DType)), c.Const(-1, core.NewAval(dtype.Int32))}, hloTypes(c.Out())...)
}

// spacedShapes spells the avals' shapes with spaces between.
func spacedShapes(avals []*core.Aval) string {
	s := ""
	for i, a := range avals {
		if i > 0 {
			s += " "
		}
		s += core.ShapeString(a.Shape)
	}
	return s
}
