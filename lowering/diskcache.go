package lowering

import (
	"bytes"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"sort"
	"strings"
	"sync"
	"syscall"
	"time"
)

// The cache of compiled programs on disk. What lies in it is executed, so it is read only from a directory that nobody
// else can write: it must belong to the user and have mode 0700, and is refused otherwise. Entries are written to a
// temporary file and renamed, so that several processes can share the directory; each carries a checksum, and one that
// is damaged is removed and compiled anew. An entry's name is a hash of everything that it depends on: the program, the
// compile options, the plugin, the processor, and the format's version.

const (
	entryMagic   = "JAXGOXLA1\n"
	maxEntrySize = 1 << 30
)

// DiskCache is a directory of compiled programs.
type DiskCache struct {
	mu       sync.Mutex
	dir      string
	opened   bool
	refused  error
	MaxBytes int64 // -1: no bound
	written  int
}

// errRefused says why a directory is not used.
type errRefused struct{ msg string }

func (e *errRefused) Error() string { return e.msg }

// NewDiskCache uses dir, which is made when the first program is stored.
func NewDiskCache(dir string, maxBytes int64) *DiskCache {
	return &DiskCache{dir: dir, MaxBytes: maxBytes}
}

// DefaultCacheDir is jaxgo's folder in the user's cache directory, or "" where there is none.
func DefaultCacheDir() string {
	d, err := os.UserCacheDir()
	if err != nil || !filepath.IsAbs(d) {
		return ""
	}
	return filepath.Join(d, "jaxgo", "xla")
}

// open checks the directory, making it if need be.
func (c *DiskCache) open(create bool) error {
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.refused != nil {
		return c.refused
	}
	if c.opened {
		return nil
	}
	if create {
		if err := os.MkdirAll(c.dir, 0o700); err != nil {
			c.refused = err
			return err
		}
	}
	info, err := os.Lstat(c.dir)
	if err != nil {
		if !create && errors.Is(err, os.ErrNotExist) {
			return err
		}
		c.refused = err
		return err
	}
	st, ok := info.Sys().(*syscall.Stat_t)
	switch {
	case !info.IsDir():
		c.refused = &errRefused{fmt.Sprintf("the compilation cache %s is not a directory", c.dir)}
	case !ok || int(st.Uid) != os.Geteuid():
		c.refused = &errRefused{fmt.Sprintf("the compilation cache %s belongs to another user", c.dir)}
	case info.Mode().Perm()&0o077 != 0:
		c.refused = &errRefused{fmt.Sprintf("the compilation cache %s can be entered by others (mode %#o); chmod 700 it", c.dir, info.Mode().Perm())}
	}
	if c.refused != nil {
		Log("compilation_cache_refused", "reason", c.refused.Error())
		return c.refused
	}
	c.opened = true
	return nil
}

func (c *DiskCache) path(key [32]byte) string {
	return filepath.Join(c.dir, hex.EncodeToString(key[:]))
}

// Get reads an entry; nil if there is none that can be trusted.
func (c *DiskCache) Get(key [32]byte) []byte {
	if c.open(false) != nil {
		return nil
	}
	path := c.path(key)
	f, err := os.OpenFile(path, os.O_RDONLY|syscall.O_NOFOLLOW|syscall.O_CLOEXEC, 0)
	if err != nil {
		return nil
	}
	defer f.Close()
	info, err := f.Stat()
	if err != nil || !info.Mode().IsRegular() || info.Size() > maxEntrySize {
		return nil
	}
	if st, ok := info.Sys().(*syscall.Stat_t); !ok || int(st.Uid) != os.Geteuid() || info.Mode().Perm()&0o022 != 0 {
		return nil
	}
	b, err := io.ReadAll(io.LimitReader(f, maxEntrySize))
	if err != nil {
		return nil
	}
	head := len(entryMagic) + sha256.Size
	if len(b) < head || string(b[:len(entryMagic)]) != entryMagic {
		c.discard(path, "header")
		return nil
	}
	sum := sha256.Sum256(b[head:])
	if !bytes.Equal(sum[:], b[len(entryMagic):head]) {
		c.discard(path, "checksum")
		return nil
	}
	now := time.Now()
	_ = os.Chtimes(path, now, now) // the oldest go first when the directory is full
	return b[head:]
}

// Discard removes an entry that did not load.
func (c *DiskCache) Discard(key [32]byte) { c.discard(c.path(key), "load") }

func (c *DiskCache) discard(path, why string) {
	Log("compilation_cache_damaged", "entry", filepath.Base(path), "what", why)
	_ = os.Remove(path)
}

// Put stores an entry. Failures cost the entry and nothing else.
func (c *DiskCache) Put(key [32]byte, data []byte) {
	if len(data) > maxEntrySize || c.MaxBytes >= 0 && int64(len(data)) > c.MaxBytes || c.open(true) != nil {
		return
	}
	f, err := os.CreateTemp(c.dir, ".tmp-*") // mode 0600, a name nobody else has
	if err != nil {
		return
	}
	sum := sha256.Sum256(data)
	_, err = f.WriteString(entryMagic)
	if err == nil {
		_, err = f.Write(sum[:])
	}
	if err == nil {
		_, err = f.Write(data)
	}
	if e := f.Close(); err == nil {
		err = e
	}
	if err == nil {
		err = os.Rename(f.Name(), c.path(key))
	}
	if err != nil {
		_ = os.Remove(f.Name())
		return
	}
	c.mu.Lock()
	c.written++
	look := c.written%64 == 1
	c.mu.Unlock()
	if look {
		c.Trim()
	}
}

// Trim removes the entries used longest ago until the directory is within its bound, and temporary files left behind.
func (c *DiskCache) Trim() {
	list, err := os.ReadDir(c.dir)
	if err != nil {
		return
	}
	type entry struct {
		path string
		size int64
		at   time.Time
	}
	var es []entry
	var total int64
	for _, d := range list {
		info, err := d.Info()
		if err != nil || !info.Mode().IsRegular() {
			continue
		}
		p := filepath.Join(c.dir, d.Name())
		if strings.HasPrefix(d.Name(), ".tmp-") {
			if time.Since(info.ModTime()) > time.Hour {
				_ = os.Remove(p)
			}
			continue
		}
		es = append(es, entry{p, info.Size(), info.ModTime()})
		total += info.Size()
	}
	if c.MaxBytes < 0 || total <= c.MaxBytes {
		return
	}
	sort.Slice(es, func(i, j int) bool { return es[i].at.Before(es[j].at) })
	for _, e := range es {
		if total <= c.MaxBytes*9/10 {
			return
		}
		if os.Remove(e.path) == nil {
			total -= e.size
		}
	}
}
