"""Knowledge distillation (Hinton et al. 2015): a small model learns from labels and from what a trained one gives."""

from collections.abc import Sequence
from typing import Any

import jax

from hornbeam import losses, ops
from hornbeam.engine import graph, registry
from hornbeam.engine.errors import ArgumentError
from hornbeam.engine.tensor import Tensor, is_tensor
from hornbeam.metrics import Mean
from hornbeam.models import Model


class DistillationLoss:
    """Base: `compute_loss(teacher_outputs, student_outputs)` gives how far the student is from the teacher."""

    def compute_loss(self, teacher_outputs: Any, student_outputs: Any, **kwargs: Any) -> Tensor:
        raise NotImplementedError(f"{type(self).__name__} defines no `compute_loss`.")

    def validate_outputs(self, teacher_outputs: Any, student_outputs: Any) -> None:
        """Raise where the two cannot be compared."""
        if (one := len(_leaves(teacher_outputs))) != (other := len(_leaves(student_outputs))):
            raise ArgumentError(f"{type(self).__name__}: the teacher has {one} outputs, the student {other}.")

    def validate_model_compatibility(self, teacher: Model, student: Model) -> None:
        """Raise where two models do not go together with this loss."""

    def get_config(self) -> dict[str, Any]:
        return {}

    @classmethod
    def from_config(cls, config: dict[str, Any]) -> "DistillationLoss":
        return cls(**config)


def _leaves(tree: Any) -> list[Any]:
    return jax.tree.leaves(tree, is_leaf=lambda each: each is None or is_tensor(each) or callable(each))


class _Compared(DistillationLoss):
    """By a loss, or one (or None) for each output."""

    def __init__(self, loss: Any):
        self.loss = jax.tree.map(losses.get, loss, is_leaf=lambda each: each is None)
        if not any(each is not None for each in _leaves(self.loss)):
            raise ArgumentError(f"{type(self).__name__}: at least one loss is given; received {loss!r}.")

    def _total(self, teacher: Any, student: Any) -> Tensor:
        self.validate_outputs(teacher, student)
        teacher, student, found = _leaves(teacher), _leaves(student), _leaves(self.loss)
        if len(found) != len(teacher) and len(found) != 1:
            raise ArgumentError(f"{type(self).__name__} has {len(found)} losses for {len(teacher)} outputs.")
        found = found * len(teacher) if len(found) == 1 else found
        parts = [ops.mean(each(t, s)) for each, t, s in zip(found, teacher, student, strict=True) if each is not None]
        return ops.sum(ops.stack(parts)) if len(parts) > 1 else parts[0]

    def get_config(self) -> dict[str, Any]:
        return {"loss": jax.tree.map(registry.to_config, self.loss, is_leaf=lambda each: each is None)}


@registry.register("loss")
class LogitsDistillation(_Compared):
    """Compares the models' outputs, divided by a temperature.

    Args:
        temperature: a positive number. loss: a loss, or one (or None) for each output.
    """

    def __init__(self, temperature: float = 3.0, loss: Any = "kl_divergence"):
        if not temperature > 0:
            raise ArgumentError(f"LogitsDistillation: `temperature` is a positive number; received {temperature!r}.")
        super().__init__(loss)
        self.temperature = temperature

    def compute_loss(self, teacher_outputs: Any, student_outputs: Any, **kwargs: Any) -> Tensor:
        cooled = (graph.map_tensors(lambda t: ops.divide(t, self.temperature), each) for each in (teacher_outputs, student_outputs))
        return self._total(*cooled)

    def get_config(self) -> dict[str, Any]:
        return {"temperature": self.temperature, **super().get_config()}


@registry.register("loss")
class FeatureDistillation(_Compared):
    """Compares what two layers inside the models give; None: the models' outputs.

    Args:
        loss: a loss, or one (or None) for each output. teacher_layer_name, student_layer_name: the layers.
    """

    def __init__(self, loss: Any = "mse", teacher_layer_name: str | None = None, student_layer_name: str | None = None):
        super().__init__(loss)
        self.teacher_layer_name, self.student_layer_name = teacher_layer_name, student_layer_name

    def compute_loss(self, teacher_outputs: Any, student_outputs: Any, **kwargs: Any) -> Tensor:
        return self._total(teacher_outputs, student_outputs)

    def validate_model_compatibility(self, teacher: Model, student: Model) -> None:
        for model, name in ((teacher, self.teacher_layer_name), (student, self.student_layer_name)):
            if name is not None:
                if not getattr(model, "inputs", None):
                    raise ArgumentError(f"FeatureDistillation reads inside functional and Sequential models; '{model.name}' is neither.")
                model.get_layer(name)

    def get_config(self) -> dict[str, Any]:
        return {**super().get_config(), "teacher_layer_name": self.teacher_layer_name, "student_layer_name": self.student_layer_name}


@registry.register("layer")
class Distiller(Model):
    """Trains a student on labels and on what a teacher, which stays as it is, gives; it predicts what the student predicts.

    Args:
        teacher, student: models for the same inputs.
        distillation_losses: one or several. distillation_loss_weights: a number for each, 1 by default.
        student_loss_weight: the share of the loss by labels, from 0 to 1; the others share the rest.

    Metrics: besides those of `compile`, student_loss, distillation_loss and total_loss.
    """

    def __init__(
        self, teacher: Model, student: Model, distillation_losses: Any, distillation_loss_weights: Sequence[float] | None = None,
        student_loss_weight: float = 0.5, name: str = "distiller", **kwargs: Any,
    ):  # fmt: skip
        super().__init__(name=name, **kwargs)
        for role, model in (("teacher", teacher), ("student", student)):
            if not isinstance(model, Model):
                raise ArgumentError(f"Distiller: `{role}` is a Model; received {model!r}, a {type(model).__name__}.")
        self.distillation_losses = list(distillation_losses) if isinstance(distillation_losses, (list, tuple)) else [distillation_losses]
        count, weights = len(self.distillation_losses), distillation_loss_weights
        if wrong := [each for each in self.distillation_losses if not isinstance(each, DistillationLoss)]:
            raise ArgumentError(f"Distiller: `distillation_losses` are such as LogitsDistillation(); received {wrong[0]!r}.")
        if weights is not None and len(weights) != count:
            raise ArgumentError(f"Distiller: there are {len(weights)} distillation_loss_weights for {count} distillation_losses.")
        if not 0 <= student_loss_weight <= 1:
            raise ArgumentError(f"Distiller: `student_loss_weight` is between 0 and 1; received {student_loss_weight!r}.")
        for each in self.distillation_losses:
            each.validate_model_compatibility(teacher, student)
        self.distillation_loss_weights = [1.0] * count if weights is None else list(weights)
        self.student_loss_weight = student_loss_weight
        teacher.trainable = False
        self.teacher, self.student = teacher, student
        self._inside = tuple(self._reader(model, role) for model, role in ((teacher, "teacher"), (student, "student")))
        self.student_loss_tracker, self.distillation_loss_tracker = Mean(name="student_loss"), Mean(name="distillation_loss")
        self.total_loss_tracker = Mean(name="total_loss")
        self.built = teacher.built and student.built

    def _reader(self, model: Any, role: str) -> Any:
        """A function of the inputs that gives what each loss compares."""
        names = [getattr(each, f"{role}_layer_name", None) for each in self.distillation_losses]
        if not any(names):
            return lambda x: [model(x, training=False)] * len(names)
        whole = model.output if len(model.outputs) == 1 else model.outputs
        inner = Model(model.inputs, [whole if name is None else model.get_layer(name).output for name in names])
        return lambda x: (lambda found: found if isinstance(found, (list, tuple)) else [found])(inner(x, training=False))

    def call(self, inputs: Any, training: bool | None = None, **kwargs: Any) -> Any:
        return self.student(inputs, training=training, **kwargs)

    def compute_loss(
        self, x: Any = None, y: Any = None, y_pred: Any = None, sample_weight: Any = None, training: bool = True
    ) -> Tensor:
        taught = super().compute_loss(x=x, y=y, y_pred=y_pred, sample_weight=sample_weight, training=training)
        features = [[ops.stop_gradient(each) if is_tensor(each) else each for each in self._inside[0](x)], self._inside[1](x)]
        distilled: Any = 0.0
        for each, weight, teacher, student in zip(self.distillation_losses, self.distillation_loss_weights, *features, strict=True):
            inside = getattr(each, "student_layer_name", None)
            distilled = distilled + weight * each.compute_loss(teacher, student if inside else y_pred)
        total = self.student_loss_weight * taught + (1 - self.student_loss_weight) * distilled
        for tracker, value in (
            (self.student_loss_tracker, taught), (self.distillation_loss_tracker, distilled), (self.total_loss_tracker, total)
        ):
            tracker.update_state(value)
        return total

    def get_config(self) -> dict[str, Any]:
        return {
            "name": self.name, "trainable": self.trainable, "dtype": self._dtype_config(),
            "teacher": registry.to_config(self.teacher), "student": registry.to_config(self.student),
            "distillation_losses": [registry.to_config(each) for each in self.distillation_losses],
            "distillation_loss_weights": self.distillation_loss_weights, "student_loss_weight": self.student_loss_weight,
        }

    @classmethod
    def from_config(cls, config: dict[str, Any], custom_objects: dict[str, Any] | None = None) -> "Distiller":
        with registry.custom_object_scope(custom_objects or {}):
            made = {name: registry.from_config("layer", config[name]) for name in ("teacher", "student")}
            kinds = [registry.from_config("loss", each) for each in config["distillation_losses"]]
        return cls(**{**config, **made, "distillation_losses": kinds})
