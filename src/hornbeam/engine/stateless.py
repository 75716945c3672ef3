"""A block in which no Variable changes."""

from collections.abc import Iterable
from typing import Any

from hornbeam.engine.errors import DtypeError, StateError
from hornbeam.engine.pure import Scope
from hornbeam.engine.tensor import Tensor, as_tensor
from hornbeam.engine.variable import Variable


class StatelessScope:
    """Within the block, Variables have given values, and what is assigned to them is kept here rather than in them.

        with StatelessScope([(variable, value), ...]) as scope:
            outputs = model(x)
        new = scope.get_current_value(variable)

    Args:
        state_mapping: the variables and their values.
        collect_losses: whether what layers add to the loss is kept in `losses`.
        initialize_variables: accepted as Keras does; variables made here have values at once.
    """

    def __init__(
        self, state_mapping: Iterable[tuple[Variable, Any]] | None = None, collect_losses: bool = False, initialize_variables: bool = True
    ):
        values: dict[Variable, Tensor] = {}
        for variable, value in state_mapping or ():
            if not isinstance(variable, Variable):
                raise DtypeError(f"state_mapping of StatelessScope is pairs of a Variable and a value; received {variable!r}.")
            values[variable] = as_tensor(value)
        self._values = values
        self._scope: Scope | None = None
        self.collect_losses, self.initialize_variables = collect_losses, initialize_variables
        self.losses: list[Any] = []

    def __enter__(self) -> "StatelessScope":
        self._scope = Scope(self._values)
        self._scope.losses = self.losses if self.collect_losses else None
        self._scope.__enter__()
        return self

    def __exit__(self, *exc: Any) -> None:
        self._scope.__exit__(*exc)

    def get_current_value(self, variable: Variable) -> Tensor | None:
        """The variable's value at this point, or at the block's end; None when the block knows nothing of it."""
        if self._scope is None:
            raise StateError("StatelessScope has no values yet: use it in a `with` statement.")
        return self._scope.values.get(variable)

    def add_loss(self, loss: Any) -> None:
        self.losses.append(loss)

    def add_update(self, update: tuple[Variable, Any]) -> None:
        """Assign to a variable within the block: a pair of it and its value."""
        update[0].assign(update[1])


class SymbolicScope:
    """A block of symbolic computation. Tensors themselves tell whether they are symbolic, so there is nothing to do."""

    def __enter__(self) -> "SymbolicScope":
        return self

    def __exit__(self, *exc: Any) -> None:
        """Nothing was changed."""
