package lowering

import (
	"bytes"
	"os"
	"path/filepath"
	"testing"

	"github.com/stretchr/testify/require"
)

// FuzzDiskCacheEntry puts files that may be anything where entries are: only what was stored under a key is ever given back.
func FuzzDiskCacheEntry(f *testing.F) {
	dir := filepath.Join(f.TempDir(), "cache")
	stored := []byte("a compiled program")
	entry := func(k [32]byte) string { return filepath.Join(dir, entryName(k)) }
	c := NewDiskCache(dir, -1)
	require.True(f, c.Put(key("a"), stored))
	require.True(f, c.Put(key("b"), stored))
	good, err := os.ReadFile(entry(key("a")))
	require.NoError(f, err)
	other, err := os.ReadFile(entry(key("b")))
	require.NoError(f, err)
	f.Add(good)
	f.Add(other)
	f.Add(good[:entryHead])
	f.Add(good[:len(entryMagic)])
	f.Add([]byte{})
	f.Add(append(bytes.Clone(good), 0))
	f.Fuzz(func(t *testing.T, b []byte) {
		require.NoError(t, os.WriteFile(entry(key("a")), b, 0o600))
		got := c.Get(key("a"))
		if bytes.Equal(b, good) != (got != nil) {
			t.Fatalf("% x gave % x", b, got)
		}
		if got == nil {
			if _, err := os.Stat(entry(key("a"))); err == nil {
				t.Fatal("a damaged entry stays")
			}
		} else if !bytes.Equal(got, stored) {
			t.Fatalf("% x", got)
		}
	})
}
