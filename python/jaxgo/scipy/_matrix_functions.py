"""Functions of matrices: exponential, square root, others by Schur's form; the polar decomposition and Sylvester's equation."""

from __future__ import annotations

import functools

import numpy as np

from .. import lax
from .. import numpy as jnp
from .._api import jit, jvp
from .._config import default_matmul_precision
from ..lax import linalg as lax_linalg
from ..numpy import linalg as jnp_linalg
from ..numpy._util import promoted_inexact
from ._util import is_complex

_dot = functools.partial(jnp.dot, precision="highest")


def _complex_dtype(dtype):
    return np.result_type(dtype, np.complex64)


# ---- exponential: scaling and squaring, Higham, SIAM J. Matrix Anal. 26 (2005) ----

# fmt: off
_PADE = {
    3: (120., 60., 12., 1.),
    5: (30240., 15120., 3360., 420., 30., 1.),
    7: (17297280., 8648640., 1995840., 277200., 25200., 1512., 56., 1.),
    9: (17643225600., 8821612800., 2075673600., 302702400., 30270240., 2162160., 110880., 3960., 90., 1.),
    13: (64764752532480000., 32382376266240000., 7771770303897600., 1187353796428800., 129060195264000., 10559470521600., 670442572800.,
         33522128640., 1323241920., 40840800., 960960., 16380., 182., 1.),
}
# The orders for a precision, the norms up to which all but the last are good enough, and that for which the last is.
_ORDERS = {
    4: ((3, 5, 7), (4.258730016922831e-001, 1.880152677804762e+000), 3.925724783138660),
    8: ((3, 5, 7, 9, 13), (1.495585217958292e-002, 2.539398330063230e-001, 9.504178996162932e-001, 2.097847961257068e+000), 5.371920351148152),
}
# fmt: on


def _pade(order):
    """The odd and even parts of Padé's numerator."""
    b = _PADE[order]

    def parts(a):
        one = jnp.eye(*a.shape, dtype=a.dtype)
        a2 = _dot(a, a)
        if order == 13:
            a4 = _dot(a2, a2)
            a6 = _dot(a4, a2)
            u = _dot(a, _dot(a6, b[13] * a6 + b[11] * a4 + b[9] * a2) + b[7] * a6 + b[5] * a4 + b[3] * a2 + b[1] * one)
            v = _dot(a6, b[12] * a6 + b[10] * a4 + b[8] * a2) + b[6] * a6 + b[4] * a4 + b[2] * a2 + b[0] * one
            return u, v
        powers = [one, a2]
        for k in range(2, order // 2 + 1):
            powers.append(_dot(powers[-1], a2) if k != 2 else _dot(a2, a2))
        terms = list(enumerate(powers))[::-1]  # from the highest, as JAX adds them
        u = functools.reduce(jnp.add, [b[2 * k + 1] * p for k, p in terms])
        v = functools.reduce(jnp.add, [b[2 * k] * p for k, p in terms])
        return _dot(a, u), v

    return parts


@jit
def _numerator_and_denominator(a):
    size = a.dtype.itemsize // (2 if is_complex(a) else 1)
    if size not in _ORDERS:
        raise TypeError(f"A.dtype={a.dtype} is not supported.")
    orders, limits, most = _ORDERS[size]
    norm = jnp_linalg.norm(a, 1)
    squarings = jnp.maximum(0, jnp.floor(jnp.log2(norm / most)))
    a = a / 2 ** squarings.astype(a.dtype)
    u, v = lax.switch(jnp.digitize(norm, jnp.array(limits, dtype=norm.dtype)), [_pade(k) for k in orders], a)
    return u + v, -u + v, squarings


@jit(static_argnums=2)
def _square(r, squarings, most):
    def step(c, i):
        return lax.cond(i < squarings, lambda x: _dot(x, x), lambda x: x, c), None

    return lax.scan(step, r, jnp.arange(most, dtype=squarings.dtype))[0]


@jit(static_argnames=("upper_triangular", "max_squarings"))
def expm(A, *, upper_triangular=False, max_squarings=16):
    """The exponential of a matrix; NaN if that takes more than ``max_squarings``.

    >>> import jaxgo.numpy as jnp, jaxgo.scipy.linalg as sl
    >>> print(sl.expm(jnp.zeros((2, 2))))
    [[1. 0.]
     [0. 1.]]
    """
    (A,) = promoted_inexact(A)
    if A.ndim < 2 or A.shape[-1] != A.shape[-2]:
        raise ValueError(f"Expected A to be a (batched) square matrix, got {A.shape=}.")
    if A.ndim > 2:
        one = functools.partial(expm, upper_triangular=upper_triangular, max_squarings=max_squarings)
        return jnp.vectorize(one, signature="(n,n)->(n,n)")(A)
    from .linalg import solve_triangular

    p, q, squarings = _numerator_and_denominator(A)

    def compute(args):
        _, p, q = args
        r = solve_triangular(q, p) if upper_triangular else jnp_linalg.solve(q, p)
        return _square(r, squarings, max_squarings)

    return lax.cond(squarings > max_squarings, lambda args: jnp.full_like(args[0], np.nan), compute, (A, p, q))


@jit(static_argnames=("method", "compute_expm"))
def expm_frechet(A, E, *, method=None, compute_expm=True):
    """The exponential of A and its derivative in direction E.

    >>> import jaxgo.numpy as jnp, jaxgo.scipy.linalg as sl
    >>> print(sl.expm_frechet(jnp.zeros((2, 2)), jnp.eye(2), compute_expm=False))
    [[1. 0.]
     [0. 1.]]
    """
    A, E = jnp.asarray(A), jnp.asarray(E)
    if A.ndim < 2 or A.shape[-2] != A.shape[1]:
        raise ValueError(f"expected A to be a (batched) square matrix, got A.shape={A.shape}")
    if E.ndim < 2 or E.shape[-2] != E.shape[-1]:
        raise ValueError(f"expected E to be a (batched) square matrix, got E.shape={E.shape}")
    if A.shape != E.shape:
        raise ValueError(f"expected A and E to be the same shape, got A.shape={A.shape} E.shape={E.shape}")
    y, dy = jvp(functools.partial(expm, upper_triangular=False, max_squarings=16), (A,), (E,))
    return (y, dy) if compute_expm else dy


# ---- polar decomposition ----


@jit(static_argnames=("side", "method"))
def _polar(a, side, method, eps, max_iterations):
    m, n = a.shape
    with default_matmul_precision("float32"):
        if method == "qdwh":
            if (m >= n) != (side == "right"):
                raise NotImplementedError(
                    f"method='qdwh' only supports mxn matrices where m < n where side='right' and m >= n side='left', got {a.shape} with {side=}"
                )
            u, h, *_ = lax_linalg.qdwh(a if side == "right" else a.T.conj(), is_hermitian=False, eps=eps)
            return (u, h) if side == "right" else (u.T.conj(), h.T.conj())
        if method != "svd":
            raise ValueError(f"Unknown polar decomposition method {method}.")
        u, s, vh = lax_linalg.svd(a, full_matrices=False)
        s = s.astype(u.dtype)
        h = (vh.T.conj() * s[None, :]) @ vh if side == "right" else (u * s[None, :]) @ u.T.conj()
        return u @ vh, h


@jit(static_argnames=("side", "method"))
def polar(a, side="right", *, method="qdwh", eps=None, max_iterations=None):
    """The unitary u and the positive h with a = u h, or a = h u for ``side`` "left".

    >>> import jaxgo.numpy as jnp, jaxgo.scipy.linalg as sl
    >>> u, h = sl.polar(jnp.array([[0., -2.], [2., 0.]]), method="svd")
    >>> print(abs(h.round(3)))
    [[2. 0.]
     [0. 2.]]
    """
    a = jnp.asarray(a)
    if a.ndim < 2:
        raise ValueError("The input `a` must be at least a 2-D array.")
    if side not in ["right", "left"]:
        raise ValueError("The argument `side` must be either 'right' or 'left'.")
    one = functools.partial(_polar, side=side, method=method, eps=eps, max_iterations=max_iterations)
    return jnp.vectorize(one, signature="(m,n)->(m,n),(n,n)" if side == "right" else "(m,n)->(m,n),(m,m)")(a)


# ---- functions by Schur's form ----


@jit
def _sqrtm_triu(t):
    diagonal = jnp.sqrt(jnp.diag(t))

    def element(l, state):
        j, u = state
        i = j - 1 - l
        s = lax.fori_loop(i + 1, j, lambda k, total: total + u[i, k] * u[k, j], 0.0)
        value = jnp.where(t[i, j] == s, 0.0, (t[i, j] - s) / (diagonal[i] + diagonal[j]))
        return j, u.at[i, j].set(value)

    return lax.fori_loop(0, diagonal.size, lambda j, u: lax.fori_loop(0, j, element, (j, u))[1], jnp.diag(diagonal))


@jit
def _sqrtm(a):
    from .linalg import schur

    t, z = schur(a, output="complex")
    return jnp.matmul(jnp.matmul(z, _sqrtm_triu(t), precision="highest"), jnp.conj(z.T), precision="highest")


def sqrtm(A, blocksize=1):
    """The square root of a matrix, which is complex.

    >>> import jaxgo.numpy as jnp, jaxgo.scipy.linalg as sl
    >>> print(sl.sqrtm(jnp.diag(jnp.array([4., 9.]))).real)
    [[2. 0.]
     [0. 3.]]
    """
    if blocksize > 1:
        raise NotImplementedError("Blocked version is not implemented yet.")
    return _sqrtm(A)


@jit
def _rsf2csf(t, z):
    dtype = _complex_dtype(jnp.result_type(t, z))
    t, z = t.astype(dtype), z.astype(dtype)
    n, eps = t.shape[0], jnp.finfo(dtype).eps
    if n == 1:
        return t, z
    index = jnp.arange(n)

    def rotate(m, t, z):
        mu = jnp_linalg.eigvals(lax.dynamic_slice(t, (m - 1, m - 1), (2, 2))) - t[m, m]
        r = jnp_linalg.norm(jnp.array([mu[0], t[m, m - 1]])).astype(dtype)
        c, s = mu[0] / r, t[m, m - 1] / r
        g = jnp.array([[c.conj(), s], [-s, c]], dtype=dtype)
        rows, right = lax.dynamic_slice_in_dim(t, m - 1, 2, axis=0), index >= m - 1
        t = lax.dynamic_update_slice_in_dim(t, jnp.where(right, g @ jnp.where(right, rows, 0), rows), m - 1, axis=0)
        columns, above = lax.dynamic_slice_in_dim(t, m - 1, 2, axis=1), index[:, None] < m + 1
        turned = jnp.where(above, jnp.where(above, columns, 0) @ g.conj().T, columns)
        t = lax.dynamic_update_slice_in_dim(t, turned, m - 1, axis=1)
        columns = lax.dynamic_slice_in_dim(z, m - 1, 2, axis=1)
        return t, lax.dynamic_update_slice_in_dim(z, columns @ g.conj().T, m - 1, axis=1)

    def step(i, tz):
        t, z = tz
        m = n - i
        small = jnp.abs(t[m, m - 1]) > eps * (jnp.abs(t[m - 1, m - 1]) + jnp.abs(t[m, m]))
        t, z = lax.cond(small, rotate, lambda m, t, z: (t, z), m, t, z)
        return t.at[m, m - 1].set(0.0), z

    return lax.fori_loop(1, n, step, (t, z))


@jit(static_argnames="check_finite")
def rsf2csf(T, Z, check_finite=True):
    """The complex Schur form from the real one.

    >>> import jaxgo.numpy as jnp, jaxgo.scipy.linalg as sl
    >>> t, z = sl.rsf2csf(jnp.array([[0., -1.], [1., 0.]]), jnp.eye(2))
    >>> print(abs(t[1, 0]))
    0.0
    """
    T, Z = jnp.asarray(T), jnp.asarray(Z)
    if T.ndim < 2 or T.shape[-1] != T.shape[-2]:
        raise ValueError("Input 'T' must be square.")
    if Z.ndim < 2 or Z.shape[-1] != Z.shape[-2]:
        raise ValueError("Input 'Z' must be square.")
    if T.shape[-1] != Z.shape[-1]:
        raise ValueError(f"Input array shapes must match: Z: {Z.shape} vs. T: {T.shape}")
    return jnp.vectorize(_rsf2csf, signature="(n,n),(n,n)->(n,n),(n,n)")(T, Z)


# ---- Sylvester's equation ----


def _sylvester_triangular(r, s, f):
    """The y with r y + y s = f for upper triangular r and lower triangular s, element by element from the last one."""
    r, s, f = promoted_inexact(r, s, f)
    m, n = f.shape

    def step(flat, index):
        i, j = index // n, index % n
        y = flat.reshape((m, n))
        below, beside = jnp.arange(m) > i, jnp.arange(n) > j
        known = jnp.sum(jnp.where(below, r[i, :] * y[:, j], 0.0)) + jnp.sum(jnp.where(beside, y[i, :] * s[:, j], 0.0))
        return flat.at[i * n + j].set((f[i, j] - known) / (r[i, i] + s[j, j])), None

    return lax.scan(step, jnp.zeros((m * n,), dtype=f.dtype), jnp.arange(m * n - 1, -1, -1))[0].reshape((m, n))


@jit(static_argnames="method")
def _sylvester(a, b, c, *, method, tol):
    from .linalg import inv, schur, solve

    m, n = c.shape
    if method == "schur":
        r, u = schur(a, output="complex")
        s, v = schur(b.conj().T, output="complex")
        x = u @ _sylvester_triangular(r, s.conj().T, u.conj().T @ c.astype(r.dtype) @ v) @ v.conj().T
    elif method == "eigen":
        wa, u = jnp_linalg.eig(a)
        wb, v = jnp_linalg.eig(b)
        y = solve(u, c.astype(wa.dtype) @ v) / (wa[:, None] + wb[None, :])
        x = u[:m, :m] @ y[:m, :n] @ inv(v)[:n, :n]
    else:
        raise ValueError(f'Unrecognized method {method}. The two valid methods are either "schur" or "eigen".')
    if not is_complex(c):
        x = x.real
    singular = jnp.any(jnp.abs(jnp_linalg.eigvals(a)[:, None] + jnp_linalg.eigvals(b)[None, :]) < tol)
    return lax.cond(singular, lambda: jnp.zeros_like(x) * np.nan, lambda: x)


@jit(static_argnames="method")
def solve_sylvester(A, B, C, *, method="schur", tol=1e-8):
    """The X with A X + X B = C; NaN where it is not unique.

    >>> import jaxgo.numpy as jnp, jaxgo.scipy.linalg as sl
    >>> print(sl.solve_sylvester(jnp.eye(2), jnp.eye(2), 4 * jnp.eye(2)))
    [[2. 0.]
     [0. 2.]]
    """
    A, B, C = promoted_inexact(*(jnp.asarray(x) for x in (A, B, C)))
    m, n = C.shape[-2:]
    if A.shape[-2:] != (m, m) or B.shape[-2:] != (n, n):
        raise ValueError(f"Incompatible shapes for Sylvester equation:\nA: {A.shape}\nB: {B.shape}\nC: {C.shape}")
    return jnp.vectorize(functools.partial(_sylvester, method=method, tol=tol), signature="(m,m),(n,n),(m,n)->(m,n)")(A, B, C)


# ---- any function ----


@jit
def _parlett(f, t):
    """Golub and Van Loan, "Matrix Computations", algorithm 11.1.1: f(t) from its diagonal, one diagonal after the other."""
    n = t.shape[0]
    index = jnp.arange(n)

    def element(i, state):
        p, f, least = state
        j = i + p
        s = t[i - 1, j - 1] * (f[j - 1, j - 1] - f[i - 1, i - 1])
        inside = (index >= i) & (index < j - 1)

        def product(x, y):
            return jnp.where(inside, x[i - 1], 0) @ jnp.where(inside, y[:, j - 1], 0)

        s = s + (product(t, f) - product(f, t))
        gap = t[j - 1, j - 1] - t[i - 1, i - 1]
        f = f.at[i - 1, j - 1].set(jnp.where(gap != 0, s / gap, s))
        return p, f, jnp.minimum(least, jnp.abs(gap))

    return lax.fori_loop(1, n, lambda p, state: lax.fori_loop(1, n - p + 1, element, (p, *state))[1:], (f, jnp.abs(t[0, 0])))


def funm(A, func, disp=True):
    """A function of a matrix, func being that of numbers; without ``disp`` an estimate of the error as well.

    >>> import jaxgo.numpy as jnp, jaxgo.scipy.linalg as sl
    >>> print(sl.funm(jnp.diag(jnp.array([1., 2.])), lambda x: x * x).real)
    [[1. 0.]
     [0. 4.]]
    """
    from .linalg import schur

    A = jnp.asarray(A)
    if A.ndim != 2 or A.shape[0] != A.shape[1]:
        raise ValueError("expected square array_like input")
    t, z = rsf2csf(*schur(A))
    f, least = _parlett(jnp.diag(func(jnp.diag(t))).astype(t.dtype), t)
    f = z @ f @ z.conj().T
    if disp:
        return f
    tol = jnp.finfo(f.dtype).eps
    least = jnp.where(least == 0.0, tol, least)
    error = jnp.minimum(1, jnp.maximum(tol, (tol / least) * jnp_linalg.norm(jnp.triu(t, 1), 1)))
    return f, jnp.where(jnp.any(jnp.isinf(f)), np.inf, error)
