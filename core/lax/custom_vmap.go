package lax

import (
	"github.com/jaxgo/jaxgo/core"
	"github.com/jaxgo/jaxgo/core/stablehlo"
)

// A CustomVmap is the batching rule of a function that has its own.
type CustomVmap interface {
	// Batch computes the function on operands of which those marked in batched carry the mapped axis in front.
	Batch(size int, batched []bool, in []Value) (out []Value, outBatched []bool)
	// JVP is the rule of the function's derivative, whose operands are the primals and the tangents of the inexact ones.
	JVP() CustomVmap
}

// CustomVmapParams are the parameters of custom_vmap_call, whose operands are the constants of the function, which are not
// mapped, and its arguments.
type CustomVmapParams struct {
	Call      *core.ClosedJaxpr
	NumConsts int        `jx:"-"`
	Rule      CustomVmap `jx:"-"`
}

var customVmapOp = core.Declare[CustomVmapParams]("custom_vmap_call")

// CustomVmapCall calls a function with a batching rule of its own.
func CustomVmapCall(p CustomVmapParams, consts, in []Value) []Value {
	p.NumConsts = len(consts)
	return customVmapOp.Bind(p, concat(consts, in)...)
}

func init() {
	customVmapOp.Define(core.Rules[CustomVmapParams]{
		Doc:      "Call of a function with a batching rule of its own.",
		NoUnit:   true,
		Abstract: func(p CustomVmapParams, in []*core.Aval) []*core.Aval { return p.Call.OutAvals() },
		Eval:     func(p CustomVmapParams, in []Value) []Value { return callCustom(p.Call, nil, "custom_vmap", in) },
		JVP: func(c core.JVPCtx, p CustomVmapParams, x, t []Value) ([]Value, []Value) {
			n := p.NumConsts
			if anyNonzero(t[:n]) {
				core.Errorf(core.NotImplementedError, "custom_vmap: what the function closes over can't be differentiated")
			}
			nz, outNZ := concat(make([]bool, n), inexact(avalsOf(x[n:]))), inexact(p.Call.OutAvals())
			dx := compact(instantiated(t, nz, avalsOf(x)))
			j, _ := c.JVPJaxpr(p.Call, nz, outNZ)
			j, consts := Hoist(j)
			q := CustomVmapParams{Call: j, NumConsts: len(consts) + n, Rule: p.Rule.JVP()}
			out := customVmapOp.Bind(q, concat(consts, x, dx)...)
			k := len(outNZ)
			return out[:k], spread(out[k:], outNZ)
		},
		Linearize: func(core.LinearizeCtx, CustomVmapParams, []Value, []bool) ([]Value, []bool, func([]Value) []Value) {
			core.Errorf(core.ValueError, "Linearization failed to produce known values for all output primals. This is typically caused by attempting to differentiate a function uses an operation that does not support reverse-mode autodiff.")
			return nil, nil, nil
		},
		Batch: func(c core.BatchCtx, p CustomVmapParams, in []Value, dims []int) ([]Value, []int) {
			in, batched := ToFront(in, dims)
			n := p.NumConsts
			if count(batched[:n]) > 0 {
				core.Errorf(core.NotImplementedError, "custom_vmap: what the function closes over can't be mapped")
			}
			out, outB := p.Rule.Batch(c.Size(), batched[n:], in[n:])
			return out, FrontDims(outB)
		},
		Lower: func(c core.LowerCtx, p CustomVmapParams, in []stablehlo.Value) []stablehlo.Value {
			return c.Call("custom_vmap", p.Call, in, true)
		},
	})
}
