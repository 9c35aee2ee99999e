"""Types for annotations: ArrayLike is what converts to an array without being asked, DTypeLike what names a dtype.

>>> from jaxgo.typing import ArrayLike
>>> isinstance(2.0, ArrayLike)
True
"""

from __future__ import annotations

from typing import Any, Protocol, runtime_checkable

import numpy as np

from ._fast import Array


@runtime_checkable
class SupportsDType(Protocol):
    """Anything with a dtype."""

    @property
    def dtype(self) -> np.dtype: ...


DTypeLike = str | type[Any] | np.dtype | SupportsDType
ArrayLike = Array | np.ndarray | np.bool_ | np.number | bool | int | float | complex
