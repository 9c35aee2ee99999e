package numpy

import (
	"math"
	"strconv"

	"github.com/jaxgo/jaxgo/core"
	"github.com/jaxgo/jaxgo/core/lax"
)

// A customJVP is a function whose derivative is not that of its formula: the formula meets 0/0 or inf - inf, or has
// branches that differentiation must not see.
type customJVP struct {
	name, rule string // as JAX names function and rule
	key        string // tells apart functions of one name
	f          func(in []Value) []Value
	jvp        func(x, dx []Value) (y, dy []Value)
}

// JVP is the rule.
func (c *customJVP) JVP(x, dx []Value) (y, dy []Value) { return c.jvp(x, dx) }

func (c *customJVP) call(in ...Value) []Value {
	j := traced("custom_jvp "+c.rule, c.key, c.f, in)
	return lax.CustomJVPCall(lax.CustomJVPParams{CallJaxpr: j, Jvp: c.rule, Name: c.name, Rule: c}, nil, in)
}

// logAddExp makes logaddexp and logaddexp2: log(exp(x) + exp(y)) to a base of which ln is the logarithm, exp being the
// base's exponential.
func logAddExp(name string, ln float64, exp unaryFunc) *customJVP {
	scaled := func(x, v Value) Value { // of a natural logarithm, the one to the base
		if ln == 1 {
			return v
		}
		return lax.Mul(constLike(x, 1/ln), v)
	}
	f := func(x, y Value) Value {
		if d := x.Aval().DType; !d.IsInexact() { // the integers without a float to promote to
			core.Errorf(core.ValueError, "%s requires floating-point or complex inputs; got %s", name, d.Name())
		}
		most := lax.Max(x, y)
		if !x.Aval().DType.IsComplex() {
			d := lax.Sub(x, y)
			infs, sum := isnan(d), lax.Add(x, y) // inf - inf
			return lax.Select(infs, sum, lax.Add(most, scaled(most, lax.Log1p(exp(lax.Neg(lax.Abs(d)))))))
		}
		d := lax.Sub(lax.Add(x, y), lax.Mul(most, constLike(most, 2)))
		out := lax.Add(most, scaled(most, lax.Log1p(exp(d))))
		return lax.Complex(lax.Real(out), wrapBetween(lax.Imag(out), math.Pi/ln))
	}
	c := &customJVP{name: name, rule: "_" + name + "_jvp", f: func(in []Value) []Value { return []Value{f(in[0], in[1])} }}
	c.jvp = func(x, dx []Value) (y, dy []Value) {
		y = c.call(x...)
		part := func(i int) Value { return lax.Mul(dx[i], exp(lax.Sub(dropInf(x[i]), dropInf(y[0])))) }
		return y, []Value{lax.Add(part(0), part(1))}
	}
	return c
}

// wrapBetween is x modulo 2a, within -a to a.
func wrapBetween(x Value, a float64) Value {
	rem := lax.Rem(lax.Add(x, constLike(x, a)), constLike(x, 2*a))
	rem = lax.Select(lax.Lt(rem, constLike(x, 0)), lax.Add(rem, constLike(x, 2*a)), rem)
	return lax.Sub(rem, constLike(x, a))
}

// dropInf replaces infinity by 0.
func dropInf(x Value) Value {
	re := x
	if x.Aval().DType.IsComplex() {
		re = lax.Real(x)
	}
	return lax.Select(lax.Eq(re, constLike(re, math.Inf(1))), fullLike(x, 0), x)
}

var (
	logAddExpE = logAddExp("logaddexp", 1, lax.Exp)
	logAddExp2 = logAddExp("logaddexp2", math.Ln2, lax.Exp2)
)

func logaddexp(x, y Value) Value { return logAddExpE.call(x, y)[0] }

func logaddexp2(x, y Value) Value { return logAddExp2.call(x, y)[0] }

func sinc(x Value) Value {
	x = PromoteDTypesInexact(x)[0]
	is0 := lax.Eq(x, constLike(x, 0))
	px := lax.Mul(constLike(x, math.Pi), x)
	safe := Where(is0, constLike(x, 1), px)
	return Where(is0, sincMaclaurin(0).call(px)[0], lax.Div(lax.Sin(safe), safe))
}

var maclaurin []*customJVP

// sincMaclaurin is the k-th term of the series of sin(x)/x at 0: its derivatives there come from the terms that follow.
func sincMaclaurin(k int) *customJVP {
	for len(maclaurin) <= k {
		n := len(maclaurin)
		c := &customJVP{name: "_sinc_maclaurin", rule: "_sinc_maclaurin_jvp", key: strconv.Itoa(n)}
		c.f = func(in []Value) []Value {
			x := in[0]
			y := Multiply(x, integer(0))
			if n%2 == 0 {
				sign := float64(1 - n%4)
				y = Add(y, constLike(x, sign/float64(n+1)))
			}
			return []Value{y}
		}
		c.jvp = func(x, dx []Value) (y, dy []Value) {
			return c.call(x...), []Value{Multiply(sincMaclaurin(n + 1).call(x...)[0], dx[0])}
		}
		maclaurin = append(maclaurin, c)
	}
	return maclaurin[k]
}

// Recursion through the rule's own function is set up in init, which Go asks for.
var frexpOp, i0Op customJVP

func init() {
	frexpOp = customJVP{name: "_frexp", rule: "_frexp_jvp", f: func(in []Value) []Value { return frexpBits(in[0]) },
		jvp: func(x, dx []Value) (y, dy []Value) {
			m, e := Frexp(x[0])
			return []Value{m, e}, []Value{Multiply(dx[0], Exp2(Negative(AsType(e, dx[0].Aval().DType)))), nil}
		}}
	i0Op = customJVP{name: "_i0", rule: "_i0_jvp", f: func(in []Value) []Value {
		a := lax.Abs(in[0])
		return []Value{lax.Mul(lax.Exp(a), lax.BesselI0e(a))}
	},
		jvp: func(x, dx []Value) (y, dy []Value) {
			// That of the formula, but for the |x| in it: the derivative at 0 is 0.
			a := lax.Abs(x[0])
			da := lax.Mul(dx[0], lax.Sign(x[0]))
			e, b := lax.Exp(a), lax.BesselI0e(a)
			de := lax.Mul(da, e)
			db := lax.Mul(da, lax.Sub(lax.BesselI1e(a), lax.Mul(lax.Sign(a), b)))
			d := lax.Add(lax.Mul(de, b), lax.Mul(e, db))
			return []Value{lax.Mul(e, b)}, []Value{Where(Equal(x[0], integer(0)), number(0), d)}
		}}
}

func frexpRule(x Value) []Value { return frexpOp.call(x) }

func i0(x Value) Value {
	x = PromoteInexact1("i0", x)
	if !x.Aval().DType.IsFloating() {
		core.Errorf(core.ValueError, "Unsupported input type to jax.numpy.i0: %s", x.Aval().DType.Name())
	}
	return i0Op.call(x)[0]
}
