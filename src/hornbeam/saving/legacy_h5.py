"""Whole models in HDF5 (`.h5`), the format before `.keras`: of Keras 2 and 3 to read, of Keras 3 to write.

The architecture and the arguments of `compile` are JSON in attributes; weights are stored by layer and weight name.
"""

import contextlib
from typing import Any

from hornbeam.engine import registry
from hornbeam.engine.callers import warn
from hornbeam.engine.errors import DataError, HornbeamError, ShapeError
from hornbeam.saving import dialect, files, h5, keras_archive, objects, weights_h5

_ATTRIBUTE = 60_000  # bytes of names in one attribute; HDF5 allows 64 kB


def save(model: Any, filepath: Any, overwrite: bool = True, include_optimizer: bool = True) -> None:
    """Write a model to an `.h5` file."""
    config = registry.to_config(model)
    objects.refuse_lambdas(config, f"model '{model.name}'")
    compiled = keras_archive.compile_arguments(model)
    with files.replacing(filepath, overwrite) as file, h5.writer(file) as root:
        root.attrs.update(_written_by())
        root.attrs["model_config"] = objects.to_json(config, f"model '{model.name}'")
        if compiled:
            compiled = {**{key: value for key, value in compiled.items() if key != "optimizer"}, "optimizer_config": compiled["optimizer"]}
            root.attrs["training_config"] = objects.to_json(compiled, f"model '{model.name}'")
        write_weights(model, root.create_group("model_weights"))
        if include_optimizer and compiled and model.optimizer.built:
            group = root.create_group("optimizer_weights")
            _write_group(group, [(v.path, v) for v in model.optimizer.variables])


def load(filepath: Any, custom_objects: dict[str, Any] | None = None, compile: bool = True, safe_mode: bool = True) -> Any:
    """Read a model from an `.h5` file; see `load_model`."""
    name = f"'{filepath}'"
    with files.opened(filepath) as file, h5.reader(file, str(filepath)) as root, objects.custom_object_scope(custom_objects):
        text = root.text("model_config")
        if text is None:
            raise DataError(f"{name} holds no model, only weights: make the model, then call model.load_weights(...).")
        config = objects.from_json(text, name)
        model = keras_archive.rebuild(_with_modules(config), name, False, safe_mode)
        weights = root / "model_weights"
        if weights is None:
            raise DataError(f"{name} lacks the group 'model_weights'.")
        read_weights(model, weights)
        training = root.text("training_config") if compile else None
        if training is not None:
            _compile(model, objects.from_json(training, name), name, safe_mode)
            slots = root / "optimizer_weights"
            if slots is not None:
                weights_h5.load_optimizer(model.optimizer, _Named(slots, slots.texts("weight_names")))
    return model


def _with_modules(config: Any) -> Any:
    """Older files say only the class; layers and models need to be told apart from other kinds nowhere but at the top."""
    return config if not isinstance(config, dict) or config.get("module") else {"module": "keras", **config}


def _compile(model: Any, config: dict[str, Any], name: str, safe_mode: bool) -> None:
    config = dialect.modern(config)
    optimizer = config.pop("optimizer_config", None)
    if isinstance(optimizer, dict) and registry.find(name_of := str(optimizer.get("class_name"))) is None:
        optimizer = {**optimizer, "class_name": name_of.removeprefix("Custom>")}
    config["optimizer"] = optimizer
    for kind in ("metrics", "weighted_metrics"):
        if isinstance(config.get(kind), list) and len(config[kind]) == 1 and isinstance(config[kind][0], list):
            config[kind] = config[kind][0]  # Keras 2: a list for each output
    config.pop("sample_weight_mode", None)
    objects.check(config, f"{name} (its compile arguments; compile=False leaves them)", safe_mode)
    for key in ("loss", "metrics", "weighted_metrics"):
        config[key] = objects.own_functions(config.get(key), name)
    try:
        model.compile_from_config(config)
    except HornbeamError as error:
        warn(f"{name}: the model is loaded but not compiled, as what was given to compile() cannot be had: {error}")


# Weights.
def read_weights(model: Any, root: h5.Group, skip_mismatch: bool = False) -> None:
    """Give a model the weights in a group of this layout: each layer's by name where all names agree, else by order."""
    in_file = {name: (root / name, (root / name).texts("weight_names")) for name in root.texts("layer_names") if root / name is not None}
    in_file = {name: entry for name, entry in in_file.items() if entry[1]}
    layers = [layer for layer in model.layers if layer.weights]
    if not model.built:
        raise ShapeError(f"Model '{model.name}' has no weights yet to load into: call it on data or build it with a shape.")
    if len(layers) != len(in_file):
        raise ShapeError(
            f"'{root.file}' holds weights for {len(in_file)} layers ({', '.join(in_file)}); model '{model.name}' has {len(layers)} with "
            f"weights ({', '.join(layer.name for layer in layers)})."
        )
    by_name = {layer.name for layer in layers} == set(in_file)
    order = [layer.name for layer in layers] if by_name else list(in_file)
    top = root / "top_level_model_weights"
    groups = [(layer, ordered(layer), in_file[name]) for layer, name in zip(layers, order, strict=True)]
    if top is not None and (names := top.texts("weight_names")):
        groups.append((model, model._ordered(), (top, names)))
    with weights_h5.restored_on_error(model):
        for layer, variables, (group, names) in groups:
            try:
                fill(layer, variables, group, names)
            except ShapeError as error:
                if not skip_mismatch:
                    raise
                warn(f"{error} It stays as it is (skip_mismatch=True).")


def ordered(layer: Any) -> list[Any]:
    """The trainable weights, then the others: the order of this format."""
    return sorted(layer.weights, key=lambda v: not getattr(v, "_born_trainable", v.trainable))


def fill(layer: Any, variables: list[Any], group: h5.Group, names: list[str]) -> None:
    shapes = [group.shape(name) for name in names]
    if shapes != [tuple(v.shape) for v in variables]:
        raise ShapeError(
            f"Layer '{layer.name}' has weights of shapes {[tuple(v.shape) for v in variables]}; '{group.file}' holds {shapes} for it."
        )
    for variable, name in zip(variables, names, strict=True):
        variable.assign(group.array(name))


def write_weights(model: Any, root: Any) -> None:
    root.attrs.update(_written_by())
    _put_names(root, "layer_names", [layer.name for layer in model.layers])
    for layer in model.layers:
        _write_group(root.create_group(layer.name), [(v.path, v) for v in ordered(layer)])
    _write_group(root.create_group("top_level_model_weights"), [(v.path, v) for v in model._ordered()])


def _write_group(group: Any, variables: list[tuple[str, Any]]) -> None:
    names: list[str] = []
    for path, _ in variables:
        name, i = path, 0
        while name in names:
            i += 1
            name = f"{path}_{i}"
        names.append(name)
    _put_names(group, "weight_names", names)
    for name, (_, variable) in zip(names, variables, strict=True):
        h5.put(group, name, variable.numpy())


def _put_names(group: Any, attribute: str, names: list[str]) -> None:
    """Names in one attribute, or numbered ones where HDF5's limit on their size asks for it."""
    import numpy as np

    array = np.array([name.encode() for name in names]) if names else np.zeros(0)
    parts = np.array_split(array, max(1, -(-array.nbytes // _ATTRIBUTE)))
    for i, part in enumerate(parts):
        group.attrs[attribute if len(parts) == 1 else f"{attribute}{i}"] = part


def _written_by() -> dict[str, str]:
    return {"keras_version": keras_archive.LAYOUT, "backend": "jax"}


class _Named(h5.Store):
    """Arrays with names, numbered in an order."""

    def __init__(self, group: h5.Group, names: list[str]):
        self.group, self.order = group, names
        self._names = [str(i) for i in range(len(names))]

    def __getitem__(self, name: str) -> Any:
        with contextlib.suppress(ValueError, IndexError):
            return self.group.array(self.order[int(name)])
        raise KeyError(name)

    def shape(self, name: str) -> tuple[int, ...]:
        return self.group.shape(self.order[int(name)])
