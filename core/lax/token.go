package lax

import (
	"slices"

	"github.com/jaxgo/jaxgo/core"
	"github.com/jaxgo/jaxgo/core/dtype"
)

// A compiler may exchange operations that do not depend on each other. Callbacks with effects are kept in order by a token:
// a scalar that each of them takes and returns, and that loops and branches around them pass on. Jaxprs show no tokens,
// they are put in where a program is lowered.

func tokenAval() *core.Aval { return core.MakeAval(dtype.Uint32, nil, false) }

func withToken(token bool, avals []*core.Aval) []*core.Aval {
	if token {
		return append([]*core.Aval{tokenAval()}, avals...)
	}
	return avals
}

// ThreadTokens returns j with a token for the callbacks that have effects, or j itself if it has none.
func ThreadTokens(j *core.Jaxpr) *core.Jaxpr {
	k := *j
	k.Eqns, _ = threadEqns(j.Eqns, core.NewIntLiteral(dtype.Uint32, 0, false))
	if k.Eqns == nil {
		return j
	}
	return &k
}

// threadEqns passes a token through the equations; nil if none has an effect.
func threadEqns(eqns []*core.Eqn, token core.Atom) ([]*core.Eqn, core.Atom) {
	var out []*core.Eqn
	for i, e := range eqns {
		if e.Prim.HasEffect(e.Params) {
			if t, next := threadEqn(e, token); t != nil {
				if out == nil {
					out = append(make([]*core.Eqn, 0, len(eqns)), eqns[:i]...)
				}
				e, token = t, next
			}
		}
		if out != nil {
			out = append(out, e)
		}
	}
	return out, token
}

// threadEqn gives an equation the token as an operand and another one as a result. An equation that can't be given one is
// left out of the order.
func threadEqn(e *core.Eqn, token core.Atom) (*core.Eqn, core.Atom) {
	next := core.NewVar(tokenAval())
	t := &core.Eqn{Prim: e.Prim, In: e.In, Out: e.Out}
	at := func(in, out int) (*core.Eqn, core.Atom) {
		t.In = slices.Insert(slices.Clone(e.In), in, token)
		t.Out = slices.Insert(slices.Clone(e.Out), out, next)
		return t, next
	}
	last := func() (*core.Eqn, core.Atom) { return at(len(e.In), len(e.Out)) }
	switch p := e.Params.(type) {
	case IOCallbackParams:
		p.Token = true
		t.Params = p
		return at(0, 0)
	case DebugCallbackParams:
		p.Token = true
		t.Params = p
		return at(0, 0)
	case DebugPrintParams:
		p.Token = true
		t.Params = p
		return at(0, 0)
	case JitParams:
		p.Jaxpr = threadJaxpr(p.Jaxpr, len(p.Jaxpr.In), len(p.Jaxpr.Out))
		t.Params = p
		return last()
	case CheckpointParams:
		p.Jaxpr = threadJaxpr(p.Jaxpr, len(p.Jaxpr.In), len(p.Jaxpr.Out))
		t.Params = p
		return last()
	case CustomJVPParams:
		p.CallJaxpr = threadJaxpr(p.CallJaxpr, len(p.CallJaxpr.In), len(p.CallJaxpr.Out))
		t.Params = p
		return last()
	case CustomVJPParams:
		p.CallJaxpr = threadJaxpr(p.CallJaxpr, len(p.CallJaxpr.In), len(p.CallJaxpr.Out))
		t.Params = p
		return last()
	case CondParams:
		js := make([]*core.ClosedJaxpr, len(p.Branches))
		for i, j := range p.Branches {
			js[i] = threadJaxpr(j, len(j.In), len(j.Out))
		}
		p.Branches = js
		t.Params = p
		return last()
	case ScanParams:
		in := p.NumConsts + p.NumCarry
		p.Jaxpr = threadJaxpr(p.Jaxpr, in, p.NumCarry)
		p.NumCarry++
		t.Params = p
		return at(in, p.NumCarry-1)
	case WhileParams:
		// The condition reads the token of its iteration; its own goes no further.
		c := threadJaxpr(p.CondJaxpr, len(p.CondJaxpr.In), 1)
		p.CondJaxpr = reorder(c, iota(len(c.In)), []int{0})
		p.BodyJaxpr = threadJaxpr(p.BodyJaxpr, len(p.BodyJaxpr.In), len(p.BodyJaxpr.Out))
		t.Params = p
		return last()
	}
	return nil, nil
}

// threadJaxpr is j with a token as input in and result out.
func threadJaxpr(j *core.ClosedJaxpr, in, out int) *core.ClosedJaxpr {
	return j.Memo("token|"+itoa(in)+"|"+itoa(out), func() any {
		token := core.NewVar(tokenAval())
		k := *j.Jaxpr
		k.In = slices.Insert(slices.Clone(j.In), in, token)
		var last core.Atom = token
		if eqns, next := threadEqns(j.Eqns, token); eqns != nil {
			k.Eqns, last = eqns, next
		}
		k.Out = slices.Insert(slices.Clone(j.Out), out, last)
		return core.Close(&k, j.Consts)
	}).(*core.ClosedJaxpr)
}
