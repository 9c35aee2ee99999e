"""gaussian_kde: density estimates by Gaussian kernels."""

from __future__ import annotations

from dataclasses import dataclass, fields
from functools import partial
from typing import Any

import numpy as np

from ... import numpy as jnp
from ... import random
from ..._api import jit, vmap
from ...numpy._util import check_arraylike, promoted_inexact
from ...tree_util import register_pytree_node_class
from .. import linalg, special


def _check_real(x, what):
    if np.issubdtype(jnp.result_type(x), np.complexfloating):
        raise NotImplementedError(f"gaussian_kde does not support complex {what}")


@register_pytree_node_class
@dataclass(frozen=True, init=False, slots=True)
class gaussian_kde:
    """An estimate of a density from a dataset of shape (n,) or (d, n), as scipy.stats.gaussian_kde.

    ``bw_method`` is 'scott', 'silverman', a factor or a function of the estimate that gives one; ``weights`` has shape (n,).

    >>> import jaxgo.numpy as jnp, jaxgo.scipy.stats as stats
    >>> kde = stats.gaussian_kde(jnp.array([-1., 0., 1.]))
    >>> print(f"{kde(0.)[0]:.3f}")
    0.318
    """

    neff: Any
    dataset: Any
    weights: Any
    covariance: Any
    inv_cov: Any

    def __init__(self, dataset, bw_method=None, weights=None):
        check_arraylike("gaussian_kde", dataset)
        dataset = jnp.atleast_2d(dataset)
        _check_real(dataset, "data")
        if not dataset.size > 1:
            raise ValueError("`dataset` input should have multiple elements.")
        d, n = dataset.shape
        if weights is not None:
            check_arraylike("gaussian_kde", weights)
            dataset, weights = promoted_inexact(dataset, weights)
            weights = jnp.atleast_1d(weights)
            weights /= jnp.sum(weights)
            if weights.ndim != 1:
                raise ValueError("`weights` input should be one-dimensional.")
            if len(weights) != n:
                raise ValueError("`weights` input should be of length n")
        else:
            (dataset,) = promoted_inexact(dataset)
            weights = jnp.full(n, 1.0 / n, dtype=dataset.dtype)
        neff = 1 / jnp.sum(weights**2)
        self._set(dataset=dataset, weights=weights, neff=neff)
        bw_method = "scott" if bw_method is None else bw_method
        if isinstance(bw_method, str) and bw_method == "scott":
            factor = jnp.power(neff, -1.0 / (d + 4))
        elif isinstance(bw_method, str) and bw_method == "silverman":
            factor = jnp.power(neff * (d + 2) / 4.0, -1.0 / (d + 4))
        elif jnp.isscalar(bw_method) and not isinstance(bw_method, str):
            factor = bw_method
        elif callable(bw_method):
            factor = bw_method(self)
        else:
            raise ValueError("`bw_method` should be 'scott', 'silverman', a scalar, or a callable.")
        covariance = jnp.atleast_2d(jnp.cov(dataset, rowvar=1, bias=False, aweights=weights))
        inv_cov = jnp.linalg.inv(covariance)
        self._set(covariance=covariance * factor**2, inv_cov=inv_cov / factor**2)

    def _set(self, **values):
        for name, value in values.items():
            object.__setattr__(self, name, value)

    def tree_flatten(self):
        return tuple(getattr(self, f.name) for f in fields(self)), None

    @classmethod
    def tree_unflatten(cls, aux_data, children):
        del aux_data
        kde = cls.__new__(cls)
        kde._set(**{f.name: child for f, child in zip(fields(cls), children)})
        return kde

    @property
    def d(self):
        """The dimension of the points."""
        return self.dataset.shape[0]

    @property
    def n(self):
        """The number of points of the dataset."""
        return self.dataset.shape[1]

    def evaluate(self, points):
        """The density at points of shape (d, m), or (m,) where d is 1."""
        return self._evaluate("evaluate", points, False)

    def __call__(self, points):
        return self.evaluate(points)

    def pdf(self, x):
        """The density at x, as ``evaluate``."""
        return self.evaluate(x)

    def logpdf(self, x):
        """The logarithm of the density at x."""
        return self._evaluate("logpdf", x, True)

    def _evaluate(self, name, x, log):
        check_arraylike(name, x)
        x = self._reshape(x)
        return _kernel_eval(log, self.dataset.T, self.weights[:, None], x.T, self.inv_cov)[:, 0]

    def integrate_gaussian(self, mean, cov):
        """The integral of the density times a Gaussian of a mean (d,) and a covariance (d, d)."""
        mean = jnp.atleast_1d(jnp.squeeze(mean))
        cov = jnp.atleast_2d(cov)
        if mean.shape != (self.d,):
            raise ValueError(f"mean does not have dimension {self.d}")
        if cov.shape != (self.d, self.d):
            raise ValueError(f"covariance does not have dimension {self.d}")
        return _convolve(*self._normalized(cov), self.dataset, self.weights, mean)

    @jit
    def integrate_box_1d(self, low, high):
        """The integral of the density from low to high, where d is 1."""
        if self.d != 1:
            raise ValueError("integrate_box_1d() only handles 1D pdfs")
        if np.ndim(low) != 0 or np.ndim(high) != 0:
            raise ValueError("the limits of integration in integrate_box_1d must be scalars")
        sigma = jnp.squeeze(jnp.sqrt(self.covariance))
        low = jnp.squeeze((low - self.dataset) / sigma)
        high = jnp.squeeze((high - self.dataset) / sigma)
        return jnp.sum(self.weights * (special.ndtr(high) - special.ndtr(low)))

    def integrate_kde(self, other):
        """The integral of the product of two densities."""
        if other.d != self.d:
            raise ValueError("KDEs are not the same dimensionality")
        chol, norm = self._normalized(other.covariance)
        small, large = (self, other) if self.n < other.n else (other, self)
        result = vmap(partial(_convolve, chol, norm, large.dataset, large.weights), in_axes=1)(small.dataset)
        return jnp.sum(result * small.weights)

    @jit(static_argnames=("shape",))
    def resample(self, key, shape=()):
        """Draws of the density, of shape (d, *shape)."""
        ind_key, eps_key = random.split(key)
        ind = random.choice(ind_key, self.n, shape=shape, p=self.weights)
        zeros = jnp.zeros(self.d, self.covariance.dtype)
        eps = random.multivariate_normal(eps_key, zeros, self.covariance, shape=shape, dtype=self.dataset.dtype).T
        return self.dataset[:, ind] + eps

    def integrate_box(self, low_bounds, high_bounds, maxpts=None):
        """Not there, as in JAX."""
        raise NotImplementedError("only 1D box integrations are supported; use `integrate_box_1d`")

    def set_bandwidth(self, bw_method=None):
        """Not there, as in JAX."""
        raise NotImplementedError("dynamically changing the bandwidth method is not supported")

    def _normalized(self, cov):
        """The factor of the covariance plus cov, and what normalizes its Gaussian."""
        chol = linalg.cho_factor(self.covariance + cov)
        return chol, 1.0 / (jnp.sqrt(2 * np.pi) ** self.d * jnp.prod(jnp.diag(chol[0])))

    def _reshape(self, points):
        _check_real(points, "coordinates")
        points = jnp.atleast_2d(points)
        d, m = points.shape
        if d == self.d:
            return points
        if d == 1 and m == self.d:
            return jnp.reshape(points, (self.d, 1))
        raise ValueError(f"points have dimension {d}, dataset has dimension {self.d}")


def _convolve(chol, norm, target, weights, mean):
    diff = target - mean[:, None]
    arg = 0.5 * jnp.sum(diff * linalg.cho_solve(chol, diff), axis=0)
    return norm * jnp.sum(jnp.exp(-arg) * weights)


@partial(jit, static_argnums=0)
def _kernel_eval(log, points, values, xi, precision):
    points, values, xi, precision = promoted_inexact(points, values, xi, precision)
    d = points.shape[1]
    if xi.shape[1] != d:
        raise ValueError("points and xi must have same trailing dim")
    if precision.shape != (d, d):
        raise ValueError("precision matrix must match data dims")
    whitening = linalg.cholesky(precision, lower=True)
    points, xi = jnp.dot(points, whitening), jnp.dot(xi, whitening)
    log_norm = jnp.sum(jnp.log(jnp.diag(whitening))) - 0.5 * d * jnp.log(2 * np.pi)

    def kernel(x_test, x_train, y_train):
        arg = log_norm - 0.5 * jnp.sum(jnp.square(x_train - x_test))
        return jnp.log(y_train) + arg if log else y_train * jnp.exp(arg)

    reduce = special.logsumexp if log else jnp.sum
    return vmap(lambda x: reduce(vmap(kernel, in_axes=(None, 0, 0))(x, points, values), axis=0))(xi)
