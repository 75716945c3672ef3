"""keras.config.set_max_epochs and set_max_steps_per_epoch cut every run short; the numbers are real Keras's."""

import numpy as np
import pytest

from hornbeam import config, layers, models


@pytest.mark.filterwarnings("ignore:.* are limited to")
def test_runs_are_cut_short():
    model = models.Sequential([layers.Input((2,)), layers.Dense(1)])
    model.compile("sgd", "mse")
    x, y = np.ones((10, 2)), np.ones((10, 1))
    config.set_max_epochs(2)
    config.set_max_steps_per_epoch(3)
    try:
        assert model.fit(x, y, epochs=5, batch_size=2, verbose=0).epoch == [0, 1] and int(model.optimizer.iterations) == 5
        assert model.predict(x, batch_size=2, verbose=0).shape == (6, 1) and (config.max_epochs(), config.max_steps_per_epoch()) == (2, 3)
        assert len(model.predict(iter([x[:2]] * 5), verbose=0)) == 6
    finally:
        config.set_max_epochs(None)
        config.set_max_steps_per_epoch(None)
