package lax

import (
	"slices"

	"github.com/jaxgo/jaxgo/core/dtype"
	"github.com/jaxgo/jaxgo/core/stablehlo"
)

// A generator is what a key dtype's operations lower to. keys are the words of an array of keys, of which shape is the
// shape without the trailing axis. JAX maps its operations over arrays of keys with vmap; here they work on the whole
// array, and give the numbers that the mapped ones do.
type generator struct {
	// seed makes keys of integers of dtype d.
	seed func(b *stablehlo.Builder, seeds stablehlo.Value, d dtype.DType) stablehlo.Value
	// split derives num new keys of each.
	split func(b *stablehlo.Builder, keys stablehlo.Value, shape, num []int) stablehlo.Value
	// foldIn derives new keys from keys and uint32 data, which broadcast to out.
	foldIn func(b *stablehlo.Builder, keys stablehlo.Value, shape []int, data stablehlo.Value, out []int) stablehlo.Value
	// bits draws unsigned integers; the leading axes of out are shape.
	bits func(b *stablehlo.Builder, keys stablehlo.Value, shape []int, out *stablehlo.Type) stablehlo.Value
}

var generators = map[Impl]generator{
	Impl(dtype.KeyFry):       {seedWords, frySplit, fryFoldIn, fryBits},
	Impl(dtype.KeyRbg):       {rbgSeed, rbgSplit, rbgFoldIn, rbgBits},
	Impl(dtype.KeyUnsafeRbg): {rbgSeed, unsafeSplit, unsafeFoldIn, rbgBits},
}

var uintOf = map[int]dtype.DType{8: dtype.Uint8, 16: dtype.Uint16, 32: dtype.Uint32, 64: dtype.Uint64}

// word takes word i of keys.
func word(b *stablehlo.Builder, keys stablehlo.Value, i int) stablehlo.Value {
	s := keys.Type.Shape
	n := len(s) - 1
	one := joined(s[:n], []int{1})
	at := sliceHLO(b, keys, joined(make([]int, n), []int{i}), joined(s[:n], []int{i + 1}), ones(n+1), one)
	return reshapeHLO(b, at, s[:n])
}

// joinWords makes an array of keys of their words.
func joinWords(b *stablehlo.Builder, words ...stablehlo.Value) stablehlo.Value {
	s := words[0].Type.Shape
	parts := make([]stablehlo.Value, len(words))
	for i, w := range words {
		parts[i] = reshapeHLO(b, w, joined(s, []int{1}))
	}
	return b.Op("stablehlo.concatenate", "dimension = "+itoa(len(s))+" : i64", nil, parts, words[0].Type.WithShape(joined(s, []int{len(words)})))[0]
}

func reshapeHLO(b *stablehlo.Builder, v stablehlo.Value, shape []int) stablehlo.Value {
	if sameShape(v.Type.Shape, shape) {
		return v
	}
	return b.Pretty("stablehlo.reshape", "", v.Type.WithShape(shape), v)
}

func sliceHLO(b *stablehlo.Builder, v stablehlo.Value, lo, hi, by, out []int) stablehlo.Value {
	attrs := "limit_indices = " + stablehlo.Ints(hi) + ", start_indices = " + stablehlo.Ints(lo) + ", strides = " + stablehlo.Ints(by)
	return b.Op("stablehlo.slice", attrs, nil, []stablehlo.Value{v}, v.Type.WithShape(out))[0]
}

// seedWords makes two words of an integer: its high half, zero unless it has 64 bits, and its low half. Narrower ones
// are sign-extended.
func seedWords(b *stablehlo.Builder, seeds stablehlo.Value, d dtype.DType) stablehlo.Value {
	low := convertHLO(b, seeds, "ui32")
	high := b.Constant("0", low.Type)
	if d.Bits() == 64 {
		shifted := b.Elementwise("stablehlo.shift_right_logical", seeds.Type, seeds, b.Constant("32", seeds.Type))
		high = convertHLO(b, shifted, "ui32")
	}
	return joinWords(b, high, low)
}

// hashCounts hashes the numbers of the elements of an array of the shape num under each key.
func hashCounts(b *stablehlo.Builder, k0, k1 stablehlo.Value, shape, num []int) (y0, y1 stablehlo.Value) {
	hi, lo := iota2x32(b, num)
	out, dims := joined(shape, num), shifted(iota(len(num)), len(shape))
	return threefryHLO(b, k0, k1, iota(len(shape)), broadcastAlong(b, hi, out, dims), broadcastAlong(b, lo, out, dims))
}

func frySplit(b *stablehlo.Builder, keys stablehlo.Value, shape, num []int) stablehlo.Value {
	y0, y1 := hashCounts(b, word(b, keys, 0), word(b, keys, 1), shape, num)
	return joinWords(b, y0, y1)
}

// foldIn hashes data as a counter.
func foldIn(b *stablehlo.Builder, k0, k1, data stablehlo.Value, out []int) (y0, y1 stablehlo.Value) {
	dims := iota(len(k0.Type.Shape))
	if len(dims) > 0 {
		k0, k1, dims = broadcastHLO(b, k0, out), broadcastHLO(b, k1, out), iota(len(out))
	}
	data = broadcastHLO(b, data, out)
	return threefryHLO(b, k0, k1, dims, b.Constant("0", data.Type), data)
}

func fryFoldIn(b *stablehlo.Builder, keys stablehlo.Value, shape []int, data stablehlo.Value, out []int) stablehlo.Value {
	y0, y1 := foldIn(b, word(b, keys, 0), word(b, keys, 1), data, out)
	return joinWords(b, y0, y1)
}

func fryBits(b *stablehlo.Builder, keys stablehlo.Value, shape []int, out *stablehlo.Type) stablehlo.Value {
	y0, y1 := hashCounts(b, word(b, keys, 0), word(b, keys, 1), shape, out.Shape[len(shape):])
	if out.Elem == "ui64" {
		high := b.Elementwise("stablehlo.shift_left", out, convertHLO(b, y0, out.Elem), b.Constant("32", out))
		return b.Elementwise("stablehlo.or", out, high, convertHLO(b, y1, out.Elem))
	}
	return convertHLO(b, b.Elementwise("stablehlo.xor", y0.Type, y0, y1), out.Elem)
}

// The rbg generators hold two threefry keys in one, and draw with XLA's generator.

func rbgSeed(b *stablehlo.Builder, seeds stablehlo.Value, d dtype.DType) stablehlo.Value {
	half := seedWords(b, seeds, d)
	s := slices.Clone(half.Type.Shape)
	s[len(s)-1] = 4
	return b.Op("stablehlo.concatenate", "dimension = "+itoa(len(s)-1)+" : i64", nil, []stablehlo.Value{half, half}, half.Type.WithShape(s))[0]
}

func rbgSplit(b *stablehlo.Builder, keys stablehlo.Value, shape, num []int) stablehlo.Value {
	y0, y1 := hashCounts(b, word(b, keys, 0), word(b, keys, 1), shape, num)
	y2, y3 := hashCounts(b, word(b, keys, 2), word(b, keys, 3), shape, num)
	return joinWords(b, y0, y1, y2, y3)
}

func rbgFoldIn(b *stablehlo.Builder, keys stablehlo.Value, shape []int, data stablehlo.Value, out []int) stablehlo.Value {
	y0, y1 := foldIn(b, word(b, keys, 0), word(b, keys, 1), data, out)
	y2, y3 := foldIn(b, word(b, keys, 2), word(b, keys, 3), data, out)
	return joinWords(b, y0, y1, y2, y3)
}

// firstKey is the key that draws for an array of keys: XLA's generator has no batched form.
func firstKey(b *stablehlo.Builder, keys stablehlo.Value) stablehlo.Value {
	s := keys.Type.Shape
	n := len(s) - 1
	if n == 0 {
		return keys
	}
	first := joined(ones(n), s[n:])
	return reshapeHLO(b, sliceHLO(b, keys, make([]int, n+1), first, ones(n+1), first), s[n:])
}

func rbgBits(b *stablehlo.Builder, keys stablehlo.Value, shape []int, out *stablehlo.Type) stablehlo.Value {
	_, bits := xlaBits(b, firstKey(b, keys), RNGDefault, out)
	return bits
}

// xlaBits draws bits from a state of four uint32 words, which are two of uint64 to XLA, and gives the new state.
func xlaBits(b *stablehlo.Builder, key stablehlo.Value, a Algorithm, out *stablehlo.Type) (state, bits stablehlo.Value) {
	narrow := key.Type.Elem == "ui32"
	pairs, u64 := stablehlo.NewType("ui32", []int{2, 2}), stablehlo.NewType("ui64", []int{2})
	if narrow {
		key = b.Pretty("stablehlo.bitcast_convert", "", u64, reshapeHLO(b, key, pairs.Shape))
	}
	y := b.Op("stablehlo.rng_bit_generator", "rng_algorithm = #stablehlo<rng_algorithm "+a.hlo()+">", nil, []stablehlo.Value{key}, u64, out)
	if narrow {
		y[0] = reshapeHLO(b, b.Pretty("stablehlo.bitcast_convert", "", pairs, y[0]), []int{4})
	}
	return y[0], y[1]
}

// tenth draws 10 keys for each one wanted and keeps one: ten rounds of drawing take the place of a hash.
func tenth(b *stablehlo.Builder, key stablehlo.Value, shape []int, num, at int) stablehlo.Value {
	n := len(shape)
	_, drawn := xlaBits(b, key, RNGDefault, stablehlo.NewType("ui32", joined(shape, []int{10 * num, 4})))
	lo, by := make([]int, n+2), ones(n+2)
	lo[n], by[n] = at, 10
	return sliceHLO(b, drawn, lo, drawn.Type.Shape, by, joined(shape, []int{num, 4}))
}

func unsafeSplit(b *stablehlo.Builder, keys stablehlo.Value, shape, num []int) stablehlo.Value {
	return reshapeHLO(b, tenth(b, firstKey(b, keys), shape, product(num), 0), joined(joined(shape, num), []int{4}))
}

func unsafeFoldIn(b *stablehlo.Builder, keys stablehlo.Value, shape []int, data stablehlo.Value, out []int) stablehlo.Value {
	// Axes that data is broadcast along are not mapped in JAX, and get no bits of their own.
	s := data.Type.Shape
	var mapped []int
	for i, n := range s {
		if n == out[i] {
			mapped = append(mapped, n)
		}
	}
	state := rbgSeed(b, data, dtype.Uint32)
	drawn := reshapeHLO(b, tenth(b, firstKey(b, state), mapped, 1, 9), joined(s, []int{4}))
	words := joined(out, []int{4})
	spread := func(v stablehlo.Value) stablehlo.Value {
		if len(v.Type.Shape) == 1 {
			return broadcastAlong(b, v, words, []int{len(out)})
		}
		return broadcastHLO(b, v, words)
	}
	return b.Elementwise("stablehlo.xor", keys.Type.WithShape(words), spread(keys), spread(drawn))
}
