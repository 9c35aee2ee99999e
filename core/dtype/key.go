package dtype

// keyImpl describes the generator behind a key type. The tag is what the type's name shows.
type keyImpl struct {
	name, tag string
	shape     []int
}

var keyImpls = [...]keyImpl{
	0:                     {"threefry2x32", "fry", []int{2}},
	KeyRbg - KeyFry:       {"rbg", "rbg", []int{4}},
	KeyUnsafeRbg - KeyFry: {"unsafe_rbg", "urbg", []int{4}},
}

// KeyShape is the shape of the uint32 words of one key: {2} or {4}, nil for a type that is not a key's. The
// slice is shared: do not write to it.
func (d DType) KeyShape() []int {
	if !d.IsKey() {
		return nil
	}
	return keyImpls[d-KeyFry].shape
}

// KeyImpl is the name of the generator, as jax_default_prng_impl has it: "threefry2x32", "rbg", "unsafe_rbg".
// It is empty for a type that is not a key's.
func (d DType) KeyImpl() string {
	if !d.IsKey() {
		return ""
	}
	return keyImpls[d-KeyFry].name
}

// KeyTag is the short name of the generator: "fry", "rbg", "urbg".
func (d DType) KeyTag() string {
	if !d.IsKey() {
		return ""
	}
	return keyImpls[d-KeyFry].tag
}

// KeyFromImpl finds the key type of a generator by the name KeyImpl gives it.
func KeyFromImpl(impl string) (DType, bool) {
	for i := range keyImpls {
		if keyImpls[i].name == impl {
			return KeyFry + DType(i), true
		}
	}
	return Invalid, false
}
