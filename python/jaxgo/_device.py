"""Devices, and the transfers to them."""

from __future__ import annotations

from . import _fast
from . import tree_util as tu
from ._config import transfer_guard, transfer_guard_host_to_device
from ._hooks import call


class Device:
    """A device of the platform that the PJRT client drives."""

    __slots__ = ("device_kind", "id", "index", "local_hardware_id", "platform", "process_index")

    def __init__(self, index, ident, kind, platform, process_index, local_hardware_id):
        self.index, self.id, self.device_kind, self.platform = index, ident, kind, platform
        self.process_index, self.local_hardware_id = process_index, local_hardware_id

    host_id = property(lambda self: self.process_index)

    @property
    def client(self):
        from .extend.backend import get_backend

        return get_backend()

    def memory_stats(self):
        """What the plugin counts of the device's memory, or None."""
        return dict(call("memory_stats", self.index)) or None

    def __repr__(self):
        return f"{'CpuDevice' if self.platform == 'cpu' else self.platform.capitalize() + 'Device'}(id={self.id})"

    def __str__(self):
        return f"TFRT_CPU_{self.id}" if self.platform == "cpu" else f"{self.platform}:{self.id}"

    def __enter__(self):
        from ._config import default_device

        self_setting = default_device(self)
        _stack.append(self_setting)
        self_setting.__enter__()
        return self

    def __exit__(self, *exc):
        return _stack.pop().__exit__(*exc)


_stack: list = []
_devices: list[Device] = []


def devices(backend=None):
    """The devices of the default platform.

    >>> import jaxgo as jax
    >>> len(jax.devices()) >= 1
    True
    """
    if not _devices:
        platform, rows = call("devices")
        _devices.extend(Device(i, ident, kind, platform, proc, hw) for i, (ident, kind, proc, hw) in enumerate(rows))
    if backend is not None and backend != _devices[0].platform and not (backend == "gpu" and _devices[0].platform in ("cuda", "rocm")):
        raise RuntimeError(
            f"Unknown backend: '{backend}' requested, but no platforms that are instances of {backend} are present. "
            f"Platforms present are: {_devices[0].platform}"
        )
    return list(_devices)


def local_devices(process_index=None, backend=None, host_id=None):
    """The devices of this process."""
    return devices(backend)


def default_backend():
    """The name of the platform: cpu, gpu or tpu."""
    p = devices()[0].platform
    return "gpu" if p in ("cuda", "rocm") else p


def device_count(backend=None):
    """The number of devices."""
    return len(devices(backend))


def local_device_count(backend=None):
    """The number of devices of this process."""
    return len(devices(backend))


def process_index(backend=None):
    """The number of this process: 0."""
    return 0


def process_count(backend=None):
    """The number of processes: 1."""
    return 1


def process_indices(backend=None):
    """The numbers of all processes."""
    return [0]


host_id, host_count, host_ids = process_index, process_count, process_indices


def sharded(x, sharding):
    """x as the argument out_sharding asks; a sharding over no mesh, such as that of an array's type, asks for nothing."""
    from .sharding import AbstractMesh, PartitionSpec

    if isinstance(sharding, PartitionSpec):
        raise ValueError(
            "Using PartitionSpec when you are not under a mesh context is not allowed. Please pass a NamedSharding instance or enter into a mesh "
            f"context via `jax.set_mesh`. Got {sharding}"
        )
    mesh = getattr(sharding, "mesh", None)
    if isinstance(mesh, AbstractMesh) and mesh.empty:
        return x
    return device_put(x, sharding)


class Shard:
    """The part of an array on one device; here the whole."""

    def __init__(self, device, data):
        self.device, self.data, self.replica_id = device, data, 0
        self.index = tuple(slice(None) for _ in data.shape)


def _target(device):
    if device is None:
        return None
    if isinstance(device, Device):
        return device
    d = getattr(device, "_device", None) or getattr(getattr(device, "sharding", None), "_device", None)
    if d is None:
        s = getattr(device, "device_set", None)
        if s and len(s) == 1:
            return next(iter(s))
        if s:
            raise ValueError(f"a sharding over {len(s)} devices was given, arrays of jaxgo are on one: {device}")
        raise ValueError(
            "`jax.device_put` only accepts `None`, `jax.sharding.Sharding`, `jax.Device`, `Format`, `jax.memory.Space` or a "
            f"pytree of these values. Received invalid value: {device}"
        )
    return d


_put = None


def device_put(x, device=None, *, src=None, donate=False, may_alias=None):
    """Transfers a pytree to a device.

    >>> import jaxgo as jax, numpy as np
    >>> x = jax.device_put({"a": np.ones(2, np.float32)})
    >>> print(x["a"] + 1)
    [2. 2.]
    """
    leaves, tree = tu.tree_flatten(x)
    if isinstance(device, (list, tuple, dict)):
        from ._api import flatten_axes

        targets = flatten_axes("device_put device", tree, device)
    else:
        targets = [device] * len(leaves)
    if donate and may_alias:
        raise ValueError("may_alias and donate cannot be True at the same time.")
    at = [_target(d) for d in targets]
    from ._api import _is_evaluating

    if leaves and (not _is_evaluating() or any(isinstance(v, _fast.Tracer) for v in leaves)):
        out = call("lax.device_put", [_operand(v) for v in leaves], [repr(d) for d in targets], 2 if donate else 1 if may_alias is False else 0)
    else:
        guarded = transfer_guard.value or transfer_guard_host_to_device.value
        before = guarded and call("explicit_transfers", True)
        try:
            out = [_put_one(v, d, may_alias) for v, d in zip(leaves, at)]
        finally:
            if guarded:
                call("explicit_transfers", before)
    return tu.tree_unflatten(tree, out)


def _operand(x):
    from ._api import _check_arg

    _check_arg(x)
    if isinstance(x, _fast.Array):
        return x
    from .numpy import asarray

    return asarray(x)


def _put_one(x, device, may_alias):
    given, x = x, _operand(x)
    if device is None or x._device_index == device.index and x.committed:
        if may_alias is False and x is given:
            from .numpy import array

            return array(x, copy=True)
        return x
    if x is given and x._device_index == device.index:  # it stays uncommitted
        from .numpy import array

        x = array(x, copy=True)
    return call("copy_to_device", x, device.index)
