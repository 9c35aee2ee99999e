package numpy

import (
	"math"

	"github.com/jaxgo/jaxgo/core"
	"github.com/jaxgo/jaxgo/core/dtype"
	"github.com/jaxgo/jaxgo/core/lax"
)

// Constants that are made where operations run at once are written on the host, so that making them compiles nothing.

// eager reports whether constants are to be written on the host.
func eager() bool { return core.IsEvaluating() && core.HostConstant != nil }

// fill is an array filled with a scalar.
func fill(shape []int, v Value) Value {
	l, ok := v.(*core.Literal)
	if ok && eager() {
		core.GuardTransfer(v.Aval())
		return core.HostConstant(v.Aval().WithShape(shape), func(b []byte) { repeatBytes(b, l.Bytes()) })
	}
	if len(shape) == 0 {
		return v
	}
	return lax.Broadcast(v, shape)
}

// repeatBytes fills b with copies of an element, doubling what is there.
func repeatBytes(b, element []byte) {
	for n := copy(b, element); n > 0 && n < len(b); n *= 2 {
		copy(b[n:], b[:n])
	}
}

// Full is an array filled with v, which may be an array that broadcasts to shape; d Invalid: of v's dtype.
func Full(shape []int, v Value, d DType) Value {
	if d.IsKey() {
		return fullKey(shape, v, d)
	}
	if d != dtype.Invalid {
		v = Convert(v, d, false)
	}
	if v.Aval().Ndim() > 0 {
		return BroadcastTo(v, shape)
	}
	checkShape(shape)
	return fill(shape, v)
}

// fullKey fills with a key, or with keys whose every word is the number v.
func fullKey(shape []int, v Value, d DType) Value {
	if v.Aval().DType == d {
		return BroadcastTo(v, shape)
	}
	words := append(append([]int{}, shape...), d.KeyShape()...)
	return lax.RandomWrap(Full(words, Convert(v, dtype.Uint32, false), dtype.Invalid), d)
}

func checkShape(shape []int) {
	for _, n := range shape {
		if n < 0 {
			core.Errorf(core.TypeError, "broadcast_in_dim shape must have every element be nonnegative, got %s.", core.ShapeString(shape))
		}
	}
}

// Zeros is an array of zeros.
func Zeros(shape []int, d DType) Value { return Full(shape, integer(0), d) }

// Ones is an array of ones.
func Ones(shape []int, d DType) Value { return Full(shape, integer(1), d) }

// FullLike is Full of x's shape and dtype, where shape is nil and d Invalid; a weak type stays with the dtype.
func FullLike(x, v Value, d DType, shape []int) Value {
	a := x.Aval()
	weak := d == dtype.Invalid && a.Weak
	if d == dtype.Invalid {
		d = a.DType
	}
	if shape == nil {
		shape = a.Shape
	}
	if d.IsKey() {
		return fullKey(shape, v, d)
	}
	if v.Aval().Ndim() > 0 {
		return BroadcastTo(Convert(v, d, false), shape)
	}
	checkShape(shape)
	return fill(shape, Convert(v, d, weak))
}

// ZerosLike is an array of zeros of x's aval.
func ZerosLike(x Value) Value { return FullLike(x, integer(0), dtype.Invalid, nil) }

// OnesLike is an array of ones of x's aval.
func OnesLike(x Value) Value { return FullLike(x, integer(1), dtype.Invalid, nil) }

// hostRange is start + step·i for i below n, with the roundings of a multiplication and an addition in d.
func hostRange(d DType, n int, start, step core.Arg) Value {
	return core.HostConstant(core.NewAval(d, n), func(b []byte) {
		size := d.Size()
		switch {
		case d.IsInteger() || d.IsBool():
			i0, di := asInt(start), asInt(step)
			for i := range n {
				dtype.PutInt(d, b[i*size:], i0+di*int64(i))
			}
		case d == dtype.Float64:
			x0, dx := asFloat(start), asFloat(step)
			for i := range n {
				dtype.PutScalar(d, b[i*size:], x0+float64(dx*float64(i)), 0)
			}
		default:
			x0, dx := float32(asFloat(start)), float32(asFloat(step))
			for i := range n {
				dtype.PutScalar(d, b[i*size:], float64(x0+float32(dx*float32(i))), 0)
			}
		}
	})
}

func asFloat(a core.Arg) float64 {
	if a.Kind == core.ArgFloat || a.Kind == core.ArgComplex {
		return real(a.F)
	}
	return float64(a.I)
}

// asInt truncates and saturates, as XLA converts.
func asInt(a core.Arg) int64 {
	if a.Kind != core.ArgFloat {
		return a.I
	}
	b := make([]byte, 8)
	dtype.PutScalar(dtype.Int64, b, real(a.F), 0)
	_, _, i, _ := dtype.Scalar(dtype.Int64, b)
	return i
}

// Arange is start, start+1, … below stop, as integers of dtype d.
func Arange(start, stop int, d DType) Value {
	return arange(core.Arg{Kind: core.ArgInt, I: int64(start)}, core.Arg{Kind: core.ArgInt, I: int64(stop)}, core.Arg{}, d)
}

// arange is jnp.arange; all but start may be None.
func arange(start, stop, step core.Arg, d DType) Value {
	startName := "start"
	if stop.Kind == core.ArgNone && step.Kind == core.ArgNone {
		startName = "stop"
	}
	var ts []Value
	for i, g := range []core.Arg{start, stop, step} {
		if g.Kind == core.ArgNone && i > 0 {
			continue
		}
		v := g.Operand()
		if v == nil {
			core.Errorf(core.TypeError, "arange requires ndarray, scalar, or None arguments, got %s at position %d.", g.Describe(), i)
		}
		if _, ok := v.(core.Tracer); ok {
			if i > 0 {
				startName = []string{"", "stop", "step"}[i]
			}
			core.Errorf(core.ConcretizationTypeError, "Abstract tracer value encountered where concrete value is expected: traced array with shape %s\nIt arose in the jnp.arange argument '%s'", v.Aval().Name(), startName)
		}
		if v.Aval().Ndim() > 0 {
			core.Errorf(core.ValueError, "jax.numpy.arange: arguments must be scalars; got %s=%s", []string{startName, "stop", "step"}[i], v.Aval().Name())
		}
		if v.Aval().DType.IsComplex() {
			core.Errorf(core.ValueError, "Passing complex start/stop/step to jnp.arange is no longer supported starting in JAX v0.10.0.")
		}
		ts = append(ts, v)
	}
	if d == dtype.Invalid {
		d = ResultType(ts...)
	}
	zero, one := core.Arg{Kind: core.ArgInt}, core.Arg{Kind: core.ArgInt, I: 1}
	if stop.Kind == core.ArgNone {
		start, stop = zero, start
	}
	if step.Kind != core.ArgNone {
		n := stepCount(difference(stop, start), step)
		working := d
		if d.IsFloating() && d.Bits() < 32 {
			working = dtype.Float32
		}
		if eager() {
			return Convert(hostRange(d, n, start, step), d, false)
		}
		i := lax.BroadcastedIota(working, []int{n}, 0)
		return Convert(lax.Add(Convert(start.Operand(), working, false), lax.Mul(Convert(step.Operand(), working, false), i)), d, false)
	}
	n := max(0, int(math.Ceil(asFloat(difference(stop, start)))))
	if eager() {
		return hostRange(d, n, start, one)
	}
	i := lax.BroadcastedIota(d, []int{n}, 0)
	if asFloat(start) == 0 {
		return i
	}
	return lax.Add(Convert(start.Operand(), d, false), i)
}

// difference is p - q as Python computes it.
func difference(p, q core.Arg) core.Arg {
	if p.Kind == core.ArgFloat || q.Kind == core.ArgFloat {
		d := asFloat(p) - asFloat(q)
		if narrow := func(d DType) bool { return d == dtype.Invalid || d == dtype.Float32 }; narrow(p.D) && narrow(q.D) && p.D != q.D || p.D == dtype.Float32 && q.D == p.D {
			d = float64(float32(asFloat(p)) - float32(asFloat(q)))
		}
		return core.Arg{Kind: core.ArgFloat, F: complex(d, 0)}
	}
	return core.Arg{Kind: core.ArgInt, I: p.I - q.I}
}

func stepCount(span, step core.Arg) int {
	if asFloat(step) == 0 {
		if span.Kind == core.ArgFloat || step.Kind == core.ArgFloat {
			core.Errorf(core.ZeroDivisionError, "float division by zero")
		}
		core.Errorf(core.ZeroDivisionError, "division by zero")
	}
	return max(0, int(math.Ceil(asFloat(span)/asFloat(step))))
}

// Eye is an array with ones on diagonal k; k may be traced.
func Eye(n, m int, k Value, d DType) Value {
	if a := k.Aval(); a.Ndim() != 0 || !a.DType.IsInteger() {
		core.Errorf(core.ValueError, "k must be a scalar integer; got %s", a.Name())
	}
	if n < 0 || m < 0 {
		core.Errorf(core.ValueError, "negative dimensions are not allowed, got %d and %d", n, m)
	}
	if l, ok := k.(*core.Literal); ok && eager() {
		return hostMatrix(n, m, d, func(i, j int64) bool { return i+l.I == j })
	}
	i, j := lax.BroadcastedIota(k.Aval().DType, []int{n, m}, 0), lax.BroadcastedIota(k.Aval().DType, []int{n, m}, 1)
	return AsType(Equal(Add(i, k), j), d)
}

// hostMatrix is one where f holds and zero elsewhere.
func hostMatrix(n, m int, d DType, f func(i, j int64) bool) Value {
	core.GuardTransfer(core.NewAval(dtype.Int32))
	return core.HostConstant(core.NewAval(d, n, m), func(b []byte) {
		size := d.Size()
		for i := range n {
			for j := range m {
				p := b[(i*m+j)*size:]
				if f(int64(i), int64(j)) {
					dtype.PutInt(d, p, 1)
				} else {
					clear(p[:size])
				}
			}
		}
	})
}

// Tri is an array with ones at and below diagonal k.
func Tri(n, m, k int, d DType) Value {
	if eager() {
		return hostMatrix(n, m, d, func(i, j int64) bool { return i+int64(k) >= j })
	}
	i := Add(lax.BroadcastedIota(dtype.Int32, []int{n, m}, 0), core.NewIntLiteral(dtype.Int32, int64(k), false))
	return Convert(lax.Ge(i, lax.BroadcastedIota(dtype.Int32, []int{n, m}, 1)), d, false)
}

// triangle is the mask of tril and triu over the last two axes of x.
func triangle(name string, x Value, k int) Value {
	s := x.Aval().Shape
	if len(s) < 2 {
		core.Errorf(core.ValueError, "Argument to jax.numpy.%s must be at least 2D", name)
	}
	lead := len(s) - 2
	mask := Tri(s[lead], s[lead+1], k, dtype.Bool)
	if lead == 0 {
		return mask
	}
	return lax.Broadcast(mask, s[:lead])
}

func tril(x Value, k int) Value { return lax.Select(triangle("tril", x, k), x, ZerosLike(x)) }

func triu(x Value, k int) Value { return lax.Select(triangle("triu", x, k-1), ZerosLike(x), x) }

// Tril keeps what lies at and below diagonal k.
func Tril(x Value, k int) Value { return diagonalCall("tril", k, tril, x) }

// Triu keeps what lies at and above diagonal k.
func Triu(x Value, k int) Value { return diagonalCall("triu", k, triu, x) }

func diagonalCall(name string, k int, f func(Value, int) Value, x Value) Value {
	return Call(name, string(core.NewIntLiteral(dtype.Int32, int64(k), false).Bytes()), func(in []Value) []Value {
		return []Value{f(in[0], k)}
	}, x)[0]
}

// diag makes a matrix of a vector's elements, or a vector of a matrix's diagonal.
func diag(x Value, k int) Value {
	switch s := x.Aval().Shape; len(s) {
	case 1:
		zero := scalarZero(x)
		n := s[0] + max(k, -k)
		x = lax.Pad(x, zero, []lax.PadConfig{{max(0, -k), max(0, k), 0}})
		return Where(Eye(n, n, integer(k), dtype.Bool), lax.ExpandDims(x, 1), zero)
	case 2:
		return Diagonal(x, k, 0, 1)
	}
	core.Errorf(core.ValueError, "diag input must be 1d or 2d")
	return nil
}

// scalarZero is a zero of x's dtype and weak type.
func scalarZero(x Value) Value { return core.NewLiteral(x.Aval().DType, 0, x.Aval().Weak) }

// Diagonal is the diagonal of the matrices over two axes.
func Diagonal(x Value, offset, axis1, axis2 int) Value {
	key := reductionKey(offset, axis1, axis2)
	return Call("diagonal", key, func(in []Value) []Value { return []Value{diagonal(in[0], offset, axis1, axis2)} }, x)[0]
}

func reductionKey(ns ...int) string {
	var b []byte
	for _, n := range ns {
		b = append(b, core.NewIntLiteral(dtype.Int64, int64(n), false).Bytes()...)
	}
	return string(b)
}

// toEnd moves two axes to the end.
func toEnd(x Value, axis1, axis2 int) Value {
	n := x.Aval().Ndim()
	axis1, axis2 = normAxis(axis1, n), normAxis(axis2, n)
	if axis1 == axis2 {
		core.Errorf(core.ValueError, "repeated axis in `source` argument")
	}
	perm := make([]int, 0, n)
	for i := range n {
		if i != axis1 && i != axis2 {
			perm = append(perm, i)
		}
	}
	return lax.Transpose(x, append(perm, axis1, axis2))
}

func trace(x Value, offset Value, axis1, axis2 int, d DType) Value {
	n := x.Aval().Ndim()
	if normAxis(axis1, n) == normAxis(axis2, n) {
		core.Errorf(core.ValueError, "axis1 and axis2 can not be same. axis1=%d and axis2=%d", axis1, axis2)
	}
	x = toEnd(x, axis1, axis2)
	s := x.Aval().Shape
	x = Where(Eye(s[n-2], s[n-1], offset, dtype.Bool), x, ZerosLike(x))
	return Sum(x, Reduction{Axis: []int{-2, -1}, DType: d})
}

// Linspace is num evenly spaced numbers from start to stop, which it includes if endpoint is set, and their distance.
func Linspace(start, stop Value, num int, endpoint bool, d DType, axis int) (samples, step Value) {
	if num < 0 {
		core.Errorf(core.ValueError, "Number of samples, %d, must be non-negative.", num)
	}
	if d == dtype.Invalid {
		d = inexact(ResultType(start, stop))
	}
	compute := inexact(d)
	start, stop = AsType(start, compute), AsType(stop, compute)
	bounds := BroadcastShapes(start.Aval().Shape, stop.Aval().Shape)
	from, to := BroadcastTo(start, bounds), BroadcastTo(stop, bounds)
	if axis < 0 {
		axis += len(bounds) + 1
	}
	shape := inserted(bounds, axis, 1)
	div := num
	if endpoint {
		div--
	}
	var out Value
	switch {
	case num > 1:
		step = TrueDivide(Subtract(stop, start), literal(compute, float64(div)))
		along := repeated(1, len(shape))
		along[axis] = div
		r := compute.Real()
		at := AsType(TrueDivide(lax.Reshape(lax.BroadcastedIota(r, []int{div}, 0), along), literal(r, float64(div))), compute)
		out = Add(Multiply(lax.Reshape(from, shape), Subtract(integer(1), at)), Multiply(lax.Reshape(to, shape), at))
		if endpoint {
			out = lax.Concatenate([]Value{out, lax.ExpandDims(to, axis)}, normAxis(axis, out.Aval().Ndim()))
		}
	case num == 1:
		if step = literal(compute, math.NaN()); !endpoint {
			step = Subtract(stop, start)
		}
		out = lax.Reshape(from, shape)
	default:
		step = literal(compute, math.NaN())
		out = fill(inserted(bounds, axis, 0), literal(d, 0))
	}
	if d.IsInteger() && !out.Aval().DType.IsInteger() {
		out = lax.Floor(out)
	}
	return Convert(out, d, false), step
}

func inserted(s []int, at, n int) []int {
	out := append([]int{}, s...)
	at = min(at, len(s))
	return append(out[:at], append([]int{n}, s[at:]...)...)
}

// Indices are the grids of indices of an array of the given shape, stacked, or open ones if sparse.
func Indices(shape []int, d DType, sparse bool) []Value {
	out := make([]Value, len(shape))
	for i, n := range shape {
		s := shape
		if sparse {
			s = repeated(1, len(shape))
			s[i] = n
		}
		out[i] = lax.BroadcastInDim(lax.BroadcastedIota(d, []int{n}, 0), s, []int{i})
	}
	switch {
	case sparse:
		return out
	case len(out) == 0:
		return []Value{fill([]int{0}, literal(d, 0))}
	}
	return []Value{lax.Stack(out, 0)}
}

func init() {
	floatOr := func(a *core.Args, i int) DType {
		if d := a.DType(i); d != dtype.Invalid {
			return d
		}
		return defaultFloat()
	}
	// shape, dtype
	core.Export1("jnp.zeros", "ss", func(a *core.Args) Value { return Zeros(a.Ints(0), floatOr(a, 1)) }).Direct()
	core.Export1("jnp.ones", "ss", func(a *core.Args) Value { return Ones(a.Ints(0), floatOr(a, 1)) }).Direct()
	core.Export1("jnp.empty", "ss", func(a *core.Args) Value { return Zeros(a.Ints(0), floatOr(a, 1)) }).Direct()
	// shape, fill_value, dtype
	core.Export1("jnp.full", "sxs", func(a *core.Args) Value { return Full(a.Ints(0), a.X(1), a.DType(2)) }).Direct()
	// a, dtype, shape
	core.Export1("jnp.zeros_like", "xss", func(a *core.Args) Value { return FullLike(a.X(0), integer(0), a.DType(1), a.Ints(2)) }).Direct()
	core.Export1("jnp.ones_like", "xss", func(a *core.Args) Value { return FullLike(a.X(0), integer(1), a.DType(1), a.Ints(2)) }).Direct()
	core.Export1("jnp.empty_like", "xss", func(a *core.Args) Value { return FullLike(a.X(0), integer(0), a.DType(1), a.Ints(2)) }).Direct()
	// a, fill_value, dtype, shape
	core.Export1("jnp.full_like", "xxss", func(a *core.Args) Value { return FullLike(a.X(0), a.X(1), a.DType(2), a.Ints(3)) }).Direct()
	// start, stop, step, dtype: numbers known while tracing
	core.Export1("jnp.arange", "ssss", func(a *core.Args) Value {
		return arange(a.List[0], a.List[1], a.List[2], a.DType(3))
	}).Direct()
	// N, M, k, dtype
	core.Export1("jnp.eye", "ssxs", func(a *core.Args) Value {
		return Eye(a.Int(0), a.IntOr(1, a.Int(0)), a.X(2), floatOr(a, 3))
	}).Direct()
	// n, dtype
	core.Export1("jnp.identity", "ss", func(a *core.Args) Value { return Eye(a.Int(0), a.Int(0), integer(0), floatOr(a, 1)) }).Direct()
	// N, M, k, dtype
	core.Export1("jnp.tri", "ssxs", func(a *core.Args) Value {
		d := a.DType(3)
		if d == dtype.Invalid {
			d = dtype.Float32
		}
		k := a.X(2)
		if !k.Aval().DType.IsInteger() {
			core.Errorf(core.TypeError, "offset must be an integer, got %s", k.Aval().Name())
		}
		n, m := a.Int(0), a.IntOr(1, a.Int(0))
		if l, ok := k.(*core.Literal); ok {
			return Tri(n, m, int(l.I), d)
		}
		i := lax.Add(lax.BroadcastedIota(dtype.Int32, []int{n, m}, 0), Convert(k, dtype.Int32, false))
		return Convert(lax.Ge(i, lax.BroadcastedIota(dtype.Int32, []int{n, m}, 1)), d, false)
	}).Direct()
	// m, k
	core.Export1("jnp.tril", "xs", func(a *core.Args) Value { return tril(a.X(0), a.IntOr(1, 0)) }).Jit("tril")
	core.Export1("jnp.triu", "xs", func(a *core.Args) Value { return triu(a.X(0), a.IntOr(1, 0)) }).Jit("triu")
	core.Export1("jnp.diag", "xs", func(a *core.Args) Value { return diag(a.X(0), a.IntOr(1, 0)) }).Jit("_diag")
	core.Export1("jnp.diagflat", "xs", func(a *core.Args) Value { return diagflat(a.X(0), a.IntOr(1, 0)) })
	// a, offset, axis1, axis2
	core.Export1("jnp.diagonal", "xsss", func(a *core.Args) Value {
		return diagonal(a.X(0), a.IntOr(1, 0), a.IntOr(2, 0), a.IntOr(3, 1))
	}).Jit("diagonal")
	// a, offset, axis1, axis2, dtype
	core.Export1("jnp.trace", "xxsss", func(a *core.Args) Value {
		return trace(a.X(0), a.X(1), a.IntOr(2, 0), a.IntOr(3, 1), a.DType(4))
	}).Jit("trace")
	// start, stop, num, endpoint, retstep, dtype, axis
	core.Export("jnp.linspace", "xxsssss", func(a *core.Args) []Value {
		y, step := Linspace(a.X(0), a.X(1), a.IntOr(2, 50), a.Bool(3), a.DType(5), a.IntOr(6, 0))
		if a.Bool(4) {
			return []Value{y, step}
		}
		return []Value{y}
	}).Jit("_linspace")
	// dimensions, dtype, sparse: a list, of one array unless sparse
	core.Export("jnp.indices", "sss", func(a *core.Args) []Value {
		d := a.DType(1)
		if d == dtype.Invalid {
			d = defaultInt()
		}
		return Indices(a.Ints(0), d, a.Bool(2))
	}).List()
}

// diagonal picks the diagonal with a gather, as indexing does.
func diagonal(x Value, offset, axis1, axis2 int) Value {
	n := x.Aval().Ndim()
	if n < 2 {
		core.Errorf(core.ValueError, "diagonal requires an array of at least two dimensions.")
	}
	x = toEnd(x, axis1, axis2)
	s := x.Aval().Shape
	size := max(0, min(s[n-2]+min(offset, 0), s[n-1]-max(offset, 0)))
	i := lax.BroadcastedIota(defaultInt(), []int{size}, 0)
	j := lax.BroadcastedIota(defaultInt(), []int{size}, 0)
	if offset > 0 {
		j = Add(integer(offset), j)
	} else if offset < 0 {
		i = Add(integer(-offset), i)
	}
	i, j = wrapped(i, s[n-2]), wrapped(j, s[n-1])
	i, j = Convert(i, dtype.Int32, false), Convert(j, dtype.Int32, false)
	columns := []Value{lax.ExpandDims(i, 1), lax.ExpandDims(j, 1)}
	sizes := append(append([]int{}, s[:n-2]...), 1, 1)
	g := lax.GatherDims{OffsetDims: upTo(n - 2), CollapsedSliceDims: []int{n - 2, n - 1}, StartIndexMap: []int{n - 2, n - 1}}
	at := lax.Concatenate(columns, 1)
	if x.Aval().Size() == 0 || size == 0 {
		return fill(append(append([]int{}, s[:n-2]...), size), scalarZero(x))
	}
	return gather(x, at, g, sizes)
}

// wrapped lets negative indices count from the end, as indexing does before it knows that there are none.
func wrapped(i Value, size int) Value {
	return lax.Select(Less(i, integer(0)), Add(i, integer(size)), i)
}

func diagflat(x Value, k int) Value {
	n := x.Aval().Size()
	x = lax.Reshape(x, []int{n})
	side := n + max(k, -k)
	zero := lax.Full([]int{side * side}, literal(x.Aval().DType, 0))
	i := lax.BroadcastedIota(defaultInt(), []int{n}, 0)
	var at Value
	if k >= 0 {
		at = Add(Add(i, integer(k)), Multiply(i, integer(side)))
	} else {
		at = Add(i, Multiply(Subtract(i, integer(k)), integer(side)))
	}
	at = Convert(wrapped(at, side*side), dtype.Int32, false)
	g := lax.ScatterDims{InsertedWindowDims: []int{0}, ScatterDimsToOperandDims: []int{0}}
	return lax.Reshape(lax.Scatter(zero, lax.ExpandDims(at, 1), x, g, lax.ScatterOpts{Mode: lax.FillOrDrop}), []int{side, side})
}
