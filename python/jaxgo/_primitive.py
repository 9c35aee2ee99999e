"""Primitives defined in Python: their parameters, and the rules that transformations ask for."""

from __future__ import annotations

import enum
import functools
import weakref

from . import _fast, _jaxpr
from ._api import aval_from_id, aval_id

_call = _fast.call
_Array = _fast.Array

# Rules by primitive; the modules jaxgo.interpreters.* are how users see them.
primitive_jvps: dict = {}
primitive_transposes: dict = {}
primitive_batchers: dict = {}
fancy_primitive_batchers: dict = {}
axis_primitive_batchers: dict = {}
lowerings: dict = {}


class Zero:
    """A tangent or cotangent that is zero without being computed."""

    __slots__ = ("aval",)

    def __init__(self, aval):
        self.aval = aval

    @staticmethod
    def from_primal_value(x):
        from ._api import typeof

        return Zero(typeof(x).to_tangent_aval())

    def instantiate(self):
        return zeros_like_aval(self.aval)

    def __repr__(self):
        return f"Zero({self.aval})"


class UndefinedPrimal:
    """An operand that a transpose rule must find the cotangent of."""

    __slots__ = ("aval",)

    def __init__(self, aval):
        self.aval = aval

    def __repr__(self):
        return f"UndefinedPrimal({self.aval})"


def zeros_like_aval(aval):
    """An array of zeros."""
    from .core import aval_id as number

    return _call("zeros_aval", number(aval))


def instantiate_zeros(x):
    """x, or an array of zeros where x stands for one."""
    return x.instantiate() if type(x) is Zero else x


class _Params(dict):
    """The parameters of an equation; equal ones are one object, by which programs are cached."""

    __slots__ = ("__weakref__",)
    __hash__ = object.__hash__

    def __eq__(self, other):
        return self is other


_interned: weakref.WeakValueDictionary = weakref.WeakValueDictionary()


def _params(params):
    try:
        key = tuple((k, params[k], type(params[k])) for k in sorted(params))
        p = _interned.get(key)
        if p is None:
            p = _interned[key] = _Params(params)
        return p
    except TypeError:  # a parameter can't be hashed
        return _Params(params)


class Primitive(_jaxpr.Primitive):
    """An operation with a name, whose rules are given one by one.

    >>> from jaxgo.extend.core import Primitive
    >>> import jaxgo as jax
    >>> double_p = Primitive("double")
    >>> double_p.def_impl(lambda x: 2 * x)  # doctest: +ELLIPSIS
    <function ...>
    >>> double_p.def_abstract_eval(lambda x: x)  # doctest: +ELLIPSIS
    <function ...>
    >>> print(double_p.bind(4.))
    8.0
    >>> print(jax.make_jaxpr(double_p.bind)(4.))
    { lambda ; a:f32[]. let b:f32[] = double a in (b,) }
    """

    multiple_results = False
    call_primitive = False
    map_primitive = False

    def __init__(self, name):
        super().__init__(name)
        self.impl, self.abstract_eval = self._no_impl, self._no_abstract_eval
        self._go = None

    def _no_impl(self, *args, **params):
        raise NotImplementedError(f"Evaluation rule for '{self.name}' not implemented")

    def _no_abstract_eval(self, *args, **params):
        raise NotImplementedError(f"Abstract evaluation for '{self.name}' not implemented")

    def _handle(self):
        if self._go is None:
            self._go = _call("primitive", self.name, self._ask, self)
        return self._go

    def bind(self, *args, **params):
        """Applies the primitive under the transformations around."""
        return self.bind_with_trace(None, args, params)

    def bind_with_trace(self, trace, args, params):
        operands = [_operand(x) for x in args]
        out = _call("bind_primitive", self._handle(), _params(params), operands)[0]
        return out if self.multiple_results else out[0]

    def def_impl(self, impl):
        """Says how the primitive is computed at once, with concrete arrays."""
        self.impl = impl
        return impl

    def def_abstract_eval(self, abstract_eval):
        """Says the types of the results."""
        self.abstract_eval = abstract_eval
        return abstract_eval

    def def_effectful_abstract_eval(self, abstract_eval):
        """Says the types of the results and the effects; equations with effects are never dropped."""
        _call("primitive_effect", self._handle())
        self.abstract_eval = lambda *args, **params: abstract_eval(*args, **params)[0]
        return abstract_eval

    def def_bind_with_trace(self, bind_with_trace):
        self.bind_with_trace = bind_with_trace
        return bind_with_trace

    def get_bind_params(self, params):
        return [], params

    # ---- what Go asks ----

    def _ask(self, args):
        rule, params, *rest = args
        return getattr(self, "_rule_" + rule)(params, *rest)

    def _results(self, out):
        return list(out) if self.multiple_results else [out]

    def _rule_text(self, params):
        return [(k, str(params[k])) for k in sorted(params)]

    def _rule_impl(self, params, args):
        return [_operand(x) for x in self._results(self.impl(*args, **params))]

    def _rule_abstract_eval(self, params, ids):
        from .core import aval_id as number

        out = self.abstract_eval(*map(aval_from_id, ids), **params)
        if isinstance(out, (tuple, list)) != self.multiple_results:
            raise ValueError(f"{self.name}.abstract_eval() method should return a tuple or a list iff {self.name}.multiple_results.")
        out = self._results(out)
        for a in out:
            if not hasattr(a, "shape") or not hasattr(a, "dtype"):
                raise ValueError(f"Primitive {self.name} has an abstract evaluation rule that returned {a!r}, no abstract value")
        return [number(a) if hasattr(a, "_dtype") else aval_id(a) for a in out]

    def _rule_jvp(self, params, primals, tangents):
        rule = primitive_jvps.get(self)
        if rule is None:
            raise NotImplementedError(f"Differentiation rule for '{self.name}' not implemented")
        ts = [Zero.from_primal_value(x) if t is None else t for x, t in zip(primals, tangents)]
        out, tout = rule(tuple(primals), tuple(ts), **params)
        return [_operand(x) for x in self._results(out)], [_none_if_zero(t) for t in self._results(tout)]

    def _rule_transpose(self, params, cts, args):
        rule = primitive_transposes.get(self)
        if rule is None:
            raise NotImplementedError(f"Transpose rule (for reverse-mode differentiation) for '{self.name}' not implemented")
        full = [UndefinedPrimal(aval_from_id(a)) if type(a) is int else a for a in args]
        if self.multiple_results:
            ct = [Zero(None) if c is None else c for c in cts]
        else:
            ct = cts[0]
            if ct is None:
                return [None] * len(args)
        out = rule(ct, *full, **params)
        return [None] * len(args) if out is None else [_none_if_zero(c) for c in out]

    def _rule_batch(self, params, size, name, args, dims):
        from .interpreters.batching import AxisData

        dims = [None if d < 0 else d for d in dims]
        rule = fancy_primitive_batchers.get(self)
        if rule is not None:
            out, out_dims = rule(AxisData(name or None, size, None, None), args, dims, **params)
        else:
            rule = primitive_batchers.get(self)
            if rule is None:
                raise NotImplementedError(f"Batching rule for '{self.name}' not implemented")
            out, out_dims = rule(args, dims, **params)
        if not self.multiple_results:
            out, out_dims = [out], [out_dims]
        elif not isinstance(out_dims, (list, tuple)):
            out_dims = [out_dims] * len(out)
        return [_operand(x) for x in out], [-1 if d is None else d for d in out_dims]

    def _rule_lower(self, params, args, out_ids):
        from .interpreters.mlir import LoweringRuleContext

        rule = lowerings.get((self, _platform())) or lowerings.get((self, None))
        if rule is None:
            raise NotImplementedError(f"MLIR translation rule for primitive '{self.name}' not found for platform {_platform()}")
        ctx = LoweringRuleContext(self, [aval_from_id(a._aval_id) for a in args], [aval_from_id(i) for i in out_ids])
        out = rule(ctx, *args, **params)
        flat = []
        for x in out if isinstance(out, (list, tuple)) else [out]:
            flat.extend(x if isinstance(x, (list, tuple)) else [x])
        return [_operand(x) for x in flat]


@functools.cache
def _platform():
    from ._device import devices

    return devices()[0].platform


def _operand(x):
    if isinstance(x, _Array):
        return x
    from .numpy import asarray

    return asarray(x)


def _none_if_zero(x):
    return None if x is None or type(x) is Zero else _operand(x)


def _plain(v):
    """A parameter as Go reads it."""
    if isinstance(v, (_jaxpr.ClosedJaxpr, _jaxpr.Jaxpr)):
        return v._handle
    if isinstance(v, (tuple, list)):
        return tuple(_plain(x) for x in v)
    if isinstance(v, enum.Enum):
        return f"{type(v).__name__}.{v.name}"
    if v is None or isinstance(v, (bool, int, float, str)):
        return v
    from ._dtype import as_dtype

    try:
        return as_dtype(v)
    except TypeError:
        return str(v)


def bind_builtin(primitive, args, params):
    """Applies a primitive of jaxgo's own."""
    out = _call("bind_builtin", primitive.name, [_operand(x) for x in args], [(k, _plain(v)) for k, v in params.items()])[0]
    return out if primitive.multiple_results else out[0]
