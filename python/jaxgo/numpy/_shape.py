"""Shapes: reshape, transpose and their like; diagonals and triangles."""

from __future__ import annotations

from .. import _fast
from .._dtype import dtype_arg
from ._util import _no_out, arrays, canonical_shape, check_arraylike, concrete, ints

_func, call = _fast.func, _fast.call
_Array, _Tracer = _fast.Array, _fast.Tracer
_reshape, _transpose, _ravel = _func("jnp.reshape"), _func("jnp.transpose"), _func("jnp.ravel")
_broadcast_to, _permute_dims, _matrix_transpose = _func("jnp.broadcast_to"), _func("jnp.permute_dims"), _func("jnp.matrix_transpose")


def reshape(a, shape, order="C", *, copy=None, out_sharding=None):
    """The elements of an array in another shape; one size may be -1.

    >>> import jaxgo.numpy as jnp
    >>> jnp.arange(6).reshape(2, -1)
    Array([[0, 1, 2],
           [3, 4, 5]], dtype=int32)
    """
    return _reshape(a, canonical_shape(shape), order)


def ravel(a, order="C", *, out_sharding=None):
    """The elements of an array in one axis.

    >>> import jaxgo.numpy as jnp
    >>> jnp.ravel(jnp.array([[1, 2], [3, 4]]))
    Array([1, 2, 3, 4], dtype=int32)
    """
    if order == "K":
        raise NotImplementedError("Ravel not implemented for order='K'.")
    return _ravel(a, order)


def transpose(a, axes=None):
    """The axes of an array permuted; reversed by default.

    >>> import jaxgo.numpy as jnp
    >>> jnp.transpose(jnp.array([[1, 2], [3, 4]]))
    Array([[1, 3],
           [2, 4]], dtype=int32)
    """
    return _transpose(a, axes if axes is None else ints(axes))


def permute_dims(a, /, axes):
    """The axes of an array permuted.

    >>> import jaxgo.numpy as jnp
    >>> jnp.permute_dims(jnp.ones((2, 3, 4)), (2, 0, 1)).shape
    (4, 2, 3)
    """
    return _permute_dims(a, ints(axes))


def matrix_transpose(x, /):
    """The last two axes exchanged.

    >>> import jaxgo.numpy as jnp
    >>> jnp.matrix_transpose(jnp.array([[1, 2], [3, 4]]))
    Array([[1, 3],
           [2, 4]], dtype=int32)
    """
    return _matrix_transpose(x)


def broadcast_to(array, shape, *, out_sharding=None):
    """An array repeated to a shape.

    >>> import jaxgo.numpy as jnp
    >>> jnp.broadcast_to(jnp.array([1, 2]), (2, 2))
    Array([[1, 2],
           [1, 2]], dtype=int32)
    """
    return _broadcast_to(array, canonical_shape(shape))


def broadcast_arrays(*args):
    """Arrays repeated to their common shape.

    >>> import jaxgo.numpy as jnp
    >>> jnp.broadcast_arrays(jnp.array([1, 2]), jnp.array([[3], [4]]))[0]
    Array([[1, 2],
           [1, 2]], dtype=int32)
    """
    return call("jnp.broadcast_arrays", args) if args else []


def broadcast_shapes(*shapes):
    """The shape that arrays of these shapes have when they are broadcast.

    >>> import jaxgo.numpy as jnp
    >>> jnp.broadcast_shapes((3, 1), (4,))
    (3, 4)
    """
    if not shapes:
        return ()
    shapes = [(s,) if isinstance(s, int) else tuple(s) for s in shapes]
    n = max(len(s) for s in shapes)
    out = [1] * n
    for s in shapes:
        for i, d in enumerate(s, n - len(s)):
            if out[i] == 1:
                out[i] = d
            elif d not in (1, out[i]):
                raise ValueError(f"Incompatible shapes for broadcasting: shapes={shapes}")
    return tuple(out)


_atleast = _func("jnp.atleast_1d"), _func("jnp.atleast_2d"), _func("jnp.atleast_3d")


def atleast_1d(*arys):
    """Arrays with at least one axis.

    >>> import jaxgo.numpy as jnp
    >>> jnp.atleast_1d(1.)
    Array([1.], dtype=float32, weak_type=True)
    """
    return _atleast[0](arys)[0] if len(arys) == 1 else _atleast[0](arys)


def atleast_2d(*arys):
    """Arrays with at least two axes.

    >>> import jaxgo.numpy as jnp
    >>> jnp.atleast_2d(jnp.array([1, 2]))
    Array([[1, 2]], dtype=int32)
    """
    return _atleast[1](arys)[0] if len(arys) == 1 else _atleast[1](arys)


def atleast_3d(*arys):
    """Arrays with at least three axes.

    >>> import jaxgo.numpy as jnp
    >>> jnp.atleast_3d(jnp.array([1, 2])).shape
    (1, 2, 1)
    """
    return _atleast[2](arys)[0] if len(arys) == 1 else _atleast[2](arys)


_expand_dims, _squeeze, _flip = _func("jnp.expand_dims"), _func("jnp.squeeze"), _func("jnp.flip")
_moveaxis, _swapaxes, _rollaxis, _rot90 = _func("jnp.moveaxis"), _func("jnp.swapaxes"), _func("jnp.rollaxis"), _func("jnp.rot90")


def expand_dims(a, axis):
    """An array with axes of size 1 inserted.

    >>> import jaxgo.numpy as jnp
    >>> jnp.expand_dims(jnp.ones(3), 0).shape
    (1, 3)
    """
    return _expand_dims(a, ints(axis))


def squeeze(a, axis=None):
    """An array without axes of size 1.

    >>> import jaxgo.numpy as jnp
    >>> jnp.squeeze(jnp.ones((1, 3, 1))).shape
    (3,)
    """
    return _squeeze(a, axis if axis is None else ints(axis))


def flip(m, axis=None):
    """An array with the order along axes reversed.

    >>> import jaxgo.numpy as jnp
    >>> jnp.flip(jnp.array([1, 2, 3]))
    Array([3, 2, 1], dtype=int32)
    """
    return _flip(m, ints(axis))


def fliplr(m):
    """An array with the order along the second axis reversed.

    >>> import jaxgo.numpy as jnp
    >>> jnp.fliplr(jnp.array([[1, 2], [3, 4]]))
    Array([[2, 1],
           [4, 3]], dtype=int32)
    """
    return _flip(arrays("fliplr", m), 1)


def flipud(m):
    """An array with the order along the first axis reversed.

    >>> import jaxgo.numpy as jnp
    >>> jnp.flipud(jnp.array([[1, 2], [3, 4]]))
    Array([[3, 4],
           [1, 2]], dtype=int32)
    """
    return _flip(arrays("flipud", m), 0)


def moveaxis(a, source, destination):
    """An array with axes moved to other places.

    >>> import jaxgo.numpy as jnp
    >>> jnp.moveaxis(jnp.ones((2, 3, 4)), 0, -1).shape
    (3, 4, 2)
    """
    return _moveaxis(a, ints(source), ints(destination))


def swapaxes(a, axis1, axis2):
    """An array with two axes exchanged.

    >>> import jaxgo.numpy as jnp
    >>> jnp.swapaxes(jnp.ones((2, 3)), 0, 1).shape
    (3, 2)
    """
    return _swapaxes(a, ints(axis1), ints(axis2))


def rollaxis(a, axis, start=0):
    """An array with an axis moved before another.

    >>> import jaxgo.numpy as jnp
    >>> jnp.rollaxis(jnp.ones((2, 3, 4)), 2).shape
    (4, 2, 3)
    """
    return _rollaxis(a, ints(axis), ints(start))


def rot90(m, k=1, axes=(0, 1)):
    """An array turned by quarters counterclockwise in the plane of two axes.

    >>> import jaxgo.numpy as jnp
    >>> jnp.rot90(jnp.array([[1, 2], [3, 4]]))
    Array([[2, 4],
           [1, 3]], dtype=int32)
    """
    return _rot90(m, ints(k), ints(axes))


def roll(a, shift, axis=None):
    """The elements moved along axes; those that fall off the end come back at the start.

    >>> import jaxgo.numpy as jnp
    >>> jnp.roll(jnp.arange(4), 1)
    Array([3, 0, 1, 2], dtype=int32)
    """
    try:
        s = ints(shift)
    except TypeError:
        return call("jnp.roll_dynamic", a, shift, ints(axis))
    return call("jnp.roll", a, s, ints(axis))


_diag, _diagflat, _diagonal, _trace = _func("jnp.diag"), _func("jnp.diagflat"), _func("jnp.diagonal"), _func("jnp.trace")
_tril, _triu = _func("jnp.tril"), _func("jnp.triu")


def diag(v, k=0):
    """A diagonal of a matrix, or a matrix with a vector on a diagonal.

    >>> import jaxgo.numpy as jnp
    >>> jnp.diag(jnp.array([1, 2]))
    Array([[1, 0],
           [0, 2]], dtype=int32)
    """
    return _diag(v, ints(k))


def diagflat(v, k=0):
    """A matrix with the elements of an array on a diagonal.

    >>> import jaxgo.numpy as jnp
    >>> jnp.diagflat(jnp.array([1, 2]))
    Array([[1, 0],
           [0, 2]], dtype=int32)
    """
    return _diagflat(v, ints(k))


def diagonal(a, offset=0, axis1=0, axis2=1):
    """A diagonal of the matrices in two axes.

    >>> import jaxgo.numpy as jnp
    >>> jnp.diagonal(jnp.array([[1, 2], [3, 4]]))
    Array([1, 4], dtype=int32)
    """
    return _diagonal(a, ints(offset), ints(axis1), ints(axis2))


def trace(a, offset=0, axis1=0, axis2=1, dtype=None, out=None):
    """The sum of a diagonal of the matrices in two axes.

    >>> import jaxgo.numpy as jnp
    >>> jnp.trace(jnp.array([[1, 2], [3, 4]]))
    Array(5, dtype=int32)
    """
    _no_out("trace", out)
    return _trace(a, offset, ints(axis1), ints(axis2), None if dtype is None else dtype_arg(dtype, "trace"))


def tril(m, k=0):
    """A matrix with zeros above a diagonal.

    >>> import jaxgo.numpy as jnp
    >>> jnp.tril(jnp.array([[1, 2], [3, 4]]))
    Array([[1, 0],
           [3, 4]], dtype=int32)
    """
    return _tril(m, ints(k))


def triu(m, k=0):
    """A matrix with zeros below a diagonal.

    >>> import jaxgo.numpy as jnp
    >>> jnp.triu(jnp.array([[1, 2], [3, 4]]))
    Array([[1, 2],
           [0, 4]], dtype=int32)
    """
    return _triu(m, ints(k))


def _triangle(name, n, k, m):
    import operator

    n, k = (concrete(x, f"{w} argument of jnp.triu_indices", operator.index) for x, w in ((n, "n"), (k, "k")))
    m = n if m is None else concrete(m, "m argument of jnp.triu_indices", operator.index)
    return tuple(call(name, n, k, m))


def tril_indices(n, k=0, m=None):
    """The indices of the lower triangle of an n by m matrix.

    >>> import jaxgo.numpy as jnp
    >>> jnp.tril_indices(2)
    (Array([0, 1, 1], dtype=int32), Array([0, 0, 1], dtype=int32))
    """
    return _triangle("jnp.tril_indices", n, k, m)


def triu_indices(n, k=0, m=None):
    """The indices of the upper triangle of an n by m matrix.

    >>> import jaxgo.numpy as jnp
    >>> jnp.triu_indices(2)
    (Array([0, 0, 1], dtype=int32), Array([0, 1, 1], dtype=int32))
    """
    return _triangle("jnp.triu_indices", n, k, m)


# ---- questions that need no computation ----


def _asked(name, a):
    if hasattr(a, name):
        return a
    check_arraylike(name, a, emit_warning=True)
    import numpy as np

    return np.asarray(a.__jax_array__() if hasattr(a, "__jax_array__") else a)


def shape(a):
    """The sizes of an array's axes.

    >>> import jaxgo.numpy as jnp
    >>> jnp.shape(jnp.ones((2, 3)))
    (2, 3)
    """
    return tuple(_asked("shape", a).shape)


def ndim(a):
    """The number of an array's axes.

    >>> import jaxgo.numpy as jnp
    >>> jnp.ndim(jnp.ones((2, 3)))
    2
    """
    return _asked("ndim", a).ndim


def size(a, axis=None):
    """The number of an array's elements, or of those along axes.

    >>> import jaxgo.numpy as jnp
    >>> jnp.size(jnp.ones((2, 3)))
    6
    """
    import math

    if axis is None and hasattr(a, "size"):
        return a.size
    s = _asked("shape" if axis is not None or hasattr(a, "shape") else "size", a).shape
    if axis is None:
        return math.prod(s)
    from ._util import canonical_axis

    axes = ints(axis)
    axes = axes if isinstance(axes, tuple) else (axes,)
    known = [canonical_axis(i, len(s)) for i in axes]
    if len(set(known)) != len(known):
        raise ValueError(f"repeated axis: {axes}")
    return math.prod(s[i] for i in known)
