package pybind

// The C files of this package use CPython's stable ABI of 3.11. setup.py makes
// build/include/python a link to the headers of the Python it runs in, so that
// plain go commands work as well once the extension has been built.

/*
#cgo CFLAGS: -O2 -DPy_LIMITED_API=0x030b0000
#cgo CFLAGS: -I${SRCDIR}/../build/include/python -I${SRCDIR}/../build/include -I${SRCDIR}/../lowering/pjrt
*/
import "C"
