"""The multinomial distribution, as scipy.stats.multinomial."""

from __future__ import annotations

import numpy as np

from ... import numpy as jnp
from ...numpy._util import check_arraylike, promoted
from .._util import inexact
from ..special import gammaln, xlogy
from ._util import exp_of


def logpmf(x, n, p):
    """The logarithm of the probability of the counts x of shape (..., m) among n trials with probabilities p of shape (..., m).

    >>> import jaxgo.numpy as jnp, jaxgo.scipy.stats as stats
    >>> print(f"{stats.multinomial.pmf(jnp.array([1, 1]), 2, jnp.array([0.5, 0.5])):.3f}")
    0.500
    """
    p = inexact("multinomial.logpmf", p)
    check_arraylike("multinomial.logpmf", x, n)
    x, n = promoted(x, n)
    if x.dtype == bool:
        x, n = x.astype(int), n.astype(int)
    if not np.issubdtype(x.dtype, np.integer):
        raise ValueError(f"x and n must be of integer type; got x.dtype={x.dtype}, n.dtype={n.dtype}")
    x, n = x.astype(p.dtype), n.astype(p.dtype)
    log_probs = gammaln(n + 1) + jnp.sum(xlogy(x, p) - gammaln(x + 1), axis=-1)
    return jnp.where(jnp.equal(jnp.sum(x), n), log_probs, -np.inf)


pmf = exp_of(logpmf)
