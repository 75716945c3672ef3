"""Constraints: what holds after them."""

import numpy as np
import pytest

from hornbeam import constraints
from hornbeam.engine.errors import ArgumentError

W = np.random.default_rng(0).normal(size=(4, 3)).astype("float32") * 3


def norms(w, axis=0):
    return np.sqrt((np.asarray(w) ** 2).sum(axis))


def test_what_each_promises_holds():
    assert (np.asarray(constraints.NonNeg()(W)) >= 0).all()
    assert (norms(constraints.MaxNorm(1.0)(W)) <= 1.00001).all()
    np.testing.assert_allclose(norms(constraints.UnitNorm(axis=1)(W), 1), 1, rtol=1e-5)
    low_high = norms(constraints.MinMaxNorm(0.5, 2.0)(W))
    assert (low_high >= 0.4999).all() and (low_high <= 2.0001).all()


def test_what_is_within_bounds_stays():
    small = W / 100
    np.testing.assert_allclose(constraints.MaxNorm(2.0)(small), small, rtol=1e-5)


def test_names_configs_and_errors():
    for name in ("max_norm", "non_neg", "unit_norm", "min_max_norm"):
        one = constraints.get(name)
        assert constraints.deserialize(constraints.serialize(one)).get_config() == one.get_config()
    with pytest.raises(ArgumentError, match="Did you mean 'max_norm'"):
        constraints.get("maxnorm")
    with pytest.raises(ArgumentError, match="min_value"):
        constraints.MinMaxNorm(2.0, 1.0)
