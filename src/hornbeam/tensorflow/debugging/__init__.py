"""`tf.debugging`. Names only."""

from hornbeam.engine.missing import lazily

_NAMES = {
    "Assert": "hornbeam.ops.tf.assertions",
    "assert_all_finite": "hornbeam.ops.tf.assertions",
    "assert_equal": "hornbeam.ops.tf.assertions",
    "assert_greater": "hornbeam.ops.tf.assertions",
    "assert_greater_equal": "hornbeam.ops.tf.assertions",
    "assert_integer": "hornbeam.ops.tf.assertions",
    "assert_less": "hornbeam.ops.tf.assertions",
    "assert_less_equal": "hornbeam.ops.tf.assertions",
    "assert_near": "hornbeam.ops.tf.assertions",
    "assert_negative": "hornbeam.ops.tf.assertions",
    "assert_non_negative": "hornbeam.ops.tf.assertions",
    "assert_non_positive": "hornbeam.ops.tf.assertions",
    "assert_none_equal": "hornbeam.ops.tf.assertions",
    "assert_positive": "hornbeam.ops.tf.assertions",
    "assert_proper_iterable": "hornbeam.ops.tf.assertions",
    "assert_rank": "hornbeam.ops.tf.assertions",
    "assert_rank_at_least": "hornbeam.ops.tf.assertions",
    "assert_rank_in": "hornbeam.ops.tf.assertions",
    "assert_same_float_dtype": "hornbeam.ops.tf.assertions",
    "assert_scalar": "hornbeam.ops.tf.assertions",
    "assert_shapes": "hornbeam.ops.tf.assertions",
    "assert_type": "hornbeam.ops.tf.assertions",
    "check_numerics": "hornbeam.ops.tf.assertions",
    "disable_check_numerics": "hornbeam.ops.tf.assertions",
    "disable_traceback_filtering": "hornbeam.engine.surroundings:nothing",
    "enable_check_numerics": "hornbeam.ops.tf.assertions",
    "enable_traceback_filtering": "hornbeam.engine.surroundings:nothing",
    "get_log_device_placement": "hornbeam.engine.surroundings:never",
    "is_numeric_tensor": "hornbeam.ops.tf.assertions",
    "is_traceback_filtering_enabled": "hornbeam.engine.surroundings:always",
    "set_log_device_placement": "hornbeam.engine.surroundings:nothing",
}

__getattr__, __dir__ = lazily(__name__, _NAMES, ("experimental",))
