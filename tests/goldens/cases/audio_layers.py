"""Spectrograms: modes, scalings, windows, paddings, layouts, gradients by the kernels. Made where SciPy is installed too."""

from __future__ import annotations

from typing import Any

import numpy as np

from goldens.recording import layer_case, normal, rng

TOLERANCE = (1e-4, 2e-4)

SOUND = normal(rng("sound"), 2, 40, 2)
SIGNAL = normal(rng("signal"), 2, 200) * np.float32([[1], [20]])


def _stft(name: str, *shape: int, **arguments: Any) -> Any:
    return layer_case(name, lambda k: k.layers.STFTSpectrogram(**{"frame_length": 16, **arguments}),
                      shape or SOUND, scale=0.1)


def _made(**arguments: Any) -> Any:
    """With the weights it was made with."""

    def case(oracle: Any) -> dict[str, Any]:
        layer = oracle.keras.layers.STFTSpectrogram(**{"frame_length": 16, **arguments})
        output = oracle.numpy(layer(SOUND))
        # An angle of pi may come out as -pi.
        found = {"output": np.cos(output) if arguments.get("mode") == "angle" else output}
        return found | {w.name: oracle.numpy(w) for w in layer.weights}

    return case


def _mel(**arguments: Any) -> Any:
    def case(oracle: Any) -> dict[str, Any]:
        layer = oracle.keras.layers.MelSpectrogram(fft_length=64, sequence_stride=16, num_mel_bins=8, sampling_rate=1000, **arguments)
        return {"batch": oracle.numpy(layer(SIGNAL)), "one": oracle.numpy(layer(SIGNAL[0])), "config": layer.get_config()["max_freq"]}

    return case


CASES: dict[str, Any] = {f"mode_{mode}": _stft(f"mode_{mode}", mode=mode) for mode in ("log", "magnitude", "psd", "real", "imag", "stft")}
CASES |= {
    "lengths": _stft("lengths", frame_step=5, fft_length=32), "same": _stft("same", padding="same"),
    "expanded": _stft("expanded", expand_dims=True), "first": _stft("first", 2, 3, 40, mode="psd", data_format="channels_first"),
    "first_expanded": _stft("first_expanded", 2, 3, 40, mode="psd", data_format="channels_first", expand_dims=True),
    "made": _made(),
    "made_spectrum": _made(scaling="spectrum", mode="psd", window="hamming"), "made_plain": _made(scaling=None, window=None),
    "made_periodic": _made(periodic=True, mode="real"), "made_angle": _made(mode="angle"),
    "mel": _mel(), "mel_power": _mel(power_to_db=False), "mel_arguments": _mel(
        min_freq=50.0, max_freq=400.0, top_db=20.0, mag_exp=1.0, ref_power=2.0, min_power=1e-4, sequence_length=40, window="hamming"),
}
