"""Small things that the modules of jaxgo.numpy share."""

from __future__ import annotations


def _no_out(name, out):
    if out is not None:
        raise NotImplementedError(f"The 'out' argument to jnp.{name} is not supported.")


def _index(i, what):
    import operator

    return operator.index(i) if i is not None else None


_PRECISION = {"default": "default", "fastest": "default", "high": "high", "highest": "highest", "bfloat16": "default", "tensorfloat32": "high",
              "float32": "highest", "bfloat16_3x": "high"}


def precision_name(p):
    """A matmul precision as Go knows it: None, a name, or a pair of names."""
    if p is None:
        return None
    if isinstance(p, (tuple, list)):
        return tuple(precision_name(x) for x in p)
    name = p if isinstance(p, str) else getattr(p, "name", str(p))
    try:
        return _PRECISION[name.lower()]
    except KeyError:
        if name.isupper() and "_" in name:
            return name
        raise ValueError(f"jax.lax precision should be one of the Precision enum values or their names, got {p!r}") from None


def canonical_shape(shape, context=""):
    """A shape argument as a tuple of ints, with JAX's errors for traced sizes."""
    import operator

    if type(shape) is tuple:
        for d in shape:
            if type(d) is not int:
                break
        else:
            return shape
    try:
        if not hasattr(shape, "__len__") or getattr(shape, "ndim", None) == 0:
            return (operator.index(shape),)
        return tuple(operator.index(d) for d in shape)
    except TypeError:
        pass
    msg = f"Shapes must be 1D sequences of concrete values of integer type, got {shape}."
    if context:
        msg += f" {context}."
    from .. import _fast

    seq = shape if hasattr(shape, "__iter__") and not isinstance(shape, _fast.Tracer) else (shape,)
    if any(isinstance(d, _fast.Tracer) for d in seq):
        msg += ("\nIf using `jit`, try using `static_argnums` or applying `jit` to smaller subfunctions.")
    raise TypeError(msg)
