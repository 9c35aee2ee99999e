"""jaxgo.numpy: NumPy's functions on jaxgo arrays, differentiable and compiled by XLA."""

from __future__ import annotations

from .. import _fast
from .._fast import Array as ndarray
from ._functions import *  # noqa: F403
from ._core import *  # noqa: F403
from ._creation import *  # noqa: F403
from ._scalars import *  # noqa: F403
from ._scalars import bool_ as bool
