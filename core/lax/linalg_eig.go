package lax

import (
	"slices"
	"strconv"

	"github.com/jaxgo/jaxgo/core"
	"github.com/jaxgo/jaxgo/core/dtype"
	"github.com/jaxgo/jaxgo/core/stablehlo"
)

type eigParams struct {
	ComputeLeftEigenvectors  bool
	ComputeRightEigenvectors bool
	EnableEigvecDerivs       bool
	Implementation           choice
}

type eighParams struct {
	Algorithm       choice
	Lower           bool
	SortEigenvalues bool
	SubsetByIndex   core.None
}

type schurParams struct {
	ComputeSchurVectors bool
	SelectCallable      core.None
	SortEigVals         bool
}

type tridiagonalParams struct{ Lower bool }

var (
	eigOp         = core.Declare[eigParams]("eig")
	eighOp        = core.Declare[eighParams]("eigh")
	schurOp       = core.Declare[schurParams]("schur")
	hessenbergOp  = core.Declare[none]("hessenberg")
	tridiagonalOp = core.Declare[tridiagonalParams]("tridiagonal")
)

// symmetrize is (x + xᴴ)/2.
func symmetrize(x Value) Value {
	y := Add(x, adjoint(x))
	return Div(y, FullLike(y, 2))
}

// Eigh gives eigenvectors and eigenvalues of Hermitian matrices in the last two axes, of which one triangle is read. With
// symmetrize set, x is replaced by (x + xᴴ)/2. algorithm is "" or the name of a member of jax.lax.linalg.EighImplementation.
func Eigh(x Value, lower, symmetric, sorted bool, algorithm string) (v, w Value) {
	if symmetric {
		x = symmetrize(x)
	}
	out := eighOp.Bind(eighParams{Algorithm: choice(algorithm), Lower: lower, SortEigenvalues: sorted}, x)
	return out[0], out[1]
}

// eighJVP is first-order perturbation theory of distinct eigenvalues: with P = Vᴴ·dA·V, dw = diag P and
// dV = V·(F∘P), where F[i,j] = 1/(w[j]-w[i]), and 0 on the diagonal.
func eighJVP(_ core.JVPCtx, p eighParams, x, t []Value) ([]Value, []Value) {
	a := x[0]
	out := eighOp.Bind(p, symmetrize(a))
	v, w := out[0], out[1]
	f := gaps(ConvertElementType(w, a.Aval().DType))
	pert := matmul(matmul(adjoint(v), t[0]), v)
	return out, []Value{matmul(v, Mul(f, pert)), diagonal(realPart(pert))}
}

// gaps are 1/(w[j]-w[i]), and 0 on the diagonal.
func gaps(w Value) Value {
	s, d := w.Aval().Shape, w.Aval().DType
	n := len(s)
	shape := concat(s, s[n-1:])
	one := Broadcast(eye(d, s[n-1]), s[:n-1])
	row, col := restoreAxes(w, shape, []int{n - 1}), restoreAxes(w, shape, []int{n})
	return Sub(IntegerPow(Sub(Add(one, row), col), -1), one) // the 1 keeps the diagonal from being 1/0
}

// eigVectorsJVP is perturbation theory as well. A·v = w·v leaves a complex factor of v free, which LAPACK fixes: vectors have
// length 1, and their largest component is real. So dv[j] = u[j] + c[j]·v[j], where u = V·(F∘P), and c follows from these.
func eigVectorsJVP(w, v, da Value) (dw, dv Value) {
	p := matmul(Solve(v, da), v)
	u := matmul(v, Mul(gaps(w), p))
	s := v.Aval().Shape
	r := len(s)
	largest := Argmax(Abs(v), r-2, dtype.Int32)
	mask := Eq(BroadcastedIota(dtype.Int32, s, r-2), restoreAxes(largest, s, []int{r - 2}))
	pick := func(x Value) Value { return ReduceSum(Select(mask, x, FullLike(x, 0)), []int{r - 2}) }
	re := Neg(Real(ReduceSum(Mul(Conj(v), u), []int{r - 2})))
	im := Div(Neg(Imag(pick(u))), Real(pick(v)))
	return diagonal(p), Add(u, Mul(v, restoreAxes(Complex(re, im), s, []int{r - 2})))
}

func eigJVP(_ core.JVPCtx, p eigParams, x, t []Value) ([]Value, []Value) {
	vectors := p.ComputeLeftEigenvectors || p.ComputeRightEigenvectors
	core.Check(!vectors || p.EnableEigvecDerivs, core.NotImplementedError, "Derivatives of non-symmetric eigenvectors are only valid under assumptions on the input that JAX cannot check (see the enable_eigvec_derivs argument to jax.lax.linalg.eig). Pass enable_eigvec_derivs=True to jax.lax.linalg.eig to opt in. See https://github.com/jax-ml/jax/issues/2748 for discussion.")
	q := p
	q.ComputeRightEigenvectors = true
	out := eigOp.Bind(q, x...)
	w, vr := out[0], out[len(out)-1]
	da := ConvertElementType(t[0], vr.Aval().DType)
	if !vectors {
		return out[:1], []Value{ReduceSum(Mul(Solve(vr, da), matrixTranspose(vr)), []int{vr.Aval().Ndim() - 1})}
	}
	dw, dvr := eigVectorsJVP(w, vr, da)
	y, dy := []Value{w}, []Value{dw}
	if p.ComputeLeftEigenvectors {
		_, dvl := eigVectorsJVP(Conj(w), out[1], adjoint(da))
		y, dy = append(y, out[1]), append(dy, dvl)
	}
	if p.ComputeRightEigenvectors {
		y, dy = append(y, vr), append(dy, dvr)
	}
	return y, dy
}

// squareAval checks that the operand is a stack of square matrices, and gives the shape of the stack and the size.
func squareAval(name, format string, in []*core.Aval) (batch []int, n int) {
	batch, m := linalgShapes(name, in)
	core.Check(m[0][0] == m[0][1], core.ValueError, format, core.ShapeString(m[0]))
	inexacts.checkAt(name, 0, in[0])
	return batch, m[0][0]
}

func init() {
	eighOp.Define(core.Rules[eighParams]{
		Doc: "Eigenvectors and eigenvalues of Hermitian matrices.",
		Abstract: func(_ eighParams, in []*core.Aval) []*core.Aval {
			batch, n := squareAval("eigh", "Argument to symmetric eigendecomposition must have shape [..., n, n], got shape %s", in)
			a := in[0]
			return []*core.Aval{a, core.MakeAval(a.DType.Real(), slices.Concat(batch, []int{n}), a.Weak)}
		},
		JVP:   eighJVP,
		Batch: batchMatrices(eighOp),
		Lower: lowerEigh,
	})

	eigOp.Define(core.Rules[eigParams]{
		Doc: "Eigenvalues of matrices, and their left and right eigenvectors.",
		Abstract: func(p eigParams, in []*core.Aval) []*core.Aval {
			batch, n := squareAval("eig", "The input to eig must be a square matrix. Got shape %s.", in)
			a := in[0]
			d := complexOf(a.DType)
			out := []*core.Aval{core.MakeAval(d, slices.Concat(batch, []int{n}), a.Weak)}
			for range b2i(p.ComputeLeftEigenvectors) + b2i(p.ComputeRightEigenvectors) {
				out = append(out, core.MakeAval(d, a.Shape, a.Weak))
			}
			return out
		},
		JVP:   eigJVP,
		Batch: batchMatrices(eigOp),
		Lower: func(c core.LowerCtx, p eigParams, in []stablehlo.Value) []stablehlo.Value {
			core.Check(p.Implementation == "" || p.Implementation == "EigImplementation.LAPACK", core.ValueError, "Only the lapack implementation is supported on CPU.")
			needLAPACK(c, "eig", "geev")
			a := c.In()[0]
			values, vectors := a.WithShape(a.Shape[:a.Ndim()-1]), core.NewAval(complexOf(a.DType), a.Shape...)
			out := []*core.Aval{values, vectors, vectors, infoAval(a)}
			if !a.DType.IsComplex() {
				out = append([]*core.Aval{values}, out...)
			}
			config := letterAttr("compute_left", pickLetter(p.ComputeLeftEigenvectors, "VN")) + ", " + letterAttr("compute_right", pickLetter(p.ComputeRightEigenvectors, "VN"))
			got := lapackCall(c, "geev", config, in, out)
			return c.Fn(func(v []Value) []Value {
				info, vr, vl, w := v[len(v)-1], v[len(v)-2], v[len(v)-3], v[0]
				if len(v) == 5 {
					w = Complex(v[0], v[1])
				}
				ok := Eq(info, FullLike(info, 0))
				res := []Value{nanUnless(ok, w)}
				if p.ComputeLeftEigenvectors {
					res = append(res, nanUnless(ok, vl))
				}
				if p.ComputeRightEigenvectors {
					res = append(res, nanUnless(ok, vr))
				}
				return res
			}, got, out)
		},
	})

	schurOp.Define(core.Rules[schurParams]{
		Doc: "Schur forms of matrices, and the unitary matrices that lead to them.",
		Abstract: func(p schurParams, in []*core.Aval) []*core.Aval {
			squareAval("schur", "The input to schur must be a square matrix. Got shape %s.", in)
			return slices.Repeat(in[:1], 1+int(b2i(p.ComputeSchurVectors)))
		},
		NonDifferentiable: true,
		Batch:             batchMatrices(schurOp),
		Lower: func(c core.LowerCtx, p schurParams, in []stablehlo.Value) []stablehlo.Value {
			core.Check(!p.SortEigVals, core.NotImplementedError, "The sort feature of LAPACK's gees routine is not implemented.")
			needLAPACK(c, "schur", "gees")
			a := c.In()[0]
			values, info := a.WithShape(a.Shape[:a.Ndim()-1]), infoAval(a)
			out := []*core.Aval{a, a, values, info, info}
			if !a.DType.IsComplex() {
				out = []*core.Aval{a, a, values, values, info, info}
			}
			config := letterAttr("mode", pickLetter(p.ComputeSchurVectors, "VN")) + ", " + letterAttr("sort", 'N')
			return checkedLAPACK(c, "gees", config, in, out, iota(1+int(b2i(p.ComputeSchurVectors))), [2]int{0, 0})
		},
	})

	hessenbergOp.Define(core.Rules[none]{
		Doc: "Hessenberg forms of matrices, with the Householder reflections that lead to them.",
		Abstract: func(_ none, in []*core.Aval) []*core.Aval {
			batch, n := squareAval("hessenberg", "Argument to Hessenberg reduction must have shape [..., n, n], got shape %s", in)
			return []*core.Aval{in[0], in[0].WithShape(slices.Concat(batch, []int{n - 1}))}
		},
		NonDifferentiable: true,
		Batch:             batchMatrices(hessenbergOp),
		Lower: func(c core.LowerCtx, _ none, in []stablehlo.Value) []stablehlo.Value {
			needLAPACK(c, "hessenberg", "gehrd")
			a := c.In()[0]
			config := "low = 1 : i32, high = " + strconv.Itoa(a.Shape[a.Ndim()-1]) + " : i32"
			return checkedLAPACK(c, "gehrd", config, in, append(slices.Clone(c.Out()), infoAval(a)), []int{0, 1}, [2]int{0, 0})
		},
	})

	tridiagonalOp.Define(core.Rules[tridiagonalParams]{
		Doc: "Tridiagonal forms of Hermitian matrices: the Householder reflections that lead to them, the diagonals, and the reflections' factors.",
		Abstract: func(_ tridiagonalParams, in []*core.Aval) []*core.Aval {
			batch, m := linalgShapes("tridiagonal", in)
			a, n := in[0], m[0][0]
			core.Check(n == m[0][1] && n > 0, core.ValueError, "The input to tridiagonal must be a square matrix. Got shape %s.", core.ShapeString(m[0]))
			inexacts.checkAt("tridiagonal", 0, a)
			vector := func(d dtype.DType, n int) *core.Aval { return core.MakeAval(d, slices.Concat(batch, []int{n}), a.Weak) }
			return []*core.Aval{a, vector(a.DType.Real(), n), vector(a.DType.Real(), n-1), vector(a.DType, n-1)}
		},
		NonDifferentiable: true,
		Batch:             batchMatrices(tridiagonalOp),
		Lower: func(c core.LowerCtx, p tridiagonalParams, in []stablehlo.Value) []stablehlo.Value {
			needLAPACK(c, "tridiagonal", "sytrd")
			out := append(slices.Clone(c.Out()), infoAval(c.In()[0]))
			return checkedLAPACK(c, "sytrd", letterAttr("uplo", pickLetter(p.Lower, "LU")), in, out, iota(4), [2]int{0, 0})
		},
	})

	// x, lower, symmetrize_input, sort_eigenvalues, implementation
	core.Export("lax.eigh", "xssss", func(a *core.Args) []core.Value {
		v, w := Eigh(a.X(0), a.Bool(1), a.Bool(2), a.Bool(3), a.Str(4))
		return []core.Value{v, w}
	})
	// x, compute_left_eigenvectors, compute_right_eigenvectors, enable_eigvec_derivs, implementation
	core.Export("lax.eig", "xssss", func(a *core.Args) []core.Value {
		return eigOp.Bind(eigParams{a.Bool(1), a.Bool(2), a.Bool(3), choice(a.Str(4))}, a.X(0))
	})
	// x, compute_schur_vectors, sort_eig_vals
	core.Export("lax.schur", "xss", func(a *core.Args) []core.Value {
		return schurOp.Bind(schurParams{ComputeSchurVectors: a.Bool(1), SortEigVals: a.Bool(2)}, a.X(0))
	})
	core.Export("lax.hessenberg", "x", func(a *core.Args) []core.Value { return hessenbergOp.Bind(none{}, a.X(0)) })
	// a, lower
	core.Export("lax.tridiagonal", "xs", func(a *core.Args) []core.Value { return tridiagonalOp.Bind(tridiagonalParams{a.Bool(1)}, a.X(0)) })
}

func lowerEigh(c core.LowerCtx, p eighParams, in []stablehlo.Value) []stablehlo.Value {
	switch p.Algorithm {
	case "EighImplementation.QDWH":
		core.Errorf(core.NotImplementedError, "QDWH implementation is only supported on TPU")
	case "EighImplementation.JACOBI":
		core.Errorf(core.NotImplementedError, "Jacobi implementation is not supported on CPU")
	}
	a := c.In()[0]
	if a.Size() == 0 {
		return c.Fn(func(x []Value) []Value {
			return []Value{x[0], ZerosLike(core.NewAval(c.Out()[1].DType, c.Out()[1].Shape...))}
		}, in, c.In())
	}
	if hasLAPACK(c, "syevd") {
		config := letterAttr("mode", 'V') + ", " + letterAttr("uplo", pickLetter(p.Lower, "LU"))
		return checkedLAPACK(c, "syevd", config, in, append(slices.Clone(c.Out()), infoAval(a)), []int{0, 1}, [2]int{0, 0})
	}
	// XLA's own, Jacobi's iteration: the sweeps allowed, and the share of the matrix's norm that may stay off the diagonal.
	tolerance := "1e-6"
	if c.Out()[1].DType == dtype.Float64 {
		tolerance = "1e-13"
	}
	return customCallHLO(c, "Eigh", strconv.Itoa(int(b2i(p.Lower)))+","+strconv.Itoa(int(b2i(p.SortEigenvalues)))+",100,"+tolerance, in)
}

// complexOf is the complex dtype of the same precision.
func complexOf(d dtype.DType) dtype.DType {
	switch d {
	case dtype.Float64, dtype.Complex128:
		return dtype.Complex128
	}
	return dtype.Complex64
}
