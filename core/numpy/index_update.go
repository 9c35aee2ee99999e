package numpy

import (
	"slices"

	"github.com/jaxgo/jaxgo/core"
	"github.com/jaxgo/jaxgo/core/dtype"
	"github.com/jaxgo/jaxgo/core/lax"
)

// x.at[index].set(y) and its relatives are scatters: jax/_src/ops/scatter.py.

// An update combines what is at an index with new values.
type update struct {
	scatter func(x, idx, updates Value, dims lax.ScatterDims, o lax.ScatterOpts) Value
	// combine computes the new elements where no index occurs twice; nil takes the new values.
	combine func(x, y Value) Value
}

var updates = map[string]update{
	"set":      {lax.Scatter, nil},
	"add":      {lax.ScatterAdd, lax.Add},
	"subtract": {lax.ScatterSub, lax.Sub},
	"multiply": {lax.ScatterMul, lax.Mul},
	"min":      {lax.ScatterMin, lax.Min},
	"max":      {lax.ScatterMax, lax.Max},
}

// UpdateAt is x.at[index].op(y); op is set, add, subtract, multiply, divide, power, min or max.
func UpdateAt(x Value, index *core.Arg, y Value, op string) Value {
	return updateAt(x, index, y, op, &access{})
}

func updateAt(x Value, index *core.Arg, y Value, op string, o *access) Value {
	switch op {
	case "divide":
		return TrueDivide(x, updateAt(OnesLike(x), index, y, "multiply", o))
	case "power":
		return Power(x, updateAt(OnesLike(x), index, y, "multiply", o))
	}
	u, ok := updates[op]
	if !ok {
		core.Errorf(core.ValueError, "there is no indexed update %s", op)
	}
	return u.apply(x, index, y, o)
}

func (u update) apply(x Value, index *core.Arg, y Value, o *access) Value {
	var buf [6]indexItem
	ix := readIndex(index, x.Aval().Shape, buf[:])
	return u.at(x, &ix, y, o)
}

// at is JAX's _scatter_update.
func (u update) at(x Value, ix *indexer, y Value, o *access) Value {
	ix.expandMasks()
	a, mode := x.Aval(), lax.ParseMode(o.mode)
	if !ix.unit { // a rewritten index belongs to a call that was checked before
		checkUpdate(y.Aval(), a.DType)
	}
	if ix.known() && !ix.strided() {
		return Convert(u.dynamic(x, y, ix, ix.rectangle(o.raw)), a.DType, a.Weak)
	}
	g := ix.plan(o.raw)
	if slices.Contains(g.shape, 0) {
		return x
	}
	x, y = promoteDTypes2(x, y)
	y = reverseAxes(removeAxes(BroadcastTo(y, g.shape), g.newAxes), g.reversed)
	x = insertAxes(x, g.boolAxes)
	if g.indices == nil {
		g.indices = ix.noIndices()
	}
	dims := lax.ScatterDims{
		UpdateWindowDims:         g.dims.OffsetDims,
		InsertedWindowDims:       g.dims.CollapsedSliceDims,
		ScatterDimsToOperandDims: g.dims.StartIndexMap,
	}
	x = u.scatter(x, g.indices, y, dims, lax.ScatterOpts{
		Mode: mode, IndicesAreSorted: o.sorted || g.basic, UniqueIndices: o.unique || g.basic,
	})
	return Convert(removeAxes(x, g.boolAxes), a.DType, a.Weak)
}

// strided reports whether some window has gaps.
func (x *indexer) strided() bool {
	return slices.ContainsFunc(x.items, func(it indexItem) bool { return it.kind == windowIndex && abs(it.stride) != 1 })
}

// noIndices are the indices of a scatter to the whole array.
func (x *indexer) noIndices() Value {
	d := indexDType(x.shape)
	if x.unit {
		return lax.Full([]int{0}, core.NewIntLiteral(d, 0, false))
	}
	return hostInts(d, []int{0}, nil)
}

// dynamic updates the rectangle r, which is known to lie within x, in place of a scatter of one index.
func (u update) dynamic(x, y Value, ix *indexer, r *rectangle) Value {
	var shape []int // of x[index]
	var added []int // its axes that x does not have
	for i := range ix.items {
		switch it := &ix.items[i]; it.kind {
		case newAxisIndex:
			added = append(added, len(shape))
			shape = append(shape, 1)
		case integerIndex:
		default:
			shape = append(shape, r.sizes[it.axis])
		}
	}
	if slices.Contains(shape, 0) {
		return x
	}
	x, y = promoteDTypes2(x, y)
	y = lax.Reshape(removeAxes(BroadcastTo(y, shape), added), r.sizes)
	y = reverseAxes(y, r.after.reversed)
	if u.combine != nil {
		y = u.combine(lax.DynamicSliceAt(x, r.starts, r.sizes), y)
	}
	return lax.DynamicUpdateSliceAt(x, y, r.starts)
}

// checkUpdate warns of updates that the array's dtype doesn't hold.
func checkUpdate(y *core.Aval, d DType) {
	if y.DType == d {
		return
	}
	t, _, err := dtype.ResultType([]dtype.Typed{y.Typed(), {D: d}}, core.X64, PromotionMode)
	failPromotion(err)
	if t != d {
		Warn("FutureWarning", "scatter inputs have incompatible types: cannot safely cast value from dtype="+y.DType.Name()+" to dtype="+d.Name()+" with jax_numpy_dtype_promotion="+PromotionMode.String()+". In future JAX releases this will result in an error.")
	}
}

// updateOperand makes an array of a sequence, and gives an integer the dtype of the array it goes to, if that holds it.
func updateOperand(g *core.Arg, d DType) {
	switch g.Kind {
	case core.ArgSeq:
		*g = core.Arg{Kind: core.ArgValue, V: sequenceArray(g)}
	case core.ArgNone:
		core.Errorf(core.ValueError, "None is not a valid value for jnp.array")
	case core.ArgStr:
		core.Errorf(core.TypeError, "Value '%s' with dtype <U%d is not a valid JAX array type. Only arrays of numeric types are supported by JAX.", g.S, len(g.S))
	}
	if g.Kind != core.ArgInt && g.Kind != core.ArgBool || g.D != dtype.Invalid || !d.IsInteger() {
		return
	}
	l := dtype.Limits(d)
	fits := g.I >= l.MinInt && (g.I < 0 || uint64(g.I) <= l.MaxInt)
	if g.Big {
		fits = uint64(g.I) <= l.MaxInt
	}
	if fits {
		*g = core.Arg{Kind: core.ArgValue, V: core.NewIntLiteral(d, g.I, false)}
	}
}

// applyAt is x.at[index].apply(f) of a function that was traced for one scalar.
func applyAt(x Value, index *core.Arg, f *core.ClosedJaxpr, o *access) Value {
	j := f.Memo("scatter_apply", func() any {
		a := f.InAvals()[0]
		var j *core.ClosedJaxpr
		core.WithTrace(core.Evaluator(), func() {
			j = core.MakeJaxpr("scatter_apply", f.Name, []*core.Aval{a, a}, func(in []Value) []Value { return f.Eval(in[:1]) })
		})
		return j
	}).(*core.ClosedJaxpr)
	u := update{scatter: func(x, idx, y Value, dims lax.ScatterDims, o lax.ScatterOpts) Value {
		return lax.ScatterJaxpr(x, idx, j, y.Aval().Shape, dims, o)
	}}
	return u.apply(x, index, literal(x.Aval().DType, 0), o)
}

func init() {
	// index_update(x, index, y, op, mode, indices_are_sorted, unique_indices, wrap_negative_indices) is x.at[index].op(y, …).
	options := func(a *core.Args, at int) *access {
		return &access{mode: a.Str(at), sorted: a.Bool(at + 1), unique: a.Bool(at + 2), raw: rawIndices(a, at+3)}
	}
	core.Export1("jnp.index_update", "xixsssss", func(a *core.Args) Value {
		updateOperand(&a.List[2], a.X(0).Aval().DType)
		return updateAt(a.X(0), &a.List[1], a.X(2), a.Str(3), options(a, 4))
	}).Pre = func(a *core.Args) {
		x := a.X(0).Aval()
		updateOperand(&a.List[2], x.DType)
		checkUpdate(a.X(2).Aval(), x.DType)
		liftIndex(&a.List[1], x.Shape, a.Str(4) == "clip", rawIndices(a, 7))
	}
	// index_apply(x, index, jaxpr, mode, indices_are_sorted, unique_indices, wrap_negative_indices) is
	// x.at[index].apply(f, …); the jaxpr is that of f of one scalar of x's dtype.
	core.Export1("jnp.index_apply", "xisssss", func(a *core.Args) Value {
		return applyAt(a.X(0), &a.List[1], a.List[2].Go.(interface{ Closed() *core.ClosedJaxpr }).Closed(), options(a, 3))
	}).Direct()
}
