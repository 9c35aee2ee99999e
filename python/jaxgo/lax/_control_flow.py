"""Loops and branches: pytrees and messages here, tracing and everything else in Go."""

from __future__ import annotations

import operator

from .. import _fast
from .._api import _flatten, typeof
from .._config import config
from ..tree_util import keystr, tree_flatten_with_path, tree_map, tree_unflatten, treedef_is_leaf
from ._trace import Traced, _has_tracers, bullets, capital, check_leaves, context, ids_of, mismatch, same_type, short, slice_id, traces, where
from ._util import Array, Tracer, asarray, canonical_axis, dtype_of, ndim
from ._util import shape as _shape_of

_scan, _while, _cond, _switch = (_fast.func(n) for n in ("scan", "while", "cond", "switch"))


def _carry_names(fun):
    """How messages name a component of a loop's carry."""
    import inspect

    try:
        names = list(inspect.signature(fun).parameters)
    except (ValueError, TypeError):
        names = []
    if names:
        return lambda p: f"the input carry component {names[0]}{keystr(p)}" if p else f"the input carry {names[0]}"
    return lambda p: f"the input carry at path {keystr(p)}" if p else "the input carry"


def _check_carry_tree(loop, fun, tree, out_tree):
    """Raises the error for a carry that comes out of the body with another structure than it went in."""
    if tree == out_tree:
        return
    from ..tree_util import equality_errors_pytreedef

    component = _carry_names(fun)
    diffs = [
        f"{component(path)} is a {a} but the corresponding component of the carry output is a {b}, so {why}"
        for path, a, b, why in equality_errors_pytreedef(tree, out_tree)
    ]
    if not diffs:
        return
    text = bullets(capital(diffs))
    if len(diffs) > 1:
        text = "\n".join(f"  * {d};\n" for d in diffs[:-1]) + f"  * {diffs[-1]}.\n"
    raise TypeError(
        f"{loop} function carry input and carry output must have the same pytree structure, but they differ:\n\n{text}\n"
        "Revise the function so that the carry output has the same pytree structure as the carry input."
    )


def _carry_types(loop, fun, tree, before, after):
    """The error for a carry that comes out of the body with other types than it went in."""
    component = _carry_names(fun)
    paths = [p for p, _ in tree_flatten_with_path(tree_unflatten(tree, list(range(len(before)))))[0]]
    diffs = [
        f"{component(p)} has type {short(a)} but the corresponding output carry component has type {short(b)}{mismatch(a, b)}"
        for p, a, b in zip(paths, before, after)
        if not same_type(a, b)
    ]
    text = bullets(capital(diffs), ";")
    return TypeError(
        f"{loop} function carry input and carry output must have equal types, but they differ:\n\n{text}\n"
        "Revise the function so that all output types match the corresponding input types."
    )


# ---- scan ----


def scan(f, init, xs=None, length=None, reverse=False, unroll=1, _split_transpose=False):
    """Applies ``f`` to a carry and to the slices of ``xs`` along axis 0, one after the other, and stacks the second results.

    ``f(carry, x)`` returns the next carry, of the same structure and types, and a result for this slice. ``unroll`` is how
    many calls of f one iteration of the compiled loop has; True or 0 make no loop at all.

    >>> from jaxgo import lax, numpy as jnp
    >>> print(*lax.scan(lambda c, x: (c + x, c * x), 0, jnp.arange(4)))
    6 [0 0 2 9]
    """
    if not callable(f):
        raise TypeError("lax.scan: f argument should be a callable.")
    carry, init_tree = _flatten(init)
    xs_leaves, xs_tree = _flatten(xs)
    if length is not None or not xs_leaves:
        length = _scan_length(xs_leaves, length)
    else:
        for x in xs_leaves:
            if not isinstance(x, Array) or x.ndim == 0:
                length = _scan_length(xs_leaves, None)
                break
    if config.jax_disable_jit:
        return _scan_python(f, carry, init_tree, xs_leaves, xs_tree, length, reverse)
    if unroll is not True and unroll is not False:
        unroll = _unroll(unroll)
    cache = traces(f)
    key = _scan_key(init_tree, xs_tree, carry, xs_leaves) if cache else None
    got = cache.get(key) if cache else None
    if got is not None:
        body, out_tree = got
    else:
        n, out_tree = len(carry), None

        def body(vals):
            nonlocal out_tree
            out = f(init_tree.unflatten(vals[:n]), xs_tree.unflatten(vals[n:]))
            if not isinstance(out, (tuple, list)) or len(out) != 2:
                raise TypeError(f"scan body output must be a pair, got {tree_map(typeof, out)}.")
            leaves, tree = _flatten(out[0])
            if tree != init_tree:
                _check_carry_tree("scan body", f, init_tree, tree)
            n_carry = len(leaves)
            ys, ys_tree = _flatten(out[1])
            leaves += ys
            for x in leaves:
                if not isinstance(x, Array):
                    check_leaves("scan", f, leaves, _flatten(out)[1])
                    break
            assert n_carry == n
            out_tree = tree, ys_tree
            return leaves

    outs, j, *more = _scan(body, carry, xs_leaves, -1 if length is None else length, reverse, unroll, where(f))
    if outs is None:
        raise _carry_types("scan body", f, init_tree, j, more[0])
    if j is not None and not _has_tracers(j):
        cache[key or _scan_key(init_tree, xs_tree, carry, xs_leaves)] = j, out_tree
    tree, ys_tree = out_tree
    n = tree.num_leaves
    return tree.unflatten(outs[:n]), ys_tree.unflatten(outs[n:])


def _scan_key(init_tree, xs_tree, carry, xs):
    return "scan", init_tree, xs_tree, ids_of(carry), tuple([slice_id(i) for i in ids_of(xs)]), context()


def _unroll(unroll):
    try:
        n = operator.index(unroll)
    except TypeError:
        if isinstance(unroll, Tracer):
            from ..errors import ConcretizationTypeError

            raise ConcretizationTypeError(unroll, "The `unroll` argument to `scan` expects a concrete `int` or `bool` value.") from None
        raise
    if n < 0:
        raise ValueError("`unroll` must be a `bool` or a non-negative `int`.")
    return n


def _scan_length(xs, length):
    without = [x for x in xs if not hasattr(x, "shape")]
    if without:
        raise ValueError(f"scan got value with no leading axis to scan over: {', '.join(str(x) for x in without)}.")
    try:
        sizes = [x.shape[0] for x in xs]
    except IndexError:
        raise ValueError(f"scan got value with no leading axis to scan over: {', '.join(str(x) for x in xs if not x.shape)}.") from None
    if length is not None:
        if isinstance(length, Tracer):
            from ..errors import ConcretizationTypeError

            raise ConcretizationTypeError(
                length,
                "The `length` argument to `scan` expects a concrete `int` value. For scan-like iteration "
                "with a dynamic length, use `while_loop` or `fori_loop`.",
            )
        length = int(length)
        if any(n != length for n in sizes):
            raise ValueError(f"scan got `length` argument of {length} which disagrees with leading axis sizes {sizes}.")
        return length
    if not sizes:
        raise ValueError("scan got no values to scan over and `length` not provided.")
    if len(set(sizes)) > 1:
        raise ValueError(f"scan got values with different leading axis sizes: {', '.join(str(n) for n in sizes)}.")
    return sizes[0]


def _scan_python(f, carry, init_tree, xs, xs_tree, length, reverse):
    from ..numpy import stack

    if length is None:
        length = _scan_length(xs, None)
    if length == 0:
        raise ValueError("zero-length scan is not supported in disable_jit() mode because the output type is unknown.")
    carry, ys = init_tree.unflatten(carry), []
    for i in reversed(range(length)) if reverse else range(length):
        carry, y = f(carry, xs_tree.unflatten([x[i] for x in xs]))
        ys.append(y)
    if reverse:
        ys.reverse()
    return carry, tree_map(lambda *y: stack(y), *ys)


# ---- while and for ----


def while_loop(cond_fun, body_fun, init_val):
    """Applies ``body_fun`` to a value as long as ``cond_fun`` of it is true.

    It has forward-mode derivatives only: how many steps there are is not known beforehand.

    >>> from jaxgo import lax
    >>> print(lax.while_loop(lambda x: x < 100, lambda x: 2 * x, 1))
    128
    """
    if not (callable(body_fun) and callable(cond_fun)):
        raise TypeError("lax.while_loop: body_fun and cond_fun arguments should be callable.")
    if config.jax_disable_jit:
        from ..errors import ConcretizationTypeError

        try:
            val = tree_map(asarray, init_val)
            while cond_fun(val):
                val = tree_map(asarray, body_fun(val))
            return val
        except ConcretizationTypeError:
            pass
    init, tree = _flatten(init_val)
    cache = traces(body_fun)
    key = _while_key(cond_fun, tree, init) if cache else None
    cond, body = cache.get(key, (None, None)) if key else (None, None)
    if cond is None:

        def cond(vals):
            out = cond_fun(tree.unflatten(vals))
            leaves, out_tree = _flatten(out)
            if not treedef_is_leaf(out_tree) or len(leaves) != 1:
                raise TypeError(f"cond_fun must return a boolean scalar, but got pytree {out_tree}.")
            a = typeof(leaves[0])
            if a.shape != () or a.dtype.kind != "b":
                raise TypeError(f"cond_fun must return a boolean scalar, but got output type(s) [{a!r}].")
            return leaves

        def body(vals):
            leaves, out_tree = _flatten(body_fun(tree.unflatten(vals)))
            if out_tree != tree:
                _check_carry_tree("while_loop body", body_fun, tree, out_tree)
            for x in leaves:
                if not isinstance(x, Array):
                    check_leaves("while_loop", body_fun, leaves, out_tree)
                    break
            return leaves

    outs, cj, bj = _while(cond, body, init, where(cond_fun), where(body_fun))
    if outs is None:
        raise _carry_types("while_loop body", body_fun, tree, cj, bj)
    if cj is not None and not _has_tracers(cj) and not _has_tracers(bj):
        key = key or _while_key(cond_fun, tree, init)
        if key:
            cache[key] = cj, bj
    return tree.unflatten(outs)


def _while_key(cond_fun, tree, init):
    import weakref

    try:
        key = "while", weakref.ref(cond_fun), tree, ids_of(init), context()
        hash(key)
        return key
    except TypeError:
        return None


def fori_loop(lower, upper, body_fun, init_val, *, unroll=None):
    """Applies ``body_fun(i, value)`` for i from ``lower`` up to ``upper``.

    With bounds that are known it is a scan and has all derivatives, otherwise a while loop.

    >>> from jaxgo import lax
    >>> print(lax.fori_loop(0, 5, lambda i, x: x + i, 0))
    10
    """
    if not callable(body_fun):
        raise TypeError("lax.fori_loop: body_fun argument should be callable.")
    lo_dtype, hi_dtype = dtype_of(lower), dtype_of(upper)
    dtype = lo_dtype if lo_dtype == hi_dtype else None
    if dtype is None:
        if lo_dtype.kind == hi_dtype.kind == "i":
            weak = _is_weak(lower), _is_weak(upper)
            dtype = {(True, False): hi_dtype, (False, True): lo_dtype}.get(weak)
        if dtype is None:
            raise TypeError(f"lower and upper arguments to fori_loop must have equal types, got {lo_dtype.name} and {hi_dtype.name}")
    if not isinstance(lower, Tracer) and not isinstance(upper, Tracer):
        lo, hi = int(lower), int(upper)
        length = max(hi - lo, 0)
        if config.jax_disable_jit and length == 0:
            return init_val
        return scan(_scanned(body_fun), (lo, init_val), None, length=length, unroll=False if unroll is None else unroll)[0][1]
    if unroll is not None and unroll is not False and unroll != 1:
        raise ValueError("Can only use `unroll` in `fori_loop` if the loop bounds are statically known.")
    from ._shape import convert_element_type

    if lo_dtype != dtype:
        lower = convert_element_type(lower, dtype)
    if hi_dtype != dtype:
        upper = convert_element_type(upper, dtype)
    return while_loop(_fori_cond, _while_body(body_fun), (lower, upper, init_val))[2]


def _is_weak(x):
    return type(x) in (int, float, complex) or bool(getattr(x, "weak_type", False))


def _fori_cond(carry):
    return carry[0] < carry[1]


def _of_body(make):
    """Wrappers of a loop body are made once for each body, so that what is traced of them is found again."""

    def wrapper(fun):
        cache = traces(fun)
        got = cache.get(make)
        if got is None:
            got = cache[make] = make(fun)
        return got

    return wrapper


class _Ref:
    """A weak reference to a body, or the body if it can't have one: a wrapper that is kept with the body must not keep it."""

    def __new__(cls, fun):
        import weakref

        try:
            return weakref.ref(fun)
        except TypeError:
            return lambda: fun


@_of_body
def _scanned(fun):
    ref = _Ref(fun)

    def body(carry, _):
        i, x = carry
        return (i + 1, ref()(i, x)), None

    return _like(body, fun)


@_of_body
def _while_body(fun):
    ref = _Ref(fun)

    def body(carry):
        i, upper, x = carry
        return i + 1, upper, ref()(i, x)

    return _like(body, fun)


def _like(body, fun):
    body._where = where(fun)
    return body


def map(f, xs, *, batch_size=None):
    """Applies ``f`` to every slice of ``xs`` along axis 0, one after the other, or by ``batch_size`` at once.

    >>> from jaxgo import lax, numpy as jnp
    >>> print(lax.map(lambda x: x + 1, jnp.arange(3)))
    [1 2 3]
    """
    if batch_size is None:
        return scan(lambda _, x: ((), f(x)), (), xs)[1]
    from .._api import vmap
    from ..numpy import concatenate

    leaves, tree = _flatten(xs)
    g = vmap(f)
    if not leaves:
        return scan(lambda _, x: ((), g(x)), (), xs)[1]
    n = leaves[0].shape[0]
    batches = n // batch_size if batch_size else 0
    done = batches * batch_size
    if not batches:
        return g(xs)
    head = tree.unflatten([x[:done].reshape((batches, batch_size, *x.shape[1:])) for x in leaves])
    ys = scan(lambda _, x: ((), g(x)), (), head)[1]
    ys = tree_map(lambda y: y.reshape((-1, *y.shape[2:])), ys)
    if done == n:
        return ys
    rest = g(tree.unflatten([x[done:] for x in leaves]))
    return tree_map(lambda a, b: concatenate([a, b]), ys, rest)


def associative_scan(fn, elems, reverse=False, axis=0):
    """The running combination along an axis by an associative function, in logarithmically many steps.

    >>> from jaxgo import lax, numpy as jnp
    >>> print(lax.associative_scan(jnp.add, jnp.arange(5)))
    [ 0  1  3  6 10]
    """
    if not callable(fn):
        raise TypeError("lax.associative_scan: fn argument should be callable.")
    from . import _elementwise as e
    from ._shape import concatenate, pad, rev
    from ._slicing import slice_in_dim

    xs, tree = _flatten(elems)
    if reverse:
        xs = [rev(x, (axis,)) for x in xs]
    axis = canonical_axis(axis, xs[0].ndim)
    if any(x.shape[axis] != xs[0].shape[axis] for x in xs):
        raise ValueError(f"Array inputs to associative_scan must have the same first dimension. (saw: {[x.shape for x in xs]})")

    def combine(a, b):
        return _flatten(fn(tree.unflatten(a), tree.unflatten(b)))[0]

    def cut(xs, lo, hi, stride=1):
        return [slice_in_dim(x, lo, hi, stride, axis) for x in xs]

    def interleave(a, b):
        low, high, zero = [(0, 0, 0)] * a.ndim, [(0, 0, 0)] * b.ndim, a.dtype.type(0)
        same = a.shape[axis] == b.shape[axis]
        low[axis], high[axis] = (0, 1 if same else 0, 1), (1, 0 if same else 1, 1)
        return (e.bitwise_or if a.dtype.kind == "b" else e.add)(pad(a, zero, low), pad(b, zero, high))

    def run(xs):
        n = xs[0].shape[axis]
        if n < 2:
            return xs
        odd = run(combine(cut(xs, 0, -1, 2), cut(xs, 1, None, 2)))
        even = combine(cut(odd, 0, -1) if n % 2 == 0 else odd, cut(xs, 2, None, 2))
        even = [concatenate([slice_in_dim(x, 0, 1, 1, axis), y], axis) for x, y in zip(xs, even)]
        return [interleave(a, b) for a, b in zip(even, odd)]

    ys = run(xs)
    return tree.unflatten([rev(y, (axis,)) for y in ys] if reverse else ys)


# ---- branches ----

_no_operand = object()


def _operands(operands, operand):
    if operand is _no_operand:
        return operands
    if operands:
        raise TypeError(
            f"if 'operand' keyword is passed then no positional operands can be passed, got {operand=} and positional operands {operands}"
        )
    return (operand,)


def _check_branch_trees(api, names, funs, tree1, tree2):
    if tree1 == tree2:
        return
    from ..tree_util import equality_errors_pytreedef

    def at(p):
        return f" at path {keystr(p)}" if p else ""

    diffs = [
        f"{names[0]} output{at(p)} is a {a} but {names[1]} output{at(p)} is a {b}, so {why}"
        for p, a, b, why in equality_errors_pytreedef(tree1, tree2)
    ]
    if not diffs:
        return
    raise TypeError(
        f"{api} branch outputs must have the same pytree structure, but they differ:\n\n{_info(names, funs)}"
        f"{bullets(diffs)}\nRevise {names[0]} and/or {names[1]} so that they have the same pytree structure."
    )


def _info(names, funs):
    return f"{names[0]} is {where(funs[0])}\n{names[1]} is {where(funs[1])}\n\n"


def _branch_types(api, names, funs, tree, out1, out2):
    paths = [p for p, _ in tree_flatten_with_path(tree_unflatten(tree, list(range(len(out1)))))[0]]
    diffs = [
        f"the output of {names[0]}{f' at path {keystr(p)}' if p else ''} has type {short(a)} but the corresponding output of {names[1]} "
        f"has type {short(b)}{mismatch(a, b)}"
        for p, a, b in zip(paths, out1, out2)
        if not same_type(a, b)
    ]
    return TypeError(
        f"{api} branches must have equal output types but they differ.\n\n{_info(names, funs)}{bullets(capital(diffs), ';')}\n"
        f"Revise {names[0]} and/or {names[1]} so that all output types match."
    )


def _branches(api, funs, names, tree, ids):
    """Bodies for Go of each branch: callables or, of branches traced before, jaxprs; the results' structures as they
    become known; and the key to store traces by."""

    def body(k, f):
        def flat(vals):
            leaves, out = _flatten(f(*tree.unflatten(vals)))
            for x in leaves:
                if not isinstance(x, Array):
                    check_leaves(api, f, leaves, out)
                    break
            settle(k, out)
            return leaves

        return flat

    trees = {}

    def settle(k, out):
        trees[k] = out
        for i in (k,) if k else [*trees]:
            if i and 0 in trees:
                _check_branch_trees(api, (names[0], names[i]), (funs[0], funs[i]), trees[0], trees[i])

    key = (api, tree, ids, context())
    bodies = []
    for k, f in enumerate(funs):
        got = traces(f).get(key)
        if got is None:
            bodies.append(body(k, f))
        else:
            bodies.append(got.jaxpr)
            settle(k, got.out_tree)
    return bodies, trees, key


def _store(funs, jaxprs, trees, key):
    for k, j in enumerate(jaxprs):
        if j is not None and not _has_tracers(j):
            traces(funs[k])[key] = Traced(j, trees[k])


def cond(pred, true_fun, false_fun, *operands, operand=_no_operand):
    """Applies ``true_fun`` or ``false_fun`` to the operands. Both are traced; their results must have the same types.

    >>> from jaxgo import lax
    >>> print(lax.cond(True, lambda x: x + 1, lambda x: x - 1, 2))
    3
    """
    if not (callable(true_fun) and callable(false_fun)):
        if callable(false_fun) and len(operands) == 2 and callable(operands[1]):  # cond(pred, x, f, y, g)
            f, y, g = false_fun, *operands
            return cond(pred, lambda x, _: f(x), lambda _, y: g(y), true_fun, y)
        raise TypeError("lax.cond: true_fun and false_fun arguments should be callable.")
    operands = _operands(operands, operand)
    pred = _predicate(pred)
    if config.jax_disable_jit and not isinstance(pred, Tracer):
        return true_fun(*operands) if pred else false_fun(*operands)
    leaves, tree = _flatten(operands)
    names, funs = ("true_fun", "false_fun"), (true_fun, false_fun)
    (on_true, on_false), trees, key = _branches("cond", funs, names, tree, ids_of(leaves))
    outs, *js = _cond(pred, on_true, on_false, leaves, where(true_fun), where(false_fun))
    if outs is None:
        raise _branch_types("cond", names, funs, trees[0], js[0], js[1])
    _store(funs, js, trees, key)
    return trees[0].unflatten(outs)


def _predicate(pred):
    if type(pred) is bool:
        return pred
    if pred is None:
        raise TypeError("cond predicate is None")
    if isinstance(pred, (tuple, list, str)) or ndim(pred) != 0:
        raise TypeError(
            f"Pred must be a scalar, got {pred} of " + (f"type {type(pred)}" if isinstance(pred, (tuple, list, str)) else f"shape {_shape_of(pred)}.")
        )
    try:
        kind = typeof(pred).dtype
    except TypeError as e:
        raise TypeError(f"Pred type must be either boolean or number, got {pred}.") from e
    if getattr(kind, "kind", "") not in "biuf" and not _is_float(kind):
        raise TypeError(f"Pred type must be either boolean or number, got {kind}.")
    return pred


def _is_float(d):
    from ..numpy import floating, issubdtype

    return issubdtype(d, floating)


def switch(index, branches, *operands, operand=_no_operand):
    """Applies one of several functions to the operands; an index out of range is clamped into it.

    >>> from jaxgo import lax
    >>> print(lax.switch(1, [lambda x: x + 1, lambda x: x - 1], 2))
    1
    """
    if not all(callable(f) for f in branches):
        raise TypeError("lax.switch: branches argument should be a sequence of callables.")
    operands = _operands(operands, operand)
    if ndim(index):
        raise TypeError(f"Branch index must be scalar, got {index} of shape {_shape_of(index)}.")
    try:
        kind = typeof(index).dtype
    except TypeError as e:
        raise TypeError(f"Index type must be an integer, got {index}.") from e
    if kind.kind not in "iu":
        raise TypeError(f"Index type must be an integer, got {index} as {kind}")
    branches = tuple(branches)
    if not branches:
        raise ValueError("Empty branch sequence")
    if len(branches) == 1:
        return branches[0](*operands)
    if config.jax_disable_jit and not isinstance(index, Tracer):
        return branches[min(max(int(index), 0), len(branches) - 1)](*operands)
    leaves, tree = _flatten(operands)
    names = ["branch 0", *(f"branch{i}" for i in range(1, len(branches)))]
    bodies, trees, key = _branches("switch", branches, names, tree, ids_of(leaves))
    outs, *js = _switch(index, leaves, *bodies, *(where(f) for f in branches))
    if outs is None:
        before, after, k = js
        raise _branch_types("switch", (names[0], names[k]), (branches[0], branches[k]), trees[0], before, after)
    _store(branches, js, trees, key)
    return trees[0].unflatten(outs)


def platform_dependent(*args, default=None, **per_platform):
    """Applies the function that is given for the platform that computes, or ``default``.

    >>> from jaxgo import lax
    >>> lax.platform_dependent(1, cpu=lambda x: x + 1, default=lambda x: x - 1)
    2
    """
    from .._device import default_backend

    for name, f in per_platform.items():
        if not callable(f):
            raise TypeError(f"lax.platform_dependent: the '{name}' branch must be a callable.")
        if name == "gpu":
            raise ValueError("Use 'cuda' or 'rocm' for lax.platform_dependent.")
    if default is not None and not callable(default):
        raise TypeError("lax.platform_dependent: the 'default' branch must be a callable.")
    f = per_platform.get(default_backend(), default)
    if f is None:
        raise NotImplementedError(f"MLIR translation rule for primitive 'platform_index' not found for platform {default_backend()}")
    return f(*args)
