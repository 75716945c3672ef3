"""A run that is killed and goes on ends with the bits of one that was never killed."""

import os
import signal
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest

import hornbeam as hb

PROGRAM = Path(__file__).with_name("interrupted.py")
X = np.random.default_rng(0).normal(size=(50, 4)).astype(np.float32)
Y = np.random.default_rng(1).integers(0, 3, 50)


def start(folder, seed, kill):
    folder.mkdir(exist_ok=True)
    return subprocess.Popen([sys.executable, str(PROGRAM), str(folder), str(seed), kill], stderr=subprocess.PIPE, text=True, env=os.environ)


def test_a_process_killed_again_and_again_ends_with_the_same_bits(tmp_path):
    whole = start(tmp_path / "whole", 1, "-")
    # 18 steps: 6 of 8 examples in each of 3 epochs. Killed after the very first step, while a backup is being written, and in the
    # middle of an epoch. Later processes have another seed: all must come from the backup.
    for i, kill in enumerate(["1", "write", "5"]):
        process = start(tmp_path / "cut", 1 + i, kill)
        _, errors = process.communicate(timeout=120)
        assert process.returncode == -signal.SIGKILL, errors
    process = start(tmp_path / "cut", 9, "-")
    _, errors = process.communicate(timeout=120)
    assert process.returncode == 0, errors
    _, errors = whole.communicate(timeout=120)
    assert whole.returncode == 0, errors
    assert os.listdir(tmp_path / "cut") == ["end.npz"]
    with np.load(tmp_path / "whole" / "end.npz") as expected, np.load(tmp_path / "cut" / "end.npz") as found:
        assert set(found.files) == set(expected.files)
        for name in expected.files:
            assert found[name].tobytes() == expected[name].tobytes(), name


class Stop(hb.callbacks.Callback):
    """Raises at a step of an epoch."""

    class Now(Exception):
        pass

    def __init__(self, epoch, step):
        super().__init__()
        self.at, self.epoch = (epoch, step), None

    def on_epoch_begin(self, epoch, logs=None):
        self.epoch = epoch

    def on_train_batch_end(self, batch, logs=None):
        if (self.epoch, batch) == self.at:
            raise self.Now


def make(seed):
    hb.set_random_seed(seed)
    model = hb.Sequential([hb.Input((4,)), hb.layers.Dense(6, activation="tanh"), hb.layers.Dropout(0.3), hb.layers.Dense(3)])
    model.compile(
        hb.optimizers.RMSprop(0.01, momentum=0.9),
        hb.losses.SparseCategoricalCrossentropy(from_logits=True),
        metrics=["accuracy"],
    )
    return model


def batches():
    while True:
        for i in range(0, 48, 8):
            yield X[i : i + 8], Y[i : i + 8]


def fit(model, callbacks, source="arrays"):
    arguments = {"epochs": 3, "verbose": 0, "callbacks": callbacks}
    if source == "generator":
        return model.fit(batches(), steps_per_epoch=4, **arguments)
    return model.fit(X, Y, batch_size=8, **arguments)  # 7 steps, the last of 2 examples


@pytest.mark.parametrize("source", ["arrays", "generator"])
@pytest.mark.parametrize(("save_freq", "at"), [("epoch", (1, 2)), (1, (0, 0)), (2, (1, 3)), (3, (2, 0))])
def test_a_run_that_failed_goes_on(tmp_path, save_freq, at, source):
    whole = make(1)
    expected = fit(whole, [], source).history
    cut = make(1)
    with pytest.raises(Stop.Now):
        fit(cut, [hb.callbacks.BackupAndRestore(tmp_path / "b", save_freq), Stop(*at)], source)
    resumed = make(5)
    found = fit(resumed, [hb.callbacks.BackupAndRestore(tmp_path / "b", save_freq)], source).history
    for a, b in zip(whole.get_weights(), resumed.get_weights(), strict=True):
        assert a.tobytes() == b.tobytes()
    for name, values in found.items():
        assert values == expected[name][-len(values) :]
    assert not (tmp_path / "b").exists()


def test_a_backup_of_another_model_is_refused(tmp_path):
    with pytest.raises(Stop.Now):
        fit(make(1), [hb.callbacks.BackupAndRestore(tmp_path), Stop(1, 0)])
    other = hb.Sequential([hb.Input((4,)), hb.layers.Dense(3)])
    other.compile("sgd", "sparse_categorical_crossentropy")
    with pytest.raises(hb.errors.StateError, match="another model"):
        fit(other, [hb.callbacks.BackupAndRestore(tmp_path)])
