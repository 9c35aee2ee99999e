"""Checkpointing: what a function computes is computed again in the backward pass instead of being saved."""

from __future__ import annotations

import functools

from . import _fast
from .lax._trace import trace
from .tree_util import _flatten, broadcast_prefix, tree_leaves, tree_map

_checkpoint, _policy_says = _fast.func("checkpoint"), _fast.func("policy_says")
_name = _fast.func("lax.checkpoint_name")


class _Policy:
    """A policy that Go knows; calling it asks about a primitive, as functions that users write are asked."""

    def __init__(self, handle, text):
        self._handle, self._text = handle, text

    def __call__(self, prim, *avals, **params):
        return _policy_says(self._handle, getattr(prim, "name", str(prim)), params.get("name"))

    def __repr__(self):
        return self._text


class RecomputeType:
    """A policy's answer: compute it again."""

    def __repr__(self):
        return "Recompute"

    def __bool__(self):
        return False


class SaveableType:
    """A policy's answer: save it."""

    def __repr__(self):
        return "Saveable"


class Offloadable:
    """A policy's answer: save it, in another memory."""

    def __init__(self, src, dst):
        self.src, self.dst = src, dst

    def __repr__(self):
        return f"Offloadable(src={self.src!r}, dst={self.dst!r})"


Recompute, Saveable = RecomputeType(), SaveableType()


class checkpoint_policies:
    """The policies of jax.checkpoint: what is saved for the backward pass.

    >>> import jaxgo as jax
    >>> f = jax.checkpoint(lambda x: jax.numpy.sin(x), policy=jax.checkpoint_policies.everything_saveable)
    >>> print(jax.grad(f)(0.))
    1.0
    """

    everything_saveable = _Policy("everything_saveable", "everything_saveable")
    nothing_saveable = _Policy("nothing_saveable", "nothing_saveable")
    dots_saveable = checkpoint_dots = _Policy("dots_saveable", "DotsSaveable(only_if_no_batch_dims=False)")
    dots_with_no_batch_dims_saveable = checkpoint_dots_with_no_batch_dims = _Policy(
        "dots_with_no_batch_dims_saveable", "DotsSaveable(only_if_no_batch_dims=True)"
    )

    @staticmethod
    def save_anything_except_these_names(*names_not_to_save):
        """Saves everything but what checkpoint_name gave one of these names."""
        return lambda *_, **__: True

    @staticmethod
    def save_any_names_but_these(*names_not_to_save):
        """Saves what checkpoint_name gave a name that is none of these."""
        return _names(False, names_not_to_save)

    @staticmethod
    def save_only_these_names(*names_which_can_be_saved):
        """Saves what checkpoint_name gave one of these names."""
        return _names(True, names_which_can_be_saved)

    @staticmethod
    def save_from_both_policies(policy_1, policy_2):
        """Saves what either policy does."""

        def policy(prim, *args, **params):
            a, b = policy_1(prim, *args, **params), policy_2(prim, *args, **params)
            if not (isinstance(a, bool) and isinstance(b, bool)):
                raise ValueError(
                    f"The return value of the policies should be a boolean. Got: {a} and {b}. Please write a custom policy function "
                    "directly, rather than using this helper function."
                )
            return a or b

        if isinstance(policy_1, _Policy) and isinstance(policy_2, _Policy):
            return _Policy(_fast.call("both_policies", policy_1._handle, policy_2._handle), f"save_from_both_policies({policy_1}, {policy_2})")
        return policy

    @staticmethod
    def offload_dot_with_no_batch_dims(offload_src, offload_dst):
        """Saves products of matrices without batch axes; there is one memory, where they stay."""

        def policy(prim, *_, **params):
            if getattr(prim, "name", "") == "dot_general" and checkpoint_policies.dots_with_no_batch_dims_saveable(prim, **params):
                return Offloadable(offload_src, offload_dst)
            return Recompute

        return policy

    @staticmethod
    def save_and_offload_only_these_names(*, names_which_can_be_saved, names_which_can_be_offloaded, offload_src, offload_dst):
        """Saves what checkpoint_name gave one of these names; there is one memory, where all stay."""
        saved, offloaded = set(names_which_can_be_saved), set(names_which_can_be_offloaded)
        both = saved & offloaded
        if both:
            raise ValueError(
                "The names should be exclusive and should not intersect in `names_which_can_be_saved` and "
                f"`names_which_can_be_offloaded`. Got names_which_can_be_saved={saved}, names_which_can_be_offloaded={offloaded} "
                f"and the intersection={both}"
            )

        def policy(prim, *_, **params):
            if getattr(prim, "name", "") == "name":
                if params["name"] in saved:
                    return Saveable
                if params["name"] in offloaded:
                    return Offloadable(offload_src, offload_dst)
            return Recompute

        return policy


def _names(save, names):
    names = tuple(sorted(set(names)))
    kind = "SaveOnlyTheseNames(saveable_names" if save else "SaveAnyNamesButThese(names"
    return _Policy(_fast.call("name_policy", save, list(names)), f"{kind}={frozenset(names)!r})")


def _handle_of(policy):
    if policy is None or isinstance(policy, str):
        return policy
    if isinstance(policy, _Policy):
        return policy._handle

    def ask(args):
        from ._api import aval_from_id
        from ._jaxpr import _param, primitive

        prim, ids, params = args
        out = policy(primitive(prim), *[aval_from_id(i) for i in ids], **{k: _param(v) for k, v in params})
        return bool(out) if not isinstance(out, (SaveableType, Offloadable)) else True

    return _fast.call("python_policy", ask, repr(policy))


def checkpoint_name(x, name):
    """x, with a name that checkpoint policies know.

    >>> import jaxgo as jax
    >>> print(jax.ad_checkpoint.checkpoint_name(2., "two"))
    2.0
    """
    return tree_map(lambda v: _name(v, name), x)


class DeprecatedArg:
    def __repr__(self):
        return "Deprecated"


def checkpoint(fun, *, prevent_cse=True, policy=None, static_argnums=(), static_argnames=(), concrete=DeprecatedArg()):
    """``fun``, of which the backward pass saves the inputs alone, or what ``policy`` says, and computes the rest again.

    ``prevent_cse`` keeps the compiler from undoing that; it is not needed inside a scan. Arguments in ``static_argnums``
    are passed as they are.

    >>> import jaxgo as jax, jaxgo.numpy as jnp
    >>> f = jax.checkpoint(lambda x: jnp.sin(jnp.sin(x)))
    >>> print(jax.grad(f)(0.))
    1.0
    """
    if not isinstance(concrete, DeprecatedArg):
        raise NotImplementedError(
            "The `concrete` option to `jax.checkpoint` was deprecated in JAX v0.8.2, and removed in JAX v0.10.0. In its place "
            "please use `static_argnums`; for details refer to "
            "https://docs.jax.dev/en/latest/jep/11830-new-remat-checkpoint.html."
        )
    if isinstance(static_argnums, int) and not isinstance(static_argnums, bool):
        static_argnums = (static_argnums,)
    names = (static_argnames,) if isinstance(static_argnames, str) else tuple(static_argnames)
    if isinstance(prevent_cse, list):
        prevent_cse = tuple(prevent_cse)
    if not isinstance(prevent_cse, (tuple, bool)):
        raise TypeError(f"prevent_cse must be a bool or tuple of bools, got type(prevent_cse)={type(prevent_cse)!r}")
    cse = prevent_cse if isinstance(prevent_cse, bool) else any(tree_leaves(prevent_cse))
    handle = None
    bind = functools.lru_cache(1024, typed=True)(functools.partial(_bind_statics, fun))

    @functools.wraps(fun)
    def fun_remat(*args, **kwargs):
        nonlocal handle
        if policy is not None and handle is None:
            handle = _handle_of(policy)
        f, dyn, kwdyn = _without_statics(fun, bind, static_argnums, names, args, kwargs)
        try:
            t = trace(f, dyn, "checkpoint", kwargs=kwdyn)
        except TypeError as e:
            from .errors import ConcretizationTypeError

            if isinstance(e, ConcretizationTypeError) and "for checkpoint" in str(e):
                e.args = (
                    e.args[0] + "\n\nConsider using the `static_argnums` parameter for `jax.remat` or `jax.checkpoint`. "
                    "See the `jax.checkpoint` "
                    "docstring and its example involving `static_argnums`:\nhttps://docs.jax.dev/en/latest/_autosummary/jax.checkpoint.html\n",
                )
            raise
        leaves, barrier = _flatten((dyn, kwdyn))[0], None
        if isinstance(prevent_cse, tuple):
            barrier = broadcast_prefix(prevent_cse, (tuple(dyn), kwdyn) if kwdyn else tuple(dyn))
        return t.out_tree.unflatten(_checkpoint(t.jaxpr, leaves, handle, cse, barrier)[0])

    return fun_remat


remat = checkpoint


def _bind_statics(fun, n, names, at, *values):
    """fun with the positional arguments in ``at``, of n, and those called ``names`` filled in."""
    static, kwstatic = dict(zip(at, values)), dict(zip(names, values[len(at) :]))

    def f(*dyn, **kw):
        it = iter(dyn)
        return fun(*[static[i] if i in static else next(it) for i in range(n)], **kw, **kwstatic)

    f._where = _where(fun)
    return f


def _without_statics(fun, bind, nums, names, args, kwargs):
    if type(nums) is not tuple or not all(type(d) is int for d in nums):
        raise TypeError(
            f"the `static_argnums` argument to `jax.checkpoint` / `jax.remat` must be an int, tuple of ints or, bool, but got value {nums}"
        )
    if not all(-len(args) <= d < len(args) for d in nums):
        raise ValueError(
            "the `static_argnums` argument to `jax.checkpoint` / `jax.remat` can only take integer values greater than or equal to "
            f"`-len(args)` and less than `len(args)`, but got {nums}, while `len(args)` = {len(args)}"
        )
    kwstatic = {k: v for k, v in kwargs.items() if k in names}
    if not nums and not kwstatic:
        return fun, args, kwargs
    static = tuple(sorted({d % len(args) for d in nums}))
    values = [*(args[i] for i in static), *kwstatic.values()]
    try:  # one function for equal arguments: it is traced once
        f = bind(len(args), tuple(kwstatic), static, *values)
    except TypeError:  # not hashable
        f = _bind_statics(fun, len(args), tuple(kwstatic), static, *values)
    return f, tuple(a for i, a in enumerate(args) if i not in static), {k: v for k, v in kwargs.items() if k not in kwstatic}


def _where(fun):
    from .lax._trace import where

    return where(fun)


def saved_residuals(f, *args, **kwargs):
    """What the backward pass of ``f`` saves: pairs of an aval and where it comes from."""
    from ._api import make_jaxpr, vjp
    from ._jaxpr import Literal

    leaves, tree = _flatten((args, kwargs))

    def flat(*vals):
        def g(*vs):
            a, kw = tree.unflatten(vs)
            return f(*a, **kw)

        return tree_leaves(vjp(g, *vals)[1])

    jaxpr = make_jaxpr(flat)(*leaves).jaxpr
    names = _arg_names(f, args, kwargs)
    saved = {x._id for x in jaxpr.outvars if not isinstance(x, Literal)}
    out = [(x.aval, "from a literal") for x in jaxpr.outvars if isinstance(x, Literal)]
    out += [(v.aval, "from a constant") for v in jaxpr.constvars if v._id in saved]
    out += [(v.aval, f"from the argument {name}") for v, name in zip(jaxpr.invars, names) if v._id in saved]
    for eqn in jaxpr.eqns:
        name = eqn.primitive.name
        if name == "name":
            src = f"named '{eqn.params['name']}'"
        elif name == "jit":
            src = f"output of jitted function '{eqn.params['name']}'"
        else:
            src = f"output of {name}"
        out += [(v.aval, src) for v in eqn.outvars if v._id in saved]
    return out


def _arg_names(f, args, kwargs):
    from ._api import arg_name
    from .tree_util import tree_flatten_with_path

    return [arg_name(f, path, args) for path, _ in tree_flatten_with_path((args, kwargs))[0]]


def print_saved_residuals(f, *args, **kwargs):
    """Prints what the backward pass of ``f`` saves.

    >>> import jaxgo as jax
    >>> jax.ad_checkpoint.print_saved_residuals(jax.checkpoint(lambda x: jax.numpy.sin(x)), 1.)
    f32[] from the argument x
    """
    for aval, src in saved_residuals(f, *args, **kwargs):
        print(f"{aval.str_short(short_dtypes=True)} {src}")
