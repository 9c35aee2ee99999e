"""jaxgo.scipy.signal: convolution, detrending, and spectra by short-time Fourier transforms."""

from __future__ import annotations

import math
import operator
import warnings
from functools import partial

import numpy as np

from .. import lax
from .. import numpy as jnp
from .._api import vmap
from ..numpy._util import arrays, canonical_axis, check_arraylike, concrete, promoted_inexact
from ._util import complex_dtype, promoted_complex

__all__ = ["convolve", "convolve2d", "correlate", "correlate2d", "csd", "detrend", "fftconvolve", "istft", "stft", "welch"]


def _swaps(shape1, shape2, error):
    """Whether the second shape contains the first; one must contain the other."""
    no_swap = all(s1 >= s2 for s1, s2 in zip(shape1, shape2))
    swap = all(s1 <= s2 for s1, s2 in zip(shape1, shape2))
    if not (no_swap or swap):
        raise ValueError(error)
    return swap


def fftconvolve(in1, in2, mode="full", axes=None):
    """The convolution along some axes, or all, by Fourier transforms, as scipy.signal.fftconvolve; arguments are those of ``convolve``.

    >>> import jaxgo.numpy as jnp, jaxgo.scipy.signal as signal
    >>> print(f"{signal.fftconvolve(jnp.array([1., 2.]), jnp.array([1., 1.]))[1]:.3f}")
    3.000
    """
    check_arraylike("fftconvolve", in1, in2)
    in1, in2 = promoted_inexact(in1, in2)
    if in1.ndim != in2.ndim:
        raise ValueError("in1 and in2 should have the same dimensionality")
    if mode not in ["same", "full", "valid"]:
        raise ValueError("mode must be one of ['same', 'full', 'valid']")
    convolve = partial(_fftconvolve, mode=mode)
    if axes is None:
        return convolve(in1, in2)
    axes = concrete(axes, "expected a static index or sequence of indices.")
    try:
        axes = (operator.index(axes),)
    except TypeError:
        axes = tuple(map(operator.index, axes))
    axes = tuple(canonical_axis(ax, in1.ndim) for ax in axes)
    mapped = set(range(in1.ndim)) - set(axes)
    if any(in1.shape[i] != in2.shape[i] for i in mapped):
        raise ValueError(f"mapped axes must have same shape; got in1.shape={in1.shape!r} in2.shape={in2.shape!r} axes={axes!r}")
    for ax in sorted(mapped):
        convolve = vmap(convolve, in_axes=ax, out_axes=ax)
    return convolve(in1, in2)


def _fftconvolve(in1, in2, mode):
    full_shape = tuple(s1 + s2 - 1 for s1, s2 in zip(in1.shape, in2.shape))
    if mode == "valid":
        if _swaps(in1.shape, in2.shape, "For 'valid' mode, One input must be at least as large as the other in every dimension."):
            in1, in2 = in2, in1
    if all(s1 == 1 or s2 == 1 for s1, s2 in zip(in1.shape, in2.shape)):
        conv = in1 * in2
    else:
        fft, ifft = (jnp.fft.fftn, jnp.fft.ifftn) if jnp.iscomplexobj(in1) else (jnp.fft.rfftn, jnp.fft.irfftn)
        conv = ifft(fft(in1, full_shape) * fft(in2, full_shape), full_shape)
    valid = tuple(s1 - s2 + 1 for s1, s2 in zip(in1.shape, in2.shape))
    out_shape = {"full": full_shape, "same": in1.shape, "valid": valid}[mode]
    return lax.dynamic_slice(conv, tuple((full - out) // 2 for full, out in zip(full_shape, out_shape)), out_shape)


def _convolve(in1, in2, mode, precision):
    if mode not in ["full", "same", "valid"]:
        raise ValueError("mode must be one of ['full', 'same', 'valid']")
    if in1.ndim != in2.ndim:
        raise ValueError("in1 and in2 must have the same number of dimensions")
    if in1.size == 0 or in2.size == 0:
        raise ValueError(f"zero-size arrays not supported in convolutions, got shapes {in1.shape} and {in2.shape}.")
    in1, in2 = promoted_inexact(in1, in2)
    own = in2.shape
    if _swaps(in1.shape, in2.shape, "One input must be smaller than the other in every dimension."):
        in1, in2 = in2, in1
    shape = in2.shape
    padding = {
        "valid": [(0, 0) for s in shape],
        "same": [(s - 1 - (o - 1) // 2, s - o + (o - 1) // 2) for s, o in zip(shape, own)],
        "full": [(s - 1, s - 1) for s in shape],
    }[mode]
    in2 = jnp.flip(in2)
    return lax.conv_general_dilated(in1[None, None], in2[None, None], (1,) * len(shape), padding, precision=precision)[0, 0]


def convolve(in1, in2, mode="full", method="auto", precision=None):
    """The convolution of two arrays of one rank, as scipy.signal.convolve.

    ``mode`` is 'full', 'same', of the shape of in1, or 'valid', without what depends on padding; ``method`` is 'direct', 'fft' or 'auto'.

    >>> import jaxgo.numpy as jnp, jaxgo.scipy.signal as signal
    >>> print(signal.convolve(jnp.array([1., 2., 3.]), jnp.array([1., 1.])))
    [1. 3. 5. 3.]
    """
    if method == "fft":
        return fftconvolve(in1, in2, mode=mode)
    if method in ["direct", "auto"]:
        return _convolve(in1, in2, mode, precision)
    raise ValueError(f"Got method={method!r}; expected 'auto', 'fft', or 'direct'.")


def _check_2d(name, in1, in2, boundary, fillvalue):
    if boundary != "fill" or fillvalue != 0:
        raise NotImplementedError(f"{name}() only supports boundary='fill', fillvalue=0")
    if np.ndim(in1) != 2 or np.ndim(in2) != 2:
        raise ValueError(f"{name}() only supports 2-dimensional inputs.")


def convolve2d(in1, in2, mode="full", boundary="fill", fillvalue=0, precision=None):
    """The convolution of two matrices, as scipy.signal.convolve2d; arguments are those of ``convolve``.

    >>> import jaxgo.numpy as jnp, jaxgo.scipy.signal as signal
    >>> print(signal.convolve2d(jnp.eye(2), jnp.ones((1, 2))))
    [[1. 1. 0.]
     [0. 1. 1.]]
    """
    _check_2d("convolve2d", in1, in2, boundary, fillvalue)
    return _convolve(in1, in2, mode, precision)


def correlate(in1, in2, mode="full", method="auto", precision=None):
    """The cross-correlation of two arrays of one rank, as scipy.signal.correlate; arguments are those of ``convolve``.

    >>> import jaxgo.numpy as jnp, jaxgo.scipy.signal as signal
    >>> print(signal.correlate(jnp.array([1., 2., 3.]), jnp.array([0., 1.])))
    [1. 2. 3. 0.]
    """
    return convolve(in1, jnp.flip(in2.conj()), mode, precision=precision, method=method)


def correlate2d(in1, in2, mode="full", boundary="fill", fillvalue=0, precision=None):
    """The cross-correlation of two matrices, as scipy.signal.correlate2d; arguments are those of ``convolve``.

    >>> import jaxgo.numpy as jnp, jaxgo.scipy.signal as signal
    >>> print(signal.correlate2d(jnp.eye(2), jnp.ones((2, 2)), mode="valid"))
    [[2.]]
    """
    _check_2d("correlate2d", in1, in2, boundary, fillvalue)
    swap = all(s1 <= s2 for s1, s2 in zip(in1.shape, in2.shape))
    same_shape = all(s1 == s2 for s1, s2 in zip(in1.shape, in2.shape))
    if swap and (mode == "valid" and not same_shape or mode not in ("same", "valid")):
        result = _convolve(jnp.flip(in2), in1.conj(), mode, precision)
        return result if mode == "valid" else result.conj()
    return jnp.flip(_convolve(jnp.flip(in1), in2.conj(), mode, precision))


def detrend(data, axis=-1, type="linear", bp=0, overwrite_data=None):
    """The data less their mean ('constant') or their linear fits between the break points bp, as scipy.signal.detrend.

    >>> import jaxgo.numpy as jnp, jaxgo.scipy.signal as signal
    >>> print(signal.detrend(jnp.array([1., 2., 6.]), type="constant"))
    [-2. -1.  3.]
    """
    if overwrite_data is not None:
        raise NotImplementedError("overwrite_data argument not implemented.")
    if type not in ["constant", "linear"]:
        raise ValueError("Trend type must be 'linear' or 'constant'.")
    (data,) = promoted_inexact(jnp.asarray(data))
    if type == "constant":
        return data - data.mean(axis, keepdims=True)
    N = data.shape[axis]
    bp = np.sort(np.unique(np.r_[0, bp, N]))
    if bp[0] < 0 or bp[-1] > N:
        raise ValueError("Breakpoints must be non-negative and less than length of data along given axis.")
    data = jnp.moveaxis(data, axis, 0)
    shape, dtype = data.shape, data.dtype
    data = data.reshape(N, -1)
    for start, end in zip(bp, bp[1:]):
        n = end - start
        A = jnp.vstack([jnp.ones(n, dtype=dtype), jnp.arange(1, n + 1, dtype=dtype) / n.astype(dtype)]).T
        coef, *_ = jnp.linalg.lstsq(A, data[start:end])
        data = data.at[start:end].add(-jnp.matmul(A, coef, precision=lax.Precision.HIGHEST))
    return jnp.moveaxis(data.reshape(shape), 0, axis)


def _named_window(window, n):
    """A window by its name; those but Hann's are SciPy's."""
    if isinstance(window, str) and window == "hann":
        return jnp.array([1.0]) if n == 1 else jnp.sin(jnp.linspace(0, np.pi, n, endpoint=False)) ** 2
    try:
        from scipy.signal import get_window
    except ImportError as err:
        raise ImportError(f"scipy must be available to use window={window!r}") from err
    return get_window(window, n)


def _window(window, nperseg, input_length, dtype):
    """The window as an array, and the length of segments."""
    if isinstance(window, (str, tuple)):
        n = input_length if nperseg is None else int(nperseg)
        if n > input_length:
            warnings.warn(f"nperseg={n} is greater than input_length={input_length!r}, using nperseg={input_length}")
            n = input_length
        return jnp.array(_named_window(window, n), dtype=dtype), n
    win = jnp.asarray(window, dtype=dtype)
    n = win.size if nperseg is None else int(nperseg)
    if win.ndim != 1:
        raise ValueError("window must be 1-D")
    if input_length < win.size:
        raise ValueError("window is longer than input signal")
    if n != win.size:
        raise ValueError("value specified for nperseg is different from length of window")
    return win, n


def _segment_spectra(x, win, detrend, nperseg, noverlap, nfft, sides):
    """The Fourier transforms of the windowed segments."""
    if x.dtype.kind == "i":
        x = x.astype(win.dtype)
    *batch, length = x.shape
    if nperseg == 1 and noverlap == 0:
        result = x[..., np.newaxis]
    else:
        starts = jnp.arange(length - nperseg + 1, step=nperseg - noverlap)
        result = vmap(lambda start: lax.dynamic_slice_in_dim(x, start, nperseg, axis=-1), out_axes=-2)(starts)
    result = detrend(result)
    if jnp.iscomplexobj(win):
        (result,) = promoted_complex(result)
    result = win.reshape((1,) * len(batch) + (1, nperseg)) * result
    return jnp.fft.fft(result, n=nfft) if sides == "twosided" else jnp.fft.rfft(result.real, n=nfft)


def _odd_ext(x, n, axis=-1):
    """x extended at both ends by its reflections through them."""
    if n < 1:
        return x
    last = x.shape[axis] - 1
    if n > last:
        raise ValueError(f"The extension length n ({n}) is too big. It must not exceed x.shape[axis]-1, which is {last}.")
    left = jnp.flip(lax.slice_in_dim(x, 1, n + 1, axis=axis), axis=axis)
    right = jnp.flip(lax.slice_in_dim(x, -(n + 1), -1, axis=axis), axis=axis)
    left_end, right_end = lax.slice_in_dim(x, 0, 1, axis=axis), lax.slice_in_dim(x, -1, None, axis=axis)
    return jnp.concatenate((2 * left_end - left, x, 2 * right_end - right), axis=axis)


def _padding(mode, **kwargs):
    return lambda x, n: jnp.pad(x, [(0, 0)] * (x.ndim - 1) + [(n, n)], mode, **kwargs)


_EXTENSIONS = {
    "even": _padding("reflect"),
    "odd": _odd_ext,
    "constant": _padding("edge"),
    "zeros": _padding("constant", constant_values=0.0),
    None: lambda x, n: x,
}


def _without(shape, axis):
    return shape[:axis] + shape[axis + 1 :]


def _spectra(
    x,
    y,
    fs=1.0,
    window="hann",
    nperseg=None,
    noverlap=None,
    nfft=None,
    detrend_type="constant",
    return_onesided=True,
    scaling="density",
    axis=-1,
    mode="psd",
    boundary=None,
    padded=False,
):
    """Frequencies, times and transforms ('stft') or spectral densities ('psd') of the segments of x, or of x and y."""
    if boundary not in _EXTENSIONS:
        raise ValueError(f"Unknown boundary option '{boundary}', must be one of: {list(_EXTENSIONS.keys())}")
    axis = canonical_axis(concrete(axis, "axis of windowed-FFT", operator.index), x.ndim)
    if y is None:
        check_arraylike("spectral_helper", x)
        (x,) = promoted_inexact(x)
    else:
        check_arraylike("spectral_helper", x, y)
        x, y = promoted_inexact(x, y)
        if x.ndim != y.ndim:
            raise ValueError("two-arguments must have the same rank ({x.ndim} vs {y.ndim}).")
        try:
            outer = jnp.broadcast_shapes(_without(x.shape, axis), _without(y.shape, axis))
        except ValueError as err:
            raise ValueError("x and y cannot be broadcast together.") from err
    result_dtype = complex_dtype(x.dtype)
    freq_dtype = np.finfo(result_dtype).dtype
    if nperseg is not None:
        nperseg = concrete(nperseg, "nperseg of windowed-FFT", int)
        if nperseg < 1:
            raise ValueError("nperseg must be a positive integer")
    win, nperseg = _window(window, nperseg, x.shape[axis], x.dtype)
    noverlap = nperseg // 2 if noverlap is None else concrete(noverlap, "noverlap of windowed-FFT", int)
    nfft = nperseg if nfft is None else concrete(nfft, "nfft of windowed-FFT", int)
    if x.size == 0 or y is not None and y.size == 0:
        shape = x.shape
        if y is not None:  # as in SciPy; JAX 0.10.2 confuses the axis with the size here
            shape = outer[:axis] + (min(x.shape[axis], y.shape[axis]),) + outer[axis:]
        return jnp.zeros(shape, freq_dtype), jnp.zeros(shape, freq_dtype), jnp.zeros(shape, result_dtype)

    signals = [jnp.moveaxis(s, axis, -1) if i == 0 or s.ndim > 1 else s for i, s in enumerate((x,) if y is None else (x, y))]
    longest = max(s.shape[-1] for s in signals)
    signals = [
        s if s.shape[-1] == longest else jnp.concatenate((s, jnp.zeros_like(x, shape=(*s.shape[:-1], longest - s.shape[-1]))), -1) for s in signals
    ]
    if nfft < nperseg:
        raise ValueError("nfft must be greater than or equal to nperseg.")
    if noverlap >= nperseg:
        raise ValueError("noverlap must be less than nperseg.")
    nstep = nperseg - noverlap
    if boundary is not None:
        signals = [_EXTENSIONS[boundary](s, nperseg // 2) for s in signals]
    if padded:  # to whole segments
        nadd = -(signals[0].shape[-1] - nperseg) % nstep % nperseg
        signals = [jnp.concatenate((s, jnp.zeros_like(x, shape=(*s.shape[:-1], nadd))), axis=-1) for s in signals]

    if isinstance(detrend_type, str):
        detrender = partial(detrend, type=detrend_type, axis=-1)
    elif callable(detrend_type):
        detrender = detrend_type
        if axis != -1:
            detrender = lambda d: jnp.moveaxis(detrend_type(jnp.moveaxis(d, axis, -1)), -1, axis)
    elif not detrend_type:
        detrender = lambda d: d
    else:
        raise ValueError(f"Unsupported detrend type: {detrend_type}")
    if scaling == "density":
        scale = 1.0 / (fs * (win * win).sum())
    elif scaling == "spectrum":
        scale = 1.0 / win.sum() ** 2
    else:
        raise ValueError(f"Unknown scaling: {scaling}")
    if mode == "stft":
        scale = jnp.sqrt(scale)
    (scale,) = promoted_complex(scale)
    sides = "onesided" if return_onesided else "twosided"
    if return_onesided and any(jnp.iscomplexobj(s) for s in signals):
        sides = "twosided"
        warnings.warn("Input data is complex, switching to return_onesided=False")
    freqs = (jnp.fft.fftfreq if sides == "twosided" else jnp.fft.rfftfreq)(nfft, 1 / fs, dtype=freq_dtype)

    spectra = [_segment_spectra(s, win, detrender, nperseg, noverlap, nfft, sides) for s in signals]
    result = spectra[0] if mode == "stft" else jnp.conjugate(spectra[0]) * spectra[-1]
    result *= scale
    if sides == "onesided" and mode == "psd":  # all but the constant and Nyquist's frequency stand for two
        result = result.at[..., 1 : None if nfft % 2 else -1].mul(2)
    time = jnp.arange(nperseg / 2, signals[0].shape[-1] - nperseg / 2 + 1, nstep, dtype=freq_dtype) / fs
    if boundary is not None:
        time -= (nperseg / 2) / fs
    result = result.astype(result_dtype)
    if y is None and mode != "stft":
        result = result.real
    return freqs, time, jnp.moveaxis(result, -1, axis)


def stft(
    x,
    fs=1.0,
    window="hann",
    nperseg=256,
    noverlap=None,
    nfft=None,
    detrend=False,
    return_onesided=True,
    boundary="zeros",
    padded=True,
    axis=-1,
):
    """Frequencies (f,), times (t,) and the short-time Fourier transform (..., f, t) of signals (..., n), as scipy.signal.stft.

    >>> import jaxgo.numpy as jnp, jaxgo.scipy.signal as signal
    >>> f, t, Z = signal.stft(jnp.arange(8.), nperseg=4)
    >>> print(f.shape, t, Z.shape)
    (3,) [0. 2. 4. 6. 8.] (3, 5)
    """
    return _spectra(
        x, None, fs, window, nperseg, noverlap, nfft, detrend, return_onesided, "spectrum", axis, mode="stft", boundary=boundary, padded=padded
    )


def csd(
    x,
    y,
    fs=1.0,
    window="hann",
    nperseg=None,
    noverlap=None,
    nfft=None,
    detrend="constant",
    return_onesided=True,
    scaling="density",
    axis=-1,
    average="mean",
):
    """Frequencies and the cross spectral density of two signals by Welch's method, as scipy.signal.csd.

    >>> import jaxgo.numpy as jnp, jaxgo.scipy.signal as signal
    >>> f, P = signal.csd(jnp.arange(8.), jnp.arange(8.), nperseg=4)
    >>> print(f, P.shape)
    [0.   0.25 0.5 ] (3,)
    """
    freqs, _, Pxy = _spectra(x, y, fs, window, nperseg, noverlap, nfft, detrend, return_onesided, scaling, axis, mode="psd")
    if y is not None:
        Pxy = Pxy + 0j
    if Pxy.ndim < 2 or Pxy.size == 0:
        return freqs, Pxy
    if Pxy.shape[-1] == 1:
        return freqs, jnp.reshape(Pxy, Pxy.shape[:-1])
    if average == "mean":
        return freqs, Pxy.mean(axis=-1)
    if average != "median":
        raise ValueError(f'average must be "median" or "mean", got {average}')
    # The median of the distribution of a density is less than its mean.
    evens = jnp.arange(2.0, Pxy.shape[-1], 2)
    bias = (1 + jnp.sum(1.0 / (evens + 1) - 1.0 / evens)).astype(Pxy.dtype)
    if jnp.iscomplexobj(Pxy):
        Pxy = jnp.median(jnp.real(Pxy), axis=-1) + 1j * jnp.median(jnp.imag(Pxy), axis=-1)
    else:
        Pxy = jnp.median(Pxy, axis=-1)
    return freqs, Pxy / bias


def welch(
    x,
    fs=1.0,
    window="hann",
    nperseg=None,
    noverlap=None,
    nfft=None,
    detrend="constant",
    return_onesided=True,
    scaling="density",
    axis=-1,
    average="mean",
):
    """Frequencies and the power spectral density of a signal by Welch's method, as scipy.signal.welch.

    >>> import jaxgo.numpy as jnp, jaxgo.scipy.signal as signal
    >>> f, P = signal.welch(jnp.arange(8.), nperseg=4)
    >>> print(f, P.shape)
    [0.   0.25 0.5 ] (3,)
    """
    freqs, Pxx = csd(x, None, fs, window, nperseg, noverlap, nfft, detrend, return_onesided, scaling, axis, average)
    return freqs, Pxx.real


def _overlap_and_add(x, step):
    """The sum of frames (..., frames, length), each a step after the one before."""
    check_arraylike("_overlap_and_add", x)
    step = concrete(step, "step_size for overlap_and_add", int)
    if x.ndim < 2:
        raise ValueError("Input must have (..., frames, frame_length) shape.")
    *batch, nframes, length = x.shape
    flat = math.prod(batch)
    x = x.reshape((flat, nframes, length))
    output_size = step * (nframes - 1) + length
    # Frames are cut into steps; a skewed reshape then lines up those that add.
    nsteps = 1 + (length - 1) // step
    x = jnp.pad(x, ((0, 0), (0, 0), (0, nsteps * step - length)))
    x = x.reshape((flat, nframes, nsteps, step)).transpose((0, 2, 1, 3))
    x = jnp.pad(x, ((0, 0), (0, 0), (0, nframes), (0, 0)))
    shrunken = x.shape[2] - 1
    x = x.reshape((flat, -1))[:, : nsteps * shrunken * step]
    x = x.reshape((flat, nsteps, shrunken * step)).sum(axis=1)[:, :output_size]
    return x.reshape((*batch, -1))


def istft(
    Zxx,
    fs=1.0,
    window="hann",
    nperseg=None,
    noverlap=None,
    nfft=None,
    input_onesided=True,
    boundary=True,
    time_axis=-1,
    freq_axis=-2,
):
    """Times and the signal that has a short-time Fourier transform, as scipy.signal.istft.

    >>> import jaxgo.numpy as jnp, jaxgo.scipy.signal as signal
    >>> _, x = signal.istft(signal.stft(jnp.ones(4), nperseg=2)[2])
    >>> print(x)
    [1. 1. 1. 1.]
    """
    Zxx = arrays("istft", Zxx)
    if Zxx.ndim < 2:
        raise ValueError("Input stft must be at least 2d!")
    ndim = Zxx.ndim
    freq_axis, time_axis = canonical_axis(freq_axis, ndim), canonical_axis(time_axis, ndim)
    if freq_axis == time_axis:
        raise ValueError("Must specify differing time and frequency axes!")
    Zxx = jnp.asarray(Zxx, dtype=complex_dtype(Zxx.dtype))
    default = 2 * (Zxx.shape[freq_axis] - 1) if input_onesided else Zxx.shape[freq_axis]
    nperseg = concrete(nperseg or default, "nperseg: segment length of STFT", int)
    if nperseg < 1:
        raise ValueError("nperseg must be a positive integer")
    if nfft is None:  # an odd length of segments is one more than what the frequencies tell
        length = default + 1 if input_onesided and nperseg == default + 1 else default
    else:
        length = concrete(nfft, "nfft of STFT", int)
    if length < nperseg:
        raise ValueError(f"FFT length ({length}) must be longer than nperseg ({nperseg}).")
    noverlap = concrete(noverlap or nperseg // 2, "noverlap of STFT", int)
    if noverlap >= nperseg:
        raise ValueError("noverlap must be less than nperseg.")
    nstep = nperseg - noverlap

    if time_axis != ndim - 1 or freq_axis != ndim - 2:
        outer = tuple(i for i in range(ndim) if i not in (time_axis, freq_axis))
        Zxx = jnp.transpose(Zxx, outer + (freq_axis, time_axis))
    xsubs = (jnp.fft.irfft if input_onesided else jnp.fft.ifft)(Zxx, axis=-2, n=nfft)[..., :nperseg, :]
    if isinstance(window, (str, tuple)):
        win = jnp.array(_named_window(window, nperseg), dtype=xsubs.dtype)
    else:
        win = jnp.asarray(window)
        if len(win.shape) != 1:
            raise ValueError("window must be 1-D")
        if win.shape[0] != nperseg:
            raise ValueError(f"window must have length of {nperseg}")
    xsubs *= win.sum()  # what stft divided by
    win = lax.expand_dims(win, (*range(xsubs.ndim - 2), -1))
    x = _overlap_and_add((xsubs * win).swapaxes(-2, -1), nstep)
    squared = jnp.repeat(win * win, xsubs.shape[-1], axis=-1)
    norm = _overlap_and_add(squared.swapaxes(-2, -1), nstep)
    if boundary:
        x, norm = (v[..., nperseg // 2 : -(nperseg // 2)] for v in (x, norm))
    x /= jnp.where(norm > 1e-10, norm, 1.0)
    if x.ndim > 1 and time_axis != ndim - 1:
        x = jnp.moveaxis(x, -1, time_axis - 1 if freq_axis < time_axis else time_axis)
    return jnp.arange(x.shape[0], dtype=np.finfo(x.dtype).dtype) / fs, x
