"""Loads the extension: `core`, what gopy wraps, and `fast`, the C types of the hot path.

Both are modules of one shared object, `_core.abi3.so`. The import system finds only the one
that has the file's name, so the other is made here, by the same loader.
"""

import sys

try:
    from jaxgo import _core as core
except ImportError as e:
    e.add_note("jaxgo's extension module could not be loaded; in a source tree, `pip install -e .` builds it")
    raise

__all__ = ["core", "fast"]


def _load_fast():
    # type(...) and not importlib.machinery: the classes are at hand, that import is not free.
    loader = type(core.__loader__)("jaxgo._fast", core.__file__)
    spec = type(core.__spec__)("jaxgo._fast", loader, origin=core.__file__)
    module = loader.create_module(spec)
    module.__spec__, module.__loader__, module.__package__ = spec, loader, "jaxgo"
    loader.exec_module(module)
    sys.modules["jaxgo._fast"] = sys.modules["jaxgo"]._fast = module
    return module


fast = _load_fast()
