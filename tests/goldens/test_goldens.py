"""Hornbeam's numbers against real Keras's: one test a golden case."""

from __future__ import annotations

import functools
import importlib
import sys
from pathlib import Path

import numpy as np
import pytest

HERE = Path(__file__).resolve().parent
if str(HERE.parent) not in sys.path:
    sys.path.insert(0, str(HERE.parent))

from goldens import store  # noqa: E402  (the path above makes it importable)
from goldens.cases import FAMILIES  # noqa: E402
from goldens.oracle import hornbeam, namespace  # noqa: E402
from hornbeam.engine import manners  # noqa: E402

MODULES = {family: importlib.import_module(f"goldens.cases.{family}") for family in FAMILIES}
NAMES = [(family, name) for family, module in MODULES.items() for name in module.CASES]
goldens = functools.cache(lambda family: store.load(HERE / "data" / f"{family}.npz"))


@pytest.mark.parametrize(("family", "name"), [pytest.param(*pair, id="-".join(pair)) for pair in NAMES])
def test_golden(family: str, name: str) -> None:
    """Numbers to the family's tolerance; names, shapes and configs exactly."""
    module = MODULES[family]
    golden, space = goldens(family)[name], namespace(module, hornbeam())
    with manners.turned(getattr(module, "NAMESPACE", "keras") == "tensorflow"):
        result = module.CASES[name](space)
    complaints = store.compare_numbers(result, golden, *module.TOLERANCE) + store.compare_facts(result, golden)
    if complaints:
        more = [] if len(complaints) <= 12 else [f"and {len(complaints) - 12} more"]
        pytest.fail("\n  ".join([f"{family}/{name} differs from Keras:", *complaints[:12], *more]), pytrace=False)


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
