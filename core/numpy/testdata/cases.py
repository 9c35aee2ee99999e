"""Cases of the tests against JAX: calls of exported functions, with what JAX gives for them.

A case holds the call, the results with their weak types, and the primitives of its jaxpr, calls in parentheses.
"""

import json
import math
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
    if v.dtype == np.float32:
        v = np.array([float(str(e)) for e in v.ravel()])  # as few digits as tell the value
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
    operands = []

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


def write():
    print("[" + ",\n".join(json.dumps(c, separators=(",", ":")) for c in cases) + "]")


def real(*shape, d=np.float32):
    return np.asarray(rng.standard_normal(shape).round(2), d)


def ints(*shape, lo=-9, hi=9, d=np.int32):
    return rng.integers(lo, hi, shape).astype(d)
