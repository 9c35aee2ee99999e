package numpy

import (
	"math"

	"github.com/jaxgo/jaxgo/core"
	"github.com/jaxgo/jaxgo/core/dtype"
	"github.com/jaxgo/jaxgo/core/lax"
)

// axisIndexDType is the dtype of indices along an axis of size n.
func axisIndexDType(n int) DType {
	if n > math.MaxInt32 {
		return dtype.Int64
	}
	return defaultInt()
}

// narrowIndexDType is the smallest dtype that holds indices along an axis of size n.
func narrowIndexDType(n int) DType {
	if n > math.MaxInt32 {
		return dtype.Int64
	}
	return dtype.Int32
}

// Sort sorts along an axis.
func Sort(x Value, axis int, stable, descending bool) Value {
	return Call("sort", reductionKey(axis)+string([]byte{flag(stable), flag(descending)}), func(in []Value) []Value {
		return []Value{sorted(in[0], axis, stable, descending)}
	}, x)[0]
}

func sorted(x Value, axis int, stable, descending bool) Value {
	axis = normAxis(axis, x.Aval().Ndim())
	y := lax.Sort([]Value{x}, axis, stable, 1)[0]
	if descending {
		y = lax.Rev(y, []int{axis})
	}
	return y
}

// Argsort gives the indices that sort x along an axis, in dtype d or the default integer.
func Argsort(x Value, axis int, stable, descending bool, d DType) Value {
	key := reductionKey(axis) + string([]byte{flag(stable), flag(descending), byte(d)})
	return Call("argsort", key, func(in []Value) []Value {
		return []Value{argsorted(in[0], axis, stable, descending, d)}
	}, x)[0]
}

func argsorted(x Value, axis int, stable, descending bool, d DType) Value {
	a := x.Aval()
	axis = normAxis(axis, a.Ndim())
	if d == dtype.Invalid {
		d = axisIndexDType(a.Shape[axis])
	}
	i := lax.BroadcastedIota(d, a.Shape, axis)
	if descending && stable { // equal elements keep their order through both reversals
		x, i = lax.Rev(x, []int{axis}), lax.Rev(i, []int{axis})
	}
	i = lax.Sort([]Value{x, i}, axis, stable, 1)[1]
	if descending {
		i = lax.Rev(i, []int{axis})
	}
	return i
}

// sortArgs reads x, axis, kind, order, stable, descending; a nil axis flattens.
func sortArgs(name string, a *core.Args) (x Value, axis int, stable, descending bool) {
	if !a.IsNone(2) {
		core.Errorf(core.TypeError, "'kind' argument to %s is not supported. Use stable=True or stable=False to specify sort stability.", name)
	}
	if !a.IsNone(3) {
		core.Errorf(core.TypeError, "'order' argument to %s is not supported.", name)
	}
	x, axis = a.X(0), 0
	if a.IsNone(1) {
		x = flat(x)
	} else {
		axis = a.Int(1)
	}
	return x, axis, a.Bool(4), a.Bool(5)
}

// Lexsort gives the indices that sort by several keys, of which the last one matters most.
func Lexsort(keys []Value, axis int) Value {
	return Call("lexsort", reductionKey(axis), func(in []Value) []Value { return []Value{lexsort(in, axis)} }, keys...)[0]
}

func lexsort(keys []Value, axis int) Value {
	if len(keys) == 0 {
		core.Errorf(core.TypeError, "need sequence of keys with len > 0 in lexsort")
	}
	shape := keys[0].Aval().Shape
	operands := make([]Value, len(keys), len(keys)+1)
	for i, k := range keys {
		if !sameShape(k.Aval().Shape, shape) {
			core.Errorf(core.ValueError, "all keys need to be the same shape")
		}
		operands[len(keys)-1-i] = k
	}
	if len(shape) == 0 {
		return lax.Full(nil, core.NewIntLiteral(defaultInt(), 0, false))
	}
	axis = normAxis(axis, len(shape))
	i := lax.BroadcastedIota(axisIndexDType(shape[axis]), shape, axis)
	return lax.Sort(append(operands, i), axis, true, len(keys))[len(keys)]
}

// lexsortArray is lexsort by the keys x[0], x[1], …
func lexsortArray(x Value, axis int) Value {
	s := x.Aval().Shape
	if len(s) == 0 {
		core.Errorf(core.TypeError, "iteration over a 0-d array")
	}
	keys := make([]Value, s[0])
	for i := range keys {
		keys[i] = lax.Squeeze(partInDim(x, 0, i, i+1), []int{0})
	}
	return lexsort(keys, axis)
}

// smallest gives the k+1 smallest elements along the last axis as the greatest ones of what stands for them in the
// opposite order, and their indices.
func smallest(x Value, k int) (opposite, indices Value) {
	if x.Aval().DType.IsUnsigned() { // whose negation turns the order round, but for 0
		x = Add(x, integer(1))
	}
	return lax.TopK(lax.Neg(x), k+1, x.Aval().Ndim()-1)
}

func partitionAxes(name string, x Value, k, axis int) (Value, int, int) {
	if x.Aval().DType.IsComplex() {
		core.Errorf(core.NotImplementedError, "jnp.%s for complex dtype is not implemented.", name)
	}
	axis = normAxis(axis, x.Aval().Ndim())
	k = normAxis(k, x.Aval().Shape[axis])
	return Swapaxes(x, axis, -1), k, axis
}

// partition puts the k+1 smallest elements first, then the others.
func partition(x Value, k, axis int) Value {
	x, k, axis = partitionAxes("partition", x, k, axis)
	last := x.Aval().Ndim() - 1
	bottom, _ := smallest(x, k)
	if bottom = lax.Neg(bottom); bottom.Aval().DType.IsUnsigned() {
		bottom = Subtract(bottom, integer(1))
	}
	top, _ := lax.TopK(x, x.Aval().Shape[last]-k-1, last)
	return Swapaxes(lax.Concatenate([]Value{bottom, top}, last), -1, axis)
}

func argpartition(x Value, k, axis int) Value {
	x, k, axis = partitionAxes("argpartition", x, k, axis)
	shape := x.Aval().Shape
	last := len(shape) - 1
	_, bottom := smallest(x, k)
	// Not the top of x: with repeated elements that could take indices which the bottom has.
	rest := clearAlongLast(lax.Full(shape, number(1)), bottom)
	_, top := lax.TopK(rest, shape[last]-k-1, last)
	return Swapaxes(lax.Concatenate([]Value{bottom, top}, last), -1, axis)
}

// clearAlongLast sets x to 0 at indices along its last axis, the others going in step.
func clearAlongLast(x, i Value) Value {
	n := x.Aval().Ndim()
	lead := upTo(n - 1)
	dims := lax.ScatterDims{InsertedWindowDims: []int{n - 1}, ScatterDimsToOperandDims: []int{n - 1}, OperandBatchingDims: lead, ScatterIndicesBatchingDims: lead}
	i = wrapIndex(i, x.Aval().Shape[n-1])
	zeros := fill(i.Aval().Shape, literal(x.Aval().DType, 0))
	return lax.Scatter(x, indexColumns(i), zeros, dims, lax.ScatterOpts{Mode: lax.FillOrDrop})
}

// sortKeys are the values by which XLA sorts: complex numbers by two, and floats with one zero and one NaN.
func sortKeys(x Value) []Value {
	d := x.Aval().DType
	switch {
	case d.IsComplex():
		return []Value{sortKey(lax.Real(x)), sortKey(lax.Imag(x))}
	case d.IsFloating():
		return []Value{sortKey(x)}
	}
	return []Value{x}
}

func sortKey(x Value) Value {
	y := lax.Select(lax.Eq(x, scalarLike(x, 0)), fullLike(x, 0), x)
	return lax.Select(isnan(x), fullLike(x, math.NaN()), y)
}

// sortsBefore reports whether x comes before y in the order of sort, or with orSame set, not after it.
func sortsBefore(x, y Value, orSame bool) Value {
	xs, ys := sortKeys(x), sortKeys(y)
	less := func(i int, orSame bool) Value {
		if orSame {
			return lax.LeTo(xs[i], ys[i])
		}
		return lax.LtTo(xs[i], ys[i])
	}
	p := less(len(xs)-1, orSame)
	for i := len(xs) - 2; i >= 0; i-- {
		p = lax.Or(less(i, false), lax.And(lax.EqTo(xs[i], ys[i]), p))
	}
	return p
}

// Searchsorted gives the indices in the sorted x at which v would be inserted.
func Searchsorted(x, v Value, side, method string) Value {
	return Call("searchsorted", side+";"+method, func(in []Value) []Value {
		return []Value{searchsorted(in[0], in[1], nil, side, method)}
	}, x, v)[0]
}

func searchsorted(x, v, sorter Value, side, method string) Value {
	if x.Aval().Ndim() != 1 {
		core.Errorf(core.ValueError, "a should be 1-dimensional")
	}
	x, v = promoteDTypes2(x, v)
	if sorter != nil {
		x = takeAlong(x, sorter, 0)
	}
	if side != "left" && side != "right" {
		core.Errorf(core.ValueError, "invalid argument side='%s', expected 'left' or 'right'", side)
	}
	left := side == "left"
	d := narrowIndexDType(x.Aval().Shape[0])
	var name string
	var f func(x, v Value) Value
	switch method {
	case "scan", "scan_unrolled":
		name = "_searchsorted_scan_impl"
		f = func(x, v Value) Value { return searchByScan(x, v, left, d, method == "scan_unrolled") }
	case "sort":
		name, f = "_searchsorted_sort_impl", func(x, v Value) Value { return searchBySort(x, v, left, d) }
	case "compare_all":
		name = "_searchsorted_compare_all_impl"
		f = func(x, v Value) Value {
			n := v.Aval().Ndim()
			x = lax.ExpandDims(x, upTo(n + 1)[1:]...)
			before := sortsBefore(lax.BroadcastInDim(x, append([]int{x.Aval().Shape[0]}, v.Aval().Shape...), upTo(n+1)), lax.Broadcast(v, []int{x.Aval().Shape[0]}), !left)
			return Sum(before, Reduction{Axis: []int{0}, DType: d})
		}
	default:
		core.Errorf(core.ValueError, "invalid argument method='%s', expected one of ['compare_all', 'scan', 'scan_unrolled', 'sort']", method)
	}
	return Call(name, side+";"+method, func(in []Value) []Value { return []Value{f(in[0], in[1])} }, x, v)[0]
}

// searchByScan bisects.
func searchByScan(x, v Value, left bool, d DType, unrolled bool) Value {
	n, shape := x.Aval().Shape[0], v.Aval().Shape
	if n == 0 {
		return lax.Full(shape, core.NewIntLiteral(d, 0, false))
	}
	unsigned := dtype.Uint32
	if d.Bits() == 64 {
		unsigned = dtype.Uint64
	}
	g := lax.GatherDims{CollapsedSliceDims: []int{0}, StartIndexMap: []int{0}}
	body := func(carry, _ []Value) ([]Value, []Value) {
		low, high := carry[0], carry[1]
		mid := Add(low, FloorDivide(Subtract(high, low), integer(2))) // (low+high)/2 may overflow
		at := lax.Gather(x, indexColumns(mid), g, []int{1}, lax.GatherOpts{Mode: lax.Clip})
		goLeft := sortsBefore(v, at, left)
		return []Value{lax.Select(goLeft, low, mid), lax.Select(goLeft, mid, high)}, nil
	}
	levels := int(math.Ceil(math.Log2(float64(n + 1))))
	unroll := 1
	if unrolled {
		unroll = levels
	}
	bound := func(i int) Value { return lax.Full(shape, core.NewIntLiteral(unsigned, int64(i), false)) }
	carry, _ := lax.Scan(body, []Value{bound(0), bound(n)}, nil, levels, false, unroll)
	return Convert(carry[1], d, false)
}

// searchBySort ranks elements among all: the rank of a query among all less that among the queries is its place in x.
func searchBySort(x, v Value, left bool, d DType) Value {
	n, q := x.Aval().Size(), flat(v)
	m := q.Aval().Size()
	working := narrowIndexDType(n + m)
	rank := func(x Value) Value {
		i := lax.BroadcastedIota(working, []int{x.Aval().Size()}, 0)
		return setAt(fullLike(i, 0), lax.Sort([]Value{x, i}, 0, true, 1)[1], i)
	}
	var index Value
	if left {
		index = part(rank(lax.Concatenate([]Value{q, x}, 0)), 0, 0, m)
	} else {
		index = part(rank(lax.Concatenate([]Value{x, q}, 0)), 0, n, toEndOf)
	}
	return Convert(lax.Reshape(lax.Sub(index, rank(q)), v.Aval().Shape), d, false)
}

// Digitize gives the bin that each element of x is in; the bins increase or decrease.
func Digitize(x, bins Value, right bool, method string) Value {
	return Call("digitize", method+string([]byte{flag(right)}), func(in []Value) []Value {
		return []Value{digitize(in[0], in[1], right, method)}
	}, x, bins)[0]
}

func digitize(x, bins Value, right bool, method string) Value {
	if bins.Aval().Ndim() != 1 {
		core.Errorf(core.ValueError, "digitize: bins must be a 1-dimensional array; got bins=%s", traceName(bins))
	}
	n := bins.Aval().Shape[0]
	if n == 0 {
		return FullLike(x, integer(0), dtype.Int32, nil)
	}
	side := "right"
	if right {
		side = "left"
	}
	if method == "" {
		method = "scan"
	}
	down := lax.Rev(bins, []int{0})
	return Where(GreaterEqual(pick(bins, 0, -1), pick(bins, 0, 0)),
		Searchsorted(bins, x, side, method),
		Subtract(integer(n), Searchsorted(down, x, side, method)))
}

func init() {
	// a, axis, kind, order, stable, descending
	core.Export1("jnp.sort", "xsssss", func(a *core.Args) Value {
		return sorted(sortArgs("sort", a))
	}).Jit("sort")
	// a, axis, kind, order, stable, descending, dtype
	core.Export1("jnp.argsort", "xssssss", func(a *core.Args) Value {
		x, axis, stable, descending := sortArgs("argsort", a)
		return argsorted(x, axis, stable, descending, a.DType(6))
	}).Jit("argsort")
	core.Export1("jnp.sort_complex", "x", func(a *core.Args) Value {
		x := a.X(0)
		x = lax.Sort([]Value{x}, x.Aval().Ndim()-1, true, 1)[0]
		return Convert(x, x.Aval().DType.Complex(), false)
	}).Jit("sort_complex")
	// keys, axis; for lexsort_array one array of keys
	core.Export1("jnp.lexsort", "Xs", func(a *core.Args) Value { return lexsort(a.Xs(0), a.IntOr(1, -1)) }).Jit("lexsort")
	core.Export1("jnp.lexsort_array", "xs", func(a *core.Args) Value { return lexsortArray(a.X(0), a.IntOr(1, -1)) }).Jit("lexsort")
	// a, kth, axis
	core.Export1("jnp.partition", "xss", func(a *core.Args) Value { return partition(a.X(0), a.Int(1), a.IntOr(2, -1)) }).Jit("partition")
	core.Export1("jnp.argpartition", "xss", func(a *core.Args) Value { return argpartition(a.X(0), a.Int(1), a.IntOr(2, -1)) }).Jit("argpartition")
	// a, v, side, sorter, method
	core.Export1("jnp.searchsorted", "xxsos", func(a *core.Args) Value {
		return searchsorted(a.X(0), a.X(1), a.Opt(3), a.Str(2), a.Str(4))
	}).Jit("searchsorted")
	// x, bins, right, method
	core.Export1("jnp.digitize", "xxss", func(a *core.Args) Value { return digitize(a.X(0), a.X(1), a.Bool(2), a.Str(3)) }).Jit("digitize")
}
