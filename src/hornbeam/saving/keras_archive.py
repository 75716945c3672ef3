"""The `.keras` format: a ZIP of three files, in Keras's own layout.

`metadata.json` says who wrote it, `config.json` is the architecture with the arguments of `compile`, and `model.weights.h5` holds
weights and optimizer state (`saving.weights_h5`). Below `assets/`, by the same paths, is what layers with `save_assets(folder)` keep in
files of their own: vocabularies. The archive is checked whole before any of it is used.
"""

import contextlib
import datetime
import os
import re
import shutil
import stat
import tempfile
import zipfile
import zlib
from collections.abc import Iterator
from typing import Any

from hornbeam.engine import registry
from hornbeam.engine.callers import warn
from hornbeam.engine.errors import DataError, HornbeamError
from hornbeam.saving import dialect, files, h5, objects, weights_h5

_METADATA, _CONFIG, _WEIGHTS = "metadata.json", "config.json", "model.weights.h5"
_LARGEST = {_METADATA: 1 << 20, _CONFIG: 256 << 20, _WEIGHTS: 1 << 46}  # bytes
_ASSET = re.compile(r"assets(/(?!\.)[\w .\-]+)+")  # folders and a file below `assets`, none of them hidden or `..`
_LARGEST_ASSET = 1 << 32
_GROWTH = 100  # times its size in the archive that a large entry may unpack to
LAYOUT = "3.15.1"  # the Keras whose layout this is


def save(model: Any, filepath: Any, overwrite: bool = True, include_optimizer: bool = True) -> None:
    """Write a model to a `.keras` file.

    Args:
        include_optimizer: keep the optimizer's state, so that training can go on.
    """
    config = objects.to_json(describe(model), f"model '{model.name}'")
    now = datetime.datetime.now()
    metadata = {"keras_version": LAYOUT, "date_saved": now.strftime("%Y-%m-%d@%H:%M:%S"), "hornbeam_version": _version()}
    with files.replacing(filepath, overwrite) as file, files.scratch() as made:
        with h5.writer(made) as root:
            weights_h5.write(model, root, include_optimizer)
        made.seek(0)
        with zipfile.ZipFile(file, "w") as archive:
            archive.writestr(_METADATA, objects.to_json(metadata, "the file"))
            archive.writestr(_CONFIG, config)
            entry = zipfile.ZipInfo(_WEIGHTS, now.timetuple()[:6])
            entry.external_attr = 0o644 << 16
            with archive.open(entry, "w", force_zip64=True) as target:
                shutil.copyfileobj(made, target, 1 << 20)
            _write_assets(model, archive)


def load(filepath: Any, custom_objects: dict[str, Any] | None = None, compile: bool = True, safe_mode: bool = True) -> Any:
    """Read a model from a `.keras` file; see `load_model`."""
    name = f"'{filepath}'"
    with files.opened(filepath) as file, _archive(file, name) as archive:
        try:
            text = archive.read(_CONFIG)
        except (zipfile.BadZipFile, OSError, EOFError, zlib.error) as error:
            raise DataError(f"{name} is damaged: {error}.") from error
        config = objects.from_json(text, f"{_CONFIG} in {name}")
        if not isinstance(config, dict) or not isinstance(config.get("class_name"), str):
            raise DataError(f"{_CONFIG} in {name} describes no model.")
        with objects.custom_object_scope(custom_objects):
            model = rebuild(config, name, compile, safe_mode)
            with _weights(archive, name) as root:
                weights_h5.read(model, root, optimizer=compile)
                _read_assets(model, archive, root, name)
    return model


def load_weights(model: Any, filepath: Any, skip_mismatch: bool = False) -> None:
    """Read only the weights of a `.keras` file into a model there is."""
    name = f"'{filepath}'"
    with files.opened(filepath) as file, _archive(file, name) as archive, _weights(archive, name) as root:
        weights_h5.read(model, root, skip_mismatch)
        _read_assets(model, archive, root, name)


@contextlib.contextmanager
def opened(file: Any, name: str) -> Iterator[tuple[zipfile.ZipFile, h5.Group]]:
    """The archive in a file, and the weights in it."""
    with _archive(file, f"'{name}'") as archive, _weights(archive, f"'{name}'") as root:
        yield archive, root


# Assets.
def _write_assets(model: Any, archive: zipfile.ZipFile) -> None:
    for path, thing in weights_h5.walk(model):
        if hasattr(thing, "save_assets"):
            with tempfile.TemporaryDirectory() as folder:
                thing.save_assets(folder)
                for below, _, names in os.walk(folder):
                    for name in sorted(names):
                        file = os.path.join(below, name)
                        inside = os.path.relpath(file, folder).replace(os.sep, "/")
                        archive.write(file, "/".join(filter(None, ("assets", path, inside))))


def _read_assets(model: Any, archive: zipfile.ZipFile, root: h5.Group, name: str) -> None:
    left = {entry for entry in archive.namelist() if entry.startswith("assets/") and not entry.endswith("/")}
    takers = [(f"assets/{path}/", thing) for path, thing in weights_h5.walk(model, root) if path and hasattr(thing, "load_assets")]
    for start, thing in sorted(takers, key=lambda taker: -len(taker[0])) if left else ():
        if own := {entry for entry in left if entry.startswith(start)}:
            left -= own
            with tempfile.TemporaryDirectory() as folder:
                for entry in own:
                    target = os.path.join(folder, *entry.removeprefix(start).split("/"))
                    os.makedirs(os.path.dirname(target), exist_ok=True)
                    try:
                        with archive.open(entry) as source, open(target, "wb") as file:
                            shutil.copyfileobj(source, file, 1 << 20)
                    except (zipfile.BadZipFile, EOFError, zlib.error) as error:
                        raise DataError(f"{name} is damaged: {error}.") from error
                thing.load_assets(folder)
    if left:
        raise DataError(f"{name} is refused: it holds the asset {min(left)!r}, which no layer of the model asks for.")


# Configuration.
def describe(model: Any) -> dict[str, Any]:
    """The contents of `config.json`."""
    config = registry.to_config(model)
    objects.refuse_lambdas(config, f"model '{model.name}'")
    if build := model.get_build_config():
        config["build_config"] = build
    if compiled := compile_arguments(model):
        config["compile_config"] = compiled
    return config


def compile_arguments(model: Any) -> dict[str, Any] | None:
    """The arguments of `compile` as plain data; None, with a warning, when one of them is code that a file cannot hold."""
    if not hasattr(model, "get_compile_config"):  # a layer that is saved by itself
        return None
    try:
        compiled = model.get_compile_config()
        objects.refuse_lambdas(compiled, "compile(...)")
    except HornbeamError as error:
        warn(f"The model is saved without the arguments of compile: {error} Compile it again after loading.")
        return None
    return compiled


def rebuild(config: dict[str, Any], name: str, compile: bool = True, safe_mode: bool = True) -> Any:
    """The model that `describe` described, built and compiled, its weights not yet read."""
    compiled = config.pop("compile_config", None)
    config = dialect.modern(config)
    objects.check(config, name, safe_mode)
    with registry.code_scope(not safe_mode or registry.code_allowed()):
        model = objects._value(config)
    if not hasattr(model, "build_from_config"):
        raise DataError(f"{name} describes a {type(model).__name__}, which is no model.")
    if (build := config.get("build_config")) and not model.built:
        model.build_from_config(build)
    if compile and compiled:
        compiled = dialect.modern(compiled)
        objects.check(compiled, f"{name} (its compile arguments; compile=False leaves them)", safe_mode)
        for key in ("loss", "metrics", "weighted_metrics"):
            compiled[key] = objects.own_functions(compiled.get(key), name)
        try:
            model.compile_from_config(compiled)
        except TypeError as error:
            if isinstance(error, HornbeamError):
                raise
            warn(
                f"{name}: the model is loaded but not compiled, as its own `compile` does not take what was saved: {error}.")
    return model


def _version() -> str:
    import hornbeam

    return hornbeam.__version__


# Checks.
def _archive(file: Any, name: str) -> zipfile.ZipFile:
    """The opened archive, if it is one, with the entries a model file has and no others, of plausible sizes."""
    if not zipfile.is_zipfile(file):
        file.seek(0)
        start = file.read(8)
        what = "an HDF5 file: give it the ending '.h5'" if start == b"\x89HDF\r\n\x1a\n" else "not one (no ZIP archive), or not whole"
        raise DataError(f"{name} has the ending of a Keras model file but is {what}.")
    file.seek(0, 2)
    size = file.tell()
    file.seek(0)
    try:
        archive = zipfile.ZipFile(file)
    except (zipfile.BadZipFile, ValueError, NotImplementedError) as error:
        raise DataError(f"{name} is damaged: {error}.") from error
    entries = [entry for entry in archive.infolist() if not entry.is_dir() or entry.filename.strip("/") != "assets"]
    found = [entry.filename for entry in entries]
    for entry in entries:
        mode = entry.external_attr >> 16
        problem = None
        largest = _LARGEST.get(entry.filename, _LARGEST_ASSET if _ASSET.fullmatch(entry.filename) else None)
        if largest is None:
            problem = f"the entry {entry.filename!r}, which no model file has"
        elif found.count(entry.filename) > 1:
            problem = f"two entries called {entry.filename!r}"
        elif stat.S_IFMT(mode) not in (0, stat.S_IFREG):
            problem = f"{entry.filename!r} as a link or another special file"
        elif entry.flag_bits & 1 or entry.compress_type not in (zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED):
            problem = f"{entry.filename!r} encrypted or packed in an unusual way"
        elif entry.file_size > largest:
            problem = f"{entry.filename!r} of {entry.file_size:,} bytes"
        elif entry.compress_size > size or entry.file_size > max(16 << 20, _GROWTH * entry.compress_size):
            problem = f"{entry.filename!r} that would unpack to {entry.file_size:,} bytes from {entry.compress_size:,}"
        if problem:
            raise DataError(f"{name} is refused: it holds {problem}.")
    if missing := [entry for entry in (_CONFIG, _WEIGHTS) if entry not in found]:
        raise DataError(f"{name} is no Keras model file: it lacks {' and '.join(missing)}.")
    return archive


@contextlib.contextmanager
def _weights(archive: zipfile.ZipFile, name: str) -> Iterator[h5.Group]:
    """The root of the weights in an archive, unpacked to a scratch file as far as its stated size."""
    with files.scratch() as made:
        try:
            with archive.open(_WEIGHTS) as source:
                shutil.copyfileobj(source, made, 1 << 20)
        except (zipfile.BadZipFile, OSError, EOFError, zlib.error) as error:
            raise DataError(f"{name} is damaged: {error}.") from error
        made.seek(0)
        with h5.reader(made, f"{_WEIGHTS} in {name}") as root:
            yield root
