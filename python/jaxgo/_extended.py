"""The classes of dtypes that NumPy does not have. They are NumPy classes, so this module loads NumPy."""

from __future__ import annotations

import numpy as np


class extended(np.generic):
    """The class of extended dtypes, for issubdtype.

    >>> import jaxgo as jax
    >>> jax.numpy.issubdtype(jax.random.key(0).dtype, jax.dtypes.extended)
    True
    """


class prng_key(extended):
    """The class of the dtypes of random keys, for issubdtype."""


extended.__module__ = prng_key.__module__ = "jaxgo.dtypes"
