"""Special functions about the normal distribution."""

from __future__ import annotations

import functools

import numpy as np

from .. import lax
from .. import numpy as jnp
from ..custom_derivatives import custom_jvp
from ._util import const, inexact, table


def _floating(x):
    x = jnp.asarray(x)
    if x.dtype not in (np.float32, np.float64):
        raise TypeError(f"x.dtype={x.dtype} is not supported, see docstring for supported types.")
    return x


def ndtr(x):
    """The cumulative distribution function of the standard normal distribution.

    >>> import jaxgo.scipy.special as sp
    >>> print(sp.ndtr(0.))
    0.5
    """
    return _ndtr(_floating(x))


def _ndtr(x):
    typ = x.dtype.type
    half_sqrt_2 = typ(0.5) * np.sqrt(2.0, dtype=typ)
    w = x * half_sqrt_2
    z = lax.abs(w)
    tail = lax.erfc(z)
    return typ(0.5) * lax.select(lax.lt(z, half_sqrt_2), typ(1.0) + lax.erf(w), lax.select(lax.gt(w, typ(0.0)), typ(2.0) - tail, tail))


# Cephes: near 1/2, and for arguments whose z = sqrt(-2 log p) is in [2, 8) and beyond
# fmt: off
_P0 = [-59.96335010141079, 98.00107541859997, -56.67628574690703, 13.931260938727968, -1.2391658386738125]
_Q0 = [
    1.0, 1.9544885833814176, 4.676279128988815, 86.36024213908905, -225.46268785411937, 200.26021238006066, -82.03722561683334,
    15.90562251262117, -1.1833162112133]
_P1 = [
    4.0554489230596245, 31.525109459989388, 57.16281922464213, 44.08050738932008, 14.684956192885803, 2.1866330685079025,
    -0.1402560791713545, -0.03504246268278482, -0.0008574567851546854]
_Q1 = [
    1.0, 15.779988325646675, 45.39076351288792, 41.3172038254672, 15.04253856929075, 2.504649462083094, -0.14218292285478779,
    -0.03808064076915783, -0.0009332594808954574]
_P2 = [
    3.2377489177694603, 6.915228890689842, 3.9388102529247444, 1.3330346081580755, 0.20148538954917908, 0.012371663481782003,
    0.00030158155350823543, 2.6580697468673755e-06, 6.239745391849833e-09]
_Q2 = [
    1.0, 6.02427039364742, 3.6798356385616087, 1.3770209948908132, 0.21623699359449663, 0.013420400608854318, 0.00032801446468212774,
    2.8924786474538068e-06, 6.790194080099813e-09]
# fmt: on


def ndtri(p):
    """The inverse of ndtr.

    >>> import jaxgo.scipy.special as sp
    >>> print(sp.ndtri(0.5))
    0.0
    """
    p = _floating(p)
    typ, shape = p.dtype.type, p.shape

    def ratio(a, b, x):
        return jnp.polyval(table(a, p.dtype), x) / jnp.polyval(table(b, p.dtype), x)

    low = jnp.where(p > typ(-np.expm1(-2.0)), typ(1.0) - p, p)
    low = jnp.where(low == typ(0.0), jnp.full(shape, typ(0.5)), low)
    w = low - typ(0.5)
    ww = lax.square(w)
    middle = w + w * ww * ratio(_P0, _Q0, ww)
    middle *= -typ(np.sqrt(2.0 * np.pi))
    z = lax.sqrt(typ(-2.0) * lax.log(low))
    first = z - lax.log(z) / z
    far = first - ratio(_P2, _Q2, 1 / z) / z
    near = first - ratio(_P1, _Q1, 1 / z) / z
    x = jnp.where(low > typ(np.exp(-2.0)), middle, jnp.where(z >= typ(8.0), far, near))
    x = jnp.where(p > typ(1.0 - np.exp(-2.0)), x, -x)
    end = jnp.full(shape, typ(np.inf))
    return jnp.where(p == typ(0.0), -end, jnp.where(p == typ(1.0), end, x))


@functools.partial(custom_jvp, nondiff_argnums=(1,))
def log_ndtr(x, series_order=3):
    """The logarithm of ndtr, accurate in both tails.

    >>> import jaxgo.scipy.special as sp
    >>> print(sp.log_ndtr(-20.))
    -203.91716
    """
    if not isinstance(series_order, int):
        raise TypeError("series_order must be a Python integer.")
    if series_order < 0:
        raise ValueError("series_order must be non-negative.")
    if series_order > 30:
        raise ValueError("series_order must be <= 30.")
    x = jnp.asarray(x)
    if x.dtype not in (np.float32, np.float64):
        raise TypeError(f"x.dtype={x.dtype} is not supported.")
    lower, upper = (np.array(v, x.dtype) for v in ((-20, 8) if x.dtype == np.float64 else (-10, 5)))
    above = lax.gt(x, upper)
    p = _ndtr(jnp.where(above, -x, lax.max(x, lower)))
    return jnp.where(above, -p, jnp.where(lax.gt(x, lower), lax.log(p), _log_ndtr_far(lax.min(x, lower), series_order)))


@log_ndtr.defjvp
def _log_ndtr_jvp(series_order, primals, tangents):
    (x,), (t,) = primals, tangents
    out = log_ndtr(x, series_order=series_order)
    x = jnp.asarray(x)
    density = lax.sub(lax.mul(const(x, -0.5), lax.square(x)), const(x, np.log(np.sqrt(2 * np.pi))))
    return out, lax.mul(t, lax.exp(lax.sub(density, out)))


def _log_ndtr_far(x, order):
    """The asymptotic series of the lower tail."""
    typ, x2 = x.dtype.type, lax.square(x)
    scale = -typ(0.5) * x2 - lax.log(-x) - typ(0.5 * np.log(2.0 * np.pi))
    if order <= 0:
        return scale + lax.log(np.array(1, typ))
    sums, power = [jnp.zeros_like(x), jnp.zeros_like(x)], x2
    for n in range(1, order + 1):
        sums[n % 2] += np.array(np.prod(np.arange(2 * n - 1, 1, -2)), typ) / power
        power *= x2
    return scale + lax.log(typ(1.0) + sums[0] - sums[1])


# Gauss' quadrature of 13 points, after Patefield and Tandy, J. Stat. Software 5 (2000)
# fmt: off
_POINTS = [
    0.0035082039676451716, 0.031279042338030756, 0.08526682628321945, 0.16245071730812277, 0.25851196049125436, 0.3680755384069753,
    0.485010929056047, 0.6027751415261857, 0.7147788421775323, 0.814755109887601, 0.8971102975594897, 0.9572380808594426,
    0.991788329746297]
_WEIGHTS = [
    0.018831438115323503, 0.01856708624397765, 0.018042093461223385, 0.017263829606398752, 0.016243219975989858, 0.014994592034116705,
    0.013535474469662087, 0.011886351605820165, 0.010070377242777432, 0.008113054574229958, 0.006041900952847024, 0.0038862217010742057,
    0.001679303108454609]
# fmt: on


@custom_jvp
def _owens_t(h, a):
    h, size = jnp.abs(h), jnp.abs(a)
    root_2 = const(h, np.sqrt(2))
    inner = size <= 1.0
    a1, h1 = jnp.where(inner, size, jnp.reciprocal(size)), jnp.where(inner, h, size * h)
    r = jnp.square(a1)[..., None] * jnp.expand_dims(np.array(_POINTS), tuple(range(a1.ndim)))
    out = a1 * ((jnp.exp(-0.5 * jnp.square(h1)[..., None] * (1.0 + r)) / (1.0 + r)) @ np.array(_WEIGHTS))
    out = jnp.where(h1 == 0.0, jnp.arctan(a1) / (2 * np.pi), out)
    out = jnp.where(a1 == 1.0, 0.125 * lax.erfc(-h1 / root_2) * lax.erfc(h1 / root_2), out)
    hn = h / root_2
    p, q = lax.erfc(hn), lax.erfc(size * hn)
    outer = jnp.where(size * h <= 0.67, 0.25 - 0.25 * lax.erf(hn) * lax.erf(size * hn) - out, 0.25 * (p + q - p * q) - out)
    out = lax.sign(a) * jnp.where(size > 1.0, outer, out)
    return jnp.where(jnp.isnan(a) | jnp.isnan(h), jnp.full_like(out, np.nan), out)


@_owens_t.defjvp
def _owens_t_jvp(primals, tangents):
    (h, a), (dh, da) = primals, tangents
    out = _owens_t(h, a)
    by_h = -lax.exp(-0.5 * lax.square(h)) * lax.erf(a * h / const(h, np.sqrt(2))) / (2.0 * const(h, np.sqrt(2.0 * np.pi)))
    by_a = lax.exp(-0.5 * (lax.square(a) + 1.0) * lax.square(h)) / (2.0 * np.pi * (lax.square(a) + 1.0))
    return out, (by_h * dh + by_a * da).astype(out.dtype)


def owens_t(h, a):
    """Owen's T function.

    >>> import jaxgo.scipy.special as sp
    >>> print(sp.owens_t(0., 1.))
    0.125
    """
    return _owens_t(*inexact("owens_t", h, a))
