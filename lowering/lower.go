package lowering

import (
	"math"
	"strconv"
	"strings"

	"github.com/jaxgo/jaxgo/core"
	"github.com/jaxgo/jaxgo/core/dtype"
	"github.com/jaxgo/jaxgo/core/stablehlo"
)

// Lower writes j as a StableHLO module whose main function takes the constants and then the inputs. donated, if not
// nil, says which inputs may be overwritten by results of the same type; aliased[i] is then the result that takes
// input i, or -1.
func Lower(j *core.ClosedJaxpr, name string) []byte {
	text, _ := lowerModule(j.Jaxpr, name, nil, false)
	return text
}

// LowerText is Lower with donated inputs, those that results of the same type may overwrite.
func LowerText(j *core.ClosedJaxpr, name string, donated []bool) []byte {
	text, _ := lowerModule(j.Jaxpr, name, donated, false)
	return text
}

// lowerModule writes a module to be read, or one to be compiled here.
func lowerModule(j *core.Jaxpr, name string, donated []bool, here bool) (text []byte, aliased []int) {
	m := stablehlo.NewModule(name)
	l := &lowerer{m: m, stepwise: here && Client().Platform == "cpu"}
	f := l.start("main", nil, j, true)
	if donated != nil {
		aliased = alias(j, donated, f)
	}
	l.finish(f, j)
	return m.Bytes(), aliased
}

// alias pairs donated inputs with results of the same type, in order, and marks them.
func alias(j *core.Jaxpr, donated []bool, f *stablehlo.Func) []int {
	n := len(j.ConstVars)
	taken := make([]bool, len(j.Out))
	aliased := make([]int, len(donated))
	for i, d := range donated {
		aliased[i] = -1
		if !d {
			continue
		}
		t := j.In[i].Aval().HLO().String()
		for k, o := range j.Out {
			if !taken[k] && o.Aval().HLO().String() == t {
				taken[k], aliased[i] = true, k
				f.ArgAttrs[n+i] = "tf.aliasing_output = " + strconv.Itoa(k) + " : i32"
				break
			}
		}
	}
	return aliased
}

type lowerer struct {
	m        *stablehlo.Module
	stepwise bool
}

func (l *lowerer) start(name string, key any, j *core.Jaxpr, public bool) *stablehlo.Func {
	in := make([]*stablehlo.Type, 0, len(j.ConstVars)+len(j.In))
	for _, v := range j.ConstVars {
		in = append(in, v.Aval().HLO())
	}
	for _, v := range j.In {
		in = append(in, v.Aval().HLO())
	}
	return l.m.Func(name, key, public, in)
}

func (l *lowerer) finish(f *stablehlo.Func, j *core.Jaxpr) { f.Return(l.body(&f.B, j, f.Args())) }

// ctx is the core.LowerCtx of one equation.
type ctx struct {
	l       *lowerer
	b       *stablehlo.Builder
	in, out []*core.Aval
}

func (c *ctx) B() *stablehlo.Builder { return c.b }
func (c *ctx) In() []*core.Aval      { return c.in }
func (c *ctx) Out() []*core.Aval     { return c.out }
func (c *ctx) Stepwise() bool        { return c.l.stepwise }

func (c *ctx) Call(name string, j *core.ClosedJaxpr, in []stablehlo.Value, inline bool) []stablehlo.Value {
	if inline || len(j.Eqns) == 0 {
		return c.l.body(c.b, j.Jaxpr, in)
	}
	return c.b.Call(c.Func(name, j), in)
}

func (c *ctx) Func(name string, j *core.ClosedJaxpr) *stablehlo.Func {
	f := c.l.m.Lookup(j)
	if f == nil {
		f = c.l.start(name, j, j.Jaxpr, false)
		c.l.finish(f, j.Jaxpr)
	}
	return f
}

func (c *ctx) Const(v float64, t *core.Aval) stablehlo.Value {
	return c.b.Constant(constText(core.NewLiteral(t.DType, complex(v, 0), false)), t.HLO())
}

func (c *ctx) Fn(f func([]core.Value) []core.Value, in []stablehlo.Value, avals []*core.Aval) []stablehlo.Value {
	var j *core.ClosedJaxpr
	core.WithTrace(evaluator{}, func() { j = core.MakeJaxpr("lower", "rule", avals, f) })
	if len(j.Consts) > 0 {
		core.Errorf(core.InternalError, "a lowering rule met %d constants", len(j.Consts))
	}
	return c.l.body(c.b, j.Jaxpr, in)
}

// body writes the equations of j; args are the values of its constants and inputs.
func (l *lowerer) body(b *stablehlo.Builder, j *core.Jaxpr, args []stablehlo.Value) []stablehlo.Value {
	env := core.NewEnv[stablehlo.Value](j)
	for i, v := range j.ConstVars {
		env.Set(v, args[i])
	}
	for i, v := range j.In {
		env.Set(v, args[len(j.ConstVars)+i])
	}
	read := func(a core.Atom) stablehlo.Value {
		switch a := a.(type) {
		case *core.Var:
			return env.Get(a)
		case *core.Literal:
			return b.Constant(constText(a), a.Aval().HLO())
		}
		core.Errorf(core.InternalError, "lowering met an operand of type %T", a)
		return stablehlo.Value{}
	}
	c := &ctx{l: l, b: b}
	var inA, outA [8]*core.Aval
	for _, e := range j.Eqns {
		rule := e.Prim.Rules().Lower
		if rule == nil {
			core.Errorf(core.NotImplementedError, "Translation rule (MLIR) for primitive '%s' not found", e.Prim.Name)
		}
		in := make([]stablehlo.Value, len(e.In))
		c.in, c.out = inA[:0], outA[:0]
		for i, a := range e.In {
			in[i] = read(a)
			c.in = append(c.in, a.Aval())
		}
		for _, v := range e.Out {
			c.out = append(c.out, v.Aval())
		}
		// A rule may lower other jaxprs, through a context of its own: c is this equation's for as long as it runs.
		k := *c
		for i, v := range rule(&k, e.Params, in) {
			env.Set(e.Out[i], v)
		}
	}
	out := make([]stablehlo.Value, len(j.Out))
	for i, a := range j.Out {
		out[i] = read(a)
	}
	return out
}

// constText is a literal as dense<> holds it.
func constText(l *core.Literal) string {
	d := l.Aval().DType
	switch {
	case d.IsBool():
		return strconv.FormatBool(l.I != 0)
	case d == dtype.Float0:
		return "false"
	case d.IsComplex():
		r := d.Real()
		return "(" + floatText(r, real(l.F)) + ", " + floatText(r, imag(l.F)) + ")"
	case d.IsInexact():
		return floatText(d, real(l.F))
	}
	b := l.Bytes()
	_, _, i, u := dtype.Scalar(d, b)
	if d.IsUnsigned() {
		return strconv.FormatUint(u, 10)
	}
	return strconv.FormatInt(i, 10)
}

func floatText(d dtype.DType, f float64) string {
	if math.IsNaN(f) || math.IsInf(f, 0) {
		b := make([]byte, d.Size())
		dtype.PutScalar(d, b, f, 0)
		s := "0x"
		for i := len(b) - 1; i >= 0; i-- {
			s += strings.ToUpper(strconv.FormatUint(uint64(b[i])|0x100, 16)[1:])
		}
		return s
	}
	bits := 64
	if d == dtype.Float32 {
		bits = 32
	} else if d != dtype.Float64 {
		b := make([]byte, d.Size())
		dtype.PutScalar(d, b, f, 0)
		f, _, _, _ = dtype.Scalar(d, b)
		if math.IsInf(f, 0) || math.IsNaN(f) {
			return floatText(d, f)
		}
	} else {
		bits = 64
	}
	if bits == 32 && math.IsInf(float64(float32(f)), 0) {
		return floatText(d, math.Inf(int(math.Copysign(1, f))))
	}
	// As MLIR prints numbers: six digits where they are enough.
	if bits == 32 {
		f = float64(float32(f))
	}
	s := strconv.FormatFloat(f, 'e', 6, bits)
	if g, _ := strconv.ParseFloat(s, bits); g == f {
		return s
	}
	s = strconv.FormatFloat(f, 'e', -1, bits)
	if !strings.ContainsRune(s, '.') {
		s = strings.Replace(s, "e", ".0e", 1)
	}
	return s
}
