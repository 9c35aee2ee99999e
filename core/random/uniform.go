package random

import (
	"math"

	"github.com/jaxgo/jaxgo/core"
	"github.com/jaxgo/jaxgo/core/dtype"
	"github.com/jaxgo/jaxgo/core/lax"
	jnp "github.com/jaxgo/jaxgo/core/numpy"
)

var uintOf = map[int]DType{8: dtype.Uint8, 16: dtype.Uint16, 32: dtype.Uint32, 64: dtype.Uint64}

// Uniform draws from [lo, hi).
func Uniform(key Value, shape []int, d DType, lo, hi Value) Value {
	return call("_uniform", statics(shape, d), func(in []Value) Value { return uniform(in[0], in[1], in[2], shape, d) }, key, lo, hi)
}

// unit draws from [0, 1).
func unit(key Value, shape []int, d DType) Value { return Uniform(key, shape, d, weak(0), weak(1)) }

func uniform(key, lo, hi Value, shape []int, d DType) Value {
	shape = with(key.Aval().Shape, shape...) // gamma draws with arrays of keys
	toRank := func(x Value) Value {
		x = jnp.Convert(x, d, false)
		if n := len(shape) - x.Aval().Ndim(); n > 0 {
			return lax.Broadcast(x, ones(n))
		}
		return x
	}
	lo, hi = toRank(lo), toRank(hi)
	info := dtype.Limits(d)
	u, ok := uintOf[info.Bits]
	if !ok {
		core.Errorf(core.TypeError, "uniform only accepts 8-, 16-, 32-, or 64-bit dtypesgot %s.", d.Name())
	}
	width := info.Bits
	if info.Nmant < 8 {
		width = 8
	}
	// Random bits become the mantissa of a number in [1, 2).
	bits := jnp.Convert(lax.RandomBits(key, width, shape[key.Aval().Ndim():]), u, false)
	bits = lax.ShiftRightLogical(bits, word(u, uint64(width-info.Nmant)))
	bits = lax.Or(bits, word(u, oneBits(d)))
	floats := lax.Sub(lax.BitcastConvertType(bits, d), number(d, 1))
	return lax.Max(lo, lax.Reshape(jnp.Add(jnp.Multiply(floats, jnp.Subtract(hi, lo)), lo), shape))
}

// oneBits is the representation of 1 in a floating dtype.
func oneBits(d DType) uint64 {
	b := make([]byte, d.Size())
	dtype.PutScalar(d, b, 1, 0)
	var u uint64
	for i, x := range b {
		u |= uint64(x) << (8 * i)
	}
	return u
}

func ones(n int) []int {
	s := make([]int, n)
	for i := range s {
		s[i] = 1
	}
	return s
}

// Normal draws from the standard normal distribution; complex numbers have variance 1, half of it in each part.
func Normal(key Value, shape []int, d DType) Value {
	return call("_normal", statics(shape, d), func(in []Value) Value { return normal(in[0], shape, d) }, key)
}

func normal(key Value, shape []int, d DType) Value {
	if !d.IsComplex() {
		return normalReal(key, shape, d)
	}
	k1, k2 := split2(key)
	re := jnp.AsType(normalReal(k1, shape, d.Real()), d)
	im := jnp.AsType(normalReal(k2, shape, d.Real()), d)
	i := core.NewLiteral(dtype.Default(dtype.KindComplex, core.X64), 1i, true)
	return jnp.Divide(jnp.Add(re, jnp.Multiply(i, im)), number(d, math.Sqrt2))
}

func normalReal(key Value, shape []int, d DType) Value {
	return call("_normal_real", statics(shape, d), func(in []Value) Value {
		lo := number(d, dtype.Limits(d).EpsNeg-1) // the number next to -1
		return lax.Mul(number(d, math.Sqrt2), lax.ErfInv(Uniform(in[0], shape, d, lo, number(d, 1))))
	}, key)
}

// TruncatedNormal draws from the standard normal distribution between lower and upper.
func TruncatedNormal(key, lower, upper Value, shape []int, d DType) Value {
	return call("_truncated_normal", statics(shape, d), func(in []Value) Value {
		sqrt2 := number(d, math.Sqrt2)
		lower, upper := jnp.Convert(in[1], d, false), jnp.Convert(in[2], d, false)
		a, b := lax.Erf(lax.Div(lower, sqrt2)), lax.Erf(lax.Div(upper, sqrt2))
		out := lax.Mul(sqrt2, lax.ErfInv(Uniform(in[0], shape, d, a, b)))
		// Rounding, or a draw of a itself, must not leave the open interval.
		return jnp.Clip(out,
			lax.Nextafter(lax.StopGradient(lower), number(d, math.Inf(1))),
			lax.Nextafter(lax.StopGradient(upper), number(d, math.Inf(-1))))
	}, key, lower, upper)
}

// sampler is a distribution without parameters: JAX's function of key, shape and dtype that calls a jitted _name.
func sampler(name string, draw func(key Value, shape []int, d DType) Value) func(key Value, shape []int, d DType) Value {
	f := func(key Value, shape []int, d DType) Value {
		return call("_"+name, statics(shape, d), func(in []Value) Value { return draw(in[0], shape, d) }, key)
	}
	core.Export1("random."+name, "xss", func(a *core.Args) Value {
		k := key(a)
		d := floatArg(a, name, 2)
		return f(k, shapeOr(a, 1), d)
	})
	return f
}

// Distributions that take key, shape and dtype.
var (
	// Exponential has rate 1.
	Exponential = sampler("exponential", func(key Value, shape []int, d DType) Value {
		// log1p(-u) has the domain (0, 1], unlike log(u).
		return lax.Neg(lax.Log1p(lax.Neg(unit(key, shape, d))))
	})
	// Laplace has location 0 and scale 1.
	Laplace = sampler("laplace", func(key Value, shape []int, d DType) Value {
		u := Uniform(key, shape, d, number(d, dtype.Limits(d).EpsNeg-1), weak(1))
		return lax.Mul(lax.Sign(u), lax.Log1p(lax.Neg(lax.Abs(u))))
	})
	// LogisticSample has location 0 and scale 1.
	LogisticSample = sampler("logistic", func(key Value, shape []int, d DType) Value {
		x := Uniform(key, shape, d, number(d, dtype.Limits(d).Tiny), weak(1))
		return lax.Sub(lax.Log(x), lax.Log1p(lax.Neg(x)))
	})
	// Cauchy has location 0 and scale 1.
	Cauchy = sampler("cauchy", func(key Value, shape []int, d DType) Value {
		u := Uniform(key, shape, d, number(d, dtype.Limits(d).Eps), weak(1))
		return lax.Tan(lax.Mul(like(u, math.Pi), lax.Sub(u, like(u, 0.5))))
	})
	// Maxwell is the length of a vector of three normal components.
	Maxwell = sampler("maxwell", func(key Value, shape []int, d DType) Value {
		x := Normal(key, with(shape, 3), d)
		return call("norm", "", func(in []Value) Value {
			sq := lax.ReduceSum(jnp.Real(jnp.Multiply(in[0], jnp.Conjugate(in[0]))), []int{len(shape)})
			return jnp.Sqrt(sq)
		}, x)
	})
)

func init() {
	// bits takes key, shape, dtype.
	core.Export1("random.bits", "xss", func(a *core.Args) Value {
		k := key(a)
		d := dtypeOr(a, 2, dtype.Default(dtype.KindUint, core.X64))
		if !d.IsUnsigned() {
			core.Errorf(core.ValueError, "dtype argument to `bits` must be an unsigned int dtype, got %s", d.Name())
		}
		return lax.RandomBits(k, 8*d.Size(), shapeOr(a, 1))
	})
	// uniform takes key, shape, dtype, minval, maxval.
	core.Export1("random.uniform", "xssoo", func(a *core.Args) Value {
		k := key(a)
		d := floatArg(a, "uniform", 2)
		lo, hi := a.Opt(3), a.Opt(4)
		if lo == nil {
			lo = weak(0)
		}
		if hi == nil {
			hi = weak(1)
		}
		return Uniform(k, shapeOr(a, 1), d, lo, hi)
	})
	// normal takes key, shape, dtype.
	core.Export1("random.normal", "xss", func(a *core.Args) Value {
		k := key(a)
		shape := shapeOr(a, 1)
		return Normal(k, shape, inexactArg(a, "normal", 2))
	})
	// truncated_normal takes key, lower, upper, shape, dtype.
	core.Export1("random.truncated_normal", "xxxss", func(a *core.Args) Value {
		k := key(a)
		d := floatArg(a, "truncated_normal", 4)
		lower, upper := a.X(1), a.X(2)
		return TruncatedNormal(k, lower, upper, broadcastShape(a, "truncated_normal", 3, lower, upper), d)
	})
}
