"""Statistics of samples: mode, ranks, standard error of the mean."""

from __future__ import annotations

import math
from typing import Any, NamedTuple

import numpy as np

from ... import lax
from ... import numpy as jnp
from ..._api import jit, vmap
from ...dtypes import canonicalize_dtype
from ...numpy._util import canonical_axis, check_arraylike
from .._util import inexact


class ModeResult(NamedTuple):
    """What ``mode`` returns."""

    mode: Any
    count: Any


def _check_policy(name, policy):
    if policy not in ("propagate", "omit", "raise"):
        raise ValueError(f"Illegal nan_policy value {policy!r}; expected one of {{'propagate', 'omit', 'raise'}}")
    if policy == "omit":
        raise NotImplementedError(f"Logic for `nan_policy` of {policy} is not implemented")
    if policy == "raise":
        raise NotImplementedError(
            f"In order to best JIT compile `{name}`, we cannot know whether `x` contains nans. "
            f"Please check if nans exist in `x` outside of the `{name}` function."
        )


@jit(static_argnames=["axis", "nan_policy", "keepdims"])
def mode(a, axis=0, nan_policy="propagate", keepdims=False):
    """The most frequent value along an axis, or of all for None, and how often it is there, as scipy.stats.mode.

    >>> import jaxgo.numpy as jnp, jaxgo.scipy.stats as stats
    >>> stats.mode(jnp.array([2, 4, 1, 1, 3, 4, 4, 2, 3])).mode.item()
    4
    """
    check_arraylike("mode", a)
    x = jnp.atleast_1d(a)
    _check_policy("mode", nan_policy)
    shape = x.shape
    if axis is not None:
        axis = canonical_axis(axis, x.ndim)
    reduced = range(x.ndim) if axis is None else (axis,)
    shape = tuple(1 if i in reduced else s for i, s in enumerate(shape) if keepdims or i not in reduced)
    if axis is None:
        axis, x = 0, x.ravel()

    def most(x):
        if x.size == 0:
            dtype = canonicalize_dtype(float)
            return jnp.array(np.nan, dtype=dtype), jnp.array(0, dtype=dtype)
        vals, counts = jnp.unique(x, return_counts=True, size=x.size)
        return vals[jnp.argmax(counts)], counts.max()

    x = jnp.moveaxis(x, axis, 0)
    x = x.reshape(x.shape[0], math.prod(x.shape[1:]))
    vals, counts = vmap(most, in_axes=1)(x)
    return ModeResult(vals.reshape(shape), counts.reshape(shape))


@jit(static_argnames=["method", "axis", "nan_policy"])
def rankdata(a, method="average", *, axis=None, nan_policy="propagate"):
    """The ranks of values from 1 up, of equal ones by method: average, min, max, dense or ordinal, as scipy.stats.rankdata.

    >>> import jaxgo.numpy as jnp, jaxgo.scipy.stats as stats
    >>> print(stats.rankdata(jnp.array([0, 2, 3, 2])))
    [1.  2.5 4.  2.5]
    """
    check_arraylike("rankdata", a)
    _check_policy("rankdata", nan_policy)
    if method not in ("average", "min", "max", "dense", "ordinal"):
        raise ValueError(f"unknown method '{method}'")
    if axis is not None:
        return jnp.apply_along_axis(rankdata, axis, a, method)
    a, dtype = jnp.ravel(a), canonicalize_dtype(float)

    def ranks(a):
        arr, sorter = lax.sort_key_val(a, jnp.arange(a.size))
        inv = jnp.empty_like(sorter).at[sorter].set(jnp.arange(sorter.size, dtype=sorter.dtype))
        if method == "ordinal":
            return (inv + 1).astype(dtype)
        obs = jnp.concatenate([jnp.array([True]), arr[1:] != arr[:-1]])
        dense = obs.cumsum()[inv]
        if method == "dense":
            return dense.astype(dtype)
        count = jnp.nonzero(obs, size=arr.size + 1, fill_value=obs.size)[0].astype(dtype)
        if method == "max":
            return count[dense]
        if method == "min":
            return count[dense - 1] + 1
        return 0.5 * (count[dense] + count[dense - 1] + 1)

    return lax.cond(jnp.any(jnp.isnan(a)), lambda a: jnp.full_like(a, jnp.nan, dtype), ranks, a)


@jit(static_argnames=["axis", "nan_policy", "keepdims"])
def sem(a, axis=0, ddof=1, nan_policy="propagate", *, keepdims=False):
    """The standard error of the mean along an axis, or of all for None, as scipy.stats.sem.

    >>> import jaxgo.numpy as jnp, jaxgo.scipy.stats as stats
    >>> print(f"{stats.sem(jnp.array([2., 4., 1., 1.])):.4f}")
    0.7071
    """
    b = inexact("sem", a)
    if nan_policy == "propagate":
        size = b.size if axis is None else b.shape[axis]
        return b.std(axis, ddof=ddof, keepdims=keepdims) / jnp.sqrt(size).astype(b.dtype)
    if nan_policy == "omit":
        count = (~jnp.isnan(b)).sum(axis, keepdims=keepdims)
        return jnp.nanstd(b, axis, ddof=ddof, keepdims=keepdims) / jnp.sqrt(count).astype(b.dtype)
    raise ValueError(f"{nan_policy} is not supported")
