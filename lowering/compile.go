package lowering

import (
	"crypto/sha256"
	"encoding/binary"
	"maps"
	"math"
	"os"
	"runtime"
	"strings"
	"sync"
	"time"

	"github.com/jaxgo/jaxgo/lowering/pjrt"
)

func float64bits(f float64) uint64 { return math.Float64bits(f) }

// Log reports an event; Python sends it to the logger "jaxgo". Never array contents.
var Log = func(event string, pairs ...string) {}

// CacheOptions steer the cache on disk; the names of the configuration are JAX's.
type CacheOptions struct {
	Enabled        bool
	Dir            string // "": DefaultCacheDir
	MinCompileTime time.Duration
	MinEntryBytes  int64
	MaxBytes       int64
}

var cacheState struct {
	sync.Mutex
	opts CacheOptions
	disk *DiskCache
}

func init() { cacheState.opts = CacheOptions{Enabled: true, MaxBytes: 1 << 30} }

// SetCacheOptions changes the options; the directory is opened at the next use.
func SetCacheOptions(f func(o *CacheOptions)) {
	cacheState.Lock()
	defer cacheState.Unlock()
	f(&cacheState.opts)
	cacheState.disk = nil
}

// diskCache is the cache in use, or nil.
func diskCache() (*DiskCache, CacheOptions) {
	cacheState.Lock()
	defer cacheState.Unlock()
	o := cacheState.opts
	if !o.Enabled {
		return nil, o
	}
	if cacheState.disk == nil {
		dir := o.Dir
		if dir == "" {
			dir = DefaultCacheDir()
		}
		if dir == "" {
			return nil, o
		}
		cacheState.disk = NewDiskCache(dir, o.MaxBytes)
	}
	return cacheState.disk, o
}

// programs are the compiled programs of this process by the hash of their text.
var programs = programCache{m: map[[32]byte]*pjrt.Executable{}}

type programCache struct{ m map[[32]byte]*pjrt.Executable }

func (c *programCache) clear() { clear(c.m) }

// environment is what a compiled program depends on besides its text: the plugin, the processor, jaxgo.
var environment = sync.OnceValue(func() []byte {
	h := sha256.New()
	path := state.path
	if info, err := os.Stat(path); err == nil {
		var b [16]byte
		binary.LittleEndian.PutUint64(b[:], uint64(info.Size()))
		binary.LittleEndian.PutUint64(b[8:], uint64(info.ModTime().UnixNano()))
		h.Write(b[:])
	}
	h.Write([]byte(path + "\x00" + state.client.PlatformVersion + "\x00" + runtime.GOARCH + "\x00" + runtime.GOOS + "\x00"))
	h.Write([]byte(cpuFeatures() + "\x00" + os.Getenv("XLA_FLAGS")))
	return h.Sum(nil)
})

// cpuFeatures are the processor's model and flags: XLA compiles for those of the machine.
func cpuFeatures() string {
	b, err := os.ReadFile("/proc/cpuinfo")
	if err != nil {
		return ""
	}
	var s strings.Builder
	for line := range strings.Lines(string(b)) {
		key, _, _ := strings.Cut(line, ":")
		switch strings.TrimSpace(key) {
		case "model name", "flags", "Features", "CPU part":
			s.WriteString(line)
		case "":
			return s.String() // one processor is enough
		}
	}
	return s.String()
}

// compileOptions are those of every program. XLA's fast minimum and maximum lose NaNs; JAX's keep them.
var compileOptions = pjrt.CompileOptions{NumReplicas: 1, NumPartitions: 1, Overrides: map[string]any{"xla_cpu_enable_fast_min_max": false}}

// Compiles counts the programs that XLA compiled, and those that were loaded from disk.
var Compiles, Loads int

// compile compiles a module, or finds it compiled on disk unless it means something in this process only.
func compile(text []byte, storable bool, overrides map[string]any) *pjrt.Executable {
	c := Client()
	opts := compileOptions
	if overrides != nil {
		opts.Overrides = maps.Clone(opts.Overrides)
		maps.Copy(opts.Overrides, overrides)
	}
	o, err := opts.Encode()
	fail(err)
	var e *pjrt.Executable
	loaded := false
	Blocking(func() { e, loaded, err = compileOrLoad(c, text, o, storable) })
	fail(err)
	if loaded {
		Loads++
	} else {
		Compiles++
	}
	return e
}

func compileOrLoad(c *pjrt.Client, text, options []byte, storable bool) (e *pjrt.Executable, loaded bool, err error) {
	disk, o := diskCache()
	if !storable {
		disk = nil
	}
	var key [32]byte
	if disk != nil {
		h := sha256.New()
		h.Write(environment())
		h.Write(options)
		h.Write(text)
		h.Sum(key[:0])
		if b := disk.Get(key); b != nil {
			if e, err = c.Deserialize(b); err == nil {
				Log("compilation_cache_hit")
				return e, true, nil
			}
			disk.Discard(key)
		}
	}
	start := time.Now()
	e, err = c.Compile(text, options)
	if err != nil {
		return nil, false, err
	}
	took := time.Since(start)
	Log("compile", "seconds", took.String())
	if disk != nil && took >= o.MinCompileTime {
		if b, err := e.Serialize(); err == nil && int64(len(b)) >= o.MinEntryBytes {
			disk.Put(key, b)
		}
	}
	return e, false, nil
}
