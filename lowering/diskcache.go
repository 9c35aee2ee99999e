package lowering

import (
	"bytes"
	"crypto/rand"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"sort"
	"strings"
	"sync"
	"syscall"
	"time"

	"github.com/jaxgo/jaxgo/core"
)

// The cache of compiled programs on disk. What lies in it is executed, so it is read only from a directory that nobody
// else can write: it must belong to the user and have mode 0700, and is refused otherwise. The directory is opened once
// and everything is done relative to it, so that putting another in its place later changes nothing. Entries are written
// to a temporary file and renamed, so that several processes can share the directory; each carries a checksum over its
// key and its program, and one that is damaged, or was meant for another key, is removed and compiled anew. The key is a
// hash of everything that a program depends on, see cacheKey.

const (
	entryMagic   = "JAXGOXLA2\n"
	entryHead    = len(entryMagic) + sha256.Size
	maxEntrySize = 1 << 30
	tempPrefix   = ".jaxgo-"
	rescan       = 64 // after so many writes the directory's size is counted again: other processes write too
)

// DiskCache is a directory of compiled programs.
type DiskCache struct {
	mu       sync.Mutex
	dir      string
	root     *os.Root
	refused  error
	MaxBytes int64 // -1: no bound
	written  int
	size     int64 // of all entries, as far as is known
}

// NewDiskCache uses dir, which is made when the first program is stored.
func NewDiskCache(dir string, maxBytes int64) *DiskCache {
	c := &DiskCache{dir: dir, MaxBytes: maxBytes}
	if abs, err := filepath.Abs(dir); err == nil {
		c.dir = abs // a program may change its working directory
	}
	if strings.Contains(dir, "://") {
		c.refuse("%s is no local directory", dir)
	}
	return c
}

// DefaultCacheDir is jaxgo's folder in the user's cache directory, or "" where there is none.
func DefaultCacheDir() string {
	d, err := os.UserCacheDir()
	if err != nil || !filepath.IsAbs(d) {
		return ""
	}
	return filepath.Join(d, "jaxgo", "xla")
}

// Refused says why the directory is not used; nil if it is, or was not needed yet.
func (c *DiskCache) Refused() error {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.refused
}

func (c *DiskCache) refuse(format string, args ...any) {
	c.refused = fmt.Errorf("the compilation cache is not used: "+format, args...)
	core.SecurityLog.Warn(c.refused.Error(), "event", "compilation_cache_refused", "path", c.dir)
}

// open checks the directory, making it if need be.
func (c *DiskCache) open(create bool) (*os.Root, error) {
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.refused != nil || c.root != nil {
		return c.root, c.refused
	}
	if create {
		if err := os.MkdirAll(c.dir, 0o700); err != nil {
			c.refuse("%v", err)
			return nil, c.refused
		}
	}
	link, err := os.Lstat(c.dir)
	if err != nil {
		if !create && errors.Is(err, fs.ErrNotExist) {
			return nil, err
		}
		c.refuse("%v", err)
		return nil, c.refused
	}
	if link.Mode()&fs.ModeSymlink != 0 {
		c.refuse("%s is a symbolic link; set jax_compilation_cache_dir to the directory itself", c.dir)
		return nil, c.refused
	}
	if !link.IsDir() {
		c.refuse("%s is not a directory", c.dir)
		return nil, c.refused
	}
	root, err := os.OpenRoot(c.dir)
	if err != nil {
		c.refuse("%v", err)
		return nil, c.refused
	}
	info, err := root.Stat(".")
	switch {
	case err != nil:
		c.refuse("%v", err)
	case !os.SameFile(link, info):
		c.refuse("%s was replaced while it was opened", c.dir)
	case !mine(info):
		c.refuse("%s belongs to another user; set jax_compilation_cache_dir to a directory of your own", c.dir)
	case info.Mode().Perm()&0o077 != 0:
		c.refuse("%s can be entered by others (mode %#o); chmod 700 it, or set jax_compilation_cache_dir to another directory", c.dir, info.Mode().Perm())
	}
	if c.refused != nil {
		root.Close()
		return nil, c.refused
	}
	c.root = root
	return root, nil
}

func mine(info fs.FileInfo) bool {
	st, ok := info.Sys().(*syscall.Stat_t)
	return ok && int(st.Uid) == os.Geteuid()
}

func entryName(key [32]byte) string { return hex.EncodeToString(key[:]) }

// isEntry tells entries from what else may lie in the directory, which is none of the cache's business.
func isEntry(name string) bool {
	b, err := hex.DecodeString(name)
	return err == nil && len(b) == sha256.Size
}

func checksum(key [32]byte, data []byte) []byte {
	h := sha256.New()
	h.Write(key[:])
	h.Write(data)
	return h.Sum(nil)
}

// Get reads an entry; nil if there is none that can be trusted.
func (c *DiskCache) Get(key [32]byte) []byte {
	root, err := c.open(false)
	if err != nil {
		return nil
	}
	name := entryName(key)
	b, why := read(root, name)
	switch {
	case b == nil && why == "":
		return nil
	case why != "":
	case len(b) < entryHead || string(b[:len(entryMagic)]) != entryMagic:
		why = "it has another format"
	case !bytes.Equal(checksum(key, b[entryHead:]), b[len(entryMagic):entryHead]):
		why = "its checksum differs"
	}
	if why != "" {
		c.discard(name, why)
		return nil
	}
	now := time.Now()
	_ = root.Chtimes(name, now, now) // the oldest go first when the directory is full
	return b[entryHead:]
}

// read returns the bytes of a file, or why it can't be trusted; neither if there is none.
func read(root *os.Root, name string) (b []byte, why string) {
	link, err := root.Lstat(name)
	if err != nil {
		return nil, ""
	}
	if !link.Mode().IsRegular() { // not opened at all: a link leads elsewhere, a pipe would wait for a writer
		return nil, "it is no regular file"
	}
	f, err := root.OpenFile(name, os.O_RDONLY|syscall.O_NOFOLLOW|syscall.O_NONBLOCK, 0)
	if err != nil {
		return nil, ""
	}
	defer f.Close()
	info, err := f.Stat()
	switch {
	case err != nil:
		return nil, ""
	case !os.SameFile(link, info) || !info.Mode().IsRegular():
		return nil, "it is no regular file"
	case !mine(info):
		return nil, "it belongs to another user"
	case info.Mode().Perm()&0o022 != 0:
		return nil, "others can write it"
	case info.Size() > maxEntrySize:
		return nil, "it is too large"
	}
	b = make([]byte, info.Size())
	if _, err := io.ReadFull(f, b); err != nil {
		return nil, ""
	}
	return b, ""
}

// Discard removes an entry that did not load.
func (c *DiskCache) Discard(key [32]byte) { c.discard(entryName(key), "XLA does not load it") }

func (c *DiskCache) discard(name, why string) {
	core.SecurityLog.Warn("a compiled program on disk is thrown away: "+why,
		"event", "compilation_cache_damaged", "key", name, "reason", why, "path", c.dir)
	if root, err := c.open(false); err == nil {
		_ = root.Remove(name)
	}
}

// Put stores an entry. Failures cost the entry and nothing else.
func (c *DiskCache) Put(key [32]byte, data []byte) bool {
	if len(data) > maxEntrySize-entryHead || c.MaxBytes >= 0 && int64(len(data)+entryHead) > c.MaxBytes {
		return false
	}
	root, err := c.open(true)
	if err != nil {
		return false
	}
	temp := tempPrefix + rand.Text()
	f, err := root.OpenFile(temp, os.O_WRONLY|os.O_CREATE|os.O_EXCL, 0o600)
	if err != nil {
		return false
	}
	for _, part := range [][]byte{[]byte(entryMagic), checksum(key, data), data} {
		if err == nil {
			_, err = f.Write(part)
		}
	}
	if e := f.Close(); err == nil {
		err = e
	}
	if err == nil {
		err = root.Rename(temp, entryName(key))
	}
	if err != nil {
		_ = root.Remove(temp)
		return false
	}
	c.mu.Lock()
	look := c.written%rescan == 0
	c.written++
	c.size += int64(len(data) + entryHead)
	look = look || c.MaxBytes >= 0 && c.size > c.MaxBytes
	c.mu.Unlock()
	if look {
		c.Trim()
	}
	return true
}

// Trim removes the entries used longest ago until the directory is within its bound, and temporary files left behind.
func (c *DiskCache) Trim() {
	root, err := c.open(false)
	if err != nil {
		return
	}
	d, err := root.Open(".")
	if err != nil {
		return
	}
	list, err := d.ReadDir(-1)
	d.Close()
	if err != nil {
		return
	}
	type entry struct {
		name string
		size int64
		at   time.Time
	}
	var es []entry
	var total int64
	for _, d := range list {
		temp := strings.HasPrefix(d.Name(), tempPrefix)
		if !temp && !isEntry(d.Name()) {
			continue
		}
		info, err := root.Lstat(d.Name())
		if err != nil || !info.Mode().IsRegular() {
			continue
		}
		if temp {
			if time.Since(info.ModTime()) > time.Hour {
				_ = root.Remove(d.Name())
			}
			continue
		}
		es = append(es, entry{d.Name(), info.Size(), info.ModTime()})
		total += info.Size()
	}
	if c.MaxBytes >= 0 && total > c.MaxBytes {
		sort.Slice(es, func(i, j int) bool { return es[i].at.Before(es[j].at) })
		removed := 0
		for _, e := range es {
			if total <= c.MaxBytes*9/10 {
				break
			}
			if root.Remove(e.name) == nil {
				total -= e.size
				removed++
			}
		}
		core.CacheLog.Debug("compiled programs used longest ago were removed", "event", "compilation_cache_trimmed", "entries", removed, "bytes", total)
	}
	c.mu.Lock()
	c.size = total
	c.mu.Unlock()
}
