package numpy

import (
	"github.com/jaxgo/jaxgo/core"
	"github.com/jaxgo/jaxgo/core/lax"
)

// BinEdges are the edges of bins of equal width from the least element of x to the greatest, or over the given range,
// two numbers or none.
func BinEdges(x Value, bins int, limits []Value) Value {
	d := inexact(x.Aval().DType)
	if len(limits) == 0 {
		limits = []Value{Min(x, Reduction{}), Max(x, Reduction{})}
	}
	if len(limits) != 2 || limits[0].Aval().Ndim() > 0 || limits[1].Aval().Ndim() > 0 {
		core.Errorf(core.ValueError, "`range` must be either None or a sequence of scalars, got %d values", len(limits))
	}
	both := lax.Stack([]Value{Convert(limits[0], d, false), Convert(limits[1], d, false)}, 0)
	// A range without width gets one.
	end := func(i int, widen float64) Value {
		v := pick(both, 0, i)
		return Where(Equal(Ptp(both, Reduction{}), integer(0)), Add(v, number(widen)), v)
	}
	lo, hi := end(0, -0.5), end(1, 0.5)
	return Call("_linspace", reductionKey(bins, int(d)), func(in []Value) []Value {
		y, _ := Linspace(in[0], in[1], bins+1, true, d, 0)
		return []Value{y}
	}, lo, hi)[0]
}

// Histogram counts the elements of x between edges, or adds up their weights, which may be nil. With density set, the
// result integrates to 1.
func Histogram(x, edges, weights Value, density bool) Value {
	if weights == nil {
		x = PromoteDTypesInexact(x)[0]
		weights = OnesLike(x)
	} else {
		if !sameShape(x.Aval().Shape, weights.Aval().Shape) {
			core.Errorf(core.ValueError, "weights should have the same shape as a.")
		}
		both := PromoteDTypesInexact(x, weights)
		x, weights = both[0], both[1]
	}
	n := edges.Aval().Shape[0]
	i := Searchsorted(edges, x, "right", "scan")
	i = Where(Equal(x, pick(edges, 0, -1)), integer(n-1), i) // the last bin includes its upper edge
	counts := part(addAt(Zeros([]int{n}, weights.Aval().DType), i, weights), 0, 1, toEndOf)
	if density {
		widths := Diff(edges, 1, -1)
		counts = TrueDivide(TrueDivide(counts, widths), Sum(counts, Reduction{}))
	}
	return counts
}

func init() {
	// a, bins (their number), range: a sequence of two numbers, or empty
	core.Export1("jnp.histogram_bin_edges", "xsX", func(a *core.Args) Value { return BinEdges(a.X(0), a.Int(1), a.Xs(2)) })
	// a, bin edges, weights, density: the counts only
	core.Export1("jnp.histogram", "xxos", func(a *core.Args) Value {
		return Histogram(a.X(0), a.X(1), a.Opt(2), a.Bool(3))
	})
}
