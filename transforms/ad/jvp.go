// Package ad differentiates: jvp pushes tangents forward, linearize splits a function into its value and a linear
// program, transpose turns that program around. Gradients are linearize and then transpose.
//
// A nil tangent or cotangent is a symbolic zero.
package ad

import (
	"github.com/jaxgo/jaxgo/core"
	"github.com/jaxgo/jaxgo/core/dtype"
	"github.com/jaxgo/jaxgo/core/lax"
)

// Value is short for core.Value.
type Value = core.Value

// A jvpTrace computes a tangent beside every value.
type jvpTrace struct {
	parent core.Trace
	dead   bool
}

// A JVPTracer is a value with a tangent.
type JVPTracer struct {
	t       *jvpTrace
	Primal  Value
	Tangent Value
	refs    int32
}

func (d *JVPTracer) Aval() *core.Aval  { return d.Primal.Aval() }
func (d *JVPTracer) Trace() core.Trace { return d.t }

// Leaked reports whether the tracer's transformation has ended.
func (d *JVPTracer) Leaked() bool { return d.t.dead }

// Retain takes a reference.
func (d *JVPTracer) Retain() { d.refs++ }

// Release gives up a reference; the last one gives up those to primal and tangent.
func (d *JVPTracer) Release() {
	if d.refs--; d.refs == 0 {
		core.Release(d.Primal)
		core.Release(d.Tangent)
	}
}

func (t *jvpTrace) Eager() bool { return t.parent.Eager() }

func (t *jvpTrace) tracer(primal, tangent Value) Value {
	if tangent == nil {
		return primal
	}
	d := &JVPTracer{t, primal, tangent, 1}
	core.Retain(primal)
	core.Retain(tangent)
	core.Own(d)
	return d
}

func (t *jvpTrace) split(v Value) (primal, tangent Value) {
	if d, ok := v.(*JVPTracer); ok {
		if d.t == t {
			return d.Primal, d.Tangent
		}
		if d.t.dead {
			core.Leaked(d)
		}
	}
	return v, nil
}

func (t *jvpTrace) Process(p *core.Primitive, params any, in []Value) []Value {
	n := len(in)
	both := make([]Value, 2*n)
	xs, ts := both[:n:n], both[n:]
	any := false
	for i, v := range in {
		xs[i], ts[i] = t.split(v)
		any = any || ts[i] != nil
	}
	restore := core.Under(t.parent)
	defer restore()
	r := p.Rules()
	if !any || r.NonDifferentiable {
		return core.Bind(p, params, xs)
	}
	if r.JVP == nil {
		core.Errorf(core.NotImplementedError, "Differentiation rule for '%s' not implemented", p.Name)
	}
	ys, dys := r.JVP(t, params, xs, ts)
	out := make([]Value, len(ys))
	for i, y := range ys {
		dy := dys[i]
		if dy != nil && !y.Aval().DType.IsInexact() {
			dy = nil
		}
		out[i] = t.tracer(y, dy)
	}
	return out
}

// JVP evaluates f at primals and pushes the tangents forward; a nil tangent is zero, before and after.
func JVP(f func([]Value) []Value, primals, tangents []Value) (out, dout []Value) {
	t := &jvpTrace{parent: core.CurrentTrace()}
	defer func() { t.dead = true }()
	in := make([]Value, len(primals))
	for i := range in {
		in[i] = t.tracer(primals[i], tangents[i])
	}
	core.WithTrace(t, func() { out = f(in) })
	dout = make([]Value, len(out))
	res := make([]Value, len(out))
	for i, v := range out {
		res[i], dout[i] = t.split(v)
	}
	core.Ended(t)
	return res, dout
}

// JVPJaxpr implements core.JVPCtx; the result is kept with j.
func (t *jvpTrace) JVPJaxpr(j *core.ClosedJaxpr, nonzero, instantiate []bool) (*core.ClosedJaxpr, []bool) {
	return JVPJaxpr(j, nonzero, instantiate)
}

type jvpResult struct {
	j  *core.ClosedJaxpr
	nz []bool
}

// JVPJaxpr gives the jaxpr (primals, nonzero tangents) -> (primals, nonzero tangents), see core.JVPCtx.
func JVPJaxpr(j *core.ClosedJaxpr, nonzero, instantiate []bool) (*core.ClosedJaxpr, []bool) {
	r := j.Memo(maskKey("jvp", nonzero, instantiate), func() any {
		avals := append([]*core.Aval{}, j.InAvals()...)
		for i, nz := range nonzero {
			if nz {
				avals = append(avals, j.InAvals()[i].Tangent())
			}
		}
		var outNZ []bool
		n := len(nonzero)
		c := makeJaxpr("jvp", j.Name, avals, func(in []Value) []Value {
			ts := make([]Value, n)
			k := n
			for i, nz := range nonzero {
				if nz {
					ts[i] = in[k]
					k++
				}
			}
			ys, dys := JVP(j.Eval, in[:n], ts)
			out := append([]Value{}, ys...)
			outNZ = make([]bool, len(ys))
			for i, dy := range dys {
				if dy == nil && want(instantiate, i) {
					dy = lax.ZerosLike(ys[i].Aval().Tangent().Strong())
				}
				if outNZ[i] = dy != nil; outNZ[i] {
					out = append(out, dy)
				}
			}
			return out
		})
		return jvpResult{c, outNZ}
	}).(jvpResult)
	return r.j, r.nz
}

func want(instantiate []bool, i int) bool { return instantiate != nil && instantiate[i] }

// makeJaxpr traces under the evaluator: the jaxprs of rules close over nothing of the traces around. Rules given in
// Python may close over arrays; who uses the jaxpr hoists those.
func makeJaxpr(what, name string, avals []*core.Aval, f func([]Value) []Value) *core.ClosedJaxpr {
	var c *core.ClosedJaxpr
	core.WithTrace(core.Evaluator(), func() { c = core.MakeJaxpr(what, name, avals, f) })
	return c
}

// maskKey is a memo key of masks.
func maskKey(what string, masks ...[]bool) string {
	b := []byte(what)
	for _, m := range masks {
		b = append(b, '|')
		for _, x := range m {
			if x {
				b = append(b, '1')
			} else {
				b = append(b, '0')
			}
		}
	}
	return string(b)
}

// IsFloat0 reports whether a tangent's aval is that of an integer or boolean primal.
func IsFloat0(a *core.Aval) bool { return a.DType == dtype.Float0 }
