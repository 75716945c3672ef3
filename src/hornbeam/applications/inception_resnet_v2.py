"""Inception-ResNet v2 (Szegedy et al. 2016): what branches find is scaled down and added to what came in."""

from typing import Any

from hornbeam import layers
from hornbeam.applications._frame import KERAS, Network, Weights, axis, build, dense_top, documented
from hornbeam.applications.imagenet_utils import decode_predictions, scaling
from hornbeam.applications.inception_v3 import chain, conv, join, pooled
from hornbeam.engine import registry
from hornbeam.engine.tensor import Tensor
from hornbeam.models import Model

preprocess_input = scaling("tf")
__all__ = ["CustomScaleLayer", "InceptionResNetV2", "decode_predictions", "preprocess_input"]
_MD5 = "e693bd0210a403b3192acc6073ad2e96", "d19885ff4a710c122648d3b5c3b684e4"


@registry.register("layer")
class CustomScaleLayer(layers.Layer):
    """The first of two tensors plus `scale` times the second."""

    def __init__(self, scale: float, **kwargs: Any):
        super().__init__(**kwargs)
        self.scale = scale

    def call(self, inputs: list[Tensor]) -> Tensor:
        return inputs[0] + inputs[1] * self.scale

    def get_config(self) -> dict[str, Any]:
        return {**super().get_config(), "scale": self.scale}


def _block(x: Tensor, name: str, scale: float, *branches: tuple, relu: bool = True) -> Tensor:
    """The branches side by side, brought to x's channels, scaled and added to it."""
    mixed = join([chain(x, *steps) for steps in branches], f"{name}_mixed")
    up = layers.Conv2D(x.shape[axis()], 1, padding="same", name=f"{name}_conv")(mixed)
    x = CustomScaleLayer(scale)([x, up])
    return layers.Activation("relu", name=f"{name}_ac")(x) if relu else x


def _shrunk(x: Tensor, name: str, *branches: tuple) -> Tensor:
    return join([*[chain(x, *steps) for steps in branches], layers.MaxPooling2D(3, strides=2)(x)], name)


def _body(x: Tensor) -> Tensor:
    x = chain(x, (32, 3, 3, "valid", 2), (32, 3, 3, "valid"), (64, 3, 3))
    x = layers.MaxPooling2D(3, strides=2)(x)
    x = chain(x, (80, 1, 1, "valid"), (192, 3, 3, "valid"))
    x = layers.MaxPooling2D(3, strides=2)(x)
    branches = [conv(x, 96, 1, 1), chain(x, (48, 1, 1), (64, 5, 5)), chain(x, (64, 1, 1), (96, 3, 3), (96, 3, 3)), pooled(x, 64)]
    x = join(branches, "mixed_5b")
    for i in range(1, 11):  # 35 x 35
        x = _block(x, f"block35_{i}", 0.17, ((32, 1, 1),), ((32, 1, 1), (32, 3, 3)), ((32, 1, 1), (48, 3, 3), (64, 3, 3)))
    x = _shrunk(x, "mixed_6a", ((384, 3, 3, "valid", 2),), ((256, 1, 1), (256, 3, 3), (384, 3, 3, "valid", 2)))
    for i in range(1, 21):  # 17 x 17
        x = _block(x, f"block17_{i}", 0.1, ((192, 1, 1),), ((128, 1, 1), (160, 1, 7), (192, 7, 1)))
    x = _shrunk(
        x, "mixed_7a", ((256, 1, 1), (384, 3, 3, "valid", 2)), ((256, 1, 1), (288, 3, 3, "valid", 2)),
        ((256, 1, 1), (288, 3, 3), (320, 3, 3, "valid", 2)),
    )  # fmt: skip
    for i in range(1, 11):  # 8 x 8
        last = i == 10
        x = _block(x, f"block8_{i}", 1.0 if last else 0.2, ((192, 1, 1),), ((192, 1, 1), (224, 1, 3), (256, 3, 1)), relu=not last)
    return conv(x, 1536, 1, 1, name="conv_7b")


def _files(top: bool) -> Weights:
    kind = "" if top else "_notop"
    return Weights(f"{KERAS}inception_resnet_v2/inception_resnet_v2_weights_tf_dim_ordering_tf_kernels{kind}.h5", _MD5[not top])


@documented
def InceptionResNetV2(
    include_top: bool = True, weights: Any = "imagenet", input_tensor: Any = None, input_shape: Any = None, pooling: str | None = None,
    classes: int = 1000, classifier_activation: Any = "softmax", name: str = "inception_resnet_v2",
) -> Model:
    """Inception-ResNet v2, for images of 299x299."""
    network = Network(name, 299, 75, _body, dense_top(), _files)
    return build(network, include_top, weights, input_tensor, input_shape, pooling, classes, classifier_activation)
