"""The geometric distribution, as scipy.stats.geom."""

from __future__ import annotations

import numpy as np

from ... import lax
from ... import numpy as jnp
from .._util import literal
from ..special import xlog1py
from ._util import exp_of, promoted


def logpmf(k, p, loc=0):
    """The logarithm of the probability that the first success, of probability p, is trial k - loc.

    >>> import jaxgo.scipy.stats as stats
    >>> print(f"{stats.geom.pmf(2, 0.5):.3f}")
    0.250
    """
    k, p, loc = promoted("geom.logpmf", k, p, loc)
    x = k - loc
    log_probs = xlog1py(x - literal(k, 1), -p) + lax.log(p)
    return jnp.where(x <= literal(k, 0), -np.inf, log_probs)


pmf = exp_of(logpmf)
