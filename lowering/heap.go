package lowering

import "runtime/debug"

// heapBytes is how far Go's heap grows before its first collection. It is small beside XLA's memory, and tracing
// allocates fast: twice the usual growth halves the collections.
const (
	heapBytes   = 8 << 20
	heapPercent = 200
)

// settleHeap lets the heap reach its steady size at once, while the plugin loads, so that a program's memory does not
// seem to grow over its first thousands of operations.
func settleHeap() {
	debug.SetGCPercent(heapPercent)
	const chunk = 32 << 10
	var keep [heapBytes / chunk][]byte
	for i := range keep {
		b := make([]byte, chunk)
		for k := 0; k < len(b); k += 4096 {
			b[k] = 1
		}
		keep[i] = b
	}
}
