"""jaxgo.scipy.stats: distributions, one module each, and statistics of samples. The formulas, and so the last digits, are those of JAX.

>>> import jaxgo.scipy.stats as stats
>>> print(f"{stats.norm.cdf(1.):.4f}")
0.8413

A module comes at its first use. Arguments broadcast, and become arrays of one floating dtype.
"""

from __future__ import annotations

_FUNCTIONS = {"gaussian_kde": "_kde", "mode": "_samples", "rankdata": "_samples", "sem": "_samples"}

__all__ = [
    *_FUNCTIONS,
    "bernoulli",
    "beta",
    "betabinom",
    "binom",
    "cauchy",
    "chi2",
    "dirichlet",
    "expon",
    "gamma",
    "gennorm",
    "geom",
    "gumbel_l",
    "gumbel_r",
    "laplace",
    "logistic",
    "multinomial",
    "multivariate_normal",
    "nbinom",
    "norm",
    "pareto",
    "poisson",
    "t",
    "truncnorm",
    "uniform",
    "vonmises",
    "wrapcauchy",
]


def __dir__():
    return __all__


def __getattr__(name):
    import importlib

    if name not in __all__:
        raise AttributeError(f"module 'jaxgo.scipy.stats' has no attribute '{name}'")
    module = importlib.import_module("." + _FUNCTIONS.get(name, name), __name__)
    if name not in _FUNCTIONS:
        return module
    globals()[name] = getattr(module, name)
    return globals()[name]
