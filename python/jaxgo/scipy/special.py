"""jaxgo.scipy.special: special functions. The algorithms, and so the last digits, are those of JAX."""

from __future__ import annotations

import operator

import numpy as np

from .. import lax
from .. import numpy as jnp
from .._api import jit, vmap
from ..custom_derivatives import custom_jvp
from ..nn import log_softmax as _log_softmax
from ..nn import logsumexp as _logsumexp
from ..nn import softmax as _softmax
from ..numpy._util import concrete
from ._gauss import log_ndtr, ndtr, ndtri, owens_t
from ._hypergeometric import hyp1f1, hyp2f1
from ._integrals import dawsn, erfcx, exp1, expi, expn, fresnel, sici, spence, wofz
from ._legendre import sph_harm_y
from ._util import const, inexact, is_complex, literal

# Names that other modules define keep their documentation there.
__all__ = [
    "bernoulli",
    "bessel_jn",
    "beta",
    "betainc",
    "betaln",
    "boxcox",
    "boxcox1p",
    "comb",
    "dawsn",
    "digamma",
    "entr",
    "erf",
    "erfc",
    "erfcx",
    "erfinv",
    "exp1",
    "expi",
    "expit",
    "expn",
    "factorial",
    "fresnel",
    "gamma",
    "gammainc",
    "gammaincc",
    "gammaln",
    "gammasgn",
    "hyp1f1",
    "hyp2f1",
    "i0",
    "i0e",
    "i1",
    "i1e",
    "kl_div",
    "log_ndtr",
    "log_softmax",
    "loggamma",
    "logit",
    "logsumexp",
    "multigammaln",
    "ndtr",
    "ndtri",
    "owens_t",
    "poch",
    "polygamma",
    "rel_entr",
    "sici",
    "softmax",
    "spence",
    "sph_harm_y",
    "wofz",
    "xlog1py",
    "xlogy",
    "zeta",
]


# ---- gamma and its relatives ----


def gammaln(x):
    """The logarithm of the absolute value of the gamma function.

    >>> import jaxgo.scipy.special as sp
    >>> print(f"{sp.gammaln(4.):.3f}")
    1.792
    """
    return lax.lgamma(inexact("gammaln", x))


@jit
def gammasgn(x):
    """The sign of the gamma function; NaN at its poles.

    >>> import jaxgo.numpy as jnp, jaxgo.scipy.special as sp
    >>> print(sp.gammasgn(jnp.array([-0.5, 2.])))
    [-1.  1.]
    """
    x = inexact("gammasgn", x, real="gammasgn does not support complex-valued inputs.")
    typ, floor, negative = x.dtype.type, lax.floor(x), x < 0
    return jnp.select(
        [negative & (x == floor) | jnp.isnan(x), negative & (floor % 2 != 0) | (x == 0) & jnp.signbit(x)], [typ(np.nan), typ(-1.0)], typ(1.0)
    )


_LANCZOS = np.array(
    [
        0.9999999999998099,
        676.5203681218851,
        -1259.1392167224028,
        771.3234287776531,
        -176.6150291621406,
        12.507343278686905,
        -0.13857109526572012,
        9.984369578019572e-06,
        1.5056327351493116e-07,
    ]
)


def _complex_loggamma(z):
    """Lanczos' approximation where the real part is at least 1/2, its reflection elsewhere."""
    reflect = jnp.real(z) < 0.5
    zz = jnp.where(reflect, 1.0 - z, z) - 1.0
    coeffs = jnp.asarray(_LANCZOS, dtype=z.dtype)
    lead = tuple(range(zz.ndim))
    ks = lax.expand_dims(jnp.arange(1, 9, dtype=z.dtype), lead)
    ag = coeffs[0] + jnp.sum(lax.expand_dims(coeffs[1:], lead) / (lax.expand_dims(zz, (zz.ndim,)) + ks), axis=-1)
    t = zz + 7.0 + 0.5
    out = jnp.asarray(0.5 * np.log(2.0 * np.pi), dtype=z.dtype) + (zz + 0.5) * jnp.log(t) - t + jnp.log(ag)
    safe = jnp.where(reflect, z, jnp.full_like(z, 0.5))
    reflected = jnp.log(jnp.asarray(np.pi, dtype=z.dtype)) - jnp.log(jnp.sin(np.pi * safe)) - out
    return jnp.where(reflect, reflected, out)


def _without_poles(f, z):
    """f(z), NaN at the poles of gamma and for NaN."""
    bad = (jnp.imag(z) == 0) & (jnp.real(z) == jnp.floor(jnp.real(z))) & (jnp.real(z) <= 0) | jnp.isnan(z)
    return jnp.where(bad, jnp.array(complex(np.nan, np.nan), dtype=z.dtype), f(jnp.where(bad, jnp.ones_like(z), z)))


def _scipy_loggamma(z):
    """On SciPy's branch: recurrence to the right half plane."""
    n = jnp.maximum(0, jnp.ceil(0.5 - jnp.real(z)).astype(int))

    def body(state):
        k, logs = state
        mask = k < n
        return k + 1, logs + jnp.where(mask, jnp.log(jnp.where(mask, z + k, jnp.ones_like(z))), jnp.zeros_like(logs))

    _, logs = lax.while_loop(lambda state: jnp.any(state[0] < n), body, (0, jnp.zeros_like(z)))
    return _complex_loggamma(z + n) - logs


@jit
def _complex_log(z):
    return _without_poles(_scipy_loggamma, z)


def loggamma(x):
    """The principal branch of the logarithm of gamma; NaN for real arguments below 0.

    >>> import jaxgo.scipy.special as sp
    >>> print(f"{sp.loggamma(4.):.3f}")
    1.792
    """
    x = inexact("loggamma", x)
    return _complex_log(x) if is_complex(x) else jnp.where(x > 0, lax.lgamma(x), np.nan)


def gamma(x):
    """The gamma function.

    >>> import jaxgo.scipy.special as sp
    >>> print(f"{sp.gamma(5.):.3f}")
    24.000
    """
    x = inexact("gamma", x)
    if is_complex(x):
        return _without_poles(lambda z: jnp.exp(_complex_loggamma(z)), x)
    return gammasgn(x) * lax.exp(lax.lgamma(x))


def _algdiv(a, b):
    """log(gamma(b) / gamma(a + b)) for b >= 8, as in the Fortran of DiDonato and Morris (TOMS 708)."""
    c0, c1, c2, c3, c4, c5 = (
        0.0833333333333333,
        -0.00277777777760991,
        0.00079365066682539,
        -0.00059520293135187,
        0.000837308034031215,
        -0.00165322962780713,
    )
    h = a / b
    x = h / (1 + h)
    d = b + (a - 0.5)
    x2 = x * x
    s3 = 1.0 + (x + x2)
    s5 = 1.0 + (x + x2 * s3)
    s7 = 1.0 + (x + x2 * s5)
    s9 = 1.0 + (x + x2 * s7)
    s11 = 1.0 + (x + x2 * s9)
    t = (1.0 / b) ** 2
    w = ((((c5 * s11 * t + c4 * s9) * t + c3 * s7) * t + c2 * s5) * t + c1 * s3) * t + c0
    w = w * (x / b)
    u, v = d * lax.log1p(a / b), a * (lax.log(b) - 1.0)
    return jnp.where(u <= v, w - v - u, w - u - v)


def betaln(a, b):
    """The logarithm of the absolute value of the beta function.

    >>> import jaxgo.scipy.special as sp
    >>> print(f"{sp.betaln(2., 3.):.3f}")
    -2.485
    """
    a, b = inexact("betaln", a, b)
    a, b = jnp.minimum(a, b), jnp.maximum(a, b)
    small = lax.lgamma(a) + (lax.lgamma(b) - lax.lgamma(a + b))
    return jnp.where(b < 8, small, lax.lgamma(a) + _algdiv(a, b))


def beta(a, b):
    """The beta function.

    >>> import jaxgo.scipy.special as sp
    >>> print(f"{sp.beta(2., 3.):.3f}")
    0.083
    """
    a, b = inexact("beta", a, b, real="beta does not support complex-valued inputs.")
    return gammasgn(a) * gammasgn(b) * gammasgn(a + b) * lax.exp(betaln(a, b))


def betainc(a, b, x):
    """The regularized incomplete beta function.

    >>> import jaxgo.scipy.special as sp
    >>> print(f"{sp.betainc(2., 2., 0.5):.3f}")
    0.500
    """
    return lax.betainc(*inexact("betainc", a, b, x, real="betainc does not support complex-valued inputs."))


def factorial(n, exact=False):
    """n!, as a float.

    >>> import jaxgo.scipy.special as sp
    >>> print(f"{sp.factorial(4):.3f}")
    24.000
    """
    if exact:
        raise NotImplementedError("factorial with exact=True")
    n = inexact("factorial", n)
    return jnp.where(n < 0, 0, lax.exp(lax.lgamma(n + 1)))


def comb(N, k, *, repetition=False):
    """The number of ways to take k of N things.

    >>> import jaxgo.scipy.special as sp
    >>> print(round(float(sp.comb(5, 2)), 4))
    10.0
    """
    N, k = inexact("comb", N, k)
    if repetition:
        return jnp.where((k == 0) & (N >= 0), 1.0, comb(N + k - 1, k, repetition=False))
    ok = (k <= N) & (N >= 0) & (k >= 0)
    N, k = jnp.where(ok, N, 0.0), jnp.where(ok, k, 0.0)
    return jnp.where(ok, lax.exp(gammaln(N + 1) - gammaln(k + 1) - gammaln(N + 1 - k)), 0.0)


def digamma(x):
    """The derivative of the logarithm of gamma.

    >>> import jaxgo.scipy.special as sp
    >>> print(f"{sp.digamma(1.):.3f}")
    -0.577
    """
    return lax.digamma(inexact("digamma", x))


def polygamma(n, x):
    """The n-th derivative of digamma.

    >>> import jaxgo.scipy.special as sp
    >>> print(f"{sp.polygamma(1, 1.):.3f}")
    1.645
    """
    dtype = lax.dtype(n)
    if not np.issubdtype(dtype, np.integer):
        raise ValueError(f"Argument `n` to polygamma must be of integer type. Got dtype {dtype}.")
    n, x = inexact("polygamma", n, x, real="polygamma does not support complex-valued inputs.")
    return lax.polygamma(n, x)


def gammainc(a, x):
    """The regularized lower incomplete gamma function.

    >>> import jaxgo.scipy.special as sp
    >>> print(f"{sp.gammainc(1., 1.):.3f}")
    0.632
    """
    return lax.igamma(*inexact("gammainc", a, x))


def gammaincc(a, x):
    """The regularized upper incomplete gamma function.

    >>> import jaxgo.scipy.special as sp
    >>> print(f"{sp.gammaincc(1., 1.):.3f}")
    0.368
    """
    return lax.igammac(*inexact("gammaincc", a, x))


def multigammaln(a, d):
    """The logarithm of the multivariate gamma function in d dimensions.

    >>> import jaxgo.scipy.special as sp
    >>> print(f"{sp.multigammaln(3., 2):.3f}")
    1.550
    """
    d = concrete(d, "d argument of multigammaln", int)
    a, d_ = inexact("multigammaln", a, d)
    constant = lax.mul(lax.mul(lax.mul(const(a, 0.25), d_), lax.sub(d_, const(a, 1))), lax.log(const(a, np.pi)))
    b = lax.div(jnp.arange(d, dtype=d_.dtype), const(a, 2))
    return jnp.sum(gammaln(jnp.expand_dims(a, -1) - jnp.expand_dims(b, tuple(range(a.ndim)))), axis=-1) + constant


@custom_jvp
def poch(z, m):
    """Pochhammer's symbol: gamma(z + m) / gamma(z).

    >>> import jaxgo.scipy.special as sp
    >>> print(f"{sp.poch(2., 3.):.3f}")
    24.000
    """
    z, m = inexact("poch", z, m, real="jnp.poch does not support complex-valued inputs.")
    return jnp.where(m == 0.0, jnp.array(1, dtype=z.dtype), gamma(z + m) / gamma(z))


poch.defjvps(lambda t, out, z, m: (digamma(z + m) - digamma(z)) * poch(z, m) * t, lambda t, out, z, m: digamma(z + m) * poch(z, m) * t)


# ---- zeta ----


@custom_jvp
def zeta(x, q=None):
    """The Hurwitz zeta function.

    >>> import jaxgo.scipy.special as sp
    >>> print(f"{sp.zeta(2., 1.):.3f}")
    1.645
    """
    if q is None:
        raise NotImplementedError("Riemann zeta function not implemented; pass q != None to compute the Hurwitz Zeta function.")
    return lax.zeta(*inexact("zeta", x, q))


# (2k)! / B_2k
_EULER_MACLAURIN = np.array(
    [
        12,
        -720,
        30240,
        -1209600,
        47900160,
        -1307674368000 / 691,
        74724249600,
        -10670622842880000 / 3617,
        5109094217170944000 / 43867,
        -802857662698291200000 / 174611,
        14101100039391805440000 / 77683,
        -1693824136731743669452800000 / 236364091,
        186134520519971831808000000 / 657931,
        -37893265687455865519472640000000 / 3392780147,
        759790291646040068357842010112000000 / 1723168255201,
        -134196726836183700385281186201600000000 / 7709321041217,
    ]
)


def _zeta_series(x, q):
    """Euler and Maclaurin's sum, which can be differentiated by x as well."""
    s, a = inexact("zeta", x, q)
    typ = a.dtype.type
    s_, a_ = jnp.expand_dims(s, -1), jnp.expand_dims(a, -1)
    n = typ(8) if a.dtype == np.float32 else typ(16)
    k = jnp.expand_dims(np.arange(n, dtype=n.dtype), tuple(range(a.ndim)))
    head = jnp.sum((a_ + k) ** (-s_), -1)
    integral = lax.div((a + n) ** (typ(1) - s), s - typ(1))
    t0 = (a + n) ** (-s)
    m = jnp.expand_dims(np.arange(2 * n, dtype=n.dtype), tuple(range(s.ndim)))
    t1 = jnp.cumprod((s_ + m) / (a_ + n), -1)[..., ::2]
    t1 = jnp.clip(t1, max=jnp.finfo(typ).max)
    t1 = t1 / np.expand_dims(_EULER_MACLAURIN[: t1.shape[-1]].astype(typ), tuple(range(a.ndim)))
    return head + integral + t0 * (typ(0.5) + t1.sum(-1))


@zeta.defjvp
def _zeta_jvp(primals, tangents):
    from .._api import jvp

    return jvp(_zeta_series, primals, tangents)


def bernoulli(n):
    """The Bernoulli numbers B_0 to B_n.

    >>> import jaxgo.scipy.special as sp
    >>> print(*(f"{y:.3f}" for y in sp.bernoulli(4)))
    1.000 -0.500 0.167 0.000 -0.033
    """
    n = concrete(n, "Argument n of bernoulli", operator.index)
    if n < 0:
        raise ValueError("n must be a non-negative integer.")
    first = jnp.array([1, -1 / 2, 1 / 6])
    if n < 3:
        return first[: n + 1]
    out = jnp.zeros(n + 1).at[:3].set(first)
    m = jnp.arange(4, n + 1, 2, dtype=out.dtype)
    q1 = (1.0 / np.pi**2) * jnp.cumprod(-(m - 1) * m / 4 / np.pi**2)
    k = jnp.arange(2, 50, dtype=out.dtype)
    return out.at[4::2].set(q1 * (1 + jnp.sum(k[:, None] ** (-m[None, :]), axis=0)))


# ---- the error function ----


def erf(x):
    """The error function.

    >>> import jaxgo.scipy.special as sp
    >>> print(sp.erf(0.))
    0.0
    """
    return lax.erf(inexact("erf", x))


def erfc(x):
    """1 - erf(x).

    >>> import jaxgo.scipy.special as sp
    >>> print(sp.erfc(0.))
    1.0
    """
    return lax.erfc(inexact("erfc", x))


def erfinv(x):
    """The inverse of erf.

    >>> import jaxgo.scipy.special as sp
    >>> print(sp.erfinv(0.))
    0.0
    """
    return lax.erf_inv(inexact("erfinv", x))


# ---- logarithms, exponentials, entropy ----


@custom_jvp
def logit(x):
    """log(x / (1 - x)).

    >>> import jaxgo.scipy.special as sp
    >>> print(sp.logit(0.5))
    0.0
    """
    x = inexact("logit", x)
    return lax.log(lax.div(x, lax.sub(literal(x, 1), x)))


logit.defjvps(lambda t, out, x: lax.div(t, lax.mul(x, lax.sub(literal(x, 1), x))))


def expit(x):
    """The logistic function, 1 / (1 + exp(-x)).

    >>> import jaxgo.scipy.special as sp
    >>> print(sp.expit(0.))
    0.5
    """
    return lax.logistic(inexact("expit", x))


def logsumexp(a, axis=None, b=None, keepdims=False, return_sign=False, where=None):
    """log(sum(b * exp(a))), computed without overflow.

    >>> import jaxgo.numpy as jnp, jaxgo.scipy.special as sp
    >>> print(f"{sp.logsumexp(jnp.array([1000., 1000.])):.2f}")
    1000.69
    """
    return _logsumexp(a, axis=axis, b=b, keepdims=keepdims, return_sign=return_sign, where=where)


def softmax(x, /, *, axis=None):
    """exp(x) / sum(exp(x)) over an axis, or over all elements.

    >>> import jaxgo.numpy as jnp, jaxgo.scipy.special as sp
    >>> print(sp.softmax(jnp.zeros(4)))
    [0.25 0.25 0.25 0.25]
    """
    return _softmax(x, axis=axis)


def log_softmax(x, /, *, axis=None):
    """The logarithm of softmax.

    >>> import jaxgo.numpy as jnp, jaxgo.scipy.special as sp
    >>> print(sp.log_softmax(jnp.zeros(1)))
    [0.]
    """
    return _log_softmax(x, axis=axis)


def _x_log(name, log, inner):
    """x * log(y), which is 0 where x is."""

    def f(x, y):
        x, y = inexact(name, x, y)
        return jnp.where((x != 0.0) | jnp.isnan(y), lax.mul(x, log(y)), jnp.zeros_like(x))

    def rule(primals, tangents):
        (x, y), (tx, ty) = primals, tangents
        out = f(x, y)
        return out, (tx * log(y) + ty * x / inner(y)).astype(out.dtype)

    f.__name__ = f.__qualname__ = name
    f = custom_jvp(f)
    f.defjvp(rule)
    return f


xlogy = _x_log("xlogy", lax.log, lambda y: y)
xlogy.__doc__ = """x * log(y), which is 0 where x is.

>>> import jaxgo.scipy.special as sp
>>> print(sp.xlogy(0., 0.))
0.0
"""
xlog1py = _x_log("xlog1py", lax.log1p, lambda y: 1 + y)
xlog1py.__doc__ = """x * log(1 + y), which is 0 where x is.

>>> import jaxgo.scipy.special as sp
>>> print(sp.xlog1py(0., -1.))
0.0
"""


@custom_jvp
def _xlogx(x):
    return xlogy(x, x)


@_xlogx.defjvp
def _xlogx_jvp(primals, tangents):
    (x,), (t,) = primals, tangents
    return _xlogx(x), t * (lax.log(x) + 1)


def entr(x):
    """-x log(x), minus infinity below 0.

    >>> import jaxgo.scipy.special as sp
    >>> print(sp.entr(1.))
    -0.0
    """
    x = inexact("entr", x, real="entr does not support complex-valued inputs.")
    return lax.select(lax.lt(x, const(x, 0)), lax.full_like(x, -np.inf), lax.neg(_xlogx(x)))


def kl_div(p, q):
    """p log(p / q) - p + q.

    >>> import jaxgo.scipy.special as sp
    >>> print(sp.kl_div(1., 1.))
    0.0
    """
    p, q = inexact("kl_div", p, q, real="kl_div does not support complex-valued inputs.")
    return rel_entr(p, q) - p + q


def rel_entr(p, q):
    """p log(p / q), 0 where p is 0, infinity where that has no value.

    >>> import jaxgo.scipy.special as sp
    >>> print(sp.rel_entr(1., 1.))
    0.0
    """
    p, q = inexact("rel_entr", p, q, real="rel_entr does not support complex-valued inputs.")
    zero = const(p, 0.0)
    both = lax.bitwise_and(lax.gt(p, zero), lax.gt(q, zero))
    only_q = lax.bitwise_and(lax.eq(p, zero), lax.ge(q, zero))
    safe_p, safe_q = jnp.where(both, p, 1), jnp.where(both, q, 1)
    return jnp.where(both, lax.sub(_xlogx(safe_p), xlogy(safe_p, safe_q)), jnp.where(only_q, zero, np.inf))


def _box_cox(x, lmbda, log):
    zero = lmbda == 0
    safe, y = jnp.where(zero, jnp.ones_like(lmbda), lmbda), log(x)
    return jnp.where(zero, y, jnp.expm1(safe * y) / safe)


def boxcox(x, lmbda):
    """Box and Cox's transformation, (x**lmbda - 1) / lmbda, or log(x) for lmbda 0.

    >>> import jaxgo.scipy.special as sp
    >>> print(sp.boxcox(3., 1.))
    2.0
    """
    return _box_cox(*inexact("boxcox", x, lmbda), jnp.log)


def boxcox1p(x, lmbda):
    """boxcox(1 + x, lmbda), accurate for small x.

    >>> import jaxgo.scipy.special as sp
    >>> print(sp.boxcox1p(2., 1.))
    2.0
    """
    return _box_cox(*inexact("boxcox1p", x, lmbda), jnp.log1p)


# ---- Bessel functions ----


def i0e(x):
    """The modified Bessel function of order 0, times exp(-|x|).

    >>> import jaxgo.scipy.special as sp
    >>> print(f"{sp.i0e(0.):.3f}")
    1.000
    """
    return lax.bessel_i0e(inexact("i0e", x))


def i0(x):
    """The modified Bessel function of order 0.

    >>> import jaxgo.scipy.special as sp
    >>> print(f"{sp.i0(0.):.3f}")
    1.000
    """
    x = inexact("i0", x)
    return lax.mul(lax.exp(lax.abs(x)), lax.bessel_i0e(x))


def i1e(x):
    """The modified Bessel function of order 1, times exp(-|x|).

    >>> import jaxgo.scipy.special as sp
    >>> print(sp.i1e(0.))
    0.0
    """
    return lax.bessel_i1e(inexact("i1e", x))


def i1(x):
    """The modified Bessel function of order 1.

    >>> import jaxgo.scipy.special as sp
    >>> print(sp.i1(0.))
    0.0
    """
    x = inexact("i1", x)
    return lax.mul(lax.exp(lax.abs(x)), lax.bessel_i1e(x))


def _bessel_jn(z, v, n_iter):
    """The recurrence from high orders down, normalized by its sum."""

    def step(carry, k):
        f0, f1, total, z = carry
        f = 2.0 * (k + 1.0) * f1 / z - f0
        total = lax.cond(jnp.mod(k, 2) == 0, lambda u: u[0] + 2.0 * u[1], lambda u: u[0], (total, f))
        return (f1, f, total, z), f

    zero = const(z, 0.0)
    (_, _, total, _), js = lax.scan(step, (zero, const(z, 1e-16), zero, z), lax.iota(z.dtype, n_iter + 1), reverse=True)
    return js[: v + 1] / (total - js[0])


@jit(static_argnames=["v", "n_iter"])
def bessel_jn(z, *, v, n_iter=50):
    """The Bessel functions of the first kind of orders 0 to v, stacked along a first axis.

    >>> import jaxgo.scipy.special as sp
    >>> print(*(f"{y:.4f}" for y in sp.bessel_jn(10., v=1)))
    -0.2459 0.0435
    """
    z = inexact("bessel_jn", z)
    if z.dtype == np.complex128:  # JAX leaves complex64 to the operations below
        raise ValueError("complex input not supported.")
    v = concrete(v, "Argument v of bessel_jn.", operator.index)
    n_iter = concrete(n_iter, "Argument n_iter of bessel_jn.", int)
    f = lambda z: _bessel_jn(z, v, n_iter)
    for _ in range(z.ndim):
        f = vmap(f)
    return jnp.moveaxis(f(z), -1, 0)
