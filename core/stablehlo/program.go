package stablehlo

import (
	"fmt"
	"strings"
)

// A Program is the text of a module that this package wrote, taken apart so that other modules may hold its functions.
type Program struct{ funcs []part }

// A part is a function: its text after the name, cut at each symbol. Between pieces i and i+1 stands the name refs[i].
type part struct {
	name   string
	pieces []string
	refs   []string
}

// maxDepth bounds the nesting of brackets, which MLIR's parser follows on the machine's stack.
const maxDepth = 512

// A TargetError says that a program calls custom targets it may not.
type TargetError struct{ Target string }

func (e *TargetError) Error() string { return "custom call of " + e.Target }

// ParseProgram takes apart the text of a module whose main function has the given types. The text may come from
// anywhere: it is held to the form in which Module writes, and may call only the custom targets that known admits. What
// its operations mean is left to the compiler to check.
func ParseProgram(text string, in, out []*Type, known func(target string) bool) (*Program, error) {
	head, rest, _ := strings.Cut(text, "\n")
	name, ok := strings.CutPrefix(head, "module @")
	name, attrs, _ := strings.Cut(name, " ")
	if !ok || name != sanitize(name) || attrs != "attributes {mhlo.num_partitions = 1 : i32, mhlo.num_replicas = 1 : i32} {" {
		return nil, fmt.Errorf("it does not begin as a module")
	}
	body, ok := strings.CutSuffix(rest, "}\n")
	if !ok {
		return nil, fmt.Errorf("the module does not end")
	}
	p := &Program{}
	names := map[string]bool{}
	for body != "" {
		fn, after, found := strings.Cut(body, "\n  }\n")
		if !found {
			return nil, fmt.Errorf("a function does not end")
		}
		body = after
		main := len(p.funcs) == 0
		decl := (&Func{public: main}).declare(nil)
		sig, ok := strings.CutPrefix(fn+"\n", string(decl))
		end := strings.IndexByte(sig, '(')
		if !ok || end <= 0 || sig[:end] != sanitize(sig[:end]) || names[sig[:end]] {
			return nil, fmt.Errorf("a function's name is missing or not its own")
		}
		f := part{name: sig[:end]}
		names[f.name] = true
		if main {
			want := (&Func{public: true, in: in, out: out, ArgAttrs: make([]string, len(in))}).signature(nil)
			if f.name != "main" || !strings.HasPrefix(sig[end:], string(want)) {
				return nil, fmt.Errorf("the main function does not have the types that it should")
			}
		}
		if err := f.scan(sig[end:]+"  }\n", known); err != nil {
			return nil, err
		}
		p.funcs = append(p.funcs, f)
	}
	if len(p.funcs) == 0 {
		return nil, fmt.Errorf("it has no function")
	}
	for _, f := range p.funcs {
		for _, r := range f.refs {
			if !names[r] {
				return nil, fmt.Errorf("it names %q, which it does not hold", r)
			}
		}
	}
	return p, nil
}

// refused are operations that reach outside the program.
var refused = map[string]bool{"custom_call": true, "send": true, "recv": true, "infeed": true, "outfeed": true}

func word(c byte) bool {
	return c == '_' || c == '.' || c == '$' || c >= '0' && c <= '9' || c|32 >= 'a' && c|32 <= 'z'
}

// scan reads the text of a function after its name.
func (f *part) scan(s string, known func(string) bool) error {
	start, depth, closed := 0, 0, false
	space := func(i int) int {
		for i < len(s) && (s[i] == ' ' || s[i] == '\n') {
			i++
		}
		return i
	}
	str := func(i int) (end int) { // the end of the string that begins at i, or -1
		for j := i + 1; j < len(s); j++ {
			switch s[j] {
			case '\\':
				j++
			case '\n':
				return -1
			case '"':
				return j + 1
			}
		}
		return -1
	}
	for i := 0; i < len(s); {
		c := s[i]
		switch {
		case c == '"':
			end := str(i)
			if end < 0 {
				return fmt.Errorf("a string does not end")
			}
			q, next := s[i+1:end-1], space(end)
			i = end
			switch {
			case next < len(s) && s[next] == '(': // an operation's name
				dialect, op, _ := strings.Cut(q, ".")
				if dialect != "stablehlo" && dialect != "chlo" && dialect != "func" || op != sanitize(op) || refused[op] && op != "custom_call" {
					return fmt.Errorf("%q is no operation that it may hold", q)
				}
			case next < len(s) && s[next] == '=' && (strings.ContainsRune(q, '\\') || q == "call_target_name"):
				return fmt.Errorf("%q is no attribute that it may hold", q)
			}
			continue
		case c == '@':
			j := i + 1
			for j < len(s) && word(s[j]) {
				j++
			}
			f.pieces, f.refs = append(f.pieces, s[start:i]), append(f.refs, s[i+1:j])
			start, i = j, j
			continue
		case word(c):
			j := i
			for j < len(s) && word(s[j]) {
				j++
			}
			w := s[i:j]
			if refused[w[strings.LastIndexByte(w, '.')+1:]] || strings.HasPrefix(w, "vhlo.") {
				return fmt.Errorf("%q is no operation that it may hold", w)
			}
			if strings.Contains(w, "call_target_name") && w != "call_target_name" { // MLIR ends a number where a name begins
				return fmt.Errorf("%q is no attribute that it may hold", w)
			}
			if i = j; w == "call_target_name" {
				if i = space(i); i < len(s) && s[i] == '=' {
					i = space(i + 1)
				}
				end := -1
				if i < len(s) && s[i] == '"' {
					end = str(i)
				}
				if end < 0 {
					return fmt.Errorf("a custom call has no target")
				}
				if t := s[i+1 : end-1]; !known(t) {
					return &TargetError{t}
				}
				i = end
			}
			continue
		case c == '(' || c == '[' || c == '{' || c == '<':
			if depth++; closed || depth > maxDepth {
				return fmt.Errorf("its brackets do not match or nest too deeply")
			}
		case c == '-' && i+1 < len(s) && s[i+1] == '>':
			i++
		case c == ')' || c == ']' || c == '}' || c == '>':
			depth--
			// The brace that ends the function is the last of all.
			if closed = depth == 0 && c == '}' && i > 2 && s[i-3:i] == "\n  "; depth < 0 || closed && i != len(s)-2 {
				return fmt.Errorf("its brackets do not match or nest too deeply")
			}
		case c == '/' || c == '-' && i+1 < len(s) && s[i+1] == '#' || c >= 0x7f || c < ' ' && c != '\n':
			return fmt.Errorf("%q may not stand in it", string(rune(c)))
		}
		i++
	}
	if !closed {
		return fmt.Errorf("its brackets do not match or nest too deeply")
	}
	f.pieces = append(f.pieces, s[start:])
	return nil
}

// Embed gives the module copies of p's functions and returns the copy of its main function, under the name given or one
// like it. key is how Lookup finds it again.
func (m *Module) Embed(name string, key any, p *Program, in, out []*Type) *Func {
	fs := make([]*Func, len(p.funcs))
	renamed := make(map[string]string, len(fs))
	for i, f := range p.funcs {
		if i == 0 {
			fs[i] = m.Func(name, key, false, in)
			fs[i].out = out
		} else {
			fs[i] = m.Func(f.name, nil, false, nil)
		}
		renamed[f.name] = fs[i].Name
	}
	for i, f := range p.funcs {
		var b []byte
		for k, s := range f.pieces {
			if b = append(b, s...); k < len(f.refs) {
				b = append(append(b, '@'), renamed[f.refs[k]]...)
			}
		}
		fs[i].raw = b
	}
	return fs[0]
}
