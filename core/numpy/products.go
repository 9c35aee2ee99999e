package numpy

import (
	"fmt"
	"slices"
	"strings"

	"github.com/jaxgo/jaxgo/core"
	"github.com/jaxgo/jaxgo/core/dtype"
	"github.com/jaxgo/jaxgo/core/lax"
)

// A Product holds the optional arguments of products: lax's precision ("" for None) and the dtype of the result
// (dtype.Invalid for the one that the operands promote to).
type Product struct {
	Precision string
	Preferred DType
}

// result is the dtype and the weak type of a product of xs.
func (p Product) result(xs ...Value) (DType, bool) {
	if p.Preferred != dtype.Invalid {
		return p.Preferred, false
	}
	return resultType(xs...)
}

// resultType is ResultType together with the weak type.
func resultType(xs ...Value) (DType, bool) {
	ts := make([]dtype.Typed, len(xs))
	for i, x := range xs {
		ts[i] = x.Aval().Typed()
	}
	d, weak, err := dtype.ResultType(ts, core.X64, PromotionMode)
	failPromotion(err)
	return d, weak
}

// contract is lax's dot_general with the promotions of jnp.
func (p Product) contract(x, y Value, dims lax.DotDims) Value {
	d, weak := p.result(x, y)
	return Convert(lax.DotGeneral(x, y, dims, p.Precision, d), d, weak)
}

// contracting pairs the axes xs of one operand with the axes ys of the other.
func contracting(xs, ys []int) lax.DotDims {
	return lax.DotDims{LhsContract: xs, RhsContract: ys, LhsBatch: []int{}, RhsBatch: []int{}}
}

// Dot contracts the last axis of x with the last but one of y, which may be its only one.
func Dot(x, y Value, p Product) Value {
	m, n := x.Aval().Ndim(), y.Aval().Ndim()
	switch {
	case m == 0 || n == 0:
		return p.contract(x, y, contracting([]int{}, []int{}))
	case n == 1:
		return p.contract(x, y, contracting([]int{m - 1}, []int{0}))
	}
	return p.contract(x, y, contracting([]int{m - 1}, []int{n - 2}))
}

// Matmul multiplies matrices, over leading axes that broadcast. Axes that both operands have are batch axes of one
// dot_general, axes that one of them lacks, or has with size 1, are free axes of the other.
func Matmul(x, y Value, p Product) Value {
	for i, v := range []Value{x, y} {
		if v.Aval().Ndim() < 1 {
			core.Errorf(core.ValueError, "matmul input operand %d must have ndim at least 1, but it has ndim 0", i)
		}
	}
	xs, ys := x.Aval().Shape, y.Aval().Shape
	xBatch, yBatch := xs[:max(len(xs)-2, 0)], ys[:max(len(ys)-2, 0)]
	n := max(len(xBatch), len(yBatch))
	var (
		dims                         = contracting(nil, nil)
		batch, xFree, yFree          []int // axes of the result
		xSqueeze, ySqueeze, expanded []int
	)
	// size is the size of leading axis i, or 0 for an axis that is missing.
	size := func(s []int, i int) (int, bool) {
		if i < n-len(s) {
			return 0, false
		}
		return s[i-n+len(s)], true
	}
	for i := range n {
		a, ok := size(xBatch, i)
		b, ok2 := size(yBatch, i)
		xAt, yAt := len(batch)+len(xFree), len(batch)+len(yFree)
		switch {
		case !ok:
			yFree = append(yFree, i)
		case !ok2:
			xFree = append(xFree, i)
		case a == 1 && b == 1:
			xSqueeze = append(xSqueeze, xAt+len(xSqueeze))
			ySqueeze = append(ySqueeze, yAt+len(ySqueeze))
			expanded = append(expanded, i)
		case a == 1:
			xSqueeze = append(xSqueeze, xAt+len(xSqueeze))
			yFree = append(yFree, i)
		case b == 1:
			ySqueeze = append(ySqueeze, yAt+len(ySqueeze))
			xFree = append(xFree, i)
		case a == b:
			dims.LhsBatch, dims.RhsBatch = append(dims.LhsBatch, xAt), append(dims.RhsBatch, yAt)
			batch = append(batch, i)
		default:
			core.Errorf(core.ValueError, "Incompatible types for matmul arguments: %s and %s", x.Aval().Name(), y.Aval().Name())
		}
	}
	if len(xs) > 1 {
		xFree = append(xFree, n)
	}
	d, weak := p.result(x, y)
	x, y = lax.Squeeze(x, xSqueeze), lax.Squeeze(y, ySqueeze)
	dims.LhsContract = []int{x.Aval().Ndim() - 1}
	dims.RhsContract = []int{y.Aval().Ndim() - 1}
	if len(ys) > 1 {
		dims.RhsContract[0]--
		yFree = append(yFree, n+min(len(xs)-1, 1))
	}
	z := lax.DotGeneral(x, y, dims, p.Precision, d)
	z = lax.Transpose(z, argsort(slices.Concat(batch, xFree, yFree)))
	return Convert(expandDims(z, expanded), d, weak)
}

// Vdot is the inner product of all elements, with the complex conjugate of those of x.
func Vdot(x, y Value, p Product) Value {
	if x.Aval().DType.IsComplex() {
		x = Conjugate(x)
	}
	return Dot(flat(x), flat(y), p)
}

// flat has all elements of x along one axis.
func flat(x Value) Value { return lax.Reshape(x, []int{x.Aval().Size()}) }

// Tensordot contracts the axes xs of x with the axes ys of y.
func Tensordot(x, y Value, xs, ys []int, p Product) Value {
	norm := func(axes []int, n int) []int {
		out := make([]int, len(axes))
		for i, a := range axes {
			out[i] = normAxis(a, n)
		}
		return out
	}
	return p.contract(x, y, contracting(norm(xs, x.Aval().Ndim()), norm(ys, y.Aval().Ndim())))
}

// tensordotAxes reads the argument axes of tensordot.
func tensordotAxes(x, y Value, g *core.Arg) ([]int, []int) {
	m, n := x.Aval().Ndim(), y.Aval().Ndim()
	switch {
	case g.Kind == core.ArgInt:
		k := int(g.I)
		if k > min(m, n) {
			core.Errorf(core.TypeError, "Number of tensordot axes (axes %d) exceeds input ranks (%s and %s)", k, core.ShapeString(x.Aval().Shape), core.ShapeString(y.Aval().Shape))
		}
		return upTo(m)[m-k:], upTo(k)
	case g.Kind == core.ArgSeq && len(g.Items) == 2:
		a, b := &g.Items[0], &g.Items[1]
		switch {
		case a.Kind == core.ArgInt && b.Kind == core.ArgInt:
			return []int{int(a.I)}, []int{int(b.I)}
		case a.Kind == core.ArgSeq && b.Kind == core.ArgSeq:
			if len(a.Items) != len(b.Items) {
				core.Errorf(core.TypeError, "tensordot requires axes lists to have equal length, got %s and %s.", pyRepr(a), pyRepr(b))
			}
			return itemInts(a), itemInts(b)
		}
		core.Errorf(core.TypeError, "tensordot requires both axes lists to be either ints, tuples or lists, got %s and %s", pyRepr(a), pyRepr(b))
	}
	core.Errorf(core.TypeError, "tensordot axes argument must be an int, a pair of ints, or a pair of lists/tuples of ints.")
	return nil, nil
}

func itemInts(g *core.Arg) []int {
	out := make([]int, len(g.Items))
	for i := range g.Items {
		if k := g.Items[i].Kind; k != core.ArgInt && k != core.ArgBool {
			core.Errorf(core.TypeError, "%s cannot be interpreted as an integer", g.Items[i].Describe())
		}
		out[i] = int(g.Items[i].I)
	}
	return out
}

// pyRepr spells a static argument as Python does, for messages.
func pyRepr(g *core.Arg) string {
	switch g.Kind {
	case core.ArgNone:
		return "None"
	case core.ArgBool:
		if g.I != 0 {
			return "True"
		}
		return "False"
	case core.ArgInt:
		return fmt.Sprint(g.I)
	case core.ArgFloat:
		return core.NewLiteral(dtype.Float64, g.F, false).String()
	case core.ArgStr:
		return "'" + g.S + "'"
	case core.ArgSeq:
		items := make([]string, len(g.Items))
		for i := range g.Items {
			items[i] = pyRepr(&g.Items[i])
		}
		list := strings.Join(items, ", ")
		switch {
		case g.List:
			return "[" + list + "]"
		case len(items) == 1:
			list += ","
		}
		return "(" + list + ")"
	case core.ArgValue:
		return g.V.Aval().Name()
	}
	return g.Describe()
}

// Inner contracts the last axes of x and y.
func Inner(x, y Value, p Product) Value {
	if x.Aval().Ndim() == 0 || y.Aval().Ndim() == 0 {
		if p.Preferred != dtype.Invalid {
			x, y = AsType(x, p.Preferred), AsType(y, p.Preferred)
		}
		return Multiply(x, y)
	}
	return Tensordot(x, y, []int{-1}, []int{-1}, p)
}

// Outer multiplies each element of x with each of y.
func Outer(x, y Value) Value {
	x, y = promoteDTypes2(x, y)
	return Multiply(lax.ExpandDims(flat(x), 1), lax.ExpandDims(flat(y), 0))
}

// kron is the Kronecker product.
func kron(x, y Value) Value {
	x, y = promoteDTypes2(x, y)
	n := max(x.Aval().Ndim(), y.Aval().Ndim())
	x, y = expandDims(x, upTo(n-x.Aval().Ndim())), expandDims(y, upTo(n-y.Aval().Ndim()))
	odd, even := make([]int, n), make([]int, n)
	shape := make([]int, n)
	for i := range n {
		even[i], odd[i] = 2*i, 2*i+1
		shape[i] = x.Aval().Shape[i] * y.Aval().Shape[i]
	}
	return lax.Reshape(lax.Mul(expandDims(x, odd), expandDims(y, even)), shape)
}

// cross is the vector product of vectors of two or three components along axes a of x and b of y; the result has its
// components along axis c.
func cross(x, y Value, a, b, c int) Value {
	x, y = MoveAxis(x, []int{a}, []int{-1}), MoveAxis(y, []int{b}, []int{-1})
	last := func(v Value) int { s := v.Aval().Shape; return s[len(s)-1] }
	m, n := last(x), last(y)
	if m != 2 && m != 3 || n != 2 && n != 3 {
		core.Errorf(core.ValueError, "Dimension must be either 2 or 3 for cross product")
	}
	if m == 2 && n == 2 {
		return Subtract(Multiply(pick(x, -1, 0), pick(y, -1, 1)), Multiply(pick(x, -1, 1), pick(y, -1, 0)))
	}
	components := func(v Value) [3]Value {
		var out [3]Value
		for i := range last(v) {
			out[i] = pick(v, -1, i)
		}
		if out[2] == nil {
			out[2] = ZerosLike(out[0])
		}
		return out
	}
	p, q := components(x), components(y)
	parts := make([]Value, 3)
	for i := range parts {
		j, k := (i+1)%3, (i+2)%3
		parts[i] = Subtract(Multiply(p[j], q[k]), Multiply(p[k], q[j]))
	}
	for i, v := range parts {
		parts[i] = lax.ExpandDims(v, 0)
	}
	return MoveAxis(lax.Concatenate(parts, 0), []int{0}, []int{c})
}

// A gufunc is a product of the last axes of x and y, whose names tell which are contracted, mapped over the others.
type gufunc struct {
	signature string
	x, y      []string
}

var (
	matvecOf = gufunc{"(n,m),(m)->(n)", []string{"n", "m"}, []string{"m"}}
	vecmatOf = gufunc{"(n),(n,m)->(m)", []string{"n"}, []string{"n", "m"}}
	vecdotOf = gufunc{"(n),(n)->()", []string{"n"}, []string{"n"}}
)

// coreAxes checks the operand's core axes, whose sizes it records, and gives the shape before them.
func (g gufunc) coreAxes(v Value, names []string, sizes map[string]int) []int {
	context := "on vectorized function with excluded=frozenset() and signature='" + g.signature + "'"
	s := v.Aval().Shape
	lead := len(s) - len(names)
	if lead < 0 {
		list := "('" + strings.Join(names, "', '") + "'"
		if len(names) == 1 {
			list += ","
		}
		core.Errorf(core.ValueError, "input with shape %s does not have enough dimensions for all core dimensions %s) %s", core.ShapeString(s), list, context)
	}
	for i, name := range names {
		if n, ok := sizes[name]; ok && n != s[lead+i] {
			core.Errorf(core.ValueError, "inconsistent size for core dimension '%s': %d vs %d %s", name, s[lead+i], n, context)
		}
		sizes[name] = s[lead+i]
	}
	return s[:lead]
}

// apply is the jnp.vectorize of the product.
func (g gufunc) apply(x, y Value, p Product) Value {
	sizes := map[string]int{}
	xLead, yLead := g.coreAxes(x, g.x, sizes), g.coreAxes(y, g.y, sizes)
	if m, n := x.Aval().Ndim(), y.Aval().Ndim(); m > 0 && n > 0 && len(xLead) != len(yLead) && RankPromotion != AllowRank {
		msg := fmt.Sprintf("operands with shapes [%s, %s] require rank promotion for jnp.vectorize function with signature %s. Set the jax_numpy_rank_promotion config option to 'allow' to disable this message; for more information, see https://docs.jax.dev/en/latest/rank_promotion_warning.html.", core.ShapeString(x.Aval().Shape), core.ShapeString(y.Aval().Shape), g.signature)
		if RankPromotion == RaiseRank {
			core.Errorf(core.ValueError, "%s", msg)
		}
		Warn("UserWarning", msg)
	}
	rank := len(BroadcastShapes(xLead, yLead))
	// Axes of size 1 are squeezed, what is left of leading axis i of the result is axis at[i] of the operand.
	squeezed := func(v Value, lead []int) (Value, map[int]int) {
		at, drop := map[int]int{}, []int{}
		for i, n := range lead {
			if n == 1 {
				drop = append(drop, i)
			} else {
				at[rank-len(lead)+i] = len(at)
			}
		}
		return lax.Squeeze(v, drop), at
	}
	x, xAt := squeezed(x, xLead)
	y, yAt := squeezed(y, yLead)
	dims := contracting([]int{len(xAt) + slices.Index(g.x, g.y[0])}, []int{len(yAt)})
	var batch, xFree, yFree, expanded []int
	for i := range rank {
		a, ok := xAt[i]
		b, ok2 := yAt[i]
		switch {
		case ok && ok2:
			dims.LhsBatch, dims.RhsBatch = append(dims.LhsBatch, a), append(dims.RhsBatch, b)
			batch = append(batch, i)
		case ok:
			xFree = append(xFree, i)
		case ok2:
			yFree = append(yFree, i)
		default:
			expanded = append(expanded, i)
		}
	}
	if len(g.x) > 1 {
		xFree = append(xFree, rank)
	}
	if len(g.y) > 1 {
		yFree = append(yFree, rank)
	}
	d, weak := p.result(x, y)
	z := lax.DotGeneral(x, y, dims, p.Precision, d)
	z = lax.Transpose(z, argsort(slices.Concat(batch, xFree, yFree)))
	return expandDims(Convert(z, d, weak), expanded)
}

// Vecdot is the inner product along an axis, with the complex conjugate of x.
func Vecdot(x, y Value, axis int, p Product) Value {
	size := func(v Value) int {
		s := v.Aval().Shape
		if axis < -len(s) || axis >= len(s) {
			core.Errorf(core.IndexError, "tuple index out of range")
		}
		return s[(axis+len(s))%len(s)]
	}
	if size(x) != size(y) {
		core.Errorf(core.ValueError, "axes must match; got shapes %s and %s with axis=%d", core.ShapeString(x.Aval().Shape), core.ShapeString(y.Aval().Shape), axis)
	}
	x, y = MoveAxis(x, []int{axis}, []int{-1}), MoveAxis(y, []int{axis}, []int{-1})
	if x.Aval().DType.IsComplex() {
		x = Conjugate(x)
	}
	return vecdotOf.apply(x, y, p)
}

// productArgs are precision and preferred_element_type, from argument i on.
func productArgs(a *core.Args, i int) Product { return Product{a.Str(i), a.DType(i + 1)} }

func init() {
	// a, b, precision, preferred_element_type
	core.Export1("jnp.dot", "xxss", func(a *core.Args) Value { return Dot(a.X(0), a.X(1), productArgs(a, 2)) })
	core.Export1("jnp.matmul", "xxss", func(a *core.Args) Value { return Matmul(a.X(0), a.X(1), productArgs(a, 2)) })
	core.Export1("jnp.vdot", "xxss", func(a *core.Args) Value { return Vdot(a.X(0), a.X(1), productArgs(a, 2)) })
	core.Export1("jnp.inner", "xxss", func(a *core.Args) Value { return Inner(a.X(0), a.X(1), productArgs(a, 2)) })
	// a, b, axes, precision, preferred_element_type
	core.Export1("jnp.tensordot", "xxsss", func(a *core.Args) Value {
		x, y := a.X(0), a.X(1)
		xs, ys := tensordotAxes(x, y, &a.List[2])
		return Tensordot(x, y, xs, ys, productArgs(a, 3))
	})
	// x1, x2, axis, precision, preferred_element_type
	core.Export1("jnp.vecdot", "xxsss", func(a *core.Args) Value {
		return Vecdot(a.X(0), a.X(1), a.IntOr(2, -1), productArgs(a, 3))
	})
	core.Export1("jnp.matvec", "xx", func(a *core.Args) Value { return matvecOf.apply(a.X(0), a.X(1), Product{}) }).Jit("matvec")
	core.Export1("jnp.vecmat", "xx", func(a *core.Args) Value {
		return vecmatOf.apply(Conjugate(a.X(0)), a.X(1), Product{})
	}).Jit("vecmat")
	core.Export1("jnp.outer", "xx", func(a *core.Args) Value { return Outer(a.X(0), a.X(1)) })
	core.Export1("jnp.kron", "xx", func(a *core.Args) Value { return kron(a.X(0), a.X(1)) }).Jit("kron")
	// a, b, axisa, axisb, axisc, axis
	core.Export1("jnp.cross", "xxssss", func(a *core.Args) Value {
		p, q, r := a.IntOr(2, -1), a.IntOr(3, -1), a.IntOr(4, -1)
		if !a.IsNone(5) {
			p, q, r = a.Int(5), a.Int(5), a.Int(5)
		}
		return cross(a.X(0), a.X(1), p, q, r)
	}).Jit("cross")
}
