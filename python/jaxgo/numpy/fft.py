"""jaxgo.numpy.fft: the frequencies and the order of discrete Fourier transforms."""

from __future__ import annotations

from .._dtype import as_dtype
from . import arange, array, roll
from ._types import finfo
from ._util import arrays


def _check(name, n, d):
    if isinstance(n, (list, tuple)):
        raise ValueError(f"The n argument of jax.numpy.fft.{name} only takes an int. Got n = {list(n)}.")
    if isinstance(d, (list, tuple)):
        raise ValueError(f"The d argument of jax.numpy.fft.{name} only takes a single value. Got d = {list(d)}.")


def fftfreq(n, d=1.0, *, dtype=None, device=None):
    """The frequencies of the transform of n samples with distance d.

    >>> import jaxgo.numpy as jnp
    >>> print(jnp.fft.fftfreq(4))
    [ 0.    0.25 -0.5  -0.25]
    """
    from ..dtypes import to_inexact

    out = as_dtype(dtype or float)
    _check("fftfreq", n, d)
    d_ = finfo(to_inexact(out)).dtype
    i = arange(n, dtype=d_, device=device)
    k = (i + n // 2) % n - n // 2
    return (k / array(d * n, dtype=d_, device=device)).astype(out)


def rfftfreq(n, d=1.0, *, dtype=None, device=None):
    """The frequencies of the transform of n real samples with distance d.

    >>> import jaxgo.numpy as jnp
    >>> jnp.fft.rfftfreq(4)
    Array([0.  , 0.25, 0.5 ], dtype=float32)
    """
    out = as_dtype(dtype or float)
    _check("rfftfreq", n, d)
    result = arange(n // 2 + 1, dtype=out) / array(d * n, dtype=out)
    return result if device is None else result.to_device(device)


def _shift(name, x, axes, sign):
    x = arrays(name, x)
    if axes is None:
        axes = tuple(range(x.ndim))
    if isinstance(axes, int):
        return roll(x, sign * (x.shape[axes] // 2), axes)
    return roll(x, [sign * (x.shape[a] // 2) for a in axes], axes)


def fftshift(x, axes=None):
    """An array with the zero frequency moved to the middle.

    >>> import jaxgo.numpy as jnp
    >>> jnp.fft.fftshift(jnp.fft.fftfreq(4))
    Array([-0.5 , -0.25,  0.  ,  0.25], dtype=float32)
    """
    return _shift("fftshift", x, axes, 1)


def ifftshift(x, axes=None):
    """An array with the zero frequency moved back to the start.

    >>> import jaxgo.numpy as jnp
    >>> jnp.fft.ifftshift(jnp.array([-2, -1, 0, 1]))
    Array([ 0,  1, -2, -1], dtype=int32)
    """
    return _shift("ifftshift", x, axes, -1)
