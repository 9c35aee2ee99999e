// Package ctest holds the C that the tests of lowering/pjrt need; cgo is not
// allowed in test files. It is also the example of C in another package that
// calls jg.h: it compiles against the header, and the functions are found when
// the binary is linked.
package ctest

// #cgo CFLAGS: -std=gnu11 -O2 -Wall -I${SRCDIR}/../..
// #include <stdlib.h>
// #include <string.h>
// #include "ctest.h"
import "C"

import (
	"time"
	"unsafe"
)

// Fork returns 0 if a forked child is refused at every entry, with one of the
// messages.
func Fork(exec, array unsafe.Pointer) (int, string) {
	var msg *C.char
	rc := C.ctest_fork((*C.jg_exec)(exec), (*C.jg_array)(array), &msg)
	if msg == nil {
		return int(rc), ""
	}
	defer C.free(unsafe.Pointer(msg))
	return int(rc), C.GoString(msg)
}

// Loop runs a program n times in C and frees the results: PJRT alone if raw,
// else through jg_execute. in points to jg_array pointers.
func Loop(exec, in unsafe.Pointer, nin, n int, raw bool) time.Duration {
	var r C.int
	if raw {
		r = 1
	}
	return time.Duration(C.ctest_loop((*C.jg_exec)(exec), (**C.jg_array)(in), C.size_t(nin), C.int(n), r))
}

// Counts retains and releases an array n times.
func Counts(array unsafe.Pointer, n int) { C.ctest_counts((*C.jg_array)(array), C.int(n)) }

// Drop returns a drop callback that adds 1 to the int64 at keep.
func Drop() unsafe.Pointer { return C.ctest_drop }

// Alloc returns size bytes of zeroed C memory whose address is offset past a
// multiple of 128. It is never freed.
func Alloc(size, offset int) unsafe.Pointer {
	p := C.aligned_alloc(128, C.size_t((size+offset+127)/128*128))
	C.memset(p, 0, C.size_t(size+offset))
	return unsafe.Add(p, offset)
}

// InUse returns the bytes that malloc has given out, XLA's among them.
func InUse() int { return int(C.ctest_in_use()) }

// Handler, Slow and Fail return FFI handlers.
func Handler() unsafe.Pointer { return C.ctest_handler() }
func Slow() unsafe.Pointer    { return C.ctest_slow() }
func Fail() unsafe.Pointer    { return C.ctest_fail() }
