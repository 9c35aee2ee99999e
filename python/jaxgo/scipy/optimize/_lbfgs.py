"""The BFGS algorithm with limited memory, after Nocedal and Wright, Numerical Optimization (1999), algorithms 7.4 and 7.5."""

from __future__ import annotations

from typing import Any, NamedTuple

import numpy as np

from ... import lax
from ... import numpy as jnp
from ..._api import value_and_grad
from ._line_search import _dot, line_search


class _State(NamedTuple):
    converged: Any
    failed: Any
    k: Any  # steps
    nfev: Any
    ngev: Any
    x_k: Any
    f_k: Any
    g_k: Any
    s_history: Any
    y_history: Any
    rho_history: Any
    gamma: Any
    status: Any
    ls_status: Any


def minimize_lbfgs(fun, x0, maxiter=None, norm=np.inf, maxcor=10, ftol=2.220446049250313e-09, gtol=1e-05, maxfun=None, maxgrad=None, maxls=20):
    d, dtype = len(x0), jnp.result_type(x0)
    if maxiter is None and maxfun is None and maxgrad is None:
        maxiter = d * 200
    maxiter, maxfun, maxgrad = (np.inf if m is None else m for m in (maxiter, maxfun, maxgrad))
    f_0, g_0 = value_and_grad(fun)(x0)
    state = _State(
        converged=jnp.array(False, dtype=bool),
        failed=jnp.array(False, dtype=bool),
        k=0,
        nfev=1,
        ngev=1,
        x_k=x0,
        f_k=f_0,
        g_k=g_0,
        s_history=jnp.zeros((maxcor, d), dtype=dtype),
        y_history=jnp.zeros((maxcor, d), dtype=dtype),
        rho_history=jnp.zeros((maxcor,), dtype=dtype),
        gamma=1.0,
        status=0,
        ls_status=0,
    )

    def body(state):
        p_k = _two_loop_recursion(state)
        found = line_search(fun, state.x_k, p_k, old_fval=state.f_k, gfk=state.g_k, maxiter=maxls)
        s_k = jnp.asarray(found.a_k).astype(p_k.dtype) * p_k
        y_k = found.g_k - state.g_k
        rho_k_inv = jnp.real(_dot(y_k, s_k))
        rho_k = jnp.reciprocal(rho_k_inv).astype(y_k.dtype)
        gamma = rho_k_inv / jnp.real(_dot(jnp.conj(y_k), y_k))
        status = jnp.array(0)
        status = jnp.where(state.f_k - found.f_k < ftol, 4, status)
        status = jnp.where(state.ngev >= maxgrad, 3, status)
        status = jnp.where(state.nfev >= maxfun, 2, status)
        status = jnp.where(state.k >= maxiter, 1, status)
        status = jnp.where(found.failed, 5, status)
        converged = jnp.linalg.norm(found.g_k, ord=norm) < gtol
        return state._replace(
            converged=converged,
            failed=(status > 0) & ~converged,
            k=state.k + 1,
            nfev=state.nfev + found.nfev,
            ngev=state.ngev + found.ngev,
            x_k=(state.x_k + s_k).astype(state.x_k.dtype),
            f_k=found.f_k.astype(state.f_k.dtype),
            g_k=found.g_k.astype(state.g_k.dtype),
            s_history=_appended(state.s_history, s_k),
            y_history=_appended(state.y_history, y_k),
            rho_history=_appended(state.rho_history, rho_k),
            gamma=gamma.astype(state.g_k.dtype),
            status=jnp.where(converged, 0, status),
            ls_status=found.status,
        )

    return lax.while_loop(lambda state: ~state.converged & ~state.failed, body, state)


def _two_loop_recursion(state):
    """The inverse Hessian, as the history has it, times the negative gradient."""
    dtype = state.rho_history.dtype
    size = len(state.rho_history)
    current = jnp.where(state.k < size, state.k, size)

    def first(j, carry):
        q, a = carry
        i = size - 1 - j
        a_i = state.rho_history[i] * _dot(jnp.conj(state.s_history[i]), q).real.astype(dtype)
        return q - a_i * jnp.conj(state.y_history[i]), a.at[i].set(a_i)

    q, a = lax.fori_loop(0, current, first, (-jnp.conj(state.g_k), jnp.zeros_like(state.rho_history)))

    def second(j, q):
        i = size - current + j
        b_i = state.rho_history[i] * _dot(state.y_history[i], q).real.astype(dtype)
        return q + (a[i] - b_i) * state.s_history[i]

    return lax.fori_loop(0, current, second, state.gamma * q)


def _appended(history, new):
    return jnp.roll(history, -1, axis=0).at[-1].set(new)
