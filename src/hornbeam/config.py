"""Settings. Names only."""

from hornbeam.engine.devices import backend
from hornbeam.engine.dtypes import dtype_policy, epsilon, floatx, set_dtype_policy, set_epsilon, set_floatx
from hornbeam.engine.function import functions_run_eagerly, run_functions_eagerly
from hornbeam.engine.layout import image_data_format, set_image_data_format
from hornbeam.engine.registry import enable_unsafe_deserialization
from hornbeam.training.limits import max_epochs, max_steps_per_epoch, set_max_epochs, set_max_steps_per_epoch
from hornbeam.training.tutor import set_tutor

__all__ = [
    "backend", "dtype_policy", "enable_unsafe_deserialization", "epsilon", "floatx", "functions_run_eagerly", "image_data_format",
    "max_epochs", "max_steps_per_epoch", "run_functions_eagerly", "set_dtype_policy", "set_epsilon", "set_floatx",
    "set_image_data_format", "set_max_epochs", "set_max_steps_per_epoch", "set_tutor",
]  # fmt: skip
