// Package arrow reads and writes the structures by which array libraries hand each other memory without a copy: DLPack's
// tensors and the schemas and arrays of Arrow's C data interface.
//
// Such a structure comes from another library through a Python capsule, and nothing in it can be trusted: the checks here
// decide, before any memory is touched, whether its type, shape, strides and counts make an array. What they cannot see is
// whether a pointer is good for the bytes that its shape promises; neither interface carries a size.
//
// It knows nothing of Python or devices. Memory that goes out is kept by whoever asked for the export, until the release
// function that was given with it runs.
package arrow

import (
	"fmt"
	"unsafe"

	"github.com/jaxgo/jaxgo/core"
	"github.com/jaxgo/jaxgo/core/dtype"
)

// MaxDims is the largest number of axes that is taken: as many as the C side has room for.
const MaxDims = 32

// maxBytes bounds what a shape may promise: more than a process can address, and far from overflow.
const maxBytes = 1 << 47

// A View is memory that a structure describes: elements of a dtype, and how they lie.
type View struct {
	DType   dtype.DType
	Ptr     unsafe.Pointer // of the first element; nil only if there are none
	Dims    []int64
	Strides []int64 // in bytes; nil for dense and row-major
	Bits    bool    // booleans of one bit each, from bit BitOffset of Ptr on
	// BitOffset is the first element's place in Ptr's bytes, if Bits.
	BitOffset int64
}

// Size is the number of elements.
func (v *View) Size() int64 {
	n := int64(1)
	for _, d := range v.Dims {
		n *= d
	}
	return n
}

func fail(kind core.Kind, format string, args ...any) error {
	return &core.Error{Kind: kind, Msg: fmt.Sprintf(format, args...)}
}

// BufferError is Python's exception for memory that cannot be handed over.
const BufferError core.Kind = "BufferError"

// measure checks a shape, with strides in bytes or nil, and returns the bytes that its elements take when they are dense
// and whether they are that already. Nothing that it accepts can make an address computation overflow.
func measure(what string, dims, strides []int64, item int64) (bytes int64, dense bool, err error) {
	if len(dims) > MaxDims {
		return 0, false, fail(core.ValueError, "%s: %d axes, of which at most %d are possible", what, len(dims), MaxDims)
	}
	bytes, empty := item, false
	for i, d := range dims {
		switch {
		case d < 0:
			return 0, false, fail(core.ValueError, "%s: axis %d has the negative size %d", what, i, d)
		case d == 0:
			empty = true
		case bytes > maxBytes/d:
			return 0, false, fail(core.ValueError, "%s: shape %v is too large", what, dims)
		default:
			bytes *= d
		}
	}
	if empty {
		return 0, true, nil
	}
	if strides == nil {
		return bytes, true, nil
	}
	want, reach := item, int64(0)
	dense = true
	for i := len(dims) - 1; i >= 0; i-- {
		if dims[i] == 1 {
			continue
		}
		s := strides[i]
		dense = dense && s == want
		want *= dims[i]
		if s < 0 {
			s = -s
		}
		if s < 0 || s > maxBytes || s > maxBytes/dims[i] || reach > maxBytes-s*dims[i] {
			return 0, false, fail(core.ValueError, "%s: strides %v reach too far for shape %v", what, strides, dims)
		}
		reach += s * dims[i]
	}
	return bytes, dense, nil
}

// addressable reports whether n bytes from p on lie below the end of the address space.
func addressable(p unsafe.Pointer, n int64) bool {
	return uintptr(p) <= ^uintptr(0)-uintptr(n) // #nosec G115 -- n is a size, not negative
}
