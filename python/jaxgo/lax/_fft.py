"""Fourier transforms."""

from __future__ import annotations

from .. import _fast
from ._types import FftType
from ._util import ints

_fft = _fast.func("lax.fft")


def fft(x, fft_type, fft_lengths):
    """The discrete Fourier transform of the last axes, whose lengths are given; ``fft_type`` is an FftType or its name.

    >>> from jaxgo import lax, numpy as jnp
    >>> print(lax.fft(jnp.array([1., 0., 0., 0.]), "FFT", (4,)))
    [1.+0.j 1.+0.j 1.+0.j 1.+0.j]
    """
    if isinstance(fft_type, str):
        kind = FftType.__members__.get(fft_type.upper()) if fft_type in (fft_type.upper(), fft_type.lower()) else None
        if kind is None:
            raise ValueError(f"Unknown FFT type '{fft_type}'")
    elif isinstance(fft_type, FftType):
        kind = fft_type
    else:
        raise TypeError(f"Unknown FFT type value '{fft_type}'")
    return _fft(x, int(kind), ints(fft_lengths))
