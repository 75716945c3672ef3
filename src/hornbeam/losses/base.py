"""What every loss is: values for each example, weighted, masked and reduced to one number."""

from collections.abc import Callable, Sequence
from typing import Any

import jax
import jax.numpy as jnp

from hornbeam import ops
from hornbeam.engine import dtypes, manners, registry
from hornbeam.engine.conversion import convert_if_tracing
from hornbeam.engine.door import cast, op
from hornbeam.engine.errors import ArgumentError, DtypeError, ShapeError
from hornbeam.engine.naming import auto_name
from hornbeam.engine.pure import plainly
from hornbeam.engine.tensor import Tensor, as_tensor
from hornbeam.losses.formulas import same_rank

REDUCTIONS = ("sum_over_batch_size", "sum", "mean", "mean_with_sample_weight", "none", None)


def _weighing(operands: Sequence[Any]) -> list[Tensor | None]:
    values, weights, mask = operands
    values = as_tensor(values)
    return [values, None if weights is None else cast(as_tensor(weights), values.dtype), None if mask is None else as_tensor(mask)]


def fitted(weights: Any, values: Any) -> Any:
    """Weights brought to the rank of the values: a last axis of size 1 goes, missing axes are added at the end (a weight an example)."""
    if weights.ndim == values.ndim + 1 and weights.shape[-1] == 1:
        return weights[..., 0]
    if weights.ndim < values.ndim and weights.shape == values.shape[: weights.ndim]:
        return weights.reshape(weights.shape + (1,) * (values.ndim - weights.ndim))
    try:
        if jnp.broadcast_shapes(weights.shape, values.shape) == values.shape:
            return weights
    except ValueError:
        pass
    raise ShapeError(
        f"Sample weights (or a mask) of shape {weights.shape} do not fit values of shape {values.shape}: "
        "give one weight for each example, or one for each of its steps."
    )


@op(3, _weighing)
def reduce_weighted(values: Any, weights: Any = None, mask: Any = None, reduction: str | None = "sum_over_batch_size") -> Any:
    """Values times weights, without the masked ones, reduced.

    'sum_over_batch_size' and 'mean' divide by the number of values that are not masked, 'mean_with_sample_weight' by the sum of
    their weights.
    """
    if weights is not None and not values.ndim:  # a loss that its function has reduced already
        values = jnp.broadcast_to(values, weights.shape)
    count = jnp.asarray(values.size, values.dtype)
    if mask is not None:
        mask = jnp.broadcast_to(fitted(mask.astype(values.dtype), values), values.shape)
        count = jnp.sum(mask)
        weights = mask if weights is None else jnp.broadcast_to(fitted(weights, values), values.shape) * mask
    elif weights is not None:
        weights = jnp.broadcast_to(fitted(weights, values), values.shape)
    if weights is not None:
        values = values * weights
    if reduction in ("none", None):
        return values
    total = jnp.sum(values)
    if reduction == "sum":
        return total
    if reduction == "mean_with_sample_weight" and weights is not None:
        count = jnp.sum(weights)
    if mask is None and (weights is None or reduction != "mean_with_sample_weight"):
        return total / max(values.size, 1)
    return total / jnp.where(count == 0, jnp.ones((), count.dtype), count)


def answer(values: Any, kind: str, function: Any) -> Any:
    """What a user's function gave, unless it gave nothing."""
    if values is None:
        what = getattr(function, "__name__", None) or type(function).__name__
        raise DtypeError(f"The {kind} {what!r} returned None: it must return a value for each example. Is a `return` missing?")
    return values


class Loss:
    """Base of losses: a subclass gives `call(y_true, y_pred)`, which answers with values of shape [batch, ...].

    Args:
        name: for logs; the class in snake case by default.
        reduction: 'sum_over_batch_size' (the mean over all values), 'sum', 'mean', 'mean_with_sample_weight', 'none' or None.
        dtype: the type to compute in; `floatx()` by default, also under a mixed policy.
    """

    def __init__(self, name: str | None = None, reduction: str | None = "sum_over_batch_size", dtype: Any = None):
        self.name = name or auto_name(type(self).__name__)
        self.reduction = _checked_reduction(reduction)
        self._dtype = None if dtype is None else dtypes.as_policy(dtype).compute_dtype

    @property
    def dtype(self) -> str:
        return self._dtype or dtypes.floatx()

    def __call__(self, y_true: Any, y_pred: Any, sample_weight: Any = None) -> Tensor:
        """The reduced loss. Predictions may carry a `_keras_mask`: what is masked does not count."""
        mask, arrays = mask_of(y_pred), not isinstance(y_pred, Tensor)
        y_pred = _map_leaves(self._floating, y_pred)
        y_true = _map_leaves(self._label, y_true)
        values = answer(labelled(self.call, y_true, y_pred, self.dtype), "loss", getattr(self, "fn", self))
        own = mask_of(values)
        mask = own if mask is None else mask if own is None else ops.logical_and(mask, own)
        found = reduce_weighted(values, sample_weight, mask, self.reduction)
        return plainly(found) if arrays else found

    def call(self, y_true: Any, y_pred: Any) -> Any:
        raise NotImplementedError(f"{type(self).__name__} needs a method `call(y_true, y_pred)`.")

    def _floating(self, y_pred: Any) -> Tensor:
        return cast(y_pred, self.dtype)

    def _label(self, y_true: Any) -> Tensor:
        """Labels of whole numbers stay exact: class numbers beyond 2^24 have no float32."""
        y_true = as_tensor(y_true)
        return y_true if y_true.dtype.is_integer else cast(y_true, self.dtype)

    def get_config(self) -> dict[str, Any]:
        return {"name": self.name, "reduction": self.reduction}

    @classmethod
    def from_config(cls, config: dict[str, Any]) -> "Loss":
        return cls(**config)

    def __repr__(self) -> str:
        return f"<{type(self).__name__} name={self.name}>"


def labelled(function: Callable, y_true: Any, y_pred: Any, dtype: str, **arguments: Any) -> Any:
    """`function(y_true, y_pred)`. A TensorFlow program's own loss or metric may rely on whole labels (as Keras 2 gave them) or on floating
    ones (Keras 3): it gets them as they are, and as floats when it would mix them with predictions."""
    call = convert_if_tracing(function)
    try:
        return call(y_true, y_pred, **arguments)
    except DtypeError:
        floats = _map_leaves(lambda leaf: cast(leaf, dtype), y_true)
        if not manners.on or all(a is b for a, b in zip(_leaves(floats), _leaves(y_true), strict=True)):
            raise
    return call(floats, y_pred, **arguments)


def same_ranks(y_true: Any, y_pred: Any) -> tuple[Any, Any]:
    """What a function of labels and predictions is given: labels [batch] as [batch, 1] beside predictions of that shape, not broadcast."""
    return same_rank(y_true, y_pred) if isinstance(y_true, Tensor) and isinstance(y_pred, Tensor) else (y_true, y_pred)


def mask_of(tensor: Any) -> Any:
    """The mask a tensor carries: which of its steps are data."""
    return getattr(tensor, "_keras_mask", None)


def _is_leaf(value: Any) -> bool:
    return not isinstance(value, (dict, list, tuple)) or _is_numbers(value)


def _is_numbers(value: Any) -> bool:
    return isinstance(value, (list, tuple)) and not any(isinstance(each, (dict, Tensor)) or hasattr(each, "shape") for each in value)


def _map_leaves(function: Callable[[Any], Any], structure: Any) -> Any:
    return function(structure) if _is_leaf(structure) else jax.tree.map(function, structure, is_leaf=_is_leaf)


def _leaves(structure: Any) -> list[Any]:
    return jax.tree.leaves(structure, is_leaf=_is_leaf)


def _checked_reduction(reduction: Any) -> str | None:
    if reduction not in REDUCTIONS:
        raise ArgumentError(
            f"A loss's reduction is {', '.join(map(repr, REDUCTIONS[:-1]))} or None; received {reduction!r}."
            + (" What 'auto' did is 'sum_over_batch_size' now." if reduction == "auto" else "")
        )
    return reduction


class LossFunctionWrapper(Loss):
    """A function `fn(y_true, y_pred, **kwargs)` as a loss.

    Args:
        fn: gives values of shape [batch, ...].
        kwargs: further arguments of `fn`.
    """

    def __init__(
        self, fn: Callable[..., Any], reduction: str | None = "sum_over_batch_size", name: str | None = None, dtype: Any = None,
        **kwargs: Any,
    ):
        if not callable(fn):
            raise DtypeError(f"LossFunctionWrapper takes a function of (y_true, y_pred); received {fn!r}.")
        super().__init__(name or getattr(fn, "__name__", None), reduction, dtype)
        self.fn = fn
        self._arguments = kwargs

    def call(self, y_true: Any, y_pred: Any) -> Any:
        return convert_if_tracing(self.fn)(*same_ranks(y_true, y_pred), **self._arguments)

    def get_config(self) -> dict[str, Any]:
        return {**super().get_config(), "fn": registry.to_config(self.fn), **self._arguments}

    @classmethod
    def from_config(cls, config: dict[str, Any]) -> "LossFunctionWrapper":
        return cls(**{**config, "fn": get(config["fn"])})


class Formula(Loss):
    """Base of the library's own losses: `formula`, and the arguments of it that `__init__` takes.

    `arguments` are written into every configuration, `rare` ones only when they differ from the default (Keras leaves them out).
    """

    formula: Callable[..., Any]
    arguments: tuple[str, ...] = ()
    rare: dict[str, Any] = {}

    def _keep(self, **arguments: Any) -> None:
        self._arguments = arguments
        for name, value in arguments.items():
            setattr(self, name, value)

    def call(self, y_true: Any, y_pred: Any) -> Any:
        return type(self).formula(y_true, y_pred, **self._arguments)

    def get_config(self) -> dict[str, Any]:
        kept = {name: self._arguments[name] for name in self.arguments}
        rare = {name: self._arguments[name] for name, default in self.rare.items() if self._arguments[name] != default}
        return {**super().get_config(), **kept, **rare}


def get(identifier: Any) -> Any:
    """The loss that a name ('mse'), a config, a class or a function `(y_true, y_pred)` stands for; None stays None."""
    return registry.resolve("loss", identifier)


def as_loss(identifier: Any) -> Loss | None:
    """`get`, with a function made into a `Loss`."""
    found = get(identifier)
    if found is None or isinstance(found, Loss) or hasattr(found, "reduction"):
        return found
    return LossFunctionWrapper(found, name=getattr(found, "__name__", None))


def serialize(loss: Any) -> Any:
    """The name (of a function) or configuration that `deserialize` reads."""
    return registry.to_config(loss)


def deserialize(name: Any, custom_objects: dict[str, Any] | None = None) -> Any:
    """The loss that `serialize` described."""
    with registry.custom_object_scope(custom_objects or {}):
        return get(name)
