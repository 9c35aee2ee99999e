package lax

import (
	"slices"

	"github.com/jaxgo/jaxgo/core"
	"github.com/jaxgo/jaxgo/core/dtype"
	"github.com/jaxgo/jaxgo/core/stablehlo"
)

// An FFTType is a kind of Fourier transform, numbered as in jax.lax.FftType.
type FFTType int

// The kinds of Fourier transforms.
const (
	FFT   FFTType = 0
	IFFT  FFTType = 1
	RFFT  FFTType = 2 // of real numbers: the half of the result that tells the other half
	IRFFT FFTType = 3 // from such a half to real numbers
)

func (t FFTType) hlo() string { return [...]string{"FFT", "IFFT", "RFFT", "IRFFT"}[t] }

type fftParams struct {
	FftLengths []int
	FftType    FFTType
}

var fftOp = core.Declare[fftParams]("fft")

// Fourier transforms the last axes of x, whose lengths are given; those of an IRFFT are its result's.
func Fourier(x Value, t FFTType, lengths []int) Value {
	d := x.Aval().DType
	if t == RFFT {
		if d.IsComplex() {
			core.Errorf(core.ValueError, "only real valued inputs supported for rfft")
		}
		if !d.IsInexact() {
			d = dtype.Default(dtype.KindFloat, core.X64)
		}
	} else {
		d, _, _ = dtype.Promote2(dtype.Typed{D: d}, dtype.Typed{D: dtype.Complex64}, core.X64)
	}
	x = ConvertElementType(x, d)
	if len(lengths) == 0 {
		return x
	}
	return fftOp.Bind1(fftParams{lengths, t}, x)
}

func fftAval(p fftParams, a *core.Aval) *core.Aval {
	n, k := a.Ndim(), len(p.FftLengths)
	if k > n {
		core.Errorf(core.ValueError, "FFT input shape %s must have at least as many input dimensions as fft_lengths %s.", core.ShapeString(a.Shape), core.ShapeString(p.FftLengths))
	}
	minor, last := a.Shape[n-k:], p.FftLengths[k-1]
	lead := slices.Clone(a.Shape[:n-k])
	equal := func(name string) {
		if !slices.Equal(minor, p.FftLengths) {
			core.Errorf(core.ValueError, "%s input shape %s minor dimensions must be equal to fft_lengths %s", name, core.ShapeString(a.Shape), core.ShapeString(p.FftLengths))
		}
	}
	switch p.FftType {
	case RFFT:
		if a.DType != dtype.Float32 && a.DType != dtype.Float64 {
			core.Errorf(core.ValueError, "RFFT input must be float32 or float64, got %s", a.DType.Name())
		}
		equal("RFFT")
		d := dtype.Complex64
		if a.DType == dtype.Float64 {
			d = dtype.Complex128
		}
		return core.MakeAval(d, concat(lead, p.FftLengths[:k-1], []int{last/2 + 1}), a.Weak)
	case IRFFT:
		if !a.DType.IsComplex() {
			core.Errorf(core.ValueError, "IRFFT input must be complex64 or complex128, got %s", a.DType.Name())
		}
		if !slices.Equal(minor[:k-1], p.FftLengths[:k-1]) {
			core.Errorf(core.ValueError, "IRFFT input shape %s minor dimensions must be equal to all except the last fft_length, got fft_lengths=%s", core.ShapeString(a.Shape), core.ShapeString(p.FftLengths))
		}
		return core.MakeAval(a.DType.Real(), concat(lead, p.FftLengths), a.Weak)
	}
	if !a.DType.IsComplex() {
		core.Errorf(core.ValueError, "FFT input must be complex64 or complex128, got %s", a.DType.Name())
	}
	equal("FFT")
	return a
}

// halfMask weighs the numbers of half a transform, n long, of a real signal of even or odd length: all but the first, and
// the middle one if there is one, stand for two.
func halfMask(d dtype.DType, n, length, ndim int) Value {
	index := Iota(dtype.Int32, n)
	single := Eq(index, like(index, 0))
	if length%2 == 0 {
		single = Or(single, Eq(index, like(index, float64(n-1))))
	}
	one, two := core.NewLiteral(d, 1, false), core.NewLiteral(d, 2, false)
	mask := Select(single, Broadcast(one, []int{n}), Broadcast(two, []int{n}))
	return ExpandDims(mask, iota(ndim-1)...)
}

func transposeFFT(p fftParams, ct Value) Value {
	size := 1.
	for _, n := range p.FftLengths {
		size *= float64(n)
	}
	last := p.FftLengths[len(p.FftLengths)-1]
	switch p.FftType {
	case RFFT:
		s := ct.Aval().Shape
		mask := halfMask(ct.Aval().DType, s[len(s)-1], last, len(s))
		x := fftOp.Bind1(fftParams{p.FftLengths, IRFFT}, Div(Conj(ct), BroadcastInDim(mask, s, iota(len(s)))))
		return Mul(x, like(x, size))
	case IRFFT:
		x := fftOp.Bind1(fftParams{p.FftLengths, RFFT}, ct)
		s := x.Aval().Shape
		mask := halfMask(x.Aval().DType, s[len(s)-1], last, len(s))
		return Conj(Mul(Mul(BroadcastInDim(mask, s, iota(len(s))), like(x, 1/size)), x))
	}
	return fftOp.Bind1(p, ct) // the matrices are symmetric
}

func init() {
	f32, c64 := core.NewAval(dtype.Float32, 3, 4), core.NewAval(dtype.Complex64, 3, 4)
	fftOp.Define(core.Rules[fftParams]{
		Doc:      "Discrete Fourier transform of the last axes.",
		Abstract: func(p fftParams, in []*core.Aval) []*core.Aval { return []*core.Aval{fftAval(p, in[0])} },
		JVP: func(_ core.JVPCtx, p fftParams, x, t []Value) ([]Value, []Value) {
			return fftOp.Bind(p, x...), fftOp.Bind(p, t...)
		},
		Transpose: func(_ core.TransposeCtx, p fftParams, ct, in []Value) []Value {
			if ct[0] == nil {
				return []Value{nil}
			}
			return []Value{transposeFFT(p, ct[0])}
		},
		Batch: func(_ core.BatchCtx, p fftParams, in []Value, dims []int) ([]Value, []int) {
			return fftOp.Bind(p, MoveAxis(in[0], dims[0], 0)), []int{0}
		},
		Lower: func(c core.LowerCtx, p fftParams, in []stablehlo.Value) []stablehlo.Value {
			attrs := "fft_length = " + stablehlo.Ints(p.FftLengths) + ", fft_type = #stablehlo<fft_type " + p.FftType.hlo() + ">"
			return c.B().Op("stablehlo.fft", attrs, nil, in, c.Out()[0].HLO())
		},
		Samples: []core.Sample[fftParams]{
			{Params: fftParams{[]int{4}, FFT}, In: []*core.Aval{c64}},
			{Params: fftParams{[]int{3, 4}, IFFT}, In: []*core.Aval{c64}},
			{Params: fftParams{[]int{4}, RFFT}, In: []*core.Aval{f32}},
			{Params: fftParams{[]int{3, 4}, RFFT}, In: []*core.Aval{f32}},
			{Params: fftParams{[]int{6}, IRFFT}, In: []*core.Aval{c64}},
			{Params: fftParams{[]int{3, 7}, IRFFT}, In: []*core.Aval{c64}},
		},
	})
	// x, fft_type: a number, fft_lengths
	core.Export1("lax.fft", "xss", func(a *core.Args) Value { return Fourier(a.X(0), FFTType(a.Int(1)), axesArg(a, 2)) }).Jit("fft")
}
