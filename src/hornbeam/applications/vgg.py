"""VGG (Simonyan and Zisserman 2015, table 1, columns D and E): 3x3 convolutions in five blocks, and three Dense layers."""

from typing import Any

from hornbeam import layers
from hornbeam.applications._frame import KERAS, Network, Weights, build, documented
from hornbeam.applications.imagenet_utils import decode_predictions, scaling
from hornbeam.engine.tensor import Tensor
from hornbeam.models import Model

preprocess_input = scaling("caffe")
__all__ = ["VGG16", "VGG19", "decode_predictions", "preprocess_input"]
_MD5 = {
    "vgg16": ("64373286793e3c8b2b4e3219cbf3544b", "6d6bbae143d832006294945121d1f1fc"),
    "vgg19": ("cbe5617147190e668d6c5d5026f83318", "253f8cb515780f3b799900260a226db6"),
}


def _body(x: Tensor, depths: tuple[int, ...]) -> Tensor:
    for block, (filters, depth) in enumerate(zip((64, 128, 256, 512, 512), depths, strict=True), 1):
        for i in range(1, depth + 1):
            x = layers.Conv2D(filters, 3, activation="relu", padding="same", name=f"block{block}_conv{i}")(x)
        x = layers.MaxPooling2D(2, strides=2, name=f"block{block}_pool")(x)
    return x


def _top(x: Tensor, classes: int, activation: Any) -> Tensor:
    x = layers.Flatten(name="flatten")(x)
    for name in ("fc1", "fc2"):
        x = layers.Dense(4096, activation="relu", name=name)(x)
    return layers.Dense(classes, activation=activation, name="predictions")(x)


def _vgg(name: str, kind: str, depths: tuple[int, ...], *arguments: Any) -> Model:
    def files(top: bool) -> Weights:
        ending = "" if top else "_notop"
        return Weights(f"{KERAS}{kind}/{kind}_weights_tf_dim_ordering_tf_kernels{ending}.h5", _MD5[kind][not top])

    return build(Network(name, 224, 32, lambda x: _body(x, depths), _top, files), *arguments)


@documented
def VGG16(
    include_top: bool = True, weights: Any = "imagenet", input_tensor: Any = None, input_shape: Any = None, pooling: str | None = None,
    classes: int = 1000, classifier_activation: Any = "softmax", name: str = "vgg16",
) -> Model:
    """VGG with 16 layers of weights, for images of 224x224."""
    return _vgg(name, "vgg16", (2, 2, 3, 3, 3), include_top, weights, input_tensor, input_shape, pooling, classes, classifier_activation)


@documented
def VGG19(
    include_top: bool = True, weights: Any = "imagenet", input_tensor: Any = None, input_shape: Any = None, pooling: str | None = None,
    classes: int = 1000, classifier_activation: Any = "softmax", name: str = "vgg19",
) -> Model:
    """VGG with 19 layers of weights, for images of 224x224."""
    return _vgg(name, "vgg19", (2, 2, 4, 4, 4), include_top, weights, input_tensor, input_shape, pooling, classes, classifier_activation)
