"""jaxgo.scipy.cluster: clusters of points."""

from __future__ import annotations

from . import vq

__all__ = ["vq"]
