package arrow

import (
	"unsafe"

	"github.com/jaxgo/jaxgo/core"
	"github.com/jaxgo/jaxgo/core/dtype"
)

// Tensor is DLTensor of dlpack.h, as it lies in memory.
type Tensor struct {
	Data                 unsafe.Pointer
	DeviceType, DeviceID int32
	NDim                 int32
	Code, Bits           uint8
	Lanes                uint16
	Shape, Strides       *int64
	ByteOffset           uint64
}

// DeviceCPU is kDLCPU, the only device type whose tensors are read here.
const DeviceCPU = 1

// dlTypes is DLDataTypeCode by dtype, with the bits of one element. Types of less than a byte are missing: DLPack packs
// them, XLA does not.
var dlTypes = map[dtype.DType][2]uint8{
	dtype.Bool: {6, 8},
	dtype.Int8: {0, 8}, dtype.Int16: {0, 16}, dtype.Int32: {0, 32}, dtype.Int64: {0, 64},
	dtype.Uint8: {1, 8}, dtype.Uint16: {1, 16}, dtype.Uint32: {1, 32}, dtype.Uint64: {1, 64},
	dtype.Float16: {2, 16}, dtype.Float32: {2, 32}, dtype.Float64: {2, 64}, dtype.BFloat16: {4, 16},
	dtype.Complex64: {5, 64}, dtype.Complex128: {5, 128},
	dtype.Float8E3M4: {7, 8}, dtype.Float8E4M3: {8, 8}, dtype.Float8E4M3B11FNUZ: {9, 8}, dtype.Float8E4M3FN: {10, 8},
	dtype.Float8E4M3FNUZ: {11, 8}, dtype.Float8E5M2: {12, 8}, dtype.Float8E5M2FNUZ: {13, 8}, dtype.Float8E8M0FNU: {14, 8},
}

var dlDTypes = func() map[[2]uint8]dtype.DType {
	m := make(map[[2]uint8]dtype.DType, len(dlTypes))
	for d, t := range dlTypes {
		m[t] = d
	}
	return m
}()

// TensorType is the DLPack type code and the bits of an element of d; false if DLPack has no such type.
func TensorType(d dtype.DType) (code, bits uint8, ok bool) {
	t, ok := dlTypes[d]
	return t[0], t[1], ok
}

// Check reads a tensor. It follows Shape and Strides, and Data not at all.
func (t *Tensor) Check() (*View, error) {
	const what = "DLPack tensor"
	if t.DeviceType != DeviceCPU {
		return nil, fail(BufferError, "%s: it is on a device of type %d, not in host memory (type %d)", what, t.DeviceType, DeviceCPU)
	}
	if t.Lanes != 1 {
		return nil, fail(core.TypeError, "%s: elements of %d lanes; only one lane is possible", what, t.Lanes)
	}
	d, ok := dlDTypes[[2]uint8{t.Code, t.Bits}]
	if !ok {
		return nil, fail(core.TypeError, "%s: type code %d with %d bits is no dtype", what, t.Code, t.Bits)
	}
	n := int(t.NDim)
	if n < 0 || n > MaxDims {
		return nil, fail(core.ValueError, "%s: %d axes; 0 to %d are possible", what, n, MaxDims)
	}
	if n > 0 && t.Shape == nil {
		return nil, fail(core.ValueError, "%s: %d axes and no shape", what, n)
	}
	v := &View{DType: d, Dims: append([]int64{}, unsafe.Slice(t.Shape, n)...)}
	item := int64(d.Size())
	if t.Strides != nil && n > 0 {
		v.Strides = make([]int64, n)
		for i, s := range unsafe.Slice(t.Strides, n) {
			if s > maxBytes || s < -maxBytes {
				if v.Dims[i] > 1 {
					return nil, fail(core.ValueError, "%s: stride %d of axis %d is too large", what, s, i)
				}
				s = 0 // never used
			}
			v.Strides[i] = s * item
		}
	}
	bytes, dense, err := measure(what, v.Dims, v.Strides, item)
	if err != nil {
		return nil, err
	}
	if dense {
		v.Strides = nil
	}
	if bytes == 0 {
		return v, nil
	}
	if t.Data == nil {
		return nil, fail(core.ValueError, "%s: shape %v and no data", what, v.Dims)
	}
	if t.ByteOffset > maxBytes || !addressable(t.Data, int64(t.ByteOffset)+bytes) {
		return nil, fail(core.ValueError, "%s: byte offset %d is too large", what, t.ByteOffset)
	}
	v.Ptr = unsafe.Add(t.Data, t.ByteOffset)
	return v, nil
}
