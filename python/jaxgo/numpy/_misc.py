"""The long tail: functions that few programs call, composed of others."""

from __future__ import annotations

import operator

from .. import _fast, lax
from .._api import jit, vmap
from .._dtype import as_dtype
from . import _creation as cr
from . import (
    abs,
    any,
    arange,
    argmax,
    argsort,
    asarray,
    atleast_2d,
    average,
    clip,
    concatenate,
    cumsum,
    diag,
    divide,
    dot,
    expand_dims,
    full,
    imag,
    log10,
    logspace,
    moveaxis,
    nonzero,
    ones,
    pad,
    ravel,
    real,
    shape,
    sign,
    sqrt,
    swapaxes,
    true_divide,
    where,
    zeros_like,
)
from ._types import iscomplexobj, issubdtype
from ._util import arrays, canonical_axis, check_arraylike, concrete, promoted_inexact

_call = _fast.call
_Array = _fast.Array


# ---- functions applied along axes ----


def apply_along_axis(func1d, axis, arr, *args, **kwargs):
    """A function of vectors applied to those along an axis.

    >>> import jaxgo.numpy as jnp
    >>> jnp.apply_along_axis(jnp.sum, 0, jnp.ones((2, 3)))
    Array([2., 2., 2.], dtype=float32)
    """
    check_arraylike("apply_along_axis", arr)
    n = len(shape(arr))
    axis = canonical_axis(axis, n)

    def f(x):
        return func1d(x, *args, **kwargs)

    for i in range(1, n - axis):
        f = vmap(f, in_axes=i, out_axes=-1)
    for _ in range(axis):
        f = vmap(f, in_axes=0, out_axes=0)
    return f(arr)


def apply_over_axes(func, a, axes):
    """A function of an array and an axis, applied over several axes one after the other.

    >>> import jaxgo.numpy as jnp
    >>> jnp.apply_over_axes(jnp.sum, jnp.ones((2, 3)), [0, 1])
    Array([[6.]], dtype=float32)
    """
    a = arrays("apply_over_axes", a)
    for axis in axes:
        b = func(a, axis)
        if b.ndim == a.ndim:
            a = b
        elif b.ndim == a.ndim - 1:
            a = expand_dims(b, axis)
        else:
            raise ValueError("function is not returning an array of the correct shape")
    return a


def fromfunction(function, shape, *, dtype=float, **kwargs):
    """An array of the values of a function of the indices.

    >>> import jaxgo.numpy as jnp
    >>> jnp.fromfunction(lambda i, j: i + j, (2, 2), dtype=int)
    Array([[0, 1],
           [1, 2]], dtype=int32)
    """
    from ._util import canonical_shape

    shape = canonical_shape(shape, "shape argument of jnp.fromfunction()")
    n = len(shape)
    for i in range(n):
        function = vmap(function, in_axes=tuple(0 if i == j else None for j in range(n))[::-1])
    return function(*(arange(s, dtype=dtype) for s in shape), **kwargs)


def piecewise(x, condlist, funclist, *args, **kw):
    """Each element by the function, or the constant, of the condition that holds for it.

    >>> import jaxgo.numpy as jnp
    >>> x = jnp.array([-1., 2.])
    >>> jnp.piecewise(x, [x < 0, x >= 0], [lambda x: -x, 10.])
    Array([ 1., 10.], dtype=float32)
    """
    x = arrays("piecewise", x)
    nc, nf = len(condlist), len(funclist)
    if nf == nc + 1:
        funclist = funclist[-1:] + funclist[:-1]
    elif nf == nc:
        funclist = [0] + list(funclist)
    else:
        raise ValueError(f"with {nc} condition(s), either {nc} or {nc + 1} functions are expected; got {nf}")
    consts = {i: c for i, c in enumerate(funclist) if not callable(c)}
    funcs = frozenset((i, f) for i, f in enumerate(funclist) if callable(f))
    return _jit_piecewise(x, asarray(condlist, dtype=bool), consts, funcs, args, kw)


def _piecewise(x, conds, consts, funcs, args, kw):
    from . import vectorize

    which = argmax(cumsum(concatenate([zeros_like(conds[:1]), conds], 0), 0), 0)
    d, funcs = x.dtype, dict(funcs)

    def branch(i):
        if i in funcs:
            return lambda x: funcs[i](x, *args, **kw).astype(d)
        return lambda x: cr.array(consts[i], dtype=d)

    return vectorize(lax.switch, excluded=(1,))(which, [branch(i) for i in range(len(conds) + 1)], x)


_jit_piecewise = jit(_piecewise, static_argnums=3)


# ---- joining and cutting ----


def block(arrays):
    """An array put together of nested lists of blocks.

    >>> import jaxgo.numpy as jnp
    >>> jnp.block([[jnp.ones((1, 1)), jnp.zeros((1, 2))]])
    Array([[1., 0., 0.]], dtype=float32)
    """
    return _block(arrays)[0]


def _block(xs):
    if isinstance(xs, tuple):
        raise ValueError(f"jax.numpy.block does not allow tuples, got {xs}")
    if not isinstance(xs, list):
        return asarray(xs), 1
    if not xs:
        raise ValueError("jax.numpy.block does not allow empty list arguments")
    parts, depths = zip(*map(_block, xs))
    if len(set(depths)) > 1:
        raise ValueError("Mismatched list depths in jax.numpy.block")
    rank = max(depths[0], max(p.ndim for p in parts))
    parts = [p if p.ndim == rank else lax.broadcast(p, (1,) * (rank - p.ndim)) for p in parts]
    return concatenate(parts, axis=-depths[0]), depths[0] + 1


def delete(arr, obj, axis=None, *, assume_unique_indices=False):
    """An array without the elements at given indices.

    >>> import jaxgo.numpy as jnp
    >>> jnp.delete(jnp.array([5, 6, 7]), 1)
    Array([5, 7], dtype=int32)
    """
    np = _np()
    x = arrays("delete", arr)
    if axis is None:
        x, axis = ravel(x), 0
    axis = canonical_axis(axis, x.ndim)
    n = x.shape[axis]
    try:
        i = operator.index(obj)
    except TypeError:
        pass
    else:
        return _call("jnp.delete", x, i, axis)
    if isinstance(obj, slice):
        obj, assume_unique_indices = arange(n)[obj], True
    check_arraylike("delete", x, obj)
    if hasattr(obj, "__jax_array__"):
        obj = obj.__jax_array__()
    if assume_unique_indices and issubdtype(asarray(obj).dtype, np.integer):
        return _call("jnp.delete_unique", x, ravel(obj), axis)
    idx = concrete(obj, "'obj' array argument of jnp.delete()", np.asarray)
    if np.issubdtype(idx.dtype, np.integer):
        keep = np.ones(n, bool)
        keep[idx] = False
    elif idx.dtype == bool:
        if idx.shape != (n,):
            raise ValueError("np.delete(arr, obj): for boolean indices, obj must be one-dimensional with length matching specified axis.")
        keep = ~idx
    else:
        raise ValueError(f"np.delete(arr, obj): got obj.dtype={idx.dtype}; must be integer or bool.")
    return x[(slice(None),) * axis + (keep,)]


def _np():
    import numpy as np

    return np


def insert(arr, obj, values, axis=None):
    """An array with values inserted before given indices.

    >>> import jaxgo.numpy as jnp
    >>> jnp.insert(jnp.array([5, 7]), 1, 6)
    Array([5, 6, 7], dtype=int32)
    """
    x, _, values = arrays("insert", arr, 0 if isinstance(obj, slice) else obj, values)
    if axis is None:
        x, axis = ravel(x), 0
    axis = canonical_axis(concrete(axis, "axis argument of jnp.insert()"), x.ndim)
    idx = arange(*obj.indices(x.shape[axis])) if isinstance(obj, slice) else asarray(obj)
    if not issubdtype(idx.dtype, _np().integer) and idx.size == 0 and not isinstance(obj, _Array):
        idx = idx.astype(int)
    return _call("jnp.insert", x, idx, values, axis)


def trim_zeros(filt, trim="fb", axis=None):
    """An array without leading and trailing zeros.

    >>> import jaxgo.numpy as jnp
    >>> jnp.trim_zeros(jnp.array([0, 1, 0, 2, 0]))
    Array([1, 0, 2], dtype=int32)
    """
    x = arrays("trim_zeros", filt)
    concrete(x, "Error arose in the `filt` argument of trim_zeros()")
    axes = range(x.ndim) if axis is None else [canonical_axis(i, x.ndim) for i in ((axis,) if isinstance(axis, int) else axis)]
    front, back = "f" in trim.lower(), "b" in trim.lower()
    if not len(axes) or not (front or back):
        return x
    cut = []
    for ax in range(x.ndim):
        if ax not in axes:
            cut.append(slice(None))
            continue
        mask = x.any(axis=tuple(i for i in range(x.ndim) if i != ax))
        if not mask.any():
            cut.append(slice(0, 0))
            continue
        cut.append(slice(int(mask.argmax()) if front else None, x.shape[ax] - int(mask[::-1].argmax()) if back else None))
    return x[tuple(cut)]


def compress(condition, a, axis=None, *, size=None, fill_value=0, out=None):
    """The slices of an array for which a condition holds.

    >>> import jaxgo.numpy as jnp
    >>> jnp.compress(jnp.array([True, False, True]), jnp.array([5, 6, 7]))
    Array([5, 7], dtype=int32)
    """
    cond, x, fill_value = arrays("compress", condition, a, fill_value)
    cond = cond.astype(bool)
    if out is not None:
        raise NotImplementedError("The 'out' argument to jnp.compress is not supported.")
    if cond.ndim != 1:
        raise ValueError("condition must be a 1D array")
    if axis is None:
        x, axis = ravel(x), 0
    else:
        x = moveaxis(x, axis, 0)
    n = x.shape[0]
    cond, extra = cond[:n], cond[n:]
    x = x[: cond.shape[0]]
    if size is None:
        if any(extra):
            raise ValueError("condition contains entries that are out of bounds")
        result = x[cond]
    elif not 0 <= size <= x.shape[0]:
        raise ValueError(f"size must be positive and not greater than the size of the array axis; got {size=} for a.shape[axis]={x.shape[0]}")
    else:
        mask = expand_dims(cond, tuple(range(1, x.ndim)))
        x = where(mask, x, cr.array(fill_value, dtype=x.dtype))
        result = x[argsort(cond, stable=True, descending=True)][:size]
    return moveaxis(result, 0, axis)


def extract(condition, arr, *, size=None, fill_value=0):
    """The elements of an array for which a condition holds.

    >>> import jaxgo.numpy as jnp
    >>> jnp.extract(jnp.array([0, 1]), jnp.array([5, 6]))
    Array([6], dtype=int32)
    """
    check_arraylike("extreact", condition, arr, fill_value)
    return compress(ravel(condition), ravel(arr), size=size, fill_value=fill_value)


# ---- bits ----


def _bits(bitorder):
    if bitorder not in ("little", "big"):
        raise ValueError("'order' must be either 'little' or 'big'")
    bits = arange(8, dtype="uint8")
    return bits[::-1] if bitorder == "big" else bits


def _packbits(a, axis=None, bitorder="big"):
    if not (issubdtype(a.dtype, _np().integer) or a.dtype == bool):
        raise TypeError("Expected an input array of integer or boolean data type")
    bits = _bits(bitorder)
    x = (a != 0).astype("uint8")
    if axis is None:
        x, axis = ravel(x), 0
    x = swapaxes(x, axis, -1)
    rest = x.shape[-1] % 8
    if rest:
        x = pad(x, [(0, 0)] * (x.ndim - 1) + [(0, 8 - rest)])
    x = x.reshape(x.shape[:-1] + (x.shape[-1] // 8, 8))
    packed = (x << expand_dims(bits, tuple(range(x.ndim - 1)))).sum(-1).astype("uint8")
    return swapaxes(packed, axis, -1)


def _unpackbits(a, axis=None, count=None, bitorder="big"):
    if a.dtype != "uint8":
        raise TypeError("Expected an input array of unsigned byte data type")
    bits = asarray(1) << _bits(bitorder)
    if axis is None:
        a, axis = ravel(a), 0
    a = swapaxes(a, axis, -1)
    x = ((a[..., None] & expand_dims(bits, tuple(range(a.ndim)))) > 0).astype("uint8")
    x = x.reshape(x.shape[:-2] + (-1,))
    if count is not None:
        n = x.shape[-1]
        x = pad(x, [(0, 0)] * (x.ndim - 1) + [(0, count - n)]) if count > n else x[..., :count]
    return swapaxes(x, axis, -1)


_jit_packbits = jit(_packbits, static_argnums=(1, 2))
_jit_unpackbits = jit(_unpackbits, static_argnums=(1, 2, 3))


def packbits(a, axis=None, bitorder="big"):
    """Each eight elements of an array as the bits of a byte.

    >>> import jaxgo.numpy as jnp
    >>> jnp.packbits(jnp.array([0, 0, 0, 0, 0, 1, 0, 1]))
    Array([5], dtype=uint8)
    """
    return _jit_packbits(arrays("packbits", a), axis, bitorder)


def unpackbits(a, axis=None, count=None, bitorder="big"):
    """The bits of bytes, an element each.

    >>> import jaxgo.numpy as jnp
    >>> jnp.unpackbits(jnp.array([5], dtype='uint8'))
    Array([0, 0, 0, 0, 0, 1, 0, 1], dtype=uint8)
    """
    return _jit_unpackbits(arrays("unpackbits", a), axis, count, bitorder)


# ---- statistics ----


def cov(m, y=None, rowvar=True, bias=False, ddof=None, fweights=None, aweights=None, dtype=None):
    """The matrix of covariances of variables, which are the rows unless rowvar is false.

    >>> import jaxgo.numpy as jnp
    >>> jnp.cov(jnp.array([[1., 2., 3.], [3., 2., 1.]]))
    Array([[ 1., -1.],
           [-1.,  1.]], dtype=float32)
    """
    return _jit_cov(m, y, rowvar, bias, ddof, fweights, aweights, dtype)


def _cov(m, y=None, rowvar=True, bias=False, ddof=None, fweights=None, aweights=None, dtype=None):
    np = _np()
    check_arraylike("cov", *((m,) if y is None else (m, y)))
    if y is not None:
        m, y = promoted_inexact(m, y)
        if y.ndim > 2:
            raise ValueError("y has more than 2 dimensions")
    else:
        (m,) = promoted_inexact(m)
    if m.ndim > 2:
        raise ValueError("m has more than 2 dimensions")
    if dtype is not None and not issubdtype(dtype, np.inexact):
        raise ValueError(f"cov: dtype must be a subclass of float or complex; got {dtype=}")
    X = atleast_2d(m)
    if not rowvar and m.ndim != 1:
        X = X.T
    if X.shape[0] == 0:
        return cr.array([]).reshape(0, 0)
    if y is not None:
        y = atleast_2d(y)
        if not rowvar and y.shape[0] != 1:
            y = y.T
        X = concatenate((X, y), axis=0)
    if X.shape[1] == 0:
        return full(() if X.shape[0] == 1 else (X.shape[0],) * 2, float("nan"), dtype=X.dtype)
    if ddof is None:
        ddof = 1 if bias == 0 else 0
    w = None
    for what, v in (("fweights", fweights), ("aweights", aweights)):
        if v is None:
            continue
        v = arrays("cov", v)
        if v.ndim > 1:
            raise RuntimeError(f"cannot handle multidimensional {what}")
        if v.shape[0] != X.shape[1]:
            raise RuntimeError(f"incompatible numbers of samples and {what}")
        if what == "fweights" and not issubdtype(v.dtype, np.integer):
            raise TypeError("fweights must be integer.")
        v = abs(v)  # where NumPy refuses negative ones
        if what == "aweights":
            aweights = v
        w = v if w is None else w * v
    if dtype is not None:
        X = X.astype(dtype)
        w = w if w is None else w.astype(dtype)
    avg, w_sum = average(X, axis=1, weights=w, returned=True)
    w_sum = w_sum[0]
    if w is None:
        f = X.shape[1] - ddof
    elif ddof == 0:
        f = w_sum
    elif aweights is None:
        f = w_sum - ddof
    else:
        f = w_sum - ddof * (w * aweights).sum() / w_sum
    X = X - avg[:, None]
    XT = X.T if w is None else (X * w[None]).T
    return true_divide(dot(X, XT.conj()), f).squeeze()


_jit_cov = jit(_cov, static_argnums=(2, 3, 4, 7))


def corrcoef(x, y=None, rowvar=True, dtype=None):
    """The matrix of correlation coefficients of variables.

    >>> import jaxgo.numpy as jnp
    >>> jnp.corrcoef(jnp.array([[1., 2., 3.], [3., 2., 1.]]))
    Array([[ 1., -1.],
           [-1.,  1.]], dtype=float32)
    """
    return _jit_corrcoef(x, y, rowvar, dtype)


def _corrcoef(x, y=None, rowvar=True, dtype=None):
    check_arraylike("corrcoef", x)
    if dtype is not None and not issubdtype(dtype, _np().inexact):
        raise ValueError(f"corrcoef: dtype must be a subclass of float or complex; got {dtype=}")
    c = cov(x, y, rowvar, dtype=dtype)
    if c.ndim == 0:
        return divide(c, c)  # nan for nan, inf and 0, else 1
    sd = sqrt(real(diag(c))).astype(c.dtype)
    c = c / sd[:, None] / sd[None, :]
    re = clip(real(c), -1, 1)
    return lax.complex(re, clip(imag(c), -1, 1)) if iscomplexobj(c) else re


_jit_corrcoef = jit(_corrcoef, static_argnums=(2, 3))


def geomspace(start, stop, num=50, endpoint=True, dtype=None, axis=0):
    """Numbers spaced evenly on a log scale, from start to stop.

    >>> import jaxgo.numpy as jnp
    >>> jnp.geomspace(1, 8, 4)
    Array([1.       , 2.       , 4.0000005, 8.       ], dtype=float32)
    """
    num = concrete(num, "'num' argument of jnp.geomspace", operator.index)
    axis = concrete(axis, "'axis' argument of jnp.geomspace", operator.index)
    return _jit_geomspace(start, stop, num, endpoint, dtype, axis)


def _geomspace(start, stop, num, endpoint, dtype, axis):
    from ..dtypes import to_inexact
    from . import result_type

    d = to_inexact(result_type(start, stop)) if dtype is None else as_dtype(dtype, "geomspace")
    compute = to_inexact(d)
    start, stop = arrays("geomspace", start, stop)
    start, stop = start.astype(compute), stop.astype(compute)
    s = sign(start)
    res = s * logspace(log10(start / s), log10(stop / s), num, endpoint=endpoint, base=10.0, dtype=compute, axis=0)
    axis = canonical_axis(axis, res.ndim)
    if axis != 0:
        res = moveaxis(res, 0, axis)
    return lax.convert_element_type(res, d)


_jit_geomspace = jit(_geomspace, static_argnums=(2, 3, 4, 5))


# ---- indices ----


def mask_indices(n, mask_func, k=0, *, size=None):
    """The indices of an n by n matrix that a function such as triu keeps.

    >>> import jaxgo.numpy as jnp
    >>> jnp.mask_indices(2, jnp.triu)
    (Array([0, 0, 1], dtype=int32), Array([0, 1, 1], dtype=int32))
    """
    return tuple(nonzero(mask_func(ones((n, n)), k), size=size))


def _two_dims(name, arr):
    s = arr.shape if hasattr(arr, "shape") else arrays(name, arr).shape
    if len(s) != 2:
        raise ValueError("Only 2-D inputs are accepted")
    return s


def tril_indices_from(arr, k=0):
    """The indices of a matrix's lower triangle."""
    from . import tril_indices

    s = _two_dims("tril_indices_from", arr)
    return tril_indices(s[0], k=k, m=s[1])


def triu_indices_from(arr, k=0):
    """The indices of a matrix's upper triangle."""
    from . import triu_indices

    s = _two_dims("triu_indices_from", arr)
    return triu_indices(s[0], k=k, m=s[1])


def diag_indices(n, ndim=2):
    """The indices of the diagonal of an array with ndim axes of size n.

    >>> import jaxgo.numpy as jnp
    >>> jnp.diag_indices(2)
    (Array([0, 1], dtype=int32), Array([0, 1], dtype=int32))
    """
    n = concrete(n, "'n' argument of jnp.diag_indices()", operator.index)
    ndim = concrete(ndim, "'ndim' argument of jnp.diag_indices()", operator.index)
    if n < 0:
        raise ValueError(f"n argument to diag_indices must be nonnegative, got {n}")
    if ndim < 0:
        raise ValueError(f"ndim argument to diag_indices must be nonnegative, got {ndim}")
    return (arange(n),) * ndim


def diag_indices_from(arr):
    """The indices of an array's diagonal."""
    x = arrays("diag_indices_from", arr)
    if x.ndim < 2:
        raise ValueError("input array must be at least 2-d")
    if len(set(x.shape)) != 1:
        raise ValueError("All dimensions of input must be of equal length")
    return diag_indices(x.shape[0], ndim=x.ndim)


def fill_diagonal(a, val, wrap=False, *, inplace=True):
    """An array with its diagonal set to a value; inplace has to be False.

    >>> import jaxgo.numpy as jnp
    >>> jnp.fill_diagonal(jnp.zeros((2, 2)), 1., inplace=False)
    Array([[1., 0.],
           [0., 1.]], dtype=float32)
    """
    if inplace:
        raise NotImplementedError("JAX arrays are immutable, must use inplace=False")
    if wrap:
        raise NotImplementedError("wrap=True is not implemented, must use wrap=False")
    a, val = arrays("fill_diagonal", a, val)
    if a.ndim < 2:
        raise ValueError("array must be at least 2-d")
    if a.ndim > 2 and len(set(a.shape)) != 1:
        raise ValueError("All dimensions of input must be of equal length")
    n = min(a.shape)
    idx = diag_indices(n, a.ndim)
    if val.ndim:
        val = ravel(val)
        if val.size != n:
            val = _call("jnp.tile", val, (-(-n // val.size),))[:n]
    return a.at[idx].set(val)


# ---- from other places ----


def frombuffer(buffer, dtype=float, count=-1, offset=0):
    """An array of the bytes of a buffer. See numpy.frombuffer.

    >>> import jaxgo.numpy as jnp
    >>> jnp.frombuffer(b'\x01\x02', dtype='uint8')
    Array([1, 2], dtype=uint8)
    """
    return asarray(_np().frombuffer(buffer=buffer, dtype=dtype, count=count, offset=offset))


def fromstring(string, dtype=float, count=-1, *, sep):
    """An array of the numbers in a text. See numpy.fromstring.

    >>> import jaxgo.numpy as jnp
    >>> jnp.fromstring('1 2', dtype=int, sep=' ')
    Array([1, 2], dtype=int32)
    """
    return asarray(_np().fromstring(string=string, dtype=dtype, count=count, sep=sep))


_IMPURE = (
    "jnp.{0}() is not implemented because it may be non-pure and thus unsafe for use with JIT and other JAX transformations. Consider "
    "using jnp.asarray(np.{0}(...)) instead, although care should be taken if np.{0} is used within a jax transformations because of "
    "its potential side-effect of consuming the {1} object; for more information see "
    "https://docs.jax.dev/en/latest/notebooks/Common_Gotchas_in_JAX.html#pure-functions"
)


def fromfile(*args, **kwargs):
    """Not implemented: reading a file has side effects."""
    raise NotImplementedError(_IMPURE.format("fromfile", "file"))


def fromiter(*args, **kwargs):
    """Not implemented: consuming an iterator has side effects."""
    raise NotImplementedError(_IMPURE.format("fromiter", "iterable"))


def from_dlpack(x, /, *, device=None, copy=None):
    """An array of what another library exports by DLPack."""
    from ..dlpack import from_dlpack as f

    return f(x, device=device, copy=copy)
