"""Jaxprs as Python sees them: views of Go's, made when somebody looks."""

from __future__ import annotations

from . import _fast

_call = _fast.call


class Var:
    """A variable of a jaxpr."""

    __slots__ = ("_id", "aval_id")

    def __init__(self, ident, aval_id):
        self._id, self.aval_id = ident, aval_id

    @property
    def aval(self):
        from ._api import aval_from_id

        return aval_from_id(self.aval_id)

    def __repr__(self):
        return f"Var(id={self._id}):{_call('aval_info', self.aval_id)[3]}"


class DropVar(Var):
    """A result that nothing reads."""


class Literal:
    """A scalar constant inside a jaxpr."""

    __slots__ = ("aval_id", "val")

    def __init__(self, val, aval_id):
        self.val, self.aval_id = val, aval_id

    @property
    def aval(self):
        from ._api import aval_from_id

        return aval_from_id(self.aval_id)

    def __repr__(self):
        return f"{self.val}:{_call('aval_info', self.aval_id)[3]}"


class Primitive:
    """The name of an operation."""

    def __init__(self, name):
        self.name = name

    @property
    def multiple_results(self):
        """Whether `bind` returns a list."""
        return self.name in _MULTIPLE

    def bind(self, *args, **params):
        """Applies the primitive. The parameters are an equation's, some of their values changed perhaps."""
        from ._primitive import bind_builtin

        return bind_builtin(self, args, params)

    def get_bind_params(self, params):
        """What `bind` takes beside operands: functions, here none, and parameters."""
        return [], dict(params)

    def __repr__(self):
        return self.name

    __str__ = __repr__


_MULTIPLE = frozenset(
    "approx_top_k call_exported composite cond custom_jvp_call custom_lin custom_linear_solve custom_vjp_call custom_vmap_call dce_sink debug_callback "
    "debug_print device_put eig eigh geqp3 geqrf hessenberg io_callback jit linear_call lu optimization_barrier pure_callback qr reduce reduce_window "
    "remat2 remat_opt rng_bit_generator scan schur sort split svd threefry2x32 top_k tridiagonal unstack while".split()
)

_primitives: dict[str, Primitive] = {}


def primitive(name) -> Primitive:
    if not isinstance(name, str):  # one that Python defined
        return name
    p = _primitives.get(name)
    if p is None:
        p = _primitives[name] = Primitive(name)
    return p


class Effect(str):
    """What a program does beside computing results: Debug, OrderedDebug, IO or OrderedIO."""

    __slots__ = ()
    __repr__ = str.__str__


class JaxprEqn:
    """An equation: outvars = primitive[params] invars."""

    __slots__ = ("invars", "outvars", "params", "primitive")

    @property
    def effects(self):
        name, params = str(self.primitive), self.params
        if name == "io_callback":
            return frozenset({Effect("OrderedIO" if params["ordered"] else "IO")})
        if name == "debug_callback":
            return frozenset({Effect(str(params["effect"]))})
        if name == "debug_print":
            return frozenset({Effect("OrderedDebug" if params["ordered"] else "Debug")})
        inner = [j for p in params.values() for j in (p if isinstance(p, (tuple, list)) else (p,)) if isinstance(j, (Jaxpr, ClosedJaxpr))]
        return frozenset().union(*(j.effects for j in inner))

    def __init__(self, invars, outvars, primitive, params):
        self.invars, self.outvars, self.primitive, self.params = invars, outvars, primitive, params

    def __repr__(self):
        return f"{self.outvars} = {self.primitive}{self.params} {self.invars}"


class Jaxpr:
    """A program: constvars and invars, equations, outvars."""

    def __init__(self, handle):
        self._handle = handle
        self._parts = None

    def _load(self):
        if self._parts is None:
            constvars, invars, eqns, outvars = _call("jaxpr_parts", self._handle)
            seen: dict[int, Var] = {}

            def atom(a):
                if len(a) == 2:
                    v = seen.get(a[0])
                    if v is None:
                        v = seen[a[0]] = (DropVar if a[0] < 0 else Var)(a[0], a[1])
                    return v
                return Literal(_literal(a[1], a[2]), a[2])

            self._parts = (
                [atom(a) for a in constvars],
                [atom(a) for a in invars],
                [
                    JaxprEqn(
                        [atom(a) for a in i],
                        [atom(a) for a in o],
                        primitive(name),
                        dict(params) if isinstance(params, dict) else {k: _param(v) for k, v in params},
                    )
                    for name, params, i, o in eqns
                ],
                [atom(a) for a in outvars],
            )
        return self._parts

    constvars = property(lambda self: self._load()[0])
    invars = property(lambda self: self._load()[1])
    eqns = property(lambda self: self._load()[2])
    outvars = property(lambda self: self._load()[3])
    effects = property(lambda self: frozenset(Effect(name) for name in _call("jaxpr_effects", self._handle)))

    @property
    def in_avals(self):
        return [v.aval for v in self.invars]

    @property
    def out_avals(self):
        return [v.aval for v in self.outvars]

    def pretty_print(self, **_):
        return _call("jaxpr_text", self._handle)

    def __repr__(self):
        return _call("jaxpr_text", self._handle)

    __str__ = __repr__


class ClosedJaxpr:
    """A jaxpr with the values of its constants."""

    def __init__(self, handle):
        self._handle = handle
        self.jaxpr = Jaxpr(handle)

    @property
    def consts(self):
        return _call("jaxpr_consts", self._handle)

    literals = consts
    eqns = property(lambda self: self.jaxpr.eqns)
    effects = property(lambda self: self.jaxpr.effects)

    @property
    def in_avals(self):
        return self.jaxpr.in_avals

    @property
    def out_avals(self):
        return self.jaxpr.out_avals

    def pretty_print(self, **_):
        return str(self)

    def __repr__(self):
        return _call("jaxpr_text", self._handle)

    __str__ = __repr__


def _literal(value, aval_id):
    import numpy as np

    from ._api import aval_from_id

    a = aval_from_id(aval_id)
    return value if a.weak_type else np.asarray(value, dtype=a.dtype)[()]


def _param(v):
    if isinstance(v, _fast.Handle):
        return ClosedJaxpr(v)
    if isinstance(v, (tuple, list)):
        return tuple(_param(x) for x in v)
    if type(v) is str and v.startswith("Precision."):
        from .lax import Precision

        return Precision[v[10:]]
    return v


def eval_jaxpr(jaxpr, consts, *args, propagate_source_info=True):
    """Applies a jaxpr to arguments, equation by equation."""
    return _call("eval_jaxpr_consts", jaxpr._handle, list(consts), list(args))
