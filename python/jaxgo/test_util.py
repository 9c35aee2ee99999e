"""Checks of derivatives against finite differences, in one random direction.

>>> import jaxgo.numpy as jnp
>>> from jaxgo.test_util import check_grads
>>> check_grads(jnp.sin, (1.,), order=2)
"""

from __future__ import annotations

import functools

import numpy as np

from . import tree_util as tu
from ._api import jvp, linearize, vjp
from ._dtype import canonical

__all__ = ["check_grads", "check_jvp", "check_vjp"]

EPS = 1e-4

# How far from equal values, and derivatives, of a dtype may be.
_VALUE_TOLERANCE = {"bfloat16": 1e-2, "float16": 1e-3, "float32": 1e-6, "float64": 1e-15, "complex64": 1e-6, "complex128": 1e-15,
                    "float4_e2m1fn": 1.0, "float8_e8m0fnu": 1.0}  # fmt: skip
default_gradient_tolerance = {"bfloat16": 1e-1, "float16": 1e-2, "float32": 2e-3, "float64": 1e-5, "complex64": 1e-3,
                              "complex128": 1e-5, "float4_e2m1fn": 1.0, "float8_e8m0fnu": 1.0}  # fmt: skip


def _dtype(x):
    if hasattr(x, "dtype"):
        return x.dtype
    return np.asarray(x).dtype


def _is_python_scalar(x):
    return not isinstance(x, np.generic) and isinstance(x, (bool, int, float, complex))


def _name(d):
    return "float0" if getattr(d, "names", None) == ("float0",) else np.dtype(d).name


def _tolerance(d, tol):
    if tol is not None and not isinstance(tol, dict):
        return tol
    name = _name(d) if _name(d) == "float0" else canonical(np.dtype(d)).name
    named = {k if isinstance(k, str) else np.dtype(k).name: v for k, v in (tol or {}).items()}
    return named.get(name, _VALUE_TOLERANCE.get(name, 1e-1 if name.startswith("float8") else 0))


def _merged(tol):
    if tol is not None and not isinstance(tol, dict):
        return tol
    return {**default_gradient_tolerance, **{np.dtype(k).name: v for k, v in (tol or {}).items()}}


def _close(a, b, atol, rtol, err_msg):
    a, b = np.asarray(a), np.asarray(b)
    assert a.shape == b.shape
    if _name(a.dtype) == "float0" and _name(b.dtype) == "float0":
        return
    atol = max(_tolerance(a.dtype, atol), _tolerance(b.dtype, atol)) * a.size
    rtol = max(_tolerance(a.dtype, rtol), _tolerance(b.dtype, rtol)) * b.size

    def wide(x):
        return x.astype(np.float32) if x.dtype.kind == "V" or x.dtype.name in ("bfloat16",) else x

    kw = {k: v for k, v in (("atol", atol), ("rtol", rtol)) if v}
    with np.errstate(invalid="ignore"):
        np.testing.assert_allclose(wide(a), wide(b), **kw, err_msg=err_msg)


def check_close(xs, ys, atol=None, rtol=None, err_msg=""):
    tu.tree_map(functools.partial(_close, atol=atol, rtol=rtol, err_msg=err_msg), xs, ys)


def _check_dtypes_match(xs, ys):
    def match(x, y):
        assert canonical(_dtype(x)) == canonical(_dtype(y))

    tu.tree_map(match, xs, ys)


def _kept(f):
    """f on each leaf, in the leaf's own dtype."""

    def leaf(*args):
        out = np.array(f(*args), dtype=_dtype(args[0]))
        return out.item() if all(_is_python_scalar(a) for a in args) else out

    return functools.partial(tu.tree_map, leaf)


_add, _sub, _conj = _kept(np.add), _kept(np.subtract), _kept(np.conj)


def _difference(x, y):
    """x - y with inf - inf = 0."""
    d = _dtype(x)
    with np.errstate(invalid="ignore"):
        return np.where(np.equal(x, y), np.array(0, d), np.subtract(x, y, dtype=d))


def _scaled(xs, a):
    def leaf(x):
        d = _dtype(x)
        out = np.multiply(x, np.array(a, dtype=d), dtype=d)
        return out.item() if _is_python_scalar(x) else out

    return tu.tree_map(leaf, xs)


def _inner(xs, ys):
    products = tu.tree_map(lambda x, y: np.real(np.dot(np.conj(x).reshape(-1), y.reshape(-1))), xs, ys)
    return tu.tree_reduce(np.add, products)


def _random_like(rng, x):
    shape, d = np.shape(x), _dtype(x)

    def normal():
        return np.asarray(rng.randn(*shape), dtype=d)

    out = normal() + d.type(1.0j) * normal() if d.kind == "c" else normal()
    return out.item() if _is_python_scalar(x) else out


def _numerical_jvp(f, primals, tangents, eps):
    delta = _scaled(tangents, eps)
    up, down = f(*_add(primals, delta)), f(*_sub(primals, delta))
    return _scaled(tu.tree_map(_difference, up, down), 0.5 / eps)


def check_jvp(f, f_jvp, args, atol=None, rtol=None, eps=EPS, err_msg=""):
    """Raises an AssertionError unless ``f_jvp(args, tangents)`` is f's value and its derivative.

    >>> import functools
    >>> import jaxgo as jax
    >>> check_jvp(lambda x: x * x, functools.partial(jax.jvp, lambda x: x * x), (3.,))
    """
    atol, rtol = _merged(atol), _merged(rtol)
    rng = np.random.RandomState(0)
    tangent = tu.tree_map(functools.partial(_random_like, rng), args)
    out, dout = f_jvp(args, tangent)
    _check_dtypes_match(out, dout)
    expected = f(*args)
    _check_dtypes_match(out, expected)
    dexpected = _numerical_jvp(f, args, tangent, eps)
    check_close(out, expected, atol, rtol, f"{err_msg} primal" if err_msg else "primal")
    check_close(dout, dexpected, atol, rtol, f"{err_msg} tangent" if err_msg else "tangent")


def check_vjp(f, f_vjp, args, atol=None, rtol=None, eps=EPS, err_msg=""):
    """Raises an AssertionError unless ``f_vjp(*args)`` gives f's value and the transpose of its derivative.

    >>> import functools
    >>> import jaxgo as jax
    >>> check_vjp(lambda x: x * x, functools.partial(jax.vjp, lambda x: x * x), (3.,))
    """
    atol, rtol = _merged(atol), _merged(rtol)
    like = functools.partial(_random_like, np.random.RandomState(0))
    out, pullback = f_vjp(*args)
    check_close(out, f(*args), atol, rtol, f"{err_msg} primal" if err_msg else "primal")
    tangent = tu.tree_map(like, args)
    dout = _numerical_jvp(f, args, tangent, eps)
    ct = tu.tree_map(like, out)
    ct_in = _conj(pullback(_conj(ct)))
    name = f"{err_msg} cotangent projection" if err_msg else "cotangent projection"
    check_close(_inner(tangent, ct_in), _inner(dout, ct), atol, rtol, name)


def check_grads(f, args, order, modes=("fwd", "rev"), atol=None, rtol=None, eps=None):
    """Checks the derivatives of f up to an order, in forward ("fwd"), reverse ("rev") and linearized ("lin") mode.

    >>> import jaxgo.numpy as jnp
    >>> check_grads(lambda x: jnp.sum(x ** 3), (jnp.arange(2.),), order=2)
    """
    args, eps = tuple(args), eps or EPS
    kw = {"atol": atol, "rtol": rtol, "eps": eps}

    def linearized(f, primals, tangents):
        out, f_lin = linearize(f, *primals)
        return out, f_lin(*tangents)

    def check(f, args, order, msg=""):
        def named(kind):
            return f"{kind} of {msg}" if msg else kind

        for mode, kind, push in (("fwd", "JVP", jvp), ("lin", "LIN", linearized)):
            if mode in modes:
                pushed = functools.partial(push, f)
                check_jvp(f, pushed, args, err_msg=named(kind), **kw)
                if order > 1:
                    check(pushed, (args, args), order - 1, named(kind))
        if "rev" in modes:
            check_vjp(f, functools.partial(vjp, f), args, err_msg=named("VJP"), **kw)
            if order > 1:

                def pulled(*args):
                    out, pullback = vjp(f, *args)
                    return pullback(out)

                check(pulled, args, order - 1, named("VJP"))

    check(f, args, order)
