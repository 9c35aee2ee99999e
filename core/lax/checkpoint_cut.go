package lax

import (
	"slices"

	"github.com/jaxgo/jaxgo/core"
)

// cut is a program in two parts: the equations that run first, which also make what is saved, and those that run again
// to get what is needed, from the inputs and what was saved.
type cut struct {
	first, again []*core.Eqn
	saved        []*core.Var
	// need is what the second part reads, beside what it was asked for.
	need map[core.Atom]bool
}

// cutEqns cuts equations where the policy saves what the needed atoms are computed of. It looks into scans and conds.
func cutEqns(eqns []*core.Eqn, needed []core.Atom, p Policy) *cut {
	c := &cut{need: map[core.Atom]bool{}}
	for _, a := range needed {
		c.need[a] = true
	}
	for _, e := range slices.Backward(eqns) {
		some := e.Prim.HasEffect(e.Params) // which happens once more
		for _, v := range e.Out {
			some = some || c.need[v]
		}
		switch {
		case !some:
			c.first = append(c.first, e)
		case p != nil && p.Saveable(e.Prim, e.Params, avalsOfAtoms(e.In)):
			c.first = append(c.first, e)
			for _, v := range e.Out {
				if c.need[v] {
					c.saved = append(c.saved, v)
				}
			}
		default:
			first, again, saved := cutEqn(e, c.need, p)
			c.first = append(c.first, first)
			c.saved = append(c.saved, saved...)
			if again != nil {
				c.again = append(c.again, again)
				for _, a := range again.In {
					c.need[a] = true
				}
			}
		}
	}
	slices.Reverse(c.first)
	slices.Reverse(c.again)
	slices.Reverse(c.saved)
	return c
}

// cutEqn cuts the bodies of a scan or a cond; any other equation runs twice.
func cutEqn(e *core.Eqn, need map[core.Atom]bool, p Policy) (first, again *core.Eqn, saved []*core.Var) {
	if p != nil {
		needed := make([]bool, len(e.Out))
		for i, v := range e.Out {
			needed[i] = need[v]
		}
		switch q := e.Params.(type) {
		case CondParams:
			first, again, saved = cutCond(e, q, needed, p)
		case ScanParams:
			first, again, saved = cutScan(e, q, needed, p)
		}
	}
	if len(saved) == 0 {
		return e, e, nil
	}
	return first, again, saved
}

func cutCond(e *core.Eqn, q CondParams, needed []bool, p Policy) (first, again *core.Eqn, saved []*core.Var) {
	cuts, bodies := make([]*cut, len(q.Branches)), make([]*core.ClosedJaxpr, len(q.Branches))
	var inner []*core.Aval // what all branches save
	for k, b := range q.Branches {
		bodies[k] = inlined(b)
		cuts[k] = cutEqns(bodies[k].Eqns, pick(bodies[k].Out, needed), p)
		for _, v := range cuts[k].saved {
			saved = append(saved, core.NewVar(v.Aval()))
			inner = append(inner, v.Aval())
		}
	}
	firsts, agains := make([]*core.ClosedJaxpr, len(bodies)), make([]*core.ClosedJaxpr, len(bodies))
	at := 0
	for k, b := range bodies {
		c, from := cuts[k], at
		at += len(c.saved)
		f := *b.Jaxpr
		f.Eqns, f.ArgNames = c.first, nil
		f.Out = concat(b.Out, atoms(c.saved))
		run := core.Close(&f, nil)
		firsts[k] = ruleJaxpr("cond", b.Name, b.InAvals(), func(in []Value) []Value {
			out := run.Eval(in)
			n := len(b.Out)
			all := out[:n:n]
			for i, a := range inner {
				if i >= from && i < from+len(c.saved) {
					all = append(all, out[n+i-from])
				} else { // another branch's
					all = append(all, ZerosLike(a))
				}
			}
			return all
		})
		g := *b.Jaxpr
		g.Eqns, g.ArgNames = c.again, nil
		g.In = nil
		for i, a := range inner {
			if i >= from && i < from+len(c.saved) {
				g.In = append(g.In, c.saved[i-from])
			} else {
				g.In = append(g.In, core.NewVar(a))
			}
		}
		g.In = concat(g.In, b.In)
		g.Out = pick(b.Out, needed)
		agains[k] = core.Close(&g, nil)
	}
	first = &core.Eqn{Prim: e.Prim, Params: CondParams{Branches: firsts}, In: e.In, Out: concat(e.Out, saved)}
	again = &core.Eqn{Prim: e.Prim, Params: CondParams{Branches: agains}, In: concat(e.In[:1], atoms(saved), e.In[1:]), Out: pick(e.Out, needed)}
	return first, again, saved
}

func cutScan(e *core.Eqn, q ScanParams, needed []bool, p Policy) (first, again *core.Eqn, saved []*core.Var) {
	nc, nk := q.NumConsts, q.NumCarry
	b := inlined(q.Jaxpr)
	var c *cut
	// What a carry is made of is needed in the next iteration.
	carry := fixpoint(needed[:nk], func(m []bool) []bool {
		c = cutEqns(b.Eqns, pick(b.Out, concat(m, needed[nk:])), p)
		next := slices.Clone(m)
		for i := range next {
			next[i] = next[i] || c.need[b.In[nc+i]]
		}
		return next
	})
	f, g := *b.Jaxpr, *b.Jaxpr
	f.Eqns, f.ArgNames = c.first, nil
	g.Eqns, g.ArgNames = c.again, nil
	g.In = concat(b.In, c.saved)
	outs := slices.Clone(e.Out)
	left := slices.Clone(needed)
	f.Out = slices.Clone(b.Out)
	for _, v := range c.saved {
		if i := slices.Index(b.Out[nk:], core.Atom(v)); i >= 0 { // it is stacked already
			saved = append(saved, e.Out[nk+i])
			left[nk+i] = false
			continue
		}
		s := core.NewVar(v.Aval().WithShape(joined([]int{q.Length}, v.Aval().Shape)))
		saved = append(saved, s)
		outs = append(outs, s)
		f.Out = append(f.Out, v)
	}
	q.Jaxpr = core.Close(&f, nil)
	first = &core.Eqn{Prim: e.Prim, Params: q, In: e.In, Out: outs}
	if !slices.Contains(left, true) {
		return first, nil, saved
	}
	again = &core.Eqn{Prim: e.Prim, In: concat(e.In, atoms(saved))}
	g.Out = nil
	for i := range nk {
		a, v := b.Out[i], e.Out[i]
		if !carry[i] { // nothing reads it
			a, v = b.In[nc+i], core.NewVar(v.Aval())
		}
		g.Out, again.Out = append(g.Out, a), append(again.Out, v)
	}
	g.Out, again.Out = concat(g.Out, pick(b.Out[nk:], left[nk:])), concat(again.Out, pick(e.Out[nk:], left[nk:]))
	q.Jaxpr = core.Close(&g, nil)
	again.Params = q
	return first, again, saved
}

func atoms(vs []*core.Var) []core.Atom {
	out := make([]core.Atom, len(vs))
	for i, v := range vs {
		out[i] = v
	}
	return out
}

func avalsOfAtoms(in []core.Atom) []*core.Aval {
	out := make([]*core.Aval, len(in))
	for i, a := range in {
		out[i] = a.Aval()
	}
	return out
}
