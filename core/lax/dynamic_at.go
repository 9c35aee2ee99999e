package lax

// The operations of dynamic.go with starts that are taken as they are: negative ones don't count from the end. Package
// numpy counts them itself.

// DynamicSliceAt is DynamicSlice with starts that are taken as they are.
func DynamicSliceAt(x Value, starts []Value, sizes []int) Value {
	return dynamicSliceOp.Bind1(dynamicSliceParams{nonNil(sizes)}, append([]Value{x}, starts...)...)
}

// DynamicUpdateSliceAt is DynamicUpdateSlice with starts that are taken as they are.
func DynamicUpdateSliceAt(x, update Value, starts []Value) Value {
	return dynamicUpdateSliceOp.Bind1(none{}, append([]Value{x, update}, starts...)...)
}
