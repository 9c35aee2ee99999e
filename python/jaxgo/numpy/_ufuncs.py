"""Universal functions: the class, and the functions of jaxgo.numpy that are instances of it."""

from __future__ import annotations

import operator

from .. import _fast
from .._dtype import dtype_arg
from ._util import check_arraylike

_func, _Array = _fast.func, _fast.Array

_INPLACE = """\
Because JAX arrays are immutable, jnp.ufunc.at() cannot operate inplace like
np.ufunc.at(). Instead, you can pass inplace=False and capture the result; e.g.
>>> arr = jnp.add.at(arr, ind, val, inplace=False)
"""


class ufunc:
    """A function of scalars, applied element by element to broadcast arrays; with reduce, accumulate, at, outer and reduceat.

    >>> import jaxgo.numpy as jnp
    >>> jnp.add.reduce(jnp.arange(4)), jnp.add.outer(jnp.arange(2), jnp.arange(2))
    (Array(6, dtype=int32), Array([[0, 1],
           [1, 2]], dtype=int32))
    """

    def __init__(self, func, /, nin, nout, *, name=None, nargs=None, identity=None, call=None, reduce=None, accumulate=None, at=None, reduceat=None):
        self.__doc__ = func.__doc__
        self.__name__ = name or func.__name__
        # A ufunc may be a static argument of jit: what it is made of is not to be changed.
        self.__static_props = {
            "func": func,
            "nin": operator.index(nin),
            "nout": operator.index(nout),
            "nargs": operator.index(nargs or nin),
            "identity": identity,
            "reduce": reduce,
            "accumulate": accumulate,
            "at": at,
            "reduceat": reduceat,
        }
        self.__call = call or self._call_vectorized
        self.__checks = call is None

    _func = property(lambda self: self.__static_props["func"])
    nin = property(lambda self: self.__static_props["nin"])
    nout = property(lambda self: self.__static_props["nout"])
    nargs = property(lambda self: self.__static_props["nargs"])
    identity = property(lambda self: self.__static_props["identity"])

    def _key(self):
        return self._func, self.__name__, self.identity, self.nin, self.nout, self.nargs

    def __hash__(self):
        return hash(self._key())

    def __eq__(self, other):
        return isinstance(other, ufunc) and self._key() == other._key()

    def __repr__(self):
        return f"<jnp.ufunc '{self.__name__}'>"

    def __call__(self, *args, out=None, where=None):
        if out is not None:
            raise NotImplementedError(f"out argument of {self}")
        if where is not None:
            raise NotImplementedError(f"where argument of {self}")
        if self.__checks:
            check_arraylike(self.__name__, *args)
        return self.__call(*args)

    def _call_vectorized(self, *args):
        from . import vectorize

        return _jitted(vectorize(self._func), self._func)(*args)

    def _binary(self, method):
        if self.nin != 2:
            raise ValueError(f"{method} only supported for binary ufuncs")
        if self.nout != 1:
            raise ValueError(f"{method} only supported for functions returning a single value")

    def reduce(self, a, axis=0, dtype=None, out=None, keepdims=False, initial=None, where=None):
        """The results of applying the function along an axis."""
        name = f"{self.__name__}.reduce"
        check_arraylike(name, a)
        self._binary("reduce")
        if out is not None:
            raise NotImplementedError(f"out argument of {name}()")
        if initial is not None:
            check_arraylike(name, initial)
        if where is not None:
            check_arraylike(name, where)
            if self.identity is None and initial is None:
                raise ValueError(
                    f"reduction operation {self.__name__!r} does not have an identity, so to use a where mask one has to specify 'initial'."
                )
            d = getattr(where, "dtype", type(where))
            if str(d) not in ("bool", "<class 'bool'>"):
                raise ValueError(f"where argument must have dtype=bool; got dtype={d}")
        f = self.__static_props["reduce"]
        if f is not None:
            return f(a, axis, None if dtype is None else dtype_arg(dtype, "reduce"), keepdims, initial, where)
        from ._ufunc_loops import reduce

        return reduce(self, a, axis, dtype, keepdims, initial, where)

    def accumulate(self, a, axis=0, dtype=None, out=None):
        """The running results of applying the function along an axis."""
        self._binary("accumulate")
        if out is not None:
            raise NotImplementedError(f"out argument of {self.__name__}.accumulate()")
        f = self.__static_props["accumulate"]
        if f is not None:
            return f(a, axis, None if dtype is None else dtype_arg(dtype, "accumulate"))
        from ._ufunc_loops import accumulate

        return accumulate(self, a, axis, dtype)

    def at(self, a, indices, b=None, /, *, inplace=True):
        """a with the function applied to the indexed elements, and to those of b."""
        if inplace:
            raise NotImplementedError(_INPLACE)
        from . import _ufunc_loops

        f = self.__static_props["at"]
        if f is not None:
            return _ufunc_loops.update(f, a, indices, b)
        return _ufunc_loops.at(self, a, indices, *(() if b is None else (b,)))

    def reduceat(self, a, indices, axis=0, dtype=None, out=None):
        """The results of applying the function to the elements between the given indices."""
        self._binary("reduceat")
        if out is not None:
            raise NotImplementedError(f"out argument of {self.__name__}.reduceat()")
        from ._ufunc_loops import reduceat

        return reduceat(self, a, indices, axis, dtype)

    def outer(self, A, B, /):
        """The function of all pairs of elements of A and B."""
        self._binary("outer")
        check_arraylike(f"{self.__name__}.outer", A, B)
        from .._api import vmap
        from . import ravel, shape

        result = vmap(vmap(self, (None, 0)), (0, None))(ravel(A), ravel(B))
        return result.reshape(*shape(A), *shape(B))


_jits: dict = {}


def _jitted(f, key):
    """jit of f, remembered by key."""
    try:
        g = _jits.get(key)
    except TypeError:
        return f
    if g is None:
        from .._api import jit

        if len(_jits) > 256:
            _jits.clear()
        g = _jits[key] = jit(f)
    return g


def frompyfunc(func, /, nin, nout, *, identity=None):
    """A ufunc of a function of scalars.

    >>> import operator
    >>> import jaxgo.numpy as jnp
    >>> jnp.frompyfunc(operator.add, nin=2, nout=1, identity=0).accumulate(jnp.arange(4))
    Array([0, 1, 3, 6], dtype=int32)
    """
    return ufunc(func, nin, nout, identity=identity)


def _binary(name, identity, doc, reduce=None, accumulate=None, at=None):
    f = _func("jnp." + name)

    def func(x, y, /):
        return f(x, y)

    func.__name__ = func.__qualname__ = name
    func.__doc__ = doc
    return ufunc(func, 2, 1, name=name, identity=identity, call=f, reduce=reduce, accumulate=accumulate, at=at)


def _logsumexp(a, axis=0, dtype=None, keepdims=False, initial=None, where=None):
    from ._ufunc_loops import logsumexp

    return logsumexp(a, axis, keepdims, initial, where)


def _logsumexp2(a, axis=0, dtype=None, keepdims=False, initial=None, where=None):
    import math

    from ._ufunc_loops import logsumexp

    ln2 = math.log(2)
    return logsumexp(a * ln2, axis, keepdims, None if initial is None else initial * ln2, where) / ln2


_sum, _prod = _func("jnp.sum"), _func("jnp.prod")
_inf = float("inf")

add = _binary("add", 0, "The sum of two arrays, element by element.", _sum, _func("jnp.cumsum"), "add")
multiply = _binary("multiply", 1, "The product of two arrays, element by element.", _prod, _func("jnp.cumprod"), "multiply")
subtract = _binary("subtract", None, "The difference of two arrays, element by element.", at="subtract")
bitwise_and = _binary("bitwise_and", -1, "The bitwise AND of two arrays.", _func("jnp._reduce_bitwise_and"))
bitwise_or = _binary("bitwise_or", 0, "The bitwise OR of two arrays.", _func("jnp._reduce_bitwise_or"))
bitwise_xor = _binary("bitwise_xor", 0, "The bitwise exclusive OR of two arrays.", _func("jnp._reduce_bitwise_xor"))
logical_and = _binary("logical_and", True, "Where both arrays are true.", _func("jnp._reduce_logical_and"))
logical_or = _binary("logical_or", False, "Where one of two arrays is true.", _func("jnp._reduce_logical_or"))
logical_xor = _binary("logical_xor", False, "Where exactly one of two arrays is true.", _func("jnp._reduce_logical_xor"))
maximum = _binary("maximum", None, "The greater of the elements of two arrays.", _func("jnp._reduce_max"))
minimum = _binary("minimum", None, "The lesser of the elements of two arrays.", _func("jnp._reduce_min"))
logaddexp = _binary("logaddexp", -_inf, "log(exp(x1) + exp(x2)), without overflow.", _logsumexp)
logaddexp2 = _binary("logaddexp2", -_inf, "log2(2**x1 + 2**x2), without overflow.", _logsumexp2)


def _make_negative():
    f = _func("jnp.negative")

    def negative(x, /):
        """The negated elements."""
        return f(x)

    return ufunc(negative, 1, 1, call=f)


negative = _make_negative()
