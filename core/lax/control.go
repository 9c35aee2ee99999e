package lax

import (
	"fmt"
	"slices"
	"strings"

	"github.com/jaxgo/jaxgo/core"
	"github.com/jaxgo/jaxgo/core/dtype"
	"github.com/jaxgo/jaxgo/core/stablehlo"
)

// What the control-flow primitives share: their rules transform the jaxprs of branches and bodies, and then bring the
// transformed jaxprs' inputs and results into the order that the primitive expects.

// concat joins slices into a new one.
func concat[T any](xs ...[]T) []T { return slices.Concat(xs...) }

func repeat[T any](x T, n int) []T { return slices.Repeat([]T{x}, n) }

// span lists the numbers from lo up to hi.
func span(lo, hi int) []int {
	s := make([]int, 0, max(hi-lo, 0))
	for i := lo; i < hi; i++ {
		s = append(s, i)
	}
	return s
}

func count(mask []bool) int {
	n := 0
	for _, b := range mask {
		if b {
			n++
		}
	}
	return n
}

func or(a, b []bool) []bool {
	c := make([]bool, len(a))
	for i := range a {
		c[i] = a[i] || b[i]
	}
	return c
}

func not(a []bool) []bool {
	c := make([]bool, len(a))
	for i := range a {
		c[i] = !a[i]
	}
	return c
}

// pick are the elements that mask marks.
func pick[T any](xs []T, mask []bool) []T {
	ys := make([]T, 0, len(xs))
	for i, b := range mask {
		if b {
			ys = append(ys, xs[i])
		}
	}
	return ys
}

// where lists the indices that mask marks, each plus an offset.
func where(mask []bool, offset int) []int {
	var s []int
	for i, b := range mask {
		if b {
			s = append(s, offset+i)
		}
	}
	return s
}

// fixpoint grows mask, which says what is true of a loop's carry before an iteration, until step, which says what is
// then true after it, finds nothing to add.
func fixpoint(mask []bool, step func(mask []bool) (after []bool)) []bool {
	for {
		grown := or(mask, step(mask))
		if slices.Equal(grown, mask) {
			return mask
		}
		mask = grown
	}
}

// instantiated makes zeros of the symbolic zeros that mask asks for. Tangents that mask does not ask for are dropped.
func instantiated(t []Value, mask []bool, avals []*core.Aval) []Value {
	out := make([]Value, len(t))
	for i, b := range mask {
		if b {
			out[i] = InstantiateZeros(t[i], avals[i].Tangent().Strong())
		}
	}
	return out
}

func avalsOf(vs []Value) []*core.Aval {
	as := make([]*core.Aval, len(vs))
	for i, v := range vs {
		as[i] = v.Aval()
	}
	return as
}

// matches is JAX's typematch: equal avals, weak types aside.
func matches(a, b *core.Aval) bool { return a.DType == b.DType && sameShape(a.Shape, b.Shape) }

// closed traces f and gives its jaxpr and the values that it closes over, which are the jaxpr's leading inputs. The
// values belong to the current scope.
func closed(what, name string, avals []*core.Aval, f func([]Value) []Value) (*core.ClosedJaxpr, []Value) {
	return separate(core.MakeJaxpr(what, name, avals, f))
}

// separate takes a jaxpr that nobody else uses apart: its constants, which pass to the current scope, become leading
// inputs.
func separate(j *core.ClosedJaxpr) (*core.ClosedJaxpr, []Value) {
	h, consts := Hoist(j)
	consts = slices.Clone(consts)
	for _, v := range consts {
		if c, ok := v.(core.Counted); ok {
			c.Retain()
			core.Own(c)
		}
	}
	if h != j {
		j.Drop()
	}
	return h, consts
}

// ruleJaxpr traces a derived jaxpr that closes over nothing of the traces around.
func ruleJaxpr(what, name string, avals []*core.Aval, f func([]Value) []Value) *core.ClosedJaxpr {
	var j *core.ClosedJaxpr
	core.WithTrace(core.Evaluator(), func() { j = core.MakeJaxpr(what, name, avals, f) })
	return j
}

// reorder gives j the inputs in and the results out, by their numbers in j. Every input that j reads must be among
// them; an input may be left out if nothing reads it, and results may be left out and repeated at will.
func reorder(j *core.ClosedJaxpr, in, out []int) *core.ClosedJaxpr {
	if slices.Equal(in, iota(len(j.In))) && slices.Equal(out, iota(len(j.Out))) {
		return j
	}
	return j.Memo(fmt.Sprint("reorder", in, out), func() any {
		k := *j.Jaxpr
		k.In, k.Out = make([]*core.Var, len(in)), make([]core.Atom, len(out))
		for i, n := range in {
			k.In[i] = j.In[n]
		}
		for i, n := range out {
			k.Out[i] = j.Out[n]
		}
		k.ArgNames = nil
		return core.Close(&k, j.Consts)
	}).(*core.ClosedJaxpr)
}

// withInputs gives j the inputs in, by their numbers in j; one of -1 is new and read by nothing, its aval is in avals.
func withInputs(j *core.ClosedJaxpr, in []int, avals []*core.Aval) *core.ClosedJaxpr {
	if slices.Equal(in, iota(len(j.In))) {
		return j
	}
	key := []byte(fmt.Sprint("inputs", in))
	for i, k := range in {
		if k < 0 {
			key = fmt.Append(key, " ", avals[i].ID())
		}
	}
	return j.Memo(string(key), func() any {
		k := *j.Jaxpr
		k.In = make([]*core.Var, len(in))
		for i, n := range in {
			if n < 0 {
				k.In[i] = core.NewVar(avals[i])
			} else {
				k.In[i] = j.In[n]
			}
		}
		k.ArgNames = nil
		return core.Close(&k, j.Consts)
	}).(*core.ClosedJaxpr)
}

// forwarding says for each result of j which input it is, or -1.
func forwarding(j *core.Jaxpr) []int {
	fwd := make([]int, len(j.Out))
	for i, a := range j.Out {
		fwd[i] = -1
		for k, v := range j.In {
			if a == core.Atom(v) {
				fwd[i] = k
			}
		}
	}
	return fwd
}

// inputsRead says which inputs equations and results of j read.
func inputsRead(j *core.Jaxpr) []bool {
	_, used := core.DCE(j, nil)
	return used
}

// batchedAxes maps j over its inputs' batch axes in (Unmapped: none) with the results' at out, as BatchJaxpr does for
// axis 0.
func batchedAxes(c core.BatchCtx, j *core.ClosedJaxpr, in, out []int) *core.ClosedJaxpr {
	b, force := make([]bool, len(in)), make([]bool, len(out))
	front := true
	for i, d := range in {
		b[i] = d != core.Unmapped
		front = front && d <= 0
	}
	for i, d := range out {
		force[i] = d != core.Unmapped
		front = front && d <= 0
	}
	bj, _ := c.BatchJaxpr(j, b, force)
	if front {
		return bj
	}
	h, consts := Hoist(bj)
	n := len(consts)
	moved := h.Memo(fmt.Sprint("axes", in, out), func() any {
		avals := slices.Clone(h.InAvals())
		for i, d := range in {
			if d > 0 {
				s := slices.Delete(slices.Clone(avals[n+i].Shape), 0, 1)
				avals[n+i] = avals[n+i].WithShape(slices.Insert(s, d, c.Size()))
			}
		}
		return ruleJaxpr("vmap", j.Name, avals, func(args []Value) []Value {
			args = slices.Clone(args)
			for i, d := range in {
				if d > 0 {
					args[n+i] = MoveAxis(args[n+i], d, 0)
				}
			}
			ys := slices.Clone(h.Eval(args))
			for i, d := range out {
				if d > 0 {
					ys[i] = MoveAxis(ys[i], 0, d)
				}
			}
			return ys
		})
	}).(*core.ClosedJaxpr)
	if n == 0 {
		return moved
	}
	k := *moved.Jaxpr // the constants get their place back
	k.ConstVars, k.In = moved.In[:n], moved.In[n:]
	return core.Close(&k, consts)
}

// PromoteCarry converts weakly typed initial values of a loop's carry that do not match what the body returns, and
// reports whether there were any: then the body must be traced once more.
func PromoteCarry(init []Value, out []*core.Aval) ([]Value, bool) {
	changed := false
	vs := slices.Clone(init)
	for i, v := range init {
		a := v.Aval()
		if !a.Weak || i >= len(out) || matches(a, out[i]) {
			continue
		}
		d, _, ok := dtype.Promote2(a.Typed(), out[i].Typed(), core.X64)
		if !ok || d == a.DType {
			continue
		}
		vs[i] = ConvertElementType(v, d)
		changed = true
	}
	return vs, changed
}

// CheckCarry compares the avals of a loop's carry before and after an iteration. loop names the loop, arg the body's
// first parameter ("" if it has no name) and paths the carry's leaves, for the message; with nil paths they are numbered.
func CheckCarry(loop, arg string, paths []string, in, out []*core.Aval) {
	component := func(i int) string {
		var p string
		if paths != nil {
			p = paths[i]
		} else if len(in) > 1 {
			p = fmt.Sprintf("[%d]", i)
		}
		switch {
		case arg != "" && p != "":
			return "the input carry component " + arg + p
		case arg != "":
			return "the input carry " + arg
		case p != "":
			return "the input carry at path " + p
		}
		return "the input carry"
	}
	if len(in) != len(out) {
		core.Errorf(core.TypeError, "%s function carry input and carry output must have the same pytree structure, but they differ:\n\nThe input carry has %d leaves and the output carry has %d.\n\nRevise the function so that the carry output has the same pytree structure as the carry input.", loop, len(in), len(out))
	}
	var diffs []string
	for i, a := range in {
		if !matches(a, out[i]) {
			diffs = append(diffs, component(i)+" has type "+a.Name()+" but the corresponding output carry component has type "+out[i].Name()+mismatch(a, out[i]))
		}
	}
	if diffs != nil {
		core.Errorf(core.TypeError, "%s function carry input and carry output must have equal types, but they differ:\n\n%s\nRevise the function so that all output types match the corresponding input types.", loop, differences(diffs))
	}
}

// mismatch is JAX's hint at what differs between two avals.
func mismatch(a, b *core.Aval) string {
	var s []string
	if a.DType != b.DType {
		s = append(s, "the dtypes do not match")
	}
	if !sameShape(a.Shape, b.Shape) {
		s = append(s, "the shapes do not match")
	}
	return ", so " + strings.Join(s, ", and ")
}

// differences lists what differs, as JAX does.
func differences(diffs []string) string {
	if len(diffs) == 1 {
		return strings.ToUpper(diffs[0][:1]) + diffs[0][1:] + ".\n"
	}
	return "  * " + strings.Join(diffs, ";\n  * ") + ".\n"
}

// i32 writes an int32 constant.
func i32(b *stablehlo.Builder, n int) stablehlo.Value {
	return b.Constant(itoa(n), stablehlo.NewType("i32", nil))
}
