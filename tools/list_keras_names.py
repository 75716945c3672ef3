"""Lists Keras's public names and their arguments into tools/keras_names.json.

Run it where Keras is installed: `python tools/list_keras_names.py`. Only names are taken, as `dir` and `inspect.signature` give them.
"""

import inspect
import json
import types
from pathlib import Path

import keras

TARGET = Path(__file__).with_name("keras_names.json")
LEFT_OUT = {"src", "legacy", "version"}


def arguments(thing):
    """The names of a function's or class's arguments."""
    try:
        parameters = inspect.signature(thing).parameters.values()
    except (TypeError, ValueError):
        return []
    return [p.name for p in parameters if p.kind in (p.POSITIONAL_ONLY, p.POSITIONAL_OR_KEYWORD, p.KEYWORD_ONLY) and p.name != "self"]


def walk(module, path, found):
    """Every public namespace below a module."""
    names = {}
    for name in sorted(vars(module)):
        thing = getattr(module, name)
        if name.startswith("_") or name in LEFT_OUT:
            continue
        if isinstance(thing, types.ModuleType):
            walk(thing, f"{path}.{name}".lstrip("."), found)
        else:
            names[name] = arguments(thing) if callable(thing) else []
    if names:
        found[path] = names


if __name__ == "__main__":
    namespaces: dict = {}
    walk(keras, "", namespaces)
    rows = []
    for path, names in sorted(namespaces.items()):
        lines = ",\n".join(f"   {json.dumps(name)}: {json.dumps(' '.join(given))}" for name, given in names.items())
        rows.append(f"  {json.dumps(path)}: {{\n{lines}\n  }}")
    TARGET.write_text(f'{{"version": "{keras.__version__}", "namespaces": {{\n' + ",\n".join(rows) + "\n}}\n")
