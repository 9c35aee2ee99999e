"""vectorize: functions of scalars, or of arrays of known rank, applied over leading axes."""

from __future__ import annotations

import functools
import re

from .._api import vmap
from .._config import config
from . import asarray, broadcast_shapes, expand_dims, shape, squeeze

_NAME = r"\w+"
_LIST = rf"\((?:{_NAME}(?:,{_NAME})*)?\)"
_SIGNATURE = rf"^{_LIST}(?:,{_LIST})*->{_LIST}(?:,{_LIST})*$"


def _parse(signature):
    """The core axes of the inputs and outputs, as lists of tuples of names."""
    if not re.match(_SIGNATURE, signature):
        raise ValueError(f"not a valid gufunc signature: {signature}")
    return ([tuple(re.findall(_NAME, arg)) for arg in re.findall(_LIST, args)] for args in signature.split("->"))


def _note_sizes(sizes, shape, core, context, is_input):
    """Checks an argument's core axes against the sizes known so far, and learns new ones."""
    n = len(core)
    if is_input and len(shape) < n:
        raise ValueError(f"input with shape {shape!r} does not have enough dimensions for all core dimensions {core!r} {context}")
    if not is_input and len(shape) != n:
        raise ValueError(f"output shape {shape!r} does not match core dimensions {core!r} {context}")
    for dim, size in zip(core, shape[-n:] if core else ()):
        if sizes.setdefault(dim, size) != size:
            raise ValueError(f"inconsistent size for core dimension {dim!r}: {size!r} vs {sizes[dim]!r} {context}")


def _broadcast(args, cores, context):
    if len(args) != len(cores):
        raise TypeError(f"wrong number of positional arguments: expected {len(cores)!r}, got {len(args)!r} {context}")
    shapes, sizes = [], {}
    for arg, core in zip(args, cores):
        _note_sizes(sizes, arg.shape, core, context, True)
        shapes.append(arg.shape[: arg.ndim - len(core)])
    return broadcast_shapes(*shapes), sizes


def _checked(func, sizes, cores, context):
    """func, whose results have to have the core axes of the signature."""

    def wrapped(*args):
        out = func(*args)
        if len(cores) > 1 and not isinstance(out, tuple):
            raise TypeError(f"output must be a tuple when multiple outputs are expected, got: {out!r}\n{context}")
        outs = out if isinstance(out, tuple) else (out,)
        if len(outs) != len(cores):
            raise TypeError(f"wrong number of output arguments: expected {len(cores)!r}, got {len(outs)!r} {context}")
        known = dict(sizes)
        for o, core in zip(outs, cores):
            _note_sizes(known, shape(o), core, context, False)
        return out

    return wrapped


def _without(func, excluded, args, kwargs):
    """func of the arguments that are not excluded, and these."""
    if not excluded:
        return func, args, kwargs
    fixed = [(i, args[i]) for i in sorted(e for e in excluded if isinstance(e, int)) if i < len(args)]
    fixed_kw = {k: v for k, v in kwargs.items() if k in excluded}

    def new(*args, **kwargs):
        args = list(args)
        for i, arg in fixed:
            args.insert(i, arg)
        return func(*args, **kwargs, **fixed_kw)

    return new, [a for i, a in enumerate(args) if i not in excluded], {k: v for k, v in kwargs.items() if k not in excluded}


def _check_ranks(args, cores, signature):
    mode = config.jax_numpy_rank_promotion
    if mode == "allow" or len({a.ndim - len(c) for a, c in zip(args, cores) if a.ndim}) <= 1:
        return
    msg = (
        f"operands with shapes {[a.shape for a in args]} require rank promotion for jnp.vectorize function with signature {signature}. "
        "Set the jax_numpy_rank_promotion config option to 'allow' to disable this message; for more information, see "
        "https://docs.jax.dev/en/latest/rank_promotion_warning.html."
    )
    if mode == "raise":
        raise ValueError(msg)
    import warnings

    warnings.warn(msg, stacklevel=4)


def vectorize(pyfunc, *, excluded=frozenset(), signature=None):
    """A function applied over all leading axes of its arguments, which broadcast.

    signature, as "(n,k),(k)->(n)", names the axes that one application takes and gives; without one it takes scalars.

    >>> import jaxgo.numpy as jnp
    >>> f = jnp.vectorize(lambda m, v: m @ v, signature="(n,k),(k)->(n)")
    >>> f(jnp.ones((5, 2, 3)), jnp.ones(3)).shape
    (5, 2)
    """
    if any(not isinstance(e, (str, int)) for e in excluded):
        raise TypeError(f"jax.numpy.vectorize can only exclude integer or string arguments, but {excluded=!r}")
    if any(isinstance(e, int) and e < 0 for e in excluded):
        raise ValueError(f"{excluded=!r} contains negative numbers")

    @functools.wraps(pyfunc)
    def wrapped(*args, **kwargs):
        context = f"on vectorized function with {excluded=!r} and {signature=!r}"
        func, args, kwargs = _without(pyfunc, excluded, args, kwargs)
        in_cores, out_cores = ([()] * len(args), None) if signature is None else _parse(signature)
        none = {i for i, a in enumerate(args) if a is None}
        if none:
            if any(in_cores[i] != () for i in none):
                raise ValueError(f"Cannot pass None at locations {none} with {signature=}")
            func, args, _ = _without(func, none, args, {})
            in_cores = [c for i, c in enumerate(in_cores) if i not in none]
        args = tuple(map(asarray, args))
        broadcast, sizes = _broadcast(args, in_cores, context)
        if out_cores is not None:
            func = _checked(func, sizes, out_cores, context)
        _check_ranks(args, in_cores, signature)

        # Axes of size 1 are dropped rather than repeated: vmap's rules are cheaper where an operand is not mapped.
        squeezed, padded = [], []
        for arg, core in zip(args, in_cores):
            lead = arg.shape[: arg.ndim - len(core)]
            padded.append(((1,) * (len(broadcast) - len(lead)) + lead)[::-1])
            squeezed.append(squeeze(arg, axis=tuple(i for i, n in enumerate(lead) if n == 1)))
        expand = []
        for i, ns in enumerate(zip(*padded)):
            in_axes = tuple(None if n == 1 else 0 for n in ns)
            if all(a is None for a in in_axes):
                expand.append(len(broadcast) - 1 - i)
            else:
                func = vmap(func, in_axes)
        result = func(*squeezed)
        if not expand:
            return result
        if isinstance(result, tuple):
            return tuple(expand_dims(r, axis=expand) for r in result)
        return expand_dims(result, axis=expand)

    return wrapped
