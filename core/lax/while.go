package lax

import (
	"slices"

	"github.com/jaxgo/jaxgo/core"
	"github.com/jaxgo/jaxgo/core/dtype"
	"github.com/jaxgo/jaxgo/core/stablehlo"
)

// WhileParams are the parameters of while, whose operands are the constants of the condition, those of the body and
// the initial carry.
type WhileParams struct {
	BodyJaxpr   *core.ClosedJaxpr // (body constants, carry) -> carry
	BodyNconsts int
	CondJaxpr   *core.ClosedJaxpr // (condition constants, carry) -> bool
	CondNconsts int
}

var whileOp = core.Declare[WhileParams]("while")

// WhileLoop applies body to the carry as long as cond of it is true.
func WhileLoop(cond, body func(carry []Value) []Value, init []Value) []Value {
	for {
		in := avalsOf(init)
		cj := core.MakeJaxpr("while_loop", "while_cond", in, cond)
		CheckPredicate(cj.OutAvals())
		bj := core.MakeJaxpr("while_loop", "while_body", in, body)
		if again, changed := PromoteCarry(init, bj.OutAvals()); changed {
			init = again
			cj.Drop()
			bj.Drop()
			continue
		}
		CheckCarry("while_loop body", "", nil, in, bj.OutAvals())
		cj, cc := separate(cj)
		bj, bc := separate(bj)
		return WhileJaxprs(cj, bj, cc, bc, init)
	}
}

// CheckPredicate checks the results of a loop's condition.
func CheckPredicate(out []*core.Aval) {
	if len(out) != 1 {
		core.Errorf(core.TypeError, "cond_fun must return a boolean scalar, but got pytree of %d leaves.", len(out))
	}
	if a := out[0]; a.DType != dtype.Bool || len(a.Shape) > 0 {
		core.Errorf(core.TypeError, "cond_fun must return a boolean scalar, but got output type(s) [%s].", a.Name())
	}
}

// WhileJaxprs is WhileLoop of jaxprs without constants: cond maps (condConsts, carry) to a truth value and body
// (bodyConsts, carry) to the carry.
func WhileJaxprs(cond, body *core.ClosedJaxpr, condConsts, bodyConsts, init []Value) []Value {
	nc, nb := len(condConsts), len(bodyConsts)
	// What the body returns as it was and the condition does not look at is no carry but a constant: under vmap it then
	// needs no batch axis just because the condition has one.
	move := make([]bool, len(init))
	reads := inputsRead(cond.Jaxpr)
	for i, f := range forwarding(body.Jaxpr) {
		move[i] = f == nb+i && !reads[nc+i]
	}
	keep := not(move)
	consts := pick(init, move)
	cond = reorder(cond, concat(iota(nc), where(keep, nc)), []int{0})
	body = reorder(body, concat(where(move, nb), iota(nb), where(keep, nb)), where(keep, 0))
	out := whileOp.Bind(WhileParams{body, nb + len(consts), cond, nc}, concat(condConsts, consts, bodyConsts, pick(init, keep))...)
	res := spread(out, keep)
	for i, m := range move {
		if m {
			res[i] = init[i]
		}
	}
	return res
}

func whileJVP(c core.JVPCtx, p WhileParams, x, t []Value) ([]Value, []Value) {
	nc, nb := p.CondNconsts, p.BodyNconsts
	n := len(x) - nc - nb
	constNZ := nonzero(t[nc : nc+nb])
	var body *core.ClosedJaxpr
	carryNZ := fixpoint(nonzero(t[nc+nb:]), func(nz []bool) (out []bool) {
		body, out = c.JVPJaxpr(p.BodyJaxpr, concat(constNZ, nz), nz)
		return out
	})
	dot := instantiated(t[nc:], concat(constNZ, carryNZ), avalsOf(x[nc:]))
	bdot, cdot := compact(dot[:nb]), compact(dot[nb:])

	body, hoisted := Hoist(body)
	h, kb, kc := len(hoisted), len(bdot), len(cdot)
	at := h + nb + n // where the tangents begin among the inputs of body
	body = reorder(body, concat(iota(h+nb), span(at, at+kb), span(h+nb, at), span(at+kb, at+kb+kc)), iota(n+kc))
	cond := withInputs(p.CondJaxpr, concat(iota(nc+n), repeat(-1, kc)), concat(p.CondJaxpr.InAvals(), avalsOf(cdot)))
	out := whileOp.Bind(WhileParams{body, h + nb + kb, cond, nc},
		concat(x[:nc], hoisted, x[nc:nc+nb], bdot, x[nc+nb:], cdot)...)
	return out[:n], spread(out[n:], carryNZ)
}

func init() {
	whileOp.Define(core.Rules[WhileParams]{
		Doc: "Loop with a dynamic number of iterations.",
		Abstract: func(p WhileParams, in []*core.Aval) []*core.Aval {
			carry := len(in) - p.CondNconsts - p.BodyNconsts
			if n := len(p.CondJaxpr.In); n != p.CondNconsts+carry {
				core.Errorf(core.TypeError, "while_loop len(cond_jaxpr.in_avals)=%d but len(cond_consts_avals) + len(in_avals)=%d", n, p.CondNconsts+carry)
			}
			if n := len(p.BodyJaxpr.In); n != p.BodyNconsts+carry {
				core.Errorf(core.TypeError, "while_loop len(body_jaxpr.in_avals)=%d but len(body_consts_avals) + len(in_avals)=%d", n, p.BodyNconsts+carry)
			}
			return p.BodyJaxpr.OutAvals()
		},
		JVP: whileJVP,
		Linearize: func(c core.LinearizeCtx, p WhileParams, x []Value, nz []bool) ([]Value, []bool, func([]Value) []Value) {
			// No residuals are stacked, for nobody knows how many there are: the linear program is the loop once more, with
			// tangents. It can be evaluated, not transposed.
			nb := p.BodyNconsts
			constNZ := nz[p.CondNconsts : p.CondNconsts+nb]
			carryNZ := fixpoint(nz[p.CondNconsts+nb:], func(nz []bool) []bool {
				_, out := c.JVPJaxpr(p.BodyJaxpr, concat(constNZ, nz), nz)
				return out
			})
			return whileOp.Bind(p, x...), carryNZ, func(t []Value) []Value {
				_, dy := whileJVP(c, p, x, t)
				return dy
			}
		},
		Transpose: func(core.TransposeCtx, WhileParams, []Value, []Value) []Value {
			core.Errorf(core.ValueError, "Reverse-mode differentiation does not work for lax.while_loop or lax.fori_loop with dynamic start/stop values. Try using lax.scan, or using fori_loop with static start/stop.")
			return nil
		},
		Batch: func(c core.BatchCtx, p WhileParams, in []Value, dims []int) ([]Value, []int) {
			nc, nb := p.CondNconsts, p.BodyNconsts
			in, batched := slices.Clone(in), make([]bool, len(in))
			for i, d := range dims {
				if batched[i] = d != core.Unmapped; batched[i] && i < nc+nb {
					in[i] = MoveAxis(in[i], d, 0)
				}
			}
			condB, bodyB := batched[:nc], batched[nc:nc+nb]
			carryB := fixpoint(batched[nc+nb:], func(b []bool) []bool {
				_, out := c.BatchJaxpr(p.BodyJaxpr, concat(bodyB, b), b)
				return out
			})
			_, predB := c.BatchJaxpr(p.CondJaxpr, concat(condB, carryB), nil)
			// A batched predicate is a prefix of the carry's shape, so all of the carry is batched in front. Another may have
			// axes of vmaps around, which stay in front.
			axis, pred := p.CondJaxpr.OutAvals()[0].Ndim(), core.Unmapped
			if predB[0] {
				axis, pred = 0, 0
				carryB = repeat(true, len(carryB))
			}
			carry := make([]int, len(carryB))
			for i, b := range carryB {
				if carry[i] = core.Unmapped; b {
					carry[i] = axis
				}
			}
			body := batchedAxes(c, p.BodyJaxpr, concat(FrontDims(bodyB), carry), carry)
			cond := batchedAxes(c, p.CondJaxpr, concat(FrontDims(condB), carry), []int{pred})
			for i, d := range carry {
				k := nc + nb + i
				switch {
				case d == core.Unmapped:
				case dims[k] == core.Unmapped:
					in[k] = broadcastAt(in[k], c.Size(), d)
				default:
					in[k] = MoveAxis(in[k], dims[k], d)
				}
			}
			body, bconsts := Hoist(body)
			cond, cconsts := Hoist(cond)
			out := whileOp.Bind(WhileParams{body, len(bconsts) + nb, cond, len(cconsts) + nc},
				concat(cconsts, in[:nc], bconsts, in[nc:])...)
			return out, carry
		},
		Lower: lowerWhile,
		DCE: func(p WhileParams, used []bool) (WhileParams, []bool, []bool) {
			nc, nb := p.CondNconsts, p.BodyNconsts
			reads := inputsRead(p.CondJaxpr.Jaxpr)
			var body *core.ClosedJaxpr
			var usedIn []bool
			carry := fixpoint(or(used, reads[nc:]), func(mask []bool) []bool {
				body, usedIn = core.DCEJaxpr(p.BodyJaxpr, mask)
				return usedIn[nb:]
			})
			bodyIn := usedIn[:nb]
			q := WhileParams{
				BodyJaxpr:   reorder(body, concat(where(bodyIn, 0), where(carry, nb)), iota(len(body.Out))),
				BodyNconsts: count(bodyIn),
				CondJaxpr:   reorder(p.CondJaxpr, concat(where(reads[:nc], 0), where(carry, nc)), []int{0}),
				CondNconsts: count(reads[:nc]),
			}
			return q, concat(reads[:nc], bodyIn, carry), carry
		},
	})
}

// broadcastAt repeats x along a new axis.
func broadcastAt(x Value, size, axis int) Value {
	s := x.Aval().Shape
	return BroadcastInDim(x, slices.Insert(slices.Clone(s), axis, size), slices.Concat(iota(axis), span(axis+1, len(s)+1)))
}

// lowerWhile writes a stablehlo.while whose state is constants and carry. Where vmap batched the predicate, the loop
// runs as long as any member does, and members that are done keep their carry.
func lowerWhile(c core.LowerCtx, p WhileParams, in []stablehlo.Value) []stablehlo.Value {
	nc, nb := p.CondNconsts, p.BodyNconsts
	types := make([]*stablehlo.Type, len(in))
	for i, v := range in {
		types[i] = v.Type
	}
	pred := p.CondJaxpr.OutAvals()[0]
	cond := func(a, carry []stablehlo.Value) stablehlo.Value {
		return c.Call("cond", p.CondJaxpr, concat(a[:nc], carry), true)[0]
	}
	out := c.B().Op("stablehlo.while", "", []stablehlo.Region{
		{Args: types, Body: func(b *stablehlo.Builder, a []stablehlo.Value) []stablehlo.Value {
			y := cond(a, a[nc+nb:])
			if pred.Ndim() > 0 {
				f := c.Const(0, core.NewAval(dtype.Bool))
				y = lowerReduce(c, "stablehlo.or", f, y, iota(pred.Ndim()), pred.HLO().WithShape(nil))
			}
			return []stablehlo.Value{y}
		}},
		{Args: types, Body: func(b *stablehlo.Builder, a []stablehlo.Value) []stablehlo.Value {
			carry := a[nc+nb:]
			next := c.Call("body", p.BodyJaxpr, a[nc:], true)
			if pred.Ndim() > 0 {
				on := cond(a, carry)
				next = slices.Clone(next)
				for i, v := range next {
					m := on
					if s := v.Type.Shape; len(s) > pred.Ndim() {
						m = b.Pretty("stablehlo.broadcast_in_dim", ", dims = "+stablehlo.List(iota(pred.Ndim())), on.Type.WithShape(s), on)
					}
					next[i] = b.Op("stablehlo.select", "", nil, []stablehlo.Value{m, v, carry[i]}, v.Type)[0]
				}
			}
			return concat(a[:nc+nb], next)
		}},
	}, in, types...)
	return out[nc+nb:]
}
