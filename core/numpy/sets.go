package numpy

import (
	"github.com/jaxgo/jaxgo/core"
	"github.com/jaxgo/jaxgo/core/dtype"
	"github.com/jaxgo/jaxgo/core/lax"
)

// selected takes the elements of a known array that a mask is true for.
func selected(x, mask Value, context string) Value {
	var rows []int
	for i, b := range knownMask(mask, context) {
		if b != 0 {
			rows = append(rows, i)
		}
	}
	known(x, context)
	return knownRows(x, rows)
}

// unique1 is unique of a known array's elements.
func unique1(x Value) Value { return distinct{equalNaN: true}.known(x)[0] }

// in1d reports for each element of x whether it is among those of y, or with invert set, whether it is not.
func in1d(x, y Value, invert bool, method string, assumeUnique bool) Value {
	key := method + string([]byte{';', flag(invert), flag(assumeUnique)})
	return Call("_in1d", key, func(in []Value) []Value {
		x, y := promoteDTypes2(in[0], in[1])
		x, y = flat(x), flat(y)
		n := x.Aval().Size()
		if n == 0 || y.Aval().Size() == 0 {
			return []Value{fullBool(x, invert)}
		}
		same := Equal
		if invert {
			same = NotEqual
		}
		switch method {
		case "auto", "compare_all":
			each := same(lax.ExpandDims(x, 1), lax.ExpandDims(y, 0))
			if invert {
				return []Value{All(each, Reduction{Axis: []int{-1}})}
			}
			return []Value{Any(each, Reduction{Axis: []int{-1}})}
		case "binary_search":
			y = lax.Sort([]Value{y}, 0, true, 1)[0]
			return []Value{same(x, takeAlong(y, Searchsorted(y, x, "left", "scan"), 0))}
		case "sort":
			var inverse Value
			if !assumeUnique {
				out, _ := distinct{inverse: true, equalNaN: true}.sized(x, n, Max(y, Reduction{}))
				x, inverse = out[0], out[1]
			}
			both := concat(0, x, y)
			s := lax.Sort([]Value{both, lax.Iota(defaultInt(), both.Aval().Size())}, 0, true, 1)
			after, before := part(s[0], 0, 1, toEndOf), part(s[0], 0, 0, -1)
			out := setAt(fullBool(x, invert), part(s[1], 0, 0, -1), same(after, before))
			if inverse != nil {
				out = takeAlong(out, inverse, 0)
			}
			return []Value{out}
		}
		core.Errorf(core.ValueError, "method='%s' is not implemented; options are 'compare_all', 'binary_search', 'sort', and 'auto'", method)
		return nil
	}, x, y)[0]
}

// pairOf is the unique elements of x, then those of y, then zeros; counts are how many of each there are.
func pairOf(x, y Value, fillValue Value, index bool) (both, nx, ny Value, ix, iy Value) {
	u := distinct{index: index, equalNaN: true}
	a, mx := u.sized(x, x.Aval().Size(), fillValue)
	nx = Sum(mx, Reduction{})
	b, my := u.sized(y, y.Aval().Size(), fillValue)
	ny = Sum(my, Reduction{})
	both = Zeros([]int{x.Aval().Size() + y.Aval().Size()}, ResultType(a[0], b[0]))
	both = lax.DynamicUpdateSlice(both, a[0], []Value{core.NewIntLiteral(dtype.Int32, 0, false)})
	both = lax.DynamicUpdateSlice(both, b[0], []Value{nx})
	if index {
		ix, iy = a[1], b[1]
	}
	return both, nx, ny, ix, iy
}

// padded puts fill where x has no results: those from n on. A nil fill is the least of the results.
func padded(x, n, fillValue Value) Value {
	valid := func() Value { return Less(lax.Iota(defaultInt(), x.Aval().Size()), n) }
	if fillValue == nil {
		x = Where(valid(), x, Max(x, Reduction{}))
		return Where(valid(), x, Min(x, Reduction{}))
	}
	return Where(valid(), x, fillValue)
}

// filled is x[i], with a value where i is outside.
func filled(x, i Value, f lax.FillValue) Value {
	g := lax.GatherDims{CollapsedSliceDims: []int{0}, StartIndexMap: []int{0}}
	return lax.Gather(x, indexColumns(placesOf(x, i, 0)), g, []int{1}, lax.GatherOpts{Mode: lax.FillOrDrop, Fill: f})
}

func zeroFill(d DType) lax.FillValue {
	switch {
	case d.IsBool():
		return lax.FillBool(false)
	case d.IsComplex():
		return lax.FillComplex(0)
	case d.IsInexact():
		return lax.FillFloat(0)
	case d.IsUnsigned():
		return lax.FillUint(0)
	}
	return lax.FillInt(0)
}

// setxor1d gives the elements that only one of x and y has, the first size ones.
func setxor1d(x, y, fillValue Value, assumeUnique bool, size int) Value {
	k := reductionKey(size) + string(flag(assumeUnique))
	return CallOptional("_setxor1d_size", k, func(in []Value) []Value {
		x, y, fillValue := in[0], in[1], in[2]
		var aux, differs Value
		truth := func(b bool) Value { return core.NewIntLiteral(dtype.Bool, int64(flag(b)), false) }
		if assumeUnique {
			aux = Sort(concat(0, x, y), -1, true, false)
			differs = lax.Concatenate([]Value{lax.ExpandDims(truth(aux.Aval().Size() > 0), 0), NotEqual(part(aux, 0, 1, toEndOf), part(aux, 0, 0, -1)), lax.ExpandDims(truth(true), 0)}, 0)
		} else {
			both, nx, ny, _, _ := pairOf(x, y, nil, false)
			n := Add(nx, ny)
			size := both.Aval().Size()
			mask := Less(lax.Iota(defaultInt(), size+1), Add(n, integer(1)))
			aux = lax.Sort([]Value{lax.Not(part(mask, 0, 1, toEndOf)), both}, 0, true, 2)[1]
			differs = lax.Concatenate([]Value{lax.ExpandDims(truth(size > 0), 0), NotEqual(part(aux, 0, 1, toEndOf), part(aux, 0, 0, -1)), lax.ExpandDims(truth(false), 0)}, 0)
			differs = lax.And(mask, setAt(differs, n, truth(true)))
		}
		found := lax.And(part(differs, 0, 1, toEndOf), part(differs, 0, 0, -1))
		vals := Zeros([]int{size}, aux.Aval().DType)
		if n := aux.Aval().Size(); n > 0 {
			vals = filled(aux, Nonzero(found, size, []Value{integer(n)})[0], zeroFill(aux.Aval().DType))
		}
		return []Value{padded(vals, Sum(found, Reduction{}), fillValue)}
	}, x, y, fillValue)[0]
}

// intersect1d gives the elements that both x and y have, the first size ones, and where these have them.
func intersect1d(x, y, fillValue Value, assumeUnique, indices bool, size int) []Value {
	k := reductionKey(size) + string([]byte{flag(assumeUnique), flag(indices)})
	return CallOptional("_intersect1d_size", k, func(in []Value) []Value {
		x, y, fillValue := in[0], in[1], in[2]
		m, n := x.Aval().Size(), y.Aval().Size()
		iota := func() Value { return lax.Iota(defaultInt(), m+n) }
		var aux, order, mask, nx, ix, iy Value
		if assumeUnique {
			nx = integer(m)
			s := lax.Sort([]Value{concat(0, x, y), iota()}, 0, true, 1)
			aux, order = s[0], s[1]
		} else {
			var both, ny Value
			both, nx, ny, ix, iy = pairOf(x, y, integer(0), true)
			mask = Less(iota(), Add(nx, ny))
			s := lax.Sort([]Value{lax.Not(mask), both, iota()}, 0, true, 2)
			aux, order = s[1], s[2]
		}
		found := Equal(part(aux, 0, 1, toEndOf), part(aux, 0, 0, -1))
		if mask != nil {
			found = lax.And(found, part(mask, 0, 1, toEndOf))
		}
		results := Sum(found, Reduction{})
		at, vals := lax.Iota(defaultInt(), 0), Zeros([]int{size}, aux.Aval().DType)
		if m+n > 0 {
			at = Nonzero(found, size, []Value{integer(m + n)})[0]
			vals = filled(aux, at, zeroFill(aux.Aval().DType))
		}
		out := []Value{padded(vals, results, fillValue)}
		if !indices {
			return out
		}
		valid := func(v Value, n int) Value {
			return Where(Less(lax.Iota(defaultInt(), v.Aval().Size()), results), v, integer(n))
		}
		i := valid(filled(order, at, lax.FillInt(int64(m))), m)
		j := valid(Subtract(filled(order, Add(at, integer(1)), lax.FillInt(int64(n))), nx), n)
		if !assumeUnique {
			i, j = filled(ix, i, lax.FillInt(int64(m))), filled(iy, j, lax.FillInt(int64(n)))
		}
		return append(out, i, j)
	}, x, y, fillValue)
}

// setdiff1d gives the unique elements of x that y does not have, the first size ones.
func setdiff1d(x, y, fillValue Value, assumeUnique bool, size int) Value {
	x, y = flat(x), flat(y)
	if fillValue == nil {
		fillValue = integer(0)
	}
	fillValue = FullLike(x, fillValue, dtype.Invalid, []int{})
	n := x.Aval().Size()
	if n == 0 {
		return FullLike(x, fillValue, dtype.Invalid, []int{size})
	}
	if !assumeUnique {
		out, _ := distinct{equalNaN: true}.sized(x, n, nil)
		x = out[0]
	}
	mask := in1d(x, y, true, "auto", assumeUnique)
	if !assumeUnique { // what is missing repeats the first element
		k := Subtract(integer(n+1), Sum(Equal(x, pick(x, 0, 0)), Reduction{}))
		mask = Where(Less(lax.Iota(defaultInt(), n), k), mask, core.NewIntLiteral(dtype.Bool, 0, false))
	}
	results := Sum(mask, Reduction{})
	return Where(Less(lax.Iota(defaultInt(), size), results), takeAlong(x, Nonzero(mask, size, nil)[0], 0), fillValue)
}

// Sets of known arrays, with as many elements as there are.

func knownSetdiff(x, y Value, assumeUnique bool) Value {
	const context = "The error arose in setdiff1d()"
	x, y = flat(x), flat(y)
	known(x, context)
	if x.Aval().Size() == 0 {
		return x
	}
	if !assumeUnique {
		x = unique1(x)
	}
	return selected(x, in1d(x, y, true, "auto", assumeUnique), context)
}

func knownSetxor(x, y Value, assumeUnique bool) Value {
	const context = "The error arose in setxor1d()"
	x, y = promoteDTypes2(flat(x), flat(y))
	if !assumeUnique {
		x, y = unique1(x), unique1(y)
	}
	s := concat(0, x, y)
	n := s.Aval().Size()
	if n == 0 {
		return s
	}
	s = Sort(s, -1, true, false)
	differ := known(lax.Ne(part(s, 0, 1, toEndOf), part(s, 0, 0, -1)), context)
	var rows []int
	for i := range n {
		if (i == 0 || differ[i-1] != 0) && (i == n-1 || differ[i] != 0) {
			rows = append(rows, i)
		}
	}
	return knownRows(s, rows)
}

func knownIntersect(x, y Value, assumeUnique, indices bool) []Value {
	const context = "The error arose in intersect1d()"
	x, y = promoteDTypes2(flat(x), flat(y))
	var ix, iy Value
	if !assumeUnique {
		u := distinct{index: indices, equalNaN: true}
		a, b := u.known(x), u.known(y)
		x, y = a[0], b[0]
		if indices {
			ix, iy = a[1], b[1]
		}
	}
	m := x.Aval().Size()
	s := lax.Sort([]Value{concat(0, x, y), lax.Iota(dtype.Int32, m+y.Aval().Size())}, 0, true, 1)
	var rows, next []int
	for i, b := range known(lax.Eq(part(s[0], 0, 1, toEndOf), part(s[0], 0, 0, -1)), context) {
		if b != 0 {
			rows, next = append(rows, i), append(next, i+1)
		}
	}
	out := []Value{knownRows(s[0], rows)}
	if !indices {
		return out
	}
	i, j := knownRows(s[1], rows), Subtract(knownRows(s[1], next), integer(m))
	if !assumeUnique {
		i, j = takeAlong(ix, i, 0), takeAlong(iy, j, 0)
	}
	return append(out, i, j)
}

func init() {
	// ar1, ar2, size, fill_value
	core.Export("jnp.union1d", "xxso", func(a *core.Args) []Value {
		x := Concatenate([]Value{a.X(0), a.X(1)}, nil, dtype.Invalid)
		out, _ := distinct{equalNaN: true}.sized(x, a.Int(2), a.Opt(3))
		return out
	})
	core.Export1("jnp.union1d_known", "xx", func(a *core.Args) Value {
		known(a.X(0), "The error arose in union1d()")
		known(a.X(1), "The error arose in union1d()")
		return unique1(Concatenate([]Value{a.X(0), a.X(1)}, nil, dtype.Invalid))
	}).Direct()
	// ar1, ar2, assume_unique, size, fill_value
	core.Export1("jnp.setdiff1d", "xxsso", func(a *core.Args) Value {
		return setdiff1d(a.X(0), a.X(1), a.Opt(4), a.Bool(2), a.Int(3))
	})
	core.Export1("jnp.setxor1d", "xxsso", func(a *core.Args) Value {
		x, y := promoteDTypes2(flat(a.X(0)), flat(a.X(1)))
		return setxor1d(x, y, a.Opt(4), a.Bool(2), a.Int(3))
	})
	// ar1, ar2, assume_unique
	core.Export1("jnp.setdiff1d_known", "xxs", func(a *core.Args) Value { return knownSetdiff(a.X(0), a.X(1), a.Bool(2)) }).Direct()
	core.Export1("jnp.setxor1d_known", "xxs", func(a *core.Args) Value { return knownSetxor(a.X(0), a.X(1), a.Bool(2)) }).Direct()
	// ar1, ar2, assume_unique, return_indices, size, fill_value: a list
	core.Export("jnp.intersect1d", "xxssso", func(a *core.Args) []Value {
		x, y := promoteDTypes2(a.X(0), a.X(1))
		return intersect1d(flat(x), flat(y), a.Opt(5), a.Bool(2), a.Bool(3), a.Int(4))
	}).List()
	// ar1, ar2, assume_unique, return_indices: a list
	core.Export("jnp.intersect1d_known", "xxss", func(a *core.Args) []Value {
		return knownIntersect(a.X(0), a.X(1), a.Bool(2), a.Bool(3))
	}).List().Direct()
	// element, test_elements, assume_unique, invert, method
	core.Export1("jnp.isin", "xxsss", func(a *core.Args) Value {
		x := a.X(0)
		return lax.Reshape(in1d(x, a.X(1), a.Bool(3), a.Str(4), a.Bool(2)), x.Aval().Shape)
	})
}
