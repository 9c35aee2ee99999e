package random

import (
	"math"

	"github.com/jaxgo/jaxgo/core"
	"github.com/jaxgo/jaxgo/core/dtype"
	"github.com/jaxgo/jaxgo/core/lax"
	jnp "github.com/jaxgo/jaxgo/core/numpy"
)

// Distributions of counts, which are drawn in loops.

func anyTrue(x Value) Value { return jnp.Any(x, jnp.Reduction{}) }

// Poisson draws from the Poisson distribution of rate lam: by multiplying uniform numbers where lam is below 10 (Knuth), else
// by rejection (Hörmann, The transformed rejection method for generating Poisson random variables, 1993).
func Poisson(key, lam Value, shape []int, d DType) Value {
	if key.Aval().DType != dtype.KeyFry {
		core.Errorf(core.NotImplementedError, "`poisson` is only implemented for the threefry2x32 RNG, not %s", key.Aval().DType.KeyTag())
	}
	lam = jnp.Convert(jnp.BroadcastTo(lam, shape), dtype.Float32, false)
	return call("_poisson", statics(shape, d), func(in []Value) Value { return poisson(in[0], in[1], shape, d) }, key, lam)
}

func poisson(key, lam Value, shape []int, d DType) Value {
	small := jnp.BitwiseOr(lax.Ne(lam, lam), jnp.Less(lam, weakInt(10)))
	lamKnuth := lax.Select(small, lam, full(shape, number(dtype.Float32, 0)))
	lamRejection := lax.Select(small, full(shape, number(dtype.Float32, 1e5)), lam)
	most := greatest(d)
	variant := func(name string, f func(key, lam Value, shape []int, d DType, most Value) Value, lam Value) Value {
		return call(name, statics(shape, d), func(in []Value) Value { return f(in[0], in[1], shape, d, most) }, key, lam)
	}
	result := lax.Select(small, variant("_poisson_knuth", poissonKnuth, lamKnuth), variant("_poisson_rejection", poissonRejection, lamRejection))
	return lax.Select(jnp.Equal(lam, weakInt(0)), jnp.ZerosLike(result), result)
}

func poissonKnuth(key, lam Value, shape []int, d DType, most Value) Value {
	out := loop(
		func(s []Value) Value {
			return jnp.BitwiseAnd(anyTrue(jnp.Greater(s[3], jnp.Negative(lam))), jnp.Less(s[0], most))
		},
		func(s []Value) []Value {
			i, k, rng, logProd := s[0], s[1], s[2], s[3]
			rng, sub := split2(rng)
			k = lax.Select(jnp.Greater(logProd, jnp.Negative(lam)), jnp.Add(k, weakInt(1)), k)
			u := unit(sub, shape, dtype.Float32)
			return []Value{jnp.Add(i, weakInt(1)), k, rng, jnp.Add(logProd, jnp.Log(u))}
		},
		[]Value{weakInt(0), full(shape, core.NewIntLiteral(d, 0, false)), key, full(shape, number(dtype.Float32, 0))})
	return jnp.AsType(jnp.Subtract(out[1], weakInt(1)), d)
}

func poissonRejection(key, lam Value, shape []int, d DType, most Value) Value {
	f := lam.Aval().DType
	logLam := lax.Log(lam)
	b := jnp.Add(weak(0.931), jnp.Multiply(weak(2.53), lax.Sqrt(lam)))
	a := jnp.Add(weak(-0.059), jnp.Multiply(weak(0.02483), b))
	invAlpha := jnp.Add(weak(1.1239), jnp.Divide(weak(1.1328), jnp.Subtract(b, weak(3.4))))
	vr := jnp.Subtract(weak(0.9277), jnp.Divide(weak(3.6224), jnp.Subtract(b, weakInt(2))))
	out := loop(
		func(s []Value) Value {
			return jnp.BitwiseAnd(anyTrue(jnp.Invert(s[2])), jnp.Less(s[0], most))
		},
		func(s []Value) []Value {
			i, kOut, accepted, key := s[0], s[1], s[2], s[3]
			key, sub0, sub1 := split3(key)
			u := jnp.Subtract(unit(sub0, shape, f), weak(0.5))
			v := unit(sub1, shape, f)
			us := jnp.Subtract(weak(0.5), jnp.Absolute(u))
			k := lax.Floor(jnp.Add(jnp.Add(jnp.Multiply(jnp.Add(jnp.Divide(jnp.Multiply(weakInt(2), a), us), b), u), lam), weak(0.43)))
			s1 := lax.Log(jnp.Divide(jnp.Multiply(v, invAlpha), jnp.Add(jnp.Divide(a, jnp.Multiply(us, us)), b)))
			t := jnp.Subtract(jnp.Add(jnp.Negative(lam), jnp.Multiply(k, logLam)), lax.Lgamma(jnp.Add(k, weakInt(1))))
			accept1 := jnp.BitwiseAnd(jnp.GreaterEqual(us, weak(0.07)), jnp.LessEqual(v, vr))
			reject := jnp.BitwiseOr(jnp.Less(k, weakInt(0)), jnp.BitwiseAnd(jnp.Less(us, weak(0.013)), jnp.Greater(v, us)))
			accept := jnp.BitwiseOr(accept1, jnp.BitwiseAnd(jnp.Invert(reject), jnp.LessEqual(s1, t)))
			return []Value{jnp.Add(i, weakInt(1)), lax.Select(accept, k, kOut), jnp.BitwiseOr(accepted, accept), key}
		},
		[]Value{weakInt(0), full(shape, number(f, -1)), full(shape, core.NewIntLiteral(dtype.Bool, 0, false)), key})
	return jnp.AsType(out[1], d)
}

// Binomial draws from the binomial distribution of count trials: by inversion where few successes are expected, else by
// rejection (Hörmann, The generation of binomial random variates, 1993).
func Binomial(key, count, prob Value, shape []int, d DType) Value {
	prob = jnp.PromoteDTypesInexact(prob)[0]
	f := prob.Aval().DType
	count = jnp.BroadcastTo(jnp.Convert(count, f, false), shape)
	prob = jnp.BroadcastTo(prob, shape)
	nan := func(x Value) Value { return lax.Ne(x, x) }
	all := func(v float64) Value { return full(shape, number(f, v)) }

	unlikely := jnp.Less(prob, weak(0.5))
	q := lax.Select(unlikely, prob, jnp.Subtract(weak(1), prob))
	badCount := jnp.BitwiseOr(nan(count), jnp.Less(count, weak(0)))
	infinite := jnp.Isinf(count)
	qNaN, qNegative := nan(q), jnp.Less(q, weak(0))
	q = lax.Select(jnp.BitwiseOr(qNaN, qNegative), all(0.01), q)
	invert := jnp.BitwiseOr(badCount, jnp.LessEqual(jnp.Multiply(count, q), weak(10)))
	count = jnp.Floor(count)
	most := number(d, dtype.Limits(d).Max)
	samples := lax.Select(invert,
		binomialInversion(key, lax.Select(invert, count, all(0)), q, shape, d, most),
		binomialRejection(key, lax.Select(invert, all(1e4), count), lax.Select(invert, all(0.5), q), shape, d, most))
	invalid := jnp.BitwiseOr(jnp.BitwiseOr(qNegative, qNaN), badCount)
	samples = lax.Select(invalid, full(shape, number(d, math.NaN())), samples)
	samples = lax.Select(jnp.BitwiseAnd(infinite, jnp.Invert(invalid)), full(shape, number(d, math.Inf(1))), samples)
	keep := jnp.BitwiseOr(jnp.BitwiseOr(jnp.BitwiseOr(unlikely, badCount), qNaN), infinite)
	return lax.Select(keep, samples, jnp.Subtract(jnp.AsType(count, d), samples))
}

func binomialInversion(key, count, prob Value, shape []int, d DType, most Value) Value {
	f := prob.Aval().DType
	logFail := jnp.Log1p(jnp.Negative(prob))
	out := loop(
		func(s []Value) Value {
			return jnp.BitwiseAnd(anyTrue(jnp.LessEqual(s[2], count)), jnp.Less(s[0], most))
		},
		func(s []Value) []Value {
			i, trials, sum, key := s[0], s[1], s[2], s[3]
			sub, key := split2(key)
			trials = lax.Select(jnp.LessEqual(sum, count), jnp.Add(trials, weakInt(1)), trials)
			geom := jnp.Ceil(jnp.Divide(jnp.Log(unit(sub, shape, f)), logFail))
			return []Value{jnp.Add(i, weakInt(1)), trials, jnp.Add(sum, geom), key}
		},
		[]Value{weakInt(0), full(shape, number(f, 0)), full(shape, number(f, 0)), key})
	return jnp.AsType(jnp.Subtract(out[1], weakInt(1)), d)
}

func binomialRejection(key, count, prob Value, shape []int, d DType, most Value) Value {
	add, sub, mul, div := jnp.Add, jnp.Subtract, jnp.Multiply, jnp.Divide
	f := prob.Aval().DType
	one := weakInt(1)
	stddev := jnp.Sqrt(mul(mul(count, prob), sub(one, prob)))
	b := add(weak(1.15), mul(weak(2.53), stddev))
	a := add(add(weak(-0.0873), mul(weak(0.0248), b)), mul(weak(0.01), prob))
	c := add(mul(count, prob), weak(0.5))
	vr := sub(weak(0.92), div(weak(4.2), b))
	r := div(prob, sub(one, prob))
	alpha := mul(add(weak(2.83), div(weak(5.1), b)), stddev)
	m := jnp.Floor(mul(add(count, one), prob))
	out := loop(
		func(s []Value) Value {
			return jnp.BitwiseAnd(anyTrue(jnp.Invert(s[2])), jnp.Less(s[0], most))
		},
		func(s []Value) []Value {
			i, kOut, accepted, key := s[0], s[1], s[2], s[3]
			key, sub0, sub1 := split3(key)
			u := sub(unit(sub0, shape, f), weak(0.5))
			v := unit(sub1, shape, f)
			us := sub(weak(0.5), jnp.Absolute(u))
			accept1 := jnp.BitwiseAnd(jnp.GreaterEqual(us, weak(0.07)), jnp.LessEqual(v, vr))
			k := jnp.Floor(add(mul(add(div(mul(weakInt(2), a), us), b), u), c))
			reject := jnp.BitwiseOr(jnp.Less(k, weakInt(0)), jnp.Greater(k, count))
			v = jnp.Log(div(mul(v, alpha), add(div(a, mul(us, us)), b)))
			upper := mul(add(m, weak(0.5)), jnp.Log(div(add(m, one), mul(r, add(sub(count, m), one)))))
			upper = add(upper, mul(add(count, one), jnp.Log(div(add(sub(count, m), one), add(sub(count, k), one)))))
			upper = add(upper, mul(add(k, weak(0.5)), jnp.Log(div(mul(r, add(sub(count, k), one)), add(k, one)))))
			upper = add(upper, stirlingTail(m))
			upper = add(upper, stirlingTail(sub(count, m)))
			upper = sub(upper, stirlingTail(k))
			upper = sub(upper, stirlingTail(sub(count, k)))
			accept := jnp.BitwiseOr(accept1, jnp.BitwiseAnd(jnp.Invert(reject), jnp.LessEqual(v, upper)))
			return []Value{add(i, one), lax.Select(accept, k, kOut), jnp.BitwiseOr(accepted, accept), key}
		},
		[]Value{weakInt(0), full(shape, number(f, -1)), full(shape, core.NewIntLiteral(dtype.Bool, 0, false)), key})
	return jnp.AsType(out[1], d)
}

// What Stirling's formula leaves of log k!, for k up to 9.
var stirlingTails = []float64{
	0.0810614667953272, 0.0413406959554092, 0.0276779256849983, 0.02079067210376509, 0.0166446911898211,
	0.0138761288230707, 0.0118967099458917, 0.0104112652619720, 0.00925546218271273, 0.00833056343336287,
}

func stirlingTail(k Value) Value {
	add, sub, mul, div := jnp.Add, jnp.Subtract, jnp.Multiply, jnp.Divide
	small := jnp.LessEqual(k, weakInt(9))
	k = lax.Clamp(like(k, 0), k, like(k, 9))
	next := add(k, weakInt(1))
	sq := mul(next, next)
	series := div(sub(weak(1.0/12), div(sub(weak(1.0/360), div(weak(1.0/1260), sq)), sq)), next)
	// Ten selections in place of a table: no array is closed over, and XLA makes it one loop.
	k = jnp.Floor(k)
	exact := jnp.FullLike(k, like(k, stirlingTails[9]), dtype.Invalid, nil)
	for i := 8; i >= 0; i-- {
		exact = lax.Select(lax.Le(k, like(k, float64(i))), jnp.FullLike(k, like(k, stirlingTails[i]), dtype.Invalid, nil), exact)
	}
	return lax.Select(small, exact, series)
}

// Geometric is the number of trials up to the first success.
func Geometric(key, p Value, shape []int, d DType) Value {
	return call("_geometric", statics(shape, d), func(in []Value) Value {
		p := jnp.PromoteDTypesInexact(in[1])[0]
		u := unit(in[0], shape, p.Aval().DType)
		u = jnp.Where(jnp.Equal(u, weakInt(0)), weakInt(1), u) // the logarithm of 0 is infinite
		fail := jnp.BroadcastTo(lax.Log1p(jnp.Negative(p)), shape)
		return jnp.AsType(jnp.Add(lax.Floor(lax.Div(lax.Log(u), fail)), weakInt(1)), d)
	}, key, p)
}

func init() {
	// poisson takes key, lam, shape, dtype.
	core.Export1("random.poisson", "xxss", func(a *core.Args) Value {
		k := key(a)
		lam := a.X(1)
		shape, given := shapeArg(a, 2)
		if !given {
			shape = lam.Aval().Shape
		}
		d := dtypeOr(a, 3, defaultInt())
		if !d.IsInteger() {
			core.Errorf(core.ValueError, "dtype argument to `poisson` must be an int dtype, got %s", d.Name())
		}
		return Poisson(k, lam, shape, d)
	})
	// binomial takes key, n, p, shape, dtype.
	core.Export1("random.binomial", "xxxss", func(a *core.Args) Value {
		k := key(a)
		d := floatArg(a, "binomial", 4)
		n, p := a.X(1), a.X(2)
		return Binomial(k, n, p, broadcastShape(a, "binomial", 3, n, p), d)
	})
	// geometric takes key, p, shape, dtype.
	core.Export1("random.geometric", "xxss", func(a *core.Args) Value {
		k := key(a)
		d := dtypeOr(a, 3, defaultInt())
		if !d.IsInteger() {
			core.Errorf(core.ValueError, "dtype argument to `geometric` must be an int dtype, got %s", d.Name())
		}
		p := a.X(1)
		return Geometric(k, p, broadcastShape(a, "geometric", 2, p), d)
	})
}
