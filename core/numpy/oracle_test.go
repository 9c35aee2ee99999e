package numpy_test

import (
	"compress/gzip"
	"encoding/json"
	"fmt"
	"math"
	"os"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/jaxgo/jaxgo/core"
	"github.com/jaxgo/jaxgo/core/dtype"
	"github.com/jaxgo/jaxgo/core/lax"
	"github.com/jaxgo/jaxgo/core/numpy"
	"github.com/jaxgo/jaxgo/lowering"
	"github.com/jaxgo/jaxgo/lowering/lowertest"
)

// testdata/oracle.json.gz holds calls of exported functions with what JAX gives for them: avals, values, the primitives
// of the jaxpr, errors. testdata/oracle.py writes it.

type oracleArray struct {
	D    string
	S    []int
	V    []any // numbers, "nan", "inf", "-inf", or pairs of these
	Weak bool
}

type oracleCase struct {
	Fn    string
	Args  []any
	In    []oracleArray
	Want  []oracleArray
	Ops   *string
	Error []string
}

func toFloat(v any) float64 {
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
	d, _ := dtype.FromName(o.D)
	a := lowertest.Array{Aval: core.MakeAval(d, o.S, o.Weak)}
	for _, v := range o.V {
		if p, ok := v.([]any); ok {
			a.Data = append(a.Data, complex(toFloat(p[0]), toFloat(p[1])))
		} else {
			a.Data = append(a.Data, complex(toFloat(v), 0))
		}
	}
	return a
}

// toArg turns a JSON value into an argument; in are the operands.
func toArg(v any, in []core.Value) core.Arg {
	switch v := v.(type) {
	case bool:
		a := core.Arg{Kind: core.ArgBool}
		if v {
			a.I, a.F = 1, 1
		}
		return a
	case float64:
		return core.Arg{Kind: core.ArgInt, I: int64(v), F: complex(v, 0)}
	case string:
		return core.Arg{Kind: core.ArgStr, S: v}
	case map[string]any:
		if x, ok := v["x"]; ok {
			return core.Arg{Kind: core.ArgValue, V: in[int(x.(float64))]}
		}
		if f, ok := v["f"]; ok {
			return core.Arg{Kind: core.ArgFloat, F: complex(toFloat(f), 0)}
		}
		d, _ := dtype.FromName(v["d"].(string))
		return core.Arg{Kind: core.ArgDType, D: d}
	case []any:
		a := core.Arg{Kind: core.ArgSeq}
		for _, e := range v {
			a.Items = append(a.Items, toArg(e, in))
		}
		return a
	}
	return core.Arg{Kind: core.ArgNone}
}

// primitives lists a jaxpr's primitives, those of calls in parentheses.
func primitives(j *core.Jaxpr) string {
	var names []string
	for _, e := range j.Eqns {
		name := e.Prim.Name
		switch p := e.Params.(type) {
		case lax.JitParams:
			name = fmt.Sprintf("jit:%s(%s)", p.Name, primitives(p.Jaxpr.Jaxpr))
		case lax.CustomJVPParams:
			name = fmt.Sprintf("(%s)", primitives(p.CallJaxpr.Jaxpr))
		}
		names = append(names, name)
	}
	return strings.Join(names, " ")
}

// apply calls fn as the boundary does: through a call, if JAX has one there, whose operands scalars are too.
func (c *oracleCase) apply(fn *core.Func, in []core.Value) []core.Value {
	args := &core.Args{Fn: fn}
	var operands []core.Value
	var at []int
	for i, a := range c.Args {
		args.List = append(args.List, toArg(a, in))
		if v := args.List[i].Operand(); v != nil && fn.Spec[i] != 's' {
			operands, at = append(operands, v), append(at, i)
		}
	}
	if fn.JitName == "" {
		return fn.F(args)
	}
	return numpy.Call(fn.JitName, fn.Name+fmt.Sprint(c.Args), func(in []core.Value) []core.Value {
		for k, i := range at {
			args.List[i] = core.Arg{Kind: core.ArgValue, V: in[k]}
		}
		return fn.F(args)
	}, operands...)
}

func TestOracle(t *testing.T) {
	f, err := os.Open("testdata/oracle.json.gz")
	require.NoError(t, err)
	defer f.Close()
	z, err := gzip.NewReader(f)
	require.NoError(t, err)
	var cases []oracleCase
	require.NoError(t, json.NewDecoder(z).Decode(&cases))
	// Every case is traced; compiling takes 15 ms, so only some are run.
	every := 16
	if os.Getenv("JAXGO_SWEEP") == "full" {
		every = 1
	}
	for i, c := range cases {
		fn := core.FindFunc(c.Fn)
		if !assert.NotNil(t, fn, c.Fn) {
			continue
		}
		var text []string
		for _, a := range c.In {
			text = append(text, fmt.Sprint(a.D, a.S))
		}
		name := fmt.Sprintf("%s%v%v", c.Fn, c.Args, text)
		t.Run(name, func(t *testing.T) { c.check(t, fn, i%every == 0 || fn.NoUnit && len(c.In) == 0) })
	}
}

func (c *oracleCase) check(t *testing.T, fn *core.Func, run bool) {
	var avals []*core.Aval
	for _, a := range c.In {
		avals = append(avals, a.host().Aval)
	}
	var j *core.ClosedJaxpr
	msg := message(func() {
		j = core.MakeJaxpr("jit", "test", avals, func(in []core.Value) []core.Value { return c.apply(fn, in) })
	})
	if c.Error != nil {
		want := c.Error[0] + ": " + c.Error[1]
		assert.Equal(t, want, strings.SplitN(msg, "\n", 2)[0])
		return
	}
	require.Empty(t, msg)
	for i, a := range j.OutAvals() {
		d, _ := dtype.FromName(c.Want[i].D)
		want := core.MakeAval(d, c.Want[i].S, c.Want[i].Weak)
		assert.Equal(t, fmt.Sprint(want, want.Weak), fmt.Sprint(a, a.Weak))
	}
	if c.Ops != nil {
		assert.Equal(t, *c.Ops, primitives(j.Jaxpr))
	}
	if !run || t.Failed() {
		return
	}
	var in []core.Value
	for _, a := range c.In {
		in = append(in, lowertest.Put(a.host()))
	}
	for i, v := range lowering.ExecutableOf(j, "test").Run(in) {
		compare(t, c.Want[i].host(), lowertest.Get(t, v))
	}
	if !fn.NoUnit {
		return
	}
	for i, v := range c.apply(fn, in) { // constants are written on the host here
		got := lowertest.Get(t, v)
		assert.Equal(t, j.OutAvals()[i], got.Aval)
		compare(t, c.Want[i].host(), got)
	}
}

// compare allows for roundings in another order, measured against the size of the values.
func compare(t *testing.T, want, got lowertest.Array) {
	tol := 2e-6
	switch want.Aval.DType {
	case dtype.Float16:
		tol = 2e-3
	case dtype.BFloat16:
		tol = 2e-2
	}
	for i, w := range want.Data {
		g := got.Data[i]
		for _, p := range [][2]float64{{real(w), real(g)}, {imag(w), imag(g)}} {
			if p[0] == p[1] || math.IsNaN(p[0]) && math.IsNaN(p[1]) || math.Abs(p[0]-p[1]) <= tol*max(1, math.Abs(p[0])) {
				continue
			}
			t.Errorf("element %d is %v, not %v", i, g, w)
			return
		}
	}
}
