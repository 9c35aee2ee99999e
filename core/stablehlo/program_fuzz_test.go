package stablehlo

import (
	"regexp"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
)

// program writes a module of two functions, one of which calls a custom target.
func program(t testing.TB, target string) (text string, in, out []*Type) {
	t.Helper()
	x := NewType("f32", []int{3})
	m := NewModule("seed")
	f := m.Func("main", nil, true, []*Type{x})
	g := m.Func("inner", nil, false, []*Type{x})
	y := g.B.Op("stablehlo.custom_call", `call_target_name = "`+target+`"`, nil, g.Args(), x)
	g.Return(y)
	c := f.B.Constant("1.0", x)
	f.Return(f.B.Op("stablehlo.add", "", nil, []Value{f.B.Call(g, f.Args())[0], c}, x))
	return string(m.Bytes()), []*Type{x}, []*Type{x}
}

var targetName = regexp.MustCompile(`call_target_name\s*=\s*"([^"]*)"`)

func FuzzParseProgram(f *testing.F) {
	text, in, out := program(f, "known")
	f.Add(text)
	other, _, _ := program(f, "secret")
	f.Add(other)
	f.Add(strings.Replace(text, "call_target_name", `"call_target_name"`, 1))
	f.Add(strings.Replace(text, "call_target_name", `\63all_target_name`, 1))
	f.Add(strings.Replace(text, "stablehlo.add", "stablehlo.send", 1))
	f.Add(strings.Replace(text, "@inner", "@other", 1))
	f.Add(strings.Replace(text, "(", strings.Repeat("(", maxDepth+1), 1))
	_, err := ParseProgram(text, in, out, func(t string) bool { return t == "known" })
	require.NoError(f, err)
	_, err = ParseProgram(other, in, out, func(t string) bool { return t == "known" })
	require.ErrorAs(f, err, new(*TargetError))
	f.Fuzz(func(t *testing.T, text string) {
		known := func(t string) bool { return t == "known" }
		p, err := ParseProgram(text, in, out, known)
		if err != nil {
			return
		}
		for _, m := range targetName.FindAllStringSubmatch(text, -1) {
			if m[1] != "known" {
				t.Fatalf("the target %q got through", m[1])
			}
		}
		// What was taken apart can be put together twice in one module, which then is one that can be read.
		m := NewModule("again")
		main := m.Func("main", nil, true, in)
		a := main.B.Call(m.Embed("first", nil, p, in, out), main.Args())
		main.Return(main.B.Call(m.Embed("second", nil, p, in, out), a))
		if _, err := ParseProgram(string(m.Bytes()), in, out, known); err != nil {
			t.Fatalf("%v in\n%s", err, m.Bytes())
		}
	})
}
