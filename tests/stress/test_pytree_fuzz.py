"""Pytrees made at random, with nodes that lie, held against JAX's; and bytes and states that may be anything.

JAXGO_FUZZTIME, which `make fuzz` sets, is how long to look: "20s", "5m"; a test run looks at a hundred.
"""

import collections
import contextlib
import functools
import os
import pickle
import re
import threading
import time

import jax.tree_util as oracle
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from jaxgo import _fast
from jaxgo import tree_util as tu

UNITS = {"s": 1, "m": 60, "h": 3600}
TIME = os.environ.get("JAXGO_FUZZTIME", "")
SECONDS = float(TIME[:-1]) * UNITS[TIME[-1]] if TIME else 0


def in_a_thread(f, *args, **kwargs):
    """f(*args), on a thread of its own: where flattening fails, JAX's keeps some of the thread's depth of recursion for good."""
    error = []

    def run():
        try:
            f(*args, **kwargs)
        except BaseException as e:
            error.append(e)

    t = threading.Thread(target=run)
    t.start()
    t.join()
    if error:
        raise error[0]


def fuzz(*strategies):
    """Runs a test on examples: a hundred, and more until the time is over."""

    def decorate(f):
        @functools.wraps(f)
        def example(*args, **kwargs):
            in_a_thread(f, *args, **kwargs)

        quiet = [HealthCheck.too_slow, HealthCheck.data_too_large]
        hundred = settings(max_examples=100, deadline=None, suppress_health_check=quiet, database=None)(given(*strategies)(example))

        @functools.wraps(hundred)
        def test(*args, **kwargs):
            end = time.monotonic() + SECONDS
            hundred(*args, **kwargs)
            while time.monotonic() < end:
                hundred(*args, **kwargs)

        return test

    return decorate


Point = collections.namedtuple("Point", "x y")


class Lie(Exception):
    pass


class Node:
    """A registered node: `trick` says how it misbehaves."""

    def __init__(self, children, trick="", aux=None):
        self.children, self.trick, self.aux = children, trick, aux

    def flatten(self):
        match self.trick:
            case "raise":
                raise Lie
            case "no pair":
                return self.children
            case "three":
                return self.children, self.aux, None
            case "no iterable":
                return 3, self.aux
            case "generator":
                return (c for c in self.children), self.aux
            case "generator that raises":
                return self._raising(), self.aux
            case "mutating":
                children = self.children
                self.children = []
                return children, self.aux
            case "shrinking":
                return self._shrinking(), self.aux
            case "unhashable":
                return self.children, [self.aux]
            case "flattens":  # flattening inside of flattening
                for t in (tu, oracle):
                    t.tree_flatten(list(self.children))
                return self.children, self.aux
        return self.children, self.aux

    def _raising(self):
        yield from self.children
        raise Lie

    def _shrinking(self):
        while self.children:
            yield self.children.pop()


def make(aux, children):
    if aux == "raise":
        raise Lie
    return Node(list(children), "", aux)


class Aux:
    """Auxiliary data whose hash or comparison fails."""

    def __init__(self, fails):
        self.fails = fails

    def __hash__(self):
        if self.fails == "hash":
            raise Lie
        return 1

    def __eq__(self, other):
        if self.fails == "eq":
            raise Lie
        return isinstance(other, Aux) and self.fails == other.fails

    def __repr__(self):
        return f"Aux({self.fails})"


for t in (tu, oracle):
    t.register_pytree_node(Node, Node.flatten, make)

TRICKS = ["", "", "", "raise", "no pair", "three", "no iterable", "generator", "generator that raises", "unhashable", "flattens"]
leaf = st.one_of(st.integers(), st.floats(allow_nan=False), st.text(max_size=3), st.none(), st.just(()), st.builds(object), st.binary(max_size=2))
aux = st.one_of(st.none(), st.text(max_size=2), st.just("raise"), st.integers(0, 3), st.sampled_from(["hash", "eq", ""]).map(Aux))
key = st.one_of(st.text(max_size=2), st.integers(-2, 2), st.booleans(), st.tuples(st.integers(0, 1)), st.none())


def containers(tricks):
    def extend(child):
        some = st.lists(child, max_size=4)
        return st.one_of(
            some, some.map(tuple), st.dictionaries(st.text(max_size=2), child, max_size=3), st.dictionaries(key, child, max_size=3),
            st.builds(Point, child, child), st.dictionaries(st.text(max_size=2), child, max_size=3).map(collections.OrderedDict),
            st.dictionaries(st.integers(), child, max_size=3).map(lambda d: collections.defaultdict(list, d)),
            some.map(collections.deque), st.builds(Node, some, st.sampled_from(tricks), aux))

    return st.recursive(leaf, extend, max_leaves=25)


trees = containers([""])
liars = containers(TRICKS)


def outcome(f):
    """What f gives, or the class of its exception."""
    try:
        return "value", f()
    except Exception as e:
        return "error", type(e)


def text(treedef):
    return re.sub(r" at 0x[0-9a-f]+|tests\.stress\.|jaxgo\.|jax\.", "", str(treedef))


@fuzz(liars)
def test_flatten_is_jax_s(tree):
    got, want = outcome(lambda: tu.tree_flatten(tree)), outcome(lambda: oracle.tree_flatten(tree))
    assert got[0] == want[0], (got, want)  # of several faults each may meet another one first
    if got[0] == "error":
        return
    (leaves, d), (their_leaves, their_d) = got[1], want[1]
    assert len(leaves) == len(their_leaves) and all(a is b for a, b in zip(leaves, their_leaves))
    assert (d.num_leaves, d.num_nodes) == (their_d.num_leaves, their_d.num_nodes)
    assert text(d) == text(their_d)
    assert len(d.children()) == len(their_d.children())
    got, want = outcome(lambda: tu.tree_unflatten(d, leaves)), outcome(lambda: oracle.tree_unflatten(their_d, leaves))
    assert got[0] == want[0] and (got[0] == "value" or got[1] is want[1]), (got, want)
    if got[0] == "value":
        assert [id(x) for x in tu.tree_leaves(got[1])] == [id(x) for x in leaves]
    for wrong in (leaves[:-1], [*leaves, 0]):
        if len(wrong) != len(leaves):
            with pytest.raises((ValueError, Lie)):
                tu.tree_unflatten(d, wrong)


@fuzz(trees)
def test_paths_are_jax_s(tree):
    def paths(t):
        return [(t.keystr(p), id(x)) for p, x in t.tree_flatten_with_path(tree)[0]]

    got, want = outcome(lambda: paths(tu)), outcome(lambda: paths(oracle))
    assert got == want or got[0] == want[0] == "error" and got[1] is want[1]


@fuzz(liars, liars)
def test_treedefs_compare_as_jax_s(a, b):
    def compare(t):
        x, y = t.tree_structure(a), t.tree_structure(b)
        return x == y, x != y, x == t.tree_structure(a)

    got, want = outcome(lambda: compare(tu)), outcome(lambda: compare(oracle))
    assert got == want or got[0] == want[0] == "error", (got, want)


@fuzz(liars, liars)
def test_maps_are_jax_s(a, b):
    def mapped(t):
        return [id(x) for x in t.tree_leaves(t.tree_map(lambda x, y: y, a, b))]

    got, want = outcome(lambda: mapped(tu)), outcome(lambda: mapped(oracle))
    assert got[0] == want[0] and (got[0] == "error" or got[1] == want[1]), (got, want)
    got, want = outcome(lambda: text(tu.tree_structure(a).compose(tu.tree_structure(b)))), \
        outcome(lambda: text(oracle.tree_structure(a).compose(oracle.tree_structure(b))))
    assert got == want or got[0] == want[0] == "error", (got, want)


@fuzz(liars, st.sampled_from([list, tuple, dict, Node, int, str, type(None)]), st.integers(0, 30))
def test_predicates_are_asked_as_jax_s_are(tree, kind, fails_at):
    def asked(t):
        seen = []

        def is_leaf(x):
            seen.append(id(x))
            if len(seen) == fails_at:
                raise Lie
            return isinstance(x, kind)

        result = outcome(lambda: [id(x) for x in t.tree_leaves(tree, is_leaf=is_leaf)])
        return result, seen[:1]

    got, want = asked(tu), asked(oracle)
    assert got == want or got[0][0] == want[0][0] == "error", (got, want)


@fuzz(containers([*TRICKS, "mutating", "shrinking"]), st.integers(0, 3))
def test_nodes_that_change_while_they_are_read(tree, n):
    """No second look gives the same, so there is nothing to compare: it ends, and what is left can be used."""
    for _ in range(n + 1):
        with contextlib.suppress(Lie, TypeError, ValueError, RuntimeError):
            leaves, d = tu.tree_flatten(tree)
            tu.tree_unflatten(d, leaves)
    assert tu.tree_leaves([1, (2,)]) == [1, 2]


state = st.recursive(
    st.one_of(st.integers(), st.none(), st.text(max_size=2), st.just(Node), st.just(Point), st.just(object), st.floats(), st.binary(max_size=3)),
    lambda s: st.one_of(st.lists(s, max_size=6), st.lists(s, max_size=6).map(tuple)), max_leaves=30)
row = st.tuples(st.integers(-1, 9), st.integers(-2, 5), state, state, st.integers(-1, 9), st.integers(-1, 9))


@fuzz(st.one_of(st.lists(row, max_size=8), state))
def test_states_that_may_be_anything(s):
    """A pickle can call this with anything: a treedef or an exception comes out."""
    try:
        d = _fast.treedef_from_state(tu.default_registry, s)
    except (TypeError, ValueError, OverflowError, KeyError, MemoryError):
        return
    assert d.num_nodes >= 1 and isinstance(str(d), str)
    with contextlib.suppress(Lie, TypeError, ValueError, AttributeError):
        d.unflatten(range(d.num_leaves))


@fuzz(trees)
def test_pickles(tree):
    with contextlib.suppress(ValueError, Lie, AttributeError):  # keys without an order, aux data that can't be compared or pickled
        d = tu.tree_structure(tree)
        assert pickle.loads(pickle.dumps(d)) == d


@pytest.mark.parametrize("trick", sorted({*TRICKS, "mutating"}))
@pytest.mark.parametrize("depth", [0, 1])
def test_one_fault_gets_jax_s_exception(trick, depth):
    def told(t):
        tree = Node([1, [2]], trick, "aux")
        try:
            return t.tree_leaves({"a": (0, tree)} if depth else tree)
        except Exception as e:
            return type(e), str(e).replace("jaxgo", "jax")

    assert told(tu) == told(oracle)


@fuzz(st.one_of(st.binary(max_size=60), trees), st.integers(0, 200), st.integers(0, 255))
def test_protocol_buffers_that_may_be_anything(tree, at, byte):
    if not isinstance(tree, bytes):
        try:
            tree = tu.tree_structure(tree).serialize_using_proto()
        except ValueError:
            return
        assert tu.PyTreeDef.deserialize_using_proto(tu.default_registry, tree).serialize_using_proto() == tree
        if tree:
            tree = tree[: at % len(tree)] + bytes([byte]) + tree[at % len(tree) + 1 :]
    with contextlib.suppress(ValueError):
        tu.PyTreeDef.deserialize_using_proto(tu.default_registry, tree)


@pytest.mark.parametrize("wrap", [lambda x: [x], lambda x: (x,), lambda x: {"a": x}, lambda x: Node([x])])
def test_trees_too_deep_for_the_stack(wrap):
    tree = 1
    for _ in range(200_000):
        tree = wrap(tree)
    try:
        leaves, d = tu.tree_flatten(tree)
    except RecursionError:
        pass
    else:
        assert leaves == [1]
        with contextlib.suppress(RecursionError):
            d.unflatten([2])
    while tree != 1:  # a tree this deep must be taken apart from its root: freeing it recurses as well
        tree = tree[0] if isinstance(tree, (list, tuple)) else tree["a"] if isinstance(tree, dict) else tree.children[0]


def test_a_tree_of_a_million_leaves():
    tree = {str(i): list(range(1000)) for i in range(1000)}
    leaves, d = tu.tree_flatten(tree)
    assert len(leaves) == 1_000_000 and d.num_nodes == 1_001_001
    assert d.unflatten(leaves) == tree
