"""The same expressions in JAX and in jaxgo, and how what comes out is compared."""

import functools
import importlib
import sys

import ops

MODULES = ("numpy", "lax", "nn", "random", "numpy.linalg", "numpy.fft", "lax.linalg", "nn.initializers", "test_util", "ad_checkpoint", "extend.core")


@functools.cache
def load(name):
    for m in MODULES:
        importlib.import_module(f"{name}.{m}")
    return sys.modules[name]


@functools.cache
def env(lib):
    return ops.variables(lib)


def leaves(v):
    """The parts of a result that are compared, in order."""
    if isinstance(v, (list, tuple)):
        return [leaf for x in v for leaf in leaves(x)]
    return [v]


def np_value(x):
    """An array as one of NumPy's, in a dtype that NumPy computes with."""
    import numpy as np

    if str(x.dtype).startswith("key<"):
        lib = load("jaxgo" if type(x).__module__.startswith("jaxgo") or "_fast" in type(x).__module__ else "jax")
        x = lib.random.key_data(x)
    a = np.asarray(x)
    return a.astype(np.float32) if a.dtype.kind == "V" and a.dtype.names is None or a.dtype.name.startswith(("bfloat", "float8", "float4")) else a


# Relative and absolute tolerances by the width of a dtype's fraction.
TOLERANCE = {"bfloat16": 2e-2, "float16": 2e-3, "float32": 2e-5, "complex64": 2e-5, "float64": 1e-10, "complex128": 1e-10}


def difference(got, want, tol=1.0):
    """What distinguishes a result of jaxgo's from JAX's, or None. tol scales the tolerance."""
    import numpy as np

    if isinstance(want, Exception) or isinstance(got, Exception):
        if not isinstance(got, Exception) or not isinstance(want, Exception):
            return f"{got!r:.300}, JAX has {want!r:.300}"
        mine, theirs = ({c.__name__ for c in type(e).__mro__ if c.__module__ == "builtins"} for e in (got, want))
        return None if mine == theirs else f"raises {got!r:.300}, JAX raises {want!r:.300}"
    if isinstance(want, (list, tuple)) and type(got).__name__ != type(want).__name__:
        return f"a {type(got).__name__}, JAX has a {type(want).__name__}"
    got, want = leaves(got), leaves(want)
    if len(got) != len(want):
        return f"{len(got)} results, JAX has {len(want)}"
    for g, w in zip(got, want):
        if not hasattr(w, "weak_type"):
            if isinstance(w, np.ndarray) and isinstance(g, np.ndarray) and g.dtype == w.dtype and np.array_equal(g, w):
                continue
            same = type(g) is type(w) or isinstance(w, np.integer) and type(g) is int
            if not (same and (g == w or g != g and w != w)) and str(g).replace("jaxgo", "jax") != str(w):
                return f"{g!r}, JAX has {w!r}"
            continue
        for what in ("shape", "dtype", "weak_type"):
            a, b = getattr(g, what, None), getattr(w, what)
            if a != b and str(a) != str(b):
                return f"{what} {a}, JAX has {b}"
        if hasattr(w, "addressable_shards"):  # a value, not a type
            a, b = np_value(g), np_value(w)
            if a.dtype.kind in "biuV":
                if not (a == b).all():
                    return f"{a}, JAX has {b}"
            elif not np.allclose(a, b, rtol=tol * TOLERANCE.get(str(w.dtype), 0.1), atol=tol * TOLERANCE.get(str(w.dtype), 0.1), equal_nan=True):
                return f"{a}, JAX has {b}"
    return None


def complain(found):
    """Fails with all differences that were found; found maps what was computed to a difference or None."""
    bad = [f"{k if isinstance(k, str) else ' '.join(map(str, k))}: {d}" for k, d in found.items() if d]
    assert not bad, "\n".join([f"{len(bad)} of {len(found)} differ", *bad])


def chunks(*tables, size=30, heavy=True):
    """Pieces of tables of ops.py as pytest's parameters: (module, rows). Unless heavy, the rows that compile long are for the slow tests."""
    import pytest

    out = []
    for table in tables:
        for module in table:
            rows = [r for r in ops.rows(table[module]) if not ops.missing(r, load("jaxgo"), module)]
            slow = [] if heavy else [r for r in rows if r in ops.HEAVY]
            for part, marks in ([r for r in rows if r not in slow], ()), (slow, pytest.mark.slow):
                pieces = [tuple(part[i : i + size]) for i in range(0, len(part), size)]
                out += [pytest.param((module, p), id=f"{module}.{p[0]}", marks=marks) for p in pieces]
    return out


def batch(lib, items, fun, env):
    """{item: fun(item, env)} of all items, computed by one program. A result may be a tree with any leaves; what raises is its exception."""
    plain, kinds = {}, {}

    def program(env):
        out = {}
        for n, item in enumerate(items):
            try:
                v = fun(item, env)
            except Exception as e:
                plain[item] = [e]
                continue
            kinds[item] = type(v) if isinstance(v, (list, tuple)) else None
            v = leaves(v)
            plain[item] = [None if isinstance(x, lib.Array) else (x,) for x in v]
            out[n] = [x for x in v if isinstance(x, lib.Array)]
        return out

    out = lib.jit(program)(env)
    results = {}
    for n, item in enumerate(items):
        p = plain[item]
        if p and isinstance(p[0], Exception):
            results[item] = p[0]
            continue
        arrays = iter(out[n])
        v = [next(arrays) if x is None else x[0] for x in p]
        kind = kinds[item]
        results[item] = v[0] if kind is None else make(kind, v)
    return results


def types(lib, fun, env):
    """What fun(env) computes, by type only: nothing is compiled. A result that is no array stands for itself; an exception is returned."""
    aside = []

    def program(env):
        out = leaves(fun(env))
        aside.extend(None if isinstance(x, lib.Array) else (x,) for x in out)
        return [x for x in out if isinstance(x, lib.Array)]

    try:
        out = iter(lib.eval_shape(program, env))
    except Exception as e:
        return e
    return [next(out) if x is None else x[0] for x in aside]


def make(kind, v):
    try:
        return kind(v)
    except TypeError:
        return v if kind is list else Named(kind.__name__, v)


def Named(name, v):
    """A stand-in for a named tuple, whose nested parts were flattened."""
    return type(name, (tuple,), {})(v)


def all_types(lib, items, fun, env):
    """{item: what fun(item, env) computes, by type only}, from one trace; what raises is its exception."""
    kinds = {}

    def program(env):
        out = {}
        for n, item in enumerate(items):
            try:
                v = leaves(fun(item, env))
            except Exception as e:
                kinds[item] = e
                continue
            kinds[item] = [None if isinstance(x, lib.Array) else (x,) for x in v]
            out[n] = [x for x in v if isinstance(x, lib.Array)]
        return out

    out, results = lib.eval_shape(program, env), {}
    for n, item in enumerate(items):
        k = kinds[item]
        if isinstance(k, Exception):
            results[item] = k
        else:
            arrays = iter(out[n])
            results[item] = [next(arrays) if x is None else x[0] for x in k]
    return results
