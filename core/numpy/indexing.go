package numpy

import (
	"github.com/jaxgo/jaxgo/core"
	"github.com/jaxgo/jaxgo/core/dtype"
	"github.com/jaxgo/jaxgo/core/lax"
)

// x[index] is a static slice where every index is a static scalar or slice, a dynamic slice where they are scalars and
// contiguous slices, and a gather otherwise, in this order, as in jax/_src/numpy/indexing.py.

// CheckStaticIndices is the configuration's jax_check_static_indices.
var CheckStaticIndices bool

// access are the options of reading at an index.
type access struct {
	mode           string // "" where none is given
	fill           *core.Arg
	sorted, unique bool
	// raw says that negative indices are out of bounds and don't count from the end.
	raw bool
}

// Getitem is x[index].
func Getitem(x Value, index *core.Arg) Value {
	var buf [6]indexItem
	ix := readIndex(index, x.Aval().Shape, buf[:])
	return ix.get(x, &access{})
}

// get is JAX's rewriting_take.
func (x *indexer) get(v Value, o *access) Value {
	if CheckStaticIndices && (o.mode == "" || o.mode == "promise_in_bounds") {
		x.validate(o.raw)
	}
	if o.mode == "" || o.mode == "promise_in_bounds" || o.mode == "clip" {
		if y := x.staticSlice(v, o); y != nil {
			return y
		}
		if y := x.dynamicSlice(v, o.raw); y != nil {
			return y
		}
	} else if x.known() && (o.mode == "fill" || o.mode == "drop") {
		return x.dynamicSlice(v, o.raw)
	}
	x.expandMasks()
	return x.gather(v, o)
}

// known reports whether every index is basic and known to be in bounds.
func (x *indexer) known() bool {
	for i := range x.items {
		switch it := &x.items[i]; it.kind {
		case newAxisIndex, ellipsisIndex, sliceIndex:
		case windowIndex, integerIndex:
			if !it.inBounds {
				return false
			}
		default:
			return false
		}
	}
	return x.unit
}

// wrapped is a static integer with negative ones counted from the end.
func (it *indexItem) wrapped(size int, raw bool) int {
	if it.n < 0 && !raw {
		return it.n + size
	}
	return it.n
}

// validate refuses static integers that are out of bounds.
func (x *indexer) validate(raw bool) {
	for i := range x.items {
		it := &x.items[i]
		if it.kind == integerIndex && !it.inBounds && !x.within(it, raw) {
			wrap := "True"
			if raw {
				wrap = "False"
			}
			core.Errorf(core.IndexError, "index %d out of bounds for axis %d with size %d (normalize_indices=%s)", it.n, it.axis, x.shape[it.axis], wrap)
		}
	}
}

func (x *indexer) within(it *indexItem, raw bool) bool {
	n := it.wrapped(x.shape[it.axis], raw)
	return 0 <= n && n < x.shape[it.axis]
}

// view is what is done to an array after slicing it.
type view struct{ reversed, squeezed, added []int }

// newAxis adds an axis after the axes that the slices so far leave.
func (v *view) newAxis(sliced int) { v.added = append(v.added, sliced-len(v.squeezed)+len(v.added)) }

func (v *view) apply(x Value) Value {
	return insertAxes(removeAxes(reverseAxes(x, v.reversed), v.squeezed), v.added)
}

func reverseAxes(x Value, axes []int) Value {
	if len(axes) == 0 {
		return x
	}
	return lax.Rev(x, axes)
}

func removeAxes(x Value, axes []int) Value {
	if len(axes) == 0 {
		return x
	}
	return lax.Squeeze(x, axes)
}

func insertAxes(x Value, axes []int) Value {
	if len(axes) == 0 {
		return x
	}
	return lax.ExpandDims(x, axes...)
}

// staticSlice reads by slice, rev and squeeze; nil: some index is no static scalar or slice, or is out of bounds.
func (x *indexer) staticSlice(v Value, o *access) Value {
	for i := range x.items {
		switch it := &x.items[i]; it.kind {
		case newAxisIndex, ellipsisIndex:
		case integerIndex:
			if it.v != nil || x.shape[it.axis] == 0 || o.mode != "clip" && !x.within(it, o.raw) {
				return nil
			}
		case sliceIndex:
			if it.slice.odd != nil || it.slice.step == 0 {
				return nil
			}
		default:
			return nil
		}
	}
	x.expandEllipsis()
	n := len(x.shape)
	starts, limits, strides := make([]int, 0, n), make([]int, 0, n), make([]int, 0, n)
	var after view
	trivial, strided := true, false
	for i := range x.items {
		it := &x.items[i]
		if it.kind == newAxisIndex {
			after.newAxis(len(starts))
			continue
		}
		size := x.shape[it.axis]
		var start, stop, step int
		if it.kind == integerIndex {
			start = min(max(it.wrapped(size, o.raw), 0), size-1)
			stop, step = start+1, 1
			after.squeezed = append(after.squeezed, it.axis)
		} else if start, stop, step = it.slice.indices(size); step < 0 {
			low := min(size, stop+1+abs(start-stop-1)%-step)
			start, stop, step = low, start+1, -step
			after.reversed = append(after.reversed, it.axis)
		}
		stop = max(start, stop)
		starts, limits, strides = append(starts, start), append(limits, stop), append(strides, step)
		trivial = trivial && start == 0 && stop == size && step == 1
		strided = strided || step != 1
	}
	if !strided {
		strides = nil
	}
	if !trivial {
		v = lax.Slice(v, starts, limits, strides)
	}
	return after.apply(v)
}

func abs(n int) int { return max(n, -n) }

// A rectangle is an index of scalars and slices as the operands of dynamic_slice.
type rectangle struct {
	starts         []Value
	sizes, strides []int
	whole, strided bool // it is written as all of the array; some stride is not 1
	after          view
}

// dynamicSlice reads by dynamic_slice; nil: some index is neither a scalar nor a contiguous slice.
func (x *indexer) dynamicSlice(v Value, raw bool) Value {
	r := x.rectangle(raw)
	if r == nil {
		return nil
	}
	if !r.whole {
		v = lax.DynamicSliceAt(v, r.starts, r.sizes)
	}
	if r.strided {
		v = lax.Slice(v, make([]int, len(r.sizes)), r.sizes, r.strides)
	}
	return r.after.apply(v)
}

// contiguousBasic reports whether the index can be a rectangle.
func (x *indexer) contiguousBasic() bool {
	for i := range x.items {
		ok := true
		switch it := &x.items[i]; it.kind {
		case integerIndex:
			ok = x.shape[it.axis] > 0
		case windowIndex:
			ok = it.stride == 1 || it.inBounds
		case sliceIndex:
			ok = it.slice.odd == nil && (it.slice.step == 1 || it.slice.step == -1)
		case arrayIndex:
			ok = it.v.Aval().Ndim() == 0 && x.shape[it.axis] > 0
		case booleanIndex:
			ok = false
		}
		if !ok {
			return false
		}
	}
	return true
}

// rectangle is JAX's to_dynamic_slice; nil: some index doesn't fit.
func (x *indexer) rectangle(raw bool) *rectangle {
	if !x.contiguousBasic() {
		return nil
	}
	x.expandEllipsis()
	n, d := len(x.shape), indexDType(x.shape)
	r := &rectangle{whole: true}
	for i := range x.items {
		it := &x.items[i]
		if it.kind == newAxisIndex {
			r.after.newAxis(len(r.starts))
			continue
		}
		dim := x.shape[it.axis]
		start, size, stride, known := it.v, 1, 1, it.inBounds
		r.whole = r.whole && it.kind == sliceIndex && it.slice.whole()
		switch it.kind {
		case integerIndex, arrayIndex:
			if start == nil {
				start = staticIndex(it.n)
			}
			r.after.squeezed = append(r.after.squeezed, it.axis)
		case sliceIndex:
			low, stop, step := it.slice.indices(dim)
			size = max(0, stop-low)
			if step < 0 {
				low, size = stop+1, max(0, low-stop)
				r.after.reversed = append(r.after.reversed, it.axis)
			}
			start = staticIndex(low)
			known = n == 1 || x.unit // a lone static start needs no staged arithmetic
		case windowIndex:
			size = it.size
			if it.inBounds {
				stride = abs(it.stride)
				size = reach(it.size, stride)
				if it.stride < 0 {
					r.after.reversed = append(r.after.reversed, it.axis)
				}
			}
			if start == nil {
				low := it.n
				if known = known || n == 1; known && low < 0 && !raw {
					low += dim
				}
				start = staticIndex(low)
			}
		}
		if n > 1 {
			start = Convert(start, d, false)
		}
		if !raw && !known {
			start = wrapIndex(start, dim)
		}
		r.starts, r.sizes, r.strides = append(r.starts, start), append(r.sizes, size), append(r.strides, stride)
		r.strided = r.strided || stride != 1
	}
	return r
}

// staticIndex is a static integer as jnp.asarray makes it.
func staticIndex(n int) Value {
	checkInt(n)
	return integer(n)
}

// reach is how many elements a window of n elements covers.
func reach(n, stride int) int {
	if n == 0 {
		return 0
	}
	return (n-1)*stride + 1
}

// wrapIndex counts negative indices from the end of an axis.
func wrapIndex(i Value, size int) Value {
	if i.Aval().DType.IsUnsigned() {
		return i
	}
	return lax.Select(Less(i, integer(0)), Add(i, sizeLike(i, size)), i)
}

// sizeLike is an axis size of an index's dtype, wrapped around where that doesn't hold it.
func sizeLike(i Value, size int) Value {
	return Convert(core.NewIntLiteral(dtype.Int64, int64(size), false), i.Aval().DType, false)
}

// indexDType is the dtype of indices into an array: lax_utils.int_dtype_for_shape.
func indexDType(shape []int) DType {
	for _, n := range shape {
		if n > 1<<31-1 {
			return dtype.Int64
		}
	}
	return dtype.Int32
}
