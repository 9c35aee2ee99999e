"""Writes elementwise.json: what JAX gives for the elementwise functions that package lax exports.

Run it with the JAX that is the oracle of the tests: python elementwise.py > elementwise.json
"""

import json
import math
import sys
import warnings

import jax
import jax.numpy as jnp
import numpy as np
from jax import lax
from jax._src.lax import lax as lax_internal

warnings.simplefilter("ignore")
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


def inexact(a):
    return jnp.issubdtype(a.dtype, jnp.inexact)


def rand_like(a):
    v = rng.normal(size=a.shape)
    if jnp.issubdtype(a.dtype, jnp.complexfloating):
        v = v + 1j * rng.normal(size=a.shape)
    return np.asarray(v).astype(a.dtype)


def weak(v):
    """A weakly typed operand: a Python scalar in JAX's eyes."""
    return jnp.asarray(v)


def case(fn, f, inputs, args=None, diff=True, vmap=()):
    """A call of fn with args, in which {"x": i} is input i; f is the same in JAX."""
    inputs = [a if isinstance(a, jax.Array) else np.asarray(a) for a in inputs]
    args = [{"x": i} for i in range(len(inputs))] + (args or [])
    is_weak = [getattr(a, "weak_type", False) for a in inputs]
    c = {"Fn": "lax." + fn, "Args": args, "In": [array(a, w) for a, w in zip(inputs, is_weak)]}
    g = jax.jit(lambda *a: [f(*a)])
    try:
        out = g(*inputs)
    except Exception as e:
        c["Error"] = [type(e).__name__, str(e)]
        cases.append(c)
        return
    c["Want"] = [array(o, o.weak_type) for o in out]
    if diff and any(map(inexact, inputs)) and inexact(out[0]):
        ts = [rand_like(a) if inexact(a) else None for a in inputs]
        jts = [np.zeros(a.shape, jax.dtypes.float0) if t is None else jnp.asarray(t) for a, t in zip(inputs, ts)]
        jts = [lax_internal._convert_element_type(t, weak_type=True) if w and t.dtype != jax.dtypes.float0 else t
               for t, w in zip(jts, is_weak)]
        _, dy = jax.jit(lambda a, t: jax.jvp(g, a, t))(tuple(inputs), tuple(jts))
        c["T"] = [array(t) for t in ts]
        c["JVP"] = [array(dy[0])]
        ct = rand_like(out[0])
        c["CT"] = [array(ct)]
        vjp = jax.jit(lambda a, ct: jax.vjp(g, *a)[1]([lax_internal._convert_element_type(ct, weak_type=out[0].weak_type)]))(inputs, ct)
        c["VJP"] = [array(v) if inexact(a) else None for a, v in zip(inputs, vjp)]
    c["VMap"] = []
    for dims in vmap:
        ins = [a if d is None else np.stack([a, a[..., ::-1] if a.ndim else (a / 2).astype(a.dtype)], d) for a, d in zip(inputs, dims)]
        want = jax.jit(jax.vmap(g, dims))(*ins)
        c["VMap"].append({"Dims": dims, "In": [array(a) for a in ins], "Size": 2,
                          "Want": [array(o, o.weak_type) for o in want]})
    cases.append(c)


def f32(*v):
    return np.array(v, np.float32)


INF, NAN = float("inf"), float("nan")
line = f32(-2.5, -1.5, -0.75, -0.5, -1e-4, 0.3, 0.5, 1.0, 1.5, 2.5, 7.25)
positive = f32(1e-4, 0.1, 0.5, 1.0, 1.5, 3.0, 12.5)
unit = f32(-0.9, -0.5, -1e-4, 1e-3, 0.25, 0.7, 0.95)
plane = np.array([1 + 2j, -0.5 + 0.25j, 0.3 - 1.2j, -1.5 - 0.5j, 2.0 + 0.0j], np.complex64)
special = f32(0.0, -0.0, INF, -INF, NAN)
whole = np.array([-7, -2, -1, 0, 1, 3, 100], np.int32)
bytes_ = np.array([0, 1, 2, 7, 200, 255], np.uint8)

# One operand.
for name, x in dict(
    neg=line, floor=line, ceil=line, asin=unit, acos=unit, atan=line, sinh=line, cosh=line, asinh=line, acosh=f32(1.1, 1.5, 3, 20),
    atanh=unit, exp=line, exp2=line, expm1=line, log=positive, log1p=positive, tanh=line, logistic=line, sin=line, cos=line, tan=unit,
    sqrt=positive, rsqrt=positive, cbrt=line, sign=line, is_finite=line, square=line, abs=line, erf=line, erfc=line, erf_inv=unit,
    lgamma=line, digamma=positive, bessel_i0e=line * 4, bessel_i1e=line * 4, reciprocal=line, stop_gradient=line,
).items():
    f = getattr(lax, name)
    case(name, f, [x], vmap=[[0]])
    case(name, f, [special], diff=name in ("abs", "tanh", "sqrt", "max"))
    case(name, f, [weak(0.75)] if name != "acosh" else [weak(1.5)])
    for d in (jnp.bfloat16, np.float16):
        case(name, f, [x.astype(d)], diff=False)
    case(name, f, [plane])
    case(name, f, [whole])
    case(name, f, [bytes_])
    case(name, f, [np.array([True, False])])
for name in ("real", "imag", "conj"):
    case(name, getattr(lax, name), [plane], vmap=[[0]])
    case(name, getattr(lax, name), [line])
    case(name, getattr(lax, name), [weak(1j)])
    case(name, getattr(lax, name), [whole])
for name in ("bitwise_not", "population_count", "clz"):
    for a in (whole, bytes_, np.array([True, False]), weak(3), line, whole.astype(np.int16)):
        case(name, getattr(lax, name), [a])
for m in (0, 1):
    for a in (np.array([-2.5, -1.5, 0.5, 1.5, 2.5, 0.3], np.float32), f32(0.5).astype(jnp.bfloat16), whole):
        case("round", lambda a: lax.round(a, lax.RoundingMethod(m)), [a], [m])
for y in (-3, -2, -1, 0, 1, 2, 3, 4, 5, 11):
    case("integer_pow", lambda a: lax.integer_pow(a, y), [line], [y], vmap=[[0]])
    for a in (plane, whole, weak(1.5), bytes_, line.astype(jnp.bfloat16)):
        case("integer_pow", lambda a: lax.integer_pow(a, y), [a], [y], diff=a.dtype != jnp.bfloat16)
for d in ("float32", "float16", "bfloat16", "int32", "int8", "uint8", "uint32", "bool", "complex64", "float8_e4m3fn", "int4"):
    for a in (line, whole, bytes_, np.array([True, False]), plane, line.astype(np.float16), weak(2), weak(1.5)):
        case("convert_element_type", lambda a: lax.convert_element_type(a, d), [a], [{"dtype": d}],
             diff=d in ("float32", "float16", "complex64"), vmap=[[0]] if a.ndim else [])
for a, d in ((line, "int32"), (line, "uint8"), (np.arange(8, dtype=np.uint8).reshape(2, 4), "int32"), (whole, "float32"),
             (np.array([True]), "int8"), (plane, "complex64"), (plane, "int32"), (bytes_, "int16"), (line.astype(np.float16), "bfloat16")):
    case("bitcast_convert_type", lambda a: lax.bitcast_convert_type(a, d), [a], [{"dtype": d}], diff=False)
for e, m in ((5, 10), (8, 7), (4, 3), (0, 1), (1, -1)):
    case("reduce_precision", lambda a: lax.reduce_precision(a, e, m), [line], [e, m], vmap=[[0]])
case("reduce_precision", lambda a: lax.reduce_precision(a, 5, 10), [whole], [5, 10])

# Two operands.
x2 = np.array([[0.5, -1.5, 2.0], [1.0, 3.0, -0.25]], np.float32)
y2 = np.array([[0.5, 2.5, -1.0], [1.5, 3.0, 0.75]], np.float32)
p2, q2 = np.abs(x2), np.abs(y2)
z2 = (x2 + 1j * y2).astype(np.complex64)
w2 = (y2 - 2j * x2).astype(np.complex64)
i2 = np.array([[7, -7, 3], [0, 100, -1]], np.int32)
j2 = np.array([[2, 2, 3], [5, -7, 4]], np.int32)
both = [[0, 0], [0, None], [None, 1], [0, 1], [2, 0]]
numeric = ("add", "sub", "mul", "div", "rem", "max", "min", "atan2", "nextafter", "pow")
order = ("eq", "ne", "lt", "le", "gt", "ge")
bits = ("bitwise_and", "bitwise_or", "bitwise_xor", "shift_left", "shift_right_logical", "shift_right_arithmetic", "mulhi")
gammas = ("igamma", "igammac", "igamma_grad_a", "polygamma", "zeta", "random_gamma_grad")
for name in numeric + order + bits + gammas:
    f = getattr(lax, name)
    slow = name in gammas  # to compile
    a, b = (p2, q2) if slow or name == "pow" else (x2, y2)
    if name == "polygamma":
        a = np.array([[1, 2, 3], [2, 1, 0]], np.float32)
    if name == "zeta":
        a, b = a + 1.25, b + 0.5
    diff = not slow and name != "nextafter"
    case(name, f, [a, b], diff=diff, vmap=[[0, None]] if slow else both)
    if not slow:
        case(name, f, [a[0, 0], b], diff=diff, vmap=[[0, 0], [None, 1], [0, None]])
        case(name, f, [a[:1], b[:, :1]], diff=diff)
        case(name, f, [weak(1.5), b], diff=diff)
        case(name, f, [weak(1.5), weak(0.5)], diff=diff)
        case(name, f, [a.astype(jnp.bfloat16), b.astype(jnp.bfloat16)], diff=False)
        case(name, f, [special, special[::-1]], diff=False)
    case(name, f, [z2, w2], diff=diff)
    case(name, f, [i2, np.abs(j2) if name.startswith("shift") else j2])
    case(name, f, [bytes_, bytes_[::-1] + 1 if name in ("div", "rem") else bytes_[::-1]])
    case(name, f, [np.array([True, False, True]), np.array([True, True, False])])
    case(name, f, [a, i2])
    case(name, f, [a, b[0]])
    case(name, f, [a, b[:, :2]])
case("igamma", lax.igamma, [np.float32(0.5), f32(0.25, 4)])
case("igamma", lax.igamma, [weak(1.5), f32(0.25, 4).astype(jnp.bfloat16)], diff=False)
case("igamma", lax.igamma, [f32(1, 2).astype(jnp.bfloat16), f32(0.25, 4).astype(jnp.bfloat16)], diff=False)
case("igammac", lax.igammac, [weak(1.5), weak(0.5)])
case("digamma", lax.digamma, [f32(0.5, 2)])
case("pow", lax.pow, [f32(0, 0, 0, 2, -2), np.array([0, 1, 2, 0, 3], np.int32)])
case("pow", lax.pow, [weak(1.5), weak(2)])
case("pow", lax.pow, [np.float32(1.5), weak(2)])
case("max", lax.max, [f32(1, 2, 3), f32(1, 3, 2)])
case("igamma", lax.igamma, [f32(0.5, 2, 10, 50, 0, 1, -1), f32(0.1, 3, 8, 60, 1, 0, 1)], diff=False)
case("igammac", lax.igammac, [f32(0.5, 2, 10, 50, 0, 1, -1), f32(0.1, 3, 8, 60, 1, 0, 1)], diff=False)
case("igamma_grad_a", lax.igamma_grad_a, [f32(0.5, 2, 10, 50, 0, 1, -1), f32(0.1, 3, 8, 60, 1, 0, 1)], diff=False)
case("random_gamma_grad", lax.random_gamma_grad, [f32(0.5, 2, 10, 50, 0.1), f32(0.1, 3, 8, 60, 0.01)], diff=False)
case("zeta", lax.zeta, [f32(1.5, 2, 3, 1), f32(0.5, 2, 10, 3)], diff=False)
for a, b in ((x2, y2), (x2, i2), (x2.astype(jnp.bfloat16), x2.astype(jnp.bfloat16)), (x2[0, 0], y2), (x2[:1], y2[:, :1]), (weak(1.0), y2), (weak(1.0), weak(2.0))):
    case("complex", lax.complex, [a, b], vmap=both if a is x2 and b is y2 else [])
case("mul", lambda a, b: lax.mul(a, b, out_dtype=jnp.float32), [x2.astype(jnp.bfloat16), y2.astype(np.float16)], [{"dtype": "float32"}], vmap=[[0, 1]])
for name in ("eq_to", "lt_to", "le_to"):
    p = getattr(lax, name + "_p").bind
    case(name, p, [special, f32(-0.0, 0.0, INF, NAN, NAN)])
    case(name, p, [i2, j2])

# Three operands.
lo, hi = x2 - 0.5, np.full((2, 3), 1.0, np.float32)
case("clamp", lax.clamp, [lo, x2, hi], vmap=[[0, 0, 0], [None, 1, 1], [0, None, None], [1, 0, None]])
case("clamp", lax.clamp, [np.float32(-1), x2, np.float32(1)], diff=False, vmap=[[None, 0, None], [None, 1, None], [0, 0, 0], [0, 1, None], [0, None, None]])
case("clamp", lax.clamp, [weak(0.0), x2, weak(1.0)], diff=False)
case("clamp", lax.clamp, [weak(0.0), weak(2.0), weak(1.0)])
for a in ((lo, x2[0], hi), (lo, x2, i2), (np.complex64(1j), z2, np.complex64(2j)), (i2, i2, j2), (bytes_, bytes_, bytes_), (np.True_, np.array([True, False]), np.True_)):
    case("clamp", lax.clamp, list(a), diff=a[1] is not z2)
pred = np.array([[True, False, True], [False, False, True]])
three = [[0, 0, 0], [None, 0, 0], [0, None, None], [0, 1, 2], [None, 1, None]]
case("select", lax.select, [pred, x2, y2], vmap=three)
case("select", lax.select, [np.True_, x2, y2], vmap=[[0, 0, 0], [None, 0, 0], [0, 1, 1], [0, None, None], [None, 1, 0]])
case("select", lax.select, [pred, z2, w2])
case("select", lax.select, [np.True_, weak(1.0), weak(2.0)])
case("select", lax.select, [np.True_, weak(1.0), np.float32(2.0)])
for a in ((pred, x2, i2), (pred, x2, y2[:, :2]), (pred[0], x2, y2), (x2, x2, y2), (i2, i2, j2), (pred, i2, j2)):
    case("select", lax.select, list(a))
case("betainc", lax.betainc, [f32(0.5, 2, 10, 0.1), f32(2, 0.5, 3, 30), f32(0.1, 0.6, 0.9, 0.5)], diff=False, vmap=[[0, 0, 0], [None, 0, None]])
case("betainc", lax.betainc, [f32(0, 1, 1, INF, NAN, 1, 1), f32(1, 0, 1, 1, 1, INF, 1), f32(0.5, 0.5, 1.5, 0.5, 0.5, 0.5, 0)], diff=False)
case("betainc", lax.betainc, [np.float32(2), np.float32(3), f32(0.25, 0.5)], diff=False)
case("betainc", lax.betainc, [f32(2).astype(jnp.bfloat16), f32(3).astype(jnp.bfloat16), f32(0.25).astype(jnp.bfloat16)], diff=False)
case("betainc", lax.betainc, [i2, x2, x2])

# 64 bits.
jax.config.update("jax_enable_x64", True)
first = len(cases)
d2 = np.abs(x2.astype(np.float64))
for name in ("sin", "tanh", "exp2", "erf", "lgamma", "bessel_i0e", "bessel_i1e", "asinh", "cbrt", "logistic"):
    case(name, getattr(lax, name), [line.astype(np.float64)])
for name in ("sin", "cos", "abs", "exp", "real", "conj"):
    case(name, getattr(lax, name), [plane.astype(np.complex128)])
for name in ("igamma", "atan2", "max", "div"):
    case(name, getattr(lax, name), [d2, y2 * 1.5 + 3.0], diff=name != "igamma")
case("betainc", lax.betainc, [d2, d2 + 1, d2 / 4], diff=False)
big = np.array([2**62, -(2**61) - 2**20, 2**40 + 7, -1, 3], np.int64)  # float64 holds them
for a in (big, np.abs(big).astype(np.uint64)):
    case("mulhi", lax.mulhi, [a, a[::-1]])
    case("convert_element_type", lambda a: lax.convert_element_type(a, "int32"), [a], [{"dtype": "int32"}])
case("pow", lax.pow, [d2, i2], vmap=[[0, None]])
case("pow", lax.pow, [x2[0], np.array([1, 2, 3])])
case("pow", lax.pow, [weak(1.5), np.array([1, 2, 3])])
case("bitcast_convert_type", lambda a: lax.bitcast_convert_type(a, "int32"), [d2], [{"dtype": "int32"}])
for c in cases[first:]:
    c["X64"] = True

json.dump(cases, sys.stdout, separators=(",", ":"))
print()
