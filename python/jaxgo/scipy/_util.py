"""What the modules of jaxgo.scipy share."""

from __future__ import annotations

import numpy as np

from .. import lax
from ..dtypes import result_type
from ..numpy._util import check_arraylike, promoted_inexact


def inexact(name, *xs, real=None):
    """The arguments as arrays of one floating or complex dtype. ``real`` is the error for complex ones."""
    check_arraylike(name, *xs)
    xs = promoted_inexact(*xs)
    if real and is_complex(xs[0]):
        raise ValueError(real)
    return xs[0] if len(xs) == 1 else xs


def is_complex(x):
    return np.issubdtype(x.dtype, np.complexfloating)


def complex_dtype(dtype):
    """The complex dtype that arrays of a dtype become."""
    return np.dtype(np.complex128 if dtype in (np.float64, np.complex128) else np.complex64)


def promoted_complex(*xs):
    """Arrays converted to the complex counterpart of their common dtype."""
    return [lax._convert_element_type(x, complex_dtype(x.dtype), x.weak_type) for x in promoted_inexact(*xs)]


def const(x, value):
    """A scalar of x's dtype, which is not weak."""
    return np.asarray(value, x.dtype)


def literal(x, value):
    """A scalar of x's dtype; one of Python's where x is one or a weak scalar, so that the result stays weak."""
    if getattr(x, "weak_type", isinstance(x, (bool, int, float, complex))) and np.ndim(x) == 0:
        kind = {"b": bool, "i": int, "f": float, "c": complex}[result_type(x).kind]
        return kind(value) if not hasattr(x, "dtype") or x.dtype == result_type(kind) else np.array(value, x.dtype)
    return np.array(value, result_type(x))


def table(values, dtype):
    """Coefficients as an array of a dtype."""
    return np.array(values, dtype)
