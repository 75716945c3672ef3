"""Keras models in folders that TensorFlow 2.0 to 2.15 wrote (`model.save("folder")`): read, never run.

Such a SavedModel holds a TensorFlow program, which is left alone, and beside it what Keras wrote of the model: its configuration (in
`keras_metadata.pb`; before TensorFlow 2.5 in `saved_model.pb`) and its weights, a checkpoint in `variables/`. A functional or Sequential
model, or one of a program's own class with a `get_config`, is made again from these.
"""

import json
import os
from collections.abc import Iterator
from typing import Any

from hornbeam.engine.errors import DataError, DataLossError
from hornbeam.ops import wire
from hornbeam.saving import keras_archive, legacy_h5, objects
from hornbeam.saving.bundle import Bundle
from hornbeam.saving.checkpoint import LoadStatus

_PROGRAM, _METADATA, _WEIGHTS = "saved_model.pb", "keras_metadata.pb", os.path.join("variables", "variables")


def is_one(path: Any) -> bool:
    """Whether a path is a folder that TensorFlow wrote."""
    return os.path.isfile(os.path.join(os.fspath(path), _PROGRAM))


def load(path: Any, custom_objects: dict[str, Any] | None = None, compile: bool = True, safe_mode: bool = True) -> Any:
    """The model in such a folder; see `load_model`.

    Raises: DataError, when the folder holds no Keras model, or one whose configuration was not written.
    """
    folder = os.fspath(path)
    name = f"'{folder}'"
    described = _described(folder)
    if "class_name" not in described or not isinstance(described.get("config"), dict):
        raise DataError(
            f"{name} is a SavedModel that TensorFlow wrote, and holds a TensorFlow program without a Keras configuration, which cannot be "
            "read. If it is a model whose class is your own, make the model and call "
            f"model.load_weights('{os.path.join(folder, _WEIGHTS)}'); or save it where it was made: model.save('model.keras')."
        )
    with objects.custom_object_scope(custom_objects):
        config = {"module": "keras", "class_name": described["class_name"], "config": described["config"]}
        model = keras_archive.rebuild(config, name, False, safe_mode)
        _build(model, described)
        training = described.get("training_config") if compile else None
        if isinstance(training, dict):
            legacy_h5._compile(model, training, name, safe_mode)
    status = LoadStatus(model, Bundle(os.path.join(folder, _WEIGHTS)))
    if lacking := [weight.path for weight in model.weights if not status.gave(weight)]:
        raise DataLossError(f"{name} holds no values for {', '.join(lacking)}.")
    return model


def _build(model: Any, described: dict[str, Any]) -> None:
    """Make a model's weights for the data that it was built for: one tensor, or a dict of them."""
    spec, shape = described.get("save_spec"), described.get("build_input_shape")
    if model.built:
        return
    if isinstance(spec, dict) and "class_name" not in spec and hasattr(model, "_build_for_dict"):
        model._build_for_dict({key: tuple(each["serialized"][:2]) for key, each in spec.items()})
    elif isinstance(shape, list):
        model.build(tuple(shape))


def _described(folder: str) -> dict[str, Any]:
    """What Keras wrote of the model: the first object's metadata."""
    for found in _metadata(folder):
        try:
            return json.loads(found, object_hook=_plain) if found else {}
        except ValueError:
            return {}
    return {}


def _plain(value: dict[str, Any]) -> Any:
    """A part of a configuration as ours are written: tuples as lists, feature columns under their own word."""
    kind = value.get("class_name")
    if kind in ("__tuple__", "TensorShape") and "items" in value:
        return value["items"]
    if str(kind).endswith("Column"):
        return {"column": kind, "config": value.get("config")}
    return value


def _metadata(folder: str) -> Iterator[bytes]:
    """The metadata of the root: SavedMetadata's first node; else SavedModel's meta graph's object graph's first user object."""
    path = os.path.join(folder, _METADATA)
    if os.path.isfile(path):
        with open(path, "rb") as file:
            yield from _inside(file.read(), 1, 5)
    with open(os.path.join(folder, _PROGRAM), "rb") as file:
        yield from _inside(file.read(), 2, 7, 1, 4, 3)


def _inside(data: bytes, *numbers: int) -> Iterator[bytes]:
    """The fields of these numbers, one inside the other."""
    if not numbers:
        yield data
        return
    for number, kind, content in wire.fields(data):
        if number == numbers[0] and kind == wire.BYTES:
            yield from _inside(content, *numbers[1:])
