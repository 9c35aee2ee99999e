package lax

import (
	"math"
	"slices"
	"strconv"

	"github.com/jaxgo/jaxgo/core"
	"github.com/jaxgo/jaxgo/core/dtype"
	"github.com/jaxgo/jaxgo/core/stablehlo"
)

// GatherDims are the dimension numbers of a gather, as in StableHLO; the index vectors lie along the last axis of the
// indices. OffsetDims are the axes of the result that run within a slice, CollapsedSliceDims the axes of the operand
// that don't appear in the result (slice size 1), StartIndexMap the axis of the operand that each component of an index
// vector is for. Axis OperandBatchingDims[i] of the operand goes along with axis StartIndicesBatchingDims[i] of the
// indices.
type GatherDims struct {
	OffsetDims               []int
	CollapsedSliceDims       []int
	StartIndexMap            []int
	OperandBatchingDims      []int
	StartIndicesBatchingDims []int
}

// PyString prints the dimension numbers as the NamedTuple they are in JAX.
func (d GatherDims) PyString() string {
	return "GatherDimensionNumbers(offset_dims=" + core.ShapeString(d.OffsetDims) +
		", collapsed_slice_dims=" + core.ShapeString(d.CollapsedSliceDims) +
		", start_index_map=" + core.ShapeString(d.StartIndexMap) +
		", operand_batching_dims=" + core.ShapeString(d.OperandBatchingDims) +
		", start_indices_batching_dims=" + core.ShapeString(d.StartIndicesBatchingDims) + ")"
}

// normal has no nil fields, so that equal dimension numbers have equal keys.
func (d GatherDims) normal() GatherDims {
	return GatherDims{nonNil(d.OffsetDims), nonNil(d.CollapsedSliceDims), nonNil(d.StartIndexMap),
		nonNil(d.OperandBatchingDims), nonNil(d.StartIndicesBatchingDims)}
}

// scatter are the dimension numbers of the scatter that is the gather's transpose.
func (d GatherDims) scatter() ScatterDims {
	return ScatterDims{d.OffsetDims, d.CollapsedSliceDims, d.StartIndexMap, d.OperandBatchingDims, d.StartIndicesBatchingDims}
}

// A GatherScatterMode says what becomes of indices that are out of bounds. The zero value is the default:
// PromiseInBounds for gathers, FillOrDrop for scatters.
type GatherScatterMode uint8

// The modes, numbered as in JAX. OneHot is for package numpy, which doesn't lower it as a gather.
const (
	DefaultMode     GatherScatterMode = 0
	Clip            GatherScatterMode = 1
	FillOrDrop      GatherScatterMode = 2
	PromiseInBounds GatherScatterMode = 3
	OneHot          GatherScatterMode = 4
)

// PyString is the enum member.
func (m GatherScatterMode) PyString() string {
	return "GatherScatterMode." + [...]string{"DEFAULT", "CLIP", "FILL_OR_DROP", "PROMISE_IN_BOUNDS", "ONE_HOT"}[m]
}

// ParseMode finds a mode by the name that users give it; "" is the default.
func ParseMode(s string) GatherScatterMode {
	switch s {
	case "":
		return DefaultMode
	case "clip":
		return Clip
	case "fill", "drop":
		return FillOrDrop
	case "promise_in_bounds":
		return PromiseInBounds
	case "one_hot":
		return OneHot
	}
	core.Errorf(core.ValueError, "Unknown gather mode \"%s\"", s)
	return DefaultMode
}

// A FillValue is the scalar that FillOrDrop gathers for indices out of bounds: a number as Python holds it. The zero
// value is None, for which Gather chooses by the dtype.
type FillValue struct {
	kind dtype.Kind
	i    int64
	f    complex128
}

// FillInt fills with an integer.
func FillInt(i int64) FillValue { return FillValue{kind: dtype.KindInt, i: i} }

// FillUint fills with an integer that int64 may not hold.
func FillUint(i uint64) FillValue { return FillValue{kind: dtype.KindUint, i: int64(i)} }

// FillFloat fills with a float.
func FillFloat(f float64) FillValue { return FillValue{kind: dtype.KindFloat, f: complex(f, 0)} }

// FillComplex fills with a complex number.
func FillComplex(f complex128) FillValue { return FillValue{kind: dtype.KindComplex, f: f} }

// FillBool fills with a truth value.
func FillBool(b bool) FillValue {
	v := FillValue{kind: dtype.KindBool}
	if b {
		v.i = 1
	}
	return v
}

// FillArg is the fill value that came from Python as argument g.
func FillArg(g *core.Arg) FillValue {
	switch g.Kind {
	case core.ArgNone:
		return FillValue{}
	case core.ArgBool:
		return FillBool(g.I != 0)
	case core.ArgInt:
		if g.D.IsUnsigned() {
			return FillUint(uint64(g.I))
		}
		return FillInt(g.I)
	case core.ArgFloat:
		return FillFloat(real(g.F))
	case core.ArgComplex:
		return FillComplex(g.F)
	}
	core.Errorf(core.TypeError, "gather: fill_value must be a scalar, got %s", g.Describe())
	return FillValue{}
}

// defaultFill is what JAX fills with when it isn't told.
func defaultFill(d dtype.DType) FillValue {
	switch l := dtype.Limits(d); {
	case d.IsInexact():
		return FillFloat(math.NaN())
	case d.IsSigned():
		return FillInt(l.MinInt)
	case d.IsUnsigned():
		return FillUint(l.MaxInt)
	case d.IsBool():
		return FillBool(true)
	case d.IsKey():
		return FillUint(math.MaxUint32)
	}
	core.Errorf(core.ValueError, "Unsupported dtype for gather fill_value %s", d.Name())
	return FillValue{}
}

// PyString is the value's repr.
func (v FillValue) PyString() string {
	switch v.kind {
	case dtype.KindBool:
		return core.FormatParam(v.i != 0)
	case dtype.KindInt:
		return strconv.FormatInt(v.i, 10)
	case dtype.KindUint:
		return strconv.FormatUint(uint64(v.i), 10)
	case dtype.KindFloat:
		return core.FormatParam(real(v.f))
	case dtype.KindComplex:
		return core.NewLiteral(dtype.Complex128, v.f, true).String()
	}
	return "None"
}

// hlo writes an array of the value, converted to a's dtype.
func (v FillValue) hlo(c core.LowerCtx, a *core.Aval) stablehlo.Value {
	d, re, im := a.DType, real(v.f), imag(v.f)
	if v.kind != dtype.KindFloat && v.kind != dtype.KindComplex {
		re = float64(v.i)
		if v.kind == dtype.KindUint {
			re = float64(uint64(v.i))
		}
	}
	switch {
	case d.IsComplex() && im != 0:
		r := a.WithDType(d.Real())
		return c.B().Pretty("stablehlo.complex", "", a.HLO(), c.Const(re, r), c.Const(im, r))
	case d.IsInexact():
		return c.Const(re, a)
	case d.IsBool():
		return c.B().Constant(strconv.FormatBool(v.i != 0 || v.f != 0), a.HLO())
	}
	b := make([]byte, d.Size())
	switch v.kind {
	case dtype.KindFloat, dtype.KindComplex:
		dtype.PutScalar(d, b, re, 0)
	default:
		dtype.PutInt(d, b, v.i)
	}
	_, _, i, u := dtype.Scalar(d, b)
	if d.IsUnsigned() {
		return c.B().Constant(strconv.FormatUint(u, 10), a.HLO())
	}
	return c.B().Constant(strconv.FormatInt(i, 10), a.HLO())
}

type gatherParams struct {
	DimensionNumbers GatherDims
	FillValue        FillValue
	IndicesAreSorted bool
	Mode             GatherScatterMode
	SliceSizes       []int
	UniqueIndices    bool
}

// GatherOpts are what may be said about a gather besides its dimensions.
type GatherOpts struct {
	UniqueIndices    bool
	IndicesAreSorted bool
	Mode             GatherScatterMode
	Fill             FillValue // for FillOrDrop only
}

var gatherOp = core.Declare[gatherParams]("gather")

// Gather takes slices of the given sizes out of x, one for each index vector.
func Gather(x, idx Value, dims GatherDims, sizes []int, o GatherOpts) Value {
	return gatherOp.Bind1(makeGather(x.Aval().DType, dims, sizes, o), x, idx)
}

func makeGather(d dtype.DType, dims GatherDims, sizes []int, o GatherOpts) gatherParams {
	switch {
	case o.Mode == DefaultMode:
		o.Mode = PromiseInBounds
		fallthrough
	case o.Mode != FillOrDrop:
		o.Fill = FillValue{}
	case o.Fill == FillValue{}:
		o.Fill = defaultFill(d)
	}
	return gatherParams{dims.normal(), o.Fill, o.IndicesAreSorted, o.Mode, nonNil(sizes), o.UniqueIndices}
}

// opts are those that gather the same way with another fill value.
func (p gatherParams) opts(fill FillValue) GatherOpts {
	return GatherOpts{p.UniqueIndices, p.IndicesAreSorted, p.Mode, fill}
}

// IndexTake takes slices of x at the positions idxs[i] of axes[i]; positions are reduced modulo the size.
func IndexTake(x Value, idxs []Value, axes []int) Value {
	s := x.Aval().Shape
	cols := make([]Value, len(idxs))
	for i, idx := range idxs {
		n := core.NewIntLiteral(idx.Aval().DType, int64(s[axes[i]]), false)
		zero := core.NewIntLiteral(idx.Aval().DType, 0, false)
		r := Rem(idx, n)
		cols[i] = ExpandDims(SelectN(Lt(r, zero), r, Add(r, n)), 1)
	}
	sizes := slices.Clone(s)
	for _, a := range axes {
		sizes[a] = 1
	}
	offset := shifted(iota(len(s)-len(axes)), 1)
	return Gather(x, Concatenate(cols, 1), GatherDims{OffsetDims: offset, CollapsedSliceDims: axes, StartIndexMap: axes}, sizes, GatherOpts{})
}

// dimsCheck holds the checks that gather and scatter make of sets of dimensions.
type dimsCheck string

func (op dimsCheck) sorted(dims []int, name string) {
	if !slices.IsSorted(dims) {
		core.Errorf(core.TypeError, "%s in %s op must be sorted; got %s", name, op, core.ShapeString(dims))
	}
}

func (op dimsCheck) distinct(dims []int, name string) {
	if !distinct(dims) {
		core.Errorf(core.TypeError, "%s in %s op must not repeat; got: %s.", name, op, core.ShapeString(dims))
	}
}

func (op dimsCheck) inRange(dims []int, rank int, name string) {
	for _, d := range dims {
		if d < 0 || d >= rank {
			core.Errorf(core.TypeError, "Invalid %s set in %s op; valid range is [0, %d); got: %d.", name, op, rank, d)
		}
	}
}

// sortedInRange is inRange for sorted dims: it names the greatest offender, unless the least is negative.
func (op dimsCheck) sortedInRange(dims []int, rank int, name string) {
	if len(dims) == 0 || dims[0] >= 0 && dims[len(dims)-1] < rank {
		return
	}
	bad := dims[len(dims)-1]
	if dims[0] < 0 {
		bad = dims[0]
	}
	op.inRange([]int{bad}, rank, name)
}

func (op dimsCheck) disjoint(a, b []int, nameA, nameB string) {
	if slices.ContainsFunc(a, func(d int) bool { return slices.Contains(b, d) }) {
		core.Errorf(core.TypeError, "%s and %s in %s op must be disjoint; got: %s and %s.", nameA, nameB, op, core.ShapeString(a), core.ShapeString(b))
	}
}

// at lists shape[d] for each of dims.
func at(shape, dims []int) []int {
	s := make([]int, len(dims))
	for i, d := range dims {
		s[i] = shape[d]
	}
	return s
}

func checkGather(p gatherParams, x, idx *core.Aval) {
	const op = dimsCheck("gather")
	d, rank, sizes := p.DimensionNumbers, len(x.Shape), p.SliceSizes
	last := len(idx.Shape) - 1
	if last < 0 {
		core.Errorf(core.TypeError, "Gather index leaf dimension must be within [0, rank(indices) + 1). rank(indices) is 0 and gather index leaf dimension is -1.")
	}
	op.sorted(d.OffsetDims, "offset_dims")
	op.distinct(d.OffsetDims, "offset_dims")
	out := len(d.OffsetDims) + last
	for i, k := range d.OffsetDims {
		if k < 0 || k >= out {
			core.Errorf(core.TypeError, "Offset dimension %d in gather op is out of bounds; got %d, but should have been in [0, %d)", i, k, out)
		}
	}
	if n := idx.Shape[last]; len(d.StartIndexMap) != n {
		core.Errorf(core.TypeError, "Gather op has %d elements in start_index_map and the bound of dimension index_vector_dim=%d of indices is %d. These two numbers must be equal.", len(d.StartIndexMap), last, n)
	}
	for i, k := range d.StartIndexMap {
		if k < 0 || k >= rank {
			core.Errorf(core.TypeError, "Invalid start_index_map; domain is [0, %d), got: %d->%d.", rank, i, k)
		}
	}
	op.distinct(d.StartIndexMap, "start_index_map")
	op.sorted(d.CollapsedSliceDims, "collapsed_slice_dims")
	op.sortedInRange(d.CollapsedSliceDims, rank, "collapsed_slice_dims")
	op.distinct(d.CollapsedSliceDims, "collapsed_slice_dims")
	op.distinct(d.OperandBatchingDims, "operand_batching_dims")
	op.sorted(d.OperandBatchingDims, "operand_batching_dims")
	op.sortedInRange(d.OperandBatchingDims, rank, "operand_batching_dims")
	op.disjoint(d.CollapsedSliceDims, d.OperandBatchingDims, "collapsed_slice_dims", "operand_batching_dims")
	op.disjoint(d.StartIndexMap, d.OperandBatchingDims, "start_index_map", "operand_batching_dims")
	op.distinct(d.StartIndicesBatchingDims, "start_indices_batching_dims")
	op.inRange(d.StartIndicesBatchingDims, len(idx.Shape), "start_indices_batching_dims")
	if slices.Contains(d.StartIndicesBatchingDims, last) {
		core.Errorf(core.TypeError, "Gather op cannot have the index vector dimension as a batching dimension; got %s.", core.ShapeString(d.StartIndicesBatchingDims))
	}
	if len(d.OperandBatchingDims) != len(d.StartIndicesBatchingDims) {
		core.Errorf(core.TypeError, "Gather op requires equal numbers of operand_batching_dims and start_indices_batching_dims, got %s and%s.", core.ShapeString(d.OperandBatchingDims), core.ShapeString(d.StartIndicesBatchingDims))
	}
	if xs, is := at(x.Shape, d.OperandBatchingDims), at(idx.Shape, d.StartIndicesBatchingDims); !slices.Equal(xs, is) {
		core.Errorf(core.TypeError, "Gather op requires operand batching dimensions and indices batching dimensions to have the same shape, got %s and %s.", core.ShapeString(xs), core.ShapeString(is))
	}
	if len(sizes) != rank {
		core.Errorf(core.TypeError, "Gather op must have one slice size for every input dimension; got: len(slice_sizes)=%d, input_shape.rank=%d", len(sizes), rank)
	}
	if len(sizes) != len(d.OffsetDims)+len(d.CollapsedSliceDims)+len(d.OperandBatchingDims) {
		core.Errorf(core.TypeError, "All components of the offset index in a gather op must either be a offset dimension or explicitly collapsed/batching; got len(slice_sizes)=%d, output_slice_sizes=%s, collapsed_slice_dims=%s, operand_batching_dims=%s.", len(sizes), core.ShapeString(d.OffsetDims), core.ShapeString(d.CollapsedSliceDims), core.ShapeString(d.OperandBatchingDims))
	}
	for i, n := range sizes {
		if idx.Size() > 0 && (n < 0 || n > x.Shape[i]) {
			core.Errorf(core.TypeError, "Slice size at index %d in gather op is out of range, must be within [0, %d + 1), got %d.", i, x.Shape[i], n)
		}
	}
	for i, k := range d.CollapsedSliceDims {
		if sizes[k] != 1 {
			core.Errorf(core.TypeError, "Gather op can only collapse slice dims with bound 1, but bound is %d for index %d at position %d.", sizes[k], k, i)
		}
	}
	for i, k := range d.OperandBatchingDims {
		if sizes[k] > 1 {
			core.Errorf(core.TypeError, "Gather op can only have operand batching dims with bound 0/1, but bound is %d for index %d at position %d.", sizes[k], k, i)
		}
	}
	if !idx.DType.IsInteger() {
		core.Errorf(core.ValueError, "indices must have an integer type")
	}
}

// gatherShape interleaves the axes of the indices, and of the slices at OffsetDims.
func gatherShape(idx []int, d GatherDims, sizes []int) []int {
	var window []int
	for i, n := range sizes {
		if !slices.Contains(d.CollapsedSliceDims, i) && !slices.Contains(d.OperandBatchingDims, i) {
			window = append(window, n)
		}
	}
	batch := idx[:len(idx)-1]
	s := make([]int, len(d.OffsetDims)+len(batch))
	for i := range s {
		if slices.Contains(d.OffsetDims, i) {
			s[i], window = window[0], window[1:]
		} else {
			s[i], batch = batch[0], batch[1:]
		}
	}
	return s
}

// batchGather is the batching rule of gather: a mapped operand is one more axis of each slice, mapped indices are one
// more axis of index vectors; when both are mapped, the axes go along with one another.
func batchGather(p gatherParams, x, idx Value, xd, id int) ([]Value, []int) {
	d := p.DimensionNumbers
	sizes := p.SliceSizes
	up := func(dims []int) []int { return shifted(dims, 1) }
	o := p.opts(p.FillValue)
	switch {
	case id == core.Unmapped:
		x = MoveAxis(x, xd, 0)
		sizes = append([]int{x.Aval().Shape[0]}, sizes...)
		d = GatherDims{append([]int{0}, up(d.OffsetDims)...), up(d.CollapsedSliceDims), up(d.StartIndexMap), up(d.OperandBatchingDims), d.StartIndicesBatchingDims}
	case xd == core.Unmapped:
		idx = MoveAxis(idx, id, 0)
		d.OffsetDims, d.StartIndicesBatchingDims = up(d.OffsetDims), up(d.StartIndicesBatchingDims)
		o.UniqueIndices, o.IndicesAreSorted = false, false
	default:
		x, idx = MoveAxis(x, xd, 0), MoveAxis(idx, id, 0)
		sizes = append([]int{min(x.Aval().Shape[0], 1)}, sizes...)
		d = GatherDims{up(d.OffsetDims), up(d.CollapsedSliceDims), up(d.StartIndexMap),
			append([]int{0}, up(d.OperandBatchingDims)...), append([]int{0}, up(d.StartIndicesBatchingDims)...)}
	}
	return []Value{Gather(x, idx, d, sizes, o)}, []int{0}
}

// lowerGather writes a gather; of keys, it gathers their words.
func lowerGather(c core.LowerCtx, p gatherParams, x, idx stablehlo.Value, out *core.Aval) stablehlo.Value {
	b, d, sizes := c.B(), p.DimensionNumbers, p.SliceSizes
	phys := physicalAval(out)
	for i := out.Ndim(); i < phys.Ndim(); i++ {
		d.OffsetDims = append(slices.Clone(d.OffsetDims), i)
		sizes = append(slices.Clone(sizes), phys.Shape[i])
	}
	if phys.Size() == 0 {
		return c.Const(0, phys)
	}
	if p.Mode == OneHot {
		core.Errorf(core.AssertionError, "GatherScatterMode.ONE_HOT")
	}
	if p.Mode != FillOrDrop {
		return gatherHLO(b, x, idx, d, sizes, p.IndicesAreSorted, phys.HLO())
	}
	// An index vector is in bounds if each component is between 0 and the operand's size less the slice's.
	elem := "i32"
	if slices.ContainsFunc(x.Type.Shape, func(n int) bool { return n > math.MaxInt32 }) {
		elem = "i64"
	}
	if idx.Type.Elem != elem {
		idx = b.Pretty("stablehlo.convert", "", idx.Type.WithElem(elem), idx)
	}
	last := len(idx.Type.Shape) - 1
	room := make([]int, len(d.StartIndexMap))
	for i, k := range d.StartIndexMap {
		room[i] = x.Type.Shape[k] - sizes[k]
	}
	bools := idx.Type.WithElem("i1")
	upper := b.Pretty("stablehlo.broadcast_in_dim", ", dims = ["+itoa(last)+"]", idx.Type, intsHLO(b, room, elem))
	low := b.Pretty("stablehlo.compare GE,", ", SIGNED", bools, idx, b.Constant(splatText(idx.Type, "0"), idx.Type))
	high := b.Pretty("stablehlo.compare LE,", ", SIGNED", bools, idx, upper)
	inside := b.Elementwise("stablehlo.and", bools, low, high)
	bit := bools.WithShape(nil)
	inside = b.Op("stablehlo.reduce", "dimensions = "+stablehlo.Ints([]int{last}), []stablehlo.Region{{
		Args: []*stablehlo.Type{bit, bit},
		Body: func(b *stablehlo.Builder, a []stablehlo.Value) []stablehlo.Value {
			return []stablehlo.Value{b.Elementwise("stablehlo.and", bit, a...)}
		},
	}}, []stablehlo.Value{inside, b.Constant("true", bit)}, bools.WithShape(idx.Type.Shape[:last]))[0]
	var batch []int
	for i := range phys.Shape {
		if !slices.Contains(d.OffsetDims, i) {
			batch = append(batch, i)
		}
	}
	mask := b.Pretty("stablehlo.broadcast_in_dim", ", dims = "+stablehlo.List(batch), bools.WithShape(phys.Shape), inside)
	y := gatherHLO(b, x, idx, d, sizes, p.IndicesAreSorted, phys.HLO())
	return b.Op("stablehlo.select", "", nil, []stablehlo.Value{mask, y, p.FillValue.hlo(c, phys)}, phys.HLO())[0]
}

func gatherHLO(b *stablehlo.Builder, x, idx stablehlo.Value, d GatherDims, sizes []int, sorted bool, out *stablehlo.Type) stablehlo.Value {
	attrs := "dimension_numbers = #stablehlo.gather<" +
		dimsAttr("offset_dims", d.OffsetDims) + dimsAttr("collapsed_slice_dims", d.CollapsedSliceDims) +
		dimsAttr("operand_batching_dims", d.OperandBatchingDims) + dimsAttr("start_indices_batching_dims", d.StartIndicesBatchingDims) +
		dimsAttr("start_index_map", d.StartIndexMap) + "index_vector_dim = " + itoa(len(idx.Type.Shape)-1) +
		">, indices_are_sorted = " + strconv.FormatBool(sorted) + ", slice_sizes = " + stablehlo.Ints(sizes)
	return b.Op("stablehlo.gather", attrs, nil, []stablehlo.Value{x, idx}, out)[0]
}

// dimsAttr is a field of an attribute, left out when empty.
func dimsAttr(name string, dims []int) string {
	if len(dims) == 0 {
		return ""
	}
	return name + " = " + stablehlo.List(dims) + ", "
}

// intsHLO writes a vector of integers.
func intsHLO(b *stablehlo.Builder, xs []int, elem string) stablehlo.Value {
	t := stablehlo.NewType(elem, []int{len(xs)})
	if len(xs) == 0 {
		return b.Constant("", t)
	}
	return b.Constant(stablehlo.List(xs), t)
}

// splatText is the text of a constant of equal elements, of which there may be none.
func splatText(t *stablehlo.Type, x string) string {
	if slices.Contains(t.Shape, 0) {
		return ""
	}
	return x
}

func init() {
	gatherOp.Define(core.Rules[gatherParams]{
		Doc: "Takes slices of an array at positions that are given by an array of index vectors.",
		Abstract: func(p gatherParams, in []*core.Aval) []*core.Aval {
			checkGather(p, in[0], in[1])
			return []*core.Aval{in[0].WithShape(gatherShape(in[1].Shape, p.DimensionNumbers, p.SliceSizes))}
		},
		JVP: func(_ core.JVPCtx, p gatherParams, x, t []Value) ([]Value, []Value) {
			y := gatherOp.Bind(p, x...)
			return y, []Value{Gather(t[0], x[1], p.DimensionNumbers, p.SliceSizes, p.opts(FillInt(0)))}
		},
		Transpose: func(_ core.TransposeCtx, p gatherParams, ct, in []Value) []Value {
			zeros := ZerosLike(core.NewAval(ct[0].Aval().DType, in[0].Aval().Shape...))
			o := ScatterOpts{p.UniqueIndices, p.IndicesAreSorted, p.Mode}
			return []Value{ScatterAdd(zeros, in[1], ct[0], p.DimensionNumbers.scatter(), o), nil}
		},
		Batch: func(_ core.BatchCtx, p gatherParams, in []Value, dims []int) ([]Value, []int) {
			return batchGather(p, in[0], in[1], dims[0], dims[1])
		},
		Lower: func(c core.LowerCtx, p gatherParams, in []stablehlo.Value) []stablehlo.Value {
			return []stablehlo.Value{lowerGather(c, p, in[0], in[1], c.Out()[0])}
		},
		Samples: gatherSamples(),
	})

	// (operand, start_indices, dimension_numbers: (offset_dims, collapsed_slice_dims, start_index_map,
	// operand_batching_dims, start_indices_batching_dims), slice_sizes, unique_indices, indices_are_sorted,
	// mode: a string or None, fill_value or None)
	core.Export1("lax.gather", "xxssssss", func(a *core.Args) Value {
		d := a.Sub(2)
		dims := GatherDims{d.Ints(0), d.Ints(1), d.Ints(2), dimsOr(d, 3), dimsOr(d, 4)}
		o := GatherOpts{UniqueIndices: a.Bool(4), IndicesAreSorted: a.Bool(5), Mode: ParseMode(a.Str(6))}
		if !a.IsNone(7) {
			o.Fill = FillArg(&a.List[7])
		}
		return Gather(a.X(0), a.X(1), dims, a.Ints(3), o)
	})
	// (src, idxs: a sequence of arrays, axes)
	core.Export1("lax.index_take", "xXs", func(a *core.Args) Value { return IndexTake(a.X(0), a.Xs(1), a.Ints(2)) })
}

// dimsOr is the field i of dimension numbers; none if it is missing.
func dimsOr(a *core.Args, i int) []int {
	if i >= a.Len() {
		return nil
	}
	return a.Ints(i)
}

func gatherSamples() []core.Sample[gatherParams] {
	in := []*core.Aval{core.NewAval(dtype.Float32, 4, 5), core.NewAval(dtype.Int32, 3, 1)}
	rows := GatherDims{OffsetDims: []int{1}, CollapsedSliceDims: []int{0}, StartIndexMap: []int{0}}
	batched := GatherDims{OffsetDims: []int{1}, StartIndexMap: []int{1}, OperandBatchingDims: []int{0}, StartIndicesBatchingDims: []int{0}}
	return []core.Sample[gatherParams]{
		{Params: makeGather(dtype.Float32, rows, []int{1, 5}, GatherOpts{}), In: in},
		{Params: makeGather(dtype.Float32, rows, []int{1, 5}, GatherOpts{Mode: FillOrDrop}), In: in},
		{Params: makeGather(dtype.Float32, batched, []int{1, 2}, GatherOpts{Mode: Clip}),
			In: []*core.Aval{core.NewAval(dtype.Float32, 3, 5), core.NewAval(dtype.Int32, 3, 1)}},
	}
}
