"""Functions of Python that traced programs call: pure_callback, io_callback, debug.callback, debug.print."""

from __future__ import annotations

import functools
import string

from . import _fast
from . import tree_util as tu
from ._api import aval_from_id, aval_id

_call = _fast.call
_Array = _fast.Array


class _FlatCallback:
    """A function of trees as a function of leaves. Equal ones are one in caches of programs."""

    __slots__ = ("callback_func", "in_tree", "static")

    def __init__(self, callback_func, in_tree, static=()):
        self.callback_func, self.in_tree, self.static = callback_func, in_tree, static

    def __call__(self, leaves):
        if self.static:
            leaves = list(leaves)
            for i, x in self.static:
                leaves.insert(i, x)
        args, kwargs = tu.tree_unflatten(self.in_tree, leaves)
        return tu.tree_leaves(self.callback_func(*args, **kwargs))

    def __repr__(self):
        return f"_FlatCallback(callback_func={self.callback_func}, in_tree={self.in_tree})"


def _function(callback_func, in_tree, wrap):
    try:
        return _cached(callback_func, in_tree, wrap)
    except TypeError:  # the callback can't be hashed
        return _make(_FlatCallback(callback_func, in_tree), wrap)


@functools.lru_cache(512)
def _cached(callback_func, in_tree, wrap):
    return _make(_FlatCallback(callback_func, in_tree), wrap)


def _make(flat, wrap):
    """What Go holds of a flat callback; wrap: errors of a call at once are those of a running program, as in JAX."""

    def eager(args):
        *leaves, ids = args
        if not wrap:
            flat(leaves)
            return []
        try:
            return [_asarray(x) for x in _results(flat, leaves, ids)]
        except Exception as e:
            from .errors import JaxRuntimeError

            raise JaxRuntimeError("INTERNAL: " + _failed(e)) from e

    def staged(ids, operands, results):
        _call("push_eval")
        try:
            leaves = [_from_memory(aval_from_id(i), m) for i, m in zip(ids, operands)]
            out_ids = ids[len(operands) :]
            if not wrap:
                flat(leaves)
                return
            for x, i, m in zip(_results(flat, leaves, out_ids), out_ids, results):
                _to_memory(x, aval_from_id(i), m)
        finally:
            _call("pop_eval")

    return _call("host_function", eager, staged, repr(flat))


def _asarray(x):
    from .numpy import asarray

    return asarray(x)


_NARROW = {"int2": "int8", "int4": "int8", "uint2": "uint8", "uint4": "uint8", "float4_e2m1fn": "float32"}


def _from_memory(aval, memory):
    """A device array of a program's operand."""
    import numpy as np

    dtype = aval.dtype
    if getattr(dtype, "_impl", None):
        from .random import wrap_key_data

        data = np.frombuffer(memory, np.uint32).reshape(*aval.shape, *dtype.key_shape).copy()
        return wrap_key_data(data, impl=dtype._impl)
    stored = np.dtype(_NARROW.get(dtype.name, dtype))
    x = np.frombuffer(memory, stored).reshape(aval.shape)
    return _asarray(x.astype(dtype) if stored != dtype else x.copy())


def _to_memory(x, aval, memory):
    import numpy as np

    stored = np.dtype(_NARROW.get(aval.dtype.name, aval.dtype))
    out = np.frombuffer(memory, stored).reshape(aval.shape)
    out[...] = x.astype(stored) if stored != x.dtype else x


def _results(flat, leaves, ids):
    """The callback's results as NumPy arrays of the types that were promised."""
    import numpy as np

    from ._dtype import canonical

    out = [np.asarray(x) for x in flat(leaves)]
    if len(out) != len(ids):
        raise RuntimeError(f"Mismatched number of outputs from callback. Expected: {len(ids)}, Actual: {len(out)}")
    for k, i in enumerate(ids):
        aval, x = aval_from_id(i), out[k]
        d = canonical(x.dtype)
        if d != x.dtype:
            x = out[k] = x.astype(d)
        if x.shape != aval.shape:
            raise RuntimeError(f"Incorrect output shape for return value #{k}: Expected: {aval.shape}, Actual: {x.shape}")
        if x.dtype != aval.dtype:
            raise RuntimeError(f"Incorrect output dtype for return value #{k}: Expected: {aval.dtype}, Actual: {x.dtype}")
    return out


def _failed(e):
    import traceback

    return "CpuCallback error calling callback: " + "".join(traceback.format_exception(e)).rstrip()


_exceptions: list = []


def _host_failed(e):
    """The message of an exception in a running program; the exception becomes the cause of the one that is raised."""
    text = _failed(e)
    _exceptions.append((text, e))
    del _exceptions[:-8]
    return text


def cause(message):
    """The exception that a message of XLA's tells of, or None."""
    for i, (text, e) in enumerate(_exceptions):
        if text in message:
            del _exceptions[i]
            return e
    return None


_fast.hooks["host_failed"] = _host_failed


def _result_ids(result_shape_dtypes):
    import numpy as np

    from ._dtype import canonical

    leaves, tree = tu.tree_flatten(result_shape_dtypes)
    ids = []
    for x in leaves:
        d = x.dtype if hasattr(x.dtype, "_impl") else np.dtype(x.dtype)
        if not hasattr(d, "_impl") and canonical(d) != d:
            raise ValueError("result_shape_dtypes cannot specify 64-bit types when `jax_enable_x64` is disabled")
        ids.append(_call("aval", d, tuple(x.shape), False))
    return tuple(ids), tree


_VMAP_METHODS = ["sequential", "sequential_unrolled", "expand_dims", "broadcast_all", "legacy_vectorized", None]


def pure_callback(callback, result_shape_dtypes, *args, sharding=None, vmap_method=None, **kwargs):
    """Calls a function of Python that has no side effects, also from a compiled program.

    The callback gets arrays in the structure of ``args`` and ``kwargs`` and returns arrays of the shapes and dtypes in
    ``result_shape_dtypes``. The call may be dropped, repeated or moved. ``vmap_method`` says what vmap does:
    "sequential" calls once for each member, "expand_dims" and "broadcast_all" call once with a leading axis.

    >>> import jaxgo as jax, jaxgo.numpy as jnp, numpy as np
    >>> @jax.jit
    ... def f(x):
    ...     return jax.pure_callback(lambda v: np.sort(v), jax.ShapeDtypeStruct(x.shape, x.dtype), x) * 2
    >>> print(f(jnp.array([3., 1.])))
    [2. 6.]
    """
    if vmap_method not in _VMAP_METHODS:
        raise ValueError(f"vmap_method must be on of the allowed methods {_VMAP_METHODS}, but got: {vmap_method}")
    leaves, in_tree = tu.tree_flatten((args, kwargs))
    ids, out_tree = _result_ids(result_shape_dtypes)
    out = _call("pure_callback", _function(callback, in_tree, True), _operands(leaves), ids, vmap_method)[0]
    return tu.tree_unflatten(out_tree, out)


def _operands(leaves):
    return [x if isinstance(x, _Array) else _asarray(x) for x in leaves]


def io_callback(callback, result_shape_dtypes, *args, sharding=None, ordered=False, **kwargs):
    """Calls a function of Python that may have side effects, also from a compiled program.

    Unlike with `pure_callback` the call is never dropped. Calls with ``ordered`` keep their order.

    >>> import jaxgo as jax
    >>> from jaxgo.experimental import io_callback
    >>> log = []
    >>> y = jax.jit(lambda x: io_callback(lambda v: log.append(float(v)), None, x))(2.)
    >>> log
    [2.0]
    """
    leaves, in_tree = tu.tree_flatten((args, kwargs))
    ids, out_tree = _result_ids(result_shape_dtypes)
    out = _call("io_callback", _function(callback, in_tree, True), _operands(leaves), ids, bool(ordered))[0]
    return tu.tree_unflatten(out_tree, out)


# ---- debugging ----


def _split(args, kwargs):
    """The leaves that are arrays, and the others with their places."""
    leaves, tree = tu.tree_flatten((args, kwargs))
    dynamic, static = [], []
    for i, x in enumerate(leaves):
        try:
            aval_id(x)
        except (TypeError, AssertionError):
            static.append((i, x))
        else:
            dynamic.append(x if isinstance(x, _Array) else _asarray(x))
    return tree, dynamic, static


def debug_callback(callback=None, *args, ordered=False, partitioned=False, **kwargs):
    """Calls a function of Python for its effect, also from a compiled program and under every transformation.

    ``debug.callback(ordered=True)(f, *args)`` passes options apart from arguments.

    >>> import jaxgo as jax
    >>> @jax.jit
    ... def f(x):
    ...     jax.debug.callback(lambda v: print("x is", v), x)
    ...     return x + 1
    >>> print(f(1.))
    x is 1.0
    2.0
    """

    def call(callback, *args, **kwargs):
        if not callable(callback):
            raise TypeError(f"first argument to jax.debug.callback must be callable, but got an object of type {type(callback)}")
        tree, dynamic, static = _split(args, kwargs)
        function = _make(_FlatCallback(callback, tree, static), False) if static else _function(callback, tree, False)
        _call("debug_callback", function, dynamic, bool(ordered), bool(partitioned))

    if callback is not None:
        call(callback, *args, **kwargs)
        return None
    if args or kwargs:
        raise TypeError(f"debug_callback received unexpected arguments in the two-call form: {args=} {kwargs=}")
    return call


class _Checker(string.Formatter):
    """Says which arguments a format does not use."""

    def format_field(self, value, format_spec):
        return ""

    def check_unused_args(self, used_args, args, kwargs):
        unused = [a for i, a in enumerate(args) if i not in used_args]
        if unused:
            raise ValueError(f"Unused positional arguments to `jax.debug.print`: {unused}")
        unused = [k for k in kwargs if k not in used_args]
        if unused:
            raise ValueError(
                f"Unused keyword arguments to `jax.debug.print`: {unused}. You may be passing an f-string "
                '(i.e, `f"{x}"`) into `jax.debug.print` and instead should pass in a regular string.'
            )


_checker = _Checker()


def _print(fmt, options, placeholders, record, *args, **kwargs):
    if placeholders:
        import numpy as np

        with np.printoptions(**options):
            text = fmt.format(*args, **kwargs)
    else:
        text = " ".join((fmt, *(str(a) for a in args)))
    if record is not None:
        import copy
        import logging

        record = copy.copy(record)
        record.msg = text
        logging.getLogger("jaxgo._callback").handle(record)
    else:
        print(text)


def debug_print(fmt=None, *args, ordered=False, partitioned=False, skip_format_check=False, _use_logging=False, **kwargs):
    """Prints values, also from a compiled program and under every transformation; the format is `str.format`'s.

    >>> import jaxgo as jax
    >>> @jax.jit
    ... def f(x):
    ...     jax.debug.print("x = {x}", x=x)
    ...     return x + 1
    >>> print(f(1.))
    x = 1.0
    2.0
    """

    def call(fmt, *args, **kwargs):
        if not skip_format_check:
            _checker.format(fmt, *args, **kwargs)
        placeholders = False
        if fmt:
            _, field, *_ = next(iter(_checker.parse(fmt)))
            placeholders = field is not None
        import numpy as np

        options = np.get_printoptions()
        record = None
        if _use_logging:
            import logging
            import sys

            frame = sys._getframe(2 if two_calls else 3)
            record = logging.LogRecord("jaxgo._callback", logging.INFO, frame.f_code.co_filename, frame.f_lineno, "", (), None)
        tree, dynamic, static = _split(args, kwargs)
        printer = functools.partial(_print, fmt, options, placeholders, record)
        function = _make(_FlatCallback(printer, tree, static), False)
        shown = str(tuple(options.items())), str(tuple(static)), str(tree)
        _call("debug_print", function, dynamic, bool(ordered), bool(partitioned), fmt, placeholders,
              shown[2], shown[1], shown[0])  # fmt: skip

    two_calls = fmt is None
    if not two_calls:
        call(fmt, *args, **kwargs)
        return None
    if args or kwargs:
        raise TypeError(f"debug_print received unexpected arguments in the two-call form: {args=} {kwargs=}")
    return call
