"""The transformations: argument handling in Python, everything else in Go."""

from __future__ import annotations

import functools
from _weakref import ref as _weak
from collections.abc import Callable
from typing import Any

from . import _fast
from . import tree_util as tu
from ._config import config
from ._hooks import call, codes, dtype_code, dtype_object
from .tree_util import tree_leaves, tree_map, tree_unflatten

_Array = _fast.Array
_Tracer = _fast.Tracer
_ArrayImpl = _fast.ArrayImpl
_flatten = tu._flatten
_jvp, _linearize, _vjp = _fast.func("jvp"), _fast.func("linearize"), _fast.func("vjp")
_vmap, _vmap0, _match_axis = _fast.func("vmap"), _fast.func("vmap0"), _fast.func("match_axis")
_value_and_grad = _fast.func("value_and_grad")
_make_jaxpr, _bind_jit, _execute = _fast.func("make_jaxpr"), _fast.func("bind_jit"), _fast.func("execute")
_is_evaluating = _fast.func("is_evaluating")
_zeros_aval = _fast.func("zeros_aval")
_aval = _fast.func("aval")


# ---- avals of anything ----

_scalar_ids: dict = {}


def _scalar_id(t):
    x64 = config.jax_enable_x64
    got = _scalar_ids.get((t, x64))
    if got is None:
        name = {bool: "bool", int: "int64", float: "float64", complex: "complex128"}[t]
        if not x64:
            name = {"int64": "int32", "float64": "float32", "complex128": "complex64"}.get(name, name)
        got = _scalar_ids[t, x64] = _aval_of_name(name, (), t is not bool)
    return got


@functools.lru_cache(4096)
def _aval_of_name(name, shape, weak):
    return _aval(dtype_object(codes[name]), shape, weak)


_CANONICAL = {"int64": "int32", "uint64": "uint32", "float64": "float32", "complex128": "complex64"}


def aval_id(x, what="argument") -> int:
    """The number of x's aval; x is an array, a tracer, a scalar, or has shape and dtype."""
    if isinstance(x, _Array):
        return x._aval_id
    t = type(x)
    if t in (int, float, complex, bool):
        if t is int and not (-(2**31) <= x < 2**31) and not config.jax_enable_x64:
            raise OverflowError(
                f"An overflow was encountered while parsing an argument to a jitted computation, whose {what} is {x}: "
                f"Python int {x} too large to convert to int32"
            )
        return _scalar_id(t)
    shape, dtype = getattr(x, "shape", None), getattr(x, "dtype", None)
    if shape is None or dtype is None:
        if hasattr(x, "__jax_array__"):
            raise ValueError(
                "Triggering __jax_array__() during abstractification is no longer supported. To avoid this error, either "
                "explicitly convert your object using jax.numpy.array(), or register your object as a pytree."
            )
        if isinstance(x, (bool, int, float, complex)):
            return _scalar_id(next(b for b in (bool, int, float, complex) if isinstance(x, b)))
        raise not_a_type(x, what)
    code = dtype_code(dtype) if hasattr(dtype, "names") else getattr(dtype, "_code", None)
    if t.__name__ == "MaskedArray":
        raise ValueError(
            "numpy masked arrays are not supported as direct inputs to JAX functions. "
            "Use arr.filled() to convert the value to a standard numpy array."
        )
    if code is None:
        if hasattr(dtype, "name") and dtype.name in codes:
            code = codes[dtype.name]
        else:
            raise not_a_type(x, what)
    from ._hooks import names

    name = names[code]
    if not config.jax_enable_x64:
        name = _CANONICAL.get(name, name)
    try:
        shape = tuple(int(d) for d in shape)
    except (TypeError, ValueError):
        raise TypeError(f"Shapes must be 1D sequences of concrete values of integer type, got {shape}.") from None
    return _aval_of_name(name, shape, bool(getattr(x, "weak_type", False)))


def not_a_type(x, what="argument"):
    if type(x).__module__ == "numpy" and hasattr(x, "dtype"):
        return TypeError(f"Argument '{x}' of type {type(x)} with dtype {x.dtype} is not a valid JAX type")
    if isinstance(x, str):
        return TypeError(f"Argument '{x}' of type {type(x)} is not a valid JAX type")
    return TypeError(f"Argument '{x}' of type '{type(x)}' is not a valid JAX type")


_avals: dict[int, Any] = {}


def aval_from_id(i: int):
    a = _avals.get(i)
    if a is None:
        from .core import ShapedArray

        dtype, shape, weak, _ = call("aval_info", i)
        a = _avals[i] = ShapedArray(shape, dtype, weak)
    return a


def typeof(x):
    """The type of a value: its shape, dtype and weak type.

    >>> import jaxgo as jax
    >>> print(jax.typeof(1.))
    ~float32[]
    """
    if isinstance(x, _Array):
        return x.aval
    return aval_from_id(aval_id(x))


def _check_arg(x):
    if isinstance(x, _Array) or type(x) in (int, float, complex, bool):
        return
    if not hasattr(x, "dtype") or not (hasattr(x, "__array__") or hasattr(x, "__jax_array__")):
        if hasattr(x, "__jax_array__") or isinstance(x, (int, float, complex)):
            return
        raise not_a_type(x)
    if dtype_code(x.dtype) is None:
        raise TypeError(f"Argument '{x}' of type '{type(x)}' is not a valid JAX type")


_GENERATOR = 0x20  # inspect.CO_GENERATOR


def check_callable(fun):
    code = getattr(fun, "__code__", None)
    if code is not None and not code.co_flags & _GENERATOR:
        return
    if isinstance(fun, staticmethod):
        raise TypeError(f"staticmethod arguments are not supported, got {fun}")
    if not callable(fun):
        raise TypeError(f"Expected a callable value, got {fun}")
    import inspect

    if inspect.isgeneratorfunction(fun):
        raise TypeError(f"Expected a function, got a generator function: {fun}")


def fun_name(fun) -> str:
    name = getattr(fun, "__name__", None)
    if name is None:
        inner = getattr(fun, "func", None)
        name = fun_name(inner) if inner is not None else type(fun).__name__
    return name


def where(fun) -> str:
    """The function as messages name it: its name, file and line."""
    import inspect

    try:
        fun = inspect.unwrap(fun)
    except ValueError:
        pass
    while isinstance(fun, functools.partial):
        fun = fun.func
    code = getattr(fun, "__code__", None)
    if code is None:
        return fun_name(fun)
    return f"{fun.__name__} at {code.co_filename}:{code.co_firstlineno}"


# ---- jit ----


class Traced:
    """A function traced to a jaxpr for arguments of certain types."""

    __slots__ = (
        "_args_info",
        "_arg_names",
        "_donated",
        "_in_tree",
        "_kept",
        "_out_avals",
        "_prog",
        "fun_name",
        "handle",
        "options",
        "out_tree",
        "reusable",
    )

    def __init__(self, handle, out_tree, in_tree, name, donated, in_ids):
        self.handle, self.out_tree, self._in_tree, self.fun_name = handle, out_tree, in_tree, name
        self._donated, self._args_info, self._prog, self.options, self._arg_names = donated, in_ids, None, None, None

    @property
    def jaxpr(self):
        from ._jaxpr import ClosedJaxpr

        return ClosedJaxpr(self.handle)

    @property
    def out_info(self):
        ids = call("jaxpr_out_avals", self.handle)
        return tree_unflatten(self.out_tree, [_struct(i) for i in ids])

    @property
    def out_avals(self):
        return [aval_from_id(i) for i in call("jaxpr_out_avals", self.handle)]

    @property
    def in_avals(self):
        return tree_unflatten(self._in_tree, [aval_from_id(i) for i in self._args_info])

    @property
    def args_info(self):
        from .stages import ArgInfo

        donated = self._donated or [False] * len(self._args_info)
        return tree_unflatten(self._in_tree, [ArgInfo(aval_from_id(i), d) for i, d in zip(self._args_info, donated)])

    @property
    def in_tree(self):
        return self._in_tree

    def lower(self, **_):
        from .stages import Lowered

        return Lowered(self)

    def arg_name(self, i):
        """How messages call the leaf i of the arguments."""
        if self._arg_names is None:
            return str(i)
        fun, nargs, code = self._arg_names
        if code is not None:
            fun = fun() or code
        dummy = tree_unflatten(self._in_tree, list(range(self._in_tree.num_leaves)))
        path = tu.tree_flatten_with_path(dummy)[0][i][0]
        return f"'{arg_name(fun, path, range(nargs))}'"

    def program(self):
        """The compiled program, made at the first need."""
        if self._prog is None:
            self._prog = self.compiled(self.options)
        return self._prog

    def compiled(self, options):
        prog = call("compile", self.handle, self.fun_name, self._donated, _compiler_options(options))
        if self._donated:
            unused = call("unused_donations", prog)
            if unused:
                import warnings

                types = ", ".join(aval_from_id(self._args_info[i]).str_short() for i in unused)
                warnings.warn(
                    f"Some donated buffers were not usable: {types}.\nSee an explanation at https://docs.jax.dev/en/latest/faq.html#buffer-donation.",
                    stacklevel=2,
                )
        return prog


# Options of the build, not of XLA; they change nothing here.
_BUILD_OPTIONS = frozenset(("exec_time_optimization_effort", "memory_fitting_effort", "optimization_level", "memory_fitting_level"))


def _compiler_options(options):
    """The options as pairs that Go reads."""
    if not options:
        return None
    return [(k, v if isinstance(v, (bool, int, float, str)) else str(v)) for k, v in options.items() if k not in _BUILD_OPTIONS]


def _struct(i):
    from ._shape import ShapeDtypeStruct

    a = aval_from_id(i)
    return ShapeDtypeStruct(a.shape, a.dtype, weak_type=a.weak_type)


_traces_of = None  # for each function, what was traced of it


def _shared_traces(fun, told):
    """The traces of a function that was jitted before in the same way."""
    global _traces_of
    if type(fun) is not _Function:
        return {}
    if _traces_of is None:
        import weakref

        _traces_of = weakref.WeakKeyDictionary()
    all_of = _traces_of.get(fun)
    if all_of is None:
        all_of = _traces_of[fun] = {}
    return all_of.setdefault(told, {})


_Function = type(_shared_traces)


class _JitInfo:
    """What jit was told, and what it traced."""

    out_shardings = None
    axis_env = None  # pairs of names and sizes that the function is traced under

    def __init__(self, fun, static_argnums, static_argnames, donate_argnums, donate_argnames, inline, keep_unused, compiler_options=None):
        self.fun, self.inline, self.options = fun, inline, compiler_options
        self.static_argnums, self.static_argnames = static_argnums, static_argnames
        self.donate_argnums, self.donate_argnames = donate_argnums, donate_argnames
        self.name = fun_name(fun)
        told = (static_argnums, static_argnames, donate_argnums, donate_argnames, inline, keep_unused)
        self.traces = {} if compiler_options else _shared_traces(fun, told)
        self.fast = None
        self.epoch = 0

    def prepare(self, args, kwargs):
        """Static arguments, and the leaves and tree of the others."""
        nums, n = self.static_argnums, len(args)
        if nums or self.static_argnames:
            stat = set()
            for i in nums:
                j = i + n if i < 0 else i
                if 0 <= j < n:
                    stat.add(j)
            statics = tuple((i, args[i]) for i in sorted(stat))
            kwstat = tuple((k, kwargs[k]) for k in sorted(kwargs) if k in self.static_argnames)
            dyn = tuple(a for i, a in enumerate(args) if i not in stat)
            kwdyn = {k: v for k, v in kwargs.items() if k not in self.static_argnames}
            for _, v in (*statics, *kwstat):
                try:
                    hash(v)
                except TypeError as e:
                    raise ValueError(
                        f"Non-hashable static arguments are not supported. An error occurred while trying to hash an object of type {type(v)}, {v}. "
                        f"The error was:\n{type(e).__name__}: {e}\n"
                    ) from e
            key = tuple((k, v, type(v)) for k, v in statics), tuple((k, v, type(v)) for k, v in kwstat)
        else:
            statics = kwstat = ()
            dyn, kwdyn, key = args, kwargs, ()
        leaves, tree = _flatten((dyn, kwdyn))
        return statics, kwstat, key, leaves, tree

    def trace(self, args, kwargs, abstract=False):
        statics, kwstat, skey, leaves, tree = self.prepare(args, kwargs)
        try:
            ids = tuple([x._aval_id if isinstance(x, _Array) else aval_id(x) for x in leaves])
        except (TypeError, OverflowError) as e:
            self._bad_argument(args, kwargs, leaves, tree, e)
        key = (skey, tree, ids, _fast.epoch(), tuple(call("axis_env")) if not _is_evaluating() else ())
        try:
            t = self.traces.get(key)
        except Exception as e:
            raise ValueError(
                "static arguments should be comparable using __eq__. The following error was raised during a call to "
                f"'{self.name}' when comparing its static arguments: {type(e).__name__}: {e}"
            ) from e
        if t is None:
            if config.jax_no_tracing:
                raise RuntimeError(f"re-tracing function {where(self.fun)} for `jit`, but 'no_tracing' is set")
            if config.jax_explain_cache_misses:
                self._explain(key, tree, args)
            t = self._trace(statics, kwstat, ids, tree, len(args))
            if t.reusable:
                self.traces[key] = t
        return t, leaves

    def _explain(self, key, tree, args):
        from ._explain import explain

        paths = tu.tree_flatten_with_path(tree_unflatten(tree, list(range(tree.num_leaves))))[0]
        explain(self.fun, self.name, key, list(self.traces), lambda i: arg_name(self.fun, paths[i][0], args))

    def _bad_argument(self, args, kwargs, leaves, tree, error):
        paths, _ = tu.tree_flatten_with_path((args, kwargs))
        for path, x in paths:
            try:
                aval_id(x)
            except OverflowError:
                raise OverflowError(
                    "An overflow was encountered while parsing an argument to a jitted computation, whose argument path is "
                    f"{arg_name(self.fun, path, args)}. Got {type(x)} with value {x}"
                ) from None
            except TypeError:
                name = arg_name(self.fun, path, args)
                raise TypeError(
                    f"Error interpreting argument to {self.fun} as an abstract array. The problematic value is of type "
                    f"{type(x)} and was passed to the function at path {name}.\n"
                    "This typically means that a jit-wrapped function was called with a non-array argument, and this argument "
                    "was not marked as static using the static_argnums or static_argnames parameters of jax.jit."
                ) from error
        raise error

    def _trace(self, statics, kwstat, ids, tree, nargs):
        fun, out = self.fun, []

        def flat(vals):
            dyn, kwdyn = tree_unflatten(tree, vals)
            if statics:
                full, it = [], iter(dyn)
                st = dict(statics)
                for i in range(nargs):
                    full.append(st[i] if i in st else next(it))
                dyn = full
            res = fun(*dyn, **kwdyn, **dict(kwstat))
            leaves, out_tree = _flatten(res)
            check_outputs(fun, leaves, out_tree)
            out.append(out_tree)
            return leaves

        handle = _make_jaxpr(flat, ids, "jit", where(fun), self.axis_env)
        donated = self.donated(statics, kwstat, tree, nargs)
        t = Traced(handle, out[0], tree, self.name, donated, ids)
        t.options = self.options
        if not statics:
            # Traces are found by their function: it must be free to go.
            t._arg_names = (_weak(fun), nargs, fun.__code__) if type(fun) is _Function else (fun, nargs, None)
        t.reusable = not call("jaxpr_has_tracers", handle)
        return t

    def donated(self, statics, kwstat, tree, nargs):
        if not self.donate_argnums and not self.donate_argnames or config.jax_debug_nans or config.jax_debug_infs:
            return None
        stat = dict(statics)
        positions = [i for i in range(nargs) if i not in stat]
        want = {i + nargs if i < 0 else i for i in self.donate_argnums}
        args_tree, kw_tree = tree.children()
        mask = []
        for i, child in zip(positions, args_tree.children()):
            mask += [i in want] * child.num_leaves
        names = kw_tree.node_data()[1] if kw_tree.node_data() else []
        for k, child in zip(names, kw_tree.children()):
            mask += [k in self.donate_argnames] * child.num_leaves
        return mask

    def slow(self, key, args, kwargs):
        if config.jax_disable_jit:
            return self.fun(*args, **kwargs)
        _weak(self.fun)  # an error where that can't be: what was traced of a function goes with it
        t, leaves = self.trace(args, kwargs)
        if not _is_evaluating() or any(isinstance(x, _Tracer) for x in leaves):
            for k, x in enumerate(leaves):
                if not isinstance(x, _Array) and type(x).__name__ == "ShapeDtypeStruct":
                    from .lax import full  # only types matter inside of eval_shape

                    leaves[k] = full(x.shape, 0, x.dtype)
            if self.inline:
                outs = call("eval_jaxpr", t.handle, leaves)[0]
            else:
                outs = _bind_jit(t.handle, leaves, self.name)[0]
            return tree_unflatten(t.out_tree, outs)
        if config.jax_no_execution:
            raise RuntimeError(f"JAX tried to execute function {self.name}, but the no_execution config option is set")
        prog = t.program()
        if config.jax_debug_nans or config.jax_debug_infs:
            return self.checked(t, prog, leaves, args, kwargs)
        outs = _execute(prog, leaves)[0]
        zeros = [k for k, x in enumerate(outs) if kind_of(x._aval_id) == "0"]
        if zeros:
            for k in zeros:  # as everywhere, float0 is NumPy's
                outs[k] = _float0_like(outs[k])
        elif key is not None and t.reusable:
            fast = self.fast()
            if fast is not None:
                fast._install(key, prog, t.out_tree)
        return tree_unflatten(t.out_tree, outs)

    def checked(self, t, program, leaves, args, kwargs):
        """Runs a program whose results are looked at; if one is bad, the function runs operation by operation to find where it comes from."""
        try:
            return tree_unflatten(t.out_tree, _execute(program, leaves)[0])
        except FloatingPointError as e:
            error = e
        print("Invalid nan value encountered in the output of a jax.jit function. Calling the de-optimized version.")
        with disable_jit():
            self.fun(*args, **kwargs)
        raise FloatingPointError(_NOT_FOUND.format(error)) from None


# JAX's words
_NOT_FOUND = (
    "{}. Because jax_config.debug_nans.value and/or config.jax_debug_infs is set, the de-optimized function (i.e., the function as if the `jit` "
    "decorator were removed) was called in an attempt to get a more precise error message. However, the de-optimized function did not "
    "produce invalid values during its execution. This behavior can result from `jit` optimizations causing the invalid value to be "
    "produced. It may also arise from having nan/inf literals as inputs or outputs, like `jax.jit(lambda ...: jax.numpy.nan)(...)`. \n\n"
    "It may be possible to avoid the invalid value by removing the `jit` decorator, at the cost of losing optimizations. "
)


def arg_name(fun, path, args):
    import inspect

    which, *rest = path
    try:
        names = list(fun.co_varnames[: fun.co_argcount] if inspect.iscode(fun) else inspect.signature(fun).parameters)
    except (TypeError, ValueError):
        names = None
    if rest:
        first, more = rest[0], tuple(rest[1:])
        if which.idx == 0:
            base = names[first.idx] if names and first.idx < len(names) else f"args[{first.idx}]"
        else:
            base = str(first.key)
        return base + tu.keystr(more)
    return tu.keystr(path)


def check_outputs(fun, leaves, tree):
    """Every result of a traced function must be an array or a scalar."""
    for i, x in enumerate(leaves):
        if isinstance(x, _Array) or type(x) in (float, int, bool, complex):
            continue
        try:
            _check_arg(x)
            aval_id(x)
        except TypeError:
            path = tu.tree_flatten_with_path(tree_unflatten(tree, list(range(len(leaves)))))[0][i][0]
            at = f" at output component {tu.keystr(path)}" if path else ""
            raise TypeError(f"function {where(fun)} traced for jit returned a value of type {type(x)}{at}, which is not a valid JAX type") from None


def _int_tuple(x, name):
    if x is None:
        return ()
    import operator

    try:
        return (operator.index(x),)
    except TypeError:
        pass
    return tuple(operator.index(i) for i in x)


def _str_tuple(x, name):
    if x is None:
        return ()
    if isinstance(x, str):
        return (x,)
    x = tuple(x)
    for s in x:
        if not isinstance(s, str):
            raise TypeError(f"{name} must be a str or a collection of strs, got {x!r}")
    return x


def _signature(fun):
    import inspect

    try:
        return inspect.signature(fun)
    except (ValueError, TypeError):
        return None


def infer_argnums_and_argnames(sig, argnums, argnames):
    """argnums and argnames name the same arguments: if one is given, the signature says the other."""
    if argnums is not None:
        argnums = _int_tuple(argnums, "argnums")
    if argnames is not None:
        argnames = _str_tuple(argnames, "argnames")
    if argnums is not None and argnames is not None:
        return argnums, argnames
    named = [(i, k) for i, (k, p) in enumerate(sig.parameters.items()) if p.kind is p.POSITIONAL_OR_KEYWORD]
    if argnums is None:
        return tuple(i for i, k in named if k in argnames) if argnames is not None else (), argnames or ()
    return argnums, tuple(k for i, k in named if i in argnums)


def _validate_argnums(sig, argnums, what):
    n = 0
    for p in sig.parameters.values():
        if p.kind in (p.POSITIONAL_ONLY, p.POSITIONAL_OR_KEYWORD):
            n += 1
        elif p.kind is p.VAR_POSITIONAL:
            return
    if argnums and (-min(argnums) > n or max(argnums) >= n):
        raise ValueError(f"Jitted function has {what}={argnums}, but only accepts {n} positional arguments.")


def _validate_argnames(sig, argnames, what):
    params = sig.parameters.values()
    bad = {p.name for p in params if p.kind in (p.POSITIONAL_ONLY, p.VAR_POSITIONAL)} & set(argnames)
    if bad:
        raise ValueError(f"Jitted function has invalid argnames {bad} in {what}. These are positional-only")
    if any(p.kind is p.VAR_KEYWORD for p in params):
        return
    bad = set(argnames) - {p.name for p in params if p.kind in (p.POSITIONAL_OR_KEYWORD, p.KEYWORD_ONLY)}
    if bad:
        raise ValueError(f"Jitted function has invalid argnames {bad} in {what}. Function does not take these args.")


def resolve_argnums(fun, signature, donate_argnums, donate_argnames, static_argnums, static_argnames):
    """Completes and checks what jit was told of its arguments."""
    if signature is None:  # some built-in functions have none
        if donate_argnames is not None:
            raise ValueError(f"Getting the signature of function {fun} failed. Pass donate_argnums instead of donate_argnames.")
        return (
            _int_tuple(donate_argnums, "donate_argnums"),
            (),
            _int_tuple(static_argnums, "static_argnums"),
            _str_tuple(static_argnames, "static_argnames"),
        )
    snums, snames = infer_argnums_and_argnames(signature, static_argnums, static_argnames)
    dnums, dnames = infer_argnums_and_argnames(signature, donate_argnums, donate_argnames)
    for what, nums, names in (("static", snums, snames), ("donate", dnums, dnames)):
        _validate_argnums(signature, nums, what + "_argnums")
        _validate_argnames(signature, names, what + "_argnames")
    both = set(snames) & set(dnames)
    if both:
        raise ValueError(
            f"static_argnames and donate_argnames cannot intersect. Argument names {both} appear in both static_argnames and donate_argnames"
        )
    return dnums, dnames, snums, snames


def jit(
    fun=None,
    /,
    *,
    in_shardings=None,
    out_shardings=None,
    static_argnums=None,
    static_argnames=None,
    donate_argnums=None,
    donate_argnames=None,
    keep_unused=False,
    device=None,
    backend=None,
    inline=False,
    compiler_options=None,
):
    """Compiles a function with XLA at the first call for each type of arguments.

    The function is traced: it runs once on abstract values, and what it did to them is compiled. Arguments named in
    ``static_argnums`` or ``static_argnames`` are part of the program; they must be hashable. The memory of arguments in
    ``donate_argnums`` may be reused for results.

    >>> import jaxgo as jax, jaxgo.numpy as jnp
    >>> @jax.jit
    ... def selu(x, alpha=1.67, lmbda=1.05):
    ...     return lmbda * jnp.where(x > 0, x, alpha * jnp.exp(x) - alpha)
    >>> print(selu(jnp.arange(3.)))
    [0.   1.05 2.1 ]
    """
    if fun is None:
        return functools.partial(
            jit,
            static_argnums=static_argnums,
            static_argnames=static_argnames,
            donate_argnums=donate_argnums,
            donate_argnames=donate_argnames,
            keep_unused=keep_unused,
            device=device,
            backend=backend,
            inline=inline,
            compiler_options=compiler_options,
            in_shardings=in_shardings,
            out_shardings=out_shardings,
        )
    check_callable(fun)
    if static_argnums is static_argnames is donate_argnums is donate_argnames is None:
        nums = names = dnums = dnames = ()
    else:
        dnums, dnames, nums, names = resolve_argnums(fun, _signature(fun), donate_argnums, donate_argnames, static_argnums, static_argnames)
        both = sorted(set(nums) & set(dnums))
        if both:
            raise ValueError(f"`static_argnums` {sorted(set(nums))} and `donate_argnums` {sorted(set(dnums))} cannot intersect.")
    info = _JitInfo(fun, nums, names, dnums, dnames, inline, keep_unused, compiler_options)
    info.out_shardings = out_shardings
    f = _fast.PjitFunction(info.slow, nums, names)
    info.fast = _weak(f)  # so that the two go as soon as nobody has the function
    _all_jits.add(f)
    _wraps(f, fun)
    f._info = info
    f._fun = fun
    f.trace = functools.partial(_trace, info)
    f.lower = functools.partial(_lower, info)
    f.eval_shape = functools.partial(_eval_shape, info)
    return f


class _WeakJits:
    """The living jitted functions, so that clear_caches reaches their traces."""

    def __init__(self):
        import weakref

        self.refs = weakref.WeakSet()

    def add(self, f):
        self.refs.add(f)


_all_jits = None


class _Lazy:
    def add(self, f):
        global _all_jits
        _all_jits = _WeakJits()
        _all_jits.add(f)


_all_jits = _Lazy()


def _wraps(f, fun):
    for a in ("__module__", "__name__", "__qualname__", "__doc__", "__annotations__"):
        try:
            setattr(f, a, getattr(fun, a))
        except AttributeError:
            pass
    try:
        vars(f).update({k: v for k, v in vars(fun).items() if k not in ("_info", "_fun", "trace", "lower", "eval_shape")})
    except TypeError:
        pass
    f.__wrapped__ = fun


def _trace(info, *args, **kwargs):
    from .stages import Traced as Stage

    return Stage(info.trace(args, kwargs)[0])


def _lower(info, *args, **kwargs):
    return info.trace(args, kwargs)[0].lower()


def _eval_shape(info, *args, **kwargs):
    out = info.trace(args, kwargs)[0].out_info
    if info.out_shardings is None:
        return out
    leaves, tree = _flatten(out)
    per_leaf = flatten_axes("jit out_shardings", tree, info.out_shardings)
    return tree.unflatten([x if s is None else x.update(sharding=s) for x, s in zip(leaves, per_leaf)])


def _method(f, obj):
    import types

    return types.MethodType(f, obj)


_fast.hooks["method"] = _method


def clear_caches():
    """Forgets every trace and every compiled program of this process; those on disk stay."""
    if isinstance(_all_jits, _WeakJits):
        for f in list(_all_jits.refs):
            f._info.traces.clear()
            f.clear_cache()
    if _traces_of is not None:
        _traces_of.clear()
    for clear in _caches:
        clear()
    call("clear_caches")


_caches: list[Callable] = []


class disable_jit:
    """A context in which jit runs functions operation by operation.

    >>> import jaxgo as jax
    >>> with jax.disable_jit():
    ...     y = jax.jit(lambda x: x * 2)(3)
    """

    def __init__(self, disable: bool = True):
        from ._config import disable_jit_state

        self._setting = disable_jit_state(disable)

    def __enter__(self):
        self._setting.__enter__()

    def __exit__(self, *exc):
        return self._setting.__exit__(*exc)


def make_jaxpr(fun, static_argnums=(), axis_env=None, return_shape=False):
    """A function that returns the jaxpr of ``fun`` for its arguments.

    >>> import jaxgo as jax
    >>> print(jax.make_jaxpr(lambda x: x * 2.)(1.))
    { lambda ; a:f32[]. let b:f32[] = mul a 2.0:f32[] in (b,) }
    """
    if not callable(fun):
        raise TypeError("the first argument must be callable")
    check_callable(fun)
    nums = _int_tuple(static_argnums, "static_argnums")
    env = tuple((_axis_key(name), int(size)) for name, size in axis_env) if axis_env else None

    @functools.wraps(fun)
    def make_jaxpr_f(*args, **kwargs):
        from ._jaxpr import ClosedJaxpr

        info = _JitInfo(fun, nums, (), (), (), False, False)
        info.axis_env = env
        t, _ = info.trace(args, kwargs)
        j = ClosedJaxpr(t.handle)
        return (j, t.out_info) if return_shape else j

    make_jaxpr_f.__module__ = "jax"
    if hasattr(fun, "__qualname__"):
        make_jaxpr_f.__qualname__ = f"make_jaxpr({fun.__qualname__})"
    if hasattr(fun, "__name__"):
        make_jaxpr_f.__name__ = f"make_jaxpr({fun.__name__})"
    return make_jaxpr_f


def eval_shape(fun, *args, **kwargs):
    """The shapes and dtypes that ``fun`` would return, without computing anything.

    >>> import jaxgo as jax, jaxgo.numpy as jnp
    >>> jax.eval_shape(lambda a, x: jnp.dot(a, x), jax.ShapeDtypeStruct((2, 3), jnp.float32), jax.ShapeDtypeStruct((3,), jnp.float32))
    ShapeDtypeStruct(shape=(2,), dtype=float32)
    """
    if isinstance(fun, _fast.PjitFunction):
        return fun.eval_shape(*args, **kwargs)
    return _JitInfo(fun, (), (), (), (), False, False).trace(args, kwargs)[0].out_info


# ---- differentiation ----


def _dyn_argnums(fun_, argnums, args):
    """argnums made positive and checked."""
    n = len(args)
    nums = (argnums,) if isinstance(argnums, int) else tuple(argnums)
    if max(nums) >= n or min(nums) < -n:
        required = max(max(nums) + 1, -min(nums))
        raise TypeError(
            f"differentiating with respect to argnums={argnums} requires at least {required} positional arguments to be passed by the caller, but got only {n} positional arguments."
        )
    return tuple(i + n if i < 0 else i for i in nums)


_dtype_kind: dict[int, str] = {}


def kind_of(i: int) -> str:
    """The kind of an aval's dtype: f, c, i, b, k (typed key)."""
    k = _dtype_kind.get(i)
    if k is None:
        k = _dtype_kind[i] = call("aval_kind", i)
    return k


def _check_input(name, holomorphic, allow_int, x, i):
    k = kind_of(i)
    if holomorphic:
        if k != "c":
            raise TypeError(f"{name} with holomorphic=True requires inputs with complex dtype, but got {aval_from_id(i).dtype.name}.")
    elif k in "fc":
        return
    elif not allow_int:
        raise TypeError(
            f"{name} requires real- or complex-valued inputs (input dtype that is a sub-dtype of np.inexact), but got "
            f"{aval_from_id(i).dtype.name}. If you want to use Boolean- or integer-valued inputs, use vjp or set allow_int to True."
        )


def _check_input_fwd(name, holomorphic, x, i):
    k = kind_of(i)
    if holomorphic:
        if k != "c":
            raise TypeError(f"{name} with holomorphic=True requires inputs with complex dtype, but got {aval_from_id(i).dtype.name}.")
    elif k == "k":
        raise TypeError(f"{name} with input element type {aval_from_id(i).dtype.name}")
    elif k != "f":
        raise TypeError(
            f"{name} requires real-valued inputs (input dtype that is a sub-dtype of np.floating), but got "
            f"{aval_from_id(i).dtype.name}. For holomorphic differentiation, pass holomorphic=True. For differentiation of "
            "non-holomorphic functions involving complex inputs or integer inputs, use jax.jvp directly."
        )


def _check_output(name, holomorphic, x):
    i = aval_id(x)
    k = kind_of(i)
    if k == "f" and not holomorphic or k == "c" and holomorphic:
        return
    d = aval_from_id(i).dtype.name
    if k == "k":
        raise TypeError(f"{name} with output element type {d}")
    if holomorphic:
        raise TypeError(f"{name} with holomorphic=True requires outputs with complex dtype, but got {d}.")
    verb = "jax.jvp" if name == "jacfwd" else "jax.vjp"
    if k == "c":
        raise TypeError(
            f"{name} requires real-valued outputs (output dtype that is a sub-dtype of np.floating), but got {d}. "
            "For holomorphic differentiation, pass holomorphic=True. For differentiation of non-holomorphic functions involving "
            f"complex outputs, use {verb} directly."
        )
    raise TypeError(
        f"{name} requires real-valued outputs (output dtype that is a sub-dtype of np.floating), but got {d}. "
        f"For differentiation of functions with integer outputs, use {verb} directly."
    )


def _zeros_like_id(i):
    """Zeros for a tangent or cotangent of an input with aval i: float0 for integers."""
    if kind_of(i) in "fc":
        return _zeros_aval(i)
    import numpy as np

    from .dtypes import float0

    return np.zeros(aval_from_id(i).shape, float0)


def value_and_grad(fun, argnums=0, has_aux=False, holomorphic=False, allow_int=False, reduce_axes=()):
    """A function that returns the value of ``fun`` and its gradient.

    >>> import jaxgo as jax
    >>> value, grad = jax.value_and_grad(lambda x: x ** 2)(3.)
    >>> print(value, grad)
    9.0 6.0
    """
    if reduce_axes:
        raise NotImplementedError("reduce_axes argument to grad is deprecated")
    check_callable(fun)
    argnums = argnums if isinstance(argnums, int) else tuple(_int_tuple(argnums, "argnums"))
    single = isinstance(argnums, int)

    def value_and_grad_f(*args, **kwargs):
        if single and 0 <= argnums < len(args):
            i = argnums
            dyn = args[i]
            rest = None
        else:
            rest = _dyn_argnums(fun, argnums, args)
            dyn = tuple(args[k] for k in rest)
            if single:
                i, rest, dyn = rest[0], None, dyn[0]
        leaves, tree = _flatten(dyn)
        ids = []
        nonzero = []
        for x in leaves:
            k = x._aval_id if isinstance(x, _Array) else aval_id(x)
            kind = kind_of(k)
            if holomorphic or kind != "f":
                if not isinstance(x, _Array):
                    _check_arg(x)
                _check_input("grad", holomorphic, allow_int, x, k)
            ids.append(k)
            nonzero.append(kind in "fc")
        state = []

        def flat(vals):
            new = list(args)
            d = tree.unflatten(vals)
            if rest is None:
                new[i] = d
            else:
                for k, v in zip(rest, d):
                    new[k] = v
            out = fun(*new, **kwargs)
            if has_aux:
                if not isinstance(out, (tuple, list)) or len(out) != 2:
                    raise TypeError(f"expected function with aux output to return a two-element tuple, but got type {type(out)} with value {out!r}")
                out, aux = out
                aux_leaves, aux_tree = _flatten(aux)
                state.append((aux_leaves, aux_tree))
            if isinstance(out, _Array):
                if out.ndim:
                    raise TypeError(f"Gradient only defined for scalar-output functions. Output had shape: {out.shape}.")
            else:
                _check_scalar(out)
            _check_output("grad", holomorphic, out)
            if has_aux:
                return [out, *[x for x in aux_leaves if isinstance(x, _Array)]]
            return [out]

        outs, grads = _value_and_grad(flat, leaves, nonzero)
        for k, g in enumerate(grads):
            if g is None:
                grads[k] = _zeros_like_id(ids[k])
        g = tree.unflatten(grads)
        if has_aux:
            aux_leaves, aux_tree = state[0]
            it = iter(outs[1:])
            aux = aux_tree.unflatten([next(it) if isinstance(x, _Array) else x for x in aux_leaves])
            return (outs[0], aux), g
        return outs[0], g

    return _named(
        value_and_grad_f, fun, "Value and gradient of {}. Takes the same arguments as {} but returns a two-element tuple of its value and gradient."
    )


def _check_scalar(out):
    try:
        a = typeof(out)
    except TypeError as e:
        raise TypeError(f"Gradient only defined for scalar-output functions. Output was {out}.") from e
    if a.shape != ():
        raise TypeError(f"Gradient only defined for scalar-output functions. Output had shape: {a.shape}.")


def _named(f, fun, doc=None):
    name = getattr(fun, "__name__", None)
    try:
        f.__wrapped__ = fun
        if name is not None:
            f.__name__ = name
            f.__qualname__ = getattr(fun, "__qualname__", name)
        f.__module__ = getattr(fun, "__module__", f.__module__)
        own = getattr(fun, "__doc__", None)
        f.__doc__ = doc.format(name, name) + (f"\n\nOriginal documentation:\n\n{own}" if own else "") if doc and name else own
        d = getattr(fun, "__dict__", None)
        if d:
            for k, v in d.items():
                if k not in ("__wrapped__", "_info", "_fun", "trace", "lower", "eval_shape"):
                    setattr(f, k, v)
    except (AttributeError, TypeError):
        pass
    return f


def grad(fun, argnums=0, has_aux=False, holomorphic=False, allow_int=False, reduce_axes=()):
    """A function that returns the gradient of the scalar function ``fun``.

    >>> import jaxgo as jax, jaxgo.numpy as jnp
    >>> print(jax.grad(lambda x: jnp.sum(x ** 2))(jnp.array([1., 2.])))
    [2. 4.]
    """
    vg = value_and_grad(fun, argnums, has_aux, holomorphic, allow_int, reduce_axes)
    if has_aux:

        def grad_f(*args, **kwargs):
            (_, aux), g = vg(*args, **kwargs)
            return g, aux
    else:

        def grad_f(*args, **kwargs):
            return vg(*args, **kwargs)[1]

    return _named(grad_f, fun, "Gradient of {} with respect to positional argument(s). Takes the same arguments as {} but returns the gradient.")


def _float0_like(x):
    import numpy as np

    from .dtypes import float0

    return np.zeros(getattr(x, "shape", ()), float0)


def _is_float0(t):
    d = getattr(t, "dtype", None)
    return d is not None and getattr(d, "names", None) == ("float0",)


def jvp(fun, primals, tangents, has_aux=False):
    """The value of ``fun`` and its derivative in the direction ``tangents``.

    >>> import jaxgo as jax
    >>> y, dy = jax.jvp(lambda x: x * x, (3.,), (1.,))
    >>> print(y, dy)
    9.0 6.0
    """
    check_callable(fun)
    if type(primals) is tuple and type(tangents) is tuple and len(primals) == len(tangents) == 1 and not has_aux:
        (p,), (t,) = primals, tangents
        if isinstance(p, _Array) and isinstance(t, _Array) and p._aval_id == t._aval_id and kind_of(p._aval_id) in "fc":
            return _jvp_one(fun, primals, tangents)  # one array: nothing to flatten
    if not isinstance(primals, (tuple, list)) or not isinstance(tangents, (tuple, list)):
        raise TypeError(
            f"primal and tangent arguments to jax.jvp must be tuples or lists; found {type(primals).__name__} and {type(tangents).__name__}."
        )
    ps, tree = _flatten(primals)
    ts, ttree = _flatten(tangents)
    if tree is not ttree and tree != ttree:
        raise TypeError(
            "primal and tangent arguments to jax.jvp must have the same tree structure; primals have tree structure "
            f"{tree} whereas tangents have tree structure {ttree}."
        )
    zs = []
    for p, t in zip(ps, ts):
        zs.append(_check_tangent(p, t))
    state = []

    def flat(vals):
        out = fun(*tree.unflatten(vals))
        if has_aux:
            out, aux = _split_aux(out)
            al, at = _flatten(aux)
            state.append((al, at))
        leaves, out_tree = _flatten(out)
        state.append(out_tree)
        state.append(len(leaves))
        if has_aux:
            return leaves + [x for x in al if isinstance(x, _Array)]
        return leaves

    outs, douts = _jvp(flat, ps, zs)
    n, out_tree = state[-1], state[-2]
    y = out_tree.unflatten(outs[:n])
    dy = out_tree.unflatten([_zeros_like_id(aval_id(o)) if d is None else d for o, d in zip(outs[:n], douts)])
    if has_aux:
        al, at = state[0]
        it = iter(outs[n:])
        return y, dy, at.unflatten([next(it) if isinstance(x, _Array) else x for x in al])
    return y, dy


def _jvp_one(fun, primals, tangents):
    trees = []

    def flat(vals):
        out = fun(vals[0])
        if isinstance(out, _Array):
            return (out,)
        leaves, tree = _flatten(out)
        trees.append(tree)
        return leaves

    outs, douts = _jvp(flat, primals, tangents)
    for i, d in enumerate(douts):
        if d is None:
            douts[i] = _zeros_like_id(aval_id(outs[i]))
    return (trees[0].unflatten(outs), trees[0].unflatten(douts)) if trees else (outs[0], douts[0])


def _check_tangent(p, t):
    if isinstance(p, _Array) and isinstance(t, _Array) and p._aval_id == t._aval_id and kind_of(p._aval_id) in "fc":
        return t
    pi = aval_id(p)
    _check_arg(p)
    k = kind_of(pi)
    pa = aval_from_id(pi)
    if k not in "fc":
        if not _is_float0(t):
            td = typeof(t).dtype if not _is_float0(t) else "float0"
            raise TypeError(
                "primal and tangent arguments to jax.jvp do not match; dtypes must be equal, or in case of int/bool primal dtype "
                f"the tangent dtype must be float0.Got primal dtype {pa.dtype} and so expected tangent dtype [('float0', 'V')], but got tangent dtype {td} instead."
            )
        shape = t.shape
        if tuple(shape) != pa.shape:
            raise ValueError(f"jvp called with different primal and tangent shapes;Got primal shape {pa.shape} and tangent shape as {tuple(shape)}")
        return None
    if _is_float0(t):
        raise TypeError(
            "primal and tangent arguments to jax.jvp do not match; dtypes must be equal, or in case of int/bool primal dtype "
            f"the tangent dtype must be float0.Got primal dtype {pa.dtype} and so expected tangent dtype {pa.dtype}, but got tangent dtype {t.dtype} instead."
        )
    ta = typeof(t)
    if ta.dtype != pa.dtype:
        raise TypeError(
            "primal and tangent arguments to jax.jvp do not match; dtypes must be equal, or in case of int/bool primal dtype "
            f"the tangent dtype must be float0.Got primal dtype {pa.dtype} and so expected tangent dtype {pa.dtype}, but got tangent dtype {ta.dtype} instead."
        )
    if ta.shape != pa.shape:
        raise ValueError(f"jvp called with different primal and tangent shapes;Got primal shape {pa.shape} and tangent shape as {ta.shape}")
    return t


def _split_aux(out):
    if not isinstance(out, (tuple, list)) or len(out) != 2:
        raise TypeError(f"expected function with aux output to return a two-element tuple, but got type {type(out)} with value {out!r}")
    return out


def _linearized(fun, primals, has_aux):
    ps, tree = _flatten(primals)
    nonzero = []
    ids = []
    for x in ps:
        if not isinstance(x, _Array):
            _check_arg(x)
        i = aval_id(x)
        ids.append(i)
        nonzero.append(kind_of(i) in "fc")
    state = []

    def flat(vals):
        out = fun(*tree.unflatten(vals))
        aux_leaves = ()
        if has_aux:
            out, aux = _split_aux(out)
            aux_leaves, at = _flatten(aux)
            state.append((aux_leaves, at))
        leaves, out_tree = _flatten(out)
        check_outputs(fun, leaves, out_tree)
        state.append(out_tree)
        state.append(len(leaves))
        return leaves + [x for x in aux_leaves if isinstance(x, _Array)]

    outs, lin, _, sources = _linearize(flat, ps, nonzero)
    n, out_tree = state[-1], state[-2]
    aux = None
    if has_aux:
        al, at = state[0]
        it = iter(outs[n:])
        aux = at.unflatten([next(it) if isinstance(x, _Array) else x for x in al])
    return sources, tree, ids, outs[:n], out_tree, lin, aux, len(outs)


def linearize(fun, *primals, has_aux=False):
    """The value of ``fun`` and a function that maps tangents to tangents, computed once and applied often.

    >>> import jaxgo as jax
    >>> y, f_jvp = jax.linearize(lambda x: x * x, 3.)
    >>> print(y, f_jvp(1.))
    9.0 6.0
    """
    check_callable(fun)
    _, tree, ids, outs, out_tree, lin, aux, _ = _linearized(fun, primals, has_aux)
    out_ids = [aval_id(o) for o in outs]
    f_jvp = tu.Partial(
        functools.partial(_linearized_call, _LinearJaxpr(lin), tree, tuple(ids), out_tree, tuple(out_ids)), call("linear_residuals", lin)
    )
    y = out_tree.unflatten(outs)
    return (y, f_jvp, aux) if has_aux else (y, f_jvp)


class _LinearJaxpr:
    """The jaxpr of a linearized function; its residuals are arguments of what linearize returns, a pytree."""

    __slots__ = ("lin", "residuals", "template")

    def __init__(self, lin):
        self.lin, self.residuals, self.template = lin, None, None

    def linear(self, residuals):
        if self.residuals is None:
            self.residuals = residuals  # those of the point of linearization
        if residuals is self.residuals:
            return self.lin
        if self.template is None:
            self.template = call("linear_template", self.lin)
        return call("linear_with", self.template, list(residuals))

    @property
    def jaxpr(self):
        from ._jaxpr import Jaxpr

        return Jaxpr(call("linear_jaxpr", self.lin))

    def __getattr__(self, name):
        return getattr(self.jaxpr, name)

    def __repr__(self):
        return str(self.jaxpr)


def _linearized_call(jaxpr, tree, ids, out_tree, out_ids, residuals, *tangents):
    ts, ttree = _flatten(tangents)
    if ttree != tree:
        raise TypeError(f"expected {tree}, got {ttree}")
    for k, (i, t) in enumerate(zip(ids, ts)):
        a = aval_from_id(i)
        zero = _is_float0(t)
        if kind_of(i) not in "fc":
            good, ts[k] = zero and tuple(t.shape) == a.shape, None
        else:
            good = not zero and (isinstance(t, _Array) and t._aval_id == i or typeof(t).shape == a.shape and typeof(t).dtype == a.dtype)
        if not good:
            raise ValueError(
                "linearized function called on tangent values inconsistent with the original primal values:\n"
                f"Got tangent aval {'float0' if zero else typeof(t)} for primal aval {a} but expected {a.to_tangent_aval()}."
            )
    got = call("linear_jvp", jaxpr.linear(residuals), ts)[0]
    return out_tree.unflatten([_zeros_like_id(i) if d is None else d for i, d in zip(out_ids, got)])


def vjp(fun, *primals, has_aux=False, reduce_axes=()):
    """The value of ``fun`` and a function that maps cotangents of the result to cotangents of the arguments.

    >>> import jaxgo as jax
    >>> y, f_vjp = jax.vjp(lambda x: x * x, 3.)
    >>> print(f_vjp(1.)[0])
    6.0
    """
    check_callable(fun)
    sources, tree, ids, outs, out_tree, lin, aux, total = _linearized(fun, primals, has_aux)
    out_ids = [aval_id(o) for o in outs]
    f = VJP(lin, tree, ids, out_tree, out_ids, total, fun, sources)
    y = out_tree.unflatten(outs)
    return (y, f, aux) if has_aux else (y, f)


class NotNeeded:
    """Stands in `VJP.args_res` for an argument that the backward pass does not need."""

    def __eq__(self, other):
        return type(other) is NotNeeded

    def __hash__(self):
        return hash(NotNeeded)

    def __repr__(self):
        return "NotNeeded()"


class GradValue:
    """Asks `VJP.with_refs` for an argument's cotangent."""


class DontWant:
    """Tells `VJP.with_refs` that an argument's cotangent is not wanted."""


class DidntWant:
    """Stands for a cotangent that was not wanted."""

    def __eq__(self, other):
        return type(other) is DidntWant

    def __hash__(self):
        return hash(DidntWant)

    def __repr__(self):
        return "DidntWant()"


class VJP:
    """What vjp returns: the transpose of a linearized function.

    It is a pytree. Its leaves are the residuals: those that are arguments of the function in ``args_res``, which may be replaced before
    the call, the others in ``opaque_residuals``.
    """

    __slots__ = ("__weakref__", "_args_res", "_ids", "_lin", "_opaque", "_out_ids", "_sources", "_template", "_total", "fun", "in_tree", "out_tree")

    def __init__(self, lin, in_tree, ids, out_tree, out_ids, total, fun, sources):
        self._lin, self.in_tree, self._ids, self.out_tree, self._out_ids, self._total = lin, in_tree, ids, out_tree, out_ids, total
        self.fun, self._sources, self._template, self._args_res, self._opaque = fun, sources, None, None, None

    def _split(self):
        """From now on the residuals are in args_res and opaque_residuals."""
        if self._args_res is None:
            residuals = call("linear_residuals", self._lin)
            args = [NotNeeded()] * self.in_tree.num_leaves
            self._opaque = []
            for k, r in zip(self._sources, residuals):
                if k < 0:
                    self._opaque.append(r)
                else:
                    args[k] = r
            self._args_res = list(self.in_tree.unflatten(args))
            if self._template is None:  # one of these without residuals stands for it in trees
                self._template = VJP(
                    call("linear_template", self._lin), self.in_tree, self._ids, self.out_tree, self._out_ids, self._total, self.fun, self._sources
                )
            self._lin = None

    def _linear(self):
        if self._args_res is None:
            return self._lin
        args = tu.tree_leaves(self._args_res, is_leaf=lambda x: x is None or isinstance(x, NotNeeded))
        opaque = iter(self._opaque)
        residuals = [next(opaque) if k < 0 else args[k] for k in self._sources]
        return call("linear_with", self._template._lin, residuals)

    @property
    def args_res(self):
        self._split()
        return self._args_res

    @args_res.setter
    def args_res(self, args):
        self._split()
        self._args_res = args

    @property
    def opaque_residuals(self):
        self._split()
        return self._opaque

    def tree_flatten(self):
        self._split()
        return (self._args_res, self._opaque), self._template

    @classmethod
    def tree_unflatten(cls, template, parts):
        t = template
        f = cls(None, t.in_tree, t._ids, t.out_tree, t._out_ids, t._total, t.fun, t._sources)
        f._template, (f._args_res, f._opaque) = t, parts
        return f

    def with_refs(self, *wanted):
        """A function that maps the cotangent of the result to those of the arguments that are wanted.

        >>> import jaxgo as jax
        >>> _, f_vjp = jax.vjp(lambda x, y: x * y, 2., 3.)
        >>> print(f_vjp.with_refs(jax.ad.GradValue(), jax.ad.DontWant())(1.))
        (Array(3., dtype=float32, weak_type=True), DidntWant())
        """
        flat = self.in_tree.flatten_up_to(wanted)
        for w in flat:
            if not isinstance(w, (GradValue, DontWant)):
                raise TypeError(f"with_refs takes GradValue() or DontWant() for each argument, got {w!r}")

        def pull(ct):
            cts = tree_leaves(self(ct))
            return self.in_tree.unflatten([c if isinstance(w, GradValue) else DidntWant() for c, w in zip(cts, flat)])

        return pull

    def __call__(self, *cts):
        if len(cts) != 1:
            raise TypeError(_TOO_MANY.format(fun_name(self.fun), len(cts)))
        (ct,) = cts
        cts, tree = _flatten(ct)
        if tree != self.out_tree:
            differences = "\n".join(
                f"  * out{tu.keystr(path)} was a {was} in the original output, but a {now} here, so {why}."
                for path, was, now, why in tu.equality_errors_pytreedef(self.out_tree, tree)
            )
            raise ValueError(
                "unexpected tree structure.\n\nThe argument to a VJP function returned by `jax.vjp` must match the pytree\n"
                f"structure of the differentiated function {where(self.fun)}.\n\nBut the tree structures differ:\n{differences}"
            )
        for k, c in enumerate(cts):
            i = self._out_ids[k]
            if isinstance(c, _Array) and c._aval_id == i and kind_of(i) in "fc":
                continue
            cts[k] = self._check(c, aval_from_id(i), kind_of(i), i)
        cts += [None] * (self._total - len(cts))
        got = _vjp(self._linear(), cts, False)[0]
        for k, g in enumerate(got):
            if g is None:
                got[k] = _zeros_like_id(self._ids[k])
        return self.in_tree.unflatten(got)

    def _check(self, c, a, kind, i):
        if kind not in "fc":
            if not _is_float0(c) and typeof(c).shape != a.shape:  # whatever it is, there is no tangent that it would belong to
                raise ValueError(
                    f"unexpected JAX type (e.g. shape/dtype) for argument to VJP function: got {typeof(c).str_short()}, but expected float0[{','.join(map(str, a.shape))}] because the corresponding output of the differentiated function had JAX type {a.str_short()}"
                )
            return None
        if _is_float0(c):
            raise ValueError(
                f"unexpected JAX type (e.g. shape/dtype) for argument to VJP function: got float0[{','.join(map(str, a.shape))}], but expected {a.str_short()} because the corresponding output of the differentiated function had JAX type {a.str_short()}"
            )
        ca = typeof(c)
        if ca.shape != a.shape or ca.dtype != a.dtype:
            raise ValueError(
                f"unexpected JAX type (e.g. shape/dtype) for argument to VJP function: got {ca.str_short()}, but expected {a.str_short()} because the corresponding output of the differentiated function had JAX type {a.str_short()}"
            )
        return c


# JAX's words
_TOO_MANY = """
The function returned by `jax.vjp` applied to {} was called with {} arguments,
but functions returned by `jax.vjp` must be called with a single argument
corresponding to the single value returned by the function being differentiated
(even if that returned value is a tuple or other container).

For example, if we have:

  def f(x):
    return (x, x)
  _, f_vjp = jax.vjp(f, 1.0)

the function `f` returns a single tuple as output, and so we call `f_vjp` with a
single tuple as its argument:

  x_bar, = f_vjp((2.0, 2.0))

If we instead call `f_vjp(2.0, 2.0)`, with the values 'splatted out' as
arguments rather than in a tuple, this error can arise.
"""

tu.register_pytree_node_class(VJP)
for _node in (NotNeeded, DidntWant):
    tu.register_pytree_node(_node, lambda x: ((), type(x)), lambda kind, _: kind())


def linear_transpose(fun, *primals, reduce_axes=()):
    """The transpose of a linear function.

    >>> import jaxgo as jax, jaxgo.numpy as jnp
    >>> f_t = jax.linear_transpose(lambda x: 3. * x, jax.ShapeDtypeStruct((), jnp.float32))
    >>> print(f_t(2.)[0])
    6.0
    """
    if reduce_axes:
        raise NotImplementedError("reduce_axes argument to transpose is deprecated")
    check_callable(fun)
    ps, tree = _flatten(primals)
    ids = tuple(aval_id(x) for x in ps)
    t, _ = _JitInfo(fun, (), (), (), (), False, False).trace(primals, {})
    out_ids = call("jaxpr_out_avals", t.handle)
    kinds = [kind_of(i) for i in (*ids, *out_ids)]
    if not all(k in "fc" for k in kinds) and not all(k in "iu" for k in kinds):
        raise TypeError(
            "linear_transpose only supports [float or complex] -> [float or complex], and integer -> integer functions, "
            f"but got {[aval_from_id(i).dtype for i in ids]} -> {[aval_from_id(i).dtype for i in out_ids]}."
        )
    return tu.Partial(functools.partial(_transposed_call, t, tree, ids, tuple(out_ids)), call("jaxpr_consts", t.handle))


def _transposed_call(t, tree, ids, out_ids, consts, ct):
    cts, ct_tree = _flatten(ct)
    if ct_tree != t.out_tree:
        raise TypeError(f"cotangent tree does not match function output, expected {t.out_tree} but got {ct_tree}")
    avals = [aval_from_id(i) for i in out_ids]
    if not all((typeof(c).shape, typeof(c).dtype) == (a.shape, a.dtype) for c, a in zip(cts, avals)):
        raise TypeError(f"cotangent type does not match function output, expected {avals} but got {cts}")
    got = call("linear_transpose", t.handle, cts, list(consts))[0]
    return tree.unflatten([_zeros_aval(i) if g is None else g for i, g in zip(ids, got)])


def _std_basis(leaves, ids):
    """For each leaf, the rows of the identity of the total size that belong to it."""
    from . import numpy as jnp

    sizes = [aval_from_id(i).size for i in ids]
    n = sum(sizes)
    out, start = [], 0
    dtype = None
    for i in ids:
        d = aval_from_id(i).dtype
        dtype = d if dtype is None else jnp.promote_types(dtype, d)
    eye = jnp.eye(n, dtype=dtype) if n else jnp.zeros((0, 0), dtype)
    for i, size in zip(ids, sizes):
        a = aval_from_id(i)
        part = eye if len(ids) == 1 else eye[:, start : start + size]
        out.append(_like(part.reshape((n, *a.shape)), a))
        start += size
    return out


def _like(x, a):
    """x with an aval's dtype and weak type."""
    if x.dtype != a.dtype or a.weak_type:
        return _convert_weak(x, a.dtype, a.weak_type)
    return x


_convert_weak = _fast.func("lax._convert_element_type")


def jacfwd(fun, argnums=0, has_aux=False, holomorphic=False):
    """The Jacobian of ``fun``, column by column in forward mode.

    >>> import jaxgo as jax, jaxgo.numpy as jnp
    >>> print(jax.jacfwd(lambda x: x ** 2)(jnp.array([1., 2.])))
    [[2. 0.]
     [0. 4.]]
    """
    check_callable(fun)
    argnums = argnums if isinstance(argnums, int) else _int_tuple(argnums, "argnums")

    def jacfun(*args, **kwargs):
        nums = _dyn_argnums(fun, argnums, args)
        dyn = tuple(args[k] for k in nums)
        leaves, tree = _flatten(dyn)
        ids = [aval_id(x) for x in leaves]
        for x, i in zip(leaves, ids):
            _check_input_fwd("jacfwd", holomorphic, x, i)

        def f_dyn(*d):
            new = list(args)
            for k, v in zip(nums, d):
                new[k] = v
            return fun(*new, **kwargs)

        def push(ts):
            return jvp(f_dyn, dyn, tree.unflatten(ts), has_aux=has_aux)

        basis = _std_basis(leaves, ids)
        if has_aux:
            y, jac, aux = vmap(push, out_axes=(None, -1, None))(basis)
        else:
            y, jac = vmap(push, out_axes=(None, -1))(basis)
        for o in tree_leaves(y):
            _check_output("jacfwd", holomorphic, o)
        example = dyn[0] if isinstance(argnums, int) else dyn

        def split(j):
            l, t = _flatten(example)
            parts = _split_axis(j, [aval_from_id(aval_id(x)) for x in l], -1)
            return t.unflatten(parts)

        result = tree_map(split, jac)
        return (result, aux) if has_aux else result

    return _named(jacfun, fun)


def _split_axis(j, avals, axis):
    """Splits axis 0 or -1 of j into the axes of each aval."""
    out, start = [], 0
    for a in avals:
        if axis == -1:
            part = j if len(avals) == 1 else j[..., start : start + a.size]
            out.append(part.reshape((*j.shape[:-1], *a.shape)))
        else:
            part = j if len(avals) == 1 else j[start : start + a.size]
            out.append(part.reshape((*a.shape, *j.shape[1:])))
        start += a.size
    return out


def jacrev(fun, argnums=0, has_aux=False, holomorphic=False, allow_int=False):
    """The Jacobian of ``fun``, row by row in reverse mode.

    >>> import jaxgo as jax, jaxgo.numpy as jnp
    >>> print(jax.jacrev(lambda x: x ** 2)(jnp.array([1., 2.])))
    [[2. 0.]
     [0. 4.]]
    """
    check_callable(fun)
    argnums = argnums if isinstance(argnums, int) else _int_tuple(argnums, "argnums")

    def jacfun(*args, **kwargs):
        nums = _dyn_argnums(fun, argnums, args)
        dyn = tuple(args[k] for k in nums)
        for x in tree_leaves(dyn):
            _check_input("jacrev", holomorphic, allow_int, x, aval_id(x))

        def f_dyn(*d):
            new = list(args)
            for k, v in zip(nums, d):
                new[k] = v
            return fun(*new, **kwargs)

        if has_aux:
            y, pullback, aux = vjp(f_dyn, *dyn, has_aux=True)
        else:
            y, pullback = vjp(f_dyn, *dyn)
        leaves, out_tree = _flatten(y)
        for o in leaves:
            _check_output("jacrev", holomorphic, o)
        ids = [aval_id(o) for o in leaves]
        jac = vmap(lambda cts: pullback(out_tree.unflatten(cts)))(_std_basis(leaves, ids))
        if isinstance(argnums, int):
            jac = jac[0]
        avals = [aval_from_id(i) for i in ids]
        jl, jt = _flatten(jac)
        # per input leaf, its blocks by output leaf; the result has the outputs' tree outside
        blocks = [_split_axis(j, avals, 0) for j in jl]
        result = out_tree.unflatten([jt.unflatten([b[k] for b in blocks]) for k in range(len(leaves))])
        return (result, aux) if has_aux else result

    return _named(jacfun, fun)


jacobian = jacrev


def hessian(fun, argnums=0, has_aux=False, holomorphic=False):
    """The matrix of second derivatives: forward over reverse mode.

    >>> import jaxgo as jax, jaxgo.numpy as jnp
    >>> print(jax.hessian(lambda x: jnp.sum(x ** 3))(jnp.array([1., 2.])))
    [[ 6.  0.]
     [ 0. 12.]]
    """
    return jacfwd(jacrev(fun, argnums, has_aux=has_aux, holomorphic=holomorphic), argnums, has_aux=has_aux, holomorphic=holomorphic)


# ---- vmap ----


def flatten_axes(name, treedef, axis_tree, *, kws=False, tupled_args=False):
    """The axis of each leaf, from a tree prefix of axes."""
    leaves, spec = tu.none_leaf_registry.flatten(axis_tree)
    try:
        return tu.broadcast_flattened_prefix_with_treedef(leaves, spec, treedef)
    except ValueError:
        pass
    if kws:
        treedef, _ = treedef.children()
        axis_tree, _ = axis_tree
    hint = ""
    if tupled_args:
        hint += f" Note that {name} that are non-trivial pytrees should always be wrapped in a tuple representing the argument list."
        if len(treedef.children()) == 1:
            try:
                flatten_axes(name, treedef, (axis_tree,))
            except ValueError:
                pass
            else:
                hint += f" In particular, you're passing in a single argument which means that {name} might need to be wrapped in a singleton tuple."
    dummy = tree_unflatten(treedef, [_PytreeLeaf()] * treedef.num_leaves)
    errors = list(tu.prefix_errors(axis_tree, dummy))
    details = "\n  ".join(e(name).args[0] for e in errors)
    mismatch = f"\n  Mismatch details ({len(errors)} found):\n  {details}" if errors else ""
    raise ValueError(f"{name} specification must be a tree prefix of the corresponding value; {hint}{mismatch}")


class _PytreeLeaf:
    def __repr__(self):
        return "pytree leaf"


def _mapped_size(fun, tree, vals, dims, axis_size, name="vmap"):
    if not vals:
        if axis_size is not None:
            return axis_size
        args, kwargs = tree_unflatten(tree, vals)
        raise ValueError(
            f"{name} wrapped function must be passed at least one argument containing an array or axis_size must be specified, got empty *args={args} and **kwargs={kwargs}"
        )
    sizes = []
    for x, d in zip(vals, dims):
        if d is None:
            sizes.append(None)
            continue
        shape = getattr(x, "shape", ())
        try:
            sizes.append(shape[d])
        except IndexError as e:
            aval_id(x)  # what is no array has an error of its own
            rank = d + 1 if d >= 0 else -d
            raise ValueError(
                f"{name} was requested to map its argument along axis {d}, which implies that its rank should be at least {rank}, "
                f"but is only {len(shape)} (its shape is {shape})"
            ) from e
    known = [s for s in sizes if s is not None]
    if axis_size is not None:
        known.append(axis_size)
    if not known:
        raise ValueError(f"{name} must have at least one non-None value in in_axes or axis_size must be specified")
    if all(s == known[0] for s in known):
        return known[0]
    import collections
    import inspect

    args, kwargs = tree_unflatten(tree, vals)
    try:
        params = list(inspect.signature(fun).bind(*args, **kwargs).signature.parameters)
    except (TypeError, ValueError):
        params = None

    def arg(path):
        i = path[0].idx
        if params is None or i >= len(params):
            return f"args{tu.keystr(path)}"
        return f"argument {params[i]}" + (tu.keystr(path[1:]) if len(path) > 1 else "")

    named = [(arg(p), x) for p, x in tu.tree_flatten_with_path(args)[0]]
    named += [(f"kwargs{tu.keystr(p)}", x) for p, x in tu.tree_flatten_with_path(kwargs)[0]]
    paths = [None if d is None else f"{at} of type {typeof(x).str_short()}" for (at, x), d in zip(named, dims)]
    counts = collections.Counter(s for s in sizes if s is not None).most_common()
    msg = f"{name} got inconsistent sizes for array axes to be mapped:\n"
    if axis_size is not None:
        msg += f"  * the `axis_size` argument was {axis_size};\n"
    for n, (size, count) in enumerate(counts):
        k = sizes.index(size)
        if count == 1:
            msg += f"  * one axis had size {size}: axis {dims[k]} of {paths[k]};\n"
        elif n == 0:
            msg += f"  * most axes ({count} of them) had size {size}, e.g. axis {dims[k]} of {paths[k]};\n"
        else:
            msg += f"  * some axes ({count} of them) had size {size}, e.g. axis {dims[k]} of {paths[k]};\n"
    raise ValueError(msg[:-2])


def vmap(fun, in_axes=0, out_axes=0, axis_name=None, axis_size=None, spmd_axis_name=None, sum_match=False):
    """A function that applies ``fun`` to every member of its arguments along an axis.

    ``in_axes`` gives the axis of each argument, None for those that are not mapped; it may be a pytree that is a prefix of
    the arguments. ``out_axes`` says where the axis goes in the results.

    >>> import jaxgo as jax, jaxgo.numpy as jnp
    >>> print(jax.vmap(jnp.dot, in_axes=(0, None))(jnp.eye(2), jnp.array([1., 2.])))
    [1. 2.]
    """
    check_callable(fun)
    if isinstance(in_axes, list):
        in_axes = tuple(in_axes)
    if not (in_axes is None or type(in_axes) in (int, tuple, *_batch_axis_types())):
        raise TypeError(
            "vmap in_axes must be an int, None, or a tuple of entries corresponding to the positional arguments passed to the "
            f"function, but got {in_axes}."
        )
    for a in tree_leaves(in_axes):
        if not isinstance(a, int):
            raise TypeError(f"vmap in_axes must be an int, None, or (nested) container with those types as leaves, but got {in_axes}.")
    for a in tree_leaves(out_axes):
        if not isinstance(a, int):
            raise TypeError(f"vmap out_axes must be an int, None, or (nested) container with those types as leaves, but got {out_axes}.")
    name = "" if axis_name is None else _axis_key(axis_name)
    simple_out = type(out_axes) is int and out_axes == 0

    def vmap_f(*args, **kwargs):
        if type(in_axes) is tuple and len(in_axes) != len(args):
            raise ValueError(
                "vmap in_axes must be an int, None, or a tuple of entries corresponding to the positional arguments passed to the "
                f"function, but got len(in_axes)={len(in_axes)}, len(args)={len(args)}"
            )
        vals, tree = _flatten((args, kwargs))
        if type(in_axes) is int and in_axes == 0:
            dims = [0] * len(vals)
        else:
            axes = flatten_axes("vmap in_axes", tree, (in_axes, 0), kws=True)
            dims = list(axes)
        size = _mapped_size(fun, tree, vals, dims, axis_size)
        for k, d in enumerate(dims):
            if d is not None and d < 0:
                dims[k] = d + len(vals[k].shape)
        out_tree = None
        kept = None
        if None in dims:  # what is not mapped passes by, whatever it is
            kept, mapped = list(vals), [k for k, d in enumerate(dims) if d is not None]
            vals, dims = [vals[k] for k in mapped], [dims[k] for k in mapped]

        def flat(vs):
            nonlocal out_tree
            if kept is not None:
                full = list(kept)
                for k, v in zip(mapped, vs):
                    full[k] = v
                vs = full
            a, kw = tree.unflatten(vs)
            leaves, out_tree = _flatten(fun(*a, **kw))
            for x in leaves:
                if not isinstance(x, _Array):
                    check_outputs(fun, leaves, out_tree)
                    break
            return leaves

        if simple_out:
            return out_tree.unflatten(outs) if (outs := _vmap0(flat, vals, dims, size, name)) is not None else None
        outs, out_dims = _vmap(flat, vals, dims, size, name)
        axes = flatten_axes("vmap out_axes", out_tree, out_axes)
        for k, (x, d, to) in enumerate(zip(outs, out_dims, axes)):
            if to is None:
                if d != -1 and axis_name is not None:
                    raise ValueError(f"vmap has mapped output (axis_name={axis_name}) but out_axes is None")
                if d != -1:
                    full = tree_unflatten(out_tree, axes)
                    path = tu.tree_flatten_with_path(full, is_leaf=lambda v: v is None)[0][k][0]
                    raise ValueError(f"at vmap out_axes{tu.keystr(path)}, got axis spec None but output was batched on axis {d}")
                continue
            ndim = typeof(x).ndim + (1 if d == -1 else 0)
            if not -ndim <= to < ndim:
                raise ValueError(f"axis {to} is out of bounds for array of dimension {ndim}")
            outs[k] = _match_axis(x, d, to % ndim, size)
        return out_tree.unflatten(outs)

    return _named(vmap_f, fun, "Vectorized version of {}. Takes similar arguments as {} but with additional array axes over which it is mapped.")


def _batch_axis_types():
    return ()


_axis_names: dict = {}


def _axis_key(name) -> str:
    """Axis names may be any hashable; Go knows them by text."""
    if isinstance(name, str):
        return name
    key = _axis_names.get(name)
    if key is None:
        key = _axis_names[name] = f"<axis {len(_axis_names)}: {name!r}>"
    return key


# ---- devices and transfers ----


def block_until_ready(x):
    """Waits until every array of a pytree has been computed, and returns the pytree.

    >>> import jaxgo as jax, jaxgo.numpy as jnp
    >>> y = jax.block_until_ready(jnp.ones(3) + 1)
    """
    for leaf in tree_leaves(x):
        if isinstance(leaf, _ArrayImpl):
            leaf.block_until_ready()
        elif not isinstance(leaf, _Tracer):
            wait = getattr(leaf, "block_until_ready", None)
            if wait is not None:
                wait()
    return x


def device_get(x):
    """The values of a pytree's arrays as NumPy arrays.

    >>> import jaxgo as jax, jaxgo.numpy as jnp
    >>> jax.device_get(jnp.arange(3))
    array([0, 1, 2], dtype=int32)
    """

    def get(x):
        if isinstance(x, _Tracer):
            return x
        f = getattr(x, "__array__", None)
        return x if f is None else f()

    return tree_map(get, x)
