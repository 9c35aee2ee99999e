"""Writes slicing.json: what JAX gives for slices, gathers, scatters and shape operations, and the equations it traces.

Run it with the JAX that is the oracle of the tests: python slicing.py > slicing.json
"""

import json
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
    if isinstance(v, float) and v != v:
        return "nan"
    if isinstance(v, float) and abs(v) == np.inf:
        return "inf" if v > 0 else "-inf"
    return v


def array(a, weak=False):
    if a is None:
        return None
    a = np.asarray(a)
    flat = a.astype(np.float32) if a.dtype == jnp.bfloat16 else a
    out = {"D": a.dtype.name, "S": list(a.shape), "V": [number(v) for v in flat.ravel().tolist()]}
    return out | {"Weak": True} if weak else out


def rand(d, *shape):
    """Small multiples of 1/4, so that sums are exact in any order."""
    if d == "?":
        return rng.integers(0, 2, shape).astype(bool)
    x = rng.integers(0 if d[0] == "u" else -8, 8, shape)
    if d[0] in "fb":
        return np.asarray(x / 4).astype(jnp.bfloat16 if d == "bf" else d)
    if d == "c8":
        return (x / 4 + 1j * rng.integers(-8, 8, shape) / 4).astype(d)
    return x.astype(d)


def x(i):
    return {"x": i}


def inexact(a):
    return jnp.issubdtype(a.dtype, jnp.inexact)


def results(r):
    return list(r) if isinstance(r, (tuple, list)) else [r]


def param(v):
    """Prints a parameter, with NumPy's numbers as Python's."""
    if hasattr(v, "jaxpr"):
        return "{" + "; ".join(equations(v.jaxpr)) + "}"
    if hasattr(v, "eqns"):
        return "{" + "; ".join(equations(v)) + "}"
    if hasattr(v, "_fields"):
        return type(v).__name__ + "(" + ", ".join(f"{k}={param(f)}" for k, f in zip(v._fields, v)) + ")"
    if isinstance(v, (tuple, list)):
        return "(" + ", ".join(map(param, v)) + ("," if len(v) == 1 else "") + ")"
    if isinstance(v, np.dtype):
        return v.name
    return str(v.item() if isinstance(v, np.generic) else v)


def equations(j):
    out = []
    for e in j.eqns:
        params = {k: param(v) for k, v in sorted(e.params.items())}
        if e.primitive.name == "jit":
            params = {k: params[k] for k in ("jaxpr", "name")}
        if e.primitive.name == "mul":
            params = {}  # out_dtype is not printed
        text = " ".join(f"{k}={v}" for k, v in params.items())
        avals = " ".join(v.aval.str_short(short_dtypes=True) for v in e.outvars)
        ins = " ".join("_" if not hasattr(v, "val") else str(float(v.val)) if v.aval.dtype == jnp.bfloat16 else str(v.val) for v in e.invars)
        out.append(f"{avals} = {e.primitive.name}[{text}] {ins}")
    return out


def trace(f, *a):
    return equations(jax.make_jaxpr(f)(*a).jaxpr)


def case(fn, f, inputs, args, diff=True, vmap=(), vjp=True, text=True, size=2):
    """A call of fn with args, in which x(i) is input i; f is the same in JAX."""
    inputs = [np.asarray(a) for a in inputs]
    c = {"Fn": fn, "Args": args, "In": [array(a) for a in inputs]}
    cases.append(c)

    def g(*a):
        return results(f(*a))

    try:
        out = jax.jit(g)(*inputs)
    except Exception as e:
        c["Error"] = [type(e).__name__, str(e)]
        return
    c["Want"] = [array(o, o.weak_type) for o in out]
    if text:
        c["Trace"] = trace(g, *inputs)
    if diff and any(map(inexact, inputs)) and any(map(inexact, out)):
        ts = [rand(str(a.dtype), *a.shape) if inexact(a) else None for a in inputs]
        jts = [np.zeros(a.shape, jax.dtypes.float0) if t is None else t for a, t in zip(inputs, ts)]
        _, dy = jax.jvp(jax.jit(g), tuple(inputs), tuple(jts))
        c["T"] = [array(t) for t in ts]
        c["JVP"] = [array(d) if inexact(o) else None for d, o in zip(dy, out)]

        def tangents(*a):
            it = iter(a[len(inputs):])
            full = [np.zeros(p.shape, jax.dtypes.float0) if t is None else next(it) for p, t in zip(inputs, ts)]
            return jax.jvp(g, a[:len(inputs)], tuple(full))

        c["JVPTrace"] = trace(tangents, *inputs, *(t for t in ts if t is not None))
        if vjp:
            _, f_vjp = jax.vjp(jax.jit(g), *inputs)
            cts = [rand(str(o.dtype), *o.shape) if inexact(o) else None for o in out]
            jct = [np.zeros(o.shape, jax.dtypes.float0) if t is None else t for o, t in zip(out, cts)]
            c["CT"] = [array(t) for t in cts]
            c["VJP"] = [array(v) if inexact(a) else None for a, v in zip(inputs, f_vjp(jct))]
    c["VMap"] = []
    for dims in vmap:
        ins = [a if d is None else np.stack([a] + [vary(a) for _ in range(size - 1)], d) for a, d in zip(inputs, dims)]
        want = jax.jit(jax.vmap(g, dims))(*ins)
        c["VMap"].append({"Dims": dims, "In": [array(a) for a in ins], "Size": size, "Want": [array(o, o.weak_type) for o in want]})
        if text:
            c["VMap"][-1]["Trace"] = trace(jax.vmap(g, dims), *ins)


def vary(a):
    """Other values; small indices stay in bounds, and unique ones unique."""
    if a.dtype.kind in "iu" and a.ndim:
        return a[::-1].copy()
    if a.dtype.kind in "iu":
        return np.asarray(max(int(a) - 1, 0), a.dtype)
    return rand(str(a.dtype), *a.shape)


def every(n):
    """Mapped operands of a function of n: each alone, all together, and on differing axes."""
    if n == 1:
        return [[0], [1]]
    return [[0 if i == k else None for i in range(n)] for k in range(n)] + [[0] * n, [1] + [0] * (n - 1)]


f35, f4 = rand("f4", 3, 5), rand("f4", 4)
i32 = np.int32

# shape operations

for shape, dims in [((3, 5), (0, 1)), ((2, 3, 5), (1, 2)), ((5, 3), (1, 0)), ((3,), (0, 1)), ((3, 5), (0, 0)), ((3, 5), (0, 2)),
                    ((3, 5), (-1, 1)), ((3, 5), (0,)), ((3, 6), (0, 1))]:
    case("lax.broadcast_in_dim", lambda a: lax.broadcast_in_dim(a, shape, dims), [f35], [x(0), shape, dims], vmap=every(1), vjp=dims != (1, 0))
case("lax.broadcast_in_dim", lambda a: lax.broadcast_in_dim(a, (4, 2), (1,)), [rand("f4", 1)], [x(0), (4, 2), (1,)], vmap=every(1))
case("lax.broadcast_in_dim", lambda a: lax.broadcast_in_dim(a, (4, 1, 2), (1, 2)), [rand("f4", 1, 1)], [x(0), (4, 1, 2), (1, 2)])
case("lax.broadcast", lambda a: lax.broadcast(a, (2,)), [f35], [x(0), (2,)], vmap=every(1))
for new, order in [((15,), None), ((5, 3), None), ((5, 3), (1, 0)), ((3, 5), (0, 1)), ((3, 1, 5), (1, 0)), ((-1,), None), ((15,), (0, 0))]:
    case("lax.reshape", lambda a: lax.reshape(a, new, order), [f35], [x(0), new, order], vmap=every(1))
case("lax.reshape", lambda a: lax.reshape(a, ()), [rand("f4")], [x(0), (), None], vmap=[[0]])
for perm in [(1, 0), (0, 1), (0,), (0, 0), (0, 2)]:
    case("lax.transpose", lambda a: lax.transpose(a, perm), [f35], [x(0), perm], vmap=every(1))
for dims in [(1,), (-1,), (0, 1), (0,), (1, 1), (3,), ()]:
    case("lax.squeeze", lambda a: lax.squeeze(a, dims), [rand("f4", 3, 1)], [x(0), dims], vmap=every(1))
for dims in [(0,), (-1,), (1, 2), (0, 0), (0, -4), (5,), ()]:
    case("lax.expand_dims", lambda a: lax.expand_dims(a, dims), [f35], [x(0), dims], vmap=every(1))
for dims in [(0,), (1,), (0, 1), (), (2,), (-1,), (1, 1)]:
    case("lax.rev", lambda a: lax.rev(a, dims), [f35], [x(0), dims], vmap=every(1))
for d, b in [(0, (2, 5)), (1, (3, 2)), (2, (3, 5)), (0, (5,)), (1, (2, 5)), (-1, (3, 5))]:
    case("lax.concatenate", lambda a, b: lax.concatenate([a, b], d), [f35, rand("f4", *b)], [[x(0), x(1)], d], vmap=every(2))
case("lax.concatenate", lambda a: lax.concatenate([a] * 40, 0), [rand("f4", 2)], [[x(0)] * 40, 0])
case("lax.concatenate", lambda a, b: lax.concatenate([a, b], 0), [f35, rand("i4", 3, 5)], [[x(0), x(1)], 0])
case("lax.concatenate", lambda a: lax.concatenate([a], 0), [f35], [[x(0)], 0])
case("lax.concatenate", lambda: lax.concatenate([], 0), [], [[], 0])
case("lax.concatenate", lambda a: lax.concatenate([a, a], 0), [rand("f4")], [[x(0), x(0)], 0])
for config in [((1, 2, 0), (0, 0, 0)), ((-1, 0, 1), (2, -1, 2)), ((0, 0, 0), (-3, -2, 0)), ((0, 0, 0),), ((0, 0, -1), (0, 0, 0)), ((-4, 0, 0), (0, -6, 0))]:
    case("lax.pad", lambda a, v: lax.pad(a, v, config), [f35, rand("f4")], [x(0), x(1), config],
         vmap=[[0, None], [1, None], [None, 0], [0, 0], [1, 0]])
case("lax.pad", lambda a, v: lax.pad(a, v, ((3, 0, 2),)), [rand("f4", 0), rand("f4")], [x(0), x(1), ((3, 0, 2),)])
case("lax.pad", lambda a, v: lax.pad(a, v, ((3, 0, 2),)), [f4, rand("i4")], [x(0), x(1), ((3, 0, 2),)])
case("lax.pad", lambda a, v: lax.pad(a, v, ((3, 0, 2),)), [f4, f4], [x(0), x(1), ((3, 0, 2),)])
for sizes, axis in [((1, 2), 0), ((2, 0, 3), -1), ((1, 1), 0), ((-1, 4), 0), ((5,), 2)]:
    case("lax.split", lambda a: lax.split(a, sizes, axis), [f35], [x(0), sizes, axis], vmap=every(1))
for axis, b in [(0, (3, 5)), (2, (3, 5)), (-1, (3, 5)), (3, (3, 5)), (0, (5,)), (0, (5, 3))]:
    case("lax.stack", lambda a, b: lax.stack([a, b], axis), [f35, rand("f4", *b)], [[x(0), x(1)], axis], vmap=every(2) + [[1, 1], [2, 2]])
for axis in [0, 1, -1, 2]:
    case("lax.unstack", lambda a: tuple(lax.unstack(a, axis)), [f35], [x(0), axis], vmap=every(1) + [[2]])
for reps in [(2, 3), (1, 1), (0, 1), (2,)]:
    case("lax.tile", lambda a: lax.tile(a, reps), [f35], [x(0), reps], vmap=every(1))
for d, shape, dim in [("float32", (2, 3), 1), ("int8", (3,), 0), ("bool", (3,), 0), ("complex64", (3,), 0), ("int32", (3,), 1), ("int32", (), 0), ("bfloat16", (0, 2), 0)]:
    case("lax.broadcasted_iota", lambda: lax.broadcasted_iota(d, shape, dim), [], [{"dtype": d}, shape, dim])

# slices

for lo, hi, st in [((0, 1), (2, 5), None), ((0, 1), (3, 5), (2, 3)), ((0, 0), (3, 5), (1, 1)), ((1, 1), (1, 4), (1, 2)), ((0,), (1,), None), ((0, 0), (1,), None),
                   ((0, 0), (1, 6), None), ((0, -1), (1, 6), None), ((0, 2), (1, 1), None), ((0, 0), (1, 1), (1,)), ((0, 0), (1, 1), (1, -1)), ((0, 0), (1, 1), (1, 0))]:
    case("lax.slice", lambda a: lax.slice(a, lo, hi, st), [f35], [x(0), lo, hi, st], vmap=every(1))
for lo, hi, st, axis in [(1, 3, 1, 0), (None, -1, 2, 1), (-3, None, 1, -1), (0, 9, 1, 0), (0, 1, 1, 2)]:
    case("lax.slice_in_dim", lambda a: lax.slice_in_dim(a, lo, hi, st, axis), [f35], [x(0), lo, hi, st, axis])
for i, axis, keep in [(1, 0, True), (-1, 1, False), (3, 0, True), (-4, 0, True)]:
    case("lax.index_in_dim", lambda a: lax.index_in_dim(a, i, axis, keep), [f35], [x(0), i, axis, keep])

some = [[2, None, None], [None, 0, None], [1, 0, 0]]
for i, j, sizes, neg in [(1, 2, (2, 2), None), (2, 4, (2, 2), None), (-1, -3, (1, 2), None), (-1, 1, (1, 2), False), (-1, -9, (2, 2), (True, False)),
                         (0, 0, (4, 1), None), (0, 0, (1, -1), None), (0, 0, (1,), None), (0, 0, (1, 1, 1), None)]:
    case("lax.dynamic_slice", lambda a, i, j: lax.dynamic_slice(a, (i, j), sizes, allow_negative_indices=True if neg is None else neg),
         [f35, i32(i), i32(j)], [x(0), [x(1), x(2)], sizes, neg], vmap=some)
for d in ["int8", "uint8", "uint32", "int16"]:
    case("lax.dynamic_slice", lambda a, i: lax.dynamic_slice(a, (i, i), (1, 2)), [f35, np.asarray(1, d)], [x(0), [x(1), x(1)], (1, 2), None], vmap=every(2))
case("lax.dynamic_slice", lambda a, i: lax.dynamic_slice(a, (i,), (2,)), [rand("f4", 200), np.int8(-3)], [x(0), [x(1)], (2,), None], diff=False)
case("lax.dynamic_slice", lambda a, i: lax.dynamic_slice(a, (i, 1), (1, 2)), [f35, i32(1)], [x(0), [x(1), 1], (1, 2), None], vmap=every(2))
case("lax.dynamic_slice", lambda a, i: lax.dynamic_slice(a, (i, -2), (1, 2)), [f35, i32(1)], [x(0), [x(1), -2], (1, 2), None])
case("lax.dynamic_slice", lambda a, i: lax.dynamic_slice(a, (i, -2), (1, 2), allow_negative_indices=False), [f35, i32(1)], [x(0), [x(1), -2], (1, 2), False])
case("lax.dynamic_slice", lambda a: lax.dynamic_slice(a, (1, -2), (1, 2)), [f35], [x(0), [1, -2], (1, 2), None], vmap=every(1))
case("lax.dynamic_slice", lambda a, i: lax.dynamic_slice(a, (i,), (2,)), [f35, i32(1)], [x(0), [x(1)], (2,), None])
case("lax.dynamic_slice", lambda a, i, j: lax.dynamic_slice(a, (i, j), (2, 2)), [f35, i32(1), np.int8(1)], [x(0), [x(1), x(2)], (2, 2), None])
case("lax.dynamic_slice", lambda a, i: lax.dynamic_slice(a, (i, i), (2, 2)), [f35, np.float32(1)], [x(0), [x(1), x(1)], (2, 2), None])
case("lax.dynamic_slice", lambda a, i, j: lax.dynamic_slice(a, (i, j), (2, 2)), [f35, i32([1]), i32(1)], [x(0), [x(1), x(2)], (2, 2), None])
case("lax.dynamic_slice", lambda a: lax.dynamic_slice(a, (), ()), [rand("f4")], [x(0), [], (), None], vmap=[[0]], text=False)
case("lax.dynamic_slice_in_dim", lambda a, i: lax.dynamic_slice_in_dim(a, i, 2, -1), [f35, i32(-2)], [x(0), x(1), 2, -1, None], vmap=every(2))
case("lax.dynamic_slice_in_dim", lambda a: lax.dynamic_slice_in_dim(a, -1, 1), [f35], [x(0), -1, 1, None, None])
case("lax.dynamic_slice_in_dim", lambda a, i: lax.dynamic_slice_in_dim(a, i, 1, 0, allow_negative_indices=False), [f35, i32(-2)], [x(0), x(1), 1, 0, False])

some = [[0, None, None, None], [None, 0, 0, None], [1, 2, None, None]]
for i, j, u in [(1, 2, (2, 2)), (2, 4, (2, 2)), (-1, -3, (1, 2)), (0, 0, (4, 1)), (0, 0, (1,)), (0, 0, (0, 2))]:
    case("lax.dynamic_update_slice", lambda a, u, i, j: lax.dynamic_update_slice(a, u, (i, j)),
         [f35, rand("f4", *u), i32(i), i32(j)], [x(0), x(1), [x(2), x(3)], None], vmap=some)
case("lax.dynamic_update_slice", lambda a, u: lax.dynamic_update_slice(a, u, (1, -1)), [f35, rand("f4", 1, 1)], [x(0), x(1), [1, -1], None], vmap=every(2))
case("lax.dynamic_update_slice", lambda a, u: lax.dynamic_update_slice(a, u, (1, -1)), [f35, rand("i4", 1, 1)], [x(0), x(1), [1, -1], None])
case("lax.dynamic_update_slice", lambda a, u, i: lax.dynamic_update_slice(a, u, (i, i)), [f35, rand("f4", 1, 1), np.float32(1)], [x(0), x(1), [x(2), x(2)], None])
case("lax.dynamic_update_slice", lambda a, u, i: lax.dynamic_update_slice(a, u, (i, i)), [f35, rand("f4", 1, 1), i32([1, 2])], [x(0), x(1), [x(2), x(2)], None])
case("lax.dynamic_update_slice", lambda a, u, i: lax.dynamic_update_slice(a, u, (i,)), [f35, rand("f4", 1, 1), i32(1)], [x(0), x(1), [x(2)], None])
case("lax.dynamic_update_slice_in_dim", lambda a, u, i: lax.dynamic_update_slice_in_dim(a, u, i, 1), [f35, rand("f4", 3, 2), i32(-2)], [x(0), x(1), x(2), 1, None])

# gathers


def gather(a, idx, dims, sizes, unique=False, is_sorted=False, mode=None, fill=None, **kw):
    dims = tuple(map(tuple, dims))
    case("lax.gather", lambda a, i: lax.gather(a, i, lax.GatherDimensionNumbers(*dims), sizes, unique_indices=unique, indices_are_sorted=is_sorted, mode=mode, fill_value=fill),
         [a, idx], [x(0), x(1), dims, sizes, unique, is_sorted, mode, fill], **kw)


rows = ((1,), (0,), (0,))
points = ((), (0, 1), (0, 1))
batched = ((1,), (), (1,), (0,), (0,))
ri, pi, bi = i32([[2], [0], [2], [4]]), i32([[0, 1], [2, 4], [0, 1]]), i32([[0], [3], [2]])
f55 = rand("f4", 5, 5)
far = i32([[2], [-1], [9], [4]])
for mode in [None, "clip", "fill", "promise_in_bounds"]:
    gather(f55, ri, rows, (1, 5), mode=mode, vmap=every(2) + [[2, 1]])
    gather(f35, pi, points, (1, 1), mode=mode, vmap=every(2))
    gather(f35, bi, batched, (1, 2), mode=mode, vmap=every(2))
for mode in ["clip", "fill"]:
    gather(f55, far, rows, (1, 5), mode=mode, vmap=every(2))
    gather(f35, i32([[4, 4], [0, -1], [2, 3]]), ((1, 2), (), (0, 1)), (1, 2), mode=mode, vmap=every(2))
    gather(f35, i32([[4], [-1], [9]]), batched, (1, 2), mode=mode, vmap=every(2))
    gather(f55, np.uint8([[2], [200]]), rows, (1, 5), mode=mode)
    gather(f55, np.int8([[2], [-100]]), rows, (1, 5), mode=mode)
    gather(f55, np.uint32([[2], [4000000000]]), rows, (1, 5), mode=mode)
for d in ["i4", "i1", "u1", "u4", "?", "c8", "bf", "f2"]:
    gather(rand(d, 5, 5), far, rows, (1, 5), mode="fill", diff=d == "c8")
gather(f55, far, rows, (1, 5), mode="fill", fill=0)
gather(f55, far, rows, (1, 5), mode="fill", fill=2.5)
gather(rand("i4", 5, 5), far, rows, (1, 5), mode="fill", fill=-3)
gather(rand("i4", 5, 5), far, rows, (1, 5), mode="fill", fill=2.5)
gather(rand("u4", 5, 5), far, rows, (1, 5), mode="fill", fill=-1)
gather(f55, far, rows, (1, 5), mode="clip", fill=2.5)
gather(f55, ri[:2], rows, (1, 5), unique=True, is_sorted=False, vmap=every(2))
gather(f55, i32([[0], [2]]), rows, (1, 5), unique=True, is_sorted=True, vmap=every(2))
gather(f55, np.zeros((0, 1), i32), rows, (1, 5), mode="fill")
gather(f55, np.zeros((2, 0), i32), ((1, 2), (), ()), (2, 3), mode="fill")
gather(f55, np.zeros((2, 0), i32), ((1, 2), (), ()), (2, 3))
gather(f55, i32([[1]]), ((0, 1), (), (1,)), (5, 0), mode="fill")
gather(rand("f4", 2, 5, 4), i32([[1, 1], [0, 4]]), ((1, 2), (1,), (0, 1)), (2, 1, 4), mode="fill", vmap=every(2))
gather(f35, i32([[[0], [1], [2]], [[1], [0], [4]]]), ((2,), (), (1,), (0,), (1,)), (1, 2), vmap=every(2))
gather(f55, ri, rows, (1, 5), mode="foo")
gather(f55, ri.astype("f4"), rows, (1, 5))
gather(f55, i32(1), rows, (1, 5))
for bad, sizes in [(((2, 1), (0,), (0,)), (1, 5)), (((1, 1), (0,), (0,)), (1, 5)), (((2,), (0,), (0,)), (1, 5)), (((1,), (0,), (0, 1)), (1, 5)), (((1,), (0,), (2,)), (1, 5)),
                   (((1,), (1, 0), (0,)), (1, 5)), (((1,), (0, 0), (0,)), (1, 5)), (((1,), (2,), (0,)), (1, 5)), (((1,), (-1,), (0,)), (1, 5)), (((1,), (0,), (0,), (0,), (0,)), (1, 5)),
                   (((1,), (), (0,), (0,), (0,)), (1, 5)), (((1,), (), (1,), (0,), (1,)), (1, 5)), (((1,), (), (1,), (0,), (2,)), (1, 5)), (((1,), (0,), (0,), (), (0,)), (1, 5)),
                   (((1,), (), (1,), (0,), (0,)), (1, 5)), (((1,), (0,), (0,)), (1,)), (((1,), (), (0,)), (1, 5)), (((1,), (0,), (0,)), (1, 6)), (((1,), (0,), (0,)), (2, 5)),
                   (((1,), (0,), (0,), (1, 1), (0,)), (1, 5)), (((1,), (0,), (0,), (1, 0), (0,)), (1, 5)), (((1,), (0,), (0,), (3,), (0,)), (1, 5)), (((1,), (0,), (0,), (1,), (0, 0)), (1, 5))]:
    gather(f55, ri, bad, sizes)
gather(rand("f4", 4, 5), ri, batched, (2, 2))
case("lax.index_take", lambda a, i: lax.index_take(a, (i,), (0,)), [f55, i32([1, -1, 7])], [x(0), [x(1)], (0,)], text=False)

# scatters

S = ["scatter", "scatter_add", "scatter_sub", "scatter_mul", "scatter_min", "scatter_max"]


def scatter(fn, a, idx, u, dims, is_sorted=False, unique=False, mode=None, **kw):
    dims = tuple(map(tuple, dims))
    case("lax." + fn, lambda a, i, u: getattr(lax, fn)(a, i, u, lax.ScatterDimensionNumbers(*dims), indices_are_sorted=is_sorted, unique_indices=unique, mode=mode),
         [a, idx, u], [x(0), x(1), x(2), dims, is_sorted, unique, mode], **kw)


u45, u3, u32 = rand("f4", 4, 5), rand("f4", 3), rand("f4", 3, 2)
ui, upi = i32([[2], [0], [3], [4]]), i32([[0, 1], [2, 4], [1, 1]])
for fn in S:
    twice = fn != "scatter_mul"  # coinciding indices have no derivative there
    scatter(fn, f55, ri, u45, rows, diff=twice, vmap=[[0, None, None], [None, 0, 0], [2, 1, 2]])
    scatter(fn, f55, ui, u45, rows, unique=True, vmap=[[None, 0, None]])
    if fn in ("scatter_sub", "scatter_max"):
        continue  # they share the rules of scatter_add and scatter_min
    scatter(fn, f35, pi, u3, points, diff=twice, vmap=[[None, None, 0], [0, 0, None]])
    scatter(fn, f35, bi, u32, batched, unique=True, vmap=[[None, 0, None], [0, 0, 0]])
    scatter(fn, f55, i32([[2], [-1], [3], [9]]), u45, rows, mode="drop", diff=twice)
    scatter(fn, f55, i32([[2], [-1], [3], [9]]), u45, rows, unique=True, mode="clip", vmap=[[None, 0, None]])
    scatter(fn, f55, ui, u45, rows, mode="promise_in_bounds", unique=True)
    scatter(fn, f55, np.zeros((0, 1), i32), rand("f4", 0, 5), rows, mode="clip", unique=True)
for idx, u, dims in [(i32([[4], [-1], [9]]), u32, batched), (i32([[2, 4], [0, 0]]), rand("f4", 2, 2, 3), ((1, 2), (), (0, 1)))]:
    scatter("scatter_add", f35, idx, u, dims, mode="clip")
for n, idx in [(5, np.uint8([[1], [250]])), (300, np.uint8([[1], [255]])), (200, np.int8([[1], [-100]]))]:
    scatter("scatter", rand("f4", n), idx, rand("f4", 2), ((), (0,), (0,)), mode="clip", unique=True)
for d in ["i4", "u1", "c8", "bf", "?"]:
    for fn in S:
        if d != "c8" or fn not in ("scatter_min", "scatter_max"):
            scatter(fn, rand(d, 5, 5), ui, rand(d, 4, 5), rows, unique=True, diff=d == "c8")
for bad in [((1, 0), (0,), (0,)), ((1, 1), (0,), (0,)), ((2,), (0,), (0,)), ((1,), (1, 0), (0,)), ((1,), (0, 0), (0,)), ((1,), (2,), (0,)), ((1,), (0,), (0,), (1, 0), (0,)),
            ((1,), (0,), (0,), (1, 1), (0,)), ((1,), (0,), (0,), (5,), (0,)), ((1,), (0,), (0,), (0,), (0,)), ((1,), (), (0,), (0,), (0,)), ((1,), (), (1,), (0,), (0, 0)), ((1,), (), (1,), (0,), (2,)),
            ((1,), (), (1,), (0,), (1,)), ((1,), (0,), (0,), (1,), ()), ((1,), (), (1,), (0,), (0,)), ((1,), (), (0,)), ((1,), (0,), (0, 1)), ((1,), (0,), (2,)), ((), (0,), (0,)), ((0,), (0,), (0,))]:
    scatter("scatter", f55, ri, u45, bad)
scatter("scatter", f55, ri, rand("f4", 4, 6), rows)
scatter("scatter", f55, ri, rand("f4", 3, 5), rows)
scatter("scatter", f55, ri, rand("i4", 4, 5), rows)
scatter("scatter", f55, ri.astype("f4"), u45, rows)
scatter("scatter", f55, i32(1), u45, rows)
scatter("scatter", f55, ri, u45, rows, mode="foo")

json.dump(cases, sys.stdout, separators=(",", ":"))
print()
