package numpy

import (
	"slices"

	"github.com/jaxgo/jaxgo/core"
	"github.com/jaxgo/jaxgo/core/dtype"
	"github.com/jaxgo/jaxgo/core/lax"
)

// A padding is the work of jnp.pad: how much to add before and after each axis, and what.
type padding struct {
	widths [][2]int
	mode   string
	// constant holds the constant values: one, a pair, or a pair for each axis.
	constant Value
	// lengths is how many elements at each end statistics are taken of; nil: all.
	lengths [][2]int
	ends    [][2]Value // the end values of linear ramps
	odd     bool       // reflect_type
}

// joined is low, x and high along an axis.
func joined(low, x, high Value, axis int) Value { return lax.Concatenate([]Value{low, x, high}, axis) }

func (p *padding) apply(x Value) Value {
	n := x.Aval().Ndim()
	if n == 0 {
		return x
	}
	if len(p.widths) != n {
		core.Errorf(core.ValueError, "Expected pad_width to have shape (%d, 2); got (%d, 2).", n, len(p.widths))
	}
	for _, w := range p.widths {
		if w[0] < 0 || w[1] < 0 {
			core.Errorf(core.ValueError, "index can't contain negative values")
		}
	}
	if p.mode == "constant" {
		return p.constants(x)
	}
	along := map[string]func(x Value, axis int) Value{
		"wrap": p.wrap, "symmetric": p.reflect, "reflect": p.reflect, "edge": p.edge, "linear_ramp": p.ramp,
		"maximum": p.statistic, "minimum": p.statistic, "mean": p.statistic, "median": p.statistic, "empty": p.empty,
	}[p.mode]
	if along == nil {
		core.Errorf(core.NotImplementedError, "Unimplemented padding mode '%s' for np.pad.", p.mode)
	}
	for axis := range n {
		x = along(x, axis)
	}
	return x
}

// isEmpty reports whether an axis has no elements to take padding from.
func (p *padding) isEmpty(x Value, axis int) bool {
	if x.Aval().Shape[axis] > 0 {
		return false
	}
	if p.widths[axis] != [2]int{} {
		core.Errorf(core.ValueError, "Cannot apply '%s' padding to empty axis", p.mode)
	}
	return true
}

func (p *padding) constants(x Value) Value {
	a, n := x.Aval(), x.Aval().Ndim()
	v := Convert(p.constant, a.DType, a.Weak)
	s := v.Aval().Shape
	if len(s) == 1 && s[0] == 1 {
		v, s = lax.Squeeze(v, []int{0}), nil
	}
	config := make([]lax.PadConfig, n)
	switch {
	case len(s) == 0:
		for i, w := range p.widths {
			config[i] = lax.PadConfig{w[0], w[1], 0}
		}
		return lax.Pad(x, v, config)
	case len(s) == 1 && s[0] != 2:
		core.Errorf(core.ValueError, "jnp.pad: constant_values has unsupported shape %s. If the shape is 1D or 2D, the last dimension must be of size 1 or 2.", core.ShapeString(s))
	}
	v = BroadcastTo(v, []int{n, 2})
	for axis, w := range p.widths {
		for side, k := range w {
			if k == 0 {
				continue
			}
			config := make([]lax.PadConfig, n)
			config[axis][side] = k
			at := lax.Slice(v, []int{axis, side}, []int{axis + 1, side + 1}, nil)
			x = lax.Pad(x, lax.Squeeze(at, []int{0, 1}), config)
		}
	}
	return x
}

// wrap continues x periodically.
func (p *padding) wrap(x Value, axis int) Value {
	if p.isEmpty(x, axis) {
		return x
	}
	n, w := x.Aval().Shape[axis], p.widths[axis]
	var parts []Value
	if r := w[0] % n; r > 0 {
		parts = append(parts, partInDim(x, axis, n-r, n))
	}
	for range w[0]/n + w[1]/n + 1 {
		parts = append(parts, x)
	}
	if r := w[1] % n; r > 0 {
		parts = append(parts, partInDim(x, axis, 0, r))
	}
	return lax.Concatenate(parts, axis)
}

// reflect mirrors x at its ends, without the end elements for mode reflect; as often as it takes.
func (p *padding) reflect(x Value, axis int) Value {
	if p.isEmpty(x, axis) || p.widths[axis] == [2]int{} {
		return x
	}
	n, offset := x.Aval().Shape[axis], 0
	if p.mode == "reflect" && n > 1 {
		offset = 1
	}
	edge := func(x Value, side int) Value {
		if side == 0 {
			return partInDim(x, axis, 0, 1)
		}
		return partInDim(x, axis, -1, toEndOf)
	}
	for side, left := range p.widths[axis] {
		end := edge(x, side)
		for left > 0 {
			k := min(left, n-offset)
			left -= k
			m := x.Aval().Shape[axis]
			var mirrored Value
			if side == 0 {
				mirrored = partInDim(x, axis, offset, offset+k)
			} else {
				mirrored = partInDim(x, axis, m-k-offset, m-offset)
			}
			mirrored = Flip(mirrored, []int{axis})
			if p.odd {
				mirrored = Subtract(Multiply(integer(2), end), mirrored)
				if n > 1 {
					end = edge(mirrored, side)
				}
			}
			if side == 0 {
				x = lax.Concatenate([]Value{mirrored, x}, axis)
			} else {
				x = lax.Concatenate([]Value{x, mirrored}, axis)
			}
		}
	}
	return x
}

func (p *padding) edge(x Value, axis int) Value {
	if p.isEmpty(x, axis) {
		return x
	}
	n, w := x.Aval().Shape[axis], p.widths[axis]
	low := Repeat(partInDim(x, axis, 0, 1), w[0], &axis)
	return joined(low, x, Repeat(partInDim(x, axis, n-1, n), w[1], &axis), axis)
}

// ramp goes linearly from the edges to the end values.
func (p *padding) ramp(x Value, axis int) Value {
	a := x.Aval()
	side := func(end, edge Value, n int) Value {
		edge = lax.Squeeze(edge, []int{axis})
		key := reductionKey(n, axis, int(a.DType))
		y := Call("_linspace", key, func(in []Value) []Value {
			y, _ := Linspace(in[0], in[1], n, false, a.DType, axis)
			return []Value{y}
		}, end, edge)[0]
		return Convert(y, a.DType, a.Weak)
	}
	first, last := lax.SliceInDim(x, 0, 1, 1, axis), lax.SliceInDim(x, -1, a.Shape[axis], 1, axis)
	low := side(p.ends[axis][0], first, p.widths[axis][0])
	high := side(p.ends[axis][1], last, p.widths[axis][1])
	return joined(low, x, Flip(high, []int{axis}), axis)
}

// statistic repeats a statistic of the elements at each end.
func (p *padding) statistic(x Value, axis int) Value {
	a := x.Aval()
	of := func(x Value) Value {
		r := Reduction{Axis: []int{axis}, Keepdims: true}
		switch p.mode {
		case "maximum":
			return Max(x, r)
		case "minimum":
			return Min(x, r)
		case "mean":
			return Mean(x, r)
		}
		return Median(x, Quantile{Axis: []int{axis}, Keepdims: true})
	}
	var low, high Value
	if p.lengths == nil {
		low = of(x)
		high = low
	} else {
		l := p.lengths[axis]
		if l[0] == 0 || l[1] == 0 {
			core.Errorf(core.ValueError, "stat_length of 0 yields no value for padding")
		}
		n := a.Shape[axis]
		low = of(partInDim(x, axis, 0, min(l[0], n)))
		high = of(partInDim(x, axis, n-min(l[1], n), n))
	}
	if a.DType.IsInteger() {
		low, high = Round(low, 0), Round(high, 0)
	}
	low, high = Convert(low, a.DType, a.Weak), Convert(high, a.DType, a.Weak)
	w := p.widths[axis]
	return joined(Repeat(low, w[0], &axis), x, Repeat(high, w[1], &axis), axis)
}

// empty may hold anything; it holds zeros.
func (p *padding) empty(x Value, axis int) Value {
	side := func(n int) Value {
		shape := slices.Clone(x.Aval().Shape)
		shape[axis] = n
		return FullLike(x, integer(0), dtype.Invalid, shape)
	}
	return joined(side(p.widths[axis][0]), x, side(p.widths[axis][1]), axis)
}

// pairsArg reads a static sequence of pairs; None gives nil.
func pairsArg(a *core.Args, i int) [][2]int {
	var out [][2]int
	for k := range a.Seq(i) {
		pair := itemInts(&a.List[i].Items[k])
		if len(pair) != 2 {
			core.Errorf(core.ValueError, "%s: argument %d must hold pairs", a.Fn.Name, i)
		}
		out = append(out, [2]int{pair[0], pair[1]})
	}
	return out
}

func init() {
	// array, pad_width (a pair for each axis), mode, constant_values, stat_length (a pair for each axis, or None),
	// end_values (a pair of numbers for each axis), reflect_type
	core.Export1("jnp.pad", "xssxsss", func(a *core.Args) Value {
		p := padding{widths: pairsArg(a, 1), mode: a.Str(2), constant: a.X(3), lengths: pairsArg(a, 4), odd: a.Str(6) == "odd"}
		if p.mode == "linear_ramp" {
			for k := range a.Seq(5) {
				items := a.Seq(5)[k].Items
				p.ends = append(p.ends, [2]Value{items[0].Operand(), items[1].Operand()})
			}
		}
		return p.apply(a.X(0))
	}).Jit("_pad")
}
