"""Ragged matrix products: the rows of one operand belong to groups, each of which has a matrix of its own."""

from __future__ import annotations

from ._types import RaggedDotDimensionNumbers
from ._util import asarray

_BASIC = RaggedDotDimensionNumbers((([1], [1]), ([], [])), [0], [0])


def ragged_dot(lhs, rhs, group_sizes, precision=None, preferred_element_type=None, group_offset=None, out_sharding=None):
    """The product of each group of rows of ``lhs`` with the matrix of ``rhs`` that belongs to the group.

    ``lhs`` has shape (m, k), ``rhs`` (g, k, n) and ``group_sizes`` (g,): consecutive rows form the groups.

    >>> from jaxgo import lax, numpy as jnp
    >>> print(lax.ragged_dot(jnp.ones((3, 1)), jnp.array([[[1.]], [[2.]]]), jnp.array([1, 2])))
    [[1.]
     [2.]
     [2.]]
    """
    return ragged_dot_general(lhs, rhs, group_sizes, _BASIC, precision, preferred_element_type, group_offset, out_sharding)


def _mode(n, dims):
    """Whether the ragged axis of the left operand is "contracting", "batch" or neither, and which axis it is."""
    ragged = dims.lhs_ragged_dimensions[0]
    (contract, _), (batch, _) = dims.dot_dimension_numbers
    return "contracting" if ragged in contract else "batch" if ragged in batch else "rows", ragged


def _prefix(mode, n, ragged, batch, contract):
    """The axes that group sizes may depend on: those that come before the ragged one."""
    batch, contract = list(batch), list(contract)
    if mode == "batch":
        return batch[: batch.index(ragged)]
    if mode == "contracting":
        return batch + contract[: contract.index(ragged)]
    rows = [i for i in range(n) if i not in contract and i not in batch]
    return batch + rows[: rows.index(ragged)]


def ragged_dot_general(
    lhs, rhs, group_sizes, ragged_dot_dimension_numbers, precision=None, preferred_element_type=None, group_offset=None, out_sharding=None
):
    """The product of operands with any axes of which one of ``lhs`` is divided into groups: rows, a contracted or a batch axis.

    >>> from jaxgo import lax, numpy as jnp
    >>> dims = lax.RaggedDotDimensionNumbers((([0], [0]), ([], [])), [0], [])
    >>> print(lax.ragged_dot_general(jnp.ones((3, 1)), jnp.ones((3, 1)), jnp.array([1, 2]), dims))
    [[[1.]]
    <BLANKLINE>
     [[2.]]]
    """
    from ._shape import dot_general

    lhs, rhs, sizes, dims = asarray(lhs), asarray(rhs), asarray(group_sizes), ragged_dot_dimension_numbers
    mode, ragged = _check(lhs, rhs, sizes, dims)
    if group_offset is not None:
        raise NotImplementedError("Unimplemented group_offset support.")
    (lc, rc), (lb, rb) = dims.dot_dimension_numbers

    def product(a, b, numbers):
        return dot_general(a, b, numbers, precision, preferred_element_type)

    if mode == "batch":
        return product(lhs, rhs, dims.dot_dimension_numbers)
    prefix = _prefix(mode, lhs.ndim, ragged, lb, lc)
    wide = _by_group(lhs, ragged, sizes, prefix)
    up = lambda ds: [d + 1 for d in ds]  # noqa: E731
    if mode == "rows":
        return product(wide, rhs, ((up(lc) + [0], [*rc, dims.rhs_group_dimensions[0]]), (up(lb), rb)))
    other = rc[list(lc).index(ragged)]
    wide_rhs = _by_group(rhs, other, sizes, _prefix(mode, rhs.ndim, other, rb, rc))
    return product(wide, wide_rhs, ((up(lc), up(rc)), ([0] + up(lb), [0] + up(rb))))


def _by_group(x, dim, sizes, prefix):
    """x once for each group, on a new leading axis, with zeros where an element belongs to another group."""
    from . import _elementwise as e
    from ._reduce import cumsum
    from ._shape import broadcast_in_dim, broadcasted_iota, full_like, select, transpose

    ends = cumsum(sizes, sizes.ndim - 1)
    starts = ends - sizes
    if sizes.ndim > 1:  # groups first, then the axes that they depend on
        order = (sizes.ndim - 1, *range(sizes.ndim - 1))
        ends, starts, at = transpose(ends, order), transpose(starts, order), (0, *[p + 1 for p in prefix])
    else:
        at = (0,)
    shape = (sizes.shape[-1], *x.shape)
    index = broadcasted_iota(sizes.dtype, shape, dim + 1)
    inside = e.bitwise_and(e.le(broadcast_in_dim(starts, shape, at), index), e.lt(index, broadcast_in_dim(ends, shape, at)))
    wide = broadcast_in_dim(x, shape, tuple(range(1, len(shape))))
    return select(inside, wide, full_like(wide, 0))


def _check(lhs, rhs, sizes, dims):
    def in_range(dim, n, what, arg):
        if not 0 <= dim < n:
            raise TypeError(
                f"ragged_dot_general requires {what} numbers to be nonnegative and less than the number of axes of "
                f"the {arg} value, got {dim} "
                f"for {arg} of rank {n}."
            )

    if sizes.dtype.kind not in "iu":
        raise TypeError("ragged_dot_general requires that group_sizes.dtype is subtype of np.integer.")
    if len(dims.lhs_ragged_dimensions) != 1:
        raise TypeError("ragged_dot_general expects exactly one lhs ragged dimension.")
    in_range(dims.lhs_ragged_dimensions[0], lhs.ndim, "lhs ragged dimension", "lhs")
    mode, ragged = _mode(lhs.ndim, dims)
    (lc, rc), (lb, rb) = dims.dot_dimension_numbers
    if sizes.ndim == 0:
        raise TypeError("expected rank of group_sizes to be >=1.")
    groups = sizes.shape[-1]
    if sizes.ndim > 1:
        want = (*[lhs.shape[i] for i in _prefix(mode, lhs.ndim, ragged, lb, lc)], groups)
        if sizes.shape != want:
            raise TypeError(f"expected group_sizes to have shape {want}, got {sizes.shape}.")
    group_dims = dims.rhs_group_dimensions
    if mode != "rows":
        if len(group_dims):
            raise TypeError("ragged_dot_general requires zero group dimensions in the rhs when lhs ragged dimension is contracting or batch.")
        return mode, ragged
    if len(group_dims) != 1:
        raise TypeError("ragged_dot_general requires exactly one rhs group dimension when lhs ragged dimension is noncontracting.")
    g = group_dims[0]
    in_range(g, rhs.ndim, "rhs group dimension", "rhs")
    if g in rb or g in rc:
        raise TypeError("ragged_dot_general requires rhs group dimension numbers to be distinct from contracting and batch dimensions.")
    if rhs.shape[g] != groups:
        raise TypeError(f"expected rhs group dimension size to be {groups}, got {rhs.shape[g]}.")
    return mode, ragged
