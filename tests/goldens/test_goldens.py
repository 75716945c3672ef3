"""Hornbeam's numbers against real Keras's: one test a golden case for its numbers, one for its names and configs."""

from __future__ import annotations

import functools
import importlib
import sys
from pathlib import Path
from typing import Any

import numpy as np
import pytest

HERE = Path(__file__).resolve().parent
if str(HERE.parent) not in sys.path:
    sys.path.insert(0, str(HERE.parent))

from goldens import store  # noqa: E402  (the path above makes it importable)
from goldens.cases import FAMILIES  # noqa: E402
from goldens.oracle import hornbeam  # noqa: E402

MODULES = {family: importlib.import_module(f"goldens.cases.{family}") for family in FAMILIES}
NAMES = [(family, name) for family, module in MODULES.items() for name in module.CASES]
goldens = functools.cache(lambda family: store.load(HERE / "data" / f"{family}.npz"))


@functools.cache
def computed(family: str, name: str) -> dict[str, Any]:
    """What Hornbeam answers, computed once for both tests."""
    return MODULES[family].CASES[name](hornbeam())


def _parameters(kind: str) -> list[Any]:
    """The cases that have something of the kind; one group a family and case, so a worker computes it once."""
    wanted = []
    for family, name in NAMES:
        golden = goldens(family).get(name)
        if golden is None or any(store.is_number(v) == (kind == "numbers") for v in golden.values()):
            wanted.append(pytest.param(family, name, id=f"{family}-{name}",
                                       marks=pytest.mark.xdist_group(f"golden {family}")))
    return wanted


def _report(family: str, name: str, complaints: list[str]) -> None:
    if complaints:
        shown = "\n  ".join(complaints[:12]) + ("" if len(complaints) <= 12 else f"\n  and {len(complaints) - 12} more")
        pytest.fail(f"{family}/{name} differs from Keras:\n  {shown}", pytrace=False)


@pytest.mark.parametrize(("family", "name"), _parameters("numbers"))
def test_numbers(family: str, name: str) -> None:
    golden = goldens(family)[name]
    rtol, atol = MODULES[family].TOLERANCE
    _report(family, name, store.compare_numbers(computed(family, name), golden, rtol, atol))


@pytest.mark.parametrize(("family", "name"), _parameters("facts"))
def test_names_shapes_and_configs(family: str, name: str) -> None:
    _report(family, name, store.compare_facts(computed(family, name), goldens(family)[name]))


@pytest.mark.parametrize("family", FAMILIES)
def test_every_golden_has_its_case(family: str) -> None:
    assert set(goldens(family)) == set(MODULES[family].CASES), "run tests/goldens/make.py again for this family"


def test_the_parts_of_a_loss_add_up_over_a_short_batch() -> None:
    """No golden, because Keras's backends disagree: each output's loss is weighted by batch size like the total."""
    keras = hornbeam().keras
    x = keras.Input((3,))
    model = keras.Model(x, [keras.layers.Dense(1, name="u")(x), keras.layers.Dense(1, name="v")(x)])
    model.compile(optimizer="sgd", loss="mse")
    rows = np.random.default_rng(0).normal(size=(7, 3)).astype("float32")
    history = model.fit(rows, [rows[:, :1], 5 * rows[:, 1:2]], batch_size=4, epochs=2, verbose=0).history
    np.testing.assert_allclose(history["loss"], np.add(history["u_loss"], history["v_loss"]), rtol=1e-5)
