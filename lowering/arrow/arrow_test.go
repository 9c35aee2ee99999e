package arrow

import (
	"encoding/binary"
	"fmt"
	"math"
	"testing"
	"unsafe"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/jaxgo/jaxgo/core/dtype"
)

// ---- DLPack ----

var some [1024]byte // memory to point to

func tensor(dims, strides []int64) *Tensor {
	return &Tensor{Data: unsafe.Pointer(&some), DeviceType: DeviceCPU, NDim: int32(len(dims)), Code: 2, Bits: 32, Lanes: 1,
		Shape: unsafe.SliceData(dims), Strides: unsafe.SliceData(strides)}
}

func TestTensor(t *testing.T) {
	for _, c := range []struct {
		dims, strides, want []int64
	}{
		{nil, nil, nil},
		{[]int64{2, 3}, nil, nil},
		{[]int64{2, 3}, []int64{3, 1}, nil},
		{[]int64{1, 3}, []int64{99, 1}, nil},
		{[]int64{1, 3}, []int64{math.MaxInt64, 1}, nil},
		{[]int64{0, 3}, []int64{1, 7}, nil},
		{[]int64{2, 3}, []int64{1, 2}, []int64{4, 8}},
		{[]int64{2, 3}, []int64{-3, 0}, []int64{-12, 0}},
	} {
		v, err := tensor(c.dims, c.strides).Check()
		require.NoError(t, err, c)
		assert.Equal(t, c.want, v.Strides, c)
		assert.Equal(t, dtype.Float32, v.DType)
		assert.Equal(t, len(c.dims), len(v.Dims))
	}
}

func TestTensorsThatAreRefused(t *testing.T) {
	many := make([]int64, MaxDims+1)
	for _, c := range []struct {
		text string
		f    func(t *Tensor)
	}{
		{"on a device of type 2", func(t *Tensor) { t.DeviceType = 2 }},
		{"of 4 lanes", func(t *Tensor) { t.Lanes = 4 }},
		{"of 0 lanes", func(t *Tensor) { t.Lanes = 0 }},
		{"type code 2 with 31 bits", func(t *Tensor) { t.Bits = 31 }},
		{"type code 3 with 64 bits", func(t *Tensor) { t.Code, t.Bits = 3, 64 }},
		{"type code 0 with 4 bits", func(t *Tensor) { t.Code, t.Bits = 0, 4 }},
		{"-1 axes", func(t *Tensor) { t.NDim = -1 }},
		{"33 axes", func(t *Tensor) { t.NDim, t.Shape = MaxDims+1, &many[0] }},
		{"2147483647 axes", func(t *Tensor) { t.NDim = math.MaxInt32 }},
		{"no shape", func(t *Tensor) { t.Shape = nil }},
		{"negative size -1", func(t *Tensor) { t.Shape = &[]int64{-1, 2}[0] }},
		{"too large", func(t *Tensor) { t.Shape = &[]int64{1 << 32, 1 << 32}[0] }},
		{"too large", func(t *Tensor) { t.Shape = &[]int64{math.MaxInt64, 1}[0] }},
		{"stride 9223372036854775807", func(t *Tensor) { t.Strides = &[]int64{math.MaxInt64, 1}[0] }},
		{"stride -9223372036854775808", func(t *Tensor) { t.Strides = &[]int64{math.MinInt64, 1}[0] }},
		{"reach too far", func(t *Tensor) { t.Strides = &[]int64{1 << 45, 1}[0] }},
		{"no data", func(t *Tensor) { t.Data = nil }},
		{"byte offset", func(t *Tensor) { t.ByteOffset = math.MaxUint64 }},
		{"byte offset", func(t *Tensor) { t.ByteOffset = 1 << 63 }},
	} {
		x := tensor([]int64{2, 2}, nil)
		c.f(x)
		_, err := x.Check()
		assert.ErrorContains(t, err, c.text)
	}
}

func TestTensorTypes(t *testing.T) {
	for d := dtype.Bool; d <= dtype.Complex128; d++ {
		code, bits, ok := TensorType(d)
		assert.Equal(t, d.Bits() >= 8, ok, d)
		if ok {
			x := tensor([]int64{3}, nil)
			x.Code, x.Bits = code, bits
			v, err := x.Check()
			require.NoError(t, err)
			assert.Equal(t, d, v.DType)
			assert.Equal(t, 8*d.Size(), int(bits))
		}
	}
}

func FuzzTensor(f *testing.F) {
	f.Add(int32(1), int32(2), uint8(2), uint8(32), uint16(1), []byte{2, 0, 0, 0, 0, 0, 0, 0, 3}, []byte{1, 0, 0, 0, 0, 0, 0, 0, 2}, uint64(0), true)
	f.Add(int32(1), int32(1), uint8(5), uint8(128), uint16(1), []byte{255, 255, 255, 255, 255, 255, 255, 127}, []byte{}, uint64(1<<63), false)
	f.Fuzz(func(t *testing.T, device, ndim int32, code, bits uint8, lanes uint16, shape, strides []byte, offset uint64, strided bool) {
		dims, steps := numbers(shape), numbers(strides)
		x := &Tensor{Data: unsafe.Pointer(&some), DeviceType: device, NDim: ndim, Code: code, Bits: bits, Lanes: lanes, Shape: &dims[0], ByteOffset: offset}
		if strided {
			x.Strides = &steps[0]
		}
		v, err := x.Check()
		if err != nil {
			return
		}
		sane(t, v)
	})
}

// numbers makes MaxDims numbers of bytes.
func numbers(b []byte) []int64 {
	n := make([]int64, MaxDims)
	for i := range n {
		var w [8]byte
		if 8*i < len(b) {
			copy(w[:], b[8*i:])
		}
		n[i] = int64(binary.LittleEndian.Uint64(w[:]))
	}
	return n
}

// sane fails unless every address in a view can be computed without overflow.
func sane(t *testing.T, v *View) {
	size, item := float64(1), float64(v.DType.Size())
	low, high := float64(0), float64(0)
	for i, d := range v.Dims {
		if d < 0 {
			t.Fatalf("size %d", d)
		}
		size *= float64(d)
		if v.Strides != nil {
			if r := float64(d-1) * float64(v.Strides[i]); r < 0 {
				low += r
			} else {
				high += r
			}
		}
	}
	if size*item > maxBytes {
		t.Fatalf("shape %v of %v", v.Dims, v.DType)
	}
	if size > 0 && (v.Ptr == nil || low < -maxBytes || high > maxBytes) {
		t.Fatalf("shape %v, strides %v at %p", v.Dims, v.Strides, v.Ptr)
	}
}

// ---- Arrow ----

// node is a schema and an array in Go's memory.
type node struct {
	s Schema
	a Array
}

func cstring(s string) *byte { return unsafe.SliceData(append([]byte(s), 0)) }

func primitive(format string, length int64) *node {
	released := unsafe.Pointer(&some)
	buffers := []unsafe.Pointer{nil, unsafe.Pointer(&some)}
	return &node{Schema{Format: cstring(format), Release: released}, Array{Length: length, NBuffers: 2, Buffers: &buffers[0], Release: released}}
}

func list(size, length int64, child *node) *node {
	n := primitive(fmt.Sprintf("+w:%d", size), length)
	n.a.NBuffers = 1
	n.s.NChildren, n.a.NChildren = 1, 1
	cs, ca := &child.s, &child.a
	n.s.Children, n.a.Children = &cs, &ca
	return n
}

func extension(n *node, name, params string) *node {
	b := binary.LittleEndian.AppendUint32(nil, 2)
	for _, s := range []string{"ARROW:extension:name", name, "ARROW:extension:metadata", params} {
		b = append(binary.LittleEndian.AppendUint32(b, uint32(len(s))), s...)
	}
	n.s.Metadata = &b[0]
	return n
}

func TestCheck(t *testing.T) {
	at := func(n int) unsafe.Pointer { return unsafe.Pointer(&some[n]) }
	sliced := primitive("f", 10)
	sliced.a.Offset = 3
	deep := list(2, 3, list(4, 6, primitive("i", 24)))
	inner := primitive("s", 9)
	inner.a.Offset = 1
	outer := list(3, 2, inner)
	outer.a.Offset = 1
	for _, c := range []struct {
		n    *node
		d    dtype.DType
		dims []int64
		ptr  unsafe.Pointer
	}{
		{primitive("C", 5), dtype.Uint8, []int64{5}, at(0)},
		{primitive("g", 0), dtype.Float64, []int64{0}, nil},
		{sliced, dtype.Float32, []int64{10}, at(12)},
		{deep, dtype.Int32, []int64{3, 2, 4}, at(0)},
		{outer, dtype.Int16, []int64{2, 3}, at(8)}, // skips one list and one element
		{list(0, 3, primitive("f", 0)), dtype.Float32, []int64{3, 0}, nil},
		{extension(list(6, 2, primitive("f", 12)), "arrow.fixed_shape_tensor", `{"shape":[2,3]}`), dtype.Float32, []int64{2, 2, 3}, at(0)},
	} {
		v, err := Check(&c.n.s, &c.n.a)
		require.NoError(t, err)
		assert.Equal(t, c.d, v.DType)
		assert.Equal(t, c.dims, v.Dims)
		assert.Equal(t, c.ptr, v.Ptr)
		assert.Nil(t, v.Strides)
	}
	p := extension(list(6, 2, primitive("f", 12)), "arrow.fixed_shape_tensor", `{"shape":[2,3],"permutation":[1,0]}`)
	v, err := Check(&p.s, &p.a)
	require.NoError(t, err)
	assert.Equal(t, []int64{2, 3, 2}, v.Dims)
	assert.Equal(t, []int64{24, 4, 12}, v.Strides)
}

func TestNulls(t *testing.T) {
	bitmap := []byte{0b11111101, 0xff, 0b1}
	with := func(length, offset, nulls int64) *node {
		n := primitive("i", length)
		n.a.Offset, n.a.NullCount = offset, nulls
		*n.a.Buffers = unsafe.Pointer(&bitmap[0])
		return n
	}
	for _, n := range []*node{with(10, 2, -1), with(15, 2, 1), with(1, 0, -1), with(17, 0, 0), with(0, 1, -1), list(2, 3, with(10, 2, -1))} {
		_, err := Check(&n.s, &n.a)
		assert.NoError(t, err)
	}
	unknown := primitive("i", 3)
	unknown.a.NullCount = -1
	_, err := Check(&unknown.s, &unknown.a)
	assert.NoError(t, err)
	for _, n := range []*node{with(10, 0, -1), with(1, 1, 1), with(2, 16, -1), list(2, 3, with(10, 1, -1))} {
		_, err := Check(&n.s, &n.a)
		assert.ErrorContains(t, err, "1 of its elements are null")
	}
	lies := primitive("i", 3)
	lies.a.NullCount = 1
	_, err = Check(&lies.s, &lies.a)
	assert.ErrorContains(t, err, "no validity bitmap")
}

func TestBits(t *testing.T) {
	copy(some[:], []byte{0b10110100, 0b1})
	defer clear(some[:2])
	n := primitive("b", 6)
	n.a.Offset = 3
	v, err := Check(&n.s, &n.a)
	require.NoError(t, err)
	got := make([]byte, 6)
	v.Unpack(got)
	assert.Equal(t, []byte{0, 1, 1, 0, 1, 1}, got)
	for start := range int64(20) {
		for count := range int64(20) {
			want := int64(0)
			for i := start; i < start+count; i++ {
				want += int64(some[i/8] >> (i % 8) & 1)
			}
			assert.Equal(t, want, ones(unsafe.Pointer(&some), start, count))
		}
	}
}

func TestArraysThatAreRefused(t *testing.T) {
	plain := func() *node { return primitive("i", 6) }
	nested := func() *node { return list(2, 3, plain()) }
	tensors := func(params string) func() *node {
		return func() *node { return extension(list(6, 2, primitive("f", 12)), "arrow.fixed_shape_tensor", params) }
	}
	for _, c := range []struct {
		text string
		of   func() *node
		f    func(n *node)
	}{
		{"consumed before", plain, func(n *node) { n.s.Release = nil }},
		{"consumed before", plain, func(n *node) { n.a.Release = nil }},
		{"without a format", plain, func(n *node) { n.s.Format = nil }},
		{`string (format "u")`, plain, func(n *node) { n.s.Format = cstring("u") }},
		{`struct (format "+s")`, plain, func(n *node) { n.s.Format = cstring("+s") }},
		{`timestamp (format "tss:UTC")`, plain, func(n *node) { n.s.Format = cstring("tss:UTC") }},
		{`format "" has no dtype`, plain, func(n *node) { n.s.Format = cstring("") }},
		{`format "?!" has no dtype`, plain, func(n *node) { n.s.Format = cstring("?!") }},
		{"more than 63 bytes", plain, func(n *node) { n.s.Format = cstring(fmt.Sprintf("%100d", 1)) }},
		{"dictionary", plain, func(n *node) { n.s.Dictionary = &n.s }},
		{"dictionary", plain, func(n *node) { n.a.Dictionary = &n.a }},
		{"length -1", plain, func(n *node) { n.a.Length = -1 }},
		{"at offset -1", plain, func(n *node) { n.a.Offset = -1 }},
		{"length 9223372036854775807", plain, func(n *node) { n.a.Length = math.MaxInt64 }},
		{"at offset 9223372036854775807", plain, func(n *node) { n.a.Offset = math.MaxInt64 }},
		{"length 140737488355328", plain, func(n *node) { n.a.Length = 1 << 47 }},
		{"3 buffers", plain, func(n *node) { n.a.NBuffers = 3 }},
		{"0 buffers", plain, func(n *node) { n.a.NBuffers = 0 }},
		{"2 buffers", plain, func(n *node) { n.a.Buffers = nil }},
		{"1 children", plain, func(n *node) { n.a.NChildren = 1 }},
		{"a buffer at 0x0", plain, func(n *node) { *(*unsafe.Pointer)(unsafe.Add(unsafe.Pointer(n.a.Buffers), 8)) = nil }},
		{`lists of size "-2"`, nested, func(n *node) { n.s.Format = cstring("+w:-2") }},
		{`lists of size ""`, nested, func(n *node) { n.s.Format = cstring("+w:") }},
		{`lists of size "99999999999"`, nested, func(n *node) { n.s.Format = cstring("+w:99999999999") }},
		{"needs elements 0 to 9", nested, func(n *node) { n.s.Format = cstring("+w:3") }},
		{"needs elements 0 to 8", nested, func(n *node) { n.a.Length = 4 }},
		{"needs elements 2 to 8", nested, func(n *node) { n.a.Offset = 1 }},
		{"too many", nested, func(n *node) { n.a.Length = 1 << 46; n.s.Format = cstring("+w:2000000000") }},
		{"0 children", nested, func(n *node) { n.a.NChildren = 0 }},
		{"1 children", nested, func(n *node) { n.s.NChildren = 0 }},
		{"1 children", nested, func(n *node) { n.a.Children = nil }},
		{"1 children", nested, func(n *node) { *n.s.Children = nil }},
		{"2 buffers", nested, func(n *node) { n.a.NBuffers = 2 }},
		{"deeper", nested, func(n *node) { *n.s.Children, *n.a.Children = &n.s, &n.a; n.s.Format = cstring("+w:1") }},
		{"extension type", func() *node { return extension(plain(), "arrow.uuid", "") }, nil},
		{"the parameters", tensors(""), nil},
		{"the parameters", tensors(`{"shape":"x"}`), nil},
		{"have 5 elements", tensors(`{"shape":[5]}`), nil},
		{"of shape [-2 -3]", tensors(`{"shape":[-2,-3]}`), nil},
		{"of shape [4294967296 4294967296]", tensors(`{"shape":[4294967296,4294967296]}`), nil},
		{"no permutation", tensors(`{"shape":[2,3],"permutation":[0,0]}`), nil},
		{"no permutation", tensors(`{"shape":[2,3],"permutation":[0]}`), nil},
		{"no permutation", tensors(`{"shape":[2,3],"permutation":[]}`), nil},
		{"no permutation", tensors(`{"shape":[2,3],"permutation":[0,7]}`), nil},
		{"the parameters", func() *node { return extension(plain(), "arrow.fixed_shape_tensor", `{"shape":[]}`) }, nil},
		{"metadata", plain, func(n *node) { n.s.Metadata = &[]byte{255, 255, 255, 255}[0] }},
		{"metadata", plain, func(n *node) { n.s.Metadata = &[]byte{1, 0, 0, 0, 255, 255, 255, 255, 0, 0, 0, 0}[0] }},
	} {
		n := c.of()
		if c.f != nil {
			c.f(n)
		}
		_, err := Check(&n.s, &n.a)
		assert.ErrorContains(t, err, c.text)
	}
}

func FuzzArray(f *testing.F) {
	f.Add([]byte("i"), []byte{6}, []byte{0}, int64(0), uint8(2), "")
	f.Add([]byte("+w:2\x00f"), []byte{3, 0, 0, 0, 0, 0, 0, 0, 6}, []byte{0}, int64(-1), uint8(2), `{"shape":[2,1],"permutation":[1,0]}`)
	f.Add([]byte("+w:2\x00+w:3\x00b"), []byte{3, 0, 0, 0, 0, 0, 0, 0, 6, 0, 0, 0, 0, 0, 0, 0, 18}, []byte{0}, int64(0), uint8(2), "")
	f.Fuzz(func(t *testing.T, formats, lengths, offsets []byte, nulls int64, buffers uint8, params string) {
		ls, os := numbers(lengths), numbers(offsets)
		var build func(rest []byte, depth int) *node
		build = func(rest []byte, depth int) *node {
			format := rest
			rest = nil
			for i, c := range format {
				if c == 0 {
					format, rest = format[:i], format[i+1:]
					break
				}
			}
			n := primitive(string(format), ls[depth])
			n.a.Offset = os[depth]
			n.a.NBuffers = int64(buffers)
			n.a.NullCount = nulls
			if rest != nil && depth+1 < MaxDims {
				child := build(rest, depth+1)
				cs, ca := &child.s, &child.a
				n.s.NChildren, n.a.NChildren, n.s.Children, n.a.Children = 1, 1, &cs, &ca
				n.a.NBuffers = 1
			}
			return n
		}
		n := build(formats, 0)
		if params != "" {
			extension(n, "arrow.fixed_shape_tensor", params)
		}
		if v, err := Check(&n.s, &n.a); err == nil {
			sane(t, v)
		}
	})
}

// What goes out comes in again, and its memory is let go of once, when both sides are done.
func TestRoundTrip(t *testing.T) {
	data := make([]byte, 24)
	for i := range data {
		data[i] = byte(i)
	}
	for _, dims := range [][]int64{{6}, {3, 2}, {1, 2, 3}} {
		released := 0
		var s Schema
		var a Array
		require.NoError(t, Export(data, dtype.Int32, dims, func() { released++ }, &s, &a))
		v, arr, err := Import(&s, &a)
		require.NoError(t, err)
		assert.Nil(t, a.Release, "the array was moved")
		assert.Equal(t, dims, v.Dims)
		assert.Equal(t, unsafe.Pointer(&data[0]), v.Ptr)
		_, _, err = Import(&s, &a)
		assert.ErrorContains(t, err, "consumed before")
		assert.Zero(t, released)
		arr.Release()
		assert.Equal(t, 1, released)
	}
	released := 0
	var s Schema
	var a Array
	require.NoError(t, Export(nil, dtype.Float32, []int64{0, 4}, func() { released++ }, &s, &a))
	v, arr, err := Import(&s, &a)
	require.NoError(t, err)
	assert.Nil(t, arr)
	assert.Equal(t, []int64{0, 4}, v.Dims)
	assert.Equal(t, 1, released)
	require.NoError(t, Export(nil, dtype.Float32, []int64{0}, func() { released++ }, &s, nil))
	assert.Equal(t, 2, released)
	for _, c := range []struct {
		d    dtype.DType
		dims []int64
	}{{dtype.BFloat16, []int64{1}}, {dtype.Complex64, []int64{1}}, {dtype.Float32, nil}, {dtype.Float32, []int64{2, 0}}, {dtype.Float32, []int64{1, 1 << 31}}} {
		assert.Error(t, Export(data, c.d, c.dims, func() { t.Error("released") }, &s, &a), c)
	}
}
