package pybind

import (
	"github.com/jaxgo/jaxgo/core"
	"github.com/jaxgo/jaxgo/lowering"
)

func init() {
	// set_lapack_finder(fun): fun(names) -> addresses is asked when the first program needs LAPACK. Python keeps fun alive.
	provide1("set_lapack_finder", func(a *core.Args) any {
		fn := a.List[0].Obj
		lowering.FindLAPACK = func(names []string) []uintptr {
			in := make([]any, len(names))
			for i, n := range names {
				in[i] = n
			}
			out := callPython(fn, in)
			found := make([]uintptr, len(out.Items))
			for i, p := range out.Items {
				found[i] = uintptr(p.I)
			}
			return found
		}
		return nil
	})
}
