"""tf.saved_model: objects come back with their Variables and functions, without their Python."""

import json

import numpy as np
import pytest

import hornbeam as hb
from hornbeam import ops
from hornbeam.engine.errors import NotFoundError
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
    with pytest.raises(NotFoundError, match="TensorFlow wrote"):
        saved_model.load(tmp_path)
    (tmp_path / "saved_model.json").write_text(json.dumps({"format": "another"}))
    with pytest.raises(Exception, match="not of the form"):
        saved_model.load(tmp_path)
