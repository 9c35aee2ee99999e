package nn

import (
	"fmt"
	"strings"

	"github.com/jaxgo/jaxgo/core"
	"github.com/jaxgo/jaxgo/core/dtype"
	"github.com/jaxgo/jaxgo/core/lax"
	jnp "github.com/jaxgo/jaxgo/core/numpy"
)

// Attention holds the arguments of DotProductAttention besides query, key and value; operands may be nil.
type Attention struct {
	Bias, Mask     Value
	Scale          Value
	QueryLengths   Value // how many queries and keys of each batch are valid
	KeyLengths     Value
	Causal         bool
	Window         *[2]int // how far a query looks back and ahead
	ReturnResidual bool
}

// In the shapes below, B is the batch, T the number of queries, S that of keys, N the number of query heads, K that of
// key heads, G = N/K how many query heads share a key head, H the size of a head.

// to4D adds leading axes.
func to4D(x Value) Value {
	if x == nil {
		return nil
	}
	var axes []int
	for i := range 4 - x.Aval().Ndim() {
		axes = append(axes, i)
	}
	if axes == nil {
		return x
	}
	return lax.ExpandDims(x, axes...)
}

// checkOperand is JAX's check of an operand; sizes of -1 and Invalid dtypes go with everything.
func checkOperand(x Value, shape []int, d jnp.DType, name string) {
	if x == nil {
		return
	}
	a := x.Aval()
	if a.Ndim() != len(shape) {
		core.Errorf(core.ValueError, "%s ndim should be %d, but got %d", name, len(shape), a.Ndim())
	}
	if d != dtype.Invalid && a.DType != d {
		core.Errorf(core.ValueError, "%s dtype should be %s, but got %s", name, d.Name(), a.DType.Name())
	}
	for i, n := range shape {
		if n != -1 && a.Shape[i] != n {
			core.Errorf(core.ValueError, "%s shape should be %s: but got %s", name, strings.ReplaceAll(fmt.Sprint(shape), " ", ", "), core.ShapeString(a.Shape))
		}
	}
}

// DotProductAttention weighs values by the softmax of the products of queries and keys. The second result, if asked
// for, is the logarithm of the softmax's denominator.
func DotProductAttention(query, key, value Value, p Attention) []Value {
	shape := query.Aval().Shape
	query, key, value = to4D(query), to4D(key), to4D(value)
	p.Bias, p.Mask = to4D(p.Bias), to4D(p.Mask)
	ks := key.Aval().Shape
	B, S, K, H := ks[0], ks[1], ks[2], ks[3]
	d := key.Aval().DType
	checkOperand(value, []int{B, S, K, H}, d, "value")
	checkOperand(query, []int{B, -1, -1, H}, d, "query")
	checkOperand(p.Mask, []int{-1, -1, -1, -1}, dtype.Bool, "mask")
	checkOperand(p.Bias, []int{-1, -1, -1, -1}, dtype.Invalid, "bias")
	checkOperand(p.QueryLengths, []int{B}, dtype.Int32, "query_seq_lengths")
	checkOperand(p.KeyLengths, []int{B}, dtype.Int32, "key_value_seq_lengths")
	T, N := query.Aval().Shape[1], query.Aval().Shape[2]
	if K == 0 || N%K != 0 {
		core.Errorf(core.ValueError, "The number of query heads must be a multiple of key/value heads, but got %d vs %d", N, K)
	}
	out := p.grouped(lax.Reshape(query, []int{B, T, K, N / K, H}), key, value)
	out[0] = lax.Reshape(out[0], shape)
	if p.ReturnResidual {
		out[1] = lax.Reshape(out[1], shape[:len(shape)-1])
	}
	return out
}

// perGroup brings a bias or mask (B or 1, N or 1, T, S) to the logits' axes (B, K, T, G, S).
func perGroup(x Value, K, G int) Value {
	s := x.Aval().Shape
	if s[1] == 1 {
		return lax.ExpandDims(x, 3)
	}
	if s[1] != K*G {
		core.Errorf(core.AssertionError, "bias and mask must have 1 or %d heads, got %d", K*G, s[1])
	}
	return lax.Transpose(lax.Reshape(x, []int{s[0], K, G, s[2], s[3]}), []int{0, 1, 3, 2, 4})
}

// grouped is the attention of queries (B, T, K, G, H).
func (p *Attention) grouped(query, key, value Value) []Value {
	qs := query.Aval().Shape
	K, G := qs[2], qs[3]
	d := query.Aval().DType
	precision := ""
	if d == dtype.BFloat16 {
		precision = "BF16_BF16_F32"
	}
	accumulate, _, _ := dtype.Promote2(dtype.Typed{D: d}, dtype.Typed{D: dtype.Float32}, core.X64)
	logits := lax.DotGeneral(query, key, lax.DotDims{LhsContract: []int{4}, RhsContract: []int{3}, LhsBatch: []int{0, 2}, RhsBatch: []int{0, 2}}, precision, accumulate)
	logits = jnp.Multiply(logits, jnp.AsType(p.Scale, accumulate))
	if p.Bias != nil {
		logits = jnp.AsType(jnp.Add(logits, perGroup(p.Bias, K, G)), accumulate)
	}
	logits = jnp.AsType(p.masked(logits, K, G), dtype.Float32)
	probs := jnp.AsType(Softmax(logits, []int{-1}, nil), key.Aval().DType)
	pd := jnp.ResultType(probs, value)
	// (B, K, H, T, G)
	encoded := lax.DotGeneral(value, probs, lax.DotDims{LhsContract: []int{1}, RhsContract: []int{4}, LhsBatch: []int{0, 2}, RhsBatch: []int{0, 1}}, "", pd)
	encoded = lax.Transpose(encoded, []int{0, 3, 1, 4, 2})
	if p.QueryLengths != nil {
		valid := jnp.Less(lax.ExpandDims(iota32(qs[1]), 0), lax.ExpandDims(p.QueryLengths, 1))
		encoded = jnp.Multiply(encoded, jnp.AsType(lax.ExpandDims(valid, 2, 3, 4), encoded.Aval().DType))
	}
	if !p.ReturnResidual {
		return []Value{encoded}
	}
	residual, _ := jnp.Logsumexp(logits, nil, jnp.Reduction{Axis: []int{-1}}, false)
	residual = lax.Transpose(jnp.AsType(residual, key.Aval().DType), []int{0, 2, 1, 3})
	return []Value{encoded, lax.StopGradient(residual)}
}

func iota32(n int) Value { return lax.Iota(dtype.Default(dtype.KindInt, core.X64), n) }

// masked replaces the logits (B, K, T, G, S) of pairs that take no part by a large negative number.
func (p *Attention) masked(logits Value, K, G int) Value {
	if p.Mask == nil && !p.Causal && p.QueryLengths == nil && p.KeyLengths == nil && p.Window == nil {
		return logits
	}
	a := logits.Aval()
	T, S := a.Shape[2], a.Shape[4]
	all := lax.Full(a.Shape, core.NewIntLiteral(dtype.Bool, 1, false))
	and := func(mask Value) { all = jnp.LogicalAnd(all, mask) }
	if p.Mask != nil {
		and(perGroup(p.Mask, K, G))
	}
	pairs := func(mask Value) Value { return lax.BroadcastInDim(mask, []int{1, 1, T, 1, S}, []int{2, 4}) } // of (T, S)
	if p.Causal {
		and(pairs(jnp.Tril(lax.Full([]int{T, S}, core.NewIntLiteral(dtype.Bool, 1, false)), 0)))
	}
	if w := p.Window; w != nil {
		query, key := lax.ExpandDims(iota32(T), 1), lax.ExpandDims(iota32(S), 0)
		back := jnp.LessEqual(query, jnp.Add(key, integer(w[0])))
		ahead := jnp.GreaterEqual(query, jnp.Subtract(key, integer(w[1])))
		and(pairs(jnp.LogicalAnd(ahead, back)))
	}
	if p.QueryLengths != nil {
		and(jnp.Less(lax.Reshape(iota32(T), []int{1, 1, T, 1, 1}), lax.ExpandDims(p.QueryLengths, 1, 2, 3, 4)))
	}
	if p.KeyLengths != nil {
		and(jnp.Less(lax.Reshape(iota32(S), []int{1, 1, 1, 1, S}), lax.ExpandDims(p.KeyLengths, 1, 2, 3, 4)))
	}
	least := -0.7 * min(dtype.Limits(a.DType).Max, dtype.Limits(dtype.Float32).Max)
	return jnp.Where(all, logits, core.NewLiteral(a.DType, complex(least, 0), false))
}

func init() {
	// query, key, value, bias, mask, scale, query_seq_lengths, key_value_seq_lengths, is_causal,
	// local_window_size (a pair or None), return_residual
	core.Export("nn.dot_product_attention", "xxxooxoosss", func(a *core.Args) []Value {
		p := Attention{Bias: a.Opt(3), Mask: a.Opt(4), Scale: a.X(5), QueryLengths: a.Opt(6), KeyLengths: a.Opt(7),
			Causal: a.Bool(8), ReturnResidual: a.Bool(10)}
		if w := a.Ints(9); w != nil {
			p.Window = &[2]int{w[0], w[len(w)-1]}
		}
		return DotProductAttention(a.X(0), a.X(1), a.X(2), p)
	})
}
