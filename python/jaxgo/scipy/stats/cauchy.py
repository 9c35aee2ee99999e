"""The Cauchy distribution, as scipy.stats.cauchy."""

from __future__ import annotations

import math

from ... import lax
from ... import numpy as jnp
from .._util import literal
from ._util import exp_of, log_of, mirrored, promoted, standardized


def logpdf(x, loc=0, scale=1):
    """The logarithm of the density at x.

    >>> import jaxgo.scipy.stats as stats
    >>> print(f"{stats.cauchy.pdf(0.):.4f}")
    0.3183
    """
    z, x, loc, scale = standardized("cauchy.logpdf", x, loc, scale=scale)
    return -(lax.log(literal(x, math.pi) * scale) + lax.log1p(z * z))


def cdf(x, loc=0, scale=1):
    """The probability of a value up to x."""
    z, x, *_ = standardized("cauchy.cdf", x, loc, scale=scale)
    return literal(x, 0.5) + lax.div(literal(x, 1.0), literal(x, math.pi)) * jnp.arctan(z)


pdf, logcdf = exp_of(logpdf), log_of(cdf)


sf, logsf = mirrored("cauchy", cdf), mirrored("cauchy", logcdf)


def isf(q, loc=0, scale=1):
    """The value that ``sf`` is q at."""
    q, loc, scale = promoted("cauchy.isf", q, loc, scale)
    return lax.tan(literal(q, math.pi / 2) - literal(q, math.pi) * q) * scale + loc


def ppf(q, loc=0, scale=1):
    """The value that ``cdf`` is q at."""
    q, loc, scale = promoted("cauchy.ppf", q, loc, scale)
    return lax.tan(literal(q, math.pi) * q - literal(q, math.pi / 2)) * scale + loc
