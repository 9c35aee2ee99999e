"""The Poisson distribution, as scipy.stats.poisson."""

from __future__ import annotations

import numpy as np

from ... import numpy as jnp
from ..._api import jit
from .._util import inexact, literal
from ..special import entr, gammaincc, gammaln, xlogy
from ._util import exp_of, promoted


def logpmf(k, mu, loc=0):
    """The logarithm of the probability of k - loc events where mu are expected.

    >>> import jaxgo.scipy.stats as stats
    >>> print(f"{stats.poisson.pmf(1, 1.):.4f}")
    0.3679
    """
    k, mu, loc = promoted("poisson.logpmf", k, mu, loc)
    x = k - loc
    log_probs = xlogy(x, mu) - gammaln(x + 1) - mu
    return jnp.where((x < literal(k, 0)) | (jnp.round(k) != k), -np.inf, log_probs)


pmf = exp_of(logpmf)


def cdf(k, mu, loc=0):
    """The probability of a value up to k."""
    k, mu, loc = promoted("poisson.logpmf", k, mu, loc)
    zero, x = literal(k, 0), k - loc
    return jnp.where(x < zero, zero, gammaincc(jnp.floor(1 + x), mu))


@jit
def entropy(mu, loc=0):
    """The entropy, of the shape that mu and loc broadcast to: summed up to mu = 100, from there on by its expansion."""
    mu, loc = inexact("poisson.entropy", mu, loc)
    shape = jnp.broadcast_shapes(mu.shape, loc.shape)
    m = jnp.ravel(mu)
    expansion = 0.5 * jnp.log(2 * np.pi * np.e * m) - 1.0 / (12 * m)
    medium = jnp.where(m < 100, _sum(m, 250, m + 10 * jnp.sqrt(m) + 20), expansion)
    result = jnp.where(m == 0, jnp.zeros_like(m), jnp.where(m < 10, _sum(m, 35, m + 20), medium))
    return jnp.broadcast_to(jnp.reshape(result, mu.shape), shape)


def _sum(mu, n, bound):
    """The terms of the entropy at 0 to n - 1 that lie below bound."""
    k = jnp.arange(n, dtype=mu.dtype)[:, None]
    mask = k < jnp.ceil(bound).astype(k.dtype)[None, :]
    return jnp.sum(entr(jnp.where(mask, pmf(k, mu, 0), 0.0)), axis=0)
