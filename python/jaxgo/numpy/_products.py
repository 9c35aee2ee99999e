"""Products of arrays: dot, matmul, einsum and their like."""

from __future__ import annotations

from .. import _fast
from .._dtype import dtype_arg
from ._util import _no_out, precision_name

_func = _fast.func

_cross = _func("jnp.cross")


def cross(a, b, axisa=-1, axisb=-1, axisc=-1, axis=None):
    """Compute the (batched) cross product of two arrays. See numpy.cross."""
    return _cross(a, b, axisa, axisb, axisc, axis)


_dot = _func("jnp.dot")


def dot(a, b, *, precision=None, preferred_element_type=None, out_sharding=None):
    """Compute the dot product of two arrays. See numpy.dot."""
    return _dot(a, b, precision_name(precision), None if preferred_element_type is None else dtype_arg(preferred_element_type))


_inner = _func("jnp.inner")


def inner(a, b, *, precision=None, preferred_element_type=None):
    """Compute the inner product of two arrays. See numpy.inner."""
    return _inner(a, b, precision_name(precision), None if preferred_element_type is None else dtype_arg(preferred_element_type))


_kron = _func("jnp.kron")


def kron(a, b):
    """Compute the Kronecker product of two input arrays. See numpy.kron."""
    return _kron(a, b)


_matmul = _func("jnp.matmul")


def matmul(a, b, *, precision=None, preferred_element_type=None, out_sharding=None):
    """Perform a matrix multiplication. See numpy.matmul."""
    return _matmul(a, b, precision_name(precision), None if preferred_element_type is None else dtype_arg(preferred_element_type))


_matvec = _func("jnp.matvec")


def matvec(x1, x2, /):
    """Batched matrix-vector product. See numpy.matvec."""
    return _matvec(x1, x2)


_outer = _func("jnp.outer")


def outer(a, b, out=None):
    """Compute the outer product of two arrays. See numpy.outer."""
    _no_out("outer", out)
    return _outer(a, b)


_tensordot = _func("jnp.tensordot")


def tensordot(a, b, axes=2, *, precision=None, preferred_element_type=None, out_sharding=None):
    """Compute the tensor dot product of two N-dimensional arrays. See numpy.tensordot."""
    return _tensordot(a, b, axes, precision_name(precision), None if preferred_element_type is None else dtype_arg(preferred_element_type))


_vdot = _func("jnp.vdot")


def vdot(a, b, *, precision=None, preferred_element_type=None):
    """Perform a conjugate multiplication of two 1D vectors. See numpy.vdot."""
    return _vdot(a, b, precision_name(precision), None if preferred_element_type is None else dtype_arg(preferred_element_type))


_vecdot = _func("jnp.vecdot")


def vecdot(x1, x2, /, *, axis=-1, precision=None, preferred_element_type=None):
    """Perform a conjugate multiplication of two batched vectors. See numpy.vecdot."""
    return _vecdot(x1, x2, axis, precision_name(precision), None if preferred_element_type is None else dtype_arg(preferred_element_type))


_vecmat = _func("jnp.vecmat")


def vecmat(x1, x2, /):
    """Batched conjugate vector-matrix product. See numpy.vecmat."""
    return _vecmat(x1, x2)
