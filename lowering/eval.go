package lowering

import (
	"time"
	"unsafe"

	"github.com/jaxgo/jaxgo/core"
	"github.com/jaxgo/jaxgo/core/dtype"
	"github.com/jaxgo/jaxgo/core/lax"
	"github.com/jaxgo/jaxgo/lowering/pjrt"
)

type evaluator struct{}

func init() {
	core.SetEvaluator(evaluator{})
	core.HostConstant = func(a *core.Aval, fill func(b []byte)) core.Value { return Constant(a, fill) }
}

func (evaluator) Eager() bool { return true }

// Process runs an equation: the program of a jaxpr, or of a jaxpr made of the one equation.
func (evaluator) Process(p *core.Primitive, params any, in []core.Value) []core.Value {
	if !lax.IsJit(p) {
		if p.Rules().NoUnit {
			if run := p.Rules().Eval; run != nil {
				return run(params, in)
			}
		}
		params = lax.Unit(p, params, in)
	}
	jp := params.(lax.JitParams)
	return ExecutableOf(jp.Jaxpr, jp.Name).Run(in)
}

// An Executable is the compiled program of a jaxpr.
type Executable struct {
	exec *pjrt.Executable // nil if every result is an input or a literal
	// consts go before the inputs.
	consts []*Array
	// used are the inputs that the program takes, in order; nil: all.
	outs   []output
	nexec  int
	simple bool // no constants, every result comes from the program
	epoch  int
	avals  []*core.Aval
	long   bool // it may run long on the calling thread, see isLong
	text   []byte
	// hosts are the functions outside of the program that it calls, kept alive for it.
	hosts []lax.HostFunc
	// unused are the donated inputs that no result takes the place of.
	unused []int
	// checked is the program's name if its results are looked at, see Checks; checks are those it was compiled under.
	checked string
	checks  checks
}

// output says where a result comes from: the program's result number, an input, or a literal.
type output struct {
	exec, input int
	lit         *core.Literal
}

var epoch int

// ClearCaches forgets every compiled program.
func ClearCaches() {
	epoch++
	lax.ClearUnits()
	programs.clear()
}

// ExecutableOf compiles j, or finds what it was compiled to.
func ExecutableOf(j *core.ClosedJaxpr, name string) *Executable {
	if e, ok := j.Exec.(*Executable); ok && e.epoch == epoch && e.checks == Checks {
		return e
	}
	e := CompileJaxpr(j, name, nil)
	j.Exec = e
	return e
}

// ProgramOptions say how a jaxpr is compiled.
type ProgramOptions struct {
	// Donated says which inputs may be overwritten.
	Donated []bool
	// Copies asks for results that share no memory with inputs; else an input that is a result is returned as it is.
	Copies bool
	// Overrides are XLA flags by name.
	Overrides map[string]any
}

// CompileJaxpr compiles j. donated says which inputs may be overwritten.
func CompileJaxpr(j *core.ClosedJaxpr, name string, donated []bool) *Executable {
	return CompileProgram(j, name, ProgramOptions{Donated: donated})
}

// Unused are the donated inputs that no result takes the place of.
func (e *Executable) Unused() []int { return e.unused }

// CompileProgram compiles j.
func CompileProgram(j *core.ClosedJaxpr, name string, opts ProgramOptions) *Executable {
	donated := opts.Donated
	e := &Executable{epoch: epoch, checks: Checks, avals: j.OutAvals(), simple: len(j.Consts) == 0}
	for _, c := range j.Consts {
		e.consts = append(e.consts, Concrete(c))
	}
	k := *j.Jaxpr
	k.Out = nil
	inputs := map[core.Atom]int{}
	for i, v := range j.In {
		if !opts.Copies && (donated == nil || !donated[i]) {
			inputs[v] = i
		}
	}
	var ids []uint32
	for i, a := range j.Out {
		o := output{exec: -1, input: -1}
		if n, ok := inputs[a]; ok {
			o.input, e.simple = n, false
		} else if l, ok := a.(*core.Literal); ok {
			o.lit, e.simple = l, false
		} else {
			o.exec = len(k.Out)
			k.Out = append(k.Out, a)
			ids = append(ids, j.OutAvals()[i].ID())
		}
		e.outs = append(e.outs, o)
	}
	e.nexec = len(k.Out)
	effects := false
	for _, eqn := range k.Eqns {
		effects = effects || eqn.Prim.HasEffect(eqn.Params)
	}
	if e.nexec == 0 && !effects {
		return e
	}
	e.hosts = lax.HostFuncs(&k, nil)
	if e.hosts != nil {
		registerHost()
		e.simple = false
	}
	if isLong(j.Jaxpr, 1) {
		e.long, e.simple = true, false
	}
	if Checks.NaN || Checks.Inf {
		e.checked, e.simple = name, false
	}
	core.AskLogLevel()
	logTypes(j, name)
	start := time.Now()
	text, aliased := lowerModule(lax.ThreadTokens(&k), "jit_"+name, donated, true)
	core.LogElapsed("lowered", "Finished jaxpr to MLIR module conversion %s in %.9f sec", "jit("+name+")", start)
	e.exec = compile(text, name, e.hosts == nil, opts.Overrides)
	if e.hosts != nil {
		e.exec.SetSync()
	}
	if donated != nil { // programs that users look at; those of operations are many
		e.text = text
	}
	if err := e.exec.SetOutputs(ids, nil); err != nil {
		fail(err)
	}
	var gone []int32
	for i, o := range aliased {
		if o < 0 && donated[i] {
			e.unused = append(e.unused, i)
		}
		if o >= 0 {
			gone = append(gone, int32(len(k.ConstVars)+i))
		}
	}
	if gone != nil {
		fail(e.exec.SetDonated(gone))
	}
	return e
}

// isLong reports whether j may keep the calling thread: XLA judges a program by the cost of its operations, counts the
// body of a loop once, and runs what it thinks cheap before it returns. Such programs run aside, so that other threads
// go on and the user can interrupt. times is how often j itself runs.
func isLong(j *core.Jaxpr, times int) bool {
	const many = 20_000 // iterations; a few of them take a microsecond
	for _, e := range j.Eqns {
		n := times
		switch p := e.Params.(type) {
		case lax.ScanParams:
			n *= p.Length
		default:
			if e.Prim.Name == "while" || lax.LongRoutine(e) {
				return true
			}
		}
		if n > many {
			return true
		}
		for _, s := range e.Prim.SubJaxprs(e.Params) {
			if isLong(s.Jaxpr, n) {
				return true
			}
		}
	}
	return false
}

// Simple returns the program if inputs and results are just its own, for callers in C that pass arrays through.
func (e *Executable) Simple() *pjrt.Executable {
	if e.simple {
		return e.exec
	}
	return nil
}

// OutAvals are the avals of the results.
func (e *Executable) OutAvals() []*core.Aval { return e.avals }

// Program is the compiled program, nil if there is nothing to compute.
func (e *Executable) Program() *pjrt.Executable { return e.exec }

// Text is the StableHLO module that was compiled.
func (e *Executable) Text() string { return string(e.text) }

// NumOut is the number of results.
func (e *Executable) NumOut() int { return len(e.outs) }

// Run executes the program; the results belong to the current scope.
func (e *Executable) Run(in []core.Value) []core.Value {
	sc := takeScratch()
	args := append(sc.args[:0], e.consts...)
	for _, v := range in {
		args = append(args, Concrete(v))
	}
	outs := append(sc.outs[:0], make([]*Array, e.nexec)...)
	defer giveScratch(sc, args, outs)
	e.execute(args, outs)
	if e.checked != "" {
		checkResults(e.checked, outs)
	}
	res := make([]core.Value, len(e.outs))
	for i, o := range e.outs {
		switch {
		case o.exec >= 0:
			a := outs[o.exec]
			core.Own(a)
			res[i] = a
		case o.input >= 0:
			res[i] = withAval(args[len(e.consts)+o.input], e.avals[i])
		default:
			res[i] = Fresh(o.lit)
		}
	}
	return res
}

// A scratch holds the argument and result lists of one execution; one is kept for the next.
type scratch struct{ args, outs []*Array }

var spare *scratch

func takeScratch() *scratch {
	if s := spare; s != nil {
		spare = nil
		return s
	}
	return &scratch{}
}

func giveScratch(s *scratch, args, outs []*Array) {
	clear(args)
	clear(outs)
	s.args, s.outs = args[:0], outs[:0]
	spare = s
}

func (e *Executable) execute(args, outs []*Array) {
	if e.exec == nil {
		return
	}
	if e.hosts != nil || e.long {
		e.executeAside(args, outs)
		return
	}
	var a, o unsafe.Pointer
	if len(args) > 0 {
		a = unsafe.Pointer(&args[0])
	}
	if len(outs) > 0 {
		o = unsafe.Pointer(&outs[0])
	}
	if err := e.exec.ExecutePtr(a, len(args), o); err != nil {
		fail(err)
	}
}

// withAval is the array with another weak type: jit may return an input whose weak type was dropped.
func withAval(a *Array, t *core.Aval) *Array {
	if a.Aval() == t {
		return a
	}
	if a.Aval().Strong() != t.Strong() {
		core.Errorf(core.InternalError, "a forwarded input changed its aval from %v to %v", a.Aval(), t)
	}
	key := [2]*core.Aval{a.Aval(), t}
	j := retypes[key]
	if j == nil {
		tr := core.NewJaxprTrace(core.Evaluator(), "retype", "retype")
		x := tr.Input(a.Aval())
		j = tr.Finish(tr.Emit(core.Lookup("copy_p"), core.NoParams{}, []core.Atom{x.V}, []*core.Aval{t}))
		retypes[key] = j
	}
	return ExecutableOf(j, "copy").Run([]core.Value{a})[0].(*Array)
}

// retypes are programs that copy an array to one of another weak type.
var retypes = map[[2]*core.Aval]*core.ClosedJaxpr{}

// Concrete makes a device array of a value that has one; tracers are refused.
func Concrete(v core.Value) *Array {
	switch v := v.(type) {
	case *Array:
		return v
	case *core.Literal:
		return scalar(v)
	case *core.JaxprTracer:
		core.Leaked(v)
	}
	if l, ok := v.(interface{ Leaked() bool }); ok && l.Leaked() {
		core.Leaked(v)
	}
	core.Errorf(core.UnexpectedTracerError, "Encountered an unexpected tracer: a value of type %s of a transformation that is not active here was used", v.Aval().Name())
	return nil
}

type scalarKey struct {
	aval   uint32
	i      int64
	re, im uint64
}

// scalars keeps the device arrays of scalars that were used lately, so that x * 2 transfers nothing.
var scalars = map[scalarKey]*Array{}

const maxScalars = 1024

func scalar(l *core.Literal) *Array {
	guardTransfer(l.Aval())
	k := scalarKey{l.Aval().ID(), l.I, float64bits(real(l.F)), float64bits(imag(l.F))}
	if a := scalars[k]; a != nil {
		return a
	}
	if len(scalars) >= maxScalars { // forget all: simpler than an order, and as rare
		for k, a := range scalars {
			a.PJRT().ReleaseHold()
			core.Own(a)
			delete(scalars, k)
		}
	}
	a := FromBytes(l.Bytes(), l.Aval())
	a.Retain()
	fail(a.PJRT().Hold()) // a program that is given it as a donated argument copies it
	scalars[k] = a
	return a
}

// Fresh makes an array of a scalar that nobody else has: for results, which their owner may delete or donate.
func Fresh(l *core.Literal) *Array { return FromBytes(l.Bytes(), l.Aval()) }

// FromBytes copies host memory in row-major order to the default device. The array belongs to the current scope.
func FromBytes(b []byte, t *core.Aval) *Array {
	a, err := Client().FromHost(0, b, PJRTType(t.DType), dims64(t.HLO().Shape), t.ID())
	fail(err)
	core.Own((*Array)(a))
	return (*Array)(a)
}

// Constant makes an array on the host, without compiling anything: fill writes its elements over zeros. The array belongs
// to the current scope.
func Constant(t *core.Aval, fill func(b []byte)) *Array {
	n := 1
	for _, k := range t.HLO().Shape {
		n *= k
	}
	size := t.DType.Size()
	if t.DType.IsKey() {
		size = 4
	}
	if t.DType == dtype.Float0 {
		size = 1
	}
	if n*size == 0 {
		return FromBytes(nil, t)
	}
	h, err := pjrt.AllocHost(n * size)
	fail(err)
	b := h.Bytes()
	clear(b)
	fill(b)
	a, err := Client().FromOwned(defaultDevice, h, PJRTType(t.DType), dims64(t.HLO().Shape), t.ID())
	fail(err)
	core.Own((*Array)(a))
	return (*Array)(a)
}

// PJRTType is the element type that the runtime stores a dtype as.
func PJRTType(d dtype.DType) pjrt.Type { return pjrt.Type(d.PJRT()) }

func dims64(s []int) []int64 {
	d := make([]int64, len(s))
	for i, n := range s {
		d[i] = int64(n)
	}
	return d
}
