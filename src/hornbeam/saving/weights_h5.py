"""Weights in Keras's HDF5 layout: a group for each object, at the path of attributes that leads to it.

`layers/dense/vars/0` is the first weight of a model's first Dense; `layers/bidirectional/forward_layer/cell/vars/0` one of a cell
below an attribute. In lists, objects are named by their class and numbered ('dense', 'dense_1'). Objects are visited in the
order of their attributes' names, each once, so a shared layer is stored where it is met first.
"""

import contextlib
import shutil
from collections import Counter
from collections.abc import Iterator
from typing import Any

import numpy as np

from hornbeam.engine.callers import warn
from hornbeam.engine.errors import DataError, HornbeamError, ShapeError
from hornbeam.engine.naming import snake_case
from hornbeam.engine.rng import SeedGenerator
from hornbeam.engine.variable import copies
from hornbeam.layers.layer import _NOT_LAYERS, Layer
from hornbeam.optimizers import Optimizer
from hornbeam.saving import files, h5


def save_weights(model: Any, filepath: Any, overwrite: bool = True) -> None:
    """Write a model's weights (and, when compiled, its optimizer's state) to a `.weights.h5` file.

    Raises: FileExistsError, when the file exists and `overwrite` is False.
    """
    with files.replacing(filepath, overwrite) as file, files.scratch() as made:
        with h5.writer(made) as root:
            write(model, root)
        made.seek(0)
        shutil.copyfileobj(made, file, 1 << 20)


def load_weights(model: Any, filepath: Any, skip_mismatch: bool = False) -> None:
    """Read what `save_weights` wrote; on an error the model is as it was.

    Args:
        skip_mismatch: leave layers as they are whose weights have other shapes in the file, with a warning.
    """
    with files.opened(filepath) as file, h5.reader(file, str(filepath)) as root:
        read(model, root, skip_mismatch)


def write(model: Any, root: Any, include_optimizer: bool = True) -> None:
    """Write the tree of a model below an HDF5 group."""
    for path, thing in walk(model):
        if path.split("/")[0] == "optimizer" and not include_optimizer:
            continue
        group = root.create_group(f"{path}/vars" if path else "vars")
        group.attrs["name"] = thing.name if hasattr(thing, "name") else path.rpartition("/")[2]
        store: dict[str, Any] = {}
        thing.save_own_variables(store)
        for name, value in store.items():
            h5.put(group, name, value)


def read(model: Any, root: h5.Group, skip_mismatch: bool = False, optimizer: bool = True) -> None:
    """Give a model the weights below an HDF5 group. An error leaves the model as it was."""
    if root / "model_weights" is not None or "layer_names" in root._group.attrs:
        from hornbeam.saving import legacy_h5

        legacy_h5.read_weights(model, root / "model_weights" or root, skip_mismatch)
        return
    if not model.built:
        if not any(h5.Store(root / f"{path}/vars") for path, thing in walk(model) if path and not isinstance(thing, Optimizer)):
            return  # saved before it was built
        raise ShapeError(
            f"Model '{model.name}' has no weights yet to load into: call it on data, build it with a shape, or start it with an Input."
        )
    with restored_on_error(model):
        read_some = False
        for path, thing in walk(model, root):
            if path.split("/")[0] == "optimizer" and not optimizer:
                continue
            store = h5.Store(root / (f"{path}/vars" if path else "vars"))
            read_some |= bool(store)
            if isinstance(thing, Optimizer):
                load_optimizer(thing, store)
            elif isinstance(thing, _Seeds):
                thing.load_own_variables(store)
            else:
                _load_layer(thing, store, path, skip_mismatch)
        if not read_some and model.weights:
            raise DataError(f"'{root.file}' holds no weights for any layer of model '{model.name}': it was saved by another model.")


@contextlib.contextmanager
def restored_on_error(model: Any) -> Iterator[None]:
    """Within the block all goes well or the model's variables end as they began."""
    optimizer = getattr(model, "optimizer", None)
    before = copies([*model.variables, *(optimizer.variables if optimizer is not None else [])])
    try:
        yield
    except BaseException:
        for variable, tensor in before.items():
            variable._set(tensor)
        raise


# The tree.
class _Seeds:
    """A SeedGenerator's state as a part of a file. Keras's files lack it, ours let a loaded model draw on where it stopped."""

    def __init__(self, seeds: SeedGenerator, name: str):
        self.seeds, self.name = seeds, name

    def save_own_variables(self, store: dict[str, Any]) -> None:
        store["0"] = self.seeds.state.numpy()

    def load_own_variables(self, store: Any) -> None:
        if "0" in store and store.shape("0") == tuple(self.seeds.state.shape):
            value = store["0"]
            if value.dtype.kind in "ui":
                self.seeds.state.assign(value.astype(np.uint32))


def walk(model: Any, root: h5.Group | None = None) -> Iterator[tuple[str, Any]]:
    """Every object that has weights of its own, with its path in the file, parents first.

    Args:
        root: the file about to be read, whose objects carry names: those in a list are then found by name if all names agree.
    """
    seen: set[int] = set()

    def visit(path: str, thing: Any) -> Iterator[tuple[str, Any]]:
        if id(thing) in seen:
            return
        seen.add(id(thing))
        yield path, thing if not isinstance(thing, SeedGenerator) else _Seeds(thing, path.rpartition("/")[2])
        if isinstance(thing, SeedGenerator):
            return
        for name, child in _children(thing):
            below = f"{path}/{name}" if path else name
            yield from (contained(below, child) if isinstance(child, (list, tuple, dict)) else visit(below, child))

    def contained(path: str, container: Any) -> Iterator[tuple[str, Any]]:
        things = list(container.values() if isinstance(container, dict) else container)
        counts: Counter[str] = Counter()
        named = []
        for thing in things:
            if isinstance(thing, (list, tuple, dict)):
                base = "container"
            elif isinstance(thing, (Layer, SeedGenerator)):
                base = snake_case(type(thing).__name__)
            else:
                continue
            named.append([f"{base}_{counts[base]}" if counts[base] else base, thing])
            counts[base] += 1
        if root is not None:
            _by_name(root / path, named)
        for name, thing in named:
            below = f"{path}/{name}"
            yield from (contained(below, thing) if isinstance(thing, (list, tuple, dict)) else visit(below, thing))

    yield from visit("", model)


def _children(thing: Any) -> Iterator[tuple[str, Any]]:
    """The attributes of an object that hold layers, optimizers or seeds, in the order of their names."""
    if isinstance(thing, Optimizer):
        if (inner := getattr(thing, "inner_optimizer", None)) is not None:
            yield "inner_optimizer", inner
        return
    layers = getattr(type(thing), "layers", None)
    is_model = isinstance(layers, property)
    attributes = {name: value for name, value in vars(thing).items() if name not in _NOT_LAYERS and not (is_model and name[0] == "_")}
    if is_model:
        attributes["layers"] = thing.layers
    for name in sorted(attributes):
        value = attributes[name]
        if _holds_layers(value) or (name == "optimizer" and isinstance(value, Optimizer)):
            yield name, value


def _holds_layers(value: Any) -> bool:
    if isinstance(value, (list, tuple, dict)):
        return any(_holds_layers(each) for each in (value.values() if isinstance(value, dict) else value))
    return isinstance(value, (Layer, SeedGenerator))


def _by_name(group: h5.Group | None, named: list[list[Any]]) -> None:
    """Point objects of a list to the file's groups that carry their names, when every one of them has such a group.

    (Keras goes by position alone; a model whose layers come in another order would silently get other layers' weights.)
    """
    if group is None:
        return
    in_file = {}
    for key in group.names():
        stored = group / f"{key}/vars"
        in_file[stored.text("name") if stored is not None else None] = key
    weighted = [each for each in named if isinstance(each[1], Layer) and each[1].weights]
    names = [thing.name for _, thing in weighted]
    stems = [key.rpartition("_")[0] if key.rpartition("_")[2].isdigit() else key for key, _ in weighted]
    if len(set(names)) == len(names) and all(in_file.get(name, "").startswith(stem) for name, stem in zip(names, stems, strict=True)):
        for each, name in zip(weighted, names, strict=True):
            each[0] = in_file[name]


# One object.
def _load_layer(layer: Any, store: h5.Store, path: str, skip_mismatch: bool) -> None:
    own = layer._stored()
    try:
        if type(layer).load_own_variables is not Layer.load_own_variables:
            if store or own:
                layer.load_own_variables(store)
            return
        if not own and not store:
            return
        where = f"layer '{layer.name}'" + (f" ('{path}' in '{store.group.file}')" if store.group is not None else "")
        if len(store) != len(own):
            raise ShapeError(
                f"The file holds {len(store)} weights for {where}, which has {len(own)}"
                + ("." if layer.built else ": it is not built. Build the model with the shape of its data before loading.")
            )
        for i, variable in enumerate(own):  # before the values are read
            if store.shape(str(i)) != tuple(variable.shape):
                raise ShapeError(
                    f"Weight '{variable.path}' has shape {tuple(variable.shape)}; the file holds {store.shape(str(i))} for {where}."
                )
        layer.load_own_variables(store)
    except HornbeamError as error:
        if not skip_mismatch or not isinstance(error, ShapeError):
            raise
        warn(f"{error} It stays as it is (skip_mismatch=True).")


def load_optimizer(optimizer: Any, store: h5.Store) -> None:
    """Give an optimizer its stored state; one of other variables is left out, with a warning."""
    if not store:
        return
    shapes = [store.shape(str(i)) if str(i) in store else None for i in range(len(store))]
    whole = optimizer.variables
    choices = [whole, whole[: len(shapes)] if len(shapes) <= 2 else []]  # saved before its first step, it has no slots yet
    choices.append([v for v in whole if v is not optimizer._rate])  # Keras 2 leaves the learning rate to the configuration
    for variables in choices:
        if shapes == [tuple(v.shape) for v in variables]:
            break
    else:
        warn(
            f"The optimizer's state in '{store.group.file}' ({len(shapes)} arrays) is not that of '{optimizer.name}' for this model "
            f"({len(whole)} arrays). It starts anew.")
        return
    if variables is whole:
        optimizer.load_own_variables(store)
        return
    for i, variable in enumerate(variables):
        variable.assign(store[str(i)].astype(variable.dtype.numpy))
