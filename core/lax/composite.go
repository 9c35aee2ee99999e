package lax

import (
	"github.com/jaxgo/jaxgo/core"
	"github.com/jaxgo/jaxgo/core/stablehlo"
)

// CompositeParams are the parameters of composite.
type CompositeParams struct {
	Attributes string // as the lowered program spells them
	Jaxpr      *core.ClosedJaxpr
	Name       string
	Version    int
}

var compositeOp = core.Declare[CompositeParams]("composite")

// Composite is an operation that a compiler may know by its name; who does not computes the jaxpr.
func Composite(p CompositeParams, in ...Value) []Value { return compositeOp.Bind(p, in...) }

func init() {
	compositeOp.Define(core.Rules[CompositeParams]{
		Doc:      "An operation with a name, made of others.",
		Abstract: func(p CompositeParams, in []*core.Aval) []*core.Aval { return p.Jaxpr.OutAvals() },
		JVP: func(core.JVPCtx, CompositeParams, []Value, []Value) ([]Value, []Value) {
			core.Errorf(core.ValueError, "JVP rule for composite not implemented. You can use `jax.custom_jvp` to add support. See https://docs.jax.dev/en/latest/_autosummary/jax.custom_jvp.html")
			return nil, nil
		},
		Transpose: func(core.TransposeCtx, CompositeParams, []Value, []Value) []Value {
			core.Errorf(core.ValueError, "Transpose rule for composite not implemented. You can use`jax.custom_jvp` or `jax.custom_vjp` to add support. See https://docs.jax.dev/en/latest/_autosummary/jax.custom_jvp.html")
			return nil
		},
		Lower: func(c core.LowerCtx, p CompositeParams, in []stablehlo.Value) []stablehlo.Value {
			return c.B().Composite(p.Name, c.Func(p.Name, p.Jaxpr), p.Attributes, p.Version, in)
		},
	})
}
