"""Where PJRT plugins are found: an explicit variable, entry points, the namespace packages `xla_plugins` and `jax_plugins`.

Nothing else is searched: not the working directory, not the dynamic loader's path.
"""

from __future__ import annotations

import os

from . import _fast


def find(_):
    """[path, options] of the plugin for the platform that the configuration asks for; called when the client starts."""
    from ._config import config

    platforms = config.jax_platforms or ""
    want = platforms.split(",")[0] if platforms else None
    found = dict(explicit())
    order = [want] if want else ["cpu"]
    for name in order:
        path = found.get(name) or installed(name)
        if path:
            options = []
            n = config.jax_num_cpu_devices
            if name == "cpu" and "xla_force_host_platform_device_count" not in os.environ.get("XLA_FLAGS", ""):
                options.append(["cpu_device_count", int(n) if n and n > 0 else 1])  # the plugin's own default is four
            return [path, options]
    raise RuntimeError(
        f"Unable to initialize backend '{order[0]}': no PJRT plugin for it is installed; "
        "`pip install xla-cpu-pjrt` brings the CPU's, PJRT_NAMES_AND_LIBRARY_PATHS=name:/path/to/plugin.so names another"
    )


def explicit():
    """name, path pairs of PJRT_NAMES_AND_LIBRARY_PATHS."""
    for item in os.environ.get("PJRT_NAMES_AND_LIBRARY_PATHS", "").split(","):
        name, colon, path = item.partition(":")
        if colon and name and path:
            yield name.strip(), path.strip()


_PACKAGES = {
    "cpu": [("xla_plugins.xla_cpu_pjrt", "xla_cpu_pjrt.so")],
    "cuda": [("jax_plugins.xla_cuda13", "xla_cuda_plugin.so"), ("jax_plugins.xla_cuda12", "xla_cuda_plugin.so")],
    "gpu": [
        ("jax_plugins.xla_cuda13", "xla_cuda_plugin.so"),
        ("jax_plugins.xla_cuda12", "xla_cuda_plugin.so"),
        ("jax_plugins.xla_rocm7", "xla_rocm_plugin.so"),
    ],
    "rocm": [("jax_plugins.xla_rocm7", "xla_rocm_plugin.so")],
    "tpu": [("libtpu", "libtpu.so")],
}


def installed(name: str) -> str | None:
    """The plugin library of an installed package, found without importing the package."""
    import sys

    for package, library in _PACKAGES.get(name, ()):
        parts = package.split(".")
        for root in sys.path:
            if not root or not os.path.isabs(root):
                continue  # the working directory is not searched
            path = os.path.join(root, *parts, library)
            if os.path.isfile(path):
                return path
    return None


_fast.call("set_plugin_finder", find)
