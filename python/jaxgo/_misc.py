"""The names of module jaxgo that are rarely used; `jaxgo.__getattr__` finds them here."""

from __future__ import annotations

import functools
import threading

from . import _fast
from . import tree_util as tu
from ._api import check_callable, jit, vjp, vmap
from ._config import config, define
from .sharding import (
    AbstractMesh,
    AxisType,
    Infer,
    Mesh,
    PartitionSpec,
    Sharding,
    get_abstract_mesh,
)

_call = _fast.call

# ---- names of operations ----


class _Names(threading.local):
    def __init__(self):
        self.stack = ()


_names = _Names()


class named_scope:
    """A name for the operations traced inside, as a context manager or a decorator.

    >>> import jaxgo as jax
    >>> @jax.jit
    ... @jax.named_scope("double")
    ... def f(x):
    ...     with jax.named_scope("product"):
    ...         return x * 2
    >>> print(f(3.))
    6.0
    """

    def __init__(self, name):
        if not isinstance(name, str):
            raise TypeError("named_scope name argument must be a string.")
        self.name = name

    def __enter__(self):
        _names.stack += (self.name,)

    def __exit__(self, *exc):
        _names.stack = _names.stack[:-1]
        return False

    def __call__(self, fun):
        @functools.wraps(fun)
        def wrapped(*args, **kwargs):
            with named_scope(self.name):
                return fun(*args, **kwargs)

        return wrapped


def named_call(fun, *, name=None):
    """A function whose operations carry its name, see `named_scope`.

    >>> import jaxgo as jax
    >>> print(jax.named_call(lambda x: x + 1, name="next")(1.))
    2.0
    """
    return named_scope(fun.__name__ if name is None else name)(fun)


# ---- differentiation ----


def fwd_and_bwd(fun, argnums, has_aux=False, jitted=True):
    """The forward pass of ``fun``, which returns its value and residuals, and the backward pass, which takes them.

    >>> import jaxgo as jax
    >>> fwd, bwd = jax.fwd_and_bwd(lambda x, y: x * y, argnums=(0, 1))
    >>> value, residuals = fwd(2., 3.)
    >>> print(value, *bwd(residuals, 1.))
    6.0 3.0 2.0
    """
    check_callable(fun)
    nums = (argnums,) if isinstance(argnums, int) else tuple(argnums)

    def fwd(*args, **kwargs):
        at = [i + len(args) if i < 0 else i for i in nums]

        def partial(*dyn):
            full = list(args)
            for i, x in zip(at, dyn):
                full[i] = x
            return fun(*full, **kwargs)

        return vjp(partial, *(args[i] for i in at), has_aux=has_aux)

    def bwd(residuals, ct):
        cts = residuals(ct)
        return cts[0] if isinstance(argnums, int) else cts

    return (jit(fwd), jit(bwd)) if jitted else (fwd, bwd)


# ---- mapping over devices ----


def _bind_axes(fun, names):
    """fun with mesh axes of size 1 in scope, so that its collectives find them."""
    for name in names:

        def fun(*args, _fun=fun, _name=name):
            out = vmap(lambda: _fun(*args), out_axes=0, axis_name=_name, axis_size=1)()
            return tu.tree_map(lambda y: y[0], out)

    return fun


def shard_map(f=None, /, *, out_specs, in_specs=Infer, mesh=None, axis_names=frozenset(), check_vma=True):
    """Applies a function to the part of its arguments on each device of a mesh; the one device here has the whole.

    >>> import jaxgo as jax, jaxgo.numpy as jnp
    >>> mesh = jax.make_mesh((1,), ("x",))
    >>> f = jax.shard_map(lambda v: jax.lax.psum(v, "x"), mesh=mesh, in_specs=jax.P("x"), out_specs=jax.P())
    >>> print(f(jnp.arange(3.)))
    [0. 1. 2.]
    """
    if f is None:
        return lambda g: shard_map(g, out_specs=out_specs, in_specs=in_specs, mesh=mesh, axis_names=axis_names, check_vma=check_vma)
    if not callable(f):
        raise TypeError(f"shard_map requires a callable for its first argument, but got {f} of type {type(f)}.")

    @functools.wraps(f)
    def wrapped(*args):
        names = _shard_axes(mesh, axis_names, in_specs)
        if in_specs is not Infer and in_specs is not None:
            _check_specs(in_specs, args, "in_specs")
        out = _bind_axes(f, names)(*args)
        _check_specs(out_specs, out, "out_specs")
        return out

    return wrapped


def _shard_axes(mesh, axis_names, in_specs):
    if mesh is None:
        mesh = get_abstract_mesh()
        if mesh.empty:
            raise ValueError(
                "The context mesh cannot be empty. Either use `jax.set_mesh(mesh)` to enter into a mesh context or "
                "pass a mesh to `shard_map` via the `mesh` keyword argument."
            )
    if not isinstance(mesh, (Mesh, AbstractMesh)):
        raise TypeError(
            "shard_map requires a `jax.sharding.Mesh` or a `jax.sharding.AbstractMesh` instance for its second "
            f"argument, but got {mesh} of type {type(mesh)}."
        )
    if mesh.empty:
        raise ValueError(f"shard_map requires a non-empty mesh. Got {mesh}")
    if not isinstance(axis_names, (frozenset, set)):
        raise TypeError(f"`axis_names` argument of shard_map should be of type `frozenset` or `set`. Got type: {type(axis_names)}")
    names = frozenset(axis_names) or frozenset(mesh.axis_names)
    if not names <= frozenset(mesh.axis_names):
        raise ValueError(f"jax.shard_map requires axis_names={names} to be a subset of mesh.axis_names={frozenset(mesh.axis_names)}")
    if mesh.size != 1:
        raise ValueError(f"shard_map over {mesh.size} devices: one is there")
    if in_specs is Infer:
        kinds = dict(zip(mesh.axis_names, mesh.axis_types))
        if any(kinds[a] != AxisType.Explicit for a in names):
            raise TypeError(
                "shard_map in_specs argument must be a pytree of `jax.sharding.PartitionSpec` instances, but it was "
                f"`None` when axis_names={names} are of type {', '.join(str(kinds[a]) for a in names)}"
            )
    return [a for a in mesh.axis_names if a in names]


def _check_specs(specs, values, what):
    from ._api import typeof

    def leaf(s):
        return s is None or isinstance(s, PartitionSpec)

    try:
        per_leaf = tu.broadcast_prefix(specs, values, is_leaf=leaf)
    except ValueError:
        e, *_ = tu.prefix_errors(specs, values, is_leaf=leaf)
        raise e(f"shard_map {what}") from None
    for s, x in zip(per_leaf, tu.tree_leaves(values)):
        if s is None:
            continue
        if not isinstance(s, PartitionSpec):
            raise TypeError(
                f"shard_map {what} argument must be a pytree of `jax.sharding.PartitionSpec` instances, but:\n\n  {s!r} is of type {type(s).__name__}"
            )
        shape = typeof(x).shape
        if len(s) > len(shape):
            raise ValueError(f"shard_map applied with a {what} entry {s} of {len(s)} axes to a value of shape {shape}, which has fewer")


def smap(f=None, /, *, in_axes=Infer, out_axes, axis_name):
    """`shard_map` over one axis of the current mesh, with axes in place of specs.

    >>> import jaxgo as jax, jaxgo.numpy as jnp
    >>> with jax.set_mesh(jax.make_mesh((1,), ("x",))):
    ...     print(jax.smap(lambda v: v * 2, in_axes=0, out_axes=0, axis_name="x")(jnp.ones(2)))
    [2. 2.]
    """
    if f is None:
        return lambda g: smap(g, in_axes=in_axes, out_axes=out_axes, axis_name=axis_name)
    if isinstance(axis_name, (list, tuple)):
        raise TypeError(f"smap axis_name should be a `str` or a `Hashable`, but got {axis_name}")
    if in_axes is not None and in_axes is not Infer and not isinstance(in_axes, (int, tuple)):
        raise TypeError(
            "smap in_axes must be an int, None, jax.sharding.Infer, or a tuple of entries corresponding to the "
            f"positional arguments passed to the function, but got {in_axes}."
        )
    if in_axes is not Infer and not all(isinstance(i, int) for i in tu.tree_leaves(in_axes)):
        raise TypeError(
            f"smap in_axes must be an int, None, jax.sharding.Infer, or (nested) container with those types as leaves, but got {in_axes}."
        )
    if not all(isinstance(i, int) for i in tu.tree_leaves(out_axes)):
        raise TypeError(f"smap out_axes must be an int, None, or (nested) container with those types as leaves, but got {out_axes}.")

    def spec(axis):
        return PartitionSpec() if axis is None else PartitionSpec(*[None] * axis, axis_name)

    def specs(axes):
        return axes if axes is Infer else tu.tree_map(spec, axes, is_leaf=lambda v: v is None)

    return shard_map(f, in_specs=specs(in_axes), out_specs=specs(out_axes), axis_names={axis_name})


def pmap(
    fun,
    axis_name=None,
    *,
    in_axes=0,
    out_axes=0,
    static_broadcasted_argnums=(),
    devices=None,
    backend=None,
    axis_size=None,
    donate_argnums=(),
):
    """Maps a function over devices, of which there is one: the mapped axes have size 1.

    >>> import jaxgo as jax, jaxgo.numpy as jnp
    >>> print(jax.pmap(lambda x: jax.lax.psum(x, "i"), axis_name="i")(jnp.ones((1, 2))))
    [[1. 1.]]
    """
    check_callable(fun)
    static = (static_broadcasted_argnums,) if isinstance(static_broadcasted_argnums, int) else tuple(static_broadcasted_argnums)
    name = "_internal_pmap_axis_name" if axis_name is None else axis_name

    def pmapped(*args, **kwargs):
        if static and max(static) >= len(args):
            raise ValueError(
                f"pmapped function has static_broadcasted_argnums={static} but was called with only {len(args)} positional "
                f"argument{'s' if len(args) > 1 else ''}. All static broadcasted arguments must be passed positionally."
            )
        nums = {i + len(args) if i < 0 else i for i in static}
        fixed = {i: args[i] for i in nums if i < len(args)}
        dynamic = [x for i, x in enumerate(args) if i not in nums]
        axes = in_axes
        if isinstance(axes, tuple):
            axes = tuple(a for i, a in enumerate(axes) if i not in nums)

        def full(*xs, **kw):
            it = iter(xs)
            return fun(*(fixed[i] if i in fixed else next(it) for i in range(len(args))), **kw)

        if axis_size is None and not tu.tree_leaves((dynamic, kwargs)):
            raise ValueError("pmap requires at least one argument with a mapped axis.")
        for x, a in zip(*_mapped_leaves(dynamic, kwargs, axes)):
            if a is not None and x.shape[a] != 1:
                raise ValueError(
                    f"cannot select an axis to squeeze out which has size not equal to one, got shape={tuple(x.shape)} and dimensions=({a},)"
                )
        return vmap(full, in_axes=axes, out_axes=out_axes, axis_name=name, axis_size=axis_size)(*dynamic, **kwargs)

    nums = (donate_argnums,) if isinstance(donate_argnums, int) else tuple(donate_argnums)
    compiled = jit(pmapped, static_argnums=static, donate_argnums=[i for i in nums if i not in static])
    functools.update_wrapper(compiled, fun)
    return compiled


def _mapped_leaves(args, kwargs, axes):
    from ._api import flatten_axes, typeof

    leaves, tree = tu.tree_flatten((tuple(args), kwargs))
    try:
        flat = flatten_axes("pmap in_axes", tree, (axes, 0), kws=True)
    except ValueError:  # vmap says what is wrong
        return [], []
    kept = [(typeof(x), a) for x, a in zip(leaves, flat) if a is not None and typeof(x).ndim > a]
    return [x for x, _ in kept], [a for _, a in kept]


# ---- arrays of parts ----


def _whole(shape, sharding, what):
    if not isinstance(sharding, Sharding):
        raise TypeError(f"sharding should be an instance of `jax.sharding`. Got {sharding} of type {type(sharding)}")
    return sharding.shard_shape(tuple(shape))


def make_array_from_callback(shape, sharding, data_callback, dtype=None):
    """An array of what ``data_callback`` returns for each part, given the part's place as a tuple of slices.

    >>> import jaxgo as jax, numpy as np
    >>> data = np.arange(4.)
    >>> s = jax.sharding.SingleDeviceSharding(jax.devices()[0])
    >>> print(jax.make_array_from_callback((4,), s, lambda index: data[index]))
    [0. 1. 2. 3.]
    """
    from . import errors
    from ._device import device_put
    from .numpy import asarray

    expected = _whole(shape, sharding, "make_array_from_callback")
    x = data_callback((slice(None),) * len(expected))
    if isinstance(x, _fast.Tracer):
        raise errors.UnexpectedTracerError("jax.make_array_from_callback cannot be called within a traced context.")
    x = asarray(x, dtype=dtype)
    if x.shape != expected:
        raise ValueError(
            f"Expected shard shape {expected} doesn't match the single device array shape {x.shape}. "
            f"Shape of Array is {tuple(shape)} with sharding {sharding}"
        )
    return device_put(x, sharding)


def make_array_from_process_local_data(sharding, local_data, global_shape=None):
    """An array of the part that this process has: the whole.

    >>> import jaxgo as jax, numpy as np
    >>> s = jax.sharding.SingleDeviceSharding(jax.devices()[0])
    >>> print(jax.make_array_from_process_local_data(s, np.ones(2)))
    [1. 1.]
    """

    def make(x, shape):
        import numpy as np

        x = x if isinstance(x, _fast.Array) else np.asarray(x)
        shape = x.shape if shape is None else tuple(s if s is not None else n for s, n in zip(shape, x.shape))
        return make_array_from_callback(shape, sharding, lambda index: x[index])

    if global_shape is None or isinstance(global_shape, tuple):
        return tu.tree_map(lambda x: make(x, global_shape), local_data)
    return tu.tree_map(make, local_data, global_shape, is_leaf=lambda x: x is None)


def make_array_from_single_device_arrays(shape, sharding, arrays, *, dtype=None):
    """An array whose parts are arrays on single devices.

    >>> import jaxgo as jax, jaxgo.numpy as jnp
    >>> s = jax.sharding.SingleDeviceSharding(jax.devices()[0])
    >>> print(jax.make_array_from_single_device_arrays((2,), s, [jnp.ones(2)]))
    [1. 1.]
    """
    from ._device import device_put

    if not isinstance(arrays, (list, tuple)):
        raise TypeError(f"jax.make_array_from_single_device_arrays `arrays` argument should be a list or tuple, but got {type(arrays)}")
    expected = _whole(shape, sharding, "make_array_from_single_device_arrays")
    if len(arrays) != 1:
        raise ValueError(
            f"When making an array from single-device arrays the input arrays must have as many as there are "
            f"addressable devices, 1, but got {len(arrays)}"
        )
    if arrays[0].shape != expected:
        raise ValueError(
            f"Expected shard shape {expected} doesn't match the single device array shape {arrays[0].shape}. "
            f"Shape of Array is {tuple(shape)} with sharding {sharding}"
        )
    return device_put(arrays[0], sharding)


def copy_to_host_async(x):
    """Starts copying the arrays of a pytree to the host, and returns the pytree."""
    for leaf in tu.tree_leaves(x):
        copy = getattr(leaf, "copy_to_host_async", None)
        if copy is not None:
            copy()
    return x


def live_arrays(platform=None):
    """The arrays that exist and were not deleted.

    >>> import jaxgo as jax, jaxgo.numpy as jnp
    >>> x = jnp.ones(5)
    >>> any(a is x for a in jax.live_arrays())
    True
    """
    return [x for x in _fast.live_arrays() if not x.is_deleted()]


def effects_barrier():
    """Waits until the side effects of programs that were started have happened.

    Programs with side effects are waited for when they are called, so there is nothing left to wait for.
    """


# ---- contexts ----


def checking_leaks():
    """A context in which a traced value that outlives its trace is an error.

    >>> import jaxgo as jax
    >>> kept = []
    >>> with jax.checking_leaks():
    ...     try:
    ...         jax.jit(kept.append)(1.)
    ...     except Exception as e:
    ...         print(str(e)[:12])
    Leaked trace
    """
    return config._states["jax_check_tracer_leaks"](True)


class _UserConfig:
    """A value on which programs may depend: with another one they are traced anew."""

    made = 0

    def __init__(self, default):
        _UserConfig.made += 1
        self._state = define(f"user_context_{_UserConfig.made}", default, None, "A context of the user's.")

    value = property(lambda self: self._state.value)

    def get_global(self):
        return self._state.get_global()

    def set_global(self, new_value):
        self._state.set(new_value)

    def __call__(self, new_value):
        return self._state(new_value)


def make_user_context(default_value=None):
    """A context whose value belongs to the keys of jit's caches.

    >>> import jaxgo as jax
    >>> mode = jax.make_user_context("a")
    >>> f = jax.jit(lambda x: x + 1 if mode.value == "a" else x - 1)
    >>> with mode("b"):
    ...     print(f(1.))
    0.0
    """
    return _UserConfig(default_value)


def __getattr__(name):
    if name == "memory":
        import enum
        import types

        class MemorySpace(enum.Enum):
            Device = enum.auto()
            Host = enum.auto()
            Any = enum.auto()

            def __repr__(self):
                return f"MemorySpace.{self.name}"

        globals()["memory"] = types.SimpleNamespace(Space=MemorySpace)
        return memory  # noqa: F821
    if name == "ad":
        import types

        from ._api import DidntWant, DontWant, GradValue

        globals()["ad"] = types.SimpleNamespace(DidntWant=DidntWant, DontWant=DontWant, GradValue=GradValue)
        return ad  # noqa: F821
    if name == "Ref":
        raise AttributeError(name)
    key = name if name.startswith("jax2tf") else "jax_" + name
    state = config._states.get(key)
    if state is None:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    return state


def print_environment_info(return_string=False):
    """Prints what a report of a bug should say of the installation, or returns it.

    >>> import jaxgo as jax
    >>> "jaxgo" in jax.print_environment_info(return_string=True)
    True
    """
    import os
    import platform
    import sys

    import numpy as np

    from . import __version__, _device, _ext

    lines = [
        f"jaxgo:  {__version__}",
        f"go:     {_ext.core.go_version()}",
        f"numpy:  {np.__version__}",
        "python: " + sys.version.replace("\n", " "),
        f'device info: {_device.devices()[0].device_kind}-{_device.device_count()}, {_device.local_device_count()} local devices"',
        "process_count: 1",
        f"platform: {platform.uname()}",
    ]
    lines += [f"{k}={v}" for k, v in os.environ.items() if k.startswith(("JAX_", "XLA_"))]
    text = "\n".join(lines)
    if return_string:
        return text
    print(text)
