"""Keras's utilities."""

from hornbeam.dashboard.plot import model_to_dot, plot_model
from hornbeam.engine.dtypes import standardize as standardize_dtype
from hornbeam.engine.naming import reset_names as clear_session
from hornbeam.engine.registry import serializable as register_keras_serializable
from hornbeam.engine.rng import set_random_seed
from hornbeam.preprocessing.pictures import array_to_img, img_to_array, load_img, save_img
from hornbeam.saving import (
    CustomObjectScope,
    custom_object_scope,
    deserialize_keras_object,
    get_custom_objects,
    get_registered_name,
    get_registered_object,
    serialize_keras_object,
)
from hornbeam.training.batches import pack_x_y_sample_weight, unpack_x_y_sample_weight
from hornbeam.training.feed import PyDataset
from hornbeam.training.progress import disable_interactive_logging, enable_interactive_logging, is_interactive_logging_enabled
from hornbeam.utils import bounding_boxes
from hornbeam.utils.config import Config
from hornbeam.utils.feature_space import FeatureSpace
from hornbeam.utils.files import get_file
from hornbeam.utils.graphs import get_source_inputs, is_keras_tensor
from hornbeam.utils.numerical import normalize, to_categorical
from hornbeam.utils.progress import Progbar
from hornbeam.utils.sequences import pad_sequences
from hornbeam.utils.splitting import split_dataset

Sequence = PyDataset

__all__ = [
    "Config", "CustomObjectScope", "FeatureSpace", "Progbar", "PyDataset", "Sequence", "array_to_img", "clear_session",
    "custom_object_scope", "deserialize_keras_object", "disable_interactive_logging", "enable_interactive_logging", "get_custom_objects",
    "get_file", "get_registered_name", "get_registered_object", "get_source_inputs", "img_to_array", "is_interactive_logging_enabled",
    "is_keras_tensor", "load_img", "model_to_dot", "normalize", "pack_x_y_sample_weight", "pad_sequences", "plot_model",
    "register_keras_serializable", "save_img", "serialize_keras_object", "set_random_seed", "split_dataset", "standardize_dtype",
    "to_categorical", "unpack_x_y_sample_weight",
]  # fmt: skip
