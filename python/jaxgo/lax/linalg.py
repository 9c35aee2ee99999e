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


def cholesky_update(r_matrix, w_vector):
    """The upper triangular factor of RᵀR + w wᵀ, from the factor R.

    >>> from jaxgo import lax, numpy as jnp
    >>> print(lax.linalg.cholesky_update(jnp.eye(2), jnp.array([0., 0.])))
    [[1. 0.]
     [0. 1.]]
    """
    from ..numpy import arange, sqrt, triu, where
    from ._control_flow import fori_loop

    r, w = asarray(r_matrix), asarray(w_vector)
    if r.ndim != 2 or r.shape[0] != r.shape[1] or w.shape != r.shape[:1]:
        raise ValueError(
            "Rank-1 update to Cholesky decomposition takes a square matrix and a vector of the same size as input. "
            f"Got shapes {r.shape} and {w.shape} instead"
        )
    n = w.shape[0]
    columns = arange(n)

    def rotate(k, carry):  # a Givens rotation of row k of R and w that makes w[k] zero
        r, w = carry
        row, x, y = r[k], r[k, k], w[k]
        length = sqrt(x * x + y * y)
        c, s = where(length == 0, 1, x / length), where(length == 0, 0, y / length)
        keep = columns < k
        return r.at[k].set(where(keep, row, c * row + s * w)), where(keep, w, c * w - s * row)

    return fori_loop(0, n, rotate, (triu(r), w))[0]


def ormqr(a, taus, c, *, left=True, transpose=False):
    """The product of Q, or its adjoint, with a matrix; ``a`` and ``taus`` hold Q as QR's first step leaves it.

    >>> from jaxgo import lax, numpy as jnp
    >>> print(lax.linalg.ormqr(jnp.eye(2), jnp.zeros(2), jnp.ones((2, 1))))
    [[1.]
     [1.]]
    """
    from ..numpy import matmul, matrix_transpose, pad

    a, taus, c = asarray(a), asarray(taus), asarray(c)
    m, k = a.shape[-2], taus.shape[-1]
    if a.shape[-1] < m:  # all columns of Q
        a = pad(a, [(0, 0)] * (a.ndim - 1) + [(0, m - a.shape[-1])])
    q = householder_product(a[..., :m], pad(taus, [(0, 0)] * (taus.ndim - 1) + [(0, m - k)]) if k < m else taus)
    if transpose:
        q = matrix_transpose(q).conj()
    return matmul(q, c) if left else matmul(c, q)


def tridiagonal_solve(dl, d, du, b, *, perturb_singular=False):
    """The x of a tridiagonal system, whose lower, main and upper diagonals have the same length; dl[0] and du[-1] are 0.

    >>> from jaxgo import lax, numpy as jnp
    >>> print(lax.linalg.tridiagonal_solve(jnp.zeros(2), 2 * jnp.ones(2), jnp.zeros(2), jnp.ones((2, 1))))
    [[0.5]
     [0.5]]
    """
    from ..numpy import moveaxis
    from ._control_flow import scan

    dl, d, du, b = (asarray(x) for x in (dl, d, du, b))
    if not dl.shape == d.shape == du.shape:
        raise ValueError(f"tridiagonal_solve requires that all diagonal arguments have the same shape, got {dl.shape}, {d.shape} and {du.shape}")
    if b.shape[:-1] != d.shape:
        raise ValueError(
            "tridiagonal_solve requires that the leading ndim-1 dimensions of b equal the dimensions of the diagonal arguments, got "
            f"{b.shape} and {d.shape}"
        )
    if not dl.dtype == d.dtype == du.dtype == b.dtype:
        raise ValueError("tridiagonal_solve requires that all arguments have the same dtype")
    lo, di, up, rhs = moveaxis(dl, -1, 0), moveaxis(d, -1, 0), moveaxis(du, -1, 0), moveaxis(b, -2, 0)

    def forward(carry, x):  # Thomas' algorithm: eliminates the lower diagonal
        c, y = carry
        lo, di, up, rhs = x
        pivot = di - lo * c
        c = up / pivot
        y = (rhs - lo[..., None] * y) / pivot[..., None]
        return (c, y), (c, y)

    zero = di[0] * 0
    _, (cs, ys) = scan(forward, (zero, rhs[0] * 0), (lo, di, up, rhs), unroll=4)

    def backward(x, cy):
        c, y = cy
        x = y - c[..., None] * x
        return x, x

    _, xs = scan(backward, rhs[0] * 0, (cs, ys), reverse=True, unroll=4)
    return moveaxis(xs, 0, -2)


def __getattr__(name):
    if name.endswith("_p") and not name.startswith("_"):
        from .._jaxpr import primitive

        return primitive(name[:-2])
    raise AttributeError(f"module 'jaxgo.lax.linalg' has no attribute '{name}'")
