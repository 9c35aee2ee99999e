"""The enums and named tuples that arguments of jaxgo.lax are made of."""

from __future__ import annotations

import enum
from collections import namedtuple

_MODULE = "jaxgo.lax"


class RoundingMethod(enum.IntEnum):
    """How round treats values halfway between two integers: away from zero, or to the even one."""

    AWAY_FROM_ZERO = 0
    TO_NEAREST_EVEN = 1


class AccuracyMode(enum.Enum):
    """The accuracy asked of an elementwise function: the best there is, or the backend's default."""

    HIGHEST = 1
    DEFAULT = 2


class RandomAlgorithm(enum.IntEnum):
    """The algorithm of rng_bit_generator."""

    RNG_DEFAULT = 0
    RNG_THREE_FRY = 1
    RNG_PHILOX = 2

    def __str__(self):
        return self.name


class FftType(enum.IntEnum):
    """The kinds of Fourier transforms."""

    FFT = 0
    IFFT = 1
    RFFT = 2
    IRFFT = 3


PRECISIONS = {"highest": 2, "float32": 2, "high": 1, "bfloat16_3x": 1, "tensorfloat32": 1, "default": 0, "bfloat16": 0, "fastest": 0}


class Precision(enum.Enum):
    """The precision of matrix products and convolutions; where the hardware has one only it changes nothing.

    >>> from jaxgo import lax
    >>> lax.Precision("float32")
    Precision.HIGHEST
    """

    DEFAULT = 0
    HIGH = 1
    HIGHEST = 2

    @classmethod
    def _missing_(cls, value):
        if value is None:
            return cls.DEFAULT
        n = PRECISIONS.get(value) if isinstance(value, str) else None
        return None if n is None else cls(n)

    def __repr__(self):
        return f"Precision.{self.name}"

    def __str__(self):
        return self.name


class DotAlgorithmPreset(enum.Enum):
    """Algorithms of matrix products: operand types, accumulation type, number of products that make one."""

    DEFAULT = 1
    ANY_F8_ANY_F8_F32 = 2
    ANY_F8_ANY_F8_F32_FAST_ACCUM = 3
    ANY_F8_ANY_F8_ANY = 4
    ANY_F8_ANY_F8_ANY_FAST_ACCUM = 5
    F16_F16_F16 = 6
    F16_F16_F32 = 7
    BF16_BF16_BF16 = 8
    BF16_BF16_F32 = 9
    BF16_BF16_F32_X3 = 10
    BF16_BF16_F32_X6 = 11
    BF16_BF16_F32_X9 = 12
    TF32_TF32_F32 = 13
    TF32_TF32_F32_X3 = 14
    F32_F32_F32 = 15
    F64_F64_F64 = 16

    def __repr__(self):
        return f"DotAlgorithmPreset.{self.name}"

    def __str__(self):
        return self.name

    @property
    def supported_lhs_types(self):
        """The operand dtypes that are taken as they are, or None for all."""
        if self.value <= 5:
            return None
        import numpy as np

        if self.name.startswith("F16"):
            return (np.float16,)
        if self.name in ("BF16_BF16_BF16", "BF16_BF16_F32"):
            return (_bfloat16(), np.float32)
        return (np.float64,) if self.name == "F64_F64_F64" else (np.float32,)

    supported_rhs_types = supported_lhs_types

    @property
    def accumulation_type(self):
        """The dtype that products are summed in, or None if the result's dtype says it."""
        import numpy as np

        if self.value in (1, 4, 5):
            return None
        return {"F16_F16_F16": np.float16, "BF16_BF16_BF16": _bfloat16(), "F64_F64_F64": np.float64}.get(self.name, np.float32)

    def supported_output_types(self, lhs_dtype, rhs_dtype):
        """The dtypes that the result may have without a conversion, or None for all."""
        import numpy as np

        from ..numpy import promote_types

        if self.name.startswith("ANY_F8_ANY_F8_F32"):
            import ml_dtypes as ml

            return (
                np.float32,
                np.float16,
                ml.bfloat16,
                ml.float8_e4m3fn,
                ml.float8_e5m2,
                ml.float8_e5m2fnuz,
                ml.float8_e4m3fnuz,
                ml.float8_e4m3b11fnuz,
            )
        narrow = {"F16_F16_F32": np.float16, "BF16_BF16_F32": _bfloat16()}.get(self.name)
        if narrow is not None and promote_types(lhs_dtype, rhs_dtype) == narrow:
            return (np.float32, narrow)
        return None if self.accumulation_type is None else (self.accumulation_type,)


def _bfloat16():
    import ml_dtypes

    return ml_dtypes.bfloat16


class GatherScatterMode(enum.Enum):
    """What to do with indices out of bounds: clamp them, fill or drop, or trust that there are none.

    >>> from jaxgo import lax
    >>> lax.GatherScatterMode.from_any("drop")
    GatherScatterMode.FILL_OR_DROP
    """

    CLIP = 1
    FILL_OR_DROP = 2
    PROMISE_IN_BOUNDS = 3
    ONE_HOT = 4

    def __repr__(self):
        return f"GatherScatterMode.{self.name}"

    __str__ = __repr__

    @staticmethod
    def from_any(s):
        """The mode that a string or a mode names; None is FILL_OR_DROP."""
        if isinstance(s, GatherScatterMode):
            return s
        m = {None: 2, "clip": 1, "fill": 2, "drop": 2, "promise_in_bounds": 3, "one_hot": 4}.get(s)
        if m is None:
            raise ValueError(f'Unknown gather mode "{s}"')
        return GatherScatterMode(m)


def mode_name(mode):
    """A mode as the extension knows it: a string, or None."""
    if mode is None:
        return None
    return _MODES[GatherScatterMode.from_any(mode)]


_MODES = {
    GatherScatterMode.CLIP: "clip",
    GatherScatterMode.FILL_OR_DROP: "fill",
    GatherScatterMode.PROMISE_IN_BOUNDS: "promise_in_bounds",
    GatherScatterMode.ONE_HOT: "one_hot",
}


class Tolerance:
    """The error that an elementwise function may have: absolute, relative, and in units of the last place.

    >>> from jaxgo import lax
    >>> print(lax.exp(1., accuracy=lax.Tolerance(rtol=1e-6)))
    2.7182817
    """

    def __init__(self, atol: float = 0.0, rtol: float = 0.0, ulps: int = 0):
        if atol < 0.0 or rtol < 0.0 or ulps < 0.0:
            raise ValueError("Tolerances must be non-negative.")
        if atol == 0.0 and rtol == 0.0 and ulps == 0:
            raise ValueError("At least one of atol, rtol, or ulps must be set.")
        self.atol, self.rtol, self.ulps = atol, rtol, ulps


GatherDimensionNumbers = namedtuple(
    "GatherDimensionNumbers",
    "offset_dims collapsed_slice_dims start_index_map operand_batching_dims start_indices_batching_dims",
    defaults=((), ()),
    module=_MODULE,
)
GatherDimensionNumbers.__doc__ = "Which axes gather's operand, indices and result have in common; see XLA's gather."
ScatterDimensionNumbers = namedtuple(
    "ScatterDimensionNumbers",
    "update_window_dims inserted_window_dims scatter_dims_to_operand_dims operand_batching_dims scatter_indices_batching_dims",
    defaults=((), ()),
    module=_MODULE,
)
ScatterDimensionNumbers.__doc__ = "Which axes scatter's operand, indices and updates have in common; see XLA's scatter."
ConvDimensionNumbers = namedtuple("ConvDimensionNumbers", "lhs_spec rhs_spec out_spec", module=_MODULE)
ConvDimensionNumbers.__doc__ = "The axes of a convolution's operand, kernel and result: batch, feature and then the spatial ones."
DotAlgorithm = namedtuple(
    "DotAlgorithm",
    "lhs_precision_type rhs_precision_type accumulation_type lhs_component_count rhs_component_count "
    "num_primitive_operations allow_imprecise_accumulation",
    defaults=(1, 1, 1, False),
    module=_MODULE,
)
DotAlgorithm.__doc__ = "An algorithm of matrix products that is none of DotAlgorithmPreset."


class RaggedDotDimensionNumbers:
    """The axes of a ragged matrix product."""

    __slots__ = ("dot_dimension_numbers", "lhs_ragged_dimensions", "rhs_group_dimensions")

    def __init__(self, dot_dimension_numbers, lhs_ragged_dimensions, rhs_group_dimensions):
        self.dot_dimension_numbers = tuple(tuple(map(tuple, t)) for t in dot_dimension_numbers)
        self.lhs_ragged_dimensions = tuple(lhs_ragged_dimensions)
        self.rhs_group_dimensions = tuple(rhs_group_dimensions)

    def _key(self):
        return self.dot_dimension_numbers, self.lhs_ragged_dimensions, self.rhs_group_dimensions

    def __eq__(self, other):
        return type(other) is RaggedDotDimensionNumbers and self._key() == other._key()

    def __hash__(self):
        return hash(self._key())

    def __repr__(self):
        return "RaggedDotDimensionNumbers(dot_dimension_numbers={}, lhs_ragged_dimensions={}, rhs_group_dimensions={})".format(*self._key())


for _c in (
    RoundingMethod,
    AccuracyMode,
    RandomAlgorithm,
    FftType,
    Precision,
    DotAlgorithmPreset,
    GatherScatterMode,
    Tolerance,
    RaggedDotDimensionNumbers,
):
    _c.__module__ = _MODULE


def precision_name(p):
    """A precision as the extension knows it, with JAX's error for anything else: None, a name, or two with a comma between."""
    if p is None:
        return None
    if isinstance(p, str):
        if p in PRECISIONS or p in DotAlgorithmPreset.__members__:
            return p
    elif isinstance(p, (Precision, DotAlgorithmPreset)):
        return p.name
    elif isinstance(p, DotAlgorithm):
        return _preset_of(p)
    elif isinstance(p, (list, tuple)) and len(p) == 2 and all(isinstance(x, (str, Precision)) for x in p):
        names = [x.name if isinstance(x, Precision) else x for x in p]
        if all(x in PRECISIONS or x in Precision.__members__ for x in names):
            return ",".join(names)
    raise ValueError(
        f"Precision argument must be one of:\n- None,\n- a string in {[*PRECISIONS, None]},\n- a lax.Precision value,\n"
        "- a tuple of two lax.Precision values or strings,\n- a lax.DotAlgorithmPreset or the name of one of these presets, or\n"
        f"- a lax.DotAlgorithm value;\nbut got {p}."
    )


def _preset_of(a):
    """The preset that a DotAlgorithm equals."""
    import numpy as np

    short = {"float16": "F16", "bfloat16": "BF16", "float32": "F32", "float64": "F64", "tf32": "TF32"}

    def name(t):
        n = t if isinstance(t, str) else np.dtype(t).name
        return short.get(n, n)

    s = "_".join(name(t) for t in a[:3])
    if a.num_primitive_operations > 1:
        s += f"_X{a.num_primitive_operations}"
    if s not in DotAlgorithmPreset.__members__:
        raise ValueError(f"The algorithm {a} is none of lax.DotAlgorithmPreset")
    return s


def accuracy_arg(a):
    """An accuracy as the extension knows it: the name of a mode, or three numbers."""
    if isinstance(a, AccuracyMode):
        return a.name
    if isinstance(a, Tolerance):
        return (a.atol, a.rtol, a.ulps)
    raise ValueError(f"accuracy must be a Tolerance, an AccuracyMode or None, got {a!r}")
