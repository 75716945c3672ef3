"""KerasFileEditor; what it prints and counts is real Keras's."""

import numpy as np
import pytest

from hornbeam import layers, models
from hornbeam.saving import KerasFileEditor


def _model(size=3):
    return models.Sequential([layers.Input((2,)), layers.Dense(size), layers.Dense(1)])


def test_a_file_is_shown_compared_and_changed(tmp_path, capsys):
    model = _model()
    model.save(tmp_path / "m.keras")
    editor = KerasFileEditor(tmp_path / "m.keras")
    capsys.readouterr()
    editor.summary()
    assert capsys.readouterr().out.splitlines()[1:4] == ["  > layers", "      ├─ dense", "      │   ├─ 0: shape=(2, 3), dtype=float32"]
    assert editor.compare(model) == {"status": "success", "error_count": 0, "match_count": 6}
    assert editor.compare(_model(4)) == {"status": "error", "error_count": 5, "match_count": 1}
    assert "Weight shape mismatch for /layers/dense_1/0\n    In reference model: shape=(4, 1)" in capsys.readouterr().out
    editor.rename_object("dense", "dense_z")
    editor.rename_object("layers/dense_z", "dense")
    editor.delete_object("dense_1")
    editor.add_object("layers/dense_1", {"0": np.full((3, 1), 7.0)})
    editor.add_weights("dense_1", {"1": np.zeros(1), "2": np.zeros(2)})
    editor.delete_weight("dense_1", "2")
    editor.save(tmp_path / "o.weights.h5")
    model.load_weights(tmp_path / "o.weights.h5")
    assert model.layers[1].kernel.numpy().ravel().tolist() == [7, 7, 7] and model.layers[1].bias.numpy().tolist() == [0]
    for wrong in (lambda: editor.rename_object("no", "q"), lambda: editor.rename_object("dense", "a/b"), lambda: editor.save("x.h5")):
        with pytest.raises(ValueError):
            wrong()
