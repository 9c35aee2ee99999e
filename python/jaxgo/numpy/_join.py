"""Arrays joined, cut, repeated and padded."""

from __future__ import annotations

import operator

from .. import _fast
from .._dtype import dtype_arg
from ._creation import asarray
from ._util import _no_out, arrays, canonical_shape, check_arraylike, concrete, ints

_func, call = _fast.func, _fast.call
_Array, _Tracer = _fast.Array, _fast.Tracer
_concatenate, _stack = _func("jnp.concatenate"), _func("jnp.stack")


def _sequence(name, xs):
    """The arrays of a sequence as a list or tuple, or None if it is an array itself."""
    if isinstance(xs, (list, tuple)):
        return xs
    if isinstance(xs, _Array) or type(xs).__module__ == "numpy":
        return None
    if hasattr(xs, "__jax_array__"):
        return None
    if not hasattr(xs, "__len__") or isinstance(xs, (dict, set, str)):
        raise TypeError(f"{name} requires ndarray or scalar arguments, got {type(xs)} at position 0.")
    return list(xs)


def concatenate(arrays, axis=0, dtype=None):
    """Arrays joined along an axis; flattened for axis=None.

    >>> import jaxgo.numpy as jnp
    >>> jnp.concatenate([jnp.zeros(2), jnp.ones(1)])
    Array([0., 0., 1.], dtype=float32)
    """
    if dtype is not None:
        dtype = dtype_arg(dtype, "concatenate")
    if type(arrays) is not list and type(arrays) is not tuple:
        xs = _sequence("concatenate", arrays)
        if xs is None:
            return call("jnp.concatenate_array", arrays, ints(axis), dtype)
        arrays = xs
    return _concatenate(arrays, axis if axis is None else operator.index(axis), dtype)


def concat(arrays, /, *, axis=0):
    """Arrays joined along an axis; flattened for axis=None."""
    if not isinstance(arrays, (list, tuple)):
        check_arraylike("concat", *arrays)
    return concatenate(arrays, axis=axis)


def stack(arrays, axis=0, out=None, dtype=None):
    """Arrays joined along a new axis.

    >>> import jaxgo.numpy as jnp
    >>> jnp.stack([jnp.zeros(2), jnp.ones(2)]).shape
    (2, 2)
    """
    if not len(arrays):
        raise ValueError("Need at least one array to stack.")
    _no_out("stack", out)
    xs = _sequence("stack", arrays)
    d = None if dtype is None else dtype_arg(dtype, "stack")
    if xs is None:
        return call("jnp.stack_array", arrays, ints(axis), d)
    return _stack(xs, ints(axis), d)


def _joined(name, tup, dtype=None):
    xs = _sequence(name, tup)
    d = None if dtype is None else dtype_arg(dtype, name)
    if xs is None:
        return call(f"jnp.{name}_array", tup, d)
    return call("jnp." + name, xs, d)


def vstack(tup, dtype=None):
    """Arrays joined along the first axis; vectors are rows.

    >>> import jaxgo.numpy as jnp
    >>> jnp.vstack([jnp.array([1, 2]), jnp.array([3, 4])])
    Array([[1, 2],
           [3, 4]], dtype=int32)
    """
    return _joined("vstack", tup, dtype)


def hstack(tup, dtype=None):
    """Arrays joined along the second axis; vectors along their only one.

    >>> import jaxgo.numpy as jnp
    >>> jnp.hstack([jnp.array([1, 2]), jnp.array([3])])
    Array([1, 2, 3], dtype=int32)
    """
    return _joined("hstack", tup, dtype)


def dstack(tup, dtype=None):
    """Arrays joined along the third axis.

    >>> import jaxgo.numpy as jnp
    >>> jnp.dstack([jnp.array([1, 2]), jnp.array([3, 4])])
    Array([[[1, 3],
            [2, 4]]], dtype=int32)
    """
    return _joined("dstack", tup, dtype)


def column_stack(tup):
    """Arrays joined along the second axis; vectors are columns.

    >>> import jaxgo.numpy as jnp
    >>> jnp.column_stack([jnp.array([1, 2]), jnp.array([3, 4])])
    Array([[1, 3],
           [2, 4]], dtype=int32)
    """
    return _joined("column_stack", tup)


def append(arr, values, axis=None):
    """Values joined to the end of an array.

    >>> import jaxgo.numpy as jnp
    >>> jnp.append(jnp.array([1, 2]), 3)
    Array([1, 2, 3], dtype=int32)
    """
    if axis is not None:
        axis = operator.index(axis)
    return call("jnp.append", arr, values, axis)


def _sections(name, x):
    what = f"in jax.numpy.{name} argument 1"
    if isinstance(x, (tuple, list)):
        return tuple(concrete(i, what, operator.index) for i in x)
    if getattr(x, "ndim", 0):
        import numpy as np

        return tuple(int(i) for i in concrete(x, what, np.asarray))
    return concrete(x, what, int)


def _split(name, ary, indices_or_sections, axis):
    axis = concrete(axis, f"in jax.numpy.{name} argument `axis`", operator.index)
    return call("jnp." + name, ary, _sections(name, indices_or_sections), axis)


def split(ary, indices_or_sections, axis=0):
    """An array cut into equal parts, or at the given indices, along an axis.

    >>> import jaxgo.numpy as jnp
    >>> jnp.split(jnp.arange(4), 2)
    [Array([0, 1], dtype=int32), Array([2, 3], dtype=int32)]
    """
    return _split("split", ary, indices_or_sections, axis)


def array_split(ary, indices_or_sections, axis=0):
    """An array cut into nearly equal parts, or at the given indices, along an axis.

    >>> import jaxgo.numpy as jnp
    >>> jnp.array_split(jnp.arange(3), 2)
    [Array([0, 1], dtype=int32), Array([2], dtype=int32)]
    """
    return _split("array_split", ary, indices_or_sections, axis)


def vsplit(ary, indices_or_sections):
    """An array cut along the first axis."""
    return call("jnp.vsplit", ary, _sections("vsplit", indices_or_sections))


def hsplit(ary, indices_or_sections):
    """An array cut along the second axis; a vector along its only one.

    >>> import jaxgo.numpy as jnp
    >>> jnp.hsplit(jnp.arange(4), [1])
    [Array([0], dtype=int32), Array([1, 2, 3], dtype=int32)]
    """
    return call("jnp.hsplit", ary, _sections("hsplit", indices_or_sections))


def dsplit(ary, indices_or_sections):
    """An array cut along the third axis."""
    return call("jnp.dsplit", ary, _sections("dsplit", indices_or_sections))


def unstack(x, /, *, axis=0):
    """The slices of an array along an axis, as a tuple.

    >>> import jaxgo.numpy as jnp
    >>> jnp.unstack(jnp.array([[1, 2], [3, 4]]))[1]
    Array([3, 4], dtype=int32)
    """
    return tuple(call("jnp.unstack", x, ints(axis)))


def tile(A, reps):
    """An array repeated as a whole, along several axes.

    >>> import jaxgo.numpy as jnp
    >>> jnp.tile(jnp.array([1, 2]), 2)
    Array([1, 2, 1, 2], dtype=int32)
    """
    return call(
        "jnp.tile", A, tuple(map(operator.index, reps)) if hasattr(reps, "__iter__") and getattr(reps, "ndim", 1) else (operator.index(reps),)
    )


def repeat(a, repeats, axis=None, *, total_repeat_length=None, out_sharding=None):
    """Each element of an array repeated. Inside jit the total length has to be given where the repeats are traced.

    >>> import jaxgo.numpy as jnp
    >>> jnp.repeat(jnp.array([1, 2]), jnp.array([2, 1]))
    Array([1, 1, 2], dtype=int32)
    """
    axis = concrete(axis, "'axis' argument of jnp.repeat()", ints)
    if type(repeats) is int and total_repeat_length is None:
        return call("jnp.repeat", a, repeats, axis)
    if isinstance(repeats, int):
        check_arraylike("repeat", a)
    else:
        check_arraylike("repeat", a, repeats)
    if total_repeat_length is not None:
        return call("jnp.repeat_each", a, repeats, axis, operator.index(total_repeat_length))
    import numpy as np

    r = concrete(
        repeats,
        "When jit-compiling jnp.repeat, the total number of repeats must be static. To fix this, either specify a static "
        "value for `repeats`, or pass a static value to `total_repeat_length`.",
        np.asarray,
    )
    x = asarray(a)
    if r.dtype.kind not in "biu" and r.size:
        raise TypeError(f"repeat: repeats must be integers, got {r.dtype}")
    if r.ndim == 0 and x.ndim:
        return call("jnp.repeat", x, int(r), axis)
    r = np.ravel(r)
    if x.ndim:
        r = np.broadcast_to(r, (x.size if axis is None else x.shape[axis],))
    return call("jnp.repeat_each", x, np.asarray(r), axis, int(r.sum()))


def resize(a, new_shape):
    """The elements repeated to fill another shape.

    >>> import jaxgo.numpy as jnp
    >>> jnp.resize(jnp.array([1, 2]), (2, 3))
    Array([[1, 2, 1],
           [2, 1, 2]], dtype=int32)
    """
    return call("jnp.resize", a, canonical_shape(new_shape))


# ---- pad ----

_PAD_KWARGS = {
    "empty": (),
    "edge": (),
    "wrap": (),
    "constant": ("constant_values",),
    "linear_ramp": ("end_values",),
    "maximum": ("stat_length",),
    "mean": ("stat_length",),
    "median": ("stat_length",),
    "minimum": ("stat_length",),
    "reflect": ("reflect_type",),
    "symmetric": ("reflect_type",),
}


def _pairs(value, n, name):
    """A value for each end of each axis, made of one value, one pair, or a pair for each axis."""
    if type(value) in (int, float):
        return ((value, value),) * n
    import numpy as np

    def known(v):
        if isinstance(v, (list, tuple)):
            return [known(x) for x in v]
        return concrete(v, f"{name} argument of jnp.pad")

    try:
        v = np.asarray(known(value))
    except ValueError as e:
        if "inhomogeneous shape" in str(e):
            raise TypeError(f"`{name}` entries must be the same shape: {value}") from e
        raise
    if v.shape == (n, 2):
        rows = v.tolist()
    elif v.shape in ((1, 2), (2,)):
        rows = [v.ravel().tolist()] * n
    elif v.shape in ((1,), ()):
        rows = [v.ravel().tolist() * 2] * n
    else:
        raise ValueError(f"jnp.pad: {name} with nd={n} has unsupported shape {v.shape}. Valid shapes are ({n}, 2), (1, 2), (2,), (1,), or ().")
    return tuple(map(tuple, rows))


def pad(array, pad_width, mode="constant", **kwargs):
    """An array with elements added around it.

    >>> import jaxgo.numpy as jnp
    >>> jnp.pad(jnp.array([1, 2]), 1)
    Array([0, 1, 2, 0], dtype=int32)
    """
    array = arrays("pad", array)
    n = array.ndim
    pad_width = _pairs(pad_width, n, "pad_width")
    try:
        pad_width = tuple((operator.index(a), operator.index(b)) for a, b in pad_width)
    except TypeError:
        raise TypeError("`pad_width` must be of integral type.") from None
    if callable(mode):
        return _pad_func(array, pad_width, mode, kwargs)
    if mode not in _PAD_KWARGS:
        raise NotImplementedError(f"Unimplemented padding mode '{mode}' for np.pad.")
    unsupported = set(kwargs) - set(_PAD_KWARGS[mode])
    if unsupported:
        raise ValueError(f"unsupported keyword arguments for mode '{mode}': {unsupported}")
    constant = kwargs.get("constant_values", 0)
    stat, ends = kwargs.get("stat_length"), kwargs.get("end_values", 0)
    if mode == "constant":
        constant = constant if isinstance(constant, (_Array, int, float, complex)) else asarray(constant)
    if stat is not None:
        stat = tuple((operator.index(a), operator.index(b)) for a, b in _pairs(stat, n, "stat_length"))
    ends = _pairs(ends, n, "end_values") if mode == "linear_ramp" else None
    return call("jnp.pad", array, pad_width, mode, constant, stat, ends, kwargs.get("reflect_type", "even"))


def _pad_func(x, pad_width, func, kwargs):
    from ._misc import apply_along_axis

    x = call("jnp.pad", x, pad_width, "constant", 0, None, None, "even")
    for axis in range(x.ndim):
        x = apply_along_axis(func, axis, x, pad_width[axis], axis, kwargs)
    return x
