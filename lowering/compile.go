package lowering

import (
	"context"
	"crypto/sha256"
	"encoding/binary"
	"encoding/json"
	"fmt"
	"log/slog"
	"maps"
	"math"
	"os"
	"path/filepath"
	"runtime"
	"strings"
	"sync"
	"time"

	"github.com/jaxgo/jaxgo/core"
	"github.com/jaxgo/jaxgo/lowering/pjrt"
)

func float64bits(f float64) uint64 { return math.Float64bits(f) }

// Version is jaxgo's, set by the Python package: programs on disk belong to the version that wrote them.
var Version = "devel"

// ExplainCacheMisses makes each program that was not found on disk a warning, as jax_explain_cache_misses does.
var ExplainCacheMisses bool

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

// An environment is what a compiled program depends on besides its text and its options.
type environment struct {
	Version                 string // jaxgo's
	Plugin, PlatformVersion string
	PluginSize, PluginTime  int64 // of the file: plugins tell little of themselves
	OS, Arch, Processor     string
	XLAFlags                string
}

var currentEnvironment = sync.OnceValue(func() environment {
	e := environment{
		Version:         Version,
		Plugin:          state.path,
		PlatformVersion: state.client.PlatformVersion,
		OS:              runtime.GOOS,
		Arch:            runtime.GOARCH,
		Processor:       cpuFeatures(),
		XLAFlags:        os.Getenv("XLA_FLAGS"),
	}
	if info, err := os.Stat(state.path); err == nil {
		e.PluginSize, e.PluginTime = info.Size(), info.ModTime().UnixNano()
	}
	return e
})

// cacheKey is the name of a compiled program on disk.
func cacheKey(e environment, options, text []byte) (key [32]byte) {
	env, err := json.Marshal(e)
	fail(err)
	h := sha256.New()
	for _, part := range [][]byte{env, options, text} {
		h.Write(binary.LittleEndian.AppendUint64(nil, uint64(len(part)))) // so that no part can run into the next
		h.Write(part)
	}
	h.Sum(key[:0])
	return key
}

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

// DisableMostOptimizations is the configuration's jax_disable_most_optimizations.
var DisableMostOptimizations bool

var fewOptimizations = map[string]any{"xla_backend_optimization_level": 0, "xla_llvm_disable_expensive_passes": true, "xla_test_all_input_layouts": false}

// DumpDir is the configuration's jax_dump_ir_to: the directory that modules are written to before they are compiled.
var DumpDir string

var dumped int

// dump writes a module to DumpDir under the name that JAX gives it.
func dump(text []byte) {
	name, _, _ := strings.Cut(strings.TrimPrefix(string(text[:min(len(text), 256)]), "module @"), " ")
	file := filepath.Join(DumpDir, fmt.Sprintf("jax_ir%04d_%s_compile.mlir", dumped, name))
	dumped++
	err := os.MkdirAll(DumpDir, 0o750)
	if err == nil {
		err = os.WriteFile(file, text, 0o600)
	}
	if err != nil {
		core.Errorf(core.OSError, "jax_dump_ir_to: %v", err)
	}
}

// Compiles counts the programs that XLA compiled, and those that were loaded from disk.
var Compiles, Loads int

// compile compiles a module, or finds it compiled on disk unless it means something in this process only.
func compile(text []byte, name string, storable bool, overrides map[string]any) *pjrt.Executable {
	c := Client()
	registerTargets(text)
	if DumpDir != "" {
		dump(text)
	}
	opts := compileOptions
	if DisableMostOptimizations || overrides != nil {
		opts.Overrides = maps.Clone(opts.Overrides)
		if DisableMostOptimizations {
			maps.Copy(opts.Overrides, fewOptimizations)
		}
		maps.Copy(opts.Overrides, overrides)
	}
	o, err := opts.Encode()
	fail(err)
	var e *pjrt.Executable
	loaded := false
	Blocking(func() { e, loaded, err = compileOrLoad(c, text, o, name, storable) })
	fail(err)
	if loaded {
		Loads++
	} else {
		Compiles++
	}
	return e
}

func compileOrLoad(c *pjrt.Client, text, options []byte, name string, storable bool) (e *pjrt.Executable, loaded bool, err error) {
	disk, o := diskCache()
	if !storable {
		disk = nil
	}
	start := time.Now()
	var key [32]byte
	if disk != nil {
		key = cacheKey(currentEnvironment(), options, text)
		if b := disk.Get(key); b != nil {
			if e, err = c.Deserialize(b); err == nil {
				logCache(core.CompileLevel(), "compilation_cache_hit", "Persistent compilation cache hit for '%s' with key '%s'", name, key, len(b))
				logCompiled(name, start)
				return e, true, nil
			}
			disk.Discard(key)
		}
		level := slog.LevelDebug
		if ExplainCacheMisses {
			level = slog.LevelWarn
		}
		logCache(level, "compilation_cache_miss", "PERSISTENT COMPILATION CACHE MISS for '%s' with key '%s'", name, key, 0)
	}
	e, err = c.Compile(text, options)
	if err != nil {
		return nil, false, err
	}
	logCompiled(name, start)
	if disk != nil && time.Since(start) >= o.MinCompileTime {
		if b, err := e.Serialize(); err == nil && int64(len(b)) >= o.MinEntryBytes && disk.Put(key, b) {
			logCache(slog.LevelDebug, "compilation_cache_write", "Writing %s to persistent compilation cache with key '%s'", name, key, len(b))
		}
	}
	return e, false, nil
}

// logCompiled reports that a program is ready, from XLA or from disk, as JAX does for both.
func logCompiled(name string, start time.Time) {
	core.LogElapsed("compile", "Finished XLA compilation of %s in %.9f sec", "jit("+name+")", start)
}

func logCache(level slog.Level, event, text, name string, key [32]byte, bytes int) {
	if ctx := context.Background(); core.CacheLog.Enabled(ctx, level) {
		program, k := "jit_"+name, entryName(key)
		core.CacheLog.Log(ctx, level, fmt.Sprintf(text, program, k), "event", event, "program", program, "key", k, "bytes", bytes)
	}
}

// logTypes reports what is about to be compiled.
func logTypes(j *core.ClosedJaxpr, name string) {
	ctx, level := context.Background(), core.CompileLevel()
	if !core.CompileLog.Enabled(ctx, level) {
		return
	}
	types, mapping := make([]string, len(j.In)), make([]string, len(j.In))
	for i, v := range j.In {
		a, weak := v.Aval(), ""
		if a.Weak {
			weak = ", weak_type=True"
		}
		types[i], mapping[i] = "ShapedArray("+a.Name()+weak+")", "UnspecifiedValue"
	}
	program := "jit(" + name + ")"
	core.CompileLog.Log(ctx, level, fmt.Sprintf("Compiling %s with global shapes and types [%s]. Argument mapping: [%s].",
		program, strings.Join(types, ", "), strings.Join(mapping, ", ")), "event", "lower", "program", program)
}
