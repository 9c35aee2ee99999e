package numpy

import (
	"encoding/binary"
	"unsafe"

	"github.com/jaxgo/jaxgo/core"
)

// Where operations run at once, x[0], x[1], x[2], … are one program: before the program is looked up, static integers and
// the starts of slices become operands. What is left of the index, a description of it, is part of the program's key.
// The index is then a sequence marked Big: the description and the operands in order.

// The letters of descriptions.
const (
	descWhole     = ':' // all of an axis
	descReversed  = 'r' // all of an axis, backwards
	descWindow    = 'w' // size and stride; its start is an operand, in bounds
	descEmpty     = 'z' // size and stride; it takes nothing, so that it may start at 0
	descDynamic   = 'd' // size and stride; its start is an operand
	descStatic    = 's' // size, stride and start
	descInteger   = 'i' // an operand, in bounds
	descOutside   = 'o' // a static integer out of bounds
	descTruth     = 'b' // a scalar truth value
	descArray     = 'a' // an operand
	descHostArray = 'h' // an operand without negative elements
	descNewAxis   = 'n'
	descEllipsis  = 'e'
)

// description is reused: it lives as long as the call, and calls are serialised.
var description []byte

// liftIndex rewrites the index of a call. clip says that integers out of bounds may be moved into bounds.
func liftIndex(index *core.Arg, shape []int, clip, raw bool) {
	var buf [6]indexItem
	x := parseIndex(index, shape, buf[:])
	x.expandMasks()
	for i := range x.items {
		it := &x.items[i]
		if it.slice.check(i); it.kind == sliceIndex && it.slice.step == 0 {
			core.Errorf(core.ValueError, "slice step cannot be zero")
		}
	}
	d := description[:0]
	out := make([]core.Arg, 1, len(x.items)+1)
	operand := func(v Value) { out = append(out, core.Arg{Kind: core.ArgValue, V: v}) }
	dt := indexDType(shape)
	for i := range x.items {
		switch it := &x.items[i]; it.kind {
		case newAxisIndex:
			d = append(d, descNewAxis)
		case ellipsisIndex:
			d = append(d, descEllipsis)
		case booleanIndex:
			d = append(d, descTruth, byte(it.n))
		case arrayIndex:
			if it.host {
				d = append(d, descHostArray)
			} else {
				d = append(d, descArray)
			}
			operand(it.v)
		case integerIndex:
			size := shape[it.axis]
			n := it.wrapped(size, raw)
			if small := it.n == int(int32(it.n)); clip && small && size > 0 && !CheckStaticIndices {
				n = min(max(n, 0), size-1)
			}
			if n < 0 || n >= size {
				d = binary.AppendVarint(append(d, descOutside), int64(it.n))
				break
			}
			d = append(d, descInteger)
			operand(core.NewIntLiteral(dt, int64(n), false))
		case windowIndex:
			d = append(d, descDynamic)
			if it.v == nil {
				d[len(d)-1] = descStatic
			} else {
				operand(it.v)
			}
			d = binary.AppendVarint(binary.AppendVarint(d, int64(it.size)), int64(it.stride))
			if it.v == nil {
				d = binary.AppendVarint(d, int64(it.n))
			}
		case sliceIndex:
			size := shape[it.axis]
			low, n := it.slice.extent(size)
			step := it.slice.step
			switch {
			case n == size && step == 1:
				d = append(d, descWhole)
				continue
			case n == size && step == -1:
				d = append(d, descReversed)
				continue
			case n == 0:
				d = append(d, descEmpty)
			default:
				d = append(d, descWindow)
				operand(core.NewIntLiteral(dt, int64(low), false))
			}
			if n < 2 {
				step = 1
			}
			d = binary.AppendVarint(binary.AppendVarint(d, int64(n)), int64(step))
		}
	}
	description = d
	out[0] = core.Arg{Kind: core.ArgStr, S: unsafe.String(unsafe.SliceData(d), len(d))} // #nosec G103 -- description is not changed during the call
	*index = core.Arg{Kind: core.ArgSeq, Items: out, Big: true}
}

// readIndex parses an index, rewritten or not.
func readIndex(index *core.Arg, shape []int, buf []indexItem) indexer {
	if index.Kind != core.ArgSeq || !index.Big {
		return parseIndex(index, shape, buf)
	}
	x := indexer{shape: shape, items: buf[:0], unit: true}
	d, operands := []byte(index.Items[0].S), index.Items[1:]
	number := func() int {
		n, k := binary.Varint(d)
		d = d[k:]
		return int(n)
	}
	operand := func() Value {
		v := operands[0].V
		operands = operands[1:]
		return v
	}
	consumed, dots := 0, -1
	for len(d) > 0 {
		it := indexItem{axes: 1}
		letter := d[0]
		d = d[1:]
		switch letter {
		case descNewAxis:
			it.kind, it.axes = newAxisIndex, 0
		case descEllipsis:
			it.kind, it.axes = ellipsisIndex, 0
			dots = len(x.items)
		case descTruth:
			it.kind, it.axes, it.n = booleanIndex, 0, int(d[0])
			d = d[1:]
		case descArray, descHostArray:
			it.kind, it.v, it.host = arrayIndex, operand(), letter == descHostArray
		case descInteger:
			it.kind, it.v, it.inBounds = integerIndex, operand(), true
		case descOutside:
			it.kind, it.n = integerIndex, number()
		case descWhole:
			it.kind, it.slice = sliceIndex, sliceBounds{step: 1}
		case descReversed:
			it.kind, it.slice = sliceIndex, sliceBounds{step: -1, hasStep: true}
		default:
			it.kind = windowIndex
			it.inBounds = letter == descWindow || letter == descEmpty
			if letter == descWindow || letter == descDynamic {
				it.v = operand()
			}
			it.size, it.stride = number(), number()
			if letter == descStatic {
				it.n = number()
			}
		}
		consumed += it.axes
		x.items = append(x.items, it)
	}
	if dots >= 0 {
		x.items[dots].axes = len(shape) - consumed
	}
	axis := 0
	for i := range x.items {
		x.items[i].axis = axis
		axis += x.items[i].axes
	}
	return x
}

// clips reports whether reading in this mode moves indices into bounds.
func clips(mode string) bool { return mode == "" || mode == "clip" || mode == "promise_in_bounds" }

func init() {
	// getitem(x, index) is x[index].
	core.Export1("jnp.getitem", "xi", func(a *core.Args) Value {
		return Getitem(a.X(0), &a.List[1])
	}).Pre = func(a *core.Args) {
		liftIndex(&a.List[1], a.X(0).Aval().Shape, true, false)
	}
	// index_get(x, index, mode, fill_value, indices_are_sorted, unique_indices, wrap_negative_indices) is x.at[index].get(…).
	core.Export1("jnp.index_get", "xisssss", func(a *core.Args) Value {
		o := access{mode: a.Str(2), sorted: a.Bool(4), unique: a.Bool(5), raw: rawIndices(a, 6)}
		if !a.IsNone(3) {
			o.fill = &a.List[3]
		}
		var buf [6]indexItem
		x := readIndex(&a.List[1], a.X(0).Aval().Shape, buf[:])
		return x.get(a.X(0), &o)
	}).Pre = func(a *core.Args) {
		liftIndex(&a.List[1], a.X(0).Aval().Shape, clips(a.Str(2)), rawIndices(a, 6))
	}
}

// rawIndices reads the argument wrap_negative_indices.
func rawIndices(a *core.Args, i int) bool { return !a.IsNone(i) && !a.Bool(i) }
