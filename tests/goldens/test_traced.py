"""The same answers inside compiled functions: a sample of the lines in the tables of tf expressions, their inputs as arguments."""

from __future__ import annotations

import ast
import importlib
import inspect
from pathlib import Path
from typing import Any

import pytest

from goldens import store, tables

HERE = Path(__file__).resolve().parent
EVERY = 9  # a compile each: all lines would take a minute


def _lines(family: str) -> list[tuple[str, str]]:
    cases = importlib.import_module(f"goldens.cases.{family}").CASES
    return [(name, line) for name, case in cases.items() for line in tables.lines(inspect.getclosurevars(case).nonlocals["text"])]


@pytest.mark.parametrize("family", ["tf_arrays", "tf_linalg"])
def test_as_outside(family: str) -> None:
    import hornbeam.tensorflow as tf
    from hornbeam.engine import manners

    module, goldens = importlib.import_module(f"goldens.cases.{family}"), store.load(HERE / "data" / f"{family}.npz")
    complaints, count = [], 0
    with manners.turned(True):
        for name, line in _lines(family)[::EVERY]:
            expected = {key: value for key, value in goldens[name].items() if key == line or key.startswith(line + " ")}
            if not any(store.is_number(value) for value in expected.values()):
                continue  # an error or a word
            result = _compiled(tf, line, inspect.getclosurevars(module.CASES[name]).nonlocals["inputs"])
            complaints += store.compare_numbers(tables.flat(line, result), expected, *module.TOLERANCE)
            count += 1
    assert count > 10 and not complaints


def _compiled(tf: Any, line: str, inputs: dict[str, Any]) -> Any:
    used = [node.id for node in ast.walk(ast.parse(line, mode="eval")) if isinstance(node, ast.Name) and node.id in inputs]
    code = compile(line, "<table>", "eval")
    scope = {"tf": tf, "np": tables.np, **{name: inputs[name](tf) for name in used if callable(inputs[name])}}
    given = [name for name in dict.fromkeys(used) if not callable(inputs[name])]
    function = tf.function(lambda *tensors: eval(code, {**scope, **dict(zip(given, tensors, strict=True))}))
    return function(*[tf.constant(inputs[name]) for name in given])
