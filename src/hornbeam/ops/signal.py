"""Fourier transforms, windows and frames. Complex numbers are pairs (real part, imaginary part), as in keras.ops."""

from collections.abc import Callable
from typing import Any

import jax.numpy as jnp
import numpy as np

from hornbeam.engine import dtypes
from hornbeam.engine.door import Op, op
from hornbeam.engine.errors import ArgumentError, ShapeError
from hornbeam.engine.tensor import Tensor, as_tensor, is_tensor


def _transform(name: str, doc: str, function: Callable) -> Callable:
    def both(real: Any, imag: Any) -> Any:
        out = function(real + 1j * imag)
        return jnp.real(out), jnp.imag(out)

    row = Op(both, 2, "float", name=name)

    def transform(x: Any) -> tuple[Tensor, Tensor]:
        if not isinstance(x, (tuple, list)) or len(x) != 2:
            raise ArgumentError(f"{name} takes a pair (real part, imaginary part).")
        return row(*x)

    transform.__name__, transform.__doc__ = name, doc
    return transform


fft = _transform("fft", "The discrete Fourier transform along the last axis, of and as a pair (real, imaginary).", jnp.fft.fft)
fft2 = _transform("fft2", "The two-dimensional discrete Fourier transform over the last two axes.", jnp.fft.fft2)
ifft2 = _transform("ifft2", "The inverse of `fft2`.", jnp.fft.ifft2)


@op(1, "float", name="rfft")
def rfft(x: Any, fft_length: int | None = None) -> Any:
    """The non-negative frequencies of a real signal along the last axis: a pair (real, imaginary)."""
    out = jnp.fft.rfft(x, fft_length)
    return jnp.real(out), jnp.imag(out)


@op(2, "float", name="irfft")
def _irfft(real: Any, imag: Any, fft_length: int | None) -> Any:
    return jnp.fft.irfft(real + 1j * imag, fft_length)


def irfft(x: Any, fft_length: int | None = None) -> Tensor:
    """The inverse of `rfft`."""
    return _irfft(x[0], x[1], fft_length)


def _frames(x: Any, length: int, stride: int) -> Any:
    count = 1 + (x.shape[-1] - length) // stride
    places = np.arange(count, dtype=np.int32)[:, None] * stride + np.arange(length, dtype=np.int32)
    return x[..., places]


@op()
def extract_sequences(x: Any, sequence_length: int, sequence_stride: int) -> Any:
    """Windows of `sequence_length` along the last axis, `sequence_stride` apart: shape `(..., windows, sequence_length)`."""
    if x.shape[-1] < sequence_length:
        raise ShapeError(f"extract_sequences: the last axis has {x.shape[-1]} elements, fewer than a sequence ({sequence_length}).")
    return _frames(x, sequence_length, sequence_stride)


def _window(window: Any, length: int, fft_length: int, dtype: Any) -> np.ndarray:
    """The window's values in the middle of `fft_length` zeros."""
    if window is None:
        values = np.ones(length)
    elif isinstance(window, str):
        if window not in ("hann", "hamming"):
            raise ArgumentError(f"`window` is 'hann', 'hamming', a tensor or None; received {window!r}.")
        a = 0.5 if window == "hann" else 0.54
        values = a - (1 - a) * np.cos(2 * np.pi * np.arange(length) / length)  # periodic
    else:
        values = np.asarray(window, np.float64)
        if values.shape != (length,):
            raise ShapeError(f"`window` has one value for each of the {length} elements of a sequence; its shape is {values.shape}.")
    before = (fft_length - length) // 2
    return np.pad(values, (before, fft_length - length - before)).astype(dtype)


@op(1, "float", name="stft")
def _stft(x: Any, stride: int, fft_length: int, window: tuple, center: bool) -> Any:
    if center:
        x = jnp.pad(x, [(0, 0)] * (x.ndim - 1) + [(fft_length // 2, fft_length // 2)], mode="reflect")
    out = jnp.fft.rfft(_frames(x, fft_length, stride) * np.array(window, x.dtype), fft_length)
    return jnp.real(out), jnp.imag(out)


def stft(
    x: Any, sequence_length: int, sequence_stride: int, fft_length: int, window: Any = "hann", center: bool = True
) -> tuple[Tensor, Tensor]:
    """The short-time Fourier transform along the last axis, a pair (real, imaginary) of shape `(..., windows, frequencies)`.

    Args:
        sequence_length, sequence_stride: the length of a window, and how far the next one is.
        fft_length: the length of each transform, at least `sequence_length`.
        window: 'hann', 'hamming', values, or None for ones.
        center: whether window t is centred at t * sequence_stride (the ends are reflected).
    """
    values = _window(window, sequence_length, fft_length, np.float64)
    return _stft(x, int(sequence_stride), int(fft_length), tuple(values.tolist()), bool(center))


@op(2, "float", name="istft")
def _istft(real: Any, imag: Any, stride: int, fft_length: int, length: int | None, window: tuple, center: bool) -> Any:
    weights = np.array(window, real.dtype)
    frames = jnp.fft.irfft(real + 1j * imag, fft_length) * weights
    count = frames.shape[-2]
    total = (count - 1) * stride + fft_length
    places = np.arange(count)[:, None] * stride + np.arange(fft_length)
    norm = np.zeros(total, real.dtype)
    np.add.at(norm, places, np.broadcast_to(weights**2, places.shape))
    summed = jnp.zeros((*frames.shape[:-2], total), frames.dtype).at[..., places.astype(np.int32)].add(frames)
    out = summed / np.where(norm > 1e-10, norm, 1).astype(real.dtype)
    start = fft_length // 2 if center else 0
    stop = start + length if length is not None else (total - start if center else total)
    return out[..., start:stop]


def istft(
    x: Any, sequence_length: int, sequence_stride: int, fft_length: int, length: int | None = None, window: Any = "hann",
    center: bool = True,
) -> Tensor:  # fmt: skip
    """The inverse of `stft` with the same arguments, cut to `length`."""
    values = tuple(_window(window, sequence_length, fft_length, np.float64).tolist())
    return _istft(x[0], x[1], int(sequence_stride), int(fft_length), length, values, bool(center))


# Windows.
def _of_length(name: str, doc: str, function: Callable) -> Callable:
    def window(x: Any, *args: Any) -> Tensor:
        length = int(np.asarray(x)) if is_tensor(x) else int(x)
        beta = [float(np.asarray(each)) if is_tensor(each) else float(each) for each in args]
        return as_tensor(function(length, *beta).astype(dtypes.NUMPY[dtypes.floatx()]))

    window.__name__, window.__doc__ = name, doc
    return window


bartlett = _of_length("bartlett", "The triangular window of length x.", np.bartlett)
blackman = _of_length("blackman", "The Blackman window of length x.", np.blackman)
hamming = _of_length("hamming", "The Hamming window of length x.", np.hamming)
hanning = _of_length("hanning", "The Hann window of length x.", np.hanning)
_kaiser = _of_length("kaiser", "", np.kaiser)


def kaiser(x: Any, beta: Any) -> Tensor:
    """The Kaiser window of length x with shape parameter `beta`."""
    return _kaiser(x, beta)
