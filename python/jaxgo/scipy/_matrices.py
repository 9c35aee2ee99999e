"""Matrices of special forms."""

from __future__ import annotations

import functools
import math
import operator

import numpy as np

from .. import lax
from .. import numpy as jnp
from .._api import jit
from .._dtype import as_dtype
from ..numpy._util import check_arraylike, promoted
from ._util import inexact


def _default_float():
    return as_dtype(float)


@jit
def block_diag(*arrs):
    """A matrix with blocks along its diagonal.

    >>> import jaxgo.scipy.linalg as sl
    >>> print(sl.block_diag(1., 2.))
    [[1. 0.]
     [0. 2.]]
    """
    arrs = promoted(*(arrs or (jnp.zeros((1, 0)),)))
    for i, a in enumerate(arrs):
        if a.ndim > 2:
            raise ValueError(f"Arguments to jax.scipy.linalg.block_diag must have at most 2 dimensions, got {a} at argument {i}.")
    blocks = [jnp.atleast_2d(a) for a in arrs]
    total, rows, at = sum(b.shape[1] for b in blocks), [], 0
    for b in blocks:
        width = b.shape[1]
        rows.append(lax.pad(b, np.zeros((), b.dtype), ((0, 0, 0), (at, total - width - at, 0))))
        at += width
    return jnp.concatenate(rows, axis=0)


def _windows(v, length):
    """All stretches of v of a length."""
    patches = lax.conv_general_dilated_patches(
        v.reshape((1, v.shape[0], 1)), (length,), (1,), "VALID", dimension_numbers=("NTC", "IOT", "NTC"), precision="highest"
    )
    return patches[0]


@functools.partial(jnp.vectorize, signature="(m),(n)->(m,n)")
def _toeplitz(c, r):
    if c.shape[0] == 0 or r.shape[0] == 0:
        return jnp.empty((c.shape[0], r.shape[0]), dtype=jnp.promote_types(c.dtype, r.dtype))
    return jnp.flip(_windows(jnp.concatenate((c[::-1], r[1:])), r.shape[0]), axis=0)


def toeplitz(c, r=None):
    """The matrix with constant diagonals whose first column is c and whose first row is r, or the conjugate of c.

    >>> import jaxgo.numpy as jnp, jaxgo.scipy.linalg as sl
    >>> print(sl.toeplitz(jnp.array([1., 2.]), jnp.array([1., 3.])))
    [[1. 3.]
     [2. 1.]]
    """
    check_arraylike("toeplitz", *(c,) if r is None else (c, r))
    c = jnp.asarray(c)
    r = jnp.conjugate(c) if r is None else jnp.asarray(r)
    return _toeplitz(jnp.atleast_1d(c), jnp.atleast_1d(r))


@functools.partial(jnp.vectorize, signature="(m),(n)->(m,n)")
def _hankel(c, r):
    if c.shape[0] == 0 or r.shape[0] == 0:
        return jnp.empty((c.shape[0], r.shape[0]), dtype=jnp.result_type(c, r))
    return _windows(jnp.concatenate((c, r[1:])), r.shape[0])


def hankel(c, r=None):
    """The matrix with constant antidiagonals whose first column is c and whose last row is r, or zeros.

    >>> import jaxgo.numpy as jnp, jaxgo.scipy.linalg as sl
    >>> print(sl.hankel(jnp.array([1., 2.])))
    [[1. 2.]
     [2. 0.]]
    """
    check_arraylike("hankel", *(c,) if r is None else (c, r))
    c = jnp.asarray(c)
    r = jnp.zeros_like(c) if r is None else jnp.asarray(r)
    for name, v in (("c", c), ("r", r)):
        if v.ndim == 0:
            raise ValueError(f"hankel: {name} must be at least 1-dimensional, got a scalar.")
    rank = max(c.ndim, r.ndim)
    c, r = (lax.expand_dims(v, range(rank - v.ndim)) for v in (c, r))
    return _hankel(c, r)


@functools.partial(jnp.vectorize, signature="(n)->(n,n)")
def _circulant(c):
    i = jnp.arange(c.shape[0])
    return c[(i[:, None] - i[None, :]) % c.shape[0]]


def circulant(c):
    """The matrix whose columns are c, moved on by one each.

    >>> import jaxgo.numpy as jnp, jaxgo.scipy.linalg as sl
    >>> print(sl.circulant(jnp.array([1., 2.])))
    [[1. 2.]
     [2. 1.]]
    """
    check_arraylike("circulant", c)
    return _circulant(jnp.atleast_1d(jnp.asarray(c)))


@functools.partial(jnp.vectorize, signature="(n),(m)->(n,n)")
def _leslie(f, s):
    f, s = promoted(f, s)
    return jnp.diag(s, k=-1).at[0].set(f)


def leslie(f, s):
    """The matrix of a population: fecundities in the first row, survival rates below the diagonal.

    >>> import jaxgo.numpy as jnp, jaxgo.scipy.linalg as sl
    >>> print(sl.leslie(jnp.array([1., 2.]), jnp.array([3.])))
    [[1. 2.]
     [3. 0.]]
    """
    check_arraylike("leslie", f, s)
    f, s = jnp.atleast_1d(f), jnp.atleast_1d(s)
    if f.shape[-1] < 2:
        raise ValueError(f"The length of f along the last axis must be at least 2; got shape {f.shape}.")
    if s.shape[-1] != f.shape[-1] - 1:
        raise ValueError(
            "Incorrect lengths for f and s. The length of s along the last axis must be one less than the length of f;"
            f" got f shape {f.shape} and s shape {s.shape}."
        )
    return _leslie(f, s)


@functools.partial(jnp.vectorize, signature="(n)->(m,m)")
def _companion(a):
    row = -a[1:] / a[0]
    return jnp.eye(a.shape[0] - 1, k=-1, dtype=row.dtype).at[0].set(row)


def companion(a):
    """The matrix whose characteristic polynomial has the coefficients a.

    >>> import jaxgo.numpy as jnp, jaxgo.scipy.linalg as sl
    >>> print(sl.companion(jnp.array([1., -3., 2.])))
    [[ 3. -2.]
     [ 1.  0.]]
    """
    a = jnp.atleast_1d(inexact("companion", a))
    if a.shape[-1] < 2:
        raise ValueError(f"The length of `a` along the last axis must be at least 2; got shape {a.shape}.")
    return _companion(a)


def fiedler(a):
    """The distances between the elements of a.

    >>> import jaxgo.numpy as jnp, jaxgo.scipy.linalg as sl
    >>> print(sl.fiedler(jnp.array([1., 3.])))
    [[0. 2.]
     [2. 0.]]
    """
    check_arraylike("fiedler", a)
    a = jnp.atleast_1d(a)
    return jnp.abs(a[..., None] - a[..., None, :])


@functools.partial(jnp.vectorize, signature="(n)->(m,m)")
def _fiedler_companion(a):
    n = a.shape[0] - 1
    if n == 0:
        return jnp.empty_like(a, shape=(0, 0))
    a = a / a[0]
    if n == 1:
        return -a[1:].reshape(1, 1)
    i, j = jnp.arange(n)[:, None], jnp.arange(n)[None, :]
    even, odd = i % 2 == 0, i % 2 == 1
    one, zero = jnp.array(1, dtype=a.dtype), jnp.array(0, dtype=a.dtype)
    places = [
        ((i == 0) & (j == 0), -a[1]),
        ((i == 1) & (j == 0), one),
        ((j == i + 1) & even, -a[jnp.minimum(i + 2, n)]),
        ((j == i + 2) & even, one),
        ((j == i - 1) & even & (i >= 2), -a[jnp.minimum(i + 1, n)]),
        ((j == i - 2) & odd & (i >= 3), one),
    ]
    return jnp.select([p for p, _ in places], [v for _, v in places], default=zero)


def fiedler_companion(a):
    """The matrix with five diagonals whose characteristic polynomial has the coefficients a.

    >>> import jaxgo.numpy as jnp, jaxgo.scipy.linalg as sl
    >>> print(sl.fiedler_companion(jnp.array([1., -3., 2.])))
    [[ 3. -2.]
     [ 1.  0.]]
    """
    a = jnp.atleast_1d(inexact("fiedler_companion", a))
    if a.shape[-1] == 0:
        raise ValueError(f"fiedler_companion requires the last axis of 'a' to have nonzero length, but got an array of shape {a.shape}.")
    return _fiedler_companion(a)


@jit(static_argnames=("n", "mode"))
def convolution_matrix(a, n, mode="full"):
    """The matrix that convolves vectors of length n with a.

    >>> import jaxgo.numpy as jnp, jaxgo.scipy.linalg as sl
    >>> print(sl.convolution_matrix(jnp.array([1., 2.]), 2))
    [[1. 0.]
     [2. 1.]
     [0. 2.]]
    """
    n = operator.index(n)
    if n <= 0:
        raise ValueError(f"n must be a positive integer; got {n}.")
    check_arraylike("convolution_matrix", a)
    a = jnp.asarray(a)
    if a.ndim == 0:
        raise ValueError("convolution_matrix: a must be at least 1-dimensional, got a scalar.")
    m = a.shape[-1]
    if m < 1:
        raise ValueError(f"len(a) must be at least 1; got shape {a.shape}.")
    if mode not in ("full", "valid", "same"):
        raise ValueError(f"mode must be one of 'full', 'valid', 'same'; got {mode!r}.")
    pads = [(0, 0)] * (a.ndim - 1) + [(0, n - 1)]
    cut = {"full": 0, "valid": 2 * (min(n, m) - 1), "same": min(n, m) - 1}[mode]
    before, length = cut // 2, m + n - 1
    column = lax.slice_in_dim(jnp.pad(a, pads), before, length - (cut - before), axis=-1)
    row = lax.slice_in_dim(jnp.pad(jnp.flip(a, axis=-1), pads), length - n - before, length - before, axis=-1)
    return toeplitz(column, row)


@jit(static_argnames="n")
def hilbert(n):
    """The matrix of 1 / (i + j + 1).

    >>> import jaxgo.scipy.linalg as sl
    >>> print(sl.hilbert(2).round(3))
    [[1.    0.5  ]
     [0.5   0.333]]
    """
    a = lax.broadcasted_iota(float, (n, 1), 0)
    return 1 / (a + a.T + 1)


@jit(static_argnames="n")
def invhilbert(n):
    """The inverse of hilbert(n).

    >>> import jaxgo.scipy.linalg as sl
    >>> print(sl.invhilbert(2).round())
    [[ 4. -6.]
     [-6. 12.]]
    """
    from .special import comb

    a = jnp.arange(n, dtype=_default_float())
    i, j = a[:, None], a[None, :]
    s = i + j
    return (-1.0) ** s * (s + 1.0) * comb(n + i, n - j - 1) * comb(n + j, n - i - 1) * comb(s, i) ** 2


@jit
def _binom(n, k):
    return lax.exp(lax.lgamma(n + 1.0) - lax.lgamma(n - k + 1.0) - lax.lgamma(k + 1.0))


def _kind(kind, word):
    valid = ["symmetric", "lower", "upper"]
    kind = "symmetric" if kind is None else kind
    if kind not in valid:
        raise ValueError(f"Expected kind to be {word} of: {valid}; got {kind}")
    return kind


@jit(static_argnames=("n", "kind"))
def pascal(n, kind=None):
    """The binomial coefficients as a symmetric matrix, or one of its triangular factors.

    >>> import jaxgo.scipy.linalg as sl
    >>> print(sl.pascal(2).round())
    [[1. 1.]
     [1. 2.]]
    """
    kind = _kind(kind, "on")  # the text is JAX's
    a = jnp.arange(n, dtype=np.float32)
    lower = _binom(a[:, None], a[None, :])
    return lower if kind == "lower" else lower.T if kind == "upper" else jnp.dot(lower, lower.T)


@jit(static_argnames=("n", "kind"))
def invpascal(n, kind=None):
    """The inverse of pascal(n).

    >>> import jaxgo.scipy.linalg as sl
    >>> print(sl.invpascal(2).round())
    [[ 2. -1.]
     [-1.  1.]]
    """
    kind = _kind(kind, "one")
    a = jnp.arange(n, dtype=_default_float())
    i, j = a[:, None], a[None, :]
    lower = (-1.0) ** (i - j) * _binom(i, j)
    return lower if kind == "lower" else lower.T if kind == "upper" else jnp.dot(lower.T, lower)


@jit(static_argnames=("n", "full"))
def helmert(n, full=False):
    """Orthonormal contrasts of n values; with ``full`` the mean's row comes first.

    >>> import jaxgo.scipy.linalg as sl
    >>> print(sl.helmert(2).round(3))
    [[ 0.707 -0.707]]
    """
    if n < 1:
        raise ValueError(f"n must be a positive integer; got {n}.")
    i, j = jnp.arange(n - 1)[:, None], jnp.arange(n)[None, :]
    k = i + 1
    size = k.astype(_default_float())
    length = jnp.sqrt(size * (size + 1))
    h = jnp.where(j <= i, 1.0 / length, jnp.where(j == k, -size / length, jnp.zeros_like(length)))
    return jnp.concatenate([jnp.full((1, n), 1.0 / jnp.sqrt(n), dtype=h.dtype), h], axis=0) if full else h


@jit(static_argnames=("n", "dtype"))
def hadamard(n, dtype=int):
    """A matrix of 1 and -1 with orthogonal rows; n is a power of 2.

    >>> import jaxgo.scipy.linalg as sl
    >>> print(sl.hadamard(2))
    [[ 1  1]
     [ 1 -1]]
    """
    if n < 1 or not math.log2(n).is_integer():
        raise ValueError(f"n must be a positive power of 2; got {n}.")
    h = jnp.ones((1, 1), dtype=dtype)
    for _ in range(int(math.log2(n))):
        h = jnp.block([[h, h], [h, -h]])
    return h


@jit(static_argnames=("n", "scale", "dtype"))
def dft(n, scale=None, *, dtype=None):
    """The matrix of the discrete Fourier transform.

    >>> import jaxgo.scipy.linalg as sl
    >>> print(sl.dft(2).real)
    [[ 1.  1.]
     [ 1. -1.]]
    """
    if scale not in (None, "sqrtn", "n"):
        raise ValueError(f"scale must be None, 'sqrtn', or 'n'; got {scale!r}.")
    dtype = as_dtype(complex if dtype is None else dtype)
    if not np.issubdtype(dtype, np.complexfloating):
        raise ValueError(f"dtype must be a complex floating-point type; got {dtype}.")
    a = jnp.arange(n, dtype=dtype)
    omegas = jnp.exp(-2j * np.pi * a[:, None] * a[None, :] / n)
    return omegas / jnp.sqrt(n) if scale == "sqrtn" else omegas / n if scale == "n" else omegas


__all__ = [
    "block_diag",
    "circulant",
    "companion",
    "convolution_matrix",
    "dft",
    "fiedler",
    "fiedler_companion",
    "hadamard",
    "hankel",
    "helmert",
    "hilbert",
    "invhilbert",
    "invpascal",
    "leslie",
    "pascal",
    "toeplitz",
]
