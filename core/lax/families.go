package lax

import (
	"fmt"
	"slices"
	"strings"

	"github.com/jaxgo/jaxgo/core"
	"github.com/jaxgo/jaxgo/core/dtype"
	"github.com/jaxgo/jaxgo/core/stablehlo"
)

// Value is short for core.Value in the formulas of this package.
type Value = core.Value

// A dtypes says which operand dtypes an elementwise operation takes, in JAX's words.
type dtypes struct {
	names string
	ok    func(dtype.DType) bool
}

var (
	anyType        = dtypes{"integer, bool, floating, complexfloating", func(d dtype.DType) bool { return !d.IsKey() && d != dtype.Float0 }}
	anyOrKey       = dtypes{"integer, bool, floating, complexfloating", func(d dtype.DType) bool { return d != dtype.Float0 }}
	ordered        = dtypes{"integer, floating, bool", func(d dtype.DType) bool { return d.IsInteger() || d.IsFloating() || d.IsBool() }}
	floats         = dtypes{"floating", dtype.DType.IsFloating}
	inexacts       = dtypes{"floating, complexfloating", dtype.DType.IsInexact}
	complexes      = dtypes{"complexfloating", dtype.DType.IsComplex}
	ints           = dtypes{"integer", dtype.DType.IsInteger}
	intsBools      = dtypes{"integer, bool", func(d dtype.DType) bool { return d.IsInteger() || d.IsBool() }}
	numbers        = dtypes{"integer, floating, complexfloating", func(d dtype.DType) bool { return d.IsInteger() || d.IsInexact() }}
	reals          = dtypes{"integer, floating", func(d dtype.DType) bool { return d.IsInteger() || d.IsFloating() }}
	signed         = dtypes{"floating, complexfloating, signedinteger", func(d dtype.DType) bool { return d.IsSigned() || d.IsInexact() }}
	complexParts   = dtypes{"float32, float64", isComplexPart}
	partsOrComplex = dtypes{"float32, complexfloating, float64", func(d dtype.DType) bool { return isComplexPart(d) || d.IsComplex() }}
)

// isComplexPart reports whether complex numbers have parts of type d.
func isComplexPart(d dtype.DType) bool { return d == dtype.Float32 || d == dtype.Float64 }

const float0Advice = "float0s do not support any operations by design, because they are not compatible with non-trivial vector spaces. No implicit dtype conversion is done. You can use np.zeros_like(arr, dtype=np.float) to cast a float0 array to a regular zeros array. \nIf you didn't expect to get a float0 you might have accidentally taken a gradient with respect to an integer argument."

// checkOne checks the operand of a unary operation.
func (t dtypes) checkOne(name string, a *core.Aval) {
	if t.ok(a.DType) {
		return
	}
	if a.DType == dtype.Float0 {
		core.Errorf(core.TypeError, "Called %s with a float0 array. %s", name, float0Advice)
	}
	core.Errorf(core.TypeError, "%s does not accept dtype %s. Accepted dtypes are subtypes of %s.", name, a.DType.Name(), t.names)
}

// checkAt checks operand i of an operation with several.
func (t dtypes) checkAt(name string, i int, a *core.Aval) {
	if t.ok(a.DType) {
		return
	}
	if a.DType == dtype.Float0 {
		core.Errorf(core.TypeError, "Called %s with a float0 at position %d. %s", name, i, float0Advice)
	}
	core.Errorf(core.TypeError, "%s does not accept dtype %s at position %d. Accepted dtypes at position %d are subtypes of %s.", name, a.DType.Name(), i, i, t.names)
}

func (t dtypes) check(name string, in []*core.Aval) {
	if len(in) == 1 {
		t.checkOne(name, in[0])
		return
	}
	for i, a := range in {
		t.checkAt(name, i, a)
	}
}

// numpyName says which jax.numpy function promotes the operands of a lax function, for the hint in messages.
var numpyName = map[string]string{
	"abs": "fabs", "acos": "arccos", "acosh": "arccosh", "add": "add", "asin": "arcsin", "asinh": "arcsinh",
	"atan": "arctan", "atan2": "arctan2", "atanh": "arctanh", "cbrt": "cbrt", "ceil": "ceil", "concatenate": "concatenate",
	"cos": "cos", "cosh": "cosh", "div": "divide", "eq": "equal", "exp": "exp", "expm1": "expm1", "floor": "floor",
	"log": "log", "log1p": "log1p", "max": "maximum", "min": "minimum", "mul": "multiply", "ne": "not_equal",
	"neg": "negative", "nextafter": "nextafter", "pow": "float_power", "round": "round", "select": "where",
	"shift_left": "left_shift", "shift_right_logical": "right_shift", "shift_right_arithmetic": "right_shift",
	"sign": "sign", "sin": "sin", "sinh": "sinh", "sqrt": "sqrt", "sub": "subtract", "tan": "tan", "tanh": "tanh",
}

// sameDTypes is JAX's check_same_dtypes.
func sameDTypes(name string, in []*core.Aval) {
	for _, a := range in[1:] {
		if a.DType != in[0].DType {
			names := make([]string, len(in))
			for i, b := range in {
				names[i] = b.DType.Name()
			}
			tip := ""
			if f := numpyName[name]; f != "" {
				tip = " (Tip: jnp." + f + " is a similar function that does automatic type promotion on inputs)."
			}
			core.Errorf(core.TypeError, "lax.%s requires arguments to have the same dtypes, got %s.%s", name, strings.Join(names, ", "), tip)
		}
	}
}

// broadcastShape is the common shape of the operands: scalars go with every shape, axes of size 1 with every size.
func broadcastShape(name string, in []*core.Aval) []int {
	var shape []int
	first := true
	for _, a := range in {
		if len(a.Shape) == 0 {
			continue
		}
		if first {
			shape, first = a.Shape, false
			continue
		}
		if len(a.Shape) != len(shape) {
			core.Errorf(core.TypeError, "%s: arrays must have the same number of dimensions, got %s", name, rankSet(in))
		}
		for i, n := range a.Shape {
			if n != shape[i] {
				return broadcastOnes(name, in)
			}
		}
	}
	return shape
}

func broadcastOnes(name string, in []*core.Aval) []int {
	var shape []int
	for _, a := range in {
		if len(a.Shape) == 0 {
			continue
		}
		if shape == nil {
			shape = append([]int{}, a.Shape...)
			continue
		}
		if len(a.Shape) != len(shape) {
			core.Errorf(core.TypeError, "%s: arrays must have the same number of dimensions, got %s", name, rankSet(in))
		}
		for i, n := range a.Shape {
			switch {
			case n == shape[i] || n == 1:
			case shape[i] == 1:
				shape[i] = n
			default:
				core.Errorf(core.TypeError, "%s got incompatible shapes for broadcasting: %s.", name, shapeList(in))
			}
		}
	}
	return shape
}

// rankSet spells the ranks of the operands that are no scalars, as Python prints a set.
func rankSet(in []*core.Aval) string {
	var ranks []int
	for _, a := range in {
		if n := a.Ndim(); n > 0 && !slices.Contains(ranks, n) {
			ranks = append(ranks, n)
		}
	}
	slices.Sort(ranks)
	return strings.NewReplacer("[", "{", "]", "}", " ", ", ").Replace(fmt.Sprint(ranks))
}

func shapeList(in []*core.Aval) string {
	var s []string
	for _, a := range in {
		if len(a.Shape) > 0 {
			s = append(s, core.ShapeString(a.Shape))
		}
	}
	return strings.Join(s, ", ")
}

func sameShape(a, b []int) bool {
	if len(a) != len(b) {
		return false
	}
	for i := range a {
		if a[i] != b[i] { // #nosec G602 -- equal lengths, checked above
			return false
		}
	}
	return true
}

// unaryDeriv gives the tangent of y = f(x) for the tangent dx.
type unaryDeriv func(x, y, dx Value) Value

// unary defines an elementwise op of one operand. hlo is its StableHLO (or CHLO) name; a nil d says that the
// result has no tangent.
func unary(op core.Op[core.NoParams], hlo, doc string, accept dtypes, d unaryDeriv) {
	unaryWith(op, doc, accept, nil, d, func(c core.LowerCtx, x stablehlo.Value, out *core.Aval) stablehlo.Value {
		return elementwise(c, hlo, out, x)
	})
}

// elementwise writes an op whose operands have the result's type.
func elementwise(c core.LowerCtx, hlo string, out *core.Aval, in ...stablehlo.Value) stablehlo.Value {
	if strings.HasPrefix(hlo, "chlo.") {
		return c.B().Op(hlo, "", nil, in, out.HLO())[0]
	}
	return c.B().Elementwise(hlo, out.HLO(), in...)
}

// unaryWith is unary with a lowering of its own and a result dtype that may differ from the operand's.
func unaryWith(op core.Op[core.NoParams], doc string, accept dtypes, result func(dtype.DType) dtype.DType, d unaryDeriv,
	lower func(c core.LowerCtx, x stablehlo.Value, out *core.Aval) stablehlo.Value) {
	r := unaryRow[core.NoParams]{op: op, doc: doc, accept: accept,
		lower: func(c core.LowerCtx, _ core.NoParams, x stablehlo.Value, out *core.Aval) stablehlo.Value {
			return lower(c, x, out)
		}}
	if result != nil {
		r.result = func(_ core.NoParams, d dtype.DType) dtype.DType { return result(d) }
	}
	if d != nil {
		r.d = func(_ core.NoParams, x, y, dx Value) Value { return d(x, y, dx) }
	}
	r.define(unarySamples(accept))
}

// A unaryRow defines an elementwise op of one operand that has parameters.
type unaryRow[P any] struct {
	op     core.Op[P]
	doc    string
	accept dtypes
	check  func(p P, x *core.Aval)
	result func(p P, d dtype.DType) dtype.DType
	d      func(p P, x, y, dx Value) Value // nil: no tangent
	lower  func(c core.LowerCtx, p P, x stablehlo.Value, out *core.Aval) stablehlo.Value
	// transpose, for linear ops, is given the operand's aval.
	transpose func(p P, ct Value, x *core.Aval) Value
}

func (r unaryRow[P]) define(samples []core.Sample[P]) {
	op := r.op
	rules := core.Rules[P]{
		Doc: r.doc,
		Abstract: func(p P, in []*core.Aval) []*core.Aval {
			out := in[0]
			r.accept.checkOne(op.Name, out)
			if r.check != nil {
				r.check(p, out)
			}
			if r.result != nil {
				out = out.WithDType(r.result(p, out.DType))
			}
			return []*core.Aval{out}
		},
		Batch: batchUnary[P](op),
		Lower: func(c core.LowerCtx, p P, in []stablehlo.Value) []stablehlo.Value {
			return []stablehlo.Value{r.lower(c, p, in[0], c.Out()[0])}
		},
		Samples: samples,
	}
	if r.transpose != nil {
		rules.JVP, rules.Transpose = linearUnary(op, r.transpose)
	} else if r.d != nil {
		rules.JVP = func(_ core.JVPCtx, p P, x, t []Value) ([]Value, []Value) {
			y := op.Bind1(p, x[0])
			return []Value{y}, []Value{r.d(p, x[0], y, t[0])}
		}
	} else {
		rules.NonDifferentiable = true
	}
	op.Define(rules)
}

func unarySamples(accept dtypes) []core.Sample[core.NoParams] {
	var s []core.Sample[core.NoParams]
	for _, d := range []dtype.DType{dtype.Float32, dtype.Complex64, dtype.Int32} {
		if accept.ok(d) {
			s = append(s, core.Sample[core.NoParams]{In: []*core.Aval{core.NewAval(d, 2, 3)}})
		}
	}
	return s
}

// linearUnary completes a definition: the op is linear in its only operand, with the given transpose.
func linearUnary[P any](op core.Op[P], transpose func(p P, ct Value, x *core.Aval) Value) (
	func(core.JVPCtx, P, []Value, []Value) ([]Value, []Value), func(core.TransposeCtx, P, []Value, []Value) []Value) {
	jvp := func(_ core.JVPCtx, p P, x, t []Value) ([]Value, []Value) {
		return []Value{op.Bind1(p, x[0])}, []Value{op.Bind1(p, t[0])}
	}
	tr := func(_ core.TransposeCtx, p P, ct, in []Value) []Value {
		return []Value{transpose(p, ct[0], in[0].Aval())}
	}
	return jvp, tr
}

// batchUnary is the batching rule of ops that work element by element on one operand.
func batchUnary[P any](op core.Op[P]) func(core.BatchCtx, P, []Value, []int) ([]Value, []int) {
	return func(_ core.BatchCtx, p P, in []Value, dims []int) ([]Value, []int) {
		return op.Bind(p, in...), dims
	}
}

// A binaryDeriv gives the tangent of z = f(x, y) for the tangent d of one operand.
type binaryDeriv func(x, y, z, d Value) Value

// A binaryRow defines an elementwise op of two operands.
type binaryRow struct {
	op     core.Op[core.NoParams]
	hlo    string
	doc    string
	accept dtypes
	dx, dy binaryDeriv // nil in both: no tangents
	// both gives the tangent where both operands have one, if that is not the sum of dx and dy.
	both func(dx, dy Value) Value
	// lower replaces hlo where the op is not a single StableHLO operation.
	lower func(c core.LowerCtx, x, y stablehlo.Value, out *core.Aval) stablehlo.Value
	// transpose, for ops that are linear in one operand or both: see Rules.Transpose.
	transpose func(ct Value, in []Value) []Value
	result    func(dtype.DType) dtype.DType
	// noRule says that there is no derivative rule, not that tangents are zero.
	noRule bool
}

// binary defines an elementwise op of two operands, with implicit broadcasting of scalars and of axes of size 1.
func binary(r binaryRow) {
	op := r.op
	rules := core.Rules[core.NoParams]{
		Doc: r.doc,
		Abstract: func(_ core.NoParams, in []*core.Aval) []*core.Aval {
			return []*core.Aval{naryAval(op.Name, r.accept, r.result, in)}
		},
		Batch: batchBroadcasting[core.NoParams](op),
		Lower: func(c core.LowerCtx, _ core.NoParams, in []stablehlo.Value) []stablehlo.Value {
			out := c.Out()[0]
			in = broadcastOperands(c, in, out.Shape)
			if r.lower != nil {
				return []stablehlo.Value{r.lower(c, in[0], in[1], out)}
			}
			return []stablehlo.Value{elementwise(c, r.hlo, out, in...)}
		},
		Samples: binarySamples(r.accept),
	}
	if r.dx == nil && r.dy == nil {
		rules.NonDifferentiable = !r.noRule
	} else {
		rules.JVP = func(_ core.JVPCtx, p core.NoParams, x, t []Value) ([]Value, []Value) {
			z := op.Bind1(p, x...)
			return []Value{z}, []Value{r.tangent(x, z, t)}
		}
	}
	if r.transpose != nil {
		rules.Transpose = func(_ core.TransposeCtx, _ core.NoParams, ct, in []Value) []Value {
			return r.transpose(ct[0], in)
		}
	}
	op.Define(rules)
}

// tangent adds what the tangents of both operands contribute. The other operand broadcasts each.
func (r *binaryRow) tangent(x []Value, z Value, t []Value) Value {
	if r.both != nil && t[0] != nil && t[1] != nil {
		return r.both(t[0], t[1])
	}
	var dz Value
	if t[0] != nil && r.dx != nil {
		dz = r.dx(x[0], x[1], z, t[0])
	}
	if t[1] != nil && r.dy != nil {
		if d := r.dy(x[0], x[1], z, t[1]); dz == nil {
			dz = d
		} else {
			dz = AddAny(dz, d)
		}
	}
	return dz
}

func naryAval(name string, accept dtypes, result func(dtype.DType) dtype.DType, in []*core.Aval) *core.Aval {
	shape := in[0].Shape
	if !sameShape(shape, in[1].Shape) || len(in) > 2 {
		shape = broadcastShape(name, in)
	}
	accept.check(name, in)
	sameDTypes(name, in)
	d := in[0].DType
	if result != nil {
		d = result(d)
	}
	weak := true
	for _, a := range in {
		weak = weak && a.Weak
	}
	return core.MakeAval(d, shape, weak)
}

func binarySamples(accept dtypes) []core.Sample[core.NoParams] {
	var s []core.Sample[core.NoParams]
	for _, d := range []dtype.DType{dtype.Float32, dtype.Complex64, dtype.Int32} {
		if accept.ok(d) {
			a := core.NewAval(d, 2, 3)
			s = append(s, core.Sample[core.NoParams]{In: []*core.Aval{a, a}},
				core.Sample[core.NoParams]{In: []*core.Aval{core.NewAval(d), a}})
		}
	}
	return s
}

// broadcastTangent gives a tangent the shape of the result, where its operand was broadcast.
func broadcastTangent(t Value, out *core.Aval) Value {
	a := t.Aval()
	if sameShape(a.Shape, out.Shape) {
		return t
	}
	return broadcastTo(t, out.Shape)
}

// broadcastTo broadcasts a scalar, or an array of equal rank with axes of size 1.
func broadcastTo(x Value, shape []int) Value {
	a := x.Aval()
	if sameShape(a.Shape, shape) {
		return x
	}
	if len(a.Shape) == 0 {
		return BroadcastInDim(x, shape, []int{})
	}
	dims := make([]int, len(shape))
	for i := range dims {
		dims[i] = i
	}
	return BroadcastInDim(x, shape, dims)
}

// unbroadcast sums a cotangent down to the shape of the operand that was broadcast.
func unbroadcast(ct Value, a *core.Aval) Value {
	s := ct.Aval().Shape
	if sameShape(s, a.Shape) {
		return ct
	}
	if len(a.Shape) == 0 {
		axes := make([]int, len(s))
		for i := range axes {
			axes[i] = i
		}
		return ReduceSum(ct, axes)
	}
	var axes []int
	for i, n := range a.Shape {
		if n == 1 && s[i] != 1 {
			axes = append(axes, i)
		}
	}
	return Reshape(ReduceSum(ct, axes), a.Shape)
}

// broadcastOperands writes the broadcasts that bring every operand to shape.
func broadcastOperands(c core.LowerCtx, in []stablehlo.Value, shape []int) []stablehlo.Value {
	for i, v := range in {
		if s := c.In()[i].HLO().Shape; len(s) == len(shape) && sameShape(s, shape) {
			continue
		}
		if c.In()[i].DType.IsKey() {
			continue // physical shapes are the caller's affair
		}
		in = append([]stablehlo.Value{}, in...)
		in[i] = broadcastHLO(c.B(), v, shape)
	}
	return in
}

// broadcastHLO broadcasts a scalar, or equal rank with axes of size 1, to shape.
func broadcastHLO(b *stablehlo.Builder, v stablehlo.Value, shape []int) stablehlo.Value {
	s := v.Type.Shape
	if sameShape(s, shape) {
		return v
	}
	dims := make([]int, len(s))
	for i := range dims {
		dims[i] = i
	}
	return b.Pretty("stablehlo.broadcast_in_dim", ", dims = "+stablehlo.List(dims), v.Type.WithShape(shape), v)
}

// batchBroadcasting is the batching rule of elementwise ops with several operands.
func batchBroadcasting[P any](op core.Op[P]) func(core.BatchCtx, P, []Value, []int) ([]Value, []int) {
	return func(_ core.BatchCtx, p P, in []Value, dims []int) ([]Value, []int) {
		in, d := alignBatched(in, dims)
		return op.Bind(p, in...), []int{d}
	}
}

// alignBatched gives operands of an elementwise op, mapped over dims, a common rank and a common batch axis.
// Scalars that are not mapped stay as they are.
func alignBatched(in []Value, dims []int) ([]Value, int) {
	rank, d := 0, core.Unmapped
	same := true
	for i, v := range in {
		n := v.Aval().Ndim()
		if dims[i] == core.Unmapped {
			if n > 0 {
				same = false
				rank = max(rank, n)
			}
			continue
		}
		rank = max(rank, n-1)
		if d == core.Unmapped {
			d = dims[i]
		} else if d != dims[i] {
			same = false
		}
	}
	if same { // every operand is mapped on one axis, or a scalar
		for i, v := range in {
			if dims[i] != core.Unmapped && v.Aval().Ndim()-1 != rank {
				same = false
			}
		}
	}
	if same {
		return in, d
	}
	out := make([]Value, len(in))
	for i, v := range in {
		n := v.Aval().Ndim()
		switch {
		case dims[i] == core.Unmapped && n == 0:
			out[i] = v
		case dims[i] == core.Unmapped:
			out[i] = ExpandDims(v, 0)
		default:
			v = MoveAxis(v, dims[i], 0)
			if n-1 < rank { // a mapped scalar: (b,) becomes (b, 1, …)
				v = ExpandDims(v, iota(rank + 1)[n:]...)
			}
			out[i] = v
		}
	}
	return out, 0
}

func ones(n int) []int {
	s := make([]int, n)
	for i := range s {
		s[i] = 1
	}
	return s
}

func iota(n int) []int {
	s := make([]int, n)
	for i := range s {
		s[i] = i
	}
	return s
}

// normAxis checks an axis and makes it positive.
func normAxis(name string, axis, ndim int) int {
	if axis < -ndim || axis >= ndim {
		core.Errorf(core.ValueError, "axis %d is out of bounds for array of dimension %d", axis, ndim)
	}
	if axis < 0 {
		axis += ndim
	}
	return axis
}

// like makes a scalar literal of v's dtype and weak type: broadcasting with v is left to the operation.
func like(v Value, f float64) Value {
	a := v.Aval()
	return core.NewLiteral(a.DType, complex(f, 0), a.Weak)
}

// konst is the constant that JAX's rules write into formulas: weakly typed only beside a weakly typed scalar.
func konst(v Value, f float64) Value {
	a := v.Aval()
	return core.NewLiteral(a.DType, complex(f, 0), a.Weak && len(a.Shape) == 0)
}

// FullLike is an array of x's shape, dtype and weak type, filled with f.
func FullLike(x Value, f float64) Value {
	v := like(x, f)
	if s := x.Aval().Shape; len(s) > 0 {
		return Full(s, v)
	}
	return v
}
