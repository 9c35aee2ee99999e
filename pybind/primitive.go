package pybind

/*
#include "jgpy.h"
*/
import "C"

import (
	le "encoding/binary"

	"github.com/jaxgo/jaxgo/core"
	"github.com/jaxgo/jaxgo/core/stablehlo"
)

// Primitives that are defined in Python. Their rules are asked of one Python function, with the name of the rule, the
// parameters, and what the rule is about; see python/jaxgo/_primitive.py.

// pyParams are the parameters of an equation: a Python object, one for all equal ones while it lives.
type pyParams struct{ ref *pyRef }

// AppendKey implements core.Keyer.
func (p pyParams) AppendKey(b []byte) []byte {
	return le.LittleEndian.AppendUint64(b, uint64(uintptr(p.ref.obj)))
}

type pyPrimParams struct {
	Params pyParams
	prim   *pyPrim
}

// ParamList implements core.ParamLister.
func (p pyPrimParams) ParamList() []core.Param {
	var out []core.Param
	for _, it := range p.prim.ask("text", p).Items {
		out = append(out, core.Param{Name: it.Items[0].S, Value: it.Items[1].S})
	}
	return out
}

type pyPrim struct {
	op    core.Op[pyPrimParams]
	rules *pyRef
	obj   *pyRef // the Python object
}

// pyPrims finds the Python object of a primitive.
var pyPrims = map[*core.Primitive]*pyPrim{}

func (q *pyPrim) ask(rule string, p pyPrimParams, args ...any) core.Arg {
	return callPython(q.rules.obj, append([]any{rule, pyObject(p.Params.ref.obj)}, args...))
}

// list makes values of a rule's answer; None is nil.
func list(a core.Arg) []core.Value { return operands(a.Items) }

func anys(vs []core.Value) []any {
	out := make([]any, len(vs))
	for i, v := range vs {
		if v != nil {
			out[i] = v
		}
	}
	return out
}

func (q *pyPrim) define() {
	q.op.Define(core.Rules[pyPrimParams]{
		Doc:    "A primitive defined in Python.",
		NoUnit: true,
		Abstract: func(p pyPrimParams, in []*core.Aval) []*core.Aval {
			out := q.ask("abstract_eval", p, ids(in))
			avals := make([]*core.Aval, len(out.Items))
			for i := range avals {
				avals[i] = avalOf(int(out.Items[i].I))
			}
			return avals
		},
		Eval: func(p pyPrimParams, in []core.Value) []core.Value { return list(q.ask("impl", p, anys(in))) },
		JVP: func(c core.JVPCtx, p pyPrimParams, x, t []core.Value) ([]core.Value, []core.Value) {
			out := q.ask("jvp", p, anys(x), anys(t))
			return list(out.Items[0]), list(out.Items[1])
		},
		Transpose: func(c core.TransposeCtx, p pyPrimParams, ct, in []core.Value) []core.Value {
			args := anys(in)
			for i, v := range in {
				if u, ok := v.(*core.Undef); ok {
					args[i] = int(u.A.ID())
				}
			}
			return list(q.ask("transpose", p, anys(ct), args))
		},
		Batch: func(c core.BatchCtx, p pyPrimParams, in []core.Value, dims []int) ([]core.Value, []int) {
			out := q.ask("batch", p, c.Size(), c.AxisName(), anys(in), dims)
			ds := make([]int, len(out.Items[1].Items))
			for i := range ds {
				ds[i] = int(out.Items[1].Items[i].I)
			}
			return list(out.Items[0]), ds
		},
		Lower: func(c core.LowerCtx, p pyPrimParams, in []stablehlo.Value) []stablehlo.Value {
			return c.Fn(func(in []core.Value) []core.Value { return list(q.ask("lower", p, anys(in), ids(c.Out()))) }, in, c.In())
		},
	})
}

func init() {
	prim := func(a *core.Args) *pyPrim { return a.List[0].Go.(*pyPrim) }
	// primitive(name, rules, object) -> primitive
	provide1("primitive", func(a *core.Args) any {
		q := &pyPrim{rules: keepArg(a, 1), obj: keepArg(a, 2)}
		name := a.Str(0)
		unique := name
		for core.Lookup(unique) != nil {
			unique += "'"
		}
		q.op = core.Declare[pyPrimParams](unique)
		q.op.Name = name
		q.define()
		pyPrims[q.op.Primitive] = q
		return q
	})
	// primitive_effect(primitive): its equations are kept although nothing uses their results
	// primitives() -> names of those of Go's, and whether each can be differentiated
	provide("primitives", func(*core.Args) []any {
		var out []any
		for _, p := range core.Primitives() {
			if pyPrims[p] == nil {
				out = append(out, []any{p.Name, p.Rules().JVP != nil})
			}
		}
		return out
	})
	provide1("primitive_effect", func(a *core.Args) any {
		prim(a).op.Rules().Effect = true
		return nil
	})
	// bind_primitive(primitive, parameters, operands) -> results
	provide("bind_primitive", func(a *core.Args) []any {
		q := prim(a)
		return []any{q.op.Bind(pyPrimParams{pyParams{keepArg(a, 1)}, q}, values(a, 2)...)}
	})
	// bind_builtin(name, operands, parameters as pairs) -> results: a primitive of Go's
	provide("bind_builtin", func(a *core.Args) []any {
		p := core.Lookup(string([]byte(a.Str(0))))
		if p == nil {
			core.Errorf(core.TypeError, "there is no primitive %s", a.Str(0))
		}
		return []any{core.Bind(p, paramsOf(p, a.Seq(2)), values(a, 1))}
	})
}

func init() {
	// dce_jaxpr(jaxpr, used results, inputs kept) -> [jaxpr, inputs read]
	provide("dce_jaxpr", func(a *core.Args) []any {
		j := closed(a, 0)
		k, read := core.DCE(j.Jaxpr, bools(a, 1))
		var in []*core.Var
		for i, keep := range bools(a, 2) {
			if read[i] = read[i] || keep; read[i] {
				in = append(in, k.In[i])
			}
		}
		k.In = in
		return []any{&pyJaxpr{core.Close(k, j.Consts)}, read}
	})
}
