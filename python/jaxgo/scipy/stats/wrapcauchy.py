"""The wrapped Cauchy distribution of angles from 0 to 2 pi, as scipy.stats.wrapcauchy."""

from __future__ import annotations

import numpy as np

from ... import numpy as jnp
from .._util import literal
from ._util import exp_of, promoted


def logpdf(x, c):
    """The logarithm of the density at the angle x, for the concentration c; NaN unless 0 < c < 1.

    >>> import jaxgo.scipy.stats as stats
    >>> print(f"{stats.wrapcauchy.pdf(0., 0.5):.4f}")
    0.4775
    """
    x, c = promoted("wrapcauchy.logpdf", x, c)
    log_probs = jnp.log(1 - c * c) - jnp.log(2 * np.pi) - jnp.log(1 + c * c - 2 * c * jnp.cos(x))
    inside = (x >= literal(x, 0)) & (x <= literal(x, np.pi * 2))
    return jnp.where((c > literal(c, 0)) & (c < literal(c, 1)), jnp.where(inside, log_probs, -np.inf), np.nan)


pdf = exp_of(logpdf)
