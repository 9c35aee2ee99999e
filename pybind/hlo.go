package pybind

import (
	"encoding/base64"

	"github.com/jaxgo/jaxgo/core"
	"github.com/jaxgo/jaxgo/lowering"
	"github.com/jaxgo/jaxgo/lowering/hlo"
)

func init() {
	// optimized_program(program, jaxpr, name, donated) -> [format, the program as base64], or [] if the plugin has none
	provide("optimized_program", func(a *core.Args) []any {
		format, program := a.List[0].Go.(*lowering.Executable).OptimizedProgram(a.Str(2), func() []byte {
			return lowering.LowerText(closed(a, 1), a.Str(2), donatedOf(a, 3))
		})
		if format == "" {
			return nil
		}
		return []any{format, base64.StdEncoding.EncodeToString(program)}
	})
	// hlo_text(format, program as base64) -> text
	provide1("hlo_text", func(a *core.Args) any {
		program, err := base64.StdEncoding.DecodeString(a.Str(1))
		lowering.Fail(err)
		text, err := hlo.Text(a.Str(0), program)
		if err != nil {
			core.Errorf(core.NotImplementedError, "%v", err)
		}
		return text
	})
}
