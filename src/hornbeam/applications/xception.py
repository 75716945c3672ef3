"""Xception (Chollet 2017): separable convolutions in blocks that are added to what came in."""

from typing import Any

from hornbeam import layers
from hornbeam.applications._frame import KERAS, Network, Weights, build, dense_top, documented
from hornbeam.applications.imagenet_utils import decode_predictions, scaling
from hornbeam.engine.tensor import Tensor
from hornbeam.models import Model

preprocess_input = scaling("tf")
__all__ = ["Xception", "decode_predictions", "preprocess_input"]
_MD5 = "0a58e3b7378bc2990ea3b43d5981f1f6", "b0042744bf5b25fce3cb969f33bebb97"


def _separable(x: Tensor, filters: int, name: str, before: bool) -> Tensor:
    """A separable convolution and its normalization, with relu before it or after it."""
    relu = layers.Activation("relu", name=f"{name}_act")
    x = relu(x) if before else x
    x = layers.SeparableConv2D(filters, 3, padding="same", use_bias=False, name=name)(x)
    x = layers.BatchNormalization(name=f"{name}_bn")(x)
    return x if before else relu(x)


def _shrinking(x: Tensor, block: int, filters: tuple[int, int]) -> Tensor:
    """A block that halves the image."""
    start = layers.Conv2D(filters[1], 1, strides=2, padding="same", use_bias=False)(x)
    start = layers.BatchNormalization()(start)
    for i, count in enumerate(filters, 1):
        if block == 2 and i == 1:  # relu has just been applied
            x = layers.SeparableConv2D(count, 3, padding="same", use_bias=False, name="block2_sepconv1")(x)
            x = layers.BatchNormalization(name="block2_sepconv1_bn")(x)
        else:
            x = _separable(x, count, f"block{block}_sepconv{i}", True)
    x = layers.MaxPooling2D(3, strides=2, padding="same", name=f"block{block}_pool")(x)
    return layers.Add()([x, start])


def _body(x: Tensor) -> Tensor:
    for i, (filters, strides) in enumerate(((32, 2), (64, 1)), 1):
        x = layers.Conv2D(filters, 3, strides=strides, use_bias=False, name=f"block1_conv{i}")(x)
        x = layers.BatchNormalization(name=f"block1_conv{i}_bn")(x)
        x = layers.Activation("relu", name=f"block1_conv{i}_act")(x)
    for block, filters in enumerate((128, 256, 728), 2):
        x = _shrinking(x, block, (filters, filters))
    for block in range(5, 13):
        start = x
        for i in (1, 2, 3):
            x = _separable(x, 728, f"block{block}_sepconv{i}", True)
        x = layers.Add()([x, start])
    x = _shrinking(x, 13, (728, 1024))
    for i, filters in enumerate((1536, 2048), 1):
        x = _separable(x, filters, f"block14_sepconv{i}", False)
    return x


def _files(top: bool) -> Weights:
    return Weights(f"{KERAS}xception/xception_weights_tf_dim_ordering_tf_kernels{'' if top else '_notop'}.h5", _MD5[not top])


@documented
def Xception(
    include_top: bool = True, weights: Any = "imagenet", input_tensor: Any = None, input_shape: Any = None, pooling: str | None = None,
    classes: int = 1000, classifier_activation: Any = "softmax", name: str = "xception",
) -> Model:
    """Xception, for images of 299x299."""
    network = Network(name, 299, 71, _body, dense_top(), _files)
    return build(network, include_top, weights, input_tensor, input_shape, pooling, classes, classifier_activation)
