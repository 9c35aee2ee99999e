package numpy

import (
	"math"
	"slices"

	"github.com/jaxgo/jaxgo/core"
	"github.com/jaxgo/jaxgo/core/dtype"
	"github.com/jaxgo/jaxgo/core/lax"
)

// Grids of coordinates, and indices into flattened arrays.

// Meshgrid makes grids of coordinates, one for each array of coordinates; with xy set, the first two axes change places.
func Meshgrid(xs []Value, sparse, xy bool) []Value {
	xs = slices.Clone(xs)
	shapes := make([]string, len(xs))
	for i, x := range xs {
		shapes[i] = core.ShapeString(x.Aval().Shape)
	}
	for _, x := range xs {
		if x.Aval().Ndim() != 1 {
			core.Errorf(core.ValueError, "Arguments to jax.numpy.meshgrid must be 1D, got shapes %s", bracketed(shapes))
		}
	}
	xy = xy && len(xs) >= 2
	if xy {
		xs[0], xs[1] = xs[1], xs[0]
	}
	shape := make([]int, len(xs))
	for i, x := range xs {
		shape[i] = x.Aval().Shape[0]
	}
	out := make([]Value, len(xs))
	for i, x := range xs {
		s := shape
		if sparse {
			s = repeated(1, len(xs))
			s[i] = shape[i]
		}
		out[i] = lax.BroadcastInDim(x, s, []int{i})
	}
	if xy {
		out[0], out[1] = out[1], out[0]
	}
	return out
}

func bracketed(items []string) string {
	s := "["
	for i, t := range items {
		if i > 0 {
			s += ", "
		}
		s += t
	}
	return s + "]"
}

// Ix makes an open grid of indices.
func Ix(xs []Value) []Value {
	out := make([]Value, len(xs))
	for i, x := range xs {
		a := x.Aval()
		if a.Ndim() != 1 {
			core.Errorf(core.ValueError, "Arguments to jax.numpy.ix_ must be 1-dimensional, got shape %s", core.ShapeString(a.Shape))
		}
		if a.DType.IsBool() {
			core.Errorf(core.NotImplementedError, "Boolean arguments to jax.numpy.ix_ are not implemented")
		}
		shape := repeated(1, len(xs))
		shape[i] = a.Shape[0]
		if a.Size() == 0 {
			out[i] = fill(shape, core.NewIntLiteral(defaultInt(), 0, false))
		} else {
			out[i] = lax.BroadcastInDim(x, shape, []int{i})
		}
	}
	return out
}

// unravelIndex turns indices into the flattened array into indices along its axes.
func unravelIndex(i Value, shape []int) []Value {
	out := make([]Value, len(shape))
	for k, n := range slices.Backward(shape) {
		i, out[k] = Divmod(i, integer(n))
	}
	over := Greater(i, integer(0))
	var under Value
	if i.Aval().DType.IsUnsigned() {
		under = core.NewIntLiteral(dtype.Bool, 0, false)
	} else {
		under = Less(i, integer(-1))
	}
	for k, n := range shape {
		out[k] = Where(over, integer(n-1), Where(under, integer(0), out[k]))
	}
	return out
}

// ravelMultiIndex is the inverse of unravelIndex. mode says what becomes of indices that are out of bounds; those that
// raise were looked for before.
func ravelMultiIndex(is []Value, dims []int, mode, order string, d DType) Value {
	if len(is) != len(dims) {
		core.Errorf(core.AssertionError, "len(multi_index)=%d != len(dims)=%d", len(is), len(dims))
	}
	if d == dtype.Invalid {
		d = ResultType(append([]Value{integer(0)}, is...)...)
	}
	if !d.IsInteger() {
		core.Errorf(core.ValueError, "dtype=dtype('%s') is not an integer type.", d.Name())
	}
	size := 1.0
	for _, n := range dims {
		size *= float64(n)
	}
	bits := d.Bits()
	if !d.IsUnsigned() {
		bits--
	}
	if size-1 > math.Ldexp(1, bits)-1 {
		core.Errorf(core.ValueError, "jnp.ravel_multi_index: dtype=dtype('%s') not large enough to hold flattened index for dims=%s. Use the dtype argument to pass a suitable dtype (e.g. dtype=np.min_scalar_type(prod(dims))).", d.Name(), core.ShapeString(dims))
	}
	is = slices.Clone(is)
	for k, i := range is {
		if !i.Aval().DType.IsInteger() {
			core.Errorf(core.TypeError, "only int indices permitted")
		}
		switch mode {
		case "clip":
			is[k] = Clip(i, integer(0), integer(dims[k]-1))
		case "wrap":
			is[k] = Remainder(i, integer(dims[k]))
		case "raise", "ignore":
		default:
			core.Errorf(core.ValueError, "invalid mode='%s'. Expected 'raise', 'wrap', 'clip', or 'ignore'.", mode)
		}
	}
	if order != "C" && order != "F" {
		core.Errorf(core.ValueError, "invalid order='%s'. Expected 'C' or 'F'", order)
	}
	strides := repeated(1, len(dims))
	for k := 1; k < len(dims); k++ {
		if order == "F" {
			strides[k] = strides[k-1] * dims[k-1]
		} else {
			strides[len(dims)-1-k] = strides[len(dims)-k] * dims[len(dims)-k]
		}
	}
	var out Value = core.NewIntLiteral(d, 0, false)
	for k, i := range is {
		out = Add(out, Multiply(AsType(i, d), integer(strides[k])))
	}
	return out
}

func init() {
	// arrays, sparse, indexing: a list
	core.Export("jnp.meshgrid", "Xss", func(a *core.Args) []Value {
		indexing := a.Str(2)
		if indexing != "xy" && indexing != "ij" {
			core.Errorf(core.ValueError, "Valid values for indexing are 'xy' and 'ij', got %s", indexing)
		}
		return Meshgrid(a.Xs(0), a.Bool(1), indexing == "xy")
	}).List()
	// arrays: a list
	core.Export("jnp.ix_", "X", func(a *core.Args) []Value { return Ix(a.Xs(0)) }).List()
	// indices, shape: a list
	core.Export("jnp.unravel_index", "xs", func(a *core.Args) []Value { return unravelIndex(a.X(0), a.Ints(1)) }).List()
	// multi_index, dims, mode, order, dtype
	core.Export1("jnp.ravel_multi_index", "Xssss", func(a *core.Args) Value {
		return ravelMultiIndex(a.Xs(0), a.Ints(1), a.Str(2), a.Str(3), a.DType(4))
	})
}
