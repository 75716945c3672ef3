"""Looking at the moving average of the weights along the way."""

from typing import Any

from hornbeam.engine.errors import ArgumentError
from hornbeam.training.callbacks.base import Callback, Logs


class SwapEMAWeights(Callback):
    """Evaluates with the moving averages that an optimizer with `use_ema=True` keeps of the weights (Polyak & Juditsky 1992).

    The averages take the weights' place when an evaluation begins, and the weights come back when it ends.

    Args:
        swap_on_epoch: the averages are also there from the end of an epoch to the beginning of the next, for callbacks
            after this one, such as ModelCheckpoint.

    Raises: ArgumentError, for an optimizer that keeps no averages or has not made a step.
    """

    def __init__(self, swap_on_epoch: bool = False):
        super().__init__()
        self.swap_on_epoch = swap_on_epoch
        self._trained: list[Any] = []  # the weights' own values while averages are in their place

    def _averages(self) -> None:
        optimizer = getattr(self.model, "optimizer", None)
        inner = getattr(optimizer, "inner_optimizer", optimizer)
        if not getattr(inner, "use_ema", False) or not inner.built:
            what = "has not made a step" if getattr(inner, "use_ema", False) else "keeps none: make it with use_ema=True"
            raise ArgumentError(f"SwapEMAWeights puts an optimizer's averages in the weights' place; this model's {what}.")
        if self._trained:
            return  # an evaluation while the averages are there for other callbacks
        self._trained = [(variable, variable.__hornbeam_tensor__(raw=True)) for variable in self.model.trainable_variables]
        optimizer.finalize_variable_values([variable for variable, _ in self._trained])

    def _restore(self) -> None:
        for variable, value in self._trained:
            variable.assign(value)
        self._trained = []

    def on_epoch_begin(self, epoch: int, logs: Logs | None = None) -> None:
        if self.swap_on_epoch:
            self._restore()

    def on_test_begin(self, logs: Logs | None = None) -> None:
        self._averages()

    def on_test_end(self, logs: Logs | None = None) -> None:
        self._restore()

    def on_predict_begin(self, logs: Logs | None = None) -> None:
        self._averages()

    def on_predict_end(self, logs: Logs | None = None) -> None:
        self._restore()

    def on_epoch_end(self, epoch: int, logs: Logs | None = None) -> None:
        if self.swap_on_epoch:
            self._averages()

    def on_train_end(self, logs: Logs | None = None) -> None:
        self._trained = []  # the averages stay: fit itself puts them in the weights' place at its end
