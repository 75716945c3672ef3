"""Weights in several files: `name.weights.json` says which, `name_00000.weights.h5` and its followers hold them."""

import json
import os
import re
from collections import defaultdict
from pathlib import Path
from typing import Any

import numpy as np

from hornbeam.engine.errors import ArgumentError, DataError
from hornbeam.saving import files, h5, weights_h5

ENDING = ".weights.json"


def save_weights(model: Any, filepath: Any, overwrite: bool, max_shard_size: float) -> None:
    """Write a model's weights to files of at most `max_shard_size` gigabytes."""
    limit, parts, sizes = max_shard_size * 1024**3, [{}], [0]  # type: ignore[var-annotated]
    table: dict[str, list[str]] = defaultdict(list)
    base = Path(os.fspath(filepath))
    stem = base.name.removesuffix(ENDING).removesuffix(".weights.h5")
    total = 0
    for path, thing in weights_h5.walk(model):
        place, store = f"{path}/vars" if path else "vars", {}  # type: ignore[var-annotated]
        thing.save_own_variables(store)
        for name, value in store.items():
            array = np.asarray(value)
            if array.nbytes > limit:
                raise ArgumentError(f"'{place}/{name}' takes {array.nbytes:,} bytes, more than {max_shard_size} gigabytes.")
            if sizes[-1] + array.nbytes > limit:
                parts, sizes = [*parts, {}], [*sizes, 0]
            parts[-1].setdefault((place, getattr(thing, "name", path.rpartition("/")[2])), {})[name] = array
            sizes[-1] += array.nbytes
            total += array.nbytes
            shard = f"{stem}_{len(parts) - 1:05d}.weights.h5"
            table[f"/{place}"] += [shard] if shard not in table[f"/{place}"] else []
    for number, part in enumerate(parts):
        with files.replacing(base.with_name(f"{stem}_{number:05d}.weights.h5"), overwrite) as file, h5.writer(file) as root:
            for (place, title), store in part.items():
                group = root.create_group(place)
                group.attrs["name"] = title
                for name, array in store.items():
                    h5.put(group, name, array)
    with files.replacing(base.with_name(stem + ENDING), overwrite) as file:
        file.write(json.dumps({"metadata": {"total_size": total}, "weight_map": table}, indent=4).encode())


def load_weights(model: Any, filepath: Any, skip_mismatch: bool = False) -> None:
    """Read what `save_weights` wrote; the files are looked for beside `filepath`."""
    with files.opened(filepath) as file:
        try:
            table = json.load(file)["weight_map"]
            names = sorted({name for each in table.values() for name in ([each] if isinstance(each, str) else each)})
        except (ValueError, KeyError, TypeError, AttributeError) as error:
            raise DataError(f"'{filepath}' is damaged: it does not say which files hold the weights.") from error
    with files.scratch() as made:
        with h5.writer(made) as whole:
            for name in names:
                if not re.fullmatch(r"[^/\\]+\.weights\.h5", name):
                    raise DataError(f"'{filepath}' is refused: it names the file '{name}', which is not one of weights beside it.")
                part = Path(os.fspath(filepath)).with_name(name)
                with files.opened(part) as file, h5.reader(file, str(part)) as root:
                    for place in table:
                        if (group := root / place.strip("/")) is not None:
                            into = whole.require_group(place)
                            into.attrs["name"] = group.text("name") or into.attrs.get("name", "")
                            for each in group.names():
                                h5.put(into, each, group.array(each))
        made.seek(0)
        with h5.reader(made, str(filepath)) as root:
            weights_h5.read(model, root, skip_mismatch)
