"""`hornbeam run notebook.ipynb`: an executed notebook, whatever happens in it."""

import base64
import json
import os
import sys

import pytest

from hornbeam.cli import main, notebook
from hornbeam.engine.errors import DataError

nbformat = pytest.importorskip("nbformat")
CELLS = [
    "!pip install tensorflow==2.4.1\n%tensorflow_version 2.x\n%matplotlib inline",
    "import tensorflow as tf, os\nimport matplotlib.pyplot as plt\nprint(tf.__name__, sorted(os.listdir()))",
    "%%time\nfrom keras import layers",
    "plt.figure(figsize=(1, 1))\nplt.plot([1, 2])\nplt.show()",
    "import sys\n!{sys.executable} -c 'import tensorflow; print(tensorflow.__name__)'",
    "layers.Dense(3, unit=2)",
    "'after'",
]


@pytest.fixture(autouse=True)
def _nothing_is_left(monkeypatch):
    monkeypatch.setattr(os, "environ", os.environ.copy())
    finders = list(sys.meta_path)
    yield
    assert sys.meta_path == finders  # the hook is the kernel's


def written(path, cells=CELLS, tagged=()):
    book = nbformat.v4.new_notebook(metadata={"kernelspec": {"name": "tf24-gpu", "display_name": "TF", "language": "python"}})
    book.cells = [nbformat.v4.new_code_cell(source) for source in cells]
    for i in tagged:
        book.cells[i].metadata["tags"] = ["raises-exception"]
    nbformat.write(book, path)
    return path


def test_it_stops_where_a_cell_fails(tmp_path, capfd):
    path = written(tmp_path / "book.ipynb")
    before = path.read_bytes()
    assert main(["run", str(path)]) == 1
    assert path.read_bytes() == before
    outputs = [cell["outputs"] for cell in json.loads((tmp_path / "book.executed.ipynb").read_text())["cells"]]
    texts = ["".join(line for each in cell for line in each.get("text", ())) for cell in outputs]
    assert texts[0] == "hornbeam: tensorflow==2.4.1 is not installed, Hornbeam stands in for it.\n"
    assert texts[1] == "hornbeam.tensorflow ['book.ipynb']\n"
    assert "Wall time" in texts[2]
    (picture,) = [each for each in outputs[3] if each["output_type"] == "display_data"]
    assert base64.b64decode(picture["data"]["image/png"]).startswith(b"\x89PNG")
    assert texts[4].strip() == "hornbeam.tensorflow"
    (error,) = outputs[5]
    assert error["ename"] == "ArgumentError" and "Dense does not take the argument 'unit'" in error["evalue"]
    assert "hornbeam/layers" not in "".join(error["traceback"])  # its frames are left out
    assert outputs[6] == []
    said = capfd.readouterr()
    assert "cell 6 of" in said.err and "ArgumentError" in said.err and "\x1b" not in said.err
    assert "Wrote" in said.out


def test_it_goes_on_when_told_to(tmp_path):
    path, output = written(tmp_path / "book.ipynb", ["1 / 0", "{}['a']", "'after'"], tagged=[0]), tmp_path / "out.ipynb"
    assert main(["run", str(path), "-o", str(output), "--allow-errors"]) == 0
    cells = nbformat.read(output, as_version=4).cells
    assert [cell.outputs[0].output_type for cell in cells] == ["error", "error", "execute_result"]


def test_files_that_are_none(tmp_path, monkeypatch):
    (tmp_path / "a.ipynb").write_text("print(1)")
    with pytest.raises(DataError, match="not a Jupyter notebook"):
        notebook.run_notebook(tmp_path / "a.ipynb")
    with pytest.raises(FileNotFoundError, match="folder"):
        notebook.run_notebook(written(tmp_path / "b.ipynb"), tmp_path / "no" / "c.ipynb")
    monkeypatch.setattr(notebook.importlib.util, "find_spec", lambda name: None)
    with pytest.raises(ImportError, match=r"pip install 'hornbeam\[notebook\]'"):
        notebook.run_notebook(tmp_path / "a.ipynb")
