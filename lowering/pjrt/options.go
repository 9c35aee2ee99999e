package pjrt

import (
	"maps"
	"math"
	"slices"
)

// CompileOptions are the options of a compilation that this project uses.
type CompileOptions struct {
	// NumReplicas and NumPartitions count the devices a program is for; 0 means 1.
	NumReplicas, NumPartitions int
	// DeviceOrdinal is the id of the device that a program for one device runs on.
	DeviceOrdinal int
	// Overrides set XLA flags by name; values are string, bool, int, int64 or float64.
	Overrides map[string]any
}

// Encode returns o as a CompileOptionsProto (xla/pjrt/proto/compile_options.proto).
// Equal options give equal bytes, so they can be part of a cache key.
func (o CompileOptions) Encode() ([]byte, error) {
	replicas, partitions := max(o.NumReplicas, 1), max(o.NumPartitions, 1)
	var build message
	build.int(4, int64(replicas))
	build.int(5, int64(partitions))
	if o.DeviceOrdinal < 0 {
		return nil, errorf(InvalidArgument, "no device has id %d", o.DeviceOrdinal)
	}
	if o.DeviceOrdinal != 0 {
		if replicas != 1 || partitions != 1 {
			return nil, errorf(InvalidArgument, "a program for %d devices cannot be for device %d alone", replicas*partitions, o.DeviceOrdinal)
		}
		// The ordinal alone is only a hint; the assignment decides.
		var ids, computation, assignment message
		ids.varint(uint64(o.DeviceOrdinal))
		computation.bytes(1, ids)
		assignment.int(1, 1)
		assignment.int(2, 1)
		assignment.bytes(3, computation)
		build.int(1, int64(o.DeviceOrdinal))
		build.bytes(9, assignment)
	}
	var out message
	out.bytes(3, build)
	for _, name := range slices.Sorted(maps.Keys(o.Overrides)) {
		var value, entry message
		switch x := o.Overrides[name].(type) {
		case string:
			value.bytes(1, []byte(x))
		case bool:
			var b int64
			if x {
				b = 1
			}
			value.int(2, b)
		case int:
			value.int(3, int64(x))
		case int64:
			value.int(3, x)
		case float64:
			value.double(4, x)
		default:
			return nil, errorf(InvalidArgument, "compile option %s: a %T is none of string, bool, int, int64, float64", name, x)
		}
		entry.bytes(1, []byte(name))
		entry.bytes(2, value)
		out.bytes(7, entry)
	}
	return out, nil
}

// message is a protocol buffer being written.
type message []byte

func (m *message) varint(x uint64) {
	for ; x >= 0x80; x >>= 7 {
		*m = append(*m, byte(x)|0x80)
	}
	*m = append(*m, byte(x))
}

func (m *message) int(field int, x int64) {
	m.varint(uint64(field) << 3)
	m.varint(uint64(x))
}

func (m *message) double(field int, x float64) {
	m.varint(uint64(field)<<3 | 1)
	for b, i := math.Float64bits(x), 0; i < 8; i++ {
		*m = append(*m, byte(b>>(8*i)))
	}
}

func (m *message) bytes(field int, b []byte) {
	m.varint(uint64(field)<<3 | 2)
	m.varint(uint64(len(b)))
	*m = append(*m, b...)
}
