"""Communication among the members of a mapped axis that has a name."""

from __future__ import annotations

from .. import _fast
from .._api import _axis_key
from ._util import Array, asarray

_func, _call = _fast.func, _fast.call
_psum, _pmax, _pmin = _func("lax.psum"), _func("lax.pmax"), _func("lax.pmin")
_all_gather, _psum_scatter, _all_to_all = _func("lax.all_gather"), _func("lax.psum_scatter"), _func("lax.all_to_all")
_ppermute, _pbroadcast, _axis_index = _func("lax.ppermute"), _func("lax.pbroadcast"), _func("lax.axis_index")


def _map(f, x):
    if isinstance(x, Array):
        return f(x)
    from ..tree_util import tree_map

    return tree_map(f, x)


def _axes(axis_name):
    """The axes as Go takes them: names, and as integers axes of the operand."""
    axes = tuple(axis_name) if isinstance(axis_name, (tuple, list)) else (axis_name,)
    return tuple(a if isinstance(a, int) else _axis_key(a) for a in axes)


def _names(axis_name):
    """The named axes."""
    return tuple(a for a in _axes(axis_name) if not isinstance(a, int))


def _no_groups(name, groups):
    if groups is not None:
        raise NotImplementedError(f"axis_index_groups not supported for vmap {name}")


def _check_groups(groups, axes):
    if groups is None:
        return
    if any(isinstance(a, int) for a in axes):
        raise ValueError("axis_index_groups only supported for sums over just named axes")
    if {i for g in groups for i in g} != set(range(sum(len(g) for g in groups))):
        raise ValueError("axis_index_groups must cover all indices exactly once")


def axis_size(axis_name):
    """The number of members of a mapped axis.

    >>> import jaxgo as jax
    >>> print(jax.vmap(lambda x: x / jax.lax.axis_size("i"), axis_name="i")(jax.numpy.ones(2)))
    [0.5 0.5]
    """
    size = 1
    env = None
    for name in axis_name if isinstance(axis_name, (tuple, list)) else (axis_name,):
        env = env if env is not None else dict(_call("axis_env"))
        key = _axis_key(name)
        if key not in env:
            raise NameError(f"unbound axis name: {name}")
        size *= env[key]
    return size


def axis_index(axis_name):
    """The position along a mapped axis.

    >>> import jaxgo as jax
    >>> print(jax.vmap(lambda x: x + jax.lax.axis_index("i"), axis_name="i")(jax.numpy.zeros(2)))
    [0. 1.]
    """
    if not isinstance(axis_name, (tuple, list)):
        return _axis_index(_axis_key(axis_name))
    size, index = 1, asarray(0)
    for name in reversed(axis_name):
        index += axis_index(name) * size
        size *= axis_size(name)
    return index


def psum(x, axis_name, *, axis_index_groups=None):
    """The sum over a mapped axis; of a Python number, that times the size of the axis.

    >>> import jaxgo as jax
    >>> print(jax.vmap(lambda x: jax.lax.psum(x, "i"), axis_name="i")(jax.numpy.arange(3.)))
    [3. 3. 3.]
    """
    axes = _axes(axis_name)
    _check_groups(axis_index_groups, axes)
    if not axes:
        return x
    _no_groups("collective", axis_index_groups)

    def bind(leaf):
        if isinstance(leaf, (int, float, complex)) and not any(isinstance(a, int) for a in axes):
            return axis_size(axis_name) * (int(leaf) if isinstance(leaf, bool) else leaf)
        return _psum(asarray(leaf), axes)

    return _map(bind, x)


def pmean(x, axis_name, *, axis_index_groups=None):
    """The mean over a mapped axis.

    >>> import jaxgo as jax
    >>> print(jax.vmap(lambda x: jax.lax.pmean(x, "i"), axis_name="i")(jax.numpy.arange(3.)))
    [1. 1. 1.]
    """
    x = psum(x, axis_name, axis_index_groups=axis_index_groups)
    n = psum(1, axis_name, axis_index_groups=axis_index_groups)
    return _map(lambda v: v / n, x)


def _extremum(op, x, axis_name, axis_index_groups):
    axes = _axes(axis_name)
    _check_groups(axis_index_groups, axes)
    _no_groups("collective", axis_index_groups)
    return _map(lambda leaf: op(asarray(leaf), axes), x)


def pmax(x, axis_name, *, axis_index_groups=None):
    """The maximum over a mapped axis.

    >>> import jaxgo as jax
    >>> print(jax.vmap(lambda x: jax.lax.pmax(x, "i"), axis_name="i")(jax.numpy.arange(3.)))
    [2. 2. 2.]
    """
    return _extremum(_pmax, x, axis_name, axis_index_groups)


def pmin(x, axis_name, *, axis_index_groups=None):
    """The minimum over a mapped axis.

    >>> import jaxgo as jax
    >>> print(jax.vmap(lambda x: jax.lax.pmin(x, "i"), axis_name="i")(jax.numpy.arange(3.)))
    [0. 0. 0.]
    """
    return _extremum(_pmin, x, axis_name, axis_index_groups)


def all_gather(x, axis_name, *, axis_index_groups=None, axis=0, tiled=False, to="varying"):
    """The values of all members, along a new axis; tiled: joined along an axis.

    >>> import jaxgo as jax
    >>> print(jax.vmap(lambda x: jax.lax.all_gather(x, "i"), axis_name="i")(jax.numpy.arange(2)))
    [[0 1]
     [0 1]]
    """
    _no_groups("all_gather", axis_index_groups)
    names = _names(axis_name)
    return _map(lambda v: _all_gather(asarray(v), names, axis, tiled), x)


def psum_scatter(x, axis_name, *, scatter_dimension=0, axis_index_groups=None, tiled=False):
    """The sum over a mapped axis, of which each member keeps its part.

    >>> import jaxgo as jax
    >>> print(jax.vmap(lambda x: jax.lax.psum_scatter(x, "i"), axis_name="i")(jax.numpy.ones((2, 2))))
    [2. 2.]
    """
    _no_groups("psum_scatter", axis_index_groups)
    names = _names(axis_name)
    return _map(lambda v: _psum_scatter(asarray(v), names, scatter_dimension, tiled), x)


def all_to_all(x, axis_name, split_axis, concat_axis, *, axis_index_groups=None, tiled=False):
    """Splits each member's value along one axis, sends each member its part, and joins what it receives along another.

    >>> import jaxgo as jax
    >>> print(jax.vmap(lambda x: jax.lax.all_to_all(x, "i", 0, 0), axis_name="i")(jax.numpy.arange(4).reshape(2, 2)))
    [[0 2]
     [1 3]]
    """
    _no_groups("all_to_all", axis_index_groups)
    names = _names(axis_name)
    if len(names) != 1:
        raise NotImplementedError("all_to_all over several axes")
    n = axis_size(axis_name)

    def bind(v):
        v = asarray(v)
        if tiled and v.shape[split_axis] % n:
            raise ValueError(
                f"The size of all_to_all split_axis ({v.shape[split_axis]}) has to be divisible by the size of the named axis {axis_name} ({n})"
            )
        if not tiled and v.shape[split_axis] != n:
            raise ValueError(
                "all_to_all requires the size of the mapped axis axis_name to equal x.shape[split_axis], but they are "
                f"{n} and {v.shape[split_axis]} respectively."
            )
        return _all_to_all(v, names[0], split_axis, concat_axis, tiled)

    return _map(bind, x)


def pswapaxes(x, axis_name, axis, *, axis_index_groups=None):
    """Exchanges a mapped axis with one of x.

    >>> import jaxgo as jax
    >>> print(jax.vmap(lambda x: jax.lax.pswapaxes(x, "i", 0), axis_name="i")(jax.numpy.arange(4).reshape(2, 2)))
    [[0 2]
     [1 3]]
    """
    return all_to_all(x, axis_name, axis, axis, axis_index_groups=axis_index_groups)


def ppermute(x, axis_name, perm):
    """Sends each member's value to another, by pairs of source and destination; who receives none gets zeros.

    >>> import jaxgo as jax
    >>> print(jax.vmap(lambda x: jax.lax.ppermute(x, "i", [(0, 1), (1, 0)]), axis_name="i")(jax.numpy.arange(2)))
    [1 0]
    """
    names = _names(axis_name)
    pairs = tuple(map(tuple, perm))
    return _map(lambda v: _ppermute(asarray(v), names, pairs), x)


def pshuffle(x, axis_name, perm):
    """ppermute where each member receives from the one that a permutation names.

    >>> import jaxgo as jax
    >>> print(jax.vmap(lambda x: jax.lax.pshuffle(x, "i", [1, 0]), axis_name="i")(jax.numpy.arange(2)))
    [1 0]
    """
    if set(perm) != set(range(len(perm))):
        raise ValueError(f"`perm` does not represent a permutation: {perm}")
    return ppermute(x, axis_name, list(zip(perm, range(len(perm)))))


def pbroadcast(x, axis_name, source):
    """The value of one member for all.

    >>> import jaxgo as jax
    >>> print(jax.vmap(lambda x: jax.lax.pbroadcast(x, "i", 1), axis_name="i")(jax.numpy.arange(2)))
    [1 1]
    """
    return _map(lambda v: _pbroadcast(asarray(v), _axis_key(axis_name), source), x)


def pcast(x, axis_name, *, to):
    """x, marked as varying along an axis or not; without a mesh that changes nothing.

    >>> from jaxgo import lax
    >>> lax.pcast(1, (), to="varying")
    1
    """
    if isinstance(axis_name, (set, frozenset)):
        raise TypeError(f"{axis_name=} must be a tuple or a str. Got {axis_name}")
    if to not in ("reduced", "unreduced", "varying"):
        raise ValueError("Got unexpected `to` value. Allowed `to` values are: {'reduced', 'unreduced', 'varying'}")
    _bound("psum", axis_name)
    return x


def _bound(name, axis_name):
    """Raises the error of an axis that is not there."""
    for a in axis_name if isinstance(axis_name, (tuple, list)) else (axis_name,):
        if _axis_key(a) not in dict(_call("axis_env")):
            raise NameError(f"Found an unbound axis name: {a}. To fix this, please call {name} under `jax.shard_map`.")


def _devices_only(name, axis_name):
    """Raises the error of a collective that moves data between devices: vmap has no rule for it."""
    _bound(name, axis_name)
    raise NotImplementedError(f"Batching rule for '{name}' not implemented")


def psend(x, axis_name, perm):
    """Sends values to other devices of an axis; a mapped axis of one device has none."""
    _devices_only("psend", axis_name)


def precv(token, out_shape, axis_name, perm):
    """Receives what psend sent."""
    _devices_only("precv", axis_name)


def ragged_all_to_all(operand, output, input_offsets, send_sizes, output_offsets, recv_sizes, *, axis_name, axis_index_groups=None):
    """all_to_all of pieces that differ in length, between devices; a mapped axis of one device has none."""
    _devices_only("ragged_all_to_all", axis_name)
