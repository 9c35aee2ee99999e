package lax

import (
	"slices"

	"github.com/jaxgo/jaxgo/core"
	"github.com/jaxgo/jaxgo/core/dtype"
	"github.com/jaxgo/jaxgo/core/stablehlo"
)

type permutationParams struct{ PermutationSize int }

var (
	luOp                = core.Declare[none]("lu")
	pivotsPermutationOp = core.Declare[permutationParams]("lu_pivots_to_permutation")
)

// LU factors matrices in the last two axes with partial pivoting: the unit lower and the upper triangular factors in one
// matrix, the rows that were exchanged with each, and the permutation that these exchanges make.
func LU(x Value) (lu, pivots, permutation Value) {
	out := luOp.Bind(none{}, x)
	return out[0], out[1], out[2]
}

// LUPivotsToPermutation is the permutation of n rows that exchanges of the first ones make.
func LUPivotsToPermutation(pivots Value, n int) Value {
	return pivotsPermutationOp.Bind1(permutationParams{n}, pivots)
}

// permuteRows puts the rows of matrices in the order that indices give for each.
func permuteRows(x, rows Value) Value {
	s := x.Aval().Shape
	n := len(s)
	batch := iota(n - 2)
	sizes := ones(n)
	sizes[n-1] = s[n-1]
	return Gather(x, ExpandDims(rows, n-1), GatherDims{
		OffsetDims: []int{n - 1}, CollapsedSliceDims: []int{n - 2}, StartIndexMap: []int{n - 2},
		OperandBatchingDims: batch, StartIndicesBatchingDims: batch,
	}, sizes, GatherOpts{UniqueIndices: true})
}

// luSolve solves A·x = b, or for trans 1 and 2 with the transpose and the adjoint of A, given the factors of A.
func luSolve(lu, permutation, b Value, trans int) Value {
	switch trans {
	case 0:
		y := TriangularSolve(lu, permuteRows(b, permutation), true, true, false, false, true)
		return TriangularSolve(lu, y, true, false, false, false, false)
	case 1, 2:
		y := TriangularSolve(lu, b, true, false, true, trans == 2, false)
		y = TriangularSolve(lu, y, true, true, true, trans == 2, true)
		p := permutation.Aval()
		index := BroadcastedIota(dtype.Int32, p.Shape, p.Ndim()-1)
		return permuteRows(y, Sort([]Value{permutation, index}, p.Ndim()-1, true, 1)[1])
	}
	core.Errorf(core.ValueError, "'trans' value must be 0, 1, or 2, got %d", trans)
	return nil
}

// LUSolve solves linear equations given the factors of matrices; b are vectors if it has one axis less than lu. Stacks are
// broadcast.
func LUSolve(lu, permutation, b Value, trans int) Value {
	s, t := lu.Aval().Shape, b.Aval().Shape
	n, k := len(s), len(t)
	core.Check(n >= 2 && s[n-1] == s[n-2], core.ValueError, "last two dimensions of LU decomposition must be equal, got shape %s", core.ShapeString(s))
	core.Check(k >= 1, core.ValueError, "b matrix must have rank >= 1, got shape %s", core.ShapeString(t))
	vectors := n == k+1
	if vectors {
		core.Check(t[k-1] == s[n-1], core.ValueError, "When LU decomposition matrix and b have the same number of dimensions, last axis of LU decomposition matrix (shape %s) and b array (shape %s) must match", core.ShapeString(s), core.ShapeString(t))
		b = ExpandDims(b, k)
		t = b.Aval().Shape
		k++
	} else {
		core.Check(k >= 2 && t[k-2] == s[n-1], core.ValueError, "When LU decomposition matrix and b different numbers of dimensions, last axis of LU decomposition matrix (shape %s) and second to last axis of b array (shape %s) must match", core.ShapeString(s), core.ShapeString(t))
	}
	p := permutation.Aval().Shape
	batch := broadcastShapes(s[:n-2], p[:len(p)-1], t[:k-2])
	to := func(x Value, core int) Value {
		v := x.Aval().Shape
		shape := concat(batch, v[len(v)-core:])
		return BroadcastInDim(x, shape, shifted(iota(len(v)), len(shape)-len(v)))
	}
	x := luSolve(to(lu, 2), to(permutation, 1), to(b, 2), trans)
	if vectors {
		return Squeeze(x, []int{len(batch) + 1})
	}
	return x
}

// broadcastShapes is the shape that stacks are broadcast to.
func broadcastShapes(shapes ...[]int) []int {
	n := 0
	for _, s := range shapes {
		n = max(n, len(s))
	}
	out := ones(n)
	for _, s := range shapes {
		for i, d := range s {
			o := &out[n-len(s)+i]
			core.Check(*o == 1 || d == 1 || *o == d, core.ValueError, "Incompatible shapes for broadcasting: %s and %s", core.ShapeString(shapes[0]), core.ShapeString(s))
			if d != 1 {
				*o = d
			}
		}
	}
	return out
}

// Solve solves A·x = b for square matrices in the last two axes of a; b are vectors if it has one axis less. Derivatives use
// the same factors.
func Solve(a, b Value) Value {
	s, t := a.Aval().Shape, b.Aval().Shape
	n := len(s)
	core.Check(n >= 2 && (len(t) == n || len(t) == n-1) && s[n-1] == s[n-2] && s[n-1] == t[n-2], core.ValueError,
		"The arguments to solve must have shapes a=[..., m, m] and b=[..., m, k] or b=[..., m]; got a=%s and b=%s", core.ShapeString(s), core.ShapeString(t))
	if len(t) == n-1 {
		return Squeeze(Solve(a, ExpandDims(b, n-1)), []int{n - 1})
	}
	// custom_linear_solve wants b to have the stack of a.
	shape := slices.Clone(t)
	for i := range n - 2 {
		if shape[i] == 1 {
			shape[i] = s[i]
		}
	}
	b = BroadcastInDim(b, shape, iota(n))
	lu, _, permutation := LU(StopGradient(a))
	stack := shape[:n-2]
	to := func(x Value) Value { // JAX broadcasts the stack of a to that of b, for each
		v := x.Aval().Shape
		return BroadcastInDim(x, concat(stack, v[n-2:]), iota(len(v)))
	}
	solve := func(trans int) func(x []Value) []Value {
		return func(x []Value) []Value { return []Value{luSolve(to(lu), to(permutation), x[0], trans)} }
	}
	return CustomLinearSolve(
		func(x []Value) []Value { return []Value{matmul(to(a), x[0])} },
		func(x []Value) []Value { return []Value{matmul(matrixTranspose(to(a)), x[0])} },
		solve(0), solve(1), []Value{b})[0]
}

// luJVP is the rule of De Hoog, Anderssen and Lukas, "Differentiation of matrix functionals using triangular factorization":
// L⁻¹·dA·U⁻¹ = L⁻¹·dL + dU·U⁻¹, whose strictly lower triangle is L⁻¹·dL and the rest dU·U⁻¹.
func luJVP(_ core.JVPCtx, p none, x, t []Value) ([]Value, []Value) {
	out := luOp.Bind(p, x...)
	lu, da := out[0], permuteRows(t[0], out[2])
	s := lu.Aval().Shape
	r, d := len(s), lu.Aval().DType
	m, n := s[r-2], s[r-1]
	k := min(m, n)
	zero := core.NewLiteral(d, 0, false)
	extend := func(x Value, axis, by int) Value {
		config := make([]PadConfig, x.Aval().Ndim())
		config[axis][1] = by
		return Pad(x, zero, config)
	}
	stack := func(x Value) Value { return Broadcast(x, s[:r-2]) }
	l := Add(extend(Tril(sliceAxis(lu, r-1, 0, k, 1), -1), r-1, m-k), stack(eye(d, m)))
	corner := Pad(eye(d, n-k), zero, []PadConfig{{k, 0, 0}, {k, 0, 0}})
	u := Add(extend(Triu(sliceAxis(lu, r-2, 0, k, 1), 0), r-2, n-k), stack(corner))
	both := TriangularSolve(u, TriangularSolve(l, da, true, true, false, false, true), false, false, false, false, false)
	return out, []Value{Add(matmul(l, Tril(both, -1)), matmul(Triu(both, 0), u)), nil, nil}
}

// pivotsPermutation makes the exchanges one after the other.
func pivotsPermutation(pivots Value, n int) Value {
	s := pivots.Aval().Shape
	r := len(s) - 1
	k := s[r]
	permutation := BroadcastedIota(dtype.Int32, concat(s[:r], []int{n}), r)
	if n == 0 || k == 0 {
		return permutation
	}
	step := func(i Value, c []Value) []Value {
		p := c[0]
		j, x := DynamicIndexInDim(pivots, i, r, false), DynamicIndexInDim(p, i, r, false)
		if r == 0 {
			y := DynamicIndexInDim(p, j, 0, false)
			return []Value{DynamicUpdateIndexInDim(DynamicUpdateIndexInDim(p, y, i, 0), x, j, 0)}
		}
		shape := p.Aval().Shape
		wide := func(v Value) Value { return BroadcastInDim(v, shape, iota(v.Aval().Ndim())) }
		index := BroadcastedIota(dtype.Int32, shape, r)
		at := Eq(index, wide(j))
		y := ReduceSum(Select(at, p, FullLike(p, 0)), []int{r})
		p = Select(at, wide(x), p)
		// Where i = j nothing moves; y is right there as well.
		return []Value{Select(Eq(index, wide(i)), wide(y), p)}
	}
	lo, hi := core.NewIntLiteral(dtype.Int32, 0, false), core.NewIntLiteral(dtype.Int32, int64(k), false)
	return ForiLoop(lo, hi, step, []Value{permutation}, 1)[0]
}

func init() {
	f32 := core.NewAval(dtype.Float32, 3, 3)
	luOp.Define(core.Rules[none]{
		Doc: "Triangular factors of matrices with rows exchanged, with the exchanges and the permutation that they make.",
		Abstract: func(_ none, in []*core.Aval) []*core.Aval {
			batch, m := linalgShapes("lu", in)
			inexacts.checkAt("lu", 0, in[0])
			weak := in[0].Weak
			return []*core.Aval{
				in[0],
				core.MakeAval(dtype.Int32, slices.Concat(batch, []int{min(m[0][0], m[0][1])}), weak),
				core.MakeAval(dtype.Int32, slices.Concat(batch, m[0][:1]), weak),
			}
		},
		JVP:   luJVP,
		Batch: batchMatrices(luOp),
		Lower: func(c core.LowerCtx, _ none, in []stablehlo.Value) []stablehlo.Value {
			if !hasLAPACK(c, "getrf") {
				return c.Fn(func(x []Value) []Value { return luBlocked(x[0]) }, in, c.In())
			}
			out := []*core.Aval{c.Out()[0], c.Out()[1], infoAval(c.In()[0])}
			got := lapackCall(c, "getrf", "", in, out, [2]int{0, 0})
			return c.Fn(func(v []Value) []Value {
				pivots := Sub(v[1], FullLike(v[1], 1)) // Fortran counts from 1
				ok := Ge(v[2], FullLike(v[2], 0))      // a positive report is about a singular matrix
				m := c.In()[0].Shape
				return []Value{nanUnless(ok, v[0]), pivots, pivotsPermutation(pivots, m[len(m)-2])}
			}, got, out)
		},
		Samples: []core.Sample[none]{{In: []*core.Aval{f32}}, {In: []*core.Aval{core.NewAval(dtype.Float32, 4, 3)}}},
	})

	pivotsPermutationOp.Define(core.Rules[permutationParams]{
		Doc: "Permutations that exchanges of rows make.",
		Abstract: func(p permutationParams, in []*core.Aval) []*core.Aval {
			a := in[0]
			core.Check(a.Ndim() > 0, core.TypeError, "Input 0 to lu_pivots_to_permutation must have rank at least 1, but got shape=%s", core.ShapeString(a.Shape))
			core.Check(a.DType == dtype.Int32, core.TypeError, "lu_pivots_to_permutation does not accept dtype %s at position 0. Accepted dtypes at position 0 are subtypes of int32.", a.DType.Name())
			n := a.Ndim() - 1
			core.Check(p.PermutationSize >= a.Shape[n], core.ValueError,
				"Output permutation size %d has to exceed the trailing dimension of the pivots. Got pivots size %d", p.PermutationSize, a.Shape[n])
			return []*core.Aval{core.MakeAval(a.DType, slices.Concat(a.Shape[:n], []int{p.PermutationSize}), a.Weak)}
		},
		NonDifferentiable: true,
		Batch:             batchMatrices(pivotsPermutationOp),
		Lower: func(c core.LowerCtx, p permutationParams, in []stablehlo.Value) []stablehlo.Value {
			return c.Fn(func(x []Value) []Value { return []Value{pivotsPermutation(x[0], p.PermutationSize)} }, in, c.In())
		},
	})

	core.Export("lax.lu", "x", func(a *core.Args) []core.Value { return luOp.Bind(none{}, a.X(0)) })
	// pivots, permutation_size
	core.Export1("lax.lu_pivots_to_permutation", "xs", func(a *core.Args) core.Value { return LUPivotsToPermutation(a.X(0), a.Int(1)) })
	// lu, permutation, b, trans
	core.Export1("lax.lu_solve", "xxxs", func(a *core.Args) core.Value { return LUSolve(a.X(0), a.X(1), a.X(2), a.Int(3)) })
	// a, b
	core.Export1("lax._solve", "xx", func(a *core.Args) core.Value { return Solve(a.X(0), a.X(1)) })
}

// luBlocked is the factorization in operations of XLA, where there is no LAPACK: panels of columns are factored one column
// after the other, what is right of them by matrix products.
func luBlocked(a Value) []Value {
	const block = 128
	s := a.Aval().Shape
	r := len(s)
	m, n := s[r-2], s[r-1]
	k := min(m, n)
	var pivots []Value
	for lo := 0; lo < k; lo += block {
		b := min(k-lo, block)
		below := sliceAxis(a, r-2, lo, m, 1)
		panel, p := luPanel(sliceAxis(below, r-1, lo, lo+b, 1))
		below = permuteRows(below, pivotsPermutation(p, m-lo))
		parts := []Value{sliceAxis(below, r-1, 0, lo, 1), panel}
		if lo+b < n {
			right := sliceAxis(below, r-1, lo+b, n, 1)
			upper := TriangularSolve(sliceAxis(panel, r-2, 0, b, 1), sliceAxis(right, r-2, 0, b, 1), true, true, false, false, true)
			if lo+b < m {
				lower := Sub(sliceAxis(right, r-2, b, m-lo, 1), matmul(sliceAxis(panel, r-2, b, m-lo, 1), upper))
				upper = Concatenate([]Value{upper, lower}, r-2)
			}
			parts = append(parts, upper)
		}
		a = Concatenate([]Value{sliceAxis(a, r-2, 0, lo, 1), Concatenate(parts, r-1)}, r-2)
		pivots = append(pivots, Add(p, FullLike(p, float64(lo))))
	}
	if k == 0 {
		pivots = append(pivots, ZerosLike(core.NewAval(dtype.Int32, concat(s[:r-2], []int{0})...)))
	}
	all := Concatenate(pivots, r-2)
	return []Value{a, all, pivotsPermutation(all, m)}
}

// luPanel factors matrices, with their row exchanges.
func luPanel(a Value) (lu, pivots Value) {
	s, d := a.Aval().Shape, a.Aval().DType
	r := len(s)
	m, n := s[r-2], s[r-1]
	stack := s[:r-2]
	shape := concat(stack, []int{m, n})
	row, col := BroadcastedIota(dtype.Int32, shape, r-2), BroadcastedIota(dtype.Int32, shape, r-1)
	wide := func(v Value, axes ...int) Value { // axes are those that v lacks
		return restoreAxes(v, shape, axes)
	}
	step := func(k Value, c []Value) []Value {
		a, pivots := c[0], c[1]
		column := DynamicIndexInDim(a, k, r-1, false)
		size := Abs(column)
		if d.IsComplex() {
			size = Add(Abs(Real(column)), Abs(Imag(column)))
		}
		index := BroadcastedIota(dtype.Int32, size.Aval().Shape, r-2)
		here := func(v Value, like Value) Value { return BroadcastInDim(v, like.Aval().Shape, nil) }
		size = Select(Ge(index, here(k, index)), size, FullLike(size, -1))
		i := Argmax(size, r-2, dtype.Int32)
		pivots = DynamicUpdateIndexInDim(pivots, i, k, r-2)
		// The rows k and i change places.
		isK, isI := Eq(row, here(k, row)), Eq(row, wide(i, r-2, r-1))
		rowK := DynamicIndexInDim(a, k, r-2, false)
		rowI := ReduceSum(Select(isI, a, FullLike(a, 0)), []int{r - 2})
		a = Select(isK, wide(rowI, r-2), Select(isI, wide(rowK, r-2), a))
		column = DynamicIndexInDim(a, k, r-1, false)
		x := BroadcastInDim(DynamicIndexInDim(rowI, k, r-2, false), column.Aval().Shape, iota(r-2))
		scaled := And(Gt(index, here(k, index)), Ne(x, FullLike(x, 0)))
		column = Select(scaled, Div(column, x), column)
		a = Select(Eq(col, here(k, col)), wide(column, r-1), a)
		outer := Mul(wide(column, r-1), wide(rowI, r-2))
		inside := And(Gt(row, here(k, row)), Gt(col, here(k, col)))
		return []Value{Sub(a, Select(inside, outer, FullLike(outer, 0))), pivots}
	}
	init := []Value{a, ZerosLike(core.NewAval(dtype.Int32, concat(stack, []int{min(m, n)})...))}
	lo, hi := core.NewIntLiteral(dtype.Int32, 0, false), core.NewIntLiteral(dtype.Int32, int64(min(m, n)), false)
	out := ForiLoop(lo, hi, step, init, 1)
	return out[0], out[1]
}
