"""Writes sorting.json.gz. Run it with the JAX that is the oracle of the tests: python sorting.py | gzip -9n > sorting.json.gz"""

import jax.numpy as jnp
import numpy as np
from cases import case, ints, real, write

x, v = real(3, 4), real(6)
u = ints(6, lo=0, d=np.uint8)
special = np.array([1.0, np.nan, -0.0, 0.0, -np.inf, np.inf, np.nan, -2.0], np.float32)
ties = np.array([3, 1, 2, 1, 3, 1, 0, 2], np.int32)
z = np.array([1 + 1j, 1 - 1j, 0 + 2j, 1 + 1j, np.nan + 0j], np.complex64)
b = np.array([True, False, True])

for a in (x, v, u, special, ties, z, b, real()):
    for axis in (-1, 0, None):
        for stable, descending in ((True, False), (True, True), (False, False)):
            kw = dict(axis=axis, stable=stable, descending=descending)
            case("jnp.sort", lambda a, kw=kw: jnp.sort(a, **kw), a, axis, None, None, stable, descending)
            case("jnp.argsort", lambda a, kw=kw: jnp.argsort(a, **kw), a, axis, None, None, stable, descending, None)
    case("jnp.sort_complex", jnp.sort_complex, a)
case("jnp.argsort", lambda a: jnp.argsort(a, dtype=jnp.int8), v, -1, None, None, True, False, np.dtype("int8"))
case("jnp.sort", lambda a: jnp.sort(a, kind="quicksort"), v, -1, "quicksort", None, True, False)
case("jnp.argsort", lambda a: jnp.argsort(a, order=0), v, -1, None, 0, True, False, None)
for axis in (-1, 0):
    case("jnp.lexsort", lambda p, q, axis=axis: jnp.lexsort((p, q), axis), [ties, ties[::-1].copy()], axis)
    case("jnp.lexsort", lambda p, q, axis=axis: jnp.lexsort((p, q), axis), [x, x], axis)
    case("jnp.lexsort_array", lambda a, axis=axis: jnp.lexsort(a, axis), x, axis)
case("jnp.lexsort", lambda p, q: jnp.lexsort((p, q)), [x, v], -1)
case("jnp.lexsort", lambda p: jnp.lexsort((p,)), [real()], -1)
for k in (0, 2, -1):
    for a in (v, x, u, ties):
        case("jnp.partition", lambda a, k=k: jnp.partition(a, k), a, k, -1)
        case("jnp.argpartition", lambda a, k=k: jnp.argpartition(a, k), a, k, -1, ops=a.ndim == 1)
case("jnp.partition", lambda a: jnp.partition(a, 1, 0), x, 1, 0)
case("jnp.partition", lambda a: jnp.partition(a, 1), z, 1, -1)
case("jnp.partition", lambda a: jnp.partition(a, 9), v, 9, -1)
s = np.sort(v)
for method in ("scan", "scan_unrolled", "sort", "compare_all", "other"):
    for side in ("left", "right", "middle"):
        for a, q in ((s, v), (np.sort(ties), ties), (np.sort(special), special), (np.sort(ties), ints(2, 3)), (s, ints(3)), (np.sort(u), ints(4)),
                     (np.zeros(0, np.float32), v), (np.sort(z), z), (s, real()), (x, v)):
            if side != "middle" or a is s:
                case("jnp.searchsorted", lambda a, q, side=side, method=method: jnp.searchsorted(a, q, side=side, method=method), a, q, side, None, method, ops=False)
case("jnp.searchsorted", lambda a, q, o: jnp.searchsorted(a, q, sorter=o), v, real(3), "left", np.argsort(v).astype(np.int32), "scan", ops=False)
for right in (False, True):
    for bins in (s, s[::-1].copy(), np.zeros(0, np.float32)):
        case("jnp.digitize", lambda a, c, right=right: jnp.digitize(a, c, right), x, bins, right, None, ops=False)
case("jnp.digitize", lambda a, c: jnp.digitize(a, c), x, x, False, None, ops=False)

n = np.array([0, 3, 1, 1, -2, 9], np.int32)
case("jnp.bincount", lambda a: jnp.bincount(a, length=4), n, None, 4)
case("jnp.bincount", lambda a: jnp.bincount(a, length=4), b, None, 4)
case("jnp.bincount", lambda a: jnp.bincount(a, length=4), u, None, 4)
case("jnp.bincount", lambda a, w: jnp.bincount(a, w, length=4), n, v, 4)
case("jnp.bincount", lambda a, w: jnp.bincount(a, w, length=4), n, s[:3], 4)
case("jnp.bincount", lambda a: jnp.bincount(a, length=4), v, None, 4)
case("jnp.bincount", lambda a: jnp.bincount(a, length=4), ints(2, 3), None, 4)
for a in (v, x, ints(5), np.zeros(3, np.float32)):
    case("jnp.histogram_bin_edges", lambda a: jnp.histogram_bin_edges(a, 4), a, 4, [], ops=False)
    case("jnp.histogram_bin_edges", lambda a: jnp.histogram_bin_edges(a, 3, (0, 2.5)), a, 3, [0, 2.5], ops=False)
    edges = np.array([-1.0, 0.0, 0.5, 2.0], np.float32)
    case("jnp.histogram", lambda a, e: jnp.histogram(a, e)[0], a, edges, None, False, ops=False)
    case("jnp.histogram", lambda a, e: jnp.histogram(a, e, density=True)[0], a, edges, None, True, ops=False)
    case("jnp.histogram", lambda a, e, w: jnp.histogram(a, e, weights=w)[0], a, edges, np.asarray(real(*a.shape)), False, ops=False)
m = np.array([[0, 1, 0], [2, 0, 3]], np.int32)
for a in (m, m.astype(np.float32), m != 0, m[0], np.zeros((2, 0), np.float32), np.zeros(3, np.float32), (m + 1j * m).astype(np.complex64), real()):
    for size in (0, 2, 5):
        case("jnp.nonzero", lambda a, size=size: jnp.nonzero(a, size=size), a, size, [])
        case("jnp.nonzero", lambda a, size=size: jnp.nonzero(a, size=size, fill_value=-1), a, size, [-1] * max(a.ndim, 1))
        case("jnp.flatnonzero", lambda a, size=size: jnp.flatnonzero(a, size=size), a, size, [])
        case("jnp.argwhere", lambda a, size=size: jnp.argwhere(a, size=size), a, size, [])
    case("jnp.nonzero_known", jnp.nonzero, a, ops=False)
    case("jnp.flatnonzero_known", jnp.flatnonzero, a, ops=False)
    case("jnp.argwhere_known", jnp.argwhere, a, ops=False)
case("jnp.nonzero", lambda a: jnp.nonzero(a, size=5, fill_value=(7, 8)), m, 5, [7, 8])
for name in ("triu_indices", "tril_indices"):
    for args in ((3, 0, None), (3, 1, 4), (3, -1, 2), (2, 5, 2)):
        case("jnp." + name, lambda name=name, args=args: getattr(jnp, name)(*args), *args)

w = np.array([[1, 2, 2], [1, 2, 2], [0, 2, 1]], np.int32)
flags = [(False,) * 3, (True,) * 3, (True, False, False), (False, True, False), (False, False, True)]
for a in (ties, special, w, z, b, v, np.zeros(0, np.float32), np.zeros((0, 2), np.int32), np.zeros((2, 0), np.int32), w.astype(np.float32)):
    for axis in (None, 0, 1) if a.ndim == 2 else (None,):
        for flag in flags:
            f = lambda a, flag=flag, axis=axis, **kw: jnp.unique(a, *flag, axis=axis, **kw)
            case("jnp.unique_known", f, a, *flag, axis, True, ops=False)
            for size in (2, 6):
                case("jnp.unique", lambda a, f=f, size=size: f(a, size=size), a, *flag, axis, True, size, None, ops=a.size > 0)
                case("jnp.unique", lambda a, f=f, size=size: f(a, size=size, fill_value=9), a, *flag, axis, True, size, 9, ops=a.size > 0)
    case("jnp.unique_known", lambda a: jnp.unique(a, equal_nan=False), a, False, False, False, None, False, ops=False)
sets = [(ties, np.array([2, 5, 2, 3], np.int32)), (v, real(3)), (ties, np.array([2.0, 7.0], np.float32)), (ties, np.zeros(0, np.int32)), (w, ties)]
for p, q in sets:
    case("jnp.union1d_known", jnp.union1d, p, q, ops=False)
    case("jnp.setdiff1d_known", jnp.setdiff1d, p, q, False, ops=False)
    case("jnp.setxor1d_known", jnp.setxor1d, p, q, False, ops=False)
    for idx in (False, True):
        case("jnp.intersect1d_known", lambda p, q, idx=idx: jnp.intersect1d(p, q, return_indices=idx), p, q, False, idx, ops=False)
        case("jnp.intersect1d_known", lambda p, q, idx=idx: jnp.intersect1d(p, q, True, return_indices=idx), np.unique(p), np.unique(q), True, idx, ops=False)
    case("jnp.setdiff1d_known", lambda p, q: jnp.setdiff1d(p, q, True), np.unique(p), np.unique(q), True, ops=False)
    case("jnp.setxor1d_known", lambda p, q: jnp.setxor1d(p, q, True), np.unique(p), np.unique(q), True, ops=False)
    for size in (2, 7):
        for fill in (None, 99):
            kw = dict(size=size, fill_value=fill)
            case("jnp.union1d", lambda p, q, kw=kw: jnp.union1d(p, q, **kw), p, q, size, fill)
            case("jnp.setdiff1d", lambda p, q, kw=kw: jnp.setdiff1d(p, q, **kw), p, q, False, size, fill, ops=False)
            case("jnp.setxor1d", lambda p, q, kw=kw: jnp.setxor1d(p, q, **kw), p, q, False, size, fill, ops=False)
            case("jnp.setdiff1d", lambda p, q, kw=kw: jnp.setdiff1d(p, q, True, **kw), np.unique(p), np.unique(q), True, size, fill, ops=False)
            case("jnp.setxor1d", lambda p, q, kw=kw: jnp.setxor1d(p, q, True, **kw), np.unique(p), np.unique(q), True, size, fill, ops=False)
            for idx in (False, True):
                case("jnp.intersect1d", lambda p, q, kw=kw, idx=idx: jnp.intersect1d(p, q, return_indices=idx, **kw), p, q, False, idx, size, fill, ops=False)
                case("jnp.intersect1d", lambda p, q, kw=kw, idx=idx: jnp.intersect1d(p, q, True, return_indices=idx, **kw), np.unique(p), np.unique(q), True, idx, size, fill, ops=False)
    for method in ("auto", "compare_all", "binary_search", "sort", "other"):
        for invert in (False, True):
            case("jnp.isin", lambda p, q, method=method, invert=invert: jnp.isin(p, q, invert=invert, method=method), p, q, False, invert, method, ops=method in ("auto", "compare_all"))
write()
