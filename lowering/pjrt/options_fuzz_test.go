package pjrt

import (
	"encoding/binary"
	"testing"
)

// fields splits a protocol buffer into its fields; false: it is damaged.
func fields(b []byte) (numbers []uint64, values [][]byte, ok bool) {
	for len(b) > 0 {
		tag, n := binary.Uvarint(b)
		if n <= 0 {
			return nil, nil, false
		}
		b = b[n:]
		size := uint64(0)
		switch tag & 7 {
		case 0:
			if _, n = binary.Uvarint(b); n <= 0 {
				return nil, nil, false
			}
			size = uint64(n)
		case 1:
			size = 8
		case 2:
			if size, n = binary.Uvarint(b); n <= 0 {
				return nil, nil, false
			}
			b = b[n:]
		default:
			return nil, nil, false
		}
		if size > uint64(len(b)) {
			return nil, nil, false
		}
		numbers, values = append(numbers, tag>>3), append(values, b[:size])
		b = b[size:]
	}
	return numbers, values, true
}

// FuzzCompileOptions encodes options that users may give: what comes out is a message that holds them, and the same for
// the same options.
func FuzzCompileOptions(f *testing.F) {
	f.Add("xla_cpu_enable_fast_min_max", "", true, int64(-1), 0.5, 0, 0, 0)
	f.Add("", "\xff\x00", false, int64(1<<62), -1.0, 2, 3, 7)
	f.Add("a", "b", false, int64(0), 0.0, -1, 1, -1)
	f.Fuzz(func(t *testing.T, name, s string, b bool, i int64, x float64, replicas, partitions, device int) {
		for _, v := range []any{s, b, i, int(i), x} {
			o := CompileOptions{NumReplicas: replicas, NumPartitions: partitions, DeviceOrdinal: device, Overrides: map[string]any{name: v, name + "2": s}}
			out, err := o.Encode()
			if err != nil {
				continue
			}
			again, err := o.Encode()
			if err != nil || string(again) != string(out) {
				t.Fatalf("%v: encoded differently the second time", o)
			}
			numbers, values, ok := fields(out)
			if !ok {
				t.Fatalf("%v: % x is no message", o, out)
			}
			names := map[string]bool{}
			for k, n := range numbers {
				switch n {
				case 3:
					if _, _, ok := fields(values[k]); !ok {
						t.Fatalf("%v: % x is no message", o, values[k])
					}
				case 7:
					_, entry, ok := fields(values[k])
					if !ok || len(entry) != 2 {
						t.Fatalf("%v: % x is no entry of a map", o, values[k])
					}
					names[string(entry[0])] = true
				}
			}
			if !names[name] || !names[name+"2"] || len(names) != 2 {
				t.Fatalf("%v: the names are %v", o, names)
			}
		}
	})
}
