"""The dtypes of typed random keys."""

from __future__ import annotations

_IMPLS = {"key<fry>": ("threefry2x32", "fry", 2), "key<rbg>": ("rbg", "rbg", 4), "key<urbg>": ("unsafe_rbg", "urbg", 4)}


class KeyTy:
    """A dtype whose elements are random keys of one implementation."""

    __slots__ = ("_code", "_impl", "name")
    kind = "V"
    names = None
    itemsize = 8

    def __init__(self, name):
        from ._hooks import codes

        self.name = name
        self._impl = _IMPLS[name][0]
        self._code = codes[name]

    @property
    def type(self):
        from .dtypes import prng_key

        return prng_key

    @property
    def key_shape(self):
        return (_IMPLS[self.name][2],)

    def __repr__(self):
        return self.name

    __str__ = __repr__

    def __eq__(self, other):
        return type(other) is KeyTy and self._impl == other._impl

    def __hash__(self):
        return hash((KeyTy, self._impl))

    def __reduce__(self):
        return key_dtype, (self.name,)


_made: dict = {}


def key_dtype(name):
    d = _made.get(name)
    if d is None:
        d = _made[name] = KeyTy(name)
        from . import _fast

        _fast.register_dtype(d, d._code)
    return d


def impl_dtype(impl):
    """The key dtype of an implementation: of its name, of what stands for it, or of None, the configuration's default."""
    from ._config import config

    if impl is None:
        impl = config.jax_default_prng_impl
    if isinstance(impl, KeyTy):
        return impl
    name = getattr(impl, "_name", impl)  # jaxgo.extend.random.PRNGImpl
    if not isinstance(name, str):
        raise TypeError(f"unrecognized type {type(impl)} for specifying PRNG implementation.")
    for dtype, (full, *_) in _IMPLS.items():
        if name == full:
            return key_dtype(dtype)
    known = ", ".join(f'"{full}"' for full, *_ in _IMPLS.values())
    raise ValueError(f'unrecognized PRNG implementation "{name}". Did you mean one of: {known}?')
