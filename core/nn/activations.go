package nn

import (
	"math"

	"github.com/jaxgo/jaxgo/core"
	"github.com/jaxgo/jaxgo/core/dtype"
	"github.com/jaxgo/jaxgo/core/lax"
	jnp "github.com/jaxgo/jaxgo/core/numpy"
)

var (
	relu     = customJVP{name: "relu"}
	relu6    = customJVP{name: "relu6"}
	log1mexp = customJVP{name: "log1mexp"}
)

// Relu is max(x, 0), with gradient 0 at 0.
func Relu(x Value) Value { return relu.call(x) }

// Relu6 is x limited to the interval from 0 to 6, with gradient 0 at its ends.
func Relu6(x Value) Value { return relu6.call(x) }

// Log1mexp is log(1 - exp(-x)), accurate for small and for large x.
func Log1mexp(x Value) Value { return log1mexp.call(x) }

// Softplus is log(1 + exp(x)).
func Softplus(x Value) Value { return call1("softplus", softplus, x) }

// Sigmoid is 1 / (1 + exp(-x)).
func Sigmoid(x Value) Value { return lax.Logistic(x) }

// Silu is x·sigmoid(x).
func Silu(x Value) Value { return call1("silu", silu, x) }

// Elu is x where it is positive, alpha·(exp(x) - 1) elsewhere.
func Elu(x, alpha Value) Value {
	return jnp.Call("elu", "nn", func(in []Value) []Value { return []Value{elu(in[0], in[1])} }, x, alpha)[0]
}

// HardSigmoid is relu6(x + 3) / 6.
func HardSigmoid(x Value) Value { return call1("hard_sigmoid", hardSigmoid, x) }

func softplus(x Value) Value { return jnp.Logaddexp(x, integer(0)) }

func silu(x Value) Value { return jnp.Multiply(x, Sigmoid(x)) }

func hardSigmoid(x Value) Value { return jnp.TrueDivide(Relu6(jnp.Add(x, number(3))), number(6)) }

func squareplus(x, b Value) Value {
	return jnp.TrueDivide(jnp.Add(x, jnp.Sqrt(jnp.Add(jnp.Square(x), b))), integer(2))
}

func sparsePlus(x Value) Value {
	low, high := jnp.LessEqual(x, number(-1)), jnp.GreaterEqual(x, number(1))
	curve := jnp.TrueDivide(jnp.IntegerPower(jnp.Add(x, number(1)), 2), integer(4))
	return jnp.Where(low, number(0), jnp.Where(high, x, curve))
}

func sparseSigmoid(x Value) Value {
	return jnp.Multiply(number(0.5), jnp.Clip(jnp.Add(x, number(1)), number(0), number(2)))
}

func softSign(x Value) Value { return jnp.TrueDivide(x, jnp.Add(jnp.Absolute(x), integer(1))) }

func mish(x Value) Value { return jnp.Multiply(x, jnp.Tanh(Softplus(x))) }

func logSigmoid(x Value) Value { return jnp.Negative(Softplus(jnp.Negative(x))) }

func elu(x, alpha Value) Value {
	positive, safe := jnp.Greater(x, integer(0)), jnp.Where(jnp.Greater(x, integer(0)), number(0), x)
	return jnp.Where(positive, x, jnp.Multiply(alpha, jnp.Expm1(safe)))
}

func celu(x, alpha Value) Value {
	return jnp.Add(jnp.Maximum(x, number(0)), jnp.Multiply(alpha, jnp.Expm1(jnp.TrueDivide(jnp.Minimum(x, number(0)), alpha))))
}

func selu(x Value) Value {
	const alpha, scale = 1.6732632423543772848170429916717, 1.0507009873554804934193349852946
	return jnp.Multiply(number(scale), Elu(x, number(alpha)))
}

func leakyRelu(x, slope Value) Value {
	return jnp.Where(jnp.GreaterEqual(x, integer(0)), x, jnp.Multiply(slope, x))
}

func hardTanh(x Value) Value {
	return jnp.Where(jnp.Greater(x, integer(1)), integer(1), jnp.Where(jnp.Less(x, integer(-1)), integer(-1), x))
}

func hardSilu(x Value) Value { return jnp.Multiply(x, HardSigmoid(x)) }

// Gelu is x·Φ(x), with Φ the distribution function of the normal distribution, or an approximation of it by tanh.
func Gelu(x Value, approximate bool) Value {
	x = jnp.PromoteInexact1("gelu", x)
	constant := func(f float64) Value { return core.NewLiteral(x.Aval().DType, complex(f, 0), false) }
	if !approximate {
		half := jnp.Multiply(number(0.5), x)
		y := jnp.Multiply(half, lax.Erfc(jnp.Multiply(jnp.Negative(x), constant(math.Sqrt(0.5)))))
		return lax.Copy(jnp.AsType(y, x.Aval().DType))
	}
	inner := jnp.Add(x, jnp.Multiply(number(0.044715), jnp.IntegerPower(x, 3)))
	cdf := jnp.Multiply(number(0.5), jnp.Add(number(1), jnp.Tanh(jnp.Multiply(constant(math.Sqrt(2/math.Pi)), inner))))
	return jnp.Multiply(x, cdf)
}

func glu(x Value, axis int) Value {
	s := x.Aval().Shape
	if axis < -len(s) || axis >= len(s) {
		core.Errorf(core.IndexError, "tuple index out of range")
	}
	n := s[(axis+len(s))%len(s)]
	if n%2 != 0 {
		core.Errorf(core.AssertionError, "axis size must be divisible by 2")
	}
	halves := jnp.Split(x, []int{n / 2}, axis)
	return jnp.Multiply(halves[0], Sigmoid(halves[1]))
}

// OneHot is x with a new axis, along which there is a one at the place that x names, zeros elsewhere.
func OneHot(x Value, classes int, d jnp.DType, axis int) Value {
	key := string(core.NewIntLiteral(dtype.Int64, int64(classes), false).Bytes()) + string(core.NewIntLiteral(dtype.Int64, int64(axis), false).Bytes()) + string(byte(d))
	return jnp.Call("_one_hot", key, func(in []Value) []Value { return []Value{oneHot(in[0], classes, d, axis)} }, x)[0]
}

func oneHot(x Value, classes int, d jnp.DType, axis int) Value {
	n := x.Aval().Ndim() + 1
	if axis < -n || axis >= n {
		core.Errorf(core.ValueError, "axis %d is out of bounds for array of dimension %d", axis, n)
	}
	at := (axis + n) % n
	shape := make([]int, n)
	for i := range shape {
		shape[i] = 1
	}
	shape[at] = classes
	wanted := lax.ExpandDims(x, axis)
	return jnp.AsType(jnp.Equal(wanted, lax.BroadcastedIota(x.Aval().DType, shape, at)), d)
}

func init() {
	positive := func(x Value) Value { return jnp.Greater(x, integer(0)) }
	relu.f = func(x Value) Value { return jnp.Maximum(x, integer(0)) }
	relu.d = func(g, _, x Value) Value { return lax.Select(positive(x), g, lax.FullLike(g, 0)) }
	relu6.f = func(x Value) Value { return jnp.Minimum(jnp.Maximum(x, integer(0)), number(6)) }
	relu6.d = func(g, _, x Value) Value {
		return lax.Select(jnp.BitwiseAnd(positive(x), jnp.Less(x, integer(6))), g, lax.FullLike(g, 0))
	}
	log1mexp.f = func(x Value) Value { // log 2 is where the two formulas are equally accurate
		c := jnp.Log(number(2))
		near := jnp.Less(x, c)
		return jnp.Where(near, jnp.Log(jnp.Negative(jnp.Expm1(jnp.Negative(x)))), jnp.Log1p(jnp.Negative(jnp.Exp(jnp.Negative(x)))))
	}
	log1mexp.d = func(g, _, x Value) Value { return jnp.TrueDivide(g, jnp.Expm1(x)) }

	// x; inline in jaxprs
	for name, f := range map[string]func(Value) Value{"relu": Relu, "relu6": Relu6, "log1mexp": Log1mexp, "sigmoid": Sigmoid} {
		core.Export1("nn."+name, "x", func(a *core.Args) Value { return f(a.X(0)) })
	}
	// x; calls in jaxprs
	for name, f := range map[string]func(Value) Value{
		"identity": func(x Value) Value { return x }, "softplus": softplus, "sparse_plus": sparsePlus, "soft_sign": softSign,
		"sparse_sigmoid": sparseSigmoid, "silu": silu, "mish": mish, "log_sigmoid": logSigmoid, "selu": selu,
		"hard_tanh": hardTanh, "hard_sigmoid": hardSigmoid, "hard_silu": hardSilu,
	} {
		core.Export1("nn."+name, "x", func(a *core.Args) Value { return f(a.X(0)) }).Jit(name)
	}
	// x and b, alpha or negative_slope, None for its default, which is then part of the jaxpr as in JAX
	for name, f := range map[string]struct {
		f      func(x, y Value) Value
		preset func() Value
	}{
		"squareplus": {squareplus, func() Value { return integer(4) }},
		"elu":        {elu, func() Value { return number(1) }},
		"celu":       {celu, func() Value { return number(1) }},
		"leaky_relu": {leakyRelu, func() Value { return number(0.01) }},
	} {
		core.Export1("nn."+name, "xo", func(a *core.Args) Value {
			y := a.Opt(1)
			if y == nil {
				y = f.preset()
			}
			return f.f(a.X(0), y)
		}).Jit(name)
	}
	// x, approximate
	core.Export1("nn.gelu", "xs", func(a *core.Args) Value { return Gelu(a.X(0), a.Bool(1)) })
	// x, axis
	core.Export1("nn.glu", "xs", func(a *core.Args) Value { return glu(a.X(0), a.IntOr(1, -1)) }).Jit("glu")
	// x, num_classes, dtype, axis; dtype is not None
	core.Export1("nn.one_hot", "xsss", func(a *core.Args) Value {
		return oneHot(a.X(0), a.Int(1), a.DType(2), a.IntOr(3, -1))
	}).Jit("_one_hot")
}
