"""Choosing, finding and sorting: where, nonzero, take, sort, searchsorted and their like."""

from __future__ import annotations

import operator

from .. import _fast
from .._dtype import dtype_arg
from ._util import _no_out, arrays, check_arraylike, concrete, ints

_func, call = _fast.func, _fast.call
_Array, _Tracer = _fast.Array, _fast.Tracer
_where, _clip, _round = _func("jnp.where"), _func("jnp.clip"), _func("jnp.round")


def where(condition, x=None, y=None, /, *, size=None, fill_value=None):
    """Elements of x where condition holds, of y elsewhere; without x and y the indices of what is true.

    >>> import jaxgo.numpy as jnp
    >>> jnp.where(jnp.array([True, False]), 1., 0.)
    Array([1., 0.], dtype=float32, weak_type=True)
    """
    if x is None or y is None or size is not None or fill_value is not None:
        return _where_other(condition, x, y, size, fill_value)
    return _where(condition, x, y)


def _where_other(condition, x, y, size, fill_value):
    if x is None and y is None:
        check_arraylike("where", condition)
        return nonzero(condition, size=size, fill_value=fill_value)
    check_arraylike("where", condition, *(v for v in (x, y) if v is not None))
    if size is not None or fill_value is not None:
        raise ValueError("size and fill_value arguments cannot be used in three-term where function.")
    raise ValueError(f"Either both or neither of the x and y arguments should be provided to jax.numpy.where, got {x} and {y}.")


def clip(arr=None, /, min=None, max=None):
    """The elements limited to an interval.

    >>> import jaxgo.numpy as jnp
    >>> jnp.clip(jnp.arange(4), 1, 2)
    Array([1, 1, 2, 2], dtype=int32)
    """
    if arr is None:
        raise ValueError("No input was provided to the clip function.")
    return _clip(arr, min, max)


def round(a, decimals=0, out=None):
    """The elements rounded to a number of decimals, halves to even.

    >>> import jaxgo.numpy as jnp
    >>> jnp.round(jnp.array([1.25, 1.35]), 1)
    Array([1.2, 1.4], dtype=float32)
    """
    _no_out("round", out)
    return _round(a, decimals if type(decimals) is int else concrete(decimals, "'decimals' argument of jnp.round", operator.index))


def around(a, decimals=0, out=None):
    """The elements rounded to a number of decimals, halves to even."""
    return round(a, decimals, out)


def select(condlist, choicelist, default=0):
    """Each element from the first choice whose condition holds.

    >>> import jaxgo.numpy as jnp
    >>> jnp.select([jnp.array([True, False])], [jnp.array([1, 2])], 9)
    Array([1, 9], dtype=int32)
    """
    if len(condlist) != len(choicelist):
        raise ValueError(f"condlist must have length equal to choicelist ({len(condlist)} vs {len(choicelist)})")
    if len(condlist) == 0:
        raise ValueError("condlist must be non-empty")
    check_arraylike("select", *condlist, *choicelist, default)
    return call("jnp.select", list(condlist), list(choicelist), default)


_SIZE = "The size argument of jnp.nonzero must be statically specified to use jnp.nonzero within JAX transformations."


def _fills(fill_value, n):
    if fill_value is None:
        return ()
    return fill_value if isinstance(fill_value, tuple) else (fill_value,) * n


def nonzero(a, *, size=None, fill_value=None):
    """The indices of the elements that are not zero, one array for each axis. size makes it possible inside jit.

    >>> import jaxgo.numpy as jnp
    >>> jnp.nonzero(jnp.array([0, 5, 0, 7]))
    (Array([1, 3], dtype=int32),)
    """
    x = a if isinstance(a, _Array) else arrays("nonzero", a)
    if size is None:
        if fill_value is None or isinstance(x, _Tracer):
            return tuple(call("jnp.nonzero_known", x))
        size = int((x != 0).sum())
    return tuple(call("jnp.nonzero", x, concrete(size, _SIZE, operator.index), _fills(fill_value, x.ndim)))


def flatnonzero(a, *, size=None, fill_value=None):
    """The indices of the elements that are not zero, in the flattened array.

    >>> import jaxgo.numpy as jnp
    >>> jnp.flatnonzero(jnp.array([[0, 5], [7, 0]]))
    Array([1, 2], dtype=int32)
    """
    x = arrays("flatnonzero", a)
    if size is None:
        return call("jnp.flatnonzero_known", x)
    return call("jnp.flatnonzero", x, concrete(size, _SIZE, operator.index), _fills(fill_value, 1))


def argwhere(a, *, size=None, fill_value=None):
    """The indices of the elements that are not zero, a row each.

    >>> import jaxgo.numpy as jnp
    >>> jnp.argwhere(jnp.array([[0, 5], [7, 0]]))
    Array([[0, 1],
           [1, 0]], dtype=int32)
    """
    x = arrays("argwhere", a)
    if size is None:
        return call("jnp.argwhere_known", x)
    return call("jnp.argwhere", x, concrete(size, _SIZE, operator.index), _fills(fill_value, max(x.ndim, 1)))


def bincount(x, weights=None, minlength=0, *, length=None, out_sharding=None):
    """How often each number occurs, or the sums of the weights of its occurrences. length makes it possible inside jit.

    >>> import jaxgo.numpy as jnp
    >>> jnp.bincount(jnp.array([0, 2, 2]))
    Array([1, 0, 2], dtype=int32)
    """
    x = arrays("bincount", x)
    minlength = concrete(minlength, "The error occurred because of argument 'minlength' of jnp.bincount.", operator.index)
    if length is None:
        import numpy as np

        if x.dtype.kind not in "biu" and x.dtype.name[:3] not in ("int", "uin"):
            raise TypeError(f"x argument to bincount must have an integer type; got {x.dtype}")
        if x.ndim != 1:
            raise ValueError("only 1-dimensional input supported.")
        v = concrete(
            x, "The error occurred because of argument 'x' of jnp.bincount. To avoid this error, pass a static `length` argument.", np.asarray
        )
        length = max(minlength, int(max(0, v.max())) + 1 if v.size else 0)
    else:
        length = concrete(length, "The error occurred because of argument 'length' of jnp.bincount.", operator.index)
    return call("jnp.bincount", x, weights, length)


# ---- sorting ----

_sort, _argsort = _func("jnp.sort"), _func("jnp.argsort")


def sort(a, axis=-1, *, kind=None, order=None, stable=True, descending=False):
    """The elements sorted along an axis.

    >>> import jaxgo.numpy as jnp
    >>> jnp.sort(jnp.array([3, 1, 2]))
    Array([1, 2, 3], dtype=int32)
    """
    _check_sort("sort", kind, order)
    return _sort(a, ints(axis), None, None, stable, descending)


def argsort(a, axis=-1, *, kind=None, order=None, stable=True, descending=False, dtype=None):
    """The indices that sort an array along an axis.

    >>> import jaxgo.numpy as jnp
    >>> jnp.argsort(jnp.array([3, 1, 2]))
    Array([1, 2, 0], dtype=int32)
    """
    _check_sort("argsort", kind, order)
    return _argsort(a, ints(axis), None, None, stable, descending, None if dtype is None else dtype_arg(dtype, "argsort"))


def _check_sort(name, kind, order):
    if kind is not None:
        raise TypeError(f"'kind' argument to {name} is not supported. Use stable=True or stable=False to specify sort stability.")
    if order is not None:
        raise TypeError(f"'order' argument to {name} is not supported.")


def sort_complex(a):
    """The elements as complex numbers, sorted.

    >>> import jaxgo.numpy as jnp
    >>> jnp.sort_complex(jnp.array([1j, 1]))
    Array([0.+1.j, 1.+0.j], dtype=complex64)
    """
    return call("jnp.sort_complex", a)


def lexsort(keys, axis=-1):
    """The indices that sort by several keys, the last one first.

    >>> import jaxgo.numpy as jnp
    >>> jnp.lexsort((jnp.array([2, 1, 3]), jnp.array([1, 1, 0])))
    Array([2, 1, 0], dtype=int32)
    """
    if isinstance(keys, (list, tuple)):
        return call("jnp.lexsort", keys, ints(axis))
    return call("jnp.lexsort_array", keys, ints(axis))


def partition(a, kth, axis=-1):
    """An array with its kth smallest element in place and the smaller ones before it.

    >>> import jaxgo.numpy as jnp
    >>> jnp.partition(jnp.array([3, 1, 2]), 1)
    Array([1, 2, 3], dtype=int32)
    """
    return call("jnp.partition", a, operator.index(kth), ints(axis))


def argpartition(a, kth, axis=-1):
    """The indices that partition an array around its kth smallest element.

    >>> import jaxgo.numpy as jnp
    >>> jnp.argpartition(jnp.array([3, 1, 2]), 1)
    Array([1, 2, 0], dtype=int32)
    """
    return call("jnp.argpartition", a, operator.index(kth), ints(axis))


def searchsorted(a, v, side="left", sorter=None, *, method="scan"):
    """Where values would have to be inserted into a sorted array.

    >>> import jaxgo.numpy as jnp
    >>> jnp.searchsorted(jnp.array([1, 3, 5]), jnp.array([2, 5]))
    Array([1, 2], dtype=int32)
    """
    return call("jnp.searchsorted", a, v, side, sorter, method)


def digitize(x, bins, right=False, *, method=None):
    """The number of the bin that each value falls into.

    >>> import jaxgo.numpy as jnp
    >>> jnp.digitize(jnp.array([0.5, 2.5]), jnp.array([0., 1., 2.]))
    Array([1, 3], dtype=int32)
    """
    return call("jnp.digitize", x, bins, concrete(right, "right argument of jnp.digitize()", bool), method)


# ---- indexing by functions ----


def _mode(mode):
    if mode is None or isinstance(mode, str):
        return mode
    from ..lax._types import mode_name

    return mode_name(mode)


def take(a, indices, axis=None, out=None, mode=None, unique_indices=False, indices_are_sorted=False, fill_value=None):
    """The elements, or slices along an axis, at given indices.

    >>> import jaxgo.numpy as jnp
    >>> jnp.take(jnp.array([5, 6, 7]), jnp.array([2, 0]))
    Array([7, 5], dtype=int32)
    """
    _no_out("take", out)
    return call("jnp.take", a, indices, ints(axis), _mode(mode), unique_indices, indices_are_sorted, _static_fill(fill_value))


def take_along_axis(arr, indices, axis=-1, mode=None, fill_value=None, *, wrap_negative_indices=None):
    """The elements at indices that are matched with the other axes, as argsort gives them.

    >>> import jaxgo.numpy as jnp
    >>> jnp.take_along_axis(jnp.array([30, 10, 20]), jnp.array([1, 2, 0]), 0)
    Array([10, 20, 30], dtype=int32)
    """
    return call("jnp.take_along_axis", arr, indices, ints(axis), _mode(mode), _static_fill(fill_value), wrap_negative_indices)


def _static_fill(x):
    return x.item() if hasattr(x, "item") and getattr(x, "ndim", 1) == 0 else x


def put(a, ind, v, mode=None, *, inplace=True):
    """An array with elements replaced at flat indices; inplace has to be False.

    >>> import jaxgo.numpy as jnp
    >>> jnp.put(jnp.zeros(3), jnp.array([1]), 5., inplace=False)
    Array([0., 5., 0.], dtype=float32)
    """
    if inplace:
        raise ValueError(
            "jnp.put cannot modify arrays in-place, because JAX arrays are immutable. Pass inplace=False to instead return an updated array."
        )
    return call("jnp.put", a, ind, v, mode, False)


def put_along_axis(arr, indices, values, axis, inplace=True, *, mode=None):
    """An array with elements replaced at indices that are matched with the other axes; inplace has to be False.

    >>> import jaxgo.numpy as jnp
    >>> jnp.put_along_axis(jnp.zeros(3), jnp.array([1]), 5., 0, inplace=False)
    Array([0., 5., 0.], dtype=float32)
    """
    if inplace:
        raise ValueError(
            "jnp.put_along_axis cannot modify arrays in-place, because JAX arrays are immutable. Pass inplace=False to instead "
            "return an updated array."
        )
    return call("jnp.put_along_axis", arr, indices, values, ints(axis), False, _mode(mode))


def place(arr, mask, vals, *, inplace=True):
    """An array with the elements where mask holds replaced by values in turn; inplace has to be False.

    >>> import jaxgo.numpy as jnp
    >>> jnp.place(jnp.array([1, 2, 3]), jnp.array([True, False, True]), jnp.array([8, 9]), inplace=False)
    Array([8, 2, 9], dtype=int32)
    """
    if inplace:
        raise ValueError(
            "jnp.place cannot modify arrays in-place, because JAX arrays are immutable. Pass inplace=False to instead return an updated array."
        )
    return call("jnp.place", arr, mask, vals, False)


def choose(a, choices, out=None, mode="raise"):
    """Each element from the choice whose number an array holds.

    >>> import jaxgo.numpy as jnp
    >>> jnp.choose(jnp.array([1, 0]), [jnp.array([1, 2]), jnp.array([3, 4])])
    Array([3, 2], dtype=int32)
    """
    _no_out("choose", out)
    cs = list(choices)
    if mode == "raise":
        if isinstance(a, _Tracer):
            concrete(a, "The error occurred because jnp.choose was jit-compiled with mode='raise'. Use mode='wrap' or mode='clip' instead.")
        return call("jnp.choose_checked", a, cs, mode)
    return call("jnp.choose", a, cs, mode)


def unravel_index(indices, shape):
    """Flat indices as one index for each axis.

    >>> import jaxgo.numpy as jnp
    >>> jnp.unravel_index(5, (2, 3))
    (Array(1, dtype=int32, weak_type=True), Array(2, dtype=int32, weak_type=True))
    """
    try:
        shape = tuple(shape)
    except TypeError:
        shape = (shape,)
    if any(getattr(s, "ndim", 0) for s in shape):
        raise ValueError("unravel_index: shape should be a scalar or 1D sequence.")
    if any(isinstance(s, _Tracer) for s in shape):
        return _unravel(arrays("unravel_index", indices), shape)
    return tuple(call("jnp.unravel_index", indices, tuple(map(operator.index, shape))))


def _unravel(i, shape):
    """unravel_index for traced sizes."""
    from ._elementwise import divmod

    out = []
    for n in reversed(shape):
        i, rest = divmod(i, n)
        out.append((n, rest))
    above, below = i > 0, i < -1 if i.dtype.kind == "i" else False
    return tuple(_where(above, n - 1, _where(below, 0, r)) for n, r in reversed(out))


def ravel_multi_index(multi_index, dims, mode="raise", order="C", *, dtype=None):
    """One index for each axis as flat indices.

    >>> import jaxgo.numpy as jnp
    >>> jnp.ravel_multi_index((jnp.array([1]), jnp.array([2])), (2, 3))
    Array([5], dtype=int32)
    """
    assert len(multi_index) == len(dims), f"len(multi_index)={len(multi_index)} != len(dims)={len(dims)}"
    dims = tuple(concrete(d, "in `dims` argument of ravel_multi_index().", operator.index) for d in dims)
    idx = [arrays("ravel_multi_index", i) for i in multi_index]
    d = None if dtype is None else dtype_arg(dtype, "ravel_multi_index")
    if mode == "raise":
        for i, n in zip(idx, dims):
            i = concrete(
                i, "The error occurred because ravel_multi_index was jit-compiled with mode='raise'. Use mode='wrap' or mode='clip' instead."
            )
            if i.dtype.kind in "iu" and ((i < 0) | (i >= n)).any():
                raise ValueError("invalid entry in coordinates array")
        mode = "ignore"
    return call("jnp.ravel_multi_index", idx, dims, mode, order, d)


def ix_(*args):
    """Index vectors shaped so that they broadcast to a grid.

    >>> import jaxgo.numpy as jnp
    >>> jnp.ix_(jnp.array([0, 1]), jnp.array([2]))[0]
    Array([[0],
           [1]], dtype=int32)
    """
    return tuple(call("jnp.ix_", args)) if args else ()


def meshgrid(*xi, copy=True, sparse=False, indexing="xy"):
    """Coordinate vectors repeated to grids.

    >>> import jaxgo.numpy as jnp
    >>> x, y = jnp.meshgrid(jnp.arange(3), jnp.arange(2))
    >>> x.shape
    (2, 3)
    """
    if not copy:
        raise ValueError("jax.numpy.meshgrid only supports copy=True")
    if indexing not in ("xy", "ij"):
        raise ValueError(f"Valid values for indexing are 'xy' and 'ij', got {indexing}")
    return list(call("jnp.meshgrid", xi, bool(sparse), indexing))
