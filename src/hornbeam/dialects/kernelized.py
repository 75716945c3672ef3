"""`keras.layers.experimental.RandomFourierFeatures`: random features under which a linear model approximates a kernel machine."""

import math
from typing import Any

import numpy as np

from hornbeam import initializers, ops
from hornbeam.engine.errors import ArgumentError
from hornbeam.engine.registry import register
from hornbeam.engine.tensor import Tensor
from hornbeam.initializers.base import Initializer
from hornbeam.layers import InputSpec, Layer


class _Cauchy(Initializer):
    """What approximates the Laplacian kernel."""

    def draw(self, shape: tuple[int, ...]) -> np.ndarray:
        return np.tan(np.pi * (np.asarray(initializers.RandomUniform(0.0, 1.0).draw(shape)) - 0.5))


@register("layer")
class RandomFourierFeatures(Layer):
    """cos(inputs @ unscaled_kernel / kernel_scale + bias), from Keras 2.

    Args:
        output_dim: how many features.
        kernel_initializer: 'gaussian' for exp(-|x - y|^2 / (2 scale^2)), 'laplacian' for exp(-|x - y| / scale), or an initializer.
        scale: above zero; sqrt(inputs / 2) for 'gaussian' and 1 for others by default.
        trainable: whether training changes the scale.

    Weights: kernel_scale (1,), and as drawn unscaled_kernel (inputs, output_dim) and bias (output_dim,).

    Shapes: (batch, inputs) -> (batch, output_dim).
    """

    today = "your own layer: tf.cos(x @ random_kernel / scale + random_bias)"

    def __init__(
        self, output_dim: int, kernel_initializer: Any = "gaussian", scale: float | None = None, trainable: bool = False,
        name: str | None = None, **kwargs: Any,
    ):  # fmt: skip
        super().__init__(trainable=trainable, name=name, **kwargs)
        if output_dim <= 0:
            raise ArgumentError(f"RandomFourierFeatures: output_dim is above zero; received {output_dim!r}.")
        if isinstance(kernel_initializer, str) and kernel_initializer.lower() not in ("gaussian", "laplacian"):
            raise ArgumentError(
                f"RandomFourierFeatures: kernel_initializer is 'gaussian', 'laplacian' or an initializer; received {kernel_initializer!r}."
            )
        if scale is not None and scale <= 0:
            raise ArgumentError(f"RandomFourierFeatures: scale is above zero; received {scale!r}.")
        self.output_dim, self.scale = output_dim, scale
        self.kernel_initializer = kernel_initializer if isinstance(kernel_initializer, str) else initializers.get(kernel_initializer)
        self.input_spec = InputSpec(ndim=2)

    def build(self, input_shape: Any) -> None:
        size = input_shape[-1]
        kind = self.kernel_initializer.lower() if isinstance(self.kernel_initializer, str) else None
        kernel = {"gaussian": initializers.RandomNormal(stddev=1.0), "laplacian": _Cauchy()}.get(kind, self.kernel_initializer)
        scale = self.scale or (math.sqrt(size / 2) if kind == "gaussian" else 1.0)
        self.unscaled_kernel = self.add_weight((size, self.output_dim), kernel, "float32", trainable=False, name="unscaled_kernel")
        turns = initializers.RandomUniform(0.0, 2 * math.pi)
        self.bias = self.add_weight((self.output_dim,), turns, "float32", trainable=False, name="bias")
        self.kernel_scale = self.add_weight((1,), initializers.Constant(scale), "float32", constraint="non_neg", name="kernel_scale")

    def call(self, inputs: Tensor) -> Tensor:
        return ops.cos(ops.matmul(ops.cast(inputs, "float32"), self.unscaled_kernel / self.kernel_scale) + self.bias)

    def compute_output_shape(self, input_shape: Any) -> tuple[int | None, ...]:
        return (input_shape[0], self.output_dim)

    def get_config(self) -> dict[str, Any]:
        kind = self.kernel_initializer if isinstance(self.kernel_initializer, str) else initializers.serialize(self.kernel_initializer)
        return {**super().get_config(), "output_dim": self.output_dim, "kernel_initializer": kind, "scale": self.scale}
