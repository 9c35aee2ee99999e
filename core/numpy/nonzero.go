package numpy

import (
	"slices"

	"github.com/jaxgo/jaxgo/core"
	"github.com/jaxgo/jaxgo/core/dtype"
	"github.com/jaxgo/jaxgo/core/lax"
)

// isNonzero is x != 0, or x where it is boolean.
func isNonzero(x Value) Value {
	if x.Aval().DType.IsBool() {
		return x
	}
	return NotEqual(x, integer(0))
}

func refuseScalar(x Value) {
	if x.Aval().Ndim() == 0 {
		core.Errorf(core.ValueError, "Calling nonzero on 0d arrays is not allowed. Use jnp.atleast_1d(scalar).nonzero() instead.")
	}
}

// Nonzero gives the indices of the first size elements that are not zero, an array for each axis. Where there are
// fewer, indices are 0, or what fill says, which has a value for each axis or is nil.
func Nonzero(x Value, size int, fill []Value) []Value {
	refuseScalar(x)
	a := x.Aval()
	out := make([]Value, a.Ndim())
	mask := isNonzero(x)
	if a.Size() == 0 || size == 0 {
		for i := range out {
			out[i] = Zeros([]int{size}, defaultInt())
		}
		return out
	}
	// The running count of nonzeros tells each element which index it would be; how many elements have a count of at
	// most k is the k-th index.
	at := Cumsum(Bincount(Cumsum(mask, Cumulative{Flat: true}), nil, size), Cumulative{Flat: true})
	stride := a.Size()
	for i, n := range a.Shape {
		stride /= n
		out[i] = Remainder(FloorDivide(at, core.NewIntLiteral(at.Aval().DType, int64(stride), false)), integer(n))
	}
	if fill == nil {
		return out
	}
	if len(fill) != a.Ndim() || slices.ContainsFunc(fill, func(v Value) bool { return v.Aval().Ndim() > 0 }) {
		core.Errorf(core.ValueError, "fill_value must be a scalar or a tuple of length %d; got %d values", a.Ndim(), len(fill))
	}
	none := GreaterEqual(lax.Iota(defaultInt(), size), Sum(mask, Reduction{}))
	for i := range out {
		out[i] = Where(none, fill[i], out[i]) // #nosec G602 -- one fill for each axis, checked above
	}
	return out
}

// known gives the bytes of a value that has to have some; context says what for.
func known(v Value, context string) []byte {
	b, ok := hostBytes(v)
	if !ok {
		core.Errorf(core.ConcretizationTypeError, "Abstract tracer value encountered where concrete value is expected: traced array with shape %s\n%s", v.Aval().Name(), context)
	}
	return b
}

// knownMask is x != 0 of a value that is known, a byte an element.
func knownMask(x Value, context string) []byte {
	d := x.Aval().DType
	b := known(x, context)
	if d.IsBool() {
		return b
	}
	mask := make([]byte, x.Aval().Size())
	for i := range mask {
		re, im, n, u := dtype.Scalar(d, b[i*d.Size():][:d.Size()])
		mask[i] = flag(re != 0 || im != 0 || n != 0 || u != 0)
	}
	return mask
}

const nonzeroSize = "The size argument of jnp.nonzero must be statically specified to use jnp.nonzero within JAX transformations."

// knownNonzero gives the indices of all elements that are not zero, of a value that is known.
func knownNonzero(x Value) []Value {
	refuseScalar(x)
	if _, ok := hostBytes(x); !ok { // JAX asks for the number of nonzeros
		known(Sum(isNonzero(x), Reduction{}), nonzeroSize)
	}
	return nonzero(knownMask(x, nonzeroSize), x.Aval().Shape)
}

// columns makes the indices of each axis a column of a matrix; of scalars there is none.
func columns(x Value, indices []Value) Value {
	rows := make([]Value, len(indices))
	for i, v := range indices {
		rows[i] = atLeastCall(v, 2)
	}
	m := Transpose(concat(0, rows...), nil)
	if x.Aval().Ndim() == 0 {
		return lax.Reshape(part(m, 0, 0, 0), []int{m.Aval().Shape[0], 0})
	}
	return m
}

// Bincount counts how often each integer from 0 to length-1 occurs in x, or adds up the weights of its occurrences.
func Bincount(x, weights Value, length int) Value {
	if x.Aval().DType.IsBool() {
		x = Convert(x, dtype.Int32, false)
	}
	a := x.Aval()
	if !a.DType.IsInteger() {
		core.Errorf(core.TypeError, "x argument to bincount must have an integer type; got %s", a.DType.Name())
	}
	if a.Ndim() != 1 {
		core.Errorf(core.ValueError, "only 1-dimensional input supported.")
	}
	if weights == nil {
		weights = core.NewIntLiteral(defaultInt(), 1, false)
	} else if w := weights.Aval(); !sameShape(a.Shape, w.Shape) {
		core.Errorf(core.ValueError, "type of weights must match type of x. Got typeof(x)=%s({}) and typeof(weights)=%s({})", a, w)
	}
	return addAt(Zeros([]int{length}, weights.Aval().DType), Clip(x, integer(0), nil), weights)
}

// triangleSize is the number of elements of an n×m matrix at and above diagonal k.
func triangleSize(n, m, k int) int {
	switch {
	case k < 0:
		return n*m - triangleSize(m, n, 1-k)
	case k >= m:
		return 0
	}
	rows := min(n, m-k)
	return rows*(rows+1)/2 + rows*(m-k-rows)
}

// fillArgs are the values of the sequence i, nil if it is empty.
func fillArgs(a *core.Args, i int) []Value {
	if a.IsNone(i) {
		return nil
	}
	if vs := a.Xs(i); len(vs) > 0 {
		return vs
	}
	return nil
}

func init() {
	// a, size, fill_value: a sequence with a value for each axis, or empty
	core.Export("jnp.nonzero", "xsX", func(a *core.Args) []Value { return Nonzero(a.X(0), a.Int(1), fillArgs(a, 2)) }).List()
	core.Export("jnp.flatnonzero", "xsX", func(a *core.Args) []Value { return Nonzero(flat(a.X(0)), a.Int(1), fillArgs(a, 2)) })
	core.Export1("jnp.argwhere", "xsX", func(a *core.Args) Value {
		x := a.X(0)
		return columns(x, Nonzero(atLeastCall(x, 1), a.Int(1), fillArgs(a, 2)))
	})
	// The same for size=None: a, which has to be known.
	core.Export("jnp.nonzero_known", "x", func(a *core.Args) []Value { return knownNonzero(a.X(0)) }).List().Direct()
	core.Export("jnp.flatnonzero_known", "x", func(a *core.Args) []Value { return knownNonzero(flat(a.X(0))) }).Direct()
	core.Export1("jnp.argwhere_known", "x", func(a *core.Args) Value {
		x := a.X(0)
		return columns(x, knownNonzero(atLeastCall(x, 1)))
	}).Direct()
	// x, weights, length
	core.Export1("jnp.bincount", "xos", func(a *core.Args) Value { return Bincount(a.X(0), a.Opt(1), a.Int(2)) })
	// n, k, m: lists of two
	for _, t := range []struct {
		name string
		keep func(x Value, k int) Value
		size func(n, m, k int) int
	}{
		{"triu_indices", Triu, triangleSize},
		{"tril_indices", Tril, func(n, m, k int) int { return triangleSize(m, n, -k) }},
	} {
		core.Export("jnp."+t.name, "sss", func(a *core.Args) []Value {
			n, k := a.Int(0), a.IntOr(1, 0)
			m := a.IntOr(2, n)
			return Nonzero(t.keep(Ones([]int{n, m}, defaultFloat()), k), t.size(n, m, k), nil)
		}).List()
	}
}
