"""The beta distribution, as scipy.stats.beta."""

from __future__ import annotations

import numpy as np

from ... import lax
from ... import numpy as jnp
from .._util import literal
from ..special import betainc, betaln, xlog1py, xlogy
from ._util import exp_of, log_of, standardized


def logpdf(x, a, b, loc=0, scale=1):
    """The logarithm of the density at x, for the exponents a - 1 and b - 1.

    >>> import jaxgo.scipy.stats as stats
    >>> print(f"{stats.beta.pdf(0.5, 2., 3.):.3f}")
    1.500
    """
    y, x, a, b, loc, scale = standardized("beta.logpdf", x, a, b, loc, scale=scale)
    one, zero = literal(x, 1), literal(a, 0)
    shape_term = -betaln(a, b)
    log_linear_term = xlogy(a - one, y) + xlog1py(b - one, -y)
    log_probs = shape_term + log_linear_term - lax.log(scale)
    result = jnp.where((x > loc + scale) | (x < loc), -np.inf, log_probs)
    return jnp.where((a <= zero) | (b <= zero) | (scale <= zero), np.nan, result)


pdf = exp_of(logpdf)


def _unit(name, x, a, b, loc, scale):
    y, x, a, b, *_ = standardized(name, x, a, b, loc, scale=scale)
    return a, b, lax.clamp(literal(x, 0), y, literal(x, 1))


def cdf(x, a, b, loc=0, scale=1):
    """The probability of a value up to x."""
    return betainc(*_unit("beta.cdf", x, a, b, loc, scale))


def sf(x, a, b, loc=0, scale=1):
    """The probability of a value above x."""
    a, b, y = _unit("beta.sf", x, a, b, loc, scale)
    return betainc(b, a, 1 - y)


logcdf, logsf = log_of(cdf), log_of(sf)
