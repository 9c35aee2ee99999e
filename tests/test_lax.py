"""What no row of ops.py says about jaxgo.lax: signatures and jaxprs."""

import inspect

import numpy as np
import pytest
from oracle import load

import jaxgo
from jaxgo import lax

jax = load("jax")


def test_signatures():
    """Names, defaults and keyword-only marks are JAX's."""
    theirs = jax.lax
    for name in dir(theirs):
        f = getattr(theirs, name)
        if name.startswith("_") or not inspect.isfunction(inspect.unwrap(f)) or name == "random_gamma_grad":
            continue
        want, got = inspect.signature(f), inspect.signature(getattr(lax, name))
        shown = [
            [
                (
                    p.name,
                    p.kind,
                    type(p.default).__name__
                    if p.default is not p.empty and not isinstance(p.default, (int, float, str, tuple, type(None)))
                    else p.default,
                )
                for p in s.parameters.values()
            ]
            for s in (got, want)
        ]
        if name == "rng_bit_generator":  # a dtype by name: NumPy is not imported
            shown[0][2] = shown[1][2]
        assert shown[0] == shown[1], name


def test_jaxprs():
    """What is traced prints as JAX's."""
    for f in (
        lambda lib, x: lib.lax.sin(x),
        lambda lib, x: lib.lax.dot(x, x),
        lambda lib, x: lib.lax.cumsum(x, 0),
        lambda lib, x: lib.lax.fft(x, "RFFT", (3,)),
        lambda lib, x: lib.lax.sort(x),
        lambda lib, x: lib.lax.reduce_window(x, -np.inf, lib.lax.max, (2,)),
        lambda lib, x: lib.lax.top_k(x, 2),
    ):
        got, want = (str(m.make_jaxpr(lambda x, m=m: f(m, x))(np.ones(3, "f"))) for m in (jaxgo, jax))
        assert got == want


def test_two_bit_integers_are_concatenated():
    """XLA's own concatenation of them ends the process."""
    for d, values in (("int2", [1, -2, 0, -1]), ("uint2", [3, 0, 2, 1])):
        y = lax.concatenate([jaxgo.numpy.array(values).astype(d)] * 20, 0)
        assert y.dtype == d and np.asarray(y).astype(int).tolist() == values * 20


@pytest.mark.parametrize("padding", ["SAME", "VALID", [(1, 1), (0, 0)]])
@pytest.mark.parametrize("strides", [(0, 1), (1, -1)])
def test_strides_are_positive(strides, padding):
    """JAX divides by them, or XLA refuses the module; there too it is a ValueError."""
    x, k = np.ones((1, 1, 5, 5), "f"), np.ones((1, 1, 3, 3), "f")
    with pytest.raises(ValueError, match="window_strides must be positive"):
        lax.conv_general_dilated(x, k, strides, padding)
