package numpy

import (
	"slices"

	"github.com/jaxgo/jaxgo/core"
	"github.com/jaxgo/jaxgo/core/dtype"
	"github.com/jaxgo/jaxgo/core/lax"
)

// gather reads by a gather.
func (x *indexer) gather(v Value, o *access) Value {
	g := x.plan(o.raw)
	fill := fillValue(o.fill)
	v = insertAxes(v, g.boolAxes)
	if slices.Contains(g.shape, 0) {
		a := v.Aval()
		return lax.Full(g.shape, core.NewLiteral(a.DType, 0, a.Weak))
	}
	if g.indices != nil {
		v = lax.Gather(v, g.indices, g.dims, g.sizes, lax.GatherOpts{
			Mode: lax.ParseMode(o.mode), Fill: fill,
			IndicesAreSorted: o.sorted || g.basic, UniqueIndices: o.unique || g.basic,
		})
	}
	return insertAxes(reverseAxes(v, g.reversed), g.newAxes)
}

// fillValue is the fill_value argument.
func fillValue(g *core.Arg) lax.FillValue {
	switch {
	case g == nil:
		return lax.FillValue{}
	case g.Kind == core.ArgSeq:
		core.Errorf(core.ValueError, "fill_value argument to indexed get() must be a scalar")
	case g.Kind != core.ArgValue:
		return lax.FillArg(g)
	}
	a := g.V.Aval()
	b, ok := hostBytes(g.V)
	switch {
	case !ok:
		core.Errorf(core.ConcretizationTypeError, "Abstract tracer value encountered where concrete value is expected: traced array with shape %s\nfill_value argument to indexed get()", a.Name())
	case a.Ndim() != 0:
		core.Errorf(core.ValueError, "fill_value argument to indexed get() must be a scalar")
	}
	re, im, i, u := dtype.Scalar(a.DType, b)
	switch {
	case a.DType.IsBool():
		return lax.FillBool(i != 0)
	case a.DType.IsComplex():
		return lax.FillComplex(complex(re, im))
	case a.DType.IsInexact():
		return lax.FillFloat(re)
	case a.DType.IsUnsigned():
		return lax.FillUint(u)
	}
	return lax.FillInt(i)
}

// A gatherPlan is an index as the operands and parameters of a gather, or of a scatter: JAX's _GatherIndexer.
type gatherPlan struct {
	shape   []int // of the result, or of the updates
	sizes   []int // of the slices gathered
	indices Value // nil: the whole array
	dims    lax.GatherDims
	// basic says that there are no arrays among the indices, so that none can occur twice.
	basic bool
	// Axes of the gathered array to reverse, to add, and axes of the operand to add before.
	reversed, newAxes, boolAxes []int
}

// plan is JAX's _index_to_gather; masks were expanded.
func (x *indexer) plan(raw bool) *gatherPlan {
	for i := range x.items {
		x.items[i].slice.check(i)
	}
	contiguous := x.contiguous()
	x.expandEllipsis()
	g := &gatherPlan{basic: true}
	g.boolAxes = x.expandScalars()
	if !raw {
		x.wrap()
	}
	for i := range x.items {
		if it := &x.items[i]; it.kind == arrayIndex && it.v.Aval().Ndim() > 0 {
			g.basic = false
		}
	}
	// The indices that broadcast against each other, and where they stand.
	var advanced []Value
	var positions, axes []int
	if !g.basic {
		for i := range x.items {
			switch it := &x.items[i]; it.kind {
			case arrayIndex, integerIndex:
				v := it.v
				if v == nil {
					v = staticIndex(it.n)
				}
				advanced, positions, axes = append(advanced, v), append(positions, i), append(axes, it.axis)
			}
		}
	}
	d := indexDType(x.shape)
	var columns []column
	var batch []int // the shape that the columns broadcast to
	add := func(v Value, axis int) {
		columns = append(columns, column{v, len(batch)})
		g.dims.StartIndexMap = append(g.dims.StartIndexMap, axis)
	}
	y := 0 // the current axis of the gathered array
	for i := range x.items {
		it := &x.items[i]
		if len(advanced) > 0 && (contiguous && i == positions[0] || !contiguous && i == 0) {
			arrays := BroadcastArrays(advanced...)
			shape := arrays[0].Aval().Shape
			for k, v := range arrays {
				add(Convert(v, d, false), axes[k])
			}
			batch = append(batch, shape...)
			g.dims.CollapsedSliceDims = append(g.dims.CollapsedSliceDims, axes...)
			g.shape = append(g.shape, shape...)
			y += len(shape)
		}
		switch {
		case slices.Contains(positions, i):
			g.sizes = append(g.sizes, 1)
		case it.kind == newAxisIndex:
			g.newAxes = append(g.newAxes, len(g.shape))
			g.shape = append(g.shape, 1)
		case it.kind == integerIndex || it.kind == arrayIndex:
			if x.shape[it.axis] == 0 {
				core.Errorf(core.IndexError, "index is out of bounds for axis %d with size 0", it.axis)
			}
			v := it.v
			if v == nil {
				v = staticIndex(it.n)
			}
			add(Convert(v, d, false), it.axis)
			g.dims.CollapsedSliceDims = append(g.dims.CollapsedSliceDims, it.axis)
			g.sizes = append(g.sizes, 1)
		default:
			start, size, step, backwards := it.window(x.shape[it.axis], d)
			g.shape = append(g.shape, size)
			if step == 1 {
				if size != x.shape[it.axis] {
					add(Convert(start, d, false), it.axis)
				}
				g.sizes = append(g.sizes, size)
				g.dims.OffsetDims = append(g.dims.OffsetDims, y)
			} else {
				if l, ok := start.(*core.Literal); ok {
					start = Convert(l, d, false)
				} else {
					start = Convert(lax.Copy(start), d, false)
				}
				at := Add(start, Multiply(core.NewIntLiteral(d, int64(step), false), lax.Iota(d, size)))
				if step < 0 {
					at = lax.Rev(at, []int{0})
				}
				add(at, it.axis)
				batch = append(batch, size)
				g.dims.CollapsedSliceDims = append(g.dims.CollapsedSliceDims, it.axis)
				g.sizes = append(g.sizes, 1)
			}
			if backwards {
				g.reversed = append(g.reversed, y)
			}
			y++
		}
	}
	slices.Sort(g.dims.CollapsedSliceDims)
	g.indices = joinColumns(columns, batch)
	return g
}

// window is a slice or a window as start, size and step. backwards: the elements come in reverse, as those of a
// slice with a negative step do, whose indices are taken in ascending order.
func (it *indexItem) window(dim int, d DType) (start Value, size, step int, backwards bool) {
	if it.kind == windowIndex {
		if start = it.v; start == nil {
			start = staticIndex(it.n)
		}
		return start, it.size, abs(it.stride), it.stride < 0
	}
	if it.slice.step == 0 {
		core.Errorf(core.ValueError, "slice step cannot be zero")
	}
	low, stop, step := it.slice.indices(dim)
	return integer(low), count(low, stop, step), step, step < 0
}

// A column holds the indices along one axis, and says at which axis of the batch its own begin.
type column struct {
	v  Value
	at int
}

// joinColumns makes the indices of a gather: the columns along a last axis. nil: there are none.
func joinColumns(columns []column, batch []int) Value {
	switch len(columns) {
	case 0:
		return nil
	case 1:
		return lax.ExpandDims(columns[0].v, columns[0].v.Aval().Ndim())
	}
	shape := append(slices.Clone(batch), 1)
	xs := make([]Value, len(columns))
	for i, c := range columns {
		dims := make([]int, c.v.Aval().Ndim())
		for k := range dims {
			dims[k] = c.at + k
		}
		xs[i] = lax.BroadcastInDim(c.v, shape, dims)
	}
	return lax.Concatenate(xs, len(batch))
}

// contiguous reports whether the integers and arrays among the indices stand side by side: then the axes that
// they make come in their place, else in front.
func (x *indexer) contiguous() bool {
	last := -1
	for i := range x.items {
		if k := x.items[i].kind; k == arrayIndex || k == integerIndex {
			if last >= 0 && i != last+1 {
				return false
			}
			last = i
		}
	}
	return true
}

// expandScalars makes each scalar truth value an array of one index or none into a new axis of size 1. It gives
// the new axes, as positions in the index.
func (x *indexer) expandScalars() (added []int) {
	shape := slices.Clone(x.shape)
	axis := 0
	for i := range x.items {
		it := &x.items[i]
		if it.kind == booleanIndex {
			added = append(added, i)
			shape = slices.Insert(shape, min(i, len(shape)), 1) // JAX's place for it, whatever new axes stand before
			v := Value(nil)
			if x.unit {
				v = lax.Iota(defaultInt(), it.n)
			} else {
				v = hostInts(defaultInt(), []int{it.n}, func(i int) int { return i })
			}
			*it = indexItem{kind: arrayIndex, axes: 1, v: v, host: true}
		}
		it.axis = axis
		axis += it.axes
	}
	x.shape = shape
	return added
}

// wrap counts negative indices from the ends of their axes.
func (x *indexer) wrap() {
	for i := range x.items {
		it := &x.items[i]
		switch {
		case it.kind == integerIndex && it.v == nil:
			it.n = it.wrapped(x.shape[it.axis], false)
		case it.kind != arrayIndex || x.unit && it.host:
		case it.host: // JAX compares on the host, and adds where it traces
			n := it.v.Aval().Shape[0]
			negative := core.HostConstant(core.NewAval(dtype.Bool, n), func(b []byte) { clear(b) })
			it.v = lax.Select(negative, lax.Add(it.v, sizeLike(it.v, x.shape[it.axis])), it.v)
		case !it.v.Aval().DType.IsUnsigned():
			it.v = lax.Select(Less(it.v, integer(0)), lax.Add(it.v, sizeLike(it.v, x.shape[it.axis])), it.v)
		}
	}
}
