"""OrbaxCheckpoint: what is saved comes back as a model, or into one of another name."""

import numpy as np
import pytest

from hornbeam import callbacks, layers, models

pytest.importorskip("orbax.checkpoint")
X, Y = np.ones((8, 2), "float32"), np.ones((8, 1), "float32")


def _model():
    model = models.Sequential([layers.Input((2,)), layers.Dense(3, name="a"), layers.Dense(1, name="b")])
    model.compile("adam", "mse")
    return model


def test_a_model_is_saved_while_it_trains(tmp_path):
    model = _model()
    model.fit(X, Y, epochs=3, batch_size=4, verbose=0, callbacks=[callbacks.OrbaxCheckpoint(tmp_path / "c", max_to_keep=2)])
    assert sorted(each.name for each in (tmp_path / "c").iterdir()) == ["1", "2"]
    again = models.load_model(tmp_path / "c")
    np.testing.assert_array_equal(again.predict(X, verbose=0), model.predict(X, verbose=0))
    assert int(again.optimizer.iterations) == 6
    other = _model()
    other.load_weights(tmp_path / "c" / "2")
    np.testing.assert_array_equal(other.layers[0].kernel, model.layers[0].kernel)
    with pytest.raises(ValueError, match="holds"):
        models.Sequential([layers.Input((2,)), layers.Dense(4, name="a"), layers.Dense(1, name="b")]).load_weights(tmp_path / "c")


def test_weights_alone_after_batches(tmp_path):
    saver = callbacks.OrbaxCheckpoint(tmp_path / "c", save_freq=2, max_to_keep=None, save_weights_only=True, save_on_background=False)
    _model().fit(X, Y, epochs=2, batch_size=4, verbose=0, callbacks=[saver])
    assert sorted(each.name for each in (tmp_path / "c").iterdir()) == ["2", "4"] and saver.is_primary_host()
    with pytest.raises(ValueError, match="weights alone"):
        models.load_model(tmp_path / "c")
