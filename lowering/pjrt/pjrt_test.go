package pjrt_test

import (
	"encoding/binary"
	"fmt"
	"math"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"sync"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/jaxgo/jaxgo/lowering/pjrt"
)

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
