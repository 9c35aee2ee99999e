package numpy

import (
	"strings"

	"github.com/jaxgo/jaxgo/core"
	"github.com/jaxgo/jaxgo/core/dtype"
	"github.com/jaxgo/jaxgo/core/lax"
)

// Value is short for core.Value in the formulas of this package.
type Value = core.Value

// A DType is short for dtype.DType.
type DType = dtype.DType

// PromotionMode is the configuration's jax_numpy_dtype_promotion.
var PromotionMode dtype.Mode

// A RankMode is a value of jax_numpy_rank_promotion.
type RankMode uint8

// What happens where operands of different ranks, none of them scalar, are broadcast.
const (
	AllowRank RankMode = iota
	WarnRank
	RaiseRank
)

// RankPromotion is the configuration's jax_numpy_rank_promotion.
var RankPromotion RankMode

// Warn issues a Python warning of the given category; whoever drives the package may install it.
var Warn = func(category, msg string) {}

// Convert gives x the dtype d and the weak type: JAX's _convert_element_type. Literals are converted at once.
func Convert(x Value, d DType, weak bool) Value { return lax.ConvertWeak(x, d, weak) }

// AsType gives x the dtype d, strongly typed: x.astype(d).
func AsType(x Value, d DType) Value {
	if d.IsBool() && x.Aval().DType.IsComplex() {
		return lax.Ne(x, constLike(x, 0))
	}
	return Convert(x, d, false)
}

// lattice is the common type of two operands.
func lattice(a, b *core.Aval) (DType, bool) {
	if PromotionMode == dtype.Standard {
		if d, weak, ok := dtype.Promote2(a.Typed(), b.Typed(), core.X64); ok {
			return d, weak
		}
	}
	d, weak, err := dtype.Promote([]dtype.Typed{a.Typed(), b.Typed()}, core.X64, PromotionMode)
	failPromotion(err)
	return d, weak
}

func latticeN(xs []Value) (DType, bool) {
	if len(xs) == 2 {
		return lattice(xs[0].Aval(), xs[1].Aval())
	}
	var buf [8]dtype.Typed
	ts := buf[:0]
	for _, x := range xs {
		ts = append(ts, x.Aval().Typed())
	}
	d, weak, err := dtype.Promote(ts, core.X64, PromotionMode)
	failPromotion(err)
	return d, weak
}

func failPromotion(err error) {
	switch err.(type) {
	case nil:
	case *dtype.PromotionError:
		core.Errorf(core.TypePromotionError, "%s", err)
	default:
		core.Errorf(core.ValueError, "%s", err)
	}
}

// ResultType is jnp.result_type: the dtype that the operands promote to.
func ResultType(xs ...Value) DType {
	ts := make([]dtype.Typed, len(xs))
	for i, x := range xs {
		ts[i] = x.Aval().Typed()
	}
	d, _, err := dtype.ResultType(ts, core.X64, PromotionMode)
	failPromotion(err)
	return d
}

// inexact is jax.dtypes.to_inexact_dtype.
func inexact(d DType) DType { return dtype.Canonicalize(d.ToInexact(), core.X64) }

func complexOf(d DType) DType { return d.Complex() }

func unchanged(d DType) DType { return d }

func defaultInt() DType   { return dtype.Default(dtype.KindInt, core.X64) }
func defaultFloat() DType { return dtype.Default(dtype.KindFloat, core.X64) }

// checkFloat0 refuses the tangents of integers.
func checkFloat0(name string, a *core.Aval) {
	if a.DType == dtype.Float0 {
		core.Errorf(core.TypeError, "Called %s with a float0 array. float0s do not support any operations by design because they are not compatible with non-trivial vector spaces. No implicit dtype conversion is done. You can use np.zeros_like(arr, dtype=np.float) to cast a float0 array to a regular zeros array. \nIf you didn't expect to get a float0 you might have accidentally taken a gradient with respect to an integer argument.", name)
	}
}

// checkKeys refuses to mix keys with other dtypes; what becomes of keys alone is the operation's affair.
func checkKeys(name string, xs []Value) {
	mixed, key := false, false
	for _, x := range xs {
		d := x.Aval().DType
		mixed, key = mixed || d != xs[0].Aval().DType, key || d.IsKey()
	}
	if mixed && key {
		names := make([]string, len(xs))
		for i, x := range xs {
			names[i] = x.Aval().DType.Name()
		}
		core.Errorf(core.TypeError, "%s does not accept dtypes %s.", name, strings.Join(names, ", "))
	}
}

// ordinary reports whether a takes part in promotion without further questions.
func ordinary(a *core.Aval) bool { return a.DType < dtype.Float0 }

// promote1 gives one operand the dtype that to makes of its own.
func promote1(name string, to func(DType) DType, x Value) Value {
	a := x.Aval()
	checkFloat0(name, a)
	d := to(a.DType)
	return Convert(x, d, a.Weak && (d == a.DType || a.DType != dtype.Bool))
}

func promote2(name string, to func(DType) DType, x, y Value) (Value, Value) {
	a, b := x.Aval(), y.Aval()
	if !ordinary(a) || !ordinary(b) {
		checkFloat0(name, a)
		checkFloat0(name, b)
		checkKeys(name, []Value{x, y})
	}
	d, weak := a.DType, a.Weak
	if a.DType != b.DType || a.Weak != b.Weak || a.Weak && d == dtype.Bool || PromotionMode != dtype.Standard {
		d, weak = lattice(a, b)
	}
	d = to(d)
	return PromoteShapes(name, Convert(x, d, weak), Convert(y, d, weak))
}

// PromoteArgs gives two operands a common dtype and compatible ranks: promote_args.
func PromoteArgs(name string, x, y Value) (Value, Value) { return promote2(name, unchanged, x, y) }

// PromoteInexact is PromoteArgs to a floating or complex dtype: promote_args_inexact.
func PromoteInexact(name string, x, y Value) (Value, Value) { return promote2(name, inexact, x, y) }

// PromoteNumeric is PromoteArgs to a dtype other than bool: promote_args_numeric.
func PromoteNumeric(name string, x, y Value) (Value, Value) {
	return promote2(name, DType.ToNumeric, x, y)
}

// PromoteComplex is PromoteArgs to a complex dtype: promote_args_complex.
func PromoteComplex(name string, x, y Value) (Value, Value) { return promote2(name, complexOf, x, y) }

// PromoteInexact1 converts one operand to a floating or complex dtype.
func PromoteInexact1(name string, x Value) Value { return promote1(name, inexact, x) }

// PromoteNumeric1 converts one operand to a dtype other than bool.
func PromoteNumeric1(name string, x Value) Value { return promote1(name, DType.ToNumeric, x) }

// PromoteComplex1 converts one operand to a complex dtype.
func PromoteComplex1(name string, x Value) Value { return promote1(name, complexOf, x) }

// PromoteDTypes gives operands a common dtype and leaves their shapes: promote_dtypes.
func PromoteDTypes(xs ...Value) []Value {
	if len(xs) < 2 {
		return xs
	}
	return convertAll(unchanged, xs)
}

// PromoteDTypesInexact is PromoteDTypes to a floating or complex dtype.
func PromoteDTypesInexact(xs ...Value) []Value { return convertAll(inexact, xs) }

// PromoteDTypesNumeric is PromoteDTypes to a dtype other than bool.
func PromoteDTypesNumeric(xs ...Value) []Value { return convertAll(DType.ToNumeric, xs) }

// PromoteDTypesComplex is PromoteDTypes to a complex dtype.
func PromoteDTypesComplex(xs ...Value) []Value { return convertAll(complexOf, xs) }

func convertAll(to func(DType) DType, xs []Value) []Value {
	d, weak := latticeN(xs)
	d = to(d)
	out := make([]Value, len(xs))
	for i, x := range xs {
		out[i] = Convert(x, d, weak)
	}
	return out
}

func promoteDTypes2(x, y Value) (Value, Value) {
	d, weak := lattice(x.Aval(), y.Aval())
	return Convert(x, d, weak), Convert(y, d, weak)
}

// PromoteArgsN is PromoteArgs of any number of operands.
func PromoteArgsN(name string, xs ...Value) []Value {
	checkAll(name, xs)
	return promoteRanks(name, PromoteDTypes(xs...))
}

// PromoteInexactN is PromoteInexact of any number of operands.
func PromoteInexactN(name string, xs ...Value) []Value {
	checkAll(name, xs)
	return promoteRanks(name, PromoteDTypesInexact(xs...))
}

func checkAll(name string, xs []Value) {
	for _, x := range xs {
		checkFloat0(name, x.Aval())
	}
	checkKeys(name, xs)
}

// PromoteShapes gives two operands a common rank; scalars stay as they are, lax broadcasts them: promote_shapes.
func PromoteShapes(name string, x, y Value) (Value, Value) {
	m, n := x.Aval().Ndim(), y.Aval().Ndim()
	if m == n || m == 0 || n == 0 {
		return x, y
	}
	out := promoteRanks(name, []Value{x, y})
	return out[0], out[1]
}

func promoteRanks(name string, xs []Value) []Value {
	rank, mixed := 0, false
	for _, x := range xs {
		if n := x.Aval().Ndim(); n > 0 {
			mixed = mixed || rank > 0 && n != rank
			rank = max(rank, n)
		}
	}
	if !mixed {
		return xs
	}
	shapes := make([][]int, len(xs))
	for i, x := range xs {
		shapes[i] = x.Aval().Shape
	}
	if RankPromotion != AllowRank {
		rankPromotion(name, shapes)
	}
	rank = len(BroadcastShapes(shapes...))
	out := make([]Value, len(xs))
	for i, x := range xs {
		out[i] = toRank(x, rank)
	}
	return out
}

// toRank adds leading axes of size 1.
func toRank(x Value, rank int) Value {
	n := rank - x.Aval().Ndim()
	if n == 0 {
		return x
	}
	return lax.Broadcast(x, repeated(1, n))
}

func rankPromotion(name string, shapes [][]int) {
	var s []string
	for _, shape := range shapes {
		s = append(s, core.ShapeString(shape))
	}
	list := strings.Join(s, " ")
	if RankPromotion == WarnRank {
		Warn("UserWarning", "Following NumPy automatic rank promotion for "+name+" on shapes "+list+". Set the jax_numpy_rank_promotion config option to 'allow' to disable this warning; for more information, see https://docs.jax.dev/en/latest/rank_promotion_warning.html.")
		return
	}
	core.Errorf(core.ValueError, "Operands could not be broadcast together for %s on shapes %s and with the config option jax_numpy_rank_promotion='raise'. For more information, see https://docs.jax.dev/en/latest/rank_promotion_warning.html.", name, list)
}

// BroadcastShapes is the shape that arrays of the given shapes broadcast to: lax.broadcast_shapes.
func BroadcastShapes(shapes ...[]int) []int {
	rank := 0
	for _, s := range shapes {
		rank = max(rank, len(s))
	}
	out := repeated(1, rank)
	for _, s := range shapes {
		for i, n := range s {
			switch o := &out[rank-len(s)+i]; {
			case n == *o || n == 1:
			case *o == 1:
				*o = n
			default:
				var list []string
				for _, s := range shapes {
					list = append(list, core.ShapeString(s))
				}
				core.Errorf(core.ValueError, "Incompatible shapes for broadcasting: shapes=[%s]", strings.Join(list, ", "))
			}
		}
	}
	return out
}

// BroadcastTo repeats x to the given shape: jnp.broadcast_to.
func BroadcastTo(x Value, shape []int) Value {
	a := x.Aval()
	if sameShape(a.Shape, shape) {
		return x
	}
	if len(shape) < len(a.Shape) {
		core.Errorf(core.ValueError, "Cannot broadcast to shape with fewer dimensions: arr_shape=%s shape=%s", core.ShapeString(a.Shape), core.ShapeString(shape))
	}
	lead := len(shape) - len(a.Shape)
	dims := make([]int, len(a.Shape))
	for i, n := range a.Shape {
		if dims[i] = lead + i; n != 1 && n != shape[lead+i] {
			core.Errorf(core.ValueError, "Incompatible types for broadcasting: input type=%s and requested type=%s", a.Name(), core.NewAval(a.DType, shape...).Name())
		}
	}
	return lax.BroadcastInDim(x, shape, dims)
}

// BroadcastArrays repeats arrays to their common shape: jnp.broadcast_arrays.
func BroadcastArrays(xs ...Value) []Value {
	same := true
	shapes := make([][]int, len(xs))
	for i, x := range xs {
		shapes[i] = x.Aval().Shape
		same = same && sameShape(shapes[i], shapes[0])
	}
	if same {
		return xs
	}
	shape := BroadcastShapes(shapes...)
	out := make([]Value, len(xs))
	for i, x := range xs {
		out[i] = BroadcastTo(x, shape)
	}
	return out
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

func repeated(v, n int) []int {
	s := make([]int, n)
	for i := range s {
		s[i] = v
	}
	return s
}

// literal is the scalar f of dtype d.
func literal(d DType, f float64) Value { return core.NewLiteral(d, complex(f, 0), false) }

// number is a Python float, weakly typed.
func number(f float64) Value { return core.NewLiteral(defaultFloat(), complex(f, 0), true) }

// integer is a Python int, weakly typed.
func integer(i int) Value { return core.NewIntLiteral(defaultInt(), int64(i), true) }

// constLike is a constant of x's dtype, which is weakly typed where x is a weakly typed scalar: lax._const.
func constLike(x Value, f float64) Value {
	a := x.Aval()
	return core.NewLiteral(a.DType, complex(f, 0), a.Weak && a.Ndim() == 0)
}

func init() {
	core.Export("jnp.broadcast_arrays", "X", func(a *core.Args) []Value { return BroadcastArrays(a.Xs(0)...) }).List()
	core.Export1("jnp.broadcast_to", "xs", func(a *core.Args) Value { return BroadcastTo(a.X(0), a.Ints(1)) })
	// astype takes the dtype, never None.
	core.Export1("jnp.astype", "xs", func(a *core.Args) Value { return AsType(a.X(0), a.DType(1)) })
}
