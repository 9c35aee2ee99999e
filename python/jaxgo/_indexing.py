"""jax.ds: slices by start and size, whose start may be traced."""

from __future__ import annotations

from . import _fast
from .tree_util import register_pytree_node_class


@register_pytree_node_class
class Slice:
    """A slice with a static size; made by ds."""

    __slots__ = ("size", "start", "stride")

    def __init__(self, start, size, stride=1):
        if stride < 0:
            raise ValueError("`stride` must be >= 0.")
        self.start, self.size, self.stride = start, size, stride

    @property
    def is_dynamic_start(self):
        return isinstance(self.start, _fast.Array)

    @property
    def is_dynamic_size(self):
        return isinstance(self.size, _fast.Array)

    def tree_flatten(self):
        dyn = self.is_dynamic_start, self.is_dynamic_size
        both = self.start, self.size
        return tuple(v if d else None for v, d in zip(both, dyn)), (*(None if d else v for v, d in zip(both, dyn)), self.stride)

    @classmethod
    def tree_unflatten(cls, aux, children):
        start, size = (b if a is None else a for a, b in zip(children, aux))
        return cls(start, size, aux[2])

    @classmethod
    def from_slice(cls, slc, size):
        start, stop, step = slc.indices(size)
        if step < 1:
            raise ValueError(f"slice must have a step >= 1 (found: {step})")
        return cls(start, len(range(start, stop, step)), step)

    def _jg_index(self):
        """What the extension takes for this index."""
        return "ds", self.start, self.size, self.stride

    def __eq__(self, other):
        return type(other) is Slice and self._jg_index() == other._jg_index()

    def __hash__(self):
        return hash(self._jg_index())

    def __repr__(self):
        return f"Slice(start={self.start!r}, size={self.size!r}, stride={self.stride!r})"


def ds(start, size=None, stride=None):
    """The index i:i+size, for a start i that may be traced.

    >>> import jaxgo as jax, jaxgo.numpy as jnp
    >>> jnp.arange(10)[jax.ds(4, 2)]
    Array([4, 5], dtype=int32)
    """
    if start is None:
        return slice(None)
    if stride is None:
        stride = 1
    if not isinstance(stride, int):
        raise ValueError("Non-static stride in `dslice`")
    return Slice(0, start, stride) if size is None else Slice(start, size, stride)
