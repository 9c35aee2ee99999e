// Package npy reads and writes NumPy's files: the headers of .npy files, and .npz archives of them.
//
// The files are foreign data. Every length that a file states is compared with the bytes that are there before memory is
// taken for it, and text is read by a grammar, not evaluated; object arrays, which are pickles, are for the caller to
// refuse. Elements are bytes here: the package moves them and does not interpret them.
//
// npyio supplies the header's type, the magic and the names of element types. The rest of it serves slices and matrices of
// Go's types, trusts the header that it reads (a damaged one makes it panic, a large one allocates 4 GiB, a dictionary in
// another order is refused) and writes one or two axes, so reading and writing headers is done here: versions 1 to 3, any
// rank, Fortran order, and element types that Go lacks.
package npy

import (
	"fmt"

	"github.com/jaxgo/jaxgo/core"
)

func fail(format string, args ...any) error {
	return &core.Error{Kind: core.ValueError, Msg: fmt.Sprintf(format, args...)}
}
