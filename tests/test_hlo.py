"""The text of optimized programs is the one that XLA prints of the same bytes.

`python tests/test_hlo.py` writes the programs that the Go tests of package hlo know, and XLA's text of them.
"""

import base64
import itertools
import os
import pathlib
import subprocess
import sys

import numpy as np
import ops
import pytest
from oracle import complain, env, leaves, load

jax, jaxgo = load("jax"), load("jaxgo")
hlo = pytest.importorskip("jaxlib._hlo")
pytestmark = pytest.mark.filterwarnings("ignore")
call = jaxgo._hooks.call
jnp, lax = jaxgo.numpy, jaxgo.lax

TESTDATA = pathlib.Path(__file__).resolve().parents[1] / "lowering/hlo/testdata"

# Instructions after the first ones below, by the attributes that they have. XLA parses and does not verify them.
HEAD = """HloModule m, input_output_alias={ {}: (5, {}, must-alias) }, buffer_donor={ (1, {0}), (0, {}) }, frontend_attributes={a="b",c={"x":1}}

FileNames
1 "a.py"
2 "b\\"\\\\.py"

FunctionNames
1 "f"
2 "<lambda>"

FileLocations
1 {file_name_id=1 function_name_id=2 line=3 end_line=4 column=5 end_column=6}
2 {file_name_id=2 function_name_id=1 line=7 end_line=8 column=9 end_column=10}

StackFrames
1 {file_location_id=1 parent_frame_id=1}
2 {file_location_id=2 parent_frame_id=2}

add { x = f32[] parameter(0)
 y = f32[] parameter(1)
 ROOT z = f32[] add(x,y) }
lt { x = f32[] parameter(0)
 y = f32[] parameter(1)
 ROOT z = pred[] compare(x,y), direction=LT }
ENTRY %e (a: f32[3], b: (f32[3], token[]), c: f32[<=5], d: f32[], e: s32[], f: f32[3], g: f32[]) -> f32[3] {
  %a = f32[3] parameter(0), sharding={replicated}, parameter_replication={true}
  %b = (f32[3], token[]) parameter(1), sharding={{replicated},{maximal device=0}}
  %c = f32[<=5] parameter(2), sharding={manual}
  %d = f32[] parameter(3), sharding={unknown}
  %e = s32[] parameter(4), sharding={unreduced}
  %f = f32[3] parameter(5), metadata={op_type="t" op_name="a\\"b" source_file="f" source_line=3 source_end_line=4 source_column=5 source_end_column=6 profile_type={1} deduplicated_name="dd" scheduling_name="sched" stack_frame_id=2}
  %g = f32[] parameter(6), frontend_attributes={a="b'",c={"x":"}"}}
  %s = s32[] constant(1)
  %m = f32[3,4] constant({{1,2,3,4},{1,2,3,4},{1,2,3,4}})
  %i = f32[2,5,6,3] broadcast(a), dimensions={3}
"""
TAIL = "  ROOT %r = f32[3] add(a, f)\n}\n"
ATTRIBUTES = r"""
(f32[],f32[],f32[],f32[],f32[],f32[]) tuple(d,d,d,d,g,g), backend_config="foo\"bar"
f32[3] exponential(a), result_accuracy={mode=highest}
f32[3] exponential(a), result_accuracy={tolerance={atol=0.1,rtol=1e-7,ulps=3}}
f32[3] custom-call(a,a), custom_call_target="foo", window={size=3 stride=2 pad=1_2 lhs_dilate=2 rhs_dilate=3 rhs_reversal=1}, operand_layout_constraints={f32[3]{0}, f32[3]{0}}, custom_call_has_side_effect=true, api_version=API_VERSION_TYPED_FFI, backend_config={a = 1}, literal=f32[2]{0} {1,2}, output_to_operand_aliasing={{}: (0, {})}, schedule=SCHEDULE_LATEST, operand_precision={high,highest}, padding_type=PADDING_SAME, feature_group_count=2
f32[3] custom-call(a), custom_call_target="foo\n\"", control-predecessors={%a, %s}
f32[3] custom-call(a), custom_call_target="x", called_computations={add,lt}
f32[3] custom-call(a), custom_call_target="x", api_version=API_VERSION_STATUS_RETURNING
b(f32[3]) custom-call(a), custom_call_target="x"
f32[3]{0:T(8,128)(2,1)S(1)} custom-call(a), custom_call_target="x"
s4[8]{0:E(4)} custom-call(a), custom_call_target="x"
f32[8]{0:T(8)L(32)M(8)} custom-call(a), custom_call_target="x"
f32[]{:T(128)} custom-call(a), custom_call_target="x"
f32[?,3] custom-call(a), custom_call_target="x"
(f32[],(f32[2],token[]),opaque[]) custom-call(a), custom_call_target="x"
(f32[3], f32[3], u32[]) copy-start(a)
(f32[3], f32[3], u32[]) copy-start(a), cross_program_prefetch_index=0
f32[3] all-reduce(a), replica_groups={{0,1},{2,3}}, to_apply=add, channel_id=3, use_global_device_ids=true
f32[6] all-gather(a), replica_groups=[2,2]<=[4], dimensions={0}
f32[6] all-gather(a), replica_groups=[4,2]<=[2,2,2]T(2,1,0), dimensions={0}, channel_id=1, use_global_device_ids=true
f32[3] collective-permute(a), source_target_pairs={{0,1},{1,0}}
f32[3] collective-broadcast(a), replica_groups={{0,1}}
f32[3] all-to-all(a), replica_groups={{0,1,2}}, dimensions={0}
(f32[3],f32[3]) all-to-all(a,a), replica_groups={{0,1}}
f32[3] reduce-scatter(a), replica_groups={}, to_apply=add, dimensions={0}
((f32[3]),token[]) infeed(b), infeed_config="x"
token[] outfeed(a,b), outfeed_shape=f32[3]{0}, outfeed_config="abc"
(f32[3],u32[],token[]) send(a,b), channel_id=1, is_host_transfer=true
f32[3] triangular-solve(m,m), left_side=true, lower=true, transpose_a=NO_TRANSPOSE
f32[3] triangular-solve(m,m), left_side=true, unit_diagonal=true, transpose_a=ADJOINT
f32[3,3] cholesky(m), lower=true
f32[3,3] cholesky(m)
c64[3] fft(a), fft_type=RFFT, fft_length={4}
f32[2,5,6,3] batch-norm-inference(i,a,a,a,a), epsilon=0.001, feature_index=3
(f32[2,5,6,3],f32[3],f32[3]) batch-norm-training(i,a,a), epsilon=1e-5, feature_index=3
(f32[2,5,6,3],f32[3],f32[3]) batch-norm-grad(i,a,a,a,i), epsilon=1e-5, feature_index=3
pred[3] compare(a,a), direction=LE, type=TOTALORDER
pred[] compare(s,s), direction=NE
f32[3] sort(a), dimensions={0}, is_stable=true, to_apply=lt
f32[3] sort(a), dimensions={0}, to_apply=lt
f32[8] pad(a,d), padding=1_2
f32[8,9] pad(m,d), padding=1_2x-1_3_1
f32[1,2] slice(m), slice={[0:1],[0:4:2]}
f32[1,2] slice(m), slice={[0:1],[0:2]}
f32[2,2] dynamic-slice(m,s,s), dynamic_slice_sizes={2,2}
f32[3,4] dynamic-update-slice(m,m,s,s)
f32[3] reduce-precision(a), exponent_bits=5, mantissa_bits=10
f32[3,4] reshape(m)
f32[3,4] reshape(m), inferred_dimension=0
s32[3,4] iota(), iota_dimension=1
f32[3] rng(d,d), distribution=rng_uniform
f32[3] rng(d,d), distribution=rng_normal
(u64[2],u32[3]) rng-bit-generator(a), algorithm=rng_philox
(u64[2],u32[3]) rng-bit-generator(a), algorithm=rng_three_fry
u64[2] rng-get-and-update-state(), delta=16
(f32[2],s32[2]) topk(a), k=2, largest=true
(f32[2],s32[2]) topk(a), k=2, largest=false
s32[] get-dimension-size(m), dimensions={1}
f32[3,<=4] set-dimension-size(m,s), dimensions={1}
f32[3,<=4] dynamic-reshape(m,s,s)
f32[3] map(a,a), dimensions={0}, to_apply=add
f32[4,3] transpose(m), dimensions={1,0}
f32[3,4] reverse(m), dimensions={0,1}
f32[6] concatenate(a,a), dimensions={0}
f32[3] reduce(m,d), dimensions={1}, to_apply=add
f32[2,2] reduce-window(m,d), window={size=2x2 stride=1x2 pad=0_1x1_0 rhs_dilate=2x1 lhs_dilate=1x2}, to_apply=add
f32[2,2] reduce-window(m,d), window={size=2x2}, to_apply=add
f32[3,4] select-and-scatter(m,m,d), window={size=2x2 stride=2x2}, select=lt, scatter=add
f32[3,3] dot(m,m), lhs_contracting_dims={1}, rhs_contracting_dims={1}
f32[3] dot(m,m), lhs_batch_dims={0}, lhs_contracting_dims={1}, rhs_batch_dims={0}, rhs_contracting_dims={1}, operand_precision={highest,default}
f32[3,3] dot(m,m), lhs_contracting_dims={1}, rhs_contracting_dims={1}, algorithm=dot_bf16_bf16_f32_x3
f32[3,3] ragged-dot(m,m,a), lhs_contracting_dims={1}, rhs_contracting_dims={1}, lhs_ragged_dims={0}, rhs_group_dims={0}
f32[3,3] ragged-dot(m,m,a), lhs_batch_dims={0}, rhs_batch_dims={0}, lhs_contracting_dims={1}, rhs_contracting_dims={1}, lhs_ragged_dims={0}
f32[2,5,6,3] convolution(i,i), window={size=2x5 stride=2x1 pad=0_1x2_3 lhs_dilate=2x1 rhs_dilate=1x3 rhs_reversal=1x0}, dim_labels=b01f_o01i->b01f, feature_group_count=3, operand_precision={high,high}
f32[2,5,6,3] convolution(i,i), window={size=2x5}, dim_labels=01bf_01io->f01b, batch_group_count=2
f32[3,4] convolution(m,m), dim_labels=bf_io->bf
f32[3,4] gather(m,a), offset_dims={1}, collapsed_slice_dims={0}, start_index_map={0}, index_vector_dim=1, slice_sizes={1,4}
f32[3,4] gather(m,m), offset_dims={1}, collapsed_slice_dims={}, start_index_map={0}, operand_batching_dims={0}, start_indices_batching_dims={0}, index_vector_dim=1, slice_sizes={1,4}, indices_are_sorted=true
f32[3,4] scatter(m,a,m), update_window_dims={1}, inserted_window_dims={0}, scatter_dims_to_operand_dims={0}, index_vector_dim=1, to_apply=add
f32[3,4] scatter(m,m,m), update_window_dims={1}, inserted_window_dims={}, scatter_dims_to_operand_dims={0}, input_batching_dims={0}, scatter_indices_batching_dims={0}, index_vector_dim=1, indices_are_sorted=true, unique_indices=true, to_apply=add
f32[] call(d,d), to_apply=add, is_composite=true, frontend_attributes={composite.name="foo",composite.version="1"}
f32[] conditional(s,d,d), branch_computations={add,add}
token[] after-all()
f32[3] opt-barrier(a)
u32[] replica-id()
""".strip().splitlines()

# What is not known is an error and not a guess.
UNKNOWN = """
f32[3] domain(a), domain={kind="sharding", entry={replicated}, exit={maximal device=0}}
f32[3] exponential(a), origin={{"x"}}
f32[3] exponential(a), statistics={visualizing_index=0,stat-0=33}
f32[3] exponential(a), sharding={devices=[2]<=[2]}
f32[3] all-reduce(a), replica_groups=mesh['x'=2,'y'=2] {'x'}, to_apply=add
""".strip().splitlines()

NUMBERS = [
    0.1,
    0.3,
    1.7,
    2.9,
    0.4375,
    6,
    100,
    1e-3,
    3e-5,
    1e5,
    0.0078125,
    448,
    15.5,
    123.456,
    1e6,
    9.99e9,
    65504,
    3.4e38,
    1e-38,
    1e-45,
    1 / 3,
    1e300,
    5e-324,
    123456789.123456789,
]
FLOATS = """f64 f32 f16 bf16 f8e5m2 f8e4m3fn f8e4m3 f8e3m4 f8e4m3b11fnuz f8e5m2fnuz f8e4m3fnuz f8e8m0fnu f4e2m1fn""".split()
CONSTANTS = [f"{t}[] constant({v})" for t in FLOATS for v in [*NUMBERS, *(-v for v in NUMBERS[:6]), "nan", "-nan", "inf", "-inf", "-0"]]
CONSTANTS += [f"c64[] constant(({v},-{v}))" for v in NUMBERS if v < 1e38]
CONSTANTS += (
    """
s2[3] constant({0,-2,1}); s4[3] constant({0,-8,7}); u2[3] constant({0,3,1}); u4[3] constant({0,15,7}); s8[3] constant({0,-128,127})
s16[3] constant({0,-32768,7}); s32[3] constant({0,-2147483648,7}); s64[1] constant({-9223372036854775808}); u16[1] constant({65535})
u64[1] constant({18446744073709551615}); u32[1] constant({4294967295}); u8[2,1,1,2] constant({{{{1,2}}},{{{3,4}}}})
pred[] constant(true); pred[2,2] constant({{true,false},{false,true}}); f32[0,3] constant({}); f32[2,0,2] constant({{},{}})
f32[1,0,2,3] constant({{}}); f32[3,0,2,0,1] constant({{},{},{}}); f32[2,2,0] constant({{{},{}},{{},{}}})
f32[2,1,2,2,1] constant({{{{{1},{2}},{{3},{4}}}},{{{{1},{2}},{{3},{4}}}}}); f32[2,2]{0,1} constant({{1,2},{3,4}})
f32[2,2,2]{0,2,1} constant({{{1,2},{3,4}},{{5,6},{7,8}}}); f4e2m1fn[2,2]{0,1} constant({{1,2},{3,4}})
f32[] constant(nan(0x400001)); f32[] constant(-nan(0x1)); f64[] constant(nan(0x8000000000001)); f16[] constant(nan(0x201))
bf16[] constant(nan(0x41)); f8e5m2[] constant(nan(0x1)); f8e5m2[] constant(nan(0x3)); f8e4m3[] constant(nan(0x5))
(f32[],f32[2]) constant((1,{1,2})); f32[2]{0:S(1)} constant({1,2}); c64[2] constant({(1,2),(3,nan)}); c128[2] constant({(1,0.1),(inf,0)})
f32[11] constant({1,2,3,4,5,6,7,8,9,10,11})
""".replace("\n", ";")
    .strip(";")
    .split("; ")
)
CONSTANTS = [c for line in CONSTANTS for c in line.split(";") if c]


def module(*instructions):
    """The bytes of a program with these instructions, or None if XLA cannot parse it."""
    text = HEAD + "".join(f"  %n{n} = {line}\n" for n, line in enumerate(instructions)) + TAIL
    try:
        return hlo.hlo_module_from_text(text).as_serialized_hlo_module_proto()
    except Exception:
        return None


def constants():
    return [c for c in CONSTANTS if module(c)]  # a type does not have every number


def xla(b):
    return hlo.HloModule.from_serialized_hlo_module_proto(b).to_string()


def ours(b):
    return call("hlo_text", "hlo", base64.b64encode(b).decode())


def difference(b):
    got, want = ours(b).splitlines(), xla(b).splitlines()
    return next((f"{g!r}, XLA has {w!r}" for g, w in itertools.zip_longest(got, want) if g != w), None)


def inner(b):
    """The HloModuleProto of an HloModuleProtoWithConfig."""

    def varint(i):
        v = shift = 0
        while True:
            v, shift = v | (b[i] & 127) << shift, shift + 7
            i += 1
            if b[i - 1] < 128:
                return v, i

    i = 0
    while i < len(b):
        key, i = varint(i)
        n, i = varint(i)
        if key == 1 << 3 | 2:
            return b[i : i + n]
        i += n
    raise ValueError("no module")


def program(compiled):
    t = compiled._t
    form, b = call("optimized_program", compiled._program, t.handle, "jit_" + t.fun_name, t._donated)
    b = base64.b64decode(b)
    return inner(b) if form == "hlo_with_config" else b


def compiled_difference(f, *args, **options):
    compiled = jaxgo.jit(f, **options).lower(*args).compile()
    b = program(compiled)
    return difference(b) or (None if compiled.as_text() == xla(b) else "as_text says something else")


def test_attributes():
    complain({line: difference(module(line)) for line in ATTRIBUTES})
    assert difference(module(*ATTRIBUTES)) is None


def test_constants():
    found = {line: difference(module(line)) for line in constants()}
    complain(found)
    assert len(found) > 0.7 * len(CONSTANTS)


@pytest.mark.parametrize("line", UNKNOWN)
def test_what_is_not_known_is_an_error(line):
    with pytest.raises(NotImplementedError, match="hlo: n0: .* not known"):
        ours(module(line))


def rows():
    """Every row that compiles quickly, some at a time; a third of the groups, the others are for the slow tests."""
    out = []
    for table in ops.DIFFERENTIABLE, ops.TRACEABLE:
        for name in table:
            some = [r for r in ops.rows(table[name]) if not ops.missing(r, jaxgo, name) and r not in ops.HEAVY]
            out += [(name, tuple(some[i : i + 12])) for i in range(0, len(some), 12)]
    return [pytest.param(g, id=f"{g[0]}.{g[1][0]}", marks=pytest.mark.slow if n % 3 else ()) for n, g in enumerate(out)]


@pytest.mark.parametrize("group", rows())
def test_rows(group):
    name, some = group

    def f(env):
        out = []
        for row in some:
            try:
                out += [x for x in leaves(ops.evaluate(row, jaxgo, name, env)) if isinstance(x, jaxgo.Array)]
            except Exception:
                continue
        return out

    assert compiled_difference(f, env(jaxgo)) is None


def convolve(x, w, **options):
    return lax.conv_general_dilated(x, w, **{"window_strides": (1, 1), "padding": "SAME", **options})


IMAGE, KERNEL = np.ones((2, 4, 8, 9), np.float32), np.ones((4, 4, 3, 3), np.float32)
X, G = np.linspace(0.1, 0.9, 12, dtype=np.float32).reshape(3, 4), np.eye(3, dtype=np.float32) * 2
PROGRAMS = {
    "identity": (lambda x: x, X),
    "constants": (
        lambda x: [x.astype(t) * 3 for t in "bool int8 uint16 int32 bfloat16 float16 complex64 float8_e4m3fn float8_e5m2 int4 uint4".split()],
        X,
    ),
    "limits": (lambda x: (jnp.where(x > 0, jnp.nan, x), jnp.minimum(x, jnp.inf), x.at[0].set(-jnp.inf)), X),
    "while": (lambda x: lax.while_loop(lambda c: c[0] < 3, lambda c: (c[0] + 1, c[1] * 2), (0, x)), X),
    "scan": (lambda x: lax.scan(lambda c, r: (c + r, c * r), x[0], x), X),
    "cond": (lambda x: lax.cond(x[0, 0] > 0, jnp.sin, jnp.cos, x), X),
    "switch": (lambda x: lax.switch(x[0, 0].astype(int), [jnp.sin, jnp.cos, jnp.tanh], x), X),
    "grad": (jaxgo.grad(lambda x: jnp.sum(jnp.tanh(x @ x.T) ** 2)), X),
    "convolution": (lambda x, w: convolve(x, w), IMAGE, KERNEL),
    "convolution_dilated": (
        lambda x, w: convolve(x, w, padding=[(1, 2), (0, 3)], lhs_dilation=(2, 1), rhs_dilation=(1, 2), window_strides=(1, 2)),
        IMAGE,
        KERNEL,
    ),
    "convolution_groups": (lambda x, w: convolve(x, w, feature_group_count=2, precision="highest"), IMAGE, KERNEL[:, :2]),
    "convolution_batch_groups": (lambda x, w: convolve(x, w, batch_group_count=2), IMAGE, KERNEL),
    "convolution_grad": (jaxgo.grad(lambda w, x: jnp.sum(convolve(x, w) ** 2)), KERNEL, IMAGE),
    "pool_grad": (jaxgo.grad(lambda x: jnp.sum(lax.reduce_window(x, -jnp.inf, lax.max, (1, 1, 2, 2), (1, 1, 2, 2), "VALID"))), IMAGE),
    "linalg": (lambda g: (jnp.linalg.cholesky(g), jnp.linalg.solve(g, g), jnp.linalg.eigh(g), jnp.linalg.svd(g), jnp.linalg.qr(g)), G),
    "fft": (lambda x: (jnp.fft.rfft(x), jnp.fft.ifft2(x), jnp.fft.irfft(x)), X),
    "sort": (lambda x: (jnp.sort(x), jnp.argsort(x, 0), lax.top_k(x, 2), jnp.median(x)), X),
    "random": (lambda x: (jaxgo.random.normal(jaxgo.random.key(0), (3,)), jaxgo.random.permutation(jaxgo.random.key(1), x)), X),
    "rng_bits": (lambda x: lax.rng_bit_generator(jnp.zeros(4, jnp.uint32), (3,)), X),
    "index": (lambda x: (x[jnp.array([2, 0])], x.at[jnp.array([0, 2])].add(1.0), lax.dynamic_slice(x, (1, 1), (2, 2))), X),
    "callback": (lambda x: jaxgo.pure_callback(lambda v: v, jaxgo.ShapeDtypeStruct(x.shape, x.dtype), x), X),
    "bits": (lambda x: (lax.bitcast_convert_type(x, jnp.int32), lax.reduce_precision(x, 5, 3), jnp.round(x), lax.population_count(x.astype(int))), X),
    "many": (lambda *xs: (sum(xs), *(x + 1 for x in xs)), *[X] * 12),
    "dynamic": (lambda x: jnp.pad(x, 2, mode="reflect")[::-1, ::2], X),
}


@pytest.mark.parametrize("name", PROGRAMS)
def test_programs(name):
    f, *args = PROGRAMS[name]
    assert compiled_difference(f, *args) is None


def test_donated_arguments():
    f, x = (lambda x, y: (y + 1, x * 2, x @ y.T)), np.ones((3, 4), np.float32)
    assert compiled_difference(f, x, x, donate_argnums=(0, 1)) is None
    text = jaxgo.jit(f, donate_argnums=(0, 1)).lower(x, x).compile().as_text()
    assert "input_output_alias={ {0}: (" in text.splitlines()[0]


def test_as_text_is_hlo_and_lowered_is_not():
    lowered = jaxgo.jit(lambda x: jnp.sin(x) * 2).lower(X)
    assert "stablehlo.sine" in lowered.as_text()
    text = lowered.compile().as_text()
    assert text.startswith("HloModule jit__lambda, is_scheduled=true, entry_computation_layout={(f32[3,4]{1,0})->f32[3,4]{1,0}}\n\n")
    assert "ENTRY %main" in text and " fusion(" in text
    assert jaxgo.jit(lambda: 3).lower().compile().as_text().startswith("HloModule jit__lambda")


CACHED = """
import jaxgo as jax
x = jax.numpy.ones((3, 4))
print(jax.jit(lambda x: (jax.numpy.sin(x) @ x.T).sum(0)).lower(x).compile().as_text())
"""


def test_programs_loaded_from_disk(tmp_path):
    """A program that was compiled by another process."""
    options = {
        "JAX_ENABLE_COMPILATION_CACHE": "1",
        "JAX_COMPILATION_CACHE_DIR": str(tmp_path / "c"),
        "JAX_PERSISTENT_CACHE_MIN_COMPILE_TIME_SECS": "0",
    }
    run = [
        subprocess.run([sys.executable, "-c", CACHED], env={**os.environ, **options}, check=True, capture_output=True, text=True).stdout for _ in "ab"
    ]
    assert any((tmp_path / "c").iterdir())
    assert run[0] == run[1] and "ENTRY" in run[0]


def goldens():
    loop = jaxgo.jit(PROGRAMS["while"][0], donate_argnums=0).lower(X).compile()
    return {
        "attributes": module(*ATTRIBUTES),
        "constants": module(*constants()),
        "program": program(loop),
    }


@pytest.mark.checkout
@pytest.mark.parametrize("name", ["attributes", "constants", "program"])
def test_the_texts_of_the_go_tests_are_xlas(name):
    b = (TESTDATA / f"{name}.pb").read_bytes()
    assert xla(b) == (TESTDATA / f"{name}.txt").read_text()


if __name__ == "__main__":
    for name, b in goldens().items():
        (TESTDATA / f"{name}.pb").write_bytes(b)
        (TESTDATA / f"{name}.txt").write_text(xla(b))
