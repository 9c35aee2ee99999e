"""jaxgo.scipy.linalg: factorizations, solutions, functions of matrices, and matrices of special forms."""

from __future__ import annotations

import functools
import warnings

import numpy as np

from .. import lax
from .. import numpy as jnp
from .._api import jit
from ..lax import linalg as lax_linalg
from ..numpy import linalg as jnp_linalg
from ..numpy._util import promoted_inexact
from ._eigh_tridiagonal import eigh_tridiagonal
from ._matrices import (
    block_diag,
    circulant,
    companion,
    convolution_matrix,
    dft,
    fiedler,
    fiedler_companion,
    hadamard,
    hankel,
    helmert,
    hilbert,
    invhilbert,
    invpascal,
    leslie,
    pascal,
    toeplitz,
)
from ._matrix_functions import expm, expm_frechet, funm, polar, rsf2csf, solve_sylvester, sqrtm

__all__ = [
    "block_diag",
    "cho_factor",
    "cho_solve",
    "cholesky",
    "circulant",
    "companion",
    "convolution_matrix",
    "det",
    "dft",
    "eigh",
    "eigh_tridiagonal",
    "expm",
    "expm_frechet",
    "fiedler",
    "fiedler_companion",
    "funm",
    "hadamard",
    "hankel",
    "helmert",
    "hessenberg",
    "hilbert",
    "inv",
    "invhilbert",
    "invpascal",
    "leslie",
    "lu",
    "lu_factor",
    "lu_solve",
    "pascal",
    "polar",
    "qr",
    "qr_multiply",
    "rsf2csf",
    "schur",
    "solve",
    "solve_sylvester",
    "solve_triangular",
    "sqrtm",
    "svd",
    "toeplitz",
]


def _inexact(*xs):
    return promoted_inexact(*(jnp.asarray(x) for x in xs))


def _signature(name, call, a, b, extra=""):
    """How vectorize divides the axes of matrices a and right-hand sides b."""
    if b.ndim != 1 and a.ndim == b.ndim + 1 and a.shape[-1] == b.shape[-1]:
        warnings.warn(
            f"jax.scipy.linalg.{name}: batched 1D solves with b.ndim > 1 are deprecated, and in the future will be treated as a batched 2D"
            f" solve. Use {call}.squeeze(-1) to avoid this warning.",
            category=FutureWarning,
            stacklevel=5,
        )
    elif b.ndim != 1:
        return f"(n,n){extra},(n,k)->(n,k)"
    return f"(n,n){extra},(n)->(n)"


# ---- Cholesky ----


@jit(static_argnames="lower")
def _cholesky(a, lower):
    (a,) = _inexact(a)
    factor = lax_linalg.cholesky(a if lower else jnp.conj(a.mT), symmetrize_input=False)
    return factor if lower else jnp.conj(factor.mT)


def cholesky(a, lower=False, overwrite_a=False, check_finite=True):
    """The Cholesky factor of a positive definite matrix, of which one triangle is read.

    >>> import jaxgo.numpy as jnp, jaxgo.scipy.linalg as sl
    >>> print(sl.cholesky(jnp.array([[4., 0.], [0., 9.]])))
    [[2. 0.]
     [0. 3.]]
    """
    return _cholesky(a, lower)


def cho_factor(a, lower=False, overwrite_a=False, check_finite=True):
    """The Cholesky factor for cho_solve.

    >>> import jaxgo.numpy as jnp, jaxgo.scipy.linalg as sl
    >>> print(sl.cho_factor(4 * jnp.eye(2)))
    (Array([[2., 0.],
           [0., 2.]], dtype=float32), False)
    """
    return cholesky(a, lower=lower), lower


@jit(static_argnames="lower")
def _cho_solve(c, b, lower):
    c, b = _inexact(c, b)
    signature = _signature("cho_solve", "cho_solve(c_and_lower, b[..., None])", c, b)

    def half(adjoint, b):
        solve = functools.partial(lax_linalg.triangular_solve, left_side=True, lower=lower, transpose_a=adjoint, conjugate_a=adjoint)
        return jnp.vectorize(solve, signature=signature)(c, b)

    return half(lower, half(not lower, b))


def cho_solve(c_and_lower, b, overwrite_b=False, check_finite=True):
    """The x with a x = b, from what cho_factor gives for a.

    >>> import jaxgo.numpy as jnp, jaxgo.scipy.linalg as sl
    >>> print(sl.cho_solve(sl.cho_factor(4 * jnp.eye(2)), jnp.ones(2)))
    [0.25 0.25]
    """
    c, lower = c_and_lower
    return _cho_solve(c, b, lower)


# ---- singular values, eigenvalues, determinants ----


@jit(static_argnames=("full_matrices", "compute_uv"))
def _svd(a, *, full_matrices, compute_uv):
    return lax_linalg.svd(*_inexact(a), full_matrices=full_matrices, compute_uv=compute_uv)


def svd(a, full_matrices=True, compute_uv=True, overwrite_a=False, check_finite=True, lapack_driver="gesdd"):
    """The singular value decomposition a = u diag(s) vh.

    >>> import jaxgo.numpy as jnp, jaxgo.scipy.linalg as sl
    >>> print(sl.svd(jnp.diag(jnp.array([1., 2.])), compute_uv=False))
    [2. 1.]
    """
    return _svd(a, full_matrices=full_matrices, compute_uv=compute_uv)


def det(a, overwrite_a=False, check_finite=True):
    """The determinant of a square matrix.

    >>> import jaxgo.numpy as jnp, jaxgo.scipy.linalg as sl
    >>> print(sl.det(jnp.array([[1., 2.], [3., 4.]])))
    -2.0
    """
    return jnp_linalg.det(a)


@jit(static_argnames=("lower", "eigvals_only", "eigvals", "type"))
def _eigh(a, b, lower, eigvals_only, eigvals, type):
    if b is not None:
        raise NotImplementedError("Only the b=None case of eigh is implemented")
    if type != 1:
        raise NotImplementedError("Only the type=1 case of eigh is implemented.")
    if eigvals is not None:
        raise NotImplementedError("Only the eigvals=None case of eigh is implemented.")
    v, w = lax_linalg.eigh(*_inexact(a), lower=lower)
    return w if eigvals_only else (w, v)


def eigh(
    a,
    b=None,
    lower=True,
    eigvals_only=False,
    overwrite_a=False,
    overwrite_b=False,
    turbo=True,
    eigvals=None,
    type=1,
    check_finite=True,
):
    """The eigenvalues, ascending, and the eigenvectors of a Hermitian matrix.

    >>> import jaxgo.numpy as jnp, jaxgo.scipy.linalg as sl
    >>> print(sl.eigh(jnp.diag(jnp.array([2., 1.])), eigvals_only=True))
    [1. 2.]
    """
    return _eigh(a, b, lower, eigvals_only, eigvals, type)


@jit(static_argnames="output")
def _schur(a, output):
    if output == "complex":
        a = a.astype(np.result_type(a.dtype, np.complex64))
    return lax_linalg.schur(a)


def schur(a, output="real"):
    """The Schur form t and the unitary z with a = z t zᴴ; a complex one is triangular.

    >>> import jaxgo.numpy as jnp, jaxgo.scipy.linalg as sl
    >>> t, z = sl.schur(jnp.array([[1., 2.], [0., 3.]]))
    >>> print(t)
    [[1. 2.]
     [0. 3.]]
    """
    if output not in ("real", "complex"):
        raise ValueError(f"Expected 'output' to be either 'real' or 'complex', got {output=}.")
    return _schur(a, output)


@jit(static_argnames=("calc_q", "check_finite", "overwrite_a"))
def hessenberg(a, *, calc_q=False, overwrite_a=False, check_finite=True):
    """The Hessenberg form h of a matrix, and with ``calc_q`` the unitary q with a = q h qᴴ.

    >>> import jaxgo.numpy as jnp, jaxgo.scipy.linalg as sl
    >>> print(sl.hessenberg(jnp.array([[1., 2.], [3., 4.]])))
    [[1. 2.]
     [3. 4.]]
    """
    n = np.shape(a)[-1]
    if n == 0:
        return (jnp.zeros_like(a), jnp.zeros_like(a)) if calc_q else jnp.zeros_like(a)
    reflectors, taus = lax_linalg.hessenberg(a)
    h = jnp.triu(reflectors, -1)
    if not calc_q:
        return h
    q = lax_linalg.householder_product(reflectors[..., 1:, :-1], taus)
    batch, dtype = reflectors.shape[:-2], reflectors.dtype
    one, row, column = (f((*batch, *s), dtype=dtype) for f, s in ((jnp.ones, (1, 1)), (jnp.zeros, (1, n - 1)), (jnp.zeros, (n - 1, 1))))
    return h, jnp.block([[one, row], [column, q]])


# ---- LU ----


def inv(a, overwrite_a=False, check_finite=True):
    """The inverse of a square matrix.

    >>> import jaxgo.numpy as jnp, jaxgo.scipy.linalg as sl
    >>> print(sl.inv(2 * jnp.eye(2)))
    [[0.5 0. ]
     [0.  0.5]]
    """
    return jnp_linalg.inv(a)


@jit(static_argnames=("overwrite_a", "check_finite"))
def lu_factor(a, overwrite_a=False, check_finite=True):
    """The triangular factors of a matrix in one, and the rows that were exchanged.

    >>> import jaxgo.numpy as jnp, jaxgo.scipy.linalg as sl
    >>> factors, pivots = sl.lu_factor(jnp.array([[0., 2.], [1., 0.]]))
    >>> print(pivots)
    [1 1]
    """
    return lax_linalg.lu(*_inexact(a))[:2]


@jit(static_argnames=("trans", "overwrite_b", "check_finite"))
def lu_solve(lu_and_piv, b, trans=0, overwrite_b=False, check_finite=True):
    """The x with a x = b, from what lu_factor gives for a; for ``trans`` 1 or 2 with its transpose or adjoint.

    >>> import jaxgo.numpy as jnp, jaxgo.scipy.linalg as sl
    >>> print(sl.lu_solve(sl.lu_factor(2 * jnp.eye(2)), jnp.ones(2)))
    [0.5 0.5]
    """
    factors, pivots = lu_and_piv
    factors, b = _inexact(factors, b)
    permutation = lax_linalg.lu_pivots_to_permutation(pivots, factors.shape[-2])
    signature = _signature("lu_solve", "lu_solve(lu_and_piv, b[..., None])", factors, b, ",(n)")
    return jnp.vectorize(functools.partial(lax_linalg.lu_solve, trans=trans), signature=signature)(factors, permutation, b)


@jit(static_argnames=("permute_l", "overwrite_a", "check_finite"))
def lu(a, permute_l=False, overwrite_a=False, check_finite=True):
    """The permutation p and the triangular l and u with a = p l u; with ``permute_l`` p l and u.

    >>> import jaxgo.numpy as jnp, jaxgo.scipy.linalg as sl
    >>> p, l, u = sl.lu(jnp.array([[0., 2.], [1., 0.]]))
    >>> print(p, u)
    [[0. 1.]
     [1. 0.]] [[1. 0.]
     [0. 2.]]
    """
    (a,) = _inexact(a)
    factors, _, permutation = lax_linalg.lu(a)
    m, n = a.shape
    k = min(m, n)
    p = jnp.real(jnp.array(permutation[None, :] == jnp.arange(m, dtype=permutation.dtype)[:, None], dtype=a.dtype))
    l = jnp.tril(factors, -1)[:, :k] + jnp.eye(m, k, dtype=a.dtype)
    u = jnp.triu(factors)[:k, :]
    return (jnp.matmul(p, l, precision="highest"), u) if permute_l else (p, l, u)


# ---- QR ----


@jit(static_argnames=("mode", "pivoting"))
def _qr(a, mode, pivoting):
    if mode not in ("full", "r", "economic"):
        raise ValueError(f"Unsupported QR decomposition mode '{mode}'")
    out = lax_linalg.qr(*_inexact(a), pivoting=pivoting, full_matrices=mode != "economic")
    return out[1:] if mode == "r" else out


def qr(a, overwrite_a=False, lwork=None, mode="full", pivoting=False, check_finite=True):
    """The unitary q and triangular r with a = q r; with ``pivoting`` also p with a[:, p] = q r.

    >>> import jaxgo.numpy as jnp, jaxgo.scipy.linalg as sl
    >>> q, r, p = sl.qr(jnp.diag(jnp.array([1., 2.])), pivoting=True)
    >>> print(p)
    [1 0]
    """
    return _qr(a, mode, pivoting)


def qr_multiply(a, c, mode="right", pivoting=False, conjugate=False, overwrite_a=False, overwrite_c=False):
    """c times the unitary factor of a, or with mode "left" that times c, and the triangular factor; the unitary one is not made.

    >>> import jaxgo.numpy as jnp, jaxgo.scipy.linalg as sl
    >>> cq, r = sl.qr_multiply(jnp.eye(2), jnp.ones((1, 2)))
    >>> print(abs(cq))
    [[1. 1.]]
    """
    a, c = _inexact(a, c)
    if mode not in ("right", "left"):
        raise ValueError(f"mode must be 'right' or 'left', got {mode!r}")
    vector = c.ndim == 1
    if vector:
        c = c[:, None] if mode == "left" else c[None, :]
    m, n = a.shape[-2:]
    k = min(m, n)
    if mode == "left" and c.shape[-2] != k:
        raise ValueError(
            f"Array shapes are not compatible for Q @ c operation: a has shape {tuple(a.shape)} so Q has {k} columns,"
            f" but c has {c.shape[-2]} rows (expected {k})."
        )
    if mode == "right" and c.shape[-1] != m:
        raise ValueError(
            f"Array shapes are not compatible for c @ Q operation: a has shape {tuple(a.shape)} so Q has {m} rows,"
            f" but c has {c.shape[-1]} columns (expected {m})."
        )
    batch = jnp.broadcast_shapes(a.shape[:-2], c.shape[:-2])
    a, c = (jnp.broadcast_to(x, batch + x.shape[-2:]) for x in (a, c))
    order = ()
    if pivoting:
        r, p, taus = lax_linalg.geqp3(a, jnp.zeros((*batch, n), dtype="int32"))
        order = (p - 1,)  # Fortran counts from 1
    else:
        r, taus = lax_linalg.geqrf(a)
    if m > n and mode == "left":
        c = jnp.concatenate([c, jnp.zeros((*batch, m - k, c.shape[-1]), dtype=c.dtype)], axis=-2)
    if conjugate:  # conj(q) is the transpose of the adjoint, which LAPACK knows
        c = c.swapaxes(-1, -2)
    y = lax_linalg.ormqr(r, taus, c, left=(mode == "left") != conjugate, transpose=conjugate)
    if conjugate:
        y = y.swapaxes(-1, -2)
    if mode == "right":
        y = y[..., :k]
    return (y.ravel() if vector else y, jnp.triu(r[..., :k, :]), *order)


# ---- equations ----


@jit(static_argnames=("assume_a", "lower"))
def _solve(a, b, assume_a, lower):
    if assume_a != "pos":
        return jnp_linalg.solve(a, b)
    a, b = _inexact(a, b)
    if not (a.ndim >= 2 and b.ndim in (a.ndim, a.ndim - 1) and a.shape[-1] == a.shape[-2] == b.shape[a.ndim - 2]):
        raise ValueError(f"The arguments to solve must have shapes a=[..., m, m] and b=[..., m, k] or b=[..., m]; got a={a.shape} and b={b.shape}")
    factors = cho_factor(lax.stop_gradient(a), lower=lower)
    vector = b.ndim == a.ndim - 1
    x = lax.custom_linear_solve(
        lambda x: jnp.matmul(a, x, precision="highest"),
        b[..., None] if vector else b,
        solve=lambda _, x: cho_solve(factors, x),
        symmetric=True,
    )
    return x[..., 0] if vector else x


def solve(
    a,
    b,
    lower=False,
    overwrite_a=False,
    overwrite_b=False,
    debug=False,
    check_finite=True,
    assume_a="gen",
):
    """The x with a x = b; for ``assume_a`` "pos" by Cholesky's factorization.

    >>> import jaxgo.numpy as jnp, jaxgo.scipy.linalg as sl
    >>> print(sl.solve(2 * jnp.eye(2), jnp.ones(2)))
    [0.5 0.5]
    """
    valid_assume_a = ["gen", "sym", "her", "pos"]
    if assume_a not in valid_assume_a:
        raise ValueError(f"Expected assume_a to be one of {valid_assume_a}; got {assume_a!r}")
    return _solve(a, b, assume_a, lower)


@jit(static_argnames=("trans", "lower", "unit_diagonal"))
def _solve_triangular(a, b, trans, lower, unit_diagonal):
    kind = {0: 0, "N": 0, 1: 1, "T": 1, 2: 2, "C": 2}.get(trans)
    if kind is None:
        raise ValueError(f"Invalid 'trans' value {trans}")
    a, b = _inexact(a, b)
    signature = _signature("solve_triangular", "solve_triangular(a, b[..., None])", a, b)
    solve = functools.partial(
        lax_linalg.triangular_solve, left_side=True, lower=lower, transpose_a=kind > 0, conjugate_a=kind == 2, unit_diagonal=unit_diagonal
    )
    return jnp.vectorize(solve, signature=signature)(a, b)


def solve_triangular(a, b, trans=0, lower=False, unit_diagonal=False, overwrite_b=False, debug=None, check_finite=True):
    """The x with a x = b for triangular a; for ``trans`` 1 or 2 with its transpose or adjoint.

    >>> import jaxgo.numpy as jnp, jaxgo.scipy.linalg as sl
    >>> print(sl.solve_triangular(2 * jnp.eye(2), jnp.ones(2)))
    [0.5 0.5]
    """
    return _solve_triangular(a, b, trans, lower, unit_diagonal)
