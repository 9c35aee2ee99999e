package lax

import (
	"cmp"
	"slices"
	"strings"

	"github.com/jaxgo/jaxgo/core"
	"github.com/jaxgo/jaxgo/core/dtype"
	"github.com/jaxgo/jaxgo/core/stablehlo"
)

// ConvDims says where a convolution's operands and result have their axes: LhsSpec and OutSpec list batch, feature and
// spatial axes, RhsSpec output feature, input feature and spatial axes.
type ConvDims struct{ LhsSpec, RhsSpec, OutSpec []int }

// PyString is the form that jaxprs print.
func (d ConvDims) PyString() string {
	return "ConvDimensionNumbers(lhs_spec=" + core.ShapeString(d.LhsSpec) + ", rhs_spec=" + core.ShapeString(d.RhsSpec) + ", out_spec=" + core.ShapeString(d.OutSpec) + ")"
}

// ConvParams are the parameters of conv_general_dilated.
type ConvParams struct {
	BatchGroupCount      int
	DimensionNumbers     ConvDims
	FeatureGroupCount    int
	LhsDilation          []int
	OutSharding          core.None
	Padding              [][2]int // low and high, of each spatial axis; may be negative
	Precision            Precision
	PreferredElementType dtype.DType // Invalid: that of the operands
	RhsDilation          []int
	WindowStrides        []int
}

var convOp = core.Declare[ConvParams]("conv_general_dilated")

// ConvGeneralDilated convolves x with the kernel k. Zero group counts are 1, nil dilations and strides all 1.
func ConvGeneralDilated(x, k Value, p ConvParams) Value {
	n := max(x.Aval().Ndim()-2, 0)
	for _, s := range []*[]int{&p.LhsDilation, &p.RhsDilation, &p.WindowStrides} {
		if *s == nil {
			*s = ones(n)
		}
	}
	p.BatchGroupCount, p.FeatureGroupCount = cmp.Or(p.BatchGroupCount, 1), cmp.Or(p.FeatureGroupCount, 1)
	return convOp.Bind1(p, x, k)
}

// PadTypeToPads gives the padding that VALID, SAME or SAME_LOWER stand for.
func PadTypeToPads(in, window, strides []int, padding string) [][2]int {
	pads := make([][2]int, len(in))
	kind := strings.ToUpper(padding)
	switch kind {
	case "VALID":
		return pads
	case "SAME", "SAME_LOWER":
	default:
		core.Errorf(core.RuntimeError, "Unrecognized padding type: expected 'VALID', 'SAME', or 'SAME_LOWER', got %s.", padding)
	}
	for i, n := range in {
		out := (n + strides[i] - 1) / strides[i]
		total := max((out-1)*strides[i]+window[i]-n, 0)
		pads[i] = [2]int{total / 2, total - total/2}
		if kind == "SAME_LOWER" {
			slices.Reverse(pads[i][:])
		}
	}
	return pads
}

// dilate is the size of an axis after dilation.
func dilate(n, by int) int {
	if n == 0 {
		return 0
	}
	return 1 + by*(n-1)
}

// dilateShape dilates the last axes of shape.
func dilateShape(shape, dilation []int) []int {
	for _, d := range dilation {
		core.Check(d > 0, core.TypeError, "All dilations must be positive, got %s.", core.ShapeString(dilation))
	}
	s := slices.Clone(shape)
	k := len(s) - len(dilation)
	for i, d := range dilation {
		s[k+i] = dilate(s[k+i], d)
	}
	return s
}

// windows is how many windows of a size fit into n elements.
func windows(n, window, stride int) int {
	if n < window {
		return 0
	}
	return 1 + (n-window)/stride
}

func convShape(p ConvParams, x, k *core.Aval) []int {
	const name = "conv_general_dilated"
	xs, ks, d := x.Shape, k.Shape, p.DimensionNumbers
	check := func(ok bool, format string, args ...any) { core.Check(ok, core.ValueError, name+" "+format, args...) }
	check(len(xs) == len(ks), "lhs and rhs must have the same number of dimensions, but got %s and %s.", core.ShapeString(xs), core.ShapeString(ks))
	check(p.FeatureGroupCount > 0, "feature_group_count must be a positive integer, got %d.", p.FeatureGroupCount)
	features, kernelIn, kernelOut, batch := xs[d.LhsSpec[1]], ks[d.RhsSpec[1]], ks[d.RhsSpec[0]], xs[d.LhsSpec[0]]
	check(features%p.FeatureGroupCount == 0, "feature_group_count must divide lhs feature dimension size, but %d does not divide %d.", p.FeatureGroupCount, features)
	check(features/p.FeatureGroupCount == kernelIn, "lhs feature dimension size divided by feature_group_count must equal the rhs input feature dimension size, but %d // %d != %d.", features, p.FeatureGroupCount, kernelIn)
	check(kernelOut%p.FeatureGroupCount == 0, "rhs output feature dimension size must be a multiple of feature_group_count, but %d is not a multiple of %d.", kernelOut, p.FeatureGroupCount)
	check(p.BatchGroupCount > 0, "batch_group_count must be a positive integer, got %d.", p.BatchGroupCount)
	check(batch%p.BatchGroupCount == 0, "batch_group_count must divide lhs batch dimension size, but %d does not divide %d.", p.BatchGroupCount, batch)
	check(kernelOut%p.BatchGroupCount == 0, "rhs output feature dimension size must be a multiple of batch_group_count, but %d is not a multiple of %d.", kernelOut, p.BatchGroupCount)
	core.Check(p.BatchGroupCount == 1 || p.FeatureGroupCount == 1, core.ValueError, "At most one of batch_group_count and feature_group_count may be > 1, got batch_group_count=%d and feature_group_count=%d", p.BatchGroupCount, p.FeatureGroupCount)
	n := len(d.RhsSpec) - 2
	check(n == len(p.WindowStrides), "window and window_strides must have the same number of dimensions, but got %d and %d", n, len(p.WindowStrides))
	check(!slices.ContainsFunc(p.WindowStrides, func(s int) bool { return s <= 0 }), "window_strides must be positive, got %s.", core.FormatParam(p.WindowStrides))
	xt, kt := dilateShape(take(xs, d.LhsSpec), p.LhsDilation), dilateShape(take(ks, d.RhsSpec), p.RhsDilation)
	core.Check(len(p.Padding) == n, core.TypeError, "Wrong number of explicit pads for convolution: expected %d, got %d.", n, len(p.Padding))
	out := []int{xt[0] / p.BatchGroupCount, kt[0]}
	for i, pad := range p.Padding {
		m := xt[2+i] + pad[0] + pad[1]
		core.Check(m >= 0, core.ValueError, "Negative padding is larger than the size of the corresponding dimension: got padding=%s for lhs_shape[2:]=%s", core.FormatParam(p.Padding), numpyShape(xt[2:]))
		out = append(out, windows(m, kt[2+i], p.WindowStrides[i]))
	}
	return take(out, argsort(d.OutSpec))
}

// numpyShape spells a shape of NumPy integers, as a message of JAX's has it.
func numpyShape(s []int) string {
	parts := make([]string, len(s))
	for i, n := range s {
		parts[i] = "np.int64(" + itoa(n) + ")"
	}
	if len(s) == 1 {
		return "(" + parts[0] + ",)"
	}
	return "(" + strings.Join(parts, ", ") + ")"
}

// checkPreferred is JAX's _validate_preferred_element_type.
func checkPreferred(d, want dtype.DType) {
	if !(d.IsInteger() && want.IsFloating()) {
		ok := d.IsInteger() && want.IsInteger() || d.IsFloating() && want.IsFloating() || d.IsComplex() && want.IsComplex() || d.IsBool()
		core.Check(ok, core.TypeError, "Input type is incompatible with `preferred_element_type`. The compatible combinations of (input_type, preferred_element_type) are (integral, integral), (integral, floating), (floating, floating), (complex, complex.")
		core.Check(!d.IsSigned() || want.IsSigned(), core.TypeError, "`preferred_element_type` must have the same signedness as the original type.")
	}
	core.Check(want.Size() >= d.Size(), core.TypeError, "`preferred_element_type` must not be narrower than the original type.")
}

// axisInto merges axis src of x into axis dst, counted without src; src becomes the outer part.
func axisInto(x Value, src, dst int) Value {
	s := x.Aval().Shape
	perm := slices.Insert(remaining(len(s), []int{src}), dst, src)
	shape := take(s, remaining(len(s), []int{src}))
	shape[dst] *= s[src]
	return Reshape(Transpose(x, perm), shape)
}

// axisOutOf splits axis src of x into one of the given size and a rest.
func axisOutOf(x Value, src, size int) Value {
	s := x.Aval().Shape
	return Reshape(x, slices.Concat(s[:src], []int{size, s[src] / size}, s[src+1:]))
}

func swapFirst(spec []int) []int { return slices.Concat([]int{spec[1], spec[0]}, spec[2:]) }

// lhsPadding is the padding of the convolution that transposes one in its left operand.
func lhsPadding(in, window, strides, out []int, padding [][2]int, lhsDilation, rhsDilation []int) [][2]int {
	pads := make([][2]int, len(padding))
	for i, p := range padding {
		k := dilate(window[i], rhsDilation[i])
		lo := k - p[0] - 1
		pads[i] = [2]int{lo, dilate(in[i], lhsDilation[i]) + k - 1 - dilate(out[i], strides[i]) - lo}
	}
	return pads
}

// rhsPadding is the padding of the convolution that transposes one in its kernel.
func rhsPadding(in, window, strides, out []int, padding [][2]int, lhsDilation, rhsDilation []int) [][2]int {
	pads := make([][2]int, len(padding))
	for i, p := range padding {
		pads[i] = [2]int{p[0], dilate(out[i], strides[i]) - dilate(in[i], lhsDilation[i]) + dilate(window[i], rhsDilation[i]) - p[0] - 1}
	}
	return pads
}

// The transposes are those of a matrix product, (m, j)(j, k) -> (m, k), of batch, input and output features. With feature
// groups, (m, gj)(j, gk) -> (m, gk), the transpose in the left operand has feature groups, after the group has moved
// from the kernel's output features to its input features; that in the kernel, (gj, m)(m, gk) -> (j, gk), has batch
// groups. With batch groups, (gm, j)(j, gk) -> (m, gk), both have feature groups.

func transposeConvLhs(ct Value, x *core.Aval, k Value, p ConvParams) Value {
	d, ks := p.DimensionNumbers, k.Aval().Shape
	groups := max(p.FeatureGroupCount, p.BatchGroupCount)
	pads := lhsPadding(take(x.Shape, d.LhsSpec[2:]), take(ks, d.RhsSpec[2:]), p.WindowStrides, take(ct.Aval().Shape, d.OutSpec[2:]), p.Padding, p.LhsDilation, p.RhsDilation)
	if groups > 1 {
		k = axisInto(axisOutOf(k, d.RhsSpec[0], groups), d.RhsSpec[0], d.RhsSpec[1])
	}
	k = castTo(Rev(k, d.RhsSpec[2:]), ct.Aval())
	out := castTo(convOp.Bind1(ConvParams{
		BatchGroupCount: 1, FeatureGroupCount: groups, DimensionNumbers: ConvDims{d.OutSpec, swapFirst(d.RhsSpec), d.LhsSpec},
		WindowStrides: p.LhsDilation, LhsDilation: p.WindowStrides, RhsDilation: p.RhsDilation, Padding: pads,
		Precision: p.Precision, PreferredElementType: p.PreferredElementType,
	}, ct, k), x)
	if p.BatchGroupCount > 1 {
		out = axisInto(axisOutOf(out, d.LhsSpec[1], p.BatchGroupCount), d.LhsSpec[1], d.LhsSpec[0])
	}
	return out
}

func transposeConvRhs(ct, x Value, k *core.Aval, p ConvParams) Value {
	if ct.Aval().Size() == 0 { // the kernel would have axes of size 0
		return nil
	}
	d := p.DimensionNumbers
	pads := rhsPadding(take(x.Aval().Shape, d.LhsSpec[2:]), take(k.Shape, d.RhsSpec[2:]), p.WindowStrides, take(ct.Aval().Shape, d.OutSpec[2:]), p.Padding, p.LhsDilation, p.RhsDilation)
	return castTo(convOp.Bind1(ConvParams{
		BatchGroupCount: p.FeatureGroupCount, FeatureGroupCount: p.BatchGroupCount,
		DimensionNumbers: ConvDims{swapFirst(d.LhsSpec), swapFirst(d.OutSpec), swapFirst(d.RhsSpec)},
		WindowStrides:    p.RhsDilation, LhsDilation: p.LhsDilation, RhsDilation: p.WindowStrides, Padding: pads,
		Precision: p.Precision, PreferredElementType: p.PreferredElementType,
	}, castTo(x, ct.Aval()), ct), k)
}

// batchConv merges the mapped axis into batch or feature axes, as group where both operands have it.
func batchConv(p ConvParams, x, k Value, xd, kd int) (Value, int) {
	d := p.DimensionNumbers
	xs, ks := x.Aval().Shape, k.Aval().Shape
	size := 0
	if xd != core.Unmapped {
		size = xs[xd]
	} else {
		size = ks[kd]
	}
	if size == 0 { // merged axes of size 0 can't be taken apart
		drop := func(a *core.Aval, d int) *core.Aval {
			if d == core.Unmapped {
				return a
			}
			return a.WithShape(take(a.Shape, remaining(a.Ndim(), []int{d})))
		}
		out := core.AbstractEval(convOp.Primitive, p, []Value{&core.Undef{A: drop(x.Aval(), xd)}, &core.Undef{A: drop(k.Aval(), kd)}})[0]
		return Full(append([]int{0}, out.Shape...), core.NewLiteral(out.DType, 0, false)), 0
	}
	groups := max(p.FeatureGroupCount, p.BatchGroupCount)
	// splitMerge factors the groups out of axis, merges the mapped axis into what remains, and puts the groups back in front.
	splitMerge := func(v Value, mapped, axis int) Value {
		v = axisOutOf(v, axis+int(b2i(mapped <= axis)), groups)
		v = axisInto(v, mapped+int(b2i(axis < mapped)), axis+1)
		return axisInto(v, axis, axis)
	}
	switch {
	case xd != core.Unmapped && kd != core.Unmapped:
		if p.BatchGroupCount > 1 {
			x = axisInto(x, xd, d.LhsSpec[0])
			p.BatchGroupCount *= size
		} else {
			x = axisInto(x, xd, d.LhsSpec[1])
			p.FeatureGroupCount *= size
		}
		out := convOp.Bind1(p, x, axisInto(k, kd, d.RhsSpec[0]))
		return axisOutOf(out, d.OutSpec[1], size), d.OutSpec[1]
	case xd != core.Unmapped:
		if p.BatchGroupCount == 1 {
			x = axisInto(x, xd, d.LhsSpec[0])
		} else {
			x = splitMerge(x, xd, d.LhsSpec[0])
		}
		return axisOutOf(convOp.Bind1(p, x, k), d.OutSpec[0], size), d.OutSpec[0]
	case groups == 1:
		out := convOp.Bind1(p, x, axisInto(k, kd, d.RhsSpec[0]))
		return axisOutOf(out, d.OutSpec[1], size), d.OutSpec[1]
	}
	out := axisOutOf(convOp.Bind1(p, x, splitMerge(k, kd, d.RhsSpec[0])), d.OutSpec[1], groups)
	out = axisOutOf(out, d.OutSpec[1]+1, size)
	return axisInto(out, d.OutSpec[1], d.OutSpec[1]+1), d.OutSpec[1]
}

// convLayout is a spec in StableHLO's form: the axes of a shape in order, b and f or o and i and spatial numbers.
func convLayout(spec []int, first, second string) string {
	s := make([]string, len(spec))
	s[spec[0]], s[spec[1]] = first, second
	for i, d := range spec[2:] {
		s[d] = itoa(i)
	}
	return "[" + strings.Join(s, ", ") + "]"
}

// padsHLO writes a padding attribute.
func padsHLO(pads [][2]int) string {
	s := make([]string, len(pads))
	for i, p := range pads {
		s[i] = stablehlo.List(p[:])
	}
	text := "[" + strings.Join(s, ", ") + "]"
	if len(pads) == 0 {
		text = ""
	}
	return "dense<" + text + "> : tensor<" + itoa(len(pads)) + "x2xi64>"
}

func convHLO(b *stablehlo.Builder, p ConvParams, out *stablehlo.Type, x, k stablehlo.Value) stablehlo.Value {
	d := p.DimensionNumbers
	pl, pr := p.Precision.config()
	attrs := "batch_group_count = " + itoa(p.BatchGroupCount) + " : i64, dimension_numbers = #stablehlo.conv<" +
		convLayout(d.LhsSpec, "b", "f") + "x" + convLayout(d.RhsSpec, "o", "i") + "->" + convLayout(d.OutSpec, "b", "f") +
		">, feature_group_count = " + itoa(p.FeatureGroupCount) + " : i64, lhs_dilation = " + stablehlo.Ints(p.LhsDilation) +
		", padding = " + padsHLO(p.Padding) + ", precision_config = [#stablehlo<precision " + pl + ">, #stablehlo<precision " + pr +
		">], rhs_dilation = " + stablehlo.Ints(p.RhsDilation) + ", window_reversal = " + stablehlo.Bools(make([]bool, len(p.Padding))) +
		", window_strides = " + stablehlo.Ints(p.WindowStrides)
	return b.Op("stablehlo.convolution", attrs, nil, []stablehlo.Value{x, k}, out)[0]
}

// complexConv multiplies complex numbers by Gauss's three products instead of four: XLA has no complex convolution for
// GPUs, and a slow one for CPUs.
func complexConv(p ConvParams, x, k Value) Value {
	p.PreferredElementType = p.PreferredElementType.Real()
	xr, xi, kr, ki := Real(x), Imag(x), Real(k), Imag(k)
	k1, k2, k3 := convOp.Bind1(p, Add(xr, xi), kr), convOp.Bind1(p, xr, Sub(ki, kr)), convOp.Bind1(p, xi, Add(kr, ki))
	return Complex(Sub(k1, k3), Add(k1, k2))
}

func init() {
	nchw := ConvDims{[]int{0, 1, 2, 3}, []int{0, 1, 2, 3}, []int{0, 1, 2, 3}}
	f32 := func(shape ...int) *core.Aval { return core.NewAval(dtype.Float32, shape...) }
	convOp.Define(core.Rules[ConvParams]{
		Doc: "Convolution with strides, padding, dilation and groups.",
		Abstract: func(p ConvParams, in []*core.Aval) []*core.Aval {
			s := convShape(p, in[0], in[1])
			for i, a := range in {
				anyType.checkAt("conv_general_dilated", i, a)
			}
			sameDTypes("conv_general_dilated", in)
			d := in[0].DType
			if p.PreferredElementType != dtype.Invalid {
				checkPreferred(d, p.PreferredElementType)
				d = p.PreferredElementType
			}
			return []*core.Aval{core.MakeAval(d, s, in[0].Weak && in[1].Weak)}
		},
		JVP: jvpBilinear(convOp),
		Transpose: func(_ core.TransposeCtx, p ConvParams, ct, in []Value) []Value {
			if core.IsUndef(in[0]) {
				return []Value{transposeConvLhs(ct[0], in[0].Aval(), in[1], p), nil}
			}
			return []Value{nil, transposeConvRhs(ct[0], in[0], in[1].Aval(), p)}
		},
		Batch: func(_ core.BatchCtx, p ConvParams, in []Value, dims []int) ([]Value, []int) {
			out, d := batchConv(p, in[0], in[1], dims[0], dims[1])
			return []Value{out}, []int{d}
		},
		Lower: func(c core.LowerCtx, p ConvParams, in []stablehlo.Value) []stablehlo.Value {
			out := c.Out()[0].HLO()
			if c.In()[0].DType.IsComplex() {
				return c.Fn(func(in []Value) []Value { return []Value{complexConv(p, in[0], in[1])} }, in, c.In())
			}
			return []stablehlo.Value{convHLO(c.B(), p, out, in[0], in[1])}
		},
		Samples: []core.Sample[ConvParams]{
			{Params: ConvParams{BatchGroupCount: 1, DimensionNumbers: nchw, FeatureGroupCount: 1, LhsDilation: ones(2), Padding: [][2]int{{1, 0}, {-1, 2}}, RhsDilation: []int{1, 2}, WindowStrides: []int{2, 1}},
				In: []*core.Aval{f32(2, 3, 5, 6), f32(4, 3, 2, 3)}},
			{Params: ConvParams{BatchGroupCount: 1, DimensionNumbers: nchw, FeatureGroupCount: 2, LhsDilation: []int{2, 1}, Padding: make([][2]int, 2), RhsDilation: ones(2), WindowStrides: ones(2)},
				In: []*core.Aval{f32(2, 4, 4, 3), f32(6, 2, 2, 2)}},
			{Params: ConvParams{BatchGroupCount: 2, DimensionNumbers: nchw, FeatureGroupCount: 1, LhsDilation: ones(2), Padding: make([][2]int, 2), RhsDilation: ones(2), WindowStrides: ones(2)},
				In: []*core.Aval{f32(4, 3, 4, 3), f32(6, 3, 2, 2)}},
		},
	})

	// x, kernel, window_strides, padding (pairs), lhs_dilation, rhs_dilation, lhs_spec, rhs_spec, out_spec,
	// feature_group_count, batch_group_count, precision, preferred_element_type
	core.Export1("lax.conv_general_dilated", "xxsssssssssss", func(a *core.Args) core.Value {
		return convOp.Bind1(ConvParams{
			WindowStrides: axesArg(a, 2), Padding: pairsArg(a, 3), LhsDilation: axesArg(a, 4), RhsDilation: axesArg(a, 5),
			DimensionNumbers:  ConvDims{axesArg(a, 6), axesArg(a, 7), axesArg(a, 8)},
			FeatureGroupCount: a.Int(9), BatchGroupCount: a.Int(10), Precision: CanonicalPrecision(a.Str(11)), PreferredElementType: a.DType(12),
		}, a.X(0), a.X(1))
	})
}

// pairsArg is the static argument i, a sequence of pairs.
func pairsArg(a *core.Args, i int) [][2]int {
	s := a.Sub(i)
	pairs := make([][2]int, s.Len())
	for k := range pairs {
		lohi := s.Ints(k)
		if len(lohi) != 2 {
			core.Errorf(core.ValueError, "padding must be a sequence of (low, high) pairs")
		}
		pairs[k] = [2]int{lohi[0], lohi[1]}
	}
	return pairs
}
