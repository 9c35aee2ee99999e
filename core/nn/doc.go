// Package nn is jax.nn in Go: activations, softmax and its kin, attention.
//
// Like package numpy it follows JAX line by line, so that jaxprs and gradients are JAX's. Exports for Python are named
// "nn." and the name in JAX, with JAX's positional order of arguments, keyword-only ones after them. It knows nothing of
// transformations, compilation or Python objects.
package nn

import (
	"github.com/jaxgo/jaxgo/core"
	"github.com/jaxgo/jaxgo/core/dtype"
	"github.com/jaxgo/jaxgo/core/lax"
	"github.com/jaxgo/jaxgo/core/numpy"
)

// Value is short for core.Value in the formulas of this package.
type Value = core.Value

// number is a Python float, weakly typed.
func number(f float64) Value {
	return core.NewLiteral(dtype.Default(dtype.KindFloat, core.X64), complex(f, 0), true)
}

// integer is a Python int, weakly typed.
func integer(i int) Value {
	return core.NewIntLiteral(dtype.Default(dtype.KindInt, core.X64), int64(i), true)
}

// call1 records f as a call of a function with the given name.
func call1(name string, f func(x Value) Value, x Value) Value {
	return numpy.Call(name, "nn", func(in []Value) []Value { return []Value{f(in[0])} }, x)[0]
}

// A customJVP is a function of one operand that JAX gives a derivative of its own.
type customJVP struct {
	name string
	f    func(x Value) Value
	// d is the tangent of y = f(x) for the tangent g.
	d      func(g, y, x Value) Value
	jaxprs map[customKey]*core.ClosedJaxpr
}

// A customKey is what a function's jaxpr depends on.
type customKey struct {
	aval *core.Aval
	x64  bool
	mode dtype.Mode
}

// JVP is the rule.
func (c *customJVP) JVP(x, dx []Value) (y, dy []Value) {
	z := c.call(x[0])
	if dx[0] == nil {
		return []Value{z}, []Value{nil}
	}
	return []Value{z}, []Value{c.d(dx[0], z, x[0])}
}

func (c *customJVP) call(x Value) Value {
	key := customKey{x.Aval(), core.X64, numpy.PromotionMode}
	j := c.jaxprs[key]
	if j == nil {
		j = core.MakeJaxpr("custom_jvp", c.name, []*core.Aval{key.aval}, func(in []Value) []Value {
			return []Value{call1(c.name, c.f, in[0])}
		})
		if c.jaxprs == nil {
			c.jaxprs = map[customKey]*core.ClosedJaxpr{}
		}
		c.jaxprs[key] = j
	}
	return lax.CustomJVPCall(lax.CustomJVPParams{CallJaxpr: j, Jvp: "jvp", Name: c.name, Rule: c}, nil, []Value{x})[0]
}
