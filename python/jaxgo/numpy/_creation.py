"""Arrays of given values: array, zeros, arange and their like."""

from __future__ import annotations

from .. import _fast
from .._dtype import ScalarMeta, as_dtype, dtype_arg
from .._hooks import array_from_numpy
from ._util import canonical_shape

_func, call = _fast.func, _fast.call
_Array, _ArrayImpl, _Tracer = _fast.Array, _fast.ArrayImpl, _fast.Tracer
_NUMBERS = {bool, int, float, complex}


def _placed(x, device, out_sharding=None):
    """x on a device."""
    if device is None:
        if out_sharding is None:
            return x
        from .._device import sharded

        return sharded(x, out_sharding)
    from .._device import device_put

    return device_put(x, device)


# ---- arrays of given values ----

_asarray, _scalar_array, _numbers, _astype = _func("asarray"), _func("scalar_array"), _func("numbers"), _func("jnp.astype")
_copy_op, _is_eager, _stage = _func("lax.copy"), _func("is_eager"), _func("stage")


def array(object, dtype=None, *args, copy=True, order="K", ndmin=0, device=None, out_sharding=None):
    """An array of the given values.

    Python scalars become weakly typed; nested sequences may hold arrays; NumPy arrays are copied unless copy is False.

    >>> import jaxgo.numpy as jnp
    >>> jnp.array([[1, 2], [3, 4]])
    Array([[1, 2],
           [3, 4]], dtype=int32)
    >>> jnp.array(1.5)
    Array(1.5, dtype=float32, weak_type=True)
    """
    if args:
        copy, order, ndmin = _positional(args, copy, order, ndmin)
    if order is not None and order != "K":
        raise NotImplementedError("Only implemented for order='K'")
    x = _make(object, dtype_arg(dtype, "array"), copy)
    if ndmin > x.ndim:
        x = call("lax.expand_dims", x, tuple(range(ndmin - x.ndim)))
    return x if device is None and out_sharding is None else _placed(x, device, out_sharding)


def _positional(args, copy, order, ndmin):
    if len(args) > 3:
        raise TypeError(f"array() takes at most 5 positional arguments but {len(args) + 2} were given")
    for given, name, value, default in zip(args, ("copy", "order", "ndmin"), (copy, order, ndmin), (True, "K", 0)):
        if value != default:
            raise TypeError(f"array() got multiple values for argument '{name}'")
    import warnings

    warnings.warn(
        "Passing the copy, order, and ndmin arguments to jnp.array positionally is deprecated. Use keyword arguments instead.",
        DeprecationWarning,
        stacklevel=3,
    )
    return (list(args) + [copy, order, ndmin][len(args) :])[:3]


def asarray(a, dtype=None, order=None, *, copy=None, device=None, out_sharding=None):
    """An array of the given values; an array is returned as it is.

    >>> import jaxgo.numpy as jnp
    >>> jnp.asarray(range(3))
    Array([0, 1, 2], dtype=int32)
    """
    if device is None and order is None and out_sharding is None:
        if dtype is None and not copy and isinstance(a, _Array):
            return a
        return _make(a, None if dtype is None else dtype_arg(dtype, "asarray"), copy)
    if order is not None and order != "K":
        raise NotImplementedError("Only implemented for order='K'")
    return _placed(_make(a, dtype_arg(dtype, "asarray"), copy), device, out_sharding)


def _make(x, d, copy):
    """An array of x with the dtype d, or its own for None."""
    t = type(x)
    if t is _ArrayImpl or t is _Tracer:
        if d is None:
            return _copy_op(x) if copy else x
        return _convert(x, d, copy)
    if t in _NUMBERS:
        if d is None:
            return _asarray(x)
        if t is complex or t is float:
            return _number(x, d)
        return _scalar_array(x, d, False)
    if t.__name__ == "ndarray" and d is None:
        if not copy:
            return _asarray(x)
        try:
            y = _fast.from_buffer(x, True)
            return y if _is_eager() else _stage(y)
        except BufferError:
            pass
    if t is list or t is tuple:
        return _sequence(x, d)
    if x is None:
        raise ValueError("None is not a valid value for jnp.array")
    if hasattr(x, "__jax_array__"):
        return _make(x.__jax_array__(), d, copy)
    return _host(x, d, copy)


def _convert(x, d, copy):
    """x.astype(d) as jnp.array does it: no warnings, keys only to their own dtype."""
    own = x.dtype
    if hasattr(own, "_impl") or hasattr(d, "_impl"):
        if own != d:
            raise ValueError(
                f"Cannot call convert_element_type on dtype {getattr(own, 'name', own)}"
                if hasattr(own, "_impl")
                else f"Cannot convert_element_type to dtype {getattr(d, 'name', d)}"
            )
        return _copy_op(x) if copy else x
    if copy:
        x = _copy_op(x)
    return call("lax._convert_element_type", x, d, False)


def _number(x, d):
    """A float or complex as an array of dtype d, by NumPy's rules: complex to real is an error, nan to int too."""
    if type(d) is ScalarMeta and d.dtype_name.startswith("complex" if type(x) is complex else ("float", "bfloat", "complex")):
        return _scalar_array(x, d, False)
    n = as_dtype(d)
    if n.kind in "iu" or type(x) is complex and n.kind != "c":
        import numpy as np

        return _from_numpy(np.asarray(x, dtype=n), None, False)
    return _scalar_array(x, d, False)


def _sequence(x, d):
    """An array of a list or tuple."""
    first, depth = x, 0
    while type(first) in (list, tuple):
        if not first:
            break
        first = first[0]
        depth += 1
        if depth > 64:  # or without end: a list can be its own item
            raise ValueError("setting an array element with a sequence. The requested array would exceed the maximum number of dimension of 64.")
    if type(first) in _NUMBERS and len(x) <= 64:
        try:
            y = _numbers(x, d)
            if y is not None:
                return y
        except OverflowError:  # NumPy says which bound it is
            pass
    leaves = []
    if _collect(x, leaves):
        x = _replaced(x)
    for v in leaves:
        if isinstance(v, _Array):
            return call("jnp.nested_array", x, d)
    import numpy as np

    if d is None:
        types = {type(v) for v in leaves}
        if not leaves:
            d = float
        elif types <= _NUMBERS:
            d = bool if types == {bool} else complex if complex in types else float if float in types else int
        else:
            d = _lattice(leaves)
    n = as_dtype(d)
    return _from_numpy(np.asarray(x, dtype=n), None, False)


def _lattice(leaves):
    """The dtype of NumPy arrays, scalars and Python numbers together."""
    import numpy as np

    ts = []
    for v in leaves:
        if not hasattr(v, "dtype") and type(v) not in _NUMBERS:
            v = np.asarray(v)
        ts.append(v if type(v) in _NUMBERS else _valid(v, v.dtype))
    return call("lattice_type", *dict.fromkeys(ts) if len(ts) > 16 else ts)[0]


def _valid(x, d):
    from .._hooks import dtype_code

    if hasattr(d, "_impl"):
        return d
    if dtype_code(d) is None:
        raise TypeError(f"Value '{x}' with dtype {d} is not a valid JAX array type. Only arrays of numeric types are supported by JAX.")
    return d


def _collect(x, out):
    """Appends the leaves of a nested sequence; true if one of them was made an array by __jax_array__."""
    changed = False
    for v in x:
        t = type(v)
        if t in _NUMBERS or t is _ArrayImpl:
            out.append(v)
        elif isinstance(v, (list, tuple)):
            changed |= _collect(v, out)
        elif v is None:
            raise ValueError("None is not a valid value for jnp.array")
        elif hasattr(v, "__jax_array__"):
            out.append(v.__jax_array__())
            changed = True
        else:
            out.append(v)
    return changed


def _replaced(x):
    if isinstance(x, (list, tuple)):
        return [_replaced(v) for v in x]
    return x.__jax_array__() if hasattr(x, "__jax_array__") else x


def _host(x, d, copy):
    """An array of a NumPy array, or of what NumPy can read."""
    import numpy as np

    if isinstance(x, (np.ndarray, np.generic)):
        if not copy and type(x).__name__ == "MaskedArray" and (d is None or as_dtype(d) == x.dtype):
            raise ValueError(
                "numpy masked arrays are not supported as direct inputs to JAX functions. Use arr.filled() to convert the value to "
                "a standard numpy array."
            )
        return _from_numpy(x, d, copy)
    if isinstance(x, (list, tuple)):
        return _sequence(x, d)
    if isinstance(x, tuple(_NUMBERS)):  # enums and the like
        return _make(next(t for t in (bool, int, float, complex) if isinstance(x, t))(x), d, copy)
    if hasattr(x, "__arrow_c_array__") and not isinstance(x, type):
        a = np.asarray(x) if hasattr(x, "__array__") else None
        if a is not None and a.dtype != object:
            return _from_numpy(a, d, copy)
        from ..arrow import from_arrow  # what NumPy makes no numbers of: lists, tensors

        y = from_arrow(x, copy=copy or None)
        return y if d is None else _convert(y, d, False)
    if isinstance(x, (str, bytes)) or d is None and not hasattr(x, "dtype"):
        try:
            a = np.asarray(x)
        except Exception:
            raise TypeError(f"Unexpected input type for array: {type(x)}") from None
        if isinstance(x, type) or a.dtype == object and not hasattr(x, "__array__") and not isinstance(x, range):
            raise TypeError(f"Value '{x}' with dtype object is not a valid JAX array type. Only arrays of numeric types are supported by JAX.")
        return _from_numpy(a, d, False)
    return _from_numpy(np.asarray(x), d, copy)


def _from_numpy(x, d, copy):
    import numpy as np

    if d is not None:
        n = as_dtype(d)
        if x.dtype != n:
            x = _cast(x, n)
            copy = False
    if type(x) is not np.ndarray:
        x = np.asarray(x)
    y = array_from_numpy(x, bool(copy))
    return y if _is_eager() else _stage(y)


def _cast(x, n):
    if x.dtype.kind == "c" and n.kind not in "cb":
        x = x.real
    elif x.dtype.kind in "fV" and n.kind in "iu":  # XLA saturates where NumPy's result is undefined
        from .._hooks import dtype_code

        if dtype_code(x.dtype) is not None and x.dtype.kind != "V" or x.dtype.kind == "V":
            return x.astype(n)
    return x.astype(n)


def copy(a, order=None):
    """A copy of an array.

    >>> import jaxgo.numpy as jnp
    >>> jnp.copy(jnp.array([1, 2]))
    Array([1, 2], dtype=int32)
    """
    _check("copy", a)
    return array(a, copy=True, order=order)


def _check(name, *args):
    from ._util import check_arraylike

    check_arraylike(name, *args)


def astype(x, dtype, /, *, copy=False, device=None):
    """The elements of x converted to a dtype.

    >>> import jaxgo.numpy as jnp
    >>> jnp.astype(jnp.array([1.7, -1.7]), int)
    Array([ 1, -1], dtype=int32)
    """
    if not isinstance(x, _Array):
        _check("astype", x)
        x = asarray(x)
    d = dtype_arg(float if dtype is None else dtype, "astype")
    own = x.dtype
    if hasattr(own, "_impl") or hasattr(d, "_impl"):
        if own == d:
            return _placed(_copy_op(x) if copy else x, device)
        raise TypeError(f"Cannot cast {getattr(own, 'name', own)} to {getattr(d, 'name', d)}.")
    if own.kind == "c" and as_dtype(d).kind not in "cb":
        import warnings

        warnings.warn("Casting from complex to real dtypes will discard the imaginary part.", DeprecationWarning, stacklevel=2)
    y = _astype(x, d)
    if copy:
        y = _copy_op(y)
    return y if device is None else _placed(y, device)


# ---- constants ----

_zeros, _ones, _empty, _full = _func("jnp.zeros"), _func("jnp.ones"), _func("jnp.empty"), _func("jnp.full")
_zeros_like, _ones_like, _full_like = _func("jnp.zeros_like"), _func("jnp.ones_like"), _func("jnp.full_like")
_arange, _linspace, _eye, _tri = _func("jnp.arange"), _func("jnp.linspace"), _func("jnp.eye"), _func("jnp.tri")


def _dtype(name, shape, dtype):
    if isinstance(dtype, int) and isinstance(shape, int):
        raise TypeError(
            f"Cannot interpret '{dtype}' as a data type.\n\nDid you accidentally write `jax.numpy.{name}({shape}, {dtype})` when you meant "
            f"`jax.numpy.{name}(({shape}, {dtype}))`, i.e. with a single tuple argument for the shape?"
        )
    return dtype_arg(dtype, name, 4)


def zeros(shape, dtype=None, *, device=None, out_sharding=None):
    """An array of zeros.

    >>> import jaxgo.numpy as jnp
    >>> jnp.zeros(3)
    Array([0., 0., 0.], dtype=float32)
    """
    if dtype is not None:
        dtype = _dtype("zeros", shape, dtype)
    x = _zeros(shape if type(shape) is int else canonical_shape(shape), dtype)
    return x if device is None and out_sharding is None else _placed(x, device, out_sharding)


def ones(shape, dtype=None, *, device=None, out_sharding=None):
    """An array of ones.

    >>> import jaxgo.numpy as jnp
    >>> jnp.ones(2, int)
    Array([1, 1], dtype=int32)
    """
    if dtype is not None:
        dtype = _dtype("ones", shape, dtype)
    x = _ones(shape if type(shape) is int else canonical_shape(shape), dtype)
    return x if device is None and out_sharding is None else _placed(x, device, out_sharding)


def empty(shape, dtype=None, *, device=None, out_sharding=None):
    """An array of zeros: XLA has no uninitialized memory."""
    if dtype is not None:
        dtype = _dtype("empty", shape, dtype)
    x = _empty(shape if type(shape) is int else canonical_shape(shape), dtype)
    return x if device is None and out_sharding is None else _placed(x, device, out_sharding)


def full(shape, fill_value, dtype=None, *, device=None, out_sharding=None):
    """An array filled with a value, which may be an array that broadcasts to the shape.

    >>> import jaxgo.numpy as jnp
    >>> jnp.full((2, 2), 7)
    Array([[7, 7],
           [7, 7]], dtype=int32, weak_type=True)
    """
    _check("full", fill_value)
    x = _full(canonical_shape(shape), fill_value, None if dtype is None else dtype_arg(dtype, "full"))
    return _placed(x, device, out_sharding)


def _like(a, name):
    if isinstance(a, (_Array, int, float, complex)):
        return a
    if hasattr(a, "shape") and hasattr(a, "dtype") and not hasattr(a, "__array__"):  # ShapeDtypeStruct
        return _zeros(tuple(a.shape), dtype_arg(a.dtype))
    _check(name, a)
    return a


def _beside(x, a, shape, device, out_sharding=None):
    """x on a device; on that of a, where the user chose it, if none is given."""
    if device is None and out_sharding is None:
        if shape is None and type(a) is _ArrayImpl and type(x) is _ArrayImpl and a.committed:
            return _placed(x, a.device)
        return x
    return _placed(x, device, out_sharding)


def zeros_like(a, dtype=None, shape=None, *, device=None, out_sharding=None):
    """Zeros with the shape and dtype of an array.

    >>> import jaxgo.numpy as jnp
    >>> jnp.zeros_like(jnp.array([1, 2]))
    Array([0, 0], dtype=int32)
    """
    x = _zeros_like(_like(a, "zeros_like"), dtype_arg(dtype, "zeros_like"), None if shape is None else canonical_shape(shape))
    return _beside(x, a, shape, device, out_sharding)


def ones_like(a, dtype=None, shape=None, *, device=None, out_sharding=None):
    """Ones with the shape and dtype of an array.

    >>> import jaxgo.numpy as jnp
    >>> jnp.ones_like(jnp.array([3, 4]))
    Array([1, 1], dtype=int32)
    """
    x = _ones_like(_like(a, "ones_like"), dtype_arg(dtype, "ones_like"), None if shape is None else canonical_shape(shape))
    return _beside(x, a, shape, device, out_sharding)


def empty_like(prototype, dtype=None, shape=None, *, device=None):
    """Zeros with the shape and dtype of an array."""
    x = _zeros_like(_like(prototype, "empty_like"), dtype_arg(dtype, "empty_like"), None if shape is None else canonical_shape(shape))
    return _beside(x, prototype, shape, device)


def full_like(a, fill_value, dtype=None, shape=None, *, device=None, out_sharding=None):
    """An array with the shape and dtype of another, filled with a value.

    >>> import jaxgo.numpy as jnp
    >>> jnp.full_like(jnp.array([1., 2.]), 7)
    Array([7., 7.], dtype=float32)
    """
    _check("full_like", 0 if hasattr(a, "dtype") else a, fill_value)
    x = _full_like(_like(a, "full_like"), fill_value, dtype_arg(dtype, "full_like"), None if shape is None else canonical_shape(shape))
    return _beside(x, a, shape, device, out_sharding)


def _static(x, what):
    """A number that is known while tracing."""
    if x is None or type(x) in _NUMBERS:
        return x
    if isinstance(x, _Tracer):
        from .. import errors

        raise errors.ConcretizationTypeError(x, f"It arose in the jnp.arange argument '{what}'")
    if getattr(x, "ndim", 0):
        raise ValueError(f"jax.numpy.arange: arguments must be scalars; got {what}={x}")
    if isinstance(x, _ArrayImpl):
        import numpy as np

        return np.asarray(x)[()] if not x.weak_type else x.item()
    return x[()] if hasattr(x, "ndim") else x


def arange(start, stop=None, step=None, dtype=None, *, device=None, out_sharding=None):
    """Evenly spaced numbers in [start, stop).

    >>> import jaxgo.numpy as jnp
    >>> jnp.arange(2, 10, 3)
    Array([2, 5, 8], dtype=int32)
    """
    if type(start) is not int:
        if start is None:
            raise TypeError("must be real number, not NoneType")
        start = _static(start, "stop" if stop is None and step is None else "start")
    x = _arange(
        start,
        stop if stop is None else _static(stop, "stop"),
        step if step is None else _static(step, "step"),
        None if dtype is None else dtype_arg(dtype, "arange"),
    )
    return x if device is None and out_sharding is None else _placed(x, device, out_sharding)


def linspace(start, stop, num=50, endpoint=True, retstep=False, dtype=None, axis=0, *, device=None):
    """Evenly spaced numbers from start to stop.

    >>> import jaxgo.numpy as jnp
    >>> jnp.linspace(0, 1, 5)
    Array([0.  , 0.25, 0.5 , 0.75, 1.  ], dtype=float32)
    """
    import operator

    if isinstance(num, _Tracer):
        from .. import errors

        raise errors.ConcretizationTypeError(num, "'num' argument of jnp.linspace")
    _check("linspace", start, stop)
    r = _linspace(start, stop, operator.index(num), bool(endpoint), bool(retstep), dtype_arg(dtype, "linspace"), operator.index(axis))
    if retstep:
        return _placed(r[0], device), r[1]
    return _placed(r, device)


def logspace(start, stop, num=50, endpoint=True, base=10.0, dtype=None, axis=0):
    """Numbers spaced evenly on a log scale, from base**start to base**stop.

    >>> import jaxgo.numpy as jnp
    >>> jnp.logspace(0, 2, 3)
    Array([  1.,  10., 100.], dtype=float32)
    """
    from ._elementwise import power

    _check("logspace", start, stop)
    d = None if dtype is None else as_dtype(dtype, "logspace")
    lin = linspace(start, stop, num, endpoint, False, None, axis)
    x = power(base, lin)
    return x if d is None else call("jnp.astype", x, d)


def eye(N, M=None, k=0, dtype=None, *, device=None):
    """A matrix with ones on a diagonal.

    >>> import jaxgo.numpy as jnp
    >>> jnp.eye(2)
    Array([[1., 0.],
           [0., 1.]], dtype=float32)
    """
    if isinstance(k, int):  # further out there are no diagonals either
        k = max(-(2**31), min(k, 2**31 - 1))
    N, M = canonical_shape((N, N if M is None else M))
    x = _eye(N, M, k, dtype_arg(dtype, "eye"))
    return x if device is None else _placed(x, device)


def identity(n, dtype=None):
    """The identity matrix.

    >>> import jaxgo.numpy as jnp
    >>> jnp.identity(2)
    Array([[1., 0.],
           [0., 1.]], dtype=float32)
    """
    import operator

    return _eye(operator.index(n), None, 0, dtype_arg(dtype, "identity"))


def tri(N, M=None, k=0, dtype=None):
    """A matrix with ones at and below a diagonal.

    >>> import jaxgo.numpy as jnp
    >>> jnp.tri(2, 3)
    Array([[1., 0., 0.],
           [1., 1., 0.]], dtype=float32)
    """
    N, M = canonical_shape((N, N if M is None else M))
    return _tri(N, M, k, dtype_arg(dtype, "tri"))


def indices(dimensions, dtype=None, sparse=False):
    """The indices of an array's elements, axis by axis.

    >>> import jaxgo.numpy as jnp
    >>> jnp.indices((2, 2))[0]
    Array([[0, 0],
           [1, 1]], dtype=int32)
    """
    import operator

    r = call("jnp.indices", tuple(operator.index(d) for d in dimensions), int if dtype is None else dtype_arg(dtype, "indices"), sparse)
    return tuple(r) if sparse else r[0] if isinstance(r, list) else r
