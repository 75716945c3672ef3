"""KerasFileEditor: what a file of weights holds, compared with a model, and changed."""

import json
from typing import Any

import numpy as np

from hornbeam.engine.errors import ArgumentError
from hornbeam.saving import files, h5, keras_archive, weights_h5


class KerasFileEditor:
    """Shows and changes the weights of a `.weights.h5` or `.keras` file, when a model's architecture has changed since it was saved.

    Args:
        filepath: the file. It is read once and stays as it is; `save` writes another.

    `weights_dict`: a dict for each object, by the parts of its path, of its weights ('0', '1', ...) and the objects inside it.
    """

    def __init__(self, filepath: Any):
        self.filepath = str(filepath)
        self.metadata: dict[str, Any] | None = None
        self.config: dict[str, Any] | None = None
        self.model = None
        if self.filepath.endswith(".keras"):
            with files.opened(filepath) as file, keras_archive.opened(file, self.filepath) as (archive, root):
                self.metadata, self.config = (json.loads(archive.read(name)) for name in ("metadata.json", "config.json"))
                self.weights_dict = _read(root)
        elif self.filepath.endswith(".weights.h5"):
            with files.opened(filepath) as file, h5.reader(file, self.filepath) as root:
                self.weights_dict = _read(root)
        else:
            raise ArgumentError(f"KerasFileEditor takes a '.keras' or '.weights.h5' file; received '{filepath}'.")
        print(f"Keras model file '{self.filepath}'")
        if self.metadata is not None:
            print(f"Saved with Keras {self.metadata.get('keras_version')} - date: {self.metadata.get('date_saved')}")

    def summary(self) -> None:
        """Print the objects and weights in the file."""
        print("Weights structure")
        _show(self.weights_dict, "      ", outer=True)

    def compare(self, reference_model: Any) -> dict[str, Any]:
        """Print where the file and a model differ; gives `{'status': 'success' or 'error', 'error_count', 'match_count'}`."""
        print("Running comparison")
        expected: dict[str, Any] = {}
        for path, thing in weights_h5.walk(reference_model):
            store: dict[str, Any] = {}
            thing.save_own_variables(store)
            if store:
                _at(expected, path.split("/") if path else [], make=True).update(store)
        errors, matches = _compare(expected, self.weights_dict, "")
        print("─" * 21)
        if errors:
            print(f"Found {errors} error{'s' * (errors != 1)}: saved file is not compatible with the reference model")
        else:
            print(f"Comparison successful: saved file is compatible with the reference model\n    Found {matches} matching weights")
        return {"status": "error" if errors else "success", "error_count": errors, "match_count": matches}

    def rename_object(self, object_name: str, new_name: str) -> None:
        """Give an object, named by its name or whole path, another name (not a path)."""
        if "/" in new_name:
            raise ArgumentError(f"rename_object: the new name is one part of a path; received {new_name!r}.")
        parent, name = self._find(object_name)
        parent[new_name] = parent.pop(name)

    def delete_object(self, object_name: str) -> None:
        """Take an object away."""
        parent, name = self._find(object_name)
        del parent[name]

    def add_object(self, object_path: str, weights: dict[str, Any]) -> None:
        """Put an object with weights, by name, at a path whose beginning is there."""
        *outer, name = object_path.split("/")
        parent = _at(self.weights_dict, outer)
        if parent is None:
            raise ArgumentError(f"add_object: there is no '{'/'.join(outer)}' in the file, to put {name!r} into.")
        parent[name] = _checked(weights)

    def delete_weight(self, object_name: str, weight_name: str) -> None:
        """Take a weight of an object away."""
        parent, name = self._find(object_name)
        if weight_name not in parent[name]:
            raise ArgumentError(f"delete_weight: {object_name} has no weight {weight_name!r}; it has {list(parent[name])}.")
        del parent[name][weight_name]

    def add_weights(self, object_name: str, weights: dict[str, Any]) -> None:
        """Give an object weights, by name."""
        parent, name = self._find(object_name)
        parent[name].update(_checked(weights))

    def save(self, filepath: Any) -> None:
        """Write a `.weights.h5` file."""
        if not str(filepath).endswith(".weights.h5"):
            raise ArgumentError(f"KerasFileEditor writes '.weights.h5' files; received '{filepath}'.")
        with files.replacing(filepath) as file, h5.writer(file) as root:
            _write(self.weights_dict, root, root)

    resave_weights = save

    def _find(self, name: str) -> tuple[dict[str, Any], str]:
        """Where an object is: the dict it is in, and its name there. A name alone is looked for everywhere."""
        *outer, last = name.split("/")
        found = [_at(self.weights_dict, outer)] if outer else _holders(self.weights_dict, last)
        found = [each for each in found if each is not None and isinstance(each.get(last), dict)]
        if not found:
            raise ArgumentError(f"There is no object {name!r} in the file; `summary()` lists all.")
        if len(found) > 1:
            raise ArgumentError(f"There are several objects {name!r} in the file: give the path of one, as `summary()` shows it.")
        return found[0], last


def _read(group: h5.Group) -> dict[str, Any]:
    own = group / "vars"
    found: dict[str, Any] = {name: own.array(name) for name in sorted(own.names(), key=_number)} if own is not None else {}
    for name in group.names():
        if name != "vars" and (inner := group / name) is not None and (below := _read(inner)):
            found[name] = below
    return found


def _number(name: str) -> tuple[int, Any]:
    return (0, int(name)) if name.isdecimal() else (1, name)


def _write(things: dict[str, Any], group: Any, root: Any) -> None:
    own = group.require_group("vars") if group is root or not all(isinstance(each, dict) for each in things.values()) else None
    for name, value in things.items():
        if isinstance(value, dict):
            _write(value, group.create_group(name), root)
        else:
            h5.put(own, name, value)


def _at(things: dict[str, Any], path: list[str], make: bool = False) -> Any:
    """The dict at a path, or None."""
    for part in path:
        found = things.setdefault(part, {}) if make else things.get(part)
        if not isinstance(found, dict):
            return None
        things = found
    return things


def _holders(things: dict[str, Any], name: str) -> list[dict[str, Any]]:
    inner = [each for each in things.values() if isinstance(each, dict)]
    return [*([things] if name in things else []), *[holder for each in inner for holder in _holders(each, name)]]


def _checked(weights: Any) -> dict[str, Any]:
    if not isinstance(weights, dict):
        raise ArgumentError(f"`weights` is a dict of arrays by name: {{'0': kernel, '1': bias}}; received {type(weights).__name__}.")
    return {name: value if isinstance(value, dict) else np.asarray(value) for name, value in weights.items()}


def _show(things: dict[str, Any], margin: str, outer: bool = False) -> None:
    for i, (name, value) in enumerate(things.items()):
        last = i == len(things) - 1
        start = "  > " if outer else margin + ("└─ " if last else "├─ ")
        if isinstance(value, dict):
            print(f"{start}{name}")
            _show(value, margin if outer else margin + ("    " if last else "│   "))
        else:
            print(f"{start}{name}: shape={value.shape}, dtype={value.dtype}")


def _compare(expected: dict[str, Any], saved: dict[str, Any], path: str) -> tuple[int, int]:
    """How many differences there are, and how many objects and weights that agree."""
    errors = matches = 0
    for name in [*expected, *[name for name in saved if name not in expected]]:
        here, mine, theirs = f"{path}/{name}", expected.get(name), saved.get(name)
        what = "Object" if isinstance(theirs if mine is None else mine, dict) else "Weight"
        if mine is None or theirs is None:
            present, absent = ("saved file", "reference model") if mine is None else ("reference model", "saved file")
            print(f"...{what} {here} present in {present}, missing from {absent}")
            if what == "Object":
                print(f"    In {present}, {here} contains the following keys: {list(theirs if mine is None else mine)}")  # type: ignore[arg-type]
            errors += 1
        elif isinstance(mine, dict) and isinstance(theirs, dict):
            wrong, right = _compare(mine, theirs, here)
            whole = any(not isinstance(each, dict) for each in mine.values())
            errors, matches = errors + wrong + (whole and bool(wrong)), matches + right + (whole and not wrong)
        elif np.shape(mine) != np.shape(theirs):
            print(f"...Weight shape mismatch for {here}")
            print(f"    In reference model: shape={np.shape(mine)}\n    In saved file: shape={np.shape(theirs)}")
            errors += 1
        else:
            matches += 1
    return errors, matches
