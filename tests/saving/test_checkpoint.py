"""tf.train.Checkpoint and its manager: what is saved finds its place again, built already or later."""

import os

import numpy as np
import pytest

import hornbeam as hb
from hornbeam.engine.errors import DataLossError, NotFoundError, ShapeError
from hornbeam.engine.module import Module
from hornbeam.saving.checkpoint import Checkpoint, CheckpointManager, latest_checkpoint, list_variables, load_variable

X = np.linspace(0, 1, 32, dtype=np.float32).reshape(16, 2)
Y = X.sum(1, keepdims=True)


def network():
    return hb.Sequential([hb.layers.Dense(3, activation="relu"), hb.layers.Dense(1)])


class Pair(Module):
    @hb.function
    def __call__(self, x):
        return x * self.w

    def __init__(self):
        super().__init__()
        self.w = hb.Variable([1.0, 2.0])
        self.inside = [hb.Variable(3.0), {"k": hb.Variable(4.0)}]


def test_a_model_and_its_optimizer_go_on_where_they_stopped(tmp_path):
    model, optimizer, step = network(), hb.optimizers.Adam(0.01), hb.Variable(1)
    model.compile(optimizer, "mse")
    manager = CheckpointManager(Checkpoint(step=step, optimizer=optimizer, net=model), tmp_path, max_to_keep=2)
    assert manager.restore_or_initialize() is None and latest_checkpoint(tmp_path) is None
    for _ in range(3):
        step.assign_add(1)
        model.fit(X, Y, verbose=0, shuffle=False)
        path = manager.save()
    assert latest_checkpoint(tmp_path) == path == str(tmp_path / "ckpt-3")
    assert [os.path.basename(each) for each in manager.checkpoints] == ["ckpt-2", "ckpt-3"] and not (tmp_path / "ckpt-1.index").exists()

    again, new_optimizer, new_step = network(), hb.optimizers.Adam(0.01), hb.Variable(0)
    status = Checkpoint(step=new_step, optimizer=new_optimizer, net=again).restore(path)
    assert int(new_step) == 4
    with pytest.raises(AssertionError, match=r"not built yet\): net/layer_with_weights-0/kernel, "):
        status.assert_consumed()
    again.compile(new_optimizer, "mse")
    np.testing.assert_array_equal(again(X), model(X))  # building it gave it its weights
    histories = [each.fit(X, Y, verbose=0, shuffle=False).history["loss"] for each in (model, again)]
    assert histories[0] == histories[1]
    status.assert_consumed().expect_partial()


def test_modules_and_structures(tmp_path):
    pair = Pair()
    pair(hb.Tensor([1.0, 1.0]))  # its compiled functions are no part of its state
    path = Checkpoint(pair, extra=[hb.Variable(7)]).save(tmp_path / "m")
    assert path == str(tmp_path / "m-1")
    names = dict(list_variables(tmp_path))
    value = "/.ATTRIBUTES/VARIABLE_VALUE"
    found = {name.removesuffix(value) for name in names} - {"_CHECKPOINTABLE_OBJECT_GRAPH"}
    assert found == {"w", "inside/0", "inside/1/k", "extra/0", "save_counter"}
    assert names["inside/1/k" + value] == [] and load_variable(path, "w" + value).tolist() == [1, 2]
    pair.w.assign([0.0, 0.0])
    other = hb.Variable(0)
    Checkpoint(pair, extra=[other]).restore(path).assert_consumed()
    assert pair.w.numpy().tolist() == [1, 2] and int(other) == 7
    written = Checkpoint(model=pair).write(tmp_path / "plain")
    Checkpoint(model=pair).read(written).assert_consumed()


def test_what_does_not_fit_is_told(tmp_path):
    path = Checkpoint(v=hb.Variable([1.0, 2.0])).write(tmp_path / "c")
    with pytest.raises(ShapeError, match=r"'v' has shape \(3,\)"):
        Checkpoint(v=hb.Variable([1.0, 2.0, 3.0])).read(path)
    with pytest.raises(AssertionError, match="holds nothing for w"):
        Checkpoint(w=hb.Variable(1.0)).read(path).assert_existing_objects_matched()
    with pytest.raises(NotFoundError, match="no checkpoint"):
        Checkpoint(v=hb.Variable(1.0)).restore(tmp_path / "nowhere")
    assert Checkpoint(v=hb.Variable(1.0)).restore(None) is not None
    data = tmp_path / "c.data-00000-of-00001"
    data.write_bytes(bytes([data.read_bytes()[0] ^ 255]) + data.read_bytes()[1:])
    with pytest.raises(DataLossError, match="damaged"):
        Checkpoint(v=hb.Variable([1.0, 2.0])).read(path)
    (tmp_path / "c.index").write_bytes(b"\x00\x01 not ours")
    with pytest.raises(DataLossError, match="no checkpoint of TensorFlow 2's form"):
        Checkpoint(v=hb.Variable([1.0, 2.0])).read(path)


def test_what_comes_later_is_given_its_value(tmp_path):
    """TensorFlow's guide: parts of a checkpoint, Variables that are made after `restore`, lists and dicts that grow."""
    saved = Checkpoint(net=Checkpoint(l1=Checkpoint(kernel=hb.Variable([1.0]), bias=hb.Variable([2.0]))), listed=[hb.Variable(3.0)])
    saved.listed.append(hb.Variable(4.0))
    saved.mapped = {"one": saved.listed[0]}
    path = saved.save(tmp_path / "c")
    keys = [key for key, _ in list_variables(path)]
    assert "net/l1/bias/.ATTRIBUTES/VARIABLE_VALUE" in keys and "listed/1/.ATTRIBUTES/VARIABLE_VALUE" in keys
    assert not any(key.startswith("mapped") for key in keys)  # what is shared is stored once
    bias, kernel, first, mapped = hb.Variable([0.0]), hb.Variable([0.0]), hb.Variable(0.0), hb.Variable(0.0)
    layer = Checkpoint(bias=bias)
    again = Checkpoint(net=Checkpoint(l1=layer))
    status = again.restore(str(tmp_path))
    assert bias.numpy() == 2
    status.assert_existing_objects_matched().assert_nontrivial_match().expect_partial()
    with pytest.raises(AssertionError, match="no object here .*: listed/0, listed/1, net/l1/kernel"):
        status.assert_consumed()
    layer.kernel, again.listed, again.mapped = kernel, [], {}
    again.listed.append(first)
    again.mapped["one"] = mapped
    assert kernel.numpy() == 1 and first.numpy() == 3 and repr(again.listed).startswith("ListWrapper([<")
    with pytest.raises(ValueError, match="Make it a tf.Variable"):
        Checkpoint(step=3)


def test_a_stateful_layer_is_restored_for_another_batch_size(tmp_path):
    def model(rows):
        return hb.Sequential([hb.layers.Input(batch_shape=(rows, 2, 3)), hb.layers.GRU(4, stateful=True)])

    four, one = model(4), model(1)
    four(np.ones((4, 2, 3), "float32"))
    Checkpoint(model=four).write(str(tmp_path / "c"))
    Checkpoint(model=one).read(str(tmp_path / "c"))
    np.testing.assert_array_equal(one.get_weights()[0], four.get_weights()[0])
