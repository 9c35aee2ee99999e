"""Derivatives in double precision against central differences: every differentiable row of ops.py, in both modes, to order 2."""

import numpy as np
import ops
import pytest
from oracle import batch, chunks, complain, difference, leaves, load

jax, jaxgo = load("jax"), load("jaxgo")
pytestmark = pytest.mark.filterwarnings("ignore")

# Rows whose derivative is not that of their values, and why.
ROUNDED = "the values are rounded to fewer bits, those of the softmax of attention to float32"
STOPPED = "stop_gradient holds a factor constant"
REPARAMETERIZED = "the derivative is that of the distribution's quantile, the samples come of accepted proposals"
NOT_OF_VALUES = {
    "numpy": {"astype(x, 'float16')": ROUNDED},
    "lax": {"convert_element_type(x, 'float16')": ROUNDED, "reduce_precision(x, 8, 3)": ROUNDED,
        "dot_general(m, m, (((), ()), ((0,), (0,))), preferred_element_type='float32')": ROUNDED, "stop_gradient(x) * y": STOPPED},
    "nn": {r: ROUNDED for r in ops.rows(ops.DIFFERENTIABLE["nn"]) if ops.names(r) & {"dot_product_attention", "scaled_dot_general"}},
    "random": {r: REPARAMETERIZED for r in ops.rows(ops.DIFFERENTIABLE["random"]) if ops.names(r) & {"beta", "chisquare", "dirichlet", "f", "gamma", "loggamma", "t"}},
}

# Several times H lies between any two values that are compared with each other.
H = 2e-4


def wide(lib):
    """The variables of rows, floats in double precision."""
    env = {"key": lib.random.key(7)}
    for k, v in ops.arrays().items():
        d = {"float32": np.float64, "complex64": np.complex128, "float16": np.float64, "int32": np.int64}.get(v.dtype.name, v.dtype)
        env[k] = lib.numpy.asarray(v.astype(d))
    return env


def along(lib, row, module, env):
    """(f, t -> f along a line): f maps the floats of a row to a number; the line goes through their values in some direction."""
    used = {k: env[k] for k in ops.FLOATS if k in ops.names(row)}
    direction = {k: lib.numpy.cos(lib.numpy.arange(v.size) * 3.0).reshape(v.shape) for k, v in used.items()}

    def f(d):
        jnp, out = lib.numpy, 0.0
        for v in leaves(ops.evaluate(row, lib, module, {**env, **d})):
            v = jnp.asarray(v)
            out += (jnp.cos(jnp.real(v)) + 0.5 * jnp.sin(jnp.imag(v))).sum()
        return out

    def line(t):
        return {k: v + t * direction[k] for k, v in used.items()}

    return f, line, direction


def slopes(lib, module):
    """At t on the line: the value, and the derivative along it, forward and reverse."""

    def fun(row, env):
        f, line, direction = along(lib, row, module, env)
        at = line(env["t"])
        value, forward = lib.jvp(f, (at,), (direction,))
        g = lib.grad(f)(at)
        return [value, forward, sum((g[k] * direction[k]).sum() for k in g)]

    return fun


def curvatures(lib, module):
    """The second derivative along the line, in one way."""

    def fun(item, env):
        row, mode = item
        f, line, direction = along(lib, row, module, env)
        at = line(0.0)
        dot = lambda g: sum((g[k] * direction[k]).sum() for k in g)
        forward = lambda a: lib.jvp(f, (a,), (direction,))[1]
        if mode == "grad of jvp":
            return dot(lib.grad(forward)(at))
        return lib.jvp(forward if mode == "jvp of jvp" else lambda a: dot(lib.grad(f)(a)), (at,), (direction,))[1]

    return fun


def central(at):
    """The derivative at 0 of what is known at multiples of H, to the sixth order."""
    return (45 * (at[1] - at[-1]) - 9 * (at[2] - at[-2]) + at[3] - at[-3]) / (60 * H)


def of_jax(row, mode, module):
    """What JAX has for a second derivative."""
    with jax.enable_x64(True):
        return batch(jax, [(row, mode)], curvatures(jax, module), wide(jax))[row, mode]


def second_derivatives(rows, modes, module, env):
    """{(row, mode): number}, and the differences where there is none: what has no derivative raises as in JAX."""
    out = batch(jaxgo, [(r, mode) for r in rows for mode in modes], curvatures(jaxgo, module), env)
    found = {k: difference(v, of_jax(*k, module)) for k, v in out.items() if isinstance(v, Exception)}
    return {k: float(v) for k, v in out.items() if k not in found}, found


@pytest.mark.parametrize("chunk", chunks(ops.DIFFERENTIABLE, heavy=False))
def test_central_differences(chunk):
    module, rows = chunk
    rows = [r for r in rows if r not in NOT_OF_VALUES[module] and ops.names(r) & set(ops.FLOATS)]
    fun, modes = slopes(jaxgo, module), ("jvp of jvp", "jvp of grad")
    with jaxgo.enable_x64(True):
        env = wide(jaxgo)
        second, found = second_derivatives(rows, modes, module, env)
        rows = [r for r in rows if all((r, mode) in second for mode in modes)]
        run = jaxgo.jit(lambda t: [fun(r, {**env, "t": t}) for r in rows])
        at = {n: run(n * H) for n in range(-3, 4)}
    for n, r in enumerate(rows):
        value, forward, reverse = ({i: float(at[i][n][j]) for i in at} for j in range(3))
        found[r] = far({"jvp": forward[0], "grad": reverse[0]}, central(value)) or far({mode: second[r, mode] for mode in modes}, central(forward))
    complain(found)


@pytest.mark.slow
@pytest.mark.parametrize("chunk", chunks(ops.DIFFERENTIABLE))
def test_reverse_over_forward(chunk):
    module, rows = chunk
    rows = [r for r in rows if ops.names(r) & set(ops.FLOATS)]
    with jaxgo.enable_x64(True):
        second, found = second_derivatives(rows, ("grad of jvp", "jvp of jvp"), module, wide(jaxgo))
    for r in rows:
        if (r, "grad of jvp") in second:
            want = float(of_jax(r, "grad of jvp", module)) if r in NOT_OF_VALUES[module] else second[r, "jvp of jvp"]
            found[r] = far({"grad of jvp": second[r, "grad of jvp"]}, want, 1e-5 if r in NOT_OF_VALUES[module] else 1e-9)
    complain(found)


def far(got, want, tol=2e-7):
    """A text if something of got is not want."""
    bad = {k: v for k, v in got.items() if not abs(v - want) <= tol * (1 + abs(want))}
    return f"{bad}, expected {want}" if bad else None
