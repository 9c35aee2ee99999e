"""Where PJRT plugins are found: an explicit variable, and installed packages (the namespace packages `xla_plugins` and `jax_plugins`).

A plugin is code that runs with the user's rights, so nothing else is searched: not the working directory, not the directory of a script, not the
dynamic loader's path.
"""

from __future__ import annotations

import os
import sys

from . import _fast, _logging

VARIABLE = "PJRT_NAMES_AND_LIBRARY_PATHS"


def find(_):
    """[path, options] of the plugin for the platform that the configuration asks for; called when the client starts."""
    from ._config import config

    platforms = config.jax_platforms or ""
    want = platforms.split(",")[0] if platforms else None
    name = want or "cpu"
    path = dict(explicit()).get(name) or installed(name)
    if path is None:
        raise RuntimeError(
            f"Unable to initialize backend '{name}': no PJRT plugin for it is installed; "
            f"`pip install xla-cpu-pjrt` brings the CPU's, {VARIABLE}=name:/path/to/plugin.so names another"
        )
    options = []
    n = config.jax_num_cpu_devices
    if name == "cpu" and "xla_force_host_platform_device_count" not in os.environ.get("XLA_FLAGS", ""):
        options.append(["cpu_device_count", int(n) if n and n > 0 else 1])  # the plugin's own default is four
    return [path, options]


def explicit():
    """name, path pairs of PJRT_NAMES_AND_LIBRARY_PATHS."""
    text = os.environ.get(VARIABLE, "")
    for item in filter(None, text.split(",")):
        name, _, path = (s.strip() for s in item.partition(":"))
        if not name or not path:
            _logging.log(30, "plugin", f"invalid value {item} in env var {VARIABLE} {text}", event="plugin_variable")
            continue
        if not os.path.isabs(path):
            message = (
                f"{VARIABLE}: {path!r} is a relative path; name the plugin by its absolute path, so that it does not depend on the working directory"
            )
            _logging.log(20, "security", message, event="plugin_refused", path=path, reason="relative path")
            raise RuntimeError(f"Unable to initialize backend '{name}': {message}")
        yield name, path


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


def roots():
    """The directories of sys.path that packages are installed into, in its order.

    Those that Python puts there of its own accord are not: the working directory (`python -m`, `python -c`) and the directory of a script. What
    PYTHONPATH names is there because the user said so.
    """
    import site

    install = set(site.getsitepackages())
    if site.ENABLE_USER_SITE:
        install.add(site.getusersitepackages())
    if not sys.flags.ignore_environment:
        install.update(os.environ.get("PYTHONPATH", "").split(os.pathsep))
    here = os.path.dirname(os.path.dirname(os.path.abspath(__file__)))  # `pip install --target` puts a plugin beside jaxgo
    install.add(here)
    first = None if getattr(sys.flags, "safe_path", False) else sys.path[0] if sys.path else None
    for root in sys.path:
        if not os.path.isabs(root):
            continue
        # Environments on top of others add the site-packages of those below.
        below = os.path.basename(root) in ("site-packages", "dist-packages") and root != first
        if root in install or below:
            yield root


def installed(name: str) -> str | None:
    """The plugin library of an installed package, found without importing the package."""
    for package, library in _PACKAGES.get(name, ()):
        for root in roots():
            path = os.path.join(root, *package.split("."), library)
            if os.path.isfile(path):
                return path
    return None


_fast.call("set_plugin_finder", find)
