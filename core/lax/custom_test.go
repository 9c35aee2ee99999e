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

type jvpRule func(x, t []core.Value) (y, dy []core.Value)

func (f jvpRule) JVP(x, t []core.Value) (y, dy []core.Value) { return f(x, t) }

type vjpRule struct {
	fwd func(x []core.Value) (y, res []core.Value)
	bwd func(res, ct []core.Value) []core.Value
}

func (r *vjpRule) Fwd(x []core.Value, _ []bool) (y, res []core.Value) { return r.fwd(x) }
func (r *vjpRule) Bwd(res, ct []core.Value) []core.Value              { return r.bwd(res, ct) }

// product is x·sin(y), with a rule of its own that closes over an array and has a scan in it.
func customProduct(v []core.Value, eager bool) []core.Value {
	f := func(v []core.Value) []core.Value { return []core.Value{lax.Mul(v[0], lax.Sin(v[1]))} }
	one := lowertest.Put(f64(nil, 1))
	rule := jvpRule(func(x, t []core.Value) (y, dy []core.Value) {
		// d(x sin y) = dx sin y + x cos y dy; the scan mixes what depends on tangents with what does not.
		c, _ := lax.Scan(func(c, _ []core.Value) ([]core.Value, []core.Value) {
			d := lax.Add(lax.Mul(t[0], lax.Sin(x[1])), lax.Mul(lax.Mul(x[0], c[0]), t[1]))
			return []core.Value{lax.Cos(x[1]), lax.Mul(d, one)}, nil
		}, []core.Value{lit(0), lit(0)}, nil, 2, false, 1)
		return f(x), c[1:]
	})
	p := lax.CustomJVPParams{Rule: &rule, Name: "product"}
	if eager && core.CurrentTrace().Eager() {
		p.Fun = &lax.CustomFun{Call: f}
		return lax.CustomJVPCall(p, nil, v)
	}
	p.CallJaxpr = core.MakeJaxpr("custom_jvp", "product", []*core.Aval{v[0].Aval(), v[1].Aval()}, f)
	return lax.CustomJVPCall(p, nil, v)
}

func TestCustomJVP(t *testing.T) {
	x, y := f64(nil, .7), f64(nil, .4)
	for _, eager := range []bool{false, true} {
		f := func(v []core.Value) []core.Value { return customProduct(v, eager) }
		checkAD(t, f, 1, true, x, y)
		checkVmap(t, f, []bool{true, false}, f64([]int{3}, 1, 2, 3), y)
		checkVmap(t, vjpOf(f, []lowertest.Array{x, y}), []bool{true, false, false}, f64([]int{3}, 1, 2, 3), y, x)
		checkAD(t, vmapOf(f, []int{0, -1}, 3), 1, true, f64([]int{3}, 1, 2, 3), y)
	}
	// In a scan and under jit, the rule is found in the jaxpr.
	g := func(v []core.Value) []core.Value {
		c, _ := lax.Scan(func(c, _ []core.Value) ([]core.Value, []core.Value) {
			j := core.MakeJaxpr("jit", "inner", []*core.Aval{c[0].Aval(), v[1].Aval()}, func(v []core.Value) []core.Value { return customProduct(v, false) })
			return lax.Jit(lax.JitParams{Jaxpr: j, Name: "inner"}, c[0], v[1]), nil
		}, v[:1], nil, 3, false, 1)
		return c
	}
	checkAD(t, g, 2, true, x, y)
	checkVmap(t, vjpOf(g, []lowertest.Array{x, y}), []bool{true, false, false}, f64([]int{3}, 1, 2, 3), y, x)
}

// clip has a backward rule that is not the derivative: twice the cotangent, and that of an integer operand.
func customClip(v []core.Value) []core.Value {
	f := func(v []core.Value) []core.Value { return []core.Value{lax.Mul(v[0], lax.Mul(v[1], v[1]))} }
	two := lowertest.Put(f64(nil, 2))
	p := lax.CustomVJPParams{Name: "clip", Rule: &vjpRule{
		fwd: func(x []core.Value) (y, res []core.Value) { return f(x), []core.Value{x[0], x[1]} },
		bwd: func(res, ct []core.Value) []core.Value {
			return []core.Value{lax.Mul(lax.Mul(res[1], res[1]), ct[0]), lax.Mul(two, lax.Mul(lax.Mul(res[0], res[1]), ct[0]))}
		},
	}}
	p.CallJaxpr = core.MakeJaxpr("custom_vjp", "clip", []*core.Aval{v[0].Aval(), v[1].Aval()}, f)
	return lax.CustomVJPCall(p, nil, v)
}

func TestCustomVJP(t *testing.T) {
	r := rand.New(rand.NewPCG(7, 8))
	in := []lowertest.Array{f64(nil, .7), f64(nil, .4)}
	g := func(v []core.Value) []core.Value {
		c, _ := lax.Scan(func(c, _ []core.Value) ([]core.Value, []core.Value) {
			return []core.Value{lax.Sin(customClip([]core.Value{c[0], v[1]})[0])}, nil
		}, v[:1], nil, 3, false, 1)
		return c
	}
	plain := func(v []core.Value) []core.Value {
		c, _ := lax.Scan(func(c, _ []core.Value) ([]core.Value, []core.Value) {
			return []core.Value{lax.Sin(lax.Mul(c[0], lax.Mul(v[1], v[1])))}, nil
		}, v[:1], nil, 3, false, 1)
		return c
	}
	bx := random(r, core.NewAval(dtype.Float64, 3))
	for _, c := range []struct{ f, want fn }{
		{customClip, func(v []core.Value) []core.Value { return []core.Value{lax.Mul(v[0], lax.Mul(v[1], v[1]))} }},
		{g, plain},
		{vmapOf(g, []int{-1, -1}, 2), vmapOf(plain, []int{-1, -1}, 2)},
	} {
		y := lowertest.Jit(t, c.want, in...)
		near(t, y, lowertest.Jit(t, c.f, in...), 1e-12, "value")
		all := append(append([]lowertest.Array{}, in...), random(r, y[0].Aval))
		want := lowertest.Jit(t, vjpOf(c.want, in), all...)
		near(t, want, lowertest.Jit(t, vjpOf(c.f, in), all...), 1e-12, "vjp")
		near(t, want, lowertest.Run(t, vjpOf(c.f, in), all...), 1e-12, "eager vjp")
		checkOrders(t, vjpOf(c.f, in), 1, true, false, all...)
	}
	for _, m := range [][]int{{0, -1}, {-1, 0}, {0, 0}} {
		args := []lowertest.Array{in[0], in[1], bx}
		for i, d := range m {
			if d == 0 {
				args[i] = bx
			}
		}
		want := lowertest.Jit(t, vjpOf(vmapOf(plain, m, 3), args[:2]), args...)
		near(t, want, lowertest.Jit(t, vjpOf(vmapOf(g, m, 3), args[:2]), args...), 1e-12, "vjp of vmap")
		near(t, want, lowertest.Run(t, vjpOf(vmapOf(g, m, 3), args[:2]), args...), 1e-12, "eager vjp of vmap")
	}
	all := append(append([]lowertest.Array{}, in...), in...)
	for _, f := range []fn{customClip, g} {
		for _, run := range []func(testing.TB, fn, ...lowertest.Array) []lowertest.Array{lowertest.Jit, lowertest.Run} {
			err := core.Try(func() { run(t, jvpOf(f, in), all...) })
			require.EqualError(t, err, "can't apply forward-mode autodiff (jvp) to a custom_vjp function.")
		}
	}
}
