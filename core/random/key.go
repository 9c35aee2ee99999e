package random

import (
	"encoding/binary"
	"strconv"
	"strings"

	"github.com/jaxgo/jaxgo/core"
	"github.com/jaxgo/jaxgo/core/dtype"
	"github.com/jaxgo/jaxgo/core/lax"
	jnp "github.com/jaxgo/jaxgo/core/numpy"
)

// Value is short for core.Value in the formulas of this package.
type Value = core.Value

// A DType is short for dtype.DType.
type DType = dtype.DType

// DefaultImpl is the key dtype of the configuration's jax_default_prng_impl. Compiled calls depend on it: caches are to be
// cleared when it changes.
var DefaultImpl = dtype.KeyFry

// CustomPRNG is the configuration's jax_enable_custom_prng: functions that derive keys return typed ones always.
var CustomPRNG bool

// LegacyKey says what is done when a raw key is given: the configuration's jax_legacy_prng_key.
var LegacyKey LegacyKeyMode

// A LegacyKeyMode allows raw keys, warns of them or refuses them.
type LegacyKeyMode int

// The modes of LegacyKey.
const (
	AllowLegacyKey LegacyKeyMode = iota
	WarnLegacyKey
	RefuseLegacyKey
)

const legacyKeyText = "Legacy uint32 key array passed as key to jax.random function. Please create keys using jax.random.key(). " +
	"If use of a raw key array was intended, set jax_legacy_prng_key=\"allow\"."

func checkLegacyKey() {
	switch {
	case LegacyKey == RefuseLegacyKey:
		core.Errorf(core.ValueError, "%s", legacyKeyText)
	case LegacyKey == WarnLegacyKey:
		jnp.Warn("UserWarning", legacyKeyText)
	case CustomPRNG:
		jnp.Warn("FutureWarning", "Raw arrays as random keys to jax.random functions are deprecated. Assuming valid threefry2x32 key for now.")
	}
}

// checkKey is JAX's _check_prng_key: the operand as a typed key, and whether it had to be wrapped.
func checkKey(name string, key Value, batched bool) (typed Value, wrapped bool) {
	a := key.Aval()
	if !a.DType.IsKey() {
		if l, ok := key.(*core.Literal); ok {
			core.Errorf(core.TypeError, "JAX encountered invalid PRNG key data: expected key_data to have ndim, shape, and dtype attributes. Got %s", l)
		}
		key, wrapped = lax.RandomWrap(key, DefaultImpl), true
		checkLegacyKey()
	}
	if !batched && key.Aval().Ndim() > 0 {
		core.Errorf(core.ValueError, "%s accepts a single key, but was given a key array of shape %s != (). Use jax.vmap for batching.", name, core.ShapeString(a.Shape))
	}
	return key, wrapped
}

// keyArg is argument 0 as a typed key.
func keyArg(a *core.Args, batched bool) (typed Value, wrapped bool) {
	if a.IsNone(0) {
		core.Errorf(core.TypeError, "unexpected PRNG key type <class 'NoneType'>")
	}
	switch g := &a.List[0]; g.Kind {
	case core.ArgStr:
		core.Errorf(core.TypeError, "unexpected PRNG key type <class 'str'>")
	case core.ArgSeq:
		class := "tuple"
		if g.List {
			class = "list"
		}
		core.Errorf(core.TypeError, "unexpected PRNG key type <class '%s'>", class)
	}
	return checkKey(strings.TrimPrefix(a.Fn.Name, "random."), a.X(0), batched)
}

// key is argument 0 as a single typed key.
func key(a *core.Args) Value {
	k, _ := keyArg(a, false)
	return k
}

// likeGiven unwraps a key whose source was raw words.
func likeGiven(wrapped bool, key Value) Value {
	if wrapped && !CustomPRNG {
		return lax.RandomUnwrap(key)
	}
	return key
}

// implArg is JAX's resolve_prng_impl of argument i: the name of a generator, a key dtype, or None.
func implArg(a *core.Args, i int) DType {
	if a.IsNone(i) {
		return DefaultImpl
	}
	switch g := &a.List[i]; g.Kind {
	case core.ArgStr:
		if d, ok := dtype.KeyFromImpl(g.S); ok {
			return d
		}
		core.Errorf(core.ValueError, `unrecognized PRNG implementation "%s". Did you mean one of: "threefry2x32", "rbg", "unsafe_rbg"?`, g.S)
	case core.ArgDType:
		if g.D.IsKey() {
			return g.D
		}
	}
	core.Errorf(core.TypeError, "unrecognized type %s for specifying PRNG implementation.", a.List[i].Describe())
	return dtype.Invalid
}

// Split derives an array of new keys.
func Split(key Value, shape ...int) Value { return lax.RandomSplit(key, shape) }

// split2 derives two keys and split3 three, as assigning to several names does in Python.
func split2(key Value) (Value, Value) {
	ks := lax.Unstack(Split(key, 2))
	return ks[0], ks[1]
}

func split3(key Value) (Value, Value, Value) {
	ks := lax.Unstack(Split(key, 3))
	return ks[0], ks[1], ks[2]
}

// SeedOffset is the configuration's jax_random_seed_offset: it is added to every seed.
var SeedOffset int64

// seeded is the key of a seed. A Python int is taken as 64 bits, of which only the low 32 are used unless 64-bit types are
// enabled, and needs no program.
func seeded(a *core.Args, raw bool) Value {
	name, d := strings.TrimPrefix(a.Fn.Name, "random."), implArg(a, 1)
	if g := &a.List[0]; (g.Kind == core.ArgInt || g.Kind == core.ArgBool) && g.D == dtype.Invalid {
		if g.Big {
			core.Errorf(core.OverflowError, "Python int too large to convert to C long")
		}
		seed := g.I + SeedOffset
		if core.IsEvaluating() && core.HostConstant != nil {
			core.GuardTransfer(seedLiteral(seed).Aval())
			return core.HostConstant(seedAval(d, raw), func(b []byte) { copy(b, seedWords(seed, d)) })
		}
		return maybeUnwrap(lax.RandomSeed(seedLiteral(seed), d), raw)
	}
	seed := a.X(0)
	switch t := seed.Aval(); {
	case t.DType.IsKey():
		core.Errorf(core.TypeError, "%s accepts a scalar seed, but was given a PRNG key.", name)
	case t.Ndim() > 0:
		core.Errorf(core.TypeError, "%s accepts a scalar seed, but was given an array of shape %s != (). Use jax.vmap for batching", name, core.ShapeString(t.Shape))
	}
	make := func(in []Value) []Value {
		seed := in[0]
		if SeedOffset != 0 {
			seed = jnp.Add(seed, core.NewIntLiteral(dtype.Default(dtype.KindInt, core.X64), SeedOffset, true))
		}
		return []Value{maybeUnwrap(lax.RandomSeed(seed, d), raw)}
	}
	if core.IsEvaluating() {
		return jnp.Call(name, statics(nil, d)+strconv.FormatInt(SeedOffset, 10), make, seed)[0]
	}
	return make([]Value{seed})[0]
}

func maybeUnwrap(key Value, raw bool) Value {
	if raw && !CustomPRNG {
		return lax.RandomUnwrap(key)
	}
	return key
}

func seedLiteral(seed int64) Value {
	d := dtype.Default(dtype.KindInt, core.X64)
	if d == dtype.Int32 {
		seed = int64(int32(seed))
	}
	return core.NewIntLiteral(d, seed, false)
}

func seedAval(d DType, raw bool) *core.Aval {
	if raw && !CustomPRNG {
		return core.NewAval(dtype.Uint32, d.KeyShape()...)
	}
	return core.NewAval(d)
}

// seedWords are the bytes of the key that random_seed makes of a seed: high word, low word, twice over for longer keys.
func seedWords(seed int64, d DType) []byte {
	high, low := uint32(uint64(seed)>>32), uint32(seed)
	if !core.X64 {
		high = 0
	}
	var b []byte
	for range d.KeyShape()[0] / 2 {
		b = binary.LittleEndian.AppendUint32(b, high)
		b = binary.LittleEndian.AppendUint32(b, low)
	}
	return b
}

func init() {
	// key and PRNGKey take seed, and impl: the name of a generator, a key dtype or None.
	core.Export1("random.key", "cs", func(a *core.Args) Value { return seeded(a, false) }).Direct()
	core.Export1("random.PRNGKey", "cs", func(a *core.Args) Value { return seeded(a, true) }).Direct()

	// split takes key, and num: an int or a shape.
	core.Export1("random.split", "xs", func(a *core.Args) Value {
		k, wrapped := keyArg(a, false)
		num := []int{2}
		if !a.IsNone(1) {
			if a.List[1].Kind == core.ArgFloat {
				core.Errorf(core.TypeError, "'float' object cannot be interpreted as an integer")
			}
			num = a.Ints(1)
		}
		return likeGiven(wrapped, lax.RandomSplit(k, num))
	})

	// fold_in takes key, data.
	core.Export1("random.fold_in", "xx", func(a *core.Args) Value {
		k, wrapped := keyArg(a, false)
		data := a.X(1)
		if t := data.Aval(); t.Ndim() > 0 {
			core.Errorf(core.TypeError, "fold_in accepts a scalar, but was given an array ofshape %s != (). Use jax.vmap for batching.", core.ShapeString(t.Shape))
		}
		if l, ok := data.(*core.Literal); ok && l.Aval().Weak && !l.Aval().DType.IsInexact() && (l.I < 0 || l.I > 1<<32-1) {
			core.Errorf(core.OverflowError, "Python integer %d out of bounds for uint32", l.I)
		}
		return likeGiven(wrapped, lax.RandomFoldIn(k, jnp.Convert(data, dtype.Uint32, false)))
	})

	core.Export1("random.key_data", "x", func(a *core.Args) Value {
		k, _ := keyArg(a, true)
		return lax.RandomUnwrap(k)
	})

	// wrap_key_data takes key_bits_array, and impl as key does.
	core.Export1("random.wrap_key_data", "xs", func(a *core.Args) Value { return lax.RandomWrap(a.X(0), implArg(a, 1)) })

	core.Export1("random.clone", "x", func(a *core.Args) Value { return lax.RandomClone(a.X(0)) })
}
