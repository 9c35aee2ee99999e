"""Eigenvalues of tridiagonal matrices by bisection, eigenvectors by inverse iteration."""

from __future__ import annotations

import numpy as np

from .. import lax, random
from .. import numpy as jnp
from .._api import jit
from ..lax import linalg as lax_linalg
from ..numpy import linalg as jnp_linalg
from ._util import is_complex

_BLOCK = 16  # steps of a Sturm sequence that are unrolled
_FUDGE = 2.1  # how much wider than Gershgorin's the first interval is


def _sturm(alpha, beta_sq, pivmin, first, x):
    """How many eigenvalues are below x: negative members of the Sturm sequence. ``first`` stands for alpha[0] - x if that is 0."""
    n = alpha.shape[0]
    q = alpha[0] - x
    count = jnp.where(q < 0, jnp.ones(x.shape, dtype="int32"), jnp.zeros(x.shape, dtype="int32"))
    q = jnp.where(alpha[0] == x, first, q)

    def steps(number):
        def run(state):
            start, q, count = state
            for i in range(number):
                q = alpha[start + i] - beta_sq[start + i - 1] / q - x
                count = jnp.where(q <= pivmin, count + 1, count)
                q = jnp.where(q <= pivmin, jnp.minimum(q, -pivmin), q)
            return start + number, q, count

        return run

    state = steps((n - 1) % _BLOCK)((1, q, count))
    return lax.while_loop(lambda s: jnp.less(s[0], n), steps(_BLOCK), state)[2]


def _clusters(w):
    """Where stretches of close eigenvalues begin and end, and how many there are."""
    k = w.shape[0]
    tolerance = jnp.sqrt(np.finfo(w.dtype).eps) * jnp.maximum(jnp.abs(w[0]), jnp.abs(w[-1]))
    close = w[1:] - w[:-1] < tolerance
    left, right = jnp.pad(close, (1, 0), constant_values=False), jnp.pad(close, (0, 1), constant_values=False)
    begins, ends = ~left & right, left & ~right
    at = [jnp.nonzero(b, size=k // 2 + 1)[0] for b in (begins, ends)]
    return at[0], at[1] + 1, jnp.sum(begins)


def _vectors(alpha, beta, w, key):
    """Inverse iteration of all vectors at once, until their growth ends; those of close eigenvalues are kept orthogonal."""
    n, k = alpha.shape[0], w.shape[0]
    dtype = np.result_type(alpha.dtype, beta.dtype)
    starts, ends, number = _clusters(w)
    index = jnp.arange(k)

    def orthogonalize(i, vectors):
        start, end = starts[i], ends[i]
        block = lax.dynamic_slice(jnp.pad(vectors, ((0, k), (0, 0))), (start, 0), (k, n))
        mask = (index < end - start).astype(vectors.dtype)[:, None]
        q, _ = jnp_linalg.qr((block * mask).T)
        update = lax.dynamic_update_slice(jnp.zeros((2 * k, n), dtype=vectors.dtype), q.T * mask, (start, 0))[:k, :]
        return jnp.where(((index >= start) & (index < end))[:, None], update, vectors)

    lower, upper = (jnp.broadcast_to(v[None, :], (k, n)).astype(dtype) for v in (jnp.pad(jnp.conj(beta), (1, 0)), jnp.pad(beta, (0, 1))))
    shifted = (alpha[None, :] - w[:, None]).astype(dtype)

    def iterate(state):
        i, v, norm, _ = state
        v = lax_linalg.tridiagonal_solve(lower, shifted, upper, v[:, :, None].astype(dtype), perturb_singular=True)[..., 0]
        size = jnp_linalg.norm(v, axis=-1, keepdims=True)
        v = lax.fori_loop(0, number, orthogonalize, v / size.astype(v.dtype))
        return i + 1, v, size[..., 0], norm

    def growing(state):
        i, _, norm, before = state
        return jnp.logical_and(i < 5, jnp.any(norm >= 1.1 * before))  # as LAPACK's stein

    v = random.normal(key, (k, n), dtype=np.finfo(dtype).dtype).astype(dtype)
    v = v / jnp_linalg.norm(v, axis=-1, keepdims=True).astype(dtype)
    return lax.while_loop(growing, iterate, (0, v, jnp.ones(k, dtype=w.dtype), jnp.zeros(k, dtype=w.dtype)))[1]


@jit(static_argnames=("eigvals_only", "select", "select_range"))
def eigh_tridiagonal(d, e, *, eigvals_only=False, select="a", select_range=None, tol=None, key=None):
    """The eigenvalues of the Hermitian matrix with diagonal d and e above it, and its eigenvectors.

    >>> import jaxgo.numpy as jnp, jaxgo.scipy.linalg as sl
    >>> print(sl.eigh_tridiagonal(jnp.array([2., 1.]), jnp.array([0.]), eigvals_only=True).round(3))
    [1. 2.]
    """
    if not eigvals_only and key is None:
        key = random.key(42)
    alpha, beta = jnp.asarray(d), jnp.asarray(e)
    if alpha.dtype != beta.dtype:
        raise TypeError(f"diagonal and off-diagonal values must have same dtype, got {alpha.dtype} and {beta.dtype}")
    if alpha.dtype not in (np.float32, np.float64, np.complex64, np.complex128):
        raise TypeError(
            f"Only float32 and float64 inputs are supported as inputs to jax.scipy.linalg.eigh_tridiagonal, got {alpha.dtype} and {beta.dtype}"
        )
    n = alpha.shape[0]
    if n <= 1:
        return jnp.real(alpha) if eigvals_only else (jnp.real(alpha), jnp.eye(n, dtype=alpha.dtype))
    if is_complex(alpha):
        alpha = jnp.real(alpha)
        beta_sq = jnp.real(beta * jnp.conj(beta))
        beta_abs = jnp.sqrt(beta_sq)
    else:
        beta_abs, beta_sq = jnp.abs(beta), jnp.square(beta)
    if select == "a":
        wanted = jnp.arange(n, dtype="int32")
    elif select == "i":
        if select_range is None:
            raise ValueError("for select='i', select_range must be specified.")
        if select_range[0] > select_range[1]:
            raise ValueError("Got empty index range in select_range.")
        wanted = jnp.arange(select_range[0], select_range[1] + 1, dtype="int32")
    elif select == "v":
        raise NotImplementedError("eigh_tridiagonal(..., select='v') is not implemented")
    else:
        raise ValueError("'select must have a value in {'a', 'i', 'v'}.")

    # Gershgorin's circles
    radius = jnp.concatenate([beta_abs[:1], beta_abs[:-1] + beta_abs[1:], beta_abs[-1:]], axis=0)
    most, least = jnp.amax(alpha + radius), jnp.amin(alpha - radius)
    norm = jnp.maximum(jnp.abs(least), jnp.abs(most))
    # The smallest pivot by which nothing overflows
    finfo, one = np.finfo(alpha.dtype), np.ones([], dtype=alpha.dtype)
    pivmin = np.maximum(one / finfo.max, (one + finfo.eps) * finfo.tiny) * jnp.maximum(1, jnp.amax(beta_sq))
    first = jnp.square(finfo.eps * beta_abs[0])
    tolerance = finfo.eps * norm
    if tol is not None:
        tolerance = jnp.maximum(tol, tolerance)
    slack = jnp.array(n, alpha.dtype) * _FUDGE * finfo.eps * norm
    lower = jnp.broadcast_to(least - slack - 2 * _FUDGE * pivmin, wanted.shape)
    upper = jnp.broadcast_to(most + slack + _FUDGE * pivmin, wanted.shape)
    pivmin, first = jnp.broadcast_to(pivmin, wanted.shape), jnp.broadcast_to(first, wanted.shape)

    def wide(state):  # one step for each bit of the fraction, and one more, is enough
        i, lower, _, upper = state
        return jnp.logical_and(jnp.less(i, finfo.nmant + 1), jnp.less(tolerance, jnp.amax(upper - lower)))

    def halve(state):
        i, lower, mid, upper = state
        below = _sturm(alpha, beta_sq, pivmin, first, mid)
        lower, upper = jnp.where(below <= wanted, mid, lower), jnp.where(below > wanted, mid, upper)
        return i + 1, lower, 0.5 * (lower + upper), upper

    w = lax.while_loop(wide, halve, (0, lower, 0.5 * (upper + lower), upper))[2]
    return w if eigvals_only else (w, _vectors(alpha, beta, w, key).T)
