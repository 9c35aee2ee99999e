"""The generators behind random keys.

>>> from jaxgo.extend import random
>>> random.threefry_prng_impl
threefry2x32
"""

from __future__ import annotations

from ..random import key as _key

__all__ = ["rbg_prng_impl", "seed_with_impl", "threefry_2x32", "threefry_prng_impl", "unsafe_rbg_prng_impl"]


class PRNGImpl:
    """A generator, by name; `random.key` takes it as ``impl``."""

    __slots__ = ("_name", "key_shape", "tag")

    def __init__(self, name, tag, key_shape):
        self._name, self.tag, self.key_shape = name, tag, key_shape

    name = property(lambda self: self._name)

    def __repr__(self):
        return self._name


threefry_prng_impl = PRNGImpl("threefry2x32", "fry", (2,))
rbg_prng_impl = PRNGImpl("rbg", "rbg", (4,))
unsafe_rbg_prng_impl = PRNGImpl("unsafe_rbg", "urbg", (4,))


def seed_with_impl(impl, seed):
    """A key of a generator, made from an integer."""
    return _key(seed, impl=impl)


def threefry_2x32(keypair, count):
    """The threefry2x32 hash of counters, by a key of two uint32 (Salmon et al., SC 2011).

    >>> import jaxgo.numpy as jnp
    >>> threefry_2x32(jnp.array([0, 0], jnp.uint32), jnp.array([0, 0], jnp.uint32)).shape
    (2,)
    """
    from .. import _fast
    from .. import numpy as jnp

    flat = jnp.ravel(count)
    odd = flat.size % 2
    if odd:
        flat = jnp.concatenate([flat, jnp.zeros((1,), jnp.uint32)])
    half = flat.size // 2
    a, b = _fast.call("random.threefry2x32", keypair[0], keypair[1], flat[:half], flat[half:])
    out = jnp.concatenate([a, b])
    return (out[:-1] if odd else out).reshape(count.shape)
