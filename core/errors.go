package core

import "fmt"

// A Kind says which exception an Error becomes in Python; the names are those of the exception classes.
type Kind string

// The kinds of errors. Those with a dot are classes of jaxgo.errors.
const (
	TypeError           Kind = "TypeError"
	ValueError          Kind = "ValueError"
	IndexError          Kind = "IndexError"
	KeyError            Kind = "KeyError"
	RuntimeError        Kind = "RuntimeError"
	OverflowError       Kind = "OverflowError"
	ZeroDivisionError   Kind = "ZeroDivisionError"
	NotImplementedError Kind = "NotImplementedError"
	AssertionError      Kind = "AssertionError"
	FloatingPointError  Kind = "FloatingPointError"
	NameError           Kind = "NameError"
	AttributeError      Kind = "AttributeError"
	MemoryError         Kind = "MemoryError"
	OSError             Kind = "OSError"
	InternalError       Kind = "SystemError"

	XlaRuntimeError          Kind = "errors.JaxRuntimeError"
	ConcretizationTypeError  Kind = "errors.ConcretizationTypeError"
	TracerBoolError          Kind = "errors.TracerBoolConversionError"
	TracerIntegerError       Kind = "errors.TracerIntegerConversionError"
	TracerArrayError         Kind = "errors.TracerArrayConversionError"
	UnexpectedTracerError    Kind = "errors.UnexpectedTracerError"
	NonConcreteBooleanIndex  Kind = "errors.NonConcreteBooleanIndexError"
	KeyReuseError            Kind = "errors.KeyReuseError"
	TypePromotionError       Kind = "errors.TypePromotionError"
	ExceptionAlreadyInPython Kind = "python" // the thread's Python error indicator is set
)

// Error is what rules panic with and what boundaries recover. Its text needs no prefix.
type Error struct {
	Kind Kind
	Msg  string
}

func (e *Error) Error() string { return e.Msg }

// Errorf panics with an Error.
func Errorf(kind Kind, format string, args ...any) {
	panic(&Error{kind, fmt.Sprintf(format, args...)})
}

// Check panics with an Error unless ok.
func Check(ok bool, kind Kind, format string, args ...any) {
	if !ok {
		panic(&Error{kind, fmt.Sprintf(format, args...)})
	}
}

// Try runs f and returns the Error it panicked with, if any. Other panics are bugs and pass through.
func Try(f func()) (err error) {
	defer func() {
		if r := recover(); r != nil {
			e, ok := r.(*Error)
			if !ok {
				panic(r)
			}
			err = e
		}
	}()
	f()
	return nil
}
