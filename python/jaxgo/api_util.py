"""Helpers of the transformations' argument handling."""

from __future__ import annotations

from ._api import aval_from_id as _aval_from_id
from ._api import aval_id, flatten_axes

__all__ = ["argnums_partial", "donation_vector", "flatten_axes", "rebase_donate_argnums", "safe_map", "shaped_abstractify"]


def shaped_abstractify(x):
    """The abstract value of an array, a scalar, or anything with a shape and a dtype.

    >>> shaped_abstractify(1.5)
    ShapedArray(float32[], weak_type=True)
    """
    return _aval_from_id(aval_id(x))


def safe_map(f, *args):
    """`map` to a list, of arguments of one length.

    >>> safe_map(max, [1, 5], [4, 2])
    [4, 5]
    """
    args = [list(a) for a in args]
    n = len(args[0])
    for a in args[1:]:
        if len(a) != n:
            raise ValueError(f"safe_map() arguments have different lengths: {[len(a) for a in args]}")
    return list(map(f, *args))


def rebase_donate_argnums(donate_argnums, static_argnums):
    """The donated arguments' places among the arguments that are not static.

    >>> rebase_donate_argnums((2,), (0,))
    (1,)
    """
    return tuple(i - sum(j < i for j in static_argnums) for i in donate_argnums)


def donation_vector(donate_argnums, donate_argnames, in_tree, kws=True):
    """Which leaves of the arguments are donated."""
    names = donate_argnames or ()
    if kws:
        args, kwargs = in_tree.children()
    else:
        args, kwargs = in_tree, None
    mask = []
    for i, child in enumerate(args.children()):
        mask += [i in donate_argnums] * child.num_leaves
    if kwargs is not None:
        for k, child in zip(kwargs.node_data()[1] if kwargs.node_data() else (), kwargs.children()):
            mask += [k in names] * child.num_leaves
    return tuple(mask)


def argnums_partial(f, dyn_argnums, args, require_static_args_hashable=True):
    """f of the arguments at ``dyn_argnums``, the others fixed, and the values of the former.

    >>> g, dynamic = argnums_partial(lambda x, y: x - y, 0, (5, 2))
    >>> g(*dynamic)
    3
    """
    nums = (dyn_argnums,) if isinstance(dyn_argnums, int) else tuple(dyn_argnums)
    nums = tuple(i + len(args) if i < 0 else i for i in nums)
    if require_static_args_hashable:
        for i, x in enumerate(args):
            if i not in nums:
                try:
                    hash(x)
                except TypeError:
                    raise ValueError(
                        "Non-hashable static arguments are used in a jit function, which can lead to unexpected "
                        f"cache-misses. Static argument (index {i}) of type {type(x)} is non-hashable."
                    ) from None

    def partial(*dynamic):
        full = list(args)
        for i, x in zip(nums, dynamic):
            full[i] = x
        return f(*full)

    return partial, [args[i] for i in nums]
