package random

import (
	"math"

	"github.com/jaxgo/jaxgo/core"
	"github.com/jaxgo/jaxgo/core/dtype"
	"github.com/jaxgo/jaxgo/core/lax"
	jnp "github.com/jaxgo/jaxgo/core/numpy"
)

// Randint draws integers from [lo, hi); where that is empty, lo.
func Randint(key Value, shape []int, lo, hi Value, d DType) Value {
	if !d.IsInteger() {
		core.Errorf(core.TypeError, "randint only accepts integer dtypes, got %s", d.Name())
	}
	sampled, info := d, dtype.Limits(d)
	if info.Bits < 32 { // narrow integers are drawn as 32 bits, with less bias
		sampled = dtype.Int32
		clip := func(x Value, most int64) Value {
			return jnp.Clip(jnp.AsType(x, dtype.Int32), weakInt(info.MinInt), weakInt(most))
		}
		lo, hi = clip(lo, int64(info.MaxInt)), clip(hi, int64(info.MaxInt)+1)
	}
	out := call("_randint", statics(shape, sampled), func(in []Value) Value { return randint(in[0], in[1], in[2], shape, sampled) }, key, lo, hi)
	return jnp.AsType(out, d)
}

func randint(key, lo, hi Value, shape []int, d DType) Value {
	checkShape("randint", shape, lo.Aval().Shape, hi.Aval().Shape)
	toInt := func(x Value) Value {
		if !x.Aval().DType.IsInteger() {
			return jnp.AsType(x, defaultInt())
		}
		return x
	}
	lo, hi = toInt(lo), toInt(hi)
	// randint(key, shape, 0, 256, uint8) must give 255 too.
	beyond := lax.Gt(hi, clipInteger(greatest(d), hi.Aval().DType))
	toRank := func(x Value) Value {
		x = clipInteger(x, d)
		if n := len(shape) - x.Aval().Ndim(); n > 0 {
			return lax.Broadcast(x, ones(n))
		}
		return x
	}
	lo, hi = toRank(lo), toRank(hi)
	bits := dtype.Limits(d).Bits
	u, ok := uintOf[bits]
	if !ok {
		core.Errorf(core.TypeError, "randint only accepts 8-, 16-, 32-, or 64-bit dtypes, got %s", d.Name())
	}
	// Twice as many bits as the dtype has are reduced modulo the span, which biases the result less.
	k1, k2 := split2(key)
	high, low := lax.RandomBits(k1, bits, shape), lax.RandomBits(k2, bits, shape)
	span := jnp.Convert(jnp.Subtract(hi, lo), u, false)
	span = lax.Select(jnp.LessEqual(hi, lo), full(span.Aval().Shape, word(u, 1)), span)
	// A span of all values wraps to 0, and remainders by 0 leave what they divide, as is wanted.
	span = lax.Select(jnp.BitwiseAnd(beyond, jnp.Greater(hi, lo)), lax.Add(span, word(u, 1)), span)
	// 2^bits mod span, by (a·b) mod n = ((a mod n)·(b mod n)) mod n.
	factor := lax.Rem(word(u, 1<<(bits/2)), span)
	factor = lax.Rem(lax.Mul(factor, factor), span)
	offset := lax.Add(lax.Mul(lax.Rem(high, span), factor), lax.Rem(low, span))
	offset = lax.Rem(offset, span)
	return lax.Add(lo, jnp.Convert(offset, d, false))
}

func greatest(d DType) Value { return word(d, dtype.Limits(d).MaxInt) }

// clipInteger converts to an integer dtype, clipping to its range where astype wraps.
func clipInteger(x Value, d DType) Value {
	from, to := x.Aval().DType, dtype.Limits(d)
	own := dtype.Limits(from)
	least, most := max(own.MinInt, to.MinInt), min(own.MaxInt, to.MaxInt)
	return jnp.AsType(jnp.Clip(x, core.NewIntLiteral(from, least, false), word(from, most)), d)
}

// Shuffle permutes x along an axis, each vector along it by itself.
func Shuffle(key, x Value, axis int) Value {
	return call("_shuffle", statics([]int{axis}, dtype.Invalid), func(in []Value) Value { return shuffle(in[0], in[1], axis) }, key, x)
}

// shuffle sorts by random 32-bit keys, as often as makes it likely that all elements got different sequences of keys.
func shuffle(key, x Value, axis int) Value {
	const exponent = 3
	a := x.Aval()
	rounds := int(math.Ceil(exponent * math.Log(float64(max(1, a.Size()))) / math.Log(math.MaxUint32)))
	for range rounds {
		var sub Value
		key, sub = split2(key)
		x = lax.Sort([]Value{lax.RandomBits(sub, 32, a.Shape), x}, axis, true, 1)[1]
	}
	return x
}

// PermutationOf shuffles the numbers below n.
func PermutationOf(key Value, n int) Value {
	return Shuffle(key, jnp.Arange(0, n, defaultInt()), 0)
}

// Permutation shuffles x along an axis: as a whole, or independently each vector along it.
func Permutation(key, x Value, axis int, independent bool) Value {
	if independent || x.Aval().Ndim() == 1 {
		return Shuffle(key, x, axis)
	}
	order := Shuffle(key, jnp.Arange(0, x.Aval().Shape[axis], defaultInt()), 0)
	return take(x, order, axis, true)
}

// normAxis is JAX's canonicalize_axis.
func normAxis(axis, ndim int) int {
	if axis < -ndim || axis >= ndim {
		core.Errorf(core.ValueError, "axis %d is out of bounds for array of dimension %d", axis, ndim)
	}
	if axis < 0 {
		axis += ndim
	}
	return axis
}

// count is argument i where it is an int and not an array of axes: how many numbers to take from. ok is false for arrays.
func count(a *core.Args, i int, name, where string) (n int, ok bool) {
	switch g := &a.List[i]; g.Kind {
	case core.ArgInt, core.ArgBool:
		return int(g.I), true
	case core.ArgFloat, core.ArgComplex:
		core.Errorf(core.TypeError, "x must be an integer or at least 1-dimensional")
	case core.ArgValue:
		t := g.V.Aval()
		if t.Ndim() > 0 {
			return 0, false
		}
		if !t.DType.IsInteger() && name == "permutation" {
			core.Errorf(core.TypeError, "x must be an integer or at least 1-dimensional")
		}
		core.Errorf(core.ConcretizationTypeError, "Abstract tracer value encountered where concrete value is expected: traced array with shape %s\n%s", t.Name(), where)
	default:
		core.Errorf(core.TypeError, "%s requires ndarray or scalar arguments, got %s at position 0.", name, g.Describe())
	}
	return 0, false
}

func init() {
	// randint takes key, shape, minval, maxval, dtype.
	core.Export1("random.randint", "xsxxs", func(a *core.Args) Value {
		k := key(a)
		d := dtypeOr(a, 4, defaultInt())
		return Randint(k, shapeOr(a, 1), a.X(2), a.X(3), d)
	})
	// permutation takes key, x, axis, independent. x is an array with axes, or a Python int.
	core.Export1("random.permutation", "xcss", func(a *core.Args) Value {
		k := key(a)
		n, isInt := count(a, 1, "permutation", "argument x of jax.random.permutation()")
		axis := a.IntOr(2, 0)
		if isInt {
			normAxis(axis, 1)
			return PermutationOf(k, n)
		}
		x := a.X(1)
		return Permutation(k, x, normAxis(axis, x.Aval().Ndim()), a.Bool(3))
	})
}
