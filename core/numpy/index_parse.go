package numpy

import (
	"math"
	"slices"
	"strconv"
	"strings"

	"github.com/jaxgo/jaxgo/core"
	"github.com/jaxgo/jaxgo/core/dtype"
	"github.com/jaxgo/jaxgo/core/lax"
)

// An indexKind says what one index of x[…] does.
type indexKind uint8

const (
	newAxisIndex indexKind = iota
	ellipsisIndex
	sliceIndex   // start:stop:step, static
	windowIndex  // a start, which may be traced, and a static size and stride
	integerIndex // a static integer
	booleanIndex // a static truth value, or a mask
	arrayIndex   // an array of integers
)

// An indexItem is one index, parsed within the shape of the array that it indexes.
type indexItem struct {
	kind       indexKind
	axis, axes int // the axes of the array that it uses up
	// n is the integer, the truth value, or the start of a window where v is nil.
	n int
	// v is the array of integers, the mask, or the start of a window.
	v            Value
	size, stride int // of a window; only windows in bounds run backwards
	slice        sliceBounds
	// inBounds says that the window or the integer v is known to lie within the array.
	inBounds bool
	// host says that the integers of v come from the host, where they were seen not to be negative.
	host bool
}

// sliceBounds are the bounds of a slice.
type sliceBounds struct {
	start, stop, step          int
	hasStart, hasStop, hasStep bool
	odd                        *core.Arg // the slice, if a bound is no static integer
}

// An indexer is a parsed index.
type indexer struct {
	shape []int // of the array
	items []indexItem
	// unit says that the index was rewritten for a program that is compiled once for many indices; there may be no
	// host constants in it.
	unit bool
}

// parseIndex parses what stands between the brackets of x[…]: JAX's NDIndexer.from_raw_indices. It may use buf.
func parseIndex(raw *core.Arg, shape []int, buf []indexItem) indexer {
	args := []core.Arg(nil)
	switch {
	case raw.Kind == core.ArgSeq && raw.List:
		refuseList(raw)
	case raw.Kind == core.ArgSeq && !isWindow(raw):
		args = raw.Items
	}
	items := buf[:0]
	if args == nil && (raw.Kind != core.ArgSeq || isWindow(raw)) {
		items = append(items, parseItem(raw))
	}
	for i := range args {
		items = append(items, parseItem(&args[i]))
	}
	consumed, dots := 0, -1
	for i := range items {
		it := &items[i]
		switch it.kind {
		case ellipsisIndex:
			if dots >= 0 {
				core.Errorf(core.IndexError, "an index can only have a single ellipsis ('...')")
			}
			dots = i
		case booleanIndex:
			if it.v != nil {
				it.axes = it.v.Aval().Ndim()
			}
		case newAxisIndex:
		default:
			it.axes = 1
		}
		consumed += it.axes
	}
	if consumed > len(shape) {
		core.Errorf(core.IndexError, "Too many indices: array is %d-dimensional, but %d were indexed", len(shape), consumed)
	}
	if dots >= 0 {
		items[dots].axes = len(shape) - consumed
	}
	axis := 0
	for i := range items {
		items[i].axis = axis
		axis += items[i].axes
	}
	return indexer{shape: shape, items: items}
}

// isWindow recognises a jax.ds object, which arrives as the tuple ("ds", start, size, stride).
func isWindow(a *core.Arg) bool {
	return a.Kind == core.ArgSeq && len(a.Items) == 4 && a.Items[0].Kind == core.ArgStr && a.Items[0].S == "ds"
}

func refuseList(raw *core.Arg) {
	seq := "array(seq)"
	for i := range raw.Items {
		switch g := &raw.Items[i]; g.Kind {
		case core.ArgSeq, core.ArgSlice, core.ArgEllipsis, core.ArgNone:
			seq = "tuple(seq)"
		case core.ArgValue:
			if g.V.Aval().Ndim() != 0 {
				seq = "tuple(seq)"
			}
		}
	}
	core.Errorf(core.TypeError, "Using a non-tuple sequence for multidimensional indexing is not allowed; use `arr[%s]` instead of `arr[seq]`. See https://github.com/jax-ml/jax/issues/4564 for more information.", seq)
}

func parseItem(a *core.Arg) indexItem {
	switch a.Kind {
	case core.ArgNone:
		return indexItem{kind: newAxisIndex}
	case core.ArgEllipsis:
		return indexItem{kind: ellipsisIndex}
	case core.ArgSlice:
		return indexItem{kind: sliceIndex, slice: parseSlice(a)}
	case core.ArgInt:
		return indexItem{kind: integerIndex, n: clampInt(a)}
	case core.ArgBool:
		return indexItem{kind: booleanIndex, n: int(a.I)}
	case core.ArgValue:
		return arrayItem(a.V)
	case core.ArgSeq:
		if isWindow(a) {
			return parseWindow(a)
		}
		if len(a.Items) == 0 { // JAX takes it, though the array that it makes is one of floats
			return indexItem{kind: arrayIndex, v: hostInts(defaultFloat(), []int{0}, nil)}
		}
		return arrayItem(indexArray(a))
	case core.ArgStr:
		core.Errorf(core.TypeError, "JAX does not support string indexing; got idx='%s'", a.S)
	case core.ArgFloat, core.ArgComplex:
		d := a.D
		if d == dtype.Invalid {
			d = dtype.Float64
			if a.Kind == core.ArgComplex {
				d = dtype.Complex128
			}
		}
		refuseIndexer(d)
	}
	core.Errorf(core.IndexError, "only integers, slices (`:`), ellipsis (`...`), newaxis (`None`) and integer or boolean arrays are valid indices. Got %s", a.Describe())
	panic("unreachable")
}

func refuseIndexer(d DType) {
	core.Errorf(core.TypeError, "Indexer must have integer or boolean type, got indexer with type %s", d.Name())
}

func arrayItem(v Value) indexItem {
	switch d := v.Aval().DType; {
	case d.IsBool():
		return indexItem{kind: booleanIndex, v: v}
	case !d.IsInteger():
		refuseIndexer(d)
	}
	return indexItem{kind: arrayIndex, v: v}
}

// clampInt is the integer, or the greatest one in place of those beyond 64 bits.
func clampInt(a *core.Arg) int {
	if a.Big {
		return math.MaxInt
	}
	return int(a.I)
}

func parseSlice(a *core.Arg) (s sliceBounds) {
	bound := func(g *core.Arg) (int, bool) {
		switch g.Kind {
		case core.ArgNone:
			return 0, false
		case core.ArgInt, core.ArgBool:
			return clampInt(g), true
		case core.ArgValue:
			if t := g.V.Aval(); t.Ndim() == 0 && (t.DType.IsInteger() || t.DType.IsBool()) {
				if b, ok := hostBytes(g.V); ok {
					return int(hostInt(t.DType, b)), true
				}
			}
		}
		s.odd = a
		return 0, true
	}
	s.start, s.hasStart = bound(&a.Items[0])
	s.stop, s.hasStop = bound(&a.Items[1])
	s.step, s.hasStep = bound(&a.Items[2])
	if !s.hasStep {
		s.step = 1
	}
	return s
}

// whole reports whether the slice is written as [:].
func (s *sliceBounds) whole() bool { return !s.hasStart && !s.hasStop && !s.hasStep }

// indices are the bounds within an axis: Python's slice.indices. The step may not be zero.
func (s *sliceBounds) indices(size int) (start, stop, step int) {
	lo, hi := 0, size
	if s.step < 0 {
		lo, hi = -1, size-1
	}
	within := func(i int) int {
		if i < 0 {
			i += size
		}
		return max(lo, min(i, hi))
	}
	start, stop = lo, hi
	if s.step < 0 {
		start, stop = hi, lo
	}
	if s.hasStart {
		start = within(s.start)
	}
	if s.hasStop {
		stop = within(s.stop)
	}
	return start, stop, s.step
}

// extent is the least index that a slice takes, and how many it takes.
func (s *sliceBounds) extent(size int) (low, n int) {
	start, stop, step := s.indices(size)
	switch n = count(start, stop, step); {
	case n == 0:
		return 0, 0
	case step < 0:
		return start + (n-1)*step, n
	}
	return start, n
}

// count is the length of range(start, stop, step).
func count(start, stop, step int) int {
	if step < 0 {
		start, stop, step = stop, start, -step
	}
	return max(0, (stop-start+step-1)/step)
}

// check refuses slices whose bounds are no static integers.
func (s *sliceBounds) check(position int) {
	if s.odd == nil {
		return
	}
	var names []string
	traced := false
	for i := range s.odd.Items {
		g := &s.odd.Items[i]
		name := "None"
		switch g.Kind {
		case core.ArgInt, core.ArgBool:
			name = strconv.Itoa(int(g.I))
		case core.ArgValue:
			name = traceName(g.V)
			if _, ok := g.V.(core.Tracer); ok {
				traced = true
			}
		}
		names = append(names, name)
	}
	if traced {
		core.Errorf(core.IndexError, "Slice entries must be static integers. Got slice(%s) at position %d", strings.Join(names, ", "), position)
	}
	for i := range s.odd.Items {
		switch g := &s.odd.Items[i]; g.Kind {
		case core.ArgNone, core.ArgInt, core.ArgBool:
		case core.ArgValue:
			if g.V.Aval().Size() != 1 {
				core.Errorf(core.ValueError, "The truth value of an array with more than one element is ambiguous. Use a.any() or a.all()")
			}
			core.Errorf(core.TypeError, "Only integer scalar arrays can be converted to a scalar index.")
		case core.ArgStr:
			core.Errorf(core.TypeError, "'>=' not supported between instances of 'str' and 'int'")
		case core.ArgFloat:
			core.Errorf(core.TypeError, "'float' object cannot be interpreted as an integer")
		default:
			core.Errorf(core.TypeError, "slice indices must be integers or None or have an __index__ method")
		}
	}
}

// traceName is how a traced value prints.
func traceName(v Value) string {
	weak := ""
	if v.Aval().Weak {
		weak = "~"
	}
	return "JitTracer(" + weak + v.Aval().Name() + ")"
}

func parseWindow(a *core.Arg) indexItem {
	it := indexItem{kind: windowIndex, size: int(a.Items[2].I), stride: int(a.Items[3].I)}
	if a.Items[2].Kind != core.ArgInt || a.Items[3].Kind != core.ArgInt {
		core.Errorf(core.TypeError, "the size and the stride of a dynamic slice must be static integers")
	}
	if it.stride < 0 {
		core.Errorf(core.ValueError, "`stride` must be >= 0.")
	}
	if g := &a.Items[1]; g.Kind == core.ArgInt {
		it.n = clampInt(g)
	} else if it.v = g.Operand(); it.v == nil {
		core.Errorf(core.TypeError, "the start of a dynamic slice must be an integer, got %s", g.Describe())
	}
	return it
}

// hostBytes are the bytes of a value, if it is known. It waits for the device.
func hostBytes(v Value) (b []byte, ok bool) {
	switch v := v.(type) {
	case *core.Literal:
		return v.Bytes(), true
	case core.Concrete:
		return core.ToHost(v), true
	}
	return nil, false
}

func hostInt(d DType, b []byte) int64 {
	_, _, i, u := dtype.Scalar(d, b[:d.Size()])
	if d.IsUnsigned() {
		return int64(min(u, math.MaxInt64))
	}
	return i
}

// hostInts is a constant array of integers.
func hostInts(d DType, shape []int, at func(i int) int) Value {
	return core.HostConstant(core.NewAval(d, shape...), func(b []byte) {
		for i := range len(b) / d.Size() {
			dtype.PutInt(d, b[i*d.Size():][:d.Size()], int64(at(i)))
		}
	})
}

// indexArray is the array that a sequence within an index makes.
func indexArray(a *core.Arg) Value {
	v := sequenceArray(a)
	if d := v.Aval().DType; !d.IsBool() && !d.IsInteger() {
		refuseIndexer(d)
	}
	return v
}

// sequenceArray is jnp.asarray of a sequence: a constant if it holds numbers only, else a stack of arrays.
func sequenceArray(a *core.Arg) Value {
	d, stack := dtype.Bool, false
	var leaves []*core.Arg
	var shape []int
	var walk func(a *core.Arg, depth int)
	walk = func(a *core.Arg, depth int) {
		if a.Kind == core.ArgSeq {
			if len(shape) == depth && len(leaves) == 0 {
				shape = append(shape, len(a.Items))
			}
			stack = stack || len(shape) <= depth || shape[depth] != len(a.Items) // ragged: stacking it is an error
			for i := range a.Items {
				walk(&a.Items[i], depth+1)
			}
			return
		}
		leaves = append(leaves, a)
		switch a.Kind { // the default dtypes are numbered in order of promotion
		case core.ArgBool:
		case core.ArgInt:
			d = max(d, defaultInt())
		case core.ArgFloat:
			d = max(d, defaultFloat())
		case core.ArgComplex:
			d = max(d, dtype.Canonicalize(dtype.Complex128, core.X64))
		case core.ArgValue:
			stack = true
		default:
			core.Errorf(core.TypeError, "%s is not a valid JAX array element", a.Describe())
		}
	}
	walk(a, 0)
	if stack {
		return stackSequence(a)
	}
	if len(leaves) == 0 {
		d = defaultFloat()
	}
	for _, g := range leaves {
		if g.Kind == core.ArgInt && d.IsInteger() {
			checkInt(clampInt(g))
		}
	}
	return core.HostConstant(core.NewAval(d, shape...), func(b []byte) {
		for i, g := range leaves {
			switch p := b[i*d.Size():][:d.Size()]; {
			case !d.IsInexact():
				dtype.PutInt(d, p, g.I)
			case g.Kind == core.ArgInt || g.Kind == core.ArgBool:
				dtype.PutScalar(d, p, float64(g.I), 0)
			default:
				dtype.PutScalar(d, p, real(g.F), imag(g.F))
			}
		}
	})
}

// stackSequence is jnp.asarray of a sequence that holds arrays.
func stackSequence(a *core.Arg) Value {
	if a.Kind != core.ArgSeq {
		return a.Operand()
	}
	xs := make([]Value, len(a.Items))
	for i := range a.Items {
		xs[i] = stackSequence(&a.Items[i])
	}
	return arrayOf(xs)
}

// arrayOf is jnp.array of a list of arrays.
func arrayOf(xs []Value) Value {
	d := ResultType(xs...)
	rows := make([]Value, len(xs))
	for i, x := range xs {
		rows[i] = lax.ExpandDims(Convert(x, d, false), 0)
	}
	return lax.Concatenate(rows, 0)
}

// checkInt refuses integers that the default integer type doesn't hold.
func checkInt(n int) {
	if defaultInt() == dtype.Int32 && (n < math.MinInt32 || n > math.MaxInt32) {
		core.Errorf(core.OverflowError, "Python int %d too large to convert to int32", n)
	}
}

// expandMasks replaces masks by the indices of their true elements. Scalar truth values stay.
func (x *indexer) expandMasks() {
	if !slices.ContainsFunc(x.items, func(it indexItem) bool { return it.kind == booleanIndex && it.v != nil }) {
		return
	}
	var out []indexItem
	for position, it := range x.items {
		if it.kind != booleanIndex || it.v == nil {
			out = append(out, it)
			continue
		}
		a := it.v.Aval()
		mask, ok := hostBytes(it.v)
		if !ok {
			core.Errorf(core.NonConcreteBooleanIndex, "Array boolean indices must be concrete; got %s", a)
		}
		if it.axes == 0 {
			out = append(out, indexItem{kind: booleanIndex, axis: it.axis, n: int(mask[0])})
			continue
		}
		expected := x.shape[it.axis : it.axis+it.axes]
		for i, n := range a.Shape {
			if n != 0 && n != expected[i] {
				list := core.ShapeString(expected)
				list = "[" + strings.TrimSuffix(strings.Trim(list, "()"), ",") + "]"
				core.Errorf(core.IndexError, "boolean index did not match shape of indexed array in index %d: got %s, expected %s", position, core.ShapeString(a.Shape), list)
			}
		}
		for i, v := range nonzero(mask, a.Shape) {
			out = append(out, indexItem{kind: arrayIndex, axis: it.axis + i, axes: 1, v: v, host: true})
		}
	}
	x.items = out
}

// nonzero gives the indices of the true elements of a mask, one array an axis, in row-major order.
func nonzero(mask []byte, shape []int) []Value {
	var at []int
	for i, b := range mask {
		if b != 0 {
			at = append(at, i)
		}
	}
	out := make([]Value, len(shape))
	inner := 1
	for i := len(shape) - 1; i >= 0; i-- {
		n, stride := shape[i], inner
		out[i] = hostInts(defaultInt(), []int{len(at)}, func(k int) int { return at[k] / stride % n })
		inner *= n
	}
	return out
}

// expandEllipsis replaces an ellipsis, and what the index leaves out at its end, by whole slices.
func (x *indexer) expandEllipsis() {
	whole := func(axis int) indexItem {
		return indexItem{kind: sliceIndex, axis: axis, axes: 1, slice: sliceBounds{step: 1}}
	}
	out := make([]indexItem, 0, len(x.shape)+len(x.items))
	axis := 0
	for _, it := range x.items {
		if it.kind == ellipsisIndex {
			for i := range it.axes {
				out = append(out, whole(it.axis+i))
			}
		} else {
			out = append(out, it)
		}
		axis += it.axes
	}
	for ; axis < len(x.shape); axis++ {
		out = append(out, whole(axis))
	}
	x.items = out
}
