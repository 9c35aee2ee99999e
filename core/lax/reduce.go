package lax

import (
	"slices"
	"strconv"

	"github.com/jaxgo/jaxgo/core"
	"github.com/jaxgo/jaxgo/core/dtype"
	"github.com/jaxgo/jaxgo/core/stablehlo"
)

type axesParams struct {
	Axes        []int
	OutSharding core.None
}

type reduceAxesParams struct{ Axes []int }

type argReduceParams struct {
	Axes       []int
	IndexDtype dtype.DType
}

type reduceParams struct {
	Computation core.None `jx:"-"`
	Dimensions  []int
	Jaxpr       *core.ClosedJaxpr
}

var (
	reduceSumOp  = core.Declare[axesParams]("reduce_sum")
	reduceProdOp = core.Declare[reduceAxesParams]("reduce_prod")
	reduceMaxOp  = core.Declare[reduceAxesParams]("reduce_max")
	reduceMinOp  = core.Declare[reduceAxesParams]("reduce_min")
	reduceAndOp  = core.Declare[reduceAxesParams]("reduce_and")
	reduceOrOp   = core.Declare[reduceAxesParams]("reduce_or")
	reduceXorOp  = core.Declare[reduceAxesParams]("reduce_xor")
	argminOp     = core.Declare[argReduceParams]("argmin")
	argmaxOp     = core.Declare[argReduceParams]("argmax")
	reduceOp     = core.Declare[reduceParams]("reduce")
)

// AllowF16Reductions is the configuration's jax_allow_f16_reductions.
var AllowF16Reductions = true

// ReduceSum sums x over axes.
func ReduceSum(x Value, axes []int) Value {
	if len(axes) == 0 {
		return x
	}
	return reduceSumOp.Bind1(axesParams{Axes: axes}, x)
}

// ReduceProd multiplies the elements of x over axes.
func ReduceProd(x Value, axes []int) Value { return reduceProdOp.Bind1(reduceAxesParams{axes}, x) }

// ReduceMax takes the greatest element of x over axes, NaN if there is one.
func ReduceMax(x Value, axes []int) Value { return reduceMaxOp.Bind1(reduceAxesParams{axes}, x) }

// ReduceMin takes the least element of x over axes, NaN if there is one.
func ReduceMin(x Value, axes []int) Value { return reduceMinOp.Bind1(reduceAxesParams{axes}, x) }

// ReduceAnd combines booleans or the bits of integers over axes.
func ReduceAnd(x Value, axes []int) Value { return reduceAndOp.Bind1(reduceAxesParams{axes}, x) }

// ReduceOr combines booleans or the bits of integers over axes.
func ReduceOr(x Value, axes []int) Value { return reduceOrOp.Bind1(reduceAxesParams{axes}, x) }

// ReduceXor combines booleans or the bits of integers over axes.
func ReduceXor(x Value, axes []int) Value { return reduceXorOp.Bind1(reduceAxesParams{axes}, x) }

// Argmin is the index of the first least element, or of the first NaN, along an axis.
func Argmin(x Value, axis int, index dtype.DType) Value {
	return argminOp.Bind1(argReduceParams{[]int{axis}, index}, x)
}

// Argmax is the index of the first greatest element, or of the first NaN, along an axis.
func Argmax(x Value, axis int, index dtype.DType) Value {
	return argmaxOp.Bind1(argReduceParams{[]int{axis}, index}, x)
}

// Reduce reduces several arrays of one shape together. j computes (x..., y...) -> z... on scalars, is associative and has
// the inits as its identity.
func Reduce(xs, inits []Value, j *core.ClosedJaxpr, axes []int) []Value {
	return reduceOp.Bind(reduceParams{Dimensions: axes, Jaxpr: j}, slices.Concat(xs, inits)...)
}

func itoa(n int) string { return strconv.Itoa(n) }

// reducedShape checks axes and removes them from a's shape.
func reducedShape(a *core.Aval, axes []int) []int {
	core.Check(distinct(axes), core.ValueError, "duplicate value in 'axes' of reduction: %s", core.ShapeString(axes))
	for _, d := range axes {
		if d < 0 || d >= a.Ndim() {
			core.Errorf(core.ValueError, "reduction axes %s contains out-of-bounds indices for %s.", core.ShapeString(axes), a.Name())
		}
	}
	return take(a.Shape, remaining(a.Ndim(), axes))
}

// A monoid is an associative operation with its identity.
type monoid struct {
	op       func(x, y Value) Value
	identity func(d dtype.DType) *core.Literal
}

var (
	sumMonoid  = monoid{Add, integerIdentity(0)}
	prodMonoid = monoid{Mul, integerIdentity(1)}
	andMonoid  = monoid{And, integerIdentity(-1)} // all bits set
	orMonoid   = monoid{Or, integerIdentity(0)}
	xorMonoid  = monoid{Xor, integerIdentity(0)}
	maxMonoid  = monoid{Max, leastLiteral}
	minMonoid  = monoid{Min, greatestLiteral}
)

func integerIdentity(n int64) func(d dtype.DType) *core.Literal {
	return func(d dtype.DType) *core.Literal { return core.NewIntLiteral(d, n, false) }
}

// leastLiteral is the identity of max: -inf, or the least value.
func leastLiteral(d dtype.DType) *core.Literal { return limitLiteral(d, dtype.PutMin) }

// greatestLiteral is the identity of min: inf, or the greatest value.
func greatestLiteral(d dtype.DType) *core.Literal { return limitLiteral(d, dtype.PutMax) }

func limitLiteral(d dtype.DType, put func(dtype.DType, []byte)) *core.Literal {
	b := make([]byte, d.Size())
	put(d, b)
	re, im, i, _ := dtype.Scalar(d, b)
	if d.IsInexact() {
		return core.NewLiteral(d, complex(re, im), false)
	}
	return core.NewIntLiteral(d, i, false)
}

// literalHLO writes a constant.
func literalHLO(c core.LowerCtx, l *core.Literal) stablehlo.Value {
	return c.Fn(func([]Value) []Value { return []Value{l} }, nil, nil)[0]
}

// scalarRegion makes f, a function of scalars of the given dtypes, the body of an operation.
func scalarRegion(c core.LowerCtx, ds []dtype.DType, f func(in []Value) []Value) stablehlo.Region {
	avals := make([]*core.Aval, len(ds))
	for i, d := range ds {
		avals[i] = core.NewAval(d)
	}
	return stablehlo.Region{Args: hloTypes(avals), Body: func(_ *stablehlo.Builder, a []stablehlo.Value) []stablehlo.Value {
		return c.Fn(f, a, avals)
	}}
}

// region is the monoid's operation as the body of a reduction of arrays of dtype d.
func (m monoid) region(c core.LowerCtx, d dtype.DType) stablehlo.Region {
	return scalarRegion(c, []dtype.DType{d, d}, func(in []Value) []Value { return []Value{m.op(in[0], in[1])} })
}

// lower writes stablehlo.reduce, in steps where they are wanted.
func (m monoid) lower(c core.LowerCtx, x stablehlo.Value, axes []int) []stablehlo.Value {
	if c.Stepwise() && stepped(c.In()[0].DType) {
		if axis, k := firstStep(x.Type.Shape, axes); k > 0 {
			x, axes = m.steps(c, x, axes, axis, k)
		}
	}
	return []stablehlo.Value{m.reduceHLO(c, x, axes)}
}

func (m monoid) reduceHLO(c core.LowerCtx, x stablehlo.Value, axes []int) stablehlo.Value {
	d := c.In()[0].DType
	return c.B().Op("stablehlo.reduce", "dimensions = "+stablehlo.Ints(axes), []stablehlo.Region{m.region(c, d)},
		[]stablehlo.Value{x, literalHLO(c, m.identity(d))}, x.Type.WithShape(take(x.Type.Shape, remaining(len(x.Type.Shape), axes))))[0]
}

// lowerReduce writes stablehlo.reduce with a one-operation body.
func lowerReduce(c core.LowerCtx, hlo string, init, x stablehlo.Value, axes []int, out *stablehlo.Type) stablehlo.Value {
	s := x.Type.WithShape(nil)
	return c.B().Op("stablehlo.reduce", "dimensions = "+stablehlo.Ints(axes), []stablehlo.Region{{
		Args: []*stablehlo.Type{s, s},
		Body: func(b *stablehlo.Builder, a []stablehlo.Value) []stablehlo.Value {
			return []stablehlo.Value{b.Elementwise(hlo, s, a...)}
		},
	}}, []stablehlo.Value{x, init}, out)[0]
}

func iotaHLO(b *stablehlo.Builder, t *stablehlo.Type, dim int) stablehlo.Value {
	return b.Op("stablehlo.iota", "iota_dimension = "+itoa(dim)+" : i64", nil, nil, t)[0]
}

// batchAxes moves reduction axes past a batch axis.
func batchAxes(axes []int, d int) (shiftedAxes []int, outDim int) {
	shiftedAxes = bumpDims(axes, d)
	outDim = d
	for _, a := range axes {
		if a < d {
			outDim--
		}
	}
	return
}

// restoreAxes broadcasts the result of a reduction over axes back to the operand's shape.
func restoreAxes(y Value, shape, axes []int) Value {
	return BroadcastInDim(y, shape, remaining(len(shape), axes))
}

// reduction defines a reduction of one array. A nil jvp says that the result has no tangent.
func reduction(op core.Op[reduceAxesParams], doc string, m monoid, abstract func(p reduceAxesParams, a *core.Aval) *core.Aval,
	jvp func(x, dx Value, axes []int) (y, dy Value), sample dtype.DType) {
	r := core.Rules[reduceAxesParams]{
		Doc: doc,
		Abstract: func(p reduceAxesParams, in []*core.Aval) []*core.Aval {
			return []*core.Aval{abstract(p, in[0])}
		},
		Batch: func(_ core.BatchCtx, p reduceAxesParams, in []Value, dims []int) ([]Value, []int) {
			axes, d := batchAxes(p.Axes, dims[0])
			return op.Bind(reduceAxesParams{axes}, in[0]), []int{d}
		},
		Lower: func(c core.LowerCtx, p reduceAxesParams, in []stablehlo.Value) []stablehlo.Value {
			return m.lower(c, in[0], p.Axes)
		},
		NonDifferentiable: jvp == nil,
		Samples:           []core.Sample[reduceAxesParams]{{Params: reduceAxesParams{[]int{1}}, In: []*core.Aval{core.NewAval(sample, 2, 3)}}},
	}
	if jvp != nil {
		r.JVP = func(_ core.JVPCtx, p reduceAxesParams, x, t []Value) ([]Value, []Value) {
			y, dy := jvp(x[0], t[0], p.Axes)
			return []Value{y}, []Value{dy}
		}
	}
	op.Define(r)
}

// checkNumber is JAX's rule for the dtype of sums and products.
func checkNumber(name string, a *core.Aval) {
	if !a.DType.IsNumeric() {
		core.Errorf(core.TypeError, "%s does not accept dtype %s. Accepted dtypes are subtypes of number.", name, a.DType.Name())
	}
}

// reduceChooser is the JVP of a minimum or maximum: the mean of the tangents at the places that attain it.
func reduceChooser(op core.Op[reduceAxesParams]) func(x, dx Value, axes []int) (y, dy Value) {
	return func(x, dx Value, axes []int) (Value, Value) {
		y := op.Bind1(reduceAxesParams{axes}, x)
		a := x.Aval()
		kept := slices.Clone(a.Shape)
		for _, d := range axes {
			kept[d] = 1
		}
		at := ConvertElementType(Eq(x, Reshape(y, kept)), dx.Aval().DType)
		return y, Div(ReduceSum(Mul(dx, at), axes), ReduceSum(at, axes))
	}
}

// reduceProdJVP is the product rule along a tree of products.
func reduceProdJVP(x, dx Value, axes []int) (Value, Value) {
	one := core.NewLiteral(x.Aval().DType, 1, false)
	y, dy := reduceJVP(func(x, t []Value) ([]Value, []Value) {
		return []Value{Mul(x[0], x[1])}, []Value{AddAny(Mul(t[0], x[1]), Mul(x[0], t[1]))}
	}, []Value{one}, []Value{x}, []Value{dx}, axes)
	return y[0], dy[0]
}

// reduceJVP reduces by halves, so that each step can be differentiated. step combines arrays of one shape:
// (xs..., ys...) and their tangents, nil for zero.
func reduceJVP(step func(x, t []Value) (y, dy []Value), inits, x, t []Value, axes []int) (y, dy []Value) {
	// The reduced axes go to the front, as one.
	shape := x[0].Aval().Shape
	keep := remaining(len(shape), axes)
	rest := take(shape, keep)
	n := product(take(shape, axes))
	flat := func(v Value) Value {
		if v == nil {
			return nil
		}
		return Reshape(Transpose(v, slices.Concat(axes, keep)), append([]int{n}, rest...))
	}
	each := func(vs []Value, f func(i int, v Value) Value) []Value {
		out := make([]Value, len(vs))
		for i, v := range vs {
			if v != nil {
				out[i] = f(i, v)
			}
		}
		return out
	}
	y = each(x, func(_ int, v Value) Value { return flat(v) })
	dy = each(t, func(_ int, v Value) Value { return flat(v) })
	for n > 1 {
		half := (n + 1) / 2
		lower := func(_ int, v Value) Value { return sliceAxis(v, 0, 0, half, 1) }
		upper := func(pad func(i int, v Value) Value) func(i int, v Value) Value {
			return func(i int, v Value) Value {
				v = sliceAxis(v, 0, half, n, 1)
				if n-half == half {
					return v
				}
				config := make([]PadConfig, len(rest)+1)
				config[0] = PadConfig{0, 1, 0}
				return Pad(v, pad(i, v), config)
			}
		}
		initAt := func(i int, _ Value) Value { return inits[i] }
		zero := func(_ int, v Value) Value { return core.NewLiteral(v.Aval().DType, 0, false) }
		y, dy = step(slices.Concat(each(y, lower), each(y, upper(initAt))), slices.Concat(each(dy, lower), each(dy, upper(zero))))
		n = half
	}
	if n == 0 {
		return each(inits, func(_ int, v Value) Value { return Full(rest, v) }), make([]Value, len(inits))
	}
	squeeze := func(_ int, v Value) Value { return Squeeze(v, []int{0}) }
	return each(y, squeeze), each(dy, squeeze)
}

// sliceAxis takes the elements lo, lo+stride, … below hi along one axis.
func sliceAxis(x Value, axis, lo, hi, stride int) Value {
	limit := slices.Clone(x.Aval().Shape)
	start, strides := make([]int, len(limit)), ones(len(limit))
	start[axis], limit[axis], strides[axis] = lo, hi, stride
	return Slice(x, start, limit, strides)
}

// mapJaxpr applies j, a function of scalars, to each element of arrays of one shape.
func mapJaxpr(j *core.ClosedJaxpr, in []Value) []Value {
	shape := in[0].Aval().Shape
	size := in[0].Aval().Size()
	flat := make([]Value, len(in))
	for i, v := range in {
		flat[i] = Reshape(v, []int{size})
	}
	out, dims := mapEval(mapCtx(size), j.Jaxpr, append(slices.Clone(j.Consts), flat...), nil)
	for i, v := range out {
		out[i] = Reshape(batchOne(v, dims[i], size), shape)
	}
	return out
}

// mapCtx is the core.BatchCtx of mapJaxpr, the size of the mapped axis: package batch stands above this one.
type mapCtx int

func (m mapCtx) Size() int        { return int(m) }
func (m mapCtx) AxisName() string { return "" }

func (m mapCtx) BatchJaxpr(j *core.ClosedJaxpr, batched, force []bool) (*core.ClosedJaxpr, []bool) {
	avals := slices.Clone(j.InAvals())
	for i, b := range batched {
		if b {
			avals[i] = avals[i].WithShape(append([]int{int(m)}, avals[i].Shape...))
		}
	}
	var outBatched []bool
	k := core.MakeJaxpr("vmap", j.Name, avals, func(in []Value) []Value {
		out, dims := mapEval(m, j.Jaxpr, in, FrontDims(batched))
		outBatched = make([]bool, len(out))
		for i, v := range out {
			if outBatched[i] = dims[i] != core.Unmapped || force != nil && force[i]; outBatched[i] {
				out[i] = batchOne(v, dims[i], int(m))
			}
		}
		return out
	})
	return k, outBatched
}

// BatchFun maps the jaxpr of f.
func (m mapCtx) BatchFun(f func(in []Value) []Value, in []Value, dims []int) ([]Value, []int) {
	avals := make([]*core.Aval, len(in))
	for i, v := range in {
		if avals[i] = v.Aval(); dims[i] != core.Unmapped {
			avals[i] = avals[i].WithShape(slices.Delete(slices.Clone(avals[i].Shape), dims[i], dims[i]+1))
		}
	}
	j := core.MakeJaxpr("vmap", "f", avals, f)
	return mapEval(m, j.Jaxpr, slices.Concat(j.Consts, in), dims)
}

// mapEval evaluates j by the batching rules of its equations. in are constants, which are not mapped, and inputs;
// nil dims: inputs are mapped on axis 0.
func mapEval(m mapCtx, j *core.Jaxpr, in []Value, dims []int) ([]Value, []int) {
	type mapped struct {
		v   Value
		dim int
	}
	env := map[*core.Var]mapped{}
	nc := len(j.ConstVars)
	for i, v := range j.ConstVars {
		env[v] = mapped{in[i], core.Unmapped}
	}
	for i, v := range j.In {
		d := 0
		if dims != nil {
			d = dims[i]
		}
		env[v] = mapped{in[nc+i], d}
	}
	read := func(atoms []core.Atom) (vs []Value, ds []int, any bool) {
		for _, a := range atoms {
			m := mapped{dim: core.Unmapped}
			if v, ok := a.(*core.Var); ok {
				m = env[v]
			} else {
				m.v = a.(Value)
			}
			vs, ds, any = append(vs, m.v), append(ds, m.dim), any || m.dim != core.Unmapped
		}
		return
	}
	for _, e := range j.Eqns {
		vs, ds, any := read(e.In)
		var out []Value
		outDims := FrontDims(make([]bool, len(e.Out)))
		switch r := e.Prim.Rules(); {
		case !any:
			out = core.Bind(e.Prim, e.Params, vs)
		case r.Batch == nil:
			core.Errorf(core.NotImplementedError, "Batching rule for '%s' not implemented", e.Prim.Name)
		default:
			out, outDims = r.Batch(m, e.Params, vs, ds)
		}
		for i, v := range e.Out {
			env[v] = mapped{out[i], outDims[i]}
		}
	}
	vs, ds, _ := read(j.Out)
	return vs, ds
}

// argReduction defines argmin or argmax; before says which value is taken.
func argReduction(op core.Op[argReduceParams], doc string, before func(x, y Value) Value, identity func(dtype.DType) *core.Literal) {
	// Of equal values the first one is taken, and NaN wins over all.
	step := func(in []Value) []Value {
		x, i, y, k := in[0], in[1], in[2], in[3]
		pick := Or(before(x, y), IsNaN(x))
		first := Or(pick, And(Eq(x, y), Lt(i, k)))
		return []Value{Select(pick, x, y), Select(first, i, k)}
	}
	op.Define(core.Rules[argReduceParams]{
		Doc: doc,
		Abstract: func(p argReduceParams, in []*core.Aval) []*core.Aval {
			a, axis := in[0], p.Axes[0]
			s := core.ShapeString(a.Shape)
			core.Check(0 <= axis && axis < a.Ndim(), core.ValueError, "Invalid axis %d for operand shape %s", axis, s)
			core.Check(a.Shape[axis] > 0, core.ValueError, "argmin and argmax require non-empty reduced dimension. operand.shape=%s axis=%d", s, axis)
			core.Check(p.IndexDtype.IsInteger(), core.TypeError, "index_dtype must be an integer type, but got %s", p.IndexDtype.Name())
			return []*core.Aval{core.NewAval(p.IndexDtype, take(a.Shape, remaining(a.Ndim(), p.Axes))...)}
		},
		Batch: func(_ core.BatchCtx, p argReduceParams, in []Value, dims []int) ([]Value, []int) {
			axes, d := batchAxes(p.Axes, dims[0])
			return op.Bind(argReduceParams{axes, p.IndexDtype}, in[0]), []int{d}
		},
		Lower: func(c core.LowerCtx, p argReduceParams, in []stablehlo.Value) []stablehlo.Value {
			d, x, out := c.In()[0].DType, in[0], c.Out()[0].HLO()
			index := iotaHLO(c.B(), x.Type.WithElem(out.Elem), p.Axes[0])
			inits := []stablehlo.Value{literalHLO(c, identity(d)), c.Const(0, core.NewAval(p.IndexDtype))}
			return c.B().Op("stablehlo.reduce", "dimensions = "+stablehlo.Ints(p.Axes),
				[]stablehlo.Region{scalarRegion(c, []dtype.DType{d, p.IndexDtype, d, p.IndexDtype}, step)},
				append([]stablehlo.Value{x, index}, inits...), x.Type.WithShape(out.Shape), out)[1:]
		},
		NonDifferentiable: true,
		Samples: []core.Sample[argReduceParams]{
			{Params: argReduceParams{[]int{1}, dtype.Int32}, In: []*core.Aval{core.NewAval(dtype.Float32, 2, 3)}},
		},
	})
}

// avalList spells avals as a Python list of ShapedArrays.
func avalList(avals []*core.Aval) string {
	s := "["
	for i, a := range avals {
		if i > 0 {
			s += ", "
		}
		weak := ""
		if a.Weak {
			weak = ", weak_type=True"
		}
		s += "ShapedArray(" + a.Name() + weak + ")"
	}
	return s + "]"
}

// shapesList spells the avals' shapes as a Python list.
func shapesList(avals []*core.Aval) string {
	s := "["
	for i, a := range avals {
		if i > 0 {
			s += ", "
		}
		s += core.ShapeString(a.Shape)
	}
	return s + "]"
}

func isScalar(a *core.Aval) bool { return a.Ndim() == 0 }

// halves splits operands that are followed by as many initial values.
func halves[T any](in []T) (xs, inits []T) { return in[:len(in)/2], in[len(in)/2:] }

// jaxprRegion is a computation on scalars as the body of an operation.
func jaxprRegion(c core.LowerCtx, j *core.ClosedJaxpr) stablehlo.Region {
	var args []*stablehlo.Type
	for _, a := range j.InAvals() {
		args = append(args, a.HLO())
	}
	return stablehlo.Region{Args: args, Body: func(_ *stablehlo.Builder, a []stablehlo.Value) []stablehlo.Value {
		return c.Call("computation", j, a, true)
	}}
}

func hloTypes(avals []*core.Aval) []*stablehlo.Type {
	ts := make([]*stablehlo.Type, len(avals))
	for i, a := range avals {
		ts[i] = a.HLO()
	}
	return ts
}

func anyNonzero(t []Value) bool {
	return slices.ContainsFunc(t, func(v Value) bool { return v != nil })
}

func init() {
	j, t := linearUnary(reduceSumOp, func(p axesParams, ct Value, x *core.Aval) Value {
		return restoreAxes(ct, x.Shape, p.Axes)
	})
	reduceSumOp.Define(core.Rules[axesParams]{
		Doc: "Sum over axes.",
		Abstract: func(p axesParams, in []*core.Aval) []*core.Aval {
			s := reducedShape(in[0], p.Axes)
			checkNumber("reduce_sum", in[0])
			if d := in[0].DType; !AllowF16Reductions && (d == dtype.Float16 || d == dtype.BFloat16) {
				for _, axis := range p.Axes {
					core.Check(in[0].Shape[axis] == 1, core.ValueError, "reduce_sum on operand %s is not allowed when jax_allow_f16_reductions=False.", in[0])
				}
			}
			return []*core.Aval{in[0].WithShape(s)}
		},
		JVP: j, Transpose: t,
		Batch: func(c core.BatchCtx, p axesParams, in []Value, dims []int) ([]Value, []int) {
			axes, d := batchAxes(p.Axes, dims[0])
			return reduceSumOp.Bind(axesParams{Axes: axes}, in[0]), []int{d}
		},
		Lower: func(c core.LowerCtx, p axesParams, in []stablehlo.Value) []stablehlo.Value {
			return sumMonoid.lower(c, in[0], p.Axes)
		},
		Samples: []core.Sample[axesParams]{{Params: axesParams{Axes: []int{1}}, In: []*core.Aval{core.NewAval(dtype.Float32, 2, 3)}}},
	})

	reduction(reduceProdOp, "Product over axes.", prodMonoid, func(p reduceAxesParams, a *core.Aval) *core.Aval {
		s := reducedShape(a, p.Axes)
		checkNumber("reduce_prod", a)
		return a.WithShape(s)
	}, reduceProdJVP, dtype.Float32)

	sameDType := func(p reduceAxesParams, a *core.Aval) *core.Aval { return a.WithShape(reducedShape(a, p.Axes)) }
	reduction(reduceMaxOp, "Maximum over axes.", maxMonoid, sameDType, reduceChooser(reduceMaxOp), dtype.Float32)
	reduction(reduceMinOp, "Minimum over axes.", minMonoid, sameDType, reduceChooser(reduceMinOp), dtype.Float32)

	logical := func(p reduceAxesParams, a *core.Aval) *core.Aval {
		// The narrow integers are none of NumPy's, and so none of JAX's for this rule.
		if !a.DType.IsBool() && (!a.DType.IsInteger() || a.DType.Bits() < 8) {
			core.Errorf(core.TypeError, "logical reduction requires operand dtype bool or int, got %s.", a.DType.Name())
		}
		for _, d := range p.Axes {
			if d < 0 || d >= a.Ndim() {
				core.Errorf(core.IndexError, "index %d is out of bounds for axis 0 with size %d", d, a.Ndim())
			}
		}
		return core.NewAval(a.DType, take(a.Shape, remaining(a.Ndim(), p.Axes))...)
	}
	reduction(reduceAndOp, "Conjunction, of booleans or of bits, over axes.", andMonoid, logical, nil, dtype.Int32)
	reduction(reduceOrOp, "Disjunction, of booleans or of bits, over axes.", orMonoid, logical, nil, dtype.Int32)
	reduction(reduceXorOp, "Exclusive disjunction, of booleans or of bits, over axes.", xorMonoid, logical, nil, dtype.Int32)

	argReduction(argminOp, "Index of the least element along an axis.", Lt, greatestLiteral)
	argReduction(argmaxOp, "Index of the greatest element along an axis.", Gt, leastLiteral)

	reduceOp.Define(core.Rules[reduceParams]{
		Doc: "Reduction of arrays over axes by a computation of scalars.",
		Abstract: func(p reduceParams, in []*core.Aval) []*core.Aval {
			xs, inits := halves(in)
			for _, a := range inits {
				if !isScalar(a) {
					core.Errorf(core.ValueError, "reduce found non-scalar initial value: %s", shapesList(inits))
				}
			}
			out := make([]*core.Aval, len(xs))
			for i, x := range xs {
				for _, d := range p.Dimensions {
					if d < 0 || d >= x.Ndim() {
						core.Errorf(core.IndexError, "index %d is out of bounds for axis 0 with size %d", d, x.Ndim())
					}
				}
				if x.DType != inits[i].DType {
					core.Errorf(core.TypeError, "reduce operand dtypes should match corresponding initial value dtypes, got operands=%s and initial_values=%s", avalList(xs), avalList(inits))
				}
				out[i] = core.MakeAval(x.DType, take(x.Shape, remaining(x.Ndim(), p.Dimensions)), x.Weak && inits[i].Weak)
			}
			return out
		},
		JVP: func(c core.JVPCtx, p reduceParams, x, t []Value) ([]Value, []Value) {
			xs, inits := halves(x)
			ts, dinits := halves(t)
			if anyNonzero(dinits) {
				core.Errorf(core.NotImplementedError, "Gradient of general lax.reduce with non-zero tangents for initial values to reduction not implemented")
			}
			y, dy := reduceJVP(func(x, t []Value) ([]Value, []Value) {
				j, outNZ := c.JVPJaxpr(p.Jaxpr, nonzero(t), nil)
				out := mapJaxpr(j, append(slices.Clone(x), compact(t)...))
				return out[:len(outNZ)], spread(out[len(outNZ):], outNZ)
			}, inits, xs, ts, p.Dimensions)
			return y, dy
		},
		Batch: func(c core.BatchCtx, p reduceParams, in []Value, dims []int) ([]Value, []int) {
			n := len(in) / 2
			for _, d := range dims[n:] {
				core.Check(d == core.Unmapped, core.NotImplementedError, "reduce: batching over initial values is not implemented")
			}
			xs := BatchToFront(c.Size(), in[:n], dims[:n])
			return Reduce(xs, in[n:], p.Jaxpr, shifted(p.Dimensions, 1)), make([]int, n)
		},
		Lower: func(c core.LowerCtx, p reduceParams, in []stablehlo.Value) []stablehlo.Value {
			return c.B().Op("stablehlo.reduce", "dimensions = "+stablehlo.Ints(p.Dimensions),
				[]stablehlo.Region{jaxprRegion(c, p.Jaxpr)}, in, hloTypes(c.Out())...)
		},
	})

	// x, axes
	core.Export1("lax.reduce_sum", "xs", func(a *core.Args) core.Value {
		return reduceSumOp.Bind1(axesParams{Axes: axesArg(a, 1)}, a.X(0))
	})
	for _, r := range []struct {
		name string
		f    func(Value, []int) Value
	}{{"prod", ReduceProd}, {"max", ReduceMax}, {"min", ReduceMin}, {"and", ReduceAnd}, {"or", ReduceOr}, {"xor", ReduceXor}} { // x, axes
		core.Export1("lax.reduce_"+r.name, "xs", func(a *core.Args) core.Value { return r.f(a.X(0), axesArg(a, 1)) })
	}
	// x, axis, index_dtype
	core.Export1("lax.argmin", "xss", func(a *core.Args) core.Value { return Argmin(a.X(0), a.Int(1), a.DType(2)) })
	core.Export1("lax.argmax", "xss", func(a *core.Args) core.Value { return Argmax(a.X(0), a.Int(1), a.DType(2)) })
}

// axesArg is the static argument i, a sequence of axes; it is never nil, which would print as None.
func axesArg(a *core.Args, i int) []int { return append([]int{}, a.Ints(i)...) }
