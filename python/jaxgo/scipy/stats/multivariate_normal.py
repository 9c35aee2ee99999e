"""The normal distribution of vectors, as scipy.stats.multivariate_normal."""

from __future__ import annotations

import functools

import numpy as np

from ... import lax
from ... import numpy as jnp
from ...numpy._util import promoted_inexact


def logpdf(x, mean, cov, allow_singular=None):
    """The logarithm of the density at x of shape (..., n), for a mean of shape (..., n) or () and a covariance (..., n, n) or ().

    >>> import jaxgo.numpy as jnp, jaxgo.scipy.stats as stats
    >>> print(f"{stats.multivariate_normal.logpdf(jnp.ones(2), jnp.zeros(2), jnp.eye(2)):.4f}")
    -2.8379
    """
    if allow_singular is not None:
        raise NotImplementedError("allow_singular argument of multivariate_normal.logpdf")
    x, mean, cov = promoted_inexact(x, mean, cov)
    if not mean.shape:
        return -1 / 2 * jnp.square(x - mean) / cov - 1 / 2 * (jnp.log(2 * np.pi) + jnp.log(cov))
    n = mean.shape[-1]
    if not cov.shape:
        y = x - mean
        return -1 / 2 * jnp.einsum("...i,...i->...", y, y) / cov - n / 2 * (jnp.log(2 * np.pi) + jnp.log(cov))
    if cov.ndim < 2 or cov.shape[-2:] != (n, n):
        raise ValueError("multivariate_normal.logpdf got incompatible shapes")
    L = lax.linalg.cholesky(cov)
    solve = functools.partial(lax.linalg.triangular_solve, lower=True, transpose_a=True)
    y = jnp.vectorize(solve, signature="(n,n),(n)->(n)")(L, x - mean)
    return -1 / 2 * jnp.einsum("...i,...i->...", y, y) - n / 2 * jnp.log(2 * np.pi) - jnp.log(L.diagonal(axis1=-1, axis2=-2)).sum(-1)


def pdf(x, mean, cov):
    """The exponential of ``logpdf``, with its arguments."""
    return lax.exp(logpdf(x, mean, cov))
