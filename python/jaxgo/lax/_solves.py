"""Implicit functions: roots and solutions of linear systems, with the derivatives of the solution rather than of the way to it."""

from __future__ import annotations

from .. import _fast
from .._api import _flatten
from ..tree_util import tree_leaves
from ._trace import trace
from ._util import asarray
from ._util import shape as _shape_of


def _check_tree(name, expected_name, tree, expected, has_aux=False):
    if has_aux:
        parts = tree.children()
        if len(parts) != 2:
            raise ValueError(
                f"{name}() produced a pytree with structure {tree}, but a pytree tuple with auxiliary output was expected because "
                "has_aux was set to True."
            )
        tree = parts[0]
    if tree != expected:
        raise TypeError(f"{name}() output pytree structure must match {expected_name}, got {tree} and {expected}.")


_eval_consts = _fast.func("eval_jaxpr_consts")


def custom_root(f, initial_guess, solve, tangent_solve, has_aux=False):
    """The root of ``f`` that ``solve(f, initial_guess)`` finds, with the derivative of the implicit function.

    ``tangent_solve(g, y)`` solves g(x) = y for linear g.

    >>> import jaxgo as jax
    >>> def sqrt(a):
    ...     f = lambda x: x * x - a
    ...     newton = lambda f, x: jax.lax.fori_loop(0, 20, lambda _, x: x - f(x) / jax.grad(f)(x), x)
    ...     return jax.lax.custom_root(f, 1., newton, lambda g, y: y / g(1.))
    >>> print(jax.grad(sqrt)(4.))
    0.25
    """
    from .._api import jvp, linearize
    from ..custom_derivatives import custom_jvp

    guess, tree = _flatten(initial_guess)
    guess = [asarray(x) for x in guess]
    guess_tree = tree.unflatten(guess)
    f_t = trace(f, (guess_tree,), "custom_root")
    _check_tree("f", "initial_guess", f_t.out_tree, tree)
    solve_t = trace(lambda x: solve(f, x), (guess_tree,), "custom_root solve")
    _check_tree("solve", "initial_guess", solve_t.out_tree, tree, has_aux)

    def linearize_and_solve(x, b):
        return tangent_solve(linearize(f, x)[1], b)

    lin_t = trace(linearize_and_solve, (guess_tree, guess_tree), "custom_root tangent_solve")
    _check_tree("tangent_solve", "x", lin_t.out_tree, tree)
    ts = f_t, solve_t, lin_t
    consts = [t.consts for t in ts]
    n_f, n_s, n_l = (len(c) for c in consts)
    n = len(guess)

    @custom_jvp
    def root(f_consts, solve_consts, lin_consts, guess):
        return _eval_consts(solve_t.jaxpr, list(solve_consts), list(guess))

    @root.defjvp
    def root_jvp(primals, tangents):
        out = root(*primals)
        solution, aux = list(out[:n]), out[n:]
        _, rhs = jvp(lambda c: _eval_consts(f_t.jaxpr, list(c), solution), (primals[0],), (tangents[0],))
        dot = _eval_consts(lin_t.jaxpr, list(primals[2]), solution + list(rhs))
        return out, [-x for x in dot] + [_zero_tangent(x) for x in aux]

    return solve_t.out_tree.unflatten(root(*consts, guess))


def _zero_tangent(x):
    from .._api import _zeros_like_id, aval_id

    return _zeros_like_id(aval_id(x))


_linear_solve = _fast.func("linear_solve")


def custom_linear_solve(matvec, b, solve, transpose_solve=None, symmetric=False, has_aux=False):
    """The x that ``solve(matvec, b)`` finds for matvec(x) = b, with the derivative of the solution.

    ``transpose_solve(vecmat, b)`` solves the transposed system; reverse-mode derivatives need it. A symmetric system is its
    own transpose.

    >>> import jaxgo as jax
    >>> f = lambda b: jax.lax.custom_linear_solve(lambda x: 2 * x, b, lambda matvec, b: b / 2, symmetric=True)
    >>> print(f(6.), jax.grad(f)(6.))
    3.0 0.5
    """
    from .._api import linear_transpose

    if transpose_solve is None and symmetric:
        transpose_solve = solve
    leaves, tree = _flatten(b)
    leaves = [asarray(x) for x in leaves]
    b = tree.unflatten(leaves)
    shapes = [x.shape for x in leaves]

    def checked(fun, name, aux=False):
        def f(x):
            y = fun(x)
            got = [_shape_of(v) for v in tree_leaves(y[0] if aux else y)]
            if got != shapes:
                raise ValueError(f"{name}() output shapes must match b, got {got} and {shapes}")
            return y

        return f

    def traced(fun, name, aux=False):
        t = trace(checked(fun, name, aux), (b,), "custom_linear_solve")
        _check_tree(name, "b", t.out_tree, tree, aux)
        return t

    matvec_t = traced(matvec, "matvec")
    solve_t = traced(lambda x: solve(matvec, x), "solve", has_aux)
    vecmat_t = transposed_t = None
    if transpose_solve is not None:
        if symmetric:
            vecmat, vecmat_t = matvec, matvec_t
        else:
            transposed = linear_transpose(matvec, b)

            def vecmat(x):
                return transposed(x)[0]

            vecmat_t = trace(vecmat, (b,), "custom_linear_solve")
        transposed_t = traced(lambda x: transpose_solve(vecmat, x), "transpose_solve", has_aux)
    jaxprs = [t and t.jaxpr for t in (matvec_t, vecmat_t, solve_t, transposed_t)]
    return solve_t.out_tree.unflatten(_linear_solve(*jaxprs, leaves)[0])
