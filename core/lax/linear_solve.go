package lax

import (
	"fmt"

	"github.com/jaxgo/jaxgo/core"
	"github.com/jaxgo/jaxgo/core/stablehlo"
)

// LinearSolveLengths are the numbers of constants of the four functions of a linear solve.
type LinearSolveLengths struct{ Matvec, Vecmat, Solve, TransposeSolve int }

// PyString is the named tuple that JAX prints.
func (n LinearSolveLengths) PyString() string {
	return fmt.Sprintf("_LinearSolveTuple(matvec=%d, vecmat=%d, solve=%d, transpose_solve=%d)", n.Matvec, n.Vecmat, n.Solve, n.TransposeSolve)
}

func (n LinearSolveLengths) sum() int { return n.Matvec + n.Vecmat + n.Solve + n.TransposeSolve }

// LinearSolveJaxprs are the four functions of a linear solve, each (constants, vector) -> vector; Solve and
// TransposeSolve may return auxiliary results after it. Vecmat and TransposeSolve may be nil.
type LinearSolveJaxprs struct{ Matvec, Vecmat, Solve, TransposeSolve *core.ClosedJaxpr }

// PyString is the named tuple that JAX prints.
func (j LinearSolveJaxprs) PyString() string {
	show := func(j *core.ClosedJaxpr) string {
		if j == nil {
			return "None"
		}
		return core.FormatParam(j)
	}
	return "_LinearSolveTuple(matvec=" + show(j.Matvec) + ", vecmat=" + show(j.Vecmat) + ", solve=" + show(j.Solve) + ", transpose_solve=" + show(j.TransposeSolve) + ")"
}

// LinearSolveParams are the parameters of custom_linear_solve, whose operands are the constants of the functions, in
// their order, and the right-hand side.
type LinearSolveParams struct {
	ConstLengths LinearSolveLengths
	Jaxprs       LinearSolveJaxprs
}

// SubJaxprs lists the functions.
func (p LinearSolveParams) SubJaxprs() []*core.ClosedJaxpr {
	var js []*core.ClosedJaxpr
	for _, j := range []*core.ClosedJaxpr{p.Jaxprs.Matvec, p.Jaxprs.Vecmat, p.Jaxprs.Solve, p.Jaxprs.TransposeSolve} {
		if j != nil {
			js = append(js, j)
		}
	}
	return js
}

var linearSolveOp = core.Declare[LinearSolveParams]("custom_linear_solve")

// LinearSolve solves A x = b. The jaxprs take the constants that consts lists for each of them; results after the first
// len(b) are auxiliary. Derivatives are those of the solution, not of the way to it.
func LinearSolve(j LinearSolveJaxprs, consts [4][]Value, b []Value) []Value {
	n := LinearSolveLengths{len(consts[0]), len(consts[1]), len(consts[2]), len(consts[3])}
	return linearSolveOp.Bind(LinearSolveParams{n, j}, concat(consts[0], consts[1], consts[2], consts[3], b)...)
}

// CustomLinearSolve is LinearSolve of functions. vecmat, the transpose of matvec, and transposeSolve may be nil: then
// there is no reverse-mode derivative.
func CustomLinearSolve(matvec, vecmat, solve, transposeSolve func(x []Value) []Value, b []Value) []Value {
	var consts [4][]Value
	var js [4]*core.ClosedJaxpr
	for i, f := range []func(x []Value) []Value{matvec, vecmat, solve, transposeSolve} {
		if f != nil {
			js[i], consts[i] = closed("custom_linear_solve", [4]string{"matvec", "vecmat", "solve", "transpose_solve"}[i], avalsOf(b), f)
		}
	}
	for i, j := range js {
		if j == nil {
			continue
		}
		for k, v := range b {
			if k >= len(j.Out) || !sameShape(j.OutAvals()[k].Shape, v.Aval().Shape) {
				core.Errorf(core.ValueError, "%s() output shapes must match b, got %s and %s", [4]string{"matvec", "vecmat", "solve", "transpose_solve"}[i], shapesOf(j.OutAvals()), shapesOf(avalsOf(b)))
			}
		}
	}
	return LinearSolve(LinearSolveJaxprs{js[0], js[1], js[2], js[3]}, consts, b)
}

func shapesOf(as []*core.Aval) string {
	s := "["
	for i, a := range as {
		if i > 0 {
			s += ", "
		}
		s += core.ShapeString(a.Shape)
	}
	return s + "]"
}

// split divides operands into the constants of each function and the right-hand side.
func splitSolve[T any](p LinearSolveParams, xs []T) (matvec, vecmat, solve, transposeSolve, b []T) {
	n := p.ConstLengths
	cut := func(k int) []T {
		ys := xs[:k:k]
		xs = xs[k:]
		return ys
	}
	return cut(n.Matvec), cut(n.Vecmat), cut(n.Solve), cut(n.TransposeSolve), xs
}

func init() {
	linearSolveOp.Define(core.Rules[LinearSolveParams]{
		Doc: "Solution of a linear system that functions define.",
		Abstract: func(p LinearSolveParams, in []*core.Aval) []*core.Aval {
			aux := len(p.Jaxprs.Matvec.Out)
			return concat(in[p.ConstLengths.sum():], p.Jaxprs.Solve.OutAvals()[aux:])
		},
		// A x = b, so dA x + A dx = db, and dx solves A dx = db - dA x.
		JVP: func(c core.JVPCtx, p LinearSolveParams, x, t []Value) ([]Value, []Value) {
			y := linearSolveOp.Bind(p, x...)
			params, _, _, _, _ := splitSolve(p, x)
			dparams, _, _, _, rhs := splitSolve(p, t)
			n := len(rhs)
			rhs = append([]Value{}, rhs...)
			if nz := nonzero(dparams); count(nz) > 0 {
				j, outNZ := c.JVPJaxpr(p.Jaxprs.Matvec, concat(nz, make([]bool, n)), nil)
				out := j.Eval(concat(params, y[:n], compact(dparams)))
				for i, d := range spread(out[n:], outNZ) {
					switch {
					case d == nil:
					case rhs[i] == nil:
						rhs[i] = Neg(d)
					default:
						rhs[i] = AddAny(rhs[i], Neg(d))
					}
				}
			}
			dy := make([]Value, len(y))
			if count(nonzero(rhs)) == 0 {
				return y, dy
			}
			for i := range rhs {
				rhs[i] = InstantiateZeros(rhs[i], y[i].Aval().Tangent())
			}
			copy(dy, linearSolveOp.Bind(p, concat(x[:len(x)-n], rhs)...)[:n])
			return y, dy
		},
		Transpose: func(c core.TransposeCtx, p LinearSolveParams, ct, in []Value) []Value {
			if p.Jaxprs.TransposeSolve == nil {
				core.Errorf(core.TypeError, "transpose_solve required for backwards mode automatic differentiation of custom_linear_solve")
			}
			m, v, s, t, b := splitSolve(p, in)
			cts := make([]Value, len(b))
			for i, x := range b {
				cts[i] = InstantiateZeros(ct[i], x.Aval().Tangent())
			}
			n, j := p.ConstLengths, p.Jaxprs
			q := LinearSolveParams{
				LinearSolveLengths{n.Vecmat, n.Matvec, n.TransposeSolve, n.Solve},
				LinearSolveJaxprs{j.Vecmat, j.Matvec, j.TransposeSolve, j.Solve},
			}
			out := linearSolveOp.Bind(q, concat(v, m, t, s, cts)...)
			return concat(make([]Value, n.sum()), out[:len(b)])
		},
		Batch: batchLinearSolve,
		Lower: func(c core.LowerCtx, p LinearSolveParams, in []stablehlo.Value) []stablehlo.Value {
			_, _, s, _, b := splitSolve(p, in)
			return c.Call("solve", p.Jaxprs.Solve, concat(s, b), true)
		},
	})
}

func batchLinearSolve(c core.BatchCtx, p LinearSolveParams, in []Value, dims []int) ([]Value, []int) {
	in, batched := ToFront(in, dims)
	j := p.Jaxprs
	mB, vB, sB, tB, origB := splitSolve(p, batched)
	n, numAux := len(origB), len(j.Solve.Out)-len(j.Matvec.Out)
	// Which parts of x and b are mapped must agree among the four functions.
	bB, xB := origB, make([]bool, len(j.Solve.Out))
	var q LinearSolveJaxprs
	for {
		var nextX, out []bool
		q.Solve, nextX = c.BatchJaxpr(j.Solve, concat(sB, bB), xB)
		if j.Vecmat != nil {
			q.Vecmat, out = c.BatchJaxpr(j.Vecmat, concat(vB, bB), bB)
			nextX = or(concat(out, repeat(true, numAux)), nextX)
		}
		q.Matvec, out = c.BatchJaxpr(j.Matvec, concat(mB, nextX[:n]), bB)
		nextB := or(out, origB)
		if j.TransposeSolve != nil {
			q.TransposeSolve, out = c.BatchJaxpr(j.TransposeSolve, concat(tB, nextX[:n]), nextX)
			nextB = or(nextB, out[:n])
		}
		if equalMasks(nextX, xB) && equalMasks(nextB, bB) {
			break
		}
		xB, bB = nextX, nextB
	}
	lengths := p.ConstLengths
	m, v, s, t, b := splitSolve(p, in)
	hoist := func(j **core.ClosedJaxpr, n *int, consts []Value) []Value {
		if *j == nil {
			return consts
		}
		h, more := Hoist(*j)
		*j = h
		*n += len(more)
		return concat(more, consts)
	}
	m = hoist(&q.Matvec, &lengths.Matvec, m)
	v = hoist(&q.Vecmat, &lengths.Vecmat, v)
	s = hoist(&q.Solve, &lengths.Solve, s)
	t = hoist(&q.TransposeSolve, &lengths.TransposeSolve, t)
	b = append([]Value{}, b...)
	for i := range b {
		if bB[i] && !origB[i] {
			b[i] = Broadcast(b[i], []int{c.Size()})
		}
	}
	out := linearSolveOp.Bind(LinearSolveParams{lengths, q}, concat(m, v, s, t, b)...)
	return out, FrontDims(xB)
}

func equalMasks(a, b []bool) bool {
	for i := range a {
		if a[i] != b[i] {
			return false
		}
	}
	return len(a) == len(b)
}
