package random

import (
	"github.com/jaxgo/jaxgo/core"
	"github.com/jaxgo/jaxgo/core/dtype"
	"github.com/jaxgo/jaxgo/core/lax"
	jnp "github.com/jaxgo/jaxgo/core/numpy"
)

// A family is a distribution with parameters: JAX's function of key, parameters, shape and dtype that calls a jitted
// _name on them.
type family struct {
	name   string
	params int
	// draw gets the parameters in d.
	draw func(key Value, p []Value, shape []int, d DType) Value
	// complex allows complex dtypes; inline has no call of its own in jaxprs.
	complex, inline bool
	// broadcast gives the parameters the shape of the result beforehand.
	broadcast bool
}

func (f family) sample(key Value, shape []int, d DType, params ...Value) Value {
	draw := func(in []Value) Value {
		p := make([]Value, len(in)-1)
		for i, x := range in[1:] {
			p[i] = jnp.Convert(x, d, false)
			if f.broadcast {
				p[i] = jnp.BroadcastTo(p[i], shape)
			}
		}
		return f.draw(in[0], p, shape, d)
	}
	operands := append([]Value{key}, params...)
	if f.inline {
		return draw(operands)
	}
	return call("_"+f.name, statics(shape, d), draw, operands...)
}

func (f family) export() family {
	spec := "x"
	for range f.params {
		spec += "x"
	}
	core.Export1("random."+f.name, spec+"ss", func(a *core.Args) Value {
		k := key(a)
		d := dtype.Invalid
		if f.complex {
			d = inexactArg(a, f.name, f.params+2)
		} else {
			d = floatArg(a, f.name, f.params+2)
		}
		params := make([]Value, f.params)
		for i := range params {
			params[i] = a.X(i + 1)
		}
		shape := broadcastShape(a, f.name, f.params+1, params...)
		checkSafe(f.name, d, params...)
		return f.sample(k, shape, d, params...)
	})
	return f
}

func logGamma(key, a Value, shape []int, d DType) Value { return Gamma(key, a, shape, d, true) }

// The families; Python's arguments are key, the parameters, shape and dtype.
var (
	_ = family{name: "beta", params: 2, broadcast: true, draw: func(key Value, p []Value, shape []int, d DType) Value {
		ka, kb := split2(key)
		a, b := logGamma(ka, p[0], shape, d), logGamma(kb, p[1], shape, d)
		// Gamma variates are scaled by the greater one: either may underflow.
		most := lax.Max(a, b)
		a, b = jnp.Exp(jnp.Subtract(a, most)), jnp.Exp(jnp.Subtract(b, most))
		return jnp.Divide(a, jnp.Add(a, b))
	}}.export()
	_ = family{name: "pareto", params: 1, draw: func(key Value, p []Value, shape []int, d DType) Value {
		return lax.Exp(jnp.Divide(Exponential(key, shape, d), p[0]))
	}}.export()
	_ = family{name: "t", params: 1, draw: func(key Value, p []Value, shape []int, d DType) Value {
		kn, kg := split2(key)
		n := Normal(kn, shape, d)
		half := lax.Div(p[0], like(n, 2))
		g := Gamma(kg, half, shape, d, false)
		return jnp.Multiply(n, jnp.Sqrt(jnp.Divide(half, g)))
	}}.export()
	chisquareFamily = family{name: "chisquare", params: 1, draw: func(key Value, p []Value, shape []int, d DType) Value {
		two := like(p[0], 2)
		return lax.Mul(jnp.Exp(logGamma(key, lax.Div(p[0], two), shape, d)), two)
	}}.export()
	_ = family{name: "f", params: 2, draw: func(key Value, p []Value, shape []int, d DType) Value {
		kd, kn := split2(key)
		n := chisquareFamily.sample(kn, shape, d, p[0])
		m := chisquareFamily.sample(kd, shape, d, p[1])
		return lax.Div(lax.Div(n, p[0]), lax.Div(m, p[1]))
	}}.export()
	_ = family{name: "rayleigh", params: 1, broadcast: true, draw: func(key Value, p []Value, shape []int, d DType) Value {
		logs := lax.Log(unit(key, shape, d))
		return lax.Mul(p[0], lax.Sqrt(lax.Mul(logs, like(p[0], -2))))
	}}.export()
	_ = family{name: "wald", params: 1, broadcast: true, draw: func(key Value, p []Value, shape []int, d DType) Value {
		mul, div := jnp.Multiply, jnp.Divide
		k1, k2 := split2(key)
		mean := p[0]
		v, z := Normal(k1, shape, d), unit(k2, shape, d)
		y := lax.IntegerPow(v, 2)
		ySq, meanSq := lax.IntegerPow(y, 2), lax.IntegerPow(mean, 2)
		root := lax.Sqrt(jnp.Add(mul(mul(weakInt(4), mean), y), mul(meanSq, ySq)))
		x := jnp.Subtract(jnp.Add(mean, div(mul(meanSq, y), weakInt(2))), mul(div(mean, weakInt(2)), root))
		return lax.Select(lax.Le(z, div(mean, jnp.Add(mean, x))), x, div(meanSq, x))
	}}.export()
	_ = family{name: "triangular", params: 3, broadcast: true, inline: true, draw: func(key Value, p []Value, shape []int, d DType) Value {
		left, mode, right := p[0], p[1], p[2]
		sub, mul := jnp.Subtract, jnp.Multiply
		fc := jnp.Divide(sub(mode, left), sub(right, left))
		u := unit(key, shape, d)
		low := jnp.Add(left, lax.Sqrt(mul(mul(u, sub(right, left)), sub(mode, left))))
		high := sub(right, lax.Sqrt(mul(mul(sub(weakInt(1), u), sub(right, left)), sub(right, mode))))
		return lax.Select(jnp.Less(u, fc), low, high)
	}}.export()
	_ = family{name: "lognormal", params: 1, complex: true, inline: true, draw: func(key Value, p []Value, shape []int, d DType) Value {
		return lax.Exp(jnp.Multiply(Normal(key, shape, d), p[0]))
	}}.export()
)

// Dirichlet draws from the simplex; the last axis of alpha holds the concentrations.
func Dirichlet(key, alpha Value, shape []int, given bool, d DType) Value {
	s := alpha.Aval().Shape
	if len(s) == 0 {
		core.Errorf(core.ValueError, "dirichlet requires alpha.ndim >= 1, got alpha.ndim == 0")
	}
	batch, n := s[:len(s)-1], s[len(s)-1]
	if !given {
		shape = batch
	} else {
		checkShape("dirichlet", shape, batch)
	}
	return call("_dirichlet", statics(shape, d), func(in []Value) Value {
		alpha := jnp.Convert(in[1], d, false)
		logs := logGamma(in[0], alpha, with(shape, n), d)
		// softmax over the last axis; its greatest logit is subtracted as a constant.
		last := jnp.Reduction{Axis: []int{len(shape)}, Keepdims: true}
		most := lax.StopGradient(jnp.Max(logs, last))
		e := jnp.Exp(jnp.Subtract(logs, most))
		return jnp.Divide(e, jnp.Sum(e, last))
	}, key, alpha)
}

// DoubleSidedMaxwell draws from the Maxwell distribution with random signs, scaled and moved.
func DoubleSidedMaxwell(key, loc, scale Value, shape []int, d DType) Value {
	return call("_double_sided_maxwell", statics(shape, d), func(in []Value) Value {
		key, loc, scale := in[0], in[1], in[2]
		params := jnp.BroadcastShapes(loc.Aval().Shape, scale.Aval().Shape)
		draws := shape
		if len(draws) == 0 {
			draws = params
		}
		draws = with(draws, params...)
		km, kr := split2(key)
		x := Maxwell(km, draws, d)
		sign := Rademacher(kr, draws, d)
		return jnp.Add(jnp.Multiply(jnp.Multiply(sign, x), scale), loc)
	}, key, loc, scale)
}

// WeibullMin draws from the Weibull distribution.
func WeibullMin(key, scale, concentration Value, shape []int, d DType) Value {
	return call("_weibull_min", statics(shape, d), func(in []Value) Value {
		u := Uniform(in[0], shape, d, weakInt(0), weakInt(1))
		x := jnp.Power(jnp.Negative(jnp.Log1p(jnp.Negative(u))), jnp.Divide(weak(1), in[2]))
		return jnp.Multiply(x, in[1])
	}, key, scale, concentration)
}

// GeneralizedNormal has a density proportional to exp(-|x|^p).
func GeneralizedNormal(key, p Value, shape []int, d DType) Value {
	return call("_generalized_normal", statics(shape, d), func(in []Value) Value {
		keys := Split(in[0], 2)
		inverse := func() Value { return jnp.Divide(weakInt(1), in[1]) }
		g := Gamma(at(keys, 0), inverse(), shape, d, false)
		r := Rademacher(at(keys, 1), shape, d)
		return jnp.Multiply(r, jnp.Power(g, inverse()))
	}, key, p)
}

// Ball draws from the unit ball of d dimensions under the p-norm.
func Ball(key, p Value, dim int, shape []int, d DType) Value {
	return call("_ball", statics(with(shape, dim), d), func(in []Value) Value {
		k1, k2 := split2(in[0])
		p := in[1]
		g := GeneralizedNormal(k1, p, with(shape, dim), d)
		e := Exponential(k2, shape, d)
		norm := jnp.Sum(jnp.Power(jnp.Absolute(g), p), jnp.Reduction{Axis: []int{len(shape)}})
		norm = jnp.Power(jnp.Add(norm, e), jnp.Divide(weakInt(1), p))
		return jnp.Divide(g, lax.ExpandDims(norm, len(shape)))
	}, key, p)
}

func init() {
	// dirichlet takes key, alpha, shape, dtype.
	core.Export1("random.dirichlet", "xxss", func(a *core.Args) Value {
		k := key(a)
		d := floatArg(a, "dirichlet", 3)
		shape, given := shapeArg(a, 2)
		return Dirichlet(k, a.X(1), shape, given, d)
	})
	// double_sided_maxwell takes key, loc, scale, shape, dtype.
	core.Export1("random.double_sided_maxwell", "xxxss", func(a *core.Args) Value {
		k := key(a)
		d := floatArg(a, "double_sided_maxwell", 4)
		return DoubleSidedMaxwell(k, a.X(1), a.X(2), shapeOr(a, 3), d)
	})
	// weibull_min takes key, scale, concentration, shape, dtype.
	core.Export1("random.weibull_min", "xxxss", func(a *core.Args) Value {
		k := key(a)
		d := floatArg(a, "weibull_min", 4)
		return WeibullMin(k, a.X(1), a.X(2), shapeOr(a, 3), d)
	})
	// generalized_normal takes key, p, shape, dtype.
	core.Export1("random.generalized_normal", "xxss", func(a *core.Args) Value {
		k := key(a)
		return GeneralizedNormal(k, a.X(1), shapeOr(a, 2), floatArg(a, "gamma", 3))
	})
	// ball takes key, d, p, shape, dtype.
	core.Export1("random.ball", "xsxss", func(a *core.Args) Value {
		k := key(a)
		return Ball(k, a.X(2), a.Int(1), shapeOr(a, 3), floatArg(a, "gamma", 4))
	})
}
