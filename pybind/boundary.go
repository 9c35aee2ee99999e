package pybind

// The boundary between C and Go: how arguments become core values, how results go back, and what every crossing does.
// All of it runs with the GIL held.

/*
#include "jgpy.h"
*/
import "C"

import (
	"fmt"
	"runtime/debug"
	"unsafe"

	"github.com/jaxgo/jaxgo/core"
	"github.com/jaxgo/jaxgo/core/dtype"
	"github.com/jaxgo/jaxgo/lowering"
	"github.com/jaxgo/jaxgo/lowering/pjrt"
	"github.com/jaxgo/jaxgo/transforms/ad"
	"github.com/jaxgo/jaxgo/transforms/batch"
)

// ---- threads ----

var threads = map[int64]*core.Thread{}

func threadOf(tid int64) *core.Thread {
	t := threads[tid]
	if t == nil {
		t = core.NewThread(tid)
		threads[tid] = t
	}
	return t
}

// forgetEnded drops the state of threads that ended.
func forgetEnded() {
	for {
		tid := int64(C.jg_take_ended())
		if tid == 0 {
			return
		}
		delete(threads, tid)
	}
}

func init() {
	provide1("thread_count", func(*core.Args) any { return len(threads) })
}

// enter makes the calling thread's state current, learns of dead handles and returns where the thread stands.
func enter(tid C.int64_t) (*core.Thread, core.Mark) {
	t := core.Current()
	if t.ID != int64(tid) {
		t = threadOf(int64(tid))
		core.SetCurrent(t)
	}
	jgRelease()
	if C.jg_threads_ended != 0 {
		forgetEnded()
	}
	return t, t.Mark()
}

// leave ends a crossing: what it owned is released, and a panic becomes an error of the result.
func leave(t *core.Thread, m core.Mark, res *C.jg_result) {
	if r := recover(); r != nil {
		core.SetCurrent(t)
		kind, msg := core.InternalError, ""
		switch e := r.(type) {
		case *core.Error:
			kind, msg = e.Kind, e.Msg
		case *dtype.PromotionError:
			kind, msg = core.TypePromotionError, e.Msg
		case *dtype.InvalidError:
			kind, msg = core.ValueError, e.Msg
		default:
			msg = fmt.Sprintf("jaxgo: internal error: %v\n%s", r, debug.Stack())
		}
		res.n = 0
		res.err_kind, res.err_msg = C.CString(string(kind)), C.CString(msg)
	}
	t.Reset(m)
}

// ---- the slab: what Python holds of Go ----

type slot struct {
	v   any
	gen uint32
}

var (
	slab     []slot
	slabFree []uint32
)

func put(v any) (handle, gen uint32) {
	if n := len(slabFree); n > 0 {
		h := slabFree[n-1]
		slabFree = slabFree[:n-1]
		slab[h].v = v
		return h, slab[h].gen
	}
	slab = append(slab, slot{v, 1})
	return uint32(len(slab) - 1), 1
}

func lookup(handle, gen uint32) any {
	if int(handle) >= len(slab) || slab[handle].gen != gen {
		core.Errorf(core.InternalError, "jaxgo: a stale handle was used")
	}
	return slab[handle].v
}

type dropper interface{ Drop() }

func release(handle, gen uint32) {
	if int(handle) >= len(slab) || slab[handle].gen != gen {
		return
	}
	s := &slab[handle]
	v := s.v
	s.v = nil
	s.gen++
	slabFree = append(slabFree, handle)
	switch v := v.(type) {
	case core.Counted:
		v.Release()
	case dropper:
		v.Drop()
	}
}

// jgRelease releases what died in Python. That can bury more, also by running Python.
//
//export jgRelease
func jgRelease() {
	for C.jg_dead.n > 0 {
		C.jg_dead.n--
		d := C.jg_dead.h[C.jg_dead.n]
		release(uint32(d), uint32(d>>32))
	}
}

// ---- arguments ----

// decode makes a core.Arg of an argument. Strings and items are valid during the call only.
func decode(a *C.jg_arg, out *core.Arg) {
	switch a.kind {
	case C.JA_NONE, C.JA_ELLIPSIS:
		out.Kind = core.ArgKind(a.kind)
	case C.JA_BOOL, C.JA_INT:
		out.Kind = core.ArgKind(a.kind)
		out.D = dtype.DType(a.dtype)
		out.I = *(*int64)(unsafe.Pointer(&a.anon0))
		out.Big = a.list != 0
	case C.JA_FLOAT, C.JA_COMPLEX:
		out.Kind = core.ArgKind(a.kind)
		out.D = dtype.DType(a.dtype)
		out.F = complex(*(*float64)(unsafe.Pointer(&a.anon0)), float64(a.im))
		if a.kind == C.JA_FLOAT {
			out.F = complex(real(out.F), 0)
		}
	case C.JA_STR:
		out.Kind = core.ArgStr
		out.S = unsafe.String((*byte)(a.p), int(a.n))
	case C.JA_DTYPE:
		out.Kind = core.ArgDType
		out.D = dtype.DType(a.dtype)
	case C.JA_ARRAY:
		out.Kind = core.ArgValue
		out.V = lowering.FromC(a.p)
	case C.JA_TRACER:
		out.Kind = core.ArgValue
		h := (*[2]uint32)(unsafe.Pointer(&a.anon0))
		out.V = lookup(h[0], h[1]).(core.Value)
	case C.JA_GO:
		out.Kind = core.ArgGo
		h := (*[2]uint32)(unsafe.Pointer(&a.anon0))
		out.Go = lookup(h[0], h[1])
	case C.JA_OBJECT:
		out.Kind = core.ArgObject
		out.Obj = a.p
	case C.JA_SEQ, C.JA_SLICE:
		out.Kind = core.ArgKind(a.kind)
		out.Items = decodeList((*C.jg_arg)(a.p), int(a.n))
		out.List = a.list != 0
	default:
		core.Errorf(core.InternalError, "jaxgo: an argument of kind %d", int(a.kind))
	}
}

func decodeList(p *C.jg_arg, n int) []core.Arg {
	if n == 0 {
		return []core.Arg{}
	}
	items := make([]core.Arg, n)
	decodeInto(unsafe.Slice(p, n), items)
	return items
}

func decodeInto(raw []C.jg_arg, items []core.Arg) {
	for i := range raw {
		decode(&raw[i], &items[i])
	}
}

// ---- results ----

const (
	kindOther = iota
	kindJaxpr
	kindJVP
	kindLinearize
	kindBatch
)

// encode writes a result; references pass to the receiver.
func encode(v any, out *C.jg_arg) {
	out.dtype, out.list, out.owned = 0, 0, 0
	switch v := v.(type) {
	case nil:
		out.kind = C.JA_NONE
	case *lowering.Array:
		v.Retain()
		out.kind, out.p, out.aval = C.JA_ARRAY, unsafe.Pointer(v), C.uint32_t(v.PJRT().AvalID())
	case *core.Literal:
		encode(lowering.Fresh(v), out)
	case core.Tracer:
		core.Retain(v)
		encodeHandle(v, out, C.JA_TRACER)
		out.aval = C.uint32_t(v.Aval().ID())
		switch v.(type) {
		case *core.JaxprTracer:
			out.tkind = kindJaxpr
		case *ad.JVPTracer:
			out.tkind = kindJVP
		case *ad.LinTracer:
			out.tkind = kindLinearize
		case *batch.Tracer:
			out.tkind = kindBatch
		default:
			out.tkind = kindOther
		}
	case bool:
		out.kind = C.JA_BOOL
		setInt(out, 0)
		if v {
			setInt(out, 1)
		}
	case int:
		out.kind = C.JA_INT
		setInt(out, int64(v))
	case int64:
		out.kind = C.JA_INT
		setInt(out, v)
	case uint64:
		out.kind, out.list = C.JA_INT, 1
		setInt(out, int64(v))
	case float64:
		out.kind = C.JA_FLOAT
		*(*float64)(unsafe.Pointer(&out.anon0)) = v
	case complex128:
		out.kind = C.JA_COMPLEX
		*(*float64)(unsafe.Pointer(&out.anon0)) = real(v)
		out.im = C.double(imag(v))
	case string:
		out.kind, out.owned = C.JA_STR, 1
		out.p, out.n = C.CBytes([]byte(v)), C.uint32_t(len(v))
	case dtype.DType:
		if v == dtype.Invalid {
			out.kind = C.JA_NONE
			return
		}
		out.kind, out.dtype = C.JA_DTYPE, C.uint8_t(v)
	case pyObject:
		out.kind, out.p = C.JA_OBJECT, unsafe.Pointer(v)
	case []any:
		encodeSeq(len(v), func(i int) any { return v[i] }, out)
	case []core.Value:
		encodeSeq(len(v), func(i int) any { return v[i] }, out)
		out.list = 1
	case []int:
		encodeSeq(len(v), func(i int) any { return v[i] }, out)
	case []bool:
		encodeSeq(len(v), func(i int) any { return v[i] }, out)
	case []string:
		encodeSeq(len(v), func(i int) any { return v[i] }, out)
	default:
		encodeHandle(v, out, C.JA_GO)
	}
}

// pyObject is a borrowed PyObject*.
type pyObject unsafe.Pointer

func setInt(out *C.jg_arg, i int64) { *(*int64)(unsafe.Pointer(&out.anon0)) = i }

func encodeHandle(v any, out *C.jg_arg, kind C.uint8_t) {
	h, g := put(v)
	out.kind = kind
	*(*[2]uint32)(unsafe.Pointer(&out.anon0)) = [2]uint32{h, g}
}

func encodeSeq(n int, at func(int) any, out *C.jg_arg) {
	out.kind, out.owned, out.n = C.JA_SEQ, 1, C.uint32_t(n)
	p := (*C.jg_arg)(C.calloc(C.size_t(max(n, 1)), C.sizeof_jg_arg))
	out.p = unsafe.Pointer(p)
	items := unsafe.Slice(p, max(n, 1))
	for i := range n {
		encode(at(i), &items[i])
	}
}

// encodeAll writes the results of a call.
func encodeAll[T any](vs []T, res *C.jg_result) {
	out := room(len(vs), res)
	for i, v := range vs {
		encode(any(v), &out[i])
	}
	res.n = C.size_t(len(vs))
}

// room makes space for n results.
func room(n int, res *C.jg_result) []C.jg_arg {
	if n <= len(res.inl) {
		return res.inl[:n]
	}
	if n <= C.JG_SPARE && C.jg_spare.results_taken == 0 {
		C.jg_spare.results_taken = 1
		res.v = &C.jg_spare.results[0]
	} else {
		res.v = (*C.jg_arg)(C.calloc(C.size_t(n), C.sizeof_jg_arg))
	}
	return unsafe.Slice(res.v, n)
}

// ---- calls into Python ----

// callPython calls a Python function with a list of values and returns what it returned. Values belong to the current
// scope. The calling thread's state is current again afterwards, whatever other threads did meanwhile.
func callPython(fn unsafe.Pointer, in []any) (out core.Arg) {
	th := core.Current()
	m := th.Mark()
	args := (*C.jg_arg)(C.calloc(C.size_t(max(len(in), 1)), C.sizeof_jg_arg))
	list := unsafe.Slice(args, max(len(in), 1))
	for i, v := range in {
		encode(v, &list[i])
	}
	var res C.jg_arg
	var cm C.jg_callback_mark
	rc := C.jg_callback(fn, args, C.int(len(in)), &res, &cm)
	core.SetCurrent(th)
	C.free(unsafe.Pointer(args))
	if rc != 0 {
		core.Errorf(core.ExceptionAlreadyInPython, "")
	}
	_ = m
	decode(&res, &out)
	adopt(&out)
	C.jg_callback_done(&cm)
	return out
}

// adopt makes the values of a callback's result outlive it.
func adopt(a *core.Arg) {
	if c, ok := a.V.(core.Counted); ok {
		c.Retain()
		core.Own(c)
	}
	if a.Kind == core.ArgStr {
		a.S = string([]byte(a.S))
	}
	for i := range a.Items {
		adopt(&a.Items[i])
	}
}

// callValues is callPython for functions from values to a list of values.
func callValues(fn unsafe.Pointer, in []core.Value) []core.Value {
	vs := make([]any, len(in))
	for i, v := range in {
		vs[i] = v
		if v == nil {
			vs[i] = nil
		}
	}
	out := callPython(fn, vs)
	if out.Kind != core.ArgSeq {
		core.Errorf(core.InternalError, "jaxgo: a traced function did not return a list")
	}
	return operands(out.Items)
}

// operands makes values of a list; None is nil.
func operands(items []core.Arg) []core.Value {
	vs := make([]core.Value, len(items))
	for i := range items {
		if items[i].Kind == core.ArgNone {
			continue
		}
		if vs[i] = items[i].Operand(); vs[i] == nil {
			core.Errorf(core.TypeError, "%s is not a valid JAX type", items[i].Describe())
		}
	}
	return vs
}

// ---- waiting ----

func init() {
	lowering.Blocking = func(f func()) {
		th := core.Current()
		done := make(chan any, 1)
		go func() {
			defer func() { done <- recover() }()
			f()
		}()
		// Most things are short: give them a moment before the GIL is given away.
		r, interrupted := wait(done)
		core.SetCurrent(th)
		if interrupted {
			core.Errorf(core.ExceptionAlreadyInPython, "")
		}
		if r != nil {
			panic(r)
		}
	}
}

var _ = pjrt.DrainDrops
