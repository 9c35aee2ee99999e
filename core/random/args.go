package random

import (
	"slices"
	"strconv"

	"github.com/jaxgo/jaxgo/core"
	"github.com/jaxgo/jaxgo/core/dtype"
	"github.com/jaxgo/jaxgo/core/lax"
	jnp "github.com/jaxgo/jaxgo/core/numpy"
)

// call records f as a call named as JAX's jitted function; static tells which of its variants f is.
func call(name, static string, f func(in []Value) Value, operands ...Value) Value {
	return jnp.Call(name, static, func(in []Value) []Value { return []Value{f(in)} }, operands...)[0]
}

// statics spells what a function depends on beside its operands.
func statics(shape []int, d DType, more ...string) string {
	b := make([]byte, 0, 32)
	for _, n := range shape {
		b = append(strconv.AppendInt(b, int64(n), 10), ',')
	}
	b = strconv.AppendUint(append(b, ';'), uint64(d), 10)
	for _, s := range more {
		b = append(append(b, ';'), s...)
	}
	return string(b)
}

// shapeArg is argument i as a shape: an int or a sequence of them; None is none.
func shapeArg(a *core.Args, i int) (shape []int, given bool) {
	if a.IsNone(i) {
		return nil, false
	}
	g := &a.List[i]
	switch g.Kind {
	case core.ArgInt:
		return []int{int(g.I)}, true
	case core.ArgSeq:
		shape = make([]int, len(g.Items))
		for k := range g.Items {
			if g.Items[k].Kind != core.ArgInt && g.Items[k].Kind != core.ArgBool {
				badShape(g)
			}
			shape[k] = int(g.Items[k].I)
		}
		return shape, true
	}
	badShape(g)
	return nil, false
}

func badShape(g *core.Arg) {
	core.Errorf(core.TypeError, "Shapes must be 1D sequences of concrete values of integer type, got %s.", repr(g))
}

// repr is an argument as Python prints it, as far as messages need it.
func repr(g *core.Arg) string {
	switch g.Kind {
	case core.ArgBool:
		if g.I != 0 {
			return "True"
		}
		return "False"
	case core.ArgInt:
		return strconv.FormatInt(g.I, 10)
	case core.ArgFloat:
		return core.FormatParam(real(g.F))
	case core.ArgStr:
		return "'" + g.S + "'"
	case core.ArgSeq:
		s := ""
		for k := range g.Items {
			if k > 0 {
				s += ", "
			}
			s += repr(&g.Items[k])
		}
		if g.List {
			return "[" + s + "]"
		}
		if len(g.Items) == 1 {
			s += ","
		}
		return "(" + s + ")"
	case core.ArgValue:
		return g.V.Aval().Name()
	}
	return g.Describe()
}

// shapeOr is argument i as a shape, () by default.
func shapeOr(a *core.Args, i int) []int {
	s, _ := shapeArg(a, i)
	return s
}

// broadcastShape is argument i as a shape that the operands' shapes broadcast to; by default, what they broadcast to.
func broadcastShape(a *core.Args, name string, i int, operands ...Value) []int {
	shape, given := shapeArg(a, i)
	return shapeFor(name, shape, given, operands...)
}

func shapeFor(name string, shape []int, given bool, operands ...Value) []int {
	shapes := make([][]int, len(operands))
	for k, x := range operands {
		shapes[k] = x.Aval().Shape
	}
	if !given {
		return jnp.BroadcastShapes(shapes...)
	}
	checkShape(name, shape, shapes...)
	return shape
}

// checkShape is JAX's _check_shape.
func checkShape(name string, shape []int, params ...[]int) {
	if len(params) == 0 {
		return
	}
	if got := jnp.BroadcastShapes(append([][]int{shape}, params...)...); !slices.Equal(got, shape) {
		core.Errorf(core.ValueError, "%s parameter shapes must be broadcast-compatible with shape argument, and the result of broadcasting the shapes must equal the shape argument, but got result %s for shape argument %s.",
			name, core.ShapeString(got), core.ShapeString(shape))
	}
}

func defaultFloat() DType { return dtype.Default(dtype.KindFloat, core.X64) }
func defaultInt() DType   { return dtype.Default(dtype.KindInt, core.X64) }

// dtypeOr is argument i as a dtype, or a default.
func dtypeOr(a *core.Args, i int, or DType) DType {
	if d := a.DType(i); d != dtype.Invalid {
		return d
	}
	return or
}

// floatArg is argument i as a floating dtype, by default the configuration's.
func floatArg(a *core.Args, name string, i int) DType {
	d := dtypeOr(a, i, defaultFloat())
	if !d.IsFloating() {
		core.Errorf(core.ValueError, "dtype argument to `%s` must be a float dtype, got %s", name, d.Name())
	}
	return d
}

// inexactArg is floatArg that allows complex dtypes.
func inexactArg(a *core.Args, name string, i int) DType {
	d := dtypeOr(a, i, defaultFloat())
	if !d.IsInexact() {
		core.Errorf(core.ValueError, "dtype argument to `%s` must be a float or complex dtype, got %s", name, d.Name())
	}
	return d
}

// checkSafe is JAX's _check_all_safe_to_cast.
func checkSafe(name string, d DType, operands ...Value) {
	for _, x := range operands {
		if a := x.Aval(); a.DType != d && jnp.ResultType(x, number(d, 0)) != d {
			core.Errorf(core.TypePromotionError, "In arguments to %s, cannot safely cast argument of type %s to %s", name, a.DType.Name(), d.Name())
		}
	}
}

// number is a constant of dtype d.
func number(d DType, f float64) Value { return core.NewLiteral(d, complex(f, 0), false) }

// like is a constant of x's dtype: JAX's lax._const.
func like(x Value, f float64) Value { return number(x.Aval().DType, f) }

// word is a constant of an unsigned dtype.
func word(d DType, u uint64) Value { return core.NewIntLiteral(d, int64(u), false) }

// weak is a Python float, and weakInt a Python int, as an operand of arithmetic that promotes.
func weak(f float64) Value { return core.NewLiteral(defaultFloat(), complex(f, 0), true) }

func weakInt(i int64) Value { return core.NewIntLiteral(defaultInt(), i, true) }

// full is an array filled with v; a scalar stays as it is.
func full(shape []int, v Value) Value {
	if len(shape) == 0 {
		return v
	}
	return lax.Full(shape, v)
}

// at is x[i].
func at(x Value, i int) Value {
	s := x.Aval().Shape
	lo, hi := make([]int, len(s)), slices.Clone(s)
	lo[0], hi[0] = i, i+1
	return lax.Squeeze(lax.Slice(x, lo, hi, nil), []int{0})
}

func with(shape []int, more ...int) []int { return append(slices.Clone(shape), more...) }

// loop repeats body while cond holds.
func loop(cond func(s []Value) Value, body func(s []Value) []Value, init []Value) []Value {
	return lax.WhileLoop(func(s []Value) []Value { return []Value{cond(s)} }, body, init)
}
