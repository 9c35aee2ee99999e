"""The platform that programs run on.

>>> from jaxgo.extend.backend import get_backend
>>> get_backend().process_index()
0
"""

from __future__ import annotations

import functools

from .. import _device, _fast

__all__ = ["backends", "clear_in_memory_compilation_cache", "get_backend", "get_default_device"]


class Backend:
    """The client of the PJRT plugin."""

    def __init__(self, platform):
        self.platform = platform

    @property
    def platform_version(self):
        return _fast.call("platform_version")

    def devices(self):
        return _device.devices()

    local_devices = devices

    def device_count(self):
        return len(self.devices())

    local_device_count = device_count

    def process_index(self):
        return 0

    def live_arrays(self):
        from .._misc import live_arrays

        return live_arrays()

    def __repr__(self):
        return f"<Backend {self.platform}>"


@functools.cache
def _backend(platform):
    return Backend(platform)


def get_backend(platform=None):
    """The backend of a platform, or the one in use."""
    return _backend(_device.devices(platform)[0].platform)


def backends():
    """The backends by platform."""
    b = get_backend()
    return {b.platform: b}


def get_default_device():
    """The device of arrays that are put nowhere else."""
    from .._config import config

    return config.jax_default_device or _device.devices()[0]


def clear_in_memory_compilation_cache():
    """Forgets the compiled programs of this process."""
    from .._api import clear_caches

    clear_caches()
