package pybind

/*
#include "jgpy.h"
*/
import "C"

import (
	"unsafe"

	"github.com/jaxgo/jaxgo/core"
	"github.com/jaxgo/jaxgo/core/dtype"
	"github.com/jaxgo/jaxgo/core/numpy"
	"github.com/jaxgo/jaxgo/lowering"
)

// Arrays of given values, and the dtypes that values promote to.

func init() {
	core.PyTypeOf = func(obj unsafe.Pointer) string {
		text := C.jg_type_text(obj)
		if text == nil {
			return "an object"
		}
		defer C.free(unsafe.Pointer(text))
		return C.GoString(text)
	}
	// result_type(*args) -> [dtype, weak]: args are dtypes, arrays, and Python scalars, which stand for their types too
	provide("result_type", func(a *core.Args) []any { return resultType(a, dtype.ResultType) })
	// lattice_type(*args) -> [dtype, weak]: result_type without the widening of weak types
	provide("lattice_type", func(a *core.Args) []any { return resultType(a, dtype.Promote) })
	// asarray(x) -> an array of a value: of a Python scalar weakly typed, of an array itself
	provide1("asarray", func(a *core.Args) any {
		v := a.X(0)
		if l, ok := v.(*core.Literal); ok {
			core.GuardTransfer(l.Aval())
		}
		return staged(v)
	})
	// scalar_array(value, dtype, weak) -> an array of a Python scalar
	provide1("scalar_array", func(a *core.Args) any {
		v := scalarOf(&a.List[0], a.DType(1), a.Bool(2))
		core.GuardTransfer(v.Aval())
		return staged(v)
	})
	// numbers(nested sequence, dtype or None) -> an array of Python scalars, or None if something else is among them or
	// the sequence is ragged
	provide1("numbers", func(a *core.Args) any {
		v := numbers(&a.List[0], a.DType(1))
		if v == nil {
			return nil
		}
		return staged(v)
	})
	// promote_types(a, b) -> the dtype both convert to, 64-bit ones whatever x64 is; Python scalars stand for their types
	provide1("promote_types", func(a *core.Args) any {
		ts := []dtype.Typed{wideScalar(&a.List[0]), wideScalar(&a.List[1])}
		d, weak, err := dtype.Promote(ts, core.X64, numpy.PromotionMode)
		failPromotion(err)
		if weak {
			d = dtype.Default(d.Kind(), true)
		}
		return d
	})
	// einsum_path(subscripts, shapes, optimize) -> [path, contractions, cost at once, cost of the path]
	provide("einsum_path", func(a *core.Args) []any {
		shapes := make([][]int, len(a.Seq(1)))
		for i := range shapes {
			shapes[i] = a.Sub(1).Ints(i)
		}
		path, contracted, naive, best := numpy.EinsumPath(a.Str(0), shapes, &a.List[2])
		steps := make([]any, len(path))
		for i, p := range path {
			steps[i] = p
		}
		return []any{steps, contracted, naive, best}
	})
	provide1("stage", func(a *core.Args) any { return staged(a.X(0)) })
}

// staged makes v a value of the current trace where that records a jaxpr, and an array elsewhere.
func staged(v core.Value) any {
	if t, ok := core.CurrentTrace().(*core.JaxprTrace); ok {
		return t.Stage(v)
	}
	if l, ok := v.(*core.Literal); ok {
		return lowering.Fresh(l)
	}
	return v
}

func resultType(a *core.Args, f func([]dtype.Typed, bool, dtype.Mode) (dtype.DType, bool, error)) []any {
	ts := make([]dtype.Typed, len(a.List))
	for i := range a.List {
		g := &a.List[i]
		switch g.Kind {
		case core.ArgDType:
			ts[i] = dtype.Typed{D: dtype.Canonicalize(g.D, core.X64)}
		case core.ArgInt, core.ArgFloat, core.ArgComplex, core.ArgBool:
			ts[i] = typedScalar(g)
		default:
			ts[i] = a.X(i).Aval().Typed()
		}
	}
	d, weak, err := f(ts, core.X64, numpy.PromotionMode)
	failPromotion(err)
	return []any{d, weak}
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

// wideScalar is a dtype as it is, or the 64-bit weak type of a Python scalar.
func wideScalar(g *core.Arg) dtype.Typed {
	switch g.Kind {
	case core.ArgDType:
		return dtype.Typed{D: g.D}
	case core.ArgInt:
		return dtype.Typed{D: dtype.Int64, Weak: true}
	case core.ArgFloat:
		return dtype.Typed{D: dtype.Float64, Weak: true}
	case core.ArgComplex:
		return dtype.Typed{D: dtype.Complex128, Weak: true}
	}
	core.Errorf(core.TypeError, "promote_types: %s is no dtype", g.Describe())
	return dtype.Typed{}
}

func typedScalar(g *core.Arg) dtype.Typed {
	if g.D != dtype.Invalid {
		return dtype.Typed{D: dtype.Canonicalize(g.D, core.X64)}
	}
	var d dtype.DType
	switch g.Kind {
	case core.ArgBool:
		return dtype.Typed{D: dtype.Bool}
	case core.ArgInt:
		d = dtype.Int64
	case core.ArgFloat:
		d = dtype.Float64
	default:
		d = dtype.Complex128
	}
	return dtype.Typed{D: dtype.Canonicalize(d, core.X64), Weak: true}
}

// scalarOf is a Python scalar as a literal of a dtype, converted as NumPy does.
func scalarOf(g *core.Arg, d dtype.DType, weak bool) *core.Literal {
	if d == dtype.Invalid {
		return g.Operand().(*core.Literal)
	}
	switch g.Kind {
	case core.ArgBool, core.ArgInt:
		if d.IsUnsigned() || d.IsSigned() {
			checkInt(g, d)
		}
		if g.Big && d.IsInexact() {
			return core.NewLiteral(d, complex(float64(uint64(g.I)), 0), weak)
		}
		return core.NewIntLiteral(d, g.I, weak)
	case core.ArgFloat, core.ArgComplex:
		if d.IsBool() {
			n := int64(0)
			if g.F != 0 {
				n = 1
			}
			return core.NewIntLiteral(d, n, weak)
		}
		return core.NewLiteral(d, g.F, weak)
	}
	core.Errorf(core.TypeError, "%s is not a number", g.Describe())
	return nil
}

// checkInt refuses an integer that its dtype does not hold, in NumPy's words.
func checkInt(g *core.Arg, d dtype.DType) {
	i, bits := g.I, d.Bits()
	if bits < 8 { // ml_dtypes' types wrap around
		return
	}
	fits := false
	if d.IsUnsigned() {
		fits = (i >= 0 || g.Big) && (bits == 64 || uint64(i)>>bits == 0)
	} else {
		fits = !g.Big && i<<(64-bits)>>(64-bits) == i
	}
	if !fits {
		if g.Big {
			core.Errorf(core.OverflowError, "Python integer %d out of bounds for %s", uint64(i), d.Name())
		}
		core.Errorf(core.OverflowError, "Python integer %d out of bounds for %s", i, d.Name())
	}
}

// numbers is an array of a nested sequence of Python scalars; nil if it is none.
func numbers(g *core.Arg, d dtype.DType) core.Value {
	var shape []int
	for p := g; p.Kind == core.ArgSeq; p = &p.Items[0] {
		shape = append(shape, len(p.Items))
		if len(p.Items) == 0 {
			break
		}
	}
	kind := core.ArgNone
	if !uniform(g, shape, &kind) {
		return nil
	}
	if d == dtype.Invalid {
		switch kind {
		case core.ArgBool:
			d = dtype.Bool
		case core.ArgInt:
			d = dtype.Int64
		case core.ArgComplex:
			d = dtype.Complex128
		default:
			d = dtype.Float64
		}
		d = dtype.Canonicalize(d, core.X64)
	} else if !numberKind(kind, d) {
		return nil
	}
	size := d.Size()
	core.GuardTransfer(core.NewAval(d, shape...))
	return core.HostConstant(core.NewAval(d, shape...), func(b []byte) {
		var walk func(g *core.Arg)
		walk = func(g *core.Arg) {
			switch g.Kind {
			case core.ArgSeq:
				for i := range g.Items {
					walk(&g.Items[i])
				}
				return
			case core.ArgFloat, core.ArgComplex:
				dtype.PutScalar(d, b, real(g.F), imag(g.F))
			default:
				if d.IsInteger() {
					checkInt(g, d)
				}
				if g.Big {
					dtype.PutUint(d, b, uint64(g.I))
				} else {
					dtype.PutInt(d, b, g.I)
				}
			}
			b = b[size:]
		}
		walk(g)
	})
}

// numberKind reports whether scalars of a kind become d without NumPy's checks.
func numberKind(kind core.ArgKind, d dtype.DType) bool {
	switch {
	case d.IsKey() || d == dtype.Float0:
		return false
	case d.IsComplex():
		return true
	case d.IsInexact():
		return kind != core.ArgComplex
	case d.IsBool():
		return kind == core.ArgBool
	}
	return kind == core.ArgInt || kind == core.ArgBool
}

// uniform reports whether g is nested as shape says, with Python scalars as leaves, and finds their widest kind.
func uniform(g *core.Arg, shape []int, kind *core.ArgKind) bool {
	if len(shape) == 0 {
		if g.Kind < core.ArgBool || g.Kind > core.ArgComplex || g.D != dtype.Invalid {
			return false
		}
		*kind = max(*kind, g.Kind)
		return true
	}
	if g.Kind != core.ArgSeq || len(g.Items) != shape[0] {
		return false
	}
	for i := range g.Items {
		if !uniform(&g.Items[i], shape[1:], kind) {
			return false
		}
	}
	return true
}
