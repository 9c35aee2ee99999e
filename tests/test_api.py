"""The transformations and the rest of module jax: the same lines run with both libraries, results and errors are compared.

A row is a function of the library and its numpy; what it returns may be a tree of arrays, strings, numbers and types.
"""

import functools
import gc
import importlib
import pathlib
import tempfile
import warnings
import weakref

import jax
import numpy as np
import pytest

import jaxgo

LIBS = {}
for lib in (jax, jaxgo):
    for name in (
        "numpy",
        "lax",
        "random",
        "sharding",
        "stages",
        "test_util",
        "image",
        "monitoring",
        "experimental",
        "extend.core",
        "interpreters.mlir",
        "interpreters.ad",
        "interpreters.batching",
        "tree_util",
        "nn",
    ):
        importlib.import_module(f"{lib.__name__}.{name}")
    LIBS[lib.__name__] = lib, lib.numpy


def leaves(lib, x):
    """What is compared of a result. JAX hands values that it had no reason to convert back as NumPy's or Python's."""
    x = lib.tree_util.tree_leaves(x, is_leaf=lambda v: v is None)
    return [
        (v.shape, v.dtype, getattr(v, "weak_type", False))
        if isinstance(v, lib.ShapeDtypeStruct)
        else (v.shape, v.dtype, v.weak_type, np.asarray(v))
        if isinstance(v, lib.Array)
        else np.asarray(v)
        if isinstance(v, (np.ndarray, float))
        else v
        for v in x
    ]


def equal(ours, theirs):
    if isinstance(theirs, np.ndarray) and isinstance(ours, tuple):
        ours = ours[-1]
    assert type(ours) is type(theirs)
    if isinstance(theirs, tuple):
        assert len(ours) == len(theirs)
        for a, b in zip(ours, theirs):
            equal(a, b)
    elif isinstance(theirs, np.ndarray):
        np.testing.assert_allclose(ours.astype(theirs.dtype), theirs, rtol=2e-6, atol=1e-6)
    else:
        assert ours == theirs


def f(lib):
    return lambda x, y: lib.numpy.sin(x) * y


def tree_f(lib):
    return lambda p, x: {"out": lib.numpy.tanh(p["w"] @ x + p["b"]).sum(), "n": p["b"] * 2}


PARAMS = {"w": np.arange(6, dtype=np.float32).reshape(2, 3) / 5, "b": np.ones(2, np.float32)}
V3 = np.arange(3, dtype=np.float32)

VALUES = {
    "jit": lambda lib, np: lib.jit(f(lib))(2.0, 3),
    "jit_tree": lambda lib, np: lib.jit(tree_f(lib))(PARAMS, V3),
    "jit_static": lambda lib, np: lib.jit(lambda x, n: x * n if n > 2 else x, static_argnums=1)(2.0, 3),
    "jit_static_name": lambda lib, np: lib.jit(lambda x, *, n: x * n, static_argnames="n")(2.0, n=3),
    "jit_decorator": lambda lib, np: lib.jit(static_argnames="n")(lambda x, n=2: x * n)(2.0),
    "jit_kwargs": lambda lib, np: lib.jit(lambda x, y=1.0: x - y)(5, y=2),
    "jit_none": lambda lib, np: lib.jit(lambda x, y: (x, y, None))(1, None),
    "jit_unused": lambda lib, np: lib.jit(lambda x, y: x, keep_unused=True)(1, np.ones(3)),
    "jit_constant": lambda lib, np: lib.jit(lambda: 3)(),
    "jit_nested": lambda lib, np: lib.jit(lambda x: lib.jit(lambda y: y * x)(x) + 1)(2),
    "jit_weak": lambda lib, np: lib.jit(lambda x: x + 1)(np.float16(2)),
    "grad": lambda lib, np: lib.grad(f(lib))(2.0, 3.0),
    "grad_argnums": lambda lib, np: lib.grad(f(lib), argnums=(0, 1))(2.0, 3.0),
    "grad_negative": lambda lib, np: lib.grad(f(lib), argnums=-1)(2.0, 3.0),
    "grad_tree": lambda lib, np: lib.grad(lambda p, x: tree_f(lib)(p, x)["out"])(PARAMS, V3),
    "grad_aux": lambda lib, np: lib.grad(lambda x: (x * x, {"aux": x + 1, "s": 3}), has_aux=True)(2.0),
    "grad_allow_int": lambda lib, np: lib.grad(lambda x, n: x * n, argnums=(0, 1), allow_int=True)(2.0, 3)[0],
    "grad_float0": lambda lib, np: lib.grad(lambda n: n * 2.0, allow_int=True)(3).dtype == lib.dtypes.float0,
    "grad_holomorphic": lambda lib, np: lib.grad(lambda z: z * z, holomorphic=True)(1 + 2j),
    "grad_kwargs": lambda lib, np: lib.grad(lambda x, *, k: x * k)(2.0, k=4.0),
    "grad_half": lambda lib, np: lib.grad(lambda x: np.sum(x * x))(np.ones(2, np.bfloat16)),
    "grad3": lambda lib, np: lib.grad(lib.grad(lib.grad(lambda x: x**5)))(2.0),
    "value_and_grad": lambda lib, np: lib.value_and_grad(f(lib))(2.0, 3.0),
    "value_and_grad_aux": lambda lib, np: lib.value_and_grad(lambda x: (x * x, x), has_aux=True)(2.0),
    "jacfwd": lambda lib, np: lib.jacfwd(tree_f(lib))(PARAMS, V3),
    "jacrev": lambda lib, np: lib.jacrev(tree_f(lib))(PARAMS, V3),
    "jacobian": lambda lib, np: lib.jacobian(lambda x: np.outer(x, x))(V3),
    "hessian": lambda lib, np: lib.hessian(lambda p: np.sum(np.sin(p["a"]) * p["b"]))({"a": V3, "b": V3 + 1}),
    "hessian_aux": lambda lib, np: lib.jacfwd(lambda x: (x**2, x), has_aux=True)(V3),
    "jvp": lambda lib, np: lib.jvp(f(lib), (2.0, 3.0), (1.0, 0.5)),
    "jvp_tree": lambda lib, np: lib.jvp(tree_f(lib), (PARAMS, V3), (PARAMS, V3)),
    "jvp_aux": lambda lib, np: lib.jvp(lambda x: (x * x, x), (2.0,), (1.0,), has_aux=True),
    "vjp": lambda lib, np: lib.vjp(f(lib), 2.0, 3.0)[1](1.0),
    "vjp_aux": lambda lib, np: [lib.vjp(lambda x: (x * x, [x]), 2.0, has_aux=True)[i] for i in (0, 2)],
    "vjp_leaves": lambda lib, np: lib.vjp(lambda x: np.sin(x), 2.0)[1],
    "vjp_in_vmap": lambda lib, np: lib.vmap(lambda x: lib.vjp(np.sin, x)[1](1.0)[0])(V3),
    "vjp_through_jit": lambda lib, np: lib.jit(lambda g, c: g(c))(lib.vjp(np.sin, 2.0)[1], 1.0),
    "linearize": lambda lib, np: lib.linearize(f(lib), 2.0, 3.0)[1](1.0, 1.0),
    "linearize_aux": lambda lib, np: lib.linearize(lambda x: (x * x, x), 2.0, has_aux=True)[2],
    "linear_transpose": lambda lib, np: lib.linear_transpose(lambda x: np.array(V3)[:, None] * x, np.ones(3))(np.ones((3, 3))),
    "fwd_and_bwd": lambda lib, np: (lambda fwd, bwd: bwd(fwd(2.0, 3.0)[1], 1.0))(*lib.fwd_and_bwd(f(lib), argnums=(0, 1))),
    "vmap": lambda lib, np: lib.vmap(f(lib))(V3, V3),
    "vmap_axes": lambda lib, np: lib.vmap(f(lib), in_axes=(0, None), out_axes=1)(np.ones((2, 3)), 2),
    "vmap_tree": lambda lib, np: lib.vmap(tree_f(lib), in_axes=({"w": None, "b": None}, 1))(PARAMS, np.ones((3, 5))),
    "vmap_out_tree": lambda lib, np: lib.vmap(lambda x: {"a": x, "b": np.float32(3)}, out_axes={"a": 0, "b": None})(V3),
    "vmap_size": lambda lib, np: lib.vmap(lambda: np.float32(2), axis_size=3)(),
    "vmap_name": lambda lib, np: lib.vmap(lambda x: x / lib.lax.psum(x, "i"), axis_name="i")(V3),
    "vmap_negative": lambda lib, np: lib.vmap(np.sum, in_axes=-1, out_axes=-1)(np.ones((2, 3))),
    "vmap_kwargs": lambda lib, np: lib.vmap(lambda x, y: x + y)(V3, y=V3),
    "vmap_scalar_none": lambda lib, np: lib.vmap(lambda x, y: x + y, (0, None))(V3, 1),
    "pmap": lambda lib, np: np.asarray(lib.pmap(lambda x: x * lib.lax.psum(1, "i"), axis_name="i")(V3[None])),
    "eval_shape": lambda lib, np: lib.eval_shape(tree_f(lib), PARAMS, lib.ShapeDtypeStruct((3,), np.float32)),
    "eval_shape_weak": lambda lib, np: lib.eval_shape(lambda x: x * 2, 3.0),
    "jaxpr": lambda lib, np: str(lib.make_jaxpr(lambda x, y: (np.sin(x) * y, 2))(V3, 1.0)),
    "jaxpr_grad": lambda lib, np: str(lib.make_jaxpr(lib.grad(lambda x: np.tanh(x).sum()))(V3)),
    "jaxpr_static": lambda lib, np: str(lib.make_jaxpr(lambda x, n: x * n, static_argnums=1)(1.0, 3)),
    "jaxpr_shape": lambda lib, np: lib.make_jaxpr(lambda x: {"a": x + 1}, return_shape=True)(V3)[1],
    "jaxpr_eqns": lambda lib, np: [(str(e.primitive), [str(v.aval) for v in e.outvars]) for e in lib.make_jaxpr(f(lib))(V3, V3).eqns],
    "closure_convert": lambda lib, np: (lambda g, c: g(2.0, *c))(*lib.closure_convert(lambda x: x * np.sin(np.array(3.0)), 2.0)),
    "checkpoint": lambda lib, np: lib.grad(lib.checkpoint(lambda x: np.sin(np.sin(x)), policy=lib.checkpoint_policies.everything_saveable))(2.0),
    "custom_jvp": lambda lib, np: custom_jvp(lib)(3.0),
    "custom_vjp": lambda lib, np: custom_vjp(lib)(3.0),
    "named_call": lambda lib, np: lib.named_call(lambda x: x + 1, name="inc")(2),
    "named_scope": lambda lib, np: scoped(lib),
    "device_put": lambda lib, np: lib.device_put({"a": V3, "b": 2}, lib.devices()[0]),
    "device_get": lambda lib, np: [type(v).__name__ for v in lib.device_get([np.ones(2), 1])],
    "sharding": lambda lib, np: lib.device_put(V3, one_device(lib, "x")),
    "with_sharding_constraint": lambda lib, np: lib.jit(lambda x: lib.lax.with_sharding_constraint(x * 2, one_device(lib, "x")))(V3),
    "from_callback": lambda lib, np: lib.make_array_from_callback((3,), one_device(lib, "x"), lambda index: V3[index]),
    "from_arrays": lambda lib, np: lib.make_array_from_single_device_arrays((3,), one_device(lib, None), [np.array(V3)]),
    "partition_spec": lambda lib, np: [str(lib.P("x", None, ("y", "z"))), len(lib.P("x", None)), lib.P("x") == lib.P("x"), lib.P("x") == lib.P("y")],
    "mesh": lambda lib, np: (lambda m: [m.axis_names, dict(m.shape), m.size, m.empty])(lib.make_mesh((1, 1), ("a", "b"))),
    "named_sharding": lambda lib, np: (lambda s: [s.shard_shape((4, 2)), s.is_fully_replicated, len(s.device_set)])(one_device(lib, "x")),
    "shards": lambda lib, np: [(s.index, s.replica_id, np.asarray(s.data)) for s in np.array(V3).addressable_shards],
    "array_attributes": lambda lib, np: (lambda x: [x.ndim, x.size, x.nbytes, x.itemsize, x.is_fully_addressable, len(x.devices())])(np.ones((2, 3))),
    "typeof": lambda lib, np: [str(lib.typeof(np.ones((2, 3)))), str(lib.typeof(1.0)), str(lib.typeof(V3))],
    "compile_time": lambda lib, np: compile_time(lib),
    "lower_text": lambda lib, np: "stablehlo.sine" in lib.jit(np.sin).lower(1.0).as_text(),
    "lower_compile": lambda lib, np: lib.jit(f(lib)).lower(2.0, 3.0).compile()(2.0, 3.0),
    "trace": lambda lib, np: str(lib.jit(lambda x: x * 2).trace(1.0).jaxpr),
    "guarded": lambda lib, np: guarded(lib, np),
    "inverse": lambda lib, np: inverse(lib),
    "options": lambda lib, np: sorted(n for n in lib.config.values if not n.startswith("user_context")),
    "out_sharding": lambda lib, np: out_sharding(lib, np),
    "seed_offset": lambda lib, np: seed_offset(lib),
    "dumped": lambda lib, np: dumped(lib),
    "unoptimized": lambda lib, np: unoptimized(lib),
    "f16_sum_of_one": lambda lib, np: f16_sum(lib, np.ones((1, 2), np.float16)),
    "axis_env": lambda lib, np: str(lib.make_jaxpr(lambda x: (x - lib.lax.psum(x, "i"), lib.lax.axis_size("j")), axis_env=[("i", 4), ("j", 3)])(2.0)),
    "module_names": lambda lib, np: [lib.jit(f).lower(1.0).as_text().split()[1] for f in (lambda x: x, trailing_)],
    "tracing_config": lambda lib, np: config(lib),
    "image": lambda lib, np: lib.image.resize(np.arange(16.0).reshape(4, 4), (2, 6), "bilinear"),
    "check_grads": lambda lib, np: lib.test_util.check_grads(lambda x: np.sin(x) * x, (V3 + 1,), order=2, rtol=1e-2),
    "array_instances": lambda lib, np: (
        [isinstance(v, lib.Array) for v in (np.ones(2), 1.0, V3)] + [lib.jit(lambda x: isinstance(x, lib.Array) * 1)(1)]
    ),
    "random_key": lambda lib, np: lib.random.key_data(lib.random.key(3)),
    "primitive": lambda lib, np: python_primitive(lib),
    "make_user_context": lambda lib, np: user_context(lib),
    "shard_map": lambda lib, np: lib.shard_map(lambda x: lib.lax.psum(x * 2, "x"), mesh=one_device(lib).mesh, in_specs=lib.P("x"), out_specs=lib.P())(
        V3
    ),
}


def one_device(lib, *spec):
    return lib.NamedSharding(lib.sharding.Mesh(np.array(lib.devices()[:1]), ("x",)), lib.P(*spec))


def custom_jvp(lib):
    @lib.custom_jvp
    def g(x):
        return x * x

    g.defjvps(lambda t, out, x: 10 * t * x)
    return lib.value_and_grad(g)


def custom_vjp(lib):
    @lib.custom_vjp
    def g(x):
        return x * x

    g.defvjp(lambda x: (x * x, x), lambda x, ct: (7 * ct * x,))
    return lib.value_and_grad(g)


def scoped(lib):
    def g(x):
        with lib.named_scope("inner"):
            return lib.numpy.sin(x)

    return g(1.0), lib.jit(g)(1.0)


def compile_time(lib):
    @lib.jit
    def g(x):
        with lib.ensure_compile_time_eval():
            y = lib.numpy.sin(1.0)
            assert float(y) > 0.8
        return x * y

    return g(2.0)


def config(lib):
    seen = [lib.config.jax_enable_x64]
    with lib.enable_x64(True):
        seen += [lib.config.jax_enable_x64, str(lib.numpy.arange(2.0).dtype)]
    with lib.numpy_dtype_promotion("strict"), lib.default_matmul_precision("float32"), lib.numpy_rank_promotion("allow"):
        seen += [lib.config.jax_numpy_dtype_promotion == "strict", lib.config.jax_default_matmul_precision]
    with lib.default_device(lib.devices()[0]):
        seen.append(lib.numpy.ones(2))
    return [*seen, lib.config.jax_enable_x64]


def seed_offset(lib):
    lib.config.update("jax_random_seed_offset", 5)
    try:
        keys = [
            lib.random.PRNGKey(3),
            lib.jit(lib.random.PRNGKey)(3),
            lib.random.PRNGKey(2**31 - 2),
            lib.vmap(lib.random.PRNGKey)(lib.numpy.arange(3)),
        ]
    finally:
        lib.config.update("jax_random_seed_offset", 0)
    return [*keys, lib.random.PRNGKey(3)]


def dumped(lib):
    with tempfile.TemporaryDirectory() as d:
        lib.config.update("jax_dump_ir_to", d)
        try:
            lib.jit(lambda x: x * 3.25)(1.0)
        finally:
            lib.config.update("jax_dump_ir_to", "")
        (file,) = pathlib.Path(d).glob("*lambda*")
        return file.name[len("jax_ir0000") :], file.read_text().split("module ")[1].split()[0]


def unoptimized(lib):
    lib.config.update("jax_disable_most_optimizations", True)
    try:
        return lib.jit(lambda x: lib.numpy.sin(x) * 7.25)(1.0)
    finally:
        lib.config.update("jax_disable_most_optimizations", False)


def trailing_(x):
    return x


def f16_sum(lib, x):
    with lib.allow_f16_reductions(False):
        return lib.lax.reduce_sum(x, [0])


def inverse(lib):
    """The interpreter of JAX's documentation: a program run backwards."""
    inverses = {lib.lax.exp_p: lib.numpy.log, lib.lax.tanh_p: lib.numpy.arctanh}
    Literal = lib.extend.core.Literal

    def inverted(f):
        def g(x):
            closed = lib.make_jaxpr(f)(x)
            env = {closed.jaxpr.outvars[0]: x}
            for eqn in reversed(closed.jaxpr.eqns):
                env[eqn.invars[0]] = inverses[eqn.primitive](env[eqn.outvars[0]])
            return env[closed.jaxpr.invars[0]]

        return g

    def doubled(f):
        """f with every reduction twice as large."""
        closed = lib.make_jaxpr(f)(V3)

        def g(x):
            env = dict(zip(closed.jaxpr.invars, [x]))
            read = lambda v: v.val if type(v) is Literal else env[v]
            for eqn in closed.jaxpr.eqns:
                out = eqn.primitive.bind(*map(read, eqn.invars), **eqn.params)
                env[eqn.outvars[0]] = out * 2 if eqn.primitive is lib.lax.reduce_sum_p else out
            return read(closed.jaxpr.outvars[0])

        return g

    f = lambda x: lib.numpy.exp(lib.numpy.tanh(x))
    g = doubled(lambda x: (lib.numpy.sin(x) * 3.0).sum())
    return [inverted(f)(f(0.5)), lib.jit(lib.vmap(lib.grad(inverted(f))))(f(V3 / 4)), g(V3), lib.grad(g)(V3)]


def guarded(lib, np):
    """Which calls a guard refuses, and with what words; which of several operands is first may differ."""
    host = __import__("numpy")
    x, n, f, key, g = np.ones(3), host.ones(3, "float32"), lib.jit(lambda x: x * 2), lib.random.key(0), lib.grad(lambda x: x * 2.0)
    runs = [
        lambda: x + 1,
        lambda: x + x,
        lambda: f(x),
        lambda: f(n),
        lambda: f(1.0),
        lambda: np.asarray(n),
        lambda: np.array(n),
        lambda: np.array(1.0),
        lambda: np.array([1.0, 2.0]),
        lambda: np.zeros(3),
        lambda: np.arange(3),
        lambda: np.ones((2, 2)),
        lambda: lib.device_put(n),
        lambda: lib.device_put([1.0, 2]),
        lambda: lib.device_put(x),
        lambda: lib.device_get(x),
        lambda: host.asarray(x),
        lambda: x.tolist(),
        lambda: list(x),
        lambda: repr(x),
        lambda: bool((x == x).all()),
        lambda: x[0],
        lambda: x.at[0].set(1.0),
        lambda: lib.random.key(1),
        lambda: lib.random.normal(key, (3,)),
        lambda: g(1.0),
        lambda: np.sin(n),
        lambda: x.sum().item(),
        lambda: np.eye(2),
        lambda: np.full(3, 2.0),
        lambda: np.where(x > 0, x, 0.0),
        lambda: lib.jit(lambda x: x + n)(x),
        lambda: x.copy(),
    ]
    for run in runs:
        run()
    seen = []
    for guard, level in [
        (lib.transfer_guard, "disallow"),
        (lib.transfer_guard, "disallow_explicit"),
        (lib.transfer_guard, "allow"),
        (lib.transfer_guard_host_to_device, "disallow"),
        (lib.transfer_guard_device_to_host, "disallow"),
    ]:
        for run in runs:
            try:
                with guard(level):
                    run()
                seen.append("allowed")
            except lib.errors.JaxRuntimeError as e:
                seen.append(str(e).partition("(")[0])
    return seen


def out_sharding(lib, np):
    """A type's sharding, over no mesh, asks for nothing."""
    x, key = np.ones((2, 3)), lib.random.key(0)
    s = lib.typeof(x).sharding
    made = [
        lib.random.normal(key, (2, 3), out_sharding=s),
        np.zeros((2, 3), out_sharding=s),
        np.full((2, 3), 2.0, out_sharding=s),
        np.asarray(x, out_sharding=s),
    ]
    return [*made, lib.jit(lambda k: lib.random.uniform(k, (2, 3), out_sharding=s))(key)]


def python_primitive(lib):
    p = lib.extend.core.Primitive("triple")
    p.def_impl(lambda x: np.asarray(x) * 3)
    p.def_abstract_eval(lambda x: lib.core.ShapedArray(x.shape, x.dtype))
    lib.interpreters.mlir.register_lowering(p, lib.interpreters.mlir.lower_fun(lambda x: x * 3, multiple_results=False))
    lib.interpreters.ad.deflinear2(p, lambda ct, _: [p.bind(ct)])
    lib.interpreters.batching.defvectorized(p)
    triple = p.bind
    x = lib.numpy.asarray(V3)
    return [
        triple(x),
        lib.jit(triple)(x),
        lib.vmap(triple)(x),
        lib.grad(lambda x: triple(x).sum())(x),
        lib.jvp(triple, (x,), (x,)),
        str(lib.make_jaxpr(triple)(x)),
    ]


def user_context(lib):
    c, traced = lib.make_user_context("a"), []
    g = lib.jit(lambda x: traced.append(c.value) or x)
    for value in ("a", "b", "a"):
        with c(value):
            g(1)
    return [*traced, c.value]


@pytest.mark.parametrize("row", VALUES)
def test_value(row):
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        ours, theirs = (leaves(lib, VALUES[row](lib, np)) for lib, np in (LIBS["jaxgo"], LIBS["jax"]))
    equal(tuple(ours), tuple(theirs))


ERRORS = {
    "not_callable": lambda lib, np: lib.jit(3),
    "static_range": lambda lib, np: lib.jit(lambda x: x, static_argnums=3),
    "static_type": lambda lib, np: lib.jit(lambda x: x, static_argnums="x"),
    "static_hash": lambda lib, np: lib.jit(lambda x: x, static_argnums=0)([1]),
    "argument_type": lambda lib, np: lib.jit(lambda x: x)("text"),
    "result_type": lambda lib, np: lib.jit(lambda x: "text")(1),
    "concretization": lambda lib, np: lib.jit(lambda x: x if x > 0 else -x)(1.0),
    "float": lambda lib, np: lib.jit(float)(1.0),
    "int": lambda lib, np: lib.jit(lambda x: np.ones(3)[int(x)])(1),
    "index": lambda lib, np: lib.jit(lambda x: [1, 2][x])(1),
    "shape": lambda lib, np: lib.jit(lambda n: np.ones(n))(3),
    "numpy": lambda lib, np: lib.jit(lambda x: __import__("numpy").asarray(x))(1.0),
    "grad_int": lambda lib, np: lib.grad(lambda x: x)(1),
    "grad_result_int": lambda lib, np: lib.grad(lambda x: 3)(1.0),
    "grad_vector": lambda lib, np: lib.grad(lambda x: x)(V3),
    "grad_tuple": lambda lib, np: lib.grad(lambda x: (x, x))(1.0),
    "grad_aux": lambda lib, np: lib.grad(lambda x: x, has_aux=True)(1.0),
    "grad_argnums": lambda lib, np: lib.grad(lambda x: x, argnums=2)(1.0),
    "grad_complex": lambda lib, np: lib.grad(lambda x: x * 1j)(1.0),
    "grad_not_holomorphic": lambda lib, np: lib.grad(lambda x: x, holomorphic=True)(1.0),
    "jacrev_int": lambda lib, np: lib.jacrev(lambda x: x)(1),
    "jacfwd_int": lambda lib, np: lib.jacfwd(lambda x: x)(1),
    "jvp_lengths": lambda lib, np: lib.jvp(lambda x: x, (1.0,), ()),
    "jvp_list": lambda lib, np: lib.jvp(lambda x: x, [1.0], (1.0,)),
    "jvp_dtype": lambda lib, np: lib.jvp(lambda x: x, (1.0,), (np.float16(1),)),
    "jvp_shape": lambda lib, np: lib.jvp(lambda x: x, (V3,), (np.ones(2),)),
    "vjp_tree": lambda lib, np: lib.vjp(lambda x: (x, x), 1.0)[1](1.0),
    "vjp_shape": lambda lib, np: lib.vjp(lambda x: x, V3)[1](np.ones(2)),
    "vjp_dtype": lambda lib, np: lib.vjp(lambda x: x, V3)[1](np.ones(3, np.int32)),
    "linear_tree": lambda lib, np: lib.linearize(lambda x: x, 1.0)[1](1.0, 2.0),
    "linear_transpose": lambda lib, np: lib.linear_transpose(lambda x: np.sin(x), 1.0)(1.0),
    "vmap_sizes": lambda lib, np: lib.vmap(lambda x, y: x)(np.ones(2), np.ones(3)),
    "vmap_sizes_tree": lambda lib, np: lib.vmap(lambda x: x["a"])({"a": np.ones(2), "b": np.ones((2, 3)), "c": np.ones(5)}),
    "vmap_scalar": lambda lib, np: lib.vmap(lambda x: x)(1.0),
    "vmap_axes": lambda lib, np: lib.vmap(lambda x: x, in_axes=(0, 0))(np.ones(2)),
    "vmap_axis": lambda lib, np: lib.vmap(lambda x: x, in_axes=2)(np.ones(2)),
    "vmap_out_none": lambda lib, np: lib.vmap(lambda x: x, out_axes=None)(np.ones(2)),
    "vmap_nothing": lambda lib, np: lib.vmap(lambda: 1)(),
    "vmap_str": lambda lib, np: lib.vmap(lambda x: x, in_axes="a"),
    "unbound_axis": lambda lib, np: lib.lax.psum(V3, "nowhere"),
    "eval_shape": lambda lib, np: lib.eval_shape(lambda x: x @ x, np.ones((2, 3))),
    "device_put": lambda lib, np: lib.device_put("text"),
    "deleted": lambda lib, np: (lambda x: (x.delete(), x + 1))(np.ones(3)),
    "broadcast": lambda lib, np: np.ones(2) + np.ones(3),
    "compiled_types": lambda lib, np: lib.jit(lambda x: x).lower(1.0).compile()(np.ones(3)),
    "compiled_tree": lambda lib, np: lib.jit(lambda x: x).lower(1.0).compile()((1.0, 2.0)),
    "config_name": lambda lib, np: lib.config.update("jax_no_such_option", 1),
    "mesh_size": lambda lib, np: lib.NamedSharding(lib.sharding.Mesh(__import__("numpy").array(lib.devices()[:1]), ("x",)), lib.P("y")),
    "out_sharding": lambda lib, np: np.zeros(2, out_sharding=lib.P(None)),
    "random_out_sharding": lambda lib, np: lib.random.normal(lib.random.key(0), (2,), out_sharding=lib.P(None)),
    "f16_sum": lambda lib, np: f16_sum(lib, np.ones(3, np.bfloat16)),
    "unbound_axis_env": lambda lib, np: lib.make_jaxpr(lambda x: lib.lax.psum(x, "i"), axis_env=[("j", 2)])(1.0),
    "debug_nans": lambda lib, np: nans(lib, np),
    "strict": lambda lib, np: strict(lib, np),
    "rank": lambda lib, np: rank(lib, np),
    "make_jaxpr": lambda lib, np: lib.make_jaxpr(3),
    "leak_bool": lambda lib, np: bool(np.ones(2)),
    "iterate": lambda lib, np: list(np.float32(1)),
    "assign": lambda lib, np: np.ones(2).__setitem__(0, 1),
}


def nans(lib, np):
    with lib.debug_nans(True):
        return lib.jit(np.log)(-1.0)


def strict(lib, np):
    with lib.numpy_dtype_promotion("strict"):
        return np.ones(2, np.float32) + np.ones(2, np.int32)


def rank(lib, np):
    with lib.numpy_rank_promotion("raise"):
        return np.ones((2, 3)) + np.ones(3)


# Texts of which only the beginning is compared: what follows names places in this file, private names, or the classes of the library.
BEGINNING = {
    "strict": 10,
    "grad_tuple": 60,
    "grad_aux": 60,
    "vjp_tree": 140,
    "concretization": 60,
    "float": 60,
    "int": 60,
    "index": 60,
    "shape": 60,
    "numpy": 60,
    "argument_type": 60,
    "not_callable": 40,
    "static_hash": 60,
    "debug_nans": 40,
    "device_put": 40,
    "vmap_sizes": 60,
    "vmap_sizes_tree": 60,
    "jvp_list": 60,
    "mesh_size": 30,
    "make_jaxpr": 20,
    "result_type": 60,
    "static_range": 30,
    "static_type": 30,
    "vmap_axes": 60,
    "assign": 10,
}


@pytest.mark.parametrize("row", ERRORS)
def test_error(row):
    raised = []
    for lib, numpy in (LIBS["jax"], LIBS["jaxgo"]):
        with pytest.raises(Exception) as e:
            ERRORS[row](lib, numpy)
        raised.append((type(e.value).__name__, str(e.value).replace("jaxgo", "jax")[: BEGINNING.get(row)]))
    assert raised[1] == raised[0]


def test_one_trace_per_signature():
    traced = []
    g = jaxgo.jit(lambda x, y: traced.append(1) or x + y)
    for args in ((1, 2), (3, 4), (V3, V3), (V3 + 1, V3), (1.0, 2), (np.int32(1), 2)):
        g(*args)
    assert len(traced) == 4
    assert g._cache_size() == 4
    g.clear_cache()
    g(1, 2)
    assert len(traced) == 5


def test_donated_arrays_are_gone():
    x = jaxgo.numpy.ones(1000)
    y = jaxgo.jit(lambda x: x * 2, donate_argnums=0)(x)
    assert x.is_deleted() and float(y[0]) == 2
    with pytest.raises(RuntimeError, match="deleted"):
        x + 1


def test_unused_donations_warn():
    with pytest.warns(UserWarning, match="Some donated buffers were not usable"):
        jaxgo.jit(lambda x: x.sum(), donate_argnums=0)(jaxgo.numpy.ones(1000))


def test_results_do_not_share_memory_with_arguments():
    x = jaxgo.numpy.ones(1000)
    y = jaxgo.jit(lambda x: x)(x)
    assert y is not x
    x.delete()
    assert float(y[0]) == 1


def test_live_arrays():
    gc.collect()
    before = len(jaxgo.live_arrays())
    x = jaxgo.numpy.ones(7) + 1
    assert len(jaxgo.live_arrays()) == before + 1
    del x
    gc.collect()
    assert len(jaxgo.live_arrays()) == before


def test_leaked_tracers_are_found():
    kept = []
    with jaxgo.checking_leaks(), pytest.raises(Exception, match="Leaked"):
        jaxgo.jit(lambda x: kept.append(x + 1) or x)(1.0)
    with jaxgo.checking_leaks():
        jaxgo.jit(lambda x: x + 1)(1.0)


def test_escaped_tracer():
    kept = []
    jaxgo.jit(lambda x: kept.append(x) or x)(1.0)
    with pytest.raises(jaxgo.errors.UnexpectedTracerError, match="side effect"):
        kept[0] + 1


def test_functions_and_arrays_are_freed():
    def make():
        x = jaxgo.numpy.ones(3) * 2
        g = jaxgo.jit(lambda y: y + x)
        g(1.0)
        return weakref.ref(x), weakref.ref(g.__wrapped__)

    refs = make()
    jaxgo.clear_caches()
    gc.collect()
    assert all(r() is None for r in refs)


def test_environment_info():
    text = jaxgo.print_environment_info(return_string=True)
    assert "python:" in text and "numpy:" in text


def test_monitoring():
    seen = []
    jaxgo.monitoring.register_event_listener(lambda name, **kw: seen.append((name, kw)))
    jaxgo.monitoring.record_event("/test/event", a=1)
    jaxgo.monitoring.clear_event_listeners()
    jaxgo.monitoring.record_event("/test/other")
    assert seen == [("/test/event", {"a": 1})]


MODULES = [
    "jax",
    "jax.nn",
    "jax.nn.initializers",
    "jax.sharding",
    "jax.debug",
    "jax.stages",
    "jax.test_util",
    "jax.image",
    "jax.monitoring",
    "jax.distributed",
    "jax.typing",
    "jax.errors",
    "jax.core",
    "jax.tree_util",
    "jax.ad_checkpoint",
]
LEFT_OUT = {"Ref", "empty_ref", "free_ref", "freeze", "new_ref"}


@pytest.mark.parametrize("module", MODULES)
def test_names_and_signatures(module):
    import inspect

    theirs, ours = importlib.import_module(module), importlib.import_module(module.replace("jax", "jaxgo", 1))
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        names = [
            n
            for n in dir(theirs)
            if not n.startswith("_")
            and n not in LEFT_OUT
            and not inspect.ismodule(getattr(theirs, n, None))
            and (getattr(getattr(theirs, n, None), "__module__", None) or "jax").startswith("jax")
        ]
        missing = [n for n in names if hasattr(theirs, n) and not hasattr(ours, n)]
        assert not missing
        for n in names:
            f, g = getattr(theirs, n), getattr(ours, n)
            if n not in ("remat", "checkpoint") and inspect.isfunction(f) and inspect.isfunction(g):
                a, b = inspect.signature(f).parameters.values(), inspect.signature(g).parameters.values()
                assert [(p.name, p.kind) for p in b] == [(p.name, p.kind) for p in a], n


# ---- transfers, cotangents of integers, what is saved ----


def test_device_put_is_an_equation_and_commits_a_new_array():
    x = jaxgo.numpy.ones(3)
    d = jaxgo.devices()[0]
    y = jaxgo.device_put(x, d)
    assert (x.committed, y.committed, (x + 1).committed, (y + 1).committed) == (False, True, False, True)
    for lib in (jax, jaxgo):
        text = str(lib.make_jaxpr(lambda v: lib.device_put((v, v), lib.devices()[0]))(lib.numpy.ones(3)))
        assert "b:f32[3] c:f32[3] = device_put[" in text and "devices=(CpuDevice(id=0), CpuDevice(id=0))" in text
    assert np.array_equal(jaxgo.grad(lambda v: jaxgo.numpy.sum(jaxgo.device_put(v, d) ** 2))(x), [2, 2, 2])
    assert np.array_equal(jaxgo.vmap(jaxgo.device_put)(x), x)


def test_vjp_takes_any_cotangent_of_an_integer_result():
    for lib in (jax, jaxgo):
        _, pull = lib.vjp(lambda x: (x * 2).astype(int), lib.numpy.ones(3))
        assert np.array_equal(pull(np.ones(3, np.int32))[0], [0, 0, 0])
        with pytest.raises(ValueError, match="unexpected JAX type"):
            pull(np.ones(2, np.int32))


def test_policies_see_into_scan_and_cond():
    for lib in (jax, jaxgo):
        lax, jnp = lib.lax, lib.numpy
        save_cos = lambda prim, *_, **__: str(prim) == "cos"
        scanned = lib.checkpoint(lambda x: lax.scan(lambda c, _: (jnp.sin(c), jnp.sin(c)), x, None, length=3), policy=save_cos)
        chosen = lib.checkpoint(lambda x: lax.cond(x > 0, jnp.sin, lambda v: v, x), policy=save_cos)
        for f in (scanned, chosen):
            text = str(lib.make_jaxpr(lib.linearize(f, 4.0)[1])(1.0))
            assert " sin " not in text and " cos " not in text
        y, dy = lib.jvp(lambda x: lib.grad(lambda v: scanned(v)[0])(x), (0.5,), (1.0,))
        z = lib.grad(chosen)(0.5)
        if lib is jax:
            want = y, dy, z
    np.testing.assert_allclose([y, dy, z], want, rtol=1e-5)


def test_checkpoint_traces_once_for_equal_static_arguments():
    runs = []

    @functools.partial(jaxgo.checkpoint, static_argnums=(0,))
    def f(n, x):
        runs.append(n)
        return x * n

    for n in (2, 2, 2.0, 2):
        assert float(f(n, 3.0)) == 6.0
    assert len(runs) == 2


def test_memory_analysis_has_jaxs_names():
    def sizes(lib):
        return lib.jit(lambda x: lib.numpy.sin(x) @ x).lower(lib.numpy.ones((3, 3))).compile().memory_analysis()

    ours, theirs = sizes(jaxgo), sizes(jax)
    for name in ("argument_size_in_bytes", "output_size_in_bytes", "alias_size_in_bytes"):
        assert getattr(ours, name) == getattr(theirs, name)


def test_cache_misses_are_explained(caplog):
    @jaxgo.jit
    def f(x, y):
        return x + y

    with jaxgo.explain_cache_misses(True), caplog.at_level("WARNING", logger="jaxgo.trace"):
        for args in ((np.float32(0), np.float32(1)), (np.float32(0), np.float32(1)), (np.float32(0), np.int32(1))):
            f(*args)
    first, second = [r.getMessage() for r in caplog.records if r.name == "jaxgo.trace"]
    assert "never seen function" in first
    assert "different input types" in second and "at y, now i32[] and before f32[]" in second


def test_random_reads_its_options():
    r = jaxgo.random
    raw = np.array([1, 2], np.uint32)
    with jaxgo.config._states["jax_enable_custom_prng"](True):
        assert str(r.PRNGKey(3).dtype) == "key<fry>"
    with jaxgo.config._states["jax_legacy_prng_key"]("error"), pytest.raises(ValueError, match="Legacy uint32 key"):
        r.normal(raw)
    with jaxgo.config._states["jax_high_dynamic_range_gumbel"](True):
        high = r.gumbel(r.key(0), (4,))
    assert np.array_equal(high, r.gumbel(r.key(0), (4,), mode="high"))
    assert np.array_equal(r.PRNGKey(np.uint64(2**63)), jax.random.PRNGKey(np.uint64(2**63)))
    for bad, error in ((lambda: r.PRNGKey(0, impl=3), TypeError), (lambda: r.choice(r.key(0), 10, 3), TypeError)):
        with pytest.raises(error):
            bad()


def test_parameters_that_do_not_fit_are_refused():
    x = jaxgo.numpy.ones((2, 3))
    (eqn,) = jaxgo.make_jaxpr(lambda x: x.sum(0))(x).eqns
    bind, params = eqn.primitive.bind, eqn.params
    assert bind(x, **{**params, "axes": (1,)}).shape == (2,)
    with pytest.raises(TypeError, match="reduce_sum.bind: the parameter axes is missing"):
        bind(x)
    with pytest.raises(TypeError, match="reduce_sum.bind: there is no parameter colour"):
        bind(x, **params, colour=3)
    for wrong in ("all", 1.5, ((1,),), {1: 2}):
        with pytest.raises(TypeError, match="reduce_sum.bind: the parameter axes can't be"):
            bind(x, **{**params, "axes": wrong})
    with pytest.raises(ValueError, match="out-of-bounds"):
        bind(x, **{**params, "axes": (7,)})
    (eqn,) = jaxgo.make_jaxpr(jaxgo.nn.relu)(x).eqns
    params = {**eqn.params, "name": "another"}
    with pytest.raises(NotImplementedError, match="custom_jvp_call.bind: these parameters are of no equation"):
        eqn.primitive.bind(x, **params)
