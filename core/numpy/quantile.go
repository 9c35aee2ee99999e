package numpy

import (
	"math"
	"slices"

	"github.com/jaxgo/jaxgo/core"
	"github.com/jaxgo/jaxgo/core/dtype"
	"github.com/jaxgo/jaxgo/core/lax"
)

// A Quantile holds the static arguments of quantile.
type Quantile struct {
	Axis     []int // nil: all axes, flattened
	Tuple    bool  // the axis was given as a tuple: keepdims then keeps all of them
	Method   string
	Keepdims bool
	skipNaN  bool
}

var quantileMethods = []string{"linear", "lower", "higher", "midpoint", "nearest", "inverted_cdf"}

// QuantileOf is the q-th quantile of x along the axes; weights may be nil.
func QuantileOf(x, q, weights Value, p Quantile) Value {
	name := "quantile"
	if p.skipNaN {
		name = "nanquantile"
	}
	key := p.Method + " " + reductionKey(p.Axis...) + string([]byte{flag(p.Axis == nil), flag(p.Tuple), flag(p.Keepdims)})
	return CallOptional(name, key, func(in []Value) []Value { return []Value{quantile(in[0], in[1], in[2], p)} }, x, q, weights)[0]
}

// A sample is what quantile sorts: values and weights, along one axis.
type sample struct {
	x, weights Value
	axis       int
	keep       []int // shape of the result under keepdims, where the axes were merged
}

func quantile(x, q, weights Value, p Quantile) Value {
	if !slices.Contains(quantileMethods, p.Method) {
		core.Errorf(core.ValueError, "method can only be 'linear', 'lower', 'higher', 'midpoint', 'nearest' or 'inverted_cdf'")
	}
	if weights == nil {
		x = PromoteDTypesInexact(x)[0]
	} else {
		x, weights = weighted(x, weights, p)
	}
	if x.Aval().DType.IsComplex() {
		core.Errorf(core.ValueError, "quantile does not support complex input, as the operation is poorly defined.")
	}
	s := p.merge(x, weights)
	if n := q.Aval().Ndim(); n > 1 {
		core.Errorf(core.ValueError, "q must be have rank <= 1, got shape %s", core.ShapeString(q.Aval().Shape))
	}
	result := x.Aval().DType
	if p.skipNaN {
		s.x = Where(isnan(s.x), number(math.NaN()), s.x)
	} else {
		hasNaN := Any(isnan(s.x), Reduction{Axis: []int{s.axis}, Keepdims: true})
		s.x = Where(hasNaN, number(math.NaN()), s.x)
	}
	if s.weights == nil {
		s.x = lax.Sort([]Value{s.x}, s.axis, true, 1)[0]
	} else {
		both := lax.Sort([]Value{s.x, s.weights}, s.axis, true, 1)
		s.x, s.weights = both[0], both[1]
	}
	var y Value
	switch {
	case p.Method == "inverted_cdf":
		y = s.invertedCDF(q, p)
	case p.skipNaN:
		y = s.interpolateCounted(q, p)
	default:
		y = s.interpolate(q, p)
	}
	if p.Keepdims && s.keep != nil {
		shape := s.keep
		if q.Aval().Ndim() > 0 {
			shape = append([]int{q.Aval().Shape[0]}, shape...)
		}
		y = lax.Reshape(y, shape)
	}
	return Convert(y, result, false)
}

func weighted(x, weights Value, p Quantile) (Value, Value) {
	if weights.Aval().DType.IsComplex() {
		core.Errorf(core.ValueError, "Weights cannot be complex types.")
	}
	if p.Method != "inverted_cdf" {
		core.Errorf(core.NotImplementedError, "%s doesn't support weights. Only method 'inverted_cdf' supports weights.", p.Method)
	}
	both := PromoteDTypesInexact(x, weights)
	x, weights = both[0], both[1]
	shape, w := x.Aval().Shape, weights.Aval().Shape
	if sameShape(shape, w) {
		return x, weights
	}
	if p.Axis == nil {
		core.Errorf(core.ValueError, "Weights shape must match 'a' shape when axis is None.")
	}
	axes, along := make([]int, len(p.Axis)), make([]int, len(p.Axis))
	for i, a := range p.Axis {
		axes[i] = normAxis(a, len(shape))
		along[i] = shape[axes[i]]
	}
	if !sameShape(w, along) {
		core.Errorf(core.ValueError, "Weights shape %s must match reduction axes %s", core.ShapeString(w), core.ShapeString(along))
	}
	return x, lax.BroadcastInDim(weights, shape, axes)
}

// merge brings the reduced axes together into one.
func (p Quantile) merge(x, weights Value) sample {
	shape := x.Aval().Shape
	n := len(shape)
	s := sample{x: x, weights: weights}
	reshape := func(to, perm []int) {
		s.x = lax.Reshape(lax.Transpose(s.x, perm), to)
		if s.weights != nil {
			s.weights = lax.Reshape(lax.Transpose(s.weights, perm), to)
		}
	}
	switch {
	case p.Axis == nil:
		if p.Keepdims {
			s.keep = repeated(1, n)
		}
		reshape([]int{x.Aval().Size()}, upTo(n))
	case p.Tuple:
		axes := make([]int, len(p.Axis))
		s.keep = slices.Clone(shape)
		for i, a := range p.Axis {
			axes[i] = normAxis(a, n)
			if slices.Contains(axes[:i], axes[i]) {
				core.Errorf(core.ValueError, "repeated axis")
			}
			s.keep[axes[i]] = 1
		}
		var kept, to []int
		merged := 1
		for i, size := range shape {
			if slices.Contains(axes, i) {
				merged *= size
			} else {
				kept, to = append(kept, i), append(to, size)
			}
		}
		perm := upTo(n)
		for i, k := range kept {
			perm[i], perm[k] = perm[k], perm[i]
		}
		reshape(append(to, merged), perm)
		s.axis = len(to)
	default:
		s.axis = normAxis(p.Axis[0], n)
	}
	return s
}

// interpolate takes the values below and above the place q·(n-1) of the sorted values, and their mixture.
func (s sample) interpolate(q Value, p Quantile) Value {
	shape := s.x.Aval().Shape
	qn, d := q.Aval().Ndim(), q.Aval().DType
	n := Convert(core.NewIntLiteral(dtype.Int64, int64(shape[s.axis]), false), d, false)
	last := func() Value { return Subtract(n, integer(1)) }
	q = lax.Mul(q, last())
	low, high := lax.Floor(q), lax.Ceil(q)
	highWeight := lax.Sub(q, low)
	lowWeight := lax.Sub(constLike(highWeight, 1), highWeight)
	low = lax.Clamp(constLike(low, 0), low, last())
	high = lax.Clamp(constLike(high, 0), high, last())
	low, high = Convert(low, defaultInt(), false), Convert(high, defaultInt(), false)

	sizes := slices.Clone(shape)
	sizes[s.axis] = 1
	g := lax.GatherDims{StartIndexMap: []int{s.axis}}
	offsets := len(shape)
	if !p.Keepdims {
		offsets--
		g.CollapsedSliceDims = []int{s.axis}
	}
	for i := range offsets {
		g.OffsetDims = append(g.OffsetDims, qn+i)
	}
	at := func(i Value) Value { return gather(s.x, lax.ExpandDims(i, qn), g, sizes) }
	lowValue, highValue := at(low), at(high)
	if qn == 1 {
		lowWeight = lax.BroadcastInDim(lowWeight, lowValue.Aval().Shape, []int{0})
		highWeight = lax.BroadcastInDim(highWeight, highValue.Aval().Shape, []int{0})
	}
	return mixture(p.Method, d, lowValue, highValue, lowWeight, highWeight)
}

// interpolateCounted is interpolate where NaN, sorted last, does not count.
func (s sample) interpolateCounted(q Value, p Quantile) Value {
	qn, d := q.Aval().Ndim(), q.Aval().DType
	counts := Sum(lax.Not(isnan(s.x)), Reduction{Axis: []int{s.axis}, DType: d, Keepdims: p.Keepdims})
	shape := counts.Aval().Shape
	qshape := q.Aval().Shape
	q = expandDims(q, span(qn, qn+len(shape)))
	counts = expandDims(counts, upTo(qn))
	q = lax.Mul(q, lax.Sub(counts, constLike(q, 1)))
	low, high := lax.Floor(q), lax.Ceil(q)
	highWeight := lax.Sub(q, low)
	lowWeight := lax.Sub(constLike(highWeight, 1), highWeight)
	low = lax.Max(constLike(low, 0), lax.Min(low, Subtract(counts, integer(1))))
	high = lax.Max(constLike(high, 0), lax.Min(high, Subtract(counts, integer(1))))
	low, high = Convert(low, defaultInt(), false), Convert(high, defaultInt(), false)

	out := append(slices.Clone(qshape), shape...)
	index := make([]Value, 0, len(shape)+1)
	for i := range shape {
		index = append(index, lax.BroadcastedIota(defaultInt(), out, qn+i))
	}
	if p.Keepdims {
		index[s.axis] = nil
	} else {
		index = slices.Insert(index, s.axis, Value(nil))
	}
	at := func(i Value) Value { index[s.axis] = i; return elements(s.x, index) }
	return mixture(p.Method, d, at(low), at(high), lowWeight, highWeight)
}

// elements picks one element of x for each element of the indices, which have one common shape.
func elements(x Value, index []Value) Value {
	n := x.Aval().Ndim()
	columns := make([]Value, n)
	at := index[0].Aval().Ndim()
	for i, v := range index {
		columns[i] = lax.ExpandDims(v, at)
	}
	g := lax.GatherDims{CollapsedSliceDims: upTo(n), StartIndexMap: upTo(n)}
	return gather(x, lax.Concatenate(columns, at), g, repeated(1, n))
}

func mixture(method string, d DType, low, high, lowWeight, highWeight Value) Value {
	switch method {
	case "linear":
		return lax.Add(lax.Mul(AsType(low, d), lowWeight), lax.Mul(AsType(high, d), highWeight))
	case "lower":
		return low
	case "higher":
		return high
	case "nearest":
		return lax.Select(lax.Le(highWeight, constLike(highWeight, 0.5)), low, high)
	}
	return lax.Mul(lax.Add(low, high), constLike(low, 0.5)) // midpoint
}

// invertedCDF takes the first value at which the cumulative weight reaches q times the total.
func (s sample) invertedCDF(q Value, p Quantile) Value {
	x, w, axis := s.x, s.weights, s.axis
	qn, d := q.Aval().Ndim(), q.Aval().DType
	along := Reduction{Axis: []int{axis}, Keepdims: p.Keepdims}
	if w == nil {
		w = fullLike(x, 1)
	}
	zeros := fullLike(w, 0)
	bad := lax.Or(lax.Lt(w, zeros), isnan(w))
	nan := isnan(x)
	w = lax.Select(lax.Or(bad, nan), zeros, w)
	cum := Cumsum(w, Cumulative{Axis: axis})
	shape := cum.Aval().Shape
	start, limit := repeated(0, len(shape)), slices.Clone(shape)
	start[axis] = shape[axis] - 1
	total := lax.Slice(cum, start, limit, nil)
	if !p.Keepdims {
		total = lax.Squeeze(total, []int{axis})
	}
	target := lax.Mul(lax.Reshape(q, append(slices.Clone(q.Aval().Shape), repeated(1, total.Aval().Ndim())...)), expandDims(total, upTo(qn)))
	if !p.Keepdims {
		target = lax.ExpandDims(target, axis+qn)
	}
	less := lax.Lt(expandDims(cum, upTo(qn)), target)
	idx := Sum(Convert(less, defaultInt(), false), Reduction{Axis: []int{axis + qn}, Keepdims: p.Keepdims})

	valid := Value(nil)
	if p.skipNaN {
		valid = Sum(lax.Not(nan), Reduction{Axis: along.Axis, DType: d, Keepdims: p.Keepdims})
	} else {
		valid = fill(total.Aval().Shape, literal(d, float64(shape[axis])))
	}
	last := expandDims(Convert(lax.Sub(valid, constLike(valid, 1)), defaultInt(), false), upTo(qn))
	idx = lax.Max(constLike(idx, 0), lax.Min(idx, Convert(last, idx.Aval().DType, false)))
	if !p.Keepdims {
		idx = lax.ExpandDims(idx, axis+qn)
	}
	out := idx.Aval().Shape
	index := make([]Value, len(shape))
	for i := range shape {
		if index[i] = idx; i != axis {
			index[i] = lax.BroadcastedIota(idx.Aval().DType, out, qn+i)
		}
	}
	y := elements(x, index)
	if !p.Keepdims {
		y = lax.Squeeze(y, []int{axis + qn})
	}
	broken := Any(bad, along)
	if p.skipNaN {
		broken = lax.Or(broken, lax.Eq(valid, fullLike(valid, 0)))
	} else {
		broken = lax.Or(broken, Any(nan, along))
	}
	return Where(expandDims(broken, upTo(qn)), fullLike(y, math.NaN()), y)
}

func span(from, to int) []int {
	s := make([]int, 0, to-from)
	for i := from; i < to; i++ {
		s = append(s, i)
	}
	return s
}

// percentile is quantile of q/100.
func percentile(x, q, weights Value, p Quantile) Value {
	return QuantileOf(x, TrueDivide(PromoteDTypesInexact(q)[0], integer(100)), weights, p)
}

// median is the quantile in the middle.
func median(x Value, p Quantile) Value {
	p.Method = "midpoint"
	return QuantileOf(x, number(0.5), nil, p)
}

// Median is the middle of the sorted elements, or the mean of the two there.
func Median(x Value, p Quantile) Value {
	key := reductionKey(p.Axis...) + string([]byte{flag(p.Axis == nil), flag(p.Tuple), flag(p.Keepdims)})
	return Call("median", key, func(in []Value) []Value { return []Value{median(in[0], p)} }, x)[0]
}

func init() {
	args := func(a *core.Args, axis, method, keepdims int, skipNaN bool) Quantile {
		p := Quantile{Axis: a.Ints(axis), Keepdims: a.Bool(keepdims), skipNaN: skipNaN}
		p.Tuple = !a.IsNone(axis) && a.List[axis].Kind == core.ArgSeq
		if method >= 0 {
			p.Method = a.Str(method)
		}
		return p
	}
	for _, nan := range []bool{false, true} {
		prefix := ""
		if nan {
			prefix = "nan"
		}
		// a, q, axis, method, keepdims, weights
		core.Export1("jnp."+prefix+"quantile", "xxssso", func(a *core.Args) Value {
			return quantile(a.X(0), a.X(1), a.Opt(5), args(a, 2, 3, 4, nan))
		}).Jit(prefix + "quantile")
		core.Export1("jnp."+prefix+"percentile", "xxssso", func(a *core.Args) Value {
			return percentile(a.X(0), a.X(1), a.Opt(5), args(a, 2, 3, 4, nan))
		}).Jit(prefix + "percentile")
		// a, axis, keepdims
		core.Export1("jnp."+prefix+"median", "xss", func(a *core.Args) Value {
			return median(a.X(0), args(a, 1, -1, 2, nan))
		}).Jit(prefix + "median")
	}
}

// gather is lax.Gather of indices known to lie within bounds.
func gather(x, indices Value, g lax.GatherDims, sizes []int) Value {
	return lax.Gather(x, indices, g, sizes, lax.GatherOpts{Mode: lax.PromiseInBounds})
}
