"""x.view: the bytes of an array read as another dtype."""

from __future__ import annotations

from .. import lax
from .._dtype import as_dtype
from . import zeros


def view(x, dtype=None, type=None):
    """The bytes of x read as another dtype; the last axis changes its size with the elements'."""
    import numpy as np

    from ..dtypes import itemsize_bits
    from ._types import finfo

    if type is not None:
        raise NotImplementedError("`type` argument of array.view() is not supported.")
    if dtype is None:
        return x
    d = as_dtype(dtype, "view")
    bits_in, bits_out = itemsize_bits(x.dtype), itemsize_bits(d)
    if x.ndim == 0:
        if bits_in != bits_out:
            raise ValueError("view() of a 0d array is only supported if the itemsize is unchanged.")
        return view(lax.expand_dims(x, (0,)), d).squeeze()
    if x.shape[-1] * bits_in % bits_out != 0:
        raise ValueError("When changing to a larger dtype, its size must be a divisor of the total size in bytes of the last axis of the array.")
    if x.dtype == d:
        return x
    # Booleans and complex numbers can't be reinterpreted; they take a way around.
    if x.dtype == bool:
        return view(x.astype("uint8"), d)
    if x.dtype.kind == "c":
        parts = zeros((*x.shape[:-1], x.shape[-1] * 2), finfo(x.dtype).dtype)
        return view(parts.at[..., 0::2].set(x.real).at[..., 1::2].set(x.imag), d)
    if d.kind == "b":
        return view(x, np.uint8).astype(bool)
    if d.kind == "c":
        out = view(x, finfo(d).dtype).astype(d)
        return out[..., 0::2] + 1j * out[..., 1::2]
    if bits_in < bits_out:
        k = bits_out // bits_in
        return lax.bitcast_convert_type(x.reshape(*x.shape[:-1], x.shape[-1] // k, k), d)
    out = lax.bitcast_convert_type(x, d)
    return out.reshape(*out.shape[:-2], out.shape[-2] * out.shape[-1]) if bits_in > bits_out else out
