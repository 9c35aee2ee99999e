"""Dtypes: promotion, canonical forms, limits, and the classes that typed keys belong to."""

from __future__ import annotations

from . import _fast
from ._dtype import canonical

_call = _fast.call


def canonicalize_dtype(dtype, allow_extended_dtype=False):
    """The dtype that arrays asked for as ``dtype`` have: 64-bit types need jax_enable_x64.

    >>> import jaxgo as jax
    >>> jax.dtypes.canonicalize_dtype("float64")
    dtype('float32')
    """
    if hasattr(dtype, "_impl"):
        if not allow_extended_dtype:
            raise ValueError(f"Internal: canonicalize_dtype called on extended dtype {dtype} with allow_extended_dtype=False")
        return dtype
    import numpy as np

    try:
        d = np.dtype(dtype)
    except TypeError as e:
        from ._dtype import from_name

        if not isinstance(dtype, str):
            raise TypeError(f"dtype {dtype!r} not understood") from e
        try:
            d = from_name(dtype)
        except TypeError:
            raise TypeError(f"dtype {dtype!r} not understood") from e
    return canonical(d)


def result_type(*args, return_weak_type_flag=False):
    """The dtype that an operation on these values or dtypes has, on demand with whether it is weak.

    >>> import jaxgo as jax
    >>> jax.dtypes.result_type(1, 2.0, return_weak_type_flag=True)
    (dtype('float32'), True)
    """
    from .numpy._types import _promotable

    if not args:
        raise ValueError("at least one array or dtype is required")
    d, weak = _call("result_type", *map(_promotable, args))
    return (d, weak) if return_weak_type_flag else d


def itemsize_bits(dtype):
    """The number of bits of an element: 4 for int4, 8 for bool.

    >>> import jaxgo as jax
    >>> jax.dtypes.itemsize_bits("float32")
    32
    """
    import numpy as np

    from .numpy._types import finfo, iinfo

    if dtype is None:
        raise ValueError("dtype cannot be None.")
    d = as_type(dtype)
    if d == np.bool_:
        return 8
    if issubdtype(d, np.integer):
        return iinfo(d).bits
    if issubdtype(d, np.floating):
        return finfo(d).bits
    if issubdtype(d, np.complexfloating):
        return 2 * finfo(d).bits
    raise ValueError(f"unexpected input: {dtype=}")


def as_type(dtype):
    """The numpy.dtype of anything that names one, as it is."""
    import numpy as np

    if isinstance(dtype, str):
        from ._dtype import from_name

        return from_name(dtype)
    return np.dtype(dtype)


_INEXACT = {
    **dict.fromkeys(("bool", "uint4", "int4", "uint8", "int8", "uint16", "int16", "uint32", "int32"), "float32"),
    "uint64": "float64",
    "int64": "float64",
}


def to_inexact(dtype):
    """The floating dtype that functions such as sin compute in; inexact ones are their own."""
    import numpy as np

    d = as_type(dtype)
    name = _INEXACT.get(d.name)
    return d if name is None else np.dtype(name)


def scalar_type_of(x):
    """The Python scalar type of a value: bool, int, float or complex.

    >>> import jaxgo as jax
    >>> jax.dtypes.scalar_type_of(jax.numpy.ones(3))
    <class 'float'>
    """
    import numpy as np

    d = result_type(x)
    for t, c in ((bool, np.bool_), (int, np.integer), (float, np.floating), (complex, np.complexfloating)):
        if issubdtype(d, c):
            return t
    raise TypeError(f"Invalid scalar value {x}")


def safe_to_cast(input_dtype_or_value, output_dtype_or_value):
    """Whether converting the first dtype or value to the second dtype is a promotion."""
    from .numpy import result_type as join

    source, target = join(input_dtype_or_value), join(output_dtype_or_value)
    return source == target or join(input_dtype_or_value, target) == target


def issubdtype(a, b):
    """Whether a dtype or scalar type is the other one or below it. See jaxgo.numpy.issubdtype.

    >>> import jaxgo as jax
    >>> jax.dtypes.issubdtype("bfloat16", jax.numpy.floating)
    True
    """
    from .numpy._types import issubdtype as f

    return f(a, b)


def __getattr__(name):
    if name == "float0":
        import numpy as np

        value = np.dtype([("float0", np.void, 0)])
    elif name in ("prng_key", "extended"):
        from . import _extended

        value = getattr(_extended, name)
    elif name == "bfloat16":
        import ml_dtypes

        value = ml_dtypes.bfloat16
    elif name in ("finfo", "iinfo"):
        from .numpy import _types

        value = getattr(_types, name)
    elif name == "TypePromotionError":
        from .errors import TypePromotionError as value
    else:
        raise AttributeError(f"module 'jaxgo.dtypes' has no attribute '{name}'")
    globals()[name] = value
    return value
