"""The table of operations: expressions over a few small arrays that JAX and jaxgo evaluate alike.

A row is an expression; a bare name in it is one of the arrays below or a member of the row's module. What is done with a row
depends on the table that it stands in: test_ops.py compares values, jit and vmap (and for DIFFERENTIABLE derivatives of order 1 and 2),
test_dtypes.py evaluates it with arrays of all dtypes, test_x64.py in double precision against central differences.
A new function of a module needs a row, or a reason in NO_ROW.
"""

import ast
import functools

import numpy as np


def arrays():
    """The arrays of which expressions are made; all floats lie where every function of a row is smooth."""
    r = np.random.RandomState(0)
    x, y, m = r.uniform(0.1, 0.9, 4), r.uniform(0.2, 0.8, 4), r.uniform(0.1, 0.9, (3, 4))
    return {
        "x": x.astype(np.float32),
        "y": y.astype(np.float32),
        "m": m.astype(np.float32),
        "a": np.array([[2, 1], [1, 3]], np.float32),
        "v": r.uniform(-4, 4, (3, 4)).astype(np.float32),
        "w": r.uniform(-1, 1, (2, 3, 3, 3)).astype(np.float32),
        "z": r.uniform(-1, 1, (2, 3, 5, 6)).astype(np.float32),
        "g": np.array([[4, 1, 0], [1, 3, 1], [0, 1, 5]], np.float32),
        "n": np.array([1, np.nan, np.inf, -np.inf], np.float32),
        "s": np.array([1, 3, 3, 7], np.float32),
        "e": np.zeros((0, 3), np.float32),
        "i": np.array([3, 0, 2, 2], np.int32),
        "j": np.array([1, 2, 5, 3], np.int32),
        "k": np.arange(12, dtype=np.int32).reshape(3, 4),
        "ix": np.array([[2], [0]], np.int32),
        "u": np.array([250, 1, 7, 128], np.uint8),
        "b": np.array([True, False, True, True]),
        "c": np.array([1 + 2j, -0.5j, 3, -1 + 1j], np.complex64),
        "h": np.array([0.5, -1.5, 2.5, 100], np.float16),
    }


def variables(lib):
    """The arrays as the library's, and a key."""
    return {"key": lib.random.key(7), **{k: lib.numpy.asarray(v) for k, v in arrays().items()}}


# The arrays that derivatives are taken of.
FLOATS = ("x", "y", "m", "v", "w", "z", "g")

DIFFERENTIABLE, TRACEABLE, EAGER = {}, {}, {}

DIFFERENTIABLE["numpy"] = """
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
x.at[i].add(y); x.at[jnp.array([3, 0, 1, 2])].multiply(y, unique_indices=True); x.at[:2].min(y[:2]); x.at[i].max(y); x.at[1].divide(y[1]); x.at[2].power(y[2]); x.at[i].get(mode='clip')
x.at[jnp.array([0, 9])].get(mode='fill', fill_value=0.); select([x > 0.5, x > 0.2], [x, y], 0.); logaddexp.reduce(x); add.outer(x, y)
piecewise(x, [x < 0.5], [lambda v: v * v, lambda v: 2 * v]); vectorize(lambda p, q: p @ q, signature='(n),(n)->()')(m, x)
apply_along_axis(lambda v: v * v.sum(), 1, m); block([[x], [y]]); cov(m); corrcoef(m); insert(x, 1, y[0]); append(x, y); nan_to_num(x)
histogram(x, 3, range=(0., 1.), weights=y)[0]; choose(jnp.array([0, 1, 0, 1]), [x, y], mode='clip'); expand_dims(x, 0); moveaxis(m, 0, 1); hstack([x, y])
dstack([x, y]); column_stack([x, y]); broadcast_to(x, (2, 4)); atleast_2d(x); split(m, 2, 1)[1]; unstack(m)[0]; polymul(x, y); polyadd(x, y)
polysub(x, y); polyder(x); polyint(x); polydiv(x, y[:2])[0]; linalg.matrix_power(m @ m.T, 3); linalg.multi_dot([m, m.T, m]); linalg.matmul(m, m.T); ediff1d(x)
linalg.cholesky(a + x[0] * eye(2)); linalg.qr(m.T)[1]; linalg.eigvalsh(a * x[0]); fft.fftshift(x); delete(x, 1); extract(b, x, size=3)
compress(b, x, size=3); fill_diagonal(m[:, :3], x[:1], inplace=False); put(x, jnp.array([1]), y[:1], inplace=False); place(x, b, y, inplace=False)
put_along_axis(x, i[:2], y[:2], 0, inplace=False); astype(x, 'float16'); x.astype(complex).real; copy(x); array([x, y]); array([[x[0], 1.], [2, y[1]]])
asarray(x); full_like(x, y[0]); x.T; m.mT; m.sum(0).mean(); -x; +x; 2 - x; 2 / x; x // y; x % y; abs(-x); x.clip(0.2, 0.5); x.reshape(2, 2); x.ravel()
matrix_transpose(m); linalg.matrix_transpose(m); diagflat(x); polyfit(x, y, 1); linalg.det(a * x[0]); linalg.slogdet(a + x[0])[1]; linalg.inv(a * x[0])
linalg.solve(a, x[:2]); linalg.svd(m, compute_uv=False); linalg.svdvals(m); linalg.pinv(m); linalg.lstsq(m.T, x)[0]; linalg.cond(a * x[0])
linalg.tensorinv(a * x[0], 1); linalg.tensorsolve(a, x[:2]); linalg.eigh(a * x[0])[0]; linalg.matrix_norm(m); abs(fft.fft(x)); abs(fft.ifft(x + 1j * y))
abs(fft.fft2(m)); abs(fft.ifft2(m)); abs(fft.fftn(m)); abs(fft.ifftn(m)); abs(fft.rfft(x)); fft.irfft(x + 1j * y); abs(fft.rfft2(m)); fft.irfft2(m + 0j)
abs(fft.rfftn(m)); fft.irfftn(m + 0j); fft.hfft(x + 1j * y); abs(fft.ihfft(x)); abs(fft.fft(x, 6, norm='ortho'))
lib.vmap(lambda v: sum(v, 'q') * v, axis_name='q')(m); lib.vmap(lambda v: v.mean(('q', 0)) * v, axis_name='q')(m)
lib.vmap(lambda v: var(v, 'q', keepdims=True), axis_name='q')(m); lib.vmap(lambda v: std(v, ('q', -1)), axis_name='q')(m)
lib.vmap(lib.jit(lambda v: mean(v, 'q', where=v > 0.)), axis_name='q')(m); lib.vmap(lambda v: max(v, 'q', initial=0.3), axis_name='q')(m)
lib.vmap(lambda v: nanmean(v, ('q',)) + mean(x, 'q') + count_nonzero(v, 'q'), axis_name='q')(m); lib.vmap(lambda v: ptp(v, ('q', 0)), axis_name='q')(m)
lib.vmap(lambda v: lib.vmap(lambda u: sum(u, ('p', 'q')), axis_name='p')(v), axis_name='q')(m)
"""
TRACEABLE["numpy"] = """
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
diag_indices_from(k[:, :3]); tril_indices_from(k); triu_indices_from(k, 1); empty_like(i) * 0; right_shift(j, 1); iterable(x); fabs(x)
linalg.matrix_rank(m); linalg.det(a); linalg.slogdet(a); fft.fft(c); fft.fft(i); linalg.qr(m)[1] ** 2; linalg.svd(m)[1]; linalg.eigh(a)[0]
isnan(x).astype('int8'); x.real; c.imag; k.sum(0, dtype='int16'); i.prod(); m.std(ddof=1); b.any(); i.argmax(); m.argsort(1); i.cumprod(); k.trace()
m.min(1, keepdims=True); m.ptp(0); i.searchsorted(2); x.dot(y); x.conj(); k.diagonal(1); i.nonzero(size=4); i.take(jnp.array([1])); x.var()
k.flatten(); m.squeeze(); x.repeat(2); m.swapaxes(0, 1); m.transpose(1, 0); b.all(keepdims=True); x.round(1); i.sort(); m.mean(0)
"""
EAGER["numpy"] = """
nonzero(i); flatnonzero(i); argwhere(i); where(i); unique(i); unique(k % 3, axis=0); unique_all(i); unique_counts(i); unique_inverse(i); unique_values(n)
union1d(i, j); intersect1d(i, j); intersect1d(i, j, return_indices=True); setdiff1d(i, j); setxor1d(i, j); bincount(i); x[b]; m[:, b]; x[x > 0.4]; extract(b, i)
compress(b, x); trim_zeros(jnp.array([0, 1, 0])); repeat(i, jnp.array([1, 0, 2, 1])); delete(i, jnp.array([0, 2])); delete(i, slice(1, 3)); roll(i, -1)
choose(i % 2, [i, j]); ravel_multi_index((i % 3, i), (3, 4)); mask_indices(3, jnp.tril); histogram_bin_edges(x, 3); frombuffer(b'\\x01\\x02', 'uint8')
fromstring('1 2', int, sep=' '); array(range(3)); array(memoryview(b'ab')); polydiv(s, s[:2], trim_leading_zeros=True); x.tolist(); i.tobytes(); float(x[0])
i.item(2); list(i); len(m); 3 in i; str(x > 0); repr(i); repr(m[0, 0]); f'{x[0]:.2f}'; x.nbytes; m.ndim; x.weak_type; array(1.).weak_type; array(2.5)
i.at[9].get(mode='fill', fill_value=-1); i[9]; i[-9]; i.at[9].set(1); i.at[7].set(1, mode='clip'); jnp.array([[1, 2], [3, 4]]).T; h; u; c; n
linalg.eig(a)[0]; linalg.eigvals(a); roots(s); array_repr(x > 0); array_str(i); from_dlpack(x); get_printoptions()['precision']
array_repr(m, precision=3); iterable(3)
"""

_UNARY = """abs acos asin asinh atan atanh cbrt ceil cos cosh digamma erf erf_inv erfc exp exp2 expm1 floor lgamma log log1p logistic neg reciprocal round
rsqrt sign sin sinh sqrt square tan tanh bessel_i0e bessel_i1e""".split()
DIFFERENTIABLE["lax"] = "; ".join(f"{n}(x)" for n in _UNARY) + """
acosh(x + 1.); add(x, y); atan2(x, y); clamp(0.3, x, 0.6); complex(x, y); conj(complex(x, y)); div(x, y); integer_pow(x, 3); max(x, y)
min(x, y); mul(x, y); pow(x, y); rem(y, x); sub(x, 1.); real(complex(x, y)); igamma(x, y); polygamma(1., x); reshape(m, (4, 3))
reshape(m, (12,), (1, 0)); transpose(m, (1, 0)); broadcast(x, (2,)); broadcast_in_dim(x, (4, 3), (0,)); expand_dims(x, (0, 2))
squeeze(m[:1], (0,)); rev(m, (1,)); concatenate([x, y], 0); split(x, (1, 3))[1]; stack([x, y], 1); unstack(m, 1)[2]; tile(x, (3,))
collapse(m, 0); pad(x, 0., [(1, -1, 2)]); pad(x, y[0], [(1, 1, 0)]); select(b, x, y); select_n(i, x, y, x * y, x + y)
convert_element_type(x, 'float16'); reduce_precision(x, 8, 3); stop_gradient(x) * y; optimization_barrier((x, y))[1]; dot(m, x)
dot_general(m, m, (((1,), (1,)), ((), ()))); dot_general(m, m, (((), ()), ((0,), (0,))), preferred_element_type='float32')
batch_matmul(w[0], w[1]); slice(m, (0, 1), (3, 4), (2, 1)); slice_in_dim(m, 1, -1, axis=1); index_in_dim(m, -1, 1, keepdims=False)
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
betainc(2., 3., x); reduce_window(m, jnp.inf, min, (1, 2), (1, 1), 'VALID'); reduce_window(m, -jnp.inf, max, (2, 1), (1, 1), 'VALID')
conv(z, w, (1, 1), 'SAME'); conv_with_general_padding(z, w, (2, 1), [(1, 0), (0, 2)], (1, 2), (2, 1))
conv_transpose(z, w, (2, 2), 'SAME', dimension_numbers=('NCHW', 'OIHW', 'NCHW')); conv_general_dilated_patches(z, (2, 2), (1, 1), 'VALID')
ragged_dot(m, w[:, :, 0].reshape(2, 3, 3)[:, :1].repeat(4, 1), jnp.array([1, 2])); linalg.cholesky(g + x[0])
linalg.triangular_solve(g, m[:, :3], lower=True); linalg.triangular_solve(g, x[:3], left_side=True, lower=True, transpose_a=True)
linalg.eigh(g + x[0])[1]; abs(linalg.qr(g + x[0], full_matrices=False)[1]); linalg.tridiagonal_solve(x, y + 2., x, m.T)
abs(fft(x, 'FFT', (4,))); abs(fft(m, FftType.RFFT, (3, 4))); abs(fft(complex(x, y), 'ifft', (4,))); fft(complex(x, y), 'IRFFT', (6,))
abs(fft(x[:3], 'RFFT', (3,))); scan(lambda c, a: (c * a, c + a), x[0], y)[1]; fori_loop(0, 3, lambda n, v: v * x + n, y)
map(lambda v: v @ v, m); map(lambda v: v * 2., m, batch_size=2); associative_scan(jnp.multiply, m, axis=1)
associative_scan(add, x, reverse=True); cond(x[0] > 0, sin, cos, x); switch(i[2], [sin, cos, tan], x)
platform_dependent(x, cpu=sin, default=cos); reduce_window(m, -np.inf, max, (2, 2), padding=[(0, 1), (1, 0)])
fft(complex(m, m), 'IRFFT', (3, 6)); fft(complex(m[:, :3], m[:, :3]), 'IRFFT', (3, 5))
custom_linear_solve(lambda v: g[0, 0] * v, x, lambda f, v: v / g[0, 0], symmetric=True)
igammac(x, y); conv_general_dilated_local(z, jnp.tile(w.reshape(2, 27, 1, 1), (1, 1, 5, 6)), (1, 1), 'SAME', (3, 3))
lib.vmap(lambda v: v - pmean(v, 'q'), axis_name='q')(m); lib.vmap(lambda v: psum(v, 'q') * v, axis_name='q')(m)
lib.vmap(lambda v: ppermute(v, 'q', [(0, 1), (1, 2), (2, 0)]), axis_name='q')(m); lib.vmap(lambda v: all_gather(v, 'q'), axis_name='q')(m)
lib.vmap(lambda v: all_to_all(v, 'q', 0, 0), axis_name='q')(m[:, :3]); lib.vmap(lambda v: psum_scatter(v, 'q'), axis_name='q')(m[:, :3])
lib.vmap(lambda v: pswapaxes(v, 'q', 0), axis_name='q')(m[:, :3]); lib.vmap(lambda v: pshuffle(v, 'q', [1, 2, 0]), axis_name='q')(m)
scatter_min(x, ix, y[:2], ScatterDimensionNumbers((), (0,), (0,))); linalg.lu(g)[0]
linalg.svd(m, full_matrices=False, compute_uv=False); custom_root(lambda v: v * v - x, y + 1., lambda f, v: sqrt(x), lambda f, t: t / f(jnp.ones_like(t)))
conv_general_dilated(z, w, (1, 2), 'VALID', dimension_numbers=('NCHW', 'OIHW', 'NHWC')); abs(linalg.qr(m)[1]); dce_sink(x) or x
ragged_dot_general(x[:, None], m.reshape(2, 1, 6), jnp.array([1, 3]), RaggedDotDimensionNumbers((((1,), (1,)), ((), ())), [0], [0]))
lib.vmap(lambda v: v * psum(v, ('q', 0)), axis_name='q')(m); psum(m, (0,)) * x; lib.vmap(lambda v: v[0] + axis_size('q') * psum(x, 'q'), axis_name='q')(m)
reduce_window(m, 1., lambda p, q: p * q, (2, 2), (1, 1), 'VALID'); while_loop(lambda s: s[0] < 3, lambda s: (s[0] + 1, s[1] * y), (0, x))[1]
abs(linalg.eig(g + x[0], compute_left_eigenvectors=False, compute_right_eigenvectors=False)[0]); lib.device_put(x) * y
lib.checkpoint(lambda v: sin(sin(v)))(x); approx_max_k(x, 2)[0]; lib.ad_checkpoint.checkpoint_name(x, 'a') * y
composite(lambda v: sin(v) * 2., 'my.sin2')(x); lib.custom_derivatives.linear_call(lambda r, v: r * v, lambda r, t: r * t, u * 0.5, y)
lib.vmap(lambda v: v * pmax(v, 'q'), axis_name='q')(m); lib.vmap(lambda v: v * pmin(v, ('q', 0)), axis_name='q')(m)
"""
TRACEABLE["lax"] = "; ".join(f"{n}(h)" for n in "abs neg sign floor ceil sqrt exp sin cos tanh is_finite round square".split()) + """
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
dot_general(m, x, (((1,), (0,)), ((), ())), 'float32'); conv(z, w, (1, 1), 'VALID', preferred_element_type='float32')
scaled_dot(m, m.T.reshape(4, 3), lhs_scale=m[:, :2]); random_gamma_grad(x, y)
while_loop(lambda v: v[0] < 3, lambda v: (v[0] + 1, v[1] * 2.), (0, x)); scan(lambda c, _: (c + 1, c), 0, None, 3)
scan(lambda c, a: (c + a, None), 0, i, reverse=True, unroll=2); cond(True, lambda: 1, lambda: 2); cond(i[0], neg, abs, operand=i)
switch(9, [neg, abs], i); linalg.lu_pivots_to_permutation(jnp.array([1, 2, 2]), 4); linalg.householder_product(g, x[:3]); stop_gradient(i)
empty((2,), int) * 0; betainc(x, y, x); zeta(x + 1., y); nextafter(x, y); reduce_window(m, 1., mul, (2, 1))
reduce_window(m, -np.inf, max, (2, 2), window_dilation=(1, 2)); linalg.symmetric_product(m, g * x[0], alpha=2., beta=3.)
linalg.cholesky_update(jnp.triu(jnp.eye(4) + x), y)
mulhi(i << 28, j << 28)
igamma_grad_a(x, y); gt(x, y); le(i, j); lib.vmap(lambda v: v * axis_index('q'), axis_name='q')(m); lib.vmap(lambda v: axis_size('q'), axis_name='q')(m)
after_all() is None; create_token() is None; shape_as_value((2, 3)); conv_general_permutations(('NCHW', 'OIHW', 'NHWC'))
conv_general_shape_tuple((2, 3, 5, 6), (2, 3, 3, 3), (1, 1), 'SAME', ('NCHW', 'OIHW', 'NCHW')); conv_shape_tuple((2, 3, 5), (2, 3, 3), (1,), [(0, 0)])
conv_transpose_shape_tuple((2, 3, 5, 6), (2, 3, 3, 3), (1, 1), 'SAME', ('NCHW', 'OIHW', 'NCHW')); padtype_to_pads((5, 6), (3, 3), (1, 2), 'SAME')
reduce_window_shape_tuple((5, 6), (2, 2), (1, 1), [(0, 0), (1, 0)]); with_sharding_constraint(x, lib.sharding.SingleDeviceSharding(lib.devices()[0]))
linalg.lu(g)[1]; linalg.ormqr(g, x[:3], g); linalg.hessenberg(g)[0]; linalg.tridiagonal(g)[1]; linalg.schur(g)[0]; linalg.qdwh(g)[0]; broadcast_shapes((2, 1), (3,))
conv_dimension_numbers((2, 3, 5, 6), (2, 3, 3, 3), None); sort(b); rng_uniform(0., 1., (2,)) * 0; dtype(x)
rng_bit_generator(jnp.arange(4, dtype='uint32'), (3,)); rng_bit_generator(jnp.arange(4, dtype='uint32'), (2,), 'uint8', RandomAlgorithm.RNG_THREE_FRY)
"""
EAGER["lax"] = """
linalg.eig(g)[0]; approx_max_k(x, 2); cond(x[0] > 0, sin, cos, x); switch(i[2], [sin, cos, tan], x); stage(x)
"""

DIFFERENTIABLE["nn"] = """
celu(v); elu(v); gelu(v); glu(v); hard_sigmoid(v); hard_silu(v); hard_swish(v); hard_tanh(v); identity(v); leaky_relu(v); log_sigmoid(v); log_softmax(v)
logmeanexp(v); logsumexp(v); mish(v); relu(v); relu6(v); selu(v); sigmoid(v); silu(v); soft_sign(v); softmax(v); softplus(v); sparse_plus(v); sparse_sigmoid(v)
squareplus(v); standardize(v); swish(v); tanh(v); log1mexp(abs(v) + 0.1); celu(v, x[0]); elu(v, 0.5); gelu(v, approximate=False); glu(m.T, 0)
leaky_relu(v, 0.2); log_softmax(m, (0, 1)); logsumexp(m, 0, b=v + 5., keepdims=True); logmeanexp(m, 1, where=m > 0.2); softmax(m, 0, where=v > -2)
squareplus(v, x); standardize(m, 0, epsilon=1e-3); standardize(m, mean=x, variance=y); logsumexp(v, return_sign=True)[0]; jnp.where(m > 0.3, log_softmax(m, where=m > 0.3), 0.)
dot_product_attention(m.reshape(1, 2, 2, 3), v.reshape(1, 2, 2, 3), m.reshape(1, 2, 2, 3)); one_hot(i, 3) * x[0]
dot_product_attention(m.reshape(1, 2, 2, 3), v.reshape(1, 2, 2, 3), m.reshape(1, 2, 2, 3), is_causal=True, scale=0.4)
dot_product_attention(m.reshape(1, 2, 2, 3), v.reshape(1, 2, 2, 3), m.reshape(1, 2, 2, 3), v[0].reshape(1, 1, 2, 2), local_window_size=1)
initializers.constant(2.5)(key, (2, 2)) * x[0]; scaled_dot_general(m, m, (((1,), (1,)), ((), ())))
lib.vmap(lambda v: softmax(v, 'q'), axis_name='q')(m); lib.vmap(lambda v: log_softmax(v, ('q', 0)), axis_name='q')(m)
lib.vmap(lambda v: logsumexp(v, ('q',)), axis_name='q')(m); lib.vmap(lambda v: standardize(v, ('q', 0)), axis_name='q')(m)
lib.vmap(lambda v: logmeanexp(v, ('q', 0), keepdims=True), axis_name='q')(m)
"""
TRACEABLE["nn"] = """
one_hot(i, 4, axis=0); one_hot(i, 3, dtype='int8'); relu(i); relu6(i); silu(h); softmax(h); logsumexp(h); sigmoid(h); gelu(h); leaky_relu(i); elu(i); hard_tanh(i)
softplus(h); relu(b); celu(i); logsumexp(n); softmax(n); log_softmax(n); logsumexp(c); identity(i); hard_swish(h); mish(h)
sigmoid(1.); relu(2); softplus(True)
initializers.glorot_normal()(key, (3, 4)); initializers.glorot_uniform()(key, (3, 4)); initializers.he_normal()(key, (3, 4))
initializers.he_uniform()(key, (3, 4)); initializers.kaiming_normal()(key, (2, 3, 4)); initializers.kaiming_uniform()(key, (2, 3, 4))
initializers.lecun_normal()(key, (3, 4)); initializers.lecun_uniform()(key, (3, 4)); initializers.xavier_normal()(key, (3, 4))
initializers.xavier_uniform(0, 1)(key, (3, 4), 'float16'); initializers.normal(0.1)(key, (4,)); initializers.truncated_normal(0.1)(key, (4,))
initializers.uniform(0.1)(key, (4,)); initializers.variance_scaling(2., 'fan_avg', 'uniform')(key, (3, 4)); initializers.zeros(key, (2,), 'int32')
initializers.ones(key, (2,)); initializers.orthogonal()(key, (4, 3)) ** 2; initializers.delta_orthogonal()(key, (3, 2, 2)) ** 2
initializers.normal(dtype='bfloat16')(key, (3,)); initializers.normal()(key, (3,), 'complex64')
"""
EAGER["nn"] = """
"""

DIFFERENTIABLE["random"] = """
beta(key, x, y); cauchy(key, (4,)) * x; chisquare(key, x * 5.); dirichlet(key, x + 1.); double_sided_maxwell(key, x, y, (4,)); exponential(key, (4,)) * x
gamma(key, x + 1.); gamma(key, x); loggamma(key, x); generalized_normal(key, 2., (4,)) * x; lognormal(key, x); multivariate_normal(key, x[:2], a)
pareto(key, x + 2.); rayleigh(key, x); t(key, x * 9.); triangular(key, 0., x, 1.); truncated_normal(key, -x, y); uniform(key, (4,), minval=x, maxval=y + 1.)
wald(key, x); weibull_min(key, x, y, (4,)); choice(key, x, (3,)); permutation(key, x); permutation(key, m, 1, independent=True); f(key, x * 9., y * 9.)
normal(key, (4,)) * x; laplace(key, (4,)) * x; gumbel(key, (4,)) + x; logistic(key, (4,)) + x; maxwell(key, (4,)) * x; ball(key, 2, shape=(4,)) * x[:, None]
"""
TRACEABLE["random"] = """
bernoulli(key); bernoulli(key, x); bernoulli(key, x, mode='high'); binomial(key, 10., x); bits(key, (3,)); bits(key, (3,), 'uint8'); bits(key, (2,), 'uint16')
categorical(key, m); categorical(key, m, 0); categorical(key, x, shape=(3,)); categorical(key, x, shape=(2,), replace=False); choice(key, 5, (3,), replace=False)
choice(key, x, (3,), p=y); choice(key, k, (2,), axis=1); choice(key, 5); fold_in(key, 3); fold_in(key, i[0]); geometric(key, x); key_data(key); clone(key)
multinomial(key, 10., x / x.sum()); orthogonal(key, 3) ** 2; orthogonal(key, 3, (2,), m=2) ** 2; poisson(key, x * 20.); poisson(key, 3., (2,))
permutation(key, 6); rademacher(key, (4,)); randint(key, (4,), 0, 10); randint(key, (4,), i, j + 7); randint(key, (3,), -5, 5, 'int8'); randint(key, (), 0, 256, 'uint8')
split(key); split(key, 3); split(key, (2, 2)); uniform(key); uniform(key, (3,), 'bfloat16'); uniform(key, (3,), 'float16'); normal(key, (3,), 'bfloat16')
normal(key, (3,), 'float16'); normal(key, (2,), 'complex64'); exponential(key, (2,), 'float16'); gumbel(key, (3,), mode='high'); cauchy(key, (3,), 'bfloat16')
truncated_normal(key, -1., 1., (5,)); laplace(key, (2,), 'float16'); logistic(key, (2,), 'bfloat16'); wrap_key_data(key_data(key)); normal(PRNGKey(3), (3,))
key_data(split(jnp.stack([key, key])[0])); lib.vmap(lambda q: normal(q, (2,)))(split(key, 3)); gamma(key, 2.5, (3,)); t(key, 3., (2,)); beta(key, 2., 3., (2,))
normal(lib.random.key(5, impl='rbg'), (3,)) * 0; uniform(lib.random.key(2 ** 40 + 3), (2,)); randint(key, (2, 3), 0, 1 << 30)
"""
EAGER["random"] = """
key_impl(key); key_dtype('threefry2x32'); key_dtype(); str(lib.random.key(3).dtype); key_data(lib.random.key(3)); PRNGKey(-1); PRNGKey(2 ** 33 + 5)
key_data(lib.random.key(i[0])); wrap_key_data(PRNGKey(1), impl='threefry2x32').shape; split(PRNGKey(0), 2)
"""

# What JAX refuses; the same class and, but for OWN_WORDS, the same text.
ERRORS = {}
ERRORS["numpy"] = """
sum(x, 'q'); x.sum('q'); mean(x, 'q'); max(x, ('q', 0)); all(x, 'q'); prod(x, 'q'); var(x, 'q'); nansum(x, 'q'); ptp(x, 'q'); sum(x, 3 * 'q')
lib.vmap(lambda v: prod(v, 'q'), axis_name='q')(m); lib.vmap(lambda v: any(v, ('q', 0)), axis_name='q')(m); lib.vmap(lambda v: sum(v, ('q', 1)), axis_name='q')(m)
sum([1, 2]); add(1, [2]); sum(x, axis=3); sum(x, out=x); concatenate([]); stack([]); concatenate([1, 2]); x.reshape(5); x.reshape(-1, -1); zeros(-1)
zeros((1, 2.)); zeros(2, 3); zeros(3, x); zeros(3, object); array(None); array([None]); array('abc'); array(2 ** 40); array(300, 'uint8')
array([[1], 2]); arange(None); arange(1, 2, 0); arange(m); x + m[:2, :3]; x @ x[:2]; i.at[0].foo; x[0, 0]; x['a']; x[1.5]; x[[0, 1]]; bool(x)
int(x); float(c[0]); [0][x[0]]; x == [1]; x + [1]; x * (1,); None in x; 1. in m; list(x[0]); len(x[0]); x.flat; x.item(); sort(x, kind='a')
nonzero(1); where(b, 1, 2, size=3); clip(); clip(c, 0, 1); round(i, -1); ravel(x, 'K'); linspace(0, 1, -1); choose(x, [x]); choose(i, [x])
split(x, 3); unravel_index(i, m); ravel_multi_index((i,), (2,)); take_along_axis(x, x, 0); put(x, 0, 1); place(x, b, x); add.at(x, 0, 1)
negative.reduce(x); maximum.reduce(x, where=b); subtract.reduceat(x, i, None); dot(m, m); einsum('i->ii', x); cross(x, x); kron(x, [1]); pad(x, -1)
pad(x, 1, 'foo'); pad(x, 1, constant_values=(1, 2, 3)); pad(x, 1.5); delete(x, 9); block([]); meshgrid(m); meshgrid(x, indexing='a'); vander(m)
diff(1); diff(x, -1); gradient(x, edge_order=1); gradient(x[:1]); median(x, 3); quantile(x, 0.5, method='foo'); bincount(x); bincount(m.astype(int))
searchsorted(m, x); digitize(x, m); packbits(x); unpackbits(i); i ** -1; x.view('int32', int); fromfile('a'); promote_types('foo', 'int8')
isdtype('int8', 'foo'); result_type(); fill_diagonal(x, 1, inplace=False); vectorize(lambda p: p, excluded=(-1,))
vectorize(lambda p: p, signature='n->n')(x); rot90(x); unique(i, size=0.5); linalg.inv(x); linalg.inv(m); linalg.inv(i); linalg.det(m)
linalg.det(x); linalg.slogdet(m); linalg.solve(a, x); linalg.solve(m, x); linalg.solve(x, x); linalg.cholesky(x); linalg.cholesky(m); linalg.qr(x)
linalg.qr(m, mode='foo'); linalg.svd(x); linalg.eigh(m); linalg.eigh(x); linalg.eigh(a, UPLO='X'); linalg.eigvalsh(m); linalg.eig(m)
linalg.eigvals(x); linalg.pinv(x); linalg.lstsq(x, x); linalg.lstsq(m, x); linalg.matrix_power(m, 2); linalg.matrix_power(a, 0.5)
linalg.multi_dot([m, m]); linalg.norm(m, 'foo'); linalg.norm(w, 2); linalg.norm(x, 'fro'); linalg.norm(m, axis=(0, 0)); linalg.norm(m, axis=5)
linalg.cond(m, 'fro'); linalg.cond(x); linalg.tensorinv(m); linalg.tensorinv(a, 0); linalg.tensorsolve(m, x); linalg.cross(x, y); linalg.outer(m, m)
linalg.vecdot(x, m[:2, :2]); linalg.matrix_norm(x); linalg.diagonal(x); linalg.trace(x); linalg.matrix_transpose(x); fft.fft(x[0]); fft.fft(x, 0)
fft.fft(x, -1); fft.fft(x, norm='foo'); fft.fft(x, axis=3); fft.fft2(x); fft.fft2(m, axes=(0,)); fft.fftn(m, (1, 2, 3)); fft.rfft(c); fft.rfftn(c)
fft.fftn(m, axes=(0, 0)); fft.fftn(m, axes=(5,)); fft.irfft(x, 0); fft.hfft(x, -1); fft.ihfft(c); fft.fftshift(x, 3); fft.fft(None); fft.fft([1, 2])
var(x, axis=4); cumsum(m, 2); argmax(e); argmax(x, 2); max(e); min(e, 0); sort(x, 3); argsort(x, 1); matmul(x, 1.); matmul(m, m); vdot(x, m)
inner(x, m.T); tensordot(m, m, 1); tensordot(m, m, 5); einsum('ij', x); transpose(m, (0, 0)); transpose(m, (0, 2)); swapaxes(m, 0, 2)
moveaxis(m, 0, 3); moveaxis(m, (0, 1), (0,)); squeeze(m, 0); expand_dims(x, 4); expand_dims(x, (0, 0)); broadcast_to(x, (3,)); broadcast_to(x, 4.5)
broadcast_arrays(x, m[:, :2]); flip(x, 2); roll(x, 1, 3); repeat(x, -1); repeat(x, i[:2]); vstack([m, x[:2]]); dstack(x[0]); append(m, x, 0)
array_split(x, 0); split(x, [1, 2], 3); hsplit(x[0], 2); dsplit(m, 2); take(x, 1.5); take(x, 0, 3); compress(b, x, axis=2); extract(b, [1])
select([b], [x, y]); select([], []); piecewise(x, [b], []); full((2,), m); full((-1,), 0); ones('a'); empty((2, None)); arange(5, dtype='foo')
linspace(0, 1, 2.5); linspace(m, x[:2], 3); diag(w); diag(1.); diagonal(x); trace(x); tril(x[0]); corrcoef(w); cov(w); average(x, weights=y[:2])
nanmedian(x, 4); polyfit(x, y, -1); polyadd(m, x); roots(m); unwrap(x, axis=3); apply_along_axis(lambda v: v, 3, x); apply_over_axes(jnp.sum, x, 4)
lexsort(()); lexsort(x[0]); partition(x, 9); argpartition(x, 0, 4); searchsorted(x, y, side='a'); interp(x, x, y[:2]); interp(c, x, y)
bitwise_and(x, y); left_shift(x, 1); invert(x); gcd(x, y); lcm(x, 2); ldexp(x, y); frexp(c); floor(c); x.astype('foo'); x.at['a'].set(1)
x.at[0].set([1, 2]); x.at[0, 1].add(1); x.at[m].get(); x.at[0].set('a'); x[m]; x[None, 0, 0]; x[b[:2]]; x[..., ...]; x[0:2:0]; x['b':]
"""
ERRORS["lax"] = """
add(x, i); add(x, m); sin(i); bitwise_and(x, x); pow(i, x); div(x, i); clamp(x, y, m); select(x, x, x); select(b, x, i); select_n(0)
concatenate([], 0); concatenate([x, i], 0); concatenate([x, m], 0); reshape(x, (2.5,)); transpose(m, (0, 0)); broadcast_in_dim(x, (3, 4), (0,))
squeeze(m, (0,)); expand_dims(x, (0, 0)); expand_dims(x, (5,)); pad(x, 0., [(1, 1, -1)]); pad(x, 0, [(1, 1, 0)]); rev(x, (1,)); dot(m, m)
dot_general(m, m, (((0,), (1,)), ((), ()))); dot(x, x, precision='wrong'); batch_matmul(x, x); slice(x, (0,), (2,), (-1,)); index_in_dim(x, 9)
dynamic_slice(x, (0, 0), (1,)); dynamic_slice(x, (-1,), (1,), allow_negative_indices=False)
gather(x, ix, GatherDimensionNumbers((), (), (0,)), (1,)); gather(x, ix, GatherDimensionNumbers((), (0,), (0,)), (1,), mode='foo')
scatter(x, ix, y, ScatterDimensionNumbers((), (0,), (0,))); sort(()); sort((x, y), num_keys=3); sort(x, num_keys=2); sort(x, 3); top_k(x, -1)
top_k(x, 9); reduce_sum(x, (1,)); reduce_sum(x, (0, 0)); argmax(c, 0, int); cumsum(x, 2); cumsum(x, -1); reduce(x, (0.,), add, (0,))
reduce_window(x, 0., add, (0,)); reduce_window(x, 0., add, (1, 1)); conv(z, x, (1, 1), 'SAME'); conv(z, w, (1, 1), 'FOO'); conv(z, w, (1,), 'SAME')
conv_dimension_numbers((1, 2, 3), (1, 2, 3), ('NC', 'OI', 'NC')); conv_dimension_numbers((1, 2, 3), (1, 2, 3), ('NCH', 'OIH', 'NCW'))
conv_general_dilated(z, w, (1, 1), 'SAME', lhs_dilation=(2, 2)); iota(int, -1); full((2,), x); broadcasted_iota(int, (2,), 3)
broadcast_shapes((2,), (3,)); complex(i, i); bitcast_convert_type(c, int); Tolerance(); Tolerance(-1.); reduce_precision(x, 0, 2)
fft(x, 'FOO', (4,)); fft(c, 'RFFT', (4,)); fft(x, 'FFT', (3,)); psum(x, 'i'); axis_index('i'); ragged_dot(m, m, i); scaled_dot(x, x)
linalg.cholesky(m); linalg.triangular_solve(m, m); rng_bit_generator(x, (2,), float); scan(lambda c, a: c, 0, i); scan(lambda c, a: (c, a), 0., 1.)
scan(lambda c, a: (c, a), 0, (i, ix)); scan(lambda c, a: (c, a), 0, i, 3); scan(1, 0, i); scan(lambda c, a: (c > 1, a), 0, i)
scan(lambda c, a: (c, 'a'), 0, i); scan(lambda c, a: (c, a), 0, None); scan(lambda c, a: (c, a), 0, i, unroll=-1)
while_loop(lambda v: v, lambda v: v, 0); while_loop(lambda v: (True,), lambda v: v, 0); while_loop(lambda v: True, lambda v: v * 1j, i)
while_loop(1, 2, 3); fori_loop(0, 1., lambda n, v: v, 0); lib.jit(lambda n: fori_loop(0, n, lambda k, v: v, 0, unroll=2))(1); cond(x, sin, cos, x)
cond('a', sin, cos, x); cond(None, sin, cos, x); cond(True, 1, cos, x); cond(True, lambda v: v, lambda v: (v, v), x)
cond(True, lambda v: v, lambda v: v > 0, x); cond(True, sin, cos, x, operand=x); switch(0.5, [sin], x); switch(0, [], x); switch(0, [sin, 1], x)
switch(i, [sin], x); associative_scan(1, x); associative_scan(add, (x, m)); custom_linear_solve(lambda v: v[1:], x, lambda f, v: v)
custom_root(lambda v: (v, v), x, lambda f, v: v, lambda g, v: v); platform_dependent(x, gpu=sin); stop_gradient('a')
GatherScatterMode.from_any('a'); Precision('a'); linalg.eigh(m); scan(lambda c, a: ({'a': c['a'] > 1, 'b': c['b']}, a), {'a': 0, 'b': 1.}, i)
scan(lambda c, a: ((c[0] > 1, c[1] * 1j), a), (0, 1.), i); linalg.qr(x); linalg.svd(x); linalg.lu(x); linalg.cholesky(x); linalg.eigh(x)
linalg.triangular_solve(g, x); linalg.triangular_solve(g, m); linalg.lu(i); linalg.tridiagonal_solve(x, y, x, m); linalg.householder_product(x, x)
linalg.hessenberg(m); linalg.schur(m); linalg.tridiagonal(m); linalg.eig(m); linalg.qdwh(x); linalg.ormqr(x, x, x); linalg.cholesky_update(m, x)
linalg.symmetric_product(m, m); linalg.lu_pivots_to_permutation(x, 4); linalg.svd(i); linalg.qr(b); add(x); exp(i); max(x, i); rem(x, i); eq(x, i)
lt(c, c); shift_left(x, x); population_count(x); clz(x); is_finite(i); nextafter(i, i); sign(b); neg(b); floor(i); round(i); conj(x, 'a'); real(x)
imag(i); igamma(i, i); betainc(x, y, i); lgamma(i); erf(i); erf_inv(i); bessel_i0e(i); polygamma(x, i); convert_element_type(x, 'foo')
bitcast_convert_type(x, 'foo'); broadcast(x, (-1,)); collapse(m, 1, 0); concatenate(x, 0); concatenate([x, y], 1); concatenate([x[0], y[0]], 0)
split(x, (1, 2)); split(x, (1, 3), 2); stack([x, m]); unstack(x, 3); tile(x, (1, 1)); rev(m, (0, 0)); transpose(m, (0,)); transpose(m, (0, 5))
reshape(x, (-2,)); squeeze(x, (3,)); select_n(b, x, m); select_n(x, x, y); clamp(i, x, y); iota('foo', 3); iota(bool, 3)
gather(x, x, GatherDimensionNumbers((), (0,), (0,)), (1,)); scatter_add(x, ix, i[:2], ScatterDimensionNumbers((), (0,), (0,)))
dynamic_slice(x, (0.5,), (1,)); dynamic_update_slice(x, m, (0,)); dynamic_update_slice(x, i[:2], (0,)); index_in_dim(x, 0, 3)
slice_in_dim(x, 0, 2, 1, 5); reduce(x, 0., 1, (0,)); reduce_and(x, (0,)); argmax(x, 3, int); argmax(x, 0, float); cumsum(b, 0); top_k(c, 1)
top_k(x[0], 1); sort('a'); dot_general(x, x, (((0,), (0,)), ((0,), (0,)))); conv_transpose(z, x, (1, 1), 'SAME')
conv_general_dilated(z, w, (1, 1), 'SAME', feature_group_count=2); fft(x, 'FFT', (4, 4)); reduce_window(x, 0., add, (2, 2)); map(1, x)
switch(0, [lambda: 1, lambda: 'a']); custom_linear_solve(1, x, 2); pmax(x, 'q'); all_to_all(x, 'q', 0, 0); axis_size('q'); pswapaxes(x, 'q', 0); lib.jit(lambda v: ppermute(v, 'q', [(0, 1)]))(x);
all_gather(x, 'q')
lib.vmap(lambda v: ppermute(v, 'q', [(0, 1), (0, 2)]), axis_name='q')(m); lib.vmap(lambda v: psum(v, 'r'), axis_name='q')(m)
"""
ERRORS["nn"] = """
initializers.variance_scaling(1., 'fan', 'normal')(key, (2, 2)); initializers.variance_scaling(1., 'fan_in', 'cauchy')(key, (2, 2))
initializers.glorot_normal()(key, (2,)); initializers.delta_orthogonal()(key, (2, 2)); initializers.orthogonal()(key, (2,)); glu(x[:3])
one_hot(i, 3, axis=5); dot_product_attention(z, x, x); dot_product_attention(z, w, z); softmax(x, 3); logsumexp(x, axis=2); logsumexp(m, 0, b=x[:3])
standardize(x, 5); one_hot(i, x); glu(m, 0); celu(x, m.T); softmax(x, axis='q'); log_softmax(x, axis='q'); logsumexp(x, 'q'); standardize(x, 'q'); softmax(x, ('q', 0))
initializers.zeros(key, (1.5,)); initializers.lecun_normal()(key, ())
dot_product_attention(z, z, z, implementation='foo'); dot_product_attention(z, z, z, mask=z); sigmoid(x, x)
initializers.variance_scaling(1., 'fan_in', 'normal')(key, (2, 2), 'int32'); initializers.constant(1.)(key, 'a')
initializers.truncated_normal()(key, (2,), 'int8')
"""
ERRORS["random"] = """
lib.random.key(jnp.arange(2)); PRNGKey(x); split(lib.random.key(0), 1.5); split(split(lib.random.key(0))); fold_in(lib.random.key(0), i)
bits(lib.random.key(0), (2,), 'float32'); uniform(lib.random.key(0), (2,), int); uniform(lib.random.key(0), (2,), minval=m); uniform(None)
normal(lib.random.key(0), (2,), 'int32'); normal(lib.random.key(0), (2.5,)); randint(lib.random.key(0), (2,), 0, 3, float)
randint(lib.random.key(0), (2,), x, y); randint(lib.random.key(0), (3,), i, j); choice(lib.random.key(0), 0)
choice(lib.random.key(0), 3, (4,), replace=False); choice(lib.random.key(0), 3, (2,), p=x); choice(lib.random.key(0), m, axis=3)
permutation(lib.random.key(0), m, axis=2); bernoulli(lib.random.key(0), i); bernoulli(lib.random.key(0), x, (3,))
bernoulli(lib.random.key(0), x, mode='foo'); categorical(lib.random.key(0), x, shape=(9,), replace=False); gamma(lib.random.key(0), x, dtype=int)
gamma(lib.random.key(0), x, (3,)); beta(lib.random.key(0), x, y, (2,)); beta(lib.random.key(0), 1., 2., dtype='int8')
poisson(lib.random.key(0), x, (3,)); dirichlet(lib.random.key(0), 1.); dirichlet(lib.random.key(0), x, (3, 2), int)
multivariate_normal(lib.random.key(0), x, m); multivariate_normal(lib.random.key(0), 1., a)
multivariate_normal(lib.random.key(0), x[:2], a, method='lu'); truncated_normal(lib.random.key(0), x, y, (3,)); gumbel(lib.random.key(0), (2,), int)
gumbel(lib.random.key(0), (2,), mode='foo'); exponential(lib.random.key(0), (2,), 'uint8'); cauchy(lib.random.key(0), (2,), int)
laplace(lib.random.key(0), (2,), int); logistic(lib.random.key(0), (2,), bool); pareto(lib.random.key(0), x, (3,)); t(lib.random.key(0), x, (3,))
maxwell(lib.random.key(0), (2,), int); rayleigh(lib.random.key(0), x, (2,)); weibull_min(lib.random.key(0), x, y, (3,))
orthogonal(lib.random.key(0), 2, dtype=int); ball(lib.random.key(0), 2, shape=(2,), dtype=int); f(lib.random.key(0), x, y, (2,))
generalized_normal(lib.random.key(0), 2., (2,), int); geometric(lib.random.key(0), x, dtype=float); geometric(lib.random.key(0), x, (3,))
wald(lib.random.key(0), x, (2,)); triangular(lib.random.key(0), 0., 1., 2., (2,), int); lognormal(lib.random.key(0), x, (2,))
lognormal(lib.random.key(0), 1., dtype=int); binomial(lib.random.key(0), x, y, (3,)); chisquare(lib.random.key(0), x, dtype=int)
chisquare(lib.random.key(0), x, (3,)); loggamma(lib.random.key(0), x, (3,)); lib.random.key(0) + 1; lib.jit(lambda k: k * 2)(lib.random.key(0))
lib.grad(lambda k: 1.)(lib.random.key(0)); key_impl(x[:2]); key_impl(i[0]); key_impl([0, 1])
"""

# Refused with a text of jaxgo's own: JAX's names its own classes, files, an inner function or NumPy's scalars.
OWN_WORDS = {}
OWN_WORDS["numpy"] = """
eye(-1); eye(2, k=x); tri(2, k=1.5); tile(x, 1.5); put_along_axis(x, i, x, 0); histogram(x, 'auto'); insert(x, 0.5, 1); block(((x,),)); x.foo
linalg.matrix_rank(w, 'a'); linalg.multi_dot([m]); fft.rfftfreq(x); fft.fft('a'); mean('a'); sort('a'); outer('a', x); einsum(x); repeat(x, 2.5)
hstack(3); column_stack(3); identity(-1); arange('a'); logspace('a', 1); meshgrid('a'); triu('a'); average(x, 0, 'a'); percentile(x, 'a')
polyval('a', x); sign('a'); maximum('a', x); x[{}]
"""
OWN_WORDS["lax"] = """
slice(x, (0,), (9,)); dynamic_slice(x, (0,), (9,)); integer_pow(x, 0.5); scan(lambda c, a: ((c, c), a), 0, i)
while_loop(lambda v: True, lambda v: (v, v), 0); switch(0, [sin, lambda v: v[1:]], x); add(x, 'a'); neg(None); sin('a'); integer_pow(x, 'a')
convert_element_type('a', int); reshape('a', (1,)); full((2,), 'a'); full_like('a', 1); dynamic_index_in_dim(x, 0, 4)
reshape(x, (5,)); ppermute(x, 'q', [(0, 1)]); pshuffle(x, 'q', [0]); pbroadcast(x, 'q', 0); lib.vmap(lambda v: reshape(v, (3, 2)))(m)
while_loop(lambda v: True, lambda v: (v,), 0); fori_loop('a', 1, lambda n, v: v, 0); fori_loop(0, 3, lambda n, v: (v, v), 0)
"""
OWN_WORDS["nn"] = """
gelu('a'); relu(None); softplus([1.]); leaky_relu(x, 'a'); logsumexp('a'); relu(); initializers.uniform()(3, (2,))
dot_product_attention(z, z, z, bias=x)
"""
OWN_WORDS["random"] = """
lib.random.key(1.5); lib.random.key('a'); lib.random.key(1, impl='foo'); split(3); split(x); uniform(x); normal(lib.random.key(0), 'a')
categorical(lib.random.key(0), m, shape=(5,)); poisson(lib.random.key(0), x, dtype=float); rademacher(lib.random.key(0), 'a'); key_data(3)
key_data(x); key_impl(x); key_impl(3); wrap_key_data(x); wrap_key_data(jnp.zeros(3, 'uint32')); wrap_key_data(jnp.zeros(2, 'uint32'), impl='foo'); jnp.sin(lib.random.key(0))
multinomial(lib.random.key(0), 2., 'a')
"""

# Rows that take a second to compile: their derivatives and batches are for the slow tests.
HEAVY = frozenset(
    """f(key, x * 9., y * 9.); t(key, x * 9.); beta(key, x, y); loggamma(key, x); permutation(key, m, 1, independent=True)
ball(key, 2, shape=(4,)) * x[:, None]; gamma(key, x); dirichlet(key, x + 1.); chisquare(key, x * 5.); generalized_normal(key, 2., (4,)) * x
linalg.tridiagonal_solve(x, y + 2., x, m.T); igammac(x, y); abs(linalg.qr(m)[1]); igamma(x, y); igamma_grad_a(x, y); betainc(x, y, x); random_gamma_grad(x, y)
binomial(key, 10., x); multinomial(key, 10., x / x.sum()); poisson(key, x * 20.); poisson(key, 3., (2,)); gamma(key, 2.5, (3,)); t(key, 3., (2,))
beta(key, 2., 3., (2,)); orthogonal(key, 3, (2,), m=2) ** 2; orthogonal(key, 3) ** 2""".replace("\n", "; ").split("; ")
)


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


@functools.cache
def names(expression):
    """The bare names of an expression, dotted as far as they go: linalg.norm, lib.vmap."""
    found = set()

    def dotted(node):
        if isinstance(node, ast.Name):
            return node.id
        if isinstance(node, ast.Attribute):
            base = dotted(node.value)
            return base and base + "." + node.attr
        return None

    for node in ast.walk(ast.parse(expression, mode="eval")):
        name = dotted(node)
        if name:
            found.add(name)
    return frozenset(found)


@functools.cache
def code(expression):
    return compile(expression, expression, "eval")


class Names(dict):
    """The globals of an expression: its variables first, then the module's members, then Python's."""

    def __init__(self, lib, module, env):
        self.module = module
        self.env = {"lib": lib, "jnp": lib.numpy, "lax": lib.lax, "np": np, "bool": bool, "int": int, "float": float, "complex": complex, **env}
        if module is lib.lax:
            self.env.pop("complex")

    def __missing__(self, name):
        if name in self.env:
            return self.env[name]
        if not name.startswith("__") and hasattr(self.module, name):
            return getattr(self.module, name)
        raise KeyError(name)


# Functions that rest on a function which may be missing.
NEEDS = {"roots": "linalg.eigvals", "polyfit": "linalg.lstsq"}


def resolves(name, lib, module):
    """Whether jaxgo has what a dotted name of a row of module means."""
    x = {"lib": lib, "jnp": lib.numpy, "lax": lib.lax}.get(name.split(".")[0], getattr(lib, module))
    parts = name.split(".")
    if parts[0] in ("lib", "jnp", "lax") or hasattr(x, parts[0]):
        for p in parts[parts[0] in ("lib", "jnp", "lax"):]:
            if not hasattr(x, p):
                return not isinstance(x, type(lib))
            x = getattr(x, p)
    return True


def missing(expression, lib, module):
    """The names of an expression that the library does not have yet."""
    used = names(expression)
    return [n for n in used | {NEEDS[n] for n in used & NEEDS.keys()} if not resolves(n, lib, module)]


def evaluate(expression, lib, module, env):
    """The value of an expression; module is a name such as numpy."""
    return eval(code(expression), Names(lib, getattr(lib, module), env))
