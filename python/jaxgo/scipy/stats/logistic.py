"""The logistic distribution, as scipy.stats.logistic."""

from __future__ import annotations

from ... import lax
from ... import numpy as jnp
from .._util import literal
from ..special import expit, logit
from ._util import exp_of, promoted, standardized


def logpdf(x, loc=0, scale=1):
    """The logarithm of the density at x.

    >>> import jaxgo.scipy.stats as stats
    >>> print(f"{stats.logistic.pdf(0.):.3f}")
    0.250
    """
    z, x, loc, scale = standardized("logistic.logpdf", x, loc, scale=scale)
    two = literal(z, 2)
    half = z / two
    return lax.neg(two) * jnp.logaddexp(half, -half) - lax.log(scale)


pdf = exp_of(logpdf)


def cdf(x, loc=0, scale=1):
    """The probability of a value up to x."""
    return expit(standardized("logistic.cdf", x, loc, scale=scale)[0])


def sf(x, loc=0, scale=1):
    """The probability of a value above x."""
    return expit(-standardized("logistic.sf", x, loc, scale=scale)[0])


def ppf(x, loc=0, scale=1):
    """The value that ``cdf`` is x at."""
    x, loc, scale = promoted("logistic.ppf", x, loc, scale)
    return logit(x) * scale + loc


def isf(x, loc=0, scale=1):
    """The value that ``sf`` is x at."""
    x, loc, scale = promoted("logistic.isf", x, loc, scale)
    return -logit(x) * scale + loc
