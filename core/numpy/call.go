package numpy

import (
	"encoding/binary"

	"github.com/jaxgo/jaxgo/core"
	"github.com/jaxgo/jaxgo/core/lax"
)

// calls caches the jaxprs of functions that are recorded as calls.
var calls = map[string]*core.ClosedJaxpr{}

// ClearCalls forgets the cached jaxprs.
func ClearCalls() { clear(calls) }

// Call applies f to the operands as one call of a jaxpr, as a function that JAX decorates with jit: jaxprs show
// jit[name=…]. The jaxpr is cached, so f must depend on nothing but its operands, what key tells, and the
// configuration.
func Call(name, key string, f func(in []Value) []Value, operands ...Value) []Value {
	return lax.Jit(lax.JitParams{Jaxpr: traced(name, key, f, operands), Name: name}, operands...)
}

// traced is the jaxpr of f on operands like the given ones.
func traced(name, key string, f func(in []Value) []Value, operands []Value) *core.ClosedJaxpr {
	var stack [160]byte
	k := append(stack[:0], name...)
	k = append(append(append(k, 0), key...), 0, Config())
	k = append(append(k, lax.DefaultMatmulPrecision...), 0)
	for _, v := range operands {
		k = binary.LittleEndian.AppendUint32(k, v.Aval().ID())
	}
	k = core.AppendAxes(k)
	if j := calls[string(k)]; j != nil {
		return j
	}
	avals := make([]*core.Aval, len(operands))
	for i, v := range operands {
		avals[i] = v.Aval()
	}
	j := core.MakeJaxpr("jit", name, avals, f)
	if len(j.Consts) > 0 {
		core.Errorf(core.InternalError, "%s: a function recorded as a call closes over %d arrays", name, len(j.Consts))
	}
	calls[string(k)] = j
	return j
}

// call is Call of a function without static arguments.
func call(name string, f func(in []Value) []Value, operands ...Value) []Value {
	return Call(name, "", f, operands...)
}

// call1 is call of a function of one operand and one result.
func call1(name string, f func(x Value) Value, x Value) Value {
	return Call(name, "", func(in []Value) []Value { return []Value{f(in[0])} }, x)[0]
}

// call2 is call of a function of two operands and one result.
func call2(name string, f func(x, y Value) Value, x, y Value) Value {
	return Call(name, "", func(in []Value) []Value { return []Value{f(in[0], in[1])} }, x, y)[0]
}

// fused runs f, which is inline in jaxprs; where operations run at once it is compiled as one program.
// It is for exports that are not compiled as a unit because some of their arguments decide what is computed.
func fused(name, key string, f func(in []Value) []Value, operands ...Value) []Value {
	if core.IsEvaluating() {
		return Call(name, key, f, operands...)
	}
	return f(operands)
}

// Config is the part of the configuration that decides what a function computes, or whether it warns: it belongs in the
// key of whatever is cached by operands.
func Config() byte {
	c := byte(PromotionMode)<<1 | byte(RankPromotion)<<3
	if core.X64 {
		c |= 1
	}
	return c
}

// An optional operand may be nil. pack drops the missing ones and says in the key which they were; unpack undoes it.
func pack(operands ...Value) (present []Value, key string) {
	mask := make([]byte, len(operands))
	for i, v := range operands {
		mask[i] = '0'
		if v != nil {
			mask[i] = '1'
			present = append(present, v)
		}
	}
	return present, string(mask)
}

func unpack(key string, in []Value) []Value {
	out := make([]Value, len(key))
	k := 0
	for i := range key {
		if key[i] == '1' {
			out[i] = in[k]
			k++
		}
	}
	return out
}

// CallOptional is Call where operands may be nil; f gets them in their places.
func CallOptional(name, key string, f func(in []Value) []Value, operands ...Value) []Value {
	present, mask := pack(operands...)
	return Call(name, key+mask, func(in []Value) []Value { return f(unpack(mask, in)) }, present...)
}
