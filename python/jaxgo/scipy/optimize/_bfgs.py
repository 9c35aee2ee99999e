"""The BFGS algorithm, after Nocedal and Wright, Numerical Optimization (1999), algorithm 6.1."""

from __future__ import annotations

from functools import partial
from typing import Any, NamedTuple

import numpy as np

from ... import lax
from ... import numpy as jnp
from ..._api import value_and_grad
from ._line_search import _dot, line_search

_einsum = partial(jnp.einsum, precision=lax.Precision.HIGHEST)


class _State(NamedTuple):
    converged: Any
    failed: Any
    k: Any  # steps
    nfev: Any
    ngev: Any
    nhev: Any
    x_k: Any
    f_k: Any
    g_k: Any
    H_k: Any  # the estimate of the inverse Hessian
    old_old_fval: Any
    status: Any
    line_search_status: Any


def minimize_bfgs(fun, x0, maxiter=None, norm=np.inf, gtol=1e-5, line_search_maxiter=10):
    if maxiter is None:
        maxiter = np.size(x0) * 200
    d = x0.shape[0]
    f_0, g_0 = value_and_grad(fun)(x0)
    state = _State(
        converged=jnp.linalg.norm(g_0, ord=norm) < gtol,
        failed=False,
        k=0,
        nfev=1,
        ngev=1,
        nhev=0,
        x_k=x0,
        f_k=f_0,
        g_k=g_0,
        H_k=jnp.eye(d, dtype=x0.dtype),
        old_old_fval=f_0 + jnp.linalg.norm(g_0) / 2,
        status=0,
        line_search_status=0,
    )

    def cond(state):
        return jnp.logical_not(state.converged) & jnp.logical_not(state.failed) & (state.k < maxiter)

    def body(state):
        p_k = -_dot(state.H_k, state.g_k)
        found = line_search(fun, state.x_k, p_k, old_fval=state.f_k, old_old_fval=state.old_old_fval, gfk=state.g_k, maxiter=line_search_maxiter)
        s_k = found.a_k * p_k
        g_kp1 = found.g_k
        y_k = g_kp1 - state.g_k
        rho_k = jnp.reciprocal(_dot(y_k, s_k))
        sy_k = s_k[:, np.newaxis] * y_k[np.newaxis, :]
        w = jnp.eye(d, dtype=rho_k.dtype) - rho_k * sy_k
        H_kp1 = _einsum("ij,jk,lk", w, state.H_k, w) + rho_k * s_k[:, np.newaxis] * s_k[np.newaxis, :]
        return state._replace(
            converged=jnp.linalg.norm(g_kp1, ord=norm) < gtol,
            failed=found.failed,
            k=state.k + 1,
            nfev=state.nfev + found.nfev,
            ngev=state.ngev + found.ngev,
            x_k=state.x_k + s_k,
            f_k=found.f_k,
            g_k=g_kp1,
            H_k=jnp.where(jnp.isfinite(rho_k), H_kp1, state.H_k),
            old_old_fval=state.f_k,
            line_search_status=found.status,
        )

    state = lax.while_loop(cond, body, state)
    ended = jnp.where(state.failed, 2 + state.line_search_status, -1)
    return state._replace(status=jnp.where(state.converged, 0, jnp.where(state.k == maxiter, 1, ended)))
