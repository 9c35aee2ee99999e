package core

import (
	"math"
	"sort"
	"strings"
	"unsafe"

	"github.com/jaxgo/jaxgo/core/dtype"
)

// Functions that Python calls are exported from the packages that define them, under the name of the JAX function:
// "lax.sin", "jnp.where". Python passes positional arguments; a spec says what each is, so that the boundary can tell
// operands from static arguments without running the function: eager calls are compiled as one unit, cached by the
// operands' avals and the static arguments' values.

// A Func is an exported function.
type Func struct {
	Name string
	// Spec has one letter an argument: x an array or scalar, o the same or None, c an array or a scalar whose value is
	// static, n the same but with only integers static, X a sequence of arrays, i an index (arrays in it are operands, all else is static), s static.
	Spec string
	// JitName is the name of the call that jaxprs show, for functions that JAX wraps in jit; empty: no call.
	JitName string
	// Multi says that the function returns a list even of one result.
	Multi bool
	// NoUnit keeps eager calls from being compiled as a unit: the function looks at values or makes constants.
	NoUnit bool
	// Pre, if given, rewrites the arguments of an eager call before it is looked up: static values that change from call
	// to call (an index) can be made operands.
	Pre func(a *Args)
	F   func(a *Args) []Value
	ID  int
}

var (
	funcs     []*Func
	funcNames = map[string]*Func{}
)

// Export makes f callable from Python. See Func for spec.
func Export(name, spec string, f func(a *Args) []Value) *Func {
	if funcNames[name] != nil {
		panic("core: function " + name + " exported twice")
	}
	fn := &Func{Name: name, Spec: spec, F: f, ID: len(funcs)}
	funcs = append(funcs, fn)
	funcNames[name] = fn
	return fn
}

// Export1 is Export for a function with one result.
func Export1(name, spec string, f func(a *Args) Value) *Func {
	return Export(name, spec, func(a *Args) []Value { return []Value{f(a)} })
}

// Jit names the call that jaxprs show.
func (f *Func) Jit(name string) *Func { f.JitName = name; return f }

// List makes the function return a list.
func (f *Func) List() *Func { f.Multi = true; return f }

// Direct keeps eager calls from being compiled as a unit.
func (f *Func) Direct() *Func { f.NoUnit = true; return f }

// FindFunc finds an exported function.
func FindFunc(name string) *Func { return funcNames[name] }

// FuncByID finds an exported function by number.
func FuncByID(id int) *Func {
	if id < 0 || id >= len(funcs) {
		return nil
	}
	return funcs[id]
}

// FuncNames lists the exported functions.
func FuncNames() []string {
	var ns []string
	for n := range funcNames {
		ns = append(ns, n)
	}
	sort.Strings(ns)
	return ns
}

// ArgKind is what an argument is.
type ArgKind uint8

// The kinds of arguments.
const (
	ArgNone ArgKind = iota
	ArgBool
	ArgInt
	ArgFloat
	ArgComplex
	ArgStr
	ArgDType
	ArgValue  // array or tracer
	ArgSeq    // tuple or list
	ArgObject // any other Python object, by identity
	ArgSlice  // Items are start, stop, step
	ArgEllipsis
	ArgGo // a Go object that Python holds, in Go
)

// An Arg is one argument as it came from Python.
type Arg struct {
	Kind  ArgKind
	D     dtype.DType // of ArgDType, and of NumPy scalars (ArgBool … ArgComplex); Invalid for Python scalars
	I     int64
	F     complex128
	S     string // of ArgStr; valid during the call only
	V     Value
	Items []Arg
	Obj   unsafe.Pointer // a borrowed PyObject*
	Go    any
	// Big says that I holds the bits of a uint64; List that a sequence was a list, not a tuple.
	Big, List bool
}

// Args are the arguments of one call.
type Args struct {
	Fn   *Func
	List []Arg
}

func (a *Args) bad(i int, want string) {
	Errorf(TypeError, "%s: argument %d must be %s, got %s", a.Fn.Name, i, want, a.List[i].Describe())
}

// Describe names the argument's type, for messages.
func (g *Arg) Describe() string {
	switch g.Kind {
	case ArgNone:
		return "None"
	case ArgBool:
		return "a bool"
	case ArgInt:
		return "an int"
	case ArgFloat:
		return "a float"
	case ArgComplex:
		return "a complex"
	case ArgStr:
		return "the string '" + g.S + "'"
	case ArgDType:
		return "the dtype " + g.D.Name()
	case ArgValue:
		return "an array " + g.V.Aval().Name()
	case ArgSeq:
		return "a sequence"
	}
	return "an object"
}

// PyTypeOf is the text of the type of a Python object; the boundary installs it.
var PyTypeOf func(obj unsafe.Pointer) string

// PyType is the text of the argument's Python type, as JAX's messages have it.
func (g *Arg) PyType() string {
	switch g.Kind {
	case ArgNone:
		return "<class 'NoneType'>"
	case ArgStr:
		return "<class 'str'>"
	case ArgSlice:
		return "<class 'slice'>"
	case ArgEllipsis:
		return "<class 'ellipsis'>"
	case ArgSeq:
		if g.List {
			return "<class 'list'>"
		}
		return "<class 'tuple'>"
	case ArgObject:
		if PyTypeOf != nil {
			return PyTypeOf(g.Obj)
		}
	}
	return g.Describe()
}

// Len is the number of arguments.
func (a *Args) Len() int { return len(a.List) }

// IsNone reports whether argument i is None or missing.
func (a *Args) IsNone(i int) bool { return i >= len(a.List) || a.List[i].Kind == ArgNone }

// X is operand i: an array, a tracer, or a literal made of a Python scalar (weakly typed).
func (a *Args) X(i int) Value {
	if i >= len(a.List) {
		Errorf(TypeError, "%s: argument %d is missing", a.Fn.Name, i)
	}
	v := a.List[i].Operand()
	if v == nil {
		Errorf(TypeError, "%s requires ndarray or scalar arguments, got %s at position %d.", strings.TrimPrefix(a.Fn.Name, "jnp."), a.List[i].PyType(), i)
	}
	return v
}

// Opt is operand i, or nil for None.
func (a *Args) Opt(i int) Value {
	if a.IsNone(i) {
		return nil
	}
	return a.X(i)
}

// Xs are the operands of the sequence i.
func (a *Args) Xs(i int) []Value {
	g := &a.List[i]
	if g.Kind != ArgSeq {
		a.bad(i, "a sequence of arrays")
	}
	vs := make([]Value, len(g.Items))
	for k := range g.Items {
		if vs[k] = g.Items[k].Operand(); vs[k] == nil {
			Errorf(TypeError, "%s requires ndarray or scalar arguments, got %s at position %d.", strings.TrimPrefix(a.Fn.Name, "jnp."), g.Items[k].PyType(), k)
		}
	}
	return vs
}

// Operand is the argument as a value, or nil if it can't be one.
func (g *Arg) Operand() Value {
	switch g.Kind {
	case ArgValue:
		return g.V
	case ArgBool, ArgInt, ArgFloat, ArgComplex:
		return g.literal()
	}
	return nil
}

// X64 is the configuration's jax_enable_x64.
var X64 bool

// ExplicitX64 says that 64-bit dtypes are taken as they are where a program names them: jax_explicit_x64_dtypes="allow".
var ExplicitX64 bool

// HostConstant makes a concrete array of aval a whose row-major bytes fill writes on the host. Package lowering installs
// it; functions that create constants use it where the evaluator is the current trace, so that they compile nothing.
var HostConstant func(a *Aval, fill func(b []byte)) Value

// GuardTransfer is told before operands or constants of type a are made of what the program has on the host; where such
// transfers are disallowed it fails. Package lowering installs it.
var GuardTransfer = func(a *Aval) {}

// ToHost waits for a concrete array and gives its row-major bytes. Package lowering installs it; functions whose result's
// shape depends on values use it.
var ToHost func(v Value) []byte

func (g *Arg) literal() *Literal {
	d, weak := dtype.Canonicalize(g.D, X64), g.D == dtype.Invalid
	if weak {
		switch g.Kind {
		case ArgBool:
			d, weak = dtype.Bool, false
		case ArgInt:
			d = dtype.Canonicalize(dtype.Int64, X64)
			if d == dtype.Int32 && (g.I < math.MinInt32 || g.I > math.MaxInt32) {
				if g.Big {
					Errorf(OverflowError, "Python int %d too large to convert to int32", uint64(g.I))
				}
				Errorf(OverflowError, "Python int %d too large to convert to int32", g.I)
			}
		case ArgFloat:
			d = dtype.Canonicalize(dtype.Float64, X64)
		case ArgComplex:
			d = dtype.Canonicalize(dtype.Complex128, X64)
		}
	} else if c := dtype.Canonicalize(d, X64); c != d { // a NumPy scalar of a 64-bit type
		if d = c; !c.IsInexact() {
			return NewIntLiteral(c, narrowed(c, g.I), false)
		}
	}
	if g.Kind == ArgBool || g.Kind == ArgInt {
		return NewIntLiteral(d, g.I, weak)
	}
	return NewLiteral(d, g.F, weak)
}

// narrowed is i as a 32-bit dtype holds it.
func narrowed(d dtype.DType, i int64) int64 {
	if d == dtype.Uint32 {
		return int64(uint32(i))
	}
	return int64(int32(i))
}

// Int is the static integer i.
func (a *Args) Int(i int) int {
	return a.index(i, &a.List[i], "an integer")
}

// index is the integer of a static argument, which may be a concrete array.
func (a *Args) index(i int, g *Arg, want string) int {
	switch g.Kind {
	case ArgInt, ArgBool:
		return int(g.I)
	case ArgValue:
		t := g.V.Aval()
		if c, ok := g.V.(Concrete); ok && t.Ndim() == 0 && t.DType.IsInteger() {
			_, _, n, _ := dtype.Scalar(t.DType, ToHost(c))
			return int(n)
		}
		if l, ok := g.V.(*Literal); ok && t.DType.IsInteger() {
			return int(l.I)
		}
		if _, ok := g.V.(Tracer); ok {
			Errorf(TracerIntegerError, "The __index__() method was called on traced array with shape %s", t.Name())
		}
	}
	a.bad(i, want)
	return 0
}

// IntOr is the static integer i, or a default for None.
func (a *Args) IntOr(i, or int) int {
	if a.IsNone(i) {
		return or
	}
	return a.Int(i)
}

// Float is the static number i.
func (a *Args) Float(i int) float64 {
	g := &a.List[i]
	switch g.Kind {
	case ArgInt, ArgBool:
		return float64(g.I)
	case ArgFloat:
		return real(g.F)
	}
	a.bad(i, "a number")
	return 0
}

// Bool is the static truth value i; None is false.
func (a *Args) Bool(i int) bool {
	if a.IsNone(i) {
		return false
	}
	g := &a.List[i]
	if g.Kind != ArgBool && g.Kind != ArgInt {
		a.bad(i, "a bool")
	}
	return g.I != 0
}

// Str is the static string i; None is "".
func (a *Args) Str(i int) string {
	if a.IsNone(i) {
		return ""
	}
	g := &a.List[i]
	if g.Kind != ArgStr {
		a.bad(i, "a string")
	}
	return strings.Clone(g.S)
}

// DType is the static dtype i; None is dtype.Invalid. It comes canonicalized.
func (a *Args) DType(i int) dtype.DType {
	if a.IsNone(i) {
		return dtype.Invalid
	}
	g := &a.List[i]
	if g.Kind != ArgDType {
		a.bad(i, "a dtype")
	}
	if ExplicitX64 {
		return g.D
	}
	return dtype.Canonicalize(g.D, X64)
}

// Ints is a static int or sequence of ints. None gives nil.
func (a *Args) Ints(i int) []int {
	if a.IsNone(i) {
		return nil
	}
	g := &a.List[i]
	switch g.Kind {
	case ArgInt, ArgBool:
		return []int{int(g.I)}
	case ArgSeq:
		out := make([]int, len(g.Items))
		for k := range g.Items {
			out[k] = a.index(i, &g.Items[k], "an integer or a sequence of integers")
		}
		return out
	}
	return []int{a.index(i, g, "an integer or a sequence of integers")}
}

// Seq are the items of a static sequence; None gives nil.
func (a *Args) Seq(i int) []Arg {
	if a.IsNone(i) {
		return nil
	}
	if a.List[i].Kind != ArgSeq {
		a.bad(i, "a sequence")
	}
	return a.List[i].Items
}

// Sub makes the items of sequence i arguments themselves.
func (a *Args) Sub(i int) *Args { return &Args{a.Fn, a.Seq(i)} }
