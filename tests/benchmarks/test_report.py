"""The benchmarks' tables: ratios, floors, and the page that keeps what was not rerun. No timing."""

import io
import json
from importlib.util import find_spec

import pytest
from rich.console import Console

from benchmarks import catalogue, report


def section(name="mlp", device="cpu", **entrants):
    return {
        "benchmark": name,
        "device": device,
        "machine": {"processor": "A processor", "cores": "2 cores"},
        "commit": "abc1234",
        "command": f"python -m benchmarks {name}",
        "date": "2026-01-02",
        "entrants": {key.replace("_", "-"): value for key, value in entrants.items()},
    }


def epochs(*seconds):
    return {"measures": {"epoch": list(seconds)}, "versions": {"numpy": "2.0.0"}, "notes": {"validation accuracy": 0.9}}


def table(name="mlp", device="cpu", **entrants):
    return {(row.measure, row.entrant): row for row in report.rows(section(name, device, **entrants))}


def test_a_ratio_is_hornbeam_over_the_peer_of_medians():
    rows = table(hornbeam=epochs(0.1, 9.0, 0.2), keras_jax=epochs(0.7, 0.8, 0.1))
    row = rows["epoch", "keras-jax"]
    assert row.ratio == report.number(0.2 / 0.7)
    assert row.cells()[:4] == ("epoch", "Keras on JAX", "0.700 s", "0.100 .. 0.800")
    assert rows["epoch", "hornbeam"].ratio == ""


@pytest.mark.parametrize(("ours", "words"), [(0.5, "at most 0.5: met"), (0.51, "at most 0.5: NOT met")])
def test_a_ratio_floor_stands_beside_its_peer(ours, words):
    rows = table(hornbeam=epochs(ours), keras_jax=epochs(1.0), torch=epochs(1.0))
    assert rows["epoch", "keras-jax"].floor == words
    assert rows["epoch", "hornbeam"].floor == rows["epoch", "torch"].floor == ""


def test_an_absolute_floor_binds_only_on_its_device():
    assert table(device="gpu", hornbeam=epochs(0.06))["epoch", "hornbeam"].floor == "at most 0.05 s: NOT met"
    assert table(device="cpu", hornbeam=epochs(0.06))["epoch", "hornbeam"].floor == ""


def test_two_hornbeams_are_both_compared():
    def process(seconds):
        return {"measures": {"process": [seconds]}}

    rows = table("program", hornbeam_cold=process(3.0), hornbeam_warm=process(1.0), keras_jax=process(5.0))
    row = rows["process", "keras-jax"]
    assert row.ratio == "0.600 and 0.200"
    assert "cache at most 0.55: NOT met" in row.floor
    assert "cache at most 0.4: met" in row.floor


def test_who_did_not_run_is_named_and_leaves_no_row():
    broken = section(hornbeam=epochs(0.1), keras_tf={"error": "No matching distribution"})
    assert [row.entrant for row in report.rows(broken)] == ["hornbeam"]
    assert "Keras on TensorFlow failed: No matching distribution" in report.markdown({"mlp cpu": broken})
    out = io.StringIO()
    report.show(broken, Console(file=out, width=200))
    assert "failed: No matching distribution" in out.getvalue()
    assert "\x1b" not in out.getvalue()
    assert out.getvalue().isascii()


@pytest.mark.parametrize(
    ("value", "text"),
    [
        (0, "0"),
        (0.00123, "0.00123"),
        (0.131, "0.131"),
        (1.5, "1.50"),
        (23.44, "23.4"),
        (118.2, "118"),
        (12345.6, "12,346"),
        (-0.5, "-0.500"),
    ],
)
def test_numbers_have_three_digits(value, text):
    assert report.number(value) == text


def test_only_what_was_rerun_is_replaced(tmp_path):
    report.write(section(hornbeam=epochs(0.1)), tmp_path)
    report.write(section("cnn", hornbeam=epochs(3.0)), tmp_path)
    report.write(section(hornbeam=epochs(0.2)), tmp_path)
    report.write(section(device="gpu", hornbeam=epochs(0.04)), tmp_path)
    kept = json.loads((tmp_path / "results.json").read_text())
    assert {key: got["entrants"]["hornbeam"]["measures"]["epoch"] for key, got in kept.items()} == {
        "mlp cpu": [0.2],
        "cnn cpu": [3.0],
        "mlp gpu": [0.04],
    }
    page = (tmp_path / "RESULTS.md").read_text()
    assert page == report.markdown(kept)
    headings = [line for line in page.splitlines() if line.startswith("## ")]
    assert headings == ["## mlp on cpu", "## mlp on gpu", "## cnn on cpu"]
    for words in ("A processor, 2 cores", "numpy 2.0.0", "validation accuracy 0.9", "2026-01-02, commit abc1234"):
        assert words in page


def test_the_catalogue_names_only_what_there_is():
    for benchmark in catalogue.BENCHMARKS.values():
        assert find_spec(f"benchmarks.{benchmark.module}")
        assert set(benchmark.entrants) <= set(catalogue.ENTRANTS)
        for floor in benchmark.floors:
            assert floor.measure in benchmark.units
            assert {floor.entrant, floor.against or floor.entrant} <= set(benchmark.entrants)
    assert {entrant.environment for entrant in catalogue.ENTRANTS.values()} - {None} == set(catalogue.REQUIREMENTS)
