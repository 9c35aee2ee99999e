package lax_test

import (
	"testing"

	"github.com/stretchr/testify/assert"

	"github.com/jaxgo/jaxgo/core"
	"github.com/jaxgo/jaxgo/core/dtype"
	"github.com/jaxgo/jaxgo/core/lax"
)

// Loops and branches lose the carry, operands and results that a program does not use.
func TestDCEOfControlFlow(t *testing.T) {
	a := core.NewAval(dtype.Float64)
	j := core.MakeJaxpr("jit", "f", []*core.Aval{a, a, a, a}, func(v []core.Value) []core.Value {
		c, ys := lax.Scan(func(c, x []core.Value) ([]core.Value, []core.Value) {
			return []core.Value{lax.Sin(c[0]), lax.Mul(c[1], c[0]), lax.Add(c[2], v[3])}, []core.Value{c[2]}
		}, v[:3], nil, 3, false, 1)
		w := lax.WhileLoop(
			func(c []core.Value) []core.Value { return []core.Value{lax.Lt(c[0], lit(3))} },
			func(c []core.Value) []core.Value {
				return []core.Value{lax.Add(c[0], v[1]), lax.Sin(c[1]), lax.Mul(c[2], c[0])}
			}, []core.Value{c[0], c[1], c[2]})
		d := lax.Cond(lax.Lt(v[0], v[1]),
			func(o []core.Value) []core.Value { return []core.Value{o[0], lax.Sin(o[1])} },
			func(o []core.Value) []core.Value { return []core.Value{lax.Sin(o[0]), o[1]} }, w[2], ys[0])
		return d
	})
	k, used := core.DCEJaxpr(j, []bool{true, false})
	assert.Equal(t, []bool{true, true, true, true}, used)
	for _, e := range k.Eqns {
		switch p := e.Params.(type) {
		case lax.ScanParams:
			assert.Equal(t, 2, p.NumCarry)
			assert.Len(t, e.Out, 2)
		case lax.WhileParams:
			assert.Len(t, e.Out, 2)
		case lax.CondParams:
			assert.Len(t, e.In, 2)
			assert.Len(t, e.Out, 1)
		}
	}
	k, used = core.DCEJaxpr(j, []bool{false, true})
	assert.Equal(t, []bool{true, true, true, true}, used)
	assert.Len(t, k.Eqns, 4) // no while
}
