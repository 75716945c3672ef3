"""Convolutions and pooling of images."""

from __future__ import annotations

from typing import Any

from goldens.recording import table

TOLERANCE = (1e-5, 1e-5)


def _conv(filters: int = 4, size: Any = 3, **arguments: Any) -> Any:
    return lambda k: k.layers.Conv2D(filters, size, **arguments)


def _max(*arguments: Any, **named: Any) -> Any:
    return lambda k: k.layers.MaxPooling2D(*arguments, **named)


def _average(*arguments: Any, **named: Any) -> Any:
    return lambda k: k.layers.AveragePooling2D(*arguments, **named)


CASES = table(
    ("conv", _conv(), (2, 6, 5, 3)),
    ("conv_same", _conv(padding="same", activation="relu"), (2, 6, 5, 3)),
    ("conv_same_even", _conv(size=(2, 4), padding="same"), (2, 5, 6, 2)),
    ("conv_strides", _conv(strides=2), (2, 7, 6, 3)),
    ("conv_strides_same", _conv(strides=(2, 3), padding="same"), (2, 7, 8, 3)),
    ("conv_strides_even_same", _conv(strides=2, padding="same"), (2, 8, 6, 3)),
    ("conv_1x1", _conv(size=1, use_bias=False), (2, 4, 4, 3)),
    ("conv_1x1_strides", _conv(size=1, strides=2), (2, 5, 4, 3)),
    ("conv_dilation", _conv(dilation_rate=2), (2, 8, 7, 2)),
    ("conv_dilation_same", _conv(dilation_rate=(2, 1), padding="same"), (2, 8, 7, 2)),
    ("conv_groups", _conv(groups=2), (2, 5, 5, 4)),
    ("conv_depthwise_like", _conv(filters=6, groups=3, padding="same"), (2, 5, 5, 3)),
    ("conv_no_bias", _conv(use_bias=False, activation="tanh"), (2, 5, 5, 2)),
    ("conv_arguments", _conv(kernel_initializer="he_uniform", kernel_regularizer="l2", bias_constraint="non_neg",
                             padding="SAME"), (1, 4, 4, 1)),
    ("conv_channels_first", _conv(data_format="channels_first", padding="same"), (2, 3, 6, 5)),
    ("conv_channels_first_strides", _conv(data_format="channels_first", strides=2), (2, 3, 6, 7)),
    ("conv_one_channel", _conv(filters=3, size=5, padding="same"), (2, 7, 7, 1)),
    ("max_pool", _max(), (2, 6, 5, 3)),
    ("max_pool_same", _max(padding="same"), (2, 5, 7, 3)),
    ("max_pool_overlap", _max(3, strides=2), (2, 7, 8, 2)),
    ("max_pool_overlap_same", _max((3, 2), strides=(1, 2), padding="same"), (2, 6, 5, 2)),
    ("max_pool_channels_first", _max(2, data_format="channels_first"), (2, 3, 6, 4)),
    ("average_pool", _average(2), (2, 6, 5, 3)),
    ("average_pool_same", _average(3, strides=2, padding="same"), (2, 6, 5, 2)),
    ("average_pool_overlap", _average((2, 3), strides=1), (2, 5, 6, 2)),
    ("average_pool_channels_first", _average(2, data_format="channels_first"), (2, 3, 6, 4)),
    ("global_average", lambda k: k.layers.GlobalAveragePooling2D(), (2, 4, 3, 5)),
    ("global_average_keepdims", lambda k: k.layers.GlobalAveragePooling2D(keepdims=True), (2, 4, 3, 5)),
    ("global_average_channels_first", lambda k: k.layers.GlobalAveragePooling2D(data_format="channels_first"),
     (2, 4, 3, 5)),
    ("global_max", lambda k: k.layers.GlobalMaxPooling2D(), (2, 4, 3, 5)),
    ("global_max_keepdims", lambda k: k.layers.GlobalMaxPooling2D(keepdims=True, data_format="channels_first"),
     (2, 4, 3, 5)),
)
