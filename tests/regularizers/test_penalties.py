"""Penalties: values by hand, names, errors."""

import numpy as np
import pytest

from hornbeam import regularizers
from hornbeam.engine import Variable
from hornbeam.engine.errors import ArgumentError

W = Variable(np.array([[1.0, -2.0], [3.0, 0.5]], "float32"))


def test_values():
    assert float(regularizers.L1(0.1)(W)) == pytest.approx(0.65)
    assert float(regularizers.L2(0.1)(W)) == pytest.approx(1.425)
    assert float(regularizers.L1L2(0.1, 0.1)(W)) == pytest.approx(2.075)
    assert float(regularizers.L1L2()(W)) == 0


def test_orthogonal_rows_cost_nothing_and_equal_rows_the_factor():
    orthogonal = regularizers.OrthogonalRegularizer(0.5)
    assert float(orthogonal(np.eye(3, dtype="float32"))) == pytest.approx(0, abs=1e-6)
    assert float(orthogonal(np.ones((2, 3), "float32"))) == pytest.approx(0.5, rel=1e-5)


@pytest.mark.parametrize("name", ["l1", "l2", "L1L2", "orthogonal_regularizer"])
def test_names_and_configs_round_trip(name):
    one = regularizers.get(name)
    again = regularizers.deserialize(regularizers.serialize(one))
    assert type(again) is type(one) and again.get_config() == one.get_config()


@pytest.mark.parametrize("factor", [-1.0, float("nan"), float("inf"), "a", True])
def test_a_factor_must_be_a_finite_number_not_below_zero(factor):
    with pytest.raises(ArgumentError, match="l2"):
        regularizers.L2(factor)


def test_a_function_is_a_regularizer():
    assert regularizers.get(abs) is abs
    with pytest.raises(ArgumentError, match="Did you mean 'l1l2'"):
        regularizers.get("l1l3")
