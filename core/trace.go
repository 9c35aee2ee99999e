package core

import "encoding/binary"

// A Trace interprets primitives for one transformation. The current trace processes every primitive; values of
// other traces are lifted by it (JAX's "stackless" scheme: each transforming trace knows its parent).
type Trace interface {
	Process(p *Primitive, params any, in []Value) []Value
	// Eager reports whether primitives at the bottom of the trace's parents run at once. An eager
	// transformation has each primitive compiled together with its derivative or batching rule, as one unit.
	Eager() bool
}

// A Thread holds what belongs to one thread of the caller: the current trace and the values that it owns for now.
//
// All tracing is serialised: by the GIL when Python drives, by Lock when a Go program does. So the current
// thread is one variable, which every boundary sets on entry and restores after it let other threads run.
type Thread struct {
	ID    int64
	trace Trace
	arena []Counted
	// Axes are the mapped axis names in scope, innermost last.
	Axes []Axis
	// stack holds traces put aside by Push.
	stack []Trace
	// pushed says that Push or Pop changed the trace: Reset keeps it.
	pushed bool
	// Own holds the thread's own values of options by name; of others it has the process's. OnSwitch sees to them.
	Own map[string]Arg
}

// Push makes t the thread's trace until Pop: across crossings, unlike WithTrace.
func (t *Thread) Push(tr Trace) {
	t.stack = append(t.stack, t.trace)
	t.trace = tr
	t.pushed = true
}

// Pop undoes Push.
func (t *Thread) Pop() {
	if n := len(t.stack); n > 0 {
		t.trace = t.stack[n-1]
		t.stack = t.stack[:n-1]
		t.pushed = true
	}
}

// AppendAxes appends the named axes in scope to the key of a cache: what is traced under them may depend on their sizes.
func AppendAxes(key []byte) []byte {
	for _, a := range cur.Axes {
		key = append(append(key, 0, '@'), a.Name...)
		key = binary.LittleEndian.AppendUint64(append(key, 0), uint64(a.Size))
	}
	return key
}

// An Axis is a mapped axis that has a name.
type Axis struct {
	Name string
	Size int
	// Trace is the batching trace of the axis.
	Trace Trace
}

var (
	cur      = &Thread{}
	evaluate Trace // installed by lowering
)

// SetEvaluator installs the trace that runs primitives on concrete arrays.
func SetEvaluator(t Trace) { evaluate = t }

// Evaluator is the trace that runs primitives on concrete arrays.
func Evaluator() Trace { return evaluate }

// Current is the current thread.
func Current() *Thread { return cur }

// OnSwitch, if set, is told when another thread becomes current and one of the two has options of its own.
var OnSwitch func(from, to *Thread)

// SetCurrent makes t the current thread.
func SetCurrent(t *Thread) {
	if t == cur {
		return
	}
	from := cur
	cur = t
	if (len(from.Own) > 0 || len(t.Own) > 0) && OnSwitch != nil {
		OnSwitch(from, t)
	}
}

// NewThread makes the state of one more thread.
func NewThread(id int64) *Thread { return &Thread{ID: id} }

// CurrentTrace is the trace that processes the next primitive.
func CurrentTrace() Trace {
	if cur.trace == nil {
		return evaluate
	}
	return cur.trace
}

// IsEvaluating reports whether primitives run at once, with no transformation around.
func IsEvaluating() bool { return cur.trace == nil || cur.trace == evaluate }

// WithTrace runs f with t as the current trace. After an error the outer trace is current again.
func WithTrace(t Trace, f func()) {
	th, old := cur, cur.trace
	th.trace = t
	defer func() { th.trace = old }()
	f()
}

// Under runs the function with t current, without the cost of a deferred call: for rules that a boundary
// above restores (see Thread.Reset) when they panic.
func Under(t Trace) (restore func()) {
	th, old := cur, cur.trace
	th.trace = t
	return func() { th.trace = old }
}

// A Mark remembers a thread's state at a boundary.
type Mark struct {
	trace Trace
	arena int
	axes  int
}

// Mark returns the thread's state, for Reset.
func (t *Thread) Mark() Mark { return Mark{t.trace, len(t.arena), len(t.Axes)} }

// Reset goes back to a mark: the trace of then is current, and what was owned since is released.
func (t *Thread) Reset(m Mark) {
	if t.pushed {
		t.pushed = false
	} else {
		t.trace = m.trace
	}
	t.Axes = t.Axes[:m.axes]
	t.Free(m)
}

// Free releases what the thread came to own since the mark.
func (t *Thread) Free(m Mark) {
	for i := len(t.arena) - 1; i >= m.arena; i-- {
		c := t.arena[i]
		t.arena[i] = nil
		c.Release()
	}
	t.arena = t.arena[:m.arena]
}

// Own hands a reference to the current scope, which releases it at its end.
func Own(c Counted) { cur.arena = append(cur.arena, c) }

// Scope runs f and then releases everything that came to be owned in it but its results, which pass to the
// scope around.
func Scope(f func() []Value) []Value {
	th := cur
	m := th.Mark()
	out := f()
	for _, v := range out {
		if v != nil {
			Retain(v)
		}
	}
	th.Free(m)
	for _, v := range out {
		if c, ok := v.(Counted); ok {
			Own(c)
		}
	}
	return out
}

// Bind applies p to in under the current trace.
func Bind(p *Primitive, params any, in []Value) []Value {
	t := cur.trace
	if t == nil {
		t = evaluate
	}
	if t != evaluate && t.Eager() && !p.rules.NoUnit && unitCall != nil {
		return unitCall(t, p, params, in)
	}
	return t.Process(p, params, in)
}

// unitCall wraps an equation into a jaxpr of its own and processes a call of that: installed by core/lax.
var unitCall func(t Trace, p *Primitive, params any, in []Value) []Value

// SetUnitCall installs how an eager transformation turns a primitive into a compiled unit.
func SetUnitCall(f func(t Trace, p *Primitive, params any, in []Value) []Value) { unitCall = f }

// AbstractEval gives the avals of p's results.
func AbstractEval(p *Primitive, params any, in []Value) []*Aval {
	var buf [8]*Aval
	avals := buf[:0]
	for _, v := range in {
		avals = append(avals, v.Aval())
	}
	return p.rules.Abstract(params, avals)
}

// LeakCheck, if set, is told of every trace that has ended without an error; it panics if something still holds a tracer of it.
var LeakCheck func(t Trace)

// Ended tells LeakCheck of a trace.
func Ended(t Trace) {
	if LeakCheck != nil {
		LeakCheck(t)
	}
}
