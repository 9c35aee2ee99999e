"""Differences, interpolation, convolution and window functions."""

from __future__ import annotations

from .. import _fast
from .._dtype import dtype_arg
from ._util import concrete, ints, precision_name

call = _fast.call
_pi = 3.141592653589793


def diff(a, n=1, axis=-1, prepend=None, append=None):
    """The differences of neighbours along an axis, n times.

    >>> import jaxgo.numpy as jnp
    >>> jnp.diff(jnp.array([1, 4, 9]))
    Array([3, 5], dtype=int32)
    """
    n = concrete(n, "'n' argument of jnp.diff", ints)
    axis = concrete(axis, "'axis' argument of jnp.diff", ints)
    return call("jnp.diff", a, n, axis, prepend, append)


def ediff1d(ary, to_end=None, to_begin=None):
    """The differences of neighbours in the flattened array.

    >>> import jaxgo.numpy as jnp
    >>> jnp.ediff1d(jnp.array([1, 4, 9]))
    Array([3, 5], dtype=int32)
    """
    return call("jnp.ediff1d", ary, to_end, to_begin)


def gradient(f, *varargs, axis=None, edge_order=None):
    """The derivative along axes by central differences; varargs are the distances or the coordinates.

    >>> import jaxgo.numpy as jnp
    >>> jnp.gradient(jnp.array([1., 4., 9.]))
    Array([3., 4., 5.], dtype=float32)
    """
    if edge_order is not None:
        raise NotImplementedError("The 'edge_order' argument to jnp.gradient is not supported.")
    r = call("jnp.gradient", f, varargs, ints(axis))
    return r


def interp(x, xp, fp, left=None, right=None, period=None):
    """Linear interpolation between points. left and right may be "extrapolate".

    >>> import jaxgo.numpy as jnp
    >>> print(jnp.interp(1.5, jnp.array([1., 2.]), jnp.array([0., 10.])))
    5.0
    """
    flags = []
    for name, v in (("left", left), ("right", right)):
        if isinstance(v, str) and v != "extrapolate":
            raise ValueError(f"the only valid string value of `{name}` is 'extrapolate', but got: {v!r}")
        flags.append(isinstance(v, str))
    return call("jnp.interp", x, xp, fp, None if flags[0] else left, None if flags[1] else right, period, *flags)


def convolve(a, v, mode="full", *, precision=None, preferred_element_type=None):
    """The convolution of two vectors.

    >>> import jaxgo.numpy as jnp
    >>> jnp.convolve(jnp.array([1, 2]), jnp.array([1, 1]))
    Array([1., 3., 2.], dtype=float32)
    """
    return call(
        "jnp.convolve",
        a,
        v,
        mode,
        precision_name(precision),
        None if preferred_element_type is None else dtype_arg(preferred_element_type, "convolve"),
    )


def correlate(a, v, mode="valid", *, precision=None, preferred_element_type=None):
    """The correlation of two vectors.

    >>> import jaxgo.numpy as jnp
    >>> jnp.correlate(jnp.array([1, 2, 3]), jnp.array([1, 1]))
    Array([3., 5.], dtype=float32)
    """
    return call(
        "jnp.correlate",
        a,
        v,
        mode,
        precision_name(precision),
        None if preferred_element_type is None else dtype_arg(preferred_element_type, "correlate"),
    )


def unwrap(p, discont=None, axis=-1, period=2 * _pi):
    """Phases along an axis without jumps of more than half a period.

    >>> import jaxgo.numpy as jnp
    >>> jnp.unwrap(jnp.array([0., 3., 6., 9. - 2 * jnp.pi]))
    Array([0., 3., 6., 9.], dtype=float32)
    """
    return call("jnp.unwrap", p, discont, ints(axis), period)


def trapezoid(y, x=None, dx=1.0, axis=-1):
    """The integral along an axis by the trapezoidal rule.

    >>> import jaxgo.numpy as jnp
    >>> jnp.trapezoid(jnp.array([1., 2., 3.]))
    Array(4., dtype=float32)
    """
    return call("jnp.trapezoid", y, x, dx, ints(axis))


def vander(x, N=None, increasing=False):
    """The matrix of the powers of a vector's elements.

    >>> import jaxgo.numpy as jnp
    >>> jnp.vander(jnp.array([2, 3]), 3)
    Array([[4, 2, 1],
           [9, 3, 1]], dtype=int32)
    """
    N = concrete(N, "'N' argument of jnp.vander()", ints)
    return call("jnp.vander", x, N, increasing)


def _window(name):
    def window(M):
        return call("jnp." + name, concrete(M, f"M argument of jnp.{name}", int))

    window.__name__ = window.__qualname__ = name
    window.__doc__ = f"The {name.capitalize()} window of M points."
    return window


bartlett, blackman, hamming, hanning = map(_window, ("bartlett", "blackman", "hamming", "hanning"))


def kaiser(M, beta):
    """The Kaiser window of M points.

    >>> import jaxgo.numpy as jnp
    >>> jnp.kaiser(3, 2.)
    Array([0.43867636, 1.        , 0.43867636], dtype=float32)
    """
    return call("jnp.kaiser", concrete(M, "M argument of jnp.kaiser", int), beta)
