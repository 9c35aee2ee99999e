"""Functions with batching rules of their own."""

from __future__ import annotations

from . import _fast
from ._api import kind_of
from ._custom import Custom, name_of
from .lax._trace import check_leaves, ids_of, where
from .tree_util import _flatten, tree_map

_call = _fast.func("custom_vmap")


class custom_vmap(Custom):
    """A function whose batching rule is given.

    The rule maps the size of the mapped axis, for each argument whether it is mapped (on axis 0), and the arguments to the
    results and whether they are mapped.

    >>> import jaxgo as jax, jaxgo.numpy as jnp
    >>> @jax.custom_batching.custom_vmap
    ... def f(x, y):
    ...     return x + y
    >>> @f.def_vmap
    ... def f_vmap(axis_size, in_batched, x, y):
    ...     return x - y, True
    >>> print(jax.vmap(f)(jnp.array([2., 3.]), jnp.ones(2)))
    [1. 2.]
    """

    _kind = "custom_vmap"

    def __init__(self, fun):
        super().__init__(fun)
        self.vmap_rule = None

    def def_vmap(self, vmap_rule):
        """Sets the rule."""
        self.vmap_rule = vmap_rule
        return vmap_rule

    def __call__(self, *args, **kwargs):
        fun, rule = self.fun, self.vmap_rule
        args = self._positional(args, kwargs)
        if not rule:
            raise AttributeError(f"No batching rule defined for custom_vmap function {name_of(fun)} using def_vmap.")
        leaves, in_tree = _flatten(args)
        in_ids, out_tree, out_ids = ids_of(leaves), None, None

        def flat(vals):
            nonlocal out_tree, out_ids
            leaves, out_tree = _flatten(fun(*in_tree.unflatten(vals)))
            check_leaves("custom_vmap", fun, leaves, out_tree)
            out_ids = ids_of(leaves)
            return leaves

        def flat_rule(size, batched, vals):
            out, out_batched = rule(size, list(in_tree.unflatten([bool(b) for b in batched])), *in_tree.unflatten(vals))
            ys, tree1 = _flatten(out)
            bs, tree2 = _flatten(out_batched)
            name = getattr(rule, "__name__", "<unnamed rule>")
            if tree1 != tree2:
                raise ValueError(
                    f"structure of output value and output batching specification returned by custom vmap rule ({name}) do not match.\n"
                    f"Output values: {tree1}\nBatching spec: {tree2}"
                )
            if tree1 != out_tree:
                raise ValueError(
                    f"structure of output returned by custom vmap rule ({name}) does not match that of original "
                    "custom-vmapped function.\n"
                    f"Original output: {out_tree}\nRule output: {tree1}"
                )
            return ys, [bool(b) for b in bs]

        r = _Rule(flat_rule, lambda: ([kind_of(i) in "fc" for i in in_ids], [kind_of(i) in "fc" for i in out_ids]))
        return out_tree_of(_call(flat, r, leaves, where(fun))[0], lambda: out_tree)


def out_tree_of(outs, tree):
    return tree().unflatten(outs)


class _Rule:
    """A batching rule as Go calls it: of [size, what is mapped, values]; of [None] it gives the rule of the derivative."""

    def __init__(self, flat, inexact):
        self.flat, self.inexact, self.derived = flat, inexact, None

    def __call__(self, args):
        if args[0] is None:
            if self.derived is None:
                self.derived = self.derive()
            return self.derived
        return list(self.flat(*args))

    def derive(self):
        """The rule of the derivative, whose operands are primals and the tangents of the inexact ones."""
        ins, outs = self.inexact()
        rule, n = self.flat, len(ins)

        def flat(size, batched, vals):
            from ._api import _vmap, jvp

            pb, tb = list(batched[:n]), _spread(batched[n:], ins)
            both = [p and t if d else p for p, t, d in zip(pb, tb, ins)]
            extra = [0 if p and not b else None for p, b in zip(pb, both)]
            extra += [0 if t and not b else None for t, b, d in zip(tb, both, ins) if d]
            inner = None

            def run(vs):
                ps = vs[:n]

                def f(*diff):
                    nonlocal inner
                    it = iter(diff)
                    ys, inner = rule(size, both, [next(it) if d else p for p, d in zip(ps, ins)])
                    return ys

                diff = [p for p, d in zip(ps, ins) if d]
                ys, dys = jvp(f, tuple(diff), tuple(vs[n:])) if diff else (f(), [])
                return list(ys) + [t for t, d in zip(dys, outs) if d]

            if any(d is not None for d in extra):
                ys, dims = _vmap(run, vals, extra, size, "")
                ys = [y if d in (-1, 0) else _front(y, d) for y, d in zip(ys, dims)]
                more = [d != -1 for d in dims]
            else:
                ys = run(vals)
                more = [False] * len(ys)
            mapped = list(inner) + [b for b, d in zip(inner, outs) if d]
            return ys, [a or b for a, b in zip(mapped, more)]

        return _Rule(flat, lambda: (ins + [True] * sum(ins), outs + [True] * sum(outs)))


def _spread(xs, mask):
    it = iter(xs)
    return [next(it) if m else False for m in mask]


def _front(y, d):
    from .numpy import moveaxis

    return moveaxis(y, d, 0)


def sequential_vmap(f):
    """A function that vmap applies to one member after the other, in a loop.

    >>> import jaxgo as jax, jaxgo.numpy as jnp
    >>> f = jax.custom_batching.sequential_vmap(lambda x: x + 1)
    >>> print(jax.vmap(f)(jnp.arange(3)))
    [1 2 3]
    """
    from .lax import map

    f = custom_vmap(f)

    @f.def_vmap
    def rule(axis_size, in_batched, *args):
        mapped = tree_map(lambda b, x: x if b else None, in_batched, list(args))
        shared = tree_map(lambda b, x: None if b else x, in_batched, list(args))

        def one(mapped):
            return f(*tree_map(lambda b, x, y: x if b else y, in_batched, mapped, shared))

        out = map(one, mapped)
        return out, tree_map(lambda _: True, out)

    return f
