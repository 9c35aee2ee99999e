"""jaxgo.nn against jax.nn: values, dtypes, weak types, gradients, jaxprs; initializers bit for bit."""

import jax
import jax.numpy as jnp
import numpy as np
import pytest

import jaxgo
import jaxgo.nn
import jaxgo.numpy as gnp
import jaxgo.random

X = np.linspace(-4, 4, 12, dtype=np.float32).reshape(3, 4)
POSITIVE = np.abs(X) + np.float32(0.1)

# name -> the array it is called with; all of them also take keyword arguments left at their defaults.
FUNCTIONS = {name: X for name in (
    "celu elu gelu glu hard_sigmoid hard_silu hard_swish hard_tanh identity leaky_relu log_sigmoid log_softmax logmeanexp logsumexp mish "
    "relu relu6 selu sigmoid silu soft_sign softmax softplus sparse_plus sparse_sigmoid squareplus standardize swish tanh").split()}
FUNCTIONS["log1mexp"] = POSITIVE

# JAX prints NumPy's integers, unused results of a call traced before, and more digits of a Python scalar than its dtype holds.
PRINTED_OTHERWISE = {"glu", "logmeanexp", "selu"}

NOT_SCALAR = {"glu", "log_softmax", "softmax", "standardize"}


def same(ours, theirs, exact=False):
    """Equal in dtype, shape, weak type and, to a few units in the last place, in value."""
    assert ours.dtype == theirs.dtype and ours.shape == theirs.shape
    if hasattr(theirs, "weak_type"):
        assert ours.weak_type == theirs.weak_type
    if exact:
        np.testing.assert_array_equal(np.asarray(ours), np.asarray(theirs))
    else:
        np.testing.assert_allclose(np.asarray(ours), np.asarray(theirs), rtol=2e-6, atol=2e-6)


@pytest.mark.parametrize("name", sorted(FUNCTIONS))
def test_function(name):
    ours, theirs, x = getattr(jaxgo.nn, name), getattr(jax.nn, name), FUNCTIONS[name]
    same(ours(x), theirs(x))
    if name not in NOT_SCALAR:
        same(ours(1.0), theirs(1.0))
    if name not in PRINTED_OTHERWISE:
        assert str(jaxgo.make_jaxpr(ours)(x)) == str(jax.make_jaxpr(theirs)(x))
    g = jaxgo.jit(jaxgo.grad(lambda x: gnp.sum(ours(x) ** 2)))(x)
    same(g, jax.jit(jax.grad(lambda x: jnp.sum(theirs(x) ** 2)))(x))


@pytest.mark.parametrize("name,args,kwargs", [
    ("celu", (X,), {"alpha": 0.5}),
    ("elu", (X,), {"alpha": 0.5}),
    ("gelu", (X,), {"approximate": False}),
    ("glu", (X,), {"axis": 1}),
    ("leaky_relu", (X,), {"negative_slope": 0.2}),
    ("log_softmax", (X,), {"axis": (0, 1)}),
    ("logsumexp", (X,), {"axis": 0, "b": POSITIVE, "keepdims": True}),
    ("logmeanexp", (X,), {"axis": 1, "where": X > -1}),
    ("softmax", (X,), {"axis": 0, "where": X > -3}),
    ("squareplus", (X,), {"b": 2.0}),
    ("standardize", (X,), {"axis": 0, "epsilon": 1e-3}),
    ("one_hot", (np.array([0, 2, 5, -1]), 3), {}),
    ("one_hot", (np.array([[0, 2], [1, 3]]), 4), {"axis": 0, "dtype": np.int8}),
    ("relu", (X.astype(np.int32),), {}),
    ("silu", (X.astype(np.float16),), {}),
])
def test_arguments(name, args, kwargs):
    same(getattr(jaxgo.nn, name)(*args, **kwargs), getattr(jax.nn, name)(*args, **kwargs))


def test_log_softmax_of_huge_and_missing_logits():
    x = np.array([[1e4, 0.0, -np.inf], [-np.inf, -np.inf, 3.0]], np.float32)
    for name in ("softmax", "log_softmax", "logsumexp"):
        same(getattr(jaxgo.nn, name)(x), getattr(jax.nn, name)(x))


@pytest.mark.parametrize("kwargs", [
    {}, {"is_causal": True}, {"scale": 0.3}, {"local_window_size": 1},
    {"bias": np.linspace(-1, 1, 9, dtype=np.float32).reshape(1, 1, 3, 3)},
    {"mask": np.tril(np.ones((1, 1, 3, 3), bool))},
    {"query_seq_lengths": np.array([2, 3], np.int32), "key_value_seq_lengths": np.array([3, 1], np.int32)},
], ids=lambda k: "-".join(k) or "plain")
def test_dot_product_attention(kwargs):
    q, k, v = (np.random.default_rng(i).standard_normal((2, 3, n, 4)).astype(np.float32) for i, n in enumerate((4, 2, 2)))
    ours, theirs = (lib.nn.dot_product_attention for lib in (jaxgo, jax))
    same(jaxgo.jit(ours)(q, k, v, **kwargs) if not {"is_causal", "local_window_size"} & set(kwargs) else ours(q, k, v, **kwargs),
         theirs(q, k, v, **kwargs))


def test_scaled_matmul():
    a, b = (np.random.default_rng(i).standard_normal((1, n, 64)).astype(np.float32) for i, n in enumerate((3, 5)))
    scale_a, scale_b = (np.exp2(np.arange(n * 2) % 3).reshape(1, n, 2).astype(np.float32) for n in (3, 5))
    want = np.einsum("bmk,bnk->bmn", a * np.repeat(scale_a, 32, 2), b * np.repeat(scale_b, 32, 2))
    got = jaxgo.nn.scaled_matmul(a, b, scale_a, scale_b)
    assert got.dtype == np.float32
    np.testing.assert_allclose(got, want, rtol=1e-5, atol=1e-4)


INITIALIZERS = [
    *((name, (), shape) for name in ("glorot_normal", "glorot_uniform", "he_normal", "he_uniform", "kaiming_normal", "kaiming_uniform",
                                     "lecun_normal", "lecun_uniform", "xavier_normal", "xavier_uniform") for shape in [(3, 4), (2, 3, 4)]),
    *(("variance_scaling", (2.0, mode, kind), (3, 5)) for mode in ("fan_in", "fan_out", "fan_avg", "fan_geo_avg")
      for kind in ("normal", "truncated_normal", "uniform")),
    ("normal", (0.1,), (5,)),
    ("truncated_normal", (0.1,), (5,)),
    ("uniform", (0.1,), (5,)),
    ("constant", (3.5,), (2, 2)),
]


@pytest.mark.parametrize("name,args,shape", INITIALIZERS, ids=str)
def test_initializer(name, args, shape):
    ours = getattr(jaxgo.nn.initializers, name)(*args)(jaxgo.random.key(7), shape)
    same(ours, getattr(jax.nn.initializers, name)(*args)(jax.random.key(7), shape), exact=True)


@pytest.mark.parametrize("name", ["zeros", "ones"])
def test_constant_initializer(name):
    ours, theirs = (getattr(lib.nn.initializers, name)(lib.random.key(0), (2, 3), np.int32) for lib in (jaxgo, jax))
    same(ours, theirs, exact=True)


@pytest.mark.parametrize("name,shape", [("orthogonal", (4, 3)), ("orthogonal", (3, 5)), ("delta_orthogonal", (3, 3, 2, 4))], ids=str)
def test_orthogonal_initializer(name, shape):
    ours, theirs = (getattr(lib.nn.initializers, name)(1.5)(lib.random.key(3), shape) for lib in (jaxgo, jax))
    same(ours, theirs)


@pytest.mark.parametrize("call", [
    lambda lib, np: lib.nn.initializers.variance_scaling(1.0, "fan", "normal")(lib.random.key(0), (2, 2)),
    lambda lib, np: lib.nn.initializers.variance_scaling(1.0, "fan_in", "cauchy")(lib.random.key(0), (2, 2)),
    lambda lib, np: lib.nn.initializers.glorot_normal()(lib.random.key(0), (2,)),
    lambda lib, np: lib.nn.initializers.delta_orthogonal()(lib.random.key(0), (2, 2)),
    lambda lib, np: lib.nn.initializers.orthogonal()(lib.random.key(0), (2,)),
    lambda lib, np: lib.nn.glu(np.ones(3)),
    lambda lib, np: lib.nn.one_hot(np.arange(3), 3, axis=5),
    lambda lib, np: lib.nn.dot_product_attention(np.ones((2, 3, 4)), np.ones((2, 3)), np.ones((2, 3))),
])
def test_errors_are_those_of_jax(call):
    with pytest.raises(Exception) as theirs:
        call(jax, jnp)
    with pytest.raises(Exception) as ours:
        call(jaxgo, gnp)
    assert type(ours.value).__name__ == type(theirs.value).__name__
    assert str(ours.value) == str(theirs.value)
