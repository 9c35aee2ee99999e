package lax

import (
	"slices"
	"strings"

	"github.com/jaxgo/jaxgo/core"
	"github.com/jaxgo/jaxgo/core/dtype"
	"github.com/jaxgo/jaxgo/core/stablehlo"
)

// DotDims says how dot_general pairs the axes of its operands: contracting axes are summed over, batch axes go in step.
type DotDims struct {
	LhsContract, RhsContract, LhsBatch, RhsBatch []int
}

// PyString is the form that jaxprs print: (([1], [0]), ([], [])).
func (d DotDims) PyString() string {
	return "((" + stablehlo.List(d.LhsContract) + ", " + stablehlo.List(d.RhsContract) + "), (" +
		stablehlo.List(d.LhsBatch) + ", " + stablehlo.List(d.RhsBatch) + "))"
}

// PyValue is the form that Python sees: (((1,), (0,)), ((), ())).
func (d DotDims) PyValue() any {
	ints := func(s []int) []int { return append([]int{}, s...) }
	return []any{[]any{ints(d.LhsContract), ints(d.RhsContract)}, []any{ints(d.LhsBatch), ints(d.RhsBatch)}}
}

// swapped is d for the operands in the other order.
func (d DotDims) swapped() DotDims {
	return DotDims{d.RhsContract, d.LhsContract, d.RhsBatch, d.LhsBatch}
}

// A Precision is a canonical precision: "" for None, two of DEFAULT, HIGH and HIGHEST with a comma between, or the
// name of a DotAlgorithmPreset.
type Precision string

// PyString is the form that jaxprs print.
func (p Precision) PyString() string {
	l, r, pair := strings.Cut(string(p), ",")
	switch {
	case p == "":
		return "None"
	case pair:
		return "(Precision." + l + ", Precision." + r + ")"
	}
	return string(p)
}

// PyValue is the form that Python sees: None, the name of an algorithm, or the names of two precisions.
func (p Precision) PyValue() any {
	l, r, pair := strings.Cut(string(p), ",")
	switch {
	case p == "":
		return nil
	case pair:
		return []any{"Precision." + l, "Precision." + r}
	}
	return string(p)
}

// config is the precision_config attribute's two values; an algorithm leaves them at the default.
func (p Precision) config() (lhs, rhs string) {
	if l, r, pair := strings.Cut(string(p), ","); pair {
		return l, r
	}
	return "DEFAULT", "DEFAULT"
}

// algorithm is the preset that p names, or nil.
func (p Precision) algorithm() *dotAlgorithm {
	for i := range dotAlgorithms {
		if dotAlgorithms[i].name == string(p) {
			return &dotAlgorithms[i]
		}
	}
	return nil
}

var precisionNames = map[string]string{
	"highest": "HIGHEST", "float32": "HIGHEST",
	"high": "HIGH", "bfloat16_3x": "HIGH", "tensorfloat32": "HIGH",
	"default": "DEFAULT", "bfloat16": "DEFAULT", "fastest": "DEFAULT",
	"HIGHEST": "HIGHEST", "HIGH": "HIGH", "DEFAULT": "DEFAULT",
}

// DefaultMatmulPrecision is the configuration's jax_default_matmul_precision; "" for None.
var DefaultMatmulPrecision string

// CanonicalPrecision is JAX's canonicalize_precision. s is empty for None, one of JAX's precision strings or the name
// of a Precision, two of these with a comma between, or the name of a DotAlgorithmPreset.
func CanonicalPrecision(s string) Precision {
	if s == "" {
		s = DefaultMatmulPrecision
	}
	if s == "" {
		return ""
	}
	if n, ok := precisionNames[s]; ok {
		return Precision(n + "," + n)
	}
	if l, r, pair := strings.Cut(s, ","); pair {
		if l, r = precisionNames[l], precisionNames[r]; l != "" && r != "" {
			return Precision(l + "," + r)
		}
	} else if Precision(s).algorithm() != nil {
		return Precision(s)
	}
	core.Errorf(core.ValueError, "Precision argument must be one of:\n- None,\n- a string in ['highest', 'float32', 'high', 'bfloat16_3x', 'tensorfloat32', 'default', 'bfloat16', 'fastest', None],\n- a lax.Precision value,\n- a tuple of two lax.Precision values or strings,\n- a lax.DotAlgorithmPreset or the name of one of these presets, or\n- a lax.DotAlgorithm value;\nbut got %s.", s)
	return ""
}

// A dotAlgorithm is a row of JAX's DotAlgorithmPreset.
type dotAlgorithm struct {
	name string
	// in lists the operand types that stay as they are, others are converted to the first; nil leaves all alone.
	in []dtype.DType
	// acc is the accumulation type; narrow, where valid, is a result type that needs no conversion when the operands
	// have it too.
	acc, narrow dtype.DType
	operand     string // HLO type that operands are rounded to
	primitives  int    // number of multiplications that one stands for
	cpu         bool   // the CPU backend takes it
}

var dotAlgorithms = []dotAlgorithm{
	{name: "DEFAULT", cpu: true},
	{name: "ANY_F8_ANY_F8_F32"},
	{name: "ANY_F8_ANY_F8_F32_FAST_ACCUM"},
	{name: "ANY_F8_ANY_F8_ANY"},
	{name: "ANY_F8_ANY_F8_ANY_FAST_ACCUM"},
	{"F16_F16_F16", []dtype.DType{dtype.Float16}, dtype.Float16, dtype.Invalid, "f16", 1, true},
	{"F16_F16_F32", []dtype.DType{dtype.Float16}, dtype.Float32, dtype.Float16, "f16", 1, false},
	{"BF16_BF16_BF16", []dtype.DType{dtype.BFloat16, dtype.Float32}, dtype.BFloat16, dtype.Invalid, "bf16", 1, false},
	{"BF16_BF16_F32", []dtype.DType{dtype.BFloat16, dtype.Float32}, dtype.Float32, dtype.BFloat16, "bf16", 1, true},
	{"BF16_BF16_F32_X3", []dtype.DType{dtype.Float32}, dtype.Float32, dtype.Invalid, "bf16", 3, true},
	{"BF16_BF16_F32_X6", []dtype.DType{dtype.Float32}, dtype.Float32, dtype.Invalid, "bf16", 6, true},
	{"BF16_BF16_F32_X9", []dtype.DType{dtype.Float32}, dtype.Float32, dtype.Invalid, "bf16", 9, false},
	{"TF32_TF32_F32", []dtype.DType{dtype.Float32}, dtype.Float32, dtype.Invalid, "tf32", 1, false},
	{"TF32_TF32_F32_X3", []dtype.DType{dtype.Float32}, dtype.Float32, dtype.Invalid, "tf32", 3, false},
	{"F32_F32_F32", []dtype.DType{dtype.Float32}, dtype.Float32, dtype.Invalid, "f32", 1, true},
	{"F64_F64_F64", []dtype.DType{dtype.Float64}, dtype.Float64, dtype.Invalid, "f64", 1, true},
}

func (a *dotAlgorithm) operandType(d dtype.DType) dtype.DType {
	if a.in == nil || slices.Contains(a.in, d) {
		return d
	}
	return a.in[0]
}

type dotParams struct {
	DimensionNumbers     DotDims
	Precision            Precision   `jx:"precision,omitempty"`
	PreferredElementType dtype.DType `jx:"preferred_element_type,omitempty"`
	OutSharding          core.None   `jx:"-"`
}

var dotGeneralOp = core.Declare[dotParams]("dot_general")

// DotGeneral contracts x with y. See CanonicalPrecision for precision; preferred is the dtype of the result, or
// dtype.Invalid for the one that the operands' dtypes give.
func DotGeneral(x, y Value, dims DotDims, precision string, preferred dtype.DType) Value {
	return dotGeneralOp.Bind1(dotParams{DimensionNumbers: dims, Precision: CanonicalPrecision(precision), PreferredElementType: preferred}, x, y)
}

// Dot is the product of vectors and matrices: the last axis of x is contracted with the first one of y.
func Dot(x, y Value, precision string, preferred dtype.DType) Value {
	xs, ys := x.Aval().Shape, y.Aval().Shape
	if len(xs) < 1 || len(xs) > 2 || len(ys) < 1 || len(ys) > 2 || xs[len(xs)-1] != ys[0] {
		core.Errorf(core.ValueError, "jax.lax.dot: dimension_numbers must be specified when not performing simple un-batched matrix-matrix, matrix-vector, or vector-vector products; got lhs_shape=%s rhs_shape=%s", core.ShapeString(xs), core.ShapeString(ys))
	}
	return DotGeneral(x, y, DotDims{[]int{len(xs) - 1}, []int{0}, []int{}, []int{}}, precision, preferred)
}

// BatchMatmul multiplies matrices in the last two axes; all axes before these are batch axes of equal sizes.
func BatchMatmul(x, y Value, precision string) Value {
	n := x.Aval().Ndim()
	if n < 2 || y.Aval().Ndim() < 2 {
		core.Errorf(core.ValueError, "Arguments to batch_matmul must be at least 2D, got %d, %d", n, y.Aval().Ndim())
	}
	if n != y.Aval().Ndim() {
		core.Errorf(core.ValueError, "Arguments to batch_matmul must have same ndim, got %d, %d", n, y.Aval().Ndim())
	}
	b := iota(n - 2)
	return DotGeneral(x, y, DotDims{[]int{n - 1}, []int{n - 2}, b, b}, precision, dtype.Invalid)
}

// remaining lists 0, …, n-1 without the given axes.
func remaining(n int, removed ...[]int) []int {
	rest := make([]int, 0, n)
next:
	for i := range n {
		for _, r := range removed {
			if slices.Contains(r, i) {
				continue next
			}
		}
		rest = append(rest, i)
	}
	return rest
}

// take lists xs[i] for the given i.
func take(xs, index []int) []int {
	ys := make([]int, len(index))
	for k, i := range index {
		ys[k] = xs[i]
	}
	return ys
}

// product multiplies all of xs.
func product(xs []int) int {
	p := 1
	for _, x := range xs {
		p *= x
	}
	return p
}

// argsort lists the indices that sort xs.
func argsort(xs []int) []int {
	index := iota(len(xs))
	slices.SortStableFunc(index, func(i, j int) int { return xs[i] - xs[j] })
	return index
}

func dotShape(x, y []int, d DotDims) []int {
	s := take(x, d.LhsBatch)
	s = append(s, take(x, remaining(len(x), d.LhsContract, d.LhsBatch))...)
	return append(s, take(y, remaining(len(y), d.RhsContract, d.RhsBatch))...)
}

func checkDotDims(x, y *core.Aval, d DotDims) {
	for _, side := range []struct {
		name            string
		ndim            int
		batch, contract []int
	}{{"lhs", x.Ndim(), d.LhsBatch, d.LhsContract}, {"rhs", y.Ndim(), d.RhsBatch, d.RhsContract}} {
		for _, i := range slices.Concat(side.contract, side.batch) {
			if i < 0 || i >= side.ndim {
				core.Errorf(core.TypeError, "dot_general requires %[1]s dimension numbers to be nonnegative and less than the number of axes of the %[1]s value, got %[1]s_batch of %[2]s and %[1]s_contracting of %[3]s for %[1]s of rank %[4]d", side.name, core.ShapeString(side.batch), core.ShapeString(side.contract), side.ndim)
			}
		}
	}
	lb, rb, lc, rc := core.ShapeString(d.LhsBatch), core.ShapeString(d.RhsBatch), core.ShapeString(d.LhsContract), core.ShapeString(d.RhsContract)
	core.Check(len(d.LhsBatch) == len(d.RhsBatch), core.TypeError, "dot_general requires equal numbers of lhs_batch and rhs_batch dimensions, got lhs_batch %s and rhs_batch %s.", lb, rb)
	core.Check(distinct(d.LhsBatch), core.TypeError, "dot_general requires lhs batch dimensions to be distinct, got lhs_batch %s.", lb)
	core.Check(distinct(d.RhsBatch), core.TypeError, "dot_general requires rhs batch dimensions to be distinct, got rhs_batch %s.", rb)
	core.Check(distinct(d.LhsContract), core.TypeError, "dot_general requires lhs contracting dimensions to be distinct, got lhs_contracting %s.", lc)
	core.Check(distinct(d.RhsContract), core.TypeError, "dot_general requires rhs contracting dimensions to be distinct, got rhs_contracting %s.", rc)
	core.Check(distinct(slices.Concat(d.LhsBatch, d.LhsContract)), core.TypeError, "dot_general requires lhs batch dimensions to be disjoint from contracting dimensions, got lhs_batch %s and lhs_contracting %s.", lb, lc)
	core.Check(distinct(slices.Concat(d.RhsBatch, d.RhsContract)), core.TypeError, "dot_general requires rhs batch dimensions to be disjoint from contracting dimensions, got rhs_batch %s and rhs_contracting %s.", rb, rc)
	if xs, ys := take(x.Shape, d.LhsBatch), take(y.Shape, d.RhsBatch); !sameShape(xs, ys) {
		core.Errorf(core.TypeError, "dot_general requires lhs batch dimensions and rhs batch dimensions to have the same shape, got %s and %s.", core.ShapeString(xs), core.ShapeString(ys))
	}
	if xs, ys := take(x.Shape, d.LhsContract), take(y.Shape, d.RhsContract); !sameShape(xs, ys) {
		core.Errorf(core.TypeError, "dot_general requires contracting dimensions to have the same shape, got %s and %s.", core.ShapeString(xs), core.ShapeString(ys))
	}
}

func distinct(xs []int) bool {
	for i, x := range xs {
		if slices.Contains(xs[:i], x) {
			return false
		}
	}
	return true
}

// dotRank orders dtypes as XLA's HigherPrecisionType: complex, exponent, mantissa, width, signedness.
func dotRank(d dtype.DType) [5]int {
	r := d.Real()
	rank := [5]int{0, -1, -1, bitWidth(d), 1}
	if d.IsComplex() {
		rank[0] = 1
	}
	if r.IsFloating() {
		l := dtype.Limits(r)
		rank[1], rank[2] = l.MaxExp, l.Nmant
	}
	if r.IsUnsigned() {
		rank[4] = 0
	}
	return rank
}

// bitWidth is the number of bits of a real number of type d.
func bitWidth(d dtype.DType) int {
	if d.IsBool() {
		return 1
	}
	return d.Real().Bits()
}

func dotDType(name string, x, y dtype.DType, p dotParams) dtype.DType {
	for _, d := range []dtype.DType{x, y} {
		if d.IsKey() || d == dtype.Float0 {
			core.Errorf(core.TypeError, "%s does not accept dtype %s.", name, d.Name())
		}
	}
	rx, ry := dotRank(x), dotRank(y)
	d := x
	switch c := slices.Compare(rx[:], ry[:]); {
	case c < 0:
		d = y
	case c == 0 && x != y:
		core.Errorf(core.TypeError, "lax.%s argument type error: %s, %s", name, x.Name(), y.Name())
	}
	want := p.PreferredElementType
	if want == dtype.Invalid || want == d {
		return d
	}
	if p.Precision.algorithm() == nil && !d.IsFloating() && bitWidth(want) < bitWidth(d) {
		core.Errorf(core.TypeError, "`preferred_element_type` must not be narrower than the original type, got preferred_element_type of %s for result type of %s.", want.Name(), d.Name())
	}
	return want
}

// jvpBilinear is the rule of ops that are linear in each of two operands.
func jvpBilinear[P any](op core.Op[P]) func(core.JVPCtx, P, []Value, []Value) ([]Value, []Value) {
	return func(_ core.JVPCtx, p P, x, t []Value) ([]Value, []Value) {
		z := op.Bind1(p, x...)
		var dz Value
		if t[0] != nil {
			dz = op.Bind1(p, t[0], x[1])
		}
		if t[1] != nil {
			dz = addTangents(dz, op.Bind1(p, x[0], t[1]))
		}
		return []Value{z}, []Value{dz}
	}
}

// addTangents adds tangents, either of which may be a symbolic zero.
func addTangents(x, y Value) Value {
	if x == nil {
		return y
	}
	if y == nil {
		return x
	}
	return AddAny(x, y)
}

// transposeDot is the cotangent of x, the left operand of a dot; with swapped set, x was the right one and d has
// the dimension numbers with x first.
func transposeDot(ct Value, x *core.Aval, y Value, d DotDims, p dotParams, swapped bool) Value {
	keepX := remaining(x.Ndim(), d.LhsContract, d.LhsBatch)
	keepY := remaining(y.Aval().Ndim(), d.RhsContract, d.RhsBatch)
	// The result's axes are those of the batch, then those that the left and the right operand kept.
	nb := len(d.LhsBatch)
	ctY := shifted(iota(len(keepY)), nb+len(keepX))
	if swapped {
		ctY = shifted(iota(len(keepY)), nb)
	}
	z := dotGeneralOp.Bind1(dotParams{DimensionNumbers: DotDims{ctY, keepY, iota(nb), d.RhsBatch},
		Precision: p.Precision, PreferredElementType: p.PreferredElementType}, ct, y)
	axes := slices.Concat(d.LhsBatch, keepX, take(d.LhsContract, argsort(d.RhsContract)))
	return castTo(Transpose(z, argsort(axes)), x)
}

// castTo converts x to the dtype and weak type of a, unless the dtypes agree.
func castTo(x Value, a *core.Aval) Value {
	if x.Aval().DType == a.DType {
		return x
	}
	return ConvertWeak(x, a.DType, a.Weak)
}

// bumpDims makes room for a new axis d.
func bumpDims(dims []int, d int) []int {
	out := slices.Clone(dims)
	for i, k := range out {
		if k >= d {
			out[i]++
		}
	}
	return out
}

// batchDot gives the dimension numbers of a dot with a mapped axis in either operand or both, and the place of the
// mapped axis in the result.
func batchDot(d DotDims, lhsDim, rhsDim, lhsNdim, rhsNdim int) (DotDims, int) {
	switch {
	case lhsDim != core.Unmapped && rhsDim != core.Unmapped: // one more batch axis, in front
		return DotDims{bumpDims(d.LhsContract, lhsDim), bumpDims(d.RhsContract, rhsDim),
			append([]int{lhsDim}, bumpDims(d.LhsBatch, lhsDim)...), append([]int{rhsDim}, bumpDims(d.RhsBatch, rhsDim)...)}, 0
	case lhsDim != core.Unmapped: // one more axis that the left operand keeps
		out := len(d.LhsBatch)
		for _, i := range remaining(lhsNdim, d.LhsBatch, d.LhsContract) {
			if i < lhsDim {
				out++
			}
		}
		return DotDims{bumpDims(d.LhsContract, lhsDim), d.RhsContract, bumpDims(d.LhsBatch, lhsDim), d.RhsBatch}, out
	}
	out := lhsNdim - len(d.LhsContract)
	for _, i := range remaining(rhsNdim, d.RhsBatch, d.RhsContract) {
		if i < rhsDim {
			out++
		}
	}
	return DotDims{d.LhsContract, bumpDims(d.RhsContract, rhsDim), d.LhsBatch, bumpDims(d.RhsBatch, rhsDim)}, out
}

// isFloat8 reports the types whose mixture XLA multiplies without a conversion.
func isFloat8(d dtype.DType) bool {
	switch d {
	case dtype.Float8E4M3FN, dtype.Float8E5M2, dtype.Float8E5M2FNUZ, dtype.Float8E4M3FNUZ, dtype.Float8E3M4, dtype.Float8E4M3, dtype.Float8E8M0FNU:
		return true
	}
	return false
}

// convertHLO converts the elements of v.
func convertHLO(b *stablehlo.Builder, v stablehlo.Value, elem string) stablehlo.Value {
	if v.Type.Elem == elem {
		return v
	}
	return b.Pretty("stablehlo.convert", "", v.Type.WithElem(elem), v)
}

// innerInSteps reports whether a contraction leaves no axis and is long enough for steps (see firstStep): XLA has a loop for it
// that adds one product to the last.
func innerInSteps(c core.LowerCtx, d DotDims) bool {
	x, y := c.In()[0], c.In()[1]
	_, k := firstStep(x.Shape, d.LhsContract)
	return k > 0 && c.Out()[0].Ndim() == 0 && slices.Equal(d.LhsContract, d.RhsContract) && x.DType == y.DType && x.DType.Bits() >= 32 // smaller ones add up in float32
}

func lowerDot(c core.LowerCtx, p dotParams, in []stablehlo.Value) []stablehlo.Value {
	b, d, out := c.B(), p.DimensionNumbers, c.Out()[0]
	x, y, acc := c.In()[0].DType, c.In()[1].DType, out.DType
	alg := ""
	if a := p.Precision.algorithm(); a != nil {
		if !a.cpu { // the CPU backend ignores algorithms, so one that it doesn't follow is refused here
			core.Errorf(core.ValueError, "The precision '%s' is not supported by dot_general on CPU", a.name)
		}
		x, y = a.operandType(x), a.operandType(y)
		if a.acc != dtype.Invalid && !(acc == a.narrow && x == acc && y == acc) {
			acc = a.acc
		}
		if a.in != nil {
			alg = ", algorithm = <lhs_precision_type = " + a.operand + ", rhs_precision_type = " + a.operand + ", accumulation_type = " + a.acc.HLO() +
				", lhs_component_count = 1, rhs_component_count = 1, num_primitive_operations = " + itoa(a.primitives) + ", allow_imprecise_accumulation = false>"
		}
	} else if x != y && !(isFloat8(x) && isFloat8(y)) {
		x, y = acc, acc // XLA types such a mixture but the CPU backend has no code for it
	}
	if alg == "" && x == acc && y == acc && c.Stepwise() && innerInSteps(c, d) {
		return sumMonoid.lower(c, b.Elementwise("stablehlo.multiply", in[0].Type, in...), d.LhsContract)
	}
	lhs, rhs := convertHLO(b, in[0], x.HLO()), convertHLO(b, in[1], y.HLO())
	attrs := ""
	if len(d.LhsBatch) > 0 {
		attrs = ", batching_dims = " + stablehlo.List(d.LhsBatch) + " x " + stablehlo.List(d.RhsBatch)
	}
	pl, pr := p.Precision.config()
	attrs += ", contracting_dims = " + stablehlo.List(d.LhsContract) + " x " + stablehlo.List(d.RhsContract) + ", precision = [" + pl + ", " + pr + "]" + alg
	z := b.Pretty("stablehlo.dot_general", attrs, out.HLO().WithElem(acc.HLO()), lhs, rhs)
	return []stablehlo.Value{convertHLO(b, z, out.DType.HLO())}
}

func init() {
	dotGeneralOp.Define(core.Rules[dotParams]{
		Doc: "Contraction of two arrays over pairs of axes, batched over others.",
		Abstract: func(p dotParams, in []*core.Aval) []*core.Aval {
			x, y := in[0], in[1]
			checkDotDims(x, y, p.DimensionNumbers)
			d := dotDType("dot_general", x.DType, y.DType, p)
			return []*core.Aval{core.MakeAval(d, dotShape(x.Shape, y.Shape, p.DimensionNumbers), x.Weak && y.Weak)}
		},
		JVP: jvpBilinear(dotGeneralOp),
		Transpose: func(_ core.TransposeCtx, p dotParams, ct, in []Value) []Value {
			if core.IsUndef(in[0]) {
				return []Value{transposeDot(ct[0], in[0].Aval(), in[1], p.DimensionNumbers, p, false), nil}
			}
			return []Value{nil, transposeDot(ct[0], in[1].Aval(), in[0], p.DimensionNumbers.swapped(), p, true)}
		},
		Batch: func(_ core.BatchCtx, p dotParams, in []Value, dims []int) ([]Value, []int) {
			var out int
			p.DimensionNumbers, out = batchDot(p.DimensionNumbers, dims[0], dims[1], in[0].Aval().Ndim(), in[1].Aval().Ndim())
			return dotGeneralOp.Bind(p, in...), []int{out}
		},
		Lower: lowerDot,
		Samples: []core.Sample[dotParams]{
			{Params: dotParams{DimensionNumbers: DotDims{[]int{1}, []int{0}, []int{}, []int{}}}, In: []*core.Aval{core.NewAval(dtype.Float32, 2, 3), core.NewAval(dtype.Float32, 3, 4)}},
			{Params: dotParams{DimensionNumbers: DotDims{[]int{3, 1}, []int{0, 2}, []int{0}, []int{3}}}, In: []*core.Aval{core.NewAval(dtype.Float32, 2, 3, 5, 4), core.NewAval(dtype.Float32, 4, 6, 3, 2)}},
			{Params: dotParams{DimensionNumbers: DotDims{[]int{1}, []int{0}, []int{}, []int{}}, PreferredElementType: dtype.Float32}, In: []*core.Aval{core.NewAval(dtype.BFloat16, 2, 3), core.NewAval(dtype.BFloat16, 3)}},
		},
	})

	dims := func(a *core.Args, i int) []int { return append([]int{}, a.Ints(i)...) }
	// x, y, lhs_contract, rhs_contract, lhs_batch, rhs_batch, precision, preferred_element_type
	core.Export1("lax.dot_general", "xxssssss", func(a *core.Args) core.Value {
		return DotGeneral(a.X(0), a.X(1), DotDims{dims(a, 2), dims(a, 3), dims(a, 4), dims(a, 5)}, a.Str(6), a.DType(7))
	})
	// x, y, precision, preferred_element_type
	core.Export1("lax.dot", "xxss", func(a *core.Args) core.Value { return Dot(a.X(0), a.X(1), a.Str(2), a.DType(3)) })
	// x, y, precision
	core.Export1("lax.batch_matmul", "xxs", func(a *core.Args) core.Value { return BatchMatmul(a.X(0), a.X(1), a.Str(2)) })
}
