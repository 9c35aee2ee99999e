"""Factorizations of matrices, and what is computed from them: solutions, inverses, determinants, ranks."""

from __future__ import annotations

import functools
import math
import operator
from collections import namedtuple

import numpy as np

from .. import lax
from .. import numpy as jnp
from .._api import jit
from .._config import default_matmul_precision
from ..custom_derivatives import custom_jvp
from ..lax import linalg as lax_linalg
from ._util import arrays, promoted_inexact

_MODULE = "jaxgo.numpy.linalg"
EigResult = namedtuple("EigResult", "eigenvalues eigenvectors", module=_MODULE)
EighResult = namedtuple("EighResult", "eigenvalues eigenvectors", module=_MODULE)
QRResult = namedtuple("QRResult", "Q R", module=_MODULE)
SVDResult = namedtuple("SVDResult", "U S Vh", module=_MODULE)
SlogdetResult = namedtuple("SlogdetResult", "sign logabsdet", module=_MODULE)


def _inexact(name, a):
    return promoted_inexact(arrays("jnp.linalg." + name, a))[0]


def _adjoint(x):
    return jnp.conj(jnp.matrix_transpose(x))


def _is_complex(x):
    return np.issubdtype(x.dtype, np.complexfloating)


# ---- factorizations ----


@jit(static_argnames=("upper", "symmetrize_input"))
def cholesky(a, *, upper=False, symmetrize_input=True):
    """The Cholesky factor of a positive definite matrix.

    >>> import jaxgo.numpy as jnp
    >>> print(jnp.linalg.cholesky(jnp.array([[4., 0.], [0., 9.]])))
    [[2. 0.]
     [0. 3.]]
    """
    factor = lax_linalg.cholesky(_inexact("cholesky", a), symmetrize_input=symmetrize_input)
    return factor.mT.conj() if upper else factor


@jit(static_argnames=("full_matrices", "compute_uv", "hermitian", "subset_by_index"))
def svd(a, full_matrices=True, compute_uv=True, hermitian=False, subset_by_index=None):
    """The singular value decomposition a = U diag(S) Vh; only S without ``compute_uv``.

    >>> import jaxgo.numpy as jnp
    >>> u, s, vh = jnp.linalg.svd(jnp.array([[3., 0.], [0., -4.]]))
    >>> print(s)
    [4. 3.]
    """
    a = _inexact("svd", a)
    if not hermitian:
        out = lax_linalg.svd(a, full_matrices=full_matrices, compute_uv=compute_uv, subset_by_index=subset_by_index)
        return SVDResult(*out) if compute_uv else out
    u, w = lax_linalg.eigh(a, subset_by_index=subset_by_index)
    s, last = lax.abs(w), w.ndim - 1
    if not compute_uv:
        return lax.rev(lax.sort(s, dimension=-1), dimensions=[last])
    order = lax.broadcasted_iota("uint32", s.shape, dimension=last)
    s, order, sign = (lax.rev(x, dimensions=[last]) for x in lax.sort((s, order, lax.sign(w)), dimension=-1, num_keys=1))
    u = jnp.take_along_axis(u, order[..., None, :], axis=-1)
    return SVDResult(u, s, _adjoint(u * sign[..., None, :].astype(u.dtype)))


def svdvals(x, /):
    """The singular values of a matrix, descending.

    >>> import jaxgo.numpy as jnp
    >>> print(jnp.linalg.svdvals(jnp.array([[3., 0.], [0., -4.]])))
    [4. 3.]
    """
    return svd(x, compute_uv=False, hermitian=False)


@jit(static_argnames="mode")
def qr(a, mode="reduced"):
    """A matrix as the product of a unitary and a triangular one.

    >>> import jaxgo.numpy as jnp
    >>> q, r = jnp.linalg.qr(jnp.array([[3., 1.], [4., 2.]]))
    >>> print(abs(r[0, 0]).round(3), r[1, 0])
    5.0 0.0
    """
    a = _inexact("qr", a)
    if mode == "raw":
        a, taus = lax_linalg.geqrf(a)
        return QRResult(a.mT, taus)
    if mode not in ("reduced", "r", "full", "complete"):
        raise ValueError(f"Unsupported QR decomposition mode '{mode}'")
    q, r = lax_linalg.qr(a, pivoting=False, full_matrices=mode == "complete")
    return r if mode == "r" else QRResult(q, r)


def eig(a):
    """The eigenvalues and the eigenvectors of a square matrix.

    >>> import jaxgo.numpy as jnp
    >>> print(jnp.linalg.eig(jnp.array([[0., -1.], [1., 0.]])).eigenvalues)
    [0.+1.j 0.-1.j]
    """
    return EigResult(*lax_linalg.eig(_inexact("eig", a), compute_left_eigenvectors=False))


@jit
def eigvals(a):
    """The eigenvalues of a square matrix.

    >>> import jaxgo.numpy as jnp
    >>> print(jnp.linalg.eigvals(jnp.array([[0., -1.], [1., 0.]])))
    [0.+1.j 0.-1.j]
    """
    return lax_linalg.eig(_inexact("eigvals", a), compute_left_eigenvectors=False, compute_right_eigenvectors=False)[0]


@jit(static_argnames=("UPLO", "symmetrize_input"))
def eigh(a, UPLO=None, symmetrize_input=True):
    """The eigenvalues, ascending, and the eigenvectors of a Hermitian matrix.

    >>> import jaxgo.numpy as jnp
    >>> print(jnp.linalg.eigh(jnp.array([[2., 0.], [0., 1.]])).eigenvalues)
    [1. 2.]
    """
    a = arrays("jnp.linalg.eigh", a)
    if UPLO not in (None, "L", "U"):
        raise ValueError(f"UPLO must be one of None, 'L', or 'U', got {UPLO}")
    v, w = lax_linalg.eigh(*promoted_inexact(a), lower=UPLO != "U", symmetrize_input=symmetrize_input)
    return EighResult(w, v)


@jit(static_argnames=("UPLO", "symmetrize_input"))
def eigvalsh(a, UPLO="L", *, symmetrize_input=True):
    """The eigenvalues of a Hermitian matrix, ascending.

    >>> import jaxgo.numpy as jnp
    >>> jnp.linalg.eigvalsh(jnp.array([[2., 0.], [0., 1.]]))
    Array([1., 2.], dtype=float32)
    """
    return eigh(_inexact("eigvalsh", a), UPLO, symmetrize_input=symmetrize_input)[0]


# ---- solutions and inverses ----


@jit
def solve(a, b):
    """The x with a @ x = b. b is a vector if it has one axis, else stacks of matrices, which broadcast.

    >>> import jaxgo.numpy as jnp
    >>> print(jnp.linalg.solve(jnp.array([[2., 0.], [0., 4.]]), jnp.array([1., 1.])))
    [0.5  0.25]
    """
    a, b = promoted_inexact(*arrays("jnp.linalg.solve", a, b))
    if a.ndim < 2:
        raise ValueError(f"left hand array must be at least two dimensional; got {a.shape=}")
    if b.ndim > 1 and a.ndim == b.ndim + 1 and a.shape[-1] == b.shape[-1] and a.shape[-1] != b.shape[-2]:
        raise ValueError(
            f"Invalid shapes for solve: {a.shape}, {b.shape}. Prior to JAX v0.5.0, this would have been treated as a batched 1-dimensional"
            " solve. To recover this behavior, use solve(a, b[..., None]).squeeze(-1)."
        )
    signature = "(m,m),(m)->(m)" if b.ndim == 1 else "(m,m),(m,n)->(m,n)"
    return jnp.vectorize(lax_linalg._general_solve, signature=signature)(a, b)


@jit
def inv(a):
    """The inverse of a square matrix.

    >>> import jaxgo.numpy as jnp
    >>> print(jnp.linalg.inv(jnp.array([[2., 0.], [0., 4.]])))
    [[0.5  0.  ]
     [0.   0.25]]
    """
    a = arrays("jnp.linalg.inv", a)
    if a.ndim < 2 or a.shape[-1] != a.shape[-2]:
        raise ValueError(f"Argument to inv must have shape [..., n, n], got {a.shape}.")
    return solve(a, lax.broadcast(jnp.eye(a.shape[-1], dtype=a.dtype), a.shape[:-2]))


def pinv(a, rtol=None, hermitian=False, *, rcond=None):
    """The pseudo-inverse of a matrix; singular values up to ``rtol`` times the largest count as zero.

    >>> import jaxgo.numpy as jnp
    >>> print(jnp.linalg.pinv(jnp.array([[2.], [0.]])))
    [[0.5 0. ]]
    """
    if rcond is not None:
        if rtol is not None:
            raise ValueError("pinv: only one of rtol and rcond may be specified.")
        rtol = rcond
    return _pinv(a, rtol, hermitian)


@functools.partial(custom_jvp, nondiff_argnums=(1, 2))
@jit(static_argnames="hermitian")
def _pinv(a, rtol=None, hermitian=False):
    a = _inexact("pinv", a)
    m, n = a.shape[-2:]
    if m == 0 or n == 0:
        return jnp.empty((*a.shape[:-2], n, m), a.dtype)
    if rtol is None:
        rtol = 10.0 * max(m, n) * jnp.array(jnp.finfo(a.dtype).eps)
    rtol = jnp.asarray(rtol)
    u, s, vh = svd(jnp.conj(a), full_matrices=False, hermitian=hermitian)
    rtol = lax.expand_dims(rtol[..., None], range(s.ndim - rtol.ndim - 1))
    s = jnp.where(s > rtol * s[..., 0:1], s, np.inf).astype(u.dtype)
    inverse = jnp.matmul(vh.mT, jnp.divide(u.mT, s[..., None]), precision="highest")
    return lax.convert_element_type(inverse, a.dtype)


@_pinv.defjvp
def _pinv_jvp(rtol, hermitian, primals, tangents):
    # Golub and Pereyra, SIAM J. Numer. Anal. 10 (1973), pp. 413-432
    (a,), (da,) = primals, tangents
    p = pinv(a, rtol=rtol, hermitian=hermitian)
    if hermitian:  # svd reads the Hermitian part of its argument
        a, da = (a + _adjoint(a)) / 2, (da + _adjoint(da)) / 2
    m, n = a.shape[-2:]
    with default_matmul_precision("float32"):
        if m >= n:
            s = (p @ _adjoint(p)) @ _adjoint(da)
            t = (_adjoint(da) @ _adjoint(p)) @ p
            return p, -(p @ da) @ p + s - (s @ a) @ p + t - (p @ a) @ t
        s = p @ (_adjoint(p) @ _adjoint(da))
        t = _adjoint(da) @ (_adjoint(p) @ p)
        return p, -p @ (da @ p) + s - s @ (a @ p) + t - p @ (a @ t)


def _lstsq(a, b, rcond, *, numpy_resid=False):
    a, b = promoted_inexact(a, b)
    if a.shape[0] != b.shape[0]:
        raise ValueError("Leading dimensions of input arrays must match")
    vector = b.ndim == 1
    if vector:
        b = b[:, None]
    if a.ndim != 2:
        raise TypeError(f"{a.ndim}-dimensional array given. Array must be two-dimensional")
    if b.ndim != 2:
        raise TypeError(f"{b.ndim}-dimensional array given. Array must be one or two-dimensional")
    (m, n), eps = a.shape, jnp.finfo(a.dtype).eps
    if a.size == 0:
        s, rank = jnp.empty(0, dtype=a.dtype), jnp.array(0, dtype=int)
        x = jnp.zeros((n, *b.shape[1:]), dtype=a.dtype)
    else:
        rcond = float(eps) * max(n, m) if rcond is None else jnp.where(rcond < 0, eps, rcond)
        u, s, vt = svd(a, full_matrices=False)
        mask = (s > 0) & (s >= jnp.array(rcond, dtype=s.dtype) * s[0])
        rank = mask.sum()
        inverse = jnp.where(mask, 1 / jnp.where(mask, s, 1).astype(a.dtype), 0)[:, None]
        x = jnp.matmul(vt.conj().T, inverse * jnp.matmul(u.conj().T, b, precision="highest"), precision="highest")
    if numpy_resid and (rank < n or m <= n):  # NumPy's are empty then; under jit shapes cannot depend on the rank
        resid = jnp.asarray([])
    else:
        from .linalg import norm

        resid = norm(b - jnp.matmul(a, x, precision="highest"), axis=0) ** 2
    return x.ravel() if vector else x, resid, rank, s


_jit_lstsq = jit(functools.partial(_lstsq, numpy_resid=False))


def lstsq(a, b, rcond=None, *, numpy_resid=False):
    """The x that makes |a @ x - b| least, the squares of these lengths, the rank of a, and its singular values.

    >>> import jaxgo.numpy as jnp
    >>> x, resid, rank, s = jnp.linalg.lstsq(jnp.array([[1.], [1.]]), jnp.array([1., 3.]))
    >>> print(x.round(3), rank)
    [2.] 1
    """
    a, b = arrays("jnp.linalg.lstsq", a, b)
    return _lstsq(a, b, rcond, numpy_resid=True) if numpy_resid else _jit_lstsq(a, b, rcond)


def tensorinv(a, ind=2):
    """The inverse of an array with regard to tensordot over its first ``ind`` axes.

    >>> import jaxgo.numpy as jnp
    >>> jnp.linalg.tensorinv(jnp.eye(6).reshape(2, 3, 6)).shape
    (6, 2, 3)
    """
    a, ind = arrays("tensorinv", a), operator.index(ind)
    if ind <= 0:
        raise ValueError(f"ind must be a positive integer; got {ind=}")
    rows, columns = math.prod(a.shape[:ind]), math.prod(a.shape[ind:])
    if rows != columns:
        arr = a
        raise ValueError(
            "tensorinv is only possible when the product of the first `ind` dimensions equals that of the remaining dimensions."
            f" got {arr.shape=} with {ind=}."
        )
    return inv(a.reshape(rows, columns)).reshape(*a.shape[ind:], *a.shape[:ind])


def tensorsolve(a, b, axes=None):
    """The x with tensordot(a, x, x.ndim) = b.

    >>> import jaxgo.numpy as jnp
    >>> jnp.linalg.tensorsolve(jnp.eye(6).reshape(2, 3, 6), jnp.ones((2, 3))).shape
    (6,)
    """
    a, b = arrays("tensorsolve", a, b)
    if axes is not None:
        a = jnp.moveaxis(a, axes, len(axes) * (a.ndim - 1,))
    shape = a.shape[b.ndim :]
    if a.shape[: b.ndim] != b.shape:
        raise ValueError(f"After moving axes to end, leading shape of a must match shape of b. got a.shape={a.shape}, b.shape={b.shape}")
    if b.size != math.prod(shape):
        raise ValueError(f"Input arrays must have prod(a.shape[:b.ndim]) == prod(a.shape[b.ndim:]); got a.shape={a.shape}, b.ndim={b.ndim}.")
    return solve(a.reshape(b.size, math.prod(shape)), b.ravel()).reshape(shape)


# ---- determinants ----


def _diagonal(x):
    return jnp.diagonal(x, axis1=-2, axis2=-1)


def _exchanges(pivots):
    """The number of row exchanges of a factorization."""
    own = lax.expand_dims(jnp.arange(pivots.shape[-1], dtype=pivots.dtype), range(pivots.ndim - 1))
    return jnp.count_nonzero(pivots != own, axis=-1)


def _split_derivative(x, sign, d):
    """The tangents of sign and logarithm from that of log det, d."""
    if not _is_complex(x):
        return jnp.zeros_like(sign), d
    return (d - jnp.real(d).astype(d.dtype)) * sign, jnp.real(d)


@custom_jvp
def _slogdet_small(a):
    det = a[..., 0, 0] if a.shape[-1] == 1 else _det_2x2(a)
    return jnp.sign(det), jnp.real(jnp.log(jnp.abs(det)))


@_slogdet_small.defjvp
def _slogdet_small_jvp(primals, tangents):
    (x,), (g,) = primals, tangents
    sign, out = _slogdet_small(x)
    if x.shape[-1] == 1:
        d = g[..., 0, 0] / x[..., 0, 0]
    else:
        (x00, x01), (x10, x11) = ((x[..., i, 0], x[..., i, 1]) for i in range(2))
        minors = g[..., 0, 0] * x11 - g[..., 0, 1] * x10 - g[..., 1, 0] * x01 + g[..., 1, 1] * x00
        d = minors / _det_2x2(x)
    return (sign, out), _split_derivative(x, sign, d)


@custom_jvp
def _slogdet_lu(a):
    lu, pivots, _ = lax_linalg.lu(a)
    diagonal = _diagonal(lu)
    is_zero = jnp.any(diagonal == jnp.array(0, dtype=a.dtype), axis=-1)
    parity = _exchanges(pivots)
    if _is_complex(a):
        sign = jnp.prod(diagonal / jnp.abs(diagonal).astype(diagonal.dtype), axis=-1)
    else:
        sign = jnp.array(1, dtype=a.dtype)
        parity = parity + jnp.count_nonzero(diagonal < 0, axis=-1)
    sign = jnp.where(is_zero, jnp.array(0, dtype=a.dtype), sign * jnp.array(-2 * (parity % 2) + 1, dtype=a.dtype))
    logs = jnp.sum(jnp.log(jnp.abs(diagonal)).astype(a.dtype), axis=-1)
    return sign, jnp.real(jnp.where(is_zero, jnp.array(-np.inf, dtype=a.dtype), logs))


@custom_jvp
def _slogdet_qr(a):
    if _is_complex(a):
        raise NotImplementedError("slogdet method='qr' not implemented for complex inputs")
    n = a.shape[-1]
    r, taus = lax_linalg.geqrf(a)
    diagonal = _diagonal(r)
    sign = jnp.prod(jnp.sign(diagonal), axis=-1)
    # The determinant of a reflection is -1; where tau is 0, none was made.
    reflections = jnp.prod(jnp.where(taus[..., : n - 1] != 0, -1, 1), axis=-1).astype(sign.dtype)
    return sign * reflections, jnp.sum(jnp.log(jnp.abs(diagonal)), axis=-1)


def _slogdet_jvp(primals, tangents):
    (x,), (g,) = primals, tangents
    sign, out = slogdet(x)
    return (sign, out), _split_derivative(x, sign, jnp.trace(solve(x, g), axis1=-1, axis2=-2))


_slogdet_lu.defjvp(_slogdet_jvp)
_slogdet_qr.defjvp(_slogdet_jvp)


@jit(static_argnames="method")
def slogdet(a, *, method=None):
    """The sign of the determinant of a matrix, and the logarithm of its absolute value.

    >>> import jaxgo.numpy as jnp
    >>> sign, logabsdet = jnp.linalg.slogdet(jnp.array([[1., 2.], [3., 4.]]))
    >>> print(sign, f"{logabsdet:.3f}")
    -1.0 0.693
    """
    a = _inexact("slogdet", a)
    if a.ndim < 2 or a.shape[-1] != a.shape[-2]:
        raise ValueError(f"Argument to slogdet() must have shape [..., n, n], got {a.shape}")
    if method is None or method == "lu":
        return SlogdetResult(*(_slogdet_small(a) if a.shape[-1] in (1, 2) else _slogdet_lu(a)))
    if method == "qr":
        return SlogdetResult(*_slogdet_qr(a))
    raise ValueError(f"Unknown slogdet method '{method}'. Supported methods are 'lu' (`None`), and 'qr'.")


def _cofactor_solve(a, b):
    """det(a), and adjugate(a) @ b, which exists for singular a as well: the equations are those of the factors of a, the last
    element of U replaced by the determinant of the rest, so that nothing is divided by zero if the rank is n - 1. For lower
    ranks the adjugate is zero."""
    n = a.shape[-1]
    if n == 1:
        return a[..., 0, 0], b
    lu, pivots, permutation = lax_linalg.lu(a)
    batch = lax.broadcast_shapes(lu.shape[:-2], b.shape[:-2])
    x, lu = jnp.broadcast_to(b, batch + b.shape[-2:]), jnp.broadcast_to(lu, batch + lu.shape[-2:])
    sign = jnp.asarray(-2 * (_exchanges(pivots) % 2) + 1, dtype=a.dtype)
    partial = jnp.cumprod(_diagonal(lu), axis=-1) * sign[..., None]  # determinants of the first rows and columns
    lu = lu.at[..., -1, -1].set(1.0 / partial[..., -2])
    permutation = jnp.broadcast_to(permutation, (*batch, n))
    iotas = jnp.ix_(*(lax.iota("int32", k) for k in (*batch, 1)))
    low = lax_linalg.triangular_solve(lu, jnp.ones(x.shape[:-1], x.dtype), left_side=True, lower=False)
    low = jnp.any(jnp.logical_or(jnp.isnan(low), jnp.isinf(low)), axis=-1)
    low = jnp.broadcast_to(low[..., None, None], x.shape)
    x = jnp.where(low, jnp.zeros_like(x), x)
    x = x[(*iotas[:-1], permutation, slice(None))]
    x = lax_linalg.triangular_solve(lu, x, left_side=True, lower=True, unit_diagonal=True)
    x = jnp.concatenate((x[..., :-1, :] * partial[..., -1, None, None], x[..., -1:, :]), axis=-2)
    x = lax_linalg.triangular_solve(lu, x, left_side=True, lower=False)
    return partial[..., -1], jnp.where(low, jnp.zeros_like(x), x)


def _det_2x2(a):
    return a[..., 0, 0] * a[..., 1, 1] - a[..., 0, 1] * a[..., 1, 0]


def _det_3x3(a):
    def term(i, j, k):
        return a[..., 0, i] * a[..., 1, j] * a[..., 2, k]

    return term(0, 1, 2) + term(1, 2, 0) + term(2, 0, 1) - term(2, 1, 0) - term(0, 2, 1) - term(1, 0, 2)


@custom_jvp
def _det(a):
    sign, logdet = slogdet(a)
    return sign * jnp.exp(logdet).astype(sign.dtype)


@_det.defjvp
def _det_jvp(primals, tangents):
    y, z = _cofactor_solve(*primals, *tangents)
    return y, jnp.trace(z, axis1=-1, axis2=-2)


@jit
def det(a):
    """The determinant of a square matrix.

    >>> import jaxgo.numpy as jnp
    >>> print(jnp.linalg.det(jnp.array([[1., 2.], [3., 4.]])))
    -2.0
    """
    a = _inexact("det", a)
    if a.ndim < 2 or a.shape[-1] != a.shape[-2]:
        raise ValueError(f"Argument to _det() must have shape [..., n, n], got {a.shape}")
    return {2: _det_2x2, 3: _det_3x3}.get(a.shape[-1], _det)(a)


# ---- rank and condition ----


@jit(static_argnames="hermitian")
def matrix_rank(M, rtol=None, *, hermitian=False, tol=None):
    """The number of singular values of a matrix that are larger than a tolerance.

    >>> import jaxgo.numpy as jnp
    >>> print(jnp.linalg.matrix_rank(jnp.ones((3, 3))))
    1
    """
    M = arrays("jnp.linalg.matrix_rank", M)
    if tol is not None:
        if rtol is not None:
            raise ValueError("matrix_rank: only one of tol or rtol may be specified.")
        rtol = tol
    (M,) = promoted_inexact(M)
    if M.ndim < 2:
        return (M != 0).any().astype(np.int32)
    s = svd(M, full_matrices=False, compute_uv=False, hermitian=hermitian)
    if rtol is None:
        rtol = s.max(-1) * np.max(M.shape[-2:]).astype(s.dtype) * jnp.finfo(s.dtype).eps
    rtol = jnp.expand_dims(rtol, np.ndim(rtol))
    return jnp.sum(s > rtol, axis=-1)


@jit(static_argnames="p")
def cond(x, p=None):
    """The condition number of a matrix: the norm times the norm of the inverse.

    >>> import jaxgo.numpy as jnp
    >>> print(jnp.linalg.cond(jnp.array([[4., 0.], [0., 2.]])))
    2.0
    """
    from .linalg import norm

    arr = arrays("cond", x)
    if arr.ndim < 2:
        raise ValueError(f"jnp.linalg.cond: input array must be at least 2D; got {arr.shape=}")
    if arr.shape[-1] == 0 or arr.shape[-2] == 0:
        raise ValueError(f"jnp.linalg.cond: input array must not be empty; got {arr.shape=}")
    if p is None or p == 2:
        s = svdvals(arr)
        return s[..., 0] / s[..., -1]
    if p == -2:
        s = svdvals(arr)
        r = s[..., -1] / s[..., 0]
    else:
        if arr.shape[-2] != arr.shape[-1]:
            raise ValueError(f"jnp.linalg.cond: for {p=}, array must be square; got {arr.shape=}")
        r = norm(arr, ord=p, axis=(-2, -1)) * norm(inv(arr), ord=p, axis=(-2, -1))
    return jnp.where(jnp.isnan(r) & ~jnp.isnan(arr).any(axis=(-2, -1)), np.inf, r)
