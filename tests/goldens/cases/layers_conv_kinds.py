"""Convolutions of one and three axes, transposed, depthwise and separable."""

from __future__ import annotations

from typing import Any

from goldens.recording import table

TOLERANCE = (1e-5, 1e-5)


def _layer(kind: str, *given: Any, **arguments: Any) -> Any:
    return lambda k: getattr(k.layers, kind)(*given, **arguments)


CASES = table(
    ("conv1d", _layer("Conv1D", 4, 3, activation="relu"), (2, 7, 3)),
    ("conv1d_strides_same", _layer("Conv1D", 4, 4, 2, "same"), (2, 9, 2)),
    ("conv1d_causal", _layer("Conv1D", 3, 3, padding="causal"), (2, 6, 2)),
    ("conv1d_causal_dilation", _layer("Conv1D", 3, 2, padding="causal", dilation_rate=3), (2, 8, 2)),
    ("conv1d_causal_strides", _layer("Conv1D", 3, 3, padding="causal", strides=2), (2, 7, 2)),
    ("conv1d_causal_first", _layer("Conv1D", 3, 3, padding="causal", data_format="channels_first"), (2, 2, 6)),
    ("conv1d_groups", _layer("Conv1D", 4, 3, groups=2, dilation_rate=2), (2, 8, 4)),
    # As many filters as output steps, and Keras on TensorFlow adds the bias along the steps.
    ("conv1d_channels_first", _layer("Conv1D", 4, 3, data_format="channels_first"), (2, 3, 7)),
    ("conv3d", _layer("Conv3D", 2, 2), (2, 3, 4, 3, 2)),
    ("conv3d_same", _layer("Conv3D", 2, (3, 1, 2), padding="same", strides=(1, 2, 1), kernel_regularizer="l2"), (1, 3, 4, 3, 2)),
    ("conv3d_channels_first", _layer("Conv3D", 2, 2, data_format="channels_first", use_bias=False), (2, 2, 3, 3, 4)),
    ("transpose1d", _layer("Conv1DTranspose", 3, 3), (2, 5, 2)),
    ("transpose1d_strides", _layer("Conv1DTranspose", 3, 3, strides=2), (2, 5, 2)),
    ("transpose1d_even", _layer("Conv1DTranspose", 3, 4, strides=3, padding="same"), (2, 5, 2)),
    ("transpose1d_short", _layer("Conv1DTranspose", 3, 2, strides=3), (2, 4, 2)),
    ("transpose1d_longer", _layer("Conv1DTranspose", 3, 3, strides=3, output_padding=1), (2, 4, 2)),
    ("transpose1d_longer_same", _layer("Conv1DTranspose", 3, 3, strides=3, output_padding=(1,), padding="same"), (2, 4, 2)),
    ("transpose1d_channels_first", _layer("Conv1DTranspose", 3, 3, strides=2, data_format="channels_first"), (2, 2, 5)),
    ("transpose2d", _layer("Conv2DTranspose", 3, 3, activation="tanh"), (2, 4, 3, 2)),
    ("transpose2d_same", _layer("Conv2DTranspose", 3, (3, 2), strides=2, padding="same"), (2, 4, 3, 2)),
    ("transpose2d_longer", _layer("Conv2DTranspose", 3, 3, (2, 3), "same", (1, 0), use_bias=False), (2, 4, 3, 2)),
    ("transpose2d_one", _layer("Conv2DTranspose", 3, 1, strides=2), (2, 4, 3, 2)),
    ("transpose2d_channels_first", _layer("Conv2DTranspose", 3, 3, strides=2, padding="same", data_format="channels_first"), (2, 2, 4, 3)),
    ("transpose2d_arguments", _layer("Conv2DTranspose", 2, 2, kernel_initializer="he_normal", bias_regularizer="l1",
                                     kernel_constraint="non_neg"), (1, 3, 3, 1)),
    ("transpose2d_dilation", _layer("Conv2DTranspose", 3, 2, dilation_rate=2), (2, 4, 3, 2)),
    ("transpose2d_dilation_same", _layer("Conv2DTranspose", 3, 3, dilation_rate=(1, 2), padding="same"), (2, 4, 5, 2)),
    ("transpose3d", _layer("Conv3DTranspose", 2, 2, strides=2), (2, 3, 2, 2, 2)),
    ("transpose3d_same", _layer("Conv3DTranspose", 2, 3, strides=(1, 2, 1), padding="same"), (1, 3, 2, 2, 2)),
    ("depthwise1d", _layer("DepthwiseConv1D", 3), (2, 6, 3)),
    ("depthwise1d_multiplier", _layer("DepthwiseConv1D", 3, strides=2, depth_multiplier=2, padding="same"), (2, 6, 3)),
    ("depthwise2d", _layer("DepthwiseConv2D", 3, activation="relu"), (2, 5, 4, 3)),
    ("depthwise2d_multiplier", _layer("DepthwiseConv2D", (2, 3), padding="same", depth_multiplier=3), (2, 4, 5, 2)),
    ("depthwise2d_strides", _layer("DepthwiseConv2D", 3, 2, "same"), (2, 5, 4, 3)),
    ("depthwise2d_dilation", _layer("DepthwiseConv2D", 2, dilation_rate=2, use_bias=False), (2, 5, 4, 3)),
    ("depthwise2d_channels_first", _layer("DepthwiseConv2D", 3, data_format="channels_first", depth_multiplier=2), (2, 3, 5, 4)),
    ("depthwise2d_arguments", _layer("DepthwiseConv2D", 2, depthwise_initializer="ones", depthwise_regularizer="l2",
                                     depthwise_constraint="unit_norm", bias_initializer="ones"), (1, 3, 3, 2)),
    ("separable1d", _layer("SeparableConv1D", 4, 3), (2, 6, 3)),
    ("separable1d_same", _layer("SeparableConv1D", 4, 3, 2, "same", depth_multiplier=2), (2, 7, 2)),
    ("separable2d", _layer("SeparableConv2D", 4, 3, activation="relu"), (2, 5, 4, 3)),
    ("separable2d_multiplier", _layer("SeparableConv2D", 4, 2, strides=2, depth_multiplier=2), (2, 5, 4, 3)),
    ("separable2d_dilation", _layer("SeparableConv2D", 4, 2, padding="same", dilation_rate=2, use_bias=False), (2, 5, 4, 2)),
    ("separable2d_channels_first", _layer("SeparableConv2D", 4, 3, data_format="channels_first"), (2, 3, 5, 4)),
    ("separable2d_arguments", _layer("SeparableConv2D", 2, 2, depthwise_initializer="he_normal", pointwise_regularizer="l2",
                                     pointwise_constraint="non_neg", bias_constraint="max_norm"), (1, 3, 3, 2)),
)  # fmt: skip
