package pjrt_test

import (
	"fmt"
	"sync"
	"testing"
	"time"
	"unsafe"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/jaxgo/jaxgo/lowering/pjrt"
	"github.com/jaxgo/jaxgo/lowering/pjrt/internal/ctest"
)

func TestZeroCopyAlignment(t *testing.T) {
	for _, c := range []struct {
		offset int
		alias  bool
	}{{0, true}, {64, true}, {4, false}, {16, false}, {32, false}} {
		t.Run(fmt.Sprint(c.offset), func(t *testing.T) {
			p, keep := ctest.Alloc(4096, c.offset), ctest.Alloc(8, 0)
			dropped := func() int64 { pjrt.DrainDrops(); return *(*int64)(keep) }
			a, err := client(t).ZeroCopy(0, p, pjrt.F32, []int64{1024}, 0, keep, ctest.Drop())
			require.NoError(t, err)
			q, err := a.UnsafePointer()
			require.NoError(t, err)
			assert.Equal(t, c.alias, p == q)
			assert.Equal(t, c.alias, a.Has(pjrt.Alias))
			if c.alias {
				assert.Zero(t, dropped())
			} else {
				assert.Equal(t, int64(1), dropped())
			}
			a.Release()
			assert.Equal(t, int64(1), dropped())
		})
	}
}

func TestView(t *testing.T) {
	p, keep := ctest.Alloc(32, 0), ctest.Alloc(8, 0)
	copy(unsafe.Slice((*byte)(p), 32), bytesOf(eights...))
	a, err := client(t).View(0, p, pjrt.F32, []int64{8}, 3, keep, ctest.Drop())
	require.NoError(t, err)
	q, err := a.UnsafePointer()
	require.NoError(t, err)
	assert.Equal(t, p, q)
	assert.Equal(t, eights, floats(t, a))
	assert.Equal(t, float32(14), floats(t, run(t, compile(t, addText), a, a))[7])
	pjrt.DrainDrops()
	assert.Zero(t, *(*int64)(keep))
	a.Release()
	pjrt.DrainDrops()
	assert.Equal(t, int64(1), *(*int64)(keep))
	_, err = client(t).View(0, unsafe.Add(p, 4), pjrt.F32, []int64{1}, 3, nil, nil)
	assert.ErrorContains(t, err, "not aligned to 64 bytes")
}

func TestOwned(t *testing.T) {
	b, err := pjrt.AllocHost(32)
	require.NoError(t, err)
	copy(b.Bytes(), bytesOf(eights...))
	p := unsafe.Pointer(unsafe.SliceData(b.Bytes()))
	_, err = client(t).FromOwned(0, b, pjrt.F32, []int64{9}, 0)
	assert.ErrorContains(t, err, "needs 36 bytes, there are 32")
	a, err := client(t).FromOwned(0, b, pjrt.F32, []int64{8}, 0)
	require.NoError(t, err)
	defer a.Release()
	q, err := a.UnsafePointer()
	require.NoError(t, err)
	assert.Equal(t, p, q)
	assert.Equal(t, eights, floats(t, a))
	b, err = pjrt.AllocHost(0)
	require.NoError(t, err)
	b.Free()
}

func TestStrides(t *testing.T) {
	data := bytesOf(1, 2, 3, 4, 5, 6)
	p := unsafe.Pointer(unsafe.SliceData(data))
	for _, c := range []struct {
		start   int
		strides []int64
		want    []float32
	}{
		{0, []int64{4, 12}, []float32{1, 4, 2, 5, 3, 6}},
		{8, []int64{-4, 12}, []float32{3, 6, 2, 5, 1, 4}},
		{0, []int64{0, 4}, []float32{1, 2, 1, 2, 1, 2}},
	} {
		a, err := client(t).FromPointer(0, unsafe.Add(p, c.start), pjrt.F32, []int64{3, 2}, c.strides, 0)
		if !assert.NoError(t, err, "%v", c.strides) {
			continue
		}
		assert.Equal(t, c.want, floats(t, a), "%v", c.strides)
		a.Release()
	}
	_, err := client(t).FromPointer(0, p, pjrt.F32, []int64{3, 2}, []int64{4}, 0)
	assert.ErrorContains(t, err, "1 strides for 2 dimensions")
}

func TestSmallTypesAndShapes(t *testing.T) {
	for _, c := range []struct {
		ty   pjrt.Type
		data []byte
		dims []int64
	}{
		{pjrt.S4, []byte{1, 2, 15, 7, 8}, []int64{5}}, // 15 is -1; the upper bits do not count
		{pjrt.U4, []byte{1, 2, 15}, []int64{3}},
		{pjrt.Pred, []byte{0, 1}, []int64{2}},
		{pjrt.BF16, []byte{0x80, 0x3f}, nil},
		{pjrt.C128, make([]byte, 32), []int64{2, 1}},
		{pjrt.F8E4M3FN, []byte{1, 2, 3}, []int64{3}},
		{pjrt.F32, []byte{}, []int64{0}},
		{pjrt.F32, []byte{}, []int64{3, 0, 2}},
	} {
		a, err := client(t).FromHost(0, c.data, c.ty, c.dims, 0)
		if !assert.NoError(t, err, "type %d", c.ty) {
			continue
		}
		got := make([]byte, len(c.data))
		assert.NoError(t, a.ToHost(got))
		assert.Equal(t, c.data, got, "type %d", c.ty)
		a.Release()
	}
}

// A program may lay its outputs out otherwise than in rows; reading them must not.
func TestOutputLayouts(t *testing.T) {
	data := make([]float32, 24)
	for i := range data {
		data[i] = float32(i)
	}
	x, err := client(t).FromHost(0, bytesOf(data...), pjrt.F32, []int64{2, 3, 4}, 0)
	require.NoError(t, err)
	defer x.Release()
	for _, order := range []string{"0,1,2", "0,2,1", "1,0,2", "1,2,0", "2,0,1", "2,1,0"} {
		e := compile(t, fmt.Sprintf(`module @m { func.func public @main(%%a: tensor<2x3x4xf32>) -> (tensor<2x3x4xf32> {mhlo.layout_mode = "{%s}"}) {
  return %%a : tensor<2x3x4xf32> } }`, order))
		for range 2 {
			out := run(t, e, x)
			p, err := out.UnsafePointer()
			require.NoError(t, err)
			assert.Equal(t, order == "2,1,0", p != nil, order)
			assert.Equal(t, data, floats(t, out), order)
		}
	}
}

func ffiText(target string) string {
	return fmt.Sprintf(`module @m { func.func public @main(%%a: tensor<8xf32>) -> tensor<8xf32> {
  %%0 = stablehlo.custom_call @%s(%%a) {api_version = 4 : i32, backend_config = {}} : (tensor<8xf32>) -> tensor<8xf32>
  return %%0 : tensor<8xf32> } }`, target)
}

var registerHandlers = sync.OnceValue(func() error {
	c, err := sharedClient()
	for name, h := range map[string]unsafe.Pointer{"ctest_affine": ctest.Handler(), "ctest_slow": ctest.Slow(), "ctest_fail": ctest.Fail()} {
		if err == nil {
			err = c.Plugin().RegisterFFI(name, "Host", h)
		}
	}
	return err
})

func TestFFI(t *testing.T) {
	require.NoError(t, registerHandlers())
	out := run(t, compile(t, ffiText("ctest_affine")), vector(t, eights...))
	assert.Equal(t, []float32{1, 4, 7, 10, 13, 16, 19, 22}, floats(t, out))
}

// slowText does enough arithmetic that XLA does not run it on the calling thread,
// then waits in a handler.
const slowText = `module @m { func.func public @main(%a: tensor<8xf32>) -> tensor<8xf32> {
  %z = stablehlo.constant dense<0.0> : tensor<f32>
  %0 = stablehlo.broadcast_in_dim %a, dims = [0] : (tensor<8xf32>) -> tensor<8x4096xf32>
  %1 = stablehlo.sine %0 : tensor<8x4096xf32>
  %2 = stablehlo.reduce(%1 init: %z) applies stablehlo.minimum across dimensions = [1] : (tensor<8x4096xf32>, tensor<f32>) -> tensor<8xf32>
  %3 = stablehlo.custom_call @ctest_slow(%2) {api_version = 4 : i32, backend_config = {}} : (tensor<8xf32>) -> tensor<8xf32>
  return %3 : tensor<8xf32> } }`

func TestAwait(t *testing.T) {
	require.NoError(t, registerHandlers())
	e := compile(t, slowText)
	zero := vector(t, make([]float32, 8)...)
	start := time.Now()
	out := run(t, e, zero)
	assert.Less(t, time.Since(start), 250*time.Millisecond, "the call does not wait")
	ready, err := out.Ready()
	require.NoError(t, err)
	assert.False(t, ready)
	ok, err := out.Await(0)
	require.NoError(t, err)
	assert.False(t, ok)
	slices := 0
	for !ok {
		ok, err = out.Await(20 * time.Millisecond)
		require.NoError(t, err)
		slices++
		require.Less(t, time.Since(start), 10*time.Second)
	}
	assert.Greater(t, slices, 3)
	assert.Greater(t, time.Since(start), 250*time.Millisecond)
	ready, err = out.Ready()
	require.NoError(t, err)
	assert.True(t, ready)
	assert.Equal(t, ones, floats(t, out))
	ok, err = out.Await(0)
	require.NoError(t, err)
	assert.True(t, ok)

	// Without a look in between: each of these waits by itself, the last one for
	// a program whose input is not there yet.
	assert.Equal(t, ones, floats(t, run(t, e, zero)))
	ok, err = run(t, e, zero).Await(-1)
	require.NoError(t, err)
	assert.True(t, ok)
	p, err := run(t, compile(t, addText), run(t, e, zero), zero).UnsafePointer()
	require.NoError(t, err)
	assert.Equal(t, float32(1), *(*float32)(p))
}

// What is given up while it is being computed is freed when it has been, also
// when a wait for it timed out before.
func TestReleaseBeforeReady(t *testing.T) {
	require.NoError(t, registerHandlers())
	e := compile(t, slowText)
	in, err := client(t).FromHost(0, make([]byte, 32), pjrt.F32, []int64{8}, 0)
	require.NoError(t, err)
	out := make([]*pjrt.Array, 1)
	require.NoError(t, e.Execute([]*pjrt.Array{in}, out))
	in.Release()
	ok, err := out[0].Await(time.Millisecond)
	require.NoError(t, err)
	assert.False(t, ok)
	require.NoError(t, out[0].Delete())
	out[0].Release()
	time.Sleep(400 * time.Millisecond)
}

func TestFailedComputation(t *testing.T) {
	require.NoError(t, registerHandlers())
	e := compile(t, ffiText("ctest_fail"))
	out := make([]*pjrt.Array, 1)
	err := e.Execute([]*pjrt.Array{vector(t, ones...)}, out)
	if err == nil {
		defer out[0].Release()
		_, err = out[0].Await(-1)
		assert.Error(t, out[0].ToHost(make([]byte, 32)))
	}
	assert.ErrorContains(t, err, "the handler refused")
	assert.Equal(t, pjrt.InvalidArgument, code(t, err))
}
