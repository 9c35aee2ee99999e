"""What no row of ops.py says about jaxgo.numpy: buffers, scalar types, 64 bits, signatures."""

import importlib
import inspect
import subprocess
import sys

import numpy as np
import pytest
from oracle import load

import jaxgo
import jaxgo.numpy as jnp

jax = load("jax")


def test_arrays_share_memory_with_numpy():
    x = jnp.arange(5.0)
    a = np.asarray(x)
    assert not a.flags.writeable
    assert a.ctypes.data == x.unsafe_buffer_pointer()
    assert np.array(x).flags.writeable
    assert np.asarray(x, dtype=np.float64).dtype == np.float64
    assert np.asarray(jnp.ones(2, jnp.bfloat16)).dtype.name == "bfloat16"
    assert np.asarray(jnp.array([1, -2], "int4")).tolist() == [1, -2]


def test_array_makes_a_copy():
    a = np.ones(300, np.float32)
    x = jnp.array(a)
    a[0] = 7
    assert x[0] == 1
    y = jnp.array(x)
    assert y.unsafe_buffer_pointer() != x.unsafe_buffer_pointer()
    assert jnp.asarray(x) is x


def test_constants_are_traced_inside_jit():
    @jaxgo.jit
    def f():
        for x in (jnp.array(1.0), jnp.array([1, 2]), jnp.asarray(np.ones(2)), jnp.float32(1)):
            assert isinstance(x, jaxgo.core.Tracer)
            with pytest.raises(jaxgo.errors.TracerArrayConversionError):
                np.asarray(x)
        return jnp.array(2.0)

    assert f() == 2
    assert str(jaxgo.make_jaxpr(lambda: jnp.array(1.0))()) == "{ lambda ; . let  in (1.0:f32[],) }"


def test_scalar_types():
    assert jnp.float32 == np.float32 and np.float32 == jnp.float32 and np.dtype("float32") == jnp.float32
    assert hash(jnp.float32) == hash(np.float32)
    assert isinstance(np.float32(1), jnp.float32) and np.dtype(jnp.bfloat16).name == "bfloat16"
    assert {np.int8: 1}[jnp.int8] == 1
    assert jnp.int8(3).dtype == np.int8 and jnp.zeros(2, jnp.int8).dtype == jnp.int8


def test_64_bit_dtypes_warn_or_are_kept():
    with pytest.warns(UserWarning, match="Explicitly requested dtype float64 requested in zeros is not available"):
        assert jnp.zeros(2, "float64").dtype == jnp.float32
    with jaxgo.enable_x64(True):
        assert jnp.zeros(2, "float64").dtype == jnp.float64
        assert jnp.arange(3).dtype == jnp.int64


def test_deleted_arrays():
    x = jnp.arange(3.0)
    x.delete()
    assert x.is_deleted() and x.shape == (3,)
    for f in (repr, str, np.asarray, lambda x: x + 1, lambda x: x[0], jnp.sum):
        with pytest.raises(RuntimeError, match=r"Array has been deleted with shape=float32\[3\]"):
            f(x)


def test_pickling_and_copying():
    import copy
    import pickle

    for x in (jnp.arange(3.0), jnp.array(1.0), jnp.ones((2, 0), jnp.bfloat16)):
        for y in (pickle.loads(pickle.dumps(x)), copy.copy(x), copy.deepcopy(x)):
            assert y.shape == x.shape and y.dtype == x.dtype and y.weak_type == x.weak_type and y is not x


def test_import_does_not_load_numpy():
    code = "import sys, jaxgo, jaxgo.numpy as jnp; x = jnp.add(jnp.ones(3, jnp.float32), jnp.array([1, 2, 3])); assert float(x[2]) == 4; assert 'numpy' not in sys.modules"
    subprocess.run([sys.executable, "-c", code], check=True)


def signature(f):
    try:
        return [(p.name, p.kind, repr(p.default)) for p in inspect.signature(f).parameters.values() if p.name != "_dot_general"]
    except (TypeError, ValueError):
        return None


@pytest.mark.parametrize("name", ["numpy", "numpy.fft", "numpy.linalg", "ops", "dtypes", "test_util"])
def test_signatures(name):
    theirs, mine = importlib.import_module("jax." + name), importlib.import_module("jaxgo." + name)
    for n in dir(theirs):
        f = getattr(theirs, n, None)
        if not n.startswith("_") and callable(f) and not isinstance(f, type) and hasattr(mine, n) and n != "set_printoptions":
            assert signature(getattr(mine, n)) == signature(f), n


def test_signatures_of_methods():
    x, y = jnp.ones((2, 2)), jax.numpy.ones((2, 2))
    for n in dir(type(y)):
        if not n.startswith("_") and callable(getattr(type(y), n)) and signature(getattr(y, n)) is not None:
            assert signature(getattr(x, n)) == signature(getattr(y, n)), n
    for n in dir(type(y.at[0])):
        if not n.startswith("_") and callable(getattr(type(y.at[0]), n)):
            assert signature(getattr(x.at[0], n)) == signature(getattr(y.at[0], n)), n


def test_every_public_name_exists():
    names = {n for n in dir(jax.numpy) if not n.startswith("_")}
    missing = sorted(n for n in names if not hasattr(jnp, n))
    assert missing == [n for n in ("load", "save", "savez") if n in missing]
