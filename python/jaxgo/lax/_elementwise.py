"""Elementwise functions: one call of the extension each.

Operands must have the same dtype and, but for scalars, the same shape; jaxgo.numpy has the functions that promote. Python scalars
take the other operand's dtype.
"""

from __future__ import annotations

from .. import _fast
from .._dtype import as_dtype
from ._types import RoundingMethod, accuracy_arg

_func = _fast.func


_abs = _func("lax.abs")


def abs(x):
    """Elementwise absolute value: :math:`|x|`.

    >>> from jaxgo import lax
    >>> print(lax.abs(-2))
    2
    """
    return _abs(x)


_acos = _func("lax.acos")


def acos(x):
    """Elementwise arc cosine.

    >>> from jaxgo import lax
    >>> print(lax.acos(1.))
    0.0
    """
    return _acos(x)


_acosh = _func("lax.acosh")


def acosh(x):
    """Elementwise inverse hyperbolic cosine.

    >>> from jaxgo import lax
    >>> print(lax.acosh(1.))
    0.0
    """
    return _acosh(x)


_add = _func("lax.add")


def add(x, y):
    """Elementwise sum of operands of one dtype and shape; a scalar goes with any shape.

    >>> from jaxgo import lax
    >>> print(lax.add(2, 3))
    5
    """
    return _add(x, y)


_asin = _func("lax.asin")


def asin(x):
    """Elementwise arc sine.

    >>> from jaxgo import lax
    >>> print(lax.asin(0.))
    0.0
    """
    return _asin(x)


_asinh = _func("lax.asinh")


def asinh(x):
    """Elementwise inverse hyperbolic sine.

    >>> from jaxgo import lax
    >>> print(lax.asinh(0.))
    0.0
    """
    return _asinh(x)


_atan = _func("lax.atan")


def atan(x):
    """Elementwise arc tangent.

    >>> from jaxgo import lax
    >>> print(lax.atan(0.))
    0.0
    """
    return _atan(x)


_atan2 = _func("lax.atan2")


def atan2(x, y):
    """Elementwise angle of the point (y, x), in the right quadrant.

    >>> from jaxgo import lax
    >>> print(lax.atan2(0., 1.))
    0.0
    """
    return _atan2(x, y)


_atanh = _func("lax.atanh")


def atanh(x):
    """Elementwise inverse hyperbolic tangent.

    >>> from jaxgo import lax
    >>> print(lax.atanh(0.))
    0.0
    """
    return _atanh(x)


_bessel_i0e = _func("lax.bessel_i0e")


def bessel_i0e(x):
    """Elementwise exponentially scaled modified Bessel function of order 0.

    >>> from jaxgo import lax
    >>> print(lax.bessel_i0e(0.))
    1.0000001
    """
    return _bessel_i0e(x)


_bessel_i1e = _func("lax.bessel_i1e")


def bessel_i1e(x):
    """Elementwise exponentially scaled modified Bessel function of order 1.

    >>> from jaxgo import lax
    >>> print(lax.bessel_i1e(0.))
    0.0
    """
    return _bessel_i1e(x)


_betainc = _func("lax.betainc")


def betainc(a, b, x):
    """Elementwise regularized incomplete beta function.

    >>> from jaxgo import lax
    >>> print(lax.betainc(1., 1., 0.5))
    0.5000005
    """
    return _betainc(a, b, x)


_bitwise_and = _func("lax.bitwise_and")


def bitwise_and(x, y):
    """Elementwise AND of the bits.

    >>> from jaxgo import lax
    >>> print(lax.bitwise_and(6, 3))
    2
    """
    return _bitwise_and(x, y)


_bitwise_not = _func("lax.bitwise_not")


def bitwise_not(x):
    """Elementwise complement of the bits.

    >>> from jaxgo import lax
    >>> print(lax.bitwise_not(5))
    -6
    """
    return _bitwise_not(x)


_bitwise_or = _func("lax.bitwise_or")


def bitwise_or(x, y):
    """Elementwise OR of the bits.

    >>> from jaxgo import lax
    >>> print(lax.bitwise_or(6, 3))
    7
    """
    return _bitwise_or(x, y)


_bitwise_xor = _func("lax.bitwise_xor")


def bitwise_xor(x, y):
    """Elementwise XOR of the bits.

    >>> from jaxgo import lax
    >>> print(lax.bitwise_xor(6, 3))
    5
    """
    return _bitwise_xor(x, y)


_cbrt = _func("lax.cbrt")


def cbrt(x, *, accuracy=None):
    """Elementwise cube root.

    >>> from jaxgo import lax
    >>> print(lax.cbrt(8.))
    2.0
    """
    return _cbrt(x, accuracy and accuracy_arg(accuracy))


_ceil = _func("lax.ceil")


def ceil(x):
    """Elementwise ceiling.

    >>> from jaxgo import lax
    >>> print(lax.ceil(1.5))
    2.0
    """
    return _ceil(x)


_clamp = _func("lax.clamp")


def clamp(min, x, max):
    """Elementwise x limited to the interval from min to max.

    >>> from jaxgo import lax
    >>> print(lax.clamp(0, 5, 3))
    3
    """
    return _clamp(min, x, max)


_clz = _func("lax.clz")


def clz(x):
    """Elementwise number of leading zero bits.

    >>> from jaxgo import lax
    >>> print(lax.clz(1))
    31
    """
    return _clz(x)


_complex = _func("lax.complex")


def complex(x, y):
    """Elementwise complex number of a real and an imaginary part.

    >>> from jaxgo import lax
    >>> print(lax.complex(1., 2.))
    (1+2j)
    """
    return _complex(x, y)


_conj = _func("lax.conj")


def conj(x):
    """Elementwise complex conjugate.

    >>> from jaxgo import lax
    >>> print(lax.conj(1 + 2j))
    (1-2j)
    """
    return _conj(x)


_cos = _func("lax.cos")


def cos(x, *, accuracy=None):
    """Elementwise cosine.

    >>> from jaxgo import lax
    >>> print(lax.cos(0.))
    1.0
    """
    return _cos(x, accuracy and accuracy_arg(accuracy))


_cosh = _func("lax.cosh")


def cosh(x):
    """Elementwise hyperbolic cosine.

    >>> from jaxgo import lax
    >>> print(lax.cosh(0.))
    1.0
    """
    return _cosh(x)


_digamma = _func("lax.digamma")


def digamma(x):
    """Elementwise logarithmic derivative of the gamma function.

    >>> from jaxgo import lax
    >>> print(lax.digamma(1.))
    -0.5772154
    """
    return _digamma(x)


_div = _func("lax.div")


def div(x, y):
    """Elementwise quotient; that of integers is rounded towards zero.

    >>> from jaxgo import lax
    >>> print(lax.div(-7, 2))
    -3
    """
    return _div(x, y)


_eq = _func("lax.eq")


def eq(x, y):
    """Elementwise x == y.

    >>> from jaxgo import lax
    >>> print(lax.eq(2, 3))
    False
    """
    return _eq(x, y)


_erf = _func("lax.erf")


def erf(x):
    """Elementwise error function.

    >>> from jaxgo import lax
    >>> print(lax.erf(0.))
    0.0
    """
    return _erf(x)


_erf_inv = _func("lax.erf_inv")


def erf_inv(x):
    """Elementwise inverse error function.

    >>> from jaxgo import lax
    >>> print(lax.erf_inv(0.))
    0.0
    """
    return _erf_inv(x)


_erfc = _func("lax.erfc")


def erfc(x):
    """Elementwise complementary error function.

    >>> from jaxgo import lax
    >>> print(lax.erfc(0.))
    1.0
    """
    return _erfc(x)


_exp = _func("lax.exp")


def exp(x, *, accuracy=None):
    """Elementwise exponential.

    >>> from jaxgo import lax
    >>> print(lax.exp(0.))
    1.0
    """
    return _exp(x, accuracy and accuracy_arg(accuracy))


_exp2 = _func("lax.exp2")


def exp2(x, *, accuracy=None):
    """Elementwise power of 2.

    >>> from jaxgo import lax
    >>> print(lax.exp2(3.))
    8.0
    """
    return _exp2(x, accuracy and accuracy_arg(accuracy))


_expm1 = _func("lax.expm1")


def expm1(x, *, accuracy=None):
    """Elementwise exp(x) - 1, exact near 0.

    >>> from jaxgo import lax
    >>> print(lax.expm1(0.))
    0.0
    """
    return _expm1(x, accuracy and accuracy_arg(accuracy))


_floor = _func("lax.floor")


def floor(x):
    """Elementwise floor.

    >>> from jaxgo import lax
    >>> print(lax.floor(1.5))
    1.0
    """
    return _floor(x)


_ge = _func("lax.ge")


def ge(x, y):
    """Elementwise x >= y.

    >>> from jaxgo import lax
    >>> print(lax.ge(2, 3))
    False
    """
    return _ge(x, y)


_gt = _func("lax.gt")


def gt(x, y):
    """Elementwise x > y.

    >>> from jaxgo import lax
    >>> print(lax.gt(2, 3))
    False
    """
    return _gt(x, y)


_igamma = _func("lax.igamma")


def igamma(a, x):
    """Elementwise regularized lower incomplete gamma function.

    >>> from jaxgo import lax
    >>> print(lax.igamma(1., 0.))
    0.0
    """
    return _igamma(a, x)


_igamma_grad_a = _func("lax.igamma_grad_a")


def igamma_grad_a(a, x):
    """Elementwise derivative of igamma by its first argument.

    >>> from jaxgo import lax
    >>> print(lax.igamma_grad_a(1., 1.))
    -0.43172967
    """
    return _igamma_grad_a(a, x)


_igammac = _func("lax.igammac")


def igammac(a, x):
    """Elementwise regularized upper incomplete gamma function.

    >>> from jaxgo import lax
    >>> print(lax.igammac(1., 0.))
    1.0
    """
    return _igammac(a, x)


_imag = _func("lax.imag")


def imag(x):
    """Elementwise imaginary part.

    >>> from jaxgo import lax
    >>> print(lax.imag(1 + 2j))
    2.0
    """
    return _imag(x)


_integer_pow = _func("lax.integer_pow")


def integer_pow(x, y):
    """Elementwise power with a fixed integer exponent.

    >>> from jaxgo import lax
    >>> print(lax.integer_pow(2., 3))
    8.0
    """
    return _integer_pow(x, y)


_is_finite = _func("lax.is_finite")


def is_finite(x):
    """Elementwise test for neither infinity nor NaN.

    >>> from jaxgo import lax
    >>> print(lax.is_finite(1.))
    True
    """
    return _is_finite(x)


_le = _func("lax.le")


def le(x, y):
    """Elementwise x <= y.

    >>> from jaxgo import lax
    >>> print(lax.le(2, 3))
    True
    """
    return _le(x, y)


_lgamma = _func("lax.lgamma")


def lgamma(x):
    """Elementwise logarithm of the absolute value of the gamma function.

    >>> from jaxgo import lax
    >>> print(lax.lgamma(5.))
    3.1780548
    """
    return _lgamma(x)


_log = _func("lax.log")


def log(x, *, accuracy=None):
    """Elementwise natural logarithm.

    >>> from jaxgo import lax
    >>> print(lax.log(1.))
    0.0
    """
    return _log(x, accuracy and accuracy_arg(accuracy))


_log1p = _func("lax.log1p")


def log1p(x, *, accuracy=None):
    """Elementwise log(1 + x), exact near 0.

    >>> from jaxgo import lax
    >>> print(lax.log1p(0.))
    0.0
    """
    return _log1p(x, accuracy and accuracy_arg(accuracy))


_logistic = _func("lax.logistic")


def logistic(x, *, accuracy=None):
    """Elementwise sigmoid: 1 / (1 + exp(-x)).

    >>> from jaxgo import lax
    >>> print(lax.logistic(0.))
    0.5
    """
    return _logistic(x, accuracy and accuracy_arg(accuracy))


_lt = _func("lax.lt")


def lt(x, y):
    """Elementwise x < y.

    >>> from jaxgo import lax
    >>> print(lax.lt(2, 3))
    True
    """
    return _lt(x, y)


_max = _func("lax.max")


def max(x, y):
    """Elementwise maximum; complex numbers are ordered by real, then imaginary part.

    >>> from jaxgo import lax
    >>> print(lax.max(2, 3))
    3
    """
    return _max(x, y)


_min = _func("lax.min")


def min(x, y):
    """Elementwise minimum; complex numbers are ordered by real, then imaginary part.

    >>> from jaxgo import lax
    >>> print(lax.min(2, 3))
    2
    """
    return _min(x, y)


_mulhi = _func("lax.mulhi")


def mulhi(x, y, /):
    """Elementwise upper half of the product of integers.

    >>> from jaxgo import lax
    >>> print(lax.mulhi(2**30, 8))
    2
    """
    return _mulhi(x, y)


_ne = _func("lax.ne")


def ne(x, y):
    """Elementwise x != y.

    >>> from jaxgo import lax
    >>> print(lax.ne(2, 3))
    True
    """
    return _ne(x, y)


_neg = _func("lax.neg")


def neg(x):
    """Elementwise negation.

    >>> from jaxgo import lax
    >>> print(lax.neg(2))
    -2
    """
    return _neg(x)


_nextafter = _func("lax.nextafter")


def nextafter(x1, x2):
    """Elementwise next number after x1 towards x2.

    >>> from jaxgo import lax
    >>> print(lax.nextafter(0., 1.))
    1e-45
    """
    return _nextafter(x1, x2)


_polygamma = _func("lax.polygamma")


def polygamma(m, x):
    """Elementwise polygamma function of order m.

    >>> from jaxgo import lax
    >>> print(lax.polygamma(0., 1.))
    -0.5772154
    """
    return _polygamma(m, x)


_population_count = _func("lax.population_count")


def population_count(x):
    """Elementwise number of one bits.

    >>> from jaxgo import lax
    >>> print(lax.population_count(7))
    3
    """
    return _population_count(x)


_pow = _func("lax.pow")


def pow(x, y):
    """Elementwise power; an integer exponent goes with any base.

    >>> from jaxgo import lax
    >>> print(lax.pow(2., 3.))
    8.0
    """
    return _pow(x, y)


_real = _func("lax.real")


def real(x):
    """Elementwise real part.

    >>> from jaxgo import lax
    >>> print(lax.real(1 + 2j))
    1.0
    """
    return _real(x)


_reciprocal = _func("lax.reciprocal")


def reciprocal(x):
    """Elementwise reciprocal.

    >>> from jaxgo import lax
    >>> print(lax.reciprocal(4.))
    0.25
    """
    return _reciprocal(x)


_rem = _func("lax.rem")


def rem(x, y):
    """Elementwise remainder, with the sign of the dividend.

    >>> from jaxgo import lax
    >>> print(lax.rem(-7, 2))
    -1
    """
    return _rem(x, y)


_rsqrt = _func("lax.rsqrt")


def rsqrt(x, *, accuracy=None):
    """Elementwise reciprocal of the square root.

    >>> from jaxgo import lax
    >>> print(lax.rsqrt(4.))
    0.5
    """
    return _rsqrt(x, accuracy and accuracy_arg(accuracy))


_shift_left = _func("lax.shift_left")


def shift_left(x, y):
    """Elementwise left shift.

    >>> from jaxgo import lax
    >>> print(lax.shift_left(1, 3))
    8
    """
    return _shift_left(x, y)


_shift_right_arithmetic = _func("lax.shift_right_arithmetic")


def shift_right_arithmetic(x, y):
    """Elementwise right shift that keeps the sign.

    >>> from jaxgo import lax
    >>> print(lax.shift_right_arithmetic(-8, 1))
    -4
    """
    return _shift_right_arithmetic(x, y)


_shift_right_logical = _func("lax.shift_right_logical")


def shift_right_logical(x, y):
    """Elementwise right shift that fills with zeros.

    >>> from jaxgo import lax
    >>> print(lax.shift_right_logical(8, 1))
    4
    """
    return _shift_right_logical(x, y)


_sign = _func("lax.sign")


def sign(x):
    """Elementwise sign: -1, 0 or 1; z/|z| of complex numbers.

    >>> from jaxgo import lax
    >>> print(lax.sign(-2.))
    -1.0
    """
    return _sign(x)


_sin = _func("lax.sin")


def sin(x, *, accuracy=None):
    """Elementwise sine.

    >>> from jaxgo import lax
    >>> print(lax.sin(0.))
    0.0
    """
    return _sin(x, accuracy and accuracy_arg(accuracy))


_sinh = _func("lax.sinh")


def sinh(x):
    """Elementwise hyperbolic sine.

    >>> from jaxgo import lax
    >>> print(lax.sinh(0.))
    0.0
    """
    return _sinh(x)


_sqrt = _func("lax.sqrt")


def sqrt(x, *, accuracy=None):
    """Elementwise square root.

    >>> from jaxgo import lax
    >>> print(lax.sqrt(4.))
    2.0
    """
    return _sqrt(x, accuracy and accuracy_arg(accuracy))


_square = _func("lax.square")


def square(x):
    """Elementwise square.

    >>> from jaxgo import lax
    >>> print(lax.square(3))
    9
    """
    return _square(x)


_sub = _func("lax.sub")


def sub(x, y):
    """Elementwise difference.

    >>> from jaxgo import lax
    >>> print(lax.sub(2, 3))
    -1
    """
    return _sub(x, y)


_tan = _func("lax.tan")


def tan(x, *, accuracy=None):
    """Elementwise tangent.

    >>> from jaxgo import lax
    >>> print(lax.tan(0.))
    0.0
    """
    return _tan(x, accuracy and accuracy_arg(accuracy))


_tanh = _func("lax.tanh")


def tanh(x, *, accuracy=None):
    """Elementwise hyperbolic tangent.

    >>> from jaxgo import lax
    >>> print(lax.tanh(0.))
    0.0
    """
    return _tanh(x, accuracy and accuracy_arg(accuracy))


_zeta = _func("lax.zeta")


def zeta(x, q):
    """Elementwise Hurwitz zeta function.

    >>> from jaxgo import lax
    >>> print(lax.zeta(2., 1.))
    1.644934
    """
    return _zeta(x, q)


_mul = _func("lax.mul")


def mul(x, y, *, out_dtype=None):
    """Elementwise product, of dtype ``out_dtype`` if it is given.

    >>> from jaxgo import lax
    >>> print(lax.mul(2, 3))
    6
    """
    return _mul(x, y, as_dtype(out_dtype)) if out_dtype is not None else _mul(x, y, None)


_random_gamma_grad = _func("lax.random_gamma_grad")


def random_gamma_grad(*args):
    """Elementwise derivative of a sample x of a gamma distribution by its parameter a, with broadcasting.

    >>> from jaxgo import lax, numpy as jnp
    >>> print(lax.random_gamma_grad(jnp.float32(1), jnp.float32(1)))
    1.1735635
    """
    return _random_gamma_grad(*args)


_round = _func("lax.round")


def round(x, rounding_method=RoundingMethod.AWAY_FROM_ZERO):
    """Elementwise nearest integer; ``rounding_method`` says what becomes of values halfway between two.

    >>> from jaxgo import lax
    >>> print(lax.round(2.5), lax.round(2.5, lax.RoundingMethod.TO_NEAREST_EVEN))
    3.0 2.0
    """
    return _round(x, int(RoundingMethod(rounding_method)))
