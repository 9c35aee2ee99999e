"""jaxgo: JAX with its machinery in Go.

    >>> import jaxgo as jax, jaxgo.numpy as jnp
    >>> print(jax.grad(lambda x: jnp.sum(x ** 2))(jnp.arange(3.)))
    [0. 2. 4.]

The API is JAX's; in a script, replacing `jax` by `jaxgo` is the whole port. Importing starts nothing and loads neither NumPy nor XLA: submodules
come at the first use, the PJRT client with the first array.
"""

# The extension comes first, the methods of arrays last.
from . import _ext
from . import _config, _hooks, _lapack, _logging, _plugins
from ._config import config
from ._api import (
    block_until_ready,
    clear_caches,
    device_get,
    disable_jit,
    eval_shape,
    grad,
    hessian,
    jacfwd,
    jacobian,
    jacrev,
    jit,
    jvp,
    linear_transpose,
    linearize,
    make_jaxpr,
    typeof,
    value_and_grad,
    vjp,
    vmap,
)
from ._fast import Array
from . import _array


__version__ = _ext.core.version()
__version_info__ = tuple(int(p) for p in __version__.split(".")[:3] if p.isdigit())

_MODULES = frozenset(
    (
        "ad_checkpoint",
        "api_util",
        "arrow",
        "core",
        "custom_batching",
        "custom_derivatives",
        "debug",
        "distributed",
        "dlpack",
        "dtypes",
        "errors",
        "experimental",
        "export",
        "extend",
        "ffi",
        "flatten_util",
        "image",
        "interpreters",
        "lax",
        "monitoring",
        "nn",
        "numpy",
        "ops",
        "profiler",
        "random",
        "scipy",
        "sharding",
        "stages",
        "test_util",
        "tree",
        "tree_util",
        "typing",
        "util",
    )
)

# name -> module that defines it
_NAMES = {
    **dict.fromkeys(
        (
            "Device",
            "Shard",
            "default_backend",
            "device_count",
            "device_put",
            "devices",
            "host_count",
            "host_id",
            "host_ids",
            "local_device_count",
            "local_devices",
            "process_count",
            "process_index",
            "process_indices",
        ),
        "_device",
    ),
    "ShapeDtypeStruct": "_shape",
    "ensure_compile_time_eval": "core",
    **dict.fromkeys(("custom_jvp", "custom_vjp", "custom_gradient", "closure_convert"), "custom_derivatives"),
    **dict.fromkeys(("checkpoint", "checkpoint_policies", "remat"), "ad_checkpoint"),
    **dict.fromkeys(("NamedSharding", "P", "make_mesh", "reshard", "set_mesh"), "sharding"),
    "pure_callback": "_callback",
    "float0": "dtypes",
    "ds": "_indexing",
}

# Options as context managers: jaxgo name -> name in _config
_STATES = {
    n: n
    for n in (
        "check_tracer_leaks",
        "debug_infs",
        "debug_key_reuse",
        "debug_nans",
        "default_matmul_precision",
        "default_prng_impl",
        "enable_custom_prng",
        "enable_x64",
        "legacy_prng_key",
        "log_compiles",
        "numpy_dtype_promotion",
        "numpy_rank_promotion",
        "softmax_custom_jvp",
        "threefry_partitionable",
        "transfer_guard",
        "default_device",
    )
}


def __getattr__(name):
    if name.startswith("__"):
        raise AttributeError(f"module 'jaxgo' has no attribute '{name}'")
    import importlib

    try:
        if name in _MODULES:
            value = importlib.import_module("." + name, __name__)
        elif name in _STATES:
            value = getattr(_config, _STATES[name])
        else:
            value = getattr(importlib.import_module("." + _NAMES.get(name, "_misc"), __name__), name)
    except (AttributeError, ModuleNotFoundError) as e:
        if isinstance(e, ModuleNotFoundError) and not (e.name or "").startswith(__name__):
            raise
        raise AttributeError(f"module 'jaxgo' has no attribute '{name}'") from None
    globals()[name] = value
    return value


def __dir__():
    return sorted({*globals(), *_MODULES, *_NAMES, *_STATES})
