"""The binomial distribution, as scipy.stats.binom."""

from __future__ import annotations

import numpy as np

from ... import numpy as jnp
from .._util import literal
from ..special import gammaln, xlog1py, xlogy
from ._util import exp_of, promoted


def logpmf(k, n, p, loc=0):
    """The logarithm of the probability of k - loc successes of n, each of probability p.

    >>> import jaxgo.scipy.stats as stats
    >>> print(f"{stats.binom.pmf(1, 2, 0.5):.3f}")
    0.500
    """
    k, n, p, loc = promoted("binom.logpmf", k, n, p, loc)
    y = k - loc
    zero = literal(y, 0)
    comb_term = gammaln(n + 1) - (gammaln(y + 1) + gammaln(n - y + 1))
    log_linear_term = xlogy(y, p) + xlog1py(n - y, -p)
    log_probs = jnp.where((y == zero) & (n == zero) | (log_linear_term == zero), 0.0, comb_term + log_linear_term)
    return jnp.where((k >= loc) & (k < loc + n + 1), log_probs, -np.inf)


pmf = exp_of(logpmf)
