"""EfficientNet (Tan and Le 2019): MobileNetV2's blocks with squeeze and excitation (Hu et al. 2018), grown in depth, width and size."""

import math
from typing import Any

from hornbeam import layers
from hornbeam.applications._frame import KERAS_LATER, Network, Weights, axis, build, dense_top, documented
from hornbeam.applications.imagenet_utils import correct_pad, decode_predictions, scaling
from hornbeam.applications.mobilenet_v2 import divisible
from hornbeam.engine.tensor import Tensor
from hornbeam.initializers import VarianceScaling
from hornbeam.models import Model

preprocess_input = scaling("none")
# Window, how often, channels out, expansion and the first one's stride: the paper's table 1.
_STAGES = ((3, 1, 16, 1, 1), (3, 2, 24, 6, 2), (5, 2, 40, 6, 2), (3, 3, 80, 6, 2), (5, 3, 112, 6, 1), (5, 4, 192, 6, 2), (3, 1, 320, 6, 1))
# Width, depth, image size and dropout.
_SIZES = (
    (1.0, 1.0, 224, 0.2), (1.0, 1.1, 240, 0.2), (1.1, 1.2, 260, 0.3), (1.2, 1.4, 300, 0.3), (1.4, 1.8, 380, 0.4), (1.6, 2.2, 456, 0.4),
    (1.8, 2.6, 528, 0.5), (2.0, 3.1, 600, 0.5),
)  # fmt: skip
_MD5 = (
    ("902e53a9f72be733fc0bcb005b3ebbac", "50bc09e76180e00e4465e1a485ddc09d"),
    ("1d254153d4ab51201f1646940f018540", "74c4e6b3e1f6a1eea24c589628592432"),
    ("b15cce36ff4dcbd00b6dd88e7857a6ad", "111f8e2ac8aa800a7a99e3239f7bfb39"),
    ("ffd1fdc53d0ce67064dc6a9c7960ede0", "af6d107764bb5b1abb91932881670226"),
    ("18c95ad55216b8f92d7e70b3a046e2fc", "ebc24e6d6c33eaebbd558eafbeedf1ba"),
    ("ace28f2a6363774853a83a0b21b9421a", "38879255a25d3c92d5e44e04ae6cec6f"),
    ("165f6e37dce68623721b423839de8be5", "9ecce42647a20130c1f39a5d4cb75743"),
    ("8c03f828fec3ef71311cd463b6759d99", "cbcfe4450ddf6f3ad90b1b398090fe4a"),
)
_DEVIATION = (0.229, 0.224, 0.225)  # the published weights of B0 to B7 need the images over its square root once more
_SPREAD = VarianceScaling(2.0, "fan_out", "truncated_normal")


def _conv(x: Tensor, filters: int, kernel: int, name: str, **options: Any) -> Tensor:
    options = {"padding": "same", "use_bias": False, **options}
    return layers.Conv2D(filters, kernel, kernel_initializer=_SPREAD, name=name, **options)(x)


def _normed(x: Tensor, name: str, activation: str | None = None) -> Tensor:
    x = layers.BatchNormalization(axis=axis(), name=name)(x)
    return layers.Activation("swish", name=activation)(x) if activation else x


def squeeze_excite(x: Tensor, filters: int, squeezed: int, name: str) -> Tensor:
    """x with each channel scaled by what a small network makes of all channels' means."""
    shape = (filters, 1, 1) if axis() == 1 else (1, 1, filters)
    scale = layers.Reshape(shape, name=f"{name}se_reshape")(layers.GlobalAveragePooling2D(name=f"{name}se_squeeze")(x))
    scale = _conv(scale, squeezed, 1, f"{name}se_reduce", activation="swish", use_bias=True)
    scale = _conv(scale, filters, 1, f"{name}se_expand", activation="sigmoid", use_bias=True)
    return layers.Multiply(name=f"{name}se_excite")([x, scale])


def _block(x: Tensor, name: str, kernel: int, filters: int, expansion: int, stride: int, drop: float) -> Tensor:
    start, channels = x, x.shape[axis()]
    wide = channels * expansion
    if expansion != 1:
        x = _normed(_conv(x, wide, 1, f"{name}expand_conv"), f"{name}expand_bn", f"{name}expand_activation")
    if stride == 2:
        x = layers.ZeroPadding2D(correct_pad(x, kernel), name=f"{name}dwconv_pad")(x)
    x = layers.DepthwiseConv2D(
        kernel, strides=stride, padding="same" if stride == 1 else "valid", use_bias=False, depthwise_initializer=_SPREAD,
        name=f"{name}dwconv",
    )(x)  # fmt: skip
    x = squeeze_excite(_normed(x, f"{name}bn", f"{name}activation"), wide, max(1, int(channels * 0.25)), name)
    x = _normed(_conv(x, filters, 1, f"{name}project_conv"), f"{name}project_bn")
    if stride == 1 and channels == filters:
        if drop > 0:
            x = layers.Dropout(drop, noise_shape=(None, 1, 1, 1), name=f"{name}drop")(x)
        x = layers.Add(name=f"{name}add")([x, start])
    return x


def _body(x: Tensor, width: float, depth: float, published: bool) -> Tensor:
    x = layers.Normalization(axis=axis())(layers.Rescaling(1.0 / 255.0)(x))
    if published:
        x = layers.Rescaling([1.0 / math.sqrt(each) for each in _DEVIATION])(x)
    x = layers.ZeroPadding2D(correct_pad(x, 3), name="stem_conv_pad")(x)
    x = _conv(x, divisible(32 * width), 3, "stem_conv", strides=2, padding="valid")
    x = _normed(x, "stem_bn", "stem_activation")
    repeats = [math.ceil(depth * count) for _, count, *_ in _STAGES]
    done, total = 0, sum(repeats)
    for stage, ((kernel, _, filters, expansion, stride), count) in enumerate(zip(_STAGES, repeats, strict=True), 1):
        for i in range(count):
            name = f"block{stage}{chr(ord('a') + i)}_"
            x = _block(x, name, kernel, divisible(filters * width), expansion, 1 if i else stride, 0.2 * done / total)
            done += 1
    return _normed(_conv(x, divisible(1280 * width), 1, "top_conv"), "top_bn", "top_activation")


def _efficientnet(number: int, name: str, include_top: bool, weights: Any, *arguments: Any) -> Model:
    width, depth, size, dropout = _SIZES[number]

    def files(top: bool) -> Weights:
        return Weights(f"{KERAS_LATER}efficientnetb{number}{'' if top else '_notop'}.h5", _MD5[number][not top])

    top = dense_top("avg_pool", (dropout, "top_dropout"), kernel_initializer=VarianceScaling(1 / 3, "fan_out", "uniform"))
    network = Network(name, size, 32, lambda x: _body(x, width, depth, weights == "imagenet"), top, files, True)
    return build(network, include_top, weights, *arguments)


def _published(number: int) -> Any:
    """The function of one of the eight sizes."""

    def function(
        include_top: bool = True, weights: Any = "imagenet", input_tensor: Any = None, input_shape: Any = None,
        pooling: str | None = None, classes: int = 1000, classifier_activation: Any = "softmax", name: str = f"efficientnetb{number}",
    ) -> Model:
        return _efficientnet(number, name, include_top, weights, input_tensor, input_shape, pooling, classes, classifier_activation)

    size = _SIZES[number][2]
    function.__name__ = function.__qualname__ = f"EfficientNetB{number}"
    function.__doc__ = f"EfficientNet B{number}, for images of {size}x{size} with values from 0 to 255, which it scales itself."
    return documented(function)


EfficientNetB0, EfficientNetB1, EfficientNetB2, EfficientNetB3, EfficientNetB4, EfficientNetB5, EfficientNetB6, EfficientNetB7 = (
    _published(number) for number in range(8)
)
__all__ = [
    "EfficientNetB0", "EfficientNetB1", "EfficientNetB2", "EfficientNetB3", "EfficientNetB4", "EfficientNetB5", "EfficientNetB6",
    "EfficientNetB7", "decode_predictions", "preprocess_input",
]  # fmt: skip
