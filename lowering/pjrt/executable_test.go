package pjrt_test

import (
	"fmt"
	"strings"
	"testing"
	"unsafe"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/jaxgo/jaxgo/lowering/pjrt"
)

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
