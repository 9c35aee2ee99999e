package lowering

import (
	"bytes"
	"crypto/sha256"
	"os"
	"path/filepath"
	"sync"
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
	dir := filepath.Join(t.TempDir(), "open")
	require.NoError(t, os.Mkdir(dir, 0o755))
	c := NewDiskCache(dir, -1)
	c.Put(key("a"), []byte("program"))
	assert.Nil(t, c.Get(key("a")))
	assert.ErrorContains(t, c.refused, "chmod 700")
	list, err := os.ReadDir(dir)
	require.NoError(t, err)
	assert.Empty(t, list)
}

func TestDiskCacheDoesNotFollowLinks(t *testing.T) {
	base := t.TempDir()
	real := filepath.Join(base, "real")
	require.NoError(t, os.Mkdir(real, 0o700))
	link := filepath.Join(base, "link")
	require.NoError(t, os.Symlink(real, link))
	c := NewDiskCache(link, -1)
	c.Put(key("a"), []byte("program"))
	assert.ErrorContains(t, c.refused, "not a directory")

	c = NewDiskCache(real, -1)
	c.Put(key("a"), []byte("program"))
	require.NoError(t, os.Rename(c.path(key("a")), filepath.Join(base, "elsewhere")))
	require.NoError(t, os.Symlink(filepath.Join(base, "elsewhere"), c.path(key("a"))))
	assert.Nil(t, c.Get(key("a")))
}

func TestDiskCacheDropsDamagedEntries(t *testing.T) {
	c := NewDiskCache(filepath.Join(t.TempDir(), "cache"), -1)
	good := bytes.Repeat([]byte("program"), 100)
	for name, damage := range map[string]func(b []byte) []byte{
		"a flipped bit":  func(b []byte) []byte { b[len(b)-5] ^= 1; return b },
		"truncated":      func(b []byte) []byte { return b[:len(b)/2] },
		"empty":          func(b []byte) []byte { return nil },
		"another format": func(b []byte) []byte { return append([]byte("JAXGOXLA0\n"), b[10:]...) },
		"bytes appended": func(b []byte) []byte { return append(b, 0) },
	} {
		c.Put(key("a"), good)
		b, err := os.ReadFile(c.path(key("a")))
		require.NoError(t, err)
		require.NoError(t, os.WriteFile(c.path(key("a")), damage(b), 0o600))
		assert.Nil(t, c.Get(key("a")), name)
		_, err = os.Stat(c.path(key("a")))
		assert.ErrorIs(t, err, os.ErrNotExist, name)
	}
	c.Put(key("a"), good)
	require.NoError(t, os.Chmod(c.path(key("a")), 0o666))
	assert.Nil(t, c.Get(key("a")), "an entry that others could write")
}

func TestDiskCacheStaysWithinItsBound(t *testing.T) {
	c := NewDiskCache(filepath.Join(t.TempDir(), "cache"), 10_000)
	data := make([]byte, 900)
	for i := range 20 {
		k := key(string(rune('a' + i)))
		c.Put(k, data)
		at := time.Now().Add(time.Duration(i-100) * time.Minute)
		require.NoError(t, os.Chtimes(c.path(k), at, at))
	}
	require.NotNil(t, c.Get(key("a")), "read lately")
	c.Trim()
	var total int64
	list, err := os.ReadDir(c.dir)
	require.NoError(t, err)
	for _, e := range list {
		info, err := e.Info()
		require.NoError(t, err)
		total += info.Size()
	}
	assert.LessOrEqual(t, total, int64(10_000))
	assert.NotNil(t, c.Get(key("a")), "what was read lately stays")
	assert.Nil(t, c.Get(key("b")), "what was not goes first")
	c.Put(key("huge"), make([]byte, 20_000))
	assert.Nil(t, c.Get(key("huge")))
}

func TestDiskCacheIsSharedByManyWriters(t *testing.T) {
	dir := filepath.Join(t.TempDir(), "cache")
	want := bytes.Repeat([]byte("x"), 100_000)
	var wg sync.WaitGroup
	for range 8 {
		wg.Go(func() {
			c := NewDiskCache(dir, -1)
			for range 50 {
				c.Put(key("a"), want)
				if got := c.Get(key("a")); got != nil {
					assert.True(t, bytes.Equal(want, got))
				}
			}
		})
	}
	wg.Wait()
}
