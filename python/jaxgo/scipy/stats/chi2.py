"""The chi-squared distribution, as scipy.stats.chi2."""

from __future__ import annotations

import numpy as np

from ... import lax
from ... import numpy as jnp
from .._util import literal
from ..special import gammainc, gammaincc
from ._util import exp_of, log_of, promoted, standardized


def logpdf(x, df, loc=0, scale=1):
    """The logarithm of the density at x, for df degrees of freedom.

    >>> import jaxgo.scipy.stats as stats
    >>> print(f"{stats.chi2.pdf(2., 4.):.4f}")
    0.1839
    """
    y, x, df, loc, scale = standardized("chi2.logpdf", x, df, loc, scale=scale)
    one, two = literal(x, 1), literal(x, 2)
    half = df / two
    kernel = (half - one) * lax.log(y) - y / two
    constant = -(lax.lgamma(half) + lax.log(two) * df / two)
    return jnp.where(x < loc, -np.inf, constant - lax.log(scale) + kernel)


pdf = exp_of(logpdf)


def _halves(name, x, df, loc, scale):
    x, df, loc, scale = promoted(name, x, df, loc, scale)
    two = literal(scale, 2)
    return df / two, lax.clamp(literal(x, 0), (x - loc) / (scale * two), literal(x, np.inf))


def cdf(x, df, loc=0, scale=1):
    """The probability of a value up to x."""
    return gammainc(*_halves("chi2.cdf", x, df, loc, scale))


def sf(x, df, loc=0, scale=1):
    """The probability of a value above x."""
    return gammaincc(*_halves("chi2.sf", x, df, loc, scale))


logcdf, logsf = log_of(cdf), log_of(sf)
