"""jaxgo.lax: the primitive operations, control flow, and communication between members of mapped axes.

Its functions are stricter than those of jaxgo.numpy: dtypes must agree, shapes do not broadcast.
"""

from __future__ import annotations

from ._control_flow import associative_scan, cond, fori_loop, map, platform_dependent, scan, switch, while_loop
from ._conv import (
    conv,
    conv_dimension_numbers,
    conv_general_dilated,
    conv_general_dilated_local,
    conv_general_dilated_patches,
    conv_general_permutations,
    conv_general_shape_tuple,
    conv_shape_tuple,
    conv_transpose,
    conv_transpose_shape_tuple,
    conv_with_general_padding,
    padtype_to_pads,
)
from ._elementwise import (
    abs,
    acos,
    acosh,
    add,
    asin,
    asinh,
    atan,
    atan2,
    atanh,
    bessel_i0e,
    bessel_i1e,
    betainc,
    bitwise_and,
    bitwise_not,
    bitwise_or,
    bitwise_xor,
    cbrt,
    ceil,
    clamp,
    clz,
    complex,
    conj,
    cos,
    cosh,
    digamma,
    div,
    eq,
    erf,
    erf_inv,
    erfc,
    exp,
    exp2,
    expm1,
    floor,
    ge,
    gt,
    igamma,
    igamma_grad_a,
    igammac,
    imag,
    integer_pow,
    is_finite,
    le,
    lgamma,
    log,
    log1p,
    logistic,
    lt,
    max,
    min,
    mul,
    mulhi,
    ne,
    neg,
    nextafter,
    polygamma,
    population_count,
    pow,
    random_gamma_grad,
    real,
    reciprocal,
    rem,
    round,
    rsqrt,
    shift_left,
    shift_right_arithmetic,
    shift_right_logical,
    sign,
    sin,
    sinh,
    sqrt,
    square,
    sub,
    tan,
    tanh,
    zeta,
)
from ._parallel import (
    all_gather,
    all_to_all,
    axis_index,
    axis_size,
    pbroadcast,
    pcast,
    pmax,
    pmean,
    pmin,
    ppermute,
    precv,
    psend,
    pshuffle,
    psum,
    psum_scatter,
    pswapaxes,
    ragged_all_to_all,
)
from ._random import after_all, create_token, dce_sink, rng_bit_generator, rng_uniform, with_sharding_constraint
from ._reduce import (
    cumlogsumexp,
    cummax,
    cummin,
    cumprod,
    cumsum,
    reduce,
    reduce_and,
    reduce_max,
    reduce_min,
    reduce_or,
    reduce_prod,
    reduce_sum,
    reduce_window,
    reduce_window_shape_tuple,
    reduce_xor,
)
from ._shape import (
    _convert_element_type,
    argmax,
    argmin,
    batch_matmul,
    bitcast_convert_type,
    broadcast,
    broadcast_in_dim,
    broadcast_like,
    broadcast_shapes,
    broadcast_to_rank,
    broadcasted_iota,
    collapse,
    concatenate,
    convert_element_type,
    dot,
    dot_general,
    dtype,
    empty,
    expand_dims,
    full,
    full_like,
    iota,
    optimization_barrier,
    pad,
    reduce_precision,
    reshape,
    rev,
    select,
    select_n,
    shape_as_value,
    split,
    squeeze,
    stack,
    stage,
    stop_gradient,
    tile,
    transpose,
    unstack,
)
from ._slicing import (
    approx_max_k,
    approx_min_k,
    dynamic_index_in_dim,
    dynamic_slice,
    dynamic_slice_in_dim,
    dynamic_update_index_in_dim,
    dynamic_update_slice,
    dynamic_update_slice_in_dim,
    gather,
    index_in_dim,
    index_take,
    scatter,
    scatter_add,
    scatter_apply,
    scatter_apply_index,
    scatter_max,
    scatter_min,
    scatter_mul,
    scatter_sub,
    slice,
    slice_in_dim,
    sort,
    sort_key_val,
    top_k,
)
from ._types import (
    AccuracyMode,
    ConvDimensionNumbers,
    DotAlgorithm,
    DotAlgorithmPreset,
    FftType,
    GatherDimensionNumbers,
    GatherScatterMode,
    Precision,
    RaggedDotDimensionNumbers,
    RandomAlgorithm,
    RoundingMethod,
    ScatterDimensionNumbers,
    Tolerance,
)

DotDimensionNumbers = tuple

# Functions of modules that are imported at the first use.
_RARE = {
    "composite": "_composite",
    "custom_linear_solve": "_solves",
    "custom_root": "_solves",
    "fft": "_fft",
    "ragged_dot": "_ragged",
    "ragged_dot_general": "_ragged",
    "scaled_dot": "_scaled",
}

# Primitives by their names in Python, where those are not the names that jaxprs print with _p after them.
_PRIMITIVES = {
    "scatter_add_p": "scatter-add",
    "scatter_sub_p": "scatter-sub",
    "scatter_mul_p": "scatter-mul",
    "scatter_min_p": "scatter-min",
    "scatter_max_p": "scatter-max",
    "linear_solve_p": "custom_linear_solve",
    "copy_p": "copy_p",
}


def __dir__():
    return sorted({*globals(), *_RARE, "linalg"})


def __getattr__(name):
    import importlib

    if name == "linalg":
        return importlib.import_module("jaxgo.lax.linalg")
    if name in _RARE:
        value = globals()[name] = getattr(importlib.import_module("jaxgo.lax." + _RARE[name]), name)
        return value
    if name.endswith("_p") and not name.startswith("_"):
        from .._jaxpr import primitive

        return primitive(_PRIMITIVES.get(name, name[:-2]))
    if name == "pvary":
        raise AttributeError("jax.lax.pvary was deprecated in JAX v0.8.2 and removed in JAX v0.10.0; use `jax.lax.pcast(..., to='varying')")
    raise AttributeError(f"module 'jaxgo.lax' has no attribute '{name}'")
