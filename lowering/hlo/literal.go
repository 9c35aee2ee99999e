package hlo

import (
	"errors"
	"fmt"
	"math"
	"strconv"

	"google.golang.org/protobuf/encoding/protowire"
)

// A small is a floating-point format: a sign, if it has one, an exponent and a fraction. digits are those that tell its numbers apart.
type small struct {
	exponent, fraction int
	bias               int
	digits             int
	inf                bool // the largest exponent is for infinities and NaNs
	nan                uint64
	zeroNaN            bool // the only NaN is minus zero
}

var smalls = map[int64]small{
	tF16:      {exponent: 5, fraction: 10, bias: 15, digits: 5, inf: true},
	tBF16:     {exponent: 8, fraction: 7, bias: 127, digits: 4, inf: true},
	tF8E5M2:   {exponent: 5, fraction: 2, bias: 15, digits: 2, inf: true},
	tF8E4M3:   {exponent: 4, fraction: 3, bias: 7, digits: 3, inf: true},
	tF8E3M4:   {exponent: 3, fraction: 4, bias: 3, digits: 3, inf: true},
	tF8E4M3FN: {exponent: 4, fraction: 3, bias: 7, digits: 3, nan: 0x7f},
	tF8B11:    {exponent: 4, fraction: 3, bias: 11, digits: 3, zeroNaN: true},
	tF8E5Z:    {exponent: 5, fraction: 2, bias: 16, digits: 2, zeroNaN: true},
	tF8E4Z:    {exponent: 4, fraction: 3, bias: 8, digits: 3, zeroNaN: true},
	tF4:       {exponent: 2, fraction: 1, bias: 1, digits: 2},
}

func (f small) text(u uint64) string {
	width := f.exponent + f.fraction
	sign := u>>width&1 != 0
	u &= 1<<width - 1
	exp, frac := int(u>>f.fraction), u&(1<<f.fraction-1) // #nosec G115 -- at most eight bits
	top := f.inf && exp == 1<<f.exponent-1
	if top && frac != 0 || f.nan != 0 && u == f.nan || f.zeroNaN && sign && u == 0 {
		return nan(sign, frac, 1<<max(f.fraction-1, 0), f.inf)
	}
	var v float64
	switch {
	case top:
		v = math.Inf(1)
	case exp == 0:
		v = math.Ldexp(float64(frac), 1-f.bias-f.fraction)
	default:
		v = math.Ldexp(float64(frac|1<<f.fraction), exp-f.bias-f.fraction)
	}
	if sign {
		v = math.Copysign(v, -1)
	}
	return float(v, f.digits)
}

// nan prints a NaN; its payload too where that is not the usual one.
func nan(sign bool, payload, quiet uint64, payloads bool) string {
	s := "nan"
	if sign {
		s = "-nan"
	}
	if payloads && payload != quiet {
		s += fmt.Sprintf("(0x%x)", payload)
	}
	return s
}

// float is C's %g.
func float(v float64, digits int) string {
	switch {
	case math.IsInf(v, 1):
		return "inf"
	case math.IsInf(v, -1):
		return "-inf"
	}
	return strconv.FormatFloat(v, 'g', digits, 64)
}

func float32Text(u uint64) string {
	f := math.Float32frombits(uint32(u)) // #nosec G115 -- four bytes were read
	if f != f {
		return nan(u>>31 != 0, u&(1<<23-1), 1<<22, true)
	}
	s := float(float64(f), 6)
	if back, err := strconv.ParseFloat(s, 32); err != nil || float32(back) != f {
		s = float(float64(f), 9)
	}
	return s
}

func float64Text(u uint64) string {
	f := math.Float64frombits(u)
	if f != f {
		return nan(u>>63 != 0, u&(1<<52-1), 1<<51, true)
	}
	s := float(f, 15)
	if back, err := strconv.ParseFloat(s, 64); err != nil || back != f {
		s = float(f, 17)
	}
	return s
}

// storage says how a LiteralProto holds the elements of a type: in which field, in how many bytes each (0: as varints) and
// how many bits of them count.
var storage = map[int64]struct {
	field       protowire.Number
	bytes, bits int
}{
	tPred: {2, 0, 1}, tS32: {4, 0, 32}, tS64: {5, 0, 64}, tU32: {6, 0, 32}, tU64: {7, 0, 64},
	tF32: {8, 4, 32}, tF64: {9, 8, 64}, tC64: {12, 4, 32}, tC128: {18, 8, 64},
	tS8: {15, 1, 8}, tU8: {3, 1, 8}, tS16: {17, 2, 16}, tU16: {16, 2, 16}, tF16: {11, 2, 16}, tBF16: {13, 2, 16},
	tF8E5M2: {19, 1, 8}, tF8E4M3FN: {20, 1, 8}, tF8B11: {23, 1, 8}, tF8E5Z: {24, 1, 8}, tF8E4Z: {25, 1, 8}, tF8E4M3: {28, 1, 8},
	tF8E3M4: {29, 1, 8}, tF8E8M0: {33, 1, 8}, tF4: {32, 1, 4}, tS4: {21, 1, 4}, tU4: {22, 1, 4}, tS2: {26, 1, 2}, tU2: {27, 1, 2},
	tS1: {30, 1, 1}, tU1: {31, 1, 1},
}

// A literal is an array of constants; data are its elements in the order of the layout.
type literal struct {
	shape   *shape
	data    []uint64
	strides []int64
}

func parseLiteral(m message) (*literal, error) {
	if !m.has(1) {
		return nil, errors.New("a literal has no shape")
	}
	sm, err := m.sub(1)
	if err != nil {
		return nil, err
	}
	s, err := parseShape(sm, 0)
	if err != nil {
		return nil, err
	}
	l := &literal{shape: s}
	n, err := s.elements()
	if err != nil {
		return nil, err
	}
	how, ok := storage[s.elem]
	if !ok {
		return nil, fmt.Errorf("literals of %s are not known", types[s.elem])
	}
	switch {
	case how.bytes == 0:
		l.data, err = m.uints(how.field)
	case how.field == 8 || how.field == 9 || how.field == 12 || how.field == 18:
		l.data, err = m.fixed(how.field, how.bytes)
	default:
		b := m.str(how.field)
		for ; len(b) >= how.bytes; b = b[how.bytes:] {
			l.data = append(l.data, little([]byte(b[:how.bytes])))
		}
	}
	if err != nil {
		return nil, err
	}
	each := int64(1)
	if s.elem == tC64 || s.elem == tC128 {
		each = 2
	}
	if n > math.MaxInt64/2 || int64(len(l.data)) != n*each {
		return nil, fmt.Errorf("a literal of %d elements has %d", n, int64(len(l.data))/each)
	}
	// Without a layout the last dimension varies fastest.
	l.strides = make([]int64, len(s.dims))
	minor := []int64(nil)
	if s.layout != nil {
		minor = s.layout.minor
	}
	if minor == nil {
		for i := len(s.dims) - 1; i >= 0; i-- {
			minor = append(minor, int64(i))
		}
	}
	if len(minor) != len(s.dims) {
		return nil, errors.New("a layout does not fit its shape")
	}
	seen, stride := make([]bool, len(minor)), int64(1)
	for _, d := range minor {
		if d < 0 || d >= int64(len(minor)) || seen[d] {
			return nil, errors.New("a layout is no permutation")
		}
		seen[d] = true
		l.strides[d] = stride
		stride *= s.dims[d] // no overflow: elements has seen to it, unless a dimension is 0 and no index is used
	}
	return l, nil
}

func (l *literal) element(i int64) string {
	elem := l.shape.elem
	if elem == tC64 || elem == tC128 {
		part := float64Text
		if elem == tC64 {
			part = float32Text
		}
		return "(" + part(l.data[2*i]) + ", " + part(l.data[2*i+1]) + ")"
	}
	u := l.data[i]
	switch elem {
	case tPred:
		switch {
		case len(l.shape.dims) > 0:
			return strconv.FormatUint(min(u, 1), 10)
		case u != 0:
			return "true"
		}
		return "false"
	case tF32:
		return float32Text(u)
	case tF64:
		return float64Text(u)
	case tF8E8M0:
		if u == 0xff {
			return "nan"
		}
		return float(math.Ldexp(1, int(u)-127), 2) // #nosec G115 -- one byte was read
	case tU8, tU16, tU32, tU64, tU4, tU2, tU1:
		return strconv.FormatUint(u&(1<<storage[elem].bits-1), 10)
	}
	if f, ok := smalls[elem]; ok {
		return f.text(u)
	}
	shift := 64 - storage[elem].bits
	return strconv.FormatInt(int64(u<<shift)>>shift, 10) // #nosec G115 -- the sign is extended
}

// literal prints the elements of l in nested braces.
func (t *printer) literal(l *literal) {
	if l != nil {
		t.block(l, 0, 0, nil)
	}
}

func (t *printer) block(l *literal, dim int, at int64, index []int64) {
	rank := len(l.shape.dims)
	if dim == rank {
		t.add(l.element(at))
		return
	}
	n, inner := l.shape.dims[dim], dim == rank-1
	open, shut := "{ ", " }"
	switch {
	case rank == 1, inner && n <= 1:
		open, shut = "{", "}"
	case !inner && rank > 3 && dim > 0:
		open = fmt.Sprintf("{ /*i%d=%d*/", dim-1, index[dim-1])
		if n > 0 {
			open += " "
		}
	}
	t.add(open)
	for i := int64(0); i < n && t.err == nil; i++ {
		if i > 0 {
			t.add(", ")
		}
		t.block(l, dim+1, at+i*l.strides[dim], append(index, i))
	}
	t.add(shut)
}
