"""The gamma distribution, as scipy.stats.gamma."""

from __future__ import annotations

import numpy as np

from ... import lax
from ... import numpy as jnp
from .._util import literal
from ..special import gammainc, gammaincc, gammaln, xlogy
from ._util import exp_of, log_of, promoted, standardized


def logpdf(x, a, loc=0, scale=1):
    """The logarithm of the density at x, for the shape a.

    >>> import jaxgo.scipy.stats as stats
    >>> print(f"{stats.gamma.pdf(1., 2.):.4f}")
    0.3679
    """
    x, a, loc, scale = promoted("gamma.logpdf", x, a, loc, scale)
    ok, one = x >= loc, literal(x, 1)
    y = jnp.where(ok, (x - loc) / scale, one)
    log_probs = xlogy(a - one, y) - y - (gammaln(a) + lax.log(scale))
    return jnp.where(ok, log_probs, -np.inf)


pdf = exp_of(logpdf)


def cdf(x, a, loc=0, scale=1):
    """The probability of a value up to x."""
    y, x, a, *_ = standardized("gamma.cdf", x, a, loc, scale=scale)
    return gammainc(a, lax.clamp(literal(x, 0), y, literal(x, np.inf)))


def sf(x, a, loc=0, scale=1):
    """The probability of a value above x."""
    y, x, a, *_ = standardized("gamma.sf", x, a, loc, scale=scale)
    return jnp.where(y < literal(y, 0), 1, gammaincc(a, y))


logcdf, logsf = log_of(cdf), log_of(sf)
