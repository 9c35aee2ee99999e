"""Factorizations and solvers of jax.lax.linalg."""

from __future__ import annotations

import enum
import warnings

from .. import _fast
from ._util import asarray, ndim

_func = _fast.func
_cholesky, _triangular_solve, _eigh, _eig, _svd, _lu, _lu_solve, _qr, _schur, _tridiagonal = (
    _func("lax." + n) for n in ("cholesky", "triangular_solve", "eigh", "eig", "svd", "lu", "lu_solve", "qr", "schur", "tridiagonal")
)
_householder_product, _hessenberg, _geqrf, _geqp3, _ormqr = (
    _func("lax." + n) for n in ("householder_product", "hessenberg", "geqrf", "geqp3", "ormqr")
)
_lu_pivots_to_permutation, _tridiagonal_solve, _general_solve = (
    _func("lax." + n) for n in ("lu_pivots_to_permutation", "tridiagonal_solve", "_solve")
)


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


def _member(choice):
    """How Go knows a member of one of the enumerations."""
    return "" if choice is None else str(choice)


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
    return tuple(_eigh(x, lower, symmetrize_input, sort_eigenvalues, _member(implementation)))


def eig(
    x,
    *,
    compute_left_eigenvectors=True,
    compute_right_eigenvectors=True,
    enable_eigvec_derivs=False,
    implementation=None,
    use_magma=None,
):
    """The eigenvalues of a matrix, its left eigenvectors and its right ones, as far as they are asked for.

    Derivatives of eigenvectors hold for distinct eigenvalues only; ``enable_eigvec_derivs`` allows them.

    >>> from jaxgo import lax, numpy as jnp
    >>> print(lax.linalg.eig(jnp.array([[0., -1.], [1., 0.]]))[0])
    [0.+1.j 0.-1.j]
    """
    if use_magma is not None:
        warnings.warn("use_magma is deprecated, please use implementation=EigImplementation.MAGMA instead.", DeprecationWarning, stacklevel=2)
        implementation = EigImplementation.MAGMA if use_magma else EigImplementation.LAPACK
    out = _eig(x, compute_left_eigenvectors, compute_right_eigenvectors, enable_eigvec_derivs, _member(implementation))
    return list(out) if compute_left_eigenvectors or compute_right_eigenvectors else [out]


def svd(x, *, full_matrices=True, compute_uv=True, subset_by_index=None, algorithm=None):
    """The factors u, s and vt of a matrix: singular vectors and singular values, these descending. Without ``compute_uv`` only s.

    >>> from jaxgo import lax, numpy as jnp
    >>> print(lax.linalg.svd(jnp.diag(jnp.array([1., 2.])), compute_uv=False))
    [2. 1.]
    """
    if subset_by_index is not None and tuple(subset_by_index) != (0, min(x.shape[-2:])):
        if full_matrices:
            raise ValueError("full_matrices and subset_by_index cannot both be set")
        raise NotImplementedError("subset_by_index not implemented for CPU and GPU")
    if algorithm is SvdAlgorithm.DEFAULT:
        algorithm = None
    out = _svd(x, full_matrices, compute_uv, _member(algorithm))
    if not compute_uv:
        return out
    s, u, vt = out
    return u, s, vt


def schur(x, *, compute_schur_vectors=True, sort_eig_vals=False, select_callable=None):
    """The Schur form T and the unitary Z with x = Z T Zᴴ; without ``compute_schur_vectors`` only T.

    >>> from jaxgo import lax, numpy as jnp
    >>> t, z = lax.linalg.schur(jnp.array([[1., 2.], [0., 3.]]))
    >>> print(t)
    [[1. 2.]
     [0. 3.]]
    """
    out = _schur(x, compute_schur_vectors, sort_eig_vals)
    return tuple(out) if compute_schur_vectors else (out,)


def hessenberg(a):
    """The Hessenberg form of a matrix with Householder reflectors below it, and their factors.

    >>> from jaxgo import lax, numpy as jnp
    >>> h, taus = lax.linalg.hessenberg(jnp.ones((3, 3)))
    >>> h.shape, taus.shape
    ((3, 3), (2,))
    """
    return tuple(_hessenberg(a))


def tridiagonal(a, *, lower=True):
    """A Hermitian matrix made tridiagonal: the reflectors, the diagonal, the one beside it, and the reflectors' factors.

    >>> from jaxgo import lax, numpy as jnp
    >>> print(lax.linalg.tridiagonal(jnp.eye(3))[1])
    [1. 1. 1.]
    """
    return tuple(_tridiagonal(a, lower))


def lu(x):
    """The triangular factors of a matrix in one, the rows that were exchanged, and the permutation that this makes.

    >>> from jaxgo import lax, numpy as jnp
    >>> factors, pivots, permutation = lax.linalg.lu(jnp.array([[0., 2.], [1., 0.]]))
    >>> print(factors, pivots, permutation)
    [[1. 0.]
     [0. 2.]] [1 1] [1 0]
    """
    return tuple(_lu(x))


def lu_solve(lu, permutation, b, trans=0):
    """The x with a x = b from the factors of a; for ``trans`` 1 or 2 with its transpose or adjoint.

    >>> from jaxgo import lax, numpy as jnp
    >>> factors, _, permutation = lax.linalg.lu(2 * jnp.eye(2))
    >>> print(lax.linalg.lu_solve(factors, permutation, jnp.ones(2)))
    [0.5 0.5]
    """
    return _lu_solve(lu, permutation, b, trans)


def geqrf(a):
    """The first step of QR: R with Householder reflectors below it, and their factors.

    >>> from jaxgo import lax, numpy as jnp
    >>> r, taus = lax.linalg.geqrf(jnp.ones((3, 2)))
    >>> r.shape, taus.shape
    ((3, 2), (2,))
    """
    return tuple(_geqrf(a))


def geqp3(a, jpvt, *, use_magma=None):
    """The first step of QR with pivoting: as geqrf, with the order of the columns, counted from 1, in the middle.

    >>> from jaxgo import lax, numpy as jnp
    >>> print(lax.linalg.geqp3(jnp.diag(jnp.array([1., 2.])), jnp.zeros(2, int))[1])
    [2 1]
    """
    return tuple(_geqp3(a, jpvt))


def qr(x, *, pivoting=False, full_matrices=True, use_magma=None):
    """The unitary Q and upper triangular R with x = Q R; with ``pivoting`` also p with x[:, p] = Q R.

    >>> from jaxgo import lax, numpy as jnp
    >>> q, r = lax.linalg.qr(jnp.ones((3, 2)), full_matrices=False)
    >>> q.shape, r.shape
    ((3, 2), (2, 2))
    """
    return tuple(_qr(x, full_matrices, pivoting))


def householder_product(a, taus):
    """The product of the reflectors that QR's first step leaves below the diagonal of ``a``.

    >>> from jaxgo import lax, numpy as jnp
    >>> print(abs(lax.linalg.householder_product(jnp.eye(2), jnp.zeros(2))))
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
    return _lu_pivots_to_permutation(pivots, permutation_size)


def symmetric_product(a_matrix, c_matrix, *, alpha=1.0, beta=0.0, symmetrize_output=False):
    """alpha A Aᵀ + beta C.

    >>> from jaxgo import lax, numpy as jnp
    >>> print(lax.linalg.symmetric_product(jnp.eye(2), jnp.eye(2)))
    [[1. 0.]
     [0. 1.]]
    """
    from ..numpy import matrix_transpose, tril

    (*_, m, _), (*_, c_rows, c_columns) = a_matrix.shape, c_matrix.shape
    if m != c_columns or c_rows != c_columns:
        raise ValueError(
            "symmetric_update expects a rectangular matrix of shape (m, n) and a square matrix of shape (n, n). "
            f"Got shapes {a_matrix.shape} and {c_matrix.shape}."
        )
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
    return _ormqr(a, taus, c, left, transpose)


def tridiagonal_solve(dl, d, du, b, *, perturb_singular=False):
    """The x of a tridiagonal system, whose lower, main and upper diagonals have the same length; dl[0] and du[-1] are 0.

    >>> from jaxgo import lax, numpy as jnp
    >>> print(lax.linalg.tridiagonal_solve(jnp.zeros(2), 2 * jnp.ones(2), jnp.zeros(2), jnp.ones((2, 1))))
    [[0.5]
     [0.5]]
    """
    return _tridiagonal_solve(dl, d, du, b, perturb_singular)


def __getattr__(name):
    if name == "qdwh":
        from ._qdwh import qdwh

        return qdwh
    if name.endswith("_p") and not name.startswith("_"):
        from .._jaxpr import primitive

        return primitive(name[:-2])
    raise AttributeError(f"module 'jaxgo.lax.linalg' has no attribute '{name}'")
