package npy

import (
	"encoding/binary"
	"errors"
	"fmt"
	"io"
	"strconv"
	"strings"

	"github.com/sbinet/npyio/npy"

	"github.com/jaxgo/jaxgo/core/dtype"
)

// Header is what precedes the elements. Descr.Type is the element type in NumPy's notation, or the Python literal of a
// structured one, which begins with a bracket.
type Header = npy.Header

// ErrNotNpy says that what was read does not begin like an .npy file.
var ErrNotNpy = npy.ErrInvalidNumPyFormat

// MaxHeader is NumPy's default for the longest header that is read.
const MaxHeader = 10000

// ReadHeader reads a header of at most limit bytes and returns it with the number of bytes that it took. From r it takes
// exactly those.
func ReadHeader(r io.Reader, limit int64) (*Header, int64, error) {
	var start [8]byte
	n, err := io.ReadFull(r, start[:])
	if n < 6 && ended(err) || n >= 6 && [6]byte(start[:6]) != npy.Magic {
		return nil, 0, ErrNotNpy
	}
	if err != nil {
		return nil, 0, eof(err, "magic string", 8, n)
	}
	h := &Header{Major: start[6], Minor: start[7]}
	if h.Major < 1 || h.Major > 3 || h.Minor != 0 {
		return nil, 0, fail("we only support format version (1,0), (2,0), and (3,0), not (%d, %d)", h.Major, h.Minor)
	}
	width := 4
	if h.Major == 1 {
		width = 2
	}
	var length [4]byte
	if n, err := io.ReadFull(r, length[:width]); err != nil {
		return nil, 0, eof(err, "array header length", width, n)
	}
	size := int64(binary.LittleEndian.Uint32(length[:]))
	if size > limit {
		return nil, 0, fail("Header info length (%d) is large and may not be safe to load securely.\nTo allow loading, adjust `max_header_size`.", size)
	}
	text, err := io.ReadAll(io.LimitReader(r, size)) // grows with what is there
	if err != nil {
		return nil, 0, err
	}
	if int64(len(text)) < size {
		return nil, 0, eof(io.ErrUnexpectedEOF, "array header", int(size), len(text))
	}
	s := string(text)
	if h.Major < 3 {
		s = latin1(text)
	}
	if err := parse(s, h); err != nil {
		return nil, 0, err
	}
	return h, 8 + int64(width) + size, nil
}

func ended(err error) bool { return errors.Is(err, io.EOF) || errors.Is(err, io.ErrUnexpectedEOF) }

func eof(err error, what string, want, got int) error {
	if ended(err) {
		return fail("EOF: reading %s, expected %d bytes got %d", what, want, got)
	}
	return err
}

func latin1(b []byte) string {
	r := make([]rune, len(b))
	for i, c := range b {
		r[i] = rune(c)
	}
	return string(r)
}

// ---- the dictionary ----

// parse reads the dictionary of a header: a Python literal with the keys descr, fortran_order and shape.
func parse(s string, h *Header) error {
	p := &parser{s: s}
	seen := map[string]bool{}
	if !p.eat('{') {
		return fail("Cannot parse header: %.200q", s)
	}
	for !p.eat('}') {
		key, ok := p.str()
		if !ok || !p.eat(':') || seen[key] {
			return fail("Cannot parse header: %.200q", s)
		}
		seen[key] = true
		var err error
		switch key {
		case "descr":
			err = p.descr(h)
		case "fortran_order":
			err = p.order(h)
		case "shape":
			err = p.shape(h)
		default:
			return fail("Header does not contain the correct keys: %.200q is none", key)
		}
		if err != nil {
			return err
		}
		if !p.eat(',') && p.peek() != '}' {
			return fail("Cannot parse header: %.200q", s)
		}
	}
	if p.peek() != 0 || p.i < len(s) {
		return fail("Cannot parse header: %.200q follows the dictionary", p.s[p.i:])
	}
	if len(seen) != 3 {
		return fail("Header does not contain the correct keys: %.200q", s)
	}
	return nil
}

type parser struct {
	s string
	i int
}

// peek is the next byte that is no space, or 0 at the end.
func (p *parser) peek() byte {
	for p.i < len(p.s) && strings.IndexByte(" \t\r\n\f", p.s[p.i]) >= 0 {
		p.i++
	}
	if p.i == len(p.s) {
		return 0
	}
	return p.s[p.i]
}

func (p *parser) eat(c byte) bool {
	if p.peek() != c {
		return false
	}
	p.i++
	return true
}

// word reads letters, digits and signs.
func (p *parser) word() string {
	p.peek()
	i := p.i
	for p.i < len(p.s) && (p.s[p.i] >= '0' && p.s[p.i] <= '9' || p.s[p.i]|32 >= 'a' && p.s[p.i]|32 <= 'z' || strings.IndexByte("+-_.", p.s[p.i]) >= 0) {
		p.i++
	}
	return p.s[i:p.i]
}

// str reads a string without escapes.
func (p *parser) str() (string, bool) {
	q := p.peek()
	if q != '\'' && q != '"' {
		return "", false
	}
	n := strings.IndexByte(p.s[p.i+1:], q)
	if n < 0 {
		return "", false
	}
	v := p.s[p.i+1 : p.i+1+n]
	p.i += n + 2
	return v, !strings.ContainsAny(v, "\\\n")
}

func (p *parser) descr(h *Header) error {
	if p.peek() == '[' || p.peek() == '(' {
		i := p.i
		if !p.skip() {
			return fail("descr is not a valid dtype descriptor: %.200q", p.s[i:])
		}
		h.Descr.Type = p.s[i:p.i]
		return nil
	}
	v, ok := p.str()
	if !ok || v == "" || v[0] == '[' || v[0] == '(' {
		return fail("descr is not a valid dtype descriptor: %.200q", v)
	}
	h.Descr.Type = v
	return nil
}

// skip passes over a list or tuple, whose strings may have escapes.
func (p *parser) skip() bool {
	var open []byte
	for ; p.i < len(p.s); p.i++ {
		switch c := p.s[p.i]; c {
		case '[', '(':
			if open = append(open, c); len(open) > 64 {
				return false
			}
		case ']', ')':
			if open[len(open)-1] != map[byte]byte{']': '[', ')': '('}[c] {
				return false
			}
			if open = open[:len(open)-1]; len(open) == 0 {
				p.i++
				return true
			}
		case '\'', '"':
			for p.i++; p.i < len(p.s) && p.s[p.i] != c; p.i++ {
				if p.s[p.i] == '\\' {
					p.i++
				}
			}
		case '{', '}', '#':
			return false
		}
	}
	return false
}

func (p *parser) order(h *Header) error {
	switch w := p.word(); w {
	case "True", "False":
		h.Descr.Fortran = w == "True"
		return nil
	default:
		return fail("fortran_order is not a valid bool: %.200q", w)
	}
}

func (p *parser) shape(h *Header) error {
	i := p.i
	if !p.eat('(') {
		return fail("shape is not valid: %.200q", p.s[i:])
	}
	h.Descr.Shape = []int{}
	for !p.eat(')') {
		w := strings.TrimSuffix(p.word(), "L") // Python 2 wrote long integers
		d, err := strconv.Atoi(w)
		if err != nil || w[0] == '+' {
			return fail("shape is not valid: %.200q", p.s[i:])
		}
		if d < 0 {
			return fail("negative dimensions are not allowed")
		}
		if h.Descr.Shape = append(h.Descr.Shape, d); len(h.Descr.Shape) > 64 {
			return fail("maximum supported dimension for an ndarray is currently 64")
		}
		if !p.eat(',') && (p.peek() != ')' || len(h.Descr.Shape) == 1) { // (3) is no tuple
			return fail("shape is not valid: %.200q", p.s[i:])
		}
	}
	return nil
}

// ---- writing ----

// AppendHeader appends the header that NumPy would write, which ends at a multiple of 64 bytes. A descr that does not begin
// with a bracket is written as a string.
func AppendHeader(b []byte, descr string, fortran bool, shape []int) []byte {
	literal := descr
	if !strings.HasPrefix(descr, "[") {
		literal = "'" + descr + "'"
	}
	order := "False"
	if fortran {
		order = "True"
	}
	dims := make([]string, len(shape))
	for i, d := range shape {
		dims[i] = strconv.Itoa(d)
	}
	tuple := strings.Join(dims, ", ")
	if len(dims) == 1 {
		tuple += ","
	}
	text := fmt.Sprintf("{'descr': %s, 'fortran_order': %s, 'shape': (%s), }", literal, order, tuple)
	if len(dims) > 0 { // room to grow along the slowest axis in place
		grows := dims[0]
		if fortran {
			grows = dims[len(dims)-1]
		}
		text += strings.Repeat(" ", 21-len(grows))
	}
	version, body := byte(1), []byte(nil)
	for _, r := range text {
		if r > 0xff {
			version, body = 3, []byte(text)
			break
		}
		body = append(body, byte(r)) // #nosec G115 -- at most 0xff, see above
	}
	pad := func(prefix int) int { return 64 - (prefix+len(body)+1)%64 }
	n := len(body) + pad(10) + 1
	if version == 1 && n > 0xffff {
		version = 2
	}
	prefix := 10
	if version > 1 {
		prefix = 12
		n = len(body) + pad(12) + 1
	}
	b = append(append(b, npy.Magic[:]...), version, 0)
	if prefix == 10 {
		b = binary.LittleEndian.AppendUint16(b, uint16(n)) // #nosec G115 -- a longer header has version 2
	} else {
		b = binary.LittleEndian.AppendUint32(b, uint32(n)) // #nosec G115 -- a descr and a shape are far shorter
	}
	b = append(b, body...)
	for range n - len(body) - 1 {
		b = append(b, ' ')
	}
	return append(b, '\n')
}

// ---- element types ----

// DTypeOf is the dtype of elements in the host's byte order; false where there is none, or the order is the other one.
// NumPy does not know bfloat16 and writes it as two bytes of any kind, which JAX reads as bfloat16 again.
func DTypeOf(descr string) (dtype.DType, bool) {
	switch strings.TrimLeft(descr, "<=|") {
	case "f2", "float16":
		return dtype.Float16, true
	case "V2":
		return dtype.BFloat16, true
	}
	if strings.HasPrefix(descr, ">") && !strings.HasSuffix(descr, "1") {
		return dtype.Invalid, false
	}
	t := npy.TypeFrom(strings.TrimPrefix(descr, "="))
	if t == nil {
		return dtype.Invalid, false
	}
	return dtype.FromName(t.String())
}

// Descr is how NumPy describes elements of d, as its dtypes and those of ml_dtypes say.
func Descr(d dtype.DType) string {
	switch {
	case d.IsBool():
		return "|b1"
	case d == dtype.BFloat16:
		return "<V2"
	case d == dtype.Float8E5M2: // the one that NumPy does not read again
		return "<f1"
	case d.Size() == 1 && d.Bits() == 8 && d.IsSigned():
		return "|i1"
	case d.Size() == 1 && d.Bits() == 8 && d.IsUnsigned():
		return "|u1"
	case d.Size() == 1:
		return "<V1"
	case d.IsSigned():
		return fmt.Sprintf("<i%d", d.Size())
	case d.IsUnsigned():
		return fmt.Sprintf("<u%d", d.Size())
	case d.IsComplex():
		return fmt.Sprintf("<c%d", d.Size())
	}
	return fmt.Sprintf("<f%d", d.Size())
}
