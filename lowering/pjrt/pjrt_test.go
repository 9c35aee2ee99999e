package pjrt_test

import (
	"encoding/binary"
	"fmt"
	"math"
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"strings"
	"sync"
	"testing"
	"time"
	"unsafe"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/jaxgo/jaxgo/lowering/pjrt"
	"github.com/jaxgo/jaxgo/lowering/pjrt/internal/ctest"
)

// ---- fixtures -----------------------------------------------------------------

// pluginPath returns the CPU plugin's file: JAXGO_TEST_PLUGIN, or where pip put
// it for python3.
var pluginPath = sync.OnceValues(func() (string, error) {
	if p := os.Getenv("JAXGO_TEST_PLUGIN"); p != "" {
		return p, nil
	}
	const find = "import importlib.util as u; print(list(u.find_spec('xla_plugins.xla_cpu_pjrt').submodule_search_locations)[0])"
	out, err := exec.Command("python3", "-c", find).Output()
	if err != nil {
		return "", fmt.Errorf("no PJRT plugin to test with: set JAXGO_TEST_PLUGIN to an xla_cpu_pjrt.so, or pip install xla-cpu-pjrt (%w)", err)
	}
	return filepath.Join(strings.TrimSpace(string(out)), "xla_cpu_pjrt.so"), nil
})

var sharedClient = sync.OnceValues(func() (*pjrt.Client, error) {
	path, err := pluginPath()
	if err != nil {
		return nil, err
	}
	p, err := pjrt.Load(path)
	if err != nil {
		return nil, err
	}
	return p.NewClient(map[string]any{"cpu_device_count": 2})
})

func client(t testing.TB) *pjrt.Client {
	c, err := sharedClient()
	require.NoError(t, err)
	return c
}

const addText = `module @add { func.func public @main(%a: tensor<8xf32>, %b: tensor<8xf32>) -> tensor<8xf32> {
  %0 = stablehlo.add %a, %b : tensor<8xf32>
  return %0 : tensor<8xf32> } }`

// donateText adds 1 to an argument of n floats in place.
func donateText(n int) string {
	return strings.ReplaceAll(`module @inc { func.func public @main(%a: tensor<NxT> {tf.aliasing_output = 0 : i32}, %b: tensor<NxT>) -> tensor<NxT> {
  %0 = stablehlo.add %a, %b : tensor<NxT>
  return %0 : tensor<NxT> } }`, "NxT", fmt.Sprintf("%dxf32", n))
}

func compile(t testing.TB, code string) *pjrt.Executable {
	return compileFor(t, code, pjrt.CompileOptions{})
}

func compileFor(t testing.TB, code string, o pjrt.CompileOptions) *pjrt.Executable {
	opts, err := o.Encode()
	require.NoError(t, err)
	e, err := client(t).Compile([]byte(code), opts)
	require.NoError(t, err)
	t.Cleanup(e.Release)
	return e
}

func bytesOf(xs ...float32) []byte {
	var b []byte
	for _, x := range xs {
		b = binary.NativeEndian.AppendUint32(b, math.Float32bits(x))
	}
	return b
}

func floats(t testing.TB, a *pjrt.Array) []float32 {
	n, err := a.OnDeviceSize()
	require.NoError(t, err)
	b := make([]byte, n)
	require.NoError(t, a.ToHost(b))
	return floatsIn(b)
}

func floatsIn(b []byte) []float32 {
	out := make([]float32, len(b)/4)
	for i := range out {
		out[i] = math.Float32frombits(binary.NativeEndian.Uint32(b[4*i:]))
	}
	return out
}

func vector(t testing.TB, xs ...float32) *pjrt.Array {
	a, err := client(t).FromHost(0, bytesOf(xs...), pjrt.F32, []int64{int64(len(xs))}, 7)
	require.NoError(t, err)
	t.Cleanup(a.Release)
	return a
}

var ones, eights = []float32{1, 1, 1, 1, 1, 1, 1, 1}, []float32{0, 1, 2, 3, 4, 5, 6, 7}

func run(t testing.TB, e *pjrt.Executable, in ...*pjrt.Array) *pjrt.Array {
	out := make([]*pjrt.Array, 1)
	require.NoError(t, e.Execute(in, out))
	t.Cleanup(out[0].Release)
	return out[0]
}

func code(t testing.TB, err error) pjrt.Code {
	var e *pjrt.Error
	require.ErrorAs(t, err, &e)
	return e.Code
}

func rss(t testing.TB) int {
	b, err := os.ReadFile("/proc/self/statm")
	require.NoError(t, err)
	var size, resident int
	_, err = fmt.Sscan(string(b), &size, &resident)
	require.NoError(t, err)
	return resident * os.Getpagesize()
}

// ---- plugin and client ------------------------------------------------------------

func TestPlugin(t *testing.T) {
	c := client(t)
	p := c.Plugin()
	assert.Zero(t, p.Major)
	assert.GreaterOrEqual(t, p.Minor, 57)
	assert.Len(t, p.Attributes["stablehlo_current_version"], 3)
	assert.Contains(t, p.Attributes, "xla_version")
	again, err := pjrt.Load(p.Path)
	require.NoError(t, err)
	assert.Same(t, p, again)
}

func TestClient(t *testing.T) {
	c := client(t)
	assert.Equal(t, "cpu", c.Platform)
	assert.NotEmpty(t, c.PlatformVersion)
	require.Len(t, c.Devices, 2)
	for i, d := range c.Devices {
		assert.Equal(t, i, d.Index)
		assert.Equal(t, i, d.ID)
		assert.Equal(t, 0, d.ProcessIndex)
		assert.Equal(t, "cpu", d.Kind)
		assert.NotEmpty(t, d.DebugString)
		assert.NotEmpty(t, d.Text)
	}
	ids, err := c.DefaultDeviceAssignment(2, 1)
	require.NoError(t, err)
	assert.ElementsMatch(t, []int{0, 1}, ids)
	_, err = c.DeviceMemoryStats(0)
	assert.Equal(t, pjrt.Unimplemented, code(t, err), "%v", err)
	_, err = c.DeviceMemoryStats(2)
	assert.Equal(t, pjrt.InvalidArgument, code(t, err))
}

func TestClose(t *testing.T) {
	c, err := client(t).Plugin().NewClient(nil)
	require.NoError(t, err)
	a, err := c.FromHost(0, bytesOf(1), pjrt.F32, []int64{1}, 0)
	require.NoError(t, err)
	assert.Equal(t, 1, c.Live())
	assert.ErrorContains(t, c.Close(), "1 arrays")
	a.Release()
	assert.NoError(t, c.Close())
}

func TestClientOptions(t *testing.T) {
	p := client(t).Plugin()
	_, err := p.NewClient(map[string]any{"some_option": struct{}{}})
	assert.ErrorContains(t, err, "option some_option: a struct {}")
	for _, bad := range []any{"two", 1.5, 0, int64(-1)} {
		_, err = p.NewClient(map[string]any{"cpu_device_count": bad})
		assert.ErrorContains(t, err, "no positive integer")
	}
}

func TestLoadErrors(t *testing.T) {
	path, err := pluginPath()
	require.NoError(t, err)
	dir := t.TempDir()
	write := func(name string, b []byte) string {
		p := filepath.Join(dir, name)
		require.NoError(t, os.WriteFile(p, b, 0o644))
		return p
	}
	f, err := os.Open(path)
	require.NoError(t, err)
	defer f.Close()
	head := make([]byte, 4096)
	_, err = f.ReadAt(head, 0)
	require.NoError(t, err)
	other, name := uint16(183), "aarch64" // EM_AARCH64
	if runtime.GOARCH == "arm64" {
		other, name = 62, "x86_64"
	}
	foreign := append([]byte(nil), head...)
	binary.LittleEndian.PutUint16(foreign[18:], other)
	narrow := append([]byte(nil), head...)
	narrow[4] = 1
	for _, c := range []struct {
		what, path, text string
		code             pjrt.Code
	}{
		{"missing", filepath.Join(dir, "none.so"), "no such file", pjrt.NotFound},
		{"folder", dir, "not a regular file", pjrt.InvalidArgument},
		{"text", write("text.so", []byte("#!/bin/sh\n")), "no ELF header", pjrt.InvalidArgument},
		{"empty", write("empty.so", nil), "no ELF header", pjrt.InvalidArgument},
		{"short header", write("short.so", head[:40]), "truncated at 40 bytes", pjrt.DataLoss},
		{"truncated", write("cut.so", head), "truncated at 4096 bytes", pjrt.DataLoss},
		{"other machine", write("foreign.so", foreign), "built for " + name + ", this machine is ", pjrt.InvalidArgument},
		{"32 bits", write("narrow.so", narrow), "not a 64-bit library", pjrt.InvalidArgument},
	} {
		t.Run(c.what, func(t *testing.T) {
			_, err := pjrt.Load(c.path)
			require.Error(t, err)
			assert.Contains(t, err.Error(), c.path+": ")
			assert.Contains(t, err.Error(), c.text)
			assert.Equal(t, c.code, code(t, err))
		})
	}
	t.Run("no plugin", func(t *testing.T) {
		lib, err := filepath.Glob("/lib*/*/libm.so.6")
		require.NoError(t, err)
		more, err := filepath.Glob("/lib*/libm.so.6")
		require.NoError(t, err)
		lib = append(lib, more...)
		require.NotEmpty(t, lib)
		_, err = pjrt.Load(lib[0])
		assert.ErrorContains(t, err, "no GetPjrtApi")
	})
}

// TestQuiet starts a process that loads the plugin and compiles: XLA must not
// write anything.
func TestQuiet(t *testing.T) {
	if os.Getenv("JAXGO_TEST_QUIET") != "" {
		run(t, compile(t, addText), vector(t, ones...), vector(t, ones...))
		return
	}
	cmd := exec.Command(os.Args[0], "-test.run=^TestQuiet$")
	cmd.Env = append(os.Environ(), "JAXGO_TEST_QUIET=1")
	var stderr strings.Builder
	cmd.Stderr = &stderr
	out, err := cmd.Output()
	require.NoError(t, err, "%s", out)
	assert.Empty(t, stderr.String())
}

func TestFork(t *testing.T) {
	rc, msg := ctest.Fork(compile(t, addText).Ptr(), vector(t, ones...).Ptr())
	assert.Zero(t, rc)
	assert.Contains(t, msg, "forked")
	assert.Contains(t, msg, "spawn")
	// The parent goes on.
	assert.Equal(t, ones, floats(t, vector(t, ones...)))
}

// ---- programs ----------------------------------------------------------------------

func TestAdd(t *testing.T) {
	e := compile(t, addText)
	require.NoError(t, e.SetOutputs([]uint32{42}, []byte{pjrt.Weak}))
	a, b := vector(t, eights...), vector(t, ones...)
	b.SetCommitted(true)
	for range 2 { // the second run knows the outputs' layout beforehand
		out := run(t, e, a, b)
		assert.Equal(t, []float32{1, 2, 3, 4, 5, 6, 7, 8}, floats(t, out))
		assert.Equal(t, uint32(42), out.AvalID())
		assert.True(t, out.Has(pjrt.Committed))
		assert.True(t, out.Has(pjrt.Weak))
		ty, err := out.Type()
		require.NoError(t, err)
		assert.Equal(t, pjrt.F32, ty)
		dims, err := out.Dims()
		require.NoError(t, err)
		assert.Equal(t, []int64{8}, dims)
	}
	b.SetCommitted(false)
	assert.False(t, run(t, e, a, b).Has(pjrt.Committed))
	assert.Error(t, e.SetOutputs([]uint32{1, 2}, nil))
}

func TestFacts(t *testing.T) {
	e := compile(t, `module @two { func.func public @main(%a: tensor<2x3xf32>) -> (tensor<3x2xf32>, tensor<i64>) {
  %0 = stablehlo.transpose %a, dims = [1, 0] : (tensor<2x3xf32>) -> tensor<3x2xf32>
  %1 = stablehlo.constant dense<5> : tensor<i64>
  return %0, %1 : tensor<3x2xf32>, tensor<i64> } }`)
	assert.Equal(t, 2, e.NumOutputs())
	types, err := e.OutputTypes()
	require.NoError(t, err)
	assert.Equal(t, []pjrt.Type{pjrt.F32, pjrt.S64}, types)
	dims, err := e.OutputDims()
	require.NoError(t, err)
	assert.Equal(t, [][]int64{{3, 2}, {}}, dims)
	name, err := e.Name()
	require.NoError(t, err)
	assert.Contains(t, name, "two")
	cost, err := e.CostAnalysis()
	require.NoError(t, err)
	assert.Contains(t, cost, "bytes accessed")
	mem, err := e.MemoryStats()
	require.NoError(t, err)
	assert.Equal(t, int64(24), mem.Argument)
	format, hlo, err := e.OptimizedProgram()
	require.NoError(t, err)
	assert.Contains(t, format, "hlo")
	assert.NotEmpty(t, hlo)

	x, err := client(t).FromHost(0, bytesOf(1, 2, 3, 4, 5, 6), pjrt.F32, []int64{2, 3}, 0)
	require.NoError(t, err)
	defer x.Release()
	out := make([]*pjrt.Array, 2)
	require.NoError(t, e.Execute([]*pjrt.Array{x}, out))
	assert.Equal(t, []float32{1, 4, 2, 5, 3, 6}, floats(t, out[0]))
	for _, o := range out {
		o.Release()
	}
}

func TestManyArguments(t *testing.T) {
	const n = 100
	var params, outs, types []string
	in := make([]*pjrt.Array, n)
	for i := range n {
		params = append(params, fmt.Sprintf("%%a%d: tensor<2xf32>", i))
		outs = append(outs, fmt.Sprintf("%%a%d", n-1-i))
		types = append(types, "tensor<2xf32>")
		in[i] = vector(t, float32(i), float32(-i))
	}
	e := compile(t, fmt.Sprintf("module @m { func.func public @main(%s) -> (%s) { return %s : %s } }",
		strings.Join(params, ","), strings.Join(types, ","), strings.Join(outs, ","), strings.Join(types, ",")))
	out := make([]*pjrt.Array, n)
	require.NoError(t, e.Execute(in, out))
	for i, o := range out {
		assert.Equal(t, []float32{float32(n - 1 - i), -float32(n - 1 - i)}, floats(t, o))
		o.Release()
	}
}

func TestSerialize(t *testing.T) {
	data, err := compile(t, addText).Serialize()
	require.NoError(t, err)
	e, err := client(t).Deserialize(data)
	require.NoError(t, err)
	defer e.Release()
	assert.Equal(t, []float32{1, 2, 3, 4, 5, 6, 7, 8}, floats(t, run(t, e, vector(t, eights...), vector(t, ones...))))
	for _, bad := range [][]byte{nil, []byte("no program"), data[:len(data)/2]} {
		_, err = client(t).Deserialize(bad)
		assert.Error(t, err)
	}
}

func TestCompileOptions(t *testing.T) {
	o := pjrt.CompileOptions{Overrides: map[string]any{"xla_cpu_enable_fast_math": false, "xla_backend_optimization_level": 1, "xla_dump_to": "", "a": 1.5}}
	first, err := o.Encode()
	require.NoError(t, err)
	for range 10 {
		again, err := o.Encode()
		require.NoError(t, err)
		assert.Equal(t, first, again)
	}
	plain, err := pjrt.CompileOptions{}.Encode()
	require.NoError(t, err)
	assert.Equal(t, []byte{0x1a, 4, 0x20, 1, 0x28, 1}, plain)
	delete(o.Overrides, "a")
	e := compileFor(t, addText, o)
	assert.Equal(t, []float32{2, 2, 2, 2, 2, 2, 2, 2}, floats(t, run(t, e, vector(t, ones...), vector(t, ones...))))
	_, err = pjrt.CompileOptions{Overrides: map[string]any{"x": []int{1}}}.Encode()
	assert.ErrorContains(t, err, "compile option x: a []int")
	opts, err := pjrt.CompileOptions{Overrides: map[string]any{"xla_no_such_flag": true}}.Encode()
	require.NoError(t, err)
	_, err = client(t).Compile([]byte(addText), opts)
	assert.ErrorContains(t, err, "xla_no_such_flag")
}

func TestDevices(t *testing.T) {
	e := compileFor(t, addText, pjrt.CompileOptions{DeviceOrdinal: 1})
	assert.Equal(t, 1, e.Device())
	a := vector(t, eights...)
	b, err := a.CopyToDevice(1)
	require.NoError(t, err)
	defer b.Release()
	assert.Equal(t, 1, b.Device())
	assert.Equal(t, uint32(7), b.AvalID())
	out := run(t, e, b, b)
	assert.Equal(t, 1, out.Device())
	assert.Equal(t, []float32{0, 2, 4, 6, 8, 10, 12, 14}, floats(t, out))
	same, err := a.CopyToDevice(0)
	require.NoError(t, err)
	assert.Same(t, a, same)
	same.Release()
	_, err = a.CopyToDevice(2)
	assert.ErrorContains(t, err, "no device 2: the client has 2")
}

func TestErrors(t *testing.T) {
	opts, err := pjrt.CompileOptions{}.Encode()
	require.NoError(t, err)
	for _, bad := range []string{"", "module @m {", strings.Replace(addText, "stablehlo.add", "stablehlo.no_such_op", 1)} {
		_, err := client(t).Compile([]byte(bad), opts)
		assert.Error(t, err, "%q", bad)
	}
	e := compile(t, addText)
	a, short := vector(t, ones...), vector(t, 1, 2)
	out := make([]*pjrt.Array, 1)
	for _, in := range [][]*pjrt.Array{{}, {a}, {a, a, a}, {a, short}, {a, nil}} {
		err := e.Execute(in, out)
		assert.Equal(t, pjrt.InvalidArgument, code(t, err), "%d inputs: %v", len(in), err)
		assert.Nil(t, out[0])
	}
	assert.ErrorContains(t, e.Execute([]*pjrt.Array{a, a}, nil), "room for 0")

	c2, err := client(t).Plugin().NewClient(nil)
	require.NoError(t, err)
	other, err := c2.FromHost(0, bytesOf(ones...), pjrt.F32, []int64{8}, 0)
	require.NoError(t, err)
	assert.ErrorContains(t, e.Execute([]*pjrt.Array{a, other}, out), "argument 1 belongs to another client")
	other.Release()
	require.NoError(t, c2.Close())

	b, err := a.CopyToDevice(1)
	require.NoError(t, err)
	defer b.Release()
	assert.Error(t, e.Execute([]*pjrt.Array{a, b}, out), "arrays of two devices")

	assert.ErrorContains(t, a.ToHost(make([]byte, 31)), "needs 32 bytes, the destination has 31")
	_, err = client(t).FromHost(0, make([]byte, 8), pjrt.F32, []int64{8}, 0)
	assert.ErrorContains(t, err, "needs 32 bytes, there are 8")
	_, err = client(t).FromHost(0, make([]byte, 8), pjrt.F32, []int64{-1}, 0)
	assert.ErrorContains(t, err, "dimension 0 has size -1")
	_, err = client(t).FromHost(0, make([]byte, 8), pjrt.Token, nil, 0)
	assert.Error(t, err)
	_, err = client(t).FromHost(5, bytesOf(ones...), pjrt.F32, []int64{8}, 0)
	assert.ErrorContains(t, err, "no device 5")
}

func TestHugeAllocations(t *testing.T) {
	const n = 1 << 42
	_, err := client(t).FromPointer(0, unsafe.Pointer(&[8]byte{}), pjrt.F32, []int64{1 << 40, 1 << 40}, nil, 0)
	assert.Equal(t, pjrt.ResourceExhausted, code(t, err))
	_, err = pjrt.AllocHost(n)
	assert.Equal(t, pjrt.ResourceExhausted, code(t, err))
	_, err = pjrt.AllocHost(-1)
	assert.Error(t, err)
	e := compile(t, fmt.Sprintf(`module @m { func.func public @main(%%a: tensor<f32>) -> tensor<%dxf32> {
  %%0 = stablehlo.broadcast_in_dim %%a, dims = [] : (tensor<f32>) -> tensor<%dxf32>
  return %%0 : tensor<%dxf32> } }`, n/4, n/4, n/4))
	x, err := client(t).FromHost(0, bytesOf(1), pjrt.F32, nil, 0)
	require.NoError(t, err)
	defer x.Release()
	out := make([]*pjrt.Array, 1)
	err = e.Execute([]*pjrt.Array{x}, out)
	if err == nil { // it may come late, with the array
		_, err = out[0].Await(-1)
		out[0].Release()
	}
	assert.Equal(t, pjrt.ResourceExhausted, code(t, err), "%v", err)
}

// ---- donation, deletion, holds --------------------------------------------------------

func TestDonation(t *testing.T) {
	e := compile(t, donateText(8))
	require.NoError(t, e.SetDonated([]int32{0, 0}))
	a, b := vector(t, eights...), vector(t, ones...)
	before, err := a.UnsafePointer()
	require.NoError(t, err)
	out := run(t, e, a, b)
	after, err := out.UnsafePointer()
	require.NoError(t, err)
	assert.Equal(t, before, after, "the memory was reused")
	assert.Equal(t, []float32{1, 2, 3, 4, 5, 6, 7, 8}, floats(t, out))
	assert.True(t, a.Deleted())
	assert.False(t, b.Deleted())

	outs := make([]*pjrt.Array, 1)
	assert.Equal(t, pjrt.DeletedArray, code(t, e.Execute([]*pjrt.Array{a, b}, outs)))
	_, err = a.Ready()
	assert.Equal(t, pjrt.DeletedArray, code(t, err))
	assert.Equal(t, pjrt.DeletedArray, code(t, a.ToHost(make([]byte, 32))))
	assert.Equal(t, pjrt.DeletedArray, code(t, a.Hold()))

	err = e.Execute([]*pjrt.Array{b, b}, outs)
	assert.Equal(t, pjrt.DonatedTwice, code(t, err))
	assert.ErrorContains(t, err, "Attempt to use a buffer that was previously donated in the same call to Execute() (flattened argument 1, replica 0, partition 0, first use: 0). Toy example for this bug: `f(donate(a), a)`.")
	assert.Equal(t, ones, floats(t, b), "a refused call takes nothing")

	require.NoError(t, e.SetDonated([]int32{0, 1}))
	assert.ErrorContains(t, e.Execute([]*pjrt.Array{b, b}, outs), "f(donate(a), donate(a))")
	require.NoError(t, e.SetDonated([]int32{1}))
	assert.ErrorContains(t, e.Execute([]*pjrt.Array{b, b}, outs), "f(a, donate(a))")
	require.NoError(t, e.SetDonated([]int32{0}))
	assert.ErrorContains(t, e.Execute(nil, outs), "donates argument 0, the call has 0")
	short := vector(t, 1)
	assert.Error(t, e.Execute([]*pjrt.Array{b, short}, outs))
	assert.Equal(t, ones, floats(t, b), "a failed call gives back what it claimed")
	assert.False(t, b.Has(pjrt.Donated))
}

// As in JAX, an array that NumPy looks at is copied instead of donated.
func TestDonationOfHeldArray(t *testing.T) {
	e := compile(t, donateText(8))
	require.NoError(t, e.SetDonated([]int32{0}))
	a, b := vector(t, eights...), vector(t, ones...)
	require.NoError(t, a.Hold())
	p, err := a.UnsafePointer()
	require.NoError(t, err)
	out := run(t, e, a, b)
	assert.Equal(t, []float32{1, 2, 3, 4, 5, 6, 7, 8}, floats(t, out))
	assert.Equal(t, eights, floatsIn(unsafe.Slice((*byte)(p), 32)))
	assert.False(t, a.Deleted())
	a.ReleaseHold()
	assert.Equal(t, eights, floats(t, a))
}

// Memory taken without a copy from someone who must not see it change.
func TestDonationOfZeroCopy(t *testing.T) {
	e := compile(t, donateText(8))
	require.NoError(t, e.SetDonated([]int32{0}))
	p := ctest.Alloc(32, 0)
	copy(unsafe.Slice((*byte)(p), 32), bytesOf(eights...))
	var dropped int64
	keep := ctest.Alloc(8, 0)
	a, err := client(t).ZeroCopy(0, p, pjrt.F32, []int64{8}, 0, keep, ctest.Drop())
	require.NoError(t, err)
	defer a.Release()
	out := run(t, e, a, vector(t, ones...))
	assert.Equal(t, []float32{1, 2, 3, 4, 5, 6, 7, 8}, floats(t, out))
	assert.Equal(t, eights, floatsIn(unsafe.Slice((*byte)(p), 32)))
	pjrt.DrainDrops()
	dropped = *(*int64)(keep)
	assert.Equal(t, int64(1), dropped)
}

func TestDelete(t *testing.T) {
	a := vector(t, eights...)
	sum := run(t, compile(t, addText), a, a)
	require.NoError(t, a.Delete())
	require.NoError(t, a.Delete())
	assert.True(t, a.Deleted())
	_, err := a.Await(0)
	assert.Equal(t, pjrt.DeletedArray, code(t, err))
	assert.ErrorContains(t, err, "Array has been deleted.")
	_, err = a.CopyToDevice(1)
	assert.Equal(t, pjrt.DeletedArray, code(t, err))
	assert.Equal(t, float32(14), floats(t, sum)[7], "what was computed from it stays")
}

func TestHoldOutlivesDelete(t *testing.T) {
	const n = 64 << 20
	a, err := client(t).FromHost(0, make([]byte, n), pjrt.U8, []int64{n}, 0)
	require.NoError(t, err)
	defer a.Release()
	require.NoError(t, a.Hold())
	p, err := a.UnsafePointer()
	require.NoError(t, err)
	require.NoError(t, a.Delete())
	full := rss(t)
	b := unsafe.Slice((*byte)(p), n)
	assert.Zero(t, b[n-1])
	b[n-1] = 1
	a.ReleaseHold()
	assert.Less(t, rss(t), full-n/2)
}

// ---- transfers --------------------------------------------------------------------

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
		{pjrt.S4, []byte{1, 2, 0xff, 7, 0xf8}, []int64{5}},
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
func TestColumnMajorOutput(t *testing.T) {
	e := compile(t, `module @m { func.func public @main(%a: tensor<2x3xf32>) -> (tensor<2x3xf32> {mhlo.layout_mode = "{0,1}"}) {
  return %a : tensor<2x3xf32> } }`)
	x, err := client(t).FromHost(0, bytesOf(1, 2, 3, 4, 5, 6), pjrt.F32, []int64{2, 3}, 0)
	require.NoError(t, err)
	defer x.Release()
	for range 2 {
		out := run(t, e, x)
		p, err := out.UnsafePointer()
		require.NoError(t, err)
		assert.Nil(t, p)
		assert.Equal(t, []float32{1, 2, 3, 4, 5, 6}, floats(t, out))
	}
}

// ---- waiting -----------------------------------------------------------------------

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

func TestAwait(t *testing.T) {
	require.NoError(t, registerHandlers())
	// Arguments that are not ready make a program run elsewhere, so the second
	// call returns before it has run.
	e := compile(t, ffiText("ctest_slow"))
	out := run(t, e, run(t, e, vector(t, ones...)))
	start, slices := time.Now(), 0
	for {
		ok, err := out.Await(20 * time.Millisecond)
		require.NoError(t, err)
		if ok {
			break
		}
		slices++
		require.Less(t, time.Since(start), 10*time.Second)
	}
	t.Logf("%d slices timed out in %v", slices, time.Since(start))
	ready, err := out.Ready()
	require.NoError(t, err)
	assert.True(t, ready)
	assert.Equal(t, float32(13), floats(t, out)[0])
	ok, err := out.Await(0)
	require.NoError(t, err)
	assert.True(t, ok)
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

// ---- counting ------------------------------------------------------------------------

func TestCountsFromManyThreads(t *testing.T) {
	e := compile(t, addText)
	a := vector(t, eights...)
	live := client(t).Live()
	var wg sync.WaitGroup
	for range 8 {
		wg.Go(func() {
			out := make([]*pjrt.Array, 1)
			buf := make([]byte, 32)
			for i := range 2000 {
				a.Retain()
				ctest.Counts(a.Ptr(), 10)
				if !assert.NoError(t, e.Execute([]*pjrt.Array{a, a}, out)) {
					return
				}
				if i%4 == 0 {
					assert.NoError(t, out[0].Hold())
					assert.NoError(t, out[0].Delete())
					out[0].ReleaseHold()
				} else {
					assert.NoError(t, out[0].ToHost(buf))
					assert.Equal(t, float32(14), floatsIn(buf)[7])
				}
				out[0].Release()
				a.Release()
			}
		})
	}
	wg.Wait()
	assert.Equal(t, live, client(t).Live())
	assert.Equal(t, eights, floats(t, a))
}

// One array, deleted, held and used by threads that know nothing of each other:
// every call ends well or says that it is deleted.
func TestDeleteRaces(t *testing.T) {
	e := compile(t, donateText(8))
	require.NoError(t, e.SetDonated([]int32{0}))
	b := vector(t, ones...)
	for range 500 {
		a, err := client(t).FromHost(0, bytesOf(eights...), pjrt.F32, []int64{8}, 0)
		require.NoError(t, err)
		var wg sync.WaitGroup
		for k := range 4 {
			a.Retain()
			wg.Go(func() {
				defer a.Release()
				var err error
				switch k {
				case 0:
					err = a.ToHost(make([]byte, 32))
				case 1:
					err = a.Delete()
				default:
					out := make([]*pjrt.Array, 1)
					if err = e.Execute([]*pjrt.Array{a, b}, out); err == nil {
						out[0].Release()
					}
				}
				if err != nil {
					assert.True(t, strings.Contains(err.Error(), "deleted"), "%v", err)
				}
			})
		}
		a.Release()
		wg.Wait()
	}
}

func TestMemoryStaysFlat(t *testing.T) {
	e := compile(t, addText)
	in := []*pjrt.Array{vector(t, eights...), vector(t, ones...)}
	out := make([]*pjrt.Array, 1)
	data := bytesOf(eights...)
	step := func(n int) {
		for range n {
			require.NoError(t, e.Execute(in, out))
			out[0].Release()
			a, err := client(t).FromHost(0, data, pjrt.F32, []int64{8}, 0)
			require.NoError(t, err)
			a.Release()
		}
	}
	step(20000)
	before := rss(t)
	step(100000)
	assert.Less(t, rss(t)-before, 4<<20)
}

func TestPrograms(t *testing.T) {
	opts, err := pjrt.CompileOptions{}.Encode()
	require.NoError(t, err)
	data, err := compile(t, addText).Serialize()
	require.NoError(t, err)
	load := func(n int) {
		for range n {
			e, err := client(t).Deserialize(data)
			require.NoError(t, err)
			e.Release()
		}
	}
	_ = opts
	load(50)
	before := rss(t)
	load(200)
	assert.Less(t, rss(t)-before, 8<<20)
}

// ---- speed ------------------------------------------------------------------------------

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
