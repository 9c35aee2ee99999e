"""jaxgo.numpy.float32 and its like, made without NumPy."""

from __future__ import annotations

from .. import _fast
from .._dtype import ScalarMeta, scalar_types
from .._hooks import codes

_fast.register_scalar_meta(ScalarMeta)

_DOC = """A scalar constructor of type {}.

While NumPy defines scalar types for each data type, JAX represents scalars as zero-dimensional arrays.
"""


def _make(name):
    np_name = "bool" if name == "bool_" else name
    t = ScalarMeta(
        np_name, (object,), {"dtype_name": np_name, "_code": codes.get(np_name), "__module__": "jaxgo.numpy", "__doc__": _DOC.format(np_name)}
    )
    if t._code is not None:
        scalar_types[np_name] = t
    return t


bool_ = _make("bool_")
uint2, uint4, uint8, uint16, uint32, uint64 = map(_make, ("uint2", "uint4", "uint8", "uint16", "uint32", "uint64"))
int2, int4, int8, int16, int32, int64 = map(_make, ("int2", "int4", "int8", "int16", "int32", "int64"))
float4_e2m1fn, float6_e2m3fn, float6_e3m2fn = map(_make, ("float4_e2m1fn", "float6_e2m3fn", "float6_e3m2fn"))
float8_e3m4, float8_e4m3, float8_e8m0fnu, float8_e4m3fn = map(_make, ("float8_e3m4", "float8_e4m3", "float8_e8m0fnu", "float8_e4m3fn"))
float8_e4m3fnuz, float8_e5m2, float8_e5m2fnuz, float8_e4m3b11fnuz = map(
    _make, ("float8_e4m3fnuz", "float8_e5m2", "float8_e5m2fnuz", "float8_e4m3b11fnuz")
)
bfloat16, float16, float32, float64 = map(_make, ("bfloat16", "float16", "float32", "float64"))
complex64, complex128 = map(_make, ("complex64", "complex128"))
single, double, csingle, cdouble = float32, float64, complex64, complex128
int_, uint, float_, complex_ = int64, uint64, float64, complex128
