"""Events as records of the module logging: what is told, to whom, and that nothing is told otherwise."""

import logging
import os
import re
import subprocess
import sys
import textwrap
import threading
import time
import uuid

import pytest

import jaxgo as jax
import jaxgo.numpy as jnp
from jaxgo import _logging


def run(code, env=None, rc=0):
    """(stdout, stderr) of a program in a process of its own."""
    clean = {k: v for k, v in os.environ.items() if not k.startswith(("JAX_", "JAXGO_"))}
    r = subprocess.run([sys.executable, "-c", textwrap.dedent(code)], capture_output=True, text=True, timeout=120, env={**clean, **(env or {})})
    assert r.returncode == rc, r.stderr[-2000:]
    return r.stdout, r.stderr


def fresh(add=1.0):
    """A function that was never compiled: its text is new, for the cache on disk too."""
    name = "f" + uuid.uuid4().hex
    scope = {}
    exec(f"def {name}(x): return x + {add}", scope)
    return scope[name]


class Records(logging.Handler):
    def __init__(self):
        super().__init__()
        self.list = []

    def emit(self, record):
        self.list.append(record)

    def of(self, event):
        return [r for r in self.list if getattr(r, "event", None) == event]


@pytest.fixture
def listen():
    """listen(level, logger) -> the records that a handler of that logger gets."""
    undo = []

    def start(level, name="jaxgo"):
        logger, handler = logging.getLogger(name), Records()
        undo.append((logger, logger.level, handler))
        logger.setLevel(level)
        logger.addHandler(handler)
        return handler

    yield start
    for logger, level, handler in undo:
        logger.removeHandler(handler)
        logger.setLevel(level)


def test_nothing_is_printed_by_default(tmp_path):
    out, err = run("""
        import sys, jaxgo as jax, jaxgo.numpy as jnp
        print(jax.jit(lambda x: x + 1)(jnp.ones(3)), jnp.linalg.norm(jnp.ones(3)) > 1, jax.random.normal(jax.random.key(0), (2,)).shape)
        print("logging" in sys.modules)
        print("mine", file=sys.stderr)
    """, {"JAX_COMPILATION_CACHE_DIR": str(tmp_path / "cache")})
    assert out == "[2. 2. 2.] True (2,)\nFalse\n"
    assert err == "mine\n"


def test_compiling_is_told(listen):
    records = listen(logging.DEBUG)
    f = fresh()
    assert float(jax.jit(f)(1.0)) == 2
    for event, text in {
        "trace": rf"Finished tracing {f.__name__} for jit in \d+\.\d+ sec",
        "lower": rf"Compiling jit\({f.__name__}\) with global shapes and types \[ShapedArray\(float32\[\], weak_type=True\)\]\. Argument mapping: .*",
        "lowered": rf"Finished jaxpr to MLIR module conversion jit\({f.__name__}\) in \d+\.\d+ sec",
        "compile": rf"Finished XLA compilation of jit\({f.__name__}\) in \d+\.\d+ sec",
    }.items():
        (r,) = (r for r in records.of(event) if f.__name__ in r.program)
        assert re.fullmatch(text, r.getMessage())
        assert r.name == "jaxgo.compile" and r.levelno == logging.DEBUG
        assert abs(r.created - time.time()) < 60
        assert r.pathname.startswith("jaxgo/") and r.pathname.endswith(".go") and r.lineno > 0
        if event != "lower":
            assert 0 < r.seconds < 60
    n = len(records.list)
    jax.jit(f)(1.0)
    assert len(records.list) == n, "a program that is there is not told of"


def test_log_compiles_makes_warnings(listen):
    records = listen(logging.WARNING)
    f, g = fresh(), fresh()
    jax.jit(g)(1.0)
    assert records.list == []
    with jax.log_compiles():
        jax.jit(f)(1.0)
    assert {r.levelno for r in records.list} == {logging.WARNING}
    assert [r.event for r in records.list if r.name == "jaxgo.compile"] == ["trace", "lower", "lowered", "compile"]
    jax.jit(fresh())(1.0)
    assert len(records.of("compile")) == 1


def test_log_compiles_is_seen_without_any_handler():
    _, err = run("""
        import jaxgo as jax
        with jax.log_compiles():
            jax.jit(lambda x: x * 3)(2.0)
    """)
    assert "Finished XLA compilation of jit(<lambda>) in" in err


def test_the_cache_is_told(tmp_path):
    code = """
        import logging, jaxgo as jax
        class H(logging.Handler):
            def emit(self, r):
                if r.name == "jaxgo.cache": print(r.event, r.program, r.bytes > 0, len(r.key), r.levelname, r.getMessage())
        logging.getLogger("jaxgo").addHandler(H())
        logging.getLogger("jaxgo").setLevel("DEBUG")
        @jax.jit
        def f(x): return x + 7
        f(1.0)
    """
    env = {"JAX_COMPILATION_CACHE_DIR": str(tmp_path / "cache")}
    first, second = (run(code, env)[0].splitlines() for _ in range(2))
    key = re.search(r"key '(\w{64})'", first[0])[1]
    assert first == [
        f"compilation_cache_miss jit_f False 64 DEBUG PERSISTENT COMPILATION CACHE MISS for 'jit_f' with key '{key}'",
        f"compilation_cache_write jit_f True 64 DEBUG Writing jit_f to persistent compilation cache with key '{key}'",
    ]
    assert second == [f"compilation_cache_hit jit_f True 64 DEBUG Persistent compilation cache hit for 'jit_f' with key '{key}'"]
    _, err = run("import jaxgo as jax; jax.jit(lambda x: x + 9)(1.)", {**env, "JAX_EXPLAIN_CACHE_MISSES": "1"})
    assert "PERSISTENT COMPILATION CACHE MISS for 'jit_<lambda>'" in err


def test_the_plugin_is_told():
    out, _ = run("""
        import logging, jaxgo.numpy as jnp
        class H(logging.Handler):
            def emit(self, r):
                if r.name == "jaxgo.plugin": print(r.event, r.levelname, r.path.endswith(".so"), getattr(r, "seconds", 1) > 0, getattr(r, "devices", 1))
        logging.basicConfig(level=logging.DEBUG, handlers=[H()])
        jnp.ones(3)
    """)
    assert out == "plugin DEBUG True True 1\nclient INFO True True 1\n"


def test_arrays_are_never_told(listen):
    records = listen(logging.DEBUG)
    secret = 123456.75
    x = jnp.full(5, secret)
    f = fresh(secret)
    jax.jit(f)(x)
    jax.jit(lambda y: y * x)(2.0)
    with pytest.raises((TypeError, ValueError)):
        jax.jit(lambda y: y.reshape(7))(x)
    assert records.of("compile")
    for r in records.list:
        text = r.getMessage() + repr(vars(r))
        assert "123456" not in text and "0x47F1" not in text.upper()


@pytest.mark.parametrize("variable", ["JAXGO_LOGGING_LEVEL", "JAX_LOGGING_LEVEL"])
def test_level_of_the_environment(variable):
    code = "import jaxgo as jax; jax.jit(lambda x: x + 11)(1.)"
    _, err = run(code, {variable: "DEBUG"})
    assert re.search(r"^DEBUG:\d{4}-\d\d-\d\d \d\d:\d\d:\d\d,\d{3}:jaxgo\.compile:\d+: Compiling jit\(<lambda>\)", err, re.M)
    _, err = run(code, {variable: "INFO"})
    assert "Backend 'cpu' initialized" in err and "DEBUG" not in err
    for level in ("NOTSET", "WARNING", "ERROR", "CRITICAL"):
        assert run(code, {variable: level})[1] == ""


def test_level_of_the_environment_is_checked():
    for variable in ("JAXGO_LOGGING_LEVEL", "JAX_LOGGING_LEVEL"):
        for bad in ("LOUD", "", "10", "debug; rm"):
            _, err = run("import jaxgo", {variable: bad}, rc=1)
            assert err.splitlines()[-1].startswith(f"ValueError: environment variable {variable}: ")
    assert "Compiling" in run("import jaxgo as jax; jax.jit(lambda x: x + 11)(1.)", {"JAXGO_LOGGING_LEVEL": "debug"})[1]


def test_level_option(capsys):
    out, err = run("""
        import logging, jaxgo as jax
        jax.config.update("jax_logging_level", "DEBUG")
        jax.jit(lambda x: x + 1)(1.)
        jax.config.update("jax_logging_level", "WARNING")
        jax.jit(lambda x: x + 2)(1.)
        jax.config.update("jax_logging_level", "NOTSET")
        print(logging.getLogger("jaxgo").level, logging.getLogger("jaxgo").handlers)
        try:
            jax.config.update("jax_logging_level", "LOUD")
        except ValueError as e:
            print(e)
    """)
    assert err.count("Finished XLA compilation") == 1
    assert out.startswith("0 []\nnew enum value must be in")


def test_debug_log_modules():
    code = "import jaxgo as jax; jax.jit(lambda x: x + 12)(1.)"
    _, err = run(code, {"JAX_DEBUG_LOG_MODULES": "jax._src.dispatch"})
    assert "Finished XLA" in err and "jaxgo.cache" not in err and "jaxgo.plugin" not in err
    _, err = run(code, {"JAX_DEBUG_LOG_MODULES": "jaxgo.plugin,jaxgo.cache"})
    assert "jaxgo.cache" in err and "jaxgo.plugin" in err and "Finished XLA" not in err
    _, err = run(code, {"JAX_DEBUG_LOG_MODULES": "jax", "JAX_LOGGING_LEVEL": "DEBUG"})
    assert err.count("Finished XLA compilation of jit(<lambda>)") == 1


def test_what_nobody_wants_does_not_cross(listen, monkeypatch):
    crossings = []
    monkeypatch.setitem(jax._fast.hooks, "log", lambda: crossings.append(1) or _logging.deliver())
    jax.jit(fresh())(1.0)
    assert crossings == []
    listen(logging.DEBUG)
    jax.jit(fresh())(1.0)
    assert crossings


def test_logging_disable_is_respected(listen):
    records = listen(logging.DEBUG)
    logging.disable(logging.CRITICAL)
    try:
        jax.jit(fresh())(1.0)
    finally:
        logging.disable(logging.NOTSET)
    assert records.list == []


def test_a_handler_may_use_jaxgo(listen):
    records = listen(logging.DEBUG)
    emit, depth = records.emit, []

    def compute(record):
        emit(record)
        if len(depth) < 2:
            depth.append(1)
            jax.jit(fresh())(jnp.ones(2))

    records.emit = compute
    assert float(jax.jit(fresh())(1.0)) == 2
    assert len(records.of("compile")) >= 3


def test_handlers_that_raise(listen, monkeypatch):
    records = listen(logging.DEBUG)
    seen = []
    monkeypatch.setattr(sys, "unraisablehook", lambda u: seen.append(u.exc_type))

    class Bad(logging.Filter):
        def filter(self, record):
            raise error

    bad = Bad()
    logging.getLogger("jaxgo.compile").addFilter(bad)
    try:
        error = OSError("no")
        assert float(jax.jit(fresh())(1.0)) == 2  # the call goes on
        assert OSError in seen
        error = KeyboardInterrupt()
        with pytest.raises(KeyboardInterrupt):
            jax.jit(fresh())(1.0)
    finally:
        logging.getLogger("jaxgo.compile").removeFilter(bad)
    assert float(jax.jit(fresh())(1.0)) == 2
    assert records.of("compile")


def test_a_failing_call_keeps_its_exception(listen):
    listen(logging.DEBUG)

    def f(x):
        jax.jit(fresh())(1.0)
        raise KeyError("mine")

    with pytest.raises(KeyError, match="mine"):
        jax.jit(f)(1.0)


def test_threads_compile_and_log_without_deadlock(listen):
    records = listen(logging.DEBUG)
    slow = logging.Handler()  # its lock is held while the GIL is given away
    slow.emit = lambda r: time.sleep(0.001)
    logging.getLogger("jaxgo").addHandler(slow)
    functions = [fresh() for _ in range(24)]

    def work(fs):
        for f in fs:
            jax.jit(f)(1.0)

    threads = [threading.Thread(target=work, args=(functions[i::8],)) for i in range(8)]
    try:
        for t in threads:
            t.start()
        for t in threads:
            t.join(60)
            assert not t.is_alive()
    finally:
        logging.getLogger("jaxgo").removeHandler(slow)
    told = {r.program for r in records.of("compile")}
    assert {f"jit({f.__name__})" for f in functions} <= told


def test_what_ends_after_an_interrupt_is_told_later():
    out, _ = run("""
        import logging, os, signal, threading, time, jaxgo as jax, jaxgo.numpy as jnp
        told = []
        class H(logging.Handler):
            def emit(self, r):
                if getattr(r, "event", "") == "compile" and "slow" in r.program: told.append(r.program)
        logging.getLogger("jaxgo").addHandler(H())
        logging.getLogger("jaxgo").setLevel("DEBUG")
        def slow(x):
            for i in range(1500):
                x = jnp.sin(x) + x * x
            return x
        jnp.ones(3).block_until_ready()
        lowered = jax.jit(slow).lower(jnp.ones(8))
        threading.Timer(0.3, lambda: os.kill(os.getpid(), signal.SIGINT)).start()
        try:
            lowered.compile()
        except KeyboardInterrupt:
            print("interrupted", told)
        end = time.monotonic() + 90
        while not told and time.monotonic() < end:  # any call delivers
            time.sleep(0.05)
            jax.typeof(1.0), jnp.ones(3) + 1
        print(told, flush=True)
        os._exit(0)
    """, {"JAX_ENABLE_COMPILATION_CACHE": "false"})
    assert out.splitlines() == ["interrupted []", "['jit(slow)']"]
