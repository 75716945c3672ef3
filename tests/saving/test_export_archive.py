"""keras.export.ExportArchive: endpoints come back as functions."""

import numpy as np
import pytest

from hornbeam import layers, models
from hornbeam.layers import InputSpec
from hornbeam.saving import saved_model
from hornbeam.saving.export_archive import ExportArchive


def test_endpoints_come_back(tmp_path, capsys):
    model = models.Sequential([layers.Input((3,)), layers.Dense(2), layers.BatchNormalization()])
    spec = [InputSpec(shape=(None, 3), dtype="float32")]
    archive = ExportArchive()
    archive.track(model)
    archive.add_endpoint("serve", model.call, spec)
    archive.add_endpoint("twice", lambda x: model(x, training=False) * 2, spec)
    archive.add_variable_collection("first", model.layers[0].variables)
    archive.write_out(tmp_path / "m")
    assert "Endpoints: serve, twice" in capsys.readouterr().out
    loaded, x = saved_model.load(tmp_path / "m"), np.ones((2, 3), "float32")
    np.testing.assert_allclose(loaded.serve(x), model(x), rtol=1e-6)
    np.testing.assert_allclose(loaded.twice(x), model(x) * 2, rtol=1e-6)
    assert len(loaded.variables) == 6 and len(loaded.first) == 2 and len(loaded.trainable_variables) == 4
    assert set(loaded.signatures) >= {"serving_default", "serve", "twice"}
    with pytest.raises(ValueError, match="input_signature"):
        archive.add_endpoint("third", model.call)
    with pytest.raises(RuntimeError, match="no endpoints"):
        ExportArchive().write_out(tmp_path / "n")
