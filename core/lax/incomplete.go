package lax

import (
	"math"

	"github.com/jaxgo/jaxgo/core"
	"github.com/jaxgo/jaxgo/core/dtype"
)

// The incomplete gamma and beta functions are JAX's, which are TensorFlow's, which are Cephes's: series and continued
// fractions, in loops that run until no element changes. Elements that have converged keep their values.

func anyOf(xs ...Value) Value { return reduceWith(Or, xs) }

func reduceWith(op func(x, y Value) Value, xs []Value) Value {
	acc := xs[0]
	for _, x := range xs[1:] {
		acc = op(acc, x)
	}
	return acc
}

// anyElement reports whether any element of x is true.
func anyElement(x Value) Value { return ReduceOr(x, span(0, x.Aval().Ndim())) }

// igammaMode says what the series and the continued fraction give.
type igammaMode int

const (
	igammaValue            igammaMode = 1
	igammaDerivative       igammaMode = 2 // by a
	igammaSampleDerivative igammaMode = 3 // of a sample by a
)

func eps(x Value) float64 { return dtype.Limits(x.Aval().DType).Eps }

// isTiny reports whether the logarithm ax belongs to a number that underflows.
func isTiny(ax Value) Value {
	d := ax.Aval().DType
	return Lt(ax, Neg(Log(core.NewLiteral(d, complex(dtype.Limits(d).Max, 0), false))))
}

// logDensity is the logarithm of x^a e^-x / gamma(a).
func logDensity(a, x Value) Value { return Sub(Sub(Mul(a, Log(x)), x), Lgamma(a)) }

func igammaSeries(ax, x, a, enabled Value, mode igammaMode) Value {
	one, zero := FullLike(a, 1), FullLike(a, 0)
	init := []Value{enabled, a, one, one, x, zero, zero}
	out := WhileLoop(func(v []Value) []Value { return []Value{anyElement(v[0])} }, func(v []Value) []Value {
		enabled, r, c, ans, x, dc, dans := v[0], v[1], v[2], v[3], v[4], v[5], v[6]
		r = Add(r, konst(r, 1))
		dc = Sub(Mul(dc, Div(x, r)), Div(Mul(c, x), Mul(r, r)))
		dans = Add(dans, dc)
		c = Mul(c, Div(x, r))
		ans = Add(ans, c)
		change := Div(c, ans)
		if mode != igammaValue {
			change = Abs(Div(dc, dans))
		}
		next := []Value{And(enabled, Gt(change, konst(x, eps(x)))), r, c, ans, x, dc, dans}
		for i := 1; i < len(next); i++ {
			next[i] = Select(enabled, next[i], v[i])
		}
		return next
	}, init)
	ans, dans := out[3], out[6]
	if mode == igammaValue {
		return Div(Mul(ans, ax), a)
	}
	dlogax := Sub(Log(x), Digamma(Add(a, konst(a, 1))))
	if mode == igammaDerivative {
		return Div(Mul(ax, Add(Mul(ans, dlogax), dans)), a)
	}
	return Div(Mul(Neg(Add(dans, Mul(ans, dlogax))), x), a)
}

func igammacFraction(ax, x, a, enabled Value, mode igammaMode) Value {
	e := eps(x)
	one, zero := FullLike(x, 1), FullLike(x, 0)
	y := Sub(konst(a, 1), a)
	z := Add(Add(x, y), konst(x, 1))
	pkm1, qkm1 := Add(x, konst(x, 1)), Mul(z, x)
	ans := Div(pkm1, qkm1)
	dqkm1 := Neg(x)
	dans := Div(Sub(zero, Mul(ans, dqkm1)), qkm1)
	//               0        1    2    3  4  5            6     7     8    9  10    11    12    13     14
	init := []Value{enabled, ans, one, y, z, konst(x, 0), pkm1, qkm1, one, x, zero, zero, zero, dqkm1, dans}
	out := WhileLoop(func(v []Value) []Value {
		return []Value{And(Lt(v[5], konst(v[5], 2000)), anyElement(v[0]))}
	}, func(v []Value) []Value {
		enabled, ans, y, z, c := v[0], v[1], v[3], v[4], v[5]
		pkm1, qkm1, pkm2, qkm2 := v[6], v[7], v[8], v[9]
		dpkm2, dqkm2, dpkm1, dqkm1, dans := v[10], v[11], v[12], v[13], v[14]

		c = Add(c, konst(c, 1))
		y = Add(y, konst(y, 1))
		z = Add(z, konst(z, 2))
		yc := Mul(y, c)
		pk := Sub(Mul(pkm1, z), Mul(pkm2, yc))
		qk := Sub(Mul(qkm1, z), Mul(qkm2, yc))
		nonzero := Ne(qk, konst(qk, 0))
		r := Div(pk, qk)
		t := Select(nonzero, Abs(Div(Sub(ans, r), r)), FullLike(r, 1))
		ans = Select(nonzero, r, ans)

		dpk := Add(Sub(Sub(Mul(dpkm1, z), pkm1), Mul(dpkm2, yc)), Mul(pkm2, c))
		dqk := Add(Sub(Sub(Mul(dqkm1, z), qkm1), Mul(dqkm2, yc)), Mul(qkm2, c))
		newDans := Select(nonzero, Div(Sub(dpk, Mul(ans, dqk)), qk), dans)
		change := Select(nonzero, Abs(Sub(newDans, dans)), FullLike(dans, 1))

		next := []Value{nil, ans, t, y, z, c, pk, qk, pkm1, qkm1, dpkm1, dqkm1, dpk, dqk, newDans}
		rescale := Gt(Abs(pk), Reciprocal(konst(pk, e)))
		for i := 6; i < 14; i++ {
			next[i] = Select(rescale, Mul(next[i], konst(next[i], e)), next[i])
		}
		if mode == igammaValue {
			change = t
		}
		next[0] = And(enabled, Gt(change, konst(change, e)))
		for i := 1; i < len(next); i++ {
			if i != 5 {
				next[i] = Select(enabled, next[i], v[i])
			}
		}
		return next
	}, init)
	ans, dans = out[1], out[14]
	if mode == igammaValue {
		return Mul(ans, ax)
	}
	dlogax := Sub(Log(x), Digamma(a))
	if mode == igammaDerivative {
		return Mul(ax, Add(Mul(ans, dlogax), dans))
	}
	return Neg(Mul(Add(dans, Mul(ans, dlogax)), x))
}

func igamma(in []Value) Value {
	a, x := in[0], in[1]
	xIsInf := Eq(x, konst(x, math.Inf(1)))
	aIsZero, xIsZero := Eq(a, konst(a, 0)), Eq(x, konst(x, 0))
	bad := anyOf(Lt(x, konst(x, 0)), Lt(a, konst(a, 0)), And(aIsZero, xIsZero), Or(IsNaN(a), IsNaN(x)))
	upper := And(Ge(x, konst(x, 1)), Gt(x, a))
	ax := logDensity(a, x)
	enabled := Not(anyOf(xIsZero, bad, isTiny(ax), xIsInf))
	ax = Exp(ax)
	y := Select(upper,
		Sub(konst(a, 1), igammacFraction(ax, x, a, And(enabled, upper), igammaValue)),
		igammaSeries(ax, x, a, And(enabled, Not(upper)), igammaValue))
	y = Select(xIsZero, FullLike(a, 0), y)
	y = Select(xIsInf, FullLike(a, 1), y)
	return Select(bad, FullLike(a, math.NaN()), y)
}

func igammac(in []Value) Value {
	a, x := in[0], in[1]
	aIsZero, xIsZero := Eq(a, konst(a, 0)), Eq(x, konst(x, 0))
	xIsInf := Eq(x, konst(x, math.Inf(1)))
	bad := anyOf(Lt(x, konst(x, 0)), Lt(a, konst(a, 0)), And(aIsZero, xIsZero), Or(IsNaN(a), IsNaN(x)))
	lower := Or(Lt(x, konst(x, 1)), Lt(x, a))
	ax := logDensity(a, x)
	enabled := Not(anyOf(bad, isTiny(ax), xIsInf, aIsZero))
	ax = Exp(ax)
	series := igammaSeries(ax, x, a, And(enabled, lower), igammaValue)
	fraction := igammacFraction(ax, x, a, And(enabled, Not(lower)), igammaValue)
	y := Select(lower, Sub(konst(a, 1), series), fraction)
	y = Select(Or(xIsInf, aIsZero), FullLike(y, 0), y)
	return Select(bad, FullLike(a, math.NaN()), y)
}

func igammaGradA(in []Value) Value     { return igammaGradient(in, igammaDerivative) }
func randomGammaGrad(in []Value) Value { return igammaGradient(in, igammaSampleDerivative) }

func igammaGradient(in []Value, mode igammaMode) Value {
	a, x := in[0], in[1]
	isNaN := Or(IsNaN(a), IsNaN(x))
	xIsZero := Eq(x, FullLike(x, 0))
	bad := Or(Lt(x, FullLike(x, 0)), Le(a, FullLike(a, 0)))
	upper := And(Gt(x, FullLike(x, 1)), Gt(x, a))
	ax := logDensity(a, x)
	tiny := isTiny(ax)
	ax = Exp(ax)
	enabled := Not(anyOf(xIsZero, bad, tiny, isNaN))
	y := Select(upper,
		Neg(igammacFraction(ax, x, a, And(enabled, upper), mode)),
		igammaSeries(ax, x, a, And(enabled, Not(upper)), mode))
	y = Select(xIsZero, FullLike(y, 0), y)
	return Select(Or(bad, isNaN), FullLike(a, math.NaN()), y)
}

// lentz evaluates the continued fraction n1/(d1 + n2/(d2 + …)) by the algorithm of Lentz, Thompson and Barnett.
func lentz(iterations int, small float64, d0 Value, numerator, denominator func(iteration Value) Value) Value {
	i32 := func(n int64) Value { return core.NewIntLiteral(dtype.Int32, n, false) }
	notTiny := func(v Value) Value { return Select(Lt(Abs(v), FullLike(v, small)), FullLike(v, small), v) }
	h := notTiny(d0)
	init := []Value{i32(1), core.NewIntLiteral(dtype.Bool, 1, false), h, FullLike(h, 0), h}
	return WhileLoop(func(v []Value) []Value {
		return []Value{And(Lt(v[0], i32(int64(iterations))), v[1])}
	}, func(v []Value) []Value {
		n, d := numerator(v[0]), denominator(v[0])
		c := notTiny(Add(d, Div(n, v[2])))
		e := Reciprocal(notTiny(Add(d, Mul(n, v[3]))))
		delta := Mul(c, e)
		more := Ge(Abs(Sub(delta, konst(delta, 1))), konst(delta, small))
		return []Value{Add(v[0], i32(1)), anyElement(more), c, e, Mul(v[4], delta)}
	}, init)[4]
}

func betainc(in []Value) Value {
	a, b, x := in[0], in[1], in[2]
	d := a.Aval().DType
	is := func(v Value, f float64) Value { return Eq(v, FullLike(v, f)) }
	aIsZero, bIsZero := Or(is(a, 0), is(b, math.Inf(1))), Or(is(b, 0), is(a, math.Inf(1)))
	xIsZero, xIsOne := is(x, 0), is(x, 1)
	isNaN := anyOf(IsNaN(a), IsNaN(b), IsNaN(x))
	isZero := Or(And(bIsZero, Not(xIsOne)), And(aIsZero, xIsZero))
	isOne := Or(And(aIsZero, Not(xIsZero)), And(bIsZero, xIsOne))
	bad := anyOf(Lt(a, FullLike(a, 0)), Lt(b, FullLike(b, 0)), Lt(x, FullLike(x, 0)), Gt(x, FullLike(x, 1)),
		Or(And(aIsZero, bIsZero), isNaN))

	// The fraction (DLMF 8.17.22) converges fast for x < (a+1)/(a+b+2), elsewhere by symmetry (DLMF 8.17.4).
	fast := Lt(x, Div(Add(a, FullLike(a, 1)), Add(Add(a, b), FullLike(b, 2))))
	a, b, x = Select(fast, a, b), Select(fast, b, a), Select(fast, x, Sub(FullLike(x, 1), x))

	iterations := 600
	if d == dtype.Float32 {
		iterations = 200
	}
	shape := a.Aval().Shape
	numerator := func(iteration Value) Value { // DLMF 8.17.23; the first numerator is 1
		n := Full(shape, iteration)
		isEven := Eq(Rem(n, FullLike(n, 2)), FullLike(n, 0))
		isFirst := Eq(n, FullLike(n, 1))
		m := Div(Sub(n, FullLike(n, 1)), FullLike(n, 2))
		mIsZero := Eq(m, FullLike(m, 0))
		m = ConvertElementType(m, d)
		one, two := FullLike(a, 1), FullLike(a, 2)
		a2m := Add(a, Mul(two, m))
		// For m = 0 the general term loses small a to flushing of subnormals.
		zeroth := Div(Mul(Neg(Add(a, b)), x), Add(a, one))
		even := Select(mIsZero, zeroth, Div(Mul(Mul(Neg(Add(a, m)), Add(Add(a, b), m)), x), Mul(a2m, Add(a2m, one))))
		odd := Div(Mul(Mul(m, Sub(b, m)), x), Mul(Sub(a2m, one), a2m))
		return Select(isFirst, FullLike(x, 1), Select(isEven, even, odd))
	}
	denominator := func(iteration Value) Value {
		n := Full(shape, iteration)
		return Select(Eq(n, FullLike(n, 0)), FullLike(x, 0), FullLike(x, 1))
	}
	limits := dtype.Limits(d)
	fraction := lentz(iterations, limits.Eps/2, denominator(core.NewIntLiteral(dtype.Int32, 0, false)), numerator, denominator)

	// For very small a, a·gamma(a) = gamma(a+1) tends to 1: that avoids a division by zero.
	lbetaSmall := Sub(Lgamma(b), Lgamma(Add(a, b)))
	lbeta := Add(Lgamma(a), lbetaSmall)
	logRest := Mul(Log1p(Neg(x)), b)
	factor := Select(Lt(a, FullLike(a, limits.Tiny*2)),
		Exp(Sub(logRest, lbetaSmall)),
		Div(Exp(Sub(Add(Mul(Log(x), a), logRest), lbeta)), a))
	y := Mul(fraction, factor)
	y = Select(fast, y, Sub(FullLike(y, 1), y))
	y = Select(isZero, FullLike(a, 0), y)
	y = Select(isOne, FullLike(a, 1), y)
	return Select(bad, FullLike(a, math.NaN()), y)
}
