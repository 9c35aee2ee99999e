"""The right-skewed Gumbel distribution, as scipy.stats.gumbel_r."""

from __future__ import annotations

import numpy as np

from ... import lax
from ... import numpy as jnp
from ...nn import log1mexp
from .._util import literal
from ..special import xlogy
from ._util import exp_of, promoted, standardized


def logpdf(x, loc=0, scale=1):
    """The logarithm of the density at x; NaN unless scale > 0, as in all functions of this module.

    >>> import jaxgo.scipy.stats as stats
    >>> print(f"{stats.gumbel_r.pdf(0.):.4f}")
    0.3679
    """
    z, x, loc, scale = standardized("gumbel_r.logpdf", x, loc, scale=scale)
    return jnp.where(scale > literal(scale, 0), xlogy(-1, scale) + -(z + lax.exp(-z)), np.nan)


def logcdf(x, loc=0, scale=1):
    """The logarithm of the probability of a value up to x."""
    z, x, loc, scale = standardized("gumbel_r.logcdf", x, loc, scale=scale)
    return jnp.where(scale > literal(scale, 0), -lax.exp(-z), np.nan)


pdf, cdf = exp_of(logpdf), exp_of(logcdf)


def _negated(name, x, loc, scale):
    x, loc, scale = promoted(name, x, loc, scale)
    return scale > literal(scale, 0), (loc - x) / scale, x


def sf(x, loc=0, scale=1):
    """The probability of a value above x."""
    ok, z, x = _negated("gumbel_r.sf", x, loc, scale)
    return jnp.where(ok, literal(x, 1) - lax.exp(-lax.exp(z)), np.nan)


def logsf(x, loc=0, scale=1):
    """The logarithm of the probability of a value above x."""
    ok, z, _ = _negated("gumbel_r.logsf", x, loc, scale)
    return jnp.where(ok, log1mexp(lax.exp(z)), np.nan)


def ppf(p, loc=0, scale=1):
    """The value that ``cdf`` is p at."""
    p, loc, scale = promoted("gumbel_r.ppf", p, loc, scale)
    ok = (p > literal(p, 0)) & (p < literal(p, 1))
    return jnp.where(ok, loc - scale * lax.log(xlogy(-1, p)), np.nan)
