package lax

import (
	"slices"
	"strings"

	"github.com/jaxgo/jaxgo/core"
	"github.com/jaxgo/jaxgo/core/dtype"
	"github.com/jaxgo/jaxgo/core/stablehlo"
)

var (
	eqOp   = core.Declare[none]("eq")
	neOp   = core.Declare[none]("ne")
	geOp   = core.Declare[none]("ge")
	gtOp   = core.Declare[none]("gt")
	leOp   = core.Declare[none]("le")
	ltOp   = core.Declare[none]("lt")
	eqToOp = core.Declare[none]("eq_to")
	leToOp = core.Declare[none]("le_to")
	ltToOp = core.Declare[none]("lt_to")

	maxOp    = core.Declare[none]("max")
	minOp    = core.Declare[none]("min")
	clampOp  = core.Declare[none]("clamp")
	selectOp = core.Declare[none]("select_n")

	notOp = core.Declare[none]("not")
	andOp = core.Declare[none]("and")
	orOp  = core.Declare[none]("or")
	xorOp = core.Declare[none]("xor")

	populationCountOp      = core.Declare[none]("population_count")
	clzOp                  = core.Declare[none]("clz")
	shiftLeftOp            = core.Declare[none]("shift_left")
	shiftRightArithmeticOp = core.Declare[none]("shift_right_arithmetic")
	shiftRightLogicalOp    = core.Declare[none]("shift_right_logical")
)

// Eq is x == y.
func Eq(x, y Value) Value { return eqOp.Bind1(none{}, x, y) }

// Ne is x != y.
func Ne(x, y Value) Value { return neOp.Bind1(none{}, x, y) }

// Ge is x >= y.
func Ge(x, y Value) Value { return geOp.Bind1(none{}, x, y) }

// Gt is x > y.
func Gt(x, y Value) Value { return gtOp.Bind1(none{}, x, y) }

// Le is x <= y.
func Le(x, y Value) Value { return leOp.Bind1(none{}, x, y) }

// Lt is x < y.
func Lt(x, y Value) Value { return ltOp.Bind1(none{}, x, y) }

// EqTo is x == y in the total order of floating-point numbers, where nan equals nan and -0 comes before 0.
func EqTo(x, y Value) Value { return eqToOp.Bind1(none{}, x, y) }

// LeTo is x <= y in the total order, see EqTo.
func LeTo(x, y Value) Value { return leToOp.Bind1(none{}, x, y) }

// LtTo is x < y in the total order, see EqTo.
func LtTo(x, y Value) Value { return ltToOp.Bind1(none{}, x, y) }

// IsNaN reports which elements are nan.
func IsNaN(x Value) Value { return Ne(x, x) }

// Max is the greater of x and y, nan if one is; complex numbers compare by real part and then by imaginary part.
func Max(x, y Value) Value { return maxOp.Bind1(none{}, x, y) }

// Min is the lesser of x and y, see Max.
func Min(x, y Value) Value { return minOp.Bind1(none{}, x, y) }

// Clamp is x where it lies between lo and hi, else the nearer bound. Bounds are scalars or of x's shape.
func Clamp(lo, x, hi Value) Value { return clampOp.Bind1(none{}, lo, x, hi) }

// SelectN takes cases[which] element by element; which is boolean for two cases, an integer for more.
func SelectN(which Value, cases ...Value) Value {
	return selectOp.Bind1(none{}, append([]Value{which}, cases...)...)
}

// Select takes onTrue where pred holds, else onFalse.
func Select(pred, onTrue, onFalse Value) Value { return selectOp.Bind1(none{}, pred, onFalse, onTrue) }

// Not is the complement of booleans, and of the bits of integers.
func Not(x Value) Value { return notOp.Bind1(none{}, x) }

// And is the conjunction of booleans, and of the bits of integers.
func And(x, y Value) Value { return andOp.Bind1(none{}, x, y) }

// Or is the disjunction of booleans, and of the bits of integers.
func Or(x, y Value) Value { return orOp.Bind1(none{}, x, y) }

// Xor is the exclusive disjunction of booleans, and of the bits of integers.
func Xor(x, y Value) Value { return xorOp.Bind1(none{}, x, y) }

// PopulationCount is the number of bits that are set.
func PopulationCount(x Value) Value { return populationCountOp.Bind1(none{}, x) }

// Clz is the number of leading zero bits.
func Clz(x Value) Value { return clzOp.Bind1(none{}, x) }

// ShiftLeft shifts the bits of x by y.
func ShiftLeft(x, y Value) Value { return shiftLeftOp.Bind1(none{}, x, y) }

// ShiftRightArithmetic shifts the bits of x by y and copies the sign bit.
func ShiftRightArithmetic(x, y Value) Value { return shiftRightArithmeticOp.Bind1(none{}, x, y) }

// ShiftRightLogical shifts the bits of x by y and fills with zeros.
func ShiftRightLogical(x, y Value) Value { return shiftRightLogicalOp.Bind1(none{}, x, y) }

// compareHLO writes a comparison of operands of dtype d and equal shapes.
func compareHLO(c core.LowerCtx, direction string, total bool, d dtype.DType, x, y stablehlo.Value) stablehlo.Value {
	kind := "UNSIGNED"
	switch {
	case d.IsInexact() && total:
		kind = "TOTALORDER"
	case d.IsInexact():
		kind = "FLOAT"
	case d.IsSigned():
		kind = "SIGNED"
	}
	return c.B().Pretty("stablehlo.compare "+direction+",", ", "+kind, x.Type.WithElem("i1"), x, y)
}

// compareKeys compares PRNG keys word by word.
func compareKeys(c core.LowerCtx, direction string, in []stablehlo.Value, out *core.Aval) stablehlo.Value {
	b, n := c.B(), len(out.Shape)
	words := c.In()[0].DType.KeyShape()
	shape := append(slices.Clone(out.Shape), words...)
	for i, v := range in {
		s := v.Type.Shape
		if sameShape(s, shape) {
			continue
		}
		dims := iota(n + 1)
		if len(s) == 1 {
			dims = dims[n:]
		}
		in = slices.Clone(in)
		in[i] = b.Pretty("stablehlo.broadcast_in_dim", ", dims = "+stablehlo.List(dims), v.Type.WithShape(shape), v)
	}
	eq := compareHLO(c, direction, false, dtype.Uint32, in[0], in[1])
	if direction == "EQ" {
		return lowerReduce(c, "stablehlo.and", c.Const(1, core.NewAval(dtype.Bool)), eq, []int{n}, out.HLO())
	}
	return lowerReduce(c, "stablehlo.or", c.Const(0, core.NewAval(dtype.Bool)), eq, []int{n}, out.HLO())
}

// comparison defines a comparison of two operands.
func comparison(op core.Op[none], direction string, total bool, accept dtypes, doc string) {
	binary(binaryRow{op: op, doc: doc, accept: accept, result: toBool})
	op.Rules().Lower = func(c core.LowerCtx, _ any, in []stablehlo.Value) []stablehlo.Value {
		out, d := c.Out()[0], c.In()[0].DType
		if d.IsKey() {
			return []stablehlo.Value{compareKeys(c, direction, in, out)}
		}
		in = broadcastOperands(c, in, out.Shape)
		return []stablehlo.Value{compareHLO(c, direction, total, d, in[0], in[1])}
	}
	export2(op)
}

// extremum defines max or min. cmp is the comparison that complex operands are chosen by.
func extremum(op core.Op[none], hlo, cmp, doc string) {
	binary(binaryRow{op: op, doc: doc, accept: anyType,
		dx: func(x, y, z, d Value) Value { return Mul(d, shareOf(x, z, y)) },
		dy: func(x, y, z, d Value) Value { return Mul(d, shareOf(y, z, x)) },
		lower: func(c core.LowerCtx, x, y stablehlo.Value, out *core.Aval) stablehlo.Value {
			if !out.DType.IsComplex() {
				return elementwise(c, hlo, out, x, y)
			}
			b, r := c.B(), out.DType.Real()
			t := x.Type.WithElem(r.HLO())
			part := func(op string, v stablehlo.Value) stablehlo.Value { return b.Pretty(op, "", t, v) }
			rx, ry := part("stablehlo.real", x), part("stablehlo.real", y)
			tie := compareHLO(c, "EQ", false, r, rx, ry)
			byReal := compareHLO(c, cmp, false, r, rx, ry)
			byImag := compareHLO(c, cmp, false, r, part("stablehlo.imag", x), part("stablehlo.imag", y))
			which := b.Op("stablehlo.select", "", nil, []stablehlo.Value{tie, byImag, byReal}, tie.Type)[0]
			return b.Op("stablehlo.select", "", nil, []stablehlo.Value{which, x, y}, out.HLO())[0]
		}})
	export2(op)
}

// shareOf is the part of the tangent of z = max(x, y) that comes from x: 1, or 1/2 where x and y are equal, or 0.
func shareOf(x, z, y Value) Value {
	return Div(Select(Eq(x, z), FullLike(z, 1), FullLike(z, 0)), Select(Eq(y, z), FullLike(z, 2), FullLike(z, 1)))
}

// caseShapes spells the shapes of all operands, scalars too.
func caseShapes(in []*core.Aval) string {
	s := make([]string, len(in))
	for i, a := range in {
		s[i] = core.ShapeString(a.Shape)
	}
	return strings.Join(s, ", ")
}

// Exported with arguments (x) or (x, y), but lax.clamp (min, x, max), lax.select_n (which, sequence of cases),
// lax.select (pred, on_true, on_false).
func init() {
	comparison(eqOp, "EQ", false, anyOrKey, "Elementwise x == y.")
	comparison(neOp, "NE", false, anyOrKey, "Elementwise x != y.")
	comparison(geOp, "GE", false, ordered, "Elementwise x >= y.")
	comparison(gtOp, "GT", false, ordered, "Elementwise x > y.")
	comparison(leOp, "LE", false, ordered, "Elementwise x <= y.")
	comparison(ltOp, "LT", false, ordered, "Elementwise x < y.")
	comparison(eqToOp, "EQ", true, anyType, "Elementwise x == y in the total order of floating-point numbers.")
	comparison(leToOp, "LE", true, ordered, "Elementwise x <= y in the total order of floating-point numbers.")
	comparison(ltToOp, "LT", true, ordered, "Elementwise x < y in the total order of floating-point numbers.")

	extremum(maxOp, "stablehlo.maximum", "GT", "Elementwise maximum.")
	extremum(minOp, "stablehlo.minimum", "LT", "Elementwise minimum.")

	unary(notOp, "stablehlo.not", "Elementwise complement.", intsBools, nil)
	export1As(notOp, "bitwise_not")
	unary(populationCountOp, "stablehlo.popcnt", "Elementwise number of set bits.", ints, nil)
	export1(populationCountOp)
	unary(clzOp, "stablehlo.count_leading_zeros", "Elementwise number of leading zero bits.", ints, nil)
	export1(clzOp)
	for _, r := range []struct {
		op     core.Op[none]
		hlo    string
		accept dtypes
		name   string
		doc    string
	}{
		{andOp, "stablehlo.and", intsBools, "bitwise_and", "Elementwise conjunction."},
		{orOp, "stablehlo.or", intsBools, "bitwise_or", "Elementwise disjunction."},
		{xorOp, "stablehlo.xor", intsBools, "bitwise_xor", "Elementwise exclusive disjunction."},
		{shiftLeftOp, "stablehlo.shift_left", ints, "shift_left", "Elementwise left shift."},
		{shiftRightArithmeticOp, "stablehlo.shift_right_arithmetic", ints, "shift_right_arithmetic", "Elementwise right shift that keeps the sign."},
		{shiftRightLogicalOp, "stablehlo.shift_right_logical", ints, "shift_right_logical", "Elementwise right shift that fills with zeros."},
	} {
		binary(binaryRow{op: r.op, hlo: r.hlo, doc: r.doc, accept: r.accept})
		export2As(r.op, r.name)
	}

	clampOp.Define(core.Rules[none]{
		Doc: "Elementwise restriction to an interval.",
		Abstract: func(_ none, in []*core.Aval) []*core.Aval {
			lo, x, hi := in[0], in[1], in[2]
			for i, bound := range []*core.Aval{lo, hi} {
				if name := [2]string{"min", "max"}[i]; len(bound.Shape) > 0 && !sameShape(bound.Shape, x.Shape) {
					core.Errorf(core.TypeError, "clamp requires %s.shape == operand.shape or %s.shape == (), got %s.shape=%s, operand.shape=%s.", name, name, name, core.ShapeString(bound.Shape), core.ShapeString(x.Shape))
				}
			}
			anyType.check("clamp", in)
			sameDTypes("clamp", in)
			return []*core.Aval{core.MakeAval(x.DType, x.Shape, lo.Weak && x.Weak && hi.Weak)}
		},
		JVP: func(_ core.JVPCtx, p none, in, t []Value) ([]Value, []Value) {
			y := clampOp.Bind1(p, in...)
			lo, x, hi := in[0], in[1], in[2]
			passes := [3]func() Value{
				func() Value { return And(Gt(lo, x), Lt(lo, hi)) },
				func() Value { return And(Gt(x, lo), Lt(x, hi)) },
				func() Value { return Lt(hi, x) },
			}
			var dy Value
			for i, d := range t {
				if d == nil {
					continue
				}
				d = Select(passes[i](), broadcastTangent(d, y.Aval()), FullLike(x, 0))
				if dy == nil {
					dy = d
				} else {
					dy = AddAny(dy, d)
				}
			}
			return []Value{y}, []Value{dy}
		},
		Batch: func(c core.BatchCtx, p none, in []Value, dims []int) ([]Value, []int) {
			d := dims[1]
			simple := d != core.Unmapped // bounds are mapped as x is and have its shape, or are scalars and not mapped
			for _, i := range []int{0, 2} {
				n := in[i].Aval().Ndim()
				simple = simple && (dims[i] == d && n == in[1].Aval().Ndim() || dims[i] == core.Unmapped && n == 0)
			}
			if simple {
				return clampOp.Bind(p, in...), []int{d}
			}
			x := batchOne(in[1], d, c.Size())
			shape := x.Aval().Shape
			bound := func(i int) Value {
				v := in[i]
				switch n := v.Aval().Ndim(); {
				case dims[i] == core.Unmapped && n == 0:
					return Broadcast(v, shape)
				case n == 1 && dims[i] != core.Unmapped: // a mapped scalar
					return BroadcastInDim(v, shape, []int{0})
				}
				return batchOne(v, dims[i], c.Size())
			}
			return clampOp.Bind(p, bound(0), x, bound(2)), []int{0}
		},
		Lower: func(c core.LowerCtx, _ none, in []stablehlo.Value) []stablehlo.Value {
			out := c.Out()[0]
			return []stablehlo.Value{elementwise(c, "stablehlo.clamp", out, broadcastOperands(c, in, out.Shape)...)}
		},
		Samples: []core.Sample[none]{
			{In: []*core.Aval{core.NewAval(dtype.Float32), core.NewAval(dtype.Float32, 2, 3), core.NewAval(dtype.Float32)}},
			{In: []*core.Aval{core.NewAval(dtype.Float32, 2, 3), core.NewAval(dtype.Float32, 2, 3), core.NewAval(dtype.Float32, 2, 3)}},
		},
	})
	core.Export1("lax.clamp", "xxx", func(a *core.Args) Value { return Clamp(a.X(0), a.X(1), a.X(2)) })

	selectOp.Define(core.Rules[none]{
		Doc: "Elementwise choice among arrays.",
		Abstract: func(_ none, in []*core.Aval) []*core.Aval {
			which, cases := in[0], in[1:]
			if len(cases) == 0 {
				core.Errorf(core.TypeError, "select must have at least one case")
			}
			weak := true
			for _, a := range cases {
				if !sameShape(a.Shape, cases[0].Shape) {
					core.Errorf(core.TypeError, "select cases must have the same shapes, got [%s].", caseShapes(cases))
				}
				weak = weak && a.Weak
			}
			if len(which.Shape) > 0 && !sameShape(which.Shape, cases[0].Shape) {
				core.Errorf(core.TypeError, "select `which` must be scalar or have the same shape as cases, got `which` shape %s but case shape %s.", core.ShapeString(which.Shape), core.ShapeString(cases[0].Shape))
			}
			sameDTypes("select", cases)
			if !which.DType.IsBool() && !which.DType.IsInteger() {
				core.Errorf(core.TypeError, "select `which` must be boolean or integer type, got %s.", which.DType.Name())
			}
			if which.DType.IsBool() && len(cases) > 2 {
				core.Errorf(core.TypeError, "select with boolean `which` cannot have > 2 cases.")
			}
			return []*core.Aval{core.MakeAval(cases[0].DType, cases[0].Shape, weak)}
		},
		JVP: func(_ core.JVPCtx, p none, x, t []Value) ([]Value, []Value) {
			var zero Value
			ts := []Value{x[0]}
			for _, d := range t[1:] {
				if d != nil && zero == nil {
					zero = d
				}
			}
			for _, d := range t[1:] {
				if d == nil {
					d = FullLike(zero, 0)
				}
				ts = append(ts, d)
			}
			return selectOp.Bind(p, x...), selectOp.Bind(p, ts...)
		},
		Transpose: func(_ core.TransposeCtx, p none, ct, in []Value) []Value {
			out := make([]Value, len(in))
			which, zero := in[0], FullLike(ct[0], 0)
			for i := range in[1:] {
				switch {
				case !core.IsUndef(in[i+1]):
				case !which.Aval().DType.IsBool():
					out[i+1] = Select(Eq(which, konst(which, float64(i))), ct[0], zero)
				case i == 0:
					out[i+1] = Select(which, zero, ct[0])
				default:
					out[i+1] = Select(which, ct[0], zero)
				}
			}
			return out
		},
		Batch: batchSelect,
		Lower: func(c core.LowerCtx, _ none, in []stablehlo.Value) []stablehlo.Value {
			which, out := in[0], c.Out()[0].HLO()
			if len(in) == 2 {
				return in[1:]
			}
			b := c.B()
			if c.Out()[0].DType.IsKey() { // one choice for all words of a key
				dims := iota(len(which.Type.Shape))
				which = b.Pretty("stablehlo.broadcast_in_dim", ", dims = "+stablehlo.List(dims), which.Type.WithShape(out.Shape), which)
			}
			if which.Type.Elem == "i1" { // select takes on_true first
				return b.Op("stablehlo.select", "", nil, []stablehlo.Value{which, in[2], in[1]}, out)
			}
			return []stablehlo.Value{selectTree(c, which, in[1:], 0, out)}
		},
		Samples: []core.Sample[none]{
			{In: []*core.Aval{core.NewAval(dtype.Bool, 2, 3), core.NewAval(dtype.Float32, 2, 3), core.NewAval(dtype.Float32, 2, 3)}},
			{In: []*core.Aval{core.NewAval(dtype.Bool), core.NewAval(dtype.Float32, 2, 3), core.NewAval(dtype.Float32, 2, 3)}},
			{In: []*core.Aval{core.NewAval(dtype.Int32, 2, 3), core.NewAval(dtype.Float32, 2, 3), core.NewAval(dtype.Float32, 2, 3), core.NewAval(dtype.Float32, 2, 3)}},
		},
	})
	core.Export1("lax.select_n", "xX", func(a *core.Args) Value {
		cases := a.Xs(1)
		if len(cases) == 0 {
			core.Errorf(core.ValueError, "select_n() must have at least one case")
		}
		return SelectN(a.X(0), cases...)
	})
	core.Export1("lax.select", "xxx", func(a *core.Args) Value { return Select(a.X(0), a.X(1), a.X(2)) })
}

// batchSelect avoids transposes and broadcasts where all cases are mapped alike.
func batchSelect(c core.BatchCtx, p none, in []Value, dims []int) ([]Value, []int) {
	d, alike := dims[1], true
	for i, v := range in[1:] {
		alike = alike && dims[i+1] == d && v.Aval().Ndim() == in[1].Aval().Ndim()
	}
	which := in[0]
	if alike && d != core.Unmapped {
		switch {
		case dims[0] == d && which.Aval().Ndim() == in[1].Aval().Ndim(), dims[0] == core.Unmapped && which.Aval().Ndim() == 0:
			return selectOp.Bind(p, in...), []int{d}
		case dims[0] == d && which.Aval().Ndim() == 1: // a mapped scalar
			in = slices.Clone(in)
			in[0] = BroadcastInDim(which, in[1].Aval().Shape, []int{d})
			return selectOp.Bind(p, in...), []int{d}
		}
	}
	if which.Aval().Ndim() == 0 && dims[0] == core.Unmapped {
		return selectOp.Bind(p, append([]Value{which}, BatchToFront(c.Size(), in[1:], dims[1:])...)...), []int{0}
	}
	in = BatchToFront(c.Size(), in, dims)
	if s := in[1].Aval().Shape; in[0].Aval().Ndim() < len(s) {
		in[0] = BroadcastInDim(in[0], s, []int{0})
	}
	return selectOp.Bind(p, in...), []int{0}
}

// selectTree chooses among cases by bisection.
func selectTree(c core.LowerCtx, which stablehlo.Value, cases []stablehlo.Value, offset int, out *stablehlo.Type) stablehlo.Value {
	if len(cases) == 1 {
		return cases[0]
	}
	mid := len(cases) / 2
	d := c.In()[0].DType
	lt := compareHLO(c, "LT", false, d, which, c.B().Constant(itoa(offset+mid), which.Type))
	return c.B().Op("stablehlo.select", "", nil, []stablehlo.Value{lt,
		selectTree(c, which, cases[:mid], offset, out), selectTree(c, which, cases[mid:], offset+mid, out)}, out)[0]
}
