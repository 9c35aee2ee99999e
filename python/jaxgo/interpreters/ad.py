"""Rules of differentiation for primitives that are defined in Python.

>>> from jaxgo.extend.core import Primitive
>>> from jaxgo.interpreters import ad
>>> import jaxgo as jax
>>> cube_p = Primitive("cube")
>>> _ = cube_p.def_impl(lambda x: x * x * x), cube_p.def_abstract_eval(lambda x: x)
>>> ad.defjvp(cube_p, lambda t, x: 3 * x * x * t)
>>> print(jax.grad(cube_p.bind)(2.))
12.0
"""

from __future__ import annotations

import functools

from .._primitive import UndefinedPrimal, Zero, _call, _jaxpr, instantiate_zeros, primitive_jvps, primitive_transposes, zeros_like_aval

__all__ = ["UndefinedPrimal", "Zero", "add_jaxvals", "add_jaxvals_p", "add_tangents", "defbilinear", "defjvp", "defjvp2", "deflinear",
           "deflinear2", "get_primitive_transpose", "instantiate_zeros", "is_undefined_primal", "primitive_jvps",
           "primitive_transposes", "zeros_like_aval"]  # fmt: skip

add_jaxvals_p = _jaxpr.primitive("add_any")


def is_undefined_primal(x):
    """Whether x is an operand that a transpose rule must find the cotangent of."""
    return type(x) is UndefinedPrimal


def add_jaxvals(x, y):
    """The sum of two tangents or cotangents."""
    from ..lax import add

    return add(x, y)


def add_tangents(x, y):
    """The sum of two tangents, either of which may be a `Zero`."""
    if type(x) is Zero:
        return y
    if type(y) is Zero:
        return x
    return add_jaxvals(x, y)


def get_primitive_transpose(p):
    """The transpose rule of a primitive."""
    try:
        return primitive_transposes[p]
    except KeyError:
        raise NotImplementedError(f"Transpose rule (for reverse-mode differentiation) for '{p}' not implemented") from None


def deflinear(primitive, transpose_rule):
    """A linear primitive: the rule maps the cotangent, and parameters, to the operands' cotangents."""
    primitive_jvps[primitive] = functools.partial(_linear_jvp, primitive)
    primitive_transposes[primitive] = functools.partial(_linear_transpose, transpose_rule)


def deflinear2(primitive, transpose_rule):
    """As `deflinear`, for rules that also take the operands."""
    primitive_jvps[primitive] = functools.partial(_linear_jvp, primitive)
    primitive_transposes[primitive] = functools.partial(_linear_transpose2, transpose_rule)


def _linear_jvp(primitive, primals, tangents, **params):
    out = primitive.bind(*primals, **params)
    if all(type(t) is Zero for t in tangents):
        if primitive.multiple_results:
            return out, [Zero.from_primal_value(x) for x in out]
        return out, Zero.from_primal_value(out)
    return out, primitive.bind(*map(instantiate_zeros, tangents), **params)


def _linear_transpose(rule, ct, *args, **params):
    if type(ct) is Zero:
        return [Zero(a.aval) if is_undefined_primal(a) else None for a in args]
    return rule(ct, **params)


def _linear_transpose2(rule, ct, *args, **params):
    if type(ct) is Zero:
        return [Zero(a.aval) if is_undefined_primal(a) else None for a in args]
    return rule(ct, *args, **params)


def defjvp(primitive, *rules):
    """The tangent of the result as a sum: each rule maps an operand's tangent, and all operands, to its part."""
    primitive_jvps[primitive] = functools.partial(_standard_jvp, rules, primitive)


def _standard_jvp(rules, primitive, primals, tangents, **params):
    out = primitive.bind(*primals, **params)
    parts = [rule(t, *primals, **params) for rule, t in zip(rules, tangents) if rule is not None and type(t) is not Zero]
    return out, functools.reduce(add_tangents, parts, Zero.from_primal_value(out))


def defjvp2(primitive, *rules):
    """As `defjvp`, for rules that take the result before the operands."""
    primitive_jvps[primitive] = functools.partial(_standard_jvp2, rules, primitive)


def _standard_jvp2(rules, primitive, primals, tangents, **params):
    out = primitive.bind(*primals, **params)
    parts = (rule(t, out, *primals, **params) for rule, t in zip(rules, tangents) if rule is not None and type(t) is not Zero)
    return out, functools.reduce(add_tangents, parts, Zero.from_primal_value(out))


def defbilinear(prim, lhs_rule, rhs_rule):
    """A primitive that is linear in each of two operands; each rule maps the cotangent and both operands to one's cotangent."""

    def left(t, x, y, **params):
        return prim.bind(t, y, **params)

    def right(t, x, y, **params):
        return prim.bind(x, t, **params)

    defjvp(prim, left, right)

    def transpose(ct, x, y, **params):
        if type(ct) is Zero:
            return None
        if is_undefined_primal(x):
            return lhs_rule(ct, x, y, **params), None
        return None, rhs_rule(ct, x, y, **params)

    primitive_transposes[prim] = transpose


class _OfKind(type):
    def __instancecheck__(cls, x):
        from .._fast import Tracer

        return isinstance(x, Tracer) and _call("tracer_info", x)[0] in cls._kinds


class JVPTracer(metaclass=_OfKind):
    """The tracers of jvp and grad, for isinstance."""

    _kinds = ("JVPTracer", "GradTracer")
