"""What the modules of jaxgo.scipy share."""

from __future__ import annotations

import numpy as np

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


def const(x, value):
    """A scalar of x's dtype, which is not weak."""
    return np.asarray(value, x.dtype)


def table(values, dtype):
    """Coefficients as an array of a dtype."""
    return np.array(values, dtype)
