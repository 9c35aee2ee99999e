"""What functions with rules of their own share: arguments made positional, and forwarded attributes."""

from __future__ import annotations

from functools import partial


def name_of(fun) -> str:
    """The function's name, for messages."""
    while isinstance(fun, partial):
        fun = fun.func
    name = getattr(fun, "__name__", None)
    return str(name) if name is not None else str(fun)


_PLAIN = ~(0x04 | 0x08)  # neither *args nor **kwargs


def plain_argcount(fun):
    """How many positional arguments a function takes that has no others, or None."""
    code = getattr(fun, "__code__", None)
    if code is None or hasattr(fun, "__wrapped__") or code.co_flags & 0x0C or code.co_kwonlyargcount or getattr(fun, "__self__", None) is not None:
        return None
    return code.co_argcount


def resolve_kwargs(fun, args, kwargs):
    """Arguments by name put in their positions, defaults included."""
    import inspect

    if isinstance(fun, partial):  # its signature would show the arguments that it binds

        def fun(*args, **kwargs):
            pass

    bound = inspect.signature(fun).bind(*args, **kwargs)
    bound.apply_defaults()
    if bound.kwargs:
        passed = [k for k in bound.kwargs if k in kwargs]
        if passed:
            raise TypeError(f"The following keyword arguments could not be resolved to positions: {', '.join(passed)}")
    return bound.args


class Custom:
    """A function with a rule of its own: what looks like the function, and its arguments."""

    _kind = ""

    def __init__(self, fun, nondiff_argnums=(), nondiff_argnames=()):
        from functools import update_wrapper

        update_wrapper(self, fun)
        self.fun = fun
        nums = set(nondiff_argnums)
        if nondiff_argnames:
            import inspect

            names = (nondiff_argnames,) if isinstance(nondiff_argnames, str) else tuple(nondiff_argnames)
            params = list(inspect.signature(fun).parameters)
            nums |= {params.index(n) for n in names if n in params}
        self.nondiff_argnums = tuple(sorted(nums))
        self._argcount = plain_argcount(fun)

    def __getattr__(self, name):
        if name.startswith("def") and "fun" in self.__dict__:
            return getattr(self.fun, name)
        raise AttributeError(f"'{type(self).__name__}' object has no attribute '{name}'")

    def _positional(self, args, kwargs):
        if not kwargs and len(args) == self._argcount:
            return args
        try:
            return resolve_kwargs(self.fun, args, kwargs)
        except TypeError as e:
            raise TypeError(
                f"The input arguments to the {self._kind}-decorated function {name_of(self.fun)} could not be resolved to "
                f"positional-only arguments. Binding failed with the error:\n{e}"
            ) from e

    def _split(self, args):
        """The arguments that are differentiated, a function that puts them back among the others, and the others."""
        nums = self.nondiff_argnums
        if not nums:
            return args, None, ()
        nums = tuple(i + len(args) if i < 0 else i for i in nums)
        static = tuple(args[i] for i in nums)
        which = [i for i in range(len(args)) if i not in nums]

        def merge(dyn):
            full = list(args)
            for i, v in zip(which, dyn):
                full[i] = v
            return full

        return tuple(args[i] for i in which), merge, static
