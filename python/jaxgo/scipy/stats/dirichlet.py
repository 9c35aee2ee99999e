"""The Dirichlet distribution, as scipy.stats.dirichlet."""

from __future__ import annotations

import numpy as np

from ... import lax
from ... import numpy as jnp
from ...numpy._util import promoted_inexact
from .._util import literal
from ..special import gammaln, xlogy
from ._util import exp_of


def logpdf(x, alpha):
    """The logarithm of the density at x of shape (n, ...), or (n - 1, ...) without the last part, for alpha of shape (n,).

    >>> import jaxgo.numpy as jnp, jaxgo.scipy.stats as stats
    >>> print(f"{stats.dirichlet.pdf(jnp.array([0.25, 0.75]), jnp.array([2., 2.])):.3f}")
    1.125
    """
    x, alpha = promoted_inexact(x, alpha)
    if alpha.ndim != 1:
        raise ValueError(f"`alpha` must be one-dimensional; got alpha.shape={alpha.shape}")
    if x.shape[0] not in (alpha.shape[0], alpha.shape[0] - 1):
        raise ValueError(
            f"`x` must have either the same number of entries as `alpha` or one entry fewer; got x.shape={x.shape}, alpha.shape={alpha.shape}"
        )
    one = literal(x, 1)
    if x.shape[0] != alpha.shape[0]:
        x = jnp.concatenate([x, lax.sub(one, x.sum(0, keepdims=True))], axis=0)
    normalizer = jnp.sum(gammaln(alpha)) - gammaln(jnp.sum(alpha))
    if x.ndim > 1:
        alpha = lax.broadcast_in_dim(alpha, alpha.shape + (1,) * (x.ndim - 1), (0,))
    log_probs = jnp.sum(xlogy(lax.sub(alpha, one), x), axis=0) - normalizer
    simplex = jnp.all(x > 0, axis=0) & (abs(jnp.sum(x, axis=0) - 1) < 1e-6)
    return jnp.where(simplex, log_probs, -np.inf)


pdf = exp_of(logpdf)
