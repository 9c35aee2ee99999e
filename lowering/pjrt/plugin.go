package pjrt

// #include <stdlib.h>
// #include "jg_internal.h"
import "C"

import (
	"errors"
	"io/fs"
	"path/filepath"
	"sync"
	"unsafe"
)

// minMinor is the oldest minor version of PJRT API 0 that works: at 0.57 the
// fields of PJRT_Api were rearranged.
const minMinor = 57

// Plugin is a loaded PJRT plugin. It is never unloaded: XLA's threads have no
// way to end.
type Plugin struct {
	api *C.PJRT_Api // owned by the library

	// Path is the file it was loaded from.
	Path string
	// Major and Minor are the plugin's PJRT API version.
	Major, Minor int
	// Attributes are what the plugin tells of itself, e.g. xla_version (int64)
	// and stablehlo_current_version ([]int64).
	Attributes map[string]any
}

var plugins struct {
	sync.Mutex
	byPath map[string]*Plugin
}

// Load opens the plugin at path, or returns the one it opened there before. The
// path is absolute, and neither the file nor its directory may be writable by
// everybody: what is loaded runs with the rights of this process.
//
// The environment variable TF_CPP_MIN_LOG_LEVEL is set to 1, unless it is set,
// so that XLA does not print at start.
func Load(path string) (*Plugin, error) {
	if !filepath.IsAbs(path) {
		return nil, errorf(InvalidArgument, "%s: a relative path; a plugin is named by its absolute path", path)
	}
	key, err := filepath.EvalSymlinks(path)
	if errors.Is(err, fs.ErrNotExist) {
		return nil, errorf(NotFound, "%s: no such file", path)
	}
	if err != nil {
		return nil, errorf(Unavailable, "%s: %v", path, err)
	}
	if err := checkLibrary(path, key); err != nil {
		return nil, err
	}
	plugins.Lock()
	defer plugins.Unlock()
	if p := plugins.byPath[key]; p != nil {
		return p, nil
	}
	cpath := C.CString(key)
	defer C.free(unsafe.Pointer(cpath))
	p := &Plugin{Path: path}
	var msg *C.char
	if err := check(C.jg_plugin_load(cpath, minMinor, &p.api, &msg), msg); err != nil {
		e := err.(*Error)
		e.Message = path + ": " + e.Message
		return nil, e
	}
	p.Major = int(p.api.pjrt_api_version.major_version)
	p.Minor = int(p.api.pjrt_api_version.minor_version)
	var attrs *C.PJRT_NamedValue
	var n C.size_t
	if err := check(C.jg_plugin_attributes(p.api, &attrs, &n, &msg), msg); err != nil {
		return nil, err
	}
	p.Attributes = goValues(attrs, n)
	if plugins.byPath == nil {
		plugins.byPath = map[string]*Plugin{}
	}
	plugins.byPath[key] = p
	return p, nil
}

// RegisterFFI registers an XLA FFI handler (XLA_FFI_Handler*, a C function)
// for custom calls to target on a platform, "Host" for the CPU. It stays
// registered as long as the process lives. A handler that answers the metadata
// query with an FFI version that the plugin does not know is dropped without
// an error, so it should answer with the oldest it can.
func (p *Plugin) RegisterFFI(target, platform string, handler unsafe.Pointer) error {
	t, pl := C.CString(target), C.CString(platform)
	defer C.free(unsafe.Pointer(t))
	defer C.free(unsafe.Pointer(pl))
	var msg *C.char
	return check(C.jg_register_ffi(p.api, t, pl, handler, &msg), msg)
}
