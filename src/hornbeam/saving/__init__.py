"""Models in files: `.keras` archives, `.weights.h5` and older `.h5` files. Loading a file never runs it."""

from hornbeam.engine.registry import serializable as register_keras_serializable
from hornbeam.saving.file_editor import KerasFileEditor
from hornbeam.saving.formats import from_bytes, load_model, load_weights, save_model, save_weights, to_bytes
from hornbeam.saving.objects import (
    CustomObjectScope,
    custom_object_scope,
    deserialize_keras_object,
    get_custom_objects,
    get_registered_name,
    get_registered_object,
    model_from_json,
    model_to_json,
    serialize_keras_object,
)

__all__ = [
    "CustomObjectScope",
    "KerasFileEditor",
    "custom_object_scope",
    "deserialize_keras_object",
    "get_custom_objects",
    "get_registered_name",
    "get_registered_object",
    "load_model",
    "load_weights",
    "model_from_json",
    "model_to_json",
    "register_keras_serializable",
    "save_model",
    "save_weights",
    "serialize_keras_object",
]
