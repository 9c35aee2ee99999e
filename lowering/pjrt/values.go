package pjrt

// #include <stdlib.h>
// #include "jg_internal.h"
import "C"

import (
	"maps"
	"slices"
	"unsafe"
)

// goValues copies PJRT's named values; the plugin keeps owning them.
func goValues(v *C.PJRT_NamedValue, n C.size_t) map[string]any {
	m := make(map[string]any, int(n))
	vs := unsafe.Slice(v, int(n))
	for i := range vs {
		v := &vs[i]
		name := C.GoStringN(v.name, C.int(v.name_size))
		switch v._type {
		case C.PJRT_NamedValue_kString:
			m[name] = C.GoStringN(C.jg_value_string(v), C.int(v.value_size))
		case C.PJRT_NamedValue_kInt64:
			m[name] = int64(C.jg_value_int(v))
		case C.PJRT_NamedValue_kInt64List:
			xs := unsafe.Slice((*int64)(unsafe.Pointer(C.jg_value_ints(v))), int(v.value_size))
			m[name] = slices.Clone(xs)
		case C.PJRT_NamedValue_kFloat:
			m[name] = float64(C.jg_value_float(v))
		case C.PJRT_NamedValue_kBool:
			m[name] = C.jg_value_bool(v) != 0
		}
	}
	return m
}

// cValues copies opts into C memory, sorted by name; free releases all of it.
func cValues(opts map[string]any) (v *C.PJRT_NamedValue, n C.size_t, free func(), err error) {
	var mem []unsafe.Pointer
	free = func() {
		for _, p := range mem {
			C.free(p)
		}
	}
	keep := func(p unsafe.Pointer) unsafe.Pointer {
		mem = append(mem, p)
		return p
	}
	str := func(s string) *C.char {
		p := C.CString(s)
		keep(unsafe.Pointer(p))
		return p
	}
	v = (*C.PJRT_NamedValue)(keep(C.calloc(C.size_t(len(opts)+1), C.sizeof_PJRT_NamedValue)))
	vs := unsafe.Slice(v, len(opts))
	for i, name := range slices.Sorted(maps.Keys(opts)) {
		switch x := opts[name].(type) {
		case string:
			C.jg_named_string(&vs[i], str(name), str(x), C.size_t(len(x)))
		case int:
			C.jg_named_int(&vs[i], str(name), C.int64_t(x))
		case int64:
			C.jg_named_int(&vs[i], str(name), C.int64_t(x))
		case []int64:
			p := (*C.int64_t)(keep(C.calloc(C.size_t(len(x)+1), 8)))
			copy(unsafe.Slice((*int64)(unsafe.Pointer(p)), len(x)), x)
			C.jg_named_ints(&vs[i], str(name), p, C.size_t(len(x)))
		case float64:
			C.jg_named_float(&vs[i], str(name), C.float(x))
		case bool:
			var b C.int
			if x {
				b = 1
			}
			C.jg_named_bool(&vs[i], str(name), b)
		default:
			free()
			return nil, 0, nil, errorf(InvalidArgument, "option %s: a %T is none of string, int, int64, []int64, float64, bool", name, x)
		}
	}
	return v, C.size_t(len(opts)), free, nil
}

func goText(t C.jg_text) string { return C.GoStringN(t.s, C.int(t.n)) }
