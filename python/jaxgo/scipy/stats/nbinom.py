"""The negative binomial distribution, as scipy.stats.nbinom."""

from __future__ import annotations

import numpy as np

from ... import numpy as jnp
from .._util import literal
from ..special import gammaln, xlogy
from ._util import exp_of, promoted


def logpmf(k, n, p, loc=0):
    """The logarithm of the probability of k - loc failures before n successes, each of probability p.

    >>> import jaxgo.scipy.stats as stats
    >>> print(f"{stats.nbinom.pmf(1, 1, 0.5):.3f}")
    0.250
    """
    k, n, p, loc = promoted("nbinom.logpmf", k, n, p, loc)
    one, y = literal(k, 1), k - loc
    comb_term = gammaln(y + n) - gammaln(n) - gammaln(y + one)
    log_linear_term = xlogy(n, p) + xlogy(y, one - p)
    return jnp.where(k < loc, -np.inf, comb_term + log_linear_term)


pmf = exp_of(logpmf)
