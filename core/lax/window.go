package lax

import (
	"math"
	"slices"

	"github.com/jaxgo/jaxgo/core"
	"github.com/jaxgo/jaxgo/core/dtype"
	"github.com/jaxgo/jaxgo/core/stablehlo"
)

// WindowParams describe the windows that reduce_window lays over an array: their size and distance, the dilation of
// both array and window, and the padding of the dilated array.
type WindowParams struct {
	BaseDilation     []int
	Padding          [][2]int
	WindowDilation   []int
	WindowDimensions []int
	WindowStrides    []int
}

type reduceWindowParams struct {
	BaseDilation     []int
	Consts           []int // none ever
	Jaxpr            *core.ClosedJaxpr
	Padding          [][2]int
	WindowDilation   []int
	WindowDimensions []int
	WindowStrides    []int
}

func (p reduceWindowParams) window() WindowParams {
	return WindowParams{p.BaseDilation, p.Padding, p.WindowDilation, p.WindowDimensions, p.WindowStrides}
}

func windowJaxpr(p WindowParams, j *core.ClosedJaxpr) reduceWindowParams {
	return reduceWindowParams{p.BaseDilation, []int{}, j, p.Padding, p.WindowDilation, p.WindowDimensions, p.WindowStrides}
}

type selectGatherParams struct {
	BaseDilation     []int
	Padding          [][2]int
	SelectPrim       string // ge takes the maximum, le the minimum
	WindowDilation   []int
	WindowDimensions []int
	WindowStrides    []int
}

func (p selectGatherParams) window() WindowParams {
	return WindowParams{p.BaseDilation, p.Padding, p.WindowDilation, p.WindowDimensions, p.WindowStrides}
}

type selectScatterParams struct {
	Padding          [][2]int
	SelectPrim       string
	WindowDimensions []int
	WindowStrides    []int
}

var (
	reduceWindowSumOp     = core.Declare[WindowParams]("reduce_window_sum")
	reduceWindowMaxOp     = core.Declare[WindowParams]("reduce_window_max")
	reduceWindowMinOp     = core.Declare[WindowParams]("reduce_window_min")
	reduceWindowOp        = core.Declare[reduceWindowParams]("reduce_window")
	selectAndGatherAddOp  = core.Declare[selectGatherParams]("select_and_gather_add")
	selectAndScatterAddOp = core.Declare[selectScatterParams]("select_and_scatter_add")
)

// filled replaces nil strides and dilations by ones.
func (p WindowParams) filled() WindowParams {
	n := len(p.WindowDimensions)
	for _, s := range []*[]int{&p.BaseDilation, &p.WindowDilation, &p.WindowStrides} {
		if *s == nil {
			*s = ones(n)
		}
	}
	if p.Padding == nil {
		p.Padding = make([][2]int, n)
	}
	return p
}

// insert makes room for a mapped axis d.
func (p WindowParams) insert(d int) WindowParams {
	at := func(s []int) []int { return slices.Insert(slices.Clone(s), d, 1) }
	return WindowParams{at(p.BaseDilation), slices.Insert(slices.Clone(p.Padding), d, [2]int{}), at(p.WindowDilation), at(p.WindowDimensions), at(p.WindowStrides)}
}

// ReduceWindowSum sums the windows of x. Nil strides and dilations are all 1, nil padding is none.
func ReduceWindowSum(x Value, p WindowParams) Value { return reduceWindowSumOp.Bind1(p.filled(), x) }

// ReduceWindowMax takes the maximum of each window of x, see ReduceWindowSum.
func ReduceWindowMax(x Value, p WindowParams) Value { return reduceWindowMaxOp.Bind1(p.filled(), x) }

// ReduceWindowMin takes the minimum of each window of x, see ReduceWindowSum.
func ReduceWindowMin(x Value, p WindowParams) Value { return reduceWindowMinOp.Bind1(p.filled(), x) }

// ReduceWindow reduces the windows of several arrays together; see Reduce for inits and j.
func ReduceWindow(xs, inits []Value, j *core.ClosedJaxpr, p WindowParams) []Value {
	return reduceWindowOp.Bind(windowJaxpr(p.filled(), j), slices.Concat(xs, inits)...)
}

// selectAndGatherAdd takes, of each window of operand, the tangent at its greatest or least element.
func selectAndGatherAdd(tangents, operand Value, prim string, p WindowParams) Value {
	return selectAndGatherAddOp.Bind1(selectGatherParams{p.BaseDilation, p.Padding, prim, p.WindowDilation, p.WindowDimensions, p.WindowStrides}, tangents, operand)
}

func checkPositive(name string, xs []int) {
	for _, x := range xs {
		core.Check(x > 0, core.TypeError, "reduce_window %s must have every element be strictly positive, got %s.", name, core.ShapeString(xs))
	}
}

// windowShape is the shape of a reduction of the windows of an array of the given shape.
func windowShape(shape []int, p WindowParams) []int {
	checkPositive("window_dimensions", p.WindowDimensions)
	checkPositive("window_strides", p.WindowStrides)
	n, dims := len(p.WindowDimensions), core.ShapeString(p.WindowDimensions)
	core.Check(len(shape) == n, core.TypeError, "reduce_window got the wrong number of window_dimensions for operand: got operand shape %s with window_dimensions %s.", core.ShapeString(shape), dims)
	for _, s := range []struct {
		name string
		v    []int
	}{{"window_strides", p.WindowStrides}, {"base_dilation", p.BaseDilation}, {"window_dilation", p.WindowDilation}} {
		core.Check(len(s.v) == n, core.TypeError, "reduce_window got inconsistent %[1]s and window_dimensions: got %[1]s %[2]s and window_dimensions %[3]s.", s.name, core.ShapeString(s.v), dims)
	}
	core.Check(len(p.Padding) == n, core.ValueError, "reduce_window got %d pairs of padding for %d axes", len(p.Padding), n)
	base, window := dilateShape(shape, p.BaseDilation), dilateShape(p.WindowDimensions, p.WindowDilation)
	out := make([]int, n)
	for i, pad := range p.Padding {
		out[i] = windows(base[i]+pad[0]+pad[1], window[i], p.WindowStrides[i])
	}
	return out
}

// lowerWindow writes stablehlo.reduce_window.
func lowerWindow(c core.LowerCtx, p WindowParams, body stablehlo.Region, in []stablehlo.Value, out ...*stablehlo.Type) []stablehlo.Value {
	attrs := "base_dilations = " + stablehlo.Ints(p.BaseDilation) + ", padding = " + padsHLO(p.Padding) + ", window_dilations = " + stablehlo.Ints(p.WindowDilation) +
		", window_dimensions = " + stablehlo.Ints(p.WindowDimensions) + ", window_strides = " + stablehlo.Ints(p.WindowStrides)
	return c.B().Op("stablehlo.reduce_window", attrs, []stablehlo.Region{body}, in, out...)
}

// lowerWindow writes the monoid's reduction of windows.
func (m monoid) lowerWindow(c core.LowerCtx, p WindowParams, x stablehlo.Value) []stablehlo.Value {
	out := c.Out()[0]
	return lowerWindow(c, p, m.region(c, out.DType), []stablehlo.Value{x, literalHLO(c, m.identity(out.DType))}, out.HLO())
}

// windowReduction defines a reduction of windows by a monoid.
func windowReduction(op core.Op[WindowParams], doc string, m monoid, accept func(a *core.Aval), d func(p WindowParams, x, dx Value) Value,
	transpose func(core.TransposeCtx, WindowParams, []Value, []Value) []Value) {
	p := WindowParams{Padding: [][2]int{{1, 0}, {0, 0}}, WindowDimensions: []int{2, 2}, WindowStrides: []int{2, 1}}.filled()
	op.Define(core.Rules[WindowParams]{
		Doc: doc,
		Abstract: func(p WindowParams, in []*core.Aval) []*core.Aval {
			accept(in[0])
			return []*core.Aval{in[0].WithShape(windowShape(in[0].Shape, p))}
		},
		JVP: func(_ core.JVPCtx, p WindowParams, x, t []Value) ([]Value, []Value) {
			return op.Bind(p, x[0]), []Value{d(p, x[0], t[0])}
		},
		Transpose: transpose,
		Batch: func(_ core.BatchCtx, p WindowParams, in []Value, dims []int) ([]Value, []int) {
			return op.Bind(p.insert(dims[0]), in[0]), dims
		},
		Lower: func(c core.LowerCtx, p WindowParams, in []stablehlo.Value) []stablehlo.Value {
			return m.lowerWindow(c, p, in[0])
		},
		Samples: []core.Sample[WindowParams]{{Params: p, In: []*core.Aval{core.NewAval(dtype.Float32, 5, 4)}}},
	})
}

// transposeWindowSum spreads each cotangent over its window: a sum over windows of the cotangents, dilated by the
// strides.
func transposeWindowSum(_ core.TransposeCtx, p WindowParams, ct, in []Value) []Value {
	x := in[0].Aval()
	pads := lhsPadding(x.Shape, p.WindowDimensions, p.WindowStrides, ct[0].Aval().Shape, p.Padding, p.BaseDilation, p.WindowDilation)
	config := make([]PadConfig, len(pads))
	for i, pad := range pads {
		config[i] = PadConfig{pad[0], pad[1], p.WindowStrides[i] - 1}
	}
	y := Pad(ct[0], core.NewLiteral(x.DType, 0, false), config)
	return []Value{ReduceWindowSum(y, WindowParams{WindowDimensions: p.WindowDimensions, WindowStrides: p.BaseDilation, WindowDilation: p.WindowDilation})}
}

// windowJVPJaxpr is the computation of (x..., dx..., y..., dy...) -> (z..., dz...) for the computation j of
// (x..., y...) -> z...; nz marks the operands that have tangents, and is completed by those that get one.
func windowJVPJaxpr(c core.JVPCtx, j *core.ClosedJaxpr, nz []bool) *core.ClosedJaxpr {
	jvp, outNZ := c.JVPJaxpr(j, slices.Concat(nz, nz), nz)
	if !slices.Equal(outNZ, nz) {
		copy(nz, outNZ)
		return windowJVPJaxpr(c, j, nz)
	}
	return jvp.Memo("window", func() any {
		n := len(nz)
		avals := slices.Clone(j.InAvals()[:n])
		for i, a := range j.InAvals()[:n] {
			if nz[i] {
				avals = append(avals, a.Tangent())
			}
		}
		m := len(avals)
		var k *core.ClosedJaxpr
		core.WithTrace(core.Evaluator(), func() {
			k = core.MakeJaxpr("jvp", j.Name, slices.Concat(avals, avals), func(in []Value) []Value {
				return jvp.Eval(slices.Concat(in[:n], in[m:m+n], in[n:m], in[m+n:]))
			})
		})
		return k
	}).(*core.ClosedJaxpr)
}

// selectionOf is the comparison that chooses an element of a window, and the identity of that choice.
func selectionOf(prim string) (before func(x, y Value) Value, worst float64) {
	if prim == "ge" {
		return Ge, math.Inf(-1)
	}
	return Le, math.Inf(1)
}

func init() {
	windowReduction(reduceWindowSumOp, "Sum of the windows of an array.", sumMonoid, func(a *core.Aval) {
		core.Check(a.DType.IsNumeric(), core.TypeError, "operand to reduce_window_sum must have a number dtype, got %s", a.DType.Name())
	}, func(p WindowParams, _, dx Value) Value { return reduceWindowSumOp.Bind1(p, dx) }, transposeWindowSum)
	all := func(*core.Aval) {}
	windowReduction(reduceWindowMaxOp, "Maximum of the windows of an array.", maxMonoid, all,
		func(p WindowParams, x, dx Value) Value { return selectAndGatherAdd(dx, x, "ge", p) }, nil)
	windowReduction(reduceWindowMinOp, "Minimum of the windows of an array.", minMonoid, all,
		func(p WindowParams, x, dx Value) Value { return selectAndGatherAdd(dx, x, "le", p) }, nil)

	reduceWindowOp.Define(core.Rules[reduceWindowParams]{
		Doc: "Reduction of the windows of arrays by a computation of scalars.",
		Abstract: func(p reduceWindowParams, in []*core.Aval) []*core.Aval {
			xs, inits := halves(in)
			for i, a := range inits {
				core.Check(a.DType == xs[i].DType, core.TypeError, "reduce_window got inconsistent dtypes for operands and init_values: got operand dtypes %s and init_value dtypes %s.", dtypesList(xs), dtypesList(inits))
			}
			for _, a := range inits {
				core.Check(isScalar(a), core.TypeError, "reduce_window expected init_values to be scalars but init_values have shapes %s.", shapesList(inits))
			}
			shape := windowShape(xs[0].Shape, p.window())
			out := make([]*core.Aval, len(xs))
			for i, x := range xs {
				out[i] = core.NewAval(x.DType, shape...)
			}
			return out
		},
		JVP: func(c core.JVPCtx, p reduceWindowParams, x, t []Value) ([]Value, []Value) {
			xs, inits := halves(x)
			ts, dinits := halves(t)
			core.Check(!anyNonzero(dinits), core.TypeError, "reduce_window jvp does not support non-zero init_value_tangent.")
			nz := nonzero(ts)
			j := windowJVPJaxpr(c, p.Jaxpr, nz)
			for i, has := range nz {
				if has {
					xs = append(slices.Clip(xs), InstantiateZeros(ts[i], x[i].Aval()))
					inits = append(slices.Clip(inits), core.NewLiteral(x[i].Aval().DType, 0, false))
				}
			}
			out := ReduceWindow(xs, inits, j, p.window())
			return out[:len(nz)], spread(out[len(nz):], nz)
		},
		Batch: func(c core.BatchCtx, p reduceWindowParams, in []Value, dims []int) ([]Value, []int) {
			n := len(in) / 2
			for _, d := range dims[n:] {
				core.Check(d == core.Unmapped, core.NotImplementedError, "reduce_window batching is not implemented for initial values")
			}
			return ReduceWindow(BatchToFront(c.Size(), in[:n], dims[:n]), in[n:], p.Jaxpr, p.window().insert(0)), make([]int, n)
		},
		Lower: func(c core.LowerCtx, p reduceWindowParams, in []stablehlo.Value) []stablehlo.Value {
			return lowerWindow(c, p.window(), jaxprRegion(c, p.Jaxpr), in, hloTypes(c.Out())...)
		},
	})

	selectAndGatherAddOp.Define(core.Rules[selectGatherParams]{
		Doc: "Of each window of the second operand, the element of the first one where the window has its extremum.",
		Abstract: func(p selectGatherParams, in []*core.Aval) []*core.Aval {
			t, x := in[0], in[1]
			core.Check(sameShape(t.Shape, x.Shape), core.TypeError, "select_and_gather_add tangents and operand shapes must match, got %s and %s.", core.ShapeString(t.Shape), core.ShapeString(x.Shape))
			return []*core.Aval{core.MakeAval(t.DType, windowShape(x.Shape, p.window()), t.Weak && x.Weak)}
		},
		JVP: func(_ core.JVPCtx, p selectGatherParams, x, t []Value) ([]Value, []Value) {
			y := selectAndGatherAddOp.Bind(p, x...)
			if t[0] == nil { // what is chosen changes in steps only
				return y, []Value{nil}
			}
			return y, selectAndGatherAddOp.Bind(p, t[0], x[1])
		},
		Transpose: func(_ core.TransposeCtx, p selectGatherParams, ct, in []Value) []Value {
			for _, d := range p.WindowDilation {
				core.Check(d == 1, core.NotImplementedError, "VJP not implemented for select_and_gather (MaxPool) with window dilation, got window_dilation=%s.", core.ShapeString(p.WindowDilation))
			}
			x := in[1]
			dilated := slices.ContainsFunc(p.BaseDilation, func(d int) bool { return d != 1 })
			if dilated {
				identity := greatestLiteral
				if p.SelectPrim == "ge" {
					identity = leastLiteral
				}
				config := make([]PadConfig, len(p.BaseDilation))
				for i, d := range p.BaseDilation {
					config[i][2] = d - 1
				}
				x = Pad(x, identity(x.Aval().DType), config)
			}
			dx := selectAndScatterAddOp.Bind1(selectScatterParams{p.Padding, p.SelectPrim, p.WindowDimensions, p.WindowStrides}, ct[0], x)
			if dilated {
				s := dx.Aval().Shape
				dx = Slice(dx, make([]int, len(s)), s, p.BaseDilation)
			}
			return []Value{dx, nil}
		},
		Batch: func(c core.BatchCtx, p selectGatherParams, in []Value, dims []int) ([]Value, []int) {
			in = BatchToFront(c.Size(), in, dims)
			return []Value{selectAndGatherAdd(in[0], in[1], p.SelectPrim, p.window().insert(0))}, []int{0}
		},
		Lower: func(c core.LowerCtx, p selectGatherParams, in []stablehlo.Value) []stablehlo.Value {
			before, worst := selectionOf(p.SelectPrim)
			d := c.In()[1].DType
			body := scalarRegion(c, []dtype.DType{d, d, d, d}, func(in []Value) []Value {
				which := before(in[0], in[2])
				return []Value{Select(which, in[0], in[2]), Select(which, in[1], in[3])}
			})
			inits := []stablehlo.Value{c.Const(worst, core.NewAval(d)), c.Const(0, core.NewAval(d))}
			out := c.Out()[0].HLO()
			return lowerWindow(c, p.window(), body, append([]stablehlo.Value{in[1], in[0]}, inits...), out, out)[1:]
		},
		Samples: []core.Sample[selectGatherParams]{{
			Params: selectGatherParams{ones(2), [][2]int{{1, 0}, {0, 0}}, "ge", ones(2), []int{2, 2}, []int{2, 1}},
			In:     []*core.Aval{core.NewAval(dtype.Float32, 5, 4), core.NewAval(dtype.Float32, 5, 4)},
		}},
	})

	selectAndScatterAddOp.Define(core.Rules[selectScatterParams]{
		Doc: "Adds each element of the first operand to where its window of the second one has the extremum.",
		Abstract: func(_ selectScatterParams, in []*core.Aval) []*core.Aval {
			return []*core.Aval{core.MakeAval(in[0].DType, in[1].Shape, in[0].Weak && in[1].Weak)}
		},
		JVP: func(_ core.JVPCtx, p selectScatterParams, x, t []Value) ([]Value, []Value) {
			y := selectAndScatterAddOp.Bind(p, x...)
			if t[0] == nil {
				return y, []Value{nil}
			}
			return y, selectAndScatterAddOp.Bind(p, t[0], x[1])
		},
		Transpose: func(_ core.TransposeCtx, p selectScatterParams, ct, in []Value) []Value {
			w := WindowParams{Padding: p.Padding, WindowDimensions: p.WindowDimensions, WindowStrides: p.WindowStrides}
			return []Value{selectAndGatherAdd(ct[0], in[1], p.SelectPrim, w.filled()), nil}
		},
		Batch: func(c core.BatchCtx, p selectScatterParams, in []Value, dims []int) ([]Value, []int) {
			w := WindowParams{Padding: p.Padding, WindowDimensions: p.WindowDimensions, WindowStrides: p.WindowStrides}.filled().insert(0)
			in = BatchToFront(c.Size(), in, dims)
			return selectAndScatterAddOp.Bind(selectScatterParams{w.Padding, p.SelectPrim, w.WindowDimensions, w.WindowStrides}, in...), []int{0}
		},
		Lower: func(c core.LowerCtx, p selectScatterParams, in []stablehlo.Value) []stablehlo.Value {
			d := c.In()[0].DType
			before, _ := selectionOf(p.SelectPrim)
			identity, add := greatestLiteral, Add
			if p.SelectPrim == "ge" {
				identity = leastLiteral
			}
			if d.IsBool() {
				add = Or
			}
			pair := []dtype.DType{d, d}
			regions := []stablehlo.Region{
				scalarRegion(c, pair, func(in []Value) []Value { return []Value{before(in[0], in[1])} }),
				scalarRegion(c, pair, func(in []Value) []Value { return []Value{add(in[0], in[1])} }),
			}
			// The CPU backend crashes on padding, so the operand is padded beforehand.
			n := len(p.Padding)
			a := c.In()[1]
			config, start, limit := make([]PadConfig, n), make([]int, n), make([]int, n)
			for i, pad := range p.Padding {
				config[i], start[i], limit[i] = PadConfig{pad[0], pad[1], 0}, pad[0], pad[0]+a.Shape[i]
			}
			x := c.Fn(func(in []Value) []Value { return []Value{Pad(in[0], identity(a.DType), config)} }, in[1:2], []*core.Aval{a})[0]
			attrs := "padding = " + padsHLO(make([][2]int, n)) + ", window_dimensions = " + stablehlo.Ints(p.WindowDimensions) + ", window_strides = " + stablehlo.Ints(p.WindowStrides)
			y := c.B().Op("stablehlo.select_and_scatter", attrs, regions, []stablehlo.Value{x, in[0], c.Const(0, core.NewAval(d))}, x.Type)
			return c.Fn(func(in []Value) []Value { return []Value{Slice(in[0], start, limit, nil)} }, y, []*core.Aval{core.NewAval(d, x.Type.Shape...)})
		},
		Samples: []core.Sample[selectScatterParams]{{
			Params: selectScatterParams{[][2]int{{1, 0}, {0, 0}}, "ge", []int{2, 2}, []int{2, 1}},
			In:     []*core.Aval{core.NewAval(dtype.Float32, 3, 3), core.NewAval(dtype.Float32, 5, 4)},
		}},
	})

	for _, r := range []struct {
		name string
		f    func(Value, WindowParams) Value
	}{{"sum", ReduceWindowSum}, {"max", ReduceWindowMax}, {"min", ReduceWindowMin}} {
		// x, window_dimensions, window_strides, padding (pairs), base_dilation, window_dilation
		core.Export1("lax.reduce_window_"+r.name, "xsssss", func(a *core.Args) core.Value {
			return r.f(a.X(0), WindowParams{WindowDimensions: axesArg(a, 1), WindowStrides: a.Ints(2), Padding: pairsArg(a, 3), BaseDilation: a.Ints(4), WindowDilation: a.Ints(5)})
		})
	}
}

// dtypesList spells the avals' dtypes as a Python list.
func dtypesList(avals []*core.Aval) string {
	s := "["
	for i, a := range avals {
		if i > 0 {
			s += ", "
		}
		s += "dtype('" + a.DType.Name() + "')"
	}
	return s + "]"
}
