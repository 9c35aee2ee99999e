package numpy

import (
	"slices"

	"github.com/jaxgo/jaxgo/core"
	"github.com/jaxgo/jaxgo/core/lax"
)

// The functions that index by arrays: take, put and their relatives.

// take is jnp.take; a nil axis flattens.
func take(x, i Value, axis *int, mode string, o access) Value {
	at := 0
	if axis == nil {
		x = flat(x)
	} else {
		at = normAxis(*axis, x.Aval().Ndim())
	}
	sizes := slices.Clone(x.Aval().Shape)
	n := sizes[at]
	g := lax.GatherOpts{UniqueIndices: o.unique, IndicesAreSorted: o.sorted, Fill: fillValue(o.fill)}
	switch mode {
	case "", "fill":
		g.Mode = lax.FillOrDrop
		i = Where(Less(i, integer(0)), Add(i, integer(n)), i)
	case "raise":
		core.Errorf(core.NotImplementedError, "The 'raise' mode to jnp.take is not supported.")
	case "wrap":
		i = Mod(i, constLike(i, float64(n)))
		g.Mode = lax.PromiseInBounds
	case "clip":
		g.Mode = lax.Clip
	default:
		core.Errorf(core.ValueError, "Invalid mode '%s' for np.take", mode)
	}
	if n == 0 {
		if i.Aval().Size() != 0 {
			core.Errorf(core.IndexError, "Cannot do a non-empty jnp.take() from an empty axis.")
		}
		return x
	}
	if i.Aval().Size() == 0 {
		a := x.Aval()
		return lax.Full(slices.Concat(sizes[:at], i.Aval().Shape, sizes[at+1:]), core.NewLiteral(a.DType, 0, a.Weak))
	}
	sizes[at] = 1
	dims := lax.GatherDims{CollapsedSliceDims: []int{at}, StartIndexMap: []int{at}}
	m := i.Aval().Ndim()
	for k := range len(sizes) - 1 {
		if k >= at {
			k += m
		}
		dims.OffsetDims = append(dims.OffsetDims, k)
	}
	return lax.Gather(x, lax.ExpandDims(i, m), dims, sizes, g)
}

// takeAlongAxis is jnp.take_along_axis; a nil axis flattens. wrap nil: negative indices count from the end unless the
// mode promises that there are none.
func takeAlongAxis(x, i Value, axis *int, mode string, fill *core.Arg, wrap *bool) Value {
	at, ia := -1, i.Aval()
	if !ia.DType.IsInteger() {
		core.Errorf(core.TypeError, "take_along_axis indices must be of integer type, got %s", ia.DType.Name())
	}
	if axis == nil {
		if ia.Ndim() != 1 {
			core.Errorf(core.ValueError, "take_along_axis indices must be 1D if axis=None, got shape %s", core.ShapeString(ia.Shape))
		}
		x, at = flat(x), 0
	} else {
		at = *axis
	}
	rank := x.Aval().Ndim()
	if rank != ia.Ndim() {
		core.Errorf(core.ValueError, "indices and arr must have the same number of dimensions; %d vs. %d", ia.Ndim(), rank)
	}
	at = normAxis(at, rank)
	n := x.Aval().Shape[at]
	shape := slices.Clone(x.Aval().Shape)
	shape[at] = 1
	out := BroadcastShapes(ia.Shape, shape)
	if n == 0 {
		return lax.Full(out, literal(x.Aval().DType, 0))
	}
	if wrap != nil && *wrap || wrap == nil && mode != "promise_in_bounds" {
		i = wrapIndex(Convert(i, indexDType([]int{n}), false), n)
	} else {
		i = Convert(i, ia.DType, false)
	}
	if mode == "one_hot" {
		return takeOneHot(x, i, at)
	}
	if mode == "" {
		mode = "fill"
	}

	// Axes where the indices have size 1 are taken whole, those where x has size 1 are dropped, the others go along.
	var indexShape, sizes, dropped []int
	var g lax.GatherDims
	axisX, axisI := 0, 0
	for k := range rank {
		if k == at || ia.Shape[k] != 1 {
			indexShape = append(indexShape, out[k])
		}
		switch {
		case k == at:
			sizes = append(sizes, 1)
			g.StartIndexMap = []int{axisX}
			g.CollapsedSliceDims = []int{axisX}
			axisX, axisI = axisX+1, axisI+1
		case ia.Shape[k] == 1:
			g.OffsetDims = append(g.OffsetDims, k)
			sizes = append(sizes, shape[k])
			axisX++
		case shape[k] == 1:
			dropped = append(dropped, k)
			axisI++
		default:
			sizes = append(sizes, min(shape[k], 1))
			g.OperandBatchingDims = append(g.OperandBatchingDims, axisX)
			g.StartIndicesBatchingDims = append(g.StartIndicesBatchingDims, axisI)
			axisX, axisI = axisX+1, axisI+1
		}
	}
	i = lax.Reshape(i, append(indexShape, 1))
	return lax.Gather(removeAxes(x, dropped), i, g, sizes, lax.GatherOpts{Mode: lax.ParseMode(mode), Fill: fillValue(fill)})
}

// takeOneHot takes along an axis by a product with a matrix of ones and zeros.
func takeOneHot(x, i Value, axis int) Value {
	a := x.Aval()
	n, rank := a.Shape[axis], a.Ndim()
	hot := Call("_one_hot", reductionKey(n), func(in []Value) []Value {
		i := in[0]
		last := repeated(1, rank)
		return []Value{lax.Eq(lax.ExpandDims(i, rank), lax.BroadcastedIota(i.Aval().DType, append(last, n), rank))}
	}, i)[0]
	// y[b…, j, c…] is the sum over z of hot[b…, j, 1…, z] x[b…, z, c…].
	labels := "abcdefghijklmnopqrstuvwxyABCDEFGHIJKLMNOPQRSTUVWXY"
	if rank > len(labels) {
		core.Errorf(core.ValueError, "One Hot indexing is only supported for up to 50 leading dimensions.")
	}
	if rank == 1 {
		return Einsum("az,z->a", []Value{hot, x}, Product{Preferred: a.DType})
	}
	lead, tail := labels[:axis], labels[axis+1:rank]
	return Einsum(lead+labels[axis:axis+1]+tail+"z,"+lead+"z"+tail+"->"+labels[:rank], []Value{hot, x}, Product{Precision: "HIGHEST", Preferred: a.DType})
}

// putAlongAxis is jnp.put_along_axis; a nil axis flattens.
func putAlongAxis(x, i, v Value, axis *int, mode string) Value {
	at, shape := 0, x.Aval().Shape
	if axis == nil {
		x = flat(x)
	} else {
		at = *axis
	}
	n, m := x.Aval().Ndim(), i.Aval().Ndim()
	if n != m {
		core.Errorf(core.ValueError, "put_along_axis arguments 'arr' and 'indices' must have same ndim. Got arr.ndim=%d and indices.ndim=%d.", n, m)
	}
	if core.Try(func() { v = BroadcastTo(v, i.Aval().Shape) }) != nil {
		core.Errorf(core.ValueError, "put_along_axis argument 'values' must be broadcastable to 'indices'. Got values.shape=%s and indices.shape=%s.", core.ShapeString(v.Aval().Shape), core.ShapeString(i.Aval().Shape))
	}
	index := Indices(x.Aval().Shape, defaultInt(), true)
	index[normAxis(at, n)] = i
	return lax.Reshape(setElements(x, index, v, mode), shape)
}

// setElements is x.at[tuple(index)].set(v) for arrays of integers, one an axis.
func setElements(x Value, index []Value, v Value, mode string) Value {
	ix := indexer{shape: x.Aval().Shape}
	for i, v := range index {
		it := arrayItem(v)
		it.axis, it.axes = i, 1
		ix.items = append(ix.items, it)
	}
	return updates["set"].at(x, &ix, v, &access{mode: mode})
}

// put is jnp.put, of indices into the flattened array.
func put(x, i, v Value, mode string) Value {
	i, v = flat(i), flat(v)
	size, n := x.Aval().Size(), i.Aval().Size()
	if size == 0 || n == 0 || v.Aval().Size() == 0 {
		return x
	}
	v = tileToSize(v, n)
	scatter := "promise_in_bounds"
	switch mode {
	case "":
		scatter = "drop"
	case "clip":
		i = Clip(i, integer(0), integer(size-1))
	case "wrap":
		i = Mod(i, integer(size))
	case "raise":
		core.Errorf(core.NotImplementedError, "The 'raise' mode to jnp.put is not supported.")
	default:
		core.Errorf(core.ValueError, "mode should be one of 'wrap' or 'clip'; got mode='%s'", mode)
	}
	return setElements(x, unravelIndex(i, x.Aval().Shape), v, scatter)
}

// place is jnp.place: values go where the mask holds, in order, and are repeated as needed.
func place(x, mask, v Value) Value {
	v = flat(v)
	shape, size := x.Aval().Shape, x.Aval().Size()
	switch {
	case size != mask.Aval().Size():
		core.Errorf(core.ValueError, "place: arr and mask must be the same size")
	case v.Aval().Size() == 0:
		core.Errorf(core.ValueError, "Cannot place values from an empty array")
	case size == 0:
		return x
	}
	i := Nonzero(flat(mask), size, []Value{integer(size)})
	return lax.Reshape(setElements(flat(x), i, tileToSize(v, size), "drop"), shape)
}

// tileToSize repeats or cuts a flat array.
func tileToSize(v Value, size int) Value {
	if n := v.Aval().Size(); n < size {
		v = Tile(v, []int{(size + n - 1) / n})
	}
	if v.Aval().Size() > size {
		v = lax.Slice(v, []int{0}, []int{size}, nil)
	}
	return v
}

// choose is jnp.choose.
func choose(i Value, choices []Value, mode string) Value {
	if !i.Aval().DType.IsInteger() {
		core.Errorf(core.ValueError, "`a` array must be integer typed")
	}
	n := len(choices)
	switch mode {
	case "raise":
		d := i.Aval().DType
		b, ok := hostBytes(i)
		if !ok {
			core.Errorf(core.ConcretizationTypeError, "Abstract tracer value encountered where concrete value is expected: traced array with shape %s\nThe error occurred because jnp.choose was jit-compiled with mode='raise'. Use mode='wrap' or mode='clip' instead.", i.Aval().Name())
		}
		for k := 0; k < len(b); k += d.Size() {
			if c := hostInt(d, b[k:]); c < 0 || c >= int64(n) {
				core.Errorf(core.ValueError, "invalid entry in choice array")
			}
		}
	case "wrap":
		i = Mod(i, integer(n))
	case "clip":
		i = Clip(i, integer(0), integer(n-1))
	default:
		core.Errorf(core.ValueError, "mode='%s' not understood. Must be 'raise', 'wrap', or 'clip'", mode)
	}
	xs := BroadcastArrays(append([]Value{i}, choices...)...)
	x := arrayOf(xs[1:])
	index := append([]Value{xs[0]}, Indices(xs[0].Aval().Shape, defaultInt(), true)...)
	ix := indexer{shape: x.Aval().Shape}
	for k, v := range index {
		ix.items = append(ix.items, indexItem{kind: arrayIndex, axis: k, axes: 1, v: v})
	}
	return ix.get(x, &access{})
}

func init() {
	optionalInt := func(a *core.Args, i int) *int {
		if a.IsNone(i) {
			return nil
		}
		n := a.Int(i)
		return &n
	}
	optional := func(a *core.Args, i int) *core.Arg {
		if a.IsNone(i) {
			return nil
		}
		return &a.List[i]
	}
	// take(a, indices, axis, mode, unique_indices, indices_are_sorted, fill_value)
	core.Export1("jnp.take", "xxsssss", func(a *core.Args) Value {
		return take(a.X(0), a.X(1), optionalInt(a, 2), a.Str(3), access{unique: a.Bool(4), sorted: a.Bool(5), fill: optional(a, 6)})
	}).Jit("_take")
	// take_along_axis(arr, indices, axis, mode, fill_value, wrap_negative_indices)
	core.Export1("jnp.take_along_axis", "xxssss", func(a *core.Args) Value {
		var wrap *bool
		if !a.IsNone(5) {
			b := a.Bool(5)
			wrap = &b
		}
		return takeAlongAxis(a.X(0), a.X(1), optionalInt(a, 2), a.Str(3), optional(a, 4), wrap)
	}).Jit("take_along_axis")
	// put_along_axis(arr, indices, values, axis, inplace, mode)
	core.Export1("jnp.put_along_axis", "xxxsss", func(a *core.Args) Value {
		if a.Bool(4) {
			core.Errorf(core.ValueError, "jax.numpy.put_along_axis cannot modify arrays in-place, because JAX arraysare immutable. Pass inplace=False to instead return an updated array.")
		}
		return putAlongAxis(a.X(0), a.X(1), a.X(2), optionalInt(a, 3), a.Str(5))
	}).Jit("put_along_axis")
	// put(a, ind, v, mode, inplace)
	core.Export1("jnp.put", "xxxss", func(a *core.Args) Value {
		if a.Bool(4) {
			core.Errorf(core.ValueError, "jax.numpy.put cannot modify arrays in-place, because JAX arrays are immutable. Pass inplace=False to instead return an updated array.")
		}
		return put(a.X(0), a.X(1), a.X(2), a.Str(3))
	})
	// place(arr, mask, vals, inplace)
	core.Export1("jnp.place", "xxxs", func(a *core.Args) Value {
		if a.Bool(3) {
			core.Errorf(core.ValueError, "jax.numpy.place cannot modify arrays in-place, because JAX arrays are immutable. Pass inplace=False to instead return an updated array.")
		}
		return place(a.X(0), a.X(1), a.X(2))
	})
	// unravel_index(indices, shape)
	// choose(a, choices, mode)
	chosen := func(a *core.Args) Value { return choose(a.X(0), a.Xs(1), a.Str(2)) }
	core.Export1("jnp.choose", "xXs", chosen)
	// choose_checked(a, choices, mode), with mode='raise'
	core.Export1("jnp.choose_checked", "xXs", chosen).Direct()
}
