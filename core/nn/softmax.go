package nn

import (
	"fmt"
	"math"

	"github.com/jaxgo/jaxgo/core"
	"github.com/jaxgo/jaxgo/core/lax"
	jnp "github.com/jaxgo/jaxgo/core/numpy"
)

// SoftmaxCustomJVP is the configuration's jax_softmax_custom_jvp.
var SoftmaxCustomJVP bool

func minusInf() Value { return number(math.Inf(-1)) }

// Axes are given as reductions over them that say nothing else.
type axes = jnp.Reduction

// kept is the reduction along axes, which stay with size 1, over the elements that where, which may be nil, is true for.
func kept(over axes, where Value) jnp.Reduction {
	over.Keepdims, over.Where = true, where
	return over
}

// greatest is the maximum along axes, which stay with size 1.
func greatest(x Value, over axes, where, initial Value) Value {
	r := kept(over, where)
	r.Initial = initial
	return jnp.Max(x, r)
}

// total is the sum along axes, which stay with size 1.
func total(x Value, over axes, where Value) Value { return jnp.Sum(x, kept(over, where)) }

// Softmax is exp(x) divided by its sum along axes, over the elements that where, which may be nil, is true for; the
// others are 0.
func Softmax(x Value, axis []int, where Value) Value { return softmaxOver(x, axes{Axis: axis}, where) }

func softmaxOver(x Value, over axes, where Value) Value {
	if !SoftmaxCustomJVP {
		return softmax(x, over, where, minusInf(), lax.StopGradient)
	}
	c := &customSoftmax{over, where != nil}
	in := []Value{x, minusInf()}
	if c.masked {
		in = []Value{x, where, minusInf()}
	}
	return c.call(in)
}

func softmax(x Value, over axes, where, initial Value, stop func(Value) Value) Value {
	most := greatest(x, over, where, initial)
	if where != nil {
		x = jnp.Where(where, x, initial)
	}
	e := jnp.Exp(jnp.Subtract(x, stop(most)))
	y := jnp.TrueDivide(e, total(e, over, where))
	if where != nil {
		y = jnp.Where(where, y, integer(0))
	}
	return y
}

// A customSoftmax is softmax with the derivative y·(dx - Σ y·dx). Its operands are x, where if there is one, and what
// stands for elements that take no part.
type customSoftmax struct {
	over   axes
	masked bool
}

func (c *customSoftmax) operands(in []Value) (x, where, initial Value) {
	if c.masked {
		return in[0], in[1], in[2]
	}
	return in[0], nil, in[1]
}

func (c *customSoftmax) call(in []Value) Value {
	avals := make([]*core.Aval, len(in))
	for i, v := range in {
		avals[i] = v.Aval()
	}
	j := core.MakeJaxpr("custom_jvp", "_softmax", avals, func(in []Value) []Value {
		x, where, initial := c.operands(in)
		return []Value{softmax(x, c.over, where, initial, func(v Value) Value { return v })}
	})
	return lax.CustomJVPCall(lax.CustomJVPParams{CallJaxpr: j, Jvp: "_softmax_jvp", Name: "_softmax", Rule: c}, nil, in)[0]
}

// JVP is the rule.
func (c *customSoftmax) JVP(x, dx []Value) (y, dy []Value) {
	_, where, _ := c.operands(x)
	z := c.call(x)
	if dx[0] == nil {
		return []Value{z}, []Value{nil}
	}
	return []Value{z}, []Value{jnp.Multiply(z, jnp.Subtract(dx[0], total(jnp.Multiply(z, dx[0]), c.over, where)))}
}

// LogSoftmax is the logarithm of Softmax.
func LogSoftmax(x Value, axis []int, where Value) Value {
	present, masked := []Value{x}, ""
	if where != nil {
		present, masked = append(present, where), "where"
	}
	return jnp.Call("log_softmax", fmt.Sprint(axis == nil, axis, masked), func(in []Value) []Value {
		if len(in) > 1 {
			return []Value{logSoftmax(in[0], axes{Axis: axis}, in[1])}
		}
		return []Value{logSoftmax(in[0], axes{Axis: axis}, nil)}
	}, present...)[0]
}

func logSoftmax(x Value, over axes, where Value) Value {
	most := greatest(x, over, where, minusInf())
	if where != nil {
		x = jnp.Where(where, x, minusInf())
	}
	shifted := jnp.Subtract(x, lax.StopGradient(most))
	y := jnp.Subtract(shifted, jnp.Log(total(jnp.Exp(shifted), over, where)))
	if where != nil {
		y = jnp.Where(where, y, minusInf())
	}
	return y
}

// logmeanexp is the logarithm of the mean of exp(x).
func logmeanexp(x Value, r jnp.Reduction) Value {
	y, _ := jnp.Logsumexp(x, nil, r, false)
	return jnp.Subtract(y, jnp.Log(jnp.Counted(x, r, y.Aval().DType)))
}

// standardize shifts and scales x to mean 0 and variance 1 along axes; mean, variance, epsilon and where may be nil.
func standardize(x Value, over axes, mean, variance, epsilon, where Value, algorithm string) Value {
	average := func(v Value) Value { return jnp.Mean(v, kept(over, where)) }
	if mean == nil {
		mean = average(x)
	}
	if variance == nil {
		switch algorithm {
		case "stable":
			variance = average(jnp.Square(jnp.Subtract(x, mean)))
		case "fast":
			variance = jnp.Clip(jnp.Subtract(average(jnp.Square(x)), jnp.Square(mean)), integer(0), nil)
		default:
			core.Errorf(core.ValueError, "Unknown algorithm '%s'. Expected 'fast' or 'stable'.", algorithm)
		}
	}
	if epsilon == nil {
		epsilon = number(1e-5)
	}
	return jnp.Multiply(jnp.Subtract(x, mean), lax.Rsqrt(jnp.Add(variance, epsilon)))
}

func init() {
	// x, axis, where
	core.Export1("nn.softmax", "xso", func(a *core.Args) Value { return softmaxOver(a.X(0), jnp.OverArg(a, 1), a.Opt(2)) })
	core.Export1("nn.log_softmax", "xso", func(a *core.Args) Value { return logSoftmax(a.X(0), jnp.OverArg(a, 1), a.Opt(2)) }).Jit("log_softmax")
	// x, axis, where, keepdims
	core.Export1("nn.logmeanexp", "xsos", func(a *core.Args) Value {
		r := jnp.OverArg(a, 1)
		r.Where, r.Keepdims = a.Opt(2), a.Bool(3)
		return logmeanexp(a.X(0), r)
	}).Jit("logmeanexp")
	// x, axis, mean, variance, epsilon, where, algorithm
	core.Export1("nn.standardize", "xsoooos", func(a *core.Args) Value {
		algorithm := a.Str(6)
		if algorithm == "" {
			algorithm = "fast"
		}
		return standardize(a.X(0), jnp.OverArg(a, 1), a.Opt(2), a.Opt(3), a.Opt(4), a.Opt(5), algorithm)
	}).Jit("standardize")
}
