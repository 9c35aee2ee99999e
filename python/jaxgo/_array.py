"""The methods and properties of jaxgo.Array; operators are slots of the C type.

A method is the jaxgo.numpy function of its name. That module is looked up when a method is first used: this one imports
nothing.
"""

from __future__ import annotations

from . import _fast

Array, ArrayImpl, Tracer = _fast.Array, _fast.ArrayImpl, _fast.Tracer
_func, _call = _fast.func, _fast.call


class _Lazy:
    """A module of jaxgo that takes the place of this object at its first use."""

    __slots__ = ("_module", "_name")

    def __init__(self, name, module):
        self._name, self._module = name, module

    def __getattr__(self, attr):
        import importlib

        m = globals()[self._name] = importlib.import_module("jaxgo." + self._module)
        return getattr(m, attr)


_np, _device = _Lazy("_np", "numpy"), _Lazy("_device", "_device")


# ---- methods that are functions of jaxgo.numpy ----


def _all(self, axis=None, out=None, keepdims=False, *, where=None):
    return _np.all(self, axis, out, keepdims, where=where)


def _any(self, axis=None, out=None, keepdims=False, *, where=None):
    return _np.any(self, axis, out, keepdims, where=where)


def _argmax(self, axis=None, out=None, keepdims=None):
    return _np.argmax(self, axis, out, keepdims)


def _argmin(self, axis=None, out=None, keepdims=None):
    return _np.argmin(self, axis, out, keepdims)


def _argpartition(self, kth, axis=-1):
    return _np.argpartition(self, kth, axis)


def _argsort(self, axis=-1, *, kind=None, order=None, stable=True, descending=False):
    return _np.argsort(self, axis, kind=kind, order=order, stable=stable, descending=descending)


def _astype(self, dtype, copy=False, device=None):
    return _np.astype(self, dtype, copy=copy, device=device)


def _byteswap(self):
    """The elements with the order of their bytes reversed."""
    from . import lax

    if self.dtype.kind == "c":
        return lax.complex(self.real.byteswap(), self.imag.byteswap())
    if self.itemsize == 1:
        return self.copy()
    return lax.bitcast_convert_type(lax.rev(lax.bitcast_convert_type(self, _np.uint8), [self.ndim]), self.dtype)


def _choose(self, choices, out=None, mode="raise"):
    return _np.choose(self, choices, out, mode)


def _clip(self, min=None, max=None):
    return _np.clip(self, min, max)


def _compress(self, condition, axis=None, *, out=None, size=None, fill_value=0):
    return _np.compress(condition, self, axis=axis, out=out, size=size, fill_value=fill_value)


def _conj(self):
    return _np.conj(self)


def _conjugate(self):
    return _np.conjugate(self)


def _contains(self, other):
    if other is None or isinstance(other, str):
        raise TypeError(f"Array.__contains__: unsupported operand type {type(other)}.")
    from .numpy._util import arrays

    query = arrays("Array.__contains__", other)
    if self.ndim != 1:
        raise ValueError(f"Array.__contains__: search array must be one-dimensional, got arr.shape={self.shape}.")
    if query.ndim != 0:
        raise ValueError(f"Array.__contains__: query value must be a scalar, got {query.shape=}")
    return _np.any(self == query)


def _copy(self):
    return _np.copy(self)


def _cumprod(self, axis=None, dtype=None, out=None):
    return _np.cumprod(self, axis, dtype, out)


def _cumsum(self, axis=None, dtype=None, out=None):
    return _np.cumsum(self, axis, dtype, out)


def _diagonal(self, offset=0, axis1=0, axis2=1):
    return _np.diagonal(self, offset, axis1, axis2)


def _dot(self, b, *, precision=None, preferred_element_type=None):
    return _np.dot(self, b, precision=precision, preferred_element_type=preferred_element_type)


def _flatten(self, order="C", *, out_sharding=None):
    return _np.ravel(self, order)


def _item(self, *args):
    """One element as a Python scalar."""
    if not args and self.ndim == 0:
        return self._item()
    if isinstance(self, Tracer):
        from .numpy._util import concrete

        self = concrete(self, "This occurred in the item() method of jax.Array")
    if hasattr(self.dtype, "_impl"):
        raise TypeError(f"No Python scalar type for arr.dtype={self.dtype}")
    return _array(self).item(*args)


def _max(self, axis=None, out=None, keepdims=False, initial=None, where=None):
    return _np.max(self, axis, out, keepdims, initial, where)


def _mean(self, axis=None, dtype=None, out=None, keepdims=False, *, where=None):
    return _np.mean(self, axis, dtype, out, keepdims, where=where)


def _min(self, axis=None, out=None, keepdims=False, initial=None, where=None):
    return _np.min(self, axis, out, keepdims, initial, where)


def _nonzero(self, *, fill_value=None, size=None):
    return _np.nonzero(self, size=size, fill_value=fill_value)


def _prod(self, axis=None, dtype=None, out=None, keepdims=False, initial=None, where=None, promote_integers=True):
    return _np.prod(self, axis, dtype, out, keepdims, initial, where, promote_integers)


def _ptp(self, axis=None, out=None, keepdims=False):
    return _np.ptp(self, axis, out, keepdims)


def _ravel(self, order="C", *, out_sharding=None):
    return _np.ravel(self, order)


def _repeat(self, repeats, axis=None, *, total_repeat_length=None, out_sharding=None):
    return _np.repeat(self, repeats, axis, total_repeat_length=total_repeat_length)


_reshape_op = _func("jnp.reshape")


def _reshape(self, *args, order="C", out_sharding=None):
    """The elements in another shape; one size may be -1."""
    shape = args[0] if len(args) == 1 else args
    if type(shape) is not int:
        if type(shape) is not tuple:
            return _np.reshape(self, shape, order)
        for d in shape:
            if type(d) is not int:
                return _np.reshape(self, shape, order)
    return _reshape_op(self, shape, order)


def _round(self, decimals=0, out=None):
    return _np.round(self, decimals, out)


def _searchsorted(self, v, side="left", sorter=None, *, method="scan"):
    return _np.searchsorted(self, v, side, sorter, method=method)


def _sort(self, axis=-1, *, kind=None, order=None, stable=True, descending=False):
    return _np.sort(self, axis, kind=kind, order=order, stable=stable, descending=descending)


def _squeeze(self, axis=None):
    return _np.squeeze(self, axis)


def _std(self, axis=None, dtype=None, out=None, ddof=0, keepdims=False, *, where=None, correction=None):
    return _np.std(self, axis, dtype, out, ddof, keepdims, where=where, correction=correction)


def _sum(self, axis=None, dtype=None, out=None, keepdims=False, initial=None, where=None, promote_integers=True):
    return _np.sum(self, axis, dtype, out, keepdims, initial, where, promote_integers)


def _swapaxes(self, axis1, axis2):
    return _np.swapaxes(self, axis1, axis2)


def _take(self, indices, axis=None, out=None, mode=None, unique_indices=False, indices_are_sorted=False, fill_value=None):
    return _np.take(self, indices, axis, out, mode, unique_indices, indices_are_sorted, fill_value)


def _to_device(self, device, *, stream=None):
    """The array on another device."""
    if stream is not None:
        raise NotImplementedError("stream argument of array.to_device()")
    return _device.device_put(self, device)


def _trace(self, offset=0, axis1=0, axis2=1, dtype=None, out=None):
    return _np.trace(self, offset, axis1, axis2, dtype, out)


def _transpose(self, *args):
    """The axes permuted; reversed by default."""
    return _np.transpose(
        self, (None if not args else args[0] if args[0] is None or isinstance(args[0], (tuple, list)) else args) if len(args) < 2 else args
    )


def _var(self, axis=None, dtype=None, out=None, ddof=0, keepdims=False, *, where=None, correction=None):
    return _np.var(self, axis, dtype, out, ddof, keepdims, where=where, correction=correction)


def _argwhere(self, *, size=None, fill_value=None):
    return _np.argwhere(self, size=size, fill_value=fill_value)


def _view(self, dtype=None, type=None):
    """The bytes read as another dtype."""
    from .numpy._view import view

    return view(self, dtype, type)


def _flat(self):
    raise NotImplementedError("JAX Arrays do not implement the arr.flat property: consider arr.flatten() instead.")


_matrix_transpose_op, _transpose_op, _index_in_dim = _func("jnp.matrix_transpose"), _func("jnp.transpose"), _func("lax.index_in_dim")
_real_op, _imag_op, _unstack = _func("jnp.real"), _func("jnp.imag"), _func("jnp.unstack")
_CHUNK = 100


def _iter(self):
    if self.ndim == 0:
        raise TypeError("iteration over a 0-d array")
    n = self.shape[0]
    if type(self) is Tracer:
        return (_index_in_dim(self, i, 0, False) for i in range(n))
    if n <= _CHUNK:
        return iter(_unstack(self, 0))
    return (row for i in range(0, n, _CHUNK) for row in _unstack(self[i : i + _CHUNK], 0))


# ---- x.at ----


class _IndexUpdateHelper:
    """Updates of elements that return a new array: ``x.at[idx].set(y)`` is ``x[idx] = y``.

    The other methods are add, subtract, multiply, divide, power, min, max, apply and get. Where an index occurs more than
    once, all updates are applied. Indices out of bounds are dropped, or clipped with mode="clip".

    >>> import jaxgo.numpy as jnp
    >>> jnp.zeros(3).at[1].set(5.)
    Array([0., 5., 0.], dtype=float32)
    """

    __slots__ = ("array",)

    def __init__(self, array):
        self.array = array

    def __getitem__(self, index):
        return _IndexUpdateRef(self.array, index)

    def __repr__(self):
        return f"_IndexUpdateHelper({self.array!r})"


def _mode(mode):
    """A mode for indices out of bounds as the extension knows it."""
    if mode is None:
        return None
    from .lax._types import mode_name

    return mode_name(mode)


_index_update, _index_get = _func("jnp.index_update"), _func("jnp.index_get")


def _updater(op):
    def method(self, values, *, indices_are_sorted=False, unique_indices=False, mode=None, out_sharding=None, wrap_negative_indices=True):
        return _index_update(
            self.array, self.index, values, op, mode if mode is None else _mode(mode), indices_are_sorted, unique_indices, wrap_negative_indices
        )

    method.__name__ = op
    method.__qualname__ = f"_IndexUpdateRef.{op}"
    method.__doc__ = f"The array with the indexed elements updated: {op}."
    return method


class _IndexUpdateRef:
    """An array and an index, whose methods give the array with the indexed elements changed."""

    __slots__ = ("array", "index")

    def __init__(self, array, index):
        self.array, self.index = array, index

    def __repr__(self):
        return f"_IndexUpdateRef({self.array!r}, {self.index!r})"

    def get(self, *, indices_are_sorted=False, unique_indices=False, mode=None, fill_value=None, out_sharding=None, wrap_negative_indices=True):
        """The indexed elements, with a mode for indices out of bounds."""
        if fill_value is not None and hasattr(fill_value, "item"):
            fill_value = fill_value.item()
        return _index_get(self.array, self.index, _mode(mode), fill_value, indices_are_sorted, unique_indices, wrap_negative_indices)

    def apply(self, func, *, indices_are_sorted=False, unique_indices=False, mode=None, wrap_negative_indices=True):
        """The array with a function applied to the indexed elements, as often as they are indexed."""
        from ._api import make_jaxpr

        jaxpr = make_jaxpr(func)(_np.zeros((), self.array.dtype))
        return _call("jnp.index_apply", self.array, self.index, jaxpr._handle, _mode(mode), indices_are_sorted, unique_indices, wrap_negative_indices)

    set, add, subtract, multiply = _updater("set"), _updater("add"), _updater("subtract"), _updater("multiply")
    divide, power, min, max = _updater("divide"), _updater("power"), _updater("min"), _updater("max")
    mul = multiply


# ---- NumPy arrays of arrays, and text ----


def _view_of(x, np):
    """A read-only NumPy array of a concrete array's memory, or of a copy where that is not dense host memory."""
    d = x.dtype
    if d.kind in "biufc" and d.isbuiltin == 1 and x.size:
        try:
            return np.frombuffer(memoryview(x), dtype=d).reshape(x.shape)
        except BufferError:
            pass
    if getattr(d, "names", None) == ("float0",):
        return np.zeros(x.shape, d)
    return np.frombuffer(x._rawview(), dtype=np.uint8).view(d).reshape(x.shape)


def _array(self, dtype=None, context=None, copy=None):
    import numpy as np

    if type(self) is Tracer:
        from . import errors

        raise errors.TracerArrayConversionError(self)
    if hasattr(self.dtype, "_impl"):
        raise TypeError(
            "JAX array with PRNGKey dtype cannot be converted to a NumPy array. Use jax.random.key_data(arr) if you wish to extract the "
            "underlying integer array."
        )
    a = _view_of(self, np)
    if dtype is None and copy is None:
        return a
    return np.asarray(a, dtype=dtype) if copy is None else np.asarray(a, dtype=dtype, copy=copy)


def _tolist(self):
    """The elements as nested lists of Python scalars."""
    return _array(self).tolist()


def _tobytes(self, order="C"):
    """The bytes of the elements."""
    return _array(self).tobytes(order)


def _repr(self):
    import numpy as np

    name = self.dtype.name
    if hasattr(self.dtype, "_impl"):
        from .random import key_data

        return f"Array({self.shape}, dtype={name}) overlaying:\n{key_data(self)}"
    dtype = f"dtype={name}, weak_type=True" if self.weak_type else f"dtype={name}"
    width = np.get_printoptions()["linewidth"]
    text = (
        np.array2string(_array(self), prefix="Array(", suffix=",", separator=", ", max_line_width=width) if self.size else f"[], shape={self.shape}"
    )
    last = len(text) - text.rfind("\n") + 1
    return f"Array({text},{'      ' if last + len(dtype) + 2 > width else ' '}{dtype})"


def _str(self):
    return _repr(self) if hasattr(self.dtype, "_impl") else str(_array(self))


def _format(self, spec):
    if type(self) is Tracer:
        return repr(self) if spec == "" else format(_array(self), spec)
    if hasattr(self.dtype, "_impl"):
        return format(_repr(self), spec)
    a = _array(self)
    return format(a if self.ndim else a[()], spec)


def _reduce(self):
    fun, args, state = _array(self).__reduce__()
    return _rebuild, (fun, args, state, {"weak_type": self.weak_type})


def _rebuild(fun, args, state, aval):
    a = fun(*args)
    a.__setstate__(state)
    x = _np.asarray(a)
    return _call("lax._convert_element_type", x, x.dtype, True) if aval["weak_type"] else x


# ---- where the array is ----


def _device_of(self):
    _check(self)
    return _device.devices()[self._device_index]


def _check(self):
    if self.is_deleted():
        raise RuntimeError(f"Array has been deleted with shape={self.aval.str_short()}.")


def _sharding(self):
    from .sharding import SingleDeviceSharding

    return SingleDeviceSharding(_device.devices()[self._device_index])


def _layout(self):
    from .experimental.layout import Format, Layout

    return Format(None if self.is_deleted() else Layout(tuple(range(self.ndim))), self.sharding)


def _platform(self):
    """The name of the platform that the array is on: "cpu", "gpu", "tpu"."""
    return _device_of(self).platform


def _shards(self):
    _check(self)
    return [_device.Shard(_device_of(self), self)]


def _addressable_data(self, index):
    """The part of the array on one of its devices."""
    _check(self)
    return self


def _no_buffer(name, instead):
    def get(self):
        raise AttributeError(f"arr.{name} has been deprecated. Use {instead}")

    return property(get)


def _cuda(self):
    raise AttributeError("__cuda_array_interface__ is only defined for NVidia GPU buffers.")


def _dlpack(self, *, stream=None, max_version=None, dl_device=None, copy=None):
    from .dlpack import to_dlpack

    return to_dlpack(self, stream=stream, max_version=max_version, src_device=_device_of(self), dl_device=dl_device, copy=copy)


def _dlpack_device(self):
    from .dlpack import device_of

    return device_of(self)


def _arrow_schema(self):
    """The Arrow type of the array, as a capsule of the C data interface."""
    return _fast.arrow_export(self, True)


def _arrow_array(self, requested_schema=None):
    """The Arrow type and the array, as capsules; see jaxgo.arrow."""
    return _fast.arrow_export(self, False)


def _setitem(self, i, x):
    raise TypeError(
        "JAX arrays are immutable and do not support in-place item assignment. Instead of x[idx] = y, use x = x.at[idx].set(y) or "
        "another .at[] method: https://docs.jax.dev/en/latest/_autosummary/jax.numpy.ndarray.at.html"
    )


def _namespace(self, *, api_version=None, device=None):
    if api_version not in (None, "2021.12", "2022.12", "2023.12", "2024.12", "2025.12"):
        raise ValueError(f"api_version={api_version!r} is not supported.")
    import importlib

    return importlib.import_module("jaxgo.numpy")


def _array_module(self, types):
    return _namespace(self) if all(issubclass(t, (Array,)) or t.__module__ == "numpy" for t in types) else NotImplemented


def _round_(self, ndigits=None):
    x = _np.round(self, ndigits or 0)
    return x.astype(int) if ndigits is None else x


def _reversed(self):
    n = len(self)
    return (self[i] for i in range(n - 1, -1, -1))


def _refuse(name):
    def method(self, *args, **kwargs):
        from .errors import ConcretizationTypeError, _origin, _what

        raise ConcretizationTypeError(f"The {name}() method was called on {_what(self)}.{_origin(self)}")

    return method


def _no_sharding(x):
    raise AttributeError(
        f"The 'sharding' attribute is not available on {x!r}. To query sharding information on tracers, use `jax.typeof(x)`.",
        name="sharding",
        obj=x,
    )


def _install():
    g = globals()
    for name in (
        "all any argmax argmin argpartition argsort argwhere astype byteswap choose clip compress conj conjugate copy cumprod cumsum diagonal dot "
        "flatten item max mean min nonzero prod ptp ravel repeat reshape round searchsorted sort squeeze std sum swapaxes take to_device trace "
        "transpose var view"
    ).split():
        f = g["_" + name]
        f.__name__, f.__qualname__ = name, "Array." + name
        if f.__doc__ is None:
            f.__doc__ = f"See jaxgo.numpy.{name}."
        setattr(Array, name, f)
    for name, f in (
        ("flat", _flat),
        ("T", lambda self: _transpose_op(self, None)),
        ("mT", lambda self: _matrix_transpose_op(self)),
        ("real", lambda self: _real_op(self)),
        ("imag", lambda self: _imag_op(self)),
        ("at", _IndexUpdateHelper),
    ):
        setattr(Array, name, property(f, doc=_IndexUpdateHelper.__doc__ if name == "at" else None))
    for name, f in (
        ("iter", _iter),
        ("contains", _contains),
        ("format", _format),
        ("array", _array),
        ("array_namespace", _namespace),
        ("array_module", _array_module),
        ("copy", _copy),
        ("round", _round_),
        ("setitem", _setitem),
        ("reversed", _reversed),
    ):
        setattr(Array, f"__{name}__", f)
    Array.__deepcopy__ = lambda self, memo: self.copy()
    Array.__array_priority__ = 100
    for name, f in (
        ("tolist", _tolist),
        ("tobytes", _tobytes),
        ("__reduce__", _reduce),
        ("__dlpack__", _dlpack),
        ("__dlpack_device__", _dlpack_device),
        ("__arrow_c_schema__", _arrow_schema),
        ("__arrow_c_array__", _arrow_array),
        ("__repr__", _repr),
        ("__str__", _str),
        ("platform", _platform),
        ("addressable_data", _addressable_data),
        ("clone", lambda self: self.copy()),
        ("devices", lambda self: {_device_of(self)}),
        ("copy_to_host_async", _check),
        ("on_device_size_in_bytes", lambda self: self.nbytes),
        ("_check_if_deleted", _check),
    ):
        setattr(ArrayImpl, name, f)
    for name, f in (
        ("device", _device_of),
        ("sharding", _sharding),
        ("format", _layout),
        ("addressable_shards", _shards),
        ("global_shards", _shards),
        ("_value", _array),
        ("traceback", lambda self: None),
        ("__cuda_array_interface__", _cuda),
    ):
        setattr(ArrayImpl, name, property(f))
    for name in ("tolist", "tobytes"):
        setattr(Tracer, name, _refuse(name))
    Tracer.sharding = property(_no_sharding)
    ArrayImpl.is_fully_addressable = ArrayImpl.is_fully_replicated = True
    ArrayImpl.device_buffer = _no_buffer("device_buffer", "arr.addressable_data(0)")
    ArrayImpl.device_buffers = _no_buffer("device_buffers", "[x.data for x in arr.addressable_shards]")
    Array.__module__, Array.__name__, Array.__qualname__ = "jaxgo", "Array", "Array"


_install()
