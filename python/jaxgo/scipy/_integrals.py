"""Special functions that are integrals: the relatives of the error function, exponential, sine and Fresnel integrals."""

from __future__ import annotations

import functools

import numpy as np

from .. import lax
from .. import numpy as jnp
from .._api import jit
from ..custom_derivatives import custom_jvp
from ._util import const, inexact, is_complex, table


def _ratio(p, q, x):
    """The quotient of two polynomials."""
    return jnp.polyval(table(p, x.dtype), x) / jnp.polyval(table(q, x.dtype), x)


def _in_float32(f, x):
    """f(x), computed in float32 where x has less."""
    return f(x) if x.dtype in (np.float32, np.float64) else f(x.astype(np.float32)).astype(x.dtype)


# ---- relatives of the error function ----

# Weideman's rational expansion in (L + iz) / (L - iz), SIAM J. Numer. Anal. 31 (1994)
_WOFZ_L = 4.756828460010884
# fmt: off
_WOFZ = [
    -1.3034426067909105e-12, 3.741183837373847e-12, 8.030427700497756e-12, -2.154359355749088e-11, -5.544244996323793e-11,
    1.165824698850374e-10, 4.1537441121999766e-10, -5.231020211492061e-10, -3.2080151339721323e-09, 8.124886421653591e-10,
    2.3797556530014025e-08, 2.2930438438915445e-08, -1.4813078929137642e-07, -4.1840763750512053e-07, 4.2558331397138446e-07,
    4.401531731283225e-06, 6.821031944357515e-06, -2.1409619201999998e-05, -0.0001307544925457942, -0.00024532980270038237,
    0.00039259136070109705, 0.004519541105349309, 0.0190061557848455, 0.05730440352983728, 0.14060716226893755, 0.2954445107150874,
    0.5460139720639338, 0.9019254893648001, 1.345544169234545, 1.8256696296324815, 2.2635372999002676, 2.5722534081245696]
# fmt: on


def _wofz_upper(z):
    re = lax.real(z)
    length = lax.complex(const(re, _WOFZ_L), const(re, 0.0))
    iz = lax.complex(lax.neg(lax.imag(z)), re)
    below = length - iz
    p = jnp.polyval(jnp.asarray(_WOFZ, dtype=z.dtype), (length + iz) / below)
    return 2 * p / (below * below) + lax.complex(const(re, 1.0 / np.sqrt(np.pi)), const(re, 0.0)) / below


@custom_jvp
def _wofz(z):
    upper = lax.ge(lax.imag(z), const(lax.real(z), 0.0))
    w = _wofz_upper(lax.select(upper, z, lax.neg(z)))
    return lax.select(upper, w, 2 * lax.exp(lax.neg(z * z)) - w)


_wofz.defjvps(lambda t, out, z: t * (lax.neg(2 * z * out) + lax.complex(const(lax.real(z), 0.0), const(lax.real(z), 2.0 / np.sqrt(np.pi)))))


def wofz(z):
    """Faddeeva's function, exp(-z**2) erfc(-iz), of complex numbers.

    >>> import jaxgo.scipy.special as sp
    >>> print(f"{sp.wofz(0j).real:.3f}")
    1.000
    """
    z = inexact("wofz", z)
    if not is_complex(z):
        z = z.astype(np.complex128 if z.dtype == np.float64 else np.complex64)
    return _wofz(z)


@custom_jvp
def _erfcx(x):
    return _in_float32(_erfcx_real, x)


_erfcx.defjvps(lambda t, out, x: t * (2 * x * out - const(x, 2.0 / np.sqrt(np.pi))))


def _erfcx_real(x):
    """The product where that does not overflow, the asymptotic series beyond."""
    large = x > const(x, np.sqrt(np.log(jnp.finfo(x.dtype).max)))
    safe = lax.select(large, lax.full_like(x, 1.0), x)
    direct = lax.exp(lax.square(safe)) * lax.erfc(safe)
    terms = [7918.06640625, -1055.7421875, 162.421875, -29.53125, 6.5625, -1.875, 0.75, -0.5, 1.0]
    p = jnp.polyval(table(terms[-(5 if x.dtype == np.float32 else 9) :], x.dtype), const(x, 1.0) / lax.square(x))
    return lax.select(large, p / (x * const(x, np.sqrt(np.pi))), direct)


def erfcx(x):
    """exp(x**2) erfc(x).

    >>> import jaxgo.scipy.special as sp
    >>> print(sp.erfcx(0.))
    1.0
    """
    x = inexact("erfcx", x)
    return _wofz(lax.complex(lax.neg(lax.imag(x)), lax.real(x))) if is_complex(x) else _erfcx(x)


# Cephes
# fmt: off
_DAWSN_AN = [
    1.1368149897175597e-11, 8.492622676674738e-10, 1.9443420417555306e-08, 9.531517412544844e-07, 3.078283098749132e-06,
    0.00035251336852028877, -0.0008501498467244109, 0.04226182230055466, -0.09174803717734524, 1.0]
_DAWSN_AD = [
    2.403720730667626e-11, 1.488646813684934e-09, 5.212652810105416e-08, 1.2725847827318697e-06, 2.324902498207895e-05,
    0.00032552474182605793, 0.003488058146571626, 0.027944853119882897, 0.15887424196012057, 0.5749186294893204, 1.0]
_DAWSN_BN = [
    0.5089551564179009, -0.24475441814269785, 0.09415123353035344, -0.021871125514203903, 0.003662076123295692, -0.0004232091144603888,
    3.5964130479389666e-05, -2.1464035171996896e-06, 9.100107800763914e-08, -2.4027452082825098e-09, 3.592333854409284e-11]
_DAWSN_BD = [
    1.0, -0.6318398698733682, 0.2367067882282487, -0.053180636700322324, 0.008480417185862954, -0.0009479967684866654,
    7.810255929445524e-05, -4.558751532524426e-06, 1.8910035811142186e-07, -4.913246913319206e-09, 7.184664032357345e-11]
_DAWSN_CN = [-0.5905928605347732, 0.6292352427243688, -0.17285897538038814, 0.016483704782518965, -0.0004868276130204627]
_DAWSN_CD = [1.0, -2.698200571975449, 1.7327079904594784, -0.3937085822819395, 0.03442789240412334, -0.0009736552260409412]
# fmt: on


@custom_jvp
def _dawsn(x):
    return _in_float32(_dawsn_real, x)


_dawsn.defjvps(lambda t, out, x: t * (const(x, 1.0) - const(x, 2.0) * x * out))


def _dawsn_real(x):
    one, half, low, high = (const(x, v) for v in (1.0, 0.5, 3.25, 6.25))
    a = lax.abs(x)
    t = one / lax.square(a)

    def where(mask, v):
        return lax.select(mask, v, lax.full_like(v, 1.0))

    def tail(mask, p, q):
        u, b = where(mask, t), where(mask, a)
        return half / b * (one + u * _ratio(p, q, u))

    b = where(a < low, a)
    near = b * _ratio(_DAWSN_AN, _DAWSN_AD, lax.square(b))
    middle = tail((a >= low) & (a < high), _DAWSN_BN, _DAWSN_BD)
    far = tail(a >= high, _DAWSN_CN, _DAWSN_CD)
    return jnp.sign(x) * lax.select(a < low, near, lax.select(a < high, middle, far))


def dawsn(x):
    """Dawson's integral.

    >>> import jaxgo.scipy.special as sp
    >>> print(sp.dawsn(0.))
    0.0
    """
    return _dawsn(inexact("dawsn", x, real="dawsn does not support complex-valued inputs."))


# ---- exponential integrals ----

# Cephes' approximations of Ei on (0, 2], (2, 4], (4, 8], (8, 16], (16, 32], (32, 64] and above
# fmt: off
_EXPINT = [
    ([-5.350447357812543, 218.50491688166133, -4176.572384826693, 55411.76756393557, -331338.13311781443, 1592627.1633849454],
     [
        1.0, -52.505479591128626, 1259.6161867867906, -17565.495819735348, 149306.2117002726, -729494.9239640528, 1592627.1633849454]),
    ([
        0.019818085032596897, -1.2716456259849176, -2.0881603356812284, 2.7555445091879367, -0.44095070487016, 0.046656238059358916,
        -0.0015450426796734852, 7.059980605299618e-05],
     [
        1.0, 1.4764986709149215, 0.5629177174822436, 0.16990178978793072, 0.02291647179034212, 0.0044501504397287525,
        0.00017274396122065214, 3.953167195549672e-05]),
    ([
        -1.3732153758712087, -0.7084559133740839, 1.580806855547941, -0.2601500427425623, 0.029946746941137137, -0.001038086040188744,
        4.371064420753005e-05, 2.141783679522603e-06],
     [
        1.0, 0.8585231423622028, 0.4483285822873995, 0.07687932158124476, 0.024498682410218877, 0.0008832165941927797,
        0.00045909522995113536, -4.729848351866523e-06, 2.66519553739071e-06]),
    ([
        -2.1069346016919166, 1.7327338696646881, -0.2423619178935842, 0.02322724180937566, 0.00023728804404931798, -8.343219561192553e-05,
        1.3634087956052505e-05, -3.655412321999254e-07, 1.4649417339759612e-08, 6.17640786371036e-10],
     [
        1.0, -0.2298062239901678, 0.11050770414740378, -0.015665429666307924, 0.002761106850817353, -0.00020891480122840484,
        1.7085289388076754e-05, -4.4593117963566865e-07, 1.3946349303538475e-08, 6.150865933977338e-10]),
    ([
        -0.24581193676740204, -0.14833822533220778, 0.07248291795735552, -0.013483156873809405, 0.001342775069788637,
        -7.942465637159712e-05, 2.644179518984236e-06, -4.239473659313765e-08],
     [
        1.0, -0.10442259084438711, -0.26764531281014026, 0.09695000254621984, -0.01601745692712991, 0.001496414899205908,
        -8.462452563778485e-05, 2.7289384034767266e-06, -4.239462431819542e-08]),
    ([
        0.12125611181054567, -0.5823133179043894, 0.2348887314557017, -0.030400343181132484, 0.0015100821468651906,
        -2.5231370954995714e-05],
     [1.0, -1.002252150365854, 0.2928709694872224, -0.03337004338674008, 0.0015605448811273888, -2.5231370936032347e-05]),
    ([
        -0.7657847078286127, 0.6886192415566705, -0.2132598113545206, 0.033461075523841935, -0.003076541477344756, 0.00017471193164549074,
        -6.1037116822741705e-06, 1.218032765428652e-07, -1.0860761027932903e-09],
     [
        1.0, -1.8888028686623086, 1.066691687211409, -0.27519159823063805, 0.039308526882338234, -0.003414684558602365,
        0.00018668443707035555, -6.345146083130515e-06, 1.239754287483207e-07, -1.0860761027931265e-09]),
]
# fmt: on


def _expint(i, x):
    if i == 0:
        return x * _ratio(*_EXPINT[0], x) + np.euler_gamma + jnp.log(x)
    one = const(x, 1.0)
    w = one / x
    return jnp.exp(x) * w * (w * _ratio(*_EXPINT[i], w) + one)


def _expi_positive(x):
    bounds = [const(x, v) for v in (0, 2, 4, 8, 16, 32, 64)]
    return jnp.piecewise(x, [(a < x) & (x <= b) for a, b in zip(bounds, bounds[1:])], [functools.partial(_expint, i) for i in range(7)])


@custom_jvp
@jit
def expi(x):
    """The exponential integral Ei.

    >>> import jaxgo.scipy.special as sp
    >>> print(sp.expi(1.))
    1.8951179
    """
    x = inexact("expi", x, real="expi does not support complex-valued inputs.")
    return jnp.piecewise(x, [x < 0], [lambda x: -exp1(-x), _expi_positive])


@expi.defjvp
@jit
def _expi_jvp(primals, tangents):
    (x,), (t,) = primals, tangents
    return expi(x), jnp.exp(x) / x * t


def _expn_series(x, n):
    eps, zero, one, n_one = jnp.finfo(x.dtype).eps, const(x, 0.0), const(x, 1.0), const(n, 1)
    psi = lax.fori_loop(n_one, n, lambda i, psi: psi + one / i, -np.euler_gamma - jnp.log(x))
    z = -x

    def body(d):
        xk, yk, pk, total, _ = d
        xk += one
        yk *= z / xk
        pk += one
        total += jnp.where(pk != zero, yk / pk, zero)
        return xk, yk, pk, total, jnp.where(total != zero, abs(yk / total), one)

    start = jnp.where(n == n_one, zero, one / (one - jnp.where(n == n_one, one + one, n)))
    total = lax.while_loop(lambda d: (x > zero) & (d[4] > eps), body, (zero, one, one - n, start, const(x, np.inf)))[3]
    from .special import gammaln

    return z ** (n - n_one) * psi / jnp.exp(gammaln(n)) - total


def _expn_fraction(x, n):
    """The continued fraction."""
    eps, zero, one, big = jnp.finfo(x.dtype).eps, const(x, 0.0), const(x, 1.0), const(x, 1.4411518807585587e17)
    n_one, two = const(n, 1), const(n, 2)

    def body(d):
        k, p2, q2, p1, q1, out, _ = d
        k += n_one
        odd = k % two == n_one
        yk = jnp.where(odd, one, x)
        xk = jnp.where(odd, n + (k - n_one) / two, k / two)
        p, q = p1 * yk + p2 * xk, q1 * yk + q2 * xk
        ok = q != zero
        r = jnp.where(ok, p / q, zero)
        t = jnp.where(ok, abs((out - r) / r), one)
        scale = abs(p) > big
        p2, q2, p1, q1 = (jnp.where(scale, v / big, v) for v in (p1, q1, p, q))
        return k, p2, q2, p1, q1, jnp.where(ok, r, out), t

    init = n_one, one, x, one, x + n, one / (x + n), const(x, np.inf)
    return lax.while_loop(lambda d: (x > zero) & (d[6] > eps), body, init)[5] * jnp.exp(-x)


def _expn_large(x, n):
    one = const(x, 1.0)
    xk = x + n
    yk = one / (xk * xk)
    out = yk * n * (const(x, 6) * x * x - const(x, 8) * n * x + n * n)
    out = yk * (out + n * (n - const(x, 2) * x))
    return (yk * (out + n) + one) * jnp.exp(-x) / xk


@functools.partial(custom_jvp, nondiff_argnums=(0,))
@jnp.vectorize
@jit
def expn(n, x):
    """The exponential integral of order n: the integral of exp(-x t) / t**n from 1.

    >>> import jaxgo.scipy.special as sp
    >>> print(f"{sp.expn(1, 1.):.3f}")
    0.219
    """
    n, x = inexact("expn", n, x, real="expn does not support complex-valued inputs.")
    zero, n0, n2 = const(x, 0), const(n, 0), const(n, 2)
    conds = [(n < n0) | (x < zero), (x == zero) & (n < n2), (x == zero) & (n >= n2), (n == n0) & (x >= zero), n >= const(n, 5000), x > const(x, 1)]
    n1 = jnp.where(n == const(n, 1), n + n, n)
    values = [np.nan, np.inf, const(x, 1) / n1, jnp.exp(-x) / x, _expn_large, _expn_fraction, _expn_series]
    return jnp.piecewise(x, conds, values, n=n)


@expn.defjvp
@jit
def _expn_jvp(n, primals, tangents):
    (x,), (t,) = primals, tangents
    return expn(n, x), lax.mul(lax.neg(t), expn(lax.sub(n, np.asarray(1, lax.dtype(n))), x))


def exp1(x):
    """The exponential integral of order 1.

    >>> import jaxgo.scipy.special as sp
    >>> print(f"{sp.exp1(1.):.3f}")
    0.219
    """
    return expn(1, inexact("exp1", x, real="exp1 does not support complex-valued inputs."))


# ---- sine and cosine integrals ----

# Cephes
# fmt: off
_SI_N = [-8.391678279103039e-11, 4.625917144270128e-08, -9.757593038436328e-06, 0.0009769454381704354, -0.04134703162294066, 1.0]
_SI_D = [2.0326926619595193e-12, 1.279978911799433e-09, 4.418278428012189e-07, 9.964121220438756e-05, 0.01420852393261499, 1.0]
_CI_N = [2.0252400238910228e-11, -1.3524950491579076e-08, 3.593250514199931e-06, -0.0004740072068734079, 0.028915965260755523, -1.0]
_CI_D = [4.077460400618806e-12, 3.067809975818878e-09, 1.2321035568588342e-06, 0.00031744202477503275, 0.051002805623644606, 4.0]
_FN4 = [
    4.236128628922166, 5.4593771716181285, 1.6208328770153833, 0.16700661183132304, 0.006810201324725182, 0.00010893658065032867,
    5.489002234213736e-07]
_FD4 = [
    1, 8.16496634205391, 7.308288225055645, 1.867922579501842, 0.1787920529631499, 0.007017106683227897, 0.00011003435715391573,
    5.489002527562557e-07]
_GN4 = [
    0.08710016989731142, 0.6113791099522193, 0.3971802963923375, 0.07485277376284691, 0.005388686814621773, 0.00016199979459893403,
    1.9796387414096365e-06, 7.825790407440903e-09]
_GD4 = [
    1, 1.6440220241335535, 0.666296701268988, 0.09887717612776888, 0.006223963454417684, 0.0001732210814741771, 2.0265918208634397e-06,
    7.825792189335346e-09]
_FN8 = [
    0.4558808734704653, 0.7137152741001467, 0.16030015822231947, 0.01160642294081244, 0.00034955644244785906, 4.8621543082645475e-06,
    3.200927900910049e-08, 9.41779576128513e-11, 9.70507110881952e-14]
_FD8 = [
    1.0, 0.9174636118736841, 0.17868554533207454, 0.012225359477197129, 0.00035869648188185157, 4.924350643178815e-06,
    3.21956939101046e-08, 9.437205903502767e-11, 9.70507110881952e-14]
_GN8 = [
    0.6973599534432762, 0.33041097930563207, 0.03848787676499743, 0.001717182390523479, 3.4894116550227946e-05, 3.471311670841167e-07,
    1.7040445278204452e-09, 3.859459254302766e-12, 3.1404009894636335e-15]
_GD8 = [
    1.0, 1.6854889881101165, 0.48785225869530496, 0.04679131942596258, 0.0019028442667439953, 3.684755044425611e-05,
    3.5704322344374083e-07, 1.7269374896631615e-09, 3.878301660239547e-12, 3.1404009894636335e-15]
# fmt: on


def _sici_series(x):
    t = x * x
    si = x * jnp.polyval(table(_SI_N, x.dtype), t) / jnp.polyval(table(_SI_D, x.dtype), t)
    ci = np.euler_gamma + jnp.log(x) + t * jnp.polyval(table(_CI_N, x.dtype), t) / jnp.polyval(table(_CI_D, x.dtype), t)
    return jnp.where(x == 0, 0.0, si), jnp.where(x == 0, -np.inf, ci)


def _sici_asymptotic(x):
    s, c, z = jnp.sin(x), jnp.cos(x), 1.0 / (x * x)

    def p(v):
        return jnp.polyval(table(v, x.dtype), z)

    near = x < 8.0
    f = jnp.where(near, p(_FN4) / (x * p(_FD4)), p(_FN8) / (x * p(_FD8)))
    g = jnp.where(near, z * p(_GN4) / p(_GD4), z * p(_GN8) / p(_GD8))
    return np.pi / 2 - f * c - g * s, f * s - g * c


def _sici_far(x):
    end = jnp.isposinf(x)
    return jnp.where(end, np.pi / 2, np.pi / 2 - jnp.cos(x) / x), jnp.where(end, 0.0, jnp.sin(x) / x)


@custom_jvp
@jit
def sici(x):
    """The sine and cosine integrals.

    >>> import jaxgo.scipy.special as sp
    >>> print(*(f"{y:.4f}" for y in sp.sici(1.)))
    0.9461 0.3374
    """
    x = inexact("sici", x)
    if is_complex(x):
        raise ValueError(f"Argument `x` to sici must be real-valued. Got dtype {x.dtype}.")
    a = jnp.abs(x)
    parts = zip(_sici_series(a), _sici_asymptotic(a), _sici_far(a))
    si, ci = (jnp.select([a <= 4, (a > 4) & (a <= 1e9)], [near, far], very_far) for near, far, very_far in parts)
    return jnp.sign(x) * si, jnp.where(jnp.isneginf(x), np.nan, ci)


@sici.defjvp
@jit
def _sici_jvp(primals, tangents):
    (x,), (t,) = primals, tangents
    return sici(x), (jnp.sinc(x / np.pi) * t, jnp.cos(x) / x * t)


# ---- Spence's function and Fresnel integrals ----

# fmt: off
_SPENCE_A = [
    4.6512858607399003e-05, 0.007315890452380947, 0.13384763957830903, 0.8796913117545303, 2.7114985119655346, 4.256971560081218,
    3.297713409852251, 1.0]
_SPENCE_B = [
    0.0006909904889125533, 0.02540437639325444, 0.2829748606025681, 1.4117259775183106, 3.6380053334513707, 5.03278880143317,
    3.547713409852251, 1.0]
# fmt: on


def _spence(x):
    inverse = x > 2.0
    x = jnp.where(inverse, 1.0 / x, x)
    above, below = x > 1.5, x < 0.5
    w = jnp.where(above, 1.0 / x - 1.0, jnp.where(below, -x, x - 1.0))
    y = -w * _ratio(_SPENCE_A, _SPENCE_B, w)
    y = jnp.where(below, np.pi**2 / 6.0 - jnp.log(x) * jnp.log(1.0 - x) - y, y)
    return jnp.where(inverse | above, -0.5 * jnp.log(x) ** 2 - y, y)


def spence(x):
    """Spence's function, the dilogarithm of 1 - x.

    >>> import jaxgo.scipy.special as sp
    >>> print(sp.spence(1.))
    0.0
    """
    x = jnp.asarray(x)
    if x.dtype not in (np.float32, np.float64):
        raise TypeError(f"x.dtype={x.dtype} is not supported, see docstring for supported types.")
    return jnp.piecewise(x, [x < 0.0, x == 1.0, x == 0.0], [np.nan, 0, np.pi**2 / 6, _spence])


@jit
def _sin_cos_half_pi(x):
    """sin and cos of pi x**2 / 2, with the argument reduced first."""
    x = jnp.abs(x)
    s = jnp.fmod(x, 2.0)
    r = jnp.fmod(s * (x - s / 2), 2.0)
    sin = jnp.where(r < 0.5, jnp.sin(np.pi * r), jnp.where(r > 1.5, jnp.sin(np.pi * (r - 2.0)), -jnp.sin(np.pi * (r - 1.0))))
    cos = jnp.where(r == 0.5, 0.0, jnp.where(r < 1.0, -jnp.sin(np.pi * (r - 0.5)), jnp.sin(np.pi * (r - 1.5))))
    return sin, cos


# Cephes, for float32 and float64: numerators, and denominators where the approximation is a quotient
_FRESNEL32 = {
    "sn": [
        +1.6476294637887e-09,
        -1.522754752581096e-07,
        +8.4247488085024e-06,
        -0.0003120693124703272,
        +0.007244727626597022,
        -0.09228055941124598,
        +0.5235987735681432,
    ],
    "cn": [
        +1.416802502367354e-08,
        -1.157231412229871e-06,
        +5.387223446683264e-05,
        -0.001604381798862293,
        +0.02818489036795073,
        -0.2467398198317899,
        +0.9999999760004487,
    ],
    "fn": [
        -1903009855649.792,
        +135594238805.0252,
        -4158143148.511033,
        +73438484.63587323,
        -873235.6681548485,
        +8560.51546627547,
        -103.2877601091159,
        +2.999401847870011,
    ],
    "gn": [
        -186084399762.465,
        +12783506733.93208,
        -377938771.3202229,
        +6492611.570598858,
        -77877.89623358162,
        +860.2931494734327,
        -14.93439396592284,
        +0.9999841934744914,
    ],
}
_FRESNEL64 = {
    "sn": [-2991.8191940101983, +708840.0452577386, -62974148.62058625, +2548908805.7337637, -44297951805.96978, +318016297876.5678],
    "sd": [+1.0, +281.3762688899943, +45584.78108065326, +5173438.887700964, +419320245.8981112, +22441179564.534092, +607366389490.0846],
    "cn": [-4.9884311457357354e-08, +9.504280628298596e-06, -0.0006451914356839651, +0.018884331939670384, -0.20552590095501388, +1.0],
    "cd": [
        +3.99982968972496e-12,
        +9.154392157746574e-10,
        +1.2500186247959882e-07,
        +1.2226278902417902e-05,
        +0.0008680295429417843,
        +0.04121420907221998,
        +1.0,
    ],
    "fn": [
        +0.4215435550436775,
        +0.1434079197807589,
        +0.011522095507358577,
        +0.000345017939782574,
        +4.6361374928786735e-06,
        +3.055689837902576e-08,
        +1.0230451416490724e-10,
        +1.7201074326816183e-13,
        +1.3428327623306275e-16,
        +3.763297112699879e-20,
    ],
    "fd": [
        +1.0,
        +0.7515863983533789,
        +0.11688892585919138,
        +0.0064405152650885865,
        +0.00015593440916415301,
        +1.8462756734893055e-06,
        +1.1269922476399903e-08,
        +3.6014002958937136e-11,
        +5.887545336215784e-14,
        +4.5200143407412973e-17,
        +1.2544323709001127e-20,
    ],
    "gn": [
        +0.5044420736433832,
        +0.1971028335255234,
        +0.018764858409257526,
        +0.0006840793809153931,
        +1.1513882611188428e-05,
        +9.828524436884223e-08,
        +4.4534441586175015e-10,
        +1.0826804113902088e-12,
        +1.375554606332618e-15,
        +8.363544356306774e-19,
        +1.8695871016278324e-22,
    ],
    "gd": [
        +1.0,
        +1.4749575992512833,
        +0.33774898912002,
        +0.02536037414203388,
        +0.0008146791071843061,
        +1.2754507566772912e-05,
        +1.0431458965757199e-07,
        +4.6068072814652043e-10,
        +1.1027321506624028e-12,
        +1.3879653125957886e-15,
        +8.391588162831187e-19,
        +1.8695871016278324e-22,
    ],
}


@custom_jvp
def fresnel(x):
    """The Fresnel integrals S and C.

    >>> import jaxgo.scipy.special as sp
    >>> print(*sp.fresnel(0.))
    0.0 0.0
    """
    given = inexact("fresnel", x)
    if is_complex(given):
        raise NotImplementedError("Support for complex-valued inputs is not implemented yet.")
    single = given.dtype != np.float64
    y = given.astype(np.float32) if single else given
    coeffs = _FRESNEL32 if single else _FRESNEL64

    def p(name, t):
        q = jnp.polyval(table(coeffs[name + "n"], y.dtype), t)
        return q if single else q / jnp.polyval(table(coeffs[name + "d"], y.dtype), t)

    x = jnp.abs(y)
    x2 = x * x
    t = x2 * x2
    s_near, c_near = x * x2 * p("s", t), x * p("c", t)
    sin, cos = _sin_cos_half_pi(x)
    s_far, c_far = (0.5, 0.5) if single else (0.5 - 1 / (np.pi * x) * cos, 0.5 + 1 / (np.pi * x) * sin)
    t = np.pi * x2
    u = 1.0 / (t * t)
    t = 1.0 / t
    f, g = 1.0 - u * p("f", u), t * p("g", u)
    t = np.pi * x
    c_other, s_other = 0.5 + (f * sin - g * cos) / t, 0.5 - (f * cos + g * sin) / t
    end, near, far = jnp.isinf(y), x2 < 2.5625, x > 36974.0

    def choose(near_, far_, other):
        v = jnp.where(end, 0.5, jnp.where(near, near_, jnp.where(far, far_, other)))
        v = jnp.where(y < 0.0, -v, v)
        return v.astype(given.dtype) if given.dtype != y.dtype else v

    return choose(s_near, s_far, s_other), choose(c_near, c_far, c_other)


@fresnel.defjvp
def _fresnel_jvp(primals, tangents):
    (x,), (t,) = primals, tangents
    sin, cos = _sin_cos_half_pi(x)
    return fresnel(x), (sin * t, cos * t)
