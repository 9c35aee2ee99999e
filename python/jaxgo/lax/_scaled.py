"""Matrix products of block-scaled operands."""

from __future__ import annotations


def scaled_dot(lhs, rhs, *, lhs_scale=None, rhs_scale=None, dimension_numbers=None, preferred_element_type=None):
    """The product of operands whose elements are multiplied, block by block along contracted axes, by scales.

    A scale has the shape of its operand, but for contracted axes: there each number belongs to a block. The products are
    those of bfloat16.

    >>> from jaxgo import lax, numpy as jnp
    >>> print(lax.scaled_dot(jnp.ones((1, 4)), jnp.ones((4, 1)), lhs_scale=jnp.array([[1., 2.]])))
    [[6]]
    """
    from .._dtype import as_dtype
    from ..numpy import bfloat16
    from ._shape import dot_general

    if dimension_numbers is None:
        if lhs.ndim < 2:
            raise TypeError("scaled_dot does not support 0-rank and 1-rank operands.")
        n = lhs.ndim
        batch = tuple(range(n - 2))
        dimension_numbers = ((n - 1,), (n - 2,)), (batch, batch)
    (lc, rc), (lb, rb) = dimension_numbers
    _check(lhs, rhs, lhs_scale, rhs_scale, dimension_numbers)
    dtype = as_dtype(bfloat16 if preferred_element_type is None else preferred_element_type, "scaled_dot")
    return dot_general(_scaled(lhs, lhs_scale, lc, bfloat16), _scaled(rhs, rhs_scale, rc, bfloat16), dimension_numbers, preferred_element_type=dtype)


def _scaled(x, scale, contract, dtype):
    from ..numpy import repeat

    y = x.astype(dtype)
    if scale is None:
        return y
    for i in contract:
        if scale.shape[i] != x.shape[i]:
            scale = repeat(scale, x.shape[i] // scale.shape[i], axis=i, total_repeat_length=x.shape[i])
    return y * scale.astype(dtype)


def _check(lhs, rhs, lhs_scale, rhs_scale, dims):
    (lc, rc), (lb, rb) = dims
    arrays = [x for x in (lhs, rhs, lhs_scale, rhs_scale) if x is not None]
    if len({x.ndim for x in arrays}) > 1:
        ranks = [x.ndim if x is not None else "N/A" for x in (lhs, rhs, lhs_scale, rhs_scale)]
        raise TypeError(
            "All input tensors must have the same rank. Got lhs rank: {} rhs rank: {} lhs_scale rank: {} rhs_scale rank: {}.".format(*ranks)
        )
    if len(lb) != len(rb):
        raise TypeError(f"LHS and RHS must have the same number of batch dimensions, got {len(lb)} and {len(rb)}.")
    if len(lc) != len(rc):
        raise TypeError(f"LHS and RHS must have the same number of contracting dimensions, got {len(lc)} and {len(rc)}.")
    for i, j in zip(lb, rb):
        sizes = {lhs.shape[i], rhs.shape[j]} | ({lhs_scale.shape[i]} if lhs_scale is not None else set())
        if len(sizes | ({rhs_scale.shape[j]} if rhs_scale is not None else set())) > 1:
            raise TypeError(f"All input tensors must have the same batch dimension size for batch dims ({i}, {j}).")
    for i, j in zip(lc, rc):
        if lhs.shape[i] != rhs.shape[j]:
            raise TypeError(f"LHS contracting dim {i} of size {lhs.shape[i]} does not match RHS contracting dim {j} of size {rhs.shape[j]}.")
    for side, x, scale, contract in (("LHS", lhs, lhs_scale, lc), ("RHS", rhs, rhs_scale, rc)):
        if scale is None:
            continue
        for i, size in enumerate(x.shape):
            n = scale.shape[i]
            if i not in contract:
                if n != size:
                    raise TypeError(f"{side} dim {i} of size {size} does not match scale dim size {n}.")
            elif size % n:
                raise TypeError(f"{side} contracting dim {i} of size {size} must be divisible by its scale's dim size {n}.")
            elif size // n < 2:
                raise TypeError(f"The ratio of {side} contracting dim {i} to its scale's dim size ({size // n}) must be at least 2.")
