package lax_test

import (
	"testing"

	"github.com/stretchr/testify/assert"

	"github.com/jaxgo/jaxgo/core"
	"github.com/jaxgo/jaxgo/core/lax"
	"github.com/jaxgo/jaxgo/lowering/lowertest"
	"github.com/jaxgo/jaxgo/transforms/ad"
)

func layer(v []core.Value) []core.Value {
	h := lax.CheckpointName(lax.Sin(lax.Mul(v[0], v[1])), "h")
	return []core.Value{lax.Sin(lax.Mul(lax.Sin(h), v[0]))}
}

func TestCheckpoint(t *testing.T) {
	w, x := f64([]int{2}, .3, -.5), f64([]int{2}, .8, .2)
	for _, c := range []struct {
		policy lax.Policy
		saved  int
	}{
		{nil, 2},
		{lax.NothingSaveable, 2},
		{lax.SaveOnlyTheseNames("h"), 3},
		{lax.SaveOnlyTheseNames("other"), 2},
		{lax.SaveAnyNamesButThese("other"), 3},
		{lax.SaveFromBothPolicies(lax.DotsSaveable, lax.SaveOnlyTheseNames("h")), 3},
		{lax.EverythingSaveable, 6},
	} {
		f := func(v []core.Value) []core.Value { return lax.Checkpoint(layer, c.policy, true, v...) }
		lowertest.Jit(t, func(v []core.Value) []core.Value {
			out, l := ad.Linearize(f, v, []bool{true, true})
			assert.Len(t, l.Jaxpr.Consts, c.saved)
			return out
		}, w, x)
		checkOrders(t, f, 1, true, c.policy == nil, w, x)
		if c.policy == lax.SaveOnlyTheseNames("h") {
			checkOrders(t, f, 2, true, false, w, x)
			checkVmap(t, vjpOf(f, []lowertest.Array{w, x}), []bool{true, false, true}, f64([]int{2, 2}, 1, 2, 3, 4), x, f64([]int{2, 2}, 1, 2, 3, 4))
		}
	}
}

func TestCheckpointInScan(t *testing.T) {
	f := func(v []core.Value) []core.Value {
		c, _ := lax.Scan(func(c, x []core.Value) ([]core.Value, []core.Value) {
			return lax.Checkpoint(func(v []core.Value) []core.Value {
				return lax.Checkpoint(layer, nil, false, lax.Add(v[0], x[0]), v[1])
			}, lax.SaveOnlyTheseNames("h"), true, c[0], v[0]), nil
		}, []core.Value{v[0]}, v[1:], -1, false, 1)
		return c
	}
	checkAD(t, f, 2, true, f64(nil, .3), f64([]int{3}, .1, .2, .3))
}

func TestLinearSolve(t *testing.T) {
	// A = diag(a) + shift; the solver is a fixed-point iteration that has no derivative of its own.
	solve := func(v []core.Value) []core.Value {
		a, b := v[0], v[1]
		rot := func(x core.Value, k int) core.Value {
			n := x.Aval().Shape[0]
			return lax.Concatenate([]core.Value{lax.Slice(x, []int{k}, []int{n}, nil), lax.Slice(x, []int{0}, []int{k}, nil)}, 0)
		}
		apply := func(k int) fn {
			return func(x []core.Value) []core.Value {
				return []core.Value{lax.Add(lax.Mul(lax.Mul(a, a), x[0]), rot(x[0], k))}
			}
		}
		jacobi := func(k int) fn {
			return func(b []core.Value) []core.Value {
				return lax.WhileLoop(
					func(c []core.Value) []core.Value { return []core.Value{lax.Lt(c[1], lit(80))} },
					func(c []core.Value) []core.Value {
						return []core.Value{lax.Div(lax.Sub(b[0], rot(c[0], k)), lax.Mul(a, a)), lax.Add(c[1], lit(1))}
					}, []core.Value{b[0], lit(0)})
			}
		}
		n := a.Aval().Shape[0]
		return lax.CustomLinearSolve(apply(1), apply(n-1), jacobi(1), jacobi(n-1), []core.Value{b})
	}
	a, b := f64([]int{3}, 1.7, 1.5, 2), f64([]int{3}, .1, .2, .3)
	x := lowertest.Jit(t, solve, a, b)
	assert.Len(t, x, 2)
	y := x[0].Floats()
	for i, w := range a.Floats() {
		assert.InDelta(t, b.Floats()[i], w*w*y[i]+y[(i+1)%3], 1e-10)
	}
	f := func(v []core.Value) []core.Value { return solve(v)[:1] }
	checkAD(t, f, 2, true, a, b)
	ba := f64([]int{2, 3}, 1.7, 1.5, 2, 1.8, 1.6, 2)
	checkVmap(t, f, []bool{true, false}, ba, b)
	checkVmap(t, vjpOf(f, []lowertest.Array{a, b}), []bool{true, false, false}, ba, b, b)
}
