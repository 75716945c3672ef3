"""`keras.experimental.WideDeepModel` (Cheng et al. 2016): a linear model beside a deep one."""

from typing import Any

from hornbeam import activations
from hornbeam.engine import GradientTape
from hornbeam.engine.registry import register
from hornbeam.models import Model
from hornbeam.optimizers import get as optimizer_of


@register("layer")
class WideDeepModel(Model):
    """`activation(linear_model(x) + dnn_model(x))`; inputs are x for both, or a pair (for the linear one, for the deep one).

    `compile(optimizer=[of the linear model, of the deep one])` gives each its own; one optimizer is for both.
    """

    today = "a functional model: layers.Add()([linear, deep])"

    def __init__(self, linear_model: Any, dnn_model: Any, activation: Any = None, **kwargs: Any):
        super().__init__(**kwargs)
        self.linear_model, self.dnn_model, self.activation = linear_model, dnn_model, activations.get(activation)
        self._dnn_optimizer: Any = None

    def compile(self, optimizer: Any = "rmsprop", *args: Any, **kwargs: Any) -> None:
        if isinstance(optimizer, (list, tuple)):
            optimizer, self._dnn_optimizer = optimizer[0], optimizer_of(optimizer[1])
        super().compile(optimizer, *args, **kwargs)

    def call(self, inputs: Any, training: bool | None = None) -> Any:
        wide, deep = inputs if isinstance(inputs, (list, tuple)) and len(inputs) == 2 else (inputs, inputs)
        one, other = self.linear_model(wide), self.dnn_model(deep, training=training)
        return self.activation(one + other)

    def train_step(self, data: Any) -> Any:
        if self._dnn_optimizer is None:
            return super().train_step(data)
        x, y, weight = (*data, None)[:3]
        with GradientTape() as tape:
            predicted = self(x, training=True)
            loss = self.compute_loss(x, y, predicted, weight)
        parts = self.linear_model.trainable_variables, self.dnn_model.trainable_variables
        for optimizer, own, found in zip((self.optimizer, self._dnn_optimizer), parts, tape.gradient(loss, parts), strict=True):
            optimizer.apply_gradients(zip(found, own, strict=True))
        self._loss_tracker.update_state(loss)
        return self.compute_metrics(x, y, predicted, weight)
