"""The Laplace distribution, as scipy.stats.laplace."""

from __future__ import annotations

from ... import lax
from .._util import literal
from ._util import exp_of, promoted, standardized


def logpdf(x, loc=0, scale=1):
    """The logarithm of the density at x.

    >>> import jaxgo.scipy.stats as stats
    >>> print(stats.laplace.pdf(0.))
    0.5
    """
    x, loc, scale = promoted("laplace.logpdf", x, loc, scale)
    return -(lax.abs(x - loc) / scale + lax.log(literal(x, 2) * scale))


pdf = exp_of(logpdf)


def cdf(x, loc=0, scale=1):
    """The probability of a value up to x."""
    z, x, *_ = standardized("laplace.cdf", x, loc, scale=scale)
    half, one, zero = literal(x, 0.5), literal(x, 1), literal(x, 0)
    return lax.select(z <= zero, half * lax.exp(z), one - half * lax.exp(-z))
