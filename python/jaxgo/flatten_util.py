"""Pytrees of arrays as one vector."""

from __future__ import annotations

import functools

from jaxgo import lax
from jaxgo import numpy as jnp
from jaxgo.tree_util import tree_flatten

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable
    from typing import Any

    from jaxgo import Array


class _HashablePartial(functools.partial):
    """A functools.partial that equals another of the same function and arguments, so jit takes it as static."""

    def _key(self):
        return self.func, self.args, tuple(self.keywords.items())

    def __eq__(self, other):
        return type(other) is _HashablePartial and self._key() == other._key()

    def __hash__(self):
        return hash(self._key())


def ravel_pytree(pytree: Any) -> tuple[Array, Callable[[Array], Any]]:
    """All elements of a pytree of arrays as one vector, and the function from such a vector back to the pytree.

    The dtype is what the leaves' dtypes promote to; that of an empty pytree is float32.

    >>> flat, unravel = ravel_pytree({'a': jnp.ones(2), 'b': jnp.zeros((1, 2))})
    >>> flat
    Array([1., 1., 0., 0.], dtype=float32)
    >>> unravel(flat)['b'].shape
    (1, 2)
    """
    leaves, treedef = tree_flatten(pytree)
    if not leaves:
        return lax.full([0], 0, "float32"), _HashablePartial(_unravel_empty, treedef)
    from_dtypes = tuple(jnp.result_type(x) for x in leaves)
    to_dtype = jnp.result_type(*from_dtypes)
    shapes = tuple(jnp.shape(x) for x in leaves)
    sizes = tuple(jnp.size(x) for x in leaves)
    if all(d == to_dtype for d in from_dtypes):
        # Without conversions weak types stay weak, and unravel takes a vector of any dtype.
        from_dtypes = to_dtype = None
    else:
        leaves = [lax.convert_element_type(x, to_dtype) for x in leaves]
    flat = lax.concatenate([lax.reshape(x, (size,)) for x, size in zip(leaves, sizes)], dimension=0)
    return flat, _HashablePartial(_unravel, treedef, sizes, shapes, from_dtypes, to_dtype)


def _unravel_empty(treedef, flat):
    return treedef.unflatten([])


def _unravel(treedef, sizes, shapes, from_dtypes, to_dtype, flat):
    if to_dtype is not None and jnp.result_type(flat) != to_dtype:
        raise TypeError(f"unravel function given array of dtype {jnp.result_type(flat)}, but expected dtype {to_dtype}")
    chunks = [jnp.reshape(x, shape) for x, shape in zip(lax.split(flat, sizes), shapes)]
    if to_dtype is not None:
        chunks = [_convert(x, dtype) for x, dtype in zip(chunks, from_dtypes)]
    return treedef.unflatten(chunks)


def _convert(x, dtype):
    if jnp.iscomplexobj(x) and not jnp.issubdtype(dtype, jnp.complexfloating):
        x = jnp.real(x)  # a leaf that was real is still real, so there is nothing to warn of
    return lax.convert_element_type(x, dtype)
