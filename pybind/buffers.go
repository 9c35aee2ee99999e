package pybind

/*
#include "jgpy.h"
*/
import "C"

import (
	"errors"
	"io"
	"runtime/cgo"
	"unsafe"

	arrowlib "github.com/apache/arrow/go/v17/arrow"

	"github.com/jaxgo/jaxgo/core"
	"github.com/jaxgo/jaxgo/core/dtype"
	"github.com/jaxgo/jaxgo/lowering/arrow"
	"github.com/jaxgo/jaxgo/lowering/npy"
	"github.com/jaxgo/jaxgo/lowering/pjrt"
)

// The Go side of buffers.c: what foreign memory holds, and NumPy's files.

// raise panics with an error as the exception that it is.
func raise(err error) {
	if err == nil {
		return
	}
	var e *core.Error
	if errors.As(err, &e) {
		panic(e)
	}
	core.Errorf(core.ValueError, "%s", err)
}

// describe fills f for a view.
func describe(v *arrow.View, f *C.jg_foreign) {
	f.ptr, f._type, f.ndim = v.Ptr, C.int(v.DType.PJRT()), C.int(len(v.Dims))
	f.dense, f.owned = C.int(b2(v.Strides == nil)), 0
	for i, d := range v.Dims {
		f.dims[i] = C.int64_t(d)
		if v.Strides != nil {
			f.strides[i] = C.int64_t(v.Strides[i])
		}
	}
	target(v.DType, &f.dims[0], len(v.Dims), &f.t)
}

// ---- DLPack ----

//export jgTensorCheck
func jgTensorCheck(tid C.int64_t, t unsafe.Pointer, f *C.jg_foreign, res *C.jg_result) (rc C.int) {
	rc = -1
	th, m := enter(tid)
	defer leave(th, m, res)
	v, err := (*arrow.Tensor)(t).Check()
	raise(err)
	describe(v, f)
	return 0
}

// jgTensorType is code<<8 | bits of a dtype's DLPack type, or -1.
//
//export jgTensorType
func jgTensorType(d C.uint8_t) C.int {
	code, bits, ok := arrow.TensorType(dtype.DType(d))
	if !ok {
		return -1
	}
	return C.int(code)<<8 | C.int(bits)
}

// ---- Arrow ----

//export jgArrowImport
func jgArrowImport(tid C.int64_t, s, a unsafe.Pointer, never C.int, f *C.jg_foreign, keep *C.uintptr_t, res *C.jg_result) (rc C.int) {
	rc = -1
	th, m := enter(tid)
	defer leave(th, m, res)
	// Everything that can fail comes before the array is taken over.
	v, err := arrow.Check((*arrow.Schema)(s), (*arrow.Array)(a))
	raise(err)
	describe(v, f)
	if !v.Bits {
		_, arr, err := arrow.Import((*arrow.Schema)(s), (*arrow.Array)(a))
		raise(err)
		if arr != nil {
			*keep = C.uintptr_t(cgo.NewHandle(arr))
		}
		return 0
	}
	if never != 0 {
		core.Errorf(core.ValueError, "Arrow packs booleans into bits, so they must be copied; however copy=False")
	}
	host, err := pjrt.AllocHost(int(v.Size()))
	if err != nil {
		core.Errorf(core.MemoryError, "%s", err)
	}
	v.Unpack(host.Bytes())
	_, arr, err := arrow.Import((*arrow.Schema)(s), (*arrow.Array)(a))
	if err != nil {
		host.Free()
		raise(err)
	}
	if arr != nil {
		arr.Release()
	}
	f.ptr, f.owned = unsafe.Pointer(unsafe.SliceData(host.Bytes())), 1
	return 0
}

//export jgArrowDrop
func jgArrowDrop(keep C.uintptr_t) {
	h := cgo.Handle(keep)
	h.Value().(arrowlib.Array).Release()
	h.Delete()
}

func shapeAt(dims *C.int64_t, n C.int) []int64 {
	return append([]int64{}, unsafe.Slice((*int64)(unsafe.Pointer(dims)), n)...)
}

//export jgArrowExportable
func jgArrowExportable(tid C.int64_t, d C.uint8_t, dims *C.int64_t, ndim C.int, res *C.jg_result) (rc C.int) {
	rc = -1
	th, m := enter(tid)
	defer leave(th, m, res)
	raise(arrow.Exportable(dtype.DType(d), shapeAt(dims, ndim)))
	return 0
}

// jgArrowExport fills a schema and an array for a held jg_array, whose hold it takes over unless it fails. For a NULL one
// it fills the schema.
//
//export jgArrowExport
func jgArrowExport(tid C.int64_t, array unsafe.Pointer, code C.uint8_t, dims *C.int64_t, ndim C.int, ptr, s, a unsafe.Pointer, res *C.jg_result) (rc C.int) {
	rc = -1
	th, m := enter(tid)
	defer leave(th, m, res)
	d, shape := dtype.DType(code), shapeAt(dims, ndim)
	release := func() {}
	var data []byte
	switch held := (*pjrt.Array)(array); {
	case array == nil:
		shape[0] = 0
	case d == dtype.Bool && ptr != nil:
		n := (&arrow.View{Dims: shape}).Size()
		packed, err := pjrt.AllocHost(int(n+7) / 8)
		if err != nil {
			core.Errorf(core.MemoryError, "%s", err)
		}
		data, release = packed.Bytes(), packed.Free
		clear(data)
		for i, b := range unsafe.Slice((*byte)(ptr), n) {
			data[i/8] |= b & 1 << (i % 8)
		}
		defer func() {
			if rc == 0 {
				held.ReleaseHold()
			}
		}()
	default:
		n := (&arrow.View{Dims: shape}).Size() * int64(d.Size())
		data, release = unsafe.Slice((*byte)(ptr), n), held.ReleaseHold
	}
	raise(arrow.Export(data, d, shape, release, (*arrow.Schema)(s), (*arrow.Array)(a)))
	return 0
}

// ---- files ----

// A pyFile is a file object of Python's. After an exception, which stays set, it does nothing more.
type pyFile struct {
	obj    unsafe.Pointer // borrowed; set for the length of a call
	failed bool
	block  []byte // what was read around at, for readers of a few bytes
	at     int64
}

var errPython = &core.Error{Kind: core.ExceptionAlreadyInPython}

const (
	chunk     = 1 << 20 // bytes that cross at once
	readAhead = 1 << 16
)

// call runs f, during which other threads may have their turn.
func (f *pyFile) call(g func() C.int) error {
	if f.failed || f.obj == nil {
		return errPython
	}
	th := core.Current()
	rc := g()
	core.SetCurrent(th)
	if rc != 0 {
		f.failed = true
		return errPython
	}
	return nil
}

func (f *pyFile) Read(b []byte) (int, error) {
	if len(b) == 0 {
		return 0, nil
	}
	b = b[:min(len(b), chunk)]
	var n C.size_t
	err := f.call(func() C.int { return C.jg_file_read(f.obj, unsafe.Pointer(&b[0]), C.size_t(len(b)), &n) })
	if err == nil && n == 0 {
		err = io.EOF
	}
	return int(n), err
}

func (f *pyFile) Write(b []byte) (done int, err error) {
	for done < len(b) {
		part := b[done:min(len(b), done+chunk)]
		var n C.size_t
		if err = f.call(func() C.int { return C.jg_file_write(f.obj, unsafe.Pointer(&part[0]), C.size_t(len(part)), &n) }); err != nil {
			return done, err
		}
		if n == 0 {
			return done, io.ErrShortWrite
		}
		done += int(n)
	}
	return done, nil
}

func (f *pyFile) ReadAt(b []byte, off int64) (done int, err error) {
	for done < len(b) {
		at := off + int64(done)
		if i := at - f.at; i >= 0 && i < int64(len(f.block)) {
			done += copy(b[done:], f.block[i:])
			continue
		}
		if err := f.call(func() C.int { return C.jg_file_seek(f.obj, C.int64_t(at)) }); err != nil {
			return done, err
		}
		if len(b)-done >= readAhead {
			n, err := f.Read(b[done:])
			if done += n; err != nil {
				return done, err
			}
			continue
		}
		if f.block == nil {
			f.block = make([]byte, 0, readAhead)
		}
		n, err := f.Read(f.block[:readAhead])
		f.block, f.at = f.block[:n], at
		if err != nil {
			return done, err
		}
	}
	return done, nil
}

// with runs g with the file object that is an argument.
func (f *pyFile) with(a *core.Arg, g func() error) {
	if a.Kind != core.ArgObject {
		core.Errorf(core.TypeError, "a file is needed, not %s", a.Describe())
	}
	was := f.obj
	f.obj, f.failed = a.Obj, false
	err := g()
	f.obj = was
	if f.failed {
		err = errPython
	}
	raise(err)
}

// memory runs g with the bytes of an object that has a buffer.
func memory(a *core.Arg, writable bool, g func([]byte) error) error {
	if a.Kind != core.ArgObject {
		core.Errorf(core.TypeError, "a buffer is needed, not %s", a.Describe())
	}
	var p unsafe.Pointer
	var n C.size_t
	v := C.jg_view_get(a.Obj, C.int(b2(writable)), &p, &n)
	if v == nil {
		return errPython
	}
	defer C.jg_view_done(v)
	return g(unsafe.Slice((*byte)(p), n))
}

// rows are a header's type, order, shape, and the number of the dtype or none.
func rows(h *npy.Header) []any {
	var code any
	if d, ok := npy.DTypeOf(h.Descr.Type); ok {
		code = int(d)
	}
	return []any{h.Descr.Type, h.Descr.Fortran, h.Descr.Shape, code}
}

// An npz is an archive that is read, with its file.
type npz struct {
	file pyFile
	*npy.Archive
}

type npzMember struct {
	of *npz
	*npy.Member
}

// Drop ends reading when Python drops its handle.
func (m *npzMember) Drop() { _ = m.Close() }

func init() {
	// npy.read_header(file, limit) -> [descr, fortran, shape, dtype code or None], or nothing if it is no .npy file
	provide("npy.read_header", func(a *core.Args) (out []any) {
		var f pyFile
		f.with(&a.List[0], func() error {
			h, _, err := npy.ReadHeader(&f, int64(a.Int(1)))
			if err == npy.ErrNotNpy {
				return nil
			}
			if err == nil {
				out = rows(h)
			}
			return err
		})
		return out
	})
	// npy.write_header(file, descr, fortran, shape)
	provide1("npy.write_header", func(a *core.Args) any {
		var f pyFile
		f.with(&a.List[0], func() error {
			_, err := f.Write(npy.AppendHeader(nil, a.Str(1), a.Bool(2), a.Ints(3)))
			return err
		})
		return nil
	})
	// npy.descr(array) -> how NumPy describes its elements, or None for elements that NumPy has not
	provide1("npy.descr", func(a *core.Args) any {
		d := a.X(0).Aval().DType
		if d.IsKey() || d == dtype.Float0 {
			return nil
		}
		return npy.Descr(d)
	})
	// dtype_sizes() -> the bytes of an element in host memory by the number of its dtype
	provide("dtype_sizes", func(a *core.Args) (out []any) {
		for d := range dtype.Count {
			out = append(out, dtype.DType(d).Size())
		}
		return out
	})
	// npz.open(file, size) -> [archive, names]
	provide("npz.open", func(a *core.Args) []any {
		z := &npz{}
		z.file.with(&a.List[0], func() (err error) {
			z.Archive, err = npy.OpenArchive(&z.file, int64(a.Int(1)))
			return err
		})
		return []any{z, z.Names()}
	})
	// npz.member(archive, file, name, limit) -> [member, size, descr, fortran, shape, dtype code]; without the last four
	// it is no .npy file
	provide("npz.member", func(a *core.Args) (out []any) {
		z := a.List[0].Go.(*npz)
		z.file.with(&a.List[1], func() error {
			m, err := z.Open(a.Str(2), int64(a.Int(3)))
			if err != nil {
				return err
			}
			out = []any{&npzMember{z, m}, m.Size}
			if m.Header != nil {
				out = append(out, rows(m.Header)...)
			}
			return nil
		})
		return out
	})
	// npz.read(member, file, buffer) fills the buffer with what follows the header
	provide1("npz.read", func(a *core.Args) any {
		m := a.List[0].Go.(*npzMember)
		m.of.file.with(&a.List[1], func() error {
			return memory(&a.List[2], true, func(b []byte) error {
				if int64(len(b)) > m.Size {
					core.Errorf(core.ValueError, "EOF: reading array data, expected %d bytes got %d", len(b), m.Size)
				}
				return m.Read(b)
			})
		})
		return nil
	})
	// npz.write(file, [(name, descr, fortran, shape, buffer), …])
	provide1("npz.write", func(a *core.Args) any {
		var f pyFile
		f.with(&a.List[0], func() error {
			w := npy.NewArchiveWriter(&f)
			for i := range a.Seq(1) {
				e := &core.Args{Fn: a.Fn, List: a.List[1].Items[i].Items}
				head := npy.AppendHeader(nil, e.Str(1), e.Bool(2), e.Ints(3))
				if err := memory(&e.List[4], false, func(b []byte) error { return w.Add(e.Str(0)+".npy", head, b) }); err != nil {
					return err
				}
			}
			return w.Close()
		})
		return nil
	})
}
