package lax

import (
	"slices"
	"strconv"

	"github.com/jaxgo/jaxgo/core"
	"github.com/jaxgo/jaxgo/core/dtype"
	"github.com/jaxgo/jaxgo/core/stablehlo"
)

type triangularParams struct {
	ConjugateA   bool
	LeftSide     bool
	Lower        bool
	TransposeA   bool
	UnitDiagonal bool
}

var (
	choleskyOp        = core.Declare[none]("cholesky")
	triangularSolveOp = core.Declare[triangularParams]("triangular_solve")
)

// Cholesky is the lower triangular L with L·Lᴴ = x, of matrices in the last two axes. With symmetric set, x is replaced
// by (x + xᴴ)/2; otherwise its upper triangle is not read.
func Cholesky(x Value, symmetric bool) Value {
	if symmetric {
		x = symmetrize(x)
	}
	return Tril(choleskyOp.Bind1(none{}, x), 0)
}

// TriangularSolve solves op(a)·x = b, or x·op(a) = b, for triangular matrices a in the last two axes; b may be vectors.
func TriangularSolve(a, b Value, leftSide, lower, transposeA, conjugateA, unitDiagonal bool) Value {
	p := triangularParams{ConjugateA: conjugateA && a.Aval().DType.IsComplex(), LeftSide: leftSide, Lower: lower, TransposeA: transposeA, UnitDiagonal: unitDiagonal}
	if b.Aval().Ndim() != a.Aval().Ndim()-1 {
		return triangularSolveOp.Bind1(p, a, b)
	}
	axis := -2
	if leftSide {
		axis = -1
	}
	return Squeeze(triangularSolveOp.Bind1(p, a, ExpandDims(b, axis)), []int{axis})
}

// matrixTranspose swaps the last two axes.
func matrixTranspose(x Value) Value {
	n := x.Aval().Ndim()
	perm := iota(n)
	perm[n-2], perm[n-1] = n-1, n-2
	return Transpose(x, perm)
}

func adjoint(x Value) Value {
	if n := x.Aval().Ndim(); n < 2 {
		core.Errorf(core.TypeError, "transpose permutation isn't a permutation of operand dimensions, got permutation %s for operand shape %s.",
			core.ShapeString([][]int{{-1, -2}, {0, -1}}[n]), core.ShapeString(x.Aval().Shape))
	}
	y := matrixTranspose(x)
	if x.Aval().DType.IsComplex() {
		return Conj(y)
	}
	return y
}

// tri is a mask of the places at and below diagonal k of matrices of the given shape.
func tri(shape []int, k int) Value {
	n := len(shape)
	m := shape[n-2:]
	row, col := BroadcastedIota(dtype.Int32, m, 0), BroadcastedIota(dtype.Int32, m, 1)
	if k != 0 {
		row = Add(row, core.NewIntLiteral(dtype.Int32, int64(k), false))
	}
	return Broadcast(Ge(row, col), shape[:n-2])
}

// Tril keeps the matrices' elements at and below diagonal k; the others become 0.
func Tril(x Value, k int) Value { return Select(tri(x.Aval().Shape, k), x, FullLike(x, 0)) }

// Triu keeps the matrices' elements at and above diagonal k; the others become 0.
func Triu(x Value, k int) Value { return Select(tri(x.Aval().Shape, k-1), FullLike(x, 0), x) }

// matmul multiplies matrices in the last two axes in full precision.
func matmul(x, y Value) Value {
	if x.Aval().Ndim() == 2 {
		return Dot(x, y, "highest", dtype.Invalid)
	}
	return BatchMatmul(x, y, "highest")
}

// linalgShapes checks that operands are stacks of matrices, and gives the shapes of these and of the stack.
func linalgShapes(name string, in []*core.Aval) (batch []int, matrices [][]int) {
	for i, a := range in {
		n := len(a.Shape)
		core.Check(n >= 2, core.TypeError, "Input %d to %s must have rank at least 2, but got shape=%s", i, name, core.ShapeString(a.Shape))
		matrices = append(matrices, a.Shape[n-2:])
	}
	for _, a := range in {
		if a.Ndim() != in[0].Ndim() {
			ranks := make([]int, len(in))
			for i, a := range in {
				ranks[i] = a.Ndim() - 2
			}
			core.Errorf(core.TypeError, "All inputs to %s must have the same number of batch dimensions, but got %s batch dimensions for the inputs.", name, stablehlo.List(ranks))
		}
	}
	return in[0].Shape[:in[0].Ndim()-2], matrices
}

// choleskyJVP is the rule of Murray, "Differentiation of the Cholesky decomposition" (arXiv 1602.07527):
// dL = L·Φ(L⁻¹·dΣ·L⁻ᴴ), Φ taking the lower triangle and halving its diagonal.
func choleskyJVP(_ core.JVPCtx, p none, x, t []Value) ([]Value, []Value) {
	l := Tril(choleskyOp.Bind1(p, x[0]), 0)
	a := TriangularSolve(l, t[0], false, true, true, true, false)
	b := Tril(TriangularSolve(l, a, true, true, false, false, false), 0)
	s := b.Aval().Shape
	n := len(s)
	d := b.Aval().DType
	halve := ExpandDims(Add(core.NewLiteral(d, 1, false), eye(d, s[n-1])), iota(n-2)...)
	return []Value{l}, []Value{BatchMatmul(l, Div(b, halve), "highest")}
}

func triangularJVP(_ core.JVPCtx, p triangularParams, x, t []Value) ([]Value, []Value) {
	a, b := x[0], x[1]
	y := triangularSolveOp.Bind1(p, a, b)
	var dy Value
	if da := t[0]; da != nil {
		// d(A⁻¹B) = -A⁻¹·dA·A⁻¹B. Solving costs as much as multiplying: the smaller operand comes first.
		k := 0
		if p.UnitDiagonal {
			k = 1
		}
		if p.Lower {
			da = Tril(da, -k)
		} else {
			da = Triu(da, k)
		}
		da = Neg(da)
		if p.TransposeA {
			da = matrixTranspose(da)
		}
		if p.ConjugateA {
			da = Conj(da)
		}
		solve := func(v Value) Value { return triangularSolveOp.Bind1(p, a, v) }
		s := b.Aval().Shape
		m, n := s[len(s)-2], s[len(s)-1]
		switch {
		case p.LeftSide && m > n:
			dy = solve(matmul(da, y))
		case p.LeftSide:
			dy = matmul(solve(da), y)
		case m < n:
			dy = solve(matmul(y, da))
		default:
			dy = matmul(y, solve(da))
		}
	}
	if t[1] != nil {
		dy = addTangents(dy, triangularSolveOp.Bind1(p, a, t[1]))
	}
	return []Value{y}, []Value{dy}
}

// eye is the unit matrix of size n.
func eye(d dtype.DType, n int) Value {
	s := []int{n, n}
	return ConvertElementType(Eq(BroadcastedIota(dtype.Int32, s, 0), BroadcastedIota(dtype.Int32, s, 1)), d)
}

// batchMatrices is the batching rule of ops on stacks of matrices.
func batchMatrices[P any](op core.Op[P]) func(core.BatchCtx, P, []Value, []int) ([]Value, []int) {
	return func(c core.BatchCtx, p P, in []Value, dims []int) ([]Value, []int) {
		out := op.Bind(p, BatchToFront(c.Size(), in, dims)...)
		return out, make([]int, len(out))
	}
}

// customCallHLO calls a target that XLA expands itself.
func customCallHLO(c core.LowerCtx, target, config string, in []stablehlo.Value) []stablehlo.Value {
	return c.B().Op("stablehlo.custom_call", "api_version = 1 : i32, backend_config = \""+config+"\", call_target_name = \""+target+"\"", nil, in, hloTypes(c.Out())...)
}

func init() {
	f32 := core.NewAval(dtype.Float32, 3, 3)
	choleskyOp.Define(core.Rules[none]{
		Doc: "Cholesky factors of positive definite matrices, of which the lower triangles are read.",
		Abstract: func(_ none, in []*core.Aval) []*core.Aval {
			_, m := linalgShapes("cholesky", in)
			core.Check(m[0][0] == m[0][1], core.ValueError, "The input to cholesky must be a square matrix. Got shape %s.", core.ShapeString(m[0]))
			inexacts.checkAt("cholesky", 0, in[0])
			return in[:1]
		},
		JVP:   choleskyJVP,
		Batch: batchMatrices(choleskyOp),
		Lower: func(c core.LowerCtx, _ none, in []stablehlo.Value) []stablehlo.Value {
			if hasLAPACK(c, "potrf") {
				return checkedLAPACK(c, "potrf", letterAttr("uplo", 'L'), in, []*core.Aval{c.In()[0], infoAval(c.In()[0])}, []int{0}, [2]int{0, 0})
			}
			return c.B().Op("stablehlo.cholesky", "lower = true", nil, in, c.Out()[0].HLO())
		},
	})

	triangularSolveOp.Define(core.Rules[triangularParams]{
		Doc: "Solution of linear equations with triangular matrices.",
		Abstract: func(p triangularParams, in []*core.Aval) []*core.Aval {
			_, m := linalgShapes("triangular_solve", in)
			a, b := m[0], m[1]
			core.Check(a[0] == a[1], core.ValueError, "The first input to triangular_solve must be a square matrix. Got shape %s.", core.ShapeString(a))
			common := b[1]
			if p.LeftSide {
				common = b[0]
			}
			core.Check(a[1] == common, core.ValueError, "Incompatible shapes for arguments to triangular_solve: %s and %s.", core.ShapeString(a), core.ShapeString(b))
			for i, v := range in {
				inexacts.checkAt("triangular_solve", i, v)
			}
			sameDTypes("triangular_solve", in)
			// As in JAX, the stack is the first operand's.
			shape := slices.Concat(in[0].Shape[:in[0].Ndim()-2], b)
			return []*core.Aval{core.MakeAval(in[0].DType, shape, in[0].Weak && in[1].Weak)}
		},
		JVP: triangularJVP,
		Transpose: func(_ core.TransposeCtx, p triangularParams, ct, in []Value) []Value {
			p.TransposeA = !p.TransposeA
			return []Value{nil, triangularSolveOp.Bind1(p, in[0], ct[0])}
		},
		Batch: func(c core.BatchCtx, p triangularParams, in []Value, dims []int) ([]Value, []int) {
			if dims[0] != core.Unmapped {
				return triangularSolveOp.Bind(p, BatchToFront(c.Size(), in, dims)...), []int{0}
			}
			// Systems with one matrix are one system with more right-hand sides.
			n := in[1].Aval().Ndim()
			to, merged := n-2, n-3 // the mapped axis goes in front of the rows of b, or after its columns
			if p.LeftSide {
				to, merged = n-1, n-2
			}
			b := MoveAxis(in[1], dims[1], to)
			s := b.Aval().Shape
			flat := slices.Concat(s[:merged], []int{s[merged] * s[merged+1]}, s[merged+2:])
			return []Value{Reshape(triangularSolveOp.Bind1(p, in[0], Reshape(b, flat)), s)}, []int{to}
		},
		Lower: func(c core.LowerCtx, p triangularParams, in []stablehlo.Value) []stablehlo.Value {
			a := in[0]
			op := "NO_TRANSPOSE"
			switch {
			case p.TransposeA && p.ConjugateA:
				op = "ADJOINT"
			case p.TransposeA:
				op = "TRANSPOSE"
			case p.ConjugateA:
				a = c.Fn(func(in []Value) []Value { return []Value{Conj(in[0])} }, in[:1], c.In()[:1])[0]
			}
			if hasLAPACK(c, "trsm") {
				config := letterAttr("side", pickLetter(p.LeftSide, "LR")) + ", " + letterAttr("uplo", pickLetter(p.Lower, "LU")) + ", " +
					letterAttr("trans_x", map[string]byte{"NO_TRANSPOSE": 'N', "TRANSPOSE": 'T', "ADJOINT": 'C'}[op]) + ", " + letterAttr("diag", pickLetter(p.UnitDiagonal, "UN"))
				return lapackCall(c, "trsm", config, []stablehlo.Value{a, in[1]}, c.Out(), [2]int{0, 1})
			}
			attrs := "left_side = " + strconv.FormatBool(p.LeftSide) + ", lower = " + strconv.FormatBool(p.Lower) +
				", transpose_a = #stablehlo<transpose " + op + ">, unit_diagonal = " + strconv.FormatBool(p.UnitDiagonal)
			return c.B().Op("stablehlo.triangular_solve", attrs, nil, []stablehlo.Value{a, in[1]}, c.Out()[0].HLO())
		},
		Samples: []core.Sample[triangularParams]{
			{Params: triangularParams{LeftSide: true, Lower: true, UnitDiagonal: true}, In: []*core.Aval{f32, core.NewAval(dtype.Float32, 3, 2)}},
			{Params: triangularParams{TransposeA: true, UnitDiagonal: true}, In: []*core.Aval{f32, core.NewAval(dtype.Float32, 2, 3)}},
		},
	})

	// x, symmetrize_input
	core.Export1("lax.cholesky", "xs", func(a *core.Args) core.Value { return Cholesky(a.X(0), a.Bool(1)) })
	// a, b, left_side, lower, transpose_a, conjugate_a, unit_diagonal
	core.Export1("lax.triangular_solve", "xxsssss", func(a *core.Args) core.Value {
		return TriangularSolve(a.X(0), a.X(1), a.Bool(2), a.Bool(3), a.Bool(4), a.Bool(5), a.Bool(6))
	})
}
