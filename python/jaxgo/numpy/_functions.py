"""jaxgo.numpy's functions that are one call of the Go function of their name.

The bodies only put arguments in order. What needs more than that is in the other modules of this package.
"""

from __future__ import annotations

from .. import _fast
from .._dtype import as_dtype
from ._util import _no_out, precision_name

_func = _fast.func

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


_all = _func("jnp.all")


def all(a, axis=None, out=None, keepdims=False, *, where=None):
    """Test whether all array elements along a given axis evaluate to True. See numpy.all."""
    _no_out("all", out)
    return _all(a, axis, keepdims, where)


_allclose = _func("jnp.allclose")


def allclose(a, b, rtol=1e-05, atol=1e-08, equal_nan=False):
    """Check if two arrays are element-wise approximately equal within a tolerance. See numpy.allclose."""
    return _allclose(a, b, rtol, atol, equal_nan)


_amax = _func("jnp.amax")


def amax(a, axis=None, out=None, keepdims=False, initial=None, where=None):
    """Alias of :func:`jax.numpy.max`. See numpy.amax."""
    _no_out("amax", out)
    return _amax(a, axis, keepdims, initial, where)


_amin = _func("jnp.amin")


def amin(a, axis=None, out=None, keepdims=False, initial=None, where=None):
    """Alias of :func:`jax.numpy.min`. See numpy.amin."""
    _no_out("amin", out)
    return _amin(a, axis, keepdims, initial, where)


_angle = _func("jnp.angle")


def angle(z, deg=False):
    """Return the angle of a complex valued number or array. See numpy.angle."""
    return _angle(z, deg)


_any = _func("jnp.any")


def any(a, axis=None, out=None, keepdims=False, *, where=None):
    """Test whether any of the array elements along a given axis evaluate to True. See numpy.any."""
    _no_out("any", out)
    return _any(a, axis, keepdims, where)


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


_argmax = _func("jnp.argmax")


def argmax(a, axis=None, out=None, keepdims=None):
    """Return the index of the maximum value of an array. See numpy.argmax."""
    _no_out("argmax", out)
    return _argmax(a, axis, keepdims)


_argmin = _func("jnp.argmin")


def argmin(a, axis=None, out=None, keepdims=None):
    """Return the index of the minimum value of an array. See numpy.argmin."""
    _no_out("argmin", out)
    return _argmin(a, axis, keepdims)


_around = _func("jnp.around")


def around(a, decimals=0, out=None):
    """Alias of :func:`jax.numpy.round`. See numpy.around."""
    _no_out("around", out)
    return _around(a, decimals)


_array_equal = _func("jnp.array_equal")


def array_equal(a1, a2, equal_nan=False):
    """Check if two arrays are element-wise equal. See numpy.array_equal."""
    return _array_equal(a1, a2, equal_nan)


_array_equiv = _func("jnp.array_equiv")


def array_equiv(a1, a2):
    """Check if two arrays are element-wise equal. See numpy.array_equiv."""
    return _array_equiv(a1, a2)


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


_atleast_1d = _func("jnp.atleast_1d")


def atleast_1d(*arys):
    """Convert inputs to arrays with at least 1 dimension. See numpy.atleast_1d."""
    return _atleast_1d(arys)


_atleast_2d = _func("jnp.atleast_2d")


def atleast_2d(*arys):
    """Convert inputs to arrays with at least 2 dimensions. See numpy.atleast_2d."""
    return _atleast_2d(arys)


_atleast_3d = _func("jnp.atleast_3d")


def atleast_3d(*arys):
    """Convert inputs to arrays with at least 3 dimensions. See numpy.atleast_3d."""
    return _atleast_3d(arys)


_average = _func("jnp.average")


def average(a, axis=None, weights=None, returned=False, keepdims=False):
    """Compute the weighed average. See numpy.average."""
    return _average(a, axis, weights, returned, keepdims)


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


_broadcast_to = _func("jnp.broadcast_to")


def broadcast_to(array, shape, *, out_sharding=None):
    """Broadcast an array to a specified shape. See numpy.broadcast_to."""
    return _broadcast_to(array, shape)


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


_count_nonzero = _func("jnp.count_nonzero")


def count_nonzero(a, axis=None, keepdims=False):
    """Return the number of nonzero elements along a given axis. See numpy.count_nonzero."""
    return _count_nonzero(a, axis, keepdims)


_cross = _func("jnp.cross")


def cross(a, b, axisa=-1, axisb=-1, axisc=-1, axis=None):
    """Compute the (batched) cross product of two arrays. See numpy.cross."""
    return _cross(a, b, axisa, axisb, axisc, axis)


_cumprod = _func("jnp.cumprod")


def cumprod(a, axis=None, dtype=None, out=None):
    """Cumulative product of elements along an axis. See numpy.cumprod."""
    _no_out("cumprod", out)
    return _cumprod(a, axis, as_dtype(dtype, "cumprod"))


_cumsum = _func("jnp.cumsum")


def cumsum(a, axis=None, dtype=None, out=None):
    """Cumulative sum of elements along an axis. See numpy.cumsum."""
    _no_out("cumsum", out)
    return _cumsum(a, axis, as_dtype(dtype, "cumsum"))


_cumulative_prod = _func("jnp.cumulative_prod")


def cumulative_prod(x, /, *, axis=None, dtype=None, include_initial=False):
    """Cumulative product along the axis of an array. See numpy.cumulative_prod."""
    return _cumulative_prod(x, axis, as_dtype(dtype, "cumulative_prod"), include_initial)


_cumulative_sum = _func("jnp.cumulative_sum")


def cumulative_sum(x, /, *, axis=None, dtype=None, include_initial=False):
    """Cumulative sum along the axis of an array. See numpy.cumulative_sum."""
    return _cumulative_sum(x, axis, as_dtype(dtype, "cumulative_sum"), include_initial)


_deg2rad = _func("jnp.deg2rad")


def deg2rad(x, /):
    """Convert angles from degrees to radians. See numpy.deg2rad."""
    return _deg2rad(x)


_degrees = _func("jnp.degrees")


def degrees(x, /):
    """Alias of :func:`jax.numpy.rad2deg`. See numpy.degrees."""
    return _degrees(x)


_diag = _func("jnp.diag")


def diag(v, k=0):
    """Returns the specified diagonal or constructs a diagonal array. See numpy.diag."""
    return _diag(v, k)


_diagflat = _func("jnp.diagflat")


def diagflat(v, k=0):
    """Return a 2-D array with the flattened input array laid out on the diagonal. See numpy.diagflat."""
    return _diagflat(v, k)


_diagonal = _func("jnp.diagonal")


def diagonal(a, offset=0, axis1=0, axis2=1):
    """Returns the specified diagonal of an array. See numpy.diagonal."""
    return _diagonal(a, offset, axis1, axis2)


_digitize = _func("jnp.digitize")


def digitize(x, bins, right=False, *, method=None):
    """Convert an array to bin indices. See numpy.digitize."""
    return _digitize(x, bins, right, method)


_divide = _func("jnp.divide")


def divide(x1, x2, /):
    """Alias of :func:`jax.numpy.true_divide`. See numpy.divide."""
    return _divide(x1, x2)


_divmod = _func("jnp.divmod")


def divmod(x1, x2, /):
    """Calculates the integer quotient and remainder of x1 by x2 element-wise. See numpy.divmod."""
    return _divmod(x1, x2)


_dot = _func("jnp.dot")


def dot(a, b, *, precision=None, preferred_element_type=None, out_sharding=None):
    """Compute the dot product of two arrays. See numpy.dot."""
    return _dot(a, b, precision_name(precision), as_dtype(preferred_element_type))


_dsplit = _func("jnp.dsplit")


def dsplit(ary, indices_or_sections):
    """Split an array into sub-arrays depth-wise. See numpy.dsplit."""
    return _dsplit(ary, indices_or_sections)


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


_expand_dims = _func("jnp.expand_dims")


def expand_dims(a, axis):
    """Insert dimensions of length 1 into array. See numpy.expand_dims."""
    return _expand_dims(a, axis)


_expm1 = _func("jnp.expm1")


def expm1(x, /):
    """Calculate ``exp(x)-1`` of each element of the input. See numpy.expm1."""
    return _expm1(x)


_eye = _func("jnp.eye")


def eye(N, M=None, k=0, dtype=None, *, device=None):
    """Create a square or rectangular identity matrix. See numpy.eye."""
    return _eye(N, M, k, as_dtype(dtype, "eye"))


_fabs = _func("jnp.fabs")


def fabs(x, /):
    """Compute the element-wise absolute values of the real-valued input. See numpy.fabs."""
    return _fabs(x)


_flip = _func("jnp.flip")


def flip(m, axis=None):
    """Reverse the order of elements of an array along the given axis. See numpy.flip."""
    return _flip(m, axis)


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


_hsplit = _func("jnp.hsplit")


def hsplit(ary, indices_or_sections):
    """Split an array into sub-arrays horizontally. See numpy.hsplit."""
    return _hsplit(ary, indices_or_sections)


_hypot = _func("jnp.hypot")


def hypot(x1, x2, /):
    """Return element-wise hypotenuse for the given legs of a right angle triangle. See numpy.hypot."""
    return _hypot(x1, x2)


_i0 = _func("jnp.i0")


def i0(x):
    """Calculate modified Bessel function of first kind, zeroth order. See numpy.i0."""
    return _i0(x)


_identity = _func("jnp.identity")


def identity(n, dtype=None):
    """Create a square identity matrix. See numpy.identity."""
    return _identity(n, as_dtype(dtype, "identity"))


_imag = _func("jnp.imag")


def imag(val, /):
    """Return element-wise imaginary of part of the complex argument. See numpy.imag."""
    return _imag(val)


_inner = _func("jnp.inner")


def inner(a, b, *, precision=None, preferred_element_type=None):
    """Compute the inner product of two arrays. See numpy.inner."""
    return _inner(a, b, precision_name(precision), as_dtype(preferred_element_type))


_invert = _func("jnp.invert")


def invert(x, /):
    """Compute the bitwise inversion of an input. See numpy.invert."""
    return _invert(x)


_isclose = _func("jnp.isclose")


def isclose(a, b, rtol=1e-05, atol=1e-08, equal_nan=False):
    """Check if the elements of two arrays are approximately equal within a tolerance. See numpy.isclose."""
    return _isclose(a, b, rtol, atol, equal_nan)


_iscomplex = _func("jnp.iscomplex")


def iscomplex(x):
    """Return boolean array showing where the input is complex. See numpy.iscomplex."""
    return _iscomplex(x)


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
    _no_out("isneginf", out)
    return _isneginf(x)


_isposinf = _func("jnp.isposinf")


def isposinf(x, /, out=None):
    """Return boolean array indicating whether each element of input is positive infinite. See numpy.isposinf."""
    _no_out("isposinf", out)
    return _isposinf(x)


_isreal = _func("jnp.isreal")


def isreal(x):
    """Return boolean array showing where the input is real. See numpy.isreal."""
    return _isreal(x)


_kron = _func("jnp.kron")


def kron(a, b):
    """Compute the Kronecker product of two input arrays. See numpy.kron."""
    return _kron(a, b)


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


_matmul = _func("jnp.matmul")


def matmul(a, b, *, precision=None, preferred_element_type=None, out_sharding=None):
    """Perform a matrix multiplication. See numpy.matmul."""
    return _matmul(a, b, precision_name(precision), as_dtype(preferred_element_type))


_matrix_transpose = _func("jnp.matrix_transpose")


def matrix_transpose(x, /):
    """Transpose the last two dimensions of an array. See numpy.matrix_transpose."""
    return _matrix_transpose(x)


_matvec = _func("jnp.matvec")


def matvec(x1, x2, /):
    """Batched matrix-vector product. See numpy.matvec."""
    return _matvec(x1, x2)


_max = _func("jnp.max")


def max(a, axis=None, out=None, keepdims=False, initial=None, where=None):
    """Return the maximum of the array elements along a given axis. See numpy.max."""
    _no_out("max", out)
    return _max(a, axis, keepdims, initial, where)


_mean = _func("jnp.mean")


def mean(a, axis=None, dtype=None, out=None, keepdims=False, *, where=None):
    """Return the mean of array elements along a given axis. See numpy.mean."""
    _no_out("mean", out)
    return _mean(a, axis, as_dtype(dtype, "mean"), keepdims, where)


_median = _func("jnp.median")


def median(a, axis=None, out=None, overwrite_input=False, keepdims=False):
    """Return the median of array elements along a given axis. See numpy.median."""
    _no_out("median", out)
    return _median(a, axis, keepdims)


_min = _func("jnp.min")


def min(a, axis=None, out=None, keepdims=False, initial=None, where=None):
    """Return the minimum of array elements along a given axis. See numpy.min."""
    _no_out("min", out)
    return _min(a, axis, keepdims, initial, where)


_mod = _func("jnp.mod")


def mod(x1, x2, /):
    """Alias of :func:`jax.numpy.remainder`. See numpy.mod."""
    return _mod(x1, x2)


_modf = _func("jnp.modf")


def modf(x, /, out=None):
    """Return element-wise fractional and integral parts of the input array. See numpy.modf."""
    _no_out("modf", out)
    return _modf(x)


_moveaxis = _func("jnp.moveaxis")


def moveaxis(a, source, destination):
    """Move an array axis to a new position. See numpy.moveaxis."""
    return _moveaxis(a, source, destination)


_nan_to_num = _func("jnp.nan_to_num")


def nan_to_num(x, copy=True, nan=0.0, posinf=None, neginf=None):
    """Replace NaN and infinite entries in an array. See numpy.nan_to_num."""
    return _nan_to_num(x, nan, posinf, neginf)


_nanargmax = _func("jnp.nanargmax")


def nanargmax(a, axis=None, out=None, keepdims=None):
    """Return the index of the maximum value of an array, ignoring NaNs. See numpy.nanargmax."""
    _no_out("nanargmax", out)
    return _nanargmax(a, axis, keepdims)


_nanargmin = _func("jnp.nanargmin")


def nanargmin(a, axis=None, out=None, keepdims=None):
    """Return the index of the minimum value of an array, ignoring NaNs. See numpy.nanargmin."""
    _no_out("nanargmin", out)
    return _nanargmin(a, axis, keepdims)


_nancumprod = _func("jnp.nancumprod")


def nancumprod(a, axis=None, dtype=None, out=None):
    """Cumulative product of elements along an axis, ignoring NaN values. See numpy.nancumprod."""
    _no_out("nancumprod", out)
    return _nancumprod(a, axis, as_dtype(dtype, "nancumprod"))


_nancumsum = _func("jnp.nancumsum")


def nancumsum(a, axis=None, dtype=None, out=None):
    """Cumulative sum of elements along an axis, ignoring NaN values. See numpy.nancumsum."""
    _no_out("nancumsum", out)
    return _nancumsum(a, axis, as_dtype(dtype, "nancumsum"))


_nanmax = _func("jnp.nanmax")


def nanmax(a, axis=None, out=None, keepdims=False, initial=None, where=None):
    """Return the maximum of the array elements along a given axis, ignoring NaNs. See numpy.nanmax."""
    _no_out("nanmax", out)
    return _nanmax(a, axis, keepdims, initial, where)


_nanmean = _func("jnp.nanmean")


def nanmean(a, axis=None, dtype=None, out=None, keepdims=False, where=None):
    """Return the mean of the array elements along a given axis, ignoring NaNs. See numpy.nanmean."""
    _no_out("nanmean", out)
    return _nanmean(a, axis, as_dtype(dtype, "nanmean"), keepdims, where)


_nanmedian = _func("jnp.nanmedian")


def nanmedian(a, axis=None, out=None, overwrite_input=False, keepdims=False):
    """Return the median of array elements along a given axis, ignoring NaNs. See numpy.nanmedian."""
    _no_out("nanmedian", out)
    return _nanmedian(a, axis, keepdims)


_nanmin = _func("jnp.nanmin")


def nanmin(a, axis=None, out=None, keepdims=False, initial=None, where=None):
    """Return the minimum of the array elements along a given axis, ignoring NaNs. See numpy.nanmin."""
    _no_out("nanmin", out)
    return _nanmin(a, axis, keepdims, initial, where)


_nanpercentile = _func("jnp.nanpercentile")


def nanpercentile(a, q, axis=None, out=None, overwrite_input=False, method='linear', keepdims=False, *, weights=None):
    """Compute the percentile of the data along the specified axis, ignoring NaN values. See numpy.nanpercentile."""
    _no_out("nanpercentile", out)
    return _nanpercentile(a, q, axis, method, keepdims, weights)


_nanprod = _func("jnp.nanprod")


def nanprod(a, axis=None, dtype=None, out=None, keepdims=False, initial=None, where=None):
    """Return the product of the array elements along a given axis, ignoring NaNs. See numpy.nanprod."""
    _no_out("nanprod", out)
    return _nanprod(a, axis, as_dtype(dtype, "nanprod"), keepdims, initial, where)


_nanquantile = _func("jnp.nanquantile")


def nanquantile(a, q, axis=None, out=None, overwrite_input=False, method='linear', keepdims=False, *, weights=None):
    """Compute the quantile of the data along the specified axis, ignoring NaNs. See numpy.nanquantile."""
    _no_out("nanquantile", out)
    return _nanquantile(a, q, axis, method, keepdims, weights)


_nanstd = _func("jnp.nanstd")


def nanstd(a, axis=None, dtype=None, out=None, ddof=0, keepdims=False, where=None, mean=None):
    """Compute the standard deviation along a given axis, ignoring NaNs. See numpy.nanstd."""
    _no_out("nanstd", out)
    return _nanstd(a, axis, as_dtype(dtype, "nanstd"), ddof, keepdims, where, mean)


_nansum = _func("jnp.nansum")


def nansum(a, axis=None, dtype=None, out=None, keepdims=False, initial=None, where=None):
    """Return the sum of the array elements along a given axis, ignoring NaNs. See numpy.nansum."""
    _no_out("nansum", out)
    return _nansum(a, axis, as_dtype(dtype, "nansum"), keepdims, initial, where)


_nanvar = _func("jnp.nanvar")


def nanvar(a, axis=None, dtype=None, out=None, ddof=0, keepdims=False, where=None, mean=None):
    """Compute the variance of array elements along a given axis, ignoring NaNs. See numpy.nanvar."""
    _no_out("nanvar", out)
    return _nanvar(a, axis, as_dtype(dtype, "nanvar"), ddof, keepdims, where, mean)


_nextafter = _func("jnp.nextafter")


def nextafter(x, y, /):
    """Return element-wise next floating point value after ``x`` towards ``y``. See numpy.nextafter."""
    return _nextafter(x, y)


_not_equal = _func("jnp.not_equal")


def not_equal(x, y, /):
    """Returns element-wise truth value of ``x != y``. See numpy.not_equal."""
    return _not_equal(x, y)


_outer = _func("jnp.outer")


def outer(a, b, out=None):
    """Compute the outer product of two arrays. See numpy.outer."""
    _no_out("outer", out)
    return _outer(a, b)


_percentile = _func("jnp.percentile")


def percentile(a, q, axis=None, out=None, overwrite_input=False, method='linear', keepdims=False, *, weights=None, out_sharding=None):
    """Compute the percentile of the data along the specified axis. See numpy.percentile."""
    _no_out("percentile", out)
    return _percentile(a, q, axis, method, keepdims, weights)


_positive = _func("jnp.positive")


def positive(x, /):
    """Return element-wise positive values of the input. See numpy.positive."""
    return _positive(x)


_pow = _func("jnp.pow")


def pow(x1, x2, /):
    """Alias of :func:`jax.numpy.power`. See numpy.pow."""
    return _pow(x1, x2)


_power = _func("jnp.power")


def power(x1, x2, /):
    """Calculate element-wise base ``x1`` exponential of ``x2``. See numpy.power."""
    return _power(x1, x2)


_prod = _func("jnp.prod")


def prod(a, axis=None, dtype=None, out=None, keepdims=False, initial=None, where=None, promote_integers=True):
    """Return product of the array elements over a given axis. See numpy.prod."""
    _no_out("prod", out)
    return _prod(a, axis, as_dtype(dtype, "prod"), keepdims, initial, where, promote_integers)


_ptp = _func("jnp.ptp")


def ptp(a, axis=None, out=None, keepdims=False):
    """Return the peak-to-peak range along a given axis. See numpy.ptp."""
    _no_out("ptp", out)
    return _ptp(a, axis, keepdims)


_quantile = _func("jnp.quantile")


def quantile(a, q, axis=None, out=None, overwrite_input=False, method='linear', keepdims=False, *, weights=None):
    """Compute the quantile of the data along the specified axis. See numpy.quantile."""
    _no_out("quantile", out)
    return _quantile(a, q, axis, method, keepdims, weights)


_rad2deg = _func("jnp.rad2deg")


def rad2deg(x, /):
    """Convert angles from radians to degrees. See numpy.rad2deg."""
    return _rad2deg(x)


_radians = _func("jnp.radians")


def radians(x, /):
    """Alias of :func:`jax.numpy.deg2rad`. See numpy.radians."""
    return _radians(x)


_ravel = _func("jnp.ravel")


def ravel(a, order='C', *, out_sharding=None):
    """Flatten array into a 1-dimensional shape. See numpy.ravel."""
    return _ravel(a)


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


_rollaxis = _func("jnp.rollaxis")


def rollaxis(a, axis, start=0):
    """Roll the specified axis to a given position. See numpy.rollaxis."""
    return _rollaxis(a, axis, start)


_rot90 = _func("jnp.rot90")


def rot90(m, k=1, axes=(0, 1)):
    """Rotate an array by 90 degrees counterclockwise in the plane specified by axes. See numpy.rot90."""
    return _rot90(m, k, axes)


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


_sort_complex = _func("jnp.sort_complex")


def sort_complex(a):
    """Return a sorted copy of complex array. See numpy.sort_complex."""
    return _sort_complex(a)


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


_squeeze = _func("jnp.squeeze")


def squeeze(a, axis=None):
    """Remove one or more length-1 axes from array. See numpy.squeeze."""
    return _squeeze(a, axis)


_sum = _func("jnp.sum")


def sum(a, axis=None, dtype=None, out=None, keepdims=False, initial=None, where=None, promote_integers=True):
    """Sum of the elements of the array over a given axis. See numpy.sum."""
    _no_out("sum", out)
    return _sum(a, axis, as_dtype(dtype, "sum"), keepdims, initial, where, promote_integers)


_swapaxes = _func("jnp.swapaxes")


def swapaxes(a, axis1, axis2):
    """Swap two axes of an array. See numpy.swapaxes."""
    return _swapaxes(a, axis1, axis2)


_tan = _func("jnp.tan")


def tan(x, /):
    """Compute a trigonometric tangent of each element of input. See numpy.tan."""
    return _tan(x)


_tanh = _func("jnp.tanh")


def tanh(x, /):
    """Calculate element-wise hyperbolic tangent of input. See numpy.tanh."""
    return _tanh(x)


_tensordot = _func("jnp.tensordot")


def tensordot(a, b, axes=2, *, precision=None, preferred_element_type=None, out_sharding=None):
    """Compute the tensor dot product of two N-dimensional arrays. See numpy.tensordot."""
    return _tensordot(a, b, axes, precision_name(precision), as_dtype(preferred_element_type))


_trace = _func("jnp.trace")


def trace(a, offset=0, axis1=0, axis2=1, dtype=None, out=None):
    """Calculate sum of the diagonal of input along the given axes. See numpy.trace."""
    _no_out("trace", out)
    return _trace(a, offset, axis1, axis2, as_dtype(dtype, "trace"))


_tril = _func("jnp.tril")


def tril(m, k=0):
    """Return lower triangle of an array. See numpy.tril."""
    return _tril(m, k)


_tril_indices = _func("jnp.tril_indices")


def tril_indices(n, k=0, m=None):
    """Return the indices of lower triangle of an array of size ``(n, m)``. See numpy.tril_indices."""
    return _tril_indices(n, k, m)


_triu = _func("jnp.triu")


def triu(m, k=0):
    """Return upper triangle of an array. See numpy.triu."""
    return _triu(m, k)


_triu_indices = _func("jnp.triu_indices")


def triu_indices(n, k=0, m=None):
    """Return the indices of upper triangle of an array of size ``(n, m)``. See numpy.triu_indices."""
    return _triu_indices(n, k, m)


_true_divide = _func("jnp.true_divide")


def true_divide(x1, x2, /):
    """Calculates the division of x1 by x2 element-wise. See numpy.true_divide."""
    return _true_divide(x1, x2)


_trunc = _func("jnp.trunc")


def trunc(x):
    """Round input to the nearest integer towards zero. See numpy.trunc."""
    return _trunc(x)


_unstack = _func("jnp.unstack")


def unstack(x, /, *, axis=0):
    """Unstack an array along an axis. See numpy.unstack."""
    return _unstack(x, axis)


_vdot = _func("jnp.vdot")


def vdot(a, b, *, precision=None, preferred_element_type=None):
    """Perform a conjugate multiplication of two 1D vectors. See numpy.vdot."""
    return _vdot(a, b, precision_name(precision), as_dtype(preferred_element_type))


_vecdot = _func("jnp.vecdot")


def vecdot(x1, x2, /, *, axis=-1, precision=None, preferred_element_type=None):
    """Perform a conjugate multiplication of two batched vectors. See numpy.vecdot."""
    return _vecdot(x1, x2, axis, precision_name(precision), as_dtype(preferred_element_type))


_vecmat = _func("jnp.vecmat")


def vecmat(x1, x2, /):
    """Batched conjugate vector-matrix product. See numpy.vecmat."""
    return _vecmat(x1, x2)


_vsplit = _func("jnp.vsplit")


def vsplit(ary, indices_or_sections):
    """Split an array into sub-arrays vertically. See numpy.vsplit."""
    return _vsplit(ary, indices_or_sections)
