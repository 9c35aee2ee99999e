package pjrt_test

import (
	"testing"
	"unsafe"

	"github.com/stretchr/testify/require"

	"github.com/jaxgo/jaxgo/lowering/pjrt"
	"github.com/jaxgo/jaxgo/lowering/pjrt/internal/ctest"
)

func benchArgs(b *testing.B) (*pjrt.Executable, []*pjrt.Array, []*pjrt.Array) {
	return compile(b, addText), []*pjrt.Array{vector(b, eights...), vector(b, ones...)}, make([]*pjrt.Array, 1)
}

// BenchmarkExecuteAdd8 is one call from Go.
func BenchmarkExecuteAdd8(b *testing.B) {
	e, in, out := benchArgs(b)
	for b.Loop() {
		if err := e.Execute(in, out); err != nil {
			b.Fatal(err)
		}
		out[0].Release()
	}
}

// BenchmarkLoop runs in C: PJRT alone, then the same through jg_execute.
func BenchmarkLoop(b *testing.B) {
	for _, c := range []struct {
		name string
		raw  bool
	}{{"PJRT", true}, {"jg_execute", false}} {
		b.Run(c.name, func(b *testing.B) {
			e, in, _ := benchArgs(b)
			ctest.Loop(e.Ptr(), unsafe.Pointer(&in[0]), 2, 1000, c.raw)
			b.ResetTimer()
			if ctest.Loop(e.Ptr(), unsafe.Pointer(&in[0]), 2, b.N, c.raw) < 0 {
				b.Fatal("failed")
			}
		})
	}
}

func BenchmarkDonate8(b *testing.B) {
	e := compile(b, donateText(8))
	require.NoError(b, e.SetDonated([]int32{0}))
	x, one := vector(b, eights...).Retain(), vector(b, ones...)
	out := make([]*pjrt.Array, 1)
	for b.Loop() {
		if err := e.Execute([]*pjrt.Array{x, one}, out); err != nil {
			b.Fatal(err)
		}
		x.Release()
		x = out[0]
	}
	x.Release()
}

func BenchmarkFromHost(b *testing.B) {
	data := bytesOf(eights...)
	c := client(b)
	b.Run("copy", func(b *testing.B) {
		for b.Loop() {
			a, _ := c.FromHost(0, data, pjrt.F32, []int64{8}, 0)
			a.Release()
		}
	})
	b.Run("owned", func(b *testing.B) {
		for b.Loop() {
			m, _ := pjrt.AllocHost(32)
			copy(m.Bytes(), data)
			a, _ := c.FromOwned(0, m, pjrt.F32, []int64{8}, 0)
			a.Release()
		}
	})
	b.Run("zero copy", func(b *testing.B) {
		p := ctest.Alloc(32, 0)
		for b.Loop() {
			a, _ := c.ZeroCopy(0, p, pjrt.F32, []int64{8}, 0, nil, nil)
			a.Release()
		}
	})
	b.Run("view", func(b *testing.B) {
		p := ctest.Alloc(32, 0)
		for b.Loop() {
			a, _ := c.View(0, p, pjrt.F32, []int64{8}, 0, nil, nil)
			a.Release()
		}
	})
}

func BenchmarkToHost(b *testing.B) {
	e, in, out := benchArgs(b)
	buf := make([]byte, 32)
	b.Run("first", func(b *testing.B) { // with the add that makes it
		for b.Loop() {
			_ = e.Execute(in, out)
			_ = out[0].ToHost(buf)
			out[0].Release()
		}
	})
	b.Run("again", func(b *testing.B) {
		for b.Loop() {
			_ = in[0].ToHost(buf)
		}
	})
}
