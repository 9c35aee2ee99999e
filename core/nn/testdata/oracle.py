"""Writes oracle.json.gz: what JAX gives for calls of the functions that package nn exports.

A case holds the results and their dtypes, the primitives of the jaxpr, and the results' derivative along a direction in
the first operand. Run it with the JAX that is the oracle of the tests: python oracle.py | gzip -9n > oracle.json.gz
"""

import json
import math
import warnings

import jax
import jax.numpy as jnp
import numpy as np

warnings.simplefilter("ignore")
rng = np.random.default_rng(0)
cases = []


def number(v):
    return v if math.isfinite(v) else str(v)


def array(x):
    x = jnp.asarray(x)
    return {"D": x.dtype.name, "S": list(x.shape), "V": [number(float(str(e))) for e in np.asarray(x).astype(np.float32).ravel()]}


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
    operands = []

    def encode(a):
        if isinstance(a, np.ndarray):
            operands.append(a)
            return {"x": len(operands) - 1}
        if isinstance(a, np.dtype):
            return {"d": a.name}
        if isinstance(a, float):
            return {"f": a}
        return [encode(i) for i in a] if isinstance(a, (list, tuple)) else a

    c = {"Fn": "nn." + fn, "Args": [encode(a) for a in args], "In": [array(o) for o in operands]}
    try:
        out = f(*[jnp.asarray(o) for o in operands])
        c["Want"] = [array(o) for o in (out if isinstance(out, (tuple, list)) else [out])]
        if ops:
            c["Ops"] = primitives(jax.make_jaxpr(f)(*operands).jaxpr)
        x = operands[0]
        if np.issubdtype(x.dtype, np.floating):
            t = rng.standard_normal(x.shape).round(2).astype(x.dtype)
            dy = jax.jvp(lambda x: f(x, *operands[1:]), (jnp.asarray(x),), (jnp.asarray(t),))[1]
            c["T"], c["DY"] = array(t), [array(o) for o in (dy if isinstance(dy, (tuple, list)) else [dy])]
    except Exception as e:
        c["Error"] = [type(e).__name__, str(e).split("\n")[0]]
    cases.append(c)


def real(*shape, d=np.float32):
    return np.asarray(rng.standard_normal(shape).round(2), d)


nn = jax.nn
x = np.array([[-4.0, -3.0, -1.0, 0.0], [0.5, 1.0, 6.0, 7.0]], np.float32)
arrays = (x, real(3, 4), np.array([-2, 0, 1, 9], np.int32), real(4, d=np.float16), real())
for name in ("identity relu relu6 log1mexp sigmoid softplus sparse_plus soft_sign sparse_sigmoid silu mish log_sigmoid selu hard_tanh "
             "hard_sigmoid hard_silu").split():
    for a in arrays:
        case(name, getattr(nn, name), np.asarray(abs(a) + 1) if name == "log1mexp" else a)
for name in ("squareplus", "elu", "celu", "leaky_relu"):
    f = getattr(nn, name)
    for a in arrays:
        case(name, f, a, None)
        case(name, lambda a, f=f: f(a, 0.5), a, 0.5)
    case(name, f, x, real(2, 4) ** 2 + 1)
for approximate in (True, False):
    for a in arrays:
        case("gelu", lambda a, approximate=approximate: nn.gelu(a, approximate), a, approximate)
for axis in (-1, 0):
    case("glu", lambda a, axis=axis: nn.glu(a, axis), x, axis)
case("glu", nn.glu, real(3), -1)
i = np.array([0, 2, 5, -1], np.int32)
for a, n, axis in ((i, 4, -1), (i, 4, 0), (i.reshape(2, 2), 3, 1), (i.astype(np.uint8), 3, -1), (i, 0, -1), (i, 3, 2)):
    case("one_hot", lambda a, n=n, axis=axis: nn.one_hot(a, n, axis=axis, dtype=jnp.float32), a, n, np.dtype("float32"), axis)
case("one_hot", lambda a: nn.one_hot(a, 4, dtype=bool), i, 4, np.dtype("bool"), -1)
mask = np.array([[True, False, True, True], [False, False, False, True]])
for name in ("softmax", "log_softmax"):
    f = getattr(nn, name)
    for axis in (-1, 0, None, (0, 1)):
        case(name, lambda a, f=f, axis=axis: f(a, axis), x, axis, None)
    for a in arrays[1:]:
        case(name, lambda a, f=f: f(a, None), a, None, None, ops=a.ndim > 0 and a.dtype != np.int32)
    case(name, lambda a, m, f=f: f(a, where=m), x, -1, mask)
for keepdims in (False, True):
    for axis in (None, 1):
        case("logmeanexp", lambda a, axis=axis, keepdims=keepdims: nn.logmeanexp(a, axis, keepdims=keepdims), x, axis, None, keepdims)
        case("logmeanexp", lambda a, m, axis=axis, keepdims=keepdims: nn.logmeanexp(a, axis, m, keepdims), x, axis, mask, keepdims)
for algorithm in ("fast", "stable", "other"):
    case("standardize", lambda a, algorithm=algorithm: nn.standardize(a, -1, algorithm=algorithm), x, -1, None, None, None, None, algorithm)
case("standardize", lambda a, m: nn.standardize(a, 0, where=m), x, 0, None, None, None, mask, "fast")
case("standardize", lambda a, m, v: nn.standardize(a, -1, m, v, 0.1), x, -1, real(2, 1), real(2, 1) ** 2, 0.1, None, "fast")


def attention(q, k, v, bias=None, mask=None, scale=0.5, ql=None, kl=None, causal=False, window=None, residual=False):
    given = [n for n, a in (("bias", bias), ("mask", mask), ("query_seq_lengths", ql), ("key_value_seq_lengths", kl)) if a is not None]

    def f(q, k, v, *rest):
        return nn.dot_product_attention(q, k, v, scale=scale, is_causal=causal, local_window_size=window, return_residual=residual, **dict(zip(given, rest)))
    case("dot_product_attention", f, q, k, v, bias, mask, scale, ql, kl, causal, window, residual, ops=False)


q, k, v = real(2, 3, 4, 8), real(2, 5, 2, 8), real(2, 5, 2, 8)
ql, kl = np.array([2, 3], np.int32), np.array([5, 1], np.int32)
attention(q, k, v)
attention(q, k, v, residual=True)
attention(q, k, v, causal=True)
attention(q, k, v, window=(1, 2))
attention(q, k, v, window=(0, 0), residual=True)
attention(q, k, v, ql=ql)
attention(q, k, v, kl=kl)
attention(q, k, v, ql=ql, kl=kl, causal=True)
for lead in ((2, 4), (1, 4), (2, 1), (1, 1)):
    attention(q, k, v, bias=real(*lead, 3, 5))
    attention(q, k, v, mask=real(*lead, 3, 5) > -0.5)
attention(q, k, v, bias=real(4, 3, 5), mask=real(3, 5) > -0.5)
attention(q[0], k[0], v[0], causal=True)
attention(q.astype(np.float16), k.astype(np.float16), v.astype(np.float16))
attention(q, k, real(2, 5, 2, 4))
attention(real(2, 3, 3, 8), k, v)
attention(q, k, v.astype(np.float16))
attention(q, k, v, ql=ql.astype(np.int8))
print("[" + ",\n".join(json.dumps(c, separators=(",", ":")) for c in cases) + "]")
