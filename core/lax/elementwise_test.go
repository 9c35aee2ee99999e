package lax_test

import (
	"encoding/json"
	"fmt"
	"os"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/jaxgo/jaxgo/core"
	"github.com/jaxgo/jaxgo/core/lax"
	"github.com/jaxgo/jaxgo/lowering/lowertest"
)

// testdata/elementwise.json holds calls of the elementwise functions with what JAX gives for them; elementwise.py
// writes it.

func elementwiseCases(t *testing.T) (values, errors []*oracleCase) {
	b, err := os.ReadFile("testdata/elementwise.json")
	require.NoError(t, err)
	var cases []*oracleCase
	require.NoError(t, json.Unmarshal(b, &cases))
	for _, c := range cases {
		require.NotNil(t, core.FindFunc(c.Fn), c.Fn)
		if c.Error == nil {
			values = append(values, c)
		} else {
			errors = append(errors, c)
		}
	}
	return values, errors
}

func (c *oracleCase) title() string {
	a, _ := json.Marshal(c.Args)
	s := c.Fn + string(a)
	for _, in := range c.In {
		s += fmt.Sprint(" ", in.host().Aval)
	}
	return s
}

func TestElementwiseErrors(t *testing.T) {
	_, cases := elementwiseCases(t)
	for _, c := range cases {
		var avals []*core.Aval
		for _, a := range c.In {
			avals = append(avals, a.host().Aval)
		}
		err := core.Try(func() { core.MakeJaxpr("jit", "test", avals, c.call) })
		var e *core.Error
		if assert.ErrorAs(t, err, &e, c.title()) {
			assert.Equal(t, c.Error, []string{string(e.Kind), e.Msg}, c.title())
		}
	}
}

// Many cases share a program: compiling is what takes the time.
func TestElementwiseValues(t *testing.T) {
	const perProgram = 24
	cases, _ := elementwiseCases(t)
	for len(cases) > 0 {
		n := min(perProgram, len(cases))
		batch := cases[:n]
		cases = cases[n:]
		var in []lowertest.Array
		counts := make([]int, n)
		outs := make([]int, n)
		for i, c := range batch {
			args := append(hosts(c.In), append(hosts(c.T), hosts(c.CT)...)...)
			for _, m := range c.VMap {
				args = append(args, hosts(m.In)...)
			}
			counts[i] = len(args)
			in = append(in, args...)
		}
		t0 := time.Now()
		got := lowertest.Jit(t, func(vs []core.Value) (out []core.Value) {
			for i, c := range batch {
				var r []core.Value
				if err := core.Try(func() { r = c.program(vs[:counts[i]]) }); err != nil {
					assert.NoError(t, err, c.title())
				}
				vs, outs[i] = vs[counts[i]:], len(r)
				out = append(out, r...)
			}
			return out
		}, in...)
		if os.Getenv("TIMES") != "" {
			fmt.Println(time.Since(t0), batch[0].title(), batch[n-1].title())
		}
		for i, c := range batch {
			mine := got[:outs[i]]
			got = got[outs[i]:]
			if mine == nil {
				continue
			}
			ok := t.Run(c.title(), func(t *testing.T) {
				mine = assertArrays(t, "value", c.Want, mine)
				if c.T != nil {
					mine = assertArrays(t, "jvp", c.JVP, mine)
					mine = assertArrays(t, "vjp", c.VJP, mine)
				}
				for k, m := range c.VMap {
					mine = assertArrays(t, fmt.Sprint("vmap", k), m.Want, mine)
				}
				assert.Empty(t, mine)
			})
			_ = ok
		}
	}
}

var _ = lax.Add
