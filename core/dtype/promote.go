package dtype

import (
	"slices"
	"strings"
)

// Typed is the part of an aval that promotion looks at.
type Typed struct {
	D    DType
	Weak bool
}

// Mode is a value of jax_numpy_dtype_promotion.
type Mode uint8

// Standard promotes along JAX's lattice; in Strict only weakly typed operands give way.
const (
	Standard Mode = iota
	Strict
)

// String is the mode's name in JAX's configuration.
func (m Mode) String() string {
	if m == Strict {
		return "strict"
	}
	return "standard"
}

// PromotionError says that operands have no common type. JAX raises it as jax.dtypes.TypePromotionError.
type PromotionError struct{ Msg string }

// Error is JAX's text.
func (e *PromotionError) Error() string { return e.Msg }

// InvalidError says that an operand's type takes no part in promotion. JAX raises it as ValueError.
type InvalidError struct{ Msg string }

// Error is JAX's text.
func (e *InvalidError) Error() string { return e.Msg }

// Promote2 is Promote of two operands in Standard mode. It is a table look-up, for it runs for nearly every
// traced operation; ok is false where Promote would return an error.
func Promote2(a, b Typed, x64 bool) (d DType, weak, ok bool) {
	i, j, k := int(a.D)*2, int(b.D)*2, 0
	if a.Weak {
		i++
	}
	if b.Weak {
		j++
	}
	if x64 {
		k = 1
	}
	e := pairs[k][i][j]
	return DType(e &^ weakBit), e&weakBit != 0, e != 0
}

// Promote is JAX's lattice_result_type: the type to which operands of the given types are converted, and whether
// the result is weakly typed. The error is a *PromotionError or an *InvalidError. ts may not be empty.
func Promote(ts []Typed, x64 bool, mode Mode) (DType, bool, error) {
	if len(ts) == 2 && mode == Standard {
		if d, weak, ok := Promote2(ts[0], ts[1], x64); ok {
			return d, weak, nil
		}
	}
	d, weak, ok := resolve(ts, x64, mode)
	if !ok {
		return Invalid, false, explain(ts, mode)
	}
	return d, weak, nil
}

// ResultType is jnp.result_type: Promote, with a weak result widened to the default type of its kind. It is for
// types that a user asks for by name; operands are converted to Promote's.
func ResultType(ts []Typed, x64 bool, mode Mode) (DType, bool, error) {
	d, weak, err := Promote(ts, x64, mode)
	if err == nil && weak {
		d = Default(d.Kind(), x64)
	}
	return d, weak, err
}

// resolve does Promote's work without its short cut.
func resolve(ts []Typed, x64 bool, mode Mode) (d DType, weak, ok bool) {
	first := ts[0]
	if len(ts) == 1 {
		return first.D, first.Weak && first.D != Bool, true
	}
	same, allWeak := true, true
	for _, t := range ts {
		same = same && t.D == first.D
		allWeak = allWeak && t.Weak
	}
	if same && !allWeak && first.D != Invalid {
		// The one way for keys and float0, and for 64-bit types without x64, to come through unchanged.
		return first.D, false, true
	}
	asStrong := allWeak && mode == Standard
	b := &strictBounds
	if mode == Standard {
		b = &standardBounds
		if x64 {
			b = &standardX64Bounds
		}
	}
	var s set
	for _, t := range ts {
		n := nodeOf(t, asStrong)
		if b[n] == 0 {
			return Invalid, false, false
		}
		s |= 1 << n
	}
	n := b.join(s)
	if n == 0 {
		return Invalid, false, false
	}
	weak = asStrong || n >= weakInt
	switch n {
	case weakInt:
		n = node(Int64)
	case weakFloat:
		n = node(Float64)
	case weakComplex:
		n = node(Complex128)
	}
	d = Canonicalize(DType(n), x64)
	return d, weak && d != Bool, true
}

// nodeOf is the place of t in the lattice. A weak bool is a bool. When all operands are weak, Standard promotion
// joins their types as if strong and calls the result weak: a weak int16 would otherwise turn into the default
// integer.
func nodeOf(t Typed, asStrong bool) node {
	if t.Weak && !asStrong {
		switch t.D.Kind() {
		case KindInt, KindUint:
			return weakInt
		case KindFloat:
			return weakFloat
		case KindComplex:
			return weakComplex
		}
	}
	return node(t.D)
}

// str is Python's str of the node's type.
func (n node) str() string {
	switch n {
	case weakInt:
		return "<class 'int'>"
	case weakFloat:
		return "<class 'float'>"
	case weakComplex:
		return "<class 'complex'>"
	case node(Float0):
		return "[('float0', 'V')]"
	}
	return DType(n).Name()
}

// explain words the failure of resolve as JAX does. JAX lists the types in the order of a hash table, here it is
// that of the operands, without repetition.
func explain(ts []Typed, mode Mode) error {
	asStrong := mode == Standard && !slices.ContainsFunc(ts, func(t Typed) bool { return !t.Weak })
	var nodes []node
	var strs []string
	for _, t := range ts {
		n := nodeOf(t, asStrong)
		if slices.Contains(nodes, n) {
			continue
		}
		if !n.inLattice() {
			repr := n.str()
			if n == node(Float0) {
				repr = "dtype(" + repr + ")"
			}
			return &InvalidError{"dtype=" + repr + " is not a valid dtype for JAX type promotion."}
		}
		quote := "'"
		if n >= weakInt {
			quote = `"` // as Python's repr of a string with ' in it
		}
		nodes, strs = append(nodes, n), append(strs, quote+n.str()+quote)
	}
	has := func(member func(DType) bool) bool {
		return slices.ContainsFunc(nodes, func(n node) bool { return n < weakInt && member(DType(n)) })
	}
	var why string
	switch {
	case mode == Strict:
		return &PromotionError{"Input dtypes (" + strings.Join(strs, ", ") + ") have no available implicit dtype promotion path " +
			"when jax_numpy_dtype_promotion=strict. Try explicitly casting inputs to the desired output type, " +
			"or set jax_numpy_dtype_promotion=standard."}
	case has(func(d DType) bool { return d.IsFloating() && d.Bits() == 8 }):
		why = narrow("8-bit floats", "float32")
	case has(func(d DType) bool { return d.IsFloating() && d.Bits() == 4 }):
		why = narrow("4-bit floats", "float32")
	case has(func(d DType) bool { return d.IsInteger() && d.Bits() < 8 }):
		why = narrow("1-bit, 2-bit and 4-bit integers", "int32")
	default:
		why = "Try explicitly casting inputs to the desired output type."
	}
	return &PromotionError{"Input dtypes (" + strings.Join(strs, ", ") + ") have no available implicit dtype promotion path. " + why}
}

func narrow(what, example string) string {
	return "To avoid unintended promotion, " + what + " do not support implicit promotion. " +
		"If you'd like your inputs to be promoted to another type, you can do so explicitly using e.g. x.astype('" + example + "')"
}
