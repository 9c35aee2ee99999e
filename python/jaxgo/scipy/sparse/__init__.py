"""jaxgo.scipy.sparse: iterative solvers of linear systems."""

from __future__ import annotations

from . import linalg

__all__ = ["linalg"]
