package numpy_test

import (
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/jaxgo/jaxgo/core"
	"github.com/jaxgo/jaxgo/core/dtype"
	"github.com/jaxgo/jaxgo/core/lax"
	"github.com/jaxgo/jaxgo/core/numpy"
	"github.com/jaxgo/jaxgo/lowering/lowertest"
)

// index makes the argument that x[items] arrives as: ints, values, nil for None, strings such as "1:3" and "...", lists.
func index(items ...any) core.Arg {
	a := core.Arg{Kind: core.ArgSeq}
	for _, it := range items {
		g := core.Arg{Kind: core.ArgNone}
		switch it := it.(type) {
		case int:
			g = core.Arg{Kind: core.ArgInt, I: int64(it)}
		case bool:
			g = core.Arg{Kind: core.ArgBool}
			if it {
				g.I = 1
			}
		case float64:
			g = core.Arg{Kind: core.ArgFloat, F: complex(it, 0)}
		case Value:
			g = core.Arg{Kind: core.ArgValue, V: it}
		case []any:
			g = index(it...)
			g.List = true
		case string:
			g = bounds(it)
		}
		a.Items = append(a.Items, g)
	}
	return a
}

func bounds(s string) core.Arg {
	if s == "..." {
		return core.Arg{Kind: core.ArgEllipsis}
	}
	g := core.Arg{Kind: core.ArgSlice, Items: make([]core.Arg, 3)}
	for i, part := range strings.Split(s, ":") {
		n, sign := int64(0), int64(1)
		for _, c := range part {
			if c == '-' {
				sign = -1
			} else {
				n = 10*n + int64(c-'0')
			}
		}
		if part != "" {
			g.Items[i] = core.Arg{Kind: core.ArgInt, I: sign * n}
		}
	}
	return g
}

// call calls an exported function as the boundary does of arrays that are there, or while tracing.
func call(name string, eager bool, args ...core.Arg) Value {
	f := core.FindFunc(name)
	a := &core.Args{Fn: f, List: args}
	if eager && f.Pre != nil {
		f.Pre(a)
	}
	return f.F(a)[0]
}

func value(v Value) core.Arg { return core.Arg{Kind: core.ArgValue, V: v} }

func str(s string) core.Arg { return core.Arg{Kind: core.ArgStr, S: s} }

var none = core.Arg{}

func grid() Value {
	data := make([]float64, 12)
	for i := range data {
		data[i] = float64(i)
	}
	return lowertest.Put(lowertest.Of(dtype.Float32, []int{3, 4}, data...))
}

func ints(n ...float64) Value {
	return lowertest.Put(lowertest.Of(dtype.Int32, []int{len(n)}, n...))
}

// The element at [i, j] of grid is 4i+j.
func TestGetitem(t *testing.T) {
	mask := lowertest.Put(lowertest.Of(dtype.Bool, []int{3}, 1, 0, 1))
	for _, c := range []struct {
		index core.Arg
		shape []int
		want  []float64
	}{
		{index(1), []int{4}, []float64{4, 5, 6, 7}},
		{index(-1, -1), []int{}, []float64{11}},
		{index(9, "1:3"), []int{2}, []float64{9, 10}}, // out of bounds: the last
		{index("2:0:-1", 0), []int{2}, []float64{8, 4}},
		{index("::2", "3::-2"), []int{2, 2}, []float64{3, 1, 11, 9}},
		{index(nil, "...", 2, nil), []int{1, 3, 1}, []float64{2, 6, 10}},
		{index(ints(0, -1)), []int{2, 4}, []float64{0, 1, 2, 3, 8, 9, 10, 11}},
		{index("1:", []any{0, -1}), []int{2, 2}, []float64{4, 7, 8, 11}},
		{index(ints(0, 1), nil, ints(1, 2)), []int{2, 1}, []float64{1, 6}},
		{index(ints(0, 2), "::-3"), []int{2, 2}, []float64{3, 0, 11, 8}},
		{index(mask, 1), []int{2}, []float64{1, 9}},
		{index(true, 0), []int{1, 4}, []float64{0, 1, 2, 3}},
		{index(false), []int{0, 3, 4}, []float64{}},
		{index([]any{}), []int{0, 4}, []float64{}},
	} {
		for _, eager := range []bool{true, false} {
			got := lowertest.Get(t, call("jnp.getitem", eager, value(grid()), c.index))
			assert.Equal(t, c.shape, got.Aval.Shape)
			assert.Equal(t, c.want, got.Floats())
		}
	}
}

func TestUpdate(t *testing.T) {
	one := core.Arg{Kind: core.ArgInt, I: 1}
	for _, c := range []struct {
		op    string
		index core.Arg
		want  []float64
	}{
		{"set", index(1), []float64{0, 1, 2, 3, 1, 1, 1, 1, 8, 9, 10, 11}},
		{"set", index(5), []float64{0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11}}, // dropped
		{"add", index("1:", -1), []float64{0, 1, 2, 3, 4, 5, 6, 8, 8, 9, 10, 12}},
		{"subtract", index("...", "::3"), []float64{-1, 1, 2, 2, 3, 5, 6, 6, 7, 9, 10, 10}},
		{"max", index(nil, 0, "2::-1"), []float64{1, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11}},
		{"add", index(ints(0, 0, -1), 0), []float64{2, 1, 2, 3, 4, 5, 6, 7, 9, 9, 10, 11}},
		{"set", index("..."), []float64{1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1}},
		{"power", index(2, 1), []float64{0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11}},
	} {
		for _, eager := range []bool{true, false} {
			got := lowertest.Get(t, call("jnp.index_update", eager, value(grid()), c.index, one, str(c.op), none, none, none, none))
			assert.Equal(t, c.want, got.Floats(), c.op)
		}
	}
	square := core.MakeJaxpr("test", "square", []*core.Aval{core.NewAval(dtype.Float32)}, func(in []Value) []Value {
		return []Value{lax.Mul(in[0], in[0])}
	})
	got := lowertest.Get(t, call("jnp.index_apply", true, value(grid()), index(2), core.Arg{Kind: core.ArgGo, Go: square}, none, none, none, none))
	assert.Equal(t, []float64{0, 1, 2, 3, 4, 5, 6, 7, 64, 81, 100, 121}, got.Floats())
}

// Calls that differ in static integers and starts only are one program.
func TestStaticIndicesBecomeOperands(t *testing.T) {
	rewritten := func(i core.Arg) string {
		a := &core.Args{List: []core.Arg{value(grid()), i}}
		core.FindFunc("jnp.getitem").Pre(a)
		require.True(t, a.List[1].Big)
		return strings.Clone(a.List[1].Items[0].S)
	}
	assert.Equal(t, rewritten(index(0, "1:3")), rewritten(index(-1, "-2:")))
	assert.NotEqual(t, rewritten(index(0, "1:3")), rewritten(index(0, "1:2")))
	assert.Equal(t, rewritten(index(0)), rewritten(index(7)))
	assert.Equal(t, rewritten(index("::-1")), rewritten(index("2::-1")))

	x, i := value(grid()), index(1, "1:3")
	pre := core.FindFunc("jnp.getitem").Pre
	assert.LessOrEqual(t, testing.AllocsPerRun(100, func() { pre(&core.Args{List: []core.Arg{x, i}}) }), 5.0)
}

func TestIndexErrors(t *testing.T) {
	v := tracers(core.NewAval(dtype.Float32, 3, 4), core.NewAval(dtype.Bool, 3), core.NewAval(dtype.Int32), core.NewAval(dtype.Float32, 2), core.NewAval(dtype.Float32, 0, 3))
	start := bounds("0:3")
	start.Items[0] = value(v[2])
	list := index(0, 1)
	list.List = true
	for want, i := range map[string]core.Arg{
		"IndexError: Too many indices: array is 2-dimensional, but 3 were indexed":                                     index(0, 1, 2),
		"IndexError: an index can only have a single ellipsis ('...')":                                                 index("...", "..."),
		"errors.NonConcreteBooleanIndexError: Array boolean indices must be concrete; got bool[3]":                     index(v[1]),
		"TypeError: Indexer must have integer or boolean type, got indexer with type float32":                          index(v[3]),
		"TypeError: Indexer must have integer or boolean type, got indexer with type float64":                          index(1.0),
		"IndexError: Slice entries must be static integers. Got slice(JitTracer(int32[]), 3, None) at position 1":      {Kind: core.ArgSeq, Items: []core.Arg{bounds("::"), start}},
		"ValueError: slice step cannot be zero":                                                                        index("::0"),
		"OverflowError: Python int 1099511627776 too large to convert to int32":                                        index(1 << 40),
		"TypeError: Using a non-tuple sequence for multidimensional indexing is not allowed; use `arr[array(seq)]` in": list,
	} {
		got := message(func() { core.WithTrace(v[0].(core.Tracer).Trace(), func() { numpy.Getitem(v[0], &i) }) })
		assert.Equal(t, want, got[:min(len(got), len(want))])
	}
	zero := index(0)
	assert.Equal(t, "IndexError: index is out of bounds for axis 0 with size 0", message(func() {
		core.WithTrace(v[0].(core.Tracer).Trace(), func() { numpy.Getitem(v[4], &zero) })
	}))
	defer func(w func(string, string)) { numpy.Warn = w }(numpy.Warn)
	var warned string
	numpy.Warn = func(category, msg string) { warned = category + ": " + msg }
	core.WithTrace(v[0].(core.Tracer).Trace(), func() {
		numpy.UpdateAt(v[2], &core.Arg{Kind: core.ArgEllipsis}, core.NewLiteral(dtype.Float32, 1, true), "set")
	})
	assert.Equal(t, "FutureWarning: scatter inputs have incompatible types: cannot safely cast value from dtype=float32 to dtype=int32 with jax_numpy_dtype_promotion=standard. In future JAX releases this will result in an error.", warned)
}

func TestTakeAndSegments(t *testing.T) {
	axis := func(i int64) core.Arg { return core.Arg{Kind: core.ArgInt, I: i} }
	got := lowertest.Get(t, call("jnp.take", true, value(grid()), value(ints(1, 7, -1)), axis(0), str("clip"), none, none, none))
	assert.Equal(t, []float64{4, 5, 6, 7, 8, 9, 10, 11, 0, 1, 2, 3}, got.Floats())
	at := lowertest.Put(lowertest.Of(dtype.Int32, []int{3, 1}, 0, -1, 2))
	got = lowertest.Get(t, call("jnp.take_along_axis", true, value(grid()), value(at), axis(1), none, none, none))
	assert.Equal(t, []float64{0, 7, 10}, got.Floats())
	got = lowertest.Get(t, call("ops.segment_sum", true, value(grid()), value(ints(1, 1, 3)), none, none, none, none, none))
	assert.Equal(t, []float64{0, 0, 0, 0, 4, 6, 8, 10, 0, 0, 0, 0, 8, 9, 10, 11}, got.Floats())
}
