package lowering

import (
	"github.com/jaxgo/jaxgo/core"
)

func init() { core.ToHost = toHost }

// toHost waits for an array and copies it to the host in row-major order.
func toHost(v core.Value) []byte {
	a := Concrete(v)
	t := a.Aval()
	size := t.DType.Size()
	if t.DType.IsKey() {
		size = 4
	}
	for _, n := range t.HLO().Shape {
		size *= n
	}
	b := make([]byte, size)
	if size == 0 {
		return b
	}
	var err error
	copyOut := func() { err = a.PJRT().ToHost(b) }
	if ready, _ := a.PJRT().Ready(); ready {
		copyOut()
	} else {
		Blocking(copyOut)
	}
	fail(err)
	return b
}
