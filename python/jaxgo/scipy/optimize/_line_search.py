"""A line search for the strong Wolfe conditions, after Nocedal and Wright, Numerical Optimization (1999), algorithms 3.5 and 3.6."""

from __future__ import annotations

from functools import partial
from typing import Any, NamedTuple

from ... import lax
from ... import numpy as jnp
from ..._api import value_and_grad
from ...numpy._util import promoted_inexact

_dot = partial(jnp.dot, precision=lax.Precision.HIGHEST)


def _cubicmin(a, fa, fpa, b, fb, c, fc):
    """The minimum of the cubic through (a, fa), (b, fb) and (c, fc) with the slope fpa at a."""
    dtype = jnp.result_type(a, fa, fpa, b, fb, c, fc)
    C = fpa
    db = b - a
    dc = c - a
    denom = (db * dc) ** 2 * (db - dc)
    d1 = jnp.array([[dc**2, -(db**2)], [-(dc**3), db**3]], dtype=dtype)
    d2 = jnp.array([fb - fa - C * db, fc - fa - C * dc], dtype=dtype)
    A, B = _dot(d1, d2) / denom
    radical = B * B - 3.0 * A * C
    return a + (-B + jnp.sqrt(radical)) / (3.0 * A)


def _quadmin(a, fa, fpa, b, fb):
    """The minimum of the parabola through (a, fa) and (b, fb) with the slope fpa at a."""
    db = b - a
    B = (fb - fa - fpa * db) / db**2
    return a - fpa / (2.0 * B)


def _replaced(state, condition, **new):
    """The state with new values where the condition holds."""
    return state._replace(**{k: jnp.where(condition, v, getattr(state, k)) for k, v in new.items()})


class _ZoomState(NamedTuple):
    done: Any
    failed: Any
    j: Any
    a_lo: Any
    phi_lo: Any
    dphi_lo: Any
    a_hi: Any
    phi_hi: Any
    dphi_hi: Any
    a_rec: Any
    phi_rec: Any
    a_star: Any
    phi_star: Any
    dphi_star: Any
    g_star: Any
    nfev: Any
    ngev: Any


def _zoom(evaluate, wolfe_one, wolfe_two, lo, hi, g_0, pass_through):
    """Algorithm 3.6: a step that meets the conditions between lo and hi, each a step with the value and slope there."""
    state = _ZoomState(
        done=False,
        failed=False,
        j=0,
        a_lo=lo[0],
        phi_lo=lo[1],
        dphi_lo=lo[2],
        a_hi=hi[0],
        phi_hi=hi[1],
        dphi_hi=hi[2],
        a_rec=(lo[0] + hi[0]) / 2.0,
        phi_rec=(lo[1] + hi[1]) / 2.0,
        a_star=1.0,
        phi_star=lo[1],
        dphi_star=lo[2],
        g_star=g_0,
        nfev=0,
        ngev=0,
    )

    def body(state):
        dalpha = state.a_hi - state.a_lo
        a, b = jnp.minimum(state.a_hi, state.a_lo), jnp.maximum(state.a_hi, state.a_lo)
        cchk, qchk = 0.2 * dalpha, 0.1 * dalpha
        # Steps so close are equal but for rounding.
        threshold = jnp.where(jnp.finfo(dalpha.dtype).bits < 64, 1e-5, 1e-10)
        state = state._replace(failed=state.failed | (dalpha <= threshold))

        a_cubic = _cubicmin(state.a_lo, state.phi_lo, state.dphi_lo, state.a_hi, state.phi_hi, state.a_rec, state.phi_rec)
        use_cubic = (state.j > 0) & (a_cubic > a + cchk) & (a_cubic < b - cchk)
        a_quad = _quadmin(state.a_lo, state.phi_lo, state.dphi_lo, state.a_hi, state.phi_hi)
        use_quad = ~use_cubic & (a_quad > a + qchk) & (a_quad < b - qchk)
        a_j = jnp.where(use_cubic, a_cubic, state.a_rec)
        a_j = jnp.where(use_quad, a_quad, a_j)
        a_j = jnp.where(~use_cubic & ~use_quad, (state.a_lo + state.a_hi) / 2.0, a_j)

        phi_j, dphi_j, g_j = evaluate(a_j)
        phi_j = phi_j.astype(state.phi_lo.dtype)
        dphi_j = dphi_j.astype(state.dphi_lo.dtype)
        g_j = g_j.astype(state.g_star.dtype)
        state = state._replace(nfev=state.nfev + 1, ngev=state.ngev + 1)

        hi_to_j = wolfe_one(a_j, phi_j) | (phi_j >= state.phi_lo)
        star_to_j = wolfe_two(dphi_j) & ~hi_to_j
        hi_to_lo = (dphi_j * (state.a_hi - state.a_lo) >= 0.0) & ~hi_to_j & ~star_to_j
        lo_to_j = ~hi_to_j & ~star_to_j
        state = _replaced(state, hi_to_j, a_hi=a_j, phi_hi=phi_j, dphi_hi=dphi_j, a_rec=state.a_hi, phi_rec=state.phi_hi)
        state = state._replace(done=star_to_j | state.done)
        state = _replaced(state, star_to_j, a_star=a_j, phi_star=phi_j, dphi_star=dphi_j, g_star=g_j)
        state = _replaced(state, hi_to_lo, a_hi=state.a_lo, phi_hi=state.phi_lo, dphi_hi=state.dphi_lo, a_rec=state.a_hi, phi_rec=state.phi_hi)
        state = _replaced(state, lo_to_j & ~hi_to_lo, a_rec=state.a_lo, phi_rec=state.phi_lo)
        state = _replaced(state, lo_to_j, a_lo=a_j, phi_lo=phi_j, dphi_lo=dphi_j)
        state = state._replace(j=state.j + 1)
        return state._replace(failed=state.failed | (state.j >= 30))

    return lax.while_loop(lambda state: ~state.done & ~pass_through & ~state.failed, body, state)


class _State(NamedTuple):
    done: Any
    failed: Any
    i: Any
    a_i1: Any
    phi_i1: Any
    dphi_i1: Any
    nfev: Any
    ngev: Any
    a_star: Any
    phi_star: Any
    dphi_star: Any
    g_star: Any


class LineSearchResults(NamedTuple):
    """The step a_k, the value f_k and the gradient g_k there; status is 0, 1 where zooming failed, 3 where maxiter was reached."""

    failed: Any
    nit: Any
    nfev: Any
    ngev: Any
    k: Any
    a_k: Any
    f_k: Any
    g_k: Any
    status: Any


def line_search(f, xk, pk, old_fval=None, old_old_fval=None, gfk=None, c1=1e-4, c2=0.9, maxiter=20):
    """Algorithm 3.5: how far to go from xk along pk, where f and its gradient at xk, and f before it, are known or None."""
    xk, pk = promoted_inexact(xk, pk)

    def evaluate(t):
        t = jnp.array(t, dtype=pk.dtype)
        phi, g = value_and_grad(f)(xk + t * pk)
        return phi, jnp.real(_dot(g, pk)), g

    unknown = old_fval is None or gfk is None
    if unknown:
        phi_0, dphi_0, gfk = evaluate(0)
    else:
        phi_0, dphi_0 = old_fval, jnp.real(_dot(gfk, pk))
    start = 1
    if old_old_fval is not None:
        candidate = 1.01 * 2 * (phi_0 - old_old_fval) / dphi_0
        start = jnp.where(candidate > 1, 1.0, candidate)

    def wolfe_one(a_i, phi_i):  # of the condition its negation
        return phi_i > phi_0 + c1 * a_i * dphi_0

    def wolfe_two(dphi_i):
        return jnp.abs(dphi_i) <= -c2 * dphi_0

    state = _State(
        done=jnp.array(False, dtype=bool),
        failed=jnp.array(False, dtype=bool),
        i=1,  # the algorithm counts from 1
        a_i1=0.0,
        phi_i1=phi_0,
        dphi_i1=dphi_0,
        nfev=1 if unknown else 0,
        ngev=1 if unknown else 0,
        a_star=0.0,
        phi_star=phi_0,
        dphi_star=dphi_0,
        g_star=gfk,
    )

    def zoomed(state, condition, zoom):
        state = state._replace(done=condition | state.done, failed=condition & zoom.failed | state.failed)
        return _replaced(state, condition, **{k: getattr(zoom, k) for k in ("a_star", "phi_star", "dphi_star", "g_star")})

    def body(state):
        a_i = jnp.where(state.i == 1, start, state.a_i1 * 2.0)
        phi_i, dphi_i, g_i = evaluate(a_i)
        star_to_zoom1 = wolfe_one(a_i, phi_i) | (phi_i >= state.phi_i1) & (state.i > 1)
        star_to_i = wolfe_two(dphi_i) & ~star_to_zoom1
        star_to_zoom2 = (dphi_i >= 0.0) & ~star_to_zoom1 & ~star_to_i
        last, this = (state.a_i1, state.phi_i1, state.dphi_i1), (a_i, phi_i, dphi_i)
        zoom1 = _zoom(evaluate, wolfe_one, wolfe_two, last, this, gfk, ~star_to_zoom1)
        zoom2 = _zoom(evaluate, wolfe_one, wolfe_two, this, last, gfk, ~star_to_zoom2)
        state = state._replace(nfev=state.nfev + 1 + zoom1.nfev + zoom2.nfev, ngev=state.ngev + 1 + zoom1.ngev + zoom2.ngev)
        state = zoomed(state, star_to_zoom1, zoom1)
        state = state._replace(done=star_to_i | state.done)
        state = _replaced(state, star_to_i, a_star=a_i, phi_star=phi_i, dphi_star=dphi_i, g_star=g_i)
        state = zoomed(state, star_to_zoom2, zoom2)
        return state._replace(i=state.i + 1, a_i1=a_i, phi_i1=phi_i, dphi_i1=dphi_i)

    state = lax.while_loop(lambda state: ~state.done & (state.i <= maxiter) & ~state.failed, body, state)
    status = jnp.where(state.failed, jnp.array(1), jnp.where(state.i > maxiter, jnp.array(3), jnp.array(0)))
    # Below 64 bits steps are kept from being so small that they change nothing.
    a_k = jnp.asarray(state.a_star)
    a_k = jnp.where((jnp.finfo(a_k.dtype).bits != 64) & (jnp.abs(a_k) < 1e-8), jnp.sign(a_k) * 1e-8, a_k)
    return LineSearchResults(
        failed=state.failed | ~state.done,
        nit=state.i - 1,
        nfev=state.nfev,
        ngev=state.ngev,
        k=state.i,
        a_k=a_k,
        f_k=state.phi_star,
        g_k=state.g_star,
        status=status,
    )
