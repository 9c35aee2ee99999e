package numpy

import (
	"math"

	"github.com/jaxgo/jaxgo/core"
	"github.com/jaxgo/jaxgo/core/dtype"
	"github.com/jaxgo/jaxgo/core/lax"
)

// The functions of jax.ops.

// Segments are the options of a reduction of segments.
type Segments struct {
	Num, BucketSize int // BucketSize 0: no buckets
	Sorted, Unique  bool
	Mode            string // "" drops what lies outside
}

// A segmentReduction is how segments are reduced: by a scatter into an array of identities. Buckets are reduced in turn.
type segmentReduction struct {
	op       string
	identity func(d DType) Value
	reduce   func(x Value, r Reduction) Value
}

var segmentReductions = map[string]segmentReduction{
	"segment_sum":  {"add", func(d DType) Value { return literal(d, 0) }, Sum},
	"segment_prod": {"multiply", func(d DType) Value { return literal(d, 1) }, Prod},
	"segment_min":  {"min", greatest, Min},
	"segment_max":  {"max", least, Max},
}

func greatest(d DType) Value {
	switch {
	case d.IsBool():
		return core.NewIntLiteral(d, 1, false)
	case d.IsInteger():
		return core.NewIntLiteral(d, int64(dtype.Limits(d).MaxInt), false)
	}
	return literal(d, math.Inf(1))
}

func least(d DType) Value {
	if d.IsInexact() {
		return literal(d, math.Inf(-1))
	}
	return core.NewIntLiteral(d, dtype.Limits(d).MinInt, false)
}

// Segment reduces the rows of x that have one number in ids; name is segment_sum, segment_prod, segment_min or segment_max.
func Segment(name string, x, ids Value, s Segments) Value {
	if s.Num < 0 {
		core.Errorf(core.ValueError, "num_segments must be non-negative.")
	}
	f, a := segmentReductions[name], x.Aval()
	o := access{mode: s.Mode, sorted: s.Sorted, unique: s.Unique, raw: true}
	if o.mode == "" {
		o.mode = "fill"
	}
	shape := []int{s.Num}
	items := []indexItem{arrayItem(ids)}
	if s.BucketSize != 0 {
		n := ids.Aval().Shape[0]
		shape = []int{(ids.Aval().Size() + s.BucketSize - 1) / s.BucketSize, s.Num}
		bucket := FloorDivide(lax.Iota(defaultInt(), n), integer(s.BucketSize))
		items = []indexItem{arrayItem(bucket), arrayItem(lax.ExpandDims(ids, 0))}
	}
	if items[0].kind != arrayIndex {
		core.Errorf(core.TypeError, "%s: segment_ids must be integers, got %s", name, ids.Aval().Name())
	}
	for i := range items {
		items[i].axis, items[i].axes = i, 1
	}
	if len(a.Shape) > 0 {
		shape = append(shape, a.Shape[1:]...)
	}
	out := lax.Full(shape, f.identity(a.DType))
	ix := indexer{shape: shape, items: items}
	y := updates[f.op].at(out, &ix, x, &o)
	if s.BucketSize == 0 {
		return y
	}
	return AsType(f.reduce(y, Reduction{Axis: []int{0}}), a.DType)
}

func init() {
	// segment_sum(data, segment_ids, num_segments, indices_are_sorted, unique_indices, bucket_size, mode), and alike the
	// others. Without num_segments there are as many as the greatest number asks for, which must be known.
	for name := range segmentReductions {
		core.Export1("ops."+name, "xxsssss", func(a *core.Args) Value {
			countSegments(a)
			return Segment(name, a.X(0), a.X(1), Segments{a.Int(2), a.IntOr(5, 0), a.Bool(3), a.Bool(4), a.Str(6)})
		}).Pre = countSegments
	}
}

func countSegments(a *core.Args) {
	if !a.IsNone(2) {
		return
	}
	ids := a.X(1)
	d := ids.Aval().DType
	b, ok := hostBytes(ids)
	if !ok {
		core.Errorf(core.ConcretizationTypeError, "Abstract tracer value encountered where concrete value is expected: traced array with shape %s\nsegment_sum() `num_segments` argument.", core.NewAval(d).Name())
	}
	n := int64(-1)
	for i := 0; i < len(b); i += d.Size() {
		n = max(n, hostInt(d, b[i:]))
	}
	a.List[2] = core.Arg{Kind: core.ArgInt, I: n + 1}
}
