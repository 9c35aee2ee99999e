"""Jaxprs, and primitives defined in Python.

>>> import jaxgo as jax
>>> from jaxgo.extend.core import jaxpr_as_fun
>>> j = jax.make_jaxpr(lambda x: x * 2.)(1.)
>>> jaxpr_as_fun(j)(3.)
[Array(6., dtype=float32, weak_type=True)]
"""

from __future__ import annotations

from ... import _fast
from ..._jaxpr import ClosedJaxpr, DropVar, Jaxpr, JaxprEqn, Literal, Var
from ..._primitive import Primitive
from ...core import ShapedArray, eval_jaxpr
from ...errors import InconclusiveDimensionOperation, JaxprTypeError

__all__ = ["ClosedJaxpr", "DropVar", "Effect", "InconclusiveDimensionOperation", "Jaxpr", "JaxprEqn", "JaxprTypeError", "Literal",
           "Primitive", "Var", "array_types", "check_jaxpr", "concrete_or_error", "jaxpr_as_fun", "jaxprs_in_params", "mapped_aval",
           "no_effects", "primal_dtype_to_tangent_dtype", "subjaxprs", "unmapped_aval", "valid_jaxtype"]  # fmt: skip

no_effects: frozenset = frozenset()


class Effect:
    """What an equation does besides computing its results."""


def jaxpr_as_fun(closed_jaxpr, *args):
    """A function of arrays that evaluates a jaxpr."""

    def fun(*xs):
        return eval_jaxpr(closed_jaxpr.jaxpr, closed_jaxpr.consts, *xs)

    return fun(*args) if args else fun


def jaxprs_in_params(params):
    """The jaxprs among the parameters of an equation."""
    for v in params.values():
        for x in v if isinstance(v, (tuple, list)) else (v,):
            if isinstance(x, Jaxpr):
                yield x
            elif isinstance(x, ClosedJaxpr):
                yield x.jaxpr


def subjaxprs(jaxpr):
    """The jaxprs inside the equations of a jaxpr."""
    for eqn in jaxpr.eqns:
        yield from jaxprs_in_params(eqn.params)


def check_jaxpr(jaxpr):
    """Raises a JaxprTypeError unless every variable is defined before its use."""
    known = {id(v) for v in (*jaxpr.constvars, *jaxpr.invars)}
    for eqn in jaxpr.eqns:
        for v in eqn.invars:
            if not isinstance(v, Literal) and id(v) not in known:
                raise JaxprTypeError(f"Variable '{v}' not defined\n\nin equation:\n\n{eqn}\n\nof jaxpr:\n\n{jaxpr}")
        known.update(id(v) for v in eqn.outvars)
    for v in jaxpr.outvars:
        if not isinstance(v, Literal) and id(v) not in known:
            raise JaxprTypeError(f"Variable '{v}' not defined\n\nof jaxpr:\n\n{jaxpr}")


def mapped_aval(size, axis, aval):
    """The abstract value of one member of a mapped one."""
    if axis is None:
        return aval
    if aval.shape[axis] != size:
        raise AssertionError(f"axis {axis} of {aval} has not size {size}")
    return aval.update(shape=aval.shape[:axis] + aval.shape[axis + 1 :])


def unmapped_aval(size, axis, aval, *_, **__):
    """The abstract value of all members, of which ``aval`` is one."""
    if axis is None:
        return aval
    return aval.update(shape=(*aval.shape[:axis], size, *aval.shape[axis:]))


def valid_jaxtype(x):
    """Whether x can be an argument of a traced function."""
    from ..._api import aval_id

    try:
        aval_id(x)
    except (TypeError, OverflowError):
        return False
    return True


def concrete_or_error(force, val, context=""):
    """val converted by ``force``, or a ConcretizationTypeError if it is traced."""
    from ... import errors

    if isinstance(val, _fast.Tracer):
        concrete = _fast.call("concrete", val)
        if concrete is None:
            raise errors.ConcretizationTypeError(val, context)
        val = concrete
    return val if force is None else force(val)


def primal_dtype_to_tangent_dtype(primal_dtype):
    """The dtype of the tangents of values of a dtype."""
    return ShapedArray((), primal_dtype).to_tangent_aval().dtype


def __getattr__(name):
    if name == "array_types":
        import numpy as np

        value = {np.ndarray, np.generic, _fast.ArrayImpl}
    elif name == "primitives":
        from importlib import import_module

        value = import_module(__name__ + ".primitives")
    else:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    globals()[name] = value
    return value
