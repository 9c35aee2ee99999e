package lax

import (
	"github.com/jaxgo/jaxgo/core"
	"github.com/jaxgo/jaxgo/core/dtype"
	"github.com/jaxgo/jaxgo/core/stablehlo"
)

type sinkParams struct{ PreventMlirDce bool }

var dceSinkOp = core.Declare[sinkParams]("dce_sink")

func init() {
	dceSinkOp.Define(core.Rules[sinkParams]{
		Doc:      "Uses an array, so that nobody drops it from a jaxpr.",
		NoUnit:   true,
		Effect:   true,
		Abstract: func(sinkParams, []*core.Aval) []*core.Aval { return nil },
		Eval:     func(sinkParams, []Value) []Value { return nil },
		JVP: func(_ core.JVPCtx, p sinkParams, x, t []Value) ([]Value, []Value) {
			return dceSinkOp.Bind(p, x...), nil
		},
		Transpose: func(core.TransposeCtx, sinkParams, []Value, []Value) []Value { return []Value{nil} },
		Batch: func(_ core.BatchCtx, p sinkParams, in []Value, _ []int) ([]Value, []int) {
			return dceSinkOp.Bind(p, in...), nil
		},
		Lower:   func(core.LowerCtx, sinkParams, []stablehlo.Value) []stablehlo.Value { return nil },
		Samples: []core.Sample[sinkParams]{{In: []*core.Aval{core.NewAval(dtype.Float32, 2)}}},
	})
	// x, prevent_mlir_dce
	core.Export("lax.dce_sink", "xs", func(a *core.Args) []Value { return dceSinkOp.Bind(sinkParams{a.Bool(1)}, a.X(0)) }).List().Direct()
}
