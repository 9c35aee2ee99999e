package lax

import (
	"github.com/jaxgo/jaxgo/core"
	"github.com/jaxgo/jaxgo/core/dtype"
	"github.com/jaxgo/jaxgo/core/stablehlo"
)

// A Placement is a device or a sharding as jaxprs show it: the text is Python's.
type Placement string

func (p Placement) String() string { return string(p) }

// CopySemantics say what becomes of the operand's memory.
type CopySemantics int

// The semantics of DevicePut, numbered as in JAX.
const (
	ReuseInput  CopySemantics = 0
	AlwaysCopy  CopySemantics = 1
	DonateInput CopySemantics = 2
)

func (s CopySemantics) String() string {
	return "ArrayCopySemantics." + [...]string{"REUSE_INPUT", "ALWAYS_COPY", "DONATE_INPUT"}[s]
}

type devicePutParams struct {
	CopySemantics []CopySemantics
	Devices       []Placement
	Srcs          []core.None
}

var devicePutOp = core.Declare[devicePutParams]("device_put")

// DevicePut records that the operands are to be on devices. A program runs on one device, so it changes nothing.
func DevicePut(xs []Value, devices []Placement, semantics CopySemantics) []Value {
	p := devicePutParams{Devices: devices, Srcs: make([]core.None, len(xs))}
	for range xs {
		p.CopySemantics = append(p.CopySemantics, semantics)
	}
	return devicePutOp.Bind(p, xs...)
}

func init() {
	// reuse is p for n operands whose memory is somebody else's.
	reuse := func(p devicePutParams, n int) devicePutParams {
		return devicePutParams{make([]CopySemantics, n), p.Devices[:n:n], p.Srcs[:n:n]}
	}
	// some moves those that are not nil.
	some := func(p devicePutParams, vs []Value) []Value {
		var there []Value
		q := reuse(p, 0)
		for i, v := range vs {
			if v != nil {
				there = append(there, v)
				q.CopySemantics = append(q.CopySemantics, ReuseInput)
				q.Devices = append(q.Devices, p.Devices[i])
				q.Srcs = append(q.Srcs, core.None{})
			}
		}
		out := make([]Value, len(vs))
		if len(there) == 0 {
			return out
		}
		moved := devicePutOp.Bind(q, there...)
		for i, v := range vs {
			if v != nil {
				out[i], moved = moved[0], moved[1:]
			}
		}
		return out
	}
	sample := devicePutParams{make([]CopySemantics, 2), []Placement{"None", "None"}, make([]core.None, 2)}
	devicePutOp.Define(core.Rules[devicePutParams]{
		Doc:      "Moves arrays to devices.",
		Abstract: func(_ devicePutParams, in []*core.Aval) []*core.Aval { return in },
		JVP: func(_ core.JVPCtx, p devicePutParams, x, t []Value) ([]Value, []Value) {
			return devicePutOp.Bind(p, x...), some(p, t)
		},
		Transpose: func(_ core.TransposeCtx, p devicePutParams, ct, _ []Value) []Value { return some(p, ct) },
		Batch: func(_ core.BatchCtx, p devicePutParams, in []Value, dims []int) ([]Value, []int) {
			return devicePutOp.Bind(p, in...), dims
		},
		Lower:   func(_ core.LowerCtx, _ devicePutParams, in []stablehlo.Value) []stablehlo.Value { return in },
		Samples: []core.Sample[devicePutParams]{{Params: sample, In: []*core.Aval{core.NewAval(dtype.Float32, 2), core.NewAval(dtype.Float32, 3)}}},
	})
	// lax.device_put(operands, the devices' texts, the semantics' number) -> list
	core.Export("lax.device_put", "Xss", func(a *core.Args) []Value {
		var devices []Placement
		for _, it := range a.Seq(1) {
			devices = append(devices, Placement([]byte(it.S)))
		}
		return DevicePut(a.Xs(0), devices, CopySemantics(a.Int(2)))
	}).List()
}
