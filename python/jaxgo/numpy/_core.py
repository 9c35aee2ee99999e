"""The functions of jaxgo.numpy whose arguments need more than order: creation, conversion, shapes."""

from __future__ import annotations

from .. import _fast
from .._dtype import as_dtype
from .._hooks import array_from_numpy, codes, dtype_code, names
from ._creation import asarray
from ._util import _no_out, canonical_shape, precision_name

_func, call = _fast.func, _fast.call
_Array, _Tracer = _fast.Array, _fast.Tracer


def _arr(x):
    return x if isinstance(x, (_Array, int, float, complex)) else asarray(x)


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
