"""Operations of a functional model are saved by name: a name is one operation's, and what it names computes the same again."""

from __future__ import annotations

import functools
import gc
import importlib
import inspect
import json
from collections.abc import Callable, Iterable, Sequence
from types import SimpleNamespace
from typing import Any

import jax
import numpy as np
import pytest

from goldens import tables
from hornbeam.engine import door, manners
from hornbeam.engine.errors import ArgumentError
from hornbeam.engine.tensor import Tensor
from hornbeam.models import operation_config
from ops.op_examples import EXAMPLES


def _examples() -> Iterable[Callable[[], Any]]:
    """Every other example, at least one of each operation."""
    return [call for calls in EXAMPLES.values() for call in list(calls)[::2]]


def _lines() -> Iterable[Callable[[], Any]]:
    """Every fifth line of the tables of tf expressions."""
    import hornbeam.tensorflow as tf

    for family in ("tf_math", "tf_linalg", "tf_arrays", "tf_nn"):
        for case in importlib.import_module(f"goldens.cases.{family}").CASES.values():
            parts = inspect.getclosurevars(case).nonlocals
            if "text" in parts:
                yield functools.partial(tables.table("\n".join(tables.lines(parts["text"])[::5]), **parts["inputs"]), tf)


def _plain(tensor: Tensor | None) -> bool:
    return tensor is None or not tensor.is_traced and tensor.dtype not in ("string", "complex64", "complex128")


def _recorded(calls: Iterable[Callable[[], Any]], monkeypatch: pytest.MonkeyPatch) -> list[tuple[door.Bound, Sequence[Tensor], Any]]:
    """The operations that calls run, with their operands and results: once for each choice of static arguments."""
    found: dict[Any, tuple[door.Bound, Sequence[Tensor], Any]] = {}
    real = door.run

    def run(bound: door.Bound, tensors: Sequence[Tensor]) -> Any:
        result = real(bound, tensors)
        if all(_plain(tensor) for tensor in tensors):
            found.setdefault((bound.op.name, repr(bound.given), len(tensors)), (bound, tensors, result))
        return result

    with monkeypatch.context() as patched:
        patched.setattr(door, "run", run)
        for call in calls:
            call()
    return list(found.values())


def test_a_name_is_one_operations() -> None:
    operation_config._import_all()
    owners: dict[str, set[Any]] = {}
    for each in gc.get_objects():
        if isinstance(each, door.Op) and each.function is not door._supplied:
            owners.setdefault(each.name, set()).add(each.function)
    assert len(owners) > 500
    assert not {name: functions for name, functions in owners.items() if len(functions) > 1}


@pytest.mark.parametrize(("calls", "least"), [(_examples, 250), (_lines, 100)])
def test_saved_and_rebuilt(calls: Callable[[], Any], least: int, monkeypatch: pytest.MonkeyPatch) -> None:
    with manners.turned(calls is _lines):
        recorded = _recorded(calls(), monkeypatch)
    assert len(recorded) > least
    complaints = []
    for bound, operands, wanted in recorded:
        try:
            entry, args = operation_config.describe(SimpleNamespace(operation=bound, args=list(operands)), bound.name)  # type: ignore[arg-type]
            function = operation_config.rebuild(json.loads(json.dumps(entry)))
            assert function is not None
            again = function(*args)
            for one, other in zip(_numbers(again), _numbers(wanted), strict=True):
                np.testing.assert_allclose(one, other, 1e-6, 1e-6)
        except Exception as error:
            complaints.append(f"{bound.name} {bound.given}: {type(error).__name__} {str(error)[:200]}")
    assert not complaints, "\n".join(complaints)


def _numbers(out: Any) -> list[np.ndarray]:
    return [np.asarray(leaf) for leaf in jax.tree.leaves(out, is_leaf=lambda leaf: isinstance(leaf, Tensor)) if hasattr(leaf, "dtype")]


def test_an_operation_that_shares_a_name_is_refused() -> None:
    with pytest.raises(ArgumentError, match="cannot be saved"):
        operation_config.describe(SimpleNamespace(operation=door.Op(np.sort, name="sort").bind((), {}), args=[]), "sort")  # type: ignore[arg-type]
