"""MobileNetV2 (Sandler et al. 2018): blocks that widen, convolve each channel by itself and narrow again, added to what came in."""

from typing import Any

from hornbeam import layers
from hornbeam.applications._frame import KERAS, Network, Weights, build, dense_top, documented
from hornbeam.applications.imagenet_utils import correct_pad, decode_predictions, scaling
from hornbeam.applications.mobilenet import sides
from hornbeam.engine.errors import ArgumentError
from hornbeam.engine.tensor import Tensor
from hornbeam.models import Model

preprocess_input = scaling("tf")
__all__ = ["MobileNetV2", "decode_predictions", "preprocess_input"]
# Expansion, channels, how often, and the first one's stride: the paper's table 2.
_STAGES = ((1, 16, 1, 1), (6, 24, 2, 2), (6, 32, 3, 2), (6, 64, 4, 2), (6, 96, 3, 1), (6, 160, 3, 2), (6, 320, 1, 1))
_ALPHAS = (0.35, 0.5, 0.75, 1.0, 1.3, 1.4)


def divisible(value: float, divisor: int = 8, least: int | None = None) -> int:
    """The multiple of `divisor` next to a number of channels, at most a tenth below it."""
    found = max(least or divisor, int(value + divisor / 2) // divisor * divisor)
    return found + divisor if found < 0.9 * value else found


def _normed(x: Tensor, name: str) -> Tensor:
    return layers.BatchNormalization(epsilon=1e-3, momentum=0.999, name=name)(x)


def _block(x: Tensor, i: int, expansion: int, filters: int, stride: int) -> Tensor:
    name, start, channels = (f"block_{i}_" if i else "expanded_conv_"), x, x.shape[-1]
    if i:
        x = layers.Conv2D(expansion * channels, 1, padding="same", use_bias=False, name=name + "expand")(x)
        x = layers.ReLU(6.0, name=name + "expand_relu")(_normed(x, name + "expand_BN"))
    if stride == 2:
        x = layers.ZeroPadding2D(correct_pad(x, 3), name=name + "pad")(x)
    x = layers.DepthwiseConv2D(
        3, strides=stride, use_bias=False, padding="same" if stride == 1 else "valid", name=name + "depthwise"
    )(x)
    x = layers.ReLU(6.0, name=name + "depthwise_relu")(_normed(x, name + "depthwise_BN"))
    x = layers.Conv2D(filters, 1, padding="same", use_bias=False, name=name + "project")(x)
    x = _normed(x, name + "project_BN")
    return layers.Add(name=name + "add")([start, x]) if channels == filters and stride == 1 else x


def _body(x: Tensor, alpha: float) -> Tensor:
    x = layers.Conv2D(divisible(32 * alpha), 3, strides=2, padding="same", use_bias=False, name="Conv1")(x)
    x = layers.ReLU(6.0, name="Conv1_relu")(_normed(x, "bn_Conv1"))
    i = 0
    for expansion, filters, count, first_stride in _STAGES:
        for repeat in range(count):
            x = _block(x, i, expansion, divisible(int(filters * alpha)), 1 if repeat else first_stride)
            i += 1
    x = layers.Conv2D(divisible(1280 * alpha) if alpha > 1 else 1280, 1, use_bias=False, name="Conv_1")(x)
    return layers.ReLU(6.0, name="out_relu")(_normed(x, "Conv_1_bn"))


@documented
def MobileNetV2(
    input_shape: Any = None, alpha: float = 1.0, include_top: bool = True, weights: Any = "imagenet", input_tensor: Any = None,
    pooling: str | None = None, classes: int = 1000, classifier_activation: Any = "softmax", name: str | None = None,
) -> Model:
    """MobileNetV2, for images of 224x224 (weights were also published for 96, 128, 160 and 192)."""
    side, named = sides(input_shape, include_top, weights, (96, 128, 160, 192, 224))
    if weights == "imagenet" and alpha not in _ALPHAS:
        raise ArgumentError(f"MobileNetV2: weights were published for alpha {', '.join(map(str, _ALPHAS))}; received alpha={alpha}.")

    def files(top: bool) -> Weights:
        ending = "" if top else "_no_top"
        name = f"mobilenet_v2_weights_tf_dim_ordering_tf_kernels_{float(alpha)}_{side}{ending}.h5"
        return Weights(f"{KERAS}mobilenet_v2/{name}")

    network = Network(name or f"mobilenetv2_{alpha:0.2f}_{named}", side, 32, lambda x: _body(x, alpha), dense_top(None), files)
    return build(network, include_top, weights, input_tensor, input_shape, pooling, classes, classifier_activation)
