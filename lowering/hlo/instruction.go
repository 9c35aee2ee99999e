package hlo

import (
	"fmt"
	"slices"
	"strconv"
	"strings"

	"google.golang.org/protobuf/encoding/protowire"
)

// plain are the operations without attributes of their own.
var plain = strings.Fields(`abs acos acosh add add-dependency after-all and asin asinh atan2 atanh bitcast bitcast-convert call cbrt ceil clamp
	complex conditional convert copy copy-done cosine cosh count-leading-zeros divide dynamic-reshape dynamic-update-slice erf exponential
	exponential-minus-one floor imag is-finite log log-plus-one logistic maximum minimum multiply negate not opt-barrier or partition-id popcnt
	power real remainder replica-id round-nearest-afz round-nearest-even rsqrt select shift-left shift-right-arithmetic shift-right-logical sign
	sine sinh sqrt stochastic-convert subtract tan tanh tuple while xor`)

var attributes map[string]func(t *printer, i *instruction)

func init() {
	attributes = map[string]func(t *printer, i *instruction){
		"all-gather":         (*printer).allGather,
		"all-reduce":         (*printer).allReduce,
		"all-to-all":         (*printer).allToAll,
		"batch-norm-grad":    (*printer).batchNorm,
		"cholesky":           (*printer).cholesky,
		"compare":            (*printer).compare,
		"constant":           func(*printer, *instruction) {},
		"convolution":        (*printer).convolution,
		"copy-start":         (*printer).copyStart,
		"custom-call":        (*printer).customCall,
		"dot":                (*printer).dot,
		"dynamic-slice":      func(t *printer, i *instruction) { t.dims(i, "dynamic_slice_sizes", 20) },
		"fft":                (*printer).fft,
		"fusion":             (*printer).fusion,
		"gather":             (*printer).gather,
		"get-dimension-size": dimensions,
		"get-tuple-element":  func(t *printer, i *instruction) { t.number("index", i.m.int(13)) },
		"iota":               func(t *printer, i *instruction) { t.first(i, "iota_dimension") },
		"map":                dimensions,
		"pad":                (*printer).pad,
		"parameter":          (*printer).parameter,
		"ragged-dot":         (*printer).raggedDot,
		"reduce-precision":   (*printer).reducePrecision,
		"reduce-scatter":     (*printer).reduceScatter,
		"reduce-window":      (*printer).window,
		"reshape":            (*printer).reshape,
		"rng":                (*printer).rng,
		"rng-bit-generator":  (*printer).rngBits,
		"scatter":            (*printer).scatter,
		"select-and-scatter": (*printer).window,
		"set-dimension-size": dimensions,
		"slice":              (*printer).slice,
		"sort":               (*printer).sort,
		"topk":               (*printer).topK,
		"triangular-solve":   (*printer).triangularSolve,
	}
	attributes["rng-get-and-update-state"] = func(t *printer, i *instruction) { t.number("delta", i.m.int(66)) }
	for _, op := range []string{"send", "send-done", "recv", "recv-done"} {
		attributes[op] = (*printer).transfer
	}
	attributes["infeed"], attributes["outfeed"] = (*printer).infeed, (*printer).outfeed
	attributes["collective-broadcast"] = (*printer).collective
	attributes["collective-permute"] = (*printer).permute
	for _, op := range []string{"broadcast", "concatenate", "reduce", "reverse", "transpose"} {
		attributes[op] = dimensions
	}
	for _, op := range []string{"batch-norm-training", "batch-norm-inference"} {
		attributes[op] = (*printer).batchNorm
	}
	for _, op := range plain {
		attributes[op] = func(*printer, *instruction) {}
	}
}

func (t *printer) instruction(i *instruction) {
	defer func() {
		if t.err != nil {
			t.err = fmt.Errorf("%s: %w", i.name, t.err)
		}
	}()
	own := attributes[i.op]
	if own == nil {
		t.failf("the operation %q is not known", i.op)
		return
	}
	t.add("%", i.name, " = ")
	t.shape(i.shape, true)
	t.add(" ", i.op, "(")
	switch i.op {
	case "parameter":
		t.int(i.m.int(9))
	case "constant":
		t.constant(i)
	default:
		for n, o := range i.operands {
			if t.err != nil {
				return
			}
			t.comma(n)
			t.add("%", o.name)
		}
	}
	t.add(")")
	own(t, i)
	t.calls(i)
	t.sharding(i)
	t.frontend(i.m, 68)
	t.names(", control-predecessors={", i.preds, "}")
	if len(t.sub(i.m, 82).all(2)) > 0 {
		t.failf("statistics are not known")
	}
	t.accuracy(i)
	if len(t.sub(i.m, 88)) > 0 {
		t.failf("original values are not known")
	}
	t.metadata(i)
	if c := i.m.str(43); c != "" {
		t.add(", backend_config=")
		t.dict(c)
	}
}

func (t *printer) constant(i *instruction) {
	const most = 10
	if i.shape.isArray() && i.m.has(8) {
		n, err := i.shape.elements()
		t.fail(err)
		if n <= most {
			t.literal(t.literalOf(i))
			return
		}
	}
	t.add("{...}")
}

func (t *printer) literalOf(i *instruction) *literal {
	l, err := parseLiteral(t.sub(i.m, 8))
	t.fail(err)
	return l
}

func (t *printer) names(open string, list []*instruction, shut string) {
	for n, i := range list {
		if n == 0 {
			t.add(open)
		} else {
			t.add(", ")
		}
		t.add("%", i.name)
	}
	if len(list) > 0 {
		t.add(shut)
	}
}

// calls prints the computations that i calls.
func (t *printer) calls(i *instruction) {
	calls := slices.Clone(i.calls)
	named := func(names ...string) {
		if len(calls) != len(names) {
			t.failf("%d computations are called", len(calls))
			return
		}
		for n, name := range names {
			t.add(", ", name, "=%", calls[n].name)
		}
	}
	list := func(open, shut string) {
		for n, c := range calls {
			t.add([]string{open, ", "}[min(n, 1)], "%", c.name)
		}
		if len(calls) > 0 {
			t.add(shut)
		}
	}
	switch i.op {
	case "while":
		slices.Reverse(calls) // the program has the body first
		named("condition", "body")
	case "select-and-scatter":
		named("select", "scatter")
	case "conditional":
		if len(i.operands) > 0 && i.operands[0].shape.elem == tPred {
			named("true_computation", "false_computation")
		} else {
			list(", branch_computations={", "}")
		}
	case "call", "map", "reduce-window", "reduce", "all-reduce", "reduce-scatter", "scatter", "sort":
		if len(calls) > 0 {
			named("to_apply")
		}
		if i.op == "call" && i.m.bool(89) {
			t.add(", is_composite=true")
		}
	case "custom-call":
		list(", called_computations={", "}")
	default:
		list(", calls=", "")
	}
}

func (t *printer) frontend(m message, num protowire.Number) {
	attrs, err := t.sub(m, num).pairs(1)
	t.fail(err)
	if len(attrs) == 0 {
		return
	}
	keys := make([]string, 0, len(attrs))
	for k := range attrs {
		keys = append(keys, k)
	}
	slices.Sort(keys)
	t.add(", frontend_attributes={")
	for n, k := range keys {
		if n > 0 {
			t.add(",")
		}
		t.add(k, "=")
		t.dict(attrs[k])
	}
	t.add("}")
}

// sharding prints how an instruction is divided among devices; the kinds that a program for one device has.
func (t *printer) sharding(i *instruction) {
	if !i.m.has(40) {
		return
	}
	m := t.sub(i.m, 40)
	one := func(m message) {
		switch kind := m.int(1); kind {
		case 0:
			t.add("{replicated}")
		case 1:
			t.add("{maximal device=")
			t.join(t.ints(m, 4))
			t.add("}")
		case 4:
			t.add("{manual}")
		case 5:
			t.add("{unknown}")
		case 6:
			t.add("{unreduced}")
		default:
			t.failf("a sharding of kind %d is not known", kind)
		}
		if len(m.all(7)) > 0 || m.bool(11) {
			t.failf("shardings with metadata or groups are not known")
		}
	}
	t.add(", sharding=")
	if m.int(1) != 2 {
		one(m)
		return
	}
	parts := t.subs(m, 5)
	t.add("{")
	for n, p := range parts {
		t.comma(n)
		one(p)
	}
	t.add("}")
}

func (t *printer) accuracy(i *instruction) {
	a := t.sub(i.m, 91)
	switch mode := a.int(1); {
	case mode == 1:
		t.add(", result_accuracy={mode=highest}")
	case mode != 0:
		t.failf("an accuracy %d is not known", mode)
	case a.has(2):
		tol := t.sub(a, 2)
		t.add(", result_accuracy={tolerance={atol=", float(tol.double(1), 6), ",rtol=", float(tol.double(2), 6), ",ulps=")
		t.int(tol.int(3))
		t.add("}}")
	}
}

func (t *printer) metadata(i *instruction) {
	m := t.sub(i.m, 7)
	frame := m.int32(15)
	if m.str(1) == "" && m.str(2) == "" && m.str(3) == "" && m.str(16) == "" && frame == 0 {
		return
	}
	var parts []string
	text := func(name string, num protowire.Number) {
		if s := m.str(num); s != "" {
			parts = append(parts, name+`="`+escape(s)+`"`)
		}
	}
	number := func(name string, num protowire.Number) {
		if n := m.int32(num); n != 0 {
			parts = append(parts, fmt.Sprintf("%s=%d", name, n))
		}
	}
	text("op_type", 1)
	text("op_name", 2)
	text("source_file", 3)
	number("source_line", 4)
	number("source_end_line", 17)
	number("source_column", 18)
	number("source_end_column", 19)
	profiles := t.ints(m, 5)
	if len(profiles) > 0 {
		p := &printer{limit: t.limit}
		p.list("profile_type=", profiles)
		t.fail(p.err)
		parts = append(parts, string(p.out))
	}
	text("deduplicated_name", 12)
	text("scheduling_name", 16)
	number("stack_frame_id", 15)
	t.add(", metadata={", strings.Join(parts, " "), "}")
}

// The attributes of each operation.

func (t *printer) number(name string, n int64) {
	t.add(", ", name, "=")
	t.int(n)
}

func (t *printer) flag(name string, set bool) {
	if set {
		t.add(", ", name, "=true")
	}
}

func (t *printer) dims(i *instruction, name string, num protowire.Number) {
	t.list(", "+name+"=", t.ints(i.m, num))
}

func dimensions(t *printer, i *instruction) { t.dims(i, "dimensions", 14) }

// first prints the only one of the dimensions.
func (t *printer) first(i *instruction, name string) {
	list := t.ints(i.m, 14)
	if len(list) == 0 {
		t.failf("there is no dimension")
		return
	}
	t.number(name, list[0])
}

// enum prints a name of an enumeration.
func (t *printer) enum(attr string, names []string, v int64) {
	s, err := name(attr, names, v)
	t.fail(err)
	t.add(", ", attr, "=", s)
}

func (t *printer) batchNorm(i *instruction) {
	t.add(", epsilon=", float(float64(i.m.float(24)), 6))
	t.number("feature_index", i.m.int(25))
}

func (t *printer) cholesky(i *instruction) { t.flag("lower", t.sub(i.m, 62).bool(1)) }

func (t *printer) triangularSolve(i *instruction) {
	m := t.sub(i.m, 59)
	t.flag("left_side", m.bool(1))
	t.flag("lower", m.bool(2))
	t.flag("unit_diagonal", m.bool(3))
	if v := m.int(4); v != 0 {
		t.enum("transpose_a", []string{"", "NO_TRANSPOSE", "TRANSPOSE", "ADJOINT"}, v)
	}
}

func (t *printer) compare(i *instruction) {
	t.add(", direction=", i.m.str(63))
	if len(i.operands) == 0 {
		t.failf("nothing is compared")
		return
	}
	usual := "SIGNED"
	switch e := i.operands[0].shape.elem; e {
	case tPred, tU1, tU2, tU4, tU8, tU16, tU32, tU64:
		usual = "UNSIGNED"
	case tS1, tS2, tS4, tS8, tS16, tS32, tS64:
	default:
		usual = "FLOAT"
	}
	if c := i.m.str(72); c != "" && c != usual {
		t.add(", type=", c)
	}
}

func (t *printer) fft(i *instruction) {
	t.enum("fft_type", []string{"FFT", "IFFT", "RFFT", "IRFFT"}, i.m.int(31))
	t.dims(i, "fft_length", 32)
}

func (t *printer) fusion(i *instruction) {
	t.add(", kind=", i.m.str(11))
	t.aliasing(i)
}

// aliasing prints which operands the results overwrite.
func (t *printer) aliasing(i *instruction) {
	list := t.subs(i.m, 74)
	for n, a := range list {
		t.add([]string{", output_to_operand_aliasing={", ", "}[min(n, 1)])
		t.list("", t.ints(a, 1))
		t.add(": (")
		t.int(a.int(2))
		t.list(", ", t.ints(a, 3))
		t.add(")")
	}
	if len(list) > 0 {
		t.add("}")
	}
}

func (t *printer) parameter(i *instruction) {
	m := t.sub(i.m, 61)
	replicated := t.uints(m, 1)
	for n, v := range replicated {
		t.add([]string{", parameter_replication={", ","}[min(n, 1)])
		t.bool(v != 0)
	}
	if len(replicated) > 0 {
		t.add("}")
	}
}

func (t *printer) reducePrecision(i *instruction) {
	t.number("exponent_bits", i.m.int32(18))
	t.number("mantissa_bits", i.m.int32(19))
}

func (t *printer) reshape(i *instruction) {
	if len(t.ints(i.m, 14)) > 0 {
		t.first(i, "inferred_dimension")
	}
}

func (t *printer) rng(i *instruction) {
	t.enum("distribution", []string{"rng_invalid", "rng_uniform", "rng_normal"}, i.m.int(23))
}

func (t *printer) rngBits(i *instruction) {
	t.enum("algorithm", []string{"rng_default", "rng_three_fry", "rng_philox"}, i.m.int(70))
}

func (t *printer) sort(i *instruction) {
	dimensions(t, i)
	t.flag("is_stable", i.m.bool(60))
}

func (t *printer) topK(i *instruction) {
	t.number("k", i.m.int(81))
	t.add(", largest=")
	t.bool(i.m.bool(85))
}

func (t *printer) pad(i *instruction) {
	dims := t.subs(t.sub(i.m, 21), 1)
	interior := slices.ContainsFunc(dims, func(d message) bool { return d.int(3) != 0 })
	t.add(", padding=")
	for n, d := range dims {
		if n > 0 {
			t.add("x")
		}
		t.int(d.int(1))
		t.add("_")
		t.int(d.int(2))
		if interior {
			t.add("_")
			t.int(d.int(3))
		}
	}
}

func (t *printer) slice(i *instruction) {
	dims := t.subs(i.m, 17)
	strided := slices.ContainsFunc(dims, func(d message) bool { return d.int(3) != 1 })
	t.add(", slice={")
	for n, d := range dims {
		if n > 0 {
			t.add(", ")
		}
		t.add("[")
		t.int(d.int(1))
		t.add(":")
		t.int(d.int(2))
		if strided {
			t.add(":")
			t.int(d.int(3))
		}
		t.add("]")
	}
	t.add("}")
}

// numbers prints repeated fields of m by name; those marked ? only if they are not empty.
func (t *printer) numbers(m message, names []string, nums []protowire.Number) {
	for n, name := range names {
		list := t.ints(m, nums[n])
		name, optional := strings.CutSuffix(name, "?")
		if len(list) > 0 || !optional {
			t.list(", "+name+"=", list)
		}
	}
}

func (t *printer) gather(i *instruction) {
	m := t.sub(i.m, 33)
	t.numbers(m, []string{"offset_dims", "collapsed_slice_dims", "start_index_map", "operand_batching_dims?", "start_indices_batching_dims?"},
		[]protowire.Number{1, 2, 3, 5, 6})
	t.number("index_vector_dim", m.int(4))
	t.dims(i, "slice_sizes", 34)
	t.flag("indices_are_sorted", i.m.bool(67))
}

func (t *printer) scatter(i *instruction) {
	m := t.sub(i.m, 48)
	t.numbers(m, []string{"update_window_dims", "inserted_window_dims", "scatter_dims_to_operand_dims", "input_batching_dims?",
		"scatter_indices_batching_dims?"}, []protowire.Number{1, 2, 3, 5, 6})
	t.number("index_vector_dim", m.int(4))
	t.flag("indices_are_sorted", i.m.bool(67))
	t.flag("unique_indices", i.m.bool(69))
}

func (t *printer) dotDims(m message) {
	t.numbers(m, []string{"lhs_batch_dims?", "lhs_contracting_dims", "rhs_batch_dims?", "rhs_contracting_dims"}, []protowire.Number{3, 1, 4, 2})
}

func (t *printer) dot(i *instruction) {
	t.dotDims(t.sub(i.m, 30))
	t.precision(i)
}

func (t *printer) raggedDot(i *instruction) {
	m := t.sub(i.m, 90)
	d := t.sub(m, 1)
	t.dotDims(d)
	t.numbers(m, []string{"lhs_ragged_dims", "rhs_group_dims?"}, []protowire.Number{2, 3})
	t.precision(i)
}

func (t *printer) precision(i *instruction) {
	m := t.sub(i.m, 51)
	list := t.ints(m, 1)
	if slices.ContainsFunc(list, func(p int64) bool { return p != 0 }) {
		for len(list) < len(i.operands) {
			list = append(list, 0)
		}
		t.add(", operand_precision={")
		for n, p := range list[:len(i.operands)] {
			if n > 0 {
				t.add(",")
			}
			s, err := name("precision", []string{"default", "high", "highest"}, p)
			t.fail(err)
			t.add(s)
		}
		t.add("}")
	}
	if v := m.int(2); v != 0 {
		t.enum("algorithm", strings.Fields(`unset dot_any_f8_any_f8_f32 dot_any_f8_any_f8_f32_fast_accum dot_f16_f16_f16 dot_f16_f16_f32
			dot_bf16_bf16_bf16 dot_bf16_bf16_f32 dot_bf16_bf16_f32_x3 dot_bf16_bf16_f32_x6 dot_tf32_tf32_f32 dot_tf32_tf32_f32_x3
			dot_f32_f32_f32 dot_f64_f64_f64 dot_bf16_bf16_f32_x9`), v)
	}
}

func (t *printer) window(i *instruction) {
	dims := t.subs(t.sub(i.m, 15), 1)
	if len(dims) == 0 && i.op != "custom-call" {
		return
	}
	first := true
	field := func(name string, always bool, one func(d message) string, usual string) {
		if !always && !slices.ContainsFunc(dims, func(d message) bool { return one(d) != usual }) {
			return
		}
		if !first {
			t.add(" ")
		}
		first = false
		t.add(name, "=")
		for n, d := range dims {
			if n > 0 {
				t.add("x")
			}
			t.add(one(d))
		}
	}
	number := func(num protowire.Number) func(m message) string {
		return func(m message) string { return strconv.FormatInt(m.int(num), 10) }
	}
	t.add(", window={")
	if len(dims) > 0 {
		field("size", true, number(1), "")
	}
	field("stride", false, number(2), "1")
	field("pad", false, func(m message) string { return fmt.Sprintf("%d_%d", m.int(3), m.int(4)) }, "0_0")
	field("lhs_dilate", false, number(6), "1")
	field("rhs_dilate", false, number(5), "1")
	field("rhs_reversal", false, number(7), "0")
	t.add("}")
}

func (t *printer) convolution(i *instruction) {
	t.window(i)
	t.labels(i)
	t.groups(i)
	t.precision(i)
}

func (t *printer) groups(i *instruction) {
	if n := i.m.int(50); n > 1 {
		t.number("feature_group_count", n)
	}
	if n := i.m.int(58); n > 1 {
		t.number("batch_group_count", n)
	}
}

// labels prints what each dimension of a convolution is: of the input, the kernel and the output.
func (t *printer) labels(i *instruction) {
	m := t.sub(i.m, 16)
	part := func(before, a, b string, na, nb, spatial protowire.Number) {
		list := t.ints(m, spatial)
		at := map[int64]string{m.int(na): a}
		at[m.int(nb)] = b
		for n, d := range list {
			at[d] = strconv.Itoa(n)
		}
		most := int64(0)
		for d := range at {
			if d < 0 || d > maxRank {
				t.failf("there is a dimension %d", d)
				return
			}
			most = max(most, d)
		}
		t.add(before)
		for d := range most + 1 {
			if s, ok := at[d]; ok {
				t.add(s)
			} else {
				t.add("?")
			}
		}
	}
	part(", dim_labels=", "b", "f", 7, 8, 11)
	part("_", "i", "o", 3, 4, 6)
	part("->", "b", "f", 9, 10, 12)
}

func (t *printer) customCall(i *instruction) {
	if i.m.has(15) {
		t.window(i)
	}
	if i.m.has(16) {
		t.labels(i)
	}
	t.groups(i)
	t.precision(i)
	if p := i.m.int(75); p != 0 {
		t.enum("padding_type", []string{"", "PADDING_VALID", "PADDING_SAME"}, p)
	}
	t.add(", custom_call_target=")
	t.quoted(i.m.str(28))
	if i.m.bool(56) {
		shapes := t.subs(i.m, 57)
		t.add(", operand_layout_constraints={")
		for n, s := range shapes {
			if n > 0 {
				t.add(", ")
			}
			t.shapeOf(s)
		}
		t.add("}")
	}
	t.flag("custom_call_has_side_effect", i.m.bool(65))
	if i.m.has(8) {
		if l := t.literalOf(i); l != nil {
			t.add(", literal=")
			t.shape(l.shape, true)
			t.add(" ")
			t.literal(l)
		}
	}
	t.aliasing(i)
	if s := i.m.int(76); s != 0 {
		t.enum("schedule", []string{"", "SCHEDULE_LATEST", "SCHEDULE_EARLIEST"}, s)
	}
	if v := i.m.int(77); v > 1 {
		t.enum("api_version", []string{"", "", "API_VERSION_STATUS_RETURNING", "API_VERSION_STATUS_RETURNING_UNIFIED", "API_VERSION_TYPED_FFI"}, v)
	}
}

// channel prints the number of a collective operation.
func (t *printer) channel(i *instruction) {
	if n := i.m.int(26); n > 0 {
		t.number("channel_id", n)
	}
}

// collective prints the devices that take part: older programs have the groups themselves, later ones a message that
// holds them, and ranges of devices have one of their own.
func (t *printer) collective(i *instruction) {
	t.channel(i)
	lists := t.sub(i.m, 87)
	groups := t.subs(lists, 1)
	switch {
	case i.m.has(93):
		t.failf("groups by the axes of a mesh are not known")
	case i.m.has(92):
		t.iota(t.sub(i.m, 92))
	case lists.has(2):
		m := t.sub(lists, 2)
		t.iota(m)
	default:
		if !i.m.has(87) {
			groups = t.subs(i.m, 49)
		}
		t.add(", replica_groups={")
		for n, g := range groups {
			if n > 0 {
				t.add(",")
			}
			t.list("", t.ints(g, 1))
		}
		t.add("}")
	}
	t.flag("constrain_layout", i.m.bool(56))
}

// iota prints groups of devices that are a reshaped range of numbers.
func (t *printer) iota(g message) {
	t.add(", replica_groups=[")
	t.int(g.int(1))
	t.add(",")
	t.int(g.int(2))
	t.add("]<=[")
	dims := t.ints(g, 3)
	t.join(dims)
	t.add("]")
	perm := t.ints(g, 4)
	if len(perm) > 1 {
		t.add("T(")
		t.join(perm)
		t.add(")")
	}
}

func (t *printer) allGather(i *instruction) {
	t.collective(i)
	dimensions(t, i)
	t.flag("use_global_device_ids", i.m.bool(71))
}

func (t *printer) allReduce(i *instruction) {
	t.collective(i)
	t.flag("use_global_device_ids", i.m.bool(71))
}

func (t *printer) reduceScatter(i *instruction) {
	t.allReduce(i)
	dimensions(t, i)
}

func (t *printer) allToAll(i *instruction) {
	t.collective(i)
	if list := t.ints(i.m, 14); len(list) > 0 {
		t.list(", dimensions=", list)
	}
}

func (t *printer) permute(i *instruction) {
	t.channel(i)
	pairs := t.subs(i.m, 52)
	t.add(", source_target_pairs={")
	for n, p := range pairs {
		if n > 0 {
			t.add(",")
		}
		t.list("", []int64{p.int(1), p.int(2)})
	}
	t.add("}")
	if len(t.ints(i.m, 20)) > 0 {
		t.failf("a permutation of slices is not known")
	}
}

func (t *printer) copyStart(i *instruction) {
	if i.m.given(80) {
		t.number("cross_program_prefetch_index", i.m.int32(80))
	}
}

func (t *printer) transfer(i *instruction) {
	t.channel(i)
	t.flag("is_host_transfer", i.m.bool(47))
}

func (t *printer) infeed(i *instruction) {
	if s := i.m.str(27); s != "" {
		t.add(", infeed_config=")
		t.quoted(s)
	}
}

func (t *printer) outfeed(i *instruction) {
	t.add(", outfeed_shape=")
	t.shapeOf(t.sub(i.m, 29))
	if s := i.m.str(22); s != "" {
		t.add(", outfeed_config=")
		t.quoted(s)
	}
}
