"""Polynomials, as arrays of their coefficients from the highest power down."""

from __future__ import annotations

import operator

from .. import _fast, lax
from .._api import jit
from . import (
    all,
    arange,
    argmin,
    array,
    atleast_1d,
    concatenate,
    convolve,
    diag,
    dot,
    finfo,
    full,
    maximum,
    ones,
    outer,
    roll,
    sqrt,
    trim_zeros,
    true_divide,
    vander,
    where,
    zeros,
)
from ._util import arrays, concrete, promoted, promoted_inexact

_polyval = _fast.func("jnp.polyval")


def _complex(d):
    return "complex128" if d.name in ("float64", "complex128") else "complex64"


@jit
def _roots_no_zeros(p):
    from .linalg import eigvals

    # The roots are the eigenvalues of the companion matrix.
    if p.size < 2:
        return array([], dtype=_complex(p.dtype))
    A = diag(ones((p.size - 2,), p.dtype), -1)
    return eigvals(A.at[0, :].set(-p[1:] / p[0]))


@jit
def _roots_with_zeros(p, leading):
    # LAPACK does not like a polynomial of zeros.
    p = where(len(p) == leading, 1.0, p)
    # The leading zeros are rolled to the end, the roots that are zero sorted there; those of the leading zeros become NaN.
    r = _roots_no_zeros(roll(p, -leading))
    r = lax.sort_key_val(r == 0, r)[1]
    return where(arange(r.size) < r.size - leading, r, complex(float("nan"), float("nan")))


def roots(p, *, strip_zeros=True):
    """The roots of a polynomial.

    strip_zeros=False works inside jit: what leading zeros lack in roots is NaN.
    """
    (p,) = promoted_inexact(arrays("roots", p))
    p = atleast_1d(p)
    if p.ndim != 1:
        raise ValueError("Input must be a rank-1 array.")
    if p.size < 2:
        return array([], dtype=_complex(p.dtype))
    leading = where(all(p == 0), len(p), argmin(p == 0))
    if not strip_zeros:
        return _roots_with_zeros(p, leading)
    leading = concrete(
        leading,
        "The error occurred in the jnp.roots() function. To use this within a JIT-compiled context, pass "
        "strip_zeros=False, but be aware that leading zeros will result in some returned roots being set to NaN.",
        int,
    )
    return _roots_no_zeros(p[leading:])


def polyfit(x, y, deg, rcond=None, full=False, w=None, cov=False):
    """The polynomial of a degree that fits points best in the sense of least squares."""
    return _polyfit(x, y, deg, rcond, full, w, cov)


def _fit(x, y, deg, rcond, full, w, cov):
    from . import linalg

    x, y = arrays("polyfit", x, y)
    deg = concrete(deg, "deg must be int", int)
    order = deg + 1
    if deg < 0:
        raise ValueError("expected deg >= 0")
    if x.ndim != 1:
        raise TypeError("expected 1D vector for x")
    if x.size == 0:
        raise TypeError("expected non-empty vector for x")
    if y.ndim < 1 or y.ndim > 2:
        raise TypeError("expected 1D or 2D array for y")
    if x.shape[0] != y.shape[0]:
        raise TypeError("expected x and y to have same length")
    if rcond is None:
        rcond = len(x) * float(finfo(x.dtype).eps)
    rcond = concrete(rcond, "rcond must be float", float)
    lhs, rhs = vander(x, order), y
    if w is not None:
        (w,) = promoted_inexact(arrays("polyfit", w))
        if w.ndim != 1:
            raise TypeError("expected a 1-d array for weights")
        if w.shape[0] != y.shape[0]:
            raise TypeError("expected w and y to have the same length")
        lhs *= w[:, None]
        rhs = rhs * (w[:, None] if rhs.ndim == 2 else w)
    # Columns of equal length make the problem better conditioned.
    scale = sqrt((lhs * lhs).sum(axis=0))
    lhs /= scale[None, :]
    c, resids, rank, s = linalg.lstsq(lhs, rhs, rcond)
    c = (c.T / scale[None, :]).T if c.ndim > 1 else c / scale
    if full:
        return c, resids, rank, s, lax.asarray(rcond)
    if not cov:
        return c
    base = linalg.inv(dot(lhs.T, lhs))
    base /= outer(scale, scale)
    if cov == "unscaled":
        fac = array(1.0)
    else:
        if len(x) <= order:
            raise ValueError("the number of data points must exceed order to scale the covariance matrix")
        fac = resids / (len(x) - order)
    if y.ndim == 1:
        return c, base * atleast_1d(fac)[None]
    return c, base[:, :, None] * atleast_1d(fac)[None, None, :]


_polyfit = jit(_fit, static_argnums=(2, 3, 4, 6))


@jit
def poly(seq_of_zeros):
    """The polynomial that has the given roots, or the characteristic polynomial of a matrix.

    >>> import jaxgo.numpy as jnp
    >>> jnp.poly(jnp.array([1., 2.]))
    Array([ 1., -3.,  2.], dtype=float32)
    """
    r = arrays("poly", seq_of_zeros)
    (r,) = promoted_inexact(r)
    r = atleast_1d(r)
    if r.ndim == 2 and r.shape[0] == r.shape[1] != 0:
        from .linalg import eigvals

        r = eigvals(r)
    if r.ndim != 1:
        raise ValueError("input must be 1d or non-empty square 2d array.")
    if len(r) == 0:
        return ones((), dtype=r.dtype)
    a = ones((1,), dtype=r.dtype)
    for k in range(len(r)):
        a = convolve(a, array([1, -r[k]], dtype=r.dtype), mode="full")
    return a


def polyval(p, x, *, unroll=16):
    """The values of a polynomial.

    >>> import jaxgo.numpy as jnp
    >>> print(jnp.polyval(jnp.array([1, 2, 3]), 2))
    11
    """
    return _polyval(p, x, unroll)


@jit
def polyadd(a1, a2):
    """The sum of two polynomials.

    >>> import jaxgo.numpy as jnp
    >>> jnp.polyadd(jnp.array([1, 2]), jnp.array([1]))
    Array([1, 3], dtype=int32)
    """
    a1, a2 = promoted(*arrays("polyadd", a1, a2))
    if a2.shape[0] <= a1.shape[0]:
        return a1.at[-a2.shape[0] :].add(a2)
    return a2.at[-a1.shape[0] :].add(a1)


@jit
def polysub(a1, a2):
    """The difference of two polynomials.

    >>> import jaxgo.numpy as jnp
    >>> jnp.polysub(jnp.array([1, 2]), jnp.array([1]))
    Array([1, 1], dtype=int32)
    """
    a1, a2 = promoted(*arrays("polysub", a1, a2))
    return polyadd(a1, -a2)


def _polyint(p, m=1, k=None):
    """The antiderivative of order m of a polynomial; k are the constants of integration."""
    m = concrete(m, "'m' argument of jnp.polyint", operator.index)
    p, k = promoted_inexact(*arrays("polyint", p, 0 if k is None else k))
    if m < 0:
        raise ValueError("Order of integral must be positive (see polyder)")
    k = atleast_1d(k)
    if len(k) == 1:
        k = full((m,), k[0])
    if k.shape != (m,):
        raise ValueError("k must be a scalar or a rank-1 array of length 1 or m.")
    if m == 0:
        return p
    grid = arange(len(p) + m, dtype=p.dtype)[None] - arange(m, dtype=p.dtype)[:, None]
    return true_divide(concatenate((p, k)), maximum(1, grid).prod(0)[::-1])


def _polyder(p, m=1):
    """The derivative of order m of a polynomial."""
    p = arrays("polyder", p)
    m = concrete(m, "'m' argument of jnp.polyder", operator.index)
    (p,) = promoted_inexact(p)
    if m < 0:
        raise ValueError("Order of derivative must be positive")
    if m == 0:
        return p
    coeff = (arange(m, len(p), dtype=p.dtype)[None] - arange(m, dtype=p.dtype)[:, None]).prod(0)
    return p[:-m] * coeff[::-1]


def polyint(p, m=1, k=None):
    """The antiderivative of order m of a polynomial; k are the constants of integration.

    >>> import jaxgo.numpy as jnp
    >>> jnp.polyint(jnp.array([2., 1.]))
    Array([1., 1., 0.], dtype=float32)
    """
    return _jit_polyint(p, m=m, k=k)


def polyder(p, m=1):
    """The derivative of order m of a polynomial.

    >>> import jaxgo.numpy as jnp
    >>> jnp.polyder(jnp.array([1., 1., 0.]))
    Array([2., 1.], dtype=float32)
    """
    return _jit_polyder(p, m=m)


_jit_polyint, _jit_polyder = jit(_polyint, static_argnames="m"), jit(_polyder, static_argnames="m")


def polymul(a1, a2, *, trim_leading_zeros=False):
    """The product of two polynomials.

    >>> import jaxgo.numpy as jnp
    >>> jnp.polymul(jnp.array([1, 1]), jnp.array([1, -1]))
    Array([ 1.,  0., -1.], dtype=float32)
    """
    a1, a2 = promoted_inexact(*arrays("polymul", a1, a2))
    if trim_leading_zeros and (len(a1) > 1 or len(a2) > 1):
        a1, a2 = trim_zeros(a1, trim="f"), trim_zeros(a2, trim="f")
    if len(a1) == 0:
        a1 = zeros(1, dtype=a2.dtype)
    if len(a2) == 0:
        a2 = zeros(1, dtype=a1.dtype)
    return convolve(a1, a2, mode="full")


def polydiv(u, v, *, trim_leading_zeros=False):
    """The quotient and the remainder of two polynomials.

    >>> import jaxgo.numpy as jnp
    >>> jnp.polydiv(jnp.array([1., 0., -1.]), jnp.array([1., 1.]))[0]
    Array([ 1., -1.], dtype=float32)
    """
    u, v = promoted_inexact(*arrays("polydiv", u, v))
    m, n = len(u) - 1, len(v) - 1
    scale = 1.0 / v[0]
    q = zeros(max(m - n + 1, 1), dtype=u.dtype)
    for k in range(m - n + 1):
        d = scale * u[k]
        q = q.at[k].set(d)
        u = u.at[k : k + n + 1].add(-d * v)
    if trim_leading_zeros:
        u = _trim_small(u, sqrt(finfo(u.dtype).eps))  # NumPy's absolute tolerance, about
    return q, u


def _trim_small(x, tol):
    small = concrete(abs(x) < tol, "Error arose in the `filt` argument of trim_zeros_tol()")
    return zeros(0, x.dtype) if all(small) else x[int(argmin(small)) :]
