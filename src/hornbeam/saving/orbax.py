"""Checkpoints in Orbax's folders, as Keras's OrbaxCheckpoint writes them: a tree of all state by path, and the model's configuration."""

import os
import warnings
from typing import Any

import jax
import numpy as np

from hornbeam.engine.errors import ArgumentError, DataError, MissingExtra
from hornbeam.engine.ordering import by_path
from hornbeam.saving import keras_archive, objects

_TREE, _CONFIG = "pytree", "model_config"


def checkpointer(folder: Any, keep: int | None = None) -> Any:
    """Orbax's reader and writer of a folder with a folder for each step; it keeps the last few, or all."""
    try:
        import orbax.checkpoint as orbax
    except ImportError as error:
        raise MissingExtra("An Orbax checkpoint", "orbax", "orbax-checkpoint") from error
    policies = orbax.v1.training.preservation_policies
    kept = policies.PreserveAll() if keep is None else policies.LatestN(keep)
    return orbax.v1.training.Checkpointer(os.path.abspath(os.fspath(folder)), preservation_policy=kept)


def write(writer: Any, step: int, model: Any, weights_only: bool, background: bool) -> None:
    """Save a model's state under a step, and unless `weights_only` its configuration."""
    with jax.enable_x64(True):
        parts: dict[str, Any] = {_TREE: jax.tree.map(jax.numpy.array, model.get_state_tree(value_format="numpy_array"))}
    if not weights_only:
        parts[_CONFIG] = {"config": objects.to_json(keras_archive.describe(model), f"model '{model.name}'")}
    (writer.save_checkpointables_async if background else writer.save_checkpointables)(step, parts, overwrite=True)


def is_checkpoint(path: Any) -> bool:
    """Whether this is a folder of such checkpoints, or one of them."""
    path = os.fspath(path)
    return os.path.isdir(path) and any(
        os.path.isdir(os.path.join(path, each, _TREE)) for each in ("", *filter(str.isdecimal, os.listdir(path)))
    )


def _read(path: Any) -> dict[str, Any]:
    folder, step = os.path.split(os.path.abspath(os.fspath(path)))
    whole = not os.path.isdir(os.path.join(folder, step, _TREE))
    reader = checkpointer(os.path.join(folder, step) if whole else folder)
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")  # that the arrays come to lie as they lay
            return reader.load_checkpointables(None if whole else int(step))
    finally:
        reader.close()


def load_model(path: Any, custom_objects: dict[str, Any] | None = None, compile: bool = True, safe_mode: bool = True) -> Any:
    """The model of the last checkpoint in a folder, or of the one that the path names."""
    parts = _read(path)
    if _CONFIG not in parts:
        raise ArgumentError(f"'{path}' holds weights alone: make the model, then call model.load_weights(...).")
    config = objects.from_json(parts[_CONFIG]["config"], f"'{path}'")
    with objects.custom_object_scope(custom_objects):
        model = keras_archive.rebuild(config, f"'{path}'", compile, safe_mode)
    if model.optimizer is not None and not model.optimizer.built:
        model.optimizer.build(model.trainable_variables)
    _assign(model, parts[_TREE], str(path))
    return model


def load_weights(model: Any, path: Any) -> None:
    """Give a model the state of the last checkpoint in a folder, or of the one that the path names."""
    _assign(model, _read(path)[_TREE], str(path))


def _assign(model: Any, tree: dict[str, Any], name: str) -> None:
    new: dict[str, Any] = {}
    for group, mine in model.get_state_tree(value_format="numpy_array").items():
        saved = dict(by_path(tree.get(group, {})))
        short = {path.partition("/")[2]: value for path, value in saved.items()}  # without the model's name, which may be another
        for path, value in by_path(mine):
            found = saved.get(path, short.get(path.partition("/")[2]))
            if found is None and group in ("trainable_variables", "non_trainable_variables"):
                raise DataError(f"'{name}' has no value for '{path}' of model '{model.name}'; its {group} are {', '.join(saved)}.")
            if found is not None and np.shape(found) == np.shape(value):
                place = new.setdefault(group, {})
                *outer, last = path.split("/")
                for part in outer:
                    place = place.setdefault(part, {})
                place[last] = np.asarray(found).astype(value.dtype)
            elif found is not None and "variables" in group and group != "metrics_variables":
                raise DataError(f"'{path}' of model '{model.name}' has shape {np.shape(value)}; '{name}' holds {np.shape(found)}.")
    model.set_state_tree(new)
