"""What every optimizer is: a learning rate, slots beside the variables, and one operation that advances them all.

A step is one pure function of all operands (variables, gradients, slots, scalars) run through the door as a whole: one
compiled call in eager code, part of the surrounding program inside `fit`.
"""

import inspect
import re
from collections.abc import Iterable, Sequence
from typing import Any

import jax
import numpy as np

from hornbeam import ops
from hornbeam.engine import dtypes, registry, sharding, waiting
from hornbeam.engine.callers import warn
from hornbeam.engine.conversion import convert_if_tracing
from hornbeam.engine.errors import ArgumentError, ConversionError, DtypeError, ShapeError, StateError, did_you_mean
from hornbeam.engine.naming import auto_name
from hornbeam.engine.pure import stateless
from hornbeam.engine.tensor import Tensor, as_tensor
from hornbeam.engine.variable import Variable
from hornbeam.optimizers import schedules
from hornbeam.optimizers.schedules import LearningRateSchedule
from hornbeam.optimizers.step import Plan, clip_gradients, field_of, spec_of, table_of
from hornbeam.optimizers.transformations import Scalars

_COMMON = ("weight_decay", "clipnorm", "global_clipnorm", "clipvalue", "ema_momentum")


class Optimizer:
    """Base of optimizers.

    Args:
        learning_rate: a number, a `LearningRateSchedule`, or a function without arguments.
        weight_decay: before each update, variables shrink by `weight_decay * learning_rate` of themselves.
        clipnorm, clipvalue, global_clipnorm: limit each gradient's norm, each element, or the norm of all together; at most one.
        use_ema: keep a moving average (of momentum `ema_momentum`) of each variable, which takes its place every
            `ema_overwrite_frequency` steps and when `finalize_variable_values` is called.
        loss_scale_factor: the loss is multiplied, and gradients divided, by it.
        gradient_accumulation_steps: update with the mean gradient of so many calls.
        name: the class in snake case by default.

    A subclass gives `transformation(scalars)`, an Optax `GradientTransformation` for one step, and says which of its state's
    fields are which slots; or, as in Keras, `build(variables)` and `update_step(gradient, variable, learning_rate)`.
    """

    hyperparameters: tuple[str, ...] = ()  # numeric arguments that may change without a recompilation
    slots: dict[str, str] = {}  # fields of the transformation's state -> Keras's names
    order: tuple[tuple[str, ...], ...] = ()  # slots in the order of `variables`; those in one group alternate by variable
    _table: Variable | None = None
    built = False

    def __init__(
        self,
        learning_rate: Any,
        weight_decay: float | None = None,
        clipnorm: float | None = None,
        clipvalue: float | None = None,
        global_clipnorm: float | None = None,
        use_ema: bool = False,
        ema_momentum: float = 0.99,
        ema_overwrite_frequency: int | None = None,
        loss_scale_factor: float | None = None,
        gradient_accumulation_steps: int | None = None,
        name: str | None = None,
        **kwargs: Any,
    ):
        if kwargs:
            unknown = next(iter(kwargs))
            allowed = {key for cls in type(self).__mro__[:-1] for key in _arguments(cls)}
            raise ArgumentError(f"{type(self).__name__} has no argument {unknown!r}. {did_you_mean(unknown, allowed)}")
        self.name = name or auto_name(type(self).__name__)
        given = {"clipnorm": clipnorm, "clipvalue": clipvalue, "global_clipnorm": global_clipnorm}
        given = {key: value for key, value in given.items() if value is not None}
        if len(given) > 1:
            raise ArgumentError(f"Of clipnorm, clipvalue and global_clipnorm at most one can be set; received {given}.")
        if use_ema and not 0 <= ema_momentum <= 1:
            raise ArgumentError(f"ema_momentum lies between 0 and 1; received {ema_momentum!r}.")
        if ema_overwrite_frequency is not None and use_ema and (
            not isinstance(ema_overwrite_frequency, int) or ema_overwrite_frequency < 1
        ):
            raise ArgumentError(f"ema_overwrite_frequency is a number of steps, 1 or more; received {ema_overwrite_frequency!r}.")
        if gradient_accumulation_steps is not None and not gradient_accumulation_steps >= 2:
            raise ArgumentError(f"gradient_accumulation_steps is 2 or more; received {gradient_accumulation_steps!r}.")
        self.weight_decay, self.clipnorm, self.clipvalue, self.global_clipnorm = weight_decay, clipnorm, clipvalue, global_clipnorm
        self.use_ema, self.ema_momentum, self.ema_overwrite_frequency = use_ema, ema_momentum, ema_overwrite_frequency
        self.loss_scale_factor, self.gradient_accumulation_steps = loss_scale_factor, gradient_accumulation_steps
        self._calls = self._variable(np.zeros((), np.int64), "iteration")
        self._rate: Any = None
        Optimizer.learning_rate.__set__(self, learning_rate)  # type: ignore[attr-defined] # a subclass's own may need what it makes later
        self._trainable_variables: list[Variable] = []
        self._places: dict[Variable, int] = {}
        self._averages: list[Variable] = []
        self._accumulators: list[Variable] = []
        self._slots: dict[str, list[Any]] = {}  # by name, one a variable (None where it needs none) or one for all
        self._added: list[Variable] = []
        self._spared: list[re.Pattern] = []
        self._spared_variables: set[Variable] = set()
        self._plans: dict[Any, Plan] = {}

    def _variable(self, value: Any, name: str) -> Variable:
        made = Variable(value, trainable=False, name=name, autocast=False)
        made.path = f"{self.name}/{name}"
        return made

    # Hyperparameters: plain numbers to the reader, a Variable to programs.
    def __setattr__(self, name: str, value: Any) -> None:
        if self._table is not None and name == "use_ema" and bool(value) != bool(self.use_ema):
            was = f"use_ema was {self.use_ema!r} when {self.name} was built"
            raise StateError(f"{was} and cannot become {value!r} now: make a new optimizer.")
        if self._table is not None and (name in _COMMON or name in self.hyperparameters):
            names, old = list(self._numbers()), getattr(self, name)
            object.__setattr__(self, name, value)
            if names != list(self._numbers()):
                object.__setattr__(self, name, old)
                raise StateError(
                    f"{name} was {old!r} when {self.name} was built and cannot become {value!r} now: make a new optimizer."
                )
            self._table.assign(table_of(self._numbers()))
        else:
            object.__setattr__(self, name, value)

    def _numbers(self) -> dict[str, float]:
        """The numbers a step reads, by name: those that are set."""
        wanted = [key for key in (*_COMMON, *self.hyperparameters) if getattr(self, key, None) is not None]
        if not self.use_ema:
            wanted.remove("ema_momentum")
        return {key: float(getattr(self, key)) for key in wanted if "clip" not in key or getattr(self, key) > 0}

    @property
    def learning_rate(self) -> Any:
        """The Variable that holds it; with a schedule, its present value."""
        return self._current_rate() if callable(self._rate) else self._rate

    @learning_rate.setter
    def learning_rate(self, value: Any) -> None:
        if isinstance(value, dict):
            value = schedules.deserialize(value)
        if isinstance(value, LearningRateSchedule) or (callable(value) and not hasattr(value, "__hornbeam_tensor__")):
            self._rate = value
            return
        if isinstance(value, (str, bytes)) or np.size(value) != 1:
            raise ArgumentError(f"learning_rate is a number, a LearningRateSchedule or a function; received {value!r}.")
        if isinstance(self._rate, Variable):
            self._rate.assign(ops.cast(value, self._rate.dtype))
        else:
            number = np.asarray(value).item()
            if number < 0:
                warn(f"{type(self).__name__}: the learning rate {number} is negative: steps will lead uphill. Give a positive one.")
            self._rate = self._variable(np.asarray(number, self._rate_dtype()), "learning_rate")

    def _current_rate(self) -> Tensor:
        if isinstance(self._rate, LearningRateSchedule):
            return ops.cast(self._scheduled(self._calls.__hornbeam_tensor__(raw=True)), "float32")  # calls, as in Keras
        return ops.cast(self._rate(), "float32") if callable(self._rate) else self._rate.__hornbeam_tensor__(raw=True)

    def _scheduled(self, step: Tensor) -> Any:
        """The schedule's rate. One that computes with the step as if it were a float is given it as one, as TensorFlow 2.0 to 2.10 did."""
        schedule = convert_if_tracing(self._rate)
        try:
            return schedule(step)
        except (DtypeError, ConversionError) as error:
            try:
                return schedule(ops.cast(step, "float32"))
            except (DtypeError, ConversionError):
                raise error from None

    @staticmethod
    def _rate_dtype() -> str:
        """What the learning rate is kept in: as exactly as the default type, and no less than float32."""
        return "float64" if dtypes.floatx() == "float64" else "float32"

    def _updates(self) -> Any:
        """How many updates have been made: calls, by the number of gradients each update gathers."""
        calls = self._calls.__hornbeam_tensor__(raw=True)
        return calls // self.gradient_accumulation_steps if self.gradient_accumulation_steps else calls

    @property
    def iterations(self) -> Any:
        """How many updates have been made."""
        return self._updates() if self.gradient_accumulation_steps else self._calls

    @iterations.setter
    def iterations(self, variable: Variable) -> None:
        if self.built:
            raise StateError(f"{self.name} has been built: assign to its `iterations` instead of replacing it.")
        self._calls = variable

    # State.
    @property
    def variables(self) -> list[Variable]:
        """All state in Keras's order: iteration, learning rate, averages, accumulators, slots."""
        rate = [self._rate] if isinstance(self._rate, Variable) else []
        slots = []
        for group in self.order or tuple((name,) for name in self._slots):
            columns = [self._slots[name] for name in group if name in self._slots]
            slots += [variable for row in zip(*columns, strict=True) for variable in row if variable is not None]
        return [self._calls, *rate, *self._averages, *self._accumulators, *slots, *self._added]

    def build(self, variables: Sequence[Variable]) -> None:
        """Make the slots for `variables`. Called by the first `apply`; a second call changes nothing."""
        if self.built:
            return
        self._table = self._variable(table_of(self._numbers()), "hyperparameters")
        self._take(variables)
        self.built = True
        waiting.settle()

    def grow(self, variables: Sequence[Variable]) -> None:
        """Make slots for those of `variables` that have none: one optimizer may train several models, as in Keras 2 before 2.11."""
        new = [variable for variable in dict.fromkeys(variables) if variable not in self._places]
        if new and self.built and type(self).transformation is not Optimizer.transformation:
            self._take(new)

    def _take(self, variables: Sequence[Variable]) -> None:
        start = len(self._trainable_variables)
        self._trainable_variables = [*self._trainable_variables, *variables]
        self._places |= {variable: start + i for i, variable in enumerate(variables)}
        if self.use_ema:
            self._averages += [self._slot(v, "average", v.__hornbeam_tensor__(raw=True)) for v in variables]
        if self.gradient_accumulation_steps:
            self._accumulators += [self._slot(v, "gradient_accumulator", _zeros(v)) for v in variables]
        if type(self).transformation is not Optimizer.transformation:
            self._build_slots(list(variables), start)

    def _build_slots(self, variables: list[Variable], start: int) -> None:
        specs = [spec_of(v) for v in variables]
        with jax.enable_x64(True):  # slots of 64-bit variables have 64 bits (tests/training/test_numerics_of_the_loop.py)
            state = jax.eval_shape(self._transformation_now(variables).init, specs)
        for path, spec in jax.tree.flatten_with_path(state)[0]:
            field, place = field_of(path)
            name = self.slots[field]
            if place is None:
                if name not in self._slots:
                    self._slots[name] = [self._variable(np.full(spec.shape, self._initial(name), spec.dtype), name)]
            else:
                column = self._slots.setdefault(name, [])
                column += [None] * (start + len(variables) - len(column))
                column[start + place] = self._slot(variables[place], name, self._initial_slot(name, spec, variables[place]))

    def _initial_slot(self, name: str, spec: Any, variable: Variable) -> Any:
        """The first value of a variable's slot."""
        return np.full(spec.shape, self._initial(name), spec.dtype)

    def _slot_at(self, leaf: int, path: Sequence[Any], places: tuple[int, ...]) -> Variable:
        """The slot that is the state's leaf number `leaf`, at `path`, when the variables at `places` are stepped."""
        field, place = field_of(path)
        return self._slots[self.slots[field]][0 if place is None else places[place]]

    def _initial(self, slot: str) -> float:
        """What a slot starts with."""
        return 0.0

    def _slot(self, owner: Variable, name: str, value: Any) -> Variable:
        made = self._variable(value, f"{owner.path.replace('/', '_')}_{name}")
        if made.shape == owner.shape:
            sharding.put(made, sharding.of(owner))
        return made

    def add_variable_from_reference(
        self, reference_variable: Variable, name: str | None = None, initializer: Any = "zeros"
    ) -> Variable:
        """A slot of the shape and type of a variable, for subclasses with an `update_step`."""
        from hornbeam import initializers

        value = initializers.get(initializer)(reference_variable.shape, reference_variable.spec.dtype)
        self._added.append(self._slot(reference_variable, name or "slot", value))
        return self._added[-1]

    def add_variable(
        self, shape: Any, initializer: Any = "zeros", dtype: Any = None, aggregation: Any = None, layout: Any = None,
        name: str | None = None,
    ) -> Variable:
        """A variable of the optimizer's own, for subclasses with an `update_step`. (`aggregation` and `layout` are Keras's.)"""
        from hornbeam import initializers

        value = initializers.get(initializer)(tuple(shape), dtype or "float32")
        self._added.append(self._variable(value, name or "variable"))
        return self._added[-1]

    def _get_variable_index(self, variable: Variable) -> int:
        """The place of a variable among those that are trained, for subclasses with an `update_step`."""
        return self._places[variable]

    def set_weights(self, weights: Sequence[Any]) -> None:
        """Give all `variables` new values, in their order."""
        if len(weights) != len(self.variables):
            raise ArgumentError(f"{self.name} has {len(self.variables)} variables; set_weights was given {len(weights)} values.")
        for variable, value in zip(self.variables, weights, strict=True):
            if tuple(np.shape(value)) != tuple(variable.shape):
                raise ShapeError(f"The variable '{variable.path}' {variable.shape} was given a value of shape {np.shape(value)}.")
            variable.assign(value)

    def add_optimizer_variables(
        self, trainable_variables: Sequence[Variable], name: str, initializer: Any = "zeros"
    ) -> list[Variable]:
        """A slot for each variable."""
        return [self.add_variable_from_reference(v, name, initializer) for v in trainable_variables]

    # The step.
    def transformation(self, scalars: Scalars) -> Any:
        """The Optax transformation of one step, whose numbers are `scalars` (traced)."""
        raise NotImplementedError(f"{type(self).__name__} needs a method `transformation(scalars)` or `update_step`.")

    def update_step(self, gradient: Tensor, variable: Variable, learning_rate: Tensor) -> None:
        """Assign one variable and its slots, from its gradient. For subclasses without a `transformation`."""
        raise NotImplementedError(f"{type(self).__name__} needs a method `update_step(gradient, variable, learning_rate)`.")

    def _transformation_now(self, variables: Sequence[Variable]) -> Any:
        """The transformation of these variables at its present numbers, for its `init`."""
        numbers = self._numbers()
        return self.transformation(Scalars(list(numbers), table_of(numbers), np.float32(0), np.float32(1), variables))

    def apply_gradients(self, grads_and_vars: Iterable[tuple[Any, Variable]], name: str | None = None, **kwargs: Any) -> Variable:
        """Make one step from pairs (gradient, variable); answers with `iterations`."""
        pairs = list(grads_and_vars)
        if not pairs:  # as TensorFlow lets pass when a model's weights are not made yet
            warn("apply_gradients was given no gradients at all, so nothing changes: does the model have its trainable variables already?")
            return self.iterations
        gradients, variables = zip(*pairs, strict=True)
        self.apply(gradients, variables)
        return self.iterations

    def apply(self, grads: Sequence[Any], trainable_variables: Sequence[Variable] | None = None) -> None:
        """Make one step.

        Args:
            grads: a gradient (or None) for each variable.
            trainable_variables: the variables, among those the optimizer was built with; all of them by default.

        Raises:
            ArgumentError: no gradient at all, or a variable unknown to the optimizer.
        """
        if trainable_variables is None:
            if not self.built:
                raise StateError(f"{self.name} has not been built: call `build(variables)`, or pass the variables to `apply`.")
            trainable_variables = self._trainable_variables
        variables = list(trainable_variables)
        if len(grads) != len(variables):
            raise ArgumentError(f"{self.name} was given {len(grads)} gradients for {len(variables)} variables.")
        if not self.built:  # a subclass's own `build` may make its slots anew each time
            self.build(variables)
        self.grow(variables)
        gradients, variables = self._present(grads, variables)
        if self.loss_scale_factor is not None:
            gradients = [g / self.loss_scale_factor for g in gradients]
        rate = self._current_rate()
        if type(self).transformation is Optimizer.transformation:
            self._apply_by_variable(gradients, variables, rate)
        else:
            self._apply_at_once(gradients, variables, rate)
        for variable in variables:
            if variable.constraint is not None:
                variable.assign(variable.constraint(variable.__hornbeam_tensor__(raw=True)))

    def _present(self, grads: Sequence[Any], variables: list[Variable]) -> tuple[list[Tensor], list[Variable]]:
        """The gradients there are, and their variables."""
        absent = [v.path for g, v in zip(grads, variables, strict=True) if g is None]
        if len(absent) == len(variables):
            raise ArgumentError(
                f"No gradient was given for any variable ({', '.join(absent[:5])}{', ...' if len(absent) > 5 else ''}): "
                "the loss does not depend on them. Is it computed from the model's output, inside the tape?"
            )
        if absent:
            warn(
                f"There are no gradients for the variables {absent}: the loss does not depend on them. They stay as they are.")
        unknown = [v.path for v in variables if v not in self._places]
        if unknown:
            raise ArgumentError(
                f"{self.name} was built with other variables and does not know {unknown}. Make a new optimizer for a new model, "
                "or call `build` with all variables first."
            )
        kept = [(as_tensor(g), v) for g, v in zip(grads, variables, strict=True) if g is not None]
        for gradient, variable in kept:
            if gradient.shape != variable.shape:
                raise ShapeError(f"The gradient for '{variable.path}' {variable.shape} has shape {gradient.shape}.")
            if variable.overwrite_with_gradient:
                variable.assign(gradient)
        kept = [(g, v) for g, v in kept if not v.overwrite_with_gradient]
        return [g for g, _ in kept], [v for _, v in kept]

    def _apply_at_once(self, gradients: list[Tensor], variables: list[Variable], rate: Tensor) -> None:
        places = tuple(self._places[v] for v in variables)
        plan = self._plans.get(places)
        if plan is None:
            plan = self._plans[places] = Plan(self, places)
        plan(gradients, rate)

    def _decays(self, variable: Variable) -> bool:
        return variable not in self._spared_variables and not any(p.search(variable.path) for p in self._spared)

    def _apply_by_variable(self, gradients: list[Tensor], variables: list[Variable], rate: Tensor) -> None:
        """A step of a subclass that has an `update_step`: the same order of things as `step.Plan`, in operations on Variables."""
        every, first = self.gradient_accumulation_steps, self._updates() == 0
        if not every:
            self._update_each(gradients, variables, rate)
        else:
            sums = [self._accumulators[self._places[v]] for v in variables]
            for total, gradient in zip(sums, gradients, strict=True):
                total.assign_add(gradient)

            def update() -> None:
                self._update_each([total / every for total in sums], variables, rate)
                for total in sums:
                    total.assign(ops.zeros_like(total))

            ops.cond(ops.equal((self._calls + 1) % every, 0), update, lambda: None)
        if self.use_ema:
            self._average_each(variables, first)
        self._calls.assign_add(1)

    def _update_each(self, gradients: list[Tensor], variables: list[Variable], rate: Tensor) -> None:
        numbers = self._numbers()
        gradients = list(clip_gradients([self._table, *gradients], tuple(numbers)))
        rates = (rate,)[: len(inspect.signature(self.update_step).parameters) - 2]  # TensorFlow 2.11 to 2.15 gave none
        for gradient, variable in zip(gradients, variables, strict=True):
            if "weight_decay" in numbers and self._decays(variable):
                variable.assign_sub(variable * (self.weight_decay * rate))
            self.update_step(gradient, variable, *rates)

    def _average_each(self, variables: list[Variable], first: Tensor) -> None:
        rest = ops.where(first, 1.0, 1.0 - self.ema_momentum)
        every = self.ema_overwrite_frequency
        due = ops.equal((self._updates() + 1) % every, 0) if every else None
        for variable in variables:
            average = self._averages[self._places[variable]]
            average.assign_add((variable - average) * ops.cast(rest, variable.dtype))
            if due is not None:
                variable.assign(ops.where(due, average, variable))

    def stateless_apply(self, optimizer_variables: Sequence[Any], grads: Sequence[Any], trainable_variables: Sequence[Any]) -> Any:
        """One step as a function of values: nothing is assigned.

        Args:
            optimizer_variables: values for `variables`; grads: gradients; trainable_variables: values for the variables that the
                optimizer was built with.

        Returns:
            `(new values of the trainable variables, new values of the optimizer's variables)`.
        """
        if not self.built:
            raise StateError(f"{self.name} has not been built: call `build(variables)` before `stateless_apply`.")
        own, trainable = self.variables, self._trainable_variables
        if len(own) != len(optimizer_variables) or len(trainable) != len(trainable_variables):
            raise ArgumentError(
                f"{self.name} has {len(own)} variables and was built with {len(trainable)}; stateless_apply was given values for "
                f"{len(optimizer_variables)} and {len(trainable_variables)}."
            )
        values = [*trainable_variables, *optimizer_variables]
        _, new = stateless(lambda: self.apply(grads, trainable), [*trainable, *own], values)
        return new[: len(trainable)], new[len(trainable) :]

    # Around the step.
    def scale_loss(self, loss: Any) -> Any:
        """The loss to differentiate: times `loss_scale_factor`, when there is one."""
        return loss if self.loss_scale_factor is None else loss * self.loss_scale_factor

    def finalize_variable_values(self, var_list: Sequence[Variable]) -> None:
        """Put the moving averages in the variables' places (at the end of training)."""
        if self.use_ema:
            for variable in var_list:
                if variable in self._places:
                    variable.assign(self._averages[self._places[variable]].__hornbeam_tensor__(raw=True))

    def exclude_from_weight_decay(self, var_list: Any = None, var_names: Sequence[str] | None = None) -> None:
        """Spare variables from weight decay: those in `var_list`, and those in whose path a pattern of `var_names` is found."""
        if self.built:
            raise StateError("exclude_from_weight_decay must be called before the optimizer is built (before the first step).")
        self._spared_variables = set(var_list or ())
        self._spared = [re.compile(name) for name in var_names or ()]

    def assign(self, variable: Variable, value: Any) -> None:
        variable.assign(value)

    def assign_add(self, variable: Variable, value: Any) -> None:
        variable.assign_add(value)

    def assign_sub(self, variable: Variable, value: Any) -> None:
        variable.assign_sub(value)

    def save_own_variables(self, store: Any) -> None:
        """Write the state into a mapping, numbered in the order of `variables`."""
        for i, variable in enumerate(self.variables):
            store[str(i)] = variable.numpy()

    def load_own_variables(self, store: Any) -> None:
        """Read what `save_own_variables` wrote."""
        if len(store) != len(self.variables):
            raise StateError(
                f"{self.name} has {len(self.variables)} variables; the stored state has {len(store)}. "
                "Build it with the model's trainable variables first."
            )
        for i, variable in enumerate(self.variables):
            variable.assign(np.asarray(store[str(i)]).astype(variable.dtype.numpy))

    def get_config(self) -> dict[str, Any]:
        if isinstance(self._rate, LearningRateSchedule):
            rate: Any = schedules.serialize(self._rate)
        elif isinstance(self._rate, Variable):
            rate = float(self._rate.numpy())
        else:
            rate = registry.to_config(self._rate)
        return {
            "name": self.name,
            "learning_rate": rate,
            "weight_decay": self.weight_decay,
            "clipnorm": self.clipnorm,
            "global_clipnorm": self.global_clipnorm,
            "clipvalue": self.clipvalue,
            "use_ema": self.use_ema,
            "ema_momentum": self.ema_momentum,
            "ema_overwrite_frequency": self.ema_overwrite_frequency,
            "loss_scale_factor": self.loss_scale_factor,
            "gradient_accumulation_steps": self.gradient_accumulation_steps,
            **{name: getattr(self, name) for name in self._config_arguments()},
        }

    def _config_arguments(self) -> Sequence[str]:
        """The further arguments a configuration holds, in Keras's order."""
        return self.hyperparameters

    @classmethod
    def from_config(cls, config: dict[str, Any], custom_objects: dict[str, Any] | None = None) -> "Optimizer":
        with registry.custom_object_scope(custom_objects or {}):
            rate = config.get("learning_rate")
            return cls(**{**config, "learning_rate": schedules.deserialize(rate)} if isinstance(rate, dict) else config)

    def __repr__(self) -> str:
        return f"<{type(self).__name__} name={self.name}>"

    def __getstate__(self) -> dict[str, Any]:
        return {**self.__dict__, "_plans": {}}  # compiled steps are made anew


def _zeros(variable: Variable) -> np.ndarray:
    return np.zeros(tuple(variable.shape), variable._numpy_dtype)


def _arguments(cls: type) -> Sequence[str]:
    parameters = inspect.signature(cls).parameters.values()
    return [p.name for p in parameters if p.kind is p.POSITIONAL_OR_KEYWORD]
