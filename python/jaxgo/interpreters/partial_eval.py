"""Transformations of jaxprs: dropping what is not used."""

from __future__ import annotations

from .. import _fast
from .._jaxpr import ClosedJaxpr, Jaxpr
from .ad import _OfKind

__all__ = ["DynamicJaxprTracer", "dce_jaxpr", "dce_jaxpr_consts"]


class DynamicJaxprTracer(metaclass=_OfKind):
    """The tracers of jit and of the bodies of control flow, for isinstance."""

    _kinds = ("JitTracer",)


def dce_jaxpr(jaxpr, used_outputs, instantiate=False):
    """The jaxpr without what the results that are used do not need, and which inputs it still reads.

    ``instantiate`` says which inputs are kept all the same.

    >>> import jaxgo as jax
    >>> j = jax.make_jaxpr(lambda x, y: (x + 1., y * 2.))(1., 1.)
    >>> small, used = dce_jaxpr(j.jaxpr, [True, False])
    >>> print(small, used)
    { lambda ; a:f32[]. let b:f32[] = add a 1.0:f32[] in (b,) } [True, False]
    """
    n = len(jaxpr.invars)
    keep = [bool(instantiate)] * n if isinstance(instantiate, bool) else [bool(k) for k in instantiate]
    handle, used = _fast.call("dce_jaxpr", jaxpr._handle, [bool(u) for u in used_outputs], keep)
    return Jaxpr(handle), list(used)


def dce_jaxpr_consts(jaxpr, used_outputs, instantiate=False):
    """As `dce_jaxpr`; also says which constants are still read."""
    consts = len(jaxpr.constvars)
    small, used = dce_jaxpr(jaxpr, used_outputs, instantiate)
    return small, [True] * consts, used


def close_jaxpr(jaxpr):
    """A jaxpr without constants, closed."""
    return ClosedJaxpr(jaxpr._handle)
