"""The table of operations: expressions over a few small arrays that JAX, jaxgo and, where named, NumPy evaluate alike.

A row is an expression. `test_numpy.py` evaluates it in both libraries and compares values, shapes, dtypes and weak types;
for those in DIFFERENTIABLE also the gradient with respect to x, y and m.
"""

import numpy as np


def variables(asarray):
    """The arrays that expressions are made of, as the library's arrays."""
    r = np.random.RandomState(0)
    arrays = {
        "x": r.uniform(0.1, 0.9, 4).astype(np.float32),
        "y": r.uniform(0.2, 0.8, 4).astype(np.float32),
        "m": r.uniform(0.1, 0.9, (3, 4)).astype(np.float32),
        "a": np.array([[2, 1], [1, 3]], np.float32),
        "i": np.array([3, 0, 2, 2], np.int32),
        "j": np.array([1, 2, 5, 3], np.int32),
        "k": np.arange(12, dtype=np.int32).reshape(3, 4),
        "u": np.array([250, 1, 7, 128], np.uint8),
        "b": np.array([True, False, True, True]),
        "c": np.array([1 + 2j, -0.5j, 3, -1 + 1j], np.complex64),
        "h": np.array([0.5, -1.5, 2.5, 100], np.float16),
        "n": np.array([1, np.nan, np.inf, -np.inf], np.float32),
        "s": np.array([1, 3, 3, 7], np.float32),
        "e": np.zeros((0, 3), np.float32),
    }
    return {k: asarray(v) for k, v in arrays.items()}


DIFFERENTIABLE = """
abs(x - y); absolute(x); acos(x); acosh(x + 1); add(x, y); angle(x + 1j * y); arccos(x); arccosh(x + 1); arcsin(x); arcsinh(x); arctan(x)
arctan2(x, y); arctanh(x); asin(x); asinh(x); atan(x); atan2(x, y); atanh(x); average(m, 0, x[:3]); cbrt(x); clip(x, 0.3, 0.6)
concatenate([x, y]); convolve(x, y); copysign(x, y); correlate(x, y, 'full'); cos(x); cosh(x); cross(x[:3], y[:3]); cumprod(x); cumsum(m, 1)
cumulative_sum(x, include_initial=True); cumulative_prod(x); deg2rad(x); degrees(x); diag(x); diag(m); diagonal(m); diff(x); divide(x, y)
dot(m, x); einsum('ij,j->i', m, x); einsum('ij,ik->jk', m, m); exp(x); exp2(x); expm1(x); flip(x); float_power(x, y); fmax(x, y); fmin(x, y)
fmod(x, y); gradient(x); hypot(x, y); i0(x); imag(x * 1j); inner(x, y); interp(x, y[:1] + x, y); kron(x, y); linalg.norm(m); linalg.norm(x, 3)
linalg.vector_norm(x); log(x); log10(x); log1p(x); log2(x); logaddexp(x, y); logaddexp2(x, y); logspace(x[0], y[0], 3); linspace(x[0], y[0], 4)
geomspace(x[0], y[0], 3)
matmul(m, m.T); m @ x; matvec(m, x); max(x); maximum(x, y); mean(m, 0); median(x); min(m, 1); minimum(x, y); mod(x, y); multiply(x, y); nanmean(x)
nanmax(x); nanmin(x); nanprod(x); nanstd(x); nansum(x); nanvar(x); negative(x); outer(x, y); pad(x, 2); pad(m, ((0, 1), (2, 0)), 'edge')
pad(x, 2, mode='reflect'); pad(x, 2, mode='wrap'); pad(m, 1, mode='linear_ramp'); percentile(x, 30); polyval(x, y); positive(x); power(x, y); x ** 3
x ** y; prod(m, 1); ptp(x); quantile(x, 0.4); rad2deg(x); radians(x); ravel(m); real(x); reciprocal(x); remainder(x, y); repeat(x, 2); reshape(m, (4, 3))
resize(x, (2, 3)); roll(x, 1); rot90(m); sin(x); sinc(x); sinh(x); sort(x); sqrt(x); square(x); squeeze(m[:1]); stack([x, y]); std(m, 1); subtract(x, y)
sum(m, (0, 1)); sum(x, where=x > 0.4); swapaxes(m, 0, 1); take(x, i); take_along_axis(m, k % 3, 0); tan(x); tanh(x); tensordot(m, m, ((0,), (0,)))
tile(x, (2, 2)); trace(m); transpose(m); trapezoid(x, y); tril(m); triu(m, 1); true_divide(x, y); unwrap(x); vander(x, 3); var(x); vdot(x, y)
vecdot(m, x); vecmat(y[:3], m); vstack([x, y]); where(x > y, x, y); x[i]; x[1:3]; m[::2, -1]; m[:, i]; x[None]; m[1]; m[..., 0]; x.at[1].set(y[0])
x.at[i].add(y); x.at[j % 4].multiply(y, unique_indices=True); x.at[:2].min(y[:2]); x.at[i].max(y); x.at[1].divide(y[1]); x.at[2].power(y[2]); x.at[i].get(mode='clip')
x.at[jnp.array([0, 9])].get(mode='fill', fill_value=0.); select([x > 0.5, x > 0.2], [x, y], 0.); logaddexp.reduce(x); add.outer(x, y)
piecewise(x, [x < 0.5], [lambda v: v * v, lambda v: 2 * v]); vectorize(lambda p, q: p @ q, signature='(n),(n)->()')(m, x)
apply_along_axis(lambda v: v * v.sum(), 1, m); block([[x], [y]]); cov(m); corrcoef(m); insert(x, 1, y[0]); append(x, y); nan_to_num(x)
histogram(x, 3, range=(0., 1.), weights=y)[0]; choose(jnp.array([0, 1, 0, 1]), [x, y], mode='clip'); expand_dims(x, 0); moveaxis(m, 0, 1); hstack([x, y])
dstack([x, y]); column_stack([x, y]); broadcast_to(x, (2, 4)); atleast_2d(x); split(m, 2, 1)[1]; unstack(m)[0]; polymul(x, y); polyadd(x, y)
polysub(x, y); polyder(x); polyint(x); polydiv(x, y[:2])[0]; linalg.matrix_power(m @ m.T, 3); linalg.multi_dot([m, m.T, m]); ediff1d(x)
linalg.cholesky(a + x[0] * eye(2)); linalg.qr(m.T)[1]; linalg.eigvalsh(a * x[0]); fft.fftshift(x); delete(x, 1); extract(b, x, size=3)
compress(b, x, size=3); fill_diagonal(m[:, :3], x[:1], inplace=False); put(x, jnp.array([1]), y[:1], inplace=False); place(x, b, y, inplace=False)
put_along_axis(x, i[:2], y[:2], 0, inplace=False); astype(x, 'float16'); x.astype(complex).real; copy(x); array([x, y]); array([[x[0], 1.], [2, y[1]]])
asarray(x); full_like(x, y[0]); x.T; m.mT; m.sum(0).mean(); -x; +x; 2 - x; 2 / x; x // y; x % y; abs(-x); x.clip(0.2, 0.5); x.reshape(2, 2); x.ravel()
"""

TRACEABLE = """
all(b); any(m > 0.5, 1); allclose(x, x); amax(k); amin(k, 0); arange(5); arange(1, 2, 0.3); arange(3, dtype='bfloat16'); argmax(m, 1); argmin(x)
argpartition(x, 2); argsort(x); argsort(i, descending=True); array(1); array(1.5); array(True); array(1j); array([1, 2.]); array([]); array(3, 'int8')
array([1, 2], ndmin=3); array_equal(x, x); array_equiv(x, x[None]); array_split(i, 3); around(x, 1); atleast_1d(1.); atleast_3d(x); bartlett(5)
bincount(i, length=5); bincount(i, x, length=4); bitwise_and(i, j); bitwise_count(u); bitwise_invert(u); bitwise_left_shift(i, 2); bitwise_not(b)
bitwise_or(i, j); bitwise_right_shift(j, 1); bitwise_xor(i, j); blackman(5); broadcast_arrays(x, m); ceil(h); choose(i % 2, [i, j], mode='wrap'); conj(c)
conjugate(c); count_nonzero(i); cumsum(b); cumsum(u); diag_indices(3); digitize(x, s); divmod(j, 2); divmod(-x, y); empty(2); equal(i, j); eye(2, 3, 1)
eye(2, dtype=int); fabs(x); flatnonzero(i, size=3); fliplr(m); flipud(m); floor(h); floor_divide(i, j); floor_divide(-j, 2); frexp(x); full(3, 7)
full(2, 1.5, int); full((2, 2), x[0]); full_like(i, 2.7); gcd(i, j); greater(i, j); greater_equal(x, y); hamming(4); hanning(4); heaviside(x, 0.5)
histogram(x, 4)[1]; identity(2); indices((2, 3)); intersect1d(i, j, size=3); invert(i); isclose(x, y); iscomplex(c); isfinite(n); isin(i, j); isinf(n)
isnan(n); isneginf(n); isposinf(n); isreal(c); ix_(i, j); kaiser(4, 2.); lcm(i, j); ldexp(x, i); left_shift(i, j); less(i, j); less_equal(x, y)
lexsort((i, j)); linspace(0, 1, 5); linspace(0, 10, 4, dtype=int); linspace(0, 1, 3, retstep=True); logical_and(b, i); logical_not(i); logical_or(b, i)
logical_xor(b, i); logspace(0, 2, 3); mask_indices(3, jnp.triu, size=6); meshgrid(x, y); mod(-j, 3); modf(h); nanargmax(n); nanargmin(n); nancumprod(n)
nancumsum(n); nanmedian(n); nanpercentile(n[:2], 50); nanquantile(n[:2], 0.5); nan_to_num(n); nextafter(x, y); nonzero(i, size=3, fill_value=-1)
not_equal(i, j); ones(2, 'int16'); ones_like(c); packbits(b); partition(i, 1); permute_dims(m, (1, 0)); pow(i, 2); power(j, i); i ** 2; 2 ** i; prod(i)
ravel_multi_index((i % 3, i), (3, 4), mode='clip'); rint(h); rint(i); round(x, 2); rollaxis(m, 1); searchsorted(s, x * 8); searchsorted(s, s, 'right')
setdiff1d(i, j, size=2); setxor1d(i, j, size=4); sign(h); sign(c); signbit(h); sort(c); sort(i, descending=True); sort_complex(c); spacing(x)
std(c); sum(b); sum(u); sum(h); sum(i, dtype='float32'); sum(e, 0); max(e, 0, initial=-1.); mean(i); mean(h); var(c); take(i, jnp.array([9])); tri(3, 4, 1)
tril_indices(3); triu_indices(3, 1); trunc(h); union1d(i, j, size=6); unique(i, size=4); unique(i, size=4, return_counts=True, return_inverse=True)
unpackbits(u); unravel_index(i, (2, 2)); vander(i, 3); where(b, 1, 2); where(b, i, 2.); where(b, 1, 2.); zeros((2, 0)); zeros_like(m, int); zeros(3, bool)
add(u, 1); add(u, i); add(h, 1.); add(h, x); add(i, 1.5); add(b, b); add(b, 1); c * 2; c + x; u * -1; i / j; u / u; b / 1; x > 0; i == 3; ~b; -u; b & True
i & 3; i << 1; u >> 1; b | b; i ^ j; abs(c); h // 2; i % 2; divmod(i, 2); 1 + i; 1. + i; x * True; maximum(i, 2.); minimum(u, 3); x.at[i].set(1); i.at[0].set(2.7)
u.at[1].add(255); b.at[0].set(0); float32(2); int8(7); bfloat16(1.5); bool_(3); complex64(1); x.astype('bfloat16'); h.astype(int); x.view('int32')
u.view('uint16'); c.view('float32'); i.astype(bool); n.astype(int); add.reduce(k); add.reduce(k, 1); multiply.reduce(i); maximum.reduce(k, 1)
bitwise_or.reduce(i); logical_and.reduce(b); add.accumulate(i); multiply.accumulate(j); subtract.accumulate(i); subtract.reduce(j)
add.at(i, jnp.array([0, 0]), 5, inplace=False); maximum.at(i, 0, 9, inplace=False); add.reduceat(i, jnp.array([0, 2])); multiply.outer(i, j)
frompyfunc(lambda p, q: p * q + 1, 2, 1)(i, j); fromfunction(lambda p, q: p + q, (2, 3)); apply_over_axes(jnp.sum, k, (0, 1)); fft.fftfreq(5)
fft.rfftfreq(5, 0.5); fft.ifftshift(i); mgrid[0:2, 0:3]; ogrid[0:2, 0:1:3j]; r_[1:3, 5, 2.]; c_[i, j]; linalg.matrix_norm(m, ord=1); linalg.cross(x[:3], y[:3])
linalg.outer(i, j); linalg.trace(a); linalg.diagonal(a); linalg.tensordot(a, a); linalg.vecdot(x, y); linalg.norm(i); nanvar(n[:2]); ptp(i); median(i)
percentile(i, jnp.array([25, 50])); quantile(h, 0.5); average(i); average(k, 1); average(k, returned=True); cumulative_sum(i); trapezoid(i); unwrap(h); interp(0.5, x.sort(), y); convolve(i, j)
correlate(i, j); poly(i); polyval(i, 2); outer(i, j); inner(i, j); vdot(c, c); dot(i, j); matmul(k, k.T); einsum('i,i', i, j); tensordot(k, k, 2); kron(i, j)
tile(i, 2); repeat(i, 2, 0); roll(k, (1, 1), (0, 1)); triu(k); tril(b[None] & b[:, None]); trace(k); rot90(k, 2); insert(i, 0, 9); concat([i, x])
stack([i, x]); vstack([u, i]); hstack([1, 2.]); dsplit(k[None], 2); vsplit(k[:2], 2); hsplit(k, 2); geomspace(1, 8, 4); cov(k); histogram2d(x, y, 2)[0]
histogramdd(m, 2)[0]; compress(b, i, size=2); select([i > 2, i > 1], [i, j], 9); diff(b); diff(i, 2); ediff1d(i, 9, 8); gradient(i); result_type(i, 1.5)
promote_types('int8', 'uint8'); issubdtype(h.dtype, floating); isdtype(i.dtype, 'integral'); broadcast_shapes((2, 1), (3,)); shape(m); ndim(m); size(m, 1)
iscomplexobj(c); isrealobj(c); isscalar(1.); can_cast('int8', 'int16'); finfo('bfloat16').eps; iinfo('int4').max; einsum_path('ij,jk', a, a)[0]
"""

EAGER = """
nonzero(i); flatnonzero(i); argwhere(i); where(i); unique(i); unique(k % 3, axis=0); unique_all(i); unique_counts(i); unique_inverse(i); unique_values(n)
union1d(i, j); intersect1d(i, j); intersect1d(i, j, return_indices=True); setdiff1d(i, j); setxor1d(i, j); bincount(i); x[b]; m[:, b]; x[x > 0.4]; extract(b, i)
compress(b, x); trim_zeros(jnp.array([0, 1, 0])); repeat(i, jnp.array([1, 0, 2, 1])); delete(i, jnp.array([0, 2])); delete(i, slice(1, 3)); roll(i, -1)
choose(i % 2, [i, j]); ravel_multi_index((i % 3, i), (3, 4)); mask_indices(3, jnp.tril); histogram_bin_edges(x, 3); frombuffer(b'\\x01\\x02', 'uint8')
fromstring('1 2', int, sep=' '); array(range(3)); array(memoryview(b'ab')); polydiv(s, s[:2], trim_leading_zeros=True); x.tolist(); i.tobytes(); float(x[0])
i.item(2); list(i); len(m); 3 in i; str(x > 0); repr(i); repr(m[0, 0]); f'{x[0]:.2f}'; x.nbytes; m.ndim; x.weak_type; array(1.).weak_type; array(2.5)
i.at[9].get(mode='fill', fill_value=-1); i[9]; i[-9]; i.at[9].set(1); i.at[7].set(1, mode='clip'); jnp.array([[1, 2], [3, 4]]).T; h; u; c; n
"""


def rows(table):
    """The expressions of a table."""
    return [e.strip() for line in table.strip().split("\n") for e in _split(line) if e.strip()]


def _split(line):
    out, depth, cur = [], 0, ""
    for ch in line:
        depth += (ch in "([{") - (ch in ")]}")
        if ch == ";" and depth == 0:
            out.append(cur)
            cur = ""
        else:
            cur += ch
    return [*out, cur]


def evaluate(expression, jnp, env):
    """The value of an expression with jnp's functions."""
    return eval(expression, {}, Names(jnp, env))


class Names(dict):
    """The names of an expression: variables first, then jnp's, then a few of Python's."""

    def __init__(self, jnp, env):
        self.jnp, self.env = jnp, {"jnp": jnp, "list": list, "len": len, "float": float, "str": str, "repr": repr, "range": range,
                                   "memoryview": memoryview, "int": int, "complex": complex, "slice": slice, "bool": bool, **env}

    def __missing__(self, name):
        if name in self.env:
            return self.env[name]
        return getattr(self.jnp, name)
