"""Reductions over segments: rows that share a number are summed, multiplied, or their extremes found."""

from __future__ import annotations

from . import _fast

_call = _fast.call


def _segment(name, data, segment_ids, num_segments, indices_are_sorted, unique_indices, bucket_size, mode):
    import operator

    from .lax._types import mode_name
    from .numpy._util import concrete

    if num_segments is not None:
        num_segments = concrete(num_segments, f"{name}() `num_segments` argument.", operator.index)
        if num_segments < 0:
            raise ValueError("num_segments must be non-negative.")
    if bucket_size is not None:
        bucket_size = operator.index(bucket_size)
    return _call(
        "ops." + name, data, segment_ids, num_segments, indices_are_sorted, unique_indices, bucket_size, None if mode is None else mode_name(mode)
    )


def segment_sum(data, segment_ids, num_segments=None, indices_are_sorted=False, unique_indices=False, bucket_size=None, mode=None, out_sharding=None):
    """The sums of the rows of each segment.

    >>> import jaxgo as jax, jaxgo.numpy as jnp
    >>> print(jax.ops.segment_sum(jnp.arange(5), jnp.array([0, 0, 1, 1, 2])))
    [1 5 4]
    """
    return _segment("segment_sum", data, segment_ids, num_segments, indices_are_sorted, unique_indices, bucket_size, mode)


def segment_prod(
    data, segment_ids, num_segments=None, indices_are_sorted=False, unique_indices=False, bucket_size=None, mode=None, out_sharding=None
):
    """The products of the rows of each segment."""
    return _segment("segment_prod", data, segment_ids, num_segments, indices_are_sorted, unique_indices, bucket_size, mode)


def segment_max(data, segment_ids, num_segments=None, indices_are_sorted=False, unique_indices=False, bucket_size=None, mode=None, out_sharding=None):
    """The greatest of the rows of each segment; of empty ones the least number there is."""
    return _segment("segment_max", data, segment_ids, num_segments, indices_are_sorted, unique_indices, bucket_size, mode)


def segment_min(data, segment_ids, num_segments=None, indices_are_sorted=False, unique_indices=False, bucket_size=None, mode=None, out_sharding=None):
    """The least of the rows of each segment; of empty ones the greatest number there is."""
    return _segment("segment_min", data, segment_ids, num_segments, indices_are_sorted, unique_indices, bucket_size, mode)
