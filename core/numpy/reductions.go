package numpy

import (
	"math"
	"slices"

	"github.com/jaxgo/jaxgo/core"
	"github.com/jaxgo/jaxgo/core/dtype"
	"github.com/jaxgo/jaxgo/core/lax"
)

// A Reduction holds the optional arguments of a reduction; the zero value reduces over all axes.
type Reduction struct {
	Axis     []int // nil: all axes; empty: none
	DType    DType // Invalid: that of the operand, integers widened where the function widens them
	Keepdims bool
	Initial  Value // may be nil
	Where    Value // boolean mask of what takes part; may be nil
	// KeepIntegers is promote_integers=False.
	KeepIntegers bool
}

// A monoid is what reductions differ in.
type monoid struct {
	name    string
	reduce  func(x Value, axes []int) Value
	combine binaryFunc
	// init is the value of no elements, for masks; infinities become the extremes of integers.
	init float64
	// boolean replaces the monoid where the result is boolean.
	boolean  *monoid
	identity bool // an empty reduction has a value
	widen    bool // integers are widened to the default integer
	upcast   bool // 16-bit floats are reduced in float32
	preproc  unaryFunc
}

var (
	anyOf = monoid{name: "any", reduce: lax.ReduceOr, combine: lax.Or, identity: true, preproc: castToBool}
	allOf = monoid{name: "all", reduce: lax.ReduceAnd, combine: lax.And, init: 1, identity: true, preproc: castToBool}
	sumOf = monoid{name: "sum", reduce: reduceSum, combine: lax.Add, boolean: &anyOf, identity: true, widen: true, upcast: true, preproc: castToNumeric}
	proOf = monoid{name: "prod", reduce: lax.ReduceProd, combine: lax.Mul, init: 1, boolean: &allOf, identity: true, widen: true, upcast: true, preproc: castToNumeric}
	maxOf = monoid{name: "max", reduce: lax.ReduceMax, combine: lax.Max, init: math.Inf(-1)}
	minOf = monoid{name: "min", reduce: lax.ReduceMin, combine: lax.Min, init: math.Inf(1)}

	bitAnd = monoid{name: "reduce_bitwise_and", reduce: lax.ReduceAnd, combine: lax.And, init: -1, identity: true, preproc: requireInteger}
	bitOr  = monoid{name: "reduce_bitwise_or", reduce: lax.ReduceOr, combine: lax.Or, identity: true, preproc: requireInteger}
	bitXor = monoid{name: "reduce_bitwise_xor", reduce: lax.ReduceXor, combine: lax.Xor, identity: true, preproc: requireInteger}

	logicalAnd = monoid{name: "reduce_logical_and", reduce: lax.ReduceAnd, combine: lax.And, init: 1, identity: true, preproc: castToBool}
	logicalOr  = monoid{name: "reduce_logical_or", reduce: lax.ReduceOr, combine: lax.Or, identity: true, preproc: castToBool}
	logicalXor = monoid{name: "reduce_logical_xor", reduce: lax.ReduceXor, combine: lax.Xor, identity: true, preproc: castToBool}
)

func reduceSum(x Value, axes []int) Value { return lax.ReduceSum(x, axes) }

func castToBool(x Value) Value {
	if x.Aval().DType.IsComplex() {
		x = lax.Real(x)
	}
	return Convert(x, dtype.Bool, false)
}

func castToNumeric(x Value) Value { return convertAll(DType.ToNumeric, []Value{x})[0] }

func requireInteger(x Value) Value {
	if d := x.Aval().DType; !d.IsBool() && !d.IsInteger() {
		core.Errorf(core.ValueError, "integer argument required; got dtype=%s", d.Name())
	}
	return x
}

// upcast is float32 for the 16-bit floats, whose sums lose too much.
func upcast(d DType) DType {
	if d == dtype.Float16 || d == dtype.BFloat16 {
		return dtype.Float32
	}
	return d
}

// widened is the dtype that integers and booleans are summed in.
func widened(d DType) DType {
	var w DType
	switch {
	case d.IsBool():
		return defaultInt()
	case d.IsUnsigned():
		w = dtype.Default(dtype.KindUint, core.X64)
	case d.IsInteger():
		w = defaultInt()
	default:
		return d
	}
	if d.Bits() < w.Bits() {
		return w
	}
	return d
}

// repr is Python's repr of a dtype; those that NumPy doesn't have have no quotes.
func repr(d DType) string {
	if d == dtype.BFloat16 || d.IsFloating() && d.Bits() < 16 || d.IsInteger() && d.Bits() < 8 {
		return "dtype(" + d.Name() + ")"
	}
	return "dtype('" + d.Name() + "')"
}

func checkWhere(name string, where Value) {
	if where != nil && !where.Aval().DType.IsBool() {
		core.Errorf(core.ValueError, "jnp.%s: where must be None or a boolean array; got where.dtype=%s.", name, repr(where.Aval().DType))
	}
}

// normAxis checks an axis and makes it positive.
func normAxis(axis, ndim int) int {
	if axis < -ndim || axis >= ndim {
		core.Errorf(core.ValueError, "axis %d is out of bounds for array of dimension %d", axis, ndim)
	}
	if axis < 0 {
		axis += ndim
	}
	return axis
}

func upTo(n int) []int {
	s := make([]int, n)
	for i := range s {
		s[i] = i
	}
	return s
}

// reductionAxes are the axes that axis names.
func reductionAxes(x Value, axis []int) []int {
	n := x.Aval().Ndim()
	if axis == nil {
		return upTo(n)
	}
	dims := make([]int, len(axis))
	for i, d := range axis {
		dims[i] = normAxis(d, n)
		if slices.Contains(dims[:i], dims[i]) {
			core.Errorf(core.ValueError, "duplicate value in 'axis': %s", core.ShapeString(axis))
		}
	}
	return dims
}

// initial is the value of no elements in dtype d.
func (m *monoid) initial(d DType) Value {
	b := make([]byte, d.Size())
	switch {
	case d.IsBool():
		if m.init > 0 || m.init == -1 {
			return core.NewIntLiteral(d, 1, false)
		}
		return core.NewIntLiteral(d, 0, false)
	case !math.IsInf(m.init, 0) || d.IsInexact() && (d.IsComplex() || d.SupportsInf()):
		return literal(d, m.init)
	case m.init < 0:
		dtype.PutMin(d, b)
	default:
		dtype.PutMax(d, b)
	}
	re, _, i, _ := dtype.Scalar(d, b)
	if d.IsInexact() {
		return literal(d, re)
	}
	return core.NewIntLiteral(d, i, false)
}

// apply is JAX's _reduction.
func (m *monoid) apply(x Value, r Reduction) Value {
	name := m.name
	checkWhere(name, r.Where)
	if r.Initial == nil && !m.identity && r.Where != nil {
		core.Errorf(core.ValueError, "reduction operation %s does not have an identity, so to use a where mask one has to specify 'initial'", name)
	}
	if m.preproc != nil {
		x = m.preproc(x)
	}
	axes := reductionAxes(x, r.Axis)
	if r.Initial == nil && !m.identity {
		for _, d := range axes {
			if x.Aval().Shape[d] == 0 {
				core.Errorf(core.ValueError, "zero-size array to reduction operation %s which has no identity", name)
			}
		}
	}
	result := r.DType
	if result == dtype.Invalid {
		if result = x.Aval().DType; m.widen && !r.KeepIntegers {
			result = widened(result)
		}
	}
	compute := result
	if m.upcast && r.DType == dtype.Invalid {
		compute = upcast(result)
	}
	x = Convert(x, compute, false)
	if m.boolean != nil && compute.IsBool() {
		m = m.boolean
	}
	if r.Where != nil {
		x = Where(r.Where, x, m.initial(compute))
	}
	y := Convert(m.reduce(x, axes), compute, false)
	if r.Initial != nil {
		init := Convert(r.Initial, compute, false)
		if init.Aval().Ndim() != 0 {
			core.Errorf(core.ValueError, "initial value must be a scalar. Got array of shape %s", core.ShapeString(init.Aval().Shape))
		}
		y = m.combine(init, y)
	}
	if r.Keepdims {
		y = expandDims(y, axes)
	}
	return Convert(y, result, false)
}

func expandDims(x Value, axes []int) Value {
	if len(axes) == 0 {
		return x
	}
	return lax.ExpandDims(x, axes...)
}

// Sum adds up the elements.
func Sum(x Value, r Reduction) Value { return sumOf.apply(x, r) }

// Prod multiplies the elements.
func Prod(x Value, r Reduction) Value { return proOf.apply(x, r) }

// Max is the greatest element.
func Max(x Value, r Reduction) Value { return maxOf.apply(x, r) }

// Min is the least element.
func Min(x Value, r Reduction) Value { return minOf.apply(x, r) }

// All reports whether all elements are true.
func All(x Value, r Reduction) Value { return allOf.apply(x, r) }

// Any reports whether an element is true.
func Any(x Value, r Reduction) Value { return anyOf.apply(x, r) }

// Mean is the average of the elements.
func Mean(x Value, r Reduction) Value {
	checkWhere("mean", r.Where)
	result := r.DType
	compute := result
	if result == dtype.Invalid {
		result = inexact(x.Aval().DType)
		compute = upcast(result)
	}
	n := counted(x, r, compute)
	total := Sum(x, Reduction{Axis: r.Axis, DType: compute, Keepdims: r.Keepdims, Where: r.Where})
	return AsType(lax.Div(total, n), result)
}

// counted is the number of elements that take part in a reduction, in dtype d.
func counted(x Value, r Reduction, d DType) Value {
	if r.Where != nil {
		return Sum(BroadcastTo(r.Where, x.Aval().Shape), Reduction{Axis: r.Axis, DType: d, Keepdims: r.Keepdims})
	}
	n := 1
	shape := x.Aval().Shape
	if r.Axis == nil {
		n = x.Aval().Size()
	}
	for _, a := range r.Axis {
		if a < -len(shape) || a >= len(shape) {
			core.Errorf(core.IndexError, "tuple index out of range")
		}
		n *= shape[(a+len(shape))%len(shape)]
	}
	return Convert(core.NewIntLiteral(dtype.Int64, int64(n), false), d, false)
}

// Var is the variance, with the sum of squares divided by the number of elements less correction; mean may be nil.
func Var(x Value, r Reduction, correction, mean Value) Value {
	return CallOptional("_var", r.key(), func(in []Value) []Value {
		return []Value{variance(in[0], r.with(nil, in[2]), in[1], in[3])}
	}, x, correction, r.Where, mean)[0]
}

// Std is the square root of Var.
func Std(x Value, r Reduction, correction, mean Value) Value {
	return CallOptional("_std", r.key(), func(in []Value) []Value {
		return []Value{deviation(in[0], r.with(nil, in[2]), in[1], in[3])}
	}, x, correction, r.Where, mean)[0]
}

func variance(x Value, r Reduction, correction, mean Value) Value {
	checkWhere("var", r.Where)
	compute, result := varTypes(x.Aval().DType, r.DType)
	x = AsType(x, compute)
	if mean == nil {
		mean = Mean(x, Reduction{Axis: r.Axis, DType: compute, Keepdims: true, Where: r.Where})
	} else {
		mean = AsType(mean, compute)
	}
	centered := squared(lax.Sub(PromoteShapes("var", x, mean)))
	compute = centered.Aval().DType
	n := lax.Sub(counted(x, r, compute), Convert(correction, compute, false))
	total := Sum(centered, Reduction{Axis: r.Axis, DType: compute, Keepdims: r.Keepdims, Where: r.Where})
	y := AsType(lax.Div(total, n), result)
	return Where(Greater(n, integer(0)), y, number(math.NaN()))
}

// squared is |x|².
func squared(x Value) Value {
	if x.Aval().DType.IsComplex() {
		return lax.Real(lax.Mul(x, lax.Conj(x)))
	}
	return lax.Square(x)
}

func deviation(x Value, r Reduction, correction, mean Value) Value {
	checkWhere("std", r.Where)
	if r.DType != dtype.Invalid && !r.DType.IsInexact() {
		core.Errorf(core.ValueError, "dtype argument to jnp.std must be inexact; got %s", r.DType.Name())
	}
	return lax.Sqrt(Var(x, r, correction, mean))
}

// varTypes are the dtypes that a variance is computed in and given as.
func varTypes(x, want DType) (compute, result DType) {
	switch {
	case want != dtype.Invalid:
		if !want.IsComplex() && x.IsComplex() {
			core.Errorf(core.ValueError, "jax.numpy.var does not yet support real dtype parameters when computing the variance of an array of complex values. The semantics of numpy.var seem unclear in this case. Please comment on https://github.com/jax-ml/jax/issues/2283 if this behavior is important to you.")
		}
		compute, result = want, want
	case !x.IsInexact():
		result = inexact(x)
		compute = result
	default:
		compute, result = x, x.Real()
	}
	return upcast(compute), result
}

// key tells the static arguments apart in the cache of calls.
func (r Reduction) key() string {
	b := []byte{byte(r.DType), flag(r.Keepdims), flag(r.KeepIntegers), flag(r.Axis == nil)}
	for _, a := range r.Axis {
		b = append(b, byte(a), byte(a>>8))
	}
	return string(b) + ";"
}

func flag(b bool) byte {
	if b {
		return 1
	}
	return 0
}

// with is r with other operands.
func (r Reduction) with(initial, where Value) Reduction {
	r.Initial, r.Where = initial, where
	return r
}

// Ptp is the range of the elements, from least to greatest.
func Ptp(x Value, r Reduction) Value {
	return Call("_ptp", r.key(), func(in []Value) []Value { return []Value{ptp(in[0], r)} }, x)[0]
}

func ptp(x Value, r Reduction) Value { return lax.Sub(Max(x, r), Min(x, r)) }

// CountNonzero is the number of elements that are not zero.
func CountNonzero(x Value, r Reduction) Value {
	return Call("count_nonzero", r.key(), func(in []Value) []Value { return []Value{countNonzero(in[0], r)} }, x)[0]
}

func countNonzero(x Value, r Reduction) Value {
	return Sum(lax.Ne(x, constLike(x, 0)), Reduction{Axis: r.Axis, DType: defaultInt(), Keepdims: r.Keepdims})
}

// Average is the mean of x weighted by weights, which may be nil, and the sum of the weights.
func Average(x, weights Value, r Reduction) (avg, total Value) {
	n := x.Aval().Ndim()
	axes := make([]int, 0, n)
	if r.Axis == nil {
		axes = upTo(n)
	}
	for _, a := range r.Axis {
		axes = append(axes, normAxis(a, n))
	}
	if weights == nil {
		x = PromoteDTypesInexact(x)[0]
		avg = Mean(x, r)
		size := 1
		for _, a := range axes {
			size *= x.Aval().Shape[a]
		}
		return avg, literal(avg.Aval().DType, float64(size))
	}
	both := PromoteDTypesInexact(x, weights)
	x, weights = both[0], both[1]
	if shape, w := x.Aval().Shape, weights.Aval().Shape; !sameShape(shape, w) {
		if r.Axis == nil {
			core.Errorf(core.ValueError, "Axis must be specified when shapes of a and weights differ.")
		}
		along, spread := make([]int, len(axes)), repeated(1, n)
		for i, a := range axes {
			along[i], spread[a] = shape[a], shape[a]
		}
		if !sameShape(w, along) {
			core.Errorf(core.ValueError, "Shape of weights must be consistent with shape of a along specified axis.")
		}
		weights = lax.Reshape(lax.Transpose(weights, argsort(axes)), spread)
	}
	total = Sum(weights, r)
	return TrueDivide(Sum(Multiply(x, weights), r), total), total
}

func argsort(xs []int) []int {
	order := upTo(len(xs))
	slices.SortStableFunc(order, func(i, j int) int { return xs[i] - xs[j] })
	return order
}

func average(a *core.Args) []Value { // a, axis, weights, returned, keepdims
	avg, total := Average(a.X(0), a.Opt(2), Reduction{Axis: a.Ints(1), Keepdims: a.Bool(4)})
	if !a.Bool(3) {
		return []Value{avg}
	}
	return []Value{avg, BroadcastTo(total, avg.Aval().Shape)}
}

// A nanReduction replaces NaN by what does not change the result.
func nanReduction(m *monoid, name string, nanIfAll bool) func(x Value, r Reduction) Value {
	return func(x Value, r Reduction) Value {
		checkWhere(name, r.Where)
		d := x.Aval().DType
		if !d.IsInexact() {
			return m.apply(x, r)
		}
		out := m.apply(Where(isnan(x), m.initial(d), x), r)
		if nanIfAll && r.Initial == nil {
			out = Where(All(isnan(x), Reduction{Axis: r.Axis, Keepdims: r.Keepdims}), constLike(x, math.NaN()), out)
		}
		return out
	}
}

var (
	nanmax  = nanReduction(&maxOf, "nanmax", true)
	nanmin  = nanReduction(&minOf, "nanmin", true)
	nansum  = nanReduction(&sumOf, "nansum", false)
	nanprod = nanReduction(&proOf, "nanprod", false)
)

// Nansum is Sum of the elements that are not NaN.
func Nansum(x Value, r Reduction) Value { return reductionCall("nansum", nansum, x, r) }

// Nanmean is Mean of the elements that are not NaN.
func Nanmean(x Value, r Reduction) Value { return reductionCall("nanmean", nanmean, x, r) }

// reductionCall records a reduction that JAX decorates with jit.
func reductionCall(name string, f func(Value, Reduction) Value, x Value, r Reduction) Value {
	return CallOptional(name, r.key(), func(in []Value) []Value {
		return []Value{f(in[0], r.with(in[1], in[2]))}
	}, x, r.Initial, r.Where)[0]
}

func nanmean(x Value, r Reduction) Value {
	checkWhere("nanmean", r.Where)
	d := x.Aval().DType
	if d.IsBool() || d.IsInteger() {
		return Mean(x, r)
	}
	if r.DType == dtype.Invalid {
		r.DType = inexact(d)
	}
	n := Sum(lax.Not(isnan(x)), r)
	return lax.Div(Nansum(x, r), n)
}

func nanvar(x Value, r Reduction, ddof, mean Value) Value {
	checkWhere("nanvar", r.Where)
	compute, result := varTypes(x.Aval().DType, r.DType)
	x = AsType(x, compute)
	if mean == nil {
		mean = Nanmean(x, Reduction{Axis: r.Axis, DType: compute, Keepdims: true, Where: r.Where})
	} else {
		mean = AsType(mean, compute)
	}
	centered := squared(Where(isnan(x), integer(0), lax.Sub(PromoteShapes("nanvar", x, mean))))
	plain := Reduction{Axis: r.Axis, Keepdims: r.Keepdims, Where: r.Where}
	n := Subtract(Sum(lax.Not(isnan(x)), plain), ddof)
	none := lax.Le(n, constLike(n, 0))
	total := Where(none, number(math.NaN()), Sum(centered, plain))
	y := lax.Div(total, Convert(Where(none, integer(1), n), total.Aval().DType, false))
	return Convert(y, result, false)
}

func nanstd(x Value, r Reduction, ddof, mean Value) Value {
	checkWhere("nanstd", r.Where)
	return lax.Sqrt(CallOptional("nanvar", r.key(), func(in []Value) []Value {
		return []Value{nanvar(in[0], r.with(nil, in[2]), in[1], in[3])}
	}, x, ddof, r.Where, mean)[0])
}

// A Cumulative holds the arguments of a cumulative sum or product.
type Cumulative struct {
	Axis  int
	Flat  bool // axis=None
	DType DType
}

type cumulation struct {
	name    string
	op      func(x Value, axis int, reverse bool) Value
	fillNaN bool
	fill    float64
	widen   bool
}

func (c cumulation) apply(x Value, p Cumulative) Value {
	a := x.Aval()
	axis := p.Axis
	if p.Flat || a.Ndim() == 0 {
		x = lax.Reshape(x, []int{a.Size()})
	}
	if p.Flat {
		axis = 0
	}
	axis = normAxis(axis, x.Aval().Ndim())
	if c.fillNaN {
		x = Where(isnan(x), constLike(x, c.fill), x)
	}
	d := a.DType
	result := p.DType
	compute := result
	switch {
	case result == dtype.Invalid:
		if result = d; c.widen || d.IsBool() {
			result = widened(d)
		}
		compute = result
	case result.IsBool():
		if !d.IsBool() {
			x = NotEqual(x, integer(0))
		}
		compute = widened(result)
	}
	return Convert(c.op(Convert(x, compute, false), axis, false), result, false)
}

var (
	cumsum  = cumulation{name: "cumsum", op: lax.Cumsum}
	cumprod = cumulation{name: "cumprod", op: lax.Cumprod}
	// What jnp.cumulative_sum calls.
	cumsumWidened = cumulation{name: "_cumsum_with_promotion", op: lax.Cumsum, widen: true}
)

// Cumsum is the running sum along an axis.
func Cumsum(x Value, p Cumulative) Value { return cumsum.call(x, p) }

// Cumprod is the running product along an axis.
func Cumprod(x Value, p Cumulative) Value { return cumprod.call(x, p) }

func (c cumulation) call(x Value, p Cumulative) Value {
	key := string([]byte{byte(p.Axis), byte(p.Axis >> 8), flag(p.Flat), byte(p.DType)})
	return Call(c.name, key, func(in []Value) []Value { return []Value{c.apply(in[0], p)} }, x)[0]
}

// cumulative is jnp.cumulative_sum and cumulative_prod: x, axis, dtype, include_initial.
func cumulative(what string, first float64, f func(Value, Cumulative) Value) func(a *core.Args) Value {
	return func(a *core.Args) Value {
		x, n := a.X(0), a.X(0).Aval().Ndim()
		if n == 0 {
			core.Errorf(core.ValueError, "The input must be non-scalar to take a cumulative %s, however a scalar value or scalar array was given.", what)
		}
		if a.IsNone(1) && n > 1 {
			core.Errorf(core.ValueError, "The input array has rank %d, however axis was not set to an explicit value. The axis argument is only optional for one-dimensional arrays.", n)
		}
		axis := normAxis(a.IntOr(1, 0), n)
		y := f(x, Cumulative{Axis: axis, DType: a.DType(2)})
		if !a.Bool(3) {
			return y
		}
		shape := slices.Clone(x.Aval().Shape)
		shape[axis] = 1
		return lax.Concatenate([]Value{fill(shape, literal(y.Aval().DType, first)), y}, axis)
	}
}

// Argmax is the index of the first greatest element along axis, or of all elements if axis is nil.
func Argmax(x Value, axis *int, keepdims bool) Value {
	return argOf("argmax", lax.Argmax, x, axis, keepdims)
}

// Argmin is the index of the first least element.
func Argmin(x Value, axis *int, keepdims bool) Value {
	return argOf("argmin", lax.Argmin, x, axis, keepdims)
}

func argOf(name string, op func(x Value, axis int, d DType) Value, x Value, axis *int, keepdims bool) Value {
	n := x.Aval().Ndim()
	var dims []int
	at := 0
	if axis == nil {
		dims = upTo(n)
		x = lax.Reshape(x, []int{x.Aval().Size()})
		n = 1
	} else {
		at = *axis
		if at < -n || at >= n {
			core.Errorf(core.IndexError, "tuple index out of range")
		}
		dims = []int{at}
		at = normAxis(at, n)
	}
	if x.Aval().Shape[at] == 0 {
		core.Errorf(core.ValueError, "attempt to get %s of an empty sequence", name)
	}
	y := op(x, at, defaultInt())
	if keepdims {
		return expandDims(y, dims)
	}
	return y
}

func nanArg(f func(Value, *int, bool) Value, worst float64) func(Value, *int, bool) Value {
	return func(x Value, axis *int, keepdims bool) Value {
		if !x.Aval().DType.IsInexact() {
			return f(x, axis, keepdims)
		}
		nan := isnan(x)
		i := f(Where(nan, number(worst), x), axis, keepdims)
		var axes []int
		if axis != nil {
			axes = []int{*axis}
		}
		return Where(All(nan, Reduction{Axis: axes, Keepdims: keepdims}), integer(-1), i)
	}
}

// Logsumexp is log Σ b·exp(x) without overflow; b may be nil. It returns the logarithm of the sum's magnitude and its sign
// if sign is set, else NaN where the sum is negative, and nil.
func Logsumexp(x, b Value, r Reduction, sign bool) (Value, Value) {
	if r.Where != nil {
		x = Where(r.Where, x, integer(0))
	}
	if b == nil {
		x = PromoteInexact1("logsumexp", x)
	} else {
		x, b = PromoteInexact("logsumexp", x, b)
		x = Where(NotEqual(b, integer(0)), x, number(math.Inf(-1)))
	}
	axes := reductionAxes(x, r.Axis)
	most := Max(Real(x), Reduction{Axis: axes, Keepdims: r.Keepdims, Where: r.Where, Initial: number(math.Inf(-1))})
	most = lax.StopGradient(lax.Select(Isfinite(most), most, fullLike(most, 0)))
	at := most
	if !r.Keepdims {
		at = expandDims(most, axes)
	}
	e := lax.Exp(lax.Sub(x, AsType(at, x.Aval().DType)))
	if b != nil {
		e = lax.Mul(e, b)
	}
	total := Sum(e, Reduction{Axis: axes, Keepdims: r.Keepdims, Where: r.Where})
	s := lax.Sign(total)
	if sign || !x.Aval().DType.IsComplex() {
		total = absolute(total)
	}
	out := lax.Add(lax.Log(total), AsType(most, total.Aval().DType))
	if sign {
		return out, s
	}
	if b != nil && !out.Aval().DType.IsComplex() {
		out = Where(Less(s, integer(0)), literal(out.Aval().DType, math.NaN()), out)
	}
	return out, nil
}

func init() {
	type reduction = func(Value, Reduction) Value
	// a, axis, dtype, keepdims, initial, where, promote_integers
	for name, m := range map[string]*monoid{"sum": &sumOf, "prod": &proOf} {
		core.Export1("jnp."+name, "xsssoos", func(a *core.Args) Value {
			r := reductionArgs(a, 1, 2, 3, 4, 5)
			r.KeepIntegers = !a.IsNone(6) && !a.Bool(6)
			return m.apply(a.X(0), r)
		})
	}
	// a, axis, keepdims, initial, where
	for name, m := range map[string]*monoid{"max": &maxOf, "min": &minOf, "amax": &maxOf, "amin": &minOf} {
		core.Export1("jnp."+name, "xssoo", func(a *core.Args) Value { return m.apply(a.X(0), reductionArgs(a, 1, -1, 2, 3, 4)) })
	}
	for name, f := range map[string]reduction{"nanmax": nanmax, "nanmin": nanmin} {
		core.Export1("jnp."+name, "xssoo", func(a *core.Args) Value { return f(a.X(0), reductionArgs(a, 1, -1, 2, 3, 4)) }).Jit(name)
	}
	// a, axis, keepdims, where
	for name, m := range map[string]*monoid{"all": &allOf, "any": &anyOf} {
		core.Export1("jnp."+name, "xsso", func(a *core.Args) Value { return m.apply(a.X(0), reductionArgs(a, 1, -1, 2, -1, 3)) })
	}
	// a, axis, dtype, keepdims, initial, where: what ufunc.reduce calls
	for _, m := range []*monoid{&bitAnd, &bitOr, &bitXor, &logicalAnd, &logicalOr, &logicalXor} {
		core.Export1("jnp._"+m.name, "xsssoo", func(a *core.Args) Value { return m.apply(a.X(0), reductionArgs(a, 1, 2, 3, 4, 5)) })
	}
	core.Export1("jnp._reduce_max", "xsssoo", func(a *core.Args) Value { return Max(a.X(0), reductionArgs(a, 1, 2, 3, 4, 5)) })
	core.Export1("jnp._reduce_min", "xsssoo", func(a *core.Args) Value { return Min(a.X(0), reductionArgs(a, 1, 2, 3, 4, 5)) })
	for name, f := range map[string]reduction{"nansum": nansum, "nanprod": nanprod} {
		core.Export1("jnp."+name, "xsssoo", func(a *core.Args) Value { return f(a.X(0), reductionArgs(a, 1, 2, 3, 4, 5)) }).Jit(name)
	}
	// a, axis, dtype, keepdims, where
	core.Export1("jnp.mean", "xssso", func(a *core.Args) Value { return Mean(a.X(0), reductionArgs(a, 1, 2, 3, -1, 4)) })
	core.Export1("jnp.nanmean", "xssso", func(a *core.Args) Value { return nanmean(a.X(0), reductionArgs(a, 1, 2, 3, -1, 4)) }).Jit("nanmean")
	// a, axis, dtype, correction (ddof), keepdims, where, mean
	for name, f := range map[string]func(x Value, r Reduction, correction, mean Value) Value{
		"var": variance, "std": deviation, "nanvar": nanvar, "nanstd": nanstd} {
		jit := name
		if name == "var" || name == "std" {
			jit = "_" + name
		}
		core.Export1("jnp."+name, "xssxsoo", func(a *core.Args) Value {
			return f(a.X(0), reductionArgs(a, 1, 2, 4, -1, 5), a.X(3), a.Opt(6))
		}).Jit(jit)
	}
	// a, axis, keepdims
	core.Export1("jnp.ptp", "xss", func(a *core.Args) Value { return ptp(a.X(0), reductionArgs(a, 1, -1, 2, -1, -1)) }).Jit("_ptp")
	core.Export1("jnp.count_nonzero", "xss", func(a *core.Args) Value {
		return countNonzero(a.X(0), reductionArgs(a, 1, -1, 2, -1, -1))
	}).Jit("count_nonzero")
	core.Export("jnp.average", "xsoss", average)
	for name, f := range map[string]func(Value, *int, bool) Value{"argmax": Argmax, "argmin": Argmin} {
		core.Export1("jnp."+name, "xss", func(a *core.Args) Value { return f(a.X(0), optInt(a, 1), a.Bool(2)) })
	}
	for name, f := range map[string]func(Value, *int, bool) Value{
		"nanargmax": nanArg(Argmax, math.Inf(-1)), "nanargmin": nanArg(Argmin, math.Inf(1))} {
		core.Export1("jnp."+name, "xss", func(a *core.Args) Value { return f(a.X(0), optInt(a, 1), a.Bool(2)) }).Jit("_" + name)
	}
	// a, axis, dtype
	for name, c := range map[string]cumulation{
		"cumsum": cumsum, "cumprod": cumprod,
		"nancumsum":  {name: "nancumsum", op: lax.Cumsum, fillNaN: true},
		"nancumprod": {name: "nancumprod", op: lax.Cumprod, fillNaN: true, fill: 1}} {
		core.Export1("jnp."+name, "xss", func(a *core.Args) Value {
			return c.apply(a.X(0), Cumulative{Axis: a.IntOr(1, 0), Flat: a.IsNone(1), DType: a.DType(2)})
		}).Jit(name)
	}
	// x, axis, dtype, include_initial
	core.Export1("jnp.cumulative_sum", "xsss", cumulative("sum", 0, cumsumWidened.call))
	core.Export1("jnp.cumulative_prod", "xsss", cumulative("product", 1, cumprod.apply))
	// a, axis, b, keepdims, return_sign, where
	core.Export("jnp.logsumexp", "xsosso", func(a *core.Args) []Value {
		y, s := Logsumexp(a.X(0), a.Opt(2), Reduction{Axis: a.Ints(1), Keepdims: a.Bool(3), Where: a.Opt(5)}, a.Bool(4))
		if s == nil {
			return []Value{y}
		}
		return []Value{y, s}
	})
}

// reductionArgs reads the arguments at the given places; -1: there is none.
func reductionArgs(a *core.Args, axis, dt, keepdims, initial, where int) Reduction {
	r := Reduction{Axis: a.Ints(axis), Keepdims: a.Bool(keepdims)}
	if dt >= 0 {
		r.DType = a.DType(dt)
	}
	if initial >= 0 {
		r.Initial = a.Opt(initial)
	}
	if where >= 0 {
		r.Where = a.Opt(where)
	}
	return r
}

func optInt(a *core.Args, i int) *int {
	if a.IsNone(i) {
		return nil
	}
	n := a.Int(i)
	return &n
}
