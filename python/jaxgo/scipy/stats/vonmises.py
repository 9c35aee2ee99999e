"""The von Mises distribution of angles, as scipy.stats.vonmises."""

from __future__ import annotations

import numpy as np

from ... import lax
from ... import numpy as jnp
from .._util import literal
from ._util import exp_of, promoted


def logpdf(x, kappa):
    """The logarithm of the density at the angle x, for the concentration kappa; NaN unless it is above 0.

    >>> import jaxgo.scipy.stats as stats
    >>> print(f"{stats.vonmises.pdf(0., 1.):.4f}")
    0.3417
    """
    x, kappa = promoted("vonmises.logpdf", x, kappa)
    log_probs = kappa * (jnp.cos(x) - 1) - jnp.log(2 * np.pi * lax.bessel_i0e(kappa))
    return jnp.where(kappa > literal(kappa, 0), log_probs, np.nan)


pdf = exp_of(logpdf)
