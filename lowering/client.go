package lowering

import (
	"errors"
	"fmt"
	"os"
	"sync"
	"time"

	"github.com/jaxgo/jaxgo/core"
	"github.com/jaxgo/jaxgo/lowering/pjrt"
)

// The client starts at the first use of a device. What it needs to know (the plugin's path, its options) is set
// before, by the configuration.
var state struct {
	sync.Mutex
	client *pjrt.Client
	path   string
	opts   map[string]any
}

// PluginPath finds the plugin when the client starts; Python installs how.
var PluginPath = func() (path string, opts map[string]any) { return os.Getenv("JAXGO_TEST_PLUGIN"), nil }

// Client returns the PJRT client, which it starts at the first call.
func Client() *pjrt.Client {
	if state.client != nil {
		return state.client
	}
	path, opts := PluginPath()
	if path == "" {
		core.Errorf(core.RuntimeError, "no PJRT plugin was found: install xla-cpu-pjrt, or set PJRT_NAMES_AND_LIBRARY_PATHS=cpu:/path/to/plugin.so")
	}
	var c *pjrt.Client
	var err error
	core.AskLogLevel()
	start := time.Now()
	core.PluginLog.Debug("Loading the plugin "+path, "event", "plugin", "path", path)
	Blocking(func() {
		state.Lock()
		defer state.Unlock()
		if state.client != nil {
			c = state.client
			return
		}
		go settleHeap()
		var p *pjrt.Plugin
		if p, err = pjrt.Load(path); err == nil {
			c, err = p.NewClient(opts)
		}
		if err == nil {
			state.client, state.path = c, path
			core.PluginLog.Info(fmt.Sprintf("Backend '%s' initialized", c.Platform), "event", "client", "platform", c.Platform, "path", path,
				"version", c.PlatformVersion, "pjrt", fmt.Sprintf("%d.%d", p.Major, p.Minor), "devices", len(c.Devices), "seconds", time.Since(start).Seconds())
		}
	})
	if err != nil {
		core.SecurityLog.Info("The plugin is not used: "+message(err), "event", "plugin_refused", "path", path, "reason", message(err))
		core.Errorf(core.RuntimeError, "Unable to initialize backend: %s", message(err))
	}
	return c
}

// Started reports whether the client runs.
func Started() bool { return state.client != nil }

// Blocking runs f, which may take long, so that others can go on and the user can interrupt; Python installs how.
var Blocking = func(f func()) { f() }

func message(err error) string {
	var e *pjrt.Error
	if errors.As(err, &e) {
		return e.Message
	}
	return err.Error()
}

// Fail panics with the exception that JAX raises for an error of the runtime.
func Fail(err error) { fail(err) }

// DefaultDevice is the index of the device that uncommitted arrays go to.
func DefaultDevice() int { return defaultDevice }

var defaultDevice int

// fail panics with the exception that JAX raises for an error of the runtime.
func fail(err error) {
	if err == nil {
		return
	}
	core.Errorf(core.XlaRuntimeError, "%s", err.Error())
}
