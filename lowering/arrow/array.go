package arrow

import (
	"encoding/json"
	"math"
	"math/bits"
	"strconv"
	"strings"
	"unsafe"

	"github.com/apache/arrow/go/v17/arrow"
	"github.com/apache/arrow/go/v17/arrow/array"
	"github.com/apache/arrow/go/v17/arrow/cdata"
	"github.com/apache/arrow/go/v17/arrow/memory"

	"github.com/jaxgo/jaxgo/core"
	"github.com/jaxgo/jaxgo/core/dtype"
)

// Schema is struct ArrowSchema of the C data interface, as it lies in memory.
type Schema struct {
	Format, Name, Metadata *byte
	Flags, NChildren       int64
	Children               **Schema
	Dictionary             *Schema
	Release, Private       unsafe.Pointer
}

// Array is struct ArrowArray.
type Array struct {
	Length, NullCount, Offset, NBuffers, NChildren int64
	Buffers                                        *unsafe.Pointer
	Children                                       **Array
	Dictionary                                     *Array
	Release, Private                               unsafe.Pointer
}

// types are the Arrow types that are dtypes, with their format strings.
var types = []struct {
	format string
	d      dtype.DType
	t      arrow.DataType
}{
	{"b", dtype.Bool, arrow.FixedWidthTypes.Boolean},
	{"c", dtype.Int8, arrow.PrimitiveTypes.Int8}, {"s", dtype.Int16, arrow.PrimitiveTypes.Int16},
	{"i", dtype.Int32, arrow.PrimitiveTypes.Int32}, {"l", dtype.Int64, arrow.PrimitiveTypes.Int64},
	{"C", dtype.Uint8, arrow.PrimitiveTypes.Uint8}, {"S", dtype.Uint16, arrow.PrimitiveTypes.Uint16},
	{"I", dtype.Uint32, arrow.PrimitiveTypes.Uint32}, {"L", dtype.Uint64, arrow.PrimitiveTypes.Uint64},
	{"e", dtype.Float16, arrow.FixedWidthTypes.Float16}, {"f", dtype.Float32, arrow.PrimitiveTypes.Float32},
	{"g", dtype.Float64, arrow.PrimitiveTypes.Float64},
}

// refused names the kinds of types that are none, by the beginning of their format strings.
var refused = []struct{ prefix, name string }{
	{"n", "null"}, {"u", "string"}, {"U", "large string"}, {"vu", "string view"}, {"z", "binary"}, {"Z", "large binary"},
	{"vz", "binary view"}, {"w:", "fixed-size binary"}, {"d:", "decimal"}, {"td", "date"}, {"tt", "time"}, {"ts", "timestamp"},
	{"tD", "duration"}, {"ti", "interval"}, {"+l", "list"}, {"+L", "large list"}, {"+v", "list view"}, {"+s", "struct"},
	{"+m", "map"}, {"+u", "union"}, {"+r", "run-end encoded"},
}

const (
	what = "Arrow array"
	// maxFormat is longer than any format string that is read here.
	maxFormat = 64
	// maxText bounds keys and values of metadata, of which only the extension type's are read.
	maxText, maxPairs = 1 << 16, 1 << 10
)

func text(p *byte, limit int) (string, bool) {
	for n := range limit {
		if *(*byte)(unsafe.Add(unsafe.Pointer(p), n)) == 0 {
			return string(unsafe.Slice(p, n)), true
		}
	}
	return "", false
}

// extension is the name and the parameters of a schema's extension type.
func (s *Schema) extension() (name, params string, err error) {
	if s.Metadata == nil {
		return "", "", nil
	}
	p := unsafe.Pointer(s.Metadata)
	number := func() int32 {
		var b [4]byte // it need not be aligned
		copy(b[:], unsafe.Slice((*byte)(p), 4))
		p = unsafe.Add(p, 4)
		return *(*int32)(unsafe.Pointer(&b))
	}
	str := func() (string, bool) {
		n := number()
		if n < 0 || n > maxText {
			return "", false
		}
		v := string(unsafe.Slice((*byte)(p), n))
		p = unsafe.Add(p, n)
		return v, true
	}
	n := number()
	if n < 0 || n > maxPairs {
		return "", "", fail(core.ValueError, "%s: its schema's metadata has %d entries", what, n)
	}
	for range n {
		k, ok := str()
		v, ok2 := str()
		if !ok || !ok2 {
			return "", "", fail(core.ValueError, "%s: its schema's metadata is damaged", what)
		}
		switch k {
		case "ARROW:extension:name":
			name = v
		case "ARROW:extension:metadata":
			params = v
		}
	}
	return name, params, nil
}

// A plan is what Check found: the view, and the Arrow type to import the array as.
type plan struct {
	View
	t arrow.DataType
}

// Check reads a schema and its array: a primitive type, lists of fixed size of one, nested to any depth, or a fixed-shape
// tensor. It changes nothing, and of the array's memory it reads only validity bitmaps.
func Check(s *Schema, a *Array) (*View, error) {
	p, err := check(s, a)
	if err != nil {
		return nil, err
	}
	return &p.View, nil
}

func check(s *Schema, a *Array) (*plan, error) {
	if s.Release == nil || a.Release == nil {
		return nil, fail(core.ValueError, "%s: it was consumed before; a capsule can be read once", what)
	}
	p := &plan{}
	name, params, err := s.extension()
	if err != nil {
		return nil, err
	}
	if err := p.walk(s, a, a.Offset, a.Length, 0); err != nil {
		return nil, err
	}
	switch name {
	case "":
	case "arrow.fixed_shape_tensor":
		if err := p.tensor(params); err != nil {
			return nil, err
		}
	default:
		return nil, fail(core.TypeError, "%s: the extension type %.100q has no dtype", what, name)
	}
	return p, nil
}

// walk reads a node whose elements start, start+1, …, start+count-1 are used, where Offset is part of start.
func (p *plan) walk(s *Schema, a *Array, start, count int64, depth int) error {
	if depth >= MaxDims {
		return fail(core.ValueError, "%s: lists are nested deeper than %d", what, MaxDims-1)
	}
	if s.Format == nil {
		return fail(core.ValueError, "%s: a schema without a format", what)
	}
	format, ok := text(s.Format, maxFormat)
	if !ok {
		return fail(core.TypeError, "%s: a format of more than %d bytes", what, maxFormat-1)
	}
	if s.Dictionary != nil || a.Dictionary != nil {
		return fail(core.TypeError, "%s: it is dictionary-encoded; decode it first", what)
	}
	if a.Length < 0 || a.Offset < 0 || a.Length > maxBytes || a.Offset > maxBytes {
		return fail(core.ValueError, "%s: length %d at offset %d", what, a.Length, a.Offset)
	}
	if start < 0 || count < 0 || start > maxBytes || count > maxBytes || start+count > a.Offset+a.Length {
		return fail(core.ValueError, "%s: a list needs elements %d to %d of a child that has %d", what, start-a.Offset, start-a.Offset+count, a.Length)
	}
	p.Dims = append(p.Dims, count)
	if rest, ok := strings.CutPrefix(format, "+w:"); ok {
		return p.list(s, a, rest, start, count, depth)
	}
	for _, k := range types {
		if k.format != format {
			continue
		}
		if s.NChildren != 0 || a.NChildren != 0 || a.NBuffers != 2 || a.Buffers == nil {
			return fail(core.ValueError, "%s: %d buffers and %d children for format %q", what, a.NBuffers, a.NChildren, format)
		}
		if err := valid(a, start, count); err != nil {
			return err
		}
		item := int64(k.d.Size())
		data := unsafe.Slice(a.Buffers, 2)[1]
		bytes := (a.Offset + a.Length) * item
		if data == nil && bytes > 0 || bytes > maxBytes || !addressable(data, bytes) {
			return fail(core.ValueError, "%s: length %d at offset %d of a buffer at %#x", what, a.Length, a.Offset, uintptr(data))
		}
		p.DType, p.t = k.d, k.t
		if p.Bits = k.d == dtype.Bool; p.Bits {
			p.BitOffset = start
			item = 0
		}
		if count > 0 {
			p.Ptr = unsafe.Add(data, start*item)
		}
		return nil
	}
	for _, r := range refused {
		if strings.HasPrefix(format, r.prefix) {
			return fail(core.TypeError, "%s: %s (format %q) has no dtype", what, r.name, format)
		}
	}
	return fail(core.TypeError, "%s: format %q has no dtype", what, format)
}

// list reads a list of fixed size: the size of the next axis.
func (p *plan) list(s *Schema, a *Array, size string, start, count int64, depth int) error {
	n, err := strconv.ParseInt(size, 10, 32)
	if err != nil || n < 0 {
		return fail(core.ValueError, "%s: lists of size %q", what, size)
	}
	if s.NChildren != 1 || a.NChildren != 1 || s.Children == nil || a.Children == nil || *s.Children == nil || *a.Children == nil ||
		a.NBuffers != 1 || a.Buffers == nil {
		return fail(core.ValueError, "%s: a list with %d buffers and %d children", what, a.NBuffers, a.NChildren)
	}
	if err := valid(a, start, count); err != nil {
		return err
	}
	if n > 0 && start+count > maxBytes/n {
		return fail(core.ValueError, "%s: %d lists of %d elements are too many", what, start+count, n)
	}
	cs, ca := *s.Children, *a.Children
	outer := len(p.Dims)
	if err := p.walk(cs, ca, start*n+ca.Offset, count*n, depth+1); err != nil {
		return err
	}
	p.Dims[outer] = n
	if n > 0 { // FixedSizeListOf refuses 0; then there are no elements and Import needs no type
		p.t = arrow.FixedSizeListOf(int32(n), p.t)
	}
	return nil
}

// valid refuses an array that has nulls among the elements that are used.
func valid(a *Array, start, count int64) error {
	bitmap := *a.Buffers
	if bitmap == nil {
		if a.NullCount > 0 {
			return fail(core.ValueError, "%s: %d nulls and no validity bitmap", what, a.NullCount)
		}
		return nil
	}
	if !addressable(bitmap, (a.Offset+a.Length)/8+1) {
		return fail(core.ValueError, "%s: length %d at offset %d of a bitmap at %#x", what, a.Length, a.Offset, uintptr(bitmap))
	}
	if a.NullCount == 0 || count == 0 {
		return nil
	}
	if nulls := count - ones(bitmap, start, count); nulls > 0 {
		return fail(core.ValueError, "%s: %d of its elements are null, which arrays have no value for; fill or drop them first", what, nulls)
	}
	return nil
}

// ones counts the bits that are set among n from bit start on.
func ones(p unsafe.Pointer, start, n int64) int64 {
	b := unsafe.Slice((*byte)(unsafe.Add(p, start/8)), (start%8+n+7)/8)
	total := int64(0)
	for i, v := range b {
		if i == 0 {
			v = v >> (start % 8) << (start % 8)
		}
		if i == len(b)-1 {
			if r := (start + n) % 8; r != 0 {
				v &= 1<<r - 1
			}
		}
		total += int64(bits.OnesCount8(v))
	}
	return total
}

// Unpack writes one byte for each of the bits of a View of booleans.
func (v *View) Unpack(dst []byte) {
	for i := range dst {
		k := v.BitOffset + int64(i)
		dst[i] = *(*byte)(unsafe.Add(v.Ptr, k/8)) >> (k % 8) & 1
	}
}

// tensor gives a list of fixed size the shape that the parameters of arrow.fixed_shape_tensor say.
func (p *plan) tensor(params string) error {
	var m struct {
		Shape, Permutation []int64
	}
	if err := json.Unmarshal([]byte(params), &m); err != nil || len(p.Dims) != 2 || len(m.Shape) >= MaxDims {
		return fail(core.ValueError, "%s: a fixed-shape tensor with the parameters %.100q", what, params)
	}
	n := int64(1)
	for _, d := range m.Shape {
		if d < 0 || d > 0 && n > math.MaxInt32/d {
			return fail(core.ValueError, "%s: tensors of shape %v", what, m.Shape)
		}
		n *= d
	}
	if n != p.Dims[1] {
		return fail(core.ValueError, "%s: tensors of shape %v have %d elements, the lists that hold them %d", what, m.Shape, n, p.Dims[1])
	}
	count := p.Dims[0]
	p.Dims = append([]int64{count}, m.Shape...)
	if m.Permutation == nil {
		return nil
	}
	// The elements lie in the order of shape; axis i of the tensor is its axis permutation[i].
	if p.Bits {
		return fail(core.TypeError, "%s: permuted tensors of booleans", what)
	}
	k := len(m.Shape)
	dims, strides := make([]int64, k+1), make([]int64, k+1)
	dims[0], strides[0] = count, n*int64(p.DType.Size())
	seen := make([]bool, k)
	for i, q := range m.Permutation {
		if len(m.Permutation) != k || q < 0 || q >= int64(k) || seen[q] {
			return fail(core.ValueError, "%s: %v is no permutation of %d axes", what, m.Permutation, k)
		}
		seen[q] = true
		dims[i+1], strides[i+1] = m.Shape[q], int64(p.DType.Size())
		for _, d := range m.Shape[q+1:] {
			strides[i+1] *= d
		}
	}
	if k > 0 && len(m.Permutation) == 0 {
		return fail(core.ValueError, "%s: %v is no permutation of %d axes", what, m.Permutation, k)
	}
	p.Dims = dims
	_, dense, err := measure(what, dims, strides, int64(p.DType.Size()))
	if !dense {
		p.Strides = strides
	}
	return err
}

// Import takes an array over: from then on a is released, and what is returned must be, by Release, when its memory is not
// needed any more; for an array without elements it is nil. The schema stays its owner's. On an error nothing was taken.
//
// The move and the count of references are cdata's. It crashes on arrays that it cannot import (their memory is freed
// twice) and on damaged schemas, so it gets only arrays that check has passed, and a type instead of a schema.
func Import(s *Schema, a *Array) (*View, arrow.Array, error) {
	p, err := check(s, a)
	if err != nil {
		return nil, nil, err
	}
	if p.Size() == 0 {
		cdata.ReleaseCArrowArray((*cdata.CArrowArray)(unsafe.Pointer(a)))
		return &p.View, nil, nil
	}
	settle(a)
	arr, err := cdata.ImportCArrayWithType((*cdata.CArrowArray)(unsafe.Pointer(a)), p.t)
	if err != nil {
		return nil, nil, fail(core.ValueError, "%s: %s", what, err)
	}
	return &p.View, arr, nil
}

// settle replaces a count of nulls that was not computed where there is no bitmap: cdata wants a bitmap then.
func settle(a *Array) {
	if *a.Buffers == nil {
		a.NullCount = 0
	}
	if a.NChildren == 1 {
		settle(*a.Children)
	}
}

// An owner is the allocator of a buffer that it did not allocate: it learns when the buffer's last user is gone.
type owner struct{ release func() }

func (o *owner) Allocate(int) []byte           { panic("arrow: no allocator") }
func (o *owner) Reallocate(int, []byte) []byte { panic("arrow: no allocator") }
func (o *owner) Free([]byte)                   { o.release() }

// Exportable says why an array of this dtype and shape cannot go out, or nil. A higher rank goes out as nested lists of
// fixed size, which every Arrow library reads without knowing of extension types.
func Exportable(d dtype.DType, dims []int64) error {
	if _, ok := typeOf(d); !ok {
		return fail(core.TypeError, "Arrow has no type for %s; convert the array first", d.Name())
	}
	if len(dims) == 0 {
		return fail(core.ValueError, "Arrow has no arrays without axes; reshape the array to (1,) first")
	}
	for _, n := range dims[1:] {
		if n > math.MaxInt32 || n == 0 {
			return fail(core.ValueError, "Arrow's lists of fixed size hold 1 to %d elements, which shape %v does not fit", math.MaxInt32, dims)
		}
	}
	return nil
}

func typeOf(d dtype.DType) (arrow.DataType, bool) {
	for _, k := range types {
		if k.d == d {
			return k.t, true
		}
	}
	return nil, false
}

// Export fills s and a, either of which may be nil, for dense host memory. For booleans the memory is packed, of one bit
// each. release runs once, on any thread, when the last user of the memory is gone; on an error it does not.
func Export(data []byte, d dtype.DType, dims []int64, release func(), s *Schema, a *Array) error {
	if err := Exportable(d, dims); err != nil {
		return err
	}
	t, _ := typeOf(d)
	n := int64(1)
	for _, k := range dims {
		n *= k
	}
	buf := memory.NewBufferWithAllocator(data, &owner{release})
	node := array.NewData(t, int(n), []*memory.Buffer{nil, buf}, nil, 0, 0)
	buf.Release()
	for i := len(dims) - 1; i > 0; i-- {
		t = arrow.FixedSizeListOf(int32(dims[i]), t) // #nosec G115 -- Exportable looked at it
		n = 1
		for _, k := range dims[:i] {
			n *= k
		}
		outer := array.NewData(t, int(n), []*memory.Buffer{nil}, []arrow.ArrayData{node}, 0, 0)
		node.Release()
		node = outer
	}
	arr := array.MakeFromData(node)
	node.Release()
	defer arr.Release()
	var unused Array
	if a == nil {
		a = &unused
	}
	cdata.ExportArrowArray(arr, (*cdata.CArrowArray)(unsafe.Pointer(a)), (*cdata.CArrowSchema)(unsafe.Pointer(s)))
	if a == &unused {
		cdata.ReleaseCArrowArray((*cdata.CArrowArray)(unsafe.Pointer(a)))
	}
	return nil
}
