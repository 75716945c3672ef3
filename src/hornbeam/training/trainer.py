"""What `compile`, `fit`, `evaluate` and `predict` do. `Model` derives from `Trainer`."""

import math
from collections.abc import Callable
from typing import Any

import jax
import numpy as np

from hornbeam import ops
from hornbeam import optimizers as optimizers_module
from hornbeam.engine import GradientTape, as_tensor, dtypes, graph, registry, rng
from hornbeam.engine.callers import checked, ours, warn
from hornbeam.engine.errors import ArgumentError, DataError, HornbeamError, StateError, UntraceableError
from hornbeam.engine.gradients import value_and_gradients
from hornbeam.engine.ordering import mapped
from hornbeam.engine.pure import local, plainly, to_tensors
from hornbeam.engine.tensor import Tensor
from hornbeam.engine.threads import within
from hornbeam.layers.layer import Layer
from hornbeam.metrics import Mean, Metric
from hornbeam.training import checks
from hornbeam.training.batches import batch_size, joined, unpack_x_y_sample_weight, validates
from hornbeam.training.batches import validation_feed as make_validation_feed
from hornbeam.training.callbacks import CallbackList
from hornbeam.training.compiled import CompiledLoss, CompiledMetrics, outputs_by_name
from hornbeam.training.feed import make_feed, split_validation
from hornbeam.training.loop import Loop, host_logs, present, shield
from hornbeam.training.program import UNTRACEABLE
from hornbeam.training.steps import State
from hornbeam.training.tutor import advise, watch


class Trainer(Layer):
    """A layer with the five steps; `Model` derives from it.

    A subclass may write its own `train_step(data)`, `test_step(data)` or `predict_step(data)`; they run in the same compiled loop.
    """

    takes_ragged = True

    stop_training = False
    optimizer: Any = None
    history: Any = None
    run_eagerly = False
    compiled = False

    # Compile.
    @checked
    def compile(
        self,
        optimizer: Any = "rmsprop",
        loss: Any = None,
        loss_weights: Any = None,
        metrics: Any = None,
        weighted_metrics: Any = None,
        run_eagerly: bool = False,
        steps_per_execution: int = 1,
        jit_compile: Any = "auto",
        auto_scale_loss: bool = True,
    ) -> None:
        """Choose the optimizer, the loss and the metrics.

        Args:
            optimizer: a name, an `Optimizer`, or any Optax transformation.
            loss: a name, a `Loss`, a function of (y_true, y_pred), or a list or dict of them by output.
            loss_weights: a number for each output.
            metrics: names, `Metric`s or functions; for several outputs a list of lists or a dict. 'accuracy' is the one that
                fits the shapes.
            weighted_metrics: metrics that take sample weights.
            run_eagerly: run each step as plain Python, for debugging.
            steps_per_execution, jit_compile: accepted as Keras does; the whole loop is one program in any case.
            auto_scale_loss: scale the loss under the policy 'mixed_float16', whose gradients would underflow.
        """
        self.optimizer = optimizers_module.get(optimizer)
        half = getattr(getattr(self, "dtype_policy", None), "name", None) == "mixed_float16"
        if auto_scale_loss and half and not isinstance(self.optimizer, optimizers_module.LossScaleOptimizer):
            self.optimizer = optimizers_module.LossScaleOptimizer(self.optimizer, name="loss_scale_optimizer")
        weights = loss_weights.values() if isinstance(loss_weights, dict) else loss_weights
        weights = weights if isinstance(loss_weights, (dict, list, tuple)) else ()
        if isinstance(loss_weights, str) or not all(each is None or isinstance(each, (int, float, np.number)) for each in weights):
            raise ArgumentError(
                f"`loss_weights`, the third argument of compile, is a number for each output; received {loss_weights!r}. "
                "Metrics are given by name: compile(optimizer, loss, metrics=[...])."
            )
        self._compiled_loss = None if loss is None else CompiledLoss(loss, loss_weights)
        self._compiled_metrics = CompiledMetrics(metrics, weighted_metrics)
        self._loss_tracker = Mean(name="loss")
        self.loss = getattr(self, "loss", None) if loss is None else loss  # a model may have made a loss of its own
        self.loss_weights = loss_weights
        self.run_eagerly, self.steps_per_execution, self.jit_compile = bool(run_eagerly), steps_per_execution, jit_compile
        self._compile_arguments = {
            "optimizer": optimizer, "loss": loss, "loss_weights": loss_weights, "metrics": metrics,
            "weighted_metrics": weighted_metrics, "run_eagerly": run_eagerly, "steps_per_execution": steps_per_execution,
            "jit_compile": jit_compile,
        }
        self.stop_training = False
        self.compiled = True
        self._forget_programs()

    def _preparation(self) -> Any:
        """How feeds prepare data for this model (`models.host_prefix`); None when they need not."""
        return None

    def _forget_programs(self) -> None:
        """Programs are compiled anew after anything that changes what a step is."""
        self._trainer = State(self)

    def compile_from_config(self, config: dict[str, Any]) -> None:
        """Compile with what `get_compile_config` gave."""
        config = dict(config)
        for kind in ("optimizer", "loss", "metrics", "weighted_metrics"):
            if kind in config:
                config[kind] = _from_config({"metrics": "metric", "weighted_metrics": "metric"}.get(kind, kind), config[kind])
        self.compile(**config)
        if self.built and self.trainable_variables:
            self.optimizer.build(self.trainable_variables)

    def get_compile_config(self) -> dict[str, Any] | None:
        """The arguments of `compile` as plain data."""
        if not self.compiled:
            return None
        config = dict(self._compile_arguments)
        config["optimizer"] = self.optimizer
        return {name: _to_config(value) for name, value in config.items()}

    def _require_compiled(self, method: str) -> None:
        if not self.compiled:
            raise StateError(f"Call model.compile(optimizer=..., loss=...) before model.{method}(...).")

    # One step.
    def train_step(self, data: Any) -> dict[str, Tensor]:
        """One step of training on a batch `(x, y, sample_weight)`; gives the logs. Override for an algorithm of your own."""
        x, y, sample_weight = unpack_x_y_sample_weight(data)

        def forward() -> tuple[Tensor, Any]:
            with within(local, values={} if self._closes_over_graph() else None, outputs=()):
                y_pred = self(x, training=True)
                loss = self.compute_loss(x=x, y=y, y_pred=y_pred, sample_weight=sample_weight, training=True)
                known = local.values
            self._loss_tracker.update_state(loss, sample_weight=batch_size(x))
            masks = [getattr(t, "_keras_mask", None) for t in graph.tensors_in(y_pred)]
            loss = ops.sum(loss) if loss.ndim else loss  # of reduction='none': told as a mean, minimised as a sum, as in Keras
            return self.optimizer.scale_loss(loss) if self.optimizer is not None else loss, (y_pred, masks, known)

        if self._trainer.now.eager:
            with GradientTape() as tape:
                loss, (y_pred, masks, known) = forward()
            variables = self.trainable_variables  # some may have been made by the call
            gradients = tape.gradient(loss, variables)
        else:
            variables = self.trainable_variables
            _, (y_pred, masks, known), gradients = value_and_gradients(forward, variables)
        if variables:
            self.optimizer.apply_gradients(zip(gradients, variables, strict=True))
        for tensor, mask in zip(graph.tensors_in(y_pred), masks, strict=True):
            if mask is not None:
                tensor._keras_mask = mask
        with within(local, values=known):
            return self.compute_metrics(x, y, y_pred, sample_weight)

    def test_step(self, data: Any) -> dict[str, Tensor]:
        """One step of evaluation on a batch; gives the logs."""
        x, y, sample_weight = unpack_x_y_sample_weight(data)
        with within(local, values={} if self._closes_over_graph() else None, outputs=()):
            y_pred = self(x, training=False)
            loss = self.compute_loss(x=x, y=y, y_pred=y_pred, sample_weight=sample_weight, training=False)
            self._loss_tracker.update_state(loss, sample_weight=batch_size(x))
            return self.compute_metrics(x, y, y_pred, sample_weight)

    def _closes_over_graph(self) -> bool:
        """Whether a loss or metric may hold symbolic tensors of the model's graph, as functions of Keras 2's graph mode did."""
        functions = jax.tree.leaves([self._compile_arguments[name] for name in ("loss", "metrics", "weighted_metrics")])
        return any(callable(each) and not ours(each) for each in functions)

    def predict_step(self, data: Any) -> Any:
        """The outputs for a batch."""
        x, _, _ = unpack_x_y_sample_weight(data)
        return self(x, training=False)

    def compute_loss(
        self, x: Any = None, y: Any = None, y_pred: Any = None, sample_weight: Any = None, training: bool = True
    ) -> Tensor:
        """The loss of `compile`, plus what layers added (regularizers, `add_loss`). Override for a loss of your own."""
        total = None
        if self._compiled_loss is not None:
            if y is None and not isinstance(y_pred, dict):
                raise DataError("The model has a loss, so it needs targets: give y to fit, or batches (x, y).")
            total = self._compiled_loss(y, y_pred, sample_weight, self._output_names())
        for loss in self.losses:
            loss = as_tensor(loss)
            loss = ops.sum(loss) if loss.ndim else loss  # as in Keras: one for each example is added up
            total = loss if total is None else total + loss
        if total is None:
            raise ArgumentError("There is no loss to minimise: give one to compile(loss=...), or call add_loss in the model.")
        return plainly(total)

    def compute_metrics(self, x: Any, y: Any, y_pred: Any, sample_weight: Any = None) -> dict[str, Tensor]:
        """Update the metrics of `compile` and give their results."""
        if y is not None:
            self._compiled_metrics.update(y, y_pred, sample_weight, self._output_names())
        return {} if self._trainer.now.results_later else self.get_metrics_result()

    def get_metrics_result(self) -> dict[str, Tensor]:
        """The present value of each metric, by the name that logs use."""
        results = {"loss": self._loss_tracker.result()}
        if self._compiled_loss is not None:
            results |= {f"{name}_loss": tracker.result() for name, tracker in self._compiled_loss.trackers.items()}
        results |= self._compiled_metrics.results()
        for metric in self._layer_metrics():
            value = metric.result()
            results |= value if isinstance(value, dict) else {metric.name: value}
        return results

    @property
    def metrics(self) -> list[Metric]:
        """The loss tracker, those of single outputs, those of `compile`, and those that layers hold."""
        found: list[Metric] = []
        if self.compiled:
            found = [self._loss_tracker]
            if self._compiled_loss is not None:
                found += self._compiled_loss.trackers.values()
            found += self._compiled_metrics.metrics
        return found + [m for m in self._layer_metrics() if not any(m is known for known in found)]

    @property
    def metrics_names(self) -> list[str]:
        names = ["loss"]
        if self._compiled_loss is not None:
            names += [f"{name}_loss" for name in self._compiled_loss.trackers]
        return names + [key for _, key, _, _ in self._compiled_metrics.entries]

    def reset_metrics(self) -> None:
        """Set every metric back to its start."""
        for metric in self.metrics:
            metric.reset_state()

    # Fit.
    @checked
    def fit(
        self,
        x: Any = None,
        y: Any = None,
        batch_size: int | None = None,
        epochs: int = 1,
        verbose: Any = "auto",
        callbacks: Any = None,
        validation_split: float = 0.0,
        validation_data: Any = None,
        shuffle: Any = True,
        class_weight: dict[int, float] | None = None,
        sample_weight: Any = None,
        initial_epoch: int = 0,
        steps_per_epoch: int | None = None,
        validation_steps: int | None = None,
        validation_batch_size: int | None = None,
        validation_freq: Any = 1,
    ) -> Any:
        """Train for some epochs; gives a `History` whose `history` holds each epoch's logs.

        Args:
            x: inputs: arrays, nested structures of them, DataFrames, a generator, a `PyDataset`, a DataLoader, or any iterable of batches.
            y: targets, when x is arrays.
            batch_size: examples a step, 32 by default.
            epochs: passes over the data, counted from 0, so `initial_epoch=3, epochs=5` runs two.
            verbose: 0 silent, 1 a progress bar, 2 a line an epoch, 'auto' 1.
            callbacks: objects whose hooks are called along the way.
            validation_split: the share of the data, taken from its end, to validate on.
            validation_data: `(x, y)`, `(x, y, sample_weight)` or any data x may be.
            shuffle: draw a new order each epoch. class_weight: a weight for each label. sample_weight: one for each example.
            steps_per_epoch, validation_steps: end an epoch after so many batches. validation_freq: validate every so many epochs.

        Raises:
            DataError, ShapeError: data that cannot be used. ArgumentError: arguments that do not go together.
            KeyboardInterrupt: on Ctrl-C, with the weights of the last finished step.
        """
        self._require_compiled("fit")
        epochs = checks.limited_epochs(checks.whole_number("epochs", epochs, minimum=0))
        initial_epoch = checks.whole_number("initial_epoch", initial_epoch, minimum=0)
        validates(0, validation_freq)
        state = self._trainer
        state.feed_seed = rng.make_seed()
        validation_feed, prepare = None, self._preparation()
        if validation_split:
            if validation_data is not None:
                raise ArgumentError("Give fit either validation_split or validation_data, not both.")
            strings = prepare is not None and prepare.strings
            (x, y, sample_weight), validation_data = split_validation(x, y, sample_weight, validation_split, strings)
        feed = make_feed(
            x, y, sample_weight, batch_size=batch_size, steps=steps_per_epoch, shuffle=shuffle, class_weight=class_weight,
            seed=state.feed_seed, name="x", prepare=prepare, paired=self._is_standard("train_step"),
        )
        if validation_data is not None:
            validation_feed = make_validation_feed(validation_data, validation_batch_size or batch_size, validation_steps, prepare)
        callbacks = self._callbacks(
            callbacks, add_history=True, verbose=verbose, epochs=epochs, steps=feed.steps, initial_epoch=initial_epoch
        )
        self.stop_training = False
        state.position = [initial_epoch, 0]
        loop = Loop(
            state, "fit", feed, callbacks.needs_batches,
            progress=lambda step, logs: self._after_train(callbacks, step, logs),
            before_step=lambda step: callbacks.on_train_batch_begin(step, {}),
            stopped=lambda: self.stop_training,
        )
        evaluation = None
        logs: dict[str, Any] = {}
        with shield.installed():
            self._build_for(feed)
            advise(self, feed.arrays, split=bool(validation_split))
            losses: list[float] = []
            callbacks.on_train_begin()
            if validation_feed is not None:
                loop.next = evaluation = self._evaluation(validation_feed, callbacks, "validation_data")
            feed.seed, feed.first_epoch = state.feed_seed, initial_epoch  # a resumed run goes on with the order of the one that was cut off
            while state.position[0] < epochs and not self.stop_training:
                epoch, start = state.position
                if not start:
                    self.reset_metrics()
                feed.begin_epoch()
                callbacks.on_epoch_begin(epoch, {})
                logs = dict(loop.epoch(epoch, start))
                self._warn_nan(logs)
                losses.append(logs.get("loss", math.nan))
                watch(self, losses)
                feed.end_epoch()
                if validation_feed is not None and validates(epoch, validation_freq) and not (self.stop_training and not logs):
                    found = self._evaluate(evaluation, callbacks)
                    logs |= {f"val_{name}": value for name, value in found.items()}
                state.position = [epoch + 1, 0]
                logs = dict(sorted(logs.items()))
                callbacks.on_epoch_end(epoch, logs)
            if self.optimizer is not None:
                self.optimizer.finalize_variable_values(self.trainable_variables)
            callbacks.on_train_end(logs)
        return self.history

    def _after_train(self, callbacks: CallbackList, step: int, logs: dict[str, Any]) -> None:
        if callbacks.needs_batches:
            callbacks.on_train_batch_end(step - 1, logs)
        callbacks.on_train_progress(step, logs)

    def _callbacks(self, callbacks: Any, add_history: bool, verbose: Any, **params: Any) -> CallbackList:
        if isinstance(callbacks, CallbackList):
            return callbacks
        if verbose == "auto":
            verbose = 1
        if verbose not in (0, 1, 2, True, False):
            raise ArgumentError(f"verbose is 0 (silent), 1 (a progress bar), 2 (a line an epoch) or 'auto'; received {verbose!r}.")
        return CallbackList(
            callbacks, model=self, add_history=add_history, add_progbar=bool(verbose), verbose=int(verbose), **params
        )

    def _build_for(self, feed: Any, name: str = "x", trains: bool = True) -> None:
        """Make what a step needs before the first trace: weights, the metrics' states, and to train the optimizer's slots."""
        batch = checks.example(feed)
        if batch is None:
            return
        x, y, _ = unpack_x_y_sample_weight(present(batch))
        for kind in ("fit", "evaluate"):
            self._trainer.note_strings(kind, x)
        if y is None and self._compiled_loss is not None and self._is_standard("train_step", "test_step", "compute_loss"):
            raise DataError(f"The model was compiled with a loss, but `{name}` comes without targets: give {_WITH_TARGETS[name]}.")
        form = jax.tree.flatten(jax.tree.map(lambda a: (a.shape[1:], str(a.dtype)), (x, y)))
        optimizer = self.optimizer if trains else None
        if self.built and self._trainer.met == str(form) and (optimizer is None or optimizer.built):
            self._check_data(feed, y)
            return
        known = getattr(self, "inputs", None)
        rows = known[0].shape[0] if known else None  # a fixed batch size, which stateful layers need
        tensors = to_tensors(x)
        try:
            of_one = [t.shape[0] for t in graph.tensors_in(tensors) if t.ndim and feed.arrays is None][:1]  # a stream's first batch
            y_pred = self._outputs_for(tensors, rows, feed.batch_size or (of_one or [None])[0])
        except NotImplementedError:
            return  # a model whose `call` is not there trains through its own train_step
        except (*UNTRACEABLE, UntraceableError):
            return  # the loop meets it again, and falls back
        except Exception:
            if self._is_standard("train_step"):
                raise
            return  # its own train_step may call it in another way
        if optimizer is not None:
            optimizer.build(self.trainable_variables)
            optimizer.grow(self.trainable_variables)
        if y is not None and self._is_standard("train_step", "compute_loss"):
            self._trainer.outputs = y_pred
        self._check_data(feed, y)
        if y is not None:
            predictions = outputs_by_name(y_pred, self._output_names())
            targets = outputs_by_name(to_tensors(y), list(predictions))
            if self._compiled_loss is not None and self._compiled_loss.names is None:
                self._compiled_loss.build(predictions, targets)
            if not self._compiled_metrics.built:
                self._compiled_metrics.build(targets, predictions)
        self._trainer.met = str(form)

    def _check_data(self, feed: Any, y: Any) -> None:
        """Inputs against the model's embeddings, and targets against its outputs, as far as those are known."""
        if feed.arrays is not None:
            checks.embedded(self, feed.arrays[0])
        if y is not None and self._trainer.outputs is not None and self._is_standard("train_step", "compute_loss"):
            checks.labels(self, feed.arrays[1] if feed.arrays is not None else y, self._trainer.outputs)

    def _outputs_for(self, tensors: Any, rows: int | None, batch: int | None) -> Any:
        """The model's outputs as symbolic tensors, for batches of any size, or, where its code relies on the size, of that one."""
        symbols = lambda rows: graph.map_tensors(lambda t: graph.symbolic((rows, *t.shape[1:]), t.dtype), tensors)
        try:
            return self(symbols(rows))
        except HornbeamError:
            if rows is not None or batch is None or getattr(self, "inputs", None):
                raise
            return self(symbols(batch))

    def _warn_nan(self, logs: dict[str, Any]) -> None:
        loss = logs.get("loss")
        if isinstance(loss, float) and not math.isfinite(loss) and not self._trainer.warned_nan:
            self._trainer.warned_nan = True
            warn(
                f"The loss is {loss}: training has diverged. Lower the learning rate, scale the inputs and targets to about 1, "
                "or clip gradients (optimizer argument clipnorm=1.0).")

    # Evaluate.
    @checked
    def evaluate(
        self,
        x: Any = None,
        y: Any = None,
        batch_size: int | None = None,
        verbose: Any = "auto",
        sample_weight: Any = None,
        steps: int | None = None,
        callbacks: Any = None,
        return_dict: bool = False,
    ) -> Any:
        """The loss and the metrics on data; arguments as in `fit`.

        Returns the loss, or a list `[loss, metric, ...]` in the order of `metrics_names`, or with `return_dict` a dict.
        """
        self._require_compiled("evaluate")
        prepare = self._preparation()
        feed = make_feed(x, y, sample_weight, batch_size=batch_size, steps=steps, shuffle=False, name="x", prepare=prepare)
        callbacks = self._callbacks(callbacks, add_history=False, verbose=verbose, epochs=1, steps=feed.steps)
        with shield.installed():
            logs = self._evaluate(self._evaluation(feed, callbacks), callbacks)
        return logs if return_dict else self._in_order(logs)

    def _evaluation(self, feed: Any, callbacks: CallbackList, name: str = "x") -> Loop:
        self._build_for(feed, name, trains=False)

        def progress(step: int, logs: dict[str, Any]) -> None:
            if callbacks.needs_test_batches:
                callbacks.on_test_batch_end(step - 1, logs)
            callbacks.on_test_progress(step, logs)

        return Loop(
            self._trainer, "evaluate", feed, callbacks.needs_test_batches, progress,
            before_step=lambda step: callbacks.on_test_batch_begin(step, {}),
        )

    def _evaluate(self, loop: Loop, callbacks: CallbackList) -> dict[str, Any]:
        callbacks.on_test_begin()
        self.reset_metrics()
        loop.feed.begin_epoch()
        position = list(self._trainer.position)
        logs = loop.epoch(0)
        self._trainer.position = position
        loop.feed.end_epoch()
        callbacks.on_test_end(logs)
        return dict(logs)

    def _in_order(self, logs: dict[str, Any]) -> Any:
        names = [name for name in dict.fromkeys([*self.metrics_names, *(metric.name for metric in self.metrics)]) if name in logs]
        values = [logs[name] for name in names] + [value for name, value in logs.items() if name not in names]
        return values[0] if len(values) == 1 else values

    # Predict.
    @checked
    def predict(
        self, x: Any, batch_size: int | None = None, verbose: Any = "auto", steps: int | None = None, callbacks: Any = None
    ) -> Any:
        """The outputs for data, as NumPy arrays in the structure of the model's outputs."""
        state = self._trainer_state()
        numbers = type(x) is np.ndarray and x.dtype.kind in "fiub" and x.ndim > 0
        if numbers and not callbacks and not verbose and 0 < len(x) <= (batch_size or 32):
            if x.dtype == np.float64:
                x = x.astype(dtypes.floatx())
            elif x.dtype.kind != "f":
                checks.embedded(self, x)
            return mapped(np.array, state.predict((x,)))  # one small batch: nothing to count
        feed = make_feed(
            x, None, None, batch_size=batch_size, steps=steps, shuffle=False, name="x", prepare=self._preparation()
        )
        state.takes_from("predict", feed)
        callbacks = self._callbacks(callbacks, add_history=False, verbose=verbose, epochs=1, steps=feed.steps)
        outputs: list[Any] = []
        with shield.installed():
            feed.begin_epoch()
            callbacks.on_predict_begin()
            for i, batch in enumerate(feed.batches(0)):
                checks.embedded(self, batch[0])
                callbacks.on_predict_batch_begin(i, {})
                outputs.append(mapped(np.asarray, state.predict(present(batch))))
                callbacks.on_predict_batch_end(i, {"outputs": outputs[-1]})
                callbacks.on_predict_progress(i + 1, {})
            callbacks.on_predict_end({})
        if not outputs:
            raise DataError("predict received no data.")
        return joined(outputs)

    # One batch.
    @checked
    def train_on_batch(
        self, x: Any, y: Any = None, sample_weight: Any = None, class_weight: Any = None, return_dict: bool = False
    ) -> Any:
        """One step of training on one batch; gives its loss and metrics."""
        return self._on_batch("fit", x, y, sample_weight, class_weight, return_dict)

    @checked
    def test_on_batch(self, x: Any, y: Any = None, sample_weight: Any = None, return_dict: bool = False) -> Any:
        """The loss and metrics on one batch."""
        return self._on_batch("evaluate", x, y, sample_weight, None, return_dict)

    @checked
    def predict_on_batch(self, x: Any) -> Any:
        """The outputs for one batch, as NumPy arrays."""
        if not isinstance(x, np.ndarray) or x.dtype.kind not in "fiub" or x.dtype == np.float64:
            x = make_feed(x, None, None, batch_size=2**31 - 1, shuffle=False, name="x", prepare=self._preparation()).peek()[0]
        return mapped(np.array, self._trainer_state().predict((x,)))

    def _on_batch(self, kind: str, x: Any, y: Any, sample_weight: Any, class_weight: Any, return_dict: bool) -> Any:
        self._require_compiled(f"{'train' if kind == 'fit' else 'test'}_on_batch")
        prepare = self._preparation()
        feed = make_feed(
            x, y, sample_weight, batch_size=2**31 - 1, shuffle=False, class_weight=class_weight, name="x", prepare=prepare
        )
        state, data = self._trainer, present(feed.peek())
        state.note_strings(kind, data)
        if not state.knows(kind, feed.count, data):
            self._build_for(feed, trains=kind == "fit")
        elif len(data) > 1 and state.outputs is not None:
            checks.labels(self, data[1], state.outputs)
        state.begin_batch()
        logs: dict[str, Any] | None = None
        if not state.runs_eagerly(kind):
            try:
                with shield:
                    logs = host_logs(state.program(kind, feed.count, data)(data, None, 0, 1))
            except UntraceableError as error:
                state.fall_back(kind, error)
        if logs is None:
            logs = host_logs(state.eager_step(kind, to_tensors(data)))
        return logs if return_dict else self._in_order(logs)

    # Functions as Keras names them.
    def make_train_function(self, force: bool = False) -> Callable:
        """A function of an iterator of batches that runs one step of training."""
        self._require_compiled("make_train_function")
        return lambda iterator: self._on_batch("fit", *unpack_x_y_sample_weight(next(iterator)), None, True)

    def make_test_function(self, force: bool = False) -> Callable:
        self._require_compiled("make_test_function")
        return lambda iterator: self._on_batch("evaluate", *unpack_x_y_sample_weight(next(iterator)), None, True)

    def make_predict_function(self, force: bool = False) -> Callable:
        return lambda iterator: self.predict_on_batch(next(iterator))

    def _trainer_state(self) -> "State":
        if self.__dict__.get("_trainer") is None:
            self._forget_programs()
        return self._trainer

    def _output_names(self) -> list[str]:
        return ["output"]

    def _is_standard(self, *methods: str) -> bool:
        """Whether this model has these methods from here, not from a subclass or put on the object."""
        return all(getattr(getattr(self, name), "__func__", None) is getattr(Trainer, name) for name in methods)


_WITH_TARGETS = {"x": "y too, or batches (x, y)", "validation_data": "(x, y)"}


def _to_config(value: Any) -> Any:
    if isinstance(value, (list, tuple)):
        return [_to_config(each) for each in value]
    if isinstance(value, dict):
        return {name: _to_config(each) for name, each in value.items()}
    return registry.to_config(value)


def _from_config(kind: str, config: Any) -> Any:
    if isinstance(config, list):
        return [_from_config(kind, each) for each in config]
    if isinstance(config, dict) and "class_name" not in config:
        return {name: _from_config(kind, each) for name, each in config.items()}
    if isinstance(config, dict):
        return registry.from_config(kind, config)
    return config
