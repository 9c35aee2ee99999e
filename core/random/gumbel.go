package random

import (
	"math"

	"github.com/jaxgo/jaxgo/core"
	"github.com/jaxgo/jaxgo/core/dtype"
	"github.com/jaxgo/jaxgo/core/lax"
	jnp "github.com/jaxgo/jaxgo/core/numpy"
)

// HighDynamicRangeGumbel is the configuration's jax_high_dynamic_range_gumbel: the default mode of gumbel is "high". Compiled
// calls depend on it: caches are to be cleared when it changes.
var HighDynamicRangeGumbel bool

// gumbelMode is JAX's default for a mode that is None, here "".
func gumbelMode(mode string) string {
	switch mode {
	case "":
		if HighDynamicRangeGumbel {
			return "high"
		}
		return "low"
	case "highest", "high", "low":
		return mode
	}
	core.Errorf(core.ValueError, "Must provide valid mode for gumbel got: %s", mode)
	return ""
}

// Gumbel draws from the standard Gumbel distribution. Mode "high" and "highest" spend more bits, for more values far out.
func Gumbel(key Value, shape []int, d DType, mode string) Value {
	if !d.IsFloating() {
		core.Errorf(core.ValueError, "dtype argument to `gumbel` must be a float dtype, got %s", d.Name())
	}
	mode = gumbelMode(mode)
	return call("_gumbel", statics(shape, d, mode), func(in []Value) Value { return gumbel(in[0], shape, d, mode) }, key)
}

func gumbel(key Value, shape []int, d DType, mode string) Value {
	info := dtype.Limits(d)
	negLog := func(x Value) Value { return jnp.Negative(jnp.Log(x)) }
	// fromSmall is -log(-log(1-x)), exact for small x.
	fromSmall := func(x Value) Value { return negLog(jnp.Negative(jnp.Log1p(jnp.Negative(x)))) }
	two := append([]int{2}, shape...)
	switch {
	case d == dtype.Float32 && mode == "highest":
		bits := lax.RandomBits(key, 32, two)
		neg := lax.Not(bits)
		lo := at(neg, 1)
		carry := stack(jnp.AsType(lax.Eq(lo, word(dtype.Uint32, math.MaxUint32)), dtype.Uint32), full(shape, word(dtype.Uint32, 1)))
		neg = lax.Add(neg, carry) // 1 - bits, as 64-bit fixed point
		flip := lax.Lt(at(bits, 0), word(dtype.Uint32, 1<<31))
		x := fixedToFloat(jnp.Where(flip, bits, neg))
		return jnp.Where(flip, fromSmall(x), negLog(negLog(x)))
	case mode != "low":
		hl := lax.Unstack(Uniform(key, two, d, weak(0), weak(1)))
		high, low := hl[0], hl[1]
		finer := jnp.Add(jnp.Add(high, jnp.Multiply(weak(math.Ldexp(1, -info.Nmant)), low)), number(d, info.Tiny))
		return fromSmall(jnp.Where(jnp.GreaterEqual(high, weak(0.5)), high, finer))
	}
	return negLog(negLog(Uniform(key, shape, d, number(d, info.Tiny), weak(1))))
}

// stack joins two arrays along a new leading axis.
func stack(x, y Value) Value {
	return lax.Concatenate([]Value{lax.ExpandDims(x, 0), lax.ExpandDims(y, 0)}, 0)
}

// fixedToFloat makes a float32 of a number in [0, 1) given as 64 bits in two words: JAX's _safe_int_to_float.
func fixedToFloat(bits Value) Value {
	u := func(x uint64) Value { return word(dtype.Uint32, x) }
	clz := lax.Unstack(lax.Clz(bits))
	words := lax.Unstack(bits)
	hiclz, loclz, hi, lo := clz[0], clz[1], words[0], words[1]
	mantissa := lax.Or(lax.ShiftLeft(hi, hiclz), jnp.Where(jnp.Equal(hiclz, weakInt(32)),
		lax.ShiftLeft(lo, loclz), lax.ShiftRightLogical(lo, jnp.Subtract(weakInt(32), hiclz))))
	mantissa = lax.And(lax.ShiftRightLogical(mantissa, u(8)), u(1<<23-1))
	zeros := jnp.Where(jnp.Equal(hiclz, weakInt(32)), jnp.Add(weakInt(32), loclz), hiclz)
	exp := lax.ShiftLeft(jnp.Subtract(weakInt(126), zeros), u(23))
	exp = lax.And(exp, u(1<<30-1<<22))
	return lax.BitcastConvertType(lax.Or(exp, mantissa), dtype.Float32)
}

func init() {
	// gumbel takes key, shape, dtype, mode.
	core.Export1("random.gumbel", "xsss", func(a *core.Args) Value {
		k := key(a)
		d := floatArg(a, "gumbel", 2)
		return Gumbel(k, shapeOr(a, 1), d, a.Str(3))
	})
}
