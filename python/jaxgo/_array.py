"""The methods and properties of jaxgo.Array; operators are slots of the C type.

A method is the jaxgo.numpy function of its name. The functions are looked up when a method is first used, so that this
module imports none of them.
"""

from __future__ import annotations

from . import _fast

Array, ArrayImpl, Tracer = _fast.Array, _fast.ArrayImpl, _fast.Tracer


def _method(name, module="numpy", attr=None):
    def method(self, *args, **kwargs):
        return getattr(_module(module), attr or name)(self, *args, **kwargs)

    method.__name__ = name
    method.__qualname__ = f"Array.{name}"
    method.__doc__ = f"See jaxgo.{module}.{attr or name}."
    return method


_modules: dict = {}


def _module(name):
    m = _modules.get(name)
    if m is None:
        import importlib

        m = _modules[name] = importlib.import_module("jaxgo." + name)
    return m


for _name in ("all", "any", "argmax", "argmin", "argpartition", "argsort", "choose", "compress", "conj", "conjugate", "cumprod", "cumsum",
              "diagonal", "dot", "max", "mean", "min", "nonzero", "prod", "ptp", "ravel", "repeat", "searchsorted", "sort", "squeeze", "std",
              "sum", "swapaxes", "take", "trace", "var", "argwhere"):
    setattr(Array, _name, _method(_name))


def _compress(self, condition, axis=None, *, out=None, size=None, fill_value=0):
    """See jaxgo.numpy.compress."""
    return _module("numpy").compress(condition, self, axis=axis, out=out, size=size, fill_value=fill_value)


def _clip(self, min=None, max=None):
    """The elements limited to an interval. See jaxgo.numpy.clip."""
    return _module("numpy").clip(self, min, max)


def _round(self, decimals=0, out=None):
    """See jaxgo.numpy.round."""
    return _module("numpy").round(self, decimals, out)


def _reshape(self, *args, order="C", copy=None, out_sharding=None):
    """The elements in another shape. See jaxgo.numpy.reshape."""
    shape = args[0] if len(args) == 1 else args
    return _module("numpy").reshape(self, shape, order)


def _transpose(self, *args):
    """The axes permuted. See jaxgo.numpy.transpose."""
    if not args:
        axes = None
    elif len(args) == 1:
        axes = args[0] if args[0] is None or isinstance(args[0], (tuple, list)) else tuple(args)
    else:
        axes = args
    return _module("numpy").transpose(self, axes)


def _flatten(self, order="C"):
    """The elements in one axis."""
    return _module("numpy").ravel(self, order)


def _astype(self, dtype, copy=False, device=None):
    """The elements converted to a dtype. See jaxgo.numpy.astype."""
    return _module("numpy").astype(self, dtype, copy=copy, device=device)


def _view(self, dtype=None, type=None):
    """The bytes read as another dtype."""
    return _module("numpy._view").view(self, dtype, type)


def _item(self, *args):
    """One element as a Python scalar."""
    x = self
    if args:
        if len(args) == 1 and isinstance(args[0], tuple):
            args = args[0]
        if len(args) == 1:
            if self.ndim != 1:
                x = self.ravel()
            x = x[args[0]]
        else:
            x = x[tuple(args)]
    elif self.size != 1:
        raise ValueError("can only convert an array of size 1 to a Python scalar")
    else:
        x = self.reshape(()) if self.ndim else self
    return x._item()


def _tolist(self):
    """The elements as nested lists of Python scalars."""
    return _array(self).tolist()


def _copy(self):
    """A copy. See jaxgo.numpy.copy."""
    return _module("numpy").array(self, copy=True)


def _raw(x, np):
    d = x.dtype
    if getattr(d, "names", None) == ("float0",):
        return np.zeros(x.shape, d)
    a = np.frombuffer(x._rawview(), dtype=np.uint8)
    a = a[: x.size * d.itemsize].view(d).reshape(x.shape)
    a.flags.writeable = False
    return a


def _array(self, dtype=None, context=None, copy=None):
    import numpy as np

    if isinstance(self, Tracer):
        from . import errors

        v = _fast.call("concrete", self)
        raise errors.TracerArrayConversionError(self)
    if hasattr(self.dtype, "_impl"):
        raise TypeError("JAX array with PRNGKey dtype cannot be converted to a NumPy array. Use jax.random.key_data(arr) if you wish to extract the underlying integer array.")
    a = np.frombuffer(memoryview(self), dtype=self.dtype).reshape(self.shape) if _plain(self) else _raw(self, np)
    if dtype is not None and a.dtype != np.dtype(dtype):
        if copy is False:
            raise ValueError("Unable to avoid copy while creating an array as requested.")
        return a.astype(dtype)
    return a.copy() if copy else a


def _plain(x):
    return x.size > 0 and x.dtype.kind in "biufc" and x.dtype.isbuiltin == 1


def _iter(self):
    """Iterates over the first axis."""
    if self.ndim == 0:
        raise TypeError("iteration over a 0-d array")
    n = self.shape[0]
    if isinstance(self, Tracer) or n > 100:
        return _rows(self, n)
    return iter(_fast.call("jnp.unstack", self, 0)) if n else iter(())


def _rows(x, n):
    for i in range(n):
        yield x[i]


def _repr(self):
    import numpy as np

    if hasattr(self.dtype, "_impl"):
        return f"Array({self.shape}, dtype={self.dtype.name}) overlaying:\n{_module('random').key_data(self)}"
    prefix = "Array("
    weak = ", weak_type=True" if self.weak_type else ""
    dtype = f"dtype={self.dtype.name}{weak})"
    if self.is_deleted():
        return f"Array({self.shape}, {dtype}"
    if self.size == 0:
        s = "[]"
        return f"{prefix}{s}, shape={self.shape}, {dtype}" if self.ndim > 1 or self.shape != (0,) else f"{prefix}{s}, {dtype}"
    a = np.asarray(self)
    s = np.array2string(a, prefix=prefix, suffix=",", separator=", ", threshold=np.get_printoptions()["threshold"])
    last = s.split("\n")[-1]
    width = len(last) + (len(prefix) if "\n" not in s else 0)
    sep = " " if width + len(dtype) + 2 <= np.get_printoptions()["linewidth"] else "\n" + " " * len(prefix)
    return f"{prefix}{s},{sep}{dtype}"


def _str(self):
    import numpy as np

    return str(np.asarray(self)) if not hasattr(self.dtype, "_impl") else _repr(self)


def _format(self, spec):
    if self.ndim == 0 and not isinstance(self, Tracer) and not hasattr(self.dtype, "_impl"):
        return format(self._item(), spec)
    if spec:
        import numpy as np

        return format(np.asarray(self), spec)
    return str(self)


def _at(self):
    """Functional updates: x.at[idx].set(y). See jaxgo.numpy."""
    return _IndexUpdateHelper(self)


class _IndexUpdateHelper:
    """x.at"""

    __slots__ = ("array",)

    def __init__(self, array):
        self.array = array

    def __getitem__(self, index):
        return _IndexUpdateRef(self.array, index)

    def __repr__(self):
        return f"_IndexUpdateHelper({self.array})"


def _updater(op):
    def method(self, values, *, indices_are_sorted=False, unique_indices=False, mode=None, out_sharding=None, wrap_negative_indices=True):
        return _fast_update(self.array, self.index, values, op, mode_name(mode), indices_are_sorted, unique_indices)

    method.__name__ = op
    return method


def mode_name(mode):
    """A scatter or gather mode as a string or None."""
    if mode is None or isinstance(mode, str):
        return mode
    return getattr(mode, "name", str(mode)).lower()


def _fast_update(*args):
    global _fast_update
    _fast_update = _fast.func("jnp.index_update")
    return _fast_update(*args)


class _IndexUpdateRef:
    """x.at[idx]"""

    __slots__ = ("array", "index")

    def __init__(self, array, index):
        self.array, self.index = array, index

    def __repr__(self):
        return f"_IndexUpdateRef({self.array}, {self.index!r})"

    def get(self, *, indices_are_sorted=False, unique_indices=False, mode=None, fill_value=None, out_sharding=None, wrap_negative_indices=True):
        """x[idx], with a mode for indices out of bounds."""
        return _fast.call("jnp.index_get", self.array, self.index, mode_name(mode), fill_value, indices_are_sorted, unique_indices)

    def apply(self, func, *, indices_are_sorted=False, unique_indices=False, mode=None, out_sharding=None, wrap_negative_indices=True):
        """x with func applied to the indexed elements."""
        from .lax import scatter_apply_index

        return scatter_apply_index(self.array, self.index, func, mode_name(mode), indices_are_sorted, unique_indices)


for _op, _go in (("set", "set"), ("add", "add"), ("subtract", "subtract"), ("multiply", "multiply"), ("mul", "multiply"), ("divide", "divide"),
                 ("power", "power"), ("min", "min"), ("max", "max")):
    setattr(_IndexUpdateRef, _op, _updater(_go))


def _device(self):
    from ._device import devices

    return devices()[getattr(self, "_device_index", 0)]


def _sharding(self):
    from .sharding import SingleDeviceSharding

    return SingleDeviceSharding(_device(self))


def _real(self):
    """The real part."""
    return _module("numpy").real(self)


def _imag(self):
    """The imaginary part."""
    return _module("numpy").imag(self)


def _reduce(self):
    import numpy as np

    return _rebuild, (np.asarray(self), self.weak_type)


def _rebuild(value, weak):
    from .numpy import asarray

    return asarray(value)


def _dlpack(self, *, stream=None, max_version=None, dl_device=None, copy=None):
    from .dlpack import to_dlpack

    return to_dlpack(self, stream=stream, max_version=max_version, dl_device=dl_device, copy=copy)


def _dlpack_device(self):
    return 1, 0


def _namespace(self, *, api_version=None):
    return _module("numpy")


Array.compress, Array.clip, Array.round, Array.reshape, Array.transpose = _compress, _clip, _round, _reshape, _transpose
Array.flatten, Array.astype, Array.view, Array.item, Array.copy = _flatten, _astype, _view, _item, _copy
Array.T = property(lambda self: self.transpose())
Array.mT = property(lambda self: _module("numpy").matrix_transpose(self))
Array.real, Array.imag, Array.at = property(_real), property(_imag), property(_at)
Array.__iter__, Array.__format__, Array.__array__ = _iter, _format, _array
Array.__array_priority__ = 100
Array.__array_namespace__, Array.__round__ = _namespace, lambda self, ndigits=None: _module("numpy").round(self, ndigits or 0)
Array.__copy__, Array.__deepcopy__ = _copy, lambda self, memo: self.copy()
Array.to_device = lambda self, device, *, stream=None: _module("_device").device_put(self, device)
ArrayImpl.tolist, ArrayImpl.__reduce__, ArrayImpl.__dlpack__, ArrayImpl.__dlpack_device__ = _tolist, _reduce, _dlpack, _dlpack_device
ArrayImpl.__repr__, ArrayImpl.__str__ = _repr, _str
ArrayImpl.device, ArrayImpl.sharding = property(_device), property(_sharding)
ArrayImpl.devices = lambda self: {_device(self)}
ArrayImpl.copy_to_host_async = lambda self: None
ArrayImpl.on_device_size_in_bytes = lambda self: self.nbytes
ArrayImpl.is_fully_addressable = ArrayImpl.is_fully_replicated = True
ArrayImpl.global_shards = ArrayImpl.addressable_shards = property(lambda self: [_module("_device").Shard(_device(self), self)])
ArrayImpl.addressable_data = lambda self, index: self
Tracer.tolist = lambda self: _array(self)
Array.__module__, Array.__name__, Array.__qualname__ = "jaxgo", "Array", "Array"
