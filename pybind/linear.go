package pybind

import (
	"github.com/jaxgo/jaxgo/core"
	"github.com/jaxgo/jaxgo/transforms/ad"
)

// A linear program as a pytree: its residuals, and what is left without them.

func init() {
	linear := func(a *core.Args) *ad.Linear { return a.List[0].Go.(*ad.Linear) }
	with := func(l *ad.Linear, residuals []core.Value) *ad.Linear {
		m := *l
		m.Jaxpr = core.Close(l.Jaxpr.Jaxpr, residuals)
		return &m
	}
	// linear_residuals(linear) -> residuals
	provide1("linear_residuals", func(a *core.Args) any { return append([]core.Value{}, linear(a).Jaxpr.Consts...) })
	// linear_template(linear): it without residuals
	provide1("linear_template", func(a *core.Args) any { return with(linear(a), nil) })
	// linear_with(template, residuals) -> linear
	provide1("linear_with", func(a *core.Args) any { return with(linear(a), values(a, 1)) })
}
