package lax_test

import (
	"math"
	"math/rand/v2"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/jaxgo/jaxgo/core"
	"github.com/jaxgo/jaxgo/core/dtype"
	"github.com/jaxgo/jaxgo/core/lax"
	"github.com/jaxgo/jaxgo/lowering/lowertest"
	"github.com/jaxgo/jaxgo/transforms/ad"
	"github.com/jaxgo/jaxgo/transforms/batch"
)

type fn = func([]core.Value) []core.Value

func lit(x float64) core.Value { return core.NewLiteral(dtype.Float64, complex(x, 0), false) }

func f64(shape []int, data ...float64) lowertest.Array {
	return lowertest.Of(dtype.Float64, shape, data...)
}

func random(r *rand.Rand, a *core.Aval) lowertest.Array {
	x := lowertest.Array{Aval: a}
	for range a.Size() {
		x.Data = append(x.Data, complex(r.Float64()*2-1, 0))
	}
	return x
}

func plus(a, b lowertest.Array, h float64) lowertest.Array {
	c := lowertest.Array{Aval: a.Aval}
	for i := range a.Data {
		c.Data = append(c.Data, a.Data[i]+complex(h, 0)*b.Data[i])
	}
	return c
}

func dot(a, b []lowertest.Array) float64 {
	s := 0.
	for i := range a {
		for k := range a[i].Data {
			s += real(a[i].Data[k]) * real(b[i].Data[k])
		}
	}
	return s
}

func isFloat(a *core.Aval) bool { return a.DType.IsInexact() }

// jvpOf is the derivative of f at the first half of its operands along the second half; integers come once.
func jvpOf(f fn, in []lowertest.Array) fn {
	return func(v []core.Value) []core.Value {
		n := len(in)
		ts, k := make([]core.Value, n), n
		for i := range in {
			if isFloat(in[i].Aval) {
				ts[i] = v[k]
				k++
			}
		}
		y, dy := ad.JVP(f, v[:n], ts)
		var out []core.Value
		for i := range y {
			if isFloat(y[i].Aval()) {
				out = append(out, lax.InstantiateZeros(dy[i], y[i].Aval()))
			}
		}
		return out
	}
}

// linOf is jvpOf by linearize, vjpOf maps cotangents of the float results to those of the float operands.
func linOf(f fn, in []lowertest.Array) fn {
	return func(v []core.Value) []core.Value {
		n := len(in)
		nz, ts, k := make([]bool, n), make([]core.Value, n), n
		for i := range in {
			if nz[i] = isFloat(in[i].Aval); nz[i] {
				ts[i] = v[k]
				k++
			}
		}
		y, l := ad.Linearize(f, v[:n], nz)
		dy := l.JVP(ts)
		var out []core.Value
		for i := range y {
			if isFloat(y[i].Aval()) {
				out = append(out, lax.InstantiateZeros(dy[i], y[i].Aval()))
			}
		}
		return out
	}
}

func vjpOf(f fn, in []lowertest.Array) fn {
	return func(v []core.Value) []core.Value {
		n := len(in)
		nz := make([]bool, n)
		for i := range in {
			nz[i] = isFloat(in[i].Aval)
		}
		y, l := ad.Linearize(f, v[:n], nz)
		cts, k := make([]core.Value, len(y)), n
		for i := range y {
			if isFloat(y[i].Aval()) {
				cts[i] = v[k]
				k++
			}
		}
		var out []core.Value
		for i, ct := range l.VJP(cts, true) {
			if nz[i] {
				out = append(out, lax.InstantiateZeros(ct, in[i].Aval))
			}
		}
		return out
	}
}

func near(t *testing.T, want, got []lowertest.Array, tol float64, what string) {
	t.Helper()
	require.Len(t, got, len(want), what)
	for i := range want {
		require.Equal(t, want[i].Aval.Shape, got[i].Aval.Shape, what)
		for k := range want[i].Data {
			w, g := real(want[i].Data[k]), real(got[i].Data[k])
			if math.Abs(w-g) > tol*(1+math.Abs(w)) || math.IsNaN(g) != math.IsNaN(w) {
				require.Fail(t, what, "result %d[%d]: want %v, got %v\n%v\n%v", i, k, w, g, want[i].Data, got[i].Data)
			}
		}
	}
}

func floatsOf(xs []lowertest.Array) []lowertest.Array {
	var out []lowertest.Array
	for _, x := range xs {
		if isFloat(x.Aval) {
			out = append(out, x)
		}
	}
	return out
}

// checkAD compares jvp and linearize with central differences and vjp with jvp, to the given order; of the first order,
// eager derivatives too.
func checkAD(t *testing.T, f fn, order int, reverse bool, in ...lowertest.Array) {
	t.Helper()
	checkOrders(t, f, order, reverse, true, in...)
}

func checkOrders(t *testing.T, f fn, order int, reverse, eager bool, in ...lowertest.Array) {
	t.Helper()
	r := rand.New(rand.NewPCG(1, 2))
	y := lowertest.Jit(t, f, in...)
	if eager {
		near(t, y, lowertest.Run(t, f, in...), 1e-12, "eager")
	}
	var ts, cts []lowertest.Array
	hi, lo := append([]lowertest.Array{}, in...), append([]lowertest.Array{}, in...)
	const h = 1e-5
	for i, x := range in {
		if isFloat(x.Aval) {
			d := random(r, x.Aval)
			ts = append(ts, d)
			hi[i], lo[i] = plus(x, d, h), plus(x, d, -h)
		}
	}
	for _, v := range floatsOf(y) {
		cts = append(cts, random(r, v.Aval))
	}
	var num []lowertest.Array
	up, down := lowertest.Jit(t, f, hi...), lowertest.Jit(t, f, lo...)
	for i := range up {
		if isFloat(up[i].Aval) {
			d := lowertest.Array{Aval: up[i].Aval}
			for k := range up[i].Data {
				d.Data = append(d.Data, (up[i].Data[k]-down[i].Data[k])/(2*h))
			}
			num = append(num, d)
		}
	}
	all := append(append([]lowertest.Array{}, in...), ts...)
	dy := lowertest.Jit(t, jvpOf(f, in), all...)
	near(t, num, dy, 1e-6, "jvp")
	near(t, num, lowertest.Jit(t, linOf(f, in), all...), 1e-6, "linearize")
	if eager {
		near(t, num, lowertest.Run(t, jvpOf(f, in), all...), 1e-6, "eager jvp")
		near(t, num, lowertest.Run(t, linOf(f, in), all...), 1e-6, "eager linearize")
	}
	if reverse {
		all := append(append([]lowertest.Array{}, in...), cts...)
		dx := lowertest.Jit(t, vjpOf(f, in), all...)
		assert.InDelta(t, dot(cts, dy), dot(dx, ts), 1e-9*(1+math.Abs(dot(cts, dy))), "vjp")
		if eager {
			near(t, dx, lowertest.Run(t, vjpOf(f, in), all...), 1e-9, "eager vjp")
		}
		if order > 1 {
			checkOrders(t, vjpOf(f, in), order-1, true, false, all...)
		}
	}
	if order > 1 {
		checkOrders(t, jvpOf(f, in), order-1, reverse, false, all...)
	}
}

// checkVmap compares f mapped over axis 0 of the operands that mask marks with f of their members.
func checkVmap(t *testing.T, f fn, mask []bool, in ...lowertest.Array) {
	t.Helper()
	size := 0
	dims := make([]int, len(in))
	for i, x := range in {
		if dims[i] = core.Unmapped; mask[i] {
			dims[i], size = 0, x.Aval.Shape[0]
		}
	}
	g := vmapOf(f, dims, size)
	got := lowertest.Jit(t, g, in...)
	near(t, got, lowertest.Run(t, g, in...), 1e-12, "eager vmap")
	for m := range size {
		one := append([]lowertest.Array{}, in...)
		for i, x := range in {
			if mask[i] {
				one[i] = member(x, m)
			}
		}
		var row []lowertest.Array
		for _, y := range got {
			row = append(row, member(y, m))
		}
		near(t, lowertest.Jit(t, f, one...), row, 1e-9, "vmap")
	}
}

func vmapOf(f fn, dims []int, size int) fn {
	return func(v []core.Value) []core.Value {
		out, od := batch.Map(f, v, dims, size, "")
		res := make([]core.Value, len(out))
		for i, y := range out {
			res[i] = batch.MatchAxis(y, od[i], 0, size)
		}
		return res
	}
}

func member(x lowertest.Array, m int) lowertest.Array {
	a := core.NewAval(x.Aval.DType, x.Aval.Shape[1:]...)
	return lowertest.Array{Aval: a, Data: x.Data[m*a.Size():][:a.Size()]}
}

// rnn has a carry that is linear in nothing, constants that the gradient flows to, invariant work and two results.
func rnn(reverse bool, unroll int) fn {
	return func(v []core.Value) []core.Value {
		w, init, xs := v[0], v[1], v[2]
		c, ys := lax.Scan(func(c, x []core.Value) ([]core.Value, []core.Value) {
			g := lax.Sin(w)
			h := lax.Sin(lax.Add(lax.Mul(g, c[0]), x[0]))
			return []core.Value{h, lax.Add(c[1], lit(1))}, []core.Value{lax.Mul(h, c[1]), x[0], lax.Cos(g)}
		}, []core.Value{init, lit(0)}, []core.Value{xs}, -1, reverse, unroll)
		return append(c, ys...)
	}
}

func TestScan(t *testing.T) {
	w, init := f64([]int{2}, .3, -.5), f64([]int{2}, .1, .7)
	xs := f64([]int{5, 2}, .1, .2, .3, .4, .5, .6, .7, .8, .9, 1)
	var c [2]float64 = [2]float64{.1, .7}
	for i := range 5 {
		for k, g := range []float64{math.Sin(.3), math.Sin(-.5)} {
			c[k] = math.Sin(g*c[k] + real(xs.Data[2*i+k]))
		}
	}
	got := lowertest.Jit(t, rnn(false, 1), w, init, xs)
	assert.InDeltaSlice(t, c[:], got[0].Floats(), 1e-12)
	assert.Equal(t, 5., got[1].Floats()[0])
	assert.Equal(t, xs.Floats(), got[3].Floats())
	for _, reverse := range []bool{false, true} {
		want := lowertest.Jit(t, rnn(reverse, 1), w, init, xs)
		for _, unroll := range []int{0, 2, 3, 5, 7} {
			near(t, want, lowertest.Jit(t, rnn(reverse, unroll), w, init, xs), 1e-12, "unroll")
		}
		checkOrders(t, rnn(reverse, 1), 1, true, reverse, w, init, xs)
	}
	checkOrders(t, rnn(true, 2), 1, true, false, w, init, xs)
	checkOrders(t, rnn(false, 1), 2, true, false, w, init, xs)
	none := lowertest.Array{Aval: core.NewAval(dtype.Float64, 0, 2)}
	near(t, []lowertest.Array{init, f64(nil, 0)}, lowertest.Jit(t, rnn(false, 1), w, init, none)[:2], 0, "empty")
	checkOrders(t, rnn(false, 1), 1, true, false, w, init, none)
}

func TestScanVmap(t *testing.T) {
	r := rand.New(rand.NewPCG(3, 4))
	w, init, xs := random(r, core.NewAval(dtype.Float64, 2)), random(r, core.NewAval(dtype.Float64, 2)), random(r, core.NewAval(dtype.Float64, 3, 2))
	bw, binit, bxs := random(r, core.NewAval(dtype.Float64, 4, 2)), random(r, core.NewAval(dtype.Float64, 4, 2)), random(r, core.NewAval(dtype.Float64, 4, 3, 2))
	f := rnn(false, 1)
	checkVmap(t, f, []bool{true, false, false}, bw, init, xs)
	checkVmap(t, f, []bool{false, true, false}, w, binit, xs)
	checkVmap(t, f, []bool{false, false, true}, w, init, bxs)
	checkVmap(t, f, []bool{true, true, true}, bw, binit, bxs)
	checkAD(t, vmapOf(f, []int{0, -1, -1}, 4), 1, true, bw, init, xs)
	g := vjpOf(func(v []core.Value) []core.Value { return f(v)[:1] }, []lowertest.Array{w, init, xs})
	checkVmap(t, g, []bool{false, false, true, true}, w, init, bxs, binit)
}

func TestWhile(t *testing.T) {
	f := func(v []core.Value) []core.Value {
		k, x := v[0], v[1]
		return lax.WhileLoop(
			func(c []core.Value) []core.Value { return []core.Value{lax.Lt(c[0], lit(10))} },
			func(c []core.Value) []core.Value {
				return []core.Value{lax.Add(c[0], lit(3)), lax.Sin(lax.Mul(c[1], lax.Add(k, c[2]))), c[2]}
			}, []core.Value{lit(0), x, lax.Mul(x, x)})
	}
	k, x := f64([]int{2}, 1.2, .4), f64([]int{2}, .5, .6)
	want := []float64{.5, .6}
	for i := range want {
		k, s := real(k.Data[i]), want[i]*want[i]
		for range 4 {
			want[i] = math.Sin(want[i] * (k + s))
		}
	}
	assert.InDeltaSlice(t, want, lowertest.Jit(t, f, k, x)[1].Floats(), 1e-12)
	checkAD(t, f, 2, false, k, x)
	checkVmap(t, f, []bool{true, false}, f64([]int{3, 2}, 1, 2, 3, 4, 5, 6), x)

	err := core.Try(func() { lowertest.Jit(t, vjpOf(f, []lowertest.Array{k, x}), k, x, f64(nil, 1), x, x) })
	require.ErrorContains(t, err, "Reverse-mode differentiation does not work for lax.while_loop")
}

func TestWhileBatchedPredicate(t *testing.T) {
	f := func(v []core.Value) []core.Value {
		return lax.WhileLoop(
			func(c []core.Value) []core.Value { return []core.Value{lax.Lt(c[0], c[2])} },
			func(c []core.Value) []core.Value {
				return []core.Value{lax.Add(c[0], lit(1)), lax.Mul(c[1], lit(2)), c[2]}
			}, []core.Value{lit(0), v[1], v[0]})
	}
	n, x := f64([]int{4}, 3, 0, 5, 1), f64([]int{4, 2}, 1, 2, 3, 4, 5, 6, 7, 8)
	checkVmap(t, f, []bool{true, false}, n, member(x, 0))
	checkVmap(t, f, []bool{true, true}, n, x)
	g := vmapOf(f, []int{0, -1}, 4)
	checkVmap(t, g, []bool{false, true}, n, x)
	checkVmap(t, g, []bool{true, false}, f64([]int{2, 4}, 1, 2, 3, 4, 3, 2, 1, 0), member(x, 1))
	checkAD(t, g, 1, false, f64([]int{4}, 2.5, .5, 4.5, 1.5), member(x, 0))
}
