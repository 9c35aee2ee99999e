"""The normal distribution, as scipy.stats.norm."""

from __future__ import annotations

import math

from ... import lax
from ... import numpy as jnp
from .. import special
from .._util import literal
from ._util import exp_of, mirrored, promoted, standardized


def logpdf(x, loc=0, scale=1):
    """The logarithm of the density at x.

    >>> import jaxgo.scipy.stats as stats
    >>> print(f"{stats.norm.logpdf(1., loc=0., scale=2.):.4f}")
    -1.7371
    """
    x, loc, scale = promoted("norm.logpdf", x, loc, scale)
    variance = lax.square(scale)
    log_normalizer = lax.log(literal(x, 2 * math.pi) * variance)
    return (log_normalizer + lax.square(x - loc) / variance) / literal(x, -2)


pdf = exp_of(logpdf)


def cdf(x, loc=0, scale=1):
    """The probability of a value up to x."""
    return special.ndtr(standardized("norm.cdf", x, loc, scale=scale)[0])


def logcdf(x, loc=0, scale=1):
    """The logarithm of the probability of a value up to x."""
    return special.log_ndtr(standardized("norm.logcdf", x, loc, scale=scale)[0])


sf, logsf = mirrored("norm", cdf), mirrored("norm", logcdf)


def ppf(q, loc=0, scale=1):
    """The value that ``cdf`` is q at."""
    return jnp.asarray(special.ndtri(q) * scale + loc, float)


def isf(q, loc=0, scale=1):
    """The value that ``sf`` is q at."""
    return ppf(lax.sub(literal(q, 1), q), loc, scale)
