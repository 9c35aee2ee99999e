package numpy

import (
	"math"
	"slices"

	"github.com/jaxgo/jaxgo/core"
	"github.com/jaxgo/jaxgo/core/dtype"
	"github.com/jaxgo/jaxgo/core/lax"
)

// Mean is the average of the elements.
func Mean(x Value, r Reduction) Value {
	checkWhere("mean", r.Where)
	result := r.DType
	compute := result
	if result == dtype.Invalid {
		result = inexact(x.Aval().DType)
		compute = upcast(result)
	}
	n := Counted(x, r, compute)
	r.DType = compute
	return AsType(lax.Div(Sum(x, r), n), result)
}

// Counted is the number of elements that take part in a reduction, in dtype d.
func Counted(x Value, r Reduction, d DType) Value {
	if where := r.Where; where != nil {
		r.Where, r.DType = nil, d
		return Sum(BroadcastTo(where, x.Aval().Shape), r)
	}
	return Convert(core.NewIntLiteral(dtype.Int64, int64(r.count(x)), false), d, false)
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
		mean = Mean(x, r.kept(compute))
	} else {
		mean = AsType(mean, compute)
	}
	centered := squared(lax.Sub(PromoteShapes("var", x, mean)))
	compute = centered.Aval().DType
	n := lax.Sub(Counted(x, r, compute), Convert(correction, compute, false))
	r.DType = compute
	total := Sum(centered, r)
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
	for _, a := range r.Named {
		b = append(append(b, a.PyString()...), ',')
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
	r.DType = defaultInt()
	return Sum(lax.Ne(x, constLike(x, 0)), r)
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
			over := r.Over()
			over.Keepdims = r.Keepdims
			out = Where(All(isnan(x), over), constLike(x, math.NaN()), out)
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
		mean = Nanmean(x, r.kept(compute))
	} else {
		mean = AsType(mean, compute)
	}
	centered := squared(Where(isnan(x), integer(0), lax.Sub(PromoteShapes("nanvar", x, mean))))
	plain := r.Over()
	plain.Keepdims, plain.Where = r.Keepdims, r.Where
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

func init() {
	type reduction = func(Value, Reduction) Value
	// a, axis, keepdims, initial, where
	for name, f := range map[string]reduction{"nanmax": nanmax, "nanmin": nanmin} {
		core.Export1("jnp."+name, "xssoo", func(a *core.Args) Value { return f(a.X(0), reductionArgs(a, 1, -1, 2, 3, 4)) }).Jit(name)
	}
	// a, axis, dtype, keepdims, initial, where
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
}
