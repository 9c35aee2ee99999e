package numpy

import (
	"slices"

	"github.com/jaxgo/jaxgo/core"
	"github.com/jaxgo/jaxgo/core/dtype"
	"github.com/jaxgo/jaxgo/core/lax"
)

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

func init() {
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
}
