package lax

import (
	"github.com/jaxgo/jaxgo/core"
	"github.com/jaxgo/jaxgo/core/stablehlo"
)

// LinearCallParams are the parameters of linear_call, whose operands are the callee's constants, residuals and what it is
// linear in.
type LinearCallParams struct {
	Callee          *core.ClosedJaxpr
	NumCalleeConsts int
	NumRes          int
	Transposed      LinearTranspose `jx:"-"`
}

// A LinearTranspose gives the transpose of a linear call: the jaxpr (constants, residuals, cotangents) -> cotangents, which
// has no constants of its own, and the values of its leading inputs.
type LinearTranspose interface {
	Transpose() (*core.ClosedJaxpr, []Value)
}

var linearCallOp = core.Declare[LinearCallParams]("linear_call")

// LinearCall calls a linear function whose transpose is given.
func LinearCall(p LinearCallParams, in ...Value) []Value { return linearCallOp.Bind(p, in...) }

// turned is the transpose of a transposed call: the callee itself.
type turned struct {
	callee *core.ClosedJaxpr
	consts []Value
}

func (t *turned) Transpose() (*core.ClosedJaxpr, []Value) { return t.callee, t.consts }

func init() {
	linearCallOp.Define(core.Rules[LinearCallParams]{
		Doc:      "Call of a linear function that comes with its transpose.",
		Abstract: func(p LinearCallParams, in []*core.Aval) []*core.Aval { return p.Callee.OutAvals() },
		JVP: func(_ core.JVPCtx, p LinearCallParams, x, t []Value) ([]Value, []Value) {
			n := p.NumCalleeConsts + p.NumRes
			if anyNonzero(t[:n]) {
				core.Errorf(core.NotImplementedError, "linear_call: its residuals and what the function closes over can't be differentiated")
			}
			dx := make([]Value, len(x)-n)
			for i, d := range t[n:] {
				dx[i] = InstantiateZeros(d, x[n+i].Aval().Tangent())
			}
			return linearCallOp.Bind(p, x...), linearCallOp.Bind(p, concat(x[:n], dx)...)
		},
		Transpose: func(_ core.TransposeCtx, p LinearCallParams, ct, in []Value) []Value {
			n, k := p.NumCalleeConsts, p.NumCalleeConsts+p.NumRes
			j, consts := p.Transposed.Transpose()
			cts := make([]Value, len(ct))
			for i, a := range p.Callee.OutAvals() {
				cts[i] = InstantiateZeros(ct[i], a.Tangent())
			}
			q := LinearCallParams{Callee: j, NumCalleeConsts: len(consts), NumRes: p.NumRes, Transposed: &turned{p.Callee, in[:n]}}
			return concat(make([]Value, k), linearCallOp.Bind(q, concat(consts, in[n:k], cts)...))
		},
		Lower: func(c core.LowerCtx, p LinearCallParams, in []stablehlo.Value) []stablehlo.Value {
			return c.Call("linear_call", p.Callee, in, true)
		},
	})
}
