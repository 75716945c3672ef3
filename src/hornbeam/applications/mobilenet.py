"""MobileNet (Howard et al. 2017): a convolution of each channel by itself, then one of single pixels, thirteen times."""

from typing import Any

from hornbeam import layers
from hornbeam.applications._frame import KERAS, Network, Weights, build, documented
from hornbeam.applications.imagenet_utils import decode_predictions, scaling
from hornbeam.engine.errors import ArgumentError
from hornbeam.engine.layout import image_data_format
from hornbeam.engine.tensor import Tensor
from hornbeam.models import Model

preprocess_input = scaling("tf")
__all__ = ["MobileNet", "decode_predictions", "preprocess_input"]
_BLOCKS = ((64, 1), (128, 2), (128, 1), (256, 2), (256, 1), (512, 2), *((512, 1),) * 5, (1024, 2), (1024, 1))  # channels and stride


def sides(input_shape: Any, include_top: bool, weights: Any, published: tuple[int, ...]) -> tuple[int, int | None]:
    """The side of the images that weights were published for (the shape's own when it is one of them), and the side in the name."""
    given = () if input_shape is None else tuple(input_shape)[1 if image_data_format() == "channels_first" else 0 :][:2]
    side = given[0] if len(given) == 2 and given[0] == given[1] and given[0] in published else 224
    named = given[0] if given else 224 if include_top else None
    return side, 224 if weights == "imagenet" and named not in published else named


def _body(x: Tensor, alpha: float, multiplier: int) -> Tensor:
    x = layers.Conv2D(int(32 * alpha), 3, padding="same", use_bias=False, strides=2, name="conv1")(x)
    x = layers.ReLU(6.0, name="conv1_relu")(layers.BatchNormalization(name="conv1_bn")(x))
    for i, (filters, stride) in enumerate(_BLOCKS, 1):
        if stride == 2:
            x = layers.ZeroPadding2D(((0, 1), (0, 1)), name=f"conv_pad_{i}")(x)
        padding = "same" if stride == 1 else "valid"
        x = layers.DepthwiseConv2D(
            3, padding=padding, depth_multiplier=multiplier, strides=stride, use_bias=False, name=f"conv_dw_{i}"
        )(x)
        x = layers.ReLU(6.0, name=f"conv_dw_{i}_relu")(layers.BatchNormalization(name=f"conv_dw_{i}_bn")(x))
        x = layers.Conv2D(int(filters * alpha), 1, padding="same", use_bias=False, name=f"conv_pw_{i}")(x)
        x = layers.ReLU(6.0, name=f"conv_pw_{i}_relu")(layers.BatchNormalization(name=f"conv_pw_{i}_bn")(x))
    return x


@documented
def MobileNet(
    input_shape: Any = None, alpha: float = 1.0, depth_multiplier: int = 1, dropout: float = 1e-3, include_top: bool = True,
    weights: Any = "imagenet", input_tensor: Any = None, pooling: str | None = None, classes: int = 1000,
    classifier_activation: Any = "softmax", name: str | None = None,
) -> Model:
    """MobileNet, for images of 224x224 (weights were also published for 128, 160 and 192)."""
    side, named = sides(input_shape, include_top, weights, (128, 160, 192, 224))
    if weights == "imagenet" and (depth_multiplier != 1 or alpha not in (0.25, 0.5, 0.75, 1.0)):
        raise ArgumentError(f"MobileNet: weights were published for alpha 0.25, 0.5, 0.75 and 1 and depth_multiplier 1; received "
                            f"alpha={alpha} and depth_multiplier={depth_multiplier}. Pass weights=None.")  # fmt: skip
    share = {1.0: "1_0", 0.75: "7_5", 0.5: "5_0"}.get(alpha, "2_5")

    def top(x: Tensor, classes: int, activation: Any) -> Tensor:
        x = layers.Dropout(dropout, name="dropout")(layers.GlobalAveragePooling2D(keepdims=True)(x))
        x = layers.Conv2D(classes, 1, padding="same", name="conv_preds")(x)
        return layers.Activation(activation, name="predictions")(layers.Reshape((classes,), name="reshape_2")(x))

    def files(include: bool) -> Weights:
        return Weights(f"{KERAS}mobilenet/mobilenet_{share}_{side}_tf{'' if include else '_no_top'}.h5")

    network = Network(
        name or f"mobilenet_{alpha:0.2f}_{named}", side, 32, lambda x: _body(x, alpha, depth_multiplier), top, files
    )
    return build(network, include_top, weights, input_tensor, input_shape, pooling, classes, classifier_activation)
