"""Random numbers from explicit keys: JAX's streams, bit for bit.

    >>> import jaxgo as jax
    >>> key = jax.random.key(0)
    >>> key, sub = jax.random.split(key)
    >>> jax.random.normal(sub, (2,)).shape
    (2,)

A key is an array of a typed key dtype (`key`) or, in the old style, of two uint32 (`PRNGKey`). Use each key once. The
default implementation is threefry2x32 (Salmon et al., "Parallel random numbers: as easy as 1, 2, 3", 2011).
"""

from __future__ import annotations

from . import _fast
from ._dtype import as_dtype

_func, _Array = _fast.func, _fast.Array


def _shape(s):
    if type(s) is tuple or s is None:
        return s
    from .numpy._util import canonical_shape

    return canonical_shape(s)


def _seed(seed):
    if isinstance(seed, (_Array, int)) and not isinstance(seed, bool):
        if type(seed) is int and not -(2**63) <= seed < 2**63:
            raise OverflowError("Python int too large to convert to C long")
        return seed
    import operator

    import numpy as np

    if seed is None:
        raise ValueError("None is not a valid value for jnp.array")
    if isinstance(seed, (np.ndarray, np.generic)):
        if seed.dtype.kind not in "iu":
            raise TypeError(f"PRNG key seed must be an integer; got {seed!r}")
        return np.asarray(seed)  # without 64-bit types the low half counts
    try:
        return operator.index(seed)
    except TypeError:
        raise TypeError(f"PRNG key seed must be an integer; got {seed!r}") from None


def _placed(x, sharding):
    if sharding is None:
        return x
    from ._device import sharded

    return sharded(x, sharding)


_key, _PRNGKey = _func("random.key"), _func("random.PRNGKey")


def key(seed, *, impl=None, dtype=None):
    """A typed random key made from an integer."""
    if dtype is not None and impl is not None:
        raise ValueError("Cannot specify both `impl` and `dtype` arguments to jax.random.key")
    return _key(_seed(seed), _impl(impl if dtype is None else dtype))


def PRNGKey(seed, *, impl=None):
    """A random key in the old style, an array of uint32, made from an integer."""
    return _PRNGKey(_seed(seed), _impl(impl))


def _impl(impl):
    from ._prng import impl_dtype

    return impl_dtype(impl)._impl


def _typed(key, name, raw=True):
    """Checks a key argument."""
    if not isinstance(key, _Array):
        import numpy as np

        if isinstance(key, np.ndarray):
            return key
        raise TypeError(f"unexpected PRNG key type {type(key)}")
    return key


def key_data(keys):
    """The words of random keys, as uint32."""
    return _fast.call("random.key_data", _typed(keys, "key_data"))


def wrap_key_data(key_bits_array, *, impl=None, dtype=None):
    """Typed keys made of their words."""
    if dtype is not None and impl is not None:
        raise ValueError("at most one of impl and dtype can be specified")
    return _fast.call("random.wrap_key_data", key_bits_array, _impl(impl if dtype is None else dtype))


def key_impl(keys):
    """The name of the keys' implementation."""
    name = getattr(getattr(keys, "dtype", None), "_impl", None)
    if name is None:
        key_data(keys)  # refuses what is no key
        name = _impl(None)
    return _Impl(name)


class _Impl(str):
    """The name of a PRNG implementation."""


def key_dtype(impl_spec=None):
    """The dtype of keys of an implementation."""
    from ._prng import impl_dtype

    return impl_dtype(impl_spec)


def clone(key):
    """A copy of a key that counts as unused."""
    return _fast.call("random.clone", _typed(key, "clone"))


_split, _fold_in, _permutation, _choice = (_func("random." + n) for n in ("split", "fold_in", "permutation", "choice"))


def split(key, num=2):
    """New keys made from one: num of them, or an array of them."""
    return _split(key, num if type(num) is int or isinstance(num, float) else _shape(num))


def fold_in(key, data):
    """A new key made from a key and an integer."""
    if type(data) is int and not 0 <= data < 2**31:
        import numpy as np

        data = np.uint32(data)
    return _fold_in(key, data)


def permutation(key, x, axis=0, independent=False, *, out_sharding=None):
    """The elements of x, or of arange(x), in random order along an axis."""
    if not isinstance(x, (_Array, int)):
        import numpy as np

        x = np.asarray(x)
        if x.ndim == 0:
            if x.dtype.kind not in "iu":
                raise TypeError("x must be an integer or at least 1-dimensional")
            x = int(x)
    elif isinstance(x, _Array) and x.ndim == 0:
        import numpy as np

        if not np.issubdtype(x.dtype, np.integer):
            raise TypeError("x must be an integer or at least 1-dimensional")
        x = int(x)
    return _placed(_permutation(key, x, axis, independent), out_sharding)


def choice(key, a, shape=(), replace=True, p=None, axis=0, mode=None):
    """Elements of a, or of arange(a), drawn at random, with weights p."""
    from collections.abc import Sequence

    if not isinstance(shape, Sequence):
        raise TypeError(f"shape argument of jax.random.choice must be a sequence, got {shape}")
    if isinstance(a, _Array) and a.ndim == 0:
        a = int(a)
    elif not isinstance(a, (_Array, int)):
        import numpy as np

        from .numpy import asarray

        a = a if isinstance(a, np.ndarray) else asarray(a)
        if a.ndim == 0:
            a = int(a)
    return _choice(key, a, _shape(shape), replace, p, axis, mode)


_ball = _func("random.ball")


def ball(key, d, p=2, shape=(), dtype=None, *, out_sharding=None):
    """Sample uniformly from the unit Lp ball."""
    return _placed(_ball(key, d, p, _shape(shape), as_dtype(dtype, "ball")), out_sharding)


_bernoulli = _func("random.bernoulli")


def bernoulli(key, p=0.5, shape=None, mode="low", *, out_sharding=None):
    """Sample Bernoulli random values with given shape and mean."""
    return _placed(_bernoulli(key, p, _shape(shape), mode), out_sharding)


_beta = _func("random.beta")


def beta(key, a, b, shape=None, dtype=None, *, out_sharding=None):
    """Sample Beta random values with given shape and float dtype."""
    return _placed(_beta(key, a, b, _shape(shape), as_dtype(dtype, "beta")), out_sharding)


_binomial = _func("random.binomial")


def binomial(key, n, p, shape=None, dtype=None):
    """Sample Binomial random values with given shape and float dtype."""
    return _binomial(key, n, p, _shape(shape), as_dtype(dtype, "binomial"))


_bits = _func("random.bits")


def bits(key, shape=(), dtype=None, *, out_sharding=None):
    """Sample uniform bits in the form of unsigned integers."""
    return _placed(_bits(key, _shape(shape), as_dtype(dtype, "bits")), out_sharding)


_categorical = _func("random.categorical")


def categorical(key, logits, axis=-1, shape=None, replace=True, mode=None, *, out_sharding=None):
    """Sample random values from categorical distributions."""
    return _placed(_categorical(key, logits, axis, _shape(shape), replace, mode), out_sharding)


_cauchy = _func("random.cauchy")


def cauchy(key, shape=(), dtype=None, *, out_sharding=None):
    """Sample Cauchy random values with given shape and float dtype."""
    return _placed(_cauchy(key, _shape(shape), as_dtype(dtype, "cauchy")), out_sharding)


_chisquare = _func("random.chisquare")


def chisquare(key, df, shape=None, dtype=None, *, out_sharding=None):
    """Sample Chisquare random values with given shape and float dtype."""
    return _placed(_chisquare(key, df, _shape(shape), as_dtype(dtype, "chisquare")), out_sharding)


_dirichlet = _func("random.dirichlet")


def dirichlet(key, alpha, shape=None, dtype=None, *, out_sharding=None):
    """Sample Dirichlet random values with given shape and float dtype."""
    return _placed(_dirichlet(key, alpha, _shape(shape), as_dtype(dtype, "dirichlet")), out_sharding)


_double_sided_maxwell = _func("random.double_sided_maxwell")


def double_sided_maxwell(key, loc, scale, shape=(), dtype=None):
    """Sample from a double sided Maxwell distribution."""
    return _double_sided_maxwell(key, loc, scale, _shape(shape), as_dtype(dtype, "double_sided_maxwell"))


_exponential = _func("random.exponential")


def exponential(key, shape=(), dtype=None, *, out_sharding=None):
    """Sample Exponential random values with given shape and float dtype."""
    return _placed(_exponential(key, _shape(shape), as_dtype(dtype, "exponential")), out_sharding)


_f = _func("random.f")


def f(key, dfnum, dfden, shape=None, dtype=None, *, out_sharding=None):
    """Sample F-distribution random values with given shape and float dtype."""
    return _placed(_f(key, dfnum, dfden, _shape(shape), as_dtype(dtype, "f")), out_sharding)


_gamma = _func("random.gamma")


def gamma(key, a, shape=None, dtype=None, *, out_sharding=None):
    """Sample Gamma random values with given shape and float dtype."""
    return _placed(_gamma(key, a, _shape(shape), as_dtype(dtype, "gamma")), out_sharding)


_generalized_normal = _func("random.generalized_normal")


def generalized_normal(key, p, shape=(), dtype=None, *, out_sharding=None):
    """Sample from the generalized normal distribution."""
    return _placed(_generalized_normal(key, p, _shape(shape), as_dtype(dtype, "generalized_normal")), out_sharding)


_geometric = _func("random.geometric")


def geometric(key, p, shape=None, dtype=None, *, out_sharding=None):
    """Sample Geometric random values with given shape and float dtype."""
    return _placed(_geometric(key, p, _shape(shape), as_dtype(dtype, "geometric")), out_sharding)


_gumbel = _func("random.gumbel")


def gumbel(key, shape=(), dtype=None, mode=None, *, out_sharding=None):
    """Sample Gumbel random values with given shape and float dtype."""
    return _placed(_gumbel(key, _shape(shape), as_dtype(dtype, "gumbel"), mode), out_sharding)


_laplace = _func("random.laplace")


def laplace(key, shape=(), dtype=None, *, out_sharding=None):
    """Sample Laplace random values with given shape and float dtype."""
    return _placed(_laplace(key, _shape(shape), as_dtype(dtype, "laplace")), out_sharding)


_loggamma = _func("random.loggamma")


def loggamma(key, a, shape=None, dtype=None, *, out_sharding=None):
    """Sample log-gamma random values with given shape and float dtype."""
    return _placed(_loggamma(key, a, _shape(shape), as_dtype(dtype, "loggamma")), out_sharding)


_logistic = _func("random.logistic")


def logistic(key, shape=(), dtype=None, *, out_sharding=None):
    """Sample logistic random values with given shape and float dtype."""
    return _placed(_logistic(key, _shape(shape), as_dtype(dtype, "logistic")), out_sharding)


_lognormal = _func("random.lognormal")


def lognormal(key, sigma=1.0, shape=None, dtype=None, *, out_sharding=None):
    """Sample lognormal random values with given shape and float dtype."""
    return _placed(_lognormal(key, sigma, _shape(shape), as_dtype(dtype, "lognormal")), out_sharding)


_maxwell = _func("random.maxwell")


def maxwell(key, shape=(), dtype=None, *, out_sharding=None):
    """Sample from a one sided Maxwell distribution."""
    return _placed(_maxwell(key, _shape(shape), as_dtype(dtype, "maxwell")), out_sharding)


_normal = _func("random.normal")


def normal(key, shape=(), dtype=None, *, out_sharding=None):
    """Sample standard normal random values with given shape and float dtype."""
    return _placed(_normal(key, _shape(shape), as_dtype(dtype, "normal")), out_sharding)


_pareto = _func("random.pareto")


def pareto(key, b, shape=None, dtype=None, *, out_sharding=None):
    """Sample Pareto random values with given shape and float dtype."""
    return _placed(_pareto(key, b, _shape(shape), as_dtype(dtype, "pareto")), out_sharding)


_poisson = _func("random.poisson")


def poisson(key, lam, shape=None, dtype=None, *, out_sharding=None):
    """Sample Poisson random values with given shape and integer dtype."""
    return _placed(_poisson(key, lam, _shape(shape), as_dtype(dtype, "poisson")), out_sharding)


_rademacher = _func("random.rademacher")


def rademacher(key, shape=(), dtype=None, *, out_sharding=None):
    """Sample from a Rademacher distribution."""
    return _placed(_rademacher(key, _shape(shape), as_dtype(dtype, "rademacher")), out_sharding)


_randint = _func("random.randint")


def randint(key, shape, minval, maxval, dtype=None, *, out_sharding=None):
    """Sample uniform random values in [minval, maxval) with given shape/dtype."""
    return _placed(_randint(key, _shape(shape), minval, maxval, as_dtype(dtype, "randint")), out_sharding)


_rayleigh = _func("random.rayleigh")


def rayleigh(key, scale, shape=None, dtype=None, *, out_sharding=None):
    """Sample Rayleigh random values with given shape and float dtype."""
    return _placed(_rayleigh(key, scale, _shape(shape), as_dtype(dtype, "rayleigh")), out_sharding)


_t = _func("random.t")


def t(key, df, shape=None, dtype=None, *, out_sharding=None):
    """Sample Student's t random values with given shape and float dtype."""
    return _placed(_t(key, df, _shape(shape), as_dtype(dtype, "t")), out_sharding)


_triangular = _func("random.triangular")


def triangular(key, left, mode, right, shape=None, dtype=None, *, out_sharding=None):
    """Sample Triangular random values with given shape and float dtype."""
    return _placed(_triangular(key, left, mode, right, _shape(shape), as_dtype(dtype, "triangular")), out_sharding)


_truncated_normal = _func("random.truncated_normal")


def truncated_normal(key, lower, upper, shape=None, dtype=None, *, out_sharding=None):
    """Sample truncated standard normal random values with given shape and dtype."""
    return _placed(_truncated_normal(key, lower, upper, _shape(shape), as_dtype(dtype, "truncated_normal")), out_sharding)


_uniform = _func("random.uniform")


def uniform(key, shape=(), dtype=None, minval=0.0, maxval=1.0, *, out_sharding=None):
    """Sample uniform random values in [minval, maxval) with given shape/dtype."""
    return _placed(_uniform(key, _shape(shape), as_dtype(dtype, "uniform"), minval, maxval), out_sharding)


_wald = _func("random.wald")


def wald(key, mean, shape=None, dtype=None, *, out_sharding=None):
    """Sample Wald random values with given shape and float dtype."""
    return _placed(_wald(key, mean, _shape(shape), as_dtype(dtype, "wald")), out_sharding)


_weibull_min = _func("random.weibull_min")


def weibull_min(key, scale, concentration, shape=(), dtype=None):
    """Sample from a Weibull distribution."""
    return _weibull_min(key, scale, concentration, _shape(shape), as_dtype(dtype, "weibull_min"))


def multivariate_normal(key, mean, cov, shape=None, dtype=None, method="cholesky", *, out_sharding=None):
    """Samples of a normal distribution with a mean vector and a covariance matrix (..., n, n)."""
    from . import numpy as jnp
    from ._config import numpy_rank_promotion
    from .numpy import linalg

    if method not in {"svd", "eigh", "cholesky"}:
        raise ValueError("method must be one of {'svd', 'eigh', 'cholesky'}")
    mean, cov = jnp.asarray(mean), jnp.asarray(cov)
    dtype = as_dtype(dtype) or jnp.result_type(mean, cov, float)
    if not jnp.issubdtype(dtype, jnp.floating):
        raise ValueError(f"dtype argument to `multivariate_normal` must be a float dtype, got {dtype}")
    mean, cov = mean.astype(dtype), cov.astype(dtype)
    if not mean.ndim >= 1:
        raise ValueError(f"multivariate_normal requires mean.ndim >= 1, got mean.ndim == {mean.ndim}")
    if not cov.ndim >= 2:
        raise ValueError(f"multivariate_normal requires cov.ndim >= 2, got cov.ndim == {cov.ndim}")
    n = mean.shape[-1]
    if cov.shape[-2:] != (n, n):
        raise ValueError(f"multivariate_normal requires cov.shape == (..., n, n) for n={n}, but got cov.shape == {cov.shape}.")
    shape = jnp.broadcast_shapes(mean.shape[:-1], cov.shape[:-2]) if shape is None else _shape(shape)
    if method == "svd":
        u, s, _ = linalg.svd(cov)
        factor = u * jnp.sqrt(s[..., None, :])
    elif method == "eigh":
        w, v = linalg.eigh(cov)
        factor = v * jnp.sqrt(w[..., None, :])
    else:
        factor = linalg.cholesky(cov)
    z = normal(key, shape + (n,), dtype)
    with numpy_rank_promotion("allow"):
        return _placed(mean + jnp.einsum("...ij,...j->...i", factor, z), out_sharding)


def orthogonal(key, n, shape=(), dtype=None, m=None, *, out_sharding=None):
    """Uniformly distributed n by m matrices with orthonormal rows or columns."""
    from . import numpy as jnp
    from .numpy import linalg

    shape = _shape(shape)
    m = n if m is None else m
    dtype = as_dtype(dtype) or as_dtype(float)
    z = normal(key, (*shape, max(n, m), min(n, m)), dtype)
    q, r = linalg.qr(z)
    d = jnp.diagonal(r, 0, -2, -1)
    x = q * (d / jnp.abs(d))[..., None, :]
    return jnp.matrix_transpose(x) if n < m else x


def multinomial(key, n, p, *, shape=None, dtype=None, unroll=1):
    """Counts of n draws among categories with probabilities p (..., k)."""
    from . import lax
    from . import numpy as jnp

    n, p = jnp.asarray(n), jnp.asarray(p)
    dtype = as_dtype(dtype) or as_dtype(float)
    batch = jnp.broadcast_shapes(n.shape, p.shape[:-1]) if shape is None else _shape(shape)[:-1]
    n = jnp.broadcast_to(n, batch).astype(dtype)
    p = jnp.broadcast_to(p, batch + p.shape[-1:]).astype(dtype)
    rest = lax.cumsum(p, axis=p.ndim - 1, reverse=True)
    ratios = jnp.where(rest == 0, 0, p / jnp.where(rest == 0, 1, rest))
    keys = split(key, p.shape[-1])

    def draw(left, kr):
        k, r = kr
        c = binomial(k, left, r.clip(0, 1), dtype=dtype)
        return left - c, c

    _, counts = lax.scan(draw, n, (keys, jnp.moveaxis(ratios, -1, 0)), unroll=unroll)
    return jnp.moveaxis(counts, 0, -1)
