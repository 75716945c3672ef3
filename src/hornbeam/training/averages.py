"""tf.train.ExponentialMovingAverage: moving averages of Variables, beside them."""

from collections.abc import Sequence
from typing import Any

import numpy as np

from hornbeam.engine.variable import Variable


class ExponentialMovingAverage:
    """Keeps `average = decay * average + (1 - decay) * value` for Variables.

    Args:
        decay: near 1; with `num_updates` it is at most (1 + num_updates) / (10 + num_updates).
        zero_debias: begin from 0 and divide by what the weights add up to.
    """

    def __init__(self, decay: float, num_updates: Any = None, zero_debias: bool = False, name: str = "ExponentialMovingAverage"):
        self.decay, self.num_updates, self.zero_debias, self.name = decay, num_updates, zero_debias, name
        self._averages: dict[Variable, Variable] = {}
        self._counts: dict[Variable, Variable] = {}

    def apply(self, var_list: Sequence[Variable]) -> None:
        """Bring the averages up to date; the first call makes them, with the present values."""
        decay: Any = self.decay
        if self.num_updates is not None:
            updates = float(np.asarray(self.num_updates))
            decay = min(decay, (1 + updates) / (10 + updates))
        for variable in var_list:
            value = variable.__hornbeam_tensor__(raw=True)
            if variable not in self._averages:
                start = value * 0 if self.zero_debias else value
                self._averages[variable] = Variable(start, trainable=False, name=f"{variable.path}/{self.name}")
                self._counts[variable] = Variable(np.zeros((), np.float32), trainable=False)
            average = self._averages[variable]
            average.assign(average * decay + value * (1 - decay))
            self._counts[variable].assign_add(1.0)

    def average(self, var: Variable) -> Any:
        """The average of a Variable (a Variable; a tensor with `zero_debias`), or None."""
        average = self._averages.get(var)
        if average is None or not self.zero_debias:
            return average
        return average / (1 - self.decay ** self._counts[var])

    def average_name(self, var: Variable) -> str:
        return f"{var.path}/{self.name}"

    def variables_to_restore(self, moving_avg_variables: Sequence[Variable] | None = None) -> dict[str, Variable]:
        """What a program that uses the averages in place of the values restores, by name."""
        return {self.average_name(variable): variable for variable in moving_avg_variables or self._averages}
