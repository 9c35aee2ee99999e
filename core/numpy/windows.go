package numpy

import (
	"math"

	"github.com/jaxgo/jaxgo/core"
	"github.com/jaxgo/jaxgo/core/lax"
)

// window makes the function that evaluates f at 0, 1, …, m-1, in the default float; windows of at most one element are
// all ones.
func window(f func(n Value, m int) Value) func(m int) Value {
	return func(m int) Value {
		d := defaultFloat()
		if m <= 1 {
			return lax.Full([]int{m}, literal(d, 1))
		}
		return f(lax.Iota(d, m), m)
	}
}

// cosine is cos(k·π·n/(m-1)).
func cosine(k float64, n Value, m int) Value {
	return Cos(TrueDivide(Multiply(number(k*math.Pi), n), integer(m-1)))
}

var (
	// Blackman, Bartlett, Hamming and Hanning are windows of m elements.
	Blackman = window(func(n Value, m int) Value {
		return Add(Subtract(number(0.42), Multiply(number(0.5), cosine(2, n, m))), Multiply(number(0.08), cosine(4, n, m)))
	})
	Bartlett = window(func(n Value, m int) Value {
		rise := Absolute(Subtract(Add(Multiply(integer(2), n), integer(1)), integer(m)))
		return Subtract(integer(1), TrueDivide(rise, integer(m-1)))
	})
	Hamming = window(func(n Value, m int) Value {
		return Subtract(number(0.54), Multiply(number(0.46), cosine(2, n, m)))
	})
	Hanning = window(func(n Value, m int) Value {
		return Multiply(number(0.5), Subtract(integer(1), cosine(2, n, m)))
	})
)

// Kaiser is the Kaiser window of m elements with parameter beta.
func Kaiser(m int, beta Value) Value {
	return window(func(n Value, m int) Value {
		alpha := 0.5 * float64(m-1)
		r := IntegerPower(TrueDivide(Subtract(n, number(alpha)), number(alpha)), 2)
		return TrueDivide(I0(Multiply(beta, Sqrt(Subtract(integer(1), r)))), I0(beta))
	})(m)
}

func init() {
	// M
	for name, f := range map[string]func(int) Value{"blackman": Blackman, "bartlett": Bartlett, "hamming": Hamming, "hanning": Hanning} {
		core.Export1("jnp."+name, "s", func(a *core.Args) Value { return f(a.Int(0)) })
	}
	// M, beta
	core.Export1("jnp.kaiser", "sx", func(a *core.Args) Value { return Kaiser(a.Int(0), a.X(1)) })
}
