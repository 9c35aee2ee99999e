"""jaxgo.scipy.spatial: rotations of space."""

from __future__ import annotations

from . import transform

__all__ = ["transform"]
