// Package pjrt loads PJRT plugins (XLA behind a C API) and drives them:
// plugins, clients, programs, arrays.
//
// It knows nothing of avals, jaxprs or Python: an array carries the id of an
// aval that its caller interned, and errors carry PJRT's codes. What runs for
// every operation is C (jg.h), which hand-written C in other packages may call
// directly; the Go types here wrap the same pointers, so that an array can pass
// between Python's C type, C and Go without being wrapped again.
//
// Memory is counted. An [Array] is C memory with a reference count: who gets
// one from a function here owns a reference and calls Release; who stores one
// it was lent calls Retain. An [Executable] is counted the same way. A
// [Client] outlives its arrays and programs; most live as long as the process.
//
// After fork neither XLA's threads nor its locks work in the child, so there
// every call returns an [Error] with code [Forked].
package pjrt

// #cgo CFLAGS: -std=gnu11 -O2 -Wall
// #cgo LDFLAGS: -ldl -lpthread
import "C"
