package lax

import (
	"math"
	"slices"
	"strconv"
	"strings"

	"github.com/jaxgo/jaxgo/core"
	"github.com/jaxgo/jaxgo/core/dtype"
	"github.com/jaxgo/jaxgo/core/stablehlo"
)

// choice is a parameter that is one of a few names, or None.
type choice string

// PyString is the name.
func (c choice) PyString() string {
	if c == "" {
		return "None"
	}
	return string(c)
}

// lapackTarget is the name of the custom call of a routine of LAPACK, of which the name for real numbers is given.
func lapackTarget(routine string, d dtype.DType) string {
	letter := map[dtype.DType]string{dtype.Float32: "s", dtype.Float64: "d", dtype.Complex64: "c", dtype.Complex128: "z"}[d]
	core.Check(letter != "", core.NotImplementedError, "Unsupported dtype %s.", d.Name())
	if d.IsComplex() {
		if rest, ok := strings.CutPrefix(routine, "or"); ok {
			routine = "un" + rest
		} else if rest, ok := strings.CutPrefix(routine, "sy"); ok {
			routine = "he" + rest
		}
	}
	return "lapack_" + letter + routine + "_ffi"
}

// hasLAPACK reports whether programs can call a routine of LAPACK.
func hasLAPACK(c core.LowerCtx, routine string) bool {
	return c.Target(lapackTarget(routine, c.In()[0].DType))
}

// needLAPACK refuses to go on without a routine of LAPACK, where XLA has nothing instead.
func needLAPACK(c core.LowerCtx, name, routine string) {
	core.Check(hasLAPACK(c, routine), core.NotImplementedError, "%s is computed by LAPACK, on the CPU only, and SciPy, which has it, was not found: pip install 'jaxgo[linalg]'", name)
}

// lapackCall writes a call of a routine of LAPACK. out are its results; alias pairs a result with the operand whose memory it
// takes. Of the operands and results, those with as many axes as any operand are stacks of matrices, stored by columns.
func lapackCall(c core.LowerCtx, routine, config string, in []stablehlo.Value, out []*core.Aval, alias ...[2]int) []stablehlo.Value {
	results := hloTypes(out)
	rank := 0
	for _, v := range in {
		rank = max(rank, len(v.Type.Shape))
	}
	var pairs []string
	for _, a := range alias {
		result := "[" + strconv.Itoa(a[0]) + "]"
		if len(out) == 1 {
			result = "[]"
		}
		pairs = append(pairs, "#stablehlo.output_operand_alias<output_tuple_indices = "+result+", operand_index = "+strconv.Itoa(a[1])+", operand_tuple_indices = []>")
	}
	attrs := "api_version = 4 : i32, backend_config = {" + config + "}, call_target_name = \"" + lapackTarget(routine, c.In()[0].DType) +
		"\", operand_layouts = " + columnMajor(types(in), rank) + ", output_operand_aliases = [" + strings.Join(pairs, ", ") +
		"], result_layouts = " + columnMajor(results, rank)
	return c.B().Op("stablehlo.custom_call", attrs, nil, in, results...)
}

// columnMajor are the layouts of stacks of matrices stored by columns, those arrays that have the given rank; the last axis
// of others is the fastest.
func columnMajor(ts []*stablehlo.Type, rank int) string {
	var s []string
	for _, t := range ts {
		n := len(t.Shape)
		order := iota(n)
		slices.Reverse(order)
		if n == rank {
			order[0], order[1] = n-2, n-1
		}
		list := stablehlo.List(order)
		if n == 0 {
			list = ""
		}
		s = append(s, "dense<"+list+"> : tensor<"+strconv.Itoa(n)+"xindex>")
	}
	return "[" + strings.Join(s, ", ") + "]"
}

// letterAttr is an attribute that is a character.
func letterAttr(name string, c byte) string { return name + " = " + strconv.Itoa(int(c)) + " : ui8" }

// pickLetter is the first letter if b, else the second.
func pickLetter(b bool, letters string) byte {
	if b {
		return letters[0]
	}
	return letters[1]
}

// infoAval is the type of LAPACK's report on each matrix of a stack.
func infoAval(a *core.Aval) *core.Aval {
	return core.NewAval(dtype.Int32, a.Shape[:a.Ndim()-2]...)
}

// nanUnless replaces the parts of x, one for each matrix of a stack, that are not ok by NaN.
func nanUnless(ok, x Value) Value {
	a := x.Aval()
	nan := complex(math.NaN(), 0)
	if a.DType.IsComplex() {
		nan = complex(math.NaN(), math.NaN())
	}
	return Select(BroadcastInDim(ok, a.Shape, iota(ok.Aval().Ndim())), x, Full(a.Shape, core.NewLiteral(a.DType, nan, false)))
}

// checkedLAPACK is lapackCall of a routine whose last result is its report: where that is not 0, results are NaN. keep are the
// numbers of the results that are wanted.
func checkedLAPACK(c core.LowerCtx, routine, config string, in []stablehlo.Value, out []*core.Aval, keep []int, alias ...[2]int) []stablehlo.Value {
	got := lapackCall(c, routine, config, in, out, alias...)
	last := len(out) - 1
	from, avals := []stablehlo.Value{got[last]}, []*core.Aval{out[last]}
	for _, k := range keep {
		from, avals = append(from, got[k]), append(avals, out[k])
	}
	return c.Fn(func(v []Value) []Value {
		ok := Eq(v[0], FullLike(v[0], 0))
		res := make([]Value, len(keep))
		for i, x := range v[1:] {
			res[i] = nanUnless(ok, x)
		}
		return res
	}, from, avals)
}

// LongRoutine reports whether an equation calls LAPACK for matrices so large that it takes a while, which XLA cannot tell.
func LongRoutine(e *core.Eqn) bool {
	const large = 128 * 128 // a decomposition takes about a millisecond, beside which a thread of its own costs little
	switch e.Prim {
	case choleskyOp.Primitive, triangularSolveOp.Primitive, eighOp.Primitive, eigOp.Primitive, schurOp.Primitive, hessenbergOp.Primitive, tridiagonalOp.Primitive,
		geqrfOp.Primitive, geqp3Op.Primitive, householderProductOp.Primitive, ormqrOp.Primitive, qrOp.Primitive, luOp.Primitive, svdOp.Primitive:
		return e.In[0].Aval().Size() >= large
	}
	return false
}
