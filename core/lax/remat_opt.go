package lax

import (
	"slices"

	"github.com/jaxgo/jaxgo/core"
	"github.com/jaxgo/jaxgo/core/stablehlo"
)

// RematOptParams are the parameters of remat_opt: the forward rule of a custom_vjp function and the function itself, which
// take the same operands.
type RematOptParams struct {
	FunJaxpr *core.ClosedJaxpr // operands -> results
	FwdJaxpr *core.ClosedJaxpr // operands -> (residuals, results)
	NumRes   int
}

var rematOptOp = core.Declare[RematOptParams]("remat_opt")

// RematOpt calls the forward rule fwd, or fun where nobody reads a residual. Both jaxprs have no constants and take theirs
// first; nres is the number of residuals, which come before the results.
func RematOpt(fwd, fun *core.ClosedJaxpr, fwdConsts, funConsts []Value, nres int, in []Value) []Value {
	js, consts := joinConsts([]*core.ClosedJaxpr{fwd, fun}, [][]Value{fwdConsts, funConsts})
	return rematOptOp.Bind(RematOptParams{js[1], js[0], nres}, concat(consts, in)...)
}

func init() {
	rematOptOp.Define(core.Rules[RematOptParams]{
		Doc:      "Call of the forward rule of a custom_vjp function, or of the function where no residual is read.",
		Abstract: func(p RematOptParams, in []*core.Aval) []*core.Aval { return p.FwdJaxpr.OutAvals() },
		JVP: func(c core.JVPCtx, p RematOptParams, x, t []Value) ([]Value, []Value) {
			nz, n, m := nonzero(t), p.NumRes, len(p.FwdJaxpr.Out)
			fwd, outNZ := c.JVPJaxpr(p.FwdJaxpr, nz, inexact(p.FwdJaxpr.OutAvals()))
			fun, _ := c.JVPJaxpr(p.FunJaxpr, nz, inexact(p.FunJaxpr.OutAvals()))
			dn := count(outNZ[:n])
			fwd = reorder(fwd, iota(len(fwd.In)), concat(iota(n), span(m, m+dn), span(n, m), span(m+dn, len(fwd.Out))))
			js, consts := hoistAll([]*core.ClosedJaxpr{fwd, fun})
			out := rematOptOp.Bind(RematOptParams{js[1], js[0], n + dn}, concat(consts, x, compact(t))...)
			y := concat(out[:n], out[n+dn:m+dn])
			return y, spread(concat(out[n:n+dn], out[m+dn:]), outNZ)
		},
		Transpose: func(core.TransposeCtx, RematOptParams, []Value, []Value) []Value {
			core.Errorf(core.NotImplementedError, "remat optimization for custom_vjp does not support higher-order AD")
			return nil
		},
		Batch: func(c core.BatchCtx, p RematOptParams, in []Value, dims []int) ([]Value, []int) {
			in, batched := ToFront(in, dims)
			fwd, _ := c.BatchJaxpr(p.FwdJaxpr, batched, repeat(true, len(p.FwdJaxpr.Out)))
			fun, _ := c.BatchJaxpr(p.FunJaxpr, batched, repeat(true, len(p.FunJaxpr.Out)))
			js, consts := hoistAll([]*core.ClosedJaxpr{fwd, fun})
			out := rematOptOp.Bind(RematOptParams{js[1], js[0], p.NumRes}, concat(consts, in)...)
			return out, make([]int, len(out))
		},
		Lower: func(c core.LowerCtx, p RematOptParams, in []stablehlo.Value) []stablehlo.Value {
			return c.Call("remat_opt", p.FwdJaxpr, in, true)
		},
		DCE: func(p RematOptParams, used []bool) (RematOptParams, []bool, []bool) {
			q := RematOptParams{p.FunJaxpr, p.FwdJaxpr, count(used[:p.NumRes])}
			fun, funIn := core.DCEJaxpr(q.FunJaxpr, used[p.NumRes:])
			fwd, fwdIn := fun, funIn
			if q.NumRes > 0 {
				fwd, fwdIn = core.DCEJaxpr(q.FwdJaxpr, used)
			}
			in := or(funIn, fwdIn)
			q.FunJaxpr = reorder(fun, where(in, 0), iota(len(fun.Out)))
			q.FwdJaxpr = reorder(fwd, where(in, 0), iota(len(fwd.Out)))
			return q, in, slices.Clone(used)
		},
	})
}
