"""Writes oracle.json.gz: what JAX gives for calls of the functions that package numpy exports.

A case holds the call, the results with their weak types, and the primitives of its jaxpr, calls in parentheses.
Run it with the JAX that is the oracle of the tests: python oracle.py | gzip -9n > oracle.json.gz
"""

import json
import math
import sys
import warnings

import jax
import jax.numpy as jnp
import ml_dtypes
import numpy as np

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


def array(x):
    x = jnp.asarray(x)
    wide = {"f": np.float64, "c": np.complex128, "V": np.float64}
    v = np.asarray(x)
    v = v.astype(np.float64) if v.dtype == ml_dtypes.bfloat16 else v.astype(wide.get(v.dtype.kind, v.dtype))
    out = {"D": x.dtype.name, "S": list(x.shape), "V": [number(e) for e in v.ravel().tolist()]}
    return out | ({"Weak": True} if x.aval.weak_type else {})


def primitives(jaxpr):
    names = []
    for e in jaxpr.eqns:
        name = e.primitive.name
        for key in ("jaxpr", "call_jaxpr"):
            if key in e.params and name in ("jit", "custom_jvp_call"):
                sub = e.params[key]
                name = f"jit:{e.params['name']}" if name == "jit" else ""
                name += f"({primitives(getattr(sub, 'jaxpr', sub))})"
                break
        names.append(name)
    return " ".join(names)


def case(fn, f, *args, ops=True):
    """f gets the operands: arrays among args, in order; the others are as the export takes them."""
    operands, spec = [], []

    def encode(a):
        if isinstance(a, np.ndarray):
            operands.append(a)
            return {"x": len(operands) - 1}
        if isinstance(a, np.dtype):
            return {"d": a.name}
        if isinstance(a, float):
            return {"f": number(a)}
        if isinstance(a, (list, tuple)):
            return [encode(i) for i in a]
        return a

    spec = [encode(a) for a in args]
    c = {"Fn": fn, "Args": spec, "In": [array(o) for o in operands]}
    try:
        out = f(*[jnp.asarray(o) for o in operands])
        c["Want"] = [array(o) for o in (out if isinstance(out, (tuple, list)) else [out])]
        if ops:
            c["Ops"] = primitives(jax.make_jaxpr(f)(*operands).jaxpr)
    except Exception as e:
        c["Error"] = [type(e).__name__, str(e).split("\n")[0]]
    cases.append(c)


def real(*shape, d=np.float32):
    return rng.standard_normal(shape).astype(d)


def unit(*shape):
    return rng.uniform(-0.9, 0.9, shape).astype(np.float32)


def ints(*shape, lo=-9, hi=9, d=np.int32):
    return rng.integers(lo, hi, shape).astype(d)


x, y, i, j = real(2, 3), real(2, 3), ints(2, 3), ints(2, 3, lo=0)
c = (real(3) + 1j * real(3)).astype(np.complex64)
u = ints(3, lo=0, d=np.uint8)
b = np.array([True, False, True])
p = np.array([False, True, True])
special = np.array([0.0, -0.0, 1.5, -2.5, np.inf, -np.inf, np.nan], np.float32)
h = real(2, 3, d=np.float16)
bf = real(2, 3).astype(ml_dtypes.bfloat16)

for name in ("negative positive sign absolute fabs square sqrt cbrt exp exp2 expm1 log log1p log2 log10 sin cos tan "
             "arcsin arccos arctan sinh cosh tanh arcsinh arctanh acos asin atan asinh atanh deg2rad rad2deg degrees radians "
             "floor ceil trunc rint reciprocal spacing signbit sinc i0 isfinite isinf isnan isposinf isneginf conjugate conj "
             "real imag iscomplex isreal logical_not invert bitwise_not bitwise_count angle modf frexp nan_to_num "
             "arccosh acosh").split():
    f = getattr(jnp, name)
    extra = (False,) if name == "angle" else (None, None, None) if name == "nan_to_num" else ()
    for v in (abs(unit(2, 3)) + (1 if "cosh" in name and name[0] == "a" else 0), special, i, b, c, h, bf, u):
        case("jnp." + name, f, v, *extra)
    for v in (2, 0.5, True):
        case("jnp." + name, lambda f=f, v=v: f(v), v, *extra)

for name in ("add subtract multiply true_divide divide float_power floor_divide remainder mod fmod divmod arctan2 atan2 hypot "
             "logaddexp logaddexp2 maximum minimum fmax fmin heaviside copysign nextafter ldexp gcd lcm equal not_equal greater "
             "greater_equal less less_equal logical_and logical_or logical_xor bitwise_and bitwise_or bitwise_xor left_shift "
             "bitwise_left_shift right_shift bitwise_right_shift power pow").split():
    f = getattr(jnp, name)
    for v, w in ((x, y), (abs(x), y[0]), (i, j), (j, i + 20), (b, p), (x, i), (c, c), (u, u), (special, special[::-1].copy()), (h, x), (bf, bf)):
        case("jnp." + name, f, v, w)
    for v in (x, i, u):
        for w in (3, 1.5, True):
            case("jnp." + name, lambda a, f=f, w=w: f(a, w), v, w)
            if name not in ("power", "pow") or not isinstance(w, bool):
                case("jnp." + name, lambda a, f=f, w=w: f(w, a), w, v)
    case("jnp." + name, f, x, real(4))
    case("jnp." + name, f, x, real(2, 2))

for n in (0, 1, 2, -1, -2, 5):
    for v in (x, i, b, c):
        case("jnp.power", lambda a, n=n: jnp.power(a, n), v, n)

case("jnp.angle", lambda a: jnp.angle(a, deg=True), c, True)
for d in (0, 2, -1, 50):
    for v in (x, i, c, h):
        for name in ("round", "around"):
            case("jnp." + name, lambda a, d=d, name=name: getattr(jnp, name)(a, d), v, d)
for lo, hi in ((0, 1), (0.1, None), (None, 2), (None, None)):
    for v in (x, i, u):
        case("jnp.clip", lambda a, lo=lo, hi=hi: jnp.clip(a, lo, hi), v, lo, hi)
case("jnp.clip", jnp.clip, x, x[0], y)
case("jnp.clip", lambda a: jnp.clip(a, 0, 1), c, 0, 1)
case("jnp.where", jnp.where, b, real(3), real(2, 3))
case("jnp.where", lambda a, v: jnp.where(a, v, 0), b, real(3), 0)
case("jnp.where", lambda a: jnp.where(a, 1, 0.0), i, 1, 0.0)
case("jnp.where", lambda a: jnp.where(a, 1, 2), b, 1, 2)
case("jnp.where", jnp.where, np.array(True), x, i)
m1, m2 = x > 0, x < -0.5
case("jnp.select", lambda a, q, v, w: jnp.select([a, q], [v, w], 7), [m1, m2], [x, i], 7)
case("jnp.select", lambda a, q, v: jnp.select([a, q], [v, 1.5], 0), [m1, m2], [i, 1.5], 0)
case("jnp.nan_to_num", lambda a: jnp.nan_to_num(a, nan=1.0, posinf=2.0), special, 1.0, 2.0, None)
case("jnp.nan_to_num", lambda a: jnp.nan_to_num(a, neginf=-3.0), c, None, None, -3.0, ops=False)
for eq in (False, True):
    case("jnp.isclose", lambda a, v, eq=eq: jnp.isclose(a, v, equal_nan=eq), special, special + np.float32(1e-9), None, None, eq)
    case("jnp.allclose", lambda a, v, eq=eq: jnp.allclose(a, v, equal_nan=eq), special, special, None, None, eq)
    case("jnp.array_equal", lambda a, v, eq=eq: jnp.array_equal(a, v, equal_nan=eq), special, special, eq)
case("jnp.isclose", lambda a, v: jnp.isclose(a, v, 0.1, 0), x, x * np.float32(1.05), 0.1, 0, False)
case("jnp.isclose", lambda a: jnp.isclose(a, 3), i, 3, None, None, False)
case("jnp.array_equal", jnp.array_equal, x, real(3), False)
case("jnp.array_equiv", jnp.array_equiv, x, real(3))

A = real(2, 3, 4)
mask = rng.uniform(size=(2, 3, 4)) > 0.4
for name in ("sum", "prod"):
    f = getattr(jnp, name)
    for v in (A, ints(2, 3), u, b, c, h, bf):
        case("jnp." + name, f, v, None, None, False, None, None, True)
    for axis in (0, -1, (0, 2), ()):  # JAX records a sum over no axes
        case("jnp." + name, lambda a, axis=axis: f(a, axis=axis), A, axis, None, False, None, None, True, ops=axis != ())
        case("jnp." + name, lambda a, axis=axis: f(a, axis=axis, keepdims=True), A, axis, None, True, None, None, True, ops=axis != ())
    case("jnp." + name, lambda a, w: f(a, axis=1, initial=2.0, where=w), A, 1, None, False, 2.0, mask, True)
    case("jnp." + name, lambda a: f(a, dtype=jnp.float32), i, None, np.dtype("float32"), False, None, None, True)
    case("jnp." + name, lambda a: f(a, dtype=bool), i, None, np.dtype("bool"), False, None, None, True)
    case("jnp." + name, lambda a: f(a, dtype=jnp.float16), h, None, np.dtype("float16"), False, None, None, True)
    case("jnp." + name, lambda a: f(a, promote_integers=False), u, None, None, False, None, None, False)
    case("jnp." + name, lambda: f(3), 3, None, None, False, None, None, True, ops=False)
    case("jnp." + name, lambda a: f(a, axis=3), A, 3, None, False, None, None, True)
for name in ("max", "min", "nanmax", "nanmin", "amax"):
    f = getattr(jnp, name)
    for v in (A, i, u, b, special, bf):
        case("jnp." + name, f, v, None, False, None, None)
    case("jnp." + name, lambda a: f(a, axis=(0, 1), keepdims=True), A, (0, 1), True, None, None)
    case("jnp." + name, lambda a, w: f(a, axis=1, initial=0, where=w), A, 1, False, 0, mask)
    case("jnp." + name, lambda a, w: f(a, axis=1, where=w), A, 1, False, None, mask)
    case("jnp." + name, lambda a: f(a, axis=0), np.zeros((0, 3), np.float32), 0, False, None, None)
for name in ("all", "any"):
    f = getattr(jnp, name)
    for v in (A, i, b, c):
        case("jnp." + name, f, v, None, False, None)
    case("jnp." + name, lambda a, w: f(a, axis=1, where=w), A, 1, False, mask)
for name in ("nansum", "nanprod"):
    f = getattr(jnp, name)
    for v in (special, i, b, bf):
        case("jnp." + name, f, v, None, None, False, None, None)
for name in ("mean", "nanmean"):
    f = getattr(jnp, name)
    for v in (A, i, b, c, h, bf, special):
        case("jnp." + name, f, v, None, None, False, None)
    case("jnp." + name, lambda a: f(a, axis=1, keepdims=True), A, 1, None, True, None)
    case("jnp." + name, lambda a, w: f(a, axis=1, where=w), A, 1, None, False, mask)
    case("jnp." + name, lambda a: f(a, dtype=jnp.int32), A, None, np.dtype("int32"), False, None)
for name in ("var", "std", "nanvar", "nanstd"):
    f = getattr(jnp, name)
    for v in (A, i, c, h, bf, special):
        case("jnp." + name, f, v, None, None, 0, False, None, None, ops=name[:3] != "nan")
    case("jnp." + name, lambda a: f(a, axis=1, ddof=1, keepdims=True), A, 1, None, 1, True, None, None)
    case("jnp." + name, lambda a, w: f(a, axis=1, where=w), A, 1, None, 0, False, mask, None, ops=name[:3] != "nan")
    case("jnp." + name, lambda a, m: f(a, axis=1, mean=m), A, 1, None, 0, False, None, A.mean(axis=1, keepdims=True), ops=name[:3] != "nan")
    case("jnp." + name, lambda a: f(a, dtype=jnp.float32), c, None, np.dtype("float32"), 0, False, None, None)
case("jnp.ptp", lambda a: jnp.ptp(a, axis=1), A, 1, False)
case("jnp.count_nonzero", lambda a: jnp.count_nonzero(a, axis=1, keepdims=True), i, 1, True)
case("jnp.average", jnp.average, A, None, None, False, False)
case("jnp.average", lambda a, w: jnp.average(a, 1, w, True), A, 1, np.abs(A), True, False)
case("jnp.average", lambda a, w: jnp.average(a, (2, 0), w), A, (2, 0), np.abs(real(4, 2)), False, False, ops=False)
case("jnp.average", lambda a: jnp.average(a, 0, returned=True), i, 0, None, True, False)
for name in ("argmax", "argmin", "nanargmax", "nanargmin"):
    f = getattr(jnp, name)
    for v in (A, i, special, b):
        case("jnp." + name, f, v, None, False)
    case("jnp." + name, lambda a: f(a, axis=-2, keepdims=True), A, -2, True)
    case("jnp." + name, lambda a: f(a, keepdims=True), A, None, True)
    case("jnp." + name, lambda a: f(a, axis=5), A, 5, False)
    case("jnp." + name, lambda a: f(a, axis=0), np.zeros((0, 3), np.float32), 0, False)
for name in ("cumsum", "cumprod", "nancumsum", "nancumprod"):
    f = getattr(jnp, name)
    for v in (A, i, b, special, u):
        case("jnp." + name, f, v, None, None)
    case("jnp." + name, lambda a: f(a, axis=1), A, 1, None)
    case("jnp." + name, lambda a: f(a, axis=-1, dtype=bool), i, -1, np.dtype("bool"))
    case("jnp." + name, lambda a: f(a, axis=5), A, 5, None)
for name in ("cumulative_sum", "cumulative_prod"):
    f = getattr(jnp, name)
    case("jnp." + name, lambda a: f(a, axis=1, include_initial=True), i, 1, None, True)
    case("jnp." + name, lambda a: f(a), u, None, None, False)
    case("jnp." + name, lambda a: f(a), i, None, None, False)
lse = jax.scipy.special.logsumexp
case("jnp.logsumexp", lse, A, None, None, False, False, None)
case("jnp.logsumexp", lambda a: lse(a, axis=1, keepdims=True), A, 1, None, True, False, None)
case("jnp.logsumexp", lambda a, w: lse(a, axis=1, b=w), A, 1, real(2, 3, 4), False, False, None)
case("jnp.logsumexp", lambda a, w: lse(a, axis=(0, 1), b=w, return_sign=True), A, (0, 1), real(2, 3, 4), False, True, None)
case("jnp.logsumexp", lambda a, w: lse(a, where=w), A, None, None, False, False, mask)
case("jnp.logsumexp", lse, special, None, None, False, False, None)
case("jnp.logsumexp", lse, i, None, None, False, False, None)
case("jnp.logsumexp", lse, c, None, None, False, False, None)

withnan = A.copy()
withnan[0, 1, 2] = np.nan
for nan in ("", "nan"):
    q = getattr(jnp, nan + "quantile")
    for method in "linear lower higher midpoint nearest inverted_cdf".split():
        ops = nan == "" and method != "inverted_cdf"
        case(f"jnp.{nan}quantile", lambda a, v: q(a, v, method=method), A, np.float32([0.1, 0.5, 0.9]), None, method, False, None, ops=ops)
        case(f"jnp.{nan}quantile", lambda a: q(a, 0.3, axis=1, method=method, keepdims=True), withnan, 0.3, 1, method, True, None, ops=ops)
        case(f"jnp.{nan}quantile", lambda a, v: q(a, v, axis=(0, 2), method=method, keepdims=True), withnan, np.float32([0.2, 1]), (0, 2), method, True, None, ops=False)
    case(f"jnp.{nan}quantile", lambda a, v, w: q(a, v, axis=1, method="inverted_cdf", weights=w), A, np.float32([0.2, 1]), 1, "inverted_cdf", False, np.abs(real(2, 3, 4)), ops=False)
    f = getattr(jnp, nan + "percentile")
    case(f"jnp.{nan}percentile", lambda a: f(a, 30, axis=-1), withnan, 30, -1, "linear", False, None, ops=nan == "")
    f = getattr(jnp, nan + "median")
    case(f"jnp.{nan}median", lambda a: f(a, axis=1), withnan, 1, False, ops=nan == "")
    case(f"jnp.{nan}median", lambda a: f(a), i, None, False, ops=nan == "")
case("jnp.quantile", lambda a: jnp.quantile(a, 0.5, method="none"), A, 0.5, None, "none", False, None)

f32 = np.dtype("float32")
case("jnp.zeros", lambda: jnp.zeros((2, 3)), (2, 3), None)
case("jnp.ones", lambda: jnp.ones(3, int), 3, np.dtype("int32"))
case("jnp.full", lambda: jnp.full((2, 2), 1.5), (2, 2), 1.5, None)
case("jnp.full", lambda: jnp.full((2, 2), 7, bool), (2, 2), 7, np.dtype("bool"))
case("jnp.full", lambda a: jnp.full((2, 3), a, float), (2, 3), ints(3), f32)
case("jnp.zeros_like", jnp.zeros_like, i, None, None)
case("jnp.ones_like", lambda a: jnp.ones_like(a, shape=(4,)), x, None, (4,))
case("jnp.full_like", lambda a: jnp.full_like(a, 2, dtype=float), i, 2, f32, None)
case("jnp.full_like", lambda: jnp.full_like(1.5, 2), 1.5, 2, None, None)
for args in ((5,), (2, 7), (7, 2), (0, 1, 0.25), (1.5, 4), (10, 0, -3), (-3.7,), (0, 3, 0), (0, 3.0, 0.0)):
    full = args + (None,) * (3 - len(args))
    for d in (None, np.dtype("float32"), np.dtype("int8"), np.dtype("bfloat16"), np.dtype("float16")):
        case("jnp.arange", lambda args=args, d=d: jnp.arange(*args, dtype=d), *full, d)
for k in (0, 1, -2):
    case("jnp.eye", lambda k=k: jnp.eye(3, 4, k), 3, 4, k, None)
    case("jnp.tri", lambda k=k: jnp.tri(3, 4, k, dtype=int), 3, 4, k, np.dtype("int32"))
    for name in "tril triu".split():
        case("jnp." + name, lambda a, name=name, k=k: getattr(jnp, name)(a, k), A, k)
    case("jnp.diag", lambda a, k=k: jnp.diag(a, k), real(3), k)
    case("jnp.diag", lambda a, k=k: jnp.diag(a, k), real(3, 4), k)
    case("jnp.diagflat", lambda a, k=k: jnp.diagflat(a, k), x, k)
    case("jnp.diagonal", lambda a, k=k: jnp.diagonal(a, k, 0, 2), A, k, 0, 2)
    case("jnp.trace", lambda a, k=k: jnp.trace(a, k), real(3, 4), k, 0, 1, None)
case("jnp.trace", lambda a: jnp.trace(a, 0, 2, 1, jnp.int32), A, 0, 2, 1, np.dtype("int32"))
case("jnp.tril", jnp.tril, real(3), 0)
case("jnp.identity", lambda: jnp.identity(3, int), 3, np.dtype("int32"))
for num in (0, 1, 2, 7):
    for end in (True, False):
        case("jnp.linspace", lambda num=num, end=end: jnp.linspace(-1, 2.5, num, end, retstep=True), -1, 2.5, num, end, True, None, 0)
case("jnp.linspace", lambda a, v: jnp.linspace(a, v, 4, axis=1), x, y[0], 4, True, False, None, 1)
case("jnp.linspace", lambda a: jnp.linspace(a, 9, 5, dtype=int), np.float32(0.5).reshape(()) + np.zeros(2, np.float32), 9, 5, True, False, np.dtype("int32"), 0)
case("jnp.indices", lambda: jnp.indices((2, 3)), (2, 3), None, False)
case("jnp.indices", lambda: jnp.indices((2, 3), sparse=True), (2, 3), None, True)
case("jnp.broadcast_to", lambda a: jnp.broadcast_to(a, (2, 2, 3)), x, (2, 2, 3))
case("jnp.broadcast_to", lambda a: jnp.broadcast_to(a, (2, 2)), x, (2, 2))
case("jnp.broadcast_arrays", lambda a, v: jnp.broadcast_arrays(a, v), [x, real(3)])
case("jnp.astype", lambda a: a.astype(bool), c, np.dtype("bool"))
case("jnp.astype", lambda a: a.astype("int8"), x, np.dtype("int8"))

json.dump(cases, sys.stdout, separators=(",", ":"), allow_nan=False)
