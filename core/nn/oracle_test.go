package nn_test

import (
	"compress/gzip"
	"encoding/json"
	"fmt"
	"math"
	"os"
	"strconv"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/jaxgo/jaxgo/core"
	"github.com/jaxgo/jaxgo/core/dtype"
	"github.com/jaxgo/jaxgo/core/lax"
	_ "github.com/jaxgo/jaxgo/core/nn"
	"github.com/jaxgo/jaxgo/core/numpy"
	"github.com/jaxgo/jaxgo/lowering"
	"github.com/jaxgo/jaxgo/lowering/lowertest"
	"github.com/jaxgo/jaxgo/transforms/ad"
)

// testdata/oracle.json.gz holds calls of the exported functions with what JAX gives for them; testdata/oracle.py writes it.

type hostArray struct {
	D string
	S []int
	V []any // numbers, or "nan", "inf", "-inf"
}

func (a *hostArray) host() lowertest.Array {
	d, _ := dtype.FromName(a.D)
	h := lowertest.Array{Aval: core.NewAval(d, a.S...)}
	for _, v := range a.V {
		f, ok := v.(float64)
		if !ok {
			f, _ = strconv.ParseFloat(v.(string), 64)
		}
		h.Data = append(h.Data, complex(f, 0))
	}
	return h
}

type call struct {
	Fn    string
	Args  []any
	In    []hostArray
	Want  []hostArray
	T     *hostArray // direction of the derivative
	DY    []hostArray
	Ops   *string
	Error []string
}

func toArg(v any, in []core.Value) core.Arg {
	switch v := v.(type) {
	case bool:
		if v {
			return core.Arg{Kind: core.ArgBool, I: 1}
		}
		return core.Arg{Kind: core.ArgBool}
	case float64:
		return core.Arg{Kind: core.ArgInt, I: int64(v)}
	case string:
		return core.Arg{Kind: core.ArgStr, S: v}
	case map[string]any:
		if x, ok := v["x"]; ok {
			return core.Arg{Kind: core.ArgValue, V: in[int(x.(float64))]}
		}
		if f, ok := v["f"]; ok {
			return core.Arg{Kind: core.ArgFloat, F: complex(f.(float64), 0)}
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

// apply calls the function as the boundary does: through a call, if JAX has one there.
func (c *call) apply(fn *core.Func, in []core.Value) []core.Value {
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

func TestOracle(t *testing.T) {
	f, err := os.Open("testdata/oracle.json.gz")
	require.NoError(t, err)
	defer f.Close()
	z, err := gzip.NewReader(f)
	require.NoError(t, err)
	var calls []call
	require.NoError(t, json.NewDecoder(z).Decode(&calls))
	for i, c := range calls {
		fn := core.FindFunc(c.Fn)
		require.NotNil(t, fn, c.Fn)
		var in []string
		for _, a := range c.In {
			in = append(in, fmt.Sprint(a.D, a.S))
		}
		// Every call is traced; compiling takes 20 ms, so only some are run.
		run := i%4 == 0 || os.Getenv("JAXGO_SWEEP") == "full"
		t.Run(fmt.Sprintf("%s%v%v", c.Fn, c.Args, in), func(t *testing.T) { c.check(t, fn, run) })
	}
}

func (c *call) check(t *testing.T, fn *core.Func, run bool) {
	var avals []*core.Aval
	for _, a := range c.In {
		avals = append(avals, a.host().Aval)
	}
	f := func(in []core.Value) []core.Value { return c.apply(fn, in) }
	var j *core.ClosedJaxpr
	err := core.Try(func() { j = core.MakeJaxpr("jit", "test", avals, f) })
	if c.Error != nil {
		require.Error(t, err)
		assert.Equal(t, c.Error, []string{string(err.(*core.Error).Kind), strings.SplitN(err.Error(), "\n", 2)[0]})
		return
	}
	require.NoError(t, err)
	for i, a := range j.OutAvals() {
		assert.Equal(t, c.Want[i].host().Aval.String(), a.String())
	}
	if c.Ops != nil {
		assert.Equal(t, *c.Ops, primitives(j.Jaxpr))
	}
	if !run {
		return
	}
	want := c.Want
	if c.T != nil {
		want = append(append([]hostArray{}, want...), c.DY...)
		avals = append(avals, c.T.host().Aval)
		j = core.MakeJaxpr("jit", "test", avals, func(in []core.Value) []core.Value {
			n := len(in) - 1
			dx := make([]core.Value, n)
			dx[0] = in[n]
			y, dy := ad.JVP(f, in[:n], dx)
			for i, v := range dy {
				if v == nil {
					v = lax.ZerosLike(y[i].Aval())
				}
				y = append(y, v)
			}
			return y
		})
	}
	var in []core.Value
	for _, a := range c.In {
		in = append(in, lowertest.Put(a.host()))
	}
	if c.T != nil {
		in = append(in, lowertest.Put(c.T.host()))
	}
	for i, v := range lowering.ExecutableOf(j, "test").Run(in) {
		got, host := lowertest.Get(t, v), want[i].host()
		tol := 3e-6
		if host.Aval.DType == dtype.Float16 {
			tol = 2e-3
		}
		for k, w := range host.Data {
			g, w := real(got.Data[k]), real(w)
			if g != w && !(math.IsNaN(g) && math.IsNaN(w)) && !(math.Abs(g-w) <= tol*max(1, math.Abs(w))) {
				t.Errorf("result %d: element %d is %v, not %v", i, k, g, w)
				break
			}
		}
	}
}
