"""ConvNeXt (Liu et al. 2022): a residual network with a transformer's proportions."""

from collections.abc import Callable
from functools import partial
from typing import Any

from hornbeam import initializers, layers
from hornbeam.applications._frame import KERAS, Network, Weights, build, documented
from hornbeam.applications.imagenet_utils import decode_predictions, scaling
from hornbeam.engine import registry
from hornbeam.engine.tensor import Tensor
from hornbeam.models import Model, Sequential

preprocess_input = scaling("none")
_SIZES = {  # how many blocks each stage has, and how many channels
    "Tiny": ((3, 3, 9, 3), (96, 192, 384, 768)),
    "Small": ((3, 3, 27, 3), (96, 192, 384, 768)),
    "Base": ((3, 3, 27, 3), (128, 256, 512, 1024)),
    "Large": ((3, 3, 27, 3), (192, 384, 768, 1536)),
    "XLarge": ((3, 3, 27, 3), (256, 512, 1024, 2048)),
}
_SHA256 = {
    "Tiny": ("8ae6e78ce2933352b1ef4008e6dd2f17bc40771563877d156bc6426c7cf503ff",
             "d547c096cabd03329d7be5562c5e14798aa39ed24b474157cef5e85ab9e49ef1"),
    "Small": ("ce1277d8f1ee5a0ef0e171469089c18f5233860ceaf9b168049cb9263fd7483c",
              "6fc8009faa2f00c1c1dfce59feea9b0745eb260a7dd11bee65c8e20843da6eab"),
    "Base": ("52cbb006d3dadd03f6e095a8ca1aca47aecdd75acb4bc74bce1f5c695d0086e6",
             "40a20c5548a5e9202f69735ecc06c990e6b7c9d2de39f0361e27baeb24cb7c45"),
    "Large": ("070c5ed9ed289581e477741d3b34beffa920db8cf590899d6d2c67fba2a198a6",
              "96f02b6f0753d4f543261bc9d09bed650f24dd6bc02ddde3066135b63d23a1cd"),
    "XLarge": ("c1f5ccab661354fc3a79a10fa99af82f0fbf10ec65cb894a3ae0815f17a889ee",
               "de3f8a54174130e0cecdc71583354753d557fcf1f4487331558e2a16ba0cfe05"),
}  # fmt: skip
_norm = partial(layers.LayerNormalization, epsilon=1e-6)


@registry.register("layer")
class LayerScale(layers.Layer):
    """Each of the last axis's `projection_dim` channels times a learned number, which starts at `init_values` (Touvron et al. 2021)."""

    def __init__(self, init_values: float, projection_dim: int, **kwargs: Any):
        super().__init__(**kwargs)
        self.init_values, self.projection_dim = init_values, projection_dim

    def build(self, _: Any) -> None:
        self.gamma = self.add_weight((self.projection_dim,), initializers.Constant(self.init_values), name="gamma")

    def call(self, x: Tensor) -> Tensor:
        return x * self.gamma

    def get_config(self) -> dict[str, Any]:
        return {**super().get_config(), "init_values": self.init_values, "projection_dim": self.projection_dim}


def _block(x: Tensor, channels: int, name: str) -> Tensor:
    start = x
    x = layers.Conv2D(channels, 7, padding="same", groups=channels, name=f"{name}_depthwise_conv")(x)
    x = layers.Dense(4 * channels, name=f"{name}_pointwise_conv_1")(_norm(name=f"{name}_layernorm")(x))
    x = layers.Dense(channels, name=f"{name}_pointwise_conv_2")(layers.Activation("gelu", name=f"{name}_gelu")(x))
    x = LayerScale(1e-6, channels, name=f"{name}_layer_scale")(x)
    return start + layers.Activation("linear", name=f"{name}_identity")(x)


def _body(x: Tensor, name: str, depths: tuple, widths: tuple, scaled: bool) -> Tensor:
    if scaled:
        mean, variance = [123.675, 116.28, 103.53], [(255 * share) ** 2 for share in (0.229, 0.224, 0.225)]
        x = layers.Normalization(mean=mean, variance=variance, name=f"{name}_prestem_normalization")(x)
    stem = [layers.Conv2D(widths[0], 4, strides=4, name=f"{name}_stem_conv"), _norm(name=f"{name}_stem_layernorm")]
    x = Sequential(stem, name=f"{name}_stem")(x)
    for stage, (depth, width) in enumerate(zip(depths, widths, strict=True)):
        if stage:
            end = f"_{stage - 1}"
            halved = [_norm(name=f"{name}_downsampling_layernorm{end}"),
                      layers.Conv2D(width, 2, strides=2, name=f"{name}_downsampling_conv{end}")]  # fmt: skip
            x = Sequential(halved, name=f"{name}_downsampling_block{end}")(x)
        for i in range(depth):
            x = _block(x, width, f"{name}_stage_{stage}_block_{i}")
    return x


def _top(name: str) -> Callable[..., Tensor]:
    def top(x: Tensor, classes: int, activation: Any) -> Tensor:
        x = _norm(name=f"{name}_head_layernorm")(layers.GlobalAveragePooling2D(name=f"{name}_head_gap")(x))
        return layers.Dense(classes, activation=activation, name=f"{name}_head_dense")(x)

    return top


def _made(size: str) -> Callable[..., Model]:
    default = f"convnext_{size.lower()}"

    def make(
        include_top: bool = True, include_preprocessing: bool = True, weights: Any = "imagenet", input_tensor: Any = None,
        input_shape: Any = None, pooling: str | None = None, classes: int = 1000, classifier_activation: Any = "softmax",
        name: str = default,
    ) -> Model:
        files = lambda top: Weights(f"{KERAS}convnext/{default}{'' if top else '_notop'}.h5", _SHA256[size][not top])
        body = lambda x: _body(x, name, *_SIZES[size], include_preprocessing)
        network = Network(name, 224, 32, body, _top(name), files, end=_norm())
        return build(network, include_top, weights, input_tensor, input_shape, pooling, classes, classifier_activation)

    make.__name__ = make.__qualname__ = f"ConvNeXt{size}"
    make.__doc__ = f"ConvNeXt {size}, for images of 224x224 and from 0 to 255."
    return documented(make)


ConvNeXtTiny, ConvNeXtSmall, ConvNeXtBase, ConvNeXtLarge, ConvNeXtXLarge = map(_made, _SIZES)
__all__ = [
    "ConvNeXtBase", "ConvNeXtLarge", "ConvNeXtSmall", "ConvNeXtTiny", "ConvNeXtXLarge", "LayerScale", "decode_predictions",
    "preprocess_input",
]  # fmt: skip
