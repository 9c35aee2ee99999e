"""What is left of JAX's first interpreter."""

from __future__ import annotations

__all__ = ["apply_primitive"]


def apply_primitive(prim, *args, **params):
    """Applies a primitive to arrays as a compiled program of its own.

    >>> import functools
    >>> from jaxgo.extend.core import Primitive
    >>> from jaxgo.interpreters import mlir, xla
    >>> p = Primitive("twice")
    >>> _ = p.def_abstract_eval(lambda x: x), p.def_impl(functools.partial(xla.apply_primitive, p))
    >>> _ = mlir.register_lowering(p, mlir.lower_fun(lambda x: x + x, multiple_results=False))
    >>> print(p.bind(2.))
    4.0
    """
    from .._api import jit

    return _compiled(prim, tuple(sorted(params.items())))(*args) if _hashable(params) else jit(prim.bind)(*args, **params)


def _hashable(params):
    try:
        hash(tuple(params.values()))
    except TypeError:
        return False
    return True


_programs: dict = {}


def _compiled(prim, params):
    from .._api import jit

    f = _programs.get((prim, params))
    if f is None:
        kw = dict(params)
        f = _programs[prim, params] = jit(lambda *args: prim.bind(*args, **kw))
    return f
