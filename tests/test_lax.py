"""jaxgo.lax against JAX: values, dtypes, weak types, gradients, errors, signatures."""

import inspect
import os
import sys

import numpy as np
import pytest

sys.path.insert(0, os.path.dirname(__file__))
from ops import rows
from test_numpy import check, chunks, jax, leaves

import jaxgo
from jaxgo import lax


class Names(dict):
    """The names of an expression: lax's functions, lib, np, jnp and a few arrays."""

    def __init__(self, lib, env):
        self.lax = lib.lax
        self.env = {"np": np, "jnp": lib.numpy, "lax": lib.lax, "lib": lib, "int": int, "float": float, "bool": bool, "range": range, **env}

    def __missing__(self, name):
        if name in self.env:
            return self.env[name]
        return getattr(self.lax, name)


def variables(lib):
    r = np.random.RandomState(0)
    return {
        k: lib.numpy.asarray(v)
        for k, v in {
            "x": r.uniform(0.1, 0.9, 4).astype("f"),
            "y": r.uniform(0.2, 0.8, 4).astype("f"),
            "m": r.uniform(0.1, 0.9, (3, 4)).astype("f"),
            "i": np.array([3, 0, 2, 2], "i"),
            "j": np.array([1, 2, 5, 3], "i"),
            "b": np.array([True, False, True, True]),
            "c": np.array([1 + 2j, -0.5j, 3, -1 + 1j], "F"),
            "h": np.array([0.5, -1.5, 2.5, 100], "e"),
            "u": np.array([250, 1, 7, 128], "u1"),
            "k": r.uniform(-1, 1, (2, 3, 3, 3)).astype("f"),
            "z": r.uniform(-1, 1, (2, 3, 5, 6)).astype("f"),
            "s": np.array([[4, 1, 0], [1, 3, 1], [0, 1, 5]], "f"),
            "ix": np.array([[2], [0]], "i"),
        }.items()
    }


def evaluate(row, lib, env):
    return eval(row, Names(lib, env))


UNARY = (
    "abs acos asin asinh atan atanh cbrt ceil cos cosh digamma erf erf_inv erfc exp exp2 expm1 floor lgamma log log1p logistic neg reciprocal round "
    "rsqrt sign sin sinh sqrt square tan tanh bessel_i0e bessel_i1e is_finite"
)
DIFFERENTIABLE = (
    "; ".join(f"{n}(x)" for n in UNARY.split() if n != "is_finite")
    + """
acosh(x + 1.); add(x, y); atan2(x, y); clamp(0.3, x, 0.6); complex(x, y); conj(complex(x, y)); div(x, y); integer_pow(x, 3); max(x, y)
min(x, y); mul(x, y); pow(x, y); rem(y, x); sub(x, 1.); real(complex(x, y)); igamma(x, y); polygamma(1., x); reshape(m, (4, 3))
reshape(m, (12,), (1, 0)); transpose(m, (1, 0)); broadcast(x, (2,)); broadcast_in_dim(x, (4, 3), (0,)); expand_dims(x, (0, 2))
squeeze(m[:1], (0,)); rev(m, (1,)); concatenate([x, y], 0); split(x, (1, 3))[1]; stack([x, y], 1); unstack(m, 1)[2]; tile(x, (3,))
collapse(m, 0); pad(x, 0., [(1, -1, 2)]); pad(x, y[0], [(1, 1, 0)]); select(b, x, y); select_n(i, x, y, x * y, x + y)
convert_element_type(x, 'float16'); reduce_precision(x, 8, 3); stop_gradient(x) * y; optimization_barrier((x, y))[1]; dot(m, x)
dot_general(m, m, (((1,), (1,)), ((), ()))); dot_general(m, m, (((), ()), ((0,), (0,))), preferred_element_type='float32')
batch_matmul(k[0], k[1]); slice(m, (0, 1), (3, 4), (2, 1)); slice_in_dim(m, 1, -1, axis=1); index_in_dim(m, -1, 1, keepdims=False)
dynamic_slice(m, (1, -3), (2, 2)); dynamic_slice_in_dim(x, i[2], 2); dynamic_index_in_dim(m, i[0], 1)
dynamic_update_slice(m, m[:2, :2] * 2, (i[2], 1)); dynamic_update_slice_in_dim(x, y[:2], 1, 0); dynamic_update_index_in_dim(m, x, 1, 0)
gather(m, ix, GatherDimensionNumbers((1,), (0,), (0,)), (1, 4), mode='clip')
scatter_add(m, ix, m[:2], ScatterDimensionNumbers((1,), (0,), (0,)))
scatter(m, ix, m[:2], ScatterDimensionNumbers((1,), (0,), (0,)), unique_indices=True)
scatter_mul(m, ix, m[:2], ScatterDimensionNumbers((1,), (0,), (0,)), unique_indices=True)
scatter_max(x, ix, y[:2], ScatterDimensionNumbers((), (0,), (0,))); scatter_sub(x, ix, y[:2], ScatterDimensionNumbers((), (0,), (0,)))
index_take(m, (i[:3] % 3, i[1:]), (0, 1)); sort(x); sort((x, y), num_keys=1)[1]; sort_key_val(x, y)[1]; top_k(m, 2)[0]; reduce_sum(m, (0,))
reduce_prod(m, (1,)); reduce_max(m, (0, 1)); reduce_min(m, (1,)); cumsum(m, 1); cumprod(x, reverse=True); cummax(x); cummin(x)
cumlogsumexp(x); reduce(m, 0., add, (0,)); reduce(m, 1., lambda p, q: p * q, (1,))
reduce((x, y), (0., 0.), lambda p, q: (p[0] + q[0], p[1] + 2. * q[1]), (0,))[1]; reduce_window(m, 0., add, (2, 2), (1, 2), 'SAME')
conv(z, k, (1, 1), 'SAME'); conv_with_general_padding(z, k, (2, 1), [(1, 0), (0, 2)], (1, 2), (2, 1))
conv_transpose(z, k, (2, 2), 'SAME', dimension_numbers=('NCHW', 'OIHW', 'NCHW')); conv_general_dilated_patches(z, (2, 2), (1, 1), 'VALID')
ragged_dot(m, k[:, :, 0].reshape(2, 3, 3)[:, :1].repeat(4, 1), jnp.array([1, 2])); linalg.cholesky(s + x[0])
linalg.triangular_solve(s, m[:, :3], lower=True); linalg.triangular_solve(s, x[:3], left_side=True, lower=True, transpose_a=True)
linalg.eigh(s + x[0])[1]; abs(linalg.qr(s + x[0], full_matrices=False)[1]); linalg.tridiagonal_solve(x, y + 2., x, m.T)
abs(fft(x, 'FFT', (4,))); abs(fft(m, FftType.RFFT, (3, 4))); abs(fft(complex(x, y), 'ifft', (4,))); fft(complex(x, y), 'IRFFT', (6,))
abs(fft(x[:3], 'RFFT', (3,))); scan(lambda c, a: (c * a, c + a), x[0], y)[1]; fori_loop(0, 3, lambda n, v: v * x + n, y)
map(lambda v: v @ v, m); map(lambda v: v * 2., m, batch_size=2); associative_scan(jnp.multiply, m, axis=1)
associative_scan(add, x, reverse=True); cond(x[0] > 0, sin, cos, x); switch(i[2], [sin, cos, tan], x)
platform_dependent(x, cpu=sin, default=cos); reduce_window(m, -np.inf, max, (2, 2), padding=[(0, 1), (1, 0)])
fft(complex(m, m), 'IRFFT', (3, 6)); fft(complex(m[:, :3], m[:, :3]), 'IRFFT', (3, 5))
custom_linear_solve(lambda v: s[0, 0] * v, x, lambda f, v: v / s[0, 0], symmetric=True)
"""
)

TRACEABLE = (
    "; ".join(f"{n}(h)" for n in "abs neg sign floor ceil sqrt exp sin cos tanh is_finite round square".split())
    + """
abs(c); sign(c); sqrt(c); exp(c); sin(c); tanh(c); log(c); abs(i); neg(i); sign(i); bitwise_not(i); bitwise_not(b); population_count(u)
clz(u); square(i); bitwise_and(i, j); bitwise_or(b, b); bitwise_xor(i, j); shift_left(i, 2); shift_right_arithmetic(neg(i), 1)
shift_right_logical(u, u); add(i, 1); add(1, 2); add(x, 2.); mul(2., x); div(i, 2); rem(neg(i), 2); pow(x, 2); pow(x, i); max(c, conj(c))
eq(c, c); ne(i, j); lt(x, y); ge(x, 0.5); mulhi(u, u); clamp(0, i, 2); integer_pow(i, 2); round(h, RoundingMethod.TO_NEAREST_EVEN); imag(c)
exp(1.); abs(-2); convert_element_type(x, int); convert_element_type(i, 'float32'); convert_element_type(3, 'int8')
convert_element_type(2.5, float); bitcast_convert_type(x, 'int32'); bitcast_convert_type(u, 'int32'); bitcast_convert_type(i, 'uint8')
iota(int, 3); iota('bfloat16', 3); broadcasted_iota('int32', (2, 3), 1); full((2,), 3); full((2,), 2.5); full((2, 1), 3, 'float16')
full((), True); full_like(i, 2.7); full_like(x, 1, shape=(2,)); full_like(1., 2); full_like(x, 1, 'int8'); argmax(m, 1, 'int32')
argmin(x, 0, int); reduce_and(b, (0,)); reduce_or(i, (0,)); reduce_xor(i, (0,)); reduce(i, 0, bitwise_or, (0,))
reduce(b, True, bitwise_and, (0,)); reduce(i, np.iinfo('i').max, min, (0,)); reduce_window(i, 0, add, (2,)); sort(c)
sort(i, is_stable=False); sort((i, j), num_keys=2); top_k(i, 2); approx_max_k(x, 2); approx_min_k(x, 2, recall_target=0.9); cumsum(i)
cumsum(u); gather(x, ix, GatherDimensionNumbers((), (0,), (0,)), (1,), mode='fill')
gather(i, ix + 9, GatherDimensionNumbers((), (0,), (0,)), (1,), mode='fill', fill_value=7)
scatter(i, ix, j[:2], ScatterDimensionNumbers((), (0,), (0,)), mode='drop')
scatter_apply(x, ix, square, ScatterDimensionNumbers((), (0,), (0,)), update_shape=(2,)); broadcast_to_rank(x, 3); broadcast_like(1., m)
dot(i, j); dot(m, x, precision='highest'); dot(m, x, precision=(Precision.HIGH, Precision.DEFAULT))
dot_general(m, x, (((1,), (0,)), ((), ())), 'float32'); conv(z, k, (1, 1), 'VALID', preferred_element_type='float32')
scaled_dot(m, m.T.reshape(4, 3), lhs_scale=m[:, :2]); random_gamma_grad(x, y)
while_loop(lambda v: v[0] < 3, lambda v: (v[0] + 1, v[1] * 2.), (0, x)); scan(lambda c, _: (c + 1, c), 0, None, 3)
scan(lambda c, a: (c + a, None), 0, i, reverse=True, unroll=2); cond(True, lambda: 1, lambda: 2); cond(i[0], neg, abs, operand=i)
switch(9, [neg, abs], i); linalg.lu_pivots_to_permutation(jnp.array([1, 2, 2]), 4); linalg.householder_product(s, x[:3]); stop_gradient(i)
empty((2,), int) * 0; betainc(x, y, x); zeta(x + 1., y); nextafter(x, y); reduce_window(m, 1., mul, (2, 1))
reduce_window(m, -np.inf, max, (2, 2), window_dilation=(1, 2)); linalg.symmetric_product(m, s * x[0], alpha=2., beta=3.)
linalg.cholesky_update(jnp.triu(jnp.eye(4) + x), y)
"""
)


def traced(lib, table, env):
    return lib.jit(lambda env: [evaluate(r, lib, env) for r in table])(env)


@pytest.mark.filterwarnings("ignore")
@pytest.mark.parametrize("table", chunks(DIFFERENTIABLE + TRACEABLE), ids=lambda r: r[0])
def test_values(table):
    mine = variables(jaxgo)
    want = traced(jax()[0], table, variables(jax()[0]))
    for row, got, w in zip(table, traced(jaxgo, table, mine), want):
        check(got, w, row, 1e-4)
        check(evaluate(row, jaxgo, mine), w, row, 1e-4)


def gradients(lib, table, env):
    diff = {k: env[k] for k in "xymkzs"}

    def f(diff, row):
        out = leaves(evaluate(row, lib, {**env, **diff}))
        return sum((lib.numpy.cos(lib.numpy.real(v).astype("float32")) * 0.5 + lib.numpy.imag(v).astype("float32")).sum() for v in out)

    return lib.jit(lambda diff: [lib.grad(f)(diff, row) for row in table])(diff)


@pytest.mark.filterwarnings("ignore")
@pytest.mark.parametrize("table", chunks(DIFFERENTIABLE), ids=lambda r: r[0])
def test_gradients(table):
    want = gradients(jax()[0], table, variables(jax()[0]))
    for row, got, w in zip(table, gradients(jaxgo, table, variables(jaxgo)), want):
        for k in w:
            np.testing.assert_allclose(np.asarray(got[k]), np.asarray(w[k]), rtol=5e-4, atol=1e-4, err_msg=f"{row} by {k}")


ERRORS = """
add(x, i); add(x, m); sin(i); bitwise_and(x, x); pow(i, x); div(x, i); clamp(x, y, m); select(x, x, x); select(b, x, i); select_n(0)
concatenate([], 0); concatenate([x, i], 0); concatenate([x, m], 0); reshape(x, (2.5,)); transpose(m, (0, 0))
broadcast_in_dim(x, (3, 4), (0,)); squeeze(m, (0,)); expand_dims(x, (0, 0)); expand_dims(x, (5,)); pad(x, 0., [(1, 1, -1)])
pad(x, 0, [(1, 1, 0)]); rev(x, (1,)); dot(m, m); dot_general(m, m, (((0,), (1,)), ((), ()))); dot(x, x, precision='wrong')
batch_matmul(x, x); slice(x, (0,), (2,), (-1,)); index_in_dim(x, 9); dynamic_slice(x, (0, 0), (1,))
dynamic_slice(x, (-1,), (1,), allow_negative_indices=False); gather(x, ix, GatherDimensionNumbers((), (), (0,)), (1,))
gather(x, ix, GatherDimensionNumbers((), (0,), (0,)), (1,), mode='foo'); scatter(x, ix, y, ScatterDimensionNumbers((), (0,), (0,)))
sort(()); sort((x, y), num_keys=3); sort(x, num_keys=2); sort(x, 3); top_k(x, -1); top_k(x, 9); reduce_sum(x, (1,)); reduce_sum(x, (0, 0))
argmax(c, 0, int); cumsum(x, 2); cumsum(x, -1); reduce(x, (0.,), add, (0,)); reduce_window(x, 0., add, (0,))
reduce_window(x, 0., add, (1, 1)); conv(z, x, (1, 1), 'SAME'); conv(z, k, (1, 1), 'FOO'); conv(z, k, (1,), 'SAME')
conv_dimension_numbers((1, 2, 3), (1, 2, 3), ('NC', 'OI', 'NC')); conv_dimension_numbers((1, 2, 3), (1, 2, 3), ('NCH', 'OIH', 'NCW'))
conv_general_dilated(z, k, (1, 1), 'SAME', lhs_dilation=(2, 2)); iota(int, -1); full((2,), x); broadcasted_iota(int, (2,), 3)
broadcast_shapes((2,), (3,)); complex(i, i); bitcast_convert_type(c, int); Tolerance(); Tolerance(-1.); reduce_precision(x, 0, 2)
fft(x, 'FOO', (4,)); fft(c, 'RFFT', (4,)); fft(x, 'FFT', (3,)); psum(x, 'i'); axis_index('i'); ragged_dot(m, m, i); scaled_dot(x, x)
linalg.cholesky(m); linalg.triangular_solve(m, m); rng_bit_generator(x, (2,), float); scan(lambda c, a: c, 0, i)
scan(lambda c, a: (c, a), 0., 1.); scan(lambda c, a: (c, a), 0, (i, ix)); scan(lambda c, a: (c, a), 0, i, 3); scan(1, 0, i)
scan(lambda c, a: (c > 1, a), 0, i); scan(lambda c, a: (c, 'a'), 0, i); scan(lambda c, a: (c, a), 0, None)
scan(lambda c, a: (c, a), 0, i, unroll=-1); while_loop(lambda v: v, lambda v: v, 0); while_loop(lambda v: (True,), lambda v: v, 0)
while_loop(lambda v: True, lambda v: v * 1j, i); while_loop(1, 2, 3); fori_loop(0, 1., lambda n, v: v, 0)
lib.jit(lambda n: fori_loop(0, n, lambda k, v: v, 0, unroll=2))(1); cond(x, sin, cos, x); cond('a', sin, cos, x); cond(None, sin, cos, x)
cond(True, 1, cos, x); cond(True, lambda v: v, lambda v: (v, v), x); cond(True, lambda v: v, lambda v: v > 0, x)
cond(True, sin, cos, x, operand=x); switch(0.5, [sin], x); switch(0, [], x); switch(0, [sin, 1], x); switch(i, [sin], x)
associative_scan(1, x); associative_scan(add, (x, m)); custom_linear_solve(lambda v: v[1:], x, lambda f, v: v)
custom_root(lambda v: (v, v), x, lambda f, v: v, lambda g, v: v); platform_dependent(x, gpu=sin); stop_gradient('a')
GatherScatterMode.from_any('a'); Precision('a'); linalg.eigh(m)
scan(lambda c, a: ({'a': c['a'] > 1, 'b': c['b']}, a), {'a': 0, 'b': 1.}, i); scan(lambda c, a: ((c[0] > 1, c[1] * 1j), a), (0, 1.), i)
"""

# JAX's name classes, files or NumPy scalars.
OWN_WORDS = """
slice(x, (0,), (9,)); dynamic_slice(x, (0,), (9,)); integer_pow(x, 0.5); scan(lambda c, a: ((c, c), a), 0, i)
while_loop(lambda v: True, lambda v: (v, v), 0); switch(0, [sin, lambda v: v[1:]], x)
"""


def raised(row, lib):
    with pytest.raises(Exception) as e:
        evaluate(row, lib, variables(lib))
    return e.value, {c.__name__ for c in type(e.value).__mro__ if c.__module__ == "builtins"}


@pytest.mark.filterwarnings("ignore")
@pytest.mark.parametrize("table", chunks(ERRORS + OWN_WORDS), ids=lambda r: r[0])
def test_errors(table):
    own = rows(OWN_WORDS)
    for row in table:
        (got, classes), (want, theirs) = raised(row, jaxgo), raised(row, jax()[0])
        assert classes == theirs, f"{row}: {got!r}, JAX raises {want!r}"
        assert str(got).strip() == str(want).strip() or row in own, row


def test_signatures():
    """Names, defaults and keyword-only marks are JAX's."""
    theirs = jax()[0].lax
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
    lib = jax()[0]
    for f in (
        lambda lib, x: lib.lax.sin(x),
        lambda lib, x: lib.lax.dot(x, x),
        lambda lib, x: lib.lax.cumsum(x, 0),
        lambda lib, x: lib.lax.fft(x, "RFFT", (3,)),
        lambda lib, x: lib.lax.sort(x),
        lambda lib, x: lib.lax.reduce_window(x, -np.inf, lib.lax.max, (2,)),
        lambda lib, x: lib.lax.top_k(x, 2),
    ):
        got, want = (str(m.make_jaxpr(lambda x, m=m: f(m, x))(np.ones(3, "f"))) for m in (jaxgo, lib))
        assert got == want
