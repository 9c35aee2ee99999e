"""jaxgo.scipy: SciPy's functions on jaxgo arrays. Submodules come at the first use."""

from __future__ import annotations


def __getattr__(name):
    import importlib

    if not name.startswith("_"):
        try:
            return importlib.import_module("." + name, __name__)
        except ModuleNotFoundError as e:
            if e.name != f"{__name__}.{name}":
                raise
    raise AttributeError(f"module 'jaxgo.scipy' has no attribute '{name}'")
