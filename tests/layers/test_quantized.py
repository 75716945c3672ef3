"""int8 weights: whole models, training beside them, files, errors. The numbers are in the goldens (`layers_late`)."""

import numpy as np
import pytest

import hornbeam as hb
from hornbeam import layers

X = np.random.default_rng(0).normal(size=(8, 6)).astype("float32")


def test_a_model_is_quantized_saved_and_trained_on(tmp_path):
    model = hb.Sequential([layers.Input((6,)), layers.Dense(4, "relu", name="first"), layers.Dense(2, name="last")])
    model.compile(hb.optimizers.SGD(0.05), "mse")
    before = model.predict(X, verbose=0)
    model.quantize("int8", filters="fir")
    first, last = model.layers
    assert (first.quantization_mode, last.quantization_mode) == ("int8", None) and first.kernel.dtype == "int8"
    predicted = model.predict(X, verbose=0)
    assert 0 < np.abs(predicted - before).max() < 0.05
    model.save(tmp_path / "m.keras")
    again = hb.models.load_model(tmp_path / "m.keras")
    np.testing.assert_array_equal(again.predict(X, verbose=0), predicted)
    assert repr(again.layers[0].dtype_policy) == '<QuantizedDTypePolicy "int8_from_float32">'
    kernel, bias = first.kernel.numpy(), first.bias.numpy()
    losses = model.fit(X, X[:, :2], epochs=3, verbose=0).history["loss"]
    assert losses[-1] < losses[0]
    np.testing.assert_array_equal(first.kernel, kernel)
    assert not np.array_equal(first.bias, bias)  # the gradient went through the rounded product of `last`'s input and on


def test_dots_in_an_equation():
    for equation, shape in (("...ab,bc->...ac", (3, 5)), ("ab...,bc->ac...", (5, 3))):
        layer = layers.EinsumDense(equation, shape)
        x = np.random.default_rng(1).normal(size=(2, 3, 4) if equation[0] == "." else (2, 4, 3)).astype("float32")
        before = layer(x)
        layer.quantize("int8")
        np.testing.assert_allclose(layer(x), before, atol=0.05)


def test_mistakes():
    dense = layers.Dense(2)
    with pytest.raises(ValueError, match="not built"):
        dense.quantize("int8")
    dense.build((None, 3))
    with pytest.raises(ValueError, match="received 'int3'"):
        dense.quantize("int3")
    dense.quantize("int8")
    with pytest.raises(ValueError, match="quantized already"):
        dense.quantize("int8")
    with pytest.raises(ValueError, match="int8"):
        layers.Dense(2, dtype="int8_from_wrong")


def _random(layer, *shape):
    layer.build(shape)
    rng = np.random.default_rng(1)
    for variable in layer.weights:
        variable.assign(rng.normal(size=variable.shape).astype("float32") * 0.5)
    return layer


def test_four_bits_are_keras_s():
    """In blocks with a zero each, and with one scale for each output; the numbers are real Keras's."""
    kinds = {
        -1: ([49, -59, 53, 47, 21, 64], [5.16384, 7.41128, 29.03844], None, 207),
        128: ([113, -121, 36, 94, -9, 63], [0.16097, 0.09035, 0.02822], [0, 2, 1], -17),
        2: ([119, -121, 119, 120, 119, 120], [0.02942, 0.00802, 0.00114], [1, -8, -8], -8),
    }
    for block, (numbers, scale, zero, total) in kinds.items():
        for layer in (_random(layers.Dense(6), 5, 7), _random(layers.EinsumDense("abc,cde->abde", (None, 2, 3)), 2, 3, 7)):
            before = layer.kernel.numpy()
            layer.quantize(config=hb.quantizers.Int4QuantizationConfig(block_size=block))
            assert layer.kernel.shape == (7, 3) and int(layer.kernel.numpy().sum(dtype=int)) == total
            assert layer.kernel.numpy().ravel()[:6].tolist() == numbers and layer.dtype_policy.name == f"int4/{block}_from_float32"
            np.testing.assert_allclose(layer.kernel_scale.numpy().ravel()[:3], scale, atol=1e-5)
            assert zero is None or layer.kernel_zero.numpy().ravel()[:3].tolist() == zero
            if block != 2:  # where a block has one sign its zero would be out of four bits' range, and Keras clips it
                np.testing.assert_allclose(layer._as_floats("kernel"), before, atol=0.16)
    embedding = _random(layers.Embedding(9, 7), 2, 3)
    embedding.quantize("int4")
    assert embedding.embeddings.shape == (9, 4) and embedding.embeddings_zero.numpy().ravel()[:4].tolist() == [1, 0, 0, 2]
    np.testing.assert_allclose(embedding(np.zeros(1, "int32"))[0][:3], [0.14723, 0.4417, 0.14723], atol=1e-5)


def test_attention_with_fewer_bits_comes_back_from_a_file(tmp_path):
    inputs = layers.Input((3, 8))
    model = hb.Model(inputs, layers.MultiHeadAttention(2, 4, name="mha")(inputs, inputs))
    x = np.random.default_rng(0).normal(size=(2, 3, 8)).astype("float32")
    before = model(x)
    model.quantize("int4", filters=["query", "value"])
    after = model(x).numpy()
    assert 0 < np.abs(after - before).max() < 0.2
    model.save(tmp_path / "m.keras")
    again = hb.models.load_model(tmp_path / "m.keras")
    np.testing.assert_allclose(again(x), after, atol=1e-6)
    assert [layer.quantization_mode for layer in again.get_layer("mha")._sublayers()] == ["int4", None, "int4", None]


def test_rounding_may_be_chosen():
    dense = _random(layers.Dense(6), 5, 7)
    x = np.random.default_rng(0).normal(size=(5, 7)).astype("float32")
    exact = dense.kernel.numpy()
    chosen = hb.quantizers.AbsMaxQuantizer(axis=0, value_range=(-100, 100))
    dense.quantize(config=hb.quantizers.Int8QuantizationConfig(weight_quantizer=chosen, activation_quantizer=None))
    np.testing.assert_allclose(dense.kernel_scale.numpy()[:2], [73.76909, 105.87537], rtol=1e-5)
    scale = dense.kernel_scale.numpy()
    np.testing.assert_allclose(dense(x), x @ (np.round(exact * scale) / scale) + dense.bias.numpy(), rtol=1e-4, atol=1e-5)
    again = layers.Dense.from_config(dense.get_config())
    again.build((5, 7))
    assert again.quantization_config.weight_quantizer.value_range == (-100, 100) and again.kernel.dtype == "int8"
    with pytest.raises(NotImplementedError, match="float8"):
        _random(layers.Embedding(9, 7), 2, 3).quantize("float8")


def test_products_of_eight_bit_floats_train_as_keras_s():
    rng = np.random.default_rng(2)
    model = hb.Sequential([layers.Input((7,)), layers.Dense(6, "relu"), layers.Dense(1)])
    for v in model.weights:
        v.assign(rng.normal(size=v.shape).astype("float32") * 0.5)
    model.quantize("float8")
    model.compile(hb.optimizers.SGD(0.1), "mse")
    x = rng.normal(size=(16, 7)).astype("float32")
    losses = model.fit(x, x[:, :1] * 2, epochs=3, batch_size=8, shuffle=False, verbose=0).history["loss"]
    np.testing.assert_allclose(losses, [1.62535, 0.88157, 0.4876], rtol=2e-5)
    first = model.layers[0]
    assert [v.name for v in first.weights[2:4]] == ["inputs_scale", "inputs_amax_history"] and first.inputs_scale.overwrite_with_gradient
    np.testing.assert_allclose([first.inputs_scale, first.kernel_scale], [0.005485, 0.003274], atol=1e-6)
    assert first.outputs_grad_amax_history.numpy()[0] == pytest.approx(0.203056, rel=1e-4)
