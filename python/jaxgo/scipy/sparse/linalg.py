"""jaxgo.scipy.sparse.linalg: solvers of A(x) = b that only apply A. Derivatives are those of the solution, by a solve of their own."""

from __future__ import annotations

import operator
from functools import partial

import numpy as np

from ... import _fast, lax
from ... import numpy as jnp
from ..._device import device_put
from ...tree_util import Partial, tree_leaves, tree_map, tree_reduce, tree_structure
from .. import linalg

__all__ = ["bicgstab", "cg", "gmres"]

_dot = partial(jnp.dot, precision=lax.Precision.HIGHEST)
_vdot = partial(jnp.vdot, precision=lax.Precision.HIGHEST)
_einsum = partial(jnp.einsum, precision=lax.Precision.HIGHEST)
_add, _sub = partial(tree_map, operator.add), partial(tree_map, operator.sub)


def _lattice_type(tree):
    """The dtype that an operation on the leaves has, and whether it is weak."""
    return _fast.call("lattice_type", *map(jnp.asarray, tree_leaves(tree)))


def _vdot_real_part(x, y):
    """The real part of the inner product."""
    result = _vdot(x.real, y.real)
    if jnp.iscomplexobj(x) or jnp.iscomplexobj(y):
        result += _vdot(x.imag, y.imag)
    return result


def _vdot_real_tree(x, y):
    return sum(tree_leaves(tree_map(_vdot_real_part, x, y)))


def _vdot_tree(x, y):
    return sum(tree_leaves(tree_map(_vdot, x, y)))


def _norm(x):
    return jnp.sqrt(_vdot_real_tree(x, x))


def _mul(scalar, tree):
    return tree_map(partial(operator.mul, scalar), tree)


@Partial
def _identity(x):
    return x


def _operator(f):
    """A function, a square matrix or what has @ as a function."""
    if callable(f):
        return f
    if isinstance(f, (np.ndarray, _fast.Array)):
        if f.ndim != 2 or f.shape[0] != f.shape[1]:
            raise ValueError(f"linear operator must be a square matrix, but has shape: {f.shape}")
        return partial(_dot, f)
    if hasattr(f, "__matmul__"):
        if hasattr(f, "shape") and len(f.shape) != 2 or f.shape[0] != f.shape[1]:
            raise ValueError(f"linear operator must be a square matrix, but has shape: {f.shape}")
        return partial(operator.matmul, f)
    raise TypeError(f"linear operator must be either a function or ndarray: {f}")


def _cg_solve(A, b, x0=None, *, maxiter, tol=1e-5, atol=0.0, M=_identity):
    bs = _vdot_real_tree(b, b)
    atol2 = jnp.maximum(jnp.square(tol) * bs, jnp.square(atol))

    def cond(value):
        _, r, gamma, _, k = value
        rs = gamma.real if M is _identity else _vdot_real_tree(r, r)
        return (rs > atol2) & (k < maxiter)

    def body(value):
        x, r, gamma, p, k = value
        Ap = A(p)
        alpha = gamma / _vdot_real_tree(p, Ap).astype(dtype)
        x = _add(x, _mul(alpha, p))
        r = _sub(r, _mul(alpha, Ap))
        z = M(r)
        new = _vdot_real_tree(r, z).astype(dtype)
        return x, r, new, _add(z, _mul(new / gamma, p)), k + 1

    r0 = _sub(b, A(x0))
    p0 = z0 = M(r0)
    dtype = jnp.result_type(*tree_leaves(p0))
    gamma0 = _vdot_real_tree(r0, z0).astype(dtype)
    return lax.while_loop(cond, body, (x0, r0, gamma0, p0, 0))[0]


def _bicgstab_solve(A, b, x0=None, *, maxiter, tol=1e-5, atol=0.0, M=_identity):
    bs = _vdot_real_tree(b, b)
    atol2 = jnp.maximum(jnp.square(tol) * bs, jnp.square(atol))

    def cond(value):
        _, r, *_, k = value
        return (_vdot_real_tree(r, r) > atol2) & (k < maxiter) & (k >= 0)

    def body(value):
        x, r, rhat, alpha, omega, rho, p, q, k = value
        rho_ = _vdot_tree(rhat, r)
        beta = rho_ / rho * alpha / omega
        p = _add(r, _mul(beta, _sub(p, _mul(omega, q))))
        phat = M(p)
        q = A(phat)
        alpha = rho_ / _vdot_tree(rhat, q)
        s = _sub(r, _mul(alpha, q))
        early = partial(jnp.where, _vdot_real_tree(s, s) < atol2)
        shat = M(s)
        t = A(shat)
        omega = _vdot_tree(t, s) / _vdot_tree(t, t)
        x = tree_map(early, _add(x, _mul(alpha, phat)), _add(x, _add(_mul(alpha, phat), _mul(omega, shat))))
        r = tree_map(early, s, _sub(s, _mul(omega, t)))
        k = jnp.where((omega == 0) | (alpha == 0), -11, k + 1)
        return x, r, rhat, alpha, omega, rho_, p, q, jnp.where(rho_ == 0, -10, k)

    r0 = _sub(b, A(x0))
    one = lax._convert_element_type(1, *_lattice_type(b))
    return lax.while_loop(cond, body, (x0, r0, r0, one, one, one, r0, r0, 0))[0]


def _start(A, b, x0, maxiter, M):
    """The arguments that all solvers share."""
    if x0 is None:
        x0 = tree_map(jnp.zeros_like, b)
    b, x0 = device_put((b, x0))
    size = sum(bi.size for bi in tree_leaves(b))
    maxiter = 10 * size if maxiter is None else maxiter
    A, M = _operator(A), _operator(_identity if M is None else M)
    if tree_structure(x0) != tree_structure(b):
        raise ValueError(f"x0 and b must have matching tree structure: {tree_structure(x0)} vs {tree_structure(b)}")
    return A, b, x0, maxiter, M, size


def _isolve(solve, A, b, x0, tol, atol, maxiter, M, check_symmetric=False):
    A, b, x0, maxiter, M, _ = _start(A, b, x0, maxiter, M)
    shapes = [[x.shape for x in tree_leaves(t)] for t in (x0, b)]
    if shapes[0] != shapes[1]:
        raise ValueError(f"arrays in x0 and b must have matching shapes: {shapes[0]} vs {shapes[1]}")
    solve = partial(solve, x0=x0, tol=tol, atol=atol, maxiter=maxiter, M=M)
    # Real solutions only: a symmetric solve takes A for its transpose, which that of a Hermitian A is not.
    symmetric = check_symmetric and not any(np.issubdtype(x.dtype, np.complexfloating) for x in tree_leaves(b))
    return lax.custom_linear_solve(A, b, solve=solve, transpose_solve=solve, symmetric=symmetric), None


def cg(A, b, x0=None, *, tol=1e-5, atol=0.0, maxiter=None, M=None):
    """Solves A(x) = b for a Hermitian, positive definite A by conjugate gradients, as scipy.sparse.linalg.cg. Returns (x, None).

    A and the preconditioner M are functions of trees like b, or matrices. The residual's norm is at most max(tol * norm(b), atol),
    unless maxiter iterations do not reach it.

    >>> import jaxgo.numpy as jnp
    >>> from jaxgo.scipy.sparse.linalg import cg
    >>> print(cg(lambda x: 2 * x, jnp.array([1., 4.]))[0])
    [0.5 2. ]
    """
    return _isolve(_cg_solve, A, b, x0, tol, atol, maxiter, M, check_symmetric=True)


def bicgstab(A, b, x0=None, *, tol=1e-5, atol=0.0, maxiter=None, M=None):
    """Solves A(x) = b by the stabilized biconjugate gradients method, as scipy.sparse.linalg.bicgstab; arguments and result are those of ``cg``.

    >>> import jaxgo.numpy as jnp
    >>> from jaxgo.scipy.sparse.linalg import bicgstab
    >>> print(bicgstab(jnp.array([[2., 0.], [0., 2.]]), jnp.array([1., 4.]))[0])
    [0.5 2. ]
    """
    return _isolve(_bicgstab_solve, A, b, x0, tol, atol, maxiter, M)


def _safe_normalize(x, thresh=None):
    """x with norm 1 and its norm; zeros where that is not above the threshold."""
    norm = _norm(x)
    dtype, weak_type = _lattice_type(x)
    if thresh is None:
        thresh = jnp.finfo(norm.dtype).eps
    use_norm = norm > thresh.astype(dtype).real
    norm_cast = lax._convert_element_type(norm, dtype, weak_type)
    return tree_map(lambda y: jnp.where(use_norm, y / norm_cast, 0.0), x), jnp.where(use_norm, norm, 0.0)


def _project_on_columns(A, v):
    """conj(A.T) @ v"""
    return tree_reduce(operator.add, tree_map(lambda X, y: _einsum("...n,...->n", X.conj(), y), A, v))


def _iterative_classical_gram_schmidt(Q, x, xnorm, max_iterations=2):
    """x made orthogonal to the columns of Q, and its coefficients."""
    Q0 = tree_leaves(Q)[0]

    def body(carry):
        k, q, r, qnorm_scaled = carry
        h = _project_on_columns(Q, q)
        q = _sub(q, tree_map(lambda X: _dot(X, h), Q))
        r = _add(r, h)

        def qnorm_cond(carry):
            k, not_done, _, _ = carry
            return jnp.logical_and(not_done, k < max_iterations - 1)

        def qnorm(carry):
            k, _, q, _ = carry
            return k, False, q, _safe_normalize(q)[1] / jnp.sqrt(2.0)

        _, _, q, qnorm_scaled = lax.while_loop(qnorm_cond, qnorm, (k, True, q, qnorm_scaled))
        return k + 1, q, r, qnorm_scaled

    def cond(carry):
        k, _, r, qnorm_scaled = carry
        return jnp.logical_and(k < max_iterations - 1, _safe_normalize(r)[1] < qnorm_scaled)

    carry = body((0, x, jnp.zeros(Q0.shape[-1], dtype=Q0.dtype), xnorm / jnp.sqrt(2.0)))
    _, q, r, _ = lax.while_loop(cond, body, carry)
    return q, r


def _kth_arnoldi_iteration(k, A, M, V, H):
    """The Krylov basis V and the projection H of A on it, one column longer, and whether the new one is zero."""
    eps = jnp.finfo(_lattice_type(V)[0]).eps
    v = M(A(tree_map(lambda x: x[..., k], V)))
    _, v_norm_0 = _safe_normalize(v)
    v, h = _iterative_classical_gram_schmidt(V, v, v_norm_0, max_iterations=2)
    unit_v, v_norm_1 = _safe_normalize(v, thresh=eps * v_norm_0)
    V = tree_map(lambda X, y: X.at[..., k + 1].set(y), V, unit_v)
    h = h.at[k + 1].set(v_norm_1.astype(_lattice_type(V)[0]))
    return V, H.at[k, :].set(h), v_norm_1 == 0.0


def _rotate(H, i, cs, sn):
    x, y = H[i], H[i + 1]
    H = H.at[i].set(cs.conj() * x - sn.conj() * y)
    return H.at[i + 1].set(sn * x + cs * y)


def _givens_rotation(a, b):
    b_zero, a_lt_b = abs(b) == 0, abs(a) < abs(b)
    t = -jnp.where(a_lt_b, a, b) / jnp.where(a_lt_b, b, a)
    r = lax.rsqrt(1 + abs(t) ** 2).astype(t.dtype)
    cs = jnp.where(b_zero, 1, jnp.where(a_lt_b, r * t, r))
    sn = jnp.where(b_zero, 0, jnp.where(a_lt_b, r, r * t))
    return cs, sn


def _apply_givens_rotations(H_row, givens, k):
    """A row of H with the rotations so far and one more, which makes its last element 0."""
    row = lax.fori_loop(0, k, lambda i, row: _rotate(row, i, *givens[i, :]), H_row)
    factors = _givens_rotation(row[k], row[k + 1])
    return _rotate(row, k, *factors), givens.at[k, :].set(factors)


def _basis(unit_residual, restart):
    return tree_map(lambda x: jnp.pad(x[..., None], ((0, 0),) * x.ndim + ((0, restart),)), unit_residual)


def _advanced(A, M, b, x0, V, y):
    """x0 advanced in the Krylov space by y, its residual as a unit and its norm."""
    x = _add(x0, tree_map(lambda X: _dot(X[..., :-1], y), V))
    return x, *_safe_normalize(M(_sub(b, A(x))))


def _gmres_incremental(A, b, x0, unit_residual, residual_norm, ptol, restart, M):
    """One restart that factors H as it grows, and ends at the tolerance."""
    V = _basis(unit_residual, restart)
    dtype = jnp.result_type(*tree_leaves(b))
    R = jnp.eye(restart, restart + 1, dtype=dtype)
    givens = jnp.zeros((restart, 2), dtype=dtype)
    beta = jnp.zeros(restart + 1, dtype=dtype)
    beta = beta.at[0].set(residual_norm.astype(dtype))

    def cond(carry):
        k, err, *_ = carry
        return jnp.logical_and(k < restart, err > ptol)

    def body(carry):
        k, _, V, R, beta, givens = carry
        V, H, _ = _kth_arnoldi_iteration(k, A, M, V, R)
        row, givens = _apply_givens_rotations(H[k, :], givens, k)
        R = R.at[k, :].set(row)
        beta = _rotate(beta, k, *givens[k, :])
        return k + 1, abs(beta[k + 1]), V, R, beta, givens

    _, _, V, R, beta, _ = lax.while_loop(cond, body, (0, residual_norm, V, R, beta, givens))
    return _advanced(A, M, b, x0, V, linalg.solve_triangular(R[:, :-1].T, beta[:-1]))


def _lstsq(a, b):
    adjoint = a.T.conj()
    return linalg.solve(_dot(adjoint, a), _dot(adjoint, b), assume_a="pos")


def _gmres_batched(A, b, x0, unit_residual, residual_norm, ptol, restart, M):
    """One restart that solves the least squares problem at its end."""
    del ptol
    V = _basis(unit_residual, restart)
    dtype, weak_type = _lattice_type(b)
    H = lax._convert_element_type(jnp.eye(restart, restart + 1, dtype=dtype), None, weak_type)

    def cond(carry):
        _, _, breakdown, k = carry
        return jnp.logical_and(k < restart, jnp.logical_not(breakdown))

    def body(carry):
        V, H, _, k = carry
        return *_kth_arnoldi_iteration(k, A, M, V, H), k + 1

    V, H, *_ = lax.while_loop(cond, body, (V, H, False, 0))
    beta = jnp.zeros_like(H, shape=(restart + 1,)).at[0].set(residual_norm.astype(dtype))
    return _advanced(A, M, b, x0, V, _lstsq(H.T, beta))


def _gmres_solve(A, b, x0, atol, ptol, restart, maxiter, M, one_restart):
    def cond(value):
        _, k, _, residual_norm = value
        return jnp.logical_and(k < maxiter, residual_norm > atol)

    def body(value):
        x, k, unit_residual, residual_norm = value
        x, unit_residual, residual_norm = one_restart(A, b, x, unit_residual, residual_norm, ptol, restart, M)
        return x, k + 1, unit_residual, residual_norm

    unit_residual, residual_norm = _safe_normalize(M(_sub(b, A(x0))))
    return lax.while_loop(cond, body, (x0, 0, unit_residual, residual_norm))[0]


def gmres(A, b, x0=None, *, tol=1e-5, atol=0.0, restart=20, maxiter=None, M=None, solve_method="batched"):
    """Solves A(x) = b by the generalized minimal residual method, as scipy.sparse.linalg.gmres. Returns (x, 0), or (x, -1) for NaNs.

    Arguments are those of ``cg``; maxiter counts restarts, each of restart iterations. ``solve_method`` is 'batched' or 'incremental',
    which is slower but ends within a restart.

    >>> import jaxgo.numpy as jnp
    >>> from jaxgo.scipy.sparse.linalg import gmres
    >>> print(gmres(lambda x: 2 * x, jnp.array([1., 4.]))[0].round(4))
    [0.5 2. ]
    """
    A, b, x0, maxiter, M, size = _start(A, b, x0, maxiter, M)
    restart = min(restart, size)
    b_norm = _norm(b)
    atol = jnp.maximum(tol * b_norm, atol)
    ptol = _norm(M(b)) * jnp.minimum(1.0, atol / b_norm)
    one_restart = {"incremental": _gmres_incremental, "batched": _gmres_batched}.get(solve_method)
    if one_restart is None:
        raise ValueError(f"invalid solve_method {solve_method}, must be either 'incremental' or 'batched'")

    def solve(A, b):
        return _gmres_solve(A, b, x0, atol, ptol, restart, maxiter, M, one_restart)

    x = lax.custom_linear_solve(A, b, solve=solve, transpose_solve=solve)
    return x, jnp.where(jnp.isnan(_norm(x)), -1, 0)
