// Package dtype holds the element types of arrays and JAX's promotion rules.
//
// One table, with one row an element type, is the only place that knows a type's names, size, kind and
// format; every method reads it. Promotion is JAX's lattice with weak types, tabulated for pairs. The package
// also turns numbers into the bytes of an element and back, with the roundings of numpy and ml_dtypes.
//
// It knows nothing of arrays, traces or devices, and imports only the standard library.
package dtype

// DType is the type of an array's elements. The zero value is Invalid.
type DType uint8

// The element types, as jax.dtypes has them. Float0 is the tangent type of integers and booleans; the key types
// are those of jax.random.key.
const (
	Invalid DType = iota
	Bool
	Int2
	Int4
	Int8
	Int16
	Int32
	Int64
	Uint2
	Uint4
	Uint8
	Uint16
	Uint32
	Uint64
	Float4E2M1FN
	Float8E3M4
	Float8E4M3
	Float8E4M3B11FNUZ
	Float8E4M3FN
	Float8E4M3FNUZ
	Float8E5M2
	Float8E5M2FNUZ
	Float8E8M0FNU
	BFloat16
	Float16
	Float32
	Float64
	Complex64
	Complex128
	Float0
	KeyFry
	KeyRbg
	KeyUnsafeRbg

	// Count is one more than the last DType, for arrays indexed by DType.
	Count = int(KeyUnsafeRbg) + 1
)

// row is what the package knows about one element type.
type row struct {
	name  string // numpy's or ml_dtypes' name
	short string // in a jaxpr: f32[2,3]
	hlo   string // StableHLO element type
	pjrt  uint8  // PJRT_Buffer_Type
	kind  Kind
	bits  uint8 // as JAX's itemsize_bits
	size  uint8 // bytes of an element in host memory; ml_dtypes gives a whole byte to sub-byte types
	float format
}

// The PJRT_Buffer_Type codes come from the enum in pjrt_c_api.h, where they are numbered by position.
// A key lowers as its uint32 words and float0 as a predicate, so those rows repeat another row's code.
var table = [Count]row{
	Invalid: {name: "invalid", short: "invalid"},

	Bool:  {name: "bool", short: "bool", hlo: "i1", pjrt: 1, kind: KindBool, bits: 8, size: 1},
	Int2:  {name: "int2", short: "i2", hlo: "i2", pjrt: 24, kind: KindInt, bits: 2, size: 1},
	Int4:  {name: "int4", short: "i4", hlo: "i4", pjrt: 21, kind: KindInt, bits: 4, size: 1},
	Int8:  {name: "int8", short: "i8", hlo: "i8", pjrt: 2, kind: KindInt, bits: 8, size: 1},
	Int16: {name: "int16", short: "i16", hlo: "i16", pjrt: 3, kind: KindInt, bits: 16, size: 2},
	Int32: {name: "int32", short: "i32", hlo: "i32", pjrt: 4, kind: KindInt, bits: 32, size: 4},
	Int64: {name: "int64", short: "i64", hlo: "i64", pjrt: 5, kind: KindInt, bits: 64, size: 8},

	Uint2:  {name: "uint2", short: "u2", hlo: "ui2", pjrt: 25, kind: KindUint, bits: 2, size: 1},
	Uint4:  {name: "uint4", short: "u4", hlo: "ui4", pjrt: 22, kind: KindUint, bits: 4, size: 1},
	Uint8:  {name: "uint8", short: "u8", hlo: "ui8", pjrt: 6, kind: KindUint, bits: 8, size: 1},
	Uint16: {name: "uint16", short: "u16", hlo: "ui16", pjrt: 7, kind: KindUint, bits: 16, size: 2},
	Uint32: {name: "uint32", short: "u32", hlo: "ui32", pjrt: 8, kind: KindUint, bits: 32, size: 4},
	Uint64: {name: "uint64", short: "u64", hlo: "ui64", pjrt: 9, kind: KindUint, bits: 64, size: 8},

	Float4E2M1FN: {name: "float4_e2m1fn", short: "f4_e2m1fn", hlo: "f4E2M1FN", pjrt: 29, kind: KindFloat,
		bits: 4, size: 1, float: format{exp: 2, mant: 1, bias: 1, special: finiteOnly, precision: 0}},
	Float8E3M4: {name: "float8_e3m4", short: "f8_e3m4", hlo: "f8E3M4", pjrt: 27, kind: KindFloat,
		bits: 8, size: 1, float: format{exp: 3, mant: 4, bias: 3, special: ieee, precision: 1}},
	Float8E4M3: {name: "float8_e4m3", short: "f8_e4m3", hlo: "f8E4M3", pjrt: 26, kind: KindFloat,
		bits: 8, size: 1, float: format{exp: 4, mant: 3, bias: 7, special: ieee, precision: 1}},
	Float8E4M3B11FNUZ: {name: "float8_e4m3b11fnuz", short: "f8_e4m3b11fnuz", hlo: "f8E4M3B11FNUZ", pjrt: 18, kind: KindFloat,
		bits: 8, size: 1, float: format{exp: 4, mant: 3, bias: 11, special: fnuz, precision: 1}},
	Float8E4M3FN: {name: "float8_e4m3fn", short: "f8_e4m3fn", hlo: "f8E4M3FN", pjrt: 17, kind: KindFloat,
		bits: 8, size: 1, float: format{exp: 4, mant: 3, bias: 7, special: fn, precision: 1}},
	Float8E4M3FNUZ: {name: "float8_e4m3fnuz", short: "f8_e4m3fnuz", hlo: "f8E4M3FNUZ", pjrt: 20, kind: KindFloat,
		bits: 8, size: 1, float: format{exp: 4, mant: 3, bias: 8, special: fnuz, precision: 1}},
	Float8E5M2: {name: "float8_e5m2", short: "f8_e5m2", hlo: "f8E5M2", pjrt: 16, kind: KindFloat,
		bits: 8, size: 1, float: format{exp: 5, mant: 2, bias: 15, special: ieee, precision: 1}},
	Float8E5M2FNUZ: {name: "float8_e5m2fnuz", short: "f8_e5m2fnuz", hlo: "f8E5M2FNUZ", pjrt: 19, kind: KindFloat,
		bits: 8, size: 1, float: format{exp: 5, mant: 2, bias: 16, special: fnuz, precision: 1}},
	Float8E8M0FNU: {name: "float8_e8m0fnu", short: "f8_e8m0fnu", hlo: "f8E8M0FNU", pjrt: 28, kind: KindFloat,
		bits: 8, size: 1, float: format{exp: 8, mant: 0, bias: 127, special: exponentOnly, precision: 1}},
	BFloat16: {name: "bfloat16", short: "bf16", hlo: "bf16", pjrt: 13, kind: KindFloat,
		bits: 16, size: 2, float: format{exp: 8, mant: 7, bias: 127, special: ieee, precision: 2}},
	Float16: {name: "float16", short: "f16", hlo: "f16", pjrt: 10, kind: KindFloat,
		bits: 16, size: 2, float: format{exp: 5, mant: 10, bias: 15, special: ieee, precision: 3}},
	Float32: {name: "float32", short: "f32", hlo: "f32", pjrt: 11, kind: KindFloat,
		bits: 32, size: 4, float: format{exp: 8, mant: 23, bias: 127, special: ieee, precision: 6}},
	Float64: {name: "float64", short: "f64", hlo: "f64", pjrt: 12, kind: KindFloat,
		bits: 64, size: 8, float: format{exp: 11, mant: 52, bias: 1023, special: ieee, precision: 15}},

	Complex64:  {name: "complex64", short: "c64", hlo: "complex<f32>", pjrt: 14, kind: KindComplex, bits: 64, size: 8},
	Complex128: {name: "complex128", short: "c128", hlo: "complex<f64>", pjrt: 15, kind: KindComplex, bits: 128, size: 16},

	Float0: {name: "float0", short: "float0", hlo: "i1", pjrt: 1, kind: KindFloat0},

	KeyFry:       {name: "key<fry>", short: "key<fry>", hlo: "ui32", pjrt: 8, kind: KindKey, bits: 64, size: 8},
	KeyRbg:       {name: "key<rbg>", short: "key<rbg>", hlo: "ui32", pjrt: 8, kind: KindKey, bits: 128, size: 16},
	KeyUnsafeRbg: {name: "key<urbg>", short: "key<urbg>", hlo: "ui32", pjrt: 8, kind: KindKey, bits: 128, size: 16},
}

var (
	byName  = make(map[string]DType, Count)
	byShort = make(map[string]DType, Count)
	byPJRT  [30]DType
)

func init() {
	for d := Bool; int(d) < Count; d++ {
		r := &table[d]
		byName[r.name], byShort[r.short] = d, d
		if r.kind != KindFloat0 && r.kind != KindKey {
			byPJRT[r.pjrt] = d
		}
	}
}

// Name is the name numpy and ml_dtypes give d: "float32", "bfloat16"; for a key type "key<fry>".
func (d DType) Name() string { return table[d].name }

// String is Name.
func (d DType) String() string { return table[d].name }

// Short is how a jaxpr prints d: "f32", "bf16", "bool", "key<fry>".
func (d DType) Short() string { return table[d].short }

// HLO is d as a StableHLO element type: "f32", "ui8", "i1", "complex<f32>".
func (d DType) HLO() string { return table[d].hlo }

// PJRT is the PJRT_Buffer_Type of a buffer that holds d.
func (d DType) PJRT() int { return int(table[d].pjrt) }

// Bits is the number of bits an element is worth: 4 for int4, 8 for bool, 64 for complex64, 0 for float0.
func (d DType) Bits() int { return int(table[d].bits) }

// Size is the number of bytes of an element in host memory, where a sub-byte type has a byte of its own.
// A key counts its words, a float0 has none.
func (d DType) Size() int { return int(table[d].size) }

// FromName finds the type that Name calls name.
func FromName(name string) (DType, bool) {
	d, ok := byName[name]
	return d, ok
}

// FromShort finds the type that Short calls short, for reading jaxprs.
func FromShort(short string) (DType, bool) {
	d, ok := byShort[short]
	return d, ok
}

// FromPJRT finds the type of a buffer of this PJRT_Buffer_Type. It never answers Float0 or a key type: that an
// array of words is keys is the caller's knowledge, not the buffer's.
func FromPJRT(code int) (DType, bool) {
	if code <= 0 || code >= len(byPJRT) {
		return Invalid, false
	}
	d := byPJRT[code]
	return d, d != Invalid
}
