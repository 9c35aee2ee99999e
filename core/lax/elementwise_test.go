package lax_test

import (
	"encoding/json"
	"fmt"
	"os"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/jaxgo/jaxgo/core"
	"github.com/jaxgo/jaxgo/lowering/lowertest"
)

// testdata/elementwise.json holds calls of the elementwise functions with what JAX gives for them; elementwise.py
// writes it.

type elementwiseCase struct {
	oracleCase
	X64 bool
}

func (c *elementwiseCase) String() string {
	a, _ := json.Marshal(c.Args)
	s := c.Fn + string(a)
	for _, in := range c.In {
		s += fmt.Sprint(" ", in.host().Aval)
	}
	return s
}

// operands are all arrays that the case's program takes.
func (c *elementwiseCase) operands() []lowertest.Array {
	in := append(hosts(c.In), append(hosts(c.T), hosts(c.CT)...)...)
	for _, m := range c.VMap {
		in = append(in, hosts(m.In)...)
	}
	return in
}

func (c *elementwiseCase) check(t *testing.T, got []lowertest.Array) {
	got = assertArrays(t, "value", c.Want, got)
	if c.T != nil {
		got = assertArrays(t, "jvp", c.JVP, got)
		got = assertArrays(t, "vjp", c.VJP, got)
	}
	for k, m := range c.VMap {
		got = assertArrays(t, fmt.Sprint("vmap", k), m.Want, got)
	}
	assert.Empty(t, got)
}

func elementwiseCases(t *testing.T, errors bool) []*elementwiseCase {
	b, err := os.ReadFile("testdata/elementwise.json")
	require.NoError(t, err)
	var all, some []*elementwiseCase
	require.NoError(t, json.Unmarshal(b, &all))
	for _, c := range all {
		require.NotNil(t, core.FindFunc(c.Fn), c.Fn)
		if (c.Error != nil) == errors {
			some = append(some, c)
		}
	}
	return some
}

func TestElementwiseErrors(t *testing.T) {
	for _, c := range elementwiseCases(t, true) {
		var avals []*core.Aval
		for _, a := range c.In {
			avals = append(avals, a.host().Aval)
		}
		err := core.Try(func() { core.MakeJaxpr("jit", "test", avals, c.call) })
		var e *core.Error
		if assert.ErrorAs(t, err, &e, c) {
			assert.Equal(t, c.Error, []string{string(e.Kind), e.Msg}, c)
		}
	}
}

func TestElementwiseValues(t *testing.T) {
	defer func(x64 bool) { core.X64 = x64 }(core.X64)
	for cases := elementwiseCases(t, false); len(cases) > 0; {
		// Many cases share a program: compiling is what takes the time.
		n := 1
		for n < len(cases) && n < 32 && cases[n].X64 == cases[0].X64 {
			n++
		}
		group := cases[:n]
		cases = cases[n:]
		core.X64 = group[0].X64
		var in []lowertest.Array
		for _, c := range group {
			in = append(in, c.operands()...)
		}
		results := make([]int, n)
		got := lowertest.Jit(t, func(vs []core.Value) (out []core.Value) {
			for i, c := range group {
				k := len(c.operands())
				var r []core.Value
				err := core.Try(func() { r = c.program(vs[:k]) })
				assert.NoError(t, err, c)
				vs, results[i], out = vs[k:], len(r), append(out, r...)
			}
			return out
		}, in...)
		for i, c := range group {
			k := results[i]
			t.Run(c.String(), func(t *testing.T) { c.check(t, got[:k]) })
			got = got[k:]
		}
	}
}
