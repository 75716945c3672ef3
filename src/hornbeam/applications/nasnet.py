"""NASNet-A (Zoph et al. 2018): two kinds of cells that a search found, stacked; each takes what the last two gave."""

from collections.abc import Callable
from functools import partial
from typing import Any

from hornbeam import layers
from hornbeam.applications._frame import KERAS, Network, Weights, axis, build, dense_top, documented
from hornbeam.applications.imagenet_utils import correct_pad, decode_predictions, scaling
from hornbeam.engine.layout import image_data_format
from hornbeam.engine.tensor import Tensor
from hornbeam.models import Model

preprocess_input = scaling("tf")
__all__ = ["NASNetLarge", "NASNetMobile", "decode_predictions", "preprocess_input"]
_MD5 = {
    "mobile": ("020fb642bf7360b370c678b08e0adf61", "1ed92395b5b598bdda52abe5c0dbfd63"),
    "large": ("11577c9a518f0070763c2b964a382f17", "d81d89dc07e6e56530c4e77faddd61b5"),
}
_relu = partial(layers.Activation, "relu")


def _normed(x: Tensor, name: str) -> Tensor:
    return layers.BatchNormalization(axis=axis(), momentum=0.9997, epsilon=1e-3, name=name)(x)


def _conv(x: Tensor, filters: int, name: str) -> Tensor:
    return layers.Conv2D(filters, 1, padding="same", use_bias=False, kernel_initializer="he_normal", name=name)(x)


def _separable(x: Tensor, filters: int, kernel: int, name: str, strides: int = 1) -> Tensor:
    """Twice relu, a separable convolution and its normalization; the first may halve the image."""
    for i in (1, 2):
        x, padding = _relu()(x), "same"
        if i == 1 and strides == 2:
            x, padding = layers.ZeroPadding2D(correct_pad(x, kernel), name=f"separable_conv_1_pad_{name}")(x), "valid"
        x = layers.SeparableConv2D(
            filters, kernel, strides=strides if i == 1 else 1, padding=padding, use_bias=False,
            name=f"separable_conv_{i}_{name}",
        )(x)  # fmt: skip
        x = _normed(x, f"separable_conv_{i}_bn_{name}")
    return x


def _adjusted(p: Tensor | None, x: Tensor, filters: int, name: str) -> Tensor:
    """What the cell before the last gave, with the size of what the last one gave and so many channels."""
    if p is None:
        return x
    if p.shape[1:3] != x.shape[1:3] and p.shape[2:] != x.shape[2:]:
        p = _relu(name=f"adjust_relu_1_{name}")(p)
        # Every second pixel, and those beside them: so none is lost.
        one = layers.AveragePooling2D(1, strides=2, name=f"adjust_avg_pool_1_{name}")(p)
        one = _conv(one, filters // 2, f"adjust_conv_1_{name}")
        other = layers.Cropping2D(((1, 0), (1, 0)))(layers.ZeroPadding2D(((0, 1), (0, 1)))(p))
        other = layers.AveragePooling2D(1, strides=2, name=f"adjust_avg_pool_2_{name}")(other)
        other = _conv(other, filters // 2, f"adjust_conv_2_{name}")
        return _normed(layers.Concatenate(axis=axis())([one, other]), f"adjust_bn_{name}")
    if p.shape[axis()] != filters:
        return _normed(_conv(_relu()(p), filters, f"adjust_conv_projection_{name}"), f"adjust_bn_{name}")
    return p


def _start(x: Tensor, filters: int, kind: str, name: str) -> Tensor:
    return _normed(_conv(_relu()(x), filters, f"{kind}_conv_1_{name}"), f"{kind}_bn_1_{name}")


def _normal(x: Tensor, p: Tensor | None, filters: int, name: str) -> tuple[Tensor, Tensor]:
    """A cell that keeps the image's size; what it gives, and what came in."""

    def add(number: int, left: Tensor, right: Tensor) -> Tensor:
        return layers.Add(name=f"normal_add_{number}_{name}")([left, right])

    def mean(of: Tensor, place: str) -> Tensor:
        return layers.AveragePooling2D(3, strides=1, padding="same", name=f"normal_{place}_{name}")(of)

    p = _adjusted(p, x, filters, name)
    h = _start(x, filters, "normal", name)
    one = add(1, _separable(h, filters, 5, f"normal_left1_{name}"), _separable(p, filters, 3, f"normal_right1_{name}"))
    two = add(2, _separable(p, filters, 5, f"normal_left2_{name}"), _separable(p, filters, 3, f"normal_right2_{name}"))
    three = add(3, mean(h, "left3"), p)
    four = add(4, mean(p, "left4"), mean(p, "right4"))
    five = add(5, _separable(h, filters, 3, f"normal_left5_{name}"), h)
    return layers.Concatenate(axis=axis(), name=f"normal_concat_{name}")([p, one, two, three, four, five]), x


def _reduced(x: Tensor, p: Tensor | None, filters: int, name: str) -> tuple[Tensor, Tensor]:
    """A cell that halves the image; what it gives, and what came in."""
    p = _adjusted(p, x, filters, name)
    h = _start(x, filters, "reduction", name)
    wide = layers.ZeroPadding2D(correct_pad(h, 3), name=f"reduction_pad_1_{name}")(h)
    left, right = _separable(h, filters, 5, f"reduction_left1_{name}", 2), _separable(p, filters, 7, f"reduction_right1_{name}", 2)
    one = layers.Add(name=f"reduction_add_1_{name}")([left, right])
    left = layers.MaxPooling2D(3, strides=2, name=f"reduction_left2_{name}")(wide)
    two = layers.Add(name=f"reduction_add_2_{name}")([left, _separable(p, filters, 7, f"reduction_right2_{name}", 2)])
    left = layers.AveragePooling2D(3, strides=2, name=f"reduction_left3_{name}")(wide)
    three = layers.Add(name=f"reduction_add3_{name}")([left, _separable(p, filters, 5, f"reduction_right3_{name}", 2)])
    four = layers.Add()([two, layers.AveragePooling2D(3, strides=1, padding="same", name=f"reduction_left4_{name}")(one)])
    left = _separable(one, filters, 3, f"reduction_left4_{name}")
    five = layers.Add(name=f"reduction_add4_{name}")([left, layers.MaxPooling2D(3, strides=2, name=f"reduction_right5_{name}")(wide)])
    return layers.Concatenate(axis=axis(), name=f"reduction_concat_{name}")([two, three, four, five]), x


def _body(x: Tensor, stem: int, last: int, blocks: int, skip: bool) -> Tensor:
    filters = last // 24
    x = layers.Conv2D(stem, 3, strides=2, use_bias=False, kernel_initializer="he_normal", name="stem_conv1")(x)
    x, p = _normed(x, "stem_bn1"), None
    x, p = _reduced(x, p, filters // 4, "stem_1")
    x, p = _reduced(x, p, filters // 2, "stem_2")
    for stage in range(3):
        if stage:
            x, before = _reduced(x, p, filters * 2**stage, f"reduce_{stage * blocks}")
            p = p if skip else before
        for i in range(blocks):
            x, p = _normal(x, p, filters * 2**stage, str(stage * blocks + i + (stage > 0)))
    return _relu()(x)


def _made(kind: str, size: int, *how: Any) -> Callable[..., Model]:
    default = f"nasnet_{kind}"

    def make(
        input_shape: Any = None, include_top: bool = True, weights: Any = "imagenet", input_tensor: Any = None, pooling: str | None = None,
        classes: int = 1000, classifier_activation: Any = "softmax", name: str = default,
    ) -> Model:
        files = lambda top: Weights(f"{KERAS}nasnet/NASNet-{kind}{'' if top else '-no-top'}.h5", _MD5[kind][not top])
        network = Network(name, size, 32, lambda x: _body(x, *how), dense_top(None), files)
        usual = (3, size, size) if image_data_format() == "channels_first" else (size, size, 3)  # cells are joined by their sizes
        return build(network, include_top, weights, input_tensor, input_shape or usual, pooling, classes, classifier_activation)

    make.__name__ = make.__qualname__ = f"NASNet{kind.capitalize()}"
    make.__doc__ = f"The {'large NASNet' if kind == 'large' else 'NASNet for telephones'}, for images of {size}x{size}."
    return documented(make)


NASNetMobile, NASNetLarge = _made("mobile", 224, 32, 1056, 4, False), _made("large", 331, 96, 4032, 6, True)
