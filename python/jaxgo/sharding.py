"""Where arrays live: meshes of devices and how the axes of arrays are divided among them.

jaxgo runs a program on one device, so every mesh that can be used has one device and every sharding leaves arrays
whole; the objects are here so that programs written for several devices run.

>>> import jaxgo as jax
>>> mesh = jax.make_mesh((1,), ("x",))
>>> jax.NamedSharding(mesh, jax.P("x"))
NamedSharding(mesh=Mesh('x': 1, axis_types=(Explicit,)), spec=P('x',), memory_kind=device)
"""

from __future__ import annotations

import collections
import contextlib
import enum
import functools
import math
import threading


class AxisType(enum.Enum):
    """Who decides how arrays are divided along a mesh axis: the compiler, the types, or the program."""

    Auto = enum.auto()
    Explicit = enum.auto()
    Manual = enum.auto()

    def __repr__(self):
        return self.name


class _Unconstrained:
    def __repr__(self):
        return "UNCONSTRAINED"

    def __reduce__(self):
        return "_UNCONSTRAINED"


_UNCONSTRAINED = _Unconstrained()


def _partition(p):
    """() is None, and a tuple of one axis is the axis."""
    if isinstance(p, (tuple, list)):
        return None if not p else p[0] if len(p) == 1 else tuple(p)
    return p


def _axes(p):
    return () if p is None or p is _UNCONSTRAINED else p if isinstance(p, tuple) else (p,)


class PartitionSpec:
    """For each axis of an array the mesh axes that divide it: None, a name, or a tuple of names.

    >>> import jaxgo as jax
    >>> jax.P("x", None, ("y", "z"))
    P('x', None, ('y', 'z'))
    """

    __slots__ = ("__weakref__", "partitions", "reduced", "unreduced")
    UNCONSTRAINED = _UNCONSTRAINED

    def __init__(self, *partitions, unreduced=frozenset(), reduced=frozenset()):
        for what, axes in (("unreduced", unreduced), ("reduced", reduced)):
            if not isinstance(axes, (set, frozenset)):
                raise TypeError(f"{what} argument of PartitionSpec should of type `frozenset` or `set`. Got type {axes}")
            if None in axes:
                raise ValueError(f"{what} cannot contain None. All elements in {what} should refer to the mesh axes.")
        set_ = object.__setattr__
        set_(self, "partitions", tuple(_partition(p) for p in partitions))
        set_(self, "unreduced", frozenset(unreduced))
        set_(self, "reduced", frozenset(reduced))
        self._check()

    def _check(self):
        if self.unreduced & self.reduced:
            raise ValueError(
                f"`unreduced` and `reduced` argument to PartitionSpec cannot overlap. Got unreduced: {self.unreduced} and reduced: {self.reduced}"
            )
        for p in self.partitions:
            for a in _axes(p):
                for what in ("unreduced", "reduced"):
                    if a in getattr(self, what):
                        raise ValueError(
                            f"partitions cannot overlap with {what} axes passed to PartitionSpec. Got partitions: "
                            f"{self.partitions} and {what} axes: {getattr(self, what)}"
                        )

    def __setattr__(self, name, value):
        raise AttributeError(f"PartitionSpec is immutable; cannot set {name}")

    def __init_subclass__(cls, *args, **kwargs):
        raise TypeError("Subclassing `jax.P` is prohibited.")

    def _plain(self, use):
        if self.reduced or self.unreduced:
            raise ValueError(f"Using {use} is dangerous when PartitionSpec has non-empty unreduced/reduced set. Please use spec.partitions[...]")
        return self.partitions

    def __getitem__(self, i):
        return self._plain("pspec[...]")[i]

    def __iter__(self):
        return iter(self._plain("*pspec"))

    def __len__(self):
        return len(self.partitions)

    def __eq__(self, other):
        return (
            isinstance(other, PartitionSpec)
            and self.partitions == other.partitions
            and self.unreduced == other.unreduced
            and self.reduced == other.reduced
        )

    def __hash__(self):
        return hash((PartitionSpec, self.partitions, self.unreduced, self.reduced))

    def __add__(self, other):
        if isinstance(other, PartitionSpec):
            return PartitionSpec(
                *self.partitions,
                *other.partitions,
                unreduced=self.unreduced | other.unreduced,
                reduced=self.reduced | other.reduced,
            )
        if isinstance(other, tuple):
            return PartitionSpec(*self, *other)
        raise NotImplementedError

    def __radd__(self, other):
        if not isinstance(other, tuple):
            raise NotImplementedError
        return PartitionSpec(*other, *self)

    def index(self, value):
        return self.partitions.index(_partition(value))

    def count(self, value):
        return self.partitions.count(_partition(value))

    def update(self, partitions=None, unreduced=None, reduced=None):
        """A copy with some parts replaced."""
        return PartitionSpec(
            *(self.partitions if partitions is None else partitions),
            unreduced=self.unreduced if unreduced is None else unreduced,
            reduced=self.reduced if reduced is None else reduced,
        )

    def __reduce__(self):
        return _make_spec, (self.partitions, self.unreduced, self.reduced)

    def __repr__(self):
        parts = repr(self.partitions)[1:-1]
        extra = [f"{n}={set(getattr(self, n))!r}" for n in ("unreduced", "reduced") if getattr(self, n)]
        if not extra:
            return f"P({parts})"
        gap = "" if not parts else " " if parts.endswith(",") else ", "
        return f"P({parts}{gap}{', '.join(extra)})"


P = PartitionSpec


def _make_spec(partitions, unreduced, reduced):
    return PartitionSpec(*partitions, unreduced=unreduced, reduced=reduced)


# ---- meshes ----


def _axis_types(names, types, what):
    types = (AxisType.Auto,) * len(names) if types is None else types
    if not isinstance(types, tuple):
        types = (types,)
    if not all(isinstance(t, AxisType) for t in types):
        raise TypeError(f"axis_types passed to {what} must be of type `jax.sharding.AxisType`. Got {types} of type {tuple(type(t) for t in types)}")
    if len(names) != len(types):
        raise ValueError(f"Number of axis names should match the number of axis_types. Got axis_names={names} and axis_types={types}")
    return types


class _BaseMesh:
    def _all(self, t):
        return bool(self.axis_types) and all(a == t for a in self.axis_types)

    are_all_axes_auto = property(lambda self: self._all(AxisType.Auto))
    are_all_axes_explicit = property(lambda self: self._all(AxisType.Explicit))
    are_all_axes_manual = property(lambda self: self._all(AxisType.Manual))

    def _of_type(self, t):
        return tuple(n for n, a in zip(self.axis_names, self.axis_types) if a == t)

    auto_axes = property(lambda self: self._of_type(AxisType.Auto))
    explicit_axes = property(lambda self: self._of_type(AxisType.Explicit))
    manual_axes = property(lambda self: self._of_type(AxisType.Manual))

    @property
    def shape_tuple(self):
        return tuple(zip(self.axis_names, self.axis_sizes))

    @property
    def shape(self):
        return collections.OrderedDict(self.shape_tuple)

    @property
    def empty(self):
        return self.size == 0


class Mesh(_BaseMesh, contextlib.ContextDecorator):
    """Devices in an array whose axes have names.

    >>> import jaxgo as jax, numpy as np
    >>> jax.sharding.Mesh(np.array(jax.devices()[:1]), ("x",))
    Mesh(axis_sizes=(1,), axis_names=('x',), axis_types=(Auto,))
    """

    def __init__(self, devices, axis_names, axis_types=None):
        import numpy as np

        if not isinstance(devices, np.ndarray):
            devices = np.array(devices)
        axis_names = (axis_names,) if isinstance(axis_names, str) else tuple(axis_names)
        if any(n is None for n in axis_names):
            raise ValueError(f"Mesh axis names cannot be None. Got: {axis_names}")
        if devices.ndim != len(axis_names):
            raise ValueError(
                "Mesh requires the ndim of its first argument (`devices`) to equal the length of its second argument "
                f"(`axis_names`), but got devices.ndim == {devices.ndim} and len(axis_names) == {len(axis_names)}."
            )
        self.devices = devices.copy()
        self.devices.flags.writeable = False
        self.axis_names = axis_names
        self.axis_types = _axis_types(axis_names, axis_types, "Mesh")
        self._flat = tuple(devices.flat)
        self.size = 0 if not axis_names and self._flat[0] is None else math.prod(devices.shape)

    axis_sizes = property(lambda self: self.devices.shape)
    is_scalar = property(lambda self: self.size == 1 and not self.axis_names)
    is_multi_process = False
    local_mesh = property(lambda self: self)
    local_devices = property(lambda self: list(self._flat))

    @property
    def device_ids(self):
        import numpy as np

        return np.vectorize(lambda d: d.id, otypes=[int])(self.devices)

    @property
    def abstract_mesh(self):
        if not self.axis_names:
            return empty_abstract_mesh
        d = self._flat[0]
        device = None if d is None else AbstractDevice(d.device_kind, None, d.platform)
        return AbstractMesh(self.axis_sizes, self.axis_names, self.axis_types, abstract_device=device)

    def update(self, devices=None, axis_names=None, axis_types=None):
        return Mesh(
            self.devices if devices is None else devices,
            self.axis_names if axis_names is None else axis_names,
            self.axis_types if axis_types is None else axis_types,
        )

    def __enter__(self):
        import warnings

        warnings.warn(
            "`with mesh:` context manager has been deprecated. Please use `with jax.set_mesh(mesh):` instead.",
            category=DeprecationWarning,
            stacklevel=2,
        )
        _context.entered.append(set_mesh(self))
        return self

    def __exit__(self, *exc):
        _context.entered.pop().__exit__(*exc)
        return False

    def _key(self):
        return self._flat, self.devices.shape, self.axis_names, self.axis_types

    def __eq__(self, other):
        return self is other or isinstance(other, Mesh) and self._key() == other._key()

    def __hash__(self):
        return hash(self._key())

    def __str__(self):
        if self.empty:
            return "Mesh()"
        return f"Mesh({', '.join(f'{n!r}: {k}' for n, k in self.shape_tuple)}, axis_types={self.axis_types})"

    def __repr__(self):
        if self.empty:
            return "Mesh(axis_sizes=(), axis_names=())"
        return f"Mesh(axis_sizes={self.axis_sizes}, axis_names={self.axis_names!r}, axis_types={self.axis_types})"


class AbstractDevice:
    """The kind of a device, without the device."""

    __slots__ = ("device_kind", "num_cores", "platform")

    def __init__(self, device_kind, num_cores, platform):
        self.device_kind, self.num_cores, self.platform = device_kind, num_cores, platform

    def _text(self):
        return f"device_kind={self.device_kind}, num_cores={self.num_cores}, platform={self.platform}"

    def _key(self):
        return self.device_kind, self.num_cores, self.platform

    def __eq__(self, other):
        return isinstance(other, AbstractDevice) and self._key() == other._key()

    def __hash__(self):
        return hash(self._key())

    def __repr__(self):
        return f"AbstractDevice({self._text()})"


class AbstractMesh(_BaseMesh):
    """The names and sizes of a mesh's axes, without devices.

    >>> import jaxgo as jax
    >>> jax.sharding.AbstractMesh((2,), ("x",))
    AbstractMesh('x': 2, axis_types=(Auto,))
    """

    def __init__(self, axis_sizes, axis_names, axis_types=None, *, abstract_device=None):
        self.axis_sizes, self.axis_names = tuple(axis_sizes), tuple(axis_names)
        self.axis_types = _axis_types(self.axis_names, axis_types, "AbstractMesh")
        self.abstract_device = abstract_device
        self.size = math.prod(self.axis_sizes) if self.axis_sizes else 0

    abstract_mesh = property(lambda self: self)

    def update(self, axis_sizes=None, axis_names=None, axis_types=None, **kwargs):
        kwargs.setdefault("abstract_device", self.abstract_device)
        return AbstractMesh(
            self.axis_sizes if axis_sizes is None else axis_sizes,
            self.axis_names if axis_names is None else axis_names,
            self.axis_types if axis_types is None else axis_types,
            **kwargs,
        )

    def update_axis_types(self, name_to_type):
        return self.update(axis_types=tuple(name_to_type.get(n, t) for n, t in zip(self.axis_names, self.axis_types)))

    def _no(name):
        def get(self, *_):
            raise ValueError(f"AbstractMesh does not implement {name}")

        return get

    devices, device_ids = property(_no("devices")), property(_no("device_ids"))
    is_multi_process, local_devices = property(_no("is_multi_process")), property(_no("local_devices"))
    local_mesh = property(_no("local_mesh"))
    __enter__, __exit__ = _no("__enter__"), _no("__exit__")

    def _key(self):
        return self.axis_sizes, self.axis_names, self.axis_types, self.abstract_device

    def __eq__(self, other):
        return self is other or isinstance(other, AbstractMesh) and self._key() == other._key()

    def __hash__(self):
        return hash(self._key())

    def __repr__(self):
        axes = ", ".join(f"'{n}': {k}" for n, k in self.shape_tuple) or "()"
        device = "" if self.abstract_device is None else f", {self.abstract_device._text()}"
        return f"AbstractMesh({axes}, axis_types={self.axis_types}{device})"


empty_abstract_mesh = AbstractMesh((), ())


@functools.cache
def _empty_mesh():
    import numpy as np

    return Mesh(np.empty((), dtype=object), ())


class _Context(threading.local):
    def __init__(self):
        self.mesh, self.abstract, self.entered = None, None, []


_context = _Context()


class set_mesh:
    """Makes a mesh the current one, for good or as a context manager.

    >>> import jaxgo as jax
    >>> with jax.set_mesh(jax.make_mesh((1,), ("x",))):
    ...     print(jax.sharding.get_mesh())
    Mesh('x': 1, axis_types=(Explicit,))
    """

    __slots__ = ("before",)

    def __init__(self, mesh):
        if mesh is not None and not isinstance(mesh, Mesh):
            raise ValueError(f"Expected mesh of type `jax.sharding.Mesh`. Got {type(mesh)}")
        from ._api import _is_evaluating

        if not _is_evaluating():
            raise ValueError("`set_mesh` can only be used outside of `jax.jit`.")
        if mesh is not None and mesh.manual_axes:
            raise ValueError(
                f"mesh {mesh} contains manual axes which is not allowed when using `jax.set_mesh`. "
                "Please use `jax.shard_map` to enter into `Manual` mode instead."
            )
        self.before = _context.mesh, _context.abstract
        _context.mesh, _context.abstract = mesh, None if mesh is None else mesh.abstract_mesh

    def __enter__(self):
        pass

    def __exit__(self, *exc):
        _context.mesh, _context.abstract = self.before


class use_abstract_mesh:
    """Makes an abstract mesh the current one while a context lasts."""

    __slots__ = ("before", "mesh")

    def __init__(self, mesh):
        if not isinstance(mesh, AbstractMesh):
            raise ValueError(f"Expected mesh of type `jax.sharding.AbstractMesh`. Got type: {type(mesh)}")
        self.mesh = mesh

    def __enter__(self):
        before = self.before = _context.abstract
        if before is not None and not before.empty and not self.mesh.empty and before.size != self.mesh.size:
            raise ValueError(
                f"use_abstract_mesh cannot change the size of the mesh. Got new mesh: {self.mesh} with "
                f"size={self.mesh.size} and prev mesh: {before} with size={before.size}"
            )
        _context.abstract = self.mesh

    def __exit__(self, *exc):
        _context.abstract = self.before


def get_mesh():
    """The current mesh."""
    from ._api import _is_evaluating

    if not _is_evaluating():
        raise ValueError("`get_mesh` can only be used outside of `jax.jit`. Maybe you want `jax.sharding.get_abstract_mesh()`?")
    return _context.mesh or _empty_mesh()


def get_abstract_mesh():
    """The current mesh without its devices."""
    return _context.abstract or empty_abstract_mesh


def make_mesh(axis_shapes, axis_names, axis_types=None, *, devices=None):
    """A mesh of the given shape over the devices.

    >>> import jaxgo as jax
    >>> jax.make_mesh((1, 1), ("x", "y"))
    Mesh(axis_sizes=(1, 1), axis_names=('x', 'y'), axis_types=(Explicit, Explicit))
    """
    import operator

    import numpy as np

    from ._device import devices as all_devices

    devices = all_devices() if devices is None else list(devices)
    try:
        shape = tuple(operator.index(n) for n in axis_shapes)
    except TypeError:
        raise ValueError(f"`axis_shapes` passed to `make_mesh` should be a sequence of ints. Got {axis_shapes}") from None
    n = math.prod(shape)
    if n > len(devices):
        raise ValueError(f"Number of devices {len(devices)} must be >= the product of mesh_shape {shape}")
    grid = np.empty(n, dtype=object)
    grid[:] = devices[:n]
    return Mesh(grid.reshape(shape), axis_names, (AxisType.Explicit,) * len(shape) if axis_types is None else axis_types)


# ---- shardings ----


class Sharding:
    """How an array is laid out over devices."""

    memory_kind = "device"
    is_fully_addressable = True
    has_addressable_devices = True

    @property
    def addressable_devices(self):
        return self.device_set

    @property
    def num_devices(self):
        return len(self.device_set)

    def devices_indices_map(self, global_shape):
        """The part of an array that each device has."""
        self.shard_shape(global_shape)
        whole = (slice(None),) * len(global_shape)
        return {d: whole for d in self._device_assignment}

    def addressable_devices_indices_map(self, global_shape):
        return self.devices_indices_map(global_shape)

    def shard_shape(self, global_shape):
        return tuple(global_shape)

    def check_compatible_aval(self, aval_shape):
        pass

    def is_equivalent_to(self, other, ndim):
        """Whether two shardings put the same parts on the same devices."""
        return self._device_assignment == other._device_assignment and self.memory_kind == other.memory_kind


class SingleDeviceSharding(Sharding):
    """The whole array on one device.

    >>> import jaxgo as jax
    >>> jax.sharding.SingleDeviceSharding(jax.devices()[0])
    SingleDeviceSharding(device=CpuDevice(id=0), memory_kind=device)
    """

    is_fully_replicated = True

    def __init__(self, device, *, memory_kind=None):
        self._device, self.memory_kind = device, memory_kind or "device"

    device_set = property(lambda self: {self._device})
    _device_assignment = property(lambda self: (self._device,))

    def with_memory_kind(self, kind):
        return SingleDeviceSharding(self._device, memory_kind=kind)

    def __eq__(self, other):
        return isinstance(other, SingleDeviceSharding) and self._device == other._device and self.memory_kind == other.memory_kind

    def __hash__(self):
        return hash((self._device, self.memory_kind))

    def __repr__(self):
        return f"SingleDeviceSharding(device={self._device!r}, memory_kind={self.memory_kind})"


def make_single_device_sharding(device, *, memory_kind=None):
    """The sharding that puts the whole array on ``device``."""
    return SingleDeviceSharding(device, memory_kind=memory_kind)


class DuplicateSpecError(Exception):
    """A spec divides two axes by one mesh axis."""

    def __init__(self, message, mesh, pspec):
        super().__init__(message)
        self.message, self.mesh, self.pspec = message, mesh, pspec


class IndivisibleError(ValueError):
    """An axis of an array can't be divided as a sharding wants."""


class NamedSharding(Sharding):
    """A mesh, and for each axis of an array the mesh axes that divide it.

    >>> import jaxgo as jax
    >>> s = jax.NamedSharding(jax.make_mesh((1,), ("x",)), jax.P("x"))
    >>> s.shard_shape((4, 2))
    (4, 2)
    """

    def __init__(self, mesh, spec, *, memory_kind=None, _logical_device_ids=None):
        self.mesh, self.spec = mesh, spec
        self._memory_kind, self._logical_device_ids = memory_kind, _logical_device_ids
        _check_spec(mesh, spec)

    @property
    def memory_kind(self):
        return self._memory_kind or (None if isinstance(self.mesh, AbstractMesh) else "device")

    def _devices(self, what):
        if isinstance(self.mesh, AbstractMesh):
            raise ValueError(f"{what} is not implemented for `jax.sharding.AbstractMesh`.")
        return self.mesh._flat

    num_devices = property(lambda self: self.mesh.size)
    device_set = property(lambda self: set(self._devices("device_set")))
    addressable_devices = property(lambda self: set(self._devices("addressable_devices")))
    _device_assignment = property(lambda self: self._devices("_device_assignment"))

    @property
    def is_fully_replicated(self):
        sizes = self.mesh.shape
        return all(sizes[a] == 1 for p in self.spec.partitions for a in _axes(p))

    def shard_shape(self, global_shape):
        sizes = self.mesh.shape
        out = list(global_shape)
        ways = [math.prod(sizes[a] for a in _axes(p)) for p in self.spec.partitions]
        for i, n in enumerate(ways):
            if out[i] % n:
                raise IndivisibleError(
                    f"Sharding {self} implies that array axis {i} is partitioned {n} times, but the dimension size is "
                    f"{out[i]} (full shape: {tuple(global_shape)}, per-dimension tiling factors: {ways} should evenly "
                    "divide the shape)"
                )
            out[i] //= n
        return tuple(out)

    def check_compatible_aval(self, aval_shape):
        if len(aval_shape) < len(self.spec):
            extra = " For scalars the PartitionSpec should be P()" if len(aval_shape) == 0 else ""
            raise ValueError(
                f"Sharding {self} is only valid for values of rank at least {len(self.spec)}, but was applied to a "
                f"value of rank {len(aval_shape)}.{extra}"
            )

    def with_memory_kind(self, kind):
        return self.update(memory_kind=kind)

    def update(self, **kwargs):
        """A copy with some parts replaced."""
        spec = kwargs.pop("spec", self.spec)
        return NamedSharding(
            kwargs.pop("mesh", self.mesh),
            spec if isinstance(spec, PartitionSpec) else PartitionSpec(*spec),
            memory_kind=kwargs.pop("memory_kind", self._memory_kind),
        )

    def __eq__(self, other):
        return isinstance(other, NamedSharding) and self.spec == other.spec and self.memory_kind == other.memory_kind and self.mesh == other.mesh

    def __hash__(self):
        return hash((self.mesh, self.memory_kind, self.spec))

    def __repr__(self):
        kind = "" if self.memory_kind is None else f", memory_kind={self.memory_kind}"
        return f"NamedSharding(mesh={self.mesh!s}, spec={self.spec}{kind})"


def _show(axes):
    return ", ".join(sorted(f"`{a}`" for a in axes))


def _check_spec(mesh, spec):
    counts = collections.Counter(a for p in spec.partitions for a in _axes(p))
    twice = [a for a, n in counts.items() if n > 1]
    if twice:
        raise DuplicateSpecError(
            "A single NamedSharding spec specification can map every mesh axis to at most one positional dimension, "
            f"but {spec} has duplicate entries for {_show(twice)}",
            mesh,
            spec,
        )
    for a in counts:
        if a not in mesh.axis_names:
            raise ValueError(f"Resource axis: {a} of {spec} is not found in mesh: {tuple(mesh.shape.keys())}.")
    if AxisType.Auto not in mesh.axis_types and _UNCONSTRAINED in spec.partitions:
        raise ValueError(f"{spec} cannot contain `P.UNCONSTRAINED` when no mesh axis_types are `Auto`. Got mesh axis_types: {mesh.axis_types}")


class ManualAxisType:
    """How a value of a shard_map differs between the members of mesh axes."""

    __slots__ = ("reduced", "unreduced", "varying")

    def __init__(self, *, varying=frozenset(), unreduced=frozenset(), reduced=frozenset()):
        self.varying, self.unreduced, self.reduced = frozenset(varying), frozenset(unreduced), frozenset(reduced)

    def _key(self):
        return self.varying, self.unreduced, self.reduced

    def __eq__(self, other):
        return isinstance(other, ManualAxisType) and self._key() == other._key()

    def __hash__(self):
        return hash(self._key())


# ---- moving arrays between shardings ----


class _Infer:
    def __repr__(self):
        return "Infer"


Infer = _Infer()


def checked(x, sharding, what):
    """x, after the checks that a sharding of it would get."""
    from . import tree_util as tu
    from ._api import typeof

    if isinstance(sharding, PartitionSpec):
        mesh = get_abstract_mesh()
        if mesh.empty:
            raise ValueError(
                "Using PartitionSpec when you are not under a mesh context is not allowed. Please pass a NamedSharding "
                f"instance or enter into a mesh context via `jax.set_mesh`. Got {sharding}"
            )
        sharding = NamedSharding(mesh, sharding)
    for leaf in tu.tree_leaves(x):
        shape = typeof(leaf).shape
        sharding.check_compatible_aval(shape)
        sharding.shard_shape(shape)
    return x


def _each(xs, shardings, what):
    from . import tree_util as tu

    def whole(s):
        return s is None or isinstance(s, (Sharding, PartitionSpec))

    leaves, tree = tu.tree_flatten(xs)
    wanted = tu.broadcast_prefix(shardings, xs, is_leaf=whole)
    for x, s in zip(leaves, wanted):
        if s is not None:
            checked(x, s, what)
    return tu.tree_unflatten(tree, leaves)


def reshard(xs, out_shardings):
    """Arrays with other shardings; on one device the arrays themselves.

    >>> import jaxgo as jax, jaxgo.numpy as jnp
    >>> s = jax.NamedSharding(jax.make_mesh((1,), ("x",)), jax.P("x"))
    >>> print(jax.sharding.reshard(jnp.ones(2), s))
    [1. 1.]
    """
    return _each(xs, out_shardings, "reshard")


def with_sharding_constraint(x, shardings):
    """Arrays, of which the compiler is told how to divide them; on one device the arrays themselves.

    >>> import jaxgo as jax, jaxgo.numpy as jnp
    >>> s = jax.NamedSharding(jax.make_mesh((1,), ("x",)), jax.P("x"))
    >>> print(jax.jit(lambda x: jax.lax.with_sharding_constraint(x * 2, s))(jnp.ones(2)))
    [2. 2.]
    """
    return _each(x, shardings, "with_sharding_constraint")


def auto_axes(f=None, /, *, axes=None, out_sharding=None):
    """A function in which the compiler divides arrays along mesh axes; on one device the function itself."""
    if f is None:
        return lambda g: auto_axes(g, axes=axes, out_sharding=out_sharding)

    @functools.wraps(f)
    def wrapped(*args, out_sharding=out_sharding, **kwargs):
        return f(*args, **kwargs)

    return wrapped


def explicit_axes(f=None, /, *, axes=None, in_sharding=None):
    """A function in which types say how arrays are divided along mesh axes; on one device the function itself."""
    if f is None:
        return lambda g: explicit_axes(g, axes=axes, in_sharding=in_sharding)

    @functools.wraps(f)
    def wrapped(*args, in_sharding=in_sharding, **kwargs):
        return f(*args, **kwargs)

    return wrapped
