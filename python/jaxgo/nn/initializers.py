"""Initial values of weights, bit for bit JAX's.

An initializer is a function of a random key, a shape and a dtype; most functions here build one.

>>> import jaxgo as jax, jaxgo.numpy as jnp
>>> jax.nn.initializers.he_normal()(jax.random.key(0), (2, 3), jnp.float32).shape
(2, 3)
"""

from __future__ import annotations

import math

from .. import numpy as jnp
from .. import random


def _dtype(dtype):
    from .._dtype import as_dtype

    return as_dtype(float if dtype is None else dtype)


def _is_floating(dtype):
    import numpy as np

    from ..dtypes import issubdtype

    return issubdtype(dtype, np.floating)


def zeros(key, shape, dtype=None, out_sharding=None):
    """An initializer of zeros; the key is not used.

    >>> import jaxgo as jax
    >>> print(jax.nn.initializers.zeros(jax.random.key(0), (2,)))
    [0. 0.]
    """
    return jnp.zeros(shape, _dtype(dtype))


def ones(key, shape, dtype=None, out_sharding=None):
    """An initializer of ones; the key is not used.

    >>> import jaxgo as jax
    >>> print(jax.nn.initializers.ones(jax.random.key(0), (2,)))
    [1. 1.]
    """
    return jnp.ones(shape, _dtype(dtype))


def constant(value, dtype=None):
    """Builds an initializer of arrays full of ``value``.

    >>> import jaxgo as jax
    >>> print(jax.nn.initializers.constant(-7)(jax.random.key(0), (2,)))
    [-7. -7.]
    """

    def init(key, shape, dtype=dtype, out_sharding=None):
        return jnp.full(shape, value, dtype=_dtype(dtype))

    return init


def uniform(scale=0.01, dtype=None):
    """Builds an initializer of numbers uniform in [0, scale).

    >>> import jaxgo as jax
    >>> jax.nn.initializers.uniform(10.)(jax.random.key(0), (2, 3)).shape
    (2, 3)
    """

    def init(key, shape, dtype=dtype, out_sharding=None):
        d = _dtype(dtype)
        return random.uniform(key, shape, d) * jnp.array(scale, d)

    return init


def normal(stddev=0.01, dtype=None):
    """Builds an initializer of normal numbers with mean 0 and the given standard deviation.

    >>> import jaxgo as jax
    >>> jax.nn.initializers.normal(5.)(jax.random.key(0), (2, 3)).shape
    (2, 3)
    """

    def init(key, shape, dtype=dtype, out_sharding=None):
        d = _dtype(dtype)
        return random.normal(key, shape, d) * jnp.array(stddev, d)

    return init


def truncated_normal(stddev=0.01, dtype=None, lower=-2.0, upper=2.0):
    """Builds an initializer of normal numbers, cut off at lower and upper and then scaled by ``stddev``.

    The cut makes the deviation smaller than ``stddev``; `variance_scaling` corrects that, this does not.

    >>> import jaxgo as jax
    >>> jax.nn.initializers.truncated_normal(5.)(jax.random.key(0), (2, 3)).shape
    (2, 3)
    """

    def init(key, shape, dtype=dtype, out_sharding=None):
        d = _dtype(dtype)
        return random.truncated_normal(key, lower, upper, shape, d) * jnp.array(stddev, d)

    return init


def _size(shape, axes):
    return shape[axes] if isinstance(axes, int) else math.prod([shape[i] for i in axes])


def _compute_fans(shape, in_axis=-2, out_axis=-1, batch_axis=()):
    """How many inputs and outputs a weight tensor has; axes that are named nowhere are the receptive field."""
    if isinstance(in_axis, int) and in_axis == -2 and len(shape) <= 1:
        raise ValueError(
            f"Can't compute input and output sizes of a {len(shape)}-dimensional weights tensor with default in_axis. "
            "Must be at least 2D or specify in_axis explicitly."
        )
    n_in, n_out = _size(shape, in_axis), _size(shape, out_axis)
    field = math.prod(shape) / n_in / n_out / _size(shape, batch_axis)
    return n_in * field, n_out * field


def _complex_parts(key, dtype):
    import numpy as np

    key_r, key_theta = random.split(key)
    real = np.zeros((), dtype).real.dtype
    return key_r, key_theta, real, np.promote_types(real, np.complex64)


def _turned(r, key, shape, real, dtype):
    """r in random directions of the complex plane."""
    theta = 2 * math.pi * random.uniform(key, shape, real).astype(dtype)
    return r * jnp.exp(1j * theta)


def _complex_uniform(key, shape, dtype):
    """Uniform in the disk around 0, with unit variance."""
    key_r, key_theta, real, dtype = _complex_parts(key, dtype)
    r = jnp.sqrt(2 * random.uniform(key_r, shape, real)).astype(dtype)
    return _turned(r, key_theta, shape, real, dtype)


def _complex_truncated_normal(key, upper, shape, dtype):
    """Normal in the complex plane with modulus up to ``upper``; the variance before the cut is one."""
    key_r, key_theta, real, dtype = _complex_parts(key, dtype)
    t = (1 - jnp.exp(jnp.array(-(upper**2), dtype))) * random.uniform(key_r, shape, real).astype(dtype)
    return _turned(jnp.sqrt(-jnp.log(1 - t)), key_theta, shape, real, dtype)


def variance_scaling(scale, mode, distribution, in_axis=-2, out_axis=-1, batch_axis=(), dtype=None):
    """Builds an initializer whose variance is scale / n, with n the fan of the weights.

    ``mode`` says what n is: "fan_in", "fan_out", or their arithmetic ("fan_avg") or geometric mean ("fan_geo_avg").
    ``distribution`` is "truncated_normal", cut off at two standard deviations, "normal" or "uniform". Axes that
    are neither inputs, outputs nor batches are the receptive field of a convolution.

    >>> import jaxgo as jax
    >>> init = jax.nn.initializers.variance_scaling(1., "fan_in", "uniform")
    >>> init(jax.random.key(0), (2, 3)).shape
    (2, 3)
    """

    def init(key, shape, dtype=dtype, out_sharding=None):
        from ..numpy._util import canonical_shape

        shape = canonical_shape(shape)
        d = _dtype(dtype)
        fan_in, fan_out = _compute_fans(shape, in_axis, out_axis, batch_axis)
        if mode == "fan_in":
            n = fan_in
        elif mode == "fan_out":
            n = fan_out
        elif mode == "fan_avg":
            n = (fan_in + fan_out) / 2
        elif mode == "fan_geo_avg":
            n = (fan_in * fan_out) ** 0.5
        else:
            raise ValueError(f"invalid mode for variance scaling initializer: {mode}")
        variance = jnp.array(scale / n, dtype=d)
        # The constants are the standard deviations of the distributions cut off at 2.
        if distribution == "truncated_normal":
            if _is_floating(d):
                stddev = jnp.sqrt(variance) / jnp.array(0.87962566103423978, d)
                return random.truncated_normal(key, -2, 2, shape, d) * stddev
            stddev = jnp.sqrt(variance) / jnp.array(0.95311164380491208, d)
            return _complex_truncated_normal(key, 2, shape, d) * stddev
        if distribution == "normal":
            return random.normal(key, shape, d) * jnp.sqrt(variance)
        if distribution == "uniform":
            if _is_floating(d):
                return random.uniform(key, shape, d, -1) * jnp.sqrt(3 * variance)
            return _complex_uniform(key, shape, d) * jnp.sqrt(variance)
        raise ValueError(f"invalid distribution for variance scaling initializer: {distribution}")

    return init


def _scaling(name, doc, scale, mode, distribution):
    def build(in_axis=-2, out_axis=-1, batch_axis=(), dtype=None):
        return variance_scaling(scale, mode, distribution, in_axis, out_axis, batch_axis, dtype)

    build.__name__ = build.__qualname__ = name
    build.__doc__ = f"""{doc}

    This is ``variance_scaling({scale}, "{mode}", "{distribution}")``.

    >>> import jaxgo as jax
    >>> jax.nn.initializers.{name}()(jax.random.key(0), (2, 3)).shape
    (2, 3)
    """
    return build


glorot_uniform = _scaling("glorot_uniform", "Builds a Glorot (Xavier) uniform initializer (AISTATS 2010).", 1.0, "fan_avg", "uniform")
glorot_normal = _scaling("glorot_normal", "Builds a Glorot (Xavier) normal initializer (AISTATS 2010).", 1.0, "fan_avg", "truncated_normal")
lecun_uniform = _scaling("lecun_uniform", "Builds a LeCun uniform initializer (arXiv:1706.02515).", 1.0, "fan_in", "uniform")
lecun_normal = _scaling("lecun_normal", "Builds a LeCun normal initializer (arXiv:1706.02515).", 1.0, "fan_in", "truncated_normal")
he_uniform = _scaling("he_uniform", "Builds a He (Kaiming) uniform initializer (arXiv:1502.01852).", 2.0, "fan_in", "uniform")
he_normal = _scaling("he_normal", "Builds a He (Kaiming) normal initializer (arXiv:1502.01852).", 2.0, "fan_in", "truncated_normal")
xavier_uniform, xavier_normal, kaiming_uniform, kaiming_normal = glorot_uniform, glorot_normal, he_uniform, he_normal


def orthogonal(scale=1.0, column_axis=-1, dtype=None):
    """Builds an initializer of uniformly distributed orthogonal matrices.

    Where the shape is not square, the shorter of rows and columns are orthonormal.

    >>> import jaxgo as jax
    >>> jax.nn.initializers.orthogonal()(jax.random.key(0), (2, 3)).shape
    (2, 3)
    """

    def init(key, shape, dtype=dtype, out_sharding=None):
        if out_sharding is not None:
            raise NotImplementedError
        d = _dtype(dtype)
        if len(shape) < 2:
            raise ValueError("orthogonal initializer requires at least a 2D shape")
        if any(n == 0 for n in shape):
            return jnp.zeros(shape, d)
        columns = shape[column_axis]
        q = random.orthogonal(key, math.prod(shape) // columns, (), d, columns)
        rest = list(shape)
        del rest[column_axis]
        q = jnp.moveaxis(q.reshape((*rest, columns)), -1, column_axis)
        return jnp.array(scale, d) * q

    return init


def delta_orthogonal(scale=1.0, column_axis=-1, dtype=None):
    """Builds an initializer of convolution kernels that are orthogonal at the middle and 0 elsewhere.

    The shape has one to three spatial axes, then inputs and outputs (Xiao et al., arXiv:1806.05393).

    >>> import jaxgo as jax
    >>> jax.nn.initializers.delta_orthogonal()(jax.random.key(0), (3, 2, 2)).shape
    (3, 2, 2)
    """

    def init(key, shape, dtype=dtype, out_sharding=None):
        if out_sharding is not None:
            raise NotImplementedError
        d = _dtype(dtype)
        if len(shape) not in (3, 4, 5):
            raise ValueError("Delta orthogonal initializer requires a 3D, 4D or 5D shape.")
        if shape[-1] < shape[-2]:
            raise ValueError("`fan_in` must be less or equal than `fan_out`. ")
        q = orthogonal(scale, column_axis, d)(key, shape[-2:])
        middle = tuple((k - 1) // 2 for k in shape[:-2])
        return jnp.zeros(shape, d).at[(*middle, ...)].set(q)

    return init


class _InitializerMeta(type):
    def __instancecheck__(cls, x):
        return callable(x)


class Initializer(metaclass=_InitializerMeta):
    """What the functions here build: called with a key, a shape and a dtype, it returns an array."""

    def __call__(self, key, shape, dtype=None, out_sharding=None):
        raise NotImplementedError
