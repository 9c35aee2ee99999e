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
			v := core.FormatParam
			if c, ok := p.Value.(*core.ClosedJaxpr); ok && c != nil {
				params = append(params, p.Name+"={"+strings.Join(equations(c.Jaxpr), "; ")+"}")
				continue
			}
			params = append(params, p.Name+"="+v(p.Value))
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

func TestSlicing(t *testing.T) {
	b, err := os.ReadFile("testdata/slicing.json")
	require.NoError(t, err)
	var cases []slicingCase
	require.NoError(t, json.Unmarshal(b, &cases))
	for i := range cases {
		c := &cases[i]
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
