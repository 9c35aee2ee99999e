"""Elementwise functions: each is one call of the Go function of its name.

Those that are ufuncs in JAX, with reduce and its like, are in `_ufuncs`.
"""

from __future__ import annotations

from .. import _fast
from ._creation import asarray
from ._util import _no_out

_func, _ArrayImpl = _fast.func, _fast.ArrayImpl

_abs = _func("jnp.abs")


def abs(x, /):
    """Alias of :func:`jax.numpy.absolute`. See numpy.abs."""
    return _abs(x)


_absolute = _func("jnp.absolute")


def absolute(x, /):
    """Calculate the absolute value element-wise. See numpy.absolute."""
    return _absolute(x)


_acos = _func("jnp.acos")


def acos(x, /):
    """Alias of :func:`jax.numpy.arccos`. See numpy.acos."""
    return _acos(x)


_acosh = _func("jnp.acosh")


def acosh(x, /):
    """Alias of :func:`jax.numpy.arccosh`. See numpy.acosh."""
    return _acosh(x)


_angle = _func("jnp.angle")


def angle(z, deg=False):
    """Return the angle of a complex valued number or array. See numpy.angle."""
    return _angle(z, deg)


_arccos = _func("jnp.arccos")


def arccos(x, /):
    """Compute element-wise inverse of trigonometric cosine of input. See numpy.arccos."""
    return _arccos(x)


_arccosh = _func("jnp.arccosh")


def arccosh(x, /):
    """Calculate element-wise inverse of hyperbolic cosine of input. See numpy.arccosh."""
    return _arccosh(x)


_arcsin = _func("jnp.arcsin")


def arcsin(x, /):
    """Compute element-wise inverse of trigonometric sine of input. See numpy.arcsin."""
    return _arcsin(x)


_arcsinh = _func("jnp.arcsinh")


def arcsinh(x, /):
    """Calculate element-wise inverse of hyperbolic sine of input. See numpy.arcsinh."""
    return _arcsinh(x)


_arctan = _func("jnp.arctan")


def arctan(x, /):
    """Compute element-wise inverse of trigonometric tangent of input. See numpy.arctan."""
    return _arctan(x)


_arctan2 = _func("jnp.arctan2")


def arctan2(x1, x2, /):
    """Compute the arctangent of x1/x2, choosing the correct quadrant. See numpy.arctan2."""
    return _arctan2(x1, x2)


_arctanh = _func("jnp.arctanh")


def arctanh(x, /):
    """Calculate element-wise inverse of hyperbolic tangent of input. See numpy.arctanh."""
    return _arctanh(x)


_asin = _func("jnp.asin")


def asin(x, /):
    """Alias of :func:`jax.numpy.arcsin`. See numpy.asin."""
    return _asin(x)


_asinh = _func("jnp.asinh")


def asinh(x, /):
    """Alias of :func:`jax.numpy.arcsinh`. See numpy.asinh."""
    return _asinh(x)


_atan = _func("jnp.atan")


def atan(x, /):
    """Alias of :func:`jax.numpy.arctan`. See numpy.atan."""
    return _atan(x)


_atan2 = _func("jnp.atan2")


def atan2(x1, x2, /):
    """Alias of :func:`jax.numpy.arctan2`. See numpy.atan2."""
    return _atan2(x1, x2)


_atanh = _func("jnp.atanh")


def atanh(x, /):
    """Alias of :func:`jax.numpy.arctanh`. See numpy.atanh."""
    return _atanh(x)


_bitwise_count = _func("jnp.bitwise_count")


def bitwise_count(x, /):
    """Counts the number of 1 bits in the binary representation of the absolute value. See numpy.bitwise_count."""
    return _bitwise_count(x)


_bitwise_invert = _func("jnp.bitwise_invert")


def bitwise_invert(x, /):
    """Alias of :func:`jax.numpy.invert`. See numpy.bitwise_invert."""
    return _bitwise_invert(x)


_bitwise_left_shift = _func("jnp.bitwise_left_shift")


def bitwise_left_shift(x, y, /):
    """Alias of :func:`jax.numpy.left_shift`. See numpy.bitwise_left_shift."""
    return _bitwise_left_shift(x, y)


_bitwise_not = _func("jnp.bitwise_not")


def bitwise_not(x, /):
    """Alias of :func:`jax.numpy.invert`. See numpy.bitwise_not."""
    return _bitwise_not(x)


_bitwise_right_shift = _func("jnp.bitwise_right_shift")


def bitwise_right_shift(x1, x2, /):
    """Alias of :func:`jax.numpy.right_shift`. See numpy.bitwise_right_shift."""
    return _bitwise_right_shift(x1, x2)


_cbrt = _func("jnp.cbrt")


def cbrt(x, /):
    """Calculates element-wise cube root of the input array. See numpy.cbrt."""
    return _cbrt(x)


_ceil = _func("jnp.ceil")


def ceil(x, /):
    """Round input to the nearest integer upwards. See numpy.ceil."""
    return _ceil(x)


_conj = _func("jnp.conj")


def conj(x, /):
    """Alias of :func:`jax.numpy.conjugate`. See numpy.conj."""
    return _conj(x)


_conjugate = _func("jnp.conjugate")


def conjugate(x, /):
    """Return element-wise complex-conjugate of the input. See numpy.conjugate."""
    return _conjugate(x)


_copysign = _func("jnp.copysign")


def copysign(x1, x2, /):
    """Copies the sign of each element in ``x2`` to the corresponding element in ``x1``. See numpy.copysign."""
    return _copysign(x1, x2)


_cos = _func("jnp.cos")


def cos(x, /):
    """Compute a trigonometric cosine of each element of input. See numpy.cos."""
    return _cos(x)


_cosh = _func("jnp.cosh")


def cosh(x, /):
    """Calculate element-wise hyperbolic cosine of input. See numpy.cosh."""
    return _cosh(x)


_deg2rad = _func("jnp.deg2rad")


def deg2rad(x, /):
    """Convert angles from degrees to radians. See numpy.deg2rad."""
    return _deg2rad(x)


_degrees = _func("jnp.degrees")


def degrees(x, /):
    """Alias of :func:`jax.numpy.rad2deg`. See numpy.degrees."""
    return _degrees(x)


_divide = _func("jnp.divide")


def divide(x1, x2, /):
    """Alias of :func:`jax.numpy.true_divide`. See numpy.divide."""
    return _divide(x1, x2)


_divmod = _func("jnp.divmod")


def divmod(x1, x2, /):
    """Calculates the integer quotient and remainder of x1 by x2 element-wise. See numpy.divmod."""
    return _divmod(x1, x2)


_equal = _func("jnp.equal")


def equal(x, y, /):
    """Returns element-wise truth value of ``x == y``. See numpy.equal."""
    return _equal(x, y)


_exp = _func("jnp.exp")


def exp(x, /):
    """Calculate element-wise exponential of the input. See numpy.exp."""
    return _exp(x)


_exp2 = _func("jnp.exp2")


def exp2(x, /):
    """Calculate element-wise base-2 exponential of input. See numpy.exp2."""
    return _exp2(x)


_expm1 = _func("jnp.expm1")


def expm1(x, /):
    """Calculate ``exp(x)-1`` of each element of the input. See numpy.expm1."""
    return _expm1(x)


_fabs = _func("jnp.fabs")


def fabs(x, /):
    """Compute the element-wise absolute values of the real-valued input. See numpy.fabs."""
    return _fabs(x)


_float_power = _func("jnp.float_power")


def float_power(x, y, /):
    """Calculate element-wise base ``x`` exponential of ``y``. See numpy.float_power."""
    return _float_power(x, y)


_floor = _func("jnp.floor")


def floor(x, /):
    """Round input to the nearest integer downwards. See numpy.floor."""
    return _floor(x)


_floor_divide = _func("jnp.floor_divide")


def floor_divide(x1, x2, /):
    """Calculates the floor division of x1 by x2 element-wise. See numpy.floor_divide."""
    return _floor_divide(x1, x2)


_fmax = _func("jnp.fmax")


def fmax(x1, x2):
    """Return element-wise maximum of the input arrays. See numpy.fmax."""
    return _fmax(x1, x2)


_fmin = _func("jnp.fmin")


def fmin(x1, x2):
    """Return element-wise minimum of the input arrays. See numpy.fmin."""
    return _fmin(x1, x2)


_fmod = _func("jnp.fmod")


def fmod(x1, x2, /):
    """Calculate element-wise floating-point modulo operation. See numpy.fmod."""
    return _fmod(x1, x2)


_frexp = _func("jnp.frexp")


def frexp(x, /):
    """Split floating point values into mantissa and twos exponent. See numpy.frexp."""
    return _frexp(x)


_gcd = _func("jnp.gcd")


def gcd(x1, x2):
    """Compute the greatest common divisor of two arrays. See numpy.gcd."""
    return _gcd(x1, x2)


_greater = _func("jnp.greater")


def greater(x, y, /):
    """Return element-wise truth value of ``x > y``. See numpy.greater."""
    return _greater(x, y)


_greater_equal = _func("jnp.greater_equal")


def greater_equal(x, y, /):
    """Return element-wise truth value of ``x >= y``. See numpy.greater_equal."""
    return _greater_equal(x, y)


_heaviside = _func("jnp.heaviside")


def heaviside(x1, x2, /):
    """Compute the heaviside step function. See numpy.heaviside."""
    return _heaviside(x1, x2)


_hypot = _func("jnp.hypot")


def hypot(x1, x2, /):
    """Return element-wise hypotenuse for the given legs of a right angle triangle. See numpy.hypot."""
    return _hypot(x1, x2)


_i0 = _func("jnp.i0")


def i0(x):
    """Calculate modified Bessel function of first kind, zeroth order. See numpy.i0."""
    return _i0(x)


_imag = _func("jnp.imag")


def imag(val, /):
    """Return element-wise imaginary of part of the complex argument. See numpy.imag."""
    return _imag(val)


_invert = _func("jnp.invert")


def invert(x, /):
    """Compute the bitwise inversion of an input. See numpy.invert."""
    return _invert(x)


_isfinite = _func("jnp.isfinite")


def isfinite(x, /):
    """Return a boolean array indicating whether each element of input is finite. See numpy.isfinite."""
    return _isfinite(x)


_isinf = _func("jnp.isinf")


def isinf(x, /):
    """Return a boolean array indicating whether each element of input is infinite. See numpy.isinf."""
    return _isinf(x)


_isnan = _func("jnp.isnan")


def isnan(x, /):
    """Returns a boolean array indicating whether each element of input is ``NaN``. See numpy.isnan."""
    return _isnan(x)


_isneginf = _func("jnp.isneginf")


def isneginf(x, /, out=None):
    """Return boolean array indicating whether each element of input is negative infinite. See numpy.isneginf."""
    if out is not None:
        _no_out("isneginf", out)
    return _isneginf(x)


_isposinf = _func("jnp.isposinf")


def isposinf(x, /, out=None):
    """Return boolean array indicating whether each element of input is positive infinite. See numpy.isposinf."""
    if out is not None:
        _no_out("isposinf", out)
    return _isposinf(x)


_isreal = _func("jnp.isreal")


def isreal(x):
    """Return boolean array showing where the input is real. See numpy.isreal."""
    return _isreal(x)


_iscomplex = _func("jnp.iscomplex")


def iscomplex(x):
    """Return boolean array showing where the input is complex. See numpy.iscomplex."""
    return _iscomplex(x)


_lcm = _func("jnp.lcm")


def lcm(x1, x2):
    """Compute the least common multiple of two arrays. See numpy.lcm."""
    return _lcm(x1, x2)


_ldexp = _func("jnp.ldexp")


def ldexp(x1, x2, /):
    """Compute x1 * 2 ** x2. See numpy.ldexp."""
    return _ldexp(x1, x2)


_left_shift = _func("jnp.left_shift")


def left_shift(x, y, /):
    """Shift bits of ``x`` to left by the amount specified in ``y``, element-wise. See numpy.left_shift."""
    return _left_shift(x, y)


_less = _func("jnp.less")


def less(x, y, /):
    """Return element-wise truth value of ``x < y``. See numpy.less."""
    return _less(x, y)


_less_equal = _func("jnp.less_equal")


def less_equal(x, y, /):
    """Return element-wise truth value of ``x <= y``. See numpy.less_equal."""
    return _less_equal(x, y)


_log = _func("jnp.log")


def log(x, /):
    """Calculate element-wise natural logarithm of the input. See numpy.log."""
    return _log(x)


_log10 = _func("jnp.log10")


def log10(x, /):
    """Calculates the base-10 logarithm of x element-wise. See numpy.log10."""
    return _log10(x)


_log1p = _func("jnp.log1p")


def log1p(x, /):
    """Calculates element-wise logarithm of one plus input, ``log(x+1)``. See numpy.log1p."""
    return _log1p(x)


_log2 = _func("jnp.log2")


def log2(x, /):
    """Calculates the base-2 logarithm of ``x`` element-wise. See numpy.log2."""
    return _log2(x)


_logical_not = _func("jnp.logical_not")


def logical_not(x, /):
    """Compute NOT bool(x) element-wise. See numpy.logical_not."""
    return _logical_not(x)


_mod = _func("jnp.mod")


def mod(x1, x2, /):
    """Alias of :func:`jax.numpy.remainder`. See numpy.mod."""
    return _mod(x1, x2)


_modf = _func("jnp.modf")


def modf(x, /, out=None):
    """Return element-wise fractional and integral parts of the input array. See numpy.modf."""
    if out is not None:
        _no_out("modf", out)
    return _modf(x)


_nan_to_num = _func("jnp.nan_to_num")


def nan_to_num(x, copy=True, nan=0.0, posinf=None, neginf=None):
    """Replace NaN and infinite entries in an array. See numpy.nan_to_num."""
    return _nan_to_num(x, nan, posinf, neginf)


_nextafter = _func("jnp.nextafter")


def nextafter(x, y, /):
    """Return element-wise next floating point value after ``x`` towards ``y``. See numpy.nextafter."""
    return _nextafter(x, y)


_not_equal = _func("jnp.not_equal")


def not_equal(x, y, /):
    """Returns element-wise truth value of ``x != y``. See numpy.not_equal."""
    return _not_equal(x, y)


_positive = _func("jnp.positive")


def positive(x, /):
    """Return element-wise positive values of the input. See numpy.positive."""
    return _positive(x)


def pow(x1, x2, /):
    """Alias of :func:`jax.numpy.power`. See numpy.pow."""
    return power(x1, x2)


_power = _func("jnp.power")


def power(x1, x2, /):
    """Calculate element-wise base ``x1`` exponential of ``x2``. See numpy.power."""
    if type(x2) is _ArrayImpl and x2.ndim == 0:  # a known integer makes an integer_pow
        try:
            x2 = x2.__index__()
        except TypeError:
            pass
    return _power(x1, x2)


_rad2deg = _func("jnp.rad2deg")


def rad2deg(x, /):
    """Convert angles from radians to degrees. See numpy.rad2deg."""
    return _rad2deg(x)


_radians = _func("jnp.radians")


def radians(x, /):
    """Alias of :func:`jax.numpy.deg2rad`. See numpy.radians."""
    return _radians(x)


_real = _func("jnp.real")


def real(val, /):
    """Return element-wise real part of the complex argument. See numpy.real."""
    return _real(val)


_reciprocal = _func("jnp.reciprocal")


def reciprocal(x, /):
    """Calculate element-wise reciprocal of the input. See numpy.reciprocal."""
    return _reciprocal(x)


_remainder = _func("jnp.remainder")


def remainder(x1, x2, /):
    """Returns element-wise remainder of the division. See numpy.remainder."""
    return _remainder(x1, x2)


_right_shift = _func("jnp.right_shift")


def right_shift(x1, x2, /):
    """Right shift the bits of ``x1`` to the amount specified in ``x2``. See numpy.right_shift."""
    return _right_shift(x1, x2)


_rint = _func("jnp.rint")


def rint(x, /):
    """Rounds the elements of x to the nearest integer. See numpy.rint."""
    return _rint(x)


_sign = _func("jnp.sign")


def sign(x, /):
    """Return an element-wise indication of sign of the input. See numpy.sign."""
    return _sign(x)


_signbit = _func("jnp.signbit")


def signbit(x, /):
    """Return the sign bit of array elements. See numpy.signbit."""
    return _signbit(x)


_sin = _func("jnp.sin")


def sin(x, /):
    """Compute a trigonometric sine of each element of input. See numpy.sin."""
    return _sin(x)


_sinc = _func("jnp.sinc")


def sinc(x, /):
    """Calculate the normalized sinc function. See numpy.sinc."""
    return _sinc(x)


_sinh = _func("jnp.sinh")


def sinh(x, /):
    """Calculate element-wise hyperbolic sine of input. See numpy.sinh."""
    return _sinh(x)


_spacing = _func("jnp.spacing")


def spacing(x, /):
    """Return the spacing between ``x`` and the next adjacent number. See numpy.spacing."""
    return _spacing(x)


_sqrt = _func("jnp.sqrt")


def sqrt(x, /):
    """Calculates element-wise non-negative square root of the input array. See numpy.sqrt."""
    return _sqrt(x)


_square = _func("jnp.square")


def square(x, /):
    """Calculate element-wise square of the input array. See numpy.square."""
    return _square(x)


_tan = _func("jnp.tan")


def tan(x, /):
    """Compute a trigonometric tangent of each element of input. See numpy.tan."""
    return _tan(x)


_tanh = _func("jnp.tanh")


def tanh(x, /):
    """Calculate element-wise hyperbolic tangent of input. See numpy.tanh."""
    return _tanh(x)


_true_divide = _func("jnp.true_divide")


def true_divide(x1, x2, /):
    """Calculates the division of x1 by x2 element-wise. See numpy.true_divide."""
    return _true_divide(x1, x2)


_trunc = _func("jnp.trunc")


def trunc(x):
    """Round input to the nearest integer towards zero. See numpy.trunc."""
    return _trunc(x)


_isclose = _func("jnp.isclose")


def isclose(a, b, rtol=1e-05, atol=1e-08, equal_nan=False):
    """Check if the elements of two arrays are approximately equal within a tolerance. See numpy.isclose."""
    return _isclose(a, b, rtol, atol, equal_nan)


_allclose = _func("jnp.allclose")


def allclose(a, b, rtol=1e-05, atol=1e-08, equal_nan=False):
    """Check if two arrays are element-wise approximately equal within a tolerance. See numpy.allclose."""
    return _allclose(a, b, rtol, atol, equal_nan)


_array_equal = _func("jnp.array_equal")


def array_equal(a1, a2, equal_nan=False):
    """Check if two arrays are element-wise equal. See numpy.array_equal."""
    try:
        a1, a2 = (x if isinstance(x, _fast.Array) else asarray(x) for x in (a1, a2))
    except Exception:
        return asarray(False)
    return _array_equal(a1, a2, equal_nan)


_array_equiv = _func("jnp.array_equiv")


def array_equiv(a1, a2):
    """Check if two arrays are element-wise equal. See numpy.array_equiv."""
    try:
        a1, a2 = (x if isinstance(x, _fast.Array) else asarray(x) for x in (a1, a2))
    except Exception:
        return asarray(False)
    return _array_equiv(a1, a2)
