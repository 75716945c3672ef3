"""Activations: names both ways, None, errors, arguments of relu, types kept."""

import numpy as np
import pytest

from hornbeam import activations, ops
from hornbeam.engine import GradientTape, Tensor
from hornbeam.engine.errors import ArgumentError, DtypeError

X = Tensor(np.array([-3.0, -0.5, 0.0, 0.5, 3.0], "float32"))


@pytest.mark.parametrize(("alias", "name"), [("swish", "silu"), ("hard_swish", "hard_silu"), ("relu", "relu"), ("linear", "linear")])
def test_a_name_gives_the_function_and_the_function_its_name(alias, name):
    function = activations.get(alias)
    assert function is getattr(activations, alias)
    assert activations.serialize(function) == name
    assert activations.deserialize(name) is function


def test_none_is_linear_and_functions_pass_through():
    assert activations.get(None) is activations.linear
    assert activations.get(ops.sin) is ops.sin


def test_unknown_names_are_answered_with_the_nearest():
    with pytest.raises(ArgumentError, match="Did you mean 'relu'"):
        activations.get("rellu")
    with pytest.raises(DtypeError, match="activation"):
        activations.get(3)


def test_relu_with_all_its_arguments():
    got = activations.relu(X, negative_slope=0.1, max_value=1.0, threshold=0.25)
    np.testing.assert_allclose(got, [-0.325, -0.075, -0.025, 0.5, 1.0], rtol=1e-6)


def test_the_host_and_the_compiled_relu_agree():
    big = np.linspace(-2, 2, 20_000, dtype="float32")  # too large for the host
    compiled = activations.relu(Tensor(big), negative_slope=0.1, max_value=1.0, threshold=0.25).numpy()
    host = activations.relu(Tensor(big[::100]), negative_slope=0.1, max_value=1.0, threshold=0.25).numpy()
    np.testing.assert_allclose(compiled[::100], host, rtol=1e-6)


def test_relu_keeps_integers_and_half_types():
    assert activations.relu(Tensor(np.array([-1, 2]))).dtype == "int64"
    for dtype in ("float16", "bfloat16", "float64"):
        assert activations.relu(ops.cast(X, dtype), 0.1, 2.0, 0.5).dtype == dtype


def test_the_gradient_of_mish():
    with GradientTape() as tape:
        tape.watch(X)
        y = activations.mish(X)
    x = X.numpy().astype("float64")
    step = 1e-6
    mish = lambda x: x * np.tanh(np.log1p(np.exp(x)))
    np.testing.assert_allclose(tape.gradient(y, X), (mish(x + step) - mish(x - step)) / (2 * step), rtol=1e-4)


def test_sparsemax_is_the_nearest_distribution():
    """Not a golden: Keras 3.15's leaves some rows all zeros. The nearest point of the simplex is known by its conditions."""
    x = np.random.default_rng(0).normal(size=(40, 6), scale=2).astype("float32")
    found = np.asarray(activations.sparsemax(x))
    np.testing.assert_allclose(found.sum(-1), 1, rtol=1e-5)
    assert (found >= 0).all()
    assert 0 < (found > 0).sum(-1).mean() < 6
    for row, point in zip(x, found, strict=True):
        moved = (row - point)[point > 0]  # all that is above 0 is moved alike, and at least as far as the rest
        np.testing.assert_allclose(moved, moved[0], atol=1e-5)
        assert (row[point == 0] <= moved[0] + 1e-5).all()
