"""Long reductions, which programs for CPUs do in steps, give what JAX and NumPy give."""

import itertools

import numpy as np
import pytest
from oracle import load

jax, jaxgo = load("jax"), load("jaxgo")
jnp, lax = jaxgo.numpy, jaxgo.lax

# Shapes and axes: what divides evenly and what leaves a rest, one axis and several, before, between and after others.
CASES = [
    ((40_000,), (0,)), ((40_009,), (0,)), ((33, 1009), (1,)), ((500, 100), (1,)), ((1024, 64), (1,)), ((1000, 37), (1,)), ((997, 33), (1,)),
    ((1009, 33), (0,)), ((37, 1000), (0,)), ((128, 512), (0,)), ((17_000, 2), (0,)), ((200, 200), (0, 1)), ((8, 32, 32, 8), (0, 1, 2)),
    ((8, 32, 32, 8), (1, 2, 3)), ((6, 100, 7, 11), (1, 3)), ((6, 100, 7, 11), (0, 2, 3)), ((31, 40, 31), (0, 2)), ((5000, 2, 4), (0, 1, 2)),
    ((9000, 2, 2), (1, 2)), ((40_000, 1), (0, 1)), ((1, 40_000), (1,)), ((2, 0, 40_000), (2,)), ((40_000, 0), (0,)),
]  # fmt: skip
ids = [f"{s}-{a}" for s, a in CASES]
rng = np.random.default_rng(0)


def compiled(f, x):
    """f's result, and the text of its optimized program."""
    lowered = jaxgo.jit(f).lower(x)
    assert "reduce_window" not in lowered.as_text(), "what users read is as JAX writes it"
    c = lowered.compile()
    return c(x), c.as_text()


@pytest.mark.parametrize("shape,axes", CASES, ids=ids)
def test_sums(shape, axes):
    x = rng.standard_normal(shape).astype(np.float32)
    got, _ = compiled(lambda x: jnp.sum(x, axes), x)
    want = np.sum(x.astype(np.float64), axes)
    bound = 1e-6 * np.sum(np.abs(x).astype(np.float64), axes) + 1e-30
    assert got.shape == want.shape and got.dtype == np.float32
    assert (np.abs(np.asarray(got) - want) <= bound).all()
    fused, _ = compiled(lambda x: jnp.sum(jnp.exp(x) * 2, axes), x)
    np.testing.assert_allclose(fused, np.sum(np.exp(x.astype(np.float64)) * 2, axes), rtol=3e-6)


@pytest.mark.parametrize("shape,axes", CASES, ids=ids)
@pytest.mark.parametrize("name", ["max", "min"])
def test_extrema(name, shape, axes):
    if not all(shape[a] for a in axes):
        pytest.skip("nothing to choose from")
    x = rng.standard_normal(shape).astype(np.float32)
    f = lambda x: getattr(jnp, name)(x, axes)
    np.testing.assert_array_equal(compiled(f, x)[0], getattr(np, name)(x, axes))
    # A NaN in any place wins, whichever step meets it.
    for flat in rng.integers(0, max(x.size, 1), 5 if x.size else 0):
        y = x.copy()
        y.flat[flat] = np.nan
        np.testing.assert_array_equal(jaxgo.jit(f)(y), getattr(np, name)(y, axes))
    i = rng.integers(-(2**31), 2**31, shape, np.int32)
    np.testing.assert_array_equal(compiled(f, i)[0], getattr(np, name)(i, axes))


@pytest.mark.parametrize("shape,axes", CASES, ids=ids)
def test_exact_reductions(shape, axes):
    i = rng.integers(-(2**31), 2**31, shape, np.int32)
    with np.errstate(over="ignore"):
        np.testing.assert_array_equal(compiled(lambda x: lax.reduce_sum(x, axes), i)[0], np.sum(i, axes, np.int32))
        np.testing.assert_array_equal(compiled(lambda x: lax.reduce_prod(x, axes), i | 1)[0], np.prod(i | 1, axes, np.int32))
    for name, op in (("and", np.bitwise_and), ("or", np.bitwise_or), ("xor", np.bitwise_xor)):
        # Bits that all elements have, or none but one, so that the result is not the same for all inputs.
        j = {"and": i | 0x1234, "or": i & 0x1234, "xor": i}[name]
        np.testing.assert_array_equal(compiled(lambda x: getattr(lax, f"reduce_{name}")(x, axes), j)[0], op.reduce(j, axes))
    b = rng.random(shape) < 1e-4
    np.testing.assert_array_equal(compiled(lambda x: jnp.any(x, axes), b)[0], np.any(b, axes))
    np.testing.assert_array_equal(compiled(lambda x: jnp.all(x, axes), ~b)[0], np.all(~b, axes))
    np.testing.assert_array_equal(compiled(lambda x: jnp.sum(x, axes), b)[0], np.sum(b, axes))


@pytest.mark.parametrize("dtype", ["float16", "bfloat16", "float64", "complex64", "int8", "uint8", "int64", "float8_e4m3fn"])
def test_dtypes(dtype):
    with jaxgo.enable_x64(True), jax.enable_x64(True):
        x = rng.integers(-3, 4, (40, 1000)).astype(np.float32)  # sums that most of the dtypes hold exactly
        for name, axes in itertools.product(("sum", "max"), ((0,), (1,), (0, 1))):
            if name == "max" and dtype == "complex64":
                continue
            got, want = (getattr(lib.numpy, name)(lib.numpy.asarray(x).astype(dtype), axes) for lib in (jaxgo, jax))
            assert got.dtype == want.dtype
            tol = 0.2 if dtype.startswith("float8") else 2e-2 if dtype.endswith("16") else 0
            np.testing.assert_allclose(np.asarray(got).astype(np.complex128), np.asarray(want).astype(np.complex128), rtol=tol, atol=20 * tol)


def test_packed_integers():
    x = rng.integers(-3, 4, (40, 1000)).astype(np.int8)
    for dtype in ("int4", "uint4"):
        for axes in ((0,), (1,), (0, 1)):
            for name in ("sum", "max"):
                got, want = (getattr(lib.lax, f"reduce_{name}")(lib.numpy.asarray(x).astype(dtype), axes) for lib in (jaxgo, jax))
                np.testing.assert_array_equal(np.asarray(got).astype(np.int8), np.asarray(want).astype(np.int8))


def test_transformations():
    x = rng.standard_normal((20, 2000)).astype(np.float32)
    loss = lambda lib: lambda x: lib.numpy.mean((lib.nn.softmax(x, -1) - lib.numpy.max(x, 0)) ** 2) + lib.nn.logsumexp(x)
    for f in (lambda lib: lib.grad(loss(lib)), lambda lib: lib.vmap(lib.grad(lambda r: loss(lib)(r[None]))), lambda lib: lambda x: lib.jvp(loss(lib), (x,), (x,))):
        got, want = (lib.tree.leaves(lib.jit(f(lib))(x)) for lib in (jaxgo, jax))
        for g, w in zip(got, want, strict=True):
            np.testing.assert_allclose(g, w, rtol=3e-5, atol=1e-7)


@pytest.mark.parametrize("dtype", ["float32", "complex64", "int32", "bfloat16"])
def test_inner_products(dtype):
    x, y = rng.integers(-5, 6, (2, 40_000))
    for a, b, axes in ((x, y, 1), (x.reshape(200, 200), y.reshape(200, 200), 2), (x[:7], y[:7], 1)):
        f = lambda lib, a, b: lib.numpy.tensordot(lib.numpy.asarray(a).astype(dtype), lib.numpy.asarray(b).astype(dtype), axes)
        got, want = (jax_like.jit(lambda a, b, lib=jax_like: f(lib, a, b))(a, b) for jax_like in (jaxgo, jax))
        assert got.dtype == want.dtype and got.shape == want.shape
        exact = int(np.sum(a * b))
        np.testing.assert_allclose(complex(got), exact, rtol=2e-2 if dtype == "bfloat16" else 0)
    x = rng.standard_normal((3, 50, 1000)).astype(np.float32)  # the axes in another order: no inner product of equal shapes
    f = lambda lib: lib.numpy.einsum("ijk,kji->", x, x.T)
    np.testing.assert_allclose(float(f(jaxgo)), float(f(jax)), rtol=1e-4)


def test_accuracy():
    """Ten million times 0.1: not worse than XLA's own tree of windows, 9e-7."""
    x = jnp.full(10_000_000, 0.1, jnp.float32)
    want = 1e7 * float(np.float32(0.1))
    assert abs(float(jaxgo.jit(jnp.sum)(x)) / want - 1) < 5e-7


@pytest.mark.parametrize("shape,axes,steps", [((100_000,), (0,), True), ((1000, 512), (1,), True), ((100, 100), (1,), False), ((100_000, 10), (1,), False)])
def test_what_is_taken_apart(shape, axes, steps):
    """The product before the reduction is fused with its first step: no array of the operand's size is made."""
    x = np.ones(shape, np.float32)
    _, text = compiled(lambda x: jnp.max(x * x + 1, axes), x)
    entry = text[text.index("ENTRY") :]
    assert (text.count(" reduce(") > 1) == steps
    if steps:
        full = "f32[" + ",".join(map(str, shape)) + "]"
        assert sum(full in line.split(" = ")[-1].split("(")[0] for line in entry.splitlines() if "parameter(" not in line and " = " in line) == 0
