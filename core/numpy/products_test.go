package numpy_test

import (
	"compress/gzip"
	"encoding/json"
	"fmt"
	"os"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/jaxgo/jaxgo/core"
	"github.com/jaxgo/jaxgo/core/dtype"
	"github.com/jaxgo/jaxgo/core/numpy"
	"github.com/jaxgo/jaxgo/lowering"
	"github.com/jaxgo/jaxgo/lowering/lowertest"
)

// operandsOf lists the places of the operands in the arguments of a call, those in sequences too.
func operandsOf(spec string, args []core.Arg) []*core.Arg {
	var out []*core.Arg
	for i := range args {
		switch g := &args[i]; spec[i] {
		case 'X':
			for k := range g.Items {
				out = append(out, &g.Items[k])
			}
		case 'x', 'o':
			if g.Operand() != nil {
				out = append(out, g)
			}
		}
	}
	return out
}

// call applies the function as the boundary does: through a call, if JAX has one there, whose operands scalars are too.
func (c *oracleCase) call(fn *core.Func, in []core.Value) []core.Value {
	args := &core.Args{Fn: fn}
	for _, a := range c.Args {
		args.List = append(args.List, toArg(a, in))
	}
	if fn.JitName == "" {
		return fn.F(args)
	}
	places := operandsOf(fn.Spec, args.List)
	operands := make([]core.Value, len(places))
	for i, g := range places {
		operands[i] = g.Operand()
	}
	return numpy.Call(fn.JitName, fn.Name+fmt.Sprint(c.Args), func(in []core.Value) []core.Value {
		for i, g := range places {
			*g = core.Arg{Kind: core.ArgValue, V: in[i]}
		}
		return fn.F(args)
	}, operands...)
}

// compareWithJAX traces every case of a file in testdata, compares avals, primitives and errors, and runs every n-th.
func compareWithJAX(t *testing.T, file string, n int) {
	f, err := os.Open("testdata/" + file)
	require.NoError(t, err)
	defer f.Close()
	z, err := gzip.NewReader(f)
	require.NoError(t, err)
	var cases []oracleCase
	require.NoError(t, json.NewDecoder(z).Decode(&cases))
	if os.Getenv("JAXGO_SWEEP") == "full" {
		n = 1
	}
	for i, c := range cases {
		fn := core.FindFunc(c.Fn)
		if !assert.NotNil(t, fn, c.Fn) {
			continue
		}
		var in []string
		for _, a := range c.In {
			in = append(in, fmt.Sprint(a.D, a.S))
		}
		t.Run(fmt.Sprintf("%s%v%v", c.Fn, c.Args, in), func(t *testing.T) { c.compare(t, fn, i%n == 0) })
	}
}

func (c *oracleCase) compare(t *testing.T, fn *core.Func, run bool) {
	var avals []*core.Aval
	var in []core.Value
	for _, a := range c.In {
		avals = append(avals, a.host().Aval)
		if run || fn.NoUnit {
			in = append(in, lowertest.Put(a.host()))
		}
	}
	var j *core.ClosedJaxpr
	var got []core.Value
	msg := message(func() {
		if fn.NoUnit {
			got = c.call(fn, in)
			return
		}
		j = core.MakeJaxpr("jit", "test", avals, func(in []core.Value) []core.Value { return c.call(fn, in) })
	})
	if c.Error != nil {
		assert.Equal(t, c.Error[0]+": "+c.Error[1], strings.SplitN(msg, "\n", 2)[0])
		return
	}
	require.Empty(t, msg)
	var out []*core.Aval
	if fn.NoUnit {
		for _, v := range got {
			out = append(out, v.Aval())
		}
	} else {
		out = j.OutAvals()
	}
	require.Len(t, out, len(c.Want))
	for i, a := range out {
		d, _ := dtype.FromName(c.Want[i].D)
		want := core.MakeAval(d, c.Want[i].S, c.Want[i].Weak)
		assert.Equal(t, fmt.Sprint(want, want.Weak), fmt.Sprint(a, a.Weak))
	}
	if c.Ops != nil && j != nil {
		assert.Equal(t, *c.Ops, primitives(j.Jaxpr))
	}
	if j != nil {
		if !run || t.Failed() {
			return
		}
		got = lowering.ExecutableOf(j, "test").Run(in)
	}
	for i, v := range got {
		compare(t, c.Want[i].host(), lowertest.Get(t, v))
	}
}

func TestProducts(t *testing.T) { compareWithJAX(t, "products.json.gz", 8) }
