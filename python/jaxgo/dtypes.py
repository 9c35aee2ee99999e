"""Dtypes: promotion, canonical forms, and the classes that typed keys belong to."""

from __future__ import annotations

from . import _fast
from ._config import config
from ._dtype import canonical

_call = _fast.call


def canonicalize_dtype(dtype, allow_extended_dtype=False):
    """The dtype that arrays asked for as ``dtype`` have: 64-bit types need jax_enable_x64.

    >>> import jaxgo as jax
    >>> jax.dtypes.canonicalize_dtype("float64")
    dtype('float32')
    """
    from ._dtype import as_dtype

    if getattr(dtype, "_impl", None) is not None:
        if not allow_extended_dtype:
            raise ValueError(f"Internal: canonicalize_dtype called on extended dtype {dtype} with allow_extended_dtype=False")
        return dtype
    import numpy as np

    if dtype is None:
        raise TypeError("dtype None is not understood")
    return as_dtype(dtype)


def result_type(*args, return_weak_type_flag=False):
    """The dtype that an operation on these values or dtypes has. See jaxgo.numpy.result_type."""
    from .numpy import result_type as f

    if return_weak_type_flag:
        d, weak = _call("result_type", [_typed(a) for a in args])
        return d, weak
    return f(*args)


def _typed(x):
    return x


def issubdtype(a, b):
    """Whether dtype or class a is below b in NumPy's hierarchy, extended by ml_dtypes and typed keys."""
    from .numpy import issubdtype as f

    return f(a, b)


def scalar_type_of(x):
    """The Python scalar type of a value: bool, int, float or complex."""
    import numpy as np

    d = x.dtype if hasattr(x, "dtype") else np.asarray(x).dtype
    for t, c in ((bool, np.bool_), (int, np.integer), (float, np.floating), (complex, np.complexfloating)):
        if issubdtype(d, c):
            return t
    raise TypeError(f"Invalid scalar value {x}")


def finfo(d):
    from .numpy import finfo as f

    return f(d)


def iinfo(d):
    from .numpy import iinfo as f

    return f(d)


def __getattr__(name):
    import numpy as np

    if name == "float0":
        v = np.dtype([("float0", np.void, 0)])
    elif name in ("prng_key", "extended"):
        extended = type("extended", (np.generic,), {"__doc__": "The class of dtypes that NumPy does not have."})
        globals()["extended"] = extended
        globals()["prng_key"] = type("prng_key", (extended,), {"__doc__": "The class of typed random keys."})
        return globals()[name]
    elif name == "bfloat16":
        import ml_dtypes

        v = ml_dtypes.bfloat16
    else:
        raise AttributeError(f"module 'jaxgo.dtypes' has no attribute '{name}'")
    globals()[name] = v
    return v
