"""The exponential distribution, as scipy.stats.expon."""

from __future__ import annotations

import numpy as np

from ... import lax
from ... import numpy as jnp
from ._util import exp_of, promoted, standardized


def logpdf(x, loc=0, scale=1):
    """The logarithm of the density at x.

    >>> import jaxgo.scipy.stats as stats
    >>> print(f"{stats.expon.pdf(1.):.4f}")
    0.3679
    """
    z, x, loc, scale = standardized("expon.logpdf", x, loc, scale=scale)
    return jnp.where(x < loc, -np.inf, -(z + lax.log(scale)))


pdf = exp_of(logpdf)


def cdf(x, loc=0, scale=1):
    """The probability of a value up to x."""
    x, loc, scale = promoted("expon.cdf", x, loc, scale)
    z = (loc - x) / scale
    return jnp.where(x < loc, jnp.zeros_like(z), -lax.expm1(z))


def logsf(x, loc=0, scale=1):
    """The logarithm of the probability of a value above x."""
    x, loc, scale = promoted("expon.sf", x, loc, scale)
    z = (loc - x) / scale
    return jnp.where(x < loc, jnp.zeros_like(z), z)


sf = exp_of(logsf)


def logcdf(x, loc=0, scale=1):
    """The logarithm of the probability of a value up to x."""
    return lax.log1p(-sf(x, loc, scale))


def ppf(q, loc=0, scale=1):
    """The value that ``cdf`` is q at."""
    q, loc, scale = promoted("expon.ppf", q, loc, scale)
    return jnp.where(jnp.isnan(q) | (q < 0) | (q > 1), np.nan, loc - scale * lax.log1p(-q))
