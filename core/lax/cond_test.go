package lax_test

import (
	"math/rand/v2"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/jaxgo/jaxgo/core"
	"github.com/jaxgo/jaxgo/core/dtype"
	"github.com/jaxgo/jaxgo/core/lax"
	"github.com/jaxgo/jaxgo/lowering/lowertest"
)

func i32(data ...float64) lowertest.Array {
	shape := []int{len(data)}
	if len(data) == 1 {
		shape = nil
	}
	return lowertest.Of(dtype.Int32, shape, data...)
}

// choose has branches with residuals of their own, results without tangent, and one closed-over operand.
func choose(v []core.Value) []core.Value {
	k, x, w := v[0], v[1], v[2]
	return lax.Switch(k, []fn{
		func(o []core.Value) []core.Value {
			return []core.Value{lax.Sin(lax.Mul(o[0], w)), o[0], lax.Mul(w, lit(2))}
		},
		func(o []core.Value) []core.Value {
			return []core.Value{lax.Mul(lax.Sin(lax.Cos(o[0])), lax.Cos(o[0])), o[0], lax.Full([]int{2}, lit(3))}
		},
		func(o []core.Value) []core.Value {
			return []core.Value{lax.Mul(o[0], o[0]), o[0], lax.Div(w, o[0])}
		},
	}, x)
}

func TestSwitch(t *testing.T) {
	x, w := f64([]int{2}, .3, -.5), f64([]int{2}, 1.1, .7)
	for k := range 3 {
		checkOrders(t, choose, 1, true, k == 0, i32(float64(k)), x, w)
	}
	checkOrders(t, choose, 2, true, false, i32(1), x, w)
	require.Equal(t, lowertest.Jit(t, choose, i32(2), x, w)[0], lowertest.Jit(t, choose, i32(7), x, w)[0])
}

func TestSwitchVmap(t *testing.T) {
	r := rand.New(rand.NewPCG(5, 6))
	x, w := f64([]int{2}, .3, -.5), f64([]int{2}, 1.1, .7)
	bx, bw := random(r, core.NewAval(dtype.Float64, 4, 2)), random(r, core.NewAval(dtype.Float64, 4, 2))
	checkVmap(t, choose, []bool{true, false, false}, i32(0, 1, 2, 9), x, w)
	checkVmap(t, choose, []bool{true, true, true}, i32(0, 1, 2, 9), bx, bw)
	checkVmap(t, choose, []bool{false, false, true}, i32(0), x, bw)
	checkVmap(t, choose, []bool{false, true, false}, i32(1), bx, w)
	checkAD(t, vmapOf(choose, []int{0, -1, 0}, 4), 1, true, i32(0, 1, 2, 9), x, bw)
	g := vjpOf(func(v []core.Value) []core.Value { return choose(v)[:1] }, []lowertest.Array{i32(0), x, w})
	checkVmap(t, g, []bool{true, true, false, true}, i32(0, 1, 2, 9), bx, w, bw)
}

func TestCondInScanInWhile(t *testing.T) {
	f := func(v []core.Value) []core.Value {
		w := v[0]
		c, ys := lax.Scan(func(c, x []core.Value) ([]core.Value, []core.Value) {
			y := lax.Cond(lax.Lt(x[0], lit(.5)),
				func(o []core.Value) []core.Value { return []core.Value{lax.Mul(o[0], lax.Sin(w))} },
				func(o []core.Value) []core.Value {
					d, _ := lax.Scan(func(c, _ []core.Value) ([]core.Value, []core.Value) {
						return []core.Value{lax.Sin(lax.Add(c[0], w))}, nil
					}, o, nil, 2, false, 1)
					return d
				}, lax.Add(c[0], x[0]))
			return y, y
		}, []core.Value{w}, []core.Value{v[1]}, -1, false, 1)
		return append(c, ys...)
	}
	w, xs := f64(nil, .3), f64([]int{4}, .1, .7, .2, .9)
	checkOrders(t, f, 2, true, false, w, xs)
	checkVmap(t, f, []bool{false, true}, w, f64([]int{2, 4}, .1, .7, .2, .9, .9, .8, .1, 0))
	checkVmap(t, f, []bool{true, false}, f64([]int{2}, .1, .7), xs)
	loop := func(v []core.Value) []core.Value {
		return lax.ForiLoop(core.NewIntLiteral(dtype.Int32, 0, true), v[2], func(i core.Value, c []core.Value) []core.Value {
			return append(f([]core.Value{c[0], c[1]})[:1], c[1])
		}, v[:2], 1)
	}
	checkAD(t, loop, 1, false, w, xs, i32(3))
	checkVmap(t, loop, []bool{false, false, true}, w, xs, i32(3, 1))
}

func TestBranchesThatDiffer(t *testing.T) {
	err := core.Try(func() {
		lowertest.Jit(t, func(v []core.Value) []core.Value {
			return lax.Cond(lax.Lt(v[0], lit(0)),
				func(o []core.Value) []core.Value { return o },
				func(o []core.Value) []core.Value { return []core.Value{lax.Lt(o[0], o[0])} }, v[0])
		}, f64(nil, 1))
	})
	require.EqualError(t, err, "cond branches must have equal output types but they differ.\n\n"+
		"The output of true_fun has type float64[] but the corresponding output of false_fun has type bool[], so the dtypes do not match.\n\n"+
		"Revise true_fun and/or false_fun so that all output types match.")
}
