package lax

import (
	"fmt"
	"slices"

	"github.com/jaxgo/jaxgo/core"
	"github.com/jaxgo/jaxgo/core/dtype"
	"github.com/jaxgo/jaxgo/core/stablehlo"
)

// CondParams are the parameters of cond, whose operands are the index of a branch, an int32, and the branches' operands.
type CondParams struct {
	Branches []*core.ClosedJaxpr
}

var condOp = core.Declare[CondParams]("cond")

// Cond applies onTrue or onFalse to the operands.
func Cond(pred Value, onTrue, onFalse func([]Value) []Value, operands ...Value) []Value {
	return branch("cond", []string{"true_fun", "false_fun"}, CondIndex(pred), []func([]Value) []Value{onFalse, onTrue}, operands)
}

// Switch applies branches[index] to the operands; an index out of range is clamped into it.
func Switch(index Value, branches []func([]Value) []Value, operands ...Value) []Value {
	if len(branches) == 0 {
		core.Errorf(core.ValueError, "Empty branch sequence")
	}
	index = SwitchIndex(index, len(branches))
	if len(branches) == 1 {
		return branches[0](operands)
	}
	names := make([]string, len(branches))
	for i := range names {
		names[i] = "branch" + itoa(i)
	}
	names[0] = "branch 0"
	return branch("switch", names, index, branches, operands)
}

func branch(api string, names []string, index Value, fs []func([]Value) []Value, operands []Value) []Value {
	js, consts := make([]*core.ClosedJaxpr, len(fs)), make([][]Value, len(fs))
	for i, f := range fs {
		js[i], consts[i] = closed(api, names[i], avalsOf(operands), f)
	}
	for i := 1; i < len(js); i++ {
		if api == "cond" { // JAX names the true branch first
			CheckBranches(api, names[:2], nil, nil, js[1].OutAvals(), js[0].OutAvals())
		} else {
			CheckBranches(api, []string{names[0], names[i]}, nil, nil, js[0].OutAvals(), js[i].OutAvals())
		}
	}
	return CondJaxprs(index, js, consts, operands)
}

// CondIndex is the branch that a predicate chooses: 0 where it is false.
func CondIndex(pred Value) Value {
	a := pred.Aval()
	if len(a.Shape) > 0 {
		core.Errorf(core.TypeError, "Pred must be a scalar, got %s of shape %s.", a.Name(), core.ShapeString(a.Shape))
	}
	if !a.DType.IsBool() {
		if !a.DType.IsInteger() && !a.DType.IsFloating() {
			core.Errorf(core.TypeError, "Pred type must be either boolean or number, got %s.", a.DType.Name())
		}
		pred = Ne(pred, like(pred, 0))
	}
	return ConvertElementType(pred, dtype.Int32)
}

// SwitchIndex clamps an index to those of n branches.
func SwitchIndex(index Value, n int) Value {
	a := index.Aval()
	if len(a.Shape) > 0 {
		core.Errorf(core.TypeError, "Branch index must be scalar, got %s of shape %s.", a.Name(), core.ShapeString(a.Shape))
	}
	if !a.DType.IsInteger() {
		core.Errorf(core.TypeError, "Index type must be an integer, got %s as %s", a.Name(), a.DType.Name())
	}
	if n == 1 {
		return index
	}
	return Clamp(core.NewIntLiteral(dtype.Int32, 0, false), ConvertElementType(index, dtype.Int32), core.NewIntLiteral(dtype.Int32, int64(n-1), false))
}

// CheckBranches compares the results of two branches, whose names are given and, if known, what functions they are.
// paths spell where each result stands, "" or " at path ['a']"; with nil paths they are numbered.
func CheckBranches(api string, names, functions, paths []string, out1, out2 []*core.Aval) {
	name1, name2 := names[0], names[1]
	info := ""
	if functions != nil {
		info = name1 + " is " + functions[0] + "\n" + name2 + " is " + functions[1] + "\n\n"
	}
	if len(out1) != len(out2) {
		core.Errorf(core.TypeError, "%s branch outputs must have the same pytree structure, but they differ:\n\n%s%s returns %d values and %s %d.\n\nRevise %s and/or %s so that they have the same pytree structure.", api, info, name1, len(out1), name2, len(out2), name1, name2)
	}
	var diffs []string
	for i, a := range out1 {
		if b := out2[i]; !matches(a, b) {
			path := ""
			if paths != nil {
				path = paths[i]
			} else if len(out1) > 1 {
				path = fmt.Sprintf(" at path [%d]", i)
			}
			diffs = append(diffs, "the output of "+name1+path+" has type "+a.Name()+" but the corresponding output of "+name2+" has type "+b.Name()+mismatch(a, b))
		}
	}
	if diffs != nil {
		core.Errorf(core.TypeError, "%s branches must have equal output types but they differ.\n\n%s%s\nRevise %s and/or %s so that all output types match.", api, info, differences(diffs), name1, name2)
	}
}

// CondJaxprs is Switch of jaxprs without constants; branches[i] maps (consts[i], operands) to the results, whose avals
// are those of the others. index must be an int32 in range.
func CondJaxprs(index Value, branches []*core.ClosedJaxpr, consts [][]Value, operands []Value) []Value {
	js, shared := joinConsts(branches, consts)
	in := concat(shared, operands)
	// A result that is the same operand in every branch needs no branch.
	fwd := forwarding(js[0].Jaxpr)
	for _, j := range js[1:] {
		for i, f := range forwarding(j.Jaxpr) {
			if f != fwd[i] {
				fwd[i] = -1
			}
		}
	}
	keep := make([]bool, len(fwd))
	for i, f := range fwd {
		keep[i] = f < 0
	}
	if count(keep) < len(keep) {
		for i, j := range js {
			js[i] = reorder(j, iota(len(j.In)), where(keep, 0))
		}
	}
	out := spread(condOp.Bind(CondParams{js}, concat([]Value{index}, in)...), keep)
	for i, f := range fwd {
		if f >= 0 {
			out[i] = in[f]
		}
	}
	return out
}

// joinConsts gives branches that differ in their leading inputs, whose values are consts, common ones.
func joinConsts(branches []*core.ClosedJaxpr, consts [][]Value) ([]*core.ClosedJaxpr, []Value) {
	var shared []Value
	index := map[Value]int{}
	for _, cs := range consts {
		for _, v := range cs {
			if _, ok := index[v]; !ok {
				index[v] = len(shared)
				shared = append(shared, v)
			}
		}
	}
	js := slices.Clone(branches)
	if len(shared) == 0 {
		return js, nil
	}
	for i, j := range js {
		from := repeat(-1, len(shared))
		for k, v := range consts[i] {
			from[index[v]] = k
		}
		js[i] = withInputs(j, concat(from, span(len(consts[i]), len(j.In))), avalsOf(shared))
	}
	return js, shared
}

// hoistAll hoists the constants of derived branches into common leading inputs.
func hoistAll(js []*core.ClosedJaxpr) ([]*core.ClosedJaxpr, []Value) {
	hs, consts := make([]*core.ClosedJaxpr, len(js)), make([][]Value, len(js))
	for i, j := range js {
		hs[i], consts[i] = Hoist(j)
	}
	return joinConsts(hs, consts)
}

// unify derives a jaxpr of each branch so that all have results in the same places: derive is asked what comes out of
// itself, and then once more for what came out of any.
func unify(branches []*core.ClosedJaxpr, derive func(j *core.ClosedJaxpr, want []bool) (*core.ClosedJaxpr, []bool)) ([]*core.ClosedJaxpr, []bool) {
	var some []bool
	for i, j := range branches {
		_, out := derive(j, nil)
		if i == 0 {
			some = out
		} else {
			some = or(some, out)
		}
	}
	js := make([]*core.ClosedJaxpr, len(branches))
	for i, j := range branches {
		js[i], _ = derive(j, some)
	}
	return js, some
}

func init() {
	condOp.Define(core.Rules[CondParams]{
		Doc: "Choice among programs.",
		Abstract: func(p CondParams, in []*core.Aval) []*core.Aval {
			j := p.Branches[0]
			if len(in) != 1+len(j.In) {
				core.Errorf(core.TypeError, "cond called with %d non-predicate operands, but branches take %d inputs", len(in)-1, len(j.In))
			}
			if in[0].DType != dtype.Int32 {
				core.Errorf(core.TypeError, "cond called with index of type %s instead of int32", in[0].DType.Name())
			}
			return j.OutAvals()
		},
		JVP: func(c core.JVPCtx, p CondParams, x, t []Value) ([]Value, []Value) {
			nz := nonzero(t[1:])
			js, outNZ := unify(p.Branches, func(j *core.ClosedJaxpr, want []bool) (*core.ClosedJaxpr, []bool) { return c.JVPJaxpr(j, nz, want) })
			js, consts := hoistAll(js)
			out := condOp.Bind(CondParams{js}, concat(x[:1], consts, x[1:], compact(t[1:]))...)
			n := len(outNZ)
			return out[:n], spread(out[n:], outNZ)
		},
		Linearize: condLinearize,
		Transpose: func(c core.TransposeCtx, p CondParams, ct, in []Value) []Value {
			linear := make([]bool, len(in)-1)
			for i, v := range in[1:] {
				linear[i] = core.IsUndef(v)
			}
			js, outNZ := unify(p.Branches, func(j *core.ClosedJaxpr, want []bool) (*core.ClosedJaxpr, []bool) {
				return c.TransposeJaxpr(j, linear, nonzero(ct), want)
			})
			js, consts := hoistAll(js)
			out := spread(condOp.Bind(CondParams{js}, concat(in[:1], consts, pick(in[1:], not(linear)), compact(ct))...), outNZ)
			cts := make([]Value, len(in))
			for i, k := range where(linear, 1) {
				cts[k] = out[i]
			}
			return cts
		},
		Batch: condBatch,
		Lower: func(c core.LowerCtx, p CondParams, in []stablehlo.Value) []stablehlo.Value {
			regions := make([]stablehlo.Region, len(p.Branches))
			for i, j := range p.Branches {
				regions[i].Body = func(*stablehlo.Builder, []stablehlo.Value) []stablehlo.Value {
					return c.Call("branch_"+itoa(i)+"_fun", j, in[1:], true)
				}
			}
			out := make([]*stablehlo.Type, len(c.Out()))
			for i, a := range c.Out() {
				out[i] = a.HLO()
			}
			return c.B().Op("stablehlo.case", "", regions, in[:1], out...)
		},
		DCE: func(p CondParams, used []bool) (CondParams, []bool, []bool) {
			js := make([]*core.ClosedJaxpr, len(p.Branches))
			usedIn := make([]bool, len(p.Branches[0].In))
			for i, j := range p.Branches {
				var u []bool
				js[i], u = core.DCEJaxpr(j, used)
				usedIn = or(usedIn, u)
			}
			for i, j := range js {
				js[i] = reorder(j, where(usedIn, 0), iota(len(j.Out)))
			}
			return CondParams{js}, concat([]bool{true}, usedIn), used
		},
	})
}

// condLinearize runs the forward branches and keeps their residuals: operands and results are the same whichever branch
// ran, the others share places by aval, filled with zeros by the branches that do not make them.
func condLinearize(c core.LinearizeCtx, p CondParams, x []Value, nz []bool) ([]Value, []bool, func([]Value) []Value) {
	n := len(p.Branches)
	ls := make([]*core.Linearized, n)
	fwds, outNZ := unify(p.Branches, func(j *core.ClosedJaxpr, want []bool) (*core.ClosedJaxpr, []bool) {
		l := c.LinearizeJaxpr(j, nz[1:], want)
		return l.Fwd, l.OutNonzero
	})
	lins := make([]*core.ClosedJaxpr, n)
	for i, j := range p.Branches {
		ls[i] = c.LinearizeJaxpr(j, nz[1:], outNZ)
		lins[i] = ls[i].Lin
	}
	m := ls[0].NumOut
	// Places for the residuals that a branch computes.
	var avals []*core.Aval
	place := make([][]int, n)
	for i, l := range ls {
		taken := map[int]bool{}
		for _, a := range l.Fwd.OutAvals()[m:] {
			a = a.Strong()
			k := 0
			for k < len(avals) && (taken[k] || avals[k] != a) {
				k++
			}
			if k == len(avals) {
				avals = append(avals, a)
			}
			taken[k] = true
			place[i] = append(place[i], k)
		}
	}
	fwds, consts := hoistAll(fwds)
	for i, j := range fwds {
		fwds[i] = withResults(j, m, place[i], avals)
	}
	out := condOp.Bind(CondParams{fwds}, concat(x[:1], consts, x[1:])...)

	// The linear branches take every operand and result that one of them needs, then the computed residuals.
	type source = core.Residual
	var from []source
	index := map[source]int{}
	var res []Value
	for i, l := range ls {
		for _, r := range l.Res {
			if r.From == core.FromOutput && r.Index >= m {
				r.Index = m + place[i][r.Index-m]
			}
			if _, ok := index[r]; ok {
				continue
			}
			index[r] = len(from)
			from = append(from, r)
			if r.From == core.FromInput {
				res = append(res, x[1+r.Index])
			} else {
				res = append(res, out[r.Index])
			}
		}
	}
	return out[:m], outNZ, func(t []Value) []Value {
		hs, more := make([]*core.ClosedJaxpr, n), make([][]Value, n)
		for i, l := range ls {
			h, cs := Hoist(lins[i])
			at := repeat(-1, len(from))
			for k, r := range l.Res {
				if r.From == core.FromOutput && r.Index >= m {
					r.Index = m + place[i][r.Index-m]
				}
				at[index[r]] = len(cs) + k
			}
			hs[i] = withInputs(h, concat(iota(len(cs)), at, span(len(cs)+len(l.Res), len(h.In))), concat(avalsOf(cs), avalsOf(res)))
			more[i] = cs
		}
		hs, consts := joinConsts(hs, more)
		dy := condOp.Bind(CondParams{hs}, concat(x[:1], consts, res, compact(t[1:]))...)
		return spread(dy, outNZ)
	}
}

// withResults gives j's results after the first m the places of others, whose avals are given; the places that are left
// are filled with zeros.
func withResults(j *core.ClosedJaxpr, m int, place []int, avals []*core.Aval) *core.ClosedJaxpr {
	if slices.Equal(place, iota(len(avals))) {
		return j
	}
	key := []byte(fmt.Sprint("results", m, place))
	for _, a := range avals {
		key = fmt.Append(key, " ", a.ID())
	}
	return j.Memo(string(key), func() any {
		return ruleJaxpr("cond", j.Name, j.InAvals(), func(in []Value) []Value {
			out := j.Eval(in)
			res := make([]Value, len(avals))
			for i, k := range place {
				res[k] = out[m+i]
			}
			for k, a := range avals {
				res[k] = InstantiateZeros(res[k], a)
			}
			return concat(out[:m], res)
		})
	}).(*core.ClosedJaxpr)
}

func condBatch(c core.BatchCtx, p CondParams, in []Value, dims []int) ([]Value, []int) {
	if dims[0] == core.Unmapped {
		ops, batched := ToFront(in[1:], dims[1:])
		js, outB := unify(p.Branches, func(j *core.ClosedJaxpr, want []bool) (*core.ClosedJaxpr, []bool) {
			return c.BatchJaxpr(j, batched, want)
		})
		js, consts := hoistAll(js)
		out := condOp.Bind(CondParams{js}, concat(in[:1], consts, ops)...)
		return out, FrontDims(outB)
	}
	// Each member has a branch of its own: all branches run, and a select picks. The operands are selected too, for the
	// derivative of a branch that was not taken must not see them: it may be nan there.
	in = BatchToFront(c.Size(), in, dims)
	index, ops := in[0], in[1:]
	cases := make([][]Value, len(p.Branches))
	for i, j := range p.Branches {
		taken := Eq(index, core.NewIntLiteral(dtype.Int32, int64(i), false))
		args := make([]Value, len(ops))
		for k, x := range ops {
			args[k] = x
			if x.Aval().DType.IsInexact() {
				args[k] = Select(broadcastLeading(taken, x), x, StopGradient(x))
			}
		}
		b, _ := c.BatchJaxpr(j, repeat(true, len(ops)), repeat(true, len(j.Out)))
		cases[i] = b.Eval(args)
	}
	out := make([]Value, len(cases[0]))
	for k := range out {
		ys := make([]Value, len(cases))
		for i := range cases {
			ys[i] = cases[i][k]
		}
		out[k] = SelectN(broadcastLeading(index, ys[0]), ys...)
	}
	return out, make([]int, len(out))
}

// broadcastLeading gives a vector the shape of x, whose leading axis is its own.
func broadcastLeading(v, x Value) Value {
	return BroadcastInDim(v, x.Aval().Shape, []int{0})
}
