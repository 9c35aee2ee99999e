"""Random bits, and what stands for the order of effects."""

from __future__ import annotations

from .. import _fast
from .._dtype import as_dtype
from ._types import RandomAlgorithm
from ._util import canonical_shape

_bits, _uniform = _fast.func("lax.rng_bit_generator"), _fast.func("lax.rng_uniform")


def rng_uniform(a, b, shape):
    """Random numbers between a and b from the device's own generator, whose state nobody controls.

    >>> from jaxgo import lax
    >>> lax.rng_uniform(0., 1., (2,)).shape
    (2,)
    """
    return _uniform(a, b, canonical_shape(shape))


def rng_bit_generator(key, shape, dtype="uint32", algorithm=RandomAlgorithm.RNG_DEFAULT, *, out_sharding=None):
    """A new state of the generator, and random bits.

    >>> from jaxgo import lax, numpy as jnp
    >>> state, bits = lax.rng_bit_generator(jnp.zeros(4, "uint32"), (2,))
    >>> bits.dtype
    dtype('uint32')
    """
    d = as_dtype(dtype, "rng_bit_generator")
    if d.name not in ("uint8", "uint16", "uint32", "uint64"):
        raise TypeError(f"rng_bit_generator: unsupported dtype {d}")
    return tuple(_bits(key, canonical_shape(shape), d, int(algorithm)))


def create_token(_=None):
    """A value that stands for the order of effects.

    >>> from jaxgo import lax
    >>> lax.create_token().shape
    (0,)
    """
    from ._shape import full

    return full((0,), False)


def after_all(*operands):
    """A token that comes after all of these.

    >>> from jaxgo import lax
    >>> lax.after_all(lax.create_token()).shape
    (0,)
    """
    return create_token()


def dce_sink(val, *, prevent_mlir_dce=False):
    """Uses the arrays of a pytree, so that what computes them is not dropped from a jaxpr.

    >>> from jaxgo import lax
    >>> lax.dce_sink(1)
    """
    from ..tree_util import tree_leaves

    for x in tree_leaves(val):
        _fast.call("lax.dce_sink", x, prevent_mlir_dce)


def with_sharding_constraint(x, shardings):
    """x, laid out over devices as asked; on one device that is x.

    >>> from jaxgo import lax
    >>> lax.with_sharding_constraint(1, None)
    1
    """
    return x
