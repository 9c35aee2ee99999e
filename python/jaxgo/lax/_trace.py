"""Tracing of functions that control flow and custom rules take: pytrees around, jaxprs of Go's inside."""

from __future__ import annotations

from functools import partial

from .. import _fast
from .._api import aval_from_id, aval_id
from ..tree_util import _flatten, keystr, tree_flatten_with_path, tree_unflatten

_Array = _fast.Array
_make_jaxpr, _has_tracers = _fast.func("make_jaxpr"), _fast.func("jaxpr_has_tracers")
_is_evaluating, _axis_env = _fast.func("is_evaluating"), _fast.func("axis_env")


def where(fun) -> str:
    """The function as messages name it: its name, file and line."""
    while True:
        if isinstance(fun, partial):
            fun = fun.func
            continue
        inner = getattr(fun, "__wrapped__", None)
        if inner is None:
            break
        fun = inner
    code = getattr(fun, "__code__", None)
    if code is None or hasattr(fun, "_where"):
        return getattr(fun, "_where", None) or getattr(fun, "__name__", type(fun).__name__)
    return f"{fun.__name__} at {code.co_filename}:{code.co_firstlineno}"


def ids_of(leaves) -> tuple:
    """The numbers of the leaves' avals."""
    return tuple([x._aval_id if isinstance(x, _Array) else aval_id(x) for x in leaves])


_slices: dict[int, int] = {}


def slice_id(i) -> int:
    """The number of the aval of a slice along axis 0."""
    got = _slices.get(i)
    if got is None:
        dtype, shape, weak, _ = _fast.call("aval_info", i)
        got = _slices[i] = _fast.call("aval", dtype, tuple(shape[1:]), weak)
    return got


def check_leaves(what, fun, leaves, tree):
    """Every result of a traced function must be an array or a scalar."""
    for i, x in enumerate(leaves):
        if isinstance(x, _Array) or type(x) in (float, int, bool, complex):
            continue
        try:
            if isinstance(x, type):
                raise TypeError
            aval_id(x)
            if not hasattr(x, "__array__") and not hasattr(x, "__jax_array__") and not isinstance(x, (int, float, complex)):
                raise TypeError
        except TypeError:
            path = tree_flatten_with_path(tree_unflatten(tree, list(range(len(leaves)))))[0][i][0]
            at = f" at output component {keystr(path)}" if path else ""
            raise TypeError(
                f"function {where(fun)} traced for {what} returned a value of type {type(x)}{at}, which is not a valid JAX type"
            ) from None


class Traced:
    """A jaxpr with the structure of its results."""

    __slots__ = ("jaxpr", "out_tree")

    def __init__(self, jaxpr, out_tree):
        self.jaxpr, self.out_tree = jaxpr, out_tree

    @property
    def out_ids(self):
        return _fast.call("jaxpr_out_avals", self.jaxpr)

    @property
    def consts(self):
        return _fast.call("jaxpr_consts", self.jaxpr)


def trace(fun, args, what, concrete=None, kwargs=None) -> Traced:
    """The jaxpr of fun for arguments like args. With ``concrete``, the text of an error, it may close over no tracers."""
    leaves, tree = _flatten((args, kwargs or {}))
    ids = ids_of(leaves)
    cache = traces(fun)
    key = (what, tree, ids, context())
    got = cache.get(key)
    if got is not None:
        return got
    out = None

    def flat(vals):
        nonlocal out
        a, kw = tree.unflatten(vals)
        leaves, out = _flatten(fun(*a, **kw))
        check_leaves(what, fun, leaves, out)
        return leaves

    t = Traced(_make_jaxpr(flat, ids, what, where(fun)), out)
    if not _has_tracers(t.jaxpr):
        cache[key] = t
    elif concrete:
        raise NotImplementedError(concrete)
    return t


def context():
    """What a trace depends on besides the function and its arguments."""
    return _fast.epoch(), (() if _is_evaluating() else tuple(map(tuple, _axis_env())))


_traces = None


def traces(fun) -> dict:
    """What was traced of a function; it is forgotten with the function."""
    global _traces
    if _traces is None:
        import weakref

        from .. import _api

        _traces = weakref.WeakKeyDictionary()
        _api._caches.append(_traces.clear)
    try:
        got = _traces.get(fun)
        if got is None:
            got = _traces[fun] = {}
        return got
    except TypeError:  # no weak references, or no hash
        return {}


def short(i) -> str:
    return aval_from_id(i).str_short()


def same_type(a, b) -> bool:
    """Whether two avals are equal but for weak types."""
    if a == b:
        return True
    a, b = aval_from_id(a), aval_from_id(b)
    return a.shape == b.shape and a.dtype == b.dtype


def mismatch(a, b) -> str:
    a, b = aval_from_id(a), aval_from_id(b)
    what = (["the dtypes do not match"] if a.dtype != b.dtype else []) + (["the shapes do not match"] if a.shape != b.shape else [])
    return ", so " + ", and ".join(what) if what else ""


def bullets(diffs, sep=";\n") -> str:
    """A list of differences, as JAX prints it."""
    if len(diffs) == 1:
        return diffs[0] + ".\n"
    return "\n".join(f"  * {d}{sep}" for d in diffs[:-1]) + ("" if sep.endswith("\n") else "\n") + f"  * {diffs[-1]}.\n"


def capital(diffs):
    return [diffs[0][0].upper() + diffs[0][1:]] if len(diffs) == 1 else diffs
