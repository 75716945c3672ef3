"""Convolution kernels that compute a short-time Fourier transform."""

import math
from typing import Any

import numpy as np

from hornbeam.engine.errors import ArgumentError
from hornbeam.engine.registry import register
from hornbeam.initializers.base import Initializer


@register("initializer", "STFTInitializer", "stft")
class STFT(Initializer):
    """The cosines or sines of a short-time Fourier transform as a kernel of shape (frame length, 1, bins).

    Bin f of frame sample t is cos or -sin of 2 pi t f / n, n = 2 (bins - 1) being the length of the transform, times the window.

    Args:
        side: 'real' (cosines) or 'imag' (minus sines).
        window: a name of `scipy.signal.windows` ('hann', 'hamming', ...), an array of the frame's length, or None.
        scaling: what a window is divided by: 'density' its root of summed squares, 'spectrum' its sum, None nothing.
        periodic: the window is one period of a repeated one.
    """

    def __init__(self, side: str = "real", window: Any = "hann", scaling: str | None = "density", periodic: bool = False):
        if side not in ("real", "imag"):
            raise ArgumentError(f"STFT: side is 'real' or 'imag'; received {side!r}.")
        if scaling not in ("density", "spectrum", None):
            raise ArgumentError(f"STFT: scaling is 'density', 'spectrum' or None; received {scaling!r}.")
        self.side, self.window, self.scaling, self.periodic = side, window, scaling, periodic

    def draw(self, shape: tuple[int, ...]) -> np.ndarray:
        if len(shape) != 3 or shape[2] < 2:
            raise ArgumentError(f"STFT fills kernels of shape (frame length, 1, bins); this weight has shape {shape}.")
        length, _, bins = shape
        # The product t f is taken modulo n before it becomes an angle: no digits are lost to large ones.
        turns = np.outer(np.arange(length), np.arange(bins)) % (2 * (bins - 1))
        angles = 2 * math.pi / (2 * (bins - 1)) * turns
        kernel = np.cos(angles) if self.side == "real" else -np.sin(angles)
        return np.broadcast_to((kernel * self._weights(length)[:, None])[:, None, :], shape)

    def _weights(self, length: int) -> np.ndarray:
        if self.window is None:
            return np.ones(length)
        if isinstance(self.window, str):
            from scipy.signal.windows import get_window  # type: ignore[import-untyped]  # comes with jax

            try:
                values = get_window(self.window, length, fftbins=self.periodic)
            except ValueError:
                raise ArgumentError(
                    f"STFT: window is a name of scipy.signal.windows, such as 'hann' or 'hamming'; received {self.window!r}."
                ) from None
        else:
            values = np.asarray(self.window, np.float64)
            if values.shape != (length,):
                raise ArgumentError(f"STFT: a window of shape {values.shape} does not fit frames of {length} samples.")
        total = {"density": np.sqrt(np.sum(np.square(values))), "spectrum": np.abs(np.sum(values)), None: 1.0}[self.scaling]
        return values / total

    def get_config(self) -> dict[str, Any]:
        window = np.asarray(self.window).tolist() if hasattr(self.window, "__array__") else self.window
        return {"side": self.side, "window": window, "periodic": self.periodic, "scaling": self.scaling}


STFTInitializer = STFT
