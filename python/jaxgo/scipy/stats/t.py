"""Student's t distribution, as scipy.stats.t."""

from __future__ import annotations

import math

from ... import lax
from .._util import literal
from ._util import exp_of, standardized


def logpdf(x, df, loc=0, scale=1):
    """The logarithm of the density at x, for df degrees of freedom.

    >>> import jaxgo.scipy.stats as stats
    >>> print(f"{stats.t.pdf(0., 1.):.4f}")
    0.3183
    """
    z, x, df, loc, scale = standardized("t.logpdf", x, df, loc, scale=scale)
    two = literal(x, 2)
    half = df / two
    more = half + literal(x, 0.5)
    log_root = lax.log(scale * scale * literal(x, math.pi) * df) / two
    normalizer = lax.lgamma(half) + log_root - lax.lgamma(more)
    return -(normalizer + more * lax.log1p(z * z / df))


pdf = exp_of(logpdf)
