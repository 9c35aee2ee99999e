package lowering

import (
	"bytes"
	"crypto/sha256"
	"fmt"
	"net"
	"os"
	"os/exec"
	"path/filepath"
	"reflect"
	"strings"
	"sync"
	"syscall"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

func key(s string) [32]byte { return sha256.Sum256([]byte(s)) }

func TestDiskCacheKeepsWhatWasStored(t *testing.T) {
	c := NewDiskCache(filepath.Join(t.TempDir(), "new", "cache"), -1)
	assert.Nil(t, c.Get(key("a")), "a directory that is not there is an empty cache")
	c.Put(key("a"), []byte("program"))
	assert.Equal(t, []byte("program"), c.Get(key("a")))
	assert.Nil(t, c.Get(key("b")))
	info, err := os.Stat(c.dir)
	require.NoError(t, err)
	assert.Equal(t, os.FileMode(0o700), info.Mode().Perm())
}

func TestDiskCacheRefusesDirectoriesThatOthersCanEnter(t *testing.T) {
	for _, mode := range []os.FileMode{0o755, 0o750, 0o711, 0o770, 0o777, 0o701} {
		dir := filepath.Join(t.TempDir(), "open")
		require.NoError(t, os.Mkdir(dir, 0o700))
		c := NewDiskCache(dir, -1)
		require.True(t, c.Put(key("a"), []byte("program")))
		require.NoError(t, os.Chmod(dir, mode))
		c = NewDiskCache(dir, -1)
		assert.Nil(t, c.Get(key("a")), mode)
		assert.False(t, c.Put(key("b"), []byte("program")), mode)
		assert.ErrorContains(t, c.Refused(), "chmod 700")
		assert.ErrorContains(t, c.Refused(), dir)
		list, err := os.ReadDir(dir)
		require.NoError(t, err)
		assert.Len(t, list, 1)
	}
}

func TestDiskCacheRefusesDirectoriesOfOthers(t *testing.T) {
	dir := "/" // root's
	if os.Geteuid() == 0 {
		dir = filepath.Join(t.TempDir(), "foreign")
		require.NoError(t, os.Mkdir(dir, 0o700))
		require.NoError(t, os.Chown(dir, 65534, 65534))
	}
	c := NewDiskCache(dir, -1)
	assert.False(t, c.Put(key("a"), []byte("program")))
	assert.ErrorContains(t, c.Refused(), "belongs to another user")
}

func TestDiskCacheRefusesWhatIsNoDirectory(t *testing.T) {
	base := t.TempDir()
	file := filepath.Join(base, "file")
	require.NoError(t, os.WriteFile(file, nil, 0o600))
	pipe := filepath.Join(base, "pipe")
	require.NoError(t, syscall.Mkfifo(pipe, 0o600))
	for path, words := range map[string]string{
		file:                        "not a directory",
		pipe:                        "not a directory",
		filepath.Join(file, "deep"): "not a directory",
		"/dev/null":                 "not a directory",
		"gs://bucket/cache":         "no local directory",
		"/proc/no/such/place":       "no such file",
	} {
		c := NewDiskCache(path, -1)
		assert.False(t, c.Put(key("a"), []byte("program")), path)
		assert.Nil(t, c.Get(key("a")), path)
		assert.ErrorContains(t, c.Refused(), words)
	}
}

func TestDiskCacheDoesNotFollowLinks(t *testing.T) {
	base := t.TempDir()
	real := filepath.Join(base, "real")
	require.NoError(t, os.Mkdir(real, 0o700))
	link := filepath.Join(base, "link")
	require.NoError(t, os.Symlink(real, link))
	c := NewDiskCache(link, -1)
	assert.False(t, c.Put(key("a"), []byte("program")))
	assert.ErrorContains(t, c.Refused(), "symbolic link")

	// A link in the place of an entry is neither read nor written through, even when it stays inside.
	c = NewDiskCache(real, -1)
	require.True(t, c.Put(key("a"), []byte("program")))
	for _, to := range []string{filepath.Join(base, "elsewhere"), "inside"} {
		from := to
		if !filepath.IsAbs(from) {
			from = filepath.Join(real, from)
		}
		require.NoError(t, os.Rename(path(c, "a"), from))
		require.NoError(t, os.Symlink(to, path(c, "a")))
		before, err := os.ReadFile(from)
		require.NoError(t, err)
		assert.Nil(t, c.Get(key("a")))
		require.NoError(t, os.RemoveAll(path(c, "a")))
		require.NoError(t, os.Symlink(to, path(c, "a")))
		require.True(t, c.Put(key("a"), []byte("other")))
		after, err := os.ReadFile(from)
		require.NoError(t, err)
		assert.Equal(t, before, after)
		assert.Equal(t, []byte("other"), c.Get(key("a")))
		require.NoError(t, os.Remove(from))
	}
}

// Whoever can write the parent can put another directory in the place of the one that was checked; nothing of it is used.
func TestDiskCacheKeepsToTheDirectoryThatItOpened(t *testing.T) {
	base := t.TempDir()
	require.NoError(t, os.Chmod(base, 0o777))
	dir := filepath.Join(base, "cache")
	c := NewDiskCache(dir, -1)
	require.True(t, c.Put(key("a"), []byte("program")))
	require.NoError(t, os.Rename(dir, filepath.Join(base, "moved")))
	require.NoError(t, os.Mkdir(dir, 0o700))
	planted := NewDiskCache(dir, -1)
	require.True(t, planted.Put(key("a"), []byte("planted")))
	require.True(t, planted.Put(key("b"), []byte("planted")))
	assert.Equal(t, []byte("program"), c.Get(key("a")))
	assert.Nil(t, c.Get(key("b")))
}

func path(c *DiskCache, s string) string { return filepath.Join(c.dir, entryName(key(s))) }

func TestDiskCacheDropsDamagedEntries(t *testing.T) {
	c := NewDiskCache(filepath.Join(t.TempDir(), "cache"), -1)
	good := bytes.Repeat([]byte("program"), 100)
	gone := func(what string) {
		t.Helper()
		assert.Nil(t, c.Get(key("a")), what)
		_, err := os.Lstat(path(c, "a"))
		assert.ErrorIs(t, err, os.ErrNotExist, what)
	}
	for name, damage := range map[string]func(b []byte) []byte{
		"truncated":      func(b []byte) []byte { return b[:len(b)/2] },
		"head only":      func(b []byte) []byte { return b[:entryHead] },
		"half a head":    func(b []byte) []byte { return b[:entryHead/2] },
		"empty":          func(b []byte) []byte { return nil },
		"another format": func(b []byte) []byte { return append([]byte("JAXGOXLA1\n"), b[10:]...) },
		"bytes appended": func(b []byte) []byte { return append(b, 0) },
		"zeros":          func(b []byte) []byte { return make([]byte, len(b)) },
	} {
		require.True(t, c.Put(key("a"), good))
		b, err := os.ReadFile(path(c, "a"))
		require.NoError(t, err)
		require.NoError(t, os.WriteFile(path(c, "a"), damage(b), 0o600))
		gone(name)
	}
	c.Put(key("a"), good)
	b, err := os.ReadFile(path(c, "a"))
	require.NoError(t, err)
	for i := range b { // any bit of any byte
		bad := bytes.Clone(b)
		bad[i] ^= 1 << (i % 8)
		require.NoError(t, os.WriteFile(path(c, "a"), bad, 0o600))
		require.Nil(t, c.Get(key("a")), i)
	}
	c.Put(key("a"), good)
	require.NoError(t, os.Chmod(path(c, "a"), 0o666))
	gone("an entry that others can write")
	c.Put(key("a"), good)
	require.NoError(t, os.Truncate(path(c, "a"), maxEntrySize+1)) // sparse: it takes no room
	gone("a huge entry")
	if os.Geteuid() == 0 {
		c.Put(key("a"), good)
		require.NoError(t, os.Chown(path(c, "a"), 65534, 65534))
		gone("an entry of another user")
	}
}

// A pipe would keep its reader waiting for ever, a device could feed it without end.
func TestDiskCacheReadsRegularFilesOnly(t *testing.T) {
	c := NewDiskCache(filepath.Join(t.TempDir(), "cache"), -1)
	require.True(t, c.Put(key("x"), []byte("program")))
	for what, plant := range map[string]func(p string) error{
		"pipe":      func(p string) error { return syscall.Mkfifo(p, 0o600) },
		"directory": func(p string) error { return os.Mkdir(p, 0o700) },
		"device":    func(p string) error { return os.Symlink("/dev/zero", p) },
		"socket": func(p string) error {
			l, err := net.Listen("unix", p)
			if err == nil {
				l.(*net.UnixListener).SetUnlinkOnClose(false)
				l.Close()
			}
			return err
		},
	} {
		t.Run(what, func(t *testing.T) {
			c := c
			p := path(c, what)
			if what == "socket" { // socket paths are short
				dir, err := os.MkdirTemp("/tmp", "jg")
				require.NoError(t, err)
				defer os.RemoveAll(dir)
				c = NewDiskCache(dir, -1)
				p = dir + "/s"
				require.NoError(t, plant(p))
				require.NoError(t, os.Rename(p, path(c, what)))
			} else {
				require.NoError(t, plant(p))
			}
			done := make(chan []byte)
			go func() { done <- c.Get(key(what)) }()
			select {
			case b := <-done:
				assert.Nil(t, b)
			case <-time.After(5 * time.Second):
				t.Fatal("the cache waits")
			}
			assert.True(t, c.Put(key(what), []byte("program")))
			assert.Equal(t, []byte("program"), c.Get(key(what)))
		})
	}
}

func TestDiskCacheEntriesBelongToTheirKey(t *testing.T) {
	c := NewDiskCache(filepath.Join(t.TempDir(), "cache"), -1)
	require.True(t, c.Put(key("a"), []byte("program a")))
	require.NoError(t, os.Rename(path(c, "a"), path(c, "b")))
	assert.Nil(t, c.Get(key("b")), "an entry under another's name")
}

// Whatever a program depends on is part of its key: the fields of environment are all looked at.
func TestCacheKeyDependsOnEverything(t *testing.T) {
	base := environment{Plugin: "p", Processor: "cpu", Version: "1"}
	seen := map[[32]byte]string{}
	add := func(what string, k [32]byte) {
		t.Helper()
		assert.NotContains(t, seen, k, "%s is not told from %s", what, seen[k])
		seen[k] = what
	}
	add("base", cacheKey(base, []byte("options"), []byte("text")))
	for i := range reflect.TypeFor[environment]().NumField() {
		e := base
		switch f := reflect.ValueOf(&e).Elem().Field(i); f.Kind() {
		case reflect.String:
			f.SetString(f.String() + "other")
		default:
			f.SetInt(7)
		}
		add(reflect.TypeFor[environment]().Field(i).Name, cacheKey(e, []byte("options"), []byte("text")))
	}
	add("text", cacheKey(base, []byte("options"), []byte("texts")))
	add("options", cacheKey(base, []byte("option"), []byte("text")))
	add("the border between them", cacheKey(base, []byte("optionst"), []byte("ext")))
	assert.Equal(t, "base", seen[cacheKey(base, []byte("options"), []byte("text"))])
}

func TestDiskCacheStaysWithinItsBound(t *testing.T) {
	c := NewDiskCache(filepath.Join(t.TempDir(), "cache"), 10_000)
	data := make([]byte, 900)
	total := func() (n int64) {
		list, err := os.ReadDir(c.dir)
		require.NoError(t, err)
		for _, e := range list {
			info, err := e.Info()
			require.NoError(t, err)
			n += info.Size()
		}
		return n
	}
	for i := range 200 {
		require.True(t, c.Put(key(fmt.Sprint(i)), data))
		require.LessOrEqual(t, total(), int64(10_000), "after %d writes", i+1)
	}
	for i := range 8 { // a to h, older and older
		s := string(rune('a' + i))
		c.Put(key(s), data)
		at := time.Now().Add(time.Duration(-i-1) * time.Minute)
		require.NoError(t, os.Chtimes(path(c, s), at, at))
	}
	require.NotNil(t, c.Get(key("h")), "read lately")
	for i := range 4 {
		c.Put(key(fmt.Sprint(i)), data)
	}
	assert.NotNil(t, c.Get(key("h")), "what was read lately stays")
	assert.Nil(t, c.Get(key("g")), "what was not goes first")
	assert.False(t, c.Put(key("huge"), make([]byte, 20_000)))
	assert.Nil(t, c.Get(key("huge")))
}

func TestDiskCacheRemovesOnlyItsOwnFiles(t *testing.T) {
	dir := filepath.Join(t.TempDir(), "cache")
	require.NoError(t, os.Mkdir(dir, 0o700))
	names := []string{"thesis.tex", ".profile", "jit_f-0123-cache", strings.Repeat("g", 64)}
	for _, n := range names {
		require.NoError(t, os.WriteFile(filepath.Join(dir, n), make([]byte, 5000), 0o600))
		old := time.Now().Add(-1000 * time.Hour)
		require.NoError(t, os.Chtimes(filepath.Join(dir, n), old, old))
	}
	left := filepath.Join(dir, tempPrefix+"left")
	require.NoError(t, os.WriteFile(left, nil, 0o600))
	old := time.Now().Add(-2 * time.Hour)
	require.NoError(t, os.Chtimes(left, old, old))
	c := NewDiskCache(dir, 3000)
	for i := range 20 {
		c.Put(key(fmt.Sprint(i)), make([]byte, 900))
	}
	for _, n := range names {
		assert.FileExists(t, filepath.Join(dir, n))
	}
	assert.NoFileExists(t, left)
}

func TestDiskCacheIsSharedByManyWriters(t *testing.T) {
	dir := filepath.Join(t.TempDir(), "cache")
	var wg sync.WaitGroup
	for range 8 {
		wg.Go(func() { hammer(t, NewDiskCache(dir, -1), 50) })
	}
	wg.Wait()
}

func hammer(t *testing.T, c *DiskCache, n int) {
	want := bytes.Repeat([]byte("x"), 100_000)
	for range n {
		assert.True(t, c.Put(key("a"), want))
		if got := c.Get(key("a")); got != nil {
			assert.True(t, bytes.Equal(want, got))
		}
	}
}

func TestDiskCacheIsSharedByProcesses(t *testing.T) {
	if dir := os.Getenv("JAXGO_TEST_SHARED_CACHE"); dir != "" {
		hammer(t, NewDiskCache(dir, 350_000), 100)
		return
	}
	dir := filepath.Join(t.TempDir(), "cache")
	var wg sync.WaitGroup
	for range 4 {
		wg.Go(func() {
			cmd := exec.Command(os.Args[0], "-test.run=^TestDiskCacheIsSharedByProcesses$")
			cmd.Env = append(os.Environ(), "JAXGO_TEST_SHARED_CACHE="+dir)
			out, err := cmd.CombinedOutput()
			assert.NoError(t, err, "%s", out)
		})
	}
	wg.Wait()
	list, err := os.ReadDir(dir)
	require.NoError(t, err)
	require.Len(t, list, 1, "no temporary file is left")
	assert.NotNil(t, NewDiskCache(dir, -1).Get(key("a")))
}
