package lax

import (
	"slices"

	"github.com/jaxgo/jaxgo/core"
	"github.com/jaxgo/jaxgo/core/dtype"
	"github.com/jaxgo/jaxgo/core/stablehlo"
)

// Random keys. A key is an array element of a key dtype, which names its generator; what it lowers to are the words
// of the key on a trailing axis. The generators' operations on words are in rng_impl.go.

// An Impl is the generator of a key dtype; it prints as JAX's: fry, rbg, urbg.
type Impl dtype.DType

func (i Impl) String() string { return dtype.DType(i).KeyTag() }

type implParams struct{ Impl Impl }

type bitsParams struct {
	BitWidth int
	Shape    []int
}

type splitParams struct{ Shape []int }

// An Algorithm selects what rng_bit_generator runs.
type Algorithm int

// The algorithms of RngBitGenerator, numbered as in jax.lax.RandomAlgorithm.
const (
	RNGDefault  Algorithm = 0
	RNGThreeFry Algorithm = 1
	RNGPhilox   Algorithm = 2
)

func (a Algorithm) String() string {
	return [...]string{"RNG_DEFAULT", "RNG_THREE_FRY", "RNG_PHILOX"}[a]
}

func (a Algorithm) hlo() string { return [...]string{"DEFAULT", "THREE_FRY", "PHILOX"}[a] }

type rngBitsParams struct {
	Algorithm   Algorithm
	Dtype       dtype.DType
	OutSharding core.None
	Shape       []int
}

type shapeParams struct{ Shape []int }

var (
	threefryOp        = core.Declare[none]("threefry2x32")
	randomSeedOp      = core.Declare[implParams]("random_seed")
	randomWrapOp      = core.Declare[implParams]("random_wrap")
	randomUnwrapOp    = core.Declare[none]("random_unwrap")
	randomSplitOp     = core.Declare[splitParams]("random_split")
	randomFoldInOp    = core.Declare[none]("random_fold_in")
	randomBitsOp      = core.Declare[bitsParams]("random_bits")
	randomCloneOp     = core.Declare[none]("random_clone")
	rngBitGeneratorOp = core.Declare[rngBitsParams]("rng_bit_generator")
	rngUniformOp      = core.Declare[shapeParams]("rng_uniform")
)

// Threefry2x32 hashes the counters (x0, x1) under the keys (k0, k1), all of dtype uint32.
func Threefry2x32(k0, k1, x0, x1 Value) (y0, y1 Value) {
	y := threefryOp.Bind(none{}, k0, k1, x0, x1)
	return y[0], y[1]
}

// RandomSeed makes keys of dtype d from integers.
func RandomSeed(seeds Value, d dtype.DType) Value {
	return randomSeedOp.Bind1(implParams{Impl(d)}, seeds)
}

// RandomWrap makes keys of dtype d from their words.
func RandomWrap(words Value, d dtype.DType) Value {
	checkKeyData(words.Aval(), d)
	return randomWrapOp.Bind1(implParams{Impl(d)}, words)
}

// RandomUnwrap gives the words of keys.
func RandomUnwrap(keys Value) Value {
	if d := keys.Aval().DType; !d.IsKey() {
		core.Errorf(core.TypeError, "random_unwrap takes key array operand, got keys.dtype=dtype('%s')", d.Name())
	}
	return randomUnwrapOp.Bind1(none{}, keys)
}

// RandomSplit makes an array of new keys, of the given shape, from each key.
func RandomSplit(keys Value, shape []int) Value {
	return randomSplitOp.Bind1(splitParams{nonNil(shape)}, keys)
}

// RandomFoldIn derives new keys from keys and integers.
func RandomFoldIn(keys, msgs Value) Value { return randomFoldInOp.Bind1(none{}, keys, msgs) }

// RandomBits draws unsigned integers of bitWidth bits, an array of the given shape for each key.
func RandomBits(keys Value, bitWidth int, shape []int) Value {
	return randomBitsOp.Bind1(bitsParams{bitWidth, nonNil(shape)}, keys)
}

// RandomClone is keys, which may be used once more where reuse of keys is checked.
func RandomClone(keys Value) Value { return randomCloneOp.Bind1(none{}, keys) }

// RngBitGenerator runs XLA's generator on a state of four uint32 (or two uint64) words; it gives the new state and
// bits of dtype d.
func RngBitGenerator(key Value, shape []int, d dtype.DType, a Algorithm) (state, bits Value) {
	if !d.IsUnsigned() || d.Bits() < 8 {
		core.Errorf(core.TypeError, "rng_bit_generator: unsupported dtype %s", d.Name())
	}
	out := rngBitGeneratorOp.Bind(rngBitsParams{Algorithm: a, Dtype: d, Shape: nonNil(shape)}, key)
	return out[0], out[1]
}

// RngUniform draws numbers between a and b from XLA's stateful generator.
func RngUniform(a, b Value, shape []int) Value {
	return rngUniformOp.Bind1(shapeParams{nonNil(shape)}, a, b)
}

// Unstack gives x[0], x[1], … as iterating over an array does.
func Unstack(x Value) []Value {
	s := x.Aval().Shape
	out := make([]Value, s[0])
	for i := range out {
		lo, hi := make([]int, len(s)), slices.Clone(s)
		lo[0], hi[0] = i, i+1
		out[i] = Squeeze(sliceOp.Bind1(sliceParams{StartIndices: lo, LimitIndices: hi, Strides: ones(len(s))}, x), []int{0})
	}
	return out
}

func nonNil(shape []int) []int {
	if shape == nil {
		return []int{}
	}
	return shape
}

// checkKeyData is JAX's _check_prng_key_data.
func checkKeyData(a *core.Aval, d dtype.DType) {
	words := d.KeyShape()
	if a.Ndim() < 1 {
		core.Errorf(core.TypeError, "JAX encountered invalid PRNG key data: expected key_data.ndim >= 1; got ndim=%d", a.Ndim())
	}
	if !slices.Equal(a.Shape[a.Ndim()-1:], words) {
		core.Errorf(core.TypeError, "JAX encountered invalid PRNG key data: expected key_data.shape to end with %s; got shape=%s for impl=PRNGImpl(key_shape=%s, name='%s', tag='%s')",
			core.ShapeString(words), core.ShapeString(a.Shape), core.ShapeString(words), d.KeyImpl(), d.KeyTag())
	}
	if a.DType != dtype.Uint32 && a.DType != dtype.Float0 {
		core.Errorf(core.TypeError, "JAX encountered invalid PRNG key data: expected key_data.dtype = uint32; got dtype=%s", a.DType.Name())
	}
}

func checkKeys(name string, a *core.Aval) {
	if !a.DType.IsKey() {
		core.Errorf(core.TypeError, "%s takes key array operand, got dtype %s", name, a.DType.Name())
	}
}

// physical is the aval of the words of keys.
func physical(a *core.Aval) *core.Aval {
	return core.NewAval(dtype.Uint32, append(slices.Clone(a.Shape), a.DType.KeyShape()...)...)
}

func joined(a, b []int) []int { return append(slices.Clone(a), b...) }

// leading takes the elements lo to hi of the first axis.
func leading(x Value, lo, hi int) Value {
	s := x.Aval().Shape
	start, limit := make([]int, len(s)), slices.Clone(s)
	start[0], limit[0] = lo, hi
	return Slice(x, start, limit, nil)
}

func init() {
	key := core.NewAval(dtype.KeyFry)
	keys := core.NewAval(dtype.KeyFry, 3)
	u32 := core.NewAval(dtype.Uint32, 4)

	threefryOp.Define(core.Rules[none]{
		Doc: "The Threefry-2x32 hash.",
		Abstract: func(_ none, in []*core.Aval) []*core.Aval {
			for _, a := range in {
				if a.DType != dtype.Uint32 {
					core.Errorf(core.TypeError, "Arguments to threefry2x32 must have uint32 type, got %v", in)
				}
			}
			out := core.NewAval(dtype.Uint32, broadcastShape("threefry2x32", in)...)
			return []*core.Aval{out, out}
		},
		Batch: func(_ core.BatchCtx, p none, in []Value, dims []int) ([]Value, []int) {
			in, d := alignBatched(in, dims)
			return threefryOp.Bind(p, in...), []int{d, d}
		},
		Lower: func(c core.LowerCtx, _ none, in []stablehlo.Value) []stablehlo.Value {
			shape := c.Out()[0].Shape
			dims := iota(len(shape))
			x := broadcastOperands(c, in, shape)
			if len(c.In()[0].Shape) == 0 && len(c.In()[1].Shape) == 0 {
				x[0], x[1], dims = in[0], in[1], nil
			}
			y0, y1 := threefryHLO(c.B(), x[0], x[1], dims, x[2], x[3])
			return []stablehlo.Value{y0, y1}
		},
		Samples:           []core.Sample[none]{{In: []*core.Aval{core.NewAval(dtype.Uint32), core.NewAval(dtype.Uint32), u32, u32}}},
		NonDifferentiable: true,
	})

	randomSeedOp.Define(core.Rules[implParams]{
		Doc: "Makes random keys from integers.",
		Abstract: func(p implParams, in []*core.Aval) []*core.Aval {
			if !in[0].DType.IsInteger() {
				core.Errorf(core.TypeError, "PRNG key seed must be an integer; got %s", in[0].Name())
			}
			return []*core.Aval{core.NewAval(dtype.DType(p.Impl), in[0].Shape...)}
		},
		Batch: batchUnary(randomSeedOp),
		Lower: func(c core.LowerCtx, p implParams, in []stablehlo.Value) []stablehlo.Value {
			return []stablehlo.Value{generators[p.Impl].seed(c.B(), in[0], c.In()[0].DType)}
		},
		Samples:           []core.Sample[implParams]{{Params: implParams{Impl(dtype.KeyFry)}, In: []*core.Aval{core.NewAval(dtype.Int32, 2)}}},
		NonDifferentiable: true,
	})

	randomWrapOp.Define(core.Rules[implParams]{
		Doc: "Makes random keys from their words.",
		Abstract: func(p implParams, in []*core.Aval) []*core.Aval {
			d := dtype.DType(p.Impl)
			checkKeyData(in[0], d)
			return []*core.Aval{core.NewAval(d, in[0].Shape[:in[0].Ndim()-len(d.KeyShape())]...)}
		},
		Batch: func(_ core.BatchCtx, p implParams, in []Value, dims []int) ([]Value, []int) {
			return randomWrapOp.Bind(p, MoveAxis(in[0], dims[0], 0)), []int{0}
		},
		Lower:             func(_ core.LowerCtx, _ implParams, in []stablehlo.Value) []stablehlo.Value { return in },
		Samples:           []core.Sample[implParams]{{Params: implParams{Impl(dtype.KeyFry)}, In: []*core.Aval{core.NewAval(dtype.Uint32, 3, 2)}}},
		NonDifferentiable: true,
	})

	randomUnwrapOp.Define(core.Rules[none]{
		Doc: "The words of random keys.",
		Abstract: func(_ none, in []*core.Aval) []*core.Aval {
			checkKeys("random_unwrap", in[0])
			return []*core.Aval{physical(in[0])}
		},
		Batch:             batchUnary(randomUnwrapOp),
		Lower:             func(_ core.LowerCtx, _ none, in []stablehlo.Value) []stablehlo.Value { return in },
		Samples:           []core.Sample[none]{{In: []*core.Aval{keys}}},
		NonDifferentiable: true,
	})

	randomSplitOp.Define(core.Rules[splitParams]{
		Doc: "Derives arrays of new random keys.",
		Abstract: func(p splitParams, in []*core.Aval) []*core.Aval {
			checkKeys("random_split", in[0])
			return []*core.Aval{core.NewAval(in[0].DType, joined(in[0].Shape, p.Shape)...)}
		},
		Batch: batchUnary(randomSplitOp),
		Lower: func(c core.LowerCtx, p splitParams, in []stablehlo.Value) []stablehlo.Value {
			a := c.In()[0]
			return []stablehlo.Value{generators[Impl(a.DType)].split(c.B(), in[0], a.Shape, p.Shape)}
		},
		Samples:           []core.Sample[splitParams]{{Params: splitParams{[]int{2}}, In: []*core.Aval{key}}, {Params: splitParams{[]int{2, 1}}, In: []*core.Aval{keys}}},
		NonDifferentiable: true,
	})

	randomFoldInOp.Define(core.Rules[none]{
		Doc: "Derives new random keys from keys and integers.",
		Abstract: func(_ none, in []*core.Aval) []*core.Aval {
			checkKeys("random_fold_in", in[0])
			return []*core.Aval{core.NewAval(in[0].DType, broadcastShape("random_fold_in", in)...)}
		},
		Batch: batchBroadcasting(randomFoldInOp),
		Lower: func(c core.LowerCtx, _ none, in []stablehlo.Value) []stablehlo.Value {
			a := c.In()[0]
			data := in[1]
			if data.Type.Elem != "ui32" {
				data = c.B().Pretty("stablehlo.convert", "", data.Type.WithElem("ui32"), data)
			}
			return []stablehlo.Value{generators[Impl(a.DType)].foldIn(c.B(), in[0], a.Shape, data, c.Out()[0].Shape)}
		},
		Samples:           []core.Sample[none]{{In: []*core.Aval{key, core.NewAval(dtype.Uint32)}}, {In: []*core.Aval{keys, core.NewAval(dtype.Uint32, 3)}}},
		NonDifferentiable: true,
	})

	randomBitsOp.Define(core.Rules[bitsParams]{
		Doc: "Draws random bits.",
		Abstract: func(p bitsParams, in []*core.Aval) []*core.Aval {
			checkKeys("random_bits", in[0])
			d, ok := uintOf[p.BitWidth]
			if !ok {
				core.Errorf(core.TypeError, "requires 8-, 16-, 32- or 64-bit field width.")
			}
			return []*core.Aval{core.NewAval(d, joined(in[0].Shape, p.Shape)...)}
		},
		Batch: batchUnary(randomBitsOp),
		Lower: func(c core.LowerCtx, p bitsParams, in []stablehlo.Value) []stablehlo.Value {
			a := c.In()[0]
			return []stablehlo.Value{generators[Impl(a.DType)].bits(c.B(), in[0], a.Shape, c.Out()[0].HLO())}
		},
		Samples: []core.Sample[bitsParams]{
			{Params: bitsParams{32, []int{3}}, In: []*core.Aval{key}}, {Params: bitsParams{8, []int{2, 3}}, In: []*core.Aval{keys}},
			{Params: bitsParams{64, []int{}}, In: []*core.Aval{keys}},
		},
		NonDifferentiable: true,
	})

	randomCloneOp.Define(core.Rules[none]{
		Doc:               "The same random keys, for use once more.",
		Abstract:          func(_ none, in []*core.Aval) []*core.Aval { return in },
		Batch:             batchUnary(randomCloneOp),
		Lower:             func(_ core.LowerCtx, _ none, in []stablehlo.Value) []stablehlo.Value { return in },
		Samples:           []core.Sample[none]{{In: []*core.Aval{keys}}},
		NonDifferentiable: true,
	})

	rngBitGeneratorOp.Define(core.Rules[rngBitsParams]{
		Doc: "Draws bits with XLA's generator.",
		Abstract: func(p rngBitsParams, in []*core.Aval) []*core.Aval {
			a := in[0]
			if !(a.DType == dtype.Uint32 && sameShape(a.Shape, []int{4})) && !(a.DType == dtype.Uint64 && sameShape(a.Shape, []int{2})) {
				core.Errorf(core.TypeError, "rng_bit_generator takes a key of type uint32[4] or uint64[2], got %s", a.Name())
			}
			return []*core.Aval{a, core.NewAval(p.Dtype, p.Shape...)}
		},
		// XLA's generator has no batched form: the first key draws for all, and is the only one that advances.
		Batch: func(_ core.BatchCtx, p rngBitsParams, in []Value, dims []int) ([]Value, []int) {
			ks := MoveAxis(in[0], dims[0], 0)
			s := ks.Aval().Shape
			first := leading(ks, 0, 1)
			p.Shape = append([]int{s[0]}, p.Shape...)
			out := rngBitGeneratorOp.Bind(p, Reshape(first, s[1:]))
			state := Concatenate([]Value{Reshape(out[0], append([]int{1}, s[1:]...)), leading(ks, 1, s[0])}, 0)
			return []Value{state, out[1]}, []int{0, 0}
		},
		Lower: func(c core.LowerCtx, p rngBitsParams, in []stablehlo.Value) []stablehlo.Value {
			state, bits := xlaBits(c.B(), in[0], p.Algorithm, c.Out()[1].HLO())
			return []stablehlo.Value{state, bits}
		},
		Samples:           []core.Sample[rngBitsParams]{{Params: rngBitsParams{Dtype: dtype.Uint32, Shape: []int{3}}, In: []*core.Aval{u32}}},
		NonDifferentiable: true,
	})

	rngUniformOp.Define(core.Rules[shapeParams]{
		Doc: "Draws numbers with XLA's stateful generator.",
		Abstract: func(p shapeParams, in []*core.Aval) []*core.Aval {
			a, b := in[0], in[1]
			if a.DType != b.DType {
				core.Errorf(core.ValueError, "Arguments to rng_uniform must have identical dtypes, got %s and %s.", a.DType.Name(), b.DType.Name())
			}
			if len(a.Shape)+len(b.Shape) > 0 {
				core.Errorf(core.ValueError, "Arguments to rng_uniform must be scalars; got shapes %s and %s.", core.ShapeString(a.Shape), core.ShapeString(b.Shape))
			}
			return []*core.Aval{core.MakeAval(a.DType, p.Shape, a.Weak && b.Weak)}
		},
		Lower: func(c core.LowerCtx, p shapeParams, in []stablehlo.Value) []stablehlo.Value {
			t := stablehlo.NewType("i64", []int{len(p.Shape)})
			dense := stablehlo.List(p.Shape)
			if len(p.Shape) == 0 {
				dense = ""
			}
			shape := c.B().Constant(dense, t)
			return []stablehlo.Value{c.B().Pretty("stablehlo.rng", ", distribution = UNIFORM", c.Out()[0].HLO(), in[0], in[1], shape)}
		},
		Samples:           []core.Sample[shapeParams]{{Params: shapeParams{[]int{3}}, In: []*core.Aval{core.NewAval(dtype.Float32), core.NewAval(dtype.Float32)}}},
		NonDifferentiable: true,
	})

	// lax.rng_bit_generator(key, shape, dtype, algorithm: int) -> [state, bits]; lax.rng_uniform(a, b, shape).
	core.Export("lax.rng_bit_generator", "xsss", func(a *core.Args) []Value {
		d := a.DType(2)
		if d == dtype.Invalid {
			d = dtype.Uint32
		}
		state, bits := RngBitGenerator(a.X(0), a.Ints(1), d, Algorithm(a.IntOr(3, 0)))
		return []Value{state, bits}
	})
	core.Export1("lax.rng_uniform", "xxs", func(a *core.Args) Value { return RngUniform(a.X(0), a.X(1), a.Ints(2)) })
	// random.threefry_2x32 of two keys and counters, as the primitive takes them: (k0, k1, x0, x1) -> [y0, y1].
	core.Export("random.threefry2x32", "xxxx", func(a *core.Args) []Value {
		y0, y1 := Threefry2x32(a.X(0), a.X(1), a.X(2), a.X(3))
		return []Value{y0, y1}
	})
}
