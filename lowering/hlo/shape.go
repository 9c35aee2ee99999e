package hlo

import (
	"errors"
	"fmt"
	"math"
	"strconv"
	"strings"
)

// The element types by the numbers of the enum PrimitiveType, and those that are treated apart.
var types = []string{
	1: "pred", 2: "s8", 3: "s16", 4: "s32", 5: "s64", 6: "u8", 7: "u16", 8: "u32", 9: "u64", 10: "f16", 11: "f32", 12: "f64",
	13: "tuple", 14: "opaque", 15: "c64", 16: "bf16", 17: "token", 18: "c128", 19: "f8e5m2", 20: "f8e4m3fn", 21: "s4", 22: "u4",
	23: "f8e4m3b11fnuz", 24: "f8e5m2fnuz", 25: "f8e4m3fnuz", 26: "s2", 27: "u2", 28: "f8e4m3", 29: "f8e3m4", 30: "s1", 31: "u1",
	32: "f4e2m1fn", 33: "f8e8m0fnu", 34: "buffer",
}

const (
	tPred     = 1
	tS8       = 2
	tS16      = 3
	tS32      = 4
	tS64      = 5
	tU8       = 6
	tU16      = 7
	tU32      = 8
	tU64      = 9
	tF16      = 10
	tF32      = 11
	tF64      = 12
	tTuple    = 13
	tOpaque   = 14
	tC64      = 15
	tBF16     = 16
	tToken    = 17
	tC128     = 18
	tF8E5M2   = 19
	tF8E4M3FN = 20
	tS4       = 21
	tU4       = 22
	tF8B11    = 23
	tF8E5Z    = 24
	tF8E4Z    = 25
	tS2       = 26
	tU2       = 27
	tF8E4M3   = 28
	tF8E3M4   = 29
	tS1       = 30
	tU1       = 31
	tF4       = 32
	tF8E8M0   = 33
	tBuffer   = 34
)

const (
	maxDepth = 64 // of tuples in tuples
	maxRank  = 256
	// annotated is after how many parts of a list its index is printed.
	annotated = 5
)

// A shape is an array's or, if it has parts, a tuple's or a buffer's.
type shape struct {
	elem    int64
	dims    []int64
	dynamic []uint64
	parts   []*shape
	layout  *layout
}

type layout struct {
	minor []int64
	tail  string // what is printed after the order of the dimensions
}

func parseShape(m message, depth int) (*shape, error) {
	if depth > maxDepth {
		return nil, errors.New("tuples are nested too deep")
	}
	s := &shape{elem: m.int(2)}
	if t, err := name("element type", types, s.elem); err != nil || t == "" {
		return nil, fmt.Errorf("element type %d is not known", s.elem)
	}
	var err error
	if s.dims, err = m.ints(3); err != nil {
		return nil, err
	}
	if s.dynamic, err = m.uints(6); err != nil {
		return nil, err
	}
	if len(s.dims) > maxRank {
		return nil, errors.New("an array has too many dimensions")
	}
	parts, err := m.subs(4)
	if err != nil {
		return nil, err
	}
	for _, p := range parts {
		q, err := parseShape(p, depth+1)
		if err != nil {
			return nil, err
		}
		s.parts = append(s.parts, q)
	}
	if s.elem == tBuffer && len(s.parts) != 1 {
		return nil, errors.New("a buffer has one shape")
	}
	if m.has(5) {
		l, err := m.sub(5)
		if err != nil {
			return nil, err
		}
		if s.layout, err = parseLayout(l); err != nil {
			return nil, err
		}
	}
	return s, nil
}

func parseLayout(m message) (*layout, error) {
	l := &layout{}
	var err error
	if l.minor, err = m.ints(1); err != nil {
		return nil, err
	}
	if len(l.minor) > maxRank {
		return nil, errors.New("a layout has too many dimensions")
	}
	if m.has(10) || m.has(17) {
		return nil, errors.New("layouts with a physical shape or a split are not known")
	}
	tiles, err := m.subs(6)
	if err != nil {
		return nil, err
	}
	var b strings.Builder
	for i, t := range tiles {
		if i == 0 {
			b.WriteByte('T')
		}
		dims, err := t.ints(1)
		if err != nil {
			return nil, err
		}
		text := make([]string, len(dims))
		for i, d := range dims {
			if d < 0 {
				return nil, errors.New("a tile has a negative dimension")
			}
			text[i] = strconv.FormatInt(d, 10)
		}
		b.WriteString("(" + strings.Join(text, ",") + ")")
	}
	for _, f := range []struct {
		mark    string
		value   int64
		nothing int64
	}{{"L", max(m.int(16), 1), 1}, {"#", m.int(11), 0}, {"*", m.int(12), 0}, {"E", m.int(7), 0}, {"S", m.int(8), 0}, {"M", m.int(15), 0}} {
		if f.value == f.nothing {
			continue
		}
		text := strconv.FormatInt(f.value, 10)
		if f.mark == "#" || f.mark == "*" {
			if text, err = name("element type", types, f.value); err != nil {
				return nil, err
			}
		}
		b.WriteString(f.mark + "(" + text + ")")
	}
	l.tail = b.String()
	return l, nil
}

func (s *shape) isArray() bool {
	return s.elem != tTuple && s.elem != tOpaque && s.elem != tToken && s.elem != tBuffer
}

// elements is the number of elements of an array.
func (s *shape) elements() (int64, error) {
	n := int64(1)
	for _, d := range s.dims {
		if d < 0 {
			return 0, errors.New("a dimension is negative")
		}
		if d != 0 && n > math.MaxInt64/d {
			return 0, errors.New("an array is too large")
		}
		n *= d
	}
	return n, nil
}

func (t *printer) shape(s *shape, layouts bool) {
	switch {
	case s.elem == tTuple:
		t.add("(")
		for i, p := range s.parts {
			t.comma(i)
			t.shape(p, layouts)
		}
		t.add(")")
		return
	case s.elem == tBuffer:
		t.add("b(")
		t.shape(s.parts[0], layouts)
		t.add(")")
		return
	}
	t.add(types[s.elem], "[")
	for i, d := range s.dims {
		if i > 0 {
			t.add(",")
		}
		switch dynamic := i < len(s.dynamic) && s.dynamic[i] != 0; {
		case dynamic && d == math.MinInt64:
			t.add("?")
		case dynamic:
			t.add("<=")
			t.int(d)
		default:
			t.int(d)
		}
	}
	t.add("]")
	if layouts && s.layout != nil && s.isArray() && (len(s.dims) > 0 || len(s.layout.minor) > 0 || s.layout.tail != "") {
		t.add("{")
		t.join(s.layout.minor)
		if s.layout.tail != "" {
			t.add(":", s.layout.tail)
		}
		t.add("}")
	}
}
