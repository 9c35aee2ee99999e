"""Dtypes as arguments.

Everything that names a dtype becomes a numpy.dtype (`as_dtype`) or something that the extension knows as one without
NumPy (`dtype_arg`): importing NumPy takes longer than most programs' first result.
"""

from __future__ import annotations

from . import _fast
from ._config import config

_CANONICAL = {"int64": "int32", "uint64": "uint32", "float64": "float32", "complex128": "complex64"}
_NO_ARRAYS = ("int1", "uint1", "float6_e2m3fn", "float6_e3m2fn")  # dtypes of ml_dtypes that XLA's plugins lack
_PYTHON = {bool: "bool", int: "int64", float: "float64", complex: "complex128"}
_Array = _fast.Array


_args: dict = {}  # what dtype_arg was given, with what it found
scalar_types: dict = {}  # jaxgo.numpy.float32 and its like, by name


class ScalarMeta(type):
    """The type of jaxgo.numpy.float32 and its like: dtypes that make arrays when they are called."""

    dtype_name: str
    _code: int | None

    @property
    def dtype(self):
        from ._hooks import dtype_object

        if self._code is not None:
            return dtype_object(self._code)
        import ml_dtypes
        import numpy as np

        return np.dtype(getattr(ml_dtypes, self.dtype_name))

    @property
    def __numpy_dtype__(self):
        return self.dtype

    def __hash__(self):
        return hash(self.dtype.type)

    def __eq__(self, other):
        return self is other or self.dtype.type == other

    def __ne__(self, other):
        return not self == other

    def __call__(self, x):
        from .numpy import asarray

        return asarray(x, dtype=self)

    def __instancecheck__(self, instance):
        return isinstance(instance, self.dtype.type)


def as_dtype(x, name=None, level=3):
    """The numpy.dtype that x names, canonicalized; None stays None. A 64-bit dtype asked for by name warns, as in JAX.

    name is the function that is asked, for messages; level counts the frames from here to the user's.
    """
    if x is None:
        return None
    import numpy as np

    if type(x) is type and x in _PYTHON:
        return canonical(np.dtype(_PYTHON[x]))
    if isinstance(x, _Array):
        raise ValueError("Passing an array as a dtype argument is no longer supported; instead of dtype=arr use dtype=arr.dtype.")
    if isinstance(x, np.dtype):
        d = x
    elif hasattr(x, "_impl") and hasattr(x, "_code"):  # typed keys
        return x
    elif isinstance(x, str):
        d = from_name(x)
    else:
        d = np.dtype(x)
    if d.kind not in "biufc":
        from ._hooks import dtype_code

        if dtype_code(d) is None and d.name not in _NO_ARRAYS:
            text = f"JAX only supports number, bool, and string dtypes, got dtype {x}"
            raise TypeError(text + (f" in {name}" if name else ""))
        return d
    if d.name in _CANONICAL and not config.jax_enable_x64:
        return explicit(d, name, level + 1)
    return d


def dtype_arg(x, name=None, level=3):
    """x as an argument of an exported function: a dtype that the extension knows, or None."""
    if x is None:
        return None
    if type(x) is str:
        x = scalar_types.get(x, x)
    t = type(x)
    if t is ScalarMeta and x._code is not None:
        if x.dtype_name in _CANONICAL and not config.jax_enable_x64:
            return as_dtype(x, name, level + 1)
        return x
    if t is type and x in _PYTHON and config.jax_explicit_x64_dtypes == "warn":
        return x
    try:
        known = _args.get(x)
    except TypeError:  # not hashable: as_dtype knows what to say
        known = None
    if known is None:
        known = as_dtype(x, name, level + 1)
        if known.name not in _CANONICAL and known == x:  # then no configuration changes what it means
            _args[x] = known
    return known


def explicit(d, name, level):
    """What becomes of a 64-bit dtype that was asked for by name while x64 is off."""
    mode = getattr(config, "jax_explicit_x64_dtypes", 1)
    mode = {1: "warn", 2: "error", 3: "allow"}.get(mode, mode)
    mode = getattr(mode, "name", mode)
    mode = str(mode).lower()
    if mode == "allow":
        return d
    import numpy as np

    c = np.dtype(_CANONICAL[d.name])
    where = f" requested in {name}" if name else ""
    if mode == "error":
        raise ValueError(
            f"Explicitly requested dtype {d}{where} is not available. To enable more dtypes, set the jax_enable_x64 or "
            "allow_explicit_x64_dtypes configuration options.See https://github.com/jax-ml/jax#current-gotchas for more."
        )
    import warnings

    warnings.warn(
        f"Explicitly requested dtype {d}{where} is not available, and will be truncated to dtype {c.name}. To enable more dtypes, "
        "set the jax_enable_x64 configuration option or the JAX_ENABLE_X64 shell environment variable. "
        "See https://github.com/jax-ml/jax#current-gotchas for more.",
        stacklevel=level,
    )
    return c


def from_name(s):
    """The numpy.dtype of a name, ml_dtypes' names among them."""
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
