"""Normalization."""

import math
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
        renorm: in training too, normalize by running statistics, of momentum `renorm_momentum` (Ioffe 2017): the batch's
            normalized values times r plus d, where r = std / renorm_stddev and d = (mean - renorm_mean) / renorm_stddev have no
            gradient. renorm_clipping: {'rmin': ..., 'rmax': ..., 'dmax': ...}, limits of r and of |d|.

    Weights: gamma, beta; moving_mean, moving_variance (not trainable); with renorm moving_stddev, renorm_mean, renorm_stddev too.
    """

    def __init__(
        self, axis: int = -1, momentum: float = 0.99, epsilon: float = 1e-3, center: bool = True, scale: bool = True,
        beta_initializer: Any = "zeros", gamma_initializer: Any = "ones", moving_mean_initializer: Any = "zeros",
        moving_variance_initializer: Any = "ones", beta_regularizer: Any = None, gamma_regularizer: Any = None,
        beta_constraint: Any = None, gamma_constraint: Any = None, renorm: bool = False, renorm_clipping: Any = None,
        renorm_momentum: float = 0.99, synchronized: bool = False, **kwargs: Any,
    ):
        super().__init__(
            epsilon, center, scale, beta_initializer, gamma_initializer, beta_regularizer, gamma_regularizer, beta_constraint,
            gamma_constraint, **kwargs,
        )
        if renorm:
            renorm_clipping = dict(renorm_clipping or {})
            if unknown := set(renorm_clipping) - {"rmax", "rmin", "dmax"}:
                raise ArgumentError(f"BatchNormalization: renorm_clipping takes 'rmin', 'rmax' and 'dmax'; received {min(unknown)!r}.")
            if renorm_clipping.get("rmax", math.inf) < renorm_clipping.get("rmin", 0):
                raise ArgumentError(f"BatchNormalization: in renorm_clipping rmax is above rmin; received {renorm_clipping}.")
        if isinstance(axis, (list, tuple)):
            (axis,) = axis
        self.axis, self.momentum, self.synchronized = axis, momentum, synchronized
        self.renorm, self.renorm_clipping, self.renorm_momentum = renorm, renorm_clipping, renorm_momentum
        self.moving_mean_initializer = initializers.get(moving_mean_initializer)
        self.moving_variance_initializer = initializers.get(moving_variance_initializer)

    def build(self, input_shape: Any) -> None:
        (size,) = _sizes(self, input_shape, [self.axis])
        self._add_scale((size,))
        self.moving_mean = self.add_weight((size,), self.moving_mean_initializer, trainable=False, autocast=False, name="moving_mean")
        self.moving_variance = self.add_weight(
            (size,), self.moving_variance_initializer, trainable=False, autocast=False, name="moving_variance"
        )
        if self.renorm:
            add = lambda name, initializer: self.add_weight((size,), initializer, trainable=False, autocast=False, name=name)
            deviation = lambda shape, dtype=None: ops.sqrt(self.moving_variance_initializer(shape, dtype))
            self.moving_stddev = add("moving_stddev", deviation)
            self.renorm_mean = add("renorm_mean", self.moving_mean_initializer)
            self.renorm_stddev = add("renorm_stddev", deviation)

    def call(self, inputs: Tensor, training: bool | None = None, mask: Any = None) -> Tensor:
        dtype = inputs.dtype
        x = ops.cast(inputs, "float32") if dtype in ("float16", "bfloat16") else inputs
        axis = self.axis % x.ndim
        if training and self.trainable:
            mean: Any
            variance: Any
            mean, variance = self._moments(x, axis, mask)
            _move(self.moving_mean, mean, self.momentum)
            if self.renorm:
                return ops.cast(self._renormalized(x, mean, variance, axis), dtype)
            _move(self.moving_variance, variance, self.momentum)
        else:
            mean, variance = self.moving_mean, self.moving_variance
        x = ops.batch_normalization(x, mean, variance, axis=axis, offset=self.beta, scale=self.gamma, epsilon=self.epsilon)
        return ops.cast(x, dtype)

    def _renormalized(self, x: Tensor, mean: Tensor, variance: Tensor, axis: int) -> Tensor:
        limits = self.renorm_clipping
        stddev = ops.sqrt(variance + self.epsilon)
        r = ops.stop_gradient(stddev / self.renorm_stddev)
        d = ops.stop_gradient((mean - self.renorm_mean) / self.renorm_stddev)
        if limits:
            r = ops.clip(r, limits.get("rmin", 0.0), limits.get("rmax", math.inf))
            d = ops.clip(d, -limits.get("dmax", math.inf), limits.get("dmax", math.inf))
        _move(self.renorm_mean, mean, self.renorm_momentum)
        _move(self.renorm_stddev, stddev, self.renorm_momentum)
        _move(self.moving_stddev, stddev, self.momentum)
        self.moving_variance.assign(ops.relu(ops.square(self.moving_stddev) - self.epsilon))
        # Values times r plus d, then times gamma plus beta, in one scale and one offset.
        scale, offset = (r, d) if self.gamma is None else (r * self.gamma, d * self.gamma)
        offset = offset if self.beta is None else offset + self.beta
        return ops.batch_normalization(x, mean, variance, axis=axis, offset=offset, scale=scale, epsilon=self.epsilon)

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


def _move(running: Any, value: Any, momentum: float) -> None:
    """Bring a running statistic nearer to the batch's."""
    running.assign(running * momentum + ops.cast(value, running.dtype) * (1.0 - momentum))


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
        self._add_scale(_sizes(self, input_shape, self.axis))

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


@registry.register("layer")
class GroupNormalization(BaseScale):
    """Each example's channels, in groups, to mean 0 and variance 1 over a group, then scaled and shifted (Wu and He 2018).

    Args:
        groups: how many; they divide the number of channels. -1: one for each channel (instance normalization).
        axis: the channels' axis. epsilon: added to the variance.

    Weights: gamma, beta, one number for each channel.
    """

    def __init__(self, groups: int = 32, axis: int = -1, epsilon: float = 1e-3, center: bool = True, scale: bool = True, **kwargs: Any):
        super().__init__(epsilon, center, scale, **kwargs)
        if isinstance(groups, bool) or not isinstance(groups, int) or groups == 0 or groups < -1:
            raise ArgumentError(f"GroupNormalization: groups is a positive whole number, or -1; received {groups!r}.")
        self.groups, self.axis = groups, axis

    def build(self, input_shape: Any) -> None:
        (size,) = _sizes(self, input_shape, [self.axis])
        if self.groups == -1:
            self.groups = size
        if size % self.groups:
            raise ShapeError(
                f"Layer '{self.name}' (GroupNormalization): {size} channels (axis {self.axis} of {tuple(input_shape)}) cannot be divided "
                f"into {self.groups} groups: choose `groups` that divides {size}."
            )
        self._add_scale((size,))

    def call(self, inputs: Tensor) -> Tensor:
        dtype, shape = inputs.dtype, tuple(inputs.shape)
        x = ops.cast(inputs, "float32") if dtype in ("float16", "bfloat16") else inputs
        axis, size = self.axis % len(shape), shape[self.axis]
        x = ops.reshape(x, (*shape[:axis], self.groups, size // self.groups, *shape[axis + 1 :]))
        axes = tuple(i for i in range(1, x.ndim) if i != axis)
        mean, variance = ops.moments(x, axes=axes, keepdims=True)
        x = ops.reshape((x - mean) * ops.rsqrt(variance + self.epsilon), shape)
        along = tuple(size if i == axis else 1 for i in range(len(shape)))
        if self.gamma is not None:
            x = x * ops.reshape(self.gamma, along)
        if self.beta is not None:
            x = x + ops.reshape(self.beta, along)
        return ops.cast(x, dtype)

    def get_config(self) -> dict[str, Any]:
        return {**super().get_config(), "groups": self.groups, "axis": self.axis, **self._scale_config()}


@registry.register("layer")
class RMSNormalization(Layer):
    """Its inputs over the root of their mean square along an axis or several, times a learned scale (Zhang and Sennrich 2019).

    Args:
        axis: the last by default. epsilon: added to the mean square.

    Weights: scale, of the sizes of the axes.
    """

    def __init__(self, axis: Any = -1, epsilon: float = 1e-6, **kwargs: Any):
        super().__init__(**kwargs)
        self.axis, self.epsilon = list(axis) if isinstance(axis, (list, tuple)) else axis, epsilon

    def build(self, input_shape: Any) -> None:
        self.axis = self.axis if isinstance(self.axis, list) else [self.axis]
        self.scale = self.add_weight(_sizes(self, input_shape, self.axis), "ones", name="scale")

    def call(self, inputs: Tensor) -> Tensor:
        return ops.rms_normalization(inputs, self.scale, tuple(self.axis), self.epsilon)

    def get_config(self) -> dict[str, Any]:
        return {**super().get_config(), "axis": self.axis, "epsilon": self.epsilon}


@registry.register("layer")
class UnitNormalization(Layer):
    """Its inputs over their length (L2 norm) along an axis or several, the last by default."""

    def __init__(self, axis: Any = -1, **kwargs: Any):
        super().__init__(**kwargs)
        self.axis = list(axis) if isinstance(axis, (list, tuple)) else axis
        self.supports_masking = True

    def build(self, input_shape: Any) -> None:
        for axis in self.axis if isinstance(self.axis, list) else [self.axis]:
            _check_axis(self, input_shape, axis)

    def call(self, inputs: Tensor) -> Tensor:
        return ops.normalize(inputs, tuple(self.axis) if isinstance(self.axis, list) else self.axis, order=2, epsilon=1e-12)

    def get_config(self) -> dict[str, Any]:
        return {**super().get_config(), "axis": self.axis}


def _check_axis(layer: Layer, shape: Any, axis: int) -> None:
    if not -len(shape) <= axis < len(shape):
        raise ShapeError(f"Layer '{layer.name}': there is no axis {axis} in an input of shape {tuple(shape)}.")


def _sizes(layer: Layer, shape: Any, axes: list[int]) -> tuple[int, ...]:
    """The sizes of some axes of the input, which weights are made by."""
    for axis in axes:
        _check_axis(layer, shape, axis)
        if shape[axis] is None:
            raise ShapeError(f"Layer '{layer.name}' needs to know the size of axis {axis}; the shape is {tuple(shape)}.")
    return tuple(shape[axis] for axis in axes)
