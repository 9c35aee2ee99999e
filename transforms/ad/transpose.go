package ad

import (
	"github.com/jaxgo/jaxgo/core"
	"github.com/jaxgo/jaxgo/core/lax"
)

type transposeCtx struct{}

// TransposeJaxpr implements core.TransposeCtx.
func (transposeCtx) TransposeJaxpr(j *core.ClosedJaxpr, linear, ctNonzero, instantiate []bool) (*core.ClosedJaxpr, []bool) {
	return TransposeJaxpr(j, linear, ctNonzero, instantiate)
}

// An accumulator holds the cotangents met so far, each with a reference.
type accumulator struct {
	ct    map[*core.Var]Value
	eager bool
}

func (a *accumulator) add(v *core.Var, ct Value) {
	if ct == nil {
		return
	}
	if old := a.ct[v]; old != nil {
		sum := lax.AddAny(old, ct)
		core.Retain(sum)
		core.Release(old)
		a.ct[v] = sum
		return
	}
	core.Retain(ct)
	a.ct[v] = ct
}

// take removes v's cotangent; the reference passes to the current scope.
func (a *accumulator) take(v *core.Var) Value {
	ct := a.ct[v]
	if ct != nil {
		delete(a.ct, v)
		if c, ok := ct.(core.Counted); ok {
			core.Own(c)
		}
	}
	return ct
}

// Backward transposes j, linear in the inputs marked in linear, and applies the transpose to the cotangents of its
// results. consts and in are the values of constants and of the other inputs. If free is given, it is called with the
// index of each constant once it was used for the last time.
func Backward(j *core.Jaxpr, linear []bool, consts, in, cts []Value, free func(i int)) []Value {
	isLinear := map[*core.Var]bool{}
	env := make(map[*core.Var]Value, len(consts)+len(j.Eqns))
	constIndex := map[*core.Var]int{}
	for i, v := range j.ConstVars {
		env[v] = consts[i]
		constIndex[v] = i
	}
	for i, v := range j.In {
		if linear[i] {
			isLinear[v] = true
		} else {
			env[v] = in[i]
		}
	}
	read := func(a core.Atom) Value {
		if v, ok := a.(*core.Var); ok {
			return env[v]
		}
		return a.(Value)
	}
	// What is not linear is evaluated first. firstUse of a constant is, going backwards, its last.
	var backward []*core.Eqn
	firstUse := map[int]*core.Eqn{}
	for _, e := range j.Eqns {
		lin := false
		for _, a := range e.In {
			if v, ok := a.(*core.Var); ok {
				lin = lin || isLinear[v]
			}
		}
		if !lin {
			args := make([]Value, len(e.In))
			for i, a := range e.In {
				args[i] = read(a)
			}
			for i, o := range core.Bind(e.Prim, e.Params, args) {
				env[e.Out[i]] = o
			}
			continue
		}
		backward = append(backward, e)
		for _, v := range e.Out {
			isLinear[v] = true
		}
		if free != nil {
			for _, a := range e.In {
				if v, ok := a.(*core.Var); ok {
					if k, isConst := constIndex[v]; isConst && firstUse[k] == nil {
						firstUse[k] = e
					}
				}
			}
		}
	}
	eager := core.CurrentTrace().Eager()
	acc := &accumulator{ct: make(map[*core.Var]Value, len(backward)), eager: eager}
	for i, a := range j.Out {
		if v, ok := a.(*core.Var); ok && isLinear[v] {
			acc.add(v, cts[i])
		}
	}
	th := core.Current()
	for k := len(backward) - 1; k >= 0; k-- {
		e := backward[k]
		mark := th.Mark()
		some := false
		ct := make([]Value, len(e.Out))
		for i, v := range e.Out {
			ct[i] = acc.take(v)
			some = some || ct[i] != nil
		}
		if some {
			r := e.Prim.Rules()
			if r.Transpose == nil {
				core.Errorf(core.NotImplementedError, "Transpose rule (for reverse-mode differentiation) for '%s' not implemented", e.Prim.Name)
			}
			args := make([]Value, len(e.In))
			for i, a := range e.In {
				if v, ok := a.(*core.Var); ok && isLinear[v] {
					args[i] = &core.Undef{A: v.Aval()}
				} else {
					args[i] = read(a)
				}
			}
			for i, c := range r.Transpose(transposeCtx{}, e.Params, ct, args) {
				if v, ok := e.In[i].(*core.Var); ok && isLinear[v] {
					acc.add(v, c)
				}
			}
		}
		if free != nil {
			for _, a := range e.In {
				if v, ok := a.(*core.Var); ok {
					if k, isConst := constIndex[v]; isConst && firstUse[k] == e {
						delete(firstUse, k)
						free(k)
					}
				}
			}
		}
		th.Free(mark)
	}
	out := make([]Value, len(j.In))
	for i, v := range j.In {
		if linear[i] {
			out[i] = acc.take(v)
		}
	}
	for _, ct := range acc.ct {
		core.Release(ct)
	}
	return out
}

// VJP applies the transpose of lin to cotangents of all results; those of results without tangent are ignored. The
// cotangents of all inputs come back, nil where lin does not depend on them. With consume set, each residual is freed
// after its last use and lin can't be used again.
func (l *Linear) VJP(cts []Value, consume bool) []Value {
	var some []Value
	for i, nz := range l.OutNonzero {
		if nz {
			some = append(some, cts[i])
		}
	}
	j := l.Jaxpr
	linear := make([]bool, len(j.In))
	for i := range linear {
		linear[i] = true
	}
	var free func(int)
	if consume {
		free = func(i int) {
			core.Release(j.Consts[i])
			j.Consts[i] = nil
		}
	}
	got := Backward(j.Jaxpr, linear, append([]Value{}, j.Consts...), make([]Value, len(j.In)), some, free)
	if consume {
		l.dropRest()
	}
	out := make([]Value, len(l.InNonzero))
	k := 0
	for i, nz := range l.InNonzero {
		if nz {
			out[i] = got[k]
			k++
		}
	}
	return out
}

func (l *Linear) dropRest() {
	for i, c := range l.Jaxpr.Consts {
		if c != nil {
			core.Release(c)
			l.Jaxpr.Consts[i] = nil
		}
	}
}

// JVP applies lin to tangents of all inputs; nil comes back for results without tangent.
func (l *Linear) JVP(tangents []Value) []Value {
	var in []Value
	for i, nz := range l.InNonzero {
		if nz {
			in = append(in, lax.InstantiateZeros(tangents[i], l.InAvals[i].Tangent()))
		}
	}
	got := l.Jaxpr.Eval(in)
	out := make([]Value, len(l.OutNonzero))
	k := 0
	for i, nz := range l.OutNonzero {
		if nz {
			out[i] = got[k]
			k++
		}
	}
	return out
}

// TransposeJaxpr transposes a jaxpr, see core.TransposeCtx; the result is kept with j.
func TransposeJaxpr(j *core.ClosedJaxpr, linear, ctNonzero, instantiate []bool) (*core.ClosedJaxpr, []bool) {
	r := j.Memo(maskKey("transpose", linear, ctNonzero, instantiate), func() any {
		var avals []*core.Aval
		for i, lin := range linear {
			if !lin {
				avals = append(avals, j.InAvals()[i])
			}
		}
		n := len(avals)
		for i, nz := range ctNonzero {
			if nz {
				avals = append(avals, j.OutAvals()[i].Tangent())
			}
		}
		var outNZ []bool
		t := makeJaxpr("transpose", j.Name, avals, func(args []Value) []Value {
			in, cts := make([]Value, len(linear)), make([]Value, len(ctNonzero))
			k := 0
			for i, lin := range linear {
				if !lin {
					in[i] = args[k]
					k++
				}
			}
			k = n
			for i, nz := range ctNonzero {
				if nz {
					cts[i] = args[k]
					k++
				}
			}
			var out []Value
			outNZ = nil
			for i, ct := range Backward(j.Jaxpr, linear, j.Consts, in, cts, nil) {
				if !linear[i] {
					continue
				}
				if ct == nil && want(instantiate, len(outNZ)) {
					ct = lax.ZerosLike(j.InAvals()[i].Tangent().Strong())
				}
				outNZ = append(outNZ, ct != nil)
				if ct != nil {
					out = append(out, ct)
				}
			}
			return out
		})
		return jvpResult{t, outNZ}
	}).(jvpResult)
	return r.j, r.nz
}
