package numpy

import (
	"slices"

	"github.com/jaxgo/jaxgo/core"
	"github.com/jaxgo/jaxgo/core/dtype"
	"github.com/jaxgo/jaxgo/core/lax"
)

// Indexing by one array along one axis, as functions of this package use it: x[…, i], x.at[i].set(v), x.at[i].add(v).

// placesOf makes indices into an axis of x places: negative ones count from the end.
func placesOf(x, i Value, axis int) Value {
	return Convert(wrapIndex(i, x.Aval().Shape[axis]), indexDType(x.Aval().Shape), false)
}

// indexColumns are indices as gather and scatter take them, with a last axis of one component.
func indexColumns(i Value) Value { return lax.ExpandDims(i, i.Aval().Ndim()) }

// gatherAlong gathers the slices x[…, i] along an axis; the axes of i take the place of that axis.
func gatherAlong(x, i Value, axis int, mode lax.GatherScatterMode) Value {
	n, m := x.Aval().Ndim(), i.Aval().Ndim()
	g := lax.GatherDims{CollapsedSliceDims: []int{axis}, StartIndexMap: []int{axis}}
	sizes := slices.Clone(x.Aval().Shape)
	sizes[axis] = 1
	for k := range n - 1 {
		if k < axis {
			g.OffsetDims = append(g.OffsetDims, k)
		} else {
			g.OffsetDims = append(g.OffsetDims, k+m)
		}
	}
	return lax.Gather(x, indexColumns(i), g, sizes, lax.GatherOpts{Mode: mode})
}

// takeAlong is x[…, i], for indices that lie within the axis.
func takeAlong(x, i Value, axis int) Value {
	a := x.Aval()
	i = placesOf(x, i, axis)
	if shape := slices.Concat(a.Shape[:axis], i.Aval().Shape, a.Shape[axis+1:]); slices.Contains(shape, 0) {
		return lax.Full(shape, core.NewLiteral(a.DType, 0, a.Weak))
	}
	return gatherAlong(x, i, axis, lax.PromiseInBounds)
}

// takeFilled is jnp.take: what lies outside is NaN, or the extreme of integers.
func takeFilled(x, i Value, axis int) Value {
	return Call("_take", reductionKey(axis), func(in []Value) []Value {
		x, i := in[0], in[1]
		i = Where(Less(i, integer(0)), Add(i, integer(x.Aval().Shape[axis])), i)
		return []Value{gatherAlong(x, i, axis, lax.FillOrDrop)}
	}, x, i)[0]
}

// A scatterFunc is lax.Scatter or one of its kin.
type scatterFunc func(x, indices, updates Value, dims lax.ScatterDims, o lax.ScatterOpts) Value

// scatterAlong writes v, which broadcasts to it, into x[…, i]; what lies outside is dropped.
func scatterAlong(scatter scatterFunc, x, i, v Value, axis int) Value {
	a := x.Aval()
	i = placesOf(x, i, axis)
	shape := slices.Concat(a.Shape[:axis], i.Aval().Shape, a.Shape[axis+1:])
	m := i.Aval().Ndim()
	dims := lax.ScatterDims{InsertedWindowDims: []int{axis}, ScatterDimsToOperandDims: []int{axis}}
	for k := range shape {
		if k < axis || k >= axis+m {
			dims.UpdateWindowDims = append(dims.UpdateWindowDims, k)
		}
	}
	// Weak types give way while values are written, and come back after.
	d, _ := lattice(a, v.Aval())
	v = BroadcastTo(Convert(v, d, false), shape)
	y := scatter(Convert(x, d, false), indexColumns(i), v, dims, lax.ScatterOpts{Mode: lax.FillOrDrop})
	return Convert(y, a.DType, a.Weak)
}

// setAt is x.at[i].set(v), addAt x.at[i].add(v).
func setAt(x, i, v Value) Value { return scatterAlong(lax.Scatter, x, i, v, 0) }

func addAt(x, i, v Value) Value { return scatterAlong(lax.ScatterAdd, x, i, v, 0) }

// setAlong is x.at[…, i].set(v).
func setAlong(x, i Value, axis int, v Value) Value { return scatterAlong(lax.Scatter, x, i, v, axis) }

// setFirst is x.at[0].set(v).
func setFirst(x, v Value) Value {
	dims := lax.ScatterDims{InsertedWindowDims: []int{0}, ScatterDimsToOperandDims: []int{0}}
	zero := fill([]int{1}, core.NewIntLiteral(dtype.Int32, 0, false))
	return lax.Scatter(x, zero, v, dims, lax.ScatterOpts{Mode: lax.FillOrDrop, UniqueIndices: true, IndicesAreSorted: true})
}

// setTail is x.at[1:].set(v).
func setTail(x, v Value) Value {
	if x.Aval().Shape[0] <= 1 {
		return x
	}
	one := fill([]int{1}, core.NewIntLiteral(dtype.Int32, 1, false))
	dims := lax.ScatterDims{UpdateWindowDims: []int{0}, ScatterDimsToOperandDims: []int{0}}
	return lax.Scatter(x, one, Convert(v, x.Aval().DType, false), dims, lax.ScatterOpts{Mode: lax.FillOrDrop, UniqueIndices: true, IndicesAreSorted: true})
}

// dynamicSpan takes a window of the given shape that starts at i along an axis, and at 0 along the others.
func dynamicSpan(x Value, axis int, i Value, shape []int) Value {
	starts := make([]Value, len(shape))
	for k := range starts {
		starts[k] = core.NewIntLiteral(dtype.Int32, 0, false)
	}
	starts[axis] = wrapIndex(i, x.Aval().Shape[axis])
	return lax.DynamicSlice(x, starts, shape)
}
