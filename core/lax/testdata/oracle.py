"""Writes oracle.json: what JAX gives for calls of the functions that package lax exports.

Run it with the JAX that is the oracle of the tests: python oracle.py > oracle.json
"""

import json
import math
import sys

import jax
import jax.numpy as jnp
import numpy as np
from jax import lax

rng = np.random.default_rng(0)
cases = []


def number(v):
    if isinstance(v, complex):
        return [number(v.real), number(v.imag)]
    if isinstance(v, float):
        if math.isnan(v):
            return "nan"
        if math.isinf(v):
            return "inf" if v > 0 else "-inf"
    return v


def array(a, weak=False):
    if a is None:
        return None
    a = np.asarray(a)
    d = a.dtype.name
    if a.dtype.kind not in "biufc":
        a = a.astype(np.float32) if jnp.issubdtype(d, jnp.floating) else a.astype(np.int32)
    if a.dtype in (np.float32, np.complex64):  # the shortest decimals that give the same bits
        flat = [float(str(v)) for v in a.ravel().view(np.float32)]
        flat = flat if a.dtype == np.float32 else [complex(*p) for p in zip(flat[::2], flat[1::2])]
    else:
        flat = a.ravel().tolist()
    out = {"D": d, "S": list(a.shape), "V": [number(v) for v in flat]}
    if weak:
        out["Weak"] = True
    return out


def rand(d, *shape):
    d = jnp.dtype(d)
    if jnp.issubdtype(d, jnp.bool_):
        return rng.integers(0, 2, shape).astype(d)
    if jnp.issubdtype(d, jnp.integer):
        return rng.integers(0 if d.kind == "u" else -5, 6, shape).astype(d)
    x = np.asarray(rng.normal(size=shape))
    if jnp.issubdtype(d, jnp.complexfloating):
        x = x + 1j * rng.normal(size=shape)
    return x.astype(d)


def x(i):
    return {"x": i}


def dt(d):
    return {"dtype": jnp.dtype(d).name}


def inexact(a):
    return jnp.issubdtype(a.dtype, jnp.inexact)


def results(r):
    return list(r) if isinstance(r, (tuple, list)) else [r]


def case(fn, f, inputs, args, diff=True, vjp=True, vmap=()):
    """A call of fn with args, in which x(i) is input i; f is the same in JAX."""
    inputs = [np.asarray(a) for a in inputs]
    c = {"Fn": fn, "Args": args, "In": [array(a) for a in inputs]}
    g = jax.jit(lambda *a: results(f(*a)))
    try:
        out = g(*inputs)
    except Exception as e:
        c["Error"] = [type(e).__name__, str(e)]
        cases.append(c)
        return
    c["Want"] = [array(o, o.weak_type) for o in out]
    if diff and any(map(inexact, inputs)) and any(map(inexact, out)):
        ts = [rand(a.dtype, *a.shape) if inexact(a) else None for a in inputs]
        jts = [np.zeros(a.shape, jax.dtypes.float0) if t is None else t for a, t in zip(inputs, ts)]
        _, dy = jax.jvp(g, tuple(inputs), tuple(jts))
        c["T"] = [array(t) for t in ts]
        c["JVP"] = [array(d) if inexact(o) else None for d, o in zip(dy, out)]
        if vjp:
            _, back = jax.vjp(g, *inputs)
            cts = [rand(o.dtype, *o.shape) if inexact(o) else None for o in out]
            jct = [np.zeros(o.shape, jax.dtypes.float0) if t is None else t for o, t in zip(out, cts)]
            c["CT"] = [array(t) for t in cts]
            c["VJP"] = [array(v) if inexact(a) else None for a, v in zip(inputs, back(jct))]
    c["VMap"] = []
    for dims in vmap:
        size = 2
        ins = [a if d is None else rand(a.dtype, *a.shape[:d], size, *a.shape[d:]) for a, d in zip(inputs, dims)]
        want = jax.jit(jax.vmap(g, dims))(*ins)
        c["VMap"].append({"Dims": dims, "In": [array(a) for a in ins], "Size": size,
                          "Want": [array(o, o.weak_type) for o in want]})
    cases.append(c)


def every(n):
    """Mapped operands of a function of n: each alone, all together, on differing axes."""
    return [[0 if i == k else None for i in range(n)] for k in range(n)] + [[min(i, 1) for i in range(n)]] if n > 1 else [[0], [1]]


# dot_general


def dot(a, b, lc, rc, lb=(), rb=(), precision=None, preferred=None, **kw):
    case("lax.dot_general",
         lambda a, b: lax.dot_general(a, b, ((lc, rc), (lb, rb)), precision=precision, preferred_element_type=preferred),
         [a, b], [x(0), x(1), list(lc), list(rc), list(lb), list(rb), precision, preferred and dt(preferred)], **kw)


dot(rand("f4", 2, 3), rand("f4", 3, 4), [1], [0], vmap=every(2))
dot(rand("f4", 3, 2, 5), rand("f4", 5, 2, 4), [2], [0], [1], [1], vmap=every(2) + [[3, 2], [2, None], [None, 3]])
dot(rand("f4", 2, 3, 5, 4), rand("f4", 4, 6, 3, 2), [3, 1], [0, 2], [0], [3], vmap=[[4, 2]])
dot(rand("f4", 2), rand("f4", 3), [], [])
dot(rand("c8", 2, 3), rand("c8", 3), [1], [0], precision="highest")
dot(rand("i4", 2, 3), rand("i4", 3, 2), [1], [0])
dot(rand("i1", 2, 3), rand("i1", 3, 2), [1], [0], preferred="int32")
dot(rand("?", 2, 3), rand("?", 3, 2), [1], [0])
dot(rand("bfloat16", 2, 3), rand("f4", 3, 2), [1], [0])
dot(rand("bfloat16", 2, 3), rand("bfloat16", 3, 2), [1], [0], preferred="float32")
dot(rand("float8_e5m2", 2, 3), rand("float8_e4m3fn", 3, 2), [1], [0], preferred="float32", diff=False)
dot(rand("float16", 2, 3), rand("i4", 3, 2), [1], [0])
dot(rand("f4", 2, 3), rand("c8", 3, 2), [1], [0])
dot(rand("f4", 2, 3), rand("f4", 3, 2), [1], [0], precision="BF16_BF16_F32", diff=False)
dot(rand("bfloat16", 2, 3), rand("bfloat16", 3, 2), [1], [0], precision="BF16_BF16_F32", diff=False)
dot(rand("f4", 2, 3), rand("f4", 3, 2), [1], [0], precision="TF32_TF32_F32", diff=False)
dot(rand("f4", 0, 3), rand("f4", 3, 2), [1], [0])
dot(rand("f4", 2, 0), rand("f4", 0, 2), [1], [0])
for bad in [([2], [0], [], []), ([1], [2], [], []), ([1], [0], [0], []), ([1], [0], [0], [0]), ([0, 0], [0], [], []),
            ([1], [1], [], []), ([1], [0], [0], [1])]:
    dot(rand("f4", 2, 3), rand("f4", 3, 4), *bad)
dot(rand("i4", 2, 3), rand("u4", 3, 4), [1], [0])
dot(rand("i4", 2, 3), rand("u2", 3, 4), [1], [0])
dot(rand("float16", 2, 3), rand("bfloat16", 3, 4), [1], [0])
dot(rand("i4", 2, 3), rand("i4", 3, 4), [1], [0], preferred="int8")
case("lax.dot", lambda a, b: lax.dot(a, b), [rand("f4", 3), rand("f4", 3, 2)], [x(0), x(1), None, None])
case("lax.dot", lambda a, b: lax.dot(a, b), [rand("f4", 3), rand("f4", 2, 2)], [x(0), x(1), None, None])
case("lax.batch_matmul", lambda a, b: lax.batch_matmul(a, b), [rand("f4", 2, 3, 4), rand("f4", 2, 4, 2)], [x(0), x(1), None])

# reductions

for name in ["sum", "prod", "max", "min"]:
    f = getattr(lax, "reduce_" + name)
    for a, axes in [(rand("f4", 3, 4, 5), (2, 0)), (rand("f4", 5, 3), (0,)), (rand("c8", 2, 3), (1,)), (rand("i4", 2, 3), (1,)),
                    (rand("u1", 3), (0,)), (rand("f4", 0, 2), (0,)), (np.float32([[1, 2, 2], [np.nan, 1, 3]]), (1,)),
                    (np.float32([0, 2, 0, 3]), (0,)), (rand("f4", 2, 2), ()), (rand("bfloat16", 2, 3), (0, 1))]:
        case("lax.reduce_" + name, lambda x: f(x, axes), [a], [x(0), list(axes)], diff=a.size > 0 and not np.isnan(a.astype("c8")).any(),
             vmap=every(1) if a.size else ())
    for d, axes in [("f4", (0, 0)), ("f4", (2,)), ("?", (0,))]:
        case("lax.reduce_" + name, lambda x: f(x, axes), [rand(d, 2, 3)], [x(0), list(axes)])
for d in ["float8_e4m3fn", "float8_e5m2", "float16", "i1", "u4", "i4"]:
    case("lax.reduce_max", lambda x: lax.reduce_max(x, (0,)), [rand(d, 0, 2)], [x(0), [0]], diff=False)
    case("lax.reduce_min", lambda x: lax.reduce_min(x, (0,)), [rand(d, 0, 2)], [x(0), [0]], diff=False)
for name in ["and", "or", "xor"]:
    f = getattr(lax, "reduce_" + name)
    for d, axes in [("?", (0,)), ("i4", (1,)), ("u1", (0, 1)), ("f4", (0,)), ("i4", (2,))]:
        case("lax.reduce_" + name, lambda x: f(x, axes), [rand(d, 3, 2)], [x(0), list(axes)], vmap=every(1) if d in "?i4" and axes != (2,) else ())
for name in ["argmin", "argmax"]:
    f = getattr(lax, name)
    for a in [rand("f4", 4, 3), np.float32([[1, np.nan, np.nan, 0], [2, 2, 1, 1]]), rand("i4", 5, 2), rand("u1", 2, 4), rand("?", 3, 4)]:
        for axis in [0, 1]:
            case("lax." + name, lambda x: f(x, axis, jnp.int32), [a], [x(0), axis, dt("int32")], diff=False, vmap=every(1))
    case("lax." + name, lambda x: f(x, 0, jnp.uint8), [rand("f4", 4)], [x(0), 0, dt("uint8")])
    case("lax." + name, lambda x: f(x, 0, jnp.int32), [rand("f4", 0)], [x(0), 0, dt("int32")])
    case("lax." + name, lambda x: f(x, 1, jnp.int32), [rand("f4", 3)], [x(0), 1, dt("int32")])
    case("lax." + name, lambda x: f(x, 0, jnp.float32), [rand("f4", 3)], [x(0), 0, dt("float32")])

# convolution


def conv(a, k, strides, padding, lhs_dilation=None, rhs_dilation=None, dims=None, fgc=1, bgc=1, precision=None, preferred=None, **kw):
    n = a.ndim - 2
    spec = lax.conv_dimension_numbers(a.shape, k.shape, dims) if a.ndim == k.ndim else lax.ConvDimensionNumbers((0, 1, 2), (0, 1, 2), (0, 1, 2))
    ld, rd = lhs_dilation or (1,) * n, rhs_dilation or (1,) * n

    def f(a, k):
        return lax.conv_general_dilated(a, k, strides, padding, ld, rd, spec, fgc, bgc, precision=precision, preferred_element_type=preferred)

    case("lax.conv_general_dilated", f, [a, k],
         [x(0), x(1), list(strides), [list(p) for p in padding], list(ld), list(rd), *map(list, spec), fgc, bgc, precision, preferred and dt(preferred)], **kw)


both = every(2) + [[1, 1], [2, 4], [4, None], [None, 3]]
conv(rand("f4", 2, 5, 6, 3), rand("f4", 2, 3, 3, 4), (1, 2), [(1, 0), (-1, 2)], dims=("NHWC", "HWIO", "NHWC"), vmap=both)
conv(rand("f4", 2, 3, 4, 5), rand("f4", 4, 3, 2, 3), (2, 1), [(2, 1), (0, 0)], (2, 1), (1, 2), vmap=both)
conv(rand("f4", 2, 4, 4, 3), rand("f4", 6, 2, 2, 2), (1, 1), [(0, 0), (1, 1)], fgc=2, vmap=both)
conv(rand("f4", 4, 3, 4, 3), rand("f4", 6, 3, 2, 2), (1, 1), [(0, 0), (1, 1)], bgc=2, vmap=both)
conv(rand("f4", 2, 6, 4), rand("f4", 6, 1, 3), (1,), [(1, 1)], fgc=6, dims=("NCW", "OIW", "NWC"))
conv(rand("f4", 2, 3), rand("f4", 4, 3), (), [])
conv(rand("c8", 2, 3, 4), rand("c8", 4, 3, 2), (1,), [(1, 0)])
conv(rand("i4", 2, 3, 4), rand("i4", 4, 3, 2), (1,), [(1, 0)])
conv(rand("bfloat16", 2, 3, 4), rand("bfloat16", 4, 3, 2), (1,), [(1, 0)], preferred="float32")
conv(rand("f4", 2, 3, 4), rand("f4", 4, 3, 2), (1,), [(1, 0)], precision="high")
conv(rand("f4", 1, 2, 3, 4, 3), rand("f4", 3, 2, 2, 2, 2), (1, 1, 1), [(0, 0)] * 3)
conv(rand("f4", 2, 3, 1), rand("f4", 4, 3, 3), (1,), [(0, 0)])
for a, k, s, p, kw in [
    ((2, 3, 4), (4, 2, 2), (1,), [(0, 0)], {}), ((2, 3, 4), (4, 3, 2), (1, 1), [(0, 0)], {}), ((2, 3, 4), (4, 3, 2), (1,), [], {}),
    ((2, 3, 4), (4, 3, 2), (1,), [(-3, -3)], {}), ((2, 3, 4), (4, 3, 2), (1,), [(0, 0)], {"fgc": 2}), ((2, 3, 4), (4, 3, 2), (1,), [(0, 0)], {"fgc": 0}),
    ((2, 4, 4), (3, 2, 2), (1,), [(0, 0)], {"fgc": 2}), ((3, 4, 4), (4, 4, 2), (1,), [(0, 0)], {"bgc": 2}), ((2, 4, 4), (3, 4, 2), (1,), [(0, 0)], {"bgc": 2}),
    ((2, 4, 4), (4, 2, 2), (1,), [(0, 0)], {"bgc": 2, "fgc": 2}), ((2, 4, 4), (4, 4, 2), (1,), [(0, 0)], {"rhs_dilation": (0,)}),
    ((2, 4, 4), (4, 4), (1,), [(0, 0)], {}),
]:
    conv(rand("f4", *a), rand("f4", *k), s, p, **kw)
conv(rand("f4", 2, 3, 4), rand("i4", 4, 3, 2), (1,), [(1, 0)])
conv(rand("i4", 2, 3, 4), rand("i4", 4, 3, 2), (1,), [(1, 0)], preferred="int8")
conv(rand("f4", 2, 3, 4), rand("f4", 4, 3, 2), (1,), [(1, 0)], preferred="int32")
conv(rand("i4", 2, 3, 4), rand("i4", 4, 3, 2), (1,), [(1, 0)], preferred="uint32")

# reductions by a computation


def greatest(x, y):
    return jax.tree.map(lambda a, b: lax.select(lax.ge(x[0], y[0]), a, b), x, y)


def product(x, y):
    return jax.jit(lax.mul)(x, y)


least, zero, one = np.float32(-1e30), np.float32(0), np.float32(1)
for axes in [(0,), (2, 0), (0, 1, 2)]:
    case("test.reduce_product", lambda x: lax.reduce(x, one, product, axes), [rand("f4", 3, 2, 3)], [x(0), list(axes)], vmap=every(1))
    case("test.reduce_greatest", lambda x, y: lax.reduce((x, y), (least, zero), greatest, axes), [rand("f4", 3, 2, 3), rand("f4", 3, 2, 3)],
         [x(0), x(1), list(axes)], vmap=every(2))
case("test.reduce_product", lambda x: lax.reduce(x, one, product, (0,)), [rand("f4", 0, 2)], [x(0), [0]])
case("test.window_product", lambda x: lax.reduce_window(x, one, product, (2, 2), (1, 2)), [rand("f4", 4, 5)], [x(0), [2, 2], [1, 2]],
     vjp=False, vmap=every(1))
case("test.window_greatest", lambda x, y: lax.reduce_window((x, y), (least, zero), greatest, (2, 2), (1, 2)),
     [rand("f4", 4, 5), rand("f4", 4, 5)], [x(0), x(1), [2, 2], [1, 2]], vjp=False, vmap=every(2))

# windows


def window(name, a, dims, strides=None, padding=None, base=None, dilation=None, **kw):
    n = len(dims)
    strides, padding, base, dilation = strides or (1,) * n, padding or [(0, 0)] * n, base or (1,) * n, dilation or (1,) * n
    op = {"sum": lax.add, "max": lax.max, "min": lax.min}[name]
    init = {"sum": np.array(0, a.dtype)}.get(name)
    if init is None:
        lo, hi = (-np.inf, np.inf) if inexact(a) else (jnp.iinfo(a.dtype).min, jnp.iinfo(a.dtype).max)
        init = np.array(lo if name == "max" else hi, a.dtype)
    case("lax.reduce_window_" + name, lambda x: lax.reduce_window(x, init, op, dims, strides, padding, base, dilation), [a],
         [x(0), list(dims), list(strides), [list(p) for p in padding], list(base), list(dilation)], **kw)


for name in ["sum", "max", "min"]:
    window(name, rand("f4", 5, 4), (2, 3), (2, 1), [(1, 1), (0, 1)], vmap=every(1) + [[2]])
    window(name, rand("f4", 4, 4), (2, 2), (1, 1), [(0, 0), (1, -1)], (2, 1), vjp=name == "sum")
    window(name, rand("f4", 5, 6), (2, 3), (1, 2), None, None, (1, 2), vjp=name == "sum", vmap=every(1))
    window(name, rand("i4", 5, 4), (2, 3))
    window(name, rand("bfloat16", 6), (2,), (2,))
    window(name, rand("f4", 2, 4), (3, 2))
    window(name, rand("f4", 5, 4), (2,))
    window(name, rand("f4", 5, 4), (2, 0))
    window(name, rand("f4", 5, 4), (2, 2), (1,))
    window(name, rand("f4", 5, 4), (2, 2), (1, 0))
    window(name, rand("f4", 5, 4), (2, 2), (1, 1), None, (1, 0))

# running reductions

for name in ["cumsum", "cumprod", "cummax", "cummin", "cumlogsumexp"]:
    f = getattr(lax, name)
    for a, axis, reverse in [(rand("f4", 5, 3), 0, False), (rand("f4", 2, 6), 1, True), (rand("f4", 2, 9), 1, False), (rand("f4", 1), 0, False),
                             (rand("i4", 7), 0, False), (rand("f4", 0, 2), 0, False), (rand("c8", 5), 0, False), (rand("f4", 3), 1, False),
                             (rand("f4", 3), -1, False), (rand("?", 3), 0, False), (np.float32([1, 1, 0, 1, 2, 2]), 0, False)]:
        if a.dtype == np.complex64 and name in ("cummax", "cummin"):
            continue
        if a.dtype == np.int32 and name == "cumlogsumexp":
            continue
        case("lax." + name, lambda x: f(x, axis, reverse), [a], [x(0), axis, reverse], vmap=every(1) if a.size and 0 <= axis < a.ndim and a.dtype != bool else ())

# sort


def sort(arrays, dim, keys=1, stable=True, **kw):
    case("lax.sort", lambda *a: lax.sort(a, dim, is_stable=stable, num_keys=keys), arrays, [[x(i) for i in range(len(arrays))], dim, stable, keys], **kw)


odd = np.float32([np.nan, 0.0, -0.0, np.inf, -np.nan, -np.inf, 1, -0.0, 0.0, 2])
sort([rand("f4", 4, 3)], 0, vmap=every(1))
sort([rand("f4", 4, 3)], -1)
sort([odd, np.arange(10, dtype="f4")], 0, diff=False)
sort([odd.astype("c8") + 1j * rand("f4", 10), np.arange(10)[::-1].astype("i4")], 0, diff=False)
sort([rand("i4", 4, 8), rand("f4", 4, 8), rand("u1", 4, 8)], 1, 2, vmap=[[0, None, None], [None, 2, 1], [1, 1, 0]])
sort([rand("?", 9), rand("f4", 9), rand("bfloat16", 9)], 0, 3)
sort([rand("u4", 9), rand("c8", 9)], 0)
sort([rand("f4", 9), rand("c8", 8)], 0)
for k, axis in [(2, -1), (2, 0), (0, 0), (1, 1)]:
    case("lax.top_k", lambda x: lax.top_k(x, k, axis=axis), [rand("f4", 4, 3)], [x(0), k, axis], vmap=every(1))
case("lax.top_k", lambda x: lax.top_k(x, 3), [rand("i4", 2, 7)], [x(0), 3, -1])
case("lax.top_k", lambda x: lax.top_k(x, 4), [np.abs(odd)], [x(0), 4, -1], diff=False)
case("lax.top_k", lambda x: lax.top_k(x, 3), [rand("bfloat16", 7)], [x(0), 3, -1])
for a, k, axis in [(rand("f4", 3), 4, 0), (rand("f4", 3), -1, 0), (rand("c8", 3), 1, 0)]:
    case("lax.top_k", lambda x: lax.top_k(x, k, axis=axis), [a], [x(0), k, axis])
for name, is_max in [("approx_max_k", True), ("approx_min_k", False)]:
    f = getattr(lax, name)
    for axis in [-1, 0]:
        case("lax.approx_top_k", lambda x: f(x, 2, axis), [rand("f4", 4, 5)], [x(0), 2, axis, 0.95, is_max, -1, True], vmap=every(1))

# linear algebra


def positive(d, *shape):
    a = rand(d, *shape)
    return (a @ np.conj(np.swapaxes(a, -1, -2)) + 2 * np.eye(shape[-1])).astype(d)


for d in ["f4", "c8"]:
    for shape in [(3, 3), (2, 4, 4)]:
        for sym in [True, False]:
            a = positive(d, *shape)
            case("lax.cholesky", lambda x: lax.linalg.cholesky(x, symmetrize_input=sym), [a], [x(0), sym])
case("lax.cholesky", lambda x: lax.linalg.cholesky(x), [np.float32([[1, 2], [2, 1]])], [x(0), True], diff=False)
case("lax.cholesky", lambda x: lax.linalg.cholesky(x, symmetrize_input=False), [rand("f4", 2, 3)], [x(0), False])
case("lax.cholesky", lambda x: lax.linalg.cholesky(x, symmetrize_input=False), [rand("f4", 3)], [x(0), False])
case("lax.cholesky", lambda x: lax.linalg.cholesky(x, symmetrize_input=False), [rand("i4", 3, 3)], [x(0), False])
for i in range(8):  # each pair of flags comes in all its combinations
    left, lower, tr, conj, unit = (c == "1" for c in format(i * 5 % 32, "05b"))
    d = "c8" if conj else "f4"
    batch = (2,) if i % 3 == 0 else ()
    n, k = 3, 2 if i % 2 else 4
    a = rand(d, *batch, n, n) + 3 * np.eye(n, dtype=d)
    b = rand(d, *batch, n, k) if left else rand(d, *batch, k, n)
    kw = dict(left_side=left, lower=lower, transpose_a=tr, conjugate_a=conj, unit_diagonal=unit)
    case("lax.triangular_solve", lambda a, b: lax.linalg.triangular_solve(a, b, **kw), [a, b], [x(0), x(1), left, lower, tr, conj, unit],
         vmap=[[None, 0], [None, 1]] + ([[None, 3]] if batch else []))
a = rand("f4", 3, 3) + 3 * np.eye(3, dtype="f4")
for left in [True, False]:
    case("lax.triangular_solve", lambda a, b: lax.linalg.triangular_solve(a, b, left_side=left), [a, rand("f4", 3)], [x(0), x(1), left, False, False, False, False])
    for sa, sb in [((2, 3), (3, 2)), ((3, 3), (2, 2)), ((3,), (3,)), ((2, 3, 3), (3, 3, 3, 3))]:
        case("lax.triangular_solve", lambda a, b: lax.linalg.triangular_solve(a, b, left_side=left), [rand("f4", *sa), rand("f4", *sb)],
             [x(0), x(1), left, False, False, False, False])

# Factors are compared where signs are the same by construction: as products, and by what doesn't depend on signs.
case("test.eigenvalues", lambda x: lax.linalg.eigh(x)[1], [positive("f4", 4, 4)], [x(0)], vmap=every(1)[:1])
case("test.eigenvalues", lambda x: lax.linalg.eigh(x)[1], [positive("c8", 2, 3, 3)], [x(0)])
case("test.eigenspaces", lambda x: jnp.square(jnp.abs(lax.linalg.eigh(x)[0])), [positive("f4", 4, 4)], [x(0)])
for shape, full in [((4, 3), False), ((3, 3), True), ((3, 4), False), ((2, 4, 3), False)]:
    case("test.qr", lambda x: list(map(jnp.abs, lax.linalg.qr(x, full_matrices=full))), [rand("f4", *shape)], [x(0), full])
case("test.qr", lambda x: list(map(jnp.abs, lax.linalg.qr(x, full_matrices=True))), [rand("f4", 4, 2)], [x(0), True], diff=False)

json.dump(cases, sys.stdout, separators=(",", ":"))
print()
