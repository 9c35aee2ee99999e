package lax

import (
	"slices"

	le "encoding/binary"

	"github.com/jaxgo/jaxgo/core"
	"github.com/jaxgo/jaxgo/core/stablehlo"
)

// JitParams are the parameters of a call of a jaxpr: what jit records, and what eager transformations make
// of every equation, so that it is compiled together with its derivative or batching rule.
type JitParams struct {
	Jaxpr *core.ClosedJaxpr
	Name  string
	// Inline keeps the call from being a function of its own in the lowered module.
	Inline bool `jx:"-"`
}

var jitOp = core.Declare[JitParams]("jit")

// Jit calls j, which must have no constants (see Hoist).
func Jit(p JitParams, in ...Value) []Value { return jitOp.Bind(p, in...) }

// IsJit reports whether p is the call primitive.
func IsJit(p *core.Primitive) bool { return p == jitOp.Primitive }

// Hoist makes the constants of j its leading inputs, so that no parameter of an equation holds arrays.
func Hoist(j *core.ClosedJaxpr) (*core.ClosedJaxpr, []Value) {
	if len(j.Consts) == 0 {
		return j, nil
	}
	h := j.Memo("hoisted", func() any {
		k := *j.Jaxpr
		k.In = append(append([]*core.Var{}, k.ConstVars...), k.In...)
		k.ConstVars = nil
		return core.Close(&k, nil)
	}).(*core.ClosedJaxpr)
	return h, j.Consts
}

// A derivedCall is the call of a jaxpr that a transformation made of another, ready to be bound.
type derivedCall struct {
	params  any // JitParams
	consts  []Value
	nonzero []bool
}

// derive keeps the derived call with the jaxpr that p calls.
func derive(p JitParams, what byte, mask []bool, f func() (*core.ClosedJaxpr, []bool)) *derivedCall {
	make := func() any {
		j, nz := f()
		j, consts := Hoist(j)
		return &derivedCall{JitParams{j, p.Name, p.Inline}, consts, nz}
	}
	if len(mask) > 64 {
		return make().(*derivedCall)
	}
	return p.Jaxpr.MemoMask(what, mask, make).(*derivedCall)
}

func init() {
	jitOp.Define(core.Rules[JitParams]{
		Doc: "Call of a jaxpr.",
		Abstract: func(p JitParams, in []*core.Aval) []*core.Aval {
			return p.Jaxpr.OutAvals()
		},
		JVP: func(c core.JVPCtx, p JitParams, x, t []Value) ([]Value, []Value) {
			nz := nonzero(t)
			d := derive(p, 'j', nz, func() (*core.ClosedJaxpr, []bool) { return c.JVPJaxpr(p.Jaxpr, nz, nil) })
			out := core.Bind(jitOp.Primitive, d.params, concat(d.consts, x, compact(t)))
			n := len(d.nonzero)
			return out[:n], spread(out[n:], d.nonzero)
		},
		Linearize: func(c core.LinearizeCtx, p JitParams, x []Value, nz []bool) ([]Value, []bool, func([]Value) []Value) {
			l := c.LinearizeJaxpr(p.Jaxpr, nz, nil)
			fwd, consts := Hoist(l.Fwd)
			out := jitOp.Bind(JitParams{fwd, p.Name, p.Inline}, concat(consts, x)...)
			res := Residuals(l, x, out)
			return out[:l.NumOut], l.OutNonzero, func(t []Value) []Value {
				lin, consts := Hoist(l.Lin)
				dy := jitOp.Bind(JitParams{lin, p.Name, p.Inline}, concat(consts, res, compact(t))...)
				return spread(dy, l.OutNonzero)
			}
		},
		Transpose: func(c core.TransposeCtx, p JitParams, ct, in []Value) []Value {
			linear := make([]bool, len(in))
			var args []Value
			for i, v := range in {
				if linear[i] = core.IsUndef(v); !linear[i] {
					args = append(args, v)
				}
			}
			j, outNZ := c.TransposeJaxpr(p.Jaxpr, linear, nonzero(ct), nil)
			j, consts := Hoist(j)
			out := jitOp.Bind(JitParams{j, p.Name, p.Inline}, concat(consts, args, compact(ct))...)
			cts := make([]Value, len(in))
			k := 0
			for i, v := range spread(out, outNZ) {
				for !linear[k] {
					k++
				}
				_ = i
				cts[k] = v
				k++
			}
			return cts
		},
		Batch: func(c core.BatchCtx, p JitParams, in []Value, dims []int) ([]Value, []int) {
			in, batched := ToFront(in, dims)
			j, outB := c.BatchJaxpr(p.Jaxpr, batched, nil)
			j, consts := Hoist(j)
			out := jitOp.Bind(JitParams{j, p.Name, p.Inline}, concat(consts, in)...)
			return out, FrontDims(outB)
		},
		Lower: func(c core.LowerCtx, p JitParams, in []stablehlo.Value) []stablehlo.Value {
			return c.Call(p.Name, p.Jaxpr, in, p.Inline)
		},
		DCE: func(p JitParams, used []bool) (JitParams, []bool, []bool) {
			j, in := core.DCEJaxpr(p.Jaxpr, used)
			return JitParams{reorder(j, where(in, 0), iota(len(j.Out))), p.Name, p.Inline}, in, used
		},
	})
	core.SetUnitCall(unitCall)
}

// Residuals collects the residuals of a linearized jaxpr from the operands and results of its forward call.
func Residuals(l *core.Linearized, in, out []Value) []Value {
	res := make([]Value, len(l.Res), len(l.Res)+8)
	for i, r := range l.Res {
		if r.From == core.FromInput {
			res[i] = in[r.Index]
		} else {
			res[i] = out[r.Index]
		}
	}
	return res
}

// ToFront moves mapped axes to the front and says which operands have one.
func ToFront(in []Value, dims []int) ([]Value, []bool) {
	out, batched := make([]Value, len(in)), make([]bool, len(in))
	for i, v := range in {
		if batched[i] = dims[i] != core.Unmapped; batched[i] {
			v = MoveAxis(v, dims[i], 0)
		}
		out[i] = v
	}
	return out, batched
}

// FrontDims are the batch dimensions of values that are mapped on axis 0 or not at all.
func FrontDims(batched []bool) []int {
	dims := make([]int, len(batched))
	for i, b := range batched {
		if !b {
			dims[i] = core.Unmapped
		}
	}
	return dims
}

func nonzero(t []Value) []bool {
	nz := make([]bool, len(t))
	for i, v := range t {
		nz[i] = v != nil
	}
	return nz
}

// compact drops symbolic zeros.
func compact(t []Value) []Value {
	if !slices.Contains(t, nil) {
		return t
	}
	out := make([]Value, 0, len(t))
	for _, v := range t {
		if v != nil {
			out = append(out, v)
		}
	}
	return out
}

// spread puts symbolic zeros back where nz is false.
func spread(t []Value, nz []bool) []Value {
	if len(t) == len(nz) {
		return t
	}
	out := make([]Value, len(nz))
	k := 0
	for i, b := range nz {
		if b {
			out[i] = t[k]
			k++
		}
	}
	return out
}

// units caches the jaxprs of single equations: what an eager transformation compiles for each primitive.
var units = map[string]any{}

// ClearUnits forgets the cached jaxprs of single equations.
func ClearUnits() { clear(units) }

func unitCall(t core.Trace, p *core.Primitive, params any, in []Value) []Value {
	if p == jitOp.Primitive {
		return t.Process(p, params, in)
	}
	return t.Process(jitOp.Primitive, Unit(p, params, in), in)
}

// Unit is the call of a jaxpr that holds the one equation; the jaxpr is made once for each primitive, parameters and avals.
func Unit(p *core.Primitive, params any, in []Value) any {
	var stack [128]byte
	key := p.AppendKey(stack[:0], params)
	for _, v := range in {
		key = le.LittleEndian.AppendUint32(key, v.Aval().ID())
	}
	jp, ok := units[string(key)]
	if !ok {
		tr := core.NewJaxprTrace(core.Evaluator(), "unit", p.Name)
		args := make([]Value, len(in))
		for i, v := range in {
			args[i] = tr.Input(v.Aval())
		}
		// A boxed value of params keeps what its key points to alive.
		jp = JitParams{tr.Finish(tr.Process(p, params, args)), p.Name, true}
		units[string(key)] = jp
	}
	return jp
}
