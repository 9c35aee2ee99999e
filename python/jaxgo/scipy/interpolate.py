"""jaxgo.scipy.interpolate: interpolation on grids."""

from __future__ import annotations

import itertools

import numpy as np

from .. import numpy as jnp
from ..numpy._util import check_arraylike, promoted_inexact
from ..tree_util import register_pytree_node

__all__ = ["RegularGridInterpolator"]


def _points(points, ndim):
    """The coordinates as one array (..., ndim); a tuple holds the arrays of each axis."""
    if isinstance(points, tuple) and len(points) == 1:
        points = points[0]
    if isinstance(points, tuple):
        p = jnp.broadcast_arrays(*points)
        points = jnp.empty(p[0].shape + (len(points),), dtype=float)
        for j, item in enumerate(p):
            points = points.at[..., j].set(item)
        return points
    check_arraylike("_ndim_coords_from_arrays", points)
    points = jnp.asarray(points)
    return points.reshape(-1, ndim) if points.ndim == 1 else points


def _check_method(method):
    if method not in ("linear", "nearest"):
        raise ValueError(f"method {method!r} is not defined")


class RegularGridInterpolator:
    """Interpolates values of shape (n1, ..., nd, ...) on the grid of the d arrays points, as scipy.interpolate.RegularGridInterpolator.

    Outside of the grid it gives fill_value, or extrapolates where that is None.

    >>> import jaxgo.numpy as jnp
    >>> from jaxgo.scipy.interpolate import RegularGridInterpolator
    >>> f = RegularGridInterpolator((jnp.arange(3.), jnp.arange(2.)), jnp.arange(6.).reshape(3, 2))
    >>> print(f(jnp.array([[0.5, 0.5], [2., 0.]])))
    [1.5 4. ]
    """

    def __init__(self, points, values, method="linear", bounds_error=False, fill_value=np.nan):
        _check_method(method)
        self.method = method
        self.bounds_error = bounds_error
        if bounds_error:
            raise NotImplementedError("`bounds_error` takes no effect under JIT")
        check_arraylike("RegularGridInterpolator", values)
        if len(points) > values.ndim:
            raise ValueError(f"there are {len(points)} point arrays, but values has {values.ndim} dimensions")
        (values,) = promoted_inexact(values)
        if fill_value is not None:
            check_arraylike("RegularGridInterpolator", fill_value)
            fill_value = jnp.asarray(fill_value)
            if not jnp.can_cast(fill_value.dtype, values.dtype, casting="same_kind"):
                raise ValueError("fill_value must be either 'None' or of a type compatible with values")
        self.fill_value = fill_value
        check_arraylike("RegularGridInterpolator", *points)
        self.grid = tuple(jnp.asarray(p) for p in points)
        self.values = values

    def __call__(self, xi, method=None):
        """The values at points of shape (..., d)."""
        method = self.method if method is None else method
        _check_method(method)
        ndim = len(self.grid)
        xi = _points(xi, ndim)
        if xi.shape[-1] != ndim:
            raise ValueError(f"the requested sample points xi have dimension {xi.shape[1]}, but this RegularGridInterpolator has dimension {ndim}")
        shape = xi.shape
        indices, distances, outside = self._find(xi.reshape(-1, shape[-1]).T)
        result = (self._linear if method == "linear" else self._nearest)(indices, distances)
        if self.fill_value is not None:
            result = jnp.where(outside.reshape(result.shape[:1] + (1,) * (result.ndim - 1)), self.fill_value, result)
        return result.reshape(shape[:-1] + self.values.shape[ndim:])

    def _linear(self, indices, distances):
        vslice = (slice(None),) + (None,) * (self.values.ndim - len(indices))
        values = jnp.asarray(0.0)
        for edge in itertools.product(*[[i, i + 1] for i in indices]):
            weight = jnp.asarray(1.0)
            for ei, i, yi in zip(edge, indices, distances):
                weight *= jnp.where(ei == i, 1 - yi, yi)
            values += self.values[edge] * weight[vslice]
        return values

    def _nearest(self, indices, distances):
        return self.values[tuple(jnp.where(yi <= 0.5, i, i + 1) for i, yi in zip(indices, distances))]

    def _find(self, xi):
        """The grid points below, the distances from them as parts of the grid's, and what lies outside."""
        indices, distances, outside = [], [], jnp.zeros((xi.shape[1],), dtype=bool)
        for x, g in zip(xi, self.grid):
            i = jnp.searchsorted(g, x) - 1
            i = jnp.where(i < 0, 0, i)
            i = jnp.where(i > g.size - 2, g.size - 2, i)
            indices.append(i)
            distances.append((x - g[i]) / (g[i + 1] - g[i]))
            outside += x < g[0]
            outside += x > g[-1]
        return indices, distances, outside


register_pytree_node(
    RegularGridInterpolator,
    lambda obj: ((obj.grid, obj.values, obj.fill_value), (obj.method, obj.bounds_error)),
    lambda aux, children: RegularGridInterpolator(*children[:2], *aux, *children[2:]),
)
