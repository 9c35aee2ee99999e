package lax

import (
	"slices"

	"github.com/jaxgo/jaxgo/core"
	"github.com/jaxgo/jaxgo/core/dtype"
	"github.com/jaxgo/jaxgo/core/stablehlo"
)

type svdParams struct {
	Algorithm     choice
	ComputeUv     bool
	FullMatrices  bool
	SubsetByIndex core.None
}

var svdOp = core.Declare[svdParams]("svd")

// SVD gives the singular values s, descending, and the singular vectors of matrices in the last two axes:
// x = u·diag(s)·vt. fullMatrices completes u and vt to unitary matrices. algorithm is "" or the name of a member of
// jax.lax.linalg.SvdAlgorithm. Without uv there are no vectors.
func SVD(x Value, fullMatrices, uv bool, algorithm string) []Value {
	return svdOp.Bind(svdParams{Algorithm: choice(algorithm), ComputeUv: uv, FullMatrices: fullMatrices}, x)
}

// construct makes diagonal matrices.
func construct(d Value) Value {
	s := d.Aval().Shape
	n := len(s)
	shape := concat(s, s[n-1:])
	mask := Eq(BroadcastedIota(dtype.Int32, shape, n-1), BroadcastedIota(dtype.Int32, shape, n))
	wide := restoreAxes(d, shape, []int{n - 1})
	return Select(mask, wide, FullLike(wide, 0))
}

// diagonal takes the diagonals of square matrices.
func diagonal(x Value) Value {
	s := x.Aval().Shape
	n := len(s)
	mask := Eq(BroadcastedIota(dtype.Int32, s, n-2), BroadcastedIota(dtype.Int32, s, n-1))
	return ReduceSum(Select(mask, x, FullLike(x, 0)), []int{n - 1})
}

func realPart(x Value) Value {
	if x.Aval().DType.IsComplex() {
		return Real(x)
	}
	return x
}

// svdJVP is first-order perturbation theory of distinct singular values: Giles, "An extended collection of matrix derivative
// results for forward and reverse mode algorithmic differentiation", section 3.2.
func svdJVP(_ core.JVPCtx, p svdParams, x, t []Value) ([]Value, []Value) {
	a, da := x[0], t[0]
	thin := p
	thin.ComputeUv, thin.FullMatrices = true, false
	out := svdOp.Bind(thin, a)
	s, u, vt := out[0], out[1], out[2]
	shape, d := a.Aval().Shape, a.Aval().DType
	r := len(shape)
	m, n := shape[r-2], shape[r-1]
	core.Check(!p.ComputeUv || !p.FullMatrices || m == n, core.NotImplementedError, "Singular value decomposition JVP not implemented for full matrices")
	ut, v := adjoint(u), adjoint(vt)
	ds := matmul(matmul(ut, da), v)
	dvalues := diagonal(realPart(ds))
	if !p.ComputeUv {
		return []Value{s}, []Value{dvalues}
	}
	k := s.Aval().Shape[r-2]
	square := concat(shape[:r-2], []int{k, k})
	row, col := restoreAxes(s, square, []int{r - 2}), restoreAxes(s, square, []int{r - 1}) // s along the columns, and the rows
	one := Broadcast(eye(s.Aval().DType, k), shape[:r-2])
	diffs := Mul(Add(row, col), Sub(row, col))
	f := ConvertElementType(Sub(Div(FullLike(one, 1), Add(diffs, one)), one), d) // the 1 keeps the diagonal from being 1/0
	along, down := ConvertElementType(row, d), ConvertElementType(col, d)
	dss, sds := Mul(along, ds), Mul(down, ds)
	zeros := ConvertElementType(Eq(s, FullLike(s, 0)), s.Aval().DType)
	inverse := Sub(Div(FullLike(s, 1), Add(s, zeros)), zeros)
	half := core.NewLiteral(d, 0.5, false)
	uv := Mul(Mul(BroadcastInDim(half, square, nil), Sub(ds, adjoint(ds))), ConvertElementType(construct(inverse), d))
	du := matmul(u, Add(Mul(f, Add(dss, adjoint(dss))), uv))
	dv := matmul(v, Mul(f, Add(sds, adjoint(sds))))
	rest := func(dx, w, wt, dw Value) Value { // what dx has outside of the space of w
		y := Sub(dx, matmul(w, matmul(wt, dx)))
		over := ConvertElementType(restoreAxes(s, y.Aval().Shape, []int{r - 2}), d)
		return Add(dw, Div(y, over))
	}
	if m > n {
		du = rest(matmul(da, v), u, ut, du)
	}
	if n > m {
		dv = rest(matmul(adjoint(da), u), v, vt, dv)
	}
	return out, []Value{dvalues, du, adjoint(dv)}
}

// emptySVD is the decomposition of matrices without elements.
func emptySVD(p svdParams, a *core.Aval) []Value {
	r := a.Ndim()
	batch, m, n := a.Shape[:r-2], a.Shape[r-2], a.Shape[r-1]
	s := ZerosLike(core.NewAval(a.DType.Real(), concat(batch, []int{0})...))
	if !p.ComputeUv {
		return []Value{s}
	}
	size := 0
	if p.FullMatrices {
		size = max(m, n)
	}
	big := Broadcast(eye(a.DType, size), batch)
	if !p.FullMatrices {
		big = ZerosLike(core.NewAval(a.DType, concat(batch, []int{max(m, n), 0})...))
		if m < n {
			big = matrixTranspose(big)
		}
	}
	none := ZerosLike(core.NewAval(a.DType, concat(batch, []int{0, 0})...))
	if m < n {
		return []Value{s, none, big}
	}
	return []Value{s, big, none}
}

func init() {
	svdOp.Define(core.Rules[svdParams]{
		Doc: "Singular values and vectors of matrices.",
		Abstract: func(p svdParams, in []*core.Aval) []*core.Aval {
			batch, mats := linalgShapes("svd", in)
			a := in[0]
			inexacts.checkAt("svd", 0, a)
			m, n := mats[0][0], mats[0][1]
			k := min(m, n)
			s := core.MakeAval(a.DType.Real(), slices.Concat(batch, []int{k}), a.Weak)
			if !p.ComputeUv {
				return []*core.Aval{s}
			}
			ku, kv := k, k
			if p.FullMatrices {
				ku, kv = m, n
			}
			return []*core.Aval{s, a.WithShape(slices.Concat(batch, []int{m, ku})), a.WithShape(slices.Concat(batch, []int{kv, n}))}
		},
		JVP:   svdJVP,
		Batch: batchMatrices(svdOp),
		Lower: func(c core.LowerCtx, p svdParams, in []stablehlo.Value) []stablehlo.Value {
			a := c.In()[0]
			r := a.Ndim()
			m, n := a.Shape[r-2], a.Shape[r-1]
			if m == 0 || n == 0 {
				return c.Fn(func([]Value) []Value { return emptySVD(p, a) }, nil, nil)
			}
			routine := "gesdd"
			switch p.Algorithm {
			case "SvdAlgorithm.QR":
				routine = "gesvd"
			case "SvdAlgorithm.JACOBI", "SvdAlgorithm.POLAR":
				core.Errorf(core.NotImplementedError, "The SVD Jacobi and Polar algorithms are not implemented on CPU.")
			}
			needLAPACK(c, "svd", routine)
			mode, ku, kv := byte('N'), min(m, n), min(m, n)
			switch {
			case p.ComputeUv && p.FullMatrices:
				mode, ku, kv = 'A', m, n
			case p.ComputeUv:
				mode = 'S'
			}
			batch := a.Shape[:r-2]
			out := []*core.Aval{a, c.Out()[0], a.WithShape(slices.Concat(batch, []int{m, ku})), a.WithShape(slices.Concat(batch, []int{kv, n})), infoAval(a)}
			keep := []int{1, 2, 3}
			if !p.ComputeUv {
				keep = keep[:1]
			}
			return checkedLAPACK(c, routine, letterAttr("mode", mode), in, out, keep, [2]int{0, 0})
		},
	})
	// x, full_matrices, compute_uv, algorithm
	core.Export("lax.svd", "xsss", func(a *core.Args) []core.Value { return SVD(a.X(0), a.Bool(1), a.Bool(2), a.Str(3)) })
}
