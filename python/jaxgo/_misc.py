"""The names of `jaxgo` that are seldom used."""

from __future__ import annotations

from ._indexing import ds as ds
