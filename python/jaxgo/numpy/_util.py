"""Small things that the modules of jaxgo.numpy share."""

from __future__ import annotations

import operator

from .. import _fast

_Array, _ArrayImpl, _Tracer = _fast.Array, _fast.ArrayImpl, _fast.Tracer


def _no_out(name, out):
    if out is not None:
        raise NotImplementedError(f"The 'out' argument to jnp.{name} is not supported.")


def precision_name(p):
    """A precision as the extension knows it: a string or None."""
    if p is None:
        return None
    from ..lax._types import precision_name as f

    return f(p)


def check_arraylike(name, *args, emit_warning=False):
    """Refuses what is neither an array nor a scalar."""
    for i, x in enumerate(args):
        if isinstance(x, (_Array, int, float, complex)) or hasattr(x, "__jax_array__"):
            continue
        import numpy as np

        if not isinstance(x, (np.ndarray, np.generic)) or isinstance(x, (np.str_, np.bytes_)):
            if not emit_warning:
                raise TypeError(f"{name} requires ndarray or scalar arguments, got {type(x)} at position {i}.")
            import warnings

            warnings.warn(
                f"{name} requires ndarray or scalar arguments, got {type(x)} at position {i}. In a future JAX release this will be an error.",
                DeprecationWarning,
                stacklevel=4,
            )


def arrays(name, *args):
    """The arguments as arrays; what is neither an array nor a scalar is refused."""
    from ._creation import asarray

    check_arraylike(name, *args)
    out = tuple(x if isinstance(x, _Array) else asarray(x) for x in args)
    return out[0] if len(out) == 1 else out


def promoted(*xs):
    """Arrays converted to their common dtype."""
    from ._creation import asarray

    xs = [x if isinstance(x, _Array) else asarray(x) for x in xs]
    d, weak = _fast.call("lattice_type", *xs)
    return [x if x.dtype == d and x.weak_type == weak else _fast.call("lax._convert_element_type", x, d, weak) for x in xs]


def promoted_inexact(*xs):
    """Arrays converted to their common dtype, or the floating one that it computes in."""
    from .._dtype import canonical
    from ..dtypes import to_inexact
    from ._creation import asarray

    xs = [x if isinstance(x, _Array) else asarray(x) for x in xs]
    d, weak = _fast.call("lattice_type", *xs)
    d = canonical(to_inexact(d))
    return [_fast.call("lax._convert_element_type", x, d, weak) for x in xs]


def canonical_shape(shape, context=""):
    """A shape argument as a tuple of ints, with JAX's errors for traced sizes."""
    if type(shape) is tuple:
        for d in shape:
            if type(d) is not int:
                break
        else:
            return shape
    elif type(shape) is int:
        return (shape,)
    try:
        if not hasattr(shape, "__len__") or getattr(shape, "ndim", None) == 0:
            if hasattr(shape, "__next__"):
                raise TypeError("expected sequence object with len >= 0 or a single integer")
            return (operator.index(shape),)
        return tuple(map(operator.index, shape))
    except TypeError as e:
        if str(e).startswith("expected sequence"):
            raise
    if not hasattr(shape, "__len__") or isinstance(shape, str) or getattr(shape, "ndim", None) == 0:
        shape = (shape,)
    msg = f"Shapes must be 1D sequences of concrete values of integer type, got {shape}."
    if context:
        msg += f" {context}."
    seq = shape if hasattr(shape, "__iter__") and not isinstance(shape, _Tracer) else (shape,)
    if any(isinstance(d, _Tracer) for d in seq):
        msg += "\nIf using `jit`, try using `static_argnums` or applying `jit` to smaller subfunctions."
        from ..errors import _origin

        for d in seq:
            if isinstance(d, _Tracer):
                msg += _origin(d)
    raise TypeError(msg) from None


def ints(x):
    """A static int or sequence of ints, made of anything that has an index."""
    if x is None or type(x) is int:
        return x
    if type(x) is tuple:
        for d in x:
            if type(d) is not int:
                break
        else:
            return x
    if hasattr(x, "__len__") and getattr(x, "ndim", 1) != 0:
        return tuple(map(operator.index, x))
    return operator.index(x)


def canonical_axis(axis, n):
    """The axis as a number from 0 up."""
    i = operator.index(axis)
    if not -n <= i < n:
        raise ValueError(f"axis {i} is out of bounds for array of dimension {n}")
    return i + n if i < 0 else i


def concrete(x, context, f=None):
    """x, which may not be a tracer, made something by f."""
    if isinstance(x, _Tracer):
        from .. import errors

        value = _fast.call("concrete", x)
        if value is None:
            raise errors.ConcretizationTypeError(x, context)
        x = value
    return x if f is None else f(x)
