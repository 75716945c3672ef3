"""EfficientNetV2 (Tan and Le 2021): EfficientNet whose first blocks have plain convolutions in the place of two separate ones."""

import math
from typing import Any

from hornbeam import layers
from hornbeam.applications._frame import Network, Weights, axis, build, dense_top, documented
from hornbeam.applications.efficientnet import squeeze_excite
from hornbeam.applications.imagenet_utils import decode_predictions, scaling
from hornbeam.engine.tensor import Tensor
from hornbeam.initializers import VarianceScaling
from hornbeam.models import Model

preprocess_input = scaling("none")
_URL = "https://storage.googleapis.com/tensorflow/keras-applications/efficientnet_v2/"
# How often, channels out, expansion and the first one's stride: the first three stages are fused, the others have squeeze and excitation.
_BASE = ((1, 16, 1, 1), (2, 32, 4, 2), (2, 48, 4, 2), (3, 96, 4, 2), (5, 112, 6, 1), (8, 192, 6, 2))
_S = ((2, 24, 1, 1), (4, 48, 4, 2), (4, 64, 4, 2), (6, 128, 4, 2), (9, 160, 6, 1), (15, 256, 6, 2))
_M = ((3, 24, 1, 1), (5, 48, 4, 2), (5, 80, 4, 2), (7, 160, 4, 2), (14, 176, 6, 1), (18, 304, 6, 2), (5, 512, 6, 1))
_L = ((4, 32, 1, 1), (7, 64, 4, 2), (7, 96, 4, 2), (10, 192, 4, 2), (19, 224, 6, 1), (25, 384, 6, 2), (7, 640, 6, 1))
# Stages, the stem's channels, width, depth, image size.
_KINDS: dict[str, tuple[tuple, int, float, float, int]] = {
    "B0": (_BASE, 32, 1.0, 1.0, 224), "B1": (_BASE, 32, 1.0, 1.1, 240), "B2": (_BASE, 32, 1.1, 1.2, 260), "B3": (_BASE, 32, 1.2, 1.4, 300),
    "S": (_S, 24, 1.0, 1.0, 384), "M": (_M, 24, 1.0, 1.0, 480), "L": (_L, 32, 1.0, 1.0, 480),
}  # fmt: skip
_MD5 = {
    "B0": ("21ecbf6da12460d5c40bb2f29ceb2188", "893217f2bb855e2983157299931e43ff"),
    "B1": ("069f0534ff22adf035c89e2d9547a9dc", "0e80663031ca32d657f9caa404b6ec37"),
    "B2": ("424e49f28180edbde1e94797771950a7", "1dfe2e7a5d45b6632553a8961ea609eb"),
    "B3": ("1f1fc43bd98a6e4fd8fdfd551e02c7a0", "f6abf7b5849ac99a89b50dd3fd532856"),
    "S": ("e1d88a8495beba45748fedd0cecbe016", "af0682fb74e8c54910f2d4393339c070"),
    "M": ("a3bf6aa3276309f4fc6a34aa114c95cd", "1b8dc055df72dde80d614482840fe342"),
}
_SPREAD = VarianceScaling(2.0, "fan_out", "truncated_normal")


def _rounded(filters: float) -> int:
    return max(8, int(filters + 4) // 8 * 8)


def _conv(x: Tensor, filters: int, kernel: int, name: str, strides: int = 1) -> Tensor:
    return layers.Conv2D(filters, kernel, strides=strides, padding="same", use_bias=False, kernel_initializer=_SPREAD, name=name)(x)


def _normed(x: Tensor, name: str, activation: str | None = None) -> Tensor:
    x = layers.BatchNormalization(axis=axis(), momentum=0.9, name=name)(x)
    return layers.Activation("swish", name=activation)(x) if activation else x


def _block(x: Tensor, name: str, fused: bool, filters: int, expansion: int, stride: int, drop: float) -> Tensor:
    start, channels = x, x.shape[axis()]
    wide = channels * expansion
    if expansion != 1:
        x = _conv(x, wide, 3 if fused else 1, f"{name}expand_conv", stride if fused else 1)
        x = _normed(x, f"{name}expand_bn", f"{name}expand_activation")
    if not fused:
        x = layers.DepthwiseConv2D(
            3, strides=stride, padding="same", use_bias=False, depthwise_initializer=_SPREAD, name=f"{name}dwconv2"
        )(x)
        x = squeeze_excite(_normed(x, f"{name}bn", f"{name}activation"), wide, max(1, int(channels * 0.25)), name)
    plain = fused and expansion == 1
    x = _conv(x, filters, 3 if plain else 1, f"{name}project_conv", stride if plain else 1)
    x = _normed(x, f"{name}project_bn", f"{name}project_activation" if plain else None)
    if stride == 1 and channels == filters:
        if drop > 0:
            x = layers.Dropout(drop, noise_shape=(None, 1, 1, 1), name=f"{name}drop")(x)
        x = layers.Add(name=f"{name}add")([x, start])
    return x


def _body(x: Tensor, kind: str, preprocessing: bool) -> Tensor:
    stages, stem, width, depth, _ = _KINDS[kind]
    if preprocessing and kind.startswith("B"):
        x = layers.Rescaling(1.0 / 255.0)(x)
        x = layers.Normalization(axis=axis(), mean=[0.485, 0.456, 0.406], variance=[0.229**2, 0.224**2, 0.225**2])(x)
    elif preprocessing:
        x = layers.Rescaling(1.0 / 128.0, offset=-1.0)(x)
    x = _normed(_conv(x, _rounded(stem * width), 3, "stem_conv", 2), "stem_bn", "stem_activation")
    repeats = [math.ceil(depth * count) for count, *_ in stages]
    done, total = 0, sum(count for count, *_ in stages)  # as published: not those that are repeated
    for stage, ((_, filters, expansion, stride), count) in enumerate(zip(stages, repeats, strict=True), 1):
        for i in range(count):
            name = f"block{stage}{chr(ord('a') + i)}_"
            x = _block(x, name, stage <= 3, _rounded(filters * width), expansion, 1 if i else stride, 0.2 * done / total)
            done += 1
    return _normed(_conv(x, _rounded(1280 * width), 1, "top_conv"), "top_bn", "top_activation")


def _published(kind: str) -> Any:
    """The function of one of the seven sizes."""
    own = f"efficientnetv2-{kind.lower()}"

    def files(top: bool) -> Weights:
        return Weights(f"{_URL}{own}{'' if top else '_notop'}.h5", _MD5.get(kind, (None, None))[not top])

    def function(
        include_top: bool = True, weights: Any = "imagenet", input_tensor: Any = None, input_shape: Any = None,
        pooling: str | None = None, classes: int = 1000, classifier_activation: Any = "softmax", include_preprocessing: bool = True,
        name: str = own,
    ) -> Model:  # fmt: skip
        top = dense_top("avg_pool", (0.2, "top_dropout"), kernel_initializer=VarianceScaling(1 / 3, "fan_out", "uniform"))
        network = Network(name, _KINDS[kind][4], 32, lambda x: _body(x, kind, include_preprocessing), top, files, True)
        return build(network, include_top, weights, input_tensor, input_shape, pooling, classes, classifier_activation)

    size = _KINDS[kind][4]
    function.__name__ = function.__qualname__ = f"EfficientNetV2{kind}"
    function.__doc__ = f"EfficientNetV2 {kind}, for images of {size}x{size} with values from 0 to 255."
    return documented(function)


EfficientNetV2B0, EfficientNetV2B1, EfficientNetV2B2, EfficientNetV2B3 = (_published(kind) for kind in ("B0", "B1", "B2", "B3"))
EfficientNetV2S, EfficientNetV2M, EfficientNetV2L = (_published(kind) for kind in ("S", "M", "L"))
__all__ = [
    "EfficientNetV2B0", "EfficientNetV2B1", "EfficientNetV2B2", "EfficientNetV2B3", "EfficientNetV2L", "EfficientNetV2M",
    "EfficientNetV2S", "decode_predictions", "preprocess_input",
]  # fmt: skip
