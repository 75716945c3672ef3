"""Layers around another layer: Wrapper, which users derive from, and SpectralNormalization."""

from typing import Any

from hornbeam import initializers, ops
from hornbeam.engine import registry
from hornbeam.engine.errors import ArgumentError
from hornbeam.engine.tensor import Tensor
from hornbeam.layers.core import positive
from hornbeam.layers.layer import Layer


@registry.register("layer")
class Wrapper(Layer):
    """Base of layers that hold another one, `layer`, and change how it is called."""

    def __init__(self, layer: Layer, **kwargs: Any):
        if not isinstance(layer, Layer):
            raise ArgumentError(f"{type(self).__name__}: layer is a layer; received {layer!r}.")
        super().__init__(**kwargs)
        self.layer = layer

    def build(self, input_shape: Any = None) -> None:
        if not self.layer.built:
            self.layer._build_once(input_shape)

    def get_config(self) -> dict[str, Any]:
        return {**super().get_config(), "layer": registry.to_config(self.layer)}

    @classmethod
    def from_config(cls, config: dict[str, Any], custom_objects: dict[str, Any] | None = None) -> "Wrapper":
        with registry.custom_object_scope(custom_objects or {}):
            inner = config["layer"]
            return cls(**{**config, "layer": inner if isinstance(inner, Layer) else registry.from_config("layer", inner)})


@registry.register("layer")
class SpectralNormalization(Wrapper):
    """Keeps the largest singular value of a layer's kernel at 1 (Miyato et al. 2018).

    At each call in training the kernel is divided by an estimate of that value, by power iteration from where the last call
    left off. The kernel is taken as a matrix whose columns belong to the outputs. As in Keras on TensorFlow the layer's kernel
    then *is* the divided one: the gradient is taken by it, and the optimizer's step starts from it. (Keras on JAX keeps the
    kernel as it was and differentiates the division.)

    Args:
        layer: a layer with a `kernel` (Dense, Conv2D, ...) or `embeddings`.
        power_iterations: steps of the estimate at each call.

    Weights: the layer's, and vector_u (1, outputs), not trainable.
    """

    def __init__(self, layer: Layer, power_iterations: int = 1, **kwargs: Any):
        super().__init__(layer, **kwargs)
        self.power_iterations = positive("SpectralNormalization", "power_iterations", power_iterations)

    def build(self, input_shape: Any) -> None:
        super().build(input_shape)
        kernel = getattr(self.layer, "kernel", None)
        kernel = getattr(self.layer, "embeddings", None) if kernel is None else kernel
        if kernel is None:
            raise ArgumentError(f"SpectralNormalization: {type(self.layer).__name__} has neither a `kernel` nor `embeddings`.")
        self.kernel = kernel
        self.vector_u = self.add_weight(
            (1, kernel.shape[-1]), initializers.TruncatedNormal(stddev=0.02), trainable=False, name="vector_u"
        )

    def call(self, inputs: Any, training: bool = False) -> Any:
        if training:
            kernel, u = self._normalized()
            self.vector_u.assign(u)
            self.kernel.assign(kernel)
        return self.layer(inputs)

    def _normalized(self) -> tuple[Tensor, Tensor]:
        """The kernel over its estimated largest singular value, and the singular vector to go on from; neither has a gradient."""
        kernel, u = ops.stop_gradient(self.kernel), ops.stop_gradient(self.vector_u)
        matrix = ops.reshape(kernel, (-1, kernel.shape[-1]))
        for _ in range(self.power_iterations):
            v = ops.normalize(ops.matmul(u, ops.transpose(matrix)))
            u = ops.normalize(ops.matmul(v, matrix))
        largest = ops.matmul(ops.matmul(v, matrix), ops.transpose(u))
        return ops.cast(kernel / largest, self.kernel.dtype), ops.cast(u, self.vector_u.dtype)

    def get_config(self) -> dict[str, Any]:
        return {**super().get_config(), "power_iterations": self.power_iterations}
