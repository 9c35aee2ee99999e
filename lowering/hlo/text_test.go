package hlo_test

import (
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
	"google.golang.org/protobuf/encoding/protowire"

	"github.com/jaxgo/jaxgo/lowering/hlo"
)

// TestGolden prints programs as XLA does; tests/test_hlo.py made them and their texts.
func TestGolden(t *testing.T) {
	files, err := filepath.Glob("testdata/*.pb")
	require.NoError(t, err)
	require.NotEmpty(t, files)
	for _, file := range files {
		b, err := os.ReadFile(file)
		require.NoError(t, err)
		want, err := os.ReadFile(strings.TrimSuffix(file, ".pb") + ".txt")
		require.NoError(t, err)
		got, err := hlo.Text("hlo", b)
		require.NoError(t, err, file)
		assert.Equal(t, string(want), got, file)
	}
}

// A proto is a message under construction.
type proto []byte

func (p proto) num(field protowire.Number, v int64) proto {
	return protowire.AppendVarint(protowire.AppendTag(p, field, protowire.VarintType), uint64(v))
}

func (p proto) str(field protowire.Number, s string) proto {
	return protowire.AppendString(protowire.AppendTag(p, field, protowire.BytesType), s)
}

func (p proto) msg(field protowire.Number, m proto) proto { return p.str(field, string(m)) }

var scalar = proto{}.num(2, 11)

func instruction(id int64, op string) proto {
	return proto{}.str(1, op).str(2, op).msg(3, scalar).num(35, id)
}

// program is one that computes an instruction of its only argument, the last of body.
func program(body ...proto) proto {
	c := proto{}.str(1, "main").num(5, 1).num(6, int64(len(body)-1))
	for _, i := range body {
		c = c.msg(2, i)
	}
	layout := proto{}.msg(1, scalar).msg(2, scalar)
	return proto{}.str(1, "m").num(6, 1).msg(3, c).msg(4, layout)
}

func unary(op string) proto {
	return program(instruction(0, "parameter"), instruction(1, op).num(36, 0))
}

func TestSmall(t *testing.T) {
	got, err := hlo.Text("hlo", unary("sine"))
	require.NoError(t, err)
	assert.Equal(t, `HloModule m, entry_computation_layout={(f32[])->f32[]}

ENTRY %main (parameter: f32[]) -> f32[] {
  %parameter = f32[] parameter(0)
  ROOT %sine = f32[] sine(%parameter)
}

`, got)
}

func TestConfig(t *testing.T) {
	dim := proto{}.num(2, 11).num(3, 4).msg(5, proto{}.num(1, 0))
	layout := proto{}.msg(1, dim).msg(2, dim)
	for _, c := range []struct {
		config proto
		want   string
	}{
		{proto{}.msg(1, layout), ", entry_computation_layout={(f32[4]{0})->f32[4]{0}}"},
		{proto{}.num(4, 2).num(5, 1).num(17, 1), ", alias_passthrough_params=true, replica_count=2"},
		{proto{}.num(4, 1).num(5, 3).num(27, 0).num(33, 0), ", num_partitions=3"},
		{
			proto{}.str(33, "\x01").str(27, "\x01\x00"),
			", allow_spmd_sharding_propagation_to_parameters={true}, allow_spmd_sharding_propagation_to_output={true,false}",
		},
	} {
		got, err := hlo.Text("hlo_with_config", proto{}.msg(1, unary("sine")).msg(2, c.config))
		require.NoError(t, err)
		first, _, _ := strings.Cut(got, "\n")
		assert.Equal(t, "HloModule m"+c.want, first)
	}
}

// TestUnknownFields prints a program with fields that this package does not know.
func TestUnknownFields(t *testing.T) {
	want, err := hlo.Text("hlo", unary("sine"))
	require.NoError(t, err)
	sine := instruction(1, "sine").num(36, 0).num(5000, 7).str(5001, "new")
	got, err := hlo.Text("hlo", program(instruction(0, "parameter"), sine).msg(6000, proto{}.num(1, 1)))
	require.NoError(t, err)
	assert.Equal(t, want, got)
}

func TestErrors(t *testing.T) {
	deep := scalar
	for range 100 {
		deep = proto{}.num(2, 13).msg(4, deep)
	}
	array := func(dims ...int64) proto {
		p := proto{}.num(2, 11)
		for _, d := range dims {
			p = p.num(3, d)
		}
		return p
	}
	constant := func(shape, literal proto) proto {
		return program(proto{}.str(1, "c").str(2, "constant").msg(3, shape).num(35, 0).msg(8, literal.msg(1, shape)))
	}
	schedule := func(ids ...int64) proto {
		var s proto
		for _, id := range ids {
			s = s.num(1, id)
		}
		return unary("sine").msg(7, proto{}.msg(1, proto{}.num(1, 1).msg(2, s)))
	}
	for name, c := range map[string]struct {
		b    proto
		says string
	}{
		"nothing":          {nil, "no entry computation"},
		"cut":              {unary("sine")[:40], "unexpected EOF"},
		"no such entry":    {unary("sine").num(6, 2), "no entry computation"},
		"operation":        {unary("frobnicate"), `sine|the operation "frobnicate" is not known`},
		"operand":          {program(instruction(0, "sine").num(36, 1), instruction(1, "parameter")), "does not come before it"},
		"itself":           {program(instruction(0, "sine").num(36, 0)), "does not come before it"},
		"callee":           {program(instruction(0, "call").num(38, 1)), "does not come before it"},
		"callees":          {program(instruction(0, "while")), "0 computations are called"},
		"twice":            {program(instruction(0, "sine"), instruction(0, "sine")), "have the number 0"},
		"two computations": {unary("sine").msg(3, proto{}.num(5, 1).msg(2, instruction(0, "sine"))), "two computations"},
		"no root":          {proto{}.msg(3, proto{}.num(5, 1).num(6, 9).msg(2, instruction(0, "sine"))), "has no root"},
		"parameters":       {program(instruction(0, "parameter").num(9, 1)), "has no parameter 0"},
		"element type":     {program(proto{}.str(2, "sine").msg(3, proto{}.num(2, 99))), "element type 99"},
		"depth":            {program(proto{}.str(2, "sine").msg(3, deep)), "nested too deep"},
		"rank":             {program(proto{}.str(2, "sine").msg(3, array(make([]int64, 300)...))), "too many dimensions"},
		"compare":          {program(instruction(0, "compare")), "nothing is compared"},
		"iota":             {program(instruction(0, "iota")), "there is no dimension"},
		"fft":              {program(instruction(0, "fft").num(31, 9)), "fft_type 9 is not known"},
		"labels":           {program(instruction(0, "convolution").msg(16, proto{}.num(7, 1<<40))), "there is a dimension"},
		"literal":          {constant(array(3), proto{}.str(8, "1234")), "a literal of 3 elements has 1"},
		"odd literal":      {constant(array(1), proto{}.str(8, "123")), "ends within a number"},
		"negative":         {constant(array(-1), proto{}), "a dimension is negative"},
		"large":            {constant(array(1<<62, 4), proto{}), "too large"},
		"layout":           {constant(array(1, 1).msg(5, proto{}.num(1, 0).num(1, 0)), proto{}.str(8, "1234")), "no permutation"},
		"endless":          {constant(array(1<<40, 0), proto{}), "too long"},
		"schedule":         {schedule(0), "the schedule"},
		"schedule twice":   {schedule(0, 0), "the schedule"},
		"schedule others":  {schedule(0, 7), "the schedule"},
		"not UTF-8":        {unary("sine").str(1, "\xff"), "not UTF-8"},
	} {
		got, err := hlo.Text("hlo", c.b)
		_, says, ok := strings.Cut(c.says, "|")
		if !ok {
			says = c.says
		}
		assert.ErrorContains(t, err, says, name)
		assert.Empty(t, got, name)
	}
	_, err := hlo.Text("mlir", nil)
	assert.ErrorContains(t, err, `format "mlir" is not known`)
}

// TestAmplification gives an instruction a long name that many operands repeat.
func TestAmplification(t *testing.T) {
	long := proto{}.str(1, strings.Repeat("x", 100_000)).str(2, "sine").msg(3, scalar).num(35, 0)
	_, err := hlo.Text("hlo", program(long, instruction(1, "tuple").str(36, strings.Repeat("\x00", 100_000))))
	assert.ErrorContains(t, err, "too long")
}

// FuzzText prints what may be anything: the text is bounded, or there is an error.
func FuzzText(f *testing.F) {
	// Small seeds: an input that finds something new is made smaller byte by byte.
	dims := proto{}.num(1, 0).num(2, 1).num(3, 2).num(4, 3).num(5, 1).num(6, 1)
	window := proto{}.msg(1, proto{}.num(1, 3).num(2, 2).num(4, 1))
	for _, i := range []proto{
		instruction(1, "sine").msg(7, proto{}.str(2, "name").num(15, 1)).msg(68, proto{}.msg(1, proto{}.str(1, "k").str(2, "{}"))).str(43, "x"),
		instruction(1, "convolution").msg(15, window).msg(16, proto{}.num(7, 1).num(11, 3)).msg(51, proto{}.num(1, 2)),
		instruction(1, "dot").msg(30, dims).num(37, 0),
		instruction(1, "gather").msg(33, dims).num(34, 5),
		instruction(1, "pad").msg(21, window),
		instruction(1, "slice").msg(17, proto{}.num(1, 1).num(2, 3).num(3, 2)),
		instruction(1, "all-gather").msg(87, proto{}.msg(1, proto{}.num(1, 0))).num(14, 1),
		instruction(1, "custom-call").str(28, "f").num(56, 1).msg(57, scalar).msg(74, dims).num(77, 4).msg(40, proto{}.num(1, 2).msg(5, nil)),
		instruction(1, "constant").msg(8, proto{}.msg(1, scalar).str(8, "\x00\x00\x80\x3f")),
		instruction(1, "fusion").str(11, "kLoop"),
	} {
		f.Add([]byte(program(instruction(0, "parameter"), i.num(36, 0))), false)
	}
	f.Add([]byte(unary("sine").msg(7, proto{}.msg(1, proto{}.num(1, 1).msg(2, proto{}.str(1, "\x00\x01"))))), false)
	f.Add([]byte(unary("sine").msg(8, proto{}.msg(1, dims)).msg(17, proto{}.str(1, "f").msg(3, dims).msg(4, dims))), false)
	f.Add([]byte(proto{}.msg(1, unary("sine")).msg(2, proto{}.num(4, 2).str(33, "\x01"))), true)
	f.Fuzz(func(t *testing.T, b []byte, configured bool) {
		format := "hlo"
		if configured {
			format = "hlo_with_config"
		}
		text, err := hlo.Text(format, b)
		if (err == nil) != strings.HasPrefix(text, "HloModule ") {
			t.Fatalf("%q, %v", text, err)
		}
		if len(text) > 256*(len(b)+1024) {
			t.Fatalf("%d bytes gave %d", len(b), len(text))
		}
	})
}
