"""Functions of neural networks: activations, softmax and its kin, attention.

>>> import jaxgo as jax, jaxgo.numpy as jnp
>>> print(jax.nn.relu(jnp.array([-1., 0., 2.])))
[0. 0. 2.]
"""

from __future__ import annotations

from .. import _fast
from .._config import config
from .._dtype import as_dtype

_func, _Array = _fast.func, _fast.Array

_identity, _relu, _relu6, _sigmoid = _func("nn.identity"), _func("nn.relu"), _func("nn.relu6"), _func("nn.sigmoid")
_softplus, _sparse_plus, _sparse_sigmoid, _soft_sign = (
    _func("nn.softplus"),
    _func("nn.sparse_plus"),
    _func("nn.sparse_sigmoid"),
    _func("nn.soft_sign"),
)
_silu, _mish, _log_sigmoid, _selu = _func("nn.silu"), _func("nn.mish"), _func("nn.log_sigmoid"), _func("nn.selu")
_hard_tanh, _hard_sigmoid, _hard_silu = _func("nn.hard_tanh"), _func("nn.hard_sigmoid"), _func("nn.hard_silu")
_squareplus, _elu, _celu, _leaky_relu = (
    _func("nn.squareplus"),
    _func("nn.elu"),
    _func("nn.celu"),
    _func("nn.leaky_relu"),
)
_log1mexp, _gelu, _glu, _one_hot = _func("nn.log1mexp"), _func("nn.gelu"), _func("nn.glu"), _func("nn.one_hot")
_softmax, _log_softmax = _func("nn.softmax"), _func("nn.log_softmax")
_logmeanexp, _standardize = _func("nn.logmeanexp"), _func("nn.standardize")
_attention, _logsumexp = _func("nn.dot_product_attention"), _func("jnp.logsumexp")

# A parameter left at its default belongs to the program, one that is given is an operand: identity tells them apart.
_FOUR, _ONE, _HUNDREDTH, _EPSILON = 4, float("1"), float("0.01"), float("1e-05")

# ---- activations ----


def identity(x):
    """The argument.

    >>> import jaxgo as jax
    >>> print(jax.nn.identity(2.))
    2.0
    """
    return _identity(x)


def relu(x):
    """max(x, 0), with derivative 0 at 0 (Bertoin et al., arXiv:2106.12915).

    >>> import jaxgo as jax
    >>> print(jax.nn.relu(-2.), jax.nn.relu(2.))
    0.0 2.0
    """
    return _relu(x)


def squareplus(x, b=_FOUR):
    """(x + sqrt(x² + b)) / 2 (Barron, arXiv:2112.11687).

    >>> import jaxgo as jax
    >>> print(jax.nn.squareplus(0.))
    1.0
    """
    return _squareplus(x, None if b is _FOUR else b)


def softplus(x):
    """log(1 + exp(x)).

    >>> import jaxgo as jax
    >>> print(jax.nn.softplus(0.))
    0.6931472
    """
    return _softplus(x)


def sparse_plus(x):
    """0 up to -1, then (x + 1)² / 4, from 1 on x: a softplus with exact ends.

    >>> import jaxgo as jax
    >>> print(jax.nn.sparse_plus(0.))
    0.25
    """
    return _sparse_plus(x)


def soft_sign(x):
    """x / (|x| + 1).

    >>> import jaxgo as jax
    >>> print(jax.nn.soft_sign(1.))
    0.5
    """
    return _soft_sign(x)


def sigmoid(x):
    """1 / (1 + exp(-x)).

    >>> import jaxgo as jax
    >>> print(jax.nn.sigmoid(0.))
    0.5
    """
    return _sigmoid(x)


def sparse_sigmoid(x):
    """0 up to -1, then (x + 1) / 2, from 1 on 1: the derivative of `sparse_plus` (Niculae et al., arXiv:1901.02324).

    >>> import jaxgo as jax
    >>> print(jax.nn.sparse_sigmoid(0.))
    0.5
    """
    return _sparse_sigmoid(x)


def silu(x):
    """x·sigmoid(x), also called swish.

    >>> import jaxgo as jax
    >>> print(jax.nn.silu(0.))
    0.0
    """
    return _silu(x)


swish = silu


def mish(x):
    """x·tanh(softplus(x)) (Misra, arXiv:1908.08681).

    >>> import jaxgo as jax
    >>> print(jax.nn.mish(0.))
    0.0
    """
    return _mish(x)


def log_sigmoid(x):
    """log(sigmoid(x)) = -softplus(-x).

    >>> import jaxgo as jax
    >>> print(jax.nn.log_sigmoid(0.))
    -0.6931472
    """
    return _log_sigmoid(x)


def elu(x, alpha=_ONE):
    """x where it is positive, alpha·(exp(x) - 1) elsewhere.

    >>> import jaxgo as jax
    >>> print(jax.nn.elu(3.))
    3.0
    """
    return _elu(x, None if alpha is _ONE else alpha)


def leaky_relu(x, negative_slope=_HUNDREDTH):
    """x where it is not negative, negative_slope·x elsewhere.

    >>> import jaxgo as jax
    >>> print(jax.nn.leaky_relu(-2., 0.5))
    -1.0
    """
    return _leaky_relu(x, None if negative_slope is _HUNDREDTH else negative_slope)


def hard_tanh(x):
    """x limited to the interval from -1 to 1.

    >>> import jaxgo as jax
    >>> print(jax.nn.hard_tanh(3.))
    1.0
    """
    return _hard_tanh(x)


def celu(x, alpha=_ONE):
    """max(x, 0) + alpha·(exp(min(x, 0) / alpha) - 1) (Barron, arXiv:1704.07483).

    >>> import jaxgo as jax
    >>> print(jax.nn.celu(3.))
    3.0
    """
    return _celu(x, None if alpha is _ONE else alpha)


def selu(x):
    """elu with the constants that keep mean 0 and variance 1 (Klambauer et al., arXiv:1706.02515).

    >>> import jaxgo as jax
    >>> print(jax.nn.selu(1.))
    1.050701
    """
    return _selu(x)


def gelu(x, approximate=True):
    """x·Φ(x), with Φ the distribution function of the normal distribution, or its approximation by tanh.

    Hendrycks and Gimpel, arXiv:1606.08415.

    >>> import jaxgo as jax
    >>> print(jax.nn.gelu(0.))
    0.0
    """
    return _gelu(x, bool(approximate))


def glu(x, axis=-1):
    """The first half of x along an axis times the sigmoid of the second.

    >>> import jaxgo as jax, jaxgo.numpy as jnp
    >>> print(jax.nn.glu(jnp.array([4., 0.])))
    [2.]
    """
    return _glu(x, axis)


def relu6(x):
    """x limited to the interval from 0 to 6, with derivative 0 at its ends.

    >>> import jaxgo as jax
    >>> print(jax.nn.relu6(7.))
    6.0
    """
    return _relu6(x)


def hard_sigmoid(x):
    """relu6(x + 3) / 6.

    >>> import jaxgo as jax
    >>> print(jax.nn.hard_sigmoid(0.))
    0.5
    """
    return _hard_sigmoid(x)


def hard_silu(x):
    """x·hard_sigmoid(x), also called hard_swish.

    >>> import jaxgo as jax
    >>> print(jax.nn.hard_silu(3.))
    3.0
    """
    return _hard_silu(x)


hard_swish = hard_silu


def log1mexp(x):
    """log(1 - exp(-x)) for x >= 0, accurate at both ends (Mächler, "Accurately computing log(1 - exp(-|a|))", 2012).

    >>> import jaxgo as jax
    >>> print(jax.nn.log1mexp(1.))
    -0.45867515
    """
    return _log1mexp(x)


# ---- softmax and its kin ----


def _axes(axis):
    return tuple(axis) if isinstance(axis, list) else axis


def softmax(x, axis=-1, where=None):
    """exp(x) divided by its sum along the axes, over the elements that ``where`` is true for; the others are 0.

    >>> import jaxgo as jax, jaxgo.numpy as jnp
    >>> print(jax.nn.softmax(jnp.zeros(4)))
    [0.25 0.25 0.25 0.25]
    """
    return _softmax(x, _axes(axis), where)


def log_softmax(x, axis=-1, where=None):
    """The logarithm of `softmax`, computed without overflow.

    >>> import jaxgo as jax, jaxgo.numpy as jnp
    >>> print(jax.nn.log_softmax(jnp.zeros(1)))
    [0.]
    """
    return _log_softmax(x, _axes(axis), where)


def logsumexp(a, axis=None, b=None, keepdims=False, return_sign=False, where=None):
    """log(sum(b·exp(a))) along the axes; with ``return_sign`` the logarithm of the absolute value, and the sign.

    >>> import jaxgo as jax, jaxgo.numpy as jnp
    >>> print(jax.nn.logsumexp(jnp.array([1000., 1000.])))
    1000.6932
    """
    out = _logsumexp(a, _axes(axis), b, bool(keepdims), bool(return_sign), where)
    return tuple(out) if return_sign else out


def logmeanexp(x, axis=None, where=None, keepdims=False):
    """log(mean(exp(x))) along the axes.

    >>> import jaxgo as jax, jaxgo.numpy as jnp
    >>> print(jax.nn.logmeanexp(jnp.array([3., 3.])))
    3.0
    """
    return _logmeanexp(x, _axes(axis), where, bool(keepdims))


def standardize(x, axis=-1, mean=None, variance=None, epsilon=_EPSILON, where=None, *, algorithm="fast"):
    """x shifted and scaled to mean 0 and variance 1 along the axes.

    ``algorithm`` says how the variance is found: "fast" is mean(x²) - mean(x)², "stable" takes a second pass.

    >>> import jaxgo as jax, jaxgo.numpy as jnp
    >>> print(jax.nn.standardize(jnp.array([1., 1.])))
    [0. 0.]
    """
    epsilon = None if epsilon is _EPSILON else epsilon
    return _standardize(x, _axes(axis), mean, variance, epsilon, where, algorithm)


def one_hot(x, num_classes, *, dtype=None, axis=-1):
    """A new axis along which there is a one at the place that x names, zeros elsewhere.

    >>> import jaxgo as jax, jaxgo.numpy as jnp
    >>> print(jax.nn.one_hot(jnp.array([0, 2]), 3))
    [[1. 0. 0.]
     [0. 0. 1.]]
    """
    if type(num_classes) is not int:
        num_classes = _size(num_classes)
    d = _float_dtype() if dtype is None else as_dtype(dtype, "one_hot")
    if not isinstance(x, _Array):
        from ..numpy import asarray

        x = asarray(x)
    if x.dtype.kind not in "iu" and not x.dtype.name.startswith(("int", "uint")):
        import warnings

        warnings.warn(f"jax.nn.one_hot input should be integer-typed; got dtype={x.dtype}", DeprecationWarning, stacklevel=2)
    try:
        axis = axis.__index__()
    except AttributeError:
        from .. import lax
        from ..numpy import asarray

        size = lax.axis_size(axis)
        if num_classes != size:
            raise ValueError(f"Expected num_classes to match the size of axis {axis}, but {num_classes} != {size}") from None
        return asarray(x == lax.axis_index(axis), dtype=d)
    return _one_hot(x, num_classes, d, axis)


def _size(n):
    from .. import errors

    if isinstance(n, _fast.Tracer):
        raise errors.ConcretizationTypeError(n, "The error arose in jax.nn.one_hot argument `num_classes`.")
    return n.__index__()


def _float_dtype():
    import numpy as np

    return np.dtype("float64" if config.jax_enable_x64 else "float32")


# ---- products ----


def dot_product_attention(
    query,
    key,
    value,
    bias=None,
    mask=None,
    *,
    scale=None,
    is_causal=False,
    query_seq_lengths=None,
    key_value_seq_lengths=None,
    local_window_size=None,
    implementation=None,
    return_residual=False,
):
    """Values weighed by the softmax of scale·query·key + bias (Vaswani et al., arXiv:1706.03762).

    Queries are (batch, queries, heads, size), keys and values (batch, keys, heads, size); the batch axis may be
    missing, and several query heads may share one of keys and values. Pairs where ``mask`` is false, keys behind the
    query if ``is_causal``, those beyond the lengths and outside the window take no part.

    >>> import jaxgo as jax, jaxgo.numpy as jnp
    >>> q = jnp.ones((2, 1, 4))
    >>> jax.nn.dot_product_attention(q, q, q).shape
    (2, 1, 4)
    """
    if implementation not in (None, "xla", "cudnn"):
        raise ValueError(f"Unsupported implementation option: {implementation}")
    if implementation == "cudnn":
        raise RuntimeError("cuDNN is not detected.")
    from ..numpy import asarray

    query, key, value = asarray(query), asarray(key), asarray(value)
    mask = None if mask is None else asarray(mask)
    bias = None if bias is None else asarray(bias)
    query_seq_lengths = None if query_seq_lengths is None else asarray(query_seq_lengths)
    key_value_seq_lengths = None if key_value_seq_lengths is None else asarray(key_value_seq_lengths)
    if scale is None:
        import numpy as np

        scale = 1.0 / np.sqrt(key.shape[-1])
    if isinstance(local_window_size, int):
        local_window_size = (local_window_size, local_window_size)
    out = _attention(
        query,
        key,
        value,
        bias,
        mask,
        scale,
        query_seq_lengths,
        key_value_seq_lengths,
        bool(is_causal),
        None if local_window_size is None else tuple(local_window_size),
        bool(return_residual),
    )
    return tuple(out) if return_residual else out


# ---- the rarely used, loaded when asked for ----

_scaled = ("get_scaled_dot_general_config", "scaled_dot_general", "scaled_matmul")


def __getattr__(name):
    if name == "tanh":
        from ..numpy import tanh

        globals()["tanh"] = tanh
        return tanh
    if name in _scaled:
        from . import _scaled_dot

        globals().update({n: getattr(_scaled_dot, n) for n in _scaled})
        return globals()[name]
    if name == "initializers":
        from importlib import import_module

        return import_module("jaxgo.nn.initializers")
    raise AttributeError(f"module {__name__!r} has no attribute {name!r}")


def __dir__():
    return [*globals(), "initializers", "tanh", *_scaled]
