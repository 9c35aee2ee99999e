"""The Pareto distribution, as scipy.stats.pareto."""

from __future__ import annotations

import numpy as np

from ... import lax
from ... import numpy as jnp
from .._util import literal
from ._util import exp_of, promoted, standardized


def logpdf(x, b, loc=0, scale=1):
    """The logarithm of the density at x, which falls as x**-(b + 1).

    >>> import jaxgo.scipy.stats as stats
    >>> print(f"{stats.pareto.pdf(2., 1.):.3f}")
    0.250
    """
    z, x, b, loc, scale = standardized("pareto.logpdf", x, b, loc, scale=scale)
    log_probs = -(lax.log(scale / b) + (b + literal(x, 1)) * lax.log(z))
    return jnp.where(x < loc + scale, -np.inf, log_probs)


def cdf(x, b, loc=0, scale=1):
    """The probability of a value up to x."""
    z, x, b, loc, scale = standardized("pareto.cdf", x, b, loc, scale=scale)
    return jnp.where(x < loc + scale, literal(x, 0), literal(x, 1) - lax.pow(z, -b))


def logcdf(x, b, loc=0, scale=1):
    """The logarithm of the probability of a value up to x."""
    z, x, b, loc, scale = standardized("pareto.logcdf", x, b, loc, scale=scale)
    return jnp.where(x < loc + scale, -np.inf, lax.log1p(-lax.pow(z, -b)))


def logsf(x, b, loc=0, scale=1):
    """The logarithm of the probability of a value above x."""
    z, x, b, loc, scale = standardized("pareto.logsf", x, b, loc, scale=scale)
    return jnp.where(x < loc + scale, literal(x, 0), -(b * lax.log(z)))


pdf, sf = exp_of(logpdf), exp_of(logsf)


def ppf(q, b, loc=0, scale=1):
    """The value that ``cdf`` is q at."""
    q, b, loc, scale = promoted("pareto.ppf", q, b, loc, scale)
    one = literal(q, 1)
    value = loc + scale * lax.pow(one - q, -(one / b))
    return jnp.where(jnp.isnan(q) | (q < 0) | (q > 1), np.nan, value)
