"""Operations that a compiler may know by a name of their own."""

from __future__ import annotations

from .. import _fast
from .._api import _flatten
from ._trace import trace
from ._util import Tracer


def composite(decomposition, name, version=0):
    """A function that is one operation of the given name in the program; its decomposition says what that computes.

    Arguments by name are attributes of the operation.

    >>> from jaxgo import lax
    >>> double = lax.composite(lambda x: x + x, name="my.double")
    >>> print(double(3))
    6
    """
    import functools

    bind = _fast.func("composite")

    @functools.wraps(decomposition)
    def wrapper(*args, **kwargs):
        from ..errors import UnexpectedTracerError

        text = (
            f"in the decomposition for the composite op '{name}'. This means that the decomposition function closes over a value that is "
            "involved in a JAX transformation. Any values that aren't explicitly known at compile time must be explicitly passed as arguments "
            "to the composite."
        )
        if any(isinstance(v, Tracer) for v in kwargs.values()):
            raise UnexpectedTracerError(
                f"Found a JAX Tracer as an attribute {text}\n\nNote: If you are passing jax arrays as attributes, use numpy arrays instead."
            )
        t = trace(functools.partial(decomposition, **kwargs), args, name)
        if any(isinstance(c, Tracer) for c in t.consts):
            raise UnexpectedTracerError(f"Found a JAX Tracer as a constant {text}")
        attrs = ", ".join(f"{k} = {_attribute(kwargs[k])}" for k in sorted(kwargs) if kwargs[k] is not None)
        return t.out_tree.unflatten(bind(t.jaxpr, _flatten(args)[0], name, attrs, version)[0])

    return wrapper


_HLO_TYPES = {"bool": "i1", "bfloat16": "bf16", "complex64": "complex<f32>", "complex128": "complex<f64>"}


def _attribute(v) -> str:
    """A Python value as an attribute of a StableHLO operation."""
    import json

    import numpy as np

    def hlo(d):
        return _HLO_TYPES.get(d.name) or d.name.replace("uint", "ui").replace("int", "i").replace("float", "f")

    if isinstance(v, bool):
        return str(v).lower()
    if isinstance(v, str):
        return json.dumps(v)
    if isinstance(v, (int, float)):
        return f"{v} : i64" if isinstance(v, int) else f"{v:e} : f64"
    if isinstance(v, (list, tuple)):
        return f"[{', '.join([_attribute(x) for x in v])}]"
    if isinstance(v, dict):
        return "{" + ", ".join(f"{k} = {_attribute(v[k])}" for k in sorted(v)) + "}"
    if isinstance(v, (np.dtype, type)):
        return hlo(np.dtype(v))
    if isinstance(v, (np.ndarray, np.generic)):
        a = np.asarray(v)

        def one(x):
            return str(x).lower() if a.dtype == np.bool_ else f"{x:e}" if a.dtype.kind not in "iu" else str(x)

        def nested(x):
            return one(x) if x.ndim == 0 else f"[{', '.join([nested(y) for y in x])}]"

        text = one(a.flat[0]) if a.size and (a == a.flat[0]).all() else nested(a) if a.size else ""
        return f"dense<{text}> : tensor<{''.join(f'{n}x' for n in a.shape)}{hlo(a.dtype)}>"
    raise TypeError(f"composite: {v!r} can't be an attribute")
