"""Trigonometric and hyperbolic functions: each is one call of the Go function of its name."""

from __future__ import annotations

from .. import _fast

_func = _fast.func

_acos = _func("jnp.acos")


def acos(x, /):
    """Another name of arccos."""
    return _acos(x)


_acosh = _func("jnp.acosh")


def acosh(x, /):
    """Another name of arccosh."""
    return _acosh(x)


_arccos = _func("jnp.arccos")


def arccos(x, /):
    """Compute element-wise inverse of trigonometric cosine of input. See numpy.arccos.

    >>> import jaxgo.numpy as jnp
    >>> jnp.arccos(jnp.array([1., 0.]))
    Array([0.       , 1.5707964], dtype=float32)
    """
    return _arccos(x)


_arccosh = _func("jnp.arccosh")


def arccosh(x, /):
    """Calculate element-wise inverse of hyperbolic cosine of input. See numpy.arccosh.

    >>> import jaxgo.numpy as jnp
    >>> jnp.arccosh(jnp.array([1., 2.]))
    Array([0.      , 1.316958], dtype=float32)
    """
    return _arccosh(x)


_arcsin = _func("jnp.arcsin")


def arcsin(x, /):
    """Compute element-wise inverse of trigonometric sine of input. See numpy.arcsin.

    >>> import jaxgo.numpy as jnp
    >>> jnp.arcsin(jnp.array([0., 1.]))
    Array([0.       , 1.5707964], dtype=float32)
    """
    return _arcsin(x)


_arcsinh = _func("jnp.arcsinh")


def arcsinh(x, /):
    """Calculate element-wise inverse of hyperbolic sine of input. See numpy.arcsinh.

    >>> import jaxgo.numpy as jnp
    >>> jnp.arcsinh(jnp.array([0., 1.]))
    Array([0.        , 0.88137364], dtype=float32)
    """
    return _arcsinh(x)


_arctan = _func("jnp.arctan")


def arctan(x, /):
    """Compute element-wise inverse of trigonometric tangent of input. See numpy.arctan.

    >>> import jaxgo.numpy as jnp
    >>> jnp.arctan(jnp.array([0., 1.]))
    Array([0.       , 0.7853982], dtype=float32)
    """
    return _arctan(x)


_arctan2 = _func("jnp.arctan2")


def arctan2(x1, x2, /):
    """Compute the arctangent of x1/x2, choosing the correct quadrant. See numpy.arctan2.

    >>> import jaxgo.numpy as jnp
    >>> jnp.arctan2(jnp.array([1., -1.]), -1.)
    Array([ 2.3561945, -2.3561945], dtype=float32)
    """
    return _arctan2(x1, x2)


_arctanh = _func("jnp.arctanh")


def arctanh(x, /):
    """Calculate element-wise inverse of hyperbolic tangent of input. See numpy.arctanh.

    >>> import jaxgo.numpy as jnp
    >>> jnp.arctanh(jnp.array([0., 0.5]))
    Array([0.        , 0.54930615], dtype=float32)
    """
    return _arctanh(x)


_asin = _func("jnp.asin")


def asin(x, /):
    """Another name of arcsin."""
    return _asin(x)


_asinh = _func("jnp.asinh")


def asinh(x, /):
    """Another name of arcsinh."""
    return _asinh(x)


_atan = _func("jnp.atan")


def atan(x, /):
    """Another name of arctan."""
    return _atan(x)


_atan2 = _func("jnp.atan2")


def atan2(x1, x2, /):
    """Another name of arctan2."""
    return _atan2(x1, x2)


_atanh = _func("jnp.atanh")


def atanh(x, /):
    """Another name of arctanh."""
    return _atanh(x)


_cos = _func("jnp.cos")


def cos(x, /):
    """Compute a trigonometric cosine of each element of input. See numpy.cos.

    >>> import jaxgo.numpy as jnp
    >>> jnp.cos(jnp.array([0., 1.]))
    Array([1.       , 0.5403023], dtype=float32)
    """
    return _cos(x)


_cosh = _func("jnp.cosh")


def cosh(x, /):
    """Calculate element-wise hyperbolic cosine of input. See numpy.cosh.

    >>> import jaxgo.numpy as jnp
    >>> jnp.cosh(jnp.array([0., 1.]))
    Array([1.       , 1.5430806], dtype=float32)
    """
    return _cosh(x)


_deg2rad = _func("jnp.deg2rad")


def deg2rad(x, /):
    """Convert angles from degrees to radians. See numpy.deg2rad.

    >>> import jaxgo.numpy as jnp
    >>> jnp.deg2rad(jnp.array([0., 180.]))
    Array([0.       , 3.1415927], dtype=float32)
    """
    return _deg2rad(x)


_degrees = _func("jnp.degrees")


def degrees(x, /):
    """Another name of rad2deg."""
    return _degrees(x)


_hypot = _func("jnp.hypot")


def hypot(x1, x2, /):
    """Return element-wise hypotenuse for the given legs of a right angle triangle. See numpy.hypot.

    >>> import jaxgo.numpy as jnp
    >>> jnp.hypot(3., jnp.array([4.]))
    Array([5.], dtype=float32)
    """
    return _hypot(x1, x2)


_rad2deg = _func("jnp.rad2deg")


def rad2deg(x, /):
    """Convert angles from radians to degrees. See numpy.rad2deg.

    >>> import jaxgo.numpy as jnp
    >>> jnp.rad2deg(jnp.array([0., jnp.pi]))
    Array([  0., 180.], dtype=float32)
    """
    return _rad2deg(x)


_radians = _func("jnp.radians")


def radians(x, /):
    """Another name of deg2rad."""
    return _radians(x)


_sin = _func("jnp.sin")


def sin(x, /):
    """Compute a trigonometric sine of each element of input. See numpy.sin.

    >>> import jaxgo.numpy as jnp
    >>> jnp.sin(jnp.array([0., 1.]))
    Array([0.        , 0.84147096], dtype=float32)
    """
    return _sin(x)


_sinc = _func("jnp.sinc")


def sinc(x, /):
    """Calculate the normalized sinc function. See numpy.sinc.

    >>> import jaxgo.numpy as jnp
    >>> jnp.sinc(jnp.array([0., 0.5]))
    Array([1.        , 0.63661975], dtype=float32)
    """
    return _sinc(x)


_sinh = _func("jnp.sinh")


def sinh(x, /):
    """Calculate element-wise hyperbolic sine of input. See numpy.sinh.

    >>> import jaxgo.numpy as jnp
    >>> jnp.sinh(jnp.array([0., 1.]))
    Array([0.       , 1.1752012], dtype=float32)
    """
    return _sinh(x)


_tan = _func("jnp.tan")


def tan(x, /):
    """Compute a trigonometric tangent of each element of input. See numpy.tan.

    >>> import jaxgo.numpy as jnp
    >>> jnp.tan(jnp.array([0., 1.]))
    Array([0.       , 1.5574077], dtype=float32)
    """
    return _tan(x)


_tanh = _func("jnp.tanh")


def tanh(x, /):
    """Calculate element-wise hyperbolic tangent of input. See numpy.tanh.

    >>> import jaxgo.numpy as jnp
    >>> jnp.tanh(jnp.array([0., 1.]))
    Array([0.       , 0.7615942], dtype=float32)
    """
    return _tanh(x)
