package lax

import (
	"slices"

	"github.com/jaxgo/jaxgo/core"
	"github.com/jaxgo/jaxgo/core/dtype"
	"github.com/jaxgo/jaxgo/core/stablehlo"
)

type qrParams struct {
	FullMatrices bool
	Pivoting     bool
	UseMagma     core.None
}

type geqp3Params struct{ UseMagma core.None }

type ormqrParams struct {
	Left      bool
	Transpose bool
}

var (
	geqrfOp              = core.Declare[none]("geqrf")
	geqp3Op              = core.Declare[geqp3Params]("geqp3")
	ormqrOp              = core.Declare[ormqrParams]("ormqr")
	householderProductOp = core.Declare[none]("householder_product")
	qrOp                 = core.Declare[qrParams]("qr")
)

// QR factors matrices in the last two axes into unitary and upper triangular ones. With pivoting the third result are the
// numbers of the columns in the order in which they were taken.
func QR(x Value, fullMatrices, pivoting bool) []Value {
	return qrOp.Bind(qrParams{FullMatrices: fullMatrices, Pivoting: pivoting}, x)
}

// qrImpl factors x by Householder reflections.
func qrImpl(x Value, p qrParams) []Value {
	s, d := x.Aval().Shape, x.Aval().DType
	k := len(s)
	m, n := s[k-2], s[k-1]
	if m == 0 || n == 0 {
		c := min(m, n)
		if p.FullMatrices {
			c = m
		}
		mask := Eq(BroadcastedIota(dtype.Int32, []int{m, c}, 0), BroadcastedIota(dtype.Int32, []int{m, c}, 1))
		q := Broadcast(ConvertElementType(mask, d), s[:k-2])
		out := []Value{q, Full(slices.Concat(s[:k-2], []int{c, n}), core.NewLiteral(d, 0, false))}
		if p.Pivoting {
			out = append(out, ZerosLike(core.NewAval(dtype.Int32, slices.Concat(s[:k-2], []int{n})...)))
		}
		return out
	}
	var r, taus Value
	var order []Value
	if p.Pivoting {
		out := geqp3Op.Bind(geqp3Params{}, x, ZerosLike(core.NewAval(dtype.Int32, slices.Concat(s[:k-2], []int{n})...)))
		r, taus = out[0], out[2]
		order = []Value{Sub(out[1], FullLike(out[1], 1))} // Fortran counts from 1
	} else {
		out := geqrfOp.Bind(none{}, x)
		r, taus = out[0], out[1]
	}
	q := r
	switch {
	case m < n:
		q = sliceAxis(r, k-1, 0, m, 1)
	case p.FullMatrices:
		config := make([]PadConfig, k)
		config[k-1] = PadConfig{0, m - n, 0}
		q = Pad(r, core.NewLiteral(d, 0, false), config)
	default:
		r = sliceAxis(r, k-2, 0, n, 1)
	}
	return append([]Value{householderProductOp.Bind1(none{}, q, taus), Triu(r, 0)}, order...)
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
	q, r, a, da := y[0], y[1], x[0], t[0]
	s := da.Aval().Shape
	k := len(s)
	m, n := s[k-2], s[k-1]
	if p.Pivoting {
		da = permuteColumns(da, y[2])
	}
	tangents := func(dq, dr Value) ([]Value, []Value) {
		return y, append([]Value{dq, dr}, make([]Value, len(y)-2)...)
	}
	columns := func(v Value, lo, hi int) Value { return sliceAxis(v, k-1, lo, hi, 1) }
	if m < n { // a = (a1, a2) = q·(r1, r2): a1 is factored, and r2 = qᴴ·a2
		dq, dr := thinQRJVP(q, columns(r, 0, m), columns(da, 0, m))
		dr2 := Add(matmul(adjoint(dq), columns(a, m, n)), matmul(adjoint(q), columns(da, m, n)))
		return tangents(dq, Concatenate([]Value{dr, dr2}, k-1))
	}
	if !p.FullMatrices || m == n {
		return tangents(thinQRJVP(q, r, da))
	}
	// The columns beyond those of a: arXiv 2409.13374, equations 32 and 33.
	rows := func(v Value, lo, hi int) Value { return sliceAxis(v, k-2, lo, hi, 1) }
	thin, rest := columns(q, 0, n), columns(q, n, m)
	dthin, dr := thinQRJVP(thin, rows(r, 0, n), da)
	lu, _, permutation := LU(Sub(rows(thin, 0, n), Broadcast(eye(q.Aval().DType, n), s[:k-2])))
	zh := LUSolve(lu, permutation, adjoint(rows(thin, n, m)), 2)
	z := adjoint(zh)
	drest := Sub(matmul(dthin, zh), matmul(Add(thin, matmul(rest, z)), adjoint(Sub(rows(dthin, n, m), matmul(z, rows(dthin, 0, n))))))
	zeros := ZerosLike(core.NewAval(q.Aval().DType, slices.Concat(s[:k-2], []int{m - n, n})...))
	return tangents(Concatenate([]Value{dthin, drest}, k-1), Concatenate([]Value{dr, zeros}, k-2))
}

func permuteColumns(x, order Value) Value {
	return matrixTranspose(permuteRows(matrixTranspose(x), order))
}

// ormqrImpl applies the reflections H = 1 - tau·v·vᴴ to c one after the other.
func ormqrImpl(a, taus, c Value, p ormqrParams) Value {
	s, d := a.Aval().Shape, a.Aval().DType
	r := len(s)
	k := taus.Aval().Shape[r-2]
	if k == 0 {
		return c
	}
	if p.Transpose && d.IsComplex() {
		taus = Conj(taus)
	}
	mask := Eq(BroadcastedIota(dtype.Int32, []int{s[r-2], k}, 0), BroadcastedIota(dtype.Int32, []int{s[r-2], k}, 1))
	vs := Add(Tril(sliceAxis(a, r-1, 0, k, 1), -1), Broadcast(ConvertElementType(mask, d), s[:r-2]))
	step := func(i Value, carry []Value) []Value {
		c := carry[0]
		if p.Left != p.Transpose { // Q·c and c·Qᴴ take them from the last to the first
			i = Sub(core.NewIntLiteral(dtype.Int32, int64(k-1), false), i)
		}
		v := DynamicIndexInDim(vs, i, r-1, true)
		tau := BroadcastInDim(DynamicIndexInDim(taus, i, r-2, false), c.Aval().Shape, iota(r-2))
		var change Value
		if p.Left {
			change = matmul(v, matmul(adjoint(v), c))
		} else {
			change = matmul(matmul(c, v), adjoint(v))
		}
		return []Value{Sub(c, Mul(tau, change))}
	}
	lo, hi := core.NewIntLiteral(dtype.Int32, 0, false), core.NewIntLiteral(dtype.Int32, int64(k), false)
	return ForiLoop(lo, hi, step, []Value{c}, 1)[0]
}

func init() {
	geqrfOp.Define(core.Rules[none]{
		Doc: "Householder reflections that make matrices upper triangular: the triangles with the reflectors below, and their factors.",
		Abstract: func(_ none, in []*core.Aval) []*core.Aval {
			batch, m := linalgShapes("geqrf", in)
			inexacts.checkAt("geqrf", 0, in[0])
			return []*core.Aval{in[0], in[0].WithShape(slices.Concat(batch, []int{min(m[0][0], m[0][1])}))}
		},
		Batch: batchMatrices(geqrfOp),
		Lower: func(c core.LowerCtx, _ none, in []stablehlo.Value) []stablehlo.Value {
			if hasLAPACK(c, "geqrf") {
				return lapackCall(c, "geqrf", "", in, c.Out(), [2]int{0, 0})
			}
			return customCallHLO(c, "Qr", "", in)
		},
	})

	geqp3Op.Define(core.Rules[geqp3Params]{
		Doc: "Householder reflections that make matrices upper triangular, columns taken by their length: as geqrf, with the order.",
		Abstract: func(_ geqp3Params, in []*core.Aval) []*core.Aval {
			batch, m := linalgShapes("geqp3", in[:1])
			inexacts.checkAt("geqp3", 0, in[0])
			return []*core.Aval{in[0], in[1], in[0].WithShape(slices.Concat(batch, []int{min(m[0][0], m[0][1])}))}
		},
		NonDifferentiable: true,
		Batch:             batchMatrices(geqp3Op),
		Lower: func(c core.LowerCtx, _ geqp3Params, in []stablehlo.Value) []stablehlo.Value {
			needLAPACK(c, "geqp3", "geqp3")
			return lapackCall(c, "geqp3", "", in, c.Out(), [2]int{0, 0}, [2]int{1, 1})
		},
	})

	ormqrOp.Define(core.Rules[ormqrParams]{
		Doc: "Product of the unitary matrix that geqrf gives, or its adjoint, with matrices.",
		Abstract: func(p ormqrParams, in []*core.Aval) []*core.Aval {
			_, a := linalgShapes("ormqr", in[:1])
			_, b := linalgShapes("ormqr", in[2:])
			m, k, c := a[0][0], in[1].Ndim(), b[0]
			core.Check(k == in[0].Ndim()-1 && in[2].Ndim() == in[0].Ndim(), core.TypeError, "All inputs to ormqr must have the same number of batch dimensions, but got %s batch dimensions for the inputs.",
				stablehlo.List([]int{in[0].Ndim() - 2, k - 1, in[2].Ndim() - 2}))
			for i, v := range in {
				inexacts.checkAt("ormqr", i, v)
			}
			sameDTypes("ormqr", in)
			core.Check(!p.Left || c[0] == m, core.ValueError, "ormqr with left=True expects c to have the same number of rows as the Householder matrix a. Got a shape %s and c shape %s.", core.ShapeString(a[0]), core.ShapeString(c))
			core.Check(p.Left || c[1] == m, core.ValueError, "ormqr with left=False expects c to have the same number of columns as the Householder matrix a has rows. Got a shape %s and c shape %s.", core.ShapeString(a[0]), core.ShapeString(c))
			return in[2:]
		},
		NonDifferentiable: true,
		Batch:             batchMatrices(ormqrOp),
		Lower: func(c core.LowerCtx, p ormqrParams, in []stablehlo.Value) []stablehlo.Value {
			if hasLAPACK(c, "ormqr") {
				flag := func(b bool) string { return map[bool]string{true: "true", false: "false"}[b] }
				return lapackCall(c, "ormqr", "left = "+flag(p.Left)+", transpose = "+flag(p.Transpose), in, c.Out(), [2]int{0, 2})
			}
			return c.Fn(func(x []Value) []Value { return []Value{ormqrImpl(x[0], x[1], x[2], p)} }, in, c.In())
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
			if hasLAPACK(c, "orgqr") {
				return lapackCall(c, "orgqr", "", in, c.Out(), [2]int{0, 0})
			}
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
			out := []*core.Aval{in[0].WithShape(slices.Concat(batch, []int{m, k})), in[0].WithShape(slices.Concat(batch, []int{k, n}))}
			if p.Pivoting {
				out = append(out, core.MakeAval(dtype.Int32, slices.Concat(batch, []int{n}), in[0].Weak))
			}
			return out
		},
		JVP:   qrJVP,
		Batch: batchMatrices(qrOp),
		Lower: func(c core.LowerCtx, p qrParams, in []stablehlo.Value) []stablehlo.Value {
			return c.Fn(func(x []Value) []Value { return qrImpl(x[0], p) }, in, c.In())
		},
		Samples: []core.Sample[qrParams]{
			{Params: qrParams{}, In: []*core.Aval{core.NewAval(dtype.Float32, 4, 3)}},
			{Params: qrParams{FullMatrices: true}, In: []*core.Aval{core.NewAval(dtype.Float32, 3, 4)}},
		},
	})

	core.Export("lax.geqrf", "x", func(a *core.Args) []core.Value { return geqrfOp.Bind(none{}, a.X(0)) })
	// a, taus
	core.Export1("lax.householder_product", "xx", func(a *core.Args) core.Value { return householderProductOp.Bind1(none{}, a.X(0), a.X(1)) })
	// x, full_matrices, pivoting
	core.Export("lax.qr", "xss", func(a *core.Args) []core.Value { return QR(a.X(0), a.Bool(1), a.Bool(2)) })
	// a, jpvt
	core.Export("lax.geqp3", "xx", func(a *core.Args) []core.Value { return geqp3Op.Bind(geqp3Params{}, a.X(0), a.X(1)) })
	// a, taus, c, left, transpose
	core.Export1("lax.ormqr", "xxxss", func(a *core.Args) core.Value {
		return ormqrOp.Bind1(ormqrParams{Left: a.Bool(3), Transpose: a.Bool(4)}, a.X(0), a.X(1), a.X(2))
	})
}
