"""jaxgo.numpy.fft: discrete Fourier transforms, their frequencies and their order."""

from __future__ import annotations

import operator

from .._api import jit
from .._dtype import as_dtype
from ..lax import FftType
from ..lax import fft as _lax_fft
from . import arange, array, asarray, conj, moveaxis, pad, prod, roll, sqrt
from ._types import finfo
from ._util import arrays, promoted_inexact

# ---- transforms ----


def _scale(s, name, norm):
    if norm == "backward":
        return array(1)
    (s,) = promoted_inexact(s)
    if norm not in ("ortho", "forward"):
        raise ValueError(f'Invalid norm value {norm}; should be "backward","ortho" or "forward".')
    size = sqrt(prod(s)) if norm == "ortho" else prod(s)
    return size if name.startswith("i") else 1 / size


def _staged(x, name, kind, s, axes, norm):
    at = axes
    if axes is None:
        axes = range(x.ndim - (x.ndim if s is None else len(s)), x.ndim)
    if at is not None:  # XLA transforms the last axes
        axes = tuple(range(x.ndim - len(axes), x.ndim))
        x = moveaxis(x, at, axes)
    inverse_real = kind == FftType.IRFFT
    if s is not None:
        shape = list(x.shape)
        for axis, n in zip(axes, s, strict=True):
            shape[axis] = n
        if inverse_real:
            shape[-1] = shape[-1] // 2 + 1
        x = x[tuple(slice(n) for n in shape)]
        x = pad(x, [(0, n - k) for n, k in zip(shape, x.shape)])
    else:
        s = [x.shape[axis] for axis in axes]
        if inverse_real and s:
            s[-1] = max(0, 2 * (s[-1] - 1))
    y = _nd(x, kind, s)
    if norm is not None:
        y *= _scale(array(s, dtype=y.dtype), name, norm)
    return y if at is None else moveaxis(y, axes, at)


def _nd(x, kind, s):
    """A transform of the last axes, by those of up to three that XLA has; four are two times two."""
    if len(s) <= 3:
        return _lax_fft(x, kind, tuple(s))
    n = 2 if len(s) == 4 else 3
    source, target = tuple(range(x.ndim - len(s), x.ndim - n)), tuple(range(x.ndim - len(s) + n, x.ndim))
    last = tuple(s)[-n:]
    if kind in (FftType.RFFT, FftType.FFT):
        x = moveaxis(_lax_fft(x, kind, last), source, target)
        return moveaxis(_nd(x, FftType.FFT, s[:-n]), target, source)
    x = _nd(moveaxis(x, source, target), FftType.IFFT, s[:-n])
    return _lax_fft(moveaxis(x, target, source), kind, last)


_program = jit(_staged, static_argnums=(1, 2, 3, 4, 5))


def _transform(name, kind, a, s, axes, norm):
    x = arrays(f"jax.numpy.fft.{name}", a)
    if s is not None:
        s = tuple(map(operator.index, s))
        if any(n <= 0 for n in s):
            raise ValueError("Shape should be positive.")
        if axes is not None and len(s) != len(axes):
            raise ValueError("Shape and axes have different lengths.")
    if axes is not None:
        if len(axes) != len(set(axes)):
            raise ValueError(f"jax.numpy.fft.{name} does not support repeated axes. Got axes {axes}.")
        axes = tuple(axes)
    return _program(x, name, kind, s, axes, norm)


def _one_axis(name, axis):
    if isinstance(axis, (list, tuple)):
        full_name = f"jax.numpy.fft.{name}"
        raise ValueError(f"{full_name} does not support multiple axes. Please use {full_name}n. Got axis = {axis!r}.")


def _1d(name, kind, a, n, axis, norm):
    _one_axis(name, axis)
    return _transform(name, kind, a, None if n is None else [n], None if axis is None else [axis], norm)


def _2d(name, kind, a, s, axes, norm):
    if len(axes) != 2:
        raise ValueError(f"jax.numpy.fft.{name} only supports 2 axes. Got axes = {axes!r}.")
    return _transform(name, kind, a, s, axes, norm)


def fft(a, n=None, axis=-1, norm=None):
    """The discrete Fourier transform along an axis, which is cut or padded with zeros to n elements.

    >>> import jaxgo.numpy as jnp
    >>> print(jnp.fft.fft(jnp.array([1., 0., 0., 0.])))
    [1.+0.j 1.+0.j 1.+0.j 1.+0.j]
    """
    return _1d("fft", FftType.FFT, a, n, axis, norm)


def ifft(a, n=None, axis=-1, norm=None):
    """The inverse of fft.

    >>> import jaxgo.numpy as jnp
    >>> print(jnp.fft.ifft(jnp.array([4., 0., 0., 0.])))
    [1.+0.j 1.+0.j 1.+0.j 1.+0.j]
    """
    return _1d("ifft", FftType.IFFT, a, n, axis, norm)


def rfft(a, n=None, axis=-1, norm=None):
    """The transform of real numbers: the half that tells the other.

    >>> import jaxgo.numpy as jnp
    >>> print(jnp.fft.rfft(jnp.array([1., 0., 0., 0.])))
    [1.+0.j 1.+0.j 1.+0.j]
    """
    return _1d("rfft", FftType.RFFT, a, n, axis, norm)


def irfft(a, n=None, axis=-1, norm=None):
    """The inverse of rfft; n is the length of the result.

    >>> import jaxgo.numpy as jnp
    >>> print(jnp.fft.irfft(jnp.array([4., 0., 0.])))
    [1. 1. 1. 1.]
    """
    return _1d("irfft", FftType.IRFFT, a, n, axis, norm)


def hfft(a, n=None, axis=-1, norm=None):
    """The transform of a Hermitian sequence of which a half is given; it is real.

    >>> import jaxgo.numpy as jnp
    >>> print(jnp.fft.hfft(jnp.array([1., 0., 0.])))
    [1. 1. 1. 1.]
    """
    a = conj(a)
    _one_axis("hfft", axis)
    size = (a.shape[axis] - 1) * 2 if n is None else n
    return _1d("hfft", FftType.IRFFT, a, n, axis, norm) * size


def ihfft(a, n=None, axis=-1, norm=None):
    """The inverse of hfft.

    >>> import jaxgo.numpy as jnp
    >>> print(jnp.fft.ihfft(jnp.array([4., 0., 0., 0.])).real)
    [1. 1. 1.]
    """
    _one_axis("ihfft", axis)
    a = asarray(a)
    size = a.shape[axis] if n is None else n
    return conj(_1d("ihfft", FftType.RFFT, a, n, axis, norm)) * (1 / size)


def fft2(a, s=None, axes=(-2, -1), norm=None):
    """The transform of two axes.

    >>> import jaxgo.numpy as jnp
    >>> print(jnp.fft.fft2(jnp.ones((2, 2))))
    [[4.+0.j 0.+0.j]
     [0.+0.j 0.+0.j]]
    """
    return _2d("fft2", FftType.FFT, a, s, axes, norm)


def ifft2(a, s=None, axes=(-2, -1), norm=None):
    """The inverse of fft2.

    >>> import jaxgo.numpy as jnp
    >>> print(jnp.fft.ifft2(jnp.ones((2, 2))))
    [[1.+0.j 0.+0.j]
     [0.+0.j 0.+0.j]]
    """
    return _2d("ifft2", FftType.IFFT, a, s, axes, norm)


def rfft2(a, s=None, axes=(-2, -1), norm=None):
    """The transform of two axes of real numbers: the half that tells the other.

    >>> import jaxgo.numpy as jnp
    >>> jnp.fft.rfft2(jnp.ones((2, 4))).shape
    (2, 3)
    """
    return _2d("rfft2", FftType.RFFT, a, s, axes, norm)


def irfft2(a, s=None, axes=(-2, -1), norm=None):
    """The inverse of rfft2.

    >>> import jaxgo.numpy as jnp
    >>> jnp.fft.irfft2(jnp.ones((2, 3))).shape
    (2, 4)
    """
    return _2d("irfft2", FftType.IRFFT, a, s, axes, norm)


def fftn(a, s=None, axes=None, norm=None):
    """The transform of several axes, of all by default.

    >>> import jaxgo.numpy as jnp
    >>> print(jnp.fft.fftn(jnp.ones((2, 2)))[0])
    [4.+0.j 0.+0.j]
    """
    return _transform("fftn", FftType.FFT, a, s, axes, norm)


def ifftn(a, s=None, axes=None, norm=None):
    """The inverse of fftn.

    >>> import jaxgo.numpy as jnp
    >>> print(jnp.fft.ifftn(jnp.ones((2, 2)))[0])
    [1.+0.j 0.+0.j]
    """
    return _transform("ifftn", FftType.IFFT, a, s, axes, norm)


def rfftn(a, s=None, axes=None, norm=None):
    """The transform of several axes of real numbers: the half that tells the other.

    >>> import jaxgo.numpy as jnp
    >>> jnp.fft.rfftn(jnp.ones((2, 3, 4))).shape
    (2, 3, 3)
    """
    return _transform("rfftn", FftType.RFFT, a, s, axes, norm)


def irfftn(a, s=None, axes=None, norm=None):
    """The inverse of rfftn.

    >>> import jaxgo.numpy as jnp
    >>> jnp.fft.irfftn(jnp.ones((2, 3, 3))).shape
    (2, 3, 4)
    """
    return _transform("irfftn", FftType.IRFFT, a, s, axes, norm)


# ---- frequencies and order ----


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
