"""`hornbeam info`, for people and for programs."""

import json

import hornbeam
from hornbeam.cli import main


def test_json(tmp_path, monkeypatch, capsys):
    (tmp_path / "datasets" / "some").mkdir(parents=True)
    (tmp_path / "datasets" / "some" / "file").write_bytes(b"12345")
    monkeypatch.setenv("KERAS_HOME", str(tmp_path))
    assert main(["info", "--json"]) == 0
    found = json.loads(capsys.readouterr().out)
    assert found["hornbeam"] == hornbeam.__version__
    assert found["packages"]["jax"]
    assert found["devices"][0]["platform"] == "cpu"
    assert found["caches"]["data sets"] == {"path": str(tmp_path / "datasets"), "files": 1, "bytes": 5}


def test_text(tmp_path, monkeypatch, capsys):
    monkeypatch.setenv("KERAS_HOME", str(tmp_path))
    assert main(["info"]) == 0
    lines = dict(line.split(maxsplit=1) for line in capsys.readouterr().out.splitlines())
    assert lines["hornbeam"] == hornbeam.__version__
    assert lines["data"] == f"sets          {tmp_path / 'datasets'} (0 bytes in 0 files)"
    assert {"python", "jaxlib", "device", "compiled"} <= lines.keys()
