package lax

import (
	"slices"
	"strings"

	"github.com/jaxgo/jaxgo/core"
	"github.com/jaxgo/jaxgo/core/stablehlo"
)

// A CustomJVP is the derivative of a function with a rule of its own. A nil tangent is a symbolic zero; without symbolic
// zeros only operands that are not inexact have one. The rule runs under whatever trace is current.
type CustomJVP interface {
	JVP(primals, tangents []Value) (y, dy []Value)
}

// A CustomVJP is the derivative of a function by a forward and a backward rule. nonzero says which primals have
// tangents. Bwd maps residuals and the cotangents of the results to those of all primals; nil is a symbolic zero, of
// which results that are not inexact have no other.
type CustomVJP interface {
	Fwd(primals []Value, nonzero []bool) (y, res []Value)
	CustomBwd
}

// A CustomBwd is the backward rule of a CustomVJP.
type CustomBwd interface {
	Bwd(res, ct []Value) []Value
}

// CustomJVPParams are the parameters of custom_jvp_call, whose operands are the constants of the function, which have no
// tangents, and its arguments.
type CustomJVPParams struct {
	Name          string
	CallJaxpr     *core.ClosedJaxpr
	Jvp           string // the rule's name
	SymbolicZeros bool
	Rule          CustomJVP `jx:"-"`
	NumConsts     int       `jx:"-"`
	// Fun takes the place of CallJaxpr where nothing is staged, and so may look at values; see core.Trace.Eager.
	Fun *CustomFun `jx:"-"`
}

// ClosesOver says that the function and its rule may close over tracers of whatever trace is around.
func (p CustomJVPParams) ClosesOver() bool { return p.Fun != nil }

// ClosesOver says that the function and its rules may close over tracers of whatever trace is around.
func (p CustomVJPParams) ClosesOver() bool { return p.Fun != nil }

// A CustomFun is a function that was not traced.
type CustomFun struct {
	Call func(in []Value) []Value
}

// CustomVJPParams are the parameters of custom_vjp_call.
type CustomVJPParams struct {
	Bwd, Fwd      string // the rules' names
	CallJaxpr     *core.ClosedJaxpr
	Name          string
	SymbolicZeros bool
	Rule          CustomVJP  `jx:"-"`
	NumConsts     int        `jx:"-"`
	Fun           *CustomFun `jx:"-"`
}

// pyBools prints as a Python list.
type pyBools []bool

// PyString is the list.
func (b pyBools) PyString() string {
	s := make([]string, len(b))
	for i, x := range b {
		s[i] = core.FormatParam(x)
	}
	return "[" + strings.Join(s, ", ") + "]"
}

// customLinParams are the parameters of custom_lin, whose operands are the residuals and the tangents that are not zero.
type customLinParams struct {
	Bwd           string
	InZeros       pyBools
	NumRes        int
	OutAvals      []*core.Aval `jx:"-"`
	Rule          CustomBwd    `jx:"-"`
	SymbolicZeros bool
}

var (
	customJVPOp = core.Declare[CustomJVPParams]("custom_jvp_call")
	customVJPOp = core.Declare[CustomVJPParams]("custom_vjp_call")
	customLinOp = core.Declare[customLinParams]("custom_lin")
)

// CustomJVPCall calls a function that has a JVP rule.
func CustomJVPCall(p CustomJVPParams, consts, in []Value) []Value {
	p.NumConsts = len(consts)
	return customJVPOp.Bind(p, concat(consts, in)...)
}

// CustomVJPCall calls a function that has a VJP rule.
func CustomVJPCall(p CustomVJPParams, consts, in []Value) []Value {
	p.NumConsts = len(consts)
	return customVJPOp.Bind(p, concat(consts, in)...)
}

func callCustom(j *core.ClosedJaxpr, f *CustomFun, name string, in []Value) []Value {
	if j == nil {
		return f.Call(in)
	}
	return jitOp.Bind(JitParams{j, name, true}, in...)
}

func customAvals(name string, j *core.ClosedJaxpr) []*core.Aval {
	if j == nil {
		core.Errorf(core.InternalError, "%s: a function that was not traced can't be staged", name)
	}
	return j.OutAvals()
}

// ruleTangents are what a rule gets for tangents or cotangents t of values with the given avals.
func ruleTangents(t []Value, avals []*core.Aval, symbolic bool) []Value {
	out := make([]Value, len(t))
	for i, a := range avals {
		if out[i] = t[i]; t[i] == nil && !symbolic && a.DType.IsInexact() {
			out[i] = ZerosLike(a)
		}
	}
	return out
}

func inexact(as []*core.Aval) []bool {
	m := make([]bool, len(as))
	for i, a := range as {
		m[i] = a.DType.IsInexact()
	}
	return m
}

func init() {
	customJVPOp.Define(core.Rules[CustomJVPParams]{
		Doc:    "Call of a function with a JVP rule of its own.",
		NoUnit: true,
		Abstract: func(p CustomJVPParams, in []*core.Aval) []*core.Aval {
			return customAvals("custom_jvp_call", p.CallJaxpr)
		},
		Eval: func(p CustomJVPParams, in []Value) []Value { return callCustom(p.CallJaxpr, p.Fun, p.Name, in) },
		JVP: func(c core.JVPCtx, p CustomJVPParams, x, t []Value) ([]Value, []Value) {
			x, t = x[p.NumConsts:], t[p.NumConsts:]
			return p.Rule.JVP(x, ruleTangents(t, avalsOf(x), p.SymbolicZeros))
		},
		Batch: func(c core.BatchCtx, p CustomJVPParams, in []Value, dims []int) ([]Value, []int) {
			in, batched := ToFront(in, dims)
			n := p.NumConsts
			q := p
			r := &batchedJVP{rule: p.Rule, c: c, dims: FrontDims(batched[n:])}
			q.Rule = r
			in, q.NumConsts, q.CallJaxpr, q.Fun = batchCustom(c, p.CallJaxpr, p.Fun, n, in, batched, &r.out)
			out := customJVPOp.Bind(q, in...)
			return out, FrontDims(r.out.b)
		},
		// A linear function may have a rule of its own too.
		Transpose: func(c core.TransposeCtx, p CustomJVPParams, ct, in []Value) []Value {
			return jitOp.Rules().Transpose(c, JitParams{p.CallJaxpr, p.Name, true}, ct, in)
		},
		Lower: func(c core.LowerCtx, p CustomJVPParams, in []stablehlo.Value) []stablehlo.Value {
			return c.Call(p.Name, p.CallJaxpr, in, true)
		},
	})

	customVJPOp.Define(core.Rules[CustomVJPParams]{
		Doc:    "Call of a function with a VJP rule of its own.",
		NoUnit: true,
		Abstract: func(p CustomVJPParams, in []*core.Aval) []*core.Aval {
			return customAvals("custom_vjp_call", p.CallJaxpr)
		},
		Eval: func(p CustomVJPParams, in []Value) []Value { return callCustom(p.CallJaxpr, p.Fun, p.Name, in) },
		JVP: func(c core.JVPCtx, p CustomVJPParams, x, t []Value) ([]Value, []Value) {
			y, q, res := p.forward(x, nonzero(t))
			dy := customLinOp.Bind(q, concat(res, compact(t[p.NumConsts:]))...)
			return y, spread(pick(dy, inexact(q.OutAvals)), inexact(q.OutAvals))
		},
		Linearize: func(c core.LinearizeCtx, p CustomVJPParams, x []Value, nz []bool) ([]Value, []bool, func([]Value) []Value) {
			y, q, res := p.forward(x, nz)
			return y, inexact(q.OutAvals), func(t []Value) []Value {
				return customLinOp.Bind(q, concat(res, compact(t[p.NumConsts:]))...)
			}
		},
		Batch: func(c core.BatchCtx, p CustomVJPParams, in []Value, dims []int) ([]Value, []int) {
			in, batched := ToFront(in, dims)
			n := p.NumConsts
			q := p
			r := &batchedVJP{rule: p.Rule, c: c, dims: FrontDims(batched[n:])}
			q.Rule = r
			in, q.NumConsts, q.CallJaxpr, q.Fun = batchCustom(c, p.CallJaxpr, p.Fun, n, in, batched, &r.out)
			out := customVJPOp.Bind(q, in...)
			return out, FrontDims(r.out.b)
		},
		Lower: func(c core.LowerCtx, p CustomVJPParams, in []stablehlo.Value) []stablehlo.Value {
			return c.Call(p.Name, p.CallJaxpr, in, true)
		},
	})

	noForward := func() {
		core.Errorf(core.TypeError, "can't apply forward-mode autodiff (jvp) to a custom_vjp function.")
	}
	customLinOp.Define(core.Rules[customLinParams]{
		Doc:      "The linear map whose transpose is the backward rule of a custom_vjp function.",
		NoUnit:   true,
		Abstract: func(p customLinParams, in []*core.Aval) []*core.Aval { return p.OutAvals },
		Eval:     func(customLinParams, []Value) []Value { noForward(); return nil },
		Lower: func(core.LowerCtx, customLinParams, []stablehlo.Value) []stablehlo.Value {
			noForward()
			return nil
		},
		Transpose: func(c core.TransposeCtx, p customLinParams, ct, in []Value) []Value {
			cts := p.Rule.Bwd(in[:p.NumRes], ruleTangents(ct, p.OutAvals, p.SymbolicZeros))
			return concat(make([]Value, p.NumRes), pick(cts, not(p.InZeros)))
		},
	})
}

// forward runs the forward rule; q and res make the equation for the tangents.
func (p CustomVJPParams) forward(x []Value, nz []bool) (y []Value, q customLinParams, res []Value) {
	n := p.NumConsts
	if slices.Contains(nz[:n], true) {
		core.Errorf(core.ValueError, "Detected differentiation of a custom_vjp function with respect to a closed-over value. That isn't supported because the custom VJP rule only specifies how to differentiate the custom_vjp function with respect to explicit input parameters. Try passing the closed-over value into the custom_vjp function as an argument, and adapting the custom_vjp fwd and bwd rules.")
	}
	y, res, bwd := forwardOf(p.Rule, x[n:], nz[n:])
	q = customLinParams{Bwd: p.Bwd, Rule: bwd, InZeros: not(nz[n:]), NumRes: len(res), SymbolicZeros: p.SymbolicZeros}
	for _, v := range y {
		q.OutAvals = append(q.OutAvals, v.Aval().Tangent())
	}
	return y, q, res
}

// forwardOf runs a forward rule and gives the backward rule for its residuals.
func forwardOf(r CustomVJP, x []Value, nz []bool) (y, res []Value, bwd CustomBwd) {
	if b, ok := r.(*batchedVJP); ok {
		return b.forward(x, nz)
	}
	y, res = r.Fwd(x, nz)
	return y, res, r
}

// mappedResults says which results of a custom call are mapped. Of a traced function the jaxpr says it, and its rule must agree;
// without one whatever runs, the function or its rule, says it when it has run.
type mappedResults struct {
	b     []bool
	fixed bool
}

// settle brings results that are mapped on dims to the front, and others where they must be mapped.
func (m *mappedResults) settle(c core.BatchCtx, out []Value, dims []int) []Value {
	if !m.fixed {
		m.b = make([]bool, len(out))
		for i, d := range dims {
			m.b[i] = d != core.Unmapped
		}
	}
	res := make([]Value, len(out))
	for i, v := range out {
		switch {
		case m.b[i]:
			res[i] = batchOne(v, dims[i], c.Size())
		case dims[i] == core.Unmapped:
			res[i] = v
		default:
			core.Errorf(core.NotImplementedError, "a custom rule's result is mapped where that of the function is not")
		}
	}
	return res
}

// batchCustom maps the function of a custom call; operands are mapped on axis 0. If any is, all results of a traced
// function are, for its rule's may depend on what its own do not.
func batchCustom(c core.BatchCtx, j *core.ClosedJaxpr, f *CustomFun, numConsts int, in []Value, batched []bool, m *mappedResults) ([]Value, int, *core.ClosedJaxpr, *CustomFun) {
	if j == nil {
		dims := FrontDims(batched)
		return in, numConsts, nil, &CustomFun{func(in []Value) []Value {
			out, d := c.BatchFun(f.Call, in, dims)
			return m.settle(c, out, d)
		}}
	}
	var force []bool
	if count(batched) > 0 {
		force = repeat(true, len(j.Out))
	}
	b, outB := c.BatchJaxpr(j, batched, force)
	m.b, m.fixed = outB, true
	b, consts := Hoist(b)
	return concat(consts, in), len(consts) + numConsts, b, nil
}

// batchedJVP is the rule of a mapped function.
type batchedJVP struct {
	rule CustomJVP
	c    core.BatchCtx
	dims []int // of the primals
	out  mappedResults
}

func (r *batchedJVP) JVP(primals, tangents []Value) (y, dy []Value) {
	n, nz := len(primals), nonzero(tangents)
	var outNZ []bool
	out, dims := r.c.BatchFun(func(in []Value) []Value {
		y, dy := r.rule.JVP(in[:n], spread(in[n:], nz))
		outNZ = nonzero(dy)
		return concat(y, compact(dy))
	}, concat(primals, compact(tangents)), concat(r.dims, pick(r.dims, nz)))
	k := len(outNZ)
	ydims := slices.Clone(dims[:k]) // a result is mapped if its tangent is
	for i, at := range where(outNZ, 0) {
		if ydims[at] == core.Unmapped && dims[k+i] != core.Unmapped {
			out[at], ydims[at] = batchOne(out[at], core.Unmapped, r.c.Size()), 0
		}
	}
	y = r.out.settle(r.c, out[:k], ydims)
	t := mappedResults{pick(r.out.b, outNZ), true}
	return y, spread(t.settle(r.c, out[k:], dims[k:]), outNZ)
}

// batchedVJP are the rules of a mapped function.
type batchedVJP struct {
	rule CustomVJP
	c    core.BatchCtx
	dims []int // of the primals
	out  mappedResults
}

func (r *batchedVJP) forward(primals []Value, nz []bool) (y, res []Value, bwd CustomBwd) {
	n := 0
	var inner CustomBwd
	out, dims := r.c.BatchFun(func(in []Value) []Value {
		var y, res []Value
		y, res, inner = forwardOf(r.rule, in, nz)
		n = len(y)
		return concat(y, res)
	}, primals, r.dims)
	y = r.out.settle(r.c, out[:n], dims[:n])
	return y, out[n:], &batchedBwd{inner, r.c, r.dims, FrontDims(r.out.b), dims[n:]}
}

// Fwd makes batchedVJP a CustomVJP; the backward rule of what it returns is found by forward.
func (r *batchedVJP) Fwd(primals []Value, nonzero []bool) (y, res []Value) {
	y, res, _ = r.forward(primals, nonzero)
	return y, res
}

// Bwd makes batchedVJP a CustomVJP.
func (r *batchedVJP) Bwd(res, ct []Value) []Value {
	core.Errorf(core.InternalError, "the backward rule of a mapped function is that of its forward rule")
	return nil
}

// batchedBwd is the backward rule for the residuals of one forward rule.
type batchedBwd struct {
	rule CustomBwd
	c    core.BatchCtx
	dims []int // of the primals
	out  []int // of the results
	res  []int // of the residuals
}

func (r *batchedBwd) Bwd(res, ct []Value) []Value {
	n, nz := len(res), nonzero(ct)
	var outNZ []bool
	out, dims := r.c.BatchFun(func(in []Value) []Value {
		cts := r.rule.Bwd(in[:n], spread(in[n:], nz))
		outNZ = nonzero(cts)
		return compact(cts)
	}, concat(res, compact(ct)), concat(r.res, pick(r.out, nz)))
	for i, to := range pick(r.dims, outNZ) {
		switch {
		case to != core.Unmapped:
			out[i] = batchOne(out[i], dims[i], r.c.Size())
		case dims[i] != core.Unmapped: // members share the primal: its cotangent is their sum
			out[i] = ReduceSum(out[i], []int{dims[i]})
		}
	}
	return spread(out, outNZ)
}
