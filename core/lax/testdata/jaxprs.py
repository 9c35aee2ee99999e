"""Writes jaxprs/*.txt: what JAX prints for the programs of ../golden_test.go. Run it with JAX 0.10.2:

python core/lax/testdata/jaxprs.py && JAXGO_UPDATE=1 go test ./core/lax -run Golden
"""

import pathlib
import re

import jax
import jax.numpy as jnp
from jax import lax

x, y, m, i = jnp.zeros(3), jnp.zeros(3), jnp.zeros((2, 3)), jnp.zeros(4, jnp.int32)


PROGRAMS = {
    "elementwise": (lambda x, y: jnp.float32(2) * lax.sin(x) + lax.exp(y), x, y),
    "several": (lambda x: (lax.max(x, lax.abs(x)), x, lax.sign(x)), x),
    "unused": (lambda x, y: lax.neg(x), x, y),
    "reduce": (lambda m: (lax.reduce_sum(m, axes=(0,)), lax.reduce_max(m, axes=(0, 1))), m),
    "dot": (lambda m, x: lax.dot_general(m, x, (((1,), (0,)), ((), ()))), m, x),
    "reshape": (lambda m: lax.transpose(lax.reshape(m, (3, 2)), (1, 0)), m),
    "broadcast": (lambda x: lax.broadcast_in_dim(x, (2, 3), (1,)), x),
    "slice": (lambda m: lax.slice(m, (0, 1), (2, 3), (1, 1)), m),
    "pad": (lambda x: lax.pad(x, jnp.float32(0), ((1, 2, 0),)), x),
    "concatenate": (lambda x, y: lax.concatenate((x, y), 0), x, y),
    "compare": (lambda x, y: lax.select(lax.lt(x, y), x, y), x, y),
    "convert": (lambda i: lax.convert_element_type(i, jnp.float32), i),
    "iota": (lambda: lax.broadcasted_iota(jnp.int32, (2, 3), 1),),
    "sort": (lambda x: lax.sort(x), x),
    "cumulative": (lambda x: lax.cumsum(x, 0, False), x),
    "integer_pow": (lambda x: lax.integer_pow(x, 3), x),
    "scan": (lambda x: lax.scan(lambda c, a: (lax.add(c, a), lax.mul(c, a)), jnp.float32(0), x), x),
    "cond": (lambda i, x: lax.switch(i, [lax.sin, lax.cos, lax.neg], x), jnp.int32(0), x),
    "while": (
        lambda x: lax.while_loop(
            lambda c: lax.lt(c[0], jnp.int32(5)), lambda c: (lax.add(c[0], jnp.int32(1)), lax.mul(c[1], c[1])), (jnp.int32(0), x)
        ),
        x,
    ),
    "jvp": (lambda x, y: jax.jvp(lambda x: lax.mul(lax.sin(x), x), (x,), (y,)), x, y),
    "grad": (lambda x: jax.vjp(lambda x: lax.reduce_sum(lax.mul(lax.sin(x), x), axes=(0,)), x)[1](jnp.float32(1)), x),
    "vmap": (lambda m, x: jax.vmap(lambda a, b: lax.reduce_sum(lax.mul(a, b), axes=(0,)), in_axes=(0, None))(m, x), m, x),
    "vmap_psum": (lambda m: jax.vmap(lambda a: lax.psum(a, "i"), axis_name="i")(m), m),
}

if __name__ == "__main__":
    for name, (f, *args) in PROGRAMS.items():
        text = re.sub(r"np\.int64\((\d+)\)", r"\1", str(jax.make_jaxpr(f)(*args)))  # of vmap, an accident
        (pathlib.Path(__file__).parent / "jaxprs" / f"{name}.txt").write_text(f"-- jaxpr --\n{text}\n")
