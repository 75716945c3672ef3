"""All of a model's state as a tree of names."""

from typing import Any

from hornbeam.engine.errors import ArgumentError, unknown
from hornbeam.engine.ordering import by_path
from hornbeam.engine.tensor import Tensor
from hornbeam.engine.variable import Variable

FORMATS = ("backend_tensor", "numpy_array")


def get_state_tree(model: Any, value_format: str = "backend_tensor") -> dict[str, Any]:
    """`{'trainable_variables': {'model': {'dense': {'kernel': ...}}}, 'non_trainable_variables': ..., 'optimizer_variables': ...,
    'metrics_variables': ...}`: values by the parts of each variable's path, as Tensors or as NumPy arrays."""
    if value_format not in FORMATS:
        raise unknown("value_format", value_format, FORMATS)
    tree: dict[str, Any] = {}
    for group, variables in _groups(model).items():
        tree[group] = {}
        for path, variable in _paths(variables).items():
            *folders, name = path.split("/")
            place = tree[group]
            for folder in folders:
                place = place.setdefault(folder, {})
            place[name] = variable.numpy() if value_format == "numpy_array" else Tensor(variable)
    return tree


def set_state_tree(model: Any, state_tree: dict[str, Any]) -> None:
    """Assign the values of such a tree, or of a part of it.

    Raises: ArgumentError, for a group or a path the model does not have; then nothing has been assigned.
    """
    groups = _groups(model)
    found = []
    for group, tree in state_tree.items():
        if group not in groups:
            raise unknown("group of variables", group, groups)
        known = _paths(groups[group])
        for path, value in by_path(tree):
            if path not in known:
                raise ArgumentError(f"Model '{model.name}' has no {path!r} among its {group}, which are {', '.join(known) or 'none'}.")
            found.append((known[path], value))
    for variable, value in found:
        variable.assign(value)


def _groups(model: Any) -> dict[str, list[Variable]]:
    found = {"trainable_variables": model.trainable_variables, "non_trainable_variables": model.non_trainable_variables}
    if model.optimizer is not None:
        found["optimizer_variables"] = model.optimizer.variables
    return {**found, "metrics_variables": model.metrics_variables}


def _paths(variables: list[Variable]) -> dict[str, Variable]:
    """Each variable by its path; where several share one, numbered."""
    found: dict[str, Variable] = {}
    for variable in variables:
        path, i = variable.path, 0
        while path in found:
            i += 1
            path = f"{variable.path}_{i}"
        found[path] = variable
    return found
