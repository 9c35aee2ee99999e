"""The primitives of jaxgo by name, as they stand in jaxprs.

>>> from jaxgo.extend.core import primitives
>>> primitives.sin_p
sin
"""

from __future__ import annotations


def __getattr__(name):
    if name.endswith("_p") and not name.startswith("_"):
        from ... import lax

        try:
            return getattr(lax, name)
        except AttributeError:
            pass
        from ...lax import linalg

        return getattr(linalg, name)
    raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
