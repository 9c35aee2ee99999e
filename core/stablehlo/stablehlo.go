// Package stablehlo writes StableHLO modules as text. It knows types, attributes, operations and regions,
// and nothing of jaxprs. The grammar is that of the StableHLO specification; operations whose pretty form is
// simple are written in it, the others in MLIR's generic form, which every parser accepts.
package stablehlo

import (
	"strconv"
	"strings"
)

// A Type is a ranked tensor type.
type Type struct {
	Elem  string // f32, i1, ui8, complex<f32>
	Shape []int
	text  string
}

// NewType makes a tensor type; its text is made once.
func NewType(elem string, shape []int) *Type {
	b := make([]byte, 0, 24)
	b = append(b, "tensor<"...)
	for _, n := range shape {
		b = strconv.AppendInt(b, int64(n), 10)
		b = append(b, 'x')
	}
	b = append(b, elem...)
	b = append(b, '>')
	return &Type{Elem: elem, Shape: shape, text: string(b)}
}

func (t *Type) String() string { return t.text }

// WithShape is t with another shape.
func (t *Type) WithShape(shape []int) *Type { return NewType(t.Elem, shape) }

// WithElem is t with another element type.
func (t *Type) WithElem(elem string) *Type { return NewType(elem, t.Shape) }

// A Value is an SSA value of the function being written.
type Value struct {
	ID   int32 // argument numbers are negative: -1 is %arg0
	Type *Type
}

// A Module collects functions. Main is the first one.
type Module struct {
	Name    string
	Attrs   string // extra module attributes, comma separated
	funcs   []*Func
	names   map[string]int
	symbols map[any]*Func
}

// NewModule makes an empty module.
func NewModule(name string) *Module {
	return &Module{Name: strings.TrimRight(sanitize(name), "_"), names: map[string]int{}, symbols: map[any]*Func{}}
}

// Lookup finds the function stored under key by Func.
func (m *Module) Lookup(key any) *Func { return m.symbols[key] }

// Func starts a function; key, if not nil, is how Lookup finds it again. A taken name gets a numbered suffix.
func (m *Module) Func(name string, key any, public bool, in []*Type) *Func {
	n := sanitize(name)
	if k, taken := m.names[n]; taken {
		base := n
		for ; taken; k++ { // an embedded function may have a numbered name
			n = base + "_" + strconv.Itoa(k)
			_, taken = m.names[n]
		}
		m.names[base] = k
	}
	m.names[n] = 0
	f := &Func{Name: n, public: public, in: in, ArgAttrs: make([]string, len(in))}
	f.B.m = m
	f.B.indent = 4
	f.B.next = 0
	m.funcs = append(m.funcs, f)
	if key != nil {
		m.symbols[key] = f
	}
	return f
}

// Bytes is the module's text.
func (m *Module) Bytes() []byte {
	n := 256
	for _, f := range m.funcs {
		n += len(f.B.buf) + 256
	}
	b := make([]byte, 0, n)
	b = append(b, "module @"...)
	b = append(b, m.Name...)
	b = append(b, " attributes {mhlo.num_partitions = 1 : i32, mhlo.num_replicas = 1 : i32"...)
	if m.Attrs != "" {
		b = append(append(b, ", "...), m.Attrs...)
	}
	b = append(b, "} {\n"...)
	for _, f := range m.funcs {
		b = f.append(b)
	}
	return append(b, "}\n"...)
}

// A Func is one function of a module, with the builder of its body.
type Func struct {
	Name     string
	B        Builder
	ArgAttrs []string // attribute dictionaries without braces
	ResAttrs []string
	public   bool
	in       []*Type
	out      []*Type
	CallOuts []*Type
	raw      []byte // what follows the name, of an embedded function
}

// Args are the function's parameters.
func (f *Func) Args() []Value {
	vs := make([]Value, len(f.in))
	for i, t := range f.in {
		vs[i] = Value{int32(-1 - i), t}
	}
	return vs
}

// Return ends the body.
func (f *Func) Return(out []Value) {
	f.out = types(out)
	f.B.ret("return", out)
}

// Out are the types that the function returns; known once Return was called.
func (f *Func) Out() []*Type { return f.out }

func (f *Func) append(b []byte) []byte {
	b = append(f.declare(b), f.Name...)
	if f.raw != nil {
		return append(b, f.raw...)
	}
	b = append(f.signature(b), f.B.buf...)
	return append(b, "  }\n"...)
}

// declare begins the function, up to its name.
func (f *Func) declare(b []byte) []byte {
	if f.public {
		return append(b, "  func.func public @"...)
	}
	return append(b, "  func.func private @"...)
}

// signature is what stands between the name and the body.
func (f *Func) signature(b []byte) []byte {
	b = append(b, '(')
	for i, t := range f.in {
		if i > 0 {
			b = append(b, ", "...)
		}
		b = append(b, "%arg"...)
		b = strconv.AppendInt(b, int64(i), 10)
		b = append(append(b, ": "...), t.text...)
		if f.ArgAttrs[i] != "" {
			b = append(append(append(b, " {"...), f.ArgAttrs[i]...), '}')
		}
	}
	b = append(b, ')')
	switch {
	case len(f.out) == 1 && !f.public:
		b = append(append(b, " -> "...), f.out[0].text...)
	case len(f.out) > 0:
		b = append(b, " -> ("...)
		for i, t := range f.out {
			if i > 0 {
				b = append(b, ", "...)
			}
			b = append(b, t.text...)
			if i < len(f.ResAttrs) && f.ResAttrs[i] != "" {
				b = append(append(append(b, " {"...), f.ResAttrs[i]...), '}')
			}
		}
		b = append(b, ')')
	}
	return append(b, " {\n"...)
}

// A Builder writes operations into a block.
type Builder struct {
	m      *Module
	buf    []byte
	next   int32
	indent int
	blocks int32 // makes block argument names unique
}

// Module is the module being built.
func (b *Builder) Module() *Module { return b.m }

func (b *Builder) line() {
	for range b.indent {
		b.buf = append(b.buf, ' ')
	}
}

func (b *Builder) val(v Value) {
	if v.ID < 0 {
		if v.ID <= blockArgBase {
			b.buf = append(b.buf, "%b"...)
			b.buf = strconv.AppendInt(b.buf, int64(blockArgBase-v.ID), 10)
			return
		}
		b.buf = append(b.buf, "%arg"...)
		b.buf = strconv.AppendInt(b.buf, int64(-1-v.ID), 10)
		return
	}
	b.buf = append(b.buf, '%')
	b.buf = strconv.AppendInt(b.buf, int64(v.ID), 10)
}

const blockArgBase = -1 << 24

func (b *Builder) def(t *Type) Value {
	v := Value{b.next, t}
	b.next++
	b.line()
	b.val(v)
	b.buf = append(b.buf, " = "...)
	return v
}

func (b *Builder) operands(in []Value) {
	for i, v := range in {
		if i > 0 {
			b.buf = append(b.buf, ", "...)
		}
		b.val(v)
	}
}

func (b *Builder) sig(in []Value, out []*Type) {
	b.buf = append(b.buf, '(')
	for i, v := range in {
		if i > 0 {
			b.buf = append(b.buf, ", "...)
		}
		b.buf = append(b.buf, v.Type.text...)
	}
	b.buf = append(b.buf, ") -> "...)
	b.typeList(out)
}

func (b *Builder) typeList(out []*Type) {
	if len(out) == 1 {
		b.buf = append(b.buf, out[0].text...)
		return
	}
	b.buf = append(b.buf, '(')
	for i, t := range out {
		if i > 0 {
			b.buf = append(b.buf, ", "...)
		}
		b.buf = append(b.buf, t.text...)
	}
	b.buf = append(b.buf, ')')
}

// Elementwise writes an op whose operands and result all have the type out: stablehlo.add %0, %1 : tensor<3xf32>.
func (b *Builder) Elementwise(op string, out *Type, in ...Value) Value {
	v := b.def(out)
	b.buf = append(append(b.buf, op...), ' ')
	b.operands(in)
	b.buf = append(b.buf, " : "...)
	b.buf = append(b.buf, out.text...)
	b.buf = append(b.buf, '\n')
	return v
}

// Through writes an op whose results have the types of its operands, one each: stablehlo.optimization_barrier %0, %1 : tensor<f32>, tensor<i32>.
func (b *Builder) Through(op string, in ...Value) []Value {
	b.line()
	out := make([]Value, len(in))
	for i, v := range in {
		if i > 0 {
			b.buf = append(b.buf, ", "...)
		}
		out[i] = Value{b.next, v.Type}
		b.buf = append(b.buf, '%')
		b.buf = strconv.AppendInt(b.buf, int64(b.next), 10)
		b.next++
	}
	b.buf = append(append(append(b.buf, " = "...), op...), ' ')
	b.operands(in)
	b.buf = append(b.buf, " : "...)
	for i, v := range in {
		if i > 0 {
			b.buf = append(b.buf, ", "...)
		}
		b.buf = append(b.buf, v.Type.text...)
	}
	b.buf = append(b.buf, '\n')
	return out
}

// Convertlike writes an op in the form: op %0 : (tensor<3xi32>) -> tensor<3xf32>, with attrs after the operands.
func (b *Builder) Pretty(op, attrs string, out *Type, in ...Value) Value {
	v := b.def(out)
	b.buf = append(append(b.buf, op...), ' ')
	b.operands(in)
	b.buf = append(b.buf, attrs...)
	b.buf = append(b.buf, " : "...)
	b.sig(in, []*Type{out})
	b.buf = append(b.buf, '\n')
	return v
}

// Constant writes a splat or scalar constant; dense is the text inside dense<>.
func (b *Builder) Constant(dense string, t *Type) Value {
	v := b.def(t)
	b.buf = append(b.buf, "stablehlo.constant dense<"...)
	b.buf = append(b.buf, dense...)
	b.buf = append(b.buf, "> : "...)
	b.buf = append(b.buf, t.text...)
	b.buf = append(b.buf, '\n')
	return v
}

// A Region writes a block's operations given its arguments and returns what the block returns.
type Region struct {
	Args []*Type
	Body func(b *Builder, args []Value) []Value
}

// Op writes any operation in generic form: "op"(%0) <regions> {attrs} : (types) -> types.
func (b *Builder) Op(op, attrs string, regions []Region, in []Value, out ...*Type) []Value {
	return b.OpRet(op, attrs, "stablehlo.return", regions, in, out...)
}

// OpRet is Op with another terminator for its regions.
func (b *Builder) OpRet(op, attrs, terminator string, regions []Region, in []Value, out ...*Type) []Value {
	outs := make([]Value, len(out))
	b.line()
	var first int32
	if len(out) > 0 {
		first = b.next
		b.next++
		b.buf = append(b.buf, '%')
		b.buf = strconv.AppendInt(b.buf, int64(first), 10)
		// Every result gets a name of its own, so that a Value is a number and no more: %0, %1, … not %0#1.
		for i := 1; i < len(out); i++ {
			b.buf = append(b.buf, ", %"...)
			b.buf = strconv.AppendInt(b.buf, int64(b.next), 10)
			b.next++
		}
		b.buf = append(b.buf, " = "...)
		for i, t := range out {
			outs[i] = Value{first + int32(i), t}
		}
	}
	b.buf = append(b.buf, '"')
	b.buf = append(b.buf, op...)
	b.buf = append(b.buf, "\"("...)
	b.operands(in)
	b.buf = append(b.buf, ')')
	if len(regions) > 0 {
		b.buf = append(b.buf, " ("...)
		for i, r := range regions {
			if i > 0 {
				b.buf = append(b.buf, ", "...)
			}
			b.region(r, terminator)
		}
		b.buf = append(b.buf, ')')
	}
	if attrs != "" {
		b.buf = append(b.buf, " {"...)
		b.buf = append(b.buf, attrs...)
		b.buf = append(b.buf, '}')
	}
	b.buf = append(b.buf, " : "...)
	b.sig(in, out)
	b.buf = append(b.buf, '\n')
	return outs
}

func (b *Builder) region(r Region, terminator string) {
	b.buf = append(b.buf, "{\n"...)
	args := make([]Value, len(r.Args))
	if len(args) > 0 {
		b.line()
		b.buf = append(b.buf, "^bb0("...)
		for i, t := range r.Args {
			if i > 0 {
				b.buf = append(b.buf, ", "...)
			}
			args[i] = Value{blockArgBase - b.blocks, t}
			b.blocks++
			b.val(args[i])
			b.buf = append(b.buf, ": "...)
			b.buf = append(b.buf, t.text...)
		}
		b.buf = append(b.buf, "):\n"...)
	}
	b.indent += 2
	out := r.Body(b, args)
	b.ret(terminator, out)
	b.indent -= 2
	b.line()
	b.buf = append(b.buf, '}')
}

func (b *Builder) ret(terminator string, out []Value) {
	b.line()
	b.buf = append(b.buf, terminator...)
	if len(out) > 0 {
		b.buf = append(b.buf, ' ')
		b.operands(out)
		b.buf = append(b.buf, " : "...)
		for i, v := range out {
			if i > 0 {
				b.buf = append(b.buf, ", "...)
			}
			b.buf = append(b.buf, v.Type.text...)
		}
	}
	b.buf = append(b.buf, '\n')
}

// Call writes a call of f, which must have returned already.
func (b *Builder) Call(f *Func, in []Value) []Value {
	outs := make([]Value, len(f.out))
	b.line()
	for i, t := range f.out {
		outs[i] = Value{b.next, t}
		if i > 0 {
			b.buf = append(b.buf, ", "...)
		}
		b.val(outs[i])
		b.next++
	}
	if len(outs) > 0 {
		b.buf = append(b.buf, " = "...)
	}
	b.buf = append(append(b.buf, "func.call @"...), f.Name...)
	b.buf = append(b.buf, '(')
	b.operands(in)
	b.buf = append(b.buf, ") : "...)
	b.sig(in, f.out)
	b.buf = append(b.buf, '\n')
	return outs
}

// Composite writes an operation of the given name, which f decomposes. attrs are its attributes, version its version.
func (b *Builder) Composite(name string, f *Func, attrs string, version int, in []Value) []Value {
	outs := make([]Value, len(f.out))
	b.line()
	for i, t := range f.out {
		if i > 0 {
			b.buf = append(b.buf, ", "...)
		}
		outs[i] = Value{b.next, t}
		b.next++
		b.val(outs[i])
	}
	if len(outs) > 0 {
		b.buf = append(b.buf, " = "...)
	}
	b.buf = append(strconv.AppendQuote(append(b.buf, "stablehlo.composite "...), name), ' ')
	if b.operands(in); len(in) > 0 {
		b.buf = append(b.buf, ' ')
	}
	b.buf = append(b.buf, '{')
	if attrs != "" {
		b.buf = append(append(append(b.buf, "composite_attributes = {"...), attrs...), "}, "...)
	}
	b.buf = append(append(b.buf, "decomposition = @"...), f.Name...)
	if version != 0 {
		b.buf = append(strconv.AppendInt(append(b.buf, ", version = "...), int64(version), 10), " : i32"...)
	}
	b.buf = append(b.buf, "} : "...)
	b.sig(in, f.out)
	b.buf = append(b.buf, '\n')
	return outs
}

func types(vs []Value) []*Type {
	ts := make([]*Type, len(vs))
	for i, v := range vs {
		ts[i] = v.Type
	}
	return ts
}

func sanitize(s string) string {
	ok := func(c rune) bool { return c == '_' || c == '.' || c >= '0' && c <= '9' || c|32 >= 'a' && c|32 <= 'z' }
	if strings.IndexFunc(s, func(r rune) bool { return !ok(r) }) < 0 && s != "" {
		return s
	}
	r := strings.Map(func(r rune) rune {
		if ok(r) {
			return r
		}
		return '_'
	}, s)
	if r == "" {
		r = "_"
	}
	return r
}

// Ints writes array<i64: 1, 2>.
func Ints(xs []int) string {
	b := []byte("array<i64")
	for i, x := range xs {
		if i == 0 {
			b = append(b, ": "...)
		} else {
			b = append(b, ", "...)
		}
		b = strconv.AppendInt(b, int64(x), 10)
	}
	return string(append(b, '>'))
}

// List writes [1, 2].
func List(xs []int) string {
	b := []byte{'['}
	for i, x := range xs {
		if i > 0 {
			b = append(b, ", "...)
		}
		b = strconv.AppendInt(b, int64(x), 10)
	}
	return string(append(b, ']'))
}

// Bools writes array<i1: true, false>.
func Bools(xs []bool) string {
	b := []byte("array<i1")
	for i, x := range xs {
		if i == 0 {
			b = append(b, ": "...)
		} else {
			b = append(b, ", "...)
		}
		b = strconv.AppendBool(b, x)
	}
	return string(append(b, '>'))
}
