"""Host callbacks: pure_callback, io_callback, debug.callback, debug.print, eager and compiled, under every transformation."""

import io
import threading

import jax
import ml_dtypes
import numpy as np
import pytest

import jaxgo
import jaxgo.debug
import jaxgo.experimental
import jaxgo.lax
import jaxgo.numpy as jnp

F32 = jaxgo.ShapeDtypeStruct((), np.float32)
MODES = {"eager": lambda f: f, "jit": jaxgo.jit}
mode = pytest.fixture(params=MODES.values(), ids=MODES)(lambda request: request.param)


def vector(n):
    return jaxgo.ShapeDtypeStruct((n,), np.float32)


def test_pure_callback(mode):
    f = mode(lambda x: jaxgo.pure_callback(np.sin, vector(3), x) * 2)
    x = np.arange(3, dtype=np.float32)
    for _ in range(2):
        np.testing.assert_allclose(f(x), np.sin(x) * 2, rtol=1e-6)


def test_trees_and_keywords(mode):
    def host(x, *, y):
        assert isinstance(x["a"], jaxgo.Array | np.ndarray)
        return {"sum": np.asarray(x["a"]) + np.asarray(y), "pair": (np.float32(1), np.int32(2))}

    shapes = {"sum": vector(2), "pair": (F32, jaxgo.ShapeDtypeStruct((), np.int32))}
    out = mode(lambda x, y: jaxgo.pure_callback(host, shapes, {"a": x}, y=y))(jnp.ones(2), jnp.arange(2.0))
    np.testing.assert_array_equal(out["sum"], [1, 2])
    assert [int(v) for v in out["pair"]] == [1, 2] and out["pair"][1].dtype == np.int32


@pytest.mark.parametrize("dtype", ["int8", "bool", "float16", "bfloat16", "complex64", "uint32", "float8_e4m3fn"])
def test_dtypes(dtype):
    dtype = np.dtype(getattr(ml_dtypes, dtype, dtype))
    x = jnp.array(np.array([[1, 0, 1], [0, 1, 1]]).astype(dtype))
    out = jaxgo.jit(lambda x: jaxgo.pure_callback(lambda v: v, jaxgo.ShapeDtypeStruct(x.shape, x.dtype), x))(x)
    assert out.dtype == dtype
    np.testing.assert_array_equal(np.asarray(out), np.asarray(x))


@pytest.mark.parametrize("method", ["sequential", "sequential_unrolled", "expand_dims", "broadcast_all", "legacy_vectorized"])
def test_vmap_methods(method, mode):
    def run(lib, wrap):
        seen = []

        def host(x, y):
            seen.append((x.shape, y.shape))
            return np.asarray(x) + np.asarray(y)

        f = wrap(lib.vmap(lambda x, y: lib.pure_callback(host, lib.ShapeDtypeStruct((), np.float32), x, y, vmap_method=method), (0, None)))
        return np.asarray(f(np.arange(3, dtype=np.float32), np.float32(1))), seen

    ours, theirs = run(jaxgo, mode), run(jax, jax.jit if mode is MODES["jit"] else lambda f: f)
    np.testing.assert_array_equal(ours[0], theirs[0])
    assert ours[1] == theirs[1]


@pytest.mark.parametrize("call", [
    lambda lib, np: lib.vmap(lambda x: lib.pure_callback(np.sin, lib.ShapeDtypeStruct((), np.float32), x))(np.arange(3.0)),
    lambda lib, np: lib.grad(lambda x: lib.pure_callback(np.sin, lib.ShapeDtypeStruct((), np.float32), x))(1.0),
    lambda lib, np: lib.pure_callback(np.sin, lib.ShapeDtypeStruct((), np.float32), 1.0, vmap_method="other"),
    lambda lib, np: lib.debug.print("{}"),
    lambda lib, np: lib.debug.print("{} {}", 1),
    lambda lib, np: lib.debug.print("{x}", 2),
    lambda lib, np: lib.debug.print("hi", 3),
    lambda lib, np: lib.debug.print("hi", x=3),
])
def test_misuse_is_told_as_in_jax(call):
    with pytest.raises(Exception) as theirs:
        call(jax, np)
    with pytest.raises(type(theirs.value)) as ours:
        call(jaxgo, np)
    assert str(ours.value) == str(theirs.value)


def test_errors_keep_the_exception(mode):
    def host(x):
        raise KeyError("lost")

    with pytest.raises(jaxgo.errors.JaxRuntimeError, match="CpuCallback error calling callback") as e:
        mode(lambda x: jaxgo.pure_callback(host, F32, x))(1.0)
    assert isinstance(e.value.__cause__, KeyError)


@pytest.mark.parametrize("result", [np.zeros(3, np.float32), np.zeros(2, np.int32), (np.zeros(2, np.float32),) * 2], ids=["shape", "dtype", "tree"])
def test_wrong_results(result, mode):
    with pytest.raises((jaxgo.errors.JaxRuntimeError, RuntimeError, ValueError, TypeError)):
        mode(lambda x: jaxgo.pure_callback(lambda x: result, vector(2), x))(1.0)


def test_callbacks_call_jaxgo_from_several_threads():
    f = jaxgo.jit(lambda x: jaxgo.pure_callback(lambda x: jnp.sin(x) @ jnp.ones(5), F32, x) + 1)
    x, seen = jnp.ones(5), []

    def work():
        for _ in range(20):
            seen.append(float(f(x)))

    threads = [threading.Thread(target=work) for _ in range(4)]
    for t in threads:
        t.start()
    for t in threads:
        t.join()
    assert len(seen) == 80 and len(set(seen)) == 1
    assert seen[0] == pytest.approx(np.sin(1) * 5 + 1)


def test_io_callbacks_are_ordered_through_control_flow():
    log = []

    def note(tag):
        return lambda v: log.append((tag, float(v)))

    @jaxgo.jit
    def f(x):
        def say(tag, v):
            jaxgo.experimental.io_callback(note(tag), None, v, ordered=True)

        def body(i, c):
            say("loop", c)
            return c + 1

        say("first", x)
        y = jaxgo.lax.fori_loop(0, 3, body, x * 2)
        y = jaxgo.lax.cond(y > 0, lambda y: (say("yes", y), y)[1], lambda y: (say("no", y), y)[1], y)
        _, zs = jaxgo.lax.scan(lambda c, a: (c + a, (say("scan", a), c)[1]), y, jnp.arange(2.0))
        jaxgo.jit(lambda y: say("inner", y))(y)
        say("last", x)
        return y, zs

    assert float(f(1.0)[0]) == 5
    assert log == [("first", 1), ("loop", 2), ("loop", 3), ("loop", 4), ("yes", 5), ("scan", 0), ("scan", 1), ("inner", 5), ("last", 1)]


def test_io_callback_gives_results_and_runs_though_unused(mode):
    log = []

    def host(x):
        log.append(float(x))
        return np.float32(len(log))

    @mode
    def f(x):
        jaxgo.experimental.io_callback(host, F32, x)
        return x * 2

    assert float(f(1.0)) == 2 and float(f(3.0)) == 6
    jaxgo.effects_barrier()
    assert log == [1, 3]


def test_unused_pure_callback_is_dropped():
    log = []

    @jaxgo.jit
    def f(x):
        jaxgo.pure_callback(lambda x: log.append(1) or np.float32(0), F32, x)
        return x

    f(1.0)
    assert not log


PRINTS = {
    "plain": lambda lib, np, x: lib.debug.print("x {} {y}", x, y=x + 1),
    "static": lambda lib, np, x: lib.debug.print("{} {}", "s", x),
    "ordered": lambda lib, np, x: [lib.debug.print("x {}", x + i, ordered=True) for i in range(3)],
    "callback": lambda lib, np, x: lib.debug.callback(lambda v: print("got", float(v)), x),
    "format": lambda lib, np, x: lib.debug.print("{:.3f}", x),
    "tree": lambda lib, np, x: lib.debug.print("{}", {"a": x}),
    "vmap": lambda lib, np, x: lib.vmap(lambda y: lib.debug.print("{}", y, ordered=False))(np.arange(3.0)),
    "grad": lambda lib, np, x: lib.grad(lambda y: (lib.debug.print("{}", y), y * y)[1])(x),
    "jvp": lambda lib, np, x: lib.jvp(lambda y: (lib.debug.print("{}", y), y * y)[1], (x,), (x,)),
    "linearize": lambda lib, np, x: lib.linearize(lambda y: (lib.debug.print("{}", y), y * y)[1], x)[1](x),
    "while": lambda lib, np, x: lib.lax.while_loop(lambda c: c < 4, lambda c: (lib.debug.print("{}", c), c + 1)[1], x),
    "checkpoint": lambda lib, np, x: lib.grad(lib.checkpoint(lambda y: (lib.debug.print("{}", y), y * y)[1]))(x),
}


@pytest.mark.parametrize("name", PRINTS)
@pytest.mark.parametrize("compiled", [False, True], ids=["eager", "jit"])
def test_prints_are_those_of_jax(name, compiled, capsys):
    texts = []
    for lib, numpy in ((jax, jax.numpy), (jaxgo, jnp)):
        def f(x):
            PRINTS[name](lib, numpy, x)
            return x

        (lib.jit(f) if compiled else f)(numpy.float32(1.5))
        lib.effects_barrier()
        texts.append(capsys.readouterr().out)
    assert texts[0] and sorted(texts[1].split("\n")) == sorted(texts[0].split("\n"))


def test_jaxpr_is_that_of_jax():
    def text(lib):
        jaxpr = lib.make_jaxpr(lambda x: (lib.debug.print("x {}", x), x)[1])(1.0)
        return str(jaxpr).split("\n")[0], [str(e.primitive) for e in jaxpr.eqns], [str(e) for e in jaxpr.effects]

    assert text(jaxgo) == text(jax)


def test_breakpoint_prints_the_local_variables():
    def f(x):
        y = x + 1
        jaxgo.debug.breakpoint(stdin=io.StringIO("p y\nc\n"), stdout=out, backend="cli")
        return y

    out = io.StringIO()
    f(jnp.float32(2))
    jaxgo.jit(f)(jnp.float32(2))
    jaxgo.effects_barrier()
    assert out.getvalue().count("Array(3., dtype=float32)") == 2


def test_programs_with_callbacks_are_not_stored_on_disk(tmp_path):
    from jaxgo import config

    old = config.jax_compilation_cache_dir, config.jax_persistent_cache_min_compile_time_secs
    config.update("jax_compilation_cache_dir", str(tmp_path))
    config.update("jax_persistent_cache_min_compile_time_secs", 0)
    try:
        jaxgo.jit(lambda x: jaxgo.pure_callback(np.cos, F32, x) * 7)(1.0)
        jaxgo.jit(lambda x: x * 7.25 + 3)(1.0)
    finally:
        config.update("jax_compilation_cache_dir", old[0])
        config.update("jax_persistent_cache_min_compile_time_secs", old[1])
    assert sum(p.is_file() for p in tmp_path.rglob("*")) <= 2
