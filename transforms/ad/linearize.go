package ad

import (
	"github.com/jaxgo/jaxgo/core"
	"github.com/jaxgo/jaxgo/core/lax"
)

// A linTrace computes values under its parent and records, beside each, the linear program of its tangent.
type linTrace struct {
	parent  core.Trace
	tangent *core.JaxprTrace
	mix     *mixTrace
	dead    bool
}

// A LinTracer is a value with a tangent that is recorded, not computed.
type LinTracer struct {
	t       *linTrace
	Primal  Value
	tangent *core.JaxprTracer
	refs    int32
}

func (d *LinTracer) Aval() *core.Aval  { return d.Primal.Aval() }
func (d *LinTracer) Trace() core.Trace { return d.t }

// Leaked reports whether the tracer's transformation has ended.
func (d *LinTracer) Leaked() bool { return d.t.dead }

// Retain takes a reference.
func (d *LinTracer) Retain() { d.refs++ }

// Release gives up a reference; the last one gives up the primal's.
func (d *LinTracer) Release() {
	if d.refs--; d.refs == 0 {
		core.Release(d.Primal)
	}
}

func (t *linTrace) Eager() bool { return t.parent.Eager() }

func (t *linTrace) tracer(primal, tangent Value) Value {
	if tangent == nil {
		return primal
	}
	d := &LinTracer{t, primal, t.lift(tangent), 1}
	core.Retain(primal)
	core.Own(d)
	return d
}

// lift makes a tangent that does not depend on the inputs' tangents one of the linear program all the same.
func (t *linTrace) lift(v Value) *core.JaxprTracer {
	if j, ok := v.(*core.JaxprTracer); ok && j.JaxprTrace() == t.tangent {
		return j
	}
	out := t.tangent.Process(core.Lookup("copy_p"), core.NoParams{}, []Value{v})
	return out[0].(*core.JaxprTracer)
}

func (t *linTrace) split(v Value) (primal Value, tangent Value) {
	if d, ok := v.(*LinTracer); ok {
		if d.t == t {
			return d.Primal, d.tangent
		}
		if d.t.dead {
			core.Leaked(d)
		}
	}
	return v, nil
}

// A mixTrace runs a JVP rule half now, half later: what depends on a tangent is recorded in the linear program
// (whose constants, the residuals, are the values it mixes with), the rest is computed by the parent.
type mixTrace struct{ l *linTrace }

func (m *mixTrace) Eager() bool { return false }

// EagerFor reports whether an operation on in runs at once: none of them is a tangent.
func (m *mixTrace) EagerFor(in []Value) bool {
	for _, v := range in {
		if m.isTangent(v) {
			return false
		}
	}
	return m.l.parent.Eager()
}

func (m *mixTrace) Process(p *core.Primitive, params any, in []Value) []Value {
	for _, v := range in {
		if m.isTangent(v) {
			if p.Rules().Linearize != nil {
				return m.divide(p, params, in)
			}
			return m.l.tangent.Process(p, params, in)
		}
	}
	restore := core.Under(m.l.parent)
	defer restore()
	return core.Bind(p, params, in)
}

func (m *mixTrace) isTangent(v Value) bool {
	j, ok := v.(*core.JaxprTracer)
	return ok && j.JaxprTrace() == m.l.tangent
}

// divide runs half now, half later what is inside a primitive with sub-jaxprs. The rule that is running is linear in
// tangents, so what depends on them is its own derivative, at zero too.
func (m *mixTrace) divide(p *core.Primitive, params any, in []Value) []Value {
	xs, ts, nz := make([]Value, len(in)), make([]Value, len(in)), make([]bool, len(in))
	restore := core.Under(m.l.parent)
	for i, v := range in {
		xs[i] = v
		if nz[i] = m.isTangent(v); nz[i] {
			xs[i], ts[i] = lax.ZerosLike(v.Aval()), v
		}
	}
	out, outNZ, f := p.Rules().Linearize(m.l, params, xs, nz)
	restore()
	restore = core.Under(m.l.tangent)
	dy := f(ts)
	restore()
	out = append([]Value{}, out...)
	for i, b := range outNZ {
		if b {
			out[i] = dy[i]
		}
	}
	return out
}

func (t *linTrace) Process(p *core.Primitive, params any, in []Value) []Value {
	xs, ts := make([]Value, len(in)), make([]Value, len(in))
	some := false
	for i, v := range in {
		xs[i], ts[i] = t.split(v)
		some = some || ts[i] != nil
	}
	r := p.Rules()
	if !some || r.NonDifferentiable {
		restore := core.Under(t.parent)
		defer restore()
		return core.Bind(p, params, xs)
	}
	var ys, dys []Value
	switch {
	case r.Linearize != nil:
		nz := make([]bool, len(ts))
		var lin []Value
		for i, v := range ts {
			nz[i] = v != nil
		}
		restore := core.Under(t.parent)
		y, outNZ, f := r.Linearize(t, params, xs, nz)
		restore()
		restore = core.Under(t.tangent)
		lin = f(ts)
		restore()
		ys, dys = y, make([]Value, len(y))
		for i, b := range outNZ {
			if b {
				dys[i] = lin[i]
			}
		}
	case r.JVP != nil:
		restore := core.Under(t.mix)
		ys, dys = r.JVP(t, params, xs, ts)
		restore()
		for _, y := range ys {
			if v, ok := y.(*core.JaxprTracer); ok && v.JaxprTrace() == t.tangent { // computed together with the tangents
				core.Errorf(core.ValueError, "Linearization failed to produce known values for all output primals. This is typically caused by attempting to differentiate a function uses an operation that does not support reverse-mode autodiff. Here it is %s.", p.Name)
			}
		}
	default:
		core.Errorf(core.NotImplementedError, "Differentiation rule for '%s' not implemented", p.Name)
	}
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

// JVPJaxpr implements core.JVPCtx.
func (t *linTrace) JVPJaxpr(j *core.ClosedJaxpr, nonzero, instantiate []bool) (*core.ClosedJaxpr, []bool) {
	return JVPJaxpr(j, nonzero, instantiate)
}

// LinearizeJaxpr implements core.LinearizeCtx.
func (t *linTrace) LinearizeJaxpr(j *core.ClosedJaxpr, nonzero, instantiate []bool) *core.Linearized {
	return LinearizeJaxpr(j, nonzero, instantiate)
}

// A Linear is the linear program of a function at a point: it maps the tangents of the inputs marked in InNonzero to
// those of the results marked in OutNonzero. It holds references to its residuals until Drop.
type Linear struct {
	Jaxpr      *core.ClosedJaxpr
	InNonzero  []bool
	OutNonzero []bool
	InAvals    []*core.Aval
	OutAvals   []*core.Aval
}

// Drop gives up the residuals.
func (l *Linear) Drop() { l.Jaxpr.Drop() }

// Linearize evaluates f at primals and returns its linear program there, in the inputs marked in nonzero.
func Linearize(f func([]Value) []Value, primals []Value, nonzero []bool) (out []Value, lin *Linear) {
	return linearize(f, primals, nonzero, nil)
}

func linearize(f func([]Value) []Value, primals []Value, nonzero, instantiate []bool) ([]Value, *Linear) {
	parent := core.CurrentTrace()
	t := &linTrace{parent: parent, tangent: core.NewJaxprTrace(parent, "linearize", "")}
	t.mix = &mixTrace{t}
	defer func() { t.dead = true; t.tangent.End() }()
	lin := &Linear{InNonzero: nonzero}
	in := make([]Value, len(primals))
	for i, x := range primals {
		in[i] = x
		lin.InAvals = append(lin.InAvals, x.Aval())
		if nonzero[i] {
			in[i] = t.tracer(x, t.tangent.Input(x.Aval().Tangent()))
		}
	}
	var out []Value
	core.WithTrace(t, func() { out = f(in) })
	res := make([]Value, len(out))
	var tangents []Value
	lin.OutNonzero = make([]bool, len(out))
	for i, v := range out {
		var dy Value
		res[i], dy = t.split(v)
		if dy == nil && want(instantiate, i) {
			core.WithTrace(t.tangent, func() { dy = lax.ZerosLike(res[i].Aval().Tangent().Strong()) })
		}
		lin.OutAvals = append(lin.OutAvals, res[i].Aval())
		if lin.OutNonzero[i] = dy != nil; dy != nil {
			tangents = append(tangents, dy)
		}
	}
	lin.Jaxpr = t.tangent.Finish(tangents)
	core.Ended(t)
	return res, lin
}

// LinearizeJaxpr splits j into a forward and a linear jaxpr, see core.Linearized; the result is kept with j.
func LinearizeJaxpr(j *core.ClosedJaxpr, nonzero, instantiate []bool) *core.Linearized {
	return j.Memo(maskKey("linearize", nonzero, instantiate), func() any {
		l := linearized{&core.Linearized{}}
		var lin *Linear
		in := make([]Value, len(j.InAvals()))
		l.Fwd = makeJaxpr("linearize", j.Name, j.InAvals(), func(args []Value) []Value {
			copy(in, args)
			var out []Value
			out, lin = linearize(j.Eval, args, nonzero, instantiate)
			l.NumOut, l.OutNonzero = len(out), lin.OutNonzero
			// A residual that is an operand or a result is not returned once more.
			where := map[Value]core.Residual{}
			for i, v := range out {
				where[v] = core.Residual{From: core.FromOutput, Index: i}
			}
			for i, v := range args {
				where[v] = core.Residual{From: core.FromInput, Index: i}
			}
			for _, c := range lin.Jaxpr.Consts {
				r, ok := where[c]
				if !ok {
					r = core.Residual{From: core.FromOutput, Index: len(out)}
					where[c] = r
					out = append(out, c)
				}
				l.Res = append(l.Res, r)
			}
			return out
		})
		k := *lin.Jaxpr.Jaxpr
		k.In = append(append([]*core.Var{}, k.ConstVars...), k.In...)
		k.ConstVars = nil
		l.prune(&k)
		lin.Drop()
		return l.Linearized
	}).(*core.Linearized)
}

// linearized is a core.Linearized in the making.
type linearized struct{ *core.Linearized }

// prune makes lin, whose first inputs are the residuals, the linear jaxpr, without equations that no result needs; nor
// does the forward jaxpr then make the residuals that only those read.
func (l linearized) prune(lin *core.Jaxpr) {
	lin, read := core.DCE(lin, nil)
	out := make([]bool, len(l.Fwd.Out))
	for i := range l.NumOut {
		out[i] = true
	}
	var in []*core.Var
	var res []core.Residual
	for i, r := range l.Res {
		if read[i] {
			in, res = append(in, lin.In[i]), append(res, r)
			if r.From == core.FromOutput {
				out[r.Index] = true
			}
		}
	}
	lin.In = append(in, lin.In[len(l.Res):]...)
	l.Lin = core.Close(lin, nil)
	place := make([]int, len(out)) // of the results that are left
	n := 0
	for i, b := range out {
		place[i] = n
		if b {
			n++
		}
	}
	for i, r := range res {
		if r.From == core.FromOutput {
			res[i].Index = place[r.Index]
		}
	}
	l.Res = res
	if n < len(out) {
		l.Fwd, _ = core.DCEJaxpr(l.Fwd, out)
	}
}
