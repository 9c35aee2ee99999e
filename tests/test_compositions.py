"""Random programs under random compositions of transformations, against JAX.

A program is a straight line of operations drawn from a table; a composition is a list of transformations applied from the inside out.
Both libraries run the same text, with `jax` and `jnp` bound to one or the other, so whatever differs is jaxgo's doing.
"""

import random

import jax
import jax.numpy as jnp
import numpy as np
import pytest

import jaxgo
import jaxgo.lax
import jaxgo.numpy as gnp

LIBS = {"jax": (jax, jnp), "jaxgo": (jaxgo, gnp)}

# name -> f(jax, jnp, x, y): x and y have the program's shape, and so has the result.
OPS = {
    "sin": lambda jax, jnp, x, y: jnp.sin(x),
    "mul": lambda jax, jnp, x, y: x * y,
    "add_scalar": lambda jax, jnp, x, y: x + 0.5,
    "div": lambda jax, jnp, x, y: x / (2.0 + y * y),
    "tanh": lambda jax, jnp, x, y: jnp.tanh(x),
    "where": lambda jax, jnp, x, y: jnp.where(x > 0, x, 0.1 * y),
    "mean": lambda jax, jnp, x, y: x - jnp.mean(x),
    "max": lambda jax, jnp, x, y: jnp.maximum(x, y),
    "index": lambda jax, jnp, x, y: x[::-1] + y,
    "at": lambda jax, jnp, x, y: x.at[0].set(y[1] * 2.0),
    "cumsum": lambda jax, jnp, x, y: jnp.cumsum(x) * 0.3,
    "outer": lambda jax, jnp, x, y: jnp.outer(x, y) @ y * 0.2,
    "exp": lambda jax, jnp, x, y: jnp.exp(-x * x),
    "power": lambda jax, jnp, x, y: x**3 * 0.1,
    "sort": lambda jax, jnp, x, y: jnp.sort(x) * 0.5,
    "concat": lambda jax, jnp, x, y: jnp.concatenate([x[:2], y[2:]]),
    "einsum": lambda jax, jnp, x, y: jnp.einsum("i,j,j->i", x, y, y) * 0.2,
    "cond": lambda jax, jnp, x, y: jax.lax.cond(jnp.sum(x) > 0, lambda a, b: a * b, lambda a, b: a - b, x, y),
    "scan": lambda jax, jnp, x, y: jax.lax.scan(lambda c, a: (jnp.sin(c) * a + 0.1, c * a), jnp.float32(0.3), x)[1] + y,
    "fori": lambda jax, jnp, x, y: jax.lax.fori_loop(0, 3, lambda i, c: c * 0.5 + jnp.sin(y), x),
    "softmax": lambda jax, jnp, x, y: jax.nn.softmax(x) + y * 0.1,
    "checkpoint": lambda jax, jnp, x, y: jax.checkpoint(lambda a: jnp.sin(jnp.sin(a)) * y)(x),
    "jit": lambda jax, jnp, x, y: jax.jit(lambda a, b: jnp.sin(a) * b)(x, y),
    "stop": lambda jax, jnp, x, y: x * jax.lax.stop_gradient(y),
}

# name -> (f -> g): f and g map a vector (and a second one) to a vector of the same shape.
TRANSFORMS = {
    "jit": lambda jax, jnp, f: jax.jit(f),
    "grad": lambda jax, jnp, f: jax.grad(lambda x, y: jnp.sum(jnp.sin(f(x, y)))),
    "grad1": lambda jax, jnp, f: jax.grad(lambda x, y: jnp.sum(f(x, y) ** 2), argnums=1),
    "jvp": lambda jax, jnp, f: lambda x, y: jax.jvp(f, (x, y), (y, x))[1],
    "vjp": lambda jax, jnp, f: lambda x, y: jax.vjp(lambda a: f(a, y), x)[1](y)[0],
    "linearize": lambda jax, jnp, f: lambda x, y: jax.linearize(lambda a: f(a, y), x)[1](y),
    "vmap": lambda jax, jnp, f: lambda x, y: jnp.sum(jax.vmap(f, in_axes=(0, None))(jnp.stack([x, y, x + y]), y), 0) * 0.3,
    "vmap1": lambda jax, jnp, f: lambda x, y: jax.vmap(f, in_axes=(1, 1), out_axes=1)(jnp.stack([x, y], 1), jnp.stack([y, x], 1))[:, 0],
    "jacfwd": lambda jax, jnp, f: lambda x, y: jax.jacfwd(lambda a: f(a, y))(x) @ y * 0.3,
    "jacrev": lambda jax, jnp, f: lambda x, y: jax.jacrev(lambda a: f(a, y))(x).T @ x * 0.3,
}


def program(rng, names):
    def make(jax, jnp):
        def f(x, y):
            for name, swap in names:
                a, b = (y, x) if swap else (x, y)
                x, y = OPS[name](jax, jnp, a, b), x
            return x

        return f

    return make


def check(seed, n_ops, n_transforms, pool=tuple(OPS)):
    rng = random.Random(seed)
    names = [(rng.choice(pool), rng.random() < 0.3) for _ in range(n_ops)]
    stack = [rng.choice(list(TRANSFORMS)) for _ in range(n_transforms)]
    data = np.random.default_rng(seed)
    x, y = data.standard_normal((2, 4)).astype(np.float32)
    got = {}
    for lib, (j, n) in LIBS.items():
        f = program(rng, names)(j, n)
        for t in stack:
            f = TRANSFORMS[t](j, n, f)
        got[lib] = np.asarray(f(n.asarray(x), n.asarray(y)))
    what = "%s under %s" % (names, stack)
    assert got["jax"].dtype == got["jaxgo"].dtype, what
    np.testing.assert_allclose(got["jaxgo"], got["jax"], rtol=2e-3, atol=2e-4, err_msg=what)


@pytest.mark.parametrize("seed", range(40))
def test_short_programs(seed):
    check(seed, 2, 2)


@pytest.mark.parametrize("name", list(OPS))
@pytest.mark.parametrize("transform", ["grad", "vmap", "jvp"])
def test_each_operation(name, transform):
    x, y = np.random.default_rng(3).standard_normal((2, 4)).astype(np.float32)
    got = {lib: np.asarray(TRANSFORMS[transform](j, n, program(None, [(name, False)])(j, n))(n.asarray(x), n.asarray(y)))
           for lib, (j, n) in LIBS.items()}
    np.testing.assert_allclose(got["jaxgo"], got["jax"], rtol=1e-4, atol=1e-5)


@pytest.mark.slow
@pytest.mark.parametrize("seed", range(1000, 1150))
def test_long_programs(seed):
    check(seed, 4, 3)
