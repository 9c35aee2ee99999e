"""jaxgo.numpy: NumPy's functions on jaxgo arrays, differentiable and compiled by XLA.

The API is that of jax.numpy: arrays are immutable, dtypes are promoted by JAX's rules, out= is not there. What programs
call often is loaded with this module, the rest at the first use.
"""

from __future__ import annotations

from .. import _fast
from .._fast import Array as ndarray
from ._creation import (
    arange,
    array,
    asarray,
    astype,
    copy,
    empty,
    empty_like,
    eye,
    full,
    full_like,
    identity,
    indices,
    linspace,
    logspace,
    ones,
    ones_like,
    tri,
    zeros,
    zeros_like,
)
from ._elementwise import (
    abs,
    absolute,
    angle,
    cbrt,
    ceil,
    conj,
    conjugate,
    copysign,
    divide,
    divmod,
    exp,
    exp2,
    expm1,
    fabs,
    float_power,
    floor,
    floor_divide,
    fmax,
    fmin,
    fmod,
    frexp,
    gcd,
    heaviside,
    i0,
    imag,
    lcm,
    ldexp,
    log,
    log1p,
    log2,
    log10,
    mod,
    modf,
    nan_to_num,
    nextafter,
    positive,
    pow,
    power,
    real,
    reciprocal,
    remainder,
    rint,
    sign,
    signbit,
    spacing,
    sqrt,
    square,
    true_divide,
    trunc,
)
from ._join import (
    append,
    array_split,
    column_stack,
    concat,
    concatenate,
    dsplit,
    dstack,
    hsplit,
    hstack,
    pad,
    repeat,
    resize,
    split,
    stack,
    tile,
    unstack,
    vsplit,
    vstack,
)
from ._logic import (
    allclose,
    array_equal,
    array_equiv,
    bitwise_count,
    bitwise_invert,
    bitwise_left_shift,
    bitwise_not,
    bitwise_right_shift,
    equal,
    greater,
    greater_equal,
    invert,
    isclose,
    iscomplex,
    isfinite,
    isinf,
    isnan,
    isneginf,
    isposinf,
    isreal,
    left_shift,
    less,
    less_equal,
    logical_not,
    not_equal,
    right_shift,
)
from ._numerical import bartlett, blackman, convolve, correlate, diff, ediff1d, gradient, hamming, hanning, interp, kaiser, trapezoid, unwrap, vander
from ._products import cross, dot, einsum, einsum_path, inner, kron, matmul, matvec, outer, tensordot, vdot, vecdot, vecmat
from ._reductions import (
    all,
    amax,
    amin,
    any,
    argmax,
    argmin,
    average,
    count_nonzero,
    cumprod,
    cumsum,
    cumulative_prod,
    cumulative_sum,
    max,
    mean,
    median,
    min,
    nanargmax,
    nanargmin,
    nancumprod,
    nancumsum,
    nanmax,
    nanmean,
    nanmedian,
    nanmin,
    nanpercentile,
    nanprod,
    nanquantile,
    nanstd,
    nansum,
    nanvar,
    percentile,
    prod,
    ptp,
    quantile,
    std,
    sum,
    var,
)
from ._scalars import (
    bfloat16,
    bool_,
    cdouble,
    complex64,
    complex128,
    complex_,
    csingle,
    double,
    float4_e2m1fn,
    float6_e2m3fn,
    float6_e3m2fn,
    float8_e3m4,
    float8_e4m3,
    float8_e4m3b11fnuz,
    float8_e4m3fn,
    float8_e4m3fnuz,
    float8_e5m2,
    float8_e5m2fnuz,
    float8_e8m0fnu,
    float16,
    float32,
    float64,
    float_,
    int2,
    int4,
    int8,
    int16,
    int32,
    int64,
    int_,
    single,
    uint,
    uint2,
    uint4,
    uint8,
    uint16,
    uint32,
    uint64,
)
from ._scalars import bool_ as bool
from ._search import (
    argpartition,
    argsort,
    argwhere,
    around,
    bincount,
    choose,
    clip,
    digitize,
    flatnonzero,
    ix_,
    lexsort,
    meshgrid,
    nonzero,
    partition,
    place,
    put,
    put_along_axis,
    ravel_multi_index,
    round,
    searchsorted,
    select,
    sort,
    sort_complex,
    take,
    take_along_axis,
    unravel_index,
    where,
)
from ._shape import (
    atleast_1d,
    atleast_2d,
    atleast_3d,
    broadcast_arrays,
    broadcast_shapes,
    broadcast_to,
    diag,
    diagflat,
    diagonal,
    expand_dims,
    flip,
    fliplr,
    flipud,
    matrix_transpose,
    moveaxis,
    ndim,
    permute_dims,
    ravel,
    reshape,
    roll,
    rollaxis,
    rot90,
    shape,
    size,
    squeeze,
    swapaxes,
    trace,
    transpose,
    tril,
    tril_indices,
    triu,
    triu_indices,
)
from ._trigonometry import (
    acos,
    acosh,
    arccos,
    arccosh,
    arcsin,
    arcsinh,
    arctan,
    arctan2,
    arctanh,
    asin,
    asinh,
    atan,
    atan2,
    atanh,
    cos,
    cosh,
    deg2rad,
    degrees,
    hypot,
    rad2deg,
    radians,
    sin,
    sinc,
    sinh,
    tan,
    tanh,
)
from ._ufuncs import (
    add,
    bitwise_and,
    bitwise_or,
    bitwise_xor,
    frompyfunc,
    logaddexp,
    logaddexp2,
    logical_and,
    logical_or,
    logical_xor,
    maximum,
    minimum,
    multiply,
    negative,
    subtract,
    ufunc,
)

e = 2.718281828459045
euler_gamma = 0.5772156649015329
inf = float("inf")
nan = float("nan")
newaxis = None
pi = 3.141592653589793

_MISC = (
    "apply_along_axis apply_over_axes block compress corrcoef cov delete diag_indices diag_indices_from extract fill_diagonal from_dlpack "
    "frombuffer fromfile fromfunction fromiter fromstring geomspace insert mask_indices packbits piecewise tril_indices_from trim_zeros "
    "triu_indices_from unpackbits"
).split()
_NUMPY = (
    "array_repr array_str character complexfloating dtype flexible floating generic get_printoptions inexact integer iterable number object_ "
    "printoptions set_printoptions signedinteger unsignedinteger"
).split()
_LAZY = {
    **dict.fromkeys(_MISC, "_misc"),
    **dict.fromkeys("poly polyadd polyder polydiv polyfit polyint polymul polysub polyval roots".split(), "_polynomial"),
    **dict.fromkeys("histogram histogram2d histogram_bin_edges histogramdd".split(), "_histogram"),
    **dict.fromkeys("intersect1d isin setdiff1d setxor1d union1d unique unique_all unique_counts unique_inverse unique_values".split(), "_sets"),
    **dict.fromkeys("c_ index_exp mgrid ogrid r_ s_".split(), "_index_tricks"),
    **dict.fromkeys("can_cast finfo iinfo iscomplexobj isdtype isrealobj isscalar issubdtype promote_types result_type".split(), "_types"),
    **dict.fromkeys("load save savez".split(), "_io"),
    "vectorize": "_vectorize",
}


def __getattr__(name):
    if name in _LAZY:
        import importlib

        value = getattr(importlib.import_module("." + _LAZY[name], __name__), name)
    elif name in ("fft", "linalg"):
        import importlib

        return importlib.import_module("." + name, __name__)
    elif name in _NUMPY:
        import numpy as np

        value = getattr(np, name)
    elif name == "ComplexWarning":
        import numpy as np

        value = np.exceptions.ComplexWarning
    elif name in ("int1", "uint1"):
        import ml_dtypes

        if not hasattr(ml_dtypes, name):
            raise AttributeError(f"module 'jaxgo.numpy' has no attribute '{name}'")
        from ._scalars import _make

        value = _make(name)
    else:
        raise AttributeError(f"module 'jaxgo.numpy' has no attribute '{name}'")
    globals()[name] = value
    return value


def __dir__():
    return sorted({*globals(), *_LAZY, *_NUMPY, "ComplexWarning", "fft", "linalg"})
