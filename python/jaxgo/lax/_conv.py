"""Convolutions: dimension numbers and padding; the operation itself is Go's."""

from __future__ import annotations

import operator

from .. import _fast
from .._dtype import as_dtype
from ._types import ConvDimensionNumbers, Precision, precision_name
from ._util import asarray, ints

_conv = _fast.func("lax.conv_general_dilated")


def _dilate(n, by):
    return n if n == 0 else 1 + by * (n - 1)


def conv_general_dilated(
    lhs,
    rhs,
    window_strides,
    padding,
    lhs_dilation=None,
    rhs_dilation=None,
    dimension_numbers=None,
    feature_group_count=1,
    batch_group_count=1,
    precision=None,
    preferred_element_type=None,
    out_sharding=None,
):
    """Convolution of any number of spatial dimensions, with strides, padding, dilation and groups.

    ``dimension_numbers`` names the axes of operand, kernel and result, as in ("NHWC", "HWIO", "NHWC"); by default batch and
    feature come first.

    >>> from jaxgo import lax, numpy as jnp
    >>> lax.conv_general_dilated(jnp.ones((1, 1, 5)), jnp.ones((1, 1, 3)), (1,), "SAME").shape
    (1, 1, 5)
    """
    dn = conv_dimension_numbers(lhs.shape, rhs.shape, dimension_numbers)
    ld = (1,) * (lhs.ndim - 2) if lhs_dilation is None else ints(lhs_dilation)
    rd = (1,) * (rhs.ndim - 2) if rhs_dilation is None else ints(rhs_dilation)
    strides = ints(window_strides)
    if isinstance(padding, str):
        if any(d != 1 for d in ld):
            raise ValueError(
                "String padding is not implemented for transposed convolution using this op. Please either exactly specify the "
                "required padding or use conv_transpose."
            )
        window = [_dilate(rhs.shape[i], d) for i, d in zip(dn.rhs_spec[2:], rd)]
        padding = padtype_to_pads([lhs.shape[i] for i in dn.lhs_spec[2:]], window, strides, padding)
    else:
        try:
            padding = [(operator.index(lo), operator.index(hi)) for lo, hi in padding]
        except (ValueError, TypeError) as e:
            raise ValueError(f"padding argument to conv_general_dilated should be a string or a sequence of (low, high) pairs, got {padding}") from e
    return _conv(
        lhs,
        rhs,
        strides,
        padding,
        ld,
        rd,
        *map(tuple, dn),
        feature_group_count,
        batch_group_count,
        precision_name(precision),
        None if preferred_element_type is None else as_dtype(preferred_element_type, "conv_general_dilated"),
    )


def conv(lhs, rhs, window_strides, padding, precision=None, preferred_element_type=None):
    """Convolution with the axes in the order batch, feature, spatial; those of the kernel are output, input, spatial.

    >>> from jaxgo import lax, numpy as jnp
    >>> lax.conv(jnp.ones((1, 1, 5)), jnp.ones((1, 1, 3)), (1,), "VALID").shape
    (1, 1, 3)
    """
    return conv_general_dilated(lhs, rhs, window_strides, padding, precision=precision, preferred_element_type=preferred_element_type)


def conv_with_general_padding(lhs, rhs, window_strides, padding, lhs_dilation, rhs_dilation, precision=None, preferred_element_type=None):
    """Convolution with explicit padding and dilation; axes as in conv.

    >>> from jaxgo import lax, numpy as jnp
    >>> lax.conv_with_general_padding(jnp.ones((1, 1, 5)), jnp.ones((1, 1, 3)), (1,), [(1, 1)], None, None).shape
    (1, 1, 5)
    """
    return conv_general_dilated(
        lhs,
        rhs,
        window_strides,
        padding,
        lhs_dilation=lhs_dilation,
        rhs_dilation=rhs_dilation,
        precision=precision,
        preferred_element_type=preferred_element_type,
    )


def _transpose_padding(k, s, padding):
    if padding == "SAME":
        total = k + s - 2
        low = k - 1 if s > k - 1 else -(-total // 2)
    elif padding == "VALID":
        total = k + s - 2 + max(k - s, 0)
        low = k - 1
    elif isinstance(padding, tuple):
        pads = tuple(k - p - 1 for p in padding)
        low, total = pads[0], sum(pads)
    else:
        raise ValueError(f"Invalid padding mode: {padding}")
    return low, total - low


def conv_transpose(
    lhs,
    rhs,
    strides,
    padding,
    rhs_dilation=None,
    dimension_numbers=None,
    transpose_kernel=False,
    precision=None,
    preferred_element_type=None,
    use_consistent_padding=False,
):
    """The transpose of a convolution, also known as deconvolution; features are the last axis by default.

    >>> from jaxgo import lax, numpy as jnp
    >>> lax.conv_transpose(jnp.ones((1, 5, 1)), jnp.ones((3, 1, 1)), (2,), "SAME").shape
    (1, 10, 1)
    """
    assert len(lhs.shape) == len(rhs.shape) and len(lhs.shape) >= 2
    n = len(lhs.shape)
    if dimension_numbers is None:
        spatial = {2: "", 3: "H", 4: "HW", 5: "HWD"}.get(n)
        if spatial is None:
            raise ValueError("No 4+ dimensional dimension_number defaults.")
        dimension_numbers = f"N{spatial}C", f"{spatial}IO", f"N{spatial}C"
    dn = conv_dimension_numbers(lhs.shape, rhs.shape, dimension_numbers)
    rd = (1,) * (n - 2) if rhs_dilation is None else rhs_dilation
    if use_consistent_padding or isinstance(padding, str) and padding in ("SAME", "VALID"):
        sizes = [_dilate(rhs.shape[i], d) for i, d in zip(dn.rhs_spec[2:], rd)]
        each = [padding] * len(strides) if isinstance(padding, str) else padding
        padding = tuple(_transpose_padding(k, s, p) for k, s, p in zip(sizes, strides, each))
    if transpose_kernel:
        from ..numpy import flip, swapaxes

        rhs = swapaxes(flip(rhs, tuple(dn.rhs_spec[2:])), dn.rhs_spec[0], dn.rhs_spec[1])
    return conv_general_dilated(
        lhs, rhs, (1,) * (n - 2), padding, strides, rd, dn, precision=precision, preferred_element_type=preferred_element_type
    )


def padtype_to_pads(in_shape, window_shape, window_strides, padding):
    """The (low, high) padding of each axis that "SAME", "SAME_LOWER" or "VALID" means.

    >>> from jaxgo import lax
    >>> lax.padtype_to_pads((5,), (3,), (1,), "SAME")
    [(1, 1)]
    """
    name = padding if isinstance(padding, str) else getattr(padding, "name", padding)
    if not isinstance(name, str):
        raise TypeError(f"Unknown padding type: {padding}.")
    kind = name.upper()
    if kind == "VALID":
        return [(0, 0)] * len(in_shape)
    if kind not in ("SAME", "SAME_LOWER"):
        raise RuntimeError(f"Unrecognized padding type: expected 'VALID', 'SAME', or 'SAME_LOWER', got {padding}.")
    if any(s <= 0 for s in window_strides):
        raise ValueError(f"window_strides must be positive, got {tuple(window_strides)}.")
    pads = []
    for n, w, s in zip(in_shape, window_shape, window_strides):
        total = int(max((-(-n // s) - 1) * s + w - n, 0))
        low, high = total // 2, total - total // 2
        pads.append((low, high) if kind == "SAME" else (high, low))
    return pads


def conv_dimension_numbers(lhs_shape, rhs_shape, dimension_numbers):
    """Dimension numbers as a ConvDimensionNumbers.

    >>> from jaxgo import lax
    >>> lax.conv_dimension_numbers((1, 5, 2), (3, 2, 4), ("NHC", "HIO", "NHC"))
    ConvDimensionNumbers(lhs_spec=(0, 2, 1), rhs_spec=(2, 1, 0), out_spec=(0, 2, 1))
    """
    d = dimension_numbers
    if isinstance(d, ConvDimensionNumbers):
        return d
    if len(lhs_shape) != len(rhs_shape):
        raise TypeError(f"convolution requires lhs and rhs ndim to be equal, got {len(lhs_shape)} and {len(rhs_shape)}.")
    if d is None:
        iota = tuple(range(len(lhs_shape)))
        return ConvDimensionNumbers(iota, iota, iota)
    if not isinstance(d, (list, tuple)):
        raise TypeError(f"convolution dimension_numbers must be tuple/list or None, got {type(d)}.")
    if len(d) != 3:
        raise TypeError(f"convolution dimension_numbers list/tuple must be length 3, got {len(d)}.")
    if not all(isinstance(x, str) for x in d):
        raise TypeError(f"convolution dimension_numbers elements must be strings, got {tuple(map(type, d))}.")
    for i, x in enumerate(d):
        if len(x) != len(lhs_shape):
            raise TypeError(
                f"convolution dimension_numbers[{i}] must have len equal to the ndim of lhs and rhs, got {len(x)} for lhs and rhs shapes "
                f"{lhs_shape} and {rhs_shape}."
            )
    return ConvDimensionNumbers(*conv_general_permutations(d))


def conv_general_permutations(dimension_numbers):
    """The axes of operand, kernel and result in the order batch, feature, spatial, from their names.

    >>> from jaxgo import lax
    >>> lax.conv_general_permutations(("NHC", "HIO", "NHC"))
    ((0, 2, 1), (2, 1, 0), (0, 2, 1))
    """
    pairs = ("N", "C"), ("O", "I"), ("N", "C")
    spatial = []
    for i, (spec, (a, b)) in enumerate(zip(dimension_numbers, pairs)):
        if not spec.count(a) == spec.count(b) == 1:
            raise TypeError(f"convolution dimension_numbers[{i}] must contain the characters '{a}' and '{b}' exactly once, got {spec}.")
        if len(spec) != len(set(spec)):
            raise TypeError(f"convolution dimension_numbers[{i}] cannot have duplicate characters, got {spec}.")
        spatial.append(set(spec) - {a, b})
    if not spatial[0] == spatial[1] == spatial[2]:
        raise TypeError(f"convolution dimension_numbers elements must each have the same set of spatial characters, got {dimension_numbers}.")
    order = [c for c in dimension_numbers[1] if c not in "OI"]
    return tuple((spec.index(a), spec.index(b), *map(spec.index, order)) for spec, (a, b) in zip(dimension_numbers, pairs))


def conv_shape_tuple(lhs_shape, rhs_shape, strides, pads, batch_group_count=1):
    """The shape of conv's result.

    >>> from jaxgo import lax
    >>> lax.conv_shape_tuple((1, 1, 5), (1, 1, 3), (1,), "VALID")
    (1, 1, 3)
    """
    if isinstance(pads, str):
        pads = padtype_to_pads(lhs_shape[2:], rhs_shape[2:], strides, pads)
    if len(pads) != len(lhs_shape) - 2:
        raise TypeError(f"Wrong number of explicit pads for convolution: expected {len(lhs_shape) - 2}, got {len(pads)}.")
    padded = [n + lo + hi for n, (lo, hi) in zip(lhs_shape[2:], pads)]
    if any(n < 0 for n in padded):
        raise ValueError(
            f"Negative padding is larger than the size of the corresponding dimension: got padding={pads} for lhs_shape[2:]={lhs_shape[2:]}"
        )
    space = (max(0, (n - w) // s + 1) for n, w, s in zip(padded, rhs_shape[2:], strides))
    return lhs_shape[0] // batch_group_count, rhs_shape[0], *space


def _unpermute(shape, perm):
    out = [0] * len(perm)
    for i, p in enumerate(perm):
        out[p] = shape[i]
    return tuple(out)


def conv_general_shape_tuple(lhs_shape, rhs_shape, window_strides, padding, dimension_numbers):
    """The shape of conv_general_dilated's result without dilation.

    >>> from jaxgo import lax
    >>> lax.conv_general_shape_tuple((1, 5, 1), (3, 1, 1), (1,), "VALID", ("NHC", "HIO", "NHC"))
    (1, 3, 1)
    """
    lp, rp, op = conv_general_permutations(dimension_numbers)
    out = conv_shape_tuple(tuple(lhs_shape[i] for i in lp), tuple(rhs_shape[i] for i in rp), window_strides, padding)
    return _unpermute(out, op)


def conv_transpose_shape_tuple(lhs_shape, rhs_shape, window_strides, padding, dimension_numbers):
    """The shape of conv_transpose's result.

    >>> from jaxgo import lax
    >>> lax.conv_transpose_shape_tuple((1, 5, 1), (3, 1, 1), (2,), "SAME", ("NHC", "HIO", "NHC"))
    (1, 10, 1)
    """
    lp, rp, op = conv_general_permutations(dimension_numbers)
    ls, rs = [lhs_shape[i] for i in lp], [rhs_shape[i] for i in rp]
    if isinstance(padding, str):
        padding = [_transpose_padding(k, s, padding) for k, s in zip(rs[2:], window_strides)]
    space = ((n - 1) * s - k + 2 + sum(p) for n, k, s, p in zip(ls[2:], rs[2:], window_strides, padding))
    return _unpermute((ls[0], rs[0], *space), op)


def conv_general_dilated_patches(
    lhs,
    filter_shape,
    window_strides,
    padding,
    lhs_dilation=None,
    rhs_dilation=None,
    dimension_numbers=None,
    precision=None,
    preferred_element_type=None,
):
    """The patches of the operand that a kernel of this shape would see, along the feature axis.

    >>> from jaxgo import lax, numpy as jnp
    >>> print(lax.conv_general_dilated_patches(jnp.arange(4.).reshape(1, 1, 4), (2,), (1,), "VALID"))
    [[[0. 1. 2.]
      [1. 2. 3.]]]
    """
    from ..numpy import moveaxis
    from ._shape import _eye, broadcast_in_dim, reshape

    lhs = asarray(lhs)
    filter_shape = tuple(filter_shape)
    dn = conv_dimension_numbers(lhs.shape, (1, 1) + filter_shape, dimension_numbers)
    size = 1
    for n in filter_shape:
        size *= n
    channels = lhs.shape[dn.lhs_spec[1]]
    rhs = broadcast_in_dim(_eye(lhs.dtype, (size, size)), (channels, size, size), (1, 2))
    rhs = moveaxis(reshape(rhs, (channels * size, 1, *filter_shape)), (0, 1), (dn.rhs_spec[0], dn.rhs_spec[1]))
    return conv_general_dilated(
        lhs,
        rhs,
        window_strides,
        padding,
        lhs_dilation,
        rhs_dilation,
        dn,
        feature_group_count=channels,
        precision=None if precision is None else (precision, Precision.DEFAULT),
        preferred_element_type=preferred_element_type,
    )


def conv_general_dilated_local(
    lhs, rhs, window_strides, padding, filter_shape, lhs_dilation=None, rhs_dilation=None, dimension_numbers=None, precision=None
):
    """Convolution whose kernel differs from place to place.

    >>> from jaxgo import lax, numpy as jnp
    >>> print(lax.conv_general_dilated_local(jnp.ones((1, 1, 4)), jnp.ones((1, 2, 3)), (1,), "VALID", (2,)))
    [[[2. 2. 2.]]]
    """
    from ..numpy import moveaxis
    from ._shape import dot_general

    lhs = asarray(lhs)
    if precision is None:
        lhs_precision = None
    elif isinstance(precision, (tuple, list)):
        lhs_precision = Precision(precision[0])
    elif isinstance(precision, Precision) or precision_name(precision) not in Precision.__members__ and isinstance(precision, str):
        lhs_precision = Precision(precision)
    else:
        raise ValueError(f"Unsupported precision for conv_general_dilated_local: {precision}")
    patches = conv_general_dilated_patches(lhs, filter_shape, window_strides, padding, lhs_dilation, rhs_dilation, dimension_numbers, lhs_precision)
    _, rhs_spec, out_spec = conv_dimension_numbers(lhs.shape, (1, 1) + tuple(filter_shape), dimension_numbers)
    lhs_batch, rhs_batch = out_spec[2:], rhs_spec[2:]
    order = sorted(range(len(rhs_batch)), key=lambda k: lhs_batch[k])
    dims = (([out_spec[1]], [rhs_spec[1]]), (sorted(lhs_batch), [rhs_batch[i] for i in order]))
    out = dot_general(patches, rhs, dims, precision=precision)
    return moveaxis(out, (-2, -1), (out_spec[0], out_spec[1]))
