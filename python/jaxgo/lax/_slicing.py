"""Slices, gather and scatter, sorting."""

from __future__ import annotations

import operator

from .. import _fast
from ._types import mode_name
from ._util import Array, asarray, canonical_axis, canonical_shape, ints, ndim

_func = _fast.func
_slice, _slice_in_dim, _index_in_dim = _func("lax.slice"), _func("lax.slice_in_dim"), _func("lax.index_in_dim")
_dynamic_slice, _dynamic_update_slice = _func("lax.dynamic_slice"), _func("lax.dynamic_update_slice")
_dynamic_slice_in_dim, _dynamic_index_in_dim = _func("lax.dynamic_slice_in_dim"), _func("lax.dynamic_index_in_dim")
_dynamic_update_slice_in_dim = _func("lax.dynamic_update_slice_in_dim")
_dynamic_update_index_in_dim = _func("lax.dynamic_update_index_in_dim")
_gather, _index_take = _func("lax.gather"), _func("lax.index_take")
_sort, _top_k, _approx = _func("lax.sort"), _func("lax.top_k"), _func("lax.approx_top_k")


def slice(operand, start_indices, limit_indices, strides=None):
    """The elements from the start indices up to the limits, with strides.

    >>> from jaxgo import lax
    >>> print(lax.slice(lax.iota(int, 5), (1,), (5,), (2,)))
    [1 3]
    """
    return _slice(operand, ints(start_indices), ints(limit_indices), None if strides is None else ints(strides))


def slice_in_dim(operand, start_index, limit_index, stride=1, axis=0):
    """Slice along one axis; negative indices count from its end.

    >>> from jaxgo import lax
    >>> print(lax.slice_in_dim(lax.iota(int, 5), 1, -1))
    [1 2 3]
    """
    return _slice_in_dim(
        operand,
        None if start_index is None else operator.index(start_index),
        None if limit_index is None else operator.index(limit_index),
        operator.index(stride),
        int(axis),
    )


def index_in_dim(operand, index, axis=0, keepdims=True):
    """The slice of size 1 at an index of an axis.

    >>> from jaxgo import lax
    >>> print(lax.index_in_dim(lax.iota(int, 5), -1))
    [4]
    """
    return _index_in_dim(operand, operator.index(index), int(axis), keepdims)


def _starts(operand, start_indices):
    if len(start_indices) != operand.ndim:
        raise ValueError(f"Length of slice indices must match number of operand dimensions ({len(start_indices)} vs {operand.shape})")
    if not isinstance(start_indices, (tuple, list)):
        if start_indices.ndim != 1:
            raise ValueError(f"Slice indices must be a 1D sequence, got {start_indices.shape}")
        return list(start_indices)
    return list(start_indices)


def _check_bounds(operand, starts, allow):
    for k, i in enumerate(starts):
        if not (allow if isinstance(allow, bool) else allow[k]) and isinstance(i, int) and i < 0:
            raise ValueError(f"Index {i} is out of bounds for dimension {operand.shape[k]} if allow_negative_indices=False")


def dynamic_slice(operand, start_indices, slice_sizes, *, allow_negative_indices=True):
    """The slice of a given size at indices that need not be known; a slice that would stick out is moved inside.

    >>> from jaxgo import lax
    >>> print(lax.dynamic_slice(lax.iota(int, 5), (3,), (3,)))
    [2 3 4]
    """
    starts = _starts(operand, start_indices)
    if allow_negative_indices is not True:
        _check_bounds(operand, starts, allow_negative_indices)
    return _dynamic_slice(operand, starts, canonical_shape(slice_sizes), allow_negative_indices)


def dynamic_update_slice(operand, update, start_indices, *, allow_negative_indices=True):
    """The operand with a slice at these indices replaced.

    >>> from jaxgo import lax
    >>> print(lax.dynamic_update_slice(lax.iota(int, 4), lax.full((2,), 9), (1,)))
    [0 9 9 3]
    """
    starts = _starts(operand, start_indices)
    if allow_negative_indices is not True:
        _check_bounds(operand, starts, allow_negative_indices)
    return _dynamic_update_slice(operand, update, starts, allow_negative_indices)


def dynamic_slice_in_dim(operand, start_index, slice_size, axis=0, *, allow_negative_indices=True):
    """dynamic_slice along one axis.

    >>> from jaxgo import lax
    >>> print(lax.dynamic_slice_in_dim(lax.iota(int, 5), 1, 2))
    [1 2]
    """
    if not allow_negative_indices:
        _check_bounds(operand, [start_index], False)
    return _dynamic_slice_in_dim(operand, start_index, operator.index(slice_size), int(axis), allow_negative_indices)


def dynamic_index_in_dim(operand, index, axis=0, keepdims=True, *, allow_negative_indices=True):
    """The slice of size 1 at an index of an axis that need not be known.

    >>> from jaxgo import lax
    >>> print(lax.dynamic_index_in_dim(lax.iota(int, 5), 1, keepdims=False))
    1
    """
    return _dynamic_index_in_dim(operand, index, int(axis), keepdims, allow_negative_indices)


def dynamic_update_slice_in_dim(operand, update, start_index, axis, *, allow_negative_indices=True):
    """dynamic_update_slice along one axis.

    >>> from jaxgo import lax
    >>> print(lax.dynamic_update_slice_in_dim(lax.iota(int, 4), lax.full((2,), 9), 1, 0))
    [0 9 9 3]
    """
    if not allow_negative_indices:
        _check_bounds(operand, [start_index], False)
    return _dynamic_update_slice_in_dim(operand, update, start_index, int(axis), allow_negative_indices)


def dynamic_update_index_in_dim(operand, update, index, axis, *, allow_negative_indices=True):
    """The operand with one index of an axis replaced.

    >>> from jaxgo import lax
    >>> print(lax.dynamic_update_index_in_dim(lax.iota(int, 4), 9, 1, 0))
    [0 9 2 3]
    """
    return _dynamic_update_index_in_dim(operand, update, index, int(axis), allow_negative_indices)


def _dims(d):
    return tuple(tuple(x) for x in d)


def gather(operand, start_indices, dimension_numbers, slice_sizes, *, unique_indices=False, indices_are_sorted=False, mode=None, fill_value=None):
    """Slices of the operand at many indices; see XLA's gather. jaxgo.numpy's indexing is easier to use.

    >>> from jaxgo import lax, numpy as jnp
    >>> dims = lax.GatherDimensionNumbers(offset_dims=(), collapsed_slice_dims=(0,), start_index_map=(0,))
    >>> print(lax.gather(lax.iota(int, 5), jnp.array([[3], [1]]), dims, (1,)))
    [3 1]
    """
    mode = "promise_in_bounds" if mode is None else mode_name(mode)
    return _gather(
        operand,
        start_indices,
        _dims(dimension_numbers),
        canonical_shape(slice_sizes),
        bool(unique_indices),
        bool(indices_are_sorted),
        mode,
        fill_value if mode == "fill" else None,
    )


def _scatterer(name, doc, result):
    f = _func("lax." + name)

    def scatter(operand, scatter_indices, updates, dimension_numbers, *, indices_are_sorted=False, unique_indices=False, mode=None):
        return f(operand, scatter_indices, updates, _dims(dimension_numbers), bool(indices_are_sorted), bool(unique_indices), mode_name(mode))

    scatter.__name__ = scatter.__qualname__ = name
    scatter.__doc__ = f"""{doc} See XLA's scatter; x.at[...] is easier to use.

    >>> from jaxgo import lax, numpy as jnp
    >>> dims = lax.ScatterDimensionNumbers(update_window_dims=(), inserted_window_dims=(0,), scatter_dims_to_operand_dims=(0,))
    >>> print(lax.{name}(lax.full((3,), 2), jnp.array([[1]]), jnp.array([5]), dims))
    {result}
    """
    return scatter


scatter = _scatterer("scatter", "The operand with slices at many indices replaced.", "[2 5 2]")
scatter_add = _scatterer("scatter_add", "The operand with updates added at many indices.", "[2 7 2]")
scatter_sub = _scatterer("scatter_sub", "The operand with updates subtracted at many indices.", "[ 2 -3  2]")
scatter_mul = _scatterer("scatter_mul", "The operand multiplied by updates at many indices.", "[ 2 10  2]")
scatter_min = _scatterer("scatter_min", "The minimum of operand and updates at many indices.", "[2 2 2]")
scatter_max = _scatterer("scatter_max", "The maximum of operand and updates at many indices.", "[2 5 2]")


def index_take(src, idxs, axes):
    """The slices of ``src`` at indices along some axes.

    >>> from jaxgo import lax, numpy as jnp
    >>> print(lax.index_take(lax.iota(int, 5), (jnp.array([3, 1]),), (0,)))
    [3 1]
    """
    return _index_take(src, list(idxs), ints(axes))


def sort(operand, dimension=-1, is_stable=True, num_keys=1):
    """The operand sorted along an axis. Several operands are sorted together, by the first ``num_keys`` of them.

    >>> from jaxgo import lax, numpy as jnp
    >>> print(lax.sort(jnp.array([3, 1, 2])))
    [1 2 3]
    """
    if isinstance(operand, (tuple, list)):
        if len(operand) == 0:
            raise TypeError("Sort requires at least one operand")
        if not 1 <= num_keys <= len(operand):
            raise ValueError(f"{num_keys=} must be between 1 and len(operand)={len(operand)!r}")
        return tuple(_sort(list(operand), canonical_axis(dimension, len(operand[0].shape)), is_stable, num_keys))
    if num_keys != 1:
        raise ValueError(f"{num_keys=} must equal 1 for a single operand.")
    return _sort([operand], canonical_axis(dimension, len(operand.shape)), is_stable, 1)[0]


def sort_key_val(keys, values, dimension=-1, is_stable=True):
    """Keys sorted along an axis, and values in the same order.

    >>> from jaxgo import lax, numpy as jnp
    >>> lax.sort_key_val(jnp.array([3, 1]), jnp.array([10, 20]))
    (Array([1, 3], dtype=int32), Array([20, 10], dtype=int32))
    """
    return tuple(_sort([keys, values], canonical_axis(dimension, len(keys.shape)), is_stable, 1))


def top_k(operand, k, *, axis=-1):
    """The k greatest elements along an axis, and their indices.

    >>> from jaxgo import lax, numpy as jnp
    >>> lax.top_k(jnp.array([3, 1, 2]), 2)
    [Array([3, 2], dtype=int32), Array([0, 2], dtype=int32)]
    """
    k = operator.index(k)
    if k < 0:
        raise ValueError(f"k argument to top_k must be nonnegative, got {k}")
    return _top_k(operand, k, canonical_axis(axis, ndim(operand)))


def approx_max_k(operand, k, reduction_dimension=-1, recall_target=0.95, reduction_input_size_override=-1, aggregate_to_topk=True):
    """The k greatest elements along an axis and their indices; where the hardware can be faster so, only most of them.

    >>> from jaxgo import lax, numpy as jnp
    >>> lax.approx_max_k(jnp.array([3., 1., 2.]), 2)
    [Array([3., 2.], dtype=float32), Array([0, 2], dtype=int32)]
    """
    return _approx(operand, k, reduction_dimension, float(recall_target), True, reduction_input_size_override, aggregate_to_topk)


def approx_min_k(operand, k, reduction_dimension=-1, recall_target=0.95, reduction_input_size_override=-1, aggregate_to_topk=True):
    """The k least elements along an axis and their indices; where the hardware can be faster so, only most of them.

    >>> from jaxgo import lax, numpy as jnp
    >>> lax.approx_min_k(jnp.array([3., 1., 2.]), 2)
    [Array([1., 2.], dtype=float32), Array([1, 2], dtype=int32)]
    """
    return _approx(operand, k, reduction_dimension, float(recall_target), False, reduction_input_size_override, aggregate_to_topk)


_apply = _func("scatter_apply")
_CLOSED = "Reduction computations can't close over Tracers. Please open an issue at https://github.com/jax-ml/jax."


def scatter_apply(operand, scatter_indices, func, dimension_numbers, *, update_shape=(), indices_are_sorted=False, unique_indices=False, mode=None):
    """The operand with ``func`` applied to slices at many indices.

    >>> from jaxgo import lax, numpy as jnp
    >>> dims = lax.ScatterDimensionNumbers(update_window_dims=(), inserted_window_dims=(0,), scatter_dims_to_operand_dims=(0,))
    >>> print(lax.scatter_apply(lax.full((3,), 2.), jnp.array([[1]]), jnp.exp2, dims, update_shape=(1,)))
    [2. 4. 2.]
    """
    operand = asarray(operand)
    return _apply(
        _applied(func, operand),
        operand,
        scatter_indices,
        tuple(update_shape),
        _dims(dimension_numbers),
        bool(indices_are_sorted),
        bool(unique_indices),
        mode_name(mode),
    )


def _applied(func, operand):
    """The jaxpr of two scalars that applies func to the first."""
    from ._trace import trace, traces

    cache = traces(func)
    two = cache.get(_applied)
    if two is None:
        import weakref

        try:
            ref = weakref.ref(func)
        except TypeError:

            def ref():
                return func

        def two(x, _):
            y = ref()(x)
            if not isinstance(y, (Array, int, float, complex)):
                raise ValueError(
                    f"Invalid return type from reduction function: {type(y)}\nReduction functions should only return an array.\n"
                    f"Full return value: {y}"
                )
            return y

        cache[_applied] = two
    zero = operand.dtype.type(0)
    return trace(two, (zero, zero), "scatter_apply", concrete=_CLOSED).jaxpr


def scatter_apply_index(x, index, func, mode, indices_are_sorted, unique_indices, wrap_negative_indices=True):
    """x with func applied at a NumPy index: x.at[index].apply(func)."""
    from ._trace import trace

    t = trace(func, (x.dtype.type(0),), "scatter_apply", concrete=_CLOSED)
    return _fast.call("jnp.index_apply", x, index, t.jaxpr, mode, indices_are_sorted, unique_indices, wrap_negative_indices)
