"""JaxLayer and FlaxLayer."""

import jax
import jax.numpy as jnp
import numpy as np
import pytest

import hornbeam as hb
from hornbeam.engine.errors import ArgumentError

L = hb.layers
X = np.random.default_rng(0).normal(size=(6, 4)).astype("float32")


@hb.utils.register_keras_serializable("jax_layer")
def affine(params, inputs):
    return inputs @ params["w"] + params["b"] * jnp.ones(2)


@hb.utils.register_keras_serializable("jax_layer")
def start(rng, inputs):
    return {"w": jax.random.normal(rng, (inputs.shape[-1], 2)), "b": jnp.zeros(2)}


def test_it_trains_as_a_dense_layer_does_and_is_saved(tmp_path):
    layer = L.JaxLayer(affine, start, seed=1)
    model = hb.Sequential([hb.Input((4,)), layer])
    assert [(w.name, w.shape) for w in layer.weights] == [("b", (2,)), ("w", (4, 2))]
    dense = hb.Sequential([hb.Input((4,)), L.Dense(2)])
    dense.set_weights([layer.weights[1].numpy(), layer.weights[0].numpy()])
    for each in (model, dense):
        each.compile("adam", "mse")
        each.fit(X, X[:, :2], batch_size=3, epochs=2, shuffle=False, verbose=0)
    predicted = model.predict(X, verbose=0)
    np.testing.assert_allclose(predicted, dense.predict(X, verbose=0), rtol=1e-5, atol=1e-6)
    assert model(X).dtype == "float32"
    model.save(tmp_path / "m.keras")
    np.testing.assert_array_equal(hb.models.load_model(tmp_path / "m.keras").predict(X, verbose=0), predicted)


def test_state_keys_and_training():
    def call(params, state, rng, inputs, training):
        noise = jax.random.normal(rng, inputs.shape) if training else 0.0
        return {"out": inputs * params[0] + noise}, {"calls": state["calls"] + 1}

    layer = L.JaxLayer(call, params=[np.float32([2.0])], state={"calls": np.int32(0)})
    np.testing.assert_array_equal(layer(X)["out"], 2 * X)
    first, second = (layer(X, training=True)["out"].numpy() for _ in range(2))
    assert not np.array_equal(first, second) and int(layer._state["calls"]) == 3
    with hb.GradientTape() as tape:
        loss = hb.ops.sum(layer(X)["out"])
    np.testing.assert_allclose(tape.gradient(loss, layer.trainable_weights[0]), [X.sum()], rtol=1e-5)


def test_mistakes():
    with pytest.raises(ArgumentError, match="give init_fn"):
        L.JaxLayer(affine)
    with pytest.raises(ArgumentError, match="params, foo, inputs"):
        L.JaxLayer(lambda params, foo, inputs: inputs, params=[1.0])
    with pytest.raises(ArgumentError, match="a pair"):
        L.JaxLayer(lambda state, inputs: inputs, state=[np.float32(1)])(X)


def test_flax():
    linen = pytest.importorskip("flax.linen")

    class Net(linen.Module):
        @linen.compact
        def __call__(self, inputs, training):
            x = linen.BatchNorm(use_running_average=not training)(linen.Dense(3)(inputs))
            return linen.Dropout(0.5, deterministic=not training)(x)

    layer = L.FlaxLayer(Net())
    model = hb.Sequential([hb.Input((4,)), layer, L.Dense(1)])
    model.compile("sgd", "mse")
    before = [w.numpy() for w in layer.weights]
    model.fit(X, X[:, :1], epochs=1, verbose=0)
    assert len(layer.trainable_weights) == 4 and len(layer.weights) == 6  # with the mean and the variance
    assert all(not np.array_equal(w.numpy(), old) for w, old in zip(layer.weights, before, strict=True))
    held = {"params": jax.tree.map(np.asarray, layer._params), **jax.tree.map(np.asarray, layer._state)}
    np.testing.assert_allclose(Net().apply(held, X, training=False), layer(X), rtol=1e-5, atol=1e-6)


def test_a_torch_module_is_refused_as_on_kerass_jax_backend():
    with pytest.raises(RuntimeError, match="PyTorch backend only"):
        hb.layers.TorchModuleWrapper(object())
