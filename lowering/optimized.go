package lowering

import (
	"errors"

	"github.com/jaxgo/jaxgo/lowering/pjrt"
)

// OptimizedProgram is the program after XLA's passes, in a format that package hlo prints; the format is empty if the plugin
// has no such thing. Where nothing is computed there is no program: then it is what module is compiled to.
func (e *Executable) OptimizedProgram(name string, module func() []byte) (format string, program []byte) {
	x := e.exec
	if x == nil {
		x = compile(module(), name, true, nil)
		defer x.Release()
	}
	format, program, err := x.OptimizedProgram()
	var pe *pjrt.Error
	if errors.As(err, &pe) && pe.Code == pjrt.Unimplemented {
		return "", nil
	}
	fail(err)
	return format, program
}
