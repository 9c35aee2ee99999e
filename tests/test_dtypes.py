"""Elementwise functions, reductions and conversions on every dtype and on mixed ones: value, dtype, weak type, or the same exception as JAX's."""

import ml_dtypes
import numpy as np
import ops
import pytest
from oracle import all_types, batch, complain, difference, load

jax, jaxgo = load("jax"), load("jaxgo")
pytestmark = pytest.mark.filterwarnings("ignore")

INTEGERS = "int4 int8 int16 int32 uint4 uint8 uint16 uint32".split()
FLOATS = "bfloat16 float16 float32".split()
SMALL = "float8_e4m3fn float8_e5m2 float8_e4m3b11fnuz float8_e3m4 float8_e4m3 float8_e4m3fnuz float8_e5m2fnuz float8_e8m0fnu float4_e2m1fn int2 uint2".split()
DTYPES = ["bool", *INTEGERS, *FLOATS, "complex64", *SMALL]
WIDE = "int64 uint64 float64 complex128".split()
# One of each kind, for pairs.
KINDS = "bool int4 int8 uint8 int32 uint32 bfloat16 float16 float32 complex64 float8_e4m3fn float8_e5m2".split()
SCALARS = {"true": True, "three": 3, "half": 0.5, "unit": 1j}


def values(dtype):
    """Zeros of both signs, small and large numbers, infinities and nan, as far as the dtype has them."""
    d = np.dtype(getattr(ml_dtypes, dtype, dtype))
    if dtype == "bool":
        return np.array([True, False, True, False, True, True])
    if "complex" in dtype:
        return np.array([0, 1 + 2j, -0.5j, 3, -1 + 0.25j, 2 - 1j], d)
    if "int" in dtype:
        info = ml_dtypes.iinfo(d)
        return np.array([0, 1, info.max, info.min, info.max // 2, 1], np.int64 if dtype != "uint64" else np.uint64).astype(d)
    if dtype in SMALL:
        return np.array([0, 1, 0.5, 2, 1.5, 4], np.float32).astype(d)
    return np.array([0, -0.0, 0.7, -1.5, np.inf, np.nan], np.float32).astype(d)


def variables(lib, dtypes=DTYPES):
    """One array of six and one of two by three elements of each dtype, another order of them, and Python's scalars."""
    env = {}
    for d in dtypes:
        v = values(d)
        env |= {d: lib.numpy.asarray(v), d + "_": lib.numpy.asarray(v[::-1].copy()), d + "2": lib.numpy.asarray(v.reshape(2, 3))}
    return env


# What NumPy says to JAX about a dtype that it does not know, from behind a check that was meant to ask something else.
ACCIDENTS = ("Invalid integer data type 'V'", "not inexact", "value cannot be converted to int4", "cannot convert float infinity to integer")

# What goes wrong in JAX: the upper half of -56 in int4 is -4. XLA's softmax of a dtype without infinities gives other numbers, or NaN, each time
# that it runs, in both libraries.
DIFFERENT = {"mulhi(int4, int4_)", "softmax(float8_e4m3fn)"}

# Only types and conversions are compared of these: what XLA computes with them depends on its version, which may refuse
# them, or end the process (a concatenation of int2, a copy of int4 to another layout).
TYPE_ONLY = {d + suffix for d in SMALL if d not in ("float8_e4m3fn", "float8_e5m2") for suffix in ("", "_", "2")} | {"int42", "uint42"}

# Euclid's loop does not end, in either library, where the magnitude of the least number has no positive form.
ENDLESS = {f"{f}({d}, {d}_)" for f in ("gcd", "lcm") for d in ("uint4", "int4", "int8", "int16", "int32")}


def accident(e):
    return isinstance(e, (ValueError, OverflowError)) and any(text in str(e) for text in ACCIDENTS)


def evaluator(lib, module):
    return lambda row, env: ops.evaluate(row, lib, module, {**SCALARS, **env})


def by_type(module, rows, dtypes=DTYPES):
    """The rows that both libraries accept, after their types were found to agree."""
    got, want = (all_types(lib, rows, evaluator(lib, module), variables(lib, dtypes)) for lib in (jaxgo, jax))
    complain({r: refusal(got[r]) if accident(want[r]) else difference(got[r], want[r]) for r in rows})
    return [r for r in rows if not isinstance(want[r], Exception)]


def refusal(v):
    """Where JAX stumbles, jaxgo may have a value, or refuse in words of its own."""
    return None if not isinstance(v, Exception) or isinstance(v, (TypeError, ValueError)) else f"raises {v!r}"


def evaluated(lib, module, rows, env):
    """The values of rows by one program; where XLA refuses it, by two halves: what remains is the exception."""
    try:
        return batch(lib, rows, evaluator(lib, module), env)
    except Exception as e:
        if len(rows) == 1:
            return {rows[0]: e}
        n = len(rows) // 2
        return evaluated(lib, module, rows[:n], env) | evaluated(lib, module, rows[n:], env)


def compare(module, rows, computed=True):
    rows = [r for r in by_type(module, rows) if r not in ENDLESS and not (computed and ops.names(r) & TYPE_ONLY)]
    got, want = (evaluated(lib, module, rows, variables(lib)) for lib in (jaxgo, jax))
    complain({r: None if isinstance(want[r], Exception) else difference(got[r], want[r], 4) for r in rows if r not in DIFFERENT})


UNARY = {
    "lax": """abs acos acosh asin asinh atan atanh bessel_i0e bessel_i1e bitwise_not cbrt ceil clz conj cos cosh digamma erf erf_inv erfc exp exp2
        expm1 floor imag is_finite lgamma log log1p logistic neg population_count real reciprocal round rsqrt sign sin sinh sqrt square tan tanh
        integer_pow(X,3) integer_pow(X,-1) reduce_precision(X,5,2) stop_gradient""",
    "numpy": """abs acos acosh angle asin asinh atan atanh bitwise_count bitwise_not cbrt ceil conj cos cosh deg2rad exp exp2 expm1 fabs floor frexp i0
        imag invert isfinite isinf isnan isneginf isposinf isreal iscomplex log log10 log1p log2 logical_not modf nan_to_num negative positive rad2deg
        real reciprocal rint round sign signbit sin sinc sinh sqrt square tan tanh trunc spacing sort argsort
        ones_like zeros_like full_like(X,2) X.T X[1] X.at[0].set(1) X.at[1].add(X[2]) -X +X abs(X) ~X X*X""",
    "nn": """celu elu gelu hard_sigmoid hard_silu hard_tanh leaky_relu log_sigmoid log_softmax logsumexp relu relu6 selu sigmoid silu soft_sign softmax
        softplus sparse_plus squareplus standardize mish""",
}
BINARY = {
    "lax": """add sub mul div rem pow max min atan2 nextafter eq ne lt le gt ge bitwise_and bitwise_or bitwise_xor shift_left shift_right_arithmetic
        shift_right_logical complex mulhi dot""",
    "numpy": """add subtract multiply divide floor_divide remainder fmod divmod power float_power maximum minimum fmax fmin arctan2 hypot copysign
        heaviside logaddexp logaddexp2 nextafter ldexp gcd lcm equal not_equal less less_equal greater greater_equal logical_and logical_or logical_xor
        bitwise_and bitwise_or bitwise_xor left_shift right_shift matmul vdot outer kron isclose""",
}
# Those that compile long.
SPECIAL = {"lax": "igamma igammac polygamma zeta"}
REDUCTIONS = {
    "lax": """reduce_sum(X,(0,)) reduce_prod(X,(1,)) reduce_max(X,(0,1)) reduce_min(X,(0,)) reduce_and(X,(0,)) reduce_or(X,(1,)) reduce_xor(X,(0,))
        cumsum(X,0) cumprod(X,1) cummax(X,1) cummin(X,1) cumlogsumexp(X,1) argmax(X,1,'int32') argmin(X,0,'uint8') sort(X) top_k(X,2)
        reduce_window(X,0,add,(1,2)) clamp(X[0,0],X,X[1,2]) rev(X,(0,)) concatenate([X,X],0) pad(X,X[0,0],[(0,0,0),(1,1,0)]) select(X==X,X,X)
        dot_general(X,X,(((1,),(1,)),((),()))) dot_general(X,X,(((1,),(1,)),((),())),preferred_element_type='float32')""",
    "numpy": """sum(X) prod(X,0) max(X,1) min(X) any(X) all(X,0) mean(X) mean(X,0,dtype='float32') var(X,1) std(X) median(X) nansum(X) nanmax(X)
        nanmean(X,0) nanprod(X,1) nanmin(X) nancumsum(X) cumsum(X,1) cumprod(X,0) argmax(X) argmin(X,1) nanargmax(X) ptp(X) count_nonzero(X) average(X)
        sum(X,dtype='float32') sum(X,dtype='int32') trace(X) diff(X) where(X>X,X,X) clip(X,0,1) quantile(X,0.5) percentile(X,30) linalg.norm(X)
        einsum('ij,kj',X,X) unique(X,size=3) searchsorted(X[0],X[1]) isin(X,X) cov(X) digitize(X,X[0]) interp(X,X[0],X[1]) dot(X,X.T) tril(X)
        gradient(X) cross(X,X) trapezoid(X) nonzero(X,size=3) take(X,0,1) repeat(X,2,0) roll(X,1) pad(X,1) bincount(X[0],length=4)""",
}


def call(row, x):
    """A row of the tables above for the array x."""
    if row.isidentifier():
        return f"{row}({x})"
    return row.replace("X", x)


def groups(table, size):
    out = []
    for module in table:
        functions = table[module].split()
        pieces = [functions[i : i + size] for i in range(0, len(functions), size)]
        out += [pytest.param(module, p, id=f"{module}.{p[0]}") for p in pieces]
    return out


@pytest.mark.parametrize("module,functions", groups(UNARY, 12))
def test_unary(module, functions):
    compare(module, [call(f, d) for f in functions for d in DTYPES])


@pytest.mark.parametrize("module,functions", groups(BINARY, 8))
def test_binary(module, functions):
    compare(module, [f"{f}({d}, {d}_)" for f in functions for d in DTYPES])


@pytest.mark.slow
@pytest.mark.parametrize("module,functions", groups(SPECIAL, 1))
def test_special(module, functions):
    compare(module, [f"{f}({d}, {d}_)" for f in functions for d in DTYPES])


@pytest.mark.parametrize("module,functions", groups(REDUCTIONS, 12))
def test_reductions(module, functions):
    compare(module, [call(f, d + "2") for f in functions for d in DTYPES])


@pytest.mark.parametrize("to", DTYPES)
def test_conversions(to):
    rows = "X.astype('T') array(X,'T') lax.convert_element_type(X,'T') X.view('T') full_like(X,1,dtype='T') lax.bitcast_convert_type(X,'T')"
    compare("numpy", [f.replace("X", d).replace("T", to) for d in DTYPES for f in rows.split()], computed=False)


# ---- promotion: of two dtypes, or of one and a Python scalar ----


@pytest.mark.parametrize("module,functions", groups({"numpy": BINARY["numpy"]}, 8))
def test_promotion(module, functions):
    left = [*KINDS, *SCALARS]
    by_type(module, [f"{f}({a}, {b})" for f in functions for a in left for b in left if not (a in SCALARS and b in SCALARS)])


@pytest.mark.parametrize("module,functions", groups({"numpy": "add true_divide power maximum logical_and equal where(true,X,Y) X+Y X**Y X@Y"}, 4))
def test_promotion_of_all_dtypes(module, functions):
    every = [*DTYPES, *SCALARS]
    by_type(module, [f.replace("X", a).replace("Y", b) if "X" in f else f"{f}({a}, {b})" for f in functions for a in DTYPES for b in every])


@pytest.mark.parametrize("module,functions", groups({"numpy": BINARY["numpy"]}, 15))
def test_promotion_with_64_bits(module, functions):
    dtypes = [*KINDS, *WIDE]
    with jax.enable_x64(True), jaxgo.enable_x64(True):
        by_type(module, [f"{f}({a}, {b})" for f in functions for a in WIDE for b in [*dtypes, *SCALARS]], dtypes)


@pytest.mark.parametrize("module,functions", groups(UNARY, 60))
def test_types_with_64_bits(module, functions):
    dtypes = [*DTYPES, *WIDE]
    with jax.enable_x64(True), jaxgo.enable_x64(True):
        by_type(module, [call(f, d) for f in functions for d in dtypes], dtypes)


@pytest.mark.parametrize("module,functions", groups(REDUCTIONS, 60))
def test_types_of_reductions_with_64_bits(module, functions):
    dtypes = [*DTYPES, *WIDE]
    with jax.enable_x64(True), jaxgo.enable_x64(True):
        by_type(module, [call(f, d + "2") for f in functions for d in dtypes], dtypes)


@pytest.mark.parametrize("name", ["int2", "uint2", "int4", "uint4", "float4_e2m1fn"])
def test_transposed_elements_smaller_than_a_byte(name):
    """XLA's copy of them to another layout would end the process."""
    x = (np.arange(24) % 4).reshape(2, 3, 4).astype(np.dtype(getattr(ml_dtypes, name)))
    for perm in ((2, 1, 0), (0, 2, 1), (1, 0, 2)):
        y, z = jaxgo.jit(lambda v: (jaxgo.numpy.transpose(v, perm), v))(x)
        np.testing.assert_array_equal(np.asarray(y), x.transpose(perm))
        np.testing.assert_array_equal(np.asarray(z), x)
