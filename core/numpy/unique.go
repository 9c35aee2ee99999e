package numpy

import (
	"math"
	"slices"

	"github.com/jaxgo/jaxgo/core"
	"github.com/jaxgo/jaxgo/core/dtype"
	"github.com/jaxgo/jaxgo/core/lax"
)

// A distinct holds the optional arguments of unique.
type distinct struct {
	index, inverse, counts bool // what to return besides the elements
	axis                   int
	equalNaN               bool
}

// uniqueMask sorts the slices of x along an axis. It gives them along axis 0, whether each differs from the one before,
// and the permutation that sorts.
func uniqueMask(x Value, axis int, equalNaN bool) (sorted, mask, perm Value) {
	out := Call("_unique_sorted_mask", reductionKey(axis)+string(flag(equalNaN)), func(in []Value) []Value {
		x := lax.MoveAxis(in[0], axis, 0)
		if x.Aval().DType.IsComplex() { // all NaN are the same one
			x = Where(isnan(x), nanLike(x), x)
		}
		s := x.Aval().Shape
		n, size := s[0], 1
		for _, m := range s[1:] {
			size *= m
		}
		var perm Value
		if size == 0 {
			n = 1
			perm = Zeros([]int{1}, defaultInt())
		} else {
			keys := lax.Rev(Transpose(lax.Reshape(x, []int{n, size}), nil), []int{0})
			perm = Call("lexsort", "array", func(in []Value) []Value { return []Value{lexsortArray(in[0], -1)} }, keys)[0]
		}
		x = takeAlong(x, perm, 0)
		if x.Aval().Size() == 0 {
			return []Value{x, Zeros([]int{n}, dtype.Bool), perm}
		}
		ones := Ones([]int{n}, dtype.Bool)
		after, before := part(x, 0, 1, toEndOf), part(x, 0, 0, -1)
		differ := lax.Ne(after, before)
		if equalNaN && x.Aval().DType.IsInexact() {
			differ = lax.And(differ, lax.Not(lax.And(isnan(after), isnan(before))))
		}
		differ = Any(differ, Reduction{Axis: upTo(len(s))[1:]})
		return []Value{x, setTail(ones, differ), perm}
	}, x)
	return out[0], out[1], out[2]
}

// nanLike is NaN as a constant of x's dtype.
func nanLike(x Value) Value {
	return core.NewLiteral(x.Aval().DType, complex(math.NaN(), 0), x.Aval().Weak && x.Aval().Ndim() == 0)
}

// sized gives the sorted unique slices of x along an axis: the first size ones, or with fill in the place of missing
// ones; then, as asked for, where in x they occur first, the number of the slice that each one of x is, and how often
// they occur. mask marks the unique ones among all slices, sorted.
func (p distinct) sized(x Value, size int, fillValue Value) (out []Value, mask Value) {
	axis := normAxis(p.axis, x.Aval().Ndim())
	n := x.Aval().Shape[axis]
	if n == 0 && size > 0 && fillValue == nil {
		core.Errorf(core.ValueError, "jnp.unique: for zero-sized input with nonzero size argument, fill_value must be specified")
	}
	sorted, mask, perm := uniqueMask(x, axis, p.equalNaN)
	empty := sorted.Aval().Size() == 0
	at := Nonzero(mask, size, nil)[0]
	result := sorted
	if !empty {
		result = takeAlong(sorted, at, 0)
	}
	if fillValue != nil {
		a := result.Aval()
		fillValue = AsType(fillValue, a.DType)
		if a.Shape[0] > 0 {
			valid := Less(lax.Iota(defaultInt(), size), Sum(mask, Reduction{}))
			result = Where(expandDims(valid, upTo(a.Ndim())[1:]), result, fillValue)
		} else {
			result = FullLike(result, fillValue, dtype.Invalid, slices.Concat([]int{size}, a.Shape[1:]))
		}
	}
	out = []Value{lax.MoveAxis(result, 0, axis)}
	if p.index {
		index := perm
		if !empty {
			index = takeAlong(perm, at, 0)
		}
		out = append(out, index)
	}
	if p.inverse {
		if empty {
			out = append(out, Zeros([]int{n}, defaultInt()))
		} else {
			number := Subtract(Cumsum(mask, Cumulative{Flat: true}), integer(1))
			out = append(out, setAt(Zeros(mask.Aval().Shape, defaultInt()), perm, number))
		}
	}
	if p.counts {
		out = append(out, p.sizedCounts(mask, n, size, empty))
	}
	return out, mask
}

func (p distinct) sizedCounts(mask Value, n, size int, empty bool) Value {
	switch {
	case empty && n > 0:
		return Full([]int{1}, integer(n), defaultInt())
	case empty:
		return Zeros([]int{0}, defaultInt())
	}
	// Each one's number ends where the next one starts; past the last one, zeros stand for the end.
	starts := Nonzero(mask, size+1, nil)[0]
	rest := func() Value { return part(starts, 0, 1, toEndOf) }
	starts = setTail(starts, Where(rest(), rest(), integer(mask.Aval().Size())))
	return Diff(starts, 1, -1)
}

// known is sized for a value that is known, with as many slices as there are.
func (p distinct) known(x Value) []Value {
	axis := normAxis(p.axis, x.Aval().Ndim())
	n := x.Aval().Shape[axis]
	sorted, mask, perm := uniqueMask(x, axis, p.equalNaN)
	if sorted.Aval().Size() == 0 {
		out := []Value{lax.MoveAxis(sorted, 0, axis)}
		if p.index {
			out = append(out, perm)
		}
		if p.inverse {
			out = append(out, Zeros([]int{n}, defaultInt()))
		}
		if p.counts {
			out = append(out, p.sizedCounts(mask, n, 0, true))
		}
		return out
	}
	const context = "The error arose in jnp.unique(). " + uniqueSize
	first := known(mask, context)
	var starts []int
	for i, b := range first {
		if b != 0 {
			starts = append(starts, i)
		}
	}
	out := []Value{lax.MoveAxis(knownRows(sorted, starts), 0, axis)}
	if p.index {
		out = append(out, knownRows(perm, starts))
	}
	if p.inverse {
		order := known(perm, context)
		d := perm.Aval().DType
		number := make([]int, n)
		k := -1
		for i := range n {
			if first[i] != 0 {
				k++
			}
			number[hostInt(d, order[i*d.Size():])] = k
		}
		out = append(out, hostInts(defaultInt(), []int{n}, func(i int) int { return number[i] }))
	}
	if p.counts {
		ends := append(starts[1:len(starts):len(starts)], n)
		out = append(out, hostInts(defaultInt(), []int{len(starts)}, func(i int) int { return ends[i] - starts[i] }))
	}
	return out
}

const uniqueSize = "To make jnp.unique() compatible with JIT and other transforms, you can specify a concrete value for the size argument, which will determine the output size."

// knownRows takes the given rows of a known array on the host.
func knownRows(x Value, rows []int) Value {
	a := x.Aval()
	b := known(x, "")
	row := len(b) / max(a.Shape[0], 1)
	shape := slices.Clone(a.Shape)
	shape[0] = len(rows)
	return core.HostConstant(core.MakeAval(a.DType, shape, a.Weak), func(out []byte) {
		for i, r := range rows {
			copy(out[i*row:(i+1)*row], b[r*row:])
		}
	})
}

func init() {
	// uniqueArgs are ar, return_index, return_inverse, return_counts, axis, equal_nan. The inverse has ar's shape for
	// axis=None.
	uniqueArgs := func(a *core.Args) (Value, distinct, func(out []Value) []Value) {
		x := a.X(0)
		p := distinct{index: a.Bool(1), inverse: a.Bool(2), counts: a.Bool(3), equalNaN: a.Bool(5)}
		if !a.IsNone(4) {
			p.axis = a.Int(4)
			return x, p, func(out []Value) []Value { return out }
		}
		shape := x.Aval().Shape
		return flat(x), p, func(out []Value) []Value {
			if p.inverse {
				i := 1 + int(flag(p.index))
				out[i] = lax.Reshape(out[i], shape)
			}
			return out
		}
	}
	// ar, return_index, return_inverse, return_counts, axis, equal_nan, size, fill_value: a list
	core.Export("jnp.unique", "xsssssso", func(a *core.Args) []Value {
		x, p, done := uniqueArgs(a)
		out, _ := p.sized(x, a.Int(6), a.Opt(7))
		return done(out)
	}).List()
	// the same for size=None, without size and fill_value
	core.Export("jnp.unique_known", "xsssss", func(a *core.Args) []Value {
		x, p, done := uniqueArgs(a)
		known(x, "The error arose for the first argument of jnp.unique(). "+uniqueSize)
		return done(p.known(x))
	}).List().Direct()
}
