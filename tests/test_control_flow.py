"""Loops, branches and implicit functions under every transformation, against JAX."""

import gc
import weakref

import numpy as np
import pytest
from oracle import load

import jaxgo
import jaxgo.numpy as jnp
from jaxgo import lax

jax = load("jax")
X = np.linspace(0.2, 1.1, 6, dtype="f").reshape(2, 3)


def scan_carry(lib, x):
    def body(c, a):
        c = lib.numpy.sin(c) * a + c
        return c, (c.sum(), a * 2)

    c, ys = lib.lax.scan(body, x[0], x)
    return c, ys


def scan_closes_over(lib, x):
    w = lib.numpy.cos(x)
    return lib.lax.scan(lambda c, _: (c * w + 1, (c * w).sum()), x, None, length=3, reverse=True)


def scan_unrolled(lib, x):
    return lib.lax.scan(lambda c, a: (c * a, c + a), x[0, 0], x.reshape(-1), unroll=4)


def scan_of_scan(lib, x):
    def outer(c, row):
        d, ys = lib.lax.scan(lambda c, a: (c + a * a, c * a), c, row)
        return d, ys.sum()

    return lib.lax.scan(outer, x[0, 0], x)


def scan_of_cond(lib, x):
    return lib.lax.scan(lambda c, a: (lib.lax.cond(a > 0.5, lambda c: c * a, lambda c: c + a, c), c), x[0, 0], x.reshape(-1))


def loop_with_known_bounds(lib, x):
    return lib.lax.fori_loop(1, 4, lambda i, v: v * x + i, x)


def cond_of_traced(lib, x):
    return lib.lax.cond(x.sum() > 3, lambda v: lib.numpy.sin(v), lambda v: v * v, x)


def cond_with_trees(lib, x):
    return lib.lax.cond(x[0, 0] > 0, lambda d, k: (d["a"] * k, x), lambda d, k: (d["a"], x * 2), {"a": x}, 2.0)


def branches(lib, x):
    return [lib.lax.switch(lib.numpy.int32(x[0, 0] * 0) + i, [lib.numpy.sin, lib.numpy.cos, lambda v: v * x], x) for i in (-1, 1, 2)]


def running(lib, x):
    return lib.lax.associative_scan(lambda a, b: a * b + a, x, axis=1), lib.lax.map(lambda r: r.sum() * r, x)


def root(lib, x):
    def f(v):
        return v * v * v - x

    def solve(f, v):
        return lib.lax.fori_loop(0, 30, lambda _, v: v - f(v) / (3 * v * v), v)

    return lib.lax.custom_root(f, lib.numpy.ones_like(x), solve, lambda g, y: y / g(lib.numpy.ones_like(y)))


def solve(lib, x):
    a = x @ x.T + 2 * lib.numpy.eye(2)

    def direct(matvec, b):
        factor = lib.lax.linalg.cholesky(a)
        y = lib.lax.linalg.triangular_solve(factor, b, left_side=True, lower=True)
        return lib.lax.linalg.triangular_solve(factor, y, left_side=True, lower=True, transpose_a=True)

    return lib.lax.custom_linear_solve(lambda v: a @ v, x[:, 0], direct, direct)


def checkpointed(lib, x):
    @lib.checkpoint
    def f(x):
        return lib.numpy.sin(lib.numpy.sin(x) @ x.T)

    return f(x), lib.lax.scan(lib.checkpoint(lambda c, a: (lib.numpy.sin(c * a), c)), x[0], x)


PROGRAMS = [
    scan_carry,
    scan_closes_over,
    scan_unrolled,
    scan_of_scan,
    scan_of_cond,
    loop_with_known_bounds,
    cond_of_traced,
    cond_with_trees,
    branches,
    running,
    root,
    solve,
    checkpointed,
]


def total(lib, f):
    def g(x):
        return sum((lib.numpy.cos(v) * (i + 1)).sum() for i, v in enumerate(lib.tree_util.tree_leaves(f(lib, x))))

    return g


TRANSFORMS = {
    "value": lambda lib, f: lambda x: lib.tree_util.tree_leaves(f(lib, x)),
    "grad": lambda lib, f: lib.grad(total(lib, f)),
    "jvp": lambda lib, f: lambda x: lib.jvp(total(lib, f), (x,), (x + 1,)),
    "hessian": lambda lib, f: lib.jacfwd(lib.grad(total(lib, f))),
    "vmap": lambda lib, f: lambda x: lib.vmap(lambda x: lib.tree_util.tree_leaves(f(lib, x)))(lib.numpy.stack([x, x + 0.1])),
    "vmap of grad": lambda lib, f: lambda x: lib.vmap(lib.grad(total(lib, f)))(lib.numpy.stack([x, x + 0.1])),
    "linearize": lambda lib, f: lambda x: lib.linearize(total(lib, f), x)[1](x),
}


@pytest.mark.parametrize("f", PROGRAMS, ids=lambda f: f.__name__)
def test_transformations(f):
    """The same numbers as JAX, compiled as a whole and one operation at a time."""

    def all_of(lib):
        return {k: t(lib, f) for k, t in TRANSFORMS.items()}

    def run(lib):
        return lib.jit(lambda x: {k: g(x) for k, g in all_of(lib).items()})(lib.numpy.asarray(X))

    want, got = run(jax), run(jaxgo)
    eager = {k: g(jnp.asarray(X)) for k, g in all_of(jaxgo).items() if k != "hessian"}
    for k in want:
        for have in (got, eager):
            if k not in have:
                continue
            a, b = jaxgo.tree_util.tree_leaves(have[k]), jax.tree_util.tree_leaves(want[k])
            assert len(a) == len(b)
            for v, w in zip(a, b):
                assert v.shape == w.shape and v.dtype == w.dtype and (have is eager or v.weak_type == w.weak_type), k
                np.testing.assert_allclose(np.asarray(v), np.asarray(w), rtol=2e-4, atol=2e-4, err_msg=k)


def test_while_loop():
    def f(lib, x):
        return lib.lax.while_loop(lambda c: c[0] < 4, lambda c: (c[0] + 1, c[1] * x), (0, x))[1]

    for t in (
        lambda lib: lambda x: f(lib, x),
        lambda lib: lambda x: lib.jvp(lambda x: f(lib, x), (x,), (x,)),
        lambda lib: lib.vmap(lambda x: f(lib, x)),
        lambda lib: lambda x: lib.vmap(lambda n: lib.lax.while_loop(lambda v: v < 9, lambda v: v * 2, n))(lib.numpy.arange(1, 4)),
    ):
        for got, want in zip(jaxgo.tree_util.tree_leaves(t(jaxgo)(X)), jax.tree_util.tree_leaves(t(jax)(X))):
            np.testing.assert_allclose(np.asarray(got), np.asarray(want), rtol=1e-5)
            assert got.dtype == want.dtype
    with pytest.raises(
        ValueError, match="Reverse-mode differentiation does not work for lax.while_loop or lax.fori_loop with dynamic start/stop values"
    ):
        jaxgo.grad(lambda x: f(jaxgo, x).sum())(X)


def test_bodies_are_traced_once():
    """What was traced of a function is found again, as long as the function lives."""
    count = 0

    def body(c, a):
        nonlocal count
        count += 1
        return c + a, c

    for _ in range(3):
        lax.scan(body, 0.0, jnp.arange(3.0))
    assert count == 1
    lax.scan(body, 0.0, jnp.arange(4.0))
    assert count == 1  # the slices have the same type
    lax.scan(body, 0, jnp.arange(3.0))
    assert count == 3  # an int that the body makes a float: once more with that
    lax.scan(body, 0, jnp.arange(3.0))
    assert count == 3
    with jaxgo.enable_x64(True):
        lax.scan(body, 0.0, jnp.arange(3.0))
    assert count == 4
    jaxgo.clear_caches()
    lax.scan(body, 0.0, jnp.arange(3.0))
    assert count == 5
    alive = weakref.ref(body)
    del body
    gc.collect()
    assert alive() is None


def test_bodies_that_close_over_tracers_are_traced_each_time():
    def g(y):
        return jnp.sum(y)

    seen = []
    for v in (1.0, 2.0):

        @jaxgo.jit
        def f(x, v=v):
            seen.append(v)
            return lax.cond(x > 0, lambda: g(x * v), lambda: 0.0)

        assert f(2.0) == 2 * v
    assert jaxgo.vmap(lambda x: lax.fori_loop(0, 3, lambda i, c: c + x, 0.0))(jnp.arange(3.0)).tolist() == [0, 3, 6]


def test_without_jit_loops_run_in_python():
    with jaxgo.disable_jit():
        seen = []
        assert lax.while_loop(lambda v: v < 3, lambda v: seen.append(float(v)) or v + 1, 0.0) == 3
        lax.scan(lambda c, a: (c, seen.append(float(a))), 0.0, jnp.arange(2.0))
        assert lax.cond(True, lambda: 1, lambda: [2]) == 1
        assert lax.switch(5, [lambda: 1, lambda: 2]) == 2
        assert lax.fori_loop(0, 0, lambda i, v: 1 / 0, 7) == 7
        assert seen == [0, 1, 2, 0, 1]
        with pytest.raises(ValueError, match="zero-length scan"):
            lax.scan(lambda c, a: (c, a), 0.0, jnp.zeros(0))


def test_both_branches_of_a_known_predicate_are_traced():
    seen = []
    lax.cond(True, lambda: seen.append(1), lambda: seen.append(2))
    assert seen == [1, 2]


def test_python_exceptions_pass_through():
    def body(c, a):
        raise KeyError("mine")

    for f in (
        lambda: lax.scan(body, 0, jnp.arange(3)),
        lambda: jaxgo.jit(lambda: lax.scan(body, 0, jnp.arange(3)))(),
        lambda: lax.while_loop(lambda c: True, lambda c: body(c, c), 0),
        lambda: lax.cond(True, lambda: body(1, 1), lambda: 1),
    ):
        with pytest.raises(KeyError, match="mine"):
            f()
    assert lax.scan(lambda c, a: (c + a, None), 0, jnp.arange(3))[0] == 3


def test_collectives_see_their_axis_inside_of_loops():
    def f(lib):
        def one(x):
            c, _ = lib.lax.scan(lambda c, _: (c + lib.lax.psum(c, "i"), None), x, None, length=2)
            return lib.lax.cond(c > 3, lambda: lib.lax.pmax(c, "i"), lambda: c * lib.lax.axis_index("i"))

        return lib.vmap(one, axis_name="i")(lib.numpy.arange(1.0, 4.0))

    np.testing.assert_allclose(np.asarray(f(jaxgo)), np.asarray(f(jax)))


def test_jaxprs_of_loops_and_branches():
    """Printed as JAX's."""

    def programs(lib):
        return [
            lambda x: lib.lax.scan(lambda c, a: (c + a, c * a), x[0], x),
            lambda x: lib.lax.while_loop(lambda v: v[0] < 3, lambda v: v * 2, x),
            lambda x: lib.lax.cond(x[0] > 0, lambda v: v + 1, lambda v: v * x, x),
            lambda x: lib.lax.switch(2, [lambda v: v, lambda v: -v], x),
            lambda x: lib.lax.fori_loop(0, 3, lambda i, v: v + i, x),
        ]

    x = np.ones(3, "f")
    for f, g in zip(programs(jaxgo), programs(jax)):
        assert str(jaxgo.make_jaxpr(f)(x)) == str(jax.make_jaxpr(g)(x))
