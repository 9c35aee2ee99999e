"""Functions on pytrees, under short names; see :mod:`jaxgo.tree_util`."""

from __future__ import annotations

from jaxgo import tree_util

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable, Iterable
    from typing import Any, TypeVar

    T = TypeVar("T")


def all(tree: Any, *, is_leaf: Callable[[Any], bool] | None = None) -> bool:
    """Whether every leaf is true.

    >>> all([True, {'a': True}]), all([False, (True,)])
    (True, False)
    """
    return tree_util.tree_all(tree, is_leaf=is_leaf)


def broadcast(prefix_tree: Any, full_tree: Any, is_leaf: Callable[[Any], bool] | None = None) -> Any:
    """The structure of full_tree, each leaf being the leaf of prefix_tree that stands for it.

    >>> broadcast((1, 2, 3), (0, {'a': 0, 'b': 0}, (0, 0)))
    (1, {'a': 2, 'b': 2}, (3, 3))
    """
    return tree_util.tree_broadcast(prefix_tree, full_tree, is_leaf=is_leaf)


def flatten(
    tree: Any,
    is_leaf: Callable[[Any], bool] | None = None,
) -> tuple[list[tree_util.Leaf], tree_util.PyTreeDef]:
    """The leaves, from left to right, and the structure.

    Args:
      tree: the pytree.
      is_leaf: called on every node on the way; where it returns True, the subtree is a leaf.

    >>> flatten([1, (2, 3), [4, 5]])
    ([1, 2, 3, 4, 5], PyTreeDef([*, (*, *), [*, *]]))
    """
    return tree_util.tree_flatten(tree, is_leaf)


def flatten_with_path(
    tree: Any,
    is_leaf: Callable[..., bool] | None = None,
    is_leaf_takes_path: bool = False,
) -> tuple[list[tuple[tree_util.KeyPath, Any]], tree_util.PyTreeDef]:
    """As flatten, but (path, leaf) instead of each leaf.

    >>> flatten_with_path([1, {'x': 3}])[0]
    [((SequenceKey(idx=0),), 1), ((SequenceKey(idx=1), DictKey(key='x')), 3)]
    """
    return tree_util.tree_flatten_with_path(tree, is_leaf, is_leaf_takes_path)


def leaves(tree: Any, is_leaf: Callable[[Any], bool] | None = None) -> list[tree_util.Leaf]:
    """The leaves, from left to right.

    >>> leaves([1, (2, 3), [4, 5]])
    [1, 2, 3, 4, 5]
    """
    return tree_util.tree_leaves(tree, is_leaf)


def leaves_with_path(
    tree: Any,
    is_leaf: Callable[..., bool] | None = None,
    is_leaf_takes_path: bool = False,
) -> list[tuple[tree_util.KeyPath, Any]]:
    """The (path, leaf) pairs.

    >>> leaves_with_path([1, {'x': 3}])
    [((SequenceKey(idx=0),), 1), ((SequenceKey(idx=1), DictKey(key='x')), 3)]
    """
    return tree_util.tree_leaves_with_path(tree, is_leaf, is_leaf_takes_path)


def map(f: Callable[..., Any], tree: Any, *rest: Any, is_leaf: Callable[[Any], bool] | None = None) -> Any:
    """The structure of tree with each leaf x replaced by f(x, *xs).

    Args:
      f: the function.
      tree: the pytree.
      rest: pytrees of which tree is a prefix; xs are their subtrees at x.
      is_leaf: see flatten.

    >>> map(lambda x: x + 1, {'x': 7, 'y': 42})
    {'x': 8, 'y': 43}
    >>> map(lambda x, y: [x] + y, [5, 6], [[7, 9], [1, 2]])
    [[5, 7, 9], [6, 1, 2]]
    """
    return tree_util.tree_map(f, tree, *rest, is_leaf=is_leaf)


def map_with_path(
    f: Callable[..., Any],
    tree: Any,
    *rest: Any,
    is_leaf: Callable[..., bool] | None = None,
    is_leaf_takes_path: bool = False,
) -> Any:
    """As map, but f gets the leaf's path first.

    >>> map_with_path(lambda path, x: x + path[0].idx, [1, 2, 3])
    [1, 3, 5]
    """
    return tree_util.tree_map_with_path(f, tree, *rest, is_leaf=is_leaf, is_leaf_takes_path=is_leaf_takes_path)


def reduce(
    function: Callable[[T, Any], T],
    tree: Any,
    initializer: T | tree_util.Unspecified = tree_util._unspecified,
    is_leaf: Callable[[Any], bool] | None = None,
) -> T:
    """functools.reduce over the leaves.

    >>> import operator
    >>> reduce(operator.add, [1, (2, 3), [4, 5, 6]])
    21
    """
    return tree_util.tree_reduce(function, tree, initializer, is_leaf=is_leaf)


def reduce_associative(
    operation: Callable[[T, T], T],
    tree: Any,
    *,
    identity: T | tree_util.Unspecified = tree_util._unspecified,
    is_leaf: Callable[[Any], bool] | None = None,
) -> T:
    """Reduces the leaves by halves, so the result's expression is as shallow as can be.

    >>> import operator
    >>> reduce_associative(operator.add, [1, (2, 3), [4, 5, 6]])
    21
    """
    return tree_util.tree_reduce_associative(operation, tree, identity=identity, is_leaf=is_leaf)


def static(**kwargs):
    """A dataclass field that is auxiliary data, not a child, for register_dataclass; arguments as dataclasses.field.

    >>> import dataclasses
    >>> @tree_util.register_dataclass
    ... @dataclasses.dataclass
    ... class Op:
    ...   x: float
    ...   name: str = static(default='add')
    >>> flatten(Op(1.5))
    ([1.5], PyTreeDef(CustomNode(Op[('add',)], [*])))
    """
    import dataclasses

    metadata = {"static": True, **(kwargs.pop("metadata", {}) or {})}
    return dataclasses.field(metadata=metadata, **kwargs)


if TYPE_CHECKING:
    # Type checkers know this one's meaning.
    pass


def structure(tree: Any, is_leaf: None | (Callable[[Any], bool]) = None) -> tree_util.PyTreeDef:
    """The structure.

    >>> structure([1, (2, 3), [4, 5]])
    PyTreeDef([*, (*, *), [*, *]])
    """
    return tree_util.tree_structure(tree, is_leaf)


def transpose(
    outer_treedef: tree_util.PyTreeDef,
    inner_treedef: tree_util.PyTreeDef | None,
    pytree_to_transpose: Any,
) -> Any:
    """Turns a tree of structure outer, with structure inner at each leaf, inside out. None: infer inner.

    >>> transpose(structure(['*', '*']), structure(('*', '*', '*')), [(1, 2, 3), (4, 5, 6)])
    ([1, 4], [2, 5], [3, 6])
    """
    return tree_util.tree_transpose(outer_treedef, inner_treedef, pytree_to_transpose)


def unflatten(treedef: tree_util.PyTreeDef, leaves: Iterable[tree_util.Leaf]) -> Any:
    """The tree of this structure with these leaves.

    >>> unflatten(structure([1, (2, 3), [4, 5]]), [100, 200, 300, 400, 500])
    [100, (200, 300), [400, 500]]
    """
    return tree_util.tree_unflatten(treedef, leaves)
