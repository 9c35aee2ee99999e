"""Writes the golden files of this folder from JAX 0.10.2: python gen.py"""
import pathlib
import random
import warnings

import jax
import jax.numpy as jnp
import ml_dtypes
import numpy as np
from jax._src import config, dtypes
from jax._src.core import ShapedArray
from jax._src.interpreters import mlir
from jax._src.lax import lax
from jax._src.lib.mlir import ir

warnings.simplefilter("ignore")
here = pathlib.Path(__file__).parent
rng = random.Random(0)

NAMES = """bool int2 int4 int8 int16 int32 int64 uint2 uint4 uint8 uint16 uint32 uint64 float4_e2m1fn float8_e3m4
float8_e4m3 float8_e4m3b11fnuz float8_e4m3fn float8_e4m3fnuz float8_e5m2 float8_e5m2fnuz float8_e8m0fnu bfloat16
float16 float32 float64 complex64 complex128""".split()
DT = {n: np.dtype(getattr(ml_dtypes, n, n)) for n in NAMES}
FLOATS = [n for n in NAMES if "float" in n]
NARROW = [n for n in FLOATS if DT[n].itemsize <= 2]
INTS = [n for n in NAMES if "int" in n]
KEYS = {str(k): k for k in (jax.random.key(0, impl=i).dtype for i in ("threefry2x32", "rbg", "unsafe_rbg"))}
ALL = {**DT, "float0": dtypes.float0, **KEYS}
WEAK = NAMES  # a key or float0 is never weak


def write(name, lines):
    (here / name).write_text("\n".join(lines) + "\n")


def bits64(x):
    return f"{np.float64(x).view(np.uint64):016x}"


def hexbytes(a):
    return a.tobytes().hex()


def short(d):
    return ShapedArray((), d).str_short(short_dtypes=True).removesuffix("[]")


SHORT = {short(d): d for d in ALL.values()}


def names():
    out = ["# name short hlo size bits to_inexact to_complex without_x64 supports_inf max_identity min_identity"]
    with mlir.make_ir_context(), ir.Location.unknown():
        for n, d in DT.items():
            ids = ["-", "-"]
            if not n.startswith("complex"):  # JAX reduces complex numbers by other means
                ids = [hexbytes(f(d)) for f in (lax._get_max_identity, lax._get_min_identity)]
            with jax.enable_x64(False):
                narrow = dtypes.canonicalize_dtype(d)
            out.append(" ".join(map(str, [
                d.name, short(d), mlir.dtype_to_ir_type(d),
                d.itemsize, dtypes.itemsize_bits(d), dtypes.to_inexact_dtype(d), dtypes.to_complex_dtype(d), narrow,
                dtypes.supports_inf(d), *ids])))
    write("names.txt", out)
    write("keys.txt", ["# name short impl tag words size"] + [
        f"{n} {short(k)} {k._impl.name} {k._impl.tag} "
        f"{k._impl.key_shape[0]} {k.itemsize}" for n, k in KEYS.items()])


def operand(o):
    return SHORT[o.rstrip("*")], o.endswith("*")


def promote(ops):
    """What lattice_result_type says of avals with these dtypes and weak types; * marks a weak one."""
    old = dtypes._dtype_and_weaktype
    dtypes._dtype_and_weaktype = operand
    try:
        d, weak = dtypes.lattice_result_type(*ops)
    except dtypes.TypePromotionError:
        return "-"
    except ValueError:
        return "!"
    finally:
        dtypes._dtype_and_weaktype = old
    return short(d) + "*" * weak


def error(ops):
    """The error's type and text with the operands in order: lattice_result_type would pass a set."""
    pairs = [operand(o) for o in ops]
    strict = config.numpy_dtype_promotion.value == config.NumpyDtypePromotion.STRICT
    as_strong = all(w for _, w in pairs) and not strict
    nodes = list(dict.fromkeys(dtypes._jax_type(d, w and not as_strong) for d, w in pairs))
    try:
        dtypes._least_upper_bound(config.numpy_dtype_promotion.value, config.enable_x64.value, *nodes)
    except ValueError as e:
        return f"{type(e).__name__}|{e}"
    raise AssertionError(ops)


def promotion():
    ops = list(SHORT) + [short(DT[n]) + "*" for n in WEAK]
    several = [[rng.choice(ops) for _ in range(rng.choice([3, 3, 4]))] for _ in range(600)]
    easy = [o for o in ops if o.rstrip("*") in "bool i8 i16 i32 i64 u8 u32 u64 bf16 f16 f32 f64 c64".split()]
    several += [[rng.choice(easy) for _ in range(rng.choice([3, 4]))] for _ in range(300)] + [[o] for o in ops]
    out = ["# By short name. Row a has its promotion with itself and each later column: - is a TypePromotionError, ! a ValueError; then lists of operands."]
    errors = ["# mode x64 operands|exception|text"]
    for mode in "standard", "strict":
        for x64 in False, True:
            with jax.enable_x64(x64), jax.numpy_dtype_promotion(mode):
                out += [f"mode {mode} {x64}", "columns " + " ".join(ops)]
                out += [f"row {a} " + " ".join(promote([a, b]) for b in ops[i:]) for i, a in enumerate(ops)]
                assert all(promote([a, b]) == promote([b, a]) for a in ops for b in ops)
                for o in several:
                    out.append(f"list {','.join(o)} {promote(o)}")
                failed = [o for o in [[a, b] for a in ops for b in ops] + several if promote(o) in "-!"]
                # Which of two invalid types JAX names depends on their hashes.
                invalid = [short(d) for d in (*KEYS.values(), dtypes.float0)]
                failed = [o for o in failed if len({p for p in o if p in invalid}) < 2]
                errors += [f"{mode} {x64} {','.join(o)}|{error(o)}" for o in rng.sample(failed, 40)]
    write("promotion.txt", out)
    write("errors.txt", errors)


def limits():
    fields = "bits eps epsneg machep max maxexp min minexp negep nexp nmant precision resolution smallest_subnormal tiny"
    out = ["# float name, then " + fields + "; int name min max"]
    for n in FLOATS:
        f = dtypes.finfo(DT[n])
        vals = (getattr(f, a) for a in fields.split())
        out.append(f"float {n} " + " ".join(str(v) if isinstance(v, int) else bits64(np.asarray(v).astype(np.float64)) for v in vals))
    for n in INTS:
        i = dtypes.iinfo(DT[n])
        out.append(f"int {n} {i.min} {i.max}")
    write("limits.txt", out)


def casts():
    out = ["# decode name: the value of every code, as float64 bits; encode name: value=code"]
    special = np.array([0.0, -0.0, 1, -1, np.inf, -np.inf, np.nan, 1e300, -1e300, 1e38, 3e38, 3.5e38, 1e-300, -1e-300, 1e-45,
                        7e-46, 5e-324, 2.0**-127, 2.0**-128, 1.5 * 2.0**-127, 2.0**127, 1.5 * 2.0**127,
                        1.25 * 2.0**127, 1 + 2.0**-8 + 2.0**-40, 1 + 2.0**-3 + 2.0**-40, 1 + 2.0**-11 + 2.0**-40])
    for n in NARROW:
        d = DT[n]
        codes = np.arange(1 << min(dtypes.itemsize_bits(d), 16), dtype=np.uint8 if d.itemsize == 1 else np.uint16)
        values = codes.view(d).astype(np.float64)
        if d.itemsize == 2:
            pick = np.unique([*range(0, 8), *range(1020, 1030), *range(31740, 31752), *range(32635, 32650),
                              *(rng.randrange(65536) for _ in range(120))])
            out += [f"decode {n} " + " ".join(f"{codes[i]:x}={bits64(values[i])}" for i in pick)]
            known = np.unique(np.abs(values[pick][np.isfinite(values[pick])]))
            nxt = (np.abs(known).astype(d).view(np.uint16) + 1).astype(np.uint16).view(d).astype(np.float64)
        else:
            out += [f"decode {n} " + " ".join(f"{c:x}={bits64(v)}" for c, v in zip(codes, values))]
            known = np.unique(np.abs(values[np.isfinite(values)]))
            nxt = np.append(known[1:], known[-1] * 2 - known[-2])
        mid = ((known + nxt) / 2)[np.isfinite(nxt)]
        m32 = mid.astype(np.float32)
        xs = [*special, *mid, *np.nextafter(m32, np.float32(0)), *np.nextafter(m32, np.float32(np.inf)),
              *np.nextafter(mid, 0)[::3], *np.nextafter(mid, np.inf)[::3]]
        xs += [-x for x in xs[::5]]
        xs = np.array(xs, np.float64)
        got = xs.astype(d).view(codes.dtype)
        for i in range(0, len(xs), 16):
            out.append(f"encode {n} " + " ".join(f"{bits64(x)}={c:x}" for x, c in zip(xs[i:i + 16], got[i:i + 16])))
    write("casts.txt", out)


def integers():
    ints = [0, 1, -1, 2, 3, 5, 7, 8, -8, -9, 15, 16, 100, 127, 128, -128, -129, 255, 256, 300, 449, 464, 465, 2049, 4097, 65503,
            65519, 65520, 1 << 24, (1 << 24) + 1, -(1 << 24) - 3, (1 << 31) - 1, 1 << 31, -(1 << 31) - 1, (1 << 53) + 1,
            (1 << 40) + (1 << 16) + 1, (1 << 54) + (1 << 30) + 1, (1 << 63) - 1, -(1 << 63)]
    uints = [0, 1, 255, 65535, (1 << 24) + 1, 1 << 63, (1 << 64) - 1, (1 << 63) + (1 << 39) + 1]
    floats = [0.0, -0.0, 0.5, -0.5, 1.9, -1.9, 7.5, -8.5, 127.0, 127.9, 128.0, -128.9, -129.0, 255.9, 256.0, 300.0, -300.0,
              32768.0, 65536.0, 3e9, -3e9, 2.0**31, 2.0**32, 2.0**53 + 2, 2.0**63, -2.0**63, 2.0**63 - 1024, 2.0**64, 1e30,
              -1e30, float("inf"), float("-inf"), float("nan")]
    out = ["# int, uint: numpy's astype from int64, uint64; float: XLA's conversion from float64; name value=bytes"]
    for n, d in DT.items():
        with np.errstate(all="ignore"):
            for what, vals, t in ("int", ints, np.int64), ("uint", uints, np.uint64):
                a = np.array(vals, t).astype(d)
                out.append(f"{what} {n} " + " ".join(f"{v}={hexbytes(x)}" for v, x in zip(vals, a)))
    with jax.enable_x64(True):
        for n in ["bool", *INTS]:
            a = np.asarray(jnp.array(floats, jnp.float64).astype(DT[n]))
            out.append(f"float {n} " + " ".join(f"{bits64(v)}={hexbytes(x)}" for v, x in zip(floats, a)))
    write("integers.txt", out)


names()
promotion()
limits()
casts()
integers()
