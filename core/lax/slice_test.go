package lax_test

import (
	"encoding/json"
	"fmt"
	"os"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/jaxgo/jaxgo/core"
	"github.com/jaxgo/jaxgo/core/dtype"
	"github.com/jaxgo/jaxgo/core/lax"
	"github.com/jaxgo/jaxgo/lowering/lowertest"
	"github.com/jaxgo/jaxgo/transforms/ad"
	"github.com/jaxgo/jaxgo/transforms/batch"
)

// testdata/slicing.json holds cases like those of oracle.json, with the equations that JAX traces: for the call, for its
// tangents, and for each mapped call. testdata/slicing.py writes it.
type slicingCase struct {
	oracleCase
	Trace    []string
	JVPTrace []string
	VMap     []struct {
		oracleMap
		Trace []string
	}
}

func equations(j *core.Jaxpr) []string {
	out := []string{}
	for _, e := range j.Eqns {
		var avals, params, ins []string
		for _, v := range e.Out {
			avals = append(avals, v.Aval().String())
		}
		for _, p := range core.ParamList(e.Params) {
			if c, ok := p.Value.(*core.ClosedJaxpr); ok && c != nil {
				params = append(params, p.Name+"={"+strings.Join(equations(c.Jaxpr), "; ")+"}")
				continue
			}
			if e.Prim.Name != "mul" { // out_dtype is not printed
				params = append(params, p.Name+"="+core.FormatParam(p.Value))
			}
		}
		for _, a := range e.In {
			if l, ok := a.(*core.Literal); ok {
				ins = append(ins, l.String())
			} else {
				ins = append(ins, "_")
			}
		}
		out = append(out, fmt.Sprintf("%s = %s[%s] %s", strings.Join(avals, " "), e.Prim.Name, strings.Join(params, " "), strings.Join(ins, " ")))
	}
	return out
}

func traced(in []*oracleArray, more []*oracleArray, f func(in, more []core.Value) []core.Value) []string {
	var avals []*core.Aval
	for _, a := range hosts(append(append([]*oracleArray{}, in...), more...)) {
		avals = append(avals, a.Aval)
	}
	return equations(core.MakeJaxpr("jit", "test", avals, func(vs []core.Value) []core.Value {
		x, vs := fill(in, vs)
		t, _ := fill(more, vs)
		return f(x, t)
	}).Jaxpr)
}

func TestShapesAndSlices(t *testing.T) {
	slicing(t, func(fn string) bool {
		return !strings.HasPrefix(fn, "lax.gather") && !strings.HasPrefix(fn, "lax.scatter")
	})
}

func slicing(t *testing.T, use func(fn string) bool) {
	b, err := os.ReadFile("testdata/slicing.json")
	require.NoError(t, err)
	var cases []slicingCase
	require.NoError(t, json.Unmarshal(b, &cases))
	for i := range cases {
		c := &cases[i]
		if !use(c.Fn) {
			continue
		}
		a, _ := json.Marshal(c.Args)
		t.Run(fmt.Sprintf("%d/%s%s", i, c.Fn, a), func(t *testing.T) {
			for _, m := range c.VMap {
				c.oracleCase.VMap = append(c.oracleCase.VMap, m.oracleMap)
			}
			require.NotNil(t, core.FindFunc(c.Fn))
			c.run(t)
			if c.Trace == nil {
				return
			}
			assert.Equal(t, c.Trace, traced(c.In, nil, func(in, _ []core.Value) []core.Value { return c.call(in) }))
			for _, m := range c.VMap {
				assert.Equal(t, m.Trace, traced(m.In, nil, func(in, _ []core.Value) []core.Value {
					dims := make([]int, len(m.Dims))
					for i, d := range m.Dims {
						dims[i] = core.Unmapped
						if d != nil {
							dims[i] = *d
						}
					}
					out, d := batch.Map(c.call, in, dims, m.Size, "")
					for i, y := range out {
						out[i] = batch.MatchAxis(y, d[i], 0, m.Size)
					}
					return out
				}), "vmap %v", m.Dims)
			}
			if c.JVPTrace != nil {
				assert.Equal(t, c.JVPTrace, traced(c.In, c.T, func(in, ts []core.Value) []core.Value {
					y, dy := ad.JVP(c.call, in, ts)
					return append(y, dy...)
				}), "jvp")
			}
		})
	}
}

// keyWords are the words of six keys.
func keyWords() lowertest.Array {
	return lowertest.Of(dtype.Uint32, []int{6, 2}, 0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 4294967295)
}

// onKeys applies f to six keys and compares the words of the result.
func onKeys(t *testing.T, want []float64, f func(keys, i core.Value) core.Value) {
	t.Helper()
	i := lowertest.Of(dtype.Int32, nil, 2)
	got := lowertest.Jit(t, func(in []core.Value) []core.Value {
		return []core.Value{lax.RandomUnwrap(f(lax.RandomWrap(in[0], dtype.KeyFry), in[1]))}
	}, keyWords(), i)
	assert.Equal(t, want, got[0].Floats())
}

func TestSlicesOfKeys(t *testing.T) {
	grid := func(k core.Value) core.Value { return lax.Reshape(k, []int{2, 3}) }
	onKeys(t, []float64{2, 3, 6, 7}, func(k, _ core.Value) core.Value { return lax.Slice(k, []int{1}, []int{4}, []int{2}) })
	onKeys(t, []float64{4, 5, 6, 7}, func(k, i core.Value) core.Value { return lax.DynamicSlice(k, []core.Value{i}, []int{2}) })
	onKeys(t, []float64{8, 9}, func(k, i core.Value) core.Value { return lax.DynamicIndexInDim(k, lax.Neg(i), 0, false) })
	onKeys(t, []float64{0, 1, 2, 3, 0, 1, 2, 3, 8, 9, 10, 4294967295}, func(k, i core.Value) core.Value {
		return lax.DynamicUpdateSlice(k, lax.SliceInDim(k, 0, 2, 1, 0), []core.Value{i})
	})
	onKeys(t, []float64{0, 1, 6, 7, 2, 3, 8, 9, 4, 5, 10, 4294967295}, func(k, _ core.Value) core.Value {
		return lax.Transpose(grid(k), []int{1, 0})
	})
	onKeys(t, []float64{0, 1, 6, 7, 2, 3, 8, 9, 4, 5, 10, 4294967295}, func(k, _ core.Value) core.Value {
		return lax.ReshapeOrder(grid(k), []int{6}, []int{1, 0})
	})
	onKeys(t, []float64{6, 7, 8, 9, 10, 4294967295}, func(k, _ core.Value) core.Value { return lax.UnstackAxis(grid(k), 0)[1] })
	onKeys(t, []float64{2, 3, 8, 9}, func(k, _ core.Value) core.Value { return lax.Split(grid(k), []int{1, 1, 1}, 1)[1] })
	onKeys(t, []float64{4, 5, 2, 3, 0, 1}, func(k, _ core.Value) core.Value { return lax.Rev(lax.SliceInDim(k, 0, 3, 1, 0), []int{0}) })
	onKeys(t, []float64{0, 1, 2, 3, 0, 1, 2, 3}, func(k, _ core.Value) core.Value { return lax.Tile(lax.SliceInDim(k, 0, 2, 1, 0), []int{2}) })
	onKeys(t, []float64{0, 1, 0, 1, 2, 3, 2, 3}, func(k, _ core.Value) core.Value {
		two := lax.SliceInDim(k, 0, 2, 1, 0)
		return lax.Stack([]core.Value{two, two}, 1)
	})
	onKeys(t, []float64{0, 1, 0, 1, 2, 3}, func(k, _ core.Value) core.Value {
		one := lax.SliceInDim(k, 0, 1, 1, 0)
		return lax.Concatenate([]core.Value{one, lax.SliceInDim(k, 0, 2, 1, 0)}, 0)
	})
	onKeys(t, []float64{4, 5, 4, 5}, func(k, _ core.Value) core.Value {
		return lax.Broadcast(lax.IndexInDim(k, 2, 0, false), []int{2})
	})
	onKeys(t, []float64{0, 0}, func(k, _ core.Value) core.Value { return lax.Empty([]int{1}, k.Aval().DType) })
}

func TestIotaAndEmpty(t *testing.T) {
	got := lowertest.Run(t, func([]core.Value) []core.Value {
		return []core.Value{lax.Iota(dtype.Int8, 3), lax.BroadcastedIota(dtype.BFloat16, []int{2, 2}, 0), lax.Empty([]int{2}, dtype.Bool)}
	})
	assert.Equal(t, []float64{0, 1, 2}, got[0].Floats())
	assert.Equal(t, []float64{0, 0, 1, 1}, got[1].Floats())
	assert.Equal(t, core.NewAval(dtype.Bool, 2), got[2].Aval)
}

// A weakly typed index stays so only where it isn't moved.
func TestWeakIndex(t *testing.T) {
	x, i := core.NewAval(dtype.Float32, 3), core.MakeAval(dtype.Int32, nil, true)
	j := core.MakeJaxpr("jit", "test", []*core.Aval{x, i}, func(in []core.Value) []core.Value {
		return []core.Value{lax.DynamicSliceInDim(in[0], in[1], 1, 0)}
	})
	assert.Equal(t, []string{
		"bool[] = lt[] _ 0",
		"i32[] = convert_element_type[new_dtype=int32 weak_type=False] _",
		"i32[] = add[] _ 3",
		"i32[] = select_n[] _ _ _",
		"f32[1] = dynamic_slice[slice_sizes=(1,)] _ _",
	}, equations(j.Jaxpr))
}

// JAX has no derivative of a broadcast that also transposes.
func TestTransposeOfUnsortedBroadcast(t *testing.T) {
	got := lowertest.Jit(t, func(in []core.Value) []core.Value {
		_, lin := ad.Linearize(func(in []core.Value) []core.Value {
			return []core.Value{lax.BroadcastInDim(in[0], []int{3, 2}, []int{1, 0})}
		}, in[:1], []bool{true})
		return lin.VJP(in[1:], false)
	}, lowertest.Of(dtype.Float32, []int{2, 3}, 0, 0, 0, 0, 0, 0), lowertest.Of(dtype.Float32, []int{3, 2}, 1, 2, 3, 4, 5, 6))
	assert.Equal(t, []float64{1, 3, 5, 2, 4, 6}, got[0].Floats())
	assert.Equal(t, []int{2, 3}, got[0].Aval.Shape)
}
