"""Comparisons, tests of elements, and operations on bits: each is one call of the Go function of its name."""

from __future__ import annotations

from .. import _fast
from ._creation import asarray
from ._util import _no_out

_func = _fast.func

_allclose = _func("jnp.allclose")


def allclose(a, b, rtol=1e-05, atol=1e-08, equal_nan=False):
    """Check if two arrays are element-wise approximately equal within a tolerance. See numpy.allclose.

    >>> import jaxgo.numpy as jnp
    >>> jnp.allclose(jnp.array([1., 2.]), jnp.array([1., 2.1]))
    Array(False, dtype=bool)
    """
    return _allclose(a, b, rtol, atol, equal_nan)


_array_equal = _func("jnp.array_equal")


def array_equal(a1, a2, equal_nan=False):
    """Check if two arrays are element-wise equal. See numpy.array_equal.

    >>> import jaxgo.numpy as jnp
    >>> jnp.array_equal(jnp.array([1, 2]), jnp.array([1, 2]))
    Array(True, dtype=bool)
    """
    try:
        a1, a2 = (x if isinstance(x, _fast.Array) else asarray(x) for x in (a1, a2))
    except Exception:
        return asarray(False)
    return _array_equal(a1, a2, equal_nan)


_array_equiv = _func("jnp.array_equiv")


def array_equiv(a1, a2):
    """Check if two arrays are element-wise equal. See numpy.array_equiv.

    >>> import jaxgo.numpy as jnp
    >>> jnp.array_equiv(jnp.array([1, 1]), jnp.array(1))
    Array(True, dtype=bool)
    """
    try:
        a1, a2 = (x if isinstance(x, _fast.Array) else asarray(x) for x in (a1, a2))
    except Exception:
        return asarray(False)
    return _array_equiv(a1, a2)


_bitwise_count = _func("jnp.bitwise_count")


def bitwise_count(x, /):
    """Counts the number of 1 bits in the binary representation of the absolute value. See numpy.bitwise_count.

    >>> import jaxgo.numpy as jnp
    >>> jnp.bitwise_count(jnp.array([7, 8]))
    Array([3, 1], dtype=uint8)
    """
    return _bitwise_count(x)


_bitwise_invert = _func("jnp.bitwise_invert")


def bitwise_invert(x, /):
    """Another name of invert."""
    return _bitwise_invert(x)


_bitwise_left_shift = _func("jnp.bitwise_left_shift")


def bitwise_left_shift(x, y, /):
    """Another name of left_shift."""
    return _bitwise_left_shift(x, y)


_bitwise_not = _func("jnp.bitwise_not")


def bitwise_not(x, /):
    """Another name of invert.

    >>> import jaxgo.numpy as jnp
    >>> jnp.bitwise_not(jnp.array([0, 5]))
    Array([-1, -6], dtype=int32)
    """
    return _bitwise_not(x)


_bitwise_right_shift = _func("jnp.bitwise_right_shift")


def bitwise_right_shift(x1, x2, /):
    """Another name of right_shift."""
    return _bitwise_right_shift(x1, x2)


_equal = _func("jnp.equal")


def equal(x, y, /):
    """Returns element-wise truth value of ``x == y``. See numpy.equal.

    >>> import jaxgo.numpy as jnp
    >>> jnp.equal(jnp.array([1, 2]), 2)
    Array([False,  True], dtype=bool)
    """
    return _equal(x, y)


_greater = _func("jnp.greater")


def greater(x, y, /):
    """Return element-wise truth value of ``x > y``. See numpy.greater.

    >>> import jaxgo.numpy as jnp
    >>> jnp.greater(jnp.array([1, 3]), 2)
    Array([False,  True], dtype=bool)
    """
    return _greater(x, y)


_greater_equal = _func("jnp.greater_equal")


def greater_equal(x, y, /):
    """Return element-wise truth value of ``x >= y``. See numpy.greater_equal.

    >>> import jaxgo.numpy as jnp
    >>> jnp.greater_equal(jnp.array([1, 2]), 2)
    Array([False,  True], dtype=bool)
    """
    return _greater_equal(x, y)


_invert = _func("jnp.invert")


def invert(x, /):
    """Compute the bitwise inversion of an input. See numpy.invert.

    >>> import jaxgo.numpy as jnp
    >>> jnp.invert(jnp.array([True, False]))
    Array([False,  True], dtype=bool)
    """
    return _invert(x)


_isclose = _func("jnp.isclose")


def isclose(a, b, rtol=1e-05, atol=1e-08, equal_nan=False):
    """Check if the elements of two arrays are approximately equal within a tolerance. See numpy.isclose.

    >>> import jaxgo.numpy as jnp
    >>> jnp.isclose(jnp.array([1., 2.]), jnp.array([1. + 1e-7, 2.1]))
    Array([ True, False], dtype=bool)
    """
    return _isclose(a, b, rtol, atol, equal_nan)


_iscomplex = _func("jnp.iscomplex")


def iscomplex(x):
    """Return boolean array showing where the input is complex. See numpy.iscomplex.

    >>> import jaxgo.numpy as jnp
    >>> jnp.iscomplex(jnp.array([1, 1j]))
    Array([False,  True], dtype=bool)
    """
    return _iscomplex(x)


_isfinite = _func("jnp.isfinite")


def isfinite(x, /):
    """Return a boolean array indicating whether each element of input is finite. See numpy.isfinite.

    >>> import jaxgo.numpy as jnp
    >>> jnp.isfinite(jnp.array([1., jnp.inf]))
    Array([ True, False], dtype=bool)
    """
    return _isfinite(x)


_isinf = _func("jnp.isinf")


def isinf(x, /):
    """Return a boolean array indicating whether each element of input is infinite. See numpy.isinf.

    >>> import jaxgo.numpy as jnp
    >>> jnp.isinf(jnp.array([1., -jnp.inf]))
    Array([False,  True], dtype=bool)
    """
    return _isinf(x)


_isnan = _func("jnp.isnan")


def isnan(x, /):
    """Returns a boolean array indicating whether each element of input is ``NaN``. See numpy.isnan.

    >>> import jaxgo.numpy as jnp
    >>> jnp.isnan(jnp.array([1., jnp.nan]))
    Array([False,  True], dtype=bool)
    """
    return _isnan(x)


_isneginf = _func("jnp.isneginf")


def isneginf(x, /, out=None):
    """Return boolean array indicating whether each element of input is negative infinite. See numpy.isneginf.

    >>> import jaxgo.numpy as jnp
    >>> jnp.isneginf(jnp.array([jnp.inf, -jnp.inf]))
    Array([False,  True], dtype=bool)
    """
    if out is not None:
        _no_out("isneginf", out)
    return _isneginf(x)


_isposinf = _func("jnp.isposinf")


def isposinf(x, /, out=None):
    """Return boolean array indicating whether each element of input is positive infinite. See numpy.isposinf.

    >>> import jaxgo.numpy as jnp
    >>> jnp.isposinf(jnp.array([jnp.inf, -jnp.inf]))
    Array([ True, False], dtype=bool)
    """
    if out is not None:
        _no_out("isposinf", out)
    return _isposinf(x)


_isreal = _func("jnp.isreal")


def isreal(x):
    """Return boolean array showing where the input is real. See numpy.isreal.

    >>> import jaxgo.numpy as jnp
    >>> jnp.isreal(jnp.array([1, 1j]))
    Array([ True, False], dtype=bool)
    """
    return _isreal(x)


_left_shift = _func("jnp.left_shift")


def left_shift(x, y, /):
    """Shift bits of ``x`` to left by the amount specified in ``y``, element-wise. See numpy.left_shift.

    >>> import jaxgo.numpy as jnp
    >>> jnp.left_shift(jnp.array([1, 3]), 2)
    Array([ 4, 12], dtype=int32)
    """
    return _left_shift(x, y)


_less = _func("jnp.less")


def less(x, y, /):
    """Return element-wise truth value of ``x < y``. See numpy.less.

    >>> import jaxgo.numpy as jnp
    >>> jnp.less(jnp.array([1, 3]), 2)
    Array([ True, False], dtype=bool)
    """
    return _less(x, y)


_less_equal = _func("jnp.less_equal")


def less_equal(x, y, /):
    """Return element-wise truth value of ``x <= y``. See numpy.less_equal.

    >>> import jaxgo.numpy as jnp
    >>> jnp.less_equal(jnp.array([2, 3]), 2)
    Array([ True, False], dtype=bool)
    """
    return _less_equal(x, y)


_logical_not = _func("jnp.logical_not")


def logical_not(x, /):
    """Compute NOT bool(x) element-wise. See numpy.logical_not.

    >>> import jaxgo.numpy as jnp
    >>> jnp.logical_not(jnp.array([0, 3]))
    Array([ True, False], dtype=bool)
    """
    return _logical_not(x)


_not_equal = _func("jnp.not_equal")


def not_equal(x, y, /):
    """Returns element-wise truth value of ``x != y``. See numpy.not_equal.

    >>> import jaxgo.numpy as jnp
    >>> jnp.not_equal(jnp.array([1, 2]), 2)
    Array([ True, False], dtype=bool)
    """
    return _not_equal(x, y)


_right_shift = _func("jnp.right_shift")


def right_shift(x1, x2, /):
    """Right shift the bits of ``x1`` to the amount specified in ``x2``. See numpy.right_shift.

    >>> import jaxgo.numpy as jnp
    >>> jnp.right_shift(jnp.array([8, -8]), 1)
    Array([ 4, -4], dtype=int32)
    """
    return _right_shift(x1, x2)
