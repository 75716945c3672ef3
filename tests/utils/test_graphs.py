"""Functions of parts of a graph, and Keras 2's learning phase."""

import numpy as np
import pytest

import hornbeam as hb
from hornbeam.utils import graphs


@pytest.fixture(scope="module")
def model():
    return hb.Sequential([hb.Input((3,)), hb.layers.Dense(2, name="first"), hb.layers.Dropout(0.5), hb.layers.Dense(1)])


def test_a_function_of_a_layer(model):
    x = np.ones((4, 3), "float32")
    (found,) = graphs.function([model.input], [model.get_layer("first").output])([x])
    assert isinstance(found, np.ndarray)
    np.testing.assert_allclose(found, model.get_layer("first")(x), rtol=1e-6)
    single = graphs.function(model.inputs, model.get_layer("first").output)(x)
    np.testing.assert_array_equal(single, found)
    with pytest.raises(ValueError, match="takes 1 inputs in a list; received 2"):
        graphs.function([model.input], [model.output])([x, x])


def test_the_learning_phase_says_whether_layers_train(model):
    x = np.ones((4, 3), "float32")
    call = graphs.function([model.layers[0].input, graphs.learning_phase()], [model.layers[1].output])
    still, trained = call([x, 0])[0], call([x, 1])[0]
    assert (still != 0).all() and (trained == 0).any()
    assert graphs.learning_phase() == 0
    with graphs.learning_phase_scope(1):
        assert graphs.learning_phase() == 1 and graphs.in_train_phase("a", lambda: "b") == "a"
        assert (model.layers[1](x) == 0).numpy().any()
    assert graphs.in_train_phase("a", lambda: "b") == "b" and graphs.in_test_phase("a", "b") == "a"
    with pytest.raises(ValueError, match="0 or 1"):
        graphs.set_learning_phase(2)


def test_placeholders_and_gradients():
    x = graphs.placeholder(shape=(None, 4))
    assert x.shape == (None, 4) and graphs.placeholder(ndim=3).shape == (None, None, None)
    twice = graphs.Function(x, {"out": 2 * x})
    np.testing.assert_array_equal(twice(np.ones((2, 4)))["out"], np.full((2, 4), 2.0))
    assert repr(twice).startswith("<Operation name=function")
    with pytest.raises(RuntimeError, match="GradientTape"):
        graphs.gradients(hb.ops.ones(2), [x])
    with pytest.raises(ValueError, match="`shape`"):
        graphs.placeholder()


def test_gradients_inside_a_graph():
    x = hb.Input((3,))
    hidden = hb.layers.Dense(2, name="hidden")(x)
    loss = hb.ops.mean(hidden**2) + hb.ops.sum(x)
    kernel = hb.Model(x, hidden).get_layer("hidden").kernel
    data = np.array([[1.0, 2, 3], [4, 5, 6]], "float32")
    assert graphs.gradients(loss, hb.Input((3,))) == [None]
    found = graphs.gradients(loss, [x, hidden, kernel])
    assert [each.shape for each in found] == [(None, 3), (None, 2), (3, 2)]
    value, by_x, by_hidden, by_kernel = graphs.function([x], [loss, *found])([data])
    inner = data @ kernel.numpy()
    np.testing.assert_allclose(value, (inner**2).mean() + data.sum(), rtol=1e-5)
    np.testing.assert_allclose(by_hidden, inner / 2, rtol=1e-5)
    np.testing.assert_allclose(by_x, inner / 2 @ kernel.numpy().T + 1, rtol=1e-5)
    np.testing.assert_allclose(by_kernel, data.T @ inner / 2, rtol=1e-5)
