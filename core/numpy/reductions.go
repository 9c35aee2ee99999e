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
	Axis []int // nil: all axes; empty: none
	// Named, if not nil, has all the axes where some are axes that vmap maps, by name; Axis has the others.
	Named    []lax.AxisRef
	DType    DType // Invalid: that of the operand, integers widened where the function widens them
	Keepdims bool
	Initial  Value // may be nil
	Where    Value // boolean mask of what takes part; may be nil
	// KeepIntegers is promote_integers=False.
	KeepIntegers bool
}

// A monoid is what reductions differ in.
type monoid struct {
	name   string
	reduce func(x Value, axes []int) Value
	// parallel reduces over named axes too; nil: this function can't.
	parallel func(x Value, axes ...lax.AxisRef) Value
	combine  binaryFunc
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
	sumOf = monoid{name: "sum", reduce: reduceSum, parallel: lax.PSum, combine: lax.Add, boolean: &anyOf, identity: true, widen: true, upcast: true, preproc: castToNumeric}
	proOf = monoid{name: "prod", reduce: lax.ReduceProd, combine: lax.Mul, init: 1, boolean: &allOf, identity: true, widen: true, upcast: true, preproc: castToNumeric}
	maxOf = monoid{name: "max", reduce: lax.ReduceMax, parallel: lax.PMax, combine: lax.Max, init: math.Inf(-1)}
	minOf = monoid{name: "min", reduce: lax.ReduceMin, parallel: lax.PMin, combine: lax.Min, init: math.Inf(1)}

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

// Over is a reduction over the same axes that has nothing else of r.
func (r Reduction) Over() Reduction { return Reduction{Axis: r.Axis, Named: r.Named} }

// kept is r in dtype d with the reduced axes kept, and without an initial value.
func (r Reduction) kept(d DType) Reduction {
	r.DType, r.Keepdims, r.Initial = d, true, nil
	return r
}

// count is the number of elements of x that are reduced to one.
func (r Reduction) count(x Value) int {
	shape := x.Aval().Shape
	n := 1
	if r.Axis == nil {
		n = x.Aval().Size()
	}
	for _, a := range r.Axis {
		if a < -len(shape) || a >= len(shape) {
			core.Errorf(core.IndexError, "tuple index out of range")
		}
		n *= shape[(a+len(shape))%len(shape)]
	}
	return n * lax.NamedSize(r.Named)
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
	for i, a := range r.Named {
		if slices.Contains(r.Named[:i], a) {
			core.Errorf(core.ValueError, "duplicate value in 'axis': %s", core.FormatParam(r.Named))
		}
	}
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
	parallel := m.parallel
	if m.boolean != nil && compute.IsBool() {
		m = m.boolean
	}
	if r.Where != nil {
		x = Where(r.Where, x, m.initial(compute))
	}
	var y Value
	if r.Named != nil {
		if parallel == nil {
			core.Errorf(core.NotImplementedError, "Named reductions not implemented for jnp.%s()", name)
		}
		y = parallel(x, r.Named...)
	} else {
		y = m.reduce(x, axes)
	}
	y = Convert(y, compute, false)
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
	over := r.Over()
	over.Keepdims, over.Where = r.Keepdims, r.Where
	most := Max(Real(x), over.with(number(math.Inf(-1)), r.Where))
	most = lax.StopGradient(lax.Select(Isfinite(most), most, fullLike(most, 0)))
	at := most
	if !r.Keepdims {
		at = expandDims(most, axes)
	}
	e := lax.Exp(lax.Sub(x, AsType(at, x.Aval().DType)))
	if b != nil {
		e = lax.Mul(e, b)
	}
	total := Sum(e, over)
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
	for name, f := range map[string]func(Value, *int, bool) Value{"argmax": Argmax, "argmin": Argmin} {
		core.Export1("jnp."+name, "xss", func(a *core.Args) Value { return f(a.X(0), optInt(a, 1), a.Bool(2)) })
	}
	for name, f := range map[string]func(Value, *int, bool) Value{
		"nanargmax": nanArg(Argmax, math.Inf(-1)), "nanargmin": nanArg(Argmin, math.Inf(1))} {
		core.Export1("jnp."+name, "xss", func(a *core.Args) Value { return f(a.X(0), optInt(a, 1), a.Bool(2)) }).Jit("_" + name)
	}
	// a, axis, b, keepdims, return_sign, where
	core.Export("jnp.logsumexp", "xsosso", func(a *core.Args) []Value {
		y, s := Logsumexp(a.X(0), a.Opt(2), reductionArgs(a, 1, -1, 3, -1, 5), a.Bool(4))
		if s == nil {
			return []Value{y}
		}
		return []Value{y, s}
	})
}

// reductionArgs reads the arguments at the given places; -1: there is none.
func reductionArgs(a *core.Args, axis, dt, keepdims, initial, where int) Reduction {
	r := OverArg(a, axis)
	r.Keepdims = a.Bool(keepdims)
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

// OverArg is a reduction over the axes of argument i: None, an integer, or a sequence of integers and names of axes that
// vmap maps. A string is, as in JAX, the sequence of its characters.
func OverArg(a *core.Args, i int) Reduction {
	if a.IsNone(i) {
		return Reduction{}
	}
	axes := a.List[i].Items
	if g := a.List[i]; g.Kind == core.ArgStr {
		axes = nil
		for _, c := range g.S {
			axes = append(axes, core.Arg{Kind: core.ArgStr, S: string(c)})
		}
	}
	if !slices.ContainsFunc(axes, func(g core.Arg) bool { return g.Kind == core.ArgStr }) {
		return Reduction{Axis: a.Ints(i)}
	}
	r := Reduction{Axis: []int{}, Named: make([]lax.AxisRef, len(axes))}
	each := core.Args{Fn: a.Fn, List: axes}
	for k, g := range axes {
		if g.Kind == core.ArgStr {
			r.Named[k].Name = each.Str(k)
			continue
		}
		r.Named[k].Axis = each.Int(k)
		r.Axis = append(r.Axis, r.Named[k].Axis)
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
