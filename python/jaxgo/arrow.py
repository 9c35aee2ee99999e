"""jaxgo.arrow: arrays to and from Arrow libraries by the PyCapsule interface of Arrow's C data interface.

Out: every array has ``__arrow_c_array__``, so ``pyarrow.array(x)``, ``polars.Series(x)`` and their like take it without a
copy (booleans are packed into bits). The first axis becomes the length of the Arrow array, the others lists of fixed size
nested in each other: a (10, 3) array of float32 has the type ``fixed_size_list<float>[3]``. Arrow has no arrays without
axes and no complex, bfloat16, float8 or int4 elements; such arrays raise.

In: `from_arrow`. Arrow allocates memory that is aligned to 64 bytes, which is used in place.
"""

from __future__ import annotations

from . import _fast


def from_arrow(obj, *, copy=None):
    """An array of an Arrow array without nulls: integers, floats, booleans, fixed-size lists of them, fixed-shape tensors.

    obj has ``__arrow_c_array__``, as arrays of pyarrow, nanoarrow and arro3 do. Its memory is used in place if it is
    aligned to 64 bytes and of a dtype that arrays can have (without x64, 64-bit numbers are narrowed); otherwise, and with
    copy=True, it is copied. copy=False raises a ValueError where a copy is needed.

    >>> import jaxgo.numpy as jnp
    >>> from_arrow(jnp.arange(3))
    Array([0, 1, 2], dtype=int32)
    """
    if not hasattr(obj, "__arrow_c_array__"):
        if hasattr(obj, "__arrow_c_stream__"):
            raise TypeError(f"from_arrow: {type(obj).__name__} is a stream of several arrays; combine its chunks into one first")
        raise TypeError(f"from_arrow: {type(obj).__name__} has no __arrow_c_array__ method")
    pair = obj.__arrow_c_array__()
    if not isinstance(pair, tuple) or len(pair) != 2:
        raise TypeError(f"from_arrow: __arrow_c_array__ gave {type(pair).__name__}, not a pair of capsules")
    x = _fast.arrow_import(*pair, copy)
    return x if _fast.call("is_eager") else _fast.call("stage", x)
