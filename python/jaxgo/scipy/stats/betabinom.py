"""The beta-binomial distribution, as scipy.stats.betabinom."""

from __future__ import annotations

import numpy as np

from ... import lax
from ... import numpy as jnp
from ..._api import jit
from .._util import literal
from ..special import betaln
from ._util import exp_of, promoted


@jit
def logpmf(k, n, a, b, loc=0):
    """The logarithm of the probability of k - loc successes of n, whose probability is beta(a, b).

    >>> import jaxgo.scipy.stats as stats
    >>> print(f"{stats.betabinom.pmf(1, 2, 1., 1.):.4f}")
    0.3333
    """
    k, n, a, b, loc = promoted("betabinom.logpmf", k, n, a, b, loc)
    y = lax.floor(k) - loc
    one, zero = literal(y, 1), literal(y, 0)
    combiln = -(lax.log1p(n) + betaln(n - y + one, y + one))
    beta_lns = betaln(y + a, n - y + b) - betaln(a, b)
    log_probs = jnp.where((y == zero) & (n == zero), 0.0, combiln + beta_lns)
    log_probs = jnp.where((y < -loc) | (y > n) | (y + a <= zero), -np.inf, log_probs)
    return jnp.where((n < zero) | (a <= zero) | (b <= zero), np.nan, log_probs)


pmf = exp_of(logpmf)
