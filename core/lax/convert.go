package lax

import (
	"fmt"
	"math"

	"github.com/jaxgo/jaxgo/core"
	"github.com/jaxgo/jaxgo/core/dtype"
	"github.com/jaxgo/jaxgo/core/stablehlo"
)

// ConvertParams are the parameters of convert_element_type.
type ConvertParams struct {
	NewDtype dtype.DType
	WeakType bool
	Sharding core.None `jx:"-"`
}

type newDtypeParams struct{ NewDtype dtype.DType }

type conjParams struct{ InputDtype dtype.DType }

type precisionParams struct{ ExponentBits, MantissaBits int }

var (
	convertOp         = core.Declare[ConvertParams]("convert_element_type")
	bitcastOp         = core.Declare[newDtypeParams]("bitcast_convert_type")
	reducePrecisionOp = core.Declare[precisionParams]("reduce_precision")

	realOp    = core.Declare[none]("real")
	imagOp    = core.Declare[none]("imag")
	complexOp = core.Declare[none]("complex")
	conjOp    = core.Declare[conjParams]("conj")

	copyOp         = core.Declare[none]("copy")
	copyPOp        = core.Declare[none]("copy_p")
	stopGradientOp = core.Declare[none]("stop_gradient")
	tieOp          = core.Declare[none]("tie")
	barrierOp      = core.Declare[none]("optimization_barrier")
)

// ConvertElementType converts x to dtype d; the result is not weakly typed. A conversion that changes nothing is elided.
func ConvertElementType(x Value, d dtype.DType) Value { return ConvertWeak(x, d, false) }

// ConvertWeak converts x to dtype d and the given weak type. Scalar constants are converted at once.
func ConvertWeak(x Value, d dtype.DType, weak bool) Value {
	a := x.Aval()
	if a.DType == d && (a.Weak == weak || d.IsKey()) {
		return x
	}
	if from, to := a.DType.IsKey(), d.IsKey(); from && to {
		core.Errorf(core.ValueError, "cannot directly convert between extended dtypes: from %[1]s to %[2]s. Instead, convert to and from their representation dtypes, e.g.:\n%[1]s -> uint32 -> uint32 -> %[2]s", a.DType.Name(), d.Name())
	} else if from || to {
		core.Errorf(core.ValueError, "Cannot convert_element_type from %s to %s", a.DType.Name(), d.Name())
	}
	if l, ok := x.(*core.Literal); ok {
		if c := convertLiteral(l, d, weak); c != nil {
			return c
		}
	}
	return convertOp.Bind1(ConvertParams{NewDtype: d, WeakType: weak}, x)
}

// convertLiteral converts a constant, or returns nil where that is left to the device.
func convertLiteral(l *core.Literal, d dtype.DType, weak bool) *core.Literal {
	a := l.Aval()
	if d == dtype.Float0 || a.DType == dtype.Float0 {
		return nil
	}
	re, im, n := real(l.F), imag(l.F), l.I
	if a.DType.IsInexact() {
		if !a.Weak { // a strong constant has been rounded to its dtype, a Python scalar has not
			re, im, _, _ = dtype.Scalar(a.DType, l.Bytes())
		}
		switch {
		case d.IsBool():
			return core.NewIntLiteral(d, b2i(re != 0 || im != 0), weak)
		case !d.IsInexact():
			if math.IsNaN(re) || math.Abs(re) >= 1<<63 {
				return nil
			}
			n = int64(re)
		}
	} else {
		var u uint64
		re, _, n, u = dtype.Scalar(a.DType, l.Bytes())
		if a.DType.IsUnsigned() {
			n = int64(u)
		}
	}
	switch {
	case d.IsBool():
		return core.NewIntLiteral(d, b2i(n != 0), weak)
	case !d.IsInexact(): // wraps
		b := make([]byte, d.Size())
		dtype.PutInt(d, b, n)
		_, _, n, u := dtype.Scalar(d, b)
		if d.IsUnsigned() {
			n = int64(u)
		}
		return core.NewIntLiteral(d, n, weak)
	case !d.IsComplex():
		im = 0
	}
	return core.NewLiteral(d, complex(re, im), weak)
}

func b2i(b bool) int64 {
	if b {
		return 1
	}
	return 0
}

// BitcastConvertType reads the bits of x as another dtype. A narrower one adds a trailing axis, a wider one uses it up.
func BitcastConvertType(x Value, d dtype.DType) Value { return bitcastOp.Bind1(newDtypeParams{d}, x) }

// ReducePrecision rounds to a format of fewer exponent and mantissa bits, and keeps the dtype.
func ReducePrecision(x Value, exponentBits, mantissaBits int) Value {
	return reducePrecisionOp.Bind1(precisionParams{exponentBits, mantissaBits}, x)
}

// Real is the real part of a complex x.
func Real(x Value) Value { return realOp.Bind1(none{}, x) }

// Imag is the imaginary part of a complex x.
func Imag(x Value) Value { return imagOp.Bind1(none{}, x) }

// Complex is x + iy.
func Complex(x, y Value) Value { return complexOp.Bind1(none{}, x, y) }

// Conj is the complex conjugate; the result is complex even if x is real.
func Conj(x Value) Value { return conjOp.Bind1(conjParams{x.Aval().DType}, x) }

// Copy is x in memory of its own.
func Copy(x Value) Value { return copyOp.Bind1(none{}, x) }

// StopGradient is x as a constant for differentiation.
func StopGradient(x Value) Value {
	if x.Aval().DType.IsKey() {
		return x
	}
	return stopGradientOp.Bind1(none{}, x)
}

// Tie is y, kept after x in the program.
func Tie(x, y Value) Value { return tieOp.Bind1(none{}, x, y) }

// OptimizationBarrier is xs; the compiler computes all of them before anything that uses one of the results.
func OptimizationBarrier(xs ...Value) []Value { return barrierOp.Bind(none{}, xs...) }

func identityLower(_ core.LowerCtx, x stablehlo.Value, _ *core.Aval) stablehlo.Value { return x }

// Exported: lax.convert_element_type (x, dtype), lax._convert_element_type (x, dtype or None, weak_type),
// lax.bitcast_convert_type (x, dtype), lax.reduce_precision (x, exponent_bits, mantissa_bits), lax.real (x), lax.imag (x),
// lax.complex (x, y), lax.conj (x), lax.copy (x), lax.stop_gradient (x), lax.optimization_barrier (sequence; gives a
// list), lax.full_like (x, fill value, dtype or None, shape or None).
func init() {
	convertOp.Define(core.Rules[ConvertParams]{
		Doc: "Elementwise conversion to another dtype.",
		Abstract: func(p ConvertParams, in []*core.Aval) []*core.Aval {
			return []*core.Aval{core.MakeAval(p.NewDtype, in[0].Shape, p.WeakType)}
		},
		JVP: func(_ core.JVPCtx, p ConvertParams, x, t []Value) ([]Value, []Value) {
			y := convertOp.Bind1(p, x[0])
			if !p.NewDtype.IsInexact() {
				return []Value{y}, []Value{nil}
			}
			return []Value{y}, []Value{ConvertWeak(t[0], p.NewDtype, p.WeakType)}
		},
		Transpose: func(_ core.TransposeCtx, _ ConvertParams, ct, in []Value) []Value {
			a := in[0].Aval()
			if !a.DType.IsInexact() {
				return []Value{nil}
			}
			return []Value{ConvertWeak(ct[0], a.DType, a.Weak)}
		},
		Batch: batchUnary(convertOp),
		Lower: func(c core.LowerCtx, p ConvertParams, in []stablehlo.Value) []stablehlo.Value {
			x, d, out := in[0], c.In()[0].DType, c.Out()[0].HLO()
			if d.IsComplex() && !p.NewDtype.IsComplex() {
				d = d.Real()
				x = c.B().Pretty("stablehlo.real", "", x.Type.WithElem(d.HLO()), x)
			}
			if p.NewDtype.IsBool() { // x != 0, where convert would truncate
				return []stablehlo.Value{compareHLO(c, "NE", false, d, x, c.Const(0, core.NewAval(d, c.In()[0].Shape...)))}
			}
			return []stablehlo.Value{c.B().Pretty("stablehlo.convert", "", out, x)}
		},
		Samples: []core.Sample[ConvertParams]{
			{Params: ConvertParams{NewDtype: dtype.Float16}, In: []*core.Aval{core.NewAval(dtype.Float32, 2, 3)}},
			{Params: ConvertParams{NewDtype: dtype.Complex64}, In: []*core.Aval{core.NewAval(dtype.Float32, 2, 3)}},
			{Params: ConvertParams{NewDtype: dtype.Bool}, In: []*core.Aval{core.NewAval(dtype.Float32, 2, 3)}},
			{Params: ConvertParams{NewDtype: dtype.Float32}, In: []*core.Aval{core.NewAval(dtype.Int32, 2, 3)}},
		},
	})
	core.Export1("lax.convert_element_type", "xs", func(a *core.Args) Value { return ConvertElementType(a.X(0), a.DType(1)) })
	core.Export1("lax._convert_element_type", "xss", func(a *core.Args) Value {
		x, d := a.X(0), a.DType(1)
		if d == dtype.Invalid {
			d = x.Aval().DType
		}
		return ConvertWeak(x, d, a.Bool(2))
	})

	bitcastOp.Define(core.Rules[newDtypeParams]{
		Doc: "Elementwise reading of the bits as another dtype.",
		Abstract: func(p newDtypeParams, in []*core.Aval) []*core.Aval {
			return []*core.Aval{bitcastAval(p, in[0])}
		},
		NonDifferentiable: true,
		Batch: func(_ core.BatchCtx, p newDtypeParams, in []Value, dims []int) ([]Value, []int) {
			return bitcastOp.Bind(p, MoveAxis(in[0], dims[0], 0)), []int{0} // the last axis may be used up
		},
		Lower: func(c core.LowerCtx, _ newDtypeParams, in []stablehlo.Value) []stablehlo.Value {
			return []stablehlo.Value{c.B().Pretty("stablehlo.bitcast_convert", "", c.Out()[0].HLO(), in[0])}
		},
		Samples: []core.Sample[newDtypeParams]{
			{Params: newDtypeParams{dtype.Int32}, In: []*core.Aval{core.NewAval(dtype.Float32, 2, 3)}},
			{Params: newDtypeParams{dtype.Uint8}, In: []*core.Aval{core.NewAval(dtype.Float32, 2, 3)}},
			{Params: newDtypeParams{dtype.Uint32}, In: []*core.Aval{core.NewAval(dtype.Uint16, 3, 2)}},
		},
	})
	core.Export1("lax.bitcast_convert_type", "xs", func(a *core.Args) Value { return BitcastConvertType(a.X(0), a.DType(1)) })

	unaryRow[precisionParams]{op: reducePrecisionOp, doc: "Elementwise rounding to a narrower floating-point format.", accept: floats,
		check: func(p precisionParams, _ *core.Aval) {
			if p.ExponentBits < 1 {
				core.Errorf(core.ValueError, "reduce_precision: exponent_bits must be positive; got %d", p.ExponentBits)
			}
			if p.MantissaBits < 0 {
				core.Errorf(core.ValueError, "reduce_precision: mantissa_bits must be non-negative; got %d", p.MantissaBits)
			}
		},
		transpose: func(p precisionParams, ct Value, _ *core.Aval) Value { return reducePrecisionOp.Bind1(p, ct) },
		lower: func(c core.LowerCtx, p precisionParams, x stablehlo.Value, out *core.Aval) stablehlo.Value {
			return c.B().Pretty("stablehlo.reduce_precision", fmt.Sprintf(", format = e%dm%d", p.ExponentBits, p.MantissaBits), out.HLO(), x)
		}}.define([]core.Sample[precisionParams]{{Params: precisionParams{5, 10}, In: []*core.Aval{core.NewAval(dtype.Float32, 2, 3)}}})
	core.Export1("lax.reduce_precision", "xss", func(a *core.Args) Value { return ReducePrecision(a.X(0), a.Int(1), a.Int(2)) })

	part := func(op core.Op[none], hlo, doc string, transpose func(ct Value) Value) {
		unaryRow[none]{op: op, doc: doc, accept: complexes,
			result:    func(_ none, d dtype.DType) dtype.DType { return d.Real() },
			transpose: func(_ none, ct Value, _ *core.Aval) Value { return transpose(ct) },
			lower: func(c core.LowerCtx, _ none, x stablehlo.Value, out *core.Aval) stablehlo.Value {
				return c.B().Pretty(hlo, "", out.HLO(), x)
			}}.define(unarySamples(complexes))
		export1(op)
	}
	zero := func(v Value) Value { return core.NewLiteral(v.Aval().DType, 0, false) }
	part(realOp, "stablehlo.real", "Elementwise real part.", func(ct Value) Value { return Complex(ct, zero(ct)) })
	part(imagOp, "stablehlo.imag", "Elementwise imaginary part.", func(ct Value) Value { return Complex(zero(ct), Neg(ct)) })

	binary(binaryRow{op: complexOp, doc: "Complex numbers of real and imaginary parts.", accept: complexParts,
		result: dtype.DType.Complex,
		lower: func(c core.LowerCtx, x, y stablehlo.Value, out *core.Aval) stablehlo.Value {
			return c.B().Op("stablehlo.complex", "", nil, []stablehlo.Value{x, y}, out.HLO())[0]
		}})
	r := complexOp.Rules()
	r.NonDifferentiable = false
	r.JVP = func(_ core.JVPCtx, _ any, x, t []Value) ([]Value, []Value) {
		d := Complex(InstantiateZeros(t[0], x[0].Aval()), InstantiateZeros(t[1], x[1].Aval()))
		z := Complex(x[0], x[1])
		return []Value{z}, []Value{broadcastTangent(d, z.Aval())}
	}
	r.Transpose = func(_ core.TransposeCtx, _ any, ct, in []Value) []Value {
		out := make([]Value, 2)
		if core.IsUndef(in[0]) {
			out[0] = unbroadcast(Real(ct[0]), in[0].Aval())
		}
		if core.IsUndef(in[1]) {
			out[1] = unbroadcast(Imag(Neg(ct[0])), in[1].Aval())
		}
		return out
	}
	export2(complexOp)

	unaryRow[conjParams]{op: conjOp, doc: "Elementwise complex conjugate.", accept: partsOrComplex,
		result: func(_ conjParams, d dtype.DType) dtype.DType { return d.Complex() },
		transpose: func(p conjParams, ct Value, _ *core.Aval) Value {
			if p.InputDtype.IsComplex() {
				return Conj(ct)
			}
			return Real(ct)
		},
		lower: func(c core.LowerCtx, p conjParams, x stablehlo.Value, out *core.Aval) stablehlo.Value {
			return inline(c, func(v []Value) Value {
				if p.InputDtype.IsComplex() {
					return Complex(Real(v[0]), Neg(Imag(v[0])))
				}
				return Complex(v[0], FullLike(v[0], 0))
			}, x)
		}}.define([]core.Sample[conjParams]{
		{Params: conjParams{dtype.Complex64}, In: []*core.Aval{core.NewAval(dtype.Complex64, 2, 3)}},
		{Params: conjParams{dtype.Float32}, In: []*core.Aval{core.NewAval(dtype.Float32, 2, 3)}},
	})
	core.Export1("lax.conj", "x", func(a *core.Args) Value { return Conj(a.X(0)) })

	everything := dtypes{"generic", func(dtype.DType) bool { return true }}
	for _, op := range []core.Op[none]{copyOp, copyPOp} {
		unaryWith(op, "Copy of an array.", everything, nil, func(x, y, dx Value) Value { return op.Bind1(none{}, dx) }, identityLower)
		transposeUnary(op, func(ct Value) Value { return op.Bind1(none{}, ct) })
	}
	export1(copyOp)
	unaryWith(stopGradientOp, "An array as a constant for differentiation.", everything, nil, nil, identityLower)
	core.Export1("lax.stop_gradient", "x", func(a *core.Args) Value { return StopGradient(a.X(0)) })

	tieOp.Define(core.Rules[none]{
		Doc:      "The second operand, computed after the first.",
		Abstract: func(_ none, in []*core.Aval) []*core.Aval { return in[1:] },
		JVP: func(_ core.JVPCtx, p none, x, t []Value) ([]Value, []Value) {
			return tieOp.Bind(p, x...), t[1:]
		},
		Transpose: func(_ core.TransposeCtx, _ none, ct, in []Value) []Value { return []Value{nil, ct[0]} },
		Batch: func(_ core.BatchCtx, p none, in []Value, dims []int) ([]Value, []int) {
			return tieOp.Bind(p, in...), dims[1:]
		},
		Lower:   func(_ core.LowerCtx, _ none, in []stablehlo.Value) []stablehlo.Value { return in[1:] },
		Samples: []core.Sample[none]{{In: []*core.Aval{core.NewAval(dtype.Float32, 2), core.NewAval(dtype.Float32, 3)}}},
	})

	barrierOp.Define(core.Rules[none]{
		Doc:      "Keeps the compiler from moving operations across.",
		Abstract: func(_ none, in []*core.Aval) []*core.Aval { return in },
		JVP: func(_ core.JVPCtx, p none, x, t []Value) ([]Value, []Value) {
			return barrierOp.Bind(p, x...), barrier(t, x)
		},
		Transpose: func(_ core.TransposeCtx, _ none, ct, in []Value) []Value { return barrier(ct, in) },
		Batch: func(_ core.BatchCtx, p none, in []Value, dims []int) ([]Value, []int) {
			return barrierOp.Bind(p, in...), dims
		},
		Lower: func(c core.LowerCtx, _ none, in []stablehlo.Value) []stablehlo.Value {
			return barrierHLO(c.B(), in, nil)
		},
		Samples: []core.Sample[none]{{In: []*core.Aval{core.NewAval(dtype.Float32, 2), core.NewAval(dtype.Float32, 3)}}},
	})
	core.Export("lax.optimization_barrier", "X", func(a *core.Args) []Value { return OptimizationBarrier(a.Xs(0)...) }).List()

	core.Export1("lax.full_like", "xxss", func(a *core.Args) Value {
		x, v := a.X(0), a.X(1)
		d, weak, shape := x.Aval().DType, x.Aval().Weak, x.Aval().Shape
		if !a.IsNone(2) {
			d, weak = a.DType(2), false
		}
		if !a.IsNone(3) {
			shape = a.Ints(3)
		}
		if s := v.Aval().Shape; len(s) > 0 {
			core.Errorf(core.TypeError, "full must be called with scalar fill_value, got fill_value.shape %s.", core.ShapeString(s))
		}
		if v = ConvertWeak(v, d, weak); len(shape) > 0 {
			v = Broadcast(v, shape)
		}
		return v
	})
}

// barrier applies the barrier to tangents or cotangents of xs, zeros included; integers have none.
func barrier(t, xs []Value) []Value {
	out := make([]Value, len(t))
	var in []Value
	for i, x := range xs {
		if a := x.Aval(); a.DType.IsInexact() {
			in = append(in, InstantiateZeros(t[i], a))
		}
	}
	in = barrierOp.Bind(none{}, in...)
	for i, x := range xs {
		if x.Aval().DType.IsInexact() {
			out[i], in = in[0], in[1:]
		}
	}
	return out
}

func bitcastAval(p newDtypeParams, a *core.Aval) *core.Aval {
	from, to := a.DType, p.NewDtype
	shape := a.Shape
	switch n, m := from.Bits(), to.Bits(); {
	case n > m:
		shape = append(append([]int{}, shape...), n/m)
	case n < m:
		k := 1
		if len(shape) > 0 {
			k = shape[len(shape)-1]
		}
		if k*n != m {
			core.Errorf(core.ValueError, "Attempting to convert array of shape %s from %s of size %d bits to %s of size %d, bits but %d * %d != %d", core.ShapeString(shape), from.Name(), n, to.Name(), m, k, n, m)
		}
		if len(shape) > 0 {
			shape = shape[:len(shape)-1]
		}
	}
	plain := func(d dtype.DType) bool { return !d.IsBool() && !d.IsComplex() }
	if from != to && !(plain(from) && plain(to)) {
		core.Errorf(core.TypeError, "lax.bitcast_convert_type does not support bool or complex values unless the operand and destination types match. Got operand dtype=%s, new_dtype=dtype('%s'). Consider using the arr.view() method instead.", from.Name(), to.Name())
	}
	return core.MakeAval(to, shape, false)
}
