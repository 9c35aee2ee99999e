"""Pytrees: nested containers seen as leaves plus a structure.

Tuples, lists, dicts, None, namedtuples, OrderedDict, defaultdict and registered classes are nodes; everything
else is a leaf. Flattening, unflattening and PyTreeDef are C (`jaxgo._fast`); this module holds the signatures,
the registration of classes and the wording of structure errors.
"""

from __future__ import annotations

import collections
import functools
import operator

from jaxgo import _fast

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable, Hashable, Iterable, Iterator, Sequence
    from typing import Any, TypeVar

    T = TypeVar("T")
    H = TypeVar("H", bound=Hashable)
    Typ = TypeVar("Typ", bound=type)
    _AuxData = TypeVar("_AuxData", bound=Hashable)
    _Children = TypeVar("_Children", bound=Iterable[Any])
    KeyLeafPair = tuple[object, Any]
    KeyLeafPairs = Iterable[KeyLeafPair]

DictKey = _fast.DictKey
FlattenedIndexKey = _fast.FlattenedIndexKey
GetAttrKey = _fast.GetAttrKey
PyTreeDef = _fast.PyTreeDef
PyTreeRegistry = _fast.PyTreeRegistry
SequenceKey = _fast.SequenceKey

Leaf = object
PyTree = object
KeyEntry = object
KeyPath = tuple[KeyEntry, ...]

default_registry = _fast.default_registry
# The same types, but None is a leaf.
none_leaf_registry = PyTreeRegistry(enable_none=False)
for _name in ("default_registry", "none_leaf_registry"):
    # By these two a registry is pickled.
    globals()[_name].__name__ = _name
    globals()[_name].__module__ = __name__
# JAX tells these apart; here nothing does.
dispatch_registry = tracing_registry = default_registry

_flatten = default_registry.flatten
_leaves = default_registry.leaves
_structure = default_registry.structure
_map = default_registry.map


class Unspecified:
    """The default of a parameter for which None is a value."""

    def __repr__(self):
        return "Unspecified()"


_unspecified = Unspecified()


# Flattening and unflattening


def tree_flatten(tree: Any, is_leaf: Callable[[Any], bool] | None = None) -> tuple[list[Leaf], PyTreeDef]:
    """Alias of :func:`jaxgo.tree.flatten`."""
    return _flatten(tree, is_leaf)


def tree_unflatten(treedef: PyTreeDef, leaves: Iterable[Leaf]) -> Any:
    """Alias of :func:`jaxgo.tree.unflatten`."""
    return treedef.unflatten(leaves)


def tree_leaves(tree: Any, is_leaf: Callable[[Any], bool] | None = None) -> list[Leaf]:
    """Alias of :func:`jaxgo.tree.leaves`."""
    return _leaves(tree, is_leaf)


def tree_structure(tree: Any, is_leaf: None | (Callable[[Any], bool]) = None) -> PyTreeDef:
    """Alias of :func:`jaxgo.tree.structure`."""
    return _structure(tree, is_leaf)


def tree_flatten_with_path(
    tree: Any,
    is_leaf: Callable[..., bool] | None = None,
    is_leaf_takes_path: bool = False,
) -> tuple[list[tuple[KeyPath, Any]], PyTreeDef]:
    """Alias of :func:`jaxgo.tree.flatten_with_path`."""
    predicate = is_leaf
    if is_leaf is not None and not is_leaf_takes_path:
        predicate = lambda _, x: is_leaf(x)
    return default_registry.flatten_with_path(tree, predicate)


def tree_leaves_with_path(
    tree: Any,
    is_leaf: Callable[..., bool] | None = None,
    is_leaf_takes_path: bool = False,
) -> list[tuple[KeyPath, Any]]:
    """Alias of :func:`jaxgo.tree.leaves_with_path`."""
    return tree_flatten_with_path(tree, is_leaf, is_leaf_takes_path)[0]


generate_key_paths = tree_leaves_with_path


def flatten_one_level(tree: Any) -> tuple[Iterable[Any], Hashable]:
    """The children of a node and its node data.

    >>> flatten_one_level({'a': [1, 2], 'b': {'c': 3}})
    (([1, 2], {'c': 3}), ('a', 'b'))
    """
    out = default_registry.flatten_one_level(tree)
    if out is None:
        raise ValueError(f"can't tree-flatten type: {type(tree)}")
    return out


def flatten_one_level_with_keys(tree: Any) -> tuple[Iterable[KeyLeafPair], Hashable]:
    """The (key, child) pairs of a node and its node data.

    >>> flatten_one_level_with_keys([5])
    (((SequenceKey(idx=0), 5),), None)
    """
    out = default_registry.flatten_one_level_with_keys(tree)
    if out is None:
        raise ValueError(f"can't tree-flatten type: {type(tree)}")
    return out


def all_leaves(iterable: Iterable[Any], is_leaf: Callable[[Any], bool] | None = None) -> bool:
    """Whether every element is a leaf.

    >>> all_leaves([1, 2.0]), all_leaves([1, (2,)])
    (True, False)
    """
    if is_leaf is None:
        return _fast.all_leaves(default_registry, iterable)
    items = list(iterable)
    leaves = _leaves(items, is_leaf)
    return len(leaves) == len(items) and all(map(operator.is_, items, leaves))


def is_tree_node(typ: type) -> bool:
    """Whether objects of this type are nodes: a built-in container, a namedtuple or a registered type.

    >>> is_tree_node(dict), is_tree_node(str)
    (True, False)
    """
    return default_registry.is_node(typ)


# Structures


def treedef_tuple(treedefs: Iterable[PyTreeDef]) -> PyTreeDef:
    """The structure of a tuple whose elements have these structures.

    >>> treedef_tuple([tree_structure([1]), tree_structure(2)])
    PyTreeDef(([*], *))
    """
    return _fast.treedef_tuple(default_registry, treedefs)


def treedef_children(treedef: PyTreeDef) -> list[PyTreeDef]:
    """The structures of the immediate children.

    >>> treedef_children(tree_structure([(1, 2), 3]))
    [PyTreeDef((*, *)), PyTreeDef(*)]
    """
    return treedef.children()


def treedef_is_leaf(treedef: PyTreeDef) -> bool:
    """Whether the structure is a single node.

    >>> treedef_is_leaf(tree_structure(1)), treedef_is_leaf(tree_structure([1, 2]))
    (True, False)
    """
    return treedef.num_nodes == 1


def treedef_is_strict_leaf(treedef: PyTreeDef) -> bool:
    """Whether the structure is a leaf, and not a node without children such as None."""
    return treedef.num_nodes == 1 and treedef.num_leaves == 1


# Maps and reductions


def tree_map(
    f: Callable[..., Any],
    tree: Any,
    *rest: Any,
    is_leaf: Callable[[Any], bool] | None = None,
) -> Any:
    """Alias of :func:`jaxgo.tree.map`."""
    if not rest:
        return _map(f, tree, is_leaf)
    leaves, treedef = _flatten(tree, is_leaf)
    return _map_rest("tree_map tree", f, [leaves], treedef, tree, rest, is_leaf)


def tree_map_with_path(
    f: Callable[..., Any],
    tree: Any,
    *rest: Any,
    is_leaf: Callable[..., bool] | None = None,
    is_leaf_takes_path: bool = False,
) -> Any:
    """Alias of :func:`jaxgo.tree.map_with_path`."""
    pairs, treedef = tree_flatten_with_path(tree, is_leaf, is_leaf_takes_path)
    columns = [[p for p, _ in pairs], [x for _, x in pairs]]
    return _map_rest("tree_map_with_path tree", f, columns, treedef, tree, rest, is_leaf)


def _map_rest(name, f, columns, treedef, tree, rest, is_leaf):
    try:
        for r in rest:
            columns.append(treedef.flatten_up_to(r))
    except Exception as e:
        err = next(_prefix_error((), tree, r, is_leaf), None)
        raise (e if err is None else err(name)) from None
    return _fast.treedef_map(f, treedef, columns)


def tree_reduce(
    function: Callable[[T, Any], T],
    tree: Any,
    initializer: T | Unspecified = _unspecified,
    is_leaf: Callable[[Any], bool] | None = None,
) -> T:
    """Alias of :func:`jaxgo.tree.reduce`."""
    if isinstance(initializer, Unspecified):
        return functools.reduce(function, _leaves(tree, is_leaf))
    return functools.reduce(function, _leaves(tree, is_leaf), initializer)


def tree_reduce_associative(
    operation: Callable[[T, T], T],
    tree: Any,
    *,
    identity: T | Unspecified = _unspecified,
    is_leaf: Callable[[Any], bool] | None = None,
) -> T:
    """Alias of :func:`jaxgo.tree.reduce_associative`."""
    leaves = _leaves(tree, is_leaf)
    if leaves:
        return _reduce_halves(operation, leaves)
    if isinstance(identity, Unspecified):
        raise TypeError("Must specify identity for parallel reduction of empty sequence.")
    return identity


def _reduce_halves(operation, xs):
    if len(xs) == 1:
        return xs[0]
    half = len(xs) // 2
    return operation(_reduce_halves(operation, xs[:half]), _reduce_halves(operation, xs[half:]))


def tree_all(tree: Any, *, is_leaf: Callable[[Any], bool] | None = None) -> bool:
    """Alias of :func:`jaxgo.tree.all`."""
    return all(_leaves(tree, is_leaf))


def tree_transpose(outer_treedef: PyTreeDef, inner_treedef: PyTreeDef | None, pytree_to_transpose: Any) -> Any:
    """Alias of :func:`jaxgo.tree.transpose`."""
    leaves, treedef = _flatten(pytree_to_transpose)
    if inner_treedef is None:
        inner_treedef = _structure(outer_treedef.flatten_up_to(pytree_to_transpose)[0])
    inner, outer = inner_treedef.num_leaves, outer_treedef.num_leaves
    if treedef.num_leaves != inner * outer:
        raise TypeError(f"Mismatch\n{treedef}\n != \n{outer_treedef.compose(inner_treedef)}")
    # Row i of the outer tree is leaves[i * inner : (i + 1) * inner]; the new subtrees are the columns. Without
    # outer leaves there is not one column, which fails as too few leaves.
    columns = (leaves[j::inner] for j in range(inner if outer else 0))
    return inner_treedef.unflatten(map(outer_treedef.unflatten, columns))


def tree_broadcast(prefix_tree: Any, full_tree: Any, is_leaf: Callable[[Any], bool] | None = None) -> Any:
    """Alias of :func:`jaxgo.tree.broadcast`."""
    return _structure(full_tree).unflatten(broadcast_prefix(prefix_tree, full_tree, is_leaf=is_leaf))


def broadcast_prefix(
    prefix_tree: Any,
    full_tree: Any,
    is_leaf: Callable[[Any], bool] | None = None,
) -> list[Any]:
    """The leaves of prefix_tree, each repeated for the leaves of full_tree that it stands for.

    >>> broadcast_prefix((1, 2), ('a', ['b', 'c']))
    [1, 2, 2]
    """
    result = []

    def add(x, subtree):
        result.extend([x] * _structure(subtree).num_leaves)

    try:
        tree_map(add, prefix_tree, full_tree, is_leaf=is_leaf)
    except ValueError as e:
        err = next(_prefix_error((), prefix_tree, full_tree), None)
        raise (e if err is None else err("broadcast_prefix prefix_tree")) from None
    return result


def broadcast_flattened_prefix_with_treedef(
    prefix_leaves: list[Any],
    prefix_treedef: PyTreeDef,
    full_treedef: PyTreeDef,
) -> list[Any]:
    """As broadcast_prefix, for trees of which only this is known."""
    if len(prefix_leaves) != prefix_treedef.num_leaves:
        raise ValueError(f"expected {prefix_treedef.num_leaves} leaves, got {len(prefix_leaves)}")
    result = []
    rest = iter(prefix_leaves)

    def add(prefix, full):
        if treedef_is_strict_leaf(prefix):
            result.extend([next(rest)] * full.num_leaves)
            return
        if treedef_is_strict_leaf(full):
            raise ValueError("`prefix_treedef` is not a prefix of `full_treedef`")
        if prefix.node_data() != full.node_data():
            raise ValueError(f"expected {full.node_data()}, got {prefix.node_data()}")
        for p, q in zip(prefix.children(), full.children(), strict=True):
            add(p, q)

    add(prefix_treedef, full_treedef)
    return result


# Structure errors


def prefix_errors(
    prefix_tree: Any,
    full_tree: Any,
    is_leaf: Callable[[Any], bool] | None = None,
) -> list[Callable[[str], ValueError]]:
    """Why prefix_tree is no prefix of full_tree: functions from the tree's name in the message to the error."""
    return list(_prefix_error((), prefix_tree, full_tree, is_leaf))


def _child_keys(tree):
    return tuple(k for k, _ in flatten_one_level_with_keys(tree)[0])


def _key_name(key):
    """A key as the messages list it."""
    return getattr(key, "key", getattr(key, "name", key))


def _prefix_error(path, prefix, full, is_leaf=None) -> Iterator[Callable[[str], ValueError]]:
    # A leaf is a prefix of anything.
    if treedef_is_strict_leaf(_structure(prefix, is_leaf)):
        return

    def error(what, details):
        return lambda name: ValueError(
            f"pytree structure error: {what} at key path\n"
            f"    {name}{keystr(path)}\n"
            f"At that key path, the prefix pytree {name} has a subtree of type{details}"
        )

    if type(prefix) is not type(full):
        yield error(
            "different types", (f"\n    {type(prefix)}\nbut at the same key path the full pytree has a subtree of different type\n    {type(full)}.")
        )
        return

    # The two have one type, and it is that of a node.
    prefix_children, prefix_meta = flatten_one_level(prefix)
    full_children, full_meta = flatten_one_level(full)
    prefix_children, full_children = tuple(prefix_children), tuple(full_children)
    prefix_keys, full_keys = _child_keys(prefix), _child_keys(full)
    if isinstance(prefix, (list, tuple)):
        if len(prefix) != len(full):
            name = type(prefix).__name__
            yield error(
                f"different lengths of {name}",
                (f" {name} of length {len(prefix)}, but the full pytree has a subtree of the same type but of length {len(full)}."),
            )
            return
    elif len(prefix_children) != len(full_children):
        names = lambda keys: " ".join(str(_key_name(k)) for k in keys)
        try:
            diff = names(set(prefix_keys).symmetric_difference(full_keys))
        except Exception:  # keys that cannot be hashed
            diff = None
        yield error(
            "different numbers of pytree children",
            (
                f"\n    {type(prefix)}\n"
                f"with {len(prefix_children)} child keys\n"
                f"    {names(prefix_keys)}\n"
                f"but at the same key path the full pytree has a subtree of the same "
                f"type but with {len(full_children)} child keys\n"
                f"    {names(full_keys)}\n" + ("" if diff is None else f"so the symmetric difference on key sets is\n    {diff}")
            ),
        )
        return

    if prefix_meta != full_meta:
        import difflib
        import textwrap

        lines = difflib.ndiff(str(prefix_meta).splitlines(), str(full_meta).splitlines())
        metadata_diff = textwrap.indent("\n".join(lines), prefix="    ")
        yield error(
            "different pytree metadata",
            (
                f"\n    {type(prefix)}\n"
                f"with metadata\n"
                f"    {prefix_meta}\n"
                f"but at the same key path the full pytree has a subtree of the same "
                f"type but with metadata\n"
                f"    {full_meta}\n"
                f"so the diff in the metadata at these pytree nodes is\n"
                f"{metadata_diff}"
            ),
        )
        return

    # The roots agree, so what differs is below.
    assert prefix_keys == full_keys, f"equal pytree nodes gave differing prefix_tree_keys: {prefix_keys} and {full_keys}"
    for key, p, q in zip(prefix_keys, prefix_children, full_children):
        yield from _prefix_error((*path, key), p, q)


def equality_errors(
    tree1: Any,
    tree2: Any,
    is_leaf: Callable[[Any], bool] | None = None,
) -> Iterable[tuple[KeyPath, str, str, str]]:
    """How the structures of two trees differ: (path, thing in tree1, thing in tree2, explanation) each time."""
    yield from _equality_errors((), tree1, tree2, is_leaf)


def equality_errors_pytreedef(tree1: PyTreeDef, tree2: PyTreeDef) -> Iterable[tuple[KeyPath, str, str, str]]:
    """As equality_errors, for structures."""
    leaf_type = type("LeafMeta", (type,), {"__repr__": lambda _: "pytree leaf"})
    leaf = leaf_type("Leaf", (), {})()
    return equality_errors(tree1.unflatten([leaf] * tree1.num_leaves), tree2.unflatten([leaf] * tree2.num_leaves))


def _equality_errors(path, t1, t2, is_leaf):
    if treedef_is_strict_leaf(_structure(t1, is_leaf)) and treedef_is_strict_leaf(_structure(t2, is_leaf)):
        return

    if type(t1) is not type(t2):
        yield path, str(type(t1)), str(type(t2)), "their Python types differ"
        return

    if isinstance(t1, (list, tuple)) and len(t1) != len(t2):
        yield (path, f"{type(t1).__name__} of length {len(t1)}", f"{type(t2).__name__} of length {len(t2)}", "the lengths do not match")
        return

    children1, meta1 = flatten_one_level(t1)
    children2, meta2 = flatten_one_level(t2)
    children1, children2 = tuple(children1), tuple(children2)
    keys1, keys2 = _child_keys(t1), _child_keys(t2)
    if len(children1) != len(children2):
        try:
            diff = " ".join(repr(k.key) for k in set(keys1).symmetric_difference(keys2))
        except Exception:  # keys without .key, or that cannot be hashed
            diff = ""
        count = lambda t, n: f"{type(t)} with {n} child{'ren' if n > 1 else ''}"
        yield (
            path,
            count(t1, len(children1)),
            count(t2, len(children2)),
            "the numbers of children do not match" + (diff and f", with the symmetric difference of key sets: {{{diff}}}"),
        )
        return

    if meta1 != meta2:
        yield (
            path,
            f"{type(t1)} with pytree metadata {meta1}",
            f"{type(t2)} with pytree metadata {meta2}",
            "the pytree node metadata does not match",
        )
        return

    assert keys1 == keys2, f"equal pytree nodes gave different tree keys: {keys1} and {keys2}"
    for key, c1, c2 in zip(keys1, children1, children2):
        yield from _equality_errors((*path, key), c1, c2, is_leaf)


# Key paths


def keystr(keys: KeyPath, *, simple: bool = False, separator: str = "") -> str:
    """A path as text: that of an index expression, or with `simple` only the keys.

    >>> path, _ = tree_leaves_with_path({'foo': [7]})[0]
    >>> keystr(path), keystr(path, simple=True, separator='/')
    ("['foo'][0]", 'foo/0')
    """
    return separator.join(map(_simple_entrystr if simple else str, keys))


def _simple_entrystr(key):
    if isinstance(key, SequenceKey):
        return str(key.idx)
    if isinstance(key, GetAttrKey):
        return key.name
    if isinstance(key, (DictKey, FlattenedIndexKey)):
        return str(key.key)
    return str(key)


# Registration


def register_pytree_node(
    nodetype: type[T],
    flatten_func: Callable[[T], tuple[_Children, _AuxData]],
    unflatten_func: Callable[[_AuxData, _Children], T],
    flatten_with_keys_func: Callable[[T], tuple[KeyLeafPairs, _AuxData]] | None = None,
) -> None:
    """Makes objects of nodetype nodes.

    Args:
      nodetype: the type; subclasses are not included.
      flatten_func: from an object to (children, auxiliary data). Auxiliary data goes into the PyTreeDef, so it must
        be hashable and comparable.
      unflatten_func: from (auxiliary data, children) to an object.
      flatten_with_keys_func: as flatten_func, but with (key, child) pairs.

    >>> class Pair:
    ...   def __init__(self, x, y): self.x, self.y = x, y
    >>> register_pytree_node(Pair, lambda p: ((p.x, p.y), None), lambda _, xs: Pair(*xs))
    >>> tree_leaves([Pair(1, 2), 3])
    [1, 2, 3]
    """
    for registry in (default_registry, none_leaf_registry):
        registry.register_node(nodetype, flatten_func, unflatten_func, flatten_with_keys_func)


def register_pytree_node_class(cls: Typ) -> Typ:
    """Registers a class that has the methods tree_flatten and (class method) tree_unflatten.

    >>> @register_pytree_node_class
    ... class Box:
    ...   def __init__(self, x): self.x = x
    ...   def tree_flatten(self): return (self.x,), None
    ...   @classmethod
    ...   def tree_unflatten(cls, aux_data, children): return cls(*children)
    >>> tree_map(lambda x: x + 1, Box(1)).x
    2
    """
    register_pytree_node(cls, operator.methodcaller("tree_flatten"), cls.tree_unflatten)
    return cls


def register_pytree_with_keys(
    nodetype: type[T],
    flatten_with_keys: Callable[[T], tuple[Iterable[KeyLeafPair], _AuxData]],
    unflatten_func: Callable[[_AuxData, Iterable[Any]], T],
    flatten_func: None | Callable[[T], tuple[Iterable[Any], _AuxData]] = None,
):
    """As register_pytree_node, for types whose children have keys; flatten_func only saves time.

    >>> class Named:
    ...   def __init__(self, x): self.x = x
    >>> register_pytree_with_keys(Named, lambda n: ([(GetAttrKey('x'), n.x)], None), lambda _, xs: Named(*xs))
    >>> tree_leaves_with_path(Named(3))
    [((GetAttrKey(name='x'),), 3)]
    """
    if not flatten_func:

        def flatten_func(tree):
            key_children, aux_data = flatten_with_keys(tree)
            return [c for _, c in key_children], aux_data

    register_pytree_node(nodetype, flatten_func, unflatten_func, flatten_with_keys)


def register_pytree_with_keys_class(cls: Typ) -> Typ:
    """Registers a class that has the methods tree_flatten_with_keys and tree_unflatten, and maybe tree_flatten.

    >>> @register_pytree_with_keys_class
    ... class Cell:
    ...   def __init__(self, x): self.x = x
    ...   def tree_flatten_with_keys(self): return ((GetAttrKey('x'), self.x),), None
    ...   @classmethod
    ...   def tree_unflatten(cls, aux_data, children): return cls(*children)
    >>> keystr(tree_leaves_with_path(Cell(1))[0][0])
    '.x'
    """
    flatten_func = operator.methodcaller("tree_flatten") if hasattr(cls, "tree_flatten") else None
    register_pytree_with_keys(cls, operator.methodcaller("tree_flatten_with_keys"), cls.tree_unflatten, flatten_func)
    return cls


def register_dataclass(
    nodetype: Typ,
    data_fields: Sequence[str] | None = None,
    meta_fields: Sequence[str] | None = None,
    drop_fields: Sequence[str] = (),
) -> Typ:
    """Registers a dataclass, or a class like one: its fields are all its state and its constructor's keywords.

    Args:
      nodetype: the class; it is returned, so this is a decorator too.
      data_fields: names of the fields that are children. For a dataclass the default is all fields but those with
        `metadata={'static': True}`.
      meta_fields: names of the fields that are auxiliary data, hence hashable and comparable.
      drop_fields: fields of a dataclass that are neither.

    >>> import dataclasses
    >>> @register_dataclass
    ... @dataclasses.dataclass
    ... class Layer:
    ...   w: float
    ...   name: str = dataclasses.field(metadata={'static': True})
    >>> tree_flatten(Layer(1.5, 'out'))
    ([1.5], PyTreeDef(CustomNode(Layer[('out',)], [*])))
    """
    # What dataclasses.is_dataclass looks for, without its import, which costs more than this module.
    is_dataclass = hasattr(nodetype if isinstance(nodetype, type) else type(nodetype), "__dataclass_fields__")
    if is_dataclass:
        import dataclasses

        fields = dataclasses.fields(nodetype)
    if data_fields is None or meta_fields is None:
        if (data_fields is None) != (meta_fields is None):
            raise TypeError(
                f"register_dataclass: data_fields and meta_fields must both be specified when either is specified. Got {data_fields=} {meta_fields=}."
            )
        if not is_dataclass:
            raise TypeError(f"register_dataclass: data_fields and meta_fields are required when nodetype is not a dataclass. Got {nodetype=}.")
        data_fields = [f.name for f in fields if not f.metadata.get("static", False)]
        meta_fields = [f.name for f in fields if f.metadata.get("static", False)]
    data_fields, meta_fields = tuple(data_fields), tuple(meta_fields)

    if is_dataclass:
        init_fields = {f.name for f in fields if f.init}.difference(drop_fields)
        given = {*meta_fields, *data_fields}
        if given != init_fields:
            msg = "data_fields and meta_fields must include all dataclass fields with ``init=True`` and only them."
            if missing := init_fields - given:
                msg += f" Missing fields: {missing}. Add them to drop_fields to suppress this error."
            if unexpected := given - init_fields:
                msg += f" Unexpected fields: {unexpected}."
            raise ValueError(msg)

    if overlap := set(data_fields) & set(meta_fields):
        raise ValueError(f"data_fields and meta_fields must not overlap. Overlapping fields: {overlap}.")

    for registry in (default_registry, none_leaf_registry):
        registry.register_dataclass_node(nodetype, data_fields, meta_fields)
    return nodetype


def register_static(cls: type[H]) -> type[H]:
    """Makes objects of cls nodes without children, which jit takes as static; they must be hashable.

    >>> @register_static
    ... class Mode(str): pass
    >>> tree_flatten(Mode('train'))
    ([], PyTreeDef(CustomNode(Mode[train], [])))
    """
    register_pytree_with_keys(cls, lambda obj: ((), obj), lambda obj, _: obj)
    return cls


register_pytree_with_keys(
    collections.OrderedDict,
    lambda d: (tuple((DictKey(k), d[k]) for k in d), tuple(d)),
    lambda keys, values: collections.OrderedDict(zip(keys, values, strict=True)),
    lambda d: (list(d.values()), tuple(d)),
)


def _flatten_defaultdict(d):
    keys = tuple(sorted(d))
    return [d[k] for k in keys], (d.default_factory, keys)


def _flatten_defaultdict_with_keys(d):
    keys = tuple(sorted(d))
    return tuple((DictKey(k), d[k]) for k in keys), (d.default_factory, keys)


register_pytree_with_keys(
    collections.defaultdict,
    _flatten_defaultdict_with_keys,
    lambda aux, values: collections.defaultdict(aux[0], zip(aux[1], values, strict=True)),
    _flatten_defaultdict,
)


# Partial


class _HashableCallableShim:
    """Calls, hashes and compares as the callable within."""

    def __init__(self, fun):
        self.fun = fun

    def __call__(self, *args, **kw):
        return self.fun(*args, **kw)

    def __hash__(self):
        return hash(self.fun)

    def __eq__(self, other):
        return self.fun == (other.fun if isinstance(other, _HashableCallableShim) else other)

    def __repr__(self):
        return f"_HashableCallableShim({self.fun!r})"


class Partial(functools.partial):
    """A functools.partial that is a node: its arguments are children, its function is auxiliary data.

    >>> tree_leaves(Partial(print, 1, 2, sep=3))
    [1, 2, 3]
    """

    def __new__(klass, func, *args, **kw):
        if not isinstance(func, functools.partial):
            return super().__new__(klass, func, *args, **kw)
        # functools.partial would merge the arguments of func with ours, but only ours are children. It does so with
        # whatever has these attributes, hence they are set only afterwards.
        shim = _HashableCallableShim(func)
        out = super().__new__(klass, shim, *args, **kw)
        shim.func, shim.args, shim.keywords = func.func, func.args, func.keywords
        return out


register_pytree_node(
    Partial,
    lambda p: ((p.args, p.keywords), p.func),
    lambda func, xs: Partial(func, *xs[0], **xs[1]),
)


# Serialization. The wire format is the protocol buffer PyTreeDefProto of jaxlib, so that exported functions can be
# exchanged: nodes (1) {arity (1), type (2), dict_keys (3) {str_id (1), packed}}, interned_strings (2).

_PROTO_TYPES = {0: 1, 4: 2, 1: 3, 2: 4, 5: 5}  # kind in a pickled treedef: PyTreeNodeType


def _varint(n):
    out = bytearray()
    while n > 127:
        out.append(n & 127 | 128)
        n >>= 7
    out.append(n)
    return bytes(out)


def _field(number, payload):
    if isinstance(payload, int):
        return _varint(number << 3) + _varint(payload) if payload else b""
    return _varint(number << 3 | 2) + _varint(len(payload)) + payload


def _serialize_using_proto(self) -> bytes:
    """The structure as bytes; only built-in nodes with str keys have such a form."""
    strings = {}
    nodes = b""
    for kind, arity, data, *_ in self.__getstate__()[1]:
        if kind not in _PROTO_TYPES:
            raise ValueError(
                "User-defined nodes are not supported when serializing pytrees as protocol buffers. You should "
                "either convert the user-defined nodes to another type or use pickle instead."
            )
        node = _field(1, arity) + _field(2, _PROTO_TYPES[kind])
        if kind == 5:
            if not all(isinstance(k, str) for k in data):
                raise ValueError("Only string keys are supported in proto pytree serialization.")
            ids = b"".join(_varint(strings.setdefault(k, len(strings))) for k in data)
            node += _field(3, _field(1, ids)) if ids else b""
        nodes += _field(1, node)
    return nodes + b"".join(_field(2, s.encode()) for s in strings)


def _parse_fields(data):
    """Yields (number, value) of each field; a value is an int or bytes."""
    pos = 0

    def varint():
        nonlocal pos
        n = shift = 0
        while True:
            byte = data[pos]
            pos += 1
            n |= (byte & 127) << shift
            shift += 7
            if byte < 128:
                return n
            if shift > 63:
                raise ValueError

    while pos < len(data):
        tag = varint()
        value = varint()
        if tag & 7 == 2:
            if value > len(data) - pos:
                raise ValueError
            value, pos = data[pos : pos + value], pos + value
        elif tag & 7:
            raise ValueError
        yield tag >> 3, value


def _packed(data):
    """The varints in data."""
    n = shift = 0
    for byte in data:
        n |= (byte & 127) << shift
        shift += 7
        if byte < 128:
            yield n
            n = shift = 0


def _deserialize_using_proto(registry, data: bytes) -> PyTreeDef:
    """The structure that serialize_using_proto wrote."""
    kinds = {v: k for k, v in _PROTO_TYPES.items()}
    try:
        fields = list(_parse_fields(bytes(data)))
        strings = [v.decode() for n, v in fields if n == 2]
        state = []
        for number, node in fields:
            if number != 1:
                continue
            node = dict(_parse_fields(node))
            kind = kinds[node.get(2, 0)]
            ids = []
            for n, v in _parse_fields(node.get(3, b"")):
                if n == 1:
                    ids.extend([v] if isinstance(v, int) else _packed(v))
            state.append((kind, node.get(1, 0), [strings[i] for i in ids] if kind == 5 else None, None, 0, 0))
    except (ValueError, IndexError, KeyError, TypeError, AttributeError):
        raise ValueError("Malformed pytree proto") from None
    return _fast.treedef_from_state(registry, state)


PyTreeDef.serialize_using_proto = _serialize_using_proto
PyTreeDef.deserialize_using_proto = staticmethod(_deserialize_using_proto)
