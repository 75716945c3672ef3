"""ResNetV2 (He et al. 2016b): normalization and relu stand before each convolution. The rest is `resnet`'s."""

from typing import Any

from hornbeam.applications._frame import documented
from hornbeam.applications.imagenet_utils import decode_predictions, scaling
from hornbeam.applications.resnet import network
from hornbeam.models import Model

preprocess_input = scaling("tf")
__all__ = ["ResNet101V2", "ResNet152V2", "ResNet50V2", "decode_predictions", "preprocess_input"]


@documented
def ResNet50V2(
    include_top: bool = True, weights: Any = "imagenet", input_tensor: Any = None, input_shape: Any = None, pooling: str | None = None,
    classes: int = 1000, classifier_activation: Any = "softmax", name: str = "resnet50v2",
) -> Model:
    """ResNetV2 with 50 layers, for images of 224x224."""
    return network(name, 50, True, include_top, weights, input_tensor, input_shape, pooling, classes, classifier_activation)


@documented
def ResNet101V2(
    include_top: bool = True, weights: Any = "imagenet", input_tensor: Any = None, input_shape: Any = None, pooling: str | None = None,
    classes: int = 1000, classifier_activation: Any = "softmax", name: str = "resnet101v2",
) -> Model:
    """ResNetV2 with 101 layers, for images of 224x224."""
    return network(name, 101, True, include_top, weights, input_tensor, input_shape, pooling, classes, classifier_activation)


@documented
def ResNet152V2(
    include_top: bool = True, weights: Any = "imagenet", input_tensor: Any = None, input_shape: Any = None, pooling: str | None = None,
    classes: int = 1000, classifier_activation: Any = "softmax", name: str = "resnet152v2",
) -> Model:
    """ResNetV2 with 152 layers, for images of 224x224."""
    return network(name, 152, True, include_top, weights, input_tensor, input_shape, pooling, classes, classifier_activation)
