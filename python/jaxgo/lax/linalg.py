"""Factorizations and solvers of jax.lax.linalg."""

from __future__ import annotations

import enum

from .. import _fast
from ._util import asarray, ndim

_func = _fast.func
_cholesky, _triangular_solve, _eigh, _qr = (_func("lax." + n) for n in ("cholesky", "triangular_solve", "eigh", "qr"))
_householder_product = _func("lax.householder_product")


class EigImplementation(enum.Enum):
    """The library that eig uses."""

    CUSOLVER = "cusolver"
    MAGMA = "magma"
    LAPACK = "lapack"


class EighImplementation(enum.Enum):
    """The algorithm of eigh."""

    QR = "qr"
    JACOBI = "jacobi"
    QDWH = "qdwh"


class SvdAlgorithm(enum.Enum):
    """The algorithm of svd."""

    DEFAULT = "default"
    QR = "QR"
    JACOBI = "Jacobi"
    POLAR = "polar"
    DIVIDE_AND_CONQUER = "divide_and_conquer"


def cholesky(x, *, symmetrize_input=True):
    """The lower triangular L with x = L Lᴴ; NaN where x is not positive definite.

    >>> from jaxgo import lax, numpy as jnp
    >>> print(lax.linalg.cholesky(4 * jnp.eye(2)))
    [[2. 0.]
     [0. 2.]]
    """
    return _cholesky(x, symmetrize_input)


def triangular_solve(a, b, *, left_side=False, lower=False, transpose_a=False, conjugate_a=False, unit_diagonal=False):
    """The x with a x = b, or x a = b by default, for triangular a.

    >>> from jaxgo import lax, numpy as jnp
    >>> print(lax.linalg.triangular_solve(2 * jnp.eye(2), jnp.ones((1, 2))))
    [[0.5 0.5]]
    """
    single = ndim(b) == ndim(a) - 1
    if single:
        from ._shape import expand_dims

        b = expand_dims(b, (-1 if left_side else -2,))
    x = _triangular_solve(a, b, left_side, lower, transpose_a, conjugate_a, unit_diagonal)
    if single:
        x = x[..., 0] if left_side else x[..., 0, :]
    return x


def eigh(x, *, lower=True, symmetrize_input=True, sort_eigenvalues=True, subset_by_index=None, implementation=None):
    """The eigenvectors and eigenvalues of a Hermitian matrix, in this order.

    >>> from jaxgo import lax, numpy as jnp
    >>> print(lax.linalg.eigh(jnp.diag(jnp.array([2., 1.])))[1])
    [1. 2.]
    """
    if subset_by_index is not None and tuple(subset_by_index) != (0, x.shape[-1]):
        raise NotImplementedError("subset_by_index not supported on CPU and GPU")
    return tuple(_eigh(x, lower, symmetrize_input, sort_eigenvalues))


def qr(x, *, pivoting=False, full_matrices=True, use_magma=None):
    """The unitary Q and upper triangular R with x = Q R.

    >>> from jaxgo import lax, numpy as jnp
    >>> q, r = lax.linalg.qr(jnp.ones((3, 2)), full_matrices=False)
    >>> q.shape, r.shape
    ((3, 2), (2, 2))
    """
    if pivoting:
        raise NotImplementedError("QR decomposition with pivoting is not implemented")
    return tuple(_qr(x, full_matrices))


def householder_product(a, taus):
    """The product of the reflectors that QR's first step leaves below the diagonal of ``a``.

    >>> from jaxgo import lax, numpy as jnp
    >>> print(lax.linalg.householder_product(jnp.eye(2), jnp.zeros(2)))
    [[1. 0.]
     [0. 1.]]
    """
    return _householder_product(a, taus)


def lu_pivots_to_permutation(pivots, permutation_size):
    """The permutation that a factorization's row exchanges make.

    >>> from jaxgo import lax, numpy as jnp
    >>> print(lax.linalg.lu_pivots_to_permutation(jnp.array([1, 1]), 3))
    [1 0 2]
    """
    from ..numpy import arange, broadcast_to
    from ._control_flow import fori_loop

    pivots = asarray(pivots)
    if pivots.dtype.kind not in "iu":
        raise ValueError(f"lu_pivots_to_permutation requires integer pivots, got {pivots.dtype}")
    batch, k = pivots.shape[:-1], pivots.shape[-1]
    if k > permutation_size:
        raise ValueError(f"Output permutation size {permutation_size} has to exceed the trailing dimension of the pivots. Got pivots size {k}")
    perm = broadcast_to(arange(permutation_size, dtype=pivots.dtype), (*batch, permutation_size))
    if k == 0 or permutation_size == 0:
        return perm
    perm, pivots = perm.reshape(-1, permutation_size), pivots.reshape(-1, k)
    rows = arange(perm.shape[0])

    def swap(i, p):
        j = pivots[:, i]
        a, b = p[:, i], p[rows, j]
        return p.at[:, i].set(b).at[rows, j].set(a)

    return fori_loop(0, k, swap, perm).reshape(*batch, permutation_size)


def symmetric_product(a_matrix, c_matrix, *, alpha=1.0, beta=0.0, symmetrize_output=False):
    """alpha A Aᵀ + beta C.

    >>> from jaxgo import lax, numpy as jnp
    >>> print(lax.linalg.symmetric_product(jnp.eye(2), jnp.eye(2)))
    [[1. 0.]
     [0. 1.]]
    """
    from ..numpy import matrix_transpose, tril

    y = alpha * (a_matrix @ matrix_transpose(a_matrix)) + beta * c_matrix
    return tril(y) + matrix_transpose(tril(y, k=-1)) if symmetrize_output else y
