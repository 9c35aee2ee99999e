package lax

import (
	"math"
	"slices"
	"strconv"

	"github.com/jaxgo/jaxgo/core"
	"github.com/jaxgo/jaxgo/core/dtype"
	"github.com/jaxgo/jaxgo/core/stablehlo"
)

// ScatterDims are the dimension numbers of a scatter, as in StableHLO; the index vectors lie along the last axis of the
// indices. They mirror GatherDims: the updates have the shape of what a gather with these dimensions would give.
type ScatterDims struct {
	UpdateWindowDims           []int
	InsertedWindowDims         []int
	ScatterDimsToOperandDims   []int
	OperandBatchingDims        []int
	ScatterIndicesBatchingDims []int
}

// PyString prints the dimension numbers as the NamedTuple they are in JAX.
func (d ScatterDims) PyString() string {
	return "ScatterDimensionNumbers(update_window_dims=" + core.ShapeString(d.UpdateWindowDims) +
		", inserted_window_dims=" + core.ShapeString(d.InsertedWindowDims) +
		", scatter_dims_to_operand_dims=" + core.ShapeString(d.ScatterDimsToOperandDims) +
		", operand_batching_dims=" + core.ShapeString(d.OperandBatchingDims) +
		", scatter_indices_batching_dims=" + core.ShapeString(d.ScatterIndicesBatchingDims) + ")"
}

// normal has no nil fields, so that equal dimension numbers have equal keys.
func (d ScatterDims) normal() ScatterDims {
	return ScatterDims{nonNil(d.UpdateWindowDims), nonNil(d.InsertedWindowDims), nonNil(d.ScatterDimsToOperandDims),
		nonNil(d.OperandBatchingDims), nonNil(d.ScatterIndicesBatchingDims)}
}

// gather are the dimension numbers of the gather that reads what the scatter writes.
func (d ScatterDims) gather() GatherDims {
	return GatherDims{d.UpdateWindowDims, d.InsertedWindowDims, d.ScatterDimsToOperandDims, d.OperandBatchingDims, d.ScatterIndicesBatchingDims}
}

// sliceSizes are the sizes of the operand's slices that updates of this shape go to.
func (d ScatterDims) sliceSizes(operand, updates []int) []int {
	s := make([]int, len(operand))
	k := 0
	for i := range s {
		if slices.Contains(d.InsertedWindowDims, i) || slices.Contains(d.OperandBatchingDims, i) {
			s[i] = 1
			continue
		}
		s[i] = updates[d.UpdateWindowDims[k]]
		k++
	}
	return s
}

// ScatterOpts are what may be said about a scatter besides its dimensions.
type ScatterOpts struct {
	UniqueIndices    bool
	IndicesAreSorted bool
	Mode             GatherScatterMode
}

// noConsts prints as the empty tuple: update jaxprs have no constants.
type noConsts struct{}

func (noConsts) PyString() string { return "()" }

type scatterParams struct {
	DimensionNumbers ScatterDims
	IndicesAreSorted bool
	Mode             GatherScatterMode
	UniqueIndices    bool
	UpdateConsts     noConsts
	// UpdateJaxpr combines an element of the operand and one of the updates; nil takes the latter.
	UpdateJaxpr *core.ClosedJaxpr
}

func (p scatterParams) opts() ScatterOpts {
	return ScatterOpts{p.UniqueIndices, p.IndicesAreSorted, p.Mode}
}

type scatterPrimitive = core.Op[scatterParams]

var (
	scatterOp    = core.Declare[scatterParams]("scatter")
	scatterAddOp = core.Declare[scatterParams]("scatter-add")
	scatterSubOp = core.Declare[scatterParams]("scatter-sub")
	scatterMulOp = core.Declare[scatterParams]("scatter-mul")
	scatterMinOp = core.Declare[scatterParams]("scatter-min")
	scatterMaxOp = core.Declare[scatterParams]("scatter-max")
)

// Scatter overwrites slices of x with updates, one for each index vector. Where slices overlap, one of them wins.
func Scatter(x, idx, updates Value, dims ScatterDims, o ScatterOpts) Value {
	return scatter(scatterOp, nil, x, idx, updates, dims, o)
}

// ScatterAdd adds updates to slices of x, one for each index vector.
func ScatterAdd(x, idx, updates Value, dims ScatterDims, o ScatterOpts) Value {
	return scatter(scatterAddOp, Add, x, idx, updates, dims, o)
}

// ScatterSub subtracts updates from slices of x, one for each index vector.
func ScatterSub(x, idx, updates Value, dims ScatterDims, o ScatterOpts) Value {
	return scatter(scatterSubOp, Sub, x, idx, updates, dims, o)
}

// ScatterMul multiplies slices of x by updates, one for each index vector.
func ScatterMul(x, idx, updates Value, dims ScatterDims, o ScatterOpts) Value {
	return scatter(scatterMulOp, Mul, x, idx, updates, dims, o)
}

// ScatterMin takes minima of slices of x and updates, one for each index vector.
func ScatterMin(x, idx, updates Value, dims ScatterDims, o ScatterOpts) Value {
	return scatter(scatterMinOp, Min, x, idx, updates, dims, o)
}

// ScatterMax takes maxima of slices of x and updates, one for each index vector.
func ScatterMax(x, idx, updates Value, dims ScatterDims, o ScatterOpts) Value {
	return scatter(scatterMaxOp, Max, x, idx, updates, dims, o)
}

// ScatterApply applies f to the elements of slices of x, one for each index vector. updateShape is the shape that
// updates would have. f may not close over arrays.
func ScatterApply(x, idx Value, f func(Value) Value, updateShape []int, dims ScatterDims, o ScatterOpts) Value {
	a := core.NewAval(x.Aval().DType)
	j := core.MakeJaxpr("scatter_apply", "scatter_apply", []*core.Aval{a, a}, func(in []Value) []Value { return []Value{f(in[0])} })
	return ScatterJaxpr(x, idx, j, updateShape, dims, o)
}

// ScatterJaxpr is ScatterApply for a function that was traced already: j takes two scalars and ignores the second.
func ScatterJaxpr(x, idx Value, j *core.ClosedJaxpr, updateShape []int, dims ScatterDims, o ScatterOpts) Value {
	if len(j.Consts) > 0 {
		core.Errorf(core.NotImplementedError, "scatter_apply of a function that closes over arrays is not implemented")
	}
	unused := Full(updateShape, core.NewLiteral(x.Aval().DType, 0, false))
	p := makeScatter(dims, o)
	p.UpdateJaxpr = j
	return scatterOp.Bind1(p, x, idx, unused)
}

func makeScatter(dims ScatterDims, o ScatterOpts) scatterParams {
	if o.Mode == DefaultMode {
		o.Mode = FillOrDrop
	}
	return scatterParams{DimensionNumbers: dims.normal(), IndicesAreSorted: o.IndicesAreSorted, Mode: o.Mode, UniqueIndices: o.UniqueIndices}
}

func scatter(op scatterPrimitive, combine func(x, y Value) Value, x, idx, updates Value, dims ScatterDims, o ScatterOpts) Value {
	p := makeScatter(dims, o)
	if combine != nil {
		p.UpdateJaxpr = combiner(op, combine, x.Aval().DType)
	}
	return op.Bind1(p, x, idx, updates)
}

type combinerKey struct {
	op uint16
	d  dtype.DType
}

// combiners keeps the update jaxprs, so that equal scatters have equal keys.
var combiners = map[combinerKey]*core.ClosedJaxpr{}

func combiner(op scatterPrimitive, f func(x, y Value) Value, d dtype.DType) *core.ClosedJaxpr {
	k := combinerKey{op.ID(), d}
	j := combiners[k]
	if j == nil {
		a := core.NewAval(d)
		core.WithTrace(core.Evaluator(), func() {
			j = core.MakeJaxpr("scatter", op.Name, []*core.Aval{a, a}, func(in []Value) []Value { return []Value{f(in[0], in[1])} })
		})
		combiners[k] = j
	}
	return j
}

func checkScatter(p scatterParams, x, idx, u *core.Aval) {
	const op = dimsCheck("scatter")
	d, rank, urank := p.DimensionNumbers, len(x.Shape), len(u.Shape)
	last := len(idx.Shape) - 1
	if last < 0 {
		core.Errorf(core.TypeError, "Scatter index leaf dimension must be within [0, rank(indices) + 1). rank(indices) is 0 and scatter index leaf dimension is -1.")
	}
	if want := last + len(d.UpdateWindowDims); urank != want {
		core.Errorf(core.TypeError, "Updates tensor must be of rank %d; got %d.", want, urank)
	}
	op.sorted(d.UpdateWindowDims, "update_window_dims")
	op.distinct(d.UpdateWindowDims, "update_window_dims")
	op.sortedInRange(d.UpdateWindowDims, urank, "update_window_dims")
	op.sorted(d.InsertedWindowDims, "inserted_window_dims")
	op.distinct(d.InsertedWindowDims, "inserted_window_dims")
	op.sortedInRange(d.InsertedWindowDims, rank, "inserted_window_dims")
	op.sorted(d.OperandBatchingDims, "operand_batching_dims")
	op.distinct(d.OperandBatchingDims, "operand_batching_dims")
	op.sortedInRange(d.OperandBatchingDims, rank, "operand_batching_dims")
	op.disjoint(d.InsertedWindowDims, d.OperandBatchingDims, "inserted_window_dims", "operand_batching_dims")
	op.disjoint(d.ScatterDimsToOperandDims, d.OperandBatchingDims, "scatter_dims_to_operand_dims", "operand_batching_dims")
	op.distinct(d.ScatterIndicesBatchingDims, "scatter_indices_batching_dims")
	op.inRange(d.ScatterIndicesBatchingDims, len(idx.Shape), "scatter_indices_batching_dims")
	if slices.Contains(d.ScatterIndicesBatchingDims, last) {
		core.Errorf(core.TypeError, "Scatter op cannot have the index vector dimension as a batching dimension; got %s.", core.ShapeString(d.ScatterIndicesBatchingDims))
	}
	if len(d.OperandBatchingDims) != len(d.ScatterIndicesBatchingDims) {
		core.Errorf(core.TypeError, "Scatter op requires equal numbers of operand_batching_dims and scatter_indices_batching_dims, got %s and %s.", core.ShapeString(d.OperandBatchingDims), core.ShapeString(d.ScatterIndicesBatchingDims))
	}
	xs, is := at(x.Shape, d.OperandBatchingDims), at(idx.Shape, d.ScatterIndicesBatchingDims)
	if !slices.Equal(xs, is) {
		core.Errorf(core.TypeError, "Scatter op requires operand batching dimensions and indices batching dimensions to have the same shape, got %s and %s.", core.ShapeString(xs), core.ShapeString(is))
	}
	var scatterDims []int // the axes of updates that are not in windows, which correspond to axes of the indices
	for i := range urank {
		if !slices.Contains(d.UpdateWindowDims, i) {
			scatterDims = append(scatterDims, i)
		}
	}
	if us := at(u.Shape, at(scatterDims, d.ScatterIndicesBatchingDims)); !slices.Equal(xs, us) {
		core.Errorf(core.TypeError, "Scatter op requires operand batching dimensions and updates batching dimensions to have the same shape, got %s and %s.", core.ShapeString(xs), core.ShapeString(us))
	}
	if window := len(d.UpdateWindowDims) + len(d.InsertedWindowDims) + len(d.OperandBatchingDims); rank != window {
		core.Errorf(core.TypeError, "Scatter op has window of size %d; doesn't match operand of rank %d.", window, rank)
	}
	if n := idx.Shape[last]; len(d.ScatterDimsToOperandDims) != n {
		core.Errorf(core.TypeError, "Scatter op has %d elements in scatter_dims_to_operand_dims and the bound of dimension index_vector_dim=%d of indices is %d. These two numbers must be equal", len(d.ScatterDimsToOperandDims), last, n)
	}
	for i, k := range d.ScatterDimsToOperandDims {
		if k < 0 || k >= rank {
			core.Errorf(core.TypeError, "Invalid scatter_dims_to_operand_dims mapping; domain is [0, %d), got: %d->%d.", rank, i, k)
		}
	}
	op.distinct(d.ScatterDimsToOperandDims, "scatter_dims_to_operand_dims")
	k := 0
	for i, n := range x.Shape {
		if slices.Contains(d.InsertedWindowDims, i) || slices.Contains(d.OperandBatchingDims, i) {
			continue
		}
		w := d.UpdateWindowDims[k]
		k++
		if n < u.Shape[w] {
			core.Errorf(core.TypeError, "Bounds of the window dimensions of updates must not exceed the bounds of the corresponding dimensions of operand. For dimension %d, updates bound is %d, operand bound is %d.", w, u.Shape[w], n)
		}
	}
	for k, i := range scatterDims {
		if u.Shape[i] != idx.Shape[k] {
			core.Errorf(core.TypeError, "Bounds of the scatter dimensions of updates must be the same as the bounds of the corresponding dimensions of scatter indices. For scatter dimension %d, updates bound is %d, indices bound is %d.", i, u.Shape[i], idx.Shape[k])
		}
	}
	if !idx.DType.IsInteger() {
		core.Errorf(core.ValueError, "indices must have an integer type")
	}
	checkUpdates("scatter", x, u)
}

// batchScatter is the batching rule of scatters: a mapped operand or mapped updates are one more axis of the windows,
// unless the indices are mapped too; then the axis goes along with that of the indices.
func batchScatter(op scatterPrimitive, c core.BatchCtx, p scatterParams, in []Value, dims []int) ([]Value, []int) {
	x, u := batchOne(in[0], dims[0], c.Size()), batchOne(in[2], dims[2], c.Size())
	idx, d := in[1], p.DimensionNumbers
	up := func(dims []int) []int { return shifted(dims, 1) }
	front := func(dims []int) []int { return append([]int{0}, up(dims)...) }
	if dims[1] == core.Unmapped {
		d = ScatterDims{front(d.UpdateWindowDims), up(d.InsertedWindowDims), up(d.ScatterDimsToOperandDims), up(d.OperandBatchingDims), d.ScatterIndicesBatchingDims}
	} else {
		idx = batchOne(idx, dims[1], c.Size())
		d = ScatterDims{up(d.UpdateWindowDims), up(d.InsertedWindowDims), up(d.ScatterDimsToOperandDims), front(d.OperandBatchingDims), front(d.ScatterIndicesBatchingDims)}
	}
	p.DimensionNumbers = d
	return op.Bind(p, x, idx, u), []int{0}
}

// jvpScatterLinear is the rule of scatters that are linear in operand and updates together.
func jvpScatterLinear(op scatterPrimitive) func(core.JVPCtx, scatterParams, []Value, []Value) ([]Value, []Value) {
	return func(_ core.JVPCtx, p scatterParams, x, t []Value) ([]Value, []Value) {
		y := op.Bind(p, x...)
		return y, op.Bind(p, InstantiateZeros(t[0], x[0].Aval()), x[1], InstantiateZeros(t[2], x[2].Aval()))
	}
}

// gatherBack reads from x what the scatter p wrote there.
func gatherBack(p scatterParams, x, idx Value, updates []int) Value {
	d := p.DimensionNumbers
	return Gather(x, idx, d.gather(), d.sliceSizes(x.Aval().Shape, updates), GatherOpts{Mode: p.Mode, Fill: FillInt(0)})
}

func transposeScatterAdd(neg bool) func(core.TransposeCtx, scatterParams, []Value, []Value) []Value {
	return func(_ core.TransposeCtx, p scatterParams, ct, in []Value) []Value {
		out := make([]Value, 3)
		if core.IsUndef(in[0]) {
			out[0] = ct[0]
		}
		if core.IsUndef(in[2]) {
			out[2] = gatherBack(p, ct[0], in[1], in[2].Aval().Shape)
			if neg {
				out[2] = Neg(out[2])
			}
		}
		return out
	}
}

const uniqueMul = "scatter_mul gradients are only implemented if `unique_indices=True`"

func jvpScatterMul(_ core.JVPCtx, p scatterParams, x, t []Value) ([]Value, []Value) {
	y := scatterMulOp.Bind(p, x...)
	var dy Value
	if t[0] != nil {
		dy = scatterMulOp.Bind1(p, t[0], x[1], x[2])
	}
	if t[2] != nil {
		if !p.UniqueIndices {
			core.Errorf(core.NotImplementedError, uniqueMul)
		}
		d := Mul(x[0], ScatterAdd(FullLike(x[0], 0), x[1], t[2], p.DimensionNumbers, p.opts()))
		if dy == nil {
			dy = d
		} else {
			dy = AddAny(dy, d)
		}
	}
	return y, []Value{dy}
}

func transposeScatterMul(_ core.TransposeCtx, p scatterParams, ct, in []Value) []Value {
	out := make([]Value, 3)
	if core.IsUndef(in[0]) {
		out[0] = ScatterMul(ct[0], in[1], in[2], p.DimensionNumbers, p.opts())
	}
	if core.IsUndef(in[2]) {
		if !p.UniqueIndices {
			core.Errorf(core.NotImplementedError, uniqueMul)
		}
		out[2] = gatherBack(p, Mul(ct[0], in[0]), in[1], in[2].Aval().Shape)
	}
	return out
}

// jvpScatterExtremal is the rule of scatter_min and scatter_max. The tangent of an element is shared evenly among the
// operand's element, if it is as extreme, and all updates that are; so updates are counted by scattering ones and
// gathering the sums.
func jvpScatterExtremal(op scatterPrimitive) func(core.JVPCtx, scatterParams, []Value, []Value) ([]Value, []Value) {
	return func(_ core.JVPCtx, p scatterParams, x, t []Value) ([]Value, []Value) {
		operand, idx, updates := x[0], x[1], x[2]
		d := p.DimensionNumbers
		y := op.Bind1(p, x...)
		dx, du := InstantiateZeros(t[0], operand.Aval()), InstantiateZeros(t[2], updates.Aval())
		sizes := d.sliceSizes(operand.Aval().Shape, updates.Aval().Shape)
		read := func(x Value) Value { return Gather(x, idx, d.gather(), sizes, GatherOpts{}) }
		initial, target := read(operand), read(y)
		successful := Eq(updates, target)
		retained := Eq(initial, target)
		zeros := FullLike(operand, 0)
		hits := FullLike(updates, 1)
		numUpdates := read(ScatterAdd(zeros, idx, Select(successful, hits, FullLike(updates, 0)), d, ScatterOpts{}))
		zeros = FullLike(operand, 0)
		numRefs := read(ScatterAdd(zeros, idx, FullLike(updates, 1), d, ScatterOpts{}))
		one := like(numUpdates, 1)
		shared := Div(one, Add(numUpdates, one))
		normalizer := Select(retained, shared, Div(one, numUpdates))
		updatesCoef := Select(successful, normalizer, FullLike(updates, 0))
		shared = Div(one, Add(numUpdates, one))
		operandNormalizer := Select(retained, shared, FullLike(numUpdates, 0))
		operandCoef := Div(Add(like(operandNormalizer, -1), operandNormalizer), numRefs)
		targetTangents := read(dx)
		tangents := Add(Mul(targetTangents, operandCoef), Mul(du, updatesCoef))
		return []Value{y}, []Value{ScatterAdd(dx, idx, tangents, d, p.opts())}
	}
}

// jvpScatter is the rule of scatter. If indices may coincide, the tangent must come from the very update that won,
// which XLA leaves open: each update gets a number, the numbers are scattered in the same way, and values and tangents of
// the others are set to zero, so that adding them gives those of the winners.
func jvpScatter(_ core.JVPCtx, p scatterParams, x, t []Value) ([]Value, []Value) {
	if p.UpdateJaxpr != nil {
		core.Errorf(core.NotImplementedError, "scatter_apply JVP not implemented")
	}
	operand, idx, updates := x[0], x[1], x[2]
	dx, du := InstantiateZeros(t[0], operand.Aval()), InstantiateZeros(t[2], updates.Aval())
	if p.UniqueIndices {
		y := scatterOp.Bind(p, x...)
		return y, scatterOp.Bind(p, dx, idx, du)
	}
	d, o := p.DimensionNumbers, p.opts()
	shape := slices.Clone(updates.Aval().Shape)
	for _, k := range d.UpdateWindowDims {
		shape[k] = 1
	}
	n := product(shape)
	idType := dtype.Uint32
	if n > math.MaxUint32 {
		idType = dtype.Uint64
	}
	numbers := Reshape(Iota(idType, n), shape)
	ids := Add(numbers, Full(updates.Aval().Shape, core.NewIntLiteral(idType, 1, false)))
	scattered := Scatter(Full(operand.Aval().Shape, core.NewIntLiteral(idType, 0, false)), idx, ids, d, o)
	gathered := Gather(scattered, idx, d.gather(), d.sliceSizes(operand.Aval().Shape, updates.Aval().Shape), GatherOpts{})
	untouched := func(x Value) Value {
		kept := Eq(scattered, FullLike(scattered, 0))
		return Select(kept, x, FullLike(x, 0))
	}
	winners := func(u Value) Value {
		won := Eq(ids, gathered)
		return Select(won, u, FullLike(u, 0))
	}
	maskedX, maskedU, maskedDX, maskedDU := untouched(operand), winners(updates), untouched(dx), winners(du)
	return []Value{ScatterAdd(maskedX, idx, maskedU, d, o)}, []Value{ScatterAdd(maskedDX, idx, maskedDU, d, o)}
}

func transposeScatter(_ core.TransposeCtx, p scatterParams, ct, in []Value) []Value {
	if !p.UniqueIndices {
		core.Errorf(core.NotImplementedError, "scatter transpose is only implemented where unique_indices=True")
	}
	out := make([]Value, 3)
	u := in[2].Aval()
	if core.IsUndef(in[0]) {
		zeros := ZerosLike(core.NewAval(ct[0].Aval().DType, u.Shape...))
		out[0] = Scatter(ct[0], in[1], zeros, p.DimensionNumbers, p.opts())
	}
	if core.IsUndef(in[2]) {
		out[2] = gatherBack(p, ct[0], in[1], u.Shape)
	}
	return out
}

// lowerScatter writes a scatter; of keys, it scatters their words.
func lowerScatter(c core.LowerCtx, p scatterParams, in []stablehlo.Value) []stablehlo.Value {
	b, d := c.B(), p.DimensionNumbers
	x, idx, u := in[0], in[1], in[2]
	for i := c.In()[2].Ndim(); i < len(u.Type.Shape); i++ {
		d.UpdateWindowDims = append(slices.Clone(d.UpdateWindowDims), i)
	}
	if p.Mode == Clip && !slices.Contains(idx.Type.Shape, 0) {
		idx = clampIndices(b, idx, c.In()[1].DType, d, x.Type.Shape, u.Type.Shape)
	}
	attrs := "indices_are_sorted = " + strconv.FormatBool(p.IndicesAreSorted) +
		", scatter_dimension_numbers = #stablehlo.scatter<" +
		dimsAttr("update_window_dims", d.UpdateWindowDims) + dimsAttr("inserted_window_dims", d.InsertedWindowDims) +
		dimsAttr("input_batching_dims", d.OperandBatchingDims) + dimsAttr("scatter_indices_batching_dims", d.ScatterIndicesBatchingDims) +
		dimsAttr("scatter_dims_to_operand_dims", d.ScatterDimsToOperandDims) + "index_vector_dim = " + itoa(len(idx.Type.Shape)-1) +
		">, unique_indices = " + strconv.FormatBool(p.UniqueIndices)
	elem := x.Type.WithShape(nil)
	return b.Op("stablehlo.scatter", attrs, []stablehlo.Region{{
		Args: []*stablehlo.Type{elem, elem},
		Body: func(_ *stablehlo.Builder, a []stablehlo.Value) []stablehlo.Value {
			if p.UpdateJaxpr == nil {
				return a[1:]
			}
			return c.Call("update", p.UpdateJaxpr, a, true)
		},
	}}, []stablehlo.Value{x, idx, u}, x.Type)
}

// clampIndices moves windows that would not fit. The bounds are cut to what the indices' dtype holds.
func clampIndices(b *stablehlo.Builder, idx stablehlo.Value, t dtype.DType, d ScatterDims, operand, updates []int) stablehlo.Value {
	sizes := d.sliceSizes(operand, updates)
	room := make([]int, len(d.ScatterDimsToOperandDims))
	for i, k := range d.ScatterDimsToOperandDims {
		room[i] = operand[k] - sizes[k]
		if most := dtype.Limits(t).MaxInt; uint64(room[i]) > most {
			room[i] = int(most)
		}
	}
	last := len(idx.Type.Shape) - 1
	upper := b.Pretty("stablehlo.broadcast_in_dim", ", dims = ["+itoa(last)+"]", idx.Type, intsHLO(b, room, idx.Type.Elem))
	return b.Pretty("stablehlo.clamp", "", idx.Type, b.Constant("0", idx.Type.WithShape(nil)), idx, upper)
}

func init() {
	define := func(op scatterPrimitive, doc string, jvp func(core.JVPCtx, scatterParams, []Value, []Value) ([]Value, []Value),
		transpose func(core.TransposeCtx, scatterParams, []Value, []Value) []Value) {
		op.Define(core.Rules[scatterParams]{
			Doc: doc,
			Abstract: func(p scatterParams, in []*core.Aval) []*core.Aval {
				checkScatter(p, in[0], in[1], in[2])
				return in[:1]
			},
			JVP: jvp, Transpose: transpose,
			Batch: func(c core.BatchCtx, p scatterParams, in []Value, dims []int) ([]Value, []int) {
				return batchScatter(op, c, p, in, dims)
			},
			Lower:   lowerScatter,
			Samples: scatterSamples(),
		})
	}
	define(scatterOp, "Overwrites slices of an array at positions that are given by an array of index vectors.", jvpScatter, transposeScatter)
	define(scatterAddOp, "Adds to slices of an array.", jvpScatterLinear(scatterAddOp), transposeScatterAdd(false))
	define(scatterSubOp, "Subtracts from slices of an array.", jvpScatterLinear(scatterSubOp), transposeScatterAdd(true))
	define(scatterMulOp, "Multiplies slices of an array.", jvpScatterMul, transposeScatterMul)
	define(scatterMinOp, "Takes minima with slices of an array.", jvpScatterExtremal(scatterMinOp), nil)
	define(scatterMaxOp, "Takes maxima with slices of an array.", jvpScatterExtremal(scatterMaxOp), nil)

	// (operand, scatter_indices, updates, dimension_numbers: (update_window_dims, inserted_window_dims,
	// scatter_dims_to_operand_dims, operand_batching_dims, scatter_indices_batching_dims), indices_are_sorted,
	// unique_indices, mode: a string or None)
	for name, f := range map[string]func(x, idx, u Value, d ScatterDims, o ScatterOpts) Value{
		"scatter": Scatter, "scatter_add": ScatterAdd, "scatter_sub": ScatterSub, "scatter_mul": ScatterMul,
		"scatter_min": ScatterMin, "scatter_max": ScatterMax,
	} {
		core.Export1("lax."+name, "xxxssss", func(a *core.Args) Value {
			d := a.Sub(3)
			dims := ScatterDims{d.Ints(0), d.Ints(1), d.Ints(2), dimsOr(d, 3), dimsOr(d, 4)}
			return f(a.X(0), a.X(1), a.X(2), dims, ScatterOpts{IndicesAreSorted: a.Bool(4), UniqueIndices: a.Bool(5), Mode: ParseMode(a.Str(6))})
		})
	}
}

func scatterSamples() []core.Sample[scatterParams] {
	// Without unique indices scatter and scatter_mul have no transpose.
	x, u := core.NewAval(dtype.Float32, 4, 5), core.NewAval(dtype.Float32, 3, 5)
	idx := core.NewAval(dtype.Int32, 3, 1)
	rows := ScatterDims{UpdateWindowDims: []int{1}, InsertedWindowDims: []int{0}, ScatterDimsToOperandDims: []int{0}}
	return []core.Sample[scatterParams]{
		{Params: makeScatter(rows, ScatterOpts{UniqueIndices: true}), In: []*core.Aval{x, idx, u}},
		{Params: makeScatter(rows, ScatterOpts{UniqueIndices: true, Mode: Clip}), In: []*core.Aval{x, idx, u}},
	}
}
