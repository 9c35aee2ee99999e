package lax_test

import (
	"encoding/json"
	"fmt"
	"math"
	"os"
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

// testdata/oracle.json holds calls of exported functions with what JAX gives for them: values, tangents, cotangents,
// mapped values, errors. testdata/oracle.py writes it.

type oracleArray struct {
	D    string
	S    []int
	V    []any // numbers, "nan", "inf", "-inf", or pairs of these
	Weak bool
}

type oracleMap struct {
	Dims []*int
	In   []*oracleArray
	Size int
	Want []*oracleArray
}

type oracleCase struct {
	Fn    string
	Args  []any
	In    []*oracleArray
	Want  []*oracleArray
	Error []string
	T     []*oracleArray // tangents; absent: integers
	JVP   []*oracleArray
	CT    []*oracleArray
	VJP   []*oracleArray
	VMap  []oracleMap
}

func number(v any) float64 {
	switch v := v.(type) {
	case float64:
		return v
	case bool:
		if v {
			return 1
		}
		return 0
	case string:
		switch v {
		case "inf":
			return math.Inf(1)
		case "-inf":
			return math.Inf(-1)
		}
	}
	return math.NaN()
}

func (o *oracleArray) host() lowertest.Array {
	d, ok := dtype.FromName(o.D)
	if !ok {
		panic("no dtype " + o.D)
	}
	a := lowertest.Array{Aval: core.MakeAval(d, o.S, o.Weak)}
	for _, v := range o.V {
		if p, ok := v.([]any); ok {
			a.Data = append(a.Data, complex(number(p[0]), number(p[1])))
		} else {
			a.Data = append(a.Data, complex(number(v), 0))
		}
	}
	return a
}

// argument turns a JSON value into an argument of an exported function; in are the operands.
func argument(v any, in []core.Value) core.Arg {
	switch v := v.(type) {
	case nil:
		return core.Arg{}
	case bool:
		g := core.Arg{Kind: core.ArgBool}
		if v {
			g.I = 1
		}
		return g
	case float64:
		if v == math.Trunc(v) {
			return core.Arg{Kind: core.ArgInt, I: int64(v)}
		}
		return core.Arg{Kind: core.ArgFloat, F: complex(v, 0)}
	case string:
		return core.Arg{Kind: core.ArgStr, S: v}
	case []any:
		g := core.Arg{Kind: core.ArgSeq}
		for _, e := range v {
			g.Items = append(g.Items, argument(e, in))
		}
		return g
	case map[string]any:
		if i, ok := v["x"]; ok {
			return core.Arg{Kind: core.ArgValue, V: in[int(i.(float64))]}
		}
		d, _ := dtype.FromName(v["dtype"].(string))
		return core.Arg{Kind: core.ArgDType, D: d}
	}
	panic(fmt.Sprintf("argument %T", v))
}

func (c *oracleCase) call(in []core.Value) []core.Value {
	fn := core.FindFunc(c.Fn)
	a := &core.Args{Fn: fn}
	for _, v := range c.Args {
		a.List = append(a.List, argument(v, in))
	}
	return fn.F(a)
}

func hosts(as []*oracleArray) (out []lowertest.Array) {
	for _, a := range as {
		if a != nil {
			out = append(out, a.host())
		}
	}
	return out
}

// fill takes as many of vs as the list has entries, nil where it has null.
func fill(as []*oracleArray, vs []core.Value) (out, rest []core.Value) {
	for _, a := range as {
		if a == nil {
			out = append(out, nil)
		} else {
			out, vs = append(out, vs[0]), vs[1:]
		}
	}
	return out, vs
}

func assertArrays(t *testing.T, what string, want []*oracleArray, got []lowertest.Array) []lowertest.Array {
	t.Helper()
	for i, w := range want {
		if w == nil {
			continue
		}
		if len(got) == 0 {
			assert.Fail(t, what+": a result is missing")
			return nil
		}
		g := got[0]
		got = got[1:]
		h := w.host()
		if what == "jvp" || what == "vjp" {
			assert.Equal(t, h.Aval.Name(), g.Aval.Name(), "%s %d", what, i)
		} else {
			assert.Equal(t, h.Aval, g.Aval, "%s %d: want %v weak=%v, got %v weak=%v", what, i, h.Aval, h.Aval.Weak, g.Aval, g.Aval.Weak)
		}
		tol := 0.0
		if d := h.Aval.DType; d.IsInexact() {
			tol = max(16*dtype.Limits(d.Real()).Eps, 1e-12)
		}
		scale := 1.0
		for _, x := range h.Data {
			if s := math.Hypot(real(x), imag(x)); !math.IsInf(s, 0) && !math.IsNaN(s) {
				scale = max(scale, s)
			}
		}
		for k := range h.Data {
			if k >= len(g.Data) {
				break
			}
			near := func(a, b float64) bool {
				return math.IsNaN(a) && math.IsNaN(b) || a == b || math.Abs(a-b) <= tol*scale
			}
			if !near(real(h.Data[k]), real(g.Data[k])) || !near(imag(h.Data[k]), imag(g.Data[k])) {
				assert.Fail(t, fmt.Sprintf("%s %d [%d]: want %v, got %v\nwant %v\ngot  %v", what, i, k, h.Data[k], g.Data[k], h.Data, g.Data))
				break
			}
		}
	}
	return got
}

func (c *oracleCase) run(t *testing.T) {
	if c.Error != nil {
		err := core.Try(func() { lowertest.Jit(t, c.call, hosts(c.In)...) })
		var e *core.Error
		require.ErrorAs(t, err, &e)
		assert.Equal(t, c.Error, []string{string(e.Kind), e.Msg})
		return
	}
	in := append(hosts(c.In), append(hosts(c.T), hosts(c.CT)...)...)
	for _, m := range c.VMap {
		in = append(in, hosts(m.In)...)
	}
	var got []lowertest.Array
	// One program computes all: compiling is what takes the time.
	err := core.Try(func() { got = lowertest.Jit(t, c.program, in...) })
	require.NoError(t, err)
	got = assertArrays(t, "value", c.Want, got)
	if c.T != nil {
		got = assertArrays(t, "jvp", c.JVP, got)
		got = assertArrays(t, "vjp", c.VJP, got)
	}
	for i, m := range c.VMap {
		got = assertArrays(t, fmt.Sprint("vmap", i), m.Want, got)
	}
	assert.Empty(t, got)
}

// program computes the case's values and all that is derived from them.
func (c *oracleCase) program(vs []core.Value) []core.Value {
	x, vs := fill(c.In, vs)
	ts, vs := fill(c.T, vs)
	ct, vs := fill(c.CT, vs)
	out := c.call(x)
	if c.T != nil {
		_, dy := ad.JVP(c.call, x, ts)
		out = append(out, instantiated(dy, c.JVP)...)
	}
	if c.CT != nil {
		nz := make([]bool, len(ts))
		for i := range ts {
			nz[i] = ts[i] != nil
		}
		_, lin := ad.Linearize(c.call, x, nz)
		out = append(out, instantiated(lin.VJP(ct, false), c.VJP)...)
	}
	for _, m := range c.VMap {
		var mx []core.Value
		mx, vs = fill(m.In, vs)
		dims := make([]int, len(m.Dims))
		for i, d := range m.Dims {
			dims[i] = core.Unmapped
			if d != nil {
				dims[i] = *d
			}
		}
		ys, ds := batch.Map(c.call, mx, dims, m.Size, "")
		for i, y := range ys {
			out = append(out, batch.MatchAxis(y, ds[i], 0, m.Size))
		}
	}
	return out
}

// instantiated gives the values that are wanted, zeros where they are symbolic.
func instantiated(vs []core.Value, want []*oracleArray) (out []core.Value) {
	for i, v := range vs {
		if want[i] != nil {
			out = append(out, lax.InstantiateZeros(v, want[i].host().Aval))
		}
	}
	return out
}

func TestOracle(t *testing.T) {
	b, err := os.ReadFile("testdata/oracle.json")
	require.NoError(t, err)
	var cases []oracleCase
	require.NoError(t, json.Unmarshal(b, &cases))
	for i := range cases {
		c := &cases[i]
		if testing.Short() && i%7 != 0 { // most of the time goes into compiling
			continue
		}
		a, _ := json.Marshal(c.Args)
		t.Run(fmt.Sprintf("%s%s", c.Fn, a), func(t *testing.T) {
			if core.FindFunc(c.Fn) == nil {
				t.Fatal("no such function")
			}
			c.run(t)
		})
	}
}
