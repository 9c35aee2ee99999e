"""jaxgo.numpy.linalg: norms, products and factorizations of matrices."""

from __future__ import annotations

import functools
import operator

from .. import _fast
from .._api import jit
from . import abs, amax, amin, broadcast_to, conj, einsum, eye, power, real, sqrt, sum
from . import cross as _cross
from . import diagonal as _diagonal
from . import matmul as _matmul
from . import tensordot as _tensordot
from . import trace as _trace
from . import vecdot as _vecdot
from ._linalg_factors import (
    cholesky,
    cond,
    det,
    eig,
    eigh,
    eigvals,
    eigvalsh,
    inv,
    lstsq,
    matrix_rank,
    pinv,
    qr,
    slogdet,
    solve,
    svd,
    svdvals,
    tensorinv,
    tensorsolve,
)
from ._types import finfo
from ._util import arrays, canonical_axis, promoted_inexact

__all__ = [
    "cholesky",
    "cond",
    "cross",
    "det",
    "diagonal",
    "eig",
    "eigh",
    "eigvals",
    "eigvalsh",
    "inv",
    "lstsq",
    "matmul",
    "matrix_norm",
    "matrix_power",
    "matrix_rank",
    "matrix_transpose",
    "multi_dot",
    "norm",
    "outer",
    "pinv",
    "qr",
    "slogdet",
    "solve",
    "svd",
    "svdvals",
    "tensordot",
    "tensorinv",
    "tensorsolve",
    "trace",
    "vecdot",
    "vector_norm",
]

_inf = float("inf")


def _inexact(name, a):
    return promoted_inexact(arrays("jnp.linalg." + name, a))[0]


def _matrix_power(a, n):
    a = arrays("jnp.linalg.matrix_power", a)
    if a.ndim < 2:
        raise TypeError(f"{a.ndim}-dimensional array given. Array must be at least two-dimensional")
    if a.shape[-2] != a.shape[-1]:
        raise TypeError("Last 2 dimensions of the array must be square")
    try:
        n = operator.index(n)
    except TypeError as e:
        raise TypeError(f"exponent must be an integer, got {n}") from e
    if n == 0:
        return broadcast_to(eye(a.shape[-2], dtype=a.dtype), a.shape)
    if n < 0:
        a, n = inv(a), -n
    if n <= 3:
        return a if n == 1 else a @ a if n == 2 else (a @ a) @ a
    z = result = None
    while n > 0:
        z = a if z is None else z @ z
        n, bit = divmod(n, 2)
        if bit:
            result = z if result is None else result @ z
    return result


_jit_matrix_power = jit(_matrix_power, static_argnums=1)


def matrix_power(a, n):
    """A square matrix multiplied by itself n times.

    >>> import jaxgo.numpy as jnp
    >>> jnp.linalg.matrix_power(jnp.array([[1, 2], [3, 4]]), 2)
    Array([[ 7, 10],
           [15, 22]], dtype=int32)
    """
    return _jit_matrix_power(a, n)


# ---- norms ----


def _norm(x, ord=None, axis=None, keepdims=False):
    x = _inexact("norm", x)
    n = x.ndim
    if axis is None:
        if ord is None:  # of any rank, though NumPy does not say so
            return sqrt(sum(real(x * conj(x)), keepdims=keepdims))
        axis = tuple(range(n))
    else:
        axis = tuple(canonical_axis(a, n) for a in (axis if isinstance(axis, tuple) else (axis,)))
    if len(axis) == 1:
        return vector_norm(x, ord=2 if ord is None else ord, axis=axis, keepdims=keepdims)
    if len(axis) != 2:
        raise ValueError(f"Improper number of axes for norm: {axis=}. Pass one axis to compute a vector-norm, or two axes to compute a matrix-norm.")
    row, col = axis
    if ord is None or ord in ("f", "fro"):
        return sqrt(sum(real(x * conj(x)), axis=axis, keepdims=keepdims))
    if ord in (1, -1, _inf, -_inf):
        if _size(ord) == _inf:
            row, col = col, row
        if not keepdims and col > row:
            col -= 1
        s = sum(abs(x), axis=row, keepdims=keepdims)
        return amax(s, axis=col, keepdims=keepdims, initial=0) if ord > 0 else amin(s, axis=col, keepdims=keepdims)
    if ord in ("nuc", 2, -2):
        return _spectral(x, ord, axis, keepdims)
    raise ValueError(f"Invalid order '{ord}' for matrix norm.")


def _size(x):
    return x if x >= 0 else -x


def _spectral(x, ord, axis, keepdims):
    from . import expand_dims, moveaxis

    s = svd(moveaxis(x, axis, (-2, -1)), compute_uv=False)
    y = amax(s, axis=-1, initial=0) if ord == 2 else amin(s, axis=-1) if ord == -2 else sum(s, axis=-1)
    return expand_dims(y, axis) if keepdims else y


@functools.lru_cache(256)
def _norm_of(ord, axis, keepdims):
    def norm(x):
        return _norm(x, ord, axis, keepdims)

    return jit(norm)


def norm(x, ord=None, axis=None, keepdims=False):
    """The norm of a vector or matrix.

    >>> import jaxgo.numpy as jnp
    >>> print(jnp.linalg.norm(jnp.array([3., 4.])))
    5.0
    """
    return _norm_of(ord, axis, keepdims)(x)


def matrix_norm(x, /, *, keepdims=False, ord="fro"):
    """The norm of the matrices in the last two axes.

    >>> import jaxgo.numpy as jnp
    >>> jnp.linalg.matrix_norm(jnp.array([[3., 4.]]))
    Array(5., dtype=float32)
    """
    return norm(arrays("jnp.linalg.matrix_norm", x), ord=ord, keepdims=keepdims, axis=(-2, -1))


def vector_norm(x, /, *, axis=None, keepdims=False, ord=2):
    """The norm of vectors along axes.

    >>> import jaxgo.numpy as jnp
    >>> jnp.linalg.vector_norm(jnp.array([3., 4.]))
    Array(5., dtype=float32)
    """
    x = arrays("jnp.linalg.vector_norm", x)
    if ord is None or ord == 2:
        return sqrt(sum(real(x * conj(x)), axis=axis, keepdims=keepdims))
    if ord == _inf:
        return amax(abs(x), axis=axis, keepdims=keepdims, initial=0)
    if ord == -_inf:
        return amin(abs(x), axis=axis, keepdims=keepdims)
    if ord == 0:
        return sum(x != 0, dtype=finfo(x.dtype).dtype, axis=axis, keepdims=keepdims)
    if ord == 1:
        return sum(abs(x), axis=axis, keepdims=keepdims)
    if isinstance(ord, str):
        hint = {"inf": "Use 'jax.numpy.inf' instead.", "-inf": "Use '-jax.numpy.inf' instead."}.get(ord, "")
        raise ValueError(f"Invalid order '{ord}' for vector norm.{hint}")
    x = abs(x)
    from . import full_like

    p = full_like(x, ord, shape=())
    return power(sum(x**p, axis=axis, keepdims=keepdims), full_like(x, 1.0 / ord, shape=()))


# ---- products ----


def cross(x1, x2, /, *, axis=-1):
    """The cross product of vectors along an axis.

    >>> import jaxgo.numpy as jnp
    >>> jnp.linalg.cross(jnp.array([1, 0, 0]), jnp.array([0, 1, 0]))
    Array([0, 0, 1], dtype=int32)
    """
    x1, x2 = arrays("jnp.linalg.outer", x1, x2)
    if x1.shape[axis] != 3 or x2.shape[axis] != 3:
        raise ValueError(f"Both input arrays must be (arrays of) 3-dimensional vectors, but they have {x1.shape[axis]=} and {x2.shape[axis]=}")
    return _cross(x1, x2, axis=axis)


def outer(x1, x2, /):
    """The outer product of two vectors.

    >>> import jaxgo.numpy as jnp
    >>> jnp.linalg.outer(jnp.array([1, 2]), jnp.array([3, 4]))
    Array([[3, 4],
           [6, 8]], dtype=int32)
    """
    x1, x2 = arrays("jnp.linalg.outer", x1, x2)
    if x1.ndim != 1 or x2.ndim != 1:
        raise ValueError(f"Input arrays must be one-dimensional, but they are {x1.ndim=} {x2.ndim=}")
    return x1[:, None] * x2[None, :]


def matrix_transpose(x, /):
    """The last two axes exchanged.

    >>> import jaxgo.numpy as jnp
    >>> jnp.linalg.matrix_transpose(jnp.array([[1, 2], [3, 4]]))
    Array([[1, 3],
           [2, 4]], dtype=int32)
    """
    x = arrays("jnp.linalg.matrix_transpose", x)
    if x.ndim < 2:
        raise ValueError(f"matrix_transpose requires at least 2 dimensions; got ndim={x.ndim}")
    return _fast.call("jnp.matrix_transpose", x)


def vecdot(x1, x2, /, *, axis=-1, precision=None, preferred_element_type=None):
    """The products of vectors along an axis, the first ones conjugated.

    >>> import jaxgo.numpy as jnp
    >>> jnp.linalg.vecdot(jnp.array([1, 2]), jnp.array([3, 4]))
    Array(11, dtype=int32)
    """
    x1, x2 = arrays("jnp.linalg.vecdot", x1, x2)
    return _vecdot(x1, x2, axis=axis, precision=precision, preferred_element_type=preferred_element_type)


def matmul(x1, x2, /, *, precision=None, preferred_element_type=None):
    """The product of matrices.

    >>> import jaxgo.numpy as jnp
    >>> jnp.linalg.matmul(jnp.array([[1, 2], [3, 4]]), jnp.array([1, 1]))
    Array([3, 7], dtype=int32)
    """
    x1, x2 = arrays("jnp.linalg.matmul", x1, x2)
    return _matmul(x1, x2, precision=precision, preferred_element_type=preferred_element_type)


def tensordot(x1, x2, /, *, axes=2, precision=None, preferred_element_type=None, out_sharding=None):
    """The sums of products over pairs of axes.

    >>> import jaxgo.numpy as jnp
    >>> jnp.linalg.tensordot(jnp.ones((2, 3)), jnp.ones((3, 2)), axes=1)
    Array([[3., 3.],
           [3., 3.]], dtype=float32)
    """
    x1, x2 = arrays("jnp.linalg.tensordot", x1, x2)
    return _tensordot(x1, x2, axes=axes, precision=precision, preferred_element_type=preferred_element_type)


def diagonal(x, /, *, offset=0):
    """A diagonal of the matrices in the last two axes.

    >>> import jaxgo.numpy as jnp
    >>> jnp.linalg.diagonal(jnp.array([[1, 2], [3, 4]]))
    Array([1, 4], dtype=int32)
    """
    return _diagonal(arrays("jnp.linalg.diagonal", x), offset=offset, axis1=-2, axis2=-1)


def trace(x, /, *, offset=0, dtype=None):
    """The sum of a diagonal of the matrices in the last two axes.

    >>> import jaxgo.numpy as jnp
    >>> jnp.linalg.trace(jnp.array([[1, 2], [3, 4]]))
    Array(5, dtype=int32)
    """
    return _trace(arrays("jnp.linalg.trace", x), offset=offset, axis1=-2, axis2=-1, dtype=dtype)


def multi_dot(arrays, *, precision=None):
    """The product of several matrices, in the order that takes the fewest multiplications.

    >>> import jaxgo.numpy as jnp
    >>> jnp.linalg.multi_dot([jnp.array([[1, 2], [3, 4]]), jnp.array([[1, 2], [3, 4]]), jnp.array([1, 1])])
    Array([17, 37], dtype=int32)
    """
    from ._util import arrays as made

    xs = made("jnp.linalg.multi_dot", *arrays)
    xs = list(xs) if isinstance(xs, tuple) else [xs]
    if len(xs) < 2:
        raise ValueError(f"multi_dot requires at least two arrays; got len(arrays)={len(xs)}")
    shapes = [x.shape for x in xs]
    if xs[0].ndim not in (1, 2) or xs[-1].ndim not in (1, 2) or any(x.ndim != 2 for x in xs[1:-1]):
        raise ValueError(
            "multi_dot: input arrays must all be two-dimensional, except for the first and last array which may be 1 or 2 dimensional."
            f" Got array shapes {shapes}"
        )
    if any(a.shape[-1] != b.shape[0] for a, b in zip(xs[:-1], xs[1:])):
        raise ValueError(f"multi_dot: last dimension of each array must match first dimension of following array. Got array shapes {shapes}")
    axes = [(i, i + 1) for i in range(len(xs))]
    if xs[0].ndim == 1:
        axes[0] = axes[0][1:]
    if xs[-1].ndim == 1:
        axes[-1] = axes[-1][:1]
    return einsum(*(v for pair in zip(xs, axes) for v in pair), optimize="auto", precision=precision)
