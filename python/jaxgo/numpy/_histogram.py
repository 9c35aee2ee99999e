"""Histograms."""

from __future__ import annotations

import math
import operator

from . import asarray, bincount, diff, ix_, linspace, ones_like, ptp, ravel_multi_index, reshape, searchsorted, shape, transpose, where, zeros
from ._util import arrays, check_arraylike, concrete, promoted_inexact


def histogram_bin_edges(a, bins=10, range=None, weights=None):
    """The edges of a histogram's bins.

    >>> import jaxgo.numpy as jnp
    >>> jnp.histogram_bin_edges(jnp.array([0., 1., 4.]), bins=2)
    Array([0., 2., 4.], dtype=float32)
    """
    from ..dtypes import to_inexact

    if isinstance(bins, str):
        raise NotImplementedError("string values for `bins` not implemented.")
    check_arraylike("histogram_bin_edges", a, bins)
    a = asarray(a)
    dtype = to_inexact(a.dtype)
    if len(shape(bins)) == 1:
        return asarray(bins, dtype=dtype)
    bins = concrete(bins, "bins argument of histogram_bin_edges", operator.index)
    if range is None:
        range = [a.min(), a.max()]
    range = asarray(range, dtype=dtype)
    if range.shape != (2,):
        raise ValueError(f"`range` must be either None or a sequence of scalars, got {range}")
    flat = ptp(range) == 0
    return linspace(where(flat, range[0] - 0.5, range[0]), where(flat, range[1] + 0.5, range[1]), bins + 1, dtype=dtype)


def histogram(a, bins=10, range=None, weights=None, density=None):
    """How many values, or what weight of them, fall into each of the bins, and the bins' edges.

    >>> import jaxgo.numpy as jnp
    >>> print(jnp.histogram(jnp.array([1, 2, 2, 3]), bins=3)[0])
    [1. 2. 1.]
    """
    if weights is None:
        a, _ = arrays("histogram", a, bins)
        (a,) = promoted_inexact(a)
        weights = ones_like(a)
    else:
        a, _, weights = arrays("histogram", a, bins, weights)
        if a.shape != weights.shape:
            raise ValueError("weights should have the same shape as a.")
        a, weights = promoted_inexact(a, weights)
    edges = histogram_bin_edges(a, bins, range, weights)
    at = searchsorted(edges, a, side="right")
    at = where(a == edges[-1], len(edges) - 1, at)
    counts = zeros(len(edges), weights.dtype).at[at].add(weights)[1:]
    if density:
        counts = counts / diff(edges) / counts.sum()
    return counts, edges


def histogram2d(x, y, bins=10, range=None, weights=None, density=None):
    """The histogram of pairs of values."""
    x, y = arrays("histogram2d", x, y)
    try:
        n = len(bins)
    except TypeError:
        n = 1
    if n not in (1, 2):
        bins = [asarray(bins)] * 2
    hist, edges = histogramdd(transpose(asarray([x, y])), bins, range, weights, density)
    return hist, edges[0], edges[1]


def histogramdd(sample, bins=10, range=None, weights=None, density=None):
    """The histogram of points in several dimensions, and the edges along each of them."""
    if weights is None:
        (sample,) = promoted_inexact(arrays("histogramdd", sample))
    else:
        sample, weights = arrays("histogramdd", sample, weights)
        if weights.shape != sample.shape[:1]:
            raise ValueError("should have one weight for each sample.")
        sample, weights = promoted_inexact(sample, weights)
    n, dims = sample.shape
    if range is not None and (len(range) != dims or any(r is not None and shape(asarray(r))[0] != 2 for r in range)):
        raise ValueError(f"For sample.shape={(n, dims)}, range must be a sequence of {dims} pairs or Nones; got {range=}")
    try:
        bins = list(bins)
    except TypeError:
        bins = dims * [bins]
    else:
        if len(bins) != dims:
            raise ValueError("should be a bin for each dimension.")
    at, edges = [], []
    for i, b in enumerate(bins):
        x = sample[:, i]
        e = histogram_bin_edges(x, b, None if range is None else range[i], weights)
        k = searchsorted(e, x, side="right")
        at.append(where(x == e[-1], k - 1, k))
        edges.append(e)
    counts = tuple(len(e) + 1 for e in edges)
    hist = bincount(ravel_multi_index(tuple(at), counts, mode="clip"), weights, length=math.prod(counts))
    hist = reshape(hist, counts)[dims * (slice(1, -1),)]
    if density:
        hist = hist.astype(sample.dtype)
        hist /= hist.sum()
        for width in ix_(*[diff(e) for e in edges]):
            hist /= width
    return hist, edges
