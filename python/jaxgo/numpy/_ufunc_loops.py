"""The methods of ufuncs that have no function of their own: loops over the elements."""

from __future__ import annotations

import math

from .. import _fast, lax
from .._api import eval_shape
from . import _creation as cr
from . import append, broadcast_to, moveaxis, shape, take
from . import where as _where
from ._util import canonical_axis, check_arraylike

_call = _fast.call


def _dtype_of(f, *args):
    one = lambda x: cr.ones_like(cr.asarray(x), shape=())
    return eval_shape(f._func, *map(one, args)).dtype


def reduce(f, arr, axis, dtype, keepdims, initial, where):
    """f.reduce: the first element, or the initial value, taken through the others."""
    arr = cr.asarray(arr)
    if initial is None:
        initial = f.identity
    if dtype is None:
        dtype = _dtype_of(f, arr, arr)
    if where is not None:
        where = broadcast_to(where, arr.shape)
    if isinstance(axis, tuple):
        raise NotImplementedError("tuple of axes")
    if axis is None:
        final = (1,) * arr.ndim if keepdims else ()
        arr = arr.ravel()
        where = where if where is None else where.ravel()
        axis = 0
    else:
        axis = canonical_axis(axis, arr.ndim)
        final = (*arr.shape[:axis], *((1,) if keepdims else ()), *arr.shape[axis + 1 :])
    arr = moveaxis(arr, axis, 0)
    where = where if where is None else moveaxis(where, axis, 0)
    if arr.shape[0] == 0:
        if initial is None:
            raise ValueError(f"zero-size array to reduction operation {f.__name__} which has no identity")
        return cr.full(final, initial, dtype)

    def body(i, val):
        new = f(val, arr[i].astype(dtype))
        return new if where is None else _where(where[i], new, val)

    start = arr[0] if initial is None else initial
    start = broadcast_to(cr.asarray(start).astype(dtype), arr.shape[1:])
    result = lax.fori_loop(1 if initial is None else 0, arr.shape[0], body, start)
    return result.reshape(final) if keepdims else result


def accumulate(f, arr, axis, dtype):
    """f.accumulate: what reduce goes through."""
    check_arraylike(f"{f.__name__}.accumulate", arr)
    arr = cr.asarray(arr)
    if dtype is None:
        dtype = _dtype_of(f, arr, arr)
    if axis is None or isinstance(axis, tuple):
        raise ValueError("accumulate does not allow multiple axes")
    axis = canonical_axis(axis, arr.ndim)
    if arr.size == 0:
        return cr.full(arr.shape, 0, dtype)
    arr = moveaxis(arr, axis, 0)

    def body(carry, _):
        i, x = carry
        y = _where(i == 0, arr[0].astype(dtype), f(x.astype(dtype), arr[i].astype(dtype)))
        return (i + 1, y), y

    _, result = lax.scan(body, (0, arr[0].astype(dtype)), None, length=arr.shape[0])
    return moveaxis(result, 0, axis)


def update(op, a, indices, b):
    """add.at, multiply.at, subtract.at: updates of x.at."""
    a = cr.asarray(a)
    if a.dtype == bool and op != "subtract":
        b = cr.asarray(b).astype(bool).astype("int32")
        return getattr(a.astype("int32").at[indices], op)(b).astype(bool)
    return getattr(a.at[indices], op)(b)


def at(f, a, indices, *args):
    """f.at: one indexed element after the other."""
    check_arraylike(f"{f.__name__}.at", a, *args)
    dtype = _dtype_of(f, a, *args)
    a = cr.asarray(a).astype(dtype)
    args = tuple(cr.asarray(x).astype(dtype) for x in args)
    indices = _index_tuple(indices)
    if not indices:
        return a
    shapes = [shape(i) for i in indices if not isinstance(i, slice)]
    common = shapes and lax.broadcast_shapes(*shapes)
    if not common:
        return a.at[indices].set(f(a.at[indices].get(), *args))
    if args:
        tail = args[0].shape[len(common) :]
        args = (broadcast_to(args[0], (*common, *tail)).reshape(math.prod(common), *tail),)
    indices = [i if isinstance(i, slice) else broadcast_to(i, common).ravel() for i in indices]

    def body(carry, x):
        i, a = carry
        idx = tuple(ind if isinstance(ind, slice) else ind[i] for ind in indices)
        return (i + 1, a.at[idx].set(f(a.at[idx].get(), *(arg[i] for arg in args)))), x

    return lax.scan(body, (0, a), None, length=len(indices[0]))[0][1]


def _index_tuple(idx):
    if isinstance(idx, tuple):
        return idx
    if isinstance(idx, (list,)):
        raise TypeError(
            "Using a non-tuple sequence for multidimensional indexing is not allowed; use `arr[array(seq)]` instead of "
            "`arr[seq]`. See https://github.com/jax-ml/jax/issues/4564 for more information."
        )
    return (idx,)


def reduceat(f, a, indices, axis, dtype):
    """f.reduceat: reduce between neighbouring indices."""
    check_arraylike(f"{f.__name__}.reduceat", a, indices)
    a = cr.asarray(a)
    indices = cr.asarray(_index_tuple(indices)[0])
    if a.ndim == 0:
        raise ValueError(f"reduceat: a must have 1 or more dimension, got {a.shape=}")
    if indices.ndim != 1:
        raise ValueError(f"reduceat: indices must be one-dimensional, got {indices.shape=}")
    if axis is None or isinstance(axis, (tuple, list)):
        raise ValueError("reduceat requires a single integer axis.")
    axis = canonical_axis(axis, a.ndim)
    out = take(a, indices, axis=axis)
    ind = lax.expand_dims(append(indices, a.shape[axis]), [i for i in range(out.ndim) if i != axis])
    start = lax.slice_in_dim(ind, 0, ind.shape[axis] - 1, axis=axis)
    end = lax.slice_in_dim(ind, 1, ind.shape[axis], axis=axis)

    def body(i, out):
        return _where((i > start) & (i < end), f(out, take(a, lax.expand_dims(i, (0,)), axis=axis)), out)

    return lax.fori_loop(0, a.shape[axis], body, out)


def logsumexp(a, axis, keepdims, initial, where):
    """logaddexp.reduce"""
    from . import logaddexp

    check_arraylike("logsumexp", a)
    result = _call("jnp.logsumexp", a, axis, None, keepdims, False, where)
    return result if initial is None else logaddexp(initial, result)
