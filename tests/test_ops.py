"""Every row of ops.py: values, types, jit, vmap, derivatives, against JAX."""

import inspect
import warnings

import numpy as np
import ops
import pytest
from oracle import batch, chunks, complain, difference, env, leaves, load, types

jax, jaxgo = load("jax"), load("jaxgo")
pytestmark = pytest.mark.filterwarnings("ignore")

# What JAX and jaxgo compute by different algorithms, or what amplifies the last bit; the factor on the tolerance.
LOOSE = {}


def evaluator(lib, module):
    return lambda row, env: ops.evaluate(row, lib, module, env)


def both(items, make, size=None):
    """The results of jaxgo and of JAX for items; make(lib) is the function of an item and the variables."""
    return [batch(lib, items, make(lib), env(lib)) for lib in (jaxgo, jax)]


def compare(got, want, tol=1.0):
    complain({k: difference(got[k], want[k], tol * LOOSE.get(k if isinstance(k, str) else k[0], 1)) for k in want})


@pytest.mark.parametrize("chunk", chunks(ops.DIFFERENTIABLE, ops.TRACEABLE))
def test_values(chunk):
    """Under jit, and one operation after the other."""
    module, rows = chunk
    got, want = both(rows, lambda lib: evaluator(lib, module))
    compare(got, want)
    compare({r: ops.evaluate(r, jaxgo, module, env(jaxgo)) for r in rows}, want)


@pytest.mark.parametrize("chunk", chunks(ops.EAGER))
def test_values_that_are_looked_at(chunk):
    module, rows = chunk
    got, want = ({r: ops.evaluate(r, lib, module, env(lib)) for r in rows} for lib in (jaxgo, jax))
    compare(got, want)


def derivative(lib, module):
    """Of the sum of cosines of what a row computes, in some direction: forward, reverse, and forward over reverse."""

    def fun(item, env):
        row, mode = item
        used = {k: env[k] for k in ops.FLOATS if k in ops.names(row)}
        direction = {k: lib.numpy.cos(lib.numpy.arange(v.size) * 3.0).reshape(v.shape) for k, v in used.items()}

        def f(d):
            jnp, out = lib.numpy, 0.0
            for v in leaves(ops.evaluate(row, lib, module, {**env, **d})):
                v = jnp.asarray(v)
                out += (jnp.cos(jnp.real(v).astype(jnp.float32)) * 0.5 + jnp.imag(v).astype(jnp.float32)).sum()
            return out

        if mode == "forward":
            return lib.jvp(f, (used,), (direction,))[1]
        g = lib.grad(f)
        return list((g(used) if mode == "reverse" else lib.jvp(g, (used,), (direction,))[1]).values())

    return fun


@pytest.mark.parametrize("order", [1, 2])
@pytest.mark.parametrize("chunk", chunks(ops.DIFFERENTIABLE, heavy=False))
def test_derivatives(chunk, order):
    module, rows = chunk
    items = [(r, mode) for r in rows for mode in (["forward", "reverse"] if order == 1 else ["second"])]
    got, want = both(items, lambda lib: derivative(lib, module))
    compare(got, want, 20)


def second(v):
    """Another value for a variable of a batch."""
    if v.dtype.kind not in "biu" and v.shape not in ((4,), (3, 4)):
        return v * np.asarray(0.875, v.dtype)
    return v[::-1]


def batches(lib, module, which):
    """vmap over all variables of a row, or over one of them, and a loop; and the variables to call them with."""
    alternate = which == "all"
    axes = {k: -1 if n % 2 and alternate else 0 for n, k in enumerate(ops.arrays())}
    two = {k: lib.numpy.asarray(np.stack([v, second(v)], axes[k])) for k, v in ops.arrays().items()}

    def fun(item, env):
        row, how = item
        used = sorted(ops.names(row) & two.keys())
        used = {"all": used, "first": used[:1], "last": used[1:][-1:]}[which]
        if not used:
            return []

        def f(d):
            return [v for v in leaves(ops.evaluate(row, lib, module, {**env, **d})) if isinstance(v, lib.Array)]

        if how == "vmap":
            return lib.vmap(f, in_axes=({k: axes[k] for k in used},))({k: env["two"][k] for k in used})
        each = [f({k: lib.numpy.take(env["two"][k], n, axis=axes[k]) for k in used}) for n in range(2)]
        return [lib.numpy.stack([a, b]) for a, b in zip(*each)]

    return fun, {**env(lib), "two": two}


# A batch axis that is not in front goes wrong in JAX.
NOT_IN_JAX = {"bitcast_convert_type(u, 'int32')"}


@pytest.mark.parametrize("which", ["all", "first", pytest.param("last", marks=pytest.mark.slow)])
@pytest.mark.parametrize("chunk", chunks(ops.DIFFERENTIABLE, ops.TRACEABLE, heavy=False))
def test_vmap_is_a_loop(chunk, which):
    """The types that vmap gives are JAX's, the values those of a loop."""
    module, rows = chunk
    mine, theirs = ({r: types(lib, lambda e, r=r: fun((r, "vmap"), e), e) for r in rows} for lib in (jaxgo, jax) for fun, e in [batches(lib, module, which)])
    compare(mine, {r: mine[r] if isinstance(v, NotImplementedError) or r in NOT_IN_JAX else v for r, v in theirs.items()})
    fun, two = batches(jaxgo, module, which)
    rows = [r for r in rows if not isinstance(mine[r], Exception)]
    out = batch(jaxgo, [(r, how) for r in rows for how in ("vmap", "loop")], fun, two)
    found = {}
    for r in rows:
        got, want = out[r, "vmap"], out[r, "loop"]
        found[r] = difference([g.astype(g.dtype) for g in got], [w.astype(w.dtype) for w in want] if isinstance(want, list) else want, 5 * LOOSE.get(r, 1))
    complain(found)


def raised(row, lib, module):
    try:
        return ops.evaluate(row, lib, module, env(lib))
    except Exception as e:
        return e


def words(e):
    """The text of an error, with JAX's name for the library and without the frames that some texts quote."""
    return str(e).split("The error occurred while tracing")[0].replace("jaxgo", "jax").replace("jax.numpy.", "jnp.").strip()


@pytest.mark.parametrize("chunk", chunks(ops.ERRORS, ops.OWN_WORDS, size=40))
def test_errors(chunk):
    """The same exceptions with the same words; where the words are jaxgo's own, they say what was called."""
    module, rows = chunk
    own = ops.rows(ops.OWN_WORDS[module])
    found = {}
    for r in rows:
        got, want = (raised(r, lib, module) for lib in (jaxgo, jax))
        found[r] = difference(got, want)
        assert isinstance(want, Exception), f"JAX accepts {r}"
        if found[r] is None and words(got) != words(want) and r not in own:
            found[r] = f"\n  {words(got)!r:.400}\n  JAX: {words(want)!r:.400}"
    complain(found)


# Functions without a row, and why.
NO_ROW = {
    "numpy": {
        "fromfile": "never implemented",
        "fromiter": "never implemented",
        "set_printoptions": "global state",
        "printoptions": "global state",
        "load": "reads files",
        "save": "writes files",
        "savez": "writes files",
    },
    "lax": {
        "psend": "needs several devices",
        "precv": "needs several devices",
        "pbroadcast": "needs several devices",
        "pcast": "needs shard_map",
        "ragged_all_to_all": "needs several devices",
        "infeed": "needs a device of its own",
        "outfeed": "needs a device of its own",
    },
    "nn": {"get_scaled_dot_general_config": "makes a configuration, no array", "scaled_matmul": "JAX has it on GPUs only"},
}


@pytest.mark.parametrize("module", ["numpy", "numpy.linalg", "numpy.fft", "lax", "lax.linalg", "nn", "nn.initializers", "random"])
def test_every_public_function_has_a_row(module):
    main, _, sub = module.partition(".")
    rows = [r for t in (ops.DIFFERENTIABLE, ops.TRACEABLE, ops.EAGER) for r in ops.rows(t[main])]
    known = {n for r in rows for n in ops.names(r)}
    theirs = jax
    ours = jaxgo
    for part in module.split("."):
        theirs, ours = getattr(theirs, part), getattr(ours, part)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        functions = [n for n in dir(theirs) if not n.startswith("_") and callable(getattr(theirs, n, None)) and not inspect.isclass(getattr(theirs, n))]
    functions = [n for n in functions if hasattr(ours, n) and str(getattr(getattr(theirs, n), "__module__", "jax")).startswith("jax")]
    left = [n for n in functions if (sub + "." + n if sub else n) not in known and n not in NO_ROW.get(main, {})]
    assert not left


def interpreted(lib, closed, args):
    """The results of a jaxpr, computed as an interpreter written in Python does."""
    Literal, env = lib.extend.core.Literal, {}
    jaxpr = closed.jaxpr
    read = lambda v: v.val if type(v) is Literal else env[v]
    env.update(zip(jaxpr.constvars, closed.consts))
    env.update(zip(jaxpr.invars, args))
    for eqn in jaxpr.eqns:
        subfuns, params = eqn.primitive.get_bind_params(eqn.params)
        out = eqn.primitive.bind(*subfuns, *map(read, eqn.invars), **params)
        env.update(zip(eqn.outvars, out if eqn.primitive.multiple_results else [out]))
    return [lib.numpy.asarray(read(v)) for v in jaxpr.outvars]


@pytest.mark.parametrize("chunk", chunks(ops.DIFFERENTIABLE, ops.TRACEABLE, size=60))
def test_interpreters_bind_the_parameters_of_equations(chunk):
    module, rows = chunk

    def fun(item, e):
        row, how = item
        arrays = lambda e: [v for v in leaves(ops.evaluate(row, jaxgo, module, e)) if isinstance(v, jaxgo.Array)]
        if how == "plain":
            return arrays(e)
        used = {k: e[k] for k in sorted(ops.names(row) & e.keys())}
        return interpreted(jaxgo, jaxgo.make_jaxpr(lambda d: arrays({**e, **d}))(used), used.values())

    out = batch(jaxgo, [(r, how) for r in rows for how in ("plain", "interpreted")], fun, env(jaxgo))
    complain({r: difference(out[r, "interpreted"], out[r, "plain"]) for r in rows})


# Differentiable primitives that no row leaves in a jaxpr, and what compares their derivatives.
ELSEWHERE = {
    **dict.fromkeys(["all_gather", "all_to_all", "ppermute", "reduce_scatter"], "vmap replaces them: rows of lax"),
    "pbroadcast": "JAX's has no batching rule: collective_test.go",
    **dict.fromkeys(["debug_callback", "debug_print", "io_callback", "pure_callback"], "test_callbacks.py"),
    **dict.fromkeys(["custom_vjp_call", "custom_vmap_call", "remat_opt"], "test_custom.py"),
    "tie": "optimization_barrier's own derivative",
}


def primitives(jaxpr):
    """The names of the primitives in a jaxpr and in those inside it."""
    for eqn in getattr(jaxpr, "jaxpr", jaxpr).eqns:
        yield eqn.primitive.name
        for p in eqn.params.values():
            for q in p if isinstance(p, (tuple, list)) else (p,):
                if hasattr(q, "eqns") or hasattr(q, "jaxpr"):
                    yield from primitives(q)


def test_every_differentiable_primitive_has_a_row():
    from jaxgo import _fast

    rows = [(module, r) for module in ops.DIFFERENTIABLE for r in ops.rows(ops.DIFFERENTIABLE[module])]
    shown = set()
    for module, row in rows:
        runs = [lambda e: leaves(ops.evaluate(row, jaxgo, module, e))]
        runs += [lambda e, mode=mode: derivative(jaxgo, module)((row, mode), e) for mode in ("forward", "reverse", "second")]
        for run in runs:
            try:
                shown |= set(primitives(jaxgo.make_jaxpr(run)(env(jaxgo))))
            except (ValueError, NotImplementedError, TypeError):
                continue  # test_derivatives compares the exceptions with JAX's
    differentiable = {name for name, has in _fast.call("primitives") if has}
    assert differentiable - shown == set(ELSEWHERE)
