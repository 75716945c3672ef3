"""TensorBoard's event files, read back with TensorBoard's own reader."""

import sys
import time

import numpy as np
import pytest

import hornbeam as hb
from hornbeam.engine.errors import ArgumentError, MissingExtra
from hornbeam.training.callbacks import CallbackList, TensorBoard

pytest.importorskip("tensorboardX", reason="the extra `tensorboard` is not installed")
accumulator = pytest.importorskip("tensorboard.backend.event_processing.event_accumulator", reason="tensorboard is not installed")

X = np.random.default_rng(0).normal(size=(20, 3)).astype("float32")
Y = X.sum(1, keepdims=True)


def make(optimizer="sgd"):
    x = hb.Input((3,), name="x")
    shared = hb.layers.Dense(3, name="shared")
    y = hb.layers.Dense(1, name="top")(shared(shared(x)))
    model = hb.Model(x, y + 1.0)
    model.compile(optimizer, "mse", metrics=["mae"])
    return model


def written(folder):
    found = accumulator.EventAccumulator(str(folder), size_guidance={"scalars": 0, "histograms": 0, "images": 0})
    return found.Reload()


def fit(folder, model=None, epochs=2, **arguments):
    callback = TensorBoard(folder, **arguments)
    history = (model or make()).fit(X, Y, batch_size=4, epochs=epochs, verbose=0, validation_data=(X, Y), callbacks=[callback])
    return history.history, callback


def series(events, name):
    return {event.step: event.value for event in events.Scalars(name)}


def test_scalars_of_epochs(tmp_path):
    history, callback = fit(tmp_path)
    train, validation = written(tmp_path / "train"), written(tmp_path / "validation")
    assert set(train.Tags()["scalars"]) == {"epoch_loss", "epoch_mae", "epoch_learning_rate"}
    assert set(validation.Tags()["scalars"]) == {
        "epoch_loss", "epoch_mae", "evaluation_loss_vs_iterations", "evaluation_mae_vs_iterations"
    }
    for events, prefix in ((train, ""), (validation, "val_")):
        for name in ("loss", "mae"):
            assert series(events, f"epoch_{name}") == pytest.approx(dict(enumerate(history[prefix + name])))
    assert series(train, "epoch_learning_rate") == pytest.approx({0: 0.01, 1: 0.01})
    assert series(validation, "evaluation_loss_vs_iterations") == pytest.approx({5: history["val_loss"][0], 10: history["val_loss"][1]})
    assert not CallbackList([callback]).needs_batches  # nothing of it needs a step at a time


@pytest.mark.parametrize(("update_freq", "steps"), [("batch", range(1, 11)), (2, (2, 4, 6, 8, 10))])
def test_scalars_of_batches(tmp_path, update_freq, steps):
    history, callback = fit(tmp_path, update_freq=update_freq, write_steps_per_second=True)
    train = written(tmp_path / "train")
    batches = series(train, "batch_loss")
    assert list(batches) == list(steps)
    assert batches[10] == pytest.approx(history["loss"][1])  # the running mean at the end of the second epoch
    assert all(rate > 0 for name in ("batch_steps_per_second", "epoch_steps_per_second") for rate in series(train, name).values())
    assert CallbackList([callback]).needs_batches


def test_a_schedules_rate(tmp_path):
    schedule = hb.optimizers.schedules.ExponentialDecay(0.1, decay_steps=5, decay_rate=0.5)
    fit(tmp_path, make(hb.optimizers.SGD(schedule)))
    assert series(written(tmp_path / "train"), "epoch_learning_rate") == pytest.approx({0: 0.05, 1: 0.025})


def test_the_graph_of_layers(tmp_path):
    model = make()
    fit(tmp_path, model, epochs=1)
    nodes = {node.name: node for node in written(tmp_path / "train").Graph().node}
    kinds = {name: (node.op, list(node.input)) for name, node in nodes.items()}
    assert kinds["x"] == ("InputLayer", []) and kinds["shared"] == ("Dense", ["x"])
    assert kinds["shared_1"] == ("Dense", ["shared"]) and kinds["top"] == ("Dense", ["shared_1"])
    assert len(nodes) == 5 and ["top"] in [list(node.input) for node in nodes.values()]  # the fifth adds one
    sizes = [dim.size for dim in nodes["shared"].attr["_output_shapes"].list.shape[0].dim]
    assert sizes == [-1, 3]
    fit(tmp_path / "without", epochs=1, write_graph=False)
    assert not written(tmp_path / "without" / "train").Tags()["graph"]


def test_histograms_and_images_of_weights(tmp_path):
    model = make()
    fit(tmp_path, model, epochs=3, histogram_freq=2, write_images=True)
    train = written(tmp_path / "train")
    weights = ("shared/kernel", "shared/bias", "top/kernel", "top/bias")
    assert set(train.Tags()["histograms"]) == {f"{weight}/histogram" for weight in weights}
    events = train.Histograms("shared/kernel/histogram")
    kernel = model.get_layer("shared").kernel.numpy()
    assert [event.step for event in events] == [0, 2]
    last = events[-1].histogram_value
    assert (last.num, last.min, last.max) == (9, pytest.approx(kernel.min()), pytest.approx(kernel.max()))
    image = train.Images("shared/kernel/image")[0]
    assert (image.width, image.height) == (3, 3)
    assert "top/bias/image" not in train.Tags()["images"]  # one number is no picture


def test_weights_that_are_no_numbers_are_left_out(tmp_path):
    model = make(hb.optimizers.SGD(0.0))
    model.get_layer("top").bias.assign([np.nan])
    fit(tmp_path, model, epochs=1, histogram_freq=1, write_images=True)
    tags = written(tmp_path / "train").Tags()["histograms"]
    assert "top/bias/histogram" not in tags


def test_embeddings(tmp_path):
    model = hb.Sequential([hb.Input((2,), dtype="int32"), hb.layers.Embedding(4, 3, name="words"), hb.layers.Flatten(), hb.layers.Dense(1)])
    model.compile("sgd", "mse")
    labels = tmp_path / "labels.tsv"
    labels.write_text("a\nb\nc\nd\n")
    callback = TensorBoard(tmp_path / "logs", embeddings_freq=1, embeddings_metadata={"words": str(labels)})
    model.fit(np.array([[0, 1], [2, 3]]), np.ones((2, 1)), epochs=1, verbose=0, callbacks=[callback])
    assert "words" in (tmp_path / "logs/train/projector_config.pbtxt").read_text()
    (table,) = (tmp_path / "logs/train").rglob("tensors.tsv")
    np.testing.assert_allclose(np.loadtxt(table, delimiter="\t"), model.get_layer("words").embeddings.numpy(), rtol=1e-5)


def test_a_profile(tmp_path):
    fit(tmp_path, epochs=1, profile_batch=(2, 3))
    assert list(tmp_path.glob("plugins/profile/*/*.xplane.pb"))


def test_a_profile_that_was_interrupted(tmp_path):
    class Interrupt(hb.callbacks.Callback):
        def on_train_batch_end(self, batch, logs=None):
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        make().fit(X, Y, batch_size=4, verbose=0, callbacks=[TensorBoard(tmp_path / "a", profile_batch=(1, 4)), Interrupt()])
    fit(tmp_path / "b", epochs=1, profile_batch=(1, 4))
    assert list((tmp_path / "b").glob("plugins/profile/*/*.xplane.pb"))


def test_evaluate_alone(tmp_path):
    model = make()
    callback = TensorBoard(tmp_path)
    logs = model.evaluate(X, Y, verbose=0, callbacks=[callback], return_dict=True)
    assert series(written(tmp_path / "validation"), "evaluation_loss_vs_iterations") == pytest.approx({0: logs["loss"]})


def test_what_is_written_can_be_seen_while_training_goes_on(tmp_path):
    seen = []

    def steps():
        events = written(tmp_path / "train")
        return set(series(events, "epoch_loss")) if "epoch_loss" in events.Tags()["scalars"] else set()

    class Look(hb.callbacks.Callback):
        def on_epoch_end(self, epoch, logs=None):
            until = time.monotonic() + 10
            while epoch not in steps() and time.monotonic() < until:
                time.sleep(0.1)
            seen.extend(steps() & {epoch})

    make().fit(X, Y, epochs=2, verbose=0, callbacks=[TensorBoard(tmp_path), Look()])
    assert seen == [0, 1]


def test_a_subclass_with_a_hook_of_its_own(tmp_path):
    class Mine(TensorBoard):
        batches = 0

        def on_train_batch_end(self, batch, logs=None):
            super().on_train_batch_end(batch, logs)
            self.batches += 1

        def on_epoch_end(self, epoch, logs=None):
            super().on_epoch_end(epoch, {**logs, "mine": 7.0})

    callback = Mine(tmp_path)
    make().fit(X, Y, batch_size=4, epochs=2, verbose=0, callbacks=[callback])
    assert callback.batches == 10 and CallbackList([callback]).needs_batches
    assert series(written(tmp_path / "train"), "epoch_mine") == {0: 7.0, 1: 7.0}


@pytest.mark.parametrize(
    ("arguments", "match"),
    [({"update_freq": 0}, "update_freq.*'epoch', 'batch'"), ({"update_freq": "step"}, "received 'step'"),
     ({"profile_batch": (3, 2)}, "profile_batch.*received"), ({"profile_batch": -1}, "counted from 1")],
)
def test_wrong_arguments(arguments, match):
    with pytest.raises(ArgumentError, match=match):
        TensorBoard(**arguments)


def test_without_the_writer(tmp_path, monkeypatch):
    monkeypatch.setitem(sys.modules, "tensorboardX", None)
    with pytest.raises(MissingExtra, match=r"pip install 'hornbeam\[tensorboard\]'"):
        fit(tmp_path)
