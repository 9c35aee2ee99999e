"""Functions with derivatives of their own: custom_jvp, custom_vjp and their relatives."""

from __future__ import annotations

from . import _fast
from ._api import _zeros_like_id, aval_from_id, aval_id, kind_of, typeof
from ._config import config
from ._custom import Custom, name_of
from .lax._trace import check_leaves, ids_of, mismatch, same_type, short, trace, where
from .tree_util import (
    _flatten,
    keystr,
    register_pytree_node_class,
    tree_flatten_with_path,
    tree_leaves,
    tree_map,
    tree_unflatten,
    treedef_is_leaf,
)

_Array, _Tracer = _fast.Array, _fast.Tracer
_is_evaluating = _fast.func("is_evaluating")
_jvp_call, _vjp_call, _linear_call = _fast.func("custom_jvp"), _fast.func("custom_vjp"), _fast.func("linear_call")
_remat_opt = _fast.func("remat_opt")
_eval_consts, _zeros_aval, _maybe_perturbed = _fast.func("eval_jaxpr_consts"), _fast.func("zeros_aval"), _fast.func("perturbed")


class SymbolicZero:
    """A tangent or cotangent that is zero because nothing depends on its input.

    >>> import jaxgo as jax
    >>> jax.custom_derivatives.SymbolicZero(jax.typeof(1.)).shape
    ()
    """

    def __init__(self, aval):
        self.aval = aval

    def __repr__(self):
        return "SymbolicZero"

    def __getattr__(self, name):
        if name == "aval":
            raise AttributeError(name)
        return getattr(self.aval, name)

    @staticmethod
    def from_primal_value(val):
        return SymbolicZero(typeof(val).to_tangent_aval())


def zero_from_primal(val, symbolic_zeros=False):
    """The zero tangent of a value.

    >>> import jaxgo as jax
    >>> print(jax.custom_derivatives.zero_from_primal(2.))
    0.0
    """
    if symbolic_zeros:
        return SymbolicZero(typeof(val).to_tangent_aval())
    return _zeros_like_id(aval_id(val))


def _tangents_for_rule(xs, ts, symbolic):
    """None as a rule expects it: a symbolic zero, or zeros."""
    for k, t in enumerate(ts):
        if t is None:
            i = aval_id(xs[k])
            ts[k] = SymbolicZero(aval_from_id(i).to_tangent_aval()) if symbolic else _zeros_like_id(i)
    return ts


def _is_float0(x):
    d = getattr(x, "dtype", None)
    return d is not None and getattr(d, "names", None) == ("float0",)


def _stop(x):
    from .lax import stop_gradient

    return tree_map(lambda v: stop_gradient(v) if isinstance(v, _Tracer) else v, x)


class _Output:
    """The structure and the avals of a function's results, once they are known."""

    __slots__ = ("ids", "tree")

    def __init__(self):
        self.tree = self.ids = None


def _shown(tree, ids):
    return str(tree_unflatten(tree, [short(i) for i in ids])).replace("'", "")


class custom_jvp(Custom):
    """A function whose JVP rule is given.

    The rule maps primals and tangents, two tuples, to the result and its tangent, and must be linear in the tangents.
    Arguments named in ``nondiff_argnums`` or ``nondiff_argnames`` are passed to it first, as they are.

    >>> import jaxgo as jax, jaxgo.numpy as jnp
    >>> @jax.custom_jvp
    ... def f(x, y):
    ...     return jnp.sin(x) * y
    >>> @f.defjvp
    ... def f_jvp(primals, tangents):
    ...     (x, y), (dx, dy) = primals, tangents
    ...     return f(x, y), jnp.cos(x) * dx * y + jnp.sin(x) * dy
    >>> print(jax.grad(f)(0., 2.))
    2.0
    """

    _kind = "custom_jvp"

    def __init__(self, fun, nondiff_argnums=(), nondiff_argnames=()):
        super().__init__(fun, nondiff_argnums, nondiff_argnames)
        self.jvp = None
        self.symbolic_zeros = False

    def defjvp(self, jvp, symbolic_zeros=False):
        """Sets the rule. With ``symbolic_zeros`` it gets SymbolicZero objects for tangents that are zero for sure."""
        self.jvp, self.symbolic_zeros = jvp, symbolic_zeros
        return jvp

    def defjvps(self, *jvps):
        """Sets a rule for each argument: of its tangent, the result and the arguments; None where the tangent is zero."""
        if self.nondiff_argnums:
            raise TypeError("Can't use ``defjvps`` with ``nondiff_argnums``.")

        def jvp(primals, tangents):
            out = self(*primals)
            zeros = _zeros_like_pytree(out)
            all_out = [f(t, out, *primals) if f else zeros for t, f in zip(tangents, jvps)]
            return out, tree_map(_sum_tangents, out, *all_out)

        self.defjvp(jvp)

    def __call__(self, *args, **kwargs):
        if not self.jvp:
            raise AttributeError(f"No JVP defined for custom_jvp function {name_of(self.fun)} using defjvp.")
        args = self._positional(args, kwargs)
        if self.nondiff_argnums:
            args = tuple(_stop(x) if i in self.nondiff_argnums else x for i, x in enumerate(args))
        dyn, merge, static = self._split(args)
        leaves, in_tree = _flatten(dyn)
        if _is_evaluating():
            for x in leaves:
                if not isinstance(x, _Array):
                    aval_id(x)
                elif isinstance(x, _Tracer):
                    break
            else:
                return _direct(self.fun, args, "custom_jvp")
        fun, jvp, symbolic = self.fun, self.jvp, self.symbolic_zeros
        out = _Output()

        def flat(vals):
            a = in_tree.unflatten(vals)
            leaves, out.tree = _flatten(fun(*(merge(a) if merge else a)))
            check_leaves("custom_jvp", fun, leaves, out.tree)
            out.ids = ids_of(leaves)
            return leaves

        def rule(vals):
            n = len(vals) // 2
            primals, tangents = vals[:n], _tangents_for_rule(vals, vals[n:], symbolic)
            return _check_jvp(fun, jvp, out, jvp(*static, in_tree.unflatten(primals), in_tree.unflatten(tangents)))

        outs = _jvp_call(flat, rule, leaves, name_of(fun), name_of(jvp), symbolic, where(fun))[0]
        return out.tree.unflatten(outs)


def _direct(fun, args, what):
    """Without any transformation around, the function is itself."""
    out = fun(*args)
    if not isinstance(out, _Array):
        leaves, tree = _flatten(out)
        check_leaves(what, fun, leaves, tree)
    return out


def _as_array(x):
    from .lax._util import asarray

    return asarray(x)


def _check_jvp(fun, jvp, out, pair):
    """The leaves of what a JVP rule returned: results, then tangents of which None is a zero."""
    f, rule = name_of(fun), name_of(jvp)
    if not isinstance(pair, (list, tuple)) or len(pair) != 2:
        raise TypeError(
            f"Custom JVP rule {rule} for function {f} must produce a pair (list or tuple of length two) representing primal and "
            f"tangent outputs, but got {pair}."
        )
    primals, tree = _flatten(pair[0])
    tangents, tree2 = _flatten(pair[1])
    if tree != tree2:
        raise TypeError(
            f"Custom JVP rule {rule} for function {f} must produce primal and tangent outputs with equal container (pytree) "
            f"structures, but got {tree} and {tree2} respectively."
        )
    ids = ids_of(primals)
    if out.tree is None:
        out.tree, out.ids = tree, ids
    else:
        pre = (
            f"Custom JVP rule {rule} for function {f} must produce a pair (list or tuple of length two) where the first element represents the "
            f"primal output (equal in value to the output of the custom_jvp-decorated function {f}, and in particular "
        )
        if tree != out.tree:
            raise TypeError(
                f"{pre}of the same container/pytree structure), but instead the JVP rule output's first element had container/pytree "
                f"structure:\n    {_shown(tree, ids)}\nwhile the custom_jvp-decorated function {f} had output container/pytree "
                f"structure:\n    {_shown(out.tree, out.ids)}."
            )
        if not all(map(same_type, ids, out.ids)):
            raise TypeError(
                f"{pre}with leaves of the same shape/dtype), but instead the JVP rule output's first element had shapes/dtypes of:\n"
                f"    {_shown(tree, ids)}\nwhile the custom_jvp-decorated function {f} had output shapes/dtypes of:\n"
                f"    {_shown(out.tree, out.ids)}"
            )
    for i, t in zip(ids, tangents):
        if not (isinstance(t, _Array) and kind_of(i) in "fc" and same_type(i, t._aval_id)):
            break
    else:
        return primals + tangents
    expected = [aval_from_id(i).strip_weak_type().to_tangent_aval() for i in ids]
    got = [t.aval if type(t) is SymbolicZero else typeof(t) for t in tangents]
    if any(e.shape != g.shape or e.dtype != g.dtype for e, g in zip(expected, got)):
        text = "Custom JVP rule must produce primal and tangent outputs with corresponding shapes and dtypes"
        if len(ids) == 1:
            raise TypeError(f"{text}. Expected {expected[0].str_short()} (tangent type of {short(ids[0])}) but got {got[0].str_short()}.")
        lines = [
            f"  primal {short(i)} with tangent {g.str_short()}, expecting tangent {e}"
            for i, e, g in zip(ids, expected, got)
            if e.shape != g.shape or e.dtype != g.dtype
        ]
        raise TypeError(f"{text}, but got:\n" + "\n".join(lines))
    return primals + [None if type(t) is SymbolicZero or _is_float0(t) else t for t in tangents]


def _zeros_like_pytree(x):
    return tree_map(lambda v: _zeros_like_id(aval_id(v)), x)


def _sum_tangents(_, x, *xs):
    for y in xs:
        x = x if _is_float0(x) else x + y
    return x


class CustomVJPPrimal:
    """An argument of a forward rule with symbolic zeros: its value, and whether it is differentiated."""

    __slots__ = ("perturbed", "value")

    def __init__(self, value, perturbed):
        self.value, self.perturbed = value, perturbed

    def __repr__(self):
        return f"CustomVJPPrimal(value={self.value!r}, perturbed={self.perturbed!r})"


def custom_vjp_primal_tree_values(tree):
    """The values of a pytree of CustomVJPPrimal.

    >>> import jaxgo as jax
    >>> cd = jax.custom_derivatives
    >>> cd.custom_vjp_primal_tree_values([cd.CustomVJPPrimal(1., True)])
    [1.0]
    """

    def value(leaf):
        if type(leaf) is not CustomVJPPrimal:
            raise TypeError(f"unexpected leaf type {type(leaf)}")
        return leaf.value

    return tree_map(value, tree)


class custom_vjp(Custom):
    """A function whose reverse-mode derivative is given, by a forward and a backward rule.

    ``fwd`` maps the arguments to the result and residuals; ``bwd`` maps residuals and the cotangent of the result to a tuple
    of cotangents, one for each argument, of which None is zero. Arguments named in ``nondiff_argnums`` are passed to bwd
    first, as they are.

    >>> import jaxgo as jax, jaxgo.numpy as jnp
    >>> @jax.custom_vjp
    ... def f(x, y):
    ...     return jnp.sin(x) * y
    >>> f.defvjp(lambda x, y: (f(x, y), (jnp.cos(x), jnp.sin(x), y)), lambda res, g: (res[0] * g * res[2], res[1] * g))
    >>> print(jax.grad(f)(0., 2.))
    2.0
    """

    _kind = "custom_vjp"

    def __init__(self, fun, nondiff_argnums=(), nondiff_argnames=()):
        super().__init__(fun, nondiff_argnums, nondiff_argnames)
        self.fwd = self.bwd = None
        self.symbolic_zeros = self.optimize_remat = False

    def defvjp(self, fwd, bwd, symbolic_zeros=False, optimize_remat=False):
        """Sets the rules. With ``symbolic_zeros`` fwd gets CustomVJPPrimal objects, and bwd SymbolicZero ones."""
        self.fwd, self.bwd, self.symbolic_zeros, self.optimize_remat = fwd, bwd, symbolic_zeros, optimize_remat
        if symbolic_zeros and optimize_remat:
            raise NotImplementedError("remat optimization for custom_vjp does not support symbolic zeros")

    def __call__(self, *args, **kwargs):
        fun, fwd, bwd, symbolic = self.fun, self.fwd, self.bwd, self.symbolic_zeros
        if not fwd or not bwd:
            raise AttributeError(f"No VJP defined for custom_vjp function {name_of(fun)} using defvjp.")
        args = self._positional(args, kwargs)
        for i in self.nondiff_argnums:
            _refuse_tracers(args[i])
        dyn, merge, static = self._split(args)
        leaves, in_tree = _flatten(dyn)
        in_ids = ids_of(leaves)
        if _is_evaluating() and not any([isinstance(x, _Tracer) for x in leaves]):
            return _direct(fun, args, "custom_vjp")
        out = _Output()
        res_tree = None

        def flat(vals):
            a = in_tree.unflatten(vals)
            leaves, out.tree = _flatten(fun(*(merge(a) if merge else a)))
            check_leaves("custom_vjp", fun, leaves, out.tree)
            out.ids = ids_of(leaves)
            return leaves

        def flat_fwd(vals):
            nonlocal res_tree
            vals = [CustomVJPPrimal(x, z) for x, z in zip(vals[::2], vals[1::2])] if symbolic else vals[::2]
            a = in_tree.unflatten(vals)
            ys, res, res_tree = _check_fwd(fun, fwd, out, fwd(*(merge(a) if merge else a)))
            return [len(ys), *ys, *res]

        if self.optimize_remat:
            flat_fwd = self._without_residuals(flat, flat_fwd, where(fwd))

        def flat_bwd(vals):
            n = res_tree.num_leaves
            cts = vals[n:]
            for k, c in enumerate(cts):
                if c is None:
                    cts[k] = SymbolicZero(aval_from_id(out.ids[k]).to_tangent_aval()) if symbolic else _zeros_like_id(out.ids[k])
            return _check_bwd(in_tree, in_ids, bwd(*static, res_tree.unflatten(vals[:n]), out.tree.unflatten(cts)))

        outs = _vjp_call(flat, flat_fwd, flat_bwd, leaves, name_of(fun), name_of(fwd), name_of(bwd), symbolic, where(fun))[0]
        return out.tree.unflatten(outs)

    def _without_residuals(self, flat, flat_fwd, place):
        """A forward rule that is the function itself where nobody reads its residuals."""

        def optimized(vals):
            n = which = None

            def body(xs):
                nonlocal n, which
                n, *out = flat_fwd([v for x in xs for v in (x, True)])
                inputs = {id(x): k for k, x in enumerate(xs)}
                which = [inputs.get(id(r)) for r in out[n:]]
                return [r for r, k in zip(out[n:], which) if k is None] + out[:n]

            xs = vals[::2]
            out = _remat_opt(body, flat, xs, place)[0]
            new = iter(out)
            res = [next(new) if k is None else xs[k] for k in which]
            return [n, *out[len(out) - n :], *res]

        return optimized


def _refuse_tracers(x):
    for leaf in tree_leaves(x):
        if isinstance(leaf, _Tracer):
            from .errors import UnexpectedTracerError

            raise UnexpectedTracerError(
                "Found a JAX Tracer object passed as an argument to a custom_vjp function in a position indicated by nondiff_argnums as "
                "non-differentiable. Tracers cannot be passed as non-differentiable arguments to custom_vjp functions; instead, nondiff_argnums "
                "should only be used for arguments that can't be or contain JAX tracers, e.g. function-valued arguments. In particular, "
                "array-valued arguments should typically not be indicated as nondiff_argnums."
            )


def _check_fwd(fun, fwd, out, pair):
    """The leaves of results and residuals of a forward rule, and the residuals' structure."""
    f, rule = name_of(fun), name_of(fwd)
    pre = (
        f"Custom VJP fwd rule {rule} for function {f} must produce a pair (list or tuple of length two) where the first element "
        "represents the primal output "
    )
    post = "and the second element represents residuals (i.e. values stored from the forward pass for use on the backward pass), but instead "
    if not isinstance(pair, (list, tuple)) or len(pair) != 2:
        raise TypeError(f"{pre}(equal to those of the custom_vjp-decorated function {f}) {post}of a pair the fwd rule {rule} produced {pair}.")
    ys, tree = _flatten(pair[0])
    res, res_tree = _flatten(pair[1])
    ids = ids_of(ys)
    if out.tree is None:
        out.tree, out.ids = tree, ids
    else:
        pre += f"(equal to the output of the custom_vjp-decorated function {f}) "
        if tree != out.tree:
            raise TypeError(
                f"{pre}{post}the fwd rule output's first element had container/pytree structure:\n    {_shown(tree, ids)}\n"
                f"while the custom_vjp-decorated function {f} had output container/pytree structure:\n    {_shown(out.tree, out.ids)}."
            )
        if not all(map(same_type, ids, out.ids)):
            raise TypeError(
                f"{pre}{post}the fwd rule output's first element had shapes/dtypes of:\n    {_shown(tree, ids)}\n"
                f"while the custom_vjp-decorated function {f} had output shapes/dtypes of:\n    {_shown(out.tree, out.ids)}"
            )
    ids_of(res)
    return ys, res, res_tree


class _NoCotangent:
    pass


_zero = _NoCotangent()


def _check_bwd(in_tree, in_ids, cts):
    """The leaves of what a backward rule returned, None for zeros."""
    if isinstance(cts, list) and len(cts) == len(in_tree.children()):
        cts = tuple(cts)
    flat = []
    dummy = in_tree.unflatten([object()] * in_tree.num_leaves)

    def append(x, d):
        n = len(_flatten(d)[0])
        if x is None and d is not None:
            flat.extend([_zero] * n)
        elif x is not None:
            flat.extend([x] * n)
        return x

    try:
        if not isinstance(cts, tuple):
            raise ValueError
        tree_map(append, cts, dummy, is_leaf=lambda x: x is None)
    except ValueError:
        raise TypeError(
            "Custom VJP bwd rule must produce an output with the same container (pytree) structure as the args tuple of the primal "
            "function, and in particular must produce a tuple of length equal to the number of arguments to the primal function, but "
            f"got bwd output structure {_flatten(cts)[1]} for primal input structure {in_tree}."
        ) from None
    out = []
    for k, (i, ct) in enumerate(zip(in_ids, flat)):
        a = aval_from_id(i)
        if ct is _zero or kind_of(i) not in "fc":
            out.append(None)
            continue
        if type(ct) is SymbolicZero:
            if ct.aval.shape != a.shape or ct.aval.dtype != a.dtype:
                raise ValueError(
                    "Custom VJP bwd rule produced a SymbolicZero with a shape/dtype that does not match the corresponding input tangent shape/dtype: "
                    f"at output{_path(dummy, k)} the SymbolicZero had shape/dtype {ct.aval.str_short()} while the corresponding input had "
                    f"shape/dtype {a.str_short()}. Consider just returning a None here instead of a SymbolicZero object."
                )
            out.append(None)
            continue
        b = typeof(ct)
        if config.jax_disable_bwd_checks:
            out.append(ct)
            continue
        if a.shape != b.shape or a.dtype != b.dtype:
            inexact = kind_of(i) in "fc"
            if a.shape != b.shape or not inexact:
                raise ValueError(
                    "Custom VJP bwd rule must produce an output with the same type as the args tuple of the primal function, but at "
                    f"output{_path(dummy, k)} the bwd rule produced an output of type {b.str_short()} corresponding to an input of type "
                    f"{a.str_short()}{mismatch(i, aval_id(ct))}"
                )
            from .lax._shape import _convert_element_type

            # JAX hands other inexact dtypes on; the transposed program here is that for the input's own.
            ct = None if _is_float0(ct) else _convert_element_type(ct, a.dtype, warn_on_complex_to_real_cast=False)
        out.append(ct)
    return out


def _path(dummy, k):
    return keystr(tree_flatten_with_path(dummy)[0][k][0])


def custom_gradient(fun):
    """A function from one that returns its value and a function from the cotangent of the result to those of the arguments.

    >>> import jaxgo as jax
    >>> @jax.custom_gradient
    ... def f(x):
    ...     return x ** 2, lambda g: (g * 3 * x,)
    >>> print(f(3.), jax.grad(f)(3.))
    9.0 9.0
    """

    def value(*args, **kwargs):
        return fun(*args, **kwargs)[0]

    from functools import update_wrapper

    wrapped = custom_vjp(update_wrapper(value, fun) if hasattr(fun, "__name__") else value)
    wrapped._argcount = None

    def fwd(*args, **kwargs):
        ans, rule = fun(*args, **kwargs)
        like = tree_map(lambda x: _zeros_like_id(aval_id(x)), ans)
        t = trace(lambda ct: rule(ct), (like,), "custom_gradient fwd")
        return ans, _Residuals(t, _flatten((ans,))[1], t.consts)

    def bwd(res, cts):
        leaves, tree = _flatten((cts,))
        if tree != res.out_tree:
            raise TypeError(f"{res.out_tree}\n!=\n{tree}")
        out = res.traced.out_tree.unflatten(_eval_consts(res.traced.jaxpr, list(res.consts), leaves))
        return (out,) if treedef_is_leaf(res.traced.out_tree) else out

    wrapped.defvjp(fwd, bwd)
    return wrapped


@register_pytree_node_class
class _Residuals:
    """A traced backward rule, whose constants are the residuals."""

    def __init__(self, traced, out_tree, consts):
        self.traced, self.out_tree, self.consts = traced, out_tree, consts

    def tree_flatten(self):
        return self.consts, (self.traced, self.out_tree)

    @classmethod
    def tree_unflatten(cls, aux, consts):
        return cls(*aux, consts)


def closure_convert(fun, *example_args):
    """``fun`` made a function that takes what it closes over, if that may be differentiated, as further arguments; and those.

    >>> import jaxgo as jax
    >>> def g(y):
    ...     f, consts = jax.closure_convert(lambda x: x * y, 1.)
    ...     return f(2., *consts)
    >>> print(jax.grad(g)(3.))
    2.0
    """
    leaves, in_tree = _flatten(example_args)
    t = trace(fun, example_args, "closure_convert")
    consts = t.consts
    which = [isinstance(c, _Tracer) and _maybe_perturbed(c) for c in consts]
    hoisted = [c for c, w in zip(consts, which) if w]

    def converted(*args):
        n = len(args) - len(hoisted)
        more = iter(args[n:])
        all_consts = [next(more) if w else c for c, w in zip(consts, which)]
        flat, tree = _flatten(tuple(args[:n]))
        if tree != in_tree:
            raise TypeError(
                "The inputs to the closure produced by closure_convert must have the same Pytree structure as the example arguments "
                f"passed when closure_convert was called. Expected {in_tree}, but got {tree}"
            )
        return t.out_tree.unflatten(_eval_consts(t.jaxpr, all_consts, flat))

    return converted, hoisted


def linear_call(fun, fun_transpose, residual_args, linear_args):
    """``fun(residual_args, linear_args)``, linear in the second, whose transpose is ``fun_transpose(residual_args, cotangent)``.

    >>> import jaxgo as jax
    >>> f = lambda x, y: jax.custom_derivatives.linear_call(lambda r, x: x / r, lambda r, t: t / r, y, x)
    >>> print(f(6., 2.))
    3.0
    """
    res, res_tree = _flatten(residual_args)
    lin, lin_tree = _flatten(linear_args)
    out_tree = None

    def flat(vals):
        nonlocal out_tree
        n = len(res)
        leaves, out_tree = _flatten(fun(res_tree.unflatten(vals[:n]), lin_tree.unflatten(vals[n:])))
        check_leaves("linear_call", fun, leaves, out_tree)
        return leaves

    def transposed(vals):
        n = len(res)
        leaves, tree = _flatten(fun_transpose(res_tree.unflatten(vals[:n]), out_tree.unflatten(vals[n:])))
        if tree != lin_tree:
            raise TypeError(
                f"transpose output pytree structure must match that of linear inputs, got output structure {tree} and input structure {lin_tree}."
            )
        return leaves

    outs = _linear_call(flat, transposed, [_as_array(x) for x in res], [_as_array(x) for x in lin], where(fun))[0]
    return out_tree.unflatten(outs)


def __getattr__(name):
    if name in ("custom_jvp_call_p", "custom_vjp_call_p", "remat_opt_p"):
        from ._jaxpr import primitive

        return primitive(name[:-2])
    raise AttributeError(f"module 'jaxgo.custom_derivatives' has no attribute '{name}'")
