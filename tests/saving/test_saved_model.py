"""tf.saved_model: objects come back with their Variables and functions, without their Python."""

import copy
import json

import numpy as np
import pytest

import hornbeam as hb
from hornbeam import ops
from hornbeam.engine.errors import ArgumentError, DataError, NotFoundError
from hornbeam.engine.module import Module
from hornbeam.saving import saved_model

pytest.importorskip("flatbuffers")


class Scaler(Module):
    def __init__(self):
        super().__init__()
        self.v = hb.Variable(3.0)
        self.inside = [hb.Variable([1.0, 2.0])]
        self.calls = hb.Variable(0)

    @hb.function(input_signature=[hb.TensorSpec([None], "float32", name="x")])
    def mul(self, x):
        return x * self.v

    @hb.function
    def __call__(self, x, scale=1.0):
        self.calls.assign_add(1)
        if ops.sum(x) > 0:
            return {"y": x * scale, "z": [self.inside[0], None]}
        return {"y": -x, "z": [self.inside[0] * 2.0, None]}


def test_a_module_comes_back(tmp_path):
    module = Scaler()
    module(hb.Tensor([1.0, 2.0]), scale=2.0)
    saved_model.save(module, tmp_path, signatures=module.mul)
    assert saved_model.contains_saved_model(tmp_path) and not saved_model.contains_saved_model(tmp_path / "variables")
    loaded = saved_model.load(tmp_path)
    assert loaded.mul(hb.Tensor([1.0, 2.0, 3.0])).numpy().tolist() == [3, 6, 9]  # a size that was open
    out = loaded(hb.Tensor([-1.0, -2.0]), 2.0)
    assert out["y"].numpy().tolist() == [1, 2] and out["z"][0].numpy().tolist() == [2, 4] and out["z"][1] is None
    assert int(loaded.calls) == 2 and len(loaded.trainable_variables) == 3
    loaded.v.assign(2.0)
    with hb.GradientTape() as tape:
        y = ops.sum(loaded.mul(hb.Tensor([1.0, 2.0])))
    assert float(y) == 6 and float(tape.gradient(y, loaded.v)) == 3
    found = loaded.signatures["serving_default"](x=hb.Tensor([1.0]))
    assert list(found) == ["output_0"] and found["output_0"].numpy().tolist() == [2]
    with pytest.raises(TypeError, match=r"no signature for these arguments.*TensorSpec\(shape=\(None,\)"):
        loaded.mul(hb.Tensor([1, 2]))


def test_a_reshape_of_open_sizes_is_saved_with_what_it_asks_of_them(tmp_path):
    class Rows(Module):
        @hb.function(input_signature=[hb.TensorSpec([None, None, None], "float32")])
        def __call__(self, x):
            return ops.reshape(x, (-1, 6)) * 2.0

    saved_model.save(Rows(), tmp_path)
    loaded = saved_model.load(tmp_path)
    assert loaded(hb.ops.ones((3, 2, 3))).shape == (3, 6)


def test_a_keras_model_comes_back(tmp_path):
    model = hb.Sequential([hb.Input((3,)), hb.layers.Dense(2)])
    saved_model.save(model, tmp_path)
    x = np.ones((2, 3), np.float32)
    loaded = saved_model.load(tmp_path)
    np.testing.assert_array_equal(loaded(x), model(x))
    (only,) = loaded.signatures["serving_default"](x).values()
    np.testing.assert_array_equal(only, model(x))


def test_other_folders_are_refused(tmp_path):
    with pytest.raises(NotFoundError, match="no saved model"):
        saved_model.load(tmp_path)
    (tmp_path / "saved_model.pb").write_bytes(b"")
    with pytest.raises(DataError, match="TensorFlow wrote"):
        saved_model.load(tmp_path)
    (tmp_path / "saved_model.json").write_text(json.dumps({"format": "another"}))
    with pytest.raises(Exception, match="not of the form"):
        saved_model.load(tmp_path)


class Ends(hb.Model):
    """A model of a program's own, with a function of strings, which no file can hold."""

    def __init__(self, inner):
        super().__init__()
        self.inner = inner

    def call(self, x):
        return self.inner(x)

    @hb.function
    def score(self, text):
        return ops.cast(text == "ab", "float32") * self.inner(np.ones((1, 2), "float32"))


def test_what_a_file_cannot_hold_comes_back_to_the_program_that_saved_it(tmp_path):
    model = Ends(hb.Sequential([hb.layers.Dense(1, use_bias=False)]))
    before = model.score(hb.Tensor("ab")).numpy()
    saved_model.save(model, tmp_path / "m")
    model.inner.layers[0].kernel.assign([[0.0], [0.0]])
    for _ in range(2):
        loaded = saved_model.load(tmp_path / "m")
        np.testing.assert_array_equal(loaded.score(hb.Tensor("ab")), before)
        np.testing.assert_array_equal(loaded.signatures["serving_default"](np.ones((1, 2), "float32"))["output_0"], before)
        loaded.inner.layers[0].kernel.assign([[5.0], [5.0]])
    assert not np.any(model.score(hb.Tensor("ab")))
    (tmp_path / "m" / "model.keras").write_bytes((tmp_path / "m" / "model.keras").read_bytes())
    with pytest.raises(ArgumentError, match="does not know"):  # another program wrote there since
        saved_model.load(tmp_path / "m")


def test_a_copy_of_an_object_has_functions_of_its_own():
    module = Scaler()
    module.mul(hb.Tensor([1.0]))
    twin = copy.deepcopy(module)
    module.v.assign(100.0)
    np.testing.assert_array_equal(twin.mul(hb.Tensor([1.0])), [3.0])
    np.testing.assert_array_equal(module.mul(hb.Tensor([1.0])), [100.0])


def test_an_exported_model_serves(tmp_path, capsys):
    a, b = hb.Input((2,), name="a"), hb.Input((2,), name="b")
    model = hb.Model([a, b], hb.layers.Dropout(0.9)(hb.layers.Add()([a, b])))
    model.export(tmp_path / "served")
    assert "serve" in capsys.readouterr().out
    loaded = saved_model.load(tmp_path / "served")
    x = np.ones((3, 2), "float32")
    for found in (loaded.serve([x, x]), loaded.serve(x, x), loaded.signatures["serving_default"](a=x, b=x)["dropout"]):
        np.testing.assert_array_equal(found.numpy(), 2 * x)
    with pytest.raises(ArgumentError, match="onnx"):
        model.export(tmp_path / "other", format="onnx")
    with pytest.raises(ValueError, match="built"):
        hb.Sequential([hb.layers.Dense(1)]).export(tmp_path / "unbuilt")


def test_a_model_is_saved_with_the_signatures_it_is_given(tmp_path):
    import hornbeam.tensorflow as tf

    model = hb.Sequential([hb.Input((3,)), hb.layers.Dense(2)])
    x = np.ones((2, 3), "float32")

    @tf.function(input_signature=[tf.TensorSpec([None, 3], tf.float32, name="x")])
    def best(x):
        return {"best": tf.argmax(model(x), -1)}

    @tf.function(input_signature=[tf.TensorSpec([], tf.string)])  # which no file holds
    def said(text):
        return {"length": tf.strings.length(text)}

    tf.saved_model.save(model, tmp_path, signatures={"best": best})
    loaded = tf.saved_model.load(tmp_path)
    assert list(loaded.signatures) == ["best"]
    np.testing.assert_array_equal(loaded.signatures["best"](x=x)["best"], np.argmax(model(x), -1))
    flat = hb.Sequential([hb.layers.Flatten(), hb.layers.Dense(1)])
    sized = tf.function(flat, input_signature=[tf.TensorSpec([None, 3, 1], tf.float32)])
    tf.saved_model.save(flat, tmp_path, signatures=sized)  # a layer's reshape of open sizes
    (only,) = tf.saved_model.load(tmp_path).signatures["serving_default"](x[..., None]).values()
    np.testing.assert_allclose(only, flat(x[..., None]), rtol=1e-5)
    own = Ends(hb.Sequential([hb.layers.Dense(1)]))
    own(np.ones((1, 2), "float32"))
    call = tf.function(own.call).get_concrete_function(tf.TensorSpec([None, 2], tf.float32, name="x"))
    tf.saved_model.save(own, tmp_path, signatures={"call": call})
    assert tf.saved_model.load(tmp_path).signatures["call"](x=tf.ones((3, 2)))["output_0"].shape == (3, 1)
    tf.saved_model.save(model, tmp_path, signatures={"said": said})
    assert int(tf.saved_model.load(tmp_path).signatures["said"]("abc")["length"]) == 3
    tf.saved_model.save(model, tmp_path)
    assert list(tf.saved_model.load(tmp_path).signatures) == ["serving_default"]
