package dtype

import "math/bits"

// node is a point of the promotion lattice: a DType, or one of Python's scalar types, which is what a weakly
// typed value counts as.
type node uint8

const (
	weakInt = node(Count) + iota
	weakFloat
	weakComplex
	nodeCount
)

// set is a set of nodes.
type set uint64

func setOf(ns ...node) set {
	var s set
	for _, n := range ns {
		s |= 1 << n
	}
	return s
}

// bounds holds for each node the nodes above it, itself included; 0 for what is no node of the lattice.
type bounds [nodeCount]set

var (
	standardBounds, standardX64Bounds, strictBounds bounds

	// pairs is the answer for every two operands in Standard mode: [x64][a][b], where an operand is its DType
	// times two plus its weakness, and the answer a DType with weakBit, or Invalid.
	pairs [2][2 * Count][2 * Count]uint8
)

const weakBit = 0x80

var (
	narrowFloats = []node{node(Float4E2M1FN), node(Float8E3M4), node(Float8E4M3), node(Float8E4M3B11FNUZ),
		node(Float8E4M3FN), node(Float8E4M3FNUZ), node(Float8E5M2), node(Float8E5M2FNUZ), node(Float8E8M0FNU)}
	narrowInts = []node{node(Int2), node(Int4), node(Uint2), node(Uint4)}
)

// standardEdges is jax._src.dtypes._type_promotion_lattice: the immediate upper bounds of each node.
// Without x64, uint32 with int32 gives int32, the one place where the lattice would make a 64-bit type of
// narrower ones.
func standardEdges(x64 bool) (e bounds) {
	edge := func(from node, to ...DType) {
		for _, t := range to {
			e[from] |= 1 << t
		}
	}
	e[Bool] = setOf(weakInt)
	e[weakInt] = setOf(narrowInts...) | setOf(node(Uint8), node(Int8))
	edge(node(Uint8), Int16, Uint16)
	edge(node(Uint16), Int32, Uint32)
	edge(node(Uint32), Int64, Uint64)
	if !x64 {
		e[Uint32] = setOf(node(Int32), node(Uint64))
	}
	e[Uint64] = setOf(weakFloat)
	edge(node(Int8), Int16)
	edge(node(Int16), Int32)
	edge(node(Int32), Int64)
	e[Int64] = setOf(weakFloat)
	e[weakFloat] = setOf(narrowFloats...) | setOf(node(BFloat16), node(Float16), weakComplex)
	edge(node(BFloat16), Float32)
	edge(node(Float16), Float32)
	edge(node(Float32), Float64, Complex64)
	edge(node(Float64), Complex128)
	edge(weakComplex, Complex64)
	edge(node(Complex64), Complex128)
	return e
}

// strictEdges is the lattice of jax_numpy_dtype_promotion=strict, where only weak types rise.
func strictEdges() (e bounds) {
	e[weakInt] = setOf(weakFloat)
	e[weakFloat] = setOf(weakComplex)
	for d := Bool; d < Float0; d++ {
		switch {
		case d.IsInteger():
			e[weakInt] |= 1 << d
		case d.IsFloating():
			e[weakFloat] |= 1 << d
		case d.IsComplex():
			e[weakComplex] |= 1 << d
		}
	}
	return e
}

// inLattice reports whether n takes part in promotion. Float0 and keys do not.
func (n node) inLattice() bool { return n >= weakInt || (n > node(Invalid) && n < node(Float0)) }

// closure turns immediate upper bounds into all of them.
func closure(e bounds) bounds {
	for n := range e {
		if node(n).inLattice() {
			e[n] |= 1 << n
		}
	}
	for changed := true; changed; {
		changed = false
		for n := range e {
			up := e[n]
			for s := e[n]; s != 0; s &= s - 1 {
				up |= e[bits.TrailingZeros64(uint64(s))]
			}
			if up != e[n] {
				e[n], changed = up, true
			}
		}
	}
	return e
}

// join is the least upper bound of the nodes in s, 0 if there is none. Every node of s must be of the lattice.
func (b *bounds) join(s set) node {
	common := ^set(0)
	for r := s; r != 0; r &= r - 1 {
		common &= b[bits.TrailingZeros64(uint64(r))]
	}
	// What lies in both is above all others of s and below all of common: no search needed.
	if top := common & s; top != 0 {
		return node(bits.TrailingZeros64(uint64(top)))
	}
	for r := common; r != 0; r &= r - 1 {
		c := bits.TrailingZeros64(uint64(r))
		if common&^b[c] == 0 {
			return node(c)
		}
	}
	return 0
}

func init() {
	standardBounds = closure(standardEdges(false))
	standardX64Bounds = closure(standardEdges(true))
	strictBounds = closure(strictEdges())
	tabulate()
}

// tabulate fills pairs.
func tabulate() {
	for i := range pairs {
		for a := range 2 * Count {
			for b := range a + 1 {
				ts := [2]Typed{{DType(a / 2), a%2 == 1}, {DType(b / 2), b%2 == 1}}
				d, weak, ok := resolve(ts[:], i == 1, Standard)
				if !ok {
					continue
				}
				entry := uint8(d)
				if weak {
					entry |= weakBit
				}
				pairs[i][a][b], pairs[i][b][a] = entry, entry
			}
		}
	}
}
