"""jaxgo.scipy: SciPy's functions on jaxgo arrays. Submodules come at the first use."""

from __future__ import annotations

__all__ = [
    "cluster",
    "fft",
    "integrate",
    "interpolate",
    "linalg",
    "ndimage",
    "optimize",
    "signal",
    "sparse",
    "spatial",
    "special",
    "stats",
]


def __dir__():
    return __all__


def __getattr__(name):
    import importlib

    if name not in __all__:
        raise AttributeError(f"module 'jaxgo.scipy' has no attribute '{name}'")
    return importlib.import_module("." + name, __name__)
