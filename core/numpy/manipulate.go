package numpy

import (
	"slices"

	"github.com/jaxgo/jaxgo/core"
	"github.com/jaxgo/jaxgo/core/dtype"
	"github.com/jaxgo/jaxgo/core/lax"
)

// part takes x[…, lo:hi] along an axis, with the bounds of a Python slice: negative ones count from the end.
func part(x Value, axis, lo, hi int) Value {
	shape := x.Aval().Shape
	axis = normAxis(axis, len(shape))
	lo, hi = bounds(shape[axis], lo, hi)
	if lo == 0 && hi == shape[axis] {
		return x
	}
	start, limit := make([]int, len(shape)), slices.Clone(shape)
	start[axis], limit[axis] = lo, hi
	return lax.Slice(x, start, limit, nil)
}

// partInDim is part by lax.slice_in_dim, which writes the strides and whole slices too.
func partInDim(x Value, axis, lo, hi int) Value {
	axis = normAxis(axis, x.Aval().Ndim())
	lo, hi = bounds(x.Aval().Shape[axis], lo, hi)
	return lax.SliceInDim(x, lo, hi, 1, axis)
}

// toEndOf as a bound stands for the end of the axis.
const toEndOf = 1 << 62

// bounds puts the bounds of a slice within an axis of size n.
func bounds(n, lo, hi int) (int, int) {
	bound := func(i int) int {
		if i < 0 {
			i += n
		}
		return max(0, min(i, n))
	}
	lo = bound(lo)
	return lo, max(bound(hi), lo)
}

// pick takes x[…, i] along an axis.
func pick(x Value, axis, i int) Value {
	shape := x.Aval().Shape
	axis = normAxis(axis, len(shape))
	if i < 0 {
		i += shape[axis]
	}
	start, limit := make([]int, len(shape)), slices.Clone(shape)
	start[axis], limit[axis] = i, i+1
	if shape[axis] > 1 {
		x = lax.Slice(x, start, limit, nil)
	}
	return lax.Squeeze(x, []int{axis})
}

// newShape is the shape that the argument of reshape means for x: one -1 stands for what is missing.
func newShape(x Value, shape []int, given string) []int {
	a, unknown, size := x.Aval(), -1, 1
	for i, n := range shape {
		if n != -1 {
			size *= n
			continue
		}
		if unknown >= 0 {
			core.Errorf(core.TypeError, "can only specify one unknown axis size with a `-1` value, got %s", given)
		}
		unknown = i
	}
	if unknown < 0 {
		if a.Size() != size {
			core.Errorf(core.TypeError, "cannot reshape array of shape %s (size %d) into shape %s (size %d)", core.ShapeString(a.Shape), a.Size(), given, size)
		}
		return shape
	}
	if size == 0 {
		core.Errorf(core.ZeroDivisionError, "integer modulo by zero")
	}
	if a.Size()%size != 0 {
		core.Errorf(core.TypeError, "cannot reshape array of shape %s (size %d) into shape %s because the product of specified axis sizes (%d) does not evenly divide %d", core.ShapeString(a.Shape), a.Size(), given, size, a.Size())
	}
	shape = slices.Clone(shape)
	shape[unknown] = a.Size() / size
	return shape
}

// Reshape gives x another shape, of which one size may be -1. order is "C", or "F" for column-major order.
func Reshape(x Value, shape []int, order string) Value {
	return reshape(x, newShape(x, shape, core.ShapeString(shape)), order)
}

func reshape(x Value, shape []int, order string) Value {
	switch order {
	case "C", "":
		return lax.Reshape(x, shape)
	case "F":
		shape = slices.Clone(shape)
		slices.Reverse(shape)
		dims := upTo(x.Aval().Ndim())
		slices.Reverse(dims)
		return Transpose(lax.ReshapeOrder(x, shape, dims), nil)
	case "A":
		core.Errorf(core.NotImplementedError, "np.reshape order=A is not implemented.")
	}
	core.Errorf(core.ValueError, "Unexpected value for 'order' argument: %s.", order)
	return nil
}

// Ravel has all elements of x along one axis.
func Ravel(x Value, order string) Value {
	if order == "K" {
		core.Errorf(core.NotImplementedError, "Ravel not implemented for order='K'.")
	}
	return reshape(x, []int{x.Aval().Size()}, order)
}

func normAxes(axes []int, n int) []int {
	out := make([]int, len(axes))
	for i, a := range axes {
		out[i] = normAxis(a, n)
	}
	return out
}

// Transpose permutes the axes; nil reverses their order.
func Transpose(x Value, axes []int) Value {
	n := x.Aval().Ndim()
	if axes == nil {
		axes = upTo(n)
		slices.Reverse(axes)
	}
	return lax.Transpose(x, normAxes(axes, n))
}

// MatrixTranspose swaps the last two axes.
func MatrixTranspose(x Value) Value {
	n := x.Aval().Ndim()
	if n < 2 {
		core.Errorf(core.ValueError, "x must be at least two-dimensional for matrix_transpose; got ndim=%d", n)
	}
	return Swapaxes(x, -1, -2)
}

// Swapaxes swaps two axes.
func Swapaxes(x Value, a, b int) Value {
	n := x.Aval().Ndim()
	for _, i := range []int{a, b} {
		if i < -n || i >= n {
			core.Errorf(core.IndexError, "index %d is out of bounds for axis 0 with size %d", i, n)
		}
	}
	perm := upTo(n)
	a, b = normAxis(a, n), normAxis(b, n)
	perm[a], perm[b] = b, a
	return lax.Transpose(x, perm)
}

// MoveAxis moves the axes from to the places to; the others keep their order.
func MoveAxis(x Value, from, to []int) Value {
	n := x.Aval().Ndim()
	from, to = normAxes(from, n), normAxes(to, n)
	if len(from) != len(to) {
		core.Errorf(core.ValueError, "Inconsistent number of elements: %d vs %d", len(from), len(to))
	}
	var perm []int
	for i := range n {
		if !slices.Contains(from, i) {
			perm = append(perm, i)
		}
	}
	order := upTo(len(from))
	slices.SortFunc(order, func(i, j int) int {
		if to[i] != to[j] {
			return to[i] - to[j]
		}
		return from[i] - from[j]
	})
	for _, i := range order {
		perm = slices.Insert(perm, min(to[i], len(perm)), from[i])
	}
	return lax.Transpose(x, perm)
}

func rollaxis(x Value, axis, start int) Value {
	n := x.Aval().Ndim()
	axis = normAxis(axis, n)
	if start < -n || start > n {
		core.Errorf(core.ValueError, "start=%d must satisfy %d<=start<=%d", start, -n, n)
	}
	if start < 0 {
		start += n
	}
	if start > axis {
		start--
	}
	return MoveAxis(x, []int{axis}, []int{start})
}

// Squeeze removes axes of size 1: the given ones, or all for nil.
func Squeeze(x Value, axes []int) Value {
	if axes == nil {
		for i, n := range x.Aval().Shape {
			if n == 1 {
				axes = append(axes, i)
			}
		}
	}
	return lax.Squeeze(x, axes)
}

// Flip reverses the order along the given axes, all for nil.
func Flip(x Value, axes []int) Value {
	key := "all"
	if axes != nil {
		key = reductionKey(axes...)
	}
	return Call("_flip", key, func(in []Value) []Value { return []Value{flip(in[0], axes)} }, x)[0]
}

func flip(x Value, axes []int) Value {
	n := x.Aval().Ndim()
	if axes == nil {
		return lax.Rev(x, upTo(n))
	}
	return lax.Rev(x, normAxes(axes, n))
}

func rot90(x Value, k int, axes []int) Value {
	n := x.Aval().Ndim()
	if n < 2 {
		core.Errorf(core.ValueError, "rot90 requires its first argument to have ndim at least two, but got first argument of shape %s, which has ndim %d", core.ShapeString(x.Aval().Shape), n)
	}
	if len(axes) != 2 {
		core.Errorf(core.ValueError, "rot90: axes must be a pair, got %s", core.ShapeString(axes))
	}
	a, b := normAxis(axes[0], n), normAxis(axes[1], n)
	if a == b {
		core.Errorf(core.ValueError, "Axes must be different")
	}
	switch (k%4 + 4) % 4 {
	case 0:
		return x
	case 1:
		return Swapaxes(Flip(x, []int{b}), a, b)
	case 2:
		return Flip(Flip(x, []int{a}), []int{b})
	}
	return Flip(Swapaxes(x, a, b), []int{b})
}

// atLeast adds leading axes of size 1 up to n; atleast_3d puts one of them last.
func atLeast(x Value, n int) Value {
	have := x.Aval().Ndim()
	if n < 3 {
		return expandDims(x, upTo(max(n-have, 0)))
	}
	switch have {
	case 0:
		return lax.ExpandDims(x, 0, 1, 2)
	case 1:
		return lax.ExpandDims(x, 0, 2)
	case 2:
		return lax.ExpandDims(x, 2)
	}
	return x
}

var atLeastNames = [...]string{1: "atleast_1d", 2: "atleast_2d", 3: "atleast_3d"}

func atLeastCall(x Value, n int) Value {
	return call1(atLeastNames[n], func(x Value) Value { return atLeast(x, n) }, x)
}

// Roll shifts the elements along axes, those that fall off come in again at the other end; nil axes: all elements in
// row-major order.
func Roll(x Value, shift, axes []int) Value {
	if axes == nil {
		return lax.Reshape(Roll(flat(x), shift, []int{0}), x.Aval().Shape)
	}
	axes = normAxes(axes, x.Aval().Ndim())
	shifts, along := paired(shift, axes)
	return Call("_roll_static", reductionKey(len(shifts))+reductionKey(shifts...)+reductionKey(along...), func(in []Value) []Value {
		y := in[0]
		for i, a := range along {
			n := y.Aval().Shape[a]
			if n == 0 {
				continue
			}
			at := ((-shifts[i])%n + n) % n
			y = lax.Concatenate([]Value{partInDim(y, a, at, n), partInDim(y, a, 0, at)}, a)
		}
		return []Value{y}
	}, x)[0]
}

// paired broadcasts two lists.
func paired(a, b []int) ([]int, []int) {
	if len(a) == len(b) {
		return a, b
	}
	switch {
	case len(a) == 1:
		return repeated(a[0], len(b)), b
	case len(b) == 1:
		return a, repeated(b[0], len(a))
	}
	core.Errorf(core.ValueError, "shape mismatch: objects cannot be broadcast to a single shape.  Mismatch is between arg 0 with shape (%d,) and arg 1 with shape (%d,).", len(b), len(a))
	return nil, nil
}

// rollBy is Roll by shifts that are computed.
func rollBy(x, shift Value, axes []int) Value {
	if axes == nil {
		return lax.Reshape(rollBy(flat(x), shift, []int{0}), x.Aval().Shape)
	}
	axes = normAxes(axes, x.Aval().Ndim())
	return Call("_roll_dynamic", reductionKey(axes...), func(in []Value) []Value {
		y, shift := in[0], in[1]
		shape := BroadcastShapes(shift.Aval().Shape, []int{len(axes)})
		if len(shape) != 1 {
			core.Errorf(core.ValueError, "'shift' and 'axis' arguments to roll must be scalars or 1D arrays")
		}
		shift = BroadcastTo(shift, shape)
		along, _ := paired(axes, upTo(shape[0]))
		for i, a := range along {
			n := core.NewIntLiteral(dtype.Int32, int64(y.Aval().Shape[a]), false)
			by := Remainder(Convert(lax.Squeeze(partInDim(shift, 0, i, i+1), []int{0}), dtype.Int32, false), lax.Max(n, core.NewIntLiteral(dtype.Int32, 1, false)))
			twice := lax.Concatenate([]Value{y, y}, a)
			y = dynamicSpan(twice, a, Subtract(n, by), y.Aval().Shape)
		}
		return []Value{y}
	}, x, shift)[0]
}

func init() {
	// a, shape, order
	core.Export1("jnp.reshape", "xss", func(a *core.Args) Value {
		x := a.X(0)
		return reshape(x, newShape(x, a.Ints(1), pyRepr(&a.List[1])), a.Str(2))
	})
	// a, order
	core.Export1("jnp.ravel", "xs", func(a *core.Args) Value { return Ravel(a.X(0), a.Str(1)) })
	// a, axes; None reverses them
	core.Export1("jnp.transpose", "xs", func(a *core.Args) Value { return Transpose(a.X(0), a.Ints(1)) })
	core.Export1("jnp.permute_dims", "xs", func(a *core.Args) Value { return lax.Transpose(a.X(0), a.Ints(1)) })
	core.Export1("jnp.matrix_transpose", "x", func(a *core.Args) Value { return MatrixTranspose(a.X(0)) })
	// a, axis1, axis2
	core.Export1("jnp.swapaxes", "xss", func(a *core.Args) Value { return Swapaxes(a.X(0), a.Int(1), a.Int(2)) })
	// a, source, destination
	core.Export1("jnp.moveaxis", "xss", func(a *core.Args) Value { return MoveAxis(a.X(0), a.Ints(1), a.Ints(2)) })
	// a, axis, start
	core.Export1("jnp.rollaxis", "xss", func(a *core.Args) Value { return rollaxis(a.X(0), a.Int(1), a.IntOr(2, 0)) }).Jit("rollaxis")
	// a, axis
	core.Export1("jnp.expand_dims", "xs", func(a *core.Args) Value { return expandDims(a.X(0), a.Ints(1)) })
	core.Export1("jnp.squeeze", "xs", func(a *core.Args) Value { return Squeeze(a.X(0), a.Ints(1)) })
	core.Export1("jnp.flip", "xs", func(a *core.Args) Value { return flip(a.X(0), a.Ints(1)) }).Jit("_flip")
	// m, k, axes
	core.Export1("jnp.rot90", "xss", func(a *core.Args) Value {
		axes := a.Ints(2)
		if axes == nil {
			axes = []int{0, 1}
		}
		return rot90(a.X(0), a.IntOr(1, 1), axes)
	}).Jit("rot90")
	// arrays: a list
	for n := 1; n <= 3; n++ {
		core.Export("jnp."+atLeastNames[n], "X", func(a *core.Args) []Value {
			xs := a.Xs(0)
			for i, x := range xs {
				if n == 3 && len(xs) > 1 { // which JAX writes as calls
					xs[i] = atLeastCall(x, n)
				} else {
					xs[i] = atLeast(x, n)
				}
			}
			return xs
		}).List().Jit(atLeastNames[n])
	}
	// a, shift, axis: shift is known; for jnp.roll_dynamic it is an operand
	core.Export1("jnp.roll", "xss", func(a *core.Args) Value { return Roll(a.X(0), a.Ints(1), a.Ints(2)) })
	core.Export1("jnp.roll_dynamic", "xxs", func(a *core.Args) Value { return rollBy(a.X(0), a.X(1), a.Ints(2)) })
}
