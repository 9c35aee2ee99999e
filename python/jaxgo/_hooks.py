"""What the extension asks of Python: dtypes as NumPy objects, conversions, and errors that need words.

NumPy is imported at the first need, not with this module: `import jaxgo` must stay cheap.
"""

from __future__ import annotations

from . import _fast

call = _fast.call
names: list[str] = call("dtype_table")
codes: dict[str, int] = {name: code for code, name in enumerate(names)}

_ML = ("bfloat16", "float8", "float4", "int2", "uint2", "int4", "uint4")


_PYTHON_DTYPES = {bool: "bool", int: "int64", float: "float64", complex: "complex128"}


def dtype_object(code: int):
    """The numpy.dtype of a dtype's number."""
    import numpy as np

    name = names[code]
    if name.startswith("key<"):
        from ._prng import key_dtype

        return key_dtype(name)
    if name == "float0":
        return np.dtype([("float0", np.void, 0)])
    if name.startswith(_ML):
        import ml_dtypes

        return np.dtype(getattr(ml_dtypes, name))
    return np.dtype(name)


def dtype_code(dtype) -> int | None:
    """The number of a numpy.dtype, or None if it is none of ours."""
    if dtype.names == ("float0",):
        return codes["float0"]
    return codes.get(dtype.name)


def convert(x):
    """Makes of an object what the extension understands, or returns it as it is.

    ("dtype", code) is a dtype, ("scalar", (code, number)) a NumPy scalar.
    """
    import sys

    if hasattr(x, "__jax_array__"):
        return x.__jax_array__()
    if hasattr(x, "_jg_index"):  # jax.ds
        return x._jg_index()
    if "numpy" not in sys.modules:  # then x is none of NumPy's objects
        if isinstance(x, type):
            return ("dtype", codes[_PYTHON_DTYPES[x]]) if x in _PYTHON_DTYPES else x
        if not isinstance(x, (int, float, complex, str, tuple, list)) and not hasattr(x, "dtype") and not hasattr(x, "__array__"):
            return x
    import numpy as np

    _know_numpy(np)
    if isinstance(x, np.generic):
        code = dtype_code(x.dtype)
        if code is None:
            raise TypeError(f"Value {x!r} with dtype {x.dtype} is not a valid JAX array type. Only arrays of numeric types are supported by JAX.")
        if x.dtype == np.bool_:
            return ("scalar", (code, bool(x)))
        if names[code].startswith(("int", "uint")):
            return ("scalar", (code, int(x)))
        if names[code].startswith("complex"):
            return ("scalar", (code, complex(x)))
        return ("scalar", (code, float(x)))
    if isinstance(x, np.ndarray):
        return array_from_numpy(x)
    if isinstance(x, np.dtype):
        code = dtype_code(x)
        return x if code is None else ("dtype", code)
    if isinstance(x, type):
        if x in _PYTHON_DTYPES:
            return ("dtype", codes[_PYTHON_DTYPES[x]])
        if issubclass(x, np.generic):
            code = dtype_code(np.dtype(x))
            return x if code is None else ("dtype", code)
        return x
    dtype = getattr(x, "dtype", None)
    if isinstance(dtype, np.dtype) and callable(x):  # jnp.float32
        code = dtype_code(dtype)
        return x if code is None else ("dtype", code)
    if isinstance(x, (int, float, complex, str)):  # subclasses, enums included
        for t in (bool, int, float, complex, str):
            if isinstance(x, t):
                return t(x)
    if isinstance(x, (tuple, list)):
        return tuple(x) if isinstance(x, tuple) else list(x)
    return x


def array_from_numpy(x, copy=False):
    """A device array of a NumPy array of any supported dtype; 64-bit dtypes are narrowed unless x64 is on."""
    import numpy as np

    code = dtype_code(x.dtype)
    if code is None or not x.dtype.isnative:
        raise TypeError(f"Value '{x}' with dtype {x.dtype} is not a valid JAX array type. Only arrays of numeric types are supported by JAX.")
    try:
        return _fast.from_buffer(x, copy)
    except BufferError:  # a dtype of ml_dtypes
        if names[code] == "float0":
            return _fast.from_bytes(bytes(x.size), code, x.shape, True)
        raw = x if x.flags.c_contiguous else np.ascontiguousarray(x)
        return _fast.from_bytes(raw.reshape(-1).view(np.uint8), code, x.shape, copy)


_numpy_known = False


def _know_numpy(np):
    """Tells the extension of numpy.ndarray, whose objects it reads itself from then on."""
    global _numpy_known
    if not _numpy_known:
        _numpy_known = True
        _fast.set_ndarray_type(np.ndarray)


def accepted_operand(x) -> bool:
    """Whether a binary operator of an array takes x; otherwise x gets to handle the operation."""
    if hasattr(x, "__jax_array__"):
        return True
    import numpy as np

    return isinstance(x, (np.ndarray, np.generic, int, float, complex))


def make_aval(shape, code, weak):
    from .core import ShapedArray

    return ShapedArray(shape, dtype_object(code), weak)


def deleted(x):
    raise RuntimeError(f"Array has been deleted with shape={x.aval.str_short()}.")


def concretize(x, what):
    """Raises the error for a tracer that was used as a Python value."""
    from . import errors

    value = call("concrete", x)
    if value is not None and not call("tracer_is_traced", x):
        return None
    raise errors.concretization(x, what)


def warn(category, message):
    """Issues a warning that Go asks for."""
    import builtins
    import warnings

    if category == "ComplexWarning":
        import numpy as np

        cls = np.exceptions.ComplexWarning
    else:
        cls = getattr(builtins, category, UserWarning)
    warnings.warn(message, cls, stacklevel=3)


_fast.hooks.update(
    warn=warn,
    dtype_object=dtype_object,
    convert=convert,
    accepted_operand=accepted_operand,
    make_aval=make_aval,
    deleted=deleted,
    concretize=concretize,
)
