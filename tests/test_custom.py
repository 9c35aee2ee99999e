"""Functions with rules of their own: custom_jvp, custom_vjp, custom_vmap, checkpoint and their relatives, against JAX."""

import functools
import gc
import importlib
import weakref

import numpy as np
import pytest
from oracle import load

import jaxgo
import jaxgo.numpy as jnp

jax = load("jax")
X = np.array([0.3, 0.9], "f")


def with_jvp(lib):
    """sin(x) * y whose derivative is twice the right one, so that it shows."""

    @lib.custom_jvp
    def f(x, y):
        return lib.numpy.sin(x) * y

    @f.defjvp
    def f_jvp(primals, tangents):
        (x, y), (dx, dy) = primals, tangents
        return f(x, y), 2 * (lib.numpy.cos(x) * dx * y + lib.numpy.sin(x) * dy)

    return lambda x: f(x, x * 3)


def with_jvps(lib):
    f = lib.custom_jvp(lambda x, y: lib.numpy.sin(x) * y)
    f.defjvps(lambda dx, out, x, y: 2 * lib.numpy.cos(x) * dx * y, None)
    return lambda x: f(x, x * 3)


def with_jvp_of_trees(lib):
    @lib.custom_jvp
    def f(d):
        return {"s": d["a"] + d["b"], "n": lib.numpy.int32(3)}

    @f.defjvp
    def rule(primals, tangents):
        (d,), (t,) = primals, tangents
        return f(d), {"s": t["a"] * 5, "n": np.zeros((), jaxgo.float0 if lib is jaxgo else jax.float0)}

    return lambda x: f({"a": x, "b": x * x})["s"]


def with_static_arguments(lib):
    @functools.partial(lib.custom_jvp, nondiff_argnums=(0,))
    def apply(g, x):
        return g(x)

    @apply.defjvp
    def rule(g, primals, tangents):
        return apply(g, *primals), tangents[0] * 3

    return lambda x: apply(lib.numpy.cos, x)


def with_vjp(lib):
    @lib.custom_vjp
    def f(x, y):
        return lib.numpy.sin(x) * y

    f.defvjp(lambda x, y: (f(x, y), (lib.numpy.cos(x), y)), lambda res, g: (2 * g * res[0] * res[1], None))
    return lambda x: f(x, x * 3)


def with_vjp_and_static_arguments(lib):
    @functools.partial(lib.custom_vjp, nondiff_argnums=(0,))
    def apply(g, x):
        return g(x)

    apply.defvjp(lambda g, x: (apply(g, x), x), lambda g, x, ct: (ct * g(x) * 3,))
    return lambda x: apply(lib.numpy.cos, x)


def with_gradient(lib):
    return lib.custom_gradient(lambda x: (x * x, lambda g: (g * x * 7,)))


def with_closure(lib):
    @lib.custom_vjp
    def g(f, x, consts):
        return f(x, *consts)

    def along(x):
        f, consts = lib.closure_convert(lambda v: v * x, x)
        return h(f, x, consts)

    @functools.partial(lib.custom_vjp, nondiff_argnums=(0,))
    def h(f, x, consts):
        return f(x, *consts)

    h.defvjp(lambda f, x, consts: (h(f, x, consts), (x, consts)), lambda f, res, g: (g * 2, [g * res[0] for _ in res[1]]))
    return along


def with_checkpoint(lib):
    importlib.import_module(lib.__name__ + ".ad_checkpoint")
    policy = lib.checkpoint_policies.save_only_these_names("a")

    def f(x):
        a = lib.ad_checkpoint.checkpoint_name(lib.numpy.sin(x), "a")
        return lib.numpy.sin(a * lib.numpy.cos(x))

    return lambda x: lib.checkpoint(f, policy=policy)(lib.checkpoint(f)(x))


def with_checkpoint_of_rules(lib):
    return lib.checkpoint(lambda x: with_vjp(lib)(with_jvp(lib)(x)))


def in_loops(lib):
    f, g = with_jvp(lib), with_vjp(lib)
    return lambda x: lib.lax.scan(lambda c, _: (lib.lax.cond(c[0] > 0, f, g, c), None), x, None, length=3)[0]


PROGRAMS = [
    with_jvp,
    with_jvps,
    with_jvp_of_trees,
    with_static_arguments,
    with_vjp,
    with_vjp_and_static_arguments,
    with_gradient,
    with_closure,
    with_checkpoint,
    with_checkpoint_of_rules,
    in_loops,
]


def total(lib, f):
    return lambda x: (lib.numpy.cos(f(x)) * lib.numpy.arange(1.0, 3.0)).sum()


@pytest.mark.parametrize("program", PROGRAMS, ids=lambda f: f.__name__)
def test_transformations(program):
    def run(lib, jit):
        f = program(lib)
        fs = {
            "value": f,
            "grad": lib.grad(total(lib, f)),
            "vmap": lambda x: lib.vmap(f)(lib.numpy.stack([x, x + 0.1])),
            "vmap of grad": lambda x: lib.vmap(lib.grad(total(lib, f)))(lib.numpy.stack([x, x + 0.1])),
            "grad of vmap": lib.grad(lambda x: lib.vmap(lambda a: f(a * x))(lib.numpy.stack([x, x + 0.1])).sum()),
        }
        if "vjp" not in program.__name__ and program not in (with_gradient, with_closure, with_checkpoint_of_rules, in_loops):
            fs["jvp"] = lambda x: lib.jvp(f, (x,), (x,))
        if program is not with_closure:
            fs["second"] = lib.grad(lambda x: lib.grad(total(lib, f))(x).sum())
        x = lib.numpy.asarray(X)
        return lib.jit(lambda x: {k: f(x) for k, f in fs.items()})(x) if jit else {k: f(x) for k, f in fs.items()}

    want = run(jax, True)
    for got in run(jaxgo, True), run(jaxgo, False):
        for k, w in want.items():
            for a, b in zip(jaxgo.tree_util.tree_leaves(got[k]), jax.tree_util.tree_leaves(w)):
                np.testing.assert_allclose(np.asarray(a), np.asarray(b), rtol=1e-4, atol=1e-5, err_msg=k)


def test_linear_call():
    def f(lib):
        g = lambda x: lib.custom_derivatives.linear_call(lambda r, v: v / r, lambda r, ct: ct * 5, 4.0, x)  # noqa: E731
        x = lib.numpy.asarray(X)
        return g(x), lib.jvp(g, (x,), (x,))[1], lib.grad(lambda x: g(x).sum())(x), lib.linear_transpose(g, x)(x)[0], lib.jit(g)(x)

    for a, b in zip(f(jaxgo), f(jax)):
        np.testing.assert_allclose(np.asarray(a), np.asarray(b), rtol=1e-6)


def test_symbolic_zeros():
    seen = []

    def run(lib):
        kinds = []

        @lib.custom_jvp
        def f(x, y):
            return x * y

        @functools.partial(f.defjvp, symbolic_zeros=True)
        def rule(primals, tangents):
            kinds.append([type(t).__name__ == "SymbolicZero" for t in tangents])
            (x, y), (dx, dy) = primals, tangents
            return f(x, y), dx * y if kinds[-1][1] else dy

        @lib.custom_vjp
        def g(x, y):
            return x * y, y

        def fwd(x, y):
            kinds.append([x.perturbed, y.perturbed])
            return g(x.value, y.value), (x.value, y.value)

        def bwd(res, cts):
            kinds.append([type(t).__name__ == "SymbolicZero" for t in cts])
            return cts[0] * res[1], cts[0] * res[0]

        g.defvjp(fwd, bwd, symbolic_zeros=True)
        one, two = lib.numpy.float32(1), lib.numpy.float32(2)
        lib.jvp(lambda x: f(x, two), (one,), (one,))
        lib.jit(lib.grad(lambda x: f(one, x)))(two)
        lib.grad(lambda x: g(x, two)[0])(one)
        lib.jit(lib.grad(lambda x: g(two, x)[0]))(one)
        seen.append(kinds)

    run(jaxgo)
    run(jax)
    assert seen[0] == seen[1]


def test_custom_vmap():
    def run(lib):
        calls = []

        @lib.custom_batching.custom_vmap
        def f(x, y):
            return lib.numpy.sin(x) * y, y

        @f.def_vmap
        def rule(size, batched, x, y):
            calls.append((size, [bool(b) for b in batched]))
            return (lib.numpy.sin(x) * y * 10, y), (True, batched[1])

        x = lib.numpy.asarray(X)
        out = [
            f(x, x),
            lib.vmap(f)(x, x),
            lib.vmap(f, (0, None))(x, x[0]),
            lib.jit(lib.vmap(f))(x, x),
            lib.jvp(lib.vmap(f), (x, x), (x, x)),
            lib.vmap(lambda x: lib.jvp(f, (x, 2.0), (x, 1.0)))(x),
            lib.vmap(lib.vmap(f))(x[None], x[None]),
        ]
        return out, calls

    (got, mine), (want, theirs) = run(jaxgo), run(jax)
    assert mine == theirs
    for a, b in zip(jaxgo.tree_util.tree_leaves(got), jax.tree_util.tree_leaves(want)):
        np.testing.assert_allclose(np.asarray(a), np.asarray(b), rtol=1e-5)


def test_rules_run_on_values():
    """Without jit a rule and its function may look at their arguments."""

    @jaxgo.custom_jvp
    def f(x):
        return x if x > 0 else -x

    f.defjvp(lambda primals, tangents: (f(*primals), tangents[0] * (3 if primals[0] > 0 else 5)))
    assert jaxgo.grad(f)(2.0) == 3 and jaxgo.grad(f)(-2.0) == 5 and jaxgo.jvp(f, (-2.0,), (1.0,)) == (2, 5)


def test_what_policies_save():
    def residuals(policy):
        def f(x):
            return jnp.sin(jaxgo.ad_checkpoint.checkpoint_name(jnp.sin(x @ x), "a"))

        return [s for _, s in jaxgo.ad_checkpoint.saved_residuals(jaxgo.checkpoint(f, policy=policy), jnp.ones((2, 2)))]

    p = jaxgo.checkpoint_policies
    assert residuals(None) == residuals(p.nothing_saveable) == ["from the argument x"]
    assert "output of dot_general" in residuals(p.dots_saveable)
    assert "named 'a'" in residuals(p.save_only_these_names("a"))
    assert "output of dot_general" in residuals(lambda prim, *avals, **params: prim.name == "dot_general" and avals[0].shape == (2, 2))
    assert "named 'a'" in residuals(p.save_from_both_policies(p.dots_saveable, p.save_only_these_names("a")))


def test_rules_are_kept_as_long_as_they_are_needed():
    def make():
        @jaxgo.custom_vjp
        def f(x):
            return x * 2

        def bwd(res, g):
            return (g * 11,)

        f.defvjp(lambda x: (f(x), None), bwd)
        return jaxgo.jit(jaxgo.grad(lambda x: jaxgo.jit(f)(x))), weakref.ref(bwd)

    g, bwd = make()
    assert g(1.0) == 11
    gc.collect()
    assert g(jnp.float32(1)) == 11 and jaxgo.vmap(g)(jnp.ones(2)).tolist() == [11, 11]
    del g
    jaxgo.clear_caches()
    for _ in range(50):  # Go's collector finds out, the next call gives the reference up
        gc.collect()
        np.asarray(jnp.ones(100_000) + 1)
        if bwd() is None:
            break


ERRORS = {
    "no rule": lambda lib: lib.custom_jvp(lambda x: x)(1.0),
    "no rules": lambda lib: lib.custom_vjp(lambda x: x)(1.0),
    "not a pair": lambda lib: lib.jvp(defined(lib, lambda p, t: p[0]), (1.0,), (1.0,)),
    "tree of the tangent": lambda lib: lib.jvp(defined(lib, lambda p, t: (p[0], (t[0],))), (1.0,), (1.0,)),
    "tree of the result": lambda lib: lib.jvp(lib.jit(defined(lib, lambda p, t: ((p[0],), (t[0],)))), (1.0,), (1.0,)),
    "shape of the result": lambda lib: lib.jvp(lib.jit(defined(lib, lambda p, t: (p[0][None], t[0][None]))), (np.float32(1),), (np.float32(1),)),
    "shape of the tangent": lambda lib: lib.jvp(defined(lib, lambda p, t: (p[0], t[0][None])), (lib.numpy.ones(2),), (lib.numpy.ones(2),)),
    "keywords": lambda lib: defined(lib, None)(y=1.0),
    "forward rule": lambda lib: lib.grad(reversed_(lib, lambda x: x, None))(1.0),
    "structure of cotangents": lambda lib: lib.grad(reversed_(lib, lambda x: (x, None), lambda r, g: g))(1.0),
    "number of cotangents": lambda lib: lib.grad(reversed_(lib, lambda x: (x, None), lambda r, g: (g, g)))(1.0),
    "shape of cotangents": lambda lib: lib.grad(lambda x: reversed_(lib, lambda x: (x, None), lambda r, g: (g[None],))(x).sum())(lib.numpy.ones(2)),
    "forward mode": lambda lib: lib.jvp(reversed_(lib, lambda x: (x, x), lambda r, g: (g,)), (1.0,), (1.0,)),
    "static tracers": lambda lib: lib.jit(lambda x: lib.custom_vjp(lambda n, x: x, nondiff_argnums=(0,))(x, x))(1.0),
    "no batching rule": lambda lib: lib.custom_batching.custom_vmap(lambda x: x)(1.0),
    "static argument of remat": lambda lib: lib.remat(lambda x: x, static_argnums=(3,))(1.0),
    "traced argument of remat": lambda lib: lib.remat(lambda x: x if x > 0 else 2 * x)(1.0),
    "prevent_cse": lambda lib: lib.remat(lambda x: x, prevent_cse=1.5),
    "defjvps": lambda lib: lib.custom_jvp(lambda x: x, nondiff_argnums=(0,)).defjvps(None),
    "transpose": lambda lib: lib.grad(lambda x: lib.custom_derivatives.linear_call(lambda r, v: v, lambda r, t: (t, t), 1.0, x))(1.0),
}


def defined(lib, rule):
    def f(x):
        return x

    f = lib.custom_jvp(f)
    if rule is not None:
        rule.__name__ = "rule"
        f.defjvp(rule)
    else:
        f.defjvp(lambda p, t: (p[0], t[0]))
    return f


def reversed_(lib, fwd, bwd):
    def f(x):
        return x

    f = lib.custom_vjp(f)
    fwd.__name__ = "fwd"
    f.defvjp(fwd, bwd or (lambda r, g: (g,)))
    return f


@pytest.mark.parametrize("case", ERRORS)
def test_errors(case):
    """JAX's classes and words."""
    errors = []
    for lib in (jaxgo, jax):
        with pytest.raises(Exception) as e:
            ERRORS[case](lib)
        errors.append((type(e.value).__name__, str(e.value).split("The error occurred while tracing")[0].split("\n\nConsider using")[0].strip()))
    assert errors[0] == errors[1]
