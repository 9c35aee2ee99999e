"""Looking into programs while they run: printing, callbacks, a debugger.

>>> import jaxgo as jax
>>> y = jax.jit(lambda x: (jax.debug.print("x = {}", x), x)[1])(2.)
x = 2.0
"""

from __future__ import annotations

from ._callback import debug_callback as callback
from ._callback import debug_print as print

__all__ = ["DebugEffect", "OrderedDebugEffect", "breakpoint", "callback", "inspect_array_sharding", "print",
           "visualize_array_sharding", "visualize_sharding"]  # fmt: skip


class DebugEffect:
    """The effect of a debug callback whose place among others is free."""

    def __str__(self):
        return "Debug"


class OrderedDebugEffect:
    """The effect of a debug callback that keeps its place among others."""

    def __str__(self):
        return "OrderedDebug"


def breakpoint(*, backend=None, filter_frames=True, num_frames=None, ordered=False, token=None, **kwargs):
    """Stops where it is called when the program runs, in a debugger that knows the variables of the function traced.

    With ``token``, an array or a pytree of arrays, the program stops when these are computed; they are returned, and
    whatever uses them comes later. ``stdin`` and ``stdout`` say where the debugger reads and writes.

    >>> import io, sys
    >>> import jaxgo as jax
    >>> def f(x):
    ...     y = x + 1
    ...     jax.debug.breakpoint(stdin=io.StringIO("p y\\nc\\n"), stdout=sys.stdout)
    ...     return y
    >>> z = jax.jit(f)(1.)
    Entering jdb:
    (jdb) Array(2., dtype=float32)
    (jdb)
    """
    from . import _debugger

    return _debugger.stop(backend, filter_frames, num_frames, ordered, token, kwargs)


def inspect_array_sharding(value, *, callback):
    """Calls ``callback`` with the sharding of each array of a pytree.

    >>> import jaxgo as jax, jaxgo.numpy as jnp
    >>> shardings = []
    >>> jax.debug.inspect_array_sharding(jnp.ones(2), callback=shardings.append)
    >>> len(shardings)
    1
    """
    from . import _fast, tree_util
    from ._device import devices
    from .sharding import SingleDeviceSharding

    for x in tree_util.tree_leaves(value):
        callback(SingleDeviceSharding(devices()[0]) if isinstance(x, _fast.Tracer) else x.sharding)


def visualize_sharding(shape, sharding, *, use_color=True, scale=1.0, min_width=9, max_width=80, color_map=None):
    """Draws which part of an array of one or two axes is on which device; here there is one part.

    >>> import jaxgo as jax, jaxgo.numpy as jnp
    >>> jax.debug.visualize_sharding((4, 4), jnp.ones((4, 4)).sharding)  # doctest: +SKIP
    """
    import sys

    if len(shape) not in (1, 2):
        raise ValueError("`visualize_sharding` only works for shapes with 1 and 2 dimensions.")
    device = next(iter(sharding.device_set))
    text = f"{device.platform.upper()} {device.id}"
    tall = int(10 * scale)
    wide = int(int(tall * (shape[1] if len(shape) == 2 else 1) / max(shape[0], 1)) * 2.5)
    width = min(max(wide, min_width), max_width) - 2
    height = max(tall - 2, 1) if len(shape) == 2 else 1
    rows = [" " * width] * height
    rows[height // 2] = text.center(width)
    lines = ["┌" + "─" * width + "┐", *("│" + r + "│" for r in rows), "└" + "─" * width + "┘"]
    sys.stdout.write("\n".join(lines) + "\n")


def visualize_array_sharding(arr, **kwargs):
    """`visualize_sharding` of an array.

    >>> import jaxgo as jax, jaxgo.numpy as jnp
    >>> jax.debug.visualize_array_sharding(jnp.ones(8))
    ┌───────┐
    │ CPU 0 │
    └───────┘
    """
    inspect_array_sharding(arr, callback=lambda s: visualize_sharding(arr.shape, s, **kwargs))
