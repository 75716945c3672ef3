"""DenseNet (Huang et al. 2017): every block of convolutions is put beside what came in."""

from typing import Any

from hornbeam import layers
from hornbeam.applications._frame import KERAS, Network, Weights, axis, build, dense_top, documented
from hornbeam.applications.imagenet_utils import decode_predictions, scaling
from hornbeam.engine.tensor import Tensor
from hornbeam.models import Model

preprocess_input = scaling("torch")
__all__ = ["DenseNet121", "DenseNet169", "DenseNet201", "decode_predictions", "preprocess_input"]
_DEPTHS = {121: (6, 12, 24, 16), 169: (6, 12, 32, 32), 201: (6, 12, 48, 32)}
_MD5 = {
    121: ("9d60b8095a5708f2dcce2bca79d332c7", "30ee3e1110167f948a6b9946edeeb738"),
    169: ("d699b8f76981ab1b30698df4c175e90b", "b8c4d4c20dd625c148057b9ff1c1176b"),
    201: ("1ceb130c1ea1b78c3bf6114dbdfd8807", "c13680b51ded0fb44dff2d8f86ac8bb1"),
}


def _activated(x: Tensor, name: str, relu: str | None = None) -> Tensor:
    x = layers.BatchNormalization(axis=axis(), epsilon=1.001e-5, name=name)(x)
    return layers.Activation("relu", name=relu or name.replace("_bn", "_relu"))(x)


def _block(x: Tensor, name: str) -> Tensor:
    new = _activated(x, f"{name}_0_bn")
    new = _activated(layers.Conv2D(128, 1, use_bias=False, name=f"{name}_1_conv")(new), f"{name}_1_bn")
    new = layers.Conv2D(32, 3, padding="same", use_bias=False, name=f"{name}_2_conv")(new)
    return layers.Concatenate(axis=axis(), name=f"{name}_concat")([x, new])


def _body(x: Tensor, depths: tuple[int, ...]) -> Tensor:
    x = layers.Conv2D(64, 7, strides=2, use_bias=False, name="conv1_conv")(layers.ZeroPadding2D(3)(x))
    x = _activated(x, "conv1_bn")
    x = layers.MaxPooling2D(3, strides=2, name="pool1")(layers.ZeroPadding2D(1)(x))
    for stage, depth in enumerate(depths, 2):
        for i in range(1, depth + 1):
            x = _block(x, f"conv{stage}_block{i}")
        if stage < 5:  # half as many channels, half the size
            x = _activated(x, f"pool{stage}_bn")
            x = layers.Conv2D(x.shape[axis()] // 2, 1, use_bias=False, name=f"pool{stage}_conv")(x)
            x = layers.AveragePooling2D(2, strides=2, name=f"pool{stage}_pool")(x)
    return _activated(x, "bn", "relu")


def _densenet(name: str, depth: int, *arguments: Any) -> Model:
    def files(top: bool) -> Weights:
        ending = "" if top else "_notop"
        return Weights(f"{KERAS}densenet/densenet{depth}_weights_tf_dim_ordering_tf_kernels{ending}.h5", _MD5[depth][not top])

    return build(Network(name, 224, 32, lambda x: _body(x, _DEPTHS[depth]), dense_top(), files, True), *arguments)


@documented
def DenseNet121(
    include_top: bool = True, weights: Any = "imagenet", input_tensor: Any = None, input_shape: Any = None, pooling: str | None = None,
    classes: int = 1000, classifier_activation: Any = "softmax", name: str = "densenet121",
) -> Model:
    """DenseNet with 121 layers, for images of 224x224."""
    return _densenet(name, 121, include_top, weights, input_tensor, input_shape, pooling, classes, classifier_activation)


@documented
def DenseNet169(
    include_top: bool = True, weights: Any = "imagenet", input_tensor: Any = None, input_shape: Any = None, pooling: str | None = None,
    classes: int = 1000, classifier_activation: Any = "softmax", name: str = "densenet169",
) -> Model:
    """DenseNet with 169 layers, for images of 224x224."""
    return _densenet(name, 169, include_top, weights, input_tensor, input_shape, pooling, classes, classifier_activation)


@documented
def DenseNet201(
    include_top: bool = True, weights: Any = "imagenet", input_tensor: Any = None, input_shape: Any = None, pooling: str | None = None,
    classes: int = 1000, classifier_activation: Any = "softmax", name: str = "densenet201",
) -> Model:
    """DenseNet with 201 layers, for images of 224x224."""
    return _densenet(name, 201, include_top, weights, input_tensor, input_shape, pooling, classes, classifier_activation)
