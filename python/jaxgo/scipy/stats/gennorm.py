"""The generalized normal distribution, as scipy.stats.gennorm."""

from __future__ import annotations

from ... import lax
from ._util import exp_of, promoted


def logpdf(x, beta):
    """The logarithm of the density at x, which falls as exp(-|x|**beta).

    >>> import jaxgo.scipy.stats as stats
    >>> print(f"{stats.gennorm.pdf(0., 2.):.4f}")
    0.5642
    """
    x, beta = promoted("gennorm.logpdf", x, beta)
    return lax.log(0.5 * beta) - lax.lgamma(1 / beta) - lax.abs(x) ** beta


pdf = exp_of(logpdf)


def cdf(x, beta):
    """The probability of a value up to x."""
    x, beta = promoted("gennorm.cdf", x, beta)
    return 0.5 * (1 + lax.sign(x) * lax.igamma(1 / beta, lax.abs(x) ** beta))
