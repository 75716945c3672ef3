"""The code in a notebook, as Python: IPython's magics and shell commands become statements that do nothing."""

import json
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from hornbeam.engine.errors import DataError

# Cell magics below which there is Python; below any other there is another language, or text.
_PYTHON = ("time", "timeit", "capture", "prun", "memit", "mprun")
_ASSIGNED = re.compile(r"^(\s*[\w.,\s\[\]'\"]+=\s*)[!%].*$")
_HELP = re.compile(r"^\s*\?{1,2}[\w.*]+\s*$|^\s*[\w.%]+\?{1,2}\s*$")


def code_cells(path: Path) -> Iterator[tuple[int, str]]:
    """The code cells' numbers, counted from 1, and sources.

    Raises: DataError, for a file that is no notebook.
    """
    try:
        notebook: Any = json.loads(path.read_text(encoding="utf-8"))
        sheets = notebook.get("worksheets", [notebook])  # until version 3, cells were in sheets
        found = [cell for sheet in sheets for cell in sheet["cells"] if cell["cell_type"] == "code"]
        sources = [cell.get("source", cell.get("input", "")) for cell in found]
    except (ValueError, KeyError, TypeError, AttributeError) as error:
        raise DataError(f"'{path}' is not a Jupyter notebook: {type(error).__name__} {error}.") from None
    for number, source in enumerate(sources, 1):
        yield number, "".join(source)


def as_python(source: str) -> str:
    """A cell's source with as many lines, in which only Python is left."""
    lines = source.split("\n")
    first = next((i for i, line in enumerate(lines) if line.strip()), 0)
    if lines and lines[first].startswith("%%"):
        if lines[first][2:].split(" ")[0].strip() not in _PYTHON:
            return "\n" * (len(lines) - 1)
        lines[first] = ""
    continued = False
    for i, line in enumerate(lines):
        stripped = line.lstrip()
        if continued or stripped.startswith(("%", "!")) or _HELP.match(line):
            magic = True
            lines[i] = line[: len(line) - len(stripped)] + "pass" if not continued else ""
        else:
            magic = bool(_ASSIGNED.match(line))
            if magic:
                lines[i] = _ASSIGNED.sub(r"\1None", line)
        continued = magic and line.rstrip().endswith("\\")
    return "\n".join(lines)
