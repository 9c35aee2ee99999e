"""Configuration: JAX's names, read from the environment when imported, changed by `config.update` or a context manager.

>>> import jaxgo as jax
>>> jax.config.jax_enable_x64
False
>>> with jax.enable_x64(True):
...     print(jax.numpy.arange(2).dtype)
int64
"""

from __future__ import annotations

import os
import sys
import threading
from typing import Any

from . import _fast

# ---- whose value counts ----


class _Thread(threading.local):
    """The contexts that a thread is inside of."""

    def __init__(self):
        self.own = _Own()


class _Own:
    """For each option, the values of a thread's contexts, the innermost last."""

    __slots__ = ("tid", "values")

    def __init__(self):
        self.tid, self.values = _fast.tid(), {}

    def __del__(self):  # a thread ended inside of a context, such as that of a generator nobody went on with
        if self.values and _inside and self in _inside:  # the interpreter may be on its way out
            _inside.remove(self)
            for name in self.values:
                config._states[name]._tell_own(self.tid)
            _fast.call("unset_own_config", self.tid, "epoch")


_inside: list[_Own] = []  # of the threads inside of contexts; while there are none, nobody looks for them
_epochs: dict = {(): 0}


def _epoch(values: dict):
    """Programs belong to the configuration that they were traced under: each combination has a number."""
    key = tuple(
        (n, str(v)) for n, s in config._states.items() if (v := values[n][-1] if n in values else s._global) != s.default and n not in _NO_MATTER
    )
    return _epochs.setdefault(key, len(_epochs))


def settings_of(epoch: int) -> dict:
    """What a configuration has beside the defaults, as text."""
    return dict(next(key for key, n in _epochs.items() if n == epoch))


def _tell_epochs():
    _fast.call("set_config", "epoch", _epoch({}))
    for own in _inside:
        _tell_own_epoch(own)


def _tell_own_epoch(own):
    if own.values:
        _fast.call("set_own_config", own.tid, "epoch", _epoch(own.values), _epoch({}))
    else:
        _fast.call("unset_own_config", own.tid, "epoch")


# What a program is does not depend on these.
_NO_MATTER = frozenset(
    (
        "jax_no_tracing",
        "jax_log_compiles",
        "jax_explain_cache_misses",
        "jax_log_checkpoint_residuals",
        "jax_num_cpu_devices",
        "jax_compilation_cache_dir",
    )
)


def _same(value):
    return value


class NoDefault:
    def __repr__(self):
        return "<no default>"


no_default = NoDefault()


def _bool(text: str) -> bool:
    t = text.strip().lower()
    if t in ("y", "yes", "t", "true", "on", "1"):
        return True
    if t in ("n", "no", "f", "false", "off", "0"):
        return False
    raise ValueError(f"invalid truth value {text!r}")


class State:
    """One option: the process's value, and a context manager that sets it for a while for the calling thread."""

    def __init__(self, name, default, kind, doc="", values=None, on_change=None, go=None):
        self.name, self.kind, self.doc, self.values, self.on_change = name, kind, doc, values, on_change
        self.go, self.as_go = go if isinstance(go, tuple) else (go, _same)  # the name that Go has for it, and how the value becomes Go's
        self.default = self._global = default
        config._states[name] = self
        env = os.environ.get(name.upper())
        if env is not None:
            try:
                self.set(_bool(env) if kind is bool else kind(env) if kind else env)
            except ValueError as e:
                raise ValueError(f"environment variable {name.upper()}: {e}") from None

    @property
    def value(self):
        """What counts for the calling thread: its innermost context's value, or the process's."""
        if _inside:
            values = _thread.own.values.get(self.name)
            if values:
                return values[-1]
        return self._global

    def _checked(self, value):
        if self.kind is bool and value is not None:
            if not isinstance(value, (bool, int)):
                raise TypeError(f"new value for {self.name} must be bool, got {value} of type {type(value)}.")
            value = bool(value)
        if self.values is not None and value is not None and value not in self.values:
            raise ValueError(f"new enum value must be in {self.values}, got {value} of type {type(value)}.")
        return value

    def _changes(self, to):
        """Whether the value would be another one; whoever is to know of it before is told."""
        now = self.value
        if to == now and type(to) is type(now):
            return False
        if self.on_change is not None:
            self.on_change(to)
        return True

    def set(self, value):
        """Sets the option for the process."""
        value = self._checked(value)
        if self.name not in _thread.own.values:
            self._changes(value)
        if value == self._global and type(value) is type(self._global):
            return
        if self.go is not None:
            _fast.call("set_config", self.go, self.as_go(value))
        self._global = value
        _tell_epochs()

    set_global = set

    def get_global(self):
        """The option outside of all contexts."""
        return self._global

    def get_local(self):
        """The value of the calling thread's innermost context, or `no_default`."""
        values = _thread.own.values.get(self.name)
        return values[-1] if values else no_default

    def _push(self, value):
        value = self._checked(value)
        changes = self._changes(value)
        own = _thread.own
        if not own.values:
            _inside.append(own)
        own.values.setdefault(self.name, []).append(value)
        self._tell_own(own.tid, value)
        if changes:
            _tell_own_epoch(own)

    def _pop(self):
        own = _thread.own
        values = own.values.get(self.name)
        if not values:  # a generator that another thread goes on with: the context was that thread's
            return
        before = values.pop()
        if not values:
            del own.values[self.name]
            if not own.values:
                _inside.remove(own)
        now = values[-1] if values else self._global
        self._tell_own(own.tid, *values[-1:])
        if before != now or type(before) is not type(now) or not own.values:
            if self.on_change is not None:
                self.on_change(now)
            _tell_own_epoch(own)

    def _tell_own(self, tid, *value):
        if self.go is None:
            return
        if value:
            _fast.call("set_own_config", tid, self.go, self.as_go(value[0]), self.as_go(self._global))
        else:
            _fast.call("unset_own_config", tid, self.go)

    def __call__(self, new_val: Any = no_default):
        if new_val is no_default:
            if self.kind is not bool:
                raise TypeError(f"{self.name}: a value is needed")
            new_val = True
        return _Setting(self, new_val)


class _Setting:
    def __init__(self, state, value):
        self.state, self.new = state, value

    def __enter__(self):
        self.state._push(self.new)

    def __exit__(self, *exc):
        self.state._pop()
        return False

    def __call__(self, fun):
        """As a decorator: the setting holds during each call."""
        import functools

        @functools.wraps(fun)
        def with_setting(*args, **kwargs):
            with _Setting(self.state, self.new):
                return fun(*args, **kwargs)

        return with_setting


class Config:
    """The options by name; reading an unknown one is an AttributeError, as in JAX."""

    def __init__(self):
        object.__setattr__(self, "_states", {})

    def __getattr__(self, name):
        try:
            return self._states[name].value
        except KeyError:
            raise AttributeError(f"Unrecognized config option: {name}") from None

    def __setattr__(self, name, value):
        raise AttributeError("use config.update")

    def update(self, name: str, value: Any) -> None:
        """Sets an option for the whole process."""
        if name not in self._states:
            raise AttributeError(f"Unrecognized config option: {name}")
        self._states[name].set(value)

    def read(self, name: str):
        return getattr(self, name)

    @property
    def values(self):
        return {n: s.value for n, s in self._states.items()}

    @property
    def x64_enabled(self):
        return self.jax_enable_x64

    def parse_flags_with_absl(self):
        """Does nothing: options come from the environment and from `update`."""


config = Config()


_thread = _Thread()


def define(name, default, kind, doc="", values=None, on_change=None, go=None) -> State:
    return State(name, default, kind, doc, values, on_change, go)


enable_x64 = define("jax_enable_x64", False, bool, "64-bit types are kept as they are.", go="x64")
numpy_dtype_promotion = define(
    "jax_numpy_dtype_promotion", "standard", None, "How dtypes of operands are joined.", ("standard", "strict"), go="numpy_dtype_promotion"
)
numpy_rank_promotion = define(
    "jax_numpy_rank_promotion", "allow", None, "What to do when operands differ in rank.", ("allow", "warn", "raise"), go="numpy_rank_promotion"
)
check_static_indices = define("jax_check_static_indices", False, bool, "Known indices out of bounds are errors.", go="check_static_indices")
default_matmul_precision = define("jax_default_matmul_precision", None, None, "Precision of matrix products.", go="default_matmul_precision")
disable_jit_state = define("jax_disable_jit", False, bool, "jit runs functions operation by operation.")
debug_nans = define("jax_debug_nans", False, bool, "Every result is checked for NaN.", go="debug_nans")
debug_infs = define("jax_debug_infs", False, bool, "Every result is checked for infinities.", go="debug_infs")


def _check_leaks(on):
    if on:
        from . import _leaks  # noqa: F401 - it says who holds what


check_tracer_leaks = define(
    "jax_check_tracer_leaks", False, bool, "Leaked tracers are found when the trace ends.", on_change=_check_leaks, go="check_tracer_leaks"
)
threefry_partitionable = define("jax_threefry_partitionable", True, bool, "Counters of random bits are independent of the shape.")
default_prng_impl = define(
    "jax_default_prng_impl",
    "threefry2x32",
    None,
    "The implementation of random.key.",
    ("threefry2x32", "rbg", "unsafe_rbg"),
    go="default_prng_impl",
)
enable_custom_prng = define("jax_enable_custom_prng", False, bool, "PRNGKey returns typed keys.", go="enable_custom_prng")
legacy_prng_key = define(
    "jax_legacy_prng_key", "allow", None, "What is done where a raw key is given.", ("allow", "warn", "error"), go="legacy_prng_key"
)
high_dynamic_range_gumbel = define(
    "jax_high_dynamic_range_gumbel", False, bool, "The default mode of random.gumbel is high.", go="high_dynamic_range_gumbel"
)
softmax_custom_jvp = define("jax_softmax_custom_jvp", False, bool, "softmax has a derivative rule of its own.", go="softmax_custom_jvp")
platforms = define("jax_platforms", os.environ.get("JAX_PLATFORM_NAME") or None, None, "Comma-separated platforms to try.")
platform_name = define("jax_platform_name", "", None, "The platform to use; prefer jax_platforms.")


def _devices_wanted(n):
    if _fast.call("client_started"):
        raise RuntimeError(
            "jax_num_cpu_devices config should be updated before backends are initialized i.e. before any JAX operation is "
            "executed. You should initialize this config immediately after `import jax`."
        )


num_cpu_devices = define("jax_num_cpu_devices", -1, int, "How many devices the CPU is shown as.", on_change=_devices_wanted)
default_device = define("jax_default_device", None, None, "The device of new arrays.")
compilation_cache_dir = define("jax_compilation_cache_dir", None, None, "Where compiled programs are kept.", go="compilation_cache_dir")
enable_compilation_cache = define("jax_enable_compilation_cache", True, bool, "Compiled programs are kept on disk.", go="enable_compilation_cache")
cache_min_time = define(
    "jax_persistent_cache_min_compile_time_secs",
    0.0,
    float,
    "Programs that compile faster are not kept.",
    go="persistent_cache_min_compile_time_secs",
)
cache_min_size = define(
    "jax_persistent_cache_min_entry_size_bytes", 0, int, "Smaller programs are not kept.", go="persistent_cache_min_entry_size_bytes"
)
cache_max_size = define(
    "jax_compilation_cache_max_size", 1 << 30, int, "Bound of the cache directory in bytes; -1: none.", go="compilation_cache_max_size"
)
log_compiles = define("jax_log_compiles", False, bool, "Each compilation is logged.", go="log_compiles")
explain_cache_misses = define("jax_explain_cache_misses", False, bool, "Programs that were not found on disk are logged.", go="explain_cache_misses")


def _logging(name):
    """Tells _logging, once that was imported; it looks itself before."""

    def change(value):
        if "jaxgo._logging" in sys.modules:
            getattr(sys.modules["jaxgo._logging"], name)(value)

    return change


logging_level = define(
    "jax_logging_level",
    "NOTSET",
    None,
    "Records from this level on go to stderr.",
    ("NOTSET", "DEBUG", "INFO", "WARNING", "ERROR", "CRITICAL"),
    on_change=_logging("set_level"),
)
debug_log_modules = define("jax_debug_log_modules", "", None, "All that these loggers tell goes to stderr.", on_change=_logging("set_modules"))
debug_key_reuse = define("jax_debug_key_reuse", False, bool, "Random keys may be used once.")
traceback_filtering = define(
    "jax_traceback_filtering",
    "auto",
    None,
    "How internal frames are hidden.",
    ("off", "tracebackhide", "remove_frames", "quiet_remove_frames", "auto"),
)
explicit_x64_dtypes = define(
    "jax_explicit_x64_dtypes",
    "warn",
    None,
    "64-bit dtypes asked for without x64.",
    go=("explicit_x64_dtypes", lambda v: str(getattr(v, "name", v)).lower()),
)
_GUARDS = ("allow", "log", "disallow", "log_explicit", "disallow_explicit")
transfer_guard = define("jax_transfer_guard", None, None, "What is done about implicit transfers to a device.", _GUARDS, go="transfer_guard")
transfer_guard_host_to_device = define(
    "jax_transfer_guard_host_to_device", None, None, "The same, where it differs.", _GUARDS, go="transfer_guard_host_to_device"
)
allow_f16_reductions = define("jax_allow_f16_reductions", True, bool, "reduce_sum takes 16-bit floats.", go="allow_f16_reductions")
random_seed_offset = define("jax_random_seed_offset", 0, int, "Added to every seed.", go="random_seed_offset")
disable_bwd_checks = define("jax_disable_bwd_checks", False, bool, "Cotangents of custom_vjp are taken as they are.")
no_tracing = define("jax_no_tracing", False, bool, "Tracing a function for jit again is an error.")
no_execution = define("jax_no_execution", False, bool, "Running a compiled function is an error.")
disable_most_optimizations = define(
    "jax_disable_most_optimizations", False, bool, "XLA optimizes little, to compile sooner.", go="disable_most_optimizations"
)
dump_ir_to = define("jax_dump_ir_to", "", None, "Directory that every compiled StableHLO module is written to.", go="dump_ir_to")

# Options that JAX has and that change nothing here: accepted so that programs which set them run.
for _name, _default, _kind in (
    ("jax_use_direct_linearize", True, bool),
    ("jax_enable_checks", False, bool),
    ("jax_use_shardy_partitioner", True, bool),
    ("jax_include_full_tracebacks_in_locations", True, bool),
    ("jax_array_garbage_collection_guard", None, None),
    ("jax_xla_backend", None, None),
    ("jax_optimization_level", "UNKNOWN", None),
    ("jax_memory_fitting_level", "UNKNOWN", None),
    ("jax_exec_time_optimization_effort", 0.0, float),
    ("jax_memory_fitting_effort", 0.0, float),
    ("jax_raise_persistent_cache_errors", False, bool),
    ("jax_hlo_source_file_canonicalization_regex", None, None),
    ("jax_mutable_array_checks", True, bool),
    ("jax_error_checking_behavior_nan", "ignore", None),
    ("jax_error_checking_behavior_divide", "ignore", None),
    ("jax_error_checking_behavior_oob", "ignore", None),
    ("jax_pprint_use_color", False, bool),
    ("jax_traceback_in_locations_limit", 10, int),
    ("jax_persistent_cache_enable_xla_caches", "none", None),
    ("jax_compilation_cache_include_metadata_in_key", False, bool),
    ("jax_cpu_enable_async_dispatch", True, bool),
    ("jax_threefry_gpu_kernel_lowering", False, bool),
    ("jax_use_simplified_jaxpr_constants", False, bool),
    ("jax_compiler_enable_remat_pass", True, bool),
    ("jax_bcoo_cusparse_lowering", False, bool),
    ("jax_custom_vjp3", False, bool),
    ("jax_scan3", False, bool),
    ("jax_remat3", False, bool),
    ("jax_thread_guard", False, bool),
    ("jax_auto_pcast", True, bool),
    ("jax_remove_size_one_mesh_axis_from_type", False, bool),
    ("jax2tf_associative_scan_reductions", False, bool),
    ("jax_transfer_guard_device_to_device", None, None),
    ("jax_transfer_guard_device_to_host", None, None),
    ("jax_disallow_mesh_context_manager", False, bool),
    ("jax_log_checkpoint_residuals", False, bool),
    ("jax_embedded_constants_max_bytes", 32, int),
    ("jax_captured_constants_warn_bytes", 2000000000, int),
    ("jax_captured_constants_report_frames", 0, int),
    ("jax_pjrt_client_create_options", None, None),
    ("jax_tracer_error_num_traceback_frames", 5, int),
    ("jax_cpu_collectives_implementation", "gloo", None),
    ("jax_distributed_debug", False, bool),
    ("jax_serialization_version", 0, int),
    ("jax_export_calling_convention_version", 10, int),
    ("jax_debug_leaked_clients_on_clear_backends", False, bool),
    ("jax_refs_to_pins", False, bool),
    ("jax_enable_pgle", False, bool),
    ("jax_disable_vmap_shmap_error", False, bool),
    ("jax_export_ignore_forward_compatibility", False, bool),
    ("check_vma", False, bool),
    ("eager_constant_folding", False, bool),
    ("jax2tf_default_native_serialization", True, bool),
    ("jax_backend_target", "", None),
    ("jax_check_proxy_envs", True, bool),
    ("jax_compilation_cache_check_contents", False, bool),
    ("jax_compilation_cache_expect_pgle", False, bool),
    ("jax_compiler_detailed_logging_min_ops", 10, int),
    ("jax_cpu_get_global_topology_timeout_minutes", 5, int),
    ("jax_cpu_get_local_topology_timeout_minutes", 2, int),
    ("jax_cross_host_transfer_socket_address", "", None),
    ("jax_cross_host_transfer_timeout_seconds", None, None),
    ("jax_cross_host_transfer_transfer_size", None, None),
    ("jax_cross_host_transport_addresses", "", None),
    ("jax_cuda_visible_devices", "all", None),
    ("jax_dump_ir_modes", "stablehlo", None),
    ("jax_enable_preemption_service", True, bool),
    ("jax_enable_recoverability", False, bool),
    ("jax_experimental_unsafe_xla_runtime_errors", False, bool),
    ("jax_force_dcn_cross_host_transfers", False, bool),
    ("jax_include_debug_info_in_dumps", True, bool),
    ("jax_mock_gpu_topology", "", None),
    ("jax_mosaic_allow_hlo", False, bool),
    ("jax_oneapi_visible_devices", "all", None),
    ("jax_pallas_enable_debug_checks", False, bool),
    ("jax_pallas_poison_buffers", False, bool),
    ("jax_pallas_use_mosaic_gpu", True, bool),
    ("jax_pallas_verbose_errors", False, bool),
    ("jax_pgle_aggregation_percentile", 90, int),
    ("jax_pgle_profiling_runs", 3, int),
    ("jax_ragged_dot_use_gpu_pallas_triton_lowering", False, bool),
    ("jax_ragged_dot_use_ragged_dot_instruction", True, bool),
    ("jax_remove_custom_partitioning_ptr_from_cache_key", False, bool),
    ("jax_rocm_visible_devices", "all", None),
    ("jax_send_traceback_to_runtime", "off", None),
    ("jax_share_binary_between_hosts", False, bool),
    ("jax_share_binary_between_hosts_timeout_ms", 1200000, int),
    ("jax_sort_devices_by_process_index", True, bool),
    ("jax_source_url_schema", None, None),
    ("jax_use_emit_pipeline_primitive", False, bool),
    ("jax_use_magma", "auto", None),
    ("jax_xla_profile_version", 0, int),
    ("mock_num_gpu_processes", 0, int),
):
    if _name not in config._states:
        define(_name, _default, _kind)
