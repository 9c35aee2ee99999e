package lax

import (
	"github.com/jaxgo/jaxgo/core"
	"github.com/jaxgo/jaxgo/core/dtype"
	"github.com/jaxgo/jaxgo/core/stablehlo"
)

type tridiagonalSolveParams struct{ PerturbSingular bool }

var tridiagonalSolveOp = core.Declare[tridiagonalSolveParams]("tridiagonal_solve")

// TridiagonalSolve solves equations with tridiagonal matrices, given by their lower, main and upper diagonals of one length:
// the first element of dl and the last of du are not read. b are matrices.
func TridiagonalSolve(dl, d, du, b Value, perturb bool) Value {
	return tridiagonalSolveOp.Bind1(tridiagonalSolveParams{perturb}, dl, d, du, b)
}

// shiftAxis moves elements along an axis by one place, forth or back; a zero comes in.
func shiftAxis(x Value, axis, by int) Value {
	config := make([]PadConfig, x.Aval().Ndim())
	config[axis] = PadConfig{by, -by, 0}
	return Pad(x, core.NewLiteral(x.Aval().DType, 0, false), config)
}

// tridiagonalProduct multiplies tridiagonal matrices, of which nil diagonals are zero, with matrices.
func tridiagonalProduct(dl, d, du, x Value) Value {
	s := x.Aval().Shape
	r := len(s)
	var y Value
	for i, v := range []Value{dl, d, du} {
		if v == nil {
			continue
		}
		z := x
		if by := 1 - i; by != 0 {
			z = shiftAxis(x, r-2, by)
		}
		y = addTangents(y, Mul(restoreAxes(v, s, []int{r - 1}), z))
	}
	return y
}

// tridiagonalImpl eliminates the lower diagonal, exchanging neighbouring rows for the larger pivot, and then solves from the
// last row up. perturb replaces pivots that are small beside the matrix, as inverse iteration wants it.
func tridiagonalImpl(dl, d, du, b Value, perturb bool) Value {
	s, dt := b.Aval().Shape, b.Aval().DType
	r := len(s)
	n := s[r-2]
	if n == 0 {
		return b
	}
	stack := s[:r-2]
	row := concat(stack, s[r-1:])
	wide := func(v Value) Value { return restoreAxes(v, row, []int{r - 2}) }
	front := func(v Value, axis int) Value { return MoveAxis(v, axis, 0) }
	zero := func(shape []int) Value { return ZerosLike(core.NewAval(dt, shape...)) }
	last := Eq(BroadcastedIota(dtype.Int32, du.Aval().Shape, r-2), Full(du.Aval().Shape, core.NewIntLiteral(dtype.Int32, int64(n-1), false)))
	du = Select(last, FullLike(du, 0), du)
	steady := func(pivot Value) Value { return pivot }
	if perturb {
		norm := Max(ReduceMax(Abs(dl), []int{r - 2}), Max(ReduceMax(Abs(d), []int{r - 2}), ReduceMax(Abs(du), []int{r - 2})))
		norm = Select(Eq(norm, FullLike(norm, 0)), FullLike(norm, 1), norm)
		least := Mul(norm, FullLike(norm, dtype.Limits(dt.Real()).Eps))
		steady = func(pivot Value) Value {
			small := ConvertElementType(least, dt)
			return Select(Lt(Abs(pivot), least), Select(Lt(realPart(pivot), FullLike(least, 0)), Neg(small), small), pivot)
		}
	}
	first := func(v Value, axis int) Value { return Squeeze(sliceAxis(v, axis, 0, 1, 1), []int{axis}) }
	init := []Value{first(d, r-2), first(du, r-2), first(b, r-2)}
	var next []Value // the rows after the one at hand
	for _, v := range []Value{dl, d, du, b} {
		next = append(next, front(shiftAxis(v, r-2, -1), r-2))
	}
	_, rows := Scan(func(c, x []Value) ([]Value, []Value) {
		swap := Gt(Abs(x[0]), Abs(c[0]))
		both := func(mine, other Value) (upper, lower Value) {
			return Select(swap, other, mine), Select(swap, mine, other)
		}
		p0, q0 := both(c[0], x[0])
		p1, q1 := both(c[1], x[1])
		p2, q2 := both(FullLike(x[2], 0), x[2])
		swap = BroadcastInDim(swap, row, iota(r-2))
		p3, q3 := both(c[2], x[3])
		p0 = steady(p0)
		f := Div(q0, p0)
		return []Value{Sub(q1, Mul(f, p1)), Sub(q2, Mul(f, p2)), Sub(q3, Mul(wide(f), p3))}, []Value{p0, p1, p2, p3}
	}, init, next, n, false, 8)
	_, out := Scan(func(c, x []Value) ([]Value, []Value) {
		y := Div(Sub(Sub(x[3], Mul(wide(x[1]), c[0])), Mul(wide(x[2]), c[1])), wide(x[0]))
		return []Value{y, c[0]}, []Value{y}
	}, []Value{zero(row), zero(row)}, rows, n, true, 8)
	return MoveAxis(out[0], 0, r-2)
}

func init() {
	f32 := core.NewAval(dtype.Float32, 4)
	tridiagonalSolveOp.Define(core.Rules[tridiagonalSolveParams]{
		Doc: "Solution of linear equations with tridiagonal matrices.",
		Abstract: func(_ tridiagonalSolveParams, in []*core.Aval) []*core.Aval {
			b := in[3]
			for i, v := range in {
				least := 1
				if i == 3 {
					least = 2
				}
				core.Check(v.Ndim() >= least, core.TypeError, "Input %d to tridiagonal_solve must have rank at least %d, but got shape=%s", i, least, core.ShapeString(v.Shape))
				inexacts.checkAt("tridiagonal_solve", i, v)
			}
			sameDTypes("tridiagonal_solve", in)
			core.Check(sameShape(in[0].Shape, in[1].Shape) && sameShape(in[0].Shape, in[2].Shape), core.TypeError, "tridiagonal_solve requires that all diagonal arguments have the same shape.")
			core.Check(sameShape(in[0].Shape, b.Shape[:b.Ndim()-1]), core.TypeError, "tridiagonal_solve requires that the leading ndim-1 dimensions of b equal the dimensions of the diagonal arguments.")
			return in[3:]
		},
		// A·x = b, so A·dx = db - dA·x.
		JVP: func(_ core.JVPCtx, p tridiagonalSolveParams, x, t []Value) ([]Value, []Value) {
			y := tridiagonalSolveOp.Bind1(p, x...)
			rhs := t[3]
			if da := tridiagonalProduct(t[0], t[1], t[2], y); da != nil {
				rhs = addTangents(rhs, Neg(da))
			}
			return []Value{y}, []Value{tridiagonalSolveOp.Bind1(p, x[0], x[1], x[2], rhs)}
		},
		Transpose: func(_ core.TransposeCtx, p tridiagonalSolveParams, ct, in []Value) []Value {
			axis := in[0].Aval().Ndim() - 1
			return []Value{nil, nil, nil, tridiagonalSolveOp.Bind1(p, shiftAxis(in[2], axis, 1), in[1], shiftAxis(in[0], axis, -1), ct[0])}
		},
		Batch: func(c core.BatchCtx, p tridiagonalSolveParams, in []Value, dims []int) ([]Value, []int) {
			for _, d := range dims[:3] {
				if d != core.Unmapped {
					return tridiagonalSolveOp.Bind(p, BatchToFront(c.Size(), in, dims)...), []int{0}
				}
			}
			// Systems with one matrix are one system with more right-hand sides.
			n := in[3].Aval().Ndim()
			b := MoveAxis(in[3], dims[3], n-2)
			s := b.Aval().Shape
			flat := concat(s[:n-2], []int{s[n-2] * s[n-1]})
			return []Value{Reshape(tridiagonalSolveOp.Bind1(p, in[0], in[1], in[2], Reshape(b, flat)), s)}, []int{n - 2}
		},
		Lower: func(c core.LowerCtx, p tridiagonalSolveParams, in []stablehlo.Value) []stablehlo.Value {
			if !p.PerturbSingular && hasLAPACK(c, "gtsv") {
				aliases := [][2]int{{0, 0}, {1, 1}, {2, 2}, {3, 3}}
				return checkedLAPACK(c, "gtsv", "", in, append(c.In()[:4:4], infoAval(c.In()[3])), []int{3}, aliases...)
			}
			return c.Fn(func(x []Value) []Value { return []Value{tridiagonalImpl(x[0], x[1], x[2], x[3], p.PerturbSingular)} }, in, c.In())
		},
		Samples: []core.Sample[tridiagonalSolveParams]{{In: []*core.Aval{f32, f32, f32, core.NewAval(dtype.Float32, 4, 2)}}},
	})
	// dl, d, du, b, perturb_singular
	core.Export1("lax.tridiagonal_solve", "xxxxs", func(a *core.Args) core.Value {
		return TridiagonalSolve(a.X(0), a.X(1), a.X(2), a.X(3), a.Bool(4))
	})
}
