"""Reductions, cumulative ones, and statistics along axes."""

from __future__ import annotations

from .. import _fast
from .._dtype import dtype_arg
from ._util import _no_out

_func = _fast.func

_all = _func("jnp.all")


def all(a, axis=None, out=None, keepdims=False, *, where=None):
    """Test whether all array elements along a given axis evaluate to True. See numpy.all.

    >>> import jaxgo.numpy as jnp
    >>> jnp.all(jnp.array([True, False]))
    Array(False, dtype=bool)
    """
    if out is not None:
        _no_out("all", out)
    return _all(a, axis, keepdims, where)


_any = _func("jnp.any")


def any(a, axis=None, out=None, keepdims=False, *, where=None):
    """Test whether any of the array elements along a given axis evaluate to True. See numpy.any.

    >>> import jaxgo.numpy as jnp
    >>> jnp.any(jnp.array([True, False]))
    Array(True, dtype=bool)
    """
    if out is not None:
        _no_out("any", out)
    return _any(a, axis, keepdims, where)


_amax = _func("jnp.amax")


def amax(a, axis=None, out=None, keepdims=False, initial=None, where=None):
    """Another name of max."""
    if out is not None:
        _no_out("amax", out)
    return _amax(a, axis, keepdims, initial, where)


_amin = _func("jnp.amin")


def amin(a, axis=None, out=None, keepdims=False, initial=None, where=None):
    """Another name of min."""
    if out is not None:
        _no_out("amin", out)
    return _amin(a, axis, keepdims, initial, where)


_max = _func("jnp.max")


def max(a, axis=None, out=None, keepdims=False, initial=None, where=None):
    """Return the maximum of the array elements along a given axis. See numpy.max.

    >>> import jaxgo.numpy as jnp
    >>> jnp.max(jnp.array([[1, 2], [3, 4]]), axis=0)
    Array([3, 4], dtype=int32)
    """
    if out is not None:
        _no_out("max", out)
    return _max(a, axis, keepdims, initial, where)


_min = _func("jnp.min")


def min(a, axis=None, out=None, keepdims=False, initial=None, where=None):
    """Return the minimum of array elements along a given axis. See numpy.min.

    >>> import jaxgo.numpy as jnp
    >>> jnp.min(jnp.array([[1, 2], [3, 4]]), axis=0)
    Array([1, 2], dtype=int32)
    """
    if out is not None:
        _no_out("min", out)
    return _min(a, axis, keepdims, initial, where)


_sum = _func("jnp.sum")


def sum(a, axis=None, dtype=None, out=None, keepdims=False, initial=None, where=None, promote_integers=True):
    """Sum of the elements of the array over a given axis. See numpy.sum.

    >>> import jaxgo.numpy as jnp
    >>> jnp.sum(jnp.array([[1, 2], [3, 4]]), axis=0)
    Array([4, 6], dtype=int32)
    """
    if out is not None:
        _no_out("sum", out)
    return _sum(a, axis, None if dtype is None else dtype_arg(dtype, "sum"), keepdims, initial, where, promote_integers)


_prod = _func("jnp.prod")


def prod(a, axis=None, dtype=None, out=None, keepdims=False, initial=None, where=None, promote_integers=True):
    """Return product of the array elements over a given axis. See numpy.prod.

    >>> import jaxgo.numpy as jnp
    >>> jnp.prod(jnp.array([[1, 2], [3, 4]]), axis=0)
    Array([3, 8], dtype=int32)
    """
    if out is not None:
        _no_out("prod", out)
    return _prod(a, axis, None if dtype is None else dtype_arg(dtype, "prod"), keepdims, initial, where, promote_integers)


_mean = _func("jnp.mean")


def mean(a, axis=None, dtype=None, out=None, keepdims=False, *, where=None):
    """Return the mean of array elements along a given axis. See numpy.mean.

    >>> import jaxgo.numpy as jnp
    >>> jnp.mean(jnp.array([[1, 2], [3, 4]]), axis=0)
    Array([2., 3.], dtype=float32)
    """
    if out is not None:
        _no_out("mean", out)
    return _mean(a, axis, None if dtype is None else dtype_arg(dtype, "mean"), keepdims, where)


_median = _func("jnp.median")


def median(a, axis=None, out=None, overwrite_input=False, keepdims=False):
    """Return the median of array elements along a given axis. See numpy.median.

    >>> import jaxgo.numpy as jnp
    >>> jnp.median(jnp.array([1, 9, 2]))
    Array(2., dtype=float32)
    """
    if out is not None:
        _no_out("median", out)
    return _median(a, axis, keepdims)


_ptp = _func("jnp.ptp")


def ptp(a, axis=None, out=None, keepdims=False):
    """Return the peak-to-peak range along a given axis. See numpy.ptp.

    >>> import jaxgo.numpy as jnp
    >>> jnp.ptp(jnp.array([[1, 2], [3, 4]]), axis=0)
    Array([2, 2], dtype=int32)
    """
    if out is not None:
        _no_out("ptp", out)
    return _ptp(a, axis, keepdims)


_argmax = _func("jnp.argmax")


def argmax(a, axis=None, out=None, keepdims=None):
    """Return the index of the maximum value of an array. See numpy.argmax.

    >>> import jaxgo.numpy as jnp
    >>> jnp.argmax(jnp.array([1, 9, 2]))
    Array(1, dtype=int32)
    """
    if out is not None:
        _no_out("argmax", out)
    return _argmax(a, axis, keepdims)


_argmin = _func("jnp.argmin")


def argmin(a, axis=None, out=None, keepdims=None):
    """Return the index of the minimum value of an array. See numpy.argmin.

    >>> import jaxgo.numpy as jnp
    >>> jnp.argmin(jnp.array([4, 9, 2]))
    Array(2, dtype=int32)
    """
    if out is not None:
        _no_out("argmin", out)
    return _argmin(a, axis, keepdims)


_average = _func("jnp.average")


def average(a, axis=None, weights=None, returned=False, keepdims=False):
    """Compute the weighed average. See numpy.average.

    >>> import jaxgo.numpy as jnp
    >>> jnp.average(jnp.array([1., 3.]), weights=jnp.array([3., 1.]))
    Array(1.5, dtype=float32)
    """
    r = _average(a, axis, weights, returned, keepdims)
    return tuple(r) if returned else r


_count_nonzero = _func("jnp.count_nonzero")


def count_nonzero(a, axis=None, keepdims=False):
    """Return the number of nonzero elements along a given axis. See numpy.count_nonzero.

    >>> import jaxgo.numpy as jnp
    >>> jnp.count_nonzero(jnp.array([0, 5, 7]))
    Array(2, dtype=int32)
    """
    return _count_nonzero(a, axis, keepdims)


_cumprod = _func("jnp.cumprod")


def cumprod(a, axis=None, dtype=None, out=None):
    """Cumulative product of elements along an axis. See numpy.cumprod.

    >>> import jaxgo.numpy as jnp
    >>> jnp.cumprod(jnp.array([1, 2, 3]))
    Array([1, 2, 6], dtype=int32)
    """
    if out is not None:
        _no_out("cumprod", out)
    return _cumprod(a, axis, None if dtype is None else dtype_arg(dtype, "cumprod"))


_cumsum = _func("jnp.cumsum")


def cumsum(a, axis=None, dtype=None, out=None):
    """Cumulative sum of elements along an axis. See numpy.cumsum.

    >>> import jaxgo.numpy as jnp
    >>> jnp.cumsum(jnp.array([1, 2, 3]))
    Array([1, 3, 6], dtype=int32)
    """
    if out is not None:
        _no_out("cumsum", out)
    return _cumsum(a, axis, None if dtype is None else dtype_arg(dtype, "cumsum"))


_cumulative_prod = _func("jnp.cumulative_prod")


def cumulative_prod(x, /, *, axis=None, dtype=None, include_initial=False):
    """Cumulative product along the axis of an array. See numpy.cumulative_prod.

    >>> import jaxgo.numpy as jnp
    >>> jnp.cumulative_prod(jnp.array([1, 2, 3]), include_initial=True)
    Array([1, 1, 2, 6], dtype=int32)
    """
    return _cumulative_prod(x, axis, None if dtype is None else dtype_arg(dtype, "cumulative_prod"), include_initial)


_cumulative_sum = _func("jnp.cumulative_sum")


def cumulative_sum(x, /, *, axis=None, dtype=None, include_initial=False):
    """Cumulative sum along the axis of an array. See numpy.cumulative_sum.

    >>> import jaxgo.numpy as jnp
    >>> jnp.cumulative_sum(jnp.array([1, 2, 3]), include_initial=True)
    Array([0, 1, 3, 6], dtype=int32)
    """
    return _cumulative_sum(x, axis, None if dtype is None else dtype_arg(dtype, "cumulative_sum"), include_initial)


_nanargmax = _func("jnp.nanargmax")


def nanargmax(a, axis=None, out=None, keepdims=None):
    """Return the index of the maximum value of an array, ignoring NaNs. See numpy.nanargmax.

    >>> import jaxgo.numpy as jnp
    >>> jnp.nanargmax(jnp.array([1., jnp.nan, 3.]))
    Array(2, dtype=int32)
    """
    if out is not None:
        _no_out("nanargmax", out)
    return _nanargmax(a, axis, keepdims)


_nanargmin = _func("jnp.nanargmin")


def nanargmin(a, axis=None, out=None, keepdims=None):
    """Return the index of the minimum value of an array, ignoring NaNs. See numpy.nanargmin.

    >>> import jaxgo.numpy as jnp
    >>> jnp.nanargmin(jnp.array([1., jnp.nan, 3.]))
    Array(0, dtype=int32)
    """
    if out is not None:
        _no_out("nanargmin", out)
    return _nanargmin(a, axis, keepdims)


_nancumprod = _func("jnp.nancumprod")


def nancumprod(a, axis=None, dtype=None, out=None):
    """Cumulative product of elements along an axis, ignoring NaN values. See numpy.nancumprod.

    >>> import jaxgo.numpy as jnp
    >>> jnp.nancumprod(jnp.array([1., jnp.nan, 3.]))
    Array([1., 1., 3.], dtype=float32)
    """
    if out is not None:
        _no_out("nancumprod", out)
    return _nancumprod(a, axis, None if dtype is None else dtype_arg(dtype, "nancumprod"))


_nancumsum = _func("jnp.nancumsum")


def nancumsum(a, axis=None, dtype=None, out=None):
    """Cumulative sum of elements along an axis, ignoring NaN values. See numpy.nancumsum.

    >>> import jaxgo.numpy as jnp
    >>> jnp.nancumsum(jnp.array([1., jnp.nan, 3.]))
    Array([1., 1., 4.], dtype=float32)
    """
    if out is not None:
        _no_out("nancumsum", out)
    return _nancumsum(a, axis, None if dtype is None else dtype_arg(dtype, "nancumsum"))


_nanmax = _func("jnp.nanmax")


def nanmax(a, axis=None, out=None, keepdims=False, initial=None, where=None):
    """Return the maximum of the array elements along a given axis, ignoring NaNs. See numpy.nanmax.

    >>> import jaxgo.numpy as jnp
    >>> jnp.nanmax(jnp.array([1., jnp.nan, 3.]))
    Array(3., dtype=float32)
    """
    if out is not None:
        _no_out("nanmax", out)
    return _nanmax(a, axis, keepdims, initial, where)


_nanmean = _func("jnp.nanmean")


def nanmean(a, axis=None, dtype=None, out=None, keepdims=False, where=None):
    """Return the mean of the array elements along a given axis, ignoring NaNs. See numpy.nanmean.

    >>> import jaxgo.numpy as jnp
    >>> jnp.nanmean(jnp.array([1., jnp.nan, 3.]))
    Array(2., dtype=float32)
    """
    if out is not None:
        _no_out("nanmean", out)
    return _nanmean(a, axis, None if dtype is None else dtype_arg(dtype, "nanmean"), keepdims, where)


_nanmedian = _func("jnp.nanmedian")


def nanmedian(a, axis=None, out=None, overwrite_input=False, keepdims=False):
    """Return the median of array elements along a given axis, ignoring NaNs. See numpy.nanmedian.

    >>> import jaxgo.numpy as jnp
    >>> jnp.nanmedian(jnp.array([1., jnp.nan, 3.]))
    Array(2., dtype=float32)
    """
    if out is not None:
        _no_out("nanmedian", out)
    return _nanmedian(a, axis, keepdims)


_nanmin = _func("jnp.nanmin")


def nanmin(a, axis=None, out=None, keepdims=False, initial=None, where=None):
    """Return the minimum of the array elements along a given axis, ignoring NaNs. See numpy.nanmin.

    >>> import jaxgo.numpy as jnp
    >>> jnp.nanmin(jnp.array([1., jnp.nan, 3.]))
    Array(1., dtype=float32)
    """
    if out is not None:
        _no_out("nanmin", out)
    return _nanmin(a, axis, keepdims, initial, where)


_nanpercentile = _func("jnp.nanpercentile")


def nanpercentile(a, q, axis=None, out=None, overwrite_input=False, method="linear", keepdims=False, *, weights=None):
    """Compute the percentile of the data along the specified axis, ignoring NaN values. See numpy.nanpercentile.

    >>> import jaxgo.numpy as jnp
    >>> jnp.nanpercentile(jnp.array([1., jnp.nan, 3.]), 50)
    Array(2., dtype=float32)
    """
    if out is not None:
        _no_out("nanpercentile", out)
    return _nanpercentile(a, q, axis, method, keepdims, weights)


_nanprod = _func("jnp.nanprod")


def nanprod(a, axis=None, dtype=None, out=None, keepdims=False, initial=None, where=None):
    """Return the product of the array elements along a given axis, ignoring NaNs. See numpy.nanprod.

    >>> import jaxgo.numpy as jnp
    >>> jnp.nanprod(jnp.array([1., jnp.nan, 3.]))
    Array(3., dtype=float32)
    """
    if out is not None:
        _no_out("nanprod", out)
    return _nanprod(a, axis, None if dtype is None else dtype_arg(dtype, "nanprod"), keepdims, initial, where)


_nanquantile = _func("jnp.nanquantile")


def nanquantile(a, q, axis=None, out=None, overwrite_input=False, method="linear", keepdims=False, *, weights=None):
    """Compute the quantile of the data along the specified axis, ignoring NaNs. See numpy.nanquantile.

    >>> import jaxgo.numpy as jnp
    >>> jnp.nanquantile(jnp.array([1., jnp.nan, 3.]), 0.5)
    Array(2., dtype=float32)
    """
    if out is not None:
        _no_out("nanquantile", out)
    return _nanquantile(a, q, axis, method, keepdims, weights)


_nanstd = _func("jnp.nanstd")


def nanstd(a, axis=None, dtype=None, out=None, ddof=0, keepdims=False, where=None, mean=None):
    """Compute the standard deviation along a given axis, ignoring NaNs. See numpy.nanstd.

    >>> import jaxgo.numpy as jnp
    >>> jnp.nanstd(jnp.array([1., jnp.nan, 3.]))
    Array(1., dtype=float32)
    """
    if out is not None:
        _no_out("nanstd", out)
    return _nanstd(a, axis, None if dtype is None else dtype_arg(dtype, "nanstd"), ddof, keepdims, where, mean)


_nansum = _func("jnp.nansum")


def nansum(a, axis=None, dtype=None, out=None, keepdims=False, initial=None, where=None):
    """Return the sum of the array elements along a given axis, ignoring NaNs. See numpy.nansum.

    >>> import jaxgo.numpy as jnp
    >>> jnp.nansum(jnp.array([1., jnp.nan, 3.]))
    Array(4., dtype=float32)
    """
    if out is not None:
        _no_out("nansum", out)
    return _nansum(a, axis, None if dtype is None else dtype_arg(dtype, "nansum"), keepdims, initial, where)


_nanvar = _func("jnp.nanvar")


def nanvar(a, axis=None, dtype=None, out=None, ddof=0, keepdims=False, where=None, mean=None):
    """Compute the variance of array elements along a given axis, ignoring NaNs. See numpy.nanvar.

    >>> import jaxgo.numpy as jnp
    >>> jnp.nanvar(jnp.array([1., jnp.nan, 3.]))
    Array(1., dtype=float32)
    """
    if out is not None:
        _no_out("nanvar", out)
    return _nanvar(a, axis, None if dtype is None else dtype_arg(dtype, "nanvar"), ddof, keepdims, where, mean)


_percentile = _func("jnp.percentile")


def percentile(a, q, axis=None, out=None, overwrite_input=False, method="linear", keepdims=False, *, weights=None, out_sharding=None):
    """Compute the percentile of the data along the specified axis. See numpy.percentile.

    >>> import jaxgo.numpy as jnp
    >>> jnp.percentile(jnp.array([1., 2., 3.]), 25)
    Array(1.5, dtype=float32)
    """
    if out is not None:
        _no_out("percentile", out)
    return _percentile(a, q, axis, method, keepdims, weights)


_quantile = _func("jnp.quantile")


def quantile(a, q, axis=None, out=None, overwrite_input=False, method="linear", keepdims=False, *, weights=None):
    """Compute the quantile of the data along the specified axis. See numpy.quantile.

    >>> import jaxgo.numpy as jnp
    >>> jnp.quantile(jnp.array([1., 2., 3.]), 0.25)
    Array(1.5, dtype=float32)
    """
    if out is not None:
        _no_out("quantile", out)
    return _quantile(a, q, axis, method, keepdims, weights)


_var, _std = _func("jnp.var"), _func("jnp.std")


def var(a, axis=None, dtype=None, out=None, ddof=0, keepdims=False, *, where=None, mean=None, correction=None):
    """The variance along axes.

    >>> import jaxgo.numpy as jnp
    >>> print(jnp.var(jnp.array([1., 3.])))
    1.0
    """
    if out is not None:
        _no_out("var", out)
    if correction is not None:
        ddof = _correction(ddof, correction)
    return _var(a, axis, None if dtype is None else dtype_arg(dtype, "var"), ddof, keepdims, where, mean)


def std(a, axis=None, dtype=None, out=None, ddof=0, keepdims=False, *, where=None, mean=None, correction=None):
    """The standard deviation along axes.

    >>> import jaxgo.numpy as jnp
    >>> jnp.std(jnp.array([1., 3.]))
    Array(1., dtype=float32)
    """
    if out is not None:
        _no_out("std", out)
    if correction is not None:
        ddof = _correction(ddof, correction)
    return _std(a, axis, None if dtype is None else dtype_arg(dtype, "std"), ddof, keepdims, where, mean)


def _correction(ddof, correction):
    if isinstance(ddof, int) and ddof == 0:
        return correction
    raise ValueError("ddof and correction can't be provided simultaneously.")
