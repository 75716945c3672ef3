"""Sound files in memory: 16-bit WAV to float samples and back. On the host only."""

import struct
from typing import Any, NamedTuple

import numpy as np

from hornbeam.engine.errors import ArgumentError, DtypeError, InvalidArgumentError, ShapeError, UntraceableError
from hornbeam.engine.tensor import Tensor, as_tensor, place, wrap


class DecodeWav(NamedTuple):
    audio: Tensor
    sample_rate: Tensor


def _chunks(data: bytes) -> dict[bytes, bytes]:
    found: dict[bytes, bytes] = {}
    at = 12
    while at + 8 <= len(data):
        name, size = data[at : at + 4], struct.unpack_from("<I", data, at + 4)[0]
        found.setdefault(name, data[at + 8 : at + 8 + size])
        at += 8 + size + size % 2
    return found


def decode_wav(contents: Any, desired_channels: int = -1, desired_samples: int = -1, name: str | None = None) -> DecodeWav:
    """A 16-bit WAV file's samples, float32 (samples, channels) from -1 to below 1, and its rate in samples a second.

    Args:
        contents: the file's bytes, a scalar string.
        desired_channels, desired_samples: cut, or fill up with the last channel and with zeros, to so many; -1: as in the file.
    """
    word = "tf.audio.decode_wav"
    tensor = as_tensor(contents)
    if tensor.is_traced or tensor.is_symbolic:
        raise UntraceableError(f"{word} reads bytes on the host; it cannot be part of a compiled function.")
    if tensor.dtype != "string" or tensor.ndim:
        raise DtypeError(f"{word} takes the bytes of a file, a scalar string; received {tensor.dtype} of shape {tensor.shape}.")
    data = np.asarray(tensor).item()
    if data[:4] != b"RIFF" or data[8:12] != b"WAVE":
        raise InvalidArgumentError(f"{word}: Header mismatch: Expected RIFF and WAVE; received bytes that begin with {data[:12]!r}.")
    parts = _chunks(data)
    if len(parts.get(b"fmt ", b"")) < 16 or b"data" not in parts:
        raise InvalidArgumentError(f"{word}: the file has no 'fmt ' and 'data' parts.")
    kind, channels, rate, _, _, bits = struct.unpack_from("<HHIIHH", parts[b"fmt "])
    if kind not in (1, 0xFFFE) or bits != 16 or not channels:
        raise InvalidArgumentError(f"{word}: Can only read 16-bit PCM WAV files; this one is of format {kind} with {bits} bits.")
    samples = np.frombuffer(parts[b"data"][: len(parts[b"data"]) // (2 * channels) * 2 * channels], "<i2").reshape(-1, channels)
    audio = samples.astype(np.float32) / np.float32(32768)
    if desired_channels > 0:
        extra = int(desired_channels) - channels
        audio = np.concatenate([audio, np.repeat(audio[:, -1:], extra, 1)], 1) if extra > 0 else audio[:, :desired_channels]
    if desired_samples > 0:
        audio = np.pad(audio[:desired_samples], ((0, max(0, int(desired_samples) - len(audio))), (0, 0)))
    return DecodeWav(wrap(place(np.ascontiguousarray(audio))), as_tensor(np.int32(rate)))


def encode_wav(audio: Any, sample_rate: Any, name: str | None = None) -> Tensor:
    """A 16-bit WAV file's bytes for samples (samples, channels) between -1 and 1; louder ones are cut off."""
    audio = as_tensor(audio)
    if audio.is_traced or audio.is_symbolic:
        raise UntraceableError("tf.audio.encode_wav writes bytes on the host; it cannot be part of a compiled function.")
    if audio.ndim != 2 or not audio.dtype.is_floating:
        raise ShapeError(f"tf.audio.encode_wav takes floats (samples, channels); received {audio.dtype} of shape {audio.shape}.")
    rate, channels = int(sample_rate), audio.shape[1]
    if rate < 1 or not channels:
        raise ArgumentError(f"tf.audio.encode_wav: sample_rate and the number of channels are positive; received {rate} and {channels}.")
    samples = np.clip(np.round(np.asarray(audio, np.float32) * 32768), -32768, 32767).astype("<i2").tobytes()
    head = struct.pack("<4sI4s4sIHHIIHH4sI", b"RIFF", 36 + len(samples), b"WAVE", b"fmt ", 16, 1, channels, rate, rate * channels * 2,
                       channels * 2, 16, b"data", len(samples))  # fmt: skip
    return wrap(place(np.array(head + samples, object)))
