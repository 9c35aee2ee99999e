package pybind

/*
#include "jgpy.h"
*/
import "C"

import (
	"strings"
	"time"
	"unsafe"

	"github.com/jaxgo/jaxgo/core"
	"github.com/jaxgo/jaxgo/core/dtype"
	"github.com/jaxgo/jaxgo/core/lax"
	"github.com/jaxgo/jaxgo/core/nn"
	"github.com/jaxgo/jaxgo/core/numpy"
	"github.com/jaxgo/jaxgo/core/random"
	"github.com/jaxgo/jaxgo/lowering"
)

func init() {
	numpy.Warn = func(category, msg string) {
		c, m := C.CString(category), C.CString(msg)
		defer C.free(unsafe.Pointer(c))
		defer C.free(unsafe.Pointer(m))
		th := core.Current()
		rc := C.jg_warn(c, m)
		core.SetCurrent(th)
		if rc != 0 {
			core.Errorf(core.ExceptionAlreadyInPython, "")
		}
	}
	configSetters["numpy_dtype_promotion"] = func(v *core.Arg) {
		numpy.PromotionMode = dtype.Standard
		if v.S == "strict" {
			numpy.PromotionMode = dtype.Strict
		}
	}
	configSetters["default_prng_impl"] = func(v *core.Arg) {
		if d, ok := dtype.KeyFromImpl(string([]byte(v.S))); ok {
			random.DefaultImpl = d
		}
	}
	configSetters["enable_custom_prng"] = func(v *core.Arg) { random.CustomPRNG = v.I != 0 }
	configSetters["high_dynamic_range_gumbel"] = func(v *core.Arg) { random.HighDynamicRangeGumbel = v.I != 0 }
	configSetters["legacy_prng_key"] = func(v *core.Arg) {
		random.LegacyKey = map[string]random.LegacyKeyMode{"warn": random.WarnLegacyKey, "error": random.RefuseLegacyKey}[v.S]
	}
	configSetters["numpy_rank_promotion"] = func(v *core.Arg) {
		numpy.RankPromotion = map[string]numpy.RankMode{"allow": numpy.AllowRank, "warn": numpy.WarnRank, "raise": numpy.RaiseRank}[v.S]
	}
	configSetters["explicit_x64_dtypes"] = func(v *core.Arg) { core.ExplicitX64 = v.S == "allow" || v.I == 3 }
	configSetters["check_static_indices"] = func(v *core.Arg) { numpy.CheckStaticIndices = v.I != 0 }
	configSetters["default_matmul_precision"] = func(v *core.Arg) {
		lax.DefaultMatmulPrecision = string([]byte(v.S))
	}
	configSetters["debug_nans"] = func(v *core.Arg) { lowering.Checks.NaN = v.I != 0 }
	configSetters["debug_infs"] = func(v *core.Arg) { lowering.Checks.Inf = v.I != 0 }
	setX64(false)
	configSetters["x64"] = func(v *core.Arg) { setX64(v.I != 0) }
	// epoch: the number of what a program depends on
	configSetters["epoch"] = func(v *core.Arg) { C.jg_config_epoch = C.uint32_t(v.I) }
	core.OnSwitch = switchSettings
	// set_config(name, value): the process's value of an option
	provide1("set_config", func(a *core.Args) any {
		setProcess(a.Str(0), &a.List[1])
		return nil
	})
	// set_own_config(thread, name, value, the process's value): a thread's own value
	provide1("set_own_config", func(a *core.Args) any {
		name := string([]byte(a.Str(1)))
		settings[name] = keptSetting(&a.List[3])
		setOwn(a.Int(0), name, &a.List[2])
		return nil
	})
	// unset_own_config(thread, name): the thread has the process's value again
	provide1("unset_own_config", func(a *core.Args) any {
		setOwn(a.Int(0), a.Str(1), nil)
		return nil
	})
	configSetters["transfer_guard"] = func(v *core.Arg) { lowering.SetTransferGuard(lowering.TransferGuard(strings.Clone(v.S))) }
	configSetters["transfer_guard_host_to_device"] = func(v *core.Arg) {
		lowering.SetTransferGuardToDevice(lowering.TransferGuard(strings.Clone(v.S)))
	}
	// explicit_transfers(on) -> before
	provide1("explicit_transfers", func(a *core.Args) any {
		before := lowering.ExplicitTransfer
		lowering.ExplicitTransfer = a.Bool(0)
		return before
	})
	configSetters["allow_f16_reductions"] = func(v *core.Arg) { lax.AllowF16Reductions = v.I != 0 }
	configSetters["random_seed_offset"] = func(v *core.Arg) { random.SeedOffset = v.I }
	configSetters["disable_most_optimizations"] = func(v *core.Arg) { lowering.DisableMostOptimizations = v.I != 0 }
	configSetters["dump_ir_to"] = func(v *core.Arg) { lowering.DumpDir = string([]byte(v.S)) }
	configSetters["softmax_custom_jvp"] = func(v *core.Arg) { nn.SoftmaxCustomJVP = v.I != 0 }
	cache := func(f func(o *lowering.CacheOptions, v *core.Arg)) func(v *core.Arg) {
		return func(v *core.Arg) { lowering.SetCacheOptions(func(o *lowering.CacheOptions) { f(o, v) }) }
	}
	configSetters["compilation_cache_dir"] = cache(func(o *lowering.CacheOptions, v *core.Arg) { o.Dir = string([]byte(v.S)) })
	configSetters["enable_compilation_cache"] = cache(func(o *lowering.CacheOptions, v *core.Arg) { o.Enabled = v.I != 0 })
	configSetters["persistent_cache_min_compile_time_secs"] = cache(func(o *lowering.CacheOptions, v *core.Arg) {
		o.MinCompileTime = time.Duration(number(v) * float64(time.Second))
	})
	configSetters["persistent_cache_min_entry_size_bytes"] = cache(func(o *lowering.CacheOptions, v *core.Arg) { o.MinEntryBytes = int64(number(v)) })
	configSetters["compilation_cache_max_size"] = cache(func(o *lowering.CacheOptions, v *core.Arg) { o.MaxBytes = int64(number(v)) })
	provide("compile_counts", func(a *core.Args) []any { return []any{lowering.Compiles, lowering.Loads} })
}

func number(v *core.Arg) float64 {
	if v.Kind == core.ArgFloat {
		return real(v.F)
	}
	return float64(v.I)
}

// configSetters install the values of the options that Go reads.
var configSetters = map[string]func(v *core.Arg){}

// settings are the process's values: those of a thread without its own. What equals the default may be missing.
var settings = map[string]core.Arg{}

// keptSetting is a value that outlives the call.
func keptSetting(v *core.Arg) core.Arg {
	k := core.Arg{Kind: v.Kind, D: v.D, I: v.I, F: v.F}
	if v.Kind == core.ArgStr {
		k.S = string([]byte(v.S))
	}
	return k
}

func setProcess(name string, v *core.Arg) {
	install := configSetters[name]
	if install == nil {
		return
	}
	name = string([]byte(name))
	settings[name] = keptSetting(v)
	if _, own := core.Current().Own[name]; !own {
		install(v)
	}
}

// setOwn gives a thread its own value of an option, or takes it away.
func setOwn(thread int, name string, v *core.Arg) {
	install := configSetters[name]
	if install == nil {
		return
	}
	th := threadOf(int64(thread))
	had := len(th.Own) > 0
	effective := settings[name]
	if v == nil {
		delete(th.Own, name)
	} else {
		if th.Own == nil {
			th.Own = map[string]core.Arg{}
		}
		effective = keptSetting(v)
		th.Own[name] = effective
	}
	switch has := len(th.Own) > 0; {
	case has && !had:
		C.jg_own_settings++
	case had && !has:
		C.jg_own_settings--
	}
	if th == core.Current() {
		install(&effective)
	}
}

// switchSettings installs what the thread that becomes current has other than the one before.
func switchSettings(from, to *core.Thread) {
	for name := range from.Own {
		if _, own := to.Own[name]; !own {
			v := settings[name]
			configSetters[name](&v)
		}
	}
	for name, v := range to.Own {
		configSetters[name](&v)
	}
}

// jgSettle makes the calling thread's settings those that C reads.
//
//export jgSettle
func jgSettle(tid C.int64_t) { core.SetCurrent(threadOf(int64(tid))) }

func setX64(on bool) {
	core.X64 = on
	C.jg_x64 = 0
	if on {
		C.jg_x64 = 1
	}
	for i, d := range []dtype.DType{dtype.Bool, dtype.Int64, dtype.Float64, dtype.Complex128} {
		C.jg_scalar_avals[i] = C.uint32_t(core.MakeAval(dtype.Canonicalize(d, on), nil, i > 0).ID())
	}
}
