"""MobileNetV3 (Howard et al. 2019): MobileNetV2's blocks with squeeze and excitation and hard swish, as a search found them."""

from typing import Any

from hornbeam import layers, ops
from hornbeam.applications._frame import KERAS, Network, Weights, build, documented
from hornbeam.applications.imagenet_utils import correct_pad, decode_predictions, scaling
from hornbeam.applications.mobilenet_v2 import divisible
from hornbeam.engine.errors import ArgumentError
from hornbeam.engine.tensor import Tensor
from hornbeam.models import Model

preprocess_input = scaling("none")
__all__ = ["MobileNetV3Large", "MobileNetV3Small", "decode_predictions", "preprocess_input"]
# Expansion, channels, window, stride, squeeze and excitation, hard swish: the paper's tables 1 and 2.
_SMALL = (
    (1, 16, 3, 2, True, False), (72 / 16, 24, 3, 2, False, False), (88 / 24, 24, 3, 1, False, False), (4, 40, 5, 2, True, True),
    (6, 40, 5, 1, True, True), (6, 40, 5, 1, True, True), (3, 48, 5, 1, True, True), (3, 48, 5, 1, True, True), (6, 96, 5, 2, True, True),
    (6, 96, 5, 1, True, True), (6, 96, 5, 1, True, True),
)  # fmt: skip
_LARGE = (
    (1, 16, 3, 1, False, False), (4, 24, 3, 2, False, False), (3, 24, 3, 1, False, False), (3, 40, 5, 2, True, False),
    (3, 40, 5, 1, True, False), (3, 40, 5, 1, True, False), (6, 80, 3, 2, False, True), (2.5, 80, 3, 1, False, True),
    (2.3, 80, 3, 1, False, True), (2.3, 80, 3, 1, False, True), (6, 112, 3, 1, True, True), (6, 112, 3, 1, True, True),
    (6, 160, 5, 2, True, True), (6, 160, 5, 1, True, True), (6, 160, 5, 1, True, True),
)  # fmt: skip
_MD5 = {
    "small_224_1.0": ("8768d4c2e7dee89b9d02b2d03d65d862", "d3e8ec802a04aa4fc771ee12a9a9b836"),
    "large_224_1.0": ("59e551e166be033d707958cf9e29a6a7", "07fb09a5933dd0c8eaafa16978110389"),
}


def _activated(x: Tensor, hard: bool) -> Tensor:
    return layers.Activation("hard_swish")(x) if hard else layers.ReLU()(x)


def _normed(x: Tensor, name: str) -> Tensor:
    return layers.BatchNormalization(epsilon=1e-3, momentum=0.999, name=name)(x)


def _squeeze_excite(x: Tensor, filters: int, prefix: str) -> Tensor:
    scale = layers.GlobalAveragePooling2D(keepdims=True, name=f"{prefix}squeeze_excite_avg_pool")(x)
    scale = layers.Conv2D(divisible(filters * 0.25), 1, padding="same", name=f"{prefix}squeeze_excite_conv")(scale)
    scale = layers.ReLU(name=f"{prefix}squeeze_excite_relu")(scale)
    scale = layers.Conv2D(filters, 1, padding="same", name=f"{prefix}squeeze_excite_conv_1")(scale)
    scale = ops.multiply(layers.ReLU(6.0)(ops.add(scale, 3.0)), 1.0 / 6.0)
    return layers.Multiply(name=f"{prefix}squeeze_excite_mul")([x, scale])


def _block(x: Tensor, i: int, expansion: float, filters: int, kernel: int, stride: int, squeeze: bool, hard: bool) -> Tensor:
    prefix, start, channels = (f"expanded_conv_{i}_" if i else "expanded_conv_"), x, x.shape[-1]
    wide = divisible(channels * expansion)
    if i:
        x = layers.Conv2D(wide, 1, padding="same", use_bias=False, name=f"{prefix}expand")(x)
        x = _activated(_normed(x, f"{prefix}expand_bn"), hard)
    if stride == 2:
        x = layers.ZeroPadding2D(correct_pad(x, kernel), name=f"{prefix}depthwise_pad")(x)
    x = layers.DepthwiseConv2D(
        kernel, strides=stride, padding="same" if stride == 1 else "valid", use_bias=False, name=f"{prefix}depthwise"
    )(x)
    x = _activated(_normed(x, f"{prefix}depthwise_bn"), hard)
    if squeeze:
        x = _squeeze_excite(x, wide, prefix)
    x = layers.Conv2D(filters, 1, padding="same", use_bias=False, name=f"{prefix}project")(x)
    x = _normed(x, f"{prefix}project_bn")
    return layers.Add(name=f"{prefix}add")([start, x]) if stride == 1 and channels == filters else x


def _body(x: Tensor, table: tuple, alpha: float, minimal: bool, preprocessing: bool) -> Tensor:
    if preprocessing:
        x = layers.Rescaling(1.0 / 127.5, offset=-1.0)(x)
    x = layers.Conv2D(16, 3, strides=2, padding="same", use_bias=False, name="conv")(x)
    x = _activated(_normed(x, "conv_bn"), not minimal)
    for i, (expansion, filters, kernel, stride, squeeze, hard) in enumerate(table):
        kernel, squeeze, hard = (3, False, False) if minimal else (kernel, squeeze, hard)
        x = _block(x, i, expansion, divisible(filters * alpha), kernel, stride, squeeze, hard)
    x = layers.Conv2D(divisible(x.shape[-1] * 6), 1, padding="same", use_bias=False, name="conv_1")(x)
    return _activated(_normed(x, "conv_1_bn"), not minimal)


def _mobilenet(
    size: str, table: tuple, points: int, input_shape: Any, alpha: float, minimalistic: bool, include_top: bool, weights: Any,
    input_tensor: Any, classes: int, pooling: str | None, dropout_rate: float, classifier_activation: Any, include_preprocessing: bool,
    name: str,
) -> Model:  # fmt: skip
    if weights == "imagenet" and (alpha not in (0.75, 1.0) or (minimalistic and alpha != 1.0)):
        raise ArgumentError(f"{name}: weights were published for alpha 0.75 and 1 (minimalistic: 1); received alpha={alpha}.")

    def top(x: Tensor, classes: int, activation: Any) -> Tensor:
        x = layers.GlobalAveragePooling2D(keepdims=True)(x)
        x = layers.Conv2D(divisible(points * alpha) if alpha > 1 else points, 1, padding="same", name="conv_2")(x)
        x = _activated(x, not minimalistic)
        x = layers.Dropout(dropout_rate)(x) if dropout_rate > 0 else x
        x = layers.Flatten()(layers.Conv2D(classes, 1, padding="same", name="logits")(x))
        return layers.Activation(activation, name="predictions")(x)

    def files(top: bool) -> Weights:
        kind = f"{size}{'_minimalistic' if minimalistic else ''}_224_{float(alpha)}"
        ending = "" if top else "_no_top_v2"
        return Weights(f"{KERAS}mobilenet_v3/weights_mobilenet_v3_{kind}_float{ending}.h5", _MD5.get(kind, (None, None))[not top])

    body = lambda x: _body(x, table, alpha, minimalistic, include_preprocessing)
    network = Network(name, 224, 32, body, top, files, True)
    return build(network, include_top, weights, input_tensor, input_shape, pooling, classes, classifier_activation, False)


@documented
def MobileNetV3Small(
    input_shape: Any = None, alpha: float = 1.0, minimalistic: bool = False, include_top: bool = True, weights: Any = "imagenet",
    input_tensor: Any = None, classes: int = 1000, pooling: str | None = None, dropout_rate: float = 0.2,
    classifier_activation: Any = "softmax", include_preprocessing: bool = True, name: str = "MobileNetV3Small",
) -> Model:
    """MobileNetV3, the small one, for images of 224x224. `minimalistic`: plain 3x3 windows and relu everywhere."""
    return _mobilenet(
        "small", _SMALL, 1024, input_shape, alpha, minimalistic, include_top, weights, input_tensor, classes, pooling, dropout_rate,
        classifier_activation, include_preprocessing, name,
    )  # fmt: skip


@documented
def MobileNetV3Large(
    input_shape: Any = None, alpha: float = 1.0, minimalistic: bool = False, include_top: bool = True, weights: Any = "imagenet",
    input_tensor: Any = None, classes: int = 1000, pooling: str | None = None, dropout_rate: float = 0.2,
    classifier_activation: Any = "softmax", include_preprocessing: bool = True, name: str = "MobileNetV3Large",
) -> Model:
    """MobileNetV3, the large one, for images of 224x224. `minimalistic`: plain 3x3 windows and relu everywhere."""
    return _mobilenet(
        "large", _LARGE, 1280, input_shape, alpha, minimalistic, include_top, weights, input_tensor, classes, pooling, dropout_rate,
        classifier_activation, include_preprocessing, name,
    )  # fmt: skip
