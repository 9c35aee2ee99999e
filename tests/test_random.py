"""Streams of random numbers are JAX's bit for bit: every sampler by dtype, shape and kind of key."""

import numpy as np
import ops
import pytest
from oracle import batch, complain, difference, leaves, load, np_value

jax, jaxgo = load("jax"), load("jaxgo")
pytestmark = pytest.mark.filterwarnings("ignore")

# Exact on any compiler: integers, and floats made of bits. KEY, SHAPE and DTYPE are filled in.
BITS = """
bits(KEY, SHAPE, DTYPE) uint8 uint16 uint32
uniform(KEY, SHAPE, DTYPE) float32 float16 bfloat16
uniform(KEY, SHAPE, DTYPE, 0.25, 3) float32 float16 bfloat16
randint(KEY, SHAPE, 0, 100, DTYPE) int8 int16 int32 uint8 uint16 uint32
randint(KEY, SHAPE, -1000, 1 << 20, DTYPE) int8 int16 int32 uint8
randint(KEY, SHAPE, 5, 5, DTYPE) int32
rademacher(KEY, SHAPE, DTYPE) int8 int32 float32 bfloat16 complex64
bernoulli(KEY, 0.3, SHAPE)
bernoulli(KEY, 0.3, SHAPE, mode='high')
choice(KEY, 7, SHAPE)
choice(KEY, jnp.arange(12.), SHAPE, replace=False)
choice(KEY, jnp.arange(12).reshape(3, 4), SHAPE, axis=1)
choice(KEY, 4, SHAPE, p=jnp.array([0.1, 0.2, 0.3, 0.4]))
permutation(KEY, 9)
permutation(KEY, jnp.arange(12).reshape(3, 4), 1)
permutation(KEY, jnp.arange(12.).reshape(3, 4), 0, independent=True)
categorical(KEY, jnp.log(jnp.array([0.2, 0.5, 0.3])), shape=SHAPE)
categorical(KEY, jnp.zeros(9), shape=(2, 3), replace=False)
split(KEY, 3)
split(KEY, (2, 2))
fold_in(KEY, 2 ** 31 + 5)
key_data(fold_in(split(KEY)[1], jnp.uint32(7)))
"""
# Through elementary functions, in which versions of XLA differ by a unit in the last place.
FLOATS = """
normal(KEY, SHAPE, DTYPE) float32 float16 bfloat16 complex64
truncated_normal(KEY, -1., 2., SHAPE, DTYPE) float32 float16 bfloat16
exponential(KEY, SHAPE, DTYPE) float32 float16 bfloat16
gumbel(KEY, SHAPE, DTYPE) float32 float16 bfloat16
gumbel(KEY, SHAPE, DTYPE, mode='high') float32 float16
laplace(KEY, SHAPE, DTYPE) float32 float16 bfloat16
logistic(KEY, SHAPE, DTYPE) float32 float16 bfloat16
cauchy(KEY, SHAPE, DTYPE) float32 float16
maxwell(KEY, SHAPE, DTYPE) float32
double_sided_maxwell(KEY, 0.5, 2., SHAPE, DTYPE) float32
rayleigh(KEY, 2., SHAPE, DTYPE) float32 float16
pareto(KEY, 3., SHAPE, DTYPE) float32 float16
lognormal(KEY, 0.5, SHAPE, DTYPE) float32 float16
triangular(KEY, -1., 0.5, 2., SHAPE, DTYPE) float32 float16
wald(KEY, 1.5, SHAPE, DTYPE) float32 float16
weibull_min(KEY, 1.5, 2., SHAPE, DTYPE) float32
geometric(KEY, 0.3, SHAPE, DTYPE) int32 uint32
multivariate_normal(KEY, jnp.zeros(2), jnp.array([[2., .5], [.5, 1.]]), SHAPE)
ball(KEY, 3, 1, SHAPE)
"""
# Loops of rejection, which compile long.
LOOPS = """
gamma(KEY, 2.5, SHAPE, DTYPE) float32 float16
loggamma(KEY, 0.3, SHAPE, DTYPE) float32
beta(KEY, 2., 0.5, SHAPE, DTYPE) float32
dirichlet(KEY, jnp.array([0.5, 1., 3.]), SHAPE, DTYPE) float32
chisquare(KEY, 4., SHAPE, DTYPE) float32
t(KEY, 4., SHAPE, DTYPE) float32
f(KEY, 4., 7., SHAPE, DTYPE) float32
generalized_normal(KEY, 3., SHAPE, DTYPE) float32
poisson(KEY, 3., SHAPE, DTYPE) int32 uint8
poisson(KEY, 40., SHAPE) int32
binomial(KEY, 20., 0.3, SHAPE, DTYPE) float32
multinomial(KEY, 20., jnp.array([0.2, 0.3, 0.5]))
"""
KEYS = {"threefry": "lib.random.key(3)", "raw": "PRNGKey(11)", "rbg": "lib.random.key(5, impl='rbg')", "unsafe_rbg": "lib.random.key(5, impl='unsafe_rbg')"}
SHAPES = ("()", "(5,)", "(2, 3)")
# An odd number of samples, none, more than one block of bits, and a length that is not even.
LONG = ("(0,)", "(7,)", "(3, 0)", "(129,)", "(33, 31)")


def rows(table, keys, shapes):
    out = []
    for line in table.strip().split("\n"):
        call, _, types = line.rpartition(")")
        for t in types.split() or [None]:
            out += [f"{call})".replace("KEY", k).replace("SHAPE", s).replace("DTYPE", repr(t)) for k in keys for s in shapes]
    return list(dict.fromkeys(out))


def run(lib, items):
    return batch(lib, items, lambda row, env: ops.evaluate(row, lib, "random", env), {})


def exactly(got, want):
    """As difference, and every bit."""
    found = difference(got, want)
    if found or isinstance(want, Exception):
        return found
    same = all(np_value(g).tobytes() == np_value(w).tobytes() for g, w in zip(leaves(got), leaves(want)))
    return None if same else f"{got!r}, JAX has {want!r}"


def pieces(table, size=7):
    lines = table.strip().split("\n")
    return [pytest.param("\n".join(lines[i : i + size]), id=lines[i].split("(")[0]) for i in range(0, len(lines), size)]


@pytest.mark.parametrize("key", KEYS)
@pytest.mark.parametrize("table", pieces(BITS, 12))
def test_bits(table, key):
    items = rows(table, [KEYS[key]], SHAPES)
    got, want = (run(lib, items) for lib in (jaxgo, jax))
    complain({r: exactly(got[r], want[r]) for r in items})


@pytest.mark.parametrize("table", pieces(BITS, 6))
def test_bits_of_long_shapes(table):
    items = rows(table, [KEYS["threefry"]], LONG)
    got, want = (run(lib, items) for lib in (jaxgo, jax))
    complain({r: exactly(got[r], want[r]) for r in items})


@pytest.mark.parametrize("table", pieces(FLOATS))
def test_floats(table):
    items = rows(table, [KEYS["threefry"]], SHAPES)
    got, want = (run(lib, items) for lib in (jaxgo, jax))
    complain({r: difference(got[r], want[r], 0.2) for r in items})


@pytest.mark.slow
@pytest.mark.parametrize("table", pieces(FLOATS) + pieces(LOOPS, 3))
def test_floats_of_all_keys(table):
    items = rows(table, KEYS.values(), SHAPES)
    got, want = (run(lib, items) for lib in (jaxgo, jax))
    complain({r: difference(got[r], want[r]) for r in items})


@pytest.mark.parametrize("table", pieces(BITS, 30))
def test_eager_is_jit(table):
    items = rows(table, [KEYS["threefry"]], ("(5,)",))
    compiled = run(jaxgo, items)
    complain({r: exactly(ops.evaluate(r, jaxgo, "random", {}), compiled[r]) for r in items})


def test_vmap_draws_what_a_loop_draws():
    keys = jaxgo.random.split(jaxgo.random.key(1), 3)
    for row in ("bits(q, (3,))", "uniform(q, (3,))", "randint(q, (2,), 0, 9)", "split(q)", "permutation(q, 5)", "fold_in(q, 3)", "bernoulli(q)", "normal(q)"):
        f = lambda q, row=row: ops.evaluate(row, jaxgo, "random", {"q": q})
        each = [np_value(f(k)) for k in keys]
        np.testing.assert_array_equal(np_value(jaxgo.vmap(f)(keys)), np.stack(each), err_msg=row)


def test_streams_do_not_depend_on_x64():
    """What is asked for in 32 bits is the same with 64 bits enabled; what is not asked for is drawn in 64."""
    items = ["uniform(lib.random.key(3), (5,), 'float32')", "bits(lib.random.key(3), (5,), 'uint32')", "randint(lib.random.key(3), (5,), 0, 9, 'int32')",
             "uniform(lib.random.key(3), (5,))", "bits(lib.random.key(3), (5,))", "bits(lib.random.key(3), (5,), 'uint64')", "normal(PRNGKey(2 ** 40), (3,))",
             "randint(lib.random.key(3), (5,), 0, 1 << 40)", "choice(lib.random.key(3), 5, (3,))", "permutation(lib.random.key(3), 6)"]  # fmt: skip
    with jax.enable_x64(True), jaxgo.enable_x64(True):
        got, want = (run(lib, items) for lib in (jaxgo, jax))
        complain({r: difference(got[r], want[r]) if "normal" in r else exactly(got[r], want[r]) for r in items})
