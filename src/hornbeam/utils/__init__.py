"""Keras's utilities."""

from hornbeam.engine.naming import reset_names as clear_session
from hornbeam.engine.registry import custom_object_scope
from hornbeam.engine.registry import serializable as register_keras_serializable
from hornbeam.engine.rng import set_random_seed
from hornbeam.training.batches import pack_x_y_sample_weight, unpack_x_y_sample_weight
from hornbeam.training.feed import PyDataset
from hornbeam.utils.numerical import normalize, to_categorical

CustomObjectScope = custom_object_scope
Sequence = PyDataset

__all__ = [
    "CustomObjectScope", "PyDataset", "Sequence", "clear_session", "custom_object_scope", "normalize", "pack_x_y_sample_weight",
    "register_keras_serializable", "set_random_seed", "to_categorical", "unpack_x_y_sample_weight",
]  # fmt: skip
