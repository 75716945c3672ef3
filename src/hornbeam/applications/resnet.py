"""ResNet (He et al. 2016a) and ResNetV2 (He et al. 2016b): bottlenecks of three convolutions, added to what came in."""

from typing import Any

from hornbeam import layers
from hornbeam.applications._frame import KERAS, Network, Weights, axis, build, dense_top, documented
from hornbeam.applications.imagenet_utils import decode_predictions, scaling
from hornbeam.engine.tensor import Tensor
from hornbeam.models import Model

preprocess_input = scaling("caffe")
__all__ = ["ResNet101", "ResNet152", "ResNet50", "decode_predictions", "preprocess_input"]
_DEPTHS = {50: (3, 4, 6, 3), 101: (3, 4, 23, 3), 152: (3, 8, 36, 3)}
_MD5 = {
    "resnet50": ("2cb95161c43110f7111970584f804107", "4d473c1dd8becc155b73f8504c6f6626"),
    "resnet101": ("f1aeb4b969a6efcfb50fad2f0c20cfc5", "88cf7a10940856eca736dc7b7e228a21"),
    "resnet152": ("100835be76be38e30d865e96f2aaae62", "ee4c566cf9a93f14d82f913c2dc6dd0c"),
    "resnet50v2": ("3ef43a0b657b3be2300d5770ece849e0", "fac2f116257151a9d068a22e544a4917"),
    "resnet101v2": ("6343647c601c52e1368623803854d971", "c0ed64b8031c3730f411d2eb4eea35b5"),
    "resnet152v2": ("a49b44d1979771252814e80f8ec446f9", "ed17cf2e0169df9d443503ef94b23b33"),
}


def normed(x: Tensor, name: str, activated: bool = True) -> Tensor:
    """Batch normalization `<name>_bn`, and relu `<name>_relu`."""
    x = layers.BatchNormalization(axis=axis(), epsilon=1.001e-5, name=f"{name}_bn")(x)
    return layers.Activation("relu", name=f"{name}_relu")(x) if activated else x


def _bottleneck(x: Tensor, filters: int, stride: int, shortcut: bool, name: str) -> Tensor:
    start = x
    if shortcut:
        start = layers.Conv2D(4 * filters, 1, strides=stride, name=f"{name}_0_conv")(x)
        start = normed(start, f"{name}_0", False)
    x = normed(layers.Conv2D(filters, 1, strides=stride, name=f"{name}_1_conv")(x), f"{name}_1")
    x = normed(layers.Conv2D(filters, 3, padding="same", name=f"{name}_2_conv")(x), f"{name}_2")
    x = normed(layers.Conv2D(4 * filters, 1, name=f"{name}_3_conv")(x), f"{name}_3", False)
    return layers.Activation("relu", name=f"{name}_out")(layers.Add(name=f"{name}_add")([start, x]))


def _bottleneck_v2(x: Tensor, filters: int, stride: int, shortcut: bool, name: str) -> Tensor:
    before = normed(x, f"{name}_preact")
    if shortcut:
        start = layers.Conv2D(4 * filters, 1, strides=stride, name=f"{name}_0_conv")(before)
    else:
        start = layers.MaxPooling2D(1, strides=stride)(x) if stride > 1 else x
    x = normed(layers.Conv2D(filters, 1, use_bias=False, name=f"{name}_1_conv")(before), f"{name}_1")
    x = layers.ZeroPadding2D(1, name=f"{name}_2_pad")(x)
    x = normed(layers.Conv2D(filters, 3, strides=stride, use_bias=False, name=f"{name}_2_conv")(x), f"{name}_2")
    x = layers.Conv2D(4 * filters, 1, name=f"{name}_3_conv")(x)
    return layers.Add(name=f"{name}_out")([start, x])


def _body(x: Tensor, depths: tuple[int, ...], v2: bool) -> Tensor:
    x = layers.Conv2D(64, 7, strides=2, name="conv1_conv")(layers.ZeroPadding2D(3, name="conv1_pad")(x))
    if not v2:
        x = normed(x, "conv1")
    x = layers.MaxPooling2D(3, strides=2, name="pool1_pool")(layers.ZeroPadding2D(1, name="pool1_pad")(x))
    for stage, (filters, depth) in enumerate(zip((64, 128, 256, 512), depths, strict=True), 2):
        for i in range(1, depth + 1):
            if v2:  # the stride is the last one's
                x = _bottleneck_v2(x, filters, 2 if i == depth and stage < 5 else 1, i == 1, f"conv{stage}_block{i}")
            else:
                x = _bottleneck(x, filters, 2 if i == 1 and stage > 2 else 1, i == 1, f"conv{stage}_block{i}")
    return normed(x, "post") if v2 else x


def network(name: str, depth: int, v2: bool, *arguments: Any) -> Model:
    """ResNet of a depth, of the first or the second kind; `arguments` are those of its function after the name."""
    kind = f"resnet{depth}{'v2' if v2 else ''}"

    def files(top: bool) -> Weights:
        ending = "" if top else "_notop"
        return Weights(f"{KERAS}resnet/{kind}_weights_tf_dim_ordering_tf_kernels{ending}.h5", _MD5[kind][not top])

    return build(Network(name, 224, 32, lambda x: _body(x, _DEPTHS[depth], v2), dense_top(), files, True), *arguments)


@documented
def ResNet50(
    include_top: bool = True, weights: Any = "imagenet", input_tensor: Any = None, input_shape: Any = None, pooling: str | None = None,
    classes: int = 1000, classifier_activation: Any = "softmax", name: str = "resnet50",
) -> Model:
    """ResNet with 50 layers, for images of 224x224."""
    return network(name, 50, False, include_top, weights, input_tensor, input_shape, pooling, classes, classifier_activation)


@documented
def ResNet101(
    include_top: bool = True, weights: Any = "imagenet", input_tensor: Any = None, input_shape: Any = None, pooling: str | None = None,
    classes: int = 1000, classifier_activation: Any = "softmax", name: str = "resnet101",
) -> Model:
    """ResNet with 101 layers, for images of 224x224."""
    return network(name, 101, False, include_top, weights, input_tensor, input_shape, pooling, classes, classifier_activation)


@documented
def ResNet152(
    include_top: bool = True, weights: Any = "imagenet", input_tensor: Any = None, input_shape: Any = None, pooling: str | None = None,
    classes: int = 1000, classifier_activation: Any = "softmax", name: str = "resnet152",
) -> Model:
    """ResNet with 152 layers, for images of 224x224."""
    return network(name, 152, False, include_top, weights, input_tensor, input_shape, pooling, classes, classifier_activation)
