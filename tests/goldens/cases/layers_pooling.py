"""Pooling of sequences and volumes, adaptive pooling, and what pads, crops and enlarges."""

from __future__ import annotations

from typing import Any

import numpy as np

from goldens.recording import table

TOLERANCE = (1e-5, 1e-5)

MASK = np.array([[True, True, False, True], [True, False, False, False]])


def _layer(kind: str, *given: Any, **arguments: Any) -> Any:
    return lambda k: getattr(k.layers, kind)(*given, **arguments)


CASES = table(
    ("max1d", _layer("MaxPooling1D"), (2, 7, 3)),
    ("max1d_same", _layer("MaxPooling1D", 3, strides=2, padding="same"), (2, 6, 3)),
    ("max1d_channels_first", _layer("MaxPooling1D", 2, data_format="channels_first"), (2, 3, 6)),
    ("max3d", _layer("MaxPooling3D"), (2, 4, 3, 5, 2)),
    ("max3d_same", _layer("MaxPooling3D", (2, 1, 3), strides=1, padding="same"), (1, 4, 3, 3, 2)),
    ("average1d", _layer("AveragePooling1D", 2), (2, 7, 3)),
    ("average1d_same", _layer("AveragePooling1D", 3, 2, "same"), (2, 6, 3)),
    ("average3d", _layer("AveragePooling3D", 2, padding="same"), (1, 4, 3, 3, 2)),
    ("average3d_channels_first", _layer("AveragePooling3D", (2, 1, 2), data_format="channels_first"), (1, 2, 4, 3, 3)),
    ("global_max1d", _layer("GlobalMaxPooling1D"), (2, 4, 3)),
    ("global_max3d", _layer("GlobalMaxPooling3D", keepdims=True), (2, 2, 3, 2, 3)),
    ("global_average1d", _layer("GlobalAveragePooling1D"), (2, 4, 3)),
    ("global_average1d_mask", _layer("GlobalAveragePooling1D"), (2, 4, 3), {"mask": MASK}),
    ("global_average1d_mask_keepdims", _layer("GlobalAveragePooling1D", keepdims=True), (2, 4, 3), {"mask": MASK}),
    ("global_average1d_mask_first", _layer("GlobalAveragePooling1D", "channels_first"), (2, 3, 4), {"mask": MASK}),
    ("global_average3d", _layer("GlobalAveragePooling3D", data_format="channels_first"), (2, 2, 3, 2, 3)),
    ("adaptive_average1d", _layer("AdaptiveAveragePooling1D", 3), (2, 7, 2)),
    ("adaptive_average2d", _layer("AdaptiveAveragePooling2D", (2, 3)), (2, 5, 6, 2)),
    ("adaptive_average2d_larger", _layer("AdaptiveAveragePooling2D", 4), (1, 3, 6, 2)),
    ("adaptive_average2d_first", _layer("AdaptiveAveragePooling2D", 2, data_format="channels_first"), (2, 2, 5, 4)),
    ("adaptive_average3d", _layer("AdaptiveAveragePooling3D", 2), (1, 3, 4, 5, 2)),
    ("adaptive_max1d", _layer("AdaptiveMaxPooling1D", 3), (2, 7, 2)),
    ("adaptive_max2d", _layer("AdaptiveMaxPooling2D", (2, 3)), (2, 5, 6, 2)),
    ("adaptive_max2d_first", _layer("AdaptiveMaxPooling2D", 2, data_format="channels_first"), (2, 2, 5, 4)),
    ("adaptive_max3d", _layer("AdaptiveMaxPooling3D", 2), (1, 3, 4, 5, 2)),
    ("zero_padding1d", _layer("ZeroPadding1D"), (2, 3, 2)),
    ("zero_padding1d_pair", _layer("ZeroPadding1D", (0, 2)), (2, 3, 2)),
    ("zero_padding1d_first", _layer("ZeroPadding1D", (1, 2), data_format="channels_first"), (2, 3, 2)),
    ("zero_padding2d", _layer("ZeroPadding2D"), (2, 3, 2, 2)),
    ("zero_padding2d_symmetric", _layer("ZeroPadding2D", (1, 2)), (2, 3, 2, 2)),
    ("zero_padding2d_pairs", _layer("ZeroPadding2D", ((1, 0), (0, 2)), data_format="channels_first"), (2, 2, 3, 2)),
    ("zero_padding3d", _layer("ZeroPadding3D"), (1, 2, 3, 2, 2)),
    ("zero_padding3d_pairs", _layer("ZeroPadding3D", ((1, 0), (0, 2), (1, 1))), (1, 2, 3, 2, 2)),
    ("cropping1d", _layer("Cropping1D"), (2, 5, 2)),
    ("cropping1d_pair", _layer("Cropping1D", (0, 2)), (2, 5, 2)),
    ("cropping2d", _layer("Cropping2D"), (2, 5, 4, 2)),
    ("cropping2d_pairs", _layer("Cropping2D", ((1, 0), (0, 2))), (2, 5, 4, 2)),
    ("cropping2d_first", _layer("Cropping2D", (1, 1), data_format="channels_first"), (2, 2, 5, 4)),
    ("cropping3d", _layer("Cropping3D"), (1, 4, 3, 5, 2)),
    ("cropping3d_pairs", _layer("Cropping3D", ((1, 0), (0, 2), (1, 1)), data_format="channels_first"), (1, 2, 4, 3, 5)),
    ("up_sampling1d", _layer("UpSampling1D"), (2, 3, 2)),
    ("up_sampling2d", _layer("UpSampling2D"), (2, 3, 2, 2)),
    ("up_sampling2d_pair", _layer("UpSampling2D", (1, 3), data_format="channels_first"), (2, 2, 3, 2)),
    ("up_sampling2d_bilinear", _layer("UpSampling2D", 2, interpolation="bilinear"), (2, 3, 4, 2)),
    ("up_sampling2d_bilinear_first", _layer("UpSampling2D", 2, data_format="channels_first", interpolation="bilinear"), (1, 2, 3, 4)),
    # By other factors TensorFlow's bicubic weights come from a table of 1,024 entries.
    ("up_sampling2d_bicubic", _layer("UpSampling2D", 2, interpolation="bicubic"), (1, 3, 4, 2)),
    ("up_sampling2d_lanczos3", _layer("UpSampling2D", 2, interpolation="lanczos3"), (1, 4, 4, 1)),
    ("up_sampling2d_lanczos5", _layer("UpSampling2D", 2, interpolation="lanczos5"), (1, 6, 6, 1)),
    ("up_sampling3d", _layer("UpSampling3D", (1, 2, 3)), (1, 2, 2, 2, 2)),
    ("up_sampling3d_first", _layer("UpSampling3D", data_format="channels_first"), (1, 2, 2, 2, 2)),
)
