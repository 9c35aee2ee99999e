package core

import (
	"slices"
	"sync/atomic"
)

// An Atom is a Var or a *Literal.
type Atom interface{ Aval() *Aval }

// A Var is a variable of a jaxpr.
type Var struct {
	aval *Aval
	// slot numbers the variables of one trace, so that an Env need not hash; 0: none
	slot int32
}

// NewVar makes a variable.
func NewVar(a *Aval) *Var { return &Var{aval: a} }

func (v *Var) Aval() *Aval { return v.aval }

// DropVar is a result that nothing reads; it prints as _.
type DropVar struct{ Var }

// An Eqn applies a primitive.
type Eqn struct {
	Prim   *Primitive
	Params any
	In     []Atom
	Out    []*Var
}

// A Jaxpr is a program: JAX's intermediate representation. Constants are inputs that come before In.
type Jaxpr struct {
	ConstVars []*Var
	In        []*Var
	Eqns      []*Eqn
	Out       []Atom
	Name      string // of the function traced
	// ArgNames and ResultPaths serve messages and printed programs.
	ArgNames []string
	slots    int32
}

// A ClosedJaxpr is a jaxpr with the values of its constants. It holds a reference to each.
type ClosedJaxpr struct {
	*Jaxpr
	Consts []Value
	inA    []*Aval
	outA   []*Aval
	id     uint64
	memo   map[string]any
	masks  map[maskKey]any
	// Exec is the compiled program, kept here by whoever compiles.
	Exec any
}

var jaxprIDs atomic.Uint64

// Close pairs a jaxpr with its constants and takes a reference to each of them.
func Close(j *Jaxpr, consts []Value) *ClosedJaxpr {
	c := &ClosedJaxpr{Jaxpr: j, Consts: consts, id: jaxprIDs.Add(1)}
	c.inA = make([]*Aval, len(j.In))
	for i, v := range j.In {
		c.inA[i] = v.aval
	}
	c.outA = make([]*Aval, len(j.Out))
	for i, a := range j.Out {
		c.outA[i] = a.Aval()
	}
	for _, v := range consts {
		Retain(v)
	}
	return c
}

// Closed is c itself; what embeds a ClosedJaxpr gives it so.
func (c *ClosedJaxpr) Closed() *ClosedJaxpr { return c }

// ID identifies the jaxpr in this process.
func (c *ClosedJaxpr) ID() uint64 { return c.id }

// InAvals are the avals of the inputs, constants not included.
func (c *ClosedJaxpr) InAvals() []*Aval { return c.inA }

// OutAvals are the avals of the results.
func (c *ClosedJaxpr) OutAvals() []*Aval { return c.outA }

// Drop gives up the references to the constants; the jaxpr must not be used after it.
func (c *ClosedJaxpr) Drop() {
	for _, v := range c.Consts {
		Release(v)
	}
	c.Consts = nil
}

// Memo returns what f computed for this jaxpr under the key; derived jaxprs and executables live as long as it.
func (c *ClosedJaxpr) Memo(key string, f func() any) any {
	if v, ok := c.memo[key]; ok {
		return v
	}
	v := f()
	if c.memo == nil {
		c.memo = map[string]any{}
	}
	c.memo[key] = v
	return v
}

type maskKey struct {
	what byte
	n    int
	bits uint64
}

// MemoMask is Memo for what depends on one mask of at most 64 flags; it allocates nothing when found.
func (c *ClosedJaxpr) MemoMask(what byte, mask []bool, f func() any) any {
	k := maskKey{what: what, n: len(mask)}
	for i, b := range mask {
		if b {
			k.bits |= 1 << uint(i)
		}
	}
	if v, ok := c.masks[k]; ok {
		return v
	}
	v := f()
	if c.masks == nil {
		c.masks = map[maskKey]any{}
	}
	c.masks[k] = v
	return v
}

// Memoized returns what is stored under key, if anything.
func (c *ClosedJaxpr) Memoized(key string) (any, bool) { v, ok := c.memo[key]; return v, ok }

// ClearMemo forgets derived jaxprs and executables.
func (c *ClosedJaxpr) ClearMemo() { c.memo, c.masks = nil, nil }

// HasEffect reports whether an equation of j, or of a jaxpr in it, has an effect.
func (c *ClosedJaxpr) HasEffect() bool {
	return c.Memo("effect", func() any {
		for _, e := range c.Eqns {
			if e.Prim.HasEffect(e.Params) {
				return true
			}
		}
		return false
	}).(bool)
}

// Eval applies the jaxpr to in under the current trace, equation by equation.
func (c *ClosedJaxpr) Eval(in []Value) []Value { return EvalJaxpr(c.Jaxpr, c.Consts, in) }

// EvalJaxpr rebinds every equation of j under the current trace.
func EvalJaxpr(j *Jaxpr, consts, in []Value) []Value {
	if len(in) != len(j.In) || len(consts) != len(j.ConstVars) {
		Errorf(InternalError, "jaxpr of %d constants and %d inputs got %d and %d", len(j.ConstVars), len(j.In), len(consts), len(in))
	}
	env := NewEnv[Value](j)
	for i, v := range j.ConstVars {
		env.Set(v, consts[i])
	}
	for i, v := range j.In {
		env.Set(v, in[i])
	}
	read := func(a Atom) Value {
		if v, ok := a.(*Var); ok {
			return env.Get(v)
		}
		return a.(Value)
	}
	for _, e := range j.Eqns {
		args := make([]Value, len(e.In))
		for i, a := range e.In {
			args[i] = read(a)
		}
		for i, o := range Bind(e.Prim, e.Params, args) {
			env.Set(e.Out[i], o)
		}
	}
	out := make([]Value, len(j.Out))
	for i, a := range j.Out {
		out[i] = read(a)
	}
	return out
}

// An Env maps the variables of a jaxpr to what an interpreter knows of them. Variables that one trace made are found by
// their number, those of hand-made jaxprs by hashing.
type Env[T any] struct {
	slots []envSlot[T]
	other map[*Var]T
}

type envSlot[T any] struct {
	v *Var
	x T
}

// NewEnv makes an empty environment for j.
func NewEnv[T any](j *Jaxpr) *Env[T] { return &Env[T]{slots: make([]envSlot[T], j.slots+1)} }

// Set binds v.
func (e *Env[T]) Set(v *Var, x T) {
	if v.slot > 0 && int(v.slot) < len(e.slots) {
		if s := &e.slots[v.slot]; s.v == nil || s.v == v {
			s.v, s.x = v, x
			return
		}
	}
	if e.other == nil {
		e.other = map[*Var]T{}
	}
	e.other[v] = x
}

// Get is what v is bound to, or the zero T.
func (e *Env[T]) Get(v *Var) T {
	if v.slot > 0 && int(v.slot) < len(e.slots) {
		if s := &e.slots[v.slot]; s.v == v {
			return s.x
		}
	}
	return e.other[v]
}

// DCE returns j without what no used result needs (nil: all are used), and which inputs are still read. Equations
// with sub-jaxprs lose operands and results too.
func DCE(j *Jaxpr, used []bool) (*Jaxpr, []bool) {
	live := map[*Var]bool{}
	mark := func(a Atom) {
		if v, ok := a.(*Var); ok {
			live[v] = true
		}
	}
	out := make([]Atom, 0, len(j.Out))
	for i, a := range j.Out {
		if used == nil || used[i] {
			out = append(out, a)
			mark(a)
		}
	}
	var eqns []*Eqn // last one first
	for i := len(j.Eqns) - 1; i >= 0; i-- {
		e := j.Eqns[i]
		usedOut := make([]bool, len(e.Out))
		some := false
		for k, v := range e.Out {
			usedOut[k] = live[v]
			some = some || live[v]
		}
		if !some && !e.Prim.HasEffect(e.Params) {
			continue
		}
		if some && e.Prim.rules.DCE != nil {
			e = dceEqn(e, usedOut)
		}
		eqns = append(eqns, e)
		for _, a := range e.In {
			mark(a)
		}
	}
	slices.Reverse(eqns)
	usedIn := make([]bool, len(j.In))
	for i, v := range j.In {
		usedIn[i] = live[v]
	}
	k := *j
	k.Eqns, k.Out = eqns, out
	return &k, usedIn
}

func dceEqn(e *Eqn, used []bool) *Eqn {
	params, in, out := e.Prim.rules.DCE(e.Params, used)
	d := &Eqn{Prim: e.Prim, Params: params}
	for i, a := range e.In {
		if in[i] {
			d.In = append(d.In, a)
		}
	}
	for i, v := range e.Out {
		if out[i] {
			d.Out = append(d.Out, v)
		}
	}
	return d
}

// DCEJaxpr is DCE of a closed jaxpr, which keeps all inputs; the result is kept with j.
func DCEJaxpr(j *ClosedJaxpr, used []bool) (*ClosedJaxpr, []bool) {
	key := []byte("dce|")
	for i := range j.Out {
		key = append(key, '0'+b2b(used == nil || used[i]))
	}
	type result struct {
		j      *ClosedJaxpr
		usedIn []bool
	}
	r := j.Memo(string(key), func() any {
		k, usedIn := DCE(j.Jaxpr, used)
		if len(k.Out) == len(j.Out) && slices.Equal(k.Eqns, j.Eqns) {
			return result{j, usedIn}
		}
		return result{Close(k, j.Consts), usedIn}
	}).(result)
	return r.j, r.usedIn
}
