"""The names of `jaxgo` that are seldom used."""

from __future__ import annotations
