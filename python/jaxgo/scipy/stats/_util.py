"""What the distributions share."""

from __future__ import annotations

import functools

from ... import lax
from .._util import inexact


def promoted(name, *xs):
    """The arguments as arrays of one floating dtype, and of one rank but for scalars."""
    xs = inexact(name, *xs)
    ranks = {x.ndim for x in xs if x.ndim}
    if len(ranks) < 2:
        return xs
    rank = len(lax.broadcast_shapes(*(x.shape for x in xs)))
    return [lax.broadcast_to_rank(x, rank) for x in xs]


def standardized(name, x, *params, scale=1):
    """The arguments promoted, and before them (x - loc) / scale; loc is the last of params."""
    x, *params, scale = promoted(name, x, *params, scale)
    return (x - params[-1]) / scale, x, *params, scale


def _derived(f, name, outer, doc):
    @functools.wraps(f)
    def g(*args, **kwargs):
        return outer(f(*args, **kwargs))

    g.__name__, g.__qualname__, g.__doc__ = name, name, doc
    return g


def mirrored(distribution, f):
    """sf or logsf of a distribution that is symmetric about loc, of its cdf or logcdf."""
    name = f.__name__.replace("cdf", "sf")

    def g(x, loc=0, scale=1):
        x, loc, scale = promoted(f"{distribution}.{name}", x, loc, scale)
        return f(-x, -loc, scale)

    g.__name__, g.__qualname__, g.__module__ = name, name, f.__module__
    g.__doc__ = "The logarithm of the probability of a value above x." if name == "logsf" else "The probability of a value above x."
    return g


def exp_of(f):
    """pdf, pmf, cdf or sf, of the function that computes its logarithm."""
    name = f.__name__.removeprefix("log")
    return _derived(f, name, lax.exp, f"The exponential of ``{f.__name__}``, with its arguments.")


def log_of(f):
    """logcdf or logsf, of the function that it is the logarithm of."""
    return _derived(f, "log" + f.__name__, lax.log, f"The logarithm of ``{f.__name__}``, with its arguments.")
