"""`hornbeam check FILE`: what a program, a notebook or a folder of them uses of TensorFlow and Keras, and what of it Hornbeam lacks."""

import ast
import os
import sys
import tokenize
from collections import defaultdict
from collections.abc import Iterator
from pathlib import Path

from hornbeam.cli import cells
from hornbeam.cli.names import ROOTS, Reader, Use
from hornbeam.engine.errors import DataError


def check(path: Path, only_missing: bool = False) -> int:
    """Prints a line for each name, with where it stands. Returns 1 when Hornbeam lacks any; 2 when a file cannot be read; else 0.

    A name that the program itself can do without (in a `try` that catches the error, or after `hasattr`) does not count.

    Args:
        path: a Python file, a notebook, or a folder: then all of them below it.
    """
    files = _programs(path) if path.is_dir() else [path]
    if not files:
        print(f"hornbeam: there is no Python file and no notebook in '{path}'.", file=sys.stderr)
        return 2
    places, unread = [], 0
    for file in files:
        before = f"{file.relative_to(path)} " if path.is_dir() else ""
        try:
            places += [(before + place, use) for place, use in _uses(file)]
        except SyntaxError as error:
            print(f"{file}, line {error.lineno}: {_no_python(error)}.", file=sys.stderr)
            unread += 1
        except (OSError, UnicodeDecodeError, DataError) as error:
            print(f"hornbeam: {error}", file=sys.stderr)
            unread += 1
    if unread == len(files):
        return 2
    from hornbeam import dialects

    dialects.install()  # older spellings are there too
    lines: dict[tuple[str, str], list[str]] = defaultdict(list)
    for place, use in places:
        for name, verdict in _verdicts(use):
            lines[name, verdict].append(place)
    counted = [name for name, verdict in lines if verdict == "MISSING"]
    width = max((len(name) for name, _ in lines), default=0)
    for (name, verdict), where in sorted(lines.items()):
        if verdict or not only_missing:
            print(f"{name:{width}}  {verdict + '  ' if verdict else ''}{', '.join(dict.fromkeys(where))}")
    total = len({name for name, _ in lines if "(" not in name})
    print(f"{path}: {total} TensorFlow and Keras names, {len(counted) or 'none'} of them missing in Hornbeam.")
    return 1 if counted else 2 if unread else 0


def _programs(folder: Path) -> list[Path]:
    """The Python files and notebooks below a folder, but not those of hidden folders and of virtual environments."""
    found = []
    for place, folders, files in os.walk(folder):
        folders[:] = sorted(name for name in folders if name[0] != "." and not os.path.exists(os.path.join(place, name, "pyvenv.cfg")))
        found += [Path(place, name) for name in sorted(files) if name.endswith((".py", ".ipynb"))]
    return found


def _no_python(error: SyntaxError) -> str:
    if (error.text or "").lstrip().startswith(("!", "%")):
        return "a command of notebooks, which Python does not know; check the notebook itself"
    return f"this is not Python 3: {error.msg}"


def _verdicts(use: Use) -> Iterator[tuple[str, str]]:
    """The name and whether it is missing; likewise for arguments that are."""
    from hornbeam.cli import known

    thing, called, lacks = known.find(use.path)
    name = "tf" + called.removeprefix("tensorflow") if called.startswith("tensorflow.") else called
    missing = "missing, but guarded" if use.guarded else "MISSING"
    if lacks or thing is not None or "()" not in use.path:
        yield name, missing if lacks else ""
    if not lacks and use.keywords:
        for keyword in known.refused(thing, use.keywords):
            yield f"{name}({keyword}=)", missing


def _uses(path: Path) -> list[tuple[str, Use]]:
    """Each use and its place: 'line 3', or 'cell 2 line 3' in a notebook."""
    reader = Reader()
    if path.suffix != ".ipynb":
        with tokenize.open(path) as file:  # the encoding that the file declares
            return [(f"line {use.line}", use) for use in _widest(reader.read(ast.parse(file.read(), str(path))))]
    found = []
    for number, source in cells.code_cells(path):
        try:
            tree = ast.parse(cells.as_python(source), f"cell {number}")
        except SyntaxError as error:
            print(f"{path}, cell {number}, line {error.lineno}: not Python ({error.msg}); this cell is left out.", file=sys.stderr)
            continue
        found += [(f"cell {number} line {use.line}", use) for use in _widest(reader.read(tree))]
    return found


def _widest(uses: list[Use]) -> list[Use]:
    """Without the bare roots, which every program has."""
    return [use for use in uses if use.path not in ROOTS]
