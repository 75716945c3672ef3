"""A folder of sound files as a Dataset."""

import os
from collections.abc import Sequence
from typing import Any

import numpy as np

from hornbeam.engine.errors import ArgumentError, InvalidArgumentError
from hornbeam.engine.function import TensorSpec
from hornbeam.preprocessing import directory as folders


def audio_dataset_from_directory(
    directory: Any, labels: Any = "inferred", label_mode: str | None = "int", class_names: Sequence[str] | None = None,
    batch_size: int | None = 32, sampling_rate: int | None = None, output_sequence_length: int | None = None, ragged: bool = False,
    shuffle: bool = True, seed: int | None = None, validation_split: float | None = None, subset: str | None = None,
    follow_links: bool = False, verbose: bool = True,
) -> Any:  # fmt: skip
    """Batches of sounds, float32 of shape (batch, samples, channels) from -1 to 1, and labels: the 16-bit `.wav` files of a folder.

    Args:
        output_sequence_length: sounds are cut or padded with zeros to so many samples; by default to the longest of a batch.
        ragged: batches are RaggedTensors instead.

    Other arguments as of `image_dataset_from_directory`. Returns: a Dataset, which also has `class_names` and `file_paths`.
    """
    if sampling_rate is not None:
        raise ArgumentError("`sampling_rate`: sounds are not resampled here; leave it out and convert the files first.")
    if ragged and output_sequence_length is not None:
        raise ArgumentError("Cannot set both `ragged` and `output_sequence_length`.")
    request = folders.Request(
        directory, labels, label_mode, class_names, batch_size, shuffle, seed, validation_split, subset, follow_links, verbose
    ).checked()

    def read(path: bytes) -> np.ndarray:
        sound = samples(os.fsdecode(path))
        length = output_sequence_length
        if length is None:
            return sound
        return np.pad(sound[:length], [(0, max(0, length - len(sound))), (0, 0)])

    spec = TensorSpec((output_sequence_length, None), "float32")
    padded = output_sequence_length is None and not ragged
    return folders.datasets(request, folders.found(request, (".wav",), "audio"), read, spec, padded, ragged)


def samples(path: str) -> np.ndarray:
    """A 16-bit WAV file's samples, float32 of shape (samples, channels) from -1 to 1."""
    import wave

    try:
        with wave.open(path, "rb") as file:
            if file.getsampwidth() != 2:
                raise InvalidArgumentError(f"Can only read 16-bit WAV files, but '{path}' has {8 * file.getsampwidth()} bits.")
            data, channels = file.readframes(file.getnframes()), file.getnchannels()
    except (wave.Error, EOFError) as error:
        raise InvalidArgumentError(f"'{path}' is no WAV file that can be read: {error}.") from None
    return (np.frombuffer(data, "<i2").reshape(-1, channels) / 32768).astype(np.float32)
