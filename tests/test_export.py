"""jaxgo.export: round trips, transformations around a call, and bytes that are no exported function."""
import collections
import hashlib
import json
import struct
import subprocess
import sys

import numpy as np
import pytest

import jaxgo as jax
import jaxgo.numpy as jnp
from jaxgo import export

X = np.array([1.0, 2.0, 3.0], np.float32)


def roundtrip(f, *args, vjp_order=0, **kwargs):
    return export.deserialize(export.export(jax.jit(f))(*args, **kwargs).serialize(vjp_order))


def test_fields():
    def f(x, *, y):
        return {"a": jnp.sin(x) + y, "b": [x, None]}

    e = export.export(jax.jit(f))(X, y=2.0)
    assert e.fun_name == "f" and e.platforms == (export.default_export_platform(),) and e.nr_devices == 1
    assert [str(a) for a in e.in_avals] == ["float32[3]", "~float32[]"]
    assert [str(a) for a in e.out_avals] == ["float32[3]", "float32[3]"]
    assert "@main" in e.mlir_module() and e.has_vjp() and str(e) == "Exported(fun_name=f, ...)"
    d = export.deserialize(e.serialize())
    for name in ("fun_name", "in_tree", "out_tree", "in_avals", "out_avals", "platforms", "mlir_module_serialized"):
        assert getattr(d, name) == getattr(e, name), name
    got = d.call(X, y=2.0)
    np.testing.assert_allclose(got["a"], np.sin(X) + 2, rtol=1e-6)
    assert got["b"][1] is None and not d.has_vjp()


def test_constants_and_inner_functions():
    consts = [np.arange(6, dtype=np.float32).reshape(2, 3), np.array([True, False, True]), np.array([1 + 2j], np.complex64),
              np.zeros((0, 2), np.int32), jnp.array([1, -2, 3], jnp.int4), jnp.array([1.5], jnp.bfloat16)]
    consts = [jnp.asarray(c) for c in consts]
    f = lambda x: [jnp.where(consts[1], x, jax.nn.relu(x - 2)), *consts]
    out = roundtrip(f, X).call(X)
    np.testing.assert_array_equal(out[0], [1, 0, 3])
    for got, want in zip(out[1:], consts):
        assert got.dtype == want.dtype
        np.testing.assert_array_equal(np.asarray(got), np.asarray(want))


def test_control_flow_and_linalg():
    f = lambda x: jax.lax.fori_loop(0, 3, lambda i, c: jnp.sort(c * 2), x)
    np.testing.assert_array_equal(roundtrip(f, X).call(X), 8 * X)
    m = np.array([[2.0, 1.0], [1.0, 3.0]], np.float32)
    g = lambda m: jnp.linalg.eigvalsh(m) + jnp.linalg.qr(m)[1].shape[0]
    np.testing.assert_allclose(roundtrip(g, m).call(m), np.linalg.eigvalsh(m) + 2, rtol=1e-5)


def test_inside_jit_twice_and_nested():
    e = roundtrip(lambda x: jax.nn.relu(x) + 1, X)
    outer = jax.jit(lambda x: e.call(e.call(jax.nn.relu(x))))
    np.testing.assert_array_equal(outer(X), X + 2)
    nested = roundtrip(lambda x: e.call(x) * 2 + jax.nn.relu(x), X)
    other = roundtrip(lambda x: jax.nn.relu(x) - 1, X)
    np.testing.assert_array_equal(jax.jit(lambda x: nested.call(x) + other.call(e.call(x)))(X), 2 * (X + 1) + X + X)
    assert "call_exported" in str(jax.make_jaxpr(e.call)(X))


def test_grad():
    f = lambda x, n: jnp.sum(x ** 3) * n
    e = export.export(jax.jit(f))(X, 2)
    np.testing.assert_allclose(jax.grad(e.call)(X, 2), 6 * X ** 2, rtol=1e-6)
    with pytest.raises(ValueError, match="No VJP is available"):
        jax.grad(roundtrip(f, X, 2).call)(X, 2)
    g = roundtrip(lambda x: jnp.sum(x ** 3), X, vjp_order=2).call
    np.testing.assert_allclose(jax.jit(jax.grad(g))(X), 3 * X ** 2, rtol=1e-6)
    np.testing.assert_allclose(jax.grad(lambda x: jnp.sum(jax.grad(g)(x)))(X), 6 * X, rtol=1e-6)


def test_errors_of_calls():
    e = roundtrip(lambda x: x + 1, X)
    with pytest.raises(NotImplementedError, match="Batching rule for 'call_exported' not implemented"):
        jax.vmap(e.call)(np.stack([X, X]))
    with pytest.raises(TypeError, match="forward-mode"):
        jax.jvp(e.call, (X,), (X,))
    for bad, why in ((X[:2], r"Shape mismatch for args\[0\].shape\[0\]"), (X[None], r"Rank mismatch for args\[0\]"),
                     (X.astype(np.int32), r"Dtype mismatch for args\[0\]")):
        with pytest.raises(ValueError, match=why):
            e.call(bad)
    with pytest.raises(ValueError, match="same pytree structure"):
        e.call(X, X)
    with pytest.raises(ValueError, match="must be the result of `jit`"):
        export.export(lambda x: x)
    with pytest.raises(ValueError, match="exported for platforms"):
        export.export(jax.jit(jnp.sin), platforms=("tpu",))(X).call(X)
    skipped = export.export(jax.jit(jnp.sin), platforms=("tpu",), disabled_checks=[export.DisabledSafetyCheck.platform()])(X)
    np.testing.assert_allclose(skipped.call(X), np.sin(X), rtol=1e-6)
    with pytest.raises(ValueError, match="custom calls whose targets"):
        export.export(jax.jit(lambda x: jax.pure_callback(lambda y: y, x, x)))(X)


Point = export.register_namedtuple_serialization(collections.namedtuple("Point", "x y"), serialized_name="test.Point")


def test_trees():
    tree = {"p": Point(X, (X,)), "o": collections.OrderedDict(b=X, a=X), "none": None, "empty": []}
    d = roundtrip(lambda t: t, tree)
    assert jax.tree.structure(d.call(tree)) == jax.tree.structure(tree)
    with pytest.raises(ValueError, match="Duplicate serialization registration for type"):
        export.register_namedtuple_serialization(Point, serialized_name="other")
    with pytest.raises(ValueError, match="unregistered type"):
        export.export(jax.jit(lambda t: t))(collections.defaultdict(int, a=X)).serialize()
    with pytest.raises(TypeError, match="string keys"):
        export.export(jax.jit(lambda t: t))({1: X}).serialize()


def test_another_process(tmp_path):
    w = jnp.asarray(X)
    path = tmp_path / "f"
    path.write_bytes(export.export(jax.jit(lambda x: jnp.dot(x, w)))(X).serialize())
    code = f"import jaxgo.export as e; print(e.deserialize(open({str(path)!r}, 'rb').read()).call([1., 2., 3.][0:0] or __import__('numpy').ones(3, 'float32')))"
    assert subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True).stdout.strip() == "6.0"


PREFIX = struct.Struct("<13sIQQQ")


def forge(blob, header=lambda h: h, text=lambda t: t, vjp=b""):
    """The blob with other parts and a digest that fits."""
    _, version, nh, nt, _ = PREFIX.unpack_from(blob)
    at = PREFIX.size
    h, t = json.loads(blob[at:at + nh]), bytes(blob[at + nh:at + nh + nt]).decode()
    h, t = header(h), text(t).encode()
    h = h if isinstance(h, bytes) else json.dumps(h).encode()
    out = PREFIX.pack(b"jaxgo.export\0", version, len(h), len(t), len(vjp)) + h + t + vjp
    return out + hashlib.sha256(out).digest()


@pytest.fixture(scope="module")
def blob():
    return bytes(export.export(jax.jit(lambda x: jax.nn.relu(x) + 1))(X).serialize())


def test_damage(blob):
    assert export.deserialize(forge(blob)).call(X).shape == (3,)
    for n in range(0, len(blob), 7):
        with pytest.raises(ValueError):
            export.deserialize(blob[:n])
    for n in range(0, len(blob), 5):
        b = bytearray(blob)
        b[n] ^= 0x41
        with pytest.raises(ValueError):
            export.deserialize(b)
    with pytest.raises(ValueError):
        export.deserialize(blob + b"\0")


def test_hostile_headers(blob):
    def change(**new):
        return lambda h: {**h, **new}

    deep = 0
    for _ in range(300):
        deep = ["list", [deep]]
    for header in (b"[" * 100000, b"\xff", b"1", b"{}", change(in_tree=deep), change(in_tree=["node", [], "os.system", ""]), change(in_tree=["dict", [0], [1]]),
                   change(in_tree=["tuple", 3]), change(in_tree="x"), change(in_avals=[]), change(in_avals=[["float32", [-3], False]]),
                   change(in_avals=[["float32", [4], False]]), change(in_avals=[["nothing", [3], False]]), change(in_avals=[["float32", [2**30] * 9, False]]),
                   change(out_avals=[["float32", [True], False]]), change(fun_name=3), change(platforms=7), change(disabled_checks=[3])):
        with pytest.raises(ValueError):
            export.deserialize(forge(blob, (lambda h, b=header: b) if isinstance(header, bytes) else header))


def test_hostile_modules(blob):
    def insert(line):
        return lambda t: t.replace(") {\n", ") {\n    " + line + "\n", 1)

    call = '%99 = "stablehlo.custom_call"() {TARGET} : () -> tensor<f32>'
    lines = [call.replace("TARGET", t) for t in (
        'call_target_name = "jaxgo_host"', 'call_target_name  =  "jaxgo_host"', '"call_target_name" = "jaxgo_host"', 'call_target_name = #x',
        r'"call_target\5Fname" = "jaxgo_host"', r'call_target_name = "jaxgo\5Fhost"')]
    lines += [r'%99 = "stablehlo.custom\5Fcall"() {} : () -> tensor<f32>', '%99 = stablehlo.custom_call @jaxgo_host() : () -> tensor<f32>',
              '%99 = "vhlo.custom_call_v1"() : () -> tensor<f32>', '"stablehlo.outfeed"(%arg0) : () -> ()', "func.call @nobody() : () -> ()",
              "// a comment", "}", "  }\n  }", "(" * 2000, '"', "x" + "<" * 600, "\0", "{-# dialect_resources: {} #-}"]
    for line in lines:
        with pytest.raises(ValueError):
            pytest.fail(f"{line[:80]} was accepted: {export.deserialize(forge(blob, text=insert(line)))}")
    for text in (lambda t: "", lambda t: t[:-2], lambda t: t + "}\n", lambda t: t.replace("@main", "@niam"), lambda t: t.replace("{\n", "{\n#a = 1\n", 1),
                 lambda t: t.replace("tensor<3xf32>", "tensor<4xf32>"), lambda t: t[:-2] + "  func.func private @main() {\n    return\n  }\n}\n"):
        with pytest.raises(ValueError):
            export.deserialize(forge(blob, text=text))
    # What only the compiler can see is its error at the call.
    nonsense = export.deserialize(forge(blob, text=insert("%99 = stablehlo.nothing %98 : tensor<f32>")))
    with pytest.raises(Exception, match="nothing|MLIR|parse"):
        nonsense.call(X)
    with pytest.raises(ValueError):
        export.deserialize(forge(blob, vjp=b"nothing"))
