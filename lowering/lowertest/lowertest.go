// Package lowertest runs jaxprs on host arrays, for tests of rules.
package lowertest

import (
	"testing"

	"github.com/jaxgo/jaxgo/core"
	"github.com/jaxgo/jaxgo/core/dtype"
	"github.com/jaxgo/jaxgo/lowering"
)

// An Array is a host array of numbers: row-major, of any dtype.
type Array struct {
	Aval *core.Aval
	Data []complex128
}

// Of makes a host array.
func Of(d dtype.DType, shape []int, data ...float64) Array {
	a := Array{Aval: core.NewAval(d, shape...)}
	for _, x := range data {
		a.Data = append(a.Data, complex(x, 0))
	}
	return a
}

// Floats are the real parts.
func (a Array) Floats() []float64 {
	f := make([]float64, len(a.Data))
	for i, x := range a.Data {
		f[i] = real(x)
	}
	return f
}

// Put moves a host array to the device.
func Put(a Array) core.Value {
	d := a.Aval.DType
	b := make([]byte, len(a.Data)*d.Size())
	for i, x := range a.Data {
		p := b[i*d.Size():]
		if d.IsInexact() {
			dtype.PutScalar(d, p[:d.Size()], real(x), imag(x))
		} else {
			dtype.PutInt(d, p[:d.Size()], int64(real(x)))
		}
	}
	return lowering.FromBytes(b, a.Aval)
}

// Get brings a device array to the host.
func Get(t testing.TB, v core.Value) Array {
	t.Helper()
	x := lowering.Concrete(v)
	d := x.Aval().DType
	b := make([]byte, x.Aval().Size()*d.Size())
	if err := x.PJRT().ToHost(b); err != nil {
		t.Fatal(err)
	}
	a := Array{Aval: x.Aval()}
	for i := range x.Aval().Size() {
		re, im, n, u := dtype.Scalar(d, b[i*d.Size():][:d.Size()])
		switch {
		case d.IsInexact():
		case d.IsUnsigned():
			re = float64(u)
		default:
			re = float64(n)
		}
		a.Data = append(a.Data, complex(re, im))
	}
	return a
}

// Run applies f to host arrays under the evaluator: operations run one by one.
func Run(t testing.TB, f func([]core.Value) []core.Value, in ...Array) []Array {
	t.Helper()
	vs := make([]core.Value, len(in))
	for i, a := range in {
		vs[i] = Put(a)
	}
	var out []Array
	for _, v := range f(vs) {
		out = append(out, Get(t, v))
	}
	return out
}

// Jit applies f to host arrays as one compiled program.
func Jit(t testing.TB, f func([]core.Value) []core.Value, in ...Array) []Array {
	t.Helper()
	avals := make([]*core.Aval, len(in))
	vs := make([]core.Value, len(in))
	for i, a := range in {
		avals[i], vs[i] = a.Aval, Put(a)
	}
	j := core.MakeJaxpr("jit", "test", avals, f)
	var out []Array
	for _, v := range lowering.ExecutableOf(j, "test").Run(vs) {
		out = append(out, Get(t, v))
	}
	return out
}
