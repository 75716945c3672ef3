"""tf.signal: Fourier and cosine transforms, windows, frames and what is made of them. Complex numbers are complex tensors here."""

import math
from collections.abc import Callable
from typing import Any

import jax
import jax.numpy as jnp
import numpy as np

from hornbeam.engine import dtypes
from hornbeam.engine.door import Op, op
from hornbeam.engine.errors import ArgumentError, ShapeError
from hornbeam.engine.strict import Strict
from hornbeam.engine.tensor import Tensor, as_tensor, is_tensor, place, wrap

_COMPLEX, _REAL = Strict("c"), Strict("f")


def _axes(name: str, x: Any, axes: Any, count: int) -> tuple[int, ...]:
    found = tuple(range(-count, 0)) if axes is None else tuple(int(each) for each in np.ravel(axes))
    if x.ndim < len(found):
        raise ShapeError(f"tf.signal.{name} transforms the last {count} axes; received shape {tuple(x.shape)}.")
    return found


def _lengths(value: Any) -> tuple[int, ...] | None:
    if value is None:
        return None
    return tuple(int(each) for each in np.ravel(np.asarray(as_tensor(value)) if is_tensor(value) else value))


def _cut(x: Any, lengths: tuple[int, ...] | None, axes: tuple[int, ...], last: int | None = None) -> Any:
    """x cut, or with zeros after it, to lengths along axes."""
    if lengths is None:
        return x
    wanted = list(lengths)
    if last is not None:
        wanted[-1] = last
    for n, axis in zip(wanted, axes, strict=True):
        size = x.shape[axis]
        if n < size:
            x = jax.lax.slice_in_dim(x, 0, n, axis=axis % x.ndim)
        elif n > size:
            x = jnp.pad(x, [(0, n - size) if i == axis % x.ndim else (0, 0) for i in range(x.ndim)])
    return x


def _scaled(norm: Any) -> Any:
    if norm not in (None, "backward", "ortho", "forward"):
        raise ArgumentError(f"tf.signal: norm is None, 'backward', 'ortho' or 'forward'; received {norm!r}.")
    return norm


def _wide(x: Any) -> Any:
    return x if x.dtype in (jnp.float64, jnp.complex128, jnp.complex64) else x.astype(jnp.float32)


def _complex(name: str, count: int, function: Callable, doc: str) -> Callable[..., Tensor]:
    def whole(x: Any) -> Any:
        return function(x, axes=_axes(name, x, None, count))

    def on_host(x: Any) -> Any:
        return getattr(np.fft, function.__name__)(x, axes=_axes(name, x, None, count))

    row = Op(whole, 1, _COMPLEX.named(name), on_host, name=f"tf.signal.{name}")

    def transform(input: Any, name: str | None = None) -> Tensor:
        return row(input)

    transform.__name__, transform.__qualname__, transform.__doc__ = name, name, doc
    return transform


fft = _complex("fft", 1, jnp.fft.fftn, "The discrete Fourier transform along the last axis, of complex numbers.")
ifft = _complex("ifft", 1, jnp.fft.ifftn, "The inverse of `fft`.")
fft2d = _complex("fft2d", 2, jnp.fft.fftn, "The discrete Fourier transform over the last two axes, of complex numbers.")
ifft2d = _complex("ifft2d", 2, jnp.fft.ifftn, "The inverse of `fft2d`.")
fft3d = _complex("fft3d", 3, jnp.fft.fftn, "The discrete Fourier transform over the last three axes, of complex numbers.")
ifft3d = _complex("ifft3d", 3, jnp.fft.ifftn, "The inverse of `fft3d`.")


@op(1, _COMPLEX.named("fftnd"), name="tf.signal.fftnd", host="numpy")
def _fftnd(x: Any, lengths: Any, axes: Any, norm: Any, back: bool) -> Any:
    axes = tuple(range(-x.ndim, 0)) if axes is None else axes
    return (jnp.fft.ifftn if back else jnp.fft.fftn)(_cut(x, lengths, axes), axes=axes, norm=norm)


def fftnd(input_tensor: Any, fft_length: Any = None, axes: Any = None, norm: Any = None, name: str | None = None) -> Tensor:
    """The discrete Fourier transform over given axes (all by default), cut or padded to `fft_length`."""
    return _fftnd(input_tensor, _lengths(fft_length), _lengths(axes), _scaled(norm), False)


def ifftnd(input_tensor: Any, fft_length: Any = None, axes: Any = None, norm: Any = None, name: str | None = None) -> Tensor:
    """The inverse of `fftnd`."""
    return _fftnd(input_tensor, _lengths(fft_length), _lengths(axes), _scaled(norm), True)


@op(1, _REAL.named("rfft"), name="tf.signal.rfft", host="numpy")
def _rfft(x: Any, lengths: Any, axes: Any, count: int, norm: Any) -> Any:
    axes = _axes("rfft", x, axes, count or x.ndim)
    return jnp.fft.rfftn(_cut(_wide(x), lengths, axes), axes=axes, norm=norm)


@op(1, _COMPLEX.named("irfft"), name="tf.signal.irfft", host="numpy")
def _irfft(x: Any, lengths: Any, axes: Any, count: int, norm: Any) -> Any:
    axes = _axes("irfft", x, axes, count or x.ndim)
    if lengths is None:
        lengths = (*[x.shape[axis] for axis in axes[:-1]], 2 * (x.shape[axes[-1]] - 1))
    x = _cut(x, lengths, axes, lengths[-1] // 2 + 1)
    return jnp.fft.irfftn(x, lengths, axes=axes, norm=norm)


def rfft(input_tensor: Any, fft_length: Any = None, name: str | None = None) -> Tensor:
    """The non-negative frequencies of a real signal along the last axis, cut or padded to `fft_length`: complex, fft_length / 2 + 1."""
    return _rfft(input_tensor, _lengths(fft_length), None, 1, None)


def irfft(input_tensor: Any, fft_length: Any = None, name: str | None = None) -> Tensor:
    """The inverse of `rfft`: real, of length `fft_length`."""
    return _irfft(input_tensor, _lengths(fft_length), None, 1, None)


def rfft2d(input_tensor: Any, fft_length: Any = None, name: str | None = None) -> Tensor:
    """`rfft` over the last two axes."""
    return _rfft(input_tensor, _lengths(fft_length), None, 2, None)


def irfft2d(input_tensor: Any, fft_length: Any = None, name: str | None = None) -> Tensor:
    """The inverse of `rfft2d`."""
    return _irfft(input_tensor, _lengths(fft_length), None, 2, None)


def rfft3d(input_tensor: Any, fft_length: Any = None, name: str | None = None) -> Tensor:
    """`rfft` over the last three axes."""
    return _rfft(input_tensor, _lengths(fft_length), None, 3, None)


def irfft3d(input_tensor: Any, fft_length: Any = None, name: str | None = None) -> Tensor:
    """The inverse of `rfft3d`."""
    return _irfft(input_tensor, _lengths(fft_length), None, 3, None)


def rfftnd(input_tensor: Any, fft_length: Any = None, axes: Any = None, norm: Any = None, name: str | None = None) -> Tensor:
    """`rfft` over given axes, all by default."""
    return _rfft(input_tensor, _lengths(fft_length), _lengths(axes), 0, _scaled(norm))


def irfftnd(input_tensor: Any, fft_length: Any = None, axes: Any = None, norm: Any = None, name: str | None = None) -> Tensor:
    """The inverse of `rfftnd`."""
    return _irfft(input_tensor, _lengths(fft_length), _lengths(axes), 0, _scaled(norm))


@op(name="tf.signal.fftshift")
def _shift(x: Any, axes: Any, back: bool) -> Any:
    return (jnp.fft.ifftshift if back else jnp.fft.fftshift)(x, axes)


def fftshift(x: Any, axes: Any = None, name: str | None = None) -> Tensor:
    """Frequency 0 moved to the middle of the axes (all by default)."""
    return _shift(as_tensor(x), _lengths(axes), False)


def ifftshift(x: Any, axes: Any = None, name: str | None = None) -> Tensor:
    """The inverse of `fftshift`."""
    return _shift(as_tensor(x), _lengths(axes), True)


# Windows.
def _window(name: str, length: Any, dtype: Any, curve: Callable[[int], np.ndarray]) -> Tensor:
    length, found = int(length), dtypes.standardize(dtype)
    if not found.is_floating:
        raise ArgumentError(f"tf.signal.{name}: dtype is a floating type; received {found}.")
    return wrap(place(np.ones(1) if length == 1 else curve(length)).astype(found.numpy))


def _raised_cosine(periodic: bool, a: float) -> Callable[[int], np.ndarray]:
    # As TensorFlow: only windows of even length can be periodic.
    return lambda n: a - (1 - a) * np.cos(2 * np.pi * np.arange(n) / (n - 1 + (bool(periodic) and n % 2 == 0)))


def hann_window(window_length: Any, periodic: bool = True, dtype: Any = "float32", name: str | None = None) -> Tensor:
    """The Hann window; `periodic` for spectra, otherwise symmetric (odd lengths always are)."""
    return _window("hann_window", window_length, dtype, _raised_cosine(periodic, 0.5))


def hamming_window(window_length: Any, periodic: bool = True, dtype: Any = "float32", name: str | None = None) -> Tensor:
    """The Hamming window; `periodic` for spectra, otherwise symmetric (odd lengths always are)."""
    return _window("hamming_window", window_length, dtype, _raised_cosine(periodic, 0.54))


def kaiser_window(window_length: Any, beta: float = 12.0, dtype: Any = "float32", name: str | None = None) -> Tensor:
    """The Kaiser window with shape parameter `beta`."""
    return _window("kaiser_window", window_length, dtype, lambda n: np.kaiser(n, float(beta)))


def _bessel_derived(beta: float) -> Callable[[int], np.ndarray]:
    def curve(n: int) -> np.ndarray:
        sums = np.cumsum(np.kaiser(n // 2 + 1, beta))
        half = np.sqrt(sums[:-1] / sums[-1])
        return np.concatenate([half, half[::-1]])

    return curve


def kaiser_bessel_derived_window(window_length: Any, beta: float = 12.0, dtype: Any = "float32", name: str | None = None) -> Tensor:
    """The Kaiser-Bessel-derived window, of even length, whose overlapping squares add up to 1."""
    return _window("kaiser_bessel_derived_window", window_length, dtype, _bessel_derived(float(beta)))


def vorbis_window(window_length: Any, dtype: Any = "float32", name: str | None = None) -> Tensor:
    """The power-complementary window of the Vorbis format."""
    return _window(
        "vorbis_window", window_length, dtype, lambda n: np.sin(np.pi / 2 * np.sin(np.pi * (np.arange(n) + 0.5) / n) ** 2)
    )


# Frames.
@op(name="tf.signal.frame")
def _frame(x: Any, length: int, step: int, pad_end: bool, pad_value: Any, axis: int) -> Any:
    x = jnp.moveaxis(x, axis, -1)
    size = x.shape[-1]
    if pad_end:
        count = -(-size // step)
        x = jnp.pad(x, [(0, 0)] * (x.ndim - 1) + [(0, max(0, (count - 1) * step + length - size))], constant_values=pad_value)
    else:
        count = max(0, 1 + (size - length) // step)
    places = np.arange(count, dtype=np.int32)[:, None] * step + np.arange(length, dtype=np.int32)
    out = x[..., places]
    at = axis % x.ndim
    return jnp.moveaxis(out, (-2, -1), (at, at + 1))


def frame(
    signal: Any, frame_length: Any, frame_step: Any, pad_end: bool = False, pad_value: Any = 0, axis: int = -1, name: str | None = None
) -> Tensor:
    """Windows of `frame_length` along the axis, `frame_step` apart: that axis becomes two, (frames, frame_length).

    `pad_end`: `pad_value` fills up the windows that reach past the end, which otherwise are left out.
    """
    length, step = int(frame_length), int(frame_step)
    if length < 1 or step < 1:
        raise ArgumentError(f"tf.signal.frame: frame_length and frame_step are positive; received {length} and {step}.")
    signal = as_tensor(signal)
    if not signal.ndim:
        raise ShapeError("tf.signal.frame takes a signal of at least one axis; received a scalar.")
    value = np.asarray(as_tensor(pad_value)).item()
    return _frame(signal, length, step, bool(pad_end), value, int(axis))


@op(name="tf.signal.overlap_and_add")
def _added(x: Any, step: int) -> Any:
    count, length = x.shape[-2:]
    places = np.arange(count, dtype=np.int32)[:, None] * step + np.arange(length, dtype=np.int32)
    return jnp.zeros((*x.shape[:-2], max((count - 1) * step + length, 0)), x.dtype).at[..., places].add(x)


def overlap_and_add(signal: Any, frame_step: Any, name: str | None = None) -> Tensor:
    """The signal whose frames (..., frames, frame_length), `frame_step` apart, are added up where they overlap."""
    signal = as_tensor(signal)
    if signal.ndim < 2:
        raise ShapeError(f"tf.signal.overlap_and_add takes (..., frames, frame_length); received shape {signal.shape}.")
    return _added(signal, int(frame_step))


# Short-time transforms.
def _values(window_fn: Callable | None, length: int, dtype: Any) -> tuple[float, ...] | None:
    return None if window_fn is None else tuple(np.asarray(window_fn(length, dtype=dtype), np.float64).tolist())


def _enclosing_power(n: int) -> int:
    return 1 << max(n - 1, 0).bit_length()


@op(1, _REAL.named("stft"), name="tf.signal.stft")
def _stft(x: Any, length: int, step: int, fft_length: int, window: Any, pad_end: bool) -> Any:
    frames = _frame.function(_wide(x), length, step, pad_end, 0, -1)
    if window is not None:
        frames = frames * np.array(window, frames.dtype)
    return jnp.fft.rfft(_cut(frames, (fft_length,), (-1,)), axis=-1)


def stft(
    signals: Any, frame_length: Any, frame_step: Any, fft_length: Any = None, window_fn: Callable | None = hann_window,
    pad_end: bool = False, name: str | None = None,
) -> Tensor:  # fmt: skip
    """The short-time Fourier transform along the last axis: complex, (..., frames, fft_length / 2 + 1).

    Args:
        signals: real, (..., samples). frame_length, frame_step: a window's samples, and how far the next one is.
        fft_length: by default the next power of two. window_fn: a function of (length, dtype), or None.
        pad_end: whether zeros fill up windows that reach past the end.
    """
    (x,) = _REAL.named("stft")([signals])
    length = int(frame_length)
    size = _enclosing_power(length) if fft_length is None else int(fft_length)
    return _stft(x, length, int(frame_step), size, _values(window_fn, length, x.dtype), bool(pad_end))


@op(1, _COMPLEX.named("inverse_stft"), name="tf.signal.inverse_stft")
def _inverse_stft(x: Any, length: int, step: int, fft_length: int, window: Any) -> Any:
    frames = jnp.fft.irfft(_cut(x, (fft_length,), (-1,), fft_length // 2 + 1), fft_length, axis=-1)
    frames = _cut(frames, (length,), (-1,))
    return _added.function(frames if window is None else frames * np.array(window, frames.dtype), step)


def inverse_stft(
    stfts: Any, frame_length: Any, frame_step: Any, fft_length: Any = None, window_fn: Callable | None = hann_window,
    name: str | None = None,
) -> Tensor:  # fmt: skip
    """The signals whose `stft` this is, if `window_fn` is `inverse_stft_window_fn` of the window it was made with."""
    (x,) = _COMPLEX.named("inverse_stft")([stfts])
    length = int(frame_length)
    size = _enclosing_power(length) if fft_length is None else int(fft_length)
    real = "float64" if x.dtype == "complex128" else "float32"
    return _inverse_stft(x, length, int(frame_step), size, _values(window_fn, length, real))


def inverse_stft_window_fn(frame_step: Any, forward_window_fn: Callable = hann_window, name: str | None = None) -> Callable[..., Tensor]:
    """The window function with which `inverse_stft` undoes a `stft` made with `forward_window_fn`."""
    step = int(frame_step)

    def inverse_window(frame_length: Any, dtype: Any = "float32") -> Tensor:
        length = int(frame_length)
        window = np.asarray(forward_window_fn(length, dtype=dtype), np.float64)
        overlaps = -(-length // step)
        squares = np.pad(window**2, (0, overlaps * step - length)).reshape(overlaps, step).sum(0)
        with np.errstate(all="ignore"):
            return as_tensor((window / np.tile(squares, overlaps)[:length]).astype(dtypes.standardize(dtype).numpy))

    return inverse_window


# Cosine transforms.
def _waves(n: int, dtype: Any, quarter: float = 0.0) -> np.ndarray:
    """exp(-i pi (k + quarter) / 2n) for k below n."""
    return np.exp(-0.5j * np.pi * (np.arange(n) + quarter) / n).astype(np.complex128 if dtype == np.float64 else np.complex64)


@op(1, _REAL.named("dct"), name="tf.signal.dct")
def _dct(x: Any, kind: int, n: int | None, norm: Any) -> Any:
    x = _cut(_wide(x), None if n is None else (n,), (-1,))
    n = x.shape[-1]
    ortho = norm == "ortho"
    if kind == 1:
        return jnp.real(jnp.fft.rfft(jnp.concatenate([x, x[..., -2:0:-1]], -1)))
    waves = _waves(n, x.dtype)
    if kind == 2:
        out = 2 * jnp.real(jnp.fft.rfft(x, 2 * n)[..., :n] * waves)
        scale = np.full(n, math.sqrt(0.5 / n))
        scale[0] = math.sqrt(0.25 / n)
        return out * scale.astype(x.dtype) if ortho else out
    if kind == 3:
        if ortho:
            scale = np.full(n, math.sqrt(0.5 / n))
            scale[0] = math.sqrt(1 / n)
            x = x * scale.astype(x.dtype)
        return 4 * n * jnp.real(jnp.fft.ifft(x * waves.conj(), 2 * n)[..., :n]) - x[..., :1]
    spread = jnp.fft.fft(x * waves, 2 * n)[..., :n]
    out = 2 * jnp.real(spread * _waves(n, x.dtype, 0.5))
    return out * np.asarray(math.sqrt(0.5 / n), x.dtype) if ortho else out


def _cosine(name: str, input: Any, type: int, n: Any, axis: int, norm: Any, kind: int) -> Tensor:
    x = as_tensor(input)
    if type not in (1, 2, 3, 4):
        raise ArgumentError(f"tf.signal.{name}: type is 1, 2, 3 or 4; received {type!r}.")
    if norm not in (None, "ortho") or (norm and type == 1):
        raise ArgumentError(f"tf.signal.{name}: norm is None or 'ortho' (not for type 1); received {norm!r} with type {type}.")
    if axis not in (-1, x.ndim - 1):
        raise ArgumentError(f"tf.signal.{name}: axis must be -1 (the last one); received {axis!r}.")
    if type == 1 and (x.shape[-1] or 2) < 2:
        raise ShapeError(f"tf.signal.{name}: type 1 takes at least two elements; received shape {x.shape}.")
    return _dct(x, kind, None if n is None else int(n), norm)


def dct(input: Any, type: int = 2, n: Any = None, axis: int = -1, norm: str | None = None, name: str | None = None) -> Tensor:
    """The discrete cosine transform of type 1 to 4 along the last axis, cut or padded to n; scaled to be orthogonal by norm='ortho'."""
    return _cosine("dct", input, type, n, axis, norm, type)


def idct(input: Any, type: int = 2, n: Any = None, axis: int = -1, norm: str | None = None, name: str | None = None) -> Tensor:
    """The inverse of `dct` of that type with norm='ortho', and without it its inverse but for a factor."""
    return _cosine("idct", input, type, n, axis, norm, {2: 3, 3: 2}.get(type, type))


@op(name="tf.signal.mdct_folded")
def _folded(x: Any) -> Any:
    a, b, c, d = jnp.split(x, 4, -1)
    return jnp.concatenate([-c[..., ::-1] - d, a - b[..., ::-1]], -1)


@op(name="tf.signal.mdct_unfolded")
def _unfolded(x: Any) -> Any:
    first, second = jnp.split(x, 2, -1)
    return jnp.concatenate([second, -second[..., ::-1], -first[..., ::-1], -first], -1)


def _windowed(x: Tensor, window_fn: Callable | None) -> Tensor:
    return x if window_fn is None else x * as_tensor(window_fn(int(x.shape[-1]), dtype=x.dtype))


def mdct(
    signals: Any, frame_length: Any, window_fn: Callable | None = vorbis_window, pad_end: bool = False, norm: str | None = None,
    name: str | None = None,
) -> Tensor:  # fmt: skip
    """The modified discrete cosine transform (Princen and Bradley 1986): (..., frames, frame_length / 2)."""
    length = int(frame_length)
    if length % 4:
        raise ArgumentError(f"tf.signal.mdct: frame_length is a multiple of 4; received {length}.")
    (x,) = _REAL.named("mdct")([signals])
    frames = frame(x, length, length // 2, pad_end)
    if window_fn is None:
        frames = frames * (1 / math.sqrt(2))
    return dct(_folded(_windowed(frames, window_fn)), 4, norm=norm)


def inverse_mdct(
    mdcts: Any, window_fn: Callable | None = vorbis_window, norm: str | None = None, name: str | None = None
) -> Tensor:
    """The inverse of `mdct` with the same window and norm."""
    (x,) = _REAL.named("inverse_mdct")([mdcts])
    half = int(x.shape[-1])
    frames = _unfolded(dct(x, 4, norm=norm))
    frames = frames * (1 / math.sqrt(2)) if window_fn is None else _windowed(frames, window_fn)
    return overlap_and_add(frames if norm == "ortho" else frames * (0.5 / half), half)


# Mel frequencies.
def linear_to_mel_weight_matrix(
    num_mel_bins: Any = 20, num_spectrogram_bins: Any = 129, sample_rate: Any = 8000, lower_edge_hertz: Any = 125.0,
    upper_edge_hertz: Any = 3800.0, dtype: Any = "float32", name: str | None = None,
) -> Tensor:  # fmt: skip
    """What each frequency of a spectrogram gives to each band, evenly spaced by ear: (num_spectrogram_bins, num_mel_bins).

    Frequencies are in hertz; bands are triangles on the mel scale 1127 ln(1 + f / 700).
    """
    bands, bins, rate = int(num_mel_bins), int(num_spectrogram_bins), float(sample_rate)
    low, high = float(lower_edge_hertz), float(upper_edge_hertz)
    if bands < 1 or bins < 2 or rate <= 0:
        raise ArgumentError(
            f"tf.signal.linear_to_mel_weight_matrix: num_mel_bins, num_spectrogram_bins and sample_rate are positive; received "
            f"{bands}, {bins} and {rate}."
        )
    if not 0 <= low < high <= rate / 2:
        raise ArgumentError(
            "tf.signal.linear_to_mel_weight_matrix: 0 <= lower_edge_hertz < upper_edge_hertz <= sample_rate / 2; received "
            f"{low}, {high} and {rate}."
        )
    mel = lambda hertz: 1127 * np.log1p(np.asarray(hertz) / 700)
    frequencies = mel(np.linspace(0, rate / 2, bins)[1:])[:, None]
    edges = np.linspace(mel(low), mel(high), bands + 2)
    rising = (frequencies - edges[:-2]) / (edges[1:-1] - edges[:-2])
    falling = (edges[2:] - frequencies) / (edges[2:] - edges[1:-1])
    weights = np.maximum(0, np.minimum(rising, falling))
    return as_tensor(np.pad(weights, ((1, 0), (0, 0))).astype(dtypes.standardize(dtype).numpy))


def mfccs_from_log_mel_spectrograms(log_mel_spectrograms: Any, name: str | None = None) -> Tensor:
    """Mel-frequency cepstral coefficients (Davis and Mermelstein 1980) of logarithms of mel spectrograms (..., num_mel_bins)."""
    (x,) = _REAL.named("mfccs_from_log_mel_spectrograms")([log_mel_spectrograms])
    if not x.shape[-1]:
        raise ShapeError(f"tf.signal.mfccs_from_log_mel_spectrograms: the last axis holds the mel bins; received shape {x.shape}.")
    return dct(x, 2) * (1 / math.sqrt(2 * x.shape[-1]))
