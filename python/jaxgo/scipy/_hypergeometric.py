"""Hypergeometric functions and their derivatives."""

from __future__ import annotations

import numpy as np

from .. import lax
from .. import numpy as jnp
from .._api import jit
from ..custom_derivatives import custom_jvp
from ._util import inexact


def _series(x, init, next_term, weight=lambda k: 1):
    """The sum of weighted terms, until they no longer matter."""
    eps = jnp.finfo(x.dtype).eps

    def body(state):
        total, k, term = state
        return total + term * weight(k), k + 1, term * next_term(k)

    def go_on(state):
        total, k, term = state
        return (k < 250) & (lax.abs(term) / lax.abs(total) > eps)

    return lax.while_loop(go_on, body, init)[0]


# ---- 1F1 ----


def _hyp1f1_next(a, b, x):
    return lambda k: (a + k) / (b + k) * x / (k + 1)


def _hyp1f1_series(a, b, x):
    return _series(x, (1, 1, a / b * x), _hyp1f1_next(a, b, x))


def _hyp1f1_asymptotic(a, b, x):
    from .special import gamma

    total = _series(x, (1, 1, (b - a) * (1 - a) / x), lambda k: (b - a + k) * (1 - a + k) / (k + 1) / x)
    return gamma(b) / gamma(a) * lax.exp(x) * x ** (a - b) * total


@custom_jvp
@jit
@jnp.vectorize
def hyp1f1(a, b, x):
    """The confluent hypergeometric function 1F1.

    >>> import jaxgo.scipy.special as sp
    >>> print(sp.hyp1f1(1., 1., 1.))
    2.7182817
    """
    a, b, x = inexact("hyp1f1", a, b, x, real="hyp1f1 does not support complex-valued inputs.")
    out = lax.cond(lax.abs(x) < 100, _hyp1f1_series, _hyp1f1_asymptotic, a, b, x)
    case = (a == 0) * 1 + ((a == b) & (a != 0)) * 2 + ((b == 0) & (a != 0)) * 3
    return lax.select_n(case, out, jnp.array(1, dtype=x.dtype), jnp.exp(x), jnp.array(np.inf, dtype=x.dtype))


@jit
@jnp.vectorize
def _hyp1f1_by_a(a, b, x):
    return _series(x, (0, 1, a / b * x), _hyp1f1_next(a, b, x), lambda k: lax.digamma(a + k) - lax.digamma(a))


@jit
@jnp.vectorize
def _hyp1f1_by_b(a, b, x):
    return _series(x, (0, 1, a / b * x), _hyp1f1_next(a, b, x), lambda k: lax.digamma(b) - lax.digamma(b + k))


hyp1f1.defjvps(
    lambda t, out, a, b, x: _hyp1f1_by_a(a, b, x) * t,
    lambda t, out, a, b, x: _hyp1f1_by_b(a, b, x) * t,
    lambda t, out, a, b, x: a / b * hyp1f1(a + 1, b + 1, x) * t,
)


# ---- 2F1 ----


def _eps(x):
    return jnp.finfo(x.dtype).eps * 50


def _hyp2f1_finite(a, b, c, x):
    """The sum where a or b is a negative integer and the series ends."""
    swap = (b < a) & (jnp.abs(b - jnp.round(b)) < _eps(x)) & ~((c % 1 == 0) & (c <= 0) & (c > b))
    a, b = jnp.abs(jnp.where(swap, b, a)), jnp.where(swap, a, b)

    def body(i, state):
        total, term = state
        term *= -(a - i + 1) / (c + i - 1) * (b + i - 1) / i * x
        return total + term, term

    one = jnp.array(1, dtype=x.dtype)
    return lax.fori_loop(jnp.array(1, dtype=a.dtype), a + 1, body, (one, one))[0]


def _hyp2f1_series(a, b, c, x):
    eps = jnp.finfo(x.dtype).eps

    def body(state):
        total, k, term = state
        return total + term, k + 1, term * ((a + k - 1) * (b + k - 1) / (c + k - 1) / k * x)

    def go_on(state):
        total, k, term = state
        return (k < 250) & (lax.abs(term) > eps * lax.abs(total))

    zero, one = jnp.array(0, dtype=x.dtype), jnp.array(1, dtype=x.dtype)
    return lax.while_loop(go_on, body, (zero, one, one))[0]


def _hyp2f1_near_one(a, b, c, x):
    """The transformation to 1 - x where c - a - b is an integer (Abramowitz and Stegun, 15.3.10 to 15.3.12)."""
    from .special import gamma

    digamma = lax.digamma
    eps, d, s = jnp.finfo(x.dtype).eps, c - a - b, 1 - x
    rd = jnp.round(d)
    up = rd >= 0
    zero = jnp.array(0, dtype=d.dtype)
    e, d1, d2 = jnp.where(up, d, -d), jnp.where(up, d, zero), jnp.where(up, zero, d)
    steps = jnp.where(up, rd, -rd).astype("int32")
    ax, one = jnp.log(s), jnp.ones_like(x)
    y = digamma(one) + digamma(1.0 + e) - digamma(a + d1) - digamma(b + d1) - ax
    y /= gamma(e + 1.0)
    p = (a + d1) * (b + d1) * s / gamma(e + 2.0)

    def body(state):
        p, q, t, y = state
        q = p * (digamma(1.0 + t) + digamma(1.0 + t + e) - digamma(a + t + d1) - digamma(b + t + d1) - ax)
        p *= s * (a + t + d1) / (t + 1.0)
        p *= (b + t + d1) / (t + 1.0 + e)
        return p, q, t + 1.0, y + q

    y = lax.while_loop(lambda state: (state[2] < 250) & (jnp.abs(state[1]) >= eps * jnp.abs(state[3])), body, (p, y, jnp.array(1, dtype=x.dtype), y))[
        3
    ]

    def finite(i, state):
        p, t, y1 = state
        p *= s * (a + t + d2) * (b + t + d2) / (1.0 - e + t)
        t += 1.0
        p /= t
        return p, t, y1 + p

    y1 = lax.fori_loop(1, steps, finite, (jnp.array(1, dtype=x.dtype), jnp.array(0, dtype=x.dtype), jnp.array(1, dtype=x.dtype)))[2]
    gc = gamma(c)
    y1 *= gamma(e) * gc / (gamma(a + d1) * gamma(b + d1))
    z = y * (gc / (gamma(a + d2) * gamma(b + d2)))
    z = jnp.where(steps & 1 != 0, -z, z)
    q = s**rd
    return jnp.where(rd == 0, y * gc / (gamma(a) * gamma(b)), jnp.where(rd > 0, z * q + y1, z + y1 * q))


def _hyp2f1_sum(a, b, c, x):
    eps = _eps(x)
    d = c - a - b
    ends = (a <= 0) & (jnp.abs(a - jnp.round(a)) < eps) | (b <= 0) & (jnp.abs(b - jnp.round(b)) < eps)
    case = jnp.where((x > 0.9) & ~ends, jnp.where(jnp.abs(d - jnp.round(d)) >= eps, 0, 1), jnp.where(ends, 2, 0))
    return lax.select_n(case, _hyp2f1_series(a, b, c, x), _hyp2f1_near_one(a, b, c, x), _hyp2f1_finite(a, b, c, x))


@custom_jvp
@jit
@jnp.vectorize
def hyp2f1(a, b, c, x):
    """Gauss' hypergeometric function 2F1.

    >>> import jaxgo.scipy.special as sp
    >>> print(sp.hyp2f1(1., 1., 1., 0.5))
    2.0
    """
    from .special import gamma

    a, b, c, x = inexact("hyp2f1", a, b, c, x)
    d, s, ca, cb = c - a - b, 1 - x, c - a, c - b
    apart = jnp.abs(d - jnp.round(d)) >= _eps(x)
    case = jnp.select(
        [
            (x == 0) | ((a == 0) | (b == 0)) & (c != 0),
            (c == 0) | (c < 0) & (c % 1 == 0),
            (d <= -1) & ~(apart & (s < 0)),
            (d <= 0) & (x == 1),
            (x < 1) & (b == c),
            (x < 1) & (a == c),
            x > 1,
            x == 1,
        ],
        [0, 1, 2, 1, 3, 4, 1, 5],
        6,
    )
    return lax.select_n(
        case,
        jnp.array(1, dtype=x.dtype),
        jnp.array(np.inf, dtype=x.dtype),
        s**d * _hyp2f1_sum(ca, cb, c, x),
        s ** (-a),
        s ** (-b),
        gamma(c) * gamma(d) / (gamma(ca) * gamma(cb)),
        _hyp2f1_sum(a, b, c, x),
    )


def _hyp2f1_by(weight):
    @jit
    @jnp.vectorize
    def derivative(a, b, c, x):
        return _series(x, (0, 1, a * b / c * x), lambda k: (a + k) * (b + k) / (c + k) / (k + 1) * x, lambda k: weight(a, b, c, k))

    return lambda t, out, a, b, c, x: derivative(a, b, c, x) * t


hyp2f1.defjvps(
    _hyp2f1_by(lambda a, b, c, k: lax.digamma(a + k) - lax.digamma(a)),
    _hyp2f1_by(lambda a, b, c, k: lax.digamma(b + k) - lax.digamma(b)),
    _hyp2f1_by(lambda a, b, c, k: lax.digamma(c) - lax.digamma(c + k)),
    lambda t, out, a, b, c, x: a * b / c * hyp2f1(a + 1, b + 1, c + 1, x) * t,
)
