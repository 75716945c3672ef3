"""The hooks, and the list that calls them."""

import inspect
from collections.abc import Callable
from typing import Any

from hornbeam.engine.callers import check_init
from hornbeam.engine.errors import ArgumentError

Logs = dict[str, Any]


class Callback:
    """Derive from it and override the hooks you want.

    Attributes:
        model: the model that is trained, evaluated or asked; setting `model.stop_training = True` ends training.
        params: a dict with 'verbose', 'epochs' and 'steps' (None when unknown).

    `logs` are the loss and metrics so far, by name. Training runs as one program; a callback that overrides a hook of
    every batch makes that program run a step at a time, with the same numbers.

    `idle_hooks` are hooks of every batch that do nothing with the arguments the callback was made with; they alone do not make the
    loop stop at every batch. (A subclass's own hook of that name is another function, and does.)
    """

    idle_hooks: tuple[Callable, ...] = ()

    def __init_subclass__(cls, **kwargs: Any) -> None:
        super().__init_subclass__(**kwargs)
        check_init(cls)

    def __init__(self) -> None:
        self.params: Logs | None = None
        self._model: Any = None

    @property
    def model(self) -> Any:
        return getattr(self, "_model", None)  # a subclass may not have called __init__

    def set_model(self, model: Any) -> None:
        self._model = model

    def set_params(self, params: Logs) -> None:
        self.params = params

    def on_train_begin(self, logs: Logs | None = None) -> None:
        """Called when `fit` starts."""

    def on_train_end(self, logs: Logs | None = None) -> None:
        """Called when `fit` ends, with the last epoch's logs."""

    def on_epoch_begin(self, epoch: int, logs: Logs | None = None) -> None:
        """Called before an epoch (counted from 0)."""

    def on_epoch_end(self, epoch: int, logs: Logs | None = None) -> None:
        """Called after an epoch and its validation (names with `val_`)."""

    def on_batch_begin(self, batch: int, logs: Logs | None = None) -> None:
        """Another name for `on_train_batch_begin`."""

    def on_batch_end(self, batch: int, logs: Logs | None = None) -> None:
        """Another name for `on_train_batch_end`."""

    def on_train_batch_begin(self, batch: int, logs: Logs | None = None) -> None:
        """Called before each training step."""
        self.on_batch_begin(batch, logs)

    def on_train_batch_end(self, batch: int, logs: Logs | None = None) -> None:
        """Called after each training step."""
        self.on_batch_end(batch, logs)

    def on_test_begin(self, logs: Logs | None = None) -> None:
        """Called when `evaluate`, or validation in `fit`, starts."""

    def on_test_end(self, logs: Logs | None = None) -> None:
        """Called when `evaluate`, or validation in `fit`, ends."""

    def on_test_batch_begin(self, batch: int, logs: Logs | None = None) -> None:
        """Called before each step of evaluation."""

    def on_test_batch_end(self, batch: int, logs: Logs | None = None) -> None:
        """Called after each step of evaluation."""

    def on_predict_begin(self, logs: Logs | None = None) -> None:
        """Called when `predict` starts."""

    def on_predict_end(self, logs: Logs | None = None) -> None:
        """Called when `predict` ends."""

    def on_predict_batch_begin(self, batch: int, logs: Logs | None = None) -> None:
        """Called before each step of prediction."""

    def on_predict_batch_end(self, batch: int, logs: Logs | None = None) -> None:
        """Called after each step of prediction; `logs['outputs']` are the batch's."""


class CallbackList:
    """Several callbacks as one.

    Args:
        callbacks: a callback, or a list of them.
        add_history, add_progbar: add a `History` or a `ProgbarLogger` at the end, unless there is one.
        model, params: given to every callback; further keywords join `params`.

    Attributes:
        needs_train_batches (or `needs_batches`), needs_test_batches, needs_predict_batches: whether any callback
        overrides a hook
            of every batch, so that the loop must stop after each.
    """

    def __init__(
        self,
        callbacks: Any = None,
        add_history: bool = False,
        add_progbar: bool = False,
        model: Any = None,
        params: Logs | None = None,
        **more: Any,
    ):
        from hornbeam.training.callbacks.logs import History, ProgbarLogger

        self.callbacks: list[Any] = [_checked(each) for each in _flat(callbacks)]
        for wanted, kind in ((add_progbar, ProgbarLogger), (add_history, History)):
            if wanted and not any(isinstance(each, kind) for each in self.callbacks):
                self.callbacks.append(kind())
        self.model: Any = None
        self._calls: dict[str, list[Callable]] = {}
        if model is not None:
            self.set_model(model)
        self.set_params({**(params or {}), **more})

    def append(self, callback: Any) -> None:
        self.callbacks.append(_checked(callback))
        self._calls.clear()

    def set_model(self, model: Any) -> None:
        self.model = model
        for each in self.callbacks:
            each.set_model(model)

    def set_params(self, params: Logs) -> None:
        self.params = params
        for each in self.callbacks:
            each.set_params(params)

    def __iter__(self):
        return iter(self.callbacks)

    def __len__(self) -> int:
        return len(self.callbacks)

    @property
    def needs_train_batches(self) -> bool:
        hooks = ("on_train_batch_begin", "on_train_batch_end", "on_batch_begin", "on_batch_end")
        return any(_overrides(each, *hooks) for each in self.callbacks)

    needs_batches = needs_train_batches

    @property
    def needs_test_batches(self) -> bool:
        return any(_overrides(each, "on_test_batch_begin", "on_test_batch_end") for each in self.callbacks)

    @property
    def needs_predict_batches(self) -> bool:
        return any(_overrides(each, "on_predict_batch_begin", "on_predict_batch_end") for each in self.callbacks)

    def _call(self, hook: str, *args: Any) -> None:
        calls = self._calls.get(hook)
        if calls is None:
            calls = self._calls[hook] = [getattr(each, hook) for each in self.callbacks if hasattr(each, hook)]
        for call in calls:
            call(*args)

    def on_train_begin(self, logs: Logs | None = None) -> None:
        self._calls.clear()  # hooks may have been set on callbacks since the last run
        self._call("on_train_begin", logs or {})

    def on_train_end(self, logs: Logs | None = None) -> None:
        self._call("on_train_end", {} if logs is None else logs)

    def on_epoch_begin(self, epoch: int, logs: Logs | None = None) -> None:
        self._call("on_epoch_begin", epoch, {} if logs is None else logs)

    def on_epoch_end(self, epoch: int, logs: Logs | None = None) -> None:
        self._call("_before_epoch_end")
        self._call("on_epoch_end", epoch, {} if logs is None else logs)

    def on_train_batch_begin(self, batch: int, logs: Logs | None = None) -> None:
        self._call("on_train_batch_begin", batch, {} if logs is None else logs)

    def on_train_batch_end(self, batch: int, logs: Logs | None = None) -> None:
        self._call("on_train_batch_end", batch, {} if logs is None else logs)

    on_batch_begin, on_batch_end = on_train_batch_begin, on_train_batch_end

    def on_test_begin(self, logs: Logs | None = None) -> None:
        self._call("on_test_begin", {} if logs is None else logs)

    def on_test_end(self, logs: Logs | None = None) -> None:
        self._call("on_test_end", {} if logs is None else logs)

    def on_test_batch_begin(self, batch: int, logs: Logs | None = None) -> None:
        self._call("on_test_batch_begin", batch, {} if logs is None else logs)

    def on_test_batch_end(self, batch: int, logs: Logs | None = None) -> None:
        self._call("on_test_batch_end", batch, {} if logs is None else logs)

    def on_predict_begin(self, logs: Logs | None = None) -> None:
        self._call("on_predict_begin", {} if logs is None else logs)

    def on_predict_end(self, logs: Logs | None = None) -> None:
        self._call("on_predict_end", {} if logs is None else logs)

    def on_predict_batch_begin(self, batch: int, logs: Logs | None = None) -> None:
        self._call("on_predict_batch_begin", batch, {} if logs is None else logs)

    def on_predict_batch_end(self, batch: int, logs: Logs | None = None) -> None:
        self._call("on_predict_batch_end", batch, {} if logs is None else logs)

    # How far the loop is, told after every call of the program: no reason to run a step at a time.
    def on_train_progress(self, step: int, logs: Logs) -> None:
        self._call("on_train_progress", step, logs)

    def on_test_progress(self, step: int, logs: Logs) -> None:
        self._call("on_test_progress", step, logs)

    def on_predict_progress(self, step: int, logs: Logs) -> None:
        self._call("on_predict_progress", step, logs)


def _flat(callbacks: Any) -> list[Any]:
    if callbacks is None:
        return []
    if isinstance(callbacks, (list, tuple)):
        return [each for item in callbacks for each in _flat(item)]
    return [callbacks]


def _checked(callback: Any) -> Any:
    if inspect.isclass(callback):
        raise ArgumentError(f"`callbacks` holds the class {callback.__name__}; pass an instance: {callback.__name__}(...).")
    if not hasattr(callback, "set_model") or not hasattr(callback, "on_epoch_end"):
        hint = " To call a function, wrap it: LambdaCallback(on_epoch_end=...)." if callable(callback) else ""
        raise ArgumentError(f"`callbacks` holds a {type(callback).__name__}, which is no Callback.{hint}")
    return callback


def _overrides(callback: Any, *hooks: str) -> bool:
    """Whether a callback has a hook of its own, by its class or put on the object itself."""
    idle = getattr(callback, "idle_hooks", ())
    own = [hook for hook in hooks if getattr(type(callback), hook, None) not in (None, getattr(Callback, hook), *idle)]
    return bool(own) or any(hook in vars(callback) for hook in hooks)
