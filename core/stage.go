package core

// A JaxprTrace records the primitives it processes as the equations of a jaxpr.
type JaxprTrace struct {
	Jaxpr  *Jaxpr
	parent Trace
	consts []Value
	// constOf finds the variable of a constant met before, by identity.
	constOf map[Value]*JaxprTracer
	// What is the transformation that traces, and the function traced, for messages: "jit", "scan", …
	What, Where string
	dead        bool
}

// newVar makes a variable with the next number.
func (t *JaxprTrace) newVar(a *Aval) *Var {
	t.Jaxpr.slots++
	return &Var{aval: a, slot: t.Jaxpr.slots}
}

// A JaxprTracer stands for a variable of the jaxpr being traced.
type JaxprTracer struct {
	t *JaxprTrace
	V *Var
	// Eqn made it; nil for inputs and constants.
	Eqn *Eqn
	// Lit is what a staged scalar stands for; V is nil then.
	Lit *Literal
}

func (t *JaxprTracer) Aval() *Aval {
	if t.Lit != nil {
		return t.Lit.aval
	}
	return t.V.aval
}
func (t *JaxprTracer) Trace() Trace            { return t.t }
func (t *JaxprTracer) JaxprTrace() *JaxprTrace { return t.t }

// NewJaxprTrace starts a jaxpr. parent is the trace that its constants belong to.
func NewJaxprTrace(parent Trace, what, where string) *JaxprTrace {
	return &JaxprTrace{Jaxpr: &Jaxpr{Name: where}, parent: parent, What: what, Where: where}
}

// Eager is false: equations are recorded, not run.
func (t *JaxprTrace) Eager() bool { return false }

// Parent is the trace around.
func (t *JaxprTrace) Parent() Trace { return t.parent }

// Dead reports whether the trace has ended; its tracers are leaked ones.
func (t *JaxprTrace) Dead() bool { return t.dead }

// Input adds an input.
func (t *JaxprTrace) Input(a *Aval) *JaxprTracer {
	v := t.newVar(a)
	t.Jaxpr.In = append(t.Jaxpr.In, v)
	return &JaxprTracer{t: t, V: v}
}

// Lift makes v an operand of the trace's equations: its own tracers and literals as they are, anything else
// as a constant of the jaxpr.
func (t *JaxprTrace) Lift(v Value) Atom {
	switch v := v.(type) {
	case *JaxprTracer:
		if v.Lit != nil && (v.t == t || !v.t.dead) {
			return v.Lit
		}
		if v.t == t {
			return v.V
		}
		if v.t.dead {
			Leaked(v)
		}
	case *Literal:
		return v
	case nil:
		Errorf(InternalError, "a symbolic zero is no operand")
	}
	return t.constant(v).V
}

// Stage makes a constant of the trace a value of it: a tracer that stands for it.
func (t *JaxprTrace) Stage(v Value) Value {
	switch v := v.(type) {
	case *Literal:
		return &JaxprTracer{t: t, Lit: v}
	case Concrete:
		return t.constant(v)
	}
	return v
}

func (t *JaxprTrace) constant(v Value) *JaxprTracer {
	if c, ok := t.constOf[v]; ok {
		return c
	}
	if d, ok := v.(interface{ Leaked() bool }); ok && d.Leaked() {
		Leaked(v)
	}
	c := &JaxprTracer{t: t, V: t.newVar(v.Aval())}
	t.Jaxpr.ConstVars = append(t.Jaxpr.ConstVars, c.V)
	t.consts = append(t.consts, v)
	Retain(v)
	if t.constOf == nil {
		t.constOf = map[Value]*JaxprTracer{}
	}
	t.constOf[v] = c
	return c
}

// Leaked panics: v belongs to a trace that has ended.
func Leaked(v Value) {
	where := ""
	if t, ok := v.(*JaxprTracer); ok {
		where = " The function being traced when the value leaked was " + t.t.Where + " traced for " + t.t.What + "."
	}
	Errorf(UnexpectedTracerError, "Encountered an unexpected tracer. A function transformed by JAX had a side effect, allowing for a reference to an intermediate value with type %s wrapped in a DynamicJaxprTracer to escape the scope of the transformation.\nJAX transformations require that functions explicitly return their outputs, and disallow saving intermediate values to global state.%s\nTo catch the leak earlier, try setting the environment variable JAX_CHECK_TRACER_LEAKS or using the `jax.checking_leaks` context manager.", v.Aval().Name(), where)
}

// Process records an equation.
func (t *JaxprTrace) Process(p *Primitive, params any, in []Value) []Value {
	if t.dead {
		Errorf(UnexpectedTracerError, "%s: a trace that has ended was used", p.Name)
	}
	atoms := make([]Atom, len(in))
	var buf [8]*Aval
	avals := buf[:0]
	for i, v := range in {
		atoms[i] = t.Lift(v)
		avals = append(avals, atoms[i].Aval())
	}
	outA := p.rules.Abstract(params, avals)
	return t.Emit(p, params, atoms, outA)
}

// Emit records an equation whose results have the given avals.
func (t *JaxprTrace) Emit(p *Primitive, params any, in []Atom, outA []*Aval) []Value {
	e := &Eqn{Prim: p, Params: params, In: in}
	if len(outA) == 1 { // one allocation for the variable and its tracer
		o := &struct {
			v  Var
			tr JaxprTracer
			vs [1]*Var
			os [1]Value
		}{}
		t.Jaxpr.slots++
		o.v.aval, o.v.slot = outA[0], t.Jaxpr.slots
		o.tr = JaxprTracer{t: t, V: &o.v, Eqn: e}
		o.vs[0], o.os[0] = &o.v, &o.tr
		e.Out = o.vs[:]
		t.Jaxpr.Eqns = append(t.Jaxpr.Eqns, e)
		return o.os[:]
	}
	e.Out = make([]*Var, len(outA))
	outs := make([]Value, len(outA))
	for i, a := range outA {
		e.Out[i] = t.newVar(a)
		outs[i] = &JaxprTracer{t: t, V: e.Out[i], Eqn: e}
	}
	t.Jaxpr.Eqns = append(t.Jaxpr.Eqns, e)
	return outs
}

// Finish ends the trace with the given results. The ClosedJaxpr takes over the references to the constants.
func (t *JaxprTrace) Finish(out []Value) *ClosedJaxpr {
	t.Jaxpr.Out = make([]Atom, len(out))
	for i, v := range out {
		t.Jaxpr.Out[i] = t.Lift(v)
	}
	c := Close(t.Jaxpr, t.consts)
	t.End()
	return c
}

// End ends the trace: its tracers are leaked from now on, its references to constants are given up.
func (t *JaxprTrace) End() {
	if t.dead {
		return
	}
	t.dead = true
	for _, v := range t.consts {
		Release(v)
	}
	t.consts, t.constOf = nil, nil
}

// Consts are the constants met so far.
func (t *JaxprTrace) Consts() []Value { return t.consts }

// MakeJaxpr traces f on inputs of the given avals. Values that f closes over become constants.
func MakeJaxpr(what, where string, avals []*Aval, f func(in []Value) []Value) *ClosedJaxpr {
	t := NewJaxprTrace(CurrentTrace(), what, where)
	defer t.End()
	in := make([]Value, len(avals))
	for i, a := range avals {
		in[i] = t.Input(a)
	}
	var c *ClosedJaxpr
	WithTrace(t, func() { c = t.Finish(f(in)) })
	Ended(t)
	return c
}
