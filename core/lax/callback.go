package lax

import (
	"slices"
	"strconv"
	"strings"

	"github.com/jaxgo/jaxgo/core"
	"github.com/jaxgo/jaxgo/core/stablehlo"
)

// A HostFunc is a function outside of the program, a Python one, that the program calls while it runs.
type HostFunc interface {
	// Call calls it at once with concrete arrays; out are the avals that its results must have.
	Call(in []Value, out []*core.Aval) []Value
	// ID is the number by which compiled programs find it. It means nothing once the last reference to the function is gone.
	ID() int64
	// String is how a jaxpr shows it.
	String() string
}

// HostTarget is the custom call by which a program calls a HostFunc.
const HostTarget = "jaxgo_host"

// callbackParams are what the callback primitives share: they are embedded in no parameters, because those print by field.
type callbackParams struct {
	host   HostFunc
	effect bool
	token  bool
}

// PureCallbackParams are the parameters of pure_callback.
type PureCallbackParams struct {
	Callback    HostFunc
	ResultAvals []*core.Aval
	Sharding    core.None
	VmapMethod  string
}

// IOCallbackParams are the parameters of io_callback.
type IOCallbackParams struct {
	Callback    HostFunc
	Ordered     bool
	ResultAvals []*core.Aval
	Sharding    core.None
	// Token says that the first operand and the first result are a token, see ThreadTokens.
	Token bool `jx:"-"`
}

// DebugCallbackParams are the parameters of debug_callback.
type DebugCallbackParams struct {
	Callback    HostFunc
	Effect      DebugEffect
	Partitioned bool
	Token       bool `jx:"-"`
}

// A DebugEffect says whether a debug callback keeps its place among others.
type DebugEffect bool

// PyString is the effect's name.
func (e DebugEffect) PyString() string {
	if e {
		return "OrderedDebug"
	}
	return "Debug"
}

// DebugPrintParams are the parameters of debug_print; the strings are there to be shown.
type DebugPrintParams struct {
	Fmt             string
	HasPlaceholders bool
	InTree          string
	LoggingRecord   core.None
	NpPrintoptions  string
	Ordered         bool
	Partitioned     bool
	StaticArgs      string
	Callback        HostFunc `jx:"-"`
	Token           bool     `jx:"-"`
}

var (
	pureCallbackOp  = core.Declare[PureCallbackParams]("pure_callback")
	ioCallbackOp    = core.Declare[IOCallbackParams]("io_callback")
	debugCallbackOp = core.Declare[DebugCallbackParams]("debug_callback")
	debugPrintOp    = core.Declare[DebugPrintParams]("debug_print")
)

// PureCallback calls a function without side effects.
func PureCallback(p PureCallbackParams, in ...Value) []Value { return pureCallbackOp.Bind(p, in...) }

// IOCallback calls a function with side effects.
func IOCallback(p IOCallbackParams, in ...Value) []Value { return ioCallbackOp.Bind(p, in...) }

// DebugCallback calls a function that observes a computation.
func DebugCallback(p DebugCallbackParams, in ...Value) { debugCallbackOp.Bind(p, in...) }

// DebugPrint is DebugCallback of a function that prints.
func DebugPrint(p DebugPrintParams, in ...Value) { debugPrintOp.Bind(p, in...) }

func (p PureCallbackParams) callback() callbackParams {
	return callbackParams{p.Callback, false, false}
}
func (p IOCallbackParams) callback() callbackParams { return callbackParams{p.Callback, true, p.Token} }
func (p DebugCallbackParams) callback() callbackParams {
	return callbackParams{p.Callback, true, p.Token}
}
func (p DebugPrintParams) callback() callbackParams { return callbackParams{p.Callback, true, p.Token} }

// HostFuncs adds to fs the functions that a program of j calls.
func HostFuncs(j *core.Jaxpr, fs []HostFunc) []HostFunc {
	for _, e := range j.Eqns {
		if p, ok := e.Params.(interface{ callback() callbackParams }); ok {
			fs = append(fs, p.callback().host)
		}
		for _, k := range e.Prim.SubJaxprs(e.Params) {
			fs = append(fs, k.Memo("host functions", func() any { return HostFuncs(k.Jaxpr, nil) }).([]HostFunc)...)
		}
	}
	return fs
}

func init() {
	pureCallbackOp.Define(core.Rules[PureCallbackParams]{
		Doc:      "Call of a host function that has no effect.",
		NoUnit:   true,
		Abstract: func(p PureCallbackParams, in []*core.Aval) []*core.Aval { return p.ResultAvals },
		Eval:     func(p PureCallbackParams, in []Value) []Value { return p.Callback.Call(in, p.ResultAvals) },
		JVP: func(c core.JVPCtx, p PureCallbackParams, x, t []Value) ([]Value, []Value) {
			core.Errorf(core.ValueError, "Pure callbacks do not support JVP. Please use `jax.custom_jvp` to use callbacks while taking gradients.")
			return nil, nil
		},
		Transpose: func(c core.TransposeCtx, p PureCallbackParams, ct, in []Value) []Value {
			core.Errorf(core.ValueError, "Pure callbacks do not support transpose. Please use `jax.custom_vjp` to use callbacks while taking gradients.")
			return nil
		},
		Batch: batchPureCallback,
		Lower: func(c core.LowerCtx, p PureCallbackParams, in []stablehlo.Value) []stablehlo.Value {
			return lowerCallback(c, p.callback(), in)
		},
	})
	ioCallbackOp.Define(core.Rules[IOCallbackParams]{
		Doc:      "Call of a host function that has an effect.",
		NoUnit:   true,
		Effect:   true,
		Abstract: func(p IOCallbackParams, in []*core.Aval) []*core.Aval { return withToken(p.Token, p.ResultAvals) },
		Eval:     func(p IOCallbackParams, in []Value) []Value { return p.Callback.Call(in, p.ResultAvals) },
		JVP: func(c core.JVPCtx, p IOCallbackParams, x, t []Value) ([]Value, []Value) {
			core.Errorf(core.ValueError, "IO callbacks do not support JVP.")
			return nil, nil
		},
		Transpose: func(c core.TransposeCtx, p IOCallbackParams, ct, in []Value) []Value {
			core.Errorf(core.ValueError, "IO callbacks do not support transpose.")
			return nil
		},
		Batch: func(c core.BatchCtx, p IOCallbackParams, in []Value, dims []int) ([]Value, []int) {
			if p.Ordered {
				core.Errorf(core.ValueError, "Cannot `vmap` ordered IO callback.")
			}
			return mapSequentially(c, in, dims, 1, func(in []Value) []Value { return ioCallbackOp.Bind(p, in...) })
		},
		Lower: func(c core.LowerCtx, p IOCallbackParams, in []stablehlo.Value) []stablehlo.Value {
			return lowerCallback(c, p.callback(), in)
		},
	})
	debugCallbackOp.Define(debugRules("Call of a host function that observes a computation.", debugCallbackOp, DebugCallbackParams.callback))
	debugPrintOp.Define(debugRules("Prints values while a program runs.", debugPrintOp, DebugPrintParams.callback))
}

// debugRules are the rules of callbacks without results, which every transformation leaves in place.
func debugRules[P any](doc string, op core.Op[P], callback func(P) callbackParams) core.Rules[P] {
	return core.Rules[P]{
		Doc:      doc,
		NoUnit:   true,
		Effect:   true,
		Abstract: func(p P, in []*core.Aval) []*core.Aval { return withToken(callback(p).token, nil) },
		Eval:     func(p P, in []Value) []Value { return callback(p).host.Call(in, nil) },
		JVP: func(c core.JVPCtx, p P, x, t []Value) ([]Value, []Value) {
			return op.Bind(p, x...), nil
		},
		Transpose: func(c core.TransposeCtx, p P, ct, in []Value) []Value { return make([]Value, len(in)) },
		// As in JAX every member has a call of its own.
		Batch: func(c core.BatchCtx, p P, in []Value, dims []int) ([]Value, []int) {
			for i := range c.Size() {
				member := make([]Value, len(in))
				for k, v := range in {
					if member[k] = v; dims[k] != core.Unmapped {
						member[k] = IndexInDim(v, i, dims[k], false)
					}
				}
				op.Bind(p, member...)
			}
			return nil, nil
		},
		Lower: func(c core.LowerCtx, p P, in []stablehlo.Value) []stablehlo.Value {
			return lowerCallback(c, callback(p), in)
		},
	}
}

func batchPureCallback(c core.BatchCtx, p PureCallbackParams, in []Value, dims []int) ([]Value, []int) {
	size := c.Size()
	q := p
	q.ResultAvals = make([]*core.Aval, len(p.ResultAvals))
	for i, a := range p.ResultAvals {
		q.ResultAvals[i] = a.WithShape(append([]int{size}, a.Shape...))
	}
	switch p.VmapMethod {
	case "legacy_vectorized":
		in, _ = ToFront(in, dims)
	case "expand_dims", "broadcast_all":
		lead := 1
		if p.VmapMethod == "broadcast_all" {
			lead = size
		}
		var batched []bool
		in, batched = ToFront(in, dims)
		for i, v := range in {
			if !batched[i] {
				in[i] = broadcastAt(v, lead, 0)
			}
		}
	case "sequential":
		return mapSequentially(c, in, dims, 1, func(in []Value) []Value { return pureCallbackOp.Bind(p, in...) })
	case "sequential_unrolled":
		return mapSequentially(c, in, dims, size, func(in []Value) []Value { return pureCallbackOp.Bind(p, in...) })
	default:
		method := "None"
		if p.VmapMethod != "" {
			method = "'" + p.VmapMethod + "'"
		}
		core.Errorf(core.NotImplementedError, "vmap is only supported for the pure_callback primitive when vmap_method is one of 'sequential', 'sequential_unrolled', 'expand_dims', 'broadcast_all', or 'legacy_vectorized'. Got vmap_method=%s.", method)
	}
	out := pureCallbackOp.Bind(q, in...)
	return out, make([]int, len(out))
}

// mapSequentially applies f to the members one after the other.
func mapSequentially(c core.BatchCtx, in []Value, dims []int, unroll int, f func(in []Value) []Value) ([]Value, []int) {
	in, batched := ToFront(in, dims)
	_, out := Scan(func(_, x []Value) ([]Value, []Value) {
		all, k := append([]Value{}, in...), 0
		for i, b := range batched {
			if b {
				all[i] = x[k]
				k++
			}
		}
		return nil, f(all)
	}, nil, pick(in, batched), c.Size(), false, unroll)
	return out, make([]int, len(out))
}

// lowerCallback writes the custom call. Its configuration names the function and the avals; dtypes of less than a byte, whose
// layout in memory is the compiler's own, go through wider ones.
func lowerCallback(c core.LowerCtx, p callbackParams, in []stablehlo.Value) []stablehlo.Value {
	b := c.B()
	out := hloTypes(c.Out())
	operands, results := make([]stablehlo.Value, len(in)), make([]*stablehlo.Type, len(out))
	for i, v := range in {
		if operands[i] = v; wider(v.Type) != v.Type {
			operands[i] = b.Op("stablehlo.convert", "", nil, []stablehlo.Value{v}, wider(v.Type))[0]
		}
	}
	for i, t := range out {
		results[i] = wider(t)
	}
	var ids []string
	for _, as := range [][]*core.Aval{c.In(), c.Out()} {
		for _, a := range as {
			ids = append(ids, strconv.FormatUint(uint64(a.ID()), 10))
		}
	}
	attrs := "api_version = 4 : i32, call_target_name = \"" + HostTarget + "\", backend_config = {function = " + strconv.FormatInt(p.host.ID(), 10) +
		" : i64, token = " + strconv.FormatBool(p.token)
	if len(ids) > 0 {
		attrs += ", avals = array<i64: " + strings.Join(ids, ", ") + ">"
	}
	attrs += "}, has_side_effect = " + strconv.FormatBool(p.effect) + ", operand_layouts = " + rowMajor(types(operands)) + ", result_layouts = " + rowMajor(results)
	got := b.Op("stablehlo.custom_call", attrs, nil, operands, results...)
	for i, v := range got {
		if results[i] != out[i] {
			got[i] = b.Op("stablehlo.convert", "", nil, []stablehlo.Value{v}, out[i])[0]
		}
	}
	return got
}

func types(vs []stablehlo.Value) []*stablehlo.Type {
	ts := make([]*stablehlo.Type, len(vs))
	for i, v := range vs {
		ts[i] = v.Type
	}
	return ts
}

// wider is t with elements of at least a byte.
func wider(t *stablehlo.Type) *stablehlo.Type {
	switch t.Elem {
	case "i2", "i4":
		return t.WithElem("i8")
	case "ui2", "ui4":
		return t.WithElem("ui8")
	case "f4E2M1FN":
		return t.WithElem("f32")
	}
	return t
}

// rowMajor are the layouts of arrays whose last axis is the fastest.
func rowMajor(ts []*stablehlo.Type) string {
	var s []string
	for _, t := range ts {
		n := len(t.Shape)
		order := make([]string, n)
		for i := range order {
			order[i] = strconv.Itoa(n - 1 - i)
		}
		list := "[" + strings.Join(order, ", ") + "]"
		if n == 0 {
			list = ""
		}
		s = append(s, "dense<"+list+"> : tensor<"+strconv.Itoa(n)+"xindex>")
	}
	return "[" + strings.Join(s, ", ") + "]"
}

// Effects are the names of the effects that the equations of j have, without repetition.
func Effects(j *core.Jaxpr) []string {
	var names []string
	add := func(n string) {
		if !slices.Contains(names, n) {
			names = append(names, n)
		}
	}
	for _, e := range j.Eqns {
		switch p := e.Params.(type) {
		case IOCallbackParams:
			add(map[bool]string{false: "IO", true: "OrderedIO"}[p.Ordered])
		case DebugCallbackParams:
			add(p.Effect.PyString())
		case DebugPrintParams:
			add(DebugEffect(p.Ordered).PyString())
		}
		for _, k := range e.Prim.SubJaxprs(e.Params) {
			for _, n := range k.Memo("effects", func() any { return Effects(k.Jaxpr) }).([]string) {
				add(n)
			}
		}
	}
	return names
}
