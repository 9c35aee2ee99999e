package pjrt_test

import (
	"encoding/binary"
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"strings"
	"syscall"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/jaxgo/jaxgo/lowering/pjrt"
	"github.com/jaxgo/jaxgo/lowering/pjrt/internal/ctest"
)

func TestPlugin(t *testing.T) {
	c := client(t)
	p := c.Plugin()
	assert.Zero(t, p.Major)
	assert.GreaterOrEqual(t, p.Minor, 57)
	assert.Len(t, p.Attributes["stablehlo_current_version"], 3)
	assert.Contains(t, p.Attributes, "xla_version")
	again, err := pjrt.Load(p.Path)
	require.NoError(t, err)
	assert.Same(t, p, again)
}

func TestClient(t *testing.T) {
	c := client(t)
	assert.Equal(t, "cpu", c.Platform)
	assert.NotEmpty(t, c.PlatformVersion)
	require.Len(t, c.Devices, 2)
	for i, d := range c.Devices {
		assert.Equal(t, i, d.Index)
		assert.Equal(t, i, d.ID)
		assert.Equal(t, 0, d.ProcessIndex)
		assert.Equal(t, "cpu", d.Kind)
		assert.NotEmpty(t, d.DebugString)
		assert.NotEmpty(t, d.Text)
	}
	ids, err := c.DefaultDeviceAssignment(2, 1)
	require.NoError(t, err)
	assert.ElementsMatch(t, []int{0, 1}, ids)
	_, err = c.DeviceMemoryStats(0)
	assert.Equal(t, pjrt.Unimplemented, code(t, err), "%v", err)
	_, err = c.DeviceMemoryStats(2)
	assert.Equal(t, pjrt.InvalidArgument, code(t, err))
}

func TestClose(t *testing.T) {
	c, err := client(t).Plugin().NewClient(nil)
	require.NoError(t, err)
	a, err := c.FromHost(0, bytesOf(1), pjrt.F32, []int64{1}, 0)
	require.NoError(t, err)
	assert.Equal(t, 1, c.Live())
	assert.ErrorContains(t, c.Close(), "1 arrays")
	a.Release()
	assert.NoError(t, c.Close())
}

func TestClientOptions(t *testing.T) {
	p := client(t).Plugin()
	_, err := p.NewClient(map[string]any{"some_option": struct{}{}})
	assert.ErrorContains(t, err, "option some_option: a struct {}")
	for _, bad := range []any{"two", 1.5, 0, int64(-1)} {
		_, err = p.NewClient(map[string]any{"cpu_device_count": bad})
		assert.ErrorContains(t, err, "no positive integer")
	}
}

func TestLoadErrors(t *testing.T) {
	path, err := pluginPath()
	require.NoError(t, err)
	dir := t.TempDir()
	write := func(name string, b []byte) string {
		p := filepath.Join(dir, name)
		require.NoError(t, os.WriteFile(p, b, 0o644))
		return p
	}
	f, err := os.Open(path)
	require.NoError(t, err)
	defer f.Close()
	head := make([]byte, 4096)
	_, err = f.ReadAt(head, 0)
	require.NoError(t, err)
	other, name := uint16(183), "aarch64" // EM_AARCH64
	if runtime.GOARCH == "arm64" {
		other, name = 62, "x86_64"
	}
	foreign := append([]byte(nil), head...)
	binary.LittleEndian.PutUint16(foreign[18:], other)
	narrow := append([]byte(nil), head...)
	narrow[4] = 1
	pipe := filepath.Join(dir, "pipe.so")
	require.NoError(t, syscall.Mkfifo(pipe, 0o600))
	open := write("open.so", head)
	require.NoError(t, os.Chmod(open, 0o666))
	link, loop := filepath.Join(dir, "link.so"), filepath.Join(dir, "loop.so")
	require.NoError(t, os.Symlink(open, link))
	require.NoError(t, os.Symlink(loop, loop))
	shared := filepath.Join(dir, "shared")
	require.NoError(t, os.Mkdir(shared, 0o700))
	require.NoError(t, os.Chmod(shared, 0o777))
	require.NoError(t, os.Rename(write("plugin.so", head), filepath.Join(shared, "plugin.so")))
	for _, c := range []struct {
		what, path, text string
		code             pjrt.Code
	}{
		{"missing", filepath.Join(dir, "none.so"), "no such file", pjrt.NotFound},
		{"folder", dir, "not a regular file", pjrt.InvalidArgument},
		{"relative", "plugin.so", "a relative path", pjrt.InvalidArgument},
		{"pipe", pipe, "not a regular file", pjrt.InvalidArgument},
		{"device", "/dev/null", "not a regular file", pjrt.InvalidArgument},
		{"writable by all", open, "anybody can write to this file", pjrt.PermissionDenied},
		{"link to what is writable by all", link, "anybody can write to this file", pjrt.PermissionDenied},
		{"folder writable by all", filepath.Join(shared, "plugin.so"), "anybody can put files into its directory", pjrt.PermissionDenied},
		{"link to itself", loop, "too many links", pjrt.Unavailable},
		{"text", write("text.so", []byte("#!/bin/sh\n")), "no ELF header", pjrt.InvalidArgument},
		{"empty", write("empty.so", nil), "no ELF header", pjrt.InvalidArgument},
		{"short header", write("short.so", head[:40]), "truncated at 40 bytes", pjrt.DataLoss},
		{"truncated", write("cut.so", head), "truncated at 4096 bytes", pjrt.DataLoss},
		{"other machine", write("foreign.so", foreign), "built for " + name + ", this machine is ", pjrt.InvalidArgument},
		{"32 bits", write("narrow.so", narrow), "not a 64-bit library", pjrt.InvalidArgument},
	} {
		t.Run(c.what, func(t *testing.T) {
			_, err := pjrt.Load(c.path)
			require.Error(t, err)
			assert.Contains(t, err.Error(), c.path+": ")
			assert.Contains(t, err.Error(), c.text)
			assert.Equal(t, c.code, code(t, err))
		})
	}
	t.Run("no plugin", func(t *testing.T) {
		lib, err := filepath.Glob("/lib*/*/libm.so.6")
		require.NoError(t, err)
		more, err := filepath.Glob("/lib*/libm.so.6")
		require.NoError(t, err)
		lib = append(lib, more...)
		require.NotEmpty(t, lib)
		_, err = pjrt.Load(lib[0])
		assert.ErrorContains(t, err, "no GetPjrtApi")
	})
}

// TestQuiet starts a process that loads the plugin and compiles: XLA must not
// write anything.
func TestQuiet(t *testing.T) {
	if os.Getenv("JAXGO_TEST_QUIET") != "" {
		run(t, compile(t, addText), vector(t, ones...), vector(t, ones...))
		return
	}
	cmd := exec.Command(os.Args[0], "-test.run=^TestQuiet$")
	cmd.Env = append(os.Environ(), "JAXGO_TEST_QUIET=1")
	var stderr strings.Builder
	cmd.Stderr = &stderr
	out, err := cmd.Output()
	require.NoError(t, err, "%s", out)
	assert.Empty(t, stderr.String())
}

func TestFork(t *testing.T) {
	rc, msg := ctest.Fork(compile(t, addText).Ptr(), vector(t, ones...).Ptr())
	assert.Zero(t, rc)
	assert.Contains(t, msg, "forked")
	assert.Contains(t, msg, "spawn")
	// The parent goes on.
	assert.Equal(t, ones, floats(t, vector(t, ones...)))
}
