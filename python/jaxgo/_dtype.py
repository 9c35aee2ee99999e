"""Dtypes as arguments: everything that names one becomes a numpy.dtype, or None."""

from __future__ import annotations

from ._config import config

_CANONICAL = {"int64": "int32", "uint64": "uint32", "float64": "float32", "complex128": "complex64"}
_PYTHON = {bool: "bool", int: "int64", float: "float64", complex: "complex128"}


def as_dtype(x, name=None):
    """The numpy.dtype that x names, canonicalized; None stays None. A 64-bit dtype asked for by name warns, as in JAX."""
    if x is None:
        return None
    import numpy as np

    if getattr(x, "_impl", None) is not None and hasattr(x, "_code"):  # typed keys
        return x
    if type(x) is type and x in _PYTHON:
        d = np.dtype(_PYTHON[x])
        return canonical(d)
    d = x if isinstance(x, np.dtype) else np.dtype(getattr(x, "dtype", x)) if not isinstance(x, str) else _from_name(x)
    c = canonical(d)
    if c is not d and c != d and name is not None:
        import warnings

        warnings.warn(f"Explicitly requested dtype {d} requested in {name} is not available, and will be truncated to dtype {c}. To enable more "
                      "dtypes, set the jax_enable_x64 configuration option or the JAX_ENABLE_X64 shell environment variable. "
                      "See https://github.com/jax-ml/jax#current-gotchas for more.", stacklevel=3)
    return c


def _from_name(s):
    import numpy as np

    from ._hooks import codes, dtype_object

    if s in codes and not s.startswith("key<"):
        return dtype_object(codes[s])
    return np.dtype(s)


def canonical(d):
    """d without 64-bit types unless x64 is enabled."""
    if config.jax_enable_x64:
        return d
    short = _CANONICAL.get(d.name)
    if short is None:
        return d
    import numpy as np

    return np.dtype(short)
