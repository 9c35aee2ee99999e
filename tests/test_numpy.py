"""jaxgo.numpy against JAX and NumPy: the rows of ops.py, and what no row can say."""

import functools
import importlib
import os
import sys

import numpy as np
import pytest

sys.path.insert(0, os.path.dirname(__file__))
import ops

import jaxgo
import jaxgo.numpy as jnp

os.environ.setdefault("JAX_PLATFORMS", "cpu")
CHUNK = 30


@functools.cache
def jax():
    return importlib.import_module("jax"), importlib.import_module("jax.numpy")


def env(lib):
    return ops.variables(lib.numpy.asarray)


def leaves(v):
    """The parts of a result that are compared, in order."""
    if isinstance(v, (list, tuple)):
        return [leaf for x in v for leaf in leaves(x)]
    return [v]


def check(got, want, expression, tol=2e-5):
    if isinstance(want, (list, tuple)):
        assert type(got).__name__ == type(want).__name__, f"{expression}: {type(got)}, JAX has {type(want)}"
    got, want = leaves(got), leaves(want)
    assert len(got) == len(want), expression
    for g, w in zip(got, want):
        if not hasattr(w, "weak_type"):
            assert type(g) is type(w) and (g == w or g != g and w != w), f"{expression}: {g!r}, JAX has {w!r}"
            continue
        assert g.shape == w.shape, f"{expression}: shape {g.shape}, JAX has {w.shape}"
        assert g.dtype == w.dtype, f"{expression}: dtype {g.dtype}, JAX has {w.dtype}"
        assert g.weak_type == w.weak_type, f"{expression}: weak_type {g.weak_type}, JAX has {w.weak_type}"
        a, b = np.asarray(g), np.asarray(w)
        if a.dtype.kind in "biu":
            assert (a == b).all(), f"{expression}: {a}, JAX has {b}"
        else:
            if a.dtype.kind == "V":
                a, b = a.astype(np.float32), b.astype(np.float32)
            np.testing.assert_allclose(a, b, rtol=1e-2 if a.dtype.itemsize == 2 else tol, atol=tol, err_msg=expression)


def chunks(table):
    rows = ops.rows(table)
    return [rows[i:i + CHUNK] for i in range(0, len(rows), CHUNK)]


def traced(lib, rows, env):
    """The values of rows computed by one program, and those that are no arrays as they came."""
    plain = {}

    def f(env):
        out = []
        for r in rows:
            v = ops.evaluate(r, lib.numpy, env)
            if not isinstance(v, lib.Array) and not any(isinstance(x, lib.Array) for x in leaves(v)):
                plain[r] = v
                v = ()
            out.append(v)
        return out

    out = lib.jit(f)(env)
    return [plain.get(r, v) for r, v in zip(rows, out)]


@pytest.mark.filterwarnings("ignore:scatter inputs have incompatible types:FutureWarning")
@pytest.mark.parametrize("rows", chunks(ops.DIFFERENTIABLE + ops.TRACEABLE), ids=lambda r: r[0])
def test_values(rows):
    mine = env(jaxgo)
    want = traced(jax()[0], rows, env(jax()[0]))
    for row, got, w in zip(rows, traced(jaxgo, rows, mine), want):
        check(got, w, row)
        check(ops.evaluate(row, jnp, mine), w, row)


@pytest.mark.parametrize("rows", chunks(ops.EAGER), ids=lambda r: r[0])
def test_values_that_are_looked_at(rows):
    mine, theirs = env(jaxgo), env(jax()[0])
    for row in rows:
        check(ops.evaluate(row, jnp, mine), ops.evaluate(row, jax()[1], theirs), row)


def gradients(lib, rows, env):
    diff = {k: env[k] for k in "xym"}

    def f(diff, row):
        out = leaves(ops.evaluate(row, lib.numpy, {**env, **diff}))
        return sum((lib.numpy.cos(lib.numpy.real(v).astype("float32")) * 0.5).sum() for v in out)

    return lib.jit(lambda diff: [lib.grad(f)(diff, row) for row in rows])(diff)


@pytest.mark.parametrize("rows", chunks(ops.DIFFERENTIABLE), ids=lambda r: r[0])
def test_gradients(rows):
    want = gradients(jax()[0], rows, env(jax()[0]))
    for row, got, w in zip(rows, gradients(jaxgo, rows, env(jaxgo)), want):
        for k in "xym":
            np.testing.assert_allclose(np.asarray(got[k]), np.asarray(w[k]), rtol=2e-4, atol=2e-5, err_msg=f"{row} by {k}")


def batched(lib, rows, env):
    """The values of rows for two x, y and m at once, or None for those that need known values."""
    two = {k: lib.numpy.stack([env[k], env[k][::-1]]) for k in "xym"}

    def f(two, row):
        return [v for v in leaves(ops.evaluate(row, lib.numpy, {**env, **two})) if isinstance(v, lib.Array)]

    return lib.jit(lambda two: [lib.vmap(lambda t: f(t, row))(two) for row in rows])(two)


@pytest.mark.parametrize("rows", chunks(ops.DIFFERENTIABLE), ids=lambda r: r[0])
def test_batches(rows):
    want = batched(jax()[0], rows, env(jax()[0]))
    for row, got, w in zip(rows, batched(jaxgo, rows, env(jaxgo)), want):
        check(got, w, row)


# ---- errors ----

ERRORS = """
sum([1, 2]); add(1, [2]); sum(x, axis=3); sum(x, out=x); concatenate([]); stack([]); concatenate([1, 2]); x.reshape(5); x.reshape(-1, -1); zeros(-1)
zeros((1, 2.)); zeros(2, 3); zeros(3, x); zeros(3, object); array(None); array([None]); array('abc'); array(2 ** 40); array(300, 'uint8'); array([[1], 2])
arange(None); arange(1, 2, 0); arange(m); x + m[:2, :3]; x @ x[:2]; i.at[0].foo; x[0, 0]; x['a']; x[1.5]; x[[0, 1]]; bool(x); int(x); float(c[0]); [0][x[0]]
x == [1]; x + [1]; x * (1,); None in x; 1. in m; list(x[0]); len(x[0]); x.flat; x.item(); sort(x, kind='a'); nonzero(1); eye(-1); eye(2, k=x); tri(2, k=1.5)
where(b, 1, 2, size=3); clip(); clip(c, 0, 1); round(i, -1); ravel(x, 'K'); linspace(0, 1, -1); choose(x, [x]); choose(i, [x]); tile(x, 1.5)
split(x, 3); unravel_index(i, m); ravel_multi_index((i,), (2,)); take_along_axis(x, x, 0); put(x, 0, 1); place(x, b, x); put_along_axis(x, i, x, 0)
add.at(x, 0, 1); negative.reduce(x); maximum.reduce(x, where=b); subtract.reduceat(x, i, None); dot(m, m); einsum('ij,k', m, x)
einsum('i->ii', x); cross(x, x); kron(x, [1]); histogram(x, 'auto'); pad(x, -1); pad(x, 1, 'foo'); pad(x, 1, constant_values=(1, 2, 3)); pad(x, 1.5)
insert(x, 0.5, 1); delete(x, 9); block(((x,),)); block([]); meshgrid(m); meshgrid(x, indexing='a'); vander(m); diff(1); diff(x, -1); gradient(x, edge_order=1)
gradient(x[:1]); median(x, 3); quantile(x, 0.5, method='foo'); bincount(x); bincount(m.astype(int)); searchsorted(m, x); digitize(x, m); packbits(x)
unpackbits(i); i ** -1; x.foo; x.view('int32', int); x[:3].view('float64'); fromfile('a'); promote_types('foo', 'int8'); isdtype('int8', 'foo')
result_type(); fill_diagonal(x, 1, inplace=False); vectorize(lambda p: p, excluded=(-1,)); vectorize(lambda p: p, signature='n->n')(x); rot90(x); unique(i, size=0.5)
"""


@pytest.mark.filterwarnings("ignore")
@pytest.mark.parametrize("rows", chunks(ERRORS), ids=lambda r: r[0])
def test_errors(rows):
    """The same exceptions, and where JAX has a message of its own, the same one."""
    mine, theirs = env(jaxgo), env(jax()[0])
    for row in rows:
        try:
            want = ops.evaluate(row, jax()[1], theirs)
        except Exception as e:
            want = e
        try:
            got = ops.evaluate(row, jnp, mine)
        except Exception as e:
            got = e
        if not isinstance(want, Exception):
            check(got, want, row)
            continue
        assert isinstance(got, Exception), f"{row}: {got}, JAX raises {want!r}"
        names = [{c.__name__ for c in type(e).__mro__ if c.__module__ == "builtins"} for e in (got, want)]
        assert names[0] == names[1], f"{row}: {got!r}, JAX raises {want!r}"


# ---- what no expression says ----


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
    import subprocess

    code = "import sys, jaxgo, jaxgo.numpy as jnp; x = jnp.add(jnp.ones(3, jnp.float32), jnp.array([1, 2, 3])); assert float(x[2]) == 4; assert 'numpy' not in sys.modules"
    subprocess.run([sys.executable, "-c", code], check=True)


def signature(f):
    import inspect

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
    x, y = jnp.ones((2, 2)), jax()[1].ones((2, 2))
    for n in dir(type(y)):
        if not n.startswith("_") and callable(getattr(type(y), n)) and signature(getattr(y, n)) is not None:
            assert signature(getattr(x, n)) == signature(getattr(y, n)), n
    for n in dir(type(y.at[0])):
        if not n.startswith("_") and callable(getattr(type(y.at[0]), n)):
            assert signature(getattr(x.at[0], n)) == signature(getattr(y.at[0], n)), n


def test_every_public_name_exists():
    names = {n for n in dir(jax()[1]) if not n.startswith("_")}
    missing = sorted(n for n in names if not hasattr(jnp, n))
    assert missing == [n for n in ("load", "save", "savez") if n in missing]
