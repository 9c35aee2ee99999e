package lax

import (
	"math"
	"slices"

	"github.com/jaxgo/jaxgo/core"
	"github.com/jaxgo/jaxgo/core/dtype"
	"github.com/jaxgo/jaxgo/core/stablehlo"
)

type cumulativeParams struct {
	Axis    int
	Reverse bool
}

var (
	cumsumOp       = core.Declare[cumulativeParams]("cumsum")
	cumprodOp      = core.Declare[cumulativeParams]("cumprod")
	cummaxOp       = core.Declare[cumulativeParams]("cummax")
	cumminOp       = core.Declare[cumulativeParams]("cummin")
	cumlogsumexpOp = core.Declare[cumulativeParams]("cumlogsumexp")
)

// Cumsum is the running sum along an axis, from its end with reverse set.
func Cumsum(x Value, axis int, reverse bool) Value {
	return cumsumOp.Bind1(cumulativeParams{axis, reverse}, x)
}

// Cumprod is the running product along an axis, see Cumsum.
func Cumprod(x Value, axis int, reverse bool) Value {
	return cumprodOp.Bind1(cumulativeParams{axis, reverse}, x)
}

// Cummax is the running maximum along an axis, see Cumsum.
func Cummax(x Value, axis int, reverse bool) Value {
	return cummaxOp.Bind1(cumulativeParams{axis, reverse}, x)
}

// Cummin is the running minimum along an axis, see Cumsum.
func Cummin(x Value, axis int, reverse bool) Value {
	return cumminOp.Bind1(cumulativeParams{axis, reverse}, x)
}

// Cumlogsumexp is the running log(sum(exp(x))) along an axis, see Cumsum.
func Cumlogsumexp(x Value, axis int, reverse bool) Value {
	return cumlogsumexpOp.Bind1(cumulativeParams{axis, reverse}, x)
}

// AssociativeScan computes all prefix reductions of elems along an axis with the associative f, which combines lists
// of arrays, in a logarithmic number of steps.
func AssociativeScan(f func(a, b []Value) []Value, elems []Value, axis int, reverse bool) []Value {
	each := func(vs []Value, g func(v Value) Value) []Value {
		out := make([]Value, len(vs))
		for i, v := range vs {
			out[i] = g(v)
		}
		return out
	}
	flip := func(v Value) Value { return Rev(v, []int{axis}) }
	// part takes every stride-th element from lo; drop leaves out that many of the last ones.
	part := func(vs []Value, lo, drop, stride int) []Value {
		return each(vs, func(v Value) Value { return sliceAxis(v, axis, lo, v.Aval().Shape[axis]-drop, stride) })
	}
	var scan func(elems []Value) []Value
	scan = func(elems []Value) []Value {
		n := elems[0].Aval().Shape[axis]
		if n < 2 {
			return elems
		}
		// The results at odd places are the scan of the sums of pairs; each even one follows from the odd one before it.
		odd := scan(f(part(elems, 0, 1, 2), part(elems, 1, 0, 2)))
		before := odd
		if n%2 == 0 {
			before = part(odd, 0, 1, 1)
		}
		even := f(before, part(elems, 2, 0, 2))
		out := make([]Value, len(elems))
		for i, v := range elems {
			out[i] = interleave(Concatenate([]Value{sliceAxis(v, axis, 0, 1, 1), even[i]}, axis), odd[i], axis)
		}
		return out
	}
	if reverse {
		return each(scan(each(elems, flip)), flip)
	}
	return scan(elems)
}

// interleave takes elements along an axis from a and b in turn; a may have one more.
func interleave(a, b Value, axis int) Value {
	more := a.Aval().Shape[axis] - b.Aval().Shape[axis]
	ca, cb := make([]PadConfig, a.Aval().Ndim()), make([]PadConfig, a.Aval().Ndim())
	ca[axis], cb[axis] = PadConfig{0, 1 - more, 1}, PadConfig{1, more, 1}
	zero := core.NewLiteral(a.Aval().DType, 0, false)
	add := Add
	if a.Aval().DType.IsBool() {
		add = Or
	}
	return add(Pad(a, zero, ca), Pad(b, zero, cb))
}

// logAddExp is log(exp(x) + exp(y)) without overflow.
func logAddExp(x, y Value) Value {
	d := x.Aval().DType
	larger := Max(x, y)
	switch {
	case d.IsFloating():
		delta := Sub(x, y)
		// nan comes of nans, and of infinities of one sign
		return Select(IsNaN(delta), Add(x, y), Add(larger, Log1p(Exp(Neg(Abs(delta))))))
	case d.IsComplex():
		delta := Sub(Add(x, y), Mul(larger, FullLike(larger, 2)))
		z := Add(larger, Log1p(Exp(delta)))
		return Complex(Real(z), wrapBetween(Imag(z), math.Pi))
	}
	core.Errorf(core.ValueError, "logaddexp requires floating-point or complex inputs; got %s", d.Name())
	return nil
}

// wrapBetween moves x by multiples of 2a to between -a and a.
func wrapBetween(x Value, a float64) Value {
	r := Rem(Add(x, FullLike(x, a)), FullLike(x, 2*a))
	return Sub(Select(Lt(r, FullLike(r, 0)), Add(r, FullLike(r, 2*a)), r), FullLike(r, a))
}

// replaceInf is x with 0 in the place of infinity.
func replaceInf(x Value) Value {
	re := x
	if x.Aval().DType.IsComplex() {
		re = Real(x)
	}
	return Select(Eq(re, FullLike(re, math.Inf(1))), FullLike(x, 0), x)
}

// pairJVP gives z = f(x, y) and its tangent.
type pairJVP func(x, y, dx, dy Value) (z, dz Value)

func mulJVP(x, y, dx, dy Value) (z, dz Value) {
	return Mul(x, y), AddAny(Mul(dx, y), Mul(x, dy))
}

func extremumJVP(f func(x, y Value) Value) pairJVP {
	return func(x, y, dx, dy Value) (z, dz Value) {
		z = f(x, y)
		return z, AddAny(Mul(dx, shareOf(x, z, y)), Mul(dy, shareOf(y, z, x)))
	}
}

func logAddExpJVP(x, y, dx, dy Value) (z, dz Value) {
	z = logAddExp(x, y)
	share := func(v Value) Value { return Exp(Sub(replaceInf(v), replaceInf(z))) }
	return z, Add(Mul(dx, share(x)), Mul(dy, share(y)))
}

// cumulative defines a running reduction by a monoid. Windows of the whole axis do it, which XLA rewrites to a scan;
// a nil jvp says that the reduction is linear.
func cumulative(op core.Op[cumulativeParams], doc string, m monoid, jvp pairJVP) {
	r := core.Rules[cumulativeParams]{
		Doc: doc,
		Abstract: func(p cumulativeParams, in []*core.Aval) []*core.Aval {
			a := in[0]
			core.Check(p.Axis >= 0, core.ValueError, "XLA operations do not allow negative axes")
			core.Check(p.Axis < a.Ndim(), core.ValueError, "axis %d is out of bounds for array of shape %s", p.Axis, core.ShapeString(a.Shape))
			checkNumber(op.Name, a)
			return in[:1]
		},
		Batch: func(_ core.BatchCtx, p cumulativeParams, in []Value, dims []int) ([]Value, []int) {
			return op.Bind(cumulativeParams{bumpDims([]int{p.Axis}, dims[0])[0], p.Reverse}, in[0]), dims
		},
		Lower: func(c core.LowerCtx, p cumulativeParams, in []stablehlo.Value) []stablehlo.Value {
			shape := c.In()[0].Shape
			n := shape[p.Axis]
			if n == 0 {
				return in
			}
			w := WindowParams{Padding: make([][2]int, len(shape)), WindowDimensions: ones(len(shape))}.filled()
			w.WindowDimensions[p.Axis] = n
			w.Padding[p.Axis] = [2]int{n - 1, 0}
			if p.Reverse {
				slices.Reverse(w.Padding[p.Axis][:])
			}
			return m.lowerWindow(c, w, in[0])
		},
		Samples: []core.Sample[cumulativeParams]{
			{Params: cumulativeParams{1, false}, In: []*core.Aval{core.NewAval(dtype.Float32, 2, 5)}},
			{Params: cumulativeParams{0, true}, In: []*core.Aval{core.NewAval(dtype.Float32, 4, 3)}},
		},
	}
	if jvp == nil {
		r.JVP, r.Transpose = linearUnary(op, func(p cumulativeParams, ct Value, _ *core.Aval) Value {
			return op.Bind1(cumulativeParams{p.Axis, !p.Reverse}, ct)
		})
	} else {
		r.JVP = func(_ core.JVPCtx, p cumulativeParams, x, t []Value) ([]Value, []Value) {
			out := AssociativeScan(func(a, b []Value) []Value {
				z, dz := jvp(a[0], b[0], a[1], b[1])
				return []Value{z, dz}
			}, []Value{x[0], t[0]}, p.Axis, p.Reverse)
			return out[:1], out[1:]
		}
	}
	op.Define(r)
	// x, axis, reverse
	core.Export1("lax."+op.Name, "xss", func(a *core.Args) core.Value {
		return op.Bind1(cumulativeParams{a.Int(1), a.Bool(2)}, a.X(0))
	})
}

func init() {
	cumulative(cumsumOp, "Running sum along an axis.", sumMonoid, nil)
	cumulative(cumprodOp, "Running product along an axis.", prodMonoid, mulJVP)
	cumulative(cummaxOp, "Running maximum along an axis.", maxMonoid, extremumJVP(Max))
	cumulative(cumminOp, "Running minimum along an axis.", minMonoid, extremumJVP(Min))
	minusInf := func(d dtype.DType) *core.Literal { return core.NewLiteral(d, complex(math.Inf(-1), 0), false) }
	cumulative(cumlogsumexpOp, "Running log(sum(exp(x))) along an axis.", monoid{logAddExp, minusInf}, logAddExpJVP)
}
