package pjrt

// #include <stdlib.h>
// #include "jg_internal.h"
import "C"

import (
	"slices"
	"time"
	"unsafe"
)

// Array is one array on one device. It is C memory, a jg_array, that only this
// package makes: *Array is passed to and from C as it is, and dereferencing
// one by value makes no sense.
type Array C.jg_array

// Flags of an array, see Array.Has.
const (
	Committed = C.JG_COMMITTED
	Deleted   = C.JG_DELETED
	Donated   = C.JG_DONATED
	Alias     = C.JG_ALIAS
	Weak      = C.JG_WEAK
)

func (a *Array) c() *C.jg_array { return (*C.jg_array)(a) }

// Ptr returns the jg_array.
func (a *Array) Ptr() unsafe.Pointer { return unsafe.Pointer(a) }

// AvalID returns the caller's id of the array's aval.
func (a *Array) AvalID() uint32 { return uint32(a.aval) }

// SetAvalID replaces it; only whoever made the array may, before sharing it.
func (a *Array) SetAvalID(id uint32) { a.aval = C.uint32_t(id) }

// Device returns the index of the device the array is on.
func (a *Array) Device() int { return int(a.device) }

// Has says whether any of flags is set.
func (a *Array) Has(flags uint32) bool { return uint32(C.jg_array_state(a.c()))&flags != 0 }

// Deleted says whether the array was deleted or donated.
func (a *Array) Deleted() bool { return a.Has(Deleted) }

// SetCommitted marks the device as chosen by the user, or not.
func (a *Array) SetCommitted(on bool) {
	var b C.int
	if on {
		b = 1
	}
	C.jg_array_set_flag(a.c(), C.JG_COMMITTED, b)
}

// Retain adds a reference and returns a.
func (a *Array) Retain() *Array {
	C.jg_array_incref(a.c())
	return a
}

// Release drops a reference. The last one frees the array; its memory goes
// when no computation uses it any more. Any goroutine may call; nil is fine.
func (a *Array) Release() { C.jg_decref_at(C.uintptr_t(uintptr(unsafe.Pointer(a)))) }

// Delete frees the array's memory as soon as no computation and no hold needs
// it. Deleting twice is harmless. The caller keeps its reference.
func (a *Array) Delete() error {
	var msg *C.char
	return check(C.jg_delete(a.c(), &msg), msg)
}

// Hold takes a reference and keeps the memory in place until ReleaseHold, for
// a view of it.
func (a *Array) Hold() error {
	var msg *C.char
	return check(C.jg_hold(a.c(), &msg), msg)
}

// ReleaseHold undoes one Hold.
func (a *Array) ReleaseHold() { C.jg_release_hold(a.c()) }

// Ready says whether the array's computation has ended, well or not.
func (a *Array) Ready() (bool, error) {
	var ready C.int
	var msg *C.char
	err := check(C.jg_ready(a.c(), &ready, &msg), msg)
	return ready != 0, err
}

// Await waits at most timeout for the array and says whether it is ready. A
// negative timeout waits for ever. The error is that of the computation.
func (a *Array) Await(timeout time.Duration) (bool, error) {
	ms := int64(-1)
	if timeout >= 0 {
		ms = int64((timeout + time.Millisecond - 1) / time.Millisecond)
	}
	var msg *C.char
	rc := C.jg_await(a.c(), C.int64_t(ms), &msg)
	if rc == C.JG_TIMEOUT {
		return false, nil
	}
	err := check(rc, msg)
	return err == nil, err
}

// ToHost waits for the array and copies it to dst in row-major order.
func (a *Array) ToHost(dst []byte) error {
	var msg *C.char
	return check(C.jg_to_host(a.c(), unsafe.Pointer(unsafe.SliceData(dst)), C.size_t(len(dst)), &msg), msg)
}

// UnsafePointer waits for the array and returns its memory if that is dense
// row-major host memory, else nil. Use it between Hold and ReleaseHold.
func (a *Array) UnsafePointer() (unsafe.Pointer, error) {
	var p unsafe.Pointer
	var msg *C.char
	err := check(C.jg_unsafe_ptr(a.c(), &p, &msg), msg)
	return p, err
}

// OnDeviceSize returns the size in bytes of the array's memory.
func (a *Array) OnDeviceSize() (int, error) {
	var n C.size_t
	var msg *C.char
	err := check(C.jg_on_device_size(a.c(), &n, &msg), msg)
	return int(n), err
}

// Type returns the element type.
func (a *Array) Type() (Type, error) {
	var t C.int
	var msg *C.char
	err := check(C.jg_element_type(a.c(), &t, &msg), msg)
	return Type(t), err
}

// Dims returns the shape.
func (a *Array) Dims() ([]int64, error) {
	var d *C.int64_t
	var n C.size_t
	var msg *C.char
	if err := check(C.jg_dims(a.c(), &d, &n, &msg), msg); err != nil {
		return nil, err
	}
	return slices.Clone(unsafe.Slice((*int64)(unsafe.Pointer(d)), int(n))), nil
}

// CopyToDevice returns a new reference to the array on another device of its
// client, or to itself if it is there.
func (a *Array) CopyToDevice(device int) (*Array, error) {
	var out *C.jg_array
	var msg *C.char
	err := check(C.jg_copy_to_device(a.c(), C.int32_t(device), &out, &msg), msg)
	return (*Array)(out), err
}

func dimsPtr(dims []int64) (*C.int64_t, C.size_t) {
	return (*C.int64_t)(unsafe.Pointer(unsafe.SliceData(dims))), C.size_t(len(dims))
}

// FromHost copies dense row-major data to a device. The caller owns the result.
func (c *Client) FromHost(device int, data []byte, t Type, dims []int64, aval uint32) (*Array, error) {
	if need := hostSize(t, dims); need >= 0 && len(data) < need {
		return nil, errorf(InvalidArgument, "an array of shape %v needs %d bytes, there are %d", dims, need, len(data))
	}
	return c.FromPointer(device, unsafe.Pointer(unsafe.SliceData(data)), t, dims, nil, aval)
}

// FromPointer copies host memory to a device; strides are in bytes, nil for
// dense row-major. The memory is read during the call only. The caller owns
// the result.
func (c *Client) FromPointer(device int, data unsafe.Pointer, t Type, dims, strides []int64, aval uint32) (*Array, error) {
	if strides != nil && len(strides) != len(dims) {
		return nil, errorf(InvalidArgument, "%d strides for %d dimensions", len(strides), len(dims))
	}
	d, n := dimsPtr(dims)
	s, _ := dimsPtr(strides)
	var out *C.jg_array
	var msg *C.char
	err := check(C.jg_from_host(c.c, C.int32_t(device), data, C.int(t), d, n, s, C.JG_COPY, C.uint32_t(aval), nil, nil, &out, &msg), msg)
	return (*Array)(out), err
}

// ZeroCopy makes an array of C memory without copying it if it is aligned to
// 64 bytes, else with a copy. drop, a C function void(void *keep) or nil, is
// queued for DrainDrops when the memory is not needed any more. On an error
// keep stays the caller's. data must not point to Go memory.
func (c *Client) ZeroCopy(device int, data unsafe.Pointer, t Type, dims []int64, aval uint32, keep, drop unsafe.Pointer) (*Array, error) {
	d, n := dimsPtr(dims)
	var out *C.jg_array
	var msg *C.char
	err := check(C.jg_from_host(c.c, C.int32_t(device), data, C.int(t), d, n, nil, C.JG_ZERO_COPY, C.uint32_t(aval), keep, (*[0]byte)(drop), &out, &msg), msg)
	return (*Array)(out), err
}

// View makes an array of C memory that another library owns and that the array
// may overwrite if it is donated. Memory that is not aligned to 64 bytes is an
// error. keep and drop are as for ZeroCopy.
func (c *Client) View(device int, data unsafe.Pointer, t Type, dims []int64, aval uint32, keep, drop unsafe.Pointer) (*Array, error) {
	d, n := dimsPtr(dims)
	var out *C.jg_array
	var msg *C.char
	err := check(C.jg_view_of_host(c.c, C.int32_t(device), data, C.int(t), d, n, C.uint32_t(aval), keep, (*[0]byte)(drop), &out, &msg), msg)
	return (*Array)(out), err
}

// HostBuffer is memory for one new array, see Client.FromOwned.
type HostBuffer struct {
	p unsafe.Pointer
	n int
}

// AllocHost returns memory for FromOwned; what is not given away is freed with
// Free.
func AllocHost(size int) (*HostBuffer, error) {
	p := unsafe.Pointer(nil)
	if size >= 0 {
		p = C.jg_alloc_host(C.size_t(size))
	}
	if p == nil {
		return nil, errorf(ResourceExhausted, "no memory for %d bytes", size)
	}
	return &HostBuffer{p, size}, nil
}

// Bytes returns the memory. It is not zeroed.
func (b *HostBuffer) Bytes() []byte { return unsafe.Slice((*byte)(b.p), b.n) }

// Free frees memory that FromOwned did not take.
func (b *HostBuffer) Free() {
	C.jg_free_host(b.p)
	b.p, b.n = nil, 0
}

// FromOwned makes an array of b without a copy and takes b over; on an error
// the caller keeps it. The caller owns the result.
func (c *Client) FromOwned(device int, b *HostBuffer, t Type, dims []int64, aval uint32) (*Array, error) {
	if need := hostSize(t, dims); b.p == nil || need >= 0 && b.n < need {
		return nil, errorf(InvalidArgument, "an array of shape %v needs %d bytes, there are %d", dims, need, b.n)
	}
	d, n := dimsPtr(dims)
	var out *C.jg_array
	var msg *C.char
	if err := check(C.jg_from_owned_host(c.c, C.int32_t(device), b.p, C.int(t), d, n, C.uint32_t(aval), &out, &msg), msg); err != nil {
		return nil, err
	}
	b.p, b.n = nil, 0
	return (*Array)(out), nil
}

// hostSize returns the bytes that host memory of this shape takes, or -1 for a
// shape that C will refuse.
func hostSize(t Type, dims []int64) int {
	d, n := dimsPtr(dims)
	var size C.size_t
	if C.jg_host_size(C.int(t), d, n, &size, nil) != C.JG_OK {
		return -1
	}
	return int(size)
}

// DrainDrops runs the callbacks of memory that is not needed any more on the
// calling thread and returns how many ran.
func DrainDrops() int { return int(C.jg_drain_drops()) }
