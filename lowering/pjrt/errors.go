package pjrt

// #include <stdlib.h>
// #include "jg.h"
import "C"

import (
	"fmt"
	"unsafe"
)

// Code says what kind of error happened: PJRT's own codes, which are absl's,
// and from 101 those of this package.
type Code int

const (
	Cancelled          Code = C.PJRT_Error_Code_CANCELLED
	Unknown            Code = C.PJRT_Error_Code_UNKNOWN
	InvalidArgument    Code = C.PJRT_Error_Code_INVALID_ARGUMENT
	DeadlineExceeded   Code = C.PJRT_Error_Code_DEADLINE_EXCEEDED
	NotFound           Code = C.PJRT_Error_Code_NOT_FOUND
	AlreadyExists      Code = C.PJRT_Error_Code_ALREADY_EXISTS
	PermissionDenied   Code = C.PJRT_Error_Code_PERMISSION_DENIED
	ResourceExhausted  Code = C.PJRT_Error_Code_RESOURCE_EXHAUSTED
	FailedPrecondition Code = C.PJRT_Error_Code_FAILED_PRECONDITION
	Aborted            Code = C.PJRT_Error_Code_ABORTED
	OutOfRange         Code = C.PJRT_Error_Code_OUT_OF_RANGE
	Unimplemented      Code = C.PJRT_Error_Code_UNIMPLEMENTED
	Internal           Code = C.PJRT_Error_Code_INTERNAL
	Unavailable        Code = C.PJRT_Error_Code_UNAVAILABLE
	DataLoss           Code = C.PJRT_Error_Code_DATA_LOSS
	Unauthenticated    Code = C.PJRT_Error_Code_UNAUTHENTICATED

	// DeletedArray is a use of an array after Delete or donation.
	DeletedArray Code = C.JG_DELETED_ARRAY
	// DonatedTwice is an array donated in a call that uses it once more.
	DonatedTwice Code = C.JG_DONATED_TWICE
	// Forked is any call in a child of fork.
	Forked Code = C.JG_FORKED
)

var codeNames = map[Code]string{
	Cancelled:          "CANCELLED",
	Unknown:            "UNKNOWN",
	InvalidArgument:    "INVALID_ARGUMENT",
	DeadlineExceeded:   "DEADLINE_EXCEEDED",
	NotFound:           "NOT_FOUND",
	AlreadyExists:      "ALREADY_EXISTS",
	PermissionDenied:   "PERMISSION_DENIED",
	ResourceExhausted:  "RESOURCE_EXHAUSTED",
	FailedPrecondition: "FAILED_PRECONDITION",
	Aborted:            "ABORTED",
	OutOfRange:         "OUT_OF_RANGE",
	Unimplemented:      "UNIMPLEMENTED",
	Internal:           "INTERNAL",
	Unavailable:        "UNAVAILABLE",
	DataLoss:           "DATA_LOSS",
	Unauthenticated:    "UNAUTHENTICATED",
	DeletedArray:       "DELETED",
	DonatedTwice:       "INVALID_ARGUMENT",
	Forked:             "FORKED",
}

// String returns the code's name as absl spells it.
func (c Code) String() string {
	if s, ok := codeNames[c]; ok {
		return s
	}
	return fmt.Sprintf("code %d", int(c))
}

// Error is what every function of this package that fails returns.
type Error struct {
	Code    Code
	Message string
}

// Error returns "CODE: message", as jaxlib prints it.
func (e *Error) Error() string { return e.Code.String() + ": " + e.Message }

func errorf(c Code, format string, args ...any) *Error {
	return &Error{Code: c, Message: fmt.Sprintf(format, args...)}
}

// check turns what a C function returned into an error and frees its message.
func check(rc C.int, msg *C.char) error {
	if rc == C.JG_OK {
		return nil
	}
	e := &Error{Code: Code(rc)}
	if msg != nil {
		e.Message = C.GoString(msg)
		C.free(unsafe.Pointer(msg))
	}
	return e
}
