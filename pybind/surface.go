// Package pybind is what Python sees of the Go side.
//
// Two modules live in one shared object. This file is the surface that gopy
// wraps as jaxgo._core: a few functions over scalars and strings that nothing
// calls in a loop. Everything on a hot path is in jaxgo._fast, hand-written C
// types over functions exported by cgo.
//
// gopy binds every exported name of the package, so this is the only file that
// may have one; setup.py refuses others. Nothing here may panic: gopy's
// wrappers do not recover.
package pybind

import (
	"runtime"
	"runtime/debug"
	"runtime/metrics"
	"strings"
)

// version is set by the linker from pyproject.toml.
var version = "devel"

// Version returns the release that the extension was built as.
func Version() string { return version }

// GoVersion returns the Go release that compiled the extension.
func GoVersion() string { return runtime.Version() }

// BuildInfo returns one "module version" line for each Go module that is linked
// into the extension, after a line for the platform.
func BuildInfo() string {
	lines := []string{runtime.GOOS + "/" + runtime.GOARCH}
	if info, ok := debug.ReadBuildInfo(); ok {
		for _, m := range info.Deps {
			lines = append(lines, m.Path+" "+m.Version)
		}
	}
	return strings.Join(lines, "\n")
}

// HeapBytes returns the bytes of live and not yet collected objects on the Go
// heap. Device buffers and other C memory are not part of it.
func HeapBytes() int64 {
	s := []metrics.Sample{{Name: "/memory/classes/heap/objects:bytes"}}
	metrics.Read(s)
	if s[0].Value.Kind() != metrics.KindUint64 {
		return -1
	}
	return int64(s[0].Value.Uint64())
}
