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
    with pytest.raises(ValueError, match="'int8'; received 'int3'"):
        dense.quantize("int3")
    dense.quantize("int8")
    with pytest.raises(ValueError, match="quantized already"):
        dense.quantize("int8")
    with pytest.raises(ValueError, match="int8"):
        layers.Dense(2, dtype="int8_from_wrong")
