"""Sets: unique and what is made of it.

With size the result has that many elements, so that it may be traced; without, the operands have to be known.
"""

from __future__ import annotations

import operator
from collections import namedtuple

from .. import _fast
from ._util import arrays, concrete

_call = _fast.call


def unique(ar, return_index=False, return_inverse=False, return_counts=False, axis=None, *, equal_nan=True, size=None, fill_value=None, sorted=True):
    """The unique elements of an array, sorted; on demand where they first stand, how the array is made of them, and how often each occurs.

    >>> import jaxgo.numpy as jnp
    >>> jnp.unique(jnp.array([3, 1, 3]))
    Array([1, 3], dtype=int32)
    """
    ar = arrays("unique", ar)
    flags = bool(return_index), bool(return_inverse), bool(return_counts)
    axis = None if axis is None else operator.index(axis)
    if size is None:
        out = _call("jnp.unique_known", ar, *flags, axis, bool(equal_nan))
    else:
        size = concrete(
            size,
            "The error arose for the size argument of jnp.unique(). To make jnp.unique() compatible with JIT and other "
            "transforms, you can specify a concrete value for the size argument, which will determine the output size.",
            operator.index,
        )
        out = _call("jnp.unique", ar, *flags, axis, bool(equal_nan), size, fill_value)
    return out[0] if len(out) == 1 else tuple(out)


UniqueAll = namedtuple("_UniqueAllResult", "values indices inverse_indices counts", module="jaxgo.numpy")
UniqueCounts = namedtuple("_UniqueCountsResult", "values counts", module="jaxgo.numpy")
UniqueInverse = namedtuple("_UniqueInverseResult", "values inverse_indices", module="jaxgo.numpy")


def unique_all(x, /, *, size=None, fill_value=None):
    """The unique elements of an array, their first indices, the inverse and the counts.

    >>> import jaxgo.numpy as jnp
    >>> jnp.unique_all(jnp.array([3, 1, 3])).counts
    Array([1, 2], dtype=int32)
    """
    x = arrays("unique_all", x)
    return UniqueAll(*unique(x, True, True, True, equal_nan=False, size=size, fill_value=fill_value))


def unique_counts(x, /, *, size=None, fill_value=None):
    """The unique elements of an array and the counts.

    >>> import jaxgo.numpy as jnp
    >>> jnp.unique_counts(jnp.array([3, 1, 3])).counts
    Array([1, 2], dtype=int32)
    """
    x = arrays("unique_counts", x)
    return UniqueCounts(*unique(x, return_counts=True, equal_nan=False, size=size, fill_value=fill_value))


def unique_inverse(x, /, *, size=None, fill_value=None):
    """The unique elements of an array and the inverse.

    >>> import jaxgo.numpy as jnp
    >>> jnp.unique_inverse(jnp.array([3, 1, 3])).inverse_indices
    Array([1, 0, 1], dtype=int32)
    """
    x = arrays("unique_inverse", x)
    return UniqueInverse(*unique(x, return_inverse=True, equal_nan=False, size=size, fill_value=fill_value))


def unique_values(x, /, *, size=None, fill_value=None):
    """The unique elements of an array.

    >>> import jaxgo.numpy as jnp
    >>> jnp.unique_values(jnp.array([3, 1, 3]))
    Array([1, 3], dtype=int32)
    """
    x = arrays("unique_values", x)
    return unique(x, equal_nan=False, size=size, fill_value=fill_value)


def _size(size, name):
    return concrete(size, f"The error arose in {name}()", operator.index)


def union1d(ar1, ar2, *, size=None, fill_value=None):
    """The elements of both arrays, sorted.

    >>> import jaxgo.numpy as jnp
    >>> jnp.union1d(jnp.array([1, 2]), jnp.array([2, 3]))
    Array([1, 2, 3], dtype=int32)
    """
    ar1, ar2 = arrays("union1d", ar1, ar2)
    if size is None:
        return _call("jnp.union1d_known", ar1, ar2)
    return _call("jnp.union1d", ar1, ar2, _size(size, "union1d"), fill_value)


def intersect1d(ar1, ar2, assume_unique=False, return_indices=False, *, size=None, fill_value=None):
    """The elements that are in both arrays, sorted, and on demand where they are.

    >>> import jaxgo.numpy as jnp
    >>> jnp.intersect1d(jnp.array([1, 2]), jnp.array([2, 3]))
    Array([2], dtype=int32)
    """
    ar1, ar2 = arrays("intersect1d", ar1, ar2)
    flags = bool(assume_unique), bool(return_indices)
    if size is None:
        out = _call("jnp.intersect1d_known", ar1, ar2, *flags)
    else:
        out = _call("jnp.intersect1d", ar1, ar2, *flags, _size(size, "intersect1d"), fill_value)
    return tuple(out) if return_indices else out[0]


def setdiff1d(ar1, ar2, assume_unique=False, *, size=None, fill_value=None):
    """The elements of one array that are not in the other.

    >>> import jaxgo.numpy as jnp
    >>> jnp.setdiff1d(jnp.array([1, 2]), jnp.array([2, 3]))
    Array([1], dtype=int32)
    """
    ar1, ar2 = arrays("setdiff1d", ar1, ar2)
    if size is None:
        return _call("jnp.setdiff1d_known", ar1, ar2, bool(assume_unique))
    return _call("jnp.setdiff1d", ar1, ar2, bool(assume_unique), _size(size, "setdiff1d"), fill_value)


def setxor1d(ar1, ar2, assume_unique=False, *, size=None, fill_value=None):
    """The elements that are in exactly one of the arrays, sorted.

    >>> import jaxgo.numpy as jnp
    >>> jnp.setxor1d(jnp.array([1, 2]), jnp.array([2, 3]))
    Array([1, 3], dtype=int32)
    """
    ar1, ar2 = arrays("setxor1d", ar1, ar2)
    if size is None:
        return _call("jnp.setxor1d_known", ar1, ar2, bool(assume_unique))
    return _call("jnp.setxor1d", ar1, ar2, bool(assume_unique), _size(size, "setxor1d"), fill_value)


def isin(element, test_elements, assume_unique=False, invert=False, *, method="auto"):
    """Which elements of an array are in another.

    >>> import jaxgo.numpy as jnp
    >>> print(jnp.isin(jnp.arange(4), jnp.array([1, 3])))
    [False  True False  True]
    """
    return _call("jnp.isin", element, test_elements, bool(assume_unique), bool(invert), method)
