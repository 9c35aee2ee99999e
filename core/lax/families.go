package lax

import (
	"fmt"
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
	anyType   = dtypes{"generic", func(d dtype.DType) bool { return !d.IsKey() && d != dtype.Float0 }}
	anyOrKey  = dtypes{"generic", func(d dtype.DType) bool { return d != dtype.Float0 }}
	floats    = dtypes{"floating", dtype.DType.IsFloating}
	inexacts  = dtypes{"floating, complexfloating", dtype.DType.IsInexact}
	complexes = dtypes{"complexfloating", dtype.DType.IsComplex}
	ints      = dtypes{"integer", dtype.DType.IsInteger}
	intsBools = dtypes{"bool, integer", func(d dtype.DType) bool { return d.IsInteger() || d.IsBool() }}
	numbers   = dtypes{"integer, floating, complexfloating", func(d dtype.DType) bool { return d.IsInteger() || d.IsInexact() }}
	reals     = dtypes{"integer, floating", func(d dtype.DType) bool { return d.IsInteger() || d.IsFloating() }}
	signed    = dtypes{"signedinteger, floating, complexfloating", func(d dtype.DType) bool { return d.IsSigned() || d.IsInexact() }}
)

func (t dtypes) check(name string, in []*core.Aval) {
	for i, a := range in {
		if t.ok(a.DType) {
			continue
		}
		if a.DType == dtype.Float0 {
			core.Errorf(core.TypeError, "Called %s with a float0 at position %d. float0s do not support any operations by design, because they are not compatible with non-trivial vector spaces. No implicit dtype conversion is done. You can use np.zeros_like(arr, dtype=np.float) to cast a float0 array to a regular zeros array. \nIf you didn't expect to get a float0 you might have accidentally taken a gradient with respect to an integer argument.", name, i)
		}
		if len(in) == 1 {
			core.Errorf(core.TypeError, "%s does not accept dtype %s. Accepted dtypes are subtypes of %s.", name, a.DType.Name(), t.names)
		}
		core.Errorf(core.TypeError, "%s does not accept dtype %s at position %d. Accepted dtypes at position %d are subtypes of %s.", name, a.DType.Name(), i, i, t.names)
	}
}

// sameDTypes is JAX's check_same_dtypes.
func sameDTypes(name string, in []*core.Aval) {
	for _, a := range in[1:] {
		if a.DType != in[0].DType {
			names := make([]string, len(in))
			for i, b := range in {
				names[i] = b.DType.Name()
			}
			equiv := name
			switch name {
			case "broadcast_in_dim":
				equiv = "broadcast_to"
			}
			core.Errorf(core.TypeError, "lax.%s requires arguments to have the same dtypes, got %s. (Tip: jnp.%s is a similar function that does automatic type promotion on inputs).", name, strings.Join(names, ", "), equiv)
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
			core.Errorf(core.TypeError, "%s: arrays must have same number of dimensions, got %s.", name, shapeList(in))
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
			core.Errorf(core.TypeError, "%s: arrays must have same number of dimensions, got %s.", name, shapeList(in))
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
		if a[i] != b[i] {
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

// elementwise writes an op of the stablehlo dialect, or of chlo, whose text form spells both types.
func elementwise(c core.LowerCtx, hlo string, out *core.Aval, in ...stablehlo.Value) stablehlo.Value {
	if strings.HasPrefix(hlo, "chlo.") {
		return c.B().Pretty(hlo, "", out.HLO(), in...)
	}
	return c.B().Elementwise(hlo, out.HLO(), in...)
}

// unaryWith is unary with a lowering of its own and a result dtype that may differ from the operand's.
func unaryWith(op core.Op[core.NoParams], doc string, accept dtypes, result func(dtype.DType) dtype.DType, d unaryDeriv,
	lower func(c core.LowerCtx, x stablehlo.Value, out *core.Aval) stablehlo.Value) {
	r := core.Rules[core.NoParams]{
		Doc: doc,
		Abstract: func(_ core.NoParams, in []*core.Aval) []*core.Aval {
			accept.check(op.Name, in)
			out := in[0]
			if result != nil {
				out = core.MakeAval(result(out.DType), out.Shape, false)
			}
			return []*core.Aval{out}
		},
		Batch: batchUnary[core.NoParams](op),
		Lower: func(c core.LowerCtx, _ core.NoParams, in []stablehlo.Value) []stablehlo.Value {
			return []stablehlo.Value{lower(c, in[0], c.Out()[0])}
		},
		Samples: unarySamples(accept),
	}
	if d == nil {
		r.NonDifferentiable = true
	} else {
		r.JVP = func(_ core.JVPCtx, p core.NoParams, x, t []Value) ([]Value, []Value) {
			y := op.Bind1(p, x[0])
			return []Value{y}, []Value{d(x[0], y, t[0])}
		}
	}
	op.Define(r)
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
	// lower replaces hlo where the op is not a single StableHLO operation.
	lower func(c core.LowerCtx, x, y stablehlo.Value, out *core.Aval) stablehlo.Value
	// transpose, for ops that are linear in one operand or both: see Rules.Transpose.
	transpose func(ct Value, in []Value) []Value
	result    func(dtype.DType) dtype.DType
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
		rules.NonDifferentiable = true
	} else {
		rules.JVP = func(_ core.JVPCtx, p core.NoParams, x, t []Value) ([]Value, []Value) {
			z := op.Bind1(p, x...)
			out := z.Aval()
			var dz Value
			if t[0] != nil && r.dx != nil {
				dz = r.dx(x[0], x[1], z, broadcastTangent(t[0], out))
			}
			if t[1] != nil && r.dy != nil {
				d := r.dy(x[0], x[1], z, broadcastTangent(t[1], out))
				if dz == nil {
					dz = d
				} else {
					dz = AddAny(dz, d)
				}
			}
			return []Value{z}, []Value{dz}
		}
	}
	if r.transpose != nil {
		rules.Transpose = func(_ core.TransposeCtx, _ core.NoParams, ct, in []Value) []Value {
			return r.transpose(ct[0], in)
		}
	}
	op.Define(rules)
}

func naryAval(name string, accept dtypes, result func(dtype.DType) dtype.DType, in []*core.Aval) *core.Aval {
	accept.check(name, in)
	sameDTypes(name, in)
	weak := true
	for _, a := range in {
		weak = weak && a.Weak
	}
	shape := in[0].Shape
	if !sameShape(shape, in[1].Shape) || len(in) > 2 {
		shape = broadcastShape(name, in)
	}
	d := in[0].DType
	if result != nil {
		d, weak = result(d), false
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
				s := append([]int{v.Aval().Shape[0]}, ones(rank)...)
				if n-1 > 0 {
					copy(s[1+rank-(n-1):], v.Aval().Shape[1:])
				}
				v = Reshape(v, s)
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

var _ = fmt.Sprint
