"""`hornbeam run notebook.ipynb`: the cells run one after the other, and the notebook is written with what they gave.

They run in the kernel that Jupyter itself uses (ipykernel, driven by nbclient), so magics, shell commands, pictures and widgets are what
they are in Jupyter. An IPython shell in this process would need fewer packages, but each of those would have to be made again; and a
kernel that crashes leaves a notebook that says where.
"""

import importlib.util
import os
import re
import sys
from pathlib import Path
from typing import Any

from hornbeam.cli.run import hand_on
from hornbeam.engine.errors import DataError, MissingExtra

_COLOURS = re.compile(r"\x1b\[[0-9;]*m")


def run_notebook(path: Path, output: Path | None = None, allow_errors: bool = False) -> int:
    """Runs a notebook in its own folder, and writes it with its outputs, pictures included, also when a cell fails.

    Args:
        output: where to; by default beside it: 'name.executed.ipynb'.
        allow_errors: go on after a cell that raises an error. (Cells tagged 'raises-exception' may fail in any case.)

    Returns:
        0, or 1 when a cell failed and `allow_errors` is off: the cells after it have not been run.

    Raises: MissingExtra, when nbclient or ipykernel is not installed. DataError: the file is no notebook.
    """
    for package in ("nbclient", "ipykernel"):
        if importlib.util.find_spec(package) is None:
            raise MissingExtra("Running a notebook", "notebook", package)
    import nbformat
    from nbclient.exceptions import CellExecutionError, DeadKernelError

    try:
        notebook = nbformat.read(path, as_version=4)
    except (nbformat.reader.NotJSONError, nbformat.ValidationError, AttributeError, KeyError) as error:
        raise DataError(f"'{path}' is not a Jupyter notebook: {str(error)[:200]}") from None
    output = output or path.with_name(f"{path.stem}.executed.ipynb")
    if output.resolve() != path.resolve() and not output.parent.is_dir():
        raise FileNotFoundError(f"The folder '{output.parent}' does not exist. Make it first.")
    hand_on()
    status = 0
    try:
        _client(notebook, path, allow_errors).execute()
    except CellExecutionError:
        status = 1
        _tell_failed(notebook, path)
    except DeadKernelError:
        status = 1
        print(f"hornbeam: the kernel that ran '{path}' died. The last cell with output shows how far it came.", file=sys.stderr)
    finally:
        nbformat.write(notebook, output)
        print(f"Wrote {output}.")
    return status


def _client(notebook: Any, path: Path, allow_errors: bool) -> Any:
    from jupyter_client.kernelspec import KernelSpec
    from jupyter_client.manager import AsyncKernelManager
    from nbclient import NotebookClient

    # This Python, whatever kernel the notebook was written with: the name it notes is one of another computer's.
    spec = KernelSpec(
        argv=[sys.executable, "-m", "ipykernel_launcher", "-f", "{connection_file}", "--ext=hornbeam", "--log-level=ERROR"],
        display_name="Python 3",
        language="python",
    )

    class Manager(AsyncKernelManager):
        kernel_spec = property(lambda self: spec)

    def show(cell: Any, cell_index: int) -> None:
        if sys.stderr.isatty():
            print(f"\rcell {cell_index + 1} of {len(notebook.cells)} ", end="", file=sys.stderr, flush=True)

    return NotebookClient(
        notebook, kernel_manager_class=Manager, kernel_name="python3", timeout=None, allow_errors=allow_errors, record_timing=False,
        coalesce_streams=True, on_cell_start=show, resources={"metadata": {"path": os.path.dirname(os.path.abspath(path))}},
    )  # fmt: skip


def _tell_failed(notebook: Any, path: Path) -> None:
    """Say which cell failed, with its traceback."""
    code = [cell for cell in notebook.cells if cell.cell_type == "code"]
    for number, cell in enumerate(code, 1):
        for each in cell.outputs:
            if each.output_type == "error" and "raises-exception" not in cell.metadata.get("tags", []):
                text = "\n".join(each.traceback)
                print(text if sys.stderr.isatty() else _COLOURS.sub("", text), file=sys.stderr)
                print(f"hornbeam: cell {number} of '{path}' failed; the cells after it were not run.", file=sys.stderr)
                return
