"""Dtypes: promotion, the hierarchy, limits."""

from __future__ import annotations

import functools

from .. import _fast
from .._dtype import ScalarMeta, as_dtype, canonical
from .._hooks import dtype_code

_call = _fast.call
_Array = _fast.Array
_PYTHON = {bool: False, int: 0, float: 0.0, complex: 0j}


def _promotable(x):
    """x as an argument of the extension's promotion: a dtype, an array, or a Python number, which is weakly typed."""
    if isinstance(x, _Array):
        return x
    t = type(x)
    if t in _PYTHON:
        return _PYTHON[t]
    if isinstance(x, type) and t is not ScalarMeta:
        if x in _PYTHON:
            return _PYTHON[x]
        return as_dtype(x, "dtype", 5)
    if t is ScalarMeta or isinstance(x, str):
        return as_dtype(x, "dtype", 5)
    if x is None:
        return as_dtype(float)
    if hasattr(x, "__jax_array__"):
        return x.__jax_array__()
    import numpy as np

    if isinstance(x, np.dtype):
        if dtype_code(x) is None:
            raise TypeError(f"Value '{x}' with dtype {x} is not a valid JAX array type. Only arrays of numeric types are supported by JAX.")
        return as_dtype(x, "dtype", 5)
    d = getattr(x, "dtype", None)
    if d is not None and not isinstance(x, type):
        if getattr(x, "weak_type", False):
            return {"i": 0, "f": 0.0, "V": 0.0, "c": 0j, "b": False}[d.kind]
        return canonical(d) if isinstance(d, np.dtype) else d
    if hasattr(x, "_impl"):
        return x
    try:
        return canonical(np.result_type(x))
    except TypeError as e:
        raise TypeError(f"Cannot determine dtype of {x}") from e


def result_type(*args):
    """The dtype that an operation on these values or dtypes has.

    >>> import jaxgo.numpy as jnp
    >>> jnp.result_type(jnp.int8, 1.0)
    dtype('float32')
    """
    if not args:
        raise ValueError("at least one array or dtype is required")
    return _call("result_type", *map(_promotable, args))[0]


def promote_types(a, b):
    """The dtype to which both dtypes convert; Python's int, float and complex are weak.

    >>> import jaxgo.numpy as jnp
    >>> jnp.promote_types("uint8", int)
    dtype('uint8')
    """
    xs = []
    for x in (a, b):
        if x is int or x is float or x is complex:
            xs.append(_PYTHON[x])
        elif hasattr(x, "_impl"):
            xs.append(x)
        else:
            d = _np(x)
            if dtype_code(d) is None:
                raise ValueError(f"{d!r} is not a valid dtype for type promotion.")
            xs.append(d)
    return _call("promote_types", *xs)


def _np(x):
    import numpy as np

    if isinstance(x, str):
        from .._dtype import from_name

        return from_name(x)
    return np.dtype(x)


def issubdtype(arg1, arg2):
    """Whether a dtype or scalar type is the other one or below it in NumPy's hierarchy.

    It knows ml_dtypes' floats and integers as floating and integer, and the dtypes of random keys.

    >>> import jaxgo.numpy as jnp
    >>> jnp.issubdtype(jnp.bfloat16, jnp.floating)
    True
    """
    import numpy as np

    types = (type, np.dtype)
    a = arg1 if isinstance(arg1, types) or hasattr(arg1, "_impl") else _np(arg1)
    b = arg2 if isinstance(arg2, types) or hasattr(arg2, "_impl") else _np(arg2)
    return _issubdtype(a, b)


def _subclass(a, b):
    try:
        return issubclass(a, b)
    except TypeError:
        return False


@functools.lru_cache(1024)
def _issubdtype(a, b):
    import numpy as np

    from .._extended import extended

    if isinstance(b, type) and _subclass(b, extended):
        if hasattr(a, "_impl"):
            return _subclass(a.type, b)
        if isinstance(a, type) and _subclass(a, np.generic):
            return _subclass(a, b)
        return _subclass(np.dtype(a).type, b)
    if hasattr(b, "_impl"):
        return hasattr(a, "_impl") and a == b
    if hasattr(a, "_impl"):
        a = a.type
    x = a if isinstance(a, type) and _subclass(a, np.generic) else np.dtype(a).type
    y = b if isinstance(b, type) and _subclass(b, np.generic) else np.dtype(b).type
    if (
        x.__module__ == "ml_dtypes"
        or x.__name__.startswith(("float8", "float4", "float6", "bfloat", "int2", "int4", "uint2", "uint4", "int1", "uint1"))
        and not issubclass(x, np.number)
    ):
        name = x.__name__
        if name.startswith(("float", "bfloat")):
            return y in (x, np.floating, np.inexact, np.number, np.generic)
        if name.startswith("int"):
            return y in (x, np.signedinteger, np.integer, np.number, np.generic)
        return y in (x, np.unsignedinteger, np.integer, np.number, np.generic)
    return bool(np.issubdtype(x, y))


_KINDS = ("bool", "signed integer", "unsigned integer", "integral", "real floating", "complex floating", "numeric")


def isdtype(dtype, kind):
    """Whether a dtype is of a kind: a name such as "real floating", a dtype, or a tuple of these.

    >>> import jaxgo.numpy as jnp
    >>> jnp.isdtype(jnp.float32, "real floating")
    True
    """
    d = _np(dtype)
    dtypes, kinds = [], []
    for k in kind if isinstance(kind, tuple) else (kind,):
        if isinstance(k, str) and k in _KINDS:
            kinds.append(k)
            continue
        try:
            dtypes.append(_np(k))
        except TypeError as e:
            if isinstance(k, str):
                raise ValueError(f"Unrecognized kind={k!r} expected one of {list(_KINDS)}, or a compatible input for jnp.dtype()") from e
            raise TypeError(f"Expected kind to be a dtype, string, or tuple; got kind={k!r}") from e
    return any(d == o for o in dtypes) or any(_of_kind(d, k) for k in kinds)


def _of_kind(d, kind):
    import numpy as np

    classes = {
        "bool": (np.bool_,),
        "signed integer": (np.signedinteger,),
        "unsigned integer": (np.unsignedinteger,),
        "integral": (np.integer,),
        "real floating": (np.floating,),
        "complex floating": (np.complexfloating,),
        "numeric": (np.number,),
    }
    return dtype_code(d) is not None and any(issubdtype(d, c) for c in classes[kind])


def can_cast(from_, to, casting="safe"):
    """Whether a dtype may be cast to another by NumPy's rules. See numpy.can_cast.

    >>> import jaxgo.numpy as jnp
    >>> jnp.can_cast('int32', 'int64')
    True
    """
    import numpy as np

    return np.can_cast(from_, to, casting)


def iscomplexobj(x):
    """Whether a value's dtype is complex.

    >>> import jaxgo.numpy as jnp
    >>> jnp.iscomplexobj(jnp.array([1j]))
    True
    """
    import numpy as np

    if isinstance(x, (complex, np.complexfloating)):
        return True
    if x is None or isinstance(x, (bool, int, float, str, np.generic)):
        return False
    try:
        t = x.dtype.type
    except AttributeError:
        from ._creation import asarray

        t = asarray(x).dtype.type
    return issubdtype(t, np.complexfloating)


def isrealobj(x):
    """Whether a value's dtype is not complex.

    >>> import jaxgo.numpy as jnp
    >>> jnp.isrealobj(jnp.array([1j]))
    False
    """
    return not iscomplexobj(x)


def isscalar(element):
    """Whether a value is a scalar: a number, a string, or an array without axes.

    >>> import jaxgo.numpy as jnp
    >>> jnp.isscalar(jnp.array(1.))
    True
    """
    import numpy as np

    if np.isscalar(element):
        return True
    if isinstance(element, (np.ndarray, _Array)):
        return element.ndim == 0
    if hasattr(element, "__jax_array__"):
        return element.__jax_array__().ndim == 0
    return False


def __getattr__(name):
    if name in ("finfo", "iinfo"):
        import ml_dtypes

        value = globals()[name] = getattr(ml_dtypes, name)
        return value
    raise AttributeError(f"module 'jaxgo.numpy._types' has no attribute '{name}'")
