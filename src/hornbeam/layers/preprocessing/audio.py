"""Sound as spectrograms."""

import math
from typing import Any

import numpy as np

from hornbeam import initializers, ops
from hornbeam.engine import registry
from hornbeam.engine.errors import ArgumentError, DtypeError, ShapeError, listing
from hornbeam.engine.tensor import Tensor
from hornbeam.layers.convolution import checked_format
from hornbeam.layers.core import positive
from hornbeam.layers.layer import Layer, check_rank

_MODES = ("log", "magnitude", "psd", "real", "imag", "angle", "stft")


@registry.register("layer")
class STFTSpectrogram(Layer):
    """The short-time Fourier transform of signals, as a convolution whose kernels may be trained.

    Args:
        mode: 'log' (of the magnitude), 'magnitude', 'psd' (power, both sides' together), 'real', 'imag', 'angle' or 'stft' (real
            and imaginary parts).
        frame_length, frame_step: samples in a frame, and to the next one (half a frame by default).
        fft_length: of each transform, by default the next power of two.
        window: 'hann', 'hamming', values, or None; `periodic`: whether it is one sample short of symmetric.
        scaling: 'density', 'spectrum' or None.
        padding: 'valid' or 'same'. expand_dims: whether frequencies get an axis of their own.

    Shapes: (batch, time, channels) -> (batch, frames, channels * frequencies), or (batch, frames, frequencies, channels).
    Weights: real_kernel, imag_kernel (frame_length, 1, frequencies).
    """

    real_kernel: Any
    imag_kernel: Any

    def __init__(
        self, mode: str = "log", frame_length: int = 256, frame_step: int | None = None, fft_length: int | None = None,
        window: Any = "hann", periodic: bool = False, scaling: str | None = "density", padding: str = "valid",
        expand_dims: bool = False, data_format: str | None = None, **kwargs: Any,
    ):  # fmt: skip
        super().__init__(**kwargs)
        for name, value, allowed in (("mode", mode, _MODES), ("scaling", scaling, ("density", "spectrum", None)),
                                     ("padding", padding, ("valid", "same"))):  # fmt: skip
            if value not in allowed:
                raise ArgumentError(f"STFTSpectrogram: {name} is {listing(allowed)}; received {value!r}.")
        self.frame_length = positive("STFTSpectrogram", "frame_length", frame_length)
        if frame_step is not None and not 0 < frame_step <= frame_length:
            raise ArgumentError(f"STFTSpectrogram: frame_step is from 1 to frame_length, {frame_length}; received {frame_step!r}.")
        if fft_length is not None and fft_length < frame_length:
            raise ArgumentError(f"STFTSpectrogram: fft_length is at least frame_length, {frame_length}; received {fft_length!r}.")
        self.mode, self.frame_step, self.fft_length, self.window, self.periodic = mode, frame_step, fft_length, window, periodic
        self.scaling, self.padding, self.expand_dims = scaling, padding, expand_dims
        self.data_format = checked_format("STFTSpectrogram", data_format)
        self._step = frame_step or self.frame_length // 2
        self._length = fft_length or 2 ** math.ceil(math.log2(self.frame_length))

    def build(self, input_shape: Any) -> None:
        check_rank(self, input_shape, exact=3)
        shape = (self.frame_length, 1, self._length // 2 + 1)
        for side in ("real", "imag"):
            kernel = None
            if self.mode not in ("real", "imag") or self.mode == side:
                initializer = initializers.STFT(side, self.window, self.scaling, self.periodic)
                kernel = self.add_weight(shape, initializer, name=f"{side}_kernel")
            setattr(self, f"{side}_kernel", kernel)

    def call(self, inputs: Tensor) -> Tensor:
        if not inputs.dtype.is_floating:
            raise DtypeError(f"STFTSpectrogram takes floats; received {inputs.dtype}.")
        first = self.data_format == "channels_first"
        x = inputs if first else ops.transpose(inputs, (0, 2, 1))
        count, channels, time = x.shape
        signals = ops.reshape(x, (-1, time, 1))
        real, imag = (
            None if kernel is None else ops.conv(signals, kernel, self._step, self.padding, "channels_last")
            for kernel in (self.real_kernel, self.imag_kernel)
        )
        out = self._result(real, imag)  # (batch * channels, frames, frequencies)
        out = ops.reshape(out, (-1, channels, *out.shape[1:]))
        if self.expand_dims:
            return out if first else ops.transpose(out, (0, 2, 3, 1))
        frames, frequencies = out.shape[2:]
        if first:
            return ops.reshape(ops.transpose(out, (0, 1, 3, 2)), (-1, channels * frequencies, frames))
        return ops.reshape(ops.transpose(out, (0, 2, 1, 3)), (-1, frames, channels * frequencies))

    def _result(self, real: Any, imag: Any) -> Tensor:
        if self.mode in ("real", "imag"):
            return real if imag is None else imag
        if self.mode == "stft":
            return ops.concatenate([real, imag], axis=-1)
        if self.mode == "angle":
            return ops.arctan2(imag, real)
        power = ops.square(real) + ops.square(imag)
        if self.mode == "psd":  # of both sides: all frequencies but the first and the last have a negative twin
            return power * np.array([1.0, *[2.0] * (power.shape[-1] - 2), 1.0], np.float32)
        magnitude = ops.sqrt(ops.maximum(power, 1e-14))
        return magnitude if self.mode == "magnitude" else ops.log(ops.maximum(magnitude, 1e-7))

    def get_config(self) -> dict[str, Any]:
        window = np.asarray(self.window).tolist() if hasattr(self.window, "__array__") else self.window
        return {
            **super().get_config(), "mode": self.mode, "frame_length": self.frame_length, "frame_step": self.frame_step,
            "fft_length": self.fft_length, "window": window, "periodic": self.periodic, "scaling": self.scaling,
            "padding": self.padding, "data_format": self.data_format, "expand_dims": self.expand_dims,
        }


@registry.register("layer")
class MelSpectrogram(Layer):
    """The power of sound in bands that are even to the ear: the mel scale (Stevens et al. 1937).

    Args:
        fft_length, sequence_length, sequence_stride: of the short-time Fourier transform, in samples.
        window: 'hann', 'hamming', values or None.
        sampling_rate: samples a second. num_mel_bins: how many bands. min_freq, max_freq: where they begin and end, in hertz.
        power_to_db: decibels over `ref_power`, those `top_db` below the loudest raised to it; powers below `min_power` count as it.
        mag_exp: the power of the magnitude, 2 being energy.

    Shapes: (..., samples) -> (..., num_mel_bins, frames).
    """

    def __init__(
        self, fft_length: int = 2048, sequence_stride: int = 512, sequence_length: int | None = None, window: Any = "hann",
        sampling_rate: int = 16000, num_mel_bins: int = 128, min_freq: float = 20.0, max_freq: float | None = None,
        power_to_db: bool = True, top_db: float = 80.0, mag_exp: float = 2.0, min_power: float = 1e-10, ref_power: float = 1.0,
        **kwargs: Any,
    ):  # fmt: skip
        super().__init__(**kwargs)
        kind = "MelSpectrogram"
        self.fft_length, self.sequence_stride = positive(kind, "fft_length", fft_length), positive(kind, "sequence_stride", sequence_stride)
        self.sequence_length = sequence_length or fft_length
        self.window, self.sampling_rate, self.num_mel_bins = window, sampling_rate, positive(kind, "num_mel_bins", num_mel_bins)
        self.min_freq, self.max_freq = min_freq, max_freq or int(sampling_rate / 2)
        self.power_to_db, self.top_db, self.mag_exp, self.min_power, self.ref_power = power_to_db, top_db, mag_exp, min_power, ref_power
        if not 0 <= self.min_freq < self.max_freq:
            raise ArgumentError(f"MelSpectrogram: min_freq is below max_freq; received {min_freq!r} and {self.max_freq!r}.")
        self._bands = _mel_bands(num_mel_bins, fft_length // 2 + 1, sampling_rate, self.min_freq, self.max_freq)

    def call(self, inputs: Tensor) -> Tensor:
        if inputs.ndim not in (1, 2):
            raise ShapeError(f"MelSpectrogram takes signals of shape (samples,) or (batch, samples); received {tuple(inputs.shape)}.")
        x = ops.cast(inputs, "float32") if inputs.dtype in ("float16", "bfloat16") else inputs
        real, imag = ops.stft(x, self.sequence_length, self.sequence_stride, self.fft_length, self.window, center=True)
        power = ops.power(ops.sqrt(ops.square(real) + ops.square(imag)), self.mag_exp)
        bands = ops.swapaxes(ops.matmul(power, ops.cast(self._bands, power.dtype)), -1, -2)
        if self.power_to_db:
            bands = self._decibels(bands)
        return ops.cast(bands, self.compute_dtype)

    def _decibels(self, power: Tensor) -> Tensor:
        reference = 10 * math.log10(max(self.min_power, abs(self.ref_power)))
        loud = ops.log10(ops.maximum(power, self.min_power)) * 10.0 - reference
        return ops.maximum(loud, ops.max(loud) - self.top_db)

    def get_config(self) -> dict[str, Any]:
        return {
            **super().get_config(), "fft_length": self.fft_length, "sequence_stride": self.sequence_stride,
            "sequence_length": self.sequence_length, "window": self.window, "sampling_rate": self.sampling_rate,
            "num_mel_bins": self.num_mel_bins, "min_freq": self.min_freq, "max_freq": self.max_freq, "power_to_db": self.power_to_db,
            "top_db": self.top_db, "mag_exp": self.mag_exp, "min_power": self.min_power, "ref_power": self.ref_power,
        }


def _mel(hertz: Any) -> Any:
    return 1127.0 * np.log1p(np.asarray(hertz, np.float64) / 700.0)


def _mel_bands(count: int, frequencies: int, sampling_rate: int, lowest: float, highest: float) -> np.ndarray:
    """Triangles over frequencies, even in mel: shape (frequencies, count). The constant part counts for nothing."""
    at = _mel(np.linspace(0, sampling_rate / 2, frequencies)[1:])[:, None]
    edges = np.linspace(_mel(lowest), _mel(highest), count + 2)
    low, middle, high = edges[:-2], edges[1:-1], edges[2:]
    triangles = np.maximum(0, np.minimum((at - low) / (middle - low), (high - at) / (high - middle)))
    return np.pad(triangles, ((1, 0), (0, 0))).astype(np.float32)
