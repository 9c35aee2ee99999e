package core

import (
	"encoding/binary"
	"math"
	"strconv"
	"strings"
	"sync"
	"sync/atomic"

	"github.com/jaxgo/jaxgo/core/dtype"
	"github.com/jaxgo/jaxgo/core/stablehlo"
)

// An Aval is an abstract value: what is known of an array before it has a value. Avals are interned:
// two avals are equal exactly when their pointers are, and ID identifies one in cache keys and in C.
// Their fields must not be changed.
type Aval struct {
	DType dtype.DType
	Weak  bool // weakly typed, as Python scalars are: yields to the other operand's dtype
	Shape []int
	id    uint32
	size  int
	hlo   *stablehlo.Type
	str   string
}

var avals struct {
	sync.RWMutex
	byKey map[string]*Aval
	byID  atomic.Pointer[[]*Aval] // grows by appending; readers take no lock
}

func init() {
	avals.byKey = map[string]*Aval{}
	avals.byID.Store(&[]*Aval{nil}) // id 0 is no aval
}

// NewAval returns the aval of an array with strong dtype d.
func NewAval(d dtype.DType, shape ...int) *Aval { return MakeAval(d, shape, false) }

// MakeAval returns the interned aval of dtype d, the given shape and weak type.
func MakeAval(d dtype.DType, shape []int, weak bool) *Aval {
	var stack [64]byte
	key := append(stack[:0], byte(d), b2b(weak))
	for _, n := range shape {
		key = binary.AppendVarint(key, int64(n))
	}
	avals.RLock()
	a := avals.byKey[string(key)]
	avals.RUnlock()
	if a != nil {
		return a
	}
	// XLA ends the process when the bytes of an array, axes of no elements left out, are more than 63 bits can count.
	size, room := 1, (1<<62)/max(d.Size(), 1)
	for _, n := range shape {
		if n < 0 {
			Errorf(ValueError, "shapes must have non-negative sizes, got %s", ShapeString(shape))
		}
		if n > room {
			Errorf(ValueError, "an array of shape %s has too many elements", ShapeString(shape))
		}
		room /= max(n, 1)
		size *= n
	}
	avals.Lock()
	defer avals.Unlock()
	if a := avals.byKey[string(key)]; a != nil {
		return a
	}
	s := append(make([]int, 0, len(shape)), shape...)
	a = &Aval{DType: d, Weak: weak, Shape: s, size: size}
	phys := s
	if d.IsKey() {
		phys = append(append([]int{}, s...), d.KeyShape()...)
	}
	a.hlo = stablehlo.NewType(d.HLO(), phys)
	var b strings.Builder
	b.WriteString(d.Short())
	b.WriteByte('[')
	for i, n := range s {
		if i > 0 {
			b.WriteByte(',')
		}
		b.WriteString(strconv.Itoa(n))
	}
	b.WriteByte(']')
	a.str = b.String()
	ids := *avals.byID.Load()
	a.id = uint32(len(ids))
	ids = append(ids, a)
	avals.byID.Store(&ids)
	avals.byKey[string(key)] = a
	return a
}

// AddSizes and MulSizes are sums and products of sizes. Where those have no room in an int they are so large that
// MakeAval refuses them.
func AddSizes(a, b int) int {
	if s := a + b; s >= 0 || a < 0 || b < 0 {
		return s
	}
	return math.MaxInt
}

// MulSizes is described at AddSizes.
func MulSizes(a, b int) int {
	if a > 0 && b > 0 && a > math.MaxInt/b {
		return math.MaxInt
	}
	return a * b
}

// AvalByID returns the aval with the given id, or nil.
func AvalByID(id uint32) *Aval {
	ids := *avals.byID.Load()
	if int(id) >= len(ids) {
		return nil
	}
	return ids[id]
}

// ID is a small positive number, the same for equal avals of this process.
func (a *Aval) ID() uint32 { return a.id }

// Ndim is the number of axes.
func (a *Aval) Ndim() int { return len(a.Shape) }

// Size is the number of elements.
func (a *Aval) Size() int { return a.size }

// HLO is the StableHLO tensor type; typed PRNG keys have their physical shape.
func (a *Aval) HLO() *stablehlo.Type { return a.hlo }

// String is the aval as jaxprs print it: f32[2,3].
func (a *Aval) String() string { return a.str }

// Typed is the aval's dtype and weak type, for promotion.
func (a *Aval) Typed() dtype.Typed { return dtype.Typed{D: a.DType, Weak: a.Weak} }

// WithShape is a with another shape, weak type kept.
func (a *Aval) WithShape(shape []int) *Aval { return MakeAval(a.DType, shape, a.Weak) }

// WithDType is a with another dtype, weak type kept.
func (a *Aval) WithDType(d dtype.DType) *Aval { return MakeAval(d, a.Shape, a.Weak) }

// Strong is a without weak type.
func (a *Aval) Strong() *Aval {
	if !a.Weak {
		return a
	}
	return MakeAval(a.DType, a.Shape, false)
}

// Tangent is the aval of a's tangents: a itself for inexact dtypes, float0 for the others.
func (a *Aval) Tangent() *Aval {
	if a.DType.IsInexact() {
		return a
	}
	return MakeAval(dtype.Float0, a.Shape, false)
}

// Name is the aval as error messages spell it: float32[2,3].
func (a *Aval) Name() string { return a.DType.Name() + a.str[strings.LastIndexByte(a.str, '['):] }

// ShapeString spells a shape as Python does: (), (3,), (2, 3).
func ShapeString(s []int) string {
	var b strings.Builder
	b.WriteByte('(')
	for i, n := range s {
		if i > 0 {
			b.WriteString(", ")
		}
		b.WriteString(strconv.Itoa(n))
	}
	if len(s) == 1 {
		b.WriteByte(',')
	}
	b.WriteByte(')')
	return b.String()
}

func b2b(b bool) byte {
	if b {
		return 1
	}
	return 0
}
