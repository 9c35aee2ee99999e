package lax

import (
	"fmt"

	"github.com/jaxgo/jaxgo/core/stablehlo"
)

// The hash behind the default generator: Threefry-2x32 with 20 rounds (Salmon et al., Parallel random numbers: as easy
// as 1, 2, 3, 2011). It is written unrolled: XLA fuses the rounds, and what uses them, into one loop over the elements.
// The rolled form that JAX has on CPU takes longer to compile, and passes over memory five times.

// threefryRotations are the distances of the rounds, four at a time.
var threefryRotations = [2][4]int{{13, 15, 26, 6}, {17, 29, 16, 24}}

// threefryParity is the constant of the key schedule that Skein defines.
const threefryParity = "466688986"

// threefryHLO hashes the counters (x0, x1) under the keys (k0, k1). Axis i of the keys lies along axis dims[i] of the
// counters. The hash is a function of its own, one for each combination of shapes.
func threefryHLO(b *stablehlo.Builder, k0, k1 stablehlo.Value, dims []int, x0, x1 stablehlo.Value) (y0, y1 stablehlo.Value) {
	m := b.Module()
	symbol := fmt.Sprint("threefry2x32 ", k0.Type, dims, x0.Type)
	f := m.Lookup(symbol)
	if f == nil {
		f = m.Func("threefry2x32", symbol, false, []*stablehlo.Type{k0.Type, k1.Type, x0.Type, x1.Type})
		a := f.Args()
		y0, y1 := threefryRounds(&f.B, a[0], a[1], dims, a[2], a[3])
		f.Return([]stablehlo.Value{y0, y1})
	}
	y := b.Call(f, []stablehlo.Value{k0, k1, x0, x1})
	return y[0], y[1]
}

func threefryRounds(b *stablehlo.Builder, k0, k1 stablehlo.Value, dims []int, x0, x1 stablehlo.Value) (y0, y1 stablehlo.Value) {
	kt, xt := k0.Type, x0.Type
	op := func(name string, x, y stablehlo.Value) stablehlo.Value {
		return b.Elementwise("stablehlo."+name, x.Type, x, y)
	}
	spread := func(k stablehlo.Value) stablehlo.Value { return broadcastAlong(b, k, xt.Shape, dims) }
	parity := b.Constant(threefryParity, kt)
	ks := [3]stablehlo.Value{k0, k1, op("xor", op("xor", k0, k1), parity)}
	wide := [3]stablehlo.Value{spread(ks[0]), spread(ks[1]), spread(ks[2])}
	x0, x1 = op("add", x0, wide[0]), op("add", x1, wide[1])
	for i := range 5 {
		for _, r := range threefryRotations[i%2] {
			x0 = op("add", x0, x1)
			left := op("shift_left", x1, b.Constant(itoa(r), xt))
			right := op("shift_right_logical", x1, b.Constant(itoa(32-r), xt))
			x1 = op("xor", x0, op("or", left, right))
		}
		// The round number is added to the key before it is broadcast: one operation instead of one an element.
		x0 = op("add", x0, wide[(i+1)%3])
		x1 = op("add", x1, spread(op("add", ks[(i+2)%3], b.Constant(itoa(i+1), kt))))
	}
	return x0, x1
}

// broadcastAlong places axis i of v at axis dims[i] of shape.
func broadcastAlong(b *stablehlo.Builder, v stablehlo.Value, shape, dims []int) stablehlo.Value {
	if sameShape(v.Type.Shape, shape) {
		return v
	}
	return b.Pretty("stablehlo.broadcast_in_dim", ", dims = "+stablehlo.List(dims), v.Type.WithShape(shape), v)
}

// iota2x32 numbers the elements of an array of the given shape, in two words (high, low): JAX's iota_2x32_shape.
func iota2x32(b *stablehlo.Builder, shape []int) (hi, lo stablehlo.Value) {
	u32 := stablehlo.NewType("ui32", shape)
	size := product(shape)
	flat := []int{size}
	numbers := func(elem string) stablehlo.Value {
		return b.Op("stablehlo.iota", "iota_dimension = 0 : i64", nil, nil, stablehlo.NewType(elem, flat))[0]
	}
	shaped := func(v stablehlo.Value) stablehlo.Value {
		if len(shape) == 1 {
			return v
		}
		return b.Pretty("stablehlo.reshape", "", u32, v)
	}
	switch {
	case len(shape) == 0:
		zero := b.Constant("0", u32)
		return zero, zero
	case size <= 1<<32:
		return b.Constant("0", u32), shaped(numbers("ui32"))
	}
	n := numbers("ui64")
	high := b.Elementwise("stablehlo.shift_right_logical", n.Type, n, b.Constant("32", n.Type))
	word := stablehlo.NewType("ui32", flat)
	return shaped(b.Pretty("stablehlo.convert", "", word, high)), shaped(b.Pretty("stablehlo.convert", "", word, n))
}
