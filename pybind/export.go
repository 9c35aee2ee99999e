package pybind

import (
	"strings"

	"github.com/jaxgo/jaxgo/core"
	"github.com/jaxgo/jaxgo/lowering"
)

func init() {
	// lower_export(jaxpr, name) -> StableHLO text that holds the jaxpr's constants
	provide1("lower_export", func(a *core.Args) any { return string(lowering.LowerExport(closed(a, 0), a.Str(1))) })
	// exported(name, text, avals of the inputs, avals of the results, further custom targets) -> program to call
	provide1("exported", func(a *core.Args) any {
		var allowed []string
		for s, i := a.Sub(4), 0; i < s.Len(); i++ {
			allowed = append(allowed, strings.Clone(s.Str(i)))
		}
		return lowering.NewExported(strings.Clone(a.Str(0)), strings.Clone(a.Str(1)), avalList(a, 2), avalList(a, 3), allowed)
	})
	// call_exported(program, operands) -> results
	provide("call_exported", func(a *core.Args) []any {
		return []any{lowering.CallExported(a.List[0].Go.(*lowering.Exported), values(a, 1))}
	})
}
