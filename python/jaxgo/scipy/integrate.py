"""jaxgo.scipy.integrate: integrals of samples."""

from __future__ import annotations

from .. import numpy as jnp
from .._api import jit

__all__ = ["trapezoid"]


@jit(static_argnames=("axis",))
def trapezoid(y, x=None, dx=1.0, axis=-1):
    """The integral of samples y along an axis by the trapezoidal rule, at the places x or at distances dx, as scipy.integrate.trapezoid.

    >>> import jaxgo.numpy as jnp, jaxgo.scipy.integrate as integrate
    >>> print(integrate.trapezoid(jnp.array([0., 1., 2.]), dx=0.5))
    1.0
    """
    return jnp.trapezoid(y, x, dx, axis)
