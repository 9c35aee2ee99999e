package pjrt

// #include <stdlib.h>
// #include "jg_internal.h"
import "C"

import (
	"runtime"
	"slices"
	"unsafe"
)

// Executable is a program compiled and loaded. The caller of Compile or
// Deserialize owns it and calls Release; if it never does, the garbage
// collector will. A program that still runs when it is released finishes.
type Executable struct {
	c       *C.jg_exec
	client  *Client
	nout    int
	cleanup runtime.Cleanup
}

func newExecutable(c *Client, e *C.jg_exec) *Executable {
	x := &Executable{c: e, client: c, nout: int(C.jg_exec_num_outputs(e))}
	x.cleanup = runtime.AddCleanup(x, func(e *C.jg_exec) { C.jg_exec_decref(e) }, e)
	return x
}

func bytesPtr(b []byte) (unsafe.Pointer, C.size_t) {
	return unsafe.Pointer(unsafe.SliceData(b)), C.size_t(len(b))
}

// Compile compiles StableHLO, as text or bytecode. options are what
// CompileOptions.Encode returns. It reads both during the call only.
func (c *Client) Compile(code, options []byte) (*Executable, error) {
	p, n := bytesPtr(code)
	o, no := bytesPtr(options)
	var e *C.jg_exec
	var msg *C.char
	if err := check(C.jg_compile(c.c, p, n, o, no, &e, &msg), msg); err != nil {
		return nil, err
	}
	return newExecutable(c, e), nil
}

// Deserialize loads what Serialize returned in a process with the same plugin
// on a machine with the same CPU features. The bytes must be known to be
// undamaged: XLA checks little of them.
func (c *Client) Deserialize(data []byte) (*Executable, error) {
	if len(data) == 0 {
		return nil, errorf(InvalidArgument, "no serialized program: it is empty")
	}
	p, n := bytesPtr(data)
	var e *C.jg_exec
	var msg *C.char
	if err := check(C.jg_deserialize(c.c, p, n, nil, 0, &e, &msg), msg); err != nil {
		return nil, err
	}
	return newExecutable(c, e), nil
}

// Serialize returns the compiled program as bytes for Deserialize.
func (e *Executable) Serialize() ([]byte, error) {
	defer runtime.KeepAlive(e)
	var data unsafe.Pointer
	var n C.size_t
	var msg *C.char
	if err := check(C.jg_exec_serialize(e.c, &data, &n, &msg), msg); err != nil {
		return nil, err
	}
	return takeBytes(data, n), nil
}

// takeBytes copies n bytes of C memory and frees it.
func takeBytes(p unsafe.Pointer, n C.size_t) []byte {
	defer C.free(p)
	return slices.Clone(unsafe.Slice((*byte)(p), int(n)))
}

// Release gives up the program, which must not be used afterwards through e.
func (e *Executable) Release() {
	e.cleanup.Stop()
	C.jg_exec_decref(e.c)
	e.c = nil
}

// Ptr returns the jg_exec. It lives as long as e does: C that keeps it calls
// jg_exec_incref.
func (e *Executable) Ptr() unsafe.Pointer { return unsafe.Pointer(e.c) }

// Client returns the client that e was compiled by.
func (e *Executable) Client() *Client { return e.client }

// Device returns the index of the device that e runs on.
func (e *Executable) Device() int { return int(C.jg_exec_device(e.c)) }

// NumOutputs returns the number of outputs.
func (e *Executable) NumOutputs() int { return e.nout }

// SetOutputs stores the aval id of each output and, unless it is nil, the
// flags each starts with (Committed, Weak). Call it before the first Execute.
func (e *Executable) SetOutputs(avals []uint32, flags []byte) error {
	defer runtime.KeepAlive(e)
	if flags != nil && len(flags) != len(avals) {
		return errorf(InvalidArgument, "%d avals, %d flags", len(avals), len(flags))
	}
	var msg *C.char
	return check(C.jg_exec_set_outputs(e.c, (*C.uint32_t)(unsafe.SliceData(avals)),
		(*C.uint8_t)(unsafe.SliceData(flags)), C.size_t(len(avals)), &msg), msg)
}

// SetDonated stores which arguments the program was compiled to consume (the
// attribute tf.aliasing_output). Call it before the first Execute.
func (e *Executable) SetDonated(args []int32) error {
	defer runtime.KeepAlive(e)
	var msg *C.char
	return check(C.jg_exec_set_donated(e.c, (*C.int32_t)(unsafe.SliceData(args)), C.size_t(len(args)), &msg), msg)
}

// SetSync makes a run wait until the program is done and return its error, if
// it has one. Call it before the first Execute.
func (e *Executable) SetSync() {
	C.jg_exec_set_sync(e.c)
	runtime.KeepAlive(e)
}

// Execute runs the program on in and stores new references in out, which has
// room for NumOutputs. The references in in stay the caller's; arguments that
// SetDonated named are deleted, unless they are held. Any goroutine may call.
func (e *Executable) Execute(in, out []*Array) error {
	if len(out) < e.nout {
		return errorf(InvalidArgument, "the program has %d outputs, there is room for %d", e.nout, len(out))
	}
	return e.ExecutePtr(unsafe.Pointer(unsafe.SliceData(in)), len(in), unsafe.Pointer(unsafe.SliceData(out)))
}

// ExecutePtr is Execute for lists of jg_array pointers (jg_array *const *in,
// jg_array **out) in C or Go memory.
func (e *Executable) ExecutePtr(in unsafe.Pointer, n int, out unsafe.Pointer) error {
	// Addresses instead of pointers: cgo's checks of pointers to lists cost more than the crossing. The lists are on
	// the heap, which does not move.
	r := C.jg_execute_at(C.uintptr_t(uintptr(unsafe.Pointer(e.c))), C.uintptr_t(uintptr(in)), C.size_t(n), C.uintptr_t(uintptr(out)))
	runtime.KeepAlive(e)
	if r.rc == 0 {
		return nil
	}
	return check(r.rc, r.msg)
}

// OutputTypes returns the element type of each output as XLA compiled it, to be
// held against what the caller expects.
func (e *Executable) OutputTypes() ([]Type, error) {
	defer runtime.KeepAlive(e)
	var types *C.PJRT_Buffer_Type
	var n C.size_t
	var msg *C.char
	if err := check(C.jg_exec_output_types(e.c, &types, &n, &msg), msg); err != nil {
		return nil, err
	}
	out := make([]Type, int(n))
	for i, t := range unsafe.Slice(types, int(n)) {
		out[i] = Type(t)
	}
	return out, nil
}

// OutputDims returns the shape of each output as XLA compiled it.
func (e *Executable) OutputDims() ([][]int64, error) {
	defer runtime.KeepAlive(e)
	var dims *C.int64_t
	var ranks *C.size_t
	var n C.size_t
	var msg *C.char
	if err := check(C.jg_exec_output_dims(e.c, &dims, &ranks, &n, &msg), msg); err != nil {
		return nil, err
	}
	total := 0
	for _, r := range unsafe.Slice(ranks, int(n)) {
		total += int(r)
	}
	all := slices.Clone(unsafe.Slice((*int64)(unsafe.Pointer(dims)), total))
	out := make([][]int64, int(n))
	for i, r := range unsafe.Slice(ranks, int(n)) {
		out[i], all = all[:r:r], all[r:]
	}
	return out, nil
}

// Name returns the module's name.
func (e *Executable) Name() (string, error) {
	defer runtime.KeepAlive(e)
	var t C.jg_text
	var msg *C.char
	if err := check(C.jg_exec_name(e.c, &t, &msg), msg); err != nil {
		return "", err
	}
	return goText(t), nil
}

// Fingerprint returns the plugin's own identification of the program, where it
// has one.
func (e *Executable) Fingerprint() (string, error) {
	defer runtime.KeepAlive(e)
	var t C.jg_text
	var msg *C.char
	if err := check(C.jg_exec_fingerprint(e.c, &t, &msg), msg); err != nil {
		return "", err
	}
	return goText(t), nil
}

// CostAnalysis returns XLA's estimates, e.g. "flops" and "bytes accessed".
func (e *Executable) CostAnalysis() (map[string]any, error) {
	defer runtime.KeepAlive(e)
	var props *C.PJRT_NamedValue
	var n C.size_t
	var msg *C.char
	if err := check(C.jg_exec_cost(e.c, &props, &n, &msg), msg); err != nil {
		return nil, err
	}
	return goValues(props, n), nil
}

// MemoryStats is the memory that a run needs, in bytes.
type MemoryStats struct {
	GeneratedCode, Argument, Output, Alias, Temp, Peak               int64
	HostGeneratedCode, HostArgument, HostOutput, HostAlias, HostTemp int64
}

// MemoryStats returns XLA's account of the memory that a run needs.
func (e *Executable) MemoryStats() (MemoryStats, error) {
	defer runtime.KeepAlive(e)
	var s C.PJRT_Executable_GetCompiledMemoryStats_Args
	var msg *C.char
	if err := check(C.jg_exec_memory(e.c, &s, &msg), msg); err != nil {
		return MemoryStats{}, err
	}
	return MemoryStats{
		GeneratedCode:     int64(s.generated_code_size_in_bytes),
		Argument:          int64(s.argument_size_in_bytes),
		Output:            int64(s.output_size_in_bytes),
		Alias:             int64(s.alias_size_in_bytes),
		Temp:              int64(s.temp_size_in_bytes),
		Peak:              int64(s.peak_memory_in_bytes),
		HostGeneratedCode: int64(s.host_generated_code_size_in_bytes),
		HostArgument:      int64(s.host_argument_size_in_bytes),
		HostOutput:        int64(s.host_output_size_in_bytes),
		HostAlias:         int64(s.host_alias_size_in_bytes),
		HostTemp:          int64(s.host_temp_size_in_bytes),
	}, nil
}

// OptimizedProgram returns the program after XLA's passes and the format it is
// in, e.g. "hlo_with_config", an HloModuleProtoWithConfig.
func (e *Executable) OptimizedProgram() (format string, program []byte, err error) {
	defer runtime.KeepAlive(e)
	var data unsafe.Pointer
	var n C.size_t
	var f C.jg_text
	var msg *C.char
	if err := check(C.jg_exec_optimized(e.c, &data, &n, &f, &msg), msg); err != nil {
		return "", nil, err
	}
	return goText(f), takeBytes(data, n), nil
}
