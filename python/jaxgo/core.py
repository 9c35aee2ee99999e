"""Abstract values, jaxprs and tracers as Python sees them."""

from __future__ import annotations

from . import _fast
from ._jaxpr import ClosedJaxpr, Jaxpr, JaxprEqn, Literal, Var, eval_jaxpr  # noqa: F401

Tracer = _fast.Tracer
_call = _fast.call


class AbstractValue:
    """What is known of a value without having it."""

    __slots__ = ()


class ShapedArray(AbstractValue):
    """The shape, dtype and weak type of an array.

    >>> import jaxgo as jax
    >>> jax.typeof(jax.numpy.ones((2, 3)))
    ShapedArray(float32[2,3])
    """

    __slots__ = ("_dtype", "_short", "shape", "weak_type")
    array_abstraction_level = 2
    is_high = False
    vma = frozenset()
    manual_axis_type = None

    def __init__(self, shape, dtype, weak_type=False, **_):
        object.__setattr__(self, "shape", tuple(int(d) for d in shape))
        object.__setattr__(self, "_dtype", dtype)
        object.__setattr__(self, "weak_type", bool(weak_type))

    def __setattr__(self, name, value):
        raise AttributeError(f"ShapedArray is immutable; use update({name}=...)")

    @property
    def dtype(self):
        import numpy as np

        d = self._dtype
        return d if isinstance(d, np.dtype) or hasattr(d, "_impl") else np.dtype(d)

    @property
    def ndim(self):
        return len(self.shape)

    @property
    def size(self):
        n = 1
        for d in self.shape:
            n *= d
        return n

    @property
    def sharding(self):
        from .sharding import NamedSharding, PartitionSpec, empty_abstract_mesh

        return NamedSharding(empty_abstract_mesh, PartitionSpec(*[None] * len(self.shape)))

    def update(self, shape=None, dtype=None, weak_type=None, **_):
        return ShapedArray(
            self.shape if shape is None else shape, self._dtype if dtype is None else dtype, self.weak_type if weak_type is None else weak_type
        )

    def str_short(self, short_dtypes=False, mesh_axis_types=False):
        return _short(self, short_dtypes)

    def strip_weak_type(self):
        return self.update(weak_type=False) if self.weak_type else self

    def to_tangent_aval(self):
        import numpy as np

        from . import dtypes

        if not dtypes.issubdtype(self.dtype, np.inexact):
            return ShapedArray(self.shape, dtypes.float0)
        return self

    to_ct_aval = to_cotangent_aval = to_tangent_aval

    def __eq__(self, other):
        return type(other) is ShapedArray and self.shape == other.shape and self.dtype == other.dtype and self.weak_type == other.weak_type

    def __hash__(self):
        return hash((self.shape, self.dtype, self.weak_type))

    def __repr__(self):
        return f"ShapedArray({self.str_short()}{', weak_type=True' if self.weak_type else ''})"

    def __str__(self):
        return ("~" if self.weak_type else "") + self.str_short()

    def __len__(self):
        if not self.shape:
            raise TypeError("len() of unsized object")
        return self.shape[0]


def _short(a, short):
    info = _fast.call("aval_info", aval_id(a))
    if short:
        return info[3]
    return f"{dtype_name(a.dtype)}[{','.join(map(str, a.shape))}]"


def dtype_name(d):
    return "float0" if getattr(d, "names", None) == ("float0",) else d.name


def aval_id(a: ShapedArray) -> int:
    """The number under which the extension knows an aval."""
    return _fast.call("aval", a._dtype, a.shape, a.weak_type)


def eval_context():
    """A context in which operations run at once, whatever traces are around."""
    return ensure_compile_time_eval()


class ensure_compile_time_eval:
    """Operations on concrete values run at once, inside jit too.

    >>> import jaxgo as jax, jaxgo.numpy as jnp
    >>> @jax.jit
    ... def f(x):
    ...     with jax.ensure_compile_time_eval():
    ...         n = int(jnp.ones(3).sum())
    ...     return x * n
    >>> print(f(2.))
    6.0
    """

    def __enter__(self):
        _call("push_eval")
        return self

    def __exit__(self, *exc):
        _call("pop_eval")
        return False

    def __call__(self, f):
        import functools

        @functools.wraps(f)
        def g(*args, **kwargs):
            with ensure_compile_time_eval():
                return f(*args, **kwargs)

        return g


def get_aval(x):
    """The abstract value of an array, tracer or scalar."""
    from ._api import typeof

    return typeof(x)


class Trace:
    """What processes operations; here it is Go's, the class serves isinstance tests."""


ParamDict = dict


def max_dim(d1, d2):
    return max(d1, d2)


def min_dim(d1, d2):
    return min(d1, d2)


def _tracer_repr(x):
    kind, *rest = _call("tracer_info", x)
    if kind == "JitTracer":
        return f"JitTracer({'~' if rest[4] else ''}{rest[3]})"
    if kind == "GradTracer":
        return f"GradTracer(primal={rest[0]}, typeof(tangent)={rest[1]})"
    if kind == "JVPTracer":
        return f"JVPTracer(primal={rest[0]}, tangent={rest[1]})"
    if kind == "VmapTracer":
        return f"VmapTracer(aval={rest[0]}, batched={rest[1]})"
    return "Tracer"


_fast.Tracer.__repr__ = _tracer_repr
_fast.Tracer.__str__ = _tracer_repr
