package lowering

import (
	"runtime"
	"sync"
	"unsafe"

	"github.com/jaxgo/jaxgo/core/lax"
)

// HostHandler is the C function, an XLA_FFI_Handler, that runs when a program calls a function outside of it. Python
// installs it. It may be called on any thread.
var HostHandler unsafe.Pointer

var hostRegistered bool

// registerHost tells the plugin of the handler.
func registerHost() {
	c := Client()
	if hostRegistered || HostHandler == nil {
		return
	}
	platform := "Host"
	if c.Platform != "cpu" {
		platform = c.Platform
	}
	fail(c.Plugin().RegisterFFI(lax.HostTarget, platform, HostHandler))
	hostRegistered = true
}

// executeAside runs a program that calls host functions, or that may run long, and waits for its end with nothing held that
// others need. After an interrupt the program runs to its end all the same, and its results are dropped.
func (e *Executable) executeAside(args, outs []*Array) {
	in, out := append([]*Array{}, args...), make([]*Array, e.nexec)
	for _, a := range in {
		a.Retain()
	}
	var (
		mu              sync.Mutex
		ended, deserted bool
		err             error
	)
	defer func() {
		mu.Lock()
		deserted = !ended
		mu.Unlock()
	}()
	Blocking(func() {
		err = e.exec.ExecutePtr(arrayList(in), len(in), arrayList(out))
		runtime.KeepAlive(e)
		for _, a := range in {
			a.Release()
		}
		mu.Lock()
		defer mu.Unlock()
		ended = true
		if deserted && err == nil {
			for _, a := range out {
				a.Release()
			}
		}
	})
	fail(err)
	copy(outs, out)
}

// arrayList is the C list of arrays.
func arrayList(as []*Array) unsafe.Pointer {
	if len(as) == 0 {
		return nil
	}
	return unsafe.Pointer(&as[0])
}
