package lax

import (
	"github.com/jaxgo/jaxgo/core"
	"github.com/jaxgo/jaxgo/core/dtype"
	"github.com/jaxgo/jaxgo/core/stablehlo"
)

type none = core.NoParams

var (
	negOp    = core.Declare[none]("neg")
	sinOp    = core.Declare[none]("sin")
	cosOp    = core.Declare[none]("cos")
	addOp    = core.Declare[none]("add")
	addAnyOp = core.Declare[none]("add_any")
	subOp    = core.Declare[none]("sub")
	mulOp    = core.Declare[none]("mul")
	divOp    = core.Declare[none]("div")
	selectOp = core.Declare[none]("select_n")
)

// Neg is -x.
func Neg(x Value) Value { return negOp.Bind1(none{}, x) }

// Sin is the sine of x, in radians.
func Sin(x Value) Value { return sinOp.Bind1(none{}, x) }

// Cos is the cosine of x, in radians.
func Cos(x Value) Value { return cosOp.Bind1(none{}, x) }

// Add is x + y.
func Add(x, y Value) Value { return addOp.Bind1(none{}, x, y) }

// AddAny adds tangents or cotangents of one aval.
func AddAny(x, y Value) Value { return addAnyOp.Bind1(none{}, x, y) }

// Sub is x - y.
func Sub(x, y Value) Value { return subOp.Bind1(none{}, x, y) }

// Mul is x * y.
func Mul(x, y Value) Value { return mulOp.Bind1(none{}, x, y) }

// Div is x / y; integers are divided towards zero.
func Div(x, y Value) Value { return divOp.Bind1(none{}, x, y) }

// SelectN takes cases[which] element by element; which is boolean for two cases, int32 for more.
func SelectN(which Value, cases ...Value) Value {
	return selectOp.Bind1(none{}, append([]Value{which}, cases...)...)
}

// linearIn transposes an op that is linear in each of its operands by itself (add, sub).
func transposeAdd(fx, fy func(Value) Value) func(ct Value, in []Value) []Value {
	return func(ct Value, in []Value) []Value {
		out := make([]Value, 2)
		if core.IsUndef(in[0]) {
			out[0] = unbroadcast(fx(ct), in[0].Aval())
		}
		if core.IsUndef(in[1]) {
			out[1] = unbroadcast(fy(ct), in[1].Aval())
		}
		return out
	}
}

func same(x Value) Value { return x }

func init() {
	unary(negOp, "stablehlo.negate", "Elementwise negation.", numbers, func(x, y, dx Value) Value { return Neg(dx) })
	transposeUnary(negOp, func(ct Value) Value { return Neg(ct) })
	unary(sinOp, "stablehlo.sine", "Elementwise sine.", inexacts, func(x, y, dx Value) Value { return Mul(dx, Cos(x)) })
	unary(cosOp, "stablehlo.cosine", "Elementwise cosine.", inexacts, func(x, y, dx Value) Value { return Neg(Mul(dx, Sin(x))) })

	binary(binaryRow{op: addOp, hlo: "stablehlo.add", doc: "Elementwise sum.", accept: numbers,
		dx: func(x, y, z, d Value) Value { return d }, dy: func(x, y, z, d Value) Value { return d }, transpose: transposeAdd(same, same)})
	binary(binaryRow{op: addAnyOp, hlo: "stablehlo.add", doc: "Sum of tangents or cotangents.", accept: numbers,
		dx: func(x, y, z, d Value) Value { return d }, dy: func(x, y, z, d Value) Value { return d }, transpose: transposeAdd(same, same)})
	binary(binaryRow{op: subOp, hlo: "stablehlo.subtract", doc: "Elementwise difference.", accept: numbers,
		dx: func(x, y, z, d Value) Value { return d }, dy: func(x, y, z, d Value) Value { return Neg(d) }, transpose: transposeAdd(same, Neg)})
	binary(binaryRow{op: mulOp, hlo: "stablehlo.multiply", doc: "Elementwise product.", accept: numbers,
		dx: func(x, y, z, d Value) Value { return Mul(d, y) }, dy: func(x, y, z, d Value) Value { return Mul(x, d) },
		transpose: func(ct Value, in []Value) []Value {
			out := make([]Value, 2)
			if core.IsUndef(in[0]) {
				out[0] = unbroadcast(Mul(ct, in[1]), in[0].Aval())
			} else {
				out[1] = unbroadcast(Mul(in[0], ct), in[1].Aval())
			}
			return out
		}})
	binary(binaryRow{op: divOp, hlo: "stablehlo.divide", doc: "Elementwise quotient.", accept: numbers,
		dx: func(x, y, z, d Value) Value { return Div(d, y) },
		dy: func(x, y, z, d Value) Value { return Mul(Neg(d), Div(z, y)) },
		transpose: func(ct Value, in []Value) []Value {
			return []Value{unbroadcast(Div(ct, in[1]), in[0].Aval()), nil}
		}})

	selectOp.Define(core.Rules[none]{
		Doc: "Elementwise choice among arrays.",
		Abstract: func(_ none, in []*core.Aval) []*core.Aval {
			which, cases := in[0], in[1:]
			if len(cases) == 0 {
				core.Errorf(core.TypeError, "select must have at least one case")
			}
			if which.DType != dtype.Bool && which.DType != dtype.Int32 {
				core.Errorf(core.TypeError, "select `which` must be boolean or int32 type, got %s.", which.DType.Name())
			}
			if which.DType == dtype.Bool && len(cases) > 2 {
				core.Errorf(core.TypeError, "select with boolean `which` cannot have > 2 cases.")
			}
			sameDTypes("select", cases)
			weak := true
			for _, a := range cases {
				if !sameShape(a.Shape, cases[0].Shape) {
					core.Errorf(core.TypeError, "select cases must have the same shapes, got [%s].", shapeList(cases))
				}
				weak = weak && a.Weak
			}
			if len(which.Shape) > 0 && !sameShape(which.Shape, cases[0].Shape) {
				core.Errorf(core.TypeError, "select `which` must be scalar or have the same shape as cases, got `which` shape %s but case shape %s.", core.ShapeString(which.Shape), core.ShapeString(cases[0].Shape))
			}
			return []*core.Aval{core.MakeAval(cases[0].DType, cases[0].Shape, weak)}
		},
		JVP: func(_ core.JVPCtx, p none, x, t []Value) ([]Value, []Value) {
			ts := []Value{x[0]}
			for i := range t[1:] {
				ts = append(ts, InstantiateZeros(t[i+1], x[i+1].Aval()))
			}
			return selectOp.Bind(p, x...), selectOp.Bind(p, ts...)
		},
		Transpose: func(_ core.TransposeCtx, p none, ct, in []Value) []Value {
			out := make([]Value, len(in))
			zero := ZerosLike(ct[0].Aval())
			for i := 1; i < len(in); i++ {
				if !core.IsUndef(in[i]) {
					continue
				}
				cases := make([]Value, len(in))
				cases[0] = in[0]
				for k := 1; k < len(in); k++ {
					cases[k] = zero
				}
				cases[i] = ct[0]
				out[i] = selectOp.Bind1(p, cases...)
			}
			return out
		},
		Batch: func(c core.BatchCtx, p none, in []Value, dims []int) ([]Value, []int) {
			if in[0].Aval().Ndim() == 0 && dims[0] == core.Unmapped {
				in = append([]Value{in[0]}, BatchToFront(c.Size(), in[1:], dims[1:])...)
				return selectOp.Bind(p, in...), []int{0}
			}
			in = BatchToFront(c.Size(), in, dims)
			if w := in[0].Aval(); w.Ndim() != in[1].Aval().Ndim() {
				in[0] = BroadcastInDim(in[0], in[1].Aval().Shape, []int{0})
			}
			return selectOp.Bind(p, in...), []int{0}
		},
		Lower: func(c core.LowerCtx, _ none, in []stablehlo.Value) []stablehlo.Value {
			which, out := in[0], c.Out()[0].HLO()
			if len(in) == 2 {
				return in[1:]
			}
			b := c.B()
			if which.Type.Elem != "i1" && len(in) == 3 {
				zero := b.Constant("0", which.Type)
				which = b.Pretty("stablehlo.compare NE,", ", SIGNED", which.Type.WithElem("i1"), which, zero)
			}
			if len(out.Shape) > 0 && len(which.Type.Shape) < len(out.Shape) {
				which = b.Pretty("stablehlo.broadcast_in_dim", ", dims = "+stablehlo.List(iota(len(which.Type.Shape))), which.Type.WithShape(out.Shape), which)
			}
			if len(in) == 3 { // select takes on_true first
				return b.Op("stablehlo.select", "", nil, []stablehlo.Value{which, in[2], in[1]}, out)
			}
			return []stablehlo.Value{selectTree(b, which, in[1:], 0, out)}
		},
		Samples: []core.Sample[none]{
			{In: []*core.Aval{core.NewAval(dtype.Bool, 2, 3), core.NewAval(dtype.Float32, 2, 3), core.NewAval(dtype.Float32, 2, 3)}},
			{In: []*core.Aval{core.NewAval(dtype.Bool), core.NewAval(dtype.Float32, 2, 3), core.NewAval(dtype.Float32, 2, 3)}},
		},
	})
}

// selectTree chooses among more than two cases by bisection.
func selectTree(b *stablehlo.Builder, which stablehlo.Value, cases []stablehlo.Value, offset int, out *stablehlo.Type) stablehlo.Value {
	if len(cases) == 1 {
		return cases[0]
	}
	mid := len(cases) / 2
	k := b.Constant(itoa(offset+mid), which.Type)
	lt := b.Pretty("stablehlo.compare LT,", ", SIGNED", which.Type.WithElem("i1"), which, k)
	return b.Op("stablehlo.select", "", nil, []stablehlo.Value{lt,
		selectTree(b, which, cases[:mid], offset, out), selectTree(b, which, cases[mid:], offset+mid, out)}, out)[0]
}

// transposeUnary adds a transpose rule to an op that unary defined.
func transposeUnary(op core.Op[none], f func(ct Value) Value) {
	op.Rules().Transpose = func(_ core.TransposeCtx, _ any, ct, in []Value) []Value { return []Value{f(ct[0])} }
}
