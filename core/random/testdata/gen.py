"""Writes golden.json: what JAX 0.10.2 draws. Run it with a Python that has jax: python gen.py"""

import hashlib
import json
import os

import jax
import jax.numpy as jnp
import numpy as np

RAW = {"dtype": "uint32", "shape": [2], "values": [0, 42]}  # a raw key
KEY = {"key": "threefry2x32", "values": [7, 0xDEADBEEF]}
RBG = {"key": "rbg", "values": [1, 2, 3, 4]}
URBG = {"key": "unsafe_rbg", "values": [1, 2, 3, 4]}


def array(values, dtype="float32"):
    a = np.asarray(values)
    return {"dtype": dtype, "shape": list(a.shape), "values": a.ravel().tolist()}


def d(name):
    return {"dtype_name": name}


# Functions and their positional arguments.
CASES = [
    ("split", [RAW]), ("split", [KEY, 3]), ("split", [KEY, [2, 3]]), ("split", [RBG, 2]), ("split", [URBG, [2, 2]]),
    ("fold_in", [RAW, 5]), ("fold_in", [KEY, array([12345678], "uint32") | {"shape": []}]), ("fold_in", [RBG, 7]),
    ("fold_in", [URBG, 7]),
    ("bits", [RAW]), ("bits", [KEY, [5]]), ("bits", [KEY, [3, 2, 2]]), ("bits", [KEY, [5], d("uint8")]),
    ("bits", [KEY, [5], d("uint16")]), ("bits", [RBG, [5]]), ("bits", [KEY, [0, 3]]), ("bits", [URBG, [3], d("uint8")]),
    ("uniform", [RAW, [5]]), ("uniform", [KEY]), ("uniform", [KEY, [2, 3], None, -2.0, 3.0]),
    ("uniform", [KEY, [5], d("float16")]), ("uniform", [KEY, [5], d("bfloat16")]), ("uniform", [KEY, [5], d("float8_e4m3fn")]),
    ("uniform", [KEY, [2, 3], None, array([0.0, 1.0, 2.0]) | {"shape": [1, 3]}, 5]),
    ("normal", [RAW, [8]]), ("normal", [KEY]), ("normal", [KEY, [3, 5]]), ("normal", [KEY, [4], d("complex64")]),
    ("normal", [KEY, [6], d("float16")]), ("normal", [KEY, [6], d("bfloat16")]), ("normal", [RBG, [4]]), ("normal", [KEY, [1001]]),
    ("randint", [RAW, [6], 0, 10]), ("randint", [KEY, [6], -5, 5]), ("randint", [KEY, [6], 0, 256, d("uint8")]),
    ("randint", [KEY, [6], -200, 300, d("int8")]), ("randint", [KEY, [3], 5, 5]), ("randint", [KEY, [3], 0, 7.9]),
    ("randint", [KEY, [2, 3], array([0, 10, 20], "int32"), array([5, 1000, 30], "int32")]), ("randint", [KEY, [4], 0, 7, d("uint32")]),
    ("permutation", [RAW, 10]), ("permutation", [KEY, array(np.arange(12).reshape(4, 3))]),
    ("permutation", [KEY, array(np.arange(12).reshape(4, 3)), 1, True]), ("permutation", [KEY, array(np.arange(7)), 0]),
    ("permutation", [KEY, 3000]),
    ("choice", [KEY, 10, [4]]), ("choice", [KEY, 10, [4], False]), ("choice", [KEY, 5, [4], True, array([0.1, 0.2, 0.3, 0.4, 0.0])]),
    ("choice", [KEY, 5, [3], False, array([0.1, 0.2, 0.3, 0.4, 0.1])]), ("choice", [KEY, array(np.arange(12).reshape(4, 3)), [2, 2], True, None, 1]),
    ("choice", [KEY, array(np.arange(12).reshape(4, 3)), [2], False, None, 1]), ("choice", [KEY, array([1.0, 2.0, 3.0])]),
    ("bernoulli", [RAW]), ("bernoulli", [KEY, 0.3, [8]]), ("bernoulli", [KEY, array([0.1, 0.5, 0.9]), [2, 3], "high"]),
    ("categorical", [KEY, array(np.linspace(0, 3, 12).reshape(3, 4))]),
    ("categorical", [KEY, array(np.linspace(0, 3, 12).reshape(3, 4)), 0, [5, 4]]),
    ("categorical", [KEY, array(np.linspace(0, 3, 12).reshape(3, 4)), -1, [2, 3], False]),
    ("truncated_normal", [KEY, -1, 2.0, [6]]), ("truncated_normal", [KEY, -1.0, array([0.0, 1.0])]),
    ("exponential", [RAW, [6]]), ("gumbel", [RAW, [6]]), ("gumbel", [KEY, [6], None, "high"]), ("gumbel", [KEY, [6], None, "highest"]),
    ("laplace", [KEY, [6]]), ("logistic", [KEY, [6]]), ("cauchy", [KEY, [6]]), ("maxwell", [KEY, [6]]), ("rademacher", [KEY, [6]]),
    ("rademacher", [KEY, [6], d("float32")]),
    ("gamma", [KEY, array([0.2, 1.0, 3.5, 20.0])]), ("loggamma", [KEY, array([0.01, 1.0, 3.5, 20.0])]), ("gamma", [KEY, 2.0, [3]]),
    ("gamma", [RBG, array([2.0, 0.5])]), ("loggamma", [URBG, array([2.0, 0.5])]),
    ("beta", [KEY, array([0.2, 1.0, 3.5]), 2.0]), ("dirichlet", [KEY, array([1.0, 2.0, 3.0]), [2]]),
    ("pareto", [KEY, 2.0, [4]]), ("t", [KEY, 3.0, [4]]), ("chisquare", [KEY, 3.0, [4]]), ("f", [KEY, 3.0, 5.0, [4]]),
    ("rayleigh", [KEY, array([1.0, 2.0]), [3, 2]]), ("wald", [KEY, array([1.0, 2.0]), [3, 2]]),
    ("triangular", [KEY, 0.0, 1.0, 3.0, [4]]), ("lognormal", [KEY, 0.5, [4]]),
    ("double_sided_maxwell", [KEY, 1.0, array([1.0, 2.0]), [3]]), ("weibull_min", [KEY, 2.0, 1.5, [4]]),
    ("generalized_normal", [KEY, 1.5, [4]]), ("ball", [KEY, 3, 2.0, [2]]),
    ("poisson", [KEY, array([0.5, 3.0, 30.0, 500.0])]), ("binomial", [KEY, array([5.0, 100.0, 20.0]), array([0.3, 0.4, 0.9])]),
    ("geometric", [KEY, array([0.1, 0.5, 0.9]), [2, 3]]),
    # Long enough for loops that XLA vectorises.
    ("normal", [KEY, [33, 65]]), ("normal", [KEY, [4096]]), ("exponential", [KEY, [4096]]), ("laplace", [KEY, [1000]]),
    ("gumbel", [KEY, [1000]]), ("truncated_normal", [KEY, -1.5, 2.0, [1000]]), ("gamma", [KEY, 2.5, [1000]]), ("beta", [KEY, 2.5, 0.7, [300]]),
]

X64 = [
    ("bits", [KEY, [5]]), ("uniform", [KEY, [5]]), ("normal", [KEY, [5]]), ("normal", [KEY, [5], d("complex128")]),
    ("randint", [KEY, [5], -(1 << 40), 1 << 40]), ("randint", [KEY, [5], 0, 10, d("int32")]), ("permutation", [KEY, 5]),
    ("bits", [KEY, [3], d("uint32")]), ("exponential", [KEY, [4], d("float32")]), ("gamma", [KEY, array([0.2, 5.0], "float64")]),
]

SEEDS = [0, 1, 42, -1, 2**31, 2**32 - 1, 2**32 + 5, -(2**40) - 3, 2**63 - 1]


def decode(x):
    if isinstance(x, dict):
        if "dtype_name" in x:
            return jnp.dtype(x["dtype_name"])
        if "key" in x:
            return jax.random.wrap_key_data(jnp.asarray(x["values"], "uint32"), impl=x["key"])
        return jnp.asarray(np.array(x["values"], x["dtype"]).reshape(x["shape"]))
    return tuple(x) if isinstance(x, list) else x


def result(y):
    if jnp.issubdtype(y.dtype, jax.dtypes.prng_key):
        y = jax.random.key_data(y)
    y = np.asarray(y)
    return {"dtype": y.dtype.name, "shape": list(y.shape), "bytes": y.tobytes().hex()}


def run(cases, x64):
    out = []
    for name, args in cases:
        y = result(getattr(jax.random, name)(*map(decode, args)))
        if len(y["bytes"]) > 512:  # a long one by its hash
            y["bytes"] = "sha256:" + hashlib.sha256(bytes.fromhex(y["bytes"])).hexdigest()
        out.append({"name": name, "args": args, "x64": x64} | y)
    return out


def main():
    golden = {"draws": run(CASES, False)}
    golden["seeds"] = [{"seed": s, "x64": False, "words": np.asarray(jax.random.PRNGKey(s)).tolist()} for s in SEEDS]
    with jax.enable_x64(True):
        golden["draws"] += run(X64, True)
        golden["seeds"] += [{"seed": s, "x64": True, "words": np.asarray(jax.random.PRNGKey(s)).tolist()} for s in SEEDS]
    path = os.path.join(os.path.dirname(os.path.abspath(__file__)), "golden.json")
    with open(path, "w") as f:
        f.write('{"draws": [\n' + ",\n".join(json.dumps(c) for c in golden["draws"]))
        f.write('\n], "seeds": [\n' + ",\n".join(json.dumps(c) for c in golden["seeds"]) + "\n]}\n")


if __name__ == "__main__":
    main()
