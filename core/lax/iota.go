package lax

import (
	"slices"

	"github.com/jaxgo/jaxgo/core"
	"github.com/jaxgo/jaxgo/core/dtype"
	"github.com/jaxgo/jaxgo/core/stablehlo"
)

type iotaParams struct {
	Dimension int
	Dtype     dtype.DType
	Shape     []int
	Sharding  core.None
}

type emptyParams struct {
	Dtype       dtype.DType
	OutSharding core.None
	Shape       []int
}

var (
	iotaOp  = core.Declare[iotaParams]("iota")
	emptyOp = core.Declare[emptyParams]("empty")
)

// Iota is 0, 1, … n-1.
func Iota(d dtype.DType, n int) Value { return BroadcastedIota(d, []int{n}, 0) }

// BroadcastedIota is an array whose elements are their own positions along an axis.
func BroadcastedIota(d dtype.DType, shape []int, dim int) Value {
	return iotaOp.Bind1(iotaParams{Dimension: dim, Dtype: d, Shape: nonNil(shape)})
}

// Empty is an array of which only shape and dtype matter.
func Empty(shape []int, d dtype.DType) Value {
	return emptyOp.Bind1(emptyParams{Dtype: d, Shape: nonNil(shape)})
}

func init() {
	iotaOp.Define(core.Rules[iotaParams]{
		Doc:               "An array of positions along an axis.",
		NonDifferentiable: true,
		Abstract: func(p iotaParams, _ []*core.Aval) []*core.Aval {
			nonNegative("iota shape", p.Shape)
			out := core.NewAval(p.Dtype, p.Shape...)
			numbers.check("iota", []*core.Aval{out})
			if p.Dimension < 0 || p.Dimension >= len(p.Shape) {
				core.Errorf(core.ValueError, "iota dimension must be between 0 and len(shape), got dimension=%d for shape=%s", p.Dimension, core.ShapeString(p.Shape))
			}
			return []*core.Aval{out}
		},
		Lower: func(c core.LowerCtx, p iotaParams, in []stablehlo.Value) []stablehlo.Value {
			return c.B().Op("stablehlo.iota", "iota_dimension = "+itoa(p.Dimension)+" : i64", nil, nil, c.Out()[0].HLO())
		},
		Samples: []core.Sample[iotaParams]{{Params: iotaParams{Dimension: 1, Dtype: dtype.Float32, Shape: []int{2, 3}}}},
	})

	emptyOp.Define(core.Rules[emptyParams]{
		Doc:               "An array of which only shape and dtype matter.",
		NonDifferentiable: true,
		Abstract: func(p emptyParams, _ []*core.Aval) []*core.Aval {
			return []*core.Aval{core.NewAval(p.Dtype, p.Shape...)}
		},
		Lower: func(c core.LowerCtx, p emptyParams, in []stablehlo.Value) []stablehlo.Value {
			return []stablehlo.Value{c.Const(0, physicalAval(c.Out()[0]))}
		},
		Samples: []core.Sample[emptyParams]{{Params: emptyParams{Dtype: dtype.Float32, Shape: []int{2, 3}}}},
	})

	// (dtype, size)
	core.Export1("lax.iota", "ss", func(a *core.Args) Value { return Iota(a.DType(0), a.Int(1)) })
	// (dtype, shape, dimension)
	core.Export1("lax.broadcasted_iota", "sss", func(a *core.Args) Value {
		return BroadcastedIota(a.DType(0), a.Ints(1), a.Int(2))
	})
	// (shape, dtype)
	core.Export1("lax.empty", "ss", func(a *core.Args) Value { return Empty(a.Ints(0), a.DType(1)) })
}

// physicalAval is the aval of the words of keys; that of other arrays is their own.
func physicalAval(a *core.Aval) *core.Aval {
	if !a.DType.IsKey() {
		return a
	}
	return core.NewAval(dtype.Uint32, slices.Concat(a.Shape, a.DType.KeyShape())...)
}
