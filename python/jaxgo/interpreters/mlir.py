"""Lowering rules for primitives that are defined in Python: functions of jaxgo that say the same.

>>> from jaxgo.extend.core import Primitive
>>> from jaxgo.interpreters import mlir
>>> import jaxgo as jax
>>> half_p = Primitive("half")
>>> _ = half_p.def_abstract_eval(lambda x: x)
>>> mlir.register_lowering(half_p, mlir.lower_fun(lambda x: x / 2, multiple_results=False))  # doctest: +ELLIPSIS
<...>
>>> print(jax.jit(half_p.bind)(3.))
1.5
"""

from __future__ import annotations

from .._primitive import lowerings

__all__ = ["LoweringRuleContext", "lower_fun", "register_lowering"]


class LoweringRuleContext:
    """What a lowering rule is told: the primitive, and the types of its operands and results."""

    __slots__ = ("avals_in", "avals_out", "primitive")

    def __init__(self, primitive, avals_in, avals_out):
        self.primitive, self.avals_in, self.avals_out = primitive, avals_in, avals_out

    def replace(self, **kw):
        new = LoweringRuleContext(self.primitive, self.avals_in, self.avals_out)
        for k, v in kw.items():
            setattr(new, k, v)
        return new


def lower_fun(fun, multiple_results=True):
    """The lowering rule that a function of arrays describes."""

    def rule(ctx, *args, **params):
        out = fun(*args, **params)
        return list(out) if multiple_results else [out]

    return rule


def register_lowering(prim, rule, platform=None, inline=True, cacheable=True):
    """Gives a primitive its lowering rule, for one platform or for all."""
    platform = {"gpu": "cuda"}.get(platform, platform)
    lowerings[prim, platform] = rule
    return rule
