"""Batching rules for primitives that are defined in Python.

>>> from jaxgo.extend.core import Primitive
>>> from jaxgo.interpreters import batching
>>> import jaxgo as jax, jaxgo.numpy as jnp
>>> next_p = Primitive("next")
>>> _ = next_p.def_impl(lambda x: x + 1), next_p.def_abstract_eval(lambda x: x)
>>> batching.defvectorized(next_p)
>>> print(jax.vmap(next_p.bind)(jnp.arange(3.)))
[1. 2. 3.]
"""

from __future__ import annotations

import collections

from .._primitive import axis_primitive_batchers, fancy_primitive_batchers, primitive_batchers
from .ad import _OfKind

__all__ = ["AxisData", "axis_primitive_batchers", "bdim_at_front", "broadcast", "defbroadcasting", "defreducer", "defvectorized",
           "fancy_primitive_batchers", "moveaxis", "not_mapped", "primitive_batchers"]  # fmt: skip

not_mapped = None
AxisData = collections.namedtuple("AxisData", "name size spmd_name explicit_mesh_axis")


class BatchTracer(metaclass=_OfKind):
    """The tracers of vmap, for isinstance."""

    _kinds = ("VmapTracer",)


def moveaxis(x, src, dst):
    """x with its batch axis elsewhere; an unmapped value as it is."""
    from ..numpy import moveaxis

    return x if src is None or src == dst else moveaxis(x, src, dst % x.ndim)


def broadcast(x, sz, axis, *_):
    """x repeated along a new axis."""
    from ..lax import broadcast_in_dim

    shape = list(x.shape)
    shape.insert(axis, sz)
    return broadcast_in_dim(x, shape, [i for i in range(len(shape)) if i != axis])


def bdim_at_front(x, bdim, size, *_):
    """x with its batch axis in front, which it gets if it has none."""
    return broadcast(x, size, 0) if bdim is None else moveaxis(x, bdim, 0)


def defvectorized(prim):
    """An elementwise primitive of one operand, or of operands mapped on one axis."""

    def rule(args, dims, **params):
        if any(d != dims[0] for d in dims):
            raise AssertionError(f"{prim}: operands are mapped on different axes: {dims}")
        out = prim.bind(*args, **params)
        return out, [dims[0]] * len(out) if prim.multiple_results else dims[0]

    primitive_batchers[prim] = rule


def defbroadcasting(prim):
    """An elementwise primitive of several operands, which broadcast."""

    def rule(args, dims, **params):
        size, at = next((x.shape[d], d) for x, d in zip(args, dims) if d is not None)
        if all(getattr(x, "shape", ()) == getattr(args[0], "shape", ()) and d == at for x, d in zip(args, dims)):
            out = prim.bind(*args, **params)
            return out, [at] * len(out) if prim.multiple_results else at
        rank = max((x.ndim if d is None else x.ndim - 1) for x, d in zip(args, dims))

        def front(x, d):
            y = bdim_at_front(x, d, size)
            if 1 < y.ndim < rank + 1:
                y = y.reshape(y.shape[:1] + (1,) * (rank + 1 - y.ndim) + y.shape[1:])
            return y

        out = prim.bind(*(front(x, d) for x, d in zip(args, dims)), **params)
        return out, [0] * len(out) if prim.multiple_results else 0

    primitive_batchers[prim] = rule


def defreducer(prim, ident=None):
    """A reduction over the parameter ``axes``."""

    def rule(args, dims, axes, **params):
        (x,), (d,) = args, dims
        inner = [i for i in range(x.ndim) if i != d]
        moved = tuple(inner[a] for a in axes)
        out = prim.bind(x, axes=moved, **params)
        return out, d - sum(a < d for a in moved)

    primitive_batchers[prim] = rule
