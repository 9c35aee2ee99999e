"""The left-skewed Gumbel distribution, as scipy.stats.gumbel_l."""

from __future__ import annotations

import numpy as np

from ... import lax
from ... import numpy as jnp
from .._util import literal
from ..special import xlog1py, xlogy
from ._util import exp_of, promoted, standardized


def logpdf(x, loc=0, scale=1):
    """The logarithm of the density at x; NaN unless scale > 0, as in all functions of this module.

    >>> import jaxgo.scipy.stats as stats
    >>> print(f"{stats.gumbel_l.pdf(0.):.4f}")
    0.3679
    """
    z, x, loc, scale = standardized("gumbel_l.logpdf", x, loc, scale=scale)
    return jnp.where(scale > literal(scale, 0), xlogy(-1, scale) + (z - lax.exp(z)), np.nan)


def logcdf(x, loc=0, scale=1):
    """The logarithm of the probability of a value up to x."""
    z, x, loc, scale = standardized("gumbel_l.logcdf", x, loc, scale=scale)
    return jnp.where(scale > literal(scale, 0), lax.log(-lax.expm1(-lax.exp(z))), np.nan)


def logsf(x, loc=0, scale=1):
    """The logarithm of the probability of a value above x."""
    z, x, loc, scale = standardized("gumbel_l.logsf", x, loc, scale=scale)
    return jnp.where(scale > literal(scale, 0), -lax.exp(z), np.nan)


pdf, cdf, sf = exp_of(logpdf), exp_of(logcdf), exp_of(logsf)


def ppf(p, loc=0, scale=1):
    """The value that ``cdf`` is p at."""
    p, loc, scale = promoted("gumbel_l.ppf", p, loc, scale)
    ok = (p > literal(p, 0)) & (p < literal(p, 1))
    return jnp.where(ok, loc + scale * lax.log(xlog1py(-1, -p)), np.nan)
