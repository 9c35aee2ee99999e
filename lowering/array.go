package lowering

import (
	"sync/atomic"
	"unsafe"

	"github.com/jaxgo/jaxgo/core"
	"github.com/jaxgo/jaxgo/lowering/pjrt"
)

// An Array is a concrete array on a device: a pjrt.Array seen as a core.Value. It is C memory.
type Array pjrt.Array

// FromC makes a Value of a jg_array.
func FromC(p unsafe.Pointer) *Array { return (*Array)(p) }

// PJRT is the array as package pjrt has it.
func (a *Array) PJRT() *pjrt.Array { return (*pjrt.Array)(a) }

// Aval is the array's shape, dtype and weak type.
func (a *Array) Aval() *core.Aval { return core.AvalByID((*pjrt.Array)(a).AvalID()) }

// IsConcrete marks the array as a core.Concrete.
func (a *Array) IsConcrete() {}

// refs is the first field of jg_array.
func (a *Array) refs() *int64 { return (*int64)(unsafe.Pointer(a)) }

// Retain takes a reference.
func (a *Array) Retain() { atomic.AddInt64(a.refs(), 1) }

// Release gives up a reference; the last one frees the device memory.
func (a *Array) Release() {
	if n := atomic.AddInt64(a.refs(), -1); n == 0 {
		atomic.AddInt64(a.refs(), 1)
		(*pjrt.Array)(a).Release()
	}
}
