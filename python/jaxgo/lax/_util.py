"""Small things that the modules of jaxgo.lax share."""

from __future__ import annotations

import operator

from .. import _fast

Array, Tracer = _fast.Array, _fast.Tracer
_convert = _fast.func("lax._convert_element_type")


def ndim(x) -> int:
    """The rank of an array or scalar."""
    try:
        return x.ndim
    except AttributeError:
        return len(shape(x))


def shape(x) -> tuple:
    """The shape of an array or scalar."""
    if isinstance(x, Array):
        return x.shape
    if isinstance(x, (int, float, complex)):
        return ()
    s = getattr(x, "shape", None)
    if s is not None:
        return tuple(s)
    if hasattr(x, "__jax_array__"):
        return x.__jax_array__().shape
    import numpy as np

    return np.shape(x)


def dtype_of(x):
    """The dtype of an array or scalar."""
    d = getattr(x, "dtype", None)
    if d is not None and not isinstance(x, type):
        from .._dtype import canonical

        return d if hasattr(d, "_impl") else canonical(d)
    from ..numpy._types import _promotable

    return _fast.call("lattice_type", _promotable(x))[0]


def asarray(x):
    """An array or scalar as an array; a Python number is weakly typed."""
    if isinstance(x, Array):
        return x
    if isinstance(x, (bool, int, float, complex)):
        return _convert(x, None, type(x) is not bool)
    if hasattr(x, "dtype") or hasattr(x, "__jax_array__"):
        return _convert(x, None, False)
    raise TypeError(f"asarray: expected ArrayLike, got {x} of type {type(x)}.")


def canonical_axis(axis, n) -> int:
    """The axis as a number from 0 up."""
    i = operator.index(axis)
    if not -n <= i < n:
        raise ValueError(f"axis {i} is out of bounds for array of dimension {n}")
    return i + n if i < 0 else i


def ints(xs) -> tuple:
    """A sequence of integers, or one, as a tuple of int."""
    if type(xs) is tuple:
        for x in xs:
            if type(x) is not int:
                break
        else:
            return xs
    try:
        return (operator.index(xs),)
    except TypeError:
        return tuple(map(operator.index, xs))


def concrete_int(x, context: str) -> int:
    """x as an int, with an error for tracers that says where one is needed."""
    try:
        return operator.index(x)
    except TypeError:
        if isinstance(x, Tracer):
            from .. import errors

            raise errors.ConcretizationTypeError(x, context) from None
        raise


def invalid_type(x, what="") -> TypeError:
    return TypeError(f"Value {x!r} of type {type(x)} is not a valid JAX type{what}")


def canonical_shape(shape) -> tuple:
    """A shape argument as a tuple of ints, with JAX's errors for anything else."""
    if type(shape) is tuple:
        for d in shape:
            if type(d) is not int:
                break
        else:
            return shape
    try:
        if not hasattr(shape, "__len__") or getattr(shape, "ndim", None) == 0:
            return (operator.index(shape),)
        return tuple(map(operator.index, shape))
    except TypeError:
        pass
    msg = f"Shapes must be 1D sequences of concrete values of integer type, got {shape}."
    seq = shape if hasattr(shape, "__iter__") and not isinstance(shape, Tracer) else (shape,)
    if any(isinstance(d, Tracer) for d in seq):
        msg += "\nIf using `jit`, try using `static_argnums` or applying `jit` to smaller subfunctions."
    raise TypeError(msg)
