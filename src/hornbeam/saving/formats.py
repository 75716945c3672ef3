"""`save_model` and its kin: the ending of a file's name says its format."""

import tempfile
from pathlib import Path
from typing import Any

from hornbeam.engine.errors import ArgumentError
from hornbeam.saving import files, keras_archive, orbax, shards, weights_h5


def save_model(model: Any, filepath: Any, overwrite: bool = True, include_optimizer: bool = True, **kwargs: Any) -> None:
    """Write a model (architecture, weights, compile arguments, optimizer state) to a file.

    Args:
        filepath: ends in `.keras`, or in `.h5` for the older format.
        overwrite: replace a file that exists. An interrupted or failed save leaves that file as it was.
        include_optimizer: keep the optimizer's state, so that training can go on.

    Raises:
        ArgumentError: another ending. FileExistsError: the file exists and `overwrite` is False.
    """
    if kwargs.pop("save_format", "keras") not in ("keras", "h5", None) or kwargs.pop("zipped", True) is not True or kwargs:
        raise ArgumentError(f"save_model writes '.keras' and '.h5' files; it has no use for {kwargs or 'that save_format'}.")
    kind = files.format_of(filepath)
    if kind == "weights":
        raise ArgumentError(f"'{filepath}' has the ending of a file of weights alone: use save_weights, or the ending '.keras'.")
    if kind == "h5":
        from hornbeam.saving import legacy_h5

        legacy_h5.save(model, filepath, overwrite, include_optimizer)
    else:
        keras_archive.save(model, filepath, overwrite, include_optimizer)


def load_model(filepath: Any, custom_objects: dict[str, Any] | None = None, compile: bool = True, safe_mode: bool = True) -> Any:
    """Read a model that `save_model` (or Keras) wrote. Nothing in the file is ever imported or run.

    Args:
        custom_objects: your own classes and functions by name, unless they are registered with `register_keras_serializable`.
        compile: compile it as it was, and restore its optimizer.
        safe_mode: refuse files that hold code (lambdas).

    Raises:
        FileNotFoundError: no such file. DataError: damaged, not a model file, or refused.
        ArgumentError: it names a class that this program does not know.
    """
    if orbax.is_checkpoint(filepath):
        return orbax.load_model(filepath, custom_objects, compile, safe_mode)
    kind = files.format_of(filepath)
    if kind == "weights":
        raise ArgumentError(f"'{filepath}' holds weights alone: make the model, then call model.load_weights(...).")
    if kind == "h5":
        from hornbeam.saving import legacy_h5

        return legacy_h5.load(filepath, custom_objects, compile, safe_mode)
    return keras_archive.load(filepath, custom_objects, compile, safe_mode)


def save_weights(model: Any, filepath: Any, overwrite: bool = True, max_shard_size: float | None = None) -> None:
    """Write a model's weights, and a compiled model's optimizer state, to a `.weights.h5` file.

    Args:
        max_shard_size: with this, to several files of at most so many gigabytes, and a `.weights.json` that names them.
    """
    if max_shard_size is not None and str(filepath).endswith((shards.ENDING, ".weights.h5")):
        return shards.save_weights(model, filepath, overwrite, max_shard_size)
    if files.format_of(filepath) == "keras":
        raise ArgumentError(f"A file of weights ends in '.weights.h5'; received '{filepath}'. To keep the whole model, use save.")
    weights_h5.save_weights(model, filepath, overwrite)
    return None


def load_weights(model: Any, filepath: Any, skip_mismatch: bool = False) -> None:
    """Read the weights in a `.weights.h5`, `.keras` or `.h5` file into a model of the same architecture.

    Args:
        skip_mismatch: leave layers as they are whose weights have other shapes in the file, with a warning.

    Raises:
        ShapeError: the model is not built, or is another than the file's; it is then as it was.
    """
    if str(filepath).endswith(shards.ENDING):
        shards.load_weights(model, filepath, skip_mismatch)
    elif orbax.is_checkpoint(filepath):
        orbax.load_weights(model, filepath)
    elif files.format_of(filepath) == "keras":
        keras_archive.load_weights(model, filepath, skip_mismatch)
    else:
        weights_h5.load_weights(model, filepath, skip_mismatch)


def to_bytes(model: Any) -> bytes:
    """The `.keras` file of a model, as bytes: what a pickle of it holds."""
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "model.keras"
        save_model(model, path)
        return path.read_bytes()


def from_bytes(data: bytes) -> Any:
    """The model that `to_bytes` wrote."""
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "model.keras"
        path.write_bytes(data)
        return load_model(path)
