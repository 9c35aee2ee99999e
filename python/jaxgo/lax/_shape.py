"""Shapes: what moves, repeats, joins and converts elements, and what makes arrays."""

from __future__ import annotations

import operator
from builtins import slice as _builtin_slice

from .. import _fast
from .._dtype import as_dtype
from ._types import precision_name
from ._util import Array, asarray, canonical_axis, canonical_shape, dtype_of, ints, ndim
from ._util import shape as _shape_of

_func = _fast.func
_reshape, _transpose, _broadcast, _broadcast_in_dim = (_func("lax." + n) for n in ("reshape", "transpose", "broadcast", "broadcast_in_dim"))
_squeeze, _expand_dims, _rev, _concatenate, _pad = (_func("lax." + n) for n in ("squeeze", "expand_dims", "rev", "concatenate", "pad"))
_split, _stack, _unstack, _tile, _select_n = (_func("lax." + n) for n in ("split", "stack", "unstack", "tile", "select_n"))
_convert_to, _convert, _bitcast = (_func("lax." + n) for n in ("convert_element_type", "_convert_element_type", "bitcast_convert_type"))
_reduce_precision, _iota, _empty = (_func("lax." + n) for n in ("reduce_precision", "broadcasted_iota", "empty"))
_stop_gradient, _barrier = _func("lax.stop_gradient"), _func("lax.optimization_barrier")
_select, _argmin, _argmax = _func("lax.select"), _func("lax.argmin"), _func("lax.argmax")
_dot_general = _func("lax.dot_general")


def dtype(x):
    """The dtype of an array or scalar.

    >>> from jaxgo import lax
    >>> lax.dtype(1.)
    dtype('float32')
    """
    return dtype_of(x)


def convert_element_type(operand, new_dtype):
    """The operand's elements converted to ``new_dtype``.

    >>> from jaxgo import lax
    >>> print(lax.convert_element_type(1.7, int))
    1
    """
    d = as_dtype(new_dtype, "convert_element_type")
    _warn_complex(operand, d)
    if type(operand) is int and not -(1 << 31) <= operand < 1 << 31:  # wraps, as NumPy's conversion does
        import numpy as np

        operand = np.asarray(operand).astype(d)
    return _convert(operand, d, False)


def _warn_complex(x, d):
    old = getattr(x, "dtype", None)
    if (old is not None and getattr(old, "kind", "") == "c" or type(x) is complex) and getattr(d, "kind", "c") != "c":
        import warnings

        import numpy as np

        warnings.warn("Casting complex values to real discards the imaginary part", np.exceptions.ComplexWarning, stacklevel=3)


def _convert_element_type(operand, new_dtype=None, weak_type=False, sharding=None, warn_on_complex_to_real_cast=True):
    d = as_dtype(new_dtype)
    if d is not None and warn_on_complex_to_real_cast:
        _warn_complex(operand, d)
    return _convert(operand, d, bool(weak_type))


def bitcast_convert_type(operand, new_dtype):
    """The operand's bytes read as another dtype; the last axis grows or shrinks where element sizes differ.

    >>> from jaxgo import lax
    >>> print(lax.bitcast_convert_type(1., "int32"))
    1065353216
    """
    return _bitcast(operand, as_dtype(new_dtype, "bitcast_convert_type"))


def reduce_precision(operand, exponent_bits, mantissa_bits):
    """The operand rounded to a floating-point format of so many exponent and mantissa bits.

    >>> from jaxgo import lax
    >>> print(lax.reduce_precision(1.001, 8, 7))
    1.0
    """
    return _reduce_precision(operand, operator.index(exponent_bits), operator.index(mantissa_bits))


def reshape(operand, new_sizes, dimensions=None, *, out_sharding=None):
    """The elements in another shape, read along ``dimensions`` if they are given.

    >>> from jaxgo import lax
    >>> print(lax.reshape(lax.iota(int, 4), (2, 2)))
    [[0 1]
     [2 3]]
    """
    return _reshape(operand, canonical_shape(new_sizes), None if dimensions is None else ints(dimensions))


def collapse(operand, start_dimension, stop_dimension=None):
    """The axes from ``start_dimension`` up to ``stop_dimension`` made one.

    >>> from jaxgo import lax, numpy as jnp
    >>> lax.collapse(jnp.zeros((2, 3, 4)), 1).shape
    (2, 12)
    """
    s = operand.shape
    lo, hi, _ = _builtin_slice(start_dimension, stop_dimension).indices(len(s))
    if hi < lo:
        raise ValueError(f"Invalid dimension range passed to collapse: {s}[{start_dimension}:{stop_dimension}]")
    size = 1
    for d in s[lo:hi]:
        size *= d
    return reshape(operand, s[:lo] + (size,) + s[hi:])


def transpose(operand, permutation):
    """The axes permuted.

    >>> from jaxgo import lax, numpy as jnp
    >>> lax.transpose(jnp.zeros((2, 3)), (1, 0)).shape
    (3, 2)
    """
    p = tuple(map(operator.index, permutation))
    if isinstance(operand, Array) and p == tuple(range(operand.ndim)):
        return operand
    return _transpose(operand, p)


def broadcast(operand, sizes, *, out_sharding=None):
    """The operand repeated along new leading axes.

    >>> from jaxgo import lax
    >>> print(lax.broadcast(1, (3,)))
    [1 1 1]
    """
    sizes = canonical_shape(sizes)
    return _broadcast(operand, sizes) if sizes else asarray(operand)


def broadcast_in_dim(operand, shape, broadcast_dimensions, *, out_sharding=None):
    """The operand repeated to ``shape``, of which its axes are those in ``broadcast_dimensions``.

    >>> from jaxgo import lax
    >>> print(lax.broadcast_in_dim(lax.iota(int, 2), (2, 2), (0,)))
    [[0 0]
     [1 1]]
    """
    shape, dims = canonical_shape(shape), ints(broadcast_dimensions)
    if not dims and not shape and isinstance(operand, Array) and not operand.ndim:
        return operand
    return _broadcast_in_dim(operand, shape, dims)


def broadcast_like(arr, like_arr):
    """``arr`` with the shape of ``like_arr``.

    >>> from jaxgo import lax
    >>> print(lax.broadcast_like(1, lax.iota(int, 3)))
    [1 1 1]
    """
    return broadcast_to(arr, _shape_of(like_arr))


def broadcast_to(arr, shape, sharding=None):
    n = ndim(arr)
    if n == len(shape) and _shape_of(arr) == tuple(shape):
        return asarray(arr)
    return broadcast_in_dim(arr, shape, tuple(range(len(shape) - n, len(shape))))


def broadcast_to_rank(x, rank):
    """x with as many leading axes of size 1 as give it the rank.

    >>> from jaxgo import lax
    >>> lax.broadcast_to_rank(lax.iota(int, 3), 2).shape
    (1, 3)
    """
    n = ndim(x)
    return asarray(x) if n == rank else broadcast(x, (1,) * (rank - n))


def broadcast_shapes(*shapes):
    """The shape that arrays of these shapes broadcast to.

    >>> from jaxgo import lax
    >>> lax.broadcast_shapes((3, 1), (4,))
    (3, 4)
    """
    shapes = [canonical_shape(s) for s in shapes]
    if len(shapes) == 1:
        return shapes[0]
    rank = max(map(len, shapes), default=0)
    padded = [(1,) * (rank - len(s)) + s for s in shapes]
    out = []
    for sizes in zip(*padded):
        known = {d for d in sizes if d != 1}
        if len(known) > 1:
            raise ValueError(f"Incompatible shapes for broadcasting: shapes={shapes}")
        out.append(known.pop() if known else 1)
    return tuple(out)


def squeeze(array, dimensions):
    """The array without axes of size 1.

    >>> from jaxgo import lax, numpy as jnp
    >>> lax.squeeze(jnp.zeros((1, 3)), (0,)).shape
    (3,)
    """
    n = ndim(array)
    dims = tuple(sorted(canonical_axis(i, n) for i in dimensions))
    if not dims and isinstance(array, Array):
        return array
    return _squeeze(array, dims)


def expand_dims(array, dimensions):
    """The array with axes of size 1 at these places of the result's shape.

    >>> from jaxgo import lax
    >>> lax.expand_dims(lax.iota(int, 3), (0,)).shape
    (1, 3)
    """
    if len(set(dimensions)) != len(dimensions):
        raise ValueError(f"repeated axis in lax.expand_dims: {dimensions}")
    n = ndim(array) + len(dimensions)
    dims = [canonical_axis(i, n) for i in dimensions]
    if len(set(dims)) != len(dims):
        raise ValueError(f"repeated axis in lax.expand_dims: {dims}")
    return _expand_dims(array, dims)


def rev(operand, dimensions):
    """The operand backwards along some axes.

    >>> from jaxgo import lax
    >>> print(lax.rev(lax.iota(int, 3), (0,)))
    [2 1 0]
    """
    return _rev(operand, ints(dimensions))


def concatenate(operands, dimension):
    """Arrays joined along an axis.

    >>> from jaxgo import lax
    >>> print(lax.concatenate([lax.iota(int, 2), lax.iota(int, 2)], 0))
    [0 1 0 1]
    """
    if len(operands) == 0:
        raise ValueError("concatenate requires a non-empty sequences of arrays")
    if len(operands) == 1 and isinstance(operands[0], Array):
        return operands[0]
    return _concatenate(list(operands), dimension)


def split(operand, sizes, axis=0):
    """The operand cut along an axis into pieces of these sizes.

    >>> from jaxgo import lax
    >>> lax.split(lax.iota(int, 3), (1, 2))
    [Array([0], dtype=int32), Array([1, 2], dtype=int32)]
    """
    operand = asarray(operand)
    return _split(operand, ints(sizes), canonical_axis(axis, operand.ndim))


def stack(operands, axis=0):
    """Arrays of one shape joined along a new axis.

    >>> from jaxgo import lax
    >>> lax.stack([lax.iota(int, 2), lax.iota(int, 2)]).shape
    (2, 2)
    """
    arrays = [asarray(x) for x in operands]
    return _stack(arrays, canonical_axis(axis, arrays[0].ndim + 1))


def unstack(x, axis=0):
    """The slices of x along an axis.

    >>> from jaxgo import lax
    >>> lax.unstack(lax.iota(int, 2))
    (Array(0, dtype=int32), Array(1, dtype=int32))
    """
    x = asarray(x)
    return tuple(_unstack(x, canonical_axis(axis, x.ndim)))


def tile(operand, reps):
    """The operand repeated so many times along each axis.

    >>> from jaxgo import lax
    >>> print(lax.tile(lax.iota(int, 2), (2,)))
    [0 1 0 1]
    """
    return _tile(operand, ints(reps))


def pad(operand, padding_value, padding_config):
    """The operand with (low, high, interior) padding along each axis; negative padding removes elements.

    >>> from jaxgo import lax
    >>> print(lax.pad(lax.iota(int, 3), 9, [(1, 0, 1)]))
    [9 0 9 1 9 2]
    """
    return _pad(operand, padding_value, [tuple(map(operator.index, c)) for c in padding_config])


def select(pred, on_true, on_false):
    """``on_true`` where ``pred`` holds, ``on_false`` elsewhere.

    >>> from jaxgo import lax
    >>> print(lax.select(True, 1, 2))
    1
    """
    return _select(pred, on_true, on_false)


def select_n(which, *cases):
    """The elements of the case whose number ``which`` gives.

    >>> from jaxgo import lax
    >>> print(lax.select_n(1, 10, 20, 30))
    20
    """
    return _select_n(which, list(cases))


def argmin(operand, axis, index_dtype):
    """The index of the least element along an axis.

    >>> from jaxgo import lax, numpy as jnp
    >>> print(lax.argmin(jnp.array([3, 1, 2]), 0, int))
    1
    """
    return _argmin(operand, axis, as_dtype(index_dtype, "argmin"))


def argmax(operand, axis, index_dtype):
    """The index of the greatest element along an axis.

    >>> from jaxgo import lax, numpy as jnp
    >>> print(lax.argmax(jnp.array([3, 1, 2]), 0, int))
    0
    """
    return _argmax(operand, axis, as_dtype(index_dtype, "argmax"))


def full(shape, fill_value, dtype=None, *, sharding=None):
    """An array of one value.

    >>> from jaxgo import lax
    >>> print(lax.full((2,), 7))
    [7 7]
    """
    shape = canonical_shape(shape)
    if _shape_of(fill_value):
        raise TypeError(f"full must be called with scalar fill_value, got fill_value.shape {_shape_of(fill_value)}.")
    if dtype is None:
        return broadcast(asarray(fill_value), shape)
    if hasattr(dtype, "_impl"):
        return _full_keys(shape, fill_value, dtype)
    return broadcast(_convert_scalar(fill_value, as_dtype(dtype, "full")), shape)


def _convert_scalar(x, d, weak=False):
    _warn_complex(x, d)
    if type(x) is int:  # wraps, as NumPy's conversion does
        import numpy as np

        try:
            x = np.asarray(x).astype(d)
        except TypeError:
            pass
    return _convert(x, d, weak)


def _full_keys(shape, fill_value, dtype):
    from ..random import key_data, wrap_key_data

    if hasattr(getattr(fill_value, "dtype", None), "_impl"):
        fill_value = key_data(fill_value)
    words = dtype._impl.key_shape if hasattr(dtype._impl, "key_shape") else (2,)
    return wrap_key_data(full((*shape, *words), fill_value, "uint32"), impl=getattr(dtype._impl, "name", None))


def full_like(x, fill_value, dtype=None, shape=None, sharding=None):
    """An array of one value, with the shape and dtype of x unless others are given.

    >>> from jaxgo import lax
    >>> print(lax.full_like(lax.iota(int, 2), 7))
    [7 7]
    """
    s = _shape_of(x) if shape is None else canonical_shape(shape)
    weak = dtype is None and (type(x) in (int, float, complex) or bool(getattr(x, "weak_type", False)))
    d = as_dtype(dtype) if dtype is not None else dtype_of(x)
    if hasattr(d, "_impl"):
        return _full_keys(s, fill_value, d)
    y = full(s, _convert_scalar(fill_value, d, weak))
    if shape is None and sharding is None and type(x) is _fast.ArrayImpl and x.committed and type(y) is _fast.ArrayImpl:
        from .._device import device_put

        return device_put(y, x.device)
    return y


def iota(dtype, size):
    """The numbers from 0 up to ``size``.

    >>> from jaxgo import lax
    >>> print(lax.iota(int, 3))
    [0 1 2]
    """
    return broadcasted_iota(dtype, (size,), 0)


def broadcasted_iota(dtype, shape, dimension, *, out_sharding=None):
    """The index along one axis, for every element of an array of the shape.

    >>> from jaxgo import lax
    >>> print(lax.broadcasted_iota(int, (2, 2), 0))
    [[0 0]
     [1 1]]
    """
    from ._util import concrete_int

    return _iota(as_dtype(dtype, "broadcasted_iota"), canonical_shape(shape), concrete_int(dimension, "dimension argument of lax.broadcasted_iota"))


def empty(shape, dtype, *, out_sharding=None):
    """An array of which only shape and dtype matter.

    >>> from jaxgo import lax
    >>> lax.empty((2,), "float32").shape
    (2,)
    """
    return _empty(canonical_shape(shape), as_dtype(dtype, "lax.empty"))


def _eye(dtype, shape, offset=0):
    from .. import numpy as jnp

    return jnp.eye(*shape, k=offset, dtype=dtype)


def shape_as_value(shape):
    """A shape as an array of integers.

    >>> from jaxgo import lax
    >>> print(lax.shape_as_value((2, 3)))
    [2 3]
    """
    import numpy as np

    return full((0,), 0, "int32") if len(shape) == 0 else np.asarray(shape, dtype=np.int32)


def stop_gradient(x):
    """x, whose derivative is taken to be zero.

    >>> import jaxgo as jax
    >>> print(jax.grad(lambda x: x * jax.lax.stop_gradient(x))(3.))
    3.0
    """
    if isinstance(x, Array):
        return _stop_gradient(x)
    from ..tree_util import tree_map

    return tree_map(_stop_leaf, x)


def _stop_leaf(x):
    if isinstance(x, Array):
        return _stop_gradient(x)
    from .._api import aval_id, kind_of

    return _stop_gradient(x) if kind_of(aval_id(x)) in "fc" else x


def optimization_barrier(operand, /):
    """The operand, which the compiler computes in full before anything that uses the result.

    >>> from jaxgo import lax
    >>> print(lax.optimization_barrier(1))
    1
    """
    from ..tree_util import tree_flatten, tree_unflatten

    leaves, tree = tree_flatten(operand)
    return tree_unflatten(tree, _barrier(leaves) if leaves else [])


def stage(x, /):
    """x as a value of the current trace.

    >>> from jaxgo import lax
    >>> print(lax.stage(1))
    1
    """
    return asarray(x)


def dot_general(lhs, rhs, dimension_numbers, precision=None, preferred_element_type=None, *, out_sharding=None):
    """The sum of products over contracted axes, for every index of the batch axes and of the others.

    ``dimension_numbers`` is ((lhs contracted, rhs contracted), (lhs batch, rhs batch)).

    >>> from jaxgo import lax
    >>> print(lax.dot_general(lax.iota(int, 3), lax.iota(int, 3), (((0,), (0,)), ((), ()))))
    5
    """
    (lc, rc), (lb, rb) = dimension_numbers
    return _dot_general(
        lhs,
        rhs,
        ints(lc),
        ints(rc),
        ints(lb),
        ints(rb),
        precision_name(precision),
        as_dtype(preferred_element_type, "dot") if preferred_element_type is not None else None,
    )


def dot(lhs, rhs, *, dimension_numbers=None, precision=None, preferred_element_type=None, out_sharding=None):
    """The product of vectors or matrices; any product with ``dimension_numbers``, see dot_general.

    >>> from jaxgo import lax
    >>> print(lax.dot(lax.iota(int, 3), lax.iota(int, 3)))
    5
    """
    if dimension_numbers is None:
        ls, rs = _shape_of(lhs), _shape_of(rhs)
        if not (1 <= len(ls) <= 2 and 1 <= len(rs) <= 2 and ls[-1] == rs[0]):
            raise ValueError(
                "jax.lax.dot: dimension_numbers must be specified when not performing simple un-batched matrix-matrix, "
                f"matrix-vector, or vector-vector products; got lhs_shape={ls!r} rhs_shape={rs!r}"
            )
        dimension_numbers = (((len(ls) - 1,), (0,)), ((), ()))
    return dot_general(lhs, rhs, dimension_numbers, precision, preferred_element_type)


def batch_matmul(lhs, rhs, precision=None):
    """Products of matrices, whose leading axes are batch axes.

    >>> from jaxgo import lax, numpy as jnp
    >>> lax.batch_matmul(jnp.ones((5, 2, 3)), jnp.ones((5, 3, 4))).shape
    (5, 2, 4)
    """
    if min(lhs.ndim, rhs.ndim) < 2:
        raise ValueError(f"Arguments to batch_matmul must be at least 2D, got {lhs.ndim}, {rhs.ndim}")
    if lhs.ndim != rhs.ndim:
        raise ValueError(f"Arguments to batch_matmul must have same ndim, got {lhs.ndim}, {rhs.ndim}")
    n = lhs.ndim
    batch = tuple(range(n - 2))
    return dot_general(lhs, rhs, (((n - 1,), (n - 2,)), (batch, batch)), precision)
