"""Weights in several files, in Keras's layout (real Keras reads them, and its files were read here)."""

import json

import numpy as np
import pytest

from hornbeam import layers, models


def test_weights_in_several_files(tmp_path):
    model = models.Sequential([layers.Input((40,)), layers.Dense(30), layers.Dense(2)])
    before = model.get_weights()
    model.save_weights(tmp_path / "m.weights.h5", max_shard_size=6000 / 1024**3)
    table = json.loads((tmp_path / "m.weights.json").read_text())
    assert table["weight_map"]["/layers/dense/vars"] == ["m_00000.weights.h5"] and (tmp_path / "m_00000.weights.h5").exists()
    model.set_weights([value * 0 for value in before])
    model.load_weights(tmp_path / "m.weights.json")
    for one, other in zip(before, model.get_weights(), strict=True):
        np.testing.assert_array_equal(one, other)
    with pytest.raises(ValueError, match="more than"):
        model.save_weights(tmp_path / "n.weights.json", max_shard_size=1000 / 1024**3)
    (tmp_path / "m.weights.json").write_text(json.dumps({"weight_map": {"/a": "../m_00000.weights.h5"}}))
    with pytest.raises(ValueError, match="not one of weights beside it"):
        model.load_weights(tmp_path / "m.weights.json")
