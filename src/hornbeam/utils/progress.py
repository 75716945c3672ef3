"""The progress bar of `fit`, for loops of your own."""

from collections.abc import Iterable
from typing import Any

import numpy as np

from hornbeam.training.progress import ProgressBar


class Progbar:
    """Shows how far a loop is: `Progbar(1000)`, then `update(step, [('loss', 0.4)])` after each step.

    Args:
        target: the number of steps, None when nobody knows.
        verbose: 0 nothing, 1 a live line, 2 one line at the end.
        width, interval, stateful_metrics, stateless_metrics, unit_name: accepted as Keras does; values are shown as they were last given.
    """

    def __init__(
        self, target: int | None, width: int = 20, verbose: int | str = 1, interval: float = 0.05, stateful_metrics: Any = None,
        stateless_metrics: Any = None, unit_name: str = "step",
    ):
        self.target, self.verbose = target, verbose
        self._values: dict[str, float] = {}
        self._done = 0
        self._bar = ProgressBar(target, verbose)

    def update(self, current: int, values: Iterable[tuple[str, Any]] | None = None, finalize: bool | None = None) -> None:
        """`current` steps are done. `finalize`: this is the last; by default, when `target` is reached."""
        self._done = current
        self._values.update((name, float(np.mean(np.asarray(value)))) for name, value in values or ())
        self._bar.update(current, self._values)
        if finalize or (finalize is None and self.target is not None and current >= self.target):
            self._bar.finish(self._values)

    def add(self, n: int, values: Iterable[tuple[str, Any]] | None = None) -> None:
        """`n` more steps are done."""
        self.update(self._done + n, values)
