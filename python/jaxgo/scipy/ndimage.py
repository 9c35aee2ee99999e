"""jaxgo.scipy.ndimage: interpolation of arrays."""

from __future__ import annotations

import functools
import itertools
import operator

import numpy as np

from .. import lax
from .. import numpy as jnp
from .._api import jit

__all__ = ["map_coordinates"]


def _mirror(index, size):
    s = size - 1
    return jnp.abs((index + s) % (2 * s) - s)


# What a mode makes of an index outside of an axis.
_FIXERS = {
    "constant": lambda index, size: index,
    "nearest": lambda index, size: jnp.clip(index, 0, size - 1),
    "wrap": lambda index, size: index % size,
    "mirror": _mirror,
    "reflect": lambda index, size: jnp.floor_divide(_mirror(2 * index + 1, 2 * size + 1) - 1, 2),
}


def _round(a):
    return a if np.issubdtype(a.dtype, np.integer) else lax.round(a)


def _nearest(coordinate):
    return [(_round(coordinate).astype(np.int32), coordinate.dtype.type(1))]


def _linear(coordinate):
    lower = jnp.floor(coordinate)
    upper_weight = coordinate - lower
    index = lower.astype(np.int32)
    return [(index, 1 - upper_weight), (index + 1, upper_weight)]


@functools.partial(jit, static_argnums=(2, 3, 4))
def _map_coordinates(input, coordinates, order, mode, cval):
    x = jnp.asarray(input)
    coordinates = [jnp.asarray(c) for c in coordinates]
    cval = jnp.asarray(cval, x.dtype)
    if len(coordinates) != x.ndim:
        raise ValueError(f"coordinates must be a sequence of length input.ndim, but {len(coordinates)} != {x.ndim}")
    fix = _FIXERS.get(mode)
    if fix is None:
        raise NotImplementedError(
            f"jaxgo.scipy.ndimage.map_coordinates does not yet support mode {mode}. Currently supported modes are {set(_FIXERS)}."
        )
    nodes = {0: _nearest, 1: _linear}.get(order)
    if nodes is None:
        raise NotImplementedError("jaxgo.scipy.ndimage.map_coordinates currently requires order<=1")
    axes = [[(fix(i, n), (0 <= i) & (i < n) if mode == "constant" else None, w) for i, w in nodes(c)] for c, n in zip(coordinates, x.shape)]
    outputs = []
    for corner in itertools.product(*axes):
        indices, valid, weights = zip(*corner)
        values = x[indices]
        if mode == "constant":
            values = jnp.where(functools.reduce(operator.and_, valid), values, cval)
        outputs.append(functools.reduce(operator.mul, weights) * values)
    result = functools.reduce(operator.add, outputs)
    return (_round(result) if np.issubdtype(x.dtype, np.integer) else result).astype(x.dtype)


def map_coordinates(input, coordinates, order, mode="constant", cval=0.0):
    """The values of an array between its elements, at one array of coordinates for each axis, as scipy.ndimage.map_coordinates.

    ``order`` is 0 for the nearest element, 1 for linear interpolation; ``mode``, of constant, nearest, wrap, mirror and reflect, says
    what lies outside.

    >>> import jaxgo.numpy as jnp, jaxgo.scipy.ndimage as ndimage
    >>> print(ndimage.map_coordinates(jnp.arange(4.), [jnp.array([0.5, 2.25])], 1))
    [0.5  2.25]
    """
    return _map_coordinates(input, coordinates, order, mode, cval)
