package lax

import (
	"slices"

	"github.com/jaxgo/jaxgo/core"
	"github.com/jaxgo/jaxgo/core/dtype"
	"github.com/jaxgo/jaxgo/core/stablehlo"
)

// Collectives work along named axes. The names are those of axes that vmap maps; its batching rules replace each
// collective by an operation along the batch axis.

// An AxisRef is a named axis, or with an empty name an axis of the operand.
type AxisRef struct {
	Name string
	Axis int
}

// NamedAxes are the axes of the given names.
func NamedAxes(names ...string) []AxisRef {
	r := make([]AxisRef, len(names))
	for i, s := range names {
		r[i].Name = s
	}
	return r
}

// NamedSize is the product of the sizes of the named ones of axes.
func NamedSize(axes []AxisRef) int {
	n := 1
	for _, r := range axes {
		if r.Name != "" {
			n *= axisSize(r.Name)
		}
	}
	return n
}

// PyString is how jaxprs print the axis.
func (r AxisRef) PyString() string {
	if r.Name != "" {
		return "'" + r.Name + "'"
	}
	return itoa(r.Axis)
}

// quoted is an axis name that prints with quotes.
type quoted string

// PyString is the name in quotes.
func (q quoted) PyString() string { return "'" + string(q) + "'" }

type allReduceParams struct {
	Axes            []AxisRef
	AxisIndexGroups core.None
}

// UsesAxis reports whether the axis is one of those reduced over; an axis of the operand has no name.
func (p allReduceParams) UsesAxis(name string) bool {
	return name != "" && slices.ContainsFunc(p.Axes, func(r AxisRef) bool { return r.Name == name })
}

// split gives the named and the positional axes.
func (p allReduceParams) split() (named []AxisRef, positional []int) { return partition(p.Axes) }

func partition(axes []AxisRef) (named []AxisRef, positional []int) {
	for _, r := range axes {
		if r.Name != "" {
			named = append(named, r)
		} else {
			positional = append(positional, r.Axis)
		}
	}
	return
}

type axisNames []quoted

// UsesAxis reports whether the axis is one of the names.
func (n axisNames) UsesAxis(name string) bool { return slices.Contains(n, quoted(name)) }

type allGatherParams struct {
	AllGatherDimension int
	AxisIndexGroups    core.None
	AxisName           axisNames
	AxisSize           int
	Tiled              bool
}

// UsesAxis reports whether the axis is gathered along.
func (p allGatherParams) UsesAxis(name string) bool { return p.AxisName.UsesAxis(name) }

type reduceScatterParams struct {
	AxisIndexGroups  core.None
	AxisName         axisNames
	AxisSize         int
	ScatterDimension int
	Tiled            bool
}

// UsesAxis reports whether the axis is scattered along.
func (p reduceScatterParams) UsesAxis(name string) bool { return p.AxisName.UsesAxis(name) }

type allToAllParams struct {
	AxisIndexGroups core.None
	AxisName        string
	ConcatAxis      int
	SplitAxis       int
	Tiled           bool
}

// UsesAxis reports whether the axis is exchanged along.
func (p allToAllParams) UsesAxis(name string) bool { return p.AxisName == name }

type permuteParams struct {
	AxisName axisNames
	Perm     [][2]int
}

// UsesAxis reports whether the axis is permuted.
func (p permuteParams) UsesAxis(name string) bool { return p.AxisName.UsesAxis(name) }

type pbroadcastParams struct {
	AxisName string
	Source   int
}

// UsesAxis reports whether the axis is that of the source.
func (p pbroadcastParams) UsesAxis(name string) bool { return p.AxisName == name }

type axisIndexParams struct{ AxisName string }

// UsesAxis reports whether the axis is the one asked about.
func (p axisIndexParams) UsesAxis(name string) bool { return p.AxisName == name }

var (
	psumOp          = core.Declare[allReduceParams]("psum")
	pmaxOp          = core.Declare[allReduceParams]("pmax")
	pminOp          = core.Declare[allReduceParams]("pmin")
	allGatherOp     = core.Declare[allGatherParams]("all_gather")
	reduceScatterOp = core.Declare[reduceScatterParams]("reduce_scatter")
	allToAllOp      = core.Declare[allToAllParams]("all_to_all")
	ppermuteOp      = core.Declare[permuteParams]("ppermute")
	pbroadcastOp    = core.Declare[pbroadcastParams]("pbroadcast")
	axisIndexOp     = core.Declare[axisIndexParams]("axis_index")
)

// AxisSize is the product of the sizes of named axes.
func AxisSize(names ...string) int {
	n := 1
	for _, name := range names {
		n *= axisSize(name)
	}
	return n
}

func axisSize(name string) int {
	for _, a := range slices.Backward(core.Current().Axes) {
		if a.Name == name {
			return a.Size
		}
	}
	core.Errorf(core.NameError, "unbound axis name: %s", name)
	return 0
}

func checkAxes(names []string, api string) {
	for _, name := range names {
		if !isBound(name) {
			core.Errorf(core.NameError, "Found an unbound axis name: %s. To fix this, please call %s under `jax.shard_map`.", name, api)
		}
	}
}

func isBound(name string) bool {
	return slices.ContainsFunc(core.Current().Axes, func(a core.Axis) bool { return a.Name == name })
}

// notEvaluated raises JAX's error of a collective that runs at once with no such axis around: it has no rule for that.
func notEvaluated(op string, names ...string) {
	for _, name := range names {
		if core.CurrentTrace().Eager() && !isBound(name) {
			core.Errorf(core.NotImplementedError, "Evaluation rule for '%s' not implemented: no axis named '%s' is mapped here", op, name)
		}
	}
}

func (n axisNames) strings() []string {
	s := make([]string, len(n))
	for i, q := range n {
		s[i] = string(q)
	}
	return s
}

func named(names []string) axisNames {
	n := make(axisNames, len(names))
	for i, s := range names {
		n[i] = quoted(s)
	}
	return n
}

// normRefs checks the axes of the operand among axes and makes them positive.
func normRefs(op string, x Value, axes []AxisRef) []AxisRef {
	axes = slices.Clone(axes)
	for i, r := range axes {
		if r.Name == "" {
			axes[i].Axis = normAxis(op, r.Axis, x.Aval().Ndim())
		}
	}
	return axes
}

// PSum sums x over axes, named ones and its own; booleans are counted.
func PSum(x Value, axes ...AxisRef) Value {
	if len(axes) == 0 {
		return x
	}
	if x.Aval().DType.IsBool() {
		x = ConvertElementType(x, dtype.Int32)
	}
	axes = normRefs("psum", x, axes)
	if _, ok := x.(core.Tracer); !ok { // the same for every member
		n := NamedSize(axes)
		if _, own := partition(axes); own != nil {
			x = ReduceSum(x, own)
		}
		return Mul(like(x, float64(n)), x)
	}
	return psumOp.Bind1(allReduceParams{Axes: axes}, x)
}

// PMean is the mean of x over named axes.
func PMean(x Value, names ...string) Value {
	x = PSum(x, NamedAxes(names...)...)
	if !x.Aval().DType.IsInexact() {
		x = ConvertElementType(x, dtype.Default(dtype.KindFloat, core.X64))
	}
	return Div(x, like(x, float64(AxisSize(names...))))
}

// PMax is the greatest x along axes, named ones and its own.
func PMax(x Value, axes ...AxisRef) Value {
	return pmaxOp.Bind1(allReduceParams{Axes: normRefs("pmax", x, axes)}, x)
}

// PMin is the least x along axes, named ones and its own.
func PMin(x Value, axes ...AxisRef) Value {
	return pminOp.Bind1(allReduceParams{Axes: normRefs("pmin", x, axes)}, x)
}

// AxisIndex is the position along a named axis.
func AxisIndex(name string) Value { return axisIndexOp.Bind1(axisIndexParams{name}) }

// AllGather gathers x along named axes, stacked at a new axis, or with tiled concatenated along one.
func AllGather(x Value, names []string, axis int, tiled bool) Value {
	if len(names) == 0 {
		return x
	}
	n := x.Aval().Ndim()
	if !tiled {
		n++
	}
	return allGatherOp.Bind1(allGatherParams{AllGatherDimension: normAxis("all_gather", axis, n), AxisName: named(names), AxisSize: AxisSize(names...), Tiled: tiled}, x)
}

// PSumScatter sums x over named axes and leaves each member its part of the result along axis.
func PSumScatter(x Value, names []string, axis int, tiled bool) Value {
	if len(names) == 0 {
		return x
	}
	return reduceScatterOp.Bind1(reduceScatterParams{AxisName: named(names), AxisSize: AxisSize(names...), ScatterDimension: axis, Tiled: tiled}, x)
}

// AllToAll splits x along one axis, sends each member its part, and joins what each receives along another axis.
func AllToAll(x Value, name string, splitAxis, concatAxis int, tiled bool) Value {
	size, n := axisSize(name), x.Aval().Ndim()
	splitAxis = normAxis("all_to_all", splitAxis, n)
	concatAxis = normAxis("all_to_all", concatAxis, n)
	have := x.Aval().Shape[splitAxis]
	if tiled {
		if have%size != 0 {
			core.Errorf(core.ValueError, "The size of all_to_all split_axis (%d) has to be divisible by the size of the named axis %s (%d)", have, name, size)
		}
	} else {
		if have != size {
			core.Errorf(core.ValueError, "all_to_all requires the size of the mapped axis axis_name to equal x.shape[split_axis], but they are %d and %d respectively.", size, have)
		}
		switch {
		case splitAxis < concatAxis: // concatAxis is a position after splitAxis was removed
			concatAxis++
			x = ExpandDims(x, concatAxis)
		case splitAxis > concatAxis:
			x = ExpandDims(x, concatAxis)
			splitAxis++
		}
	}
	y := allToAllOp.Bind1(allToAllParams{AxisName: name, ConcatAxis: concatAxis, SplitAxis: splitAxis, Tiled: tiled}, x)
	if !tiled && splitAxis != concatAxis {
		y = Squeeze(y, []int{splitAxis})
	}
	return y
}

// PPermute sends x from the first to the second position of each pair along named axes.
func PPermute(x Value, names []string, perm [][2]int) Value {
	notEvaluated("ppermute", names...)
	return ppermuteOp.Bind1(permuteParams{named(names), perm}, x)
}

// PBroadcast is the x of the member at position source of a named axis.
func PBroadcast(x Value, name string, source int) Value {
	notEvaluated("pbroadcast", name)
	return pbroadcastOp.Bind1(pbroadcastParams{name, source}, x)
}

// allReduce defines a reduction over named axes; reduce does it along axes of the operand, same is the reduction of n
// equal values.
func allReduce(op core.Op[allReduceParams], doc string, reduce func(x Value, axes []int) Value, same func(x Value, n int) Value) {
	op.Define(core.Rules[allReduceParams]{
		Doc:    doc,
		NoUnit: true,
		Abstract: func(p allReduceParams, in []*core.Aval) []*core.Aval {
			named, axes := p.split()
			for _, r := range named {
				checkAxes([]string{r.Name}, "psum")
			}
			a := in[0]
			return []*core.Aval{core.NewAval(a.DType, reducedShape(a, axes)...)}
		},
		Batch: func(c core.BatchCtx, p allReduceParams, in []Value, dims []int) ([]Value, []int) {
			x, d := in[0], dims[0]
			uses := p.UsesAxis(c.AxisName())
			if d == core.Unmapped {
				if !uses {
					return op.Bind(p, x), dims
				}
				rest := slices.DeleteFunc(slices.Clone(p.Axes), func(r AxisRef) bool { return r.Name == c.AxisName() })
				if len(rest) > 0 {
					x = op.Bind1(allReduceParams{Axes: rest}, x)
				}
				return []Value{same(x, c.Size())}, dims
			}
			_, positional := p.split()
			if !uses && positional == nil {
				return op.Bind(p, x), dims
			}
			axes := make([]AxisRef, len(p.Axes))
			for i, r := range p.Axes {
				switch {
				case r.Name == "":
					r.Axis++
				case r.Name == c.AxisName():
					r = AxisRef{}
				}
				axes[i] = r
			}
			out := op.Bind(allReduceParams{Axes: axes}, MoveAxis(x, d, 0))
			if uses {
				return out, []int{core.Unmapped}
			}
			return out, []int{0}
		},
		Lower: func(c core.LowerCtx, p allReduceParams, in []stablehlo.Value) []stablehlo.Value {
			names, axes := p.split()
			if len(names) > 0 {
				core.Errorf(core.NotImplementedError, "%s: the axis %s is not mapped by vmap", op.Name, names[0].Name)
			}
			return c.Fn(func(in []Value) []Value { return []Value{reduce(in[0], axes)} }, in, c.In())
		},
	})
}

// mappedOnly is the lowering of collectives that are gone once vmap has run.
func mappedOnly[P any](name string) func(core.LowerCtx, P, []stablehlo.Value) []stablehlo.Value {
	return func(core.LowerCtx, P, []stablehlo.Value) []stablehlo.Value {
		core.Errorf(core.RuntimeError, "%s must be used within a mapped context like vmap or shard_map.", name)
		return nil
	}
}

// onlyAxis reports whether the axis of c is the only one of names; it is not one of several.
func onlyAxis(c core.BatchCtx, names axisNames) bool {
	if !names.UsesAxis(c.AxisName()) {
		return false
	}
	if len(names) > 1 {
		core.Errorf(core.NotImplementedError, "Please open a feature request!")
	}
	return true
}

// past is a position that moves when an axis is inserted at d.
func past(axis, d int) int {
	if d <= axis {
		return axis + 1
	}
	return axis
}

// foldAxis joins axis with the one after it; splitAxis undoes that.
func foldAxis(x Value, axis int) Value {
	s := slices.Clone(x.Aval().Shape)
	s[axis+1] *= s[axis]
	return Reshape(x, slices.Delete(s, axis, axis+1))
}

func splitAxis(x Value, axis, size int) Value {
	s := slices.Clone(x.Aval().Shape)
	s[axis] /= size
	return Reshape(x, slices.Insert(s, axis, size))
}

// takeAt picks elements along an axis by constant indices.
func takeAt(x Value, indices []int, axis int) Value {
	parts := make([]Value, len(indices))
	for i, k := range indices {
		lo, hi := make([]int, x.Aval().Ndim()), slices.Clone(x.Aval().Shape)
		lo[axis], hi[axis] = k, k+1
		parts[i] = Slice(x, lo, hi, nil)
	}
	return Concatenate(parts, axis)
}

func init() {
	allReduce(psumOp, "Sum over named axes.", ReduceSum, func(x Value, n int) Value { return Mul(like(x, float64(n)), x) })
	allReduce(pmaxOp, "Maximum over named axes.", ReduceMax, func(x Value, _ int) Value { return x })
	allReduce(pminOp, "Minimum over named axes.", ReduceMin, func(x Value, _ int) Value { return x })
	j, tr := linearUnary(psumOp, func(p allReduceParams, ct Value, x *core.Aval) Value {
		named, axes := p.split()
		if len(axes) > 0 {
			ct = restoreAxes(ct, x.Shape, axes)
		}
		if len(named) == 0 {
			return ct
		}
		return psumOp.Bind1(allReduceParams{Axes: named}, ct)
	})
	r := psumOp.Rules()
	r.JVP = func(c core.JVPCtx, p any, x, t []Value) ([]Value, []Value) { return j(c, p.(allReduceParams), x, t) }
	r.Transpose = func(c core.TransposeCtx, p any, ct, in []Value) []Value { return tr(c, p.(allReduceParams), ct, in) }

	gj, gt := linearUnary(allGatherOp, func(p allGatherParams, ct Value, _ *core.Aval) Value {
		return PSumScatter(ct, p.AxisName.strings(), p.AllGatherDimension, p.Tiled)
	})
	allGatherOp.Define(core.Rules[allGatherParams]{
		Doc:    "Gathers the members along named axes.",
		NoUnit: true,
		Abstract: func(p allGatherParams, in []*core.Aval) []*core.Aval {
			checkAxes(p.AxisName.strings(), "all_gather")
			s := slices.Clone(in[0].Shape)
			if p.Tiled {
				s[p.AllGatherDimension] *= p.AxisSize
			} else {
				s = slices.Insert(s, p.AllGatherDimension, p.AxisSize)
			}
			return []*core.Aval{in[0].WithShape(s)}
		},
		JVP: gj, Transpose: gt,
		Batch: func(c core.BatchCtx, p allGatherParams, in []Value, dims []int) ([]Value, []int) {
			x, d, axis := in[0], dims[0], p.AllGatherDimension
			if !onlyAxis(c, p.AxisName) {
				q := p
				q.AllGatherDimension = past(axis, d)
				if d > axis && !p.Tiled {
					d++
				}
				return allGatherOp.Bind(q, x), []int{d}
			}
			if d == core.Unmapped {
				x = broadcastAt(x, c.Size(), axis)
			} else {
				x = MoveAxis(x, d, axis)
			}
			if p.Tiled {
				x = foldAxis(x, axis)
			}
			return []Value{x}, []int{core.Unmapped}
		},
		Lower: mappedOnly[allGatherParams]("all_gather"),
	})

	sj, st := linearUnary(reduceScatterOp, func(p reduceScatterParams, ct Value, _ *core.Aval) Value {
		return AllGather(ct, p.AxisName.strings(), p.ScatterDimension, p.Tiled)
	})
	reduceScatterOp.Define(core.Rules[reduceScatterParams]{
		Doc:    "Sums over named axes and leaves each member a part.",
		NoUnit: true,
		Abstract: func(p reduceScatterParams, in []*core.Aval) []*core.Aval {
			checkAxes(p.AxisName.strings(), "reduce_scatter")
			s, k := slices.Clone(in[0].Shape), p.ScatterDimension
			if p.Tiled {
				core.Check(s[k]%p.AxisSize == 0, core.ValueError, "tiled reduce_scatter operand scatter dimension size %d must be divisible by shard_count %d", s[k], p.AxisSize)
				s[k] /= p.AxisSize
			} else {
				core.Check(s[k] == p.AxisSize, core.ValueError, "reduce_scatter operand scatter dimension size %d must match shard count %d", s[k], p.AxisSize)
				s = slices.Delete(s, k, k+1)
			}
			return []*core.Aval{in[0].WithShape(s)}
		},
		JVP: sj, Transpose: st,
		Batch: func(c core.BatchCtx, p reduceScatterParams, in []Value, dims []int) ([]Value, []int) {
			x, d, axis := in[0], dims[0], p.ScatterDimension
			if !onlyAxis(c, p.AxisName) {
				q := p
				q.ScatterDimension = past(axis, d)
				if !p.Tiled && d > axis { // the axis that goes lies before the mapped one
					d--
				}
				return reduceScatterOp.Bind(q, x), []int{d}
			}
			if d == core.Unmapped {
				x = Mul(x, like(x, float64(c.Size())))
			} else {
				x = ReduceSum(x, []int{d})
			}
			if p.Tiled {
				x = splitAxis(x, axis, c.Size())
			}
			return []Value{x}, []int{axis}
		},
		Lower: mappedOnly[reduceScatterParams]("reduce_scatter"),
	})

	aj, at := linearUnary(allToAllOp, func(p allToAllParams, ct Value, _ *core.Aval) Value {
		p.ConcatAxis, p.SplitAxis = p.SplitAxis, p.ConcatAxis
		return allToAllOp.Bind1(p, ct)
	})
	allToAllOp.Define(core.Rules[allToAllParams]{
		Doc:    "Exchanges the parts of an array among the members along a named axis.",
		NoUnit: true,
		Abstract: func(p allToAllParams, in []*core.Aval) []*core.Aval {
			checkAxes([]string{p.AxisName}, "all_to_all")
			s, n := slices.Clone(in[0].Shape), axisSize(p.AxisName)
			s[p.SplitAxis] /= n
			s[p.ConcatAxis] *= n
			return []*core.Aval{core.NewAval(in[0].DType, s...)}
		},
		JVP: aj, Transpose: at,
		Batch: func(c core.BatchCtx, p allToAllParams, in []Value, dims []int) ([]Value, []int) {
			x, d := in[0], dims[0]
			split, join := p.SplitAxis, p.ConcatAxis
			if p.AxisName != c.AxisName() {
				q := p
				q.SplitAxis, q.ConcatAxis = past(split, d), past(join, d)
				return allToAllOp.Bind(q, x), []int{d}
			}
			// Members and parts change places: axis 0 becomes the sender, a new axis the receiver.
			x = splitAxis(batchOne(x, d, c.Size()), split+1, c.Size()) // sender, …, receiver, part, …
			y := MoveAxis(MoveAxis(x, split+1, 0), 1, join+1)          // receiver, …, sender, joined, …
			return []Value{foldAxis(y, join+1)}, []int{0}
		},
		Lower: mappedOnly[allToAllParams]("all_to_all"),
	})

	pj, pt := linearUnary(ppermuteOp, func(p permuteParams, ct Value, _ *core.Aval) Value {
		inv := make([][2]int, len(p.Perm))
		for i, sd := range p.Perm {
			inv[i] = [2]int{sd[1], sd[0]}
		}
		return ppermuteOp.Bind1(permuteParams{p.AxisName, inv}, ct)
	})
	ppermuteOp.Define(core.Rules[permuteParams]{
		Doc:    "Permutes the members along a named axis.",
		NoUnit: true,
		Abstract: func(p permuteParams, in []*core.Aval) []*core.Aval {
			checkAxes(p.AxisName.strings(), "ppermute")
			return in
		},
		JVP: pj, Transpose: pt,
		Batch: func(c core.BatchCtx, p permuteParams, in []Value, dims []int) ([]Value, []int) {
			if !p.AxisName.UsesAxis(c.AxisName()) {
				return ppermuteOp.Bind(p, in[0]), dims
			}
			if rest := slices.DeleteFunc(slices.Clone(p.AxisName), func(q quoted) bool { return string(q) == c.AxisName() }); len(rest) > 0 {
				return ppermuteOp.Bind(permuteParams{rest, p.Perm}, in[0]), dims
			}
			core.Check(len(p.Perm) == c.Size(), core.AssertionError, "Permutation doesn't match the axis size!")
			if dims[0] == core.Unmapped {
				return in, dims
			}
			from := make([]int, c.Size())
			for _, sd := range p.Perm {
				from[sd[1]] = sd[0]
			}
			return []Value{takeAt(in[0], from, dims[0])}, dims
		},
		Lower: mappedOnly[permuteParams]("ppermute"),
	})

	bj, bt := linearUnary(pbroadcastOp, func(p pbroadcastParams, ct Value, _ *core.Aval) Value {
		sum := PSum(ct, AxisRef{Name: p.AxisName})
		source := Eq(AxisIndex(p.AxisName), core.NewIntLiteral(dtype.Int32, int64(p.Source), false))
		return Select(Full(sum.Aval().Shape, source), sum, ZerosLike(sum.Aval()))
	})
	pbroadcastOp.Define(core.Rules[pbroadcastParams]{
		Doc:    "The value of one member along a named axis.",
		NoUnit: true,
		Abstract: func(p pbroadcastParams, in []*core.Aval) []*core.Aval {
			checkAxes([]string{p.AxisName}, "ppermute")
			return in
		},
		JVP: bj, Transpose: bt,
		Batch: func(c core.BatchCtx, p pbroadcastParams, in []Value, dims []int) ([]Value, []int) {
			if p.AxisName != c.AxisName() {
				return pbroadcastOp.Bind(p, in[0]), dims
			}
			core.Check(p.Source >= 0 && p.Source < c.Size(), core.AssertionError, "collective broadcast doesn't fit in the axis size!")
			if dims[0] == core.Unmapped {
				return in, dims
			}
			return []Value{takeAt(in[0], repeat(p.Source, c.Size()), dims[0])}, dims
		},
		Lower: mappedOnly[pbroadcastParams]("pbroadcast"),
	})

	axisIndexOp.Define(core.Rules[axisIndexParams]{
		Doc:    "The position along a named axis.",
		NoUnit: true,
		Abstract: func(p axisIndexParams, in []*core.Aval) []*core.Aval {
			checkAxes([]string{p.AxisName}, "axis_index")
			return []*core.Aval{core.NewAval(dtype.Int32)}
		},
		NonDifferentiable: true,
		Batch: func(c core.BatchCtx, p axisIndexParams, in []Value, dims []int) ([]Value, []int) {
			if p.AxisName != c.AxisName() {
				return axisIndexOp.Bind(p), []int{core.Unmapped}
			}
			return []Value{Iota(dtype.Int32, c.Size())}, []int{0}
		},
		Lower: mappedOnly[axisIndexParams]("axis_index"),
	})
}

// lax.psum, lax.pmax, lax.pmin (x, axes) with a name or a sequence of names and of axes of x; lax.pmean (x, names); lax.axis_index (name);
// lax.axis_size (names); lax.all_gather (x, names, axis, tiled); lax.psum_scatter (x, names, scatter_dimension, tiled);
// lax.all_to_all (x, name, split_axis, concat_axis, tiled); lax.ppermute (x, names, perm); lax.pbroadcast (x, name,
// source). All of them are about the trace around and never a unit.
func init() {
	for name, f := range map[string]func(Value, ...AxisRef) Value{"psum": PSum, "pmax": PMax, "pmin": PMin} {
		core.Export1("lax."+name, "xs", func(a *core.Args) Value { return f(a.X(0), argAxes(a, 1)...) }).Direct()
	}
	core.Export1("lax.pmean", "xs", func(a *core.Args) Value { return PMean(a.X(0), argNames(a, 1)...) }).Direct()
	core.Export1("lax.axis_index", "s", func(a *core.Args) Value { return AxisIndex(a.Str(0)) }).Direct()
	core.Export1("lax.axis_size", "s", func(a *core.Args) Value {
		return core.NewIntLiteral(dtype.Canonicalize(dtype.Int64, core.X64), int64(AxisSize(argNames(a, 0)...)), true)
	}).Direct()
	core.Export1("lax.all_gather", "xsss", func(a *core.Args) Value {
		return AllGather(a.X(0), argNames(a, 1), a.Int(2), a.Bool(3))
	}).Direct()
	core.Export1("lax.psum_scatter", "xsss", func(a *core.Args) Value {
		return PSumScatter(a.X(0), argNames(a, 1), a.Int(2), a.Bool(3))
	}).Direct()
	core.Export1("lax.all_to_all", "xssss", func(a *core.Args) Value {
		return AllToAll(a.X(0), a.Str(1), a.Int(2), a.Int(3), a.Bool(4))
	}).Direct()
	core.Export1("lax.ppermute", "xss", func(a *core.Args) Value {
		var perm [][2]int
		for i := range a.Seq(2) {
			p := a.Sub(2).Ints(i)
			core.Check(len(p) == 2, core.ValueError, "ppermute: perm must be pairs of source and destination")
			perm = append(perm, [2]int{p[0], p[1]})
		}
		return PPermute(a.X(0), argNames(a, 1), perm)
	}).Direct()
	core.Export1("lax.pbroadcast", "xss", func(a *core.Args) Value { return PBroadcast(a.X(0), a.Str(1), a.Int(2)) }).Direct()
}

// argNames are the axis names of argument i.
func argNames(a *core.Args, i int) []string {
	if a.List[i].Kind == core.ArgStr {
		return []string{a.Str(i)}
	}
	s := a.Sub(i)
	names := make([]string, s.Len())
	for k := range names {
		names[k] = s.Str(k)
	}
	return names
}

// argAxes are the axes of argument i: a name, or a sequence of names and axes of the operand.
func argAxes(a *core.Args, i int) []AxisRef {
	if a.List[i].Kind == core.ArgStr {
		return []AxisRef{{Name: a.Str(i)}}
	}
	s := a.Sub(i)
	axes := make([]AxisRef, s.Len())
	for k := range axes {
		if s.List[k].Kind == core.ArgStr {
			axes[k].Name = s.Str(k)
		} else {
			axes[k].Axis = s.Int(k)
		}
	}
	return axes
}
