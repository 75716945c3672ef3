"""docs/api.md says what the code has."""

import importlib.util
from pathlib import Path

import pytest

TOOL = Path(__file__).resolve().parents[1] / "tools" / "make_api_table.py"


@pytest.fixture(scope="module")
def tool():
    spec = importlib.util.spec_from_file_location("make_api_table", TOOL)
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


def test_the_page_is_up_to_date(tool):
    assert tool.main(["--check"]) == 0, "run python tools/make_api_table.py and commit docs/api.md"


def test_a_stale_page_is_noticed(tool, monkeypatch, tmp_path, capsys):
    page = tmp_path / "api.md"
    monkeypatch.setattr(tool, "TARGET", page)
    assert tool.main(["--check"]) == 1
    assert tool.main([]) == 0 and tool.main(["--check"]) == 0
    page.write_text(page.read_text().replace("`Dense`, ", ""))
    assert tool.main(["--check"]) == 1 and "stale" in capsys.readouterr().err


def test_missing_names_and_arguments_are_seen(tool, monkeypatch):
    names = {"layers": {"Dense": "units nothing", "NoSuchLayer": "", "Conv2D": "filters name"}, "nowhere": {"A": ""}}
    monkeypatch.setattr(tool, "KERAS", {"version": "0", "namespaces": names})
    page = tool.page()
    assert "| `keras.layers` | 2 | 3 |" in page and "| `keras.nowhere` | 0 | 1 |" in page
    assert "Missing: `NoSuchLayer`." in page and "Arguments not taken: `Dense`: `nothing`." in page
