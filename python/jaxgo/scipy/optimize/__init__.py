"""jaxgo.scipy.optimize: minima of functions."""

from __future__ import annotations

from typing import Any, NamedTuple

from ... import numpy as jnp

__all__ = ["OptimizeResults", "minimize"]


class OptimizeResults(NamedTuple):
    """What ``minimize`` returns: the solution x, whether and how the search ended, fun(x), its derivatives, and counts of calls and steps.

    ``status`` is 0 where it converged, 1 where it took maxiter steps, and above that where the line search failed.
    """

    x: Any
    success: Any
    status: Any
    fun: Any
    jac: Any
    hess_inv: Any
    nfev: Any
    njev: Any
    nit: Any


def minimize(fun, x0, args=(), *, method, tol=None, options=None):
    """A minimum of fun(x, *args), a scalar, near x0 of shape (n,), as scipy.optimize.minimize.

    ``method`` is 'BFGS', whose options are maxiter, norm, gtol and line_search_maxiter, or
    'l-bfgs-experimental-do-not-rely-on-this', with maxiter, norm, maxcor, ftol, gtol, maxfun, maxgrad and maxls.

    >>> import jaxgo.numpy as jnp
    >>> from jaxgo.scipy.optimize import minimize
    >>> r = minimize(lambda x: ((x - 3) ** 2).sum(), jnp.zeros(2), method="BFGS")
    >>> print(jnp.allclose(r.x, 3.0), r.success)
    True True
    """
    options = {} if options is None else options
    if not isinstance(args, tuple):
        raise TypeError(f"args argument to jaxgo.scipy.optimize.minimize must be a tuple, got {args}")
    if method.lower() == "bfgs":
        from ._bfgs import minimize_bfgs as search
    elif method.lower() == "l-bfgs-experimental-do-not-rely-on-this":
        from ._lbfgs import minimize_lbfgs as search
    else:
        raise ValueError(f"Method {method} not recognized")
    r = search(lambda x: fun(x, *args), x0, **options)
    return OptimizeResults(
        x=r.x_k,
        success=r.converged & jnp.logical_not(r.failed),
        status=r.status,
        fun=r.f_k,
        jac=r.g_k,
        hess_inv=getattr(r, "H_k", None),
        nfev=r.nfev,
        njev=r.ngev,
        nit=r.k,
    )
