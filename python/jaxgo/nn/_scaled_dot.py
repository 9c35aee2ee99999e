"""Products of block-scaled matrices: elements in a narrow dtype, a scale for every block of the contracted axis."""

from __future__ import annotations

import math

import numpy as np

from .. import lax
from .. import numpy as jnp
from .._dtype import as_dtype


def scaled_matmul(lhs, rhs, lhs_scales, rhs_scales, preferred_element_type=np.float32):
    """The product of a (B, M, K) and b (B, N, K), each multiplied by its scales (B, M or N, blocks of K).

    >>> import jaxgo as jax, jaxgo.numpy as jnp
    >>> a, b = jnp.array([[[1., 2., 3.]]]), jnp.array([[[4., 5., 6.]]])
    >>> print(jax.nn.scaled_matmul(a, b, jnp.array([[[0.5]]]), jnp.array([[[0.5]]])))
    [[[8.]]]
    """
    a, b, sa, sb = lhs, rhs, lhs_scales, rhs_scales
    if not all(x.ndim == 3 for x in (a, b, sa, sb)):
        raise ValueError("scaled_matmul requires all inputs to be 3-dimensional arrays")
    if a.shape[2] != b.shape[2] or a.shape[0] != b.shape[0]:
        raise ValueError(
            f"scaled_matmul requires inputs a and b to have matching batch (B) and contract (K) dimensions, but got shapes {a.shape} and {b.shape}"
        )
    if sa.shape[2] != sb.shape[2] or sa.shape[0] != sb.shape[0]:
        raise ValueError(
            f"scaled_matmul requires scales to have matching batch (B) and contract (K) dimensions, but got shapes {sa.shape} and {sb.shape}"
        )
    if sa.shape[1] != a.shape[1] or sb.shape[1] != b.shape[1]:
        raise ValueError(
            "scaled_matmul requires scales to match non-contract dimensions of inputs, but got shapes "
            f"a: {a.shape}, b: {b.shape}, a_scales: {sa.shape}, b_scales: {sb.shape}"
        )
    out = as_dtype(preferred_element_type, "scaled_matmul")

    def expand(x, scales):
        s = jnp.repeat(scales.astype(jnp.float32), x.shape[2] // scales.shape[2], axis=2)
        return x.astype(jnp.float32) * s

    product = lax.dot_general(expand(a, sa), expand(b, sb), (((2,), (2,)), ((0,), (0,))), preferred_element_type=jnp.float32)
    return product.astype(out)


class BlockScaleConfig:
    """How `scaled_dot_general` quantizes an operand."""

    __slots__ = ("block_size", "data_type", "global_scale", "infer_only", "mode", "scale_type")

    def __init__(self, mode, block_size, data_type, scale_type, global_scale, infer_only):
        self.mode, self.block_size, self.data_type, self.scale_type = mode, block_size, data_type, scale_type
        self.global_scale, self.infer_only = global_scale, infer_only

    def __repr__(self):
        return f"BlockScaleConfig({', '.join(f'{n}={getattr(self, n)!r}' for n in self.__slots__)})"


def get_scaled_dot_general_config(mode, global_scale=None):
    """The quantization of `scaled_dot_general` by name: "nvfp4" or "mxfp8".

    >>> import jaxgo as jax
    >>> jax.nn.get_scaled_dot_general_config("mxfp8").block_size
    32
    """
    import ml_dtypes

    if mode == "nvfp4":
        scale = jnp.ones((1,), dtype=jnp.float32) if global_scale is None else global_scale
        return BlockScaleConfig(mode, 16, ml_dtypes.float4_e2m1fn, ml_dtypes.float8_e4m3fn, scale, False)
    if mode == "mxfp8":
        return BlockScaleConfig(mode, 32, ml_dtypes.float8_e4m3fn, ml_dtypes.float8_e8m0fnu, None, False)
    raise ValueError(f"Unsupported mode: {mode}")


def _normal_form(x, contract, batch):
    """x as (B, M, K)."""
    kept = [i for i in range(x.ndim) if i not in contract and i not in batch]
    groups = sorted(batch), kept, sorted(contract)
    t = jnp.transpose(x, [i for g in groups for i in g])
    return t.reshape(tuple(math.prod(x.shape[i] for i in g) for g in groups))


def _rounded_up_e8m0(x):
    """The exponent bits of x, rounded up unless that would overflow or x is at most half of the smallest one."""
    bits = x.astype(jnp.float32).view(jnp.uint32)
    exponent, mantissa = bits >> 23, bits & 0x7FFFFF
    up = (mantissa > 0) & (exponent != 0xFE) & ~((exponent == 0) & (mantissa <= 0x400000))
    return jnp.where(up, exponent + 1, exponent).astype(jnp.uint8)


def _from_e8m0(bits, dtype):
    x = (bits.astype(jnp.uint32) << 23).view(jnp.float32)
    least = 2**-15 if dtype == jnp.float16 else 2**-127
    return jnp.where(x == 0, jnp.array(least, jnp.float32), x).astype(dtype)


def _quantize(x, config):
    """x (B, M, K) in the config's dtype, and the scales of its blocks."""
    size = config.block_size
    if x.shape[-1] < size or x.shape[-1] % size:
        raise AssertionError(f"the contracted size {x.shape[-1]} is no multiple of the block size {size}")
    shape = x.shape
    x = x.reshape(*shape[:-1], shape[-1] // size, size)
    limit = jnp.array(float(jnp.finfo(config.data_type).max), x.dtype)

    def scales(v):
        return jnp.max(jnp.abs(v), axis=-1, keepdims=True) / limit

    if config.mode == "mxfp8":
        s = _rounded_up_e8m0(scales(x))
        x = x / _from_e8m0(s, x.dtype)
        s = lax.bitcast_convert_type(s, config.scale_type)
    else:
        x = x / config.global_scale
        top = jnp.array(float(jnp.finfo(config.scale_type).max), x.dtype)
        s = lax.optimization_barrier(jnp.clip(scales(x), 0, top).astype(config.scale_type))
        x = x / s.astype(jnp.float32)
    q = jnp.clip(x, -limit, limit).astype(config.data_type)
    return q.reshape(shape), s.reshape(s.shape[:-1])


def _forward(lhs, rhs, dims, out, configs):
    (lc, rc), (lb, rb) = dims
    a, sa = _quantize(_normal_form(lhs, lc, lb), configs[0])
    b, sb = _quantize(_normal_form(rhs, rc, rb), configs[1])
    nvfp4 = configs[0].mode == "nvfp4"
    y = scaled_matmul(a, b, sa, sb, jnp.float32 if nvfp4 else out)
    if nvfp4:
        y = (y * (configs[0].global_scale * configs[1].global_scale)).astype(out)
    left = [n for i, n in enumerate(lhs.shape) if i not in lc and i not in lb]
    right = [n for i, n in enumerate(rhs.shape) if i not in rc and i not in rb]
    return y.reshape([lhs.shape[i] for i in sorted(lb)] + left + right)


def _cotangent(g, x, y, dims, out, configs, swapped):
    """The cotangent of x in the product of x and y."""
    (xc, yc), (xb, yb) = dims
    x_kept = [i for i in range(x.ndim) if i not in xc and i not in xb]
    y_kept = [i for i in range(y.ndim) if i not in yc and i not in yb]
    nb = len(xb)
    start = nb if swapped else nb + len(x_kept)
    g_batch, g_y = list(range(nb)), list(range(start, start + len(y_kept)))
    by_y = [xc[i] for i in sorted(range(len(yc)), key=yc.__getitem__)]
    order = [*xb, *x_kept, *by_y]
    g3, y3 = _normal_form(g, g_y, g_batch), _normal_form(y, y_kept, yb)
    if configs[0].mode == "nvfp4":
        z = jnp.matmul(g3, jnp.permute_dims(y3, (0, 2, 1)), preferred_element_type=out)
    else:
        (gq, gs), (yq, ys) = _quantize(g3, configs[0]), _quantize(y3, configs[1])
        z = scaled_matmul(gq, yq, gs, ys, out)
    g_rest = [n for i, n in enumerate(g.shape) if i not in g_batch and i not in g_y]
    y_rest = [n for i, n in enumerate(y.shape) if i not in y_kept and i not in yb]
    z = z.reshape([g.shape[i] for i in g_batch] + g_rest + y_rest)
    return lax.transpose(z, sorted(range(len(order)), key=order.__getitem__))


def _product(dims, out, configs):
    from ..custom_derivatives import custom_vjp

    @custom_vjp
    def product(lhs, rhs):
        return _forward(lhs, rhs, dims, out, configs)

    def fwd(lhs, rhs):
        return product(lhs, rhs), (lhs, rhs)

    def bwd(res, g):
        lhs, rhs = res
        (lc, rc), (lb, rb) = dims
        dl = _cotangent(g, lhs, rhs, dims, out, [configs[2], configs[1]], False)
        dr = _cotangent(g, rhs, lhs, ((rc, lc), (rb, lb)), out, [configs[2], configs[0]], True)
        if configs[2].mode == "nvfp4":  # what the quantization clipped has no gradient
            limit = float(jnp.finfo(configs[0].data_type).max) * float(jnp.finfo(configs[0].scale_type).max)
            dl = jnp.where(jnp.abs(lhs) <= configs[0].global_scale * limit, dl, 0)
            dr = jnp.where(jnp.abs(rhs) <= configs[1].global_scale * limit, dr, 0)
        return dl, dr

    product.defvjp(fwd, bwd)
    return product


def scaled_dot_general(lhs, rhs, dimension_numbers, preferred_element_type=np.float32, configs=None, implementation=None):
    """`lax.dot_general` of operands that are quantized by blocks first; the gradient is quantized too.

    ``configs`` holds one configuration each for lhs, rhs and the gradient, see `get_scaled_dot_general_config`.

    >>> import jaxgo as jax, jaxgo.numpy as jnp
    >>> configs = [jax.nn.get_scaled_dot_general_config("mxfp8")] * 3
    >>> x = jnp.ones((1, 2, 32))
    >>> print(jax.nn.scaled_dot_general(x, x, (((2,), (2,)), ((0,), (0,))), configs=configs))
    [[[32. 32.]
      [32. 32.]]]
    """
    if implementation is not None:
        import warnings

        warnings.warn("Backend selector, now ignored. The system chooses the backend automatically.", DeprecationWarning)
    out = as_dtype(preferred_element_type, "scaled_dot_general")
    if configs is None:
        return lax.dot_general(lhs, rhs, dimension_numbers, preferred_element_type=out)
    if out.name not in ("float32", "bfloat16", "float16"):
        raise TypeError("Only support preferred_element_type in (f32, bf16, f16), but got {preferred_element_type}")
    contract, (lb, rb) = dimension_numbers
    lc, rc = (tuple(d) for d in contract)
    lb, rb, single = tuple(lb), tuple(rb), False
    if not lb:
        lhs, lb, single = jnp.expand_dims(lhs, lhs.ndim), (lhs.ndim,), True
    if not rb:
        rhs, rb, single = jnp.expand_dims(rhs, rhs.ndim), (rhs.ndim,), True
    y = _product(((lc, rc), (lb, rb)), out, list(configs))(lhs, rhs)
    return jnp.squeeze(y, axis=0) if single else y
