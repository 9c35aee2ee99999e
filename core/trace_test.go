package core_test

import (
	"reflect"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/jaxgo/jaxgo/core"
	"github.com/jaxgo/jaxgo/core/dtype"
	"github.com/jaxgo/jaxgo/core/lax"
)

// counted is a value that counts its references.
type counted struct{ refs int }

func (c *counted) Aval() *core.Aval { return core.NewAval(dtype.Float32) }
func (c *counted) Retain()          { c.refs++ }
func (c *counted) Release()         { c.refs-- }
func (c *counted) IsConcrete()      {}

// under runs f as a thread of its own, so that what it leaves behind shows.
func under(t *testing.T, f func(th *core.Thread)) {
	t.Helper()
	was, th := core.Current(), core.NewThread(99)
	core.SetCurrent(th)
	defer core.SetCurrent(was)
	f(th)
	assert.Same(t, th, core.Current())
}

func jaxprTrace() *core.JaxprTrace { return core.NewJaxprTrace(core.CurrentTrace(), "test", "f") }

func TestTracesNest(t *testing.T) {
	under(t, func(th *core.Thread) {
		a, b := jaxprTrace(), jaxprTrace()
		bottom := core.CurrentTrace()
		core.WithTrace(a, func() {
			assert.Same(t, a, core.CurrentTrace())
			core.WithTrace(b, func() { assert.Same(t, b, core.CurrentTrace()) })
			restore := core.Under(b)
			assert.Same(t, b, core.CurrentTrace())
			restore()
			assert.Same(t, a, core.CurrentTrace())
			assert.False(t, core.IsEvaluating())
		})
		assert.Equal(t, bottom, core.CurrentTrace())
		err := core.Try(func() { core.WithTrace(a, func() { core.Errorf(core.ValueError, "no") }) })
		require.EqualError(t, err, "no")
		assert.Equal(t, bottom, core.CurrentTrace())

		m := th.Mark()
		core.Under(a)
		th.Reset(m)
		assert.Equal(t, bottom, core.CurrentTrace(), "a crossing that ended early")
		m = th.Mark()
		th.Push(a)
		th.Reset(m)
		assert.Same(t, a, core.CurrentTrace(), "a pushed trace outlives its crossing")
		m = th.Mark()
		th.Pop()
		th.Reset(m)
		assert.Equal(t, bottom, core.CurrentTrace())
	})
}

func TestScopesReleaseWhatTheyOwn(t *testing.T) {
	under(t, func(th *core.Thread) {
		m := th.Mark()
		kept, gone := &counted{refs: 1}, &counted{refs: 1}
		core.Scope(func() []core.Value {
			core.Own(kept)
			core.Own(gone)
			return []core.Value{kept, nil}
		})
		assert.Equal(t, 1, kept.refs, "the scope around has it now")
		assert.Equal(t, 0, gone.refs)
		th.Free(m)
		assert.Equal(t, 0, kept.refs)
	})
}

func TestConstantsAreCounted(t *testing.T) {
	under(t, func(*core.Thread) {
		c := &counted{refs: 1}
		var leaked core.Value
		j := core.MakeJaxpr("jit", "f", []*core.Aval{c.Aval()}, func(v []core.Value) []core.Value {
			leaked = v[0]
			return []core.Value{lax.Add(lax.Add(v[0], c), c)}
		})
		assert.Equal(t, []core.Value{c}, j.Consts, "met twice, one constant")
		assert.Equal(t, 2, c.refs)
		j.Drop()
		assert.Equal(t, 1, c.refs)

		err := core.Try(func() {
			core.MakeJaxpr("scan", "g", nil, func([]core.Value) []core.Value { return []core.Value{lax.Neg(leaked)} })
		})
		require.Error(t, err)
		assert.Equal(t, core.UnexpectedTracerError, err.(*core.Error).Kind)
		assert.ErrorContains(t, err, "f traced for jit")

		_ = core.Try(func() {
			core.MakeJaxpr("jit", "f", nil, func([]core.Value) []core.Value {
				lax.Neg(c)
				core.Errorf(core.ValueError, "no")
				return nil
			})
		})
		assert.Equal(t, 1, c.refs, "a trace that failed gives up its constants")
	})
}

type keyed struct {
	Axes   []int
	Name   string
	D      dtype.DType
	On     bool
	F      float64
	Hidden int `jx:"-"`
	Doc    int `jx:",nokey"`
}

func TestKeysOfParameters(t *testing.T) {
	op := core.Declare[keyed]("test_keyed")
	key := func(k keyed) string { return string(op.AppendKey(nil, k)) }
	base := keyed{Axes: []int{1, 2}, Name: "a", D: dtype.Float32, F: 1}
	seen := map[string]keyed{}
	for _, k := range []keyed{
		base, {}, {Axes: []int{}}, {Axes: []int{1}, Name: "a"}, {Axes: []int{1, 2}, Name: "ab", D: dtype.Float32, F: 1},
		{Axes: []int{1, 2}, Name: "a", D: dtype.Float32, F: -1}, {Axes: []int{1, 2}, Name: "a", D: dtype.Float32, F: 1, On: true},
		{Axes: []int{1, 2}, Name: "a", D: dtype.Float32, F: 1, Hidden: 1}, {Axes: []int{2, 1}, Name: "a", D: dtype.Float32, F: 1},
	} {
		other, taken := seen[key(k)]
		assert.False(t, taken, "%v has the key of %v", k, other)
		seen[key(k)] = k
	}
	same := base
	same.Axes, same.Doc = []int{1, 2}, 5
	assert.Equal(t, key(base), key(same), "equal parameters in other memory")
	var names []string
	core.MakeParams(op.Primitive, func(name string, _ reflect.Value) { names = append(names, name) })
	assert.Equal(t, []string{"axes", "d", "doc", "f", "name", "on"}, names)
	assert.Equal(t, "(1, 2)", core.FormatParam(core.ParamList(base)[0].Value))
	assert.Equal(t, "(1,)", core.FormatParam([]int{1}))
	assert.Equal(t, "None", core.FormatParam([]int(nil)))
	assert.Equal(t, "True", core.FormatParam(true))
}

func TestJaxprsPrint(t *testing.T) {
	x := core.NewAval(dtype.Float32, 3)
	many := func(n int) string {
		return core.MakeJaxpr("jit", "f", []*core.Aval{x}, func(v []core.Value) []core.Value {
			y := v[0]
			for range n {
				y = lax.Neg(y)
			}
			return []core.Value{y}
		}).String()
	}
	assert.Equal(t, "{ lambda ; a:f32[3]. let  in (a,) }", many(0))
	assert.Contains(t, many(30), "z:f32[3] = neg y\n")
	assert.Contains(t, many(30), "ba:f32[3] = neg z\n", "names go on with two letters")
}
