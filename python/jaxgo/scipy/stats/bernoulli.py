"""The distribution of 0 and 1, as scipy.stats.bernoulli."""

from __future__ import annotations

import numpy as np

from ... import numpy as jnp
from .._util import literal
from ..special import xlog1py, xlogy
from ._util import exp_of, promoted


def logpmf(k, p, loc=0):
    """The logarithm of the probability of k - loc, where p is that of 1.

    >>> import jaxgo.numpy as jnp, jaxgo.scipy.stats as stats
    >>> print(stats.bernoulli.pmf(jnp.arange(3), 0.25))
    [0.75 0.25 0.  ]
    """
    k, p, loc = promoted("bernoulli.logpmf", k, p, loc)
    zero, one = literal(k, 0), literal(k, 1)
    x = k - loc
    log_probs = xlogy(x, p) + xlog1py(one - x, -p)
    return jnp.where((x < zero) | (x > one), -np.inf, log_probs)


pmf = exp_of(logpmf)


def cdf(k, p):
    """The probability of a value up to k."""
    k, p = promoted("bernoulli.cdf", k, p)
    zero, one = literal(k, 0), literal(k, 1)
    invalid = jnp.isnan(k) | jnp.isnan(p) | (p < zero) | (p > one)
    return jnp.select([invalid, k < zero, (k >= zero) & (k < one), k >= one], [jnp.nan, zero, one - p, one])


def ppf(q, p):
    """The least value that ``cdf`` is at least q at."""
    q, p = promoted("bernoulli.ppf", q, p)
    zero, one = literal(q, 0), literal(q, 1)
    invalid = jnp.isnan(q) | jnp.isnan(p) | (p < zero) | (p > one) | (q < zero) | (q > one)
    return jnp.where(invalid, jnp.nan, jnp.where(q <= one - p, zero, one))
