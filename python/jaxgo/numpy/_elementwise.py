"""Elementwise functions: each is one call of the Go function of its name.

Those that are ufuncs in JAX, with reduce and its like, are in `_ufuncs`.
"""

from __future__ import annotations

from .. import _fast
from ._util import _no_out

_func, _ArrayImpl = _fast.func, _fast.ArrayImpl

_abs = _func("jnp.abs")


def abs(x, /):
    """Another name of absolute.

    >>> import jaxgo.numpy as jnp
    >>> jnp.abs(jnp.array([-1, 2]))
    Array([1, 2], dtype=int32)
    """
    return _abs(x)


_absolute = _func("jnp.absolute")


def absolute(x, /):
    """Calculate the absolute value element-wise. See numpy.absolute.

    >>> import jaxgo.numpy as jnp
    >>> jnp.absolute(jnp.array([-1.5, 3 + 4j]))
    Array([1.5, 5. ], dtype=float32)
    """
    return _absolute(x)


_angle = _func("jnp.angle")


def angle(z, deg=False):
    """Return the angle of a complex valued number or array. See numpy.angle.

    >>> import jaxgo.numpy as jnp
    >>> jnp.angle(jnp.array([1, 1j]), deg=True)
    Array([ 0., 90.], dtype=float32)
    """
    return _angle(z, deg)


_cbrt = _func("jnp.cbrt")


def cbrt(x, /):
    """Calculates element-wise cube root of the input array. See numpy.cbrt.

    >>> import jaxgo.numpy as jnp
    >>> jnp.cbrt(jnp.array([8., 27.]))
    Array([2., 3.], dtype=float32)
    """
    return _cbrt(x)


_ceil = _func("jnp.ceil")


def ceil(x, /):
    """Round input to the nearest integer upwards. See numpy.ceil.

    >>> import jaxgo.numpy as jnp
    >>> jnp.ceil(jnp.array([1.2, -1.2]))
    Array([ 2., -1.], dtype=float32)
    """
    return _ceil(x)


_conj = _func("jnp.conj")


def conj(x, /):
    """Another name of conjugate."""
    return _conj(x)


_conjugate = _func("jnp.conjugate")


def conjugate(x, /):
    """Return element-wise complex-conjugate of the input. See numpy.conjugate.

    >>> import jaxgo.numpy as jnp
    >>> jnp.conjugate(jnp.array([1 + 2j]))
    Array([1.-2.j], dtype=complex64)
    """
    return _conjugate(x)


_copysign = _func("jnp.copysign")


def copysign(x1, x2, /):
    """Copies the sign of each element in ``x2`` to the corresponding element in ``x1``. See numpy.copysign.

    >>> import jaxgo.numpy as jnp
    >>> jnp.copysign(jnp.array([1., -2.]), -1.)
    Array([-1., -2.], dtype=float32)
    """
    return _copysign(x1, x2)


_divide = _func("jnp.divide")


def divide(x1, x2, /):
    """Another name of true_divide."""
    return _divide(x1, x2)


_divmod = _func("jnp.divmod")


def divmod(x1, x2, /):
    """Calculates the integer quotient and remainder of x1 by x2 element-wise. See numpy.divmod.

    >>> import jaxgo.numpy as jnp
    >>> jnp.divmod(jnp.array([7, -7]), 3)
    (Array([ 2, -3], dtype=int32), Array([1, 2], dtype=int32))
    """
    return tuple(_divmod(x1, x2))


_exp = _func("jnp.exp")


def exp(x, /):
    """Calculate element-wise exponential of the input. See numpy.exp.

    >>> import jaxgo.numpy as jnp
    >>> jnp.exp(jnp.array([0., 1.]))
    Array([1.       , 2.7182817], dtype=float32)
    """
    return _exp(x)


_exp2 = _func("jnp.exp2")


def exp2(x, /):
    """Calculate element-wise base-2 exponential of input. See numpy.exp2.

    >>> import jaxgo.numpy as jnp
    >>> jnp.exp2(jnp.array([0., 3.]))
    Array([1., 8.], dtype=float32)
    """
    return _exp2(x)


_expm1 = _func("jnp.expm1")


def expm1(x, /):
    """Calculate ``exp(x)-1`` of each element of the input. See numpy.expm1.

    >>> import jaxgo.numpy as jnp
    >>> jnp.expm1(jnp.array([0., 1e-5]))
    Array([0.000000e+00, 1.000005e-05], dtype=float32)
    """
    return _expm1(x)


_fabs = _func("jnp.fabs")


def fabs(x, /):
    """Compute the element-wise absolute values of the real-valued input. See numpy.fabs.

    >>> import jaxgo.numpy as jnp
    >>> jnp.fabs(jnp.array([-1, 2]))
    Array([1., 2.], dtype=float32)
    """
    return _fabs(x)


_float_power = _func("jnp.float_power")


def float_power(x, y, /):
    """Calculate element-wise base ``x`` exponential of ``y``. See numpy.float_power.

    >>> import jaxgo.numpy as jnp
    >>> jnp.float_power(2, jnp.array([1, -1]))
    Array([2. , 0.5], dtype=float32)
    """
    return _float_power(x, y)


_floor = _func("jnp.floor")


def floor(x, /):
    """Round input to the nearest integer downwards. See numpy.floor.

    >>> import jaxgo.numpy as jnp
    >>> jnp.floor(jnp.array([1.2, -1.2]))
    Array([ 1., -2.], dtype=float32)
    """
    return _floor(x)


_floor_divide = _func("jnp.floor_divide")


def floor_divide(x1, x2, /):
    """Calculates the floor division of x1 by x2 element-wise. See numpy.floor_divide.

    >>> import jaxgo.numpy as jnp
    >>> jnp.floor_divide(jnp.array([7, -7]), 2)
    Array([ 3, -4], dtype=int32)
    """
    return _floor_divide(x1, x2)


_fmax = _func("jnp.fmax")


def fmax(x1, x2):
    """Return element-wise maximum of the input arrays. See numpy.fmax.

    >>> import jaxgo.numpy as jnp
    >>> jnp.fmax(jnp.array([1., jnp.nan]), 0.)
    Array([1., 0.], dtype=float32)
    """
    return _fmax(x1, x2)


_fmin = _func("jnp.fmin")


def fmin(x1, x2):
    """Return element-wise minimum of the input arrays. See numpy.fmin.

    >>> import jaxgo.numpy as jnp
    >>> jnp.fmin(jnp.array([1., jnp.nan]), 0.)
    Array([0., 0.], dtype=float32)
    """
    return _fmin(x1, x2)


_fmod = _func("jnp.fmod")


def fmod(x1, x2, /):
    """Calculate element-wise floating-point modulo operation. See numpy.fmod.

    >>> import jaxgo.numpy as jnp
    >>> jnp.fmod(jnp.array([7., -7.]), 3.)
    Array([ 1., -1.], dtype=float32)
    """
    return _fmod(x1, x2)


_frexp = _func("jnp.frexp")


def frexp(x, /):
    """Split floating point values into mantissa and twos exponent. See numpy.frexp.

    >>> import jaxgo.numpy as jnp
    >>> jnp.frexp(jnp.array([6.]))
    (Array([0.75], dtype=float32), Array([3], dtype=int32))
    """
    return tuple(_frexp(x))


_gcd = _func("jnp.gcd")


def gcd(x1, x2):
    """Compute the greatest common divisor of two arrays. See numpy.gcd.

    >>> import jaxgo.numpy as jnp
    >>> jnp.gcd(jnp.array([4, 9]), 6)
    Array([2, 3], dtype=int32)
    """
    return _gcd(x1, x2)


_heaviside = _func("jnp.heaviside")


def heaviside(x1, x2, /):
    """Compute the heaviside step function. See numpy.heaviside.

    >>> import jaxgo.numpy as jnp
    >>> jnp.heaviside(jnp.array([-1., 0., 1.]), 0.5)
    Array([0. , 0.5, 1. ], dtype=float32)
    """
    return _heaviside(x1, x2)


_i0 = _func("jnp.i0")


def i0(x):
    """Calculate modified Bessel function of first kind, zeroth order. See numpy.i0.

    >>> import jaxgo.numpy as jnp
    >>> jnp.i0(jnp.array([0., 1.]))
    Array([1.0000001, 1.266066 ], dtype=float32)
    """
    return _i0(x)


_imag = _func("jnp.imag")


def imag(val, /):
    """Return element-wise imaginary of part of the complex argument. See numpy.imag.

    >>> import jaxgo.numpy as jnp
    >>> jnp.imag(jnp.array([1 + 2j]))
    Array([2.], dtype=float32)
    """
    return _imag(val)


_lcm = _func("jnp.lcm")


def lcm(x1, x2):
    """Compute the least common multiple of two arrays. See numpy.lcm.

    >>> import jaxgo.numpy as jnp
    >>> jnp.lcm(jnp.array([4, 9]), 6)
    Array([12, 18], dtype=int32)
    """
    return _lcm(x1, x2)


_ldexp = _func("jnp.ldexp")


def ldexp(x1, x2, /):
    """Compute x1 * 2 ** x2. See numpy.ldexp.

    >>> import jaxgo.numpy as jnp
    >>> jnp.ldexp(jnp.array([0.75]), 3)
    Array([6.], dtype=float32)
    """
    return _ldexp(x1, x2)


_log = _func("jnp.log")


def log(x, /):
    """Calculate element-wise natural logarithm of the input. See numpy.log.

    >>> import jaxgo.numpy as jnp
    >>> jnp.log(jnp.array([1., 10.]))
    Array([0.       , 2.3025851], dtype=float32)
    """
    return _log(x)


_log10 = _func("jnp.log10")


def log10(x, /):
    """Calculates the base-10 logarithm of x element-wise. See numpy.log10.

    >>> import jaxgo.numpy as jnp
    >>> jnp.log10(jnp.array([1., 100.]))
    Array([0., 2.], dtype=float32)
    """
    return _log10(x)


_log1p = _func("jnp.log1p")


def log1p(x, /):
    """Calculates element-wise logarithm of one plus input, ``log(x+1)``. See numpy.log1p.

    >>> import jaxgo.numpy as jnp
    >>> jnp.log1p(jnp.array([0., 1e-5]))
    Array([0.00000e+00, 9.99995e-06], dtype=float32)
    """
    return _log1p(x)


_log2 = _func("jnp.log2")


def log2(x, /):
    """Calculates the base-2 logarithm of ``x`` element-wise. See numpy.log2.

    >>> import jaxgo.numpy as jnp
    >>> jnp.log2(jnp.array([1., 8.]))
    Array([0., 3.], dtype=float32)
    """
    return _log2(x)


_mod = _func("jnp.mod")


def mod(x1, x2, /):
    """Another name of remainder."""
    return _mod(x1, x2)


_modf = _func("jnp.modf")


def modf(x, /, out=None):
    """Return element-wise fractional and integral parts of the input array. See numpy.modf.

    >>> import jaxgo.numpy as jnp
    >>> jnp.modf(jnp.array([1.5, -2.25]))
    (Array([ 0.5 , -0.25], dtype=float32), Array([ 1., -2.], dtype=float32))
    """
    if out is not None:
        _no_out("modf", out)
    return tuple(_modf(x))


_nan_to_num = _func("jnp.nan_to_num")


def nan_to_num(x, copy=True, nan=0.0, posinf=None, neginf=None):
    """Replace NaN and infinite entries in an array. See numpy.nan_to_num.

    >>> import jaxgo.numpy as jnp
    >>> jnp.nan_to_num(jnp.array([1., jnp.nan]), nan=-1.)
    Array([ 1., -1.], dtype=float32)
    """
    return _nan_to_num(x, nan, posinf, neginf)


_nextafter = _func("jnp.nextafter")


def nextafter(x, y, /):
    """Return element-wise next floating point value after ``x`` towards ``y``. See numpy.nextafter.

    >>> import jaxgo.numpy as jnp
    >>> jnp.nextafter(jnp.array([0.]), 1.)
    Array([1.e-45], dtype=float32)
    """
    return _nextafter(x, y)


_positive = _func("jnp.positive")


def positive(x, /):
    """Return element-wise positive values of the input. See numpy.positive.

    >>> import jaxgo.numpy as jnp
    >>> jnp.positive(jnp.array([-1, 2]))
    Array([-1,  2], dtype=int32)
    """
    return _positive(x)


def pow(x1, x2, /):
    """Another name of power."""
    return power(x1, x2)


_power = _func("jnp.power")


def power(x1, x2, /):
    """Calculate element-wise base ``x1`` exponential of ``x2``. See numpy.power.

    >>> import jaxgo.numpy as jnp
    >>> jnp.power(jnp.array([2, 3]), 2)
    Array([4, 9], dtype=int32)
    """
    if type(x2) is _ArrayImpl and x2.ndim == 0:  # a known integer makes an integer_pow
        try:
            x2 = x2.__index__()
        except TypeError:
            pass
    return _power(x1, x2)


_real = _func("jnp.real")


def real(val, /):
    """Return element-wise real part of the complex argument. See numpy.real.

    >>> import jaxgo.numpy as jnp
    >>> jnp.real(jnp.array([1 + 2j]))
    Array([1.], dtype=float32)
    """
    return _real(val)


_reciprocal = _func("jnp.reciprocal")


def reciprocal(x, /):
    """Calculate element-wise reciprocal of the input. See numpy.reciprocal.

    >>> import jaxgo.numpy as jnp
    >>> jnp.reciprocal(jnp.array([2., 4.]))
    Array([0.5 , 0.25], dtype=float32)
    """
    return _reciprocal(x)


_remainder = _func("jnp.remainder")


def remainder(x1, x2, /):
    """Returns element-wise remainder of the division. See numpy.remainder.

    >>> import jaxgo.numpy as jnp
    >>> jnp.remainder(jnp.array([7, -7]), 3)
    Array([1, 2], dtype=int32)
    """
    return _remainder(x1, x2)


_rint = _func("jnp.rint")


def rint(x, /):
    """Rounds the elements of x to the nearest integer. See numpy.rint.

    >>> import jaxgo.numpy as jnp
    >>> jnp.rint(jnp.array([0.5, 1.5, 2.7]))
    Array([0., 2., 3.], dtype=float32)
    """
    return _rint(x)


_sign = _func("jnp.sign")


def sign(x, /):
    """Return an element-wise indication of sign of the input. See numpy.sign.

    >>> import jaxgo.numpy as jnp
    >>> jnp.sign(jnp.array([-2., 0., 3.]))
    Array([-1.,  0.,  1.], dtype=float32)
    """
    return _sign(x)


_signbit = _func("jnp.signbit")


def signbit(x, /):
    """Return the sign bit of array elements. See numpy.signbit.

    >>> import jaxgo.numpy as jnp
    >>> jnp.signbit(jnp.array([-0., 1.]))
    Array([ True, False], dtype=bool)
    """
    return _signbit(x)


_spacing = _func("jnp.spacing")


def spacing(x, /):
    """Return the spacing between ``x`` and the next adjacent number. See numpy.spacing.

    >>> import jaxgo.numpy as jnp
    >>> jnp.spacing(jnp.array([1., 1e6]))
    Array([1.1920929e-07, 6.2500000e-02], dtype=float32)
    """
    return _spacing(x)


_sqrt = _func("jnp.sqrt")


def sqrt(x, /):
    """Calculates element-wise non-negative square root of the input array. See numpy.sqrt.

    >>> import jaxgo.numpy as jnp
    >>> jnp.sqrt(jnp.array([4., 9.]))
    Array([2., 3.], dtype=float32)
    """
    return _sqrt(x)


_square = _func("jnp.square")


def square(x, /):
    """Calculate element-wise square of the input array. See numpy.square.

    >>> import jaxgo.numpy as jnp
    >>> jnp.square(jnp.array([2, -3]))
    Array([4, 9], dtype=int32)
    """
    return _square(x)


_true_divide = _func("jnp.true_divide")


def true_divide(x1, x2, /):
    """Calculates the division of x1 by x2 element-wise. See numpy.true_divide.

    >>> import jaxgo.numpy as jnp
    >>> jnp.true_divide(jnp.array([1, 2]), 2)
    Array([0.5, 1. ], dtype=float32)
    """
    return _true_divide(x1, x2)


_trunc = _func("jnp.trunc")


def trunc(x):
    """Round input to the nearest integer towards zero. See numpy.trunc.

    >>> import jaxgo.numpy as jnp
    >>> jnp.trunc(jnp.array([1.7, -1.7]))
    Array([ 1., -1.], dtype=float32)
    """
    return _trunc(x)
