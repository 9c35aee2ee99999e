package lax_test

import (
	"testing"

	"github.com/jaxgo/jaxgo/core"
	"github.com/jaxgo/jaxgo/core/dtype"
	"github.com/jaxgo/jaxgo/lowering/lowertest"
	"github.com/jaxgo/jaxgo/transforms/ad"
)

// BenchmarkEagerGrad is the gradient of sum(sin(x) * x), eight floats, without Python.
func BenchmarkEagerGrad(b *testing.B) {
	x := lowertest.Put(lowertest.Of(dtype.Float32, []int{8}, 0, 1, 2, 3, 4, 5, 6, 7))
	g := grad(loss)
	th := core.Current()
	m := th.Mark()
	g([]core.Value{x})
	th.Free(m)
	b.ReportAllocs()
	for b.Loop() {
		m := th.Mark()
		g([]core.Value{x})
		th.Free(m)
	}
}

// BenchmarkEagerJVP is its derivative in one direction.
func BenchmarkEagerJVP(b *testing.B) {
	x := lowertest.Put(lowertest.Of(dtype.Float32, []int{8}, 0, 1, 2, 3, 4, 5, 6, 7))
	th := core.Current()
	b.ReportAllocs()
	for b.Loop() {
		m := th.Mark()
		ad.JVP(loss, []core.Value{x}, []core.Value{x})
		th.Free(m)
	}
}
