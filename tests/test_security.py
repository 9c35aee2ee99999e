"""The controls of docs/threat-model.md: what is refused, and that it is said clearly. Files have theirs in test_buffers.py and test_export.py."""

import ast
import ctypes
import gc
import os
import pathlib
import re
import shutil
import stat
import subprocess
import sys
import textwrap
import threading

import numpy as np
import pytest

import jaxgo as jax
import jaxgo.dlpack
import jaxgo.numpy as jnp
from jaxgo import _fast, _plugins, export
from jaxgo import tree_util as tu

ROOT = pathlib.Path(__file__).parent.parent
PACKAGE = pathlib.Path(jax.__file__).parent
VARIABLE = "PJRT_NAMES_AND_LIBRARY_PATHS"


def run(*args, env=None, cwd=None, rc=0):
    """A program in a process of its own, without the variables of this one that jaxgo reads."""
    clean = {k: v for k, v in os.environ.items() if not k.startswith(("JAX_", "JAXGO_", "PJRT_", "XLA_", "PYTHONPATH"))}
    args = [textwrap.dedent(a) for a in args]
    r = subprocess.run([sys.executable, *args], capture_output=True, text=True, timeout=120, env={**clean, **(env or {})}, cwd=cwd)
    assert r.returncode == rc, r.stderr[-3000:]
    return r


# ---- plugins ----

MARK = """
import os, sys
import jaxgo.numpy as jnp
try:
    print(float(jnp.ones(3).sum()))
except RuntimeError as e:
    print("RuntimeError", e)
print("touched" if os.path.exists(os.environ["MARK"]) else "untouched")
"""


@pytest.fixture(scope="module")
def decoy(tmp_path_factory):
    """A shared library that leaves a mark when it is loaded, and is no plugin."""
    cc = next(filter(None, map(shutil.which, (os.environ.get("CC") or "cc", "cc", "gcc", "clang"))), None)
    if not cc and not (ROOT / "setup.py").exists():
        pytest.skip("no C compiler: a wheel is tried without one")
    assert cc, "a C compiler is needed, as for building jaxgo"
    d = tmp_path_factory.mktemp("decoy")
    (d / "d.c").write_text("""
        #include <stdio.h>
        #include <stdlib.h>
        __attribute__((constructor)) static void loaded(void) { FILE *f = fopen(getenv("MARK"), "w"); if (f) fclose(f); }
    """)
    subprocess.run([cc, "-shared", "-fPIC", "-o", d / "d.so", d / "d.c"], check=True)
    return d / "d.so"


PLACE = "xla_plugins/xla_cpu_pjrt/xla_cpu_pjrt.so"


@pytest.fixture
def trap(decoy, tmp_path):
    """A directory with decoys under the names that a plugin has, and what a program in it says."""
    for name in (PLACE, "xla_cpu_pjrt.so", "pjrt_c_api_cpu_plugin.so", "libtpu.so", "cpu"):
        (tmp_path / name).parent.mkdir(parents=True, exist_ok=True)
        shutil.copy(decoy, tmp_path / name)
    (tmp_path / "prog.py").write_text(MARK)
    return tmp_path


def said(trap, *args, **env):
    return run(*args, cwd=trap, env={"MARK": str(trap / "mark"), **{k: str(v) for k, v in env.items()}}).stdout


def test_the_decoy_is_loaded_when_it_is_asked_for(trap):
    out = said(trap, "-c", MARK, **{VARIABLE: f"cpu:{trap / 'cpu'}"})
    assert "RuntimeError Unable to initialize backend" in out and "no GetPjrtApi" in out and "plugin" in out
    assert out.endswith("untouched\n") is False, "the control of the tests below"


@pytest.mark.parametrize("args", [("-c", MARK), ("prog.py",), ("-m", "prog"), ("-I", "prog.py")], ids=["-c", "script", "-m", "-I"])
def test_plugins_are_not_looked_for_where_the_program_is(trap, args):
    assert said(trap, *args) == "3.0\nuntouched\n"


def test_plugins_are_not_looked_for_on_the_loaders_path(trap):
    assert said(trap, "-c", MARK, LD_LIBRARY_PATH=trap) == "3.0\nuntouched\n"
    assert said(trap, "-c", MARK, LD_LIBRARY_PATH=".:") == "3.0\nuntouched\n"
    assert said(trap, "-c", "import sys; sys.path[:0] = ['', '.', 'xla_plugins', %r]\n" % str(trap) + MARK) == "3.0\nuntouched\n"


def test_a_relative_path_is_refused(trap):
    for path in ("xla_cpu_pjrt.so", "./xla_cpu_pjrt.so", "../" + trap.name + "/cpu"):
        out = said(trap, "-c", MARK, **{VARIABLE: f"cpu:{path}"})
        assert "RuntimeError Unable to initialize backend 'cpu'" in out and "is a relative path" in out and VARIABLE in out
        assert out.endswith("untouched\n")


def test_what_the_variable_does_not_say_is_told(trap):
    r = run("-c", MARK, cwd=trap, env={"MARK": str(trap / "mark"), VARIABLE: "cpu;/x.so,,:/y.so,cpu:"})
    assert r.stdout == "3.0\nuntouched\n"
    for item in ("cpu;/x.so", ":/y.so", "cpu:"):
        assert f"invalid value {item} in env var {VARIABLE}" in r.stderr


def test_plugins_of_installed_packages_are_found(trap):
    site = next(p for p in sys.path if p.endswith("site-packages"))
    assert _plugins.installed("cpu") == os.path.join(site, PLACE)
    assert _plugins.installed("no such platform") is None
    # PYTHONPATH is a word of the user: it is searched, as `pip install --target` asks for, but not where it is relative.
    assert said(trap, "-c", "import jaxgo._plugins as p, os; print(p.installed('cpu'))\nopen(os.environ['MARK'], 'w')", PYTHONPATH=trap).startswith(str(trap / PLACE))
    assert said(trap, "-c", "import os, jaxgo._plugins as p; os.chdir('/'); print(p.installed('cpu'))", PYTHONPATH=":").startswith(site)


def elf(change):
    """The head of this interpreter's own libc, changed."""
    libm = next(p for p in pathlib.Path("/proc/self/maps").read_text().split() if "/libc" in p and ".so" in p)
    b = bytearray(pathlib.Path(libm).read_bytes())
    change(b)
    return bytes(b)


def at(i, *values):
    def change(b):
        b[i : i + len(values)] = bytes(values)

    return change


BROKEN = {
    "not there": (None, "no such file"),
    "text": (b"#!/bin/sh\necho\n", "no ELF header"),
    "empty": (b"", "no ELF header"),
    "another machine": (elf(at(18, 0xF3 if os.uname().machine != "riscv64" else 0x3E, 0)), "built for .*, this machine is"),
    "32 bits": (elf(at(4, 1)), "not a 64-bit library"),
    "a program": (elf(at(16, 2, 0)), "not a shared library"),
    "cut off": (elf(lambda b: b.__delitem__(slice(5000, None))), "truncated at 5000 bytes"),
    "no symbols of a plugin": (elf(lambda b: None), "no GetPjrtApi|cannot load any more object|symbol"),
}


@pytest.mark.parametrize("what", BROKEN)
def test_a_file_that_is_no_plugin(trap, what):
    content, words = BROKEN[what]
    path = trap / "plugin.so"
    if content is not None:
        path.write_bytes(content)
    out = said(trap, "-c", MARK, **{VARIABLE: f"cpu:{path}"})
    assert re.search(f"RuntimeError Unable to initialize backend: .*({words})", out, re.S), out


def test_files_that_are_none(trap):
    os.mkfifo(trap / "pipe")
    for path in (trap, trap / "pipe", "/dev/zero"):
        assert "not a regular file" in said(trap, "-c", MARK, **{VARIABLE: f"cpu:{path}"})


@pytest.mark.skipif(os.geteuid() == 0, reason="root reads everything")
def test_an_unreadable_file(trap):
    (trap / "cpu").chmod(0)
    assert "not readable by this user" in said(trap, "-c", MARK, **{VARIABLE: f"cpu:{trap / 'cpu'}"})


def test_what_anybody_can_write_is_no_plugin(trap):
    path = trap / "cpu"
    path.chmod(0o777)
    (trap / "link").symlink_to(path)
    for p in (path, trap / "link"):
        out = said(trap, "-c", MARK, **{VARIABLE: f"cpu:{p}"})
        assert "anybody can write to this file; chmod o-w" in out and out.endswith("untouched\n")
    path.chmod(0o755)
    trap.chmod(0o777)
    try:
        out = said(trap, "-c", MARK, **{VARIABLE: f"cpu:{path}"})
    finally:
        trap.chmod(0o755)
    assert "anybody can put files into its directory" in out and out.endswith("untouched\n")


def test_refusals_of_plugins_are_logged(trap):
    code = """
        import logging
        logging.basicConfig(level=logging.INFO, format="%(name)s %(event)s %(path)s %(reason)s", force=True)
        logging.getLogger("jaxgo.security").setLevel("INFO")
        import jaxgo.numpy as jnp
        try:
            jnp.ones(3)
        except RuntimeError:
            pass
    """
    for path, reason in ((trap / "no.so", "no such file"), ("cpu", "relative path")):
        assert re.search(rf"jaxgo\.security plugin_refused {path} .*{reason}", run("-c", code, cwd=trap, env={VARIABLE: f"cpu:{path}"}).stderr)


# ---- the cache of compiled programs ----

COMPILE = """
import jaxgo as jax, jaxgo.numpy as jnp
print(float(jax.jit(lambda x: jnp.sum(x * 3))(jnp.ones(5))), *jax._fast.call("compile_counts"))
"""


def compiles(directory, **env):
    """(value, compiled, loaded), and what went to stderr."""
    r = run("-c", COMPILE, env={"JAX_COMPILATION_CACHE_DIR": str(directory), **env})
    value, compiled, loaded = r.stdout.split()
    assert value == "15.0"
    return int(compiled), int(loaded), r.stderr


def test_the_cache_belongs_to_the_user_alone(tmp_path):
    d = tmp_path / "deep" / "cache"
    compiled, loaded, err = compiles(d)
    assert compiled and not loaded and not err
    assert stat.S_IMODE(d.stat().st_mode) == stat.S_IMODE(d.parent.stat().st_mode) == 0o700
    assert {stat.S_IMODE(f.stat().st_mode) for f in d.iterdir()} == {0o600}
    compiled, loaded, err = compiles(d)
    assert loaded and not compiled and not err


@pytest.mark.parametrize("mode", [0o755, 0o770, 0o711, 0o702])
def test_a_directory_that_others_can_enter_is_refused(tmp_path, mode):
    d = tmp_path / "cache"
    compiles(d)
    n = len(list(d.iterdir()))
    d.chmod(mode)
    compiled, loaded, err = compiles(d)
    assert compiled and not loaded, "the program goes on, without the cache"
    assert len(list(d.iterdir())) == n
    assert err.count("\n") == 1 and "the compilation cache is not used" in err and "chmod 700" in err and str(d) in err


def test_what_is_no_directory_of_the_user_is_refused(tmp_path):
    (tmp_path / "real").mkdir(mode=0o700)
    (tmp_path / "link").symlink_to("real")
    (tmp_path / "file").write_text("")
    os.mkfifo(tmp_path / "pipe")
    for path, words in {
        tmp_path / "link": "is a symbolic link",
        tmp_path / "file": "is not a directory",
        tmp_path / "file" / "below": "not a directory",
        tmp_path / "pipe": "is not a directory",
        "/proc/jaxgo": "no such file",
        "gs://bucket/cache": "is no local directory",
    }.items():
        compiled, loaded, err = compiles(path)
        assert compiled and not loaded and words in err, (path, err)
    assert not list((tmp_path / "real").iterdir())


@pytest.mark.skipif(os.geteuid() != 0, reason="only root can give a directory away; the Go tests look at one of root's")
def test_a_directory_of_another_user_is_refused(tmp_path):
    d = tmp_path / "cache"
    d.mkdir(mode=0o700)
    os.chown(d, 65534, 65534)
    compiled, loaded, err = compiles(d)
    assert compiled and not loaded and "belongs to another user" in err


def test_the_cache_follows_no_link_in_its_default_place(tmp_path):
    (tmp_path / "jaxgo").mkdir(mode=0o755)  # the parent may be seen by others
    (tmp_path / "elsewhere").mkdir(mode=0o700)
    (tmp_path / "jaxgo" / "xla").symlink_to(tmp_path / "elsewhere")
    r = run("-c", COMPILE, env={"XDG_CACHE_HOME": str(tmp_path)})
    assert "symbolic link" in r.stderr and not list((tmp_path / "elsewhere").iterdir())
    r = run("-c", COMPILE, env={"XDG_CACHE_HOME": "relative", "HOME": str(tmp_path)}, cwd=tmp_path)
    assert not (tmp_path / "relative").exists()


def test_entries_that_changed_are_compiled_anew(tmp_path):
    d = tmp_path / "cache"
    compiles(d)
    for change in (lambda b: b[:-1], lambda b: b[: len(b) // 2], lambda b: b"", lambda b: b[:-9] + bytes([b[-9] ^ 4]) + b[-8:], lambda b: b + b"\0"):
        for f in d.iterdir():
            f.write_bytes(change(f.read_bytes()))
        compiled, loaded, err = compiles(d)
        assert compiled and not loaded
        assert "a compiled program on disk is thrown away" in err
        assert compiles(d)[1]


def test_entries_do_not_change_places(tmp_path):
    """Each names its key: a program that was put in another's place is not run."""
    d = tmp_path / "cache"
    code = "import jaxgo as jax; f = jax.jit(lambda x: x OP 2.5); print(float(f(4.)), *jax._fast.call('compile_counts'))"
    env = {"JAX_COMPILATION_CACHE_DIR": str(d)}
    names = []
    for op in "*-":
        before = set(d.iterdir()) if d.exists() else set()
        run("-c", code.replace("OP", op), env=env)
        (new,) = set(d.iterdir()) - before
        names.append(new)
    a, b = (f.read_bytes() for f in names)
    names[0].write_bytes(b)
    names[1].write_bytes(a)
    for op, value in (("*", "10.0"), ("-", "1.5")):
        assert run("-c", code.replace("OP", op), env=env).stdout.split()[:2] == [value, "1"]


def test_entries_belong_to_their_plugin_flags_and_version(tmp_path):
    d = tmp_path / "cache"
    assert compiles(d)[0]
    assert compiles(d)[1]
    compiled, loaded, _ = compiles(d, XLA_FLAGS="--xla_cpu_enable_fast_math=false")
    assert compiled and not loaded
    plugin = _plugins.installed("cpu")
    copy = tmp_path / "plugin.so"
    os.link(plugin, copy) if os.stat(plugin).st_dev == os.stat(tmp_path).st_dev else shutil.copy(plugin, copy)
    compiled, loaded, _ = compiles(d, **{VARIABLE: f"cpu:{copy}"})
    assert compiled and not loaded


def test_a_valid_entry_that_xla_does_not_load_is_compiled_anew(tmp_path):
    import hashlib

    d = tmp_path / "cache"
    compiles(d)
    for f in d.iterdir():
        head, data = f.read_bytes()[:10], b"no program" * 100
        f.write_bytes(head + hashlib.sha256(bytes.fromhex(f.name) + data).digest() + data)
    compiled, loaded, err = compiles(d)
    assert compiled and not loaded and "XLA does not load it" in err


def test_pipes_devices_and_huge_files_in_the_cache(tmp_path):
    d = tmp_path / "cache"
    compiles(d)
    names = [f.name for f in d.iterdir()]

    def huge(p):  # sparse: it takes no room
        p.write_bytes(b"JAXGOXLA2\n")
        os.truncate(p, 1 << 40)

    for plant in (os.mkfifo, os.mkdir, lambda p: os.symlink("/dev/zero", p), huge):
        for n in names:
            p = d / n
            shutil.rmtree(p) if p.is_dir() and not p.is_symlink() else p.unlink()
            plant(p)
        compiled, loaded, _ = compiles(d)  # neither waits nor reads it
        assert compiled and not loaded
        assert compiles(d)[1]


def test_the_cache_is_off_when_it_is_said(tmp_path):
    d = tmp_path / "cache"
    assert compiles(d, JAX_ENABLE_COMPILATION_CACHE="false")[0] and not d.exists()


def test_the_cache_is_bounded_and_leaves_other_files_alone(tmp_path):
    d = tmp_path / "cache"
    d.mkdir(mode=0o700)
    (d / "mine.txt").write_bytes(bytes(100_000))
    os.utime(d / "mine.txt", (0, 0))
    run("-c", "import jaxgo as jax\nfor i in range(12): jax.jit(lambda x: x * i + i)(1.)", env={"JAX_COMPILATION_CACHE_DIR": str(d), "JAX_COMPILATION_CACHE_MAX_SIZE": "20000"})
    entries = [f for f in d.iterdir() if f.name != "mine.txt"]
    assert (d / "mine.txt").exists() and entries and sum(f.stat().st_size for f in entries) <= 20000


# ---- data is not code ----


def test_nothing_of_the_package_runs_data():
    """No pickle, marshal, eval or exec, nor a shell, in what reads input."""
    allowed = {("_debugger.py", "eval")}  # the debugger's prompt
    found = set()
    for path in PACKAGE.rglob("*.py"):
        for node in ast.walk(ast.parse(path.read_text())):
            names = []
            if isinstance(node, ast.Import):
                names = [a.name for a in node.names]
            elif isinstance(node, ast.ImportFrom):
                names = [node.module or ""]
            elif isinstance(node, ast.Call) and isinstance(node.func, ast.Name) and node.func.id in ("eval", "exec", "compile", "__import__"):
                names = [node.func.id]
            elif isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute) and node.func.attr in ("system", "popen", "loads") and getattr(node.func.value, "id", "") != "json":
                names = [node.func.attr]
            found |= {(path.name, n) for n in names if n.split(".")[0] in ("pickle", "marshal", "shelve", "dill", "eval", "exec", "compile", "__import__", "system", "popen", "loads", "subprocess")}
    assert found <= allowed, found - allowed


def test_npy_headers_are_not_evaluated(tmp_path):
    """A header is text by a small grammar; what is too deep, too long or a call is refused."""
    mark = tmp_path / "mark"
    for descr in (f"__import__('os').mkdir('{mark}')", "[" * 4000 + "]" * 4000, "(" * 4900, "'<f4' + ''", "-" * 4000 + "1", "{1}", "'\\x3cf4'", "f'{1}'", "lambda: 1"):
        text = f"{{'descr': {descr}, 'fortran_order': False, 'shape': (1,), }}".encode()
        path = tmp_path / "x.npy"
        path.write_bytes(b"\x93NUMPY\x01\x00" + len(text + b"\n").to_bytes(2, "little") + text + b"\n" + bytes(8))
        with pytest.raises(ValueError):
            jnp.load(path)
    assert not mark.exists()


def test_an_export_calls_nothing_outside_itself():
    f = jax.jit(lambda x: jax.pure_callback(lambda v: np.asarray(v), jax.ShapeDtypeStruct((), jnp.float32), x))
    with pytest.raises((ValueError, NotImplementedError, TypeError, RuntimeError)):
        export.export(f)(1.0)


# ---- hostile objects ----
#
# Each raises what is said, or gives a value; none ends the process, hangs or reads memory that is not its own.


class Raises:
    """Whatever is asked of it, it raises."""

    def __getattribute__(self, name):
        raise OSError(name)


class RaisesBut:
    """getattr raises for one name."""

    def __init__(self, name):
        object.__setattr__(self, "_name", name)

    def __getattr__(self, name):
        if name == self._name:
            raise OSError(name)
        raise AttributeError(name)


def with_attr(**attrs):
    return type("Object", (), {k: (lambda self, v=v: v()) if callable(v) and not isinstance(v, (type, property)) else v for k, v in attrs.items()})()


def fail(*_, **__):
    raise OSError("mine")


class LongList(list):
    def __len__(self):
        return 1 << 40


class OddTuple(tuple):
    def __iter__(self):
        fail()


class EqRaises:
    def __eq__(self, other):
        fail()

    def __hash__(self):
        return 7


class HashRaises:
    __hash__ = fail


class LtRaises:
    __lt__ = fail


class OddMeta(type):
    __repr__ = fail
    __instancecheck__ = fail


class OfOddMeta(metaclass=OddMeta):
    pass


class Itself:
    def __jax_array__(self):
        return self


class Another:
    def __jax_array__(self):
        return Another()


class Odd(np.ndarray):
    shape = property(lambda self: (1 << 40,))
    ctypes = __array_interface__ = property(fail)


def interface(**change):
    return with_attr(__array_interface__=property(lambda self: {"shape": (4,), "typestr": "<f4", "version": 3, "data": (1, False), **change}))


def dlpack(capsule, device=(1, 0)):
    return with_attr(__dlpack_device__=lambda: device, __dlpack__=property(lambda self: capsule if callable(capsule) else lambda **kw: capsule))


def capsule(name, pointer=1):
    new = ctypes.pythonapi.PyCapsule_New
    new.restype, new.argtypes = ctypes.py_object, [ctypes.c_void_p, ctypes.c_char_p, ctypes.c_void_p]
    return new(pointer, name, None)


def nested(n, kind=list):
    x = 1.0
    for _ in range(n):
        x = [x] if kind is list else {"k": x}
    return x


def own(kind=list):
    x = kind()
    x.append(x) if kind is list else x.update(x=x)
    return x


def node(flatten, unflatten=lambda a, c: 0):
    cls = type("Node", (), {})
    tu.register_pytree_node(cls, flatten, unflatten)
    return cls()


def endless():
    cls = type("Endless", (), {})
    tu.register_pytree_node(cls, lambda n: ((cls(),), None), lambda a, c: 0)
    return cls()


def renamed(name):
    def f(x):
        return x + 1

    f.__name__ = name
    return f


def twice(f, args):
    f(*args())
    return f(*args())


identity = jax.jit(lambda *a, **k: a)
static = jax.jit(lambda x, s: x, static_argnums=1)
ones = jnp.ones(3)
HUGE = 1 << 62

HOSTILE = [
    # lengths and items
    ("a list with a long __len__", lambda: jnp.asarray(LongList([1.0, 2.0])), None, ""),
    ("its sum with an array", lambda: ones + LongList([1.0, 2.0]), TypeError, "unsupported operand"),
    ("a negative __len__", lambda: jnp.asarray(with_attr(__len__=lambda: -1, __getitem__=fail)), TypeError, "not a valid JAX"),
    ("a __len__ that raises", lambda: jnp.asarray(with_attr(__len__=fail, __getitem__=fail)), TypeError, "not a valid JAX"),
    ("an __iter__ that raises, as shape", lambda: jnp.zeros(OddTuple((2, 3))), OSError, "mine"),
    ("the same as argument of jit", lambda: identity(OddTuple((1.0, 2.0))), TypeError, "abstract array"),
    # interfaces of arrays
    ("an address of 0", lambda: jnp.asarray(interface(data=(0, False), shape=(1000,))), TypeError, "Unexpected input type"),
    ("negative sizes", lambda: jnp.asarray(interface(shape=(-4,))), TypeError, "Unexpected input type"),
    ("more memory than there is", lambda: jnp.asarray(interface(shape=(HUGE, HUGE))), TypeError, "Unexpected input type"),
    ("an unknown type", lambda: jnp.asarray(interface(typestr="<q9")), TypeError, "Unexpected input type"),
    ("a text as shape", lambda: jnp.asarray(interface(shape="abc")), TypeError, "Unexpected input type"),
    ("an interface that raises", lambda: jnp.asarray(with_attr(__array_interface__=property(fail))), TypeError, "Unexpected input type"),
    ("an __array__ that raises", lambda: jnp.asarray(with_attr(__array__=fail)), TypeError, "Unexpected input type"),
    ("an __array__ that gives a text", lambda: jnp.asarray(with_attr(__array__=lambda: "text")), TypeError, "Unexpected input type"),
    ("a __jax_array__ that gives itself", lambda: jnp.sin(Itself()), TypeError, "requires ndarray"),
    ("the same in an operator", lambda: ones + Itself(), TypeError, "requires ndarray"),
    ("a __jax_array__ without end", lambda: jnp.sin(Another()), RecursionError, "does not end"),
    ("a __jax_array__ that raises", lambda: jnp.sin(with_attr(__jax_array__=fail)), OSError, "mine"),
    ("a __jax_array__ that gives a text", lambda: jnp.sin(with_attr(__jax_array__=lambda: "text")), TypeError, "requires ndarray"),
    ("a subclass of ndarray that lies", lambda: jnp.asarray(np.ones(3, np.float32).view(Odd)), None, ""),
    ("its sum with an array", lambda: ones + np.ones(3, np.float32).view(Odd), None, ""),
    ("objects in an ndarray", lambda: jnp.asarray(np.array([object()])), TypeError, "not a valid JAX"),
    ("a dtype that raises", lambda: identity(with_attr(dtype=property(fail), shape=(3,))), OSError, "mine"),
    ("a dtype that is none", lambda: jnp.sin(with_attr(dtype=5, shape="x")), TypeError, "requires ndarray"),
    ("a __class__ that lies", lambda: jnp.sin(with_attr(__class__=property(lambda self: type(ones)))), TypeError, "requires ndarray"),
    # DLPack
    ("__dlpack__ gives None", lambda: jax.dlpack.from_dlpack(dlpack(None)), TypeError, "not a capsule"),
    ("__dlpack__ gives another capsule", lambda: jax.dlpack.from_dlpack(dlpack(capsule(b"other"))), ValueError, "must be a capsule with name"),
    ("__dlpack__ gives a used capsule", lambda: jax.dlpack.from_dlpack(dlpack(capsule(b"used_dltensor"))), ValueError, "must be a capsule with name"),
    ("__dlpack__ raises", lambda: jax.dlpack.from_dlpack(dlpack(fail)), OSError, "mine"),
    ("__dlpack_device__ gives a text", lambda: jax.dlpack.from_dlpack(dlpack(None, "cpu")), ValueError, "unpack"),
    ("__dlpack_device__ gives huge numbers", lambda: jax.dlpack.from_dlpack(dlpack(None, (1 << 70, -5))), TypeError, "unsupported device"),
    # attributes, comparisons and hashes that raise
    ("attributes that raise", lambda: jnp.sin(Raises()), OSError, ""),
    ("the same in an operator", lambda: ones + Raises(), OSError, ""),
    ("the same as argument of jit", lambda: identity(Raises()), (OSError, TypeError), ""),
    ("the same as axis", lambda: jnp.sum(ones, axis=Raises()), (OSError, TypeError), ""),
    ("__eq__ of a static argument", lambda: twice(static, lambda: (1.0, EqRaises())), ValueError, "static arguments should be comparable"),
    ("__hash__ of a static argument", lambda: static(1.0, HashRaises()), (OSError, ValueError), "mine|hash"),
    ("__hash__ of an axis", lambda: jnp.sum(ones, axis=HashRaises()), TypeError, "must be an integer"),
    ("__hash__ of a dtype", lambda: jnp.zeros(3, HashRaises()), (OSError, TypeError), ""),
    ("__eq__ of a dtype", lambda: jnp.zeros(3, EqRaises()), TypeError, "Cannot interpret"),
    ("__lt__ of keys", lambda: tu.tree_leaves({LtRaises(): 1.0, LtRaises(): 2.0}), ValueError, "sorting pytree"),
    ("__repr__ of a type", lambda: jnp.sin(OfOddMeta()), TypeError, "requires ndarray"),
    ("the same as argument of jit", lambda: identity(OfOddMeta()), (OSError, TypeError), ""),
    ("the same as dtype", lambda: jnp.zeros(3, OfOddMeta), (OSError, TypeError), ""),
    ("__index__ that raises", lambda: ones[with_attr(__index__=fail)], (IndexError, OSError), ""),
    ("__index__ that is huge", lambda: ones[with_attr(__index__=lambda: 1 << 100)], (IndexError, OverflowError), ""),
    ("the same in a slice", lambda: ones[with_attr(__index__=lambda: HUGE) :: with_attr(__index__=lambda: HUGE)], (TypeError, IndexError, OverflowError), ""),
    ("__int__ of an int", lambda: ones + type("I", (int,), {"__int__": fail})(3), OSError, "mine"),
    ("__float__ of a float", lambda: ones + type("F", (float,), {"__float__": fail})(3), OSError, "mine"),
    ("__bool__ of keepdims", lambda: jnp.sum(ones, keepdims=with_attr(__bool__=fail)), (TypeError, OSError), ""),
    # pytrees
    ("flatten gives no children", lambda: tu.tree_leaves(node(lambda n: (5, None))), ValueError, "to_iterable"),
    ("flatten gives no pair", lambda: tu.tree_leaves(node(lambda n: 5)), (ValueError, TypeError), ""),
    ("flatten raises", lambda: identity(node(fail)), OSError, "mine"),
    ("flatten without end", lambda: tu.tree_leaves(endless()), RecursionError, ""),
    ("unflatten raises", lambda: identity(node(lambda n: ((1.0,), None), fail)), OSError, "mine"),
    ("node data that do not compare", lambda: twice(lambda n: identity(n) and 0, lambda: (node(lambda n: ((1.0,), EqRaises())),)), None, ""),
    ("a deep tree", lambda: identity(nested(100_000)), RecursionError, "flatten"),
    ("a deep tree of dicts", lambda: identity(nested(100_000, dict)), RecursionError, "flatten"),
    ("a list in itself", lambda: identity(own()), RecursionError, "flatten"),
    ("a dict in itself", lambda: tu.tree_map(lambda x: x, own(dict)), RecursionError, "flatten"),
    ("a list in itself, as array", lambda: jnp.asarray(own()), ValueError, "dimension"),
    ("a deep list, as array", lambda: jnp.asarray(nested(100_000)), ValueError, "dimension"),
    ("a deep list, as shape", lambda: jnp.zeros(nested(1000)), (ValueError, TypeError, RecursionError), ""),
    # sizes
    ("a negative size", lambda: jnp.zeros((-1,)), (TypeError, ValueError), "nonnegative|non-negative"),
    ("too many elements", lambda: jnp.zeros((HUGE, HUGE)), ValueError, "too many elements"),
    ("too many elements beside an empty axis", lambda: jnp.zeros((0, HUGE, HUGE)), ValueError, "too many elements"),
    ("too many bytes", lambda: jnp.linspace(0, 1, HUGE), ValueError, "too many elements"),
    ("too many bytes, tiled", lambda: jnp.tile(jnp.ones(4), HUGE), ValueError, "too many elements"),
    ("too many bytes, joined", lambda: jax.eval_shape(lambda x: jnp.concatenate([jnp.broadcast_to(x, (HUGE,))] * 4), jnp.int8(1)), ValueError, "too many elements"),
    ("too many bytes, repeated", lambda: jnp.repeat(jnp.ones(4), HUGE), ValueError, "too many elements"),
    ("too many bytes, padded", lambda: jnp.pad(jnp.ones(4), HUGE), ValueError, ""),
    ("more than there is", lambda: jnp.zeros((1 << 50,)), (RuntimeError, MemoryError), "no memory|[Oo]ut of memory"),
    ("more than there is, in a program", lambda: jnp.sort(jnp.broadcast_to(jnp.float32(1), (1 << 44,))).block_until_ready(), (RuntimeError, MemoryError), "[Oo]ut of memory"),
    ("too many axes", lambda: np.asarray(jnp.zeros((1,) * 10_000) + 1), ValueError, "dimension"),
    ("a size that is no int64", lambda: jnp.zeros((1 << 80,)), OverflowError, "too large"),
    ("a size that is no integer", lambda: jnp.zeros((2.5,)), TypeError, "integer"),
    ("an axis that is no int64", lambda: jnp.sum(ones, axis=1 << 70), (OverflowError, ValueError), ""),
    ("a length that is no int64", lambda: jax.lax.scan(lambda c, x: (c, x), 0.0, None, length=1 << 70), OverflowError, ""),
    ("a seed that is no int64", lambda: jax.random.key(1 << 200), OverflowError, ""),
    # texts
    ("a surrogate", lambda: jnp.zeros(3, "\ud800"), (UnicodeError, TypeError), ""),
    ("a NUL", lambda: jnp.einsum("ij\0->i", jnp.ones((2, 2))), ValueError, "subscript"),
    ("a long text", lambda: jnp.einsum("i" * 1_000_000, ones), ValueError, ""),
    ("nonsense", lambda: jnp.einsum("->->,,,", ones), ValueError, ""),
    ("a name that is MLIR", lambda: jax.jit(renamed('x" } module @y { "'))(1.0), None, ""),
    ("a name of lines and NULs", lambda: jax.jit(renamed("a\n\0\t\x7f"))(1.0), (ValueError, TypeError, None), ""),
    ("a name that is no UTF-8", lambda: jax.jit(renamed("\ud800"))(1.0), (UnicodeError, TypeError), ""),
    # functions
    ("a result that is none", lambda: jax.jit(lambda x: object())(1.0), TypeError, "not a valid JAX type"),
    ("jit without end", lambda: (f := lambda x: jax.jit(f)(x))(1.0), RecursionError, ""),
    ("grad without end", lambda: (f := lambda x: jax.grad(f)(x))(1.0), RecursionError, ""),
    ("scan without end", lambda: (f := lambda c, x: jax.lax.scan(f, c, ones))(1.0, 1.0), RecursionError, ""),
    ("SystemExit", lambda: jax.jit(lambda x: sys.exit(3))(1.0), SystemExit, "3"),
    ("a callback that raises", lambda: jax.block_until_ready(jax.pure_callback(fail, jax.ShapeDtypeStruct((3,), jnp.float32), 1.0)), RuntimeError, "mine"),
    ("a callback that gives less than it said", lambda: jax.block_until_ready(jax.pure_callback(lambda x: np.ones(1, np.float32), jax.ShapeDtypeStruct((1000,), jnp.float32), 1.0)), (RuntimeError, TypeError, ValueError), ""),
    ("a callback that gives another dtype", lambda: jax.block_until_ready(jax.pure_callback(lambda x: np.ones(3, np.complex128), jax.ShapeDtypeStruct((3,), jnp.float32), 1.0)), (RuntimeError, TypeError, ValueError), ""),
]


@pytest.mark.parametrize("use, error, words", [h[1:] for h in HOSTILE], ids=[f"{i}-{h[0]}" for i, h in enumerate(HOSTILE)])
def test_hostile_objects(use, error, words):
    errors = error if isinstance(error, tuple) else (error,)
    try:
        use()
    except tuple(e for e in errors if e is not None) as e:
        assert re.search(words, str(e)), e
        assert not isinstance(e, SystemError) and "internal error" not in str(e)
    else:
        assert None in errors, "it was accepted"
    assert float(jnp.ones(3).sum()) == 3  # and the library goes on


def test_lists_that_change_while_they_are_read():
    items = []

    class Clears:
        def __jax_array__(self):
            items.clear()
            gc.collect()
            return jnp.float32(1)

    items += [Clears() for _ in range(100)]
    with pytest.raises(RuntimeError, match="changed its size"):
        jnp.stack(items)

    class Replaces:
        def __jax_array__(self):
            items[0] = 1.0  # the last reference to an array that was read already
            gc.collect()
            [jnp.full(100_000, 7.0) + 1 for _ in range(10)]
            return jnp.zeros(100_000)

    items[:] = [jnp.full(100_000, 5.0), Replaces()]
    out = np.asarray(jnp.concatenate(items))
    assert (out[:100_000] == 5).all() and (out[100_000:] == 0).all()


def test_arguments_that_die_during_a_call():
    x = jnp.ones(100_000)

    class Deletes:
        def __jax_array__(self):
            x.delete()
            gc.collect()
            return jnp.ones(100_000)

    with pytest.raises(RuntimeError, match="deleted"):
        jnp.add(x, Deletes())

    y = jnp.ones(3)

    def f(z):
        y.delete()
        return y + z

    with pytest.raises(RuntimeError, match="deleted"):
        jax.jit(f)(1.0)

    held = {"a": np.ones(1000, np.float32)}

    def callback(v):
        held.clear()
        gc.collect()
        return np.asarray(v) * 2

    assert float(jax.pure_callback(callback, jax.ShapeDtypeStruct((1000,), jnp.float32), held["a"]).sum()) == 2000


def test_arguments_outlive_the_calls_of_other_threads():
    """What is made of NumPy arrays for a call lives until its end, whatever calls of other threads begin and end meanwhile."""
    out = run("-c", """
        import sys, threading
        import numpy as np, jaxgo as jax, jaxgo.numpy as jnp
        sys.setswitchinterval(1e-6)
        stop = False
        def spin():
            i = 0
            while not stop:
                i += 1
                jax.make_jaxpr(lambda x: jnp.sin(x) + np.ones(3, np.float32) * i)(1.0)
                jnp.concatenate([np.full(3, i, np.float32)] * 20)
        threads = [threading.Thread(target=spin) for _ in range(3)]
        for t in threads: t.start()
        try:
            for n in range(50_000, 50_050):  # each is compiled, with the GIL released
                got = np.asarray(jnp.concatenate([np.full(n, j, np.float32) for j in range(8)]))
                assert np.array_equal(got, np.repeat(np.arange(8, dtype=np.float32), n))
        finally:
            stop = True
        for t in threads: t.join()
        print("same")
    """, env={"JAX_ENABLE_COMPILATION_CACHE": "false"}).stdout
    assert out == "same\n"


def test_memory_that_is_shared_stays_where_it_is():
    a = np.ones(4, np.float32)
    x = jnp.asarray(a)
    a.resize(1 << 20, refcheck=False)
    assert float(x.sum()) == 4
    b = bytearray(np.ones(4, np.float32).tobytes())
    y = jnp.asarray(np.frombuffer(b, np.float32))
    try:
        b.extend(bytes(1 << 20))
    except BufferError:
        pass
    assert float(y.sum()) == 4


def test_the_boundary_takes_any_arguments():
    """The functions of the extension are not for users; even so, none ends the process."""
    out = run("-c", """
        import faulthandler; faulthandler.enable()
        import jaxgo as jax, jaxgo.numpy as jnp, re, pathlib
        from jaxgo import _fast
        names = set()
        for p in pathlib.Path(jax.__file__).parent.rglob("*.py"):
            names |= set(re.findall(r'call\\(\\s*"([\\w.]+)"', p.read_text()))
        values = [(), (1,), (None,), ("x",), ([],), (1 << 62, -1), (object(), object()), ([], [], [], []), (None,) * 5, ([None], [1], [object()]), (jnp.ones(2), jnp.ones(3), -7)]
        n = 0
        for name in sorted(names - {"set_plugin_finder"}):
            for args in values:
                try:
                    _fast.call(name, *args)
                except Exception as e:
                    if "internal error" not in str(e):
                        continue
                    n += 1
        print(len(names) > 50, "alive", float(jnp.ones(3).sum()))
    """).stdout
    assert out == "True alive 3.0\n"


def test_a_panic_is_an_exception():
    """A bug of the Go side comes as SystemError, with the stack, and ends neither the process nor the thread."""
    errors = []
    for args in ((object(),), (-1, -2, -3), ([],)):
        try:
            _fast.call("execute", *args)
        except BaseException as e:
            errors.append(e)
    assert len(errors) == 3 and all(isinstance(e, Exception) for e in errors)
    assert any(isinstance(e, SystemError) and "internal error" in str(e) and "goroutine" in str(e) for e in errors)
    assert float(jnp.ones(3).sum()) == 3

    def work():
        with pytest.raises(Exception):
            _fast.call("execute")
        done.append(float(jnp.ones(3).sum()))

    done = []
    t = threading.Thread(target=work)
    t.start()
    t.join()
    assert done == [3.0]


# ---- variables of the environment ----


def documented():
    """The variables in the first columns of the tables of docs/environment.md."""
    rows = re.findall(r"^\| (.*?) \|", (ROOT / "docs" / "environment.md").read_text(), re.M)
    return {name for row in rows for name in re.findall(r"`([A-Z][A-Z0-9_]+)`", row)}


def sources(*patterns):
    for pattern in patterns:
        for path in ROOT.glob(pattern):
            if "build" not in path.relative_to(ROOT).parts[:1]:
                yield path


READ = re.compile(r"""(?:environ(?:\.get\(|\.setdefault\(|\.pop\(|\[)|getenv\(|Getenv\(|LookupEnv\(|setenv\()\s*["']([A-Z][A-Z0-9_]+)["']""")


def read_by_the_code():
    found = set()
    for path in sources("python/**/*.py", "core/**/*.go", "transforms/**/*.go", "lowering/**/*.go", "lowering/**/*.c", "pybind/*.go", "pybind/*.c", "setup.py"):
        if not path.name.endswith("_test.go"):
            found |= set(READ.findall(path.read_text()))
    return found | {name.upper() for name in jax.config.values if not name.startswith("user_context")} | {_plugins.VARIABLE}


@pytest.mark.checkout
def test_every_variable_is_documented():
    assert read_by_the_code() - documented() == set(), "missing in docs/environment.md"
    tests = set()
    for path in sources("tests/**/*.py", "**/*_test.go"):
        tests |= {v for v in READ.findall(path.read_text()) if v.startswith("JAXGO_")}
    make = set(re.findall(r"\b(JAXGO_[A-Z_]+)\b", (ROOT / "Makefile").read_text()))
    assert documented() - read_by_the_code() <= tests | make | {"XDG_CACHE_HOME", "HOME", "PYTHONPATH"}, "documented, but read by nothing"


@pytest.mark.checkout
def test_every_name_in_a_string_is_documented():
    """Names that are put together or read in another way would escape the pattern above."""
    names = set()
    for path in sources("python/**/*.py", "core/**/*.go", "transforms/**/*.go", "lowering/**/*.go", "lowering/**/*.c", "pybind/*.go", "pybind/*.c"):
        if not path.name.endswith("_test.go"):
            names |= set(re.findall(r"""["'](JAXGO?_[A-Z0-9_]*[A-Z0-9])["']""", path.read_text()))
    assert names <= documented(), names - documented()


BAD = {bool: "perhaps", int: "many", float: "soon"}


def test_variables_are_validated():
    """A value that makes no sense is an error that names the variable, not something else than what was asked for."""
    states = jax.config._states
    checked = {n: BAD[s.kind] for n, s in states.items() if s.kind in BAD} | {n: "nonsense" for n, s in states.items() if s.values}
    assert len(checked) > 60
    out = run("-c", f"""
        import os, runpy, subprocess, sys
        import jaxgo
        from jaxgo import _config
        missed = []
        for name, bad in {checked!r}.items():
            s = _config.config._states[name]
            os.environ[name.upper()] = bad
            try:
                _config.State(name, s.default, s.kind, s.doc, s.values)
                missed.append(name)
            except ValueError as e:
                if name.upper() not in str(e): missed.append((name, str(e)))
            finally:
                del os.environ[name.upper()]
                _config.config._states[name] = s
        print(missed)
    """).stdout
    assert out == "[]\n"
    for name, bad in (("JAX_ENABLE_X64", "perhaps"), ("JAX_NUM_CPU_DEVICES", "two"), ("JAXGO_LOGGING_LEVEL", "loud"), ("JAX_NUMPY_RANK_PROMOTION", "maybe")):
        err = run("-c", "import jaxgo", env={name: bad}, rc=1).stderr
        assert re.match(rf"ValueError: environment variable {name}: .*{bad}", err.splitlines()[-1])
    assert "Unable to initialize backend 'nothing'" in run("-c", "import jaxgo; jaxgo.numpy.ones(3)", env={"JAX_PLATFORMS": "nothing"}, rc=1).stderr


# ---- the documents ----


@pytest.mark.checkout
def test_the_threat_model_names_tests_that_exist():
    text = (ROOT / "docs" / "threat-model.md").read_text()
    names = set(re.findall(r"`((?:test_|Test|Fuzz)\w+)`", text))
    assert len(names) > 20
    have = set()
    for path in sources("tests/**/test_*.py", "tests/**/*.py"):
        have |= set(re.findall(r"^\s*def (test_\w+)", path.read_text(), re.M)) | {path.stem}
    for path in sources("**/*_test.go"):
        have |= set(re.findall(r"^func ((?:Test|Fuzz)\w+)", path.read_text(), re.M))
    assert names <= have, names - have
