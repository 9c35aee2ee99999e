"""What must not happen: wrong answers under threads, hangs after fork or on Ctrl-C, leaked memory, leaked tracers, dead processes."""

import gc
import os
import subprocess
import sys
import textwrap
import threading

import numpy as np
import pytest

import jaxgo as jax
import jaxgo.numpy as jnp


def run(code, timeout=120, env=None):
    """Runs a program in a process of its own and returns what it printed."""
    r = subprocess.run([sys.executable, "-c", textwrap.dedent(code)], capture_output=True, text=True, timeout=timeout, env=env and {**os.environ, **env})
    assert r.returncode == 0, r.stderr[-2000:]
    return r.stdout


def rss_mb():
    with open("/proc/self/statm") as f:
        return int(f.read().split()[1]) * os.sysconf("SC_PAGE_SIZE") / 1e6


def test_threads_that_ended_are_forgotten():
    from jaxgo import _fast

    def work():
        with jax.enable_x64(True):
            assert jnp.arange(3).dtype == "int64"

    for _ in range(200):
        t = threading.Thread(target=work)
        t.start()
        t.join()
    jnp.ones(2)
    assert _fast.call("thread_count") < 100



def test_sixteen_threads_trace_and_run():
    def loss(x):
        return jnp.sum(jnp.sin(x) * x)

    x = jnp.linspace(0.0, 1.0, 8)
    want = np.asarray(jax.grad(loss)(x))
    errors = []

    def work(i):
        try:
            for _ in range(6):
                np.testing.assert_allclose(jax.jit(jax.grad(lambda y: loss(y) * i))(x), want * i, rtol=1e-5)
                np.testing.assert_allclose(jax.grad(loss)(x), want, rtol=1e-5)
                np.testing.assert_allclose(jax.vmap(jax.grad(loss))(jnp.stack([x, x]))[1], want, rtol=1e-5)
        except BaseException as e:
            errors.append(e)

    threads = [threading.Thread(target=work, args=(float(i),)) for i in range(16)]
    for t in threads:
        t.start()
    for t in threads:
        t.join()
    assert not errors


@pytest.mark.parametrize("warm", [True, False])
def test_forked_child_gets_an_error_and_does_not_hang(warm):
    out = run(f"""
        import os, sys, jaxgo as jax, jaxgo.numpy as jnp
        if {warm}:
            x = jnp.ones(3) + 1
        pid = os.fork()
        if pid == 0:
            for f in (lambda: jnp.ones(3) + 1, lambda: jax.jit(lambda a: a)(1.0), lambda: jax.grad(lambda a: a * a)(1.0)):
                try:
                    f()
                    os.write(1, b"computed ")
                except RuntimeError as e:
                    os.write(1, b"spawn " if "spawn" in str(e) else b"other ")
            sys.stdout.flush()  # which os._exit does not do
            os._exit(0)
        os.waitpid(pid, 0)
        print("parent", float(jnp.sum(jnp.ones(3) + 1)))
    """, timeout=60)
    assert out == "spawn spawn spawn parent 6.0\n"


def test_interrupt_ends_a_long_compile():
    out = run("""
        import os, signal, sys, threading, time, jaxgo as jax, jaxgo.numpy as jnp
        def f(x):
            for i in range(3000):
                x = jnp.sin(x) + x * x
            return x
        jnp.ones(3).block_until_ready()
        lowered = jax.jit(f).lower(jnp.ones(8))
        threading.Timer(1.0, lambda: os.kill(os.getpid(), signal.SIGINT)).start()
        start = time.perf_counter()
        try:
            lowered.compile()
            print("compiled")
        except KeyboardInterrupt:
            print(time.perf_counter() - start < 1.5)
        print(float(jnp.sum(jnp.ones(3))))
        sys.stdout.flush()  # which os._exit does not do
        os._exit(0)
    """, env={"JAX_ENABLE_COMPILATION_CACHE": "false"})
    assert out == "True\n3.0\n"


def growth(work):
    """By how many MB the resident memory has grown after work; a leak grows each time, what malloc keeps comes and goes."""
    before, after = rss_mb(), []
    for _ in range(4):
        work()
        after.append(rss_mb())
    return min(after[1:]) - before


def test_memory_is_flat():
    x = jnp.ones(250_000)
    g = jax.grad(lambda x: jnp.sum(jnp.sin(x) * x))
    f = jax.jit(lambda x: x * 2 + 1)
    for _ in range(20):
        g(x).block_until_ready()
        f(x).block_until_ready()
    gc.collect()

    def work():
        for _ in range(150):
            g(x).block_until_ready()
            f(x).block_until_ready()

    assert growth(work) < 4


def test_memory_stays_flat_where_gradients_fail():
    x = jnp.ones(250_000)

    def bad(x):
        jnp.sin(x) * x
        raise ValueError("no")

    for _ in range(5):
        with pytest.raises(ValueError):
            jax.grad(bad)(x)
    gc.collect()

    def work():
        for _ in range(100):
            with pytest.raises(ValueError):
                jax.grad(bad)(x)

    assert growth(work) < 4


def test_leaked_tracers_are_caught():
    leaked = []
    jax.jit(lambda x: leaked.append(x) or x)(1.0)
    with pytest.raises(jax.errors.UnexpectedTracerError, match="unexpected tracer"):
        leaked[0] + 1
    jax.grad(lambda x: leaked.append(x) or x)(1.0)
    with pytest.raises(jax.errors.UnexpectedTracerError):
        jax.jit(lambda y: leaked[1] + y)(1.0)


def test_tracers_are_no_python_values():
    with pytest.raises(jax.errors.TracerBoolConversionError, match="boolean conversion"):
        jax.jit(lambda x: 1 if x > 0 else 2)(1.0)
    with pytest.raises(jax.errors.TracerIntegerConversionError):
        jax.jit(lambda i: [1, 2, 3][i])(1)
    with pytest.raises(jax.errors.TracerArrayConversionError):
        jax.jit(lambda x: np.asarray(x))(1.0)
    with pytest.raises(jax.errors.ConcretizationTypeError):
        jax.jit(lambda x: float(x))(1.0)


def test_misuse_gets_the_exceptions_of_jax():
    x = jnp.arange(3.0)
    with pytest.raises(TypeError, match="scalar-output"):
        jax.grad(lambda x: x)(x)
    with pytest.raises(TypeError, match="real- or complex-valued inputs"):
        jax.grad(lambda x: x)(1)
    with pytest.raises(ValueError, match="inconsistent sizes"):
        jax.vmap(lambda a, b: a)(x, jnp.ones(4))
    with pytest.raises(ValueError, match="in_axes"):
        jax.vmap(lambda a: a, in_axes=(0, 0))(x)
    with pytest.raises(ValueError, match="[Nn]on-hashable static"):
        jax.jit(lambda a, b: a, static_argnums=1)(x, [1])
    with pytest.raises(TypeError, match="not a valid JAX type|interpret"):
        jax.jit(lambda a: a)("text")
    with pytest.raises(TypeError, match="incompatible shapes"):
        jnp.ones(3) + jnp.ones(4)
    with pytest.raises(ValueError, match="out of bounds"):
        jnp.sum(x, axis=2)
    with pytest.raises(TypeError, match="tree structure"):
        jax.jvp(lambda a: a, (x,), (x, x))


def test_a_donated_array_is_gone():
    f = jax.jit(lambda x: x + 1, donate_argnums=0)
    x = jnp.ones(1000)
    f(x)
    assert x.is_deleted()
    with pytest.raises(RuntimeError, match="deleted"):
        x + 1
    with pytest.raises(RuntimeError, match="deleted"):
        np.asarray(x)


def test_an_allocation_that_cannot_fit_is_an_error():
    with pytest.raises((RuntimeError, MemoryError, ValueError)):
        jax.jit(lambda: jnp.zeros((1 << 40,)) + 1)().block_until_ready()
    assert float(jnp.ones(2).sum()) == 2


@pytest.mark.parametrize("content, words", [
    (None, "no such file|cannot|not found|No such"),
    (b"", "too short|truncated|ELF|empty"),
    (b"not a library", "ELF|truncated|too short"),
])
def test_a_broken_plugin_is_an_error(tmp_path, content, words):
    path = tmp_path / "plugin.so"
    if content is not None:
        path.write_bytes(content)
    out = run("""
        import jaxgo.numpy as jnp
        try:
            jnp.ones(3) + 1
        except RuntimeError as e:
            print("Unable to initialize backend" in str(e), e)
    """, env={"PJRT_NAMES_AND_LIBRARY_PATHS": f"cpu:{path}"})
    assert out.startswith("True")
    import re

    assert re.search(words, out)


def test_stack_overflow_is_a_recursion_error():
    out = run("""
        import jaxgo as jax
        def f(x):
            return jax.jit(f)(x)
        try:
            f(1.0)
        except RecursionError:
            print("RecursionError")
    """)
    assert out == "RecursionError\n"


def test_the_cache_is_shared_between_processes(tmp_path):
    code = """
        import jaxgo as jax, jaxgo.numpy as jnp
        print(float(jax.jit(lambda x: jnp.sum(jnp.sin(x)))(jnp.ones(5))), *jax._fast.call("compile_counts"))
    """
    env = {"JAX_COMPILATION_CACHE_DIR": str(tmp_path / "cache")}
    first, second = run(code, env=env).split(), run(code, env=env).split()
    assert first[0] == second[0]
    assert int(first[1]) > 0 and int(first[2]) == 0
    assert int(second[1]) == 0 and int(second[2]) > 0
    for f in (tmp_path / "cache").iterdir():
        f.write_bytes(b"damaged" + f.read_bytes()[7:])
    third = run(code, env=env).split()
    assert third[0] == first[0] and int(third[1]) > 0


def test_interrupt_ends_a_long_run():
    out = run("""
        import os, signal, sys, threading, time, jaxgo as jax
        f = jax.jit(lambda x: jax.lax.fori_loop(0, 1_000_000_000, lambda i, c: c * 1.0000001 + 1e-9, x))
        program = f.lower(1.0).compile()
        threading.Timer(0.5, lambda: os.kill(os.getpid(), signal.SIGINT)).start()
        start = time.perf_counter()
        try:
            program(1.0).block_until_ready()
            print("finished")
        except KeyboardInterrupt:
            print(time.perf_counter() - start < 1.0)
        sys.stdout.flush()  # which os._exit does not do
        os._exit(0)
    """)
    assert out == "True\n"


def test_constants_compile_nothing():
    out = run("""
        import numpy as np, jaxgo as jax, jaxgo.numpy as jnp
        jnp.zeros(3), jnp.ones((2, 3)), jnp.full((2,), 7.0), jnp.arange(5), jnp.arange(2.0, 9.0, 0.5), jnp.eye(3), jnp.zeros((2, 2), jnp.bfloat16)
        jnp.asarray(np.arange(4)), jnp.array([1.0, 2.0]), jnp.asarray(3), jnp.ones(3, bool), jax.random.key(0), jnp.zeros_like(jnp.ones(3))
        print(*jax._fast.call("compile_counts"))
    """)
    assert out == "0 0\n"


# ---- a thread's own settings ----


def beside(inside, outside):
    """What outside() gives on this thread while another one is between the two steps of the generator function inside, and what that yields."""
    entered, leave, seen, errors = threading.Event(), threading.Event(), [], []

    def work():
        try:
            steps = inside()
            seen.append(next(steps))
            entered.set()
            leave.wait(60)
            seen.extend(steps)
        except BaseException as e:
            errors.append(e)
        finally:
            entered.set()

    t = threading.Thread(target=work)
    t.start()
    assert entered.wait(60)
    try:
        here = outside()
    finally:
        leave.set()
        t.join()
    assert not errors, errors
    return here, seen


def test_x64_belongs_to_the_thread():
    f = jax.jit(lambda x: x * 2.0 + jnp.arange(2))

    def look():
        return jax.config.jax_enable_x64, str(jnp.arange(3).dtype), str(f(1.0).dtype), str((jnp.ones(2) + 1).dtype)

    def inside():
        with jax.enable_x64(True):
            yield look()
            yield look()
        yield look()

    narrow, wide = (False, "int32", "float32", "float32"), (True, "int64", "float64", "float64")
    here, there = beside(inside, look)
    assert here == narrow
    assert there == [wide, wide, narrow]
    assert f._cache_size() == 2  # leaving the context goes back to the program that was there


def test_rank_promotion_debug_nans_and_precision_belong_to_the_thread():
    a, b = jnp.ones((2, 2)), jnp.ones(2)

    def look():
        got = []
        for f in (lambda: a + b, lambda: jnp.log(-b), lambda: jax.jit(lambda x: jnp.log(-x))(b)):
            try:
                f()
                got.append(None)
            except (ValueError, FloatingPointError) as e:
                got.append(type(e))
        return [*got, "HIGHEST" in str(jax.make_jaxpr(jnp.dot)(b, b))]

    def inside():
        with jax.numpy_rank_promotion("raise"), jax.debug_nans(True), jax.default_matmul_precision("highest"):
            yield look()
            yield look()

    here, there = beside(inside, look)
    assert here == [None, None, None, False]
    assert there == [[ValueError, FloatingPointError, FloatingPointError, True]] * 2


def test_an_update_reaches_threads_inside_of_other_contexts():
    def inside():
        with jax.numpy_dtype_promotion("strict"):
            yield str(jnp.arange(2).dtype)
            yield str(jnp.arange(2).dtype)
            with pytest.raises(jax.errors.TypePromotionError):
                jnp.arange(2) + jnp.ones(2)

    def outside():
        jax.config.update("jax_enable_x64", True)
        return str((jnp.arange(2) + jnp.ones(2)).dtype)

    try:
        here, there = beside(inside, outside)
    finally:
        jax.config.update("jax_enable_x64", False)
    assert here == "float64"
    assert there == ["int32", "int64"]


def test_disable_jit_and_default_device_belong_to_the_thread():
    runs = []

    def g(x):
        runs.append(type(x))
        return x + 1

    f = jax.jit(g)

    def inside():
        with jax.disable_jit(), jax.default_device(jax.devices()[0]):
            f(jnp.ones(1))
            yield isinstance(runs[-1], type) and runs[-1] is type(jnp.ones(1)), jax.config.jax_default_device
            yield None

    (disabled, device), there = beside(inside, lambda: (jax.config.jax_disable_jit, jax.config.jax_default_device))
    assert there[0] == (True, jax.devices()[0])
    assert (disabled, device) == (False, None)


def test_many_threads_with_settings_of_their_own():
    f = jax.jit(lambda x: jnp.sum(jnp.sin(x) * jnp.arange(4)))
    wrong = []

    def work(i):
        wide = bool(i % 2)
        for _ in range(30):
            with jax.enable_x64(wide):
                x = jnp.linspace(0.0, 1.0, 4)
                for y in (x, f(x), jax.grad(f)(x), jax.vmap(lambda v: v * 2)(x)):
                    if str(y.dtype) != ("float64" if wide else "float32"):
                        wrong.append((i, y.dtype))

    threads = [threading.Thread(target=work, args=(i,)) for i in range(8)]
    before = sys.getswitchinterval()
    sys.setswitchinterval(1e-5)
    try:
        for t in threads:
            t.start()
        for t in threads:
            t.join()
    finally:
        sys.setswitchinterval(before)
    assert not wrong
    assert str(jnp.ones(1).dtype) == "float32"


def test_a_thread_that_ends_inside_of_a_context_leaves_nothing():
    def work():
        def forever():
            with jax.enable_x64(True):
                yield

        left.append(forever())
        next(left[0])

    left = []
    t = threading.Thread(target=work)
    t.start()
    t.join()
    gc.collect()
    assert str(jnp.arange(2).dtype) == "int32"
    seen = []
    t = threading.Thread(target=lambda: seen.append(str(jnp.arange(2).dtype)))
    t.start()
    t.join()
    assert seen == ["int32"]
    left.clear()  # leaving it on another thread harms nobody
    gc.collect()
    assert str(jnp.arange(2).dtype) == "int32"
