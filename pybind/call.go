package pybind

/*
#include "jgpy.h"
*/
import "C"

import (
	le "encoding/binary"
	"math"
	"unsafe"

	"github.com/jaxgo/jaxgo/core"
	"github.com/jaxgo/jaxgo/core/dtype"
	"github.com/jaxgo/jaxgo/core/lax"
	_ "github.com/jaxgo/jaxgo/core/nn" // exports
	_ "github.com/jaxgo/jaxgo/core/numpy"
	_ "github.com/jaxgo/jaxgo/core/random"
	"github.com/jaxgo/jaxgo/lowering"
	"github.com/jaxgo/jaxgo/lowering/pjrt"
)

// A builtin is a function of the boundary itself: transformations, jaxprs, compiled programs.
type builtin func(a *core.Args) []any

var (
	builtins     []builtin
	builtinNames = map[string]int{}
	builtinMulti []bool
)

// builtinBase is where the numbers of builtins begin.
const builtinBase = 1 << 16

// provide registers a builtin that returns exactly the list it gives.
func provide(name string, f builtin) {
	builtinNames[name] = len(builtins)
	builtins = append(builtins, f)
	builtinMulti = append(builtinMulti, true)
}

// provide1 registers a builtin with one result.
func provide1(name string, f func(a *core.Args) any) {
	provide(name, func(a *core.Args) []any { return []any{f(a)} })
	builtinMulti[len(builtinMulti)-1] = false
}

//export jgFuncID
func jgFuncID(name *C.char) C.int {
	s := C.GoString(name)
	if f := core.FindFunc(s); f != nil {
		return C.int(f.ID)
	}
	if i, ok := builtinNames[s]; ok {
		return C.int(builtinBase + i)
	}
	return -1
}

//export jgCall
func jgCall(tid C.int64_t, fid C.int, list *C.jg_arg, n C.int, res *C.jg_result) {
	th, m := enter(tid)
	defer leave(th, m, res)
	raw := unsafe.Slice(list, max(int(n), 1))[:n]
	if fid >= builtinBase {
		args := &core.Args{List: decodeList(list, int(n)), Fn: &builtinFunc}
		i := int(fid - builtinBase)
		out := builtins[i](args)
		if builtinMulti[i] {
			res.multi = 1
		}
		encodeAll(out, res)
		return
	}
	fn := core.FuncByID(int(fid))
	if fn == nil {
		core.Errorf(core.InternalError, "jaxgo: no function has the number %d", int(fid))
	}
	if fn.Multi {
		res.multi = 1
	}
	trace := core.CurrentTrace()
	if !fn.NoUnit && trace.Eager() && callUnit(trace, fn, raw, res) {
		return
	}
	args := &core.Args{Fn: fn, List: decodeList(list, int(n))}
	if fn.Pre != nil && fn.JitName != "" {
		fn.Pre(args)
	}
	if fn.JitName != "" && !fn.NoUnit {
		u, ops := stagedUnit(fn, args)
		encodeAll(lax.Jit(lax.JitParams{Jaxpr: u.jaxpr, Name: fn.JitName}, ops...), res)
		return
	}
	encodeAll(fn.F(args), res)
}

// builtinFunc names the builtins in messages.
var builtinFunc = core.Func{Name: "jaxgo"}

// ---- units: exported functions compiled as one program ----

type unit struct {
	jaxpr  *core.ClosedJaxpr
	params any // boxed lax.JitParams
	exec   *lowering.Executable
	simple *pjrt.Executable
	avals  []*core.Aval
}

// units are keyed by function, operand avals and static arguments.
var units = map[string]*unit{}

// A unitCall is the state of matching one call against the cache. One is reused: the GIL serialises.
type unitState struct {
	key     []byte
	ops     []core.Value // operands in order
	arrays  bool         // every operand is an array or a scalar
	args    []core.Arg
	objects bool
}

// callUnit runs fn through its unit. It reports false if fn must be called directly.
func callUnit(trace core.Trace, fn *core.Func, raw []C.jg_arg, res *C.jg_result) bool {
	evaluating := trace == core.Evaluator()
	if fn.Pre == nil && evaluating && callFast(fn, raw, res) {
		return true
	}
	sc := spareArgs
	spareArgs = nil
	if sc == nil {
		sc = new(unitArgs)
	}
	if sc.Fn = fn; len(raw) <= len(sc.buf) {
		sc.List = sc.buf[:len(raw)]
		decodeInto(raw, sc.List)
	} else {
		sc.List = decodeArgs(raw)
	}
	if fn.Pre != nil {
		fn.Pre(&sc.Args)
	}
	u, ops := unitFor(fn, &sc.Args)
	clear(sc.buf[:])
	sc.List = nil
	spareArgs = sc
	if u == nil {
		return false
	}
	encodeAll(trace.Process(jitPrimitive, u.params, ops), res)
	return true
}

// unitArgs are the decoded arguments of a call while its unit is looked for; one is kept for the next call.
type unitArgs struct {
	core.Args
	buf [8]core.Arg
}

var spareArgs *unitArgs

var jitPrimitive = core.Lookup("jit")

func decodeArgs(raw []C.jg_arg) []core.Arg {
	if len(raw) == 0 {
		return nil
	}
	return decodeList(&raw[0], len(raw))
}

// callFast is the hot path: every operand is a device array or a Python scalar, the unit is compiled and simple.
// Nothing is allocated.
func callFast(fn *core.Func, raw []C.jg_arg, res *C.jg_result) bool {
	var keyBuf [160]byte
	sc := takeLists()
	defer giveLists(sc)
	key := le.LittleEndian.AppendUint32(keyBuf[:0], uint32(fn.ID))
	key = le.LittleEndian.AppendUint32(key, uint32(C.jg_config_epoch))
	ops := sc.ops[:0]
	spec := fn.Spec
	for i := range raw {
		a := &raw[i]
		c := byte('s')
		if i < len(spec) {
			c = spec[i]
		}
		switch c {
		case 'x', 'o', 'c', 'n':
			switch a.kind {
			case C.JA_ARRAY:
				key = append(key, 'A')
				key = le.LittleEndian.AppendUint32(key, uint32(a.aval))
				ops = append(ops, a.p)
				continue
			case C.JA_BOOL, C.JA_INT, C.JA_FLOAT, C.JA_COMPLEX:
				if c == 'c' || c == 'n' && a.kind <= C.JA_INT {
					break // a static scalar
				}
				var g core.Arg
				decode(a, &g)
				v := lowering.Concrete(g.Operand())
				key = append(key, 'A')
				key = le.LittleEndian.AppendUint32(key, v.PJRT().AvalID())
				ops = append(ops, unsafe.Pointer(v))
				continue
			case C.JA_NONE:
				if c == 'o' {
					break
				}
				return false
			default:
				return false
			}
		case 'X':
			if a.kind != C.JA_SEQ || len(ops)+int(a.n) > len(sc.ops) {
				return false
			}
			key = append(key, '(')
			for _, it := range unsafe.Slice((*C.jg_arg)(a.p), max(int(a.n), 1))[:a.n] {
				if it.kind != C.JA_ARRAY {
					return false
				}
				key = append(key, 'A')
				key = le.LittleEndian.AppendUint32(key, uint32(it.aval))
				ops = append(ops, it.p)
			}
			key = append(key, ')')
			continue
		case 's':
		default:
			return false
		}
		var ok bool
		if key, ok = staticKey(key, a, 0); !ok {
			return false
		}
		if len(ops) >= len(sc.ops) {
			return false
		}
	}
	u := units[string(key)]
	if u == nil || u.simple == nil {
		return false
	}
	runSimple(u.simple, u.avals, ops, sc, res)
	return true
}

// lists are the argument and result lists of an execution, on the heap (see pjrt.Executable.ExecutePtr). One pair is
// kept for the next call; a call inside a call makes its own.
type lists struct{ ops, outs []unsafe.Pointer }

var spareLists *lists

func takeLists() *lists {
	if l := spareLists; l != nil {
		spareLists = nil
		return l
	}
	return &lists{make([]unsafe.Pointer, 32), make([]unsafe.Pointer, 32)}
}

func giveLists(l *lists) { spareLists = l }

// runSimple executes a program on arrays and writes its results, whose references pass to the receiver.
func runSimple(x *pjrt.Executable, avals []*core.Aval, ops []unsafe.Pointer, sc *lists, res *C.jg_result) {
	n := len(avals)
	if n > len(sc.outs) {
		sc.outs = make([]unsafe.Pointer, 2*n)
	}
	outs := sc.outs[:n]
	var a, o unsafe.Pointer
	if len(ops) > 0 {
		a = unsafe.Pointer(&ops[0])
	}
	if n > 0 {
		o = unsafe.Pointer(&outs[0])
	}
	if err := x.ExecutePtr(a, len(ops), o); err != nil {
		lowering.Fail(err)
	}
	dst := room(n, res)
	for i, p := range outs {
		d := &dst[i]
		d.kind, d.p, d.aval = C.JA_ARRAY, p, C.uint32_t(avals[i].ID())
	}
	res.n = C.size_t(n)
}

func b2(b bool) byte {
	if b {
		return 1
	}
	return 0
}

// staticKey appends a static argument's value; false: it has none that a cache may be keyed by.
func staticKey(key []byte, a *C.jg_arg, depth int) ([]byte, bool) {
	key = append(key, byte(a.kind))
	switch a.kind {
	case C.JA_NONE, C.JA_ELLIPSIS:
	case C.JA_BOOL:
		key = append(key, *(*byte)(unsafe.Pointer(&a.anon0)), byte(a.dtype))
	case C.JA_INT:
		key = append(le.LittleEndian.AppendUint64(key, *(*uint64)(unsafe.Pointer(&a.anon0))), byte(a.dtype))
	case C.JA_FLOAT:
		key = append(le.LittleEndian.AppendUint64(key, *(*uint64)(unsafe.Pointer(&a.anon0))), byte(a.dtype))
	case C.JA_COMPLEX:
		key = le.LittleEndian.AppendUint64(key, *(*uint64)(unsafe.Pointer(&a.anon0)))
		key = append(le.LittleEndian.AppendUint64(key, math.Float64bits(float64(a.im))), byte(a.dtype))
	case C.JA_STR:
		key = le.LittleEndian.AppendUint32(key, uint32(a.n))
		key = append(key, unsafe.Slice((*byte)(a.p), int(a.n))...)
	case C.JA_DTYPE:
		key = append(key, byte(a.dtype))
	case C.JA_SEQ, C.JA_SLICE:
		key = append(le.LittleEndian.AppendUint32(key, uint32(a.n)), byte(a.list))
		for _, it := range unsafe.Slice((*C.jg_arg)(a.p), max(int(a.n), 1))[:a.n] {
			var ok bool
			if key, ok = staticKey(key, &it, depth+1); !ok {
				return key, false
			}
		}
	default:
		return key, false
	}
	return key, true
}

// unitFor finds or makes the unit of fn for these arguments and lists the operands. nil: some static argument has no key.
func unitFor(fn *core.Func, args *core.Args) (*unit, []core.Value) {
	var buf [160]byte
	key := le.LittleEndian.AppendUint32(buf[:0], uint32(fn.ID))
	key = le.LittleEndian.AppendUint32(key, uint32(C.jg_config_epoch))
	ops := make([]core.Value, 0, len(args.List)+1)
	var ok bool
	for i := range args.List {
		c := byte('s')
		if i < len(fn.Spec) {
			c = fn.Spec[i]
		}
		if key, ok = argKey(key, &args.List[i], c, &ops); !ok {
			return nil, nil
		}
	}
	key = core.AppendAxes(key)
	if u := units[string(key)]; u != nil {
		return u, ops
	}
	// Trace fn on inputs in the operands' places. Nothing of the call's C memory may stay in the jaxpr.
	var u *unit
	core.WithTrace(core.Evaluator(), func() {
		t := core.NewJaxprTrace(core.Evaluator(), "unit", fn.Name)
		defer t.End()
		copyArgs := core.Args{Fn: fn, List: make([]core.Arg, len(args.List))}
		for i := range args.List {
			c := byte('s')
			if i < len(fn.Spec) {
				c = fn.Spec[i]
			}
			copyArgs.List[i] = replaceOperands(&args.List[i], c, t)
		}
		core.WithTrace(t, func() {
			j := t.Finish(fn.F(&copyArgs))
			u = &unit{jaxpr: j}
		})
	})
	name := fn.JitName
	if name == "" {
		name = fn.Name
	}
	u.params = lax.JitParams{Jaxpr: u.jaxpr, Name: name, Inline: fn.JitName == ""}
	u.avals = u.jaxpr.OutAvals()
	if len(u.jaxpr.Consts) > 0 {
		core.Errorf(core.InternalError, "%s: an exported function closed over an array", fn.Name)
	}
	if core.IsEvaluating() {
		u.exec = lowering.ExecutableOf(u.jaxpr, name)
		u.simple = u.exec.Simple()
	}
	units[string(key)] = u
	return u, ops
}

// stagedUnit is unitFor for functions that jaxprs show as a call.
func stagedUnit(fn *core.Func, args *core.Args) (*unit, []core.Value) {
	u, ops := unitFor(fn, args)
	if u == nil {
		core.Errorf(core.TypeError, "%s: an argument is neither an array nor a static value", fn.Name)
	}
	return u, ops
}

// argKey appends an argument to a unit's key: operands by aval, static ones by value.
func argKey(key []byte, a *core.Arg, c byte, ops *[]core.Value) ([]byte, bool) {
	operand := false
	switch c {
	case 'x', 'o':
		operand = a.Kind == core.ArgValue || a.Kind >= core.ArgBool && a.Kind <= core.ArgComplex
	case 'c', 'i': // Python scalars are static
		operand = a.Kind == core.ArgValue
	case 'n': // integers are static
		operand = a.Kind == core.ArgValue || a.Kind == core.ArgFloat || a.Kind == core.ArgComplex
	case 'X':
		operand = a.Kind == core.ArgValue || a.Kind >= core.ArgBool && a.Kind <= core.ArgComplex
	}
	if operand {
		v := a.Operand()
		*ops = append(*ops, v)
		key = append(key, 'A')
		return le.LittleEndian.AppendUint32(key, v.Aval().ID()), true
	}
	key = append(key, byte(a.Kind))
	switch a.Kind {
	case core.ArgNone, core.ArgEllipsis:
	case core.ArgBool, core.ArgInt:
		key = append(le.LittleEndian.AppendUint64(key, uint64(a.I)), byte(a.D))
	case core.ArgFloat:
		key = append(le.LittleEndian.AppendUint64(key, math.Float64bits(real(a.F))), byte(a.D))
	case core.ArgComplex:
		key = le.LittleEndian.AppendUint64(key, math.Float64bits(real(a.F)))
		key = append(le.LittleEndian.AppendUint64(key, math.Float64bits(imag(a.F))), byte(a.D))
	case core.ArgStr:
		key = append(le.LittleEndian.AppendUint32(key, uint32(len(a.S))), a.S...)
	case core.ArgDType:
		key = append(key, byte(a.D))
	case core.ArgSeq, core.ArgSlice:
		if c == 'X' {
			key = key[:len(key)-1]
			key = append(key, '(')
		} else {
			key = append(le.LittleEndian.AppendUint32(key, uint32(len(a.Items))), b2(a.List))
		}
		for i := range a.Items {
			var ok bool
			if key, ok = argKey(key, &a.Items[i], c, ops); !ok {
				return key, false
			}
		}
		if c == 'X' {
			key = append(key, ')')
		}
	default:
		return key, false
	}
	return key, true
}

// replaceOperands copies an argument with inputs of t in its operands' places.
func replaceOperands(a *core.Arg, c byte, t *core.JaxprTrace) core.Arg {
	b := *a
	operand := a.Kind == core.ArgValue || (c == 'x' || c == 'o' || c == 'X') && a.Kind >= core.ArgBool && a.Kind <= core.ArgComplex ||
		c == 'n' && (a.Kind == core.ArgFloat || a.Kind == core.ArgComplex)
	if operand && c != 's' {
		return core.Arg{Kind: core.ArgValue, V: t.Input(a.Operand().Aval())}
	}
	if operand && a.Kind == core.ArgValue {
		core.Errorf(core.TypeError, "%s: an array was given where a static value is needed", t.Where)
	}
	if a.Kind == core.ArgStr {
		b.S = string([]byte(a.S))
	}
	if a.Items != nil {
		b.Items = make([]core.Arg, len(a.Items))
		for i := range a.Items {
			b.Items[i] = replaceOperands(&a.Items[i], c, t)
		}
	}
	return b
}

// ---- avals and host memory ----

//export jgAvalInfo
func jgAvalInfo(id C.uint32_t, d *C.jg_aval_desc) C.int {
	a := core.AvalByID(uint32(id))
	if a == nil {
		return -1
	}
	d.size, d.ndim = C.int64_t(a.Size()), C.int32_t(a.Ndim())
	d.dtype, d.weak = C.uint8_t(a.DType), C.uint8_t(b2(a.Weak))
	d.itemsize, d._type = C.uint8_t(a.DType.Size()), C.uint8_t(a.DType.PJRT())
	d.plain = C.uint8_t(b2(!a.DType.IsKey() && a.DType != dtype.Float0))
	return 0
}

//export jgAvalDims
func jgAvalDims(id C.uint32_t, dims *C.int64_t) {
	a := core.AvalByID(uint32(id))
	for i, n := range a.Shape {
		*(*C.int64_t)(unsafe.Add(unsafe.Pointer(dims), 8*i)) = C.int64_t(n)
	}
}

//export jgDecodeScalar
func jgDecodeScalar(d C.uint8_t, p *C.uchar, out *C.jg_arg) {
	t := dtype.DType(d)
	out.list, out.owned = 0, 0
	if t.IsKey() || t == dtype.Float0 { // they have no scalars; the caller knows
		encode(nil, out)
		return
	}
	re, im, i, u := dtype.Scalar(t, unsafe.Slice((*byte)(unsafe.Pointer(p)), 16)[:max(t.Size(), 1)])
	switch {
	case t.IsBool():
		encode(i != 0, out)
	case t.IsComplex():
		encode(complex(re, im), out)
	case t.IsInexact():
		encode(re, out)
	case t.IsUnsigned():
		encode(u, out)
	default:
		encode(i, out)
	}
}

//export jgHostTarget
func jgHostTarget(tid C.int64_t, pt C.int, dims *C.int64_t, ndim C.int, t *C.jg_host_target, res *C.jg_result) (rc C.int) {
	rc = -1
	th, m := enter(tid)
	defer leave(th, m, res)
	d, ok := dtype.FromPJRT(int(pt))
	if !ok {
		core.Errorf(core.TypeError, "jaxgo: no dtype for PJRT type %d", int(pt))
	}
	target(d, dims, int(ndim), t)
	return 0
}

//export jgDTypeTarget
func jgDTypeTarget(tid C.int64_t, code C.int, dims *C.int64_t, ndim C.int, t *C.jg_host_target, res *C.jg_result) (rc C.int) {
	rc = -1
	th, m := enter(tid)
	defer leave(th, m, res)
	d := dtype.DType(code)
	if code <= 0 || int(code) >= dtype.Count {
		core.Errorf(core.TypeError, "jaxgo: no dtype has the number %d", int(code))
	}
	target(d, dims, int(ndim), t)
	return 0
}

func target(d dtype.DType, dims *C.int64_t, ndim int, t *C.jg_host_target) {
	shape := make([]int, ndim)
	for i := range shape {
		shape[i] = int(*(*int64)(unsafe.Add(unsafe.Pointer(dims), 8*i)))
	}
	t.source = C.int(d.PJRT())
	canonical := dtype.Canonicalize(d, core.X64)
	t.convert = C.int(b2(canonical != d))
	d = canonical
	a := core.MakeAval(d, shape, false)
	core.GuardTransfer(a)
	t.host = C.int(b2(lowering.Client().Platform == "cpu"))
	t.client = (*C.jg_client)(lowering.Client().Ptr())
	t.device = C.int32_t(lowering.DefaultDevice())
	t._type = C.int(d.PJRT())
	t.aval = C.uint32_t(a.ID())
	phys := a.HLO().Shape
	n := max(d.Size(), 1)
	if d.IsKey() {
		n = 4
	}
	for i, k := range phys {
		t.dims[i] = C.int64_t(k)
		n *= k
	}
	t.ndim, t.nbytes = C.size_t(len(phys)), C.size_t(n)
}
