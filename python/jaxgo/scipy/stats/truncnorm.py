"""The truncated normal distribution, as scipy.stats.truncnorm: a and b bound (x - loc) / scale."""

from __future__ import annotations

import numpy as np

from ... import numpy as jnp
from ..._api import jit
from ..special import log_ndtr, logsumexp, ndtr
from . import norm
from ._util import exp_of, promoted


def _log_diff(x, y):
    """log(exp(x) - exp(y))."""
    return logsumexp(jnp.array([x, y]), b=jnp.array([jnp.ones_like(x), -jnp.ones_like(y)]), axis=0)


def _log_gauss_mass(a, b):
    """The logarithm of the standard normal probability of [a, b]; tails are computed on the left, where they are exact."""
    a, b = jnp.broadcast_arrays(jnp.array(a), jnp.array(b))
    left, right = b <= 0, a > 0
    tail = _log_diff(log_ndtr(jnp.where(right, -a, b)), log_ndtr(jnp.where(right, -b, a)))
    return jnp.where(~(left | right), jnp.log1p(-ndtr(a) - ndtr(-b)), tail)


@jit
def logpdf(x, a, b, loc=0, scale=1):
    """The logarithm of the density at x.

    >>> import jaxgo.scipy.stats as stats
    >>> print(f"{stats.truncnorm.pdf(0., -1., 1.):.4f}")
    0.5844
    """
    x, a, b, loc, scale = promoted("truncnorm.logpdf", x, a, b, loc, scale)
    val = norm.logpdf(x, loc, scale) - _log_gauss_mass(a, b)
    z = (x - loc) / scale
    return jnp.where(a >= b, np.nan, jnp.where((z < a) | (z > b), -np.inf, val))


@jit
def logcdf(x, a, b, loc=0, scale=1):
    """The logarithm of the probability of a value up to x."""
    x, a, b, loc, scale = promoted("truncnorm.logcdf", x, a, b, loc, scale)
    x, a, b = jnp.broadcast_arrays(x, a, b)
    z = (x - loc) / scale
    mass = _log_gauss_mass(a, b)
    logcdf = _log_gauss_mass(a, z) - mass
    logsf = _log_gauss_mass(z, b) - mass
    logcdf = jnp.select([z >= b, z <= a, logcdf > -0.1, z > a], [0, -np.inf, jnp.log1p(-jnp.exp(logsf)), logcdf])
    return jnp.where(a >= b, np.nan, logcdf)


@jit
def logsf(x, a, b, loc=0, scale=1):
    """The logarithm of the probability of a value above x."""
    x, a, b, loc, scale = promoted("truncnorm.logsf", x, a, b, loc, scale)
    return logcdf(-x, -b, -a, -loc, scale)


pdf, cdf, sf = exp_of(logpdf), jit(exp_of(logcdf)), jit(exp_of(logsf))
