"""The functions of jaxgo.numpy whose arguments need more than order: creation, conversion, shapes."""

from __future__ import annotations

from .. import _fast
from .._dtype import as_dtype
from .._hooks import array_from_numpy, codes, dtype_code, names
from ._util import _no_out, canonical_shape, precision_name

_func, call = _fast.func, _fast.call
_Array, _Tracer = _fast.Array, _fast.Tracer


def _device(x, device):
    if device is None:
        return x
    from .._device import device_put

    return device_put(x, device)


# ---- arrays of given values ----


def _leaf_array(x, weak_ok):
    """An array of a scalar, NumPy array or array-like, with its own dtype."""
    if isinstance(x, _Array):
        return x
    return _asarray(x, None)


_asarray, _astype, _convert = _func("jnp.as_array"), _func("jnp.astype"), _func("jnp.convert")
_stack_rows = _func("jnp.stack_rows")


def array(object, dtype=None, copy=True, order="K", ndmin=0, *, device=None, out_sharding=None):
    """An array of the given values.

    >>> import jaxgo.numpy as jnp
    >>> jnp.array([[1, 2], [3, 4]])
    Array([[1, 2],
           [3, 4]], dtype=int32)
    """
    if order is not None and order != "K":
        raise NotImplementedError("Only implemented for order='K'")
    d = as_dtype(dtype, "array")
    x = _make(object, d, copy)
    if ndmin > x.ndim:
        x = x.reshape((1,) * (ndmin - x.ndim) + x.shape)
    return _device(x, device)


def asarray(a, dtype=None, order=None, *, copy=None, device=None, out_sharding=None):
    """An array of the given values; an array is returned as it is.

    >>> import jaxgo.numpy as jnp
    >>> jnp.asarray(range(3))
    Array([0, 1, 2], dtype=int32)
    """
    if type(a) is _fast.ArrayImpl and dtype is None and not copy and device is None:
        return a
    d = as_dtype(dtype, "asarray")
    return _device(_make(a, d, bool(copy)), device)


def _make(x, d, copy):
    if not isinstance(x, _Array):
        if hasattr(x, "__jax_array__"):
            x = x.__jax_array__()
            return _make(x, d, copy)
        t = type(x)
        if t in (bool, int, float, complex):
            return _scalar(x, d)
        if x is None:
            raise TypeError("None is not a valid value for jnp.array")
        return _host(x, d, copy)
    if hasattr(x.dtype, "_impl") or hasattr(d, "_impl"):
        if d is not None and d != x.dtype:
            raise TypeError(f"cannot convert {x.dtype} to {d}")
        return _copied(x) if copy else x
    if d is None:
        d = x.dtype
        if x.weak_type:
            return _astype(x, d) if not isinstance(x, _Tracer) or copy else x
        return _copied(x) if copy else x
    if x.dtype == d and not x.weak_type:
        return _copied(x) if copy else x
    return _astype(x, d)


def _copied(x):
    if isinstance(x, _Tracer) or not _fast.call("is_evaluating"):
        return _fast.call("lax.copy", x)
    return _fast.call("copy_array", x)


def _scalar(x, d):
    import numpy as np

    if d is None:
        kind = {bool: "bool", int: "int64", float: "float64", complex: "complex128"}[type(x)]
        from .._dtype import canonical

        d = canonical(np.dtype(kind))
        if type(x) is int and d.name == "int32" and not -(2**31) <= x < 2**31:
            raise OverflowError(f"Python int {x} too large to convert to int32")
        weak = type(x) is not bool
    else:
        weak = False
    return call("scalar_array", _np_value(x, d), d, weak and False)


def _np_value(x, d):
    if d.kind in "iu" and type(x) in (float,):
        return int(x)
    if d.kind in "iu" and type(x) is complex or d.kind in "iufb" and type(x) is complex:
        import numpy as np

        return np.asarray(x).astype(d).item()
    if d.kind in "iu" and type(x) is int:
        import numpy as np

        info = np.iinfo(d)
        if not info.min <= x <= info.max:
            raise OverflowError(f"Python integer {x} out of bounds for {d.name}")
    return x


def _host(x, d, copy):
    """An array of a NumPy array, a nested sequence, or whatever NumPy can read."""
    import numpy as np

    if isinstance(x, (np.ndarray, np.generic)):
        return _from_numpy(x, d, copy)
    if isinstance(x, (list, tuple)) or hasattr(x, "__iter__") and not hasattr(x, "__array__") and not hasattr(x, "__array_interface__"):
        if not isinstance(x, (list, tuple)):
            if isinstance(x, (str, bytes, dict, set)):
                raise TypeError(f"Unexpected input type for array: {type(x)}")
            x = list(x)
        leaves = []
        _collect(x, leaves)
        if any(isinstance(v, _Array) for v in leaves):
            return _nested(x, d)
        if leaves and all(type(v) in (bool, int, float, complex) for v in leaves):
            return _python_numbers(x, leaves, d)
        if any(v is None for v in leaves):
            raise TypeError("None is not a valid value for jnp.array")
        if leaves and d is None:
            dts = call("result_type", *leaves)
            a = np.array(x, dtype=dts[0] if not hasattr(dts[0], "_impl") else None)
            return _from_numpy(a, None, False)
        return _from_numpy(np.array(x, dtype=d) if d is not None else np.array(x, dtype="float32" if not leaves else None), d, False)
    if hasattr(x, "__array__") or hasattr(x, "__array_interface__"):
        return _from_numpy(np.asarray(x), d, copy)
    try:
        view = memoryview(x)
    except TypeError:
        raise TypeError(f"Unexpected input type for array: {type(x)}") from None
    return _from_numpy(np.array(view), d, copy)


def _from_numpy(x, d, copy):
    import numpy as np

    if d is not None and x.dtype != d:
        if x.dtype.kind == "c" and d.kind in "fiu":
            x = x.real
        x = x.astype(d)
        copy = False
    if isinstance(x, np.generic):
        x = np.asarray(x)
    return array_from_numpy(x, copy)


def _collect(x, out, depth=0):
    for v in x:
        if isinstance(v, (list, tuple)):
            _collect(v, out, depth + 1)
        else:
            if hasattr(v, "__jax_array__"):
                v = v.__jax_array__()
            out.append(v)


def _python_numbers(x, leaves, d):
    import numpy as np

    from .._dtype import canonical

    kinds = {type(v) for v in leaves}
    name = "complex128" if complex in kinds else "float64" if float in kinds else "int64" if int in kinds else "bool"
    to = canonical(np.dtype(name)) if d is None else d
    if to.kind in "iu" and d is None or to.kind in "iu" and name == "int64":
        info = np.iinfo(to)
        for v in leaves:
            if not info.min <= v <= info.max:
                raise OverflowError(f"Python int {v} too large to convert to {to.name}")
    return array_from_numpy(np.array(x, dtype=name).astype(to) if d is not None and to.kind not in "?b" or to.name.startswith("bf") else np.array(x, dtype=to), False)


def _nested(x, d):
    """A nested sequence with arrays in it: stacked level by level."""
    from ._functions import result_type_of  # noqa: F401

    raise AssertionError


def _nested(x, d):  # noqa: F811
    leaves = []
    _collect(x, leaves)
    to = call("result_type", *leaves)[0] if d is None else d

    def build(v):
        if isinstance(v, (list, tuple)):
            parts = [build(e) for e in v]
            return call("jnp.stack", parts, 0, None) if parts else zeros((0,), to)
        return asarray(v, dtype=to) if not isinstance(v, _Array) or v.dtype != to or v.weak_type else v

    return build(x)


def copy(a, order=None):
    """A copy of an array."""
    return array(a, copy=True, order=order)


def astype(x, dtype, /, *, copy=False, device=None):
    """The elements of x converted to a dtype.

    >>> import jaxgo.numpy as jnp
    >>> jnp.astype(jnp.array([1.7, -1.7]), int)
    Array([ 1, -1], dtype=int32)
    """
    d = as_dtype(dtype, "astype") if dtype is not None else as_dtype(float)
    if not isinstance(x, _Array):
        if not hasattr(x, "dtype"):
            raise TypeError(f"astype requires an array, got {type(x)}")
        x = asarray(x)
    if hasattr(x.dtype, "_impl") or hasattr(d, "_impl"):
        if x.dtype == d:
            return x
        raise TypeError(f"Cannot cast {getattr(x.dtype, 'name', x.dtype)} to {getattr(d, 'name', d)}.")
    if x.dtype.kind == "c" and d.kind in "fiu" :
        import warnings

        warnings.warn("Casting from complex to real dtypes will discard the imaginary part.", stacklevel=2, category=_complex_warning())
    if not copy and x.dtype == d and not x.weak_type:
        return _device(x, device)
    y = _astype(x, d)
    return _device(_copied(y) if copy and y is x else y, device)


def _complex_warning():
    import numpy as np

    return np.exceptions.ComplexWarning


# ---- creation ----

_zeros, _ones, _empty, _full = _func("jnp.zeros"), _func("jnp.ones"), _func("jnp.empty"), _func("jnp.full")
_zeros_like, _ones_like, _full_like = _func("jnp.zeros_like"), _func("jnp.ones_like"), _func("jnp.full_like")
_arange, _linspace, _eye, _tri = _func("jnp.arange"), _func("jnp.linspace"), _func("jnp.eye"), _func("jnp.tri")


def zeros(shape, dtype=None, *, device=None, out_sharding=None):
    """An array of zeros.

    >>> import jaxgo.numpy as jnp
    >>> jnp.zeros(3)
    Array([0., 0., 0.], dtype=float32)
    """
    return _device(_zeros(canonical_shape(shape), as_dtype(dtype, "zeros")), device)


def ones(shape, dtype=None, *, device=None, out_sharding=None):
    """An array of ones."""
    return _device(_ones(canonical_shape(shape), as_dtype(dtype, "ones")), device)


def empty(shape, dtype=None, *, device=None, out_sharding=None):
    """An array of zeros: XLA has no uninitialized memory."""
    return _device(_empty(canonical_shape(shape), as_dtype(dtype, "empty")), device)


def full(shape, fill_value, dtype=None, *, device=None):
    """An array filled with a value."""
    v = fill_value if isinstance(fill_value, (_Array, int, float, complex)) else asarray(fill_value)
    return _device(_full(canonical_shape(shape), v, as_dtype(dtype, "full")), device)


def _like(a):
    if isinstance(a, (_Array, int, float, complex)):
        return a
    if hasattr(a, "shape") and hasattr(a, "dtype") and not hasattr(a, "__array__"):  # ShapeDtypeStruct
        return _zeros(tuple(a.shape), as_dtype(a.dtype))
    return asarray(a)


def zeros_like(a, dtype=None, shape=None, *, device=None, out_sharding=None):
    """Zeros with the shape and dtype of an array."""
    return _device(_zeros_like(_like(a), as_dtype(dtype, "zeros_like"), None if shape is None else canonical_shape(shape)), device)


def ones_like(a, dtype=None, shape=None, *, device=None, out_sharding=None):
    """Ones with the shape and dtype of an array."""
    return _device(_ones_like(_like(a), as_dtype(dtype, "ones_like"), None if shape is None else canonical_shape(shape)), device)


def empty_like(prototype, dtype=None, shape=None, *, device=None):
    """Zeros with the shape and dtype of an array."""
    return zeros_like(prototype, dtype, shape, device=device)


def full_like(a, fill_value, dtype=None, shape=None, *, device=None):
    """An array with the shape and dtype of another, filled with a value."""
    v = fill_value if isinstance(fill_value, (_Array, int, float, complex)) else asarray(fill_value)
    return _device(_full_like(_like(a), v, as_dtype(dtype, "full_like"), None if shape is None else canonical_shape(shape)), device)


def _static_number(x, name):
    if x is None or type(x) in (int, float, complex, bool):
        return x
    if isinstance(x, _Tracer):
        from .. import errors

        raise errors.ConcretizationTypeError(x, f"It arose in the jnp.{name} argument '{name}'")
    if isinstance(x, _Array):
        return x._item()
    return x


def arange(start, stop=None, step=None, dtype=None, *, device=None, out_sharding=None):
    """Evenly spaced numbers in [start, stop).

    >>> import jaxgo.numpy as jnp
    >>> jnp.arange(2, 10, 3)
    Array([2, 5, 8], dtype=int32)
    """
    if start is None:
        raise ValueError("jnp.arange: `start` must not be None")
    d = as_dtype(dtype, "arange")
    return _device(_arange(_static_number(start, "arange"), _static_number(stop, "arange"), _static_number(step, "arange"), d), device)


def linspace(start, stop, num=50, endpoint=True, retstep=False, dtype=None, axis=0, *, device=None):
    """Evenly spaced numbers from start to stop.

    >>> import jaxgo.numpy as jnp
    >>> jnp.linspace(0, 1, 5)
    Array([0.  , 0.25, 0.5 , 0.75, 1.  ], dtype=float32)
    """
    import operator

    r = _linspace(_arr(start), _arr(stop), operator.index(num), bool(endpoint), bool(retstep), as_dtype(dtype, "linspace"), operator.index(axis))
    return (r[0], r[1]) if retstep else _device(r[0] if isinstance(r, list) else r, device)


def _arr(x):
    return x if isinstance(x, (_Array, int, float, complex)) else asarray(x)


def eye(N, M=None, k=0, dtype=None, *, device=None):
    """A matrix with ones on a diagonal."""
    return _device(_eye(N, M, k, as_dtype(dtype, "eye")), device)


def identity(n, dtype=None):
    """The identity matrix."""
    return eye(n, dtype=dtype)


def tri(N, M=None, k=0, dtype=None):
    """A matrix with ones at and below a diagonal."""
    return _tri(N, M, k, as_dtype(dtype, "tri"))


def indices(dimensions, dtype=None, sparse=False):
    """The indices of an array's elements, axis by axis."""
    d = as_dtype(dtype, "indices") if dtype is not None else as_dtype(int)
    r = call("jnp.indices", tuple(dimensions), d, sparse)
    return tuple(r) if sparse else r[0] if isinstance(r, list) else r


# ---- shapes ----

_reshape, _transpose, _ravel = _func("jnp.reshape"), _func("jnp.transpose"), _func("jnp.ravel")
_broadcast_to, _concatenate, _stack = _func("jnp.broadcast_to"), _func("jnp.concatenate"), _func("jnp.stack")
_where = _func("jnp.where")


def _ints(x):
    """A static int or sequence of ints, with arrays made ints."""
    if x is None or type(x) is int:
        return x
    if type(x) is tuple:
        for d in x:
            if type(d) is not int:
                break
        else:
            return x
    import operator

    if hasattr(x, "__len__") and getattr(x, "ndim", 1) != 0:
        return tuple(operator.index(i) for i in x)
    return operator.index(x)


def reshape(a, shape, order="C", *, copy=None, out_sharding=None):
    """The elements of an array in another shape; one size may be -1.

    >>> import jaxgo.numpy as jnp
    >>> jnp.arange(6).reshape(2, -1)
    Array([[0, 1, 2],
           [3, 4, 5]], dtype=int32)
    """
    return _reshape(a, canonical_shape(shape, "Error in jnp.reshape") if type(shape) is not int else (shape,), order)


def ravel(a, order="C", *, out_sharding=None):
    """The elements of an array in one axis."""
    if order == "K":
        raise NotImplementedError("Ravel not implemented for order='K'.")
    return _ravel(a, order)


def transpose(a, axes=None):
    """The axes of an array permuted; reversed by default."""
    return _transpose(a, _ints(axes))


def permute_dims(a, /, axes):
    """The axes of an array permuted."""
    return _transpose(a, _ints(axes))


def matrix_transpose(x, /):
    """The last two axes exchanged."""
    return call("jnp.matrix_transpose", x)


def broadcast_to(array, shape, *, out_sharding=None):
    """An array repeated to a shape."""
    return _broadcast_to(array, canonical_shape(shape))


def broadcast_arrays(*args):
    """Arrays repeated to their common shape."""
    return list(call("jnp.broadcast_arrays", args)) if args else []


def broadcast_shapes(*shapes):
    """The shape that arrays of these shapes have when they are broadcast.

    >>> import jaxgo.numpy as jnp
    >>> jnp.broadcast_shapes((3, 1), (4,))
    (3, 4)
    """
    if not shapes:
        return ()
    shapes = [(s,) if isinstance(s, int) else tuple(s) for s in shapes]
    n = max(len(s) for s in shapes)
    padded = [(1,) * (n - len(s)) + s for s in shapes]
    out = []
    for dims in zip(*padded):
        sizes = {d for d in dims if d != 1}
        if len(sizes) > 1:
            raise ValueError(f"Incompatible shapes for broadcasting: shapes={[tuple(s) for s in padded]}")
        out.append(sizes.pop() if sizes else 1)
    return tuple(out)


def _arrays(xs, name):
    if isinstance(xs, (_Array,)) or hasattr(xs, "ndim"):
        return None
    if not isinstance(xs, (list, tuple)):
        if hasattr(xs, "__iter__") and not hasattr(xs, "__len__"):
            raise TypeError(f"{name} requires ndarray or scalar arguments, got {type(xs)} at position 0.")
        xs = list(xs)
    return xs


def concatenate(arrays, axis=0, dtype=None):
    """Arrays joined along an axis.

    >>> import jaxgo.numpy as jnp
    >>> jnp.concatenate([jnp.zeros(2), jnp.ones(1)])
    Array([0., 0., 1.], dtype=float32)
    """
    xs = _arrays(arrays, "concatenate")
    d = as_dtype(dtype, "concatenate")
    if xs is None:
        return call("jnp.concatenate_array", arrays, axis, d)
    return _concatenate(xs, axis, d)


def concat(arrays, /, *, axis=0):
    """Arrays joined along an axis."""
    return concatenate(arrays, axis)


def stack(arrays, axis=0, out=None, dtype=None):
    """Arrays joined along a new axis."""
    _no_out("stack", out)
    xs = _arrays(arrays, "stack")
    d = as_dtype(dtype, "stack")
    if xs is None:
        return call("jnp.stack_array", arrays, axis, d)
    return _stack(xs, axis, d)


def _joined(name):
    f = None

    def join(tup, dtype=None):
        nonlocal f
        if f is None:
            f = _func("jnp." + name)
        xs = tup if isinstance(tup, (list, tuple)) else list(tup)
        return f(xs, as_dtype(dtype, name))

    join.__name__ = join.__qualname__ = name
    join.__doc__ = f"See numpy.{name}."
    return join


vstack, hstack, dstack = _joined("vstack"), _joined("hstack"), _joined("dstack")


def column_stack(tup):
    """See numpy.column_stack."""
    return call("jnp.column_stack", tup if isinstance(tup, (list, tuple)) else list(tup), None)


def _split(name):
    def split(ary, indices_or_sections, axis=0):
        return list(call("jnp." + name, ary, _ints(indices_or_sections), axis))

    split.__name__ = split.__qualname__ = name
    split.__doc__ = f"An array cut into parts along an axis. See numpy.{name}."
    return split


split, array_split = _split("split"), _split("array_split")


def where(condition, x=None, y=None, /, *, size=None, fill_value=None):
    """Elements of x where condition holds, of y elsewhere.

    >>> import jaxgo.numpy as jnp
    >>> jnp.where(jnp.array([True, False]), 1., 0.)
    Array([1., 0.], dtype=float32, weak_type=True)
    """
    if x is None and y is None:
        return nonzero(condition, size=size, fill_value=fill_value)
    if x is None or y is None:
        raise ValueError("Either both or neither of the x and y arguments should be provided to jax.numpy.where, "
                         f"got {x} and {y}.")
    if size is not None or fill_value is not None:
        raise ValueError("size and fill_value arguments cannot be used in three-term where function.")
    return _where(condition, x, y)


def nonzero(a, *, size=None, fill_value=None):
    """The indices of the elements that are not zero, one array an axis."""
    r = call("jnp.nonzero", _arr(a), size, fill_value)
    return tuple(r) if isinstance(r, list) else (r,)


def flatnonzero(a, *, size=None, fill_value=None):
    """The indices of the elements that are not zero, in the flattened array."""
    return nonzero(ravel(a), size=size, fill_value=fill_value)[0]


def argwhere(a, *, size=None, fill_value=None):
    """The indices of the elements that are not zero, one row each."""
    return call("jnp.argwhere", _arr(a), size, fill_value)


def clip(arr=None, /, min=None, max=None):
    """The elements limited to an interval."""
    if arr is None:
        raise ValueError("No input was provided to the clip function.")
    return call("jnp.clip", arr, min, max)


def round(a, decimals=0, out=None):
    """The elements rounded to a number of decimals, halves to even."""
    _no_out("round", out)
    return call("jnp.round", a, decimals)


around = round


def select(condlist, choicelist, default=0):
    """Elements of the first choice whose condition holds."""
    return call("jnp.select", list(condlist), list(choicelist), default)


def append(arr, values, axis=None):
    """Values joined to the end of an array."""
    return call("jnp.append", arr, _arr(values), axis)


def tile(A, reps):
    """An array repeated as a whole."""
    return call("jnp.tile", A, _ints(reps) if not isinstance(reps, int) else (reps,))


def repeat(a, repeats, axis=None, *, total_repeat_length=None, out_sharding=None):
    """Each element of an array repeated."""
    import operator

    if isinstance(repeats, int) or not isinstance(repeats, _Array) and getattr(repeats, "ndim", 1) == 0:
        return call("jnp.repeat", a, operator.index(repeats), axis) if total_repeat_length is None else call(
            "jnp.repeat_each", a, _arr(repeats), axis, total_repeat_length)
    if total_repeat_length is None:
        if isinstance(repeats, _Tracer):
            from .. import errors

            raise errors.ConcretizationTypeError(
                repeats, "When jit-compiling jnp.repeat, the total number of repeats must be static. To fix this, either specify a static "
                         "value for `repeats`, or pass a static value to `total_repeat_length`.")
        import numpy as np

        r = np.ravel(np.asarray(repeats))
        if r.size == 1:
            return call("jnp.repeat", a, int(r[0]), axis)
        n = _arr(a).size if axis is None else a.shape[axis]
        if r.size != n:
            raise ValueError(f"repeats must have length 1 or {n}, got {r.size}" if False else "jnp.repeat: repeats must have the same length as the axis")
        total_repeat_length = int(r.sum())
    return call("jnp.repeat_each", a, _arr(repeats), axis, total_repeat_length)


def sort(a, axis=-1, *, kind=None, order=None, stable=True, descending=False):
    """The elements sorted along an axis."""
    if kind is not None:
        _warn_kind("sort")
    if order is not None:
        raise ValueError("'order' argument to sort is not supported.")
    return call("jnp.sort", a, axis, kind, order, stable, descending)


def argsort(a, axis=-1, *, kind=None, order=None, stable=True, descending=False, dtype=None):
    """The indices that sort an array along an axis."""
    if kind is not None:
        _warn_kind("argsort")
    if order is not None:
        raise ValueError("'order' argument to argsort is not supported.")
    return call("jnp.argsort", a, axis, kind, order, stable, descending, as_dtype(dtype, "argsort"))


def _warn_kind(name):
    import warnings

    warnings.warn(f"The 'kind' argument to {name} has no effect.", stacklevel=3)


def lexsort(keys, axis=-1):
    """The indices that sort by several keys, the last one first."""
    if isinstance(keys, (list, tuple)):
        return call("jnp.lexsort", keys, axis)
    return call("jnp.lexsort_array", _arr(keys), axis)


def partition(a, kth, axis=-1):
    """The elements partitioned around the kth."""
    return call("jnp.partition", a, kth, axis)


def argpartition(a, kth, axis=-1):
    """The indices that partition an array around its kth element."""
    return call("jnp.argpartition", a, kth, axis)


def searchsorted(a, v, side="left", sorter=None, *, method="scan"):
    """Where to insert values into a sorted array."""
    return call("jnp.searchsorted", a, v, side, sorter, method)


def bincount(x, weights=None, minlength=0, *, length=None, out_sharding=None):
    """The number of occurrences of each value."""
    if length is None:
        if isinstance(x, _Tracer):
            from .. import errors

            raise errors.ConcretizationTypeError(x, "The error occurred because of argument 'x' of jnp.bincount. To avoid this error, pass a static `length` argument.")
        import numpy as np

        v = np.asarray(x)
        length = max(int(minlength), int(v.max()) + 1 if v.size else 0)
    return call("jnp.bincount", _arr(x), weights, int(length))


def insert(arr, obj, values, axis=None):
    """Values inserted before given indices."""
    from ._tail import insert as f

    return f(arr, obj, values, axis)


def delete(arr, obj, axis=None, *, assume_unique_indices=False):
    """An array without the elements at given indices."""
    from ._tail import delete as f

    return f(arr, obj, axis, assume_unique_indices=assume_unique_indices)


def resize(a, new_shape):
    """The elements repeated to fill another shape."""
    return call("jnp.resize", a, canonical_shape(new_shape))


def roll(a, shift, axis=None):
    """The elements moved along an axis, those that fall off brought back at the start."""
    if isinstance(shift, _Array):
        return call("jnp.roll_dynamic", a, shift, _ints(axis))
    return call("jnp.roll", a, _ints(shift), _ints(axis))


_var, _std = _func("jnp.var"), _func("jnp.std")


def var(a, axis=None, dtype=None, out=None, ddof=0, keepdims=False, *, where=None, mean=None, correction=None):
    """The variance along axes."""
    _no_out("var", out)
    return _var(a, _ints(axis), as_dtype(dtype, "var"), _ddof(ddof, correction), keepdims, where, mean)


def std(a, axis=None, dtype=None, out=None, ddof=0, keepdims=False, *, where=None, mean=None, correction=None):
    """The standard deviation along axes."""
    _no_out("std", out)
    return _std(a, _ints(axis), as_dtype(dtype, "std"), _ddof(ddof, correction), keepdims, where, mean)


def _ddof(ddof, correction):
    if correction is None:
        return ddof
    if isinstance(ddof, int) and ddof == 0:
        return correction
    raise ValueError("ddof and correction can't be provided simultaneously.")


# ---- products ----

_einsum = _func("jnp.einsum")


def einsum(subscripts, /, *operands, out=None, optimize="auto", precision=None, preferred_element_type=None, _dot_general=None, out_sharding=None):
    """Sums of products in Einstein's notation.

    >>> import jaxgo.numpy as jnp
    >>> jnp.einsum("ij,j->i", jnp.eye(2), jnp.array([1., 2.]))
    Array([1., 2.], dtype=float32)
    """
    _no_out("einsum", out)
    if not isinstance(subscripts, str):
        subscripts, operands = _sublists((subscripts, *operands))
    return _einsum(subscripts, operands, _optimize(optimize), precision_name(precision), as_dtype(preferred_element_type))


def _optimize(o):
    if o is True:
        return "optimal"
    if o is False:
        return "none"
    return o


def _sublists(args):
    """einsum's other form, operands each followed by a list of axis labels, as a string."""
    import string

    ops, subs = list(args[0::2]), list(args[1::2])
    out = ops.pop() if len(args) % 2 else None
    letters = string.ascii_letters

    def text(sub):
        return "".join("..." if s is Ellipsis else letters[s] if isinstance(s, int) else s for s in sub)

    spec = ",".join(text(s) for s in subs)
    if out is not None:
        spec += "->" + text(out)
    return spec, tuple(ops)


# ---- questions that need no computation ----


def shape(a):
    """The shape of an array."""
    return a.shape if hasattr(a, "shape") else asarray(a).shape


def ndim(a):
    """The number of axes of an array."""
    return a.ndim if hasattr(a, "ndim") else asarray(a).ndim


def size(a, axis=None):
    """The number of elements of an array, or along axes."""
    s = shape(a)
    if axis is None:
        n = 1
        for d in s:
            n *= d
        return n
    n = 1
    for i in (axis,) if isinstance(axis, int) else axis:
        n *= s[i]
    return n


def result_type(*args):
    """The dtype that an operation on these values or dtypes has.

    >>> import jaxgo.numpy as jnp
    >>> jnp.result_type(jnp.int8, 1.0)
    dtype('float32')
    """
    if not args:
        raise ValueError("at least one array or dtype is required")
    return call("result_type", *[_promotable(a) for a in args])[0]


def _promotable(a):
    if isinstance(a, (_Array, int, float, complex)) or a in (int, float, complex, bool) if isinstance(a, type) else isinstance(a, (_Array, int, float, complex)):
        return a
    if isinstance(a, str):
        return as_dtype(a)
    if a is None:
        raise ValueError("Invalid argument to dtype: None.")
    return a


def promote_types(a, b):
    """The dtype to which both dtypes convert."""
    import numpy as np

    def one(x):
        return x if x in (int, float, complex) else as_dtype(x) if not isinstance(x, np.dtype) else x

    return call("result_type", one(a), one(b))[0]
