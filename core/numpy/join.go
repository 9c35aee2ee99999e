package numpy

import (
	"slices"

	"github.com/jaxgo/jaxgo/core"
	"github.com/jaxgo/jaxgo/core/dtype"
	"github.com/jaxgo/jaxgo/core/lax"
)

// Concatenate joins arrays along an axis, or all their elements for a nil axis. With a dtype, it converts them to that.
func Concatenate(xs []Value, axis *int, d DType) Value {
	if len(xs) == 0 {
		core.Errorf(core.ValueError, "Need at least one array to concatenate.")
	}
	at := 0
	if axis == nil {
		xs = slices.Clone(xs)
		for i, x := range xs {
			xs[i] = flat(x)
		}
	} else {
		at = *axis
	}
	n := xs[0].Aval().Ndim()
	if n == 0 {
		core.Errorf(core.ValueError, "Zero-dimensional arrays cannot be concatenated.")
	}
	at = normAxis(at, n)
	return lax.Concatenate(alike(xs, d), at)
}

func concat(axis int, xs ...Value) Value { return Concatenate(xs, &axis, dtype.Invalid) }

// alike gives arrays a common dtype, or d.
func alike(xs []Value, d DType) []Value {
	if d == dtype.Invalid {
		return PromoteDTypes(xs...)
	}
	out := make([]Value, len(xs))
	for i, x := range xs {
		out[i] = AsType(x, d)
	}
	return out
}

// concatenateArray joins x[0], x[1], … by reshaping x.
func concatenateArray(x Value, axis *int, d DType) Value {
	if d != dtype.Invalid {
		x = AsType(x, d)
	}
	s := x.Aval().Shape
	if len(s) == 0 || s[0] == 0 {
		core.Errorf(core.ValueError, "Need at least one array to concatenate.")
	}
	if axis == nil {
		return flat(x)
	}
	if len(s) == 1 {
		core.Errorf(core.ValueError, "Zero-dimensional arrays cannot be concatenated.")
	}
	at := normAxis(*axis, len(s)-1)
	shape := slices.Clone(s[1:])
	shape[at] *= s[0]
	return lax.ReshapeOrder(x, shape, slices.Insert(upTo(len(s))[1:], at, 0))
}

// Stack joins arrays along a new axis.
func Stack(xs []Value, axis int, d DType) Value {
	if len(xs) == 0 {
		core.Errorf(core.ValueError, "Need at least one array to stack.")
	}
	xs = alike(xs, d)
	return lax.Stack(xs, normAxis(axis, xs[0].Aval().Ndim()+1))
}

func stackArray(x Value, axis int, d DType) Value {
	s := x.Aval().Shape
	if len(s) == 0 {
		core.Errorf(core.TypeError, "len() of unsized object")
	}
	if s[0] == 0 {
		core.Errorf(core.ValueError, "Need at least one array to stack.")
	}
	axis = normAxis(axis, len(s))
	return concatenateArray(lax.ExpandDims(x, axis+1), &axis, d)
}

// A stacking is what vstack and its like differ in.
type stacking struct {
	rank      int // what the arrays are expanded to
	axis      func(first []int) int
	transpose bool // column_stack turns rows into columns
}

var stackings = map[string]stacking{
	"vstack": {rank: 2, axis: func([]int) int { return 0 }},
	"hstack": {rank: 1, axis: func(first []int) int {
		if len(first) == 1 {
			return 0
		}
		return 1
	}},
	"dstack":       {rank: 3, axis: func([]int) int { return 2 }},
	"column_stack": {rank: 2, axis: func([]int) int { return 1 }, transpose: true},
}

// expanded is an array as it is concatenated; call records the expansion as a call.
func (s stacking) expanded(x Value, call func(x Value) Value) Value {
	if !s.transpose {
		return call(x)
	}
	if x.Aval().Ndim() >= 2 {
		return x
	}
	return Transpose(call(x), nil)
}

func (s stacking) join(xs []Value, d DType) Value {
	out := make([]Value, len(xs))
	for i, x := range xs {
		out[i] = s.expanded(x, func(x Value) Value { return atLeastCall(x, s.rank) })
	}
	if len(out) == 0 {
		return Concatenate(nil, nil, d)
	}
	axis := s.axis(out[0].Aval().Shape)
	return Concatenate(out, &axis, d)
}

// joinArray is join of x[0], x[1], …
func (s stacking) joinArray(x Value, d DType) Value {
	shape := x.Aval().Shape
	if len(shape) == 0 {
		core.Errorf(core.ValueError, "vmap was requested to map its argument along axis 0, which implies that its rank should be at least 1, but is only 0 (its shape is ())")
	}
	rest := len(shape) - 1
	switch {
	case s.transpose && len(shape) >= 3:
	case s.rank == 3 && rest < 3:
		x = atLeastOfEach(x, 3, [][]int{{1, 2, 3}, {1, 3}, {3}}[rest])
	default:
		x = atLeastOfEach(x, s.rank, upTo(1 + max(s.rank-rest, 0))[1:])
		if s.transpose {
			x = lax.Transpose(x, []int{0, 2, 1})
		}
	}
	axis := s.axis(x.Aval().Shape[1:])
	return concatenateArray(x, &axis, d)
}

// atLeastOfEach is the call of atleast_1d or its like on each of x[0], x[1], …, which adds the given axes to x.
func atLeastOfEach(x Value, n int, axes []int) Value {
	return Call(atLeastNames[n], "each", func(in []Value) []Value { return []Value{expandDims(in[0], axes)} }, x)[0]
}

// Unstack gives the arrays along an axis.
func Unstack(x Value, axis int) []Value { return lax.UnstackAxis(x, normAxis(axis, x.Aval().Ndim())) }

// Split cuts x along an axis: into equal sections, or before the given indices.
func Split(x Value, indices []int, axis int) []Value {
	n := sizeAt(x, axis)
	var sizes []int
	last := 0
	for _, i := range append(slices.Clone(indices), n) {
		sizes = append(sizes, i-last)
		last = i
	}
	return lax.Split(x, sizes, normAxis(axis, x.Aval().Ndim()))
}

// sizeAt is x.shape[axis].
func sizeAt(x Value, axis int) int {
	s := x.Aval().Shape
	if axis < -len(s) || axis >= len(s) {
		core.Errorf(core.IndexError, "tuple index out of range")
	}
	return s[(axis+len(s))%len(s)]
}

// splitSections cuts x into k sections; uneven lets the first ones be larger by one.
func splitSections(x Value, k, axis int, uneven bool) []Value {
	n := sizeAt(x, axis)
	if k == 0 {
		core.Errorf(core.ZeroDivisionError, "integer division or modulo by zero")
	}
	if n%k != 0 && !uneven {
		core.Errorf(core.ValueError, "array split does not result in an equal division: rest is %d", ((n%k)+k)%k)
	}
	sizes := repeated(n/k, max(k, 0))
	for i := range n % k {
		sizes[i]++
	}
	return lax.Split(x, sizes, normAxis(axis, x.Aval().Ndim()))
}

func splitArgs(axis func(a *core.Args, x Value) int, uneven bool) func(a *core.Args) []Value {
	return func(a *core.Args) []Value {
		x, at := a.X(0), 0
		at = axis(a, x)
		if a.List[1].Kind == core.ArgSeq {
			return Split(x, a.Ints(1), at)
		}
		return splitSections(x, a.Int(1), at, uneven)
	}
}

// Tile repeats x along each axis.
func Tile(x Value, reps []int) Value {
	n := x.Aval().Ndim()
	if k := n - len(reps); k > 0 {
		reps = append(repeated(1, k), reps...)
	}
	return lax.Tile(expandDims(x, upTo(len(reps)-n)), reps)
}

// Repeat repeats each element k times along an axis, all elements for nil.
func Repeat(x Value, k int, axis *int) Value {
	at := 0
	if axis == nil {
		x = flat(x)
	} else if x.Aval().Ndim() == 0 { // one number of repeats, for an array without axes
		return fill([]int{max(k, 0)}, x)
	} else {
		at = normAxis(*axis, x.Aval().Ndim())
	}
	shape := x.Aval().Shape
	wide := inserted(shape, at+1, k)
	dims := slices.DeleteFunc(upTo(len(wide)), func(i int) bool { return i == at+1 })
	shape = slices.Clone(shape)
	shape[at] *= k
	return lax.Reshape(lax.BroadcastInDim(x, wide, dims), shape)
}

// repeatEach repeats each element along an axis as often as counts say, total elements in all.
func repeatEach(x, counts Value, axis *int, total int) Value {
	at := 0
	if axis == nil {
		x = flat(x)
	} else {
		at = *axis
	}
	counts = flat(counts)
	n := x.Aval().Ndim()
	if n == 0 {
		if counts.Aval().Shape[0] != 1 {
			core.Errorf(core.ValueError, "`repeat` with a scalar parameter `a` is only implemented for scalar values of the parameter `repeats`.")
		}
		return fill([]int{total}, x)
	}
	at = normAxis(at, n)
	size := x.Aval().Shape[at]
	counts = BroadcastTo(counts, []int{size})
	if total == 0 {
		shape := slices.Clone(x.Aval().Shape)
		shape[at] = 0
		return fill(shape, literal(x.Aval().DType, 0))
	}
	if size == 0 {
		return x
	}
	// Where each block starts, a one; their running sum numbers the blocks.
	before := Roll(counts, []int{1}, []int{0})
	zero := core.NewIntLiteral(before.Aval().DType, 0, false)
	before = setFirst(before, zero)
	starts := Cumsum(before, Cumulative{})
	ones := addAt(fill([]int{total}, core.NewIntLiteral(dtype.Int32, 0, false)), starts, integer(1))
	return takeFilled(x, Subtract(Cumsum(ones, Cumulative{}), integer(1)), at)
}

// appended is x with the values after it; a nil axis flattens both.
func appended(x, values Value, axis *int) Value {
	return Concatenate([]Value{x, values}, axis, dtype.Invalid)
}

func resize(x Value, shape []int) Value {
	size := 1
	for _, n := range shape {
		if n < 0 {
			core.Errorf(core.ValueError, "all elements of `new_shape` must be non-negative")
		}
		size *= n
	}
	x = flat(x)
	n := x.Aval().Size()
	if n == 0 || size == 0 {
		return FullLike(x, integer(0), dtype.Invalid, shape)
	}
	return lax.Reshape(part(Tile(x, []int{(size + n - 1) / n}), 0, 0, size), shape)
}

// deleteAt is x without index i along an axis.
func deleteAt(x Value, i int, axis *int) Value {
	x, at := alongAxis(x, axis)
	i = normAxis(i, x.Aval().Shape[at])
	return concat(at, part(x, at, 0, i), part(x, at, i+1, toEndOf))
}

// alongAxis flattens x for a nil axis.
func alongAxis(x Value, axis *int) (Value, int) {
	if axis == nil {
		return flat(x), 0
	}
	return x, normAxis(*axis, x.Aval().Ndim())
}

// deleteUnique is x without the indices in obj, which are different from each other.
func deleteUnique(x, obj Value, axis *int) Value {
	x, at := alongAxis(x, axis)
	n := x.Aval().Shape[at]
	obj = flat(obj)
	obj = Clip(Where(Less(obj, integer(0)), Add(obj, integer(n)), obj), integer(0), integer(n))
	obj = Sort(obj, -1, true, false)
	d, k := obj.Aval().DType, obj.Aval().Size()
	obj = Subtract(obj, lax.BroadcastedIota(d, []int{k}, 0))
	// Each kept index is its place plus the number of those deleted before it.
	i := lax.BroadcastedIota(d, []int{n - k}, 0)
	skipped := Sum(GreaterEqual(lax.ExpandDims(i, 0), lax.ExpandDims(obj, 1)), Reduction{Axis: []int{0}, DType: d})
	return takeAlong(x, Add(i, skipped), at)
}

// insert puts values before the indices obj along an axis.
func insert(x, obj, values Value, axis *int) Value {
	x, at := alongAxis(x, axis)
	a := x.Aval()
	if obj.Aval().Ndim() > 1 {
		core.Errorf(core.ValueError, "jnp.insert(): obj must be a slice, a one-dimensional array, or a scalar; got %s", obj.Aval().Name())
	}
	if !obj.Aval().DType.IsInteger() {
		core.Errorf(core.ValueError, "jnp.insert(): index array must be integer typed; got %s", obj.Aval().Name())
	}
	values = AsType(values, a.DType)
	values = expandDims(values, upTo(max(a.Ndim()-values.Aval().Ndim(), 0)))
	if obj.Aval().Size() == 1 {
		index := pick(flat(obj), 0, 0)
		if obj.Aval().Ndim() == 0 {
			values = MoveAxis(values, []int{0}, []int{at})
		}
		obj = fill([]int{values.Aval().Shape[at]}, index)
	}
	n := a.Shape[at]
	k := BroadcastShapes(obj.Aval().Shape, []int{values.Aval().Shape[at]})[0]
	shape := slices.Clone(a.Shape)
	shape[at] += k
	obj = Where(Less(obj, integer(0)), Add(obj, integer(n)), obj)
	obj = Clip(obj, integer(0), integer(n))
	// The j-th smallest index moves on by j, for the values that come before.
	places := addAt(obj, Argsort(obj, -1, true, false, dtype.Invalid), lax.BroadcastedIota(obj.Aval().DType, []int{k}, 0))
	kept := setAt(fill([]int{n + k}, core.NewIntLiteral(dtype.Bool, 1, false)), places, core.NewIntLiteral(dtype.Bool, 0, false))
	rest := Nonzero(kept, n, nil)[0]
	out := FullLike(x, integer(0), dtype.Invalid, shape)
	out = setAlong(out, places, at, values)
	return setAlong(out, rest, at, x)
}

// axisArg is the static axis i, nil for None.
func axisArg(a *core.Args, i int) *int {
	if a.IsNone(i) {
		return nil
	}
	n := a.Int(i)
	return &n
}

func init() {
	// arrays, axis, dtype
	core.Export1("jnp.concatenate", "Xss", func(a *core.Args) Value { return Concatenate(a.Xs(0), axisArg(a, 1), a.DType(2)) })
	core.Export1("jnp.stack", "Xss", func(a *core.Args) Value { return Stack(a.Xs(0), a.IntOr(1, 0), a.DType(2)) })
	// the same of one array, whose first axis is that of the sequence
	core.Export1("jnp.concatenate_array", "xss", func(a *core.Args) Value { return concatenateArray(a.X(0), axisArg(a, 1), a.DType(2)) })
	core.Export1("jnp.stack_array", "xss", func(a *core.Args) Value { return stackArray(a.X(0), a.IntOr(1, 0), a.DType(2)) })
	// arrays, dtype
	for name, s := range stackings {
		core.Export1("jnp."+name, "Xs", func(a *core.Args) Value { return s.join(a.Xs(0), a.DType(1)) })
		core.Export1("jnp."+name+"_array", "xs", func(a *core.Args) Value { return s.joinArray(a.X(0), a.DType(1)) })
	}
	// x, axis: a list
	core.Export("jnp.unstack", "xs", func(a *core.Args) []Value { return Unstack(a.X(0), a.IntOr(1, 0)) }).List()
	// ary, indices_or_sections (an int, or a sequence of indices), axis: lists
	axis := func(a *core.Args, _ Value) int { return a.IntOr(2, 0) }
	core.Export("jnp.split", "xss", splitArgs(axis, false)).List()
	core.Export("jnp.array_split", "xss", splitArgs(axis, true)).List()
	// ary, indices_or_sections
	core.Export("jnp.vsplit", "xs", splitArgs(func(*core.Args, Value) int { return 0 }, false)).List()
	core.Export("jnp.dsplit", "xs", splitArgs(func(*core.Args, Value) int { return 2 }, false)).List()
	core.Export("jnp.hsplit", "xs", splitArgs(func(_ *core.Args, x Value) int {
		if x.Aval().Ndim() == 1 {
			return 0
		}
		return 1
	}, false)).List()
	// A, reps
	core.Export1("jnp.tile", "xs", func(a *core.Args) Value { return Tile(a.X(0), a.Ints(1)) })
	// a, repeats, axis: one number for all elements
	core.Export1("jnp.repeat", "xss", func(a *core.Args) Value { return Repeat(a.X(0), a.Int(1), axisArg(a, 2)) })
	// a, repeats, axis, total_repeat_length: a number for each element
	core.Export1("jnp.repeat_each", "xxss", func(a *core.Args) Value {
		return repeatEach(a.X(0), a.X(1), axisArg(a, 2), a.Int(3))
	})
	// arr, values, axis
	core.Export1("jnp.append", "xxs", func(a *core.Args) Value { return appended(a.X(0), a.X(1), axisArg(a, 2)) }).Jit("append")
	// a, new_shape
	core.Export1("jnp.resize", "xs", func(a *core.Args) Value { return resize(a.X(0), a.Ints(1)) }).Jit("resize")
	// arr, obj, axis: one index
	core.Export1("jnp.delete", "xss", func(a *core.Args) Value { return deleteAt(a.X(0), a.Int(1), axisArg(a, 2)) })
	// arr, obj, axis: an array of indices that differ, assume_unique_indices=True
	core.Export1("jnp.delete_unique", "xxs", func(a *core.Args) Value { return deleteUnique(a.X(0), a.X(1), axisArg(a, 2)) })
	// arr, obj, values, axis: obj is an array or an int
	core.Export1("jnp.insert", "xxxs", func(a *core.Args) Value { return insert(a.X(0), a.X(1), a.X(2), axisArg(a, 3)) })
}
