"""Images in other sizes.

>>> import jaxgo as jax, jaxgo.numpy as jnp
>>> print(jax.image.resize(jnp.array([0., 2.]), (4,), "linear"))
[0.  0.5 1.5 2. ]
"""

from __future__ import annotations

import enum
import functools
import math
import operator

from . import lax
from . import numpy as jnp
from ._api import jit

_PRECISION = lax.Precision.HIGHEST


class ResizeMethod(enum.Enum):
    """How pixels between those of an image are found."""

    NEAREST = 0
    LINEAR = 1
    LANCZOS3 = 2
    LANCZOS5 = 3
    CUBIC = 4
    CUBIC_PYTORCH = 5
    AREA = 6

    @staticmethod
    def from_string(s):
        for names, method in _NAMES:
            if s in names:
                return method
        raise ValueError(f'Unknown resize method "{s}"')


_NAMES = (
    (("nearest",), ResizeMethod.NEAREST),
    (("linear", "bilinear", "trilinear", "triangle"), ResizeMethod.LINEAR),
    (("lanczos3",), ResizeMethod.LANCZOS3),
    (("lanczos5",), ResizeMethod.LANCZOS5),
    (("cubic", "bicubic", "tricubic"), ResizeMethod.CUBIC),
    (("cubic-pytorch", "bicubic-pytorch"), ResizeMethod.CUBIC_PYTORCH),
    (("area",), ResizeMethod.AREA),
)


def _lanczos(radius, x):
    y = radius * jnp.sin(math.pi * x) * jnp.sin(math.pi * x / radius)
    out = jnp.where(x > 1e-3, jnp.divide(y, jnp.where(x != 0, math.pi**2 * x**2, 1)), 1)
    return jnp.where(x > radius, 0.0, out)


def _keys_cubic(x):
    out = ((1.5 * x - 2.5) * x) * x + 1.0
    out = jnp.where(x >= 1.0, ((-0.5 * x + 2.5) * x - 4.0) * x + 2.0, out)
    return jnp.where(x >= 2.0, 0.0, out)


def _opencv_cubic(x):
    a = -0.75
    out = ((a + 2.0) * x - (a + 3.0)) * x * x + 1.0
    out = jnp.where(x >= 1.0, ((a * x - 5.0 * a) * x + 8.0 * a) * x - 4.0 * a, out)
    return jnp.where(x >= 2.0, 0.0, out)


def _triangle(x):
    return jnp.maximum(0, 1 - jnp.abs(x))


# A method's kernel and its radius in pixels; area has none, it measures how pixels overlap.
_KERNELS = {
    ResizeMethod.LINEAR: (1, _triangle),
    ResizeMethod.LANCZOS3: (3, functools.partial(_lanczos, 3.0)),
    ResizeMethod.LANCZOS5: (5, functools.partial(_lanczos, 5.0)),
    ResizeMethod.CUBIC: (2, _keys_cubic),
    ResizeMethod.CUBIC_PYTORCH: (2, _opencv_cubic),
    ResizeMethod.AREA: (1, None),
}
_LEAST = 1000.0 * 1.1920928955078125e-07  # weights whose sum is below are none


def _normalized(weights):
    total = jnp.sum(weights, axis=0, keepdims=True)
    return jnp.where(jnp.abs(total) > _LEAST, jnp.divide(weights, jnp.where(total != 0, total, 1)), 0)


def _weights(n_in, n_out, scale, translation, kernel, antialias, edge_padding, radius):
    """How much each pixel of an axis (n_in) counts for each new one (n_out)."""
    dtype = jnp.result_type(scale, translation)
    inverse = 1.0 / scale
    widened = jnp.maximum(inverse, 1.0) if antialias else 1.0
    at = (jnp.arange(n_out, dtype=dtype) + 0.5) * inverse - translation * inverse - 0.5
    around = 0
    if edge_padding:
        around = math.ceil(radius * max(1.0 / float(scale), 1.0)) if antialias else radius
    places = jnp.arange(-around, n_in + around, dtype=dtype)
    if kernel is None:
        left = jnp.arange(n_out, dtype=dtype) * inverse - translation * inverse
        cell = jnp.arange(n_in, dtype=dtype)[:, None]
        overlap = jnp.minimum((left + inverse)[None, :], cell + 1.0) - jnp.maximum(left[None, :], cell)
        weights = jnp.maximum(0.0, overlap)
    else:
        weights = kernel(jnp.abs(at[None, :] - places[:, None]) / widened)
    if not edge_padding:
        inside = jnp.logical_and(at >= -0.5, at <= n_in - 0.5)[None, :]
        return jnp.where(inside, _normalized(weights), 0)
    rows = jnp.clip(places.astype(jnp.int32), 0, n_in - 1)
    columns = lax.broadcast_in_dim(jnp.arange(n_out), (places.shape[0], n_out), (1,))
    return _normalized(jnp.zeros((n_in, n_out), dtype=dtype).at[rows[:, None], columns].add(weights))


def _apply(x, shape, spatial_dims, scale, translation, method, antialias, precision):
    if method == ResizeMethod.CUBIC_PYTORCH and antialias:
        method = ResizeMethod.CUBIC
    radius, kernel = _KERNELS[method]
    padding = method == ResizeMethod.CUBIC_PYTORCH
    if len(spatial_dims) == 0:
        return x
    operands, out = [], list(range(x.ndim))
    for i, d in enumerate(spatial_dims):
        d = d % x.ndim
        w = _weights(x.shape[d], shape[d], scale[i], translation[i], kernel, antialias, padding, radius)
        operands += [w.astype(x.dtype), [d, x.ndim + i]]
        out[d] = x.ndim + i
    return jnp.einsum(x, list(range(x.ndim)), *operands, out, precision=precision)


def _shape(shape, image):
    shape = tuple(operator.index(n) for n in shape)
    if len(shape) != image.ndim:
        raise ValueError(f"shape must have length equal to the number of dimensions of x;  {shape} vs {image.shape}")
    return shape


def _inexact(*xs):
    dtype = jnp.result_type(*xs)
    if not jnp.issubdtype(dtype, jnp.inexact):
        dtype = jnp.result_type(dtype, jnp.float_)
    return [jnp.asarray(x, dtype=dtype) for x in xs]


def scale_and_translate(image, shape, spatial_dims, scale, translation, method, antialias=True, precision=_PRECISION):
    """The image scaled and shifted along some of its axes, in an image of the given shape.

    A pixel at x goes to x·scale + translation, with centers at half pixels; what lies outside of the image is 0.

    >>> import jaxgo as jax, jaxgo.numpy as jnp
    >>> print(jax.image.scale_and_translate(jnp.array([1., 2., 3.]), (3,), (0,), jnp.ones(1), jnp.ones(1), "linear"))
    [0. 1. 2.]
    """
    shape = _shape(shape, image)
    method = ResizeMethod.from_string(method) if isinstance(method, str) else method
    if method == ResizeMethod.NEAREST:
        raise ValueError("Nearest neighbor resampling is not currently supported for scale_and_translate.")
    (image,) = _inexact(image)
    scale, translation = _inexact(scale, translation)
    return _apply(image, shape, spatial_dims, scale, translation, method, antialias, precision)


@functools.partial(jit, static_argnums=(1, 2, 3, 4))
def _resize(image, shape, method, antialias, precision):
    changed = tuple(i for i in range(image.ndim) if image.shape[i] != shape[i])
    if method == ResizeMethod.NEAREST:
        for d in changed:
            at = (jnp.arange(shape[d], dtype=jnp.float32) + 0.5) * image.shape[d] / shape[d]
            index = [slice(None)] * image.ndim
            index[d] = jnp.floor(at.astype(jnp.float32)).astype(jnp.int32)
            image = image[tuple(index)]
        return image
    (image,) = _inexact(image)
    scale = [1.0 if shape[d] == 0 else shape[d] / image.shape[d] for d in changed]
    return _apply(image, shape, changed, scale, [0.0] * len(changed), method, antialias, precision)


def resize(image, shape, method, antialias=True, precision=_PRECISION):
    """The image in another size; ``shape`` holds all axes, batch and channels too.

    ``antialias`` widens the kernel where the image gets smaller. Methods are "nearest", "linear", "cubic",
    "cubic-pytorch", "lanczos3", "lanczos5" and "area".

    >>> import jaxgo as jax, jaxgo.numpy as jnp
    >>> print(jax.image.resize(jnp.array([1., 2.]), (4,), "nearest"))
    [1. 1. 2. 2.]
    """
    if not hasattr(image, "ndim"):
        image = jnp.asarray(image)
    method = ResizeMethod.from_string(method) if isinstance(method, str) else method
    return _resize(image, _shape(shape, image), method, antialias, precision)
