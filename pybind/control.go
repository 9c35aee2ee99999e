package pybind

import (
	"github.com/jaxgo/jaxgo/core"
	"github.com/jaxgo/jaxgo/core/dtype"
	"github.com/jaxgo/jaxgo/core/lax"
	"github.com/jaxgo/jaxgo/transforms/ad"
	"github.com/jaxgo/jaxgo/transforms/batch"
)

// Control flow and custom rules as Python calls them. A body comes as a Python callable from a list of values to a list
// of values, which is traced here, or as a jaxpr of an earlier call; that jaxpr goes back to Python, which may keep it.
// Python checks structures while it is traced and, where types differ, makes the message.

func init() {
	// scan(body, init, xs, length or -1, reverse, unroll, where) -> [results, jaxpr], or [None, avals of the carry before an
	// iteration, those after it] if they differ
	provide("scan", func(a *core.Args) []any {
		init, xs := values(a, 1), values(a, 2)
		n, length := len(init), lax.ScanLength(xs, a.Int(3))
		slices := make([]*core.Aval, len(xs))
		for i, x := range xs {
			v := x.Aval()
			slices[i] = v.WithShape(v.Shape[1:])
		}
		var b bodies
		defer b.drop()
		j, init := b.traceCarry(a, 0, 6, "scan", init, slices)
		out := j.OutAvals()[:n]
		if bad := differing(avalsOf(init), out); bad != nil {
			return bad
		}
		unroll := a.Int(5)
		if a.List[5].Kind == core.ArgBool {
			unroll = 1
			if a.Bool(5) {
				unroll = max(length, 1)
			}
		}
		h, consts := lax.Hoist(j.ClosedJaxpr)
		carry, ys := lax.ScanJaxpr(lax.ScanParams{Jaxpr: h, Length: length, NumCarry: n, Reverse: a.Bool(4), Unroll: unroll}, consts, init, xs)
		return b.results(append(append([]core.Value{}, carry...), ys...))
	})
	// while(cond, body, init, where of cond, where of body) -> [results, jaxpr of cond, jaxpr of body], or [None, avals, avals]
	// as scan
	provide("while", func(a *core.Args) []any {
		init := values(a, 2)
		var js bodies
		defer js.drop()
		// A promotion of the carry changes what the condition sees, but not its structure.
		cond := js.traceBody(a, 0, 3, "while_cond", avalsOf(init))
		lax.CheckPredicate(cond.OutAvals())
		body, promoted := js.traceCarry(a, 1, 4, "while_body", init, nil)
		if in := avalsOf(promoted); !sameAvals(in, cond.InAvals()) {
			cond = js.retrace(0, a, 0, 3, "while_cond", in)
			lax.CheckPredicate(cond.OutAvals())
		}
		if bad := differing(avalsOf(promoted), body.OutAvals()); bad != nil {
			return bad
		}
		c, cc := lax.Hoist(cond.ClosedJaxpr)
		b, bc := lax.Hoist(body.ClosedJaxpr)
		return js.results(lax.WhileJaxprs(c, b, cc, bc, promoted))
	})
	// cond(pred, true, false, operands, where, where) -> [results, jaxpr, jaxpr], or [None, avals of true's results, of false's]
	provide("cond", func(a *core.Args) []any {
		index := lax.CondIndex(a.X(0))
		return bindBranches(a, index, "cond", []int{1, 2}, []int{4, 5}, values(a, 3))
	})
	// switch(index in range, operands, branches..., wheres...) -> [results, jaxprs...], or [None, avals, avals, number] of the
	// first branch that differs from branch 0
	provide("switch", func(a *core.Args) []any {
		n := (a.Len() - 2) / 2
		fs, ws := make([]int, n), make([]int, n)
		for i := range n {
			fs[i], ws[i] = 2+i, 2+n+i
		}
		return bindBranches(a, lax.SwitchIndex(a.X(0), n), "switch", fs, ws, values(a, 1))
	})
	// bind_switch(index, operands, jaxprs) -> results: a switch of traced branches
	provide("bind_switch", func(a *core.Args) []any {
		items := a.Seq(2)
		js, consts := make([]*core.ClosedJaxpr, len(items)), make([][]core.Value, len(items))
		for i := range items {
			js[i], consts[i] = lax.Hoist(closed(a.Sub(2), i))
		}
		return []any{lax.CondJaxprs(lax.SwitchIndex(a.X(0), len(js)), js, consts, values(a, 1))}
	})
	// checkpoint(jaxpr, operands, policy or None, prevent_cse) -> results
	provide("checkpoint", func(a *core.Args) []any {
		j, consts := lax.Hoist(closed(a, 0))
		p := lax.CheckpointParams{Jaxpr: j, Policy: policyArg(a, 2), PreventCse: a.Bool(3)}
		if !a.IsNone(4) { // operands that the compiler may look through
			p.Barrier = append(make([]bool, len(consts)), bools(a, 4)...)
		}
		return []any{lax.CheckpointJaxpr(p, append(append([]core.Value{}, consts...), values(a, 1)...)...)}
	})
	// name_policy(save, names): the policy that saves what has one of the names, or another name
	provide1("name_policy", func(a *core.Args) any {
		s := a.Sub(1)
		names := make([]string, s.Len())
		for i := range names {
			names[i] = s.Str(i)
		}
		if a.Bool(0) {
			return lax.SaveOnlyTheseNames(names...)
		}
		return lax.SaveAnyNamesButThese(names...)
	})
	provide1("both_policies", func(a *core.Args) any { return lax.SaveFromBothPolicies(policyArg(a, 0), policyArg(a, 1)) })
	// python_policy(fun, its text): fun([primitive, avals, parameters as pairs]) -> bool
	provide1("python_policy", func(a *core.Args) any { return &pyPolicy{keepArg(a, 0), string([]byte(a.Str(1)))} })
	// policy_says(policy, primitive, avals, names): what a policy of Go's answers about a primitive
	provide1("policy_says", func(a *core.Args) any {
		p := core.Lookup(a.Str(1))
		if p == nil {
			return false
		}
		var params any
		if !a.IsNone(2) {
			params = lax.NameParams{Name: a.Str(2)}
		}
		return policyArg(a, 0).Saveable(p, params, nil)
	})
	// custom_jvp(fun, rule, operands, name, name of the rule, symbolic zeros, where) -> results. rule maps primals and tangents,
	// of which None is a zero, to results and their tangents.
	provide("custom_jvp", func(a *core.Args) []any {
		in := values(a, 2)
		p := lax.CustomJVPParams{Rule: &pyJVP{keepArg(a, 1)}, Name: a.Str(3), Jvp: a.Str(4), SymbolicZeros: a.Bool(5)}
		var consts []core.Value
		if runsAtOnce(in) {
			p.Fun = &lax.CustomFun{Call: keepArg(a, 0).call}
		} else {
			var b bodies
			defer b.drop()
			j := b.traceBody(a, 0, 6, "custom_jvp", avalsOf(in))
			p.CallJaxpr, consts = lax.Hoist(j.ClosedJaxpr)
		}
		return []any{lax.CustomJVPCall(p, consts, in)}
	})
	// custom_vjp(fun, fwd, bwd, operands, name, names of fwd and bwd, symbolic zeros, where) -> results. fwd maps primals, each
	// followed by whether it has a tangent, to [number of results, results and residuals]; bwd maps residuals and cotangents,
	// of which None is a zero, to cotangents.
	provide("custom_vjp", func(a *core.Args) []any {
		in := values(a, 3)
		p := lax.CustomVJPParams{Rule: &pyVJP{keepArg(a, 1), keepArg(a, 2)}, Name: a.Str(4), Fwd: a.Str(5), Bwd: a.Str(6), SymbolicZeros: a.Bool(7)}
		var consts []core.Value
		if runsAtOnce(in) {
			p.Fun = &lax.CustomFun{Call: keepArg(a, 0).call}
		} else {
			var b bodies
			defer b.drop()
			j := b.traceBody(a, 0, 8, "custom_vjp", avalsOf(in))
			p.CallJaxpr, consts = lax.Hoist(j.ClosedJaxpr)
		}
		return []any{lax.CustomVJPCall(p, consts, in)}
	})
	// remat_opt(fwd, fun, operands, where) -> results: fwd maps operands to residuals and results, fun to the results
	provide("remat_opt", func(a *core.Args) []any {
		in := values(a, 2)
		var b bodies
		defer b.drop()
		fwd := b.traceBody(a, 0, 3, "custom_vjp", avalsOf(in))
		fun := b.traceBody(a, 1, 3, "custom_vjp", avalsOf(in))
		f, fc := lax.Hoist(fwd.ClosedJaxpr)
		g, gc := lax.Hoist(fun.ClosedJaxpr)
		return []any{lax.RematOpt(f, g, fc, gc, len(f.Out)-len(g.Out), in)}
	})
	// custom_vmap(fun, rule, operands, where) -> results. rule maps the size of the axis, which operands are mapped, and the
	// operands to [results, which are mapped]; of None it gives the rule of the function's derivative.
	provide("custom_vmap", func(a *core.Args) []any {
		var b bodies
		defer b.drop()
		in := values(a, 2)
		h, consts := lax.Hoist(b.traceBody(a, 0, 3, "custom_vmap", avalsOf(in)).ClosedJaxpr)
		return []any{lax.CustomVmapCall(lax.CustomVmapParams{Call: h, Rule: &pyVmap{keepArg(a, 1)}}, consts, in)}
	})
	// composite(jaxpr, operands, name, attributes, version) -> results
	provide("composite", func(a *core.Args) []any {
		j, consts := lax.Hoist(closed(a, 0))
		p := lax.CompositeParams{Jaxpr: j, Name: a.Str(2), Attributes: a.Str(3), Version: a.Int(4)}
		return []any{lax.Composite(p, append(append([]core.Value{}, consts...), values(a, 1)...)...)}
	})
	// linear_call(fun, transpose, residuals, operands, where) -> results. fun maps residuals and operands, transpose residuals and
	// cotangents of the results.
	provide("linear_call", func(a *core.Args) []any {
		res, in := values(a, 2), values(a, 3)
		all := append(append([]core.Value{}, res...), in...)
		var b bodies
		defer b.drop()
		h, consts := lax.Hoist(b.traceBody(a, 0, 4, "linear_call", avalsOf(all)).ClosedJaxpr)
		t := &pyTranspose{fn: keepArg(a, 1), where: a.Str(4), avals: append(avalsOf(res), h.OutAvals()...)}
		p := lax.LinearCallParams{Callee: h, NumCalleeConsts: len(consts), NumRes: len(res), Transposed: t}
		return []any{lax.LinearCall(p, append(append([]core.Value{}, consts...), all...)...)}
	})
	// perturbed(x): whether x may have a tangent
	provide1("perturbed", func(a *core.Args) any { return perturbed(a.X(0)) })
	// linear_solve(matvec, vecmat, solve, transpose_solve: jaxprs or None, b) -> results
	provide("linear_solve", func(a *core.Args) []any {
		var js [4]*core.ClosedJaxpr
		var consts [4][]core.Value
		for i := range js {
			if !a.IsNone(i) {
				js[i], consts[i] = lax.Hoist(closed(a, i))
			}
		}
		return []any{lax.LinearSolve(lax.LinearSolveJaxprs{Matvec: js[0], Vecmat: js[1], Solve: js[2], TransposeSolve: js[3]}, consts, values(a, 4))}
	})
	// reduce(jaxpr, operands, initial values, axes) -> results
	provide("reduce", func(a *core.Args) []any {
		return []any{lax.Reduce(values(a, 1), values(a, 2), scalarBody(a, 0), a.Ints(3))}
	})
	// reduce_window(jaxpr, operands, initial values, window_dimensions, window_strides, padding, base_dilation, window_dilation)
	provide("reduce_window", func(a *core.Args) []any {
		pads := a.Sub(5)
		p := lax.WindowParams{WindowDimensions: a.Ints(3), WindowStrides: a.Ints(4), BaseDilation: a.Ints(6), WindowDilation: a.Ints(7)}
		for i := range pads.Len() {
			lohi := pads.Ints(i)
			p.Padding = append(p.Padding, [2]int{lohi[0], lohi[1]})
		}
		return []any{lax.ReduceWindow(values(a, 1), values(a, 2), scalarBody(a, 0), p)}
	})
	// scatter_apply(jaxpr of two scalars, operand, indices, shape of the updates, dimension numbers, sorted, unique, mode)
	provide1("scatter_apply", func(a *core.Args) any {
		d := a.Sub(4)
		dims := lax.ScatterDims{UpdateWindowDims: d.Ints(0), InsertedWindowDims: d.Ints(1), ScatterDimsToOperandDims: d.Ints(2),
			OperandBatchingDims: d.Ints(3), ScatterIndicesBatchingDims: d.Ints(4)}
		o := lax.ScatterOpts{UniqueIndices: a.Bool(6), IndicesAreSorted: a.Bool(5), Mode: lax.ParseMode(a.Str(7))}
		return lax.ScatterJaxpr(a.X(1), a.X(2), scalarBody(a, 0), append([]int{}, a.Ints(3)...), dims, o)
	})
}

// runsAtOnce reports whether a function with rules of its own runs as it is on these operands: then it may look at values.
func runsAtOnce(in []core.Value) bool {
	t := core.CurrentTrace()
	if t.Eager() {
		return true
	}
	e, ok := t.(interface{ EagerFor(in []core.Value) bool })
	return ok && e.EagerFor(in)
}

func avalsOf(vs []core.Value) []*core.Aval {
	as := make([]*core.Aval, len(vs))
	for i, v := range vs {
		as[i] = v.Aval()
	}
	return as
}

func sameAvals(a, b []*core.Aval) bool {
	for i := range a {
		if a[i] != b[i] {
			return false
		}
	}
	return true
}

// differing lists the avals before and after if their types differ.
func differing(before, after []*core.Aval) []any {
	for i, v := range before {
		if v.Strong() != after[i].Strong() {
			return []any{nil, ids(before), ids(after)}
		}
	}
	return nil
}

// bodies are the jaxprs of a call's bodies.
type bodies struct {
	js    []*pyJaxpr
	fresh []bool // traced here, not Python's
}

// drop gives up what was traced here and is not handed out.
func (b *bodies) drop() {
	for i, j := range b.js {
		if b.fresh[i] {
			j.Drop()
		}
	}
}

// results are the results of a call and the jaxprs that were traced for it, which now belong to Python.
func (b *bodies) results(out []core.Value) []any {
	all := make([]any, 1, 1+len(b.js))
	all[0] = out
	for i, j := range b.js {
		if b.fresh[i] {
			all = append(all, j)
		} else {
			all = append(all, nil)
		}
	}
	b.js = nil
	return all
}

// traceBody is the jaxpr of argument i for inputs of the given avals: it comes as one, or is traced.
func (b *bodies) traceBody(a *core.Args, i, where int, what string, avals []*core.Aval) *pyJaxpr {
	b.js, b.fresh = append(b.js, nil), append(b.fresh, false)
	return b.retrace(len(b.js)-1, a, i, where, what, avals)
}

// retrace takes the place k for the jaxpr of argument i.
func (b *bodies) retrace(k int, a *core.Args, i, where int, what string, avals []*core.Aval) *pyJaxpr {
	if b.fresh[k] {
		b.js[k].Drop()
		b.fresh[k] = false
	}
	if a.List[i].Kind == core.ArgGo {
		b.js[k] = a.List[i].Go.(*pyJaxpr)
	} else {
		b.js[k] = &pyJaxpr{core.MakeJaxpr(what, a.Str(where), avals, pyFun(a, i))}
		b.fresh[k] = true
	}
	return b.js[k]
}

// traceCarry is traceBody for a loop. Weakly typed initial values that don't match what the body returns are promoted and
// the body is traced once more; the values that the loop begins with are returned.
func (b *bodies) traceCarry(a *core.Args, i, where int, what string, init []core.Value, xs []*core.Aval) (*pyJaxpr, []core.Value) {
	j := b.traceBody(a, i, where, what, append(avalsOf(init), xs...))
	k := len(b.js) - 1
	if !b.fresh[k] {
		vs := append([]core.Value{}, init...)
		for n, v := range vs {
			if d := j.InAvals()[n].DType; v.Aval().DType != d {
				vs[n] = lax.ConvertElementType(v, d)
			}
		}
		return j, vs
	}
	promoted, changed := lax.PromoteCarry(init, j.OutAvals()[:len(init)])
	if !changed {
		return j, init
	}
	return b.retrace(k, a, i, where, what, append(avalsOf(promoted), xs...)), promoted
}

// bindBranches traces the branches at arguments fs and binds a cond of them. Those of "cond" are true and false, in this
// order.
func bindBranches(a *core.Args, index core.Value, api string, fs, ws []int, operands []core.Value) []any {
	in := avalsOf(operands)
	var b bodies
	defer b.drop()
	js, consts := make([]*core.ClosedJaxpr, len(fs)), make([][]core.Value, len(fs))
	for i := range fs {
		j := b.traceBody(a, fs[i], ws[i], api, in)
		js[i], consts[i] = lax.Hoist(j.ClosedJaxpr)
		if i > 0 {
			if bad := differing(js[0].OutAvals(), js[i].OutAvals()); bad != nil {
				return append(bad, i)
			}
		}
	}
	if api == "cond" {
		js[0], js[1] = js[1], js[0]
		consts[0], consts[1] = consts[1], consts[0]
	}
	return b.results(lax.CondJaxprs(index, js, consts, operands))
}

// scalarBody is the jaxpr of argument i, whose scalar constants become literals: a reduction takes no others.
func scalarBody(a *core.Args, i int) *core.ClosedJaxpr {
	j := closed(a, i)
	if len(j.Consts) == 0 {
		return j
	}
	return j.Memo("scalar constants", func() any {
		consts := make([]core.Value, len(j.Consts))
		for k, v := range j.Consts {
			l := scalarLiteral(v)
			if l == nil {
				core.Errorf(core.NotImplementedError, "a reduction's computation can't close over arrays")
			}
			consts[k] = l
		}
		var s *core.ClosedJaxpr
		core.WithTrace(core.Evaluator(), func() {
			s = core.MakeJaxpr("reduce", j.Name, j.InAvals(), func(in []core.Value) []core.Value { return core.EvalJaxpr(j.Jaxpr, consts, in) })
		})
		return s
	}).(*core.ClosedJaxpr)
}

// scalarLiteral is the literal of a concrete scalar, or nil.
func scalarLiteral(v core.Value) *core.Literal {
	a := v.Aval()
	if _, ok := v.(core.Concrete); !ok || a.Ndim() > 0 {
		return nil
	}
	re, im, i, u := dtype.Scalar(a.DType, core.ToHost(v))
	switch {
	case a.DType.IsInexact():
		return core.NewLiteral(a.DType, complex(re, im), a.Weak)
	case a.DType.IsUnsigned():
		i = int64(u)
	}
	return core.NewIntLiteral(a.DType, i, a.Weak)
}

// policyArg is the policy of argument i: None, the name of one, or one that Go made.
func policyArg(a *core.Args, i int) lax.Policy {
	if a.IsNone(i) {
		return nil
	}
	if a.List[i].Kind == core.ArgStr {
		switch a.Str(i) {
		case "everything_saveable":
			return lax.EverythingSaveable
		case "nothing_saveable":
			return lax.NothingSaveable
		case "dots_saveable":
			return lax.DotsSaveable
		case "dots_with_no_batch_dims_saveable":
			return lax.DotsWithNoBatchDimsSaveable
		}
	}
	if p, ok := a.List[i].Go.(lax.Policy); ok {
		return p
	}
	core.Errorf(core.TypeError, "jaxgo: a checkpoint policy is needed, got %s", a.List[i].Describe())
	return nil
}

// pyPolicy is a policy that Python decides.
type pyPolicy struct {
	fn   *pyRef
	text string
}

// PyString is how jaxprs print the policy.
func (p *pyPolicy) PyString() string { return p.text }

func (p *pyPolicy) Saveable(prim *core.Primitive, params any, in []*core.Aval) bool {
	var ps []any
	for _, q := range core.ParamList(params) {
		ps = append(ps, []any{q.Name, paramValue(q.Value)})
	}
	out := callPython(p.fn.obj, []any{prim.Name, ids(in), ps})
	return out.Kind == core.ArgBool && out.I != 0
}

// pyJVP is a JVP rule in Python.
type pyJVP struct{ fn *pyRef }

func (r *pyJVP) JVP(primals, tangents []core.Value) (y, dy []core.Value) {
	out := r.fn.call(append(append([]core.Value{}, primals...), tangents...))
	return out[:len(out)/2], out[len(out)/2:]
}

// pyVJP are a forward and a backward rule in Python.
type pyVJP struct{ fwd, bwd *pyRef }

func (r *pyVJP) Fwd(primals []core.Value, nonzero []bool) (y, res []core.Value) {
	in := make([]any, 0, 2*len(primals))
	for i, v := range primals {
		in = append(in, v, nonzero[i])
	}
	out := callPython(r.fwd.obj, in)
	n := int(out.Items[0].I)
	vs := operands(out.Items[1:])
	return vs[:n], vs[n:]
}

func (r *pyVJP) Bwd(res, ct []core.Value) []core.Value {
	return r.bwd.call(append(append([]core.Value{}, res...), ct...))
}

// pyVmap is a batching rule in Python.
type pyVmap struct{ fn *pyRef }

func (r *pyVmap) Batch(size int, batched []bool, in []core.Value) (out []core.Value, outBatched []bool) {
	res := callPython(r.fn.obj, []any{size, batched, in})
	for i := range res.Items[1].Items {
		outBatched = append(outBatched, res.Items[1].Items[i].I != 0)
	}
	return operands(res.Items[0].Items), outBatched
}

// JVP asks Python for the derivative's rule, which Python keeps with this one.
func (r *pyVmap) JVP() lax.CustomVmap {
	out := callPython(r.fn.obj, []any{nil})
	return &pyVmap{keep(out.Obj)}
}

// pyTranspose is the transpose of a linear call in Python.
type pyTranspose struct {
	fn    *pyRef
	where string
	avals []*core.Aval
}

func (t *pyTranspose) Transpose() (*core.ClosedJaxpr, []core.Value) {
	j := core.MakeJaxpr("linear_call", t.where, t.avals, t.fn.call)
	h, consts := lax.Hoist(j)
	for _, v := range consts { // they pass to the current scope
		if c, ok := v.(core.Counted); ok {
			core.Own(c)
		}
	}
	return h, consts
}

func perturbed(v core.Value) bool {
	switch t := v.(type) {
	case *ad.JVPTracer, *ad.LinTracer:
		return true
	case *batch.Tracer:
		return perturbed(t.Val)
	case *core.JaxprTracer:
		return v.Aval().DType.IsInexact()
	}
	return false
}
