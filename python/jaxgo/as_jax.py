"""Makes `import jax` mean jaxgo in this process, for libraries that are written for JAX.

Import it before anything imports JAX:

    import jaxgo.as_jax
    import optax, jax

`python -m jaxgo script.py` does it for a script. Every public module of JAX that jaxgo has is found under JAX's name, as the same object; what is private
to JAX (`jax._src`) is not there. An installed JAX is left alone.
"""

from __future__ import annotations

import importlib
import sys
from importlib.abc import Loader, MetaPathFinder
from importlib.machinery import ModuleSpec

import jaxgo


class _Finder(MetaPathFinder, Loader):
    """Finds jax.x as jaxgo.x."""

    def find_spec(self, fullname, path=None, target=None):
        root, _, rest = fullname.partition(".")
        if root != "jax":
            return None
        if rest.partition(".")[0] == "_src":
            raise ModuleNotFoundError(
                f"No module named {fullname!r}: it is private to JAX, and jaxgo stands for JAX here (jaxgo.as_jax)", name=fullname
            )
        name = "jaxgo" + fullname[len("jax") :]
        try:
            module = importlib.import_module(name)
        except ModuleNotFoundError as e:
            if e.name != name:
                raise
            raise ModuleNotFoundError(
                f"No module named {fullname!r}: jaxgo, which stands for JAX here (jaxgo.as_jax), has no {name}", name=fullname
            ) from None
        spec = ModuleSpec(fullname, self, is_package=hasattr(module, "__path__"))
        spec.loader_state = module, module.__spec__
        return spec

    def create_module(self, spec):
        return spec.loader_state[0]

    def exec_module(self, module):
        module.__spec__ = module.__spec__.loader_state[1]  # the import system has put the other name's there


def _install():
    known = sys.modules.get("jax")
    if known is not None and known is not jaxgo:
        raise ImportError(f"JAX was imported before jaxgo.as_jax, from {getattr(known, '__file__', known)}: import jaxgo.as_jax first")
    if not any(isinstance(f, _Finder) for f in sys.meta_path):
        sys.meta_path.insert(0, _Finder())


_install()
