package lowering

import (
	"bytes"
	"unsafe"

	"github.com/jaxgo/jaxgo/lowering/lapack"
)

// FindLAPACK gives the addresses of routines of LAPACK and BLAS with 32-bit integers, 0 where there is none; nil: there is
// no library. It is asked once, by the first program that could use one. Python installs how.
var FindLAPACK = func(names []string) []uintptr { return nil }

var lapackTargets struct {
	asked bool
	found map[string]bool
}

// loadLAPACK finds the library, and tells the plugin of the handlers.
func loadLAPACK() {
	if lapackTargets.asked {
		return
	}
	routines := lapack.Routines()
	names := make([]string, len(routines))
	for i, r := range routines {
		names[i] = r.Name
	}
	found := map[string]bool{}
	for i, p := range FindLAPACK(names) {
		if p == 0 || Client().Platform != "cpu" {
			continue
		}
		r := routines[i]
		r.Install(*(*unsafe.Pointer)(unsafe.Pointer(&p))) // not a pointer of Go's
		fail(Client().Plugin().RegisterFFI(r.Target(), "Host", r.Handler()))
		found[r.Target()] = true
	}
	lapackTargets.asked, lapackTargets.found = true, found
}

// Target implements core.LowerCtx.
func (c *ctx) Target(name string) bool {
	loadLAPACK()
	return lapackTargets.found[name]
}

// registerTargets sees to it that the plugin knows what a program calls.
func registerTargets(text []byte) {
	if bytes.Contains(text, []byte(lapack.Prefix)) {
		loadLAPACK()
	}
}
