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

type eighParams struct {
	Algorithm       core.None
	Lower           bool
	SortEigenvalues bool
	SubsetByIndex   core.None
}

type qrParams struct {
	FullMatrices bool
	Pivoting     bool
	UseMagma     core.None
}

var (
	choleskyOp           = core.Declare[none]("cholesky")
	triangularSolveOp    = core.Declare[triangularParams]("triangular_solve")
	eighOp               = core.Declare[eighParams]("eigh")
	geqrfOp              = core.Declare[none]("geqrf")
	householderProductOp = core.Declare[none]("householder_product")
	qrOp                 = core.Declare[qrParams]("qr")
)

// Cholesky is the lower triangular L with L·Lᴴ = x, of matrices in the last two axes. With symmetrize set, x is replaced
// by (x + xᴴ)/2; otherwise its upper triangle is not read.
func Cholesky(x Value, symmetrize bool) Value {
	if symmetrize {
		x = Div(Add(x, adjoint(x)), core.NewLiteral(x.Aval().DType, 2, false))
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

// Eigh gives eigenvectors and eigenvalues of Hermitian matrices in the last two axes, of which one triangle is read. With
// symmetrize set, x is replaced by (x + xᴴ)/2.
func Eigh(x Value, lower, symmetrize, sorted bool) (v, w Value) {
	if symmetrize {
		x = Div(Add(x, adjoint(x)), core.NewLiteral(x.Aval().DType, 2, false))
	}
	out := eighOp.Bind(eighParams{Lower: lower, SortEigenvalues: sorted}, x)
	return out[0], out[1]
}

// QR factors matrices in the last two axes into unitary and upper triangular ones.
func QR(x Value, fullMatrices bool) (q, r Value) {
	out := qrOp.Bind(qrParams{FullMatrices: fullMatrices}, x)
	return out[0], out[1]
}

// matrixTranspose swaps the last two axes.
func matrixTranspose(x Value) Value {
	n := x.Aval().Ndim()
	perm := iota(n)
	perm[n-2], perm[n-1] = n-1, n-2
	return Transpose(x, perm)
}

func adjoint(x Value) Value {
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

// eighJVP is first-order perturbation theory of distinct eigenvalues: with P = Vᴴ·dA·V, dw = diag P and
// dV = V·(F∘P), where F[i,j] = 1/(w[j]-w[i]), and 0 on the diagonal.
func eighJVP(_ core.JVPCtx, p eighParams, x, t []Value) ([]Value, []Value) {
	a := x[0]
	d := a.Aval().DType
	v, w := Eigh(a, p.Lower, true, p.SortEigenvalues)
	s := a.Aval().Shape
	n := len(s)
	one := Broadcast(eye(d, s[n-1]), s[:n-2])
	row := restoreAxes(ConvertElementType(w, d), s, []int{n - 2})
	col := restoreAxes(ConvertElementType(w, d), s, []int{n - 1})
	f := Sub(IntegerPow(Sub(Add(one, row), col), -1), one) // the 1 keeps the diagonal from being 1/0
	pert := matmul(matmul(adjoint(v), t[0]), v)
	re := pert
	if d.IsComplex() {
		re = Real(pert)
	}
	diagonal := ReduceSum(Mul(re, ConvertElementType(one, re.Aval().DType)), []int{n - 1})
	return []Value{v, w}, []Value{matmul(v, Mul(f, pert)), diagonal}
}

// qrImpl factors x by Householder reflections.
func qrImpl(x Value, full bool) []Value {
	s := x.Aval().Shape
	k := len(s)
	m, n := s[k-2], s[k-1]
	if m == 0 || n == 0 {
		c := min(m, n)
		if full {
			c = m
		}
		mask := Eq(BroadcastedIota(dtype.Int32, []int{m, c}, 0), BroadcastedIota(dtype.Int32, []int{m, c}, 1))
		q := Broadcast(ConvertElementType(mask, x.Aval().DType), s[:k-2])
		return []Value{q, Full(slices.Concat(s[:k-2], []int{c, n}), core.NewLiteral(x.Aval().DType, 0, false))}
	}
	out := geqrfOp.Bind(none{}, x)
	r, taus := out[0], out[1]
	q := r
	switch {
	case m < n:
		q = sliceAxis(r, k-1, 0, m, 1)
	case full:
		config := make([]PadConfig, k)
		config[k-1] = PadConfig{0, m - n, 0}
		q = Pad(r, core.NewLiteral(x.Aval().DType, 0, false), config)
	default:
		r = sliceAxis(r, k-2, 0, n, 1)
	}
	return []Value{householderProductOp.Bind1(none{}, q, taus), Triu(r, 0)}
}

// thinQRJVP differentiates the factors of a matrix with at least as many rows as columns
// (Townsend, "Differentiating the QR decomposition").
func thinQRJVP(q, r, dx Value) (dq, dr Value) {
	dxr := TriangularSolve(r, dx, false, false, false, false, false)
	c := matmul(adjoint(q), dxr)
	lower := Tril(c, -1)
	do := Sub(lower, adjoint(lower))
	if d := c.Aval().DType; d.IsComplex() {
		one := Broadcast(eye(d, r.Aval().Shape[r.Aval().Ndim()-1]), c.Aval().Shape[:c.Aval().Ndim()-2])
		do = Add(do, Mul(one, Sub(c, ConvertElementType(Real(c), d))))
	}
	return Add(matmul(q, Sub(do, c)), dxr), matmul(Sub(c, do), r)
}

func qrJVP(_ core.JVPCtx, p qrParams, x, t []Value) ([]Value, []Value) {
	y := qrOp.Bind(p, x[0])
	q, r, dx := y[0], y[1], t[0]
	s := dx.Aval().Shape
	k := len(s)
	m, n := s[k-2], s[k-1]
	if m < n { // x = (x1, x2) = q·(r1, r2): x1 is factored, and r2 = qᴴ·x2
		part := func(v Value, lo, hi int) Value { return sliceAxis(v, k-1, lo, hi, 1) }
		dq, dr := thinQRJVP(q, part(r, 0, m), part(dx, 0, m))
		dr2 := Add(matmul(adjoint(dq), part(x[0], m, n)), matmul(adjoint(q), part(dx, m, n)))
		return y, []Value{dq, Concatenate([]Value{dr, dr2}, k-1)}
	}
	core.Check(!p.FullMatrices || m == n, core.NotImplementedError, "derivatives of qr with full_matrices=True of matrices with more rows than columns are not implemented")
	dq, dr := thinQRJVP(q, r, dx)
	return y, []Value{dq, dr}
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
			attrs := "left_side = " + strconv.FormatBool(p.LeftSide) + ", lower = " + strconv.FormatBool(p.Lower) +
				", transpose_a = #stablehlo<transpose " + op + ">, unit_diagonal = " + strconv.FormatBool(p.UnitDiagonal)
			return c.B().Op("stablehlo.triangular_solve", attrs, nil, []stablehlo.Value{a, in[1]}, c.Out()[0].HLO())
		},
		Samples: []core.Sample[triangularParams]{
			{Params: triangularParams{LeftSide: true, Lower: true, UnitDiagonal: true}, In: []*core.Aval{f32, core.NewAval(dtype.Float32, 3, 2)}},
			{Params: triangularParams{TransposeA: true, UnitDiagonal: true}, In: []*core.Aval{f32, core.NewAval(dtype.Float32, 2, 3)}},
		},
	})

	eighOp.Define(core.Rules[eighParams]{
		Doc: "Eigenvectors and eigenvalues of Hermitian matrices.",
		Abstract: func(_ eighParams, in []*core.Aval) []*core.Aval {
			batch, m := linalgShapes("eigh", in)
			core.Check(m[0][0] == m[0][1], core.ValueError, "Argument to symmetric eigendecomposition must have shape [..., n, n], got shape %s", core.ShapeString(m[0]))
			a := in[0]
			inexacts.checkAt("eigh", 0, a)
			return []*core.Aval{a, core.MakeAval(a.DType.Real(), slices.Concat(batch, m[0][:1]), a.Weak)}
		},
		JVP:   eighJVP,
		Batch: batchMatrices(eighOp),
		Lower: func(c core.LowerCtx, p eighParams, in []stablehlo.Value) []stablehlo.Value {
			if a := c.In()[0]; a.Size() == 0 {
				return c.Fn(func(x []Value) []Value {
					return []Value{x[0], ZerosLike(core.NewAval(c.Out()[1].DType, c.Out()[1].Shape...))}
				}, in, c.In())
			}
			// Jacobi's iteration: the sweeps allowed, and the share of the matrix's norm that may stay off the diagonal.
			tolerance := "1e-6"
			if c.Out()[1].DType == dtype.Float64 {
				tolerance = "1e-13"
			}
			return customCallHLO(c, "Eigh", strconv.Itoa(int(b2i(p.Lower)))+","+strconv.Itoa(int(b2i(p.SortEigenvalues)))+",100,"+tolerance, in)
		},
	})

	geqrfOp.Define(core.Rules[none]{
		Doc: "Householder reflections that make matrices upper triangular: the triangles with the reflectors below, and their factors.",
		Abstract: func(_ none, in []*core.Aval) []*core.Aval {
			batch, m := linalgShapes("geqrf", in)
			inexacts.checkAt("geqrf", 0, in[0])
			return []*core.Aval{in[0], in[0].WithShape(slices.Concat(batch, []int{min(m[0][0], m[0][1])}))}
		},
		Batch: batchMatrices(geqrfOp),
		Lower: func(c core.LowerCtx, _ none, in []stablehlo.Value) []stablehlo.Value {
			return customCallHLO(c, "Qr", "", in)
		},
	})

	householderProductOp.Define(core.Rules[none]{
		Doc: "Product of the Householder reflections that geqrf gives.",
		Abstract: func(_ none, in []*core.Aval) []*core.Aval {
			_, m := linalgShapes("householder_product", in[:1])
			core.Check(m[0][0] >= m[0][1], core.ValueError, "The first argument to householder_product must have at least as many rows as columns, got shape %s", core.ShapeString(m[0]))
			taus := in[1].Shape
			core.Check(len(taus) > 0 && taus[len(taus)-1] <= m[0][1], core.ValueError, "The second argument to householder_product must not have more rows than the minimum of the first argument's rows and columns.")
			sameDTypes("householder_product", in)
			return in[:1]
		},
		Batch: batchMatrices(householderProductOp),
		Lower: func(c core.LowerCtx, _ none, in []stablehlo.Value) []stablehlo.Value {
			return customCallHLO(c, "ProductOfElementaryHouseholderReflectors", "", in)
		},
	})

	qrOp.Define(core.Rules[qrParams]{
		Doc: "Unitary and upper triangular factors of matrices.",
		Abstract: func(p qrParams, in []*core.Aval) []*core.Aval {
			batch, mats := linalgShapes("qr", in)
			inexacts.checkAt("qr", 0, in[0])
			m, n := mats[0][0], mats[0][1]
			k := min(m, n)
			if p.FullMatrices {
				k = m
			}
			return []*core.Aval{in[0].WithShape(slices.Concat(batch, []int{m, k})), in[0].WithShape(slices.Concat(batch, []int{k, n}))}
		},
		JVP:   qrJVP,
		Batch: batchMatrices(qrOp),
		Lower: func(c core.LowerCtx, p qrParams, in []stablehlo.Value) []stablehlo.Value {
			return c.Fn(func(x []Value) []Value { return qrImpl(x[0], p.FullMatrices) }, in, c.In())
		},
		Samples: []core.Sample[qrParams]{
			{Params: qrParams{}, In: []*core.Aval{core.NewAval(dtype.Float32, 4, 3)}},
			{Params: qrParams{FullMatrices: true}, In: []*core.Aval{core.NewAval(dtype.Float32, 3, 4)}},
		},
	})

	// x, lower, symmetrize_input, sort_eigenvalues
	core.Export("lax.eigh", "xsss", func(a *core.Args) []core.Value {
		v, w := Eigh(a.X(0), a.Bool(1), a.Bool(2), a.Bool(3))
		return []core.Value{v, w}
	})
	core.Export("lax.geqrf", "x", func(a *core.Args) []core.Value { return geqrfOp.Bind(none{}, a.X(0)) })
	// a, taus
	core.Export1("lax.householder_product", "xx", func(a *core.Args) core.Value { return householderProductOp.Bind1(none{}, a.X(0), a.X(1)) })
	// x, full_matrices
	core.Export("lax.qr", "xs", func(a *core.Args) []core.Value {
		q, r := QR(a.X(0), a.Bool(1))
		return []core.Value{q, r}
	})
	// x, symmetrize_input
	core.Export1("lax.cholesky", "xs", func(a *core.Args) core.Value { return Cholesky(a.X(0), a.Bool(1)) })
	// a, b, left_side, lower, transpose_a, conjugate_a, unit_diagonal
	core.Export1("lax.triangular_solve", "xxsssss", func(a *core.Args) core.Value {
		return TriangularSolve(a.X(0), a.X(1), a.Bool(2), a.Bool(3), a.Bool(4), a.Bool(5), a.Bool(6))
	})
}
