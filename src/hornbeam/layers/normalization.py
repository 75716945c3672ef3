"""Normalization."""

from typing import Any

from hornbeam import constraints, initializers, ops, regularizers
from hornbeam.engine import registry
from hornbeam.engine.errors import ArgumentError, ShapeError
from hornbeam.engine.tensor import Tensor
from hornbeam.layers.layer import Layer


class BaseScale(Layer):
    """A layer with `gamma` (scale) and `beta` (offset) weights."""

    def __init__(
        self, epsilon: float = 1e-3, center: bool = True, scale: bool = True, beta_initializer: Any = "zeros",
        gamma_initializer: Any = "ones", beta_regularizer: Any = None, gamma_regularizer: Any = None, beta_constraint: Any = None,
        gamma_constraint: Any = None, **kwargs: Any,
    ):
        super().__init__(**kwargs)
        self.epsilon, self.center, self.scale = epsilon, center, scale
        self.beta_initializer, self.gamma_initializer = initializers.get(beta_initializer), initializers.get(gamma_initializer)
        self.beta_regularizer, self.gamma_regularizer = regularizers.get(beta_regularizer), regularizers.get(gamma_regularizer)
        self.beta_constraint, self.gamma_constraint = constraints.get(beta_constraint), constraints.get(gamma_constraint)
        self.supports_masking = True

    def _add_scale(self, shape: tuple[int, ...]) -> None:
        self.gamma = self.beta = None
        if self.scale:
            self.gamma = self.add_weight(
                shape, self.gamma_initializer, regularizer=self.gamma_regularizer, constraint=self.gamma_constraint, name="gamma",
                autocast=False,
            )
        if self.center:
            self.beta = self.add_weight(
                shape, self.beta_initializer, regularizer=self.beta_regularizer, constraint=self.beta_constraint, name="beta",
                autocast=False,
            )

    def _scale_config(self) -> dict[str, Any]:
        return {
            "epsilon": self.epsilon, "center": self.center, "scale": self.scale,
            "beta_initializer": initializers.serialize(self.beta_initializer),
            "gamma_initializer": initializers.serialize(self.gamma_initializer),
            "beta_regularizer": regularizers.serialize(self.beta_regularizer),
            "gamma_regularizer": regularizers.serialize(self.gamma_regularizer),
            "beta_constraint": constraints.serialize(self.beta_constraint),
            "gamma_constraint": constraints.serialize(self.gamma_constraint),
        }


@registry.register("layer")
class BatchNormalization(BaseScale):
    """Each channel to mean 0 and variance 1 over the batch, then scaled and shifted (Ioffe and Szegedy 2015).

    In training by the batch's own mean and variance, which also move the running ones:
    `moving = moving * momentum + batch * (1 - momentum)`; otherwise, and when the layer is frozen, by the running ones.

    Args:
        axis: the channels' axis.
        momentum: of the running statistics. epsilon: added to the variance.
        center, scale: whether there is a beta, a gamma.

    Weights: gamma, beta; moving_mean, moving_variance (not trainable).
    """

    def __init__(
        self, axis: int = -1, momentum: float = 0.99, epsilon: float = 1e-3, center: bool = True, scale: bool = True,
        beta_initializer: Any = "zeros", gamma_initializer: Any = "ones", moving_mean_initializer: Any = "zeros",
        moving_variance_initializer: Any = "ones", beta_regularizer: Any = None, gamma_regularizer: Any = None,
        beta_constraint: Any = None, gamma_constraint: Any = None, synchronized: bool = False, renorm: bool = False,
        renorm_clipping: Any = None, renorm_momentum: float = 0.99, **kwargs: Any,
    ):
        super().__init__(
            epsilon, center, scale, beta_initializer, gamma_initializer, beta_regularizer, gamma_regularizer, beta_constraint,
            gamma_constraint, **kwargs,
        )
        if renorm:
            raise ArgumentError("BatchNormalization: renorm=True is not supported.")
        if isinstance(axis, (list, tuple)):
            (axis,) = axis
        self.axis, self.momentum, self.synchronized = axis, momentum, synchronized
        self.renorm, self.renorm_clipping, self.renorm_momentum = renorm, renorm_clipping, renorm_momentum
        self.moving_mean_initializer = initializers.get(moving_mean_initializer)
        self.moving_variance_initializer = initializers.get(moving_variance_initializer)

    def build(self, input_shape: Any) -> None:
        if not -len(input_shape) <= self.axis < len(input_shape):
            raise ShapeError(f"Layer '{self.name}': there is no axis {self.axis} in an input of shape {tuple(input_shape)}.")
        size = input_shape[self.axis]
        if size is None:
            raise ShapeError(f"Layer '{self.name}' needs to know the size of axis {self.axis}; the shape is {tuple(input_shape)}.")
        self._add_scale((size,))
        self.moving_mean = self.add_weight((size,), self.moving_mean_initializer, trainable=False, autocast=False, name="moving_mean")
        self.moving_variance = self.add_weight(
            (size,), self.moving_variance_initializer, trainable=False, autocast=False, name="moving_variance"
        )

    def call(self, inputs: Tensor, training: bool | None = None, mask: Any = None) -> Tensor:
        dtype = inputs.dtype
        x = ops.cast(inputs, "float32") if dtype in ("float16", "bfloat16") else inputs
        axis = self.axis % x.ndim
        if training and self.trainable:
            mean: Any
            variance: Any
            mean, variance = self._moments(x, axis, mask)
            self.moving_mean.assign(self.moving_mean * self.momentum + ops.cast(mean, self.moving_mean.dtype) * (1.0 - self.momentum))
            self.moving_variance.assign(
                self.moving_variance * self.momentum + ops.cast(variance, self.moving_mean.dtype) * (1.0 - self.momentum)
            )
        else:
            mean, variance = self.moving_mean, self.moving_variance
        x = ops.batch_normalization(x, mean, variance, axis=axis, offset=self.beta, scale=self.gamma, epsilon=self.epsilon)
        return ops.cast(x, dtype)

    def _moments(self, x: Tensor, axis: int, mask: Any) -> tuple[Tensor, Tensor]:
        axes = tuple(i for i in range(x.ndim) if i != axis)
        if mask is None:
            return ops.moments(x, axes=axes)
        weights = ops.cast(mask, x.dtype)
        weights = ops.reshape(weights, (*weights.shape, *(1,) * (x.ndim - weights.ndim)))
        weights = ops.broadcast_to(weights, (*(1 if i == axis else size for i, size in enumerate(x.shape)),)) if axis else weights
        total = ops.sum(weights)
        share = weights / ops.maximum(total, 1e-7)
        mean = ops.sum(x * share, axis=axes, keepdims=True)
        variance = ops.sum(ops.square(x - mean) * share, axis=axes)
        return ops.squeeze(mean, axis=axes), variance

    def get_config(self) -> dict[str, Any]:
        return {
            **super().get_config(), "axis": self.axis, "momentum": self.momentum, **self._scale_config(),
            "moving_mean_initializer": initializers.serialize(self.moving_mean_initializer),
            "moving_variance_initializer": initializers.serialize(self.moving_variance_initializer),
            "synchronized": self.synchronized, "renorm": self.renorm, "renorm_clipping": self.renorm_clipping,
            "renorm_momentum": self.renorm_momentum,
        }


@registry.register("layer")
class LayerNormalization(BaseScale):
    """Each example to mean 0 and variance 1 over some axes, then scaled and shifted (Ba et al. 2016).

    Args:
        axis: an axis or several, the last by default. epsilon: added to the variance.

    Weights: gamma, beta, of the sizes of the axes.
    """

    def __init__(self, axis: Any = -1, epsilon: float = 1e-3, center: bool = True, scale: bool = True, **kwargs: Any):
        super().__init__(epsilon, center, scale, **kwargs)
        self.axis = list(axis) if isinstance(axis, (list, tuple)) else [axis]

    def build(self, input_shape: Any) -> None:
        sizes = tuple(input_shape[axis] for axis in self.axis)
        if None in sizes:
            raise ShapeError(f"Layer '{self.name}' needs to know the sizes of the axes {self.axis}; the shape is {tuple(input_shape)}.")
        self._add_scale(sizes)

    def call(self, inputs: Tensor) -> Tensor:
        dtype = inputs.dtype
        x = ops.cast(inputs, "float32") if dtype in ("float16", "bfloat16") else inputs
        axes = tuple(axis % x.ndim for axis in self.axis)
        mean, variance = ops.moments(x, axes=axes, keepdims=True)
        x = (x - mean) * ops.rsqrt(variance + self.epsilon)
        shape = tuple(size if i in axes else 1 for i, size in enumerate(x.shape))
        if self.gamma is not None:
            x = x * ops.reshape(self.gamma, shape)
        if self.beta is not None:
            x = x + ops.reshape(self.beta, shape)
        return ops.cast(x, dtype)

    def get_config(self) -> dict[str, Any]:
        return {**super().get_config(), "axis": self.axis, **self._scale_config()}
