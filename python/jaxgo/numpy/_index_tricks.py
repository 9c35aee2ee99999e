"""Objects that make arrays when they are indexed: mgrid, ogrid, r_, c_, s_ and index_exp."""

from __future__ import annotations

from . import arange, array, concatenate, expand_dims, linspace, meshgrid, stack, transpose
from ._util import concrete, promoted

__all__ = ["c_", "index_exp", "mgrid", "ogrid", "r_", "s_"]


def _numbers(s, name):
    """The numbers of a slice start:stop:step; an imaginary step is their count."""
    start = concrete(s.start, f"slice start of jnp.{name}") or 0
    stop = concrete(s.stop, f"slice stop of jnp.{name}")
    step = concrete(s.step, f"slice step of jnp.{name}") or 1
    if isinstance(step, complex) or getattr(getattr(step, "dtype", None), "kind", "") == "c":
        return linspace(start, stop, int(abs(step)))
    return arange(start, stop, step)


def _standard(xs):
    from .. import numpy_dtype_promotion

    with numpy_dtype_promotion("standard"):
        return promoted(*xs) if xs else []


class _Mgrid:
    """Full grids of coordinates: mgrid[0:2, 0:3]

    >>> import jaxgo.numpy as jnp
    >>> jnp.mgrid[0:2, 0:3]
    Array([[[0, 0, 0],
            [1, 1, 1]],
    <BLANKLINE>
           [[0, 1, 2],
            [0, 1, 2]]], dtype=int32)
    """

    def __getitem__(self, key):
        if isinstance(key, slice):
            return _numbers(key, "mgrid")
        xs = meshgrid(*_standard([_numbers(k, "mgrid") for k in key]), indexing="ij", sparse=False)
        return stack(xs, 0) if len(xs) else arange(0)


class _Ogrid:
    """Open grids of coordinates, which broadcast to mgrid's: ogrid[0:2, 0:3]"""

    def __getitem__(self, key):
        if isinstance(key, slice):
            return _numbers(key, "ogrid")
        return meshgrid(*_standard([_numbers(k, "ogrid") for k in key]), indexing="ij", sparse=True)


class _AxisConcat:
    """Joins slices, scalars and arrays along an axis."""

    axis: int
    ndmin: int
    trans1d: int
    op_name: str

    def __getitem__(self, key):
        items = key if isinstance(key, tuple) else (key,)
        params = [self.axis, self.ndmin, self.trans1d, -1]
        first = items[0]
        if isinstance(first, str):
            items = items[1:]
            if first in ("r", "c"):
                params[-1] = "rc".index(first)
            else:
                words = first.split(",")
                words = words + params[len(words) :] if len(words) < 4 else words[:3] + params[-1:]
                try:
                    params = list(map(int, words))
                except ValueError as e:
                    raise ValueError(f"could not understand directive {first!r}") from e
        axis, ndmin, trans1d, matrix = params
        output = []
        for item in items:
            if isinstance(item, slice):
                new, ndim = _numbers(item, self.op_name), 0
            elif isinstance(item, str):
                raise ValueError("string directive must be placed at the beginning")
            else:
                new = array(item, copy=False)
                ndim = new.ndim
            new = array(new, copy=False, ndmin=ndmin)
            if trans1d != -1 and ndmin - ndim > 0:
                shifts = ndmin - abs(ndmin + trans1d + 1) % ndmin
                order = tuple(range(ndmin))
                new = transpose(new, order[shifts:] + order[:shifts])
            output.append(new)
        res = concatenate(tuple(output), axis=axis)
        return expand_dims(res, matrix) if matrix != -1 and res.ndim == 1 else res

    def __len__(self):
        return 0


class RClass(_AxisConcat):
    """Joins slices, scalars and arrays along the first axis: r_[0:3, 5]

    >>> import jaxgo.numpy as jnp
    >>> jnp.r_[0:3, 5]
    Array([0, 1, 2, 5], dtype=int32)
    """

    axis, ndmin, trans1d, op_name = 0, 1, -1, "r_"


class CClass(_AxisConcat):
    """Joins slices, scalars and arrays along the last axis: c_[x, y]"""

    axis, ndmin, trans1d, op_name = -1, 2, 0, "c_"


class _IndexExpression:
    """Indices as Python writes them: s_[1:, ::2]"""

    def __init__(self, maketuple):
        self.maketuple = maketuple

    def __getitem__(self, item):
        return (item,) if self.maketuple and not isinstance(item, tuple) else item


mgrid, ogrid, r_, c_ = _Mgrid(), _Ogrid(), RClass(), CClass()
index_exp, s_ = _IndexExpression(True), _IndexExpression(False)
