"""The polar decomposition by the dynamically weighted Halley iteration of Nakatsukasa, Bai and Gygi, SIAM J. Matrix Anal. 31 (2010)."""

from __future__ import annotations

import functools

from .. import lax
from .. import numpy as jnp
from .._api import jit
from .._config import default_matmul_precision
from ..numpy._util import concrete
from . import linalg

# The cost of an iteration is lower by Cholesky's factorization, which is stable where c is small.
_CHOLESKY_CUTOFF = 100


def _mask(x, dims, alternative=0):
    """x where all indices are less than dims."""
    inside = [lax.broadcasted_iota("int32", x.shape, i) < d for i, d in enumerate(dims)]
    return jnp.where(functools.reduce(jnp.logical_and, inside), x, alternative)


def _by_qr(u, m, n, params):
    factor, sqrt_c, e = params
    rows, columns = u.shape
    y = jnp.pad(sqrt_c * u, ((0, columns), (0, 0)))
    y = lax.dynamic_update_slice_in_dim(y, jnp.eye(columns, dtype=u.dtype), m, 0)
    q, _ = linalg.qr(y, full_matrices=False)
    q1 = _mask(lax.slice(q, (0, 0), (rows, columns)), (m, n))
    q2 = _mask(lax.dynamic_slice_in_dim(q, m, columns, axis=0), (n, n)).T.conj()
    return e * u + factor * (q1 @ q2)


def _by_cholesky(u, m, n, params):
    factor, c, e = params
    one = jnp.eye(u.shape[1], dtype=u.dtype)
    x = _mask(c * (u.T.conj() @ u) + one, (n, n), one)
    y = linalg.cholesky(x, symmetrize_input=False)
    z = linalg.triangular_solve(y, u.T, left_side=True, lower=True, conjugate_a=True).conj()
    z = linalg.triangular_solve(y, z, left_side=True, lower=True, transpose_a=True, conjugate_a=True).T.conj()
    return e * u + factor * z


def _coefficients(eps, max_iterations):
    """The parameters of the iterations by QR, and of those by Cholesky's factorization, until the bound l of the singular values is 1."""
    by_qr, by_cholesky, l, k = [], [], eps, 0
    while l + 10.0 * eps / 2.0 < 1 and k < max_iterations:
        k += 1
        l2 = l * l
        dd = (4 * (1 / l2 - 1) / l2) ** (1 / 3)
        sqd = (1.0 + dd) ** (1 / 2)
        a = sqd + (2 - dd + 2 * (2 - l2) / (l2 * sqd)) ** (1 / 2)
        b = (a - 1) ** 2 / 4
        c = a + b - 1
        l = l * (a + b * l2) / (1 + c * l2)
        e = b / c
        if c > _CHOLESKY_CUTOFF:
            by_qr.append(((a - e) / c ** (1 / 2), c ** (1 / 2), e))
        else:
            by_cholesky.append((a - e, c, e))
    return by_qr, by_cholesky


def _decompose(x, m, n, max_iterations, eps):
    eps = float(jnp.finfo(x.dtype).eps) if eps is None else eps
    norms = [jnp.linalg.norm(x, ord=p) for p in (1, jnp.inf)]
    scale = jnp.where(norms[0] == 0, 1, lax.rsqrt(norms[0]) * lax.rsqrt(norms[1]))
    tolerance = jnp.cbrt(10.0 * eps / 2.0)
    by_qr, by_cholesky = _coefficients(eps, max_iterations)

    def step(u, params, update):
        new = update(u, m, n, params)
        return new, jnp.linalg.norm(new - u) > tolerance

    def iterate(u, params, update, test):
        if not params:
            return u, True
        table = jnp.array(params).astype(x.dtype)

        def body(k, state):
            u, going_on = step(state[0], lax.dynamic_index_in_dim(table, k, keepdims=False), update)
            return u, going_on if test else True

        return lax.fori_loop(0, len(params), body, (u, True))

    u, _ = iterate(x * scale.astype(x.dtype), by_qr, _by_qr, False)
    u, going_on = iterate(u, by_cholesky, _by_cholesky, True)

    # Once l has converged, the coefficients a, b, c are 3, 1, 3: Halley's method.
    def halley(state):
        k, u, _ = state
        return k + 1, *step(u, (3 - 1 / 3, 3, 1 / 3), _by_cholesky)

    k = len(by_qr) + len(by_cholesky)
    k, u, going_on = lax.while_loop(lambda s: jnp.logical_and(s[2], s[0] < max_iterations), halley, (k, u, going_on))
    u = 1.5 * u - 0.5 * u @ (u.T.conj() @ u)  # a step of Newton and Schulz for the last digits
    h = u.T.conj() @ x
    return u, (h + h.T.conj()) / 2, k, jnp.logical_not(going_on)


@jit(static_argnames=("is_hermitian", "max_iterations", "eps"))
def qdwh(x, *, is_hermitian=False, max_iterations=None, eps=None, dynamic_shape=None):
    """The polar decomposition x = u h: u unitary, h Hermitian, then the number of iterations and whether they converged.

    >>> from jaxgo import lax, numpy as jnp
    >>> u, h, *_ = lax.linalg.qdwh(jnp.array([[0., -2.], [2., 0.]]))
    >>> print(abs(h.round(3)))
    [[2. 0.]
     [0. 2.]]
    """
    concrete(is_hermitian, "The `is_hermitian` argument must be statically specified to use `qdwh` within JAX transformations.", bool)
    max_iterations = 10 if max_iterations is None else int(max_iterations)
    m, n = x.shape
    if m < n:
        raise ValueError("The input matrix of shape M x N must have M >= N.")
    if dynamic_shape is not None:
        m, n = dynamic_shape
        x = _mask(x, (m, n))
    with default_matmul_precision("float32"):
        return _decompose(x, m, n, max_iterations, eps)
