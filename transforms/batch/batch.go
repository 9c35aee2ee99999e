// Package batch maps functions over an axis: vmap. A mapped value carries its batch axis along; each primitive's
// batching rule computes all members at once.
package batch

import (
	"strconv"

	"github.com/jaxgo/jaxgo/core"
	"github.com/jaxgo/jaxgo/core/lax"
)

// Value is short for core.Value.
type Value = core.Value

type trace struct {
	parent core.Trace
	size   int
	name   string
	dead   bool
	tag    *byte // the same for all traces of one transformation, which know each other's tracers
}

// A Tracer is one member, standing for all, of a value that is mapped over axis Dim.
type Tracer struct {
	t    *trace
	Val  Value
	Dim  int
	aval *core.Aval
	refs int32
}

func (b *Tracer) Aval() *core.Aval  { return b.aval }
func (b *Tracer) Trace() core.Trace { return b.t }

// Leaked reports whether the tracer's transformation has ended.
func (b *Tracer) Leaked() bool { return b.t.dead }

// Retain takes a reference.
func (b *Tracer) Retain() { b.refs++ }

// Release gives up a reference.
func (b *Tracer) Release() {
	if b.refs--; b.refs == 0 {
		core.Release(b.Val)
	}
}

func (t *trace) Eager() bool { return t.parent.Eager() }

func (t *trace) tracer(v Value, dim int) Value {
	if dim == core.Unmapped {
		return v
	}
	a := v.Aval()
	shape := make([]int, 0, len(a.Shape)-1)
	shape = append(append(shape, a.Shape[:dim]...), a.Shape[dim+1:]...)
	b := &Tracer{t, v, dim, a.WithShape(shape), 1}
	core.Retain(v)
	core.Own(b)
	return b
}

func (t *trace) split(v Value) (Value, int) {
	if b, ok := v.(*Tracer); ok {
		if b.t.tag == t.tag {
			return b.Val, b.Dim
		}
		if b.t.dead {
			core.Leaked(b)
		}
	}
	return v, core.Unmapped
}

// Size is the length of the mapped axis.
func (t *trace) Size() int { return t.size }

// AxisName is the name of the mapped axis, if it has one.
func (t *trace) AxisName() string { return t.name }

func (t *trace) Process(p *core.Primitive, params any, in []Value) []Value {
	xs, dims := make([]Value, len(in)), make([]int, len(in))
	mapped := false
	for i, v := range in {
		xs[i], dims[i] = t.split(v)
		mapped = mapped || dims[i] != core.Unmapped
	}
	restore := core.Under(t.parent)
	defer restore()
	r := p.Rules()
	if !mapped && !usesAxis(p, params, t.name) && !closesOver(params) {
		return core.Bind(p, params, xs)
	}
	if r.Batch == nil {
		core.Errorf(core.NotImplementedError, "Batching rule for '%s' not implemented", p.Name)
	}
	ys, outDims := r.Batch(t, params, xs, dims)
	out := make([]Value, len(ys))
	for i, y := range ys {
		out[i] = t.tracer(y, outDims[i])
	}
	return out
}

// usesAxis reports whether an operation, or one in its jaxprs, is about the named axis even when no operand is mapped.
func usesAxis(p *core.Primitive, params any, name string) bool {
	if name == "" {
		return false
	}
	if u, ok := params.(interface{ UsesAxis(string) bool }); ok && u.UsesAxis(name) {
		return true
	}
	for _, j := range p.SubJaxprs(params) {
		if j.Memo("axis|"+name, func() any {
			for _, e := range j.Eqns {
				if usesAxis(e.Prim, e.Params, name) {
					return true
				}
			}
			return false
		}).(bool) {
			return true
		}
	}
	return false
}

// closesOver reports whether an operation calls functions that may close over tracers even when no operand is mapped.
func closesOver(params any) bool {
	c, ok := params.(interface{ ClosesOver() bool })
	return ok && c.ClosesOver()
}

// Map applies f to in, mapped over dims, and returns the results with their batch axes (Unmapped: none).
func Map(f func([]Value) []Value, in []Value, dims []int, size int, axisName string) (out []Value, outDims []int) {
	return mapTagged(f, in, dims, size, axisName, new(byte))
}

func mapTagged(f func([]Value) []Value, in []Value, dims []int, size int, axisName string, tag *byte) (out []Value, outDims []int) {
	t := &trace{parent: core.CurrentTrace(), size: size, name: axisName, tag: tag}
	th := core.Current()
	depth := len(th.Axes)
	defer func() { t.dead = true; th.Axes = th.Axes[:depth] }()
	if axisName != "" {
		th.Axes = append(th.Axes, core.Axis{Name: axisName, Size: size, Trace: t})
	}
	args := make([]Value, len(in))
	for i, v := range in {
		args[i] = t.tracer(v, dims[i])
	}
	core.WithTrace(t, func() { out = f(args) })
	res := make([]Value, len(out))
	outDims = make([]int, len(out))
	for i, v := range out {
		res[i], outDims[i] = t.split(v)
	}
	core.Ended(t)
	return res, outDims
}

// MatchAxis gives the result of a mapped function its batch axis at position to.
func MatchAxis(v Value, dim, to, size int) Value {
	if dim == core.Unmapped {
		s := v.Aval().Shape
		shape := append(append(append([]int{}, s[:to]...), size), s[to:]...)
		dims := make([]int, 0, len(s))
		for i := range shape {
			if i != to {
				dims = append(dims, i)
			}
		}
		return lax.BroadcastInDim(v, shape, dims)
	}
	return lax.MoveAxis(v, dim, to)
}

type result struct {
	j *core.ClosedJaxpr
	b []bool
}

// BatchFun implements core.BatchCtx. f may close over tracers of t.
func (t *trace) BatchFun(f func([]Value) []Value, in []Value, dims []int) ([]Value, []int) {
	return mapTagged(f, in, dims, t.size, t.name, t.tag)
}

// BatchJaxpr implements core.BatchCtx. The result is kept with j; inside a named axis the name belongs to the key.
func (t *trace) BatchJaxpr(j *core.ClosedJaxpr, batched, force []bool) (*core.ClosedJaxpr, []bool) {
	return Jaxpr(j, t.size, t.name, batched, force)
}

// Jaxpr maps j over axis 0 of the inputs marked in batched, see core.BatchCtx.
func Jaxpr(j *core.ClosedJaxpr, size int, name string, batched, force []bool) (*core.ClosedJaxpr, []bool) {
	key := []byte("batch|" + name + "|" + strconv.Itoa(size))
	for _, m := range [][]bool{batched, force} {
		key = append(key, '|')
		for _, b := range m {
			if b {
				key = append(key, '1')
			} else {
				key = append(key, '0')
			}
		}
	}
	r := j.Memo(string(key), func() any {
		avals := make([]*core.Aval, len(batched))
		dims := make([]int, len(batched))
		for i, a := range j.InAvals() {
			avals[i], dims[i] = a, core.Unmapped
			if batched[i] {
				avals[i], dims[i] = a.WithShape(append([]int{size}, a.Shape...)), 0
			}
		}
		var outB []bool
		var c *core.ClosedJaxpr
		core.WithTrace(core.Evaluator(), func() {
			c = core.MakeJaxpr("vmap", j.Name, avals, func(in []Value) []Value {
				out, od := Map(j.Eval, in, dims, size, name)
				outB = make([]bool, len(out))
				for i, v := range out {
					if od[i] != core.Unmapped || force != nil && force[i] {
						outB[i] = true
						out[i] = MatchAxis(v, od[i], 0, size)
					}
				}
				return out
			})
		})
		return result{c, outB}
	}).(result)
	return r.j, r.b
}
