"""jaxgo.scipy.fft: discrete cosine transforms of type 2 and their inverses, after Makhoul, IEEE Trans. ASSP 28 (1980)."""

from __future__ import annotations

import math
import operator
from collections.abc import Sequence

import numpy as np

from .. import lax
from .. import numpy as jnp
from ..numpy._util import arrays, canonical_axis, promoted_inexact
from ._util import is_complex, promoted_complex

__all__ = ["dct", "dctn", "idct", "idctn"]


def _along(x, values, axis):
    """A vector as an array of x's rank along an axis."""
    return lax.expand_dims(values, [a for a in range(x.ndim) if a != axis])


def _slice(x, axis, *bounds):
    return tuple(slice(*bounds) if i == axis else slice(None) for i in range(x.ndim))


def _w4(n, k):
    """exp(-i pi k / 2n)"""
    n, k = promoted_complex(n, k)
    return jnp.exp(-0.5j * np.pi * k / n)


def _interleave(x, axis):
    return lax.concatenate([lax.slice_in_dim(x, None, None, 2, axis), lax.rev(lax.slice_in_dim(x, 1, None, 2, axis), (axis,))], axis)


def _deinterleave(x, axis):
    half = math.ceil(x.shape[axis] / 2)
    out = jnp.zeros(x.shape, dtype=x.dtype)
    out = out.at[_slice(x, axis, None, None, 2)].set(x[_slice(x, axis, None, half, 1)])
    return out.at[_slice(x, axis, 1, None, 2)].set(lax.rev(x[_slice(x, axis, half, None, 1)], (axis,)))


def _orthonormal(out, axis):
    factor = lax.concatenate([lax.full((1,), 4, out.dtype), lax.full((out.shape[axis] - 1,), 2, out.dtype)], 0)
    return out / lax.sqrt(_along(out, factor, axis) * out.shape[axis])


def _checked(name, f, x, type, norm, **kwargs):
    """The argument as a real array, and None; or what f makes of a complex one."""
    x = arrays(name, x)
    if type != 2:
        raise NotImplementedError("Only DCT type 2 is implemented.")
    if norm is not None and norm not in ["backward", "ortho"]:
        raise ValueError(f"jaxgo.scipy.fft.{name}: norm={norm!r} is not implemented")
    if is_complex(x):
        return x, lax.complex(*(f(part, type=type, norm=norm, **kwargs) for part in (x.real, x.imag)))
    return x, None


def _padded(x, sizes):
    """x padded at the end, or cut, to the sizes of some axes."""
    return lax.pad(x, jnp.array(0, x.dtype), [(0, sizes[a] - x.shape[a] if a in sizes else 0, 0) for a in range(x.ndim)])


def _one_axis(name, f, x, type, n, axis, norm):
    """The argument of a transform along an axis, padded or cut to n, and the axis; of a complex one the result."""
    x, out = _checked(name, f, x, type, norm, n=n, axis=axis)
    if out is None:
        axis = canonical_axis(axis, x.ndim)
        if n is not None:
            x = _padded(x, {axis: n})
    return x, axis, out


def dct(x, type=2, n=None, axis=-1, norm=None):
    """The cosine transform of x along an axis, padded or cut to n, as scipy.fft.dct; norm is None, 'backward' or 'ortho'.

    >>> import jaxgo.numpy as jnp, jaxgo.scipy.fft as fft
    >>> print(fft.dct(jnp.ones(2)))
    [4. 0.]
    """
    x, axis, out = _one_axis("dct", dct, x, type, n, axis, norm)
    if out is not None:
        return out
    V = jnp.fft.fft(_interleave(x, axis), axis=axis)
    k = _along(x, jnp.arange(x.shape[axis], dtype=V.real.dtype), axis)
    out = 2 * (V * _w4(x.shape[axis], k)).real
    return _orthonormal(out, axis) if norm == "ortho" else out


def idct(x, type=2, n=None, axis=-1, norm=None):
    """The inverse of ``dct``, as scipy.fft.idct.

    >>> import jaxgo.numpy as jnp, jaxgo.scipy.fft as fft
    >>> print(fft.idct(jnp.array([4., 0.])))
    [1. 1.]
    """
    x, axis, out = _one_axis("idct", idct, x, type, n, axis, norm)
    if out is not None:
        return out
    N = x.shape[axis]
    (x,) = promoted_inexact(x)
    if norm is None or norm == "backward":
        x = _orthonormal(x, axis)
    x = _orthonormal(x, axis)
    w4 = _w4(N, _along(x, jnp.arange(N, dtype=x.dtype), axis))
    x = jnp.fft.ifft(x.astype(w4.dtype) / w4 * 2 * N, axis=axis)
    return _deinterleave(x.real, axis)


def _dct2(x, axes, norm):
    axis1, axis2 = axes
    n1, n2 = x.shape[axis1], x.shape[axis2]
    V = jnp.fft.fftn(_interleave(_interleave(x, axis1), axis2), axes=axes)
    k1 = _along(x, jnp.arange(n1, dtype=V.dtype), axis1)
    k2 = _along(x, jnp.arange(n2, dtype=V.dtype), axis2)
    out = _w4(n1, k1) * (_w4(n2, k2) * V + _w4(n2, -k2) * jnp.roll(jnp.flip(V, axis=axis2), shift=1, axis=axis2))
    out = 2 * out.real
    return _orthonormal(_orthonormal(out, axis1), axis2) if norm == "ortho" else out


def _sizes(x, s, axes):
    """The sizes and axes of a transform along several."""
    if s is not None:
        try:
            s = list(s)
        except TypeError:
            assert not isinstance(s, Sequence)
            s = [operator.index(s)]
        if len(s) > x.ndim:
            raise ValueError(f"s must have at most x.ndim ({x.ndim}) elements, got {len(s)}")
    if axes is None:
        return s, tuple(range(0 if s is None else x.ndim - len(s), x.ndim))
    axes = tuple(canonical_axis(a, x.ndim) for a in (axes if isinstance(axes, Sequence) else (axes,)))
    if len(set(axes)) != len(axes):
        raise ValueError(f"repeated axis: {axes}")
    return s, axes


def dctn(x, type=2, s=None, axes=None, norm=None):
    """The cosine transform along several axes, of sizes s, as scipy.fft.dctn.

    >>> import jaxgo.numpy as jnp, jaxgo.scipy.fft as fft
    >>> print(fft.dctn(jnp.ones((2, 2)))[0, 0])
    16.0
    """
    x, out = _checked("dctn", dctn, x, type, norm, s=s, axes=axes)
    if out is not None:
        return out
    s, axes = _sizes(x, s, axes)
    if len(axes) == 1:
        return dct(x, n=s[0] if s is not None else None, axis=axes[0], norm=norm)
    if s is not None:
        x = _padded(x, dict(zip(axes, s)))
    if len(axes) == 2:
        return _dct2(x, axes, norm)
    for i in range(0, len(axes), 2):
        x = dctn(x, axes=axes[i : i + 2], norm=norm)
    return x


def idctn(x, type=2, s=None, axes=None, norm=None):
    """The inverse of ``dctn``, as scipy.fft.idctn.

    >>> import jaxgo.numpy as jnp, jaxgo.scipy.fft as fft
    >>> print(fft.idctn(fft.dctn(jnp.ones((2, 2)))))
    [[1. 1.]
     [1. 1.]]
    """
    x, out = _checked("idctn", idctn, x, type, norm, s=s, axes=axes)
    if out is not None:
        return out
    s, axes = _sizes(x, s, axes)
    if len(axes) == 1:
        return idct(x, n=s[0] if s is not None else None, axis=axes[0], norm=norm)
    if s is not None:
        x = _padded(x, dict(zip(axes, s)))
    for axis in axes:
        x = idct(x, axis=axis, norm=norm)
    return x
