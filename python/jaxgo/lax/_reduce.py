"""Reductions over axes and windows, and running ones."""

from __future__ import annotations

from .. import _fast
from ..tree_util import tree_flatten, tree_unflatten
from . import _elementwise as _e
from ._shape import _convert_element_type
from ._trace import trace
from ._util import Array, Tracer, asarray, dtype_of, ints
from ._util import shape as _shape_of

_func = _fast.func
_reduce_sum, _reduce_prod, _reduce_max = _func("lax.reduce_sum"), _func("lax.reduce_prod"), _func("lax.reduce_max")
_reduce_min, _reduce_and, _reduce_or, _reduce_xor = (_func("lax.reduce_" + n) for n in ("min", "and", "or", "xor"))
_window_sum, _window_max, _window_min = (_func("lax.reduce_window_" + n) for n in ("sum", "max", "min"))
_cumsum, _cumprod, _cummax, _cummin, _cumlogsumexp = (_func("lax.cum" + n) for n in ("sum", "prod", "max", "min", "logsumexp"))
_reduce, _window = _func("reduce"), _func("reduce_window")


def reduce_sum(operand, axes, *, out_sharding=None):
    """The sum over some axes.

    >>> from jaxgo import lax
    >>> print(lax.reduce_sum(lax.iota(int, 4), (0,)))
    6
    """
    return _reduce_sum(operand, ints(axes))


def reduce_prod(operand, axes):
    """The product over some axes.

    >>> from jaxgo import lax
    >>> print(lax.reduce_prod(lax.iota(int, 4), (0,)))
    0
    """
    return _reduce_prod(operand, ints(axes))


def reduce_max(operand, axes):
    """The maximum over some axes.

    >>> from jaxgo import lax
    >>> print(lax.reduce_max(lax.iota(int, 4), (0,)))
    3
    """
    return _reduce_max(operand, ints(axes))


def reduce_min(operand, axes):
    """The minimum over some axes.

    >>> from jaxgo import lax
    >>> print(lax.reduce_min(lax.iota(int, 4), (0,)))
    0
    """
    return _reduce_min(operand, ints(axes))


def reduce_and(operand, axes):
    """The bitwise AND over some axes.

    >>> from jaxgo import lax
    >>> print(lax.reduce_and(lax.iota(int, 4), (0,)))
    0
    """
    return _reduce_and(operand, ints(axes))


def reduce_or(operand, axes):
    """The bitwise OR over some axes.

    >>> from jaxgo import lax
    >>> print(lax.reduce_or(lax.iota(int, 4), (0,)))
    3
    """
    return _reduce_or(operand, ints(axes))


def reduce_xor(operand, axes):
    """The bitwise XOR over some axes.

    >>> from jaxgo import lax
    >>> print(lax.reduce_xor(lax.iota(int, 4), (0,)))
    0
    """
    return _reduce_xor(operand, ints(axes))


def cumsum(operand, axis=0, reverse=False):
    """The running sum along an axis.

    >>> from jaxgo import lax
    >>> print(lax.cumsum(lax.iota(int, 4)))
    [0 1 3 6]
    """
    return _cumsum(operand, axis, reverse)


def cumprod(operand, axis=0, reverse=False):
    """The running product along an axis.

    >>> from jaxgo import lax
    >>> print(lax.cumprod(lax.full((3,), 2)))
    [2 4 8]
    """
    return _cumprod(operand, axis, reverse)


def cummax(operand, axis=0, reverse=False):
    """The running maximum along an axis.

    >>> from jaxgo import lax
    >>> print(lax.cummax(lax.iota(int, 3)))
    [0 1 2]
    """
    return _cummax(operand, axis, reverse)


def cummin(operand, axis=0, reverse=False):
    """The running minimum along an axis.

    >>> from jaxgo import lax
    >>> print(lax.cummin(lax.iota(int, 3)))
    [0 0 0]
    """
    return _cummin(operand, axis, reverse)


def cumlogsumexp(operand, axis=0, reverse=False):
    """The running log(sum(exp(x))) along an axis.

    >>> from jaxgo import lax
    >>> print(lax.cumlogsumexp(lax.full((2,), 0.)))
    [0.        0.6931472]
    """
    return _cumlogsumexp(operand, axis, reverse)


def _identity(op, x):
    """Whether the scalar x is the identity of op, or an operation that takes x's dtype."""
    import numpy as np

    val = np.asarray(x)
    if val.ndim:
        return False
    d = val.dtype
    if op is _e.add or op is _e.bitwise_xor or op is _e.bitwise_or:
        return val == 0
    if op is _e.mul:
        return val == 1
    if op is _e.bitwise_and:
        return val == (True if d == np.bool_ else np.array(-1).astype(d))
    from ..numpy import finfo, iinfo

    if d == np.bool_:
        return val == (op is _e.min)
    if d.kind in "iu" or d.name.startswith(("int", "uint")):
        info = iinfo(d)
        return val == (info.min if op is _e.max else info.max)
    if d.name.endswith(("fn", "fnuz", "fnu")):
        info = finfo(d)
        return val == (info.min if op is _e.max else info.max)
    return val == (-np.inf if op is _e.max else np.inf)


_MONOIDS = {
    _e.add: reduce_sum,
    _e.mul: reduce_prod,
    _e.max: reduce_max,
    _e.min: reduce_min,
    _e.bitwise_and: reduce_and,
    _e.bitwise_or: reduce_or,
    _e.bitwise_xor: reduce_xor,
}


def _monoid(op, inits, table):
    """The function of the table that reduces by op from its identity, or None."""
    if len(inits) != 1 or isinstance(inits[0], Tracer):
        return None
    try:
        f = table.get(op)
    except TypeError:
        return None
    if f is None or not _identity(op, _canonical(inits[0])):
        return None
    if f in (reduce_and, reduce_or, reduce_xor) and dtype_of(inits[0]).kind not in "biu":
        return None
    return f


def _canonical(x):
    if isinstance(x, Array):
        return x
    import numpy as np

    return np.asarray(x, dtype=dtype_of(x))


def _is_weak(x):
    return type(x) in (int, float, complex) or bool(getattr(x, "weak_type", False))


def reduce(operands, init_values, computation, dimensions, out_sharding=None):
    """Reduces arrays over some axes by an associative function of two scalars, or of two pytrees of scalars.

    >>> from jaxgo import lax
    >>> print(lax.reduce(lax.iota(int, 4), 0, lax.add, (0,)))
    6
    """
    xs, tree = tree_flatten(operands)
    inits, init_tree = tree_flatten(init_values)
    if tree != init_tree:
        raise ValueError(f"Operands must have the same tree structure as init_values: {tree} vs. {init_tree}")
    if len(xs) != len(inits):
        raise ValueError(f"Must have same total number of operands as init_values:  {len(xs)} vs. {len(inits)}")
    f = _monoid(computation, inits, _MONOIDS)
    if f is not None:
        out = f(xs[0], dimensions)
        return tree_unflatten(tree, [_convert_element_type(out, weak_type=_is_weak(xs[0]) and _is_weak(inits[0]))])
    inits = [asarray(x) for x in inits]
    t = trace(
        computation,
        (tree_unflatten(tree, inits),) * 2,
        "reduce comp",
        concrete="Reduction computations can't close over Tracers. Please open an issue at https://github.com/jax-ml/jax.",
    )
    return tree_unflatten(t.out_tree, _reduce(t.jaxpr, [asarray(x) for x in xs], inits, ints(dimensions))[0])


def _pads(shape, window, strides, padding):
    if isinstance(padding, str):
        from ._conv import padtype_to_pads

        return padtype_to_pads(shape, window, strides, padding)
    return [tuple(map(int, p)) for p in padding]


def _dilated(n, by):
    return n if n == 0 else 1 + by * (n - 1)


_WINDOW_MONOIDS = {_e.add: _window_sum, _e.max: _window_max, _e.min: _window_min}


def reduce_window(
    operand, init_value, computation, window_dimensions, window_strides=None, padding="VALID", base_dilation=None, window_dilation=None
):
    """Reduces the windows of arrays by an associative function of two scalars, or of two pytrees of scalars.

    >>> from jaxgo import lax
    >>> print(lax.reduce_window(lax.iota(int, 4), 0, lax.add, (2,)))
    [1 3 5]
    """
    xs, tree = tree_flatten(operand)
    inits, init_tree = tree_flatten(init_value)
    if tree != init_tree:
        raise ValueError(f"Operands must have the same tree structure as init_values: {tree} vs. {init_tree}")
    if len(xs) == 0:
        raise ValueError("reduce_window must have at least one operand.")
    if len(xs) != len(inits):
        raise ValueError(f"Must have same total number of operands as init_values:  {len(xs)} vs. {len(inits)}")
    dims = ints(window_dimensions)
    n = len(dims)
    strides = (1,) * n if window_strides is None else ints(window_strides)
    base = (1,) * n if base_dilation is None else ints(base_dilation)
    dilation = (1,) * n if window_dilation is None else ints(window_dilation)
    if isinstance(padding, str):
        shape = tuple(_dilated(s, b) for s, b in zip(_shape_of(xs[0]), base))
        if len(shape) == n == len(strides):
            padding = _pads(shape, tuple(_dilated(w, d) for w, d in zip(dims, dilation)), strides, padding)
        else:
            padding = [(0, 0)] * n
    else:
        padding = _pads(None, None, None, padding)
    f = _monoid(computation, inits, _WINDOW_MONOIDS)
    if f is not None:
        return tree_unflatten(tree, [f(xs[0], dims, strides, padding, base, dilation)])
    inits = [asarray(x) for x in inits]
    t = trace(
        computation,
        (tree_unflatten(tree, inits),) * 2,
        "reduce_window comp",
        concrete="Reduction computations can't close over Tracers. Please open an issue at https://github.com/jax-ml/jax.",
    )
    if t.out_tree != tree:
        raise ValueError(f"reduce_window output must have the same tree structure as the operands {tree} vs. {t.out_tree}")
    return tree_unflatten(t.out_tree, _window(t.jaxpr, [asarray(x) for x in xs], inits, dims, strides, padding, base, dilation)[0])


def reduce_window_shape_tuple(operand_shape, window_dimensions, window_strides, padding, base_dilation=None, window_dilation=None):
    """The shape of a reduction over windows.

    >>> from jaxgo import lax
    >>> lax.reduce_window_shape_tuple((4,), (2,), (1,), [(0, 0)])
    (3,)
    """
    if base_dilation is not None:
        operand_shape = tuple(map(_dilated, operand_shape, base_dilation))
    if window_dilation is not None:
        window_dimensions = tuple(map(_dilated, window_dimensions, window_dilation))
    padded = (d + lo + hi for d, (lo, hi) in zip(operand_shape, padding))
    return tuple(max(0, (d - w) // s + 1) if d >= w else 0 for d, w, s in zip(padded, window_dimensions, window_strides))
