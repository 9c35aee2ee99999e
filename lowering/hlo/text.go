package hlo

import (
	"errors"
	"fmt"
	"strconv"
	"strings"
	"unicode/utf8"

	"google.golang.org/protobuf/encoding/protowire"
)

// amplification bounds the text by the program's size: a name is printed wherever its number stands.
const amplification = 256

var errLong = errors.New("the text is too long for the program")

// A printer is what has been printed, and the first error.
type printer struct {
	out   []byte
	limit int
	err   error
}

func (t *printer) fail(err error) {
	if t.err == nil {
		t.err = err
	}
}

func (t *printer) failf(format string, args ...any) { t.fail(fmt.Errorf(format, args...)) }

func (t *printer) add(parts ...string) {
	for _, s := range parts {
		if len(t.out)+len(s) > t.limit {
			t.fail(errLong)
		}
		if t.err == nil {
			t.out = append(t.out, s...)
		}
	}
}

func (t *printer) int(n int64) {
	var b [20]byte
	t.add(string(strconv.AppendInt(b[:0], n, 10)))
}

// comma goes before the part i of a list that is annotated with indices.
func (t *printer) comma(i int) {
	if i > 0 {
		t.add(", ")
		if i%annotated == 0 {
			t.add("/*index=", strconv.Itoa(i), "*/")
		}
	}
}

func (t *printer) join(list []int64) {
	for i, n := range list {
		if t.err != nil {
			return
		}
		if i > 0 {
			t.add(",")
		}
		t.int(n)
	}
}

// list prints numbers in braces.
func (t *printer) list(before string, list []int64) {
	t.add(before, "{")
	t.join(list)
	t.add("}")
}

// read is a field of a message; a damaged one is empty.
func read[T any](t *printer, get func(protowire.Number) (T, error), num protowire.Number) T {
	v, err := get(num)
	t.fail(err)
	return v
}

func (t *printer) sub(m message, num protowire.Number) message    { return read(t, m.sub, num) }
func (t *printer) subs(m message, num protowire.Number) []message { return read(t, m.subs, num) }
func (t *printer) ints(m message, num protowire.Number) []int64   { return read(t, m.ints, num) }
func (t *printer) uints(m message, num protowire.Number) []uint64 { return read(t, m.uints, num) }

// quoted prints a string as C would write it.
func (t *printer) quoted(s string) { t.add(`"`, escape(s), `"`) }

func escape(s string) string {
	var b strings.Builder
	for i := range len(s) {
		switch c := s[i]; c {
		case '\n':
			b.WriteString(`\n`)
		case '\r':
			b.WriteString(`\r`)
		case '\t':
			b.WriteString(`\t`)
		case '"', '\'', '\\':
			b.WriteByte('\\')
			b.WriteByte(c)
		default:
			if c < 0x20 || c >= 0x7f {
				fmt.Fprintf(&b, `\%03o`, c)
			} else {
				b.WriteByte(c)
			}
		}
	}
	return b.String()
}

// isDict reports whether XLA's lexer would take s for a JSON object, which needs no quotes: braces match outside of strings.
func isDict(s string) bool {
	if !strings.HasPrefix(s, "{") {
		return false
	}
	depth, in := 0, false
	for i := 0; i < len(s); i++ {
		switch c := s[i]; {
		case in && c == '\\':
			i++
		case c == '"':
			in = !in
		case in:
		case c == '{':
			depth++
		case c == '}':
			if depth--; depth == 0 {
				return i == len(s)-1
			}
		}
	}
	return false
}

// dict prints a string that may be a JSON object.
func (t *printer) dict(s string) {
	if isDict(s) {
		t.add(s)
	} else {
		t.quoted(s)
	}
}

// Text is the text of a program in one of the formats of PJRT: "hlo", an HloModuleProto, or "hlo_with_config", an
// HloModuleProtoWithConfig.
func Text(format string, program []byte) (string, error) {
	m, err := parse(program)
	if err != nil {
		return "", fmt.Errorf("hlo: %w", err)
	}
	var config message
	switch format {
	case "hlo":
	case "hlo_with_config":
		whole := m
		if m, err = whole.sub(1); err == nil {
			config, err = whole.sub(2)
		}
	default:
		err = fmt.Errorf("format %q is not known", format)
	}
	t := &printer{limit: (len(program) + 1024) * amplification}
	if err == nil {
		t.module(m, config, format == "hlo_with_config")
		err = t.err
	}
	if err == nil && !utf8.Valid(t.out) {
		err = errors.New("a name is not UTF-8")
	}
	if err != nil {
		return "", fmt.Errorf("hlo: %w", err)
	}
	return string(t.out), nil
}
