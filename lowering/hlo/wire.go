package hlo

import (
	"errors"
	"fmt"
	"math"
	"slices"

	"google.golang.org/protobuf/encoding/protowire"
)

// A field is one occurrence of a field: u holds a number, b the bytes of a string or message.
type field struct {
	num protowire.Number
	typ protowire.Type
	u   uint64
	b   []byte
}

// A message is the fields of a message in the order they came in. Fields of another wire type than the one asked for are
// unknown fields, and those are skipped.
type message []field

func parse(b []byte) (message, error) {
	var m message
	for len(b) > 0 {
		num, typ, n := protowire.ConsumeTag(b)
		if n < 0 {
			return nil, protowire.ParseError(n)
		}
		b = b[n:]
		f := field{num: num, typ: typ}
		switch typ {
		case protowire.VarintType:
			f.u, n = protowire.ConsumeVarint(b)
		case protowire.Fixed32Type:
			var v uint32
			v, n = protowire.ConsumeFixed32(b)
			f.u = uint64(v)
		case protowire.Fixed64Type:
			f.u, n = protowire.ConsumeFixed64(b)
		case protowire.BytesType:
			f.b, n = protowire.ConsumeBytes(b)
		default:
			n = protowire.ConsumeFieldValue(num, typ, b)
		}
		if n < 0 {
			return nil, protowire.ParseError(n)
		}
		b = b[n:]
		m = append(m, f)
	}
	return m, nil
}

// uint is a number: the last one given, 0 if none is.
func (m message) uint(num protowire.Number) uint64 {
	for i := len(m) - 1; i >= 0; i-- {
		if f := m[i]; f.num == num && (f.typ == protowire.VarintType || f.typ == protowire.Fixed32Type || f.typ == protowire.Fixed64Type) {
			return f.u
		}
	}
	return 0
}

func (m message) int(num protowire.Number) int64 {
	return int64(m.uint(num)) // #nosec G115 -- a negative number is the varint of its complement
}

// int32 is a number of a field of 32 bits: readers cut off the others.
func (m message) int32(num protowire.Number) int64 {
	return int64(int32(m.uint(num))) // #nosec G115 -- see above
}

func (m message) bool(num protowire.Number) bool { return m.uint(num) != 0 }

func (m message) float(num protowire.Number) float32 {
	return math.Float32frombits(uint32(m.uint(num))) // #nosec G115 -- the bits of a number of four bytes
}

func (m message) double(num protowire.Number) float64 { return math.Float64frombits(m.uint(num)) }

func (m message) str(num protowire.Number) string {
	for i := len(m) - 1; i >= 0; i-- {
		if f := m[i]; f.num == num && f.typ == protowire.BytesType {
			return string(f.b)
		}
	}
	return ""
}

// has reports whether a message was given.
func (m message) has(num protowire.Number) bool {
	return slices.ContainsFunc(m, func(f field) bool { return f.num == num && f.typ == protowire.BytesType })
}

// sub is a message that is a field. Given several times it is merged, which is what its parts one after another are.
func (m message) sub(num protowire.Number) (message, error) {
	var out message
	for _, f := range m {
		if f.num == num && f.typ == protowire.BytesType {
			s, err := parse(f.b)
			if err != nil {
				return nil, err
			}
			out = append(out, s...)
		}
	}
	return out, nil
}

// given reports whether a number that may be 0 was given.
func (m message) given(num protowire.Number) bool {
	return slices.ContainsFunc(m, func(f field) bool { return f.num == num && f.typ == protowire.VarintType })
}

func (m message) all(num protowire.Number) [][]byte {
	var out [][]byte
	for _, f := range m {
		if f.num == num && f.typ == protowire.BytesType {
			out = append(out, f.b)
		}
	}
	return out
}

// subs are the messages of a repeated field.
func (m message) subs(num protowire.Number) ([]message, error) {
	var out []message
	for _, b := range m.all(num) {
		s, err := parse(b)
		if err != nil {
			return nil, err
		}
		out = append(out, s)
	}
	return out, nil
}

// uints are the numbers of a repeated field of varints, packed or not.
func (m message) uints(num protowire.Number) ([]uint64, error) {
	var out []uint64
	for _, f := range m {
		switch {
		case f.num != num:
		case f.typ == protowire.VarintType:
			out = append(out, f.u)
		case f.typ == protowire.BytesType:
			for b := f.b; len(b) > 0; {
				v, n := protowire.ConsumeVarint(b)
				if n < 0 {
					return nil, protowire.ParseError(n)
				}
				out = append(out, v)
				b = b[n:]
			}
		}
	}
	return out, nil
}

func (m message) ints(num protowire.Number) ([]int64, error) {
	u, err := m.uints(num)
	var out []int64
	for _, v := range u {
		out = append(out, int64(v)) // #nosec G115 -- see int
	}
	return out, err
}

// fixed are the numbers of a repeated field of 4 or 8 bytes each, packed or not.
func (m message) fixed(num protowire.Number, size int) ([]uint64, error) {
	var out []uint64
	for _, f := range m {
		switch {
		case f.num != num:
		case f.typ == protowire.Fixed32Type && size == 4, f.typ == protowire.Fixed64Type && size == 8:
			out = append(out, f.u)
		case f.typ == protowire.BytesType:
			if len(f.b)%size != 0 {
				return nil, errors.New("a packed field ends within a number")
			}
			for b := f.b; len(b) > 0; b = b[size:] {
				out = append(out, little(b[:size]))
			}
		}
	}
	return out, nil
}

func little(b []byte) uint64 {
	var v uint64
	for i, c := range b {
		v |= uint64(c) << (8 * i)
	}
	return v
}

// pairs are the entries of a map from strings to strings.
func (m message) pairs(num protowire.Number) (map[string]string, error) {
	entries, err := m.subs(num)
	if err != nil {
		return nil, err
	}
	out := map[string]string{}
	for _, e := range entries {
		out[e.str(1)] = e.str(2)
	}
	return out, nil
}

func name(of string, names []string, v int64) (string, error) {
	if v < 0 || v >= int64(len(names)) {
		return "", fmt.Errorf("%s %d is not known", of, v)
	}
	return names[v], nil
}
