package numpy_test

import (
	"testing"

	"github.com/stretchr/testify/assert"

	"github.com/jaxgo/jaxgo/core"
	"github.com/jaxgo/jaxgo/core/dtype"
	"github.com/jaxgo/jaxgo/core/numpy"
)

type Value = core.Value

// tracers are values of the given avals that belong to a trace of their own.
func tracers(avals ...*core.Aval) []Value {
	t := core.NewJaxprTrace(core.Evaluator(), "test", "test")
	var out []Value
	for _, a := range avals {
		out = append(out, t.Input(a))
	}
	return out
}

func message(f func()) string {
	err := core.Try(f)
	if err == nil {
		return ""
	}
	e := err.(*core.Error)
	return string(e.Kind) + ": " + e.Msg
}

func TestPromotionErrors(t *testing.T) {
	f3, f4, f24 := core.NewAval(dtype.Float32, 3), core.NewAval(dtype.Float32, 4), core.NewAval(dtype.Float32, 2, 4)
	v := tracers(f3, f4, f24, core.NewAval(dtype.KeyFry), core.NewAval(dtype.Float0, 3), core.NewAval(dtype.Float8E4M3FN, 3))
	for want, f := range map[string]func(){
		"ValueError: Incompatible shapes for broadcasting: shapes=[(3,), (2, 4)]":                                            func() { numpy.Add(v[0], v[2]) },
		"TypeError: add does not accept dtypes key<fry>, float32.":                                                           func() { numpy.Add(v[3], v[0]) },
		"ValueError: Incompatible types for broadcasting: input type=float32[3] and requested type=float32[2,4]":             func() { numpy.BroadcastTo(v[0], []int{2, 4}) },
		"ValueError: Cannot broadcast to shape with fewer dimensions: arr_shape=(2, 4) shape=(4,)":                           func() { numpy.BroadcastTo(v[2], []int{4}) },
		"ValueError: axis 1 is out of bounds for array of dimension 1":                                                       func() { numpy.Sum(v[0], numpy.Reduction{Axis: []int{1}}) },
		"ValueError: duplicate value in 'axis': (0, 0)":                                                                      func() { numpy.Sum(v[0], numpy.Reduction{Axis: []int{0, 0}}) },
		"ValueError: jnp.sum: where must be None or a boolean array; got where.dtype=dtype('float32').":                      func() { numpy.Sum(v[0], numpy.Reduction{Where: v[0]}) },
		"ValueError: reduction operation max does not have an identity, so to use a where mask one has to specify 'initial'": func() { numpy.Max(v[0], numpy.Reduction{Where: numpy.Isnan(v[0])}) },
	} {
		assert.Equal(t, want, message(func() { core.WithTrace(v[0].(core.Tracer).Trace(), f) }))
	}
	assert.Contains(t, message(func() { numpy.Add(v[4], v[0]) }), "TypeError: Called add with a float0 array. ")
	assert.Contains(t, message(func() { numpy.Add(v[5], v[0]) }), "errors.TypePromotionError: Input dtypes ('float8_e4m3fn', 'float32') have no available implicit dtype promotion path. To avoid unintended promotion, 8-bit floats do not support implicit promotion.")

	numpy.PromotionMode = dtype.Strict
	defer func() { numpy.PromotionMode = dtype.Standard }()
	i := tracers(core.NewAval(dtype.Int32, 3))[0]
	assert.Contains(t, message(func() { numpy.Add(i, v[0]) }), "when jax_numpy_dtype_promotion=strict")
}

func TestRankPromotion(t *testing.T) {
	v := tracers(core.NewAval(dtype.Float32, 3), core.NewAval(dtype.Float32, 2, 3))
	defer func(w func(string, string)) { numpy.RankPromotion, numpy.Warn = numpy.AllowRank, w }(numpy.Warn)
	var warned string
	numpy.Warn = func(category, msg string) { warned = category + ": " + msg }
	numpy.RankPromotion = numpy.WarnRank
	core.WithTrace(v[0].(core.Tracer).Trace(), func() {
		assert.Equal(t, "f32[2,3]", numpy.Add(v[0], v[1]).Aval().String())
		assert.Contains(t, warned, "UserWarning: Following NumPy automatic rank promotion for add on shapes (3,) (2, 3). Set")
		numpy.RankPromotion = numpy.RaiseRank
		assert.Contains(t, message(func() { numpy.Add(v[0], v[1]) }), "ValueError: Operands could not be broadcast together for add on shapes (3,) (2, 3) and with")
	})
}

// What runs before every operation must not allocate where there is nothing to promote.
func TestPromoteArgsAllocatesNothing(t *testing.T) {
	v := tracers(core.NewAval(dtype.Float32, 3), core.NewAval(dtype.Float32, 3), core.NewAval(dtype.Float32))
	assert.Zero(t, testing.AllocsPerRun(100, func() {
		numpy.PromoteArgs("add", v[0], v[1])
		numpy.PromoteInexact("divide", v[0], v[2])
		numpy.PromoteNumeric("power", v[0], v[1])
	}))
}
