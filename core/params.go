package core

import (
	"encoding/binary"
	"fmt"
	"math"
	"reflect"
	"slices"
	"sort"
	"strconv"
	"strings"
	"sync"
	"unicode"
	"unsafe"

	"github.com/jaxgo/jaxgo/core/dtype"
)

// Parameters of primitives are plain structs. What every primitive needs of them (a cache key, the text in a
// jaxpr, the dict that Python sees) comes from one plan per type, made by reflection when the primitive is
// declared; reading through it costs no reflection.
//
// A field prints as its snake_case name, or as the name in its `jx` tag; the tag "-" hides it from printing
// and from Python but keeps it in the key, ",nokey" keeps it out of the key, ",noprint" hides it from printing, ",omitempty" hides empty values
// there.

// Keyer is implemented by parameter types that write their own cache key.
type Keyer interface{ AppendKey(b []byte) []byte }

// None is a parameter that is always None; it exists so that jaxprs print as JAX's do.
type None struct{}

// NoParams is the parameter type of primitives that have none.
type NoParams struct{}

type fieldPlan struct {
	name      string
	hidden    bool
	nokey     bool
	omitempty bool
	noprint   bool
	offset    uintptr
	typ       reflect.Type
	key       func(b []byte, p unsafe.Pointer) []byte
}

type paramsPlan struct {
	typ    reflect.Type
	fields []fieldPlan
}

var plans sync.Map // reflect.Type -> *paramsPlan

func planFor(t reflect.Type) *paramsPlan {
	if p, ok := plans.Load(t); ok {
		return p.(*paramsPlan)
	}
	if t.Kind() != reflect.Struct {
		panic(fmt.Sprintf("core: params must be a struct, got %v", t))
	}
	p := &paramsPlan{typ: t}
	for i := range t.NumField() {
		f := t.Field(i)
		fp := fieldPlan{name: snake(f.Name), offset: f.Offset, typ: f.Type, key: keyFunc(f.Type)}
		tag, opts, _ := strings.Cut(f.Tag.Get("jx"), ",")
		if tag == "-" {
			fp.hidden = true
		} else if tag != "" {
			fp.name = tag
		}
		fp.nokey = strings.Contains(opts, "nokey")
		fp.omitempty = strings.Contains(opts, "omitempty")
		fp.noprint = strings.Contains(opts, "noprint")
		p.fields = append(p.fields, fp)
	}
	sort.SliceStable(p.fields, func(i, j int) bool { return p.fields[i].name < p.fields[j].name })
	got, _ := plans.LoadOrStore(t, p)
	return got.(*paramsPlan)
}

func snake(s string) string {
	var b strings.Builder
	for i, r := range s {
		if unicode.IsUpper(r) && i > 0 {
			b.WriteByte('_')
		}
		b.WriteRune(unicode.ToLower(r))
	}
	return b.String()
}

var keyerType = reflect.TypeFor[Keyer]()

func keyFunc(t reflect.Type) func([]byte, unsafe.Pointer) []byte {
	if t.Implements(keyerType) {
		return func(b []byte, p unsafe.Pointer) []byte {
			return reflect.NewAt(t, p).Elem().Interface().(Keyer).AppendKey(b)
		}
	}
	switch t.Kind() {
	case reflect.Bool, reflect.Uint8, reflect.Int8:
		return func(b []byte, p unsafe.Pointer) []byte { return append(b, *(*byte)(p)) }
	case reflect.Int, reflect.Int64, reflect.Uint64, reflect.Float64, reflect.Uint, reflect.Uintptr:
		return func(b []byte, p unsafe.Pointer) []byte { return binary.LittleEndian.AppendUint64(b, *(*uint64)(p)) }
	case reflect.Int32, reflect.Uint32, reflect.Float32:
		return func(b []byte, p unsafe.Pointer) []byte { return binary.LittleEndian.AppendUint32(b, *(*uint32)(p)) }
	case reflect.Complex128:
		return func(b []byte, p unsafe.Pointer) []byte {
			c := *(*complex128)(p)
			b = binary.LittleEndian.AppendUint64(b, math.Float64bits(real(c)))
			return binary.LittleEndian.AppendUint64(b, math.Float64bits(imag(c)))
		}
	case reflect.String:
		return func(b []byte, p unsafe.Pointer) []byte {
			s := *(*string)(p)
			return append(binary.AppendUvarint(b, uint64(len(s))), s...)
		}
	case reflect.Pointer, reflect.Func, reflect.UnsafePointer, reflect.Chan, reflect.Map: // identity
		return func(b []byte, p unsafe.Pointer) []byte {
			return binary.LittleEndian.AppendUint64(b, uint64(*(*uintptr)(p)))
		}
	case reflect.Interface:
		return func(b []byte, p unsafe.Pointer) []byte {
			w := *(*[2]uintptr)(p)
			return binary.LittleEndian.AppendUint64(binary.LittleEndian.AppendUint64(b, uint64(w[0])), uint64(w[1]))
		}
	case reflect.Slice:
		ek, size := keyFunc(t.Elem()), t.Elem().Size()
		return func(b []byte, p unsafe.Pointer) []byte {
			s := *(*[]byte)(p) // the start and length of a slice of any type
			if s == nil {
				return append(b, 0)
			}
			b = binary.AppendUvarint(b, uint64(len(s))+1)
			for i := range len(s) {
				b = ek(b, unsafe.Add(unsafe.Pointer(unsafe.SliceData(s)), uintptr(i)*size)) // #nosec G103 -- within the slice
			}
			return b
		}
	case reflect.Array:
		ek, size, n := keyFunc(t.Elem()), t.Elem().Size(), t.Len()
		return func(b []byte, p unsafe.Pointer) []byte {
			for i := range n {
				b = ek(b, unsafe.Add(p, uintptr(i)*size))
			}
			return b
		}
	case reflect.Struct:
		var fs []fieldPlan
		for i := range t.NumField() {
			f := t.Field(i)
			fs = append(fs, fieldPlan{offset: f.Offset, key: keyFunc(f.Type)})
		}
		return func(b []byte, p unsafe.Pointer) []byte {
			for i := range fs {
				b = fs[i].key(b, unsafe.Add(p, fs[i].offset))
			}
			return b
		}
	}
	panic(fmt.Sprintf("core: no cache key for params of type %v", t))
}

// dataPointer is where the value inside an interface lies.
func dataPointer(v any) unsafe.Pointer { return (*[2]unsafe.Pointer)(unsafe.Pointer(&v))[1] } // #nosec G103 -- the layout of an interface

// appendParamsKey appends what distinguishes params (of type plan.typ) from other params of its primitive.
func (pl *paramsPlan) appendKey(b []byte, params any) []byte {
	if len(pl.fields) == 0 {
		return b
	}
	p := dataPointer(params)
	if len(pl.fields) == 1 && isDirect(pl.typ) { // the interface holds the pointer itself
		q := p
		p = unsafe.Pointer(&q) // #nosec G103 -- as dataPointer
		return pl.fields[0].key(b, p)
	}
	for i := range pl.fields {
		if f := &pl.fields[i]; !f.nokey {
			b = f.key(b, unsafe.Add(p, f.offset))
		}
	}
	return b
}

// subJaxprs lists the jaxprs that params holds in fields of its own, or those that its method SubJaxprs lists.
func (pl *paramsPlan) subJaxprs(params any) []*ClosedJaxpr {
	if s, ok := params.(interface{ SubJaxprs() []*ClosedJaxpr }); ok {
		return s.SubJaxprs()
	}
	var js []*ClosedJaxpr
	var v reflect.Value
	for i := range pl.fields {
		f := &pl.fields[i]
		if f.typ != jaxprType && f.typ != jaxprsType {
			continue
		}
		if !v.IsValid() {
			v = reflect.ValueOf(params)
		}
		switch x := fieldByOffset(v, f.offset, f.typ).Interface().(type) {
		case *ClosedJaxpr:
			if x != nil {
				js = append(js, x)
			}
		case []*ClosedJaxpr:
			js = append(js, x...)
		}
	}
	return js
}

var (
	jaxprType  = reflect.TypeFor[*ClosedJaxpr]()
	jaxprsType = reflect.TypeFor[[]*ClosedJaxpr]()
)

// isDirect reports whether an interface stores values of t in its data word.
func isDirect(t reflect.Type) bool {
	switch t.Kind() {
	case reflect.Pointer, reflect.Map, reflect.Chan, reflect.Func, reflect.UnsafePointer:
		return true
	case reflect.Struct:
		return t.NumField() == 1 && isDirect(t.Field(0).Type)
	case reflect.Array:
		return t.Len() == 1 && isDirect(t.Elem())
	}
	return false
}

// A Param is one named parameter of an equation.
type Param struct {
	Name  string
	Value any
}

// A ParamLister lists its parameters itself.
type ParamLister interface{ ParamList() []Param }

// HasHiddenParams reports whether a primitive has parameters that Python doesn't see.
func HasHiddenParams(p *Primitive) bool {
	return slices.ContainsFunc(p.plan.fields, func(f fieldPlan) bool { return f.hidden && f.typ != noneType })
}

// ZeroHiddenParamsAreFine reports whether the hidden parameters are flags, which may be false, and no rules.
func ZeroHiddenParamsAreFine(p *Primitive) bool {
	return !slices.ContainsFunc(p.plan.fields, func(f fieldPlan) bool {
		return f.hidden && f.typ != noneType && f.typ.Kind() != reflect.Bool && f.typ.Kind() != reflect.Slice
	})
}

// AppendVisibleKey appends what distinguishes the parameters that Python sees.
func AppendVisibleKey(b []byte, p *Primitive, params any) []byte {
	v := reflect.New(p.plan.typ)
	v.Elem().Set(reflect.ValueOf(params))
	for i := range p.plan.fields {
		if f := &p.plan.fields[i]; !f.hidden {
			b = f.key(b, unsafe.Add(v.UnsafePointer(), f.offset)) // #nosec G103 -- within the struct
		}
	}
	return b
}

// MakeParams makes parameters of a primitive: set is called with the name and the place of each that Python sees.
func MakeParams(p *Primitive, set func(name string, v reflect.Value)) any {
	v := reflect.New(p.plan.typ).Elem()
	for _, f := range p.plan.fields {
		if !f.hidden {
			set(f.name, fieldByOffset(v, f.offset, f.typ))
		}
	}
	return v.Interface()
}

// ParamList lists an equation's parameters in name order, as Python sees them.
func ParamList(params any) []Param { return paramList(params, false) }

// PrintedParams are the parameters that a printed jaxpr shows.
func PrintedParams(params any) []Param { return paramList(params, true) }

func paramList(params any, printing bool) []Param {
	if params == nil {
		return nil
	}
	if l, ok := params.(ParamLister); ok {
		return l.ParamList()
	}
	pl := planFor(reflect.TypeOf(params))
	v := reflect.ValueOf(params)
	var out []Param
	for _, f := range pl.fields {
		if f.hidden || printing && f.noprint {
			continue
		}
		fv := fieldByOffset(v, f.offset, f.typ)
		if printing && f.omitempty && (fv.IsZero() || fv.Kind() == reflect.Slice && fv.Len() == 0 || f.typ == noneType) {
			continue
		}
		out = append(out, Param{f.name, fv.Interface()})
	}
	return out
}

var noneType = reflect.TypeFor[None]()

func fieldByOffset(v reflect.Value, off uintptr, typ reflect.Type) reflect.Value {
	t := v.Type()
	for i := range t.NumField() {
		if f := t.Field(i); f.Offset == off && f.Type == typ {
			return v.Field(i)
		}
	}
	panic("core: no such field")
}

// PyTyped is implemented by parameter types that print in a form of their own.
type PyTyped interface{ PyString() string }

// FormatParam prints a parameter value as Python does.
func FormatParam(v any) string {
	switch v := v.(type) {
	case nil, None:
		return "None"
	case PyTyped:
		return v.PyString()
	case bool:
		if v {
			return "True"
		}
		return "False"
	case string:
		return v
	case dtype.DType:
		if v == dtype.Invalid {
			return "None"
		}
		return v.Name()
	case *Aval:
		return v.String()
	case fmt.Stringer:
		return v.String()
	}
	r := reflect.ValueOf(v)
	switch r.Kind() {
	case reflect.Int, reflect.Int64, reflect.Int32:
		return strconv.FormatInt(r.Int(), 10)
	case reflect.Float64:
		return pyFloat(r.Float(), 64)
	case reflect.Slice, reflect.Array:
		if r.Kind() == reflect.Slice && r.IsNil() {
			return "None"
		}
		var b strings.Builder
		b.WriteByte('(')
		for i := range r.Len() {
			if i > 0 {
				b.WriteString(", ")
			}
			b.WriteString(FormatParam(r.Index(i).Interface()))
		}
		if r.Len() == 1 {
			b.WriteByte(',')
		}
		b.WriteByte(')')
		return b.String()
	case reflect.Pointer, reflect.Func, reflect.Interface:
		if r.IsNil() {
			return "None"
		}
	}
	return fmt.Sprint(v)
}
