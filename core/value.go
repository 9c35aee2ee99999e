package core

import (
	"math"
	"strconv"
	"strings"

	"github.com/jaxgo/jaxgo/core/dtype"
)

// A Value is anything an operation accepts: a concrete array, a Literal or a tracer.
// A nil Value in tangent or cotangent position is a symbolic zero.
type Value interface{ Aval() *Aval }

// A Tracer is a Value that belongs to a Trace.
type Tracer interface {
	Value
	Trace() Trace
}

// Counted is a Value whose memory is freed by reference count: device arrays, and the tracers that hold them.
//
// Who makes one owns one reference, which Own hands to the current scope; whoever keeps a Value beyond its
// scope (a Python object, a tape, a jaxpr's constants) calls Retain and later Release.
type Counted interface {
	Value
	Retain()
	Release()
}

// Concrete is an array that has a value, or will have one without further tracing.
type Concrete interface {
	Counted
	IsConcrete()
}

// Retain takes a reference to v if it is counted.
func Retain(v Value) {
	if c, ok := v.(Counted); ok {
		c.Retain()
	}
}

// Release gives up a reference to v if it is counted.
func Release(v Value) {
	if c, ok := v.(Counted); ok {
		c.Release()
	}
}

// A Literal is a scalar constant, as Python numbers become; it stands inline in a jaxpr.
type Literal struct {
	aval *Aval
	// F holds real and imaginary part of inexact dtypes, I the bits of integers and booleans.
	F complex128
	I int64
}

func (l *Literal) Aval() *Aval { return l.aval }

// NewLiteral is the scalar f of dtype d.
func NewLiteral(d dtype.DType, f complex128, weak bool) *Literal {
	if !d.IsInexact() {
		return NewIntLiteral(d, int64(real(f)), weak)
	}
	return &Literal{aval: MakeAval(d, nil, weak), F: f}
}

// NewIntLiteral is the scalar i of dtype d; uint64 values are passed as their bits.
func NewIntLiteral(d dtype.DType, i int64, weak bool) *Literal {
	if d.IsInexact() {
		return &Literal{aval: MakeAval(d, nil, weak), F: complex(float64(i), 0)}
	}
	return &Literal{aval: MakeAval(d, nil, weak), I: i}
}

// Bytes are the literal's bytes in the host format of its dtype.
func (l *Literal) Bytes() []byte {
	d := l.aval.DType
	b := make([]byte, d.Size())
	if d.IsInexact() {
		dtype.PutScalar(d, b, real(l.F), imag(l.F))
	} else {
		dtype.PutInt(d, b, l.I)
	}
	return b
}

// Equal reports whether two literals have the same aval and the same bits.
func (l *Literal) Equal(m *Literal) bool {
	return l.aval == m.aval && l.I == m.I &&
		math.Float64bits(real(l.F)) == math.Float64bits(real(m.F)) && math.Float64bits(imag(l.F)) == math.Float64bits(imag(m.F))
}

// String is the value as Python prints it.
func (l *Literal) String() string {
	d := l.aval.DType
	switch {
	case d.IsBool():
		if l.I != 0 {
			return "True"
		}
		return "False"
	case d.IsComplex():
		im := pyFloat(imag(l.F), 64)
		if !strings.HasPrefix(im, "-") {
			im = "+" + im
		}
		if real(l.F) == 0 && !math.Signbit(real(l.F)) {
			return strings.TrimSuffix(strings.TrimPrefix(im, "+"), ".0") + "j"
		}
		return "(" + strings.TrimSuffix(pyFloat(real(l.F), 64), ".0") + strings.TrimSuffix(im, ".0") + "j)"
	case d.IsInexact():
		f := real(l.F)
		if d != dtype.Float64 { // the value as the dtype holds it, printed as a Python float
			b := l.Bytes()
			f, _, _, _ = dtype.Scalar(d, b)
		}
		return pyFloat(f, 64)
	case d == dtype.Uint64:
		return strconv.FormatUint(uint64(l.I), 10)
	}
	return strconv.FormatInt(l.I, 10)
}

// pyFloat formats f as Python's repr does.
func pyFloat(f float64, bits int) string {
	switch {
	case math.IsNaN(f):
		return "nan"
	case math.IsInf(f, 1):
		return "inf"
	case math.IsInf(f, -1):
		return "-inf"
	}
	a := math.Abs(f)
	if a != 0 && (a < 1e-4 || a >= 1e16) {
		return strconv.FormatFloat(f, 'e', -1, bits)
	}
	s := strconv.FormatFloat(f, 'f', -1, bits)
	if !strings.ContainsRune(s, '.') {
		s += ".0"
	}
	return s
}
