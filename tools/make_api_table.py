"""Writes docs/api.md: which of Keras's public names Hornbeam has, and which arguments it does not take.

`python tools/make_api_table.py` writes it, with `--check` it fails when the file says something else than the code. Keras's names are in
tools/keras_names.json, which list_keras_names.py makes.
"""

import argparse
import inspect
import json
import sys
from pathlib import Path
from typing import Any

import hornbeam.keras

ROOT = Path(__file__).resolve().parents[1]
KERAS = json.loads((ROOT / "tools" / "keras_names.json").read_text())
TARGET = ROOT / "docs" / "api.md"
MODULES = [
    "models", "layers", "ops", "random", "losses", "metrics", "activations", "optimizers", "callbacks", "initializers", "regularizers",
    "constraints", "datasets", "utils", "saving", "config", "mixed_precision", "preprocessing",
]  # in this order; the others follow  # fmt: skip
HEAD = """# The API beside Keras's

What Keras {version} has in each of its namespaces, and what of it is here. `tools/make_api_table.py` writes this page from the code;
edit the code, not the page.

| namespace | here | in Keras |
| --- | ---: | ---: |
"""


def namespaces() -> list[str]:
    """Keras's namespaces, those people use most first."""
    rank = {name: i for i, name in enumerate(["", *MODULES])}
    return sorted(KERAS["namespaces"], key=lambda path: (rank.get(path.partition(".")[0], len(rank)), path))


def find(path: str) -> Any:
    """The object at a dotted path of `hornbeam.keras`, or None."""
    found: Any = hornbeam.keras
    for part in filter(None, path.split(".")):
        found = getattr(found, part, None)
    return found


def arguments(thing: Any) -> set[str] | None:
    """The names of the arguments that a function or class takes, its bases' among them; None for any."""
    taken: set[str] = set()
    made = [vars(cls).get("__init__" if "__init__" in vars(cls) else "__new__") for cls in getattr(thing, "__mro__", ())]
    layers = [function for function in made if function is not None] if inspect.isclass(thing) else [thing]
    for function in layers:
        if function is object.__init__:
            break
        parameters = inspect.signature(function).parameters.values()
        taken |= {p.name for p in parameters}
        if not any(p.kind is p.VAR_KEYWORD for p in parameters):
            return taken
    return None if not inspect.isclass(thing) else taken


def lacking(path: str) -> dict[str, list[str]]:
    """Arguments that Keras's things of a namespace take and Hornbeam's do not, by thing."""
    found = {}
    for name, given in KERAS["namespaces"][path].items():
        thing = getattr(find(path), name, None)
        if thing is None or not callable(thing) or not given:
            continue
        taken = arguments(thing)
        if taken is not None and (missing := [each for each in given.split() if each not in taken]):
            found[name] = missing
    return found


def page() -> str:
    rows, sections = [], []
    for path in namespaces():
        names = list(KERAS["namespaces"][path])
        module = find(path)
        here = [name for name in names if module is not None and hasattr(module, name)]
        missing = [name for name in names if name not in here]
        title = f"keras.{path}".rstrip(".")
        rows.append(f"| `{title}` | {len(here)} | {len(names)} |")
        if not here:
            continue  # the table says enough
        text = f"## {title}\n\nHere: {code(here)}.\n"
        if missing:
            text += f"\nMissing: {code(missing)}.\n"
        if module is not None and (arguments_lacking := lacking(path)):
            text += "\nArguments not taken: " + "; ".join(f"`{name}`: {code(each)}" for name, each in arguments_lacking.items()) + ".\n"
        sections.append(text)
    return HEAD.format(version=KERAS["version"]) + "\n".join(rows) + "\n\n" + "\n".join(sections)


def code(names: list[str]) -> str:
    return ", ".join(f"`{name}`" for name in names)


def main(options: list[str] | None = None) -> int:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--check", action="store_true", help="fail when docs/api.md is stale")
    check = parser.parse_args(options).check
    text = page()
    if not check:
        TARGET.write_text(text)
        return 0
    if TARGET.exists() and TARGET.read_text() == text:
        return 0
    old = set(TARGET.read_text().splitlines()) if TARGET.exists() else set()
    for line in text.splitlines():
        if line.startswith("|") and line not in old:
            print(line)
    print("docs/api.md is stale: run python tools/make_api_table.py", file=sys.stderr)
    return 1


if __name__ == "__main__":
    sys.exit(main())
