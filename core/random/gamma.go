package random

import (
	"github.com/jaxgo/jaxgo/core"
	"github.com/jaxgo/jaxgo/core/dtype"
	"github.com/jaxgo/jaxgo/core/lax"
	jnp "github.com/jaxgo/jaxgo/core/numpy"
	"github.com/jaxgo/jaxgo/core/stablehlo"
)

type gammaParams struct{ LogSpace bool }

var randomGammaOp = core.Declare[gammaParams]("random_gamma")

// Gamma draws from the gamma distribution with shape parameter a and rate 1, or the logarithm of it.
func Gamma(key, a Value, shape []int, d DType, logSpace bool) Value {
	space := "linear"
	if logSpace {
		space = "log"
	}
	return call("_gamma", statics(shape, d, space), func(in []Value) Value {
		checkShape("gamma", shape, in[1].Aval().Shape)
		a := jnp.BroadcastTo(jnp.Convert(in[1], d, false), shape)
		return randomGammaOp.Bind1(gammaParams{logSpace}, in[0], a)
	}, key, a)
}

// gammaSamples draws one sample for each element of a. Trailing axes of a that the keys do not have get keys split off.
func gammaSamples(keys, a Value, logSpace bool) Value {
	shape := a.Aval().Shape
	size := a.Aval().Size()
	lead := keys.Aval().Size()
	if size == 0 {
		return a
	}
	flat := lax.Reshape(lax.RandomSplit(lax.Reshape(keys, []int{lead}), []int{size / lead}), []int{size})
	a = lax.Reshape(a, []int{size})
	if keys.Aval().DType == dtype.KeyFry {
		return lax.Reshape(gammaEach(flat, a, logSpace), shape)
	}
	// The other generators draw from the first of many keys alone, so they are given one at a time.
	_, ys := lax.Scan(func(_, x []Value) (next, y []Value) {
		one := gammaEach(lax.Reshape(x[0], []int{1}), lax.Reshape(x[1], []int{1}), logSpace)
		return nil, []Value{lax.Reshape(one, nil)}
	}, nil, []Value{flat, a}, size, false, 1)
	return lax.Reshape(ys[0], shape)
}

// unstackKeys gives column i of the keys that each key is split into.
func unstackKeys(keys Value, n int) []Value {
	m := keys.Aval().Shape[0]
	all := lax.RandomSplit(keys, []int{n})
	out := make([]Value, n)
	for i := range out {
		out[i] = lax.Reshape(lax.Slice(all, []int{0, i}, []int{m, i + 1}, nil), []int{m})
	}
	return out
}

// gammaEach draws by Marsaglia's and Tsang's method (A simple method for generating gamma variables, 2000). JAX maps the
// method for one sample over keys and alphas; here the loops run on all samples at once, and leave those alone whose own
// loop has ended.
func gammaEach(keys, alpha Value, logSpace bool) Value {
	d := alpha.Aval().DType
	n := alpha.Aval().Shape[0]
	k := func(f float64) Value { return number(d, f) }
	zero, one, third := k(0), k(1), k(1.0/3)
	all := func(f float64) Value { return lax.Full([]int{n}, k(f)) }

	// For alpha < 1: Gamma(alpha) ~ Gamma(alpha+1) · Uniform^(1/alpha), in logarithms where alpha may be tiny.
	boosted := lax.Ge(alpha, one)
	given := alpha
	alpha = lax.Select(boosted, alpha, lax.Add(alpha, one))
	dd := lax.Sub(alpha, third)
	c := lax.Div(third, lax.Sqrt(dd))

	rejected := func(x, v, u Value) Value {
		return lax.And(
			lax.Ge(u, lax.Sub(one, lax.Mul(k(0.0331), lax.Mul(x, x)))),
			lax.Ge(lax.Log(u), lax.Add(lax.Mul(x, k(0.5)), lax.Mul(dd, lax.Add(lax.Sub(one, v), lax.Log(v))))))
	}
	// positive draws x until 1 + cx is positive.
	positive := func(keys Value) (x, v Value) {
		pending := func(v Value) Value { return lax.Le(v, zero) }
		out := loop(
			func(s []Value) Value { return lax.ReduceOr(pending(s[2]), []int{0}) },
			func(s []Value) []Value {
				ks := unstackKeys(s[0], 2)
				x := normalReal(ks[1], nil, d)
				v := lax.Add(one, lax.Mul(x, c))
				return update(pending(s[2]), s, []Value{ks[0], x, v})
			},
			[]Value{keys, all(0), all(-1)})
		return out[1], out[2]
	}
	first := unstackKeys(keys, 2)
	out := loop(
		func(s []Value) Value { return lax.ReduceOr(rejected(s[1], s[2], s[3]), []int{0}) },
		func(s []Value) []Value {
			ks := unstackKeys(s[0], 3)
			x, v := positive(ks[1])
			next := []Value{ks[0], lax.Mul(x, x), lax.Mul(lax.Mul(v, v), v), unit(ks[2], nil, d)}
			return update(rejected(s[1], s[2], s[3]), s, next)
		},
		[]Value{first[0], all(0), all(1), all(2)})
	v := out[2]
	if logSpace {
		logs := lax.Neg(Exponential(first[1], nil, d))
		boost := lax.Select(lax.Or(boosted, lax.Eq(logs, zero)), all(0), lax.Mul(logs, lax.Div(one, given)))
		return lax.Add(lax.Add(lax.Log(dd), lax.Log(v)), boost)
	}
	samples := lax.Sub(one, unit(first[1], nil, d))
	boost := lax.Select(boosted, all(1), lax.Pow(samples, lax.Div(one, given)))
	return lax.Mul(lax.Mul(dd, v), boost)
}

// update takes the new state where pending, else the old.
func update(pending Value, old, next []Value) []Value {
	out := make([]Value, len(old))
	for i := range old {
		out[i] = lax.Select(pending, next[i], old[i])
	}
	return out
}

// gammaGrad is the derivative of a sample by its shape parameter.
func gammaGrad(sample, a Value, logSpace bool) Value {
	if !logSpace {
		return lax.RandomGammaGrad(a, sample)
	}
	// d log(s) = ds / s, where rounding of exp may have made s zero.
	s := lax.Exp(sample)
	tiny := jnp.FullLike(s, like(s, dtype.Limits(s.Aval().DType).Tiny), dtype.Invalid, nil)
	s = lax.Select(lax.Eq(s, like(s, 0)), tiny, s)
	return lax.Div(lax.RandomGammaGrad(a, s), s)
}

func init() {
	one := core.NewAval(dtype.KeyFry)
	randomGammaOp.Define(core.Rules[gammaParams]{
		Doc:      "Draws from gamma distributions.",
		Abstract: func(_ gammaParams, in []*core.Aval) []*core.Aval { return in[1:] },
		JVP: func(_ core.JVPCtx, p gammaParams, x, t []Value) ([]Value, []Value) {
			y := randomGammaOp.Bind1(p, x...)
			if t[1] == nil {
				return []Value{y}, []Value{nil}
			}
			return []Value{y}, []Value{lax.Mul(t[1], gammaGrad(y, x[1], p.LogSpace))}
		},
		Batch: func(c core.BatchCtx, p gammaParams, in []Value, dims []int) ([]Value, []int) {
			return randomGammaOp.Bind(p, lax.BatchToFront(c.Size(), in, dims)...), []int{0}
		},
		Lower: func(c core.LowerCtx, p gammaParams, in []stablehlo.Value) []stablehlo.Value {
			return c.Fn(func(in []Value) []Value { return []Value{gammaSamples(in[0], in[1], p.LogSpace)} }, in, c.In())
		},
		Samples: []core.Sample[gammaParams]{
			{Params: gammaParams{}, In: []*core.Aval{one, core.NewAval(dtype.Float32, 3)}},
			{Params: gammaParams{true}, In: []*core.Aval{one, core.NewAval(dtype.Float32, 3)}},
		},
	})

	// gamma and loggamma take key, a, shape, dtype.
	for _, name := range []string{"gamma", "loggamma"} {
		core.Export1("random."+name, "xxss", func(a *core.Args) Value {
			k := key(a)
			d := floatArg(a, "gamma", 3)
			alpha := a.X(1)
			shape, given := shapeArg(a, 2)
			if !given {
				shape = alpha.Aval().Shape
			}
			return Gamma(k, alpha, shape, d, name == "loggamma")
		})
	}
}
