"""Products of arrays: dot, matmul, einsum and their like."""

from __future__ import annotations

from .. import _fast
from .._dtype import dtype_arg
from ._util import _no_out, precision_name

_func = _fast.func

_cross = _func("jnp.cross")


def cross(a, b, axisa=-1, axisb=-1, axisc=-1, axis=None):
    """Compute the (batched) cross product of two arrays. See numpy.cross.

    >>> import jaxgo.numpy as jnp
    >>> jnp.cross(jnp.array([1, 0, 0]), jnp.array([0, 1, 0]))
    Array([0, 0, 1], dtype=int32)
    """
    return _cross(a, b, axisa, axisb, axisc, axis)


_dot = _func("jnp.dot")


def dot(a, b, *, precision=None, preferred_element_type=None, out_sharding=None):
    """Compute the dot product of two arrays. See numpy.dot.

    >>> import jaxgo.numpy as jnp
    >>> jnp.dot(jnp.array([1, 2]), jnp.array([3, 4]))
    Array(11, dtype=int32)
    """
    return _dot(a, b, precision_name(precision), None if preferred_element_type is None else dtype_arg(preferred_element_type))


_inner = _func("jnp.inner")


def inner(a, b, *, precision=None, preferred_element_type=None):
    """Compute the inner product of two arrays. See numpy.inner.

    >>> import jaxgo.numpy as jnp
    >>> jnp.inner(jnp.array([[1, 2], [3, 4]]), jnp.array([1, 1]))
    Array([3, 7], dtype=int32)
    """
    return _inner(a, b, precision_name(precision), None if preferred_element_type is None else dtype_arg(preferred_element_type))


_kron = _func("jnp.kron")


def kron(a, b):
    """Compute the Kronecker product of two input arrays. See numpy.kron.

    >>> import jaxgo.numpy as jnp
    >>> jnp.kron(jnp.array([1, 2]), jnp.array([1, 1]))
    Array([1, 1, 2, 2], dtype=int32)
    """
    return _kron(a, b)


_matmul = _func("jnp.matmul")


def matmul(a, b, *, precision=None, preferred_element_type=None, out_sharding=None):
    """Perform a matrix multiplication. See numpy.matmul.

    >>> import jaxgo.numpy as jnp
    >>> jnp.matmul(jnp.array([[1, 2], [3, 4]]), jnp.array([1, 1]))
    Array([3, 7], dtype=int32)
    """
    return _matmul(a, b, precision_name(precision), None if preferred_element_type is None else dtype_arg(preferred_element_type))


_matvec = _func("jnp.matvec")


def matvec(x1, x2, /):
    """Batched matrix-vector product. See numpy.matvec.

    >>> import jaxgo.numpy as jnp
    >>> jnp.matvec(jnp.array([[1, 2], [3, 4]]), jnp.array([1, 1]))
    Array([3, 7], dtype=int32)
    """
    return _matvec(x1, x2)


_outer = _func("jnp.outer")


def outer(a, b, out=None):
    """Compute the outer product of two arrays. See numpy.outer.

    >>> import jaxgo.numpy as jnp
    >>> jnp.outer(jnp.array([1, 2]), jnp.array([3, 4]))
    Array([[3, 4],
           [6, 8]], dtype=int32)
    """
    if out is not None:
        _no_out("outer", out)
    return _outer(a, b)


_tensordot = _func("jnp.tensordot")


def tensordot(a, b, axes=2, *, precision=None, preferred_element_type=None, out_sharding=None):
    """Compute the tensor dot product of two N-dimensional arrays. See numpy.tensordot.

    >>> import jaxgo.numpy as jnp
    >>> jnp.tensordot(jnp.ones((2, 3)), jnp.ones((3, 2)), 1)
    Array([[3., 3.],
           [3., 3.]], dtype=float32)
    """
    return _tensordot(a, b, axes, precision_name(precision), None if preferred_element_type is None else dtype_arg(preferred_element_type))


_vdot = _func("jnp.vdot")


def vdot(a, b, *, precision=None, preferred_element_type=None):
    """Perform a conjugate multiplication of two 1D vectors. See numpy.vdot.

    >>> import jaxgo.numpy as jnp
    >>> jnp.vdot(jnp.array([1j]), jnp.array([1j]))
    Array(1.+0.j, dtype=complex64)
    """
    return _vdot(a, b, precision_name(precision), None if preferred_element_type is None else dtype_arg(preferred_element_type))


_vecdot = _func("jnp.vecdot")


def vecdot(x1, x2, /, *, axis=-1, precision=None, preferred_element_type=None):
    """Perform a conjugate multiplication of two batched vectors. See numpy.vecdot.

    >>> import jaxgo.numpy as jnp
    >>> jnp.vecdot(jnp.ones((2, 3)), jnp.ones(3))
    Array([3., 3.], dtype=float32)
    """
    return _vecdot(x1, x2, axis, precision_name(precision), None if preferred_element_type is None else dtype_arg(preferred_element_type))


_vecmat = _func("jnp.vecmat")


def vecmat(x1, x2, /):
    """Batched conjugate vector-matrix product. See numpy.vecmat.

    >>> import jaxgo.numpy as jnp
    >>> jnp.vecmat(jnp.array([1, 1]), jnp.array([[1, 2], [3, 4]]))
    Array([4, 6], dtype=int32)
    """
    return _vecmat(x1, x2)


# ---- einsum ----

_einsum = _func("jnp.einsum")


def einsum(subscripts, /, *operands, out=None, optimize="auto", precision=None, preferred_element_type=None, _dot_general=None, out_sharding=None):
    """Sums of products in Einstein's notation.

    >>> import jaxgo.numpy as jnp
    >>> jnp.einsum("ij,j->i", jnp.eye(2), jnp.array([1., 2.]))
    Array([1., 2.], dtype=float32)
    """
    if out is not None:
        raise NotImplementedError("The 'out' argument to jnp.einsum is not supported.")
    if type(subscripts) is not str:
        subscripts, operands = _sublists((subscripts, *operands))
    if type(optimize) is not str:
        optimize = _path(optimize, subscripts, operands)
    return _einsum(
        subscripts,
        operands,
        optimize,
        precision_name(precision),
        None if preferred_element_type is None else dtype_arg(preferred_element_type, "einsum"),
    )


def _path(optimize, subscripts, operands):
    """The optimize argument as the extension knows it: None, a bool, a name, or a sequence of pairs."""
    if optimize is None or isinstance(optimize, bool):
        return bool(optimize)
    if isinstance(optimize, (list, tuple)):
        return tuple(tuple(p) if isinstance(p, (list, tuple)) else p for p in optimize if not isinstance(p, str))
    if callable(optimize):  # opt_einsum's protocol
        inputs, _, output = subscripts.replace(" ", "").partition("->")
        sets = [set(s) for s in inputs.split(",")]
        sizes = {c: n for s, x in zip(inputs.split(","), operands) for c, n in zip(s, x.shape)}
        return tuple(map(tuple, optimize(sets, set(output), sizes)))
    return optimize


def _sublists(args):
    """einsum's other form, operands each followed by a list of axis labels, as a string."""
    ops, subs = list(args[0::2]), list(args[1::2])
    out = ops.pop() if len(args) % 2 else None
    names: dict = {}
    for s in sorted({s for sub in subs for s in sub if s is not Ellipsis}):
        names[s] = chr(ord("a") + len(names)) if len(names) < 26 else chr(ord("A") + len(names) - 26) if len(names) < 52 else chr(140 + len(names))

    def text(sub):
        return "".join("..." if s is Ellipsis else names[s] for s in sub)

    spec = ",".join(map(text, subs))
    return (spec if out is None else spec + "->" + text(out)), tuple(ops)


def einsum_path(subscripts, /, *operands, optimize="auto"):
    """The order in which einsum contracts its operands, and a description of it.

    >>> import jaxgo.numpy as jnp
    >>> x = jnp.ones((2, 2))
    >>> jnp.einsum_path("ij,jk->ik", x, x)[0]
    [(0, 1)]
    """
    if type(subscripts) is not str:
        subscripts, operands = _sublists((subscripts, *operands))
    from . import shape

    path, steps, naive, best = _fast.call("einsum_path", subscripts, [shape(x) for x in operands], _path(optimize, subscripts, operands))
    lines = [f"  Complete contraction:  {subscripts}", f"  Multiplications at once:  {naive:.3e}", f"  Multiplications of the path:  {best:.3e}"]
    return [tuple(p) for p in path], "\n".join(lines + [f"  {p}  {s}" for p, s in zip(path, steps)])
