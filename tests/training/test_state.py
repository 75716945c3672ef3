"""A run's state in a file: nothing is lost, and what is damaged or of another model is refused."""

import os
from types import SimpleNamespace

import ml_dtypes
import numpy as np
import pytest

import hornbeam as hb
from hornbeam.engine import rng
from hornbeam.engine.errors import DataError, StateError
from hornbeam.training import state
from hornbeam.training.callbacks import BackupAndRestore, CallbackList


def model(seed=0, width=3, count=0.0):
    draw = np.random.default_rng(seed)
    metric = SimpleNamespace(variables=[hb.Variable(np.float32(count), trainable=False, name="count")])
    weights = [
        hb.Variable(draw.normal(size=(2, width)).astype(np.float32), name="kernel"),
        hb.Variable(draw.normal(size=2).astype(ml_dtypes.bfloat16), name="half"),
        hb.Variable(np.array([seed, 2], np.uint32), trainable=False, name="seed_state"),
    ]
    slots = [hb.Variable(np.int64(2**40 + seed), trainable=False, name="iterations")]
    return SimpleNamespace(
        variables=weights,
        optimizer=SimpleNamespace(variables=[*slots, weights[0]]),  # a variable that two groups hold counts once
        metrics=[metric],
        stop_training=False,
        _trainer=SimpleNamespace(position=[0, 0], feed_seed=0, be_exact=lambda: None),  # it compiles nothing
    )


def values(m):
    return [np.array(v) for v in (*m.variables, *m.optimizer.variables, *m.metrics[0].variables)]


def test_a_snapshot_brings_everything_back_through_a_file(tmp_path):
    one, two = model(1, count=5), model(2)
    one._trainer.position, one._trainer.feed_seed = [3, 17], 2**31
    state.save(str(tmp_path / "s.npz"), state.snapshot(one))
    assert os.listdir(tmp_path) == ["s.npz"]
    state.restore(two, state.load(str(tmp_path / "s.npz")))
    for a, b in zip(values(one), values(two), strict=True):
        assert a.dtype == b.dtype and a.tobytes() == b.tobytes()
    assert two._trainer.position == [3, 17] and two._trainer.feed_seed == 2**31


def test_a_snapshot_is_a_copy():
    one = model(1)
    taken = state.snapshot(one)
    before = taken["model/0"].copy()
    one.variables[0].assign(one.variables[0] * 2)
    np.testing.assert_array_equal(taken["model/0"], before)


def test_the_global_stream_of_random_operations_goes_on():
    hb.set_random_seed(3)
    rng.next_key()
    taken = state.snapshot(model())
    following = rng.next_key().numpy()
    hb.set_random_seed(4)
    state.restore(model(), taken)
    np.testing.assert_array_equal(rng.next_key().numpy(), following)


@pytest.mark.parametrize("damage", ["a flipped bit", "half of it", "nothing in it"])
def test_a_damaged_file_is_noticed(tmp_path, damage):
    path = tmp_path / "s.npz"
    state.save(str(path), state.snapshot(model(1)))
    data = bytearray(path.read_bytes())
    data[data.find(np.array(model(1).variables[0]).tobytes())] ^= 1
    path.write_bytes({"a flipped bit": bytes(data), "half of it": bytes(data[: len(data) // 2]), "nothing in it": b""}[damage])
    with pytest.raises(DataError, match=r"s\.npz' is damaged"):
        state.load(str(path))


def test_the_checksum_covers_names_shapes_and_values(tmp_path):
    path = str(tmp_path / "s.npz")
    state.save(path, {"a": np.arange(6.0)})
    with np.load(path) as file:
        header, a = file["header"], file["a"]
    for changed in ({"a": a.reshape(2, 3)}, {"a": a + 1}, {"b": a}, {"a": a, "b": a}, {}):
        np.savez(path, header=header, **changed)
        with pytest.raises(DataError, match="damaged"):
            state.load(path)


def test_a_backup_of_another_model_changes_nothing():
    taken = state.snapshot(model(1, width=4))
    other = model(2, width=3)
    before = values(other)
    with pytest.raises(StateError, match=r"float32 \(2, 4\) where this one has 'kernel' float32 \(2, 3\)"):
        state.restore(other, taken)
    del taken["model/2"]
    with pytest.raises(StateError, match="2 variables where this one has 3"):
        state.restore(other, taken)
    for a, b in zip(before, values(other), strict=True):
        np.testing.assert_array_equal(a, b)


def test_a_save_that_is_cut_off_leaves_the_old_file(tmp_path, monkeypatch):
    path = str(tmp_path / "s.npz")
    state.save(path, {"a": np.zeros(3)})

    def cut_off(*args, **kwargs):
        raise KeyboardInterrupt

    monkeypatch.setattr(state.os, "fsync", cut_off)
    with pytest.raises(KeyboardInterrupt):
        state.save(path, {"a": np.ones(3)})
    assert not state.load(path)["a"].any()


# The callback.
def run(backup, m, epochs=3, steps=4, stop_at=None):
    """Training by hand: each step adds to the weights what depends on where it is. True when it came to its end."""
    listed = CallbackList([backup], model=m, verbose=0, epochs=epochs, steps=steps)
    m._trainer.position = [0, 0]
    listed.on_train_begin()
    while m._trainer.position[0] < epochs:
        epoch, start = m._trainer.position
        for step in range(start, steps):
            if (epoch, step) == stop_at:
                return False
            m.variables[0].assign(m.variables[0] * 1.5 + (epoch * 10 + step))
            m.metrics[0].variables[0].assign_add(1.0)
            m._trainer.position[1] = step + 1
            listed.on_train_batch_end(step, {})
        m._trainer.position = [epoch + 1, 0]
        listed.on_epoch_end(epoch, {})
    listed.on_train_end({})
    return True


@pytest.mark.parametrize("save_freq", ["epoch", 1, 3])
@pytest.mark.parametrize("stop_at", [(0, 0), (0, 3), (1, 0), (2, 3)])
def test_a_run_that_was_cut_off_ends_as_one_that_was_not(tmp_path, save_freq, stop_at):
    whole, cut, resumed = model(1), model(1), model(7)
    run(BackupAndRestore(tmp_path / "a", save_freq), whole)
    assert not run(BackupAndRestore(tmp_path / "b", save_freq), cut, stop_at=stop_at)
    assert run(BackupAndRestore(tmp_path / "b", save_freq), resumed)
    for a, b in zip(values(whole), values(resumed), strict=True):
        assert a.tobytes() == b.tobytes()
    assert os.listdir(tmp_path) == []  # the backups of finished runs are gone


def test_a_damaged_backup_falls_back_on_the_one_before(tmp_path):
    whole, cut, resumed = model(1), model(1), model(7)
    run(BackupAndRestore(tmp_path / "a"), whole)
    assert not run(BackupAndRestore(tmp_path / "b", double_checkpoint=True), cut, stop_at=(2, 1))
    (tmp_path / "b" / "training_state.npz").write_bytes(b"PK broken")
    with pytest.raises(DataError, match="damaged"):
        state.load(str(tmp_path / "b" / "training_state.npz"))
    assert run(BackupAndRestore(tmp_path / "b", double_checkpoint=True, delete_checkpoint=False), resumed)
    assert values(whole)[0].tobytes() == values(resumed)[0].tobytes()
    assert sorted(os.listdir(tmp_path / "b")) == ["training_state.npz", "training_state_previous.npz"]
