"""The whole state of a training run as arrays, and its file.

The file is an ordinary `.npz` without pickles. It carries a SHA-256 of its contents, is written under another name,
synced and then renamed, so a reader finds the old backup or the new one, whole, whenever the writer was killed.
"""

import contextlib
import hashlib
import json
import os
import zipfile
from typing import Any

import numpy as np

from hornbeam.engine import dtypes, rng
from hornbeam.engine.errors import DataError, StateError

_FORMAT = 1
_HEADER = "header"


def snapshot(model: Any) -> dict[str, np.ndarray]:
    """Every number that the rest of a training run depends on, by stable names.

    Weights and seeds ('model/0', ...), the optimizer with its slots and hyperparameters, metrics, the global seed
    generator, and the trainer's position (epoch, steps done in it) and order of the data.
    """
    found = {
        f"{group}/{i}": np.array(variable.__array__())
        for group, variables in _groups(model).items()
        for i, variable in enumerate(variables)
    }
    if rng._Global.seeds is not None:
        found["global_seed"] = np.array(rng._Global.seeds.state.__array__())
    trainer = model._trainer
    found["trainer/position"] = np.array(trainer.position, np.int64)
    found["trainer/feed_seed"] = np.array(trainer.feed_seed, np.uint64)
    return found


def restore(model: Any, snapshot: dict[str, np.ndarray]) -> None:
    """Put a model, and the trainer that runs it, back into the state of a snapshot.

    Raises: `StateError` when the snapshot is of a model with other variables; then nothing has been changed.
    """
    groups = _groups(model)
    pairs: list[tuple[Any, np.ndarray]] = []
    for group, variables in groups.items():
        values = [snapshot[f"{group}/{i}"] for i in range(sum(name.startswith(f"{group}/") for name in snapshot))]
        if len(values) != len(variables):
            if group == "metrics" and snapshot["trainer/position"][1] == 0:
                continue  # an epoch begins, so their values do not matter
            raise _other(group, f"{len(values)} variables", f"{len(variables)}")
        for variable, value in zip(variables, values, strict=True):
            if tuple(variable.shape) != value.shape or variable.dtype != str(value.dtype):
                raise _other(group, f"{value.dtype} {value.shape}", f"'{variable.path}' {variable.dtype} {tuple(variable.shape)}")
            pairs.append((variable, value))
    for variable, value in pairs:
        variable.assign(value)
    if "global_seed" in snapshot:
        if rng._Global.seeds is None:
            rng._Global.seeds = rng.SeedGenerator(0)
        rng._Global.seeds.state.assign(snapshot["global_seed"])
    model._trainer.position = [int(number) for number in snapshot["trainer/position"]]
    model._trainer.feed_seed = int(snapshot["trainer/feed_seed"])


def _groups(model: Any) -> dict[str, list[Any]]:
    """The variables of a run by what they belong to, each once."""
    optimizer = getattr(model, "optimizer", None)
    found = {
        "model": list(model.variables),
        "optimizer": list(optimizer.variables) if optimizer is not None else [],
        "metrics": [variable for metric in model.metrics for variable in metric.variables],
    }
    seen: set[int] = set()
    for group, variables in found.items():
        found[group] = [v for v in variables if id(v) not in seen and not seen.add(id(v))]  # type: ignore[func-returns-value]
    return found


def _other(group: str, saved: str, present: str) -> StateError:
    return StateError(
        f"The backup is of another model (its {group}): it has {saved} where this one has "
        f"{present}. Build and compile the model as before, or remove the backup folder to start anew."
    )


def save(path: str, arrays: dict[str, np.ndarray]) -> None:
    """Write arrays to a file, all or nothing."""
    kinds = {name: str(array.dtype) for name, array in arrays.items()}
    plain = {name: _plain(array) for name, array in arrays.items()}
    header = {"format": _FORMAT, "dtypes": kinds, "sha256": _digest(plain, kinds)}
    partial = f"{path}.partial"
    with open(partial, "wb") as file:
        np.savez(file, allow_pickle=False, **{_HEADER: np.frombuffer(json.dumps(header).encode(), np.uint8)}, **plain)
        file.flush()
        os.fsync(file.fileno())
    os.replace(partial, path)
    with contextlib.suppress(OSError):  # some systems cannot sync a folder
        folder = os.open(os.path.dirname(path) or ".", os.O_RDONLY)
        try:
            os.fsync(folder)
        finally:
            os.close(folder)


def load(path: str) -> dict[str, np.ndarray]:
    """Read a file that `save` wrote. Raises `DataError` when it is not whole."""
    try:
        with np.load(path, allow_pickle=False) as file:
            plain = {name: file[name] for name in file.files}
        header = json.loads(plain.pop(_HEADER).tobytes())
        kinds = header["dtypes"]
        if header["format"] != _FORMAT:
            raise DataError(f"'{path}' was written by another release (format {header['format']}); remove it to start anew.")
        whole = set(kinds) == set(plain) and header["sha256"] == _digest(plain, kinds)
    except (OSError, ValueError, KeyError, zipfile.BadZipFile, EOFError) as error:
        if isinstance(error, DataError):
            raise
        whole = False
    if not whole:
        raise DataError(f"The backup '{path}' is damaged: its contents do not match its checksum. Remove it to start anew.")
    return {name: array.view(dtypes.standardize(kinds[name]).numpy) for name, array in plain.items()}


def _plain(array: np.ndarray) -> np.ndarray:
    """NumPy's format has no bfloat16; its bits travel as integers."""
    array = np.ascontiguousarray(array).reshape(array.shape)
    return array if array.dtype.kind in "biufc" else array.view(f"u{array.dtype.itemsize}")


def _digest(plain: dict[str, np.ndarray], kinds: dict[str, str]) -> str:
    digest = hashlib.sha256()
    for name in sorted(plain):
        digest.update(json.dumps([name, kinds.get(name), list(plain[name].shape)]).encode())
        digest.update(np.ascontiguousarray(plain[name]).data)
    return digest.hexdigest()
