"""Layers made in a RematScope, and functions given to remat, are computed again for their gradients."""

import jax
import numpy as np
import pytest

from hornbeam import layers, models, ops
from hornbeam.layers.remat import RematScope, remat


def _jaxpr(*parts: layers.Layer) -> str:
    model = models.Sequential([layers.Input((4,)), *parts])
    trainable, others = ([v.numpy() for v in vs] for vs in (model.trainable_variables, model.non_trainable_variables))
    loss = lambda values: ops.sum(model.stateless_call(values, others, np.ones((2, 4), "float32"), training=True)[0])
    return str(jax.make_jaxpr(jax.grad(loss))(trainable))


def test_remat_scope_chooses_layers():
    with RematScope("list_of_layers", layer_names=["a"]):
        both = layers.Dense(8, "relu", name="a"), layers.Dense(3, name="b")
    assert _jaxpr(*both).count("remat") == 1 and _jaxpr(layers.Dense(8, "relu")).count("remat") == 0
    with RematScope("larger_than", output_size_threshold=10):
        assert _jaxpr(layers.Dense(8), layers.Dense(5), layers.BatchNormalization()).count("remat") == 1
    with pytest.raises(ValueError, match="'activations'"):
        RematScope("some")


def test_remat_of_a_function_gives_the_same_numbers():
    layer = layers.Lambda(remat(lambda x: ops.sin(ops.sin(x))))
    assert "remat" in _jaxpr(layer, layers.Dense(1)) or "remat" in _jaxpr(layers.Dense(1), layer)
    np.testing.assert_allclose(layer(np.ones(2, "float32")), np.sin(np.sin(np.ones(2))), rtol=1e-6)
