"""The uniform distribution on [loc, loc + scale], as scipy.stats.uniform."""

from __future__ import annotations

import numpy as np

from ... import lax
from ... import numpy as jnp
from ._util import exp_of, promoted


def logpdf(x, loc=0, scale=1):
    """The logarithm of the density at x.

    >>> import jaxgo.scipy.stats as stats
    >>> print(f"{stats.uniform.pdf(1., 0., 4.):.3f}")
    0.250
    """
    x, loc, scale = promoted("uniform.logpdf", x, loc, scale)
    return jnp.where((x > loc + scale) | (x < loc), -np.inf, -lax.log(scale))


pdf = exp_of(logpdf)


def cdf(x, loc=0, scale=1):
    """The probability of a value up to x."""
    x, loc, scale = promoted("uniform.cdf", x, loc, scale)
    zero, one = jnp.array(0, x.dtype), jnp.array(1, x.dtype)
    end = loc + scale
    return jnp.select([x < loc, x > end, (x >= loc) & (x <= end)], [zero, one, (x - loc) / scale])


def ppf(q, loc=0, scale=1):
    """The value that ``cdf`` is q at."""
    q, loc, scale = promoted("uniform.ppf", q, loc, scale)
    return jnp.where(jnp.isnan(q) | (q < 0) | (q > 1), np.nan, loc + scale * q)
