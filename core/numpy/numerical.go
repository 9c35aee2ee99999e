package numpy

import (
	"slices"

	"github.com/jaxgo/jaxgo/core"
	"github.com/jaxgo/jaxgo/core/dtype"
	"github.com/jaxgo/jaxgo/core/lax"
)

// Differences, interpolation, convolution and polynomials.

// Diff is the n-th difference along an axis.
func Diff(x Value, n, axis int) Value {
	return Call("diff", reductionKey(n, axis), func(in []Value) []Value { return []Value{diff(in[0], n, axis, nil, nil)} }, x)[0]
}

func diff(x Value, n, axis int, prepend, append_ Value) Value {
	switch {
	case n == 0:
		return x
	case n < 0:
		core.Errorf(core.ValueError, "order must be non-negative but got %d", n)
	case x.Aval().Ndim() == 0:
		core.Errorf(core.ValueError, "diff requires input that is at least one dimensional; got %s", traceName(x))
	}
	axis = normAxis(axis, x.Aval().Ndim())
	one := slices.Clone(x.Aval().Shape)
	one[axis] = 1
	var parts []Value
	for _, v := range []Value{prepend, x, append_} {
		if v == nil {
			continue
		}
		if v.Aval().Ndim() == 0 {
			v = BroadcastTo(v, one)
		}
		parts = append(parts, v)
	}
	if len(parts) > 1 {
		x = concat(axis, parts...)
	}
	op := Subtract
	if x.Aval().DType.IsBool() {
		op = NotEqual
	}
	for range n {
		x = op(part(x, axis, 1, toEndOf), part(x, axis, 0, -1))
	}
	return x
}

// ediff1d are the differences of neighbours among all elements, between begin and end, which may be nil.
func ediff1d(x, end, begin Value) Value {
	x = flat(x)
	y := lax.Sub(part(x, 0, 1, toEndOf), part(x, 0, 0, -1))
	if begin != nil {
		y = concat(0, flat(AsType(begin, x.Aval().DType)), y)
	}
	if end != nil {
		y = concat(0, y, flat(AsType(end, x.Aval().DType)))
	}
	return y
}

// gradient gives central differences along each of the axes, one-sided at the ends. There are no spacings, one for all
// axes, or one for each: a distance, or the coordinates.
func gradient(x Value, spacings []Value, axis []int) []Value {
	all := PromoteDTypesInexact(append([]Value{x}, spacings...)...)
	x, spacings = all[0], all[1:]
	n := x.Aval().Ndim()
	axes := upTo(n)
	if axis != nil {
		axes = normAxes(axis, n)
	}
	for _, a := range axes {
		if x.Aval().Shape[a] < 2 {
			core.Errorf(core.ValueError, "Shape of array too small to calculate a numerical gradient, at least 2 elements are required.")
		}
	}
	var out []Value
	for i, a := range axes {
		var h Value
		switch len(spacings) {
		case 0:
			h = number(1)
		case 1:
			h = spacings[0]
		case len(axes):
			h = spacings[i]
		default:
			text := "None"
			if axis != nil {
				text = core.ShapeString(axis)
			}
			core.Errorf(core.TypeError, "Invalid number of spacing arguments %d for axis=%s", len(spacings), text)
		}
		out = append(out, gradientAlong(x, h, a))
	}
	return out
}

func gradientAlong(x, h Value, axis int) Value {
	at := func(lo, hi int) Value { return partInDim(x, axis, lo, hi) }
	first := Subtract(at(1, 2), at(0, 1))
	last := Subtract(at(-1, toEndOf), at(-2, -1))
	var inner Value
	switch h.Aval().Ndim() {
	case 0:
		inner = TrueDivide(Multiply(Subtract(at(2, toEndOf), at(0, -2)), number(0.5)), h)
		last, first = TrueDivide(last, h), TrueDivide(first, h)
	case 1:
		n := h.Aval().Shape[0]
		if n != x.Aval().Shape[axis] {
			core.Errorf(core.ValueError, "Spacing arrays must have the same length as the dimension along which the gradient is calculated.")
		}
		shape := repeated(1, x.Aval().Ndim())
		shape[axis] = n
		h = lax.Reshape(h, shape)
		ht := func(lo, hi int) Value { return partInDim(h, axis, lo, hi) }
		first = TrueDivide(first, Subtract(ht(1, 2), ht(0, 1)))
		last = TrueDivide(last, Subtract(ht(-1, toEndOf), ht(-2, -1)))
		d1, d2 := Subtract(ht(1, -1), ht(0, -2)), Subtract(ht(2, toEndOf), ht(1, -1))
		a := TrueDivide(Negative(d2), Multiply(d1, Add(d1, d2)))
		b := TrueDivide(Subtract(d2, d1), Multiply(d1, d2))
		c := TrueDivide(d1, Multiply(d2, Add(d1, d2)))
		inner = Add(Add(Multiply(a, at(0, -2)), Multiply(b, at(1, -1))), Multiply(c, at(2, toEndOf)))
	default:
		core.Errorf(core.ValueError, "Spacing arrays must be 1D arrays or scalars.")
	}
	return concat(axis, first, inner, last)
}

// An interpolation holds the optional arguments of interp.
type interpolation struct {
	left, right, period               Value // may be nil
	extrapolateLeft, extrapolateRight bool
}

// interp interpolates linearly between the points (xs, fs), with xs increasing.
func (p interpolation) at(x, xs, fs Value) Value {
	if !sameShape(xs.Aval().Shape, fs.Aval().Shape) || xs.Aval().Ndim() != 1 {
		core.Errorf(core.ValueError, "xp and fp must be one-dimensional arrays of equal size")
	}
	both := PromoteDTypesInexact(x, xs)
	x, xs = both[0], both[1]
	fs = PromoteDTypesInexact(fs)[0]
	if x.Aval().DType.IsComplex() {
		core.Errorf(core.ValueError, "jnp.interp: complex x values not supported.")
	}
	if period := p.period; period != nil {
		if period.Aval().Ndim() != 0 {
			core.Errorf(core.ValueError, "period must be a scalar; got %s", period.Aval().Name())
		}
		period = Absolute(period)
		x, xs = Remainder(x, period), Remainder(xs, period)
		s := lax.Sort([]Value{xs, fs}, 0, true, 1)
		xs, fs = s[0], s[1]
		xs = concat(0, Subtract(part(xs, 0, -1, toEndOf), period), xs, Add(part(xs, 0, 0, 1), period))
		fs = concat(0, part(fs, 0, -1, toEndOf), fs, part(fs, 0, 0, 1))
	}
	n := xs.Aval().Shape[0]
	i := Clip(Searchsorted(xs, x, "right", "scan"), integer(1), integer(n-1))
	before := func(v Value) Value { return takeAlong(v, Subtract(i, integer(1)), 0) }
	df := Subtract(takeAlong(fs, i, 0), before(fs))
	dx := Subtract(takeAlong(xs, i, 0), before(xs))
	delta := Subtract(x, before(xs))
	// Points that coincide: dividing by their distance would give NaN, in gradients too.
	same := lax.Le(lax.Abs(dx), literal(dx.Aval().DType, epsilonSpacing(xs.Aval().DType)))
	f := Where(same, before(fs), Add(before(fs), Multiply(TrueDivide(delta, Where(same, integer(1), dx)), df)))
	if !p.extrapolateLeft {
		left := p.left
		if left == nil {
			left = pick(fs, 0, 0)
		}
		if p.period == nil {
			f = Where(Less(x, pick(xs, 0, 0)), left, f)
		}
	}
	if !p.extrapolateRight {
		right := p.right
		if right == nil {
			right = pick(fs, 0, -1)
		}
		if p.period == nil {
			f = Where(Greater(x, pick(xs, 0, -1)), right, f)
		}
	}
	return f
}

// epsilonSpacing is the distance from the machine epsilon to the next number: np.spacing(np.finfo(d).eps).
func epsilonSpacing(d DType) float64 {
	l := dtype.Limits(d)
	return l.Eps * l.Eps
}

// A convolution is convolve or correlate, in JAX's _conv.
type convolution struct {
	op, mode string
	p        Product
}

func (c convolution) call(x, y Value) Value {
	return Call("_conv", c.op+";"+c.mode+";"+c.p.Precision+string(byte(c.p.Preferred)), func(in []Value) []Value {
		return []Value{c.apply(in[0], in[1])}
	}, x, y)[0]
}

func (c convolution) apply(x, y Value) Value {
	if x.Aval().Ndim() != 1 || y.Aval().Ndim() != 1 {
		core.Errorf(core.ValueError, "%s() only support 1-dimensional inputs.", c.op)
	}
	promote := PromoteDTypes
	if c.p.Preferred == dtype.Invalid {
		promote = PromoteDTypesInexact
	}
	both := promote(x, y)
	x, y = both[0], both[1]
	if x.Aval().Size() == 0 || y.Aval().Size() == 0 {
		core.Errorf(core.ValueError, "%s: inputs cannot be empty, got shapes %s and %s.", c.op, core.ShapeString(x.Aval().Shape), core.ShapeString(y.Aval().Shape))
	}
	backwards := false
	correlate := c.op == "correlate"
	if correlate {
		y = Conjugate(y)
	}
	if x.Aval().Size() < y.Aval().Size() {
		x, y, backwards = y, x, correlate
	}
	if !correlate {
		y = Flip(y, nil)
	}
	n := y.Aval().Size()
	var pad [2]int
	switch c.mode {
	case "valid":
	case "same":
		pad = [2]int{n / 2, n - n/2 - 1}
	case "full":
		pad = [2]int{n - 1, n - 1}
	default:
		core.Errorf(core.ValueError, "mode must be one of ['full', 'same', 'valid']")
	}
	spec := upTo(3)
	z := lax.ConvGeneralDilated(lax.ExpandDims(x, 0, 1), lax.ExpandDims(y, 0, 1), lax.ConvParams{
		DimensionNumbers: lax.ConvDims{LhsSpec: spec, RhsSpec: spec, OutSpec: spec}, Padding: [][2]int{pad},
		Precision: lax.CanonicalPrecision(c.p.Precision), PreferredElementType: c.p.Preferred})
	if backwards {
		z = lax.Rev(z, []int{2})
	}
	return lax.Squeeze(z, []int{0, 1})
}

// unwrap takes jumps larger than discont, half a period for nil, out of x by multiples of the period.
func unwrap(x, discont, period Value, axis int) Value {
	x, period = promoteDTypes2(x, period)
	if x.Aval().DType.IsComplex() {
		core.Errorf(core.ValueError, "jnp.unwrap does not support complex inputs.")
	}
	if sizeAt(x, axis) == 0 {
		return x
	}
	if discont == nil {
		discont = TrueDivide(period, integer(2))
	}
	half := TrueDivide
	if x.Aval().DType.IsInteger() {
		half = FloorDivide
	}
	interval := half(period, integer(2))
	d := Diff(x, 1, axis)
	mod := Subtract(Remainder(Add(d, interval), period), interval)
	mod = Where(BitwiseAnd(Equal(mod, Negative(interval)), Greater(d, integer(0))), interval, mod)
	correct := Where(Less(Absolute(d), discont), integer(0), Subtract(mod, d))
	return concat(axis, partInDim(x, axis, 0, 1), Add(partInDim(x, axis, 1, toEndOf), Cumsum(correct, Cumulative{Axis: axis})))
}

// trapezoid integrates y along an axis; x are the places, which may be nil for places dx apart.
func trapezoid(y, x, dx Value, axis int) Value {
	last := func(v Value) Value { return MoveAxis(v, []int{axis}, []int{-1}) }
	if x == nil {
		y = PromoteDTypesInexact(y)[0]
		if dx.Aval().Ndim() > 0 {
			dx = last(expandDims(dx, upTo(max(y.Aval().Ndim()-dx.Aval().Ndim(), 0))))
		}
	} else {
		both := PromoteDTypesInexact(y, x)
		y, x = both[0], both[1]
		if x.Aval().Ndim() == 1 {
			dx = Diff(x, 1, -1)
		} else {
			dx = last(Diff(x, 1, axis))
		}
	}
	y = last(y)
	sum := func(v Value) Value { return Sum(v, Reduction{Axis: []int{-1}}) }
	if n := dx.Aval().Ndim(); n == 0 || dx.Aval().Shape[n-1] == 1 {
		if n > 0 {
			dx = pick(dx, -1, 0)
		}
		all := sum(y)
		ends := Add(pick(y, -1, 0), pick(y, -1, -1))
		return Multiply(dx, Subtract(all, Multiply(number(0.5), ends)))
	}
	pairs := Add(part(y, -1, 1, toEndOf), part(y, -1, 0, -1))
	return Multiply(number(0.5), sum(Multiply(dx, pairs)))
}

// vander is the matrix of the first n powers of x, highest first.
func vander(x Value, n int, increasing bool) Value {
	if x.Aval().Ndim() != 1 {
		core.Errorf(core.ValueError, "x must be a one-dimensional array")
	}
	if n < 0 {
		core.Errorf(core.ValueError, "N must be nonnegative")
	}
	i := lax.Iota(x.Aval().DType, n)
	if !increasing {
		i = lax.Sub(constLike(i, float64(n-1)), i)
	}
	return Power(lax.ExpandDims(x, 1), lax.ExpandDims(i, 0))
}

// polyval is the value at x of the polynomial with coefficients p, highest first.
func polyval(p, x Value, unroll int) Value {
	p, x = promoteDTypes2(p, x)
	if p.Aval().Ndim() == 0 {
		core.Errorf(core.ValueError, "scan got `length` argument of None but scanned values have no leading axis")
	}
	shape := BroadcastShapes(p.Aval().Shape[1:], x.Aval().Shape)
	y := FullLike(x, integer(0), x.Aval().DType, shape)
	carry, _ := lax.Scan(func(carry, p []Value) ([]Value, []Value) {
		return []Value{Add(Multiply(carry[0], x), p[0])}, nil
	}, []Value{y}, []Value{p}, p.Aval().Shape[0], false, unroll)
	return carry[0]
}

func init() {
	// a, n, axis, prepend, append
	core.Export1("jnp.diff", "xssoo", func(a *core.Args) Value {
		return diff(a.X(0), a.IntOr(1, 1), a.IntOr(2, -1), a.Opt(3), a.Opt(4))
	}).Jit("diff")
	// ary, to_end, to_begin
	core.Export1("jnp.ediff1d", "xoo", func(a *core.Args) Value { return ediff1d(a.X(0), a.Opt(1), a.Opt(2)) }).Jit("ediff1d")
	// f, varargs, axis: a list where there are several axes
	core.Export("jnp.gradient", "xXs", func(a *core.Args) []Value { return gradient(a.X(0), a.Xs(1), a.Ints(2)) }).Jit("gradient")
	// x, xp, fp, left, right, period, extrapolate left, extrapolate right
	core.Export1("jnp.interp", "xxxoooss", func(a *core.Args) Value {
		p := interpolation{a.Opt(3), a.Opt(4), a.Opt(5), a.Bool(6), a.Bool(7)}
		return p.at(a.X(0), a.X(1), a.X(2))
	}).Jit("_interp")
	// a, v, mode, precision, preferred_element_type
	for _, op := range []string{"convolve", "correlate"} {
		core.Export1("jnp."+op, "xxsss", func(a *core.Args) Value {
			return convolution{op, a.Str(2), productArgs(a, 3)}.call(a.X(0), a.X(1))
		}).Jit(op)
	}
	// p, discont, axis, period
	core.Export1("jnp.unwrap", "xosx", func(a *core.Args) Value {
		return unwrap(a.X(0), a.Opt(1), a.X(3), a.IntOr(2, -1))
	}).Jit("unwrap")
	// y, x, dx, axis
	core.Export1("jnp.trapezoid", "xoxs", func(a *core.Args) Value {
		return trapezoid(a.X(0), a.Opt(1), a.X(2), a.IntOr(3, -1))
	}).Jit("trapezoid")
	// x, N, increasing
	core.Export1("jnp.vander", "xss", func(a *core.Args) Value {
		x := a.X(0)
		return vander(x, a.IntOr(1, x.Aval().Size()), a.Bool(2))
	}).Jit("vander")
	// p, x, unroll
	core.Export1("jnp.polyval", "xxs", func(a *core.Args) Value { return polyval(a.X(0), a.X(1), a.IntOr(2, 16)) }).Jit("polyval")
}
