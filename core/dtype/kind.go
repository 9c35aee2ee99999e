package dtype

// Kind is the class of a DType.
type Kind uint8

// The kinds. KindInvalid is that of Invalid alone.
const (
	KindInvalid Kind = iota
	KindBool
	KindInt
	KindUint
	KindFloat
	KindComplex
	KindFloat0
	KindKey
)

var kindNames = [...]string{"invalid", "bool", "signed integer", "unsigned integer", "real floating", "complex floating", "float0", "prng key"}

// String names k as jnp.isdtype does, where it has a name for it.
func (k Kind) String() string { return kindNames[k] }

// Kind is the class d belongs to.
func (d DType) Kind() Kind { return table[d].kind }

// IsBool reports whether d is Bool.
func (d DType) IsBool() bool { return d == Bool }

// IsInteger reports whether d is a signed or unsigned integer; Bool is not.
func (d DType) IsInteger() bool { return d.IsSigned() || d.IsUnsigned() }

// IsSigned reports whether d is a signed integer.
func (d DType) IsSigned() bool { return table[d].kind == KindInt }

// IsUnsigned reports whether d is an unsigned integer.
func (d DType) IsUnsigned() bool { return table[d].kind == KindUint }

// IsFloating reports whether d is a real floating-point type; Float0 is not.
func (d DType) IsFloating() bool { return table[d].kind == KindFloat }

// IsComplex reports whether d is complex.
func (d DType) IsComplex() bool { return table[d].kind == KindComplex }

// IsInexact reports whether d is real floating or complex.
func (d DType) IsInexact() bool { return d.IsFloating() || d.IsComplex() }

// IsNumeric reports whether d is an integer or inexact; Bool is not.
func (d DType) IsNumeric() bool { return d.IsInteger() || d.IsInexact() }

// IsKey reports whether d is a PRNG key type.
func (d DType) IsKey() bool { return table[d].kind == KindKey }

// SupportsInf is jax.dtypes.supports_inf: it excludes by name the 8-bit floats without infinity, and so answers
// true for Float4E2M1FN and Float8E8M0FNU, which have none either. Identities of reductions depend on it.
func (d DType) SupportsInf() bool {
	switch d {
	case Float8E4M3B11FNUZ, Float8E4M3FN, Float8E4M3FNUZ, Float8E5M2FNUZ:
		return false
	}
	return d.IsInexact()
}

// Real is the type of the real part of d: Float32 for Complex64. Other types are their own.
func (d DType) Real() DType {
	switch d {
	case Complex64:
		return Float32
	case Complex128:
		return Float64
	}
	return d
}

// Complex is the complex type that d converts to, jax.dtypes.to_complex_dtype: 128 bits for Float64 and 64-bit
// integers, else 64.
func (d DType) Complex() DType {
	switch d.ToInexact() {
	case Float64, Complex128:
		return Complex128
	}
	return Complex64
}

// ToInexact is jax.dtypes.to_inexact_dtype: the floating type that an operation such as sin computes in when
// given d. It may answer Float64 whatever the x64 mode is: canonicalize it. Int2 and Uint2 are missing from
// JAX's table and stay themselves.
func (d DType) ToInexact() DType {
	switch d {
	case Bool, Int4, Int8, Int16, Int32, Uint4, Uint8, Uint16, Uint32:
		return Float32
	case Int64, Uint64:
		return Float64
	}
	return d
}

// ToNumeric is jax.dtypes.to_numeric_dtype: Int32 for Bool, else d.
func (d DType) ToNumeric() DType {
	if d == Bool {
		return Int32
	}
	return d
}

// Canonicalize halves the 64-bit types, and Complex128, unless x64 is enabled.
func Canonicalize(d DType, x64 bool) DType {
	if x64 {
		return d
	}
	switch d {
	case Int64:
		return Int32
	case Uint64:
		return Uint32
	case Float64:
		return Float32
	case Complex128:
		return Complex64
	}
	return d
}

// Default is the type that JAX gives to a value of which only the kind is known: a Python int is KindInt. It is
// Invalid for kinds without one.
func Default(k Kind, x64 bool) DType {
	switch k {
	case KindBool:
		return Bool
	case KindInt:
		return Canonicalize(Int64, x64)
	case KindUint:
		return Canonicalize(Uint64, x64)
	case KindFloat:
		return Canonicalize(Float64, x64)
	case KindComplex:
		return Canonicalize(Complex128, x64)
	}
	return Invalid
}
