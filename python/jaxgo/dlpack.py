"""jaxgo.dlpack: arrays to and from other libraries by DLPack, without a copy where that is possible.

>>> import numpy as np
>>> import jaxgo.numpy as jnp
>>> np.from_dlpack(jnp.arange(3))
array([0, 1, 2], dtype=int32)
>>> jnp.from_dlpack(np.arange(3.0, dtype=np.float32))
Array([0., 1., 2.], dtype=float32)
"""

from __future__ import annotations

import enum

from . import _fast

DLPACK_VERSION = (1, 1)
MIN_DLPACK_VERSION = (0, 5)


class DLDeviceType(enum.IntEnum):
    """The device types of DLPack that arrays can be on."""

    kDLCPU = 1
    kDLCUDA = 2
    kDLCUDAHost = 3
    kDLROCM = 10


_PLATFORMS = {DLDeviceType.kDLCPU: "cpu", DLDeviceType.kDLCUDA: "cuda", DLDeviceType.kDLCUDAHost: "cuda", DLDeviceType.kDLROCM: "rocm"}
_TYPES = {"cpu": DLDeviceType.kDLCPU, "cuda": DLDeviceType.kDLCUDA, "rocm": DLDeviceType.kDLROCM}
_SUPPORTED = frozenset(("int8 int16 int32 int64 uint8 uint16 uint32 uint64 float16 bfloat16 float32 float64 complex64 complex128 bool").split())


def is_supported_dtype(dtype):
    """Whether DLPack knows arrays of a dtype.

    >>> is_supported_dtype("bfloat16")
    True
    """
    if dtype is None:  # NumPy would take it for float64
        raise TypeError(f"Expected a string or dtype-like object; got {dtype=}")
    from ._dtype import from_name

    if isinstance(dtype, str):
        return from_name(dtype).name in _SUPPORTED
    import numpy as np

    return np.dtype(dtype).name in _SUPPORTED


def _device(dl_type, index):
    """The device that DLPack names so."""
    from ._device import devices

    platform = _PLATFORMS[dl_type]
    found = devices()
    if found[0].platform != platform:
        raise RuntimeError(f"Unknown backend {platform}. Available backends are {[found[0].platform]}")
    for d in found:
        if d.local_hardware_id == index or d.local_hardware_id < 0 and d.index == index:
            return d
    raise ValueError(f"No matching device found for local_device_id {index}")


def device_of(x):
    """What ``x.__dlpack_device__()`` returns."""
    d = x.device
    return (DLDeviceType.kDLCPU, 0) if d.platform == "cpu" else (_TYPES[d.platform], d.local_hardware_id)


def to_dlpack(x, stream=None, src_device=None, dl_device=None, max_version=None, copy=None):
    """A DLPack capsule of an array; other libraries get it by ``x.__dlpack__()``.

    The array's memory stays in place until the consumer lets go of it. From version 1 on the capsule says that it is
    read-only. Arrays on GPUs must be moved to the host first: ``dl_device=(1, 0)``.
    """
    if not isinstance(x, _fast.ArrayImpl):
        raise TypeError(f"Argument to to_dlpack must be a jax.Array, got {type(x)}")
    if hasattr(x.dtype, "_impl"):
        raise TypeError("arrays of random keys have no DLPack type; export jax.random.key_data(keys)")
    if max_version is not None and tuple(max_version) < MIN_DLPACK_VERSION:
        raise BufferError(f"JAX does not support any version below {MIN_DLPACK_VERSION} but version ({max_version}) was requested.")
    source = x.device
    copied = bool(copy)
    if dl_device is not None:
        kind, index = dl_device
        if kind not in _PLATFORMS:
            raise BufferError(f"The device specification passed to to_dlpack contains an unsupported device type (DLDeviceType: {kind})")
        if _PLATFORMS[kind] == "cpu" and source.platform != "cpu":  # a host copy
            if copy is False:
                raise ValueError(
                    f"Specified device={(kind, index)} which requires a copy since the source device is {source!r}, however copy=False. "
                    "Set copy=True or copy=None to perform the requested operation."
                )
            import numpy as np

            return np.array(x).__dlpack__(max_version=max_version)
        device = _device(kind, index)
        if device is not source:
            if copy is False:
                raise ValueError(
                    f"Specified {device=} which requires a copy since the source device is {source!r}, however copy=False. Set copy=True or "
                    "copy=None to perform the requested operation."
                )
            from ._device import device_put

            x, copied = device_put(x, device), True
    if x.device.platform != "cpu":
        raise BufferError(f"DLPack exports of arrays on {x.device.platform} are not implemented; ask for dl_device=(1, 0)")
    if stream is not None:
        raise BufferError("stream: arrays on CPUs have no streams")
    if copy and x.device is source:
        x = _fast.call("lax.copy", x)
    return _fast.dlpack_export(x, max_version is not None and tuple(max_version) >= (1, 0), copied)


def from_dlpack(external_array, device=None, copy=None):
    """An array of what another library exports by ``__dlpack__``.

    Dense memory that is aligned to 64 bytes is used in place, and whoever changes it changes the array; anything else is
    copied. copy=True copies always, copy=False never: where it had to, a ValueError is raised.

    >>> import numpy as np
    >>> from_dlpack(np.ones(2, np.float32), copy=True)
    Array([1., 1.], dtype=float32)
    """
    if device is not None:
        from ._device import Device, _target

        if not isinstance(device, Device):
            n = len(getattr(device, "device_set", ()))
            if n > 1:
                raise ValueError(f"from_dlpack can only unpack a dlpack tensor onto a singular device, but a Sharding with {n} devices was provided.")
            device = _target(device)
    if not hasattr(external_array, "__dlpack__") or not hasattr(external_array, "__dlpack_device__"):
        raise TypeError("The array passed to from_dlpack must have __dlpack__ and __dlpack_device__ methods.")
    kind, index = external_array.__dlpack_device__()
    if kind not in _PLATFORMS:
        raise TypeError(f"Array passed to from_dlpack is on unsupported device type (DLDeviceType: {kind}, array: {external_array}")
    from ._device import devices

    if _PLATFORMS[kind] == "cpu" and devices()[0].platform != "cpu":
        source = None  # host memory, and all devices are elsewhere: a transfer
    else:
        source = _device(kind, index)
    if source is not None and source.platform != "cpu":
        raise NotImplementedError(f"from_dlpack of arrays on {source.platform}; copy it to the host first")
    if device is not None and source is not device and copy is False:
        raise ValueError(
            f"Specified {device=} which requires a copy since the source device is {source!r}, however copy=False. Set copy=True or "
            "copy=None to perform the requested operation."
        )
    try:  # a producer that knows versions can say that the memory is read-only
        capsule = external_array.__dlpack__(stream=None, max_version=DLPACK_VERSION)
    except TypeError:
        capsule = external_array.__dlpack__(stream=None)
    x = _fast.dlpack_import(capsule, None if copy is None else bool(copy))
    if device is not None or source is not None and x._device_index != source.index:
        from ._device import device_put

        x = device_put(x, device if device is not None else source)
    return x if _fast.call("is_eager") else _fast.call("stage", x)
