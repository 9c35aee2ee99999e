"""ShapeDtypeStruct: a shape and a dtype where an array would stand."""

from __future__ import annotations


class ShapeDtypeStruct:
    """The shape, dtype and other attributes of an array, without its data.

    >>> import jaxgo as jax, jaxgo.numpy as jnp
    >>> jax.ShapeDtypeStruct((2, 3), jnp.float32)
    ShapeDtypeStruct(shape=(2, 3), dtype=float32)
    """

    __slots__ = ("_dtype", "shape", "sharding", "weak_type")
    is_ref = False

    def __init__(self, shape, dtype, *, sharding=None, weak_type=False, manual_axis_type=None, is_ref=False):
        if dtype is None:
            raise ValueError(f"ShapeDtypeStruct: dtype must be specified. Got {dtype=}")
        set_ = object.__setattr__
        set_(self, "shape", tuple(shape))
        set_(self, "_dtype", dtype if hasattr(dtype, "_impl") else _np_dtype(dtype))
        set_(self, "sharding", sharding)
        set_(self, "weak_type", bool(weak_type))

    def __setattr__(self, name, value):
        raise AttributeError(f"cannot assign to field {name!r}" if name in self.__slots__ else f"ShapeDtypeStruct has no attribute {name!r}")

    dtype = property(lambda self: self._dtype)

    @property
    def size(self):
        n = 1
        for d in self.shape:
            n *= d
        return n

    @property
    def ndim(self):
        return len(self.shape)

    @property
    def nbytes(self):
        return self.size * self.dtype.itemsize

    @classmethod
    def like(cls, x):
        """The struct of an array or anything with a shape and dtype."""
        from ._api import typeof

        a = typeof(x)
        return cls(a.shape, a.dtype, weak_type=a.weak_type)

    def update(self, **kwargs):
        """A copy with some attributes replaced."""
        d = {"shape": self.shape, "dtype": self.dtype, "sharding": self.sharding, "weak_type": self.weak_type}
        bad = set(kwargs) - set(d)
        if bad:
            raise TypeError(f"ShapeDtypeStruct.update got unexpected keyword arguments {sorted(bad)}")
        d.update(kwargs)
        return ShapeDtypeStruct(d.pop("shape"), d.pop("dtype"), **d)

    def str_short(self, short_dtypes=False, mesh_axis_types=False):
        from .core import ShapedArray

        return ShapedArray(self.shape, self.dtype).str_short(short_dtypes)

    def __len__(self):
        try:
            return self.shape[0]
        except IndexError:
            raise TypeError("len() of unsized object") from None

    def __repr__(self):
        sh = f", sharding={self.sharding}" if self.sharding is not None else ""
        weak = f", weak_type={self.weak_type}" if self.weak_type else ""
        return f"ShapeDtypeStruct(shape={self.shape}, dtype={getattr(self.dtype, 'name', self.dtype)}{sh}{weak})"

    __str__ = __repr__

    def __eq__(self, other):
        if not isinstance(other, ShapeDtypeStruct):
            return False
        return (self.shape, self.dtype, self.sharding, self.weak_type) == (other.shape, other.dtype, other.sharding, other.weak_type)

    def __hash__(self):
        return hash((self.shape, self.dtype, self.sharding, self.weak_type))


def _np_dtype(d):
    import numpy as np

    return np.dtype(d)
