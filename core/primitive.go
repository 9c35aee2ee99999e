package core

import (
	"encoding/binary"
	"reflect"
	"sort"

	"github.com/jaxgo/jaxgo/core/stablehlo"
)

// Rules is the complete definition of a primitive whose parameters are P. A nil field means: no such rule.
type Rules[P any] struct {
	Doc string
	// Abstract checks the operands and gives the results' avals; it panics with an *Error on bad input.
	Abstract func(p P, in []*Aval) []*Aval
	// JVP computes the results y and their tangents dy from primals x and tangents t; nil is a symbolic zero.
	// At least one t is not nil. Integer operands always have nil tangents.
	JVP func(c JVPCtx, p P, x, t []Value) (y, dy []Value)
	// Linearize, if given, replaces JVP under grad and linearize: y, and a function that maps tangents to dy
	// by binding linear primitives. Only sub-jaxpr primitives and custom rules need it.
	Linearize func(c LinearizeCtx, p P, x []Value, nonzero []bool) (y []Value, outNonzero []bool, lin func(t []Value) []Value)
	// Transpose maps cotangents ct of the results to cotangents of the operands. Operands that the primitive is
	// linear in come as *Undef, the others as values; ct entries may be nil. Entries of non-linear operands are ignored.
	Transpose func(c TransposeCtx, p P, ct []Value, in []Value) []Value
	// Batch computes the primitive on operands of which in[i] carries a mapped axis dims[i] (Unmapped: none).
	Batch func(c BatchCtx, p P, in []Value, dims []int) (out []Value, outDims []int)
	// Lower writes StableHLO.
	Lower func(c LowerCtx, p P, in []stablehlo.Value) []stablehlo.Value
	// Eval computes the primitive on concrete arrays; only NoUnit primitives need it, others are compiled.
	Eval func(p P, in []Value) []Value
	// DCE gives the parameters of an equation that computes no more than the results marked in used, which operands it
	// still takes and which results it has: those used, and what of a loop's carry they need. Primitives with sub-jaxprs
	// have it; without it an equation is kept whole. At least one result is used.
	DCE func(p P, used []bool) (q P, in, out []bool)
	// Samples are parameters and operand avals that the generic tests run the rules on.
	Samples []Sample[P]
	// NonDifferentiable says that results have no tangents (comparisons, integer ops).
	NonDifferentiable bool
	// NoUnit keeps eager transformations from compiling the equation as a unit: it calls back into Python or
	// depends on the trace (custom rules, collectives).
	NoUnit bool
	// NoFold says an equation has an effect and may not be dropped when unused.
	Effect bool
}

// A Sample is one test case of a primitive.
type Sample[P any] struct {
	Params P
	In     []*Aval
}

// Unmapped is the batch dimension of a value that has none.
const Unmapped = -1

// Undef stands for an operand that a transpose rule must find the cotangent of.
type Undef struct{ A *Aval }

func (u *Undef) Aval() *Aval { return u.A }

// IsUndef reports whether v is a linear operand of a transpose rule.
func IsUndef(v Value) bool { _, ok := v.(*Undef); return ok }

// JVPCtx is what a JVP rule may ask of the transformation.
type JVPCtx interface {
	// JVPJaxpr gives the jaxpr (primals, nonzero tangents) -> (primals, nonzero tangents). Results whose
	// tangent is zero have none, unless instantiate[i] asks for it; outNonzero says which have one.
	JVPJaxpr(j *ClosedJaxpr, nonzero, instantiate []bool) (jvp *ClosedJaxpr, outNonzero []bool)
}

// LinearizeCtx is what a Linearize rule may ask.
type LinearizeCtx interface {
	JVPCtx
	// LinearizeJaxpr splits j into fwd and lin, see Linearized.
	LinearizeJaxpr(j *ClosedJaxpr, nonzero, instantiate []bool) *Linearized
}

// Linearized is a linearized jaxpr: Fwd maps primals to (results..., residuals that are neither inputs nor results),
// Lin maps (residuals..., nonzero tangents...) to the nonzero tangents of the results.
type Linearized struct {
	Fwd        *ClosedJaxpr
	Lin        *ClosedJaxpr
	NumOut     int
	Res        []Residual // where each residual of Lin is found
	OutNonzero []bool
}

// A Residual names where a residual comes from.
type Residual struct {
	From  ResidualKind
	Index int
}

// ResidualKind is where a residual is found after the forward pass.
type ResidualKind uint8

// The sources of residuals.
const (
	FromInput  ResidualKind = iota // operand Index of the forward jaxpr
	FromOutput                     // result Index of the forward jaxpr
)

// TransposeCtx is what a Transpose rule may ask.
type TransposeCtx interface {
	// TransposeJaxpr transposes j, linear in the inputs marked in linear, into a jaxpr that maps
	// (non-linear inputs..., nonzero cotangents...) to cotangents of the linear inputs; outNonzero says which
	// have one. instantiate[i] asks for a zero array where the cotangent of linear input i is a symbolic zero.
	TransposeJaxpr(j *ClosedJaxpr, linear []bool, ctNonzero []bool, instantiate []bool) (t *ClosedJaxpr, outNonzero []bool)
}

// BatchCtx is what a Batch rule may ask.
type BatchCtx interface {
	Size() int
	AxisName() string
	// BatchJaxpr maps j over axis 0 of the inputs marked in batched. Results marked in force are batched on
	// axis 0 whatever they depend on; outBatched says which are.
	BatchJaxpr(j *ClosedJaxpr, batched, force []bool) (b *ClosedJaxpr, outBatched []bool)
	// BatchFun maps f over the axes dims of in (Unmapped: none); it may be called after the rule has ended.
	BatchFun(f func(in []Value) []Value, in []Value, dims []int) (out []Value, outDims []int)
}

// LowerCtx is what a Lower rule may ask.
type LowerCtx interface {
	B() *stablehlo.Builder
	In() []*Aval
	Out() []*Aval
	// Call writes the body of j: as a call of a function of its own, or inline.
	Call(name string, j *ClosedJaxpr, in []stablehlo.Value, inline bool) []stablehlo.Value
	// Func is j as a function of the module.
	Func(name string, j *ClosedJaxpr) *stablehlo.Func
	// Const writes a scalar or splat constant of the aval's dtype.
	Const(v float64, t *Aval) stablehlo.Value
	// Fn lowers a Go function of core values inline: a rule written in terms of other primitives.
	Fn(f func(in []Value) []Value, in []stablehlo.Value, avals []*Aval) []stablehlo.Value
	// Target reports whether programs can make a custom call that XLA does not answer by itself, one of LAPACK's.
	Target(name string) bool
	// Stepwise reports whether the module goes to XLA's compiler for CPUs, which wants long reductions in steps; modules that
	// are read or exported are as JAX writes them.
	Stepwise() bool
}

// A Primitive is an operation that traces see. Its name is what jaxprs print.
type Primitive struct {
	Name  string
	id    uint16
	plan  *paramsPlan
	rules Rules[any]
}

// Rules are the primitive's rules with untyped parameters.
func (p *Primitive) Rules() *Rules[any] { return &p.rules }

// ID numbers primitives within this process.
func (p *Primitive) ID() uint16 { return p.id }

// HasEffect reports whether an equation with these parameters must run even if its results are not used: the primitive
// has an effect, or one in a jaxpr of its parameters has.
func (p *Primitive) HasEffect(params any) bool {
	if p.rules.Effect {
		return true
	}
	for _, j := range p.plan.subJaxprs(params) {
		if j.HasEffect() {
			return true
		}
	}
	return false
}

// SubJaxprs lists the jaxprs among the primitive's parameters.
func (p *Primitive) SubJaxprs(params any) []*ClosedJaxpr { return p.plan.subJaxprs(params) }

// AppendKey appends to b what identifies the primitive with these parameters.
func (p *Primitive) AppendKey(b []byte, params any) []byte {
	b = binary.LittleEndian.AppendUint16(b, p.id)
	return p.plan.appendKey(b, params)
}

// Op is a Primitive with statically typed parameters.
type Op[P any] struct{ *Primitive }

var (
	registry   = map[string]*Primitive{}
	primitives []*Primitive
)

// Declare makes a primitive without rules; Define gives them, in an init function, so that rules may name each other.
func Declare[P any](name string) Op[P] {
	if _, dup := registry[name]; dup {
		panic("core: primitive " + name + " declared twice")
	}
	p := &Primitive{Name: name, id: uint16(len(primitives)), plan: planFor(reflect.TypeFor[P]())}
	registry[name] = p
	primitives = append(primitives, p)
	return Op[P]{p}
}

// Lookup finds a primitive by name, or returns nil.
func Lookup(name string) *Primitive { return registry[name] }

// Primitives lists all primitives by name.
func Primitives() []*Primitive {
	ps := append([]*Primitive{}, primitives...)
	sort.Slice(ps, func(i, j int) bool { return ps[i].Name < ps[j].Name })
	return ps
}

// Define gives the primitive its rules.
func (o Op[P]) Define(r Rules[P]) {
	u := Rules[any]{Doc: r.Doc, NonDifferentiable: r.NonDifferentiable, NoUnit: r.NoUnit, Effect: r.Effect}
	if r.Abstract != nil {
		u.Abstract = func(p any, in []*Aval) []*Aval { return r.Abstract(p.(P), in) }
	}
	if r.JVP != nil {
		u.JVP = func(c JVPCtx, p any, x, t []Value) ([]Value, []Value) { return r.JVP(c, p.(P), x, t) }
	}
	if r.Linearize != nil {
		u.Linearize = func(c LinearizeCtx, p any, x []Value, nz []bool) ([]Value, []bool, func([]Value) []Value) {
			return r.Linearize(c, p.(P), x, nz)
		}
	}
	if r.Transpose != nil {
		u.Transpose = func(c TransposeCtx, p any, ct, in []Value) []Value { return r.Transpose(c, p.(P), ct, in) }
	}
	if r.Batch != nil {
		u.Batch = func(c BatchCtx, p any, in []Value, d []int) ([]Value, []int) { return r.Batch(c, p.(P), in, d) }
	}
	if r.Lower != nil {
		u.Lower = func(c LowerCtx, p any, in []stablehlo.Value) []stablehlo.Value { return r.Lower(c, p.(P), in) }
	}
	if r.DCE != nil {
		u.DCE = func(p any, used []bool) (any, []bool, []bool) { return r.DCE(p.(P), used) }
	}
	if r.Eval != nil {
		u.Eval = func(p any, in []Value) []Value { return r.Eval(p.(P), in) }
	}
	for _, s := range r.Samples {
		u.Samples = append(u.Samples, Sample[any]{s.Params, s.In})
	}
	o.rules = u
}

// Bind applies the primitive under the current trace.
func (o Op[P]) Bind(p P, in ...Value) []Value { return Bind(o.Primitive, p, in) }

// Bind1 is Bind for primitives with one result.
func (o Op[P]) Bind1(p P, in ...Value) Value { return Bind(o.Primitive, p, in)[0] }
