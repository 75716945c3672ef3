"""The programs of a trainer: its steps, compiled for each kind and form of batch, kept from call to call."""

import inspect
import itertools
import threading
import traceback
import weakref
from collections.abc import Callable
from typing import Any

import jax
import numpy as np

from hornbeam.engine import options, ordering, sharding
from hornbeam.engine.callers import warn
from hornbeam.engine.conversion import convert_if_tracing
from hornbeam.engine.errors import UntraceableError
from hornbeam.engine.function import functions_run_eagerly
from hornbeam.engine.gradients import EVERYTHING
from hornbeam.engine.pure import Scope, to_tensors, to_values
from hornbeam.engine.tensor import as_tensor, wrap
from hornbeam.ops.composite.padded import InexactRows
from hornbeam.training.batches import pack_x_y_sample_weight
from hornbeam.training.program import BatchProgram, Program

METHODS = {"fit": "train_step", "evaluate": "test_step", "predict": "predict_step"}


class Now(threading.local):
    """What is true of the step under way on this thread."""

    eager = False  # it runs as plain Python
    results_later = False  # it leaves the metrics' results to the end of the chunk


class State:
    """What a trainer keeps between calls: its programs, and where in the data it is."""

    def __init__(self, model: Any):
        self.model = model
        self.programs: dict[Any, Program] = {}
        self.feeds: weakref.WeakValueDictionary[str, Any] = weakref.WeakValueDictionary()  # where batches come from, by the kind of step
        self.batch_programs: dict[tuple[str, bool, int], BatchProgram] = {}
        self.position = [0, 0]  # the epoch, and how many of its steps are done
        self.feed_seed = 0
        self.warned_nan = False
        self.untraceable: set[str] = set()  # the kinds of steps that were found to be impossible to compile
        self.inexact = 0  # how often a step wanted ragged rows without further columns and was given some
        self.outputs: Any = None  # what the model gives, as symbolic tensors, once known
        self.met = ""  # the form of the data that the model, optimizer and metrics were built for
        self.exact = False  # a run that is resumed must have the bits of one that is not: how programs are compiled follows no history
        self.now = Now()
        self.goes_on = self.went_on = False  # whether the metrics of the batch under way add to the last one's, and whether that one's did

    def begin_batch(self) -> None:
        """Start the metrics anew, but for a batch after another of those that add up (Keras 2's reset_metrics=False)."""
        if not (self.goes_on and self.went_on):
            self.model.reset_metrics()
        self.went_on, self.goes_on = self.goes_on, False

    def be_exact(self) -> None:
        """Compile all programs alike from now on, those too that were compiled in a hurry before."""
        self.exact = True
        self.programs = {key: program for key, program in self.programs.items() if not program.hurried}

    def runs_eagerly(self, kind: str) -> bool:
        """Whether steps of a kind run as plain Python."""
        return self.model.run_eagerly or functions_run_eagerly() or kind in self.untraceable

    def takes_from(self, kind: str, feed: Any) -> None:
        """Note where the batches of a kind of step come from."""
        self.feeds[kind] = feed
        if self.inexact:
            feed.exact_rows = True

    def advance(self, steps: int) -> None:
        self.position[1] = steps

    def variables(self) -> list[Any]:
        """Every Variable that training is known to use."""
        model = self.model
        found = list(model.variables)
        if model.compiled:
            found += [v for metric in model.metrics for v in metric.variables]
            if model.optimizer is not None:
                found += model.optimizer.variables
        return found

    def program(self, kind: str, batch_size: int | None, data: Any, order: Any = None) -> Program:
        """The loop over `train_step` or `test_step` for batches of a size and form, in an order or as the data lies.

        `batch_size` None: each row of the data is a whole batch, whose arrays have sizes of their own.
        """
        key = self._key(kind, batch_size, data, order)
        found = self.programs.get(key)
        if found is None:
            model = self.model
            later = model._is_standard(METHODS[kind], "compute_metrics")
            step = self._step(kind, later)
            keys = ordering.order(data)
            whole = lambda batch: step(ordering.in_order(keys, batch if batch_size else jax.tree.map(lambda rows: rows[0], batch)))
            found = Program(whole, self.variables(), batch_size or 1, finish=model.get_metrics_result if later else None, name=kind)
            if not self.exact and sum(known[:3] == key[:3] for known in self.programs) >= options.SHAPES:
                found.hurried = options.CALLS
            self.programs[key] = found
        return found

    def knows(self, kind: str, batch_size: int, data: Any) -> bool:
        """Whether there is a program for such batches, so that the model is built and has met them."""
        return self._key(kind, batch_size, data, None) in self.programs

    def roomy(self, kind: str, batch_size: int, data: Any) -> int | None:
        """The rows of a program for data like this, but more of it: filled up to as many, this data needs no program of its own."""
        count = len(jax.tree.leaves(data)[0])
        wanted = self._key(kind, batch_size, data, None)
        for known in self.programs:
            rows = known[3][0][0][0] if known[:2] == wanted[:2] else 0
            if count < rows <= 2 * count:
                longer = tuple(((rows, *shape[1:]), dtype) for shape, dtype in wanted[3])
                if known == (*wanted[:3], longer, *wanted[4:]):
                    return rows
        return None

    def _key(self, kind: str, batch_size: int | None, data: Any, order: Any) -> tuple:
        """What a program depends on: the form of the data, and what of the model may be changed between two fits."""
        leaves, tree = jax.tree.flatten((data, order))
        optimizer = self.model.optimizer
        trained = tuple(map(id, self.model.trainable_variables)) if kind == "fit" else ()
        changes = id(optimizer), id(getattr(optimizer, "_rate", None)), trained
        return kind, batch_size, tree, tuple((a.shape, a.dtype) for a in leaves), (*changes, self._lone(kind), id(sharding.distribution()))

    def _step(self, kind: str, later: bool) -> Callable[[tuple], Any]:
        return lambda batch: self._call(kind, batch, later=later)

    def _call(self, kind: str, batch: tuple, eager: bool = False, later: bool = False) -> Any:
        """The model's own method on a batch. One that is inputs alone comes as they are, unless the data has it in a tuple, as in Keras."""
        outside = self.now.eager, self.now.results_later
        self.now.eager, self.now.results_later = eager, later
        try:
            alone = len(batch) == 1 and not self._lone(kind)
            method, data = getattr(self.model, METHODS[kind]), pack_x_y_sample_weight(batch[0]) if alone else batch
            if _takes_state(method):
                return _with_state(self.model, kind, method, data)
            return convert_if_tracing(method)(data)
        finally:
            self.now.eager, self.now.results_later = outside
            self.model._clear_losses()

    def _lone(self, kind: str) -> bool:
        return kind in self.feeds and self.feeds[kind].lone

    def eager_step(self, kind: str, batch: tuple) -> Any:
        """Run a step as plain Python, on a batch of Tensors."""
        return self._call(kind, batch, eager=True)

    def fall_back(self, kind: str, error: UntraceableError) -> None:
        """A step that cannot be compiled runs in Python from now on; say so once, and where. Rows that were too long come exact next."""
        if isinstance(error, InexactRows) and kind in self.feeds and self.inexact < 20:  # some may be on their way
            self.inexact += 1
            self.feeds[kind].exact_rows = True
            return
        self.untraceable.add(kind)
        if kind == "fit" or "fit" not in self.untraceable:
            warn(
                f"This model's {METHODS[kind]} runs in Python, one batch a call, because it cannot be compiled: {_where(error)}{error}")

    def note_strings(self, kind: str, x: Any) -> None:
        """Inputs that are still strings reach code that no program can hold."""
        if kind not in self.untraceable and any(getattr(leaf, "dtype", None) == np.dtype(object) for leaf in jax.tree.leaves(x)):
            self.fall_back(kind, UntraceableError(
                "its inputs hold strings. Let the layers that take them be the first of a functional or Sequential model, "
                "or apply them to the data first."
            ))  # fmt: skip

    def predict(self, batch: tuple) -> Any:
        """The outputs for a batch of arrays, as arrays."""
        self.note_strings("predict", batch)
        if not self.runs_eagerly("predict"):
            try:
                return self.batch_program("predict")(batch)
            except UntraceableError as error:
                self.fall_back("predict", error)
        return to_values(self.eager_step("predict", to_tensors(batch)))

    def batch_program(self, kind: str) -> BatchProgram:
        key = kind, self._lone(kind), id(sharding.distribution())
        found = self.batch_programs.get(key)
        if found is None:
            found = self.batch_programs[key] = BatchProgram(lambda batch: self._call(kind, batch), self.model.variables, kind)
        return found


def _takes_state(method: Callable[..., Any]) -> bool:
    """Whether a step is one for Keras's JAX backend, `train_step(self, state, data)`, which takes and returns every value."""
    try:
        return list(inspect.signature(method).parameters)[:2] == ["state", "data"]
    except (TypeError, ValueError):  # a callable that does not tell its arguments
        return False


def _with_state(model: Any, kind: str, method: Callable[..., Any], data: Any) -> Any:
    """Run a step that takes and returns every value as one that reads and assigns Variables."""
    groups = [model.trainable_variables, model.non_trainable_variables]
    groups += [model.optimizer.variables] if kind == "fit" else []
    groups += [[v for metric in model.metrics for v in metric.variables]] if kind != "predict" else []
    read = lambda v: v.__hornbeam_tensor__(raw=True)._value
    with Scope({}) as scope:
        scope.plain, scope.lifted = True, EVERYTHING  # what is not given is the outer scope's to lift
        logs, state = method(tuple([read(v) for v in group] for group in groups), to_values(data))
    if kind == "predict" and len(state) == len(groups[1]) != 2:
        state = groups[0], state  # it may return the values that predicting changes, alone
    for variable, value in zip(itertools.chain(*groups), itertools.chain(*state), strict=True):
        if value is not variable:
            variable.assign(wrap(value) if isinstance(value, jax.Array) else value)
    return logs if kind == "predict" else {name: as_tensor(value) for name, value in logs.items()}


def _where(error: BaseException) -> str:
    """The user's own line in an error's traceback."""
    for frame in reversed(traceback.extract_tb(error.__traceback__)):
        path = frame.filename.replace("\\", "/")
        if "/hornbeam/" not in path and "/site-packages/" not in path and not path.startswith("<"):
            return f'line {frame.lineno} of "{frame.filename}" ({frame.line}). '
    return ""
