"""Files as TensorFlow 2.0 to 2.15 named them: models in folders, weights as checkpoints, endings of any kind.

A model saved to a folder is a `.keras` file in it. Weights saved as a checkpoint are one in TensorFlow's own form (`saving.checkpoint`).
"""

import functools
import json
import os
from collections.abc import Callable
from typing import Any

from hornbeam.dialects.rows import Row, tell
from hornbeam.engine.errors import ArgumentError, DataError
from hornbeam.saving import (
    bundle,
    checkpoint,
    custom_object_scope,
    deserialize_keras_object,
    files,
    formats,
    get_registered_name,
    get_registered_object,
    groups,
    h5,
    keras_folder,
    legacy_h5,
    saved_model,
    shards,
    weights_h5,
)

INSIDE = "model.keras"  # the file in a folder
_WEIGHTS = ".weights.h5"
_HDF5 = b"\x89HDF\r\n\x1a\n"
_GONE: dict[str, Row] = {"options": None, "signatures": None, "save_traces": None}
ARGUMENTS = {
    **{f"{module}:{name}": _GONE for module in ("hornbeam.saving", "hornbeam.models") for name in ("save_model", "load_model")},
    "hornbeam.models:Model.save_weights": _GONE,
    "hornbeam.models:Model.load_weights": _GONE,
    "hornbeam.models:Model.save": _GONE,
}


def _save_model(original: Callable) -> Callable:
    @functools.wraps(original)
    def save_model(
        model: Any, filepath: Any, overwrite: bool = True, include_optimizer: bool = True, save_format: str | None = None, **kwargs: Any
    ) -> None:
        if hasattr(filepath, "write"):  # an open file
            filepath.write(formats.to_bytes(model))
            return
        path = os.fspath(filepath)
        usual = path.endswith((".keras", ".h5", ".hdf5"))
        if save_format is not None:
            tell(f"save(path, save_format={save_format!r})", "save('model.keras')")
        if save_format == "h5" and not path.endswith(".keras"):
            legacy_h5.save(model, path, overwrite, include_optimizer)
            return
        if usual and save_format != "tf":
            original(model, path, overwrite=overwrite, include_optimizer=include_optimizer, **kwargs)
            return
        if save_format is None:
            tell("save('a_folder')", "save('model.keras')")
        os.makedirs(path, exist_ok=True)
        original(model, os.path.join(path, INSIDE), overwrite=overwrite, include_optimizer=include_optimizer, **kwargs)
        saved_model.keep(model, path)

    return save_model


def _load_model(original: Callable) -> Callable:
    @functools.wraps(original)
    def load_model(filepath: Any, custom_objects: dict[str, Any] | None = None, compile: bool = True, safe_mode: bool = True) -> Any:
        if hasattr(filepath, "read"):
            with custom_object_scope(custom_objects or {}):
                return formats.from_bytes(filepath.read())
        path = os.fspath(filepath)
        given: dict[str, Any] = {"custom_objects": custom_objects, "compile": compile, "safe_mode": safe_mode}
        if os.path.isdir(path) and os.path.isfile(os.path.join(path, INSIDE)):
            if custom_objects is None and (kept := saved_model.original(path)) is not None:
                return kept
            return original(os.path.join(path, INSIDE), **given)
        if not path.endswith((".keras", ".h5", ".hdf5")) and _is_hdf5(path):
            return legacy_h5.load(path, custom_objects, compile, safe_mode)
        if keras_folder.is_one(path):
            return keras_folder.load(path, **given)
        return original(path, **given)

    return load_model


def _save_weights(original: Callable) -> Callable:
    @functools.wraps(original)
    def save_weights(self: Any, filepath: Any, overwrite: bool = True, save_format: str | None = None, **kwargs: Any) -> None:
        path = os.fspath(filepath)
        if path.endswith((_WEIGHTS, shards.ENDING)):
            original(self, path, overwrite=overwrite, max_shard_size=kwargs.get("max_shard_size"))
            return
        if path.endswith((".h5", ".hdf5", ".keras")) or save_format == "h5":
            tell("save_weights('name.h5')", f"save_weights('name{_WEIGHTS}')")
            with files.replacing(path, overwrite) as file, h5.writer(file) as root:
                groups.save_weights_to_hdf5_group(root, self)
            return
        tell("save_weights('a_checkpoint')", f"save_weights('name{_WEIGHTS}')")
        if not overwrite:
            files.check_absent(path + bundle.INDEX, overwrite)
        checkpoint.write_weights(self, path)

    return save_weights


def _load_weights(original: Callable) -> Callable:
    @functools.wraps(original)
    def load_weights(self: Any, filepath: Any, skip_mismatch: bool = False, by_name: bool = False, **kwargs: Any) -> Any:
        if filepath is None:
            raise ArgumentError("load_weights was given None: tf.train.latest_checkpoint found no checkpoint in that folder.")
        path = os.fspath(filepath)
        if os.path.isfile(path + bundle.INDEX):
            return checkpoint.read_weights(self, path)
        if by_name:
            tell("load_weights(path, by_name=True)", "load_weights(path, skip_mismatch=True)")
            with files.opened(path) as file, h5.reader(file, path) as root:
                layers = root / "model_weights" or root
                if not layers.texts("layer_names"):
                    raise DataError(f"'{path}' holds no names of layers: by_name=True reads what save_weights('name.h5') wrote.")
                groups.read_by_name(self, layers, skip_mismatch)
        elif _is_hdf5(path):
            weights_h5.load_weights(self, path, skip_mismatch)
        else:
            original(self, path, skip_mismatch=skip_mismatch)
        return checkpoint.LoadStatus(self, None)

    return load_weights


def _is_hdf5(path: str) -> bool:
    try:
        with open(path, "rb") as file:
            return file.read(8) == _HDF5
    except OSError:
        return False


# YAML: every JSON text is one.
# Objects in Keras 2's form: {"class_name": ..., "config": ...}, or a function's name.
def serialize_by_class_name(instance: Any) -> Any:
    """An object's class and arguments as `deserialize_by_class_name` reads them; a function's name."""
    if instance is None or not hasattr(instance, "get_config"):
        return getattr(instance, "__name__", None)
    return {"class_name": get_registered_name(type(instance)), "config": instance.get_config()}


def deserialize_by_class_name(
    identifier: Any,
    module_objects: dict[str, Any] | None = None,
    custom_objects: dict[str, Any] | None = None,
    printable_module_name: str = "object",
) -> Any:
    """What `serialize_by_class_name` described.

    Args:
        module_objects, custom_objects: classes and functions by name; the latter first.
    """
    name = identifier.get("class_name") if isinstance(identifier, dict) else identifier
    found = get_registered_object(name, custom_objects, module_objects) if isinstance(name, str) else None
    if found is None:
        return deserialize_keras_object(identifier, {**(module_objects or {}), **(custom_objects or {})})
    if isinstance(identifier, str):
        return found() if isinstance(found, type) else found
    config = identifier["config"]
    return found.from_config(config) if hasattr(found, "from_config") else found(**config)


def _to_yaml(self: Any, **kwargs: Any) -> str:
    tell("model.to_yaml()", "model.to_json()")
    return json.dumps(json.loads(self.to_json()), indent=2)


def model_from_yaml(yaml_string: str, custom_objects: dict[str, Any] | None = None) -> Any:
    """The model whose architecture `to_yaml` wrote; YAML that is not JSON needs the package PyYAML, of which only plain data is read."""
    from hornbeam.models import model_from_json

    try:
        json.loads(yaml_string)
    except ValueError:
        try:
            import yaml  # type: ignore[import-untyped, unused-ignore]
        except ImportError:
            raise ArgumentError("This YAML is not JSON, so reading it needs the package PyYAML: pip install pyyaml.") from None
        yaml_string = json.dumps(yaml.safe_load(yaml_string))
    return model_from_json(yaml_string, custom_objects)


REPLACED = {
    **{f"{module}:save_model": _save_model for module in ("hornbeam.saving", "hornbeam.models")},
    **{f"{module}:load_model": _load_model for module in ("hornbeam.saving", "hornbeam.models")},
    "hornbeam.models:Model.save_weights": _save_weights,
    "hornbeam.models:Model.load_weights": _load_weights,
}
ATTRIBUTES = {"hornbeam.models:Model": {"to_yaml": _to_yaml}}
