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

// greatest is the maximum along axes, which stay with size 1.
func greatest(x Value, axis []int, where, initial Value) Value {
	return jnp.Max(x, jnp.Reduction{Axis: axis, Keepdims: true, Where: where, Initial: initial})
}

// total is the sum along axes, which stay with size 1.
func total(x Value, axis []int, where Value) Value {
	return jnp.Sum(x, jnp.Reduction{Axis: axis, Keepdims: true, Where: where})
}

// Softmax is exp(x) divided by its sum along axes, over the elements that where, which may be nil, is true for; the
// others are 0.
func Softmax(x Value, axis []int, where Value) Value {
	if !SoftmaxCustomJVP {
		return softmax(x, axis, where, minusInf(), lax.StopGradient)
	}
	c := &customSoftmax{axis, where != nil}
	in := []Value{x, minusInf()}
	if c.masked {
		in = []Value{x, where, minusInf()}
	}
	return c.call(in)
}

func softmax(x Value, axis []int, where, initial Value, stop func(Value) Value) Value {
	most := greatest(x, axis, where, initial)
	if where != nil {
		x = jnp.Where(where, x, initial)
	}
	e := jnp.Exp(jnp.Subtract(x, stop(most)))
	y := jnp.TrueDivide(e, total(e, axis, where))
	if where != nil {
		y = jnp.Where(where, y, integer(0))
	}
	return y
}

// A customSoftmax is softmax with the derivative y·(dx - Σ y·dx). Its operands are x, where if there is one, and what
// stands for elements that take no part.
type customSoftmax struct {
	axis   []int
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
		return []Value{softmax(x, c.axis, where, initial, func(v Value) Value { return v })}
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
	return []Value{z}, []Value{jnp.Multiply(z, jnp.Subtract(dx[0], total(jnp.Multiply(z, dx[0]), c.axis, where)))}
}

// LogSoftmax is the logarithm of Softmax.
func LogSoftmax(x Value, axis []int, where Value) Value {
	present, masked := []Value{x}, ""
	if where != nil {
		present, masked = append(present, where), "where"
	}
	return jnp.Call("log_softmax", fmt.Sprint(axis == nil, axis, masked), func(in []Value) []Value {
		if len(in) > 1 {
			return []Value{logSoftmax(in[0], axis, in[1])}
		}
		return []Value{logSoftmax(in[0], axis, nil)}
	}, present...)[0]
}

func logSoftmax(x Value, axis []int, where Value) Value {
	most := greatest(x, axis, where, minusInf())
	if where != nil {
		x = jnp.Where(where, x, minusInf())
	}
	shifted := jnp.Subtract(x, lax.StopGradient(most))
	y := jnp.Subtract(shifted, jnp.Log(total(jnp.Exp(shifted), axis, where)))
	if where != nil {
		y = jnp.Where(where, y, minusInf())
	}
	return y
}

// logmeanexp is the logarithm of the mean of exp(x).
func logmeanexp(x Value, axis []int, where Value, keepdims bool) Value {
	r := jnp.Reduction{Axis: axis, Keepdims: keepdims, Where: where}
	y, _ := jnp.Logsumexp(x, nil, r, false)
	d := y.Aval().DType
	var n Value
	if where != nil {
		n = jnp.Sum(jnp.BroadcastTo(where, x.Aval().Shape), jnp.Reduction{Axis: axis, DType: d, Keepdims: keepdims})
	} else {
		size := 1
		s := x.Aval().Shape
		if axis == nil {
			size = x.Aval().Size()
		}
		for _, a := range axis {
			size *= s[(a+len(s))%len(s)]
		}
		n = core.NewLiteral(d, complex(float64(size), 0), false)
	}
	return jnp.Subtract(y, jnp.Log(n))
}

// standardize shifts and scales x to mean 0 and variance 1 along axes; mean, variance, epsilon and where may be nil.
func standardize(x Value, axis []int, mean, variance, epsilon, where Value, algorithm string) Value {
	average := func(v Value) Value { return jnp.Mean(v, jnp.Reduction{Axis: axis, Keepdims: true, Where: where}) }
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
	core.Export1("nn.softmax", "xso", func(a *core.Args) Value { return Softmax(a.X(0), a.Ints(1), a.Opt(2)) })
	core.Export1("nn.log_softmax", "xso", func(a *core.Args) Value { return logSoftmax(a.X(0), a.Ints(1), a.Opt(2)) }).Jit("log_softmax")
	// x, axis, where, keepdims
	core.Export1("nn.logmeanexp", "xsos", func(a *core.Args) Value {
		return logmeanexp(a.X(0), a.Ints(1), a.Opt(2), a.Bool(3))
	}).Jit("logmeanexp")
	// x, axis, mean, variance, epsilon, where, algorithm
	core.Export1("nn.standardize", "xsoooos", func(a *core.Args) Value {
		algorithm := a.Str(6)
		if algorithm == "" {
			algorithm = "fast"
		}
		return standardize(a.X(0), a.Ints(1), a.Opt(2), a.Opt(3), a.Opt(4), a.Opt(5), algorithm)
	}).Jit("standardize")
}
