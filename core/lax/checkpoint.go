package lax

import (
	"fmt"
	"slices"
	"strings"

	"github.com/jaxgo/jaxgo/core"
	"github.com/jaxgo/jaxgo/core/dtype"
	"github.com/jaxgo/jaxgo/core/stablehlo"
)

// A Policy says which results a checkpointed function saves for its backward pass, of those that it needs; the others
// are computed again. nil saves nothing but the function's inputs.
type Policy interface {
	Saveable(p *core.Primitive, params any, in []*core.Aval) bool
}

// policy is a Policy with a name.
type policy struct {
	name string
	save func(p *core.Primitive, params any) bool
}

func (p *policy) Saveable(prim *core.Primitive, params any, _ []*core.Aval) bool {
	return p.save(prim, params)
}

// PyString is how jaxprs print the policy.
func (p *policy) PyString() string { return p.name }

// The policies of jax.checkpoint_policies that have no arguments.
var (
	EverythingSaveable Policy = &policy{"everything_saveable", func(*core.Primitive, any) bool { return true }}
	NothingSaveable    Policy = &policy{"nothing_saveable", func(*core.Primitive, any) bool { return false }}
	DotsSaveable       Policy = &policy{"DotsSaveable(only_if_no_batch_dims=False)", func(p *core.Primitive, _ any) bool {
		return p.Name == "dot_general" || p.Name == "conv_general_dilated"
	}}
	DotsWithNoBatchDimsSaveable Policy = &policy{"DotsSaveable(only_if_no_batch_dims=True)", func(_ *core.Primitive, params any) bool {
		p, ok := params.(dotParams)
		return ok && len(p.DimensionNumbers.LhsBatch) == 0
	}}
)

// namePolicies keeps the policies about names, so that equal ones are the same and share compiled programs.
var namePolicies = map[string]Policy{}

// SaveOnlyTheseNames saves what CheckpointName gave one of the names; SaveAnyNamesButThese what it gave another.
func SaveOnlyTheseNames(names ...string) Policy {
	return namePolicy("SaveOnlyTheseNames(saveable_names", names, true)
}

// SaveAnyNamesButThese saves what CheckpointName gave a name that is none of these.
func SaveAnyNamesButThese(names ...string) Policy {
	return namePolicy("SaveAnyNamesButThese(names", names, false)
}

func namePolicy(what string, names []string, save bool) Policy {
	names = slices.Clone(names)
	slices.Sort(names)
	text := what + "=frozenset({'" + strings.Join(names, "', '") + "'}))"
	p := namePolicies[text]
	if p == nil {
		p = &policy{text, func(_ *core.Primitive, params any) bool {
			n, ok := params.(NameParams)
			return ok && slices.Contains(names, n.Name) == save
		}}
		namePolicies[text] = p
	}
	return p
}

// SaveFromBothPolicies saves what either policy does.
func SaveFromBothPolicies(a, b Policy) Policy { return &bothPolicies{a, b} }

type bothPolicies struct{ a, b Policy }

func (p *bothPolicies) Saveable(prim *core.Primitive, params any, in []*core.Aval) bool {
	return p.a.Saveable(prim, params, in) || p.b.Saveable(prim, params, in)
}

// CheckpointParams are the parameters of checkpoint.
type CheckpointParams struct {
	Differentiated bool
	Jaxpr          *core.ClosedJaxpr
	Policy         Policy
	PreventCse     bool
	// Barrier says of which inputs the compiler must not know that they are those of the forward pass; nil: of all.
	Barrier []bool `jx:"-"`
}

// NameParams are the parameters of name.
type NameParams struct{ Name string }

var (
	checkpointOp = core.Declare[CheckpointParams]("remat2")
	nameOp       = core.Declare[NameParams]("name")
)

// Checkpoint is f(in), of which the backward pass saves what the policy says and computes the rest again. preventCSE
// keeps the compiler from undoing that.
func Checkpoint(f func([]Value) []Value, p Policy, preventCSE bool, in ...Value) []Value {
	j, consts := closed("checkpoint", "checkpoint", avalsOf(in), f)
	return CheckpointJaxpr(CheckpointParams{Jaxpr: j, Policy: p, PreventCse: preventCSE}, concat(consts, in)...)
}

// CheckpointJaxpr is Checkpoint of a jaxpr without constants.
func CheckpointJaxpr(p CheckpointParams, in ...Value) []Value { return checkpointOp.Bind(p, in...) }

// CheckpointName gives x a name that policies know.
func CheckpointName(x Value, name string) Value { return nameOp.Bind1(NameParams{name}, x) }

// with is the call of a derived jaxpr.
func (p CheckpointParams) with(j *core.ClosedJaxpr, in ...Value) []Value {
	j, consts := Hoist(j)
	p.Jaxpr = j
	if p.Barrier != nil {
		p.Barrier = concat(make([]bool, len(consts)), p.Barrier)
	}
	return checkpointOp.Bind(p, concat(consts, in)...)
}

// guarded is p for other inputs: those of before that kept says, and a few that were none.
func (p CheckpointParams) guarded(before int, kept []bool, after int) CheckpointParams {
	if p.Barrier != nil {
		p.Barrier = concat(repeat(true, before), pick(p.Barrier, kept), repeat(true, after))
	}
	return p
}

func init() {
	checkpointOp.Define(core.Rules[CheckpointParams]{
		Doc:      "Call of a jaxpr whose intermediate results are computed again in the backward pass.",
		Abstract: func(p CheckpointParams, in []*core.Aval) []*core.Aval { return p.Jaxpr.OutAvals() },
		JVP: func(c core.JVPCtx, p CheckpointParams, x, t []Value) ([]Value, []Value) {
			j, outNZ := c.JVPJaxpr(p.Jaxpr, nonzero(t), nil)
			out := p.guarded(0, repeat(true, len(x)), count(nonzero(t))).with(j, concat(x, compact(t))...)
			n := len(outNZ)
			return out[:n], spread(out[n:], outNZ)
		},
		Linearize: func(c core.LinearizeCtx, p CheckpointParams, x []Value, nz []bool) ([]Value, []bool, func([]Value) []Value) {
			for _, e := range Effects(p.Jaxpr.Jaxpr) {
				if e == "IO" || e == "OrderedIO" {
					core.Errorf(core.NotImplementedError, "Effects not supported in partial-eval of `checkpoint`/`remat`: [%s]", e)
				}
			}
			l := c.LinearizeJaxpr(p.Jaxpr, nz, nil)
			fwd, consts := Hoist(l.Fwd)
			in := concat(consts, x)
			s := splitCheckpoint(l, fwd, len(consts), p.Policy)
			out := s.forward.Eval(in)
			return out[:l.NumOut], l.OutNonzero, func(t []Value) []Value {
				q := p
				if q.Barrier != nil {
					q.Barrier = concat(make([]bool, len(consts)), q.Barrier)
				}
				q = q.guarded(len(out)-l.NumOut, s.read, count(nz))
				q.Differentiated = true
				return spread(q.with(s.linear, concat(out[l.NumOut:], pick(in, s.read), compact(t))...), l.OutNonzero)
			}
		},
		Transpose: func(c core.TransposeCtx, p CheckpointParams, ct, in []Value) []Value {
			linear := make([]bool, len(in))
			for i, v := range in {
				linear[i] = core.IsUndef(v)
			}
			j, outNZ := c.TransposeJaxpr(p.Jaxpr, linear, nonzero(ct), nil)
			out := spread(p.guarded(0, not(linear), count(nonzero(ct))).with(j, concat(pick(in, not(linear)), compact(ct))...), outNZ)
			cts := make([]Value, len(in))
			for i, k := range where(linear, 0) {
				cts[k] = out[i]
			}
			return cts
		},
		Batch: func(c core.BatchCtx, p CheckpointParams, in []Value, dims []int) ([]Value, []int) {
			in, batched := ToFront(in, dims)
			j, outB := c.BatchJaxpr(p.Jaxpr, batched, nil)
			return p.with(j, in...), FrontDims(outB)
		},
		Lower: func(c core.LowerCtx, p CheckpointParams, in []stablehlo.Value) []stablehlo.Value {
			if p.Differentiated && p.PreventCse {
				in = barrierHLO(c.B(), in, p.Barrier)
			}
			return c.Call("checkpoint", p.Jaxpr, in, true)
		},
		DCE: func(p CheckpointParams, used []bool) (CheckpointParams, []bool, []bool) {
			j, in := core.DCEJaxpr(p.Jaxpr, used)
			p = p.guarded(0, in, 0)
			p.Jaxpr = reorder(j, where(in, 0), iota(len(j.Out)))
			return p, in, used
		},
	})

	nameOp.Define(core.Rules[NameParams]{
		Doc:      "The operand, with a name for checkpoint policies.",
		Abstract: func(p NameParams, in []*core.Aval) []*core.Aval { return in },
		JVP: func(_ core.JVPCtx, p NameParams, x, t []Value) ([]Value, []Value) {
			return nameOp.Bind(p, x...), t
		},
		Batch:   batchUnary[NameParams](nameOp),
		Lower:   func(_ core.LowerCtx, _ NameParams, in []stablehlo.Value) []stablehlo.Value { return in },
		Samples: []core.Sample[NameParams]{{Params: NameParams{"x"}, In: []*core.Aval{core.NewAval(dtype.Float32, 2, 3)}}},
	})
}

// barrierHLO hides from the compiler what the values are that mask says; nil: all.
func barrierHLO(b *stablehlo.Builder, in []stablehlo.Value, mask []bool) []stablehlo.Value {
	if mask == nil {
		mask = repeat(true, len(in))
	}
	hidden := pick(in, mask)
	if len(hidden) == 0 {
		return in
	}
	hidden = b.Through("stablehlo.optimization_barrier", hidden...)
	out := slices.Clone(in)
	for i, k := range where(mask, 0) {
		out[k] = hidden[i]
	}
	return out
}

// checkpointed is a linearized jaxpr that saves little.
type checkpointed struct {
	forward *core.ClosedJaxpr // in -> (results, saved)
	linear  *core.ClosedJaxpr // (saved, what is read of in, tangents) -> tangents
	read    []bool
	policy  Policy // kept, for its address is part of the key that this is found by
}

// splitCheckpoint cuts the forward pass h of a linearized jaxpr, whose nh leading inputs are hoisted constants, where
// the policy saves what a residual needs. What lies behind the cuts is computed once more with the linear jaxpr.
func splitCheckpoint(l *core.Linearized, h *core.ClosedJaxpr, nh int, p Policy) *checkpointed {
	return h.Memo(fmt.Sprintf("checkpoint %d %p", nh, p), func() any {
		out := make([]core.Atom, len(l.Res))
		fwd := h
		if p != nil { // policies see through calls
			fwd = inlined(h)
		}
		for i, r := range l.Res {
			if r.From == core.FromInput {
				out[i] = fwd.In[nh+r.Index]
			} else {
				out[i] = fwd.Out[r.Index]
			}
		}
		parts := cutEqns(fwd.Eqns, out, p)
		saved := parts.saved
		again := *fwd.Jaxpr
		again.Eqns, again.Out, again.ArgNames = parts.again, out, nil
		again.In = concat(saved, fwd.In)
		forward := *fwd.Jaxpr
		forward.Eqns = parts.first
		forward.Out = slices.Clone(fwd.Out[:l.NumOut])
		for _, v := range saved {
			forward.Out = append(forward.Out, v)
		}
		k, _ := core.DCE(&forward, nil)
		c := &checkpointed{forward: core.Close(k, nil), policy: p}
		n, ns := len(again.In), len(saved)
		kept, _ := core.DCE(&again, nil)
		rec := core.Close(kept, nil)
		lin := ruleJaxpr("checkpoint", h.Name, concat(rec.InAvals(), l.Lin.InAvals()[len(l.Res):]), func(in []Value) []Value {
			return l.Lin.Eval(concat(rec.Eval(in[:n]), in[n:]))
		})
		c.read = inputsRead(lin.Jaxpr)[ns:n]
		c.linear = reorder(lin, concat(iota(ns), where(c.read, ns), span(n, len(lin.In))), iota(len(lin.Out)))
		return c
	}).(*checkpointed)
}

// inlined is j with its calls replaced by what they call.
func inlined(j *core.ClosedJaxpr) *core.ClosedJaxpr {
	if !slices.ContainsFunc(j.Eqns, func(e *core.Eqn) bool { return IsJit(e.Prim) }) {
		return j
	}
	return j.Memo("inlined", func() any {
		return ruleJaxpr("inline", j.Name, j.InAvals(), func(in []Value) []Value { return evalInline(j.Jaxpr, j.Consts, in) })
	}).(*core.ClosedJaxpr)
}

func evalInline(j *core.Jaxpr, consts, in []Value) []Value {
	env := core.NewEnv[Value](j)
	for i, v := range j.ConstVars {
		env.Set(v, consts[i])
	}
	for i, v := range j.In {
		env.Set(v, in[i])
	}
	read := func(atoms []core.Atom) []Value {
		vs := make([]Value, len(atoms))
		for i, a := range atoms {
			if v, ok := a.(*core.Var); ok {
				vs[i] = env.Get(v)
			} else {
				vs[i] = a.(Value)
			}
		}
		return vs
	}
	for _, e := range j.Eqns {
		var out []Value
		if q, ok := e.Params.(JitParams); ok {
			out = evalInline(q.Jaxpr.Jaxpr, q.Jaxpr.Consts, read(e.In))
		} else {
			out = core.Bind(e.Prim, e.Params, read(e.In))
		}
		for i, v := range e.Out {
			env.Set(v, out[i])
		}
	}
	return read(j.Out)
}

// lax.checkpoint_name (x, name)
func init() {
	core.Export1("lax.checkpoint_name", "xs", func(a *core.Args) Value { return CheckpointName(a.X(0), a.Str(1)) })
}
