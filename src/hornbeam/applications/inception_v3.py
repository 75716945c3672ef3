"""Inception v3 (Szegedy et al. 2016): branches of convolutions of several shapes, side by side."""

from typing import Any

from hornbeam import layers
from hornbeam.applications._frame import KERAS, Network, Weights, axis, build, dense_top, documented
from hornbeam.applications.imagenet_utils import decode_predictions, scaling
from hornbeam.engine.tensor import Tensor
from hornbeam.models import Model

preprocess_input = scaling("tf")
__all__ = ["InceptionV3", "decode_predictions", "preprocess_input"]
_MD5 = "9a0d58056eeedaa3f26cb7ebd46da564", "bcbd6486424b2319ff4ef7d526e38f63"


def conv(x: Tensor, filters: int, rows: int, columns: int, padding: str = "same", strides: int = 1, name: str | None = None) -> Tensor:
    names = (name, f"{name}_bn", f"{name}_ac") if name else (None, None, None)
    x = layers.Conv2D(filters, (rows, columns), strides=strides, padding=padding, use_bias=False, name=names[0])(x)
    return layers.Activation("relu", name=names[2])(layers.BatchNormalization(axis=axis(), scale=False, name=names[1])(x))


def chain(x: Tensor, *steps: tuple) -> Tensor:
    for step in steps:
        x = conv(x, *step)
    return x


def pooled(x: Tensor, filters: int) -> Tensor:
    return conv(layers.AveragePooling2D(3, strides=1, padding="same")(x), filters, 1, 1)


def join(branches: list[Tensor], name: str | None = None) -> Tensor:
    return layers.Concatenate(axis=axis(), **({"name": name} if name else {}))(branches)


def _body(x: Tensor) -> Tensor:
    x = chain(x, (32, 3, 3, "valid", 2), (32, 3, 3, "valid"), (64, 3, 3))
    x = layers.MaxPooling2D(3, strides=2)(x)
    x = chain(x, (80, 1, 1, "valid"), (192, 3, 3, "valid"))
    x = layers.MaxPooling2D(3, strides=2)(x)
    for i, least in enumerate((32, 64, 64)):  # 35 x 35
        branches = [
            conv(x, 64, 1, 1), chain(x, (48, 1, 1), (64, 5, 5)), chain(x, (64, 1, 1), (96, 3, 3), (96, 3, 3)), pooled(x, least),
        ]  # fmt: skip
        x = join(branches, f"mixed{i}")
    branches = [conv(x, 384, 3, 3, "valid", 2), chain(x, (64, 1, 1), (96, 3, 3), (96, 3, 3, "valid", 2))]
    x = join([*branches, layers.MaxPooling2D(3, strides=2)(x)], "mixed3")
    for i, inner in enumerate((128, 160, 160, 192), 4):  # 17 x 17
        branches = [
            conv(x, 192, 1, 1), chain(x, (inner, 1, 1), (inner, 1, 7), (192, 7, 1)),
            chain(x, (inner, 1, 1), (inner, 7, 1), (inner, 1, 7), (inner, 7, 1), (192, 1, 7)), pooled(x, 192),
        ]  # fmt: skip
        x = join(branches, f"mixed{i}")
    branches = [
        chain(x, (192, 1, 1), (320, 3, 3, "valid", 2)), chain(x, (192, 1, 1), (192, 1, 7), (192, 7, 1), (192, 3, 3, "valid", 2)),
    ]  # fmt: skip
    x = join([*branches, layers.MaxPooling2D(3, strides=2)(x)], "mixed8")
    for i in range(2):  # 8 x 8
        single = conv(x, 320, 1, 1)
        near = conv(x, 384, 1, 1)
        near = join([conv(near, 384, 1, 3), conv(near, 384, 3, 1)], f"mixed9_{i}")
        far = chain(x, (448, 1, 1), (384, 3, 3))
        far = join([conv(far, 384, 1, 3), conv(far, 384, 3, 1)])
        x = join([single, near, far, pooled(x, 192)], f"mixed{9 + i}")
    return x


def _files(top: bool) -> Weights:
    return Weights(f"{KERAS}inception_v3/inception_v3_weights_tf_dim_ordering_tf_kernels{'' if top else '_notop'}.h5", _MD5[not top])


@documented
def InceptionV3(
    include_top: bool = True, weights: Any = "imagenet", input_tensor: Any = None, input_shape: Any = None, pooling: str | None = None,
    classes: int = 1000, classifier_activation: Any = "softmax", name: str = "inception_v3",
) -> Model:
    """Inception v3, for images of 299x299."""
    network = Network(name, 299, 75, _body, dense_top(), _files)
    return build(network, include_top, weights, input_tensor, input_shape, pooling, classes, classifier_activation)
