// Package lapack has handlers of the custom calls by which programs on the CPU call LAPACK. The library itself comes from
// whoever drives: the routines' addresses are installed. The package knows nothing of jaxprs.
package lapack

/*
#cgo CFLAGS: -O2 -I${SRCDIR}/../pjrt
#cgo LDFLAGS: -lm
#include "lapack.h"
*/
import "C"

import (
	"strings"
	"unsafe"
)

// names are those of the routines for real and for complex numbers, without the letter of the type, in the order of lapack.h.
var names = [...][2]string{
	{"potrf", "potrf"}, {"getrf", "getrf"}, {"geqrf", "geqrf"}, {"geqp3", "geqp3"}, {"orgqr", "ungqr"}, {"ormqr", "unmqr"}, {"syevd", "heevd"},
	{"geev", "geev"}, {"gees", "gees"}, {"gehrd", "gehrd"}, {"sytrd", "hetrd"}, {"gesdd", "gesdd"}, {"gesvd", "gesvd"}, {"trsm", "trsm"}, {"gtsv", "gtsv"},
}

const types = "sdcz"

// Prefix is what the names of the targets begin with.
const Prefix = "lapack_"

// A Routine is a routine for one type of numbers.
type Routine struct {
	Name   string // LAPACK's, or BLAS's, in lower case and without an underscore: dgetrf
	number int
	typ    int
}

// Routines lists all that have a handler.
func Routines() []Routine {
	var rs []Routine
	for n, name := range names {
		for t := range types {
			rs = append(rs, Routine{types[t:t+1] + name[t/2], n, t})
		}
	}
	return rs
}

// Target is the name of the custom call, which is jaxlib's.
func (r Routine) Target() string { return Prefix + r.Name + "_ffi" }

// Handler is the XLA_FFI_Handler that calls the routine.
func (r Routine) Handler() unsafe.Pointer {
	return C.jg_lapack_handler(C.int(r.number), C.int(r.typ))
}

// Install sets the routine's address, of a library whose integers have 32 bits.
func (r Routine) Install(function unsafe.Pointer) {
	C.jg_lapack_set(C.int(r.number), C.int(r.typ), function)
}

// IsTarget reports whether a custom call is of this package.
func IsTarget(name string) bool {
	return strings.HasPrefix(name, Prefix) && strings.HasSuffix(name, "_ffi")
}
