"""`keras.backend`, `K` for short: Keras 2's operations and settings. Names only."""

from hornbeam.keras.mirror import mirror

_SAME = (  # as keras.ops has them
    "abs", "all", "any", "binary_crossentropy", "cast", "categorical_crossentropy", "cos", "dtype", "elu", "dot", "equal", "exp", "greater",
    "greater_equal", "less", "less_equal", "log", "logsumexp", "maximum", "minimum", "ndim", "not_equal", "one_hot", "prod",
    "reshape", "round", "sigmoid", "sign", "sin", "softmax", "softplus", "softsign", "sqrt", "square", "squeeze", "stack", "std",
    "stop_gradient", "sum", "tanh", "transpose", "var",
)  # fmt: skip
_OTHERWISE = {
    "conv2d": "hornbeam.ops:conv",
    "conv3d": "hornbeam.ops:conv",
    "depthwise_conv2d": "hornbeam.ops:depthwise_conv",
    "separable_conv2d": "hornbeam.ops:separable_conv",
}
_GRAPHS = (
    "function", "gradients", "in_test_phase", "in_train_phase", "is_keras_tensor", "learning_phase", "learning_phase_scope", "placeholder",
    "set_learning_phase",
)  # fmt: skip
_OLDER = (
    "arange", "argmax", "argmin", "batch_dot", "batch_flatten", "batch_get_value", "batch_normalization", "batch_set_value", "bias_add",
    "cast_to_floatx", "clip", "concatenate", "constant", "conv1d", "conv2d_transpose", "count_params", "ctc_batch_cost", "ctc_decode",
    "cumprod", "cumsum", "dropout", "expand_dims", "eye", "flatten", "foldl", "foldr", "gather", "get_value", "hard_sigmoid", "in_top_k",
    "int_shape", "is_sparse", "l2_normalize", "map_fn", "mean", "moving_average_update", "ones", "ones_like", "permute_dimensions",
    "pool2d", "pool3d", "pow", "random_bernoulli", "random_normal", "random_normal_variable", "random_uniform", "random_uniform_variable",
    "relu", "repeat", "repeat_elements", "resize_images", "resize_volumes", "reverse", "rnn", "set_value", "shape",
    "sparse_categorical_crossentropy", "spatial_2d_padding", "spatial_3d_padding", "switch", "temporal_padding", "tile", "to_dense",
    "truncated_normal", "update", "update_add", "update_sub", "variable", "zeros", "zeros_like",
)  # fmt: skip
_SETTINGS = ("epsilon", "floatx", "image_data_format", "set_epsilon", "set_floatx", "set_image_data_format")
_NAMES = {
    **dict.fromkeys(_SAME, "hornbeam.ops"),
    **dict.fromkeys(_OLDER, "hornbeam.ops.older"),
    **dict.fromkeys(_GRAPHS, "hornbeam.utils.graphs"),
    **dict.fromkeys(_SETTINGS, "hornbeam.config"),
    **_OTHERWISE,
    "_get_available_gpus": "hornbeam.engine.placement:gpu_names",
    "backend": "hornbeam.utils.backend",
    "random_binomial": "hornbeam.ops.older:random_bernoulli",
    "categorical_focal_crossentropy": "hornbeam.losses",
    "clear_session": "hornbeam.utils",
    "control_flow_ops": "hornbeam.ops.tf.flow:",  # a module that Keras 2's backend.py happened to import, and YOLO's losses take from there
    "eval": "hornbeam.ops.older:get_value",
    "get_session": "hornbeam.engine.surroundings:Session",
    "max": "hornbeam.ops.older:largest",
    "min": "hornbeam.ops.older:smallest",
    "name_scope": "hornbeam.engine.module",
    "get_variable_shape": "hornbeam.ops.older:int_shape",
    "get_uid": "hornbeam.utils.backend",
    "is_float_dtype": "hornbeam.utils.backend",
    "is_int_dtype": "hornbeam.utils.backend",
    "result_type": "hornbeam.utils.backend",
    "standardize_dtype": "hornbeam.utils",
    "set_session": "hornbeam.engine.surroundings:nothing",
}
__getattr__, __dir__ = mirror(__name__, more=_NAMES)
