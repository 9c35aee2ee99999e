package pybind

/*
#include "jgpy.h"
*/
import "C"

import (
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
	configSetters["numpy_rank_promotion"] = func(v *core.Arg) {
		numpy.RankPromotion = map[string]numpy.RankMode{"allow": numpy.AllowRank, "warn": numpy.WarnRank, "raise": numpy.RaiseRank}[v.S]
	}
	configSetters["explicit_x64_dtypes"] = func(v *core.Arg) { core.ExplicitX64 = v.S == "allow" || v.I == 3 }
	configSetters["check_static_indices"] = func(v *core.Arg) { numpy.CheckStaticIndices = v.I != 0 }
	configSetters["default_matmul_precision"] = func(v *core.Arg) {
		lax.DefaultMatmulPrecision = string([]byte(v.S))
	}
	check := func(set func(on bool)) func(v *core.Arg) {
		return func(v *core.Arg) {
			set(v.I != 0)
			clearCaches() // programs are made so that they check, or not
		}
	}
	configSetters["debug_nans"] = check(func(on bool) { lowering.Checks.NaN = on })
	configSetters["debug_infs"] = check(func(on bool) { lowering.Checks.Inf = on })
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
